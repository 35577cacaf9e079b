"""A network of its own behind a TUN device, whose hosts answer pings as a test's script says.

Everything happens in a network namespace that a process of its own makes for itself, so that nothing of it is seen
outside and the addresses collide with nobody's. Needs root and /dev/net/tun.

    async def measure() -> Any: ...        # of a module that can be imported; what it returns must pickle
    result = in_tun(measure, Network(delay=0.2), capabilities=(NET_RAW,))
"""

from __future__ import annotations

import asyncio
import ctypes
import fcntl
import heapq
import os
import pickle
import select
import socket
import struct
import subprocess
import sys
import time
from collections.abc import Callable, Coroutine
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NoReturn

NET_ADMIN, NET_RAW = 12, 13

_CLONE_NEWNET = 0x40000000
_TUNSETIFF = 0x400454CA
_IFF_TUN, _IFF_NO_PI = 0x0001, 0x1000
_SIOCSIFADDR, _SIOCSIFNETMASK, _SIOCGIFFLAGS, _SIOCSIFFLAGS, _SIOCSIFTXQLEN = 0x8916, 0x891C, 0x8913, 0x8914, 0x8943
_IFF_UP = 1
_PR_CAPBSET_DROP = 24
_CAPABILITY_VERSION_3 = 0x20080522


@dataclass(frozen=True)
class Network:
    """How the hosts of 10.0.0.0/8 and fd00::/8 behave: all answer after `delay` seconds, but for those named below.

    Addresses are strings; a set holds the hosts that behave so.
    """

    delay: float = 0.0
    delays: dict[str, float] = field(default_factory=dict)
    dead: frozenset[str] = frozenset()
    twice: frozenset[str] = frozenset()
    """Answer each request two times."""
    for_another: dict[str, str] = field(default_factory=dict)
    """Answers from the address of another host: source by host."""
    wrong_cookie: frozenset[str] = frozenset()
    wrong_identifier: frozenset[str] = frozenset()
    wrong_checksum: frozenset[str] = frozenset()
    cut: dict[str, int] = field(default_factory=dict)
    """Answers of so many bytes of ICMP only, by host."""
    refused: dict[str, tuple[int, int]] = field(default_factory=dict)
    """A router (Ip4.router, Ip6.router) answers with an ICMP error of this type and code, by host."""
    refused_as_another: dict[str, tuple[int, int]] = field(default_factory=dict)
    """The same, but what it quotes was never sent: the byte `altered` of its ICMP message is another one."""
    altered: int = 6
    quoted: int = 8
    """Bytes of ICMP that the router quotes."""
    first_lost: dict[str, int] = field(default_factory=dict)
    """So many first packets of a host are lost."""

    def answers(self, ip: Ip4 | Ip6, seen: dict[str, int]) -> list[bytes]:
        """Return the packets that come back for `ip`; `seen` counts the requests by host."""
        if ip.protocol != ip.icmp or ip.message[0] != ip.echo_request:
            return []
        host = ip.host
        seen[host] = seen.get(host, 0) + 1
        if host in self.dead or seen[host] <= self.first_lost.get(host, 0):
            return []
        refusal = self.refused.get(host) or self.refused_as_another.get(host)
        if refusal is not None:
            quote = bytearray(ip.packet[: ip.header + self.quoted])
            if host in self.refused_as_another:
                quote[ip.header + self.altered] ^= 0x55
            return [ip.back(socket.inet_pton(ip.family, ip.router), bytes([*refusal, 0, 0, 0, 0, 0, 0]) + quote)]
        source = socket.inet_pton(ip.family, self.for_another.get(host, host))
        whole = bytearray(ip.back(source, self._reply(host, ip)))
        if host in self.wrong_checksum:
            whole[-1] ^= 0x01
        return [bytes(whole)] * (2 if host in self.twice else 1)

    def _reply(self, host: str, ip: Ip4 | Ip6) -> bytes:
        reply = bytearray(ip.message)
        reply[0:4] = bytes((ip.echo_reply, 0, 0, 0))
        if host in self.wrong_cookie:
            reply[8] ^= 0xFF
        if host in self.wrong_identifier:
            reply[4] ^= 0xFF
        return bytes(reply[: self.cut.get(host, len(reply))])


