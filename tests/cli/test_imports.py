"""import: histories come into the store whole or not at all, once, with who and why."""

from __future__ import annotations

import asyncio
import gzip
import json
import sqlite3
from pathlib import Path

import pytest
from support.command_line import OCTOBER, Answer, CommandLine, write_catalogue

from ictss_monitor.clock import MINUTE, to_datetime
from ictss_monitor.ledger.acts import EnterWindow, Entry, Import, Imported
from ictss_monitor.probe import Outcome
from ictss_monitor.store import ledger
from ictss_monitor.store.engine import open_store
from ictss_monitor.store.imports import imported_rows

SEPTEMBER = ("--from", "2024-09-01T00:00", "--to", "2024-10-01T00:00")
SIGNED = ("--who", "Ann Archer", "--why", "Records of the old monitor")
CSV = """\
service,council,begin,end,state,cause,supplier,note
website,fenshire,2024-09-03T10:00,2024-09-03T11:00,,third_party,Fenline,Cable cut
website,fenshire,2024-09-10T10:00,2024-09-10T10:30,degraded,,,Slow
"""


@pytest.fixture
def config(tmp_path: Path, store_url: str) -> Path:
    """Return the catalogue of an estate whose store is empty, on either database."""
    return write_catalogue(tmp_path, store_url)


class Estate:
    """Imports into one store, and what is in it afterwards."""

    def __init__(self, ask: CommandLine, config: Path, url: str, folder: Path) -> None:
        self._ask = ask
        self._config = config
        self._url = url
        self.folder = folder

    def __call__(self, kind: str, text: str | Path, *options: str | Path, name: str = "old.csv") -> Answer:
        """Import a file with this text."""
        if isinstance(text, str):
            (self.folder / name).write_text(text)
            text = Path(name)
        return self._ask("-c", self._config, "import", kind, text, *options, *SIGNED)

    def entries(self) -> tuple[Entry, ...]:
        """Return the ledger."""

        async def read() -> tuple[Entry, ...]:
            async with open_store(self._url) as store, store.read() as tx:
                return await ledger.entries(tx)

        return asyncio.run(read())

    def rows(self) -> list[Imported]:
        """Return all rows of imports in force."""

        async def read() -> list[Imported]:
            async with open_store(self._url) as store, store.read() as tx:
                return await imported_rows(tx, 0, OCTOBER.end)

        return asyncio.run(read())


@pytest.fixture
def estate(ask: CommandLine, config: Path, store_url: str, tmp_path: Path) -> Estate:
    """Return an estate with an empty store."""
    return Estate(ask, config, store_url, tmp_path)


def test_outages_are_imported_once(estate: Estate) -> None:
    """What was taken in is told and in the ledger; the same file again changes nothing and says so."""
    first = estate("outages", CSV, *SEPTEMBER)
    assert (first.code, first.err) == (0, "")
    told, said = first.out.splitlines()
    assert told == (
        "website for fenshire: covers 30 d from 2024-08-31T23:00:00Z to 2024-09-30T23:00:00Z; down once, 1 h; "
        "degraded once, 30 min"
    )
    (entry,) = estate.entries()
    assert (entry.who, entry.why, entry.approver) == ("Ann Archer", "Records of the old monitor", None)
    assert isinstance(entry.act, Import)
    assert said == f"imported as {entry.act.batch}"
    assert [row.state for row in estate.rows()] == [Outcome.UP, Outcome.DOWN, Outcome.DEGRADED]

    again = estate("outages", CSV, *SEPTEMBER, name="copy.csv")
    assert again.code == 0
    assert again.out.splitlines()[-1] == f"imported already as {entry.act.batch}: nothing changed"
    assert estate.entries() == (entry,)


def test_a_dry_run_says_all_and_changes_nothing(estate: Estate) -> None:
    """Everything is checked, the store's own checks too, and nothing is kept."""
    tried = estate("outages", CSV, *SEPTEMBER, "--dry-run")
    assert tried.code == 0
    assert "down once, 1 h" in tried.out
    assert tried.out.splitlines()[-1].startswith("dry run: would be imported as ")
    assert estate.entries() == ()
    estate("outages", CSV, *SEPTEMBER)
    other = CSV.replace("10:30", "10:31")
    assert "has website for fenshire" in estate("outages", other, *SEPTEMBER, "--dry-run").refusal


def test_one_wrong_line_refuses_the_file(estate: Estate) -> None:
    """All of what is wrong is told by line, and nothing is imported."""
    wrong = CSV + "websit,fenshire,2024-09-12T10:00,2024-09-12T11:00\nwebsite,wold,2024-09-12T10:00,2024-09-12T11:00\n"
    answer = estate("outages", wrong, *SEPTEMBER)
    assert (answer.code, answer.out) == (64, "")
    assert answer.err.splitlines() == [
        "ictss-monitor: old.csv:4: unknown service 'websit': did you mean 'website'?",
        "ictss-monitor: old.csv:5: unknown council 'wold': did you mean 'wolds'?",
        "ictss-monitor: old.csv: nothing was imported",
    ]
    assert estate.entries() == ()


