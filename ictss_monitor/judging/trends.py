"""Trends of measurements: by check and hour what was measured least, on average and most, and how often.

Hours are those of UTC: every zone with whole hours finds its own days and months in them. What is handed over is
always the whole hour so far, so that writing it again changes nothing, and a restart goes on from what was written.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final, TypeAlias

from ictss_monitor.catalogue.model import Check
from ictss_monitor.clock import HOUR, Instant
from ictss_monitor.observation import Observation, measured

TrendKey: TypeAlias = tuple[str, str, str, Instant]
"""Check, vantage, measurement, hour."""

_SCALE: Final = 1074
"""Every finite float is a whole number of 2**-1074: sums of such numbers are exact, in whatever order."""


@dataclass(frozen=True, slots=True)
class TrendHour:
    """What one vantage measured of a check within one hour, which is named by its begin, or so far if it goes on.

    `count` is how often, `last` the instant of the last observation among them.
    """

    check: str
    vantage: str
    measurement: str
    hour: Instant
    last: Instant
    minimum: float
    mean: float
    maximum: float
    count: int

    @property
    def key(self) -> TrendKey:
        """What tells it from all others."""
        return self.check, self.vantage, self.measurement, self.hour


class Tally:
    """Minimum, mean and maximum of values that come one by one or as the figures of several."""

    __slots__ = ("_total", "count", "maximum", "minimum")

    def __init__(self) -> None:
        self.count = 0
        self.minimum = math.inf
        self.maximum = -math.inf
        self._total = 0

    def add(self, value: float) -> None:
        """Take one finite value."""
        self.add_many(value, value, value, 1)

    def add_many(self, minimum: float, mean: float, maximum: float, count: int) -> None:
        """Take `count` values by their figures, all finite."""
        if minimum < self.minimum:
            self.minimum = minimum
        if maximum > self.maximum:
            self.maximum = maximum
        numerator, denominator = mean.as_integer_ratio()  # the denominator is a power of two
        self._total += numerator * count << _SCALE + 1 - denominator.bit_length()
        self.count += count

    @property
    def mean(self) -> float:
        """The mean, rounded once. Raises ZeroDivisionError where there is no value."""
        return self._total / (self.count << _SCALE)


class _Hour:
    """One hour of one measurement, as far as it has come."""

    __slots__ = ("check", "hour", "last", "measurement", "tally")

    def __init__(self, check: str, measurement: str, hour: Instant) -> None:
        self.check = check
        self.measurement = measurement
        self.hour = hour
        self.last = hour
        self.tally = Tally()

    def frozen(self, vantage: str) -> TrendHour:
        tally = self.tally
        return TrendHour(
            self.check,
            vantage,
            self.measurement,
            self.hour,
            self.last,
            tally.minimum,
            tally.mean,
            tally.maximum,
            tally.count,
        )


class Trends:
    """The running hour of every measurement whose trend is kept, as one vantage sees it."""

    def __init__(self, checks: Mapping[str, Check], vantage: str, running: Iterable[TrendHour] = ()) -> None:
        """Begin, or go on from `running`: what was written of the hour that goes on, and of later ones."""
        self.vantage = vantage
        self._wanted: dict[str, tuple[str, ...]] = {}
        self._hours: dict[tuple[str, str], _Hour] = {}
        self._last: dict[str, Instant] = {}
        """By check the last observation that is in: what comes again is not counted again."""
        self._changed: dict[_Hour, None] = {}
        self.reload(checks)
        for held in sorted(running, key=lambda each: each.hour):
            self._recall(held)

    def reload(self, checks: Mapping[str, Check]) -> None:
        """Go on with the checks of another catalogue; an hour whose measurement comes back later is gone on with."""
        self._wanted = {id: check.trend for id, check in checks.items() if check.trend}

    def observe(self, observations: Iterable[Observation]) -> None:
        """Take observations; those of one check come in the order of their instants.

        Most are of checks without a trend, and cost a look into a dictionary.
        """
        wanted = self._wanted
        for observation in observations:
            if observation.check in wanted:
                self._take(observation, wanted[observation.check])

    def take_changed(self) -> list[TrendHour]:
        """Return the hours that something was added to since the last call."""
        changed, self._changed = self._changed, {}
        return [hour.frozen(self.vantage) for hour in changed]

    def _take(self, observation: Observation, measurements: tuple[str, ...]) -> None:
        check, instant = observation.check, observation.instant
        if observation.vantage != self.vantage or instant <= self._last.get(check, instant - 1):
            return
        self._last[check] = instant
        for measurement in measurements:
            value = measured(observation.finding, measurement)
            if value is None or not math.isfinite(value):
                continue
            hour = self._hour(check, measurement, instant - instant % HOUR)
            hour.last = instant
            hour.tally.add(value)
            self._changed[hour] = None

    def _hour(self, check: str, measurement: str, begin: Instant) -> _Hour:
        held = self._hours.get((check, measurement))
        if held is None or held.hour != begin:
            held = self._hours[check, measurement] = _Hour(check, measurement, begin)
        return held

    def _recall(self, held: TrendHour) -> None:
        hour = self._hour(held.check, held.measurement, held.hour)
        hour.last = held.last
        hour.tally.add_many(held.minimum, held.mean, held.maximum, held.count)
        self._last[held.check] = max(held.last, self._last.get(held.check, held.last))