class Ip4:
    """An IPv4 packet that came out of the device, and how one goes back."""

    family, icmp, echo_request, echo_reply, router = socket.AF_INET, 1, 8, 0, "10.0.255.254"

    def __init__(self, packet: bytes) -> None:
        self.packet = packet
        self.header = (packet[0] & 0x0F) * 4
        self.protocol, self.asker, self.host = packet[9], packet[12:16], socket.inet_ntop(self.family, packet[16:20])
        self.message = packet[self.header :]

    def back(self, source: bytes, message: bytes) -> bytes:
        """Return the packet with an ICMP `message` to the asker; its checksum is put in."""
        head = struct.pack("!BBHHHBBH", 0x45, 0, 20 + len(message), 0, 0, 64, self.icmp, 0) + source + self.asker
        head = head[:10] + struct.pack("!H", checksum(head)) + head[12:]
        return head + message[:2] + struct.pack("!H", checksum(message)) + message[4:]


class Ip6:
    """An IPv6 packet that came out of the device, and how one goes back."""

    family, icmp, echo_request, echo_reply, router = socket.AF_INET6, 58, 128, 129, "fd00::ffff"
    header = 40

    def __init__(self, packet: bytes) -> None:
        self.packet = packet
        self.protocol, self.asker, self.host = packet[6], packet[8:24], socket.inet_ntop(self.family, packet[24:40])
        self.message = packet[40:] or b"\0"

    def back(self, source: bytes, message: bytes) -> bytes:
        """Return the packet with an ICMPv6 `message` to the asker; its checksum is put in."""
        pseudo = source + self.asker + struct.pack("!IxxxB", len(message), self.icmp)
        total = checksum(pseudo + message)
        head = struct.pack("!IHBB", 6 << 28, len(message), self.icmp, 64) + source + self.asker
        return head + message[:2] + struct.pack("!H", total) + message[4:]


def checksum(data: bytes) -> int:
    """Return the Internet checksum, word by word as RFC 1071 tells it."""
    total = 0
    for (word,) in struct.iter_unpack("!H", data + bytes(len(data) % 2)):
        total += word
        total = (total & 0xFFFF) + (total >> 16)
    return ~total & 0xFFFF


def in_tun(
    measure: Callable[..., Coroutine[Any, Any, Any]],
    network: Network,
    *arguments: Any,
    capabilities: tuple[int, ...] = (NET_RAW,),
    uid: int = 0,
    group_range: str | None = None,
) -> Any:
    """Run `measure(*arguments)` beside `network`, with these capabilities only, and return what it returns.

    `uid` is who it runs as (also its group; other than 0 it has no capabilities). `group_range` becomes
    net.ipv4.ping_group_range. `measure` must be importable by name, as functions of `support` are.
    """
    from support.needs import lack, need_root  # brings pytest, which the other process needs not wait for

    need_root("a network namespace with a TUN device")
    if not Path("/dev/net/tun").exists():
        lack("/dev/net/tun is missing: modprobe tun")
    job = pickle.dumps((measure, network, arguments, capabilities, uid, group_range))
    done = subprocess.run(
        [sys.executable, "-c", "from support.tun import main; main()"],
        input=job,
        stdout=subprocess.PIPE,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(path for path in sys.path if path)},
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, "the process in the network namespace failed; its traceback is above"
    return pickle.loads(done.stdout)


def main() -> None:
    """Run the job that comes on standard input in a network of its own, and write its result to standard output."""
    measure, network, arguments, capabilities, uid, group_range = pickle.load(sys.stdin.buffer)
    device = _open_network()
    if group_range is not None:
        Path("/proc/sys/net/ipv4/ping_group_range").write_text(group_range)
    measuring = os.getpid()
    if not os.fork():
        os.close(1)
        _respond(device, network, measuring)
    os.close(device)
    _drop_to(capabilities, uid)
    sys.stdout.buffer.write(pickle.dumps(asyncio.run(measure(*arguments))))


