"""The live judge: what it hands over, when, and what it remembers."""

from __future__ import annotations

import gc
from dataclasses import replace

import pytest
from support.judging_cases import D, G, U, X, catalogue_of, check, observation, observations, ref

from ictss_monitor.catalogue.model import AtLeast, Catalogue, Provision, Validity
from ictss_monitor.judging.live import Changes, Judge, ServiceState, Transition
from ictss_monitor.judging.outages import Outage
from ictss_monitor.observation import Observation
from ictss_monitor.probe import Outcome, Reason

RULE = AtLeast(None, (ref("a"), ref("b")))
CATALOGUE = catalogue_of([check("a"), check("b")], RULE)


def watch(judge: Judge, *seen: Observation) -> Changes:
    """Let the judge observe, in the order of time, and take what changed."""
    for each in sorted(seen, key=lambda each: each.instant):
        judge.observe(each)
    return judge.take_changes()


def judged(a: str, b: str = "", catalogue: Catalogue = CATALOGUE) -> tuple[Judge, Changes]:
    """Judge two checks' outcomes, one every 3 microseconds."""
    judge = Judge(catalogue, "local")
    return judge, watch(judge, *observations("a", a), *observations("b", b or "U" * len(a)))


def services(changes: Changes) -> list[Transition]:
    """Return the transitions of services."""
    return [each for each in changes.transitions if each.council is not None]


def test_unchanged_observations_are_not_urgent() -> None:
    """A run that goes on is handed over for the next heartbeat, once, however often it grew."""
    judge, _ = judged("UUU")
    changes = watch(judge, observation("a", 9, U), observation("a", 12, U))
    assert [(run.check, run.last, run.count) for run in changes.open_runs] == [("a", 12, 5)]
    assert not changes.urgent
    assert changes.size == 1
    assert judge.take_changes() == Changes()


def test_both_sides_of_an_edge_are_kept_whole() -> None:
    """When a run ends, its last observation and the first of the next are kept, each once."""
    judge, changes = judged("UUUDU")
    assert [each.instant for each in changes.edges if each.check == "a"] == [0, 6, 9, 12]
    assert [(run.first, run.last) for run in changes.closed_runs] == [(0, 6), (9, 9)]
    assert judge.urgent is False


def test_a_confirmed_outage_is_announced_with_its_cause() -> None:
    """Check and service change together; the outage begins at the first failure and names the check."""
    judge, _ = judged("UU")
    for instant in (6, 9):
        assert watch(judge, observation("a", instant, D), observation("b", instant, U)).transitions == []
    changes = watch(judge, observation("a", 12, D))
    assert changes.transitions == [
        Transition("a", None, U, D, 6, 12),
        Transition("s", "c", U, D, 6, 12, ("a",)),
    ]
    assert [each.key for each in changes.outages] == [("s", "c", D, 6), ("s", "c", G, 6)]
    assert changes.urgent
    assert judge.service_state("s", "c") == ServiceState(D, 6, ("a",))
    assert [each.key for each in judge.open_outages()] == [("s", "c", D, 6), ("s", "c", G, 6)]


def test_a_recovery_closes_it() -> None:
    """The row is handed over again, whole, with its end."""
    judge, _ = judged("UUDDD")
    changes = watch(judge, *observations("a", "UU", start=15), *observations("b", "UU", start=15))
    assert {each.level: each.end for each in changes.outages} == {D: 15, G: 15}
    assert [(each.new, each.since, each.confirmed) for each in services(changes)] == [(U, 15, 18)]
    assert judge.open_outages() == []


def test_silence_makes_unknown_and_does_not_end_an_outage() -> None:
    """Once the allowance has passed the check is unknown from its last observation on; the outage stays open."""
    judge, _ = judged("UUDDD", "UUUUU")
    judge.tick(19)
    assert judge.take_changes().transitions == []
    judge.tick(20)
    changes = judge.take_changes()
    assert [(each.subject, each.new, each.since) for each in changes.transitions] == [
        ("a", X, 12),
        ("b", X, 12),
        ("s", X, 12),
    ]
    assert len(judge.open_outages()) == 2


def test_it_sees_again_after_silence() -> None:
    """The next observation ends what was unknown, and the state that was held counts again."""
    judge, _ = judged("UUU")
    judge.tick(30)
    judge.take_changes()
    changes = watch(judge, observation("a", 31, U), observation("b", 31, U))
    assert [(each.subject, each.old, each.new, each.since) for each in changes.transitions] == [
        ("a", X, U, 31),
        ("b", X, U, 31),
        ("s", X, U, 31),
    ]
    judge.tick(39)
    assert judge.check_state("a").state is X


def test_later_knowledge_withdraws_an_outage() -> None:
    """Two checks of which one must be good: what looked like an outage began before the other was lost for good."""
    catalogue = catalogue_of([check("a", 1, 1), check("b", 1, 1)], AtLeast(1, (ref("a"), ref("b"))))
    judge = Judge(catalogue, "local")
    first = watch(judge, observation("a", 0, U), observation("b", 0, U), observation("a", 3, D), observation("b", 5, D))
    assert {each.first_seen_down for each in first.outages} == {5}
    watch(judge, observation("b", 9, D))
    judge.tick(12)
    assert {key[3] for key in judge.take_changes().withdrawn} == {5}
    later = watch(judge, observation("a", 13, D))
    assert {each.first_seen_down for each in later.outages} == {13}


