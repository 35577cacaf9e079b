"""Small worlds for the arithmetic: what checks were, tick by tick, and all that catalogue and ledger say about it.

A tick is a quarter of an hour: clocks change between two ticks, and service hours and windows begin with one.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from ictss_monitor.availability.account import Annotations
from ictss_monitor.availability.books import Bookkeeper, Edge, Stretch, books_of
from ictss_monitor.availability.kpi import books_without_corrections
from ictss_monitor.availability.periods import Period
from ictss_monitor.availability.reckoning import Books, Reckoned, Reckoning
from ictss_monitor.catalogue.model import Catalogue
from ictss_monitor.catalogue.terms import OutageBegins
from ictss_monitor.clock import MINUTE, Instant
from ictss_monitor.intervals import IntervalSet
from ictss_monitor.judging.timeline import CheckTimeline, Levels

TICK = 15 * MINUTE
DOWN, DEGRADED, UP = 0, 1, 2


@dataclass(frozen=True)
class Raw:
    """What a check was in one tick: levels by its failures alone, as confirmed, and at worst; and if it was unknown."""

    failing: int
    confirmed: int
    doubtful: int
    unknown: bool = False


RAWS = [
    Raw(failing, confirmed, doubtful, unknown)
    for failing in (DOWN, DEGRADED, UP)
    for confirmed in range(failing + 1)
    for doubtful in range(confirmed + 1)
    for unknown in (False, True)
]
"""Each contains the one before it: what fails is confirmed, what is confirmed is doubtful."""

Line = Sequence[Raw]


@dataclass(frozen=True)
class World:
    """A period of so many ticks from `start`; `now` counts ticks too, and may lie outside it."""

    catalogue: Catalogue
    start: Instant
    length: int
    now: int
    raw: Mapping[OutageBegins, Mapping[str, Line]]
    annotations: Annotations

    @property
    def period(self) -> Period:
        """The period itself."""
        return Period("some ticks", self.start, self.instant(self.length))

    def instant(self, at: int) -> Instant:
        """Return the instant at which a tick begins."""
        return self.start + at * TICK

    def of_length(self, length: int) -> World:
        """Return the same world over a period that begins with it."""
        return replace(self, length=length)


def check_timeline(world: World, line: Line) -> CheckTimeline:
    """Return the timeline that says the same as a line of ticks, up to now."""
    past = range(max(0, min(world.now, world.length, len(line))))

    def levels(kind: str) -> Levels:
        found = [getattr(line[at], kind) for at in past]
        return Levels(_set(world, (level == DOWN for level in found)), _set(world, (level != UP for level in found)))

    return CheckTimeline(
        world.start,
        world.instant(world.length),
        failures=levels("failing"),
        confirmed=levels("confirmed"),
        doubtful=levels("doubtful"),
        unknown=_set(world, (line[at].unknown for at in past)),
    )


def _set(world: World, chosen: Iterator[bool]) -> IntervalSet:
    return IntervalSet((world.instant(at), world.instant(at + 1)) for at, is_so in enumerate(chosen) if is_so)


def books(world: World) -> Books:
    """Return the books that the package keeps of a world."""
    now = world.instant(world.now)
    stretch = Stretch(world.start, world.instant(world.length))
    keeper = Bookkeeper(world.catalogue, stretch, Edge(now, now), world.annotations)
    for begins, lines in keeper.timelines.items():
        lines.update({id_: check_timeline(world, line) for id_, line in world.raw[begins].items()})
    return books_of(keeper)


def reckoned(world: World, corrected: bool = True) -> list[Reckoned]:
    """Return all figures that the package makes of a world, or those that it had without corrections."""
    held = books(world)
    if not corrected:
        held = books_without_corrections(held) or held
    return list(Reckoning(world.catalogue, held, world.period, world.instant(world.now)))
