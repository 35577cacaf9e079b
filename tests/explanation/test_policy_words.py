"""Policies in plain words, and why a figure has just those digits."""

from __future__ import annotations

from fractions import Fraction

import pytest
from support.accounts import member
from support.accounts import policy as policy_of
from support.timelines import lost_minutes

from ictss_monitor.availability.figure import Figure
from ictss_monitor.availability.periods import Period
from ictss_monitor.catalogue.terms import (
    Calendar,
    OutageBegins,
    Policy,
    Rounding,
    WindowsCount,
    YearBy,
)
from ictss_monitor.clock import DAY, MINUTE
from ictss_monitor.explanation.digits import digits_of
from ictss_monitor.explanation.policy_words import policy_in_words


@pytest.mark.parametrize(
    ("lost", "target", "by", "printed", "why"),
    [
        (0, None, policy_of(), "100", "rounded half up to two decimals"),
        (1, None, policy_of(), "99.999", "two decimals it would read 100 %, though something was lost"),
        (
            104,
            Fraction(999, 1000),
            policy_of(),
            "99.896",
            "it would read 99.90 %, which meets its target, which the figure",
        ),
        (423, None, policy_of(rounding=Rounding.CUT), "99.57", "cut to two decimals"),
    ],
)
def test_why_so_many_digits(lost: int, target: Fraction | None, by: Policy, printed: str, why: str) -> None:
    """A figure has the policy's decimals, and more where these would say what is not so; the reason is told."""
    line = lost_minutes(0, 100_000 * MINUTE, {0: lost} if lost else {})
    made: Figure = member(line, Period("p", 0, line.end), line.end, by).figure
    digits = digits_of(made, target, by)
    assert digits is not None
    assert digits.printed == printed
    assert why in digits.why


def test_a_policy_in_plain_words() -> None:
    """Everything that a policy decides is said in a sentence; what it does not decide is not."""
    by = policy_of(
        degraded=Fraction(1, 2),
        maintenance=WindowsCount.DOWN,
        notice=2 * DAY,
        outage_begins=OutageBegins.CONFIRMATION,
        hours="office",
        minimum_coverage=Fraction(0),
        decimals=1,
        rounding=Rounding.CUT,
        amber=Fraction(5, 1000),
        year=YearBy.POOLED,
    )
    assert policy_in_words(by, {"office": Calendar("office", "Office hours", ())}) == [
        "Of the time in which a service is degraded, 50 % counts as lost.",
        "Maintenance windows change nothing: what is lost in them is lost, and told as planned.",
        "A window counts if it was announced at least 2 d before it begins; what overruns it is an outage "
        "like any other.",
        "An outage counts from the observation that confirms it to the first good one after it.",
        "Only the hours of the calendar Office hours count.",
        "Time of which there is no evidence is left out of the figure, and widens its bounds.",
        "The figure is given however little of the time was watched.",
        "Figures are cut, not rounded, to one decimal; to more where that would carry them over their target or make "
        "100 of less.",
        "A figure that misses its target by up to 0.5 percentage points is amber, by more red.",
        "The figure of a year is made from all its time at once, not as the mean of its months.",
    ]
    plain = policy_in_words(policy_of())
    assert "Only the service hours of each service count; without any, that is around the clock." in plain
    assert policy_in_words(policy_of(maintenance=WindowsCount.DOWN))[2].startswith("An outage counts from its first")
    assert any("around the clock, whatever" in each for each in policy_in_words(policy_of(hours="always")))
    assert "counts as lost, as if it were down" in policy_in_words(policy_of(degraded=Fraction(1)))[0]
    assert "by up to 1/3 percentage points" in policy_in_words(policy_of(amber=Fraction(1, 300)))[-2]
    assert "1/3 counts as lost" in policy_in_words(policy_of(degraded=Fraction(1, 3)))[0]
