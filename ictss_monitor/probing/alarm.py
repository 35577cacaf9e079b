"""The prober's time: its two clocks, and the sleep of a loop that has something to do at known moments."""

from __future__ import annotations

import asyncio
from math import ceil

from ictss_monitor.clock import SECOND, Clock, Instant


class Timekeeper:
    """Tells both times in microseconds, neither of which ever goes back."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._latest: Instant = 0

    def now(self) -> int:
        """Return the moment on the monotonic clock, by which everything is scheduled."""
        return int(self._clock.monotonic() * SECOND)

    def instant(self) -> Instant:
        """Return the wall clock's instant; while that is behind where it was, it stands still: see the watermark."""
        self._latest = max(self._latest, self._clock.now())
        return self._latest


class Alarm:
    """Puts one task to sleep until a moment of the monotonic clock, in microseconds, or until it is woken."""

    def __init__(self, time: Timekeeper) -> None:
        self._time = time
        self._ringing: asyncio.Future[None] | None = None
        self._until = 0

    async def sleep(self, until: int) -> None:
        """Return at `until` or when woken, whichever is first; gives the loop a turn in any case."""
        missing = until - self._time.now()
        if missing <= 0:
            await asyncio.sleep(0)
            return
        loop = asyncio.get_running_loop()
        self._until = until
        self._ringing = loop.create_future()
        # uvloop's timers count whole milliseconds: rounded down, the last one would be spent in a busy loop
        timer = loop.call_later(ceil(missing / 1000) / 1000, self.wake)
        try:
            await self._ringing
        finally:
            timer.cancel()
            self._ringing = None

    def wake(self) -> None:
        """Wake the sleeper, if there is one."""
        if self._ringing is not None and not self._ringing.done():
            self._ringing.set_result(None)

    def wake_by(self, moment: int) -> None:
        """Wake the sleeper if it means to sleep longer than until `moment`."""
        if self._until > moment:
            self.wake()
