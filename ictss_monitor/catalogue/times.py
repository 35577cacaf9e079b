"""Local times of the YAML language: days, times without an offset, stretches of a day, and the weekdays they are of.

As in `values`, each is a pydantic type that says in its error what to write instead.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import date, datetime
from itertools import pairwise
from typing import Annotated, Any, Final

from pydantic import BeforeValidator, WithJsonSchema

from ictss_monitor.catalogue.problems import quoted
from ictss_monitor.catalogue.values import wrong

MIDNIGHT: Final = 24 * 60
"""The end of a day, in minutes after its beginning."""

_WEEKDAYS: Final = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
_DAY_NAME: Final = "(mon|tue|wed|thu|fri|sat|sun)"
_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_CLOCK: Final = "[0-9]{2}:[0-9]{2}"
_STRETCH = re.compile(rf"(?P<begin>{_CLOCK}) *- *(?P<end>{_CLOCK})")
_LOCAL = re.compile(rf"{_DAY.pattern}[T ]{_CLOCK}(:[0-9]{{2}})?(?P<offset>Z|[+-][0-9]{{2}}:[0-9]{{2}})?")
_YEARS: Final = range(1971, 2200)

Openings = tuple[tuple[int, int], ...]
"""Stretches of a day in order, begin and end in minutes after midnight."""


def day(value: object) -> date:
    """Return the day that `value` writes."""
    if not isinstance(value, str) or not _DAY.fullmatch(value):
        raise wrong(f"{quoted(value)} is not a day; expected one such as 2026-12-24")
    return _in_calendar(value, "expected a day such as 2026-12-24").date()


def local_time(value: object) -> datetime:
    """Return the local time that `value` writes, naive; one with an offset is refused."""
    expected = "expected a local time without offset, such as 2026-01-04T01:00"
    found = _LOCAL.fullmatch(value) if isinstance(value, str) else None
    if not isinstance(value, str) or not found:
        raise wrong(f"{quoted(value)} is not a local time; {expected}")
    if found["offset"]:
        bare = value.removesuffix(found["offset"])
        raise wrong(f"{quoted(value)} has an offset; write {bare} if that is what local clocks show")
    return _in_calendar(value, expected)


def local_end(value: object) -> datetime | int:
    """Return the local time that `value` writes, or the minutes after midnight of a time of day such as `05:00`."""
    found = re.fullmatch(_CLOCK, value) if isinstance(value, str) else None
    if found:
        return _minutes(found.group())
    try:
        return local_time(value)
    except ValueError as error:
        raise wrong(f"{error}, or a time of day such as 05:00") from None


def _in_calendar(text: str, expected: str) -> datetime:
    try:
        read = datetime.fromisoformat(text)
    except ValueError:
        raise wrong(f"{quoted(text)} is not in the calendar; {expected}") from None
    if read.year not in _YEARS:
        raise wrong(f"{quoted(text)} is out of range; expected a year from {_YEARS[0]} to {_YEARS[-1]}")
    return read


def stretch(value: object) -> tuple[int, int]:
    """Return begin and end, in minutes after midnight, of a stretch such as `08:00-17:30`.

    One that ends no later than it begins runs over midnight.
    """
    found = _STRETCH.fullmatch(value) if isinstance(value, str) else None
    if not found:
        raise wrong(f"{quoted(value)} is no stretch of a day; expected one such as '08:00-17:30'")
    begin, end = (_minutes(clock) for clock in (found["begin"], found["end"]))
    if begin in (end, MIDNIGHT):
        raise wrong(f"{quoted(value)} has no length; write '00:00-24:00' for the whole day, and leave a closed one out")
    return begin, end or MIDNIGHT


def _minutes(clock: str) -> int:
    hours, minutes = (int(part) for part in clock.split(":"))
    total = hours * 60 + minutes
    if minutes > 59 or total > MIDNIGHT:
        raise wrong(f"{quoted(clock)} is not on the clock; expected times from 00:00 to 24:00")
    return total


def weekdays(value: object) -> tuple[int, ...]:
    """Return the days of the week (0 is Monday) that `value` names: `mon`, `mon-fri`, `sat, sun`."""
    named: list[int] = []
    for part in str(value).lower().split(","):
        ends = [_weekday(name.strip(), value) for name in part.split("-")]
        if len(ends) > 2:
            raise _no_weekday(value)
        named += [(ends[0] + step) % 7 for step in range((ends[-1] - ends[0]) % 7 + 1)]
    if len(set(named)) < len(named):
        raise wrong(f"{quoted(value)} names a day twice; expected each once")
    return tuple(named)


def _weekday(name: str, value: object) -> int:
    for number, full in enumerate(_WEEKDAYS):
        if name in (full, full[:3]):
            return number
    raise _no_weekday(value)


def _no_weekday(value: object) -> Exception:
    return wrong(f"{quoted(value)} names no weekdays; expected such as mon, mon-fri or 'sat, sun'")


def within_day(stretches: Sequence[tuple[int, int]]) -> Openings:
    """Return the stretches of a day in order; those that overlap or run over midnight are refused."""
    for begin, end in stretches:
        if end <= begin:
            raise wrong(
                f"{spelt_stretch(begin, end)} runs over midnight; write {spelt_stretch(begin, MIDNIGHT)},"
                " and the rest on the day after"
            )
    return _in_order(stretches, "")


def week(hours: Mapping[tuple[int, ...], Sequence[tuple[int, int]]]) -> tuple[Openings, ...]:
    """Return the stretches of each weekday, Monday first; what runs over midnight goes on on the next day."""
    said: list[list[tuple[int, int]]] = [[] for _ in _WEEKDAYS]
    named = [number for days in hours for number in days]
    for number in named:
        if named.count(number) > 1:
            raise wrong(f"{_WEEKDAYS[number]} has hours twice; expected each day once: put its stretches in one list")
    for days, stretches in hours.items():
        for number in days:
            for begin, end in stretches:
                said[number].append((begin, MIDNIGHT if end <= begin else end))
                if end <= begin:
                    said[(number + 1) % 7].append((0, end))
    return tuple(_in_order(stretches, f" of {_WEEKDAYS[number]}") for number, stretches in enumerate(said))


def _in_order(stretches: Sequence[tuple[int, int]], whose: str) -> Openings:
    ordered = sorted(stretches)
    for before, after in pairwise(ordered):
        if after[0] < before[1]:
            both = f"{spelt_stretch(*before)} and {spelt_stretch(*after)}"
            raise wrong(f"hours{whose} overlap: {both}; expected the one to end before the other begins")
    return tuple(ordered)


def spelt_stretch(begin: int, end: int) -> str:
    """Return a stretch of a day as one would write it."""
    return f"{begin // 60:02}:{begin % 60:02}-{end // 60:02}:{end % 60:02}"


def _described(pattern: str, *examples: str) -> Any:
    return WithJsonSchema({"type": "string", "pattern": f"^{pattern}$", "examples": list(examples)})


_LOCAL_ANY: Final = rf"{_DAY.pattern}[T ]{_CLOCK}(:[0-9]{{2}})?"

Day = Annotated[date, BeforeValidator(day), _described(_DAY.pattern, "2026-12-24")]
LocalTime = Annotated[datetime, BeforeValidator(local_time), _described(_LOCAL_ANY, "2026-01-04T01:00")]
LocalEnd = Annotated[
    datetime | int,
    BeforeValidator(local_end),
    _described(f"({_LOCAL_ANY}|{_CLOCK})", "2026-01-04T05:00", "05:00"),
]
"""A local time, or minutes after midnight: the first such time after the begin."""
Stretch = Annotated[tuple[int, int], BeforeValidator(stretch), _described(f"{_CLOCK} *- *{_CLOCK}", "08:00-17:30")]
Weekdays = Annotated[
    tuple[int, ...],
    BeforeValidator(weekdays),
    _described(rf"{_DAY_NAME}[a-z]*( *[-,] *{_DAY_NAME}[a-z]*)*", "mon-fri"),
]
