"""Runs one probe as the daemon does, on either event loop, and sees that it leaves nothing behind."""

from __future__ import annotations

import asyncio
import gc
from collections.abc import Callable
from typing import Any

import pytest
import uvloop

from ictss_monitor.probe import Finding, Probe
from ictss_monitor.probing.runner import run_once

LoopFactory = Callable[[], asyncio.AbstractEventLoop]

both_loops = pytest.mark.parametrize("loop", [asyncio.new_event_loop, uvloop.new_event_loop], ids=["asyncio", "uvloop"])
"""Runs a test on the loop of the standard library and on the one that the daemon prefers."""


def found_by(
    kind: type[Probe[Any]], loop: LoopFactory = asyncio.new_event_loop, limit: float = 5.0, **told: Any
) -> Finding:
    """Return what a probe of `kind`, told so, finds within `limit` seconds.

    A socket that it leaves open is a ResourceWarning when collected here, which fails the test.
    """

    async def once() -> Finding:
        async with kind() as probe:
            return await run_once(probe, kind.options_model(**told), round(limit * 1_000_000))

    with asyncio.Runner(loop_factory=loop) as runner:
        finding = runner.run(once())
    gc.collect(1)  # the young objects: what this run made
    return finding
