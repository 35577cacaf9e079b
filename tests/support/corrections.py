"""A correction that comes after a month was sealed, and the words that seal it."""

from __future__ import annotations

import asyncio

from support.command_line import BROKE

from ictss_monitor.clock import MINUTE, SystemClock
from ictss_monitor.ledger.acts import Declare, Extent
from ictss_monitor.probe import Outcome
from ictss_monitor.store import ledger
from ictss_monitor.store.engine import open_store

OCTOBER = ("--period", "2024-10")
SEAL = ("seal", *OCTOBER, "--who", "Ann")


def correct(url: str) -> None:
    """Declare that October's outage was none."""

    async def write() -> None:
        extent = Extent("website", "fenshire", BROKE, BROKE + 5 * MINUTE)
        async with open_store(url) as store, store.write() as tx:
            at = SystemClock().now()
            await ledger.append(tx, Declare(extent, Outcome.UP), at=at, who="Ann", why="the probe's own fault")

    asyncio.run(write())
