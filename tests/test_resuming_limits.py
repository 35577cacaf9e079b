"""After a restart it is known which checks a limit had lowered: from the runs since they were last up."""

from __future__ import annotations

from dataclasses import replace

import pytest
from support.judging_cases import catalogue_of, check, ref

from ictss_monitor.catalogue.model import Catalogue, Limit
from ictss_monitor.judging.live import Judge
from ictss_monitor.observation import Observation
from ictss_monitor.probe import Finding, Outcome, Reason
from ictss_monitor.resuming import broken_limits
from ictss_monitor.store.commit import write_batch
from ictss_monitor.store.engine import Store

HOT = Limit("temperature_celsius", Outcome.DEGRADED, above=30, clear_above=27)
FINDINGS = {
    "u": Finding(Outcome.UP),
    "g": Finding(Outcome.DEGRADED, Reason.LIMIT),
    "d": Finding(Outcome.DOWN, Reason.LIMIT),
    "t": Finding(Outcome.DOWN, Reason.TIMEOUT),
    "x": Finding(Outcome.UNKNOWN, Reason.PAUSED),
    "s": Finding(Outcome.DEGRADED, Reason.STATUS),
}


def catalogue_with(*limits: Limit) -> Catalogue:
    """Return a catalogue of one check with these limits."""
    return catalogue_of([replace(check("a"), limits=limits)], ref("a"))


async def lived(store: Store, catalogue: Catalogue, seen: str) -> None:
    """Have the store hold what was seen, one letter of FINDINGS every three microseconds."""
    judge = Judge(catalogue, "local")
    for index, letter in enumerate(seen):
        judge.observe(Observation("a", "local", 3 * index, FINDINGS[letter]))
    end = 3 * len(seen)
    judge.tick(end)
    async with store.write() as tx:
        await write_batch(tx, judge.take_changes(), vantage="local", watermark=end, now=end)


@pytest.mark.parametrize(
    ("seen", "worst"),
    [
        ("uuug", Outcome.DEGRADED),
        ("uuuggg", Outcome.DEGRADED),
        ("uuuggggu", None),
        ("uuuggggttttttxxx", Outcome.DEGRADED),
        ("uuuddggggg", Outcome.DOWN),
        ("uuudduugg", Outcome.DEGRADED),
        ("uuutttt", None),
        ("uuuggss", Outcome.DEGRADED),
        ("gggg", Outcome.DEGRADED),
        ("uuuu", None),
    ],
)
async def test_the_worst_that_limits_did_since_the_last_good_run_is_taken_up(
    store: Store, seen: str, worst: Outcome | None
) -> None:
    """One good observation clears; failures of another kind and pauses in between do not."""
    catalogue = catalogue_with(HOT)
    await lived(store, catalogue, seen)
    assert await broken_limits(store, catalogue) == ({} if worst is None else {"a": worst})


async def test_checks_whose_limits_remember_nothing_are_left_out(store: Store) -> None:
    """They need nothing from before, so that nothing is read for them."""
    plain = catalogue_with(replace(HOT, clear_above=None))
    await lived(store, plain, "uuuggg")
    assert await broken_limits(store, plain) == {}


async def test_an_empty_store_knows_of_none(store: Store) -> None:
    """The first start ever begins with nothing raised."""
    assert await broken_limits(store, catalogue_with(HOT)) == {}
