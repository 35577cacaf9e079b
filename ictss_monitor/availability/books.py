"""The books: every service's account on all the terms that policies need, from evidence and annotations.

Pure, and in small steps: who shares a thread with probes pauses between them.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from ictss_monitor.availability.account import Account, Annotations, Terms, about, account_of
from ictss_monitor.availability.major import MajorIncident, major_incidents, reach_of
from ictss_monitor.availability.periods import Period, PeriodSpec
from ictss_monitor.availability.reckoning import Books, Reckoning, policies_of, terms_of
from ictss_monitor.catalogue.model import Catalogue, Check
from ictss_monitor.catalogue.terms import OutageBegins
from ictss_monitor.clock import Instant
from ictss_monitor.judging.confirm import History
from ictss_monitor.judging.evidence import Run
from ictss_monitor.judging.rules import Plan, plans
from ictss_monitor.judging.timeline import CheckTimeline, timeline_of
from ictss_monitor.ledger.acts import Entry, Imported


@dataclass(frozen=True, slots=True)
class Edge:
    """Where evidence ends: complete up to `seen_until`, and judged as of `now`."""

    seen_until: Instant
    now: Instant


@dataclass(frozen=True, slots=True)
class Stretch:
    """What must be known to make the figures of a period: `[start, end)`, with what its edges need around it."""

    start: Instant
    end: Instant


def stretch_of(catalogue: Catalogue, spec: PeriodSpec) -> Stretch:
    """Return the time over which accounts must be kept for the figures of `spec`.

    It covers the period in every council's zone, and around it the length that major incidents are judged by.
    """
    zones = {catalogue.settings.zone, *(council.zone for council in catalogue.councils.values())}
    periods = [spec.within(zone) for zone in zones]
    reach = reach_of(catalogue)
    return Stretch(min(each.start for each in periods) - reach, max(each.end for each in periods) + reach)


@dataclass(slots=True)
class Bookkeeper:
    """Keeps the books over a stretch: is given the runs of each check, then makes the accounts."""

    catalogue: Catalogue
    stretch: Stretch
    edge: Edge
    annotations: Annotations
    timelines: dict[OutageBegins, dict[str, CheckTimeline]] = field(init=False)
    plans: Mapping[tuple[str, str], Plan] = field(init=False)
    terms: frozenset[Terms] = field(init=False)

    def __post_init__(self) -> None:
        """Find out on which terms accounts are wanted."""
        self.plans = plans(self.catalogue)
        self.terms = frozenset(terms_of(policy) for policy in policies_of(self.catalogue).values())
        self.timelines = {begins: {} for begins, _ in self.terms}

    def checks(self) -> list[Check]:
        """Return the checks that any service rests on, in the order of the catalogue."""
        named = frozenset().union(*(plan.checks() for plan in self.plans.values()))
        return [check for check in self.catalogue.checks.values() if check.id in named]

    def judge(self, check: Check, runs: Iterable[Run]) -> None:
        """Take the runs of a check, as `check_timeline` wants them."""
        history = History.of(check)
        for run in runs:
            history.fold_run(run)
        for begins, held in self.timelines.items():
            held[check.id] = timeline_of(
                history, self.stretch.start, self.stretch.end, self.edge.seen_until, self.edge.now, begins
            )

    def accounts(self) -> Iterator[tuple[Terms, tuple[str, str], Account]]:
        """Yield the account of every service and council, on each of the terms, once all checks are judged."""
        by_service = self._annotations_by_service()
        for key, plan in self.plans.items():
            entries, imported = by_service.get(key, ((), ()))
            annotations = Annotations(self.annotations.windows, tuple(entries), tuple(imported))
            for terms in self.terms:
                begins, notice = terms
                account = account_of(
                    self.catalogue,
                    plan,
                    self.timelines[begins],
                    annotations,
                    self.stretch.start,
                    self.stretch.end,
                    self.edge.now,
                    notice,
                )
                yield terms, key, account

    def _annotations_by_service(self) -> dict[tuple[str, str], tuple[list[Entry], list[Imported]]]:
        found: dict[tuple[str, str], tuple[list[Entry], list[Imported]]] = {}
        for entry in self.annotations.entries:
            key = about(entry.act)
            if key is not None:
                found.setdefault(key, ([], []))[0].append(entry)
        for row in self.annotations.imported:
            found.setdefault((row.service, row.council), ([], []))[1].append(row)
        return found


def books_of(keeper: Bookkeeper) -> Books:
    """Return the books at once, for whoever need not pause."""
    books: dict[Terms, dict[tuple[str, str], Account]] = {terms: {} for terms in keeper.terms}
    for terms, key, account in keeper.accounts():
        books[terms][key] = account
    return books


def majors_of(
    catalogue: Catalogue, books: Books, spec: PeriodSpec, stretch: Stretch, now: Instant
) -> list[MajorIncident]:
    """Return the major incidents that began in the period of `spec`, by the clock of the settings."""
    if not catalogue.major_incidents:
        return []
    whole = Reckoning(catalogue, books, Period("around " + spec.label, stretch.start, stretch.end), now)
    return major_incidents(
        catalogue,
        lambda area, council: whole.area_of(area, council).classes,
        spec.within(catalogue.settings.zone),
        min(now, stretch.end),
    )
