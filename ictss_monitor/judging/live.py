"""The live judge: takes observations as they come and says what must be written.

It keeps the same histories that a replay folds from stored runs, and works the same sets out over a window, so both
give the same outages. An observation that changes nothing costs a few comparisons; everything else is worked out when
the recorder asks for the changes.
"""

from __future__ import annotations

import heapq
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import islice

from ictss_monitor.catalogue.model import Catalogue
from ictss_monitor.clock import Instant
from ictss_monitor.judging.changes import Changes, Transition
from ictss_monitor.judging.confirm import History
from ictss_monitor.judging.evidence import Run, opened_by
from ictss_monitor.judging.live_check import CheckState, LiveCheck, needed_from
from ictss_monitor.judging.live_service import LiveService, ServiceState
from ictss_monitor.judging.outages import Outage
from ictss_monitor.judging.rules import BEGINNING, FOREVER, plans
from ictss_monitor.observation import Observation
from ictss_monitor.probe import Outcome

__all__ = ["Changes", "CheckState", "Judge", "ServiceState", "Transition", "needed_from"]


class Judge:
    """What is held of every check and service, kept up to date, and what must be written of it."""

    def __init__(self, catalogue: Catalogue, vantage: str) -> None:
        self.vantage = vantage
        self.discarded = 0
        """Observations of unknown checks or other vantages, and those not later than the check's last one."""
        self._checks: dict[str, LiveCheck] = {}
        self._services: dict[tuple[str, str], LiveService] = {}
        self._histories: dict[str, History] = {}
        self._extended: set[str] = set()
        self._dirty: dict[tuple[str, str], LiveService] = {}
        self._changes = Changes()
        self._silence: list[tuple[Instant, str]] = []
        self._dates: list[tuple[Instant, tuple[str, str]]] = []
        self._seen_until: Instant = BEGINNING
        self._until: Instant = BEGINNING
        """Up to where things are worked out: just after the latest observation, or the last tick."""
        self._adopt(catalogue)

    # Observing

    def observe(self, observation: Observation) -> None:
        """Take one observation; those of one check come in the order of their instants."""
        live = self._checks.get(observation.check)
        if live is None or observation.vantage != self.vantage:
            self.discarded += 1
            return
        run = live.run
        if run is not None:
            instant, finding = observation.instant, observation.finding
            gap = instant - run.last
            if gap <= 0:
                self.discarded += 1
                return
            if (
                live.steady
                and finding.outcome is run.outcome
                and finding.reason is run.reason
                and gap <= live.history.gap_allowance
            ):
                run.last = instant
                run.count += 1
                if gap > run.longest_gap:
                    run.longest_gap = gap
                live.unfolded += 1
                live.observation = observation
                self._extended.add(observation.check)
                if instant >= self._until:
                    self._until = instant + 1
                return
        self._observe_change(live, observation)

    def _observe_change(self, live: LiveCheck, observation: Observation) -> None:
        live.fold_waiting()
        instant, outcome = observation.instant, observation.finding.outcome
        self._record(live, observation)
        before = live.mark()
        live.history.fold(outcome, instant, instant, 1)
        live.set_steady()
        self._until = max(self._until, instant + 1)
        if live.mark() != before:
            self._restate(live, instant)
        if outcome is not Outcome.UNKNOWN and not live.watched:
            live.watched = True
            heapq.heappush(self._silence, (instant + live.history.gap_allowance, live.check.id))

    def _record(self, live: LiveCheck, observation: Observation) -> None:
        run = live.run
        if run is not None and run.takes(observation, live.history.gap_allowance):
            run.add(observation)
        else:
            if run is not None:
                self._changes.closed_runs.append(run.frozen())
                if live.observation is not None and run.count > 1:
                    self._changes.edges.append(live.observation)
            self._changes.edges.append(observation)
            live.run = opened_by(observation)
        live.observation = observation
        self._extended.add(live.check.id)

    def _restate(self, live: LiveCheck, confirmed: Instant) -> None:
        """Hold of a check what its history says now, and have its services worked out."""
        old, new = live.state, live.history.state(self._seen_until)
        if new is not old:
            since = live.history.since(new)
            assert since is not None
            live.state, live.since = new, since
            self._changes.transitions.append(Transition(live.check.id, None, old, new, since, confirmed))
        for service in live.services:
            service.touch(confirmed if live.since is None else live.since, confirmed)
            self._dirty[service.plan.service, service.plan.council] = service
        if not live.services:
            live.history.trim(live.history.settled(self._seen_until))

    def tick(self, now: Instant) -> None:
        """Note that every observation before `now` has been taken: what is silent for too long becomes unknown.

        It looks only at the checks whose time may be up.
        """
        if now <= self._seen_until:
            return
        self._seen_until = now
        self._until = max(self._until, now)
        silence = self._silence
        while silence and silence[0][0] < now:
            _, id = heapq.heappop(silence)
            live = self._checks.get(id)
            if live is None or not live.watched:
                continue
            last = live.last_known()
            assert last is not None
            due = last + live.history.gap_allowance
            if due >= now:
                heapq.heappush(silence, (due, id))
            else:
                live.watched = False
                live.fold_waiting()
                self._restate(live, now)
        while self._dates and self._dates[0][0] < now:
            date, key = heapq.heappop(self._dates)
            if (service := self._services.get(key)) is not None:
                service.touch(date, date)
                self._dirty[key] = service

    # Handing over

    @property
    def urgent(self) -> bool:
        """Whether there is more to write than runs that went on."""
        return bool(self._dirty) or self._changes.urgent

    def take_changes(self, most_services: int | None = None) -> Changes:
        """Return what must be written since the last call, worked out now.

        With `most_services`, at most so many services are worked out, and `urgent` tells whether there are more: a mass
        outage of thousands is taken in steps that hold nobody up.
        """
        changes, self._changes = self._changes, Changes()
        dirty = [self._dirty.pop(key) for key in list(islice(self._dirty, most_services))]
        self._work_out(dirty, changes)
        checks, self._extended = self._extended, set()
        for id in checks:
            live = self._checks.get(id)
            if live is not None and live.run is not None:
                changes.open_runs.append(live.run.frozen())
        return changes

    def _work_out(self, services: Iterable[LiveService], changes: Changes) -> None:
        touched: set[str] = set()
        for service in services:
            touched |= service.checks
        lives = [live for id in touched if (live := self._checks.get(id)) is not None]
        for live in lives:
            live.fold_waiting()
        for service in services:
            service.work_out(self._histories, self._until, self._seen_until, changes)
            service.restate(self._until - 1, self._level, changes)
        for live in lives:
            live.history.trim(min(service.window for service in live.services))

    def _level(self, check: str) -> Outcome:
        live = self._checks.get(check)
        return Outcome.UNKNOWN if live is None else live.state

    def check_state(self, check: str) -> CheckState:
        """Return what is held of a check. Raises KeyError where the catalogue has none of that id."""
        return self._checks[check].told()

    def check_states(self) -> Iterator[tuple[str, CheckState]]:
        """Yield every check's id and what is held of it, in the order of the catalogue."""
        for id, live in self._checks.items():
            yield id, live.told()

    def service_state(self, service: str, council: str) -> ServiceState:
        """Return what is held of a service for a council, as of the last `take_changes`. Raises KeyError."""
        return self._services[service, council].state

    def service_states(self) -> Iterator[tuple[tuple[str, str], ServiceState]]:
        """Yield the ids of service and council, and what is held of it, in the order of the catalogue."""
        for key, service in self._services.items():
            yield key, service.state

    def open_outages(self) -> list[Outage]:
        """Return the outages that are open, as they were last handed over."""
        return [outage for service in self._services.values() for outage in service.open_outages()]

    # Beginning anew

    def restore(
        self,
        runs: Mapping[str, Sequence[Run]],
        outages: Iterable[Outage],
        seen_until: Instant,
        since: Instant | None = None,
    ) -> None:
        """Go on after a restart, from what was written up to the watermark `seen_until`.

        `runs` are those of each check from an anchor that is up and begins at or before `since` (see `needed_from`,
        which also gives the default), or from its first ever; the last one is gone on with. `outages` are those that
        were not over at `since`: without an end, or with `end` or `first_seen_up` at or after it. What was known
        before is not announced again; the dead time becomes unknown with the next tick or observation.
        """
        self._seen_until = self._until = seen_until
        for id, held in runs.items():
            live = self._checks.get(id)
            if live is not None and held:
                self._restore_check(live, held)
        settled = (live.history.settled(seen_until) for live in self._checks.values() if live.services)
        window = min(settled, default=seen_until) if since is None else since
        written: defaultdict[tuple[str, str], list[Outage]] = defaultdict(list)
        for outage in outages:
            written[outage.service, outage.council].append(outage)
        for key, service in self._services.items():
            service.recall(written[key], window)
        self._work_out(self._services.values(), self._changes)
        self._changes.transitions.clear()
        self._dirty.clear()

    def _restore_check(self, live: LiveCheck, runs: Sequence[Run]) -> None:
        live.recall(runs, self._seen_until)
        self._until = max(self._until, runs[-1].last + 1)
        last = live.history.last_known
        if last is not None:
            live.watched = True
            heapq.heappush(self._silence, (last + live.history.gap_allowance, live.check.id))

    def reload(self, catalogue: Catalogue) -> None:
        """Go on with another catalogue. Checks that stay keep their states, services are worked out anew.

        What is settled already stays as written: a changed rule counts from what is still remembered on. The whole
        past by the new catalogue comes from a replay of the evidence (`outages_of`).
        """
        self._adopt(catalogue)

    def _adopt(self, catalogue: Catalogue) -> None:
        self._adopt_checks(catalogue)
        services: dict[tuple[str, str], LiveService] = {}
        self._dates.clear()
        for key, plan in plans(catalogue).items():
            service = self._services.pop(key, None)
            if service is None:
                service = LiveService(plan, self._seen_until)
            else:
                service.replan(plan)
            services[key] = service
            self._dirty[key] = service
            self._dates += [(date, key) for date in plan.edges() if self._seen_until <= date < FOREVER]
        heapq.heapify(self._dates)
        for key, gone in self._services.items():
            self._changes.outages += gone.end(self._seen_until)
            self._dirty.pop(key, None)
        self._services = services
        for live in self._checks.values():
            live.services = []
        for service in services.values():
            for id in service.checks & self._checks.keys():
                self._checks[id].services.append(service)

    def _adopt_checks(self, catalogue: Catalogue) -> None:
        checks: dict[str, LiveCheck] = {}
        for id, check in catalogue.checks.items():
            live = self._checks.pop(id, None)
            if live is None:
                live = LiveCheck(check)
            else:
                live.fold_waiting()
                live.check = check
                live.history.adopt(check)
            checks[id] = live
        for gone in self._checks.values():
            if gone.run is not None:
                self._changes.closed_runs.append(gone.run.frozen())
        self._checks = checks
        self._histories = {id: live.history for id, live in checks.items()}
