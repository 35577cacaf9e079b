"""Consequences: what entries of the ledger would change in the figures of past months, before they are written."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Final

from sqlalchemy.ext.asyncio import AsyncConnection

from ictss_monitor.availability.account import Annotations
from ictss_monitor.availability.books import Bookkeeper, stretch_of
from ictss_monitor.availability.months import labels_about, months_before
from ictss_monitor.availability.periods import CalendarSpan
from ictss_monitor.availability.windows import occurrences
from ictss_monitor.catalogue.model import Catalogue
from ictss_monitor.clock import DAY, Instant
from ictss_monitor.explanation.differences import Difference, differences
from ictss_monitor.figures import kpis
from ictss_monitor.ledger.acts import (
    Act,
    Attribute,
    Declare,
    EndWindow,
    EnterWindow,
    Entry,
    Import,
    Imported,
    Move,
    Withdraw,
)
from ictss_monitor.ledger.standing import in_force, windows_of
from ictss_monitor.store import ledger
from ictss_monitor.store.engine import Store
from ictss_monitor.store.imports import batch_rows
from ictss_monitor.store.sealed import sealed_versions

MONTHS: Final = 24
"""So many months are compared, the newest: a history that is withdrawn may reach back for many years."""


_YEARS: Final = 31 * (MONTHS + 1) * DAY
"""How far back the occurrences of a window are looked for."""


@dataclass(frozen=True, slots=True)
class Consequences:
    """What would be different by month, the oldest first; and the statements that then differ from the figures."""

    months: tuple[tuple[str, tuple[Difference, ...]], ...]
    """Only those in which something differs."""
    sealed: tuple[tuple[str, int], ...]
    """Statements on these months, by label and version: they stay as they are until revised."""
    looked_at: int
    """How many months were compared."""
    is_cut: bool
    """Whether there are older months that were not."""


async def consequences_of(store: Store, catalogue: Catalogue, entered: Sequence[Entry], now: Instant) -> Consequences:
    """Return what would change if `entered` were the ledger's next entries. Nothing is written."""
    found: list[tuple[str, tuple[Difference, ...]]] = []
    sealed: dict[str, int] = {}
    async with store.read() as tx:
        entries = await ledger.entries(tx)
        versions = await sealed_versions(tx)
        gone = await _withdrawn_rows(tx, entered, entries)
        concerned = list(islice(_months(catalogue, entered, entries, now), MONTHS + 1))
        months = concerned[:MONTHS]
        for month in reversed(months):
            keeper = await kpis.bookkeeper(tx, catalogue, stretch_of(catalogue, month), now)
            after = _with(keeper, (*entries, *entered), gone)
            if changed := await _differences(keeper, after, month):
                found.append((month.label, changed))
                zone = catalogue.settings.zone
                sealed |= {label: versions[label] for label in labels_about(versions, month.within(zone), zone)}
    return Consequences(tuple(found), tuple(sorted(sealed.items())), len(months), len(concerned) > MONTHS)


async def _differences(before: Bookkeeper, after: Bookkeeper, month: CalendarSpan) -> tuple[Difference, ...]:
    first = await kpis.table_of(before, await kpis.books_of(before), month)
    second = await kpis.table_of(after, await kpis.books_of(after), month)
    return tuple(each for each in differences(first, second) if each.has_figure)


def _with(keeper: Bookkeeper, entries: Sequence[Entry], gone: frozenset[Imported]) -> Bookkeeper:
    """Return a keeper of the same evidence with `entries` as the ledger, and without the imported rows `gone`."""
    annotations = Annotations(
        tuple(windows_of(keeper.catalogue.windows, entries).values()),
        in_force(entries),
        tuple(row for row in keeper.annotations.imported if row not in gone),
    )
    made = Bookkeeper(keeper.catalogue, keeper.stretch, keeper.edge, annotations)
    made.timelines = keeper.timelines
    return made


async def _withdrawn_rows(
    tx: AsyncConnection, entered: Iterable[Entry], entries: Iterable[Entry]
) -> frozenset[Imported]:
    """Return the rows of imports that are withdrawn: no two imports in force have a row in common."""
    numbers = {entry.act.entry for entry in entered if isinstance(entry.act, Withdraw)}
    batches = [each.act.batch for each in entries if each.seq in numbers and isinstance(each.act, Import)]
    return frozenset([row for batch in batches for row in await batch_rows(tx, batch)])


def _months(
    catalogue: Catalogue, entered: Sequence[Entry], entries: Sequence[Entry], now: Instant
) -> Iterator[CalendarSpan]:
    """Yield the months that `entered` is about and that have begun, the newest first."""
    zone = catalogue.settings.zone
    zones = {zone, *(council.zone for council in catalogue.councils.values())}
    about = [each for entry in entered for each in _time_of(entry.act, catalogue, (*entries, *entered), now)]
    if about:
        newest, oldest = max(end for _, end in about) + DAY, min(begin for begin, _ in about) - DAY
        for month in months_before(min(newest, now), oldest, zone):  # a day more, as months differ by zone
            if _is_about(month, zones, about):
                yield month


def _is_about(month: CalendarSpan, zones: Iterable[str], about: Iterable[tuple[Instant, Instant]]) -> bool:
    periods = [month.within(zone) for zone in zones]
    return any(begin < period.end and period.start < end for begin, end in about for period in periods)


def _time_of(
    act: Act, catalogue: Catalogue, entries: Sequence[Entry], now: Instant
) -> Iterator[tuple[Instant, Instant]]:
    """Yield the stretches of time of whose figures `act` says something; of windows those of the last years."""
    match act:
        case Attribute(extent) | Declare(extent):
            yield extent.since, extent.until
        case Move(observed, actual):
            yield observed.since, observed.until
            yield actual.since, actual.until
        case Import():
            yield act.since, act.until
        case EnterWindow(window):
            yield from ((each.begin, each.end) for each in occurrences(window, now - _YEARS, now))
        case EndWindow(id_, at):
            before = windows_of(catalogue.windows, [entry for entry in entries if entry.act is not act])
            if id_ in before:
                window = before[id_].window
                yield from ((each.begin, each.end) for each in occurrences(window, max(at, now - _YEARS), now))
        case Withdraw(number):
            withdrawn = next(entry.act for entry in entries if entry.seq == number)
            yield from _time_of(withdrawn, catalogue, entries, now)
