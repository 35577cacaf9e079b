"""Figures from the store: evidence is read, judged and reckoned, a few milliseconds of the event loop at a time."""

from __future__ import annotations

import asyncio
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from typing import Final

from sqlalchemy.ext.asyncio import AsyncConnection

from ictss_monitor.availability.kpi import KpiRow, KpiTable, kpi_rows
from ictss_monitor.availability.periods import PeriodSpec
from ictss_monitor.catalogue.model import Catalogue, Check
from ictss_monitor.clock import Duration, Instant
from ictss_monitor.judging.confirm import anchor_count
from ictss_monitor.judging.evidence import Run
from ictss_monitor.judging.rules import Plan, plan_of
from ictss_monitor.judging.timeline import CheckTimeline, ServiceTimeline, check_timeline, service_timeline
from ictss_monitor.probe import Outcome
from ictss_monitor.store.engine import Store
from ictss_monitor.store.evidence import CHECKS_PER_STATEMENT, runs_for
from ictss_monitor.store.heartbeat import heartbeats

_TURN: Final = 0.004
"""Seconds of work after which the event loop is given back."""
_HEARTBEATS_MISSED: Final = 3
"""So many heartbeats may be overdue before the recorder counts as silent."""
_REACH: Final = 4
"""How much further evidence is read each time that an outage at a period's end is not decided yet."""


@dataclass(frozen=True, slots=True)
class Edge:
    """Where evidence ends: complete up to `seen_until`, and judged as of `now`."""

    seen_until: Instant
    now: Instant


async def kpi_table(store: Store, catalogue: Catalogue, spec: PeriodSpec, now: Instant) -> KpiTable:
    """Return the figures of `spec` from what the store holds, by `catalogue`, as known at `now` (see `edge_at`).

    All of it is read from one state of the store. Raises StoreError, PeriodError.
    """
    zones = {catalogue.settings.zone, *(council.zone for council in catalogue.councils.values())}
    periods = [spec.within(zone) for zone in zones]
    start, end = min(period.start for period in periods), max(period.end for period in periods)
    async with store.read() as tx:
        edge = await edge_at(tx, catalogue, now)
        timelines = await service_timelines(tx, catalogue, start, end, edge)
    turn = _Turn()
    rows: list[KpiRow] = []
    for row in kpi_rows(catalogue, timelines, spec, edge.now):
        if row is not None:
            rows.append(row)
        await turn.taken()
    return KpiTable(spec.label, edge.now, catalogue.digest, tuple(rows))


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


async def service_timelines(
    tx: AsyncConnection, catalogue: Catalogue, start: Instant, end: Instant, edge: Edge
) -> dict[tuple[str, str], ServiceTimeline]:
    """Return what every service was over `[start, end)`, by service and council, for every council that has it.

    Raises StoreError.
    """
    turn = _Turn()
    plans: dict[tuple[str, str], Plan] = {}
    named: set[str] = set()
    for service in catalogue.services.values():
        for council in service.provisions:
            plan = plans[service.id, council] = plan_of(catalogue, service.id, council)
            named |= plan.checks()
            await turn.taken()
    checks = [check for check in catalogue.checks.values() if check.id in named]
    of_checks: dict[str, CheckTimeline] = {}
    for begin in range(0, len(checks), CHECKS_PER_STATEMENT):
        part = checks[begin : begin + CHECKS_PER_STATEMENT]
        runs = await _deciding_runs(tx, part, catalogue.settings.vantage, start, end, edge.seen_until)
        turn.begin()
        for check in part:
            of_checks[check.id] = check_timeline(check, runs[check.id], start, end, edge.seen_until, edge.now)
            await turn.taken()
    found: dict[tuple[str, str], ServiceTimeline] = {}
    for key, plan in plans.items():
        found[key] = service_timeline(plan, of_checks, start, end, edge.now)
        await turn.taken()
    return found


async def _deciding_runs(
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
        undecided = [check for check in undecided if not _is_decided(found[check.id], anchor_count(check), end)]
        reached, step = reached + step, step * _REACH
    return found


def _is_decided(runs: Iterable[Run], count: int, end: Instant) -> bool:
    """Tell whether a run that reaches `end` settles the state of its check, so that later ones cannot change it."""
    return any(run.last >= end and run.count >= count and run.outcome is not Outcome.UNKNOWN for run in runs)


def _longest_decision(checks: Collection[Check]) -> Duration:
    return max((check.gap_allowance * anchor_count(check) for check in checks), default=0)


class _Turn:
    """Counts the time since the event loop last ran something else."""

    def __init__(self) -> None:
        self._clock = asyncio.get_running_loop().time
        self.begin()

    def begin(self) -> None:
        """Start counting anew: the loop has just been given back by waiting for something."""
        self._since = self._clock()

    async def taken(self) -> None:
        """Give the event loop back if it was held for long enough."""
        if self._clock() - self._since > _TURN:
            await asyncio.sleep(0)
            self.begin()
