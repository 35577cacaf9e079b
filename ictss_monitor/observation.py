"""What flows through the house: the finding of a probe with its check, vantage and time, and the queue it flows on."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import Final

from ictss_monitor.clock import Instant
from ictss_monitor.probe import Finding

LATENCY: Final = "latency"
"""The measurement that every probe has: a finding's own `latency`, in seconds."""


def measured(finding: Finding, name: str) -> float | None:
    """Return the measurement `name` of `finding`; None where it was not made."""
    return finding.latency if name == LATENCY else finding.measurements.get(name)


@dataclass(frozen=True, slots=True)
class Observation:
    """A finding with its check, its vantage, and the instant at which its probe started."""

    check: str
    vantage: str
    instant: Instant
    finding: Finding


class ObservationQueue:
    """The one bounded queue between probing and recording: many put, one takes.

    The bound is kept by whoever starts probes, who asks `room` first and counts what is in flight against it: a
    finding that was fetched is never refused and never dropped, so `put` neither waits nor fails for want of room.
    """

    def __init__(self, maxsize: int) -> None:
        if maxsize < 1:
            raise ValueError(f"a queue of {maxsize} observations holds none")
        self.maxsize = maxsize
        self._held: list[Observation] = []
        self._taker: asyncio.Future[None] | None = None
        self._closed = False

    def __len__(self) -> int:
        return len(self._held)

    @property
    def full(self) -> bool:
        """Tell whether nothing new should be started until some are taken."""
        return len(self._held) >= self.maxsize

    @property
    def room(self) -> int:
        """Return how many more observations fit; never negative."""
        return max(0, self.maxsize - len(self._held))

    def put(self, observation: Observation) -> None:
        """Add an observation at once. Raises RuntimeError after `close`: it would be lost without a word."""
        if self._closed:
            raise RuntimeError(f"observation of {observation.check} came after the queue was closed")
        self._held.append(observation)
        taker = self._taker
        if taker is not None:
            self._wake(taker)

    async def take(self) -> list[Observation]:
        """Wait for at least one observation and return all there are, oldest first; nothing once closed and drained.

        Raises RuntimeError where another task is waiting already: two takers would tear the order apart.
        """
        if not self._held and not self._closed:
            if self._taker is not None:
                raise RuntimeError("the queue of observations has one taker only")
            self._taker = asyncio.get_running_loop().create_future()
            try:
                await self._taker
            finally:
                self._taker = None
        taken, self._held = self._held, []
        return taken

    def close(self) -> None:
        """Say that nothing more will come. The taker still gets all there is; closing twice is closing once."""
        self._closed = True
        if self._taker is not None:
            self._wake(self._taker)

    @staticmethod
    def _wake(taker: asyncio.Future[None]) -> None:
        if not taker.done():
            taker.set_result(None)
