"""A limit with a memory: when it is raised, when it is cleared, folded from values and their instants."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from ictss_monitor.catalogue.model import Limit
from ictss_monitor.clock import MINUTE, SECOND, Duration, Instant
from ictss_monitor.probe import Outcome
from ictss_monitor.probing.thresholds import Threshold

ALLOWANCE = 130 * SECOND
"""Of a check every minute with a time limit of ten seconds."""
HOT = Limit("temperature_celsius", Outcome.DEGRADED, above=30, clear_above=27)
HOT_FOR_LONG = replace(HOT, hold=10 * MINUTE)
COOL_FOR_LONG = replace(HOT, clear_hold=5 * MINUTE)
DAMP = Limit("humidity_percent", Outcome.DEGRADED, above=80, below=20, clear_above=75, clear_below=25)

Readings = list[tuple[Instant, float]]


def every_minute(*values: float) -> Readings:
    """Return values a minute apart."""
    return [(index * MINUTE, value) for index, value in enumerate(values)]


def states(limit: Limit, readings: Readings, allowance: Duration = ALLOWANCE) -> list[bool]:
    """Return whether the limit is raised after each reading."""
    threshold = Threshold(limit, allowance)
    return [threshold.fold(value, instant) for instant, value in readings]


def test_what_wavers_about_its_bound_is_one_fault() -> None:
    """Raised beyond the bound, it stays so until the value at which it clears, and that value itself clears it."""
    assert states(HOT, every_minute(30, 31, 29, 31, 27.1, 27, 29, 30, 30.1)) == [
        False, True, True, True, True, False, False, False, True,
    ]  # fmt: skip


def test_a_range_is_left_on_either_side_and_cleared_inside_the_narrower_one() -> None:
    """With both bounds there are two values at which it clears; from one side beyond the other is still beyond."""
    assert states(DAMP, every_minute(50, 81, 76, 75, 19, 24, 81, 25, 22)) == [
        False, True, True, False, True, True, True, False, False,
    ]  # fmt: skip


def test_it_is_raised_once_values_have_been_beyond_for_long_enough() -> None:
    """From the first value beyond to the one that raises lie the ten minutes, or a little more, never less."""
    assert states(HOT_FOR_LONG, every_minute(20, *[31] * 12)).index(True) == 11


def test_one_value_that_is_not_beyond_starts_the_waiting_again() -> None:
    """Nine minutes beyond, a moment at the bound, nine minutes beyond: nothing is raised."""
    assert not any(states(HOT_FOR_LONG, every_minute(*[31] * 10, 30, *[31] * 10)))


def test_a_gap_longer_than_the_allowance_starts_the_waiting_again() -> None:
    """What was between two values too far apart is not known; just near enough, it is taken to have been the same."""
    steps = [0, 130, 260, 390, 520, 650]
    assert states(HOT_FOR_LONG, [(step * SECOND, 31.0) for step in steps])[-1]
    assert not any(states(HOT_FOR_LONG, [(step * SECOND + (step > 300), 31.0) for step in steps]))


def test_a_gap_does_not_clear_what_is_raised() -> None:
    """After a week without a value, one that is not back still finds the limit raised."""
    assert states(HOT, [(0, 31.0), (7 * 24 * 60 * MINUTE, 29.0)]) == [True, True]


def test_it_is_cleared_once_values_have_been_back_for_long_enough() -> None:
    """A value between the two starts the waiting again, as does one beyond."""
    held = states(COOL_FOR_LONG, every_minute(31, *[26] * 4, 28, *[26] * 4, 31, *[26] * 6))
    assert held.index(False) == len(held) - 1


def model(limit: Limit, readings: Readings, allowance: Duration) -> list[bool]:
    """Return the same as `states`, slowly: after each reading look back for a stretch that makes it turn."""
    low = limit.below if limit.clear_below is None else limit.clear_below
    high = limit.above if limit.clear_above is None else limit.clear_above

    def turns(value: float, raised: bool) -> bool:
        if raised:
            return (low is None or value >= low) and (high is None or value <= high)
        return (limit.above is not None and value > limit.above) or (limit.below is not None and value < limit.below)

    raised, turned, told = False, 0, []
    for end in range(1, len(readings) + 1):
        for begin in range(turned, end):
            stretch = readings[begin:end]
            whole = all(turns(value, raised) for _, value in stretch)
            unbroken = all(later - earlier <= allowance for (earlier, _), (later, _) in pairwise(stretch))
            lasted = stretch[-1][0] - stretch[0][0] >= (limit.clear_hold if raised else limit.hold)
            if whole and unbroken and lasted:
                raised, turned = not raised, end
                break
        told.append(raised)
    return told


spans = st.sampled_from([0, 0, 1, 2, 3, 5])
limits_ = st.builds(
    Limit,
    st.just("a"),
    st.just(Outcome.DEGRADED),
    above=st.sampled_from([None, 4.0, 5.0]),
    below=st.sampled_from([1.0, 2.0]),
    clear_above=st.sampled_from([None, 3.0, 4.0]),
    clear_below=st.sampled_from([None, 2.0, 3.0]),
    hold=spans,
    clear_hold=spans,
)
readings_ = st.lists(
    st.tuples(st.integers(0, 3), st.sampled_from([0.0, 1.0, 1.5, 2.0, 3.0, 3.5, 4.0, 5.0, 6.0])), max_size=25
).map(lambda steps: [(sum(step for step, _ in steps[: n + 1]), value) for n, (_, value) in enumerate(steps)])


@given(limits_, readings_, st.integers(0, 3))
def test_folding_says_the_same_as_looking_back(limit: Limit, readings: Readings, allowance: Duration) -> None:
    """Bounds, holds and gaps of every kind: the fold and the slow model agree after each value."""
    assert states(limit, readings, allowance) == model(limit, readings, allowance)
