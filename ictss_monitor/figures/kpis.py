"""Figures from the store: evidence is read, judged and reckoned, a few milliseconds of the event loop at a time."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Collection, Iterable, Mapping
from typing import Final

from sqlalchemy.ext.asyncio import AsyncConnection

from ictss_monitor.availability.account import Account, Annotations, Terms
from ictss_monitor.availability.books import Bookkeeper, Edge, Stretch, majors_of, stretch_of
from ictss_monitor.availability.figure import Figure
from ictss_monitor.availability.kpi import KpiRow, KpiTable, Rolled, Sealed, kpi_rows, with_majors
from ictss_monitor.availability.periods import CalendarSpan, PeriodSpec
from ictss_monitor.availability.reckoning import Books, Key
from ictss_monitor.catalogue.model import Catalogue, Check
from ictss_monitor.clock import Duration, Instant
from ictss_monitor.errors import StoreError
from ictss_monitor.figures.rolled_months import rolled_months
from ictss_monitor.judging.confirm import anchor_count
from ictss_monitor.judging.evidence import Run
from ictss_monitor.ledger.standing import in_force, windows_of
from ictss_monitor.probe import Outcome
from ictss_monitor.statements.statement import StatementContent, figures_of, from_text
from ictss_monitor.store import ledger
from ictss_monitor.store.engine import Store
from ictss_monitor.store.evidence import CHECKS_PER_STATEMENT, runs_for
from ictss_monitor.store.heartbeat import heartbeats
from ictss_monitor.store.imports import imported_rows
from ictss_monitor.store.sealed import Draft, Statement, digest_of, latest
from ictss_monitor.turn import Turn

_HEARTBEATS_MISSED: Final = 3
"""So many heartbeats may be overdue before the recorder counts as silent."""
_REACH: Final = 4
"""How much further evidence is read each time that an outage at a period's end is not decided yet."""


async def kpi_table(store: Store, catalogue: Catalogue, spec: PeriodSpec, now: Instant) -> KpiTable:
    """Return the figures of `spec` from what the store holds, by `catalogue`, as known at `now` (see `edge_at`).

    They are what comes out now, whether the period is sealed or not (see `sealing.published`); the mean of months of
    a year takes those that are sealed as they are, and others from roll-ups. All of it is read from one state of the
    store.
    Raises StoreError, PeriodError.
    """
    stretch = stretch_of(catalogue, spec)
    async with store.read() as tx:
        sealed = await sealed_months(tx, spec)
        rolled = await rolled_months(tx, catalogue, _months_of(spec), now)
        keeper = await bookkeeper(tx, catalogue, stretch, now)
    return await table_of(keeper, await books_of(keeper), spec, sealed, rolled)


async def table_of(
    keeper: Bookkeeper, books: Books, spec: PeriodSpec, sealed: Sealed | None = None, rolled: Rolled | None = None
) -> KpiTable:
    """Return the figures of `spec` from `books`, pausing for others on the event loop.

    Of the months in `sealed` a mean of months takes those figures, and else of those that are `rolled` up.
    """
    turn = Turn()
    catalogue, now = keeper.catalogue, keeper.edge.now
    rows: list[KpiRow] = []
    for row in kpi_rows(catalogue, books, spec, now, sealed, rolled):
        if row is not None:
            rows.append(row)
        await turn.taken()
    table = KpiTable(spec.label, now, catalogue.digest, tuple(rows))
    return with_majors(table, majors_of(catalogue, books, spec, keeper.stretch, now))


async def books_of(keeper: Bookkeeper) -> Books:
    """Return the accounts of every service, pausing for others on the event loop."""
    turn = Turn()
    books: dict[Terms, dict[tuple[str, str], Account]] = {terms: {} for terms in keeper.terms}
    for terms, key, account in keeper.accounts():
        books[terms][key] = account
        await turn.taken()
    return books


async def sealed_months(tx: AsyncConnection, spec: PeriodSpec) -> Sealed:
    """Return by month the sealed figures of the months of `spec`, where it has several. Raises StoreError."""
    held: dict[str, Mapping[Key, Figure]] = {}
    for month in _months_of(spec):
        statement = await latest(tx, month.label)
        if statement is not None:
            content = await asyncio.to_thread(read_content, statement)  # megabytes, of a large estate
            held[month.label] = figures_of(content.table)
    return held


def _months_of(spec: PeriodSpec) -> tuple[CalendarSpan, ...]:
    """Return the months of `spec` where it has several."""
    return spec.split() if isinstance(spec, CalendarSpan) and spec.months > 1 else ()


