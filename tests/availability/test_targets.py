"""Targets: which one is in force, whether it is met, and what may still be lost."""

from __future__ import annotations

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st
from support import accounts
from support.timelines import timeline

from ictss_monitor.availability.combine import combine
from ictss_monitor.availability.figure import Figure
from ictss_monitor.availability.periods import Period, parse
from ictss_monitor.availability.targets import budget, is_met, target_for
from ictss_monitor.catalogue.model import Combine, Subject, Target, Validity
from ictss_monitor.clock import MINUTE, SECOND
from ictss_monitor.judging.timeline import ServiceTimeline

OCTOBER = parse("2026-10").within("Europe/London")
NOVEMBER = parse("2026-11").within("Europe/London")
PERIOD = Period("p", 0, 1000)
P999 = Fraction(999, 1000)


def figure(line: ServiceTimeline, now: int = 1000, minimum: Fraction = Fraction(95, 100)) -> Figure:
    """Return the figure of a timeline over the period of 1,000 ticks."""
    return accounts.figure(line, PERIOD, now, minimum)


def target(
    share: str, since: int | None = None, until: int | None = None, councils: frozenset[str] | None = None
) -> Target:
    """Return a target for the telephony."""
    return Target(Subject.SERVICE, "telephony", Fraction(share), councils, Validity(since, until))


def in_force(targets: list[Target], council: str | None = "ccc", period: Period = OCTOBER) -> Fraction | None:
    """Return the target of the telephony."""
    return target_for(targets, Subject.SERVICE, "telephony", council, period)


def test_the_target_is_the_one_in_force_at_the_end_of_the_period() -> None:
    """A target that begins on the 15th governs that month; one that begins with the next month does not."""
    old, new = target("0.99", until=OCTOBER.start + 14), target("0.999", since=OCTOBER.start + 14)
    assert in_force([old, new]) == P999
    old, new = target("0.99", until=OCTOBER.end), target("0.999", since=OCTOBER.end)
    assert in_force([old, new]) == Fraction(99, 100)
    assert in_force([old, new], period=NOVEMBER) == P999


def test_a_councils_own_target_comes_before_the_one_for_all() -> None:
    """Service standards differ between councils; all together are held to the common one."""
    common, own = target("0.99"), target("0.999", councils=frozenset({"ccc"}))
    for order in ([common, own], [own, common]):
        assert in_force(order) == P999
        assert in_force(order, council="hdc") == Fraction(99, 100)
        assert in_force(order, council=None) == Fraction(99, 100)


def test_of_two_targets_in_force_the_later_one_counts() -> None:
    """A target that was not ended gives way to the one that began after it."""
    assert in_force([target("0.999", since=5), target("0.99", since=4), target("0.95")]) == P999


def test_without_a_target_there_is_none() -> None:
    """Another subject's target, or another service's, is not taken."""
    others = [
        Target(Subject.AREA, "telephony", P999),
        Target(Subject.SERVICE, "email", P999),
        target("0.99", since=OCTOBER.end),
    ]
    assert in_force(others) is None


@pytest.mark.parametrize(("down", "met"), [(1, True), (2, False)])
def test_a_target_is_met_exactly_at_it(down: int, met: bool) -> None:
    """99.9 % of 1,000 ticks allows one, not two."""
    assert is_met(figure(timeline(0, 1000, down=[(0, down)])), P999) is met


@pytest.mark.parametrize(("lost", "met"), [(900, False), (0, None)])
def test_below_minimum_coverage_only_the_bounds_decide(lost: int, met: bool | None) -> None:
    """With too little evidence a target is missed when even the best case misses it, and otherwise open."""
    assert is_met(figure(timeline(0, 1000, down=[(0, lost)], unknown=[(900, 1000)])), P999) is met


def test_below_minimum_coverage_the_worst_case_may_still_meet() -> None:
    """When all of the unknown being down would still meet the target, it is met."""
    assert is_met(figure(timeline(0, 1000, unknown=[(900, 1000)])), Fraction(9, 10)) is True


def test_below_minimum_coverage_a_best_case_that_just_meets_is_not_missed() -> None:
    """When the best case reaches the target exactly, the evidence does not decide."""
    assert is_met(figure(timeline(0, 1000, down=[(0, 100)], unknown=[(900, 1000)])), Fraction(9, 10)) is None


def test_nothing_measured_is_neither_met_nor_missed() -> None:
    """No figure decides nothing."""
    assert is_met(figure(timeline(0, 1000, absent=[(0, 1000)])), P999) is None
    assert budget(figure(timeline(0, 1000, absent=[(0, 1000)])), P999) is None


def test_the_budget_of_a_month_at_three_nines_is_about_43_minutes() -> None:
    """A month of 30 days that has just begun may lose 43 min 12 s; 13 minutes later down, 30 min 12 s are left."""
    start, end = NOVEMBER.start, NOVEMBER.end
    fresh = accounts.figure(timeline(start, end), NOVEMBER, start, P999)
    assert budget(fresh, P999) == 43 * MINUTE + 12 * SECOND
    line = timeline(start, end, down=[(start, start + 13 * MINUTE)])
    running = accounts.figure(line, NOVEMBER, start + 20 * MINUTE, P999)
    assert budget(running, P999) == 30 * MINUTE + 12 * SECOND


@given(
    st.integers(0, 300), st.integers(0, 300), st.integers(0, 300), st.integers(0, 100).map(lambda n: Fraction(n, 100))
)
def test_exactly_the_budget_may_still_be_lost(down: int, unknown: int, now: int, required: Fraction) -> None:
    """Losing the budget in what is to come just meets the target at the end; one microsecond more misses it."""
    parts = {"down": [(0, down)], "unknown": [(300, 300 + unknown)]}
    now += 300 + unknown
    left = budget(figure(timeline(0, 1000, **parts), now), required)
    assert left is not None
    if not 0 <= left < 1000 - now:
        return
    for more, met in ((left, True), (left + 1, False)):
        lost = {**parts, "down": [(0, down), (now, now + more)]}
        final = figure(timeline(0, 1000, **lost), minimum=Fraction(0))
        assert is_met(final, required) is met


def test_the_budget_of_a_sum_counts_every_members_minutes() -> None:
    """Two areas that lost 10 and 20 ticks have 30 less to lose of the length once, even past nothing left."""
    by = accounts.policy(minimum_coverage=P999)
    members = [accounts.member(timeline(0, 1000, down=[(0, lost)]), PERIOD, 1000, by) for lost in (10, 20)]
    both = combine(Combine.SUM, members, PERIOD.length, by).figure
    assert budget(both, Fraction(95, 100)) == 20
    assert budget(both, P999) == -29


def test_the_budget_of_a_mean_is_time_of_its_members_together() -> None:
    """Two services at 99.9 % may lose 2 ticks of 2,000 between them; one is gone."""
    by = accounts.policy(minimum_coverage=P999)
    members = [accounts.member(timeline(0, 1000, down=[(0, lost)]), PERIOD, 1000, by) for lost in (0, 1)]
    both = combine(Combine.MEAN, members, PERIOD.length, by).figure
    assert budget(both, P999) == 1
