"""Outages: the projection that people read, rebuilt at any time from evidence and catalogue."""

from __future__ import annotations

from dataclasses import dataclass

from ictss_monitor.clock import Instant
from ictss_monitor.probe import Outcome


@dataclass(frozen=True, slots=True)
class Outage:
    """An interval in which a service is down, or degraded or worse, for a council.

    `level` says which: the intervals of `Outcome.DEGRADED` ("not up") contain those of `Outcome.DOWN`. It begins at
    `first_seen_down`, its first failed observation, and ends at the first good one, `first_seen_up`; where the service
    was unknown in between, at `last_seen_down`. `end` is None while it is open.
    """

    service: str
    council: str
    level: Outcome
    last_seen_up: Instant | None
    """None where the service was never seen up before."""
    first_seen_down: Instant
    last_seen_down: Instant
    first_seen_up: Instant | None
    """None while no recovery is confirmed."""
    end: Instant | None
    causes: tuple[str, ...] = ()
    """The ids of the checks that were down or degraded at its begin, sorted."""
