"""What belongs to the calendar: closing the month, removing old evidence. The only importer of APScheduler.

APScheduler 3.11 knows cron triggers, zones and clock changes; its defaults do not suit a daemon, and are closed here: a
run that is a second late would be dropped, an exception in a job would become an event that nobody sees, a job that is
no coroutine function would run in a thread, and its shutdown would cancel what is under way. So a job of ours does one
thing, it hands the work to our own task: what fails there ends the daemon as any other bug does.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import UTC
from typing import Any, Final

import structlog
from apscheduler.events import EVENT_JOB_ERROR, EVENT_JOB_MAX_INSTANCES, EVENT_JOB_MISSED, JobExecutionEvent
from apscheduler.executors.asyncio import AsyncIOExecutor
from apscheduler.schedulers.asyncio import AsyncIOScheduler
from apscheduler.triggers.cron import CronTrigger

from ictss_monitor.errors import MonitorError

log = structlog.get_logger(__name__)

Work = Callable[[], Awaitable[None]]

JOB_DEFAULTS: Final = {"coalesce": True, "misfire_grace_time": None, "max_instances": 1}


@dataclass(frozen=True, slots=True)
class CalendarJob:
    """Work that is due at times of the calendar, given as fields of a cron trigger in an IANA zone."""

    name: str
    work: Work
    zone: str
    month: str = "*"
    day: str = "*"
    hour: str = "*"
    minute: str = "0"
    at_start: bool = False
    """Whether it is done as soon as the jobs run, too: it may have been due while nothing ran."""

    def trigger(self) -> CronTrigger:
        """Return when it is due."""
        return CronTrigger(month=self.month, day=self.day, hour=self.hour, minute=self.minute, timezone=self.zone)


class CalendarJobs:
    """Runs calendar jobs one after the other, in one task of ours."""

    def __init__(self, jobs: tuple[CalendarJob, ...]) -> None:
        self._jobs = jobs
        self._due: asyncio.Queue[CalendarJob | Exception] = asyncio.Queue()

    async def run(self) -> None:
        """Run each job when it is due, until cancelled.

        A job in trouble (MonitorError) is told, and done again the next time it is due; anything else is raised.
        """
        scheduler = AsyncIOScheduler(
            executors={"default": AsyncIOExecutor()},
            job_defaults=JOB_DEFAULTS,
            timezone=UTC,  # each job has its own zone; else the machine's would be looked for, and may not be found
        )
        scheduler.add_listener(self._trouble, EVENT_JOB_ERROR | EVENT_JOB_MISSED | EVENT_JOB_MAX_INSTANCES)
        for job in self._jobs:
            scheduler.add_job(self._hand_over, job.trigger(), args=[job], id=job.name, name=job.name)
            if job.at_start:
                self._due.put_nowait(job)
        scheduler.start()
        try:
            while True:
                due = await self._due.get()
                if isinstance(due, Exception):
                    raise due
                await self.do(due)
        finally:
            scheduler.shutdown(wait=False)

    async def do(self, job: CalendarJob) -> None:
        """Do the work of `job` now."""
        try:
            await job.work()
        except MonitorError as error:
            log.error("calendar job failed", job=job.name, error=str(error))
        else:
            log.info("calendar job done", job=job.name)

    async def _hand_over(self, job: CalendarJob) -> None:
        self._due.put_nowait(job)

    def _trouble(self, event: Any) -> None:
        """Raise in our own task what APScheduler would only log: it cannot happen, so it is a bug."""
        error = event.exception if isinstance(event, JobExecutionEvent) else None
        self._due.put_nowait(error or RuntimeError(f"calendar job {event.job_id} was not run (event {event.code})"))
