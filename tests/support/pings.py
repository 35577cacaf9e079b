"""What tests of the icmp probe do in a network of their own: functions that `support.tun.in_tun` calls."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ictss_monitor.probe import Finding, Outcome, ProbeFailure, ProbeTrouble
from probes._icmp_engine import Engine
from probes._icmp_packet import IPV4
from probes._icmp_socket import IcmpSocket
from probes.icmp import IcmpOptions, IcmpProbe

if TYPE_CHECKING:
    import pytest


@dataclass
class Told:
    """What was found of each check, in their order, and what was seen of the sockets meanwhile."""

    findings: list[Finding] = field(default_factory=list)
    calls: int = 0
    """How often a finding was reported; more than checks would be a fault."""
    most_outstanding: int = 0
    outstanding: int = 0
    """Packets still waited for at the end."""
    receive_buffer: int = 0
    drops: int = 0
    raw: bool = False
    capabilities: int = 0

    @property
    def outcomes(self) -> list[str]:
        """The outcomes and reasons, `up/ok` and the like."""
        return [f"{finding.outcome}/{finding.reason}" for finding in self.findings]


def as_finding(found: Finding | Exception) -> Finding:
    """Return what the core makes of what a probe reported."""
    match found:
        case Finding():
            return found
        case ProbeFailure():
            return Finding(Outcome.DOWN, found.reason, None, dict(found.measurements), found.detail)
        case ProbeTrouble():
            return Finding(Outcome.UNKNOWN, found.reason, None, {}, found.detail)
    raise found


@asynccontextmanager
async def pinging() -> AsyncIterator[IcmpProbe]:
    """Open a probe; skip, or in CI fail, where the system grants no ICMP socket."""
    try:
        IcmpSocket(IPV4, 1).close()
    except ProbeTrouble as trouble:
        from support.needs import lack  # brings pytest, which processes without tests need not wait for

        lack(trouble.detail)
    async with IcmpProbe() as probe:
        yield probe


def only_engine(probe: IcmpProbe) -> Engine:
    """Return the engine of the one IP version in use."""
    (engine,) = probe._engines.values()
    return engine


def never(found: Finding | Exception) -> None:
    """Be the reporter of an exchange that must not report."""
    raise AssertionError(f"reported {found!r}")


async def ping(
    checks: Sequence[dict[str, Any]],
    limit: float,
    buffer: int | None = None,
    busy_from: float = 0.0,
    busy_for: float = 0.0,
) -> Told:
    """Start all `checks` at once, and wait for their findings.

    `buffer` None leaves the kernel's default receive buffer. From `busy_from` on the loop does nothing for `busy_for`
    seconds.
    """
    told = Told()
    found: dict[int, Finding] = {}
    complete = asyncio.Event()
    loop = asyncio.get_running_loop()

    async with IcmpProbe(buffer) as probe:
        for index, check in enumerate(checks):

            def report(finding: Finding | Exception, index: int = index) -> None:
                told.calls += 1
                found[index] = as_finding(finding)
                if len(found) == len(checks):
                    complete.set()

            try:
                probe.start(IcmpOptions(**check), limit, report)
            except ProbeTrouble as trouble:
                report(trouble)
        if busy_for:
            loop.call_later(busy_from, time.sleep, busy_for)
        engines = probe._engines.values()
        while not complete.is_set():
            told.most_outstanding = max(told.most_outstanding, sum(engine.outstanding for engine in engines))
            await asyncio.sleep(0.005)
        # Long enough for a second report of the same exchange to show, should there be one.
        await asyncio.sleep(0.05)
        for engine in engines:
            told.outstanding += engine.outstanding
            told.receive_buffer = engine._socket.receive_buffer
            told.drops += engine._socket.drops()
            told.raw = engine._socket.raw
    told.findings = [found[index] for index in range(len(checks))]
    told.capabilities = capabilities()
    return told


def capabilities() -> int:
    """Return the effective capabilities of this process, a bit for each."""
    return int(Path("/proc/self/status").read_text().split("CapEff:")[1].split()[0], 16)


async def ping_again_and_again(address: str, times: int, limit: float) -> Told:
    """Ping `address` `times` times, one after the other, on one socket."""
    told = Told()
    async with IcmpProbe() as probe:
        for _ in range(times):
            try:
                told.findings.append(await probe.run(IcmpOptions(address=address, packets=1), limit))
            except (ProbeFailure, ProbeTrouble) as error:
                told.findings.append(as_finding(error))
        told.outstanding = sum(engine.outstanding for engine in probe._engines.values())
    return told


def hosts(number: int) -> list[str]:
    """Return `number` addresses of the network behind the TUN device."""
    return [f"10.{1 + index // 60000}.{index // 250 % 240}.{1 + index % 250}" for index in range(number)]


def deaf(probe: IcmpProbe, monkeypatch: pytest.MonkeyPatch) -> None:
    """Have the kernel pass no reply to the probe's next socket, as if every host were dead."""
    set_up = IcmpSocket._set_up

    def set_up_deaf(opened: IcmpSocket, identifier: int, buffer: int | None) -> int:
        told = set_up(opened, identifier, buffer)
        opened._socket.setsockopt(255, 1, b"\xff\xff\xff\xff")  # ICMP_FILTER: block all types
        return told

    monkeypatch.setattr(IcmpSocket, "_set_up", set_up_deaf)
