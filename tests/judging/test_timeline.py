"""Timelines: what a check and a service were over time, by the examples of the definitions."""

from __future__ import annotations

from hypothesis import given
from support.judging_cases import World, catalogue_of, check, observations, ref, runs_of, worlds

from ictss_monitor.catalogue.model import AtLeast, Impact, Rule
from ictss_monitor.intervals import EMPTY, IntervalSet
from ictss_monitor.judging.rules import plan_of
from ictss_monitor.judging.timeline import CheckTimeline, ServiceTimeline, check_timeline, service_timeline


def timeline(text: str, fall: int = 3, rise: int = 2, end: int | None = None) -> CheckTimeline:
    """Judge a text of outcomes, one every 3 microseconds, up to one step after the last."""
    held = check(fall=fall, rise=rise)
    now = 3 * len(text) if end is None else end
    return check_timeline(held, runs_of(held, observations("a", text)), 0, now, now, now)


def span(*intervals: tuple[int, int]) -> IntervalSet:
    """Build a set."""
    return IntervalSet(intervals)


def test_an_outage_begins_at_its_first_failure_and_ends_at_the_first_good_one() -> None:
    """Confirmation looks back: three failures confirm from the first on, two good ones from the first on."""
    found = timeline("UUDDDDUU")
    assert found.confirmed.down == span((6, 18))
    assert found.failures.down == span((6, 15))
    assert found.doubtful.down == span((3, 18))
    assert found.unknown == EMPTY


def test_failures_too_few_are_only_doubtful() -> None:
    """Two failures where three confirm are no outage; the pessimistic bound takes them from good to good."""
    found = timeline("UDDUU")
    assert (found.failures.down, found.confirmed.down, found.doubtful.down) == (EMPTY, EMPTY, span((0, 9)))


def test_down_unknown_down() -> None:
    """One outage, whose hole is unknown from the last failure before it to the first after it."""
    found = timeline("UDDDXXDUU")
    assert found.confirmed.down == span((3, 21))
    assert found.unknown == span((9, 18))


def test_up_unknown_down() -> None:
    """The outage begins at the first failure; before it, unknown from the last good one on."""
    found = timeline("UUXXDDD")
    assert found.confirmed.down == span((12, 21))
    assert found.unknown == span((3, 12))


def test_down_unknown_up() -> None:
    """What is counted ends at the last failure: from there to the first good one is unknown."""
    found = timeline("UDDDXXUU")
    assert found.confirmed.down - found.unknown == span((3, 9))
    assert found.unknown == span((9, 18))


def test_a_gap_is_unknown_when_longer_than_allowed() -> None:
    """Seven microseconds are allowed here: two steps are watched, three are a gap."""
    assert timeline("UU.UU").unknown == EMPTY
    assert timeline("UU..UU").unknown == span((3, 12))


def test_silence_at_the_end_is_unknown_from_the_last_observation_on() -> None:
    """Within the allowance nothing is said; beyond it all since the last observation is unknown."""
    assert timeline("UU", end=10).unknown == EMPTY
    assert timeline("UU", end=11).unknown == span((3, 11))


def test_evidence_that_is_not_in_yet_is_unknown_only_where_it_is_missing() -> None:
    """Where the store lags, what it covers stays known, and the rest up to now is unknown once it is long enough."""
    held = check()
    runs = runs_of(held, observations("a", "UUU"))
    assert check_timeline(held, runs, 0, 50, seen_until=9, now=12).unknown == EMPTY
    assert check_timeline(held, runs, 0, 50, seen_until=9, now=20).unknown == span((9, 20))
    assert check_timeline(held, runs, 0, 50, seen_until=20, now=20).unknown == span((6, 20))


def test_pending_at_first_is_unknown() -> None:
    """Failures before anything else are unknown until a good one; once confirmed they were down all along."""
    assert timeline("DDUU").unknown == span((0, 6))
    assert timeline("DDD").unknown == EMPTY
    assert timeline("DDD").confirmed.down == span((0, 9))


