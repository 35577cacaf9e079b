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
from contextlib import AsyncExitStack, suppress
from dataclasses import dataclass, field, replace
from typing import Any, Final

import structlog

from ictss_monitor import memory
from ictss_monitor.calendar_jobs import CalendarJob, CalendarJobs
from ictss_monitor.catalogue.changes import changes
from ictss_monitor.catalogue.model import Catalogue
from ictss_monitor.clock import SECOND, Clock, SystemClock, to_datetime
from ictss_monitor.errors import CatalogueError, MonitorError, StoreError
from ictss_monitor.figures.live import LiveFigures
from ictss_monitor.figures.month_close import MonthClose
from ictss_monitor.figures.monthly import roll_up_past
from ictss_monitor.figures.past import PastFigures
from ictss_monitor.health import Health
from ictss_monitor.judging.live import Transition
from ictss_monitor.metrics.own import OwnCollector, ReloadCounters, own_registry
from ictss_monitor.metrics.scrape import Scraper
from ictss_monitor.observation import ObservationQueue
from ictss_monitor.probe import Outcome, Probe
from ictss_monitor.probing.counters import ProbingCounters
from ictss_monitor.probing.prober import Prober
from ictss_monitor.probing.registry import open_probes
from ictss_monitor.recorder import Recorder
from ictss_monitor.removal import remove_old
from ictss_monitor.reports.runs import ReportRuns
from ictss_monitor.resuming import broken_limits, resume_judge, resume_trends
from ictss_monitor.store.catalogues import CatalogueVersion, add_catalogue_version
from ictss_monitor.store.claim import Claim, claimed
from ictss_monitor.store.engine import Store, open_store
from ictss_monitor.store.pauses import current_pauses
from ictss_monitor.web.server import Views, serving

log = structlog.get_logger(__name__)

QUEUE_SIZE: Final = 20_000
PAUSES_READ_EVERY: Final = 1.0
STOP_WITHIN: Final = 3.75
"""Seconds after which the daemon ends even where the store still refuses to write."""
LONGEST_GRACE: Final = 3.0
"""Seconds of it for probes in flight at the most: what they find must still be written."""
FIXED: Final = ("store", "listen_host", "listen_port", "vantage", "heartbeat_interval")
"""Settings that a reload does not touch."""


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
    settings = loaded.catalogue.settings
    async with AsyncExitStack() as opened:
        store = await opened.enter_async_context(open_store(settings.store))
        claim = await opened.enter_async_context(claimed(settings.store, settings.vantage))
        daemon = Daemon(loaded, load, store, claim, opened, clock)
        await daemon.run(signals)


