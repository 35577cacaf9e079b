"""The explanation of one figure: what it stands on and every step to its digits, for whoever has to check it.

It is made from the same accounts as the figure, and nothing in it is rounded.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from ictss_monitor.availability.combine import Member, weighed_pieces
from ictss_monitor.availability.figure import figure_of
from ictss_monitor.availability.kpi import KpiRow, Sealed, kpi_rows, named
from ictss_monitor.availability.outage_list import ListedOutage, Listing
from ictss_monitor.availability.outage_origins import Origins
from ictss_monitor.availability.periods import CalendarSpan, Period, PeriodSpec
from ictss_monitor.availability.reckoning import Books, Key, Reckoned, Reckoning, overlaps, terms_of
from ictss_monitor.availability.standing import provisions_of
from ictss_monitor.availability.targets import target_in_force
from ictss_monitor.availability.totals import Totals, totals_of
from ictss_monitor.catalogue.model import Catalogue, Combine, Subject, Target, checks_of
from ictss_monitor.clock import Instant
from ictss_monitor.errors import PeriodError, UsageError
from ictss_monitor.explanation.absence import why_no_figure, why_no_row
from ictss_monitor.explanation.derivation import Part, Piece, Step, steps_of
from ictss_monitor.explanation.digits import Digits, digits_of
from ictss_monitor.explanation.grounds import (
    Correction,
    HoursUsed,
    SealedFigure,
    WindowUsed,
    corrections_of,
    hours_used,
    windows_used,
)
from ictss_monitor.explanation.policy_words import policy_in_words
from ictss_monitor.judging.outages import Outage
from ictss_monitor.ledger.acts import Entry, Imported
from ictss_monitor.ledger.chain import GENESIS
from ictss_monitor.ledger.standing import windows_of
from ictss_monitor.observation import Observation


@dataclass(frozen=True, slots=True)
class Record:
    """What the store holds beside the accounts, over the period at least."""

    outages: Sequence[Outage] = ()
    """As they were observed."""
    entries: Sequence[Entry] = ()
    """The whole ledger, in order."""
    catalogue_loaded: Instant | None = None
    """When the daemon first loaded this catalogue; None: never."""
    sealed: SealedFigure | None = None
    """What is sealed on the period."""
    sealed_months: Sealed = field(default_factory=dict)
    """The figures of sealed months, which a mean of months takes as they are."""


@dataclass(frozen=True, slots=True)
class EdgeSeen:
    """What was observed of a causing check around the begin or the end of an outage; `edge` is which of the two."""

    outage: Outage
    edge: str
    check: str
    observations: tuple[Observation, ...]
    """In order of time; none where they are not kept any more."""


@dataclass(frozen=True, slots=True)
class Explanation:
    """All that one figure stands on. What has no meaning for its subject is empty."""

    label: str
    key: Key
    name: str
    council: str | None
    """The council's name; None: all together."""
    zone: str
    """IANA name: the local time of its period."""
    now: Instant
    """It is the figure as known at this instant."""
    row: KpiRow
    """The figure itself."""
    why_not: str
    """Why there is no figure; empty where there is one."""
    totals: Totals
    """How long each class was; of a combination, of its members' union."""
    steps: tuple[Step, ...]
    pooled: tuple[Step, ...]
    """The steps of the time as a whole, where the figure is the mean of months."""
    digits: Digits | None
    policy: tuple[str, ...]
    """In words."""
    parts: tuple[Part, ...]
    """What it is a combination of: members, or months."""
    by_months: bool
    target: Target | None
    catalogue: str
    """SHA-256 of its text, hexadecimal."""
    catalogue_loaded: Instant | None
    """When the daemon first loaded it; None: never."""
    ledger: tuple[int, str]
    """Number and hash of the ledger's last entry; 0 and 64 zeros where there is none."""
    sealed: SealedFigure | None
    checks: tuple[str, ...] = ()
    """The ids of those that watch the service in the period."""
    hours: tuple[HoursUsed, ...] = ()
    windows: tuple[WindowUsed, ...] = ()
    outages: tuple[ListedOutage, ...] = ()
    removed: tuple[ListedOutage, ...] = ()
    """Those of which a correction left nothing."""
    corrections: tuple[Correction, ...] = ()
    imported: tuple[Imported, ...] = ()
    edges: tuple[EdgeSeen, ...] = ()
    edges_left_out: int = 0
    """How many outages there are whose edges are not shown."""


def resting_on(catalogue: Catalogue, key: Key) -> Catalogue:
    """Return `catalogue` with only those services, areas and baskets on which the figure of `key` rests."""
    baskets = {id_: held for id_, held in catalogue.baskets.items() if (key.subject, key.id) == (Subject.BASKET, id_)}
    areas = {each for held in baskets.values() for each in held.areas}
    areas |= {key.id} if key.subject is Subject.AREA else set()
    services = {each for held in baskets.values() for each in held.services}
    services |= {each for area in areas for each in catalogue.areas[area].services}
    services |= {key.id} if key.subject is Subject.SERVICE else set()
    if key.subject is Subject.COUNCIL:
        services = set(catalogue.services)
    return replace(
        catalogue,
        services={id_: held for id_, held in catalogue.services.items() if id_ in services},
        areas={id_: held for id_, held in catalogue.areas.items() if id_ in areas},
        baskets=baskets,
        major_incidents={},
    )


