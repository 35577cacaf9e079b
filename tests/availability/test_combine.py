"""Combinations against a slow simulator, and the promise that bounds hold the figure."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st
from support import accounts
from support.timelines import Tick, from_ticks, histories, timeline

from ictss_monitor.availability import combine as combining
from ictss_monitor.availability.combine import Member
from ictss_monitor.availability.figure import Figure
from ictss_monitor.availability.periods import Period
from ictss_monitor.availability.year import mean_of_months
from ictss_monitor.catalogue.model import Combine
from ictss_monitor.catalogue.terms import Weight
from ictss_monitor.judging.timeline import ServiceTimeline

LENGTH = 10
PERIOD = Period("some ticks", 0, LENGTH)
MINIMUM = Fraction(95, 100)
several = st.lists(histories(LENGTH), max_size=4)
nows = st.integers(0, LENGTH)
ways = st.sampled_from(Combine)


def member(line: ServiceTimeline, now: int, period: Period = PERIOD, resolution: int | None = None) -> Member:
    """Return a service as a member."""
    made = accounts.member(line, period, now, resolution=resolution)
    return replace(made, weights=(Weight(Fraction(1)),))


def combine(how: Combine, members: list[Member], minimum: Fraction) -> Member:
    """Return the members as one over the period, by a policy of this minimum coverage."""
    return combining.combine(how, members, LENGTH, accounts.policy(minimum_coverage=minimum))


def members(all_ticks: list[list[Tick]], now: int) -> list[Member]:
    """Return every history as a member."""
    return [member(from_ticks(history), now) for history in all_ticks]


def at_once(all_ticks: list[list[Tick]], now: int) -> list[list[Tick]]:
    """Return, for each tick of the past in which a member is in service, what those members were."""
    columns = [[history[at] for history in all_ticks if history[at].state != "absent"] for at in range(now)]
    return [column for column in columns if column]


def is_down(column: list[Tick]) -> bool:
    """Tell whether any member is known to be down."""
    return any(tick.state == "down" for tick in column)


def is_unknown(column: list[Tick]) -> bool:
    """Tell whether nothing is known to be down but something is unknown."""
    return not is_down(column) and any(tick.state == "unknown" for tick in column)


def share(lost: int, of: int) -> Fraction | None:
    """Return what is left, never below nothing."""
    return max(Fraction(of - lost, of), Fraction(0)) if of else None


@given(several, nows)
def test_union_is_down_when_any_member_is(all_ticks: list[list[Tick]], now: int) -> None:
    """A tick is lost when any member was down, unknown when none was and one is not known, up otherwise."""
    made = combine(Combine.UNION, members(all_ticks, now), MINIMUM).figure
    columns = at_once(all_ticks, now)
    down, unknown = sum(map(is_down, columns)), sum(map(is_unknown, columns))
    surely = sum(any(tick.surely for tick in column) for column in columns)
    maybe = sum(any(tick.maybe for tick in column) for column in columns)
    assert (made.lost, made.unknown, made.measured) == (down, unknown, len(columns) - unknown)
    assert made.value == share(down, len(columns) - unknown)
    assert (made.low, made.high) == (share(maybe, len(columns)), share(surely, len(columns)))
    slow = [any(tick.state == "degraded" for tick in column) for column in columns]
    assert made.degraded == sum(
        each and not is_down(column) and not is_unknown(column) for each, column in zip(slow, columns, strict=True)
    )


@given(several, nows)
def test_sum_adds_the_lost_time_over_the_length_once(all_ticks: list[list[Tick]], now: int) -> None:
    """Every member's lost ticks count, against the measured ticks of the union, and never below 0."""
    made = combine(Combine.SUM, members(all_ticks, now), MINIMUM).figure
    columns = at_once(all_ticks, now)
    present = [tick for column in columns for tick in column]
    base, measured = len(columns), len(columns) - sum(map(is_unknown, columns))
    lost = sum(tick.state == "down" for tick in present)
    surely = sum(tick.surely for tick in present)
    maybe = sum(tick.maybe for tick in present)
    assert (made.lost, made.surely_lost, made.maybe_lost) == (lost, surely, maybe)
    assert (made.value, made.low, made.high) == (share(lost, measured), share(maybe, base), share(surely, base))


@given(several, nows)
def test_mean_takes_every_figure_with_equal_weight(all_ticks: list[list[Tick]], now: int) -> None:
    """The mean is over the members that have a figure; those without are not taken as 100 %."""
    given_members = members(all_ticks, now)
    values = [each.figure.value for each in given_members if each.figure.value is not None]
    made = combine(Combine.MEAN, given_members, MINIMUM).figure
    assert made.value == (sum(values, Fraction()) / len(values) if values else None)
    assert made.lost == sum(each.figure.lost for each in given_members)


