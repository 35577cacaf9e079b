"""A year, or any span of several months: the mean of its months, and the pooled time beside it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction

from ictss_monitor.availability.combine import mean_of
from ictss_monitor.availability.figure import Figure
from ictss_monitor.availability.reckoning import Key


@dataclass(frozen=True, slots=True)
class RolledMonth:
    """The figures of every line that a month has, and whether anything that people entered touches the month."""

    figures: Mapping[Key, Figure]
    is_touched: bool


@dataclass(frozen=True, slots=True)
class MeanOfMonths:
    """The mean of the figures of the months, each of equal weight however much of it was measured.

    `with_figure` of the `months` that were, at least in part, in service and past have one.
    """

    figure: Figure
    months: int
    with_figure: int


def mean_of_months(monthly: Sequence[Figure], minimum_coverage: Fraction) -> MeanOfMonths:
    """Return the mean of `monthly` figures, with the number of months it stands on.

    A month without measured time has no figure and leaves the mean; if it was unknown it widens the bounds and lowers
    the coverage.
    """
    return MeanOfMonths(
        mean_of(monthly, minimum_coverage),
        months=sum(figure.low is not None for figure in monthly),
        with_figure=sum(figure.value is not None for figure in monthly),
    )
