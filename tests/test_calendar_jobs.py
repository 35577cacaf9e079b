"""What belongs to the calendar is done when it is due, in our own task, and never silently not."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest
from apscheduler.events import EVENT_JOB_MISSED, JobEvent
from structlog.testing import capture_logs

from ictss_monitor.calendar_jobs import CalendarJob, CalendarJobs
from ictss_monitor.errors import StoreError


async def nothing() -> None:
    """Do no work."""


MONTHLY = CalendarJob("monthly", nothing, "Europe/London", day="1", hour="0", minute="5")
NIGHTLY = CalendarJob("retention", nothing, "Europe/London", hour="1", minute="30")


def due_after(job: CalendarJob, *moment: int) -> datetime:
    """Return when a job is due next after a local moment, in UTC."""
    zone = ZoneInfo(job.zone)
    found = job.trigger().get_next_fire_time(None, datetime(*moment, tzinfo=zone))  # type: ignore[arg-type]
    assert found is not None
    return found.astimezone(UTC)


def test_a_job_is_due_by_the_local_clock() -> None:
    """In summer that is an hour earlier in UTC."""
    assert due_after(MONTHLY, 2026, 6, 20) == datetime(2026, 6, 30, 23, 5, tzinfo=UTC)
    assert due_after(MONTHLY, 2026, 11, 20) == datetime(2026, 12, 1, 0, 5, tzinfo=UTC)


def test_a_nightly_job_is_done_on_the_days_that_clocks_change() -> None:
    """In the hour that does not exist in March, and in the one that comes twice in October."""
    assert due_after(NIGHTLY, 2026, 3, 29).date() == datetime(2026, 3, 29, tzinfo=UTC).date()
    assert due_after(NIGHTLY, 2026, 10, 25) == datetime(2026, 10, 25, 0, 30, tzinfo=UTC)


async def test_a_job_that_is_due_runs_in_the_task_that_runs_the_jobs() -> None:
    """APScheduler only hands it over, so that its end and its errors are ours."""
    done: list[str] = []

    async def work() -> None:
        task = asyncio.current_task()
        assert task is not None
        done.append(task.get_name())

    jobs = CalendarJobs((replace(NIGHTLY, work=work),))
    async with asyncio.TaskGroup() as tasks:
        running = tasks.create_task(jobs.run(), name="calendar")
        await asyncio.sleep(0)
        await jobs._hand_over(replace(NIGHTLY, work=work))
        await asyncio.sleep(0.01)
        running.cancel()
    assert done == ["calendar"]


async def test_a_job_may_be_due_at_the_start() -> None:
    """What was missed while nothing ran is done at once, in the same task as everything else."""
    done: list[str] = []

    async def work() -> None:
        done.append("monthly")

    async with asyncio.TaskGroup() as tasks:
        running = tasks.create_task(CalendarJobs((replace(MONTHLY, work=work, at_start=True), NIGHTLY)).run())
        await asyncio.sleep(0.01)
        running.cancel()
    assert done == ["monthly"]


async def test_trouble_is_told_and_the_next_job_done() -> None:
    """A store that refuses costs one log line; the job comes again when it is due."""

    async def refused() -> None:
        raise StoreError("the disk is full: free some space", retry=True)

    jobs = CalendarJobs(())
    with capture_logs() as said:
        await jobs.do(replace(NIGHTLY, work=refused))
        await jobs.do(NIGHTLY)
    assert [(line["event"], line["log_level"]) for line in said] == [
        ("calendar job failed", "error"),
        ("calendar job done", "info"),
    ]
    assert said[0]["error"] == "the disk is full: free some space"


async def test_a_bug_in_a_job_ends_whoever_runs_the_jobs() -> None:
    """An event that nobody listens to would hide it for a month."""

    async def bug() -> None:
        raise KeyError("a bug")

    jobs = CalendarJobs(())
    await jobs._hand_over(replace(NIGHTLY, work=bug))
    with pytest.raises(KeyError):
        await jobs.run()


async def test_a_run_that_is_missed_is_an_error() -> None:
    """It cannot happen by how the jobs are set up; if it does, it is not passed over."""
    jobs = CalendarJobs((NIGHTLY,))
    jobs._trouble(JobEvent(EVENT_JOB_MISSED, NIGHTLY.name, "default"))
    with pytest.raises(RuntimeError, match="retention was not run"):
        await jobs.run()


async def test_jobs_that_end_leave_no_timer() -> None:
    """A cancelled scheduler wakes up no more."""
    async with asyncio.TaskGroup() as tasks:
        running = tasks.create_task(CalendarJobs((MONTHLY, NIGHTLY)).run())
        await asyncio.sleep(0.01)
        running.cancel()
    await asyncio.sleep(0)
    assert [handle for handle in asyncio.get_running_loop()._scheduled if not handle.cancelled()] == []  # type: ignore[attr-defined]
