"""Confirmation: from what was observed of a check to what is held to be true of it.

Two independent yes/no channels, "not up" (degraded or down is a failure) and "down" (only down is), each with
hysteresis: `fall` failures in a row confirm an outage, `rise` good observations in a row a recovery; unknown
observations and gaps neither count nor reset. The fold goes over pieces: a single observation is a piece of count 1, a
run is a piece of its count, and both give the same history.

Before anything is known a channel is pending: its first good observation settles it at once, failures only when `fall`
of them are in a row. Until then the check is unknown; an outage so confirmed begins at its first failure all the same.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from ictss_monitor.catalogue.model import Check
from ictss_monitor.clock import Duration, Instant
from ictss_monitor.judging.evidence import Run
from ictss_monitor.probe import Outcome


def anchor_count(check: Check) -> int:
    """Return the count from which one run of a known outcome decides both channels, whatever came before it.

    Up leaves both good, down leaves both failed, degraded is not up and not down. So a period can be judged from such
    a run that begins at or before its start, instead of from the first observation ever.
    """
    return max(check.fall, check.rise)


@dataclass(frozen=True, slots=True)
class Stretch:
    """Failures of one channel between two good observations, or, once confirmed, one outage of the check.

    `first_good` is the first good observation after it (of the confirmed recovery, where it was an outage), None while
    it lasts; `last_good` is the one before it, None where the check was never seen good. `confirmed_at` is the failure
    that made it an outage; in a run, whose single observations are not kept, by the pace at which checks confirm.
    """

    last_good: Instant | None
    first_failure: Instant
    last_failure: Instant
    first_good: Instant | None
    confirmed: bool
    confirmed_at: Instant | None = field(default=None, compare=False)


class Channel:
    """One yes/no question to a check, with its hysteresis. `held` is the answer: None while pending."""

    __slots__ = (
        "confirmed_at",
        "fall",
        "first_failure",
        "first_good",
        "first_seen",
        "held",
        "last_failure",
        "last_good",
        "pace",
        "past",
        "rise",
        "settled_at",
        "streak",
    )

    def __init__(self, fall: int, rise: int, pace: Duration = 0) -> None:
        self.fall = fall
        self.rise = rise
        self.pace = pace
        """Time between two observations while a change is being confirmed."""
        self.held: bool | None = None
        self.streak = 0
        """Observations in a row that speak against what is held."""
        self.first_seen: Instant | None = None
        self.settled_at: Instant | None = None
        """From when on the channel is not pending any more."""
        self.last_good: Instant | None = None
        self.first_failure: Instant | None = None
        """First failure of the stretch that lasts, None where none does."""
        self.last_failure: Instant = 0
        self.first_good: Instant | None = None
        """First good observation of a recovery that is not confirmed yet."""
        self.confirmed_at: Instant | None = None
        self.past: list[Stretch] = []

    def fold(self, failed: bool, first: Instant, last: Instant, count: int) -> bool:
        """Take a piece of `count` observations that agree; tell whether what is held changed."""
        if self.first_seen is None:
            self.first_seen = first
        before = self.held
        if self.held:
            self._while_failed(failed, first, last, count)
        elif failed:
            self._failing(first, last, count)
        else:
            self._good(first, last)
        return self.held is not before

    def _while_failed(self, failed: bool, first: Instant, last: Instant, count: int) -> None:
        if failed:
            self.last_failure, self.first_good, self.streak = last, None, 0
            return
        if self.first_good is None:
            self.first_good = first
        self.streak += count
        if self.streak >= self.rise:
            self._close(self.first_good, confirmed=True)
            self.held, self.last_good = False, last

    def _failing(self, first: Instant, last: Instant, count: int) -> None:
        if self.first_failure is None:
            self.first_failure = first
        self.last_failure = last
        missing = self.fall - self.streak
        self.streak += count
        if self.streak >= self.fall:
            self.confirmed_at = min(last, first + (missing - 1) * self.pace)
            self.held, self.streak = True, 0
            if self.settled_at is None:
                self.settled_at = self.first_failure

    def _good(self, first: Instant, last: Instant) -> None:
        if self.first_failure is not None:
            self._close(first, confirmed=False)
        if self.held is None:
            self.held, self.settled_at = False, first
        self.last_good = last

    def _close(self, first_good: Instant, confirmed: bool) -> None:
        assert self.first_failure is not None
        last_good, confirmed_at = self.last_good, self.confirmed_at
        self.past.append(Stretch(last_good, self.first_failure, self.last_failure, first_good, confirmed, confirmed_at))
        self.first_failure, self.first_good, self.confirmed_at, self.streak = None, None, None, 0

    def stretches(self) -> Iterator[Stretch]:
        """Yield the stretches in order, the one that lasts included."""
        yield from self.past
        if self.first_failure is not None:
            confirmed = self.held is True
            yield Stretch(self.last_good, self.first_failure, self.last_failure, None, confirmed, self.confirmed_at)

    @property
    def steady(self) -> bool:
        """Whether one more observation like the last cannot change what is held."""
        return self.held is not None and self.streak == 0

    def open_question(self) -> Instant | None:
        """Return the instant from which what is held may still turn out otherwise, None where nothing is pending."""
        if self.held:
            return None if self.first_good is None else self.last_failure
        return self.first_failure


class History:
    """What is held of one check through time: the state from which judging goes on, and the past not yet trimmed."""

    __slots__ = ("dark", "down", "gap_allowance", "holes", "last_known", "not_up")

    def __init__(self, fall: int, rise: int, gap_allowance: Duration, pace: Duration = 0) -> None:
        self.gap_allowance = gap_allowance
        self.not_up = Channel(fall, rise, pace)
        self.down = Channel(fall, rise, pace)
        self.last_known: Instant | None = None
        self.dark = False
        """Whether an unknown observation came after the last known one."""
        self.holes: list[tuple[Instant, Instant]] = []
        """From a known observation to the next known one, where something unknown or a gap lies between."""

    @classmethod
    def of(cls, check: Check) -> History:
        """Begin the history of `check`."""
        return cls(check.fall, check.rise, check.gap_allowance, check.retry_interval)

    def adopt(self, check: Check) -> None:
        """Go on with the settings of `check`; what is held already stays."""
        self.gap_allowance = check.gap_allowance
        for channel in (self.not_up, self.down):
            channel.fall, channel.rise, channel.pace = check.fall, check.rise, check.retry_interval

    def fold(self, outcome: Outcome, first: Instant, last: Instant, count: int) -> bool:
        """Take a piece of `count` equal outcomes without a gap; tell whether what either channel holds changed.

        Pieces come in the order of time; what is not later than the last known observation is the caller's error.
        """
        if outcome is Outcome.UNKNOWN:
            self.dark = True
            return False
        if self.last_known is not None and (self.dark or first - self.last_known > self.gap_allowance):
            self.holes.append((self.last_known, first))
        self.dark = False
        self.last_known = last
        changed = self.not_up.fold(outcome is not Outcome.UP, first, last, count)
        return self.down.fold(outcome is Outcome.DOWN, first, last, count) or changed

    def fold_run(self, run: Run) -> bool:
        """Take a whole run."""
        return self.fold(run.outcome, run.first, run.last, run.count)

    @property
    def steady(self) -> bool:
        """Whether one more observation like the last one changes nothing that is held."""
        return self.not_up.steady and self.down.steady

    def seen_before(self, instant: Instant, seen_until: Instant) -> Instant:
        """Return `instant`, or the last known observation before it where all between and around it is unknown."""
        unseen = self.unseen_since(seen_until)
        lost = [begin for begin, end in self.holes if begin < instant < end]
        lost += [unseen] if unseen is not None and unseen < instant else []
        return min(lost, default=instant)

    def unseen_since(self, seen_until: Instant) -> Instant | None:
        """Return the last known observation where everything after it, up to `seen_until`, is unknown, else None."""
        last = self.last_known
        return last if last is not None and (self.dark or seen_until - last > self.gap_allowance) else None

    def state(self, seen_until: Instant) -> Outcome:
        """Return what is held at the end of a history that is complete up to `seen_until`."""
        if self.last_known is None or self.unseen_since(seen_until) is not None:
            return Outcome.UNKNOWN
        if self.down.held is None or self.not_up.held is None:
            return Outcome.UNKNOWN
        if self.down.held:
            return Outcome.DOWN
        return Outcome.DEGRADED if self.not_up.held else Outcome.UP

    def settled(self, seen_until: Instant) -> Instant:
        """Return the instant before which nothing that is still to be observed can change what is held.

        Every observation up to `seen_until` is in. What is known of the last observation settles with the next one;
        a stretch that is certainly unknown is settled as it goes, unless a count was interrupted by it.
        """
        if self.last_known is None:
            return seen_until
        dark = self.unseen_since(seen_until) is not None
        questions = [seen_until if dark else self.last_known]
        for channel in (self.not_up, self.down):
            asked = channel.open_question()
            if asked is not None:
                questions.append(asked)
        return min(questions)

    @property
    def failed(self) -> bool:
        """Whether an outage lasts, or one that is over is not forgotten yet."""
        return any(stretch.confirmed for channel in (self.not_up, self.down) for stretch in channel.stretches())

    def since(self, state: Outcome) -> Instant | None:
        """Return from when on the check has been in `state`, into which the last piece or the silence has put it."""
        if state is Outcome.UNKNOWN:
            waiting = self.dark or (self.down.held is not None and self.not_up.held is not None)
            return self.last_known if waiting else self.down.first_seen
        instants = [channel.settled_at for channel in (self.down, self.not_up)]
        instants += [hole[1] for hole in self.holes[-1:]]
        if state is not Outcome.UP:
            instants.append(self.down.first_failure if state is Outcome.DOWN else self.not_up.first_failure)
        if state is not Outcome.DOWN:
            ended = self.down if state is Outcome.DEGRADED else self.not_up
            instants += [stretch.first_good for stretch in ended.past if stretch.confirmed]
        return max(instant for instant in instants if instant is not None)

    def trim(self, before: Instant) -> None:
        """Forget stretches and holes that were over before `before`."""
        for channel in (self.not_up, self.down):
            if channel.past and _over(channel.past[0], before):
                channel.past = [stretch for stretch in channel.past if not _over(stretch, before)]
        if self.holes and self.holes[0][1] <= before:
            self.holes = [hole for hole in self.holes if hole[1] > before]


def _over(stretch: Stretch, before: Instant) -> bool:
    return stretch.first_good is not None and stretch.first_good <= before
