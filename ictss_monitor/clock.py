"""The one place that reads the clock.

Instants are whole microseconds since 1970-01-01T00:00:00Z (POSIX time), as `int`: exact, ordered, cheap, and
subtracted without a float. Durations are whole microseconds too. Everything pure takes its instants as arguments.
"""

from __future__ import annotations

import time
from datetime import UTC, datetime, timedelta
from typing import Protocol, TypeAlias

Instant: TypeAlias = int
"""Microseconds since the epoch, UTC."""

Duration: TypeAlias = int
"""Microseconds."""

SECOND: Duration = 1_000_000
MINUTE: Duration = 60 * SECOND
HOUR: Duration = 60 * MINUTE
DAY: Duration = 24 * HOUR

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)


class Clock(Protocol):
    """What tells the time: the system's in the daemon, a clock that jumps in tests."""

    def now(self) -> Instant:
        """Return the wall-clock instant, in microseconds since the epoch."""
        ...

    def monotonic(self) -> float:
        """Return seconds on a clock that never steps; only differences mean anything."""
        ...


class SystemClock:
    """The clock of this machine."""

    def now(self) -> Instant:
        """Return the wall-clock instant, in microseconds since the epoch."""
        return time.time_ns() // 1000  # noqa: TID251  # this is that place

    def monotonic(self) -> float:
        """Return seconds on the kernel's monotonic clock."""
        return time.monotonic()


def to_instant(moment: datetime) -> Instant:
    """Return the instant of an aware `moment`, exactly.

    Raises ValueError for a naive one: a local time without its zone is not an instant.
    """
    if moment.tzinfo is None:
        raise ValueError(f"{moment.isoformat()} has no time zone")
    return (moment - _EPOCH) // _MICROSECOND


def to_datetime(instant: Instant) -> datetime:
    """Return `instant` as an aware datetime in UTC, exactly."""
    return _EPOCH + timedelta(microseconds=instant)


def iso(instant: Instant) -> str:
    """Return `instant` as ISO 8601 in UTC, to the microsecond."""
    return to_datetime(instant).isoformat().replace("+00:00", "Z")
