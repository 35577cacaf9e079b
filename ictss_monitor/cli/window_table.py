"""Maintenance windows in a table or for machines: when they take place, and for which policies they count."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

import click
from rich.table import Table
from rich.text import Text

from ictss_monitor.availability.periods import zone_of
from ictss_monitor.availability.printing import duration_text
from ictss_monitor.availability.reckoning import policies_of
from ictss_monitor.availability.windows import Occurrence, occurrences
from ictss_monitor.catalogue.model import Catalogue
from ictss_monitor.catalogue.terms import Policy, Window, WindowsCount
from ictss_monitor.cli.entering import moment_text
from ictss_monitor.cli.reading import WIDE, as_csv
from ictss_monitor.clock import DAY, Instant, iso, to_datetime
from ictss_monitor.ledger.acts import Entry
from ictss_monitor.ledger.standing import HeldWindow
from ictss_monitor.ledger.wording import scope_text, times_text
from ictss_monitor.screen import console

AHEAD: Final = 10 * 366 * DAY
"""How far ahead the next occurrence of a window is looked for."""
FIELDS: Final = (
    "id",
    "over",
    "times",
    "why",
    "begin",
    "end",
    "announced",
    "entry",
    "who",
    "approver",
    "ended",
    "in_time_for",
    "too_late_for",
)
"""The columns of the CSV: what a record holds, in its order."""


@dataclass(frozen=True, slots=True)
class Row:
    """One occurrence of a window, None where it has none any more; and who entered it, None for the catalogue's."""

    held: HeldWindow
    occurrence: Occurrence | None
    entry: Entry | None


def rows_of(
    windows: Mapping[str, HeldWindow], entries: Sequence[Entry], start: Instant, end: Instant, *, next_only: bool
) -> list[Row]:
    """Return the occurrences of windows in `[start, end)` in order; or of every window the next one, if any."""
    by_number = {entry.seq: entry for entry in entries}
    rows: list[Row] = []
    for held in windows.values():
        entry = None if held.by is None else by_number[held.by]
        if next_only:
            rows.append(Row(held, next(occurrences(held.window, start, end), None), entry))
        else:
            rows += (Row(held, each, entry) for each in occurrences(held.window, start, end))
    never = 2**63
    return sorted(rows, key=lambda row: never if row.occurrence is None else row.occurrence.begin)


def is_in_time(announced: Instant | None, occurrence: Occurrence, policy: Policy) -> bool:
    """Tell whether what was announced then is early enough for `policy`."""
    return announced is None or announced <= occurrence.begin - policy.notice


def policies_with_windows(catalogue: Catalogue) -> list[Policy]:
    """Return the policies in use for whose figures windows count at all."""
    return [each for each in policies_of(catalogue).values() if each.maintenance is not WindowsCount.DOWN]


def notices(catalogue: Catalogue, window: Window, announced: Instant, now: Instant) -> Iterator[str]:
    """Yield a line for each policy that an announcement at `announced` is too late for, at least at first."""
    zone = zone_of(window.zone)
    found = list(occurrences(window, min(now, announced) - AHEAD, now + AHEAD))
    for policy in policies_with_windows(catalogue):
        late = [each for each in found if not is_in_time(announced, each, policy)]
        if not late:
            continue
        wanted = f", which wants {duration_text(policy.notice)} of notice" if policy.notice else ""
        timely = next((each for each in found if is_in_time(announced, each, policy)), None)
        if timely is None:
            yield f"  it forgives nothing under policy {policy.id}{wanted}: it is announced too late"
        else:
            yield f"  it forgives from {moment_text(timely.begin, zone)} on under policy {policy.id}{wanted}"


def print_rows(catalogue: Catalogue, rows: Sequence[Row], form: str) -> None:
    """Print `rows`; `form` is one of FORMATS."""
    policies = policies_with_windows(catalogue)
    if form == "json":
        click.echo(json.dumps([_record(row, policies) for row in rows], indent=2, ensure_ascii=False))
    elif form == "csv":
        click.echo(as_csv(FIELDS, (_cells(_record(row, policies)) for row in rows)), nl=False)
    elif rows:
        _print(catalogue, rows, policies)
    else:
        console().print("There is no maintenance window.")


