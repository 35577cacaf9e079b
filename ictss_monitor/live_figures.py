"""The figures that metrics show: the running month and the last one, computed from the store every so often."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import timedelta
from typing import Final
from zoneinfo import ZoneInfo

import structlog

from ictss_monitor import kpis
from ictss_monitor.availability.kpi import KpiRow, KpiTable
from ictss_monitor.availability.periods import parse
from ictss_monitor.catalogue.model import Catalogue, Subject
from ictss_monitor.clock import Clock, Instant, to_datetime
from ictss_monitor.errors import StoreError
from ictss_monitor.store.engine import Store

log = structlog.get_logger(__name__)

MONTH_TO_DATE: Final = "month_to_date"
LAST_MONTH: Final = "last_month"


class LiveFigures:
    """Keeps the tables of the running and the last month; the same computation as `ictss-monitor kpi`, so one figure.

    `tables` is replaced whole at each refresh and never changed: a reader may keep it.
    """

    def __init__(self, store: Store, catalogue: Callable[[], Catalogue], clock: Clock, every_seconds: float) -> None:
        self.tables: dict[str, KpiTable] = {}
        self._store = store
        self._catalogue = catalogue
        self._clock = clock
        self._every = every_seconds
        self._failing = False

    async def run(self) -> None:
        """Refresh until cancelled. While the store cannot be read the last tables stay, and say when they are of."""
        while True:
            try:
                await self.refresh()
            except StoreError as error:
                if not self._failing:
                    log.error("figures cannot be computed", error=str(error))
                self._failing = True
            else:
                self._failing = False
            await asyncio.sleep(self._every)

    async def refresh(self) -> None:
        """Compute both tables as known now. The last month is computed each time: evidence may still arrive late."""
        catalogue, now = self._catalogue(), self._clock.now()
        running, last = months_at(now, catalogue.settings.zone)
        self.tables = {
            MONTH_TO_DATE: await kpis.kpi_table(self._store, catalogue, parse(running), now),
            LAST_MONTH: await kpis.kpi_table(self._store, catalogue, parse(last), now),
        }

    def headlines(self) -> list[KpiRow]:
        """Return the baskets' lines of the last month."""
        table = self.tables.get(LAST_MONTH)
        return [row for row in table.rows if row.subject is Subject.BASKET] if table else []


def months_at(now: Instant, zone: str) -> tuple[str, str]:
    """Return the month that runs at `now` in `zone` and the one before it, as `2026-10`."""
    first = to_datetime(now).astimezone(ZoneInfo(zone)).replace(day=1)
    return f"{first:%Y-%m}", f"{first - timedelta(days=1):%Y-%m}"
