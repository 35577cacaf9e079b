"""When a clock on the wall shows a time: from local times to instants, exact where clocks change.

A clock that goes back shows some times twice, and one that goes forward skips some. A stretch between two local times
runs from the first instant at which the clock shows its begin or later, to the last at which it shows less than its
end: nothing of it is lost where a time comes twice, and a time that is skipped is the instant of the jump.
"""

from __future__ import annotations

from bisect import bisect_left
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from ictss_monitor.clock import SECOND, Instant, to_datetime, to_instant

_MICROSECOND = timedelta(microseconds=1)


def begin_of(local: datetime, clock: ZoneInfo) -> Instant:
    """Return the first instant at which `clock` shows the naive time `local` or a later one."""
    first, second = _shown(local, clock)
    return first if first <= second else _jump(second, first, clock)


def end_of(local: datetime, clock: ZoneInfo) -> Instant:
    """Return the instant after which `clock` never again shows a time before the naive time `local`.

    It is the microsecond before `local` that is looked for: where the clocks go back from 02:00 to 01:00, 01:00 comes
    twice, but what ends at 01:00 is over when it comes first.
    """
    first, second = _shown(local - _MICROSECOND, clock)
    return second + 1 if first <= second else _jump(second, first, clock)


def _shown(local: datetime, clock: ZoneInfo) -> tuple[Instant, Instant]:
    """Return the instants of `local` by the offsets before and after a change; the later one first if it is skipped."""
    return to_instant(local.replace(tzinfo=clock, fold=0)), to_instant(local.replace(tzinfo=clock, fold=1))


def _jump(before: Instant, after: Instant, clock: ZoneInfo) -> Instant:
    """Return the instant between the two at which the clock jumps; it does so on a whole second."""
    seconds = range(before // SECOND, after // SECOND + 1)
    offset = to_datetime(before).astimezone(clock).utcoffset()
    changed = bisect_left(
        seconds, True, key=lambda second: to_datetime(second * SECOND).astimezone(clock).utcoffset() != offset
    )
    return seconds[changed] * SECOND
