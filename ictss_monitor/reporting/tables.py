"""The tables of the report, from its rows: which columns there are and what stands in each cell."""

from __future__ import annotations

from ictss_monitor.reporting.blocks import Cell, Column, Minutes, Table
from ictss_monitor.reporting.cells import length_cell, moment_cell, share_cell
from ictss_monitor.reporting.content import Compared, Headline
from ictss_monitor.reporting.rows import (
    Actual,
    AreaRow,
    AreasTable,
    FigureRow,
    IncidentLine,
    NotMonitored,
    OutageLine,
    ReturnTable,
    ServiceRow,
    ServicesTable,
    Trend,
)
from ictss_monitor.reporting.wording import (
    NONE,
    compared_text,
    day_text,
    heading_of,
    minutes_text,
    whole_name,
)

ALL_COUNCILS = "all"


def headlines_table(headlines: tuple[Headline, ...]) -> Table:
    """Return the further figures of the summary."""
    before = _compared_cells("Period before", tuple(each.previous for each in headlines))
    year_before = _compared_cells("Year before", tuple(each.previous_year for each in headlines))
    columns = (
        Column("Figure", 34),
        Column("Actual", 24, numeric=True),
        Column("Target", 13, numeric=True),
        Column(before[0], 20, numeric=True),
        Column(year_before[0], 20, numeric=True),
    )
    rows = tuple(
        (
            Cell(whole_name(each)),
            share_cell(each.actual, each.verdict),
            share_cell(each.target),
            before[1][index],
            year_before[1][index],
        )
        for index, each in enumerate(headlines)
    )
    return Table("By council, and other baskets", columns, rows)


def _compared_cells(heading: str, all_compared: tuple[Compared | None, ...]) -> tuple[str, list[Cell]]:
    """Return figures of another time, and as their heading that time, or `heading` where it is not the same for all."""
    labels = {each.label for each in all_compared if each is not None}
    if len(labels) == 1:
        return labels.pop(), [share_cell(None if each is None else each.share) for each in all_compared]
    return heading, [Cell(compared_text(each)) for each in all_compared]


def services_table(services: ServicesTable, zone: str) -> Table:
    """Return the table of services by council."""
    columns = [Column("Service", 30), Column("Target", 13, numeric=True)]
    columns += [Column(heading_of(council), 22, numeric=True) for council in services.councils]
    if services.next_label is not None:
        columns.append(Column(services.next_label, 13, numeric=True))
    shared = [_shared_notes([row.actuals[at] for row in services.rows], zone) for at in range(len(services.councils))]
    rows = tuple(_service_cells(row, services, zone, shared) for row in services.rows)
    remarks = (
        f"{council}: {', '.join(notes)}." for council, notes in zip(services.councils, shared, strict=True) if notes
    )
    return Table(
        "Availability of each service for each council",
        tuple(columns),
        rows,
        "No service was in service in this time.",
        remarks=tuple(remarks),
    )


def _service_cells(
    row: ServiceRow, services: ServicesTable, zone: str, shared: list[tuple[str, ...]]
) -> tuple[Cell, ...]:
    cells = [Cell(row.name), share_cell(row.target)]
    for actual, said in zip(row.actuals, shared, strict=True):
        notes = tuple(note for note in _notes(actual, zone) if note not in said)
        rated = actual.share.printed is not None and (actual.target or row.target) is not None
        cells.append(share_cell(actual.share, actual.verdict if rated else None, notes))
    if services.next_label is not None:
        cells.append(share_cell(row.next_target))
    return tuple(cells)


def _shared_notes(actuals: list[Actual], zone: str) -> tuple[str, ...]:
    """Return the notes that every figure of a council has: they are said once, below the table."""
    all_notes = [_notes(actual, zone) for actual in actuals if actual.share.printed is not None]
    if len(all_notes) < 2:  # one figure shares nothing
        return ()
    return tuple(note for note in all_notes[0] if all(note in notes for notes in all_notes))


def _notes(actual: Actual, zone: str) -> list[str]:
    notes = []
    if actual.hosted_externally and "hosted externally" not in actual.share.text:
        notes.append("hosted externally")
    if actual.measured_from is not None:
        notes.append(f"measured from {day_text(actual.measured_from, zone)}")
    if actual.months is not None:
        notes.append(f"mean of {actual.months} of {actual.of_months} months")
    if actual.target is not None:
        notes.append(f"own target {actual.target.text}")
    if actual.note:
        notes.append(actual.note)
    return notes


def areas_table(areas: AreasTable) -> Table:
    """Return the table of areas with the minutes that each lost."""
    columns = (
        Column("Area", 30),
        Column("Minutes lost", 14, numeric=True),
        Column("of it planned", 14, numeric=True),
        Column("of it third parties", 13, numeric=True),
        Column("of it councils' own sites", 15, numeric=True),
        Column("of it own", 16, numeric=True),
        Column("Availability", 21, numeric=True),
        Column("Target", 13, numeric=True),
    )
    rows = [_area_cells(row) for row in areas.rows]
    if areas.total is not None:
        rows.append(_area_cells(areas.total))
    return Table(
        "Minutes lost in each area, and to whom",
        columns,
        tuple(rows),
        "The catalogue names no areas.",
        total=areas.total is not None,
    )


def _area_cells(row: AreaRow) -> tuple[Cell, ...]:
    minutes = (row.lost, row.planned, row.third_party, row.council_site, row.own)
    return (
        Cell(row.name, notes=(row.note,) if row.note else ()),
        *(Cell(minutes_text(each), Minutes(each)) for each in minutes),
        share_cell(row.actual, None if row.target is None else row.verdict),
        share_cell(row.target),
    )


