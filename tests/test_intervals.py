"""Sets of time against a slow obvious model: plain Python sets of whole ticks."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ictss_monitor.intervals import EMPTY, IntervalSet, at_least, span, union

LAST = 24
ticks = st.integers(0, LAST)
pieces = st.lists(st.tuples(ticks, ticks).map(lambda pair: (min(pair), max(pair))), max_size=6)
sets = pieces.map(IntervalSet)


def model(held: IntervalSet) -> set[int]:
    """Return every tick of a set, one by one."""
    return {tick for start, end in held for tick in range(start, end)}


def lawful(held: IntervalSet) -> bool:
    """Tell whether the edges are even in number and strictly increasing, so that equal sets have equal edges."""
    return len(held.edges) % 2 == 0 and all(before < after for before, after in pairwise(held.edges))


@given(pieces)
def test_a_set_is_the_union_of_its_pieces(given_pieces: list[tuple[int, int]]) -> None:
    """Intervals given in any order, overlapping, touching or empty, become their union."""
    held = IntervalSet(given_pieces)
    assert lawful(held)
    assert model(held) == {tick for start, end in given_pieces for tick in range(start, end)}


@given(sets, sets)
def test_set_algebra(a: IntervalSet, b: IntervalSet) -> None:
    """Union, intersection and difference hold exactly the ticks that they should."""
    for made, expected in (
        (a | b, model(a) | model(b)),
        (a & b, model(a) & model(b)),
        (a - b, model(a) - model(b)),
    ):
        assert lawful(made)
        assert model(made) == expected


@given(sets, sets)
def test_totals_of_union_and_intersection_add_up(a: IntervalSet, b: IntervalSet) -> None:
    """What two sets have together and what they share is what they have one by one."""
    assert (a | b).total + (a & b).total == a.total + b.total


@given(st.integers(1, 5), st.lists(sets, max_size=5))
def test_at_least_counts_sets(n: int, several: list[IntervalSet]) -> None:
    """An instant is in the result when `n` or more of the sets hold it."""
    made = at_least(n, several)
    assert lawful(made)
    assert model(made) == {tick for tick in range(LAST) if sum(tick in model(held) for held in several) >= n}


@given(st.lists(sets, max_size=5))
def test_union_of_many(several: list[IntervalSet]) -> None:
    """The union holds what any of the sets holds, and nothing where there is none."""
    assert model(union(several)) == set().union(*map(model, several))


@given(sets, ticks, ticks)
def test_clip_and_complement_divide_a_span(held: IntervalSet, start: int, end: int) -> None:
    """Inside a span, a set and its complement are disjoint and fill it; outside they hold nothing."""
    inside, outside = held.clip(start, end), held.complement(start, end)
    assert lawful(inside)
    assert lawful(outside)
    assert model(inside) == model(held) & set(range(start, end))
    assert model(outside) == set(range(start, end)) - model(held)


@given(sets, ticks)
def test_cutting_in_two_changes_no_total(held: IntervalSet, cut: int) -> None:
    """A set clipped to both sides of an instant has the length of the whole."""
    assert held.clip(0, cut).total + held.clip(cut, LAST).total == held.total


@given(sets, st.integers(-1, LAST + 1))
def test_membership_and_the_interval_around_an_instant(held: IntervalSet, instant: int) -> None:
    """An instant is in a set from an interval's start on, and no longer at its end."""
    assert (instant in held) == (instant in model(held))
    around = held.at(instant)
    assert (around is not None) == (instant in held)
    if around is not None:
        assert around in list(held)
        assert around[0] <= instant < around[1]


@given(sets)
def test_equal_sets_are_equal_and_hash_alike(held: IntervalSet) -> None:
    """A set made from its own intervals in reverse is equal; its length and truth are those of its intervals."""
    again = IntervalSet(reversed(list(held)))
    assert again == held
    assert hash(again) == hash(held)
    assert len(held) == len(list(held))
    assert bool(held) == bool(model(held))
    assert held.total == len(model(held))


def test_intervals_that_touch_are_one() -> None:
    """Half-open neighbours leave no gap between them, so they are one interval."""
    assert IntervalSet([(5, 9), (1, 5)]) == span(1, 9)
    assert span(1, 5) | span(5, 9) == span(1, 9)
    assert span(1, 5) & span(5, 9) == EMPTY


def test_an_empty_span_is_the_empty_set() -> None:
    """A span that ends where or before it starts holds nothing."""
    assert span(4, 4) == span(5, 4) == EMPTY
    assert IntervalSet([(4, 4)]) == EMPTY


def test_an_interval_that_ends_before_it_starts_is_refused() -> None:
    """A reversed interval is a mistake of the caller, not an empty set."""
    with pytest.raises(ValueError, match="ends at 3, before its start 4"):
        IntervalSet([(4, 3)])


def test_at_least_none_is_refused() -> None:
    """At least zero of some sets would be all of time, which has no edges."""
    with pytest.raises(ValueError, match="at least 0"):
        at_least(0, [span(1, 2)])


def test_a_set_is_not_equal_to_other_things_and_shows_its_intervals() -> None:
    """A set differs from the list of its intervals, holds only whole instants, and prints readably."""
    assert span(1, 2) != [(1, 2)]
    assert "1" not in span(1, 2)
    assert repr(span(1, 2)) == "IntervalSet([(1, 2)])"
