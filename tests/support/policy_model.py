"""The slow obvious model of the arithmetic: one service in one tick, by the definitions, with minimum and maximum.

Written from the definitions alone. It shares the catalogue's and ledger's types with the package, and no code: no set
of time is ever made, and nothing is added up before every tick has its answer.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

from support.judging_model import holds, level_of
from support.policy_clock import open_ticks, window_ticks
from support.policy_world import DEGRADED, DOWN, UP, Raw, World

from ictss_monitor.catalogue.model import CheckRef, Impact, Provision, Rule, checks_of
from ictss_monitor.catalogue.terms import AROUND_THE_CLOCK, Fault, Policy
from ictss_monitor.ledger.acts import Attribute, Declare, Extent, Move
from ictss_monitor.ledger.standing import HeldWindow
from ictss_monitor.probe import Outcome

LEVEL = {Outcome.DOWN: DOWN, Outcome.DEGRADED: DEGRADED, Outcome.UP: UP}
OWN = (Fault.OWN, Fault.OWN)


@dataclass(frozen=True)
class Seen:
    """What a service was in one tick: `level` None is unknown; the best and the worst it may have been; whose fault.

    Of two faults, the first is whose it is that it was down, the second that it was not up.
    """

    level: int | None
    best: int
    worst: int
    faults: tuple[Fault, Fault] = OWN


@dataclass(frozen=True)
class Tick:
    """The answer for one tick: its class up to maintenance, or `base` with what was seen; `outside` has its level too.

    `faults` and `planned` are for down and for not up each; a fault is None where nothing is lost, or it is planned.
    """

    where: str
    level: int | None = UP
    best: int = UP
    worst: int = UP
    faults: tuple[Fault | None, Fault | None] = (None, None)
    planned: tuple[bool, bool] = (False, False)


class ServiceModel:
    """One service for one council by one policy."""

    def __init__(self, world: World, service: str, council: str, policy: Policy, corrected: bool = True) -> None:
        self.world, self.policy, self.corrected = world, policy, corrected
        self.catalogue = world.catalogue
        self.service, self.council = world.catalogue.services[service], world.catalogue.councils[council]
        self.raw = world.raw[policy.outage_begins]
        self.hours: dict[str, set[int]] = {}
        key = (service, council)
        self.rows = [row for row in world.annotations.imported if (row.service, row.council) == key]
        acts = [entry.act for entry in world.annotations.entries] if corrected else []
        self.acts: list[Attribute | Declare | Move] = [
            act
            for act in acts
            if (isinstance(act, Move) and (act.actual.service, act.actual.council) == key)
            or (isinstance(act, Attribute | Declare) and (act.extent.service, act.extent.council) == key)
        ]

    def ticks(self) -> list[Tick]:
        """Return the answers for the whole period."""
        return [self.tick(at) for at in range(self.world.length)]

    def tick(self, at: int) -> Tick:
        """Return the first class that applies, and what was seen."""
        provision = self.provision(at)
        if provision is None or (provision.rule is None and provision.hosted_externally and not self.is_told(at)):
            return Tick("absent")
        if not self.is_open(provision, at):
            return Tick("outside", self.corrected_state(at).level if at < self.world.now else UP)
        if at >= self.world.now:
            return Tick("future")
        seen = self.corrected_state(at)
        lost = (seen.level == DOWN, seen.level in (DOWN, DEGRADED))
        if self.in_window(at):
            if self.policy.maintenance.value != "down":
                return Tick("maintenance", planned=lost)
            return Tick("base", seen.level, *self.bounds(seen), planned=lost)
        faults = (seen.faults[0] if lost[0] else None, seen.faults[1] if lost[1] else None)
        return Tick("base", seen.level, *self.bounds(seen), faults)

    def bounds(self, seen: Seen) -> tuple[int, int]:
        """Return the best and the worst; what is unknown may have been up."""
        return (UP if seen.level is None else seen.best), seen.worst

    # In service, and open

    def provision(self, at: int) -> Provision | None:
        instant = self.world.instant(at)
        if not (holds(self.service.validity, instant) and holds(self.council.validity, instant)):
            return None
        found = self.service.provisions.get(self.council.id, ())
        return next((each for each in found if holds(each.validity, instant)), None)

    def is_open(self, provision: Provision, at: int) -> bool:
        name = self.policy.hours or provision.hours or self.service.hours or AROUND_THE_CLOCK
        if name == AROUND_THE_CLOCK:
            return True
        if name not in self.hours:
            self.hours[name] = open_ticks(self.world, self.catalogue.calendars[name], self.council.zone)
        return at in self.hours[name]

    # What was seen, and what people tell

    def raw_of(self, check: str, at: int) -> Raw:
        line = self.raw.get(check)
        return Raw(UP, UP, DOWN, unknown=True) if line is None else line[at]

    def level(self, rule: Rule | None, at: int, leaves: dict[str, tuple[int, int]]) -> tuple[int, int] | None:
        return None if rule is None else level_of(rule, self.catalogue, leaves, self.world.instant(at))

    def observed(self, at: int) -> Seen:
        provision = self.provision(at)
        rule = provision.rule if provision else None
        raw = {check: self.raw_of(check, at) for check in self.catalogue.checks}
        held = {check: (DOWN, UP) if each.unknown else (each.confirmed,) * 2 for check, each in raw.items()}
        best = {check: (UP,) * 2 if each.unknown else (each.failing,) * 2 for check, each in raw.items()}
        worst = {check: (DOWN,) * 2 if each.unknown else (each.doubtful,) * 2 for check, each in raw.items()}
        found = self.level(rule, at, held)
        if found is None:
            return Seen(None, UP, DOWN)
        low, high = found
        if low == DOWN and high > DOWN:
            return Seen(None, UP, DOWN)
        assert rule is not None
        faults = (self.fault(rule, at, down=True), self.fault(rule, at, down=False))
        return Seen(low, self.level(rule, at, best)[0], self.level(rule, at, worst)[0], faults)  # type: ignore[index]

    def filled(self, at: int) -> Seen:
        """What is unknown is what an imported history tells."""
        seen, told, instant = self.observed(at), None, self.world.instant(at)
        rows = [row for row in self.rows if row.since <= instant < row.until]
        states = {row.state for row in rows}
        if Outcome.UNKNOWN not in states and seen.level is None:
            told = min((LEVEL[state] for state in states), default=None)
        if told is None:
            return seen
        said = [row.attribution.fault for row in rows if row.attribution is not None]
        return Seen(told, told, told, (said[-1], said[-1]) if said else OWN)

    def corrected_state(self, at: int) -> Seen:
        """What the last correction says stands; whose fault it was is said for itself."""
        seen = self.filled(at)
        level, faults = self.declared(at), seen.faults
        for act in self.acts:
            if isinstance(act, Attribute | Declare) and act.attribution is not None and self.is_in(act.extent, at):
                faults = (act.attribution.fault,) * 2
        if level is None:
            return Seen(seen.level, seen.best, seen.worst, faults)
        return Seen(level, level, level, faults)

    def declared(self, at: int) -> int | None:
        level = None
        for act in self.acts:
            if isinstance(act, Attribute):
                continue
            if self.is_in(act.actual if isinstance(act, Move) else act.extent, at):
                level = LEVEL[act.state]
            elif isinstance(act, Move) and self.is_in(act.observed, at):
                level = UP
        return level

    def is_in(self, extent: Extent, at: int) -> bool:
        return extent.since <= self.world.instant(at) < extent.until

    def is_told(self, at: int) -> bool:
        instant = self.world.instant(at)
        states = {row.state for row in self.rows if row.since <= instant < row.until}
        told = bool(states) and Outcome.UNKNOWN not in states
        return at < self.world.now and (told or self.declared(at) is not None)

    # Whose fault

    def fault(self, rule: Rule, at: int, *, down: bool) -> Fault:
        """Whose the worst is of the failed checks that brought it down (or not up), our own where nothing did."""
        found = self.failed(rule, at, down)
        return min(found, key=list(Fault).index) if found else Fault.OWN

    def failed(self, rule: Rule, at: int, down: bool) -> set[Fault] | None:
        """The faults of the failed checks by which a rule failed, none where it did not; None where it is not there."""
        instant = self.world.instant(at)
        if not holds(rule.validity, instant):
            return None
        if isinstance(rule, CheckRef):
            check, raw = self.catalogue.checks[rule.check], self.raw_of(rule.check, at)
            if not holds(check.validity, instant):
                return None
            bad = raw.confirmed == DOWN and not raw.unknown if down else raw.confirmed != UP or raw.unknown
            found = {self.fault_of(rule.check, at)} if bad else set()
        else:
            members = [faults for each in rule.members if (faults := self.failed(each, at, down)) is not None]
            if not members:
                return None
            needed = len(members) if rule.n is None else min(rule.n, len(members))
            failed = [faults for faults in members if faults]
            found = set().union(*failed) if len(members) - len(failed) < needed else set()
        return set() if down and rule.impact is Impact.DEGRADED else found

    def fault_of(self, check: str, at: int) -> Fault:
        """What the check says, else its site, else who hosts the service at that time."""
        held = self.catalogue.checks[check]
        site = self.catalogue.sites.get(held.site or "")
        said = held.attribution or (site.attribution if site else None)
        if said is not None:
            return said.fault
        provision = self.provision(at)
        return Fault.THIRD_PARTY if provision is not None and provision.hosted_externally else Fault.OWN

    # Maintenance

    @cached_property
    def windows(self) -> list[tuple[set[int], HeldWindow]]:
        return [
            (window_ticks(self.world, held, self.policy.notice, not self.corrected), held)
            for held in self.world.annotations.windows
        ]

    def in_window(self, at: int) -> bool:
        """Whether a window over the service holds, or windows over checks would make a difference to its state."""
        checks: set[str] = set()
        for ticks, held in self.windows:
            scope = held.window.scope
            if at not in ticks or (scope.councils and self.council.id not in scope.councils):
                continue
            only_councils = scope.councils and not scope.services and not scope.checks and not scope.sites
            if only_councils or self.service.id in scope.services:
                return True
            checks |= {
                id_ for id_, each in self.catalogue.checks.items() if id_ in scope.checks or each.site in scope.sites
            }
        provision = self.provision(at)
        if provision is None or provision.rule is None or self.declared(at) is not None:
            return False
        return self.sways(provision.rule, checks & set(checks_of(provision.rule)), at)

    def sways(self, rule: Rule, checks: set[str], at: int) -> bool:
        raw = {check: self.raw_of(check, at) for check in self.catalogue.checks}
        for others in (DOWN, UP):  # the lowest and the highest that the other checks may be
            found = []
            for these in (DOWN, UP):
                level = {check: others if each.unknown else each.confirmed for check, each in raw.items()}
                level |= dict.fromkeys(checks, these)
                found.append(self.level(rule, at, {check: (each, each) for check, each in level.items()}))
            if found[0] != found[1]:
                return True
        return False