def _record(row: Row, policies: Sequence[Policy]) -> dict[str, Any]:
    """Return a row for machines, instants in UTC; what is not there is null."""

    def told(instant: Instant | None) -> str | None:
        return None if instant is None else iso(instant)

    window, occurrence, entry = row.held.window, row.occurrence, row.entry
    in_time = [each.id for each in policies if occurrence and is_in_time(row.held.announced, occurrence, each)]
    return {
        "id": window.id,
        "over": scope_text(window.scope).removeprefix("over "),
        "times": times_text(window),
        "why": window.why,
        "begin": told(occurrence.begin if occurrence else None),
        "end": told(occurrence.end if occurrence else None),
        "announced": told(row.held.announced),
        "entry": row.held.by,
        "who": entry.who if entry else None,
        "approver": entry.approver if entry else None,
        "ended": told(window.ended),
        "in_time_for": in_time,
        "too_late_for": [each.id for each in policies if occurrence and each.id not in in_time],
    }


def _cells(record: dict[str, Any]) -> dict[str, Any]:
    return {name: " ".join(value) if isinstance(value, list) else value for name, value in record.items()}


def _print(catalogue: Catalogue, rows: Sequence[Row], policies: Sequence[Policy]) -> None:
    zone, screen = catalogue.settings.zone, console()
    table = Table(title=f"Maintenance windows, times of {zone} unless another zone is said", title_justify="left")
    headings = ("Window", "Takes place", "Announced", "In time for", "Over", "Repeats", "By")
    shown = headings if screen.width >= WIDE else headings[:4]
    for heading in shown:
        table.add_column(heading, overflow="fold")
    for row in rows:
        style = "" if row.occurrence else "dim"
        table.add_row(*(Text(cell, style) for cell in _texts(row, zone, policies)[: len(shown)]))
    screen.print(table)


def _texts(row: Row, zone: str, policies: Sequence[Policy]) -> tuple[str, ...]:
    held, window, entry = row.held, row.held.window, row.entry
    who = "catalogue" if entry is None else f"entry {entry.seq}, {entry.who}"
    if entry is not None and entry.approver is not None:
        who += f", approved by {entry.approver}"
    return (
        f"{window.id}: {window.why}",
        _takes_place(row) + ("" if window.zone == zone else f" {window.zone}"),
        "known all along" if held.announced is None else f"{_local(held.announced, window):%Y-%m-%d %H:%M}",
        _in_time(row, policies),
        scope_text(window.scope).removeprefix("over "),
        window.rrule or "",
        who,
    )


def _takes_place(row: Row) -> str:
    window = row.held.window
    ended = "" if window.ended is None else f", ended {_local(window.ended, window):%Y-%m-%d %H:%M}"
    if row.occurrence is None:
        return f"over, {_span(window.begin, window.end)}{ended}"
    return _span(_local(row.occurrence.begin, window), _local(row.occurrence.end, window)) + ended


def _span(begin: datetime, end: datetime) -> str:
    shown = f"{end:%H:%M}" if begin.date() == end.date() else f"{end:%Y-%m-%d %H:%M}"
    return f"{begin:%Y-%m-%d %H:%M} to {shown}"


def _local(instant: Instant, window: Window) -> datetime:
    return to_datetime(instant).astimezone(zone_of(window.zone))


def _in_time(row: Row, policies: Sequence[Policy]) -> str:
    if row.occurrence is None or not policies:
        return ""
    late = [each for each in policies if not is_in_time(row.held.announced, row.occurrence, each)]
    if not late:
        return "every policy"
    if len(late) == len(policies):
        return "no policy"
    return f"all but {', '.join(f'{each.id} ({duration_text(each.notice)} of notice)' for each in late)}"
