"""Rolled months: the figures of months that are over, from roll-ups in the store that still say what would come out."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Final

from sqlalchemy.ext.asyncio import AsyncConnection

from ictss_monitor import __version__
from ictss_monitor.availability.figure import Figure
from ictss_monitor.availability.periods import CalendarSpan
from ictss_monitor.availability.reckoning import Key, policies_of
from ictss_monitor.availability.rollup import figure_from
from ictss_monitor.availability.year import RolledMonth
from ictss_monitor.catalogue.model import Catalogue, Subject
from ictss_monitor.catalogue.terms import Policy
from ictss_monitor.clock import Instant
from ictss_monitor.statements.rollup_basis import MonthBasis, bases_of
from ictss_monitor.store import ledger
from ictss_monitor.store.rollups import MonthTotals, month_totals, rolled_up

_SUBJECTS: Final = {subject.value: subject for subject in Subject}


class RolledFigures(Mapping[Key, Figure]):
    """The figures of one month, each made when it is asked for: few of thousands are, as a rule."""

    __slots__ = ("_packed", "_policies")

    def __init__(self, policies: Mapping[str, Policy], held: MonthTotals) -> None:
        self._policies = policies
        self._packed = {(subject, id_, council): (policy, totals) for subject, id_, council, policy, totals in held}

    def __getitem__(self, key: Key) -> Figure:
        policy, totals = self._packed[key.subject.value, key.id, key.council or ""]
        return figure_from(totals, self._policies[policy])

    def __iter__(self) -> Iterator[Key]:
        return (Key(_SUBJECTS[subject], id_, council or None) for subject, id_, council in self._packed)

    def __len__(self) -> int:
        return len(self._packed)


async def rolled_months(
    tx: AsyncConnection, catalogue: Catalogue, months: Iterable[CalendarSpan], now: Instant
) -> dict[str, RolledMonth]:
    """Return by label those of `months` whose roll-ups hold, as known at `now`. Raises StoreError.

    A roll-up that was made after `now`, by another catalogue or program, or before an entry that touches its month, is
    as if it were not there.
    """
    wanted = {month.label: month for month in months}
    made = await rolled_up(tx, wanted)
    if not made:
        return {}
    bases = await month_bases(tx, catalogue, [wanted[label] for label in made])
    policies = policies_of(catalogue)
    found: dict[str, RolledMonth] = {}
    for label, (basis, made_at) in made.items():
        if basis == bases[label].digest and made_at <= now:
            figures = RolledFigures(policies, await month_totals(tx, label))
            found[label] = RolledMonth(figures, bases[label].is_touched)
    return found


async def month_bases(
    tx: AsyncConnection, catalogue: Catalogue, months: Iterable[CalendarSpan]
) -> dict[str, MonthBasis]:
    """Return by label what the figures of `months` rest on, as the ledger stands. Raises StoreError."""
    return bases_of(catalogue, await ledger.entries(tx), months, __version__)
