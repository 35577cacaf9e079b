"""What figures cost: a year's outages by the million, a year from roll-ups, and a month from evidence.

    .venv/bin/python tests/bench/figures.py [--database sqlite|postgresql] [--services 1000] [--outages 1000000]
    make bench ARGS=figures

Twelve months of so many services, each for three councils. The year's trend of outages is set against a bare loop of
the driver over the same rows, which makes nothing of them. CPU is that of this process, user and system, threads
included, the best of several times; PostgreSQL's own is not in it. In brackets what is to be reached.
"""

from __future__ import annotations

import argparse
import asyncio
import random
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parents[1]))

from sqlalchemy import select
from support.postgres import running_server
from support.timelines import catalogue, watched

from ictss_monitor.availability.periods import CalendarSpan, parse
from ictss_monitor.catalogue.model import Catalogue
from ictss_monitor.clock import DAY, HOUR, MINUTE, SECOND
from ictss_monitor.figures.kpis import kpi_table
from ictss_monitor.figures.monthly import outage_months, roll_up
from ictss_monitor.figures.rolled_months import month_bases, rolled_months
from ictss_monitor.judging.evidence import Run
from ictss_monitor.ledger.acts import Declare, Extent
from ictss_monitor.probe import Outcome, Reason
from ictss_monitor.store import ledger
from ictss_monitor.store.engine import Store, open_store
from ictss_monitor.store.evidence import add_runs, put_open_runs
from ictss_monitor.store.heartbeat import Heartbeat, put_heartbeat
from ictss_monitor.store.rollups import put_month, rollups_by_day
from ictss_monitor.store.schema import upgrade
from ictss_monitor.store.statements import insert_new, send_many
from ictss_monitor.store.tables import outage

COUNCILS = ("ccc", "hdc", "scdc")
YEAR = parse("2026")
MONTHS = YEAR.split()
WHOLE = YEAR.within("Europe/London")
NOW = WHOLE.end + 2 * DAY
INTERVAL = 30 * SECOND
TIMES = 5
SERVICES_OF_A_BATCH = 50
FEW = 3
"""Outages of each service in the month that is made from evidence."""
SMALL = 300


@dataclass(frozen=True, slots=True)
class Cost:
    """What something cost, in seconds: of CPU, and on the wall."""

    cpu: float
    wall: float


async def best(work: Callable[[], Awaitable[Any]]) -> tuple[Cost, Any]:
    """Do `work` several times; return the least that it cost, and what came out."""
    costs = []
    for _ in range(TIMES):
        cpu, wall = time.process_time(), time.perf_counter()
        found = await work()
        costs.append(Cost(time.process_time() - cpu, time.perf_counter() - wall))
    return min(costs, key=lambda cost: cost.cpu), found


# What is measured on


def estate(services: int) -> Catalogue:
    """Return so many services, each of every council and watched by one check."""
    return catalogue([watched(f"service-{number:04}", COUNCILS) for number in range(services)], COUNCILS)


async def add_outages(store: Store, services: int, outages: int, dice: random.Random) -> None:
    """Write so many outages of the year, evenly over services and councils."""
    each = outages // (services * len(COUNCILS))
    for first in range(0, services, SERVICES_OF_A_BATCH):
        rows = []
        for number in range(first, min(first + SERVICES_OF_A_BATCH, services)):
            for council in COUNCILS:
                for begin in sorted(dice.sample(range(WHOLE.start, WHOLE.end, 2 * HOUR), each)):
                    end = begin + dice.randrange(MINUTE, HOUR)
                    causes = f'["service-{number:04}"]'
                    rows.append((f"service-{number:04}", council, "down", begin, begin, end, end, end, causes))
        async with store.write() as tx:
            await send_many(tx, insert_new(tx, outage), rows)


