"""Maintenance windows: when they take place in local time, and which were announced in time."""

from __future__ import annotations

import sys
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from itertools import pairwise

import pytest
from dateutil.rrule import rrulestr
from hypothesis import example, given, settings
from hypothesis import strategies as st
from support.local_clocks import CHANGES, LONDON, Change, shown, stretch, utc

from ictss_monitor.availability.periods import parse
from ictss_monitor.availability.windows import Occurrence, occurrences, valid_set
from ictss_monitor.catalogue.terms import Scope, Window
from ictss_monitor.catalogue.validity import ALWAYS, Validity
from ictss_monitor.clock import DAY, HOUR, MINUTE, Instant
from ictss_monitor.errors import PeriodError
from ictss_monitor.intervals import EMPTY, IntervalSet

SUNDAYS = "FREQ=WEEKLY;BYDAY=SU"


def local(text: str) -> datetime:
    """Read a naive local time."""
    return datetime.fromisoformat(text)


def window(
    begin: str,
    end: str,
    rrule: str | None = None,
    zone: str = LONDON,
    *,
    except_days: frozenset[date] = frozenset(),
    validity: Validity = ALWAYS,
    ended: Instant | None = None,
) -> Window:
    """Return a window over nothing in particular."""
    return Window("w", "patches", Scope(), local(begin), local(end), zone, None, rrule, except_days, validity, ended)


def weekly(**held: object) -> Window:
    """Return the window on Sundays from 01:00 to 05:00, from the first Sunday of 2010 on."""
    return replace(window("2010-01-03T01:00", "2010-01-03T05:00", SUNDAYS), **held)  # type: ignore[arg-type]


def in_month(held: Window, month: str) -> list[Occurrence]:
    """Return the occurrences of a window in a month of its zone."""
    period = parse(month).within(held.zone)
    return list(occurrences(held, period.start, period.end))


@dataclass(frozen=True)
class Held:
    """A window with what is known of its announcement."""

    window: Window
    announced: Instant | None = None


def test_sundays_by_the_local_clock() -> None:
    """In winter 01:00 in London is 01:00 UTC, in summer midnight UTC."""
    assert [each.begin for each in in_month(weekly(), "2026-02")] == [utc(2026, 2, day, 1) for day in (1, 8, 15, 22)]
    assert in_month(weekly(), "2026-07")[0] == Occurrence(utc(2026, 7, 5, 0), utc(2026, 7, 5, 4))


def test_the_nights_in_which_the_clocks_change() -> None:
    """Sundays from 01:00 to 05:00 take five hours when the clocks go back, and three when they go forward."""
    autumn, spring = in_month(weekly(), "2026-10")[-1], in_month(weekly(), "2026-03")[-1]
    assert autumn == Occurrence(utc(2026, 10, 25, 0), utc(2026, 10, 25, 5))
    assert spring == Occurrence(utc(2026, 3, 29, 1), utc(2026, 3, 29, 4))


def test_what_the_clock_skips_does_not_take_place() -> None:
    """Sundays from 01:10 to 01:50 are none in the night in which that hour is skipped; 40 minutes in other nights."""
    found = in_month(window("2026-01-04T01:10", "2026-01-04T01:50", SUNDAYS), "2026-03")
    assert [each.end - each.begin for each in found] == [40 * MINUTE] * 4


def test_a_window_that_takes_place_once() -> None:
    """It overlaps a period that it begins before, and it is told whole; one that it only touches, not."""
    held = window("2026-07-01T22:00", "2026-07-02T02:00")
    begin, end = utc(2026, 7, 1, 21), utc(2026, 7, 2, 1)
    assert list(occurrences(held, utc(2026, 7, 2), utc(2026, 7, 3))) == [Occurrence(begin, end)]
    assert list(occurrences(held, end, end + DAY)) == []
    assert list(occurrences(held, begin - DAY, begin)) == []
    assert list(occurrences(held, end - 1, end)) == [Occurrence(begin, end)]


