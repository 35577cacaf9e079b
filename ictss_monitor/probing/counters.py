"""What probing has done so far, in plain numbers: written by the prober, read by metrics and by health."""

from __future__ import annotations

from bisect import bisect_left
from collections import defaultdict
from dataclasses import dataclass, field
from typing import Final

from ictss_monitor.clock import SECOND, Duration
from ictss_monitor.probe import Finding, Outcome, Reason

LAG_BOUNDS: Final[tuple[Duration, ...]] = tuple(
    int(bound * SECOND) for bound in (0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10)
)
"""Upper bounds of the buckets of start lag, in microseconds; one more bucket without a bound follows."""


@dataclass(slots=True)
class ProbingCounters:
    """Everything counts from the start of the process; durations in microseconds."""

    ended: defaultdict[tuple[str, Outcome, Reason], int] = field(default_factory=lambda: defaultdict(int))
    """Probes that brought a finding, by kind, outcome and reason."""
    started: int = 0
    in_flight: int = 0
    checks: int = 0
    """Checks on the schedule, paused ones among them."""
    paused: int = 0
    missed: int = 0
    """Due times that passed without a start: the check was still in flight, or waited too long for its turn."""
    queue_full: int = 0
    """How often starting stopped because the queue of observations had no room."""
    overdue: int = 0
    """Probes given up because they had not ended long after their time limit."""
    lag_counts: list[int] = field(default_factory=lambda: [0] * (len(LAG_BOUNDS) + 1))
    """Starts by lag: how many fell into each bucket (not cumulated), a lag equal to a bound below it."""
    lag_sum: Duration = 0
    lag_max: Duration = 0

    def lagged(self, lag: Duration) -> None:
        """Note by how much a probe started later than it was due."""
        self.started += 1
        self.lag_counts[bisect_left(LAG_BOUNDS, lag)] += 1
        self.lag_sum += lag
        if lag > self.lag_max:
            self.lag_max = lag

    def landed(self, kind: str, finding: Finding, in_flight: int) -> None:
        """Note what a probe of `kind` found, and how many are in flight now."""
        self.ended[kind, finding.outcome, finding.reason] += 1
        self.in_flight = in_flight
