"""One check as the live judge keeps it: its open run, its history, and what is held of it now."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from ictss_monitor.catalogue.model import Catalogue, Check
from ictss_monitor.clock import Instant
from ictss_monitor.judging.confirm import History
from ictss_monitor.judging.evidence import OpenRun, Run
from ictss_monitor.judging.live_service import LiveService
from ictss_monitor.judging.rules import plans
from ictss_monitor.observation import Observation
from ictss_monitor.probe import Outcome


@dataclass(frozen=True, slots=True)
class CheckState:
    """What is held of a check now, and the last observation of it (None since a restart or before the first)."""

    state: Outcome
    since: Instant | None
    observation: Observation | None
    pending: bool
    """Whether observations speak against what is held, too few yet to change it."""


class LiveCheck:
    """A check with everything that the live judge knows of it."""

    __slots__ = (
        "check",
        "history",
        "observation",
        "run",
        "services",
        "since",
        "state",
        "steady",
        "unfolded",
        "watched",
    )

    def __init__(self, check: Check) -> None:
        self.check = check
        self.history = History.of(check)
        self.run: OpenRun | None = None
        self.observation: Observation | None = None
        self.state = Outcome.UNKNOWN
        self.since: Instant | None = None
        self.steady = False
        """Whether one more observation like the last one changes nothing; those are counted and folded later."""
        self.unfolded = 0
        self.watched = False
        """Whether the judge's watch for silence has an entry for it."""
        self.services: list[LiveService] = []

    def fold_waiting(self) -> None:
        """Fold the observations that changed nothing when they came."""
        if self.unfolded:
            run, history = self.run, self.history
            assert run is not None
            if history.last_known is not None:
                history.fold(run.outcome, history.last_known, run.last, self.unfolded)
            self.unfolded = 0

    def recall(self, runs: Sequence[Run], seen_until: Instant) -> None:
        """Go on after a restart from runs, of which the last is the open one, and the watermark that covers them."""
        for run in runs:
            self.history.fold_run(run)
        self.run = OpenRun.of(runs[-1])
        self.set_steady()
        self.state = self.history.state(seen_until)
        self.since = self.history.since(self.state)

    def told(self) -> CheckState:
        """Return what is held of it now."""
        return CheckState(self.state, self.since, self.observation, self.run is not None and not self.history.steady)

    def last_known(self) -> Instant | None:
        """Return the instant of the last observation that was not unknown."""
        run = self.run
        return self.history.last_known if run is None or run.outcome is Outcome.UNKNOWN else run.last

    def set_steady(self) -> None:
        """Note whether the next observation, if it is like the last, needs a look at all."""
        assert self.run is not None
        self.steady = self.run.outcome is Outcome.UNKNOWN or self.history.steady

    def mark(self) -> tuple[object, ...]:
        """Return what must have changed for a service to be worked out anew."""
        history = self.history
        down, not_up = history.down, history.not_up
        return (down.held, not_up.held, len(down.past), len(not_up.past), len(history.holes), history.dark)


def needed_from(catalogue: Catalogue, runs: Mapping[str, Sequence[Run]], seen_until: Instant) -> Instant:
    """Return from when on the evidence must be complete for `Judge.restore` to go on exactly as before.

    `runs` are those of each check from its last anchor on. Where a count was interrupted by something unknown the
    answer lies before some of them: then read again, from the anchors that begin at or before it, and ask again, until
    the answer stays.

    Where a date ended a service's outage while something unknown went on, the outage is written to end at its last
    failure, which may lie long before; what becomes known later can still lengthen it up to the date. So for such a
    service the answer lies before the unknown.
    """
    histories: dict[str, History] = {}
    for id, check in catalogue.checks.items():
        histories[id] = history = History.of(check)
        for run in runs.get(id, ()):
            history.fold_run(run)
    needed = min((history.settled(seen_until) for history in histories.values()), default=seen_until)
    dated = [plan for plan in plans(catalogue).values() if any(needed <= edge <= seen_until for edge in plan.edges())]
    members = [histories[check] for plan in dated for check in plan.checks() if check in histories]
    while members and (before := min(history.seen_before(needed, seen_until) for history in members)) < needed:
        needed = before
    return needed
