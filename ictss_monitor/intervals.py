"""Sets of time: half-open intervals of whole microseconds, sorted, disjoint, immutable.

Exact integer arithmetic, no float. A set is held as its edges, `(start, end, start, end, …)`, strictly increasing, so
that equal sets are equal tuples and neighbours that touch are one interval. Operations cost what sorting a few runs
that are sorted already costs: close to linear in the number of edges.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator, Sequence
from itertools import chain
from typing import Final

from ictss_monitor.clock import Duration, Instant


class IntervalSet:
    """An immutable set of instants made of half-open intervals `[start, end)`."""

    __slots__ = ("edges",)

    edges: Final[tuple[Instant, ...]]

    def __init__(self, intervals: Iterable[tuple[Instant, Instant]] = ()) -> None:
        """Build the union of `intervals`, given in any order; empty ones (start == end) vanish.

        Raises ValueError where an end lies before its start.
        """
        edges: list[Instant] = []
        for start, end in sorted(intervals):
            if end < start:
                raise ValueError(f"interval ends at {end}, before its start {start}")
            if end == start:
                continue
            if edges and start <= edges[-1]:
                edges[-1] = max(edges[-1], end)
            else:
                edges += (start, end)
        self.edges = tuple(edges)

    @classmethod
    def of_edges(cls, edges: Iterable[Instant]) -> IntervalSet:
        """Wrap edges that are already strictly increasing and even in number."""
        made = cls.__new__(cls)
        made.edges = tuple(edges)  # type: ignore[misc]  # the other constructor of a final attribute
        return made

    def __iter__(self) -> Iterator[tuple[Instant, Instant]]:
        edges = iter(self.edges)
        return zip(edges, edges, strict=True)

    def __len__(self) -> int:
        return len(self.edges) // 2

    def __bool__(self) -> bool:
        return bool(self.edges)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, IntervalSet) and self.edges == other.edges

    def __hash__(self) -> int:
        return hash(self.edges)

    def __repr__(self) -> str:
        return f"IntervalSet({list(self)!r})"

    def __contains__(self, instant: object) -> bool:
        return isinstance(instant, int) and bisect_right(self.edges, instant) % 2 == 1

    @property
    def total(self) -> Duration:
        """The length of the set in microseconds."""
        return sum(self.edges[1::2]) - sum(self.edges[::2]) if self.edges else 0

    def __or__(self, other: IntervalSet) -> IntervalSet:
        if not other.edges:
            return self
        return at_least(1, (self, other)) if self.edges else other

    def __and__(self, other: IntervalSet) -> IntervalSet:
        if len(other.edges) == 2:
            return self.clip(*other.edges)
        if len(self.edges) == 2:
            return other.clip(*self.edges)
        return EMPTY if self._apart_from(other) else at_least(2, (self, other))

    def __sub__(self, other: IntervalSet) -> IntervalSet:
        if self._apart_from(other):
            return self
        return self & other.complement(self.edges[0], self.edges[-1])

    def _apart_from(self, other: IntervalSet) -> bool:
        """Tell whether the sets cannot share an instant, from their ends alone: most pairs of outages are so."""
        mine, theirs = self.edges, other.edges
        return not mine or not theirs or mine[-1] <= theirs[0] or theirs[-1] <= mine[0]

    def clip(self, start: Instant, end: Instant) -> IntervalSet:
        """Return the part of the set inside `[start, end)`."""
        if end <= start:
            return EMPTY
        edges = self.edges
        if not edges or (start <= edges[0] and edges[-1] <= end):
            return self
        low, high = bisect_right(edges, start), bisect_left(edges, end)
        inside = edges[low:high]
        if low % 2:
            inside = (start, *inside)
        if high % 2:
            inside = (*inside, end)
        return IntervalSet.of_edges(inside)

    def complement(self, start: Instant, end: Instant) -> IntervalSet:
        """Return what of `[start, end)` is not in the set."""
        if end <= start:
            return EMPTY
        inside = self.clip(start, end).edges
        edges = inside[1:] if inside[:1] == (start,) else (start, *inside)
        return IntervalSet.of_edges(edges[:-1] if edges[-1:] == (end,) else (*edges, end))

    def at(self, instant: Instant) -> tuple[Instant, Instant] | None:
        """Return the interval that holds `instant`, or None."""
        index = bisect_right(self.edges, instant)
        return (self.edges[index - 1], self.edges[index]) if index % 2 else None


EMPTY: Final = IntervalSet()


def span(start: Instant, end: Instant) -> IntervalSet:
    """Return the set of the one interval `[start, end)`, empty where nothing lies between."""
    return IntervalSet.of_edges((start, end)) if start < end else EMPTY


def union(sets: Iterable[IntervalSet]) -> IntervalSet:
    """Return the instants that are in any of `sets`."""
    return at_least(1, tuple(sets))


def at_least(n: int, sets: Sequence[IntervalSet]) -> IntervalSet:
    """Return the instants that are in at least `n` (1 or more) of `sets`: union is n = 1, intersection n = len(sets).

    With all starts `s` sorted and all ends `e` sorted, an instant `t` with exactly `i` ends at or before it lies in
    `n` sets or more if and only if `i + n` starts are at or before it too, that is `s[i + n - 1] <= t < e[i]`. So the
    answer is the union of the intervals `[s[i + n - 1], e[i])`, and both sorts and their pairing run in C.
    Raises ValueError where n is below 1: every instant would qualify, and that set has no edges.
    """
    if n < 1:
        raise ValueError(f"at least {n} of some sets is all of time")
    filled = [held for held in sets if held.edges]
    if len(filled) < n:
        return EMPTY
    if len(filled) == 1:
        return filled[0]
    starts = sorted(chain.from_iterable(held.edges[::2] for held in filled))
    ends = sorted(chain.from_iterable(held.edges[1::2] for held in filled))
    edges: list[Instant] = []
    for start, end in zip(starts[n - 1 :], ends, strict=False):
        if start >= end:
            continue
        if edges and start <= edges[-1]:
            edges[-1] = end
        else:
            edges += (start, end)
    return IntervalSet.of_edges(edges)
