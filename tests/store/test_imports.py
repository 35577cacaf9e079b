"""Imported histories are taken in whole or not at all, once, and hold until they are withdrawn."""

from __future__ import annotations

from dataclasses import replace
from random import Random

import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st
from sqlalchemy import text
from support.ledger_cases import BT

from ictss_monitor.clock import DAY
from ictss_monitor.errors import StoreError, UsageError
from ictss_monitor.ledger.acts import Import, Imported, Withdraw
from ictss_monitor.ledger.chain import digest_of_rows
from ictss_monitor.ledger.standing import in_force
from ictss_monitor.probe import Outcome
from ictss_monitor.store import ledger
from ictss_monitor.store.engine import Store
from ictss_monitor.store.imports import add_import, batch_rows, imported_rows, overlapping
from ictss_monitor.store.tables import IMPORTED_LONG

SPAN = Imported("mail", "fenshire", 100, 200, Outcome.UP)
DOWN = Imported("mail", "fenshire", 120, 130, Outcome.DOWN, BT, "the line")
SLOW = Imported("mail", "fenshire", 130, 140, Outcome.DEGRADED)
BLIND = Imported("mail", "fenshire", 190, 200, Outcome.UNKNOWN)
HISTORY = [SPAN, DOWN, SLOW, BLIND]


async def take_in(store: Store, rows: list[Imported]) -> tuple[str, bool]:
    """Import a history."""
    async with store.write() as tx:
        return await add_import(tx, rows, at=9, who="ann", why="what we had before")


async def withdraw(store: Store, entry: int) -> None:
    """Withdraw an entry of the ledger."""
    async with store.write() as tx:
        await ledger.append(tx, Withdraw(entry), at=10, who="ann", why="a mistake")


async def held(store: Store, start: int = 0, end: int = 1_000) -> list[Imported]:
    """Return the rows in force over a stretch."""
    async with store.read() as tx:
        return await imported_rows(tx, start, end)


async def refusal(store: Store, rows: list[Imported]) -> str:
    """Return what is said when a history is refused, having seen that nothing was written."""
    async with store.read() as tx:
        before = await ledger.entries(tx), await imported_rows(tx, -(2**60), 2**60)
    with pytest.raises(UsageError) as refused:
        await take_in(store, rows)
    async with store.read() as tx:
        assert (await ledger.entries(tx), await imported_rows(tx, -(2**60), 2**60)) == before
    assert "\n" not in str(refused.value)
    return str(refused.value)


async def test_a_history_comes_back_with_its_entry(store: Store) -> None:
    """The rows hold, and the ledger says who took in how many, over which time, with which digest."""
    batch, changed = await take_in(store, HISTORY)
    assert changed
    assert await held(store) == HISTORY
    async with store.read() as tx:
        (entry,) = await ledger.entries(tx)
        assert sorted(await batch_rows(tx, batch), key=lambda row: row.since) == HISTORY
    digest = digest_of_rows(HISTORY)
    assert entry.act == Import(digest[:16], digest, 4, 100, 200)
    assert (entry.who, entry.why, batch) == ("ann", "what we had before", digest[:16])


async def test_rows_of_a_stretch_are_those_that_lie_in_it(store: Store) -> None:
    """Half-open: a row that ends where the stretch begins, or begins where it ends, is not in it."""
    await take_in(store, HISTORY)
    assert await held(store, 130, 190) == [SPAN, SLOW]
    assert await held(store, 129, 130) == [SPAN, DOWN]
    assert await held(store, 200, 300) == []


