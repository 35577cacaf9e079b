"""Whether anything of the record was changed behind its back: the ledger, sealed statements, imported histories.

Rows are looked at as they stand in the tables, not as objects: what was changed may not be one any more.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncConnection

from ictss_monitor.ledger.acts import Act, Import, Seal
from ictss_monitor.ledger.chain import GENESIS, Link, digest_of_rows, digest_of_statement, digest_of_text, faults
from ictss_monitor.ledger.codec import act_from_json
from ictss_monitor.store.imports import batch_rows
from ictss_monitor.store.sealed import Statement, all_statements
from ictss_monitor.store.tables import imported, ledger


@dataclass(frozen=True, slots=True)
class Audit:
    """What was looked at, and what is wrong with it, a line for each fault; none where all is as it was."""

    entries: int
    head: str
    """The hash of the ledger's last entry: who notes it down can tell later whether the ledger was cut."""
    statements: int
    imports: int
    faults: tuple[str, ...]


Row: TypeAlias = Sequence[Any]
"""Of the table `ledger`, in the order of its columns."""


async def audit(tx: AsyncConnection, noted: str | None = None) -> Audit:
    """Hold the whole record against its hashes and digests.

    `noted` is a hash that was the head once: it must still be in the chain.
    """
    rows = (await tx.execute(select(ledger).order_by(ledger.c.seq))).all()
    statements = await all_statements(tx)
    found = [*faults(map(_link, rows))]
    hashes = {0: GENESIS, **{row.seq: row.hash for row in rows}}
    if noted is not None and noted not in hashes.values():
        found.append(f"no entry of the ledger has the hash {noted}: it was cut or written anew since that was noted")
    acts = {row.seq: _act(row) for row in rows}
    found += (
        f"entry {seq} of the ledger says nothing that this program understands"
        for seq, act in acts.items()
        if act is None
    )
    found += _statement_faults(statements, {row.seq: row for row in rows}, acts, hashes)
    imports = {act.batch: (seq, act) for seq, act in acts.items() if isinstance(act, Import)}
    for seq, taken_in in imports.values():
        if not await _is_whole(tx, taken_in):
            found.append(
                f"import {taken_in.batch}, of entry {seq} of the ledger: its rows were changed, removed or added to"
            )
    held = (await tx.execute(select(imported.c.batch).distinct().order_by(imported.c.batch))).scalars()
    found += (f"no entry of the ledger took in the rows of import {batch}" for batch in held if batch not in imports)
    return Audit(len(rows), rows[-1].hash if rows else GENESIS, len(statements), len(imports), tuple(found))


def _link(row: Row) -> Link:
    seq, at, who, why, approver, act, previous, digest = row
    try:
        due = digest_of_text(seq, at, who, why, approver, act, previous)
    except (TypeError, ValueError):  # SQLite holds a value of any type in any column
        due = None
    return Link(seq, previous, digest, due)


def _act(row: Row) -> Act | None:
    try:
        return act_from_json(json.loads(row[5]))
    except (TypeError, ValueError):
        return None


def _statement_faults(
    statements: Sequence[Statement], rows: dict[int, Row], acts: dict[int, Act | None], hashes: dict[int, str]
) -> Iterator[str]:
    seals = {(act.label, act.version): (seq, act) for seq, act in acts.items() if isinstance(act, Seal)}
    for held in statements:
        name = f"statement {held.label}, version {held.version},"
        if held.digest != _digest(held):
            yield f"{name} was changed: its digest is not that of what it says"
        seq, seal = seals.pop((held.label, held.version), (0, None))
        if seal is None:
            yield f"{name} is sealed by no entry of the ledger: that entry was removed, or the statement put there"
        elif seal.digest != held.digest:
            yield f"{name} is not the one that entry {seq} of the ledger sealed"
        elif (held.sealed_at, held.who, held.approver) != (rows[seq][1], rows[seq][2], rows[seq][4]):
            yield f"{name} does not say who sealed it and when as entry {seq} of the ledger does"
        if hashes.get(held.ledger_seq) != held.ledger_hash:
            yield (
                f"{name} was sealed after entry {held.ledger_seq} of the ledger, which is gone or another one: "
                "the ledger was cut or written anew"
            )
    for (label, version), (seq, _) in seals.items():
        yield f"statement {label}, version {version}, which entry {seq} of the ledger sealed, is missing"


def _digest(held: Statement) -> str | None:
    head = held.ledger_seq, held.ledger_hash
    try:
        return digest_of_statement(
            held.label, held.version, held.reason, held.catalogue, held.evidence, head, held.content
        )
    except TypeError:
        return None


async def _is_whole(tx: AsyncConnection, act: Import) -> bool:
    try:
        rows = await batch_rows(tx, act.batch)
    except (KeyError, ValueError):  # a state or a fault that there is not
        return False
    return len(rows) == act.rows and digest_of_rows(rows) == act.digest
