"""Periods: the months, quarters, years and stretches of time that a figure is about.

A month is a month of the council's own clock: it begins and ends at local midnight, so that October in London has 745
hours and March 743. Local time is left behind here; everything after works on instants.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TypeAlias
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from ictss_monitor.clock import Duration, Instant, to_datetime, to_instant
from ictss_monitor.errors import PeriodError

_FORMS = "2026-10, 2026, 2026-Q3, 2026-H1, FY2026/27, FY2026/27-Q2 or FY2026/27-H1"
_CALENDAR = re.compile(r"(?P<year>\d{4})(?:-(?:(?P<month>\d{2})|Q(?P<quarter>\d)|H(?P<half>\d)))?", re.ASCII)
_FINANCIAL = re.compile(r"FY(?P<year>\d{4})/(?P<next>\d{2})(?:-(?:Q(?P<quarter>\d)|H(?P<half>\d)))?", re.ASCII)
_FINANCIAL_YEAR_BEGINS = 4
"""April: the financial year of British councils runs from 1 April to 31 March."""
_FIRST_YEAR, _LAST_YEAR = 1971, 9990
"""Beyond them a local midnight may have no instant or no datetime."""


@dataclass(frozen=True, slots=True)
class Period:
    """The stretch of time `[start, end)`; `label` is how a person calls it."""

    label: str
    start: Instant
    end: Instant

    def __post_init__(self) -> None:
        """Refuse a period without length.

        Raises PeriodError where `end` is not after `start`.
        """
        if self.end <= self.start:
            raise PeriodError(f"period {self.label}: its end must be after its begin")

    @property
    def length(self) -> Duration:
        """The length in microseconds."""
        return self.end - self.start

    def within(self, zone: str) -> Period:
        """Return the period itself: between two instants it is the same in every zone."""
        return self


@dataclass(frozen=True, slots=True)
class CalendarSpan:
    """A number of whole months from a given one on, not yet tied to a zone: `2026-10` is October for every council."""

    label: str
    year: int
    month: int
    months: int

    def within(self, zone: str) -> Period:
        """Return the period from the first local midnight in `zone` (IANA name) to the one after the last month.

        Raises PeriodError where the zone is not known.
        """
        clock = zone_of(zone)
        start = _month_start(self.year, self.month, clock)
        end = _month_start(*_add_months(self.year, self.month, self.months), clock)
        return Period(self.label, start, end)

    def split(self) -> tuple[CalendarSpan, ...]:
        """Return the months of the span, in order."""
        firsts = (_add_months(self.year, self.month, index) for index in range(self.months))
        return tuple(CalendarSpan(f"{year}-{month:02}", year, month, 1) for year, month in firsts)


PeriodSpec: TypeAlias = CalendarSpan | Period
"""What a person asked for: whole months, which each council's zone makes into instants, or the instants themselves."""


def parse(text: str) -> CalendarSpan:
    """Return the span that `text` names: a month, quarter, half or whole of a calendar or financial year.

    Raises PeriodError, in one line, where it names none.
    """
    calendar, financial = _CALENDAR.fullmatch(text), _FINANCIAL.fullmatch(text)
    found = calendar or financial
    if found is None:
        raise PeriodError(f"cannot understand the period {text!r}: write it as {_FORMS}")
    year = int(found["year"])
    if not _FIRST_YEAR <= year <= _LAST_YEAR:
        raise PeriodError(f"period {text!r}: the year must be from {_FIRST_YEAR} to {_LAST_YEAR}")
    if calendar is not None and calendar["month"] is not None:
        month = _numbered(text, "month", calendar["month"], 12)
        return CalendarSpan(text, year, month, 1)
    if financial is not None and int(financial["next"]) != (year + 1) % 100:
        raise PeriodError(
            f"period {text!r}: the financial year that begins in {year} is FY{year}/{(year + 1) % 100:02}"
        )
    return _part_of_year(text, year, 1 if financial is None else _FINANCIAL_YEAR_BEGINS, found)


def from_instants(start: str, end: str, zone: str) -> Period:
    """Return the period between two ISO 8601 times, each with its offset or else local to `zone` (IANA name).

    Raises PeriodError where one is not a time, does not exist in the zone, happens twice in it, or the end is not
    after the start.
    """
    return Period(f"{start} to {end}", instant_of(start, zone), instant_of(end, zone))


def instant_of(text: str, zone: str) -> Instant:
    """Return the instant of an ISO 8601 time with its offset, or else local to `zone` (IANA name).

    Raises PeriodError where it is no time, does not exist in the zone, or happens twice in it.
    """
    return _instant(text, zone_of(zone))


def months_of(period: Period, zone: str) -> tuple[Period, ...]:
    """Cut `period` at every begin of a month in `zone` (IANA name): whole months, and the rest at either end."""
    clock = zone_of(zone)
    pieces: list[Period] = []
    start = period.start
    while start < period.end:
        local = to_datetime(start).astimezone(clock)
        end = min(_month_start(*_add_months(local.year, local.month, 1), clock), period.end)
        pieces.append(Period(f"{local.year}-{local.month:02}", start, end))
        start = end
    return tuple(pieces)


def zone_of(name: str) -> ZoneInfo:
    """Return the time zone of an IANA name.

    Raises PeriodError where there is none of that name.
    """
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        raise PeriodError(f"{name!r} is not a time zone: write an IANA name such as Europe/London") from error


def _part_of_year(text: str, year: int, first: int, found: re.Match[str]) -> CalendarSpan:
    if found["quarter"] is not None:
        number, months = _numbered(text, "quarter", found["quarter"], 4), 3
    elif found["half"] is not None:
        number, months = _numbered(text, "half", found["half"], 2), 6
    else:
        number, months = 1, 12
    return CalendarSpan(text, *_add_months(year, first, (number - 1) * months), months)


def _numbered(text: str, name: str, digits: str, last: int) -> int:
    number = int(digits)
    if not 1 <= number <= last:
        raise PeriodError(f"period {text!r}: there is no {name} {digits}, only 1 to {last}")
    return number


def _add_months(year: int, month: int, count: int) -> tuple[int, int]:
    index = year * 12 + month - 1 + count
    return index // 12, index % 12 + 1


def _month_start(year: int, month: int, zone: ZoneInfo) -> Instant:
    # A midnight that is skipped is, with fold 0, the instant of the jump; one that comes twice is the first of them.
    return to_instant(datetime(year, month, 1, tzinfo=zone))


def _instant(text: str, zone: ZoneInfo) -> Instant:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError as error:
        raise PeriodError(f"{text!r} is not a time: write it as 2026-10-01T09:00 or 2026-10-01T09:00+01:00") from error
    if not _FIRST_YEAR <= moment.year <= _LAST_YEAR:
        raise PeriodError(f"{text!r} is outside the years {_FIRST_YEAR} to {_LAST_YEAR}")
    return to_instant(moment if moment.tzinfo is not None else _only_moment(text, moment, zone))


def _only_moment(text: str, local: datetime, zone: ZoneInfo) -> datetime:
    early, late = local.replace(tzinfo=zone, fold=0), local.replace(tzinfo=zone, fold=1)
    before, after = early.utcoffset(), late.utcoffset()
    if before == after:
        return early
    if (before or timedelta()) > (after or timedelta()):
        raise PeriodError(
            f"{text!r} happens twice in {zone.key}, where the clocks go back: "
            f"write {early.isoformat()} or {late.isoformat()}"
        )
    raise PeriodError(f"{text!r} does not exist in {zone.key}: the clocks go forward over it")
