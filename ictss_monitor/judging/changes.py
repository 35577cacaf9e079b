"""What the live judge hands to the recorder: everything that is to be written since the last time."""

from __future__ import annotations

from dataclasses import dataclass, field

from ictss_monitor.clock import Instant
from ictss_monitor.judging.evidence import Run
from ictss_monitor.judging.outages import Outage, OutageKey
from ictss_monitor.judging.trends import TrendHour
from ictss_monitor.observation import Observation
from ictss_monitor.probe import Outcome


@dataclass(frozen=True, slots=True)
class Transition:
    """A change of what is held of a check, or of a service for a council.

    It has been so since `since` and is known since `confirmed`. `causes` are the checks by which a service is not up.
    """

    subject: str
    """The id of the check, or of the service."""
    council: str | None
    """None where the subject is a check."""
    old: Outcome
    new: Outcome
    since: Instant
    confirmed: Instant
    causes: tuple[str, ...] = ()


@dataclass(slots=True)
class Changes:
    """What must be written, in one transaction; to write it twice changes nothing.

    `open_runs` were opened or extended, one for a check and vantage at most; `edges` are the observations on both sides
    of each change of a run; `outages` are new or changed, as whole rows; `withdrawn` are the keys of those that hold no
    longer; `trends` are hours that something was added to, each as a whole.
    """

    closed_runs: list[Run] = field(default_factory=list)
    open_runs: list[Run] = field(default_factory=list)
    edges: list[Observation] = field(default_factory=list)
    outages: list[Outage] = field(default_factory=list)
    withdrawn: list[OutageKey] = field(default_factory=list)
    transitions: list[Transition] = field(default_factory=list)
    trends: list[TrendHour] = field(default_factory=list)

    @property
    def urgent(self) -> bool:
        """Whether it holds more than runs that went on."""
        return bool(self.closed_runs or self.edges or self.outages or self.withdrawn or self.transitions)

    @property
    def size(self) -> int:
        """How many rows there are to write."""
        return (
            len(self.closed_runs) + len(self.open_runs) + len(self.edges) + len(self.outages) + len(self.withdrawn)
        ) + (len(self.transitions) + len(self.trends))

    def merge(self, later: Changes) -> Changes:
        """Return both as one, for when these could not be written before `later` came.

        A run that grew and an outage that changed again are held once, so that it grows with what happened, not with
        how long the store was away.
        """
        runs = {(run.check, run.vantage): run for run in self.open_runs}
        for run in later.closed_runs:
            held = runs.get((run.check, run.vantage))
            if held is not None and held.first == run.first:
                del runs[run.check, run.vantage]
        runs |= {(run.check, run.vantage): run for run in later.open_runs}
        gone = set(later.withdrawn)
        outages = {outage.key: outage for outage in self.outages if outage.key not in gone}
        outages |= {outage.key: outage for outage in later.outages}
        trends = {hour.key: hour for hour in (*self.trends, *later.trends)}
        withdrawn = [key for key in dict.fromkeys((*self.withdrawn, *later.withdrawn)) if key not in outages]
        return Changes(
            self.closed_runs + later.closed_runs,
            list(runs.values()),
            self.edges + later.edges,
            list(outages.values()),
            withdrawn,
            self.transitions + later.transitions,
            list(trends.values()),
        )
