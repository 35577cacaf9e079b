"""The table of KPIs: everything that a console, page, metric or report prints, computed; they only print it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from fractions import Fraction

from ictss_monitor.availability.figure import Figure
from ictss_monitor.availability.outage_count import OutageCount, count_outages
from ictss_monitor.availability.periods import CalendarSpan, Period, PeriodSpec
from ictss_monitor.availability.printing import figure_text
from ictss_monitor.availability.reckoning import Key, Reckoned, Reckoning, Timelines
from ictss_monitor.availability.standing import Standing, measured_from, provisions_of, standing_of
from ictss_monitor.availability.targets import budget, is_met, target_for
from ictss_monitor.availability.year import MeanOfMonths, mean_of_months
from ictss_monitor.catalogue.model import Area, Basket, Catalogue, Combine, Council, Service, Subject, Target
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
    members: int
    """How many members were in service; a service is its own only one."""
    with_figure: int
    """How many of the members have a figure."""
    figure: Figure
    """The headline: of a year the mean of its months, of any other period the pooled time."""
    pooled: Figure
    """Over the time of the whole period; the headline itself where that is not a mean of months."""
    months: MeanOfMonths | None
    """The mean of the months, where the period has several."""
    target: Fraction | None
    met: bool | None
    """None without a target, or where coverage is too low to decide."""
    budget: Duration | None
    """Downtime left before the target is missed; negative once it is; None without a target."""
    outages: OutageCount
    measured_from: Instant | None
    """When measuring began, where that was after the begin of the period; otherwise None."""

    @property
    def text(self) -> str:
        """The figure, or why there is none, for a person."""
        return figure_text(self.figure, self.target) if self.standing is Standing.MEASURED else self.standing.value


@dataclass(frozen=True, slots=True)
class KpiTable:
    """The figures of one span, as known at `now`, by the catalogue of that `digest`."""

    label: str
    now: Instant
    digest: str
    rows: tuple[KpiRow, ...]

    def row(self, subject: Subject, id_: str, council: str | None) -> KpiRow | None:
        """Return the line about one thing, or None."""
        wanted = (subject, id_, council)
        return next((row for row in self.rows if (row.subject, row.id, row.council) == wanted), None)


def kpi_table(catalogue: Catalogue, timelines: Timelines, spec: PeriodSpec, now: Instant) -> KpiTable:
    """Return the figures of every service, area, basket and council over `spec`, as known at `now`.

    A month is that of each council's zone; all councils together are reported in the zone of the settings. The
    timelines must reach over those periods, up to `now`; a service without one has never been observed.
    """
    rows = tuple(row for row in kpi_rows(catalogue, timelines, spec, now) if row is not None)
    return KpiTable(spec.label, now, catalogue.digest, rows)


def kpi_rows(catalogue: Catalogue, timelines: Timelines, spec: PeriodSpec, now: Instant) -> Iterator[KpiRow | None]:
    """Yield the lines of `kpi_table` in small steps of work; None where a step has not finished a line."""
    monthly: dict[Key, list[Figure]] = {}
    for month in spec.split() if isinstance(spec, CalendarSpan) and spec.months > 1 else ():
        for part in Reckoning(catalogue, timelines, month, now):
            monthly.setdefault(part.key, []).append(part.member.figure)
            yield None
    yearly = isinstance(spec, CalendarSpan) and spec.months == MONTHS_OF_A_YEAR
    targets: dict[tuple[Subject, str], list[Target]] = {}
    for target in catalogue.targets:
        targets.setdefault((target.subject, target.id), []).append(target)
    for reckoned in Reckoning(catalogue, timelines, spec, now):
        months = monthly.get(reckoned.key)
        mean = mean_of_months(months, catalogue.settings.minimum_coverage) if months is not None else None
        figure = mean.figure if mean is not None and yearly else reckoned.member.figure
        yield _row(catalogue, reckoned, targets.get((reckoned.key.subject, reckoned.key.id), ()), figure, mean)


def _row(
    catalogue: Catalogue, reckoned: Reckoned, targets: Iterable[Target], figure: Figure, months: MeanOfMonths | None
) -> KpiRow:
    key, period = reckoned.key, reckoned.period
    target = target_for(targets, key.subject, key.id, key.council, period)
    return KpiRow(
        subject=key.subject,
        id=key.id,
        name=_named(catalogue, key).name,
        council=key.council,
        period=period,
        standing=standing_of(catalogue, reckoned),
        hosted_externally=any(each.hosted_externally for each in provisions_of(catalogue, key, period)),
        combine=reckoned.how,
        members=reckoned.members,
        with_figure=reckoned.with_figure,
        figure=figure,
        pooled=reckoned.member.figure,
        months=months,
        target=target,
        met=None if target is None else is_met(figure, target),
        budget=None if target is None else budget(figure, target),
        outages=count_outages(reckoned.member.classes),
        measured_from=measured_from(reckoned),
    )


def _named(catalogue: Catalogue, key: Key) -> Service | Area | Basket | Council:
    by_subject: Mapping[Subject, Mapping[str, Service | Area | Basket | Council]] = {
        Subject.SERVICE: catalogue.services,
        Subject.AREA: catalogue.areas,
        Subject.BASKET: catalogue.baskets,
        Subject.COUNCIL: catalogue.councils,
    }
    return by_subject[key.subject][key.id]
