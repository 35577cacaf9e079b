"""Printed figures never say something else than the exact ones."""

from __future__ import annotations

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st
from support import accounts
from support.timelines import timeline

from ictss_monitor.availability.figure import Figure
from ictss_monitor.availability.periods import Period
from ictss_monitor.availability.printing import (
    bounds_text,
    duration_text,
    figure_text,
    percent,
    percent_at_least,
    percent_at_most,
)
from ictss_monitor.clock import DAY, HOUR, MINUTE, SECOND

shares = st.fractions(0, 1)
near_the_top = st.integers(0, 10**12).map(lambda lost: 1 - Fraction(lost, 31 * DAY * 1000))
targets = st.one_of(st.integers(0, 10_000).map(lambda each: Fraction(each, 10_000)), st.fractions(0, 1))


def read(printed: str) -> Fraction:
    """Return what a reader takes the printed per cent to be."""
    return Fraction(printed) / 100


@pytest.mark.parametrize(
    ("share", "target", "printed"),
    [
        ("1", None, "100"),
        ("0.99896", "0.999", "99.896"),
        ("0.99896", None, "99.90"),
        ("0.99896", "0.99", "99.90"),
        ("0.99999", None, "99.999"),
        ("0.999999", None, "99.999"),
        ("0.9989999", "0.999", "99.899"),
        ("0.999", "0.999", "99.90"),
        ("0.9985", "0.999", "99.85"),
        ("0.99855", None, "99.86"),
        ("0.998549999", None, "99.85"),
        ("0", None, "0.00"),
        ("0.5", "0.5", "50.00"),
        ("0.99996", "0.99995", "99.996"),
    ],
)
def test_printed_per_cent(share: str, target: str | None, printed: str) -> None:
    """Two decimals, rounded half up, unless that would carry the figure over its target or to 100."""
    assert percent(Fraction(share), None if target is None else Fraction(target)) == printed


@given(st.one_of(shares, near_the_top), targets)
def test_the_printed_figure_is_on_the_same_side_of_its_target(share: Fraction, target: Fraction) -> None:
    """A reader who compares the printed figure with the target comes to the same verdict as the exact comparison."""
    assert (read(percent(share, target)) >= target) == (share >= target)


@given(st.one_of(shares, near_the_top), st.one_of(st.none(), targets))
def test_only_all_is_100(share: Fraction, target: Fraction | None) -> None:
    """100 is printed when nothing at all was lost, and only then."""
    assert (read(percent(share, target)) == 1) == (share == 1)
    assert (read(percent_at_most(share)) == 1) == (share == 1)


@given(st.one_of(shares, near_the_top), st.one_of(st.none(), targets))
def test_the_printed_figure_is_near_the_exact_one(share: Fraction, target: Fraction | None) -> None:
    """Printing moves a figure by less than one hundredth of a per cent."""
    assert abs(read(percent(share, target)) - share) < Fraction(1, 10_000)


@given(st.lists(st.one_of(shares, near_the_top), min_size=3, max_size=3).map(sorted), st.one_of(st.none(), targets))
def test_printed_bounds_hold_the_printed_figure(ordered: list[Fraction], target: Fraction | None) -> None:
    """Low is cut and high raised, so that what is printed stays in order, and holds the exact bounds."""
    low, value, high = ordered
    assert read(percent_at_least(low)) <= low
    assert read(percent_at_most(high)) >= high
    assert read(percent_at_least(low)) <= read(percent(value, target)) <= read(percent_at_most(high))


def figure(unknown: int, down: int, length: int = 1000) -> Figure:
    """Return a figure of ticks."""
    line = timeline(0, length, down=[(0, down)], unknown=[(length - unknown, length)])
    return accounts.figure(line, Period("p", 0, length), length)


def test_a_figure_is_printed_by_what_it_rests_on() -> None:
    """With enough evidence the figure, with less only its bounds, with none of it nothing."""
    assert figure_text(figure(unknown=0, down=1)) == "99.90 %"
    assert figure_text(figure(unknown=57, down=1)) == "below minimum coverage: 94.20 % … 99.90 %"
    assert bounds_text(figure(unknown=0, down=0)) == "100 % … 100 %"
    empty = accounts.figure(timeline(0, 9, absent=[(0, 9)]), Period("p", 0, 9), 9)
    assert figure_text(empty) == bounds_text(empty) == "no figure"


@pytest.mark.parametrize(
    ("duration", "text"),
    [
        (0, "0 s"),
        (HOUR + 23 * MINUTE + 4 * SECOND, "1 h 23 min 4 s"),
        (HOUR + 4 * SECOND, "1 h 4 s"),
        (560 * MINUTE, "9 h 20 min"),
        (3 * DAY + MINUTE, "3 d 1 min"),
        (SECOND // 4, "250 ms"),
        (7, "7 µs"),
        (SECOND - 1, "999 ms"),
        (MINUTE - 1, "1 min"),
        (SECOND * 3 // 2, "2 s"),
        (-43 * MINUTE, "-43 min"),
    ],
)
def test_durations_for_people(duration: int, text: str) -> None:
    """Days to seconds, rounded half up to the second; what is shorter than one in its own unit."""
    assert duration_text(duration) == text


@given(st.integers(SECOND, 400 * DAY))
def test_a_printed_duration_is_right_to_the_second(duration: int) -> None:
    """Read back, a duration of a second or more is off by half a second at most."""
    sizes = {"d": DAY, "h": HOUR, "min": MINUTE, "s": SECOND}
    words = duration_text(duration).split()
    told = sum(int(number) * sizes[unit] for number, unit in zip(words[::2], words[1::2], strict=True))
    assert abs(told - duration) <= SECOND // 2
