"""Maintenance of checks: where it decides what a service is, and where it does not."""

from __future__ import annotations

from collections.abc import Mapping

import pytest
from support.judging_cases import catalogue_of, check, ref

from ictss_monitor.catalogue.model import AtLeast, Impact, Rule
from ictss_monitor.intervals import EMPTY, IntervalSet, span
from ictss_monitor.judging.rules import plan_of
from ictss_monitor.judging.swayed import swayed_by
from ictss_monitor.judging.timeline import CheckTimeline, Levels

END = 100
WINDOW = {"a": span(20, 40)}
ANY: Rule = AtLeast(1, (ref("a"), ref("b")))
ALL: Rule = AtLeast(None, (ref("a"), ref("b")))


def line(down: IntervalSet = EMPTY, unknown: IntervalSet = EMPTY) -> CheckTimeline:
    """Return what a check was."""
    levels = Levels(down, down)
    return CheckTimeline(0, END, levels, levels, levels, unknown)


def swayed(rule: Rule, lines: Mapping[str, CheckTimeline], windows: Mapping[str, IntervalSet] = WINDOW) -> IntervalSet:
    """Return when the windows decide what the service of a rule is."""
    held = catalogue_of([check(id_) for id_ in ("a", "b")], rule)
    return swayed_by(windows, plan_of(held, "s", "c"), lines, 0, END)


@pytest.mark.parametrize("seen", [line(), line(down=span(0, END)), line(unknown=span(0, END))])
def test_the_only_check_decides_all_of_its_window(seen: CheckTimeline) -> None:
    """Whatever was seen of it: maintenance does not depend on whether the work went well."""
    assert swayed(ref("a"), {"a": seen}) == WINDOW["a"]


def test_where_the_other_line_carries_the_window_decides_nothing() -> None:
    """Of two lines of which one is enough, the good one makes the service up; its time counts as always."""
    assert swayed(ANY, {"a": line(), "b": line()}) == EMPTY


def test_where_the_other_line_is_down_the_window_decides() -> None:
    """Then the line under the window would have to carry alone."""
    assert swayed(ANY, {"a": line(), "b": line(down=span(30, 60))}) == span(30, 40)


def test_where_something_else_brought_it_down_the_window_forgives_nothing() -> None:
    """A service that needs both and lost the other was down for that, window or not."""
    assert swayed(ALL, {"a": line(down=span(0, END)), "b": line(down=span(30, 60))}) == span(20, 30)


def test_something_else_unknown_is_not_forgiven_either() -> None:
    """What is not known besides leaves the window as much to decide as before, and no more."""
    assert swayed(ANY, {"a": line(), "b": line(unknown=span(30, 60))}) == span(30, 40)
    assert swayed(ALL, {"a": line(), "b": line(unknown=span(30, 60))}) == span(20, 40)


def test_a_check_that_only_degrades_decides_too() -> None:
    """Between up and degraded is a difference."""
    rule: Rule = AtLeast(None, (ref("a", Impact.DEGRADED), ref("b")))
    assert swayed(rule, {"a": line(), "b": line()}) == span(20, 40)
    assert swayed(rule, {"a": line(), "b": line(down=span(0, END))}) == EMPTY


def test_windows_of_several_checks_are_taken_together() -> None:
    """Two lines in maintenance at once leave nothing that carries, though each alone would decide nothing."""
    both = {"a": span(20, 40), "b": span(30, 50)}
    assert swayed(ANY, {"a": line(), "b": line()}, both) == span(30, 40)


def test_without_windows_nothing_is_maintenance() -> None:
    """No window, no time."""
    assert swayed(ref("a"), {"a": line()}, {"a": EMPTY}) == EMPTY
