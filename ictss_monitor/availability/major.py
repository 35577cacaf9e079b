"""Major incidents: stretches in which so many areas, and so many councils, were down at once for long enough."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from ictss_monitor.availability.classes import Classes
from ictss_monitor.availability.periods import Period
from ictss_monitor.catalogue.model import Catalogue
from ictss_monitor.catalogue.terms import MajorRule
from ictss_monitor.clock import Duration, Instant
from ictss_monitor.intervals import IntervalSet, at_least, union


@dataclass(frozen=True, slots=True)
class MajorIncident:
    """One incident by one rule; `end` None while it runs on at the end of what is known."""

    rule: str
    name: str
    begin: Instant
    end: Instant | None
    areas: tuple[str, ...]
    """The areas that were hit at any time of it."""
    councils: tuple[str, ...]


def major_incidents(
    catalogue: Catalogue, area_of: Callable[[str, str], Classes], period: Period, now: Instant
) -> list[MajorIncident]:
    """Return the incidents that began in `period`, in order.

    `area_of` gives the classes of an area for a council, over the period and at least the longest rule's length before
    and after it, so that an incident over the end of a month is counted once; `now` is the end of what is known.
    """
    found = [each for rule in catalogue.major_incidents.values() for each in _by_rule(catalogue, rule, area_of, now)]
    return sorted((each for each in found if period.start <= each.begin < period.end), key=lambda each: each.begin)


def reach_of(catalogue: Catalogue) -> Duration:
    """Return how much evidence before and after a period its major incidents need."""
    return max((rule.length for rule in catalogue.major_incidents.values()), default=0)


def _by_rule(
    catalogue: Catalogue, rule: MajorRule, area_of: Callable[[str, str], Classes], now: Instant
) -> Iterator[MajorIncident]:
    hit: dict[tuple[str, str], IntervalSet] = {}
    for area in catalogue.areas:
        if rule.areas and area not in rule.areas:
            continue
        for council in catalogue.councils:
            classes = area_of(area, council)
            if lost := classes.not_up if rule.degraded_too else classes.down:
                hit[area, council] = lost
    by_area = _grouped(hit, 0)
    by_council = _grouped(hit, 1)
    both = at_least(rule.at_least_areas, by_area) & at_least(rule.at_least_councils, by_council)
    for begin, end in both:
        if end - begin < rule.length or not rule.validity.holds_at(begin):
            continue
        part = [key for key, lost in hit.items() if lost.clip(begin, end)]
        areas = tuple(area for area in catalogue.areas if any(area == each for each, _ in part))
        councils = tuple(council for council in catalogue.councils if any(council == each for _, each in part))
        yield MajorIncident(rule.id, rule.name, begin, None if end >= now else end, areas, councils)


def _grouped(hit: dict[tuple[str, str], IntervalSet], by: int) -> list[IntervalSet]:
    names = dict.fromkeys(key[by] for key in hit)
    return [union(lost for key, lost in hit.items() if key[by] == name) for name in names]
