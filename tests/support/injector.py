"""Servers that go away and come back at random, and a log of when: the truth that a record is held against.

It knows nothing of the monitor: a server is a listening socket on a loopback address of its own, away means closed.
"""

from __future__ import annotations

import asyncio
import random
from dataclasses import dataclass, field

from ictss_monitor.clock import Instant, SystemClock


@dataclass(frozen=True, slots=True)
class Change:
    """A server came or went: surely not before `earliest`, surely done by `latest`."""

    earliest: Instant
    latest: Instant
    up: bool


@dataclass
class Target:
    """One server with its log."""

    name: str
    host: str
    port: int = 0
    changes: list[Change] = field(default_factory=list)
    listener: asyncio.Server | None = None

    async def come(self) -> None:
        """Listen, at the same port as before."""
        clock = SystemClock()
        before = clock.now()
        self.listener = await asyncio.start_server(lambda _, writer: writer.close(), self.host, self.port)
        self.port = self.listener.sockets[0].getsockname()[1]
        self.changes.append(Change(before, clock.now(), up=True))

    def go(self) -> None:
        """Refuse connections from now on."""
        assert self.listener is not None
        clock = SystemClock()
        before = clock.now()
        self.listener.close()
        self.listener = None
        self.changes.append(Change(before, clock.now(), up=False))

    def down_between(self, end: Instant) -> list[tuple[Change, Change | None]]:
        """Return each stretch away as its two changes, the second None where it lasted to `end`."""
        found: list[tuple[Change, Change | None]] = []
        for index, change in enumerate(self.changes):
            if not change.up and change.latest < end:
                found.append((change, self.changes[index + 1] if index + 1 < len(self.changes) else None))
        return found

    def may_be_down(self, start: Instant, end: Instant) -> bool:
        """Tell whether it was away at any instant of `[start, end]`, changes under way counted as away."""
        return any(
            gone.earliest <= end and (back is None or back.latest >= start) for gone, back in self.down_between(end + 1)
        )


async def toggle(targets: list[Target], seed: int, shortest: float, longest: float) -> None:
    """Let every target come and go, each stay between these seconds, until cancelled."""
    chance = random.Random(seed)
    loop = asyncio.get_running_loop()
    due = {target.name: loop.time() + chance.uniform(shortest, longest) for target in targets}
    by_name = {target.name: target for target in targets}
    while True:
        name = min(due, key=lambda each: due[each])
        await asyncio.sleep(max(0.0, due[name] - loop.time()))
        target = by_name[name]
        if target.listener is None:
            await target.come()
        else:
            target.go()
        due[name] = loop.time() + chance.uniform(shortest, longest)
