"""Reports by schedule: what the catalogue plans is written into its folder and sent, once its period is closed.

What has been done stands in a small file beside the reports, so that whoever looks into the folder sees it and whoever
removes it has the report made and sent anew. Nothing is lost by a relay or a disk that refuses: it is tried again.
"""

from __future__ import annotations

import asyncio
import json
import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final

import structlog

from ictss_monitor.availability.periods import CalendarSpan
from ictss_monitor.catalogue.model import Catalogue
from ictss_monitor.catalogue.terms import ReportPlan, Rhythm
from ictss_monitor.clock import Clock, Instant
from ictss_monitor.errors import MonitorError, UsageError
from ictss_monitor.reporting.apart import render_apart
from ictss_monitor.reporting.content import Report
from ictss_monitor.reporting.letter import letter
from ictss_monitor.reports import spans
from ictss_monitor.reports.building import build
from ictss_monitor.reports.mailing import send
from ictss_monitor.store.engine import Store
from ictss_monitor.store.sealed import draft_of, latest

log = structlog.get_logger(__name__)

LOOKED_BACK: Final = 3
"""So many periods that are over are looked at: of older ones, nothing is made or sent any more by itself."""
_MONTHS: Final = {Rhythm.MONTH: 1, Rhythm.QUARTER: 3, Rhythm.YEAR: spans.YEAR}
DRAFT: Final = "draft"


@dataclass(frozen=True, slots=True)
class Done:
    """What has been done for a plan and a period."""

    standing: str
    """What the figures were: `draft`, or `v1` of the version that was sealed."""
    files: tuple[str, ...]
    """The names of those written."""
    sent: bool


class ReportRuns:
    """Makes the reports that are due, each once for the draft and once for every sealed version; run it often."""

    def __init__(self, store: Store, catalogue: Callable[[], Catalogue], clock: Clock) -> None:
        self._store = store
        self._catalogue = catalogue
        self._clock = clock

    async def run(self) -> None:
        """Write and send what is due. What fails is told in the log, and tried again with the next run."""
        catalogue = self._catalogue()
        for plan in catalogue.reports.values():
            for spec, is_newest in over_at(plan, catalogue, self._clock.now()):
                try:
                    await self._make(_Run(catalogue, plan, spec, is_newest))
                except MonitorError as error:
                    log.error("report not made", report=plan.id, period=spec.label, error=str(error))

    async def _make(self, run: _Run) -> None:
        standing = await self._standing(run.spec)
        done = await asyncio.to_thread(run.done)
        if standing is None or (done is None and not run.is_newest):
            return  # not closed yet, or over before the report was planned
        if done is None or done.standing != standing:
            report = await self._report(run)
            files = await render_apart(report, run.plan.formats, run.folder)
            done = Done(standing, tuple(file.name for file in files), sent=False)
            await asyncio.to_thread(run.keep, done)
            log.info("report written", report=run.plan.id, period=run.spec.label, standing=standing, files=done.files)
        elif not done.sent and run.plan.mail_to:
            report = await self._report(run)
        if not done.sent and run.plan.mail_to:
            await self._send(run, report, done)
            await asyncio.to_thread(run.keep, replace(done, sent=True))

    async def _standing(self, spec: CalendarSpan) -> str | None:
        async with self._store.read() as tx:
            statement = await latest(tx, spec.label)
            if statement is not None:
                return f"v{statement.version}"
            return None if await draft_of(tx, spec.label) is None else DRAFT

    async def _report(self, run: _Run) -> Report:
        return await build(self._store, run.catalogue, run.spec, self._clock.now(), council=run.plan.council)

    async def _send(self, run: _Run, report: Report, done: Done) -> None:
        relay = run.catalogue.settings.mail
        if relay is None:
            raise UsageError("there is no relay to send it through: say mail: in the settings of the catalogue")
        files = await asyncio.to_thread(run.read, done.files)
        message = letter(report, files, relay.sender, run.plan.mail_to, self._clock.now())
        refused = await send(message, relay)
        for each in refused:
            log.warning("report refused by the relay for one recipient", report=run.plan.id, recipient=each)
        log.info("report sent", report=run.plan.id, period=run.spec.label, recipients=len(run.plan.mail_to))


@dataclass(frozen=True, slots=True)
class _Run:
    """One plan, for one period."""

    catalogue: Catalogue
    plan: ReportPlan
    spec: CalendarSpan
    is_newest: bool

    @property
    def folder(self) -> Path:
        return Path(self.plan.folder)

    @property
    def _file(self) -> Path:
        return self.folder / f".{self.plan.id}-{self.spec.label.replace('/', '-')}.json"

    def done(self) -> Done | None:
        """Return what was done; None for nothing, or where what is written of it cannot be understood."""
        try:
            held: dict[str, Any] = json.loads(self._file.read_text(encoding="utf-8"))
            return Done(str(held["standing"]), tuple(map(str, held["files"])), bool(held["sent"]))
        except (OSError, ValueError, KeyError, TypeError):
            return None

    def keep(self, done: Done) -> None:
        """Write down what was done. Raises UsageError where that cannot be written."""
        made = self._file.with_suffix(".new")
        said = {"standing": done.standing, "files": done.files, "sent": done.sent}
        try:
            made.write_text(json.dumps(said, indent=2) + "\n", encoding="utf-8")
            os.replace(made, self._file)
        except OSError as error:
            raise UsageError(
                f"cannot write {self._file}: {error.strerror}; give a folder that can be written"
            ) from None

    def read(self, names: tuple[str, ...]) -> dict[str, bytes]:
        """Return the files by name. Raises UsageError where one is gone."""
        try:
            return {name: (self.folder / name).read_bytes() for name in names}
        except OSError as error:
            self._file.unlink(missing_ok=True)  # so that they are written anew
            raise UsageError(f"cannot read {error.filename}: {error.strerror}; it is written anew next time") from None


def over_at(plan: ReportPlan, catalogue: Catalogue, now: Instant) -> Iterator[tuple[CalendarSpan, bool]]:
    """Yield the last periods of a plan that are over at `now`, oldest first, each with whether it is the newest."""
    zone = catalogue.settings.zone
    months = _MONTHS[plan.rhythm]
    spec = spans.around(now, months, zone)
    found: list[CalendarSpan] = []
    while len(found) < LOOKED_BACK:
        spec = spans.before(spec)
        found.append(spec)
    for each in reversed(found):
        yield each, each is found[0]
