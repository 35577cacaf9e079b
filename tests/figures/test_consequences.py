"""What entries of the ledger would change in the figures of past months, on a real store, before they are written."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

from support.observing import DOWN, INTERVAL, MONTH, UP, observed, record, times
from support.timelines import catalogue, watched

from ictss_monitor.catalogue.model import Catalogue, Council
from ictss_monitor.catalogue.terms import Attribution, Fault, Scope, Window
from ictss_monitor.clock import DAY, HOUR, MINUTE
from ictss_monitor.figures.consequences import MONTHS, Consequences, consequences_of
from ictss_monitor.ledger.acts import Act, Attribute, Declare, EndWindow, EnterWindow, Entry, Extent, Imported, Withdraw
from ictss_monitor.ledger.chain import GENESIS
from ictss_monitor.store import ledger
from ictss_monitor.store.engine import Store
from ictss_monitor.store.imports import add_import
from ictss_monitor.store.sealed import add_statement

NOW = MONTH.end + 20 * DAY
LONDON = "Europe/London"
WEB = catalogue([watched("web", ["ccc"])])
BROKE = MONTH.start + 100 * INTERVAL
BEGIN = datetime(2026, 10, 1)  # noqa: DTZ001  # local, as windows are
WINDOW = Window(
    "patches", "Patches", Scope(services=frozenset({"web"})), BEGIN, BEGIN + timedelta(hours=2), LONDON, None
)


async def october(store: Store) -> None:
    """Record five minutes that were lost in October, within its first hour, and the time until now."""
    await record(store, observed("web", MONTH.start, (UP, 100), (DOWN, 10), (UP, times(60 * DAY))), watermark=NOW)


async def enter(store: Store, *acts: Act) -> None:
    """Write entries into the ledger."""
    async with store.write() as tx:
        for act in acts:
            await ledger.append(tx, act, at=5, who="ann", why="a test", catalogue_windows=["patches"])


async def would(store: Store, act: Act, held: Catalogue = WEB, approver: str | None = None) -> Consequences:
    """Return what an act would change that is entered now."""
    async with store.read() as tx:
        number = len(await ledger.entries(tx)) + 1
    return await consequences_of(
        store, held, [Entry(number, NOW, "ann", "a test", approver, act, GENESIS, GENESIS)], NOW
    )


def service(found: Consequences) -> list[str]:
    """Return what differs of the service, month by month."""
    return [f"{label}, {changed[0].text}" for label, changed in found.months]


async def test_the_months_that_an_act_is_about(store: Store) -> None:
    """What lies over a month's end is told for either month, the older one first; others are not looked at."""
    await october(store)
    found = await would(store, Declare(Extent("web", "ccc", MONTH.end - HOUR, MONTH.end + HOUR), DOWN))
    assert service(found) == [
        "2026-10, Web for ccc: 99.99 % -> 99.85 %; lost 5 min -> 1 h 5 min",
        "2026-11, Web for ccc: 100 % -> 99.79 %; lost 0 s -> 1 h",
    ]
    assert (found.looked_at, found.is_cut) == (2, False)


async def test_a_month_of_another_zone(store: Store) -> None:
    """The last hour of October in New York is November in London: the month of the council is told."""
    await october(store)
    held = catalogue([watched("web", ["nyc"])], [Council("nyc", "New York", "America/New_York")])
    found = await would(store, Declare(Extent("web", "nyc", MONTH.end + 2 * HOUR, MONTH.end + 3 * HOUR), DOWN), held)
    assert service(found) == ["2026-10, Web for nyc: 100 % -> 99.87 %; lost 0 s -> 1 h"]


async def test_nothing_is_written(store: Store) -> None:
    """What would be is worked out beside the ledger."""
    await october(store)
    await would(store, Declare(Extent("web", "ccc", BROKE, BROKE + HOUR), UP))
    async with store.read() as tx:
        assert await ledger.entries(tx) == ()


