"""The list of outages of a service: what was lost when, as it stands after corrections, whose it was, planned or not.

An outage of this list is a stretch in which the service was down or degraded, joined over time in which nobody could
see it, as `count_outages` joins. Where degraded time does not count, what was down twice with degraded time between is
two. So the lines of which something counts are exactly those counted, and what they lost is what the figure lost.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from enum import StrEnum
from itertools import pairwise
from typing import TypeAlias

from ictss_monitor.availability.account import Account
from ictss_monitor.availability.classes import Classes
from ictss_monitor.availability.figure import Amount, weighed
from ictss_monitor.availability.outage_count import dark_of, lost_in
from ictss_monitor.availability.outage_origins import Origins, is_within
from ictss_monitor.availability.periods import Period, PeriodSpec
from ictss_monitor.availability.reckoning import Books, Reckoning, terms_of
from ictss_monitor.catalogue.model import Catalogue, Subject
from ictss_monitor.catalogue.terms import Attribution, Fault, Policy, WindowsCount
from ictss_monitor.clock import Duration, Instant
from ictss_monitor.intervals import IntervalSet, span, union
from ictss_monitor.judging.outages import Outage
from ictss_monitor.ledger.acts import Move
from ictss_monitor.probe import Outcome


class Planned(StrEnum):
    """Whether an outage lay in maintenance windows that were announced in time."""

    NO = "no"
    PLANNED = "planned"
    """All of it did."""
    OVERRAN = "overran"
    """It began in one and went on after it."""


@dataclass(frozen=True, slots=True)
class ListedOutage:
    """One outage as it counts. Amounts are those of its part within the period."""

    service: str
    council: str
    level: Outcome
    """The worst: down or degraded."""
    begin: Instant
    """Its own, which may lie before the period."""
    end: Instant | None
    """Its own, which may lie after the period; None where it runs on at the end of what is known."""
    down: Duration
    degraded: Duration
    counted: Amount
    """What the policy counts of it as lost."""
    planned_loss: Amount
    """What of `counted` was planned."""
    shares: tuple[tuple[Fault, Amount], ...]
    """What of the rest of `counted` was whose, in the order of `Fault`; only what is more than nothing."""
    in_windows: Duration
    """How much of it lay in maintenance windows that hold."""
    outside: Duration
    """How much of it lay outside service hours, where nothing counts."""
    attribution: Attribution
    """Whose it was: where several had a part in it, the first in the order of `Fault`."""
    suppliers: tuple[str, ...]
    planned: Planned
    causes: tuple[str, ...]
    """The ids of the checks that saw it begin; none where only people told of it."""
    observed: tuple[Outage, ...]
    """What was observed there, of either level, before any correction."""
    entries: tuple[int, ...]
    """The numbers of the ledger's entries that made, changed or attributed it."""
    imported: bool
    """Whether any of it is told by an imported history alone."""
    note: str
    """What those said who told of it."""


@dataclass(frozen=True, slots=True)
class OutageList:
    """The outages of a period, in order of their begin, and those of which a correction left nothing."""

    listed: tuple[ListedOutage, ...]
    removed: tuple[ListedOutage, ...]


def outage_list(
    catalogue: Catalogue, books: Books, outages: Iterable[Outage], spec: PeriodSpec, now: Instant
) -> OutageList:
    """Return the outages of every service and council over `spec`, each by the policy of its service.

    `outages` are the observed ones, as the store's projection has them for the period.
    """
    by_key: dict[tuple[str, str], list[Outage]] = {}
    for each in outages:
        by_key.setdefault((each.service, each.council), []).append(each)
    listed: list[ListedOutage] = []
    removed: list[ListedOutage] = []
    for reckoned in Reckoning(catalogue, books, spec, now):
        key, policy = reckoned.key, reckoned.policy
        if key.subject is not Subject.SERVICE or key.council is None:
            break
        account = books[terms_of(policy)].get((key.id, key.council))
        if account is not None:
            seen = by_key.get((key.id, key.council), ())
            origins = Origins(catalogue, account, (key.id, key.council), seen)
            listing = Listing(origins, reckoned.member.classes, policy, reckoned.period, now)
            listed += listing.listed()
            removed += listing.removed()
    return OutageList(tuple(sorted(listed, key=_place)), tuple(sorted(removed, key=_place)))


def _place(line: ListedOutage) -> tuple[Instant, str, str]:
    return line.begin, line.service, line.council


Line: TypeAlias = tuple[ListedOutage, IntervalSet]


