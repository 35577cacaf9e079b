"""Explanations from the store: one figure with all that it stands on, read from one state of the store."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import Final

from sqlalchemy.ext.asyncio import AsyncConnection

from ictss_monitor.availability.books import stretch_of
from ictss_monitor.availability.outage_list import ListedOutage, OutageList, outage_list
from ictss_monitor.availability.periods import CalendarSpan, PeriodSpec
from ictss_monitor.availability.reckoning import Key
from ictss_monitor.catalogue.model import Catalogue, Subject
from ictss_monitor.clock import Instant
from ictss_monitor.explanation.explanation import EdgeSeen, Explanation, Record, explain, resting_on
from ictss_monitor.explanation.grounds import SealedFigure
from ictss_monitor.figures.kpis import bookkeeper, books_of, read_content, sealed_months
from ictss_monitor.judging.outages import Outage
from ictss_monitor.observation import Observation
from ictss_monitor.statements.statement import statement_period
from ictss_monitor.store import ledger
from ictss_monitor.store.catalogues import catalogue_version_of
from ictss_monitor.store.engine import Store
from ictss_monitor.store.evidence import observations_around
from ictss_monitor.store.outages import outages_between
from ictss_monitor.store.sealed import latest

EDGES_OF: Final = 100
"""Of so many outages the observations at their edges are read."""
_BESIDE: Final = 3
"""So many observations are shown before an edge, and as many from it on."""


async def explanation(store: Store, catalogue: Catalogue, key: Key, spec: PeriodSpec, now: Instant) -> Explanation:
    """Return the explanation of the figure of `key` over `spec` by `catalogue`, as known at `now` (see `kpis.edge_at`).

    Raises StoreError, PeriodError where the period has not begun, UsageError where it has no such line.
    """
    rests_on = resting_on(catalogue, key)
    stretch = stretch_of(rests_on, spec)
    async with store.read() as tx:
        keeper = await bookkeeper(tx, rests_on, stretch, now)
        version = await catalogue_version_of(tx, catalogue.digest)
        of_service = key.subject is Subject.SERVICE
        record = Record(
            await outages_between(tx, stretch.start, stretch.end, key.id, key.council) if of_service else (),
            await ledger.entries(tx),
            None if version is None else version.loaded_at,
            await _sealed(tx, spec, key),
            await sealed_months(tx, spec),
        )
        found = explain(rests_on, await books_of(keeper), spec, key, keeper.edge.now, record)
        return await _with_edges(tx, found, catalogue)


async def _sealed(tx: AsyncConnection, spec: PeriodSpec, key: Key) -> SealedFigure | None:
    statement = await latest(tx, statement_period(spec).label) if isinstance(spec, CalendarSpan) else None
    if statement is None:
        return None
    content = await asyncio.to_thread(read_content, statement)
    row = content.table.row(key.subject, key.id, key.council)
    return SealedFigure(statement.version, statement.sealed_at, statement.digest, row)


async def outages_as_counted(store: Store, catalogue: Catalogue, spec: PeriodSpec, now: Instant) -> OutageList:
    """Return the outages of `spec` as they stand after corrections, and those of which corrections left nothing.

    Raises StoreError, PeriodError.
    """
    stretch = stretch_of(catalogue, spec)
    async with store.read() as tx:
        keeper = await bookkeeper(tx, catalogue, stretch, now)
        observed = await outages_between(tx, stretch.start, stretch.end)
    return outage_list(catalogue, await books_of(keeper), observed, spec, keeper.edge.now)


async def _with_edges(tx: AsyncConnection, found: Explanation, catalogue: Catalogue) -> Explanation:
    """Return the explanation with what was observed around the edges of its first outages."""
    shown = (found.outages + found.removed)[:EDGES_OF]
    edges = [edge for line in shown for edge in await _edges_of(tx, line, catalogue)]
    left_out = len(found.outages) + len(found.removed) - len(shown)
    return replace(found, edges=tuple(edges), edges_left_out=left_out)


async def _edges_of(tx: AsyncConnection, line: ListedOutage, catalogue: Catalogue) -> list[EdgeSeen]:
    """Return what was observed of the causing checks around begin and end; of the line's own level, where that is."""
    alike = [each for each in line.observed if each.level is line.level]
    return [
        EdgeSeen(outage, edge, check, await _around(tx, catalogue, check, before, instant))
        for outage in alike or line.observed
        for edge, before, instant in _edges(outage)
        for check in outage.causes
    ]


def _edges(outage: Outage) -> list[tuple[str, Instant | None, Instant]]:
    """Return each edge with the last observation before it and the first one after."""
    begin = ("begin", outage.last_seen_up, outage.first_seen_down)
    return [begin] if outage.first_seen_up is None else [begin, ("end", outage.last_seen_down, outage.first_seen_up)]


async def _around(
    tx: AsyncConnection, catalogue: Catalogue, check: str, before: Instant | None, instant: Instant
) -> tuple[Observation, ...]:
    held = catalogue.checks.get(check)
    if held is None:
        return ()
    vantage, reach = catalogue.settings.vantage, _BESIDE * held.gap_allowance
    seen = await observations_around(tx, check, vantage, instant - reach, instant + reach)
    earlier = [each for each in seen if each.instant < instant]
    if not earlier and before is not None:  # nothing was seen for long before the edge: show what was seen last
        earlier = await observations_around(tx, check, vantage, before, before + 1)
        seen = [*earlier, *seen]
    return (*earlier[-_BESIDE:], *seen[len(earlier) : len(earlier) + _BESIDE])
