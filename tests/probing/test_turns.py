"""Bounds in flight: never exceeded, nobody forgotten, first come first served."""

from __future__ import annotations

from collections import Counter

from hypothesis import given
from hypothesis import strategies as st

from ictss_monitor.probing.turns import LONG_TURN, STARTS_PER_TURN, Pace, Turns


def admitted(turns: Turns[str]) -> list[str]:
    """Return all that may start now."""
    return list(iter(turns.admit, None))


def test_the_overall_bound_lets_in_in_order() -> None:
    """Two places: the first two start, the third when one of them is done."""
    turns = Turns[str](overall=2, per_far_end=9)
    for name in "abc":
        turns.join(name, name)
    assert admitted(turns) == ["a", "b"]
    turns.leave("b")
    assert admitted(turns) == ["c"]


def test_one_busy_far_end_does_not_hold_up_the_others() -> None:
    """Who waits for a full far end steps aside; those behind pass."""
    turns = Turns[str](overall=9, per_far_end=1)
    for name, far_end in (("a1", "a"), ("a2", "a"), ("a3", "a"), ("b1", "b")):
        turns.join(name, far_end)
    assert admitted(turns) == ["a1", "b1"]
    assert not turns.open
    turns.leave("a")
    turns.join("c1", "c")
    assert admitted(turns) == ["a2", "c1"]


def test_those_held_back_are_called_up_in_the_order_they_came() -> None:
    """While everything is full two of a far end become free to start: the one that waited longer goes first."""
    turns = Turns[str](overall=2, per_far_end=2)
    for name in ("a1", "a2"):
        turns.join(name, "a")
    assert admitted(turns) == ["a1", "a2"]
    turns.overall = 3
    for name in ("a3", "a4", "a5"):
        turns.join(name, "a")
    assert admitted(turns) == []
    turns.overall = 0
    turns.leave("a")
    turns.leave("a")
    turns.overall = 3
    turns.join("a6", "a")
    assert admitted(turns) == ["a3", "a4"]


@given(st.lists(st.tuples(st.sampled_from(["join", "leave", "admit"]), st.sampled_from("abc")), max_size=80))
def test_bounds_hold_and_each_far_end_is_served_in_order(moves: list[tuple[str, str]]) -> None:
    """Against any sequence of moves: bounds kept, order kept within a far end, and nobody waits without a reason."""
    turns, inside, joined, started = Turns[tuple[str, int]](4, 2), Counter[str](), Counter[str](), Counter[str]()
    for move, far_end in [*moves, *((("leave", "abc"[i % 3]) if i % 2 else ("admit", "a")) for i in range(400))]:
        if move == "join":
            turns.join((far_end, joined[far_end]), far_end)
            joined[far_end] += 1
        elif move == "leave" and inside[far_end]:
            inside[far_end] -= 1
            turns.leave(far_end)
        elif move == "admit":
            while (entry := turns.admit()) is not None:
                name, number = entry
                assert number == started[name]
                started[name] += 1
                inside[name] += 1
            assert inside.total() == turns.inside <= 4
            assert max(inside.values(), default=0) <= 2
            for name in "abc":
                assert joined[name] == started[name] or inside[name] == 2 or inside.total() == 4
    assert joined == started


def test_long_turns_halve_the_pace_and_short_ones_bring_it_back() -> None:
    """Down to one start per turn, never to none, and up to the bound again, never beyond."""
    pace = Pace()
    for _ in range(10):
        pace.felt(LONG_TURN + 1)
    assert pace.starts == 1
    pace.felt(LONG_TURN)
    assert pace.starts == 5
    for _ in range(100):
        pace.felt(0)
    assert pace.starts == STARTS_PER_TURN
