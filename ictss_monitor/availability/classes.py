"""Classes of time: what each microsecond of a period was, for one service and council, each in exactly one class.

In this order, the first that applies: not in service, future, unknown, down, degraded, up. Classes that come later
(outside service hours, maintenance) take their place between future and unknown, and leave the base of a figure there.
"""

from __future__ import annotations

from dataclasses import dataclass

from ictss_monitor.availability.periods import Period
from ictss_monitor.clock import Duration, Instant
from ictss_monitor.intervals import EMPTY, IntervalSet, span
from ictss_monitor.judging.timeline import ServiceTimeline


@dataclass(frozen=True, slots=True)
class Classes:
    """The instants of a period by class, as sets.

    `base` is what a figure is about: in service and not in the future. `unknown`, `down` and `degraded` are disjoint
    and lie in it; where it is none of them, the service was up. `future` is service time still to come.
    `surely_down` lies in `down`: what was lost even if everything unknown was up and every outage lasted only from its
    first failure to its last. `maybe_down` contains `down` and `unknown`: all that may have been lost.
    """

    base: IntervalSet
    future: IntervalSet
    unknown: IntervalSet
    down: IntervalSet
    degraded: IntervalSet
    surely_down: IntervalSet
    maybe_down: IntervalSet


NOTHING = Classes(EMPTY, EMPTY, EMPTY, EMPTY, EMPTY, EMPTY, EMPTY)
"""The classes of no service at all."""


@dataclass(frozen=True, slots=True)
class ClassTimes:
    """How long each class was, in microseconds; together exactly the length of the period."""

    not_in_service: Duration
    future: Duration
    unknown: Duration
    down: Duration
    degraded: Duration
    up: Duration

    @property
    def total(self) -> Duration:
        """The length of the period."""
        return self.not_in_service + self.future + self.unknown + self.down + self.degraded + self.up


def divide(timeline: ServiceTimeline, period: Period, now: Instant, in_service: IntervalSet | None = None) -> Classes:
    """Return the instants of `period` by class, as they are known at `now`.

    `in_service`, where given, is the time outside which the service was not there whatever the timeline says; it
    reaches into the future, of which a timeline need not tell.
    Raises ValueError where the timeline covers less than the period up to `now`: what it says nothing of would come
    out as up.
    """
    seen = min(max(now, period.start), period.end)
    if seen > period.start and (timeline.start > period.start or timeline.end < seen):
        raise ValueError(f"the timeline covers {timeline.start} to {timeline.end}, not {period.start} to {seen}")
    served = span(period.start, period.end) if in_service is None else in_service
    served -= timeline.not_in_service
    base = served.clip(period.start, seen)
    return Classes(
        base=base,
        future=served.clip(seen, period.end),
        unknown=timeline.unknown & base,
        down=timeline.down & base,
        degraded=timeline.degraded & base,
        surely_down=timeline.optimistic.down & base,
        maybe_down=timeline.pessimistic.down & base,
    )


def never_watched(in_service: IntervalSet, period: Period, now: Instant) -> Classes:
    """Return the classes of a service that no check watches: unknown for as long as it is `in_service`."""
    base = in_service.clip(period.start, min(now, period.end))
    future = in_service.clip(max(now, period.start), period.end)
    return Classes(base, future, unknown=base, down=EMPTY, degraded=EMPTY, surely_down=EMPTY, maybe_down=base)


def times(classes: Classes, period: Period) -> ClassTimes:
    """Return how long each class of `period` was; the totals add up to its length."""
    base, future = classes.base.total, classes.future.total
    unknown, down, degraded = classes.unknown.total, classes.down.total, classes.degraded.total
    return ClassTimes(
        not_in_service=period.length - base - future,
        future=future,
        unknown=unknown,
        down=down,
        degraded=degraded,
        up=base - unknown - down - degraded,
    )


def classify(timeline: ServiceTimeline, period: Period, now: Instant) -> ClassTimes:
    """Return how long the service was in each class during `period`, as known at `now`."""
    return times(divide(timeline, period, now), period)
