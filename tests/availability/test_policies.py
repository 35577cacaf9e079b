"""Every policy, every way of combining, against a simulator that goes through a period tick by tick.

Small worlds of two services, two councils and three checks, with windows, service hours over both clock changes,
imports, corrections and a now in the middle; see `support.policy_world`.
"""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from support import policy_laws as laws
from support.policy_cases import WORLDS, policy_worlds, world_of
from support.policy_laws import Case
from support.policy_world import World

SMALL = settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
MANY = settings(max_examples=400, deadline=None, suppress_health_check=list(HealthCheck))
LONG = settings(max_examples=4, deadline=None, suppress_health_check=list(HealthCheck))


@given(WORLDS)
@SMALL
def test_every_class_of_time_is_what_counting_ticks_gives(world: World) -> None:
    """Each tick is in the first class that applies, and the classes add up to the period."""
    laws.classes_are_the_model(Case(world))


@given(WORLDS)
@SMALL
def test_every_figure_is_what_counting_ticks_gives(world: World) -> None:
    """Value, bounds, gross, net, and whose the loss is, of services and of all that is made of them."""
    laws.figures_are_the_model(Case(world))


@given(WORLDS)
@SMALL
def test_the_uncorrected_figure_is_what_it_was_before_anybody_spoke(world: World) -> None:
    """Without corrections, and without notices that were cited later, the figures are those of the evidence."""
    laws.figures_are_the_model(Case(world, corrected=False))


@given(WORLDS)
@SMALL
def test_the_bounds_hold_every_figure_gross_and_net(world: World) -> None:
    """Low is not above the value nor the value above high, on whatever terms; and net is not below gross."""
    laws.bounds_hold_every_figure(Case(world))


@given(WORLDS)
@SMALL
def test_outages_are_counted_as_walking_through_time_counts_them(world: World) -> None:
    """Unknown, closed and planned time between makes no new outage; time that was seen up does."""
    laws.outages_are_the_model(Case(world))


@pytest.mark.slow
@pytest.mark.timeout(600)
@given(WORLDS)
@MANY
def test_every_law_on_many_worlds(world: World) -> None:
    """The same on many more."""
    laws.every_law(world)


@pytest.mark.slow
@pytest.mark.timeout(600)
@pytest.mark.parametrize("length", [1000, 5000])
@given(st.data())
@LONG
def test_every_law_on_long_periods(length: int, data: st.DataObject) -> None:
    """The same through periods of up to 5,000 ticks, which is 52 days."""
    laws.every_law(data.draw(policy_worlds(length)))


def test_worlds_in_which_something_was_wrong_once() -> None:
    """A combination of combinations kept as planned what another part had lost besides."""
    for seed in (11_279, 11_342):
        laws.every_law(world_of(seed))
