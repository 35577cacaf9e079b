"""Curves: hours gathered by local hour, day and month, with every gap where it was."""

from __future__ import annotations

import math
from fractions import Fraction
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ictss_monitor.availability.periods import Period, from_instants, parse
from ictss_monitor.clock import DAY, HOUR, MINUTE, Instant
from ictss_monitor.judging.trends import TrendHour
from ictss_monitor.trends import Every, Figures, gathered, natural, segments, unit_of, worded

ZONES = ("Europe/London", "Asia/Kolkata", "America/St_Johns", "UTC")
YEAR = parse("2026").within("UTC")


def hour_of(begin: Instant, value: float = 1.0, count: int = 1, vantage: str = "local") -> TrendHour:
    """Return an hour in which nothing but `value` was measured."""
    return TrendHour("ups", vantage, "load_percent", begin, begin, value, value, value, count)


def local(start: str, end: str) -> Period:
    """Return the period between two times in London."""
    return from_instants(start, end, "Europe/London")


@given(
    hours=st.dictionaries(st.integers(-50, 3000), st.tuples(st.floats(-1e9, 1e9), st.integers(1, 99)), max_size=60),
    start=st.integers(0, 1000 * 60),
    length=st.integers(1, 1500 * 60),
    every=st.sampled_from(Every),
    zone=st.sampled_from(ZONES),
)
def test_points_follow_each_other_and_hold_every_hour_once(
    hours: dict[int, tuple[float, int]], start: int, length: int, every: Every, zone: str
) -> None:
    """Whatever the zone and the step: no hole, no overlap, nothing lost, nothing invented, all exact."""
    begin = YEAR.start + start * MINUTE
    period = Period("some time", begin, begin + length * MINUTE)
    rows = [hour_of(YEAR.start + at * HOUR, value, count) for at, (value, count) in hours.items()]
    points = gathered(rows, period, every, zone)
    assert points[0].begin == begin - begin % HOUR
    assert points[-1].end == period.end
    assert all(one.end == other.begin for one, other in pairwise(points))
    for point in points:
        within = [row for row in rows if point.begin <= row.hour < point.end]
        if not within:
            assert point.figures is None
            continue
        count = sum(row.count for row in within)
        mean = float(sum(Fraction(row.mean) * row.count for row in within) / count)
        values = [row.mean for row in within]
        assert point.figures == Figures(min(values), mean, max(values), count)


@pytest.mark.parametrize(
    ("period", "lengths"),
    [
        (local("2026-03-28T00:00", "2026-03-31T00:00"), [24, 23, 24]),
        (local("2026-10-24T00:00", "2026-10-27T00:00"), [24, 25, 24]),
        (local("2026-10-24T06:30", "2026-10-25T12:15"), [18, 13.25]),
    ],
)
def test_days_are_those_of_the_zone(period: Period, lengths: list[float]) -> None:
    """From local midnight to local midnight, 23 or 25 hours where the clocks change; whole hours at the begin."""
    points = gathered([], period, Every.DAY, "Europe/London")
    assert [(point.end - point.begin) / HOUR for point in points] == lengths


def test_months_are_those_of_the_zone() -> None:
    """A month begins at the zone's midnight."""
    quarter = parse("2026-Q2").within("Europe/London")
    points = gathered([hour_of(quarter.start)], quarter, Every.MONTH, "Europe/London")
    assert [point.figures is None for point in points] == [False, True, True]
    assert points[1].begin == parse("2026-05").within("Europe/London").start


def test_vantages_are_put_together() -> None:
    """What two places measured in one hour is one hour, each by how often it measured."""
    rows = [hour_of(YEAR.start, 1.0, 30), hour_of(YEAR.start, 5.0, 10, "elsewhere")]
    (point,) = gathered(rows, Period("an hour", YEAR.start, YEAR.start + HOUR), Every.HOUR, "UTC")
    assert point.figures == Figures(1.0, 2.0, 5.0, 40)


def test_a_curve_is_cut_at_its_gaps() -> None:
    """Each run of points is of what was measured, or of a gap, in turn."""
    rows = [hour_of(YEAR.start + at * HOUR) for at in (0, 1, 4)]
    points = gathered(rows, Period("a while", YEAR.start, YEAR.start + 6 * HOUR), Every.HOUR, "UTC")
    assert [(len(run), run[0].figures is None) for run in segments(points)] == [
        (2, False),
        (2, True),
        (1, False),
        (1, True),
    ]


@pytest.mark.parametrize(
    ("length", "told", "drawn"),
    [
        (HOUR, Every.HOUR, Every.HOUR),
        (3 * DAY, Every.HOUR, Every.HOUR),
        (31 * DAY, Every.DAY, Every.HOUR),
        (184 * DAY, Every.DAY, Every.DAY),
        (365 * DAY, Every.MONTH, Every.DAY),
    ],
)
def test_the_step_goes_by_the_length(length: int, told: Every, drawn: Every) -> None:
    """A table has a line for each point that a person may read, a picture room for more."""
    assert (natural(length), natural(length, drawn=True)) == (told, drawn)


@pytest.mark.parametrize(
    ("measurement", "words", "unit"),
    [
        ("runtime_minutes", "runtime", "min"),
        ("battery_temperature_celsius", "battery temperature", "°C"),
        ("load_percent", "load", "%"),
        ("latency", "latency", "s"),
        ("loss_ratio", "loss ratio", ""),
        ("status_code", "status code", ""),
        ("days", "days", "days"),
    ],
)
def test_a_measurement_is_worded_by_its_name(measurement: str, words: str, unit: str) -> None:
    """The last word of a name is its unit, where it is one."""
    assert (worded(measurement), unit_of(measurement)) == (words, unit)


def test_the_largest_numbers_have_a_mean() -> None:
    """No sum is ever too large for a float."""
    most = 1.7976931348623157e308
    rows = [hour_of(YEAR.start + at * HOUR, most, 1000) for at in range(3)]
    (point,) = gathered(rows, Period("a while", YEAR.start, YEAR.start + 3 * HOUR), Every.DAY, "UTC")
    assert point.figures == Figures(most, most, most, 3000)
    assert math.isfinite(most)
