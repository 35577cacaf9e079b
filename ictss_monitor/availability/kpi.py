"""The table of KPIs: everything that a console, page, metric or report prints, computed; they only print it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from fractions import Fraction

from ictss_monitor.availability.figure import Amount, Figure
from ictss_monitor.availability.major import MajorIncident
from ictss_monitor.availability.outage_count import OutageCount, count_outages, time_between
from ictss_monitor.availability.periods import CalendarSpan, Period, PeriodSpec
from ictss_monitor.availability.printing import figure_text
from ictss_monitor.availability.reckoning import Books, Key, Reckoned, Reckoning
from ictss_monitor.availability.standing import Standing, measured_from, provisions_of, standing_of
from ictss_monitor.availability.targets import Rating, budget, burn, is_met, rating, target_for
from ictss_monitor.availability.year import MeanOfMonths, RolledMonth, mean_of_months
from ictss_monitor.catalogue.model import Area, Basket, Catalogue, Combine, Council, Service, Subject, Target
from ictss_monitor.catalogue.terms import Policy, YearBy
from ictss_monitor.clock import Duration, Instant

MONTHS_OF_A_YEAR = 12


@dataclass(frozen=True, slots=True)
class KpiRow:
    """One line of the table. `council` None is all councils together; durations in microseconds."""

    subject: Subject
    id: str
    name: str
    council: str | None
    period: Period
    standing: Standing
    hosted_externally: bool
    combine: Combine | None
    """How the figure was made from members; None for a service."""
    policy: Policy
    """How it was counted and is printed."""
    members: int
    """How many members were in service; a service is its own only one."""
    with_figure: int
    """How many of the members have a figure."""
    figure: Figure
    """The headline: of a year the mean of its months unless the policy pools it, else the pooled time."""
    pooled: Figure
    """Over the time of the whole period; the headline itself where that is not a mean of months."""
    uncorrected: Figure | None
    """The headline as it would be had nobody corrected anything; None where nobody did."""
    months: MeanOfMonths | None
    """The mean of the months, where the period has several."""
    target: Fraction | None
    met: bool | None
    """None without a target, or where coverage is too low to decide."""
    rating: Rating | None
    """None without a target or without a figure."""
    budget: Duration | None
    """Downtime left before the target is missed; negative once it is; None without a target."""
    burn: Fraction | None
    """What was lost over what the target allows in the time measured; None without a target."""
    outages: OutageCount
    between: Fraction | None
    """Mean time between failures; None without an outage."""
    measured_from: Instant | None
    """When measuring began, where that was after the begin of the period; otherwise None."""

    @property
    def key(self) -> Key:
        """What the line is about."""
        return Key(self.subject, self.id, self.council)

    @property
    def text(self) -> str:
        """The figure, or why there is none, for a person."""
        if self.standing is not Standing.MEASURED:
            return self.standing.value
        return figure_text(self.figure, self.target, self.policy)

    @property
    def lost(self) -> Amount:
        """What was lost, as the figure counts it."""
        return self.figure.lost


@dataclass(frozen=True, slots=True)
class KpiTable:
    """The figures of one span, as known at `now`, by the catalogue of that `digest`."""

    label: str
    now: Instant
    digest: str
    rows: tuple[KpiRow, ...]
    majors: tuple[MajorIncident, ...] = ()
    """The major incidents that began in the span, of all councils together."""

    def row(self, subject: Subject, id_: str, council: str | None) -> KpiRow | None:
        """Return the line about one thing, or None."""
        wanted = Key(subject, id_, council)
        return next((row for row in self.rows if row.key == wanted), None)


Sealed = Mapping[str, Mapping[Key, Figure]]
"""By label the figures of months that are sealed: a mean of months takes these."""
Rolled = Mapping[str, RolledMonth]
"""By label months whose figures are known without their accounts."""


def kpi_table(
    catalogue: Catalogue, books: Books, spec: PeriodSpec, now: Instant, sealed: Sealed | None = None
) -> KpiTable:
    """Return the figures of every service, area, basket and council over `spec`, as known at `now`.

    A month is that of each council's zone; all councils together are reported in the zone of the settings. The
    accounts must reach over those periods, up to `now`; a service without one has never been observed. Major incidents
    are not looked for.
    """
    rows = tuple(row for row in kpi_rows(catalogue, books, spec, now, sealed) if row is not None)
    return KpiTable(spec.label, now, catalogue.digest, rows)


def kpi_rows(
    catalogue: Catalogue,
    books: Books,
    spec: PeriodSpec,
    now: Instant,
    sealed: Sealed | None = None,
    rolled: Rolled | None = None,
) -> Iterator[KpiRow | None]:
    """Yield the lines of `kpi_table` in small steps of work; None where a step has not finished a line.

    A mean of months takes the figures of `rolled` months, which must be those that would come out, as they are.
    """
    rolled = rolled or {}
    before: dict[Key, Figure] = {}
    without = books_without_corrections(books)
    if without is not None:
        untouched = {label: month for label, month in rolled.items() if not month.is_touched}
        for part in _headlines(catalogue, without, spec, now, {}, untouched):
            if part is not None:
                before[part[0].key] = part[1]
            yield None
    targets: dict[tuple[Subject, str], list[Target]] = {}
    for target in catalogue.targets:
        targets.setdefault((target.subject, target.id), []).append(target)
    for part in _headlines(catalogue, books, spec, now, sealed or {}, rolled):
        if part is None:
            yield None
            continue
        reckoned, figure, mean = part
        held = targets.get((reckoned.key.subject, reckoned.key.id), ())
        uncorrected = before.get(reckoned.key)
        if uncorrected is not None and uncorrected.gross == figure.gross:
            uncorrected = None  # what was said is whose it was, not what it was
        yield _row(catalogue, reckoned, held, figure, mean, uncorrected)


def _headlines(
    catalogue: Catalogue, books: Books, spec: PeriodSpec, now: Instant, sealed: Sealed, rolled: Rolled
) -> Iterator[tuple[Reckoned, Figure, MeanOfMonths | None] | None]:
    """Yield each thing with its headline, and the mean of its months where the period has several."""
    monthly: dict[Key, list[Figure]] = {}
    for key, figure in _figures_by_month(catalogue, books, spec, now, sealed, rolled):
        monthly.setdefault(key, []).append(figure)
        yield None
    yearly = isinstance(spec, CalendarSpan) and spec.months == MONTHS_OF_A_YEAR
    for reckoned in Reckoning(catalogue, books, spec, now):
        months = monthly.get(reckoned.key)
        mean = mean_of_months(months, reckoned.policy.minimum_coverage) if months is not None else None
        by_months = yearly and reckoned.policy.year is YearBy.MEAN_OF_MONTHS
        figure = mean.figure if mean is not None and by_months else reckoned.member.figure
        yield reckoned, figure, mean


def _figures_by_month(
    catalogue: Catalogue, books: Books, spec: PeriodSpec, now: Instant, sealed: Sealed, rolled: Rolled
) -> Iterator[tuple[Key, Figure]]:
    """Yield the figures of each month of `spec`, in order, where it has several."""
    for month in spec.split() if isinstance(spec, CalendarSpan) and spec.months > 1 else ():
        fixed, known = sealed.get(month.label, {}), rolled.get(month.label)
        found = (
            ((part.key, part.member.figure) for part in Reckoning(catalogue, books, month, now))
            if known is None
            else known.figures.items()
        )
        for key, figure in found:
            yield key, fixed.get(key, figure)


def books_without_corrections(books: Books) -> Books | None:
    """Return the accounts as they would be had nobody corrected anything, None where nobody did."""
    if not any(account.uncorrected for accounts in books.values() for account in accounts.values()):
        return None
    return {
        terms: {key: account.uncorrected or account for key, account in accounts.items()}
        for terms, accounts in books.items()
    }


def _row(
    catalogue: Catalogue,
    reckoned: Reckoned,
    targets: Iterable[Target],
    figure: Figure,
    months: MeanOfMonths | None,
    uncorrected: Figure | None,
) -> KpiRow:
    key, period, policy = reckoned.key, reckoned.period, reckoned.policy
    target = target_for(targets, key.subject, key.id, key.council, period)
    standing = standing_of(catalogue, reckoned)
    outages = count_outages(reckoned.member.classes, policy)
    rated = target is not None and standing is Standing.MEASURED
    return KpiRow(
        subject=key.subject,
        id=key.id,
        name=named(catalogue, key).name,
        council=key.council,
        period=period,
        standing=standing,
        hosted_externally=any(each.hosted_externally for each in provisions_of(catalogue, key, period)),
        combine=reckoned.how,
        policy=policy,
        members=reckoned.members,
        with_figure=reckoned.with_figure,
        figure=figure,
        pooled=reckoned.member.figure,
        uncorrected=uncorrected,
        months=months,
        target=target,
        met=None if target is None else is_met(figure, target),
        rating=rating(figure, target, policy) if rated and target is not None else None,
        budget=None if target is None else budget(figure, target),
        burn=None if target is None else burn(figure, target),
        outages=outages,
        between=time_between(reckoned.member.figure, outages.count),
        measured_from=measured_from(reckoned),
    )


def with_majors(table: KpiTable, majors: Iterable[MajorIncident]) -> KpiTable:
    """Return `table` with the major incidents of its span."""
    return replace(table, majors=tuple(majors))


def named(catalogue: Catalogue, key: Key) -> Service | Area | Basket | Council:
    """Return what a figure is about."""
    by_subject: Mapping[Subject, Mapping[str, Service | Area | Basket | Council]] = {
        Subject.SERVICE: catalogue.services,
        Subject.AREA: catalogue.areas,
        Subject.BASKET: catalogue.baskets,
        Subject.COUNCIL: catalogue.councils,
    }
    return by_subject[key.subject][key.id]
