"""The sockets of DHCP: one for each interface that we ask on as a client, one for each address that we relay as.

Every check that asks in the same way shares one of them, and messages are handed on by the transaction they carry.
docs/decisions/102-dhcp-without-a-lease.md says why a client's is a packet socket.
"""

from __future__ import annotations

import asyncio
import errno
import fcntl
import os
import socket
from abc import ABC, abstractmethod
from array import array
from collections.abc import Callable
from struct import Struct, pack
from typing import Final, TypeAlias

from ictss_monitor.probe import ProbeTrouble, Reason
from probes._dhcp_wire import CLIENT_PORT, disclosed, enclosed, transaction_of

READS: Final = 64
"""Messages taken in one turn of the loop."""
_BUFFER: Final = 4096

# Linux's numbers (asm-generic/socket.h, linux/if_ether.h, linux/if.h), which Python 3.11 does not name.
_SO_ATTACH_FILTER: Final = 26
_ETH_P_IP: Final = 0x0800
_SIOCGIFFLAGS: Final = 0x8913
_IFREQ: Final = Struct("16sH22x")
_IFF_UP, _IFF_RUNNING = 0x1, 0x40
_ALL_STATIONS: Final = b"\xff" * 6

# Classic BPF (linux/filter.h), from the IP header on: whole UDP datagrams to the client port. Without it, every
# packet of a busy interface would wake us.
_TO_CLIENTS: Final = (
    (0x30, 0, 0, 9),  # A = protocol
    (0x15, 0, 6, socket.IPPROTO_UDP),
    (0x28, 0, 0, 6),  # A = flags and fragment offset
    (0x45, 4, 0, 0x3FFF),
    (0xB1, 0, 0, 0),  # X = length of the IP header
    (0x48, 0, 0, 2),  # A = destination port
    (0x15, 0, 1, CLIENT_PORT),
    (0x06, 0, 0, 0xFFFF),
    (0x06, 0, 0, 0),
)

SocketAddress: TypeAlias = tuple[str, int]

Taker: TypeAlias = Callable[[bytes | ProbeTrouble], None]
"""Is handed a server's message with its transaction; or what broke the socket, after which nothing comes."""


class Port(ABC):
    """A socket by which DISCOVERs leave and answers come, shared by all exchanges that use it."""

    def __init__(self, opened: socket.socket) -> None:
        """Serve exchanges over `opened` in the running loop."""
        self.closed = False
        self._socket = opened
        self._takers: dict[int, Taker] = {}
        self._loop = asyncio.get_running_loop()
        self._loop.add_reader(opened.fileno(), self._read)

    def free_transaction(self) -> int:
        """Return an unforeseeable number under which nobody waits."""
        while (number := int.from_bytes(os.urandom(4))) in self._takers:
            pass
        return number

    def join(self, transaction: int, take: Taker) -> None:
        """Hand what comes for `transaction` to `take` from now on."""
        self._takers[transaction] = take

    def leave(self, transaction: int) -> None:
        """Hand on nothing for `transaction` any more."""
        self._takers.pop(transaction, None)

    def send(self, message: bytes, server: SocketAddress) -> None:
        """Send `message` to `server`, or as a client to all there are. Raises ProbeTrouble where it cannot leave."""
        try:
            self._send(message, server)
        except OSError as error:
            raise self._trouble(error) from error

    def close(self) -> None:
        """Close the socket; whoever still waits is told."""
        self._break(ProbeTrouble(Reason.RESOURCES, "the socket was closed before an offer came"))

    def silence(self) -> ProbeTrouble | None:
        """Return what of our own side explains that nothing came, if anything does."""
        return None

    @abstractmethod
    def _send(self, message: bytes, server: SocketAddress) -> None: ...

    @abstractmethod
    def _message(self, packet: bytes) -> bytes | None: ...

    @abstractmethod
    def _trouble(self, error: OSError) -> ProbeTrouble: ...

    def _read(self) -> None:
        for _ in range(READS):
            if self.closed:  # by one of the takers
                return
            try:
                packet = self._socket.recv(_BUFFER)
            except BlockingIOError:
                return
            except OSError as error:
                self._break(self._trouble(error))
                return
            message = self._message(packet)
            transaction = transaction_of(message) if message is not None else None
            if message is not None and transaction is not None and transaction in self._takers:
                self._takers[transaction](message)

    def _break(self, trouble: ProbeTrouble) -> None:
        if self.closed:
            return
        self.closed = True
        self._loop.remove_reader(self._socket.fileno())
        self._socket.close()
        takers, self._takers = self._takers, {}
        for take in takers.values():
            take(trouble)


