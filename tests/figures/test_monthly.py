"""Monthly figures from roll-ups are those from evidence, and what people enter makes only what it touches anew."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from random import Random

import pytest
from support.month_worlds import (
    BEGIN,
    CHECKS,
    DOWN,
    INTERVAL,
    LONDON,
    MONTHS,
    NOW,
    UP,
    erratic,
    estate,
    history,
    record,
    told_about,
)

from ictss_monitor.availability.figure import Figure
from ictss_monitor.availability.outage_months import MonthOutages
from ictss_monitor.availability.periods import parse
from ictss_monitor.availability.reckoning import Key
from ictss_monitor.catalogue.model import Catalogue, Subject
from ictss_monitor.catalogue.terms import Scope, Window
from ictss_monitor.clock import DAY, HOUR, MINUTE
from ictss_monitor.figures.kpis import kpi_table
from ictss_monitor.figures.monthly import monthly_figures, outage_months, roll_up, roll_up_past
from ictss_monitor.figures.rolled_months import rolled_months
from ictss_monitor.judging.evidence import Run
from ictss_monitor.judging.outages import Outage
from ictss_monitor.ledger.acts import Act, Declare, EndWindow, EnterWindow, Extent, Withdraw
from ictss_monitor.probe import Reason
from ictss_monitor.statements.statement import figures_of
from ictss_monitor.store import ledger
from ictss_monitor.store.engine import Store
from ictss_monitor.store.imports import add_import
from ictss_monitor.store.outages import put_outages
from ictss_monitor.store.retention import remove_ended_before

LABELS = tuple(month.label for month in MONTHS)
ByMonth = dict[str, Mapping[Key, Figure]]


async def from_evidence(store: Store, held: Catalogue) -> ByMonth:
    """Return the figures of each month by itself, which no roll-up has any part in."""
    return {month.label: figures_of(await kpi_table(store, held, month, NOW)) for month in MONTHS}


async def as_told(store: Store, held: Catalogue) -> ByMonth:
    """Return the monthly figures, all of them made."""
    found = await monthly_figures(store, held, MONTHS, NOW)
    return {label: dict(figures) for label, figures in found.items()}


async def holding(store: Store, held: Catalogue) -> set[str]:
    """Return the months whose roll-ups hold."""
    async with store.read() as tx:
        return set(await rolled_months(tx, held, MONTHS, NOW))


async def enter(store: Store, act: Act, approver: str | None = None) -> int:
    """Append an entry and return its number."""
    async with store.write() as tx:
        entry = await ledger.append(
            tx, act, at=NOW, who="ann", why="as told", approver=approver, catalogue_windows=["sundays"]
        )
    return entry.seq


async def rolled_estate(store: Store, seed: int = 0) -> Catalogue:
    """Return the estate, its evidence recorded and every month rolled up."""
    dice, held = Random(seed), estate()
    await record(store, [erratic(check, dice) for check in CHECKS])
    assert await roll_up(store, held, MONTHS, NOW) == LABELS
    return held


@pytest.mark.parametrize("seed", range(3))
async def test_what_is_rolled_up_is_what_comes_out_of_evidence(store: Store, seed: int) -> None:
    """Every line of every month is the same to the microsecond, before the roll-ups, with them, and as people add."""
    dice, held = Random(seed), estate()
    await record(store, [erratic(check, dice) for check in CHECKS])
    assert await as_told(store, held) == await from_evidence(store, held)
    assert await roll_up(store, held, MONTHS, NOW) == LABELS
    assert await as_told(store, held) == await from_evidence(store, held)
    for month in MONTHS:
        period = month.within(LONDON)
        if dice.randrange(3):
            await enter(store, told_about(dice, period.start, period.end))
        else:
            async with store.write() as tx:
                await add_import(tx, history(dice, period.start, period.end), at=NOW, who="ann", why="before us")
        assert await as_told(store, held) == await from_evidence(store, held)
        await roll_up(store, held, MONTHS, NOW)
        assert await holding(store, held) == set(LABELS)
        assert await as_told(store, held) == await from_evidence(store, held)


async def test_a_correction_makes_its_own_months_stale(store: Store) -> None:
    """An entry about October leaves the other months alone; once rolled up anew, nothing is left to do."""
    held = await rolled_estate(store)
    october = MONTHS[2].within(LONDON)
    about = Extent("web", "ccc", october.start + DAY, october.start + 2 * DAY)
    seq = await enter(store, Declare(about, DOWN))
    assert await holding(store, held) == set(LABELS) - {"2026-10"}
    assert await roll_up(store, held, MONTHS, NOW) == ("2026-10",)
    assert await roll_up(store, held, MONTHS, NOW) == ()
    await enter(store, Withdraw(seq))
    assert await roll_up(store, held, MONTHS, NOW) == ("2026-10",)
    assert await as_told(store, held) == await from_evidence(store, held)


async def test_a_correction_over_a_months_end_touches_both(store: Store) -> None:
    """A stretch from the last minute of September into October is in both."""
    held = await rolled_estate(store)
    october = MONTHS[2].within(LONDON)
    await enter(store, Declare(Extent("mail", "hdc", october.start - MINUTE, october.start + HOUR), UP))
    assert await holding(store, held) == {"2026-08", "2026-11"}


async def test_a_window_touches_the_months_in_which_it_takes_place(store: Store) -> None:
    """A window entered late, approved, over the second Friday of three months; then ended before the last of them."""
    held = await rolled_estate(store)
    first = datetime(2026, 9, 11, 9), datetime(2026, 9, 11, 17)  # noqa: DTZ001  # local, as windows are
    rule = "FREQ=MONTHLY;BYDAY=2FR"
    window = Window("fridays", "", Scope(services=frozenset({"mail"})), *first, LONDON, None, rrule=rule)
    await enter(store, EnterWindow(window, notice=BEGIN), approver="bob")
    assert await roll_up(store, held, MONTHS, NOW) == LABELS[1:]
    assert await as_told(store, held) == await from_evidence(store, held)
    await enter(store, EndWindow("fridays", MONTHS[3].within(LONDON).start))
    assert await roll_up(store, held, MONTHS, NOW) == LABELS[3:]
    assert await as_told(store, held) == await from_evidence(store, held)


async def test_a_window_of_the_catalogue_that_was_ended_touches_what_it_would_have_been_over(store: Store) -> None:
    """The Sundays before the end stand as they did."""
    held = await rolled_estate(store)
    await enter(store, EndWindow("sundays", MONTHS[2].within(LONDON).start + DAY))
    assert await holding(store, held) == {"2026-08", "2026-09"}
    assert await as_told(store, held) == await from_evidence(store, held)


async def test_another_catalogue_takes_no_roll_up(store: Store) -> None:
    """The newest catalogue governs all that is not sealed."""
    held = await rolled_estate(store)
    other = replace(held, digest="f" * 64, services={**held.services, "web": replace(held.services["web"], hours=None)})
    assert await holding(store, other) == set()
    assert await as_told(store, other) == await from_evidence(store, other)


async def test_what_was_made_later_is_not_known_earlier(store: Store) -> None:
    """Asked as of an instant before a roll-up was made, it is as if it were not there."""
    held = await rolled_estate(store)
    async with store.read() as tx:
        assert await rolled_months(tx, held, MONTHS, NOW - 1) == {}


async def test_retention_does_not_change_a_rolled_month(store: Store) -> None:
    """Once the evidence is gone the roll-ups still say what it said, and no other is made in their place."""
    held = await rolled_estate(store)
    held = replace(held, settings=replace(held.settings, evidence_retention=40 * DAY))
    before = await from_evidence(store, held)
    async with store.write() as tx:
        await remove_ended_before(tx, NOW - 40 * DAY, limit=100_000)
    assert await as_told(store, held) == before
    about = Extent("web", "ccc", BEGIN + DAY, BEGIN + 2 * DAY)
    await enter(store, Declare(about, DOWN))
    assert await roll_up(store, held, MONTHS, NOW) == ()


def steady(check: str, *pieces: tuple[str, int]) -> list[Run]:
    """Return runs one after the other up to the end of October: outcome and how often."""
    begin = MONTHS[2].within("America/New_York").end - sum(count for _, count in pieces) * INTERVAL
    runs = []
    for state, count in pieces:
        outcome, reason = (UP, Reason.OK) if state == "up" else (DOWN, Reason.TIMEOUT)
        last = begin + (count - 1) * INTERVAL
        runs.append(Run(check, "local", outcome, reason, begin, last, count, INTERVAL))
        begin = last + INTERVAL
    return runs


async def test_a_month_that_may_still_change_is_not_rolled_up(store: Store) -> None:
    """The last observation of October failed, and nothing has been seen since: it waits; a silence alone does not."""
    held, october = estate(), MONTHS[2:3]
    others = [steady(check, ("up", 5_000)) for check in CHECKS[1:]]
    await record(store, [steady("web", ("up", 5_000), ("down", 1)), *others])
    assert await roll_up(store, held, october, NOW) == ()
    again = NOW - DAY
    await record(store, [[*steady("web", ("down", 1)), Run("web", "local", UP, Reason.OK, again, again + HOUR, 121)]])
    assert await roll_up(store, held, october, NOW) == ("2026-10",)


async def test_a_month_that_is_not_over_is_not_rolled_up(store: Store) -> None:
    """Neither one that is running, nor one that is over for the recorder's clock but not in every council's zone."""
    held = estate()
    await record(store, [erratic(check, Random(1)) for check in CHECKS])
    assert await roll_up(store, held, MONTHS[3:], MONTHS[3].within(LONDON).end + HOUR) == ()
    assert await roll_up(store, held, [parse("2027-01")], NOW) == ()


async def test_a_year_takes_its_months_from_roll_ups(store: Store) -> None:
    """The mean of months is the same with roll-ups and without, with corrections and before them."""
    held, span = estate(), parse("2026-H2")
    await record(store, [erratic(check, Random(4)) for check in CHECKS])
    await enter(store, Declare(Extent("web", "ccc", BEGIN + DAY, BEGIN + 2 * DAY), DOWN))
    before = await kpi_table(store, held, span, NOW)
    await roll_up(store, held, span.split(), NOW)
    assert await kpi_table(store, held, span, NOW) == before


async def test_the_past_is_rolled_up_as_far_as_evidence_goes_back(store: Store) -> None:
    """The daemon need not say which months; an empty store has none."""
    held = estate()
    assert await roll_up_past(store, held, NOW) == ()
    await record(store, [erratic(check, Random(5)) for check in CHECKS])
    assert await roll_up_past(store, held, NOW) == ("2026-07", *LABELS)
    assert await roll_up_past(store, held, NOW) == ()


async def test_the_trend_of_outages_follows_each_councils_months(store: Store) -> None:
    """Down over midnight in London at October's begin, and for good since November; in New York still September."""
    held, midnight = estate(), MONTHS[2].within(LONDON).start
    began = MONTHS[3].within(LONDON).start + DAY
    cuts = [(midnight - HOUR, midnight + MINUTE), (began, None)]
    async with store.write() as tx:
        await put_outages(
            tx,
            [
                Outage("web", council, DOWN, None, begin, begin, end, end, ("web",))
                for council in ("ccc", "hdc")
                for begin, end in cuts
            ],
        )
    found = await outage_months(store, held, MONTHS, NOW)
    open_part = MONTHS[3].within(LONDON).end - began
    assert found["web", "ccc"] == [
        MonthOutages(),
        MonthOutages(1, HOUR, HOUR),
        MonthOutages(1, MINUTE, MINUTE),
        MonthOutages(1, open_part, open_part),
    ]
    assert found["web", "hdc"][1] == MonthOutages(1, HOUR + MINUTE, HOUR + MINUTE)
    assert found["mail", "ccc"] == [MonthOutages()] * 4


async def test_a_years_mean_outlives_its_evidence(store: Store) -> None:
    """What the months were is known from roll-ups; of the time of the whole year nothing is, once it was removed."""
    held, span = await rolled_estate(store), parse("2026-Q4")
    await roll_up(store, held, span.split(), NOW)
    before = await kpi_table(store, held, span, NOW)
    october = (await from_evidence(store, held))["2026-10"]
    async with store.write() as tx:
        await remove_ended_before(tx, MONTHS[3].within(LONDON).start, limit=100_000)
    after = await kpi_table(store, held, span, NOW)
    key = Key(Subject.SERVICE, "mail", "ccc")
    then, now = (table.row(key.subject, key.id, key.council) for table in (before, after))
    assert then is not None
    assert now is not None
    assert october[key].value is not None
    assert then.months == now.months
    assert then.pooled != now.pooled
