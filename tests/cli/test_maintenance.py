"""maintenance: windows are announced, listed and ended, and what that forgives is told at once."""

from __future__ import annotations

import asyncio
import csv
import io
import json
import re
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from support.command_line import Answer, CommandLine

from ictss_monitor.clock import SystemClock, to_datetime
from ictss_monitor.ledger.acts import EndWindow, EnterWindow, Entry
from ictss_monitor.store.engine import open_store
from ictss_monitor.store.ledger import entries

WHY = ("--who", "Ann", "--why", "Switch replaced")
PAST = ("--from", "2024-10-10T22:00", "--to", "2024-10-11T00:03", "--service", "website")
MORE = """\
policies:
  strict: {name: Strict, notice: 7d}
  blunt: {name: Blunt, maintenance: down}
areas: {web: {name: Web, services: [website], policy: strict}, all: {name: All, services: [website], policy: blunt}}
maintenance:
  patches:
    {over: {sites: [depot]}, why: Patches, begin: "2024-10-08T20:00", end: "23:00", repeat: "FREQ=MONTHLY;BYDAY=2TU"}
  moved: {over: {sites: [depot]}, why: The rack moved, begin: "2024-10-15T20:00", end: "23:00", announced: 2024-10-10}
"""


class Estate:
    """The command line with October's evidence, and short ways to look at what became of it."""

    def __init__(self, ask: CommandLine, config: Path, url: str) -> None:
        self._ask = ask
        self._config = config
        self._url = url

    def __call__(self, *words: str) -> Answer:
        """Return what `ictss-monitor maintenance WORDS` answers."""
        return self._ask("-c", self._config, "maintenance", *words)

    def lines(self, *words: str) -> list[str]:
        """Return the lines that a command says that writes."""
        answer = self(*words, *WHY)
        assert (answer.code, answer.err) == (0, "")
        return answer.out.splitlines()

    def listed(self, *words: str) -> list[dict[str, Any]]:
        """Return the list of windows as a machine reads it."""
        found: list[dict[str, Any]] = json.loads(self("list", *words, "--format", "json").out)
        return found

    def entries(self) -> tuple[Entry, ...]:
        """Return the ledger."""

        async def read() -> tuple[Entry, ...]:
            async with open_store(self._url) as store, store.read() as tx:
                return await entries(tx)

        return asyncio.run(read())


@pytest.fixture
def maintenance(ask: CommandLine, estate: Path, store_url: str) -> Estate:
    """Return the estate of October with two policies and two windows in its catalogue."""
    estate.write_text(estate.read_text() + MORE)
    return Estate(ask, estate, store_url)


only_sqlite = pytest.mark.parametrize("database", ["sqlite"], indirect=True)


def sunday(weeks: int) -> str:
    """Return the date of the Sunday so many weeks from now; weeks of 1 or more lie ahead."""
    today = to_datetime(SystemClock().now())
    return f"{today + timedelta(days=7 * weeks - today.isoweekday() % 7):%Y-%m-%d}"


# Announcing


def test_a_window_that_is_announced_ahead(maintenance: Estate) -> None:
    """It is an entry of the ledger, and says from when on it forgives under a policy that wants more notice."""
    begin = sunday(1)
    options = ("--from", f"{begin}T01:00", "--to", "05:00", "--repeat", "freq=weekly;byday=su", "--service", "website")
    said = maintenance.lines("add", "sundays", *options)
    assert said == [
        f"entry 1: maintenance window sundays over services website, from {begin} 01:00 to {begin} 05:00 "
        "Europe/London, again by FREQ=WEEKLY;BYDAY=SU",
        f"  it forgives from {sunday(2)} 01:00:00 on under policy strict, which wants 7 d of notice",
    ]
    (entry,) = maintenance.entries()
    assert isinstance(entry.act, EnterWindow)
    assert (entry.who, entry.why, entry.act.window.why) == ("Ann", "Switch replaced", "Switch replaced")


def test_one_that_has_begun_forgives_nothing(maintenance: Estate) -> None:
    """It says so plainly, and what would be needed."""
    said = maintenance.lines("add", "switch", *PAST)
    assert said[1:] == [
        "  no figure changes",
        "  it forgives nothing under policy standard: it is announced too late",
        "  it forgives nothing under policy strict, which wants 7 d of notice: it is announced too late",
        "  it has begun already: give --notice-given and --approver if it was announced before",
    ]


