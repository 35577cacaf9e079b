"""Service hours as sets of time: when a calendar is open, exact over both clock changes; and its working days.

An opening is between two local times, as `wall_clock` reads them. Nothing here is kept: who asks for the same calendar
and period often holds on to the answer.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date, datetime, time, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from ictss_monitor.availability.periods import zone_of
from ictss_monitor.availability.wall_clock import begin_of, end_of
from ictss_monitor.catalogue.terms import Calendar, CalendarVersion, Opening
from ictss_monitor.clock import DAY, MINUTE, Duration, Instant, to_datetime
from ictss_monitor.errors import UsageError
from ictss_monitor.intervals import IntervalSet

_DAY: Final = timedelta(days=1)
_MICROSECOND: Final = timedelta(microseconds=1)
_EPOCH: Final = date(1970, 1, 1).toordinal()
_SATURDAY: Final = 5


def hours_of(calendar: Calendar, zone: str, start: Instant, end: Instant) -> IntervalSet:
    """Return when `calendar` is open within `[start, end)`, its times those of `zone` (IANA name).

    A version holds exactly from its first instant to its last, be that in the middle of an opening. Costs a few
    microseconds for each day between.
    Raises PeriodError where the zone is not known.
    """
    clock = zone_of(zone)
    return IntervalSet(
        (opens, closes) for version in calendar.versions for _, opens, closes in _openings(version, clock, start, end)
    )


def working_day(calendar: Calendar | None, zone: str, year: int, month: int, n: int) -> date:
    """Return the `n`-th working day of a month, counted from 1: the days on which `calendar` opens in `zone` at all.

    Without a calendar they are Monday to Friday.
    Raises UsageError where the month has no such day, PeriodError where the zone is not known.
    """
    first = date(year, month, 1)
    after = (first + 31 * _DAY).replace(day=1)
    if calendar is None:
        days = [day for day in _days(first, after) if day.weekday() < _SATURDAY]
    else:
        days = _open_days(calendar, zone_of(zone), first, after)
    if not 1 <= n <= len(days):
        by = "from Monday to Friday" if calendar is None else f"by calendar '{calendar.id}'"
        raise UsageError(f"there is no working day {n} in {year}-{month:02}: it has {len(days)} of them {by}")
    return days[n - 1]


def _open_days(calendar: Calendar, clock: ZoneInfo, first: date, after: date) -> list[date]:
    """Return the days from `first` to the one before `after` on which the calendar opens, in order."""
    start, end = (begin_of(datetime.combine(day, time()), clock) for day in (first, after))
    opened = {day for version in calendar.versions for day, _, _ in _openings(version, clock, start, end)}
    return sorted(day for day in opened if first <= day < after)


def _openings(
    version: CalendarVersion, clock: ZoneInfo, start: Instant, end: Instant
) -> Iterator[tuple[date, Instant, Instant]]:
    """Yield each opening of `version` within `[start, end)`, with the local day that it belongs to."""
    since, until = version.validity.since, version.validity.until
    start = start if since is None else max(start, since)
    end = end if until is None else min(end, until)
    if end <= start:
        return
    # Where clocks go back over midnight, the day before comes again: so one day more at either end.
    first = to_datetime(start).astimezone(clock).date() - _DAY
    after = to_datetime(end).astimezone(clock).date() + 2 * _DAY
    special = _special_days(version, first, after)
    for day in _days(first, after):
        held = _opening_times(version, special, day)
        for opens, closes in _instants(held, day, clock) if held else ():
            opens, closes = max(opens, start), min(closes, end)
            if opens < closes:
                yield day, opens, closes


def _opening_times(
    version: CalendarVersion, special: Mapping[date, tuple[Opening, ...]], day: date
) -> tuple[Opening, ...]:
    held = special.get(day)
    if held is not None:
        return held
    return () if day in version.bank_holidays else version.week[day.weekday()]


def _special_days(version: CalendarVersion, first: date, after: date) -> dict[date, tuple[Opening, ...]]:
    return {
        day: special.openings
        for special in version.special
        for day in _days(max(special.first, first), min(special.last + _DAY, after))
    }


def _instants(openings: tuple[Opening, ...], day: date, clock: ZoneInfo) -> Iterator[tuple[Instant, Instant]]:
    """Yield the instants between which `openings` of the local `day` lie; equal ones where the clock skips it all.

    Most days have no change of the clocks: they are of one offset, up to and including the last time that midnight
    comes after them, and plain arithmetic.
    """
    midnight = datetime.combine(day, time(), clock)
    offset = midnight.utcoffset()
    if offset == (midnight + _DAY).replace(fold=1).utcoffset():
        base = (day.toordinal() - _EPOCH) * DAY - _length(offset)
        for opening in openings:
            yield base + opening.begin * MINUTE, base + opening.end * MINUTE
        return
    local = midnight.replace(tzinfo=None)
    for opening in openings:
        begin, end = (local + timedelta(minutes=minutes) for minutes in (opening.begin, opening.end))
        yield begin_of(begin, clock), end_of(end, clock)


def _length(offset: timedelta | None) -> Duration:
    return (offset or timedelta()) // _MICROSECOND


def _days(first: date, after: date) -> Iterator[date]:
    for ordinal in range(first.toordinal(), after.toordinal()):
        yield date.fromordinal(ordinal)
