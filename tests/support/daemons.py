"""The real daemon for tests: in the test's own process, or as a process of its own, with targets on loopback."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import aiohttp
import yaml
from prometheus_client.parser import text_string_to_metric_families
from support.injector import Target

from ictss_monitor import daemon
from ictss_monitor.judging.evidence import Run
from ictss_monitor.judging.outages import Outage
from ictss_monitor.loading import loader
from ictss_monitor.store.engine import open_store
from ictss_monitor.store.evidence import runs_for
from ictss_monitor.store.outages import outages_between

EVER = 2**60


@dataclass
class Estate:
    """What a catalogue file says, to be changed and written again."""

    path: Path
    store: str
    targets: list[Target] = field(default_factory=list)
    settings: dict[str, Any] = field(default_factory=dict)
    checks: dict[str, Any] = field(default_factory=dict)
    services: dict[str, Any] = field(default_factory=dict)

    def write(self) -> Path:
        """Write the catalogue: a check and a service of the same name for each target, and what was added."""
        pace = {"interval": "200ms", "retry_interval": "100ms", "time_limit": "150ms", "fall": 2, "rise": 2}
        self.path.with_name("store.url").write_text(self.store)  # it may hold a password
        settings = {
            "store": "file:store.url",
            "listen": "127.0.0.1:0",
            "heartbeat_interval": "200ms",
            "stop_grace": "1s",
        }
        checks = {each.name: {"probe": "tcp", "address": f"{each.host}:{each.port}"} for each in self.targets}
        services = {name: {"councils": ["here"], "rule": name} for name in checks}
        told = {
            "settings": settings | self.settings,
            "defaults": {"tcp": pace},
            "councils": {"here": None},
            "checks": checks | self.checks,
            "services": services | self.services,
        }
        self.path.write_text(yaml.safe_dump(told))
        return self.path


@asynccontextmanager
async def estate_of(path: Path, store: str, *names: str) -> AsyncIterator[Estate]:
    """Give an estate of servers that listen, its catalogue written; close them at the end."""
    targets = [Target(name, f"127.22.0.{index + 1}") for index, name in enumerate(names)]
    for target in targets:
        await target.come()
    estate = Estate(path / "catalogue.yaml", store, targets)
    estate.write()
    try:
        yield estate
    finally:
        for target in targets:
            if target.listener is not None:
                target.go()


@asynccontextmanager
async def daemon_of(estate: Estate) -> AsyncIterator[daemon.Signals]:
    """Run the daemon in this process; stop it in order at the end."""
    signals = daemon.Signals()
    async with asyncio.TaskGroup() as tasks:
        watching = tasks.create_task(daemon.run(loader(estate.path), signals))
        ready = tasks.create_task(signals.ready.wait())
        await asyncio.wait([watching, ready], return_when=asyncio.FIRST_COMPLETED)
        ready.cancel()
        if not watching.done():
            try:
                yield signals
            finally:
                signals.stop.set()


@dataclass
class Lines:
    """What a process wrote on standard error, line by line."""

    process: asyncio.subprocess.Process
    held: list[str] = field(default_factory=list)

    async def until(self, said: str, seconds: float = 20.0) -> str:
        """Return the first line from now on that holds `said`."""
        assert self.process.stderr is not None
        async with asyncio.timeout(seconds):
            while line := (await self.process.stderr.readline()).decode():
                self.held.append(line)
                if said in line:
                    return line
        raise AssertionError(f"the daemon ended without saying {said!r}:\n{''.join(self.held)}")

    async def rest(self) -> str:
        """Return all that it says until its end."""
        assert self.process.stderr is not None
        text = (await self.process.stderr.read()).decode()
        self.held.append(text)
        return text


@asynccontextmanager
async def process_of(estate: Estate) -> AsyncIterator[Lines]:
    """Run the daemon as a process, and return once it watches; killed at the end where it still runs."""
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "ictss_monitor", "-c", str(estate.path), "run", "--log-format", "json"),
        stderr=asyncio.subprocess.PIPE,
    )
    lines = Lines(process)
    try:
        await lines.until('"watching"')
        yield lines
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()


async def eventually(holds: Callable[[], Awaitable[bool]], seconds: float = 20.0) -> None:
    """Return as soon as `holds` does; fail where it does not within `seconds`."""
    async with asyncio.timeout(seconds):
        while not await holds():  # noqa: ASYNC110  # it is another process, or the far end of a socket
            await asyncio.sleep(0.05)


async def fetch(url: str, path: str) -> tuple[int, str]:
    """Return status and text of a page."""
    async with aiohttp.ClientSession() as session, session.get(url + path) as answer:
        return answer.status, await answer.text()


async def sample(url: str, name: str, **labels: str) -> float | None:
    """Return the value of a sample of /metrics, None where there is none."""
    _, text = await fetch(url, "/metrics")
    for family in text_string_to_metric_families(text):
        for each in family.samples:
            if each.name == name and labels.items() <= each.labels.items():
                return float(each.value)
    return None


async def is_sample(url: str, name: str, value: float, **labels: str) -> bool:
    """Tell whether a scrape has this value."""
    return await sample(url, name, **labels) == value


async def outages(store: str) -> list[Outage]:
    """Return all outages that the store holds."""
    async with open_store(store) as opened, opened.read() as tx:
        return await outages_between(tx, 0, EVER)


async def runs(store: str, *checks: str) -> dict[str, list[Run]]:
    """Return all runs of these checks."""
    async with open_store(store) as opened, opened.read() as tx:
        return await runs_for(tx, [(check, 10**9) for check in checks], "local", 0, EVER)
