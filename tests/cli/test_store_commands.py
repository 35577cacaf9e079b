"""outages, status, pause, resume and db upgrade: what the store says, and what people change in it."""

from __future__ import annotations

import json
import sqlite3
from pathlib import Path

import pytest
from support.command_line import CommandLine, record, runs_of_october, write_catalogue

from ictss_monitor.clock import SystemClock
from ictss_monitor.store.schema import HEAD


def test_outages_have_their_four_instants(ask: CommandLine, estate: Path) -> None:
    """An outage is told with what was last seen up, first and last down, and first up again, in UTC."""
    answer = ask("-c", estate, "outages", "--period", "2024-10", "--format", "json")
    assert json.loads(answer.out) == [
        {
            "service": "website",
            "council": "fenshire",
            "level": "down",
            "last_seen_up": "2024-10-10T22:59:30Z",
            "first_seen_down": "2024-10-10T23:00:00Z",
            "last_seen_down": "2024-10-10T23:04:30Z",
            "first_seen_up": "2024-10-10T23:05:00Z",
            "end": "2024-10-10T23:05:00Z",
            "causes": "web",
        }
    ]


def test_outages_in_local_time_for_people(ask: CommandLine, estate: Path) -> None:
    """The table is in the catalogue's zone, and says which."""
    told = ask("-c", estate, "outages", "--period", "2024-10").out
    assert "times of Europe/London" in told
    assert "11 Oct 00:00:00" in told
    assert "5 min" in told


@pytest.mark.parametrize(("width", "instants"), [(80, 1), (100, 2), (160, 4)])
def test_outages_show_as_many_instants_as_there_is_room_for(
    ask: CommandLine, estate: Path, monkeypatch: pytest.MonkeyPatch, width: int, instants: int
) -> None:
    """When it began always; where its end or all four have room, these too; no word is cut for them."""
    monkeypatch.setenv("COLUMNS", str(width))
    monkeypatch.setenv("TTY_COMPATIBLE", "1")
    told = ask("-c", estate, "outages", "--period", "2024-10").out
    assert (told.count("10 Oct") + told.count("11 Oct"), "…" in told) == (instants, False)


def test_no_outages_is_said_with_care(ask: CommandLine, estate: Path) -> None:
    """That nothing is recorded does not mean that nothing was down; CSV has its header all the same."""
    assert "No outages recorded in 2024-09; `kpi` tells" in ask("-c", estate, "outages", "--period", "2024-09").out
    empty = ask("-c", estate, "outages", "--period", "2024-09", "--format", "csv").out
    assert empty.splitlines() == [
        "service,council,level,last_seen_up,first_seen_down,last_seen_down,first_seen_up,end,causes"
    ]


def test_status_says_that_the_daemon_is_silent(ask: CommandLine, estate: Path) -> None:
    """What was recorded long ago is shown as of then, with a warning; what ended by date is not shown."""
    told = ask("-c", estate, "status", "--checks").out
    assert "the daemon is not running, or cannot write" in told
    assert "web" in told
    assert "gone" not in told
    assert "not monitored: UPS (Waits for its card)" in told


def test_status_of_now(ask: CommandLine, tmp_path: Path, store_url: str) -> None:
    """A service that is down is shown with the check that causes it and what was found of it."""
    now = SystemClock().now()
    down = runs_of_october()[1]
    shift = now - down.last
    moved = type(down)(
        *(down.check, down.vantage, down.outcome, down.reason),
        *(down.first + shift, now, down.count, down.longest_gap),
    )
    record(store_url, [moved], watermark=now)
    file = write_catalogue(tmp_path, store_url)
    told = ask("-c", file, "status").out
    assert "down (web)" in told
    assert "down (refused), 10 times" in told
    assert "not running" not in told
    held = json.loads(ask("-c", file, "status", "--format", "json").out)
    assert {each["state"] for each in held["services"] if each["service"] == "website"} == {"down"}
    assert held["checks"] == [
        {"check": "web", "state": "down", "since": held["checks"][0]["since"], "pending": False, "paused": False}
    ]


def test_status_of_an_empty_store(ask: CommandLine, tmp_path: Path, store_url: str) -> None:
    """Before the first start everything is unknown, and the question is asked that helps."""
    file = write_catalogue(tmp_path, store_url)
    assert ask("-c", file, "status").out.startswith("Nothing has been recorded yet: is the daemon running?")
    assert json.loads(ask("-c", file, "status", "--format", "json").out)["recorded_until"] is None


def test_pause_and_resume(ask: CommandLine, estate: Path) -> None:
    """A pause is kept with its reason, shown by status, and told again when it is there already."""
    assert ask("-c", estate, "pause", "web", "--why", "works on the line").out == "web is paused\n"
    assert ask("-c", estate, "pause", "web").out == "web was paused already\n"
    told = ask("-c", estate, "status").out
    assert ": works on the line" in " ".join(told.split())
    assert ask("-c", estate, "resume", "web").out == "web is probed again\n"
    assert ask("-c", estate, "resume", "web").out == "web was not paused\n"
    assert "works on the line" not in ask("-c", estate, "status").out


@pytest.mark.parametrize("command", ["pause", "resume"])
def test_an_unknown_check_is_not_paused(ask: CommandLine, estate: Path, command: str) -> None:
    """A name that is mistyped pauses nothing."""
    assert "unknown check 'webb': did you mean 'web'?" in ask("-c", estate, command, "webb").refusal


def test_upgrade_makes_the_store_once(ask: CommandLine, tmp_path: Path) -> None:
    """The first upgrade makes the store, the second says that there is nothing to do."""
    file = write_catalogue(tmp_path, f"sqlite:///{tmp_path}/new.sqlite")
    first, second = ask("-c", file, "db", "upgrade"), ask("-c", file, "db", "upgrade")
    assert first.out.endswith(f"now has schema version {HEAD}\n")
    assert second.out.endswith(f"has schema version {HEAD} already\n")
    assert (first.code, second.code) == (0, 0)


@pytest.mark.parametrize("command", ["status", "kpi", "outages", "run"])
def test_a_store_of_another_version_is_told(ask: CommandLine, tmp_path: Path, command: str) -> None:
    """An older store asks for the upgrade, a newer one for the newer program."""
    store = tmp_path / "store.sqlite"
    file = write_catalogue(tmp_path, f"sqlite:///{store}")
    ask("-c", file, "db", "upgrade")
    for version, told in (("0000", "run `ictss-monitor db upgrade`"), ("9999", "install the newer program")):
        with sqlite3.connect(store) as connection:
            connection.execute("UPDATE alembic_version SET version_num = ?", (version,))
        connection.close()
        answer = ask("-c", file, command)
        assert answer.code == 74
        assert told in answer.refusal


def test_what_is_no_store_is_told(ask: CommandLine, tmp_path: Path) -> None:
    """A file that is no database, and a folder that is not there, are one line each."""
    (tmp_path / "text").write_text("no database at all" * 100)
    for place, told in (("text", "not a database"), ("away/store.sqlite", "create the directory")):
        answer = ask("-c", write_catalogue(tmp_path, f"sqlite:///{tmp_path}/{place}"), "status")
        assert answer.code == 74
        assert told in answer.refusal
