"""Retention removes what ended before an instant, a little at a time, and nothing else."""

from __future__ import annotations

from support.records import observed, outage_of, run_of

from ictss_monitor.judging.changes import Changes
from ictss_monitor.store.commit import write_batch
from ictss_monitor.store.engine import Store
from ictss_monitor.store.evidence import observations_around, runs_for
from ictss_monitor.store.outages import outages_between
from ictss_monitor.store.pauses import current_pauses, pause, resume
from ictss_monitor.store.retention import remove_ended_before


async def test_what_ended_before_goes_and_what_went_on_stays(store: Store) -> None:
    """Runs, observations, outages and pauses that ended before the instant go; those that hold it or follow stay."""
    async with store.write() as tx:
        await write_batch(
            tx,
            Changes(
                closed_runs=[run_of("fw", 0, 99), run_of("fw", 100, 200), run_of("fw", 201, 300)],
                open_runs=[run_of("sw", 0, 50)],
                edges=[observed("fw", 99), observed("fw", 100)],
                outages=[outage_of(0, 99), outage_of(20, None, service="files"), outage_of(50, 100)],
            ),
            vantage="local",
            watermark=400,
            now=400,
        )
        await pause(tx, "fw", 10, "ann", "firmware")
        await resume(tx, "fw", 20)
        await pause(tx, "sw", 10, "ann", "firmware")
    async with store.write() as tx:
        assert await remove_ended_before(tx, 100) == 4
        assert await remove_ended_before(tx, 100) == 0
    async with store.read() as tx:
        assert await runs_for(tx, [("fw", 9), ("sw", 1)], "local", 0, 400) == {
            "fw": [run_of("fw", 100, 200), run_of("fw", 201, 300)],
            "sw": [run_of("sw", 0, 50)],
        }
        assert await observations_around(tx, "fw", "local", 0, 400) == [observed("fw", 100)]
        assert await outages_between(tx, 0, 400) == [outage_of(20, None, service="files"), outage_of(50, 100)]
        assert set(await current_pauses(tx)) == {"sw"}


async def test_no_more_is_removed_at_once_than_asked(store: Store) -> None:
    """The recorder waits for one small transaction, not for a year's evidence."""
    async with store.write() as tx:
        edges = [observed("fw", instant) for instant in range(7)]
        closed = [run_of("fw", first, first, count=1) for first in range(5)]
        await write_batch(tx, Changes(closed_runs=closed, edges=edges), vantage="local", watermark=9, now=9)
    taken = []
    for _ in range(5):
        async with store.write() as tx:
            taken.append(await remove_ended_before(tx, 100, limit=5))

    assert taken == [5, 5, 2, 0, 0]
