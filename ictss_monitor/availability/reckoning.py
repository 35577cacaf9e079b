"""Reckoning: the figure of every service, area, basket and council over one span, in that order.

It comes as an iterator, each step the work of one figure, so that whoever shares a thread with probes can pause.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import Final, TypeAlias

from ictss_monitor.availability.account import Account, Accounts, Terms
from ictss_monitor.availability.calendars import hours_of
from ictss_monitor.availability.classes import NOTHING, ServiceTime, clip, divide, never_watched
from ictss_monitor.availability.combine import Member, combine, member_of
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
from ictss_monitor.catalogue.terms import AROUND_THE_CLOCK, Policy, Weight
from ictss_monitor.clock import Duration, Instant
from ictss_monitor.intervals import EMPTY, IntervalSet, span, union

Books: TypeAlias = Mapping[Terms, Accounts]
"""The accounts of every service, for each of the terms on which some policy counts."""

ONE: Final = (Weight(Fraction(1)),)


def terms_of(policy: Policy) -> Terms:
    """Return on which terms the accounts are kept that `policy` counts."""
    return policy.outage_begins, policy.notice


def policies_of(catalogue: Catalogue) -> dict[str, Policy]:
    """Return by id the policies that any figure of the catalogue is made by."""
    subjects = (catalogue.services, catalogue.areas, catalogue.baskets, catalogue.councils)
    ids = dict.fromkeys(each.policy for held in subjects for each in held.values())
    return {id_: catalogue.policy(id_) for id_ in ids}


@dataclass(frozen=True, slots=True)
class Key:
    """What a figure is about; `council` None is all councils together."""

    subject: Subject
    id: str
    council: str | None


Part: TypeAlias = tuple[Key, Member]
"""A member of a combination, and what it is about: of a service for any of several councils, `council` is None."""


@dataclass(frozen=True, slots=True)
class Reckoned:
    """One figure, with the number of its members that were in service and of those that have a figure themselves.

    A service is its own only member, and `how` is None.
    """

    key: Key
    period: Period
    member: Member
    policy: Policy
    members: int = 0
    with_figure: int = 0
    how: Combine | None = None
    parts: tuple[Part, ...] = ()
    """What a combination was made of, in order; nothing of a service."""


class Reckoning:
    """The figures of a catalogue over `spec`, as known at `now`; iterate once to compute them."""

    def __init__(self, catalogue: Catalogue, books: Books, spec: PeriodSpec, now: Instant) -> None:
        self._catalogue = catalogue
        self._books = books
        self._now = now
        self._policies = policies_of(catalogue)
        zones = {catalogue.settings.zone, *(council.zone for council in catalogue.councils.values())}
        periods = {zone: spec.within(zone) for zone in zones}
        self._whole = periods[catalogue.settings.zone]
        self._periods = {council.id: periods[council.zone] for council in catalogue.councils.values()}
        self._councils = [each for each in catalogue.councils.values() if overlaps(each.validity, self._of(each.id))]
        self._hours: dict[tuple[str, str], IntervalSet] = {}
        self._services: dict[tuple[str, str, str], Member] = {}
        self._areas: dict[tuple[str, str, str | None], Reckoned] = {}

    def __iter__(self) -> Iterator[Reckoned]:
        """Yield every service by council, then areas and baskets by council and over all, then councils."""
        for service in self._catalogue.services.values():
            yield from self._of_service(service)
        for area in self._catalogue.areas.values():
            for council in self._each_council_and_all(area.validity):
                yield self._area(area, council, self._policies[area.policy])
        for basket in self._catalogue.baskets.values():
            for council in self._each_council_and_all(basket.validity):
                yield self._basket(basket, council)
        for each in self._councils:
            policy = self._policies[each.policy]
            members = self._of_services(self._catalogue.services, each.id, Combine.MEAN, policy)
            yield self._combined(Key(Subject.COUNCIL, each.id, each.id), Combine.MEAN, members, policy)

    def area_of(self, area: str, council: str) -> Member:
        """Return an area of one council by its own policy, as a thing that is down when any of its services is."""
        held = self._catalogue.areas[area]
        policy = self._policies[held.policy]
        members = self._of_services(held.services, council, Combine.UNION, policy)
        return combine(Combine.UNION, [member for _, member in members], self._of(council).length, policy)

    def _of(self, council: str | None) -> Period:
        return self._whole if council is None else self._periods[council]

    # Services.

    def _of_service(self, service: Service) -> Iterator[Reckoned]:
        policy = self._policies[service.policy]
        for council in self._councils:
            member = self._service(service.id, council.id, policy)
            if member is not None:
                has_figure = member.figure.value is not None
                key = Key(Subject.SERVICE, service.id, council.id)
                there = int(bool(member.classes.base or member.classes.maintenance))
                yield Reckoned(key, self._of(council.id), member, policy, there, int(has_figure))

    def _service(self, service: str, council: str, policy: Policy) -> Member | None:
        """Return a service of a council by `policy`, None where there was no such service in the period."""
        key = (policy.id, service, council)
        if key not in self._services:
            held = self._catalogue.services[service]
            if not overlaps(held.validity, self._of(council)):
                return None
            self._services[key] = self._member(held, self._catalogue.councils[council], policy)
        return self._services[key]

    def _member(self, service: Service, council: Council, policy: Policy) -> Member:
        period = self._of(council.id)
        account = self._books[terms_of(policy)].get((service.id, council.id))
        provisions = service.provisions.get(council.id, ())
        served = self._served(service, council, policy, account)
        if not served.in_service:
            classes = NOTHING
        elif account is None:
            classes = never_watched(served, period, self._now)
        else:
            classes = divide(account, served, period, self._now, policy)
        return member_of(classes, period.length, policy, self._resolution(provisions, period))

    def _served(self, service: Service, council: Council, policy: Policy, account: Account | None) -> ServiceTime:
        """Return when a council had a service, and when in that it was open.

        What somebody else hosts, and nothing here watches, counts for as long as people told what it was.
        """
        period = self._of(council.id)
        in_service: list[IntervalSet] = []
        opened: list[IntervalSet] = []
        always = True
        for each in service.provisions.get(council.id, ()):
            stretch = _stretch(period, each.validity, service.validity, council.validity)
            if each.rule is None and each.hosted_externally:
                stretch = stretch & account.told if account is not None else EMPTY
            calendar = policy.hours or each.hours or service.hours or AROUND_THE_CLOCK
            always = always and calendar == AROUND_THE_CLOCK
            in_service.append(stretch)
            opened.append(stretch & self._open(calendar, council.zone, period) if stretch else stretch)
        there = union(in_service)
        return ServiceTime(there, there if always else union(opened))

    def _open(self, calendar: str, zone: str, period: Period) -> IntervalSet:
        if calendar == AROUND_THE_CLOCK:
            return span(period.start, period.end)
        key = (calendar, zone)
        if key not in self._hours:
            self._hours[key] = hours_of(self._catalogue.calendars[calendar], zone, period.start, period.end)
        return self._hours[key]

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

    # What is made of services.

    def _area(self, area: Area, council: str | None, policy: Policy) -> Reckoned:
        key = (policy.id, area.id, council)
        if key not in self._areas:
            members = self._of_services(area.services, council, area.combine, policy, area.weights)
            whole = self._combined(Key(Subject.AREA, area.id, council), area.combine, members, policy)
            self._areas[key] = whole
        return self._areas[key]

    def _basket(self, basket: Basket, council: str | None) -> Reckoned:
        policy = self._policies[basket.policy]
        members = self._of_services(basket.services, council, basket.combine, policy, basket.weights)
        for id_ in basket.areas:
            area = self._catalogue.areas[id_]
            if overlaps(area.validity, self._of(council)):
                whole = self._area(area, council, policy)
                members.append((whole.key, replace(whole.member, weights=basket.weights.get(id_, ONE))))
        return self._combined(Key(Subject.BASKET, basket.id, council), basket.combine, members, policy)

    def _each_council_and_all(self, validity: Validity) -> Iterator[str | None]:
        yield from (each.id for each in self._councils if overlaps(validity, self._of(each.id)))
        if overlaps(validity, self._whole):
            yield None

    def _of_services(
        self,
        services: Iterable[str],
        council: str | None,
        how: Combine,
        policy: Policy,
        weights: Mapping[str, tuple[Weight, ...]] | None = None,
    ) -> list[Part]:
        """Return the services as members of a combination.

        Over all councils together, a service is one member that is down when it is down for any council, so that
        minutes which several councils lost at once are not added; a mean, and what is weighed by councils' users, takes
        every council's figure by itself.
        """
        councils = [each.id for each in self._councils] if council is None else [council]
        members: list[Part] = []
        for service in services:
            found = [(Key(Subject.SERVICE, service, each), self._service(service, each, policy)) for each in councils]
            there = [(key, member) for key, member in found if member is not None]
            if council is None and how is not Combine.MEAN:
                there = [(key, self._in_whole(member, key, policy)) for key, member in there]
            if how is Combine.WEIGHTED:
                members += [(key, self._weighed(member, key, weights or {})) for key, member in there]
            elif how is Combine.MEAN or len(there) < 2:
                members += there
            else:
                whole = combine(Combine.UNION, [member for _, member in there], self._whole.length, policy)
                members.append((Key(Subject.SERVICE, service, None), whole))
        return members

    def _in_whole(self, member: Member, key: Key, policy: Policy) -> Member:
        """Return of a council's month what lies in that of all together, where their zones differ."""
        whole = self._whole
        if self._of(key.council) == whole:
            return member
        classes = clip(member.classes, whole.start, whole.end)
        return member_of(classes, whole.length, policy, member.figure.resolution)

    def _weighed(self, member: Member, key: Key, weights: Mapping[str, tuple[Weight, ...]]) -> Member:
        assert key.council is not None
        return replace(member, weights=weights.get(key.id) or self._catalogue.councils[key.council].users or ONE)

    def _combined(self, key: Key, how: Combine, members: Sequence[Part], policy: Policy) -> Reckoned:
        parts = tuple(part for part in members if _is_there(part[1]))
        present = [member for _, member in parts]
        period = self._of(key.council)
        whole = combine(how, present, period.length, policy)
        in_service = sum(bool(each.classes.base or each.classes.maintenance) for each in present)
        with_figure = sum(each.figure.value is not None for each in present)
        return Reckoned(key, period, whole, policy, in_service, with_figure, how, parts)


def _is_there(member: Member) -> bool:
    classes = member.classes
    return bool(classes.base or classes.future or classes.maintenance or classes.outside)


def _stretch(period: Period, *validities: Validity) -> IntervalSet:
    start, end = period.start, period.end
    for each in validities:
        if each.since is not None and each.since > start:
            start = each.since
        if each.until is not None and each.until < end:
            end = each.until
    return span(start, end)


def overlaps(validity: Validity, period: Period) -> bool:
    """Tell whether a thing exists at any time of `period`."""
    since, until = validity.since, validity.until
    return (since is None or since < period.end) and (until is None or period.start < until)
