"""Counting outages in a period, from the time a service was lost."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

from ictss_monitor.availability.classes import Classes
from ictss_monitor.availability.figure import Amount, Figure
from ictss_monitor.catalogue.terms import Policy
from ictss_monitor.clock import Duration, Instant
from ictss_monitor.intervals import IntervalSet, union


@dataclass(frozen=True, slots=True)
class OutageCount:
    """How many outages a period saw, how long they were together and the longest alone, in microseconds.

    What an outage lasted outside the period, in maintenance that is not counted, or while the service was unknown, is
    not in it.
    """

    count: int
    total: Duration
    longest: Duration
    runs_on: bool
    """Whether the last of them was not over at the end of the period, or so far in a running one."""

    @property
    def mean(self) -> Fraction | None:
        """The mean time to repair (MTTR): the mean length of the outages, in microseconds; None without one."""
        return Fraction(self.total, self.count) if self.count else None


def time_between(figure: Figure, count: int) -> Fraction | None:
    """Return the mean time between failures (MTBF): available time over the number of outages; None without one."""
    available: Amount = figure.measured - figure.lost
    return Fraction(max(available, 0), count) if count else None


def lost_in(classes: Classes, policy: Policy) -> IntervalSet:
    """Return when something was lost: down, and degraded too where the policy counts any of it."""
    return classes.not_up if policy.degraded else classes.down


def dark_of(classes: Classes, policy: Policy) -> IntervalSet:
    """Return the time over which an outage goes on uncounted.

    The service was unknown, or still not seen up while it was closed or in a window that is left out.
    """
    kept = (classes.planned, classes.not_seen_up_outside)
    planned, outside = (each.not_up if policy.degraded else each.down for each in kept)
    return union([classes.unknown, outside, planned - classes.base])


def count_outages(classes: Classes, policy: Policy) -> OutageCount:
    """Return the outages of a period.

    Down, unknown and down again without a good observation between is one outage with a hole that is not counted, and
    so is one that goes on through maintenance, or from closing time to the next opening.
    """
    lengths: list[Duration] = []
    reached: Instant | None = None
    dark = dark_of(classes, policy)
    for start, end in lost_in(classes, policy):
        if start == reached:
            lengths[-1] += end - start
        else:
            lengths.append(end - start)
        hole = dark.at(end)
        reached = end if hole is None else hole[1]
    return OutageCount(
        len(lengths),
        sum(lengths),
        max(lengths, default=0),
        runs_on=reached is not None and bool(classes.base) and reached >= classes.base.edges[-1],
    )
