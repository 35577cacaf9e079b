"""The command `kpi`: prints figures; nothing is computed here."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import click

from ictss_monitor.availability.kpi import KpiRow
from ictss_monitor.availability.periods import PeriodSpec
from ictss_monitor.catalogue.model import Catalogue, Subject
from ictss_monitor.catalogue_files import load
from ictss_monitor.cli.kpi_table import Figures, tell
from ictss_monitor.cli.main import run_async, with_config
from ictss_monitor.cli.reading import FORMATS, begun_period, check_known
from ictss_monitor.clock import Instant, SystemClock
from ictss_monitor.figures import kpis, sealing
from ictss_monitor.probing import registry
from ictss_monitor.store.engine import open_store


@click.command()
@click.option(
    "--period",
    metavar="PERIOD",
    help="A month 2026-10, quarter 2026-Q3, half 2026-H1, year 2026, or of the financial year FY2026/27, FY2026/27-Q2.",
)
@click.option("--from", "since", metavar="INSTANT", help="Instead of --period: begin, 2026-10-01T09:00, local time.")
@click.option("--to", "until", metavar="INSTANT", help="With --from: the end, not included.")
@click.option("--service", metavar="ID", help="Only this service.")
@click.option("--council", metavar="ID", help="Only this council.")
@click.option("--format", "form", type=FORMATS, default="table", show_default=True, help="How it is printed.")
@click.option("--recompute", is_flag=True, help="Of a sealed period: what comes out now, held against what is sealed.")
@with_config
def kpi(
    config: Path,
    period: str | None,
    since: str | None,
    until: str | None,
    service: str | None,
    council: str | None,
    form: str,
    recompute: bool,
) -> None:
    """Compute availability with bounds, coverage and target; of the running month if no period is given.

    Where too little was watched, the bounds stand in the place of the figure. Lost is the time down, Left what may
    still be lost before the target is missed, Resolution what may have gone unseen.

    A sealed period is told as it was sealed. json and csv hold exact fractions, durations in seconds, and instants in
    UTC.
    """
    catalogue = load(config, registry.options_model)
    check_known(catalogue, service, council)
    now = SystemClock().now()
    spec = begun_period(catalogue, period, since, until, now)
    figures = run_async(_recomputed(catalogue, spec, now) if recompute else _published(catalogue, spec, now))
    rows = [row for row in figures.table.rows if _wanted(row, service, council)]
    tell(replace(figures, rows=rows), form)


async def _published(catalogue: Catalogue, spec: PeriodSpec, now: Instant) -> Figures:
    async with open_store(catalogue.settings.store) as store:
        found = await sealing.published(store, catalogue, spec, now)
    return figures_of(catalogue, found)


async def _recomputed(catalogue: Catalogue, spec: PeriodSpec, now: Instant) -> Figures:
    async with open_store(catalogue.settings.store) as store:
        held = await sealing.sealed(store, spec)
        table = await kpis.kpi_table(store, catalogue, spec, now)
    figures = figures_of(catalogue, sealing.Published(table))
    if held is None:
        return figures
    lines = {row.key: row for row in kpis.read_content(held).table.rows}
    return replace(figures, against=held, sealed=lines)


def figures_of(catalogue: Catalogue, found: sealing.Published) -> Figures:
    """Return figures with what is said of them: of sealed ones what their statement says."""
    table = found.table
    if found.content is not None:
        unwatched = [system.name for system in found.content.not_monitored]
    else:
        unwatched = [system.name for system in catalogue.unwatched.values() if system.validity.holds_at(table.now)]
    return Figures(table, list(table.rows), catalogue.settings.zone, unwatched, found.statement)


def _wanted(row: KpiRow, service: str | None, council: str | None) -> bool:
    if service is not None and (row.subject, row.id) != (Subject.SERVICE, service):
        return False
    return council is None or row.council == council
