"""Pauses: when somebody kept a check from being probed, and why."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import ColumnElement, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from ictss_monitor.clock import Instant
from ictss_monitor.store.statements import insert_new
from ictss_monitor.store.tables import pause as table


@dataclass(frozen=True, slots=True)
class Pause:
    """A check is not probed over `[since, until)`; `until` is None while that lasts."""

    check: str
    since: Instant
    until: Instant | None
    who: str
    why: str


async def pause(tx: AsyncConnection, check: str, since: Instant, who: str, why: str) -> bool:
    """Begin a pause of a check; return False, and change nothing, where it is paused already."""
    row = {"check_id": check, "since": since, "until": None, "who": who, "why": why}
    return (await tx.execute(insert_new(tx, table), row)).rowcount > 0


async def resume(tx: AsyncConnection, check: str, until: Instant) -> bool:
    """End the pause of a check; return False where it is not paused.

    A clock that was set back meanwhile makes a pause without length, not one that ends before it began.
    """
    begun = (await tx.execute(select(table.c.since).where(*_current(check)))).scalar_one_or_none()
    if begun is None:
        return False
    await tx.execute(update(table).where(*_current(check)).values(until=max(begun, until)))
    return True


async def current_pauses(tx: AsyncConnection) -> dict[str, Pause]:
    """Return by check id the pauses that last."""
    return {row.check_id: Pause(*row) for row in await tx.execute(select(table).where(table.c.until.is_(None)))}


def _current(check: str) -> tuple[ColumnElement[bool], ...]:
    return table.c.check_id == check, table.c.until.is_(None)
