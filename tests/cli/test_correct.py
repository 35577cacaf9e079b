"""correct: what operators say of the evidence, which figures that changes, and what makes no sense."""

from __future__ import annotations

import asyncio
import json
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest
from support.command_line import (
    BROKE,
    INTERVAL,
    OCTOBER,
    Answer,
    CommandLine,
    record,
    runs_of_october,
    write_catalogue,
)

from ictss_monitor.clock import MINUTE, SystemClock
from ictss_monitor.judging.evidence import Run
from ictss_monitor.ledger.acts import Attribute, Declare, Entry, Move, Withdraw
from ictss_monitor.probe import Outcome, Reason
from ictss_monitor.store.engine import open_store
from ictss_monitor.store.ledger import entries
from ictss_monitor.store.sealed import add_statement

MONTH = 745 * 60
"""Minutes of October 2024."""
OUTAGE = ("--service", "website", "--council", "fenshire", "--outage", "2024-10-11T00:00")
SPAN = ("--service", "website", "--council", "fenshire", "--from", "2024-10-12T07:00", "--to", "2024-10-12T08:00")
WHY = ("--who", "Ann", "--why", "Ticket 1234")


class Estate:
    """The command line with October's evidence, and short ways to look at what became of it."""

    def __init__(self, ask: CommandLine, config: Path, url: str) -> None:
        self._ask = ask
        self.config = config
        self.url = url

    def __call__(self, *words: str) -> Answer:
        """Return what `ictss-monitor WORDS` answers."""
        return self._ask("-c", self.config, *words)

    def correct(self, *words: str) -> list[str]:
        """Return the lines that a correction says."""
        answer = self("correct", *words, *WHY)
        assert (answer.code, answer.err) == (0, "")
        return answer.out.splitlines()

    def figure(self) -> dict[str, Any]:
        """Return October's figure of the website for fenshire."""
        answer = self("kpi", "--period", "2024-10", "--service", "website", "--council", "fenshire", "--format", "json")
        (row,) = json.loads(answer.out)
        assert isinstance(row, dict)
        return row

    def entries(self) -> tuple[Entry, ...]:
        """Return the ledger."""

        async def read() -> tuple[Entry, ...]:
            async with open_store(self.url) as store, store.read() as tx:
                return await entries(tx)

        return asyncio.run(read())

    def seal(self, label: str) -> None:
        """Seal a period, whatever its figures."""

        async def write() -> None:
            async with open_store(self.url) as store, store.write() as tx:
                await add_statement(tx, label=label, content="{}", catalogue="", evidence="", at=1, who="Cy")

        asyncio.run(write())


@pytest.fixture
def october(ask: CommandLine, estate: Path, store_url: str) -> Estate:
    """Return the estate of October, in which the website was down for five minutes on the 11th."""
    return Estate(ask, estate, store_url)


only_sqlite = pytest.mark.parametrize("database", ["sqlite"], indirect=True)

# What can be said


def test_whose_an_outage_was(october: Estate) -> None:
    """The gross figure stays, the net one does not count it, and the line says both."""
    said = october.correct("attribute", *OUTAGE, "--supplier", "Virgin Media")
    assert said[:2] == [
        "entry 1: what website for fenshire lost from 2024-10-11 00:00:00 to 2024-10-11 00:05:00: "
        "a third party's (Virgin Media)",
        "  2024-10, Website for fenshire: still 99.99 %; net 99.99 % -> 100 %; lost to third parties 0 s -> 5 min",
    ]
    row = october.figure()
    assert (Fraction(row["availability"]), Fraction(row["net"])) == (1 - Fraction(5, MONTH), 1)
    assert row["uncorrected"] is None
    assert "Uncorrected" not in october("kpi", "--period", "2024-10").out  # it reads the same as the figure
    (entry,) = october.entries()
    assert isinstance(entry.act, Attribute)
    assert (entry.who, entry.why, entry.approver) == ("Ann", "Ticket 1234", None)


