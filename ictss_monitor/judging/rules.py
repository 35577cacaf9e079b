"""Rules of services: from the levels of checks to the level of a service, at one instant or over sets of time.

The n-th largest level of a branch's members is down where fewer than n of them are better than down, and not up where
fewer than n are up. So one threshold at a time decides, and both evaluations count members beyond it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Final

from ictss_monitor.catalogue.model import ALWAYS, AtLeast, Catalogue, Check, CheckRef, Impact, Rule, Validity, checks_of
from ictss_monitor.clock import Instant
from ictss_monitor.intervals import EMPTY, IntervalSet, at_least
from ictss_monitor.probe import Outcome

BEGINNING: Final[Instant] = -(2**62)
"""Before anything that was ever observed."""
FOREVER: Final[Instant] = 2**62


@dataclass(frozen=True, slots=True)
class Piece:
    """A stretch of time in which one council gets one service by one rule over the same members.

    `rule` holds the members present and no dates; None where no check watches the service.
    """

    start: Instant
    end: Instant
    rule: Rule | None


@dataclass(frozen=True, slots=True)
class Plan:
    """How one council gets one service through all time; where no piece is, it is not in service."""

    service: str
    council: str
    all_pieces: tuple[Piece, ...]

    def pieces(self, start: Instant, end: Instant) -> list[Piece]:
        """Return the pieces that lie in `[start, end)`, cut to it."""
        return [
            Piece(max(piece.start, start), min(piece.end, end), piece.rule)
            for piece in self.all_pieces
            if piece.start < end and start < piece.end
        ]

    def at(self, instant: Instant) -> Piece | None:
        """Return the piece that holds `instant`, None where the service is not in service."""
        for piece in self.all_pieces:
            if piece.start <= instant < piece.end:
                return piece
        return None

    def checks(self) -> frozenset[str]:
        """Return the ids of the checks that any of its rules names."""
        rules = (piece.rule for piece in self.all_pieces)
        return frozenset(check for rule in rules if rule is not None for check in checks_of(rule))

    def edges(self) -> Iterator[Instant]:
        """Yield the instants at which something changes by date."""
        for piece in self.all_pieces:
            yield piece.start
            yield piece.end


def plans(catalogue: Catalogue) -> dict[tuple[str, str], Plan]:
    """Return the plan of every service and council that has it, by service id and council id."""
    return {
        (service.id, council): plan_of(catalogue, service.id, council)
        for service in catalogue.services.values()
        for council in service.provisions
    }


def plan_of(catalogue: Catalogue, service: str, council: str) -> Plan:
    """Lay out how `council` gets `service`: dates of council, service, provision, members and checks resolved."""
    held = catalogue.services[service]
    outer = [held.validity]
    if council in catalogue.councils:
        outer.append(catalogue.councils[council].validity)
    pieces: list[Piece] = []
    for provision in held.provisions.get(council, ()):
        validities = [*outer, provision.validity]
        start = max(BEGINNING if each.since is None else each.since for each in validities)
        end = min(FOREVER if each.until is None else each.until for each in validities)
        if start < end:
            pieces += _cut_by_dates(provision.rule, catalogue.checks, start, end)
    return Plan(service, council, tuple(sorted(pieces, key=lambda piece: piece.start)))


def _cut_by_dates(rule: Rule | None, checks: Mapping[str, Check], start: Instant, end: Instant) -> Iterator[Piece]:
    if rule is None:
        yield Piece(start, end, None)
        return
    dates = {edge for validity in _validities(rule, checks) for edge in validity.edges()}
    cuts = [start, *sorted(edge for edge in dates if start < edge < end), end]
    for begin, until in pairwise(cuts):
        yield Piece(begin, until, present_at(rule, checks, begin))


def _validities(rule: Rule, checks: Mapping[str, Check]) -> Iterator[Validity]:
    yield rule.validity
    if isinstance(rule, AtLeast):
        for member in rule.members:
            yield from _validities(member, checks)
    elif rule.check in checks:
        yield checks[rule.check].validity


def present_at(rule: Rule, checks: Mapping[str, Check], instant: Instant) -> Rule | None:
    """Return `rule` with the members that exist at `instant` and without dates, None where none is left.

    `n` becomes the number of members that must be good: all of them where it is None or more than there are.
    """
    if not rule.validity.holds_at(instant):
        return None
    if isinstance(rule, CheckRef):
        check = checks.get(rule.check)
        here = check is not None and check.validity.holds_at(instant)
        if not here:
            return None
        return rule if rule.validity == ALWAYS else replace(rule, validity=ALWAYS)
    found = (present_at(member, checks, instant) for member in rule.members)
    members = tuple(member for member in found if member is not None)
    if not members:
        return None
    needed = len(members) if rule.n is None else min(rule.n, len(members))
    return AtLeast(needed, members, rule.impact)


def down_of(rule: Rule, of_check: Callable[[str], IntervalSet]) -> IntervalSet:
    """Return where a rule without dates is down, each check being down where `of_check` says."""
    if rule.impact is Impact.DEGRADED:
        return EMPTY
    if isinstance(rule, CheckRef):
        return of_check(rule.check)
    return _beyond(rule, [down_of(member, of_check) for member in rule.members])


def not_up_of(rule: Rule, of_check: Callable[[str], IntervalSet]) -> IntervalSet:
    """Return where a rule without dates is not up, each check being not up where `of_check` says."""
    if isinstance(rule, CheckRef):
        return of_check(rule.check)
    return _beyond(rule, [not_up_of(member, of_check) for member in rule.members])


def _beyond(rule: AtLeast, sets: Sequence[IntervalSet]) -> IntervalSet:
    assert rule.n is not None
    return at_least(len(sets) - rule.n + 1, sets)


_RANK: Final = {Outcome.DOWN: 0, Outcome.DEGRADED: 1, Outcome.UP: 2}
_LEVELS: Final = (Outcome.DOWN, Outcome.DEGRADED, Outcome.UP)


def state_of(rule: Rule | None, level_of: Callable[[str], Outcome]) -> Outcome:
    """Return the state of a service at one instant from the states of the checks in a rule without dates.

    A check that is unknown is anything from down to up; the service is unknown where that decides whether it is down.
    """
    if rule is None:
        return Outcome.UNKNOWN
    low, high = _interval(rule, level_of)
    return Outcome.UNKNOWN if low == 0 and high > 0 else _LEVELS[low]


def _interval(rule: Rule, level_of: Callable[[str], Outcome]) -> tuple[int, int]:
    if isinstance(rule, CheckRef):
        level = level_of(rule.check)
        low, high = (0, 2) if level is Outcome.UNKNOWN else (_RANK[level], _RANK[level])
    else:
        assert rule.n is not None
        found = [_interval(member, level_of) for member in rule.members]
        low = sorted((low for low, _ in found), reverse=True)[rule.n - 1]
        high = sorted((high for _, high in found), reverse=True)[rule.n - 1]
    return (max(low, 1), max(high, 1)) if rule.impact is Impact.DEGRADED else (low, high)


def causes_of(rule: Rule, is_failed: Callable[[str], bool], down: bool) -> set[str]:
    """Return the failed checks that count towards the rule's being down (or not up, where `down` is false)."""
    if down and rule.impact is Impact.DEGRADED:
        return set()
    if isinstance(rule, CheckRef):
        return {rule.check} if is_failed(rule.check) else set()
    return set().union(*(causes_of(member, is_failed, down) for member in rule.members))