async def test_an_attribution_that_changes_nothing(store: Store) -> None:
    """Where nothing was lost nobody lost it: the month is looked at, and nothing differs."""
    await october(store)
    whose = Attribution(Fault.THIRD_PARTY, "BT")
    found = await would(store, Attribute(Extent("web", "ccc", BROKE + DAY, BROKE + 2 * DAY), whose))
    assert (found.months, found.looked_at) == ((), 1)


async def test_a_window_that_is_entered_late(store: Store) -> None:
    """It forgives nothing by itself, and what it covers once another person approved an earlier notice."""
    await october(store)
    notice = MONTH.start - DAY
    assert (await would(store, EnterWindow(WINDOW))).months == ()
    assert (await would(store, EnterWindow(WINDOW, notice))).months == ()
    approved = await would(store, EnterWindow(WINDOW, notice), approver="bob")
    assert service(approved) == [
        "2026-10, Web for ccc: 99.99 % -> 100 %; lost 5 min -> 0 s; forgiven in maintenance 0 s -> 5 min"
    ]


async def test_the_end_of_a_window(store: Store) -> None:
    """What lies after it is not forgiven any more, whether the window is the catalogue's or the ledger's."""
    await october(store)
    held = replace(WEB, windows={"patches": WINDOW})
    found = await would(store, EndWindow("patches", BROKE + 2 * MINUTE), held)
    assert service(found) == [
        "2026-10, Web for ccc: 100 % -> 99.99 %; lost 0 s -> 3 min; forgiven in maintenance 5 min -> 2 min"
    ]
    assert (await would(store, EndWindow("patches", NOW), held)).looked_at == 0


async def test_the_withdrawal_of_an_end(store: Store) -> None:
    """The window goes on as if it had not been ended."""
    await october(store)
    await enter(store, EndWindow("patches", MONTH.start + MINUTE))
    found = await would(store, Withdraw(1), replace(WEB, windows={"patches": WINDOW}))
    assert service(found) == [
        "2026-10, Web for ccc: 99.99 % -> 100 %; lost 5 min -> 0 s; forgiven in maintenance 0 s -> 5 min"
    ]


async def test_the_withdrawal_of_a_history(store: Store) -> None:
    """What it told is gone: its months have no figure any more."""
    await october(store)
    span = Imported("web", "ccc", MONTH.start - 20 * DAY, MONTH.start, UP)
    async with store.write() as tx:
        await add_import(tx, [span], at=5, who="ann", why="what we had")
    assert [label for label, _ in (await would(store, Withdraw(1))).months] == ["2026-09"]


async def test_a_history_of_many_years(store: Store) -> None:
    """Only the newest months are compared, and it is known that there are more."""
    await october(store)
    span = Imported("web", "ccc", MONTH.start - 1_000 * DAY, MONTH.start, UP)
    async with store.write() as tx:
        await add_import(tx, [span], at=5, who="ann", why="what we had")
    found = await would(store, Withdraw(1))
    assert (len(found.months), found.months[-1][0]) == (MONTHS, "2026-09")
    assert (found.looked_at, found.is_cut) == (MONTHS, True)


async def test_statements_on_these_months(store: Store) -> None:
    """The last version of each statement is named that is about a month in which something differs."""
    await october(store)
    for label in ("2026-09", "2026-10", "2026-10", "FY2026/27"):
        async with store.write() as tx:
            await add_statement(
                tx, label=label, content="{}", catalogue="", evidence="", at=1, who="ann", reason="a test"
            )
    found = await would(store, Declare(Extent("web", "ccc", BROKE, BROKE + HOUR), UP))
    assert found.sealed == (("2026-10", 2), ("FY2026/27", 1))


async def test_before_anything_was_observed(store: Store) -> None:
    """An outage that was phoned in is all that is known of a month."""
    found = await would(store, Declare(Extent("web", "ccc", BROKE, BROKE + HOUR), DOWN))
    assert service(found) == [
        "2026-10, Web for ccc: no figure -> below minimum coverage: 0.00 % … 99.87 %; lost 0 s -> 1 h; "
        "coverage 0.00 % -> 0.14 %"
    ]
