"""The laws of judging on random worlds, against the slow obvious model."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st
from support import judging_laws as laws
from support.judging_cases import ACTS, LATE, World, lateness, worlds


@given(worlds())
def test_check_timelines(world: World) -> None:
    """A check's timeline holds, at every instant, exactly what the definitions say."""
    laws.check_timelines_are_the_model(world)


@given(worlds(), st.integers(-2, 60), st.integers(1, 40))
def test_a_period_is_a_cut_of_the_whole(world: World, start: int, length: int) -> None:
    """A timeline over any period is the cut-out of the one timeline over all time."""
    laws.check_timelines_are_the_model(world, start, start + length)
    laws.service_timeline_is_the_model(world, start, start + length)


@given(worlds())
def test_service_timelines(world: World) -> None:
    """A service's timeline holds, at every instant, the n-th largest of its members' levels and its bounds."""
    laws.service_timeline_is_the_model(world)


@given(worlds())
def test_states(world: World) -> None:
    """A rule on states and a rule on sets of time say the same at every instant."""
    laws.state_agrees_with_timeline(world)


@settings(max_examples=200)
@given(worlds())
def test_replay(world: World) -> None:
    """Outages from a replay have the begins, ends, instants and causes of the definitions."""
    laws.replay_is_the_model(world)


@settings(max_examples=200)
@given(worlds(), LATE, ACTS)
def test_live_is_replay(world: World, late: list[int], acts: list[int]) -> None:
    """Late arrivals, failed commits, restarts and reloads change nothing: live and replay give the same outages."""
    laws.live_is_the_replay(world, lateness(world, late), acts)