def test_a_date_changes_a_service_without_an_observation() -> None:
    """When a member leaves by its date, the tick that passes it works the service out anew."""
    rule = AtLeast(None, (ref("a", validity=Validity(None, 20)), ref("b")))
    judge, _ = judged("UDDDDDD", "UUUUUUU", catalogue_of([check("a"), check("b")], rule))
    judge.tick(20)
    assert services(judge.take_changes()) == []
    judge.tick(21)
    changes = judge.take_changes()
    assert [(each.old, each.new, each.since) for each in services(changes)] == [(D, U, 20)]
    assert {(each.end, each.first_seen_up) for each in changes.outages} == {(20, 20)}


def test_what_does_not_belong_is_discarded() -> None:
    """Unknown checks, other vantages and observations that are not later than the last one change nothing."""
    judge, _ = judged("UU")
    stale = [observation("z", 9, D), observation("a", 3, D), replace(observation("a", 9, D), vantage="depot")]
    assert watch(judge, *stale) == Changes()
    assert judge.discarded == 3


def test_the_last_observation_is_kept_for_metrics() -> None:
    """A check's state comes with its last observation and tells whether a change is pending."""
    judge, _ = judged("UUD")
    state = judge.check_state("a")
    assert (state.state, state.since, state.pending) == (U, 0, True)
    assert state.observation is not None
    assert state.observation.instant == 6
    assert [id for id, _ in judge.check_states()] == ["a", "b"]
    assert [key for key, _ in judge.service_states()] == [("s", "c")]


def test_nothing_is_announced_again_after_a_restart() -> None:
    """A restored judge holds what was held, hands nothing over, and makes the dead time unknown."""
    judge, changes = judged("UUDDD", "UUUUU")
    judge.tick(13)
    changes = changes.merge(judge.take_changes())
    again = Judge(CATALOGUE, "local")
    runs = {
        id: [run for run in (*changes.closed_runs, *changes.open_runs) if run.check == id] for id in CATALOGUE.checks
    }
    again.restore(runs, changes.outages, 13)
    assert not again.urgent
    assert again.take_changes() == Changes()
    assert again.service_state("s", "c").state is D
    again.tick(40)
    assert [(each.subject, each.new) for each in again.take_changes().transitions] == [("a", X), ("b", X), ("s", X)]
    later = watch(again, observation("a", 41, U), observation("b", 41, U), observation("a", 44, U))
    assert {(each.first_seen_down, each.last_seen_down, each.end) for each in later.outages} == {(6, 12, 12)}


def test_a_reload_keeps_what_is_held() -> None:
    """Checks that stay keep their state; a new one begins; one that went has its run closed."""
    judge, _ = judged("UUDDD", "UUUUU")
    catalogue = catalogue_of([check("a", fall=5), check("d")], ref("a"))
    judge.reload(catalogue)
    changes = judge.take_changes()
    assert [run.check for run in changes.closed_runs] == ["b"]
    assert judge.check_state("a").state is D
    assert judge.check_state("d").state is X
    with pytest.raises(KeyError):
        judge.check_state("b")


def test_a_service_that_leaves_the_catalogue_ends_its_outages() -> None:
    """No outage stays open for a service that nobody has any more."""
    judge, _ = judged("UUDDD", "UUUUU")
    judge.tick(14)
    judge.reload(catalogue_of([check("a")], None, Provision("s", "c", None)))
    assert {each.end for each in judge.take_changes().outages} == {14} or judge.open_outages() == []
    judge.reload(replace(CATALOGUE, services={}))
    judge.take_changes()
    assert judge.open_outages() == []


def outage(first: int, end: int | None = None) -> Outage:
    """Build a row."""
    return Outage("s", "c", Outcome.DOWN, None, first, first, end, end)


def test_merged_changes_hold_each_thing_once() -> None:
    """What could not be written is merged with what came later: the newest of each, withdrawn only if it stays so."""
    judge = Judge(CATALOGUE, "local")
    early = watch(judge, *observations("a", "UUD"))
    late = watch(judge, observation("a", 9, D), observation("a", 12, D, Reason.TIMEOUT))
    both = early.merge(late)
    assert [(run.first, run.last) for run in both.closed_runs] == [(0, 3), (6, 9)]
    assert [(run.first, run.last) for run in both.open_runs] == [(12, 12)]
    assert [each.instant for each in both.edges] == [0, 3, 6, 9, 12]
    one = Changes(outages=[outage(1), outage(2)], withdrawn=[outage(3).key])
    two = Changes(outages=[outage(1, 9), outage(3)], withdrawn=[outage(2).key])
    merged = one.merge(two)
    assert merged.outages == [outage(1, 9), outage(3)]
    assert merged.withdrawn == [outage(2).key]


def test_memory_stays_bounded_while_an_outage_lasts() -> None:
    """One member is down for ever, another flaps: what is remembered does not grow with their number."""
    judge, _ = judged("UUDDD", "UUUUU")
    sizes = []
    for turn in range(300):
        at = 15 + 30 * turn
        watch(judge, *observations("a", "D" * 10, start=at), *observations("b", "DDDUUDUUXU", start=at))
        judge.tick(at + 28)
        judge.take_changes()
        if turn in (20, 299):
            gc.collect()
            sizes.append(sum(isinstance(each, (Outage, tuple)) for each in gc.get_objects()))
            lives = judge._checks.values()
            sizes.append(sum(len(live.history.down.past) + len(live.history.holes) for live in lives))
    assert sizes[3] <= sizes[1] + 4
    assert sizes[2] < sizes[0] + 500
    assert len(judge.open_outages()) == 2
