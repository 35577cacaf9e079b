"""Retention: what ended long enough ago is removed, a little at a time."""

from __future__ import annotations

from typing import Final

from sqlalchemy import Column, Table, delete, select, tuple_
from sqlalchemy.ext.asyncio import AsyncConnection

from ictss_monitor.clock import DAY, Duration, Instant
from ictss_monitor.store.tables import observation, outage, pause, run, trend

ROWS_PER_BATCH: Final = 2_000
"""Rows removed in one transaction: a few milliseconds for which the recorder waits."""
TRENDS_KEPT: Final[Duration] = 400 * DAY
"""A year and a month: what was half a year or a year ago can still be held against today."""

_ENDS: Final = (
    (observation, observation.c.instant),
    (run, run.c.last),
    (outage, outage.c.ended),
    (pause, pause.c.until),
)


async def remove_ended_before(tx: AsyncConnection, instant: Instant, limit: int = ROWS_PER_BATCH) -> int:
    """Remove at most `limit` observations, runs, outages and pauses that ended before `instant`; return how many.

    Call it, each time in a transaction of its own, until it returns 0. What still went on at `instant` stays whole:
    open runs, open outages, and the run that holds `instant`. Catalogue versions are never removed.
    """
    removed = 0
    for table, end in _ENDS:
        if removed < limit:
            removed += await _remove(tx, table, end, instant, limit - removed)
    return removed


async def remove_trends_before(tx: AsyncConnection, instant: Instant, limit: int = ROWS_PER_BATCH) -> int:
    """Remove at most `limit` hours of trends that began before `instant`; return how many. Call it as the other."""
    return await _remove(tx, trend, trend.c.hour, instant, limit)


async def _remove(tx: AsyncConnection, table: Table, end: Column[int], instant: Instant, limit: int) -> int:
    keys = list(table.primary_key)
    old = select(*keys).where(end < instant).limit(limit)
    return (await tx.execute(delete(table).where(tuple_(*keys).in_(old)))).rowcount
