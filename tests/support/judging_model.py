"""The slow obvious model of judging: the definitions, instant by instant, on lists of observations.

Written from the definitions alone. It shares the catalogue's and outages' types with the package and no code. Every
answer is a function of one instant; sets of time are what it says at each instant of a short stretch.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache

from ictss_monitor.catalogue.model import Catalogue, Check, CheckRef, Impact, Rule, Validity
from ictss_monitor.judging.outages import Outage
from ictss_monitor.probe import Outcome

Seen = Sequence[tuple[int, Outcome]]
DOWN, DEGRADED, UP = 0, 1, 2


@dataclass(frozen=True)
class Told:
    """One confirmed outage of a check: indices into its known observations; `end` is None while it is open."""

    begin: int
    end: int | None


class CheckModel:
    """One check, seen up to `now`, everything before it being in."""

    def __init__(self, check: Check, seen: Seen, now: int) -> None:
        self.check = check
        self.now = now
        self.unknown_at = [instant for instant, outcome in seen if outcome is Outcome.UNKNOWN]
        known = [(instant, outcome) for instant, outcome in seen if outcome is not Outcome.UNKNOWN]
        self.instants = [instant for instant, _ in known]
        self.failed = {
            DOWN: [outcome is Outcome.DOWN for _, outcome in known],
            DEGRADED: [outcome is not Outcome.UP for _, outcome in known],
        }
        for name in ("hole", "pending", "outage_at", "last_failure", "unknown", "doubtful", "failing"):
            setattr(self, name, cache(getattr(self, name)))  # only to save time
        self.outages = {level: self._outages(self.failed[level]) for level in (DOWN, DEGRADED)}

    def _outages(self, failed: list[bool]) -> list[Told]:
        """Where `fall` failures stand in a row, up to where `rise` good ones do."""
        fall, rise, found, at = self.check.fall, self.check.rise, [], 0
        while at < len(failed):
            if failed[at : at + fall] != [True] * fall:
                at += 1
                continue
            end = next((j for j in range(at, len(failed)) if failed[j : j + rise] == [False] * rise), None)
            found.append(Told(at, end))
            if end is None:
                break
            at = end
        return found

    def _segment(self, at: int) -> int | None:
        """Which known observation is the last one at or before an instant."""
        before = [index for index, instant in enumerate(self.instants) if instant <= at]
        return before[-1] if before else None

    def outage_at(self, level: int, at: int) -> Told | None:
        for told in self.outages[level]:
            end = self.now if told.end is None else self.instants[told.end]
            if self.instants[told.begin] <= at < end:
                return told
        return None

    def last_failure(self, level: int, told: Told) -> int:
        stop = len(self.instants) if told.end is None else told.end
        return max(self.instants[i] for i in range(told.begin, stop) if self.failed[level][i])

    def confirmed(self, level: int, at: int) -> bool:
        return self.outage_at(level, at) is not None

    def failing(self, level: int, at: int, inclusive: bool = False) -> bool:
        told = self.outage_at(level, at)
        if told is None:
            return False
        last = self.last_failure(level, told)
        return at <= last if inclusive else at < last

    def doubtful(self, level: int, at: int) -> bool:
        """In an outage, or next to a failure: between two observations of which one failed."""
        index = self._segment(at)
        if index is None:
            return False
        return self.confirmed(level, at) or any(self.failed[level][index : index + 2])

    def hole(self, at: int) -> bool:
        index = self._segment(at)
        if index is None:
            return True
        since = self.instants[index]
        following = self.instants[index + 1] if index + 1 < len(self.instants) else None
        until = self.now if following is None else following
        if any(since < instant and (following is None or instant < until) for instant in self.unknown_at):
            return True
        return until - since > self.check.interval * 2 + self.check.time_limit

    def pending(self, level: int, at: int) -> bool:
        failed = self.failed[level]
        decided = 0 if failed[: self.check.fall] == [True] * self.check.fall else None
        if decided is None:
            decided = next((index for index, bad in enumerate(failed) if not bad), None)
        return decided is None or at < self.instants[decided]

    def unknown(self, at: int) -> bool:
        return self.hole(at) or self.pending(DOWN, at) or self.pending(DEGRADED, at)

    def unseen(self, level: int, at: int) -> bool:
        return (self.hole(at) and at not in self.instants) or self.pending(level, at)

    def last_good(self, level: int, at: int) -> int | None:
        told = self.outage_at(level, at)
        assert told is not None
        good = [self.instants[i] for i in range(told.begin) if not self.failed[level][i]]
        return max(good, default=None)

    def state(self, at: int) -> Outcome:
        if self.unknown(at):
            return Outcome.UNKNOWN
        if self.confirmed(DOWN, at):
            return Outcome.DOWN
        return Outcome.DEGRADED if self.confirmed(DEGRADED, at) else Outcome.UP


Interval = tuple[int, int]


def holds(validity: Validity, at: int) -> bool:
    """Whether a date range holds an instant."""
    return not (validity.since is not None and at < validity.since) and not (
        validity.until is not None and at >= validity.until
    )


def level_of(rule: Rule, catalogue: Catalogue, leaves: Mapping[str, Interval], at: int) -> Interval | None:
    """The rule's lowest and highest level at an instant; None where no member is there."""
    if not holds(rule.validity, at):
        return None
    if isinstance(rule, CheckRef):
        if not holds(catalogue.checks[rule.check].validity, at):
            return None
        low, high = leaves[rule.check]
    else:
        members = [level_of(member, catalogue, leaves, at) for member in rule.members]
        here = [member for member in members if member is not None]
        if not here:
            return None
        n = len(here) if rule.n is None else min(rule.n, len(here))
        low = sorted([low for low, _ in here], reverse=True)[n - 1]
        high = sorted([high for _, high in here], reverse=True)[n - 1]
    if rule.impact is Impact.DEGRADED:
        low, high = max(low, DEGRADED), max(high, DEGRADED)
    return low, high


