"""Recurrence rules of RFC 5545, as far as maintenance windows need them: days, and nothing finer.

The rule is taken apart and checked here, part by part, because the library that works it out reads more than it
understands: `INTERVAL=0` never ends, a sixth Sunday of the month is searched for until the year 9999.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import Annotated, Any, Final

from pydantic import BeforeValidator, WithJsonSchema

from ictss_monitor.catalogue.problems import listed, quoted
from ictss_monitor.catalogue.values import wrong

LONGEST: Final = timedelta(days=31)
"""The longest a window may be: one that is longer is a slip of the pen in a year or a month."""

_EXAMPLE: Final = "FREQ=WEEKLY;BYDAY=SU"
_FREQUENCIES: Final = ("DAILY", "WEEKLY", "MONTHLY", "YEARLY")
_FINER: Final = ("HOURLY", "MINUTELY", "SECONDLY")
_TIMES_OF_DAY: Final = ("BYHOUR", "BYMINUTE", "BYSECOND")
_WEEKDAYS: Final = ("MO", "TU", "WE", "TH", "FR", "SA", "SU")
_WEEKDAY: Final = f"({'|'.join(_WEEKDAYS)})"
_UNTIL = re.compile(r"(\d{4})-?(\d{2})-?(\d{2})(?:T(\d{2}):?(\d{2}):?(\d{2}))?")


def _numbers(highest: int) -> Callable[[str], bool]:
    """Return the test whether a text lists numbers from 1 to `highest`, or so far from the end (-1 is the last)."""
    return lambda text: all(
        re.fullmatch(r"[+-]?[0-9]{1,4}", part) and 1 <= abs(int(part)) <= highest for part in text.split(",")
    )


def _matches(pattern: str) -> Callable[[str], bool]:
    return lambda text: re.fullmatch(pattern, text) is not None


_PARTS: Final[Mapping[str, tuple[Callable[[str], bool], str]]] = {
    "FREQ": (lambda text: text in _FREQUENCIES, listed(_FREQUENCIES)),
    "INTERVAL": (_matches("[1-9][0-9]{0,2}"), "a number from 1 to 999"),
    "COUNT": (_matches("[1-9][0-9]{0,4}"), "a number of 1 or more"),
    "UNTIL": (lambda text: _until(text) is not None, "a day such as 20261231"),
    "BYMONTH": (_matches("([1-9]|1[0-2])(,([1-9]|1[0-2]))*"), "months from 1 to 12"),
    "BYMONTHDAY": (_numbers(31), "days from 1 to 31, or from -31 to -1 counted from the end"),
    "BYSETPOS": (_numbers(31), "positions such as 1 or -1"),
    "BYDAY": (
        _matches(f"([+-]?[1-5])?{_WEEKDAY}(,([+-]?[1-5])?{_WEEKDAY})*"),
        "days such as SU or MO,TU, and 2TU for the second Tuesday",
    ),
    "WKST": (_matches(_WEEKDAY), "a weekday such as MO"),
}


def _until(text: str) -> datetime | None:
    """Return the local time after which UNTIL ends the rule: a day is included, as everywhere in the language."""
    found = _UNTIL.fullmatch(text)
    if not found:
        return None
    year, month, day, *clock = (int(part) if part else None for part in found.groups())
    hour, minute, second = (0 if part is None else part for part in clock) if clock[0] is not None else (23, 59, 59)
    try:
        return datetime(year or 0, month or 0, day or 0, hour, minute, second)  # noqa: DTZ001  # local time
    except ValueError:
        return None


def recurrence(value: object) -> str:
    """Return the recurrence rule that `value` writes, in capitals, its UNTIL as a local time."""
    if not isinstance(value, str) or "=" not in value:
        raise wrong(f"{quoted(value)} is no recurrence rule; expected one such as {_EXAMPLE}")
    parts: dict[str, str] = {}
    for part in value.upper().replace(" ", "").removeprefix("RRULE:").split(";"):
        name, _, said = part.partition("=")
        if name in parts:
            raise wrong(f"{name} is said twice; expected it once: remove one")
        parts[name] = _part(name, said, value)
    if "FREQ" not in parts:
        raise wrong(f"{quoted(value)} has no FREQ; expected a rule such as {_EXAMPLE}")
    _together(parts)
    if until := _until(parts.get("UNTIL", "")):
        parts["UNTIL"] = f"{until:%Y%m%dT%H%M%S}"
    return ";".join(f"{name}={said}" for name, said in parts.items())


def _part(name: str, said: str, value: str) -> str:
    if said in _FINER or name in _TIMES_OF_DAY:
        raise wrong(
            f"{name}{'' if name in _TIMES_OF_DAY else f'={said}'} is finer than a day; expected a rule of days,"
            " the times are those of begin and end: write a window for each time of day"
        )
    if name == "UNTIL" and said.endswith("Z"):
        raise wrong(f"UNTIL={said} is in UTC; write UNTIL={said[:8]}, the last day in local time")
    if name not in _PARTS:
        known = listed(tuple(_PARTS))
        raise wrong(f"{quoted(name or value)} is no part of a recurrence rule; expected {known}, as in {_EXAMPLE}")
    fits, expected = _PARTS[name]
    if not fits(said):
        raise wrong(f"{name}={said:.40} is not right; expected {expected}")
    return said


def _together(parts: Mapping[str, str]) -> None:
    """Refuse parts that are right by themselves and mean nothing beside each other."""
    daily = parts["FREQ"] in ("DAILY", "WEEKLY")
    if daily and re.search("[0-9]", parts.get("BYDAY", "")):
        raise wrong(f"BYDAY={parts['BYDAY']} counts days within a month; write FREQ=MONTHLY, or the weekday alone")
    if daily and "BYSETPOS" in parts:
        raise wrong("BYSETPOS counts days within a month or a year; write FREQ=MONTHLY or FREQ=YEARLY")
    if parts["FREQ"] == "WEEKLY" and "BYMONTHDAY" in parts:
        raise wrong("a week has no days of the month; write FREQ=MONTHLY, or remove BYMONTHDAY")
    if "COUNT" in parts and "UNTIL" in parts:
        raise wrong("COUNT and UNTIL both end the rule; expected one of them: remove the other")


def trouble(begin: datetime, end: datetime, rule: str | None) -> tuple[str, str] | None:
    """Return what is wrong with a window's first occurrence, as key and words; None where nothing is.

    `rule` is as `recurrence` returns it; `begin` and `end` are local times.
    """
    if end <= begin:
        return (
            "end",
            f"the end, {end:%Y-%m-%dT%H:%M}, is not after the begin, {begin:%Y-%m-%dT%H:%M}; expected it later",
        )
    if end - begin > LONGEST:
        return "end", f"the window is {(end - begin).days} days long; expected at most {LONGEST.days}: write several"
    return _trouble_of_rule(begin, rule) if rule is not None else None


def _trouble_of_rule(begin: datetime, rule: str) -> tuple[str, str] | None:
    parts = dict(part.split("=") for part in rule.split(";"))
    until = _until(parts.get("UNTIL", ""))
    if until is not None and until < begin:
        return "repeat", f"never occurs: UNTIL is before the begin, {begin:%Y-%m-%d}; expected it later"
    first = _first(begin, rule)
    if first == begin:
        return None
    remedy = f"the first occurrence, such as {first:%Y-%m-%dT%H:%M}" if first else "a day on which the rule occurs"
    return "begin", f"{begin:%A} {begin:%Y-%m-%d} is no day of {rule}; expected {remedy}"


def _first(begin: datetime, rule: str) -> datetime | None:
    """Return the first occurrence from `begin` on in its month (of a monthly rule) or year, None where there is none.

    Any rule that names days has the same days in the first year whether it is counted by days or by years, so one
    period is looked at, and the next is put beyond the end of the calendar: a rule without days would be searched for
    days until then, for seconds.
    """
    from dateutil.rrule import MONTHLY, YEARLY, rrulestr  # loaded where a window repeats

    if "FREQ=WEEKLY" in rule and "BYDAY" not in rule:
        rule = f"{rule};BYDAY={_WEEKDAYS[begin.weekday()]}"
    held: Any = rrulestr(rule, dtstart=begin)
    monthly = "FREQ=MONTHLY" in rule
    once = held.replace(freq=MONTHLY if monthly else YEARLY, interval=12 * 10_000 if monthly else 10_000)
    return next(iter(once.replace(count=None, until=None)), None)


Recurrence = Annotated[
    str,
    BeforeValidator(recurrence),
    WithJsonSchema(
        {
            "type": "string",
            "pattern": "^(RRULE:)?([A-Z]+=[^;=]+;)*FREQ=(DAILY|WEEKLY|MONTHLY|YEARLY)(;[A-Z]+=[^;=]+)*$",
            "examples": [_EXAMPLE, "FREQ=MONTHLY;BYDAY=2TU"],
        }
    ),
]
"""A rule of RFC 5545 whose occurrences are days."""
