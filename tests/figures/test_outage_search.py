"""Finding the outage that somebody speaks of, from a real store, as figures count it now."""

from __future__ import annotations

from support.observing import DEGRADED, DOWN, INTERVAL, UNKNOWN, UP, observed, record, times
from support.timelines import catalogue, watched

from ictss_monitor.availability.periods import parse
from ictss_monitor.clock import DAY, HOUR, MINUTE, SECOND, Duration, Instant
from ictss_monitor.figures.outage_search import HeldOutage, Search, outage_at
from ictss_monitor.ledger.acts import Declare, Extent, Imported
from ictss_monitor.probe import Outcome
from ictss_monitor.store.engine import Store
from ictss_monitor.store.imports import add_import
from ictss_monitor.store.ledger import append

START = parse("2026-10").within("Europe/London").start
NOW = START + 200 * DAY
WEB = catalogue([watched("web", ["ccc"])])


async def search(store: Store, instant: Instant, unit: Duration = 1, now: Instant = NOW) -> Search:
    """Look for an outage of the one service."""
    async with store.read() as tx:
        return await outage_at(tx, WEB, "web", "ccc", instant, unit, now)


async def found(store: Store, instant: Instant, unit: Duration = 1, now: Instant = NOW) -> HeldOutage | None:
    """Return the outage that is found."""
    return (await search(store, instant, unit, now)).found


def held(since: Instant, until: Instant, state: Outcome = DOWN, *, is_open: bool = False) -> HeldOutage:
    """Return an outage of the one service."""
    return HeldOutage(Extent("web", "ccc", since, until), state, is_open)


async def test_it_is_on_from_its_begin_to_before_its_end(store: Store) -> None:
    """The instant of its end is not in it."""
    await record(store, observed("web", START, (UP, 100), (DOWN, 10), (UP, 100)), watermark=NOW)
    begin, end = START + 100 * INTERVAL, START + 110 * INTERVAL
    for instant in (begin, begin + MINUTE, end - 1):
        assert await found(store, instant) == held(begin, end)
    assert await found(store, begin - 1) is None
    assert await found(store, end) is None


async def test_a_time_to_the_minute_means_that_minute(store: Store) -> None:
    """An outage that began at half past the minute is found by the minute, one that began in the next is not."""
    await record(store, observed("web", START + SECOND, (UP, 99), (DOWN, 10), (UP, 100)), watermark=NOW)
    begin = START + SECOND + 99 * INTERVAL
    assert await found(store, begin - 31 * SECOND, MINUTE) == held(begin, begin + 10 * INTERVAL)
    assert await found(store, begin - MINUTE, MINUTE) is None


async def test_down_is_meant_before_degraded(store: Store) -> None:
    """Where it was slow before it was down, each is found by a time of its own."""
    await record(store, observed("web", START, (UP, 100), (DEGRADED, 10), (DOWN, 10), (UP, 100)), watermark=NOW)
    slow, down = START + 100 * INTERVAL, START + 110 * INTERVAL
    assert await found(store, slow) == held(slow, down, DEGRADED)
    assert await found(store, down) == held(down, down + 10 * INTERVAL)


async def test_a_hole_belongs_to_the_outage_around_it(store: Store) -> None:
    """Down, unknown and down again is one outage; up in between makes it two."""
    pieces = (UP, 100), (DOWN, 10), (UNKNOWN, 20), (DOWN, 10), (UP, 9), (DOWN, 10), (UP, 100)
    await record(store, observed("web", START, *pieces), watermark=NOW)
    begin = START + 100 * INTERVAL
    assert await found(store, begin) == held(begin, begin + 40 * INTERVAL)
    assert await found(store, begin + 50 * INTERVAL) == held(begin + 49 * INTERVAL, begin + 59 * INTERVAL)


async def test_one_of_three_months_is_found_whole(store: Store) -> None:
    """However far its begin and end are from the instant."""
    lasting = times(90 * DAY)
    await record(store, observed("web", START - 40 * DAY, (UP, 100), (DOWN, lasting), (UP, 100)), watermark=NOW)
    begin = START - 40 * DAY + 100 * INTERVAL
    for instant in (begin, START, begin + 90 * DAY - 1):
        assert await found(store, instant) == held(begin, begin + 90 * DAY)


async def test_one_that_goes_on_is_open(store: Store) -> None:
    """It ends where evidence does; so does one after which nothing was seen any more."""
    begin, last = START + 100 * INTERVAL, START + 100 * INTERVAL + 40 * DAY
    await record(store, observed("web", START, (UP, 100), (DOWN, times(40 * DAY))), watermark=last)
    assert await found(store, begin, now=last) == held(begin, last, is_open=True)
    silent = await found(store, begin, now=last + 100 * DAY)
    assert silent is not None
    assert silent.is_open


async def test_what_was_told_counts(store: Store) -> None:
    """Imported outages are found, and what was corrected stands where it was corrected to."""
    await record(store, observed("web", START + 9 * DAY, (UP, 100), (DOWN, 10), (UP, 100)), watermark=NOW)
    old = [
        Imported("web", "ccc", START, START + DAY, UP),
        Imported("web", "ccc", START + HOUR, START + 2 * HOUR, DOWN),
    ]
    gone = START + 9 * DAY + 100 * INTERVAL
    phoned = Extent("web", "ccc", START + 3 * DAY, START + 3 * DAY + HOUR)
    async with store.write() as tx:
        await add_import(tx, old, at=1, who="ann", why="what we had")
        for act in (Declare(Extent("web", "ccc", gone, gone + HOUR), UP), Declare(phoned, DOWN)):
            await append(tx, act, at=2, who="ann", why="a test")
    assert await found(store, START + HOUR) == held(START + HOUR, START + 2 * HOUR)
    assert await found(store, phoned.since) == HeldOutage(phoned, DOWN, is_open=False)
    assert await found(store, gone) is None


async def test_where_there_was_none_those_near_are_told(store: Store) -> None:
    """At most three of the days around, the nearest first."""
    pieces = [(UP, 100), (DOWN, 10)] * 5
    await record(store, observed("web", START, *pieces, (UP, 100)), watermark=NOW)
    near = (await search(store, START + 240 * INTERVAL)).near
    assert [each.extent.since for each in near] == [START + number * INTERVAL for number in (210, 320, 100)]
    assert (await search(store, START + 100 * DAY)).near == ()
