"""Evidence in the store: runs, closed and open, and the observations around each edge."""

from __future__ import annotations

import json
import math
from collections.abc import Iterable, Sequence
from operator import attrgetter
from typing import Any, Final

from sqlalchemy import RowMapping, bindparam, delete, func, select
from sqlalchemy.ext.asyncio import AsyncConnection

from ictss_monitor.clock import Instant
from ictss_monitor.judging.evidence import Run
from ictss_monitor.observation import Observation
from ictss_monitor.probe import Finding, Outcome, Reason
from ictss_monitor.store.anchors import CLOSED_RUNS
from ictss_monitor.store.statements import insert_new, insert_or_update, send_many
from ictss_monitor.store.tables import observation, open_run, run
from ictss_monitor.store.wording import storable

CHECKS_PER_STATEMENT: Final = 100
"""Evidence of so many checks is read at once: the event loop is given back before long."""

_RUN_COLUMNS: Final = tuple(run.columns.keys())
_OUTCOMES: Final = {outcome.value: outcome for outcome in Outcome}
_REASONS: Final = {reason.value: reason for reason in Reason}


# Writing


async def add_runs(tx: AsyncConnection, runs: Iterable[Run]) -> None:
    """Append closed runs; one that is there already stays as it is."""
    if rows := [_run_row(closed) for closed in runs]:
        await send_many(tx, insert_new(tx, run), rows)


async def put_open_runs(tx: AsyncConnection, runs: Iterable[Run]) -> None:
    """Record how far the runs of some checks have come; each replaces the open run of its check and vantage."""
    if rows := [_run_row(going_on) for going_on in runs]:
        await send_many(tx, insert_or_update(tx, open_run), rows)


async def remove_open_runs(tx: AsyncConnection, runs: Iterable[Run]) -> None:
    """Forget open runs that were closed without a successor; a check's other open run stays."""
    if rows := [{"c": ended.check, "v": ended.vantage, "f": ended.first} for ended in runs]:
        columns = open_run.c
        await tx.execute(
            delete(open_run).where(
                columns.check_id == bindparam("c"),
                columns.vantage == bindparam("v"),
                columns.first == bindparam("f"),
            ),
            rows,
        )


async def add_observations(tx: AsyncConnection, observations: Iterable[Observation]) -> None:
    """Append observations, whole; one that is there already stays as it is."""
    if rows := [_observation_row(observed) for observed in observations]:
        await tx.execute(insert_new(tx, observation), rows)


def _run_row(held: Run) -> tuple[str | int, ...]:
    """Return a row in the order of the columns of both tables of runs."""
    return (
        held.check,
        held.vantage,
        held.first,
        held.outcome.value,
        held.reason.value,
        held.last,
        held.count,
        held.longest_gap,
    )


def _observation_row(held: Observation) -> dict[str, Any]:
    finding = held.finding
    return {
        "check_id": held.check,
        "vantage": held.vantage,
        "instant": held.instant,
        "outcome": finding.outcome.value,
        "reason": finding.reason.value,
        "latency": finding.latency,
        "measurements": {storable(name): _to_json(value) for name, value in finding.measurements.items()},
        "detail": storable(finding.detail),
    }


def _to_json(value: float) -> float | str:
    """Return `value` as JSON can hold it, which knows no infinity and no NaN: those as text."""
    return value if math.isfinite(value) else str(value)


# Reading


async def open_runs(tx: AsyncConnection, vantage: str) -> dict[str, Run]:
    """Return by check id the runs that still go on, as of the last commit."""
    found = await tx.execute(select(*(open_run.c[name] for name in _RUN_COLUMNS)).where(open_run.c.vantage == vantage))
    return {row[0]: _to_run(row) for row in found}


