"""One timer for any number of things that fall due: they are kept in slots, and a slot is swept when its time comes."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable, Iterator
from time import monotonic
from typing import Final, Generic, TypeVar

T = TypeVar("T")

TICK: Final = 0.02
"""Seconds that a slot spans: nothing falls due early, nor more than this late."""

SWEPT_AT_ONCE: Final = 512
"""Things seen to in one turn of the loop, so that a herd does not block it."""

_NEVER: Final = 1 << 62


class TimerWheel(Generic[T]):
    """Calls `fall_due(item)` for each item at its time, and `prepare()` before each sweep.

    A timer of the loop's own for each item would cost more than the ping that it guards.
    """

    __slots__ = ("_armed", "_due", "_fall_due", "_loop", "_prepare", "_slots", "_timer")

    def __init__(self, fall_due: Callable[[T], None], prepare: Callable[[], None]) -> None:
        """Serve in the running loop."""
        self._loop = asyncio.get_running_loop()
        self._fall_due = fall_due
        self._prepare = prepare
        self._slots: dict[int, list[T]] = {}
        self._due: deque[T] = deque()
        self._armed = _NEVER
        self._timer: asyncio.TimerHandle | None = None

    def __len__(self) -> int:
        return len(self._due) + sum(len(slot) for slot in self._slots.values())

    def add(self, item: T, due: float) -> None:
        """Have `item` fall due at `due`, in seconds of `time.monotonic`."""
        index = int(due / TICK) + 1
        slot = self._slots.get(index)
        if slot is not None:
            slot.append(item)
            return
        self._slots[index] = [item]
        if index < self._armed:
            self._arm(index)

    def close(self) -> Iterator[T]:
        """Stop, and return all that has not fallen due."""
        if self._timer is not None:
            self._timer.cancel()
        left = [*self._due, *(item for slot in self._slots.values() for item in slot)]
        self._due.clear()
        self._slots.clear()
        return iter(left)

    def _arm(self, index: int) -> None:
        if self._timer is not None:
            self._timer.cancel()
        self._armed = index
        self._timer = self._loop.call_later(max(index * TICK - monotonic(), 0.0), self._sweep)

    def _sweep(self) -> None:
        self._armed = 0  # what is added meanwhile is armed for at the end
        try:
            self._prepare()
            now = int(monotonic() / TICK)
            for index in sorted(index for index in self._slots if index <= now):
                self._due.extend(self._slots.pop(index))
            for _ in range(min(len(self._due), SWEPT_AT_ONCE)):
                self._fall_due(self._due.popleft())
        finally:  # also when a callback fails: the others still fall due
            self._timer = None
            self._armed = _NEVER
            if self._due:
                self._arm(0)
            elif self._slots:
                self._arm(min(self._slots))
