"""Figures as a report prints them: each as its text and its exact share, by the policy it was made by."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from fractions import Fraction
from math import floor
from typing import Final

from ictss_monitor.availability.figure import Amount, Figure
from ictss_monitor.availability.kpi import KpiRow
from ictss_monitor.availability.printing import figure_text, percent, percent_at_least, percent_at_most
from ictss_monitor.availability.standing import Standing
from ictss_monitor.availability.targets import Rating
from ictss_monitor.catalogue.model import Subject
from ictss_monitor.catalogue.terms import Policy
from ictss_monitor.clock import Duration
from ictss_monitor.explanation.policy_words import share_text
from ictss_monitor.reporting.rows import FigureRow
from ictss_monitor.reporting.shares import Share, Verdict

_VERDICTS: Final[Mapping[Rating | None, Verdict]] = {
    Rating.GREEN: Verdict.GREEN,
    Rating.AMBER: Verdict.AMBER,
    Rating.RED: Verdict.RED,
}


_ORDER: Final = (Subject.BASKET, Subject.AREA, Subject.COUNCIL, Subject.SERVICE)
"""What is reported on first."""


def share_of(row: KpiRow) -> Share:
    """Return the figure of a line, or in words why there is none."""
    if row.standing is not Standing.MEASURED:
        return Share(row.text)
    return figure_share(row.figure, row.target, row.policy)


def figure_share(figure: Figure, target: Fraction | None, policy: Policy) -> Share:
    """Return a figure, its bounds where too little was watched, or that there is none."""
    return Share(figure_text(figure, target, policy), figure.value if figure.shown else None)


def coverage_share(figure: Figure) -> Share | None:
    """Return how much of the time was watched; None where there was nothing to watch.

    Printed so that it is on the same side of the least coverage that a figure needs.
    """
    coverage = figure.coverage
    return None if coverage is None else Share(f"{percent(coverage, figure.minimum_coverage)} %", coverage)


def target_share(target: Fraction | None) -> Share | None:
    """Return a target, exactly as it was set."""
    return None if target is None else Share(share_text(target), target)


def verdict_of(row: KpiRow) -> Verdict:
    """Return how the figure stands to its target."""
    return _VERDICTS.get(row.rating, Verdict.OPEN)


def whole(amount: Amount) -> Duration:
    """Return an amount in whole microseconds: where degraded time counts in part, there may be a fraction of one."""
    return floor(amount)


def figure_rows(rows: Iterable[KpiRow], councils: Mapping[str, str]) -> Iterator[FigureRow]:
    """Yield each figure with all that belongs to it; `councils` are their names. What nobody has is left out."""
    for row in sorted(rows, key=lambda row: _ORDER.index(row.subject)):
        if row.standing is Standing.NOT_PROVIDED:
            continue
        figure = row.figure
        yield FigureRow(
            subject=row.subject.value,
            id=row.id,
            name=row.name,
            council=None if row.council is None else councils.get(row.council, row.council),
            figure=share_of(row),
            low=_bound(figure.low, percent_at_least, row.policy),
            high=_bound(figure.high, percent_at_most, row.policy),
            coverage=coverage_share(figure),
            net=net_share(row),
            uncorrected=None if row.uncorrected is None else figure_share(row.uncorrected, row.target, row.policy),
            target=target_share(row.target),
            verdict=verdict_of(row),
            measured=figure.measured,
            unknown=figure.unknown,
            lost=whole(figure.lost),
            left=row.budget,
            outages=row.outages.count if row.subject is Subject.SERVICE else None,
            resolution=figure.resolution,
            measured_from=row.measured_from,
            hosted_externally=row.hosted_externally,
            policy=row.policy.name,
        )


def _bound(share: Fraction | None, printed: Callable[[Fraction, int], str], policy: Policy) -> Share | None:
    return None if share is None else Share(f"{printed(share, policy.decimals)} %", share)


def net_share(row: KpiRow) -> Share | None:
    """Return the figure net of third parties; None where there is no figure."""
    if row.standing is not Standing.MEASURED or not row.figure.shown:
        return None
    net = row.figure.net.value
    return None if net is None else Share(f"{percent(net, row.target, row.policy)} %", net)
