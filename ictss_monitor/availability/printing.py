"""Figures in words: the only place where an exact fraction becomes rounded digits.

A printed figure never says something else than the exact one: it lies on the same side of its target, and it is 100
only if nothing at all was lost.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from fractions import Fraction
from itertools import count
from typing import Final

from ictss_monitor.availability.figure import Amount, Figure, Shares
from ictss_monitor.catalogue.terms import Policy, Rounding
from ictss_monitor.clock import DAY, HOUR, MINUTE, SECOND

NOT_APPLICABLE = "N/A"
NO_FIGURE = "no figure"
PLAIN: Final = Policy("", "")
"""Two decimals, rounded half up."""
_LESS_THAN_A_SECOND = (("ms", 1000), ("µs", 1))


def percent(share: Fraction, target: Fraction | None = None, policy: Policy = PLAIN) -> str:
    """Return `share` in per cent without the sign, with the decimals and the rounding of `policy` where that is true.

    Where these would carry it over or under its target, or make 100 of less, it has one more: rounded, else cut, else
    raised; and more only where that cannot say it. So 99.896 against 99.90 is printed as 99.896, not as 99.90.
    """

    def is_true(printed: Fraction) -> bool:
        same_side = target is None or (printed >= target) == (share >= target)
        return same_side and (printed < 1 or share >= 1)

    return _first_true(_attempts(share, policy), is_true)


def plain_percent(share: Fraction, policy: Policy = PLAIN) -> str:
    """Return `share` with the decimals and the rounding of `policy`, true or not: what `percent` tries first."""
    return _written(*next(_attempts(share, policy)))


def percent_at_least(share: Fraction, decimals: int = PLAIN.decimals) -> str:
    """Return a lower bound in per cent, cut so that it holds as printed."""
    return _written(_cut(share * 100 * 10**decimals), decimals)


def percent_at_most(share: Fraction, decimals: int = PLAIN.decimals) -> str:
    """Return an upper bound in per cent, raised so that it holds as printed, and 100 only if it is."""
    raised = ((_raised(share * 100 * 10**places), places) for places in count(decimals))
    return _first_true(raised, lambda printed: printed < 1 or share >= 1)


def figure_text(figure: Figure, target: Fraction | None = None, policy: Policy = PLAIN) -> str:
    """Return the figure for a person: `99.85 %`, `below minimum coverage: 94.20 % … 99.90 %` or `no figure`."""
    if figure.low is None or figure.high is None:
        return NO_FIGURE
    if figure.shown and figure.value is not None:
        return f"{percent(figure.value, target, policy)} %"
    return f"below minimum coverage: {bounds_text(figure.gross, policy)}"


def bounds_text(shares: Shares, policy: Policy = PLAIN) -> str:
    """Return the bounds for a person, `94.20 % … 99.90 %`, or `no figure`."""
    if shares.low is None or shares.high is None:
        return NO_FIGURE
    return f"{percent_at_least(shares.low, policy.decimals)} % … {percent_at_most(shares.high, policy.decimals)} %"


def duration_text(amount: Amount) -> str:
    """Return a duration in microseconds for a person: `1 h 23 min 4 s`, to the second; below one, `250 ms`."""
    if amount < 0:
        return f"-{duration_text(-amount)}"
    duration = int(amount)
    if duration < SECOND:
        unit, size = next((each for each in _LESS_THAN_A_SECOND if duration >= each[1]), ("s", SECOND))
        return f"{duration // size} {unit}"
    rest = (duration + SECOND // 2) // SECOND * SECOND
    parts: list[str] = []
    for unit, size in (("d", DAY), ("h", HOUR), ("min", MINUTE), ("s", SECOND)):
        number, rest = divmod(rest, size)
        if number:
            parts.append(f"{number} {unit}")
    return " ".join(parts)


def _attempts(share: Fraction, policy: Policy) -> Iterator[tuple[int, int]]:
    rounding = _cut if policy.rounding is Rounding.CUT else _half_up
    yield rounding(share * 100 * 10**policy.decimals), policy.decimals
    for decimals in count(policy.decimals + 1):
        scaled = share * 100 * 10**decimals
        for way in (_half_up, _cut, _raised):
            yield way(scaled), decimals


def _first_true(attempts: Iterator[tuple[int, int]], is_true: Callable[[Fraction], bool]) -> str:
    return next(
        _written(digits, decimals) for digits, decimals in attempts if is_true(Fraction(digits, 100 * 10**decimals))
    )


def _written(digits: int, decimals: int) -> str:
    whole, rest = divmod(digits, 10**decimals)
    return str(whole) if not decimals or digits == 100 * 10**decimals else f"{whole}.{rest:0{decimals}}"


def _half_up(value: Fraction) -> int:
    return (2 * value.numerator + value.denominator) // (2 * value.denominator)


def _cut(value: Fraction) -> int:
    return value.numerator // value.denominator


def _raised(value: Fraction) -> int:
    return -(-value.numerator // value.denominator)
