"""Changing the record behind its back, as somebody with full rights to the database could."""

from __future__ import annotations

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from ictss_monitor.catalogue.terms import Attribution, Fault
from ictss_monitor.ledger.acts import Attribute, Extent, Imported, Withdraw
from ictss_monitor.probe import Outcome
from ictss_monitor.store.engine import Store
from ictss_monitor.store.imports import add_import
from ictss_monitor.store.ledger import append
from ictss_monitor.store.sealed import Statement, add_statement

RECORD = ("ledger", "imported", "statement")


async def tamper(store: Store, *statements: str) -> None:
    """Run SQL on the store with the triggers out of the way that protect the record."""
    async with store.write() as tx:
        await _silence(tx)
        for statement in statements:
            await tx.exec_driver_sql(statement)  # as it stands: a colon in it is no parameter


async def _silence(tx: AsyncConnection) -> None:
    if tx.dialect.name == "postgresql":
        await tx.execute(text("SET LOCAL session_replication_role = replica"))
        return
    for table in RECORD:
        for change in ("edited", "deleted"):
            await tx.execute(text(f"DROP TRIGGER IF EXISTS {table}_is_never_{change}"))


async def keep_a_record(store: Store) -> tuple[Statement, str]:
    """Enter a history and an attribution, seal October, withdraw the attribution; return the statement and the batch.

    The entries are 1 import, 2 attribution, 3 seal, 4 withdrawal.
    """
    history = [
        Imported("website", "fenshire", 0, 1_000, Outcome.UP),
        Imported("website", "fenshire", 10, 20, Outcome.DOWN, Attribution(Fault.THIRD_PARTY, "BT"), "the line"),
    ]
    said = Attribute(Extent("website", "fenshire", 5_000_000, 6_000_000), Attribution(Fault.THIRD_PARTY, "BT"))
    async with store.write() as tx:
        batch, _ = await add_import(tx, history, at=1_000_000, who="ann", why="the old monitor")
        await append(tx, said, at=2_000_000, who="ann", why="BT said so", approver="bob")
        sealed = await add_statement(
            tx, label="2024-10", content="{}", catalogue="c", evidence="e", at=3_000_000, who="ann"
        )
        await append(tx, Withdraw(2), at=4_000_000, who="cy", why="it was our switch")
    return sealed, batch
