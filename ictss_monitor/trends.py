"""Curves of measurements: the hours that are kept, gathered by local hour, day or month.

Where nothing was measured a curve has a gap: nothing is drawn, guessed or carried over it.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from enum import StrEnum
from itertools import groupby
from typing import Final

from ictss_monitor.availability.periods import Period, months_of, zone_of
from ictss_monitor.availability.wall_clock import begin_of
from ictss_monitor.clock import DAY, HOUR, Duration, Instant, to_datetime
from ictss_monitor.judging.trends import Tally, TrendHour
from ictss_monitor.observation import LATENCY

UNITS: Final = {
    "percent": "%",
    "celsius": "°C",
    "volts": "V",
    "watts": "W",
    "seconds": "s",
    "minutes": "min",
    "hours": "h",
    "days": "days",
    "bytes": "bytes",
}
"""By the last word of a measurement's name, how its unit is printed."""
_MOST_HOURS: Final[Duration] = 3 * DAY
_MOST_DAYS: Final[Duration] = 200 * DAY
"""The longest periods that a table tells by the hour and by the day: half a year is still seen by the day."""
_MOST_HOURS_DRAWN: Final[Duration] = 62 * DAY
"""A picture has room for more."""


class Every(StrEnum):
    """The stretch of time of one point of a curve."""

    HOUR = "hour"
    DAY = "day"
    MONTH = "month"


@dataclass(frozen=True, slots=True)
class Figures:
    """What was measured least, on average and most, and how often."""

    minimum: float
    mean: float
    maximum: float
    count: int


@dataclass(frozen=True, slots=True)
class Bucket:
    """One point of a curve: `[begin, end)`, and what was measured in it; None is a gap."""

    begin: Instant
    end: Instant
    figures: Figures | None


@dataclass(frozen=True, slots=True)
class Curve:
    """A measurement of a check over a period, in the zone (IANA name) whose days and months are told.

    `compared` is the curve that stands beside it, its first point beside the first.
    """

    check: str
    name: str
    """As people call the check."""
    measurement: str
    label: str
    """What the period is called."""
    zone: str
    every: Every
    buckets: tuple[Bucket, ...]
    compared: Curve | None = None

    @property
    def measured(self) -> tuple[Figures, ...]:
        """What there is, without the gaps."""
        return tuple(bucket.figures for bucket in self.buckets if bucket.figures is not None)


def gathered(hours: Iterable[TrendHour], period: Period, every: Every, zone: str) -> tuple[Bucket, ...]:
    """Return the points of a curve over `period`, in order and without a hole between them.

    An hour belongs to the point in which it begins; hours of several vantages are put together. The first point begins
    with the whole hour that holds the period's begin, since nothing smaller is kept.
    """
    start = period.start - period.start % HOUR
    begins = _begins(Period(period.label, start, period.end), every, zone)
    tallies = [Tally() for _ in begins]
    for hour in hours:
        if start <= hour.hour < period.end:
            tally = tallies[bisect_right(begins, hour.hour) - 1]
            tally.add_many(hour.minimum, hour.mean, hour.maximum, hour.count)
    ends = [*begins[1:], period.end]
    return tuple(
        Bucket(begin, end, Figures(tally.minimum, tally.mean, tally.maximum, tally.count) if tally.count else None)
        for begin, end, tally in zip(begins, ends, tallies, strict=True)
    )


def _begins(period: Period, every: Every, zone: str) -> list[Instant]:
    if every is Every.HOUR:
        return list(range(period.start, period.end, HOUR))
    if every is Every.MONTH:
        return [month.start for month in months_of(period, zone)]
    clock = zone_of(zone)
    day = to_datetime(period.start).astimezone(clock).date()
    begins = [period.start]
    while (midnight := begin_of(datetime.combine(day := day + timedelta(days=1), time()), clock)) < period.end:
        begins.append(midnight)
    return begins


def natural(length: Duration, *, drawn: bool = False) -> Every:
    """Return the stretch by which a period of this length is told, or drawn, where nobody says."""
    if length <= (_MOST_HOURS_DRAWN if drawn else _MOST_HOURS):
        return Every.HOUR
    return Every.DAY if drawn or length <= _MOST_DAYS else Every.MONTH


def segments(buckets: Sequence[Bucket]) -> tuple[tuple[Bucket, ...], ...]:
    """Return the points cut at every border between what was measured and what was not."""
    return tuple(tuple(run) for _, run in groupby(buckets, key=lambda bucket: bucket.figures is None))


def unit_of(measurement: str) -> str:
    """Return how the unit of a measurement is printed: that of its name's last word, empty for a bare number."""
    return "s" if measurement == LATENCY else UNITS.get(measurement.rpartition("_")[2], "")


def worded(measurement: str) -> str:
    """Return a measurement in words, without its unit: `battery_temperature_celsius` is `battery temperature`."""
    rest, _, last = measurement.rpartition("_")
    return (rest if rest and last in UNITS else measurement).replace("_", " ")