_month = 31 * DAY
_edges = st.sampled_from([-_month - 1, -_month, -_month + 1, -1, 0, 1, DAY, _month - 1, _month, _month + 1])


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None, max_examples=40)
@given(edges=st.lists(st.tuples(_edges, _edges), min_size=1, max_size=6), start=_edges, length=st.integers(1, _month))
async def test_rows_of_any_length_are_found(
    store: Store, edges: list[tuple[int, int]], start: int, length: int
) -> None:
    """Rows of a second and of years, found by different ways, are those that the definition says."""
    rows = [Imported(f"s{n}", "fenshire", *sorted(pair), Outcome.UP) for n, pair in enumerate(edges)]
    rows = [row for row in rows if row.since < row.until]
    assume(rows)
    async with store.write() as tx:
        for entry in in_force(await ledger.entries(tx)):
            if isinstance(entry.act, Import):
                await ledger.append(tx, Withdraw(entry.seq), at=1, who="ann", why="anew")
        await add_import(tx, rows, at=1, who="ann", why="first")
        found = await imported_rows(tx, start, start + length)
    lying_in_it = [row for row in rows if row.since < start + length and row.until > start]
    assert found == sorted(lying_in_it, key=lambda row: (row.since, row.service))


@pytest.mark.parametrize("database", ["sqlite"])
async def test_reading_a_stretch_does_not_scan_the_table(store: Store) -> None:
    """Rows come by where they begin, long ones from an index of their own: years of imports cost nothing."""
    held = "SELECT * FROM imported WHERE since < 9 AND until > 5 AND "
    plans = []
    async with store.read() as tx:
        for condition in (IMPORTED_LONG, f"until - since <= {_month} AND since > 1"):
            plans += [row[-1] for row in await tx.exec_driver_sql(f"EXPLAIN QUERY PLAN {held}{condition}")]
    assert plans == [
        "SEARCH imported USING INDEX ix_imported_long (since<?)",
        "SEARCH imported USING INDEX ix_imported_since (since>? AND since<?)",
    ]


def test_long_is_the_same_in_both_languages() -> None:
    """The condition of the index, in SQL, and the length that the program reckons with."""
    assert f"until - since > {_month}" == IMPORTED_LONG


async def test_the_same_history_again_changes_nothing(store: Store) -> None:
    """In whatever order its rows come, it is told from another one by its digest."""
    first = await take_in(store, HISTORY)
    assert await take_in(store, HISTORY[::-1]) == (first[0], False)
    assert await held(store) == HISTORY
    async with store.read() as tx:
        assert len(await ledger.entries(tx)) == 1


async def test_a_withdrawn_history_does_not_hold_and_can_be_taken_in_again(store: Store) -> None:
    """Its rows stay, as evidence of what was once said; the second time has an entry of its own."""
    await take_in(store, HISTORY)
    await withdraw(store, 1)
    assert await held(store) == []
    batch, changed = await take_in(store, HISTORY)
    assert changed
    assert await held(store) == HISTORY
    async with store.read() as tx:
        assert [type(entry.act) for entry in await ledger.entries(tx)] == [Import, Withdraw, Import]
        assert len(await batch_rows(tx, batch)) == 4


@pytest.mark.parametrize(
    ("rows", "told"),
    [
        ([], "the import has no rows"),
        ([replace(SPAN, until=100)], "must end after it begins"),
        ([SPAN, replace(DOWN, until=201)], "lies outside the spans that it covers there"),
        ([SPAN, replace(DOWN, since=99)], "lies outside the spans that it covers there"),
        ([SPAN, replace(DOWN, council="wolds")], "mail for wolds down from 1970-01-01T00:00:00.000120Z"),
        ([SPAN, replace(SPAN, since=210, until=220), replace(DOWN, since=200, until=210)], "lies outside the spans"),
        ([SPAN, DOWN, replace(SLOW, since=129)], "they must not overlap"),
        ([SPAN, DOWN, replace(BLIND, since=110, until=121)], "they must not overlap"),
    ],
)
async def test_rows_that_do_not_go_together_are_refused(store: Store, rows: list[Imported], told: str) -> None:
    """One line says which row of the history is wrong, and nothing of it is taken in."""
    assert told in await refusal(store, rows)


