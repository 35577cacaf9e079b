"""The dhcp probe as from a relay, against servers on loopback that offer, misbehave or keep silent."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Iterable
from ipaddress import IPv4Address
from typing import Any

import pytest
from pydantic import ValidationError
from support.dhcp_messages import answer
from support.dns_servers import Respond, name_server, silent
from support.running import LoopFactory, both_loops, found_by

from ictss_monitor.probe import Finding, Outcome, Reason
from probes.dhcp import DhcpOptions, DhcpProbe

UP, DOWN, UNKNOWN = Outcome.UP, Outcome.DOWN, Outcome.UNKNOWN
RELAY = "127.0.0.2"


def relayed(port: int = 67, **more: Any) -> dict[str, Any]:
    """Return options that ask a server on loopback as from a relay beside it."""
    return {"address": "127.0.0.1", "mode": "relay", "giaddr": RELAY, "port": port, "listen": 0.05, **more}


def found(respond: Respond, limit: float = 0.3, **more: Any) -> Finding:
    """Return what is found at a server that answers so."""
    with name_server(respond) as port:
        return found_by(DhcpProbe, limit=limit, **relayed(port, **more))


def offering(**told: Any) -> Respond:
    """Return a server that answers every message with one made so."""
    return lambda asked, _: [answer(asked, **told)]


@both_loops
def test_offer_is_up_and_measured(loop: LoopFactory) -> None:
    """An offer is up, with its lease, the number of servers, and what is offered by whom."""
    with name_server(offering()) as port:
        finding = found_by(DhcpProbe, loop, limit=2.0, **relayed(port))
    assert (finding.outcome, finding.reason) == (UP, Reason.OK)
    assert finding.measurements == {"offers": 1, "unexpected_offers": 0, "discovers": 1, "lease_seconds": 3600}
    assert finding.latency is not None
    assert 0 < finding.latency < 0.5
    assert finding.detail == "192.0.2.1 offers 192.0.2.100"


def test_lease_without_end_is_not_measured() -> None:
    """Infinity is no number of seconds that a limit could be compared with."""
    assert "lease_seconds" not in found(offering(more={51: b"\xff" * 4})).measurements


def test_only_discovers_are_sent() -> None:
    """After the offer nothing follows: no REQUEST, and nothing is repeated."""
    heard: list[bytes] = []

    def respond(asked: bytes, _: Any) -> Iterable[bytes]:
        heard.append(asked)
        return [answer(asked)]

    assert found(respond, limit=1.5, listen=1.4).outcome is UP
    assert [message[240:243] for message in heard if message] == [b"\x35\x01\x01"]


def test_silence_is_down_and_asked_again_within_the_limit() -> None:
    """A lost DISCOVER is repeated after about a second, as the same transaction with the seconds told."""
    heard: list[bytes] = []

    def respond(asked: bytes, _: Any) -> Iterable[bytes]:
        heard.append(asked)
        return [answer(asked)] if len(heard) == 2 else []

    finding = found(respond, limit=2.0)
    assert (finding.outcome, finding.measurements["discovers"]) == (UP, 2)
    assert heard[0][4:8] == heard[1][4:8]
    assert finding.latency is not None
    assert 0.7 < finding.latency < 1.6
    mute = found(silent)
    assert (mute.outcome, mute.reason) == (DOWN, Reason.TIMEOUT)
    assert mute.detail == "no offer within 0.3 s, asked once"


def test_offer_of_another_server_only_is_a_mismatch_that_names_it() -> None:
    """Where a server is expected, another's offer is no substitute."""
    finding = found(offering(server="192.0.2.66"), expect_server="192.0.2.1")
    assert (finding.outcome, finding.reason) == (DOWN, Reason.MISMATCH)
    assert finding.detail == "offered by 192.0.2.66, where 192.0.2.1 was expected"
    assert finding.measurements["unexpected_offers"] == 1


def test_offer_of_another_server_beside_the_expected_one_is_measured() -> None:
    """A rogue server shows as `unexpected_offers`, for a limit of the catalogue, whichever of the two is first."""
    both = lambda asked, _: [answer(asked, server="192.0.2.66"), answer(asked), answer(asked)]  # noqa: E731
    finding = found(both, expect_server=["192.0.2.1", "192.0.2.2"])
    assert (finding.outcome, finding.measurements["unexpected_offers"], finding.measurements["offers"]) == (UP, 1, 2)
    assert "192.0.2.66" in finding.detail


def test_posing_as_many_servers_is_bounded() -> None:
    """A server that poses as hundreds fills no memory and hides nothing of the finding."""
    many = lambda asked, _: [answer(asked, server=str(IPv4Address(number))) for number in range(1, 300)]  # noqa: E731
    finding = found(many, expect_server="192.0.2.1")
    assert finding.reason is Reason.MISMATCH
    assert finding.measurements["offers"] == 32
    assert len(finding.detail) < 200


@pytest.mark.parametrize(
    ("wanted", "says"),
    [
        ({"expect_subnet": "198.51.100.0/24"}, "192.0.2.100, which is not in 198.51.100.0/24"),
        ({"expect_options": {"router": "192.0.2.2"}}, "router 192.0.2.1, where 192.0.2.2 was expected"),
        ({"expect_options": {"router": ["192.0.2.1", "192.0.2.2"]}}, "where 192.0.2.1, 192.0.2.2 was expected"),
        ({"expect_options": {"dns": []}}, "no dns"),
        ({"expect_options": {"domain": "example.org"}}, "domain 'example.net', where 'example.org' was expected"),
        ({"expect_options": {43: "0x0102"}}, "vendor 0x0101, where 0x0102 was expected"),
        ({"expect_options": {51: 7200}}, "lease 3600, where 7200 was expected"),
    ],
)
def test_offer_of_something_else_is_a_mismatch(wanted: dict[str, Any], says: str) -> None:
    """Address and options must be as expected; what came instead is told."""
    finding = found(offering(more={15: b"example.net\0", 43: b"\1\1"}), **wanted)
    assert (finding.outcome, finding.reason) == (DOWN, Reason.MISMATCH)
    assert finding.detail.startswith("192.0.2.1 offers ")
    assert finding.detail.endswith(says)


