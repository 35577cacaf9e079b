"""Host names of icmp checks: looked up beside the loop, and whose fault it is when that fails."""

from __future__ import annotations

import asyncio
import socket
import time
from collections.abc import AsyncIterator
from typing import Any

import pytest
from support.pings import never, pinging

from ictss_monitor.probe import ProbeFailure, ProbeTrouble, Reason
from probes.icmp import IcmpOptions, IcmpProbe

LIVE = "127.0.0.1"


@pytest.fixture
async def probe() -> AsyncIterator[IcmpProbe]:
    """A probe with the right to ping."""
    async with pinging() as opened:
        yield opened


async def test_a_name_is_looked_up(probe: IcmpProbe) -> None:
    """A host name is pinged at its address of the IP version asked for."""
    for family in (4, "auto"):
        found = await probe.run(IcmpOptions(address="localhost", packets=1, family=family), 4.0)
        assert found.outcome == "up"
    assert socket.AF_INET in probe._engines


async def test_a_literal_needs_no_look_up_and_no_task(probe: IcmpProbe) -> None:
    """Pinging an address starts no task, and asks no resolver."""
    before = len(asyncio.all_tasks())
    forget = probe.start(IcmpOptions(address=LIVE), 1.0, lambda found: None)
    assert len(asyncio.all_tasks()) == before
    assert not probe._look_ups
    forget()


@pytest.mark.parametrize(
    ("error", "kind", "reason"),
    [
        (socket.gaierror(socket.EAI_NONAME, "no such name"), ProbeFailure, Reason.NAME),
        (socket.gaierror(socket.EAI_AGAIN, "try again"), ProbeTrouble, Reason.RESOLVER),
    ],
)
async def test_a_name_that_fails_tells_whose_fault_it_is(
    probe: IcmpProbe, error: Exception, kind: type[ProbeFailure | ProbeTrouble], reason: Reason
) -> None:
    """A name that does not exist is the far end's fault, name servers that do not answer are ours."""

    def fail(*_: object) -> list[Any]:
        raise error

    probe._resolver._look_up = fail
    with pytest.raises(kind) as told:
        await probe.run(IcmpOptions(address="host.example"), 2.0)
    assert told.value.reason is reason


async def test_a_look_up_that_outlasts_the_limit_is_our_trouble(probe: IcmpProbe) -> None:
    """The limit holds for the look-up, too; not to know the address is no outage of the host."""
    probe._resolver._look_up = lambda *_: time.sleep(1.0) or []  # type: ignore[func-returns-value]
    begun = time.monotonic()
    with pytest.raises(ProbeTrouble) as told:
        await probe.run(IcmpOptions(address="host.example"), 0.1)
    assert told.value.reason is Reason.RESOLVER
    assert time.monotonic() - begun < 0.8


async def test_a_look_up_can_be_forgotten(probe: IcmpProbe) -> None:
    """What is forgotten while its name is looked up is not reported, and its task ends."""
    probe._resolver._look_up = lambda *_: time.sleep(0.2) or [(socket.AF_INET, 1, 0, "", (LIVE, 0))]  # type: ignore[func-returns-value]
    probe.start(IcmpOptions(address="host.example"), 2.0, never)()
    await asyncio.sleep(0.3)
    assert not probe._look_ups
    assert not probe._engines


async def test_closing_during_a_look_up_reports_it(probe: IcmpProbe) -> None:
    """An exchange whose name is still looked up when the probe is closed is told so, as unknown."""
    probe._resolver._look_up = lambda *_: time.sleep(0.2) or []  # type: ignore[func-returns-value]
    found = list[Any]()
    async with IcmpProbe() as closing:
        closing._resolver._look_up = probe._resolver._look_up
        closing.start(IcmpOptions(address="host.example"), 2.0, found.append)
        await asyncio.sleep(0)
    await asyncio.sleep(0)
    assert [type(told) for told in found] == [ProbeTrouble]