class ClientPort(Port):
    """Asks all servers of one interface's network, as a host does that has no address yet."""

    def __init__(self, interface: str) -> None:
        """Open it on `interface`. Raises ProbeTrouble where there is no such one, or the system forbids it."""
        self._interface = interface
        self._to = (interface, _ETH_P_IP, 0, 0, _ALL_STATIONS)
        super().__init__(self._open())

    def _open(self) -> socket.socket:
        try:
            # Without a protocol it hears nothing until it is bound, when the filter is in place.
            opened = socket.socket(socket.AF_PACKET, socket.SOCK_DGRAM | socket.SOCK_NONBLOCK, 0)
        except PermissionError as error:
            raise ProbeTrouble(
                Reason.PERMISSION,
                "the system allows no packet socket: give the process CAP_NET_RAW (systemd: "
                "AmbientCapabilities=CAP_NET_RAW), or ask as from a relay (mode: relay)",
            ) from error
        try:
            program = array("B", b"".join(pack("@HBBI", *instruction) for instruction in _TO_CLIENTS))
            filtering = pack("@HP", len(_TO_CLIENTS), program.buffer_info()[0])
            opened.setsockopt(socket.SOL_SOCKET, _SO_ATTACH_FILTER, filtering)
            opened.bind((self._interface, _ETH_P_IP))
        except OSError as error:
            opened.close()
            raise self._trouble(error) from error
        return opened

    def silence(self) -> ProbeTrouble | None:
        """Say so where the interface is down or has no carrier: what left through it reached nobody."""
        try:
            request = _IFREQ.pack(self._interface.encode(), 0)
            flags = _IFREQ.unpack(fcntl.ioctl(self._socket, _SIOCGIFFLAGS, request))[1]
        except OSError as error:
            return self._trouble(error)
        if flags & _IFF_UP and flags & _IFF_RUNNING:
            return None
        what = "has no carrier" if flags & _IFF_UP else "is down"
        return ProbeTrouble(Reason.NO_ROUTE, f"interface {self._interface} {what}")

    def _send(self, message: bytes, server: SocketAddress) -> None:
        self._socket.sendto(enclosed(message), self._to)

    def _message(self, packet: bytes) -> bytes | None:
        return disclosed(packet)

    def _trouble(self, error: OSError) -> ProbeTrouble:
        match error.errno:
            case errno.ENODEV | errno.ENXIO:
                return ProbeTrouble(Reason.CONFIGURATION, f"this machine has no interface {self._interface}")
            case errno.ENETDOWN:
                return ProbeTrouble(Reason.NO_ROUTE, f"interface {self._interface} is down")
            case _:
                return ProbeTrouble(Reason.RESOURCES, f"cannot use {self._interface}: {error.strerror}")


class RelayPort(Port):
    """Asks servers one by one as from a relay, and hears what they answer to the relay's address."""

    def __init__(self, relay: str, port: int) -> None:
        """Bind `port` of `relay`, an address of this machine. Raises ProbeTrouble where that cannot be."""
        opened = socket.socket(socket.AF_INET, socket.SOCK_DGRAM | socket.SOCK_NONBLOCK)
        try:
            opened.bind((relay, port))
        except OSError as error:
            opened.close()
            raise _unbound(error, relay, port) from error
        super().__init__(opened)

    def _send(self, message: bytes, server: SocketAddress) -> None:
        self._socket.sendto(message, server)

    def _message(self, packet: bytes) -> bytes | None:
        return packet

    def _trouble(self, error: OSError) -> ProbeTrouble:
        match error.errno:
            case errno.EACCES | errno.EPERM:
                return ProbeTrouble(Reason.PERMISSION, "this machine's firewall or routes forbid sending to the server")
            case errno.EHOSTUNREACH | errno.ENETUNREACH | errno.ENETDOWN | errno.EINVAL:
                return ProbeTrouble(Reason.NO_ROUTE, "this machine has no route from giaddr to the server")
            case _:
                return ProbeTrouble(Reason.RESOURCES, f"cannot ask as a relay: {error.strerror}")


def _unbound(error: OSError, relay: str, port: int) -> ProbeTrouble:
    match error.errno:
        case errno.EADDRNOTAVAIL:
            return ProbeTrouble(Reason.CONFIGURATION, f"giaddr {relay} is not an address of this machine")
        case errno.EADDRINUSE:
            detail = f"UDP port {port} of {relay} is taken: a DHCP server or relay runs here; use another giaddr"
            return ProbeTrouble(Reason.RESOURCES, detail)
        case errno.EACCES | errno.EPERM:
            detail = (
                f"the system forbids UDP port {port}: give the process CAP_NET_BIND_SERVICE (systemd: "
                "AmbientCapabilities=CAP_NET_BIND_SERVICE)"
            )
            return ProbeTrouble(Reason.PERMISSION, detail)
        case _:
            return ProbeTrouble(Reason.RESOURCES, f"cannot open UDP port {port} of {relay}: {error.strerror}")
