"""An audit finds every row of the record that was changed, removed or put there behind its back."""

from __future__ import annotations

import pytest
from support.tampering import keep_a_record, tamper

from ictss_monitor.ledger.chain import GENESIS
from ictss_monitor.store.audit import Audit, audit
from ictss_monitor.store.engine import Store
from ictss_monitor.store.ledger import head


async def faults(store: Store, noted: str | None = None) -> tuple[str, ...]:
    """Return what the audit finds."""
    async with store.read() as tx:
        return (await audit(tx, noted)).faults


async def test_a_record_that_nobody_touched_is_good(store: Store) -> None:
    """An empty one, and one with all there can be in it; the audit says how much it looked at."""
    async with store.read() as tx:
        assert await audit(tx) == Audit(0, GENESIS, 0, 0, ())
    await keep_a_record(store)
    async with store.read() as tx:
        assert await audit(tx) == Audit(4, (await head(tx))[1], 1, 1, ())


CHANGED = "entry 2 of the ledger was changed: its hash is not that of what it says"
OTHER_ROWS = "of entry 1 of the ledger: its rows were changed, removed or added to"


@pytest.mark.parametrize(
    "change",
    [
        "at = 7",
        "who = 'cy'",
        "why = 'another reason'",
        "approver = NULL",
        "approver = 'cy'",
        'act = \'{"act":"withdraw","entry":1}\'',
        "act = replace(act, 'BT', 'Capita')",
        "act = act || ' '",
        "act = 'nothing'",
        "act = '[]'",
        "hash = '0'",
    ],
)
async def test_a_changed_entry_is_found(store: Store, change: str) -> None:
    """Whichever of its fields, even where what it then says cannot be read."""
    await keep_a_record(store)
    await tamper(store, f"UPDATE ledger SET {change} WHERE seq = 2")
    assert CHANGED in await faults(store)


async def test_a_removed_entry_is_found(store: Store) -> None:
    """By its number, wherever it stood, and by what rested on it."""
    _, batch = await keep_a_record(store)
    await tamper(store, "DELETE FROM ledger WHERE seq = 1")
    assert await faults(store) == (
        "entry 1 of the ledger is missing",
        f"no entry of the ledger took in the rows of import {batch}",
    )
    await tamper(store, "DELETE FROM ledger WHERE seq = 2")
    assert (await faults(store))[0] == "entries 1 to 2 of the ledger are missing"


async def test_an_entry_that_was_put_there_is_found(store: Store) -> None:
    """Without the hash that it ought to have, at the end, where there is no gap."""
    await keep_a_record(store)
    forged = "'zoe', 'by right', NULL, '{\"act\":\"withdraw\",\"entry\":1}', 'p', 'h'"
    await tamper(store, f"INSERT INTO ledger VALUES (5, 9, {forged})")
    assert await faults(store) == (
        "entry 5 of the ledger does not follow from the one before: either was replaced by another",
        "entry 5 of the ledger was changed: its hash is not that of what it says",
    )


async def test_a_ledger_that_was_cut_shows_in_its_statements(store: Store) -> None:
    """The statement's own entry is gone, and further down what was the last entry before it."""
    await keep_a_record(store)
    await tamper(store, "DELETE FROM ledger WHERE seq >= 3")
    assert await faults(store) == (
        "statement 2024-10, version 1, is sealed by no entry of the ledger: "
        "that entry was removed, or the statement put there",
    )
    await tamper(store, "DELETE FROM ledger WHERE seq >= 2")
    assert (
        "statement 2024-10, version 1, was sealed after entry 2 of the ledger, which is gone or another one: "
        "the ledger was cut or written anew"
    ) in await faults(store)


async def test_a_head_that_was_noted_shows_a_cut_without_a_statement(store: Store) -> None:
    """What was cut after the last statement is only known to who noted the head."""
    await keep_a_record(store)
    async with store.read() as tx:
        _, noted = await head(tx)
    assert await faults(store, noted) == ()
    await tamper(store, "DELETE FROM ledger WHERE seq = 4")
    assert await faults(store) == ()
    assert await faults(store, noted) == (
        f"no entry of the ledger has the hash {noted}: it was cut or written anew since that was noted",
    )


