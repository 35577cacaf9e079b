"""What goes wrong under a running daemon: it probes on, says so once, and loses nothing once it is mended."""

from __future__ import annotations

import asyncio
import signal
import sqlite3
import subprocess
import sys
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from itertools import pairwise
from pathlib import Path

import pytest
from support.daemons import (
    Estate,
    daemon_of,
    estate_of,
    eventually,
    fetch,
    is_sample,
    outages,
    process_of,
    runs,
    sample,
)
from support.needs import need, need_root
from support.postgres import running_server
from support.servers import mute, serving

from ictss_monitor.clock import SECOND, SystemClock
from ictss_monitor.probe import Outcome
from ictss_monitor.store.schema import upgrade

pytestmark = pytest.mark.slow
only_sqlite = pytest.mark.parametrize("database", ["sqlite"], indirect=True)


@pytest.fixture
async def estate(store_url: str, tmp_path: Path) -> AsyncIterator[Estate]:
    """Two servers that listen, and a catalogue of them."""
    async with estate_of(tmp_path, store_url, "mail", "web") as made:
        yield made


@contextmanager
def mute_server() -> Iterator[tuple[str, int]]:
    """Serve connections that are taken and never answered."""
    with serving(mute) as port:
        yield "127.0.0.1", port


async def break_and_mend_under(url: str, estate: Estate, seconds: float) -> tuple[int, int]:
    """While the store refuses: one server goes and comes back, the other goes; return when the first was away."""
    mail, web = estate.targets
    await eventually(lambda: unready(url))
    probed = await sample(url, "ictss_probes_total", outcome="up")
    mail.go()
    gone = SystemClock().now()
    await asyncio.sleep(seconds / 2)
    await mail.come()
    back = SystemClock().now()
    web.go()
    await asyncio.sleep(seconds / 2)
    assert (await fetch(url, "/-/ready"))[0] == 503
    assert (await fetch(url, "/-/healthy"))[0] == 200
    now_probed = await sample(url, "ictss_probes_total", outcome="up")
    assert probed is not None
    assert now_probed is not None
    assert now_probed > probed + 2, "probing has stopped"
    assert await is_sample(url, "ictss_service_state", 0, service="web"), "judging has stopped"
    return gone, back


async def unready(url: str) -> bool:
    """Tell whether the daemon says that it does not record."""
    return (await fetch(url, "/-/ready"))[0] == 503


async def ready(url: str) -> bool:
    """Tell whether the daemon says that it records."""
    return (await fetch(url, "/-/ready"))[0] == 200


async def nothing_is_missing(estate: Estate, gone: int, back: int) -> None:
    """See that both outages are in the store with their real times, and that no run has a gap that is unknown."""
    found = {outage.service: outage for outage in await outages(estate.store) if outage.level is Outcome.DOWN}
    assert set(found) == {"mail", "web"}
    assert abs(found["mail"].first_seen_down - gone) < SECOND
    assert found["mail"].end is not None
    assert abs(found["mail"].end - back) < SECOND
    assert abs(found["web"].first_seen_down - back) < SECOND
    for held in (await runs(estate.store, "mail", "web")).values():
        for before, after in pairwise(held):
            assert after.first - before.last < SECOND


@only_sqlite
async def test_a_lock_of_ten_seconds_costs_nothing(estate: Estate) -> None:
    """Another process holds the store's write lock for ten seconds; all that was observed meanwhile is written."""
    async with daemon_of(estate) as signals:
        await eventually(lambda: is_sample(signals.url, "ictss_service_state", 2, service="mail"))
        other = sqlite3.connect(estate.store.removeprefix("sqlite:///"), isolation_level=None, check_same_thread=False)
        await asyncio.to_thread(other.execute, "BEGIN IMMEDIATE")  # the daemon may be in a transaction of its own
        gone, back = await break_and_mend_under(signals.url, estate, 10.0)
        other.execute("ROLLBACK")
        other.close()
        await eventually(lambda: ready(signals.url))
    await nothing_is_missing(estate, gone, back)


