"""The single values of the YAML language: durations, days and instants, shares in per cent, ids, listen addresses.

Each is a pydantic type that turns what a person writes into what the house counts in, says in its error what to write
instead, and describes itself in the JSON schema.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from fractions import Fraction
from typing import Annotated, Any, Final
from zoneinfo import ZoneInfo

from pydantic import AfterValidator, BeforeValidator, Field, WithJsonSchema
from pydantic_core import PydanticCustomError

from ictss_monitor.catalogue.problems import quoted
from ictss_monitor.clock import DAY, HOUR, MINUTE, SECOND, Duration, Instant, to_instant

_UNITS: Final = {"ms": SECOND // 1000, "s": SECOND, "m": MINUTE, "h": HOUR, "d": DAY}
_DURATION = re.compile(r"(?:[0-9]{1,9}(?:ms|s|m|h|d))+")
_DURATION_PART = re.compile(r"([0-9]+)(ms|s|m|h|d)")
_NUMBER = re.compile(r"[-+]?[0-9]{1,30}(\.[0-9]{0,30})?(e[-+]?[0-9]{1,2})?")
_LONGEST = 200 * 366 * DAY
_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_TIME = r"[0-9]{2}:[0-9]{2}(?::[0-9]{2}(?:\.[0-9]{1,6})?)?"
_OFFSET = r"(?:Z|[+-][0-9]{2}:[0-9]{2})"
_INSTANT = re.compile(rf"{_DAY.pattern}[T ]{_TIME}(?P<offset>{_OFFSET})?")
_DECIMAL = re.compile(r"[0-9]{1,9}(\.[0-9]{1,30})?")
_ID = re.compile(r"[a-z0-9][a-z0-9-]*")
_LISTEN = re.compile(r"(?P<host>\[[0-9a-fA-F:.%a-z]+\]|[A-Za-z0-9.-]+):(?P<port>[0-9]{1,5})")


def wrong(what: str) -> PydanticCustomError:
    """Return the error that a value is wrong, in words for the person who wrote it."""
    return PydanticCustomError("wrong", "{what}", {"what": what})


def duration(value: object) -> int:
    """Return the microseconds of a duration such as `30s`, `500ms`, `1m` or `1h30m`."""
    text = str(value)
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        raise wrong("not a duration; expected one such as 30s, 500ms, 1m or 1h30m")
    if _NUMBER.fullmatch(text):
        seconds = spelt(round(float(text) * 1000) * 1000) if 0.001 <= float(text) < 1e9 else "30s"
        raise wrong(f"{quoted(text)} has no unit; write {seconds} if it is seconds")
    if not _DURATION.fullmatch(text):
        raise wrong(f"{quoted(text)} is not a duration; expected one such as 30s, 500ms, 1m or 1h30m")
    parts = _DURATION_PART.findall(text)
    total = sum(int(count) * _UNITS[unit] for count, unit in parts)
    if not 0 < total < _LONGEST:
        raise wrong(f"{quoted(text)} is no length of time; expected more than zero, such as 30s")
    return total


def spelt(length: Duration) -> str:
    """Return a duration as one would write it."""
    for unit, size in (("h", HOUR), ("m", MINUTE), ("s", SECOND)):
        if length % size == 0:
            return f"{length // size}{unit}"
    return f"{length // 1000}ms"


@dataclass(frozen=True, slots=True)
class Moment:
    """A date as it is written: a day, which becomes an instant with a zone, or an instant."""

    text: str
    day: date | None
    instant: Instant | None

    def begin(self, zone: ZoneInfo) -> Instant:
        """Return the instant as a `from`: that of the day's first midnight in `zone`."""
        return self.instant if self.day is None else _midnight(self.day, zone)  # type: ignore[return-value]

    def end(self, zone: ZoneInfo) -> Instant:
        """Return the instant as an `until`: a day is included, so the midnight that ends it."""
        return self.instant if self.day is None else _midnight(self.day + timedelta(days=1), zone)  # type: ignore[return-value]


def _midnight(day: date, zone: ZoneInfo) -> Instant:
    return to_instant(datetime(day.year, day.month, day.day, tzinfo=zone))


def moment(value: object) -> Moment:
    """Return the day or instant that `value` writes."""
    expected = "expected a day such as 2026-04-01, or an instant with its offset such as 2026-04-01T09:00:00+01:00"
    if not isinstance(value, str):
        raise wrong(f"not a date; {expected}")
    instant = _INSTANT.fullmatch(value)
    if not instant and not _DAY.fullmatch(value):
        raise wrong(f"{quoted(value)} is not a date; {expected}")
    if instant and not instant["offset"]:
        raise wrong(f"{quoted(value)} has no offset; write {value}+00:00 if it is UTC, +01:00 in British summer time")
    try:
        read = datetime.fromisoformat(value)
    except ValueError:
        raise wrong(f"{quoted(value)} is not in the calendar; {expected}") from None
    if not 1970 < read.year < 2200:
        raise wrong(f"{quoted(value)} is out of range; expected a year from 1971 to 2199")
    return Moment(value, None, to_instant(read)) if instant else Moment(value, read.date(), None)


def percent(value: object) -> Fraction:
    """Return the exact share of 1 that a number of per cent means: 99.90 is 999/1000."""
    number = exact(value)
    if number is None:
        raise wrong(f"{quoted(value)} is not a number of per cent; expected one such as 99.90")
    if not 0 < number <= 100:
        raise wrong(f"{quoted(value)} per cent is out of range; expected more than 0 and at most 100")
    return number / 100


