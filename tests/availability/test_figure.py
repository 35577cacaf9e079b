"""Classes of time and figures against a slow simulator that goes from tick to tick."""

from __future__ import annotations

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.accounts import classes, totals
from support.accounts import figure as figure_of_line
from support.timelines import Tick, from_ticks, histories, timeline

from ictss_monitor.availability.classes import ServiceTime, never_watched
from ictss_monitor.availability.figure import Figure
from ictss_monitor.availability.periods import Period
from ictss_monitor.availability.totals import totals_of
from ictss_monitor.clock import HOUR
from ictss_monitor.intervals import IntervalSet, span

LENGTH = 16
PERIOD = Period("some ticks", 0, LENGTH)
MINIMUM = Fraction(95, 100)
nows = st.integers(-2, LENGTH + 2)


def counted(history: list[Tick], period: Period, now: int) -> dict[str, int]:
    """Return the ticks of each class, counted one by one."""
    found = dict.fromkeys(("absent", "future", "unknown", "down", "degraded", "up", "surely", "maybe"), 0)
    for at in range(period.start, period.end):
        tick = history[at]
        if tick.state == "absent":
            found["absent"] += 1
        elif at >= now:
            found["future"] += 1
        else:
            found[tick.state] += 1
            found["surely"] += tick.surely
            found["maybe"] += tick.maybe
    return found


def figure(history: list[Tick], now: int, period: Period = PERIOD) -> Figure:
    """Return the figure under test."""
    return figure_of_line(from_ticks(history), period, now, MINIMUM)


@given(histories(LENGTH), nows, st.integers(0, LENGTH - 1), st.integers(1, LENGTH))
def test_classes_agree_with_the_simulator_and_add_up(history: list[Tick], now: int, start: int, length: int) -> None:
    """Every microsecond of the period is in exactly one class, the one that the order of classes gives it."""
    period = Period("part", start, min(start + length, LENGTH))
    made = totals(from_ticks(history), period, now)
    found = counted(history, period, now)
    assert made.length == period.length
    assert (made.not_in_service, made.future, made.unknown) == (found["absent"], found["future"], found["unknown"])
    assert (made.down, made.degraded, made.up) == (found["down"], found["degraded"], found["up"])


@given(histories(LENGTH), nows)
def test_figures_agree_with_the_simulator(history: list[Tick], now: int) -> None:
    """Value, bounds, coverage and minutes are those that counting ticks gives."""
    made, found = figure(history, now), counted(history, PERIOD, now)
    measured = found["down"] + found["degraded"] + found["up"]
    base = measured + found["unknown"]
    assert made.value == (Fraction(measured - found["down"], measured) if measured else None)
    assert made.low == (Fraction(base - found["maybe"], base) if base else None)
    assert made.high == (Fraction(base - found["surely"], base) if base else None)
    assert made.coverage == (Fraction(measured, base) if base else None)
    assert (made.lost, made.surely_lost, made.maybe_lost) == (found["down"], found["surely"], found["maybe"])
    assert (made.measured, made.unknown, made.future) == (measured, found["unknown"], found["future"])
    assert made.degraded == found["degraded"]


@given(histories(LENGTH), nows)
def test_the_bounds_hold_the_figure(history: list[Tick], now: int) -> None:
    """Low, value and high are in this order and between 0 and 1, whatever the timeline."""
    made = figure(history, now)
    if made.value is not None:
        assert made.low is not None
        assert made.high is not None
        assert 0 <= made.low <= made.value <= made.high <= 1


@given(histories(LENGTH), nows, st.integers(1, LENGTH - 1))
def test_cutting_a_period_in_two_changes_no_total(history: list[Tick], now: int, cut: int) -> None:
    """The classes of two neighbouring periods add up to those of both together."""
    line = from_ticks(history)
    first, second = (totals(line, Period("part", *ends), now) for ends in ((0, cut), (cut, LENGTH)))
    whole = totals(line, PERIOD, now)
    for name in ("not_in_service", "future", "unknown", "down", "degraded", "up"):
        assert getattr(first, name) + getattr(second, name) == getattr(whole, name)


def test_without_measured_time_there_is_no_figure() -> None:
    """A service that was unknown throughout has no value, coverage 0, and bounds that say nothing."""
    made = figure_of_line(timeline(0, 10, unknown=[(0, 10)]), Period("p", 0, 10), 10, MINIMUM)
    assert made.value is None
    assert not made.shown
    assert (made.coverage, made.low, made.high) == (0, 0, 1)


def test_a_service_that_is_not_in_service_has_neither_figure_nor_bounds() -> None:
    """Time out of service is no base for anything: N/A is not 100 %."""
    made = figure_of_line(timeline(0, 10, absent=[(0, 10)]), Period("p", 0, 10), 10, MINIMUM)
    assert (made.value, made.low, made.high, made.coverage, made.projected) == (None,) * 5


def test_degraded_time_counts_as_available_and_is_shown() -> None:
    """A service slow for half of the time was available, and the half is told beside."""
    made = figure_of_line(timeline(0, 10, degraded=[(0, 5)]), Period("p", 0, 10), 10, MINIMUM)
    assert (made.value, made.degraded) == (1, 5)


@pytest.mark.parametrize(("unknown", "shown"), [(5, True), (6, False)])
def test_below_the_minimum_coverage_a_figure_is_not_shown(unknown: int, shown: bool) -> None:
    """With 95 % asked for, 95 of 100 ticks of evidence are enough and 94 are not."""
    made = figure_of_line(timeline(0, 100, unknown=[(0, unknown)]), Period("p", 0, 100), 100, MINIMUM)
    assert made.shown is shown


def test_a_timeline_that_covers_too_little_is_refused() -> None:
    """What a timeline says nothing of must not come out as up."""
    for start, end in ((1, 10), (0, 9)):
        with pytest.raises(ValueError, match="the account covers"):
            classes(timeline(start, end), Period("p", 0, 10), 10)


def test_a_timeline_need_not_cover_the_future() -> None:
    """Of a running period, the timeline must reach up to now only; the rest is future."""
    made = classes(timeline(0, 4, down=[(3, 4)]), Period("p", 0, 10), 4)
    assert (made.base, made.future, made.down) == (span(0, 4), span(4, 10), span(3, 4))


def test_the_future_knows_when_a_service_ends() -> None:
    """Where the time in service is given, what lies after it is not in service, in the future too."""
    period = Period("p", 0, 10)
    made = totals(timeline(0, 4), period, 4, in_service=span(0, 7))
    assert (made.up, made.future, made.not_in_service) == (4, 3, 3)


def test_what_nobody_watches_is_unknown_in_the_past_only() -> None:
    """A service without checks is unknown while in service up to now, and future after."""
    period, served = Period("p", 0, 10), IntervalSet([(2, 9)])
    made = totals_of(never_watched(ServiceTime(served, served), period, 5), period.length)
    assert (made.not_in_service, made.unknown, made.future) == (3, 3, 4)


def test_an_outage_over_the_end_of_a_month_is_shared_by_both() -> None:
    """Each month gets the part of the outage that lies in it, to the microsecond."""
    line = timeline(0, 200 * HOUR, down=[(99 * HOUR - 1, 102 * HOUR + 7)])
    first, second = Period("1", 0, 100 * HOUR), Period("2", 100 * HOUR, 200 * HOUR)
    assert totals(line, first, 200 * HOUR).down == HOUR + 1
    assert totals(line, second, 200 * HOUR).down == 2 * HOUR + 7