def test_overlapping_imports_are_refused(estate: Estate) -> None:
    """Two histories of the same time cannot both be true; the message names the entry to withdraw."""
    assert estate("outages", CSV, *SEPTEMBER).code == 0
    refused = estate("outages", CSV, "--from", "2024-09-01T00:00", "--to", "2024-09-15T00:00")
    assert refused.code == 64
    assert "(entry 1 of the ledger)" in refused.refusal


def test_a_json_file_says_its_span(estate: Estate) -> None:
    """What options say of a table, a document says itself; not both."""
    outages = [{"service": "website", "council": "fenshire", "begin": "2024-09-03T10:00", "end": "2024-09-03T11:00"}]
    text = json.dumps({"span": {"from": "2024-09-01T00:00", "to": "2024-10-01T00:00"}, "outages": outages})
    both = estate("outages", text, *SEPTEMBER, name="old.json")
    assert "it says its span itself; leave --from and --to out" in both.refusal
    assert estate("outages", text, name="old.json").code == 0
    assert len(estate.rows()) == 2


def test_a_quiet_month_is_imported(estate: Estate) -> None:
    """A service of which the file holds nothing is named beside it, and was up."""
    answer = estate("outages", CSV.splitlines()[0], *SEPTEMBER, "--service", "website", "--council", "fenshire")
    assert "covers 30 d" in answer.out
    assert "up throughout" in answer.out


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (("--from", "2024-09-01T00:00"), "--from and --to belong together"),
        ((*SEPTEMBER, "--service", "web"), "unknown service 'web'"),
        ((*SEPTEMBER, "--approver", "ann archer "), "the approver must be another person than Ann Archer"),
        (("--from", "2024-10-01T00:00", "--to", "2024-09-01T00:00"), "turn --from and --to round"),
    ],
)
def test_wrong_options_are_one_line(estate: Estate, options: tuple[str, ...], words: str) -> None:
    """Nothing is imported, and the line says what to do."""
    answer = estate("outages", CSV, *options)
    assert answer.code == 64
    assert words in answer.err
    assert estate.entries() == ()


def test_the_reason_is_asked_for(ask: CommandLine, config: Path, tmp_path: Path) -> None:
    """Nothing comes into the store of which nobody says where it is from."""
    (tmp_path / "old.csv").write_text(CSV)
    assert "Missing option '--why'" in ask("-c", config, "import", "outages", "old.csv").refusal


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (CSV.encode("utf-16"), "old.csv:1: not UTF-8; save it as UTF-8"),
        (CSV.replace("Slow", "Café").encode("cp1252"), "old.csv:3: not UTF-8"),
        (b"\0" * 100, "nothing was imported"),
    ],
)
def test_a_file_that_is_no_text_is_refused(estate: Estate, content: bytes, words: str) -> None:
    """What Excel saves by default is told with its remedy."""
    (estate.folder / "old.csv").write_bytes(content)
    answer = estate("outages", Path("old.csv"), *SEPTEMBER)
    assert answer.code == 64
    assert words in answer.err


def test_unknown_stretches_are_imported(estate: Estate) -> None:
    """That nobody knew is a history like any other."""
    answer = estate(
        "unknown", "service,council,begin,end,note\nwebsite,fenshire,2024-09-03T10:00,2024-09-03T11:00,Off\n"
    )
    assert "unknown once, 1 h" in answer.out
    assert {(row.state, row.note) for row in estate.rows()} == {(Outcome.UP, ""), (Outcome.UNKNOWN, "Off")}


WINDOWS = """\
why,service,council,begin,end,announced
Patches,website,fenshire,2024-09-08T01:00,2024-09-08T05:00,2024-09-01T09:00
Disks,website,,2024-09-15T01:00,2024-09-15T05:00,
"""


def test_maintenance_windows_are_entered_once(estate: Estate) -> None:
    """Each is an entry of the ledger; what is entered already is left out, and a dry run enters nothing."""
    tried = estate("maintenance", WINDOWS, "--dry-run")
    assert tried.out.startswith("dry run: would enter 2 maintenance windows: imported-")
    assert estate.entries() == ()
    entered = estate("maintenance", WINDOWS, "--approver", "Bea Brown")
    assert entered.out.startswith("entered 2 maintenance windows: imported-")
    acts = [entry.act for entry in estate.entries()]
    assert all(isinstance(act, EnterWindow) for act in acts)
    assert {entry.approver for entry in estate.entries()} == {"Bea Brown"}
    more = WINDOWS + "Cables,website,,2024-09-16T01:00,2024-09-16T05:00,\n"
    assert estate("maintenance", more).out.startswith("entered 1 maintenance window")
    assert estate("maintenance", more).out == "3 maintenance windows, entered already: nothing changed\n"
    assert len(estate.entries()) == 3


