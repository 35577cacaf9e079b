"""Killed at fifty random moments, the daemon has recorded every outage that it could confirm, and invented none.

A real process on real sockets and a real database; what is true is known from the injector's own log.
"""

from __future__ import annotations

import asyncio
import random
import signal
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest
import yaml
from support.injector import Target, toggle

from ictss_monitor.catalogue.model import Catalogue
from ictss_monitor.catalogue_files import load
from ictss_monitor.clock import SECOND, Instant, SystemClock
from ictss_monitor.intervals import span
from ictss_monitor.judging.evidence import Run
from ictss_monitor.judging.outages import Outage
from ictss_monitor.judging.timeline import check_timeline
from ictss_monitor.probe import Outcome
from ictss_monitor.probing import registry
from ictss_monitor.store.engine import open_store
from ictss_monitor.store.evidence import runs_for
from ictss_monitor.store.heartbeat import heartbeats
from ictss_monitor.store.outages import outages_between

KILLS = 50
TARGETS = 40
INTERVAL, RETRY, LIMIT, HEARTBEAT, FALL, RISE = 0.2, 0.1, 0.15, 0.2, 2, 2
LATE = 0.3
"""Seconds by which a busy machine may delay a probe or a commit."""
CERTAIN = INTERVAL + (max(FALL, RISE) - 1) * max(RETRY, LIMIT) + LIMIT + HEARTBEAT + LATE
"""Seconds of a stretch, watched by one process, after which it has surely been confirmed and committed."""

EVER: Instant = 2**60


@dataclass
class Life:
    """One process of the daemon: when it was started, when it said that it watches, when it was killed."""

    started: Instant
    watching: Instant
    ended: Instant = 0


@dataclass
class Story:
    """What was done, and what the store holds of it."""

    targets: list[Target]
    lives: list[Life] = field(default_factory=list)
    runs: dict[str, list[Run]] = field(default_factory=dict)
    outages: list[Outage] = field(default_factory=list)
    watermark: Instant = 0


@pytest.mark.slow
@pytest.mark.timeout(900)
async def test_fifty_kills_lose_no_confirmed_outage_and_invent_none(
    store_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """At twenty changes a second and more: all that was confirmed is there, nothing else, and dead time is unknown."""
    monkeypatch.setenv("KILL_TEST_STORE", store_url)
    targets = [Target(f"t{index}", f"127.21.0.{index + 1}") for index in range(TARGETS)]
    for target in targets:
        await target.come()
    config = tmp_path / "kill.yaml"
    config.write_text(catalogue_text(targets))
    story = Story(targets)
    await live_and_die(story, config)
    for target in targets:
        if target.listener is not None:
            target.listener.close()
    catalogue = load(config, registry.options_model)
    await read(story, catalogue)
    changes = sum(len(target.changes) for target in targets)
    seconds = (story.lives[-1].ended - story.lives[0].started) / SECOND
    confirmed = list(must_be_recorded(story))
    print(f"{KILLS} kills, {changes / seconds:.1f} changes/s, {len(story.outages)} outages, {len(confirmed)} certain")
    assert changes / seconds >= 20
    assert len(confirmed) >= 200
    assert [lost for lost in confirmed if not is_recorded(story, *lost)] == []
    assert [outage for outage in story.outages if not can_be_true(story, outage)] == []
    assert [gap for gap in dead_times(story, catalogue) if not gap[2]] == []


def catalogue_text(targets: list[Target]) -> str:
    """Return a catalogue with a check and a service for each target."""
    pace = {"interval": "200ms", "retry_interval": "100ms", "time_limit": "150ms", "fall": FALL, "rise": RISE}
    settings = {
        "store": "env:KILL_TEST_STORE",
        "listen": "127.0.0.1:0",
        "heartbeat_interval": "200ms",
        "stop_grace": "1s",
    }
    return yaml.safe_dump(
        {
            "settings": settings,
            "defaults": {"tcp": pace},
            "councils": {"here": None},
            "checks": {each.name: {"probe": "tcp", "address": f"{each.host}:{each.port}"} for each in targets},
            "services": {each.name: {"councils": ["here"], "rule": each.name} for each in targets},
        }
    )


async def live_and_die(story: Story, config: Path) -> None:
    """Start the daemon and kill it, fifty times; start it once more and stop it as one should."""
    chance = random.Random(20)
    async with asyncio.TaskGroup() as tasks:
        toggling = tasks.create_task(toggle(story.targets, seed=1, shortest=0.6, longest=2.6))
        for _ in range(KILLS):
            process, life = await begin_life(config)
            await asyncio.sleep(chance.uniform(0.05, 2.2))
            process.send_signal(signal.SIGKILL)
            life.ended = SystemClock().now()
            await process.wait()
            story.lives.append(life)
            await asyncio.sleep(chance.uniform(0.2, 0.4))
        process, life = await begin_life(config)
        await asyncio.sleep(2.0)
        life.ended = SystemClock().now()
        process.send_signal(signal.SIGTERM)
        async with asyncio.timeout(5.0):
            assert await process.wait() == 0
        story.lives.append(life)
        toggling.cancel()


async def begin_life(config: Path) -> tuple[asyncio.subprocess.Process, Life]:
    """Start a daemon and wait until it says that it watches."""
    life = Life(SystemClock().now(), 0)
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "ictss_monitor", "-c", str(config), "run", "--log-format", "json"),
        stderr=asyncio.subprocess.PIPE,
    )
    assert process.stderr is not None
    told: list[bytes] = []
    while not told or b'"watching"' not in told[-1]:
        told.append(await process.stderr.readline())
        assert told[-1], f"the daemon ended before it watched: {told}"
    life.watching = SystemClock().now()
    return process, life


