"""When each check is due. Pure: time comes in as an argument, in microseconds of a clock that never steps.

Every check has a grid of due times, `phase + n * interval`, which depends on its id and interval only: the checks
spread over their interval, no run ever drifts, and a restart or a reload finds the same grid again. Phases are whole
slots, so that the checks of one slot are started on one waking of the loop (docs/decisions/030-cadence.md).
"""

from __future__ import annotations

from hashlib import blake2b
from heapq import heappop, heappush
from typing import Final, Generic, TypeVar

from ictss_monitor.clock import Duration

SLOT: Final[Duration] = 50_000
"""The schedule's resolution: checks that are due within one slot start together at its end, never early."""

T = TypeVar("T")


def phase(check_id: str, interval: Duration) -> Duration:
    """Return where in its `interval` a check is due: in `[0, interval)`, the same in every process and version."""
    slots = max(1, interval // SLOT)
    return int.from_bytes(blake2b(check_id.encode(), digest_size=8).digest()) % slots * SLOT


def next_due(phase: Duration, interval: Duration, after: int) -> int:
    """Return the first point of the grid later than `after`."""
    return after + interval - (after - phase) % interval


def slot_end(moment: int) -> int:
    """Return `moment` rounded up to a whole slot: when something that is due then is started."""
    return -(-moment // SLOT) * SLOT


def points_between(phase: Duration, interval: Duration, after: int, before: int) -> int:
    """Return how many points of the grid lie strictly between `after` and `before`: starts that did not happen."""
    return max(0, -(-(before - phase) // interval) - 1 - (after - phase) // interval)


class Timetable(Generic[T]):
    """What is due when, held by slots: adding and taking cost the same for ten entries and for ten thousand."""

    def __init__(self) -> None:
        self._slots: dict[int, list[T]] = {}
        self._order: list[int] = []

    def add(self, entry: T, due: int) -> None:
        """Note that `entry` is due at `due`; within one slot, first noted is first taken."""
        slot = -(-due // SLOT)
        held = self._slots.get(slot)
        if held is None:
            self._slots[slot] = [entry]
            heappush(self._order, slot)
        else:
            held.append(entry)

    def remove(self, entry: T, due: int) -> None:
        """Strike out an `entry` that was noted for `due`. Raises ValueError where it is not, or was taken."""
        held = self._slots.get(-(-due // SLOT))
        if held is None:
            raise ValueError(f"nothing is due at {due}")
        held.remove(entry)

    def take(self, now: int) -> list[T]:
        """Return what is due at `now` or before, earliest slot first, and strike it out."""
        taken: list[T] = []
        last = now // SLOT
        while self._order and self._order[0] <= last:
            taken += self._slots.pop(heappop(self._order))
        return taken

    def next(self) -> int | None:
        """Return when to look again: the end of the earliest slot that holds something, None where nothing is due."""
        while self._order and not self._slots[self._order[0]]:
            del self._slots[heappop(self._order)]
        return self._order[0] * SLOT if self._order else None
