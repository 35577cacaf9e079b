"""The daemon keeps the trends that its catalogue asks for: through reloads, restarts and a store that refuses."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from support.daemons import EVER, Estate, daemon_of, estate_of, eventually, runs

from ictss_monitor.judging.trends import TrendHour
from ictss_monitor.store.engine import open_store
from ictss_monitor.store.trends import trend_hours


@pytest.fixture
async def estate(store_url: str, tmp_path: Path) -> AsyncIterator[Estate]:
    """Two servers that listen; the trend of the latency of one is kept."""
    async with estate_of(tmp_path, store_url, "mail", "web") as made:
        trending(made)
        yield made


def trending(estate: Estate, *names: str) -> None:
    """Write the catalogue so that of `web`, and these, the trend of the latency is kept."""
    estate.checks = {
        each.name: {"probe": "tcp", "address": f"{each.host}:{each.port}", "trend": "latency"}
        for each in estate.targets
        if each.name in ("web", *names)
    }
    estate.write()


async def kept(estate: Estate, check: str) -> list[TrendHour]:
    """Return the hours that the store has of a check's latency."""
    async with open_store(estate.store) as opened, opened.read() as tx:
        return await trend_hours(tx, check, "latency", 0, EVER)


async def test_every_observation_is_in_the_trend_once_restart_after_restart(estate: Estate) -> None:
    """As many latencies as observations, in the evidence and in the trend, though the daemon was stopped twice."""
    for _ in range(3):
        async with daemon_of(estate):
            await asyncio.sleep(0.6)
    observed = sum(run.count for run in (await runs(estate.store, "web"))["web"])
    hours = await kept(estate, "web")
    assert sum(each.count for each in hours) == observed > 3
    assert all(0 < each.minimum <= each.mean <= each.maximum < 1 for each in hours)
    assert await kept(estate, "mail") == []


async def test_a_reload_begins_a_trend(estate: Estate) -> None:
    """A check that asks for a trend has one from the reload on."""

    async def mail_is_kept() -> bool:
        return bool(await kept(estate, "mail"))

    async with daemon_of(estate) as signals:
        trending(estate, "mail")
        signals.reload.set()
        await eventually(mail_is_kept)
