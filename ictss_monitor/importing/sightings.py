"""Sightings of another tool folded into stretches of one state, as our own observations would be.

A state lasts from the first sighting of it to the first of another. A failure that the tool tried again before it
believed it begins at the first of those tries. A state is never carried over a time in which nobody looked: it ends at
the last sighting before, and what follows is not covered by the history.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from ictss_monitor.clock import Duration, Instant
from ictss_monitor.importing.estate import Pair
from ictss_monitor.intervals import EMPTY, IntervalSet
from ictss_monitor.ledger.acts import Imported
from ictss_monitor.probe import Outcome

_FAILING: Final = (Outcome.DOWN, Outcome.DEGRADED)


@dataclass(frozen=True, slots=True)
class Stretch:
    """The thing seen was in `state` over `[since, until)`."""

    since: Instant
    until: Instant
    state: Outcome
    note: str = ""


class Folding:
    """Folds the sightings of one thing, in order of time; holds no more than its stretches.

    `allowance` is the longest time between two sightings that still counts as watched; None: any. Of a longer one,
    `watched` tells what was watched all the same, without any change of state; it may say too much on either side.
    """

    def __init__(
        self, allowance: Duration | None, watched: Callable[[Instant, Instant], IntervalSet] | None = None
    ) -> None:
        self.stretches: list[Stretch] = []
        self._allowance = allowance
        self._watched = watched
        self._state: Outcome | None = None
        self._note = ""
        self._since: Instant = 0
        self._last: Instant | None = None
        self._failing_since: Instant | None = None

    @property
    def state(self) -> Outcome | None:
        """The state that is held; None where nobody knows."""
        return self._state

    def see(self, at: Instant, state: Outcome, note: str = "") -> None:
        """The tool holds `state` as of `at`."""
        self._look(at)
        if state is not self._state:
            begin = at
            if state in _FAILING and self._failing_since is not None:
                begin = self._failing_since
            self._close(begin)
            self._state, self._since, self._note = state, begin, note
        self._failing_since = None

    def doubt(self, at: Instant) -> None:
        """The tool saw a failure at `at`, and tries again before it believes it."""
        self._look(at)
        if self._failing_since is None:
            self._failing_since = at

    def watch(self, at: Instant) -> None:
        """The tool was at work at `at`, and held to what it held before."""
        self._look(at)

    def lose(self, at: Instant) -> None:
        """Nobody looked any more from `at` on."""
        self._look(at)
        self._close(at)
        self._state, self._failing_since, self._last = None, None, None

    def finish(self) -> Sequence[Stretch]:
        """Return the stretches; the last ends at the last sighting."""
        if self._last is not None:
            self._close(self._last)
            self._state, self._last = None, None
        return self.stretches

    def _look(self, at: Instant) -> None:
        last = self._last
        self._last = at
        if last is None or self._allowance is None or at - last <= self._allowance:
            return
        self._failing_since = None
        state = self._state
        if state is None:
            return
        seen = EMPTY if self._watched is None else self._watched(last, at).clip(last, at)
        parts = list(IntervalSet([(self._since, last), *seen]))
        self._state = None
        if parts and parts[-1][1] == at:
            self._since, _ = parts.pop()
            self._state = state
        for begin, end in parts:
            self._add(begin, end, state)

    def _close(self, at: Instant) -> None:
        if self._state is not None and at > self._since:
            self._add(self._since, at, self._state)

    def _add(self, begin: Instant, end: Instant, state: Outcome) -> None:
        self.stretches.append(Stretch(begin, end, state, self._note))


def rows_of(
    stretches: Iterable[Stretch], pairs: Iterable[Pair], since: Instant | None, until: Instant | None
) -> list[Imported]:
    """Return the rows of what was seen, for each of `pairs`, cut to `[since, until)` where these are given.

    The spans covered come first; up is where no other row of the pair stands.
    """
    cut = [
        Stretch(
            held.since if since is None else max(held.since, since),
            held.until if until is None else min(held.until, until),
            held.state,
            held.note,
        )
        for held in stretches
    ]
    kept = [held for held in cut if held.since < held.until]
    spans = IntervalSet((held.since, held.until) for held in kept)
    rows: list[Imported] = []
    for service, council in pairs:
        rows += [Imported(service, council, begin, end, Outcome.UP) for begin, end in spans]
        rows += [
            Imported(service, council, held.since, held.until, held.state, None, held.note)
            for held in kept
            if held.state is not Outcome.UP
        ]
    return rows
