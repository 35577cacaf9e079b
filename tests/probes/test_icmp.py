"""The icmp probe on loopback: what it measures, and what its options mean."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Callable
from typing import Any

import pytest
import uvloop
from pydantic import ValidationError
from support.pings import deaf, pinging

from ictss_monitor.probe import Outcome, ProbeTrouble, Reason
from probes.icmp import IcmpOptions, IcmpProbe

LIVE = "127.0.0.1"


@pytest.fixture
async def probe() -> AsyncIterator[IcmpProbe]:
    """A probe with the right to ping."""
    async with pinging() as opened:
        yield opened


@pytest.mark.parametrize("address", [LIVE, "127.9.8.7", "::1", "0:0::0:1"])
async def test_a_live_host_is_up(probe: IcmpProbe, address: str) -> None:
    """Loopback answers all three packets over IPv4 and IPv6, however its address is written."""
    found = await probe.run(IcmpOptions(address=address, spacing=0.02), 2.0)
    assert (found.outcome, found.reason) == (Outcome.UP, Reason.OK)
    measured = found.measurements
    assert measured["loss_ratio"] == 0.0
    assert 0 < measured["rtt_min_seconds"] <= measured["rtt_mean_seconds"] <= measured["rtt_max_seconds"] < 0.5
    assert measured["jitter_seconds"] <= measured["rtt_max_seconds"] - measured["rtt_min_seconds"] + 1e-9
    assert found.latency == measured["rtt_mean_seconds"]


async def test_one_packet_has_no_jitter(probe: IcmpProbe) -> None:
    """A single round trip has a time but no variation."""
    found = await probe.run(IcmpOptions(address=LIVE, packets=1), 2.0)
    assert set(found.measurements) == {"loss_ratio", "rtt_min_seconds", "rtt_mean_seconds", "rtt_max_seconds"}
    assert len(set(found.measurements.values()) - {0.0}) == 1


async def test_it_ends_when_all_packets_are_answered(probe: IcmpProbe) -> None:
    """An answered exchange does not wait for its time limit, and its packets leave one spacing apart."""
    begun = time.monotonic()
    await probe.run(IcmpOptions(address=LIVE, packets=3, spacing=0.1), 30.0)
    assert 0.2 <= time.monotonic() - begun < 5.0


async def test_packets_are_squeezed_into_a_short_limit(probe: IcmpProbe) -> None:
    """Where the spacing does not fit the limit, the packets leave in its first half instead of being lost."""
    begun = time.monotonic()
    found = await probe.run(IcmpOptions(address=LIVE, packets=5, spacing=10.0), 1.2)
    assert found.measurements["loss_ratio"] == 0.0
    assert time.monotonic() - begun < 1.15


async def test_a_mute_host_is_down_in_time(probe: IcmpProbe, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without a reply the finding is down for the reason timeout, all packets lost, when the limit has passed."""
    deaf(probe, monkeypatch)
    begun = time.monotonic()
    found = await probe.run(IcmpOptions(address=LIVE), 0.3)
    assert 0.3 <= time.monotonic() - begun < 1.0
    assert (found.outcome, found.reason, found.latency) == (Outcome.DOWN, Reason.TIMEOUT, None)
    assert found.measurements == {"loss_ratio": 1.0}
    assert found.detail == "no reply from 127.0.0.1 to 3 packets within 0.3 s"


async def test_a_busy_loop_is_not_measured_as_round_trip_time(probe: IcmpProbe) -> None:
    """Replies carry the kernel's time of arrival, so that a loop that reads late does not make a host look slow."""
    probe.start(IcmpOptions(address=LIVE, packets=1), 5.0, (found := list[Any]()).append)
    time.sleep(0.2)  # noqa: ASYNC251  # the loop is to be blocked
    while not found:  # noqa: ASYNC110
        await asyncio.sleep(0.005)
    assert found[0].latency < 0.1


@pytest.mark.parametrize("new_loop", [asyncio.new_event_loop, uvloop.new_event_loop], ids=["asyncio", "uvloop"])
def test_replies_that_came_in_time_count_even_if_read_late(new_loop: Callable[[], asyncio.AbstractEventLoop]) -> None:
    """A loop that is busy beyond the deadline reads what arrived before it judges, whichever loop it is."""

    async def read_late() -> list[Any]:
        found = list[Any]()
        async with pinging() as probe:
            for _ in range(2):
                probe.start(IcmpOptions(address=LIVE, packets=1), 0.1, found.append)
                time.sleep(0.3)  # noqa: ASYNC251  # the loop is to be blocked
                await asyncio.sleep(0.1)
        return found

    with asyncio.Runner(loop_factory=new_loop) as runner:
        found = runner.run(read_late())
    assert [finding.outcome for finding in found] == ["up", "up"]


@pytest.mark.parametrize("payload", [8, 9, 57, 1400])
async def test_any_payload_size_is_answered(probe: IcmpProbe, payload: int) -> None:
    """Even and odd sizes from the cookie alone to nearly the MTU make the round trip."""
    for address in (LIVE, "::1"):
        found = await probe.run(IcmpOptions(address=address, packets=1, payload=payload), 1.0)
        assert found.outcome == "up"


async def test_a_link_local_address_needs_its_interface(probe: IcmpProbe) -> None:
    """An address with the zone of an interface that does not exist is our configuration's fault."""
    with pytest.raises(ProbeTrouble) as told:
        await probe.run(IcmpOptions(address="fe80::1%nosuchif0"), 1.0)
    assert told.value.reason is Reason.CONFIGURATION


@pytest.mark.parametrize(
    "options",
    [
        {"address": "224.0.0.1"},
        {"address": "ff02::1"},
        {"address": "0.0.0.0"},
        {"address": "::"},
        {"address": "::ffff:192.0.2.1"},
        {"address": "192.0.2.1/24"},
        {"address": "192.0.2.1:80"},
        {"address": "two words"},
        {"address": ""},
        {"address": "x" * 254},
        {"address": "::1", "family": 4},
        {"address": "127.0.0.1", "family": 6},
        {"address": LIVE, "family": 5},
        {"address": LIVE, "packets": 0},
        {"address": LIVE, "packets": 21},
        {"address": LIVE, "spacing": 0},
        {"address": LIVE, "payload": 7},
        {"address": LIVE, "payload": 1401},
        {"address": LIVE, "port": 7},
    ],
)
def test_wrong_options_are_refused(options: dict[str, Any]) -> None:
    """What cannot be pinged or makes no sense is an error of the catalogue, not a probe that fails for ever."""
    with pytest.raises(ValidationError):
        IcmpOptions(**options)


def test_options_from_the_command_line_are_text() -> None:
    """`--set family=4 --set packets=2` means the same as in YAML."""
    assert IcmpOptions(address=LIVE, family="4", packets="2") == IcmpOptions(address=LIVE, family=4, packets=2)  # type: ignore[arg-type]
