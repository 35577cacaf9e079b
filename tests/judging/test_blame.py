"""Whose fault an outage was: which failed checks brought a service down, and who stands where several did."""

from __future__ import annotations

from collections.abc import Mapping

import pytest
from support.judging_cases import catalogue_of, check, ref

from ictss_monitor.catalogue.model import AtLeast, Impact, Rule
from ictss_monitor.catalogue.terms import Fault
from ictss_monitor.intervals import EMPTY, IntervalSet, span
from ictss_monitor.judging.blame import Blame, blame_of
from ictss_monitor.judging.rules import plan_of
from ictss_monitor.judging.timeline import CheckTimeline, Levels

END = 100
ANY: Rule = AtLeast(1, (ref("a"), ref("b")))
ALL: Rule = AtLeast(None, (ref("a"), ref("b")))


def line(down: IntervalSet = EMPTY, degraded: IntervalSet = EMPTY, unknown: IntervalSet = EMPTY) -> CheckTimeline:
    """Return what a check was."""
    levels = Levels(down, down | degraded)
    return CheckTimeline(0, END, levels, levels, levels, unknown)


def blame(rule: Rule, lines: Mapping[str, CheckTimeline], faults: Mapping[str, Fault]) -> Blame:
    """Return whose fault the service of a rule was not up."""
    held = catalogue_of([check(id_) for id_ in ("a", "b", "d")], rule)
    return blame_of(plan_of(held, "s", "c"), lines, faults, 0, END)


def test_a_supplier_s_check_alone_is_the_supplier_s() -> None:
    """What its check alone brought down is the third party's, and nothing else."""
    lines = {"a": line(down=span(10, 20)), "b": line()}
    made = blame(ALL, lines, {"a": Fault.THIRD_PARTY})
    assert made.of(Fault.THIRD_PARTY).down == span(10, 20)


def test_own_wins_where_both_failed() -> None:
    """Only the time in which ours was good is the supplier's."""
    lines = {"a": line(down=span(10, 30)), "b": line(down=span(20, 40))}
    made = blame(ALL, lines, {"a": Fault.THIRD_PARTY})
    assert made.of(Fault.THIRD_PARTY).down == span(10, 20)


@pytest.mark.parametrize(
    ("other", "theirs", "others"),
    [
        (Fault.UNDETERMINED, span(10, 20), span(20, 40)),
        (Fault.COUNCIL_SITE, span(10, 20), span(20, 40)),
        (Fault.THIRD_PARTY, span(10, 40), span(10, 40)),
    ],
)
def test_the_worst_for_ourselves_stands(other: Fault, theirs: IntervalSet, others: IntervalSet) -> None:
    """Undetermined and the council's site come before a third party, in the order of faults."""
    lines = {"a": line(down=span(10, 30)), "b": line(down=span(20, 40))}
    made = blame(ALL, lines, {"a": Fault.THIRD_PARTY, "b": other})
    assert made.of(Fault.THIRD_PARTY).down == theirs
    assert made.of(other).down == others


def test_a_line_that_failed_while_the_other_carried_brought_nothing_down() -> None:
    """Of two lines of which one is enough, blame is where both failed, and then on whoever is worse."""
    lines = {"a": line(down=span(0, 30)), "b": line(down=span(20, 40))}
    made = blame(ANY, lines, {"a": Fault.THIRD_PARTY, "b": Fault.THIRD_PARTY})
    assert made.of(Fault.THIRD_PARTY).down == span(20, 30)
    assert blame(ANY, lines, {"a": Fault.THIRD_PARTY}).of(Fault.THIRD_PARTY).down == EMPTY


def test_a_branch_that_held_is_not_blamed_for_another_that_failed() -> None:
    """A supplier's line with a good second is in a failed service without part in it."""
    rule: Rule = AtLeast(None, (ANY, ref("d")))
    lines = {"a": line(down=span(0, 50)), "b": line(), "d": line(down=span(10, 20))}
    made = blame(rule, lines, {"a": Fault.THIRD_PARTY, "b": Fault.THIRD_PARTY})
    assert made.of(Fault.THIRD_PARTY).down == EMPTY


def test_what_only_degrades_is_blamed_for_not_up_alone() -> None:
    """A supplier's directory down makes the service slow: not up is the supplier's, and down is nobody's."""
    rule: Rule = AtLeast(None, (ref("a", Impact.DEGRADED), ref("b")))
    made = blame(rule, {"a": line(down=span(10, 20)), "b": line()}, {"a": Fault.THIRD_PARTY})
    assert made.of(Fault.THIRD_PARTY) == Levels(EMPTY, span(10, 20))


def test_where_ours_was_slow_the_supplier_s_outage_is_theirs_only_beyond_that() -> None:
    """Without the supplier the service would have been slow all the same: not up is ours, down is the supplier's."""
    lines = {"a": line(down=span(10, 20)), "b": line(degraded=span(0, 50))}
    made = blame(ALL, lines, {"a": Fault.THIRD_PARTY})
    assert made.of(Fault.THIRD_PARTY) == Levels(span(10, 20), EMPTY)


def test_a_check_without_a_timeline_is_unknown_and_has_no_part_in_down() -> None:
    """What was never seen brought nothing down."""
    made = blame(ALL, {"b": line(down=span(10, 20))}, {"a": Fault.THIRD_PARTY})
    assert made.of(Fault.THIRD_PARTY).down == EMPTY


def test_where_all_checks_are_our_own_there_is_nothing_to_say() -> None:
    """No other is blamed, and no time is spent on it."""
    assert blame(ALL, {"a": line(down=span(10, 20))}, {}).levels == {}
