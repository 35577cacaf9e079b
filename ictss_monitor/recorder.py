"""From the queue of observations to judging, and from judging to the store: one transaction per batch.

Two tasks share the work, so that a slow store never delays a judgement. One takes observations off the queue and has
them judged at once; the other writes what changed: a confirmed change within `GROUP_COMMIT` seconds, everything else
at the heartbeat. Each commit carries the watermark that it covers: every observation before that instant is in it or
in an earlier one.

While the store refuses to write, nothing is lost: what changed is merged and written once the store is mended. The
backlog is bounded; beyond it judging waits, the queue fills, and probing starts nothing new, so that the time is
unknown instead of wrong.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from typing import Final

import structlog

from ictss_monitor.clock import SECOND, Clock, Instant
from ictss_monitor.errors import StoreError
from ictss_monitor.judging.live import Changes, Judge, Transition
from ictss_monitor.judging.trends import Trends
from ictss_monitor.observation import ObservationQueue
from ictss_monitor.store.commit import write_batch
from ictss_monitor.store.engine import Store

log = structlog.get_logger(__name__)

GROUP_COMMIT: Final = 0.05
"""Seconds for which a confirmed change waits for others, so that a mass outage is a few commits, not thousands."""
JUDGED_PER_TURN: Final = 250
"""Observations judged before the loop is given back: a few milliseconds."""
SERVICES_PER_COMMIT: Final = 150
"""Services whose outages are worked out for one commit, so that a mass outage holds the loop for milliseconds only."""
BACKLOG_LIMIT: Final = 500_000
"""Rows that may wait for a store that refuses to write."""
RETRY_FIRST: Final = 0.25
RETRY_LONGEST: Final = 2.0
PATIENCE: Final = 60.0
"""Seconds for which a refusal that repeating cannot mend is borne all the same: somebody may be mending it."""


@dataclass(slots=True)
class RecorderCounters:
    """What the recorder has done, for metrics and health; plain numbers."""

    observations: int = 0
    batches: int = 0
    rows: int = 0
    failures: int = 0
    failing_since: Instant | None = None
    """Since when the store refuses to write; None while it does not."""
    last_commit_seconds: float = 0.0
    watermark: Instant = 0
    """Everything observed before this instant is in the store."""
    tried_at: float = 0.0
    """When the last commit was begun, on the monotonic clock: long ago means that it hangs."""


class Recorder:
    """Judges what is on the queue and keeps the store in step with it.

    `watermark` returns an instant such that every observation before it is on the queue already. `announce` is handed
    the transitions of each batch after it is committed. `trends` are kept beside what is judged; None: there are none.
    """

    def __init__(
        self,
        *,
        queue: ObservationQueue,
        judge: Judge,
        store: Store,
        clock: Clock,
        vantage: str,
        watermark: Callable[[], Instant],
        heartbeat_seconds: float = 1.0,
        announce: Callable[[list[Transition]], None] = lambda _: None,
        trends: Trends | None = None,
    ) -> None:
        self.counters = RecorderCounters(tried_at=clock.monotonic())
        self._queue = queue
        self._judge = judge
        self._store = store
        self._clock = clock
        self._vantage = vantage
        self._watermark = watermark
        self._heartbeat = heartbeat_seconds
        self._announce = announce
        self._trends = trends or Trends({}, vantage)
        self._unwritten = Changes()
        self._judged_until: Instant | None = None
        """Every observation before it was judged; None while there was nothing to judge yet."""
        self._refused_at: float | None = None
        self._idle = False
        """Whether judging waits for the queue: then all that ever was on it has been judged."""
        self._ended = asyncio.Event()
        self._urgent = asyncio.Event()
        self._room = asyncio.Event()
        self._room.set()

    async def run(self) -> None:
        """Judge and write until the queue is closed and everything that was on it is in the store.

        Raises StoreError where the store refuses for good, for longer than `PATIENCE`.
        """
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(self._keep_written(), name="recorder: write")
            await self._keep_judged()
            self._ended.set()
            self._urgent.set()

    async def _keep_judged(self) -> None:
        while True:
            await self._room.wait()
            self._idle = True
            batch = await self._queue.take()
            self._idle = False
            mark = self._watermark()  # the queue is empty now: what lies before is in this batch or was judged
            for begin in range(0, len(batch), JUDGED_PER_TURN):
                turn = batch[begin : begin + JUDGED_PER_TURN]
                for observation in turn:
                    self._judge.observe(observation)
                self._trends.observe(turn)
                if self._judge.urgent:
                    self._urgent.set()
                await asyncio.sleep(0)
            self._judged_until = mark
            self.counters.observations += len(batch)
            if not batch:  # closed: nothing will come any more
                return

    async def _keep_written(self) -> None:
        """Commit at the heartbeat, sooner when something is urgent, later while the store refuses."""
        retry = RETRY_FIRST
        while True:
            await self._until_due(retry)
            ended = self._ended.is_set()
            self._collect()
            if await self._write():
                if ended and not self._judge.urgent:
                    return
                retry = RETRY_FIRST
            else:
                retry = min(2 * retry, RETRY_LONGEST)
                if ended:
                    await asyncio.sleep(RETRY_FIRST)  # whoever stops us bounds how often

    async def _until_due(self, retry: float) -> None:
        """Wait for what is urgent, and for the heartbeat at the longest; while the store refuses, for `retry`."""
        refused = self._refused_at is not None
        with suppress(TimeoutError):
            async with asyncio.timeout(retry if refused else self._heartbeat):
                await (self._ended if refused else self._urgent).wait()
                if not self._ended.is_set():
                    await asyncio.sleep(GROUP_COMMIT)
        self._urgent.clear()

    def _collect(self) -> None:
        """Merge what changed into what waits to be written. Nothing is awaited in here: it is one instant."""
        if self._idle and not len(self._queue):
            self._judged_until = self._watermark()
        if self._judged_until is not None:
            self._judge.tick(self._judged_until)
        changes = self._judge.take_changes(SERVICES_PER_COMMIT)
        changes.trends = self._trends.take_changed()
        if self._judge.urgent:  # the rest of a mass outage follows with the next commit
            self._urgent.set()
        self._unwritten = self._unwritten.merge(changes) if self._unwritten.size else changes
        if self._unwritten.size > BACKLOG_LIMIT:
            self._room.clear()

    async def _write(self) -> bool:
        """Commit what waits, in one transaction; tell whether the store took it."""
        changes, mark = self._unwritten, self._judged_until
        if mark is None:
            return True
        began = self.counters.tried_at = self._clock.monotonic()
        try:
            async with self._store.write() as tx:
                await write_batch(tx, changes, vantage=self._vantage, watermark=mark, now=self._clock.now())
        except StoreError as refusal:
            self._refused(refusal)
            return False
        self._unwritten = Changes()
        self._accepted(changes, mark, self._clock.monotonic() - began)
        return True

    def _refused(self, refusal: StoreError) -> None:
        """Note a refusal. The first one and the recovery are told, not each repeat."""
        self.counters.failures += 1
        now = self._clock.monotonic()
        if self._refused_at is None:
            self._refused_at, self.counters.failing_since = now, self._clock.now()
            log.error("store refuses to write", error=str(refusal), retry=refusal.retry)
        elif not refusal.retry and now - self._refused_at > PATIENCE:
            raise refusal

    def _accepted(self, changes: Changes, mark: Instant, seconds: float) -> None:
        counters = self.counters
        if counters.failing_since is not None:
            log.info("store writes again", after_seconds=(self._clock.now() - counters.failing_since) / SECOND)
            self._refused_at = counters.failing_since = None
        counters.batches += 1
        counters.rows += changes.size
        counters.last_commit_seconds = seconds
        counters.watermark = mark
        self._room.set()
        if changes.transitions:
            self._announce(changes.transitions)
