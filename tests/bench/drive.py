"""One measured run of the monitor, in a process of its own: prints what it cost as one line of JSON.

    python tests/bench/drive.py CATALOGUE SECONDS [--what daemon|prober] [--loop uvloop|asyncio] [--profile FILE]

`daemon` is the whole of it, from reading the catalogue to committing to the store and serving metrics; `prober` is
probing alone, its queue emptied by nobody in particular.
"""

from __future__ import annotations

import argparse
import asyncio
import cProfile
import json
import resource
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

STARTED = time.perf_counter()
SAMPLE = 0.005
"""Seconds between looks at whether the loop is blocked: blocks shorter than this can go unseen."""


def cpu() -> float:
    """Return the CPU seconds, user and system, of this process so far."""
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime


def resident() -> float:
    """Return the resident memory in MiB."""
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * resource.getpagesize() / 2**20


@dataclass(slots=True)
class Watch:
    """What is noted while the monitor runs."""

    lags: list[int] = field(default_factory=list)
    blocked: float = 0.0
    first_probe_cpu: float | None = None
    first_probe_wall: float | None = None

    def lagged(self, lag: int) -> None:
        """Note the lag of one start."""
        if self.first_probe_cpu is None:
            self.first_probe_cpu, self.first_probe_wall = cpu(), time.perf_counter() - STARTED
        self.lags.append(lag)

    async def sample(self) -> None:
        """Note by how much the loop is late to give a turn."""
        while True:
            before = time.perf_counter()
            await asyncio.sleep(SAMPLE)
            self.blocked = max(self.blocked, time.perf_counter() - before - SAMPLE)

    def clear(self) -> None:
        """Forget the start-up."""
        self.lags.clear()
        self.blocked = 0.0


def exact_counters(watch: Watch) -> Callable[[], Any]:
    """Return counters that hand each lag to `watch` as well: the daemon itself keeps buckets only."""
    from ictss_monitor.probing.counters import ProbingCounters

    class ExactCounters(ProbingCounters):
        def lagged(self, lag: int) -> None:
            ProbingCounters.lagged(self, lag)
            watch.lagged(lag)

    return ExactCounters


@asynccontextmanager
async def probing_alone(path: Path, watch: Watch) -> AsyncIterator[Any]:
    """Run the prober on its real probes; what it observes is taken and dropped."""
    from ictss_monitor.catalogue_files import load
    from ictss_monitor.clock import SystemClock
    from ictss_monitor.observation import ObservationQueue
    from ictss_monitor.probing.prober import Prober
    from ictss_monitor.probing.registry import open_probes, options_model

    catalogue = load(path, options_model)
    queue, counters = ObservationQueue(20_000), exact_counters(watch)()

    async def drop() -> None:
        while await queue.take():
            pass

    async with (
        open_probes({check.probe for check in catalogue.checks.values()}) as probes,
        asyncio.TaskGroup() as tasks,
    ):
        prober = Prober(catalogue, probes, queue, SystemClock(), counters)
        running = tasks.create_task(prober.run())
        tasks.create_task(drop())
        yield counters
        prober.stop(1)
        await running
        queue.close()


@asynccontextmanager
async def whole_daemon(path: Path, watch: Watch) -> AsyncIterator[Any]:
    """Run the daemon on an upgraded store, as `ictss-monitor run` does."""
    from ictss_monitor import daemon, logs
    from ictss_monitor.loading import loader

    logs.configure("console", level="warning")
    made: list[Any] = []

    def counters() -> Any:
        made.append(exact_counters(watch)())
        return made[-1]

    daemon.ProbingCounters = counters  # type: ignore[assignment, misc]
    signals = daemon.Signals()
    async with asyncio.TaskGroup() as tasks:
        running = tasks.create_task(daemon.run(loader(path), signals))
        ready = tasks.create_task(signals.ready.wait())
        await asyncio.wait({running, ready}, return_when=asyncio.FIRST_COMPLETED)
        if not ready.done():
            ready.cancel()
            return
        yield made[0]
        signals.stop.set()


WHAT = {"prober": probing_alone, "daemon": whole_daemon}


async def drive(what: str, path: Path, warm_up: float, seconds: float, profile: str | None) -> dict[str, Any]:
    """Run the monitor on the catalogue of `path`, for `warm_up` and then `seconds`; return what the latter cost."""
    watch = Watch()
    async with asyncio.TaskGroup() as tasks:
        sampling = tasks.create_task(watch.sample())
        async with WHAT[what](path, watch) as counters:
            ready = {"cpu": cpu(), "wall": time.perf_counter() - STARTED}
            await asyncio.sleep(warm_up)
            start_blocked = watch.blocked
            sampling.cancel()  # looking costs as much as a hundred wakings do: not while the CPU is measured
            watch.clear()
            profiler = cProfile.Profile() if profile else None
            if profiler:
                profiler.enable()
            ended, used, began = sum(counters.ended.values()), cpu(), time.perf_counter()
            await asyncio.sleep(seconds)
            used, took, ended = cpu() - used, time.perf_counter() - began, sum(counters.ended.values()) - ended
            if profiler:
                profiler.disable()
                profiler.dump_stats(profile)
            sampling = tasks.create_task(watch.sample())
            watch.blocked = 0.0
            await asyncio.sleep(seconds / 2)
            blocked, memory, lags = watch.blocked, resident(), sorted(watch.lags)
        sampling.cancel()
    shares = {
        name: lags[int(share * (len(lags) - 1))] / 1000 for name, share in (("p50", 0.5), ("p99", 0.99), ("max", 1))
    }
    return {
        "probes": ended,
        "per_second": ended / took,
        "cpu_us": used / ended * 1e6,
        "core": used / took,
        "lag_ms": shares,
        "blocked_ms": blocked * 1000,
        "start_blocked_ms": start_blocked * 1000,
        "memory_mib": memory,
        "first_probe_cpu": watch.first_probe_cpu,
        "first_probe_wall": watch.first_probe_wall,
        "ready": ready,
        "missed": counters.missed,
        "outcomes": {f"{kind} {outcome} {reason}": count for (kind, outcome, reason), count in counters.ended.items()},
    }


def main() -> None:
    """Drive once and print the figures."""
    parser = argparse.ArgumentParser()
    parser.add_argument("catalogue", type=Path)
    parser.add_argument("seconds", type=float)
    parser.add_argument("--warm-up", type=float, default=3)
    parser.add_argument("--what", choices=WHAT, default="daemon")
    parser.add_argument("--loop", choices=("uvloop", "asyncio"), default="uvloop")
    parser.add_argument("--profile")
    given = parser.parse_args()
    factory: Callable[[], asyncio.AbstractEventLoop] | None = None
    if given.loop == "uvloop":
        import uvloop

        factory = uvloop.new_event_loop
    with asyncio.Runner(loop_factory=factory) as runner:
        print(json.dumps(runner.run(drive(given.what, given.catalogue, given.warm_up, given.seconds, given.profile))))


if __name__ == "__main__":
    main()