def read_content(statement: Statement | Draft) -> StatementContent:
    """Return what a statement or a draft says.

    Raises StoreError where it cannot be read, and for a statement that is not as it was sealed.
    """
    if isinstance(statement, Statement) and digest_of(statement) != statement.digest:
        raise StoreError(
            f"the statement on {statement.label}, version {statement.version}, was changed since it was sealed: "
            "see `ictss-monitor audit verify`, and put a backup in its place"
        )
    try:
        return from_text(statement.content)
    except ValueError as error:
        why = str(error).splitlines()[0]
        raise StoreError(
            f"the statement on {statement.label} cannot be read: {why}: install the program that made it, "
            "or see `ictss-monitor audit verify`"
        ) from None


async def bookkeeper(tx: AsyncConnection, catalogue: Catalogue, stretch: Stretch, now: Instant) -> Bookkeeper:
    """Return what the store holds over `stretch`, judged: ready to make the accounts. Raises StoreError."""
    keeper = await unjudged(tx, catalogue, stretch, now)
    async for check, runs in runs_by_check(tx, keeper):
        keeper.judge(check, runs)
    return keeper


async def unjudged(tx: AsyncConnection, catalogue: Catalogue, stretch: Stretch, now: Instant) -> Bookkeeper:
    """Return a bookkeeper that waits for the runs of its checks (see `runs_by_check`). Raises StoreError."""
    edge = await edge_at(tx, catalogue, now)
    return Bookkeeper(catalogue, stretch, edge, await annotations_of(tx, catalogue, stretch))


async def runs_by_check(tx: AsyncConnection, keeper: Bookkeeper) -> AsyncIterator[tuple[Check, list[Run]]]:
    """Yield every check that `keeper` wants with the runs that decide it, pausing for others on the event loop."""
    turn = Turn()
    checks, stretch = keeper.checks(), keeper.stretch
    vantage = keeper.catalogue.settings.vantage
    for begin in range(0, len(checks), CHECKS_PER_STATEMENT):
        part = checks[begin : begin + CHECKS_PER_STATEMENT]
        runs = await deciding_runs(tx, part, vantage, stretch.start, stretch.end, keeper.edge.seen_until)
        turn.begin()
        for check in part:
            yield check, runs[check.id]
            await turn.taken()


async def annotations_of(tx: AsyncConnection, catalogue: Catalogue, stretch: Stretch) -> Annotations:
    """Return what stands beside the evidence over `stretch`: windows, entries in force, imported histories."""
    entries = await ledger.entries(tx)
    return Annotations(
        tuple(windows_of(catalogue.windows, entries).values()),
        in_force(entries),
        tuple(await imported_rows(tx, stretch.start, stretch.end)),
    )


async def edge_at(tx: AsyncConnection, catalogue: Catalogue, now: Instant) -> Edge:
    """Return where the evidence of our vantage ends at `now`.

    While the recorder keeps its heartbeat, figures are made as of the last one, a moment ago: what it has not written
    yet is not silence. Once it is late, they are made as of `now`, and silence longer than a check's gap allowance is
    unknown.
    """
    beat = (await heartbeats(tx)).get(catalogue.settings.vantage)
    if beat is None or beat.watermark >= now:
        return Edge(now, now)
    late = now - beat.watermark > _HEARTBEATS_MISSED * catalogue.settings.heartbeat_interval
    return Edge(beat.watermark, now if late else beat.watermark)


async def deciding_runs(
    tx: AsyncConnection, checks: list[Check], vantage: str, start: Instant, end: Instant, seen_until: Instant
) -> dict[str, list[Run]]:
    """Read the runs of the period, and after its end as many as decide what the checks were at its end.

    A failure in the last minute of a month is an outage only if the next month's first observations confirm it.
    """
    found: dict[str, list[Run]] = {}
    reached, step, undecided = end, _longest_decision(checks), checks
    while undecided:
        wanted = [(check.id, anchor_count(check)) for check in undecided]
        found |= await runs_for(tx, wanted, vantage, start, reached)
        if reached > seen_until:
            break
        undecided = [check for check in undecided if not is_decided(found[check.id], anchor_count(check), end)]
        reached, step = reached + step, step * _REACH
    return found


def is_decided(runs: Iterable[Run], count: int, end: Instant) -> bool:
    """Tell whether a run that reaches `end` settles the state of its check, so that later ones cannot change it."""
    return any(run.last >= end and run.count >= count and run.outcome is not Outcome.UNKNOWN for run in runs)


def _longest_decision(checks: Collection[Check]) -> Duration:
    return max((check.gap_allowance * anchor_count(check) for check in checks), default=0)
