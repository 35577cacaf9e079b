"""The outages of a period as figures count them, printed: corrected, whose they were, planned or not."""

from __future__ import annotations

import json
from collections.abc import Callable
from fractions import Fraction
from operator import itemgetter
from typing import Any, Final
from zoneinfo import ZoneInfo

import click
from rich.console import Console
from rich.table import Table
from rich.text import Text

from ictss_monitor.availability.figure import Amount
from ictss_monitor.availability.outage_list import ListedOutage, OutageList, Planned
from ictss_monitor.availability.printing import duration_text
from ictss_monitor.catalogue.model import Catalogue
from ictss_monitor.cli.reading import STYLES, as_csv
from ictss_monitor.clock import SECOND, Instant, iso, to_datetime
from ictss_monitor.ledger.wording import whose
from ictss_monitor.screen import console, fits

FIELDS: Final = (
    "service",
    "council",
    "level",
    "begin",
    "end",
    "down_seconds",
    "degraded_seconds",
    "counted_seconds",
    "attribution",
    "suppliers",
    "planned",
    "causes",
    "entries",
    "imported",
    "removed",
    "note",
)
_PLANNED: Final = {Planned.NO: "", Planned.PLANNED: "planned", Planned.OVERRAN: "overran"}
LEAST_WANTED: Final = ("Entries", "End", "Cause", "Planned")
"""Headings of the columns that are left out, one by one in this order, until the table fits the screen."""
_ALWAYS: Final = ("Service", "Council", "", "Begin", "End", "Counted", "Whose")


def print_counted(
    held: OutageList, catalogue: Catalogue, label: str, is_asked: Callable[[ListedOutage], bool], form: str
) -> None:
    """Print those that are asked for, in the form `table`, `json` or `csv`; the table leaves out removed ones."""
    listed = [line for line in held.listed if is_asked(line)]
    removed = [line for line in held.removed if is_asked(line)]
    if form == "table":
        _print(listed, len(removed), catalogue, label)
        return
    records = [
        *(_record(line, removed=False) for line in listed),
        *(_record(line, removed=True) for line in removed),
    ]
    if form == "json":
        click.echo(json.dumps(records, indent=2, ensure_ascii=False))
    else:
        click.echo(as_csv(FIELDS, ({**each, **_joined(each)} for each in records)), nl=False)


def _record(line: ListedOutage, *, removed: bool) -> dict[str, Any]:
    return {
        "service": line.service,
        "council": line.council,
        "level": line.level.value,
        "begin": iso(line.begin),
        "end": None if line.end is None else iso(line.end),
        "down_seconds": _seconds(line.down),
        "degraded_seconds": _seconds(line.degraded),
        "counted_seconds": _seconds(line.counted),
        "attribution": line.attribution.fault.value,
        "suppliers": list(line.suppliers),
        "planned": line.planned.value,
        "causes": list(line.causes),
        "entries": list(line.entries),
        "imported": line.imported,
        "removed": removed,
        "note": line.note,
    }


def _joined(record: dict[str, Any]) -> dict[str, str]:
    """Return the lists of a record as one cell each; names of suppliers may hold blanks."""
    return {
        "suppliers": "; ".join(record["suppliers"]),
        "causes": " ".join(record["causes"]),
        "entries": " ".join(map(str, record["entries"])),
    }


def _seconds(amount: Amount) -> float:
    return float(Fraction(amount, SECOND))


def _print(listed: list[ListedOutage], removed: int, catalogue: Catalogue, label: str) -> None:
    screen = console()
    if not listed:
        screen.print(f"No outages in {label} as far as is known; `kpi` tells how much of it was watched.")
    else:
        screen.print(_fitting_table(screen, listed, catalogue, label))
    if removed:
        them = "1 more was" if removed == 1 else f"{removed} more were"
        screen.print(f"{them} observed and said not to be an outage: see --format json.")


def _fitting_table(screen: Console, listed: list[ListedOutage], catalogue: Catalogue, label: str) -> Table:
    """Return the table with as many columns as the screen has room for, and none that is empty."""
    records = [_cells(line, catalogue) for line in listed]
    shown = [heading for heading in records[0] if heading in _ALWAYS or any(map(itemgetter(heading), records))]
    title = f"Outages {label} as they count, times of {catalogue.settings.zone}"
    for unwanted in (None, *LEAST_WANTED):
        shown = [heading for heading in shown if heading != unwanted]
        table = _table(title, shown, records)
        if fits(screen, table):
            break
    return table


def _table(title: str, shown: list[str], records: list[dict[str, str | Text]]) -> Table:
    table = Table(title=title, title_justify="left")
    for heading in shown:
        is_time = heading in ("Begin", "End", "Counted")
        table.add_column(heading, justify="right" if heading == "Counted" else "left", no_wrap=is_time, overflow="fold")
    for record in records:
        table.add_row(*(record[heading] for heading in shown))
    return table


def _cells(line: ListedOutage, catalogue: Catalogue) -> dict[str, str | Text]:
    """Return what stands in a line of the table, by the headings of its columns."""
    zone = ZoneInfo(catalogue.settings.zone)
    return {
        "Service": catalogue.services[line.service].name,
        "Council": line.council,
        "": Text(line.level.value, STYLES[line.level]),
        "Begin": _local(line.begin, zone),
        "End": "open" if line.end is None else _local(line.end, zone),
        "Counted": duration_text(line.counted),
        "Whose": whose(line.attribution),
        "Planned": _PLANNED[line.planned],
        "Cause": ", ".join((*line.causes, *(("imported",) if line.imported else ()))),
        "Entries": ", ".join(map(str, line.entries)),
    }


def _local(moment: Instant, zone: ZoneInfo) -> str:
    return f"{to_datetime(moment).astimezone(zone):%d %b %H:%M:%S}"