def test_offer_of_what_is_expected_is_up() -> None:
    """Lists in any order, texts with the end mark that some servers send, numbers and octets all compare."""
    more = {6: bytes((192, 0, 2, 53, 192, 0, 2, 54)), 15: b"example.org\0", 43: b"\1\1", 66: b"phones.example.org"}
    wanted = {"dns": ["192.0.2.54", "192.0.2.53"], "domain": "example.org", 43: "0x0101", 51: 3600, "tftp_server": []}
    finding = found(offering(more=more), expect_options=wanted, expect_subnet=["10.0.0.0/8", "192.0.2.0/24"])
    assert finding.outcome is UP, finding.detail


@pytest.mark.parametrize(
    ("told", "reason"),
    [
        ({"server": None}, Reason.PROTOCOL),
        ({"raw": b"\x35"}, Reason.PROTOCOL),
        ({"kind": 6}, Reason.TIMEOUT),
    ],
)
def test_answer_that_is_no_offer_is_down(told: dict[str, Any], reason: Reason) -> None:
    """One that breaks the rules is told as that; one that is merely not an offer is waited past."""
    finding = found(offering(**told))
    assert (finding.outcome, finding.reason) == (DOWN, reason)


def test_answers_to_others_are_not_ours() -> None:
    """Neither another transaction nor another client's hardware address is taken for an offer to us."""

    def respond(asked: bytes, _: Any) -> Iterable[bytes]:
        other = asked[:4] + b"none" + asked[8:]
        neighbour = asked[:28] + b"\2\0\0\0\0\1" + asked[34:]
        return [answer(other), answer(neighbour), asked, b"", b"\2"]

    assert found(respond).reason is Reason.TIMEOUT


def test_checks_share_one_socket_and_are_told_apart() -> None:
    """Two exchanges over one relay address at once: each has its own answer, the client's address stays the same."""
    clients = set()

    def respond(asked: bytes, _: Any) -> Iterable[bytes]:
        clients.add(asked[28:34])
        return [answer(asked, address="192.0.2.100" if asked[28:34] == ours else "192.0.2.101")]

    async def both(port: int) -> list[Finding]:
        first = DhcpOptions(**relayed(port, expect_subnet="192.0.2.100/32"))
        second = DhcpOptions(**relayed(port, client_mac="02:00:00:00:00:09", expect_subnet="192.0.2.101/32"))
        nonlocal ours
        ours = first.prepared.client
        async with DhcpProbe() as probe, asyncio.TaskGroup() as group:
            running = [group.create_task(probe.run(each)) for each in (first, second, first)]
            await asyncio.sleep(0)
            assert len(probe._ports) == 1
        return [task.result() for task in running]

    ours = b""
    with name_server(respond) as port:
        assert [finding.outcome for finding in asyncio.run(both(port))] == [UP, UP, UP]
    assert clients == {ours, bytes.fromhex("020000000009")}
    assert ours[0] & 3 == 2, "locally administered, and of one station"


def test_what_is_ours_to_mend_is_unknown() -> None:
    """An address that is not ours, a port that another program holds, and an interface that is not there."""
    strange = found_by(DhcpProbe, **relayed(giaddr="192.0.2.9"))
    assert (strange.outcome, strange.reason) == (UNKNOWN, Reason.CONFIGURATION)
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as holder:
        holder.bind((RELAY, 0))
        taken = found_by(DhcpProbe, **relayed(holder.getsockname()[1]))
    assert (taken.outcome, taken.reason) == (UNKNOWN, Reason.RESOURCES)
    assert "use another giaddr" in taken.detail


@pytest.mark.parametrize(
    ("told", "says"),
    [
        ({"address": "192.0.2.1"}, "say mode: relay"),
        ({"address": "an interface"}, "not the name of an interface"),
        ({"address": "eth0", "giaddr": "192.0.2.9"}, "are of mode relay"),
        ({"address": "eth0", "mode": "relay", "giaddr": "192.0.2.9"}, "server's IPv4 address"),
        ({"address": "192.0.2.1", "mode": "relay"}, "needs giaddr"),
        ({"address": "eth0", "client_mac": "02:00"}, "client_mac"),
        ({"address": "eth0", "expect_options": {"gateway": "192.0.2.1"}}, "no option of DHCP"),
        ({"address": "eth0", "expect_options": {"router": "here"}}, "not an IPv4 address"),
        ({"address": "eth0", "expect_options": {"lease": "long"}}, "not a number"),
        ({"address": "eth0", "expect_options": {"domain": ["a", "b"]}}, "one value"),
        ({"address": "eth0", "expect_options": {43: "0xzz"}}, "hexadecimal"),
    ],
)
def test_options_that_make_no_sense_are_refused(told: dict[str, Any], says: str) -> None:
    """A mistake is told when the catalogue is read, not by a probe that stays down."""
    with pytest.raises(ValidationError, match=says):
        DhcpOptions(**told)
