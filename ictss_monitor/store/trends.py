"""Trends in the store: what was measured, by the hour, for as long as they are kept."""

from __future__ import annotations

from collections.abc import Iterable

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncConnection

from ictss_monitor.clock import Instant
from ictss_monitor.judging.trends import TrendHour
from ictss_monitor.store.statements import insert_or_update, send_many
from ictss_monitor.store.tables import trend


async def put_trends(tx: AsyncConnection, hours: Iterable[TrendHour]) -> None:
    """Record hours as far as they have come; each replaces what was written of it before."""
    rows = [
        (
            each.check,
            each.vantage,
            each.measurement,
            each.hour,
            each.last,
            each.minimum,
            each.mean,
            each.maximum,
            each.count,
        )
        for each in hours
    ]
    if rows:
        await send_many(tx, insert_or_update(tx, trend), rows)


async def trend_hours(
    tx: AsyncConnection, check: str, measurement: str, start: Instant, end: Instant
) -> list[TrendHour]:
    """Return the hours of a check's measurement that begin in `[start, end)`, of all vantages, in order of time."""
    columns = trend.c
    found = await tx.execute(
        select(trend)
        .where(columns.check_id == check, columns.measurement == measurement)
        .where(columns.hour >= start, columns.hour < end)
        .order_by(columns.hour, columns.vantage)
    )
    return [TrendHour(*row) for row in found]


async def running_trends(tx: AsyncConnection, vantage: str, since: Instant) -> list[TrendHour]:
    """Return what a vantage wrote of the hours that begin at or after `since`, to go on from."""
    return [
        TrendHour(*row)
        for row in await tx.execute(select(trend).where(trend.c.hour >= since, trend.c.vantage == vantage))
    ]


async def trended(tx: AsyncConnection, check: str) -> dict[str, tuple[Instant, Instant]]:
    """Return for each measurement of a check of which there is a trend the begins of its first and last hours."""
    columns = trend.c
    found = await tx.execute(
        select(columns.measurement, func.min(columns.hour), func.max(columns.hour))
        .where(columns.check_id == check)
        .group_by(columns.measurement)
        .order_by(columns.measurement)
    )
    return {name: (first, last) for name, first, last in found}
