"""Limits with a memory on a check's findings: what is measured, what is not, and what goes on after a restart."""

from __future__ import annotations

from dataclasses import replace
from math import nan

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ictss_monitor.catalogue.model import Check, Limit
from ictss_monitor.clock import MINUTE, SECOND, Instant
from ictss_monitor.probe import Finding, Outcome, ProbeOptions, Reason
from ictss_monitor.probing.limits import apply_limits
from ictss_monitor.probing.thresholds import Thresholds, foreseen

HOT = Limit("temperature_celsius", Outcome.DEGRADED, above=30, clear_above=27)
COLD = Limit("temperature_celsius", Outcome.DEGRADED, below=5, clear_below=8)
HOT_FOR_LONG = replace(HOT, hold=10 * MINUTE)
COOL_FOR_LONG = replace(HOT, clear_hold=5 * MINUTE)
DAMP = Limit("humidity_percent", Outcome.DEGRADED, above=80, below=20, clear_above=75, clear_below=25)
SHORT = Limit("runtime_minutes", Outcome.DOWN, below=10, when="on_battery", clear_below=12)
SLOW = Limit("latency", Outcome.DEGRADED, above=0.8)


def check_with(*limits: Limit) -> Check:
    """Return a check every minute with these limits."""
    return Check(
        id="air",
        name="Air",
        probe="environment",
        options=ProbeOptions(address="192.0.2.82"),
        site=None,
        interval=MINUTE,
        time_limit=10 * SECOND,
        retry_interval=MINUTE,
        fall=1,
        rise=1,
        limits=limits,
    )


def thresholds_of(*limits: Limit) -> Thresholds:
    """Return what the prober holds of a check with these limits."""
    held = Thresholds.of(check_with(*limits))
    assert held is not None
    return held


def warm(value: float, outcome: Outcome = Outcome.UP) -> Finding:
    """Return a finding that measured a temperature."""
    return Finding(outcome, measurements={"temperature_celsius": value})


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
    for minute, value in enumerate(values):
        found = held.applied(replace(warm(value), detail="4 sensors"), minute * MINUTE)
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


def test_after_a_reload_a_gap_is_one_of_the_new_interval() -> None:
    """A check that is run less often may have longer gaps: what it waits for goes on."""
    before = thresholds_of(HOT_FOR_LONG)
    before.applied(warm(31), 0)
    after = Thresholds.of(replace(check_with(HOT_FOR_LONG), interval=6 * MINUTE))
    assert after is not None
    after.go_on_from(before)
    assert after.applied(warm(31), 10 * MINUTE).outcome is Outcome.DEGRADED


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
    scorching = replace(HOT, outcome=Outcome.DOWN, above=35, clear_above=32)
    for worst, value, expected in (("degraded", 33, "degraded"), ("down", 33, "down"), ("down", 29, "degraded")):
        held = thresholds_of(scorching, HOT)
        held.doubt(Outcome(worst))
        assert held.applied(warm(value), 0).outcome == expected


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
