"""The demo itself: starts the estate, the daemon and the live table, and compares at the end."""

from __future__ import annotations

import asyncio
import json
import shutil
import sys
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import click
from rich.live import Live

from ictss_monitor import daemon, logs
from ictss_monitor.clock import SystemClock
from ictss_monitor.demo import catalogue as demo_catalogue
from ictss_monitor.demo.agents import PowerAgent
from ictss_monitor.demo.comparison import Caused, Line, Recorded, Verdict, compare
from ictss_monitor.demo.plan import PROMISES, Mode
from ictss_monitor.demo.table import comparison_table, live_table
from ictss_monitor.errors import MonitorError, UsageError
from ictss_monitor.loading import loader
from ictss_monitor.probe import Outcome
from ictss_monitor.screen import console
from ictss_monitor.store import schema
from ictss_monitor.store.engine import Store, open_store
from ictss_monitor.store.outages import outages_between

ENDLESS: Final = 24 * 3600.0
"""How far ahead an open-ended demo is planned."""
SHORTEST: Final = 20.0
LISTEN: Final = "127.0.0.1:9860"


@dataclass(slots=True)
class Truth:
    """What the injector said that it did."""

    caused: list[Caused] = field(default_factory=list)

    def note(self, said: dict[str, Any]) -> None:
        """Take one line of the injector's log."""
        self.caused = [
            Caused(one.server, one.mode, one.begin, said["at"])
            if one.server == said["server"] and one.end is None
            else one
            for one in self.caused
        ]
        if said["mode"] != Mode.WELL:
            self.caused.append(Caused(said["server"], said["mode"], said["at"], None))


async def show(seed: int, duration: float | None, folder: Path | None) -> bool:
    """Run the demo, for `duration` seconds or until it is interrupted; tell whether the record was right."""
    if duration is not None and duration < SHORTEST:
        raise UsageError(f"--for {duration:g}s is too short to break and mend anything: give at least {SHORTEST:g}s")
    kept = folder or Path(tempfile.mkdtemp(prefix="ictss-demo-"))
    kept.mkdir(parents=True, exist_ok=True)
    try:
        return await _show(seed, duration, kept)
    finally:
        if folder is None:
            shutil.rmtree(kept, ignore_errors=True)


async def _show(seed: int, duration: float | None, folder: Path) -> bool:
    url = f"sqlite:///{_fresh_store(folder)}"
    with (folder / "daemon.log").open("w", encoding="utf-8") as log_file:
        logs.configure("console", stream=log_file)
        async with injector(folder, seed, duration or ENDLESS) as process:
            hello = await _line(process)
            config = folder / "catalogue.yaml"
            (folder / "community").write_text(PowerAgent.COMMUNITY)
            listen, since = await _free_address(), SystemClock().now()
            config.write_text(demo_catalogue.write(hello["ports"], hello["authority"], url, listen, since))
            await schema.upgrade(url)
            truth, ended = await _watch(process, config, url, duration, folder)
            async with open_store(url) as store:
                lines = await _compare(store, truth, ended)
    console().print(comparison_table(lines))
    return all(line.verdict in (Verdict.RIGHT, Verdict.UNSEEN) for line in lines)


def _fresh_store(folder: Path) -> Path:
    for old in folder.glob("demo.sqlite*"):
        old.unlink()
    return folder / "demo.sqlite"


async def _watch(
    process: asyncio.subprocess.Process, config: Path, url: str, duration: float | None, folder: Path
) -> tuple[Truth, int]:
    """Run the daemon beside the injector; return what was caused, and when watching ended."""
    signals, truth, clock = daemon.Signals(), Truth(), SystemClock()
    async with asyncio.TaskGroup() as tasks:
        watching = tasks.create_task(daemon.run(loader(config), signals))
        await signals.ready.wait()
        assert process.stdin is not None
        process.stdin.write(b"start\n")
        reading = tasks.create_task(_read_log(process, truth))
        shown = tasks.create_task(_keep_shown(url, config, signals.url, truth, duration, folder))
        try:
            await asyncio.sleep(duration or ENDLESS)
        except asyncio.CancelledError:
            if duration is not None:
                raise
            asyncio.current_task().uncancel()  # type: ignore[union-attr]  # interrupted by hand: the end of an endless demo
        finally:
            ended = clock.now()
            shown.cancel()
            signals.stop.set()
        await watching
        reading.cancel()
    return truth, ended


async def _read_log(process: asyncio.subprocess.Process, truth: Truth) -> None:
    while True:
        truth.note(await _line(process))


async def _keep_shown(url: str, config: Path, web: str, truth: Truth, duration: float | None, folder: Path) -> None:
    """Redraw the table twice a second from what the store holds, as any reader could."""
    screen = console()
    loaded = (await loader(config)()).catalogue
    clock = SystemClock()
    started = clock.monotonic()
    async with open_store(url) as store:
        with Live(console=screen, refresh_per_second=2, transient=True) as live:
            while True:
                left = None if duration is None else max(0.0, started + duration - clock.monotonic())
                broken = [one for one in truth.caused if one.end is None]
                live.update(await live_table(store, loaded, clock.now(), web, broken, left, folder))
                await asyncio.sleep(0.5 if screen.is_terminal else 5.0)


async def _compare(store: Store, truth: Truth, ended: int) -> list[Line]:
    async with store.read() as tx:
        found = await outages_between(tx, 0, ended + 1)
    recorded = [
        Recorded(one.service, one.council, one.first_seen_down, one.end) for one in found if one.level is Outcome.DOWN
    ]
    return compare(truth.caused, recorded, PROMISES, ended)


@asynccontextmanager
async def injector(folder: Path, seed: int, duration: float) -> AsyncIterator[asyncio.subprocess.Process]:
    """Run the injector in a process of its own."""
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "ictss_monitor.demo.injector", str(folder), str(seed), str(duration)),
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
    )
    try:
        yield process
    finally:
        assert process.stdin is not None
        process.stdin.close()
        try:
            async with asyncio.timeout(3.0):
                await process.wait()
        except TimeoutError:
            process.kill()
            await process.wait()


async def _line(process: asyncio.subprocess.Process) -> dict[str, Any]:
    assert process.stdout is not None
    line = await process.stdout.readline()
    if not line:
        raise MonitorError("the demo's estate ended unexpectedly; its error stands above")
    said: dict[str, Any] = json.loads(line)
    return said


async def _free_address() -> str:
    """Return the usual address of the web server, or any free port where that one is taken."""
    host, port = LISTEN.split(":")
    try:
        probe = await asyncio.start_server(lambda _, writer: writer.close(), host, int(port))
    except OSError:
        probe = await asyncio.start_server(lambda _, writer: writer.close(), host, 0)
    bound = probe.sockets[0].getsockname()
    probe.close()
    await probe.wait_closed()
    if bound[1] != int(port):
        click.echo(f"port {port} is taken; the demo listens on {bound[1]}", err=True)
    return f"{bound[0]}:{bound[1]}"
