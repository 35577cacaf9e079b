"""What cannot be sealed: the refusal is one line that says why and when, and nothing is written."""

from __future__ import annotations

from dataclasses import replace

import pytest
from support.observing import DOWN, INTERVAL, MONTH, OCTOBER, UP, observed, record, times
from support.sealed_october import ANN, ESTATE, LATER, not_an_outage, october, only_version_one, sealed_october

from ictss_monitor.clock import DAY, HOUR, SECOND, Instant
from ictss_monitor.errors import UsageError
from ictss_monitor.figures import sealing
from ictss_monitor.store import ledger
from ictss_monitor.store.engine import Store


@pytest.mark.parametrize("reason", ["", "  "])
async def test_a_revision_needs_a_reason(store: Store, reason: str) -> None:
    """Without one nothing is written."""
    await october(store)
    await sealed_october(store)
    await not_an_outage(store)
    with pytest.raises(UsageError, match="a revision needs a reason"):
        await sealing.revise(store, ESTATE, "", OCTOBER, LATER, ANN, reason)
    await only_version_one(store)


async def test_a_revision_that_changes_nothing_is_refused(store: Store) -> None:
    """Whatever its reason, there is nothing to say."""
    await october(store)
    await sealed_october(store)
    with pytest.raises(UsageError, match="nothing in 2026-10 is otherwise than in version 1"):
        await sealing.revise(store, ESTATE, "", OCTOBER, LATER + DAY, ANN, "to be sure")
    await only_version_one(store)


async def test_what_is_sealed_is_not_sealed_again(store: Store) -> None:
    """Nor is it drafted; the way on is named."""
    await october(store)
    await sealed_october(store)
    with pytest.raises(UsageError, match=r"sealed already, as version 1: .* --revise and --reason"):
        await sealing.seal(store, ESTATE, "", OCTOBER, LATER, ANN)
    with pytest.raises(UsageError, match="needs no draft"):
        await sealing.draft(store, ESTATE, OCTOBER, LATER)
    await only_version_one(store)


async def test_what_was_never_sealed_has_nothing_to_revise(store: Store) -> None:
    """A reason alone makes no statement."""
    await october(store)
    with pytest.raises(UsageError, match="not sealed, so there is nothing to revise"):
        await sealing.revise(store, ESTATE, "", OCTOBER, LATER, ANN, "a reason")


@pytest.mark.parametrize(
    ("now", "why"),
    [
        (MONTH.end - 1, "2026-10 is not over: it ends at 2026-11-01 00:00 GMT"),
        (MONTH.start - 1, "2026-10 has not begun"),
    ],
)
async def test_a_period_that_is_not_over_is_refused(store: Store, now: Instant, why: str) -> None:
    """To the microsecond, and nothing is written."""
    await october(store)
    for refused in (
        sealing.seal(store, ESTATE, "", OCTOBER, now, ANN),
        sealing.draft(store, ESTATE, OCTOBER, now),
    ):
        with pytest.raises(UsageError, match=why):
            await refused
    async with store.read() as tx:
        assert await ledger.head(tx) == (0, "0" * 64)


async def test_a_period_is_over_when_it_is_for_every_council(store: Store) -> None:
    """A council to the west has its month for five hours more."""
    abroad = replace(ESTATE.councils["ccc"], zone="America/New_York")
    held = replace(ESTATE, councils={"ccc": abroad})
    await october(store)
    with pytest.raises(UsageError, match="not over: it ends at 2026-11-01 04:00 GMT"):
        await sealing.seal(store, held, "", OCTOBER, MONTH.end + HOUR, ANN)


async def test_a_period_whose_end_is_not_decided_is_refused(store: Store) -> None:
    """The last observation of October failed: until November's first ones are there, it may be an outage."""
    begin = MONTH.end - 100 * INTERVAL
    await record(store, observed("web", begin, (UP, 99), (DOWN, 1)), watermark=MONTH.end + SECOND)
    with pytest.raises(UsageError, match=r"not decided yet: what 'web' will have seen .* at 2026-11-02 00:00 GMT"):
        await sealing.seal(store, ESTATE, "", OCTOBER, MONTH.end + SECOND, ANN)


async def test_a_check_that_fell_silent_holds_a_period_up_for_a_day_only(store: Store) -> None:
    """It may be paused or gone: what it did not say by then is unknown."""
    await record(store, observed("web", MONTH.start, (UP, times(9 * DAY))), watermark=MONTH.end - DAY)
    with pytest.raises(UsageError, match="not decided yet"):
        await sealing.seal(store, ESTATE, "", OCTOBER, MONTH.end + DAY - 1, ANN)
    await sealing.seal(store, ESTATE, "", OCTOBER, MONTH.end + DAY, ANN)


async def test_a_period_of_which_nothing_is_known_is_not_sealed(store: Store) -> None:
    """A statement without a single figure would look like one."""
    with pytest.raises(UsageError, match="nothing was observed or told of 2026-10: there is no figure to seal"):
        await sealing.seal(store, ESTATE, "", OCTOBER, MONTH.end + 2 * DAY, ANN)
    async with store.read() as tx:
        assert await ledger.head(tx) == (0, "0" * 64)
