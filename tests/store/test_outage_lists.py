"""Outages as lists are those that objects would be made of."""

from __future__ import annotations

from random import Random

from ictss_monitor.judging.outages import Outage
from ictss_monitor.probe import Outcome
from ictss_monitor.store.engine import Store
from ictss_monitor.store.outage_lists import KEYS_PER_STATEMENT, OutageLists, outage_lists
from ictss_monitor.store.outages import outages_between, put_outages

NOW = 10_000


def outage(service: str, begin: int, end: int | None, level: Outcome = Outcome.DOWN) -> Outage:
    """Return an outage of a service for one council."""
    return Outage(service, "ccc", level, None, begin, begin, end, end, ("web",))


async def lists(store: Store, keys: list[tuple[str, str]], start: int, end: int) -> list[OutageLists]:
    """Return all lists."""
    async with store.read() as tx:
        return [each async for each in outage_lists(tx, keys, start, end, NOW)]


async def test_a_stretch_begins_with_the_outage_before(store: Store) -> None:
    """The last one that began before may reach into the stretch; older ones cannot. One that is open ends now."""
    async with store.write() as tx:
        await put_outages(tx, [outage("web", 10, 20), outage("web", 30, 150), outage("web", 200, None)])
        await put_outages(tx, [outage("web", 110, 120, Outcome.DEGRADED), outage("mail", 5, 7)])
    keys = [("web", "ccc"), ("mail", "ccc"), ("tel", "ccc")]
    assert await lists(store, keys, 100, 300) == [
        OutageLists("web", "ccc", [30, 200], [150, NOW]),
        OutageLists("mail", "ccc", [5], [7]),
        OutageLists("tel", "ccc", [], []),
    ]
    assert await lists(store, keys[:1], 100, 200) == [OutageLists("web", "ccc", [30], [150])]


async def test_more_services_than_one_statement_asks_for(store: Store) -> None:
    """Each comes once, in the order asked for, with the outages that reading objects gives."""
    dice = Random(1)
    names = [f"service-{number}" for number in range(2 * KEYS_PER_STATEMENT + 1)]
    made = []
    for name in names:
        cuts = sorted(dice.sample(range(1_000), 2 * dice.randrange(5)))
        made += [outage(name, begin, end) for begin, end in zip(cuts[::2], cuts[1::2], strict=True)]
    async with store.write() as tx:
        await put_outages(tx, made)
    found = await lists(store, [(name, "ccc") for name in names], 300, 700)
    assert [each.service for each in found] == names
    inside = [
        (each.service, begin, end)
        for each in found
        for begin, end in zip(each.starts, each.ends, strict=True)
        if end > 300
    ]
    async with store.read() as tx:
        held = await outages_between(tx, 300, 700)
    assert sorted(inside) == sorted((each.service, each.first_seen_down, each.end) for each in held)
