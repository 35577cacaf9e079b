"""Trends: what was measured, by the hour, exactly and in whatever pieces it comes."""

from __future__ import annotations

import math
from dataclasses import replace
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.scrapes import check

from ictss_monitor.catalogue.model import Check
from ictss_monitor.clock import HOUR, MINUTE, SECOND, Instant
from ictss_monitor.judging.changes import Changes
from ictss_monitor.judging.trends import Tally, TrendHour, Trends
from ictss_monitor.observation import Observation
from ictss_monitor.probe import Finding, Outcome, Reason

BEGIN: Instant = 500_000 * HOUR
FLOATS = st.floats(allow_nan=False, allow_infinity=False)
SERIES = st.lists(st.tuples(st.integers(1, 3 * HOUR // MINUTE), st.sampled_from("ab"), FLOATS), max_size=40)
"""Minutes since the observation before, measurement, value."""


def trending(id: str, *measurements: str) -> Check:
    """Return a check of whose measurements a trend is kept."""
    return replace(check(id), trend=measurements)


CHECKS = {"ups": trending("ups", "a", "b"), "web": trending("web", "latency"), "fw": check("fw")}


def seen(at: Instant, check: str = "ups", vantage: str = "local", **measurements: float) -> Observation:
    """Return an observation with these measurements, made `at` after the begin."""
    return Observation(check, vantage, BEGIN + at, Finding(Outcome.UP, measurements=measurements))


def mean_of(values: list[float]) -> float:
    """Return the mean, worked out slowly and without any error but that of the last step."""
    return float(sum(map(Fraction, values)) / len(values))


def by_hand(observations: list[Observation]) -> dict[tuple[str, Instant], tuple[Instant, float, float, float, int]]:
    """Return for each measurement and hour what a person would write down who has a list of all that was measured."""
    held: dict[tuple[str, Instant], list[tuple[Instant, float]]] = {}
    for each in observations:
        for name, value in each.finding.measurements.items():
            held.setdefault((name, each.instant // HOUR * HOUR), []).append((each.instant, value))
    return {
        key: (max(at for at, _ in found), min(values), mean_of(values), max(values), len(values))
        for key, found in held.items()
        if (values := [value for _, value in found])
    }


def told(hours: list[TrendHour]) -> dict[tuple[str, Instant], tuple[Instant, float, float, float, int]]:
    """Return hours in the form of `by_hand`; of an hour that comes twice the later one holds."""
    return {
        (each.measurement, each.hour): (each.last, each.minimum, each.mean, each.maximum, each.count) for each in hours
    }


def observations_of(series: list[tuple[int, str, float]]) -> list[Observation]:
    """Return one observation after the other."""
    at, found = 0, []
    for minutes, name, value in series:
        at += minutes * MINUTE
        found.append(seen(at, **{name: value}))
    return found


@given(series=SERIES, cuts=st.sets(st.integers(0, 40)))
def test_hours_are_those_of_a_list(series: list[tuple[int, str, float]], cuts: set[int]) -> None:
    """Whenever what changed is asked for, the hours together are what the list of all values gives, to the last bit."""
    observations = observations_of(series)
    trends, hours = Trends(CHECKS, "local"), []
    for index, each in enumerate(observations):
        trends.observe([each])
        if index in cuts:
            hours += trends.take_changed()
    hours += trends.take_changed()
    assert told(hours) == by_hand(observations)


@given(values=st.lists(FLOATS, min_size=1), data=st.data())
def test_the_order_of_values_does_not_matter(values: list[float], data: st.DataObject) -> None:
    """Minimum, mean and maximum are of the values, not of the order in which they came."""
    one, other = Tally(), Tally()
    for value in values:
        one.add(value)
    for value in data.draw(st.permutations(values)):
        other.add(value)
    assert (one.minimum, one.mean, one.maximum) == (other.minimum, other.mean, other.maximum)
    assert one.minimum <= one.mean <= one.maximum
    assert one.mean == mean_of(values)


@given(series=SERIES, cut=st.integers(0, 40), again=st.integers(0, 40))
def test_a_restart_goes_on_with_the_hour(series: list[tuple[int, str, float]], cut: int, again: int) -> None:
    """A daemon that begins with what was written counts nothing twice, even what it is handed once more."""
    observations = observations_of(series)
    first, hours = Trends(CHECKS, "local"), {}
    first.observe(observations[:cut])
    hours |= {each.key: each for each in first.take_changed()}
    at = observations[min(cut, len(observations) - 1)].instant if observations else BEGIN
    second = Trends(CHECKS, "local", [each for each in hours.values() if each.hour >= at - at % HOUR])
    # Only of the running hour is it known what is in.
    second.observe([each for each in observations[max(0, cut - again) :] if each.instant >= at - at % HOUR])
    hours |= {each.key: each for each in second.take_changed()}
    expected, found = by_hand(observations), told(list(hours.values()))
    assert found.keys() == expected.keys()
    for key, (last, minimum, mean, maximum, count) in expected.items():
        assert found[key][:2] + found[key][3:] == (last, minimum, maximum, count)
        # The mean was rounded when it was written: one rounding more.
        assert math.isclose(found[key][2], mean, rel_tol=1e-12, abs_tol=max(abs(minimum), abs(maximum)) * 1e-12)


def test_only_what_is_wanted_is_kept() -> None:
    """Other checks, other measurements and other vantages leave nothing; latency is a measurement of every probe."""
    trends = Trends(CHECKS, "local")
    trends.observe([seen(0, "fw", a=1), seen(0, c=1), seen(0, vantage="elsewhere", a=1), seen(0, "gone", a=1)])
    trends.observe([Observation("web", "local", BEGIN, Finding(Outcome.UP, latency=0.25, measurements={"a": 1.0}))])
    assert trends.take_changed() == [TrendHour("web", "local", "latency", BEGIN, BEGIN, 0.25, 0.25, 0.25, 1)]
    assert trends.take_changed() == []


@pytest.mark.parametrize("outcome", list(Outcome))
def test_a_measurement_counts_whatever_the_outcome(outcome: Outcome) -> None:
    """A UPS that is down by its run time has a run time all the same."""
    trends = Trends(CHECKS, "local")
    finding = Finding(outcome, Reason.LIMIT, measurements={"a": 9.5})
    trends.observe([Observation("ups", "local", BEGIN, finding)])
    assert [each.mean for each in trends.take_changed()] == [9.5]


def test_what_is_no_number_is_not_counted() -> None:
    """Infinity, NaN and a latency that was not measured leave the hour as it was."""
    trends = Trends(CHECKS, "local")
    trends.observe([seen(1, a=math.inf), seen(2, a=math.nan, b=3), seen(3, a=1), seen(4, a=-math.inf), seen(5, "web")])
    assert {each.measurement: (each.mean, each.count) for each in trends.take_changed()} == {"a": (1, 1), "b": (3, 1)}


def test_an_hour_survives_reloads() -> None:
    """A measurement that leaves the catalogue and comes back within the hour goes on where it was."""
    trends = Trends(CHECKS, "local")
    trends.observe([seen(1, a=1)])
    trends.reload({})
    trends.observe([seen(2, a=100)])
    trends.reload(CHECKS)
    trends.observe([seen(3, a=3)])
    assert [(each.minimum, each.mean, each.maximum) for each in trends.take_changed()] == [(1, 2, 3)]


def test_waiting_hours_are_merged_as_the_newest() -> None:
    """While the store refuses, an hour waits once, as it is now, and an hour that is over beside it."""
    trends, waiting = Trends(CHECKS, "local"), Changes()
    for at in (1, 2, HOUR, HOUR + SECOND):
        trends.observe([seen(at, a=at)])
        waiting = waiting.merge(Changes(trends=trends.take_changed()))
    assert [(each.hour - BEGIN, each.count) for each in waiting.trends] == [(0, 2), (HOUR, 2)]
    assert waiting.size == 2
    assert not waiting.urgent
