"""The heartbeat: up to which instant everything observed is in the store."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncConnection

from ictss_monitor.clock import Instant
from ictss_monitor.store.statements import insert_or_update
from ictss_monitor.store.tables import heartbeat


@dataclass(frozen=True, slots=True)
class Heartbeat:
    """Everything that `vantage` observed before `watermark` is in the store; said at `written_at`."""

    vantage: str
    watermark: Instant
    written_at: Instant


async def put_heartbeat(tx: AsyncConnection, beat: Heartbeat) -> None:
    """Record a heartbeat; it replaces the one before, even a later one, written by a clock that was wrong."""
    row = {"vantage": beat.vantage, "watermark": beat.watermark, "written_at": beat.written_at}
    await tx.execute(insert_or_update(tx, heartbeat), row)


async def heartbeats(tx: AsyncConnection) -> dict[str, Heartbeat]:
    """Return the last heartbeat of every vantage, by its name."""
    return {row.vantage: Heartbeat(*row) for row in await tx.execute(select(heartbeat))}
