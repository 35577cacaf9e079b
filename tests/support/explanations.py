"""Explanations of figures made by hand: a catalogue of one service, its outage, and what people entered."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import datetime
from fractions import Fraction

from support.ledger_cases import chained
from support.timelines import catalogue, watched

from ictss_monitor.availability.account import Annotations, account_of
from ictss_monitor.availability.kpi import Sealed, kpi_table
from ictss_monitor.availability.periods import CalendarSpan, Period, parse
from ictss_monitor.availability.reckoning import Books, Key, policies_of, terms_of
from ictss_monitor.catalogue.model import Catalogue, Subject, Target
from ictss_monitor.catalogue.terms import (
    STANDARD,
    Attribution,
    Fault,
    Policy,
    Scope,
    Window,
)
from ictss_monitor.clock import DAY, HOUR, Instant
from ictss_monitor.explanation.explanation import Explanation, Record, explain, resting_on
from ictss_monitor.intervals import EMPTY, IntervalSet
from ictss_monitor.judging.outages import Outage
from ictss_monitor.judging.rules import plans
from ictss_monitor.judging.timeline import CheckTimeline, Levels
from ictss_monitor.ledger.acts import Act, Extent
from ictss_monitor.ledger.standing import in_force, windows_of

MONTH = parse("2026-10")
OCTOBER = MONTH.within("Europe/London")
START, END = OCTOBER.start, OCTOBER.end
WEB = Key(Subject.SERVICE, "web", "ccc")
BROKE = START + 10 * DAY
EXTENT = Extent("web", "ccc", BROKE, BROKE + HOUR)
BT = Attribution(Fault.THIRD_PARTY, "BT")


def seen(down: Iterable[tuple[Instant, Instant]], start: Instant = START, end: Instant = END) -> CheckTimeline:
    """Return the timeline of a check that was seen all the time, and down in these stretches."""
    levels = Levels(*(IntervalSet(down),) * 2)
    return CheckTimeline(start, end, levels, levels, levels, EMPTY)


def explained(
    held: Catalogue,
    key: Key = WEB,
    down: Iterable[tuple[Instant, Instant]] = ((BROKE, BROKE + HOUR),),
    acts: Sequence[Act] = (),
    outages: Sequence[Outage] = (),
    spec: CalendarSpan | Period = MONTH,
    now: Instant = END + DAY,
    entered: Instant = START,
    sealed_months: Sealed | None = None,
) -> Explanation:
    """Return the explanation of a figure where every check was down in these stretches."""
    entries = tuple(replace(entry, at=entered) for entry in chained(acts))
    rests_on = resting_on(held, key)
    period = spec.within("Europe/London")
    checks = {id_: seen(down, period.start, period.end) for id_ in held.checks}
    annotations = Annotations(tuple(windows_of(held.windows, entries).values()), in_force(entries))
    books: Books = {
        terms_of(policy): {
            service: account_of(rests_on, plan, checks, annotations, period.start, period.end, now, policy.notice)
            for service, plan in plans(rests_on).items()
        }
        for policy in policies_of(rests_on).values()
    }
    record = Record(outages, entries, catalogue_loaded=START, sealed_months=sealed_months or {})
    found = explain(rests_on, books, spec, key, now, record)
    assert found.row == kpi_table(rests_on, books, spec, now, sealed_months).row(key.subject, key.id, key.council)
    return found


HELD = catalogue([watched("web", ["ccc"])], targets=[Target(Subject.SERVICE, "web", Fraction(999, 1000))])


def window(begin: str, end: str, announced: Instant | None = None, **held: object) -> Window:
    """Return a window over the one service, in local time."""
    scope = Scope(services=frozenset({"web"}))
    edges = datetime.fromisoformat(begin), datetime.fromisoformat(end)
    return replace(Window("w", "patches", scope, *edges, "Europe/London", announced), **held)  # type: ignore[arg-type]


def with_window(held: Window, notice: int = 0) -> Catalogue:
    """Return the catalogue with a window, and a policy that asks for notice."""
    return replace(HELD, windows={held.id: held}, policies={STANDARD: Policy(STANDARD, "Standard", notice=notice)})
