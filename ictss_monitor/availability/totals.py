"""Totals: how long each class of time was, in whole microseconds. Totals of neighbouring stretches add up."""

from __future__ import annotations

from dataclasses import astuple, dataclass, fields

from ictss_monitor.availability.classes import Classes
from ictss_monitor.catalogue.terms import Fault
from ictss_monitor.clock import Duration
from ictss_monitor.judging.timeline import Levels


@dataclass(frozen=True, slots=True)
class Totals:
    """How long each class was; the first eight are together exactly the length of the period.

    The others lie in them: what was lost surely and maybe, at the level down and at not up (down or degraded); what of
    it is lost to others alone; what was planned. See `Classes`.
    """

    not_in_service: Duration = 0
    future: Duration = 0
    outside: Duration = 0
    maintenance: Duration = 0
    unknown: Duration = 0
    down: Duration = 0
    degraded: Duration = 0
    up: Duration = 0
    """Without time in maintenance, which some policies count as up."""
    surely_down: Duration = 0
    surely_not_up: Duration = 0
    maybe_down: Duration = 0
    maybe_not_up: Duration = 0
    third_party_down: Duration = 0
    third_party_not_up: Duration = 0
    council_site_down: Duration = 0
    council_site_not_up: Duration = 0
    undetermined_down: Duration = 0
    undetermined_not_up: Duration = 0
    planned_down: Duration = 0
    """Seen down in windows announced in time: within `maintenance`, or within `down` where windows change nothing."""
    planned_not_up: Duration = 0

    @property
    def length(self) -> Duration:
        """The length of the period."""
        return (
            self.not_in_service
            + self.future
            + self.outside
            + self.maintenance
            + self.unknown
            + self.down
            + self.degraded
            + self.up
        )

    def __add__(self, other: Totals) -> Totals:
        return Totals(*map(sum, zip(astuple(self), astuple(other), strict=True)))


NAMES: tuple[str, ...] = tuple(field.name for field in fields(Totals))


def totals_of(classes: Classes, length: Duration) -> Totals:
    """Return how long each of `classes` was in a period of `length`."""
    base, future, outside = classes.base.total, classes.future.total, classes.outside.total
    maintenance, unknown = classes.maintenance.total, classes.unknown.total
    down, degraded = classes.down.total, classes.degraded.total
    third_party = _lengths(classes.blamed.get(Fault.THIRD_PARTY))
    council_site = _lengths(classes.blamed.get(Fault.COUNCIL_SITE))
    undetermined = _lengths(classes.blamed.get(Fault.UNDETERMINED))
    return Totals(
        length - base - future - outside - maintenance,
        future,
        outside,
        maintenance,
        unknown,
        down,
        degraded,
        base - unknown - down - degraded,
        *_lengths(classes.surely),
        *_lengths(classes.maybe),
        *third_party,
        *council_site,
        *undetermined,
        *_lengths(classes.planned),
    )


def _lengths(levels: Levels | None) -> tuple[Duration, Duration]:
    return (0, 0) if levels is None else (levels.down.total, levels.not_up.total)
