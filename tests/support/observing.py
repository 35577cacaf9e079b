"""What a check of thirty seconds observed, as runs, and a store that holds it: October 2026 above all."""

from __future__ import annotations

from collections.abc import Sequence

from ictss_monitor.availability.periods import parse
from ictss_monitor.clock import SECOND, Instant
from ictss_monitor.judging.evidence import Run
from ictss_monitor.probe import Outcome, Reason
from ictss_monitor.store.engine import Store
from ictss_monitor.store.evidence import add_runs, put_open_runs
from ictss_monitor.store.heartbeat import Heartbeat, put_heartbeat

OCTOBER = parse("2026-10")
MONTH = OCTOBER.within("Europe/London")
INTERVAL = 30 * SECOND
UP, DEGRADED, DOWN, UNKNOWN = Outcome.UP, Outcome.DEGRADED, Outcome.DOWN, Outcome.UNKNOWN
REASONS = {UP: Reason.OK, DEGRADED: Reason.LIMIT, DOWN: Reason.TIMEOUT, UNKNOWN: Reason.RESOLVER}


def observed(id_: str, begin: Instant, *pieces: tuple[Outcome, int]) -> list[Run]:
    """Return the runs of a check that is observed every interval from `begin` on: outcomes and how often in a row."""
    runs: list[Run] = []
    for outcome, count in pieces:
        last = begin + (count - 1) * INTERVAL
        runs.append(Run(id_, "local", outcome, REASONS[outcome], begin, last, count, INTERVAL if count > 1 else 0))
        begin = last + INTERVAL
    return runs


def times(duration: int) -> int:
    """Return how many observations fill a duration."""
    return duration // INTERVAL


async def record(into: Store, *histories: Sequence[Run], watermark: Instant) -> None:
    """Write runs as the recorder does: the last of each check is open, the others are closed."""
    async with into.write() as tx:
        await add_runs(tx, [run for history in histories for run in history[:-1]])
        await put_open_runs(tx, [history[-1] for history in histories])
        await put_heartbeat(tx, Heartbeat("local", watermark, watermark))