@only_sqlite
async def test_a_store_that_was_moved_away_and_back_costs_nothing(estate: Estate) -> None:
    """Without its file the daemon goes on, and makes no other one in its place."""
    path = Path(estate.store.removeprefix("sqlite:///"))
    async with daemon_of(estate) as signals:
        await eventually(lambda: is_sample(signals.url, "ictss_service_state", 2, service="mail"))
        path.rename(path.with_suffix(".away"))  # noqa: ASYNC240  # a moment
        gone, back = await break_and_mend_under(signals.url, estate, 4.0)
        assert not path.exists()  # noqa: ASYNC240
        path.with_suffix(".away").rename(path)
        await eventually(lambda: ready(signals.url))
    await nothing_is_missing(estate, gone, back)


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """Return a directory with a megabyte of space."""
    need_root("mounts a small disk")
    directory = tmp_path / "disk"
    directory.mkdir()
    subprocess.run([need("mount", "mount"), "-t", "tmpfs", "-o", "size=1m", "tmpfs", directory], check=True)
    yield directory
    subprocess.run([need("umount", "mount"), directory], check=True)


@pytest.mark.root
async def test_a_full_disk_costs_nothing_once_there_is_space(small_disk: Path, tmp_path: Path) -> None:
    """The daemon says so once and probes on; with space again, everything is there."""
    url = f"sqlite:///{small_disk}/store.sqlite"
    await upgrade(url)
    async with estate_of(tmp_path, url, "mail", "web") as estate, daemon_of(estate) as signals:
        await eventually(lambda: is_sample(signals.url, "ictss_service_state", 2, service="mail"))
        filler = small_disk / "filler"
        with filler.open("wb", buffering=0) as full:
            try:
                while full.write(bytes(4096)):
                    pass
            except OSError:
                pass
        # What is written goes into the WAL's pages that are there already, until those are used up.
        gone, back = await break_and_mend_under(signals.url, estate, 4.0)
        filler.unlink()
        await eventually(lambda: ready(signals.url))
        signals.stop.set()
        await asyncio.sleep(1.0)
        await nothing_is_missing(estate, gone, back)


@pytest.mark.postgres
async def test_a_server_that_was_away_costs_nothing(tmp_path: Path) -> None:
    """PostgreSQL is killed and started again under the daemon; what happened meanwhile is written."""
    with running_server() as server:
        url = server.url(await server.create_database())
        await upgrade(url)
        async with estate_of(tmp_path, url, "mail", "web") as estate:
            async with daemon_of(estate) as signals:
                await eventually(lambda: is_sample(signals.url, "ictss_service_state", 2, service="mail"))
                server.kill()
                gone, back = await break_and_mend_under(signals.url, estate, 4.0)
                await asyncio.to_thread(server.start)
                await eventually(lambda: ready(signals.url))
            await nothing_is_missing(estate, gone, back)


# Ending, as a process


async def test_sigterm_ends_a_process_within_five_seconds_with_probes_in_flight(estate: Estate) -> None:
    """Probes that nobody answers do not hold it up; what was observed is in the store."""
    with mute_server() as (host, port):
        estate.checks["mute"] = {
            "probe": "tcp",
            "address": f"{host}:{port}",
            "interval": "60s",
            "time_limit": "50s",
            "options": {"expect": "never"},
        }  # fmt: skip
        estate.settings["stop_grace"] = "60s"
        estate.write()
        async with process_of(estate) as lines:
            await asyncio.sleep(1.5)
            stopped = SystemClock().now()
            lines.process.send_signal(signal.SIGTERM)
            async with asyncio.timeout(5.0):
                assert await lines.process.wait() == 0
            said = await lines.rest()
    assert '"stopped"' in said
    assert "Traceback" not in said
    for check in ("mail", "web"):
        (run,) = (await runs(estate.store, check))[check]
        assert stopped - run.last < SECOND


