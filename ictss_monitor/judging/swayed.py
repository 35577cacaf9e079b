"""When maintenance of single checks decides what a service is: the service's own share of their windows.

An instant belongs to a service's maintenance when the checks under a window, taken as anything from down to up, would
make a difference to its state. Where they would not (the other line carries it, or something else is down as well), the
instant counts as always.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from ictss_monitor.clock import Instant
from ictss_monitor.intervals import EMPTY, IntervalSet, span, union
from ictss_monitor.judging.rules import Plan
from ictss_monitor.judging.timeline import CheckTimeline, apply_plan


def swayed_by(
    windows: Mapping[str, IntervalSet],
    plan: Plan,
    timelines: Mapping[str, CheckTimeline],
    start: Instant,
    until: Instant,
) -> IntervalSet:
    """Return when in `[start, until)` the checks in `windows`, by id, decide the state of the service of `plan`.

    All four edges of what the service may be count: worst and best, at down and at not up.
    """
    if not any(windows.values()):
        return EMPTY
    whole = span(start, until)

    def levels(check: str, down: bool, worst: bool) -> IntervalSet:
        held = timelines.get(check)
        if held is None:
            return whole if worst else EMPTY
        failed = held.confirmed.down if down else held.confirmed.not_up
        return failed | held.unknown if worst else failed - held.unknown

    def differs(down: bool, worst: bool) -> IntervalSet:
        def at_worst(check: str) -> IntervalSet:
            return levels(check, down, worst) | windows.get(check, EMPTY)

        def at_best(check: str) -> IntervalSet:
            return levels(check, down, worst) - windows.get(check, EMPTY)

        over: Callable[[Callable[[str], IntervalSet]], IntervalSet] = lambda view: apply_plan(  # noqa: E731
            plan, start, until, view, down
        )
        return over(at_worst) - over(at_best)

    return union(differs(down, worst) for down in (True, False) for worst in (True, False))
