"""How many outages each month saw, how long they were together and the longest of them: for the trend of a year.

These are outages as they were observed, whatever a policy makes of them: figures have their own count.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Sequence
from itertools import pairwise
from operator import sub
from typing import NamedTuple

from ictss_monitor.clock import Duration, Instant


class MonthOutages(NamedTuple):
    """The outages of a service for one council in a month; of one over a month's end each month has its part."""

    number: int = 0
    total: Duration = 0
    longest: Duration = 0


def by_month(starts: Sequence[Instant], ends: Sequence[Instant], edges: Sequence[Instant]) -> list[MonthOutages]:
    """Return the outages in each month, from one of `edges` to the next.

    The outages are disjoint and in order, given by their begins and ends; one without length lies where it began.
    """
    lengths = list(map(sub, ends, starts))
    found: list[MonthOutages] = []
    first = bisect_left(starts, edges[0])
    for begin, end in pairwise(edges):
        after = bisect_left(starts, end, first)
        inside = lengths[first:after]
        if inside and ends[after - 1] > end:
            inside[-1] = end - starts[after - 1]
        if first and ends[first - 1] > begin:
            inside.append(min(ends[first - 1], end) - begin)
        found.append(MonthOutages(len(inside), sum(inside), max(inside)) if inside else MonthOutages())
        first = after
    return found
