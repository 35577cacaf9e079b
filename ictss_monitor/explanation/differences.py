"""Differences between two tables of figures: what appears, what disappears, and what becomes another figure."""

from __future__ import annotations

from collections.abc import Callable, Hashable
from dataclasses import dataclass
from fractions import Fraction
from typing import Final

from ictss_monitor.availability.figure import Amount
from ictss_monitor.availability.kpi import KpiRow, KpiTable
from ictss_monitor.availability.printing import bounds_text, duration_text, percent, percent_at_most
from ictss_monitor.catalogue.model import Subject


@dataclass(frozen=True, slots=True)
class Aspect:
    """One thing that a line of the table says, as it was and as it is, for a person."""

    name: str
    before: str
    after: str


@dataclass(frozen=True, slots=True)
class Difference:
    """A line that is not the same in both tables; `before` is None where it appears, `after` where it disappears."""

    before: KpiRow | None
    after: KpiRow | None

    @property
    def row(self) -> KpiRow:
        """The line as it is, or as it was where it disappears."""
        found = self.after or self.before
        assert found is not None
        return found

    @property
    def has_figure(self) -> bool:
        """Whether there is a figure, or was: a target of what nobody measured is none."""
        return any(row is not None and row.figure.value is not None for row in (self.before, self.after))

    @property
    def aspects(self) -> tuple[Aspect, ...]:
        """What of a line that stands in both tables became different, compared exactly, before rounding."""
        before, after = self.before, self.after
        if before is None or after is None:
            return ()
        return tuple(
            Aspect(name, said(before), said(after))
            for name, (exactly, said) in _ASPECTS.items()
            if exactly(before) != exactly(after)
        )

    @property
    def text(self) -> str:
        """The difference in words, on one line: `Email for ccc: 99.51 % -> 99.87 %; lost 3 h -> 1 h`."""
        name = name_of(self.row)
        if self.before is None:
            return f"{name}: appears, {self.row.text}"
        if self.after is None:
            return f"{name}: disappears, was {self.row.text}"
        aspects = [each for each in self.aspects if each.before != each.after]
        changed = [f"{each.name} {each.before} -> {each.after}" for each in aspects if each.name != FIGURE]
        if self.before.text != self.after.text:
            # The bounds follow the figure, and are told where nothing else is.
            told = [each for each in changed if not each.startswith(f"{BOUNDS} ")]
            return "; ".join([f"{name}: {self.before.text} -> {self.after.text}", *told])
        if not changed:
            return f"{name}: still prints {self.after.text}, but the exact share changes"
        return "; ".join([f"{name}: still {self.after.text}", *changed])


def differences(before: KpiTable, after: KpiTable) -> tuple[Difference, ...]:
    """Return every line that differs, in the order of `after`; those that disappear last."""
    held = {row.key: row for row in before.rows}
    found = [Difference(held.pop(row.key, None), row) for row in after.rows]
    found += [Difference(row, None) for row in held.values()]
    return tuple(each for each in found if each.before is None or each.after is None or each.aspects)


def name_of(row: KpiRow) -> str:
    """Return how a person calls what a line is about: `Email for ccc`, `Headline (basket) for all councils`."""
    if row.subject is Subject.COUNCIL:
        return f"{row.name} (council)"
    thing = row.name if row.subject is Subject.SERVICE else f"{row.name} ({row.subject.value})"
    return f"{thing} for {row.council or 'all councils'}"


def _share(share: Fraction | None, row: KpiRow) -> str:
    return "none" if share is None else f"{percent(share, policy=row.policy)} %"


def _length(pick: Callable[[KpiRow], Amount]) -> tuple[Callable[[KpiRow], Hashable], Callable[[KpiRow], str]]:
    return pick, lambda row: duration_text(pick(row))


def _coverage(row: KpiRow) -> str:
    return "none" if row.figure.coverage is None else f"{percent_at_most(row.figure.coverage)} %"


FIGURE: Final = "figure"
BOUNDS: Final = "bounds"
_ASPECTS: Final[dict[str, tuple[Callable[[KpiRow], Hashable], Callable[[KpiRow], str]]]] = {
    FIGURE: (lambda row: (row.standing, row.figure.value, row.figure.shown, row.text), lambda row: row.text),
    "net": (
        # Without third parties the net figure is the figure itself, and goes without saying.
        lambda row: (row.figure.net.value, bool(row.figure.third_party)) if row.figure.third_party else None,
        lambda row: _share(row.figure.net.value, row),
    ),
    "lost": _length(lambda row: row.figure.lost),
    "lost to third parties": _length(lambda row: row.figure.third_party),
    "lost to the council's own site": _length(lambda row: row.figure.council_site),
    "lost undetermined": _length(lambda row: row.figure.undetermined),
    "lost as planned": _length(lambda row: row.figure.planned),
    "forgiven in maintenance": _length(lambda row: row.figure.forgiven),
    BOUNDS: (
        lambda row: (row.figure.low, row.figure.high),
        lambda row: bounds_text(row.figure.gross, row.policy),
    ),
    "coverage": (lambda row: row.figure.coverage, _coverage),
    "target": (lambda row: row.target, lambda row: _share(row.target, row)),
    "verdict": (lambda row: row.rating, lambda row: "none" if row.rating is None else row.rating.value),
    "policy": (lambda row: row.policy.id, lambda row: row.policy.id),
}
"""By name what is compared of a line, and how it is said."""
