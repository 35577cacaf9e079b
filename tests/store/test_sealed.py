"""A statement is sealed together with its entry in the ledger, and never changes; a later one has a reason."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import text

from ictss_monitor.errors import StoreError, UsageError
from ictss_monitor.ledger.acts import Seal
from ictss_monitor.ledger.chain import GENESIS, digest_of_statement
from ictss_monitor.store import ledger
from ictss_monitor.store.engine import Store
from ictss_monitor.store.sealed import (
    Draft,
    Statement,
    add_statement,
    all_statements,
    draft_of,
    latest,
    put_draft,
    statements_of,
)

OCTOBER: dict[str, Any] = {
    "label": "2026-10",
    "content": '{"website":"999/1000"}',
    "catalogue": "c" * 64,
    "evidence": "e" * 64,
    "at": 50,
    "who": "ann",
}


async def seal(store: Store, **more: Any) -> Statement:
    """Seal October, or what `more` says."""
    async with store.write() as tx:
        return await add_statement(tx, **{**OCTOBER, **more})


async def test_a_statement_is_sealed_with_its_entry(store: Store) -> None:
    """It comes back as it was sealed; the entry names its digest, and it the head before that entry."""
    sealed = await seal(store, approver="bob")
    async with store.read() as tx:
        (entry,) = await ledger.entries(tx)
        assert await latest(tx, "2026-10") == sealed
        assert await latest(tx, "2026-11") is None
    assert entry.act == Seal("2026-10", 1, sealed.digest)
    assert (entry.at, entry.who, entry.approver, entry.why) == (50, "ann", "bob", "The figures of 2026-10")
    assert (sealed.version, sealed.reason, sealed.ledger_seq, sealed.ledger_hash) == (1, "", 0, GENESIS)
    assert sealed.digest == digest_of_statement(
        "2026-10", 1, "", "c" * 64, "e" * 64, (0, GENESIS), '{"website":"999/1000"}'
    )


async def test_a_revision_is_a_further_version_with_a_reason(store: Store) -> None:
    """The first stays as it was; the second says why it is there, and the ledger says so too."""
    first = await seal(store)
    second = await seal(store, content="{}", reason="BT's outage was ours", who="bob")
    async with store.read() as tx:
        assert await statements_of(tx, "2026-10") == (first, second)
        assert await latest(tx, "2026-10") == second
        assert (await ledger.entries(tx))[1].why == "BT's outage was ours"
        assert (second.version, second.ledger_seq) == (2, 1)
        other = (await ledger.entries(tx))[0]
    assert second.ledger_hash == other.hash


async def test_sealing_anew_without_a_reason_is_refused(store: Store) -> None:
    """Nothing is written, and the line says what is missing."""
    first = await seal(store)
    with pytest.raises(UsageError, match="2026-10 is sealed, as version 1: to seal it anew, give a reason"):
        await seal(store, reason=" ")
    async with store.read() as tx:
        assert await all_statements(tx) == (first,)
        assert len(await ledger.entries(tx)) == 1


async def test_the_one_who_seals_does_not_approve(store: Store) -> None:
    """A statement is refused as any entry of the ledger is."""
    with pytest.raises(UsageError, match="the approver must be another person"):
        await seal(store, approver="Ann")
    async with store.read() as tx:
        assert await all_statements(tx) == ()


async def test_statements_are_in_order_of_period_and_version(store: Store) -> None:
    """A tenth version comes after a ninth."""
    for number in range(11):
        await seal(store, reason=f"once more, {number}")
    await seal(store, label="2026-09")
    async with store.read() as tx:
        assert [(each.label, each.version) for each in await all_statements(tx)] == [
            ("2026-09", 1),
            *(("2026-10", version) for version in range(1, 12)),
        ]


async def test_a_draft_is_replaced_and_goes_when_its_period_is_sealed(store: Store) -> None:
    """There is one draft of a period at most, the last; another period's stays."""
    later = Draft("2026-10", 20, "c", "e", "{}")
    november = Draft("2026-11", 30, "c", "e", "{}")
    async with store.write() as tx:
        for draft in (Draft("2026-10", 10, "c0", "e0", "[]"), later, november):
            await put_draft(tx, draft)
        assert await draft_of(tx, "2026-10") == later
    await seal(store)
    async with store.read() as tx:
        assert await draft_of(tx, "2026-10") is None
        assert await draft_of(tx, "2026-11") == november


@pytest.mark.parametrize("change", ["UPDATE statement SET content = ''", "DELETE FROM statement"])
async def test_the_database_itself_refuses_to_change_a_statement(store: Store, change: str) -> None:
    """Whoever asks, and in whatever words."""
    await seal(store)
    with pytest.raises(StoreError, match="appended, never edited nor deleted"):
        async with store.write() as tx:
            await tx.execute(text(change))
