"""Standing: whether a thing has a figure in a period, and if not, why not, so that no gap looks like 100 %."""

from __future__ import annotations

from enum import StrEnum

from ictss_monitor.availability.periods import Period
from ictss_monitor.availability.reckoning import Key, Reckoned, overlaps
from ictss_monitor.catalogue.model import Catalogue, Provision, Subject
from ictss_monitor.clock import Instant
from ictss_monitor.intervals import span


class Standing(StrEnum):
    """Whether there is a figure, and why not; the values are how it is printed."""

    MEASURED = "measured"
    NOT_PROVIDED = "N/A"
    """The council does not have it in this period."""
    HOSTED_EXTERNALLY = "N/A (hosted externally)"
    """Somebody else runs it, and nothing here watches it."""
    NOT_MONITORED = "not monitored"
    """The council has it, and no check watches it."""
    NO_EVIDENCE = "no figure"
    """It is there to be measured, and nothing was seen of it in this period."""
    TO_COME = "to come"
    """The period, or its part in service, has not begun."""
    MAINTENANCE = "all maintenance"
    """It was in a maintenance window all the time that it was to be measured."""
    CLOSED = "closed"
    """The whole period lies outside its service hours."""


def standing_of(catalogue: Catalogue, reckoned: Reckoned) -> Standing:
    """Return the standing of one figure."""
    classes = reckoned.member.classes
    if reckoned.member.figure.value is not None:
        return Standing.MEASURED
    provisions = provisions_of(catalogue, reckoned.key, reckoned.period)
    if classes.base:
        watched = not provisions or any(each.rule is not None for each in provisions)
        return Standing.NO_EVIDENCE if watched else Standing.NOT_MONITORED
    if classes.maintenance:
        return Standing.MAINTENANCE
    if classes.future:
        return Standing.TO_COME
    if classes.outside:
        return Standing.CLOSED
    return Standing.HOSTED_EXTERNALLY if provisions else Standing.NOT_PROVIDED


def provisions_of(catalogue: Catalogue, key: Key, period: Period) -> tuple[Provision, ...]:
    """Return how a council gets a service during `period`; nothing for what is not a service of a council."""
    if key.subject is not Subject.SERVICE or key.council is None:
        return ()
    held = catalogue.services[key.id].provisions.get(key.council, ())
    return tuple(each for each in held if overlaps(each.validity, period))


def measured_from(reckoned: Reckoned) -> Instant | None:
    """Return when measuring began, where that was within the period, and there was something to measure before it.

    What was closed, or in maintenance, until it was first measured is not measured late.
    """
    classes = reckoned.member.classes
    measured = classes.base - classes.unknown
    if not measured or measured.edges[0] == reckoned.period.start:
        return None
    before = span(reckoned.period.start, measured.edges[0])
    return measured.edges[0] if before - classes.outside - classes.maintenance else None
