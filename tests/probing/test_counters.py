"""The numbers that metrics read."""

from __future__ import annotations

from ictss_monitor.probe import Finding, Outcome, Reason
from ictss_monitor.probing.counters import LAG_BOUNDS, ProbingCounters


def test_lag_falls_into_the_bucket_whose_bound_it_does_not_exceed() -> None:
    """A lag equal to a bound counts below it, one beyond all bounds in the last bucket."""
    counters = ProbingCounters()
    for lag in (0, 1_000, 1_001, 20_000, 10_000_000, 10_000_001):
        counters.lagged(lag)
    counts = dict(zip((*LAG_BOUNDS, None), counters.lag_counts, strict=True))
    assert {bound: count for bound, count in counts.items() if count} == {
        1_000: 2,
        2_000: 1,
        20_000: 1,
        10_000_000: 1,
        None: 1,
    }
    assert (counters.started, counters.lag_sum, counters.lag_max) == (6, 20_022_002, 10_000_001)


def test_endings_are_counted_by_kind_outcome_and_reason() -> None:
    """Each kind of ending has its own number."""
    counters = ProbingCounters()
    counters.landed("tcp", Finding(Outcome.UP), 3)
    counters.landed("tcp", Finding(Outcome.DOWN, Reason.REFUSED), 2)
    counters.landed("tcp", Finding(Outcome.DOWN, Reason.REFUSED), 1)
    assert counters.ended == {("tcp", Outcome.UP, Reason.OK): 1, ("tcp", Outcome.DOWN, Reason.REFUSED): 2}
    assert counters.in_flight == 1
