"""The ledger takes entries one after the other, refuses what makes no sense, and never loses or changes one."""

from __future__ import annotations

import asyncio
from dataclasses import replace

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import text
from support.ledger_cases import BT, EXTENT, PATCHES, acts

from ictss_monitor.errors import StoreError, UsageError
from ictss_monitor.ledger.acts import Act, Attribute, Declare, EndWindow, EnterWindow, Import, Move, Seal, Withdraw
from ictss_monitor.ledger.chain import GENESIS, verify
from ictss_monitor.ledger.codec import act_from_json, act_to_json
from ictss_monitor.probe import Outcome
from ictss_monitor.store import ledger
from ictss_monitor.store.engine import Store, open_store
from ictss_monitor.store.wording import storable_data

SAID = Attribute(EXTENT, BT)


async def enter(store: Store, *said: Act, **more: object) -> None:
    """Append these acts, each in a transaction of its own."""
    for act in said:
        async with store.write() as tx:
            await ledger.append(tx, act, **{"at": 5_000, "who": "ann", "why": "because", **more})  # type: ignore[arg-type]


async def refusal(store: Store, act: Act, **more: object) -> str:
    """Return what is said when `act` is refused, having seen that nothing was written."""
    async with store.read() as tx:
        before = await ledger.entries(tx)
    with pytest.raises(UsageError) as refused:
        await enter(store, act, **more)
    async with store.read() as tx:
        assert await ledger.entries(tx) == before
    assert "\n" not in str(refused.value)
    return str(refused.value)


async def test_entries_are_numbered_and_chained(store: Store) -> None:
    """Each comes back as it went in, names the one before, and the last is the head."""
    async with store.write() as tx:
        assert await ledger.head(tx) == (0, GENESIS)
        first = await ledger.append(tx, SAID, at=10, who=" ann ", why="BT said so", approver="bob")
        second = await ledger.append(tx, Withdraw(1), at=20, who="bob", why="they took it back")
    assert (first.seq, first.who, first.approver, first.previous) == (1, "ann", "bob", GENESIS)
    assert (second.seq, second.previous) == (2, first.hash)
    async with store.read() as tx:
        assert await ledger.entries(tx) == (first, second)
        assert await ledger.entries(tx, since=1) == (second,)
        assert await ledger.head(tx) == (2, second.hash)
    assert verify((first, second)) == ()


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None, max_examples=40)
@given(act=acts, who=st.text(min_size=1), why=st.text(min_size=1))
async def test_whatever_is_entered_is_held_exactly(store: Store, act: Act, who: str, why: str) -> None:
    """Both databases give every entry back as it was accepted, and its hash fits; a NUL is held as a question."""
    async with store.write() as tx:
        try:
            entry = await ledger.append(tx, act, at=2**61, who=who, why=why)
        except UsageError:
            return
        assert (await ledger.entries(tx))[-1] == entry
        assert entry.act == act_from_json(storable_data(act_to_json(act)))
        assert verify(await ledger.entries(tx)) == ()


async def test_several_acts_are_entered_together_or_not_at_all(store: Store) -> None:
    """Each is checked against those before it, and one that makes no sense keeps all of them out."""
    people = {"at": 5, "who": "ann", "why": "patch day"}
    other = EnterWindow(replace(PATCHES, id="other"))
    async with store.write() as tx:
        made = await ledger.append_all(tx, [EnterWindow(PATCHES), other, Withdraw(1)], **people)  # type: ignore[arg-type]
        assert await ledger.append_all(tx, [], **people) == ()  # type: ignore[arg-type]
        with pytest.raises(UsageError, match="there is a maintenance window 'other' already"):
            await ledger.append_all(tx, [EnterWindow(PATCHES), other], **people)  # type: ignore[arg-type]
    async with store.read() as tx:
        assert await ledger.entries(tx) == made
    assert verify(made) == ()
    assert [entry.seq for entry in made] == [1, 2, 3]


async def test_an_entry_needs_a_name_and_a_reason(store: Store) -> None:
    """Nobody changes a figure namelessly, or without saying why."""
    assert "say who enters it" in await refusal(store, SAID, who=" ")
    assert "say why" in await refusal(store, SAID, why="\t")


@pytest.mark.parametrize("approver", ["ann", " ANN ", ""])
async def test_the_approver_is_another_person(store: Store, approver: str) -> None:
    """Neither oneself written otherwise, nor nobody."""
    assert "approver" in await refusal(store, SAID, approver=approver)


