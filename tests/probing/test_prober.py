"""The prober keeps its schedule, its bounds and its word, through a day that takes milliseconds."""

from __future__ import annotations

import asyncio
import errno
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from dataclasses import replace
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from support.clock import FakeClock, in_virtual_time, run_in_virtual_time
from support.probes import ScriptedDatagramProbe, ScriptedOptions, ScriptedProbe, Step

from ictss_monitor.catalogue.model import Catalogue, Check, Limit, Settings, Validity
from ictss_monitor.clock import HOUR, SECOND
from ictss_monitor.errors import UsageError
from ictss_monitor.observation import Observation, ObservationQueue
from ictss_monitor.probe import Finding, Outcome, ProbeFailure, Reason
from ictss_monitor.probing.cadence import SLOT, phase
from ictss_monitor.probing.counters import ProbingCounters
from ictss_monitor.probing.prober import Prober
from ictss_monitor.probing.turns import STARTS_PER_TURN

DOWN = Step(ProbeFailure(Reason.REFUSED, "refused"))
BOTH = pytest.mark.parametrize("kind", ["task", "datagram"])


def a_check(name: str, kind: str = "task", address: str = "", **changes: object) -> Check:
    """Return a check every 10 s of a time limit of 3 s, without quick runs."""
    check = Check(
        id=name,
        name=name,
        probe=kind,
        options=ScriptedOptions(address=address or name),
        site=None,
        interval=10 * SECOND,
        time_limit=3 * SECOND,
        retry_interval=10 * SECOND,
        fall=1,
        rise=1,
    )
    return replace(check, **changes)  # type: ignore[arg-type]


def a_catalogue(checks: Iterable[Check], **settings: object) -> Catalogue:
    """Return a catalogue of these checks."""
    return Catalogue("", Settings(**settings), checks={check.id: check for check in checks})  # type: ignore[arg-type]


class Bench:
    """A prober on scripted probes, with everything it has put on its queue."""

    def __init__(self, clock: FakeClock, checks: Iterable[Check], maxsize: int = 100_000, **settings: object) -> None:
        self.clock = clock
        self.probes = {"task": ScriptedProbe(), "datagram": ScriptedDatagramProbe()}
        self.queue = ObservationQueue(maxsize)
        self.counters = ProbingCounters()
        self.catalogue = a_catalogue(checks, **settings)
        self.prober = Prober(self.catalogue, self.probes, self.queue, clock, self.counters)
        self.taken: list[Observation] = []

    def of(self, kind: str) -> ScriptedProbe | ScriptedDatagramProbe:
        """Return the scripted probe of a kind."""
        return self.probes[kind]

    async def observed(self) -> list[Observation]:
        """Return all observations so far, in the order in which they were put."""
        if len(self.queue):
            self.taken += await self.queue.take()
        return self.taken

    @asynccontextmanager
    async def running(self) -> AsyncIterator[Prober]:
        """Run the prober for the length of the block, then stop it at once."""
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(self.prober.run())
            await asyncio.sleep(0)
            yield self.prober
            self.prober.stop(0)


@BOTH
@in_virtual_time
async def test_a_day_of_runs_stays_on_the_grid(clock: FakeClock, kind: str) -> None:
    """8,640 runs in a day, each at its phase to the slot, though each takes a quarter of a second."""
    bench = Bench(clock, [a_check("fw", kind)])
    bench.of(kind).usual = Step(takes=0.25)
    async with bench.running():
        await asyncio.sleep(86_400)
    starts = bench.of(kind).starts_at("fw")
    assert len(starts) == 8640
    held = phase("fw", 10 * SECOND) / SECOND
    assert max((start - held) % 10 for start in starts) < 0.01
    assert len(await bench.observed()) == 8640
    assert bench.counters.missed == 0