def test_an_earlier_notice_that_another_person_approves(maintenance: Estate) -> None:
    """Then it forgives as if it had been entered then, and every figure that changes is told."""
    notice = ("--notice-given", "2024-10-08T10:00", "--approver", "Bob")
    said = maintenance.lines("add", "switch", *PAST, *notice)
    assert said[0].endswith(", announced 2024-10-08 10:00:00")
    assert said[1:3] == [
        "  2024-10, Website for fenshire: 99.99 % -> 99.995 %; lost 5 min -> 2 min; "
        "forgiven in maintenance 0 s -> 3 min",
        "  2024-10, All (area) for fenshire: still 99.99 %; lost as planned 0 s -> 3 min",
    ]
    assert said[-1] == "  it forgives nothing under policy strict, which wants 7 d of notice: it is announced too late"


@only_sqlite
def test_over_checks_sites_and_councils(maintenance: Estate) -> None:
    """A window may be over anything that the catalogue's may be over, and is in the zone of the councils named."""
    begin = sunday(3)
    options = ("--from", f"{begin}T22:00", "--to", "02:00")
    over = ("--site", "depot", "--check", "web", "--council", "fenshire")
    assert " over checks web and sites depot for fenshire, " in maintenance.lines("add", "night", *options, *over)[0]
    (entry,) = maintenance.entries()
    assert isinstance(entry.act, EnterWindow)
    window = entry.act.window
    assert (window.end - window.begin, window.zone) == (timedelta(hours=4), "Europe/London")


@only_sqlite
def test_a_dry_run_enters_nothing(maintenance: Estate) -> None:
    """It says what it would enter, and what that would change."""
    notice = ("--notice-given", "2024-10-08T10:00", "--approver", "Bob")
    said = maintenance.lines("add", "switch", *PAST, *notice, "--dry-run")
    assert said[0].startswith("dry run: would enter: maintenance window switch over services website")
    assert said[1].startswith("  2024-10, Website for fenshire: 99.99 % -> ")
    assert maintenance.entries() == ()


# Ending


def test_a_window_is_ended(maintenance: Estate) -> None:
    """Nothing after that is forgiven; a window that repeats does not take place again."""
    maintenance.lines("add", "switch", *PAST, "--notice-given", "2024-10-08T10:00", "--approver", "Bob")
    said = maintenance.lines("end", "switch", "--at", "2024-10-11T00:01")
    assert said[:2] == [
        "entry 2: maintenance window switch is over at 2024-10-11 00:01:00",
        "  2024-10, Website for fenshire: 99.995 % -> 99.99 %; lost 2 min -> 4 min; "
        "forgiven in maintenance 3 min -> 1 min",
    ]
    maintenance.lines("end", "patches")
    assert isinstance(maintenance.entries()[-1].act, EndWindow)
    ended = {each["id"]: each for each in maintenance.listed()}
    assert ended["patches"]["begin"] is None
    assert ended["patches"]["ended"] is not None


# Listing


def test_the_next_occurrence_of_each_window(maintenance: Estate) -> None:
    """Those of catalogue and ledger together, the soonest first, and those that are over at the end."""
    begin = sunday(1)
    maintenance.lines("add", "sundays", "--from", f"{begin}T01:00", "--to", "05:00", "--service", "website")
    listed = maintenance.listed()
    assert {each["id"] for each in listed} == {"sundays", "patches", "moved"}
    assert listed[-1]["id"] == "moved"
    by_id = {each["id"]: each for each in listed}
    sundays, patches = by_id["sundays"], by_id["patches"]
    assert (sundays["entry"], sundays["who"], sundays["approver"]) == (1, "Ann", None)
    assert (sundays["in_time_for"], sundays["too_late_for"]) == (["standard"], ["strict"])
    assert (patches["entry"], patches["announced"], patches["in_time_for"]) == (None, None, ["standard", "strict"])
    assert patches["begin"] > "2026"


