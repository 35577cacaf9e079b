"""Sealed statements, which never change, and the drafts of those to come."""

from __future__ import annotations

from dataclasses import astuple, dataclass

from sqlalchemy import delete, func, insert, select
from sqlalchemy.ext.asyncio import AsyncConnection

from ictss_monitor.clock import Instant
from ictss_monitor.errors import UsageError
from ictss_monitor.ledger.acts import Seal
from ictss_monitor.ledger.chain import digest_of_statement
from ictss_monitor.store import ledger
from ictss_monitor.store.statements import insert_or_update
from ictss_monitor.store.tables import statement, statement_draft
from ictss_monitor.store.wording import storable


@dataclass(frozen=True, slots=True)
class Statement:
    """One version of the figures of the period called `label`, sealed.

    `catalogue` and `evidence` are the digests of what it was made from; `ledger_seq` and `ledger_hash` the last entry
    of the ledger before the one that seals it. `content` is canonical JSON, `digest` that of all this.
    """

    label: str
    version: int
    sealed_at: Instant
    who: str
    approver: str | None
    reason: str
    """Why there is a further version; may be empty for the first."""
    catalogue: str
    evidence: str
    ledger_seq: int
    ledger_hash: str
    content: str
    digest: str


@dataclass(frozen=True, slots=True)
class Draft:
    """What would be sealed for the period called `label`, as of `made_at`."""

    label: str
    made_at: Instant
    catalogue: str
    evidence: str
    content: str


async def add_statement(
    tx: AsyncConnection,
    *,
    label: str,
    content: str,
    catalogue: str,
    evidence: str,
    at: Instant,
    who: str,
    reason: str = "",
    approver: str | None = None,
) -> Statement:
    """Seal the next version of a statement: append it together with the entry of the ledger that says so.

    The draft of the period goes. Raises UsageError, and then nothing is written, for a further version without a
    reason, or without a name.
    """
    reason = storable(reason).strip()
    await ledger.take_turn(tx)
    before = await latest(tx, label)
    version = 1 if before is None else before.version + 1
    if before is not None and not reason:
        raise UsageError(f"{label} is sealed, as version {before.version}: to seal it anew, give a reason")
    head = await ledger.head(tx)
    digest = digest_of_statement(label, version, reason, catalogue, evidence, head, content)
    why = reason or f"The figures of {label}"
    entry = await ledger.append(tx, Seal(label, version, digest), at=at, who=who, why=why, approver=approver)
    sealed = Statement(
        label, version, at, entry.who, entry.approver, reason, catalogue, evidence, *head, content, digest
    )
    await tx.execute(insert(statement), dict(zip(statement.columns.keys(), astuple(sealed), strict=True)))
    await tx.execute(delete(statement_draft).where(statement_draft.c.label == label))
    return sealed


def digest_of(held: Statement) -> str:
    """Return the digest that a statement ought to have."""
    head = held.ledger_seq, held.ledger_hash
    return digest_of_statement(held.label, held.version, held.reason, held.catalogue, held.evidence, head, held.content)


async def statements_of(tx: AsyncConnection, label: str) -> tuple[Statement, ...]:
    """Return all versions of the statement on a period, in order."""
    found = await tx.execute(select(statement).where(statement.c.label == label).order_by(statement.c.version))
    return tuple([Statement(*row) for row in found])


async def latest(tx: AsyncConnection, label: str) -> Statement | None:
    """Return the last version of the statement on a period; None where it is not sealed."""
    versions = select(statement).where(statement.c.label == label).order_by(statement.c.version.desc()).limit(1)
    row = (await tx.execute(versions)).one_or_none()
    return None if row is None else Statement(*row)


async def all_statements(tx: AsyncConnection) -> tuple[Statement, ...]:
    """Return every statement there is, in order of period and version."""
    found = await tx.execute(select(statement).order_by(statement.c.label, statement.c.version))
    return tuple([Statement(*row) for row in found])


async def sealed_versions(tx: AsyncConnection) -> dict[str, int]:
    """Return by label the last version of every period that is sealed."""
    newest = select(statement.c.label, func.max(statement.c.version)).group_by(statement.c.label)
    found = await tx.execute(newest.order_by(statement.c.label))
    return {row.label: row[1] for row in found}


async def put_draft(tx: AsyncConnection, draft: Draft) -> None:
    """Keep a draft; it replaces the one before of its period."""
    await tx.execute(
        insert_or_update(tx, statement_draft), dict(zip(statement_draft.columns.keys(), astuple(draft), strict=True))
    )


async def draft_of(tx: AsyncConnection, label: str) -> Draft | None:
    """Return the draft of the statement on a period; None where there is none."""
    row = (await tx.execute(select(statement_draft).where(statement_draft.c.label == label))).one_or_none()
    return None if row is None else Draft(*row)


async def all_drafts(tx: AsyncConnection) -> tuple[Draft, ...]:
    """Return every draft there is, in order of the period."""
    found = await tx.execute(select(statement_draft).order_by(statement_draft.c.label))
    return tuple([Draft(*row) for row in found])
