"""How fast echo requests may leave, so that their replies fit the receive buffer. Arithmetic only.

Whatever the round-trip times, replies come back on average no faster than requests left. So it is enough to bound how
many requests leave in any stretch for which our loop may be too busy to read: docs/decisions/022-icmp-pacing.md.
"""

from __future__ import annotations

from typing import Final

CHARGE: Final = 1024
"""Bytes of receive buffer that the kernel charges for a small reply (832 seen, drivers differ), with some to spare."""

STALL: Final = 0.02
"""Seconds for which the loop may be too busy to read; the daemon's promise is never to be so for longer."""

MOST_AT_ONCE: Final = 64
FASTEST: Final = 50_000.0


def charge(length: int) -> int:
    """Return how many small packets' worth of buffer a reply with `length` bytes of ICMP takes."""
    return 1 + length // 512


class Pace:
    """A token bucket, a token being one small packet: `burst` at once, and `rate` a second after them.

    Both follow from the receive buffer: a burst and what leaves during one stall of the loop fit into it together.
    """

    __slots__ = ("_at", "_tokens", "burst", "rate")

    def __init__(self, receive_buffer: int) -> None:
        """Derive the pace from `receive_buffer` bytes."""
        room = max(receive_buffer // CHARGE, 4)
        self.burst = float(min(room // 4, MOST_AT_ONCE))
        self.rate = min((room - self.burst) / STALL, FASTEST)
        self._tokens = self.burst
        self._at = 0.0

    def take(self, tokens: int, now: float) -> bool:
        """Take `tokens` at the instant `now` (seconds), and tell whether they were there.

        The bucket may go below zero by one packet, so that a packet larger than the burst leaves, too.
        """
        left = min(self._tokens + (now - self._at) * self.rate, self.burst)
        self._at = now
        self._tokens = left
        if left < 1.0:
            return False
        self._tokens = left - tokens
        return True

    def stop(self, now: float, pause: float) -> None:
        """Let nothing leave for `pause` seconds from `now`: the kernel's send buffer is full."""
        self._tokens = 1.0 - pause * self.rate
        self._at = now

    def wait(self) -> float:
        """Return in how many seconds, from the last call, half a burst will be there."""
        return max((self.burst / 2 - self._tokens) / self.rate, 0.0)
