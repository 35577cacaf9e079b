"""The command `kpi`: prints figures; nothing is computed here."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any, Final
from zoneinfo import ZoneInfo

import click
from rich.cells import cell_len
from rich.console import Console
from rich.table import Table
from rich.text import Text

from ictss_monitor import kpis
from ictss_monitor.availability.kpi import KpiRow, KpiTable
from ictss_monitor.availability.periods import PeriodSpec
from ictss_monitor.availability.printing import bounds_text, duration_text, percent, percent_at_most
from ictss_monitor.availability.standing import Standing
from ictss_monitor.catalogue.model import Catalogue, Subject
from ictss_monitor.catalogue_files import load
from ictss_monitor.cli.main import run_async, with_config
from ictss_monitor.cli.reading import FORMATS, as_csv, asked_period, check_known, iso
from ictss_monitor.clock import SECOND, Duration, Instant, SystemClock, to_datetime
from ictss_monitor.probing import registry
from ictss_monitor.screen import console
from ictss_monitor.store.engine import open_store

LEAST_WANTED: Final = ("Resolution", "Outages", "Left", "Bounds", "Lost", "Target")
"""Headings of the columns that are left out, one by one in this order, until the table fits the screen."""
BETWEEN: Final = 3
"""What stands between two columns: a line, and a blank on either side."""
MIN_NAME: Final = 12
"""Columns of the screen that a name gets at least."""


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
@with_config
def kpi(
    config: Path,
    period: str | None,
    since: str | None,
    until: str | None,
    service: str | None,
    council: str | None,
    form: str,
) -> None:
    """Compute availability with bounds, coverage and target; of the running month if no period is given.

    Where too little was watched, the bounds stand in the place of the figure. Lost is the time down, Left what may
    still be lost before the target is missed, Resolution what may have gone unseen.

    json and csv hold exact fractions, durations in seconds, and instants in UTC.
    """
    catalogue = load(config, registry.options_model)
    check_known(catalogue, service, council)
    now = SystemClock().now()
    spec = asked_period(catalogue, period, since, until, now)
    table = run_async(_kpi_table(catalogue, spec, now))
    rows = [row for row in table.rows if _wanted(row, service, council)]
    if form == "table":
        _print_kpis(table, rows, catalogue)
    elif form == "json":
        click.echo(json.dumps([_record(table, row) for row in rows], indent=2, ensure_ascii=False))
    else:
        click.echo(as_csv(FIELDS, (_record(table, row) for row in rows)), nl=False)


async def _kpi_table(catalogue: Catalogue, spec: PeriodSpec, now: Instant) -> KpiTable:
    async with open_store(catalogue.settings.store) as store:
        return await kpis.kpi_table(store, catalogue, spec, now)


def _wanted(row: KpiRow, service: str | None, council: str | None) -> bool:
    if service is not None and (row.subject, row.id) != (Subject.SERVICE, service):
        return False
    return council is None or row.council == council


def _print_kpis(table: KpiTable, rows: list[KpiRow], catalogue: Catalogue) -> None:
    screen = console()
    if not rows:
        screen.print(f"Nothing of this was in service in {table.label}.")
        return
    screen.print(_fitting_table(screen, table, rows, ZoneInfo(catalogue.settings.zone)))
    unwatched = [system.name for system in catalogue.unwatched.values() if system.validity.holds_at(table.now)]
    if unwatched:
        screen.print(f"Not monitored: {', '.join(unwatched)}")


def _fitting_table(screen: Console, table: KpiTable, rows: list[KpiRow], zone: ZoneInfo) -> Table:
    """Return the table with as many columns as the screen has room for; the last resort is to break lines."""
    several_months = any(row.months is not None for row in rows)
    columns = [column for column in COLUMNS if several_months or not column.of_months]
    for unwanted in ("", *LEAST_WANTED):
        columns = [column for column in columns if column.heading != unwanted]
        if _width(columns, rows) <= screen.width:
            return _table(columns, table, rows, zone)
    return _table(columns, table, rows, zone, may_break=True)


def _width(columns: list[Column], rows: list[KpiRow]) -> int:
    """Return the columns of the screen that a table takes at least: names may break into lines, nothing else may."""
    widths = [
        MIN_NAME
        if column.cell is _name
        else max(cell_len(str(text)) for text in (column.heading, *map(column.cell, rows)))
        for column in columns
    ]
    return sum(widths) + BETWEEN * (len(widths) - 1)


def _table(
    columns: list[Column], table: KpiTable, rows: list[KpiRow], zone: ZoneInfo, *, may_break: bool = False
) -> Table:
    said = f"Availability {table.label}, as known at {to_datetime(table.now).astimezone(zone):%Y-%m-%d %H:%M:%S %Z}"
    printed = Table(
        title=said,
        title_justify="left",
        caption=f"catalogue {table.digest[:12]}",
        caption_justify="left",
        pad_edge=False,
        show_edge=False,
    )
    for column in columns:
        printed.add_column(
            column.heading,
            justify="right" if column.numeric else "left",
            no_wrap=column.cell is not _name and not may_break,
            min_width=MIN_NAME if column.cell is _name else None,
        )
    subject = None
    for row in rows:
        if row.subject is not subject:
            printed.add_section()
            subject = row.subject
        printed.add_row(*(column.cell(row) for column in columns))
    return printed


@dataclass(frozen=True, slots=True)
class Column:
    """One column of the table of figures."""

    heading: str
    cell: Callable[[KpiRow], str | Text]
    numeric: bool = True
    of_months: bool = False
    """Only where the period has several months."""


def _name(row: KpiRow) -> str:
    return row.name if row.subject is Subject.SERVICE else f"{row.name} ({row.subject.value})"


def _availability(row: KpiRow) -> str:
    if row.standing is not Standing.MEASURED or row.figure.shown:
        return row.text
    return bounds_text(row.figure)


def _met(row: KpiRow) -> Text:
    return {True: Text("met", "green"), False: Text("MISSED", "bold red"), None: Text("")}[row.met]


def _pooled(row: KpiRow) -> str:
    return "" if row.pooled.value is None or not row.pooled.shown else f"{percent(row.pooled.value)} %"


def _months(row: KpiRow) -> str:
    return "" if row.months is None else f"{row.months.with_figure} of {row.months.months}"


def _coverage(row: KpiRow) -> str:
    return "" if row.figure.coverage is None else f"{percent_at_most(row.figure.coverage)} %"


def _outage_count(row: KpiRow) -> str:
    return str(row.outages.count) if row.subject is Subject.SERVICE and row.figure.measured else ""


def _resolution(row: KpiRow) -> str:
    return "" if row.figure.resolution is None else duration_text(row.figure.resolution)


COLUMNS: Final = (
    Column("Service", _name, numeric=False),
    Column("Council", lambda row: row.council or "all", numeric=False),
    Column("Availability", _availability),
    Column("Bounds", lambda row: bounds_text(row.figure) if row.figure.low is not None else ""),
    Column("Pooled", _pooled, of_months=True),
    Column("Months", _months, of_months=True),
    Column("Coverage", _coverage),
    Column("Target", lambda row: "" if row.target is None else f"{percent(row.target)} %"),
    Column("Verdict", _met, numeric=False),
    Column("Lost", lambda row: duration_text(row.figure.lost) if row.figure.measured else ""),
    Column("Left", lambda row: _left(row.budget)),
    Column("Outages", _outage_count),
    Column("Resolution", _resolution),
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
        "as_known_at": iso(table.now),
        "subject": row.subject.value,
        "id": row.id,
        "name": row.name,
        "council": row.council,
        "standing": row.standing.value,
        "text": row.text,
        "hosted_externally": row.hosted_externally,
        "measured_from": None if row.measured_from is None else iso(row.measured_from),
        "combine": None if row.combine is None else row.combine.value,
        "availability": _exact(figure.value if figure.shown else None),
        "low": _exact(figure.low),
        "high": _exact(figure.high),
        "coverage": _exact(figure.coverage),
        "minimum_coverage": _exact(figure.minimum_coverage),
        "pooled": _exact(row.pooled.value if row.pooled.shown else None),
        "months": None if row.months is None else row.months.months,
        "months_with_figure": None if row.months is None else row.months.with_figure,
        "target": _exact(row.target),
        "met": row.met,
        "measured_seconds": _seconds(figure.measured),
        "unknown_seconds": _seconds(figure.unknown),
        "future_seconds": _seconds(figure.future),
        "lost_seconds": _seconds(figure.lost),
        "surely_lost_seconds": _seconds(figure.surely_lost),
        "maybe_lost_seconds": _seconds(figure.maybe_lost),
        "degraded_seconds": _seconds(figure.degraded),
        "left_seconds": _seconds(row.budget),
        "resolution_seconds": _seconds(figure.resolution),
        "outages": row.outages.count,
        "catalogue": table.digest,
    }


def _exact(share: Fraction | None) -> str | None:
    return None if share is None else str(share)


def _seconds(duration: Duration | None) -> float | None:
    return None if duration is None else duration / SECOND


FIELDS: Final = (
    "period",
    "from",
    "to",
    "as_known_at",
    "subject",
    "id",
    "name",
    "council",
    "standing",
    "text",
    "hosted_externally",
    "measured_from",
    "combine",
    "availability",
    "low",
    "high",
    "coverage",
    "minimum_coverage",
    "pooled",
    "months",
    "months_with_figure",
    "target",
    "met",
    "measured_seconds",
    "unknown_seconds",
    "future_seconds",
    "lost_seconds",
    "surely_lost_seconds",
    "maybe_lost_seconds",
    "degraded_seconds",
    "left_seconds",
    "resolution_seconds",
    "outages",
    "catalogue",
)
"""The columns of the CSV: what `_record` holds, in its order."""
