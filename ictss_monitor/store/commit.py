"""What the recorder hands over at once, written in one transaction."""

from __future__ import annotations

from sqlalchemy.ext.asyncio import AsyncConnection

from ictss_monitor.clock import Instant
from ictss_monitor.judging.changes import Changes
from ictss_monitor.store.evidence import add_observations, add_runs, put_open_runs, remove_open_runs
from ictss_monitor.store.heartbeat import Heartbeat, put_heartbeat
from ictss_monitor.store.outages import put_outages, remove_outages
from ictss_monitor.store.trends import put_trends


async def write_batch(tx: AsyncConnection, changes: Changes, *, vantage: str, watermark: Instant, now: Instant) -> None:
    """Write `changes`, and that everything `vantage` observed before `watermark` is in the store with them.

    To write them again after a commit whose outcome is not known changes nothing. A closed run leaves the open ones in
    the same transaction: its successor takes its place there, and where it has none, its row goes.
    """
    successors = {(run.check, run.vantage) for run in changes.open_runs}
    await add_runs(tx, changes.closed_runs)
    await remove_open_runs(tx, [run for run in changes.closed_runs if (run.check, run.vantage) not in successors])
    await put_open_runs(tx, changes.open_runs)
    await add_observations(tx, changes.edges)
    await remove_outages(tx, changes.withdrawn)
    await put_outages(tx, changes.outages)
    await put_trends(tx, changes.trends)
    await put_heartbeat(tx, Heartbeat(vantage, watermark, now))
