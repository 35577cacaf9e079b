"""The composition root: builds the parts, runs them, stops them in reverse. Nothing else knows everybody.

    catalogue ─► prober ─► queue ─► recorder (judge, store) ─► figures ─► metrics, web

Stopping is the same in every case: nothing new starts, probes in flight get `stop_grace`, what they found is judged and
written, then the rest ends. A bug in any task ends the daemon with an error, and its supervisor starts it again; what
was not written by then is unknown, never wrong.
"""

from __future__ import annotations

import asyncio
import gc
from collections.abc import Awaitable, Callable
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from typing import Any, Final

import structlog

from ictss_monitor.calendar_jobs import CalendarJob, CalendarJobs
from ictss_monitor.catalogue.changes import changes
from ictss_monitor.catalogue.model import Catalogue
from ictss_monitor.clock import SECOND, Clock, SystemClock
from ictss_monitor.errors import CatalogueError, MonitorError, StoreError
from ictss_monitor.live_figures import LiveFigures
from ictss_monitor.metrics.own import OwnCollector, ReloadCounters, own_registry
from ictss_monitor.metrics.scrape import Scraper
from ictss_monitor.observation import ObservationQueue
from ictss_monitor.probe import Probe
from ictss_monitor.probing.counters import ProbingCounters
from ictss_monitor.probing.prober import Prober
from ictss_monitor.probing.registry import open_probes
from ictss_monitor.recorder import Recorder
from ictss_monitor.resuming import resume_judge
from ictss_monitor.store.catalogues import CatalogueVersion, add_catalogue_version
from ictss_monitor.store.engine import Store, open_store
from ictss_monitor.store.pauses import current_pauses
from ictss_monitor.store.retention import remove_ended_before
from ictss_monitor.web.server import Views, serving

log = structlog.get_logger(__name__)

QUEUE_SIZE: Final = 20_000
PAUSES_READ_EVERY: Final = 1.0
FIGURES_EVERY: Final = 30.0
STOP_WITHIN: Final = 4.5
"""Seconds after which the daemon ends even where the store still refuses to write."""
STALE_AFTER: Final = 30 * SECOND
"""A watermark older than this means that nothing is recorded any more."""


@dataclass(frozen=True, slots=True)
class Loaded:
    """A catalogue with the source text that its digest is of."""

    catalogue: Catalogue
    text: str


Load = Callable[[], Awaitable[Loaded]]
"""Reads the catalogue anew, beside the event loop. Raises CatalogueError."""


@dataclass(slots=True)
class Signals:
    """How the daemon is told to stop and to reload, and how it tells that it is ready."""

    stop: asyncio.Event = field(default_factory=asyncio.Event)
    reload: asyncio.Event = field(default_factory=asyncio.Event)
    ready: asyncio.Event = field(default_factory=asyncio.Event)
    url: str = ""
    """Where the web server listens, once it is ready."""


async def run(load: Load, signals: Signals, clock: Clock | None = None) -> None:
    """Watch until `signals.stop` is set. Raises MonitorError where something cannot be opened."""
    clock = clock or SystemClock()
    loaded = await load()
    async with AsyncExitStack() as opened:
        store = await opened.enter_async_context(open_store(loaded.catalogue.settings.store))
        daemon = Daemon(loaded, load, store, opened, clock)
        await daemon.run(signals)