async def first_evidence(tx: AsyncConnection) -> Instant | None:
    """Return about when the evidence of any vantage begins, None where there is none.

    It is the end of the run that ended first, which an index gives at once; the run began at most a little earlier.
    """
    found = [(await tx.execute(select(func.min(column)))).scalar_one() for column in (run.c.last, open_run.c.first)]
    return min((first for first in found if first is not None), default=None)


async def runs_for(
    tx: AsyncConnection, checks: Sequence[tuple[str, int]], vantage: str, start: Instant, end: Instant
) -> dict[str, list[Run]]:
    """Return, by check id and in order of time, the runs from which the states over `[start, end)` can be replayed.

    `checks` are pairs of a check's id and the number of observations that settle its state whatever it was before.
    The runs of a check begin with its anchor, the last run to begin at or before `start` that settles its state (long
    enough, and not unknown), or with the first run ever where there is none; they end with the last one that begins
    before `end`, open or closed. A check without evidence has an empty list.

    What it costs depends on the runs returned, not on how much older evidence the store holds.
    """
    found: dict[str, list[Run]] = {check: [] for check, _ in checks}
    for begin in range(0, len(checks), CHECKS_PER_STATEMENT):
        part = checks[begin : begin + CHECKS_PER_STATEMENT]
        going_on = await _open_runs_of(tx, [check for check, _ in part], vantage, end)
        # Where the open run is the anchor, no closed run is wanted: on a good day that is nearly every check.
        wanted = [pair for pair in part if not _settles(going_on.get(pair[0]), pair[1], start)]
        for closed in await _closed_runs_of(tx, wanted, vantage, start, end):
            found[closed.check].append(closed)
        for check, held in going_on.items():
            found[check].append(held)
    for runs in found.values():
        runs.sort(key=attrgetter("first"))
    return found


def _settles(held: Run | None, anchor_count: int, start: Instant) -> bool:
    return (
        held is not None and held.first <= start and held.count >= anchor_count and held.outcome is not Outcome.UNKNOWN
    )


async def _open_runs_of(tx: AsyncConnection, checks: list[str], vantage: str, end: Instant) -> dict[str, Run]:
    columns = open_run.c
    found = await tx.execute(
        select(*(columns[name] for name in _RUN_COLUMNS)).where(
            columns.check_id.in_(checks), columns.vantage == vantage, columns.first < end
        )
    )
    return {row[0]: _to_run(row) for row in found}


_EVER: Final = -(2**63)


async def _closed_runs_of(
    tx: AsyncConnection, checks: list[tuple[str, int]], vantage: str, start: Instant, end: Instant
) -> list[Run]:
    if not checks:
        return []
    wanted = {"wanted": json.dumps(checks), "vantage": vantage, "start": start, "end": end, "ever": _EVER}
    found = await tx.execute(CLOSED_RUNS[tx.dialect.name], wanted)
    return [_to_run(row) for row in found.all()]  # all at once: one by one costs twice as much


async def observations_around(
    tx: AsyncConnection, check: str, vantage: str, start: Instant, end: Instant
) -> list[Observation]:
    """Return the observations of a check kept whole whose instants lie in `[start, end)`, in order of time."""
    columns = observation.c
    found = await tx.execute(
        select(observation)
        .where(columns.check_id == check, columns.vantage == vantage, columns.instant >= start, columns.instant < end)
        .order_by(columns.instant)
    )
    return [_to_observation(row) for row in found.mappings()]


def _to_run(row: Sequence[Any]) -> Run:
    check, vantage, first, outcome, reason, last, count, longest_gap = row
    return Run(check, vantage, _OUTCOMES[outcome], _REASONS[reason], first, last, count, longest_gap)


def _to_observation(row: RowMapping) -> Observation:
    finding = Finding(
        outcome=_OUTCOMES[row["outcome"]],
        reason=_REASONS[row["reason"]],
        latency=row["latency"],
        measurements={name: float(value) for name, value in row["measurements"].items()},
        detail=row["detail"],
    )
    return Observation(row["check_id"], row["vantage"], row["instant"], finding)
