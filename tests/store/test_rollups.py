"""Roll-ups are replaced and read by whole months."""

from __future__ import annotations

from ictss_monitor.store.engine import Store
from ictss_monitor.store.rollups import Made, Rollup, month_totals, put_month, rolled_up, rollups_by_day


def rolled(month: str, council: str = "fenshire", totals: bytes = b"\0\xff") -> Rollup:
    """Return the roll-up of a service's month."""
    return Rollup(month, "service", "mail", council, "standard", "b" * 64, 7, totals, b"days\0")


MONTHS = [rolled(month) for month in ("2025-11", "2025-12", "2026-01", "2026-02")]


async def keep(store: Store, *rows: Rollup) -> None:
    """Record each roll-up as all that there is of its month."""
    async with store.write() as tx:
        for row in rows:
            await put_month(tx, row.month, [row])


async def test_months_are_read_with_and_without_their_days(store: Store) -> None:
    """What is read is what was written, of the months asked for only."""
    await keep(store, *MONTHS)
    async with store.read() as tx:
        assert sorted(await rollups_by_day(tx, ["2025-12", "2026-01", "2026-03"])) == MONTHS[1:3]
        assert await month_totals(tx, "2026-02") == [("service", "mail", "fenshire", "standard", b"\0\xff")]
        assert await month_totals(tx, "2026-03") == []


async def test_a_month_rolled_up_anew_replaces_all_that_there_was(store: Store) -> None:
    """A figure that the month has no more goes; that of all councils together is one of its own; others stay."""
    await keep(store, *MONTHS)
    async with store.write() as tx:
        await put_month(tx, "2026-01", [rolled("2026-01", "wolds"), rolled("2026-01", "", b"new")])
    async with store.read() as tx:
        assert sorted(totals for *_, totals in await month_totals(tx, "2026-01")) == [b"\0\xff", b"new"]
        assert [len(await month_totals(tx, row.month)) for row in MONTHS] == [1, 1, 2, 1]


async def test_a_month_without_figures_has_no_roll_up(store: Store) -> None:
    """Where nothing comes out any more, nothing stays behind."""
    await keep(store, *MONTHS)
    async with store.write() as tx:
        await put_month(tx, "2026-01", [])
    async with store.read() as tx:
        assert await rolled_up(tx, ["2025-12", "2026-01"]) == {"2025-12": Made("b" * 64, 7)}
