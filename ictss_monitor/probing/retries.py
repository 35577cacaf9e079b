"""How soon a check runs again: quickly while a change is being confirmed, by its grid otherwise. Pure."""

from __future__ import annotations

from typing import Final

from ictss_monitor.probe import Outcome

_LEVELS: Final = {Outcome.UP: 0, Outcome.DEGRADED: 1, Outcome.DOWN: 2}


class Retries:
    """Follows the findings of one check and tells after each whether the next run should come soon.

    It should while a change is pending, as judging counts it: for "not up" and for "down" apart, `fall` failures in a
    row confirm an outage, `rise` good findings in a row confirm its end, and what interrupts such a row ends it. So
    the first failure brings on at most `fall - 1` quick runs, the first good finding after an outage `rise - 1`.

    Two bounds: after an unknown finding the grid decides, for what is wrong with us is not mended by haste; and after
    `fall + rise` quick runs in a row the grid decides until nothing is pending, so that no check that flaps is probed
    at this pace for ever.
    """

    __slots__ = ("_contrary", "_failed", "_fall", "_quick_left", "_rise")

    def __init__(self, fall: int, rise: int) -> None:
        self._fall = fall
        self._rise = rise
        self._failed = [False, False]
        self._contrary = [0, 0]
        self._quick_left = fall + rise

    def soon(self, outcome: Outcome) -> bool:
        """Take in the finding of the run that ended; tell whether the next one should not wait for the grid."""
        level = _LEVELS.get(outcome)
        if level is None:
            return False
        if not level and not any(self._failed) and not any(self._contrary):
            return False  # up as ever: nearly every finding
        for channel in (0, 1):
            self._count(channel, level > channel)
        if not any(self._contrary):
            self._quick_left = self._fall + self._rise
            return False
        self._quick_left -= 1
        return self._quick_left >= 0

    def _count(self, channel: int, failure: bool) -> None:
        if failure == self._failed[channel]:
            self._contrary[channel] = 0
            return
        self._contrary[channel] += 1
        if self._contrary[channel] >= (self._fall if failure else self._rise):
            self._failed[channel] = failure
            self._contrary[channel] = 0
