"""The spans that a report compares: the one before, the same a year before, the financial year around it."""

from __future__ import annotations

from calendar import month_name
from dataclasses import dataclass
from typing import Final

from ictss_monitor.availability.periods import CalendarSpan, zone_of
from ictss_monitor.clock import Instant, to_datetime
from ictss_monitor.statements.statement import APRIL, MONTHS_OF_A_QUARTER

YEAR: Final = 12
HALF: Final = 6
JANUARY: Final = 1


def span_of(index: int, months: int) -> CalendarSpan:
    """Return the span of `months` from month number `index` on, by the name under which it would be sealed.

    Months are numbered from January of the year 0. A span that has no name is called by its first and last month.
    """
    year, month = index // YEAR, index % YEAR + 1
    financial = year if month >= APRIL else year - 1
    named = f"FY{financial}/{(financial + 1) % 100:02}"
    place = (month - APRIL) % YEAR
    if months == 1:
        label = f"{year}-{month:02}"
    elif months == MONTHS_OF_A_QUARTER and place % MONTHS_OF_A_QUARTER == 0:
        label = f"{named}-Q{place // MONTHS_OF_A_QUARTER + 1}"
    elif months == HALF and place % HALF == 0:
        label = f"{named}-H{place // HALF + 1}"
    elif months == HALF and month in (JANUARY, JANUARY + HALF):
        label = f"{year}-H{1 if month == JANUARY else 2}"
    elif months == YEAR and month in (JANUARY, APRIL):
        label = named if month == APRIL else str(year)
    else:
        last = index + months - 1
        label = f"{year}-{month:02} to {last // YEAR}-{last % YEAR + 1:02}"
    return CalendarSpan(label, year, month, months)


def around(now: Instant, months: int, zone: str) -> CalendarSpan:
    """Return the month, quarter or financial year that runs at `now` in `zone` (IANA name)."""
    local = to_datetime(now).astimezone(zone_of(zone))
    index = local.year * YEAR + local.month - 1
    return span_of(index - (local.month - APRIL) % YEAR % months, months)


def index_of(spec: CalendarSpan) -> int:
    """Return the number of the first month of `spec`."""
    return spec.year * YEAR + spec.month - 1


def end_of(spec: CalendarSpan) -> int:
    """Return the number of the month after the last one of `spec`."""
    return index_of(spec) + spec.months


def before(spec: CalendarSpan) -> CalendarSpan:
    """Return the span of the same length that ends where `spec` begins."""
    return span_of(index_of(spec) - spec.months, spec.months)


def year_before(spec: CalendarSpan) -> CalendarSpan:
    """Return the same months a year before."""
    return span_of(index_of(spec) - YEAR, spec.months)


def months_up_to(end: int, count: int) -> tuple[CalendarSpan, ...]:
    """Return the last `count` months before month number `end`, oldest first."""
    return tuple(span_of(index, 1) for index in range(end - count, end))


def in_words(spec: CalendarSpan) -> str:
    """Return `spec` as it stands in a sentence: `October 2026`, `July to September 2019`, `2019/20`."""
    last = end_of(spec) - 1
    if spec.months == 1:
        return f"{month_name[spec.month]} {spec.year}"
    if spec.months == YEAR and spec.month == APRIL:
        return year_in_words(spec.year)
    if spec.months == YEAR and spec.month == JANUARY:
        return str(spec.year)
    first = month_name[spec.month] if last // YEAR == spec.year else f"{month_name[spec.month]} {spec.year}"
    return f"{first} to {month_name[last % YEAR + 1]} {last // YEAR}"


def year_in_words(year: int) -> str:
    """Return the financial year that begins in April of `year`: `2019/20`."""
    return f"{year}/{(year + 1) % 100:02}"


@dataclass(frozen=True, slots=True)
class FinancialYear:
    """The financial year that begins in April of `begins`."""

    begins: int

    @classmethod
    def of(cls, spec: CalendarSpan) -> FinancialYear:
        """Return the one in which the last month of `spec` lies."""
        last = end_of(spec) - 1
        return cls(last // YEAR if last % YEAR + 1 >= APRIL else last // YEAR - 1)

    @property
    def index(self) -> int:
        """The number of its first month."""
        return self.begins * YEAR + APRIL - 1

    @property
    def whole(self) -> CalendarSpan:
        """All of it."""
        return span_of(self.index, YEAR)

    @property
    def first_half(self) -> CalendarSpan:
        """April to September."""
        return span_of(self.index, HALF)

    @property
    def previous(self) -> FinancialYear:
        """The one before."""
        return FinancialYear(self.begins - 1)

    def up_to(self, spec: CalendarSpan) -> CalendarSpan:
        """Return the part of it up to the last month of `spec`."""
        return span_of(self.index, end_of(spec) - self.index)

    def __str__(self) -> str:
        """Return it in words."""
        return year_in_words(self.begins)
