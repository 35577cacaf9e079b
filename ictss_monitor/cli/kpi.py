"""The command `kpi`: prints figures; nothing is computed here."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Final
from zoneinfo import ZoneInfo

import click
from rich.cells import cell_len
from rich.console import Console
from rich.table import Table
from rich.text import Text

from ictss_monitor import kpis
from ictss_monitor.availability.kpi import KpiRow, KpiTable
from ictss_monitor.availability.periods import PeriodSpec
from ictss_monitor.availability.printing import bounds_text, duration_text, figure_text, percent, percent_at_most
from ictss_monitor.availability.standing import Standing
from ictss_monitor.availability.targets import Rating
from ictss_monitor.catalogue.model import Catalogue, Subject
from ictss_monitor.catalogue_files import load
from ictss_monitor.cli.kpi_record import FIELDS, record_of
from ictss_monitor.cli.main import run_async, with_config
from ictss_monitor.cli.reading import FORMATS, as_csv, asked_period, check_known
from ictss_monitor.clock import Instant, SystemClock, to_datetime
from ictss_monitor.probing import registry
from ictss_monitor.screen import console
from ictss_monitor.store.engine import open_store

LEAST_WANTED: Final = ("Policy", "Resolution", "Net", "Outages", "Left", "Bounds", "Lost", "Target")
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
        click.echo(json.dumps([record_of(table, row) for row in rows], indent=2, ensure_ascii=False))
    else:
        click.echo(as_csv(FIELDS, (record_of(table, row) for row in rows)), nl=False)


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
    shown = {
        "Pooled": any(row.months is not None for row in rows),
        "Months": any(row.months is not None for row in rows),
        "Net": any(row.figure.third_party for row in rows),
        "Uncorrected": any(row.uncorrected is not None for row in rows),
        "Policy": len({row.policy.id for row in rows}) > 1,
    }
    columns = [column for column in COLUMNS if shown.get(column.heading, True)]
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


def _name(row: KpiRow) -> str:
    return row.name if row.subject is Subject.SERVICE else f"{row.name} ({row.subject.value})"


def _availability(row: KpiRow) -> str:
    if row.standing is not Standing.MEASURED or row.figure.shown:
        return row.text
    return bounds_text(row.figure.gross, row.policy)


VERDICTS: Final = {
    Rating.GREEN: Text("met", "green"),
    Rating.AMBER: Text("amber", "yellow"),
    Rating.RED: Text("MISSED", "bold red"),
    Rating.OPEN: Text("not decided", "dim"),
}


def _verdict(row: KpiRow) -> Text:
    return Text("") if row.rating is None else VERDICTS[row.rating]


def _net(row: KpiRow) -> str:
    net = row.figure.net.value
    return "" if net is None or not row.figure.shown else f"{percent(net, policy=row.policy)} %"


def _policy(row: KpiRow) -> str:
    return row.policy.id


def _as_seen(row: KpiRow) -> str:
    return "" if row.uncorrected is None else figure_text(row.uncorrected, row.target, row.policy)


def _pooled(row: KpiRow) -> str:
    return (
        "" if row.pooled.value is None or not row.pooled.shown else f"{percent(row.pooled.value, policy=row.policy)} %"
    )


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
    Column("Bounds", lambda row: bounds_text(row.figure.gross, row.policy) if row.figure.low is not None else ""),
    Column("Pooled", _pooled),
    Column("Months", _months),
    Column("Coverage", _coverage),
    Column("Target", lambda row: "" if row.target is None else f"{percent(row.target)} %"),
    Column("Verdict", _verdict, numeric=False),
    Column("Net", _net),
    Column("Uncorrected", _as_seen),
    Column("Lost", lambda row: duration_text(row.figure.lost) if row.figure.measured else ""),
    Column("Left", lambda row: _left(row.budget)),
    Column("Outages", _outage_count),
    Column("Resolution", _resolution),
    Column("Policy", _policy, numeric=False),
)


def _left(budget: int | None) -> str:
    if budget is None:
        return ""
    return duration_text(budget) if budget >= 0 else f"-{duration_text(-budget)}"
