"""Timelines: what a check or a service was, over a stretch of time, as sets of intervals.

Levels are held by thresholds, because minimum, maximum and n-th largest commute with them: a set of instants at which
the level is *not up* (degraded or down) and, inside it, the set at which it is *down*. A rule over members is then one
sweep over their sets for each threshold, and no level is ever compared with another.
"""

from __future__ import annotations

from dataclasses import dataclass

from ictss_monitor.clock import Instant
from ictss_monitor.intervals import IntervalSet


@dataclass(frozen=True, slots=True)
class Levels:
    """Where a level is down, and where it is not up; `down` lies inside `not_up`."""

    down: IntervalSet
    not_up: IntervalSet


@dataclass(frozen=True, slots=True)
class CheckTimeline:
    """One check over `[start, end)`.

    `confirmed` runs from the first failed observation to the first good one of the confirmed recovery; `failures` is
    the same outages from first to last failure; `doubtful` the same from the last good observation before to the first
    good one after, and with them the failures that were too few to confirm. Each contains the one before it.
    `unknown` beats all three and may overlap them.
    """

    start: Instant
    end: Instant
    failures: Levels
    confirmed: Levels
    doubtful: Levels
    unknown: IntervalSet


@dataclass(frozen=True, slots=True)
class ServiceTimeline:
    """One service for one council over `[start, end)`.

    `not_in_service`, `unknown`, `down`, `degraded` are disjoint, and where none of them is, the service is up.
    `optimistic` and `pessimistic` are the rule over the members' failures and doubtful sets, disregarding unknown:
    whoever computes bounds takes `unknown` as up for the one and as down for the other.
    """

    start: Instant
    end: Instant
    not_in_service: IntervalSet
    unknown: IntervalSet
    down: IntervalSet
    degraded: IntervalSet
    optimistic: Levels
    pessimistic: Levels
