"""Healthy is what a restart would not mend; ready is that what is observed reaches the store."""

from __future__ import annotations

from dataclasses import replace

import pytest
from support.clock import FakeClock
from support.scrapes import catalogue_of, check

from ictss_monitor.clock import SECOND
from ictss_monitor.health import Health
from ictss_monitor.recorder import RecorderCounters


@pytest.fixture
def clock() -> FakeClock:
    """Return a clock that stands still."""
    return FakeClock()


@pytest.fixture
def counters(clock: FakeClock) -> RecorderCounters:
    """Return those of a recorder that has just committed."""
    return RecorderCounters(watermark=clock.now(), tried_at=clock.monotonic())


def health(counters: RecorderCounters, clock: FakeClock, limit: float = 1.0) -> Health:
    """Return the health of a daemon with one check of this time limit."""
    catalogue = catalogue_of([replace(check("fw"), time_limit=round(limit * SECOND))])
    return Health(counters, lambda: catalogue, clock)


def test_a_daemon_that_has_just_committed_is_well(counters: RecorderCounters, clock: FakeClock) -> None:
    """Nothing ails it and it is ready."""
    assert health(counters, clock).ailing() == health(counters, clock).unready() == []


def test_before_the_first_commit_it_is_not_ready(counters: RecorderCounters, clock: FakeClock) -> None:
    """Healthy all the same: a restart would not help."""
    counters.watermark = 0
    assert health(counters, clock).unready() == ["nothing has been recorded for a while"]
    assert health(counters, clock).ailing() == []


def test_a_refusing_store_is_said_at_once_and_is_no_illness(counters: RecorderCounters, clock: FakeClock) -> None:
    """A restart mends no disk."""
    counters.failing_since = clock.now()
    assert health(counters, clock).unready() == ["the store refuses to write"]
    assert health(counters, clock).ailing() == []


def test_a_slow_probe_makes_nobody_unready(counters: RecorderCounters, clock: FakeClock) -> None:
    """The watermark waits for a probe of fifty seconds; only beyond that something is wrong."""
    clock.advance(60.0)
    assert health(counters, clock, limit=50.0).unready() == []
    assert health(counters, clock, limit=1.0).unready() == ["nothing has been recorded for a while"]


def test_a_commit_that_never_returns_is_an_illness(counters: RecorderCounters, clock: FakeClock) -> None:
    """The recorder tries at each heartbeat; not having tried for two minutes, it hangs."""
    clock.advance(100.0)
    assert health(counters, clock).ailing() == []
    clock.advance(60.0)
    assert health(counters, clock).ailing() == ["the recorder hangs in the store for 160 s: restart the daemon"]