def test_a_window_over_days_reaches_into_the_next_period() -> None:
    """The last week-end of a month that ends on Sunday night is found from the month after."""
    held = window("2026-01-02T18:00", "2026-01-05T06:00", "FREQ=WEEKLY;BYDAY=FR")
    found = in_month(held, "2026-06")
    assert (found[0].begin, found[0].end) == (utc(2026, 5, 29, 17), utc(2026, 6, 1, 5))


def test_it_does_not_take_place_before_its_first_occurrence() -> None:
    """What the rule would give before the begin is none."""
    assert in_month(weekly(), "2009-12") == []
    assert in_month(weekly(), "2010-01")[0].begin == utc(2010, 1, 3, 1)


def test_local_days_on_which_it_does_not_take_place() -> None:
    """An exception is the local day of the begin: 23:30 UTC of the day before, in summer."""
    held = window("2026-07-01T00:30", "2026-07-01T02:00", "FREQ=DAILY", except_days=frozenset({date(2026, 7, 3)}))
    found = list(occurrences(held, utc(2026, 7, 1, 12), utc(2026, 7, 4, 12)))
    assert [each.begin for each in found] == [utc(2026, 7, 1, 23, 30), utc(2026, 7, 3, 23, 30)]


def test_an_occurrence_counts_if_it_begins_while_the_window_is_valid() -> None:
    """One that has begun goes on to its end, one that begins at the end of validity is none."""
    begin = utc(2026, 7, 12, 0)
    assert len(in_month(weekly(validity=Validity(until=begin + HOUR)), "2026-07")) == 2
    assert in_month(weekly(validity=Validity(until=begin + HOUR)), "2026-07")[-1] == Occurrence(begin, begin + 4 * HOUR)
    assert len(in_month(weekly(validity=Validity(until=begin)), "2026-07")) == 1
    assert len(in_month(weekly(validity=Validity(since=begin + 1)), "2026-07")) == 2


def test_an_operator_ends_a_window_in_the_middle() -> None:
    """What lies after the end is no window: the occurrence is cut, the later ones are none."""
    ended = utc(2026, 7, 12, 2)
    found = in_month(weekly(ended=ended), "2026-07")
    assert found[-1] == Occurrence(utc(2026, 7, 12, 0), ended)
    assert in_month(weekly(ended=ended), "2026-08") == []
    assert len(in_month(weekly(ended=utc(2026, 7, 12, 0)), "2026-07")) == 1


