"""A batch is one transaction, and may be written again."""

from __future__ import annotations

from dataclasses import replace

import pytest
from support.records import OPEN_OUTAGE, observed, outage_of, run_of

from ictss_monitor.judging.changes import Changes
from ictss_monitor.probe import Outcome
from ictss_monitor.store.commit import write_batch
from ictss_monitor.store.engine import Store
from ictss_monitor.store.evidence import observations_around, open_runs, runs_for
from ictss_monitor.store.heartbeat import Heartbeat, heartbeats
from ictss_monitor.store.outages import outages_between

EVER = (-(2**62), 2**62)

BATCH = Changes(
    closed_runs=[run_of("fw", 0, 90), run_of("old", 0, 50)],
    open_runs=[run_of("fw", 100, 140, Outcome.DOWN), run_of("new", 0, 140)],
    edges=[observed("fw", 90), observed("fw", 100)],
    outages=[OPEN_OUTAGE],
)


async def write(store: Store, *batches: Changes) -> None:
    """Write each batch in a transaction of its own."""
    for batch in batches:
        async with store.write() as tx:
            await write_batch(tx, batch, vantage="local", watermark=141, now=150)


async def held(store: Store) -> list[object]:
    """Return all that a batch can touch, as the store has it."""
    async with store.read() as tx:
        return [
            await runs_for(tx, [("fw", 3), ("old", 3), ("new", 3)], "local", *EVER),
            await open_runs(tx, "local"),
            await observations_around(tx, "fw", "local", *EVER),
            await outages_between(tx, *EVER),
            await heartbeats(tx),
        ]


async def test_everything_of_a_batch_comes_back_as_it_was(store: Store) -> None:
    """Runs, observations, outages and the heartbeat are read as the objects that were written."""
    await write(store, BATCH)

    assert await held(store) == [
        {
            "fw": [run_of("fw", 0, 90), run_of("fw", 100, 140, Outcome.DOWN)],
            "old": [run_of("old", 0, 50)],
            "new": [run_of("new", 0, 140)],
        },
        {"fw": run_of("fw", 100, 140, Outcome.DOWN), "new": run_of("new", 0, 140)},
        [observed("fw", 90), observed("fw", 100)],
        [OPEN_OUTAGE],
        {"local": Heartbeat("local", 141, 150)},
    ]


async def test_a_batch_written_twice_is_as_one(store: Store) -> None:
    """After a commit whose outcome is in doubt the same batch is written again, and nothing is there twice."""
    await write(store, BATCH)
    once = await held(store)
    await write(store, BATCH)

    assert await held(store) == once


async def test_a_closed_run_gives_its_place_to_its_successor(store: Store) -> None:
    """Closing a run and beginning the next is one step: no moment has both open, or neither."""
    await write(store, Changes(open_runs=[run_of("fw", 0, 80)]))
    await write(
        store, Changes(closed_runs=[run_of("fw", 0, 90)], open_runs=[run_of("fw", 100, 100, Outcome.DOWN, count=1)])
    )

    async with store.read() as tx:
        assert await open_runs(tx, "local") == {"fw": run_of("fw", 100, 100, Outcome.DOWN, count=1)}
        assert await runs_for(tx, [("fw", 3)], "local", *EVER) == {
            "fw": [run_of("fw", 0, 90), run_of("fw", 100, 100, Outcome.DOWN, count=1)]
        }


async def test_a_run_closed_without_successor_is_no_longer_open(store: Store) -> None:
    """A check that is no longer probed has its last run among the closed ones only."""
    await write(store, Changes(open_runs=[run_of("fw", 0, 80)]), Changes(closed_runs=[run_of("fw", 0, 90)]))

    async with store.read() as tx:
        assert await open_runs(tx, "local") == {}
        assert await runs_for(tx, [("fw", 3)], "local", *EVER) == {"fw": [run_of("fw", 0, 90)]}


async def test_an_open_run_of_another_vantage_stays(store: Store) -> None:
    """Each vantage has an open run of its own for a check."""
    elsewhere = replace(run_of("fw", 0, 80), vantage="depot")
    await write(store, Changes(open_runs=[run_of("fw", 0, 80), elsewhere]), Changes(closed_runs=[run_of("fw", 0, 90)]))

    async with store.read() as tx:
        assert await open_runs(tx, "local") == {}
        assert await open_runs(tx, "depot") == {"fw": elsewhere}


async def test_an_outage_is_rewritten_as_the_evidence_grows(store: Store) -> None:
    """The same outage with its end replaces the open one."""
    await write(store, Changes(outages=[outage_of(100, None)]), Changes(outages=[outage_of(100, 200)]))

    async with store.read() as tx:
        assert await outages_between(tx, *EVER) == [outage_of(100, 200)]


async def test_an_outage_is_withdrawn_by_its_key(store: Store) -> None:
    """Withdrawing removes that outage and no other; one that may be put back by the same batch stays."""
    down, degraded = outage_of(100, None), replace(outage_of(100, None), level=Outcome.DEGRADED)
    key = ("mail", "eastshire", Outcome.DOWN, 100)
    await write(store, Changes(outages=[down, degraded]), Changes(withdrawn=[key]))
    async with store.read() as tx:
        assert await outages_between(tx, *EVER) == [degraded]

    await write(store, Changes(withdrawn=[key], outages=[down]))
    async with store.read() as tx:
        assert set(await outages_between(tx, *EVER)) == {down, degraded}


async def test_a_batch_that_fails_leaves_nothing_behind(store: Store) -> None:
    """What was written before the failure within a transaction is not there afterwards."""
    before = await held(store)
    with pytest.raises(RuntimeError, match="the caller's own"):  # noqa: PT012
        async with store.write() as tx:
            await write_batch(tx, BATCH, vantage="local", watermark=141, now=150)
            raise RuntimeError("the caller's own")

    assert await held(store) == before


async def test_a_batch_in_which_nothing_changed_carries_the_heartbeat(store: Store) -> None:
    """An hour without any change is watched all the same."""
    await write(store, Changes())

    assert await held(store) == [{"fw": [], "old": [], "new": []}, {}, [], [], {"local": Heartbeat("local", 141, 150)}]
