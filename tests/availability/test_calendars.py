"""Service hours: what a calendar says in local time, as sets of instants, against a clock that is read every minute."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from support.local_clocks import CHANGES, LONDON, Change, shown, stretch, utc

from ictss_monitor.availability.calendars import hours_of, working_day
from ictss_monitor.availability.periods import parse
from ictss_monitor.catalogue.terms import Calendar, CalendarVersion, Opening, SpecialDays
from ictss_monitor.catalogue.validity import ALWAYS, Validity
from ictss_monitor.clock import DAY, HOUR, MINUTE, Instant
from ictss_monitor.errors import PeriodError, UsageError
from ictss_monitor.intervals import EMPTY, IntervalSet

ALL_DAY = (Opening(0, 1440),)
OFFICE = (Opening(8 * 60, 18 * 60),)
WORKING_WEEK = (OFFICE,) * 5 + ((), ())
ENGLAND = frozenset({date(2026, 1, 1), date(2026, 4, 3), date(2026, 4, 6), date(2026, 8, 31), date(2026, 12, 25)})
SCOTLAND = frozenset({date(2026, 1, 1), date(2026, 1, 2), date(2026, 4, 3), date(2026, 8, 3), date(2026, 12, 25)})


def calendar(
    week: tuple[tuple[Opening, ...], ...] = WORKING_WEEK,
    *,
    bank_holidays: frozenset[date] = frozenset(),
    special: tuple[SpecialDays, ...] = (),
    validity: Validity = ALWAYS,
) -> Calendar:
    """Return a calendar of one version."""
    return Calendar("office", "Office hours", (CalendarVersion(week, bank_holidays, special, validity),))


def hours(held: Calendar, period: str, zone: str = LONDON) -> IntervalSet:
    """Return when the calendar is open in a named period."""
    within = parse(period).within(zone)
    return hours_of(held, zone, within.start, within.end)


def local_day(held: Calendar, day: date, zone: str = LONDON) -> IntervalSet:
    """Return when the calendar is open on one local day."""
    first, after = (shown_midnight(each, zone) for each in (day, day + timedelta(days=1)))
    return hours_of(held, zone, first, after)


def shown_midnight(day: date, zone: str) -> Instant:
    """Return the first minute that shows this day."""
    around = utc(day.year, day.month, day.day)
    return next(at for at, local in shown(zone, around - DAY, around + 2 * DAY) if local.date() == day)


def test_an_ordinary_day_in_summer() -> None:
    """From 08:00 to 18:00 in London is from 07:00 to 17:00 UTC in July."""
    assert local_day(calendar(), date(2026, 7, 1)) == IntervalSet([(utc(2026, 7, 1, 7), utc(2026, 7, 1, 17))])


def test_around_the_clock_is_one_interval() -> None:
    """Openings that touch at midnight are one, over both clock changes, and fill the year."""
    year = parse("2026").within(LONDON)
    assert hours(calendar((ALL_DAY,) * 7), "2026") == IntervalSet([(year.start, year.end)])


def test_an_opening_over_midnight() -> None:
    """Until 24:00 on Friday and from 00:00 on Saturday is one stretch of eight hours."""
    week = ((), (), (), (), (Opening(22 * 60, 1440),), (Opening(0, 6 * 60),), ())
    found = hours(calendar(week), "2026-02")
    assert len(found) == 4
    assert found.edges[:2] == (utc(2026, 2, 6, 22), utc(2026, 2, 7, 6))


@pytest.mark.parametrize(
    ("opening", "spring", "autumn"),
    [
        (Opening(0, 1440), 23 * 60, 25 * 60),
        (Opening(0, 60), 60, 60),
        (Opening(60, 120), 0, 120),
        (Opening(60, 300), 180, 300),
        (Opening(90, 150), 30, 120),
        (Opening(30, 90), 30, 120),
        (Opening(70, 80), 0, 70),
        (Opening(120, 180), 60, 60),
    ],
    ids=lambda held: (
        f"{held.begin // 60:02}:{held.begin % 60:02}-{held.end // 60:02}:{held.end % 60:02}"
        if isinstance(held, Opening)
        else ""
    ),
)
def test_the_nights_in_which_londons_clocks_change(opening: Opening, spring: int, autumn: int) -> None:
    """What is skipped is not there; what comes twice is all there, from its first begin to its last end."""
    held = calendar(((opening,),) * 7)
    assert local_day(held, date(2026, 3, 29)).total == spring * MINUTE
    assert local_day(held, date(2026, 10, 25)).total == autumn * MINUTE


def test_a_begin_that_is_skipped_is_the_instant_of_the_jump() -> None:
    """Open from 01:30 in the night in which 01:00 to 02:00 is skipped: from 01:00 UTC, when the clock shows 02:00."""
    held = calendar(((Opening(90, 300),),) * 7)
    assert local_day(held, date(2026, 3, 29)).edges == (utc(2026, 3, 29, 1), utc(2026, 3, 29, 4))


def test_months_have_the_hours_that_their_clocks_showed() -> None:
    """Around the clock, March has 743 hours, October 745, and a leap February 696."""
    held = calendar((ALL_DAY,) * 7)
    assert [hours(held, month).total // HOUR for month in ("2026-03", "2026-10", "2024-02")] == [743, 745, 696]


def test_a_leap_day_is_a_day_of_the_week() -> None:
    """29 February 2024 is a Thursday with its hours."""
    assert local_day(calendar(), date(2024, 2, 29)).total == 10 * HOUR


def test_bank_holidays_are_closed_where_they_are_kept() -> None:
    """England opens on 2 January and 3 August 2026, Scotland does not; Scotland opens on Easter Monday."""
    england, scotland = calendar(bank_holidays=ENGLAND), calendar(bank_holidays=SCOTLAND)
    for day, there in ((date(2026, 1, 2), england), (date(2026, 8, 3), england), (date(2026, 4, 6), scotland)):
        other = scotland if there is england else england
        assert local_day(there, day).total == 10 * HOUR
        assert local_day(other, day) == EMPTY


def test_special_days_stand_over_bank_holidays_and_weekdays() -> None:
    """An election on a bank holiday and a closed week in between: the special days say what holds."""
    long_day = (Opening(7 * 60, 22 * 60),)
    held = calendar(
        bank_holidays=ENGLAND,
        special=(
            SpecialDays(date(2026, 12, 24), date(2026, 12, 31)),
            SpecialDays(date(2026, 12, 25), date(2026, 12, 25), long_day),
        ),
    )
    assert hours(held, "2026-12").clip(utc(2026, 12, 24), utc(2027, 1, 1)).edges == (
        utc(2026, 12, 25, 7),
        utc(2026, 12, 25, 22),
    )


def test_of_two_special_days_the_later_in_the_list_stands() -> None:
    """The order of the list decides, not which is longer."""
    one, week = (
        SpecialDays(date(2026, 7, 1), date(2026, 7, 1), ALL_DAY),
        SpecialDays(date(2026, 7, 1), date(2026, 7, 7)),
    )
    assert local_day(calendar(special=(one, week)), date(2026, 7, 1)) == EMPTY
    assert local_day(calendar(special=(week, one)), date(2026, 7, 1)).total == DAY


def test_versions_hold_from_and_until_an_instant() -> None:
    """Longer hours from noon on a Wednesday: that day opens by the old version and closes by the new one."""
    noon = utc(2026, 7, 1, 11)
    longer = tuple((Opening(6 * 60, 22 * 60),) for _ in range(7))
    held = Calendar(
        "office",
        "Office hours",
        (
            CalendarVersion(WORKING_WEEK, validity=Validity(until=noon)),
            CalendarVersion(longer, validity=Validity(since=noon)),
        ),
    )
    assert local_day(held, date(2026, 7, 1)).edges == (utc(2026, 7, 1, 7), utc(2026, 7, 1, 21))
    assert local_day(held, date(2026, 6, 30)).total == 10 * HOUR
    assert local_day(held, date(2026, 7, 4)).total == 16 * HOUR


def test_where_no_version_holds_it_is_closed() -> None:
    """A calendar that begins on a date is closed before, and clips its first opening exactly."""
    since = utc(2026, 7, 1, 9) + 1
    held = calendar(validity=Validity(since=since))
    assert hours(held, "2026-06") == EMPTY
    assert local_day(held, date(2026, 7, 1)).edges == (since, utc(2026, 7, 1, 17))


def test_a_period_cuts_the_openings_at_its_ends() -> None:
    """What is asked for is what is answered, to the microsecond."""
    start, end = utc(2026, 7, 1, 8) + 1, utc(2026, 7, 1, 9) - 1
    assert hours_of(calendar(), LONDON, start, end).edges == (start, end)
    assert hours_of(calendar(), LONDON, end, end) == EMPTY


def test_an_unknown_zone_is_refused() -> None:
    """A zone that does not exist is told by its name."""
    with pytest.raises(PeriodError, match="'Europe/Lundon' is not a time zone"):
        hours_of(calendar(), "Europe/Lundon", 0, DAY)


openings = st.lists(st.integers(0, 288), min_size=2, max_size=2, unique=True).map(
    lambda pair: Opening(5 * min(pair), 5 * max(pair))
)
times_of_a_day = st.lists(openings, max_size=2).map(tuple)


@given(
    st.sampled_from(CHANGES),
    st.lists(times_of_a_day, min_size=7, max_size=7).map(tuple),
    times_of_a_day,
    st.sampled_from([None, 0, 1]),
    st.integers(-2 * 1440, 2 * 1440),
    st.integers(0, 3 * 1440),
)
@settings(max_examples=60, deadline=None)
def test_hours_are_what_the_clock_shows(
    change: Change,
    week: tuple[tuple[Opening, ...], ...],
    special_times: tuple[Opening, ...],
    special_day: int | None,
    offset: int,
    length: int,
) -> None:
    """Around every kind of clock change, the set is that of reading the clock at every minute."""
    special = ()
    if special_day is not None:
        day = change.day + timedelta(days=special_day)
        special = (SpecialDays(day, day, special_times),)
    middle = change.middle
    start = middle + offset * MINUTE
    end = start + length * MINUTE
    found = hours_of(calendar(week, special=special), change.zone, start, end)

    minutes = shown(change.zone, middle - 6 * DAY, middle + 9 * DAY)
    expected = []
    for day in sorted({local.date() for _, local in minutes}):
        held = special_times if special and day == special[0].first else week[day.weekday()]
        for opening in held:
            midnight = datetime.combine(day, time())
            begin, close = (midnight + timedelta(minutes=each) for each in (opening.begin, opening.end))
            expected.append(stretch(minutes, begin, close) or (0, 0))
    assert found == IntervalSet(expected).clip(start, end)


@given(st.sampled_from(CHANGES), st.lists(st.integers(-3 * 1440, 3 * 1440), min_size=3, max_size=3).map(sorted))
@settings(max_examples=40, deadline=None)
def test_hours_of_parts_make_the_hours_of_the_whole(change: Change, cuts: list[int]) -> None:
    """A period may be cut anywhere: the answer is the same, so that days can be reckoned one by one."""
    middle = change.middle
    start, between, end = (middle + cut * MINUTE for cut in cuts)
    held = calendar(((Opening(0, 90), Opening(100, 1440)),) * 7)
    first, second = hours_of(held, change.zone, start, between), hours_of(held, change.zone, between, end)
    assert first | second == hours_of(held, change.zone, start, end)


def test_working_days_without_a_calendar_are_monday_to_friday() -> None:
    """1 August 2026 is a Saturday: the first working day is the 3rd, the last the 31st."""
    assert working_day(None, LONDON, 2026, 8, 1) == date(2026, 8, 3)
    assert working_day(None, LONDON, 2026, 8, 21) == date(2026, 8, 31)


def test_working_days_by_a_calendar_leave_its_bank_holidays_out() -> None:
    """Three days into August 2026, Scotland's first Monday is none."""
    assert working_day(calendar(bank_holidays=ENGLAND), LONDON, 2026, 8, 3) == date(2026, 8, 5)
    assert working_day(calendar(bank_holidays=SCOTLAND), LONDON, 2026, 8, 3) == date(2026, 8, 6)


