"""The steps of a figure: worked out from their own terms, they give the figure, its bounds and its net exactly."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction

from hypothesis import given
from hypothesis import strategies as st
from support.accounts import policy as policy_of
from support.timelines import Tick, from_ticks, histories

from ictss_monitor.availability.account import Account
from ictss_monitor.availability.classes import ServiceTime, divide
from ictss_monitor.availability.combine import Member, combine, member_of, weighed_pieces
from ictss_monitor.availability.figure import Figure, figure_of
from ictss_monitor.availability.periods import Period
from ictss_monitor.availability.totals import totals_of
from ictss_monitor.catalogue.model import Combine
from ictss_monitor.catalogue.terms import Fault, Policy, Weight, WindowsCount
from ictss_monitor.catalogue.validity import Validity
from ictss_monitor.explanation.derivation import Part, Piece, Step, classes_by_name, steps_of
from ictss_monitor.intervals import IntervalSet, span
from ictss_monitor.judging.blame import Blame
from ictss_monitor.judging.timeline import Levels

LENGTH = 12
PERIOD = Period("ticks", 0, LENGTH)
sets = st.lists(st.booleans(), min_size=LENGTH, max_size=LENGTH).map(
    lambda chosen: IntervalSet((at, at + 1) for at, is_in in enumerate(chosen) if is_in)
)
policies = st.builds(
    lambda degraded, maintenance: policy_of(degraded=degraded, maintenance=maintenance),
    st.sampled_from([Fraction(0), Fraction(1, 3), Fraction(1)]),
    st.sampled_from(WindowsCount),
)
nows = st.integers(0, LENGTH + 2)


def member(history: list[Tick], windows: IntervalSet, third: IntervalSet, by: Policy, now: int) -> Member:
    """Return a service of which third parties had a part in what was lost."""
    account = Account(from_ticks(history), windows.clip(0, now), Blame({Fault.THIRD_PARTY: Levels(third, third)}))
    whole = span(0, LENGTH)
    return member_of(divide(account, ServiceTime(whole, whole), PERIOD, now, by), LENGTH, by)


def part(name: str, held: Member, by: Policy) -> Part:
    """Return a member with its name, as steps are made from it."""
    pieces = (
        Piece(weight, None, None, figure_of(totals_of(classes, LENGTH), by)) for weight, classes in weighed_pieces(held)
    )
    return Part(name, held.figure, tuple(pieces))


def check(steps: tuple[Step, ...], figure: Figure) -> None:
    """Hold what each step gives against the figure."""
    found = {step.name: step.value for step in steps}
    assert found["availability"] == figure.value
    assert (found["low"], found["high"], found["coverage"]) == (figure.low, figure.high, figure.coverage)
    assert found.get("net of third parties", figure.value) == figure.net.value
    for name, expected in (
        ("measured", figure.measured),
        ("lost", figure.lost),
        ("maybe lost", figure.maybe_lost),
        ("surely lost", figure.surely_lost),
    ):
        assert found.get(name, expected) == expected


members = st.tuples(histories(LENGTH), sets, sets)


@given(members, policies, nows)
def test_the_steps_of_a_service_give_its_figure(
    held: tuple[list[Tick], IntervalSet, IntervalSet], by: Policy, now: int
) -> None:
    """Whatever the timeline and the policy, the formulas with the numbers in them give what is printed."""
    made = member(*held, by, now)
    steps = steps_of(made.figure, made.totals, by, None, (), Fraction(99, 100))
    check(steps, made.figure)
    assert sum(amount for _, amount in classes_by_name(made.totals)) == LENGTH
    doubtful = next(step for step in steps if step.name == "maybe lost")
    assert all(term.amount >= 0 for term in doubtful.terms)


@given(st.lists(members, min_size=1, max_size=4), policies, st.sampled_from(Combine), nows)
def test_the_steps_of_a_combination_give_its_figure(
    held: list[tuple[list[Tick], IntervalSet, IntervalSet]], by: Policy, how: Combine, now: int
) -> None:
    """In each way of combining, the members and what is said of them are enough to work the figure out."""
    weights = (Weight(Fraction(3), Validity(until=5)), Weight(Fraction(2, 7), Validity(since=5)))
    made = [replace(member(*each, by, now), weights=weights) for each in held]
    whole = combine(how, made, LENGTH, by)
    parts = [part(str(number), each, by) for number, each in enumerate(made)]
    check(steps_of(whole.figure, whole.totals, by, how, parts, None), whole.figure)


def test_what_is_left_is_that_of_the_budget() -> None:
    """Half of twelve may be lost where 50 % is asked for; four were, so that two are left."""
    history = [Tick("up", surely=False, maybe=False)] * 8 + [Tick("down", surely=True, maybe=True)] * 4
    none = IntervalSet()
    made = member(history, none, none, policy_of(), LENGTH)
    steps = {
        each.name: each.value for each in steps_of(made.figure, made.totals, policy_of(), None, (), Fraction(1, 2))
    }
    assert steps["left before the target is missed"] == 2


def test_nothing_measured_has_no_step_that_is_a_share() -> None:
    """Without a base there is no figure, and no 0 or 100 either."""
    none = IntervalSet()
    made = member([Tick("absent", surely=False, maybe=False)] * LENGTH, none, none, policy_of(), LENGTH)
    steps = steps_of(made.figure, made.totals, policy_of(), None, (), None)
    assert {step.name: step.value for step in steps if step.over} == dict.fromkeys(
        ("availability", "coverage", "low", "high")
    )
