"""The first page: the headline against its target and other times, major incidents, and what else must be said."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Final

from ictss_monitor.availability.kpi import KpiRow
from ictss_monitor.availability.printing import duration_text
from ictss_monitor.availability.targets import Rating
from ictss_monitor.catalogue.model import Subject
from ictss_monitor.reporting.content import Compared, Counted, Headline, Summary
from ictss_monitor.reporting.shares import Share
from ictss_monitor.reports import spans
from ictss_monitor.reports.figures import (
    coverage_share,
    figure_share,
    net_share,
    share_of,
    target_share,
    verdict_of,
    whole,
)
from ictss_monitor.reports.material import Basis, Elsewhen, Material
from ictss_monitor.reports.sentences import enumerated

_NAMED: Final = 4
"""So many services are named in a sentence; of more their number is told."""


def summary(material: Material, remarks: Iterable[str] = ()) -> Summary:
    """Return the first page; `remarks` stand before those that the figures give rise to."""
    basis = material.basis
    rows = [row for row in basis.rows if row.subject is Subject.BASKET]
    own = [row for row in rows if row.council == basis.council]
    others: list[KpiRow] = []
    if own:
        several = len({row.council for row in rows if row.council is not None}) > 1
        others += [row for row in rows if row.id == own[0].id and row.council is not None and several]
        others += own[1:]
    return Summary(
        _headline(material, own[0]) if own else None,
        tuple(_headline(material, row) for row in others if row is not own[0]),
        _incidents(material),
        (*material.remarks, *_on_headline(own), *remarks, *_remarks(basis)),
    )


def _headline(material: Material, row: KpiRow) -> Headline:
    names = material.basis.council_names
    return Headline(
        row.name,
        None if row.council is None else names.get(row.council, row.council),
        share_of(row),
        target_share(row.target),
        verdict_of(row),
        whole(row.figure.lost),
        coverage_share(row.figure) or Share("nothing to measure"),
        _compared(material.before, row),
        _compared(material.year_before, row),
    )


def _compared(elsewhen: Elsewhen, row: KpiRow) -> Compared | None:
    """Return the figure of another time; None where there is none, for it tells nothing."""
    held = elsewhen.row(row)
    if held is None or held.figure.value is None:
        return None
    return Compared(spans.in_words(elsewhen.spec), share_of(held))


def _incidents(material: Material) -> Counted | None:
    basis = material.basis
    if not basis.catalogue.major_incidents and not basis.content.table.majors:
        return None
    now, then, year_ago = (
        count_majors(basis, each)
        for each in (Elsewhen(basis.spec, majors=basis.content.table.majors), material.before, material.year_before)
    )
    return Counted(
        now or 0, then, spans.in_words(material.before.spec), year_ago, spans.in_words(material.year_before.spec)
    )


def count_majors(basis: Basis, elsewhen: Elsewhen) -> int | None:
    """Return how many major incidents the report counts in another span; None where that is not known."""
    return None if elsewhen.majors is None else sum(basis.concerns(each) for each in elsewhen.majors)


def _on_headline(own: list[KpiRow]) -> Iterator[str]:
    """Yield what the headline would be without third parties, and without corrections."""
    for row in own[:1]:
        net = net_share(row)
        if net is not None and row.figure.third_party:
            yield f"Net of what third parties alone caused, it would be {net.text}."
        if row.uncorrected is not None:
            share = figure_share(row.uncorrected, row.target, row.policy)
            yield f"As observed, before people corrected anything, it would be: {share.text}."


def _remarks(basis: Basis) -> Iterator[str]:
    if basis.content.table.now < basis.period.end:
        yield "The period is still running: the figures are those of the time so far."
    services = list(basis.of(Subject.SERVICE))
    missed = [row for row in services if row.rating in (Rating.AMBER, Rating.RED)]
    rated = sum(row.rating is not None for row in services)
    if missed:
        misses = "misses its target" if len(missed) == 1 else "miss their targets"
        yield f"{len(missed)} of {rated} figures of services {misses}: {_told(missed, basis)}."
    elif rated:
        decided = "" if all(row.rating is Rating.GREEN for row in services if row.rating) else " that could be decided"
        yield f"No figure of a service{decided} misses its target."
    worst = max(services, key=lambda row: row.figure.lost, default=None)
    if worst is not None and worst.figure.lost:
        yield f"Most was lost of {_name(worst, basis)}: {duration_text(worst.figure.lost)}."


def _told(rows: list[KpiRow], basis: Basis) -> str:
    worst = sorted(rows, key=lambda row: (row.figure.value or 0) - (row.target or 0))
    return enumerated([_name(row, basis) for row in worst], _NAMED)


def _name(row: KpiRow, basis: Basis) -> str:
    if basis.council is not None or row.council is None:
        return row.name
    return f"{row.name} ({basis.council_names.get(row.council, row.council)})"