def test_a_day_with_any_opening_is_a_working_day() -> None:
    """A special Saturday of five minutes counts; so does a day on which the calendar begins in the afternoon."""
    short = SpecialDays(date(2026, 8, 1), date(2026, 8, 1), (Opening(720, 725),))
    assert working_day(calendar(special=(short,)), LONDON, 2026, 8, 1) == date(2026, 8, 1)
    late = calendar(validity=Validity(since=utc(2026, 8, 5, 16)))
    assert working_day(late, LONDON, 2026, 8, 1) == date(2026, 8, 5)


def test_a_day_that_the_clock_skips_is_no_working_day() -> None:
    """Samoa had no 30 December 2011, a Friday."""
    held = calendar()
    days = [working_day(held, "Pacific/Apia", 2011, 12, n).day for n in (20, 21)]
    assert days == [28, 29]
    with pytest.raises(UsageError):
        working_day(held, "Pacific/Apia", 2011, 12, 22)


@pytest.mark.parametrize("n", [0, -1, 22])
def test_a_working_day_that_a_month_does_not_have(n: int) -> None:
    """The message says how many there are, and by what they were counted."""
    with pytest.raises(UsageError) as caught:
        working_day(None, LONDON, 2026, 8, n)
    expected = f"there is no working day {n} in 2026-08: it has 21 of them from Monday to Friday"
    assert str(caught.value) == expected


def test_a_calendar_without_openings_has_no_working_day() -> None:
    """It is told which calendar it was."""
    with pytest.raises(UsageError, match="it has 0 of them by calendar 'office'"):
        working_day(Calendar("office", "Office hours", ()), LONDON, 2026, 8, 1)
