"""What the prober remembers of a check from one of its runs to the next, and of a run while it is in flight."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from difflib import get_close_matches
from enum import Enum, auto
from typing import Any

from ictss_monitor.catalogue.model import Catalogue, Check
from ictss_monitor.clock import SECOND, Duration, Instant
from ictss_monitor.errors import UsageError
from ictss_monitor.observation import Observation
from ictss_monitor.probe import Finding, Outcome, Probe
from ictss_monitor.probing.cadence import next_due, phase, points_between
from ictss_monitor.probing.retries import Retries

OVERDUE: Duration = 5 * SECOND
"""A run that has not ended so long after its time limit is given up: it would hold back the watermark for ever."""


class Stage(Enum):
    """Where a check stands."""

    IDLE = auto()
    """Paused, or no longer in the catalogue."""
    TIMED = auto()
    """On the timetable."""
    WAITING = auto()
    """Due, and waiting for its turn."""
    FLYING = auto()


class Watched:
    """A check on the schedule. Times of day are monotonic microseconds."""

    __slots__ = ("check", "due", "far_end", "flight", "phase", "probe", "retries", "stage")

    def __init__(self, check: Check, probe: Probe[Any]) -> None:
        self.check = check
        self.probe = probe
        self.far_end = probe.far_end(check.options)
        self.phase = phase(check.id, check.interval)
        self.retries = Retries(check.fall, check.rise)
        self.stage = Stage.IDLE
        self.due = 0
        self.flight: Flight | None = None

    def next_point(self, now: int) -> int:
        """Return the first point of the check's grid after `now`."""
        return next_due(self.phase, self.check.interval, now)

    def due_after(self, outcome: Outcome, now: int) -> tuple[int, int]:
        """Return when the check is due after a run that ended `now`, and how many points of its grid it missed."""
        due = self.next_point(now)
        if self.retries.soon(outcome):
            due = min(due, now + self.check.retry_interval)
        return due, points_between(self.phase, self.check.interval, self.due, due)


@dataclass(slots=True, eq=False)
class Flight:
    """A run in flight; `started` in monotonic microseconds, `instant` of the wall clock."""

    watched: Watched
    instant: Instant
    started: int
    cancel: Callable[[], object] | None = None
    given_up: bool = False

    def overdue(self, now: int) -> bool:
        """Tell whether the run should have ended long ago."""
        return now > self.started + self.watched.check.time_limit + OVERDUE

    def observed(self, finding: Finding, vantage: str) -> Observation:
        """Return what is put on the queue."""
        return Observation(self.watched.check.id, vantage, self.instant, finding)


def known_checks(catalogue: Catalogue, checks: Iterable[str]) -> list[str]:
    """Return these ids. Raises UsageError, with a near match, for the first that the catalogue does not have."""
    known = list(checks)
    for check in known:
        if check not in catalogue.checks:
            near = get_close_matches(check, catalogue.checks, n=1)
            raise UsageError(f"unknown check '{check}'" + (f": did you mean '{near[0]}'?" if near else ""))
    return known
