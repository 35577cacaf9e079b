"""Accounts: what histories and corrections tell over what was observed, and whose fault is said to be whose."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import pytest
from support.accounts import classes
from support.judging_cases import catalogue_of, check, ref

from ictss_monitor.availability.account import Account, Annotations, account_of
from ictss_monitor.availability.classes import ServiceTime, divide
from ictss_monitor.availability.outage_count import count_outages
from ictss_monitor.availability.periods import Period
from ictss_monitor.catalogue.model import Catalogue, Provision, Rule, Validity
from ictss_monitor.catalogue.terms import Attribution, Fault, Policy
from ictss_monitor.intervals import EMPTY, IntervalSet, span
from ictss_monitor.judging.rules import plan_of
from ictss_monitor.judging.timeline import CheckTimeline, Levels
from ictss_monitor.ledger.acts import Act, Attribute, Declare, Entry, Extent, Imported, Move
from ictss_monitor.probe import Outcome

END = 100
THEIRS = Attribution(Fault.THIRD_PARTY, "BT")
A: Rule = ref("a")


def line(down: Iterable[tuple[int, int]] = (), unknown: Iterable[tuple[int, int]] = ()) -> CheckTimeline:
    """Return a check that was down and unknown then, and up otherwise."""
    lost = IntervalSet(down)
    levels = Levels(lost, lost)
    return CheckTimeline(0, END, levels, levels, levels, IntervalSet(unknown))


def account(
    held: Catalogue,
    lines: Mapping[str, CheckTimeline],
    acts: Iterable[Act] = (),
    imported: Iterable[Imported] = (),
) -> Account:
    """Return the account of the one service."""
    entries = tuple(Entry(seq, seq, "ann", "because", None, act, "", "") for seq, act in enumerate(acts, 1))
    beside = Annotations(entries=entries, imported=tuple(imported))
    return account_of(held, plan_of(held, "s", "c"), lines, beside, 0, END, END)


def extent(since: int, until: int) -> Extent:
    """Return a stretch of the one service."""
    return Extent("s", "c", since, until)


def row(since: int, until: int, state: Outcome, said: Attribution | None = None) -> Imported:
    """Return a row of a history."""
    return Imported("s", "c", since, until, state, said)


def test_a_history_fills_only_what_nobody_saw() -> None:
    """Where our probes saw up, an imported outage changes nothing; where they saw nothing, it is the outage."""
    made = account(catalogue_of([check()], A), {"a": line(unknown=[(40, 60)])}, imported=[row(30, 50, Outcome.DOWN)])
    assert made.timeline.down == span(40, 50)
    assert made.timeline.unknown == span(50, 60)


def test_a_history_blames_others_only_for_what_it_fills() -> None:
    """An outage that our probes saw stays our own, whatever an imported row over the same time says."""
    lines = {"a": line(down=[(0, 20)], unknown=[(20, 40)])}
    made = account(catalogue_of([check()], A), lines, imported=[row(0, 40, Outcome.DOWN, THEIRS)])
    assert made.timeline.down == span(0, 40)
    assert made.blame.of(Fault.THIRD_PARTY).down == span(20, 40)


def test_a_check_that_saw_nothing_is_not_blamed_for_what_people_tell() -> None:
    """An outage declared while a supplier's check was blind is our own unless somebody says otherwise."""
    held = catalogue_of([check()], None, Provision("s", "c", A, hosted_externally=True))
    blind = {"a": line(unknown=[(0, END)])}
    made = account(held, blind, [Declare(extent(10, 20), Outcome.DEGRADED)])
    assert made.timeline.degraded == span(10, 20)
    assert made.blame.of(Fault.THIRD_PARTY).not_up & span(10, 20) == EMPTY


def test_what_a_host_elsewhere_lost_is_theirs_from_the_day_on_which_they_host() -> None:
    """A service that moved to a supplier in mid-year lost its own outages before and the supplier's after."""
    provisions = (
        Provision("s", "c", A, validity=Validity(None, 50)),
        Provision("s", "c", A, hosted_externally=True, validity=Validity(50, None), supplier="BT"),
    )
    held = catalogue_of([check()], None, *provisions)
    made = account(held, {"a": line(down=[(10, 20), (70, 80)])})
    assert made.blame.of(Fault.THIRD_PARTY).down == span(70, 80)


def test_of_several_corrections_the_newest_stands() -> None:
    """Each replaces its span in state and bounds as if it had been measured so; what lies around it stays."""
    acts = [
        Declare(extent(0, 30), Outcome.UP),
        Declare(extent(10, 20), Outcome.DOWN),
        Declare(extent(15, 20), Outcome.UP),
    ]
    made = account(catalogue_of([check()], A), {"a": line(down=[(0, 40)])}, acts)
    lost = IntervalSet([(10, 15), (30, 40)])
    assert made.timeline.down == made.timeline.optimistic.down == made.timeline.pessimistic.down == lost
    assert made.uncorrected is not None
    assert made.uncorrected.timeline.down == span(0, 40)


def test_a_moved_outage_was_up_where_it_was_not() -> None:
    """An outage seen from 10 to 30 that lasted from 20 to 40 leaves 10 to 20 up."""
    made = account(
        catalogue_of([check()], A), {"a": line(down=[(10, 30)])}, [Move(extent(10, 30), extent(20, 40), Outcome.DOWN)]
    )
    assert made.timeline.down == span(20, 40)


def test_what_is_said_last_of_a_fault_stands() -> None:
    """A third party's by one entry, our own again by the next."""
    acts = [Attribute(extent(0, 30), THEIRS), Attribute(extent(10, 20), Attribution(Fault.OWN))]
    made = account(catalogue_of([check()], A), {"a": line(down=[(0, 40)])}, acts)
    assert made.blame.of(Fault.THIRD_PARTY).down == IntervalSet([(0, 10), (20, 30)])


@pytest.mark.parametrize("state", [Outcome.UP, Outcome.DOWN])
def test_a_correction_says_nothing_of_what_is_to_come(state: Outcome) -> None:
    """Beyond now there is nothing to correct."""
    held = catalogue_of([check()], A)
    beside = Annotations(entries=(Entry(1, 1, "ann", "because", None, Declare(extent(0, END), state), "", ""),))
    made = account_of(held, plan_of(held, "s", "c"), {"a": line()}, beside, 0, END, 50)
    assert made.told == span(0, 50)
    assert made.timeline.down == (span(0, 50) if state is Outcome.DOWN else EMPTY)


def test_an_outage_at_closing_time_runs_on() -> None:
    """What was down when the last service hours of a period ended was not seen to be over."""
    period, policy = Period("p", 0, END), Policy("p", "p")
    made = account(catalogue_of([check()], A), {"a": line(down=[(60, END)])})
    found = divide(made, ServiceTime(span(0, END), span(0, 70)), period, END, policy)
    assert count_outages(found, policy).runs_on is True
    seen = classes(account(catalogue_of([check()], A), {"a": line(down=[(60, 69)])}).timeline, period, END)
    assert count_outages(seen, policy).runs_on is False
