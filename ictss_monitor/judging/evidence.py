"""Evidence: runs of observations of equal outcome and reason, the first thing that the store keeps."""

from __future__ import annotations

from dataclasses import dataclass

from ictss_monitor.clock import Duration, Instant
from ictss_monitor.observation import Observation
from ictss_monitor.probe import Outcome, Reason


@dataclass(frozen=True, slots=True)
class Run:
    """Consecutive observations of one check from one vantage with equal outcome and reason, without a gap too long.

    `first` and `last` are the instants of its first and last observation (equal where `count` is 1); `longest_gap`
    is the longest time between two neighbours in it.
    """

    check: str
    vantage: str
    outcome: Outcome
    reason: Reason
    first: Instant
    last: Instant
    count: int = 1
    longest_gap: Duration = 0


def extend(run: Run | None, observation: Observation, gap_allowance: Duration) -> tuple[Run | None, Run]:
    """Return the run that `observation` closes, or None, and the run that is open after it.

    Equal outcome and reason within the allowance extend the run; anything else closes it and opens the next. The
    observation is later than the run's last one.
    """
    if run is None:
        return None, opened_by(observation).frozen()
    held = OpenRun.of(run)
    if held.takes(observation, gap_allowance):
        held.add(observation)
        return None, held.frozen()
    return run, opened_by(observation).frozen()


class OpenRun:
    """The run that observations are still added to: changed in place, because that happens thousands of times a second.

    `frozen` gives the Run that is written.
    """

    __slots__ = ("check", "count", "first", "last", "longest_gap", "outcome", "reason", "vantage")

    def __init__(self, check: str, vantage: str, outcome: Outcome, reason: Reason, first: Instant) -> None:
        self.check = check
        self.vantage = vantage
        self.outcome = outcome
        self.reason = reason
        self.first = first
        self.last = first
        self.count = 1
        self.longest_gap: Duration = 0

    @classmethod
    def of(cls, run: Run) -> OpenRun:
        """Go on with a run that was written."""
        held = cls(run.check, run.vantage, run.outcome, run.reason, run.first)
        held.last, held.count, held.longest_gap = run.last, run.count, run.longest_gap
        return held

    def takes(self, observation: Observation, gap_allowance: Duration) -> bool:
        """Tell whether `observation` extends this run."""
        finding = observation.finding
        return (
            finding.outcome is self.outcome
            and finding.reason is self.reason
            and observation.vantage == self.vantage
            and observation.instant - self.last <= gap_allowance
        )

    def add(self, observation: Observation) -> None:
        """Extend the run by an observation that it takes."""
        gap = observation.instant - self.last
        if gap > self.longest_gap:
            self.longest_gap = gap
        self.last = observation.instant
        self.count += 1

    def frozen(self) -> Run:
        """Return the run as it stands, to be written."""
        return Run(
            self.check, self.vantage, self.outcome, self.reason, self.first, self.last, self.count, self.longest_gap
        )


def opened_by(observation: Observation) -> OpenRun:
    """Return the run that begins with `observation`."""
    finding = observation.finding
    return OpenRun(observation.check, observation.vantage, finding.outcome, finding.reason, observation.instant)
