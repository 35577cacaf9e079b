"""The dhcp probe against real servers, dnsmasq and Kea, on a network that the test makes: up, broken, up again."""

from __future__ import annotations

import json
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from support.namespaces import BRIDGE, Namespaces, lan
from support.needs import need
from support.running import LoopFactory, both_loops, found_by

from ictss_monitor.clock import SECOND, SystemClock
from ictss_monitor.probe import Finding, Outcome, Reason
from probes.dhcp import DhcpProbe

pytestmark = pytest.mark.root

UP, DOWN, UNKNOWN = Outcome.UP, Outcome.DOWN, Outcome.UNKNOWN
ETH_P_ALL, ETH_P_IP = 0x0003, 0x0800
EXPECTED = {
    "expect_server": "192.0.2.1",
    "expect_subnet": "192.0.2.0/24",
    "expect_options": {"router": "192.0.2.1", "tftp_server": "phones.example.org"},
}


@pytest.fixture(scope="module")
def net() -> Iterator[Namespaces]:
    """A network 192.0.2.0/24: the server's bridge has .1, the client no address, the rogue .66."""
    with lan("client", "rogue") as made:
        made.run(BRIDGE, "ip", "addr", "add", "192.0.2.1/24", "dev", "br0")
        made.run("rogue", "ip", "addr", "add", "192.0.2.66/24", "dev", "eth0")
        yield made


def found(net: Namespaces, limit: float = 3.0, address: str = "eth0", **told: Any) -> Finding:
    """Return what the probe finds inside the client's namespace."""
    return net.inside("client", partial(found_by, DhcpProbe, limit=limit, address=address, listen=0.2, **told))


@contextmanager
def dnsmasq(
    net: Namespaces, folder: Path, *more: str, where: str = BRIDGE, router: str = "192.0.2.1"
) -> Iterator[Path]:
    """Run dnsmasq in `where` with the pool 192.0.2.100 to .110; yield its lease file."""
    leases = folder / f"leases-{where}"
    interface = "br0" if where == BRIDGE else "eth0"
    pool = (
        () if any(option.startswith("--dhcp-range") for option in more) else ("--dhcp-range=192.0.2.100,192.0.2.110",)
    )
    command = net.command(
        where, need("dnsmasq", "dnsmasq-base"), "--keep-in-foreground", "--conf-file=/dev/null", "--port=0",
        "--user=root", "--pid-file=", f"--interface={interface}", "--except-interface=lo", "--no-ping",
        "--log-facility=-", f"--dhcp-leasefile={leases}", f"--dhcp-option=3,{router}",
        "--dhcp-option=66,phones.example.org", *pool, *more,
    )  # fmt: skip
    with running(command, folder / f"log-{where}", "DHCP, "):
        yield leases


@contextmanager
def kea(net: Namespaces, folder: Path, subnets: list[dict[str, Any]]) -> Iterator[Path]:
    """Run Kea's DHCPv4 server on the bridge; yield its lease file."""
    leases = folder / "kea-leases.csv"
    options = [{"name": "routers", "data": "192.0.2.1"}, {"name": "tftp-server-name", "data": "phones.example.org"}]
    told = {
        "interfaces-config": {"interfaces": ["br0"], "dhcp-socket-type": "raw"},
        "lease-database": {"type": "memfile", "persist": True, "name": str(leases)},
        "loggers": [{"name": "kea-dhcp4", "severity": "INFO", "output_options": [{"output": "stdout", "flush": True}]}],
        "option-data": options,
        "subnet4": subnets,
    }
    (folder / "kea.json").write_text(json.dumps({"Dhcp4": told}))
    places = ["env", f"KEA_LOCKFILE_DIR={folder}", f"KEA_PIDFILE_DIR={folder}"]
    program = need("kea-dhcp4", "kea-dhcp4-server")
    command = net.command(BRIDGE, *places, program, "-c", str(folder / "kea.json"))
    with running(command, folder / "log-kea", "DHCP4_STARTED"):
        yield leases


@contextmanager
def running(command: list[str], log: Path, sign: str) -> Iterator[None]:
    """Run a server until the end of the context, from the moment at which its log shows `sign`."""
    with log.open("wb") as output, subprocess.Popen(command, stdout=output, stderr=subprocess.STDOUT) as server:
        try:
            give_up = time.monotonic() + 10
            while sign not in log.read_text():
                assert server.poll() is None, log.read_text()
                assert time.monotonic() < give_up, log.read_text()
                time.sleep(0.02)
            yield
        finally:
            server.terminate()
            server.wait(10)