async def read(story: Story, catalogue: Catalogue) -> None:
    """Read all evidence and outages from the store."""
    async with open_store(catalogue.settings.store) as store, store.read() as tx:
        story.runs = await runs_for(tx, [(target.name, 1) for target in story.targets], "local", 0, EVER)
        found = await outages_between(tx, 0, EVER)
        story.watermark = (await heartbeats(tx))["local"].watermark
    story.outages = [outage for outage in found if outage.level is Outcome.DOWN]


def must_be_recorded(story: Story) -> Iterator[tuple[Target, Instant, Instant]]:
    """Yield each stretch in which a target was away, watched by one life for long enough to be written."""
    for target in story.targets:
        for gone, back in target.down_between(story.lives[-1].ended):
            for life in story.lives:
                begin = max(gone.latest, life.watching)
                end = min(back.earliest if back else life.ended, life.ended)
                if end - begin >= CERTAIN * SECOND:
                    yield target, begin, end


def is_recorded(story: Story, target: Target, begin: Instant, end: Instant) -> bool:
    """Tell whether an outage of the target covers the stretch, but for one interval or what was not yet written."""
    late = round((INTERVAL + LATE) * SECOND)
    unwritten = round((INTERVAL + LIMIT + HEARTBEAT + LATE) * SECOND)
    return any(
        outage.service == target.name
        and outage.first_seen_down <= begin + late
        and (outage.end is None or outage.last_seen_down >= end - unwritten)
        for outage in story.outages
    )


def can_be_true(story: Story, outage: Outage) -> bool:
    """Tell whether the target was away when the outage was first and last seen, and never surely back in between."""
    (target,) = (each for each in story.targets if each.name == outage.service)
    took = round((LIMIT + LATE) * SECOND)
    for seen in (outage.first_seen_down, outage.last_seen_down):
        if not target.may_be_down(seen, seen + took):
            return False
    for back, gone in zip(target.changes, target.changes[1:], strict=False):
        for life in story.lives:
            begin = max(back.latest, life.watching, outage.first_seen_down)
            end = min(gone.earliest, life.ended, outage.last_seen_down)
            if back.up and end - begin >= CERTAIN * SECOND:
                return False
    return True


def dead_times(story: Story, catalogue: Catalogue) -> Iterator[tuple[str, Life, bool]]:
    """Yield for each target and death whether the dead time is unknown, where it is longer than a gap may be."""
    now = story.lives[-1].ended
    for target in story.targets:
        check = catalogue.checks[target.name]
        timeline = check_timeline(check, story.runs[target.name], 0, now, story.watermark, now)
        for life, next_life in zip(story.lives, story.lives[1:], strict=False):
            dead = span(life.ended, next_life.started)
            last = max((run.last for run in story.runs[target.name] if run.first <= life.ended), default=0)
            first = min((run.first for run in story.runs[target.name] if run.first > life.ended), default=now)
            if first - min(last, life.ended) > check.gap_allowance:
                yield target.name, life, not (dead - timeline.unknown)
