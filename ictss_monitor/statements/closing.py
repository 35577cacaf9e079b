"""When periods are closed: which months, quarters and financial years are due to be drafted, and since when."""

from __future__ import annotations

import calendar
from datetime import date, datetime, time
from typing import Final

from ictss_monitor.availability.calendars import working_day
from ictss_monitor.availability.periods import CalendarSpan, parse, zone_of
from ictss_monitor.availability.wall_clock import begin_of
from ictss_monitor.catalogue.model import Catalogue
from ictss_monitor.clock import Instant, to_datetime
from ictss_monitor.errors import UsageError
from ictss_monitor.statements.statement import APRIL, MONTHS_OF_A_QUARTER, statement_period

MONTHS_BACK: Final = 12
"""How far back a month is closed that was missed, because nothing ran when it was due."""
_MARCH: Final = APRIL - 1


def due_periods(catalogue: Catalogue, now: Instant) -> tuple[CalendarSpan, ...]:
    """Return what the settings say should be closed by `now`, of the last months: the earliest first.

    With the last month of a quarter comes the quarter, with March the financial year; a year after its months, so that
    their mean finds them sealed where the month close seals.
    """
    zone = catalogue.settings.zone
    today = to_datetime(now).astimezone(zone_of(zone))
    this_month = today.year * 12 + today.month - 1
    found: list[CalendarSpan] = []
    for index in range(this_month - MONTHS_BACK, this_month):
        year, month = index // 12, index % 12 + 1
        if closes_at(catalogue, year, month) <= now:
            found += _ending_with(year, month)
    return tuple(found)


def closes_at(catalogue: Catalogue, year: int, month: int) -> Instant:
    """Return when the settings close a month: on a working day of the next one.

    Where that month has not so many working days, it is its last day: a month must not stay open for a short calendar.
    """
    close, zone = catalogue.settings.month_close, catalogue.settings.zone
    year, month = (year + 1, 1) if month == 12 else (year, month + 1)
    hours = None if close.calendar is None else catalogue.calendars[close.calendar]
    try:
        day = working_day(hours, zone, year, month, close.working_day)
    except UsageError:
        day = date(year, month, calendar.monthrange(year, month)[1])
    return begin_of(datetime.combine(day, time(close.hour)), zone_of(zone))


def _ending_with(year: int, month: int) -> list[CalendarSpan]:
    found = [parse(f"{year}-{month:02}")]
    if month % MONTHS_OF_A_QUARTER == 0:
        found.append(statement_period(parse(f"{year}-Q{month // MONTHS_OF_A_QUARTER}")))
    if month == _MARCH:
        found.append(parse(f"FY{year - 1}/{year % 100:02}"))
    return found
