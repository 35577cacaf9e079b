"""Blame: which of the checks that had failed brought a service down, as sets of time, and so whose fault it was.

A failed member counts only through branches of the rule that failed themselves: of two lines of which one is enough,
the one that failed alone brought nothing down. Where own and foreign checks both did, the worst for ourselves stands,
in the order of `Fault`.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from typing import Final

from ictss_monitor.catalogue.model import AtLeast, CheckRef, Impact, Rule
from ictss_monitor.catalogue.terms import Fault
from ictss_monitor.clock import Instant
from ictss_monitor.intervals import EMPTY, IntervalSet, at_least, span, union
from ictss_monitor.judging.rules import Plan
from ictss_monitor.judging.timeline import CheckTimeline, Levels

NOTHING: Final = Levels(EMPTY, EMPTY)


@dataclass(frozen=True, slots=True)
class Blame:
    """For each fault but our own, when the service was down or not up for it alone; disjoint from fault to fault."""

    levels: Mapping[Fault, Levels] = field(default_factory=dict)

    def of(self, fault: Fault) -> Levels:
        """Return what is blamed on `fault`."""
        return self.levels.get(fault, NOTHING)


NOBODY_ELSE: Final = Blame()
"""Everything is our own."""


def blame_of(
    plan: Plan,
    timelines: Mapping[str, CheckTimeline],
    faults: Mapping[str, Fault],
    start: Instant,
    until: Instant,
) -> Blame:
    """Return whose fault the service of `plan` was not up over `[start, until)`, by the `faults` of its checks.

    A check that is not in `faults` is our own; one without a timeline is unknown.
    """
    present = {faults.get(check, Fault.OWN) for check in plan.checks()}
    if present <= {Fault.OWN}:
        return NOBODY_ELSE
    down = _by_fault(plan, timelines, faults, present, start, until, down=True)
    not_up = _by_fault(plan, timelines, faults, present, start, until, down=False)
    return Blame({fault: Levels(down[fault], not_up[fault]) for fault in present - {Fault.OWN}})


def _by_fault(
    plan: Plan,
    timelines: Mapping[str, CheckTimeline],
    faults: Mapping[str, Fault],
    present: Collection[Fault],
    start: Instant,
    until: Instant,
    *,
    down: bool,
) -> dict[Fault, IntervalSet]:
    """Return the time that each of the faults `present` had its part in, less what a worse one had its part in."""

    def failed(check: str) -> IntervalSet:
        held = timelines.get(check)
        if held is None:
            return EMPTY if down else span(start, until)
        return held.confirmed.down - held.unknown if down else held.confirmed.not_up | held.unknown

    found: dict[Fault, IntervalSet] = {}
    worse = EMPTY
    for fault in Fault:
        if fault in present:
            blamed = frozenset(check for check in plan.checks() if faults.get(check, Fault.OWN) is fault)
            part = _part_of(plan, failed, blamed, start, until, down)
            found[fault] = part - worse
            worse |= part
    return found


def _part_of(
    plan: Plan,
    failed: Callable[[str], IntervalSet],
    blamed: Collection[str],
    start: Instant,
    until: Instant,
    down: bool,
) -> IntervalSet:
    return union(
        _through(piece.rule, failed, blamed, down)[1].clip(piece.start, piece.end)
        for piece in plan.pieces(start, until)
        if piece.rule is not None
    )


def _through(
    rule: Rule, failed: Callable[[str], IntervalSet], blamed: Collection[str], down: bool
) -> tuple[IntervalSet, IntervalSet]:
    """Return when the rule failed, and when the checks `blamed` had their part in that."""
    if down and rule.impact is Impact.DEGRADED:
        return EMPTY, EMPTY
    if isinstance(rule, CheckRef):
        own = failed(rule.check)
        return own, own if rule.check in blamed else EMPTY
    return _through_members(rule, [_through(member, failed, blamed, down) for member in rule.members])


def _through_members(rule: AtLeast, members: list[tuple[IntervalSet, IntervalSet]]) -> tuple[IntervalSet, IntervalSet]:
    assert rule.n is not None
    whole = at_least(len(members) - rule.n + 1, [held for held, _ in members])
    return whole, whole & union(part for _, part in members)