def test_that_it_was_no_outage(october: Estate) -> None:
    """The outage that was on at a minute is meant as a whole; each figure is told as it was and as it is."""
    said = october.correct("not-an-outage", *OUTAGE)
    assert said[1:4] == [
        "  2024-10, Website for fenshire: 99.99 % -> 100 %; lost 5 min -> 0 s",
        "  2024-10, Headline (basket) for fenshire: 99.99 % -> 100 %; lost 5 min -> 0 s; verdict red -> green",
        "  2024-10, Headline (basket) for all councils: 99.99 % -> 100 %; lost 5 min -> 0 s; verdict red -> green",
    ]
    assert october.figure()["lost_seconds"] == 0
    assert isinstance(october.entries()[0].act, Declare)


def test_an_outage_that_no_probe_saw(october: Estate) -> None:
    """An hour that somebody phoned in is lost, and its cause is told with it."""
    said = october.correct("outage", *SPAN, "--fault", "council_site")
    assert said[0].endswith("was down from 2024-10-12 07:00:00 to 2024-10-12 08:00:00: the council's own site")
    row = october.figure()
    assert (row["lost_seconds"], row["council_site_seconds"]) == (3900, 3600)


def test_that_a_service_was_degraded(october: Estate) -> None:
    """Where the policy counts degraded time as up, it is entered and no figure changes."""
    said = october.correct("outage", *SPAN, "--state", "degraded")
    assert said[1:] == ["  no figure changes"]
    assert october.figure()["degraded_seconds"] == 3600


def test_that_nobody_knows(october: Estate) -> None:
    """What a wrong probe saw is taken back: it loses nothing, lowers the coverage, and widens the bounds."""
    said = october.correct("unknown", *SPAN)
    assert said[0].endswith("was unknown from 2024-10-12 07:00:00 to 2024-10-12 08:00:00")
    row = october.figure()
    assert (row["lost_seconds"], row["unknown_seconds"]) == (300, 3600)
    assert Fraction(row["low"]) <= 1 - Fraction(5 + 60, MONTH) < Fraction(row["high"])


def test_that_it_began_earlier_and_ended_later(october: Estate) -> None:
    """Either end of an outage is moved, and what it was before is kept in the entry."""
    said = october.correct("move", *OUTAGE, "--begin", "2024-10-10T23:00", "--end", "2024-10-11T00:20")
    assert said[0] == (
        "entry 1: website for fenshire was down from 2024-10-10 23:00:00 to 2024-10-11 00:20:00, "
        "not from 2024-10-11 00:00:00 to 2024-10-11 00:05:00"
    )
    assert october.figure()["lost_seconds"] == 80 * 60
    (entry,) = october.entries()
    assert isinstance(entry.act, Move)
    assert (entry.act.observed.since, entry.act.observed.until) == (BROKE, BROKE + 5 * MINUTE)


def test_what_a_suppliers_outage_lasted_longer_is_the_suppliers_too(october: Estate) -> None:
    """Where all of it was a third party's, a second entry says so of the moved one as well: nothing of it is net."""
    october.correct("attribute", *OUTAGE, "--supplier", "Virgin Media")
    said = october.correct("move", *OUTAGE, "--end", "2024-10-11T00:20")
    assert said[1] == (
        "entry 3: what website for fenshire lost from 2024-10-11 00:00:00 to 2024-10-11 00:20:00: a third party's"
    )
    assert (october.figure()["lost_seconds"], Fraction(october.figure()["net"])) == (20 * 60, 1)


def test_a_moved_outage_is_found_where_it_is_now(october: Estate) -> None:
    """Corrections build on each other: the second one is about the outage as the first one left it."""
    october.correct("move", *OUTAGE, "--begin", "2024-10-10T23:00")
    october.correct("not-an-outage", *OUTAGE[:4], "--outage", "2024-10-10T23:30")
    assert october.figure()["lost_seconds"] == 0


