"""Random catalogues for the arithmetic: rules, dates, service hours, policies, weights, and whose faults are whose."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from fractions import Fraction
from random import Random
from typing import TypeVar

from support.policy_world import TICK

from ictss_monitor.catalogue.model import (
    ALWAYS,
    Area,
    AtLeast,
    Basket,
    Catalogue,
    Check,
    CheckRef,
    Combine,
    Council,
    Impact,
    Provision,
    Rule,
    Service,
    Site,
    Validity,
)
from ictss_monitor.catalogue.terms import (
    AROUND_THE_CLOCK,
    Attribution,
    Calendar,
    CalendarVersion,
    Fault,
    Opening,
    OutageBegins,
    Policy,
    SpecialDays,
    Weight,
    WindowsCount,
)
from ictss_monitor.clock import to_instant
from ictss_monitor.probe import ProbeOptions

LONDON = "Europe/London"
CHECKS, SITES, SERVICES, COUNCILS = ("a", "b", "d"), ("x", "y"), ("s", "t"), ("c", "k")
LENGTH = 28
STARTS = [
    datetime(2026, 10, 24, 22, tzinfo=UTC),  # the clocks go back in it
    datetime(2026, 3, 28, 22, tzinfo=UTC),  # the clocks go forward in it
    datetime(2026, 6, 10, 6, tzinfo=UTC),
]

T = TypeVar("T")


class Drawing:
    """Draws the parts of one world from one number."""

    def __init__(self, seed: int, length: int) -> None:
        self.random, self.length = Random(seed), length
        self.began = self.one(STARTS)
        self.start = to_instant(self.began)

    def one(self, of: Iterable[T]) -> T:
        return self.random.choice(list(of))

    def some(self, of: Iterable[T], least: int, most: int) -> list[T]:
        return self.random.sample(list(of), self.number(least, most))

    def number(self, least: int, most: int) -> int:
        return self.random.randint(least, most)

    def instant(self, least: int = 0, most: int | None = None) -> int:
        return self.start + TICK * self.number(least, self.length if most is None else most)

    def maybe(self, of: int = 3) -> bool:
        """Once in so many times."""
        return self.number(1, of) == of

    def validity(self, of: int = 5) -> Validity:
        if not self.maybe(of):
            return ALWAYS
        since, until = sorted((self.instant(), self.instant()))
        return Validity(since if self.maybe(2) else None, until + TICK)

    def attribution(self) -> Attribution | None:
        fault = self.one([None, *Fault, Fault.THIRD_PARTY])
        return None if fault is None else Attribution(fault)

    # Catalogue

    def check(self, id_: str) -> Check:
        options = ProbeOptions(address="192.0.2.1")
        site = self.one([None, *SITES])
        said = self.attribution()
        return Check(id_, id_, "tcp", options, site, TICK, TICK, TICK, 2, 2, (), frozenset(), self.validity(8), said)

    def rule(self, depth: int = 2) -> Rule:
        impact = Impact.DEGRADED if self.maybe(5) else Impact.DOWN
        if depth == 0 or self.maybe(3):
            return CheckRef(self.one(CHECKS), impact, self.validity(8))
        members = tuple(self.rule(depth - 1) for _ in range(self.number(1, 3)))
        return AtLeast(self.one([None, 1, 2]), members, impact, self.validity(10))

    def provisions(self, service: str, council: str) -> tuple[Provision, ...]:
        def one(validity: Validity) -> Provision:
            rule = None if self.maybe(6) else self.rule()
            hosted = self.maybe()
            return Provision(service, council, rule, hosted, validity, hours=self.hours())

        if not self.maybe(4):
            return (one(ALWAYS),)
        ends = self.instant()
        begins = ends + TICK * self.one([0, 0, 3])
        return (one(Validity(None, ends)), one(Validity(begins, None)))

    def hours(self) -> str | None:
        return self.one([None, None, None, "office", AROUND_THE_CLOCK])

    def calendar(self) -> Calendar:
        cut = self.instant() if self.maybe() else None
        validities = [ALWAYS] if cut is None else [Validity(None, cut), Validity(cut, None)]
        return Calendar("office", "Office", tuple(self.version(each) for each in validities))

    def version(self, validity: Validity) -> CalendarVersion:
        week = self.openings()
        days = [self.began.date() + timedelta(days=each) for each in range(3)]
        closed = frozenset(self.some(days, 0, 1))
        special: list[SpecialDays] = []
        if self.maybe(4):
            day = self.one(days)
            special.append(SpecialDays(day, day, self.openings()))
        return CalendarVersion((week,) * 7, closed, tuple(special), validity)

    def openings(self) -> tuple[Opening, ...]:
        edges = sorted(self.some(range(97), 2, 8))
        return tuple(Opening(15 * a, 15 * b) for a, b in zip(edges[::2], edges[1::2], strict=False))

    def policy(self, id_: str) -> Policy:
        return Policy(
            id_,
            id_,
            degraded=self.one([Fraction(0), Fraction(1, 3), Fraction(1)]),
            maintenance=self.one(WindowsCount),
            notice=TICK * self.one([0, 0, 4]),
            outage_begins=self.one(OutageBegins),
            hours=self.one([None, None, None, None, "office", AROUND_THE_CLOCK]),
        )

    def weights(self) -> tuple[Weight, ...]:
        if not self.maybe():
            return ()
        first, second = (Fraction(self.number(0, 5), 2) for _ in range(2))
        cut = self.instant()
        return (Weight(first, Validity(None, cut)), Weight(second, Validity(cut, None)))

    def catalogue(self) -> Catalogue:
        policies = {id_: self.policy(id_) for id_ in ("p", "q")}

        def policy() -> str:
            return self.one(["p", "q"])

        def way() -> Combine:
            return self.one(Combine)

        services = {
            id_: Service(
                id_,
                id_,
                {each: self.provisions(id_, each) for each in COUNCILS if not self.maybe(6)},
                validity=self.validity(8),
                hours=self.hours(),
                policy=policy(),
            )
            for id_ in SERVICES
        }
        areas = {
            id_: Area(id_, id_, members, way(), policy=policy(), weights={"t": self.weights()})
            for id_, members in (("both", SERVICES), ("one", ("s",)))
        }
        basket = Basket("kpi", "kpi", ("t",), ("both", "one"), way(), policy=policy(), weights={"one": self.weights()})
        return Catalogue(
            digest="",
            councils={id_: Council(id_, id_, LONDON, self.validity(10), self.weights(), policy()) for id_ in COUNCILS},
            sites={id_: Site(id_, id_, attribution=self.attribution()) for id_ in SITES},
            checks={id_: self.check(id_) for id_ in CHECKS},
            services=services,
            areas=areas,
            baskets={"kpi": basket},
            calendars={"office": self.calendar()},
            policies=policies,
        )
