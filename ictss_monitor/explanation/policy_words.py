"""A policy in plain words: the sentences that stand with every figure made by it."""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction
from typing import Final

from ictss_monitor.availability.printing import duration_text
from ictss_monitor.catalogue.terms import (
    AROUND_THE_CLOCK,
    Calendar,
    OutageBegins,
    Policy,
    Rounding,
    WindowsCount,
    YearBy,
)

_NO_CALENDARS: Final[Mapping[str, Calendar]] = {}
_WINDOWS: Final = {
    WindowsCount.EXCLUDE: "Time in a maintenance window leaves the figure: it is neither up nor lost.",
    WindowsCount.UP: "Time in a maintenance window counts as available, whatever was seen in it.",
    WindowsCount.DOWN: "Maintenance windows change nothing: what is lost in them is lost, and told as planned.",
}
_BEGINS: Final = {
    OutageBegins.FIRST_FAILURE: "An outage counts from its first failed observation to the first good one after it.",
    OutageBegins.CONFIRMATION: (
        "An outage counts from the observation that confirms it to the first good one after it."
    ),
}
_YEAR: Final = {
    YearBy.MEAN_OF_MONTHS: "The figure of a year is the mean of its months.",
    YearBy.POOLED: "The figure of a year is made from all its time at once, not as the mean of its months.",
}
_PLACES: Final = 9
"""A share with more decimals than these is written as a fraction."""
_NUMBERS: Final = ("no decimals", "one decimal", "two decimals", "three decimals", "four decimals")


def policy_in_words(policy: Policy, calendars: Mapping[str, Calendar] = _NO_CALENDARS) -> list[str]:
    """Return how `policy` counts and prints, one sentence each; `calendars` give its hours their name."""
    said = [
        _degraded(policy.degraded),
        _WINDOWS[policy.maintenance],
        _notice(policy),
        _BEGINS[policy.outage_begins],
        _hours(policy, calendars),
        "Time of which there is no evidence is left out of the figure, and widens its bounds.",
        _coverage(policy.minimum_coverage),
        _rounding(policy),
        _amber(policy.amber),
        _YEAR[policy.year],
    ]
    return [sentence for sentence in said if sentence]


def decimals_in_words(decimals: int) -> str:
    """Return a number of decimals in words: `two decimals`."""
    return _NUMBERS[decimals] if decimals < len(_NUMBERS) else f"{decimals} decimals"


def share_text(share: Fraction) -> str:
    """Return a share of 1 in per cent, exactly: `99.9 %`, or as a fraction where that has no end: `1/3`."""
    scaled, places = share * 100, 0
    while scaled.denominator != 1 and places < _PLACES:
        scaled, places = scaled * 10, places + 1
    if scaled.denominator != 1:
        return str(share)
    whole, rest = divmod(scaled.numerator, 10**places)
    return f"{whole}.{rest:0{places}} %" if places else f"{whole} %"


def _degraded(share: Fraction) -> str:
    if share == 0:
        return "Time in which a service is degraded, but not down, counts as available, and is told beside."
    if share == 1:
        return "Time in which a service is degraded counts as lost, as if it were down."
    return f"Of the time in which a service is degraded, {share_text(share)} counts as lost."


def _notice(policy: Policy) -> str:
    if policy.maintenance is WindowsCount.DOWN and not policy.notice:
        return ""
    at_least = f"at least {duration_text(policy.notice)} before it begins" if policy.notice else "before it begins"
    return f"A window counts if it was announced {at_least}; what overruns it is an outage like any other."


def _hours(policy: Policy, calendars: Mapping[str, Calendar]) -> str:
    if policy.hours is None:
        return "Only the service hours of each service count; without any, that is around the clock."
    if policy.hours == AROUND_THE_CLOCK:
        return "All hours count, around the clock, whatever the service hours are."
    held = calendars.get(policy.hours)
    return f"Only the hours of the calendar {policy.hours if held is None else held.name} count."


def _coverage(minimum: Fraction) -> str:
    if not minimum:
        return "The figure is given however little of the time was watched."
    return f"With evidence for less than {share_text(minimum)} of the time, only the bounds are given."


def _rounding(policy: Policy) -> str:
    how = "cut, not rounded," if policy.rounding is Rounding.CUT else "rounded half up"
    return (
        f"Figures are {how} to {decimals_in_words(policy.decimals)}; to more where that would carry them over their "
        "target or make 100 of less."
    )


def _amber(amber: Fraction) -> str:
    if not amber:
        return "A figure that misses its target is red."
    points = share_text(amber).removesuffix(" %") if (amber * 100 * 10**_PLACES).denominator == 1 else str(amber * 100)
    return f"A figure that misses its target by up to {points} percentage points is amber, by more red."
