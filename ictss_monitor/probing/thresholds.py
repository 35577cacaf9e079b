"""Limits with a memory: raised when a value has been beyond for so long, cleared at another value.

A temperature of 30.1, 29.9, 30.1 degrees is one fault, not three. What is remembered is held here, before an
observation is made of a finding, so that evidence says what was held. Pure: it is told values and their instants.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from math import inf, isnan

from ictss_monitor.catalogue.model import Check, Limit
from ictss_monitor.catalogue.values import spelt
from ictss_monitor.clock import Duration, Instant
from ictss_monitor.observation import measured
from ictss_monitor.probe import Finding, Outcome
from ictss_monitor.probing.limits import SEVERITY, apply_limits, breach, told


class Threshold:
    """Whether one limit is raised, folded from the values of its measurement in the order of their instants.

    What has to last is measured from the first value that says so to the latest. It starts again where a value says
    otherwise, and after a gap between two values longer than `gap_allowance`: nobody knows what was in between.
    """

    __slots__ = ("_high", "_last", "_low", "_since", "doubtful", "gap_allowance", "limit", "raised")

    def __init__(self, limit: Limit, gap_allowance: Duration) -> None:
        self.limit = limit
        self.gap_allowance = gap_allowance
        self.raised = False
        self.doubtful = False
        """It may have been raised before a restart: the next value decides, and leaves it raised unless it is fine."""
        self._low, self._high = fine_again(limit)
        self._since: Instant | None = None
        self._last: Instant | None = None

    def fold(self, value: float, instant: Instant) -> bool:
        """Take the value measured at `instant`, and return whether the limit is raised."""
        limit = self.limit
        if self._last is not None and instant - self._last > self.gap_allowance:
            self._since = None
        self._last = instant
        fine = self._low <= value <= self._high
        if self.doubtful:
            self.doubtful, self.raised = False, not fine
        beyond = (limit.above is not None and value > limit.above) or (limit.below is not None and value < limit.below)
        if not (fine if self.raised else beyond):
            self._since = None
            return self.raised
        if self._since is None:
            self._since = instant
        if instant - self._since >= (limit.clear_hold if self.raised else limit.hold):
            self.raised, self._since = not self.raised, None
        return self.raised

    def take(self, finding: Finding, instant: Instant) -> None:
        """Fold what `finding` measured, whatever its outcome.

        Without the measurement, or without that of its condition, nothing changes; a condition that is zero clears.
        """
        limit = self.limit
        condition = 1.0 if limit.when is None else measured(finding, limit.when)
        if condition == 0:
            self.raised, self.doubtful, self._since, self._last = False, False, None, None
            return
        value = measured(finding, limit.measurement)
        if condition is not None and value is not None and not isnan(value):
            self.fold(value, instant)

    def why(self, finding: Finding) -> str:
        """Return in which way the limit holds for `finding`, already taken; empty where it is not raised."""
        if not self.raised:
            return ""
        limit = self.limit
        if broken := breach(finding, limit):
            return f"{broken} for {spelt(limit.hold)}" if limit.hold else broken
        value = measured(finding, limit.measurement)
        if value is None or isnan(value) or (limit.when is not None and measured(finding, limit.when) is None):
            return f"{limit.measurement} not seen back within its limit"
        return not_back(value, limit) or f"{limit.measurement} {value:.4g} back for less than {spelt(limit.clear_hold)}"


class Thresholds:
    """The limits of one check, at least one of which remembers."""

    def __init__(self, check: Check) -> None:
        self._limits = check.limits
        self._allowance = check.gap_allowance
        self._held: Mapping[Limit, Threshold] = {
            limit: Threshold(limit, check.gap_allowance) for limit in check.limits if limit.remembers
        }

    @classmethod
    def of(cls, check: Check) -> Thresholds | None:
        """Return the limits of `check`; None where none of them remembers, so that it costs nothing to ask."""
        return cls(check) if any(limit.remembers for limit in check.limits) else None

    def applied(self, finding: Finding, instant: Instant) -> Finding:
        """Take `finding`, observed at `instant`, and return it as all limits of the check leave it."""
        for threshold in self._held.values():
            threshold.take(finding, instant)
        return apply_limits(finding, self._limits, self._broken)

    def _broken(self, finding: Finding, limit: Limit) -> str:
        held = self._held.get(limit)
        return breach(finding, limit) if held is None else held.why(finding)

    def go_on_from(self, before: Thresholds) -> None:
        """Take over what `before` remembers of those limits that stay the same."""
        kept = {limit: held for limit, held in before._held.items() if limit in self._held}
        for held in kept.values():
            held.gap_allowance = self._allowance
        self._held = {**self._held, **kept}

    def doubt(self, outcome: Outcome) -> None:
        """Hold that a limit had brought the check to `outcome` before a restart: which one, the next values show."""
        for limit, held in self._held.items():
            held.doubtful = SEVERITY[limit.outcome] <= SEVERITY[outcome]


def fine_again(limit: Limit) -> tuple[float, float]:
    """Return the lowest and highest value at which `limit`, once raised, can be cleared."""
    low = limit.below if limit.clear_below is None else limit.clear_below
    high = limit.above if limit.clear_above is None else limit.clear_above
    return (-inf if low is None else low), (inf if high is None else high)


def not_back(value: float, limit: Limit) -> str:
    """Return how far `value` has to come back for `limit` to be cleared; empty where it has."""
    low, high = fine_again(limit)
    if low <= value <= high:
        return ""
    bound = high if value > high else low
    return f"{limit.measurement} {told(value, bound)} not back to {bound:g}"


def foreseen(finding: Finding, limits: Iterable[Limit]) -> Iterator[str]:
    """Yield what limits that remember would make of `finding`, told by it alone: it depends on what was or will be."""
    for limit in limits:
        value, applies = measured(finding, limit.measurement), limit.when is None or measured(finding, limit.when)
        if not limit.remembers or not applies or value is None or finding.outcome not in milder_than(limit.outcome):
            continue
        if broken := breach(finding, limit):
            if limit.hold:
                yield f"would be {limit.outcome} if it stays so for {spelt(limit.hold)}: {broken}"
        elif back := not_back(value, limit):
            yield f"would still be {limit.outcome} if it was so before: {back}"


def milder_than(outcome: Outcome) -> tuple[Outcome, ...]:
    """Return the outcomes that a limit of `outcome` lowers."""
    return tuple(each for each, severity in SEVERITY.items() if severity < SEVERITY[outcome])
