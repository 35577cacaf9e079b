"""The table of figures on a screen, of `kpi` and of whatever else prints figures."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final
from zoneinfo import ZoneInfo

import click
from rich.cells import cell_len
from rich.console import Console
from rich.markup import escape
from rich.table import Table
from rich.text import Text

from ictss_monitor.availability.kpi import KpiRow, KpiTable
from ictss_monitor.availability.printing import bounds_text, duration_text, figure_text, percent, percent_at_most
from ictss_monitor.availability.reckoning import Key
from ictss_monitor.availability.standing import Standing
from ictss_monitor.availability.targets import Rating
from ictss_monitor.catalogue.model import Subject
from ictss_monitor.cli.kpi_record import FIELDS, record_of
from ictss_monitor.cli.reading import as_csv
from ictss_monitor.clock import Instant, to_datetime
from ictss_monitor.screen import console
from ictss_monitor.store.sealed import Statement

LEAST_WANTED: Final = (
    *("Policy", "Resolution", "Outages", "Left", "Bounds", "Lost"),
    *("Pooled", "Net", "Target", "Uncorrected", "Months"),
)
"""Headings of the columns that are left out, one by one in this order, until the table fits the screen."""
SEALED_AFTER: Final = 3
"""Columns before that of the sealed figure."""
BETWEEN: Final = 3
"""What stands between two columns: a line, and a blank on either side."""
MIN_NAME: Final = 12
"""Columns of the screen that a name gets at least; more where it has a longer word,"""
MAX_WORD: Final = 24
"""but not more than this."""


@dataclass(frozen=True, slots=True)
class Figures:
    """Figures to be printed, and what is said of them all."""

    table: KpiTable
    rows: list[KpiRow]
    """Those lines of it that are wanted."""
    zone: str
    """In which instants are told."""
    unwatched: Sequence[str] = ()
    """The names of systems that nothing watches."""
    statement: Statement | None = None
    """The statement that these figures are of."""
    against: Statement | None = None
    """The statement that they are held against."""
    sealed: Mapping[Key, KpiRow] = field(default_factory=dict)
    """The lines of that statement."""


def tell(figures: Figures, form: str) -> None:
    """Print figures as `form` says: table, json or csv."""
    if form == "table":
        _print_table(figures)
        return
    records = (record_of(figures.table, row, figures.statement, figures.sealed.get(row.key)) for row in figures.rows)
    if form == "json":
        click.echo(json.dumps(list(records), indent=2, ensure_ascii=False))
    else:
        click.echo(as_csv(FIELDS, records), nl=False)


def _print_table(figures: Figures) -> None:
    screen = console()
    if not figures.rows:
        screen.print(f"Nothing of this was in service in {figures.table.label}.")
        return
    screen.print(_fitting_table(screen, figures))
    if figures.unwatched:
        screen.print(f"Not monitored: {', '.join(figures.unwatched)}", markup=False)
    if figures.against is not None:
        screen.print(_compared(figures, figures.against), markup=False, highlight=False)


def sealed_words(statement: Statement, zone: str) -> str:
    """Return what a statement is, in words: version, when, by whom, and the begin of its digest."""
    approved = "" if statement.approver is None else f", approved by {statement.approver}"
    return (
        f"sealed statement v{statement.version} of {local_minute(statement.sealed_at, zone)} "
        f"by {statement.who}{approved}, digest {statement.digest[:12]}"
    )


def local_minute(instant: Instant, zone: str) -> str:
    """Return an instant as a person of `zone` reads it, to the minute."""
    return f"{to_datetime(instant).astimezone(ZoneInfo(zone)):%Y-%m-%d %H:%M %Z}"


def _compared(figures: Figures, statement: Statement) -> str:
    differing = sum(figures.sealed.get(row.key) != row for row in figures.rows)
    gone = len(figures.sealed.keys() - {row.key for row in figures.table.rows})
    said = f"Held against {sealed_words(statement, figures.zone)}: "
    said += "no line differs" if not differing else f"{differing} of {len(figures.rows)} lines differ"
    return f"{said}, and {gone} of the statement would be gone." if gone else f"{said}."


def _fitting_table(screen: Console, figures: Figures) -> Table:
    """Return the table with as many columns as the screen has room for; the last resort is to break lines."""
    rows = figures.rows
    shown = {
        "Pooled": any(row.months is not None for row in rows),
        "Months": any(row.months is not None for row in rows),
        "Net": any(row.figure.third_party and _net(row) for row in rows),
        "Uncorrected": any(map(_as_seen, rows)),
        "Policy": len({row.policy.id for row in rows}) > 1,
    }
    columns = [column for column in COLUMNS if shown.get(column.heading, True)]
    if figures.against is not None:
        columns.insert(SEALED_AFTER, Column("Sealed", lambda row: _as_sealed(figures, row)))
    for unwanted in ("", *LEAST_WANTED):
        columns = [column for column in columns if column.heading != unwanted]
        if _width(columns, rows) <= screen.width:
            return _table(columns, figures)
    return _table(columns, figures, may_break=True)


def _as_sealed(figures: Figures, row: KpiRow) -> Text:
    sealed = figures.sealed.get(row.key)
    if sealed == row:
        return Text("the same", "dim")
    return Text("not in it" if sealed is None else sealed.text, "bold red")


def _width(columns: list[Column], rows: list[KpiRow]) -> int:
    """Return the columns of the screen that a table takes at least: names may break into lines, nothing else may."""
    widths = [
        _name_width(rows)
        if column.cell is _name
        else max(cell_len(str(text)) for text in (column.heading, *map(column.cell, rows)))
        for column in columns
    ]
    return sum(widths) + BETWEEN * (len(widths) - 1)


def _name_width(rows: Sequence[KpiRow]) -> int:
    longest = max(cell_len(word) for row in rows for word in _name(row).split())
    return min(max(MIN_NAME, longest), MAX_WORD)


def _table(columns: list[Column], figures: Figures, *, may_break: bool = False) -> Table:
    table, zone = figures.table, ZoneInfo(figures.zone)
    said = f"Availability {table.label}, as known at {to_datetime(table.now).astimezone(zone):%Y-%m-%d %H:%M:%S %Z}"
    printed = Table(
        title=said,
        title_justify="left",
        caption=_caption(figures),
        caption_justify="left",
        pad_edge=False,
        show_edge=False,
    )
    for column in columns:
        printed.add_column(
            column.heading,
            justify="right" if column.numeric else "left",
            no_wrap=column.cell is not _name and not may_break,
            min_width=_name_width(figures.rows) if column.cell is _name else None,
            overflow="fold" if column.cell is _name else "ellipsis",
        )
    subject = None
    for row in figures.rows:
        if row.subject is not subject:
            printed.add_section()
            subject = row.subject
        printed.add_row(*(column.cell(row) for column in columns))
    return printed


def _caption(figures: Figures) -> str:
    made_with = f"catalogue {figures.table.digest[:12]}"
    if figures.statement is None:
        return made_with
    return f"{escape(sealed_words(figures.statement, figures.zone))}; {made_with}"


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
    return "" if net is None or not row.figure.shown else f"{percent(net, row.target, row.policy)} %"


def _policy(row: KpiRow) -> str:
    return row.policy.id


def _as_seen(row: KpiRow) -> str:
    """Return the figure as observed where a correction changed it."""
    if row.uncorrected is None:
        return ""
    if not row.uncorrected.shown:
        return bounds_text(row.uncorrected.gross, row.policy)
    return figure_text(row.uncorrected, row.target, row.policy)


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
