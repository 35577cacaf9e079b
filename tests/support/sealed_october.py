"""October with an outage of five minutes, to be sealed, corrected and sealed anew."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction

from support.observing import DOWN, MONTH, OCTOBER, UP, observed, record, times
from support.timelines import catalogue, watched

from ictss_monitor.catalogue.model import Basket, Catalogue, Subject, Target
from ictss_monitor.clock import DAY, HOUR, MINUTE, Instant
from ictss_monitor.figures import sealing
from ictss_monitor.ledger.acts import Declare, Extent, Seal
from ictss_monitor.store import ledger
from ictss_monitor.store.engine import Store
from ictss_monitor.store.sealed import draft_of, statements_of

ESTATE = replace(
    catalogue(
        [watched("web", ["ccc"])],
        baskets=[Basket("kpi", "Headline", ("web",), ())],
        targets=[Target(Subject.SERVICE, "web", Fraction(9999, 10000))],
    ),
    digest="c0ffee",
)
ANN = sealing.Signature("ann", "bob")
LATER: Instant = MONTH.end + 2 * DAY
BROKE: Instant = MONTH.start + 5 * DAY


async def october(store: Store) -> None:
    """Record a month in which `web` was down for five minutes."""
    broken = observed("web", MONTH.start - HOUR, (UP, times(5 * DAY + HOUR)), (DOWN, 10), (UP, times(40 * DAY)))
    await record(store, broken, watermark=LATER)


async def not_an_outage(store: Store, at: Instant = LATER) -> None:
    """Declare that those five minutes were none."""
    extent = Extent("web", "ccc", BROKE, BROKE + 5 * MINUTE)
    async with store.write() as tx:
        await ledger.append(tx, Declare(extent, UP), at=at, who="ann", why="the probe's own fault")


async def sealed_october(store: Store, held: Catalogue = ESTATE) -> sealing.Published:
    """Seal October, and return it as it is published."""
    await sealing.seal(store, held, "the text", OCTOBER, LATER, ANN)
    return await sealing.published(store, held, OCTOBER, LATER)


async def only_version_one(store: Store) -> None:
    """Nothing but the first sealing of October is in the store."""
    async with store.read() as tx:
        assert [each.version for each in await statements_of(tx, "2026-10")] == [1]
        assert await draft_of(tx, "2026-10") is None
        assert sum(isinstance(entry.act, Seal) for entry in await ledger.entries(tx)) == 1
