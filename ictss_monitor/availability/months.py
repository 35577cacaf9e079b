"""Months counted back from now, and which of some periods share time with one of them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from zoneinfo import ZoneInfo

from ictss_monitor.availability.periods import CalendarSpan, Period, parse
from ictss_monitor.clock import Instant, to_datetime
from ictss_monitor.errors import PeriodError


def months_before(now: Instant, begin: Instant, zone: str) -> Iterator[CalendarSpan]:
    """Yield the months in `zone` (IANA name) from the running one back to that of `begin`, the newest first."""
    local = to_datetime(now).astimezone(ZoneInfo(zone))
    year, month = local.year, local.month
    while (held := parse(f"{year}-{month:02}")).within(zone).end > begin:
        yield held
        year, month = (year, month - 1) if month > 1 else (year - 1, 12)


def labels_about(labels: Iterable[str], period: Period, zone: str) -> list[str]:
    """Return those of `labels` whose months, in `zone`, share time with `period`: the month, its quarter, its years.

    A label that names no months is left out: it does not tell which time it is about.
    """
    found = []
    for label in labels:
        try:
            held = parse(label).within(zone)
        except PeriodError:
            continue
        if held.start < period.end and period.start < held.end:
            found.append(label)
    return found
