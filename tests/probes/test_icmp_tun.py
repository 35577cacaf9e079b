"""Pings over a real network device: thousands of hosts in flight, hostile answers, routers that complain."""

from __future__ import annotations

import errno
import time

import pytest
from support.pings import Told, hosts, ping, ping_again_and_again
from support.tun import NET_ADMIN, NET_RAW, Ip4, Ip6, Network, in_tun

pytestmark = [pytest.mark.root, pytest.mark.timeout(60)]

KERNEL_DEFAULT = 212_992


def once(*addresses: str) -> list[dict[str, object]]:
    """Return a check of one packet for each address."""
    return [{"address": address, "packets": 1} for address in addresses]


@pytest.mark.parametrize("delay", [0.2, pytest.param(2.0, marks=pytest.mark.slow)])
def test_five_thousand_hosts_in_flight_lose_none(delay: float) -> None:
    """With the kernel's default receive buffer and CAP_NET_RAW alone, all of 5,000 hosts pinged at once are up."""
    told: Told = in_tun(ping, Network(delay=delay), once(*hosts(5000)), 6.0)
    assert told.capabilities == 1 << NET_RAW
    assert (told.receive_buffer, told.raw) == (KERNEL_DEFAULT, True)
    assert told.outcomes == ["up/ok"] * 5000
    assert {finding.measurements["loss_ratio"] for finding in told.findings} == {0.0}
    assert (told.calls, told.drops, told.outstanding) == (5000, 0, 0)
    assert min(finding.latency or 0 for finding in told.findings) >= delay
    if delay == 2.0:
        assert told.most_outstanding == 5000  # all had left before the first was answered


def test_round_trips_of_all_lengths_lose_none() -> None:
    """Replies that overtake one another do not pile up: 3,000 hosts at 10 to 500 ms, none lost."""
    addresses = hosts(3000)
    delays = {address: 0.01 + 0.49 * (index * 7919 % 3000) / 3000 for index, address in enumerate(addresses)}
    told: Told = in_tun(ping, Network(delays=delays), once(*addresses), 4.0)
    assert told.receive_buffer == KERNEL_DEFAULT
    assert told.outcomes == ["up/ok"] * 3000
    assert told.drops == 0


@pytest.mark.slow
def test_replies_lost_in_our_own_buffer_are_never_an_outage() -> None:
    """When the loop stands still and the receive buffer overflows, the hosts concerned are unknown, none is down."""
    told: Told = in_tun(ping, Network(delay=0.4), once(*hosts(2000)), 2.0, None, 0.35, 0.6)
    assert told.drops > 0
    assert set(told.outcomes) == {"up/ok", "unknown/resources"}
    assert len(told.findings) == told.calls == 2000


def test_a_larger_buffer_is_used_where_it_may_be() -> None:
    """With CAP_NET_ADMIN the socket has 4 MiB (the kernel counts them double), whatever net.core.rmem_max says."""
    told: Told = in_tun(ping, Network(), once("10.1.0.1"), 1.0, 4 * 1024 * 1024, capabilities=(NET_RAW, NET_ADMIN))
    assert told.receive_buffer == 8 * 1024 * 1024
    assert told.outcomes == ["up/ok"]


def test_a_dead_host_is_never_up() -> None:
    """A dead host pinged at the same time and with the same identifier as live ones is down, all of 500 times."""
    addresses = hosts(1000)
    dead = frozenset(addresses[::2])
    told: Told = in_tun(ping, Network(delay=0.05, dead=dead), once(*addresses), 1.0)
    assert told.outcomes == ["down/timeout", "up/ok"] * 500
    assert {finding.measurements["loss_ratio"] for finding in told.findings[::2]} == {1.0}
    assert told.outstanding == 0


def test_answers_that_are_not_ours_are_passed_over() -> None:
    """An answer from another source, with another cookie, identifier, or a broken checksum does not make a host up."""
    network = Network(
        for_another={"10.1.0.1": "10.1.0.2"},
        wrong_cookie=frozenset({"10.1.0.3"}),
        wrong_identifier=frozenset({"10.1.0.4"}),
        wrong_checksum=frozenset({"10.1.0.5"}),
        cut={"10.1.0.6": 15, "10.1.0.7": 8, "10.1.0.8": 1},
        dead=frozenset({"10.1.0.2"}),
    )
    told: Told = in_tun(ping, network, once(*(f"10.1.0.{host}" for host in range(1, 10))), 0.4)
    assert told.outcomes == ["down/timeout"] * 8 + ["up/ok"]


def test_a_reply_that_returns_less_of_the_payload_will_do() -> None:
    """Some devices cut long payloads; what tells the reply to be ours is at its beginning."""
    told: Told = in_tun(ping, Network(cut={"10.1.0.1": 64}), [{"address": "10.1.0.1", "payload": 1000}], 1.0)
    assert told.outcomes == ["up/ok"]


