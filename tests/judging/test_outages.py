"""Outages: the rows that people read, by the examples of the definitions."""

from __future__ import annotations

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st
from support.judging_cases import World, catalogue_of, check, observations, ref, runs_of, worlds

from ictss_monitor.catalogue.model import AtLeast, Rule
from ictss_monitor.judging.confirm import History
from ictss_monitor.judging.outages import Carry, Outage, outages_of, scan
from ictss_monitor.judging.rules import plan_of
from ictss_monitor.probe import Outcome


def down_outages(rule: Rule, fall: int = 1, rise: int = 1, **texts: str) -> list[Outage]:
    """Return the outages of level down of a service, from its checks' outcomes, one every 3 microseconds."""
    histories = {}
    for id, text in texts.items():
        held = check(id, fall, rise)
        histories[id] = History.of(held)
        for run in runs_of(held, observations(id, text)):
            histories[id].fold_run(run)
    plan = plan_of(catalogue_of([check(id) for id in texts], rule), "s", "c")
    now = 3 * max(map(len, texts.values()))
    return [each for each in outages_of(plan, histories, -9, now, now, now) if each.level is Outcome.DOWN]


def row(outage: Outage) -> tuple[int | None, ...]:
    """Return last seen up, first seen down, last seen down, first seen up, end."""
    return (outage.last_seen_up, outage.first_seen_down, outage.last_seen_down, outage.first_seen_up, outage.end)


def test_four_instants() -> None:
    """An outage keeps last seen up, first and last seen down, first seen up, and ends at the last of them."""
    (found,) = down_outages(ref("a"), fall=3, rise=2, a="UUDDDDUU")
    assert row(found) == (3, 6, 15, 18, 18)
    assert found.causes == ("a",)


def test_down_unknown_down_is_one_outage() -> None:
    """A hole in an outage neither ends it nor begins another."""
    assert [row(each) for each in down_outages(ref("a"), a="UDDXXDU")] == [(0, 3, 15, 18, 18)]
    assert [row(each) for each in down_outages(ref("a"), a="UD.....DU")] == [(0, 3, 21, 24, 24)]


def test_up_unknown_down_begins_at_the_first_failure() -> None:
    """What was unknown before an outage is not part of it."""
    assert [row(each) for each in down_outages(ref("a"), a="UUXXDU")] == [(3, 12, 12, 15, 15)]


def test_down_unknown_up_ends_at_the_last_failure() -> None:
    """What was unknown after the last failure is not part of the outage."""
    assert [row(each) for each in down_outages(ref("a"), a="UDDXXU")] == [(0, 3, 6, 15, 6)]


def test_seen_down_once_and_lost_is_an_outage_without_length() -> None:
    """A confirmed outage is on record though no time is counted for it."""
    assert [row(each) for each in down_outages(ref("a"), a="UDXXU")] == [(0, 3, 3, 12, 3)]


def test_an_outage_is_open_until_a_recovery_is_confirmed() -> None:
    """Good observations that are too few do not end it, nor does silence."""
    assert row(down_outages(ref("a"), rise=3, a="UDDUU")[0])[3:] == (None, None)
    assert row(down_outages(ref("a"), a="UDD......")[0])[3:] == (None, None)


def test_never_seen_up() -> None:
    """An outage from the first observation on has no last seen up."""
    assert row(down_outages(ref("a"), fall=2, a="DDU")[0]) == (None, 0, 3, 6, 6)


def test_one_outage_goes_from_member_to_member() -> None:
    """Where one member's outage runs into another's, the service has one; its causes are those at its begin."""
    (found,) = down_outages(AtLeast(None, (ref("a"), ref("b"))), a="UDDUU", b="UUDDU")
    assert row(found) == (0, 3, 9, 12, 12)
    assert found.causes == ("a",)


def test_another_member_unknown_neither_joins_nor_keeps_open() -> None:
    """While one member is paused, the outages of another begin and end by its own evidence."""
    found = down_outages(AtLeast(None, (ref("a"), ref("b"))), a="UDUUDU", b="UXXXXX")
    assert [row(each) for each in found] == [(0, 3, 3, 6, 6), (9, 12, 12, 15, 15)]


@given(worlds(), st.lists(st.integers(-9, 90), max_size=6))
def test_time_can_be_gone_over_in_parts(world: World, cuts: list[int]) -> None:
    """Going over neighbouring stretches one after the other gives the outages of going over them at once."""
    plan = plan_of(world.catalogue, "s", "c")
    histories = {}
    for id, held in world.catalogue.checks.items():
        histories[id] = History.of(held)
        for run in runs_of(held, world.seen[id]):
            histories[id].fold_run(run)
    edges = sorted({-9, *(cut for cut in cuts if cut < world.now), world.now})
    for level in (Outcome.DOWN, Outcome.DEGRADED):
        whole, _ = scan(plan, level, histories, Carry(), edges[0], edges[-1], world.now, world.now)
        rows, carry = {}, Carry()
        for start, until in pairwise(edges):
            found, carry = scan(plan, level, histories, carry, start, until, world.now, world.now)
            rows |= {outage.key: outage for outage in found}
        assert list(rows.values()) == whole
