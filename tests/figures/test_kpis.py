"""Figures from a real store: the same as those judged from everything ever observed, and fair at the live edge."""

from __future__ import annotations

import asyncio
import gc
import random
import time
from collections.abc import Iterator
from dataclasses import replace
from fractions import Fraction

import pytest
from support.accounts import kpi_table as pure_table
from support.observing import DEGRADED, DOWN, INTERVAL, MONTH, OCTOBER, UNKNOWN, UP, observed, record, times
from support.timelines import catalogue, check, watched

from ictss_monitor.availability.kpi import KpiRow, KpiTable
from ictss_monitor.availability.periods import Period, parse
from ictss_monitor.availability.standing import Standing
from ictss_monitor.catalogue.model import Area, AtLeast, Basket, Catalogue, CheckRef, Provision, Service, Subject
from ictss_monitor.clock import DAY, HOUR, MINUTE, SECOND, Instant
from ictss_monitor.figures.kpis import kpi_table
from ictss_monitor.judging.evidence import Run
from ictss_monitor.judging.rules import plans
from ictss_monitor.judging.timeline import check_timeline, service_timeline
from ictss_monitor.probe import Outcome
from ictss_monitor.store.engine import Store


def web_row(table: KpiTable) -> KpiRow:
    """Return the line of the one service that most tests have."""
    found = table.row(Subject.SERVICE, "web", "ccc")
    assert found is not None
    return found


WEB = catalogue([watched("web", ["ccc"])])


async def test_a_month_from_the_store(store: Store) -> None:
    """An outage of ten observations is five minutes from its first failure to the first good one after."""
    await record(
        store,
        observed("web", MONTH.start - HOUR, (UP, times(DAY)), (DOWN, 10), (UP, times(40 * DAY))),
        watermark=MONTH.end + DAY,
    )
    found = web_row(await kpi_table(store, WEB, OCTOBER, MONTH.end + DAY))
    assert found.figure.lost == 5 * MINUTE
    assert found.figure.value == 1 - Fraction(5, 745 * 60)
    assert found.figure.coverage == 1
    assert (found.figure.surely_lost, found.figure.maybe_lost) == (5 * MINUTE - INTERVAL, 5 * MINUTE + INTERVAL)
    assert found.outages.count == 1
    assert found.figure.resolution == INTERVAL


@pytest.mark.parametrize(
    ("after", "lost"),
    [
        (((DOWN, 1), (UP, 500)), INTERVAL),
        (((UP, 500),), 0),
        (((UNKNOWN, 90), (DOWN, 1), (UP, 500)), 0),
    ],
    ids=["confirmed", "recovered", "unknown in between"],
)
async def test_a_failure_at_the_months_end_is_decided_by_the_next_month(
    store: Store, after: tuple[tuple[Outcome, int], ...], lost: int
) -> None:
    """The last observation of October failed: it is an outage if November's first observations confirm it.

    Where they are unknown first, the outage of November reaches back, but the time between is unknown and not counted.
    """
    begin = MONTH.end - 100 * INTERVAL
    await record(store, observed("web", begin, (UP, 99), (DOWN, 1), *after), watermark=MONTH.end + DAY)
    period = Period("the last of October", begin, MONTH.end)
    found = web_row(await kpi_table(store, WEB, period, MONTH.end + DAY))
    assert found.figure.lost == lost
    assert found.figure.unknown == (INTERVAL if after[0][0] is UNKNOWN else 0)
    assert found.figure.maybe_lost == 2 * INTERVAL


async def test_a_run_too_short_to_decide_does_not_end_the_search(store: Store) -> None:
    """A recovery that needs three good observations is decided by the third, long after the month's end."""
    begin = MONTH.end - 100 * INTERVAL
    slowly = (UP, 89), (DOWN, 10), (UP, 1), (DEGRADED, 1), (UNKNOWN, 90), (UP, 500)
    await record(store, observed("web", begin, *slowly), watermark=MONTH.end + DAY)
    held = replace(WEB, checks={"web": replace(WEB.checks["web"], fall=3, rise=3)})
    found = web_row(await kpi_table(store, held, Period("the last", begin, MONTH.end), MONTH.end + DAY))
    assert (found.figure.lost, found.figure.degraded, found.figure.unknown) == (10 * INTERVAL, INTERVAL, 0)


async def test_a_quarter_from_the_store(store: Store) -> None:
    """A span of several months comes with the mean of its months."""
    quarter = parse("2026-Q4")
    whole = quarter.within("Europe/London")
    await record(store, observed("web", whole.start, (DOWN, times(HOUR)), (UP, times(92 * DAY))), watermark=whole.end)
    found = web_row(await kpi_table(store, WEB, quarter, whole.end))
    assert found.months is not None
    assert (found.figure.lost, found.months.with_figure) == (HOUR, 3)


async def test_an_outage_open_for_three_months(store: Store) -> None:
    """A month in the middle of an outage is lost in full, though no run of it begins in the month."""
    await record(
        store,
        observed("web", MONTH.start - 40 * DAY, (UP, 100), (DOWN, times(90 * DAY))),
        watermark=MONTH.end + 10 * DAY,
    )
    found = web_row(await kpi_table(store, WEB, OCTOBER, MONTH.end + 10 * DAY))
    assert (found.figure.value, found.figure.lost, found.outages.runs_on) == (0, MONTH.length, True)


async def test_a_month_without_evidence_has_no_figure(store: Store) -> None:
    """A month before the first observation is unknown, not up."""
    await record(store, observed("web", MONTH.end + DAY, (UP, 100)), watermark=MONTH.end + 2 * DAY)
    found = web_row(await kpi_table(store, WEB, OCTOBER, MONTH.end + 2 * DAY))
    assert (found.standing, found.figure.value, found.figure.unknown) == (Standing.NO_EVIDENCE, None, MONTH.length)


