"""The figures that metrics show: kept fresh at a bounded cost, and standing while the store cannot be read."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import UTC, datetime

import pytest
from structlog.testing import capture_logs
from support.clock import FakeClock, in_virtual_time
from support.scrapes import catalogue_of, check

from ictss_monitor.availability.kpi import KpiTable
from ictss_monitor.availability.periods import PeriodSpec
from ictss_monitor.catalogue.model import Catalogue
from ictss_monitor.clock import HOUR, SECOND, Instant, to_instant
from ictss_monitor.errors import StoreError
from ictss_monitor.figures import kpis, sealing
from ictss_monitor.figures import live as live_figures
from ictss_monitor.figures.live import LAST_MONTH, MONTH_TO_DATE, LiveFigures, months_at
from ictss_monitor.figures.sealing import Published

CATALOGUE = catalogue_of([check("fw")])


class Computed:
    """Stands for computing a table: takes some time, may fail, and remembers what was asked."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.asked: list[tuple[str, Instant]] = []
        self.takes = 0.0
        self.fails = False
        monkeypatch.setattr(kpis, "kpi_table", self._compute)
        monkeypatch.setattr(sealing, "published", self._publish)

    async def _compute(self, store: object, catalogue: Catalogue, spec: PeriodSpec, now: Instant) -> KpiTable:
        await asyncio.sleep(self.takes)
        if self.fails:
            raise StoreError("the store: the disk reports an error", retry=True)
        self.asked.append((spec.label, now))
        return KpiTable(spec.label, now, catalogue.digest, ())

    async def _publish(self, store: object, catalogue: Catalogue, spec: PeriodSpec, now: Instant) -> Published:
        return Published(await self._compute(store, catalogue, spec, now))


@pytest.fixture
def computed(monkeypatch: pytest.MonkeyPatch) -> Computed:
    """Replace the computation, which tests of kpis see to."""
    return Computed(monkeypatch)


def figures_of(clock: FakeClock, catalogues: list[Catalogue]) -> LiveFigures:
    """Return figures by the first of `catalogues`, whichever that is when they are made."""
    return LiveFigures(None, lambda: catalogues[0], clock)  # type: ignore[arg-type]


def at(*moment: int) -> FakeClock:
    """Return a clock at a UTC moment."""
    return FakeClock(to_instant(datetime(*moment, tzinfo=UTC)))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("moment", "months"),
    [
        ((2026, 10, 31, 23, 30), ("2026-10", "2026-09")),
        ((2026, 6, 30, 22, 59), ("2026-06", "2026-05")),
        ((2026, 6, 30, 23, 0), ("2026-07", "2026-06")),
        ((2027, 1, 1, 0, 0), ("2027-01", "2026-12")),
    ],
)
def test_months_are_those_of_the_zone(moment: tuple[int, ...], months: tuple[str, str]) -> None:
    """In London the month of June ends at 23:00 UTC."""
    assert months_at(at(*moment).now(), "Europe/London") == months


@in_virtual_time
async def test_the_running_month_is_refreshed_and_the_closed_one_once_an_hour(
    clock: FakeClock, computed: Computed
) -> None:
    """A month that is over hardly changes."""
    async with asyncio.TaskGroup() as tasks:
        running = tasks.create_task(figures_of(clock, [CATALOGUE]).run())
        await asyncio.sleep(2 * HOUR / SECOND - 1)
        running.cancel()
    running_month, last = months_at(clock.now(), "Europe/London")
    assert [label for label, _ in computed.asked].count(last) == 2
    assert [label for label, _ in computed.asked].count(running_month) == 240


@in_virtual_time
async def test_refreshing_takes_a_fiftieth_of_the_time_at_the_most(clock: FakeClock, computed: Computed) -> None:
    """Ten thousand checks are refreshed less often than ten."""
    computed.takes = 2.0
    async with asyncio.TaskGroup() as tasks:
        running = tasks.create_task(figures_of(clock, [CATALOGUE]).run())
        await asyncio.sleep(3000.0)
        running.cancel()
    assert len(computed.asked) * computed.takes <= 3000.0 * live_figures.SHARE * 1.1


@in_virtual_time
async def test_a_new_catalogue_and_a_new_month_renew_the_closed_one(clock: FakeClock, computed: Computed) -> None:
    """What may have changed it is not waited for an hour."""
    catalogues = [CATALOGUE]
    figures = figures_of(clock, catalogues)
    for expected in (2, 1, 2):
        before = len(computed.asked)
        await figures.refresh(closed_too=False)
        assert len(computed.asked) - before == expected
        if expected == 1:
            catalogues[0] = replace(CATALOGUE, digest="another")
    clock.step(31 * 24 * 3600)
    before = len(computed.asked)
    await figures.refresh(closed_too=False)
    assert len(computed.asked) - before == 2
    await figures.refresh()
    assert len(computed.asked) - before == 4


@in_virtual_time
async def test_tables_stand_while_the_store_cannot_be_read(clock: FakeClock, computed: Computed) -> None:
    """One line says so, however long it lasts, and the old tables keep the time that they are of."""
    figures = figures_of(clock, [CATALOGUE])
    with capture_logs() as said:
        async with asyncio.TaskGroup() as tasks:
            running = tasks.create_task(figures.run())
            await asyncio.sleep(1.0)
            held = figures.tables
            assert set(held) == {MONTH_TO_DATE, LAST_MONTH}
            computed.fails = True
            await asyncio.sleep(300.0)
            assert figures.tables is held
            computed.fails = False
            await asyncio.sleep(60.0)
            assert figures.tables is not held
            running.cancel()
    assert [line["event"] for line in said] == ["figures cannot be computed"]
