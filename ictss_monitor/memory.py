"""Keeps Python's cycle collector from holding the event loop.

With ten thousand checks a full collection looks through half a million objects that live as long as the daemon, and
holds the loop for 100 ms whenever it comes. `gc.freeze` takes what is alive out of its sight. What a daemon keeps comes
into being over its first minute or two, as each check is observed for the first time; so that is when it is frozen,
second by second, each time after a collection of the little that is new. What is frozen is still freed when its last
reference goes; only cycles of it are not, and those of one start do not grow.
"""

from __future__ import annotations

import asyncio
import gc
from typing import Final

STEPS: Final = 120
PAUSE: Final = 1.0


async def settle() -> None:
    """Freeze what is alive now, and for two minutes what comes to stay."""
    for _ in range(STEPS):
        gc.collect()
        gc.freeze()
        await asyncio.sleep(PAUSE)
