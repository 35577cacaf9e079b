"""Targets: which one is in force, whether it is met, and how much downtime is left before it is missed.

Everything is compared exactly, before rounding.
"""

from __future__ import annotations

from collections.abc import Iterable
from enum import StrEnum
from fractions import Fraction
from math import floor

from ictss_monitor.availability.figure import Figure
from ictss_monitor.availability.periods import Period
from ictss_monitor.catalogue.model import Subject, Target
from ictss_monitor.catalogue.terms import Policy
from ictss_monitor.clock import Duration, Instant


def target_for(
    targets: Iterable[Target], subject: Subject, subject_id: str, council: str | None, period: Period
) -> Fraction | None:
    """Return the availability required at the period's end (see `target_in_force`), or None."""
    held = target_in_force(targets, subject, subject_id, council, period)
    return None if held is None else held.availability


def target_in_force(
    targets: Iterable[Target], subject: Subject, subject_id: str, council: str | None, period: Period
) -> Target | None:
    """Return the target that holds at the period's end (its last microsecond), or None.

    A target that names the council comes before one for all; of several, the one that began last. `council` None is
    all councils together, for which only targets without councils stand.
    """
    last = period.end - 1
    found = [
        (target.councils is not None, _since(target), target)
        for target in targets
        if target.subject is subject
        and target.id == subject_id
        and (target.councils is None or council in target.councils)
        and target.validity.holds_at(last)
    ]
    return max(found, key=lambda each: each[:2])[2] if found else None


def is_met(figure: Figure, target: Fraction) -> bool | None:
    """Tell whether the figure reaches the target; None where the evidence does not decide.

    Where coverage is too low for the figure to be shown, the bounds decide if both lie on one side.
    """
    if figure.shown:
        return figure.value is not None and figure.value >= target
    if figure.low is not None and figure.low >= target:
        return True
    if figure.high is not None and figure.high < target:
        return False
    return None


class Rating(StrEnum):
    """A figure against its target, as the words of a report; colours only repeat them."""

    GREEN = "green"
    AMBER = "amber"
    RED = "red"
    OPEN = "not decided"
    """Too little was watched to say."""


def rating(figure: Figure, target: Fraction, policy: Policy) -> Rating:
    """Return green where the target is met, amber where it is missed by no more than the policy's threshold, else red.

    Compared exactly, before rounding. Where coverage is too low for the figure to be shown, red and green are said only
    if both bounds agree.
    """
    met = is_met(figure, target)
    if met:
        return Rating.GREEN
    least = target - policy.amber
    if figure.shown and figure.value is not None:
        return Rating.AMBER if figure.value >= least else Rating.RED
    if met is None or figure.low is None or figure.high is None:
        return Rating.OPEN
    if figure.low >= least:
        return Rating.AMBER
    return Rating.RED if figure.high < least else Rating.OPEN


def burn(figure: Figure, target: Fraction) -> Fraction | None:
    """Return how fast the budget burns: what was lost, over what the target allows in the time measured so far.

    1 is just as fast as the target allows, 2 spends the month's budget in half of it. None where nothing is measured,
    or the target allows nothing.
    """
    allowed = (1 - target) * figure.measured
    return Fraction(figure.lost) / allowed if allowed else None


def budget(figure: Figure, target: Fraction) -> Duration | None:
    """Return the downtime left in the period, in microseconds, before the target is missed; negative once it is.

    What may be lost is the target's share of the time that will have been measured if nothing goes unseen from now
    on: that measured so far and all that is still to come. For a closed period it is what was left over. For a mean it
    is time of its members together, lost evenly. None where there is nothing to measure.
    """
    if figure.projected is None:
        return None
    return floor((figure.projected - target) * (figure.measured + figure.future))


def _since(target: Target) -> Instant | float:
    return float("-inf") if target.validity.since is None else target.validity.since
