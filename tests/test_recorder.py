"""The recorder: what was observed is written once in effect, and no watermark says more than is true."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from structlog.testing import capture_logs
from support.clock import FakeClock, in_virtual_time, run_in_virtual_time
from support.scrapes import catalogue_of, check
from support.scripted_store import BROKEN, FULL, Fate, ScriptedStore, all_runs, as_known, fates, writing_scripted

from ictss_monitor import recorder as recording
from ictss_monitor.clock import SECOND, Instant
from ictss_monitor.errors import StoreError
from ictss_monitor.judging.live import Judge, Transition
from ictss_monitor.observation import Observation, ObservationQueue
from ictss_monitor.probe import Finding, Outcome, Reason
from ictss_monitor.recorder import Recorder

UP, DOWN, UNKNOWN = Outcome.UP, Outcome.DOWN, Outcome.UNKNOWN
CATALOGUE = catalogue_of([check("fw"), check("mail")])
REASONS = {UP: Reason.OK, DOWN: Reason.TIMEOUT, UNKNOWN: Reason.INTERNAL}


def observed(name: str, instant: Instant, outcome: Outcome) -> Observation:
    """Return an observation from here."""
    return Observation(name, "local", instant, Finding(outcome, REASONS[outcome]))


@dataclass
class Bench:
    """A recorder with all that it needs, and what a prober would know: which probes are under way."""

    clock: FakeClock
    store: ScriptedStore
    queue: ObservationQueue = field(default_factory=lambda: ObservationQueue(10_000))
    judge: Judge = field(default_factory=lambda: Judge(CATALOGUE, "local"))
    flying: list[Instant] = field(default_factory=list)
    put: list[Observation] = field(default_factory=list)
    announced: list[Transition] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.recorder = Recorder(
            queue=self.queue,
            judge=self.judge,
            store=self.store,  # type: ignore[arg-type]  # it writes what the recorder writes
            clock=self.clock,
            vantage="local",
            watermark=lambda: min(self.flying, default=self.clock.now()),
            announce=self.announced.extend,
        )

    def see(self, name: str, outcome: Outcome, instant: Instant | None = None) -> None:
        """Put an observation, of now unless said."""
        seen = observed(name, self.clock.now() if instant is None else instant, outcome)
        self.put.append(seen)
        self.queue.put(seen)


@asynccontextmanager
async def running(
    clock: FakeClock, *listed: Fate, committed: Callable[[], None] = lambda: None
) -> AsyncIterator[Bench]:
    """Run a recorder whose first commits have these fates; at the end, stop it in order."""
    bench = Bench(clock, ScriptedStore(fates(*listed), committed=committed))
    with writing_scripted():
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(bench.recorder.run())
            yield bench
            bench.queue.close()


async def until(holds: Callable[[], bool]) -> None:
    """Let time pass until `holds` does."""
    while not holds():  # noqa: ASYNC110  # nothing tells, and the time is not real
        await asyncio.sleep(0.02)


# What always holds

RUNS = st.lists(
    st.tuples(
        st.sampled_from(["fw", "mail"]),
        st.sampled_from([UP, UP, DOWN, DOWN, UNKNOWN]),
        st.floats(0.0, 2.0),  # how long the probe takes
        st.floats(0.0, 4.0),  # until the next one starts
    ),
    max_size=60,
)
FATES = st.lists(st.builds(Fate, st.floats(0.0, 3.0), st.sampled_from([None, None, FULL]), st.booleans()), max_size=40)


@settings(deadline=None, max_examples=150)
@given(probes=RUNS, listed=FATES)
def test_no_watermark_claims_what_is_not_written_and_nothing_is_lost(
    probes: list[tuple[str, Outcome, float, float]], listed: list[Fate]
) -> None:
    """However the store refuses, dawdles or leaves a commit in doubt: in the end it holds what one commit would."""

    async def main(clock: FakeClock) -> None:
        def law() -> None:
            below = Counter(seen.check for seen in bench.put if seen.instant < bench.store.watermark)
            assert below <= bench.store.counted(), "a watermark claims an observation that is not in the store"
            assert all(instant >= bench.store.watermark for instant in bench.flying)

        async with running(clock, *listed, committed=law) as bench:
            async with asyncio.TaskGroup() as tasks:
                for name, outcome, takes, pause in probes:
                    tasks.create_task(fly(bench, name, outcome, takes))
                    await asyncio.sleep(pause)
            ended = clock.now()
        assert bench.store.counted() == Counter(seen.check for seen in bench.put)
        assert bench.store.watermark >= ended
        expected = at_once(bench.put, bench.store.watermark)
        assert all_runs(bench.store) == all_runs(expected)
        assert bench.store.edges == expected.edges
        assert sorted(bench.store.outages) == sorted(expected.outages)
        for key, outage in expected.outages.items():
            assert as_known([bench.store.outages[key]]) == as_known([outage])
        assert bench.announced == [each for batch in bench.store.commits for each in batch.transitions] or any(
            fate.doubt for fate in listed
        )

    run_in_virtual_time(main)


async def fly(bench: Bench, name: str, outcome: Outcome, takes: float) -> None:
    """Probe once: observed when it started, put when it ended; one run of a check at a time, as probing holds it."""
    last = max((seen.instant for seen in bench.put if seen.check == name), default=0)
    instant = max(bench.clock.now(), last + 1)
    bench.flying.append(instant)
    await asyncio.sleep(takes)
    bench.flying.remove(instant)
    if instant > max((seen.instant for seen in bench.put if seen.check == name), default=0):
        bench.see(name, outcome, instant)


def at_once(seen: list[Observation], watermark: Instant) -> ScriptedStore:
    """Return what a store holds that took everything in one commit."""
    judge, store = Judge(CATALOGUE, "local"), ScriptedStore()
    for each in seen:
        judge.observe(each)
    judge.tick(watermark)
    store._take(judge.take_changes(), watermark)
    return store


# When it is written


@in_virtual_time
async def test_a_confirmed_change_is_committed_within_a_tenth_of_a_second(clock: FakeClock) -> None:
    """What is urgent waits for others only for a moment; what merely went on waits for the heartbeat."""
    async with running(clock) as bench:
        bench.see("fw", UP)
        await asyncio.sleep(5.3)
        began = len(bench.store.commits)
        bench.see("fw", UP)
        await asyncio.sleep(0.1)
        assert len(bench.store.commits) == began
        await asyncio.sleep(1.0)
        bench.see("fw", DOWN)
        await asyncio.sleep(1.0)
        bench.see("fw", DOWN)
        await asyncio.sleep(0.1)
        assert [outage.service for outage in bench.store.outages.values()] == ["mail", "mail"]


@in_virtual_time
async def test_a_mass_outage_is_one_commit(clock: FakeClock) -> None:
    """Changes that come within the group's time share a transaction."""
    async with running(clock) as bench:
        await asyncio.sleep(0.5)
        before = len(bench.store.commits)
        for _ in range(2):
            for name in ("fw", "mail"):
                bench.see(name, DOWN)
                await asyncio.sleep(0.01)
        await asyncio.sleep(0.1)
        assert len(bench.store.commits) == before + 1


