"""Another tool's sightings folded into stretches: where each begins and ends, held against a slow, obvious model."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from ictss_monitor.importing.sightings import Folding, Stretch, rows_of
from ictss_monitor.intervals import IntervalSet
from ictss_monitor.ledger.acts import Imported
from ictss_monitor.probe import Outcome

UP, DOWN, DEGRADED, UNKNOWN = Outcome.UP, Outcome.DOWN, Outcome.DEGRADED, Outcome.UNKNOWN
PAIR = ("mail", "fenshire")


def folded(*seen: tuple[int, Outcome | None], allowance: int | None = 10) -> list[tuple[int, int, Outcome]]:
    """Return the stretches of sightings; None is a failure that is being tried again."""
    folding = Folding(allowance)
    for at, state in seen:
        if state is None:
            folding.doubt(at)
        else:
            folding.see(at, state)
    return [(held.since, held.until, held.state) for held in folding.finish()]


def test_a_state_lasts_from_its_first_sighting_to_the_first_of_another() -> None:
    """So begin and end are dated as those of our own outages are."""
    assert folded((0, UP), (10, UP), (20, DOWN), (30, DOWN), (40, UP), (50, UP)) == [
        (0, 20, UP),
        (20, 40, DOWN),
        (40, 50, UP),
    ]


def test_tries_that_end_in_failure_are_its_begin() -> None:
    """A failure begins when it was first seen, though the tool believed it later."""
    assert folded((0, UP), (10, None), (15, None), (20, DOWN), (30, UP)) == [(0, 10, UP), (10, 30, DOWN)]


def test_tries_that_come_to_nothing_are_nothing() -> None:
    """A failure that no tool believed is none, also when the next one is real."""
    assert folded((0, UP), (10, None), (20, UP), (30, DOWN), (40, UP)) == [(0, 30, UP), (30, 40, DOWN)]


def test_no_state_is_carried_over_a_time_in_which_nobody_looked() -> None:
    """It ends at the last sighting before, and what follows begins at the first one after."""
    assert folded((0, UP), (10, UP), (21, UP), (25, DOWN), (90, DOWN), (95, DOWN)) == [
        (0, 10, UP),
        (21, 25, UP),
        (90, 95, DOWN),
    ]


def test_tries_before_such_a_time_are_forgotten() -> None:
    """A failure that was being tried again when the looking ended says nothing of the one after it."""
    assert folded((0, UP), (10, None), (50, DOWN), (60, UP)) == [(0, 10, UP), (50, 60, DOWN)]


def test_what_is_seen_once_has_no_length() -> None:
    """One sighting alone covers nothing."""
    assert folded((5, DOWN)) == folded() == []


def test_what_was_watched_in_between_keeps_the_state() -> None:
    """Where something else shows that the tool looked and saw no change, the state holds, and only there."""
    folding = Folding(10, lambda begin, end: IntervalSet([(begin - 5, 50), (60, 70), (90, end + 5)]))
    folding.see(0, DOWN)
    folding.see(100, DOWN)
    folding.see(105, UP)
    assert [(held.since, held.until) for held in folding.finish()] == [(0, 50), (60, 70), (90, 105)]


def test_losing_sight_ends_a_state() -> None:
    """When the tool stops, its state holds until then; a new start begins a new stretch."""
    folding = Folding(None)
    folding.see(0, UP)
    folding.lose(30)
    assert folding.state is None
    folding.see(50, UP)
    folding.watch(60)
    assert [(held.since, held.until) for held in folding.finish()] == [(0, 30), (50, 60)]


def test_stretches_become_rows_within_what_is_wanted() -> None:
    """Spans are what was watched; up is where no other row stands; all of it is cut to what was asked for."""
    stretches = [Stretch(0, 20, UP), Stretch(20, 30, DOWN), Stretch(30, 40, UNKNOWN, "off"), Stretch(60, 70, UP)]
    rows = rows_of(stretches, [PAIR], 10, 65)
    assert rows == [
        Imported(*PAIR, 10, 40, UP),
        Imported(*PAIR, 60, 65, UP),
        Imported(*PAIR, 20, 30, DOWN),
        Imported(*PAIR, 30, 40, UNKNOWN, None, "off"),
    ]
    assert rows_of(stretches, [PAIR], 45, 50) == []


@given(
    st.lists(st.tuples(st.integers(1, 25), st.sampled_from([UP, DOWN, DEGRADED, UNKNOWN, None])), max_size=30),
    st.integers(1, 20),
)
def test_stretches_are_those_of_a_walk_over_every_tick(steps: list[tuple[int, Outcome | None]], allowance: int) -> None:
    """The folding gives at every tick what looking backwards and forwards from that tick gives."""
    at, seen = 0, []
    for step, state in steps:
        at += step
        seen.append((at, state))
    found = folded(*seen, allowance=allowance)
    for tick in range(at + 2):
        held = [state for since, until, state in found if since <= tick < until]
        assert held == _held_at(tick, seen, allowance), tick


def _held_at(tick: int, seen: list[tuple[int, Outcome | None]], allowance: int) -> list[Outcome]:
    """Return what is held at a tick, by looking for it among the sightings on either side."""
    before = [each for each in seen if each[0] <= tick]
    after = [each for each in seen if each[0] > tick]
    if not before or not after or after[0][0] - before[-1][0] > allowance:
        return []
    tries = [index for index in range(len(before)) if all(state is None for _, state in before[index:])]
    unbroken = _unbroken(before, allowance)
    if tries:  # being tried at this tick: what comes of it decides, unless the looking ends first
        outcome = next((state for _, state in _unbroken_ahead([before[-1], *after], allowance)[1:] if state), None)
        if outcome in (DOWN, DEGRADED):
            return [outcome]
    known = [state for _, state in unbroken if state is not None]
    return known[-1:]


def _unbroken(before: list[tuple[int, Outcome | None]], allowance: int) -> list[tuple[int, Outcome | None]]:
    """Return the sightings before a tick that are not parted from it by a gap."""
    kept = before[-1:]
    for each in reversed(before[:-1]):
        if kept[0][0] - each[0] > allowance:
            break
        kept.insert(0, each)
    return kept


def _unbroken_ahead(ahead: list[tuple[int, Outcome | None]], allowance: int) -> list[tuple[int, Outcome | None]]:
    kept = ahead[:1]
    for each in ahead[1:]:
        if each[0] - kept[-1][0] > allowance:
            break
        kept.append(each)
    return kept