@given(ways, several, nows)
def test_the_bounds_hold_every_combination(how: Combine, all_ticks: list[list[Tick]], now: int) -> None:
    """Low, value and high are in this order and between 0 and 1, whatever the members and the way."""
    assert_ordered(combine(how, members(all_ticks, now), MINIMUM).figure)


@given(ways, ways, several, several, nows)
def test_the_bounds_hold_a_combination_of_combinations(
    inner: Combine, outer: Combine, left: list[list[Tick]], right: list[list[Tick]], now: int
) -> None:
    """The areas of a basket may be made in one way and the basket in another."""
    areas = [combine(inner, members(all_ticks, now), MINIMUM) for all_ticks in (left, right)]
    assert_ordered(combine(outer, areas, MINIMUM).figure)


def assert_ordered(made: Figure) -> None:
    """Assert that bounds and value are in order."""
    if made.value is not None:
        assert made.low is not None
        assert made.high is not None
        assert 0 <= made.low <= made.value <= made.high <= 1


@pytest.mark.parametrize("how", Combine)
def test_an_empty_set_has_no_figure(how: Combine) -> None:
    """Nothing combined is no figure, not 100 %; nor is a service that no council has."""
    for nothing in ([], [member(timeline(0, 10, absent=[(0, 10)]), 10)]):
        made = combine(how, nothing, MINIMUM).figure
        assert (made.value, made.low, made.high, made.shown) == (None, None, None, False)


@pytest.mark.parametrize("how", Combine)
def test_a_member_that_is_not_in_service_changes_nothing(how: Combine) -> None:
    """N/A is no member: with it and without it, the figure is the same."""
    there = [member(timeline(0, 10, down=[(0, 2)]), 10), member(timeline(0, 10, down=[(1, 4)]), 10)]
    gone = member(timeline(0, 10, absent=[(0, 10)]), 10)
    assert combine(how, [*there, gone], MINIMUM) == combine(how, there, MINIMUM)


@pytest.mark.parametrize("how", Combine)
def test_a_member_without_evidence_widens_the_bounds_and_lowers_the_coverage(how: Combine) -> None:
    """What nobody watched never counts as up: low falls, coverage falls, and the value does not rise."""
    seen = member(timeline(0, 10, down=[(0, 2)]), 10)
    unseen = member(timeline(0, 10, unknown=[(0, 10)]), 10)
    alone, both = combine(how, [seen], MINIMUM).figure, combine(how, [seen, unseen], MINIMUM).figure
    assert both.coverage is not None
    assert alone.coverage == 1 > both.coverage
    assert both.low is not None
    assert alone.low is not None
    assert both.low < alone.low
    assert both.value is not None
    assert alone.value is not None
    assert both.value <= alone.value


def test_more_minutes_lost_than_there_were_is_nothing_left() -> None:
    """Two services down all the time lose twice the length; the sum stops at 0."""
    lost = [member(timeline(0, 10, down=[(0, 10)]), 10) for _ in range(2)]
    made = combine(Combine.SUM, lost, MINIMUM).figure
    assert (made.lost, made.value, made.low, made.high) == (20, 0, 0, 0)
    assert made.projected == -1


def test_the_resolution_is_the_coarsest_of_the_members() -> None:
    """A combination sees nothing shorter than the longest interval of its checks; unwatched members have none."""
    found = [member(timeline(0, 10), 10, resolution=each) for each in (30, None, 60)]
    for how in Combine:
        assert combine(how, found, MINIMUM).figure.resolution == 60


def test_the_mean_of_months_tells_how_many_months_it_stands_on() -> None:
    """A month without evidence leaves the mean but is counted; one not in service or to come is no month."""
    line = timeline(0, 40, down=[(0, 5)], unknown=[(10, 20)], absent=[(20, 30)])
    months = [member(line, 35, Period(str(start), start, start + 10)).figure for start in (0, 10, 20, 30)]
    made = mean_of_months([*months, member(line, 35, Period("next", 40, 50)).figure], MINIMUM)
    assert (made.figure.value, made.with_figure, made.months) == (Fraction(3, 4), 2, 3)
    assert made.figure.coverage == Fraction(15, 25)


@given(histories(30))
def test_the_bounds_hold_the_mean_of_months(history: list[Tick]) -> None:
    """A year made of months of unequal evidence has its value between its bounds."""
    line = from_ticks(history)
    cuts = [(0, 4), (4, 15), (15, 30)]
    assert_ordered(mean_of_months([member(line, 30, Period("month", *ends)).figure for ends in cuts], MINIMUM).figure)
