"""Random worlds for the arithmetic: catalogues with all terms, windows, ledgers, imports, and what checks were."""

from __future__ import annotations

from datetime import date, timedelta
from zoneinfo import ZoneInfo

from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy
from support.policy_drawing import CHECKS, COUNCILS, LENGTH, LONDON, SERVICES, SITES, Drawing
from support.policy_world import RAWS, TICK, Raw, World

from ictss_monitor.availability.account import Annotations
from ictss_monitor.catalogue.terms import (
    Attribution,
    Fault,
    OutageBegins,
    Scope,
    Window,
)
from ictss_monitor.clock import to_instant
from ictss_monitor.ledger.acts import Act, Attribute, Declare, Entry, Extent, Imported, Move
from ictss_monitor.ledger.standing import HeldWindow
from ictss_monitor.probe import Outcome

STATES = (Outcome.UP, Outcome.DEGRADED, Outcome.DOWN)


class WholeDrawing(Drawing):
    """Draws what stands beside the evidence as well, and the evidence."""

    def window(self, number: int) -> HeldWindow:
        zone = self.one([LONDON, "UTC"])
        at = self.began + timedelta(minutes=15 * self.number(-10, self.length))
        begin = at.astimezone(ZoneInfo(zone)).replace(tzinfo=None)
        announced = self.one([None, None, self.start - 100 * TICK, to_instant(at) - 4 * TICK])
        entered = None
        if announced is not None and self.maybe(2):
            entered = announced if self.maybe(2) else self.instant()
        window = Window(
            f"w{number}",
            "",
            self.scope(),
            begin,
            begin + timedelta(minutes=15 * self.number(1, 14)),
            zone,
            announced,
            rrule="FREQ=DAILY" if self.maybe() else None,
            except_days=frozenset[date]({begin.date()}) if self.maybe(6) else frozenset(),
            validity=self.validity(6),
            ended=self.instant() if self.maybe(5) else None,
        )
        return HeldWindow(window, announced, entered, None if entered is None else number)

    def scope(self) -> Scope:
        def some(names: tuple[str, ...], most: int = 2) -> frozenset[str]:
            return frozenset(self.some(names, 1, most))

        kind = self.one(["checks", "checks", "sites", "services", "councils", "mixed"])
        councils = some(COUNCILS, 1) if kind == "councils" or self.maybe(4) else frozenset[str]()
        return Scope(
            checks=some(CHECKS) if kind in ("checks", "mixed") else frozenset(),
            sites=some(SITES, 1) if kind == "sites" else frozenset(),
            services=some(SERVICES, 1) if kind in ("services", "mixed") else frozenset(),
            councils=councils,
        )

    def extent(self, service: str, council: str) -> Extent:
        since, until = sorted((self.instant(-3), self.instant(-3, self.length + 3)))
        return Extent(service, council, since, until + TICK)

    def act(self) -> Act:
        service, council = self.one(SERVICES), self.one(COUNCILS)
        kind = self.number(0, 3)
        extent = self.extent(service, council)
        if kind == 0:
            return Attribute(extent, Attribution(self.one(Fault)))
        if kind == 1:
            state = self.one([Outcome.DEGRADED, Outcome.DOWN])
            return Move(extent, self.extent(service, council), state)
        return Declare(extent, self.one(STATES), self.attribution())

    def history(self) -> list[Imported]:
        service, council = self.one(SERVICES), self.one(COUNCILS)
        rows: list[Imported] = []
        if self.maybe(2):
            extent = self.extent(service, council)
            rows.append(Imported(service, council, extent.since, extent.until, Outcome.UP))
        at = self.instant(-3, 8)
        for _ in range(self.number(0, 4)):
            at += TICK * self.number(0, 4)
            until = at + TICK * self.number(1, 6)
            state = self.one([*STATES, Outcome.UNKNOWN])
            said = self.attribution() if state in (Outcome.DOWN, Outcome.DEGRADED) else None
            rows.append(Imported(service, council, at, until, state, said))
            at = until
        return rows

    def annotations(self) -> Annotations:
        acts = [self.act() for _ in range(self.one([0, 0, 1, 2, 3]))]
        return Annotations(
            tuple(self.window(number) for number in range(self.one([0, 1, 2, 3]))),
            tuple(Entry(seq, seq, "ann", "because", None, act, "", "") for seq, act in enumerate(acts, 1)),
            tuple(self.history()) if self.maybe() else (),
        )

    # What checks were

    def line(self) -> list[Raw]:
        line: list[Raw] = []
        while len(line) < self.length:
            line += [self.one(MIXED)] * self.number(1, max(6, self.length // 12))
        return line[: self.length]


MIXED = [*RAWS, *(raw for raw in RAWS if not raw.unknown), *[Raw(2, 2, 2)] * 8, *[Raw(0, 0, 0)] * 4]


def world_of(seed: int, length: int = LENGTH) -> World:
    """Return the world that a number stands for."""
    drawing = WholeDrawing(seed, length)
    now = drawing.one([length, length, length + 3, length // 2, -1])
    first = {id_: drawing.line() for id_ in CHECKS if not drawing.maybe(8)}
    later = {id_: drawing.line() if drawing.maybe(2) else line for id_, line in first.items()}
    raw = {OutageBegins.FIRST_FAILURE: first, OutageBegins.CONFIRMATION: later}
    return World(drawing.catalogue(), drawing.start, length, now, raw, drawing.annotations())


def policy_worlds(length: int = LENGTH) -> SearchStrategy[World]:
    """Return the strategy of worlds of so many ticks.

    Each is drawn from one number: worlds this large take minutes to shrink, and the number alone finds one again.
    """
    return st.integers(0, 2**32).map(lambda seed: world_of(seed, length))


WORLDS: SearchStrategy[World] = policy_worlds()
