"""Counting outages in a period, from the time a service was down."""

from __future__ import annotations

from dataclasses import dataclass

from ictss_monitor.availability.classes import Classes
from ictss_monitor.clock import Duration, Instant


@dataclass(frozen=True, slots=True)
class OutageCount:
    """How many outages a period saw, how long they were together and the longest alone, in microseconds.

    What an outage lasted outside the period, or while the service was unknown, is not in it.
    """

    count: int
    total: Duration
    longest: Duration
    runs_on: bool
    """Whether the last of them was not over at the end of the period, or so far in a running one."""


def count_outages(classes: Classes) -> OutageCount:
    """Return the outages of a period.

    Down, unknown and down again without a good observation between is one outage with a hole that is not counted.
    """
    lengths: list[Duration] = []
    reached: Instant | None = None
    for start, end in classes.down:
        if start == reached:
            lengths[-1] += end - start
        else:
            lengths.append(end - start)
        hole = classes.unknown.at(end)
        reached = end if hole is None else hole[1]
    return OutageCount(
        len(lengths),
        sum(lengths),
        max(lengths, default=0),
        runs_on=reached is not None and reached == classes.base.edges[-1],
    )
