"""Evidence comes back as it went in, from the anchor on, and is never edited."""

from __future__ import annotations

import math

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import text
from support.records import REASONS, observed, run_of

from ictss_monitor.errors import StoreError
from ictss_monitor.judging.evidence import Run
from ictss_monitor.probe import Finding, Outcome, Reason
from ictss_monitor.store.anchors import CLOSED_RUNS
from ictss_monitor.store.engine import Store
from ictss_monitor.store.evidence import (
    CHECKS_PER_STATEMENT,
    add_observations,
    add_runs,
    observations_around,
    put_open_runs,
    runs_for,
)


def slow_runs_for(runs: list[Run], anchor_count: int, start: int, end: int) -> list[Run]:
    """Return the runs from the anchor on, as the definition says it, one by one."""
    began = sorted((run for run in runs if run.first < end), key=lambda run: run.first)
    anchors = [
        at
        for at, run in enumerate(began)
        if run.first <= start and run.count >= anchor_count and run.outcome is not Outcome.UNKNOWN
    ]
    return began[anchors[-1] :] if anchors else began


@st.composite
def histories(draw: st.DrawFn) -> list[Run]:
    """Draw the runs of one check, in order, without overlap."""
    edges = sorted(draw(st.sets(st.integers(0, 60), max_size=24)))
    return [
        run_of("fw", first, last, draw(st.sampled_from(Outcome)), draw(st.integers(1, 5)))
        for first, last in zip(edges[::2], edges[1::2], strict=False)
    ]


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None, max_examples=60)
@given(
    history=histories(),
    open_last=st.booleans(),
    anchor=st.integers(1, 4),
    start=st.integers(-5, 65),
    length=st.integers(1, 70),
)
async def test_runs_are_those_from_the_anchor_to_the_end(
    store: Store, history: list[Run], open_last: bool, anchor: int, start: int, length: int
) -> None:
    """Whatever the history, what is read is what the definition of the anchor says."""
    closed, going_on = (history[:-1], history[-1:]) if open_last else (history, [])
    async with store.write() as tx:
        await tx.execute(text("DELETE FROM run"))
        await tx.execute(text("DELETE FROM open_run"))
        await add_runs(tx, closed)
        await put_open_runs(tx, going_on)
    async with store.read() as tx:
        found = await runs_for(tx, [("fw", anchor)], "local", start, start + length)

    assert found == {"fw": slow_runs_for(history, anchor, start, start + length)}


async def test_each_check_has_its_own_anchor(store: Store) -> None:
    """The number of observations that settles a state is asked for each check; one without evidence has no runs."""
    runs = [
        run_of(check, first, first + 9, count=count) for check in "ab" for first, count in ((0, 9), (10, 2), (20, 1))
    ]
    async with store.write() as tx:
        await add_runs(tx, runs)
    async with store.read() as tx:
        found = await runs_for(tx, [("a", 2), ("b", 3), ("c", 1)], "local", 25, 30)

    assert {check: [run.first for run in held] for check, held in found.items()} == {
        "a": [10, 20],
        "b": [0, 10, 20],
        "c": [],
    }


async def test_more_checks_than_one_statement_takes_are_all_read(store: Store) -> None:
    """However many checks are asked for, each has its runs."""
    checks = [f"check-{number}" for number in range(2 * CHECKS_PER_STATEMENT + 1)]
    async with store.write() as tx:
        await add_runs(tx, [run_of(check, 0, 10) for check in checks])
    async with store.read() as tx:
        found = await runs_for(tx, [(check, 3) for check in checks], "local", 0, 10)

    assert found == {check: [run_of(check, 0, 10)] for check in checks}


async def test_runs_of_another_vantage_are_not_mixed_in(store: Store) -> None:
    """Evidence belongs to the vantage that observed it."""
    async with store.write() as tx:
        await add_runs(tx, [run_of("fw", 0, 10)])
    async with store.read() as tx:
        assert await runs_for(tx, [("fw", 1)], "depot", 0, 10) == {"fw": []}


