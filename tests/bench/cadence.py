"""Ways to start many checks on time, side by side: the measurement behind docs/decisions/030-cadence.md.

    .venv/bin/python tests/bench/cadence.py [--seconds 15] [--loop uvloop]

Each way fires a plain function for every check at its phase. Printed: CPU of the process per firing, lag of the
firings, memory per check. The idle loop's own cost is in it: with few checks it is what counts.
"""

from __future__ import annotations

import argparse
import asyncio
import heapq
import resource
import subprocess
import sys
import time
from collections.abc import Callable, Coroutine
from dataclasses import dataclass, field

from ictss_monitor.clock import SECOND
from ictss_monitor.probing import cadence

INTERVAL = 10 * SECOND


@dataclass(slots=True)
class Entry:
    """One check of the measurement."""

    phase: int
    due: int = 0


@dataclass(slots=True)
class Lags:
    """Collects by how many microseconds each firing was late."""

    values: list[int] = field(default_factory=list)

    def fire(self, entry: Entry) -> None:
        """Note one firing."""
        self.values.append(now() - entry.due)


def now() -> int:
    """Return microseconds of the monotonic clock."""
    return time.monotonic_ns() // 1000


async def sleep_until(moment: int) -> None:
    """Sleep, rounded up to whole milliseconds: uvloop's timers would else fire early, and twice."""
    await asyncio.sleep(max(1, -(-(moment - now()) // 1000)) / 1000)


async def by_slots(entries: list[Entry], lags: Lags) -> None:
    """Run one loop that sleeps to the end of the next slot and fires what is in it."""
    table = cadence.Timetable[Entry]()
    for entry in entries:
        table.add(entry, entry.due)
    while True:
        moment = now()
        for entry in table.take(moment):
            lags.fire(entry)
            entry.due = cadence.next_due(entry.phase, INTERVAL, moment)
            table.add(entry, entry.due)
        upcoming = table.next()
        assert upcoming is not None
        await sleep_until(upcoming)


async def by_heap(entries: list[Entry], lags: Lags) -> None:
    """Run one loop that sleeps to the exact due time of the next check."""
    heap = [(entry.due, index, entry) for index, entry in enumerate(entries)]
    heapq.heapify(heap)
    while True:
        moment = now()
        while heap[0][0] <= moment:
            _, index, entry = heap[0]
            lags.fire(entry)
            entry.due = cadence.next_due(entry.phase, INTERVAL, moment)
            heapq.heapreplace(heap, (entry.due, index, entry))
        await sleep_until(heap[0][0])


async def by_tasks(entries: list[Entry], lags: Lags) -> None:
    """Run one sleeping task for each check."""

    async def keep(entry: Entry) -> None:
        while True:
            await sleep_until(entry.due)
            lags.fire(entry)
            entry.due = cadence.next_due(entry.phase, INTERVAL, now())

    async with asyncio.TaskGroup() as tasks:
        for entry in entries:
            tasks.create_task(keep(entry))


WAYS: dict[str, Callable[[list[Entry], Lags], Coroutine[None, None, None]]] = {
    "slots": by_slots,
    "heap": by_heap,
    "tasks": by_tasks,
}


async def measure(way: str, checks: int, seconds: float, exact: bool) -> str:
    """Run one way and return its line of the table."""
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    begun = now() + SECOND
    entries = []
    for index in range(checks):
        phase = cadence.phase(f"check-{index}", INTERVAL) + (index % cadence.SLOT if exact else 0)
        entries.append(Entry(phase, cadence.next_due(phase, INTERVAL, begun)))
    lags = Lags()
    task = asyncio.get_running_loop().create_task(WAYS[way](entries, lags))
    await asyncio.sleep(1)
    lags.values.clear()
    started = resource.getrusage(resource.RUSAGE_SELF)
    await asyncio.sleep(seconds)
    ended = resource.getrusage(resource.RUSAGE_SELF)
    task.cancel()
    cpu = ended.ru_utime + ended.ru_stime - started.ru_utime - started.ru_stime
    values = sorted(lags.values)
    p50, p99, worst = (values[int(share * (len(values) - 1))] / 1000 for share in (0.5, 0.99, 1))
    memory = (ended.ru_maxrss - before) / checks
    return f"{cpu / len(values) * 1e6:7.1f} µs  {p50:5.1f} {p99:5.1f} {worst:6.1f} ms  {memory:5.2f} KiB/check"


def main() -> None:
    """Print the table; every line is measured in a process of its own."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=15)
    parser.add_argument("--loop", choices=("asyncio", "uvloop"), default="asyncio")
    parser.add_argument("--slot", type=int, default=cadence.SLOT, help="microseconds")
    parser.add_argument("--one", nargs=2, metavar=("WAY", "CHECKS"), help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.one:
        cadence.SLOT = given.slot  # type: ignore[misc]  # the length of a slot is what is compared
        way, checks = given.one
        factory = None
        if given.loop == "uvloop":
            import uvloop

            factory = uvloop.new_event_loop
        with asyncio.Runner(loop_factory=factory) as runner:
            print(runner.run(measure(way, int(checks), given.seconds, way != "slots")))
        return
    print(f"Python {sys.version.split()[0]}, {given.loop}; CPU per firing · lag p50, p99, max · memory")
    lines = [("slots", 10_000), ("slots", 20_000), ("slots", 50_000), ("heap", 0), ("tasks", 0)]
    for checks in ("1000", "10000"):
        for way, slot in lines:
            command = [sys.executable, __file__, "--one", way, checks, "--seconds", str(given.seconds)]
            command += ["--loop", given.loop, "--slot", str(slot or cadence.SLOT)]
            line = subprocess.run(command, check=True, capture_output=True, text=True).stdout.strip()
            print(f"{checks:>6} checks, {way:5} {f'{slot // 1000} ms' if slot else '':6}{line}", flush=True)


if __name__ == "__main__":
    main()
