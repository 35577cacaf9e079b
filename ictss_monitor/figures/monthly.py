"""Monthly figures of a year or more: from roll-ups where these hold, worked out anew where they do not.

Rolling up is the daemon's, after the close of a month and once a day; whoever wants figures only reads.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import islice
from typing import Final

from sqlalchemy.ext.asyncio import AsyncConnection

from ictss_monitor.availability.books import Bookkeeper, Stretch
from ictss_monitor.availability.figure import Figure
from ictss_monitor.availability.months import months_before
from ictss_monitor.availability.outage_months import MonthOutages, by_month
from ictss_monitor.availability.periods import CalendarSpan
from ictss_monitor.availability.reckoning import Key, Reckoned, Reckoning
from ictss_monitor.availability.rollup import packed, packed_days
from ictss_monitor.catalogue.model import Catalogue, Check
from ictss_monitor.clock import Instant
from ictss_monitor.figures.kpis import books_of, is_decided, runs_by_check, unjudged
from ictss_monitor.figures.rolled_months import month_bases, rolled_months
from ictss_monitor.judging.confirm import History, anchor_count
from ictss_monitor.judging.evidence import Run
from ictss_monitor.judging.rules import plans
from ictss_monitor.store.engine import Store
from ictss_monitor.store.evidence import first_evidence
from ictss_monitor.store.outage_lists import outage_lists
from ictss_monitor.store.rollups import Rollup, put_month, rolled_up
from ictss_monitor.turn import Turn

MONTHS: Final = 25
"""So many months are rolled up by themselves, with the running one: a year, and the year before to compare with."""


async def monthly_figures(
    store: Store, catalogue: Catalogue, months: Sequence[CalendarSpan], now: Instant
) -> dict[str, Mapping[Key, Figure]]:
    """Return by label the figures of every line of each of `months`, as known at `now`. Raises StoreError.

    They are those that come out now, whether a month is sealed or not. Only the months whose roll-ups do not hold are
    worked out from evidence. All is read from one state of the store.
    """
    kept: dict[str, Bookkeeper] = {}
    async with store.read() as tx:
        rolled = await rolled_months(tx, catalogue, months, now)
        for month in months:
            if month.label not in rolled:
                kept[month.label] = (await _judged(tx, catalogue, month, now))[0]
    found: dict[str, Mapping[Key, Figure]] = {}
    for month in months:
        if month.label in rolled:
            found[month.label] = rolled[month.label].figures
        else:
            reckoned = await _reckoned(kept.pop(month.label), month)
            found[month.label] = {each.key: each.member.figure for each in reckoned}
    return found


async def roll_up_past(store: Store, catalogue: Catalogue, now: Instant) -> tuple[str, ...]:
    """Roll up the months of the last two years from which there is evidence, see `roll_up`. Raises StoreError."""
    async with store.read() as tx:
        begin = await first_evidence(tx)
    if begin is None:
        return ()
    months = islice(months_before(now, begin, catalogue.settings.zone), MONTHS)
    return await roll_up(store, catalogue, sorted(months, key=lambda month: month.label), now)


async def roll_up(store: Store, catalogue: Catalogue, months: Sequence[CalendarSpan], now: Instant) -> tuple[str, ...]:
    """Roll up those of `months` that are over and have no roll-up that holds; return their labels. Raises StoreError.

    A month is left alone while observations to come may still change it, and once retention has removed some of its
    evidence: then what was rolled up before is better than anything that would come out now.
    """
    return tuple([month.label for month in months if await _roll_up(store, catalogue, month, now)])


async def _roll_up(store: Store, catalogue: Catalogue, month: CalendarSpan, now: Instant) -> bool:
    stretch = month_stretch(catalogue, month)
    retention = catalogue.settings.evidence_retention
    if stretch.end > now or (retention is not None and stretch.start < now - retention):
        return False
    async with store.read() as tx:
        basis = (await month_bases(tx, catalogue, [month]))[month.label].digest
        made = (await rolled_up(tx, [month.label])).get(month.label)
        if made is not None and made.basis == basis:
            return False
        keeper, is_settled = await _judged(tx, catalogue, month, now)
    if not is_settled:
        return False
    rows = await _rows(keeper, month, basis, now)
    async with store.write() as tx:
        # An entry that came meanwhile makes the roll-up stale at once: nobody reads it, and the next time it is redone.
        await put_month(tx, month.label, rows)
    return True


async def outage_months(
    store: Store, catalogue: Catalogue, months: Sequence[CalendarSpan], now: Instant
) -> dict[tuple[str, str], list[MonthOutages]]:
    """Return by service and council the outages that each of `months` saw, which follow one another.

    One that is open lasts until `now`. Raises StoreError.
    """
    periods = {council.id: [month.within(council.zone) for month in months] for council in catalogue.councils.values()}
    edges = {council: [held[0].start, *(each.end for each in held)] for council, held in periods.items()}
    start, end = min(each[0] for each in edges.values()), max(each[-1] for each in edges.values())
    turn, found = Turn(), {}
    async with store.read() as tx:
        async for service, council, starts, ends in outage_lists(tx, list(plans(catalogue)), start, end, now):
            found[service, council] = by_month(starts, ends, edges[council])
            await turn.taken()
    return found


def month_stretch(catalogue: Catalogue, month: CalendarSpan) -> Stretch:
    """Return the time of `month` in all the zones of the councils; major incidents are not looked for."""
    zones = {catalogue.settings.zone, *(council.zone for council in catalogue.councils.values())}
    periods = [month.within(zone) for zone in zones]
    return Stretch(min(each.start for each in periods), max(each.end for each in periods))


async def _judged(
    tx: AsyncConnection, catalogue: Catalogue, month: CalendarSpan, now: Instant
) -> tuple[Bookkeeper, bool]:
    """Return the books of a month, ready to be made, and whether nothing still to be observed can change them."""
    keeper = await unjudged(tx, catalogue, month_stretch(catalogue, month), now)
    is_settled = True
    async for check, runs in runs_by_check(tx, keeper):
        keeper.judge(check, runs)
        is_settled = is_settled and _settled(check, runs, keeper.stretch.end, keeper.edge.seen_until)
    return keeper, is_settled


def _settled(check: Check, runs: Sequence[Run], end: Instant, seen_until: Instant) -> bool:
    """Tell whether what `check` was before `end` is settled, though it may have been silent ever since."""
    if is_decided(runs, anchor_count(check), end):
        return True
    history = History.of(check)
    for run in runs:
        history.fold_run(run)
    return history.settled(seen_until) >= end


async def _reckoned(keeper: Bookkeeper, month: CalendarSpan) -> list[Reckoned]:
    turn, found = Turn(), []
    for each in Reckoning(keeper.catalogue, await books_of(keeper), month, keeper.edge.now):
        found.append(each)
        await turn.taken()
    return found


async def _rows(keeper: Bookkeeper, month: CalendarSpan, basis: str, now: Instant) -> list[Rollup]:
    turn, rows = Turn(), []
    for each in await _reckoned(keeper, month):
        subject, id_, council = each.key.subject.value, each.key.id, each.key.council
        catalogue = keeper.catalogue
        zone = catalogue.settings.zone if council is None else catalogue.councils[council].zone
        days = packed_days(each, zone)
        rows.append(Rollup(month.label, subject, id_, council or "", each.policy.id, basis, now, packed(each), days))
        await turn.taken()
    return rows