async def test_reading_does_not_scan_the_table(store: Store, database: str) -> None:
    """The plan descends the primary key for the anchor and for the range: old evidence costs nothing."""
    async with store.write() as tx:
        await add_runs(tx, [run_of(f"c{number}", first, first, count=1) for number in range(99) for first in range(40)])
        if database == "postgresql":
            await tx.execute(text("ANALYZE run"))
    wanted = {"wanted": '[["c7", 3]]', "vantage": "local", "start": 20, "end": 30, "ever": -(2**63)}
    explain = "EXPLAIN QUERY PLAN " if database == "sqlite" else "EXPLAIN "
    async with store.read() as tx:
        plan = [str(row[-1]) for row in await tx.execute(text(explain + CLOSED_RUNS[database].text), wanted)]

    on_run = [line for line in plan if "run" in line.split() or "anchor" in line.split()]
    if database == "sqlite":
        assert len(on_run) == 2
        assert all("USING PRIMARY KEY (check_id=? AND vantage=? AND first" in line for line in on_run), plan
    else:
        assert len(on_run) == 2
        assert all("using pk_run on run" in line for line in on_run), plan
        conditions = [line for line in plan if "Index Cond" in line]
        assert all("check_id" in line and "vantage" in line and "first" in line for line in conditions), plan


@pytest.mark.parametrize("table", ["run", "observation"])
async def test_evidence_cannot_be_edited(store: Store, table: str) -> None:
    """The database itself refuses to change a row of evidence, and says so."""
    async with store.write() as tx:
        await add_runs(tx, [run_of("fw", 0, 10)])
        await add_observations(tx, [observed("fw", 0)])
    with pytest.raises(StoreError, match="evidence is appended, never edited") as refused:
        async with store.write() as tx:
            await tx.execute(text(f"UPDATE {table} SET outcome = 'up'"))

    assert not refused.value.retry


async def test_a_closed_run_is_never_overwritten(store: Store) -> None:
    """Of two runs with the same key the first one written stays."""
    async with store.write() as tx:
        await add_runs(tx, [run_of("fw", 0, 10)])
        await add_runs(tx, [run_of("fw", 0, 99, Outcome.DOWN)])
    async with store.read() as tx:
        assert await runs_for(tx, [("fw", 1)], "local", 0, 100) == {"fw": [run_of("fw", 0, 10)]}


@pytest.mark.parametrize("outcome", Outcome)
async def test_every_outcome_can_be_stored(store: Store, outcome: Outcome) -> None:
    """The check of the column knows the outcomes that the program knows."""
    async with store.write() as tx:
        await add_runs(tx, [run_of("fw", 0, 10, outcome)])
        await put_open_runs(tx, [run_of("fw", 20, 30, outcome)])
        await add_observations(tx, [observed("fw", 0, Finding(outcome, REASONS[outcome]))])
    async with store.read() as tx:
        assert [run.outcome for run in (await runs_for(tx, [("fw", 9)], "local", 0, 40))["fw"]] == [outcome] * 2
        assert [seen.finding.outcome for seen in await observations_around(tx, "fw", "local", 0, 1)] == [outcome]


async def test_an_observation_is_kept_whole(store: Store) -> None:
    """Latency, measurements (infinite ones too) and detail come back exactly."""
    finding = Finding(
        Outcome.DEGRADED,
        Reason.LIMIT,
        latency=0.1 + 0.2,
        measurements={"connect_seconds": 1 / 3, "loss_ratio": math.inf, "certificate_days": 12.0},
        detail="latency 0.3 s is above 0.25 s «slow»",
    )
    async with store.write() as tx:
        await add_observations(tx, [observed("fw", 7, finding), observed("fw", 8)])
    async with store.read() as tx:
        assert await observations_around(tx, "fw", "local", 7, 8) == [observed("fw", 7, finding)]


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None, max_examples=40)
@given(
    detail=st.text(st.characters(exclude_categories=[]), max_size=20),
    value=st.floats(),
    latency=st.none() | st.floats(),
    instant=st.integers(0, 2**62),
)
async def test_whatever_a_far_end_says_can_be_stored(
    store: Store, detail: str, value: float, latency: float | None, instant: int
) -> None:
    """No text or number makes the store refuse a row: it would hold up every batch after it."""
    found = Finding(Outcome.UP, latency=latency, measurements={detail or "x": value}, detail=detail)
    async with store.write() as tx:
        await tx.execute(text("DELETE FROM observation"))
        await add_observations(tx, [observed("fw", instant, found)])
    async with store.read() as tx:
        (kept,) = await observations_around(tx, "fw", "local", instant, instant + 1)

    (measured,) = kept.finding.measurements.values()
    assert measured == value or (math.isnan(measured) and math.isnan(value))
    assert len(kept.finding.detail) == len(detail)
