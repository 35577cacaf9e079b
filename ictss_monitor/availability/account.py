"""The account of a service: all that its figures rest on, put together from evidence, windows and what people told.

Judging gives the timeline; histories from elsewhere fill its gaps; corrections replace spans of it; maintenance windows
and blame are laid beside it. A figure is made from an account by the policy of its KPI.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import TypeAlias

from ictss_monitor.availability.told import (
    NOTHING_TOLD,
    corrected,
    filled,
    told_by_corrections,
    told_by_history,
)
from ictss_monitor.availability.windows import over, valid_set
from ictss_monitor.catalogue.model import Catalogue
from ictss_monitor.catalogue.terms import Attribution, Fault, OutageBegins
from ictss_monitor.clock import Duration, Instant
from ictss_monitor.intervals import EMPTY, IntervalSet, span, union
from ictss_monitor.judging.blame import NOBODY_ELSE, NOTHING, Blame, blame_of
from ictss_monitor.judging.rules import Plan
from ictss_monitor.judging.swayed import swayed_by
from ictss_monitor.judging.timeline import CheckTimeline, Levels, ServiceTimeline, service_timeline
from ictss_monitor.ledger.acts import Act, Attribute, Declare, Entry, Imported, Move
from ictss_monitor.ledger.standing import HeldWindow


@dataclass(frozen=True, slots=True)
class Annotations:
    """What stands beside the evidence: maintenance windows, entries of the ledger in force, imported histories."""

    windows: tuple[HeldWindow, ...] = ()
    entries: tuple[Entry, ...] = ()
    imported: tuple[Imported, ...] = ()


@dataclass(frozen=True, slots=True)
class Account:
    """One service for one council over the stretch of its timeline."""

    timeline: ServiceTimeline
    maintenance: IntervalSet = EMPTY
    """When windows that were announced in time decide what the service is; nothing of what is to come."""
    blame: Blame = NOBODY_ELSE
    told: IntervalSet = EMPTY
    """The time of which histories or corrections tell: known, though no check watched it."""
    entries: tuple[Entry, ...] = ()
    """The entries in force that say something of this service and council, in the order of the ledger."""
    imported: tuple[Imported, ...] = ()
    uncorrected: Account | None = None
    """The same as it would be had nobody corrected anything; None where nobody did."""


Terms: TypeAlias = tuple[OutageBegins, Duration]
"""What of a policy an account depends on: where outages begin, and the notice that windows need."""

Accounts: TypeAlias = Mapping[tuple[str, str], Account]
"""By (service, council)."""


def account_of(
    catalogue: Catalogue,
    plan: Plan,
    checks: Mapping[str, CheckTimeline],
    annotations: Annotations,
    start: Instant,
    end: Instant,
    now: Instant,
    notice: Duration = 0,
) -> Account:
    """Return the account of the service of `plan` over `[start, end)`, as known at `now`.

    `checks` are the timelines of its checks over that stretch, whose outages begin where the policy says; `notice` is
    how long before its begin a window must have been announced.
    """
    return _Accounting(catalogue, plan, checks, annotations, start, end, now, notice).account()


class _Accounting:
    """Puts one account together."""

    def __init__(
        self,
        catalogue: Catalogue,
        plan: Plan,
        checks: Mapping[str, CheckTimeline],
        annotations: Annotations,
        start: Instant,
        end: Instant,
        now: Instant,
        notice: Duration,
    ) -> None:
        self._catalogue, self._plan, self._checks, self._notice = catalogue, plan, checks, notice
        self._start, self._until = start, max(min(end, now), start)
        self._observed = service_timeline(plan, checks, start, end, now)
        key = (plan.service, plan.council)
        self._history = tuple(row for row in annotations.imported if (row.service, row.council) == key)
        self._entries = tuple(entry for entry in annotations.entries if about(entry.act) == key)
        concerned = ((held, *over(held.window.scope, catalogue, *key)) for held in annotations.windows)
        self._windows = [
            (held, whole, some & plan.checks()) for held, whole, some in concerned if whole or some & plan.checks()
        ]

    def account(self) -> Account:
        history = told_by_history(self._history) if self._history else NOTHING_TOLD
        timeline = filled(self._observed, history, self._until) if self._history else self._observed
        plain = Account(
            timeline,
            self._maintenance(in_time=True),
            self._blame(timeline),
            history.known.clip(self._start, self._until),
            imported=self._history,
        )
        cited_later = any(held.entered is not None and held.announced != held.entered for held, _, _ in self._windows)
        return self._corrected(plain) if self._entries or cited_later else plain

    def _corrected(self, plain: Account) -> Account:
        corrections = told_by_corrections(self._entries)
        return Account(
            corrected(plain.timeline, corrections, self._until),
            self._maintenance(corrections.known),
            with_attributions(plain.blame, _attributed(self._entries)),
            corrections.known.clip(self._start, self._until) | plain.told,
            self._entries,
            self._history,
            uncorrected=plain,
        )

    def _blame(self, timeline: ServiceTimeline) -> Blame:
        if not timeline.down and not timeline.degraded:
            return NOBODY_ELSE
        unseen = self._observed.unknown
        rows = ((span(row.since, row.until) & unseen, row.attribution) for row in self._history)
        return with_attributions(self._observed_blame(), rows)

    def _observed_blame(self) -> Blame:
        """Return what our checks say; where they did not see what the service was, they blame nobody."""
        found = [
            blame_of(self._plan, self._checks, faults, start, end)
            for start, end, faults in faults_of(self._catalogue, self._plan, self._start, self._until)
        ]
        unseen = self._observed.unknown
        levels = {
            fault: Levels(
                union(each.of(fault).down for each in found), union(each.of(fault).not_up for each in found) - unseen
            )
            for fault in Fault
            if any(fault in each.levels for each in found)
        }
        return Blame(levels) if levels else NOBODY_ELSE

    def _maintenance(self, corrected: IntervalSet = EMPTY, *, in_time: bool = False) -> IntervalSet:
        """Return when windows hold for the service: all the time of its own, of its checks' where they decide.

        A correction tells the state of the service itself: windows over its checks decide nothing there any more.
        With `in_time` a notice that was cited later, when the window was entered, does not count.
        """
        own: list[IntervalSet] = []
        of_checks: dict[str, list[IntervalSet]] = {}
        for held, whole, some in self._windows:
            timely = replace(held, announced=held.entered) if in_time and held.entered is not None else held
            announced = valid_set([timely], self._notice, self._start, self._until)
            if whole:
                own.append(announced)
            for check in some:
                of_checks.setdefault(check, []).append(announced)
        if not own and not of_checks:
            return EMPTY
        windows = {check: union(sets) for check, sets in of_checks.items()}
        decided = swayed_by(windows, self._plan, self._checks, self._start, self._until)
        return union([*own, decided - corrected])


def faults_of(
    catalogue: Catalogue, plan: Plan, start: Instant, until: Instant
) -> Iterator[tuple[Instant, Instant, dict[str, Fault]]]:
    """Yield the stretches of `[start, until)` with whose fault it is, by check id, when that check fails in them."""
    provisions = catalogue.services[plan.service].provisions.get(plan.council, ())
    moved = {edge for each in provisions for edge in each.validity.edges() if start < edge < until}
    cuts = [start, *sorted(moved), until] if any(each.hosted_externally for each in provisions) else [start, until]
    for begin, end in pairwise(cuts):
        said = attributions_of(catalogue, plan, begin)
        yield begin, end, {check: held.fault for check, held in said.items()}


def attributions_of(catalogue: Catalogue, plan: Plan, at: Instant) -> dict[str, Attribution]:
    """Return by check id whose the outages are that it causes in the service of `plan` at an instant.

    What the check says stands over what its site says, and that over who hosts the service then; what nobody says is
    ours.
    """
    provisions = catalogue.services[plan.service].provisions.get(plan.council, ())
    host = next((each for each in provisions if each.hosted_externally and each.validity.holds_at(at)), None)
    hosted = None if host is None else Attribution(Fault.THIRD_PARTY, host.supplier)
    found: dict[str, Attribution] = {}
    for id_ in plan.checks():
        check = catalogue.checks.get(id_)
        site = catalogue.sites.get(check.site) if check is not None and check.site is not None else None
        said = (check.attribution if check else None) or (site.attribution if site else None) or hosted
        if said is not None:
            found[id_] = said
    return found


def with_attributions(blame: Blame, said: Iterable[tuple[IntervalSet, Attribution | None]]) -> Blame:
    """Return `blame` with what was said of single stretches in its place; what is said last stands."""
    levels = dict(blame.levels)
    for stretch, attribution in said:
        if attribution is None or not stretch:
            continue
        levels = {each: Levels(held.down - stretch, held.not_up - stretch) for each, held in levels.items()}
        if attribution.fault is not Fault.OWN:
            held = levels.get(attribution.fault, NOTHING)
            levels[attribution.fault] = Levels(held.down | stretch, held.not_up | stretch)
    return Blame(levels) if levels else NOBODY_ELSE


def _attributed(entries: Iterable[Entry]) -> Iterator[tuple[IntervalSet, Attribution | None]]:
    for entry in entries:
        if isinstance(entry.act, Attribute | Declare):
            yield span(entry.act.extent.since, entry.act.extent.until), entry.act.attribution


def about(act: Act) -> tuple[str, str] | None:
    """Return the service and council that an act says something of, None where it is about something else."""
    if isinstance(act, Move):
        return act.actual.service, act.actual.council
    return (act.extent.service, act.extent.council) if isinstance(act, Attribute | Declare) else None