@in_virtual_time
async def test_silence_is_committed_with_a_watermark_that_moves_on(clock: FakeClock) -> None:
    """With nothing observed at all the heartbeat says that the daemon was there, as of now."""
    async with running(clock) as bench:
        await asyncio.sleep(10.5)
        assert clock.now() - bench.store.watermark < 1.1 * SECOND
        bench.flying.append(clock.now())
        await asyncio.sleep(10.0)
        assert bench.store.watermark == bench.flying[0]
        bench.flying.clear()


@in_virtual_time
async def test_transitions_are_announced_only_once_they_are_committed(clock: FakeClock) -> None:
    """Nobody is told of an outage that a crash could still make unheard of."""
    async with running(clock, Fate(), Fate(refusal=FULL), Fate(refusal=FULL), Fate(takes=2.0)) as bench:
        await asyncio.sleep(1.1)
        for _ in range(2):
            bench.see("fw", DOWN)
            await asyncio.sleep(0.01)
        while not bench.store.outages:
            assert bench.announced == []
            await asyncio.sleep(0.05)
        await asyncio.sleep(0.01)
        assert [(each.subject, each.new) for each in bench.announced] == [("fw", DOWN), ("mail", DOWN)]


# While the store refuses


@in_virtual_time
async def test_a_refusal_and_the_recovery_are_told_once_each(clock: FakeClock) -> None:
    """A minute without a store is two lines of log, and a counter of every attempt."""
    with capture_logs() as said:
        async with running(clock, *[Fate(refusal=FULL)] * 30) as bench:
            await asyncio.sleep(20.0)
            assert bench.recorder.counters.failing_since is not None
            await asyncio.sleep(60.0)
            assert bench.recorder.counters.failing_since is None
    assert [line["event"] for line in said] == ["store refuses to write", "store writes again"]
    assert bench.recorder.counters.failures == 30


