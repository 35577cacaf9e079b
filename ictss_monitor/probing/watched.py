"""What the prober remembers of a check from one of its runs to the next, and of a run while it is in flight."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from difflib import get_close_matches
from enum import Enum, auto
from typing import Any, Final

from ictss_monitor.catalogue.model import Catalogue, Check
from ictss_monitor.clock import SECOND, Duration, Instant
from ictss_monitor.errors import UsageError
from ictss_monitor.observation import Observation
from ictss_monitor.probe import Finding, Outcome, Probe, Reason
from ictss_monitor.probing.cadence import next_due, phase, points_between
from ictss_monitor.probing.retries import Retries
from ictss_monitor.probing.thresholds import Thresholds

OVERDUE: Duration = 5 * SECOND
"""A run that has not ended so long after its time limit is given up: it would hold back the watermark for ever."""

PAUSED: Final = Finding(Outcome.UNKNOWN, Reason.PAUSED, detail="paused by hand")
NOT_ENDED: Final = Finding(Outcome.UNKNOWN, Reason.INTERNAL, detail="the probe did not keep to its time limit")
CANCELLED: Final = Finding(Outcome.UNKNOWN, Reason.INTERNAL, detail="the probe was cancelled from within")


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

    __slots__ = ("check", "due", "far_end", "flight", "limits", "phase", "probe", "retries", "stage", "thresholds")

    def __init__(self, check: Check, probe: Probe[Any]) -> None:
        self.check = check
        self.probe = probe
        self.far_end = probe.far_end(check.options)
        self.phase = phase(check.id, check.interval)
        self.retries = Retries(check.fall, check.rise)
        self.thresholds = Thresholds.of(check)
        self.limits = check.limits if self.thresholds is None else ()
        """What the runner applies to each finding by itself; `thresholds`, where there are some, hold all limits."""
        self.stage = Stage.IDLE
        self.due = 0
        self.flight: Flight | None = None

    def remember(self, before: Watched | None, broken: Outcome | None) -> None:
        """Go on with what limits remember of the same far end `before` a reload; of a restart, with what they `broken`.

        `broken` is the worst outcome that a limit had brought since the check was last up, None where none had.
        """
        if self.thresholds is None:
            return
        if broken is not None:
            self.thresholds.doubt(broken)
        if before is not None and before.thresholds is not None and before.probes_the_same(self):
            self.thresholds.go_on_from(before.thresholds)

    def probes_the_same(self, other: Watched) -> bool:
        """Tell whether both ask one far end in one way, so that their measurements are of the same thing."""
        mine, its = self.check, other.check
        return mine.probe == its.probe and mine.options.address == its.options.address

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
