"""The catalogue's limits on what probes measure, applied in one place so that all probes mean the same by them."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace
from typing import Final

from ictss_monitor.catalogue.model import Limit
from ictss_monitor.observation import measured
from ictss_monitor.probe import Finding, Outcome, Reason

SEVERITY: Final = {Outcome.UP: 0, Outcome.DEGRADED: 1, Outcome.DOWN: 2}

Broken = Callable[[Finding, Limit], str]
"""Tells how a finding breaks a limit; empty where it does not."""


def breach(finding: Finding, limit: Limit) -> str:
    """Return how `finding` breaks `limit` ("latency 1.2 above 0.8"); empty where it keeps it or measured nothing."""
    if limit.when is not None and not measured(finding, limit.when):
        return ""
    name, value = limit.measurement, measured(finding, limit.measurement)
    if value is None:
        return ""
    while_ = "" if limit.when is None else f" with {limit.when}"
    if limit.above is not None and value > limit.above:
        return f"{name} {told(value, limit.above)} above {limit.above:g}{while_}"
    if limit.below is not None and value < limit.below:
        return f"{name} {told(value, limit.below)} below {limit.below:g}{while_}"
    return ""


def told(value: float, bound: float) -> str:
    """Return `value` with as few digits as tell it apart from `bound`."""
    short = f"{value:.4g}" if abs(value) < 1000 else f"{value:.6g}"
    return short if short != f"{bound:g}" else repr(float(value))


def apply_limits(finding: Finding, limits: Iterable[Limit], broken_by: Broken = breach) -> Finding:
    """Return `finding`, lowered to the worst outcome among the limits that it breaks, by itself or by `broken_by`.

    A limit never raises an outcome, and says nothing of a measurement that was not made. Down and unknown stay as
    they are. Of several limits of the same outcome the first one broken gives the reason.
    """
    if not limits or finding.outcome is Outcome.DOWN or finding.outcome is Outcome.UNKNOWN:
        return finding
    worst: Outcome = finding.outcome
    why = ""
    for limit in limits:
        if SEVERITY.get(limit.outcome, 0) > SEVERITY[worst] and (broken := broken_by(finding, limit)):
            worst, why = limit.outcome, broken
    if worst is finding.outcome:
        return finding
    detail = f"{why}; {finding.detail}" if finding.detail else why
    return replace(finding, outcome=worst, reason=Reason.LIMIT, detail=detail)