@dataclass(frozen=True, slots=True)
class Listing:
    """Makes the lines of one service and council over `period`, as known at `now`.

    `classes` are those of the account in `origins`, by `policy`, over the period.
    """

    origins: Origins
    classes: Classes
    policy: Policy
    period: Period
    now: Instant

    def listed(self) -> list[ListedOutage]:
        """Return the outages in order, those of which nothing counts included."""
        return [line for line, _ in self._lines()]

    def removed(self) -> list[ListedOutage]:
        """Return the outages of which corrections left nothing, as they were before; nothing of them counts.

        One that was moved elsewhere is not among them.
        """
        account = self.origins.account
        if account.uncorrected is None:
            return []
        plain = replace(account.uncorrected, entries=account.entries)
        observed = (each.act.observed for each in account.entries if isinstance(each.act, Move))
        kept = union([_not_up(account), *(span(each.since, each.until) for each in observed)])
        before = replace(self, origins=replace(self.origins, account=plain), classes=self._without_corrections(plain))
        return [
            replace(line, counted=0, planned_loss=0, shares=()) for line, extent in before._lines() if not extent & kept
        ]

    def _without_corrections(self, plain: Account) -> Classes:
        line, base = plain.timeline, self.classes.base
        return replace(self.classes, down=line.down & base, degraded=line.degraded & base, unknown=line.unknown & base)

    def _lines(self) -> Iterator[Line]:
        for extent in self._extents():
            yield self._line(extent), extent

    def _extents(self) -> Iterator[IntervalSet]:
        """Yield when each outage lasted within the period: joined over the dark, cut where another one counts."""
        classes = self.classes
        until = min(self.period.end, self.now)
        inside = union([classes.base, classes.maintenance, classes.outside]).clip(self.period.start, until)
        dark = classes.unknown | classes.outside
        begins = [each.edges[0] for each in _joined(lost_in(classes, self.policy), dark_of(classes, self.policy))]
        for whole in _joined(_not_up(self.origins.account) & inside, dark):
            first, last = whole.edges[0], whole.edges[-1]
            cuts = begins[bisect_left(begins, first) + 1 : bisect_left(begins, last)]
            for cut, following in pairwise([first, *cuts, last]):
                yield whole.clip(cut, following)

    def _line(self, extent: IntervalSet) -> ListedOutage:
        origins, account = self.origins, self.origins.account
        begin, end = self._begin(extent), self._end(extent)
        down = extent & account.timeline.down
        level = Outcome.DOWN if down else Outcome.DEGRADED
        until = extent.edges[-1] if end is None else end
        observed = origins.observed(begin, until)
        attribution, suppliers = origins.attribution(extent, observed)
        service, council = origins.key
        counted, planned_loss, shares = self._loss(extent)
        return ListedOutage(
            service,
            council,
            level,
            begin,
            end,
            down=down.total,
            degraded=extent.total - down.total,
            counted=counted,
            planned_loss=planned_loss,
            shares=shares,
            in_windows=(extent & account.maintenance).total,
            outside=(extent & self.classes.outside).total,
            attribution=attribution,
            suppliers=suppliers,
            planned=self._planned(extent | span(begin, extent.edges[0])),
            causes=origins.causes(observed, level),
            observed=observed,
            entries=tuple(entry.seq for entry in origins.entries(begin, until)),
            imported=origins.is_imported(extent, observed),
            note=origins.note(begin, until),
        )

    def _loss(self, extent: IntervalSet) -> tuple[Amount, Amount, tuple[tuple[Fault, Amount], ...]]:
        classes, share = self.classes, self.policy.degraded

        def lost(down: IntervalSet, not_up: IntervalSet) -> Amount:
            return weighed(share, (down & extent).total, (not_up & extent).total)

        counted = lost(classes.down, classes.not_up)
        counts = self.policy.maintenance is WindowsCount.DOWN
        planned = lost(classes.planned.down, classes.planned.not_up) if counts else 0
        parts = {fault: lost(held.down, held.not_up) for fault, held in classes.blamed.items()}
        parts[Fault.OWN] = counted - planned - sum(parts.values(), start=0)
        return counted, planned, tuple((fault, parts[fault]) for fault in Fault if parts.get(fault))

    def _planned(self, extent: IntervalSet) -> Planned:
        windows = self.origins.account.maintenance
        if not extent - windows:
            return Planned.PLANNED
        return Planned.OVERRAN if extent.edges[0] in windows else Planned.NO

    def _begin(self, extent: IntervalSet) -> Instant:
        """Return when the outage began, before the period too; as far back as any evidence or word tells."""
        begin, account = extent.edges[0], self.origins.account
        if begin != self.period.start:
            return begin
        whole = _not_up(account).at(begin)
        assert whole is not None
        if whole[0] != account.timeline.start:
            return whole[0]
        return min(
            (since for since, until in self.origins.stretches() if is_within(begin, since, until)), default=begin
        )

    def _end(self, extent: IntervalSet) -> Instant | None:
        """Return when the outage ended, after the period too; None where it had not ended when all was last known."""
        end, account = extent.edges[-1], self.origins.account
        hole = self.classes.unknown.at(end)
        if (end if hole is None else hole[1]) < min(self.period.end, self.now):
            return end
        if hole is None:
            whole = _not_up(account).at(end - 1)
            assert whole is not None
            end = whole[1]
            if end >= self.now:
                return None
            if end < account.timeline.end:
                return end
        later = [until for since, until in self.origins.stretches() if is_within(end, since, until)]
        return None if None in later else max((until for until in later if until is not None), default=end)


def _not_up(account: Account) -> IntervalSet:
    return account.timeline.down | account.timeline.degraded


def _joined(lost: IntervalSet, dark: IntervalSet) -> Iterator[IntervalSet]:
    """Yield the parts of `lost` between which there was a moment that is neither lost nor dark."""
    edges: list[Instant] = []
    reached: Instant | None = None
    for start, end in lost:
        if reached is not None and start > reached:
            yield IntervalSet.of_edges(edges)
            edges = []
        edges += (start, end)
        hole = dark.at(end)
        reached = end if hole is None else hole[1]
    if edges:
        yield IntervalSet.of_edges(edges)
