"""Limits with a memory: when they are raised, when they are cleared, and what they make of a finding meanwhile."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise
from math import nan

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ictss_monitor.catalogue.model import Check, Limit
from ictss_monitor.clock import MINUTE, SECOND, Duration, Instant
from ictss_monitor.probe import Finding, Outcome, ProbeOptions, Reason
from ictss_monitor.probing.limits import apply_limits
from ictss_monitor.probing.thresholds import Threshold, Thresholds, foreseen

ALLOWANCE = 130 * SECOND
"""Of a check every minute with a time limit of ten seconds."""
HOT = Limit("temperature_celsius", Outcome.DEGRADED, above=30, clear_above=27)
COLD = Limit("temperature_celsius", Outcome.DEGRADED, below=5, clear_below=8)
HOT_FOR_LONG = replace(HOT, hold=10 * MINUTE)
COOL_FOR_LONG = replace(HOT, clear_hold=5 * MINUTE)
DAMP = Limit("humidity_percent", Outcome.DEGRADED, above=80, below=20, clear_above=75, clear_below=25)
SHORT = Limit("runtime_minutes", Outcome.DOWN, below=10, when="on_battery", clear_below=12)
SLOW = Limit("latency", Outcome.DEGRADED, above=0.8)

Readings = list[tuple[Instant, float]]


def every_minute(*values: float) -> Readings:
    """Return values a minute apart."""
    return [(index * MINUTE, value) for index, value in enumerate(values)]


def states(limit: Limit, readings: Readings, allowance: Duration = ALLOWANCE) -> list[bool]:
    """Return whether the limit is raised after each reading."""
    threshold = Threshold(limit, allowance)
    return [threshold.fold(value, instant) for instant, value in readings]


def check_with(*limits: Limit) -> Check:
    """Return a check every minute with these limits."""
    options = ProbeOptions(address="192.0.2.82")
    pace = {"interval": MINUTE, "time_limit": 10 * SECOND, "retry_interval": MINUTE}
    return Check("air", "Air", "environment", options, None, **pace, fall=1, rise=1, limits=limits)


def thresholds_of(*limits: Limit) -> Thresholds:
    """Return what the prober holds of a check with these limits."""
    held = Thresholds.of(check_with(*limits))
    assert held is not None
    return held


def warm(value: float, outcome: Outcome = Outcome.UP) -> Finding:
    """Return a finding that measured a temperature."""
    return Finding(outcome, measurements={"temperature_celsius": value})


# One limit


def test_what_wavers_about_its_bound_is_one_fault() -> None:
    """Raised beyond the bound, it stays so until the value at which it clears, and that value itself clears it."""
    assert states(HOT, every_minute(30, 31, 29, 31, 27.1, 27, 29, 30, 30.1)) == [
        False, True, True, True, True, False, False, False, True,
    ]  # fmt: skip


def test_a_range_is_left_on_either_side_and_cleared_inside_the_narrower_one() -> None:
    """With both bounds there are two values at which it clears; from one side beyond the other is still beyond."""
    assert states(DAMP, every_minute(50, 81, 76, 75, 19, 24, 81, 25, 22)) == [
        False, True, True, False, True, True, True, False, False,
    ]  # fmt: skip


def test_it_is_raised_once_values_have_been_beyond_for_long_enough() -> None:
    """From the first value beyond to the one that raises lie the ten minutes, or a little more, never less."""
    assert states(HOT_FOR_LONG, every_minute(20, *[31] * 12)).index(True) == 11


def test_one_value_that_is_not_beyond_starts_the_waiting_again() -> None:
    """Nine minutes beyond, a moment at the bound, nine minutes beyond: nothing is raised."""
    assert not any(states(HOT_FOR_LONG, every_minute(*[31] * 10, 30, *[31] * 10)))


def test_a_gap_longer_than_the_allowance_starts_the_waiting_again() -> None:
    """What was between two values too far apart is not known; just near enough, it is taken to have been the same."""
    steps = [0, 130, 260, 390, 520, 650]
    assert states(HOT_FOR_LONG, [(step * SECOND, 31.0) for step in steps])[-1]
    assert not any(states(HOT_FOR_LONG, [(step * SECOND + (step > 300), 31.0) for step in steps]))


def test_a_gap_does_not_clear_what_is_raised() -> None:
    """After a week without a value, one that is not back still finds the limit raised."""
    assert states(HOT, [(0, 31.0), (7 * 24 * 60 * MINUTE, 29.0)]) == [True, True]


def test_it_is_cleared_once_values_have_been_back_for_long_enough() -> None:
    """A value between the two starts the waiting again, as does one beyond."""
    held = states(COOL_FOR_LONG, every_minute(31, *[26] * 4, 28, *[26] * 4, 31, *[26] * 6))
    assert held.index(False) == len(held) - 1


def model(limit: Limit, readings: Readings, allowance: Duration) -> list[bool]:
    """Return the same as `states`, slowly: after each reading look back for a stretch that makes it turn."""
    low = limit.below if limit.clear_below is None else limit.clear_below
    high = limit.above if limit.clear_above is None else limit.clear_above

    def turns(value: float, raised: bool) -> bool:
        if raised:
            return (low is None or value >= low) and (high is None or value <= high)
        return (limit.above is not None and value > limit.above) or (limit.below is not None and value < limit.below)

    raised, turned, told = False, 0, []
    for end in range(1, len(readings) + 1):
        for begin in range(turned, end):
            stretch = readings[begin:end]
            whole = all(turns(value, raised) for _, value in stretch)
            unbroken = all(later - earlier <= allowance for (earlier, _), (later, _) in pairwise(stretch))
            lasted = stretch[-1][0] - stretch[0][0] >= (limit.clear_hold if raised else limit.hold)
            if whole and unbroken and lasted:
                raised, turned = not raised, end
                break
        told.append(raised)
    return told


spans = st.sampled_from([0, 0, 1, 2, 3, 5])
limits_ = st.builds(
    Limit,
    st.just("a"),
    st.just(Outcome.DEGRADED),
    above=st.sampled_from([None, 4.0, 5.0]),
    below=st.sampled_from([1.0, 2.0]),
    clear_above=st.sampled_from([None, 3.0, 4.0]),
    clear_below=st.sampled_from([None, 2.0, 3.0]),
    hold=spans,
    clear_hold=spans,
)
readings_ = st.lists(
    st.tuples(st.integers(0, 3), st.sampled_from([0.0, 1.0, 1.5, 2.0, 3.0, 3.5, 4.0, 5.0, 6.0])), max_size=25
).map(lambda steps: [(sum(step for step, _ in steps[: n + 1]), value) for n, (_, value) in enumerate(steps)])


@given(limits_, readings_, st.integers(0, 3))
def test_folding_says_the_same_as_looking_back(limit: Limit, readings: Readings, allowance: Duration) -> None:
    """Bounds, holds and gaps of every kind: the fold and the slow model agree after each value."""
    assert states(limit, readings, allowance) == model(limit, readings, allowance)


# What findings say


def test_a_finding_without_the_measurement_neither_raises_nor_clears() -> None:
    """A failed probe between two values changes nothing; so does a value that is no number."""
    held = thresholds_of(HOT_FOR_LONG)
    timed_out = Finding(Outcome.DOWN, Reason.TIMEOUT)
    for minute in range(10):
        found = timed_out if minute in (3, 7) else warm(nan) if minute == 5 else warm(31)
        assert held.applied(found, minute * MINUTE).outcome is found.outcome
    assert held.applied(warm(31), 10 * MINUTE).outcome is Outcome.DEGRADED
    assert held.applied(timed_out, 11 * MINUTE) == timed_out
    assert held.applied(warm(29), 12 * MINUTE).outcome is Outcome.DEGRADED


def test_failures_for_longer_than_the_allowance_start_the_waiting_again() -> None:
    """The gap is that between two values, however many probes failed in it."""
    held = thresholds_of(HOT_FOR_LONG)
    outcomes = [
        held.applied(Finding(Outcome.DOWN, Reason.TIMEOUT) if 5 <= minute <= 7 else warm(31), minute * MINUTE).outcome
        for minute in range(19)
    ]
    assert outcomes.index(Outcome.DEGRADED) == 18


def test_a_finding_that_is_bad_for_another_reason_still_feeds_the_limit() -> None:
    """Down with a temperature is a temperature: the ten minutes go on, and the outcome stays what it was."""
    held = thresholds_of(HOT_FOR_LONG)
    for minute in range(10):
        assert held.applied(warm(31, Outcome.DOWN), minute * MINUTE).outcome is Outcome.DOWN
    assert held.applied(warm(31), 10 * MINUTE).outcome is Outcome.DEGRADED


def test_what_is_raised_holds_while_its_measurement_is_missing() -> None:
    """A sensor that falls silent in a hot room is no good news."""
    held = thresholds_of(HOT)
    held.applied(warm(31), 0)
    found = held.applied(Finding(Outcome.UP), 10 * MINUTE)
    assert (found.outcome, found.reason) == (Outcome.DEGRADED, Reason.LIMIT)
    assert found.detail == "temperature_celsius not seen back within its limit"


def test_a_condition_that_is_over_clears_and_one_that_was_not_measured_changes_nothing() -> None:
    """Back on mains the run time on battery matters no more; not to know whether we are is not to be."""
    held = thresholds_of(SHORT)

    def outcome(instant: Instant, **measurements: float) -> Outcome:
        return held.applied(Finding(Outcome.UP, measurements=measurements), instant).outcome

    assert outcome(0, runtime_minutes=9, on_battery=1) is Outcome.DOWN
    assert outcome(1, runtime_minutes=11) is Outcome.DOWN
    assert outcome(2, runtime_minutes=11, on_battery=0) is Outcome.UP
    assert outcome(3, runtime_minutes=11, on_battery=1) is Outcome.UP
    assert outcome(4, runtime_minutes=12, on_battery=1) is Outcome.UP


@pytest.mark.parametrize(
    ("limit", "values", "detail"),
    [
        (HOT, [31], "temperature_celsius 31 above 30"),
        (HOT, [31, 28.5], "temperature_celsius 28.5 not back to 27"),
        (HOT, [31, 27.00001], "temperature_celsius 27.00001 not back to 27"),
        (replace(HOT, hold=2 * MINUTE), [31, 31, 31], "temperature_celsius 31 above 30 for 2m"),
        (COOL_FOR_LONG, [31, 26], "temperature_celsius 26 back for less than 5m"),
        (
            COLD,
            [4, 7],
            "temperature_celsius 7 not back to 8",
        ),
    ],
)
def test_the_detail_says_why_it_is_still_held(limit: Limit, values: list[float], detail: str) -> None:
    """Beyond, between, or back too shortly: each has its words, before those of the probe."""
    held = thresholds_of(limit)
    for instant, value in every_minute(*values):
        found = held.applied(replace(warm(value), detail="4 sensors"), instant)
    assert found.detail == f"{detail}; 4 sensors"


def test_limits_without_a_memory_hold_beside_those_that_have_one() -> None:
    """The worst of all limits of a check wins, in the order in which they stand."""
    held = thresholds_of(replace(HOT, outcome=Outcome.DOWN), SLOW)
    assert held.applied(replace(warm(20), latency=1.0), 0).detail == "latency 1 above 0.8"
    found = held.applied(replace(warm(31), latency=1.0), MINUTE)
    assert (found.outcome, found.detail) == (Outcome.DOWN, "temperature_celsius 31 above 30")


@given(st.floats(allow_nan=False), st.floats(0, 2))
def test_a_memory_that_lasts_no_time_is_none(value: float, latency: float) -> None:
    """Cleared at its own bound, a limit does to each finding what it does without."""
    plain = Limit("temperature_celsius", Outcome.DEGRADED, above=30)
    held = thresholds_of(replace(plain, clear_above=30), SLOW)
    held.applied(warm(31), 0)
    finding = replace(warm(value), latency=latency)
    assert held.applied(finding, 1) == apply_limits(finding, (plain, SLOW))


def test_a_check_whose_limits_remember_nothing_has_nothing_to_remember() -> None:
    """What it costs to look is a look at None."""
    assert Thresholds.of(check_with(SLOW)) is None


# Going on


def test_after_a_reload_unchanged_limits_go_on_and_changed_ones_begin_anew() -> None:
    """The same words are the same limit, whatever else of the check has changed."""
    before = thresholds_of(HOT, DAMP)
    damp_and_hot = Finding(Outcome.UP, measurements={"temperature_celsius": 31, "humidity_percent": 90})
    before.applied(damp_and_hot, 0)
    after = thresholds_of(replace(HOT, clear_above=26), DAMP, SLOW)
    after.go_on_from(before)
    between = Finding(Outcome.UP, measurements={"temperature_celsius": 28, "humidity_percent": 78})
    assert after.applied(between, MINUTE).detail == "humidity_percent 78 not back to 75"


@pytest.mark.parametrize(("value", "outcome"), [(31, "degraded"), (28, "degraded"), (27, "up"), (20, "up")])
@pytest.mark.parametrize("limit", [HOT, HOT_FOR_LONG, COOL_FOR_LONG])
def test_after_a_restart_a_value_that_is_not_back_finds_the_limit_raised(
    limit: Limit, value: float, outcome: str
) -> None:
    """A limit had degraded the check: the first value tells whether it may have been this one, without waiting anew."""
    held = thresholds_of(limit)
    held.doubt(Outcome.DEGRADED)
    assert held.applied(Finding(Outcome.UP), 0).outcome is Outcome.UP
    assert held.applied(warm(value), MINUTE).outcome == outcome


def test_after_a_restart_only_limits_as_mild_as_the_outcome_are_in_doubt() -> None:
    """What was degraded cannot have been so by a limit that says down; what was down may have been both."""
    for worst, expected in ((Outcome.DEGRADED, Outcome.DEGRADED), (Outcome.DOWN, Outcome.DOWN)):
        held = thresholds_of(replace(HOT, outcome=Outcome.DOWN, above=35), HOT)
        held.doubt(worst)
        assert held.applied(warm(29), 0).outcome is expected


# Told by one finding alone


@pytest.mark.parametrize(
    ("limit", "value", "told"),
    [
        (HOT_FOR_LONG, 31, ["would be degraded if it stays so for 10m: temperature_celsius 31 above 30"]),
        (HOT_FOR_LONG, 28, ["would still be degraded if it was so before: temperature_celsius 28 not back to 27"]),
        (HOT_FOR_LONG, 27, []),
        (HOT, 31, []),
        (SHORT, 31, []),
        (SLOW, 31, []),
    ],
)
def test_one_finding_tells_what_depends_on_others(limit: Limit, value: float, told: list[str]) -> None:
    """Who probes once reads what a limit with a memory may make of it; what counts at once is in the outcome."""
    assert list(foreseen(warm(value), [limit])) == told
    assert list(foreseen(warm(value, Outcome.DOWN), [limit])) == []
