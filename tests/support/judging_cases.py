"""Small random worlds for judging: a catalogue, and what was observed of its checks, instant by instant."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy

from ictss_monitor.catalogue.model import (
    ALWAYS,
    AtLeast,
    Catalogue,
    Check,
    CheckRef,
    Council,
    Impact,
    Provision,
    Rule,
    Service,
    Validity,
)
from ictss_monitor.judging.evidence import Run, extend
from ictss_monitor.observation import Observation
from ictss_monitor.probe import Finding, Outcome, ProbeOptions, Reason

OPTIONS = ProbeOptions(address="192.0.2.1")
U, D, G, X = Outcome.UP, Outcome.DOWN, Outcome.DEGRADED, Outcome.UNKNOWN


def check(id: str = "a", fall: int = 3, rise: int = 2, interval: int = 3, validity: Validity = ALWAYS) -> Check:
    """Build a check whose gap allowance is `2 * interval + 1`."""
    return Check(id, id, "tcp", OPTIONS, None, interval, 1, interval, fall, rise, validity=validity)


def observation(id: str, instant: int, outcome: Outcome, reason: Reason = Reason.OK) -> Observation:
    """Build an observation from the local vantage."""
    return Observation(id, "local", instant, Finding(outcome, reason))


def observations(id: str, text: str, step: int = 3, start: int = 0) -> list[Observation]:
    """Read `U D G X` (up, down, degraded, unknown) as observations every `step`; a dot is none at all."""
    letters = {"U": U, "D": D, "G": G, "X": X}
    return [
        observation(id, start + step * index, letters[letter]) for index, letter in enumerate(text) if letter != "."
    ]


def runs_of(held: Check, seen: Iterable[Observation]) -> list[Run]:
    """Fold observations into runs."""
    runs: list[Run] = []
    running: Run | None = None
    for each in seen:
        closed, running = extend(running, each, held.gap_allowance)
        if closed is not None:
            runs.append(closed)
    return [*runs, running] if running is not None else runs


def catalogue_of(checks: Iterable[Check], rule: Rule | None, *more: Provision) -> Catalogue:
    """Build a catalogue with one service `s` for one council `c`."""
    provisions = more or (Provision("s", "c", rule),)
    return Catalogue(
        digest="",
        councils={"c": Council("c", "c", "UTC")},
        checks={each.id: each for each in checks},
        services={"s": Service("s", "s", {"c": tuple(provisions)})},
    )


def ref(id: str, impact: Impact = Impact.DOWN, validity: Validity = ALWAYS) -> CheckRef:
    """Build a leaf."""
    return CheckRef(id, impact, validity)


@dataclass(frozen=True)
class World:
    """A catalogue, what was observed of each check in the order of time, and when it is now."""

    catalogue: Catalogue
    seen: dict[str, list[Observation]]
    now: int


CHECKS = ("a", "b", "d")
LONGEST = 70

outcomes = st.sampled_from([U, U, D, D, D, G, X])
reasons = st.sampled_from([Reason.OK, Reason.TIMEOUT])


EVER = st.just(ALWAYS)
DATED = st.sampled_from(
    [
        Validity(since, until)
        for since in (None, 0, 7, 13, 30)
        for until in (None, 9, 14, 31, 50)
        if since is None or until is None or since < until
    ]
)
VALIDITIES = st.one_of(EVER, EVER, EVER, DATED)
"""Mostly for ever, sometimes with dates in the middle of things."""


def series(id: str, most: int = 14) -> SearchStrategy[list[Observation]]:
    """Draw what was observed of one check: mostly every few instants, sometimes after too long."""

    def placed(start: int, steps: list[tuple[int, Outcome, Reason]]) -> list[Observation]:
        at, found = start, []
        for step, outcome, reason in steps:
            at += step
            if at < LONGEST:
                found.append(observation(id, at, outcome, reason))
        return found

    steps = st.lists(st.tuples(st.sampled_from([1, 3, 3, 3, 7, 8, 15]), outcomes, reasons), max_size=most)
    return st.builds(placed, st.integers(-1, 10), steps)


impacts = st.sampled_from([Impact.DOWN, Impact.DOWN, Impact.DOWN, Impact.DEGRADED])


def rules(names: tuple[str, ...] = CHECKS) -> SearchStrategy[Rule]:
    """Draw a nested rule with dates and impacts."""
    leaf: SearchStrategy[Rule] = st.builds(CheckRef, st.sampled_from(names), impacts, VALIDITIES)
    return st.recursive(
        leaf,
        lambda inner: st.builds(
            AtLeast,
            st.none() | st.integers(1, 4),
            st.lists(inner, min_size=1, max_size=3).map(tuple),
            impacts,
            VALIDITIES,
        ),
        max_leaves=5,
    )


RULES = rules()


@st.composite
def provisions(draw: st.DrawFn) -> tuple[Provision, ...]:
    """Draw how a council gets a service: mostly one way for ever, sometimes another from a date on."""
    if draw(st.integers(0, 4)):
        return (Provision("s", "c", draw(RULES)),)
    until, gap = draw(st.integers(5, 40)), draw(st.sampled_from([0, 0, 6]))
    later = draw(st.none() | RULES)
    return (
        Provision("s", "c", draw(RULES), validity=Validity(None, until)),
        Provision("s", "c", later, validity=Validity(until + gap, None)),
    )


def checks(names: tuple[str, ...] = CHECKS) -> SearchStrategy[list[Check]]:
    """Draw the checks' settings."""
    counts = st.integers(1, 3)
    return st.tuples(*(st.builds(check, st.just(id), counts, counts, validity=VALIDITIES) for id in names)).map(list)


CHECK_SETS = checks()
PROVISIONS = provisions()
SEEN = st.fixed_dictionaries({id: series(id) for id in CHECKS})
AFTER = st.sampled_from([1, 3, 8, 20])


LATE = st.lists(st.integers(0, 3), min_size=1, max_size=8)


def lateness(world: World, drawn: list[int]) -> dict[tuple[str, int], int]:
    """Delay observations by what was drawn, over and over, never past the next one of their check."""
    late: dict[tuple[str, int], int] = {}
    for id, seen in world.seen.items():
        for index, each in enumerate(seen):
            room = seen[index + 1].instant - each.instant - 1 if index + 1 < len(seen) else 3
            late[id, each.instant] = min(room, drawn[len(late) % len(drawn)])
    return late


ACTS = st.lists(st.integers(0, 5), max_size=12)


@st.composite
def worlds(draw: st.DrawFn) -> World:
    """Draw a catalogue of one service and what was observed of its checks."""
    catalogue = catalogue_of(draw(CHECK_SETS), None, *draw(PROVISIONS))
    seen = draw(SEEN)
    last = max((held[-1].instant for held in seen.values() if held), default=0)
    return World(catalogue, seen, last + draw(AFTER))
