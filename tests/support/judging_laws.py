"""The laws of judging as functions of a world: each raises AssertionError where the package and the model differ.

The property tests run them on random worlds, and the planted bugs are held against the same functions.
"""

from __future__ import annotations

from dataclasses import replace

from support.judging_cases import World, runs_of
from support.judging_model import DEGRADED, DOWN, CheckModel, ServiceModel

from ictss_monitor.catalogue.model import Catalogue
from ictss_monitor.intervals import IntervalSet
from ictss_monitor.judging import live, outages, rules, timeline
from ictss_monitor.judging.changes import Changes
from ictss_monitor.judging.confirm import History, anchor_count
from ictss_monitor.judging.evidence import Run
from ictss_monitor.judging.outages import Outage, OutageKey
from ictss_monitor.observation import Observation
from ictss_monitor.probe import Outcome

FIRST = -2
"""An instant before any observation of a world."""


def models(world: World) -> dict[str, CheckModel]:
    """Build the slow model of every check."""
    return {
        id: CheckModel(held, [(each.instant, each.finding.outcome) for each in world.seen[id]], world.now)
        for id, held in world.catalogue.checks.items()
    }


def instants(held: IntervalSet, start: int, end: int) -> set[int]:
    """Return the instants of a set, one by one."""
    return {at for at in range(start, end) if at in held}


def check_timelines_are_the_model(world: World, start: int = FIRST, end: int | None = None) -> None:
    """Every set of every check's timeline holds exactly the instants that the definitions say."""
    end = world.now if end is None else end
    for id, model in models(world).items():
        held = world.catalogue.checks[id]
        runs = runs_of(held, world.seen[id])
        found = timeline.check_timeline(held, runs, start, end, world.now, world.now)
        every = range(start, min(end, world.now))
        for name, judge in (("failures", model.failing), ("confirmed", model.confirmed), ("doubtful", model.doubtful)):
            levels = getattr(found, name)
            assert instants(levels.down, start, end) == {at for at in every if judge(DOWN, at)}, (id, name)
            assert instants(levels.not_up, start, end) == {at for at in every if judge(DEGRADED, at)}, (id, name)
        assert instants(found.unknown, start, end) == {at for at in every if model.unknown(at)}, id


def service_timeline_is_the_model(world: World, start: int = FIRST, end: int | None = None) -> None:
    """Every set of the service's timeline holds exactly the instants that the definitions say."""
    end = world.now if end is None else end
    model = ServiceModel(world.catalogue, "s", "c", models(world))
    plan = rules.plan_of(world.catalogue, "s", "c")
    timelines = {
        id: timeline.check_timeline(held, runs_of(held, world.seen[id]), start, end, world.now, world.now)
        for id, held in world.catalogue.checks.items()
    }
    found = timeline.service_timeline(plan, timelines, start, end, world.now)
    for at in range(start, end):
        said = model.class_at(at)
        assert (at in found.not_in_service) == (said == "not in service"), at
        if at >= world.now:
            continue
        named = {"unknown": found.unknown, "down": found.down, "degraded": found.degraded}
        assert [name for name, held in named.items() if at in held] == [name for name in named if name == said], at
        for levels, pessimistic in ((found.optimistic, False), (found.pessimistic, True)):
            extreme = model.extreme(at, pessimistic)
            if extreme is None:
                extreme = DOWN if pessimistic and said == "unknown" else 2
            assert (at in levels.down) == (extreme == DOWN), (at, pessimistic)
            assert (at in levels.not_up) == (extreme <= DEGRADED), (at, pessimistic)


def state_agrees_with_timeline(world: World) -> None:
    """At every instant the rule evaluated on states says what the rule evaluated on sets says."""
    plan = rules.plan_of(world.catalogue, "s", "c")
    checks = models(world)
    model = ServiceModel(world.catalogue, "s", "c", checks)
    for at in range(FIRST, world.now):
        piece = plan.at(at)
        if piece is None:
            assert model.class_at(at) == "not in service"
        else:
            state = rules.state_of(piece.rule, lambda id, at=at: checks[id].state(at))
            assert state.value == model.class_at(at), at


def replayed(world: World) -> list[Outage]:
    """Return the outages by a replay of the runs."""
    histories = {}
    for id, held in world.catalogue.checks.items():
        histories[id] = History.of(held)
        for run in runs_of(held, world.seen[id]):
            histories[id].fold_run(run)
    plan = rules.plan_of(world.catalogue, "s", "c")
    return outages.outages_of(plan, histories, FIRST, world.now, world.now, world.now)


def replay_is_the_model(world: World) -> None:
    """The outages of a replay are those of the definitions, with all their instants and causes."""
    expected = ServiceModel(world.catalogue, "s", "c", models(world)).outages(FIRST, world.now)
    assert replayed(world) == expected