@contextmanager
def listening(net: Namespaces) -> Iterator[list[int]]:
    """Yield the types of DHCP messages that pass the bridge; complete when the context has ended."""
    types: list[int] = []
    with net.inside(BRIDGE, partial(socket.socket, socket.AF_PACKET, socket.SOCK_DGRAM, 0)) as wire:
        net.inside(BRIDGE, partial(wire.bind, ("br0", ETH_P_ALL)))
        yield types
        wire.setblocking(False)
        try:
            while True:
                packet, source = wire.recvfrom(2048)
                if source[1] == ETH_P_IP and packet[9] == socket.IPPROTO_UDP and 67 in (packet[21], packet[23]):
                    types.append(packet[28 + 242])
        except BlockingIOError:
            return


@both_loops
def test_client_without_an_address_is_offered_one_and_takes_none(
    net: Namespaces, tmp_path: Path, loop: LoopFactory
) -> None:
    """By broadcast: the offer comes, the server's lease file stays empty, no REQUEST is on the wire."""
    with dnsmasq(net, tmp_path) as leases:
        with listening(net) as types:
            finding = found(net, loop=loop, **EXPECTED)
        assert (finding.outcome, finding.detail[:25]) == (UP, "192.0.2.1 offers 192.0.2.")
        assert finding.measurements["lease_seconds"] == 3600
        assert leases.read_text() == ""
    assert types == [1, 2], "DISCOVER and OFFER"


def test_offers_of_one_check_are_of_one_address(net: Namespaces, tmp_path: Path) -> None:
    """The pool of a server that sets offered addresses aside is not used up by probing: one address for one check."""
    with dnsmasq(net, tmp_path, "--dhcp-range=192.0.2.100,192.0.2.100"):
        details = {found(net).detail for _ in range(4)}
    assert details == {"192.0.2.1 offers 192.0.2.100"}


def test_stopped_server_is_down_and_up_again(net: Namespaces, tmp_path: Path) -> None:
    """Silence is down when the time is up; the server's return is seen at once."""
    with dnsmasq(net, tmp_path):
        assert found(net).outcome is UP
    stopped = found(net, limit=1.6)
    assert (stopped.outcome, stopped.reason) == (DOWN, Reason.TIMEOUT)
    assert stopped.detail == "no offer within 1.6 s, asked 2 times"
    with dnsmasq(net, tmp_path):
        assert found(net).outcome is UP


def test_exhausted_pool_is_down(net: Namespaces, tmp_path: Path) -> None:
    """A server that runs and has no address left gives nobody service."""
    leases = tmp_path / f"leases-{BRIDGE}"
    leases.write_text(f"{SystemClock().now() // SECOND + 3600} 02:00:00:00:00:77 192.0.2.100 phone *\n")
    with dnsmasq(net, tmp_path, "--dhcp-range=192.0.2.100,192.0.2.100") as held:
        finding = found(net, limit=0.8)
        assert (finding.outcome, finding.reason) == (DOWN, Reason.TIMEOUT)
        assert "no address available" in (tmp_path / f"log-{BRIDGE}").read_text()
        assert "192.0.2.100 phone" in held.read_text()


def test_rogue_server_is_measured_and_alone_a_mismatch(net: Namespaces, tmp_path: Path) -> None:
    """Beside the right one it is counted and named; when the right one stops, what it offers is no service."""
    with dnsmasq(net, tmp_path, where="rogue"):
        with dnsmasq(net, tmp_path):
            beside = found(net, **EXPECTED)
            assert (beside.outcome, beside.measurements["unexpected_offers"]) == (UP, 1)
            assert "192.0.2.66 offers" in beside.detail
        alone = found(net, limit=0.8, **EXPECTED)
    assert (alone.outcome, alone.reason) == (DOWN, Reason.MISMATCH)
    assert alone.detail == "offered by 192.0.2.66, where 192.0.2.1 was expected"


def test_wrong_router_is_a_mismatch(net: Namespaces, tmp_path: Path) -> None:
    """An address is of no use with the way out missing."""
    with dnsmasq(net, tmp_path, router="192.0.2.254"):
        finding = found(net, **EXPECTED)
    assert (finding.outcome, finding.reason) == (DOWN, Reason.MISMATCH)
    assert finding.detail == "192.0.2.1 offers router 192.0.2.254, where 192.0.2.1 was expected"


