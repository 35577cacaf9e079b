"""Local clocks the slow and obvious way: look at the clock at every minute, and see what it shows."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

from ictss_monitor.clock import MINUTE, Instant, to_datetime, to_instant

LONDON = "Europe/London"


@dataclass(frozen=True)
class Change:
    """A change of the clocks: the zone, and the local day on which it happened."""

    zone: str
    day: date

    @property
    def middle(self) -> Instant:
        """An instant near it: midnight in UTC."""
        return utc(self.day.year, self.day.month, self.day.day)


CHANGES = (
    Change(LONDON, date(2026, 3, 29)),
    Change(LONDON, date(2026, 10, 25)),
    Change("America/New_York", date(2026, 3, 8)),
    Change("America/New_York", date(2026, 11, 1)),
    Change("Australia/Lord_Howe", date(2026, 4, 5)),  # half an hour
    Change("Australia/Lord_Howe", date(2026, 10, 4)),
    Change("America/Havana", date(2026, 3, 8)),  # midnight is skipped
    Change("America/Havana", date(2026, 11, 1)),  # midnight comes twice
    Change("America/Sao_Paulo", date(2018, 2, 18)),  # the last hour of the day before comes twice
    Change("America/Sao_Paulo", date(2018, 11, 4)),
    Change("America/St_Johns", date(2006, 10, 29)),  # a minute after midnight, back to the day before
    Change("Pacific/Apia", date(2011, 12, 30)),  # the day is skipped
    Change("UTC", date(2024, 2, 29)),
)


def utc(*parts: int) -> Instant:
    """Return the instant of a time in UTC: year, month, day, and what more is said."""
    return to_instant(datetime(*parts, tzinfo=UTC))  # type: ignore[arg-type]  # no zone among the numbers


def shown(zone: str, start: Instant, end: Instant) -> list[tuple[Instant, datetime]]:
    """Return what the clock shows at every minute of `[start, end)`, as naive local times."""
    clock = ZoneInfo(zone)
    return [(at, to_datetime(at).astimezone(clock).replace(tzinfo=None)) for at in range(start, end, MINUTE)]


def stretch(minutes: list[tuple[Instant, datetime]], begin: datetime, end: datetime) -> tuple[Instant, Instant] | None:
    """Return the stretch from the first minute that shows a time in `[begin, end)` to the last; None if none does."""
    inside = [at for at, local in minutes if begin <= local < end]
    return (inside[0], inside[-1] + MINUTE) if inside else None
