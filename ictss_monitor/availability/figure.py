"""The figure: availability as an exact fraction, with its bounds and the share of time it rests on."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

from ictss_monitor.availability.classes import Classes
from ictss_monitor.clock import Duration


@dataclass(frozen=True, slots=True)
class Figure:
    """Availability over a period, exact; durations in microseconds; `low <= value <= high` wherever there is a value.

    Degraded time is available time; it is counted beside.
    """

    value: Fraction | None
    """(measured - lost) / measured; None without measured time."""
    low: Fraction | None
    """Over measured and unknown time, if all of the unknown and all that is doubtful was down; None without either."""
    high: Fraction | None
    """The same, if all of the unknown was up and outages lasted only from their first failure to their last."""
    projected: Fraction | None
    """What the value becomes if nothing more is lost in what is still to come. It may be below 0 where minutes lost
    are added; None where nothing is measured and nothing to come."""
    measured: Duration
    unknown: Duration
    future: Duration
    """Service time of the period that is still to come."""
    lost: Duration
    surely_lost: Duration
    maybe_lost: Duration
    degraded: Duration
    minimum_coverage: Fraction
    resolution: Duration | None = None
    """The longest interval among the checks: what is shorter may have gone unseen. None where no check watches."""

    @property
    def coverage(self) -> Fraction | None:
        """The share of time for which there is evidence: measured / (measured + unknown)."""
        base = self.measured + self.unknown
        return Fraction(self.measured, base) if base else None

    @property
    def shown(self) -> bool:
        """Whether coverage is enough for the value to be shown; otherwise only the bounds are."""
        coverage = self.coverage
        return self.value is not None and coverage is not None and coverage >= self.minimum_coverage


@dataclass(frozen=True, slots=True)
class Lost:
    """What was lost, in microseconds: by the figure, by the optimistic bound, by the pessimistic one."""

    counted: Duration
    surely: Duration
    maybe: Duration


def figure_of(classes: Classes, minimum_coverage: Fraction, resolution: Duration | None = None) -> Figure:
    """Return the figure of one service, or of anything else that is down in one set of instants.

    Let d be the time down, u unknown and m measured, s and p what was surely and maybe lost: s <= d and p >= d + u.
    Then value <= high, since d / m >= s / (m + u); and low <= value, since p / (m + u) >= (d + u) / (m + u) >= d / m,
    d being at most m.
    """
    lost = Lost(classes.down.total, classes.surely_down.total, classes.maybe_down.total)
    return of_times(classes, lost, classes.degraded.total, minimum_coverage, resolution)


def of_times(
    classes: Classes, lost: Lost, degraded: Duration, minimum_coverage: Fraction, resolution: Duration | None
) -> Figure:
    """Return the figure of what was lost in the measured and unknown time of `classes`, never below 0."""
    base, unknown, future = classes.base.total, classes.unknown.total, classes.future.total
    measured = base - unknown
    return Figure(
        value=share_left(lost.counted, measured),
        low=share_left(lost.maybe, base),
        high=share_left(lost.surely, base),
        projected=Fraction(measured + future - lost.counted, measured + future) if measured + future else None,
        measured=measured,
        unknown=unknown,
        future=future,
        lost=lost.counted,
        surely_lost=lost.surely,
        maybe_lost=lost.maybe,
        degraded=degraded,
        minimum_coverage=minimum_coverage,
        resolution=resolution,
    )


def share_left(lost: Duration, of: Duration) -> Fraction | None:
    """Return the share of `of` that is not lost: 0 where more is lost than there was, None of nothing."""
    return Fraction(max(of - lost, 0), of) if of else None
