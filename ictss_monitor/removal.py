"""Removes what has been kept for long enough: evidence, where the catalogue says for how long, and old trends."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

import structlog
from sqlalchemy.ext.asyncio import AsyncConnection

from ictss_monitor.catalogue.model import Settings
from ictss_monitor.clock import Instant
from ictss_monitor.store.engine import Store
from ictss_monitor.store.retention import TRENDS_KEPT, remove_ended_before, remove_trends_before

log = structlog.get_logger(__name__)


async def remove_old(store: Store, settings: Settings, now: Instant) -> None:
    """Remove old rows a few at a time, so that the recorder never waits for long. Raises StoreError."""
    if settings.evidence_retention is not None:
        rows = await _all(store, remove_ended_before, now - settings.evidence_retention)
        log.info("old evidence removed", rows=rows)
    if rows := await _all(store, remove_trends_before, now - TRENDS_KEPT):
        log.info("old trends removed", rows=rows)


async def _all(store: Store, remove: Callable[[AsyncConnection, Instant], Awaitable[int]], horizon: Instant) -> int:
    removed, batch = 0, 1
    while batch:
        async with store.write() as tx:
            batch = await remove(tx, horizon)
        removed += batch
    return removed
