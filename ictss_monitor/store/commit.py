"""What the recorder hands over at once: one batch, one transaction."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy.ext.asyncio import AsyncConnection

from ictss_monitor.judging.evidence import Run
from ictss_monitor.judging.outages import Outage
from ictss_monitor.observation import Observation
from ictss_monitor.store.evidence import add_observations, add_runs, put_open_runs, remove_open_runs
from ictss_monitor.store.heartbeat import Heartbeat, put_heartbeat
from ictss_monitor.store.outages import OutageKey, put_outages, remove_outages


@dataclass(frozen=True, slots=True)
class Batch:
    """What changed since the last batch, and the heartbeat that covers it.

    `closed` are runs that will not grow any more and `open` those that grew or began, one for a check and vantage;
    `edges` are the observations around each change, whole. `outages` began, grew or ended; `withdrawn` are the keys of
    those that the evidence no longer says.
    """

    closed: Sequence[Run] = ()
    open: Sequence[Run] = ()
    edges: Sequence[Observation] = ()
    outages: Sequence[Outage] = ()
    withdrawn: Sequence[OutageKey] = ()
    heartbeat: Heartbeat | None = None


async def write_batch(tx: AsyncConnection, batch: Batch) -> None:
    """Write `batch`. To write it again after a commit whose outcome is not known changes nothing.

    A closed run leaves the table of open ones in the same transaction: its successor takes its place there, and where
    it has none, its row goes.
    """
    successors = {(run.check, run.vantage) for run in batch.open}
    await add_runs(tx, batch.closed)
    await remove_open_runs(tx, [run for run in batch.closed if (run.check, run.vantage) not in successors])
    await put_open_runs(tx, batch.open)
    await add_observations(tx, batch.edges)
    await remove_outages(tx, batch.withdrawn)
    await put_outages(tx, batch.outages)
    if batch.heartbeat is not None:
        await put_heartbeat(tx, batch.heartbeat)