def test_wrong_windows_are_told_by_line(estate: Estate) -> None:
    """One wrong window refuses all of them."""
    answer = estate("maintenance", WINDOWS + "Cables,webs,,2024-09-16T01:00,2024-09-16T05:00,\n")
    assert answer.code == 64
    assert "old.csv:4: unknown service 'webs'" in answer.err
    assert estate.entries() == ()


MAP = ("--map", "Website=website:fenshire")


def test_uptime_kuma_is_imported(estate: Estate) -> None:
    """A real database of another monitor becomes a history."""
    with sqlite3.connect(estate.folder / "kuma.db") as connection:
        connection.executescript(
            "CREATE TABLE monitor (id INTEGER PRIMARY KEY, name TEXT, interval INTEGER);"
            "CREATE TABLE heartbeat (id INTEGER PRIMARY KEY, monitor_id INTEGER, status INTEGER, time TEXT);"
            "INSERT INTO monitor VALUES (1, 'Website', 60);"
        )
        beats = [(f"{to_datetime(OCTOBER.start + minute * MINUTE):%F %T}", minute not in (3, 4)) for minute in range(9)]
        connection.executemany("INSERT INTO heartbeat (monitor_id, time, status) VALUES (1, ?, ?)", beats)
    connection.close()
    answer = estate("uptime-kuma", Path("kuma.db"), *MAP)
    assert "covers 8 min" in answer.out
    assert "down once, 2 min" in answer.out
    assert len(estate.rows()) == 2
    nothing = estate("uptime-kuma", Path("kuma.db"), *MAP, "--to", "2024-01-01T00:00")
    assert "it holds nothing of what is mapped in the span that is wanted" in nothing.refusal
    assert "did you mean 'Website'" in estate("uptime-kuma", Path("kuma.db"), "--map", "Websit=website:fenshire").err


def answer_of_prometheus() -> str:
    """Return an answer with ten minutes of a site, one of them down."""
    values = [[OCTOBER.start // 1_000_000 + minute * 60, "0" if minute == 4 else "1"] for minute in range(11)]
    result = [{"metric": {"instance": "https://www.example.org/?a=b"}, "values": values}]
    return json.dumps({"status": "success", "data": {"resultType": "matrix", "result": result}})


def test_prometheus_is_imported_by_a_file_of_names(estate: Estate) -> None:
    """Names with any sign in them, given in a file, and the step of the query."""
    (estate.folder / "names.csv").write_text("name,service,council\nhttps://www.example.org/?a=b,website,fenshire\n")
    options = ("--map-file", "names.csv", "--step", "1m")
    answer = estate("prometheus", answer_of_prometheus(), *options, name="range.json")
    assert "covers 10 min" in answer.out
    assert "down once, 1 min" in answer.out
    assert "--step: '1' has no unit" in estate("prometheus", Path("range.json"), *options[:2], "--step", "1").refusal
    (estate.folder / "names.csv").write_text("name,service,council\nx,websit,fenshire\n")
    assert "names.csv:2: unknown service 'websit'" in estate("prometheus", Path("range.json"), *options).err


def test_logs_of_nagios_are_imported_in_any_order(estate: Estate) -> None:
    """Archives are put in order by themselves, compressed or not."""

    begin = OCTOBER.start // 1_000_000
    (estate.folder / "nagios.log").write_text(
        f"[{begin + 600}] SERVICE ALERT: www;HTTP;OK;HARD;1;fine\n[{begin + 1200}] LOG ROTATION: DAILY\n"
    )
    with gzip.open(estate.folder / "archive.log.gz", "wt") as archive:
        archive.write(f"[{begin}] CURRENT SERVICE STATE: www;HTTP;CRITICAL;HARD;3;refused\n")
    answer = estate("nagios", Path("nagios.log"), "archive.log.gz", "--map", "www;HTTP=website:fenshire")
    assert "covers 20 min" in answer.out
    assert "down once, 10 min" in answer.out
    (estate.folder / "bad.log.gz").write_bytes(b"rubbish")
    assert "bad.log.gz: " in estate("nagios", Path("bad.log.gz"), "--map", "www;HTTP=website:fenshire").refusal


def test_a_future_history_is_cut_or_refused(estate: Estate) -> None:
    """Nothing is imported of a time that is not over."""
    assert "--from not in the future" in estate("uptime-kuma", CSV, *MAP, "--from", "2100-01-01T00:00").refusal
    refused = estate("outages", CSV, "--from", "2024-09-01T00:00", "--to", "2100-01-01T00:00")
    assert "which is not over yet" in refused.err
