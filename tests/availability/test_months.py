"""Months counted back from now, and the periods that a month is part of."""

from __future__ import annotations

from itertools import islice

from ictss_monitor.availability.months import labels_about, months_before
from ictss_monitor.availability.periods import instant_of, parse

LONDON = "Europe/London"


def test_the_running_month_comes_first() -> None:
    """Months are counted back over the turn of the year to the one in which something began."""
    now, begin = instant_of("2026-02-01T00:30", LONDON), instant_of("2025-11-30T23:59", LONDON)
    assert [month.label for month in months_before(now, begin, LONDON)] == ["2026-02", "2026-01", "2025-12", "2025-11"]


def test_a_month_that_ended_as_it_began_is_left_out() -> None:
    """What begins at midnight of the first is of that month alone; without a begin there is always one more."""
    begin = instant_of("2025-12-01T00:00", LONDON)
    assert [month.label for month in months_before(begin, begin, LONDON)] == ["2025-12"]
    assert len(list(islice(months_before(begin, -(2**62), LONDON), 100))) == 100


def test_a_month_is_local() -> None:
    """Half past midnight of the first in London is still the month before in New York."""
    now = instant_of("2026-02-01T00:30", LONDON)
    assert next(months_before(now, 0, "America/New_York")).label == "2026-01"


def test_periods_that_share_time() -> None:
    """A month's own label, its quarter, half and years; neither its neighbours nor what is between two instants."""
    month = parse("2026-03").within(LONDON)
    labels = ["2026-02", "2026-03", "2026-04", "2026-Q1", "2026-Q2", "FY2025/26", "FY2026/27", "2026", "noon to two"]
    assert labels_about(labels, month, LONDON) == ["2026-03", "2026-Q1", "FY2025/26", "2026"]
