"""Outages: the projection that people read, rebuilt at any time from evidence and catalogue.

Instants are whole microseconds, so an observation's own instant is an interval of length one in which the truth is
known. That matters here: a check seen down once, then lost, was down at that instant and has an outage, though the
time counted for it is nothing. The sets below therefore leave the instants of observations out of what is unknown.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from typing import TypeAlias

from ictss_monitor.clock import Instant
from ictss_monitor.intervals import EMPTY, IntervalSet
from ictss_monitor.judging.confirm import Channel, History, Stretch
from ictss_monitor.judging.rules import Plan, causes_of
from ictss_monitor.judging.timeline import apply_plan
from ictss_monitor.probe import Outcome


@dataclass(frozen=True, slots=True)
class Outage:
    """An interval in which a service is down, or degraded or worse, for a council.

    `level` says which: the intervals of `Outcome.DEGRADED` ("not up") contain those of `Outcome.DOWN`. It begins at
    `first_seen_down`, its first failed observation, and ends at the first good one, `first_seen_up`; where the service
    was unknown in between, at `last_seen_down`. `end` is None while it is open.

    An outage lasts as long as the evidence holds its checks failed, over unknown stretches too (down, unknown, down is
    one outage); another check's being unknown neither joins two outages nor keeps one open.
    """

    service: str
    council: str
    level: Outcome
    last_seen_up: Instant | None
    """The last good observation, before it began, of the checks that caused it; None where there is none."""
    first_seen_down: Instant
    last_seen_down: Instant
    """For an open outage as of its last change: it is not rewritten for each failed observation."""
    first_seen_up: Instant | None
    """None while no recovery is confirmed, and where the service or its checks left by date instead."""
    end: Instant | None
    causes: tuple[str, ...] = ()
    """The ids of the checks that were at the level or worse at its begin, sorted."""

    @property
    def key(self) -> OutageKey:
        """What tells it from any other outage."""
        return (self.service, self.council, self.level, self.first_seen_down)


OutageKey: TypeAlias = tuple[str, str, Outcome, Instant]
"""Service, council, level, first seen down."""


@dataclass(frozen=True, slots=True)
class Sight:
    """What was seen of a check at one level: where it is held failed, was seen so, and failed from first to last.

    `seen` is `held` without what is unknown; the instants of observations are never unknown.
    """

    held: IntervalSet
    seen: IntervalSet
    failing: IntervalSet
    stretches: tuple[Stretch, ...]


def sight_of(history: History, level: Outcome, until: Instant, seen_until: Instant, now: Instant) -> Sight:
    """Return what `history` says of one level before `until`; the instants are those of `timeline_of`."""
    channel = history.down if level is Outcome.DOWN else history.not_up
    stretches = tuple(stretch for stretch in channel.stretches() if stretch.confirmed)
    if not stretches:
        return NOTHING_SEEN
    held = IntervalSet(
        (stretch.first_failure, until if stretch.first_good is None else min(stretch.first_good, until))
        for stretch in stretches
        if stretch.first_failure < until
    )
    failing = IntervalSet((stretch.first_failure, stretch.last_failure + 1) for stretch in stretches)
    unseen = _unseen(history, channel, until, seen_until, now)
    return Sight(held, held - unseen, failing - unseen, stretches)


NOTHING_SEEN = Sight(EMPTY, EMPTY, EMPTY, ())


def _unseen(history: History, channel: Channel, until: Instant, seen_until: Instant, now: Instant) -> IntervalSet:
    found = [(last + 1, following) for last, following in history.holes]
    last = history.last_known
    if last is not None and last + 1 < until:
        if history.unseen_since(seen_until) is not None:
            found.append((last + 1, until))
        elif now - last > history.gap_allowance:
            found.append((min(max(last + 1, seen_until), until), until))
    if channel.first_seen is not None and channel.first_seen < until:
        found.append((channel.first_seen, until if channel.settled_at is None else channel.settled_at))
    return IntervalSet(found)


@dataclass(frozen=True, slots=True)
class Carry:
    """What the outages of one level need to know of the time before: the open one, and whether it was seen just now."""

    open: Outage | None = None
    seen: bool = False


def outages_of(
    plan: Plan, histories: Mapping[str, History], start: Instant, end: Instant, seen_until: Instant, now: Instant
) -> list[Outage]:
    """Return the outages of a service in `[start, end)`, of both levels, in order of their begin.

    `histories` hold the folded runs of its checks, as `check_timeline` takes them; the instants mean the same. With
    `start` before the first evidence they are the outages as the live judge writes them; later, one that was open at
    `start` begins there.
    """
    found = [
        outage
        for level in (Outcome.DOWN, Outcome.DEGRADED)
        for outage in scan(plan, level, histories, Carry(), start, min(end, now), seen_until, now)[0]
    ]
    return sorted(found, key=lambda outage: (outage.first_seen_down, outage.level))


def scan(
    plan: Plan,
    level: Outcome,
    histories: Mapping[str, History],
    carry: Carry,
    start: Instant,
    until: Instant,
    seen_until: Instant,
    now: Instant,
) -> tuple[list[Outage], Carry]:
    """Go over `[start, until)` from where `carry` left off; return the outages, the open one last, and the next carry.

    Going over two neighbouring stretches one after the other gives the same as going over both at once.
    """
    if until <= start:
        return ([carry.open] if carry.open else []), carry
    names = plan.checks()
    sights = {
        name: sight_of(history, level, until, seen_until, now) for name in names if (history := histories.get(name))
    }
    return _Scan(plan, level, sights, start, until).run(carry)


class _Scan:
    """One pass over a stretch of time for one level of one service."""

    def __init__(self, plan: Plan, level: Outcome, sights: Mapping[str, Sight], start: Instant, until: Instant) -> None:
        self.plan = plan
        self.level = level
        self.sights = sights
        self.start = start
        self.until = until

    def _service(self, view: Callable[[Sight], IntervalSet]) -> IntervalSet:
        def of_check(check: str) -> IntervalSet:
            return view(self.sights.get(check, NOTHING_SEEN))

        return apply_plan(self.plan, self.start, self.until, of_check, self.level is Outcome.DOWN)

    def run(self, carry: Carry) -> tuple[list[Outage], Carry]:
        held = self._service(lambda sight: sight.held)
        if not held and carry.open is None:
            return [], Carry()
        seen = self._service(lambda sight: sight.seen)
        failing = self._service(lambda sight: sight.failing)
        found: list[Outage] = []
        running = carry.open
        if running is not None and self.start not in held:
            found.append(self._closed(running, self.start, carry.seen))
            running = None
        for begin, end in held:
            outage = running if begin == self.start else None
            running = self._grown(outage, seen.clip(begin, end), failing.clip(begin, end))
            if running is not None and end < self.until:
                found.append(self._closed(running, end, end - 1 in seen))
                running = None
        if running is None:
            return found, Carry()
        return [*found, running], Carry(running, self.until - 1 in seen)

    def _grown(self, outage: Outage | None, seen: IntervalSet, failing: IntervalSet) -> Outage | None:
        if outage is None:
            if not seen:
                return None
            outage = self._begun(seen.edges[0])
        last = failing.edges[-1] - 1 if failing else outage.first_seen_down
        return replace(outage, last_seen_down=last) if last > outage.last_seen_down else outage

    def _begun(self, begin: Instant) -> Outage:
        piece = self.plan.at(begin)
        assert piece is not None
        assert piece.rule is not None
        causes = causes_of(
            piece.rule,
            lambda check: begin in self.sights.get(check, NOTHING_SEEN).seen,
            down=self.level is Outcome.DOWN,
        )
        seen_up = _last_good(begin, (self.sights[check].stretches for check in causes))
        return Outage(
            self.plan.service, self.plan.council, self.level, seen_up, begin, begin, None, None, tuple(sorted(causes))
        )

    def _closed(self, outage: Outage, end: Instant, seen: bool) -> Outage:
        piece = self.plan.at(end)
        watched = piece is not None and piece.rule is not None
        return replace(outage, first_seen_up=end if watched else None, end=end if seen else outage.last_seen_down)


def _last_good(begin: Instant, stretches: Iterable[tuple[Stretch, ...]]) -> Instant | None:
    """Return the latest of the last good observations before the stretches that hold `begin`."""
    found = [
        stretch.last_good
        for each in stretches
        for stretch in each
        if stretch.last_good is not None
        and stretch.first_failure <= begin
        and (stretch.first_good is None or begin < stretch.first_good)
    ]
    return max(found, default=None)
