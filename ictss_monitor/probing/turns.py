"""Whose turn it is: probes in flight are bounded, overall, per far end and per turn of the loop; who is
over a bound waits, first come first served.

Pure: what an entry is, and what starting it means, is the prober's business.
"""

from __future__ import annotations

from collections import deque
from typing import Final, Generic, TypeVar

from ictss_monitor.clock import Duration

STARTS_PER_TURN: Final = 40
"""Each start is work for later turns too: a connection to open, an answer to read, a handshake to make."""
LONG_TURN: Final[Duration] = 10_000
"""A turn of the loop that takes longer is a sign that more is in flight than there is processor for."""

T = TypeVar("T")


class Turns(Generic[T]):
    """Counts what is in flight and lets in who waited longest among those whose far end has room."""

    def __init__(self, overall: int, per_far_end: int) -> None:
        self.overall = overall
        self.per_far_end = per_far_end
        self.inside = 0
        self._waiting: deque[tuple[T, str]] = deque()
        self._next_in: deque[tuple[T, str]] = deque()
        """Those whose far end was full and now has room: they waited longer than all of `_waiting`."""
        self._inside_at: dict[str, int] = {}
        self._held_back: dict[str, deque[T]] = {}

    def join(self, entry: T, far_end: str) -> None:
        """Put `entry` at the end of the line; which of the bounds it meets shows when its turn comes."""
        self._waiting.append((entry, far_end))

    def admit(self) -> T | None:
        """Count in and return the next that may start; None where nobody waits or everything is full."""
        while self.inside < self.overall:
            line = self._next_in or self._waiting
            if not line:
                return None
            entry, far_end = line.popleft()
            inside = self._inside_at.get(far_end, 0)
            if inside < self.per_far_end:
                self._inside_at[far_end] = inside + 1
                self.inside += 1
                return entry
            self._held_back.setdefault(far_end, deque()).append(entry)
        return None

    def leave(self, far_end: str) -> None:
        """Count out one that was let in for `far_end`, and call up the first of those that it held back."""
        self.inside -= 1
        inside = self._inside_at[far_end] - 1
        if inside:
            self._inside_at[far_end] = inside
        else:
            del self._inside_at[far_end]
        held_back = self._held_back.get(far_end)
        if held_back:
            self._next_in.append((held_back.popleft(), far_end))
            if not held_back:
                del self._held_back[far_end]

    @property
    def open(self) -> bool:
        """Tell whether somebody waits whose turn may have come; those held back by their far end do not count."""
        return self.inside < self.overall and bool(self._next_in or self._waiting)


class Pace:
    """How many probes may start in one turn of the loop: halved by every long turn, a few more after every short one.

    Without it a loop that falls behind would start as many per turn as ever; ever more of them would be ready at once,
    and the turns grow from milliseconds to seconds.
    """

    def __init__(self) -> None:
        self.starts = STARTS_PER_TURN

    def felt(self, turn: Duration) -> None:
        """Take in how long a turn of the loop has taken, or by how much the loop was late."""
        if turn > LONG_TURN:
            self.starts = max(1, self.starts // 2)
        else:
            self.starts = min(STARTS_PER_TURN, self.starts + 4)
