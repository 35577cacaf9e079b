"""Reads what a report needs: of sealed periods what was sealed, of all others what comes out now."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from itertools import dropwhile

from ictss_monitor.availability.figure import Figure
from ictss_monitor.availability.kpi import KpiTable
from ictss_monitor.availability.major import MajorIncident
from ictss_monitor.availability.periods import CalendarSpan
from ictss_monitor.availability.reckoning import Key
from ictss_monitor.catalogue.model import Catalogue
from ictss_monitor.clock import Instant
from ictss_monitor.errors import StoreError
from ictss_monitor.figures import kpis, sealing
from ictss_monitor.figures.monthly import monthly_figures
from ictss_monitor.reporting.content import Sealing, Statement
from ictss_monitor.reports import spans
from ictss_monitor.reports.material import Basis, Elsewhen, Material, Month, YearSoFar
from ictss_monitor.reports.revision import sentences
from ictss_monitor.reports.spans import FinancialYear
from ictss_monitor.statements.statement import StatementContent, differences, figures_of, statement_period
from ictss_monitor.store import sealed
from ictss_monitor.store.engine import Store


async def gather(
    store: Store, catalogue: Catalogue, spec: CalendarSpan, now: Instant, council: str | None, *, recompute: bool
) -> Material:
    """Return what the report on `spec` is made of. With `recompute` the period's own statement is left aside.

    Raises StoreError, PeriodError.
    """
    content, statement, remarks = await _told(store, catalogue, spec, now, recompute=recompute)
    basis = Basis(catalogue, spec, council, content, statement)
    past = Past(store, catalogue, now)
    return Material(
        basis,
        before=await past.at(spans.before(spec)),
        year_before=await past.at(spans.year_before(spec)),
        year=await _year(past, basis, now),
        months=await past.months(basis),
        remarks=remarks,
    )


async def _told(
    store: Store, catalogue: Catalogue, spec: CalendarSpan, now: Instant, *, recompute: bool
) -> tuple[StatementContent, Statement, tuple[str, ...]]:
    """Return what is told of the period itself, what that is, and what is to be remarked on it."""
    label = statement_period(spec).label
    async with store.read() as tx:
        versions = await sealed.statements_of(tx, label)
        draft = await sealed.draft_of(tx, label)
    if versions and not recompute:
        newest = versions[-1]
        content = await asyncio.to_thread(kpis.read_content, newest)
        return content, _statement(versions, content), ()
    content = (await sealing.reckon(store, catalogue, spec, now)).content
    if versions:
        remark = f"{label} is sealed, as version {versions[-1].version}; these figures were computed anew beside it."
        return content, Statement(Sealing.UNSEALED), (remark,)
    if draft is not None and await asyncio.to_thread(_is_same, draft, content):
        return content, Statement(Sealing.DRAFT), ()
    return content, Statement(Sealing.UNSEALED), ()


def _is_same(draft: sealed.Draft, content: StatementContent) -> bool:
    try:
        return not differences(kpis.read_content(draft), content)
    except StoreError:
        return False  # of another version of the program: it is drafted anew, and is nobody's word yet


def _statement(versions: tuple[sealed.Statement, ...], content: StatementContent) -> Statement:
    newest = versions[-1]
    return Statement(
        Sealing.SEALED,
        version=newest.version,
        digest=newest.digest,
        sealed_at=newest.sealed_at,
        sealed_by=newest.who + (f", approved by {newest.approver}" if newest.approver else ""),
        reason=newest.reason,
        replaces=versions[-2].digest if len(versions) > 1 else None,
        differences=tuple(sentences(content.differences, {each.id: each.name for each in content.councils})),
    )


async def _year(past: Past, basis: Basis, now: Instant) -> YearSoFar:
    year = FinancialYear.of(basis.spec)
    over = min(basis.period.end, now)
    so_far = year.up_to(basis.spec)

    async def if_over(spec: CalendarSpan) -> Elsewhen | None:
        if spec.within(basis.zone).end > over:
            return None
        # The period's own figures are those of the report, however they were made.
        return await past.at(spec) if not _is_alike(spec, basis.spec) else _own(basis)

    return YearSoFar(
        str(year),
        str(year.previous),
        previous=await past.at(year.previous.whole),
        so_far=_own(basis) if _is_alike(so_far, basis.spec) else await past.at(so_far),
        so_far_before=await past.at(spans.year_before(so_far)),
        mid_year=await if_over(year.first_half),
        end_of_year=await if_over(year.whole),
    )


def _is_alike(one: CalendarSpan, other: CalendarSpan) -> bool:
    return (spans.index_of(one), one.months) == (spans.index_of(other), other.months)


def _own(basis: Basis) -> Elsewhen:
    table = basis.content.table
    return Elsewhen(basis.spec, table, table.majors)


class Past:
    """The figures of other spans, each looked up once: from its statement where it is sealed, else as it comes out."""

    def __init__(self, store: Store, catalogue: Catalogue, now: Instant) -> None:
        self._store = store
        self._catalogue = catalogue
        self._now = now
        self._tables: dict[str, tuple[KpiTable, bool]] = {}

    async def at(self, spec: CalendarSpan) -> Elsewhen:
        """Return what is known of `spec`."""
        table = await self._table(spec)
        if not any(row.figure.measured for row in table.rows):
            return Elsewhen(spec)
        has_rule = bool(self._catalogue.major_incidents or table.majors)
        return Elsewhen(spec, table, await self._majors(spec, table) if has_rule else None)

    async def months(self, basis: Basis) -> tuple[Month, ...]:
        """Return the twelve months up to the end of the period, without those before any evidence."""
        wanted = spans.months_up_to(spans.end_of(basis.spec), spans.YEAR)
        begun = [spec for spec in wanted if spec.within(basis.zone).start < self._now]
        async with self._store.read() as tx:
            versions = await sealed.sealed_versions(tx)
        held: dict[str, Mapping[Key, Figure]] = {
            spec.label: figures_of(await self._table(spec)) for spec in begun if spec.label in versions
        }
        if basis.spec.months == 1:
            held[basis.spec.label] = figures_of(basis.content.table)
        open_ = [spec for spec in begun if spec.label not in held]
        figures = held | await monthly_figures(self._store, self._catalogue, open_, self._now)
        months = [Month(spec, figures[spec.label]) for spec in begun]
        return tuple(dropwhile(lambda month: not any(each.measured for each in month.figures.values()), months))

    async def _table(self, spec: CalendarSpan) -> KpiTable:
        return (await self._published(spec))[0]

    async def _published(self, spec: CalendarSpan) -> tuple[KpiTable, bool]:
        """Return the figures of `spec`, and whether they are sealed."""
        if spec.label not in self._tables:
            held = await sealing.published(self._store, self._catalogue, spec, self._now)
            self._tables[spec.label] = held.table, held.statement is not None
        return self._tables[spec.label]

    async def _majors(self, spec: CalendarSpan, table: KpiTable) -> tuple[MajorIncident, ...]:
        """Return the major incidents of `spec`: of its months that are sealed, those that were sealed."""
        if spec.months == 1 or (await self._published(spec))[1]:
            return table.majors
        async with self._store.read() as tx:
            versions = await sealed.sealed_versions(tx)
        fixed = [month for month in spec.split() if month.label in versions]
        if not fixed:
            return table.majors
        zone = self._catalogue.settings.zone
        spoken_for = [month.within(zone) for month in fixed]
        found = [each for each in table.majors if not any(p.start <= each.begin < p.end for p in spoken_for)]
        for month in fixed:
            found += (await self._table(month)).majors
        return tuple(sorted(found, key=lambda each: each.begin))
