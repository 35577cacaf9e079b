"""The month close: drafts what is over, seals it only where the catalogue says so, and catches up what was missed."""

from __future__ import annotations

from dataclasses import replace

import pytest
from structlog.testing import capture_logs
from support.clock import FakeClock
from support.observing import MONTH, UP, observed, record, times
from support.timelines import catalogue, watched

from ictss_monitor.availability.periods import parse
from ictss_monitor.catalogue.model import Basket, Catalogue
from ictss_monitor.catalogue.terms import MonthClose as Terms
from ictss_monitor.clock import DAY, HOUR, MINUTE, Instant
from ictss_monitor.figures import sealing
from ictss_monitor.figures.month_close import MonthClose
from ictss_monitor.store.engine import Store
from ictss_monitor.store.sealed import all_drafts, all_statements, draft_of

ESTATE = catalogue([watched("web", ["ccc"])], baskets=[Basket("kpi", "Headline", ("web",), ())])
CLOSED: Instant = MONTH.end + DAY + 6 * HOUR
"""2 November is a Monday."""


def closing(store: Store, clock: FakeClock, *, seals: bool = False) -> MonthClose:
    """Return the month close of a catalogue that leaves sealing to people, or does not."""
    settings = replace(ESTATE.settings, month_close=Terms(seals=seals))
    held: Catalogue = replace(ESTATE, settings=settings)
    return MonthClose(store, lambda: held, clock)


async def labels(store: Store) -> tuple[list[str], list[str]]:
    """Return what is drafted, and what is sealed."""
    async with store.read() as tx:
        drafts, statements = await all_drafts(tx), await all_statements(tx)
    return [each.label for each in drafts], [each.label for each in statements]


async def test_a_month_is_drafted_once_its_working_day_has_come(store: Store) -> None:
    """Not an hour before; the log says its headline. What is sealed is a person's act."""
    await record(store, observed("web", MONTH.start, (UP, times(40 * DAY))), watermark=CLOSED + DAY)
    clock = FakeClock(CLOSED - MINUTE)
    await closing(store, clock).run()
    assert await labels(store) == ([], [])
    clock = FakeClock(CLOSED)
    with capture_logs() as said:
        await closing(store, clock).run()
    assert await labels(store) == (["2026-10"], [])
    assert [(line["event"], line["period"]) for line in said] == [
        ("period drafted", "2026-10"),
        ("period closed", "2026-10"),
        ("period closed", "2026-10"),
    ]
    assert said[1]["figure"] == "100 %"


async def test_a_draft_is_made_once_and_left_to_people(store: Store) -> None:
    """However often it runs, and though the catalogue seals by now."""
    await record(store, observed("web", MONTH.start, (UP, times(40 * DAY))), watermark=CLOSED + DAY)
    await closing(store, FakeClock(CLOSED)).run()
    await closing(store, FakeClock(CLOSED + DAY)).run()
    await closing(store, FakeClock(CLOSED + DAY), seals=True).run()
    assert await labels(store) == (["2026-10"], [])
    async with store.read() as tx:
        held = await draft_of(tx, "2026-10")
    assert held is not None
    assert held.made_at == CLOSED


async def test_the_catalogue_may_let_it_seal(store: Store) -> None:
    """Then the statement says that the month close sealed it."""
    await record(store, observed("web", MONTH.start, (UP, times(40 * DAY))), watermark=CLOSED + DAY)
    await closing(store, FakeClock(CLOSED), seals=True).run()
    assert await labels(store) == ([], ["2026-10"])
    async with store.read() as tx:
        (held,) = await all_statements(tx)
    assert (held.who, held.version) == ("month close", 1)


async def test_what_is_not_decided_yet_is_sealed_by_a_later_run(store: Store) -> None:
    """It is not left as a draft, which nobody would seal."""
    short = observed("web", MONTH.start, (UP, times(30 * DAY)))
    await record(store, short, watermark=CLOSED)
    early = replace(ESTATE, settings=replace(ESTATE.settings, month_close=Terms(seals=True, hour=0)))
    monthly = replace(early, councils={"ccc": replace(ESTATE.councils["ccc"], zone="America/New_York")})
    now = MONTH.end + DAY
    with capture_logs() as said:
        await MonthClose(store, lambda: monthly, FakeClock(now)).run()
    assert [line["event"] for line in said] == ["period not sealed"]
    assert "not decided yet" in said[0]["why"]
    assert await labels(store) == ([], [])
    await MonthClose(store, lambda: monthly, FakeClock(now + DAY)).run()
    assert await labels(store) == ([], ["2026-10"])


async def test_months_that_were_missed_are_caught_up(store: Store) -> None:
    """From the first evidence on, with the quarter and the year that ended meanwhile; what is sealed is left alone."""
    since = MONTH.start
    await record(store, observed("web", since, (UP, times(200 * DAY))), watermark=since + 200 * DAY)
    now = since + 190 * DAY
    await sealing.seal(store, ESTATE, None, parse("2026-11"), now, sealing.Signature("ann"))
    await closing(store, FakeClock(now)).run()
    drafts, statements = await labels(store)
    assert drafts == [
        "2026-10",
        "2026-12",
        "2027-01",
        "2027-02",
        "2027-03",
        "FY2026/27",
        "FY2026/27-Q3",
        "FY2026/27-Q4",
    ]
    assert statements == ["2026-11"]


async def test_a_store_without_evidence_has_nothing_to_close(store: Store) -> None:
    """A new estate does not begin with twelve empty drafts."""
    await closing(store, FakeClock(CLOSED)).run()
    assert await labels(store) == ([], [])


@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
async def test_running_again_when_all_is_closed_computes_nothing(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    """It runs every hour."""
    await record(store, observed("web", MONTH.start, (UP, times(40 * DAY))), watermark=CLOSED + DAY)
    await closing(store, FakeClock(CLOSED)).run()
    monkeypatch.setattr(sealing, "reckon", None)
    await closing(store, FakeClock(CLOSED + HOUR)).run()