def return_table(annual: ReturnTable) -> Table:
    """Return the return of a year."""
    columns = (
        Column("Indicator", 30),
        Column(f"Previous year actual ({annual.previous_year})", 22, numeric=True),
        Column("Current year target", 16, numeric=True),
        Column("Mid-year actual", 24, numeric=True),
        Column("End-of-year actual", 18, numeric=True),
        Column("Comments", 34),
    )
    rows = tuple(
        (
            Cell(row.name),
            share_cell(row.previous_year),
            share_cell(row.target),
            share_cell(row.mid_year, row.verdict if row.end_of_year.printed is None else None),
            share_cell(row.end_of_year, row.verdict if row.end_of_year.printed is not None else None),
            Cell(row.comments or NONE),
        )
        for row in annual.rows
    )
    return Table(f"Return for the year {annual.year}", columns, rows, "There is no indicator to return.")


def outages_table(outages: tuple[OutageLine, ...], zone: str) -> Table:
    """Return the list of outages, numbered so that a meeting can speak of them."""
    columns = (
        Column("No.", 8, numeric=True),
        Column("Service", 20),
        Column("Council", 21),
        Column("Begin", 17),
        Column("End", 17),
        Column("Length", 13, numeric=True),
        Column("Level", 16),
        Column("Cause", 20),
        Column("Attribution", 21),
        Column("Planned", 15),
        Column("Corrected", 15),
        Column("Note", 25),
    )
    rows = tuple(_outage_cells(number, each, zone) for number, each in enumerate(outages, 1))
    return Table("Outages in order of time", columns, rows, "No outage was recorded in this time.")


def _outage_cells(number: int, outage: OutageLine, zone: str) -> tuple[Cell, ...]:
    attribution = f"{outage.attribution}: {outage.supplier}" if outage.supplier else outage.attribution
    return (
        Cell(str(number), number),
        Cell(outage.service),
        Cell(outage.council),
        moment_cell(outage.begin, zone),
        moment_cell(outage.end, zone),
        length_cell(outage.length),
        Cell(outage.level),
        Cell(outage.cause or NONE),
        Cell(attribution),
        Cell(outage.planning.value),
        Cell("yes" if outage.corrected else "no"),
        Cell(outage.note or NONE),
    )


def incidents_table(incidents: tuple[IncidentLine, ...], zone: str) -> Table:
    """Return the major incidents."""
    columns = (
        Column("Incident", 24),
        Column("Begin", 18),
        Column("End", 18),
        Column("Length", 14, numeric=True),
        Column("Areas", 26),
        Column("Councils", 26),
        Column("Cause", 30),
    )
    rows = tuple(
        (
            Cell(f"{number}. {each.name}"),
            moment_cell(each.begin, zone),
            moment_cell(each.end, zone),
            length_cell(each.length),
            Cell(", ".join(each.areas) or NONE),
            Cell(", ".join(each.councils) or NONE),
            Cell(each.cause or NONE, notes=(each.note,) if each.note else ()),
        )
        for number, each in enumerate(incidents, 1)
    )
    return Table("Major incidents", columns, rows, "There was no major incident in this time.")


def trend_table(trend: Trend) -> Table:
    """Return the numbers of the trend's chart."""
    columns = [Column("Month", 14), Column("Target", 13, numeric=True)]
    columns += [Column(heading_of(series.name), 18, numeric=True) for series in trend.series]
    columns.append(Column("Coverage", 14, numeric=True))
    rows = tuple(
        (
            Cell(month),
            share_cell(trend.target[at]),
            *(share_cell(series.shares[at]) for series in trend.series),
            share_cell(trend.coverage[at]),
        )
        for at, month in enumerate(trend.months)
    )
    return Table(f"{trend.name} by months", tuple(columns), rows, "There is no month to show.")


def figures_table(figures: tuple[FigureRow, ...]) -> Table:
    """Return every figure with coverage, bounds, net and uncorrected."""
    columns = (
        Column("Figure of", 30),
        Column("Council", 22),
        Column("Availability", 24, numeric=True),
        Column("At least", 12, numeric=True),
        Column("At most", 12, numeric=True),
        Column("Coverage", 14, numeric=True),
        Column("Net of third parties", 16, numeric=True),
        Column("Uncorrected", 16, numeric=True),
        Column("Resolution", 14, numeric=True),
        Column("Policy", 20),
    )
    rows = tuple(
        (
            Cell(row.name if row.subject == "service" else f"{row.name} ({row.subject})"),
            Cell(row.council or ALL_COUNCILS),
            share_cell(row.figure, row.verdict if row.figure.printed is not None and row.target is not None else None),
            share_cell(row.low),
            share_cell(row.high),
            share_cell(row.coverage),
            share_cell(row.net),
            share_cell(row.uncorrected),
            length_cell(row.resolution),
            Cell(row.policy or NONE),
        )
        for row in figures
    )
    return Table("Every figure, what it stands on and between what it lies", columns, rows, "There is no figure.")


def not_monitored_table(systems: tuple[NotMonitored, ...]) -> Table:
    """Return the systems that nothing watches."""
    columns = (Column("System", 34), Column("Where", 34), Column("Why it is not monitored", 60))
    rows = tuple((Cell(each.name), Cell(each.where or NONE), Cell(each.why)) for each in systems)
    return Table("Systems that are not monitored", columns, rows, "Every system in the catalogue is monitored.")
