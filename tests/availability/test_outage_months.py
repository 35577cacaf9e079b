"""The outages of each month, against counting them tick by tick."""

from __future__ import annotations

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from ictss_monitor.availability.outage_months import MonthOutages, by_month

edges = st.lists(st.integers(0, 30), min_size=2, max_size=5, unique=True).map(sorted)
cuts = st.lists(st.integers(-5, 35), max_size=12, unique=True).map(sorted)


def slowly(outages: list[tuple[int, int]], begin: int, end: int) -> MonthOutages:
    """Count what lies in `[begin, end)`, looking at every outage and every tick."""
    parts = [len([at for at in range(begin, end) if first <= at < last]) for first, last in outages]
    there = [part for part, (first, last) in zip(parts, outages, strict=True) if part or (first == last >= begin)]
    return MonthOutages(len(there), sum(there), max(there, default=0))


@given(cuts, edges)
def test_outages_are_counted_by_month(cuts: list[int], edges: list[int]) -> None:
    """An outage is in every month that it reaches into, with its part there; several months long or open no less."""
    outages = list(zip(cuts[::2], cuts[1::2], strict=False))
    found = by_month([begin for begin, _ in outages], [end for _, end in outages], edges)
    assert found == [slowly(outages, begin, end) for begin, end in pairwise(edges)]


def test_an_outage_without_length_lies_where_it_began() -> None:
    """Seen down once and then unknown: it counts, at the month's begin for the month that begins."""
    assert by_month([5, 10], [5, 10], [0, 10, 20]) == [MonthOutages(1), MonthOutages(1)]


def test_a_month_without_outages_has_none() -> None:
    """Nothing, not an error, where there is nothing."""
    assert by_month([], [], [0, 10]) == [MonthOutages()]