def test_degraded_and_down_are_counted_apart() -> None:
    """Degraded, down and degraded in a row are not up from the first on, and never down."""
    found = timeline("UGDGU")
    assert found.confirmed.not_up == span((3, 15))
    assert found.confirmed.down == EMPTY


@given(worlds())
def test_the_three_versions_are_nested(world: World) -> None:
    """Failures lie inside confirmed, confirmed inside doubtful, and down inside not up."""
    for id, held in world.catalogue.checks.items():
        found = check_timeline(held, runs_of(held, world.seen[id]), 0, 99, world.now, world.now)
        for levels in (found.failures, found.confirmed, found.doubtful):
            assert levels.down - levels.not_up == EMPTY
        for name in ("down", "not_up"):
            inner, middle, outer = (getattr(x, name) for x in (found.failures, found.confirmed, found.doubtful))
            assert (inner - middle, middle - outer) == (EMPTY, EMPTY)


@given(worlds())
def test_bounds_hold_the_state_between_them(world: World) -> None:
    """Optimistic lies inside down, pessimistic contains down and unknown."""
    plan = plan_of(world.catalogue, "s", "c")
    timelines = {
        id: check_timeline(held, runs_of(held, world.seen[id]), 0, 99, world.now, world.now)
        for id, held in world.catalogue.checks.items()
    }
    found = service_timeline(plan, timelines, 0, 99, world.now)
    assert found.optimistic.down - found.down == EMPTY
    assert (found.down | found.unknown) - found.pessimistic.down == EMPTY


def service(rule: Rule, **texts: str) -> ServiceTimeline:
    """Judge a service from its checks' outcomes, one every 3 microseconds; one failure confirms, one good recovers."""
    checks = [check(id, fall=1, rise=1) for id in texts]
    now = 3 * max(map(len, texts.values()))
    timelines = {
        held.id: check_timeline(held, runs_of(held, observations(held.id, texts[held.id])), 0, now, now, now)
        for held in checks
    }
    return service_timeline(plan_of(catalogue_of(checks, rule), "s", "c"), timelines, 0, now, now)


def all_of(*members: Rule) -> AtLeast:
    """Build a rule in which every member counts."""
    return AtLeast(None, members)


def test_all_is_down_with_any_member() -> None:
    """`all` takes the lowest level."""
    assert service(all_of(ref("a"), ref("b")), a="UDUU", b="UUGU").down == span((3, 6))
    assert service(all_of(ref("a"), ref("b")), a="UDUU", b="UUGU").degraded == span((6, 9))


def test_any_is_down_with_all_members() -> None:
    """`any` takes the highest level."""
    assert service(AtLeast(1, (ref("a"), ref("b"))), a="UDDU", b="UUDD").down == span((6, 9))


def test_at_least_two_of_three() -> None:
    """`at_least: 2` is down where fewer than two members are better than down."""
    assert service(AtLeast(2, (ref("a"), ref("b"), ref("d"))), a="DDDU", b="UDGD", d="UUUD").down == span(
        (3, 6), (9, 12)
    )


def test_slow_log_in() -> None:
    """Active Directory with `impact: degraded` degrades its service and never takes it down."""
    found = service(all_of(ref("a"), ref("b", Impact.DEGRADED)), a="UUUU", b="UDDU")
    assert (found.down, found.degraded) == (EMPTY, span((3, 9)))


def test_unknown_decides_only_where_it_matters() -> None:
    """A member's unknown makes `all` unknown while the rest is up, and leaves it down while another is down."""
    found = service(all_of(ref("a"), ref("b")), a="UXXUUU", b="UUDDUU")
    assert found.down == span((6, 12))
    assert found.unknown == span((0, 6))
    assert service(AtLeast(1, (ref("a"), ref("b"))), a="UXXU", b="UUUU").unknown == EMPTY


def test_a_service_without_checks_is_not_monitored() -> None:
    """A provision without a rule is unknown, not up."""
    plan = plan_of(catalogue_of([], None), "s", "c")
    assert service_timeline(plan, {}, 0, 50, now=30).unknown == span((0, 30))
