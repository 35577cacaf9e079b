"""Builds a report: gathers what it is made of, and fills every part of it."""

from __future__ import annotations

from typing import Final

from ictss_monitor.availability.periods import CalendarSpan
from ictss_monitor.catalogue.model import Catalogue
from ictss_monitor.clock import Instant
from ictss_monitor.errors import PeriodError, UsageError
from ictss_monitor.reporting.content import Report, Sealing, Span
from ictss_monitor.reports import spans
from ictss_monitor.reports.figures import figure_rows
from ictss_monitor.reports.gathering import gather
from ictss_monitor.reports.lists import incident_lines, not_monitored, outage_lines, policy_texts
from ictss_monitor.reports.material import Material
from ictss_monitor.reports.summary import summary
from ictss_monitor.reports.tables import areas_table, return_table, services_table
from ictss_monitor.reports.trend import trend_of
from ictss_monitor.store.engine import Store

TITLE: Final = "Availability of shared ICT services"


async def build(
    store: Store,
    catalogue: Catalogue,
    spec: CalendarSpan,
    now: Instant,
    *,
    council: str | None = None,
    recompute: bool = False,
) -> Report:
    """Return the report on `spec`, of one council or of all together, as known at `now`.

    A sealed period says what was sealed, unless it is to be computed anew. Raises UsageError for a council that does
    not exist, PeriodError for a period that has not begun, StoreError.
    """
    if council is not None and council not in catalogue.councils:
        raise UsageError.unknown("council", council, catalogue.councils)
    zone = catalogue.settings.zone if council is None else catalogue.councils[council].zone
    if spec.within(zone).start >= now:
        raise PeriodError(f"{spec.label} has not begun: there is nothing to report of it yet; give an earlier period")
    return report_of(await gather(store, catalogue, spec, now, council, recompute=recompute), now)


def report_of(material: Material, now: Instant) -> Report:
    """Return the report that is made of `material`."""
    basis = material.basis
    content, statement, period = basis.content, basis.statement, basis.period
    outages, remark = outage_lines(basis)
    sealed_at = statement.sealed_at if statement.sealing is Sealing.SEALED else None
    return Report(
        title=TITLE,
        councils=tuple(basis.council_names[each] for each in basis.present),
        period=Span(basis.spec.label, spans.in_words(basis.spec), period.start, period.end),
        statement=statement,
        zone=basis.zone,
        known_at=content.table.now,
        made_at=now if sealed_at is None else sealed_at,
        catalogue_digest=content.table.digest,
        summary=summary(material, [remark] if remark else ()),
        council_id=basis.council,
        evidence_digest=content.evidence,
        ledger_head=content.ledger_hash if content.ledger_seq else None,
        services=services_table(basis),
        areas=areas_table(basis),
        annual_return=return_table(material),
        outages=outages,
        incidents=incident_lines(basis),
        trend=trend_of(material),
        figures=tuple(figure_rows(basis.rows, basis.council_names)),
        policies=policy_texts(basis),
        not_monitored=not_monitored(basis),
    )
