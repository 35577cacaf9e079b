"""The three tables of the councils' papers: services by council, areas with minutes lost, the return of a year."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from fractions import Fraction
from typing import Final

from ictss_monitor.availability.kpi import MONTHS_OF_A_YEAR, KpiRow
from ictss_monitor.availability.periods import CalendarSpan, Period
from ictss_monitor.availability.standing import Standing
from ictss_monitor.availability.targets import target_for
from ictss_monitor.catalogue.model import Combine, Subject
from ictss_monitor.catalogue.terms import YearBy
from ictss_monitor.clock import MINUTE, Instant
from ictss_monitor.reporting.rows import Actual, AreaRow, AreasTable, ReturnRow, ReturnTable, ServiceRow, ServicesTable
from ictss_monitor.reporting.shares import Share, Verdict
from ictss_monitor.reporting.wording import day_text, minutes_text
from ictss_monitor.reports import spans
from ictss_monitor.reports.figures import figure_share, share_of, target_share, verdict_of, whole
from ictss_monitor.reports.material import Basis, Elsewhen, Material, YearSoFar
from ictss_monitor.reports.sentences import counted
from ictss_monitor.reports.summary import count_majors
from ictss_monitor.statements.statement import APRIL

TO_COME: Final = Share(Standing.TO_COME.value)
NO_FIGURE: Final = Share(Standing.NO_EVIDENCE.value)

_COMBINING: Final = {
    Combine.UNION: "All areas together are down when any of them is: a minute that several lost at once counts once.",
    Combine.SUM: "The minutes that the areas lost are added, and set once against the length of the period.",
    Combine.MEAN: "All areas together are the mean of the areas' figures.",
    Combine.WEIGHTED: "All areas together are the areas' time weighed, by users or as the catalogue says.",
}


# Services by council (document B)


def services_table(basis: Basis) -> ServicesTable | None:
    """Return services by council; None where there was no service."""
    rows = list(basis.of(Subject.SERVICE))
    if not rows:
        return None
    councils = [each.id for each in basis.content.councils if any(row.council == each.id for row in rows)]
    by_service: dict[str, dict[str | None, KpiRow]] = {}
    for row in rows:
        by_service.setdefault(row.id, {})[row.council] = row
    has_next = basis.spec.months == MONTHS_OF_A_YEAR
    after = spans.span_of(spans.end_of(basis.spec), basis.spec.months)
    return ServicesTable(
        tuple(basis.council_names[each] for each in councils),
        tuple(_service(basis, held, councils, after.within(basis.zone)) for held in by_service.values()),
        f"Target {_year(after)}" if has_next else None,
    )


def _year(span: CalendarSpan) -> str:
    return spans.year_in_words(span.year) if span.month == APRIL else str(span.year)


def _service(basis: Basis, held: dict[str | None, KpiRow], councils: Sequence[str], after: Period) -> ServiceRow:
    targets = Counter(row.target for row in held.values() if row.target is not None)
    target = targets.most_common(1)[0][0] if targets else None
    one = next(iter(held.values()))
    next_target = target_for(basis.catalogue.targets, Subject.SERVICE, one.id, basis.council, after)
    return ServiceRow(
        one.name,
        target_share(target),
        tuple(_actual(basis, held.get(each), target) for each in councils),
        target_share(next_target) if basis.spec.months == MONTHS_OF_A_YEAR else None,
    )


def _actual(basis: Basis, row: KpiRow | None, target: Fraction | None) -> Actual:
    if row is None:
        return Actual(Share(Standing.NOT_PROVIDED.value))
    by_months = row.months if is_mean_of_months(row, basis) else None
    return Actual(
        share_of(row),
        verdict_of(row),
        hosted_externally=row.hosted_externally,
        measured_from=_first_day(row.measured_from, basis),
        months=None if by_months is None else by_months.with_figure,
        of_months=None if by_months is None else by_months.months,
        target=target_share(row.target) if row.target != target else None,
    )


def is_mean_of_months(row: KpiRow, basis: Basis) -> bool:
    """Tell whether the figure is the mean of the months of a year."""
    yearly = basis.spec.months == MONTHS_OF_A_YEAR and row.standing is Standing.MEASURED
    return yearly and row.months is not None and row.policy.year is YearBy.MEAN_OF_MONTHS


def _first_day(measured_from: Instant | None, basis: Basis) -> Instant | None:
    """Return when measuring began, unless that was on the first day: nobody calls that late."""
    first = day_text(basis.period.start, basis.zone)
    late = measured_from is not None and day_text(measured_from, basis.zone) != first
    return measured_from if late else None


# Areas with minutes lost (document D)


def areas_table(basis: Basis) -> AreasTable | None:
    """Return the areas with what they lost; None where the catalogue has none.

    The total is the first basket that is made of areas.
    """
    rows = list(basis.of(Subject.AREA))
    if not rows:
        return None
    made_of_areas = {each.id for each in basis.catalogue.baskets.values() if each.areas and not each.services}
    total = next((row for row in basis.of(Subject.BASKET) if row.id in made_of_areas), None)
    combining = _COMBINING[total.combine] if total is not None and total.combine is not None else ""
    return AreasTable(tuple(map(_area, rows)), None if total is None else _area(total), combining)


def _area(row: KpiRow) -> AreaRow:
    figure = row.figure
    lost, planned, forgiven = whole(figure.lost), whole(figure.planned), whole(figure.forgiven)
    third_party, council_site = whole(figure.third_party), whole(figure.council_site)
    return AreaRow(
        row.name,
        lost=lost,
        planned=planned,
        third_party=third_party,
        council_site=council_site,
        own=lost - planned - third_party - council_site,
        actual=share_of(row),
        target=target_share(row.target),
        verdict=verdict_of(row),
        note=f"and {minutes_text(forgiven)} planned, which do not count" if forgiven >= MINUTE else "",
    )


# The return of a year (document A)


def return_table(material: Material) -> ReturnTable | None:
    """Return the financial year's return as it stands at the end of the period; None where there is no basket."""
    rows = tuple(_returned(material, row) for row in material.basis.of(Subject.BASKET))
    year = material.year
    return ReturnTable(year.year, year.previous_year, rows) if rows else None