class Store:
    """What a recorder keeps, in memory."""

    def __init__(self) -> None:
        self.closed: dict[str, list[Run]] = {}
        self.open: dict[str, Run] = {}
        self.outages: dict[OutageKey, Outage] = {}
        self.watermark = -(10**6)
        self.unwritten = Changes()

    def write(self, changes: Changes, watermark: int, refuse: bool = False) -> None:
        """Write what changed, twice, or keep it for the next time."""
        changes = self.unwritten = self.unwritten.merge(changes)
        if refuse:
            return
        for _ in range(2):
            for run in changes.closed_runs:
                held = self.closed.setdefault(run.check, [])
                if run not in held:
                    held.append(run)
                if self.open.get(run.check) is not None and self.open[run.check].first == run.first:
                    del self.open[run.check]
            self.open |= {run.check: run for run in changes.open_runs}
            for key in changes.withdrawn:
                self.outages.pop(key, None)
            self.outages |= {outage.key: outage for outage in changes.outages}
        self.watermark = watermark
        self.unwritten = Changes()

    def runs(self, id: str) -> list[Run]:
        """Return all runs of a check in the order of time."""
        return self.closed.get(id, []) + ([self.open[id]] if id in self.open else [])

    def restored(self, catalogue: Catalogue) -> live.Judge:
        """Start a judge from what is written, reading no more of it than is needed."""

        def since_anchor(id: str, before: int) -> list[Run]:
            runs, count = self.runs(id), anchor_count(catalogue.checks[id])
            for index in reversed(range(len(runs))):
                run = runs[index]
                if run.outcome is Outcome.UP and run.count >= count and run.first <= before:
                    return runs[index:]
            return runs

        since, before = self.watermark, None
        while since != before:
            before, runs = since, {id: since_anchor(id, since) for id in catalogue.checks}
            since = min(since, live.needed_from(catalogue, runs, self.watermark))
        running = [
            outage
            for outage in self.outages.values()
            if outage.end is None or max(outage.end, outage.first_seen_up or outage.end) >= since
        ]
        judge = live.Judge(catalogue, "local")
        judge.restore(runs, running, self.watermark, since)
        assert judge.take_changes().transitions == []
        return judge


def lived(world: World, late: dict[tuple[str, int], int], acts: list[int]) -> Store:
    """Live through a world: observations come `late` by some instants; after each, `acts` say what the recorder does.

    0 nothing, 1 a tick, 2 a tick and a commit, 3 a commit that fails, 4 a restart after a commit, 5 a reload.
    """
    store, judge = Store(), live.Judge(world.catalogue, "local")
    every = [each for seen in world.seen.values() for each in seen]
    order: list[Observation] = sorted(
        every, key=lambda each: (each.instant + late.get((each.check, each.instant), 0), each.instant)
    )
    last: dict[str, int] = {}
    for index, each in enumerate(order):
        assert last.get(each.check, -99) < each.instant
        last[each.check] = each.instant
        judge.observe(each)
        act = acts[index % len(acts)] if acts else 0
        rest = order[index + 1 :]
        mark = min((other.instant for other in rest), default=world.now)
        if act:
            judge.tick(mark)
        if act in (2, 3, 4):
            store.write(judge.take_changes(), mark, refuse=act == 3)
        if act == 4:
            judge = store.restored(world.catalogue)
        if act == 5:
            judge.reload(replace(world.catalogue, digest=world.catalogue.digest + "+"))
    judge.tick(world.now)
    store.write(judge.take_changes(), world.now)
    assert not judge.urgent
    for id, model in models(world).items():
        assert judge.check_state(id).state is model.state(world.now - 1), id
        runs = store.runs(id)
        assert runs == runs_of(world.catalogue.checks[id], world.seen[id])
        inside = [
            [each for each in world.seen[id] if run.first <= each.instant <= run.last and _alike(run, each)]
            for run in runs
        ]
        assert [len(held) for held in inside] == [run.count for run in runs]
    return store


def _alike(run: Run, seen: Observation) -> bool:
    return (run.outcome, run.reason) == (seen.finding.outcome, seen.finding.reason)


def settled(found: list[Outage]) -> list[Outage]:
    """Leave the last failure of open outages out: it is rewritten only when something else changes."""
    return [replace(each, last_seen_down=each.first_seen_down) if each.end is None else each for each in found]


def live_is_the_replay(world: World, late: dict[tuple[str, int], int], acts: list[int]) -> None:
    """However observations arrive, and wherever the daemon restarts, the outages written are those of a replay."""
    store = lived(world, late, acts)
    written = sorted(store.outages.values(), key=lambda outage: (outage.first_seen_down, outage.level))
    assert settled(written) == settled(replayed(world))