@pytest.mark.parametrize(
    ("begin", "rrule", "month", "days"),
    [
        ("2010-01-31T01:00", "FREQ=MONTHLY", "2026-07", [31]),
        ("2010-01-31T01:00", "FREQ=MONTHLY", "2026-06", []),
        ("2010-01-12T01:00", "FREQ=MONTHLY;BYDAY=2TU", "2026-07", [14]),
        ("2010-01-31T01:00", "FREQ=MONTHLY;BYMONTHDAY=-1", "2024-02", [29]),
        ("2010-01-31T01:00", "FREQ=MONTHLY;INTERVAL=5;BYMONTHDAY=-1", "2026-02", []),
        ("2008-02-29T01:00", "FREQ=YEARLY", "2024-02", [29]),
        ("2008-02-29T01:00", "FREQ=YEARLY", "2026-02", []),
        ("2010-01-05T01:00", "FREQ=WEEKLY;INTERVAL=2", "2026-07", [14, 28]),
        ("2010-01-05T01:00", "FREQ=DAILY;UNTIL=20260703T235959", "2026-07", [1, 2, 3]),
        ("2010-01-05T01:00", "FREQ=DAILY;UNTIL=20260703T005959", "2026-07", [1, 2]),
        ("2026-06-30T01:00", "FREQ=DAILY;COUNT=3", "2026-07", [1, 2]),
    ],
)
def test_rules_of_repetition(begin: str, rrule: str, month: str, days: list[int]) -> None:
    """A rule takes what it does not say from its begin, and ends with its UNTIL or COUNT."""
    held = window(begin, begin.replace("T01", "T02"), rrule, "UTC")
    first = parse(month).within("UTC").start
    assert [(each.begin - first) // DAY + 1 for each in in_month(held, month)] == days


FREQUENCIES = ("DAILY", "WEEKLY", "MONTHLY", "YEARLY")
DAYS = ("BYDAY=SU", "BYDAY=MO,WE,FR", "BYDAY=MO,WE,FR;BYSETPOS=1", "BYDAY=SA,SU;WKST=SU", "BYMONTHDAY=1,15,-1")
PARTS = ("WKST=MO", "BYMONTH=3,10", "COUNT=40", "UNTIL=20231231T235959", *DAYS)
rules = st.builds(
    "FREQ={};INTERVAL={};{}".format, st.sampled_from(FREQUENCIES), st.integers(1, 5), st.sampled_from(PARTS)
)
starts = st.datetimes(datetime.fromisoformat("2008-01-01"), datetime.fromisoformat("2024-12-31"))


@given(rules, starts, st.integers(1, 3000), st.integers(0, 6000), st.integers(0, 60))
@example("FREQ=YEARLY;INTERVAL=1", local("2008-02-29T01:00"), 60, 5800, 60)
@example("FREQ=MONTHLY;INTERVAL=1", local("2008-01-31T01:00"), 60, 5800, 60)
@example("FREQ=WEEKLY;INTERVAL=2;BYDAY=SA,SU;WKST=SU", local("2008-01-02T01:00"), 60, 5800, 60)
@example("FREQ=WEEKLY;INTERVAL=1;BYDAY=MO,WE,FR;BYSETPOS=1", local("2008-01-02T01:00"), 60, 5800, 60)
@settings(max_examples=80, deadline=None)
def test_an_old_window_takes_place_as_if_counted_from_its_begin(
    rrule: str, begin: datetime, minutes: int, after: int, days: int
) -> None:
    """Not to walk all the years since makes no difference: against every occurrence since the first."""
    begin = begin.replace(second=0, microsecond=0)
    length = timedelta(minutes=minutes)
    held = Window("w", "patches", Scope(), begin, begin + length, "UTC", None, rrule)
    start = utc(2010, 1, 1) + after * DAY + 7 * HOUR
    end = start + days * DAY

    expected = []
    for each in rrulestr(rrule, dtstart=begin):
        first = utc(each.year, each.month, each.day, each.hour, each.minute)
        if first >= end:
            break
        if first + minutes * MINUTE > start and start < end:
            expected.append(Occurrence(first, first + minutes * MINUTE))
    assert list(occurrences(held, start, end)) == expected


@given(st.sampled_from(CHANGES), st.integers(-4 * 1440, 2 * 1440), st.integers(1, 3000))
@settings(max_examples=60, deadline=None)
def test_an_occurrence_is_what_the_clock_shows(change: Change, offset: int, length: int) -> None:
    """Around every kind of clock change, it lasts from the first minute that shows a time inside it to the last."""
    midnight = datetime.combine(change.day, datetime.min.time())
    begin = midnight + timedelta(minutes=offset)
    end = begin + timedelta(minutes=length)
    held = Window("w", "patches", Scope(), begin, end, change.zone, None)
    expected = stretch(shown(change.zone, change.middle - 6 * DAY, change.middle + 6 * DAY), begin, end)
    found = list(occurrences(held, change.middle - 9 * DAY, change.middle + 9 * DAY))
    assert found == ([Occurrence(*expected)] if expected else [])


def test_occurrences_come_in_order_and_apart() -> None:
    """Over two years with four clock changes, each begins after the one before has ended."""
    held = window("2010-01-01T23:30", "2010-01-02T02:30", "FREQ=DAILY")
    found = list(occurrences(held, utc(2025, 1, 1), utc(2027, 1, 1)))
    assert len(found) == 731
    assert all(before.end < after.begin for before, after in pairwise(found))


def steps(work: Callable[[], object]) -> int:
    """Return how many functions `work` calls, in Python and in C: its cost without a clock."""
    count = 0

    def counted(frame: object, event: str, _: object) -> None:
        nonlocal count
        count += event in ("call", "c_call")

    sys.setprofile(counted)
    try:
        work()
    finally:
        sys.setprofile(None)
    return count


@pytest.mark.parametrize("rrule", ["FREQ=DAILY", "FREQ=WEEKLY", "FREQ=MONTHLY", "FREQ=YEARLY"])
def test_the_age_of_a_window_costs_nothing(rrule: str) -> None:
    """A month of a window of 1971 takes no more work than one of the year before last."""
    young, old = (window(f"{year}-01-03T01:00", f"{year}-01-03T05:00", rrule) for year in (2024, 1971))
    in_month(old, "2026-01")  # what is read once: the zone, the library
    assert steps(lambda: in_month(old, "2026-01")) < 1.5 * steps(lambda: in_month(young, "2026-01"))


def test_an_unknown_zone_is_refused() -> None:
    """A zone that does not exist is told by its name."""
    nowhere = window("2026-01-01T01:00", "2026-01-01T02:00", zone="Europe/Lundon")
    with pytest.raises(PeriodError, match="'Europe/Lundon' is not a time zone"):
        list(occurrences(nowhere, 0, DAY))


# Notice


def valid(held: Held, notice: int, month: str = "2026-07") -> IntervalSet:
    """Return the valid time of one window in a month of London."""
    period = parse(month).within(LONDON)
    return valid_set([held], notice, period.start, period.end)


def test_each_occurrence_needs_its_own_notice() -> None:
    """Entered on a Saturday with two days' notice wanted: this Sunday is not planned, the ones after are."""
    entered = utc(2026, 7, 11, 12)
    found = valid(Held(weekly(), entered), 2 * DAY)
    assert [begin for begin, _ in found] == [utc(2026, 7, 19, 0), utc(2026, 7, 26, 0)]


def test_notice_is_enough_to_the_microsecond() -> None:
    """Exactly the notice that is wanted is in time, a microsecond less is not."""
    begin = utc(2026, 7, 26, 0)
    assert valid(Held(weekly(), begin - 2 * DAY), 2 * DAY).total == 4 * HOUR
    assert valid(Held(weekly(), begin - 2 * DAY + 1), 2 * DAY) == EMPTY


def test_without_wanted_notice_it_must_still_be_announced_by_its_begin() -> None:
    """A window entered while it is under way forgives nothing of itself, not even what is to come of it."""
    begin = utc(2026, 7, 26, 0)
    assert valid(Held(weekly(), begin), 0).total == 4 * HOUR
    assert valid(Held(weekly(), begin + 1), 0) == EMPTY


def test_a_standing_arrangement_was_known_all_along() -> None:
    """It needs no notice, however much is wanted."""
    assert valid(Held(weekly()), 400 * DAY).total == 16 * HOUR


def test_the_announcement_that_counts_is_the_one_beside_the_window() -> None:
    """A notice cited later, or none, stands over what the window itself says."""
    early = weekly(announced=0)
    assert valid(Held(early, utc(2030, 1, 1)), 0) == EMPTY


def test_what_overruns_is_not_planned() -> None:
    """The set ends where the window was announced to end."""
    found = valid(Held(window("2026-07-01T22:00", "2026-07-02T02:00"), 0), DAY)
    assert found.edges == (utc(2026, 7, 1, 21), utc(2026, 7, 2, 1))


def test_windows_together_are_one_set_inside_the_period() -> None:
    """Windows that overlap or touch are one; what lies outside the period is cut off."""
    one = Held(window("2026-06-30T22:00", "2026-07-01T02:00"))
    two = Held(window("2026-07-01T01:00", "2026-07-01T05:00"))
    period = parse("2026-07").within(LONDON)
    found = valid_set([two, one], 0, period.start, period.end)
    assert found.edges == (period.start, utc(2026, 7, 1, 4))
