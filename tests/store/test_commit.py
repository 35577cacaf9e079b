"""A batch is written whole, once or again."""

from __future__ import annotations

from ictss_monitor.store.engine import Store


async def test_x(store: Store):
    async with store.read() as tx:
        assert tx