@in_virtual_time
async def test_a_mended_store_is_written_to_within_seconds(clock: FakeClock) -> None:
    """However long it refused, the next attempt is never far."""
    async with running(clock, *[Fate(refusal=FULL)] * 300) as bench:
        await until(lambda: bench.store.attempts == 300)
        mended = clock.monotonic()
        await until(lambda: bool(bench.store.commits))
        assert clock.monotonic() - mended <= recording.RETRY_LONGEST + 0.1


@in_virtual_time
async def test_stopping_while_the_store_refuses_tries_on_at_once(clock: FakeClock) -> None:
    """The end does not wait for the next attempt's time: a supervisor does not wait either."""
    async with running(clock, *[Fate(refusal=FULL)] * 10) as bench:
        bench.see("fw", UP)
        await until(lambda: bench.store.attempts == 8)
        asked = clock.monotonic()
    assert bench.store.counted() == {"fw": 1}
    assert clock.monotonic() - asked < 1.5


@in_virtual_time
async def test_a_backlog_without_room_stops_judging_and_so_probing(
    clock: FakeClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Memory stays bounded: what is observed beyond it fills the queue, and all is written once the store is mended."""
    monkeypatch.setattr(recording, "BACKLOG_LIMIT", 20)
    async with running(clock, *[Fate(refusal=FULL)] * 60) as bench:
        for index in range(200):
            bench.see("fw", (UP, DOWN)[index % 2])
            await asyncio.sleep(0.3)
            if index == 150:
                assert bench.recorder.counters.observations < 100
                assert len(bench.queue) > 50
        await until(lambda: bench.recorder.counters.failing_since is None and not len(bench.queue))
    assert bench.store.counted() == {"fw": 200}


@in_virtual_time
async def test_a_refusal_for_good_ends_the_recorder_after_a_minute(clock: FakeClock) -> None:
    """What repeating cannot mend is borne while somebody may be mending it; then a restart is the better try."""
    began = clock.monotonic()
    with pytest.raises(ExceptionGroup) as ended:
        async with running(clock, *[Fate(refusal=BROKEN)] * 100):
            await asyncio.sleep(600.0)
    assert ended.group_contains(StoreError, match="no such table")
    assert 60.0 <= clock.monotonic() - began <= 64.0


@in_virtual_time
async def test_a_refusal_for_good_that_is_mended_meanwhile_costs_nothing(clock: FakeClock) -> None:
    """A table that came back within the minute is written to as if nothing had been."""
    async with running(clock, *[Fate(refusal=BROKEN)] * 10) as bench:
        bench.see("fw", UP)
        await asyncio.sleep(50.0)
        assert bench.store.counted() == {"fw": 1}


@in_virtual_time
async def test_cancelling_in_the_middle_of_a_commit_ends_it(clock: FakeClock) -> None:
    """An impatient stop leaves no task behind, and the commit undone."""
    bench = Bench(clock, ScriptedStore(fates(Fate(takes=100.0))))
    with writing_scripted():
        async with asyncio.TaskGroup() as tasks:
            running = tasks.create_task(bench.recorder.run())
            await asyncio.sleep(2.0)
            bench.see("fw", UP)
            await asyncio.sleep(2.0)
            running.cancel()
    assert running.cancelled()
    assert bench.store.commits == []