@pytest.mark.parametrize(
    "change",
    [
        "reason = 'another'",
        "catalogue = 'c2'",
        "evidence = 'e2'",
        'content = \'{"website":"1/1"}\'',
        "digest = 'd'",
        "ledger_seq = 1",
        "ledger_hash = 'h'",
    ],
)
async def test_a_changed_statement_is_found(store: Store, change: str) -> None:
    """Whichever of its columns the digest covers."""
    await keep_a_record(store)
    await tamper(store, f"UPDATE statement SET {change}")
    assert "statement 2024-10, version 1, was changed: its digest is not that of what it says" in await faults(store)


async def test_a_statement_changed_with_its_digest_is_not_the_one_sealed(store: Store) -> None:
    """The ledger holds the digest of what was sealed."""
    sealed, _ = await keep_a_record(store)
    await tamper(store, f"UPDATE ledger SET act = replace(act, '{sealed.digest}', 'd') WHERE seq = 3")
    assert "statement 2024-10, version 1, is not the one that entry 3 of the ledger sealed" in await faults(store)


@pytest.mark.parametrize("change", ["sealed_at = 5", "who = 'zoe'", "approver = 'zoe'"])
async def test_who_sealed_a_statement_and_when_is_held_against_the_ledger(store: Store, change: str) -> None:
    """These are not in its digest, but in its entry."""
    await keep_a_record(store)
    await tamper(store, f"UPDATE statement SET {change}")
    assert await faults(store) == (
        "statement 2024-10, version 1, does not say who sealed it and when as entry 3 of the ledger does",
    )


async def test_a_removed_and_a_renamed_statement_are_found(store: Store) -> None:
    """The entry that sealed it has none any more."""
    await keep_a_record(store)
    missing = "statement 2024-10, version 1, which entry 3 of the ledger sealed, is missing"
    await tamper(store, "UPDATE statement SET version = 2")
    assert missing in await faults(store)
    await tamper(store, "DELETE FROM statement")
    assert await faults(store) == (missing,)


@pytest.mark.parametrize(
    "change",
    [
        "UPDATE imported SET until = 19 WHERE state = 'down'",
        "UPDATE imported SET note = '' WHERE state = 'down'",
        "UPDATE imported SET fault = 'own', supplier = NULL WHERE state = 'down'",
        "UPDATE imported SET fault = 'whoever' WHERE state = 'down'",
        "DELETE FROM imported WHERE state = 'down'",
        "DELETE FROM imported",
        "INSERT INTO imported SELECT batch, 9, service, 'wolds', since, until, state, fault, supplier, note "
        "FROM imported WHERE state = 'up'",
    ],
)
async def test_changed_rows_of_an_import_are_found(store: Store, change: str) -> None:
    """One that was changed, one too few or too many."""
    _, batch = await keep_a_record(store)
    await tamper(store, change)
    assert await faults(store) == (f"import {batch}, {OTHER_ROWS}",)


async def test_rows_without_an_entry_are_found(store: Store) -> None:
    """They hold for nothing, but somebody put them there."""
    _, batch = await keep_a_record(store)
    await tamper(store, "UPDATE imported SET batch = 'mine'")
    assert await faults(store) == (
        f"import {batch}, {OTHER_ROWS}",
        "no entry of the ledger took in the rows of import mine",
    )


@pytest.mark.parametrize("database", ["sqlite"])
async def test_a_value_of_another_kind_is_a_fault_not_an_error(store: Store) -> None:
    """SQLite keeps a number with a fraction where an instant stood; PostgreSQL refuses it by itself."""
    await keep_a_record(store)
    await tamper(store, "UPDATE ledger SET at = 2.5 WHERE seq = 2", "UPDATE statement SET content = x'00'")
    found = await faults(store)
    assert CHANGED in found
    assert "statement 2024-10, version 1, was changed: its digest is not that of what it says" in found
