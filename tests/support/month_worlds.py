"""A small estate over four months in which checks fail at random, and what people may enter about it afterwards."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from fractions import Fraction
from random import Random

from support.timelines import catalogue, watched

from ictss_monitor.availability.periods import parse
from ictss_monitor.catalogue.model import (
    Area,
    AtLeast,
    Basket,
    Catalogue,
    CheckRef,
    Combine,
    Council,
    Provision,
    Service,
    Validity,
)
from ictss_monitor.catalogue.terms import (
    Attribution,
    Calendar,
    CalendarVersion,
    Fault,
    Opening,
    Policy,
    Scope,
    Weight,
    Window,
    WindowsCount,
)
from ictss_monitor.clock import DAY, HOUR, MINUTE, SECOND, Instant
from ictss_monitor.judging.evidence import Run
from ictss_monitor.ledger.acts import Act, Attribute, Declare, Extent, Imported, Move
from ictss_monitor.probe import Outcome, Reason
from ictss_monitor.store.engine import Store
from ictss_monitor.store.evidence import add_runs, put_open_runs
from ictss_monitor.store.heartbeat import Heartbeat, put_heartbeat

MONTHS = tuple(parse(f"2026-{month:02}") for month in (8, 9, 10, 11))
LONDON = "Europe/London"
BEGIN, END = MONTHS[0].within(LONDON).start, MONTHS[-1].within(LONDON).end
NOW = END + 10 * DAY
INTERVAL = 30 * SECOND
UP, DEGRADED, DOWN, UNKNOWN = Outcome.UP, Outcome.DEGRADED, Outcome.DOWN, Outcome.UNKNOWN
REASONS = {UP: Reason.OK, DEGRADED: Reason.LIMIT, DOWN: Reason.TIMEOUT, UNKNOWN: Reason.RESOLVER}
CHECKS = ("web", "mail", "tel", "slow")


def estate() -> Catalogue:
    """Return services of two councils in two zones, combined in every way, by policies that count differently."""
    middle = (BEGIN + END) // 2
    services = [
        replace(watched("web", ["ccc", "hdc"]), hours="office"),
        watched("mail", ["ccc", "hdc"]),
        Service("tel", "Tel", {"ccc": (Provision("tel", "ccc", CheckRef("tel"), validity=Validity(until=middle)),)}),
        Service("all", "All", {"hdc": (Provision("all", "hdc", AtLeast(2, tuple(map(CheckRef, CHECKS)))),)}),
        Service("hr", "HR", {"ccc": (Provision("hr", "ccc", None, hosted_externally=True),)}),
        replace(watched("slow", ["hdc"]), policy="strict"),
    ]
    users = Weight(Fraction(100), Validity(until=middle)), Weight(Fraction(700, 3), Validity(since=middle))
    made = catalogue(
        services,
        [Council("ccc", "CCC", LONDON, users=users), Council("hdc", "HDC", "America/New_York", policy="strict")],
        areas=[
            Area("line", "Line", ("tel", "mail"), Combine.SUM),
            Area("desk", "Desk", ("web", "hr"), policy="strict"),
            Area("users", "Users", ("web", "mail", "slow"), Combine.WEIGHTED),
        ],
        baskets=[Basket("kpi", "KPI", ("all", "web"), ("line", "desk"))],
        minimum_coverage=Fraction(1, 2),
    )
    open_by_day = ((Opening(8 * 60, 18 * 60),),) * 5 + ((), ())
    sundays = datetime(2026, 8, 2, 1), datetime(2026, 8, 2, 5)  # noqa: DTZ001  # local, as windows are
    return replace(
        made,
        calendars={"office": Calendar("office", "Office", (CalendarVersion(open_by_day),))},
        policies={
            "strict": Policy("strict", "Strict", degraded=Fraction(1, 3), maintenance=WindowsCount.DOWN, notice=DAY)
        },
        windows={
            "sundays": Window(
                "sundays", "", Scope(checks=frozenset({"web"})), *sundays, LONDON, None, rrule="FREQ=WEEKLY;BYDAY=SU"
            )
        },
    )


def erratic(check: str, dice: Random, *, begin: Instant = BEGIN - DAY, until: Instant = END + 5 * DAY) -> list[Run]:
    """Return the runs of a check that fails, recovers, goes unknown and falls silent, and is up at the end."""
    runs: list[Run] = []
    while begin < until:
        outcome = dice.choice([UP, UP, UP, DEGRADED, DOWN, UNKNOWN])
        count = dice.choice([1, 2, 3, 300]) if outcome is not UP else dice.choice([1, 2_000, 20_000])
        last = begin + (count - 1) * INTERVAL
        runs.append(Run(check, "local", outcome, REASONS[outcome], begin, last, count, INTERVAL if count > 1 else 0))
        begin = last + INTERVAL * dice.choice([1, 1, 1, 900])
    return [*runs, Run(check, "local", UP, Reason.OK, begin, begin + DAY, DAY // INTERVAL + 1, INTERVAL)]


async def record(into: Store, histories: Sequence[Sequence[Run]], watermark: Instant = NOW) -> None:
    """Write runs as the recorder does: the last of each check is open, the others are closed."""
    async with into.write() as tx:
        await add_runs(tx, [run for history in histories for run in history[:-1]])
        await put_open_runs(tx, [history[-1] for history in histories])
        await put_heartbeat(tx, Heartbeat("local", watermark, watermark))


def told_about(dice: Random, start: Instant, end: Instant) -> Act:
    """Return what somebody may say of one service over a part of `[start, end)`."""
    service, council = dice.choice([("web", "ccc"), ("mail", "hdc"), ("hr", "ccc"), ("slow", "hdc")])
    since, middle, until = sorted(dice.sample(range(start, end, MINUTE), 3))
    extent = Extent(service, council, since, until)
    moved = replace(extent, since=middle)
    return dice.choice(
        [
            Attribute(extent, Attribution(Fault.THIRD_PARTY, "BT")),
            Declare(extent, dice.choice([UP, DEGRADED, DOWN]), Attribution(Fault.COUNCIL_SITE)),
            Move(extent, moved, DOWN),
        ]
    )


def history(dice: Random, start: Instant, end: Instant) -> list[Imported]:
    """Return what another tool knew of a service that nothing here watches, in a part of `[start, end)`."""
    since, failed, until = sorted(dice.sample(range(start, end - HOUR, MINUTE), 3))
    return [Imported("hr", "ccc", since, until, UP), Imported("hr", "ccc", failed, min(failed + HOUR, until), DOWN)]
