"""Trends in the store: hours are replaced as they grow, read back exactly, gone on with, and removed when old."""

from __future__ import annotations

from dataclasses import replace

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from support.records import observed, run_of
from support.scrapes import catalogue_of, check

from ictss_monitor.catalogue.model import Catalogue, Settings
from ictss_monitor.clock import DAY, HOUR, MINUTE, Instant
from ictss_monitor.judging.changes import Changes
from ictss_monitor.judging.trends import TrendHour, Trends
from ictss_monitor.observation import Observation
from ictss_monitor.probe import Finding, Outcome
from ictss_monitor.removal import remove_old
from ictss_monitor.resuming import resume_trends
from ictss_monitor.store.commit import write_batch
from ictss_monitor.store.engine import Store
from ictss_monitor.store.evidence import observations_around
from ictss_monitor.store.retention import remove_trends_before
from ictss_monitor.store.tables import trend
from ictss_monitor.store.trends import put_trends, running_trends, trend_hours, trended

NOON: Instant = 500_004 * HOUR
EVER = 2**60


def hour_of(at: int = 0, check: str = "ups", measurement: str = "load_percent", vantage: str = "local") -> TrendHour:
    """Return an hour, so many after noon, in which three values were measured."""
    begin = NOON + at * HOUR
    return TrendHour(check, vantage, measurement, begin, begin + 40 * MINUTE, 0.1, 0.30000000000000004, 1e-7 + 1, 3)


def seen(at: Instant, value: float) -> Observation:
    """Return what the UPS measured at an instant."""
    return Observation("ups", "local", at, Finding(Outcome.UP, measurements={"load_percent": value}))


def estate() -> Catalogue:
    """Return a catalogue with one UPS."""
    return catalogue_of([replace(check("ups", "ups"), trend=("load_percent",))])


async def held(store: Store, check: str = "ups", measurement: str = "load_percent") -> list[TrendHour]:
    """Return all hours that the store has of a measurement."""
    async with store.read() as tx:
        return await trend_hours(tx, check, measurement, 0, EVER)


async def commit(store: Store, trends: Trends) -> None:
    """Write what changed, as the recorder does."""
    async with store.write() as tx:
        changes = Changes(trends=trends.take_changed())
        await write_batch(tx, changes, vantage="local", watermark=NOON, now=NOON)


async def test_hours_come_back_as_they_were(store: Store) -> None:
    """To the last bit, in order of time, those that begin within the stretch."""
    async with store.write() as tx:
        await put_trends(tx, [hour_of(at) for at in (2, 0, 1, 3)])
        await put_trends(tx, [hour_of(1, vantage="elsewhere"), hour_of(1, "web"), hour_of(1, measurement="latency")])
        await put_trends(tx, [])
    async with store.read() as tx:
        found = await trend_hours(tx, "ups", "load_percent", NOON + HOUR, NOON + 3 * HOUR)
    assert found == [hour_of(1, vantage="elsewhere"), hour_of(1), hour_of(2)]


async def test_an_hour_is_replaced_as_a_whole_and_may_be_written_again(store: Store) -> None:
    """A batch whose commit was in doubt is repeated without counting anything twice."""
    grown = replace(hour_of(), last=NOON + 50 * MINUTE, minimum=0.0, count=4)
    for each in (hour_of(), grown, grown):
        async with store.write() as tx:
            await put_trends(tx, [each])
    assert await held(store) == [grown]


async def test_what_there_is_is_told_with_its_first_and_last_hour(store: Store) -> None:
    """By measurement; nothing of a check without a trend."""
    async with store.write() as tx:
        await put_trends(tx, [hour_of(at) for at in (3, 1, 2)])
        await put_trends(tx, [hour_of(5, measurement="charge_percent"), hour_of(0, "web")])
    async with store.read() as tx:
        assert await trended(tx, "ups") == {
            "charge_percent": (NOON + 5 * HOUR, NOON + 5 * HOUR),
            "load_percent": (NOON + HOUR, NOON + 3 * HOUR),
        }
        assert await trended(tx, "fw") == {}


async def test_only_the_running_hour_of_the_vantage_is_gone_on_with(store: Store) -> None:
    """What is over is not read again, and other places count for themselves."""
    async with store.write() as tx:
        await put_trends(tx, [hour_of(0), hour_of(1), hour_of(1, vantage="elsewhere"), hour_of(2)])
    async with store.read() as tx:
        found = await running_trends(tx, "local", NOON + HOUR)
    assert sorted(each.hour for each in found) == [NOON + HOUR, NOON + 2 * HOUR]


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=25, deadline=None)
@given(
    lives=st.lists(
        st.lists(st.tuples(st.integers(1, 20), st.integers(0, 1000), st.booleans()), max_size=8), min_size=1, max_size=4
    )
)
async def test_daemons_that_are_killed_lose_what_was_not_written_and_count_nothing_twice(
    store: Store, lives: list[list[tuple[int, int, bool]]]
) -> None:
    """Restart after restart within the hour, the store holds exactly what was committed of each life."""
    async with store.write() as tx:
        await tx.execute(trend.delete())
    at, written = NOON, []
    for life in lives:
        trends, waiting = await resume_trends(store, estate(), at + 1), []
        for minutes, value, commits in life:
            at += minutes * MINUTE
            waiting.append((at, float(value)))
            trends.observe([seen(at, value)])
            if commits:
                await commit(store, trends)
                written, waiting = written + waiting, []
    hours = {when - when % HOUR for when, _ in written}
    found = {each.hour: each for each in await held(store)}
    assert found.keys() == hours
    for begin, each in found.items():
        values = [value for when, value in written if when - when % HOUR == begin]
        assert (each.minimum, each.maximum, each.count) == (min(values), max(values), len(values))
        assert abs(each.mean - sum(values) / len(values)) < 1e-9


async def test_old_hours_are_removed_a_few_at_a_time(store: Store) -> None:
    """What began before the instant goes, and nothing else."""
    async with store.write() as tx:
        await put_trends(tx, [hour_of(at) for at in range(7)])
    taken = []
    for _ in range(4):
        async with store.write() as tx:
            taken.append(await remove_trends_before(tx, NOON + 5 * HOUR, limit=3))
    assert taken == [3, 2, 0, 0]
    assert await held(store) == [hour_of(5), hour_of(6)]


async def test_trends_are_kept_for_400_days_and_evidence_as_the_catalogue_says(store: Store) -> None:
    """Without a word on evidence it stays for ever, and trends go all the same."""
    old, kept = hour_of(-400 * 24 - 1), hour_of(-400 * 24)
    async with store.write() as tx:
        await put_trends(tx, [old, kept])
        changes = Changes(closed_runs=[run_of("ups", 0, 99)], edges=[observed("ups", 99)])
        await write_batch(tx, changes, vantage="local", watermark=NOON, now=NOON)
    await remove_old(store, Settings(), NOON)
    assert await held(store) == [kept]
    async with store.read() as tx:
        assert await observations_around(tx, "ups", "local", 0, EVER) == [observed("ups", 99)]
    await remove_old(store, Settings(evidence_retention=30 * DAY), NOON)
    assert await held(store) == [kept]
    async with store.read() as tx:
        assert await observations_around(tx, "ups", "local", 0, EVER) == []
