"""A year by months: the first basket for all councils together and for each, its target, and the coverage."""

from __future__ import annotations

from calendar import month_abbr
from typing import Final

from ictss_monitor.availability.figure import Figure
from ictss_monitor.availability.kpi import KpiRow
from ictss_monitor.availability.reckoning import Key
from ictss_monitor.availability.targets import target_for
from ictss_monitor.catalogue.model import Subject
from ictss_monitor.reporting.rows import Trend, TrendSeries
from ictss_monitor.reporting.shares import Share
from ictss_monitor.reports.figures import coverage_share, figure_share, target_share
from ictss_monitor.reports.material import Material, Month
from ictss_monitor.reports.tables import NO_FIGURE

ALL: Final = "All councils"


def trend_of(material: Material) -> Trend | None:
    """Return the trend; None where the catalogue has no basket."""
    basis = material.basis
    row = next(basis.of(Subject.BASKET), None)
    if row is None:
        return None
    keys = [Key(row.subject, row.id, row.council)]
    if row.council is None:
        every = [Key(row.subject, row.id, each.id) for each in basis.content.councils]
        present = [key for key in every if any(key in month.figures for month in material.months)]
        keys += present if len(present) > 1 else []
    months = material.months
    names: dict[str | None, str] = {None: ALL}
    names.update(basis.council_names)
    targets = [
        target_for(basis.catalogue.targets, row.subject, row.id, row.council, month.spec.within(basis.zone))
        for month in months
    ]
    return Trend(
        row.name,
        tuple(f"{month_abbr[month.spec.month]} {month.spec.year}" for month in months),
        tuple(TrendSeries(names[key.council], _shares(material, key, row)) for key in keys),
        tuple(map(target_share, targets)),
        tuple(_coverage(month.figures.get(keys[0])) for month in months),
    )


def _shares(material: Material, key: Key, row: KpiRow) -> tuple[Share, ...]:
    return tuple(_share(material, month, key, row) for month in material.months)


def _share(material: Material, month: Month, key: Key, row: KpiRow) -> Share:
    basis = material.basis
    figure = month.figures.get(key)
    if figure is None or figure.value is None:
        return NO_FIGURE
    period = month.spec.within(basis.zone)
    target = target_for(basis.catalogue.targets, key.subject, key.id, key.council, period)
    return figure_share(figure, target, row.policy)


def _coverage(figure: Figure | None) -> Share:
    return (coverage_share(figure) if figure is not None else None) or NO_FIGURE
