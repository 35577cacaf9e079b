"""Imported histories in the store: rows by batch, which hold while an entry of the ledger says so.

A batch is named after the digest of its rows, so that the same history is held once however often it is given.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import replace
from typing import Any, Final

from sqlalchemy import Row, select, text
from sqlalchemy.ext.asyncio import AsyncConnection

from ictss_monitor.catalogue.terms import Attribution, Fault
from ictss_monitor.clock import DAY, Instant
from ictss_monitor.errors import UsageError
from ictss_monitor.ledger.acts import Import, Imported
from ictss_monitor.ledger.chain import batch_of, digest_of_rows
from ictss_monitor.ledger.codec import row_text
from ictss_monitor.ledger.history import check_rows, coverage_of, overlap, told
from ictss_monitor.ledger.standing import in_force
from ictss_monitor.probe import Outcome
from ictss_monitor.store import ledger
from ictss_monitor.store.statements import insert_new, send_many
from ictss_monitor.store.tables import IMPORTED_LONG, imported
from ictss_monitor.store.wording import storable

_LONG: Final = 31 * DAY
"""What IMPORTED_LONG says: a row that is not as long and lies in a stretch begins so soon before it at most."""
_OUTCOMES: Final = {outcome.value: outcome for outcome in Outcome}


async def add_import(
    tx: AsyncConnection, rows: Sequence[Imported], *, at: Instant, who: str, why: str, approver: str | None = None
) -> tuple[str, bool]:
    """Take in a history; return the name of its batch, and whether anything changed: False where it is there already.

    Raises UsageError, and then nothing is written, for rows that do not go together or that cover what an import in
    force covers.
    """
    rows = sorted(map(_storable, rows), key=row_text)
    check_rows(rows)
    digest = digest_of_rows(rows)
    batch = batch_of(digest)
    await ledger.take_turn(tx)
    in_turn = await _batches(tx)
    if batch in in_turn:
        return batch, False
    if clashes := await _overlapping(tx, rows, batch, in_turn):
        held, theirs = clashes[0]
        raise UsageError(
            f"import {theirs} (entry {in_turn[theirs]} of the ledger) has {told(held)} already: "
            f"withdraw that entry first, or leave the span out"
        )
    since, until = min(row.since for row in rows), max(row.until for row in rows)
    await ledger.append(tx, Import(batch, digest, len(rows), since, until), at=at, who=who, why=why, approver=approver)
    await send_many(tx, insert_new(tx, imported), [_values(batch, number, row) for number, row in enumerate(rows, 1)])
    return batch, True


async def imported_rows(tx: AsyncConnection, start: Instant, end: Instant) -> list[Imported]:
    """Return the rows of imports in force that lie in `[start, end)` at least in part, in order of their begin."""
    return [row for row, _ in await _rows(tx, await _batches(tx), start, end)]


async def overlapping(tx: AsyncConnection, rows: Sequence[Imported]) -> list[Imported]:
    """Return the spans of other imports in force of which `rows` cover a part, in order of their begin."""
    if not rows:
        return []
    batch = batch_of(digest_of_rows(map(_storable, rows)))
    return [row for row, _ in await _overlapping(tx, rows, batch, await _batches(tx))]


async def batch_rows(tx: AsyncConnection, batch: str) -> list[Imported]:
    """Return the rows of one batch in their order, whether it is in force or not."""
    found = await tx.execute(select(imported).where(imported.c.batch == batch).order_by(imported.c.number))
    return [_to_row(row) for row in found]


async def _batches(tx: AsyncConnection) -> dict[str, int]:
    """Return the batches in force, each with the number of the entry that says so."""
    standing = in_force(await ledger.entries(tx))
    return {entry.act.batch: entry.seq for entry in standing if isinstance(entry.act, Import)}


async def _overlapping(
    tx: AsyncConnection, rows: Sequence[Imported], batch: str, batches: dict[str, int]
) -> list[tuple[Imported, str]]:
    coverage = coverage_of(rows)
    start, end = min(row.since for row in rows), max(row.until for row in rows)
    held = await _rows(tx, batches.keys() - {batch}, start, end, spans_only=True)
    return [(row, theirs) for row, theirs in held if overlap(coverage, row)]


async def _rows(
    tx: AsyncConnection, batches: Collection[str], start: Instant, end: Instant, *, spans_only: bool = False
) -> list[tuple[Imported, str]]:
    """Return rows that lie in `[start, end)` at least in part, each with its batch, in order of their begin."""
    columns = imported.c
    # Not by batch: both databases would take that for the way to the rows, and read whole imports.
    wanted = select(imported).where(columns.since < end, columns.until > start)
    if spans_only:
        wanted = wanted.where(columns.state == Outcome.UP.value)
    lasting = wanted.where(text(IMPORTED_LONG))
    short = wanted.where(columns.until - columns.since <= _LONG, columns.since > start - _LONG)
    found = [row for part in (lasting, short) for row in await tx.execute(part) if row.batch in batches]
    return [(_to_row(row), row.batch) for row in sorted(found, key=_begin)]


def _begin(row: Row[Any]) -> tuple[Instant, str, str, int]:
    return row.since, row.service, row.council, row.number


def _storable(row: Imported) -> Imported:
    whose = row.attribution
    if whose is not None and whose.supplier is not None:
        whose = replace(whose, supplier=storable(whose.supplier))
    return replace(
        row,
        service=storable(row.service),
        council=storable(row.council),
        attribution=whose,
        note=storable(row.note),
    )


def _values(batch: str, number: int, row: Imported) -> tuple[str | int | None, ...]:
    """Return a row in the order of the columns."""
    whose = row.attribution
    fault, supplier = (None, None) if whose is None else (whose.fault.value, whose.supplier)
    return (
        batch,
        number,
        row.service,
        row.council,
        row.since,
        row.until,
        row.state.value,
        fault,
        supplier,
        row.note,
    )


def _to_row(row: Sequence[Any]) -> Imported:
    _, _, service, council, since, until, state, fault, supplier, note = row
    whose = None if fault is None else Attribution(Fault(fault), supplier)
    return Imported(service, council, since, until, _OUTCOMES[state], whose, note)
