"""Classes of time: what each microsecond of a period was, for one service and council, each in exactly one class.

In this order, the first that applies: not in service, outside service hours, future, in a maintenance window, unknown,
down, degraded, up.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from ictss_monitor.availability.account import Account
from ictss_monitor.availability.periods import Period
from ictss_monitor.catalogue.terms import Fault, Policy, WindowsCount
from ictss_monitor.clock import Instant
from ictss_monitor.intervals import EMPTY, IntervalSet, span
from ictss_monitor.judging.timeline import Levels

NOWHERE: Final = Levels(EMPTY, EMPTY)


@dataclass(frozen=True, slots=True)
class Classes:
    """The instants of a period by class, as sets.

    `future`, `outside`, `maintenance`, `unknown`, `down` and `degraded` are disjoint. `base` is what of the
    rest, and of unknown, down and degraded, is left: service time that is past, within service hours and not in
    maintenance; where it is none of the three, the service was up. What is in none of all these was not in service.

    `surely` lies in `down` and in down or degraded: what was lost even if everything unknown was up and every outage
    lasted only from its first failure to its last. `maybe` contains them and `unknown`: all that may have been lost.
    """

    base: IntervalSet
    future: IntervalSet
    """Service time within service hours that is still to come."""
    outside: IntervalSet
    """Service time outside service hours, past and to come up to the end of what is asked."""
    maintenance: IntervalSet
    unknown: IntervalSet
    down: IntervalSet
    degraded: IntervalSet
    surely: Levels
    maybe: Levels
    blamed: Mapping[Fault, Levels] = field(default_factory=dict)
    """For each fault but our own: within down, and within down or degraded, lost to it alone and not planned."""
    planned: Levels = NOWHERE
    """When the service was seen down, and down or degraded, in windows that were announced in time. It lies in
    `maintenance`, but in down and degraded where the policy says that windows change nothing."""
    not_seen_up_outside: Levels = NOWHERE
    """Where in `outside` it was not known to be better than down, or than degraded: an outage goes on through it."""

    @property
    def not_up(self) -> IntervalSet:
        """When it was down or degraded."""
        return self.down | self.degraded


NOTHING: Final = Classes(EMPTY, EMPTY, EMPTY, EMPTY, EMPTY, EMPTY, EMPTY, NOWHERE, NOWHERE)
"""The classes of no service at all."""


@dataclass(frozen=True, slots=True)
class ServiceTime:
    """When a service was there for a council, as sets, and when in that it was within its service hours."""

    in_service: IntervalSet
    open: IntervalSet


def divide(account: Account, served: ServiceTime, period: Period, now: Instant, policy: Policy) -> Classes:
    """Return the instants of `period` by class, as they are known at `now`, by `policy`.

    Raises ValueError where the account covers less than the period up to `now`: what it says nothing of would come out
    as up.
    """
    timeline = account.timeline
    seen = min(max(now, period.start), period.end)
    if seen > period.start and (timeline.start > period.start or timeline.end < seen):
        raise ValueError(f"the account covers {timeline.start} to {timeline.end}, not {period.start} to {seen}")
    in_service = served.in_service.clip(period.start, period.end) - timeline.not_in_service
    opened = in_service & served.open if served.open is not served.in_service else in_service
    past = opened.clip(period.start, seen)
    windows = account.maintenance & past
    maintenance = EMPTY if policy.maintenance is WindowsCount.DOWN else windows
    base = past - maintenance
    outside = in_service - opened if opened is not in_service else EMPTY
    down, degraded, unknown = timeline.down & base, timeline.degraded & base, timeline.unknown & base
    return Classes(
        base=base,
        future=opened.clip(seen, period.end),
        outside=outside,
        maintenance=maintenance,
        unknown=unknown,
        down=down,
        degraded=degraded,
        surely=Levels(timeline.optimistic.down & base, (timeline.optimistic.not_up & base) - unknown),
        maybe=Levels(timeline.pessimistic.down & base, timeline.pessimistic.not_up & base),
        blamed=_blamed(account, down, degraded, windows),
        planned=_planned(account, windows) if windows else NOWHERE,
        not_seen_up_outside=_not_seen_up(account, outside.clip(period.start, seen)) if outside else NOWHERE,
    )


def _blamed(account: Account, down: IntervalSet, degraded: IntervalSet, windows: IntervalSet) -> dict[Fault, Levels]:
    if not account.blame.levels or not (down or degraded):
        return {}
    lost, not_up = down - windows, (down | degraded) - windows
    return {fault: Levels(held.down & lost, held.not_up & not_up) for fault, held in account.blame.levels.items()}


def _planned(account: Account, windows: IntervalSet) -> Levels:
    timeline = account.timeline
    down = timeline.down & windows
    return Levels(down, down | (timeline.degraded & windows))


def _not_seen_up(account: Account, outside: IntervalSet) -> Levels:
    timeline = account.timeline
    down = (timeline.down | timeline.unknown) & outside
    return Levels(down, down | (timeline.degraded & outside))


def never_watched(served: ServiceTime, period: Period, now: Instant) -> Classes:
    """Return the classes of a service of which nothing is known: unknown for as long as it is in service and open."""
    in_service = served.in_service.clip(period.start, period.end)
    opened = in_service & served.open
    base = opened.clip(period.start, min(now, period.end))
    return Classes(
        base=base,
        future=opened.clip(max(now, period.start), period.end),
        outside=in_service - opened,
        maintenance=EMPTY,
        unknown=base,
        down=EMPTY,
        degraded=EMPTY,
        surely=NOWHERE,
        maybe=Levels(base, base),
    )


def clip(classes: Classes, start: Instant, end: Instant) -> Classes:
    """Return the part of `classes` that lies in `[start, end)`."""

    def both(levels: Levels) -> Levels:
        return Levels(levels.down.clip(start, end), levels.not_up.clip(start, end))

    return Classes(
        base=classes.base.clip(start, end),
        future=classes.future.clip(start, end),
        outside=classes.outside.clip(start, end),
        maintenance=classes.maintenance.clip(start, end),
        unknown=classes.unknown.clip(start, end),
        down=classes.down.clip(start, end),
        degraded=classes.degraded.clip(start, end),
        surely=both(classes.surely),
        maybe=both(classes.maybe),
        blamed={fault: both(held) for fault, held in classes.blamed.items()},
        planned=both(classes.planned),
        not_seen_up_outside=both(classes.not_seen_up_outside),
    )


def whole(period: Period) -> ServiceTime:
    """Return the service time of what is there all the time, around the clock."""
    everything = span(period.start, period.end)
    return ServiceTime(everything, everything)
