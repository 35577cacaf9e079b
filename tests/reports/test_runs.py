"""Reports by schedule: written and sent once for a draft and once for each sealed version, and never lost."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from dataclasses import replace
from email.message import EmailMessage
from pathlib import Path

import pytest
from structlog.testing import capture_logs
from structlog.typing import EventDict
from support.certificates import Authority
from support.clock import FakeClock
from support.mail_servers import HOLDING, PASSWORD, SMTP, USER, Postfix, free_port, open_folder, scripted
from support.needs import need_pango
from support.reported import NOW, estate, remember
from support.servers import serving

from ictss_monitor.availability.periods import parse
from ictss_monitor.catalogue.model import Catalogue
from ictss_monitor.catalogue.terms import Mail, ReportPlan, Rhythm
from ictss_monitor.errors import MonitorError
from ictss_monitor.figures import sealing
from ictss_monitor.ledger.acts import Declare, Extent
from ictss_monitor.probe import Outcome
from ictss_monitor.reporting import apart
from ictss_monitor.reporting.apart import render_apart
from ictss_monitor.reporting.json import json
from ictss_monitor.reports.building import build
from ictss_monitor.reports.mailing import send
from ictss_monitor.reports.runs import ReportRuns, over_at
from ictss_monitor.store import ledger
from ictss_monitor.store.engine import Store

OCTOBER = parse("2026-10")
ANN = sealing.Signature("ann")
BOARD = ("chair@council.example", "clerk@council.example")

ON_SQLITE = pytest.mark.parametrize("database", ["sqlite"], indirect=True)


def planned(folder: Path, *, mail: Mail | None = None, formats: tuple[str, ...] = ("csv", "json")) -> Catalogue:
    """Return the estate with a report each month, which is sent where there is a relay."""
    held = estate()
    plan = ReportPlan("board", Rhythm.MONTH, str(folder), formats, mail_to=BOARD if mail is not None else ())
    return replace(held, settings=replace(held.settings, mail=mail), reports={"board": plan})


async def run(store: Store, catalogue: Catalogue) -> list[EventDict]:
    """Do what is due on 21 November 2026, and return what the log says of it."""
    with capture_logs() as said:
        await ReportRuns(store, lambda: catalogue, FakeClock(NOW)).run()
    return said


def written(folder: Path) -> list[str]:
    """Return the names of the reports in a folder."""
    return sorted(file.name for file in folder.iterdir() if not file.name.startswith("."))


@pytest.fixture
async def known(store: Store) -> Store:
    """A store that holds the estate's history."""
    await remember(store)
    return store


@ON_SQLITE
async def test_nothing_is_reported_before_the_month_is_closed(known: Store, tmp_path: Path) -> None:
    """Without a draft there is nothing to write."""
    assert await run(known, planned(tmp_path / "out")) == []
    assert not (tmp_path / "out").exists()


@ON_SQLITE
async def test_draft_seal_and_revision_are_each_reported_once(known: Store, tmp_path: Path) -> None:
    """Further runs in between write nothing."""
    held = planned(out := tmp_path / "out")
    await sealing.draft(known, estate(), OCTOBER, NOW)
    assert [line["event"] for line in await run(known, held)] == ["report written"]
    assert written(out) == ["availability-2026-10-draft.csv", "availability-2026-10-draft.json"]
    assert await run(known, held) == []
    await sealing.seal(known, estate(), "the text", OCTOBER, NOW, ANN)
    await run(known, held)
    assert "availability-2026-10-v1.csv" in written(out)
    async with known.write() as tx:
        extent = Extent("email", "ccc", OCTOBER.within("Europe/London").start, NOW)
        await ledger.append(tx, Declare(extent, Outcome.UP), at=NOW, who="ann", why="not seen by anybody")
    assert await run(known, held) == []
    await sealing.revise(known, estate(), "the text", OCTOBER, NOW, ANN, "not seen by anybody")
    await run(known, held)
    assert written(out)[-2:] == ["availability-2026-10-v2.csv", "availability-2026-10-v2.json"]


@ON_SQLITE
async def test_an_older_period_is_reported_only_if_it_was_planned_then(known: Store, tmp_path: Path) -> None:
    """A new plan does not flood anybody; what was sent as a draft is sent once more when it is sealed late."""
    held = planned(out := tmp_path / "out")
    august = parse("2026-08")
    await sealing.seal(known, estate(), "the text", august, NOW, ANN)
    assert await run(known, held) == []
    out.mkdir()
    (out / ".board-2026-08.json").write_text('{"standing": "draft", "files": [], "sent": true}')
    await run(known, held)
    assert written(out) == ["availability-2026-08-v1.csv", "availability-2026-08-v1.json"]


@ON_SQLITE
async def test_a_folder_that_cannot_be_written_is_told_and_tried_again(known: Store, tmp_path: Path) -> None:
    """One line in the log says which and why; the next run makes up for it."""
    in_the_way = tmp_path / "out"
    in_the_way.write_text("")
    await sealing.draft(known, estate(), OCTOBER, NOW)
    (said,) = await run(known, planned(in_the_way))
    assert (said["event"], said["log_level"], said["report"]) == ("report not made", "error", "board")
    assert str(in_the_way) in said["error"]
    in_the_way.unlink()
    await run(known, planned(in_the_way))
    assert len(written(in_the_way)) == 2