@only_sqlite
async def test_sigterm_while_the_store_is_locked_ends_in_time_and_says_what_is_lost(estate: Estate) -> None:
    """A supervisor would kill it otherwise."""
    async with process_of(estate) as lines:
        other = sqlite3.connect(estate.store.removeprefix("sqlite:///"), isolation_level=None)
        other.execute("BEGIN IMMEDIATE")
        await asyncio.sleep(1.0)
        lines.process.send_signal(signal.SIGTERM)
        async with asyncio.timeout(5.0):
            await lines.process.wait()
        said = await lines.rest()
        other.close()
    assert "stopped before everything was written" in said
    assert "Traceback" not in said


@pytest.mark.postgres
async def test_sigterm_while_the_server_says_nothing_ends_in_time(tmp_path: Path) -> None:
    """A server that is neither there nor gone, as behind a broken network, does not hold up the end."""
    with running_server() as server:
        url = server.url(await server.create_database())
        await upgrade(url)
        async with estate_of(tmp_path, url, "mail") as estate, process_of(estate) as lines:
            await asyncio.sleep(0.5)
            with server.frozen():
                await asyncio.sleep(0.5)
                lines.process.send_signal(signal.SIGTERM)
                async with asyncio.timeout(5.0):
                    await lines.process.wait()
            said = await lines.rest()
    assert "stopped before everything was written" in said
    assert "Traceback" not in said


@only_sqlite
async def test_a_second_interrupt_ends_at_once(estate: Estate) -> None:
    """Whoever presses Ctrl-C twice does not wait for probes in flight, and sees no traceback."""
    with mute_server() as (host, port):
        estate.checks["mute"] = {
            "probe": "tcp",
            "address": f"{host}:{port}",
            "interval": "60s",
            "time_limit": "50s",
            "options": {"expect": "never"},
        }  # fmt: skip
        estate.settings["stop_grace"] = "60s"
        estate.write()
        async with process_of(estate) as lines:
            await asyncio.sleep(1.0)
            lines.process.send_signal(signal.SIGINT)
            await lines.until('"stopping"')
            lines.process.send_signal(signal.SIGINT)
            async with asyncio.timeout(1.5):
                assert await lines.process.wait() == -signal.SIGINT  # a shell says 130
            assert "Traceback" not in await lines.rest()


@only_sqlite
async def test_sighup_reloads_a_process(estate: Estate) -> None:
    """Refused with one line naming the place, then taken."""
    async with process_of(estate) as lines:
        good = estate.path.read_text()
        estate.path.write_text(good.replace("rule: mail", "rule: mial"))
        lines.process.send_signal(signal.SIGHUP)
        assert "did you mean 'mail'?" in await lines.until("reload refused")
        estate.path.write_text(good)
        lines.process.send_signal(signal.SIGHUP)
        await lines.until("catalogue reloaded")
        lines.process.send_signal(signal.SIGTERM)
        assert await lines.process.wait() == 0


@only_sqlite
async def test_a_log_that_cannot_be_written_stops_nothing(estate: Estate) -> None:
    """The log's disk is full, the store's is not: probing and recording go on, and the end is a clean one."""
    with open("/dev/full", "wb") as full:  # noqa: ASYNC230
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "ictss_monitor", "-c", str(estate.path), "run"), stderr=full
        )
        await eventually(lambda: has_runs(estate))
        estate.targets[0].go()
        await asyncio.sleep(1.0)
        process.send_signal(signal.SIGTERM)
        async with asyncio.timeout(5.0):
            assert await process.wait() == 0
    assert [outage.service for outage in await outages(estate.store) if outage.level is Outcome.DOWN] == ["mail"]


async def has_runs(estate: Estate) -> bool:
    """Tell whether anything has been recorded."""
    return bool((await runs(estate.store, "mail"))["mail"])
