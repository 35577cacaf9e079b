"""The month's figures as metrics: of services, areas, councils and baskets, to date and of last month."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from fractions import Fraction
from typing import Final

from ictss_monitor.availability.figure import Amount
from ictss_monitor.availability.kpi import KpiRow, KpiTable
from ictss_monitor.clock import SECOND
from ictss_monitor.metrics.exposition import Family, Format, block, labels

Value = Callable[[KpiRow], Fraction | float | None]


def _seconds(amount: Amount | None) -> float | None:
    return None if amount is None else float(amount / SECOND)


FAMILIES: Final[tuple[tuple[Family, Value], ...]] = (
    (
        Family(
            "ictss_availability_ratio",
            "Share of the measured time in which it was available; absent while coverage is below the minimum",
        ),
        lambda row: row.figure.value if row.figure.shown else None,
    ),
    (
        Family(
            "ictss_availability_low_ratio",
            "Availability if all that was not observed and all that is doubtful was down",
        ),
        lambda row: row.figure.low,
    ),
    (
        Family("ictss_availability_high_ratio", "Availability if all that was not observed was up"),
        lambda row: row.figure.high,
    ),
    (
        Family(
            "ictss_availability_net_ratio",
            "Availability if what was lost to third parties alone is taken as up; absent below minimum coverage",
        ),
        lambda row: row.figure.net.value if row.figure.shown else None,
    ),
    (
        Family("ictss_coverage_ratio", "Share of the time so far for which there is evidence"),
        lambda row: row.figure.coverage,
    ),
    (
        Family("ictss_target_ratio", "Availability that is required at the end of the period"),
        lambda row: row.target,
    ),
    (
        Family(
            "ictss_downtime_left_seconds",
            "Downtime left in the period before the target is missed; negative once it is",
        ),
        lambda row: _seconds(row.budget),
    ),
    (
        Family(
            "ictss_budget_burn_ratio",
            "Time lost over what the target allows in the time measured so far: 1 is as fast as it allows",
        ),
        lambda row: row.burn,
    ),
    (
        Family("ictss_downtime_seconds", "Time lost in the period so far, as the policy of the figure counts it"),
        lambda row: _seconds(row.figure.lost),
    ),
    (
        Family("ictss_downtime_planned_seconds", "Time lost in maintenance announced in time, counted or forgiven"),
        lambda row: _seconds(row.figure.planned + row.figure.forgiven),
    ),
    (
        Family("ictss_downtime_third_party_seconds", "Of the time lost, what was lost to third parties alone"),
        lambda row: _seconds(row.figure.third_party),
    ),
    (
        Family("ictss_outages", "Number of outages in the period so far"),
        lambda row: row.outages.count,
    ),
    (
        Family("ictss_degraded_seconds", "Time degraded in the period so far; its policy says what of it is lost"),
        lambda row: _seconds(row.figure.degraded),
    ),
    (
        Family("ictss_observed_seconds", "Time of the period for which there is evidence"),
        lambda row: _seconds(row.figure.measured),
    ),
    (
        Family("ictss_unknown_seconds", "Time of the period so far for which there is no evidence"),
        lambda row: _seconds(row.figure.unknown),
    ),
)


def figures_text(tables: Mapping[str, KpiTable], form: Format) -> str:
    """Return the figures of `tables`, by the name of their period (`month_to_date`, `last_month`).

    A figure that does not exist has no sample: N/A is neither 0 nor 1.
    """
    rows = [
        (labels({"subject": row.subject, "id": row.id, "council": row.council or "all", "period": period}), row)
        for period, table in tables.items()
        for row in table.rows
    ]
    blocks = []
    for family, value in FAMILIES:
        samples = [(written, float(share)) for written, row in rows if (share := value(row)) is not None]
        blocks.append(block(family, samples, form))
    return "".join(blocks)
