"""Roll-ups: the totals of a figure over a month that is over, so that a year is read in a moment.

A projection like the outages: written, forgotten and written anew as corrections come. What the blobs hold is their
maker's business. All roll-ups of a month are written at once and have the same basis.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from functools import cache
from typing import NamedTuple, TypeAlias

from sqlalchemy import Row, Select, bindparam, delete, select
from sqlalchemy.ext.asyncio import AsyncConnection

from ictss_monitor.clock import Instant
from ictss_monitor.store.statements import insert_or_update, send_many
from ictss_monitor.store.tables import rollup


class Rollup(NamedTuple):
    """One figure over one local month, `2026-10`; a tuple, since there are thousands, in the order of the columns.

    `council` is empty for all together; `basis` is the digest of what it was reckoned from.
    """

    month: str
    subject: str
    id: str
    council: str
    policy: str
    basis: str
    made_at: Instant
    totals: bytes
    days: bytes


class Made(NamedTuple):
    """From what the roll-ups of a month were reckoned, and when."""

    basis: str
    made_at: Instant


MonthTotals: TypeAlias = Sequence[Row[str, str, str, str, bytes]]
"""What a year needs of the roll-ups of a month: subject, id, council, policy and totals of each figure."""


async def put_month(tx: AsyncConnection, month: str, rows: Sequence[Rollup]) -> None:
    """Record the roll-ups of a month, in the place of all that there were of it."""
    await tx.execute(delete(rollup).where(rollup.c.month == month))
    if rows:
        await send_many(tx, insert_or_update(tx, rollup), rows)


async def rolled_up(tx: AsyncConnection, months: Collection[str]) -> dict[str, Made]:
    """Return for those of `months` that are rolled up from what and when; it costs by the months, not their figures."""
    found: dict[str, Made] = {}
    for month in months:
        first = select(rollup.c.basis, rollup.c.made_at).where(rollup.c.month == month).limit(1)
        row = (await tx.execute(first)).one_or_none()
        if row is not None:
            found[month] = Made(*row)
    return found


async def month_totals(tx: AsyncConnection, month: str) -> MonthTotals:
    """Return the totals of a month, in no order, as the driver gives them: to make objects of them costs most."""
    return (await tx.execute(_month_totals(), {"month": month})).all()


@cache
def _month_totals() -> Select[str, str, str, str, bytes]:
    columns = rollup.c
    wanted = select(columns.subject, columns.id, columns.council, columns.policy, columns.totals)
    return wanted.where(columns.month == bindparam("month"))


async def rollups_by_day(tx: AsyncConnection, months: Collection[str]) -> list[Rollup]:
    """Return the roll-ups of these months with their days, in no order."""
    wanted = select(rollup).where(rollup.c.month.in_(months))
    return [Rollup._make(row) for row in (await tx.execute(wanted)).all()]
