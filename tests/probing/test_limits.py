"""Limits on measurements: they lower an outcome and never raise it."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ictss_monitor.catalogue.model import Limit
from ictss_monitor.probe import Finding, Outcome, Reason
from ictss_monitor.probing.limits import apply_limits

SLOW = Limit("latency", Outcome.DEGRADED, above=0.8)
STUCK = Limit("latency", Outcome.DOWN, above=5.0)
EXPIRING = Limit("certificate_days", Outcome.DEGRADED, below=21)
SHORT = Limit("runtime_minutes", Outcome.DEGRADED, below=10)
DYING = Limit("runtime_minutes", Outcome.DOWN, below=10, when="on_battery")

RANK = {Outcome.UP: 0, Outcome.DEGRADED: 1, Outcome.DOWN: 2}

numbers = st.floats(-10, 10)
limits_ = st.lists(
    st.builds(
        Limit,
        measurement=st.sampled_from(["latency", "a_seconds", "b_ratio"]),
        outcome=st.sampled_from([Outcome.DEGRADED, Outcome.DOWN]),
        above=st.none() | numbers,
        below=st.none() | numbers,
        when=st.none() | st.sampled_from(["latency", "a_seconds", "b_ratio"]),
    ),
    max_size=5,
).map(tuple)
findings = st.builds(
    Finding,
    outcome=st.sampled_from(Outcome),
    reason=st.sampled_from([Reason.OK, Reason.TIMEOUT]),
    latency=st.none() | numbers,
    measurements=st.dictionaries(st.sampled_from(["a_seconds", "b_ratio"]), numbers),
)


def test_latency_beyond_its_limit_degrades_and_says_why() -> None:
    """A finding that took longer than allowed is degraded, with both figures in its detail."""
    found = apply_limits(Finding(Outcome.UP, latency=1.2), (SLOW,))
    assert (found.outcome, found.reason, found.detail) == (Outcome.DEGRADED, Reason.LIMIT, "latency 1.2 above 0.8")


def test_what_the_probe_said_is_kept_behind_the_limit() -> None:
    """The probe's own detail, latency and measurements stay."""
    measured = {"certificate_days": 3.0}
    found = apply_limits(Finding(Outcome.UP, latency=0.1, measurements=measured, detail="200 OK"), (EXPIRING,))
    assert found == Finding(Outcome.DEGRADED, Reason.LIMIT, 0.1, measured, "certificate_days 3 below 21; 200 OK")


def test_worst_limit_wins_whatever_the_order() -> None:
    """Beyond the limits of degraded and of down, a finding is down."""
    for order in ((SLOW, STUCK), (STUCK, SLOW)):
        found = apply_limits(Finding(Outcome.UP, latency=6.0), order)
        assert (found.outcome, found.detail) == (Outcome.DOWN, "latency 6 above 5")


@pytest.mark.parametrize(
    ("measured", "outcome"),
    [
        ({"runtime_minutes": 4.0, "on_battery": 1.0}, Outcome.DOWN),
        ({"runtime_minutes": 4.0, "on_battery": 0.0}, Outcome.DEGRADED),
        ({"runtime_minutes": 4.0}, Outcome.DEGRADED),
        ({"runtime_minutes": 40.0, "on_battery": 1.0}, Outcome.UP),
        ({"on_battery": 1.0}, Outcome.UP),
    ],
)
def test_conditional_limit_holds_only_while_its_condition_was_measured(
    measured: dict[str, float], outcome: Outcome
) -> None:
    """A limit with `when` counts where that measurement was made and is not zero; elsewhere it says nothing."""
    assert apply_limits(Finding(Outcome.UP, measurements=measured), (DYING, SHORT)).outcome is outcome


def test_conditional_limit_names_its_condition() -> None:
    """The detail tells under which condition the limit held."""
    found = apply_limits(Finding(Outcome.UP, measurements={"runtime_minutes": 4.0, "on_battery": 1.0}), (DYING,))
    assert found.detail == "runtime_minutes 4 below 10 with on_battery"


def test_limit_itself_is_still_within() -> None:
    """A measurement equal to the limit keeps it, on either side."""
    assert apply_limits(Finding(Outcome.UP, latency=0.8), (SLOW,)).outcome is Outcome.UP
    at_limit = Finding(Outcome.UP, measurements={"certificate_days": 21.0})
    assert apply_limits(at_limit, (EXPIRING,)).outcome is Outcome.UP


@pytest.mark.parametrize(("value", "shown"), [(0.80001, "0.80001"), (0.8004, "0.8004"), (12345.0, "12345")])
def test_detail_never_shows_a_value_equal_to_its_limit(value: float, shown: str) -> None:
    """Rounding does not make "0.8 above 0.8" of what is barely beyond."""
    assert apply_limits(Finding(Outcome.UP, latency=value), (SLOW,)).detail == f"latency {shown} above 0.8"


@given(findings, limits_)
def test_outcome_is_the_worst_of_the_finding_and_the_limits_it_breaks(
    finding: Finding, limits: tuple[Limit, ...]
) -> None:
    """Down and unknown stay; else the outcome is exactly the worst there is; nothing measured changes."""
    found = apply_limits(finding, limits)
    assert (found.latency, found.measurements) == (finding.latency, finding.measurements)
    if finding.outcome in (Outcome.DOWN, Outcome.UNKNOWN):
        assert found == finding
        return
    values = {**finding.measurements, **({} if finding.latency is None else {"latency": finding.latency})}
    expected = finding.outcome
    for limit in limits:
        value = values.get(limit.measurement)
        too_much = value is not None and limit.above is not None and value > limit.above
        too_little = value is not None and limit.below is not None and value < limit.below
        holds = limit.when is None or values.get(limit.when, 0.0) != 0
        if holds and (too_much or too_little) and RANK[limit.outcome] > RANK[expected]:
            expected = limit.outcome
    assert found.outcome is expected
    assert (found.reason is Reason.LIMIT) == (expected is not finding.outcome)


@given(findings, limits_)
def test_applying_twice_is_applying_once(finding: Finding, limits: tuple[Limit, ...]) -> None:
    """A finding that has been lowered is not lowered, or told, again."""
    once = apply_limits(finding, limits)
    assert apply_limits(once, limits) == once