def _returned(material: Material, row: KpiRow) -> ReturnRow:
    year = material.year
    mid_year, end_of_year = (None if each is None else each.row(row) for each in (year.mid_year, year.end_of_year))
    newest = mid_year if year.end_of_year is None else end_of_year
    previous = year.previous.row(row)
    return ReturnRow(
        row.name,
        NO_FIGURE if previous is None else share_of(previous),
        target_share(row.target),
        _share(year.mid_year, mid_year),
        _share(year.end_of_year, end_of_year),
        Verdict.OPEN if newest is None else verdict_of(newest),
        _comments(material, row),
    )


def _share(elsewhen: Elsewhen | None, row: KpiRow | None) -> Share:
    if elsewhen is None:
        return TO_COME
    return NO_FIGURE if row is None else share_of(row)


def _comments(material: Material, row: KpiRow) -> str:
    year, basis = material.year, material.basis
    said = []
    so_far = year.so_far.row(row)
    over = year.end_of_year if year.end_of_year is not None else year.mid_year
    if so_far is not None and so_far.figure.value is not None and not _is_same(over, year.so_far):
        share = figure_share(so_far.figure, so_far.target, so_far.policy)
        said.append(f"{_capital(spans.in_words(year.so_far.spec))}: {share.text}.")
    if row is next(basis.of(Subject.BASKET)):
        said += _incidents(basis, year)
    return " ".join(said)


def _is_same(over: Elsewhen | None, so_far: Elsewhen) -> bool:
    return over is not None and (over.spec.month, over.spec.months) == (so_far.spec.month, so_far.spec.months)


def _incidents(basis: Basis, year: YearSoFar) -> list[str]:
    now, then = count_majors(basis, year.so_far), count_majors(basis, year.so_far_before)
    if now is None:
        return []
    said = f"{_capital(counted(now, 'major incident'))} since the start of the year"
    against = "" if then is None else f", against {then or 'none'} over the same period a year before"
    return [f"{said}{against}."]


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]
