"""Runs every check when it is due, within bounds, and puts an observation of each run on the queue.

One task keeps time for all checks. A datagram probe is started by a plain call; any other gets one task per run. The
schedule lives on the monotonic clock alone: setting the wall clock moves no run, only what observations are stamped.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Mapping
from typing import Any, Final

from ictss_monitor.catalogue.model import Catalogue, Check
from ictss_monitor.clock import SECOND, Clock, Duration, Instant
from ictss_monitor.observation import Observation, ObservationQueue
from ictss_monitor.probe import DatagramProbe, Finding, Outcome, Probe
from ictss_monitor.probing.alarm import Alarm, Timekeeper
from ictss_monitor.probing.cadence import SLOT, Timetable, slot_end
from ictss_monitor.probing.counters import ProbingCounters
from ictss_monitor.probing.runner import run_once, settled, start_once
from ictss_monitor.probing.turns import Pace, Turns
from ictss_monitor.probing.watched import CANCELLED, NOT_ENDED, PAUSED, Flight, Stage, Watched, known_checks

TURN: Final[Duration] = 5_000
"""How long the prober keeps the loop before it gives it back: at start-up, after a stall, in a mass outage."""
LANDINGS_PER_TURN: Final = 250


class Prober:
    """Probes the checks of a catalogue, each at its interval, until it is told to stop.

    What always holds: no check has two runs at once, or more than one waiting; a run that is late is run once; nothing
    is started for whose observation the queue has no room; the observations of one check are put in the order of their
    instants, which never go back: while the wall clock is behind where it was, they stand still.
    """

    def __init__(
        self,
        catalogue: Catalogue,
        probes: Mapping[str, Probe[Any]],
        queue: ObservationQueue,
        clock: Clock,
        counters: ProbingCounters,
        broken_limits: Mapping[str, Outcome] | None = None,
    ) -> None:
        self._catalogue = catalogue
        self._probes = probes
        self._queue = queue
        self._clock = Timekeeper(clock)
        self._counters = counters
        self._broken_limits = dict(broken_limits or {})
        self._watched: dict[str, Watched] = {}
        self._paused: set[str] = set()
        self._timetable = Timetable[Watched]()
        self._turns = Turns[Watched](catalogue.settings.probes_in_flight, catalogue.settings.probes_per_address)
        self._pace = Pace()
        self._unobserved: dict[Flight, None] = {}
        """Runs whose observation is still to come, in the order of their instants."""
        self._reported: list[tuple[Flight, Finding | Exception]] = []
        self._alarm = Alarm(self._clock)
        self._tasks: asyncio.TaskGroup | None = None
        self._reloading = asyncio.Lock()
        self._stop_by: int | None = None
        self._no_room = False
        self._swept_at = 0

    # What others ask of it

    async def run(self) -> None:
        """Probe until `stop`. Where the prober itself is at fault it ends with the error, never silently."""
        async with asyncio.TaskGroup() as self._tasks:
            try:
                await self.reload(self._catalogue, self._probes)
                while self._stop_by is None:
                    await self._turn()
                await self._land_the_rest(self._stop_by)
            finally:
                for watched in self._watched.values():
                    self._abandon(watched)

    def stop(self, grace_seconds: float) -> None:
        """Start nothing more; what is in flight may go on for `grace_seconds`, then is cancelled, and `run` returns.

        A cancelled run leaves no observation: a gap says that its time is unknown.
        """
        self._stop_by = self._clock.now() + round(grace_seconds * SECOND)
        self._alarm.wake()

    def watermark(self) -> Instant:
        """Return an instant such that every observation from before it has been put on the queue."""
        oldest = next(iter(self._unobserved), None)
        return self._clock.instant() if oldest is None else oldest.instant

    async def reload(self, catalogue: Catalogue, probes: Mapping[str, Probe[Any]]) -> None:
        """Go over to `catalogue`, check by check, without a burst of starts and without holding the loop.

        A check that stays the same keeps its phase and its run in flight. The run of one that is gone or changed is
        forgotten without an observation; what is new or changed waits for the next point of its grid.
        """
        async with self._reloading:
            settings = catalogue.settings
            self._catalogue, self._probes = catalogue, probes
            self._turns.overall, self._turns.per_far_end = settings.probes_in_flight, settings.probes_per_address
            for gone in self._watched.keys() - catalogue.checks.keys():
                self._withdraw(self._watched.pop(gone))
            self._paused &= catalogue.checks.keys()
            pause_at = self._clock.now() + TURN
            for check in catalogue.checks.values():
                self._take_over(check, probes[check.probe])
                if self._clock.now() >= pause_at:
                    await asyncio.sleep(0)
                    pause_at = self._clock.now() + TURN
            self._counters.checks, self._counters.paused = len(self._watched), len(self._paused)
            self._alarm.wake()

    def pause(self, checks: Iterable[str]) -> None:
        """Probe these checks no more until `resume`, and say at once that they are unknown.

        Raises UsageError, and pauses none, where the catalogue has no such check.
        """
        for check in known_checks(self._catalogue, checks):
            if check not in self._paused:
                self._paused.add(check)
                if check in self._watched:
                    self._withdraw(self._watched[check])
                self._queue.put(Observation(check, self._catalogue.settings.vantage, self._clock.instant(), PAUSED))
        self._counters.paused = len(self._paused)

    def resume(self, checks: Iterable[str]) -> None:
        """Probe these checks again from the next point of their grid on. Raises UsageError as `pause` does."""
        for check in known_checks(self._catalogue, checks):
            if check in self._paused:
                self._paused.remove(check)
                if check in self._watched:
                    self._time(self._watched[check], self._watched[check].next_point(self._clock.now()))
        self._counters.paused = len(self._paused)

    # When what is started

    async def _turn(self) -> None:
        """Do what is due, for a bounded time; then give the loop back, or sleep where nothing is left to do."""
        now = self._clock.now()
        self._land_reported(now)
        self._sweep(now)
        self._line_up(self._timetable.take(now), now)
        self._start_some(now + TURN)
        if self._reported or (self._turns.open and not self._no_room):
            await asyncio.sleep(0)
            self._pace.felt(self._clock.now() - now)
        else:
            upcoming = self._timetable.next()
            latest = now + (SLOT if self._no_room else SECOND)
            until = latest if upcoming is None else min(latest, upcoming)
            await self._alarm.sleep(until)
            self._pace.felt(self._clock.now() - until)

    def _line_up(self, due: list[Watched], now: int) -> None:
        """Let the checks that are due wait for their turn, except those that do not exist today."""
        today = self._clock.instant()
        for watched in due:
            if watched.check.validity.holds_at(today):
                watched.stage = Stage.WAITING
                self._turns.join(watched, watched.far_end)
            else:
                self._time(watched, watched.next_point(now))

    def _time(self, watched: Watched, due: int) -> None:
        watched.stage, watched.due = Stage.TIMED, slot_end(due)
        self._timetable.add(watched, watched.due)
        self._alarm.wake_by(watched.due)

    def _start_some(self, until: int) -> None:
        """Start those whose turn it is, as many as one turn of the loop bears and the queue has room for."""
        for _ in range(self._pace.starts):
            had_room = not self._no_room
            self._no_room = self._turns.open and len(self._unobserved) >= self._queue.room
            if self._no_room:
                self._counters.queue_full += had_room
                return
            watched = self._turns.admit()
            if watched is None:
                return
            now = self._clock.now()
            if watched.stage is Stage.WAITING:
                self._start(watched, now)
            else:  # paused or withdrawn while it waited
                self._turns.leave(watched.far_end)
            if now >= until:
                return

    def _start(self, watched: Watched, now: int) -> None:
        check = watched.check
        watched.flight = flight = Flight(watched, self._clock.instant(), now)
        watched.stage = Stage.FLYING
        self._unobserved[flight] = None
        self._counters.in_flight = len(self._unobserved)
        if isinstance(watched.probe, DatagramProbe):
            self._counters.lagged(now - watched.due)
            flight.cancel = start_once(
                watched.probe, check.options, check.time_limit, lambda found: self._report(flight, found)
            )
        else:
            assert self._tasks is not None
            flight.cancel = self._tasks.create_task(self._fly(flight), name=check.id).cancel

    async def _fly(self, flight: Flight) -> None:
        """Run one probe that needs a task."""
        watched, finding = flight.watched, CANCELLED
        check = watched.check
        self._counters.lagged(self._clock.now() - watched.due)
        try:
            finding = await run_once(watched.probe, check.options, check.time_limit, watched.limits)
        finally:  # even a probe that cancels itself must not take its check off the schedule
            self._land(flight, finding, self._clock.now())

    def _report(self, flight: Flight, found: Finding | Exception) -> None:
        """Take what a datagram probe found. It is handled in our own task, so that a bug of ours ends `run`."""
        self._reported.append((flight, found))
        self._alarm.wake()

    # What comes of it

    def _land_reported(self, now: int) -> None:
        reported, self._reported = self._reported[:LANDINGS_PER_TURN], self._reported[LANDINGS_PER_TURN:]
        for flight, found in reported:
            probe, check, seconds = flight.watched.probe, flight.watched.check, (now - flight.started) / SECOND
            self._land(flight, settled(probe, check.options, found, seconds, flight.watched.limits), now)

    def _land(self, flight: Flight, finding: Finding, now: int) -> None:
        """End a run: put its observation and time the next one. Does nothing for a run that was abandoned."""
        watched = flight.watched
        if watched.flight is not flight:
            return
        finding = finding if watched.thresholds is None else watched.thresholds.applied(finding, flight.instant)
        self._observe(flight, finding)
        watched.flight = None
        self._turns.leave(watched.far_end)
        due, missed = watched.due_after(finding.outcome, now)
        self._counters.missed += missed
        self._time(watched, due)
        if self._turns.open or self._stop_by is not None:
            self._alarm.wake()

    def _observe(self, flight: Flight, finding: Finding) -> None:
        if not flight.given_up:
            del self._unobserved[flight]
            self._counters.landed(flight.watched.check.probe, finding, len(self._unobserved))
            self._queue.put(flight.observed(finding, self._catalogue.settings.vantage))

    def _sweep(self, now: int) -> None:
        """Give up, once a second, the runs that outlive their time limit by far; the probe is at fault."""
        if now < self._swept_at + SECOND:
            return
        self._swept_at = now
        for flight in [held for held in self._unobserved if held.overdue(now)]:
            self._counters.overdue += 1
            self._observe(flight, NOT_ENDED)
            flight.given_up = True
            if flight.cancel is not None:
                flight.cancel()
            if isinstance(flight.watched.probe, DatagramProbe):
                self._land(flight, NOT_ENDED, now)  # a task is flying until it ends: no check has two runs at once

    async def _land_the_rest(self, deadline: int) -> None:
        while self._unobserved and (now := self._clock.now()) < deadline:
            self._land_reported(now)
            if self._unobserved:
                await self._alarm.sleep(deadline)

    # How checks come and go

    def _take_over(self, check: Check, probe: Probe[Any]) -> None:
        held = self._watched.get(check.id)
        if held is not None:
            if held.probe is probe and held.check == check:
                return
            self._withdraw(held)
        self._watched[check.id] = watched = Watched(check, probe)
        watched.remember(held, self._broken_limits.pop(check.id, None))
        if check.id not in self._paused:
            self._time(watched, watched.next_point(self._clock.now()))

    def _withdraw(self, watched: Watched) -> None:
        """Take a check off the schedule; where it waits for its turn, it is passed over when that comes."""
        if watched.stage is Stage.TIMED:
            self._timetable.remove(watched, watched.due)
        self._abandon(watched)
        watched.stage = Stage.IDLE

    def _abandon(self, watched: Watched) -> None:
        """Forget the run in flight, if there is one: it leaves no observation."""
        flight, watched.flight = watched.flight, None
        if flight is None:
            return
        self._unobserved.pop(flight, None)
        self._counters.in_flight = len(self._unobserved)
        self._turns.leave(watched.far_end)
        if flight.cancel is not None:
            flight.cancel()
        self._alarm.wake()