def exact(value: object) -> Fraction | None:
    """Return the exact number, not negative, that `value` writes as a decimal; None where it writes none."""
    text = repr(value) if isinstance(value, int | float) and not isinstance(value, bool) else value
    return Fraction(text) if isinstance(text, str) and _DECIMAL.fullmatch(text) else None


def points(value: object) -> Fraction:
    """Return the exact share of 1 that a number of percentage points means: 0.5 is 1/200."""
    number = exact(value)
    if number is None or number >= 100:
        raise wrong(f"{quoted(value)} is not a number of percentage points; expected one such as 0.5, and under 100")
    return number / 100


def lost_share(value: object) -> Fraction:
    """Return the share of degraded time that is lost: `up` is 0, `down` is 1, a number from 0 to 1 is itself."""
    number = {"up": Fraction(0), "down": Fraction(1)}.get(str(value), exact(value))
    if number is None or number > 1:
        raise wrong(f"{quoted(value)} is no way to count; expected up, down, or the share that is lost, such as 0.5")
    return number


def weight(value: object) -> Fraction:
    """Return the exact weight that a number more than 0 means."""
    number = exact(value)
    if not number:
        raise wrong(f"{quoted(value)} is no weight; expected a number of more than 0, such as 2 or 0.5")
    return number


def known_id(value: str) -> str:
    """Return `value` where it can be an id."""
    if _ID.fullmatch(value):
        return value
    better = re.sub(r"[^a-z0-9]+", "-", value.lower()).strip("-")
    remedy = f"write {quoted(better)}" if better else "write one such as 'fw-eastfield'"
    raise wrong(f"{quoted(value)} cannot be an id; expected small letters, digits and hyphens: {remedy}")


def _measurement(value: str) -> str:
    if not re.fullmatch(r"[a-z][a-z0-9_]*", value):
        raise wrong(f"{quoted(value)} is no measurement; expected a name such as latency or certificate_days")
    return value


def _listen(value: object) -> tuple[str, int]:
    found = _LISTEN.fullmatch(value) if isinstance(value, str) else None
    if not found or int(found["port"]) > 65_535:
        raise wrong(
            f"{quoted(value)} is not an address to listen on; expected one such as 127.0.0.1:9860 or '[::1]:9860'"
        )
    return found["host"].strip("[]"), int(found["port"])


Id = Annotated[str, AfterValidator(known_id), WithJsonSchema({"type": "string", "pattern": "^[a-z0-9][a-z0-9-]*$"})]
Length = Annotated[
    int,
    BeforeValidator(duration),
    WithJsonSchema({"type": "string", "pattern": "^([0-9]{1,9}(ms|s|m|h|d))+$", "examples": ["30s", "500ms", "1h30m"]}),
]
"""A duration in microseconds."""
When = Annotated[
    Moment,
    BeforeValidator(moment),
    WithJsonSchema(
        {
            "type": "string",
            "pattern": f"^{_DAY.pattern}([T ]{_TIME}{_OFFSET})?$",
            "examples": ["2026-04-01", "2026-04-01T09:00:00+01:00"],
        }
    ),
]
Percent = Annotated[
    Fraction,
    BeforeValidator(percent),
    WithJsonSchema(
        {
            "anyOf": [
                {"type": "number", "exclusiveMinimum": 0, "maximum": 100},
                {"type": "string", "pattern": "^[0-9]{1,3}(\\.[0-9]{1,30})?$"},
            ],
            "examples": [99.9, "99.90"],
        }
    ),
]
"""A share of 1, exact."""
_NUMERAL: Final = {"type": "string", "pattern": "^[0-9]{1,9}(\\.[0-9]{1,30})?$"}
Points = Annotated[
    Fraction,
    BeforeValidator(points),
    WithJsonSchema({"anyOf": [{"type": "number", "minimum": 0, "exclusiveMaximum": 100}, _NUMERAL], "examples": [0.5]}),
]
"""Percentage points as a share of 1, exact."""
LostShare = Annotated[
    Fraction,
    BeforeValidator(lost_share),
    WithJsonSchema(
        {
            "anyOf": [{"enum": ["up", "down"]}, {"type": "number", "minimum": 0, "maximum": 1}, _NUMERAL],
            "examples": ["down", 0.5],
        }
    ),
]
WeightNumber = Annotated[
    Fraction,
    BeforeValidator(weight),
    WithJsonSchema({"anyOf": [{"type": "number", "exclusiveMinimum": 0}, _NUMERAL], "examples": [2]}),
]
Listen = Annotated[
    tuple[str, int],
    BeforeValidator(_listen),
    WithJsonSchema({"type": "string", "pattern": "^(\\[[0-9a-fA-F:.%a-z]+\\]|[A-Za-z0-9.-]+):[0-9]{1,5}$"}),
]
Measurement = Annotated[
    str, AfterValidator(_measurement), WithJsonSchema({"type": "string", "pattern": "^[a-z][a-z0-9_]*$"})
]
"""The name of what a probe measures, or `latency`."""
Count = Annotated[int, Field(ge=1, le=1_000_000, strict=True)]


def in_units(value: Any, unit: Duration) -> Any:
    """Return a duration as a number of `unit`; what is no duration, as it is."""
    return duration(value) / unit if isinstance(value, str) and _DURATION.fullmatch(value) else value


def _seconds(value: Any) -> Any:
    return in_units(value, SECOND)


Bound = Annotated[
    float,
    Field(allow_inf_nan=False, strict=True),
    BeforeValidator(_seconds),
    WithJsonSchema(
        {
            "anyOf": [{"type": "number"}, {"type": "string", "pattern": "^([0-9]{1,9}(ms|s|m|h|d))+$"}],
            "examples": [0.8, "800ms"],
        }
    ),
]
"""What a measurement is held against: a number in the measurement's own unit, or a duration, here made seconds."""