@pytest.fixture
def relay(net: Namespaces) -> Iterator[dict[str, Any]]:
    """Options that ask the server from 198.51.100.1, an address of the client to which the server has a route."""
    own = ("addr", "add", "192.0.2.50/24", "dev", "eth0")
    net.run("client", "ip", *own)
    net.run("client", "ip", "addr", "add", "198.51.100.1/24", "dev", "lo")
    net.run(BRIDGE, "ip", "route", "add", "198.51.100.0/24", "via", "192.0.2.50")
    yield {"address": "192.0.2.1", "mode": "relay", "giaddr": "198.51.100.1"}
    net.run(BRIDGE, "ip", "route", "del", "198.51.100.0/24")
    net.run("client", "ip", "addr", "del", "198.51.100.1/24", "dev", "lo")
    net.run("client", "ip", "addr", "del", "192.0.2.50/24", "dev", "eth0")


def test_relay_is_answered_for_its_own_network(net: Namespaces, tmp_path: Path, relay: dict[str, Any]) -> None:
    """As from a relay: the server offers from giaddr's network, leases nothing, and its silence is down."""
    with dnsmasq(net, tmp_path, "--dhcp-range=198.51.100.100,198.51.100.110,255.255.255.0,30m") as leases:
        with listening(net) as types:
            finding = found(net, **relay, expect_subnet="198.51.100.0/24")
        assert finding.outcome is UP, finding.detail
        assert finding.measurements["lease_seconds"] == 1800
        assert leases.read_text() == ""
        other = found(net, limit=0.8, **relay | {"link": "203.0.113.0"})
        assert other.reason is Reason.TIMEOUT, "a network that it does not serve"
    assert types == [1, 2]
    stopped = found(net, limit=0.5, **relay)
    assert (stopped.outcome, stopped.reason) == (DOWN, Reason.TIMEOUT)


def test_kea_answers_clients_and_relays(net: Namespaces, tmp_path: Path, relay: dict[str, Any]) -> None:
    """Another server, the same findings: a client, a relay, and a relay that names the network (RFC 3527)."""
    pools = {"192.0.2.0/24": "192.0.2.100-192.0.2.110", "203.0.113.0/24": "203.0.113.100-203.0.113.110"}
    subnets = [
        {"subnet": subnet, "id": at, "pools": [{"pool": pool}]} for at, (subnet, pool) in enumerate(pools.items(), 1)
    ]
    with kea(net, tmp_path, subnets) as leases:
        with listening(net) as types:
            finding = found(net, **EXPECTED)
            linked = found(net, **relay, link="203.0.113.0", expect_subnet="203.0.113.0/24")
        assert finding.outcome is UP, finding.detail
        assert linked.outcome is UP, linked.detail
        assert len(leases.read_text().splitlines()) <= 1, "nothing but the heading"
    assert 3 not in types
    assert {1, 2} <= set(types)
    assert found(net, limit=0.5).reason is Reason.TIMEOUT


def test_what_is_ours_to_mend_is_unknown(net: Namespaces) -> None:
    """No such interface; one that is down, or has no carrier: nothing is said of the servers."""
    missing = found(net, address="eth7")
    assert (missing.outcome, missing.reason) == (UNKNOWN, Reason.CONFIGURATION)
    assert missing.detail == "this machine has no interface eth7"
    try:
        net.run(BRIDGE, "ip", "link", "set", "client", "down")
        unplugged = found(net, limit=0.3)
        assert (unplugged.outcome, unplugged.reason) == (UNKNOWN, Reason.NO_ROUTE)
        assert unplugged.detail == "interface eth0 has no carrier"
        net.run("client", "ip", "link", "set", "eth0", "down")
        closed = found(net, limit=0.3)
        assert (closed.outcome, closed.reason) == (UNKNOWN, Reason.NO_ROUTE)
        assert closed.detail == "interface eth0 is down"
    finally:
        net.run("client", "ip", "link", "set", "eth0", "up")
        net.run(BRIDGE, "ip", "link", "set", "client", "up")


@pytest.mark.parametrize(
    ("told", "right"),
    [
        ({"address": "lo"}, "CAP_NET_RAW"),
        ({"address": "127.0.0.1", "mode": "relay", "giaddr": "127.0.0.2"}, "CAP_NET_BIND_SERVICE"),
    ],
)
def test_missing_right_is_unknown_with_its_remedy(told: dict[str, str], right: str) -> None:
    """Without privileges both modes say which one they lack, and that the far end is not to blame."""
    program = (
        f"import sys; sys.path[:0] = {sys.path!r}\n"
        "from support.running import found_by\n"
        "from probes.dhcp import DhcpProbe\n"
        f"finding = found_by(DhcpProbe, **{told!r})\n"
        "print(finding.outcome, finding.reason, finding.detail)"
    )
    without = [need("setpriv", "util-linux"), "--bounding-set=-all", "--inh-caps=-all", sys.executable, "-c", program]
    done = subprocess.run(without, capture_output=True, text=True, check=False)
    assert done.stdout.startswith("unknown permission "), done.stderr
    assert right in done.stdout