def test_the_periods_of_a_plan() -> None:
    """The last three months, quarters or financial years that are over, oldest first."""
    found = {
        rhythm: [(spec.label, newest) for spec, newest in over_at(ReportPlan("p", rhythm, "."), estate(), NOW)]
        for rhythm in Rhythm
    }
    assert found == {
        Rhythm.MONTH: [("2026-08", False), ("2026-09", False), ("2026-10", True)],
        Rhythm.QUARTER: [("FY2025/26-Q4", False), ("FY2026/27-Q1", False), ("FY2026/27-Q2", True)],
        Rhythm.YEAR: [("FY2023/24", False), ("FY2024/25", False), ("FY2025/26", True)],
    }


# Rendering apart


@ON_SQLITE
async def test_files_are_written_by_a_process_of_their_own(known: Store, tmp_path: Path) -> None:
    """They are the same to the byte as those written here; the event loop goes on meanwhile."""
    report = await build(known, estate(), OCTOBER, NOW)
    beats = 0

    async def beat() -> None:
        nonlocal beats
        while True:
            await asyncio.sleep(0.01)
            beats += 1

    async with asyncio.TaskGroup() as tasks:
        beating = tasks.create_task(beat())
        files = await render_apart(report, ("docx", "json"), tmp_path / "out")
        beating.cancel()
    assert beats > 10
    assert [file.name for file in files] == ["availability-2026-10-unsealed.docx", "availability-2026-10-unsealed.json"]
    assert files[1].read_bytes() == json(report)


@ON_SQLITE
async def test_a_process_that_takes_too_long_is_ended(
    known: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The caller is told; nothing is left running."""
    monkeypatch.setattr(apart, "TIME_LIMIT", 0.001)
    report = await build(known, estate(), OCTOBER, NOW)
    with pytest.raises(MonitorError, match="not written within"):
        await render_apart(report, ("pdf",), tmp_path)


# Mail


@pytest.fixture
def folder() -> Iterator[Path]:
    """A folder that Postfix can enter."""
    with open_folder() as made:
        yield made


@ON_SQLITE
@pytest.mark.slow
async def test_a_report_is_sent_by_a_real_relay_once_it_takes_mail(
    known: Store, folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Written while the relay is away, sent when it is back: over TLS, with the headline and the very files."""
    need_pango()
    authority = Authority(folder)
    monkeypatch.setenv("SSL_CERT_FILE", str(authority.ca_file))
    postfix = Postfix(folder, authority.server_file("127.0.0.1"))
    out = tmp_path / "out"
    held = planned(out, mail=Mail("127.0.0.1", postfix.port, "ict@council.example"), formats=("pdf", "csv"))
    await sealing.seal(known, estate(), "the text", OCTOBER, NOW, ANN)
    written_line, failed = await run(known, held)
    assert (written_line["event"], failed["event"]) == ("report written", "report not made")
    assert f"the mail relay 127.0.0.1:{postfix.port} did not take it" in failed["error"]
    times = {name: (out / name).stat().st_mtime_ns for name in written(out)}
    with postfix.running(HOLDING):
        (sent,) = await run(known, held)
        assert await run(known, held) == []
        (message,) = await asyncio.to_thread(postfix.held)
    assert (sent["event"], sent["recipients"]) == ("report sent", 2)
    assert {name: (out / name).stat().st_mtime_ns for name in written(out)} == times
    _check(message, out)


def _check(message: EmailMessage, folder: Path) -> None:
    assert message["Subject"] == "Availability of shared ICT services, October 2026 (version 1)"
    assert (message["From"], message["To"]) == ("ict@council.example", ", ".join(BOARD))
    assert " with ESMTPS " in message["Received"]
    text = message.get_body(("plain",))
    assert text is not None
    said = text.get_content()
    assert "Critical systems, October 2026: available for 99.78 % of the time." in said
    assert "The target of 99 % is met (green)." in said
    assert "There was 1 major incident, against 1 in September 2026 and none in October 2025." in said
    files = {part.get_filename(): part.get_payload(decode=True) for part in message.iter_attachments()}
    assert files == {name: (folder / name).read_bytes() for name in written(folder)}
    assert len(files) == 2


async def test_a_relay_that_repeats_the_password_does_not_bring_it_into_the_log() -> None:
    """Neither as it is nor as it goes over the wire."""
    answers = {**SMTP, b"AUTH": f"535 no such {PASSWORD}\r\n".encode("latin-1")}
    with serving(scripted(answers)) as port:
        relay = Mail("127.0.0.1", port, "ict@council.example", starttls=False, username=USER, password=PASSWORD)
        with pytest.raises(MonitorError, match="did not take it") as refused:
            await send(a_letter(), relay)
    assert PASSWORD not in str(refused.value)
    assert "\n" not in str(refused.value)


async def test_a_relay_without_encryption_is_not_trusted_with_anything() -> None:
    """Where STARTTLS is asked for and not offered, nothing is sent."""
    heard: list[bytes] = []
    with serving(scripted(SMTP, heard=heard)) as port, pytest.raises(MonitorError, match="did not take it"):
        await send(a_letter(), Mail("127.0.0.1", port, "ict@council.example", username=USER, password=PASSWORD))
    assert not any(line.startswith((b"AUTH", b"MAIL")) for line in heard)


async def test_nobody_at_the_relays_address_is_one_line() -> None:
    """It names the relay."""
    port = free_port()
    with pytest.raises(MonitorError, match=f"the mail relay 127.0.0.1:{port} did not take it") as refused:
        await send(a_letter(), Mail("127.0.0.1", port, "ict@council.example"))
    assert "\n" not in str(refused.value)


def a_letter() -> EmailMessage:
    """Return a short mail."""
    message = EmailMessage()
    message["From"], message["To"], message["Subject"] = "ict@council.example", BOARD[0], "Report"
    message.set_content("Nothing.")
    return message
