"""The figures that metrics show: the running month and the last one, computed from the store every so often."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import timedelta
from typing import Final
from zoneinfo import ZoneInfo

import structlog

from ictss_monitor.availability.kpi import KpiTable
from ictss_monitor.availability.periods import parse
from ictss_monitor.catalogue.model import Catalogue
from ictss_monitor.clock import Clock, Instant, to_datetime
from ictss_monitor.errors import StoreError
from ictss_monitor.figures import kpis, sealing
from ictss_monitor.store.engine import Store

log = structlog.get_logger(__name__)

MONTH_TO_DATE: Final = "month_to_date"
LAST_MONTH: Final = "last_month"

EVERY: Final = 30.0
"""Seconds between two refreshes, at the least."""
SHARE: Final = 0.02
"""Of one core, that refreshing may cost: ten thousand checks take a second, and wait for longer."""
CLOSED_EVERY: Final = 3600.0
"""Seconds after which a month that is over is computed again."""


class LiveFigures:
    """Keeps the tables of the running and the last month; the same computation as `ictss-monitor kpi`, so one figure.

    `tables` is replaced whole at each refresh and never changed: a reader may keep it.
    """

    def __init__(self, store: Store, catalogue: Callable[[], Catalogue], clock: Clock) -> None:
        self.tables: dict[str, KpiTable] = {}
        self._store = store
        self._catalogue = catalogue
        self._clock = clock
        self._turn = asyncio.Lock()
        self._last_month: tuple[str, Catalogue, float] | None = None
        """Which month was computed last by which catalogue, and when on the monotonic clock."""
        self._failing = False

    async def run(self) -> None:
        """Refresh until cancelled. While the store cannot be read the last tables stay, and say when they are of."""
        while True:
            began = self._clock.monotonic()
            try:
                await self.refresh(closed_too=False)
            except StoreError as error:
                if not self._failing:
                    log.error("figures cannot be computed", error=str(error))
                self._failing = True
            else:
                self._failing = False
            await asyncio.sleep(max(EVERY, (self._clock.monotonic() - began) / SHARE))

    async def refresh(self, *, closed_too: bool = True) -> None:
        """Compute the running month as known now, and the last one too, or only where it may have changed.

        A closed month changes by another catalogue alone, but for its last minutes, which the first observations of
        the new month confirm. It is computed anew every `CLOSED_EVERY` seconds all the same: a store may be mended, or
        the month sealed, and then its figures are those.
        """
        async with self._turn:
            catalogue, now = self._catalogue(), self._clock.now()
            running, last = months_at(now, catalogue.settings.zone)
            tables = {MONTH_TO_DATE: await kpis.kpi_table(self._store, catalogue, parse(running), now)}
            if closed_too or self._closed_is_due(last, catalogue):
                published = await sealing.published(self._store, catalogue, parse(last), now)
                tables[LAST_MONTH] = published.table
                self._last_month = (last, catalogue, self._clock.monotonic())
            self.tables = self.tables | tables

    def _closed_is_due(self, month: str, catalogue: Catalogue) -> bool:
        if self._last_month is None:
            return True
        of_month, of_catalogue, made_at = self._last_month
        fresh = of_month == month and of_catalogue is catalogue
        return not fresh or self._clock.monotonic() - made_at >= CLOSED_EVERY


def months_at(now: Instant, zone: str) -> tuple[str, str]:
    """Return the month that runs at `now` in `zone` and the one before it, as `2026-10`."""
    first = to_datetime(now).astimezone(ZoneInfo(zone)).replace(day=1)
    return f"{first:%Y-%m}", f"{first - timedelta(days=1):%Y-%m}"
