"""The basis of a period's figures: all that they are worked out from, so that anybody can do it again elsewhere.

And its evidence in one digest, by which it shows whether anything observed has changed since a statement was sealed.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Final, TypeAlias

from pydantic import ConfigDict

from ictss_monitor.availability.account import Annotations
from ictss_monitor.availability.books import Bookkeeper, Edge, books_of, majors_of, stretch_of
from ictss_monitor.availability.kpi import KpiTable, kpi_table, with_majors
from ictss_monitor.availability.periods import PeriodSpec
from ictss_monitor.catalogue.model import Catalogue
from ictss_monitor.catalogue.parse import parse
from ictss_monitor.catalogue.problems import Source
from ictss_monitor.catalogue.terms import Calendar
from ictss_monitor.clock import Instant, to_datetime
from ictss_monitor.errors import CatalogueError, UsageError
from ictss_monitor.judging.evidence import Run
from ictss_monitor.ledger.acts import Entry, Imported
from ictss_monitor.ledger.chain import sha256
from ictss_monitor.ledger.codec import canonical, row_text
from ictss_monitor.ledger.standing import in_force, windows_of
from ictss_monitor.probe import ProbeOptions

Holidays: TypeAlias = Mapping[str, tuple[frozenset[date], ...]]
"""By calendar the bank holidays of each of its versions, as far as they concern the period."""

NOT_HERE: Final = "none://secrets-are-not-in-evidence"
"""What stands for every secret; a URL, as some of them must be."""
_A_DAY_OR_TWO: Final = timedelta(days=2)


@dataclass(frozen=True, slots=True)
class Basis:
    """What the figures of `spec` are worked out from; neither store nor configuration is needed beside it."""

    spec: PeriodSpec
    edge: Edge
    sources: tuple[Source, ...]
    """The catalogue's texts, under the names of their files alone."""
    holidays: Holidays
    zones: Mapping[str, tuple[Instant, Instant]]
    """Begin and end of the period in every zone that matters."""
    runs: Mapping[str, tuple[Run, ...]]
    """By check those that decide the period."""
    imported: tuple[Imported, ...]
    """The rows of imports in force that reach into it."""
    entries: tuple[Entry, ...]
    """The whole ledger."""


def recompute_from(basis: Basis) -> tuple[Catalogue, KpiTable]:
    """Return the catalogue and the figures of `basis`; the mean of months takes them all as they come out.

    Raises UsageError where the catalogue cannot be read, or where this machine's tables of time zones give the period
    other instants.
    """
    catalogue = catalogue_of(basis)
    if zones_of(catalogue, basis.spec) != basis.zones:
        raise UsageError(
            f"the period {basis.spec.label} has other instants here than where the evidence was written: "
            "this machine's time zone tables differ; install the same edition of tzdata"
        )
    keeper = Bookkeeper(catalogue, stretch_of(catalogue, basis.spec), basis.edge, _annotations(catalogue, basis))
    wanted = keeper.checks()
    if {check.id for check in wanted} != basis.runs.keys():
        raise UsageError("the evidence is not that of the checks which the services of its catalogue rest on")
    for check in wanted:
        keeper.judge(check, basis.runs[check.id])
    books, now = books_of(keeper), basis.edge.now
    table = kpi_table(catalogue, books, basis.spec, now)
    return catalogue, with_majors(table, majors_of(catalogue, books, basis.spec, keeper.stretch, now))


def _annotations(catalogue: Catalogue, basis: Basis) -> Annotations:
    windows = windows_of(catalogue.windows, basis.entries)
    return Annotations(tuple(windows.values()), in_force(basis.entries), basis.imported)


def zones_of(catalogue: Catalogue, spec: PeriodSpec) -> dict[str, tuple[Instant, Instant]]:
    """Return begin and end of `spec` by zone: of the settings, and of every council."""
    zones = {catalogue.settings.zone, *(council.zone for council in catalogue.councils.values())}
    periods = {zone: spec.within(zone) for zone in sorted(zones)}
    return {zone: (period.start, period.end) for zone, period in periods.items()}


# The catalogue


class _Options(ProbeOptions):
    """The options of whatever probe: figures do not depend on them, nor need the probe be installed."""

    model_config = ConfigDict(frozen=True, extra="allow")


def without_secrets(sources: Sequence[Source]) -> Catalogue:
    """Return the catalogue of `sources` as far as figures need it: no secret is read, and no probe need be installed.

    Raises UsageError where it cannot be read.
    """
    try:
        return parse(sources, lambda _: _Options, lambda _: NOT_HERE)
    except CatalogueError as error:
        raise UsageError(f"the catalogue of the evidence cannot be read: {error.problems[0]}") from None


def catalogue_of(basis: Basis) -> Catalogue:
    """Return the catalogue of `basis` with the bank holidays that were resolved for it. Raises UsageError."""
    catalogue = without_secrets(basis.sources)
    calendars = {id_: _with_holidays(calendar, basis.holidays) for id_, calendar in catalogue.calendars.items()}
    return replace(catalogue, calendars=calendars)


def _with_holidays(calendar: Calendar, holidays: Holidays) -> Calendar:
    resolved = holidays.get(calendar.id, ())
    if len(resolved) != len(calendar.versions):
        raise UsageError(f"the evidence lacks bank holidays of the calendar '{calendar.id}'")
    pairs = zip(calendar.versions, resolved, strict=True)
    return replace(calendar, versions=tuple(replace(version, bank_holidays=days) for version, days in pairs))


def holidays_of(catalogue: Catalogue, start: Instant, end: Instant) -> Holidays:
    """Return the bank holidays of every calendar from shortly before `start` to shortly after `end`."""
    first, last = to_datetime(start).date() - _A_DAY_OR_TWO, to_datetime(end).date() + _A_DAY_OR_TWO
    return {
        calendar.id: tuple(
            frozenset(day for day in version.bank_holidays if first <= day <= last) for version in calendar.versions
        )
        for calendar in catalogue.calendars.values()
    }


# Digests


def digest_of_runs(runs: Iterable[Run], end: Instant) -> str:
    """Return the digest of what was seen of a check up to `end`, whenever it is asked for.

    A run that goes on after `end` counts only with its begin, for it grows as time goes by.
    """
    rows = [
        (
            run.outcome.value,
            run.reason.value,
            run.first,
            *((run.last, run.count, run.longest_gap) if run.last < end else ()),
        )
        for run in runs
    ]
    return sha256(canonical(rows))


def digest_of_evidence(runs: Mapping[str, str], imported: Iterable[Imported]) -> str:
    """Return the digest of all evidence: of the checks' digests by check, and of the rows of imported histories."""
    return sha256(canonical({"runs": dict(runs), "imported": sorted(map(row_text, imported))}))


def digest_of_basis(basis: Basis, catalogue: Catalogue) -> str:
    """Return the digest of the evidence in `basis`: a statement sealed on the same evidence has the same one."""
    end = stretch_of(catalogue, basis.spec).end
    return digest_of_evidence({check: digest_of_runs(runs, end) for check, runs in basis.runs.items()}, basis.imported)