def explain(
    catalogue: Catalogue, books: Books, spec: PeriodSpec, key: Key, now: Instant, record: Record
) -> Explanation:
    """Return the explanation of the figure of `key` over `spec`, as known at `now`.

    Raises PeriodError where the period has not begun, UsageError where there is no such line in it, and says why.
    """
    period = _period_of(catalogue, spec, key)
    if period.start >= now:
        raise PeriodError(f"period {spec.label} has not begun yet: there is nothing to explain")
    reckoned = _found(catalogue, books, spec, key, now)
    wanted = (key.subject, key.id, key.council)
    rows = kpi_rows(catalogue, books, spec, now, record.sealed_months)
    row = next((each for each in rows if each and (each.subject, each.id, each.council) == wanted), None)
    if reckoned is None or row is None:
        raise UsageError(why_no_row(catalogue, key, period))
    return _Explaining(catalogue, books, spec, now, record, reckoned, row).explanation()


def _period_of(catalogue: Catalogue, spec: PeriodSpec, key: Key) -> Period:
    return spec.within(_zone_of(catalogue, key))


def _zone_of(catalogue: Catalogue, key: Key) -> str:
    return catalogue.settings.zone if key.council is None else catalogue.councils[key.council].zone


def _found(catalogue: Catalogue, books: Books, spec: PeriodSpec, key: Key, now: Instant) -> Reckoned | None:
    return next((each for each in Reckoning(catalogue, books, spec, now) if each.key == key), None)


class _Explaining:
    """Puts one explanation together."""

    def __init__(
        self,
        catalogue: Catalogue,
        books: Books,
        spec: PeriodSpec,
        now: Instant,
        record: Record,
        reckoned: Reckoned,
        row: KpiRow,
    ) -> None:
        self._catalogue, self._books, self._spec, self._now = catalogue, books, spec, now
        self._record, self._reckoned, self._row = record, reckoned, row
        self._by_months = row.months is not None and row.figure is row.months.figure

    def explanation(self) -> Explanation:
        key, row, catalogue = self._reckoned.key, self._row, self._catalogue
        period, policy, totals = row.period, row.policy, self._reckoned.member.totals
        members = tuple(self._part(*part) for part in self._reckoned.parts)
        parts = self._months() if self._by_months else members
        how = Combine.MEAN if self._by_months else row.combine
        entries = self._record.entries
        plain = Explanation(
            self._spec.label,
            key,
            row.name,
            None if key.council is None else catalogue.councils[key.council].name,
            _zone_of(catalogue, key),
            self._now,
            row,
            why_no_figure(catalogue, key, row),
            totals,
            steps_of(row.figure, totals, policy, how, parts, row.target),
            steps_of(row.pooled, totals, policy, row.combine, members, row.target) if self._by_months else (),
            digits_of(row.figure, row.target, policy),
            tuple(policy_in_words(policy, catalogue.calendars)),
            parts,
            self._by_months,
            target_in_force(catalogue.targets, key.subject, key.id, key.council, period),
            catalogue.digest,
            self._record.catalogue_loaded,
            (entries[-1].seq, entries[-1].hash) if entries else (0, GENESIS),
            self._record.sealed,
        )
        if key.subject is not Subject.SERVICE or key.council is None:
            return plain
        return self._with_grounds(plain, (key.id, key.council))

    def _with_grounds(self, plain: Explanation, key: tuple[str, str]) -> Explanation:
        """Return the explanation of a service with what stands beside its evidence."""
        catalogue, record, policy, period = self._catalogue, self._record, self._row.policy, self._row.period
        account = self._books[terms_of(policy)].get(key)
        if account is None:
            return plain
        origins = Origins(catalogue, account, key, [each for each in record.outages if _about(each) == key])
        listing = Listing(origins, self._reckoned.member.classes, policy, period, self._now)
        held = windows_of(catalogue.windows, record.entries)
        windows = windows_used(catalogue, account, held.values(), key, policy, period, self._now)
        provisions = provisions_of(catalogue, plain.key, period)
        named_by = {check for each in provisions if each.rule is not None for check in checks_of(each.rule)}
        return replace(
            plain,
            checks=tuple(sorted(check for check in named_by if overlaps(catalogue.checks[check].validity, period))),
            hours=hours_used(catalogue, key, policy, period),
            windows=windows,
            outages=tuple(listing.listed()),
            removed=tuple(listing.removed()),
            corrections=corrections_of(record.entries, key, {each.id for each in windows}, period),
            imported=tuple(row for row in account.imported if row.since < period.end and period.start < row.until),
        )

    def _part(self, key: Key, member: Member) -> Part:
        name = _name(self._catalogue, key)
        if self._reckoned.how is not Combine.WEIGHTED:
            return Part(name, member.figure)
        policy, length = self._row.policy, self._row.period.length
        pieces = (
            Piece(
                weight.value,
                weight.validity.since,
                weight.validity.until,
                figure_of(totals_of(classes, length), policy),
            )
            for weight, (_, classes) in zip(member.weights, weighed_pieces(member), strict=True)
        )
        return Part(name, member.figure, tuple(pieces))

    def _months(self) -> tuple[Part, ...]:
        assert isinstance(self._spec, CalendarSpan)
        key, found = self._reckoned.key, []
        for month in self._spec.split():
            sealed = self._record.sealed_months.get(month.label, {}).get(key)
            if sealed is not None:
                found.append(Part(f"{month.label}, as sealed", sealed))
                continue
            made = _found(self._catalogue, self._books, month, key, self._now)
            if made is not None:
                found.append(Part(month.label, made.member.figure))
        return tuple(found)


def _about(outage: Outage) -> tuple[str, str]:
    return outage.service, outage.council


def _name(catalogue: Catalogue, key: Key) -> str:
    name = named(catalogue, key).name
    if key.council is None or key.subject is Subject.COUNCIL:
        return name
    return f"{name}, {catalogue.councils[key.council].name}"
