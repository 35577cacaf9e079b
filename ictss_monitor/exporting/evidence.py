"""The basis of a period's figures, gathered from the store: as it is now, or as it was when the period was sealed."""

from __future__ import annotations

from sqlalchemy.ext.asyncio import AsyncConnection

from ictss_monitor.availability.books import stretch_of
from ictss_monitor.availability.periods import PeriodSpec, parse
from ictss_monitor.catalogue.model import Catalogue
from ictss_monitor.catalogue.problems import Source
from ictss_monitor.catalogue.version import taken_apart
from ictss_monitor.clock import Instant
from ictss_monitor.errors import StoreError, UsageError
from ictss_monitor.figures import kpis, sealing
from ictss_monitor.judging.evidence import Run
from ictss_monitor.ledger.acts import Entry, Import, Imported
from ictss_monitor.ledger.standing import in_force
from ictss_monitor.statements.basis import Basis, holidays_of, without_secrets, zones_of
from ictss_monitor.store import ledger
from ictss_monitor.store.catalogues import catalogue_version_of
from ictss_monitor.store.engine import Store
from ictss_monitor.store.imports import batch_rows
from ictss_monitor.store.sealed import Statement


async def basis_of(
    store: Store, catalogue: Catalogue, sources: tuple[Source, ...], spec: PeriodSpec, now: Instant
) -> Basis:
    """Return what the figures of `spec` are worked out from at `now`; `sources` are the texts of `catalogue`.

    Raises StoreError, PeriodError.
    """
    async with store.read() as tx:
        return await _gathered(tx, catalogue, sources, spec, now, await ledger.entries(tx))


async def sealed_basis_of(store: Store, spec: PeriodSpec) -> tuple[Basis, Statement]:
    """Return what the last statement on `spec` was worked out from, and that statement.

    Catalogue, ledger and imports are as they were when it was sealed; what was observed is as the store has it now, and
    the digest of the evidence tells whether that is the same.
    Raises UsageError where the period is not sealed, StoreError.
    """
    statement = await sealing.sealed(store, spec)
    if statement is None:
        raise UsageError(f"{spec.label} is not sealed: leave out --sealed")
    known_at = kpis.read_content(statement).table.now
    async with store.read() as tx:
        sources = await _sources(tx, statement)
        entries = tuple(entry for entry in await ledger.entries(tx) if entry.seq <= statement.ledger_seq)
        spec = parse(statement.label)
        return await _gathered(tx, without_secrets(sources), sources, spec, known_at, entries), statement


async def _sources(tx: AsyncConnection, statement: Statement) -> tuple[Source, ...]:
    version = await catalogue_version_of(tx, statement.catalogue)
    sources = None if version is None else taken_apart(version.text, statement.catalogue)
    if sources is None:
        raise StoreError(
            f"the store has not kept the catalogue of the statement on {statement.label}: "
            f"find its files, of digest {statement.catalogue[:12]}, and export by them"
        )
    return sources


async def _gathered(
    tx: AsyncConnection,
    catalogue: Catalogue,
    sources: tuple[Source, ...],
    spec: PeriodSpec,
    now: Instant,
    entries: tuple[Entry, ...],
) -> Basis:
    stretch = stretch_of(catalogue, spec)
    runs: dict[str, tuple[Run, ...]] = {}
    keeper = await kpis.unjudged(tx, catalogue, stretch, now)
    async for check, found in kpis.runs_by_check(tx, keeper):
        runs[check.id] = tuple(found)
    return Basis(
        spec=spec,
        edge=keeper.edge,
        sources=sources,
        holidays=holidays_of(catalogue, stretch.start, stretch.end),
        zones=zones_of(catalogue, spec),
        runs=runs,
        imported=tuple(await _imported(tx, entries, stretch.start, stretch.end)),
        entries=entries,
    )


async def _imported(tx: AsyncConnection, entries: tuple[Entry, ...], start: Instant, end: Instant) -> list[Imported]:
    """Return the rows that reach into the stretch, of the imports that are in force by `entries`."""
    acts = [entry.act for entry in in_force(entries) if isinstance(entry.act, Import)]
    batches = [act.batch for act in acts if act.since < end and act.until > start]
    return [row for batch in batches for row in await batch_rows(tx, batch) if row.since < end and row.until > start]