class Daemon:
    """The parts of one running daemon, and what holds them together."""

    def __init__(
        self, loaded: Loaded, load: Load, store: Store, claim: Claim, opened: AsyncExitStack, clock: Clock
    ) -> None:
        self.catalogue = loaded.catalogue
        self._loaded = loaded
        self._load = load
        self._store = store
        self._claim = claim
        self._opened = opened
        self._clock = clock
        self._probes: dict[str, Probe[Any]] = {}
        self._paused: set[str] = set()
        self.counters = ProbingCounters()
        self.reloading = ReloadCounters(loaded.catalogue.digest, clock.now())
        self.queue = ObservationQueue(QUEUE_SIZE)
        self.figures = LiveFigures(store, lambda: self.catalogue, clock)
        self.past = PastFigures(store, clock)

    async def run(self, signals: Signals) -> None:
        """Build what is left, run it all, and stop it in order."""
        await self._build(signals)
        async with asyncio.TaskGroup() as services:
            background = [
                services.create_task(work, name=name)
                for name, work in (
                    ("claim", self._claim.keep()),
                    ("pauses", self._follow_pauses()),
                    ("reload", self._follow_reloads(signals.reload)),
                    ("figures", self.figures.run()),
                    ("past figures", self.past.run()),
                    ("calendar", CalendarJobs(self._calendar()).run()),
                    ("memory", memory.settle()),
                )
            ]
            recording = services.create_task(self.recorder.run(), name="recorder")
            probing = services.create_task(self.prober.run(), name="prober")
            log.info("watching", checks=len(self.catalogue.checks), url=signals.url, store=self._store.name)
            signals.ready.set()
            await signals.stop.wait()
            log.info("stopping")
            for task in background:
                task.cancel()
            await self._wind_down(probing, recording)
        log.info("stopped")

    async def _build(self, signals: Signals) -> None:
        settings = self.catalogue.settings
        await self._keep_version(self._loaded)
        await self._open_missing_probes(self.catalogue)
        self.judge = await resume_judge(self._store, self.catalogue)
        self.trends = await resume_trends(self._store, self.catalogue, self._clock.now())
        broken = await broken_limits(self._store, self.catalogue)
        self.prober = Prober(self.catalogue, self._probes, self.queue, self._clock, self.counters, broken)
        self.recorder = Recorder(
            queue=self.queue,
            judge=self.judge,
            store=self._store,
            clock=self._clock,
            vantage=settings.vantage,
            watermark=self.prober.watermark,
            heartbeat_seconds=settings.heartbeat_interval / SECOND,
            announce=_announce,
            trends=self.trends,
        )
        await self._take_pauses()  # before the first probe: a paused check is not probed once more at each start
        signals.url = await self._opened.enter_async_context(
            serving(self._views(), settings.listen_host, settings.listen_port)
        )
        self._opened.callback(gc.unfreeze)

    async def _wind_down(self, probing: asyncio.Task[None], recording: asyncio.Task[None]) -> None:
        """Let what is in flight end and be written, for as long as a supervisor waits."""
        now = asyncio.get_running_loop().time
        give_up_at = now() + STOP_WITHIN
        self.prober.stop(min(self.catalogue.settings.stop_grace / SECOND, LONGEST_GRACE))
        await asyncio.wait([probing], timeout=STOP_WITHIN)
        if probing.done():
            self.queue.close()
            await asyncio.wait([recording], timeout=give_up_at - now())
        if not recording.done():
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
        health = Health(self.recorder.counters, lambda: self.catalogue, self._clock)
        return Views(scrape=scraper.scrape, healthy=health.ailing, ready=health.unready)

    # What runs beside probing and recording.

    async def _follow_pauses(self) -> None:
        """Keep probing in step with the pauses that people entered; a store that cannot be read changes nothing."""
        while True:
            await asyncio.sleep(PAUSES_READ_EVERY)
            with suppress(StoreError):  # the recorder tells of it
                await self._take_pauses()

    async def _take_pauses(self) -> None:
        async with self._store.read() as tx:
            found = await current_pauses(tx)
        wanted = found.keys() & self.catalogue.checks.keys()
        self.prober.pause(sorted(wanted - self._paused))
        self.prober.resume(sorted(self._paused - wanted))
        self._paused = wanted

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
        """Go over to the catalogue as it is now, or raise MonitorError and leave everything as it was."""
        loaded = await self._load()
        catalogue = self._with_fixed_settings(loaded.catalogue)
        difference = changes(self.catalogue, catalogue)
        await self._open_missing_probes(catalogue)
        await self._keep_version(loaded)
        self.past.compare(self.catalogue, catalogue)
        self.catalogue = catalogue
        self._paused &= catalogue.checks.keys()
        self.judge.reload(catalogue)
        self.trends.reload(catalogue.checks)
        await self.prober.reload(catalogue, self._probes)
        self.reloading.ok = True
        self.reloading.digest, self.reloading.loaded_at = catalogue.digest, self._clock.now()
        log.info(
            "catalogue reloaded",
            added=len(difference.checks.added),
            removed=len(difference.checks.removed),
            changed=len(difference.checks.changed),
        )

    def _with_fixed_settings(self, catalogue: Catalogue) -> Catalogue:
        """Return `catalogue` with those settings that only a restart can change as they are, and say which differ."""
        held = {name: getattr(self.catalogue.settings, name) for name in FIXED}
        if differing := [name for name, value in held.items() if getattr(catalogue.settings, name) != value]:
            log.warning("these settings change with a restart only", settings=differing)
        return replace(catalogue, settings=replace(catalogue.settings, **held))

    async def _open_missing_probes(self, catalogue: Catalogue) -> None:
        missing = {check.probe for check in catalogue.checks.values()} - self._probes.keys()
        self._probes.update(await self._opened.enter_async_context(open_probes(missing)))

    async def _keep_version(self, loaded: Loaded) -> None:
        async with self._store.write() as tx:
            await add_catalogue_version(tx, CatalogueVersion(loaded.catalogue.digest, self._clock.now(), loaded.text))

    # The calendar.

    def _calendar(self) -> tuple[CalendarJob, ...]:
        zone = self.catalogue.settings.zone
        closing = MonthClose(self._store, lambda: self.catalogue, self._clock)
        reports = ReportRuns(self._store, lambda: self.catalogue, self._clock)
        return (
            CalendarJob("month close", closing.run, zone, at_start=True),  # hourly: it knows itself what is due
            CalendarJob("roll-ups", self._roll_up, zone, hour="3"),
            CalendarJob("reports", reports.run, zone, minute="10", at_start=True),  # after the month close
            CalendarJob("retention", self._remove_old, zone, hour="3", minute="30"),
        )

    async def _roll_up(self) -> None:
        if months := await roll_up_past(self._store, self.catalogue, self._clock.now()):
            log.info("months rolled up", months=" ".join(months))

    async def _remove_old(self) -> None:
        await remove_old(self._store, self.catalogue.settings, self._clock.now())


def _announce(transitions: list[Transition]) -> None:
    """Tell in the log what became of services; checks are told by metrics and evidence.

    That one is up which was not known before is what every start brings, thousands at a time: nobody needs to read it.
    """
    for change in transitions:
        if change.council is None:
            continue
        first_seen = change.old is Outcome.UNKNOWN and change.new is Outcome.UP
        (log.debug if first_seen else log.info)(
            "service changed",
            service=change.subject,
            council=change.council,
            state=change.new.value,
            before=change.old.value,
            since=to_datetime(change.since).isoformat(),
            causes=" ".join(change.causes),
        )
