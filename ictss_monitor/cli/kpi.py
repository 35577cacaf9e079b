"""The command `kpi`: prints figures; nothing is computed here."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final
from zoneinfo import ZoneInfo

import click
from rich.table import Table
from rich.text import Text

from ictss_monitor import kpis
from ictss_monitor.availability.kpi import KpiRow, KpiTable
from ictss_monitor.availability.periods import PeriodSpec
from ictss_monitor.availability.printing import bounds_text, duration_text, percent, percent_at_most
from ictss_monitor.availability.standing import Standing
from ictss_monitor.catalogue.model import Catalogue, Subject
from ictss_monitor.catalogue_files import load
from ictss_monitor.cli.main import run_async
from ictss_monitor.cli.reading import FORMATS, WIDE, as_csv, asked_period, check_known, iso
from ictss_monitor.clock import Instant, SystemClock, to_datetime
from ictss_monitor.probing import registry
from ictss_monitor.screen import console
from ictss_monitor.store.engine import open_store


@click.command()
@click.option("--period", help="A month 2026-10, quarter 2026-Q3, year 2026, financial year FY2026/27, FY2026/27-Q2.")
@click.option("--from", "since", metavar="INSTANT", help="Instead of --period: begin, local to the catalogue's zone.")
@click.option("--to", "until", metavar="INSTANT", help="With --from: the end, not included.")
@click.option("--service", help="Only this service.")
@click.option("--council", help="Only this council.")
@click.option("--format", "form", type=FORMATS, default="table", show_default=True, help="How it is printed.")
@click.pass_obj
def kpi(
    config: Path,
    period: str | None,
    since: str | None,
    until: str | None,
    service: str | None,
    council: str | None,
    form: str,
) -> None:
    """Compute availability with bounds, coverage and target; the running month if no period is given."""
    catalogue = load(config, registry.options_model)
    check_known(catalogue, service, council)
    clock = SystemClock()
    spec = asked_period(catalogue, period, since, until, clock.now())
    table = run_async(_kpi_table(catalogue, spec, clock.now()))
    rows = [row for row in table.rows if _wanted(row, service, council)]
    if form == "table":
        _print_kpis(table, rows, catalogue)
    elif form == "json":
        click.echo(json.dumps([_record(table, row) for row in rows], indent=2))
    else:
        click.echo(as_csv(_record(table, row) for row in rows), nl=False)


async def _kpi_table(catalogue: Catalogue, spec: PeriodSpec, now: Instant) -> KpiTable:
    async with open_store(catalogue.settings.store) as store:
        return await kpis.kpi_table(store, catalogue, spec, now)


def _wanted(row: KpiRow, service: str | None, council: str | None) -> bool:
    if service is not None and (row.subject, row.id) != (Subject.SERVICE, service):
        return False
    return council is None or row.council == council


def _print_kpis(table: KpiTable, rows: list[KpiRow], catalogue: Catalogue) -> None:
    zone = ZoneInfo(catalogue.settings.zone)
    screen = console()
    said = f"Availability {table.label}, as known at {to_datetime(table.now).astimezone(zone):%Y-%m-%d %H:%M:%S %Z}"
    printed = Table(title=said, title_justify="left", caption=f"catalogue {table.digest[:12]}", caption_justify="left")
    columns = [column for column in COLUMNS if screen.width >= WIDE or not column.wide_only]
    for column in columns:
        printed.add_column(column.heading, justify="right" if column.numeric else "left", no_wrap=column.numeric)
    subject = None
    for row in rows:
        if row.subject is not subject:
            printed.add_section()
            subject = row.subject
        printed.add_row(*(column.cell(row) for column in columns))
    screen.print(printed)
    unwatched = [system.name for system in catalogue.unwatched.values()]
    if unwatched:
        screen.print(f"Not monitored: {', '.join(unwatched)}")


@dataclass(frozen=True, slots=True)
class Column:
    """One column of the table of figures."""

    heading: str
    cell: Callable[[KpiRow], str | Text]
    numeric: bool = True
    wide_only: bool = False
    """Left out where the screen has no room for it."""


def _name(row: KpiRow) -> str:
    return row.name if row.subject is Subject.SERVICE else f"{row.name} ({row.subject.value})"


def _availability(row: KpiRow) -> str:
    if row.standing is not Standing.MEASURED or row.figure.shown:
        return row.text
    return bounds_text(row.figure)


def _met(row: KpiRow) -> Text:
    return {True: Text("met", "green"), False: Text("MISSED", "bold red"), None: Text("")}[row.met]


def _coverage(row: KpiRow) -> str:
    return "" if row.figure.coverage is None else f"{percent_at_most(row.figure.coverage)} %"


def _outage_count(row: KpiRow) -> str:
    return str(row.outages.count) if row.subject is Subject.SERVICE and row.figure.measured else ""


COLUMNS: Final = (
    Column("", _name, numeric=False),
    Column("Council", lambda row: row.council or "all", numeric=False),
    Column("Availability", _availability),
    Column("Bounds", lambda row: bounds_text(row.figure) if row.figure.low is not None else "", wide_only=True),
    Column("Coverage", _coverage),
    Column("Target", lambda row: "" if row.target is None else f"{percent(row.target)} %"),
    Column("", _met, numeric=False),
    Column("Lost", lambda row: duration_text(row.figure.lost) if row.figure.measured else ""),
    Column("Left", lambda row: _left(row.budget), wide_only=True),
    Column("Outages", _outage_count, wide_only=True),
)


def _left(budget: int | None) -> str:
    if budget is None:
        return ""
    return duration_text(budget) if budget >= 0 else f"-{duration_text(-budget)}"


def _record(table: KpiTable, row: KpiRow) -> dict[str, Any]:
    """Return a row for machines: exact shares as fractions in text, durations in seconds."""
    figure = row.figure
    return {
        "period": table.label,
        "from": iso(row.period.start),
        "to": iso(row.period.end),
        "subject": row.subject.value,
        "id": row.id,
        "name": row.name,
        "council": row.council,
        "standing": row.standing.value,
        "text": row.text,
        "hosted_externally": row.hosted_externally,
        "measured_from": None if row.measured_from is None else iso(row.measured_from),
        "availability": _exact(figure.value if figure.shown else None),
        "low": _exact(figure.low),
        "high": _exact(figure.high),
        "coverage": _exact(figure.coverage),
        "target": _exact(row.target),
        "met": row.met,
        "measured_seconds": figure.measured / 1_000_000,
        "unknown_seconds": figure.unknown / 1_000_000,
        "lost_seconds": figure.lost / 1_000_000,
        "degraded_seconds": figure.degraded / 1_000_000,
        "left_seconds": None if row.budget is None else row.budget / 1_000_000,
        "outages": row.outages.count,
        "catalogue": table.digest,
    }


def _exact(share: Any) -> str | None:
    return None if share is None else str(share)
