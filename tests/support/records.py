"""Short ways to write down runs, observations and outages in tests of the store."""

from __future__ import annotations

from dataclasses import replace

from ictss_monitor.judging.evidence import Run
from ictss_monitor.judging.outages import Outage
from ictss_monitor.observation import Observation
from ictss_monitor.probe import Finding, Outcome, Reason

REASONS = {
    Outcome.UP: Reason.OK,
    Outcome.DEGRADED: Reason.LIMIT,
    Outcome.DOWN: Reason.TIMEOUT,
    Outcome.UNKNOWN: Reason.RESOURCES,
}


def run_of(check: str, first: int, last: int, outcome: Outcome = Outcome.UP, count: int = 5) -> Run:
    """Return a run of `count` observations."""
    gap = (last - first) // (count - 1) if count > 1 else 0
    return Run(check, "local", outcome, REASONS[outcome], first, last, count, gap)


def observed(check: str, instant: int, finding: Finding | None = None) -> Observation:
    """Return an observation from the vantage `local`."""
    return Observation(check, "local", instant, finding or Finding(Outcome.UP))


OPEN_OUTAGE = Outage(
    service="mail",
    council="eastshire",
    level=Outcome.DOWN,
    last_seen_up=90,
    first_seen_down=100,
    last_seen_down=140,
    first_seen_up=None,
    end=None,
    causes=("imap", "smtp"),
)


def outage_of(first: int, end: int | None, service: str = "mail", council: str = "eastshire") -> Outage:
    """Return an outage seen down from `first` on, closed at `end` where there is one."""
    return replace(
        OPEN_OUTAGE,
        service=service,
        council=council,
        last_seen_up=first - 10,
        first_seen_down=first,
        last_seen_down=first if end is None else max(first, end - 10),
        first_seen_up=end,
        end=end,
    )