async def add_evidence(store: Store, held: Catalogue, month: CalendarSpan, each: int, dice: random.Random) -> int:
    """Write the runs of a month in which every check fails so often; return how many they are."""
    period, written = month.within("Europe/London"), 0
    for check in held.checks:
        cuts = sorted(dice.sample(range(period.start + HOUR, period.end - HOUR, MINUTE), 2 * each))
        runs, begin = [], period.start - DAY
        for index, end in enumerate([*cuts, NOW]):
            outcome, reason = (Outcome.DOWN, Reason.TIMEOUT) if index % 2 else (Outcome.UP, Reason.OK)
            runs.append(
                Run(check, "local", outcome, reason, begin, end - INTERVAL, (end - begin) // INTERVAL, INTERVAL)
            )
            begin = end
        async with store.write() as tx:
            await add_runs(tx, runs[:-1])
            await put_open_runs(tx, runs[-1:])
        written += len(runs)
    async with store.write() as tx:
        await put_heartbeat(tx, Heartbeat("local", NOW, NOW))
    return written


async def spread(store: Store, held: Catalogue) -> int:
    """Give every month of the year the roll-ups of the first; return how many they are for the year."""
    async with store.read() as tx:
        rows = await rollups_by_day(tx, [MONTHS[0].label])
        bases = await month_bases(tx, held, MONTHS)
    for month in MONTHS[1:]:
        async with store.write() as tx:
            basis = bases[month.label].digest
            await put_month(tx, month.label, [row._replace(month=month.label, basis=basis) for row in rows])
    return len(rows) * len(MONTHS)


# What is measured


async def raw_outages(store: Store, services: int, outages: int) -> None:
    """Print what the year's trend costs, and one month of it, beside a bare loop of the driver."""
    held = estate(services)
    await add_outages(store, services, outages, random.Random(1))
    wanted = select(outage.c.service, outage.c.council, outage.c.first_seen_down, outage.c.ended)

    async def bare() -> int:
        async with store.read() as tx:
            driver = (await tx.get_raw_connection()).driver_connection
            sql = str(wanted.compile(dialect=tx.dialect))
            if tx.dialect.name == "postgresql":
                return sum(1 for _ in await driver.fetch(sql))
            async with driver.execute(sql) as rows:
                count = 0
                while part := await rows.fetchmany(10_000):
                    for _service, _council, _begin, _end in part:
                        count += 1
                return count

    least, rows = await best(bare)
    cost, _ = await best(lambda: outage_months(store, held, MONTHS, NOW))
    one, _ = await best(lambda: outage_months(store, held, MONTHS[5:6], NOW))
    million = 1_000_000 / rows
    print(
        f"  {rows:,} outages, 12 months, {services:,} services of 3 councils: {cost.cpu:.2f} s CPU, "
        f"{cost.cpu * million:.2f} (0.7) a million, {rows / cost.cpu:,.0f} rows/s of CPU, {cost.wall:.2f} s; "
        f"bare loop {least.cpu:.2f} s, ratio {cost.cpu / least.cpu:.2f}"
    )
    print(f"    one of the months: {1e3 * one.cpu:.0f} ms CPU")


async def from_rollups(store: Store, services: int, each: int) -> None:
    """Print what rolling up costs, the year read from roll-ups, and a correction."""
    held = estate(services)
    runs = await add_evidence(store, held, MONTHS[0], each, random.Random(2))
    began = time.process_time()
    await roll_up(store, held, MONTHS[:1], NOW)
    rolled = time.process_time() - began
    figures = await spread(store, held)

    async def read() -> dict[str, object]:
        async with store.read() as tx:
            return dict(await rolled_months(tx, held, MONTHS, NOW))

    async def made() -> int:
        async with store.read() as tx:
            found = await rolled_months(tx, held, MONTHS, NOW)
        return sum(len(dict(month.figures)) for month in found.values())

    cost, _ = await best(read)
    every, count = await best(made)
    assert count == figures
    print(f"  rolling up a month, {runs:,} runs, {figures // 12:,} figures with their days: {rolled:.2f} s CPU")
    print(
        f"    12 months from roll-ups, {figures:,} figures: read {cost.cpu:.2f} s CPU (0.2), "
        f"all made {every.cpu:.2f}, {1e6 * every.cpu / figures:.1f} µs each"
    )
    month = MONTHS[0].within("Europe/London")
    async with store.write() as tx:
        about = Extent("service-0001", "ccc", month.start + DAY, month.start + 2 * DAY)
        await ledger.append(tx, Declare(about, Outcome.UP), at=NOW, who="bench", why="told so")
    began = time.process_time()
    done = await roll_up(store, held, MONTHS, NOW)
    print(f"    after a correction: {', '.join(done)} made anew in {time.process_time() - began:.2f} s CPU")


async def from_evidence(store: Store) -> None:
    """Print what the table of a month costs, from the first read to the last figure."""
    month = MONTHS[9]
    held = catalogue([watched(f"month-{number}", ["ccc"]) for number in range(SMALL)])
    runs = await add_evidence(store, held, month, FEW, random.Random(3))
    cost, _ = await best(lambda: kpi_table(store, held, month, NOW))
    print(
        f"  a month of {SMALL} services, {FEW} outages each ({runs:,} runs): {1e3 * cost.cpu:.0f} ms CPU (50), "
        f"{1e6 * cost.cpu / SMALL:.0f} µs a service"
    )


async def measure(url: str, services: int, outages: int) -> None:
    """Print every figure for one store."""
    await upgrade(url)
    async with open_store(url) as store:
        await from_evidence(store)
        await raw_outages(store, services, outages)
        await from_rollups(store, services, max(1, outages // (12 * services * len(COUNCILS))))


def main() -> None:
    """Measure one kind of database, or both."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--services", type=int, default=1_000)
    parser.add_argument("--outages", type=int, default=1_000_000)
    parser.add_argument("--database", choices=["sqlite", "postgresql"])
    given = parser.parse_args()
    if given.database != "postgresql":
        with tempfile.TemporaryDirectory() as directory:
            print(f"SQLite, Python {sys.version.split()[0]}", flush=True)
            asyncio.run(measure(f"sqlite:///{directory}/bench.sqlite", given.services, given.outages))
    if given.database != "sqlite":
        with running_server() as server:
            print(f"PostgreSQL, Python {sys.version.split()[0]}", flush=True)
            asyncio.run(measure(server.url("postgres"), given.services, given.outages))


if __name__ == "__main__":
    main()
