"""Reckoning: the figure of every service, area, basket and council over one span, in that order.

It comes as an iterator, each step the work of one figure, so that whoever shares a thread with probes can pause.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeAlias

from ictss_monitor.availability.classes import NOTHING, divide, never_watched
from ictss_monitor.availability.combine import Member, combine
from ictss_monitor.availability.figure import figure_of
from ictss_monitor.availability.periods import Period, PeriodSpec
from ictss_monitor.catalogue.model import (
    Area,
    Basket,
    Catalogue,
    Combine,
    Council,
    Provision,
    Service,
    Subject,
    Validity,
    checks_of,
)
from ictss_monitor.clock import Duration, Instant
from ictss_monitor.intervals import EMPTY, IntervalSet, span, union
from ictss_monitor.judging.timeline import ServiceTimeline

Timelines: TypeAlias = Mapping[tuple[str, str], ServiceTimeline]
"""By (service, council)."""


@dataclass(frozen=True, slots=True)
class Key:
    """What a figure is about; `council` None is all councils together."""

    subject: Subject
    id: str
    council: str | None


@dataclass(frozen=True, slots=True)
class Reckoned:
    """One figure, with the number of its members that were in service and of those that have a figure themselves.

    A service is its own only member, and `how` is None.
    """

    key: Key
    period: Period
    member: Member
    members: int = 0
    with_figure: int = 0
    how: Combine | None = None


class Reckoning:
    """The figures of a catalogue over `spec`, as known at `now`; iterate once to compute them."""

    def __init__(self, catalogue: Catalogue, timelines: Timelines, spec: PeriodSpec, now: Instant) -> None:
        self._catalogue = catalogue
        self._timelines = timelines
        self._now = now
        self._minimum = catalogue.settings.minimum_coverage
        zones = {catalogue.settings.zone, *(council.zone for council in catalogue.councils.values())}
        periods = {zone: spec.within(zone) for zone in zones}
        self._whole = periods[catalogue.settings.zone]
        self._periods = {council.id: periods[council.zone] for council in catalogue.councils.values()}
        self._councils = [each for each in catalogue.councils.values() if overlaps(each.validity, self._of(each.id))]
        self._services: dict[Key, Member] = {}
        self._areas: dict[Key, Member] = {}

    def __iter__(self) -> Iterator[Reckoned]:
        """Yield every service by council, then areas and baskets by council and over all, then councils."""
        for service in self._catalogue.services.values():
            yield from self._service(service)
        for area in self._catalogue.areas.values():
            yield from self._area(area)
        for basket in self._catalogue.baskets.values():
            yield from self._basket(basket)
        for council in self._councils:
            of_council = self._of_services(self._catalogue.services, council.id, Combine.MEAN)
            yield self._combined(Key(Subject.COUNCIL, council.id, council.id), Combine.MEAN, of_council)

    def _of(self, council: str | None) -> Period:
        return self._whole if council is None else self._periods[council]

    def _service(self, service: Service) -> Iterator[Reckoned]:
        for council in self._councils:
            period = self._of(council.id)
            if not overlaps(service.validity, period):
                continue
            key = Key(Subject.SERVICE, service.id, council.id)
            member = self._services[key] = self._member(service, council, period)
            measured = member.figure.value is not None
            yield Reckoned(key, period, member, int(bool(member.classes.base)), int(measured))

    def _member(self, service: Service, council: Council, period: Period) -> Member:
        provisions = service.provisions.get(council.id, ())
        watched = [each for each in provisions if each.rule is not None or not each.hosted_externally]
        in_service = union(_stretch(period, each.validity, service.validity, council.validity) for each in watched)
        timeline = self._timelines.get((service.id, council.id))
        if not in_service:
            classes = NOTHING
        elif timeline is None:
            classes = never_watched(in_service, period, self._now)
        else:
            classes = divide(timeline, period, self._now, in_service)
        return Member(classes, figure_of(classes, self._minimum, self._resolution(watched, period)))

    def _resolution(self, provisions: Iterable[Provision], period: Period) -> Duration | None:
        checks = self._catalogue.checks
        return max(
            (
                checks[check].interval
                for each in provisions
                if each.rule is not None and overlaps(each.validity, period)
                for check in checks_of(each.rule)
            ),
            default=None,
        )

    def _area(self, area: Area) -> Iterator[Reckoned]:
        for council in self._each_council_and_all(area.validity):
            key = Key(Subject.AREA, area.id, council)
            reckoned = self._combined(key, area.combine, self._of_services(area.services, council, area.combine))
            self._areas[key] = reckoned.member
            yield reckoned

    def _basket(self, basket: Basket) -> Iterator[Reckoned]:
        for council in self._each_council_and_all(basket.validity):
            members = self._of_services(basket.services, council, basket.combine)
            for area in basket.areas:
                member = self._areas.get(Key(Subject.AREA, area, council))
                members += [member] if member is not None else []
            yield self._combined(Key(Subject.BASKET, basket.id, council), basket.combine, members)

    def _each_council_and_all(self, validity: Validity) -> Iterator[str | None]:
        yield from (each.id for each in self._councils if overlaps(validity, self._of(each.id)))
        if overlaps(validity, self._whole):
            yield None

    def _of_services(self, services: Iterable[str], council: str | None, how: Combine) -> list[Member]:
        """Return the services as members of a combination.

        Over all councils together, a service is one member that is down when it is down for any council, so that
        minutes which several councils lost at once are not added; only a mean takes every council's figure by itself.
        """
        councils = [each.id for each in self._councils] if council is None else [council]
        members: list[Member] = []
        for service in services:
            keys = (Key(Subject.SERVICE, service, each) for each in councils)
            found = [self._services[key] for key in keys if key in self._services]
            if how is not Combine.MEAN and len(found) > 1:
                found = [combine(Combine.UNION, found, self._minimum)]
            members += found
        return members

    def _combined(self, key: Key, how: Combine, members: Sequence[Member]) -> Reckoned:
        present = [each for each in members if each.classes.base or each.classes.future]
        in_service = sum(bool(each.classes.base) for each in present)
        with_figure = sum(each.figure.value is not None for each in present)
        whole = combine(how, present, self._minimum)
        return Reckoned(key, self._of(key.council), whole, in_service, with_figure, how)


def _stretch(period: Period, *validities: Validity) -> IntervalSet:
    starts = [each.since for each in validities if each.since is not None]
    ends = [each.until for each in validities if each.until is not None]
    start, end = max([period.start, *starts]), min([period.end, *ends])
    return span(start, end) if start < end else EMPTY


def overlaps(validity: Validity, period: Period) -> bool:
    """Tell whether a thing exists at any time of `period`."""
    since, until = validity.since, validity.until
    return (since is None or since < period.end) and (until is None or period.start < until)