async def test_a_row_may_reach_over_spans_that_touch(store: Store) -> None:
    """What two files covered in turn is covered without a gap."""
    rows = [SPAN, replace(SPAN, since=200, until=300), replace(DOWN, since=195, until=205)]
    assert (await take_in(store, rows))[1]


async def test_two_histories_do_not_cover_the_same_time(store: Store) -> None:
    """The import that is there is named with its entry and its span; beside it, or of others, is welcome."""
    batch, _ = await take_in(store, HISTORY)
    after = [replace(SPAN, since=200, until=300)]
    other = [replace(SPAN, council="wolds")]
    late = [replace(SPAN, since=199, until=210)]
    for rows in (after, other):
        async with store.read() as tx:
            assert await overlapping(tx, rows) == []
        assert (await take_in(store, rows))[1]
    async with store.read() as tx:
        assert await overlapping(tx, late) == [SPAN, after[0]]
        assert await overlapping(tx, HISTORY) == []
        assert await overlapping(tx, []) == []
    told = await refusal(store, late)
    assert f"import {batch} (entry 1 of the ledger) has mail for fenshire up from" in told
    await withdraw(store, 1)
    await withdraw(store, 2)
    assert (await take_in(store, late))[1]


_small = st.integers(0, 12)
_spans = st.lists(
    st.builds(
        lambda council, since, length: Imported("mail", council, since, since + length, Outcome.UP),
        st.sampled_from(["fenshire", "wolds"]),
        _small,
        st.integers(1, 4),
    ),
    min_size=1,
    max_size=4,
)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None, max_examples=40)
@given(first=_spans, second=_spans)
async def test_what_overlaps_is_what_shares_a_tick(store: Store, first: list[Imported], second: list[Imported]) -> None:
    """Whatever two histories cover, the spans found are those that share a tick with the other."""

    def ticks(row: Imported) -> set[tuple[str, int]]:
        return {(row.council, tick) for tick in range(row.since, row.until)}

    theirs = set().union(*map(ticks, second))
    async with store.write() as tx:
        for entry in in_force(await ledger.entries(tx)):
            if isinstance(entry.act, Import):
                await ledger.append(tx, Withdraw(entry.seq), at=1, who="ann", why="anew")
        await add_import(tx, first, at=1, who="ann", why="first")
        found = await overlapping(tx, second)
    if digest_of_rows(first) == digest_of_rows(second):
        assert found == []
    else:
        assert sorted(map(repr, found)) == sorted(repr(row) for row in first if ticks(row) & theirs)


async def test_a_hundred_thousand_rows_come_in_at_once(store: Store) -> None:
    """Ten years of a large estate's outages are one import."""
    span = Imported("mail", "fenshire", 0, 10**9, Outcome.UP)
    rows = [Imported("mail", "fenshire", 10 * n, 10 * n + 5, Outcome.DOWN) for n in range(100_000)]
    Random(4).shuffle(rows)
    await take_in(store, [span, *rows])
    assert len(await held(store, 0, 10**9)) == 100_001
    assert await held(store, 500_001, 500_012) == [span, *sorted(rows, key=lambda row: row.since)[50_000:50_002]]


async def test_what_a_database_refuses_is_replaced(store: Store) -> None:
    """A NUL or half a surrogate pair does not keep a history out, and its digest is that of what is held."""
    rows = [SPAN, replace(DOWN, note="a\0b\ud800", attribution=replace(BT, supplier="B\0T"))]
    assert (await take_in(store, rows))[1]
    assert not (await take_in(store, rows))[1]
    assert (await held(store))[1].note == "a\N{REPLACEMENT CHARACTER}b?"


@pytest.mark.parametrize("change", ["UPDATE imported SET note = ''", "DELETE FROM imported"])
async def test_the_database_itself_refuses_to_change_a_history(store: Store, change: str) -> None:
    """Whoever asks, and in whatever words."""
    await take_in(store, HISTORY)
    with pytest.raises(StoreError, match="appended, never edited nor deleted"):
        async with store.write() as tx:
            await tx.execute(text(change))
