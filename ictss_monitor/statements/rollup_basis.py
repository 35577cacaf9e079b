"""What the figures of a month rest on beside its evidence: whether a stored roll-up still says what would come out.

Evidence of a month that is decided never changes. What may change is the catalogue, and what people enter: a month is
stale once an entry that touches it comes, or goes. Entries about other months leave it alone.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from ictss_monitor.availability.periods import CalendarSpan
from ictss_monitor.availability.rollup import FORMAT
from ictss_monitor.availability.windows import occurrences
from ictss_monitor.catalogue.model import Catalogue
from ictss_monitor.catalogue.terms import Window
from ictss_monitor.clock import Instant
from ictss_monitor.ledger.acts import Act, Attribute, Declare, Entry, Import, Move
from ictss_monitor.ledger.chain import sha256
from ictss_monitor.ledger.codec import canonical
from ictss_monitor.ledger.standing import HeldWindow, in_force, windows_of
from ictss_monitor.statements.basis import holidays_of, zones_of


@dataclass(frozen=True, slots=True)
class MonthBasis:
    """What a month's figures rest on, as a digest, and whether anything that people entered touches the month."""

    digest: str
    is_touched: bool


def bases_of(
    catalogue: Catalogue, entries: Sequence[Entry], months: Iterable[CalendarSpan], program: str
) -> dict[str, MonthBasis]:
    """Return by label what the figures of each month rest on; `entries` is the whole ledger.

    `program` is the version of the program: another one may count otherwise.
    """
    standing = in_force(entries)
    spans = [(entry, tuple(_spans(entry.act))) for entry in standing]
    hashes = {entry.seq: entry.hash for entry in standing}
    windows = [
        (held, hashes.get(held.by or 0, ""), catalogue.windows.get(id_))
        for id_, held in windows_of(catalogue.windows, entries).items()
    ]
    changed = [each for each in windows if each[0].window is not each[2]]
    found: dict[str, MonthBasis] = {}
    for month in months:
        zones = zones_of(catalogue, month)
        start, end = min(begin for begin, _ in zones.values()), max(until for _, until in zones.values())
        touching: list[Any] = [entry.hash for entry, held in spans if _touches(held, start, end)]
        touching += [said for each in changed if (said := _window(*each, start, end)) is not None]
        holidays = {
            id_: [sorted(day.isoformat() for day in days) for days in versions]
            for id_, versions in holidays_of(catalogue, start, end).items()
        }
        said = [FORMAT, program, catalogue.digest, month.label, zones, holidays, touching]
        found[month.label] = MonthBasis(sha256(canonical(said)), bool(touching))
    return found


def _spans(act: Act) -> Iterable[tuple[Instant, Instant]]:
    match act:
        case Attribute(extent=extent) | Declare(extent=extent):
            yield extent.since, extent.until
        case Move(observed=observed, actual=actual):
            yield observed.since, observed.until
            yield actual.since, actual.until
        case Import(since=since, until=until):
            yield since, until


def _touches(spans: Iterable[tuple[Instant, Instant]], start: Instant, end: Instant) -> bool:
    return any(since < end and until > start for since, until in spans)


def _window(held: HeldWindow, entered: str, before: Window | None, start: Instant, end: Instant) -> list[Any] | None:
    """Return what a window of the ledger, or one of the catalogue that was ended, says of a month; None: nothing."""
    now = _times(held.window, start, end)
    was = [] if before is None else _times(before, start, end)
    if now == was and (held.by is None or not now):
        return None
    return [held.window.id, entered, now]


def _times(window: Window, start: Instant, end: Instant) -> list[tuple[Instant, Instant]]:
    return [(each.begin, each.end) for each in occurrences(window, start, end)]