@pytest.mark.parametrize(
    ("act", "told"),
    [
        (Attribute(replace(EXTENT, until=1_000), BT), "the stretch of mail for fenshire must end after it begins"),
        (Declare(replace(EXTENT, until=0), Outcome.DOWN), "must end after it begins"),
        (Move(replace(EXTENT, until=0), EXTENT, Outcome.DOWN), "must end after it begins"),
        (Move(EXTENT, replace(EXTENT, until=0), Outcome.DOWN), "must end after it begins"),
        (Move(EXTENT, replace(EXTENT, council="wolds"), Outcome.DOWN), "cannot be moved to another service or council"),
        (Move(EXTENT, EXTENT, Outcome.UP), "an outage is down or degraded, not up"),
        (EnterWindow(replace(PATCHES, end=PATCHES.begin)), "window 'patches' must end after it begins"),
        (EnterWindow(PATCHES, notice=5_001), "notice of the maintenance window 'patches'"),
        (EndWindow("patchs", 7), "unknown maintenance window 'patchs': did you mean 'patches'?"),
        (Withdraw(1), "the ledger has no entry 1"),
        (Import("b", "d", 1, 5, 5), "import b ends before it begins"),
    ],
)
async def test_what_makes_no_sense_is_refused(store: Store, act: Act, told: str) -> None:
    """One line says what is wrong, and nothing is written."""
    assert told in await refusal(store, act, catalogue_windows={"patches"} if isinstance(act, EndWindow) else ())


async def test_what_is_withdrawn_is_there_and_in_force(store: Store) -> None:
    """An entry is withdrawn once, unless its withdrawal is; a sealed statement stays."""
    await enter(store, SAID, Withdraw(1), Seal("2026-10", 1, "d"))
    assert await refusal(store, Withdraw(1)) == "entry 1 is withdrawn already"
    assert "entry 3 sealed a statement, and that stays" in await refusal(store, Withdraw(3))
    await enter(store, Withdraw(2), Withdraw(1))
    assert await refusal(store, Withdraw(2)) == "entry 2 is withdrawn already"


async def test_an_id_is_of_one_window(store: Store) -> None:
    """Neither a window of the catalogue nor one in force, ended or not, lends its id; a withdrawn one does."""
    entered = EnterWindow(PATCHES)
    assert "choose another id" in await refusal(store, entered, catalogue_windows={"patches"})
    await enter(store, entered, EndWindow("patches", 10))
    assert "there is a maintenance window 'patches' already" in await refusal(store, entered)
    await enter(store, Withdraw(1))
    assert "unknown maintenance window" in await refusal(store, EndWindow("patches", 5))
    await enter(store, entered)
    assert "another maintenance window 'patches' by now" in await refusal(store, Withdraw(3))


async def test_a_window_of_the_catalogue_can_be_ended(store: Store) -> None:
    """The ledger ends what the catalogue announces, if it is told of it."""
    await enter(store, EndWindow("sundays", 5), catalogue_windows={"sundays"})
    assert "unknown maintenance window 'sundays'" in await refusal(store, EndWindow("sundays", 5))


async def test_a_withdrawn_import_comes_back_by_its_file(store: Store) -> None:
    """What was imported meanwhile is only looked at when the file is imported again."""
    await enter(store, Import("b", "d", 1, 0, 5), Withdraw(1))
    assert "import the same file again instead" in await refusal(store, Withdraw(2))


async def test_two_who_append_at_once_come_one_after_the_other(store_url: str) -> None:
    """Two processes never make two entries that name the same one before."""

    async def append_some(who: str) -> None:
        async with open_store(store_url) as store:
            for _ in range(5):
                await enter(store, SAID, who=who)

    async with asyncio.TaskGroup() as tasks:
        for who in ("ann", "bob", "cy"):
            tasks.create_task(append_some(who))
    async with open_store(store_url) as store, store.read() as tx:
        held = await ledger.entries(tx)
    assert [entry.seq for entry in held] == list(range(1, 16))
    assert verify(held) == ()


@pytest.mark.parametrize("change", ["UPDATE ledger SET why = 'another'", "DELETE FROM ledger"])
async def test_the_database_itself_refuses_to_change_the_ledger(store: Store, change: str) -> None:
    """Whoever asks, and in whatever words."""
    await enter(store, SAID)
    with pytest.raises(StoreError, match="appended, never edited nor deleted"):
        async with store.write() as tx:
            await tx.execute(text(change))


@pytest.mark.parametrize("database", [pytest.param("postgresql", marks=pytest.mark.postgres)])
async def test_postgresql_refuses_to_empty_the_ledger(store: Store) -> None:
    """TRUNCATE asks no row; SQLite has no such word."""
    await enter(store, SAID)
    with pytest.raises(StoreError, match="appended, never edited nor deleted"):
        async with store.write() as tx:
            await tx.execute(text("TRUNCATE ledger"))


async def test_an_entry_that_cannot_be_read_is_told(store: Store) -> None:
    """No figure rests on a ledger of which a part is not understood."""
    async with store.write() as tx:
        await tx.execute(text("INSERT INTO ledger VALUES (1, 2, 'ann', 'why', NULL, '{\"act\":\"forge\"}', 'p', 'h')"))
    with pytest.raises(StoreError, match=r"entry 1 of the ledger cannot be read.*audit verify"):
        async with store.read() as tx:
            await ledger.entries(tx)