def _open_network() -> int:
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.unshare(_CLONE_NEWNET):
        raise OSError(ctypes.get_errno(), "unshare(CLONE_NEWNET)")
    device = os.open("/dev/net/tun", os.O_RDWR | os.O_NONBLOCK)
    fcntl.ioctl(device, _TUNSETIFF, struct.pack("16sH22x", b"tun0", _IFF_TUN | _IFF_NO_PI))
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as control:
        fcntl.ioctl(control, _SIOCSIFADDR, _address_request(b"tun0", "10.0.0.1"))
        fcntl.ioctl(control, _SIOCSIFNETMASK, _address_request(b"tun0", "255.0.0.0"))
        # Room for all packets on their way to the hosts: a loss in a test is to be the probe's.
        fcntl.ioctl(control, _SIOCSIFTXQLEN, struct.pack("16si20x", b"tun0", 20_000))
        for name in (b"tun0", b"lo"):
            (flags,) = struct.unpack_from("h", fcntl.ioctl(control, _SIOCGIFFLAGS, struct.pack("16s24x", name)), 16)
            fcntl.ioctl(control, _SIOCSIFFLAGS, struct.pack("16sh22x", name, flags | _IFF_UP))
    with socket.socket(socket.AF_INET6, socket.SOCK_DGRAM) as control:
        request = socket.inet_pton(socket.AF_INET6, "fd00::1") + struct.pack("Ii", 8, socket.if_nametoindex("tun0"))
        fcntl.ioctl(control, _SIOCSIFADDR, request)
    return device


def _address_request(name: bytes, address: str) -> bytes:
    return struct.pack("16sH2s4s16x", name, socket.AF_INET, b"", socket.inet_aton(address))


def _respond(device: int, network: Network, parent: int) -> NoReturn:
    """Answer for all hosts until the process `parent`, whose child this is, is gone."""
    seen, order = dict[str, int](), 0
    coming: list[tuple[float, int, bytes]] = []
    while os.getppid() == parent:
        wait = min(max(coming[0][0] - time.monotonic(), 0), 0.05) if coming else 0.05
        if select.select([device], [], [], wait)[0]:
            for packet in _waiting(device):
                ip = Ip4(packet) if packet[0] >> 4 == 4 else Ip6(packet)
                due = time.monotonic() + network.delays.get(ip.host, network.delay)
                for reply in network.answers(ip, seen):
                    order += 1
                    heapq.heappush(coming, (due, order, reply))
        while coming and coming[0][0] <= time.monotonic():
            os.write(device, heapq.heappop(coming)[2])
    os._exit(0)


def _waiting(device: int) -> list[bytes]:
    packets: list[bytes] = []
    try:
        while len(packets) < 64:
            packets.append(os.read(device, 2048))
    except BlockingIOError:
        pass
    return packets


def _drop_to(capabilities: tuple[int, ...], uid: int) -> None:
    """Keep `capabilities` only, also for programs started from here, and become `uid`."""
    libc = ctypes.CDLL(None, use_errno=True)
    keep = sum(1 << capability for capability in capabilities)
    for capability in range(64):
        if capability not in capabilities:
            libc.prctl(_PR_CAPBSET_DROP, capability, 0, 0, 0)
    if uid:
        os.setgroups([])
        os.setgid(uid)
        os.setuid(uid)  # gives up all capabilities
        return
    header = struct.pack("Ii", _CAPABILITY_VERSION_3, 0)
    data = struct.pack("6I", keep & 0xFFFFFFFF, keep & 0xFFFFFFFF, 0, keep >> 32, keep >> 32, 0)
    if libc.capset(header, data):
        raise OSError(ctypes.get_errno(), "capset")