def test_a_withdrawal_brings_the_figure_back(october: Estate) -> None:
    """And a withdrawal of the withdrawal takes it away again."""
    october.correct("not-an-outage", *OUTAGE)
    back = october.correct("withdraw", "1")
    assert back[:2] == [
        "entry 2: entry 1 is withdrawn",
        "  2024-10, Website for fenshire: 100 % -> 99.99 %; lost 0 s -> 5 min",
    ]
    assert october.figure()["lost_seconds"] == 300
    october.correct("withdraw", "2")
    assert october.figure()["lost_seconds"] == 0
    assert [type(entry.act) for entry in october.entries()] == [Declare, Withdraw, Withdraw]


@only_sqlite
def test_for_several_councils_it_is_an_entry_each(october: Estate) -> None:
    """All the councils that had the service then, or those that are named."""
    span = ("--from", "2024-11-01T10:00", "--to", "2024-11-01T10:30")
    october.correct("outage", "--service", "website", "--all-councils", *span)
    october.correct("outage", "--service", "website", "--council", "wolds", "--council", "fenshire", *span)
    october.correct("outage", "--service", "website", "--all-councils", *SPAN[4:])
    councils = [entry.act.extent.council for entry in october.entries() if isinstance(entry.act, Declare)]
    assert councils == ["fenshire", "wolds", "wolds", "fenshire", "fenshire"]


@only_sqlite
def test_what_is_sealed_stays(october: Estate) -> None:
    """Every statement on the month is named, with the command that revises it."""
    for label in ("2024-10", "2024-Q4", "2024-09"):
        october.seal(label)
    said = october.correct("not-an-outage", *OUTAGE)
    assert [line for line in said if "sealed" in line] == [
        f"  {label} is sealed, version 1, and stays as it is until it is revised: "
        f"ictss-monitor seal --period {label} --revise --reason TEXT"
        for label in ("2024-10", "2024-Q4")
    ]


@only_sqlite
def test_a_dry_run_says_the_same_and_enters_nothing(october: Estate) -> None:
    """What would change is worked out as if it were entered."""
    tried = october.correct("not-an-outage", *OUTAGE, "--dry-run")
    assert october.entries() == ()
    done = october.correct("not-an-outage", *OUTAGE)
    assert tried[0].startswith("dry run: would enter: website for fenshire was up")
    assert tried[1:] == done[1:]


@only_sqlite
def test_the_list_has_what_was_withdrawn_too(october: Estate) -> None:
    """Who said what, when and why, in plain words; windows and seals are not corrections."""
    assert "nobody has said anything" in october("correct", "list").out
    october.seal("2024-09")
    october.correct("not-an-outage", *OUTAGE, "--approver", "Bob")
    october.correct("withdraw", "2")
    told = october("correct", "list").out
    assert "Ann, approved by Bob" in told
    assert "(withdrawn)" in told
    records = json.loads(october("correct", "list", "--format", "json").out)
    assert [(each["seq"], each["act"], each["in_force"]) for each in records] == [
        (2, "declare", False),
        (3, "withdraw", True),
    ]


