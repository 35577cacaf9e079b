"""Accounts of one service by hand, with what people said of it, and the lines of its list of outages."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace

from support.accounts import policy as policy_of
from support.ledger_cases import chained
from support.timelines import catalogue, watched

from ictss_monitor.availability.account import Account, with_attributions
from ictss_monitor.availability.classes import divide, whole
from ictss_monitor.availability.outage_list import ListedOutage, Listing
from ictss_monitor.availability.outage_origins import Origins
from ictss_monitor.availability.periods import Period
from ictss_monitor.availability.told import corrected, filled, told_by_corrections, told_by_history
from ictss_monitor.catalogue.model import Catalogue
from ictss_monitor.catalogue.terms import Attribution, Fault, Policy
from ictss_monitor.intervals import EMPTY, IntervalSet, span
from ictss_monitor.judging.blame import NOBODY_ELSE, Blame
from ictss_monitor.judging.outages import Outage
from ictss_monitor.judging.timeline import ServiceTimeline
from ictss_monitor.ledger.acts import Act, Attribute, Declare, Extent, Imported
from ictss_monitor.probe import Outcome

KEY = ("web", "ccc")
HELD = catalogue([watched("web", ["ccc"])])
PERIOD = Period("ticks", 0, 100)
BT, OWN = Attribution(Fault.THIRD_PARTY, "BT"), Attribution(Fault.OWN)
UP, DEGRADED, DOWN, UNKNOWN = Outcome.UP, Outcome.DEGRADED, Outcome.DOWN, Outcome.UNKNOWN


def extent(since: int, until: int) -> Extent:
    """Return a stretch of the one service."""
    return Extent(*KEY, since, until)


def seen(begin: int, end: int | None, level: Outcome = DOWN, causes: Sequence[str] = ("web",)) -> Outage:
    """Return an outage as it was observed, each instant next to the other."""
    last = begin if end is None else end - 1
    return Outage(*KEY, level, begin - 1, begin, last, end, end, tuple(causes))


def account(
    line: ServiceTimeline,
    acts: Iterable[Act] = (),
    rows: Sequence[Imported] = (),
    maintenance: IntervalSet = EMPTY,
    blame: Blame = NOBODY_ELSE,
) -> Account:
    """Return the account of a timeline with what people said of it."""
    entries = chained(tuple(acts))
    history = told_by_history(rows)
    said = ((span(row.since, row.until) & line.unknown, row.attribution) for row in rows)
    plain = Account(
        filled(line, history, line.end), maintenance, with_attributions(blame, said), history.known, (), tuple(rows)
    )
    if not entries:
        return plain
    told = told_by_corrections(entries)
    by_entries = (
        (span(each.act.extent.since, each.act.extent.until), each.act.attribution)
        for each in entries
        if isinstance(each.act, Attribute | Declare)
    )
    return replace(
        plain,
        timeline=corrected(plain.timeline, told, line.end),
        blame=with_attributions(plain.blame, by_entries),
        entries=entries,
        uncorrected=plain,
    )


def listing(
    held: Account,
    outages: Sequence[Outage] = (),
    by: Policy | None = None,
    now: int = 100,
    period: Period = PERIOD,
    source: Catalogue = HELD,
) -> Listing:
    """Return what makes the lines of an account."""
    by = by or policy_of()
    classes = divide(held, whole(period), period, now, by)
    return Listing(Origins(source, held, KEY, outages), classes, by, period, now)


def only(lines: list[ListedOutage]) -> ListedOutage:
    """Return the one line there is."""
    (line,) = lines
    return line
