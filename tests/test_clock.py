"""Instants: whole microseconds, exact in both directions."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ictss_monitor.clock import DAY, SystemClock, to_datetime, to_instant

moments = st.datetimes(timezones=st.sampled_from([UTC, ZoneInfo("Europe/London"), timezone(timedelta(hours=-9.5))]))


@given(moments)
def test_a_moment_survives_the_way_to_an_instant_and_back(moment: datetime) -> None:
    """Every aware datetime, to the microsecond, is one instant, and that instant is the same moment."""
    moment = moment.astimezone(UTC)
    assert to_datetime(to_instant(moment)) == moment


def test_the_epoch_is_zero_and_a_day_is_a_day() -> None:
    """Instants count from 1970-01-01T00:00:00Z, before it negatively."""
    assert to_instant(datetime(1970, 1, 1, tzinfo=UTC)) == 0
    assert to_instant(datetime(1969, 12, 31, tzinfo=UTC)) == -DAY


def test_the_same_moment_in_two_zones_is_one_instant() -> None:
    """The zone in which a moment is told does not change its instant."""
    assert to_instant(datetime(2026, 7, 1, 1, tzinfo=ZoneInfo("Europe/London"))) == to_instant(
        datetime(2026, 7, 1, 0, tzinfo=UTC)
    )


def test_a_local_time_without_zone_is_refused() -> None:
    """A naive datetime is not an instant, and the message shows which one it was."""
    with pytest.raises(ValueError, match="2026-10-25T01:30:00 has no time zone"):
        to_instant(datetime(2026, 10, 25, 1, 30))  # noqa: DTZ001  # the naive datetime is the point


def test_the_system_clock_tells_microseconds_and_never_steps_back() -> None:
    """The wall clock is in microseconds (after 2024, before 2200); the monotonic one does not decrease."""
    clock = SystemClock()
    assert to_instant(datetime(2024, 1, 1, tzinfo=UTC)) < clock.now() < to_instant(datetime(2200, 1, 1, tzinfo=UTC))
    assert clock.monotonic() <= clock.monotonic()