def test_answers_that_come_twice_count_once() -> None:
    """Duplicates neither report twice nor hide a loss."""
    network = Network(twice=frozenset({"10.1.0.1", "10.1.0.2"}), first_lost={"10.1.0.2": 1}, delay=0.05)
    checks = [{"address": f"10.1.0.{host}", "packets": 4, "spacing": 0.05} for host in (1, 2)]
    told: Told = in_tun(ping, network, checks, 0.8)
    assert told.outcomes == ["up/ok", "up/ok"]
    assert [finding.measurements["loss_ratio"] for finding in told.findings] == [0.0, 0.25]
    assert told.findings[1].detail == "3 of 4 packets answered"
    assert told.calls == 2


def test_a_late_reply_does_not_answer_the_next_exchange() -> None:
    """A host that answers each ping after 300 ms is down five times at a limit of 200 ms."""
    told: Told = in_tun(ping_again_and_again, Network(delay=0.3), "10.1.0.1", 5, 0.2)
    assert told.outcomes == ["down/timeout"] * 5
    assert told.outstanding == 0


def test_a_reply_after_the_limit_is_too_late_even_if_nobody_has_judged_yet() -> None:
    """A reply that comes after the limit while the loop is busy does not make the host up when both are noticed."""
    told: Told = in_tun(ping, Network(delay=0.3), once("10.1.0.1"), 0.2, None, 0.05, 0.5)
    assert told.outcomes == ["down/timeout"]


@pytest.mark.parametrize("quoted", [8, 64])
def test_a_routers_complaint_is_down_at_once(quoted: int) -> None:
    """When a router says that there is no way, the host is down without waiting, and the finding names the router."""
    network = Network(
        refused={"10.1.0.1": (3, 1), "10.1.0.2": (11, 0), "fd00::2": (1, 3), "fd00::3": (3, 0)}, quoted=quoted
    )
    begun = time.monotonic()
    told: Told = in_tun(ping, network, once("10.1.0.1", "10.1.0.2", "fd00::2", "fd00::3", "fd00::4"), 15.0)
    assert time.monotonic() - begun < 14
    assert told.outcomes == ["down/unreachable"] * 4 + ["up/ok"]
    assert [finding.detail for finding in told.findings[:4]] == [
        f"{Ip4.router} says of 10.1.0.1: host unreachable",
        f"{Ip4.router} says of 10.1.0.2: time to live exceeded in transit",
        f"{Ip6.router} says of fd00::2: address unreachable",
        f"{Ip6.router} says of fd00::3: hop limit exceeded in transit",
    ]


@pytest.mark.parametrize("altered", [4, 6, 8], ids=["identifier", "sequence", "cookie"])
def test_a_complaint_about_another_packet_is_passed_over(altered: int) -> None:
    """An error that quotes a packet which we did not send, or that is only advice on size, ends no exchange."""
    network = Network(refused_as_another={"10.1.0.1": (3, 1)}, altered=altered, refused={"10.1.0.2": (3, 4)}, quoted=64)
    told: Told = in_tun(ping, network, once("10.1.0.1", "10.1.0.2"), 0.4)
    assert told.outcomes == ["down/timeout"] * 2


def test_no_route_of_our_own_is_unknown() -> None:
    """An address that this machine has no route to is our trouble, not the host's."""
    told: Told = in_tun(ping, Network(), once("192.0.2.1", "2001:db8::1"), 1.0)
    assert told.outcomes == ["unknown/no_route"] * 2
    assert "192.0.2.1" in told.findings[0].detail
    assert errno.errorcode[errno.ENETUNREACH] not in told.findings[0].detail


def test_a_group_may_ping_without_any_capability() -> None:
    """A process whose group is in net.ipv4.ping_group_range pings over an unprivileged socket, both IP versions."""
    network = Network(delay=0.05, dead=frozenset({"10.1.0.2"}))
    told: Told = in_tun(
        ping, network, once("10.1.0.1", "10.1.0.2", "fd00::2"), 0.5, uid=4711, group_range="4711 4711", capabilities=()
    )
    assert (told.capabilities, told.raw) == (0, False)
    assert told.outcomes == ["up/ok", "down/timeout", "up/ok"]


@pytest.mark.slow
def test_five_thousand_hosts_are_up_over_an_unprivileged_socket() -> None:
    """The unprivileged socket loses none either."""
    told: Told = in_tun(
        ping, Network(delay=0.2), once(*hosts(5000)), 4.0, uid=4711, group_range="4711 4711", capabilities=()
    )
    assert (told.receive_buffer, told.raw, told.drops) == (KERNEL_DEFAULT, False, 0)
    assert told.outcomes == ["up/ok"] * 5000


def test_without_any_right_the_message_says_what_to_do() -> None:
    """Where the system allows neither socket, the check is unknown and its detail names the remedies."""
    told: Told = in_tun(ping, Network(), once("10.1.0.1", "fd00::2"), 0.5, uid=4711, capabilities=())
    assert told.outcomes == ["unknown/permission"] * 2
    for remedy in ("CAP_NET_RAW", "AmbientCapabilities", "setcap", "net.ipv4.ping_group_range"):
        assert remedy in told.findings[0].detail
    assert "\n" not in told.findings[0].detail
