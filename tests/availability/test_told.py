"""What people tell, as sets of time: which state stands where several are told."""

from __future__ import annotations

from collections.abc import Sequence

from hypothesis import given
from hypothesis import strategies as st

from ictss_monitor.availability.told import Told, told_by_corrections, told_by_history
from ictss_monitor.catalogue.terms import Attribution
from ictss_monitor.intervals import IntervalSet
from ictss_monitor.ledger.acts import Act, Attribute, Declare, Entry, Extent, Imported, Move
from ictss_monitor.probe import Outcome

LENGTH = 12
spans = st.tuples(st.integers(0, LENGTH - 1), st.integers(1, LENGTH)).map(lambda each: (each[0], each[0] + each[1]))
extents = spans.map(lambda each: Extent("s", "c", *each))
rows = st.lists(
    st.builds(lambda at, state: Imported("s", "c", *at, state), spans, st.sampled_from(Outcome)), max_size=5
)
acts = st.lists(
    st.one_of(
        st.builds(Declare, extents, st.sampled_from(Outcome)),
        st.builds(Move, extents, extents, st.sampled_from([Outcome.DEGRADED, Outcome.DOWN])),
        st.builds(Attribute, extents, st.just(Attribution())),
    ),
    max_size=5,
)


def assert_tells(told: Told, expected: Sequence[Outcome | None]) -> None:
    """Assert that at each instant that state is told, or none."""
    for at, state in enumerate(expected):
        assert (at in told.known) == (state is not None), at
        assert (at in told.down) == (state is Outcome.DOWN), at
        assert (at in told.degraded) == (state is Outcome.DEGRADED), at
        assert (at in told.unknown) == (state is Outcome.UNKNOWN), at


@given(rows)
def test_of_a_history_unknown_stands_over_down_and_down_over_degraded_and_that_over_up(held: list[Imported]) -> None:
    """Rows of state up are what a history covers; what else it says stands over them, whatever the order."""
    order = [Outcome.UNKNOWN, Outcome.DOWN, Outcome.DEGRADED, Outcome.UP]
    expected: list[Outcome | None] = []
    for at in range(2 * LENGTH):
        states = {row.state for row in held if row.since <= at < row.until}
        found = next((state for state in order if state in states), None)
        expected.append(None if found is Outcome.UNKNOWN else found)
    assert_tells(told_by_history(held), expected)


@given(acts)
def test_of_corrections_the_newest_stands(held: list[Act]) -> None:
    """A moved outage leaves what it was seen in up, and has its state where it was; whose it is tells no state."""
    expected: list[Outcome | None] = [None] * 2 * LENGTH
    for act in held:
        if isinstance(act, Move):
            expected[act.observed.since : act.observed.until] = [Outcome.UP] * (act.observed.until - act.observed.since)
            expected[act.actual.since : act.actual.until] = [act.state] * (act.actual.until - act.actual.since)
        elif isinstance(act, Declare):
            expected[act.extent.since : act.extent.until] = [act.state] * (act.extent.until - act.extent.since)
    entries = [Entry(seq, seq, "ann", "because", None, act, "", "") for seq, act in enumerate(held, 1)]
    assert_tells(told_by_corrections(entries), expected)


def test_nothing_said_tells_nothing() -> None:
    """Without rows and entries nothing is known."""
    assert told_by_history([]) == told_by_corrections([]) == Told(IntervalSet(), IntervalSet(), IntervalSet())