class Daemon:
    """The parts of one running daemon, and what holds them together."""

    def __init__(self, loaded: Loaded, load: Load, store: Store, opened: AsyncExitStack, clock: Clock) -> None:
        self.catalogue = loaded.catalogue
        self._text = loaded.text
        self._load = load
        self._store = store
        self._opened = opened
        self._clock = clock
        self._probes: dict[str, Probe[Any]] = {}
        self._paused: set[str] = set()
        self.counters = ProbingCounters()
        self.reloading = ReloadCounters(loaded.catalogue.digest, clock.now())
        self.queue = ObservationQueue(QUEUE_SIZE)
        self.figures = LiveFigures(store, lambda: self.catalogue, clock, FIGURES_EVERY)

    async def run(self, signals: Signals) -> None:
        """Build what is left, run it all, and stop it in order."""
        settings = self.catalogue.settings
        await self._keep_version()
        await self._open_missing_probes(self.catalogue)
        self.judge = await resume_judge(self._store, self.catalogue)
        self.prober = Prober(self.catalogue, self._probes, self.queue, self._clock, self.counters)
        self.recorder = Recorder(
            queue=self.queue,
            judge=self.judge,
            store=self._store,
            clock=self._clock,
            vantage=settings.vantage,
            watermark=self.prober.watermark,
            heartbeat_seconds=settings.heartbeat_interval / SECOND,
        )
        signals.url = await self._opened.enter_async_context(
            serving(self._views(), settings.listen_host, settings.listen_port)
        )
        gc.collect()
        gc.freeze()  # what lives as long as the daemon need not be looked through again and again
        async with asyncio.TaskGroup() as services:
            background = [
                services.create_task(work, name=name)
                for name, work in (
                    ("pauses", self._follow_pauses()),
                    ("reload", self._follow_reloads(signals.reload)),
                    ("figures", self.figures.run()),
                    ("calendar", CalendarJobs(self._calendar()).run()),
                )
            ]
            recording = services.create_task(self.recorder.run(), name="recorder")
            probing = services.create_task(self.prober.run(), name="prober")
            log.info("watching", checks=len(self.catalogue.checks), url=signals.url, store=self._store.name)
            signals.ready.set()
            await signals.stop.wait()
            log.info("stopping")
            await self._wind_down(probing, recording)
            for task in background:
                task.cancel()
        log.info("stopped")

    async def _wind_down(self, probing: asyncio.Task[None], recording: asyncio.Task[None]) -> None:
        """Let what is in flight end and be written, for as long as a supervisor waits."""
        try:
            async with asyncio.timeout(STOP_WITHIN):
                self.prober.stop(self.catalogue.settings.stop_grace / SECOND)
                await probing
                self.queue.close()
                await recording
        except TimeoutError:
            log.error("stopped before everything was written: the store refuses", store=self._store.name)
            probing.cancel()
            recording.cancel()

    def _views(self) -> Views:
        own = OwnCollector(self.counters, self.recorder.counters, self.reloading, self.queue.__len__, self._clock)
        scraper = Scraper(
            catalogue=lambda: self.catalogue,
            judge=self.judge,
            tables=lambda: self.figures.tables,
            own=own_registry(own),
        )
        return Views(scrape=scraper.scrape, healthy=self._ailing, ready=self._unready)

    def _ailing(self) -> list[str]:
        """What a restart would mend: nothing that the daemon knows of, since a dead part ends it."""
        return []

    def _unready(self) -> list[str]:
        counters = self.recorder.counters
        wrong = []
        if counters.failing_since is not None:
            wrong.append("the store refuses to write")
        elif not counters.watermark or self._clock.now() - counters.watermark > STALE_AFTER:
            wrong.append("nothing has been recorded for a while")
        return wrong

    # What runs beside probing and recording.

    async def _follow_pauses(self) -> None:
        """Keep probing in step with the pauses that people entered; a store that cannot be read changes nothing."""
        while True:
            try:
                async with self._store.read() as tx:
                    wanted = (await current_pauses(tx)).keys() & self.catalogue.checks.keys()
            except StoreError:
                pass  # the recorder tells of it
            else:
                self.prober.pause(sorted(wanted - self._paused))
                self.prober.resume(sorted((self._paused - wanted) & self.catalogue.checks.keys()))
                self._paused = wanted
            await asyncio.sleep(PAUSES_READ_EVERY)

    async def _follow_reloads(self, asked: asyncio.Event) -> None:
        while True:
            await asked.wait()
            asked.clear()
            try:
                await self._reload()
            except MonitorError as refusal:
                self.reloading.ok = False
                self.reloading.failures += 1
                problems = refusal.problems if isinstance(refusal, CatalogueError) else (str(refusal),)
                log.error("reload refused, the old catalogue stays", problems=len(problems), first=problems[0])

    async def _reload(self) -> None:
        loaded = await self._load()
        difference = changes(self.catalogue, loaded.catalogue)
        await self._open_missing_probes(loaded.catalogue)
        if _needs_restart(self.catalogue, loaded.catalogue):
            log.warning("store, listen address and vantage change with a restart only")
        self.catalogue, self._text = loaded.catalogue, loaded.text
        self.judge.reload(loaded.catalogue)
        await self.prober.reload(loaded.catalogue, self._probes)
        await self._keep_version()
        self.reloading.ok = True
        self.reloading.digest, self.reloading.loaded_at = loaded.catalogue.digest, self._clock.now()
        log.info(
            "catalogue reloaded",
            added=len(difference.checks.added),
            removed=len(difference.checks.removed),
            changed=len(difference.checks.changed),
        )

    async def _open_missing_probes(self, catalogue: Catalogue) -> None:
        missing = {check.probe for check in catalogue.checks.values()} - self._probes.keys()
        self._probes.update(await self._opened.enter_async_context(open_probes(missing)))

    async def _keep_version(self) -> None:
        version = CatalogueVersion(self.catalogue.digest, self._clock.now(), self._text)
        async with self._store.write() as tx:
            await add_catalogue_version(tx, version)

    # The calendar.

    def _calendar(self) -> tuple[CalendarJob, ...]:
        zone = self.catalogue.settings.zone
        return (
            CalendarJob("month close", self._close_month, zone, day="1", hour="0", minute="5"),
            CalendarJob("retention", self._remove_old, zone, hour="3", minute="30"),
        )

    async def _close_month(self) -> None:
        """Compute the month that has just ended, and say its headline in the log."""
        await self.figures.refresh()
        for row in self.figures.headlines():
            log.info("month closed", period=row.period.label, basket=row.id, council=row.council, figure=row.text)

    async def _remove_old(self) -> None:
        retention = self.catalogue.settings.evidence_retention
        if retention is None:
            return
        horizon, removed, batch = self._clock.now() - retention, 0, 1
        while batch:
            async with self._store.write() as tx:
                batch = await remove_ended_before(tx, horizon)
            removed += batch
        log.info("old evidence removed", rows=removed)


def _needs_restart(old: Catalogue, new: Catalogue) -> bool:
    fixed = ("store", "listen_host", "listen_port", "vantage")
    return any(getattr(old.settings, name) != getattr(new.settings, name) for name in fixed)
