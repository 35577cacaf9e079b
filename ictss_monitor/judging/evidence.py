"""Evidence: runs of observations of equal outcome and reason, the first thing that the store keeps."""

from __future__ import annotations

from dataclasses import dataclass

from ictss_monitor.clock import Duration, Instant
from ictss_monitor.probe import Outcome, Reason


@dataclass(frozen=True, slots=True)
class Run:
    """Consecutive observations of one check from one vantage with equal outcome and reason, without a gap too long.

    `first` and `last` are the instants of its first and last observation (equal where `count` is 1); `longest_gap`
    is the longest time between two neighbours in it.
    """

    check: str
    vantage: str
    outcome: Outcome
    reason: Reason
    first: Instant
    last: Instant
    count: int = 1
    longest_gap: Duration = 0
