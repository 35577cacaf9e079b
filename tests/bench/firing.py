"""What the prober itself costs per run: probes that do nothing, on the real schedule, real clock and real queue.

    .venv/bin/python tests/bench/firing.py [--checks 10000] [--interval 10] [--seconds 10] [--loop uvloop|asyncio]

Then the same checks all due at once, as after a stall of the loop: the longest turn, and how long until all have run.
"""

from __future__ import annotations

import argparse
import asyncio
import time
from collections.abc import Callable

from drive import SAMPLE, Watch, cpu, exact_counters

from ictss_monitor.catalogue.model import Catalogue, Check
from ictss_monitor.clock import SECOND, SystemClock
from ictss_monitor.observation import ObservationQueue
from ictss_monitor.probe import DatagramProbe, Finding, Outcome, Probe, ProbeOptions, Report
from ictss_monitor.probing.prober import Prober

FOUND = Finding(Outcome.UP, latency=0.001)


class Instant(DatagramProbe[ProbeOptions]):
    """Reports at the next turn of the loop."""

    options_model = ProbeOptions

    def start(self, options: ProbeOptions, limit: float, report: Report) -> Callable[[], None]:
        """Report that all is well."""
        asyncio.get_running_loop().call_soon(report, FOUND)
        return lambda: None


class Trivial(Probe[ProbeOptions]):
    """Ends at once."""

    options_model = ProbeOptions

    async def run(self, options: ProbeOptions) -> Finding:
        """Return that all is well."""
        return FOUND


class Leaping(SystemClock):
    """The system's clock with a leap in its monotonic time: to the schedule, the same as a loop that hung."""

    leap = 0.0

    def monotonic(self) -> float:
        """Return seconds on the kernel's clock, and the leap."""
        return super().monotonic() + self.leap


async def fire(kind: str, checks: int, interval: float, seconds: float) -> None:
    """Measure one kind and print its line."""
    every = round(interval * SECOND)
    catalogue = Catalogue(
        "",
        checks={
            f"c{number}": Check(
                id=f"c{number}",
                name="",
                probe=kind,
                options=ProbeOptions(address=f"a{number}"),
                site=None,
                interval=every,
                time_limit=every,
                retry_interval=every,
                fall=3,
                rise=2,
            )
            for number in range(checks)
        },
    )
    watch, clock, queue = Watch(), Leaping(), ObservationQueue(20_000)
    counters = exact_counters(watch)()
    probes: dict[str, Probe[ProbeOptions]] = {"datagram": Instant(), "task": Trivial()}
    prober = Prober(catalogue, probes, queue, clock, counters)

    async def drop() -> None:
        while await queue.take():
            pass

    async with asyncio.TaskGroup() as tasks:
        tasks.create_task(prober.run())
        tasks.create_task(drop())
        await asyncio.sleep(1)
        watch.clear()
        started, used = counters.started, cpu()
        await asyncio.sleep(seconds)
        used, started, lags = cpu() - used, counters.started - started, sorted(watch.lags)
        sampling = tasks.create_task(watch.sample())
        await asyncio.sleep(0.1)
        watch.clear()
        clock.leap, before, began = interval, counters.started, time.perf_counter()
        while counters.started < before + checks:  # noqa: ASYNC110  # counters have no event to wait for
            await asyncio.sleep(SAMPLE)
        took, blocked = time.perf_counter() - began, watch.blocked
        sampling.cancel()
        prober.stop(1)
        await asyncio.sleep(0.1)
        queue.close()
    print(
        f"{kind:9} {used / started * 1e6:6.1f} µs/run at {started / seconds:.0f}/s,"
        f" lag p50 {lags[len(lags) // 2] / 1000:.1f} p99 {lags[int(0.99 * len(lags))] / 1000:.1f}"
        f" max {lags[-1] / 1000:.1f} ms;"
        f" herd of {checks}: all started within {took * 1000:.0f} ms, loop blocked {blocked * 1000:.1f} ms at most"
    )


def main() -> None:
    """Measure both kinds."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--checks", type=int, default=10_000)
    parser.add_argument("--interval", type=float, default=10)
    parser.add_argument("--seconds", type=float, default=10)
    parser.add_argument("--loop", choices=("uvloop", "asyncio"), default="uvloop")
    parser.add_argument("--kind", choices=("datagram", "task"), nargs="*", default=["datagram", "task"])
    given = parser.parse_args()
    factory: Callable[[], asyncio.AbstractEventLoop] | None = None
    if given.loop == "uvloop":
        import uvloop

        factory = uvloop.new_event_loop
    for kind in given.kind:
        with asyncio.Runner(loop_factory=factory) as runner:
            runner.run(fire(kind, given.checks, given.interval, given.seconds))


if __name__ == "__main__":
    main()
