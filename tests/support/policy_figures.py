"""The slow obvious model of figures: ticks counted one by one, alone and combined."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from functools import lru_cache

from support.judging_model import holds
from support.policy_model import ServiceModel, Tick
from support.policy_world import DEGRADED, DOWN, TICK, UP, World

from ictss_monitor.availability.reckoning import Key
from ictss_monitor.catalogue.model import Combine, Subject
from ictss_monitor.catalogue.terms import Fault, Policy, Weight, WindowsCount

Bounds = tuple[Fraction | None, Fraction | None, Fraction | None]
"""Value, low, high."""
Number = int | Fraction
ONE = (Weight(Fraction(1)),)
ADDED = ("lost", "surely_lost", "maybe_lost", "planned", "forgiven", "third_party", "council_site", "undetermined")


@dataclass(frozen=True)
class Counted:
    """A figure, its times in ticks."""

    measured: Number = 0
    unknown: Number = 0
    future: Number = 0
    maintenance: Number = 0
    outside: Number = 0
    degraded: Number = 0
    lost: Number = 0
    surely_lost: Number = 0
    maybe_lost: Number = 0
    planned: Number = 0
    forgiven: Number = 0
    third_party: Number = 0
    council_site: Number = 0
    undetermined: Number = 0
    gross: Bounds = (None, None, None)
    net: Bounds = (None, None, None)
    projected: Fraction | None = None


@dataclass(frozen=True)
class Thing:
    """What has a figure: its ticks as of a thing that is down when any of its parts is, and its figure."""

    ticks: Sequence[Tick]
    counted: Counted
    weights: tuple[Weight, ...] = ()

    @property
    def is_there(self) -> bool:
        """Whether it was, or will be, in service at any tick."""
        return any(tick.where != "absent" for tick in self.ticks)


@lru_cache(maxsize=50_000)
def losses(tick: Tick, policy: Policy) -> Counted:
    """Return one tick counted: all that is added up from tick to tick."""
    in_window = tick.where == "maintenance"
    if tick.where != "base" and not in_window:
        return Counted(future=int(tick.where == "future"), outside=int(tick.where == "outside"))
    counts_down, counts_up = (policy.maintenance is each for each in (WindowsCount.DOWN, WindowsCount.UP))
    share = policy.degraded
    price = {DOWN: Fraction(1), DEGRADED: share, UP: Fraction(0)}

    def of_both(down: bool, not_up: bool) -> Fraction:
        return (1 - share) * down + share * not_up

    planned = of_both(*tick.planned)
    blamed = {fault: of_both(*(each is fault for each in tick.faults)) for fault in Fault}
    base = not in_window
    return Counted(
        measured=int(tick.level is not None if base else counts_up),
        unknown=int(base and tick.level is None),
        maintenance=int(in_window),
        degraded=int(base and tick.level == DEGRADED),
        lost=price[tick.level] if base and tick.level is not None else 0,
        surely_lost=price[tick.best] if base and tick.level is not None else 0,
        maybe_lost=(1 if tick.level is None else price[tick.worst]) if base else 0,
        planned=planned if counts_down else 0,
        forgiven=0 if counts_down else planned,
        third_party=blamed[Fault.THIRD_PARTY],
        council_site=blamed[Fault.COUNCIL_SITE],
        undetermined=blamed[Fault.UNDETERMINED],
    )


def added(parts: Iterable[Counted]) -> Counted:
    """Return the times of all parts together, without shares."""
    found = list(parts)
    names = ("measured", "unknown", "future", "maintenance", "outside", "degraded", *ADDED)
    return Counted(**{name: sum(getattr(part, name) for part in found) for name in names})


def left(lost: Number, of: Number) -> Fraction | None:
    """Return the share that is not lost, never below nothing."""
    return max(1 - Fraction(lost) / of, Fraction(0)) if of else None


def with_shares(counted: Counted) -> Counted:
    """Return the figure of what was counted: gross, net of third parties, and projected."""
    measured, base = counted.measured, counted.measured + counted.unknown

    def shares(third: Number) -> Bounds:
        surely = max(counted.surely_lost - third, 0)
        return left(counted.lost - third, measured), left(counted.maybe_lost - third, base), left(surely, base)

    whole = measured + counted.future
    projected = 1 - Fraction(counted.lost) / whole if whole else None
    return replace(counted, gross=shares(0), net=shares(counted.third_party), projected=projected)


def thing(ticks: Sequence[Tick], policy: Policy) -> Thing:
    """Return what is down in these ticks."""
    return Thing(ticks, with_shares(added(losses(tick, policy) for tick in ticks)))


def together(ticks: Sequence[Tick]) -> Tick:
    """Return one tick of what is down when any of its parts is."""
    for where in ("maintenance", "future", "outside", "absent"):
        if any(tick.where == "base" for tick in ticks):
            break
        if any(tick.where == where for tick in ticks):
            there = [tick.level for tick in ticks if tick.where == where]
            unsure = None if {None, DOWN} & set(there) else DEGRADED if DEGRADED in there else UP
            return Tick(where, unsure if where == "outside" else UP, planned=_planned(ticks))
    based = [tick for tick in ticks if tick.where == "base"]
    levels = [tick.level for tick in based]
    level = DOWN if DOWN in levels else None if None in levels else min(each for each in levels if each is not None)
    best = UP if level is None else min(tick.best for tick in based)
    planned = _planned(ticks)
    if level is None:
        planned = (
            planned[0],
            planned[0] and planned[1],
        )  # what is degraded in a window is unknown where another part is
    faults = tuple(
        _worst(tick.faults[channel] for tick in based) if not planned[channel] and is_lost else None
        for channel, is_lost in enumerate((level == DOWN, level in (DOWN, DEGRADED)))
    )
    worst = min(tick.worst for tick in based)
    return Tick("base", level, best, worst, (faults[0], faults[1]), planned)


def _planned(ticks: Sequence[Tick]) -> tuple[bool, bool]:
    """Planned is what is lost in windows while no part loses anything otherwise."""
    down, not_up = (
        any(tick.planned[channel] for tick in ticks)
        and not any(_lost(tick, channel) and not tick.planned[channel] for tick in ticks)
        for channel in (0, 1)
    )
    return down, not_up


def _lost(tick: Tick, channel: int) -> bool:
    return tick.where == "base" and tick.level in ((DOWN,), (DOWN, DEGRADED))[channel]


def _worst(faults: Iterable[Fault | None]) -> Fault | None:
    return min((each for each in faults if each is not None), key=list(Fault).index, default=None)


def combined(how: Combine, things: Sequence[Thing], policy: Policy, world: World) -> Thing:
    """Return several things as one."""
    if len(things) == 1 and how in (Combine.UNION, Combine.SUM):
        return things[0]
    ticks = [together([each.ticks[at] for each in things]) if things else Tick("absent") for at in range(world.length)]
    union = thing(ticks, policy)
    if how is Combine.UNION:
        return union
    every = added(each.counted for each in things)
    if how is Combine.SUM:
        once = {name: getattr(union.counted, name) for name in ("measured", "unknown", "future")}
        beside = {name: getattr(union.counted, name) for name in ("maintenance", "outside", "degraded")}
        return Thing(ticks, with_shares(replace(every, **once, **beside)))
    if how is Combine.MEAN:
        return Thing(ticks, _mean(every, [each.counted for each in things]))
    weighed = with_shares(added(_weighed(each, policy, world) for each in things))
    return Thing(ticks, replace(every, gross=weighed.gross, net=weighed.net, projected=weighed.projected))


def _weighed(held: Thing, policy: Policy, world: World) -> Counted:
    found = []
    for at, tick in enumerate(held.ticks):
        weight = sum((each.value for each in held.weights if holds(each.validity, world.instant(at))), Fraction(0))
        one = losses(tick, policy)
        names = ("measured", "unknown", "future", *ADDED)
        found.append(Counted(**{name: weight * getattr(one, name) for name in names}))
    return added(found)


def _mean(every: Counted, parts: Sequence[Counted]) -> Counted:
    def mean(of: Callable[[Counted], Fraction | None]) -> Fraction | None:
        found = [value for part in parts if (value := of(part)) is not None]
        return sum(found, Fraction(0)) / len(found) if found else None

    def shares(name: str) -> Bounds:
        return (
            mean(lambda part: getattr(part, name)[0]),
            mean(lambda part: getattr(part, name)[1]),
            mean(lambda part: getattr(part, name)[2]),
        )

    return replace(every, gross=shares("gross"), net=shares("net"), projected=mean(lambda part: part.projected))


class Model:
    """Every figure of a world, made slowly."""

    def __init__(self, world: World, corrected: bool = True) -> None:
        self.world, self.corrected = world, corrected
        self.catalogue = world.catalogue
        self.services: dict[tuple[str, str, str], Thing] = {}
        self.things: dict[Key, Thing] = {}

    def of(self, key: Key) -> Thing:
        """Return what a key names, by its own policy and way; made once."""
        if key not in self.things:
            self.things[key] = self.made(key)
        return self.things[key]

    def made(self, key: Key) -> Thing:
        if key.subject is Subject.SERVICE:
            assert key.council is not None
            return self.service(key.id, key.council, self.catalogue.policy(self.catalogue.services[key.id].policy))
        if key.subject is Subject.AREA:
            return self.area(key.id, key.council, self.catalogue.policy(self.catalogue.areas[key.id].policy))
        if key.subject is Subject.BASKET:
            return self.basket(key.id, key.council)
        policy = self.catalogue.policy(self.catalogue.councils[key.id].policy)
        return self.whole(Combine.MEAN, self.members(self.catalogue.services, key.id, Combine.MEAN, policy), policy)

    def service(self, service: str, council: str, policy: Policy) -> Thing:
        key = (service, council, policy.id)
        if key not in self.services:
            model = ServiceModel(self.world, service, council, policy, self.corrected)
            self.services[key] = thing(model.ticks(), policy)
        return self.services[key]

    def area(self, id_: str, council: str | None, policy: Policy) -> Thing:
        held = self.catalogue.areas[id_]
        members = self.members(held.services, council, held.combine, policy, held.weights)
        return self.whole(held.combine, members, policy)

    def basket(self, id_: str, council: str | None) -> Thing:
        held = self.catalogue.baskets[id_]
        policy = self.catalogue.policy(held.policy)
        members = self.members(held.services, council, held.combine, policy, held.weights)
        for area in held.areas:
            members.append(replace(self.area(area, council, policy), weights=held.weights.get(area, ONE)))
        return self.whole(held.combine, members, policy)

    def whole(self, how: Combine, members: Sequence[Thing], policy: Policy) -> Thing:
        return combined(how, [each for each in members if each.is_there], policy, self.world)

    def members(
        self,
        services: Iterable[str],
        council: str | None,
        how: Combine,
        policy: Policy,
        weights: Mapping[str, tuple[Weight, ...]] | None = None,
    ) -> list[Thing]:
        """Over all councils, a service is one thing, but where each council's figure is taken by itself."""
        found: list[Thing] = []
        for service in services:
            councils = list(self.catalogue.councils) if council is None else [council]
            each = [(name, self.service(service, name, policy)) for name in councils]
            if how is Combine.WEIGHTED:
                own = (weights or {}).get(service)
                found += [replace(one, weights=own or self.catalogue.councils[name].users or ONE) for name, one in each]
            elif how is Combine.MEAN:
                found += [one for _, one in each]
            else:
                found.append(combined(Combine.UNION, [one for _, one in each], policy, self.world))
        return found


def in_ticks(amount: Number | None) -> Fraction | None:
    """Return microseconds as ticks."""
    return None if amount is None else Fraction(amount) / TICK
