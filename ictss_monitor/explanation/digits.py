"""Why a figure is printed with just those digits."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

from ictss_monitor.availability.figure import Figure
from ictss_monitor.availability.printing import percent, plain_percent
from ictss_monitor.catalogue.terms import Policy, Rounding
from ictss_monitor.explanation.policy_words import decimals_in_words


@dataclass(frozen=True, slots=True)
class Digits:
    """The printed per cent of a figure, without the sign, and why it has so many decimals."""

    printed: str
    plain: str
    """What the rounding of the policy alone would print."""
    why: str


def digits_of(figure: Figure, target: Fraction | None, policy: Policy) -> Digits | None:
    """Return the digits of the value of `figure`, shown or not; None where it has none."""
    value = figure.value
    if value is None:
        return None
    printed, plain = percent(value, target, policy), plain_percent(value, policy)
    how = "cut" if policy.rounding is Rounding.CUT else "rounded half up"
    why = f"{how} to {decimals_in_words(policy.decimals)}"
    if printed == plain:
        return Digits(printed, plain, why)
    return Digits(printed, plain, f"{why} it would read {plain} %, {_what_is_wrong(value, plain, target)}")


def _what_is_wrong(value: Fraction, plain: str, target: Fraction | None) -> str:
    if Fraction(plain) >= 100 and value < 1:
        return "though something was lost: so it has as many decimals more as that takes to show"
    reaches = target is not None and value >= target
    said = "misses its target, which the figure meets" if reaches else "meets its target, which the figure misses"
    return f"which {said}: so it has as many decimals more as that takes to show"