@only_sqlite
@pytest.mark.parametrize("watermark", [OCTOBER.end + MINUTE, None], ids=["silent since", "on until now"])
def test_an_open_outage_is_corrected_as_far_as_it_is_known(
    ask: CommandLine, store_url: str, tmp_path: Path, watermark: int | None
) -> None:
    """It may go on, and a line says so; another says that not all of its months were compared, where they are many."""
    first, _, _ = runs_of_october()
    seen = watermark or SystemClock().now()
    down = Run("web", "local", Outcome.DOWN, Reason.TIMEOUT, BROKE, seen, (seen - BROKE) // INTERVAL + 1, INTERVAL)
    record(store_url, [first, down], watermark=seen)
    said = Estate(ask, write_catalogue(tmp_path, store_url), store_url).correct("not-an-outage", *OUTAGE)
    assert said[-1] == "  the outage of website for fenshire is not over as far as is known: say it again once it is"
    assert ("  older months were not looked at, only the last 24" in said) is (watermark is None)


# What makes no sense


@only_sqlite
@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("not-an-outage", *SPAN[:4], "--from", "2024-10-12T08:00", "--to", "2024-10-12T08:00"), "is not after --from"),
        (("outage", *SPAN[:6], "--to", "2990-01-01"), "--to 2990-01-01 is in the future"),
        (("outage", *SPAN[:6]), "--from and --to belong together"),
        (("attribute", *SPAN[:4], "--fault", "own"), "say when: --from and --to, or else --outage"),
        (("attribute", *SPAN, "--outage", "2024-10-11", "--fault", "own"), "say when"),
        (("not-an-outage", "--service", "web-site", *SPAN[2:]), "did you mean 'website'?"),
        (("not-an-outage", "--service", "website", "--council", "fenshir", *SPAN[4:]), "did you mean 'fenshire'?"),
        (("not-an-outage", "--service", "archive", "--council", "wolds", *SPAN[4:]), "wolds does not have the service"),
        (("not-an-outage", "--service", "website", *SPAN[4:]), "say for whom: --council ID"),
        (("not-an-outage", *SPAN, "--all-councils"), "say for whom"),
        (
            ("outage", "--service", "website", "--council", "wolds", *SPAN[4:]),
            "wolds was not in service from 2024-10-12",
        ),
        (
            ("not-an-outage", *OUTAGE[:4], "--outage", "2024-10-14T09:00"),
            "no outage of website for fenshire at 2024-10-14T09:00; it was down from 2024-10-11 00:00:00 to",
        ),
        (("not-an-outage", *OUTAGE[:4], "--outage", "2024-08-14T09:00:10"), "nor any in the days around"),
        (("not-an-outage", *OUTAGE[:4], "--outage", "2024-10-27T01:30"), "happens twice in Europe/London"),
        (("outage", *SPAN[:4], "--from", "2024-03-31T01:30", "--to", "2024-04-01"), "does not exist in Europe/London"),
        (("outage", *SPAN[:4], "--from", "noon", "--to", "2024-04-01"), "'noon' is not a time"),
        (("attribute", *OUTAGE), "say whose it was"),
        (("attribute", *OUTAGE, "--fault", "own", "--supplier", "BT"), "only a third party is a supplier"),
        (("move", *OUTAGE), "say what was different"),
        (("move", *OUTAGE, "--begin", "2024-10-11T00:30"), "would end before it begins"),
        (("move", *OUTAGE, "--end", "2990-01-01"), "--end 2990-01-01 is in the future"),
        (("withdraw", "7"), "the ledger has no entry 7"),
        (("not-an-outage", *OUTAGE, "--approver", "ann "), "the approver must be another person than Ann"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, tuple) else "told",
)
def test_what_makes_no_sense_is_told(october: Estate, words: tuple[str, ...], told: str) -> None:
    """One clear line says what is wrong, and nothing is entered."""
    answer = october("correct", *words, *WHY)
    assert answer.code == 64
    assert told in answer.refusal
    assert october.entries() == ()


@only_sqlite
def test_a_reason_must_be_given(october: Estate) -> None:
    """Nobody can answer an auditor with an entry that says nothing."""
    assert "Missing option '--why'" in october("correct", "not-an-outage", *OUTAGE).refusal
    assert "needs a reason" in october("correct", "not-an-outage", *OUTAGE, "--why", " ").refusal


@only_sqlite
def test_one_council_that_is_wrong_stops_all(october: Estate) -> None:
    """Entries for several councils are made together or not at all."""
    answer = october("correct", "outage", *SPAN, "--council", "wolds", *WHY)
    assert "wolds was not in service" in answer.refusal
    assert october.entries() == ()


@only_sqlite
def test_an_outage_of_what_somebody_else_hosts_unwatched_is_refused(october: Estate) -> None:
    """It would be all that the figure knows, and make it 0 %: the history with its span is asked for instead."""
    text = october.config.read_text()
    october.config.write_text(text.replace("services:", "services:\n  hr: {councils: {fenshire: {supplier: Acme}}}", 1))
    answer = october("correct", "outage", "--service", "hr", *SPAN[2:], *WHY)
    assert answer.code == 64
    assert "nothing here watches hr for fenshire, which Acme hosts: import its history" in answer.refusal
    assert october.entries() == ()