def test_the_occurrences_of_a_period(maintenance: Estate) -> None:
    """Each of them, whether over by now or not, and whether it was announced in time."""
    listed = maintenance.listed("--period", "2024-Q4")
    assert [(each["id"], each["begin"]) for each in listed] == [
        ("patches", "2024-10-08T19:00:00Z"),
        ("moved", "2024-10-15T19:00:00Z"),
        ("patches", "2024-11-12T20:00:00Z"),
        ("patches", "2024-12-10T20:00:00Z"),
    ]
    assert listed[1]["too_late_for"] == ["strict"]
    rows = list(csv.DictReader(io.StringIO(maintenance("list", "--period", "2024-Q4", "--format", "csv").out)))
    assert [row["begin"] for row in rows] == [each["begin"] for each in listed]
    assert rows[0]["in_time_for"] == "standard strict"


@only_sqlite
@pytest.mark.parametrize("width", [80, 200])
def test_the_table_can_be_read(maintenance: Estate, monkeypatch: pytest.MonkeyPatch, width: int) -> None:
    """Times are local, and the lines fit the screen; a narrow one shows less."""
    monkeypatch.setenv("COLUMNS", str(width))
    monkeypatch.setenv("TTY_COMPATIBLE", "1")
    told = re.sub(r"\x1b\[[0-9;]*m", "", maintenance("list", "--period", "2024-10").out)
    assert max(len(line) for line in told.splitlines()) <= width
    assert "moved: The rack" in told
    assert "all but strict" in told
    assert ("FREQ=MONTHLY;BYDAY=2TU" in told) is (width > 80)
    assert ("2024-10-15 20:00 to 23:00" in told) is (width > 80)


@only_sqlite
def test_no_window_is_said(ask: CommandLine, estate: Path) -> None:
    """An empty list is a sentence."""
    assert ask("-c", estate, "maintenance", "list").out == "There is no maintenance window.\n"


# What makes no sense


@only_sqlite
@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("add", "Switch", *PAST), "'Switch' cannot be an id; expected small letters, digits and hyphens: write 'swi"),
        (("add", "patches", *PAST), "there is a maintenance window 'patches' already: choose another id"),
        (("add", "x", *PAST[:4]), "the window is over nothing: name a --service, --check, --site or --council"),
        (("add", "x", *PAST[:5], "web-site"), "unknown service 'web-site': did you mean 'website'?"),
        (("add", "x", *PAST, "--site", "depo"), "unknown site 'depo': did you mean 'depot'?"),
        (("add", "x", *PAST, "--repeat", "FREQ=HOURLY"), "--repeat: FREQ=HOURLY is finer than a day"),
        (("add", "x", *PAST, "--repeat", "FREQ=WEEKLY;BYDAY=SU"), "--from: Thursday 2024-10-10 is no day of"),
        (
            ("add", "x", *PAST[:2], "--to", "2024-10-10T21:00", *PAST[4:]),
            "--to: the end, 2024-10-10T21:00, is not after",
        ),
        (("add", "x", "--from", "2024-10-10T22:00Z", *PAST[2:]), "--from: '2024-10-10T22:00Z' has an offset"),
        (("add", "x", "--from", "soon", *PAST[2:]), "--from: 'soon' is not a local time"),
        (("add", "x", *PAST, "--notice-given", "2024-10-08"), "counts only where another person approves it"),
        (("add", "x", *PAST, "--notice-given", "2990-01-01", "--approver", "B"), "would be given after it is entered"),
        (("add", "x", *PAST, "--notice-given", "2024-10-08", "--approver", "ann"), "must be another person than Ann"),
        (("end", "patch"), "unknown maintenance window 'patch': did you mean 'patches'?"),
        (("end", "moved"), "the maintenance window 'moved' is over by"),
        (("end", "patches", "--at", "2024-10-27T01:30"), "happens twice in Europe/London"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, tuple) else "told",
)
def test_what_makes_no_sense_is_told(maintenance: Estate, words: tuple[str, ...], told: str) -> None:
    """One clear line says what is wrong, by the catalogue's own rules, and nothing is entered."""
    answer = maintenance(*words, *WHY)
    assert answer.code == 64
    assert told in answer.refusal
    assert maintenance.entries() == ()