class ServiceModel:
    """One service for one council, from the models of its checks."""

    def __init__(self, catalogue: Catalogue, service: str, council: str, checks: Mapping[str, CheckModel]) -> None:
        self.catalogue = catalogue
        self.service = catalogue.services[service]
        self.council = council
        self.checks = checks

    def rule_at(self, at: int) -> tuple[bool, Rule | None]:
        """Whether the council has the service at an instant, and by which rule."""
        if not holds(self.service.validity, at) or not holds(self.catalogue.councils[self.council].validity, at):
            return False, None
        for provision in self.service.provisions[self.council]:
            if holds(provision.validity, at):
                return True, provision.rule
        return False, None

    def level(self, at: int, leaves: Mapping[str, Interval]) -> Interval | None:
        rule = self.rule_at(at)[1]
        return None if rule is None else level_of(rule, self.catalogue, leaves, at)

    def leaves(self, at: int) -> dict[str, Interval]:
        number = {Outcome.DOWN: (0, 0), Outcome.DEGRADED: (1, 1), Outcome.UP: (2, 2), Outcome.UNKNOWN: (0, 2)}
        return {name: number[check.state(at)] for name, check in self.checks.items()}

    def class_at(self, at: int) -> str:
        if not self.rule_at(at)[0]:
            return "not in service"
        found = self.level(at, self.leaves(at))
        if found is None:
            return "unknown"
        low, high = found
        if low == DOWN and high > DOWN:
            return "unknown"
        return ("down", "degraded", "up")[low]

    def extreme(self, at: int, pessimistic: bool) -> int | None:
        """The worst or the best level that can be true."""

        def of(check: CheckModel) -> int:
            if check.unknown(at):
                return DOWN if pessimistic else UP
            judge = check.doubtful if pessimistic else check.failing
            return DOWN if judge(DOWN, at) else DEGRADED if judge(DEGRADED, at) else UP

        leaves = {name: (of(check), of(check)) for name, check in self.checks.items()}
        found = self.level(at, leaves)
        return None if found is None else found[0]

    def _fails(self, level: int, at: int, view: str) -> bool:
        """Whether the rule is at `level` or worse when the checks' channel of that level is what `view` says."""

        def failed(check: CheckModel) -> bool:
            if view == "held":
                return check.confirmed(level, at)
            if check.unseen(level, at):
                return False
            return check.confirmed(level, at) if view == "seen" else check.failing(level, at, inclusive=True)

        leaves = {name: (level, level) if failed(check) else (2, 2) for name, check in self.checks.items()}
        found = self.level(at, leaves)
        return found is not None and found[0] <= level

    def causes(self, level: int, at: int) -> tuple[str, ...]:
        def named(rule: Rule) -> set[str]:
            if not holds(rule.validity, at) or (level == DOWN and rule.impact is Impact.DEGRADED):
                return set()
            if not isinstance(rule, CheckRef):
                return {name for member in rule.members for name in named(member)}
            check = self.checks[rule.check]
            there = holds(self.catalogue.checks[rule.check].validity, at)
            seen = check.confirmed(level, at) and not check.unseen(level, at)
            return {rule.check} if there and seen else set()

        rule = self.rule_at(at)[1]
        assert rule is not None
        return tuple(sorted(named(rule)))

    def outages(self, start: int, now: int) -> list[Outage]:
        """Every stretch over which the rule is held failed and was seen so at least once."""
        found = []
        for level, outcome in ((DOWN, Outcome.DOWN), (DEGRADED, Outcome.DEGRADED)):
            held = {at for at in range(start, now) if self._fails(level, at, "held")}
            begins = [at for at in sorted(held) if at - 1 not in held]
            for begin in begins:
                end = begin
                while end in held:
                    end += 1
                outage = self._outage(level, outcome, begin, end, now)
                if outage is not None:
                    found.append(outage)
        return sorted(found, key=lambda outage: (outage.first_seen_down, outage.level))

    def _outage(self, level: int, outcome: Outcome, begin: int, end: int, now: int) -> Outage | None:
        seen = [at for at in range(begin, end) if self._fails(level, at, "seen")]
        if not seen:
            return None
        failing = [at for at in range(begin, end) if self._fails(level, at, "failing")]
        first = seen[0]
        last = max([first, *failing])
        causes = self.causes(level, first)
        good = [self.checks[name].last_good(level, first) for name in causes]
        seen_up = max((instant for instant in good if instant is not None), default=None)
        ends = recovers = None
        if end < now:
            ends = end if end - 1 in seen else last
            recovers = end if self.level(end, dict.fromkeys(self.checks, (2, 2))) is not None else None
        return Outage(self.service.id, self.council, outcome, seen_up, first, last, recovers, ends, causes)
