"""What the store costs: heartbeats of open runs, a single transition, and reading a month of 10,000 checks.

    .venv/bin/python tests/bench/store.py [--checks 10000] [--database sqlite|postgresql]

CPU is this process's, user and system, threads included; PostgreSQL's own is not in it.
"""

from __future__ import annotations

import argparse
import asyncio
import statistics
import sys
import tempfile
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

from support.postgres import running_server

from ictss_monitor.clock import DAY, SECOND
from ictss_monitor.judging.changes import Changes
from ictss_monitor.judging.evidence import Run
from ictss_monitor.observation import Observation
from ictss_monitor.probe import Finding, Outcome, Reason
from ictss_monitor.store.commit import write_batch
from ictss_monitor.store.engine import Store, open_store
from ictss_monitor.store.evidence import add_runs, runs_for
from ictss_monitor.store.schema import upgrade

BEGIN = 1_790_000_000 * SECOND
INTERVAL = 10 * SECOND
ROWS = 1_000


def open_run(number: int, beats: int) -> Run:
    """Return how far the run of one check has come after so many observations."""
    first = BEGIN + number
    return Run(
        f"check-{number:05}", "local", Outcome.UP, Reason.OK, first, first + beats * INTERVAL, beats + 1, INTERVAL
    )


async def heartbeats(store: Store, checks: int, rounds: int) -> None:
    """Write each check's open run, 1,000 in a commit, as a daemon does once a second."""
    groups = max(1, checks // ROWS)
    # Checks that are probed in the same second are spread over all ids, as their phases are.
    batches = [
        Changes(
            open_runs=[open_run(number, beat) for number in range(group, checks, groups)],
        )
        for beat in range(rounds)
        for group in range(groups)
    ]
    rows = sum(len(batch.open_runs) for batch in batches)
    written, cpu, wall = _written(), time.process_time(), time.perf_counter()
    longest = []
    for batch in batches:
        began = time.perf_counter()
        async with store.write() as tx:
            await write_batch(tx, batch, vantage="local", watermark=BEGIN, now=BEGIN)
        longest.append(time.perf_counter() - began)
    cpu, wall = time.process_time() - cpu, time.perf_counter() - wall
    print(
        f"  open runs, {ROWS} in a commit: {1e6 * cpu / rows:.1f} µs CPU a row, {rows / wall:,.0f} rows/s, "
        + _spread(longest)
    )
    print(f"    written to disk: {(_written() - written) / len(batches) / 1024:,.0f} KiB a commit")


async def transitions(store: Store, count: int) -> None:
    """Write single transitions: a closed run, its successor, two observations and the heartbeat in each commit."""
    taken, cpu = [], time.process_time()
    for number in range(count):
        instant = BEGIN + DAY + number * INTERVAL
        check = f"check-{number:05}"
        down = Finding(Outcome.DOWN, Reason.TIMEOUT, detail="no answer within 1 s")
        batch = Changes(
            closed_runs=[open_run(number, 1)],
            open_runs=[Run(check, "local", Outcome.DOWN, Reason.TIMEOUT, instant, instant)],
            edges=[Observation(check, "local", instant - second, down) for second in (INTERVAL, 0)],
        )
        began = time.perf_counter()
        async with store.write() as tx:
            await write_batch(tx, batch, vantage="local", watermark=BEGIN, now=BEGIN)
        taken.append(time.perf_counter() - began)
    cpu = time.process_time() - cpu
    print(f"  one transition in a commit: {1e6 * cpu / count:,.0f} µs CPU, {_spread(taken)}")


async def month(store: Store, checks: int) -> None:
    """Read a month of every check, 20 runs each, from a store that holds a year of them."""
    months, runs_each = 12, 20
    step = 30 * DAY // runs_each
    outcomes = ((Outcome.UP, Reason.OK), (Outcome.DOWN, Reason.TIMEOUT))
    for check in range(0, checks, 100):
        rows = [
            Run(f"month-{number:05}", "local", *outcomes[run % 2], first := run * step + number, first + step - 1, 500)
            for number in range(check, check + 100)
            for run in range(months * runs_each)
        ]
        async with store.write() as tx:
            await add_runs(tx, rows)
    wanted = [(f"month-{number:05}", 3) for number in range(checks)]
    for asked in (1, months - 1):
        blocked: list[float] = [0.0]
        watch = asyncio.create_task(_watch(blocked))  # noqa: TID251  # cancelled below
        cpu, wall = time.process_time(), time.perf_counter()
        async with store.read() as tx:
            found = await runs_for(tx, wanted, "local", asked * 30 * DAY, (asked + 1) * 30 * DAY)
        cpu, wall = time.process_time() - cpu, time.perf_counter() - wall
        watch.cancel()
        rows_read = sum(map(len, found.values()))
        print(
            f"  month {asked + 1} of {checks} checks: {rows_read:,} runs in {wall:.2f} s, "
            f"{1e6 * cpu / rows_read:.1f} µs CPU a run, loop blocked {1e3 * max(blocked):.0f} ms at most"
        )


async def _watch(blocked: list[float]) -> None:
    while True:
        began = time.perf_counter()
        await asyncio.sleep(0.001)
        blocked.append(time.perf_counter() - began - 0.001)


def _written() -> int:
    return int(Path("/proc/self/io").read_text().split("write_bytes: ")[1].split()[0])


def _spread(seconds: list[float]) -> str:
    cuts = statistics.quantiles(seconds, n=100)
    return f"commit p50 {1e3 * cuts[49]:.1f} ms, p99 {1e3 * cuts[98]:.1f} ms"


@asynccontextmanager
async def fresh(url: str) -> AsyncIterator[Store]:
    """Give an empty store."""
    await upgrade(url)
    async with open_store(url) as store:
        yield store


async def measure(url: str, checks: int) -> None:
    """Print every figure for one store."""
    async with fresh(url) as store:
        await heartbeats(store, checks, rounds=5)
        await transitions(store, 300)
        await month(store, checks)


def main() -> None:
    """Measure one kind of database, or both."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--checks", type=int, default=10_000)
    parser.add_argument("--database", choices=["sqlite", "postgresql"])
    chosen = parser.parse_args()
    if chosen.database != "postgresql":
        with tempfile.TemporaryDirectory(dir=".") as directory:
            print(f"SQLite, Python {sys.version.split()[0]}")
            asyncio.run(measure(f"sqlite:///{directory}/bench.sqlite", chosen.checks))
    if chosen.database != "sqlite":
        with running_server() as server:
            print(f"PostgreSQL, Python {sys.version.split()[0]}")
            asyncio.run(measure(server.url("postgres"), chosen.checks))


if __name__ == "__main__":
    main()
