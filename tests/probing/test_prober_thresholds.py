"""Limits with a memory in the prober: they outlive probes, reloads and restarts, and change what is observed."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import replace

import pytest
from support.clock import FakeClock, in_virtual_time
from support.probes import ScriptedDatagramProbe, ScriptedOptions, ScriptedProbe, Step

from ictss_monitor.catalogue.model import Catalogue, Check, Limit
from ictss_monitor.clock import SECOND
from ictss_monitor.observation import ObservationQueue
from ictss_monitor.probe import Finding, Outcome, Probe, ProbeFailure, Reason
from ictss_monitor.probing.counters import ProbingCounters
from ictss_monitor.probing.prober import Prober

BOTH = pytest.mark.parametrize("kind", ["task", "datagram"])
HOT = Limit("temperature_celsius", Outcome.DEGRADED, above=30, clear_above=27)
HOT_FOR_LONG = replace(HOT, hold=30 * SECOND)
AIR = Check(
    id="air",
    name="Air",
    probe="task",
    options=ScriptedOptions(address="192.0.2.82"),
    site=None,
    interval=10 * SECOND,
    time_limit=3 * SECOND,
    retry_interval=SECOND,
    fall=3,
    rise=3,
    limits=(HOT,),
)


class Room:
    """A prober of one check, whose sensor says what the test wants."""

    def __init__(self, clock: FakeClock, check: Check, broken_limits: Mapping[str, Outcome] | None = None) -> None:
        self.scripts = (ScriptedProbe(), ScriptedDatagramProbe())
        self.probes: dict[str, Probe[ScriptedOptions]] = dict(zip(("task", "datagram"), self.scripts, strict=True))
        self.queue = ObservationQueue(10_000)
        self.prober = Prober(
            Catalogue("", checks={check.id: check}), self.probes, self.queue, clock, ProbingCounters(), broken_limits
        )

    def warm(self, celsius: float) -> None:
        """Let the sensor measure this from now on."""
        self.answer(Finding(Outcome.UP, measurements={"temperature_celsius": celsius}))

    def answer(self, found: Finding | Exception) -> None:
        """Let every run end like this from now on."""
        for script in self.scripts:
            script.usual = Step(found)

    async def reload(self, check: Check) -> None:
        """Give the prober a catalogue with this check."""
        await self.prober.reload(Catalogue("", checks={check.id: check}), self.probes)

    async def observed(self) -> list[tuple[Outcome, int]]:
        """Return the outcomes since the last time, each with the seconds since the observation before it."""
        taken = await self.queue.take() if len(self.queue) else []
        before = [taken[0].instant, *(each.instant for each in taken)] if taken else []
        return [
            (each.finding.outcome, round((each.instant - earlier) / SECOND))
            for each, earlier in zip(taken, before, strict=False)
        ]

    async def outcomes(self, seconds: float = 10) -> set[Outcome]:
        """Let so much time pass, and return the outcomes observed in it."""
        await asyncio.sleep(seconds)
        return {outcome for outcome, _ in await self.observed()}


async def started(room: Room, tasks: asyncio.TaskGroup) -> None:
    """Start the prober; whoever started it stops it."""
    tasks.create_task(room.prober.run())
    await asyncio.sleep(0)


@BOTH
@in_virtual_time
async def test_a_value_between_stays_what_it_was(clock: FakeClock, kind: str) -> None:
    """Whichever way the probe runs: up at 29 degrees before, degraded at 29 degrees after 31."""
    room = Room(clock, replace(AIR, probe=kind))
    async with asyncio.TaskGroup() as tasks:
        await started(room, tasks)
        for celsius, expected in ((29, "up"), (31, "degraded"), (29, "degraded"), (27, "up"), (29, "up")):
            room.warm(celsius)
            assert await room.outcomes(20) == {expected}
        room.prober.stop(0)


@in_virtual_time
async def test_quick_confirmation_comes_after_the_hold(clock: FakeClock) -> None:
    """Beyond for less than the hold is up, at the usual pace; the quick runs begin with what the limit lowers."""
    room = Room(clock, replace(AIR, limits=(HOT_FOR_LONG,)))
    async with asyncio.TaskGroup() as tasks:
        await started(room, tasks)
        room.warm(20)
        await room.outcomes(11)
        room.warm(31)
        await asyncio.sleep(45)
        told = await room.observed()
        room.prober.stop(0)
    up, degraded = Outcome.UP, Outcome.DEGRADED
    assert [outcome for outcome, _ in told][:6] == [up, up, up, degraded, degraded, degraded]
    assert [pause for _, pause in told][1:6] == [10, 10, 10, 1, 1]


@in_virtual_time
async def test_a_failed_probe_between_leaves_the_limit_raised(clock: FakeClock) -> None:
    """Degraded, down without a measurement, and degraded again at a value that is not back."""
    room = Room(clock, AIR)
    async with asyncio.TaskGroup() as tasks:
        await started(room, tasks)
        room.warm(31)
        assert await room.outcomes(11) == {Outcome.DEGRADED}
        room.answer(ProbeFailure(Reason.REFUSED, "refused"))
        assert await room.outcomes(60) == {Outcome.DOWN}
        room.warm(29)
        assert await room.outcomes(11) == {Outcome.DEGRADED}
        room.prober.stop(0)


@pytest.mark.parametrize(
    ("changed", "expected"),
    [
        (replace(AIR, interval=5 * SECOND), Outcome.DEGRADED),
        (replace(AIR, limits=(HOT, Limit("latency", Outcome.DOWN, above=60))), Outcome.DEGRADED),
        (replace(AIR, limits=(replace(HOT, clear_above=26),)), Outcome.UP),
        (replace(AIR, limits=()), Outcome.UP),
        (replace(AIR, options=ScriptedOptions(address="192.0.2.83")), Outcome.UP),
    ],
    ids=["another pace", "another limit beside it", "another limit", "no limit", "another room"],
)
@in_virtual_time
async def test_a_reload_keeps_what_an_unchanged_limit_remembers(
    clock: FakeClock, changed: Check, expected: Outcome
) -> None:
    """The same limit of the same far end goes on; another limit, or another thing that is measured, begins anew."""
    room = Room(clock, AIR)
    async with asyncio.TaskGroup() as tasks:
        await started(room, tasks)
        room.warm(31)
        assert await room.outcomes(11) == {Outcome.DEGRADED}
        room.warm(29)
        await room.reload(changed)
        assert await room.outcomes(11) == {expected}
        room.prober.stop(0)


@in_virtual_time
async def test_a_restart_takes_up_what_was_raised(clock: FakeClock) -> None:
    """A limit had degraded the check before: 29 degrees are still too many, until it has been cool."""
    room = Room(clock, AIR, {"air": Outcome.DEGRADED})
    async with asyncio.TaskGroup() as tasks:
        await started(room, tasks)
        for celsius, expected in ((29, "degraded"), (27, "up"), (29, "up")):
            room.warm(celsius)
            assert await room.outcomes(20) == {expected}
        room.prober.stop(0)
