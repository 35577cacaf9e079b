"""Takes up judging where the store says that it ended: at the daemon's start, and for whoever asks how things stand."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Final

from sqlalchemy.ext.asyncio import AsyncConnection

from ictss_monitor.catalogue.model import Catalogue, Check
from ictss_monitor.clock import HOUR, Instant
from ictss_monitor.judging.confirm import anchor_count
from ictss_monitor.judging.evidence import Run
from ictss_monitor.judging.live import Judge, needed_from
from ictss_monitor.judging.trends import Trends
from ictss_monitor.probe import Outcome, Reason
from ictss_monitor.store.engine import Store
from ictss_monitor.store.evidence import runs_for
from ictss_monitor.store.heartbeat import heartbeats
from ictss_monitor.store.outages import outages_not_over_at
from ictss_monitor.store.trends import running_trends

RunsOf = dict[str, list[Run]]

FOREVER: Final[Instant] = 2**62


async def resume_judge(store: Store, catalogue: Catalogue) -> Judge:
    """Return a judge that holds of every check and service what the store's evidence says, and announces none of it.

    An empty store gives one that knows nothing. Raises StoreError.
    """
    vantage = catalogue.settings.vantage
    judge = Judge(catalogue, vantage)
    async with store.read() as tx:
        beat = (await heartbeats(tx)).get(vantage)
        if beat is not None:
            runs, since = await _needed_runs(tx, catalogue, beat.watermark)
            judge.restore(runs, await outages_not_over_at(tx, since), beat.watermark, since)
    return judge


async def resume_trends(store: Store, catalogue: Catalogue, now: Instant) -> Trends:
    """Return trends that go on with the hour of `now` as far as the store has it. Raises StoreError."""
    vantage = catalogue.settings.vantage
    async with store.read() as tx:
        return Trends(catalogue.checks, vantage, await running_trends(tx, vantage, now - now % HOUR))


async def broken_limits(store: Store, catalogue: Catalogue) -> dict[str, Outcome]:
    """Return the worst outcome to which limits have brought each check since it was last up, by check id.

    Only of checks whose limits remember, and of those that have been so brought. Raises StoreError.
    """
    checks = [check for check in catalogue.checks.values() if any(limit.remembers for limit in check.limits)]
    vantage = catalogue.settings.vantage
    async with store.read() as tx:
        beat = (await heartbeats(tx)).get(vantage) if checks else None
        runs = {} if beat is None else await _runs_since_up(tx, checks, vantage, beat.watermark)
    worst = {check: _broken_since_up(held) for check, held in runs.items()}
    return {check: outcome for check, outcome in worst.items() if outcome is not Outcome.UP}


def _broken_since_up(runs: Sequence[Run]) -> Outcome:
    """Return the worst outcome of the runs that limits made since the last one that is up; up where there are none."""
    worst = Outcome.UP
    for run in reversed(runs):
        if run.outcome is Outcome.UP:
            break
        if run.reason is Reason.LIMIT and worst is not Outcome.DOWN:
            worst = run.outcome
    return worst


async def _needed_runs(tx: AsyncConnection, catalogue: Catalogue, watermark: Instant) -> tuple[RunsOf, Instant]:
    """Return the runs to go on from, and from when on they are complete; nearly always at the first or second try."""
    since = watermark
    while True:
        runs = await _runs_since_up(tx, catalogue.checks.values(), catalogue.settings.vantage, since)
        needed = needed_from(catalogue, runs, watermark)
        if needed >= since:
            return runs, since
        since = needed


async def _runs_since_up(tx: AsyncConnection, checks: Iterable[Check], vantage: str, since: Instant) -> RunsOf:
    """Return each check's runs from the last one before `since` that shows it up beyond doubt, or from its first ever.

    What is down may have been so for months, in many runs: each round reaches further back for those alone that are
    not yet followed to a time when they were up.
    """
    found: RunsOf = {}
    wanted, reach = list(checks), since
    while wanted:
        read = await runs_for(tx, [(check.id, anchor_count(check)) for check in wanted], vantage, reach, FOREVER)
        further = [
            check
            for check in wanted
            if read[check.id]
            and not _shows_up(read[check.id][0], check, since)
            and read[check.id][0] not in found.get(check.id, ())[:1]
        ]
        found |= read
        wanted = further
        reach = min((found[check.id][0].first for check in further), default=reach) - 1
    return found


def _shows_up(run: Run, check: Check, since: Instant) -> bool:
    return run.outcome is Outcome.UP and run.count >= anchor_count(check) and run.first <= since
