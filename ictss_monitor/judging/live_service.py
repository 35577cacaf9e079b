"""One service for one council as the live judge keeps it: its state, and the outages that may still change.

Outages are worked out over a window of time only. It begins at the instant before which nothing still to be observed
can change anything, and moves on with the evidence; what an outage needs of the time before it is carried along. So
memory stays bounded however long an outage lasts.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Final

from ictss_monitor.clock import Instant
from ictss_monitor.judging.changes import Changes, Transition
from ictss_monitor.judging.confirm import History
from ictss_monitor.judging.outages import Carry, Outage, OutageKey, scan
from ictss_monitor.judging.rules import BEGINNING, Plan, causes_of, state_of
from ictss_monitor.probe import Outcome

LEVELS: Final = (Outcome.DOWN, Outcome.DEGRADED)


@dataclass(frozen=True, slots=True)
class ServiceState:
    """What is held of a service for a council now; `causes` are the checks by which it is not up, sorted."""

    state: Outcome
    since: Instant | None
    causes: tuple[str, ...] = ()


class LiveService:
    """One service of one council, worked out anew whenever something about its checks has changed."""

    __slots__ = ("_carries", "_written", "checks", "plan", "since", "state", "trigger", "window")

    def __init__(self, plan: Plan, window: Instant = BEGINNING) -> None:
        self.plan = plan
        self.checks = plan.checks()
        self.window = window
        self.state = ServiceState(Outcome.UNKNOWN, None)
        self.trigger: tuple[Instant, Instant] | None = None
        """Since when, and confirmed when, the change holds that the next working out is about; the latest of all."""
        self._carries: dict[Outcome, Carry] = dict.fromkeys(LEVELS, Carry())
        self._written: dict[OutageKey, Outage] = {}

    def touch(self, since: Instant, confirmed: Instant) -> None:
        """Note that something changed at `since`, as became known at `confirmed`."""
        if self.trigger is None:
            self.trigger = (since, confirmed)
        else:
            self.trigger = (max(since, self.trigger[0]), max(confirmed, self.trigger[1]))

    def replan(self, plan: Plan) -> None:
        """Go on by another plan from the window on; what lies before it stays as it is."""
        self.plan = plan
        self.checks = plan.checks()

    def recall(self, outages: Iterable[Outage], window: Instant) -> None:
        """Go on after a restart from what was written, over the evidence from `window` on."""
        self.window = window
        for outage in outages:
            if outage.first_seen_down >= window:
                self._written[outage.key] = outage
            elif _lasts_beyond(outage, window):
                seen = outage.end is not None and outage.end == outage.first_seen_up == window
                self._carries[outage.level] = Carry(replace(outage, first_seen_up=None, end=None), seen)
                self._written[outage.key] = outage

    def open_outages(self) -> list[Outage]:
        """Return the outages that are open, as they were last written."""
        return [outage for outage in self._written.values() if outage.end is None]

    def work_out(self, histories: Mapping[str, History], until: Instant, seen_until: Instant, into: Changes) -> None:
        """Work out the outages of the window up to `until`, say into `into` what changed, and move the window on."""
        members = {check: history for check in self.checks if (history := histories.get(check)) is not None}
        settled = min((history.settled(seen_until) for history in members.values()), default=seen_until)
        settled = max(min(settled, until), self.window)
        quiet = not self._written and not any(history.failed for history in members.values())
        if not quiet:
            found = self._scan(members, until, seen_until)
            rows = {outage.key: outage for held in found.values() for outage in held[0]}
            into.outages += [row for key, row in rows.items() if self._written.get(key) != row]
            into.withdrawn += [key for key in self._written if key not in rows]
            for level, (outages, carry) in self._scan(members, settled, seen_until).items():
                self._carries[level] = carry
                for outage in outages:
                    if outage is not carry.open:
                        del rows[outage.key]
            self._written = rows
        self.window = settled

    def _scan(
        self, members: Mapping[str, History], until: Instant, seen_until: Instant
    ) -> dict[Outcome, tuple[list[Outage], Carry]]:
        return {
            level: scan(self.plan, level, members, self._carries[level], self.window, until, seen_until, now=seen_until)
            for level in LEVELS
        }

    def restate(self, at: Instant, level_of: Callable[[str], Outcome], into: Changes) -> None:
        """Hold of the service what its rule makes of the states of its checks at `at`; say into `into` if it is new."""
        plan, old = self.plan, self.state
        piece = plan.at(at)
        rule = None if piece is None else piece.rule
        new = state_of(rule, level_of)
        told, self.trigger = self.trigger, None
        since, confirmed = told or (at, at)
        causes: set[str] = set()
        if rule is not None and new in LEVELS:
            failed = LEVELS[: LEVELS.index(new) + 1]
            causes = causes_of(rule, lambda check: level_of(check) in failed, down=new is Outcome.DOWN)
        held_since = old.since if new is old.state else since
        if old.since is None and not told:  # after a restart, what was written tells it, or nothing does
            begun = [outage.first_seen_down for outage in self.open_outages() if outage.level is new]
            held_since = max(begun, default=None)
        self.state = ServiceState(new, held_since, tuple(sorted(causes)))
        if new is not old.state:
            into.transitions.append(
                Transition(plan.service, plan.council, old.state, new, since, confirmed, self.state.causes)
            )

    def end(self, at: Instant) -> list[Outage]:
        """Return the open outages, ended because the service left the catalogue at `at`."""
        return [replace(outage, end=max(at, outage.last_seen_down)) for outage in self.open_outages()]


def _lasts_beyond(outage: Outage, instant: Instant) -> bool:
    """Tell whether an outage that was written may go on at `instant`.

    One that was seen up again just then may, by another check that failed at that instant. One that ended by date while
    it was unknown ends at its last failure, and was held for some time after it.
    """
    if outage.end is None:
        return True
    if outage.first_seen_up is not None:
        return outage.first_seen_up >= instant
    return outage.end > instant or outage.end == outage.last_seen_down == instant
