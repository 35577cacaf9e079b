"""Sharing a thread with probes: long work gives the event loop back every few milliseconds."""

from __future__ import annotations

import asyncio
from typing import Final

_TURN: Final = 0.004
"""Seconds of work after which the event loop is given back."""


class Turn:
    """Counts the time since the event loop last ran something else."""

    def __init__(self) -> None:
        self._clock = asyncio.get_running_loop().time
        self.begin()

    def begin(self) -> None:
        """Start counting anew: the loop has just been given back by waiting for something."""
        self._since = self._clock()

    async def taken(self) -> None:
        """Give the event loop back if it was held for long enough."""
        if self._clock() - self._since > _TURN:
            await asyncio.sleep(0)
            self.begin()
