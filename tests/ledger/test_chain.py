"""The chain of the ledger shows every entry that was changed, removed, inserted or moved."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.ledger_cases import BT, EXTENT, PATCHES, acts, chained, rows

from ictss_monitor.ledger.acts import (
    Act,
    Attribute,
    Declare,
    EndWindow,
    EnterWindow,
    Entry,
    Import,
    Imported,
    Move,
    Seal,
    Withdraw,
)
from ictss_monitor.ledger.chain import digest_of, digest_of_rows, verify
from ictss_monitor.probe import Outcome

LEDGER = chained([Attribute(EXTENT, BT), Withdraw(1), Withdraw(2), Seal("2026-10", 1, "d")])


def rehashed(entry: Entry) -> Entry:
    """Return the entry with the hash that fits what it says."""
    said = (entry.seq, entry.at, entry.who, entry.why, entry.approver, entry.act, entry.previous)
    return replace(entry, hash=digest_of(*said))


@given(held=st.lists(acts, max_size=6))
def test_a_whole_chain_has_no_fault(held: list[Act]) -> None:
    """What was appended entry by entry is good, whatever it says."""
    assert verify(chained(held)) == ()


@pytest.mark.parametrize(
    "change",
    [
        {"at": 7},
        {"who": "bob"},
        {"why": ""},
        {"approver": "bob"},
        {"act": Withdraw(3)},
        {"hash": "f" * 64},
    ],
)
def test_any_field_that_was_changed_shows(change: dict[str, object]) -> None:
    """The hash covers every field of an entry."""
    entries = list(LEDGER)
    entries[1] = replace(entries[1], **change)  # type: ignore[arg-type]
    assert "entry 2 of the ledger was changed: its hash is not that of what it says" in verify(entries)


def test_an_entry_changed_with_its_hash_shows_in_the_next() -> None:
    """To hide a change one would have to write every later entry anew."""
    entries = list(LEDGER)
    entries[1] = rehashed(replace(entries[1], why="another reason"))
    assert verify(entries) == (
        "entry 3 of the ledger does not follow from the one before: either was replaced by another",
    )


def test_entries_that_were_removed_are_named() -> None:
    """A gap is told by its numbers, at the beginning and in the middle."""
    assert verify(LEDGER[:1] + LEDGER[2:]) == ("entry 2 of the ledger is missing",)
    assert verify(LEDGER[3:]) == ("entries 1 to 3 of the ledger are missing",)


def test_entries_renumbered_over_a_gap_show() -> None:
    """To close the gap by new numbers and hashes does not help: the chain behind is another one."""
    moved = rehashed(replace(LEDGER[2], seq=2))
    assert verify((LEDGER[0], moved)) == (
        "entry 2 of the ledger does not follow from the one before: either was replaced by another",
    )


def test_entries_out_of_order_or_twice_are_named() -> None:
    """A file of evidence may hold what a database cannot."""
    assert verify((LEDGER[0], LEDGER[0])) == ("entry 1 of the ledger stands out of order, or twice",)
    assert verify((rehashed(replace(LEDGER[0], seq=0)),)) == ("entry 0 of the ledger stands out of order, or twice",)


def test_hashes_never_change() -> None:
    """Entries made by the first version of this program are good for ever: these are hashes of it."""
    held = chained(
        [
            Attribute(EXTENT, BT),
            Declare(EXTENT, Outcome.UP),
            Move(EXTENT, replace(EXTENT, since=1_100), Outcome.DEGRADED),
            EnterWindow(PATCHES, notice=-5),
            EndWindow("patches", 3_000),
            Withdraw(2),
            Import("b" * 16, "d" * 64, 3, 10, 20),
            Seal("2026-10", 1, "d" * 64),
        ],
        approver="bob",
    )
    assert held[-1].hash == "3cf9ba65b95d41c19a2b81cb76851fc7f26b63b29205fdf014714b4be5a79e6c"


@given(held=st.lists(rows, max_size=5), seed=st.randoms(use_true_random=False))
def test_the_digest_of_an_import_is_that_of_its_rows(held: list[Imported], seed: object) -> None:
    """The order of the rows does not matter, any of their fields does."""
    shuffled = list(held)
    seed.shuffle(shuffled)  # type: ignore[attr-defined]
    assert digest_of_rows(shuffled) == digest_of_rows(held)
    if held:
        assert digest_of_rows([replace(held[0], note=held[0].note + "!"), *held[1:]]) != digest_of_rows(held)
        assert digest_of_rows(held[1:]) != digest_of_rows(held)
