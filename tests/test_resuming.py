"""After a restart the judge holds what it held before, and goes on to record what it would have recorded."""

from __future__ import annotations

from itertools import chain

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from support.judging_cases import D, G, U, X, catalogue_of, check, observation, ref
from support.scripted_store import as_known

from ictss_monitor.catalogue.model import AtLeast
from ictss_monitor.judging.changes import Changes
from ictss_monitor.judging.live import Judge
from ictss_monitor.observation import Observation
from ictss_monitor.resuming import FOREVER, resume_judge
from ictss_monitor.store.commit import write_batch
from ictss_monitor.store.engine import Store
from ictss_monitor.store.evidence import runs_for
from ictss_monitor.store.outages import outages_between
from ictss_monitor.store.tables import metadata

LIVES = st.lists(
    st.tuples(
        st.lists(st.tuples(st.sampled_from("ab"), st.sampled_from([U, U, D, D, G, X])), max_size=12), st.integers(0, 40)
    ),
    min_size=2,
    max_size=4,
)


async def write(store: Store, judge: Judge, watermark: int) -> Changes:
    """Commit what a judge has to write."""
    judge.tick(watermark)
    changes = judge.take_changes()
    async with store.write() as tx:
        await write_batch(tx, changes, vantage="local", watermark=watermark, now=watermark)
    return changes


async def held(store: Store) -> object:
    """Return all runs and outages."""
    async with store.read() as tx:
        runs = await runs_for(tx, [("a", 10**9), ("b", 10**9)], "local", 0, FOREVER)
        return runs, as_known(await outages_between(tx, 0, FOREVER))


async def test_an_empty_store_gives_a_judge_that_knows_nothing(store: Store) -> None:
    """The first start ever: all is unknown, and nothing is to be written."""
    judge = await resume_judge(store, catalogue_of([check("a")], ref("a")))
    assert [state.state for _, state in judge.check_states()] == [X]
    assert not judge.take_changes().transitions


async def test_an_open_outage_keeps_its_begin(store: Store) -> None:
    """A service that was down before the restart is down since then, not since the restart."""
    catalogue = catalogue_of([check("a")], ref("a"))
    judge = Judge(catalogue, "local")
    for index, outcome in enumerate([U, U, D, D, D, D]):
        judge.observe(observation("a", 3 * index, outcome))
    await write(store, judge, 16)
    again = await resume_judge(store, catalogue)
    assert again.service_state("s", "c") == judge.service_state("s", "c")
    assert again.service_state("s", "c").since == 6
    assert again.open_outages() == judge.open_outages()
    assert not again.take_changes().transitions


async def test_since_when_a_service_is_up_is_not_made_up(store: Store) -> None:
    """The store does not say when it came up; the restart is not when."""
    catalogue = catalogue_of([check("a")], ref("a"))
    judge = Judge(catalogue, "local")
    for index in range(4):
        judge.observe(observation("a", 3 * index, U))
    await write(store, judge, 10)
    again = await resume_judge(store, catalogue)
    assert again.service_state("s", "c").state is U
    assert again.service_state("s", "c").since is None


async def test_an_outage_that_ended_where_the_evidence_is_taken_up_again_keeps_its_end(store: Store) -> None:
    """Degraded ends being down: after a restart the outage still ends at that observation, not at the last failure."""
    rule = AtLeast(2, (ref("a"), ref("b")))
    catalogue = catalogue_of([check("a"), check("b")], rule)
    judge = Judge(catalogue, "local")
    for index, outcome in enumerate([D, D, D, G, U]):
        judge.observe(observation("a", 2 * index, outcome))
    await write(store, judge, 9)
    before = await held(store)
    again = await resume_judge(store, catalogue)
    await write(store, again, 9)
    assert await held(store) == before


@settings(deadline=None, max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(lives=LIVES)
@pytest.mark.parametrize(
    "rule", [AtLeast(1, (ref("a"), ref("b"))), AtLeast(2, (ref("a"), ref("b")))], ids=["any", "all"]
)
@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
async def test_restarts_change_nothing_that_is_recorded(
    store: Store, rule: AtLeast, lives: list[tuple[list[tuple[str, object]], int]]
) -> None:
    """However often the daemon is restarted, with whatever gaps: runs and outages are those of one long life."""
    catalogue = catalogue_of([check("a"), check("b")], rule)
    instant, parts = 0, []
    for seen, gap in lives:
        part: list[Observation] = []
        for name, outcome in seen:
            instant += 2
            part.append(observation(name, instant, outcome))  # type: ignore[arg-type]
        parts.append((part, instant + 1))
        instant += gap
    await _empty(store)
    for part, watermark in parts:
        judge = await resume_judge(store, catalogue)
        for each in part:
            judge.observe(each)
        await write(store, judge, watermark)
    restarted = await held(store)
    await _empty(store)
    one = Judge(catalogue, "local")
    for each in chain.from_iterable(part for part, _ in parts):
        one.observe(each)
    await write(store, one, parts[-1][1])
    assert restarted == await held(store)


async def _empty(store: Store) -> None:
    async with store.write() as tx:
        for table in metadata.sorted_tables:
            await tx.execute(table.delete())