@in_virtual_time
async def test_the_observation_carries_the_instant_of_the_start_and_the_vantage(clock: FakeClock) -> None:
    """A run of two seconds is stamped with its beginning."""
    bench = Bench(clock, [a_check("fw"), a_check("sw", "datagram")], vantage="depot")
    for kind in ("task", "datagram"):
        bench.of(kind).usual = Step(takes=2)
    offset = clock.now() - round(clock.monotonic() * SECOND)
    async with bench.running():
        await asyncio.sleep(13)
    for observation in await bench.observed():
        kind = "task" if observation.check == "fw" else "datagram"
        start = bench.of(kind).starts_at(observation.check)[0]
        assert abs(observation.instant - offset - start * SECOND) < 1000
        assert observation.vantage == "depot"
    assert {observation.check for observation in bench.taken} == {"fw", "sw"}


@in_virtual_time
async def test_many_checks_start_spread_over_the_interval(clock: FakeClock) -> None:
    """A thousand checks never start more than a handful at once, not even at start-up."""
    bench = Bench(clock, [a_check(f"c{number}", "datagram") for number in range(1000)])
    async with bench.running():
        await asyncio.sleep(9.99)
    slots = [round(start * SECOND) // SLOT for start, _ in bench.of("datagram").starts]
    assert len(slots) >= 990
    assert max(slots.count(slot) for slot in set(slots)) <= 18


@BOTH
@in_virtual_time
async def test_a_late_check_runs_once_and_reports_what_it_missed(clock: FakeClock, kind: str) -> None:
    """After a stall of the loop of 35 s a check runs once, then on its grid; the lag and three misses are counted."""
    bench = Bench(clock, [a_check("fw", kind)])
    async with bench.running():
        await asyncio.sleep(11)
        before = len(bench.of(kind).starts)
        clock.advance(35)
        await asyncio.sleep(0.001)
        assert len(bench.of(kind).starts) == before + 1
        assert 20 * SECOND < bench.counters.lag_max <= 35 * SECOND
        assert bench.counters.missed in (2, 3)
        await asyncio.sleep(30)
        assert len(bench.of(kind).starts) == before + 4


@BOTH
@in_virtual_time
async def test_a_herd_after_a_stall_starts_in_bounded_turns(clock: FakeClock, kind: str) -> None:
    """A thousand checks due at once are started a few per turn of the loop, all of them, once each."""
    bench = Bench(clock, [a_check(f"c{number}", kind) for number in range(1000)])
    async with bench.running():
        await asyncio.sleep(0.001)
        clock.advance(10)
        most, before = 0, 0
        for _ in range(200):
            await asyncio.sleep(0)
            started = bench.counters.started
            most, before = max(most, started - before), started
    assert most <= STARTS_PER_TURN
    assert before == 1000


@in_virtual_time
async def test_a_run_longer_than_the_interval_is_never_doubled(clock: FakeClock) -> None:
    """A check whose runs take 12 s of a 10 s interval runs every second time; the points between are missed."""
    bench = Bench(clock, [a_check("fw", time_limit=15 * SECOND)])
    bench.of("task").usual = Step(takes=12)
    async with bench.running():
        await asyncio.sleep(101)
    starts = bench.of("task").starts_at("fw")
    assert bench.of("task").most_running == 1
    assert {round(later - earlier) for earlier, later in pairwise(starts)} == {20}
    assert bench.counters.missed == len(await bench.observed())


@BOTH
@in_virtual_time
async def test_no_more_probes_are_in_flight_than_allowed(clock: FakeClock, kind: str) -> None:
    """With five allowed, twenty checks due together run five at a time, in order, and all run."""
    bench = Bench(clock, [a_check(f"c{number}", kind) for number in range(20)], probes_in_flight=5)
    bench.of(kind).usual = Step(takes=1)
    async with bench.running():
        await asyncio.sleep(0)
        clock.advance(10)
        await asyncio.sleep(4.5)
        assert bench.counters.lag_max > 3 * SECOND
    assert bench.of(kind).most_running == 5
    assert len(bench.of(kind).starts) >= 20


@BOTH
@in_virtual_time
async def test_one_far_end_is_not_crowded_and_holds_up_nobody_else(clock: FakeClock, kind: str) -> None:
    """With two per address, ten slow checks of one host run two at a time while another host's check runs at once."""
    crowd = [a_check(f"c{number}", kind, address="host") for number in range(10)]
    bench = Bench(clock, [*crowd, a_check("other", kind)], probes_per_address=2)
    bench.of(kind).usual = Step(takes=2)
    async with bench.running():
        await asyncio.sleep(0)
        clock.advance(10)
        await asyncio.sleep(1)
        assert bench.of(kind).running == {"host": 2, "other": 1}
        await asyncio.sleep(9)
    assert bench.of(kind).most_running_at["host"] == 2
    assert len(bench.of(kind).starts_at("host")) >= 10


@BOTH
@in_virtual_time
async def test_a_first_failure_is_checked_again_soon(clock: FakeClock, kind: str) -> None:
    """With fall 3 and a retry interval of 2 s, two quick runs confirm; then the grid again."""
    bench = Bench(clock, [a_check("fw", kind, fall=3, rise=2, retry_interval=2 * SECOND)])
    bench.of(kind).plan("fw", Step(), DOWN, DOWN, DOWN)
    bench.of(kind).usual = DOWN
    async with bench.running():
        await asyncio.sleep(40)
    starts = bench.of(kind).starts_at("fw")
    gaps = [later - earlier for earlier, later in pairwise(starts)]
    assert gaps[:5] == pytest.approx([10, 2, 2, 6, 10], abs=3 * SLOT / SECOND)


@BOTH
@in_virtual_time
async def test_everything_a_probe_raises_becomes_a_finding(clock: FakeClock, kind: str) -> None:
    """Refused is down, a bug is unknown, silence is down at the time limit; the schedule goes on."""
    bench = Bench(clock, [a_check("fw", kind)])
    bench.of(kind).plan("fw", DOWN, Step(KeyError("bug")), Step(takes=60), Step())
    async with bench.running():
        await asyncio.sleep(44)
    found = [(observation.finding.outcome, observation.finding.reason) for observation in await bench.observed()]
    assert found[:4] == [
        (Outcome.DOWN, Reason.REFUSED),
        (Outcome.UNKNOWN, Reason.INTERNAL),
        (Outcome.DOWN, Reason.TIMEOUT),
        (Outcome.UP, Reason.OK),
    ]
    assert bench.counters.ended[kind, Outcome.DOWN, Reason.TIMEOUT] == 1


@BOTH
@in_virtual_time
async def test_limits_of_the_catalogue_are_applied(clock: FakeClock, kind: str) -> None:
    """A latency over the limit is degraded, whichever way the probe runs."""
    slow = Limit("latency", Outcome.DEGRADED, above=0.8)
    bench = Bench(clock, [a_check("fw", kind, limits=(slow,))])
    bench.of(kind).usual = Step(Finding(Outcome.UP, latency=0.9))
    async with bench.running():
        await asyncio.sleep(11)
    finding = (await bench.observed())[0].finding
    assert (finding.outcome, finding.reason) == (Outcome.DEGRADED, Reason.LIMIT)


class Unsendable(ScriptedDatagramProbe):
    """A datagram probe that cannot even send."""

    def start(self, options: ScriptedOptions, limit: float, report: object) -> object:  # type: ignore[override]
        """Fail."""
        super().start(options, limit, lambda found: None)
        raise PermissionError(errno.EPERM, "no raw socket")


@in_virtual_time
async def test_a_datagram_that_cannot_be_sent_is_a_finding(clock: FakeClock) -> None:
    """What `start` raises is told like what it reports: no permission is ours, so unknown."""
    bench = Bench(clock, [a_check("fw", "datagram")])
    bench.probes["datagram"] = Unsendable()
    async with bench.running():
        await asyncio.sleep(21)
    assert [observation.finding.reason for observation in await bench.observed()] == [Reason.PERMISSION] * 2


class SelfCancelling(ScriptedProbe):
    """A probe with a bug that looks like being cancelled."""

    async def run(self, options: ScriptedOptions) -> Finding:
        """Raise what only the core should."""
        self._begin(options.address)
        raise asyncio.CancelledError


@in_virtual_time
async def test_a_probe_that_cancels_itself_does_not_take_its_check_off_the_schedule(clock: FakeClock) -> None:
    """It is unknown for an internal reason, and probed again at its next due time."""
    bench = Bench(clock, [a_check("fw")])
    bench.probes["task"] = SelfCancelling()
    async with bench.running():
        await asyncio.sleep(21)
    assert [observation.finding.reason for observation in await bench.observed()] == [Reason.INTERNAL] * 2


@in_virtual_time
async def test_a_datagram_probe_that_never_reports_is_given_up(clock: FakeClock) -> None:
    """It does not hold back the watermark for ever: unknown after the time limit and some seconds, then run again."""
    bench = Bench(clock, [a_check("fw", "datagram")])
    bench.of("datagram").plan("fw", Step(None))
    async with bench.running() as prober:
        await asyncio.sleep(21)
        assert prober.watermark() == clock.now()
    assert [observation.finding.reason for observation in await bench.observed()] == [Reason.INTERNAL, Reason.OK]
    assert (bench.counters.overdue, bench.of("datagram").cancelled) == (1, 1)


class Stubborn(ScriptedProbe):
    """A probe that breaks the contract: it swallows its first two cancellations."""

    async def run(self, options: ScriptedOptions) -> Finding:
        """Hang on for two cancellations."""
        step = self._begin(options.address)
        for _ in range(2):
            try:
                await asyncio.sleep(30)
            except asyncio.CancelledError:
                continue
        self.running[options.address] -= 1
        assert isinstance(step.found, Finding)
        return step.found


@in_virtual_time
async def test_a_task_that_outlives_its_time_limit_is_given_up_but_not_doubled(clock: FakeClock) -> None:
    """One unknown observation, the watermark goes on, and no second run begins before the first has ended."""
    bench = Bench(clock, [a_check("fw")])
    bench.probes["task"] = probe = Stubborn()
    async with bench.running() as prober:
        await asyncio.sleep(20)
        assert bench.counters.overdue == 1
        assert prober.watermark() > clock.now() - 10 * SECOND
        await asyncio.sleep(40)
        assert probe.most_running == 1
    reasons = [observation.finding.reason for observation in await bench.observed()]
    assert set(reasons) == {Reason.INTERNAL}
    assert len(reasons) == bench.counters.overdue


@BOTH
@in_virtual_time
async def test_a_full_queue_stops_starts_and_loses_nothing(clock: FakeClock, kind: str) -> None:
    """Nothing is started that has no room, in flight or put; once there is room everything goes on."""
    bench = Bench(clock, [a_check(f"c{number}", kind) for number in range(20)], maxsize=5)
    bench.of(kind).usual = Step(takes=0.5)
    async with bench.running():
        await asyncio.sleep(25)
        assert (len(bench.queue), len(bench.of(kind).starts)) == (5, 5)
        assert bench.counters.queue_full == 1
        for _ in range(60):
            await bench.observed()
            await asyncio.sleep(1)
        assert len(await bench.observed()) > 100
    assert {observation.check for observation in bench.taken} == {f"c{number}" for number in range(20)}
    assert bench.counters.lag_max > 10 * SECOND


@BOTH
@in_virtual_time
async def test_a_paused_check_is_unknown_at_once_and_not_probed(clock: FakeClock, kind: str) -> None:
    """Pausing forgets the run in flight and says unknown; after resuming the grid goes on."""
    bench = Bench(clock, [a_check("fw", kind), a_check("sw", kind)])
    bench.of(kind).usual = Step(takes=2)
    async with bench.running() as prober:
        await asyncio.sleep(phase("fw", 10 * SECOND) / SECOND + 1)
        moment = clock.now()
        prober.pause(["fw"])
        prober.pause(["fw"])
        assert [
            (seen.check, seen.instant, seen.finding.reason) for seen in await bench.observed() if seen.check == "fw"
        ] == [("fw", moment, Reason.PAUSED)]
        assert bench.counters.paused == 1
        await asyncio.sleep(30)
        assert len(bench.of(kind).starts_at("fw")) == 1
        assert len(bench.of(kind).starts_at("sw")) >= 3
        prober.resume(["fw"])
        await asyncio.sleep(30)
        assert len(bench.of(kind).starts_at("fw")) == 4
    assert (bench.of(kind).cancelled, bench.counters.paused) in ((1, 0), (2, 0), (3, 0))


@in_virtual_time
async def test_a_check_paused_before_the_start_is_not_probed(clock: FakeClock) -> None:
    """What was paused when the daemon stopped can be paused before it probes again."""
    bench = Bench(clock, [a_check("fw"), a_check("sw")])
    bench.prober.pause(["fw"])
    async with bench.running():
        await asyncio.sleep(21)
    assert {address for _, address in bench.of("task").starts} == {"sw"}


@in_virtual_time
async def test_a_check_paused_while_it_waits_for_its_turn_is_passed_over(clock: FakeClock) -> None:
    """It neither runs nor keeps a place, and after resuming it runs again."""
    bench = Bench(clock, [a_check(f"c{number}", address="host") for number in range(3)], probes_per_address=1)
    bench.of("task").usual = Step(takes=1)
    async with bench.running() as prober:
        await asyncio.sleep(0)
        clock.advance(10)
        await asyncio.sleep(0.5)
        waiting = {"c0", "c1", "c2"}
        prober.pause(waiting)
        started = len(bench.of("task").starts)
        await asyncio.sleep(20)
        assert len(bench.of("task").starts) == started
        prober.resume(waiting)
        await asyncio.sleep(20.5)
        assert len(bench.of("task").starts) >= started + 5


@in_virtual_time
async def test_pausing_what_does_not_exist_is_an_error_with_a_near_match(clock: FakeClock) -> None:
    """The person is told what was meant, and nothing is paused."""
    bench = Bench(clock, [a_check("fw-eastfield")])
    with pytest.raises(UsageError, match="unknown check 'fw-eastfeild': did you mean 'fw-eastfield'\\?"):
        bench.prober.pause(["fw-eastfield", "fw-eastfeild"])
    with pytest.raises(UsageError, match=r"unknown check 'zzz'$"):
        bench.prober.resume(["zzz"])
    assert bench.counters.paused == 0
    assert not len(bench.queue)


@in_virtual_time
async def test_a_check_is_probed_within_its_dates_only(clock: FakeClock) -> None:
    """Before its date and after it nothing runs, and nothing counts as missed."""
    begin = clock.now() + HOUR
    bench = Bench(clock, [a_check("fw", validity=Validity(begin, begin + HOUR))])
    async with bench.running():
        await asyncio.sleep(3 * 3600)
    instants = [observation.instant for observation in await bench.observed()]
    assert len(instants) == 360
    assert begin <= min(instants)
    assert max(instants) < begin + HOUR
    assert bench.counters.missed == 0


@BOTH
@in_virtual_time
async def test_a_reload_keeps_what_stays_and_forgets_what_goes(clock: FakeClock, kind: str) -> None:
    """Unchanged: run in flight kept. Removed or changed: run dropped without an observation, new options next."""
    stays, goes, changes = (a_check(name, kind) for name in ("stays", "goes", "changes"))
    bench = Bench(clock, [stays, goes, changes])
    bench.of(kind).usual = Step(takes=2.5)
    async with bench.running() as prober:
        await asyncio.sleep(0)
        clock.advance(10)
        await asyncio.sleep(0.1)
        assert bench.of(kind).running.total() == 3
        changed = replace(changes, options=ScriptedOptions(address="elsewhere"))
        new = a_catalogue([replace(stays), changed, a_check("comes", kind)])
        await prober.reload(new, bench.probes)
        await asyncio.sleep(0.01)
        assert +bench.of(kind).running == {"stays": 1}
        assert bench.of(kind).cancelled == 2
        await asyncio.sleep(13)
    observed = [observation.check for observation in await bench.observed()]
    assert "goes" not in observed
    addresses = {address for _, address in bench.of(kind).starts[3:]}
    assert addresses == {"stays", "elsewhere", "comes"}
    assert bench.counters.checks == 3


@in_virtual_time
async def test_a_reload_of_an_unchanged_catalogue_moves_no_start(clock: FakeClock) -> None:
    """Reloading every three seconds leaves the grid as it is: no burst, nothing late, nothing doubled."""
    checks = [a_check(f"c{number}", "datagram") for number in range(100)]
    bench = Bench(clock, checks)
    async with bench.running() as prober:
        for _ in range(20):
            await asyncio.sleep(3)
            await prober.reload(a_catalogue([replace(check) for check in checks]), bench.probes)
        await asyncio.sleep(0.01)
    for check in checks:
        starts = bench.of("datagram").starts_at(check.id)
        assert len(starts) == 6
        assert max((start - phase(check.id, 10 * SECOND) / SECOND) % 10 for start in starts) < 0.01


@BOTH
@in_virtual_time
async def test_stop_lets_runs_end_within_the_grace(clock: FakeClock, kind: str) -> None:
    """A run that ends in time is recorded; one that does not is cancelled without an observation; nothing starts."""
    bench = Bench(clock, [a_check("quick", kind), a_check("slow", kind)])
    bench.of(kind).plan("quick", Step(takes=0.5))
    bench.of(kind).plan("slow", Step(takes=2.9))
    async with asyncio.TaskGroup() as tasks:
        running = tasks.create_task(bench.prober.run())
        await asyncio.sleep(0)
        clock.advance(10)
        await asyncio.sleep(0.1)
        began = clock.monotonic()
        bench.prober.stop(1.5)
        await running
    assert clock.monotonic() - began == pytest.approx(1.5, abs=0.01)
    assert [observation.check for observation in await bench.observed()] == ["quick"]
    assert (bench.of(kind).running.total(), bench.of(kind).cancelled) == (0, 1)
    assert len(bench.of(kind).starts) == 2


@BOTH
@in_virtual_time
async def test_stop_returns_as_soon_as_nothing_is_in_flight(clock: FakeClock, kind: str) -> None:
    """The grace is a limit, not a wait."""
    bench = Bench(clock, [a_check("fw", kind)])
    bench.of(kind).usual = Step(takes=0.3)
    async with asyncio.TaskGroup() as tasks:
        running = tasks.create_task(bench.prober.run())
        await asyncio.sleep(0)
        clock.advance(10)
        await asyncio.sleep(0.1)
        bench.prober.stop(60)
        began = clock.monotonic()
        await running
    assert clock.monotonic() - began < 0.3
    assert len(await bench.observed()) == 1


@BOTH
@in_virtual_time
async def test_cancelling_the_prober_leaves_nothing_behind(clock: FakeClock, kind: str) -> None:
    """A cancelled run() forgets what is in flight, without observations."""
    bench = Bench(clock, [a_check("fw", kind)])
    bench.of(kind).usual = Step(takes=2)
    async with asyncio.TaskGroup() as tasks:
        running = tasks.create_task(bench.prober.run())
        await asyncio.sleep(0)
        clock.advance(10)
        await asyncio.sleep(0.1)
        assert bench.of(kind).running.total() == 1
        running.cancel()
    assert (bench.of(kind).running.total(), bench.of(kind).cancelled) == (0, 1)
    assert await bench.observed() == []


@BOTH
@in_virtual_time
async def test_a_bug_of_the_prober_ends_it_with_the_error(clock: FakeClock, kind: str) -> None:
    """A queue that refuses is no reason to go on as if nothing were."""
    bench = Bench(clock, [a_check("fw", kind)])
    bench.queue.close()
    with pytest.raises(ExceptionGroup) as caught:
        async with asyncio.timeout(30):
            await bench.prober.run()
    assert caught.group_contains(RuntimeError, match="after the queue was closed")


@in_virtual_time
async def test_a_wall_clock_set_forward_or_back_moves_no_run(clock: FakeClock) -> None:
    """Runs keep their grid; instants never go back, so that the watermark's promise holds."""
    bench = Bench(clock, [a_check("fw")])
    async with bench.running():
        for step in (3600, -1800, -86_400, 7200):
            await asyncio.sleep(20)
            clock.step(step)
    starts = bench.of("task").starts_at("fw")
    assert {round(later - earlier, 3) for earlier, later in pairwise(starts)} == {10}
    instants = [observation.instant for observation in await bench.observed()]
    assert instants == sorted(instants)


@in_virtual_time
async def test_a_loop_that_falls_behind_is_given_less_to_do_per_turn(clock: FakeClock) -> None:
    """While every turn takes long, fewer and fewer probes start in it, down to one; all get their turn."""
    bench = Bench(clock, [a_check(f"c{number}") for number in range(300)])
    per_turn, before = [], 0
    async with bench.running():
        await asyncio.sleep(0)
        clock.advance(10)
        for _ in range(120):
            clock.advance(0.05)  # what else the loop has to do
            await asyncio.sleep(0)
            started = len(bench.of("task").starts)
            per_turn.append(started - before)
            before = started
        assert max(per_turn[20:]) == 1
        await asyncio.sleep(12)
        assert {address for _, address in bench.of("task").starts} == set(bench.catalogue.checks)


moves = st.one_of(
    st.tuples(st.just("wait"), st.sampled_from([0.0, 0.05, 0.7, 3.0, 11.0])),
    st.tuples(st.just("stall"), st.sampled_from([0.5, 12.0])),
    st.tuples(st.just("step"), st.sampled_from([-5.0, 5.0])),
    st.tuples(st.sampled_from(["pause", "resume", "reload"]), st.integers(0, 5)),
)


@settings(max_examples=60, deadline=None)
@given(st.lists(moves, max_size=25), st.lists(st.sampled_from([0.0, 0.4, 2.0, 9.0, None]), max_size=30))
def test_no_observation_comes_from_before_a_watermark_that_was_told(
    moves: list[tuple[str, float]], runs: list[float | None]
) -> None:
    """Through stalls, pauses, reloads and clock steps: each later put has an instant not before any earlier mark."""

    async def play(clock: FakeClock) -> None:
        checks = [a_check(f"c{number}", ("task", "datagram")[number % 2], address="host") for number in range(6)]
        bench = Bench(clock, checks, maxsize=8, probes_in_flight=4, probes_per_address=3)
        for number, takes in enumerate(runs):
            bench.of(("task", "datagram")[number % 2]).plan("host", Step() if takes is None else Step(takes=takes))
        mark = bench.prober.watermark()
        async with bench.running() as prober:
            for move, value in moves:
                if move == "wait":
                    await asyncio.sleep(value)
                elif move == "stall":
                    clock.advance(value)
                elif move == "step":
                    clock.step(value)
                elif move == "reload":
                    kept = checks[: int(value)] + [replace(check, fall=2) for check in checks[int(value) :]]
                    await prober.reload(a_catalogue(kept, probes_in_flight=4), bench.probes)
                else:
                    getattr(prober, move)([f"c{int(value)}"])
                before = len(bench.taken)
                new = (await bench.observed())[before:]
                assert all(observation.instant >= mark for observation in new)
                assert prober.watermark() >= mark
                mark = prober.watermark()
        last: dict[str, int] = {}
        for observation in await bench.observed():
            assert observation.instant >= last.get(observation.check, 0)
            last[observation.check] = observation.instant
        assert bench.of("task").running.total() == bench.of("datagram").running.total() == 0

    run_in_virtual_time(play)