async def test_an_empty_store_has_no_figure(store: Store) -> None:
    """Before anything was observed there is neither a figure nor an error."""
    found = web_row(await kpi_table(store, WEB, OCTOBER, MONTH.start + DAY))
    assert (found.text, found.figure.coverage) == ("no figure", 0)


async def test_what_is_not_written_yet_is_not_unknown(store: Store) -> None:
    """While the recorder keeps its heartbeat, a running month has full coverage however long the interval."""
    now = MONTH.start + 10 * DAY
    await record(store, observed("web", MONTH.start, (UP, times(10 * DAY))), watermark=now - SECOND)
    table = await kpi_table(store, WEB, OCTOBER, now)
    found = web_row(table)
    assert table.now == now - SECOND
    assert (found.figure.coverage, found.figure.unknown) == (1, 0)
    assert found.figure.measured + found.figure.future == MONTH.length


async def test_once_the_recorder_is_silent_what_follows_is_unknown(store: Store) -> None:
    """A daemon that died an hour ago saw nothing since its last heartbeat."""
    died = MONTH.start + 10 * DAY
    await record(store, observed("web", MONTH.start, (UP, times(10 * DAY))), watermark=died)
    found = web_row(await kpi_table(store, WEB, OCTOBER, died + HOUR))
    assert found.figure.unknown == HOUR
    assert found.figure.measured == 10 * DAY


SERVICES = ("web", "mail", "tel", "dns")


def estate() -> Catalogue:
    """Return two councils' services with rules over several checks, an area and a basket."""
    rule = AtLeast(2, (CheckRef("web"), CheckRef("mail"), AtLeast(1, (CheckRef("tel"), CheckRef("dns")))))
    services = [
        Service("all", "All", {"ccc": (Provision("all", "ccc", rule),)}),
        *(watched(each, ["ccc", "hdc"]) for each in SERVICES),
    ]
    return catalogue(
        services,
        ["ccc", "hdc"],
        areas=[Area("net", "Network", ("dns", "tel"))],
        baskets=[Basket("kpi", "KPI", ("all", "web"), ("net",))],
        minimum_coverage=Fraction(0),
    )


def erratic(id_: str, dice: random.Random, begin: Instant, until: Instant) -> list[Run]:
    """Return the runs of a check that fails, recovers, goes unknown and falls silent at random."""
    runs: list[Run] = []
    while begin < until:
        outcome = dice.choice([UP, UP, UP, DEGRADED, DOWN, UNKNOWN])
        runs += observed(id_, begin, (outcome, dice.choice([1, 1, 2, 3, 20])))
        begin = runs[-1].last + INTERVAL * dice.choice([1, 1, 1, 9])
    return runs


@pytest.mark.parametrize("seed", range(5))
async def test_the_store_gives_what_all_evidence_gives(store: Store, seed: int) -> None:
    """Figures from the runs that are read are those from all runs ever, whatever the period's begin and end."""
    dice, held = random.Random(seed), estate()
    until = MONTH.start + 20 * HOUR
    histories = {each: erratic(each, dice, MONTH.start, until) for each in SERVICES}
    await record(store, *histories.values(), watermark=until)
    for _ in range(5):
        start, end = sorted(dice.sample(range(MONTH.start, until), 2))
        period = Period("part", start, end)
        timelines = {
            each: check_timeline(held.checks[each], runs, start, end, until, until) for each, runs in histories.items()
        }
        services = {key: service_timeline(plan, timelines, start, end, until) for key, plan in plans(held).items()}
        table = await kpi_table(store, held, period, until)
        assert table == pure_table(held, services, period, until)
        for figure in (row.figure for row in table.rows if row.figure.value is not None):
            assert 0 <= figure.low <= figure.value <= figure.high <= 1


@pytest.fixture
def no_collection() -> Iterator[None]:
    """Keep the garbage collector from running: how long that takes is decided by all the tests before this one."""
    gc.disable()
    yield
    gc.enable()


@pytest.mark.slow
@pytest.mark.usefixtures("no_collection")
@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
async def test_the_event_loop_is_not_held(store: Store) -> None:
    """Over 5,000 checks in 500 services, no single turn of the loop takes more than 50 ms of this thread's CPU."""
    ids = [f"check-{number}" for number in range(5_000)]
    rules = [AtLeast(None, tuple(CheckRef(id_) for id_ in ids[begin : begin + 10])) for begin in range(0, 5_000, 10)]
    services = [
        Service(f"service-{number}", "", {"ccc": (Provision(f"service-{number}", "ccc", rule),)})
        for number, rule in enumerate(rules)
    ]
    held = replace(catalogue(services), checks={id_: check(id_) for id_ in ids})
    dice = random.Random(1)
    for begin in range(0, len(ids), 500):
        some = ids[begin : begin + 500]
        failing = [observed(id_, MONTH.start, (UP, dice.randrange(9, 900)), (DOWN, 9), (UP, 80_000)) for id_ in some]
        await record(store, *failing, watermark=MONTH.end)
    longest, ended = 0.0, False

    async def watch() -> None:
        nonlocal longest
        while not ended:
            before = time.thread_time()
            await asyncio.sleep(0)
            longest = max(longest, time.thread_time() - before)

    async with asyncio.TaskGroup() as tasks:
        tasks.create_task(watch())
        table = await kpi_table(store, held, OCTOBER, MONTH.end)
        ended = True
    assert len(table.rows) == len(services) + 1
    assert longest < 0.05
