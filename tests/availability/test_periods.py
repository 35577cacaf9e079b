"""Periods: the council's own months, exact over both clock changes, and what is refused with which words."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ictss_monitor.availability.periods import CalendarSpan, Period, from_instants, months_of, parse
from ictss_monitor.clock import DAY, HOUR, to_datetime, to_instant
from ictss_monitor.errors import PeriodError

LONDON = "Europe/London"


def instant(year: int, month: int, day: int, hour: int = 0) -> int:
    """Return the instant of a time in UTC."""
    return to_instant(datetime(year, month, day, hour, tzinfo=UTC))


@pytest.mark.parametrize(
    ("text", "hours"),
    [
        ("2026-10", 745),
        ("2026-03", 743),
        ("2026-01", 744),
        ("2026-02", 672),
        ("2024-02", 696),
        ("2000-02", 696),
        ("2100-02", 672),
        ("2026", 8760),
        ("2024", 8784),
    ],
)
def test_the_length_of_periods_in_london(text: str, hours: int) -> None:
    """October has the hour that comes twice, March lacks the one that is skipped, February is leap when it should."""
    assert parse(text).within(LONDON).length == hours * HOUR


def test_a_summer_month_begins_at_local_midnight() -> None:
    """October 2026 in London runs from 23:00 UTC of 30 September to midnight UTC of 1 November."""
    made = parse("2026-10").within(LONDON)
    assert (made.start, made.end) == (instant(2026, 9, 30, 23), instant(2026, 11, 1))
    assert made.label == "2026-10"


@pytest.mark.parametrize(
    ("text", "first", "last"),
    [
        ("2026-Q3", (2026, 7), (2026, 9)),
        ("2026-H1", (2026, 1), (2026, 6)),
        ("FY2019/20", (2019, 4), (2020, 3)),
        ("FY2019/20-Q2", (2019, 7), (2019, 9)),
        ("FY2019/20-Q4", (2020, 1), (2020, 3)),
        ("FY2023/24-H1", (2023, 4), (2023, 9)),
        ("FY1999/00-H2", (1999, 10), (2000, 3)),
    ],
)
def test_parts_of_calendar_and_financial_years(text: str, first: tuple[int, int], last: tuple[int, int]) -> None:
    """Financial years begin in April; quarters and halves are counted from there."""
    months = parse(text).split()
    assert (months[0].year, months[0].month) == first
    assert (months[-1].year, months[-1].month) == last


def test_the_quarter_of_document_d_has_132480_minutes() -> None:
    """1 July to 30 September 2019, as the published figure counts it."""
    assert parse("FY2019/20-Q2").within(LONDON).length == 132_480 * 60 * 1_000_000


@given(st.integers(1971, 9989), st.integers(1, 12), st.sampled_from([LONDON, "America/Havana", "Pacific/Apia", "UTC"]))
def test_months_follow_one_another_without_gap(year: int, month: int, zone: str) -> None:
    """Every month ends where the next begins, and both are first of the month on the local clock."""
    this = CalendarSpan("this", year, month, 1).within(zone)
    following = CalendarSpan("next", year + month // 12, month % 12 + 1, 1).within(zone)
    assert this.end == following.start
    for edge in (this.start, this.end):
        assert to_datetime(edge).astimezone(ZoneInfo(zone)).day == 1


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "cannot understand the period ''"),
        ("october", "cannot understand the period 'october': write it as 2026-10"),
        ("2026-1", "cannot understand the period '2026-1'"),
        ("2026-13", "period '2026-13': there is no month 13, only 1 to 12"),
        ("2026-00", "there is no month 00"),
        ("2026-Q5", "period '2026-Q5': there is no quarter 5, only 1 to 4"),
        ("2026-H3", "there is no half 3, only 1 to 2"),
        ("FY2019/21", "the financial year that begins in 2019 is FY2019/20"),
        ("0000", "the year must be from 1971 to 9990"),
        ("9999-12", "the year must be from 1971 to 9990"),
        ("\uff12026-10", "cannot understand the period"),
        ("2026-10\n", "cannot understand the period"),
    ],
)
def test_what_is_no_period_is_refused_in_one_line(text: str, message: str) -> None:
    """The message says what was written and how it is written."""
    with pytest.raises(PeriodError) as caught:
        parse(text)
    assert message in str(caught.value)
    assert len(str(caught.value).strip().splitlines()) == 1


def test_instants_are_local_unless_they_have_an_offset() -> None:
    """A time without offset is the council's clock; with an offset or Z it is what it says."""
    expected = (instant(2026, 7, 1, 8), instant(2026, 7, 1, 9))
    local = from_instants("2026-07-01T09:00", "2026-07-01T10:00", LONDON)
    offset = from_instants("2026-07-01T10:00+02:00", "2026-07-01T09:00Z", LONDON)
    assert (local.start, local.end) == (offset.start, offset.end) == expected


