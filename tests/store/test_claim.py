"""A vantage of a store belongs to one daemon at a time, and is free again the moment that one is gone."""

from __future__ import annotations

import asyncio
import signal
import sys

import pytest
from support.postgres import PASSWORD, running_server

from ictss_monitor.errors import StoreError
from ictss_monitor.store import claim
from ictss_monitor.store.claim import claimed

HOLDER = """
import asyncio, sys
from ictss_monitor.store.claim import claimed
async def main():
    async with claimed(sys.argv[1], sys.argv[2]):
        print("held", flush=True)
        await asyncio.Event().wait()
asyncio.run(main())
"""


async def holder(url: str, vantage: str) -> asyncio.subprocess.Process:
    """Start a process that holds a vantage, and return once it does."""
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-c", HOLDER, url, vantage, stdout=asyncio.subprocess.PIPE
    )
    assert process.stdout is not None
    assert await process.stdout.readline() == b"held\n"
    return process


async def test_a_second_daemon_is_refused_and_a_killed_one_holds_nothing(
    store_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The message names the remedy and no password; another vantage is free; after kill -9 this one is, too."""
    monkeypatch.setattr(claim, "_GHOST", 0.0)
    process = await holder(store_url, "local")
    try:
        with pytest.raises(
            StoreError, match=r"another daemon already writes as vantage 'local': stop that one"
        ) as told:
            async with claimed(store_url, "local"):
                pytest.fail("two hold the same vantage")
        assert PASSWORD not in str(told.value)
        assert not told.value.retry
        async with claimed(store_url, "depot"):
            pass
    finally:
        process.send_signal(signal.SIGKILL)
        await process.wait()
    monkeypatch.setattr(claim, "_GHOST", 3.0)
    async with claimed(store_url, "local"):
        pass


async def test_a_claim_ends_with_its_context(store_url: str) -> None:
    """A daemon that stopped can be started again at once, also in the same process."""
    for _ in range(2):
        async with claimed(store_url, "local"):
            pass


@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
async def test_a_store_beside_which_nothing_may_be_written_is_told(store_url: str) -> None:
    """Where the lock cannot be made, the message says so."""
    with pytest.raises(StoreError, match="give the user of this process write permission there"):
        async with claimed(store_url.replace("store.sqlite", "absent/store.sqlite"), "local"):
            pass


@pytest.mark.slow
@pytest.mark.postgres
async def test_a_claim_lost_with_the_server_is_taken_again(monkeypatch: pytest.MonkeyPatch) -> None:
    """After the server was away the daemon holds its vantage again; whoever took it meanwhile ends the other."""
    monkeypatch.setattr(claim, "_LOOK_EVERY", 0.05)
    monkeypatch.setattr(claim, "_AWAY", 0.2)
    monkeypatch.setattr(claim, "_GHOST", 0.0)
    with running_server() as server:
        url = server.url(await server.create_database())
        async with claimed(url, "local") as ours, asyncio.TaskGroup() as tasks:
            keeping = tasks.create_task(ours.keep())
            server.stop()
            await asyncio.sleep(0.3)
            assert not keeping.done()
            server.start()
            await asyncio.sleep(0.5)
            with pytest.raises(StoreError, match="another daemon"):
                async with claimed(url, "local"):
                    pass
            keeping.cancel()
        async with claimed(url, "local") as ours:
            server.stop()
            server.start()
            async with claimed(url, "local"):
                with pytest.raises(StoreError, match="another daemon"):
                    await asyncio.wait_for(ours.keep(), 10)
