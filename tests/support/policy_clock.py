"""When a clock on the wall says that a service is open or a maintenance window holds: by looking at every tick."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from support.judging_model import holds
from support.policy_world import World

from ictss_monitor.catalogue.terms import Calendar, CalendarVersion, Opening
from ictss_monitor.ledger.standing import HeldWindow

LEAD = timedelta(days=3) // timedelta(minutes=15)
"""Ticks before and after the period at which clocks are read: what begins or ends in it shows there."""


class WallClock:
    """What a clock on the wall shows at every tick around a period."""

    def __init__(self, world: World, zone: str) -> None:
        clock = ZoneInfo(zone)
        self.ticks = range(-LEAD, world.length + LEAD)
        instants = (datetime.fromtimestamp(world.instant(at) // 1_000_000, UTC) for at in self.ticks)
        self.shown = [instant.astimezone(clock).replace(tzinfo=None) for instant in instants]

    def stretch(self, begin: datetime, end: datetime) -> range:
        """Return the ticks from the first that shows `begin` or later to the last that shows less than `end`."""
        late = [at for at, shown in self.around(begin) if shown >= begin]
        early = [at for at, shown in self.around(end) if shown < end]
        return range(late[0], early[-1] + 1) if late and early else range(0)

    def around(self, local: datetime) -> list[tuple[int, datetime]]:
        """Return the ticks of half a day around a local time: no clock in these tests changes by more."""
        middle = (local - self.shown[0]) // timedelta(minutes=15)
        part = slice(max(middle - 48, 0), max(middle + 48, 0))
        return list(zip(self.ticks[part], self.shown[part], strict=True))

    def days(self) -> Iterator[date]:
        """Yield every day that the clock shows."""
        yield from dict.fromkeys(shown.date() for shown in self.shown)


def open_ticks(world: World, calendar: Calendar, zone: str) -> set[int]:
    """Return the ticks at which a calendar is open."""
    clock = WallClock(world, zone)
    return {
        at
        for version in calendar.versions
        for day in clock.days()
        for opening in openings_on(version, day)
        for at in clock.stretch(
            datetime.combine(day, time()) + timedelta(minutes=opening.begin),
            datetime.combine(day, time()) + timedelta(minutes=opening.end),
        )
        if holds(version.validity, world.instant(at))
    }


def openings_on(version: CalendarVersion, day: date) -> tuple[Opening, ...]:
    """Return when a version opens on a day: special days stand over bank holidays, and these over weekdays."""
    for special in reversed(version.special):
        if special.first <= day <= special.last:
            return special.openings
    return () if day in version.bank_holidays else version.week[day.weekday()]


def window_ticks(world: World, held: HeldWindow, notice: int, in_time: bool) -> set[int]:
    """Return the ticks of the occurrences that were announced early enough; `in_time`: not by what was cited later."""
    window, clock = held.window, WallClock(world, held.window.zone)
    announced = held.entered if in_time and held.entered is not None else held.announced
    found: set[int] = set()
    for times in range(1 if window.rrule is None else world.length * 15 // 1440 + 8):
        begin, end = (each + timedelta(days=times) for each in (window.begin, window.end))
        ticks = clock.stretch(begin, end)
        starts = world.instant(ticks.start)
        known = announced is None or announced <= starts - notice
        if begin.date() not in window.except_days and holds(window.validity, starts) and known:
            found |= {at for at in ticks if window.ended is None or world.instant(at) < window.ended}
    return found
