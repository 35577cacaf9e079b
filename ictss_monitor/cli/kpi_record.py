"""One line of the table of figures as a record: what `kpi` writes as json and csv."""

from __future__ import annotations

from fractions import Fraction
from typing import Any, Final

from ictss_monitor.availability.figure import Amount
from ictss_monitor.availability.kpi import KpiRow, KpiTable
from ictss_monitor.cli.reading import iso
from ictss_monitor.clock import SECOND
from ictss_monitor.statements.long_numbers import numbers_of_any_length
from ictss_monitor.store.sealed import Statement


def record_of(
    table: KpiTable, row: KpiRow, statement: Statement | None = None, sealed: KpiRow | None = None
) -> dict[str, Any]:
    """Return a row for machines: exact shares as fractions in text, durations in seconds.

    `statement` is the one that the figure is of, `sealed` the line of another that it is held against.
    """
    figure = row.figure
    return {
        "period": table.label,
        "from": iso(row.period.start),
        "to": iso(row.period.end),
        "as_known_at": iso(table.now),
        "subject": row.subject.value,
        "id": row.id,
        "name": row.name,
        "council": row.council,
        "standing": row.standing.value,
        "text": row.text,
        "hosted_externally": row.hosted_externally,
        "measured_from": None if row.measured_from is None else iso(row.measured_from),
        "combine": None if row.combine is None else row.combine.value,
        "availability": _exact(figure.value if figure.shown else None),
        "low": _exact(figure.low),
        "high": _exact(figure.high),
        "coverage": _exact(figure.coverage),
        "minimum_coverage": _exact(figure.minimum_coverage),
        "net": _exact(figure.net.value if figure.shown else None),
        "net_low": _exact(figure.net.low),
        "net_high": _exact(figure.net.high),
        "uncorrected": _exact(row.uncorrected.value if row.uncorrected is not None else None),
        "policy": row.policy.id,
        "pooled": _exact(row.pooled.value if row.pooled.shown else None),
        "months": None if row.months is None else row.months.months,
        "months_with_figure": None if row.months is None else row.months.with_figure,
        "target": _exact(row.target),
        "met": row.met,
        "rating": None if row.rating is None else row.rating.value,
        "measured_seconds": _seconds(figure.measured),
        "unknown_seconds": _seconds(figure.unknown),
        "future_seconds": _seconds(figure.future),
        "lost_seconds": _seconds(figure.lost),
        "surely_lost_seconds": _seconds(figure.surely_lost),
        "maybe_lost_seconds": _seconds(figure.maybe_lost),
        "degraded_seconds": _seconds(figure.degraded),
        "planned_seconds": _seconds(figure.planned),
        "forgiven_seconds": _seconds(figure.forgiven),
        "third_party_seconds": _seconds(figure.third_party),
        "council_site_seconds": _seconds(figure.council_site),
        "undetermined_seconds": _seconds(figure.undetermined),
        "own_seconds": _seconds(figure.own),
        "maintenance_seconds": _seconds(figure.maintenance),
        "outside_hours_seconds": _seconds(figure.outside),
        "left_seconds": _seconds(row.budget),
        "resolution_seconds": _seconds(figure.resolution),
        "burn": _exact(row.burn),
        "outages": row.outages.count,
        "longest_outage_seconds": _seconds(row.outages.longest),
        "mean_time_to_repair_seconds": _seconds(row.outages.mean),
        "mean_time_between_failures_seconds": _seconds(row.between),
        "catalogue": table.digest,
        "statement_version": None if statement is None else statement.version,
        "statement_digest": None if statement is None else statement.digest,
        "sealed_availability": _exact(sealed.figure.value if sealed is not None and sealed.figure.shown else None),
        "sealed_text": None if sealed is None else sealed.text,
    }


def _exact(share: Fraction | None) -> str | None:
    with numbers_of_any_length():
        return None if share is None else str(share)


def _seconds(amount: Amount | None) -> float | None:
    return None if amount is None else float(Fraction(amount, SECOND))


FIELDS: Final = (
    "period",
    "from",
    "to",
    "as_known_at",
    "subject",
    "id",
    "name",
    "council",
    "standing",
    "text",
    "hosted_externally",
    "measured_from",
    "combine",
    "availability",
    "low",
    "high",
    "coverage",
    "minimum_coverage",
    "net",
    "net_low",
    "net_high",
    "uncorrected",
    "policy",
    "pooled",
    "months",
    "months_with_figure",
    "target",
    "met",
    "rating",
    "measured_seconds",
    "unknown_seconds",
    "future_seconds",
    "lost_seconds",
    "surely_lost_seconds",
    "maybe_lost_seconds",
    "degraded_seconds",
    "planned_seconds",
    "forgiven_seconds",
    "third_party_seconds",
    "council_site_seconds",
    "undetermined_seconds",
    "own_seconds",
    "maintenance_seconds",
    "outside_hours_seconds",
    "left_seconds",
    "resolution_seconds",
    "burn",
    "outages",
    "longest_outage_seconds",
    "mean_time_to_repair_seconds",
    "mean_time_between_failures_seconds",
    "catalogue",
    "statement_version",
    "statement_digest",
    "sealed_availability",
    "sealed_text",
)
"""The columns of the CSV: what `record_of` holds, in its order."""
