"""Maintenance windows as sets of time: when they take place, which were announced in time, and what they are over.

An occurrence is between two local times, as `wall_clock` reads them: Sundays from 01:00 to 05:00 take five hours in
the night in which the clocks go back, and three when they go forward.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import lru_cache
from typing import Final, Protocol

from ictss_monitor.availability.periods import zone_of
from ictss_monitor.availability.wall_clock import begin_of, end_of
from ictss_monitor.catalogue.model import Catalogue, checks_of
from ictss_monitor.catalogue.terms import Scope, Window
from ictss_monitor.clock import Duration, Instant, to_datetime
from ictss_monitor.intervals import IntervalSet, union

_LARGEST_CHANGE: Final = timedelta(days=2)
"""More than any clock was ever put forward or back (a day, in Samoa)."""
_DAYS: Final = {"DAILY": 1, "WEEKLY": 7}
_MONTHS: Final = {"MONTHLY": 1, "YEARLY": 12}
_DAY_PARTS: Final = frozenset({"BYDAY", "BYMONTHDAY"})


@dataclass(frozen=True, slots=True)
class Occurrence:
    """One time that a window takes place: `[begin, end)`."""

    begin: Instant
    end: Instant


class Announced(Protocol):
    """A window, and when it was announced as far as notice goes; None: it was known all along."""

    @property
    def window(self) -> Window:
        """The window itself; its own `announced` does not matter here."""
        ...

    @property
    def announced(self) -> Instant | None:
        """When it was announced."""
        ...


def occurrences(window: Window, start: Instant, end: Instant) -> Iterator[Occurrence]:
    """Yield the occurrences of `window` that overlap `[start, end)`, whole and in order.

    One takes place if it begins while the window's validity holds, and then goes on to its own end; only an operator
    who ended the window cuts it. Costs by the days between, whatever the age of the window; one whose rule has a
    COUNT is counted from its first occurrence on. The rule is as `catalogue.recurrence` writes it.
    Raises PeriodError where the zone is not known.
    """
    clock, length = zone_of(window.zone), window.end - window.begin
    first, last = (to_datetime(edge).astimezone(clock).replace(tzinfo=None) for edge in (start, end))
    for local in _begins(window, first - length - _LARGEST_CHANGE, last + _LARGEST_CHANGE):
        begin, until = begin_of(local, clock), end_of(local + length, clock)
        if local.date() in window.except_days or not window.validity.holds_at(begin):
            continue
        if window.ended is not None:
            until = min(until, window.ended)
        if max(begin, start) < min(until, end):
            yield Occurrence(begin, until)


def valid_set(windows: Iterable[Announced], notice: Duration, start: Instant, end: Instant) -> IntervalSet:
    """Return the time within `[start, end)` in a window that was announced at least `notice` before its begin.

    Each occurrence is judged by its own begin: where a week's notice is wanted, a window that repeats and was entered
    today forgives nothing this week, and everything afterwards.
    """
    return union(_valid(held.window, held.announced, notice, start, end) for held in windows)


@lru_cache(maxsize=512)
def _valid(window: Window, announced: Instant | None, notice: Duration, start: Instant, end: Instant) -> IntervalSet:
    """Return the valid time of one window; kept, as each service that a window is over asks for the same."""
    return IntervalSet(
        (each.begin, each.end)
        for each in occurrences(window, start, end)
        if announced is None or announced <= each.begin - notice
    ).clip(start, end)


def over(scope: Scope, catalogue: Catalogue, service: str, council: str) -> tuple[bool, frozenset[str]]:
    """Tell what a window is over, of one service for one council: the service itself, and which of its checks.

    The checks are those that the service's rules for this council name, at any time.
    """
    if scope.councils and council not in scope.councils:
        return False, frozenset()
    of_checks = scope.checks or scope.sites
    whole = service in scope.services or (bool(scope.councils) and not scope.services and not of_checks)
    if not of_checks:
        return whole, frozenset()
    provisions = catalogue.services[service].provisions.get(council, ())
    checks = {check for held in provisions if held.rule is not None for check in checks_of(held.rule)}
    return whole, frozenset(
        check for check in checks if check in scope.checks or catalogue.checks[check].site in scope.sites
    )


def _begins(window: Window, after: datetime, before: datetime) -> Iterable[datetime]:
    """Return the naive local times at which occurrences begin between the two, both included, and perhaps others."""
    if window.rrule is None:
        return (window.begin,)
    from dateutil.rrule import rrulestr  # loaded where a window repeats

    parts, begin = dict(part.split("=") for part in window.rrule.split(";")), window.begin
    if "COUNT" not in parts:
        parts, begin = _later(parts, begin, after)
    rule = rrulestr(";".join(f"{name}={value}" for name, value in parts.items()), dtstart=begin)
    found: list[datetime] = rule.between(after, before, inc=True)
    return found


def _later(parts: dict[str, str], begin: datetime, after: datetime) -> tuple[dict[str, str], datetime]:
    """Return the rule and a begin moved on by whole intervals towards `after`: the same occurrences, sooner reached.

    It stays at least one interval before `after`, as what the first interval gives may depend on where in it the
    begin lies. What a rule takes from its begin (the day of the month) is written into it, for the begin moves to the
    first of a month: that is a day which every month has.
    """
    step = int(parts.get("INTERVAL", "1"))
    days, months = step * _DAYS.get(parts["FREQ"], 0), step * _MONTHS.get(parts["FREQ"], 0)
    if days:
        times = (after - begin) // timedelta(days=days) - 1
        return parts, begin + timedelta(days=days * times) if times > 0 else begin
    if not months:
        return parts, begin
    times = (12 * (after.year - begin.year) + after.month - begin.month) // months - 1
    if times <= 0:
        return parts, begin
    if not _DAY_PARTS & parts.keys():
        taken = {"BYMONTH": str(begin.month)} if parts["FREQ"] == "YEARLY" else {}
        parts = taken | parts | {"BYMONTHDAY": str(begin.day)}
    index = 12 * begin.year + begin.month - 1 + months * times
    year, month = index // 12, 1 if parts["FREQ"] == "YEARLY" else index % 12 + 1
    return parts, begin.replace(year=year, month=month, day=1)
