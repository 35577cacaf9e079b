"""What a report is made of: the statement on its period, or what one would say now, and what it is held against."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from ictss_monitor.availability.figure import Figure
from ictss_monitor.availability.kpi import KpiRow, KpiTable
from ictss_monitor.availability.major import MajorIncident
from ictss_monitor.availability.periods import CalendarSpan, Period
from ictss_monitor.availability.reckoning import Key
from ictss_monitor.catalogue.model import Catalogue, Subject
from ictss_monitor.reporting.content import Statement
from ictss_monitor.statements.statement import StatementContent


@dataclass(frozen=True, slots=True)
class Basis:
    """The figures of the period itself, with all that is told beside them."""

    catalogue: Catalogue
    """The one of today: it says what is in the report, never what is in a sealed figure."""
    spec: CalendarSpan
    council: str | None
    """Of one council; None: of all together."""
    content: StatementContent
    statement: Statement

    @property
    def zone(self) -> str:
        """The zone in which the report's times are told."""
        held = self.catalogue.councils.get(self.council or "")
        return self.catalogue.settings.zone if held is None else held.zone

    @property
    def period(self) -> Period:
        """The period by the clock of the zone."""
        return self.spec.within(self.zone)

    @property
    def council_names(self) -> dict[str, str]:
        """The names of all councils by id."""
        return {each.id: each.name for each in self.content.councils}

    @property
    def present(self) -> tuple[str, ...]:
        """The ids of the councils that the report is about: those that were there in the period."""
        there = {row.council for row in self.rows}
        return tuple(each.id for each in self.content.councils if each.id in there)

    @property
    def rows(self) -> tuple[KpiRow, ...]:
        """The lines that belong into the report."""
        rows = self.content.table.rows
        return rows if self.council is None else tuple(row for row in rows if row.council == self.council)

    def of(self, subject: Subject) -> Iterator[KpiRow]:
        """Yield the lines about services, areas, baskets or councils; of areas and baskets the report's own."""
        for row in self.rows:
            if row.subject is subject and (
                subject in (Subject.SERVICE, Subject.COUNCIL) or row.council == self.council
            ):
                yield row

    def concerns(self, incident: MajorIncident) -> bool:
        """Tell whether a major incident belongs into the report."""
        return self.council is None or self.council in incident.councils


@dataclass(frozen=True, slots=True)
class Elsewhen:
    """The figures of another span, and the major incidents in it."""

    spec: CalendarSpan
    table: KpiTable | None = None
    """None where nothing was measured in it."""
    majors: tuple[MajorIncident, ...] | None = None
    """None where it is not known."""

    def row(self, row: KpiRow) -> KpiRow | None:
        """Return the line about the same thing as `row`."""
        return None if self.table is None else self.table.row(row.subject, row.id, row.council)


@dataclass(frozen=True, slots=True)
class YearSoFar:
    """What the return of a financial year needs; None of what was not over at the end of the period."""

    year: str
    previous_year: str
    previous: Elsewhen
    so_far: Elsewhen
    """From its begin to the end of the period."""
    so_far_before: Elsewhen
    """The same a year before."""
    mid_year: Elsewhen | None = None
    end_of_year: Elsewhen | None = None


@dataclass(frozen=True, slots=True)
class Month:
    """One month of the trend."""

    spec: CalendarSpan
    figures: Mapping[Key, Figure]


@dataclass(frozen=True, slots=True)
class Material:
    """All of it."""

    basis: Basis
    before: Elsewhen
    year_before: Elsewhen
    year: YearSoFar
    months: tuple[Month, ...] = field(default=())
    """The twelve up to the end of the period, oldest first; those before any evidence are left out."""
    remarks: tuple[str, ...] = ()
    """What is to be said of how the report was made."""
