"""Roll-ups are replaced figure by figure, read by month, and forgotten by months."""

from __future__ import annotations

from ictss_monitor.store.engine import Store
from ictss_monitor.store.rollups import MonthTotals, Rollup, forget, put_rollups, rollups, rollups_by_day


def rolled(month: str, council: str = "fenshire", totals: bytes = b"\0\xff") -> Rollup:
    """Return the roll-up of a service's month."""
    return Rollup(month, "service", "mail", council, "standard", "b" * 64, 7, totals, b"days\0")


MONTHS = [rolled(month) for month in ("2025-11", "2025-12", "2026-01", "2026-02")]


async def test_months_are_read_with_and_without_their_days(store: Store) -> None:
    """What is read is what was written, of the months asked for only."""
    async with store.write() as tx:
        await put_rollups(tx, MONTHS)
        await put_rollups(tx, [])
    async with store.read() as tx:
        assert sorted(await rollups_by_day(tx, ["2025-12", "2026-01", "2026-03"])) == MONTHS[1:3]
        assert await rollups(tx, ["2026-02"]) == [
            MonthTotals("2026-02", "service", "mail", "fenshire", "standard", "b" * 64, b"\0\xff")
        ]
        assert await rollups(tx, []) == []


async def test_a_figure_reckoned_anew_replaces_the_one_before(store: Store) -> None:
    """One row per figure and month; that of all councils together is one of its own."""
    async with store.write() as tx:
        await put_rollups(tx, [rolled("2026-01"), rolled("2026-01", council="")])
        await put_rollups(tx, [rolled("2026-01", totals=b"new")])
        assert sorted(row.totals for row in await rollups(tx, ["2026-01"])) == [b"\0\xff", b"new"]


async def test_months_are_forgotten_from_the_first_to_before_the_last(store: Store) -> None:
    """The stretch is half-open, and may reach over a year's end."""
    async with store.write() as tx:
        await put_rollups(tx, MONTHS)
        await forget(tx, "2025-12", "2026-02")
        assert sorted(row.month for row in await rollups(tx, [row.month for row in MONTHS])) == ["2025-11", "2026-02"]