def test_a_date_alone_is_local_midnight() -> None:
    """From one date to the next is one day of the council's clock: 25 hours when the clocks go back."""
    assert from_instants("2026-10-25", "2026-10-26", LONDON).length == DAY + HOUR


@pytest.mark.parametrize(
    ("start", "end", "message"),
    [
        ("2026-10-25T01:30", "2026-10-26", "'2026-10-25T01:30' happens twice in Europe/London"),
        ("2026-03-29T01:30", "2026-10-26", "'2026-03-29T01:30' does not exist in Europe/London"),
        ("2026-10-26", "2026-10-25", "its end must be after its begin"),
        ("2026-10-26", "2026-10-26", "its end must be after its begin"),
        ("yesterday", "2026-10-25", "'yesterday' is not a time"),
        ("0001-01-01", "2026-10-25", "'0001-01-01' is outside the years 1971 to 9990"),
    ],
)
def test_times_that_are_none_or_two_are_refused(start: str, end: str, message: str) -> None:
    """A local time that the clock change skips or repeats is not guessed at."""
    with pytest.raises(PeriodError) as caught:
        from_instants(start, end, LONDON)
    assert message in str(caught.value)
    assert len(str(caught.value).splitlines()) == 1


def test_the_two_meanings_of_a_repeated_time_are_offered() -> None:
    """Who writes an hour that comes twice is told both ways to write it, and both are accepted."""
    with pytest.raises(PeriodError) as caught:
        from_instants("2026-10-25T01:30", "2026-10-26", LONDON)
    for meant in ("2026-10-25T01:30:00+01:00", "2026-10-25T01:30:00+00:00"):
        assert meant in str(caught.value)
        from_instants(meant, "2026-10-26", LONDON)


def test_an_unknown_zone_is_refused() -> None:
    """A zone that does not exist is told by its name, even one that looks like a path."""
    for zone in ("Europe/Lundon", "../etc/passwd", ""):
        with pytest.raises(PeriodError, match="is not a time zone"):
            parse("2026-10").within(zone)


def test_a_period_between_instants_is_the_same_in_every_zone() -> None:
    """Instants need no zone any more."""
    period = Period("p", 0, 1)
    assert period.within("Europe/London") is period


@given(st.integers(0, 20_000), st.integers(1, 800), st.integers(0, 23))
def test_months_of_a_period_fill_it(first_day: int, days: int, hour: int) -> None:
    """The pieces follow one another, fill the period, and each lies in one month of the local clock."""
    start = first_day * DAY + hour * HOUR
    period = Period("p", start, start + days * DAY)
    pieces = months_of(period, LONDON)
    assert (pieces[0].start, pieces[-1].end) == (period.start, period.end)
    assert all(before.end == after.start for before, after in pairwise(pieces))
    for piece in pieces:
        ends = (to_datetime(piece.start), to_datetime(piece.end) - timedelta(microseconds=1))
        assert {moment.astimezone(ZoneInfo(LONDON)).strftime("%Y-%m") for moment in ends} == {piece.label}


def test_the_months_of_a_year_are_its_split() -> None:
    """Cutting a year at its months and splitting it into months is the same."""
    year = parse("FY2026/27")
    assert months_of(year.within(LONDON), LONDON) == tuple(month.within(LONDON) for month in year.split())
