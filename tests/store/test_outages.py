"""Outages are found by when, for whom and whether they are open."""

from __future__ import annotations

from dataclasses import replace

from support.records import outage_of

from ictss_monitor.judging.outages import Outage
from ictss_monitor.probe import Outcome
from ictss_monitor.store.engine import Store
from ictss_monitor.store.outages import open_outages, outages_between, outages_not_over_at, put_outages


async def put(store: Store, *outages: Outage) -> None:
    """Record outages in a transaction of their own."""
    async with store.write() as tx:
        await put_outages(tx, outages)


async def test_outages_of_a_period_are_those_that_lie_in_it_in_part(store: Store) -> None:
    """Intervals are half-open: what ends at the start or begins at the end is outside; an open one reaches on."""
    before, into, inside, out, after = (
        outage_of(*span) for span in ((0, 100), (50, 150), (160, 170), (190, 250), (200, 300))
    )
    going_on = outage_of(20, None, service="files")
    await put(store, before, into, inside, out, after, going_on)
    async with store.read() as tx:
        assert await outages_between(tx, 100, 200) == [going_on, into, inside, out]


async def test_an_outage_without_length_lies_where_it_began(store: Store) -> None:
    """Seen down once and then unknown, an outage has no length, and is listed all the same."""
    momentary = replace(outage_of(100, None), end=100)
    await put(store, momentary)
    async with store.read() as tx:
        assert await outages_between(tx, 100, 200) == [momentary]
        assert await outages_between(tx, 0, 100) == []
        assert await outages_between(tx, 101, 200) == []


async def test_outages_can_be_asked_for_one_service_or_council(store: Store) -> None:
    """Each narrows the answer; both together narrow it to the two."""
    mail, files, other = outage_of(0, 9), outage_of(1, 9, service="files"), outage_of(2, 9, council="westshire")
    await put(store, mail, files, other)
    async with store.read() as tx:
        assert await outages_between(tx, 0, 10, service="mail") == [mail, other]
        assert await outages_between(tx, 0, 10, council="eastshire") == [mail, files]
        assert await outages_between(tx, 0, 10, service="mail", council="westshire") == [other]


async def test_open_outages_are_those_without_end(store: Store) -> None:
    """Both levels are listed, ended ones are not."""
    going_on = outage_of(5, None)
    degraded = replace(going_on, level=Outcome.DEGRADED, first_seen_down=3, last_seen_up=None)
    await put(store, outage_of(0, 9, service="files"), going_on, degraded)
    async with store.read() as tx:
        assert await open_outages(tx) == [degraded, going_on]


async def test_outages_that_may_still_change_are_those_not_over_at_an_instant(store: Store) -> None:
    """Resuming needs what is open, and what ended or was seen up again since; what was over before is not touched."""
    over, going_on, ended = outage_of(0, 50), outage_of(60, None), outage_of(70, 100)
    seen_up_since = replace(outage_of(80, 120), end=90)
    await put(store, over, going_on, ended, seen_up_since)
    async with store.read() as tx:
        assert await outages_not_over_at(tx, 100) == [going_on, ended, seen_up_since]
