"""Figures in words: the only place where an exact fraction becomes rounded digits.

A printed figure never says something else than the exact one: it lies on the same side of its target, and it is 100
only if nothing at all was lost.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from fractions import Fraction
from itertools import count

from ictss_monitor.availability.figure import Figure
from ictss_monitor.clock import DAY, HOUR, MINUTE, SECOND, Duration

NOT_APPLICABLE = "N/A"
NO_FIGURE = "no figure"
_DECIMALS = 2
_LESS_THAN_A_SECOND = (("ms", 1000), ("µs", 1))


def percent(share: Fraction, target: Fraction | None = None) -> str:
    """Return `share` in per cent without the sign, rounded half up to two decimals where that is true.

    Where two decimals would carry it over the target, or make 100 of less, it has three: rounded, else cut, else
    raised; and more only where three cannot say it. So 99.896 against 99.90 is printed as 99.896, not as 99.90.
    """

    def is_true(printed: Fraction) -> bool:
        same_side = target is None or (printed >= target) == (share >= target)
        return same_side and (printed < 1 or share >= 1)

    return _first_true(_attempts(share), is_true)


def percent_at_least(share: Fraction) -> str:
    """Return a lower bound in per cent, cut to two decimals so that it holds as printed."""
    return _written(_cut(share * 100 * 10**_DECIMALS), _DECIMALS)


def percent_at_most(share: Fraction) -> str:
    """Return an upper bound in per cent, raised so that it holds as printed, and 100 only if it is."""
    raised = ((_raised(share * 100 * 10**decimals), decimals) for decimals in count(_DECIMALS))
    return _first_true(raised, lambda printed: printed < 1 or share >= 1)


def figure_text(figure: Figure, target: Fraction | None = None) -> str:
    """Return the figure for a person: `99.85 %`, `below minimum coverage: 94.20 % … 99.90 %` or `no figure`."""
    if figure.low is None or figure.high is None:
        return NO_FIGURE
    if figure.shown and figure.value is not None:
        return f"{percent(figure.value, target)} %"
    return f"below minimum coverage: {bounds_text(figure)}"


def bounds_text(figure: Figure) -> str:
    """Return the bounds for a person, `94.20 % … 99.90 %`, or `no figure`."""
    if figure.low is None or figure.high is None:
        return NO_FIGURE
    return f"{percent_at_least(figure.low)} % … {percent_at_most(figure.high)} %"


def duration_text(duration: Duration) -> str:
    """Return a duration in microseconds for a person: `1 h 23 min 4 s`, to the second; below one, `250 ms`."""
    if duration < 0:
        return f"-{duration_text(-duration)}"
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


def _attempts(share: Fraction) -> Iterator[tuple[int, int]]:
    yield _half_up(share * 100 * 10**_DECIMALS), _DECIMALS
    for decimals in count(_DECIMALS + 1):
        scaled = share * 100 * 10**decimals
        for rounding in (_half_up, _cut, _raised):
            yield rounding(scaled), decimals


def _first_true(attempts: Iterator[tuple[int, int]], is_true: Callable[[Fraction], bool]) -> str:
    return next(
        _written(digits, decimals) for digits, decimals in attempts if is_true(Fraction(digits, 100 * 10**decimals))
    )


def _written(digits: int, decimals: int) -> str:
    whole, rest = divmod(digits, 10**decimals)
    return f"{whole}.{rest:0{decimals}}" if digits != 100 * 10**decimals else "100"


def _half_up(value: Fraction) -> int:
    return (2 * value.numerator + value.denominator) // (2 * value.denominator)


def _cut(value: Fraction) -> int:
    return value.numerator // value.denominator


def _raised(value: Fraction) -> int:
    return -(-value.numerator // value.denominator)
