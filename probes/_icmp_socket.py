"""The one ICMP socket of an address family: opened with whatever right the system grants, filtered in the kernel.

Two kinds will do. A raw socket (CAP_NET_RAW) also hears routers' error messages. An unprivileged datagram "ping"
socket (`net.ipv4.ping_group_range`) hears only the replies to its own identifier. docs/decisions/021-icmp-socket.md
says why the raw one comes first.
"""

from __future__ import annotations

import errno
import socket
from array import array
from collections.abc import Sequence
from contextlib import suppress
from struct import Struct, pack
from typing import Final

from ictss_monitor.probe import ProbeTrouble, Reason
from probes._icmp_packet import IPV4, Dialect

BUFFER: Final = 4 * 1024 * 1024
"""Bytes asked for the receive and the send buffer; the kernel grants what it may."""

# Linux's numbers (asm-generic/socket.h, linux/icmp.h, linux/icmpv6.h), which Python 3.11 does not name.
_SO_SNDBUFFORCE: Final = 32
_SO_RCVBUFFORCE: Final = 33
_SO_ATTACH_FILTER: Final = 26
_SO_TIMESTAMPNS: Final = 35
_SO_MEMINFO: Final = 55
_SOL_RAW: Final = 255
_ICMP_FILTER: Final = 1
_ICMPV6_FILTER: Final = 1
_TIMESPEC: Final = Struct("@ll")
_MEMINFO: Final = Struct("@9I")
_ANCILLARY: Final = 64

_REMEDY: Final = (
    "give the process CAP_NET_RAW (systemd: AmbientCapabilities=CAP_NET_RAW; by hand: setcap cap_net_raw+ep on the "
    "interpreter), or let its group use ping sockets (sysctl net.ipv4.ping_group_range='GROUP GROUP')"
)


class IcmpSocket:
    """A non-blocking ICMP socket that tells replies to its own `identifier` and, where raw, errors of routers."""

    def __init__(self, dialect: Dialect, identifier: int, buffer: int | None = BUFFER) -> None:
        """Open it; `buffer` None leaves the kernel's default sizes.

        Raises ProbeTrouble where the system allows neither kind, has no such address family, or no descriptor left.
        """
        self.dialect = dialect
        self._socket, self.raw = _open(dialect)
        try:
            self.identifier = self._set_up(identifier, buffer)
        except OSError:
            self._socket.close()
            raise
        self.has_ip_header = self.raw and dialect is IPV4
        self.send = self._socket.sendto
        self._space = bytearray(2048)
        self.received = memoryview(self._space)
        self._spaces = [self._space]

    def _set_up(self, identifier: int, buffer: int | None) -> int:
        """Return the identifier that replies will carry."""
        self._socket.setblocking(False)
        self._socket.setsockopt(socket.SOL_SOCKET, _SO_TIMESTAMPNS, 1)
        if buffer is not None:
            _enlarge(self._socket, _SO_RCVBUFFORCE, socket.SO_RCVBUF, buffer)
            _enlarge(self._socket, _SO_SNDBUFFORCE, socket.SO_SNDBUF, buffer)
        if self.raw:
            _listen_only_to(self._socket, self.dialect, identifier)
            return identifier
        # The kernel puts its own identifier into what a ping socket sends: the port that it is bound to.
        self._socket.bind(("", 0))
        bound: int = self._socket.getsockname()[1]
        return bound

    def fileno(self) -> int:
        """Return the descriptor, for the loop to watch."""
        return self._socket.fileno()

    def close(self) -> None:
        """Close the descriptor."""
        self._socket.close()

    def receive(self) -> tuple[int, str, float | None]:
        """Put one packet into `received`; return its length, its source, and when the kernel received it.

        The time is in seconds of the system's wall clock, None where the kernel gave none. Raises BlockingIOError
        when nothing waits.
        """
        length, ancillary, _, source = self._socket.recvmsg_into(self._spaces, _ANCILLARY)
        if not ancillary or len(ancillary[0][2]) != _TIMESPEC.size:
            return length, source[0], None
        seconds, nanoseconds = _TIMESPEC.unpack(ancillary[0][2])
        return length, source[0], seconds + nanoseconds * 1e-9

    @property
    def receive_buffer(self) -> int:
        """Bytes that the kernel holds for us before it drops replies."""
        return self._socket.getsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF)

    def drops(self) -> int:
        """Return how many packets the kernel dropped because the receive buffer was full, modulo 2**32."""
        try:
            told = self._socket.getsockopt(socket.SOL_SOCKET, _SO_MEMINFO, _MEMINFO.size)
        except OSError:  # before Linux 4.12
            return 0
        drops: int = _MEMINFO.unpack(told)[8]
        return drops


def _open(dialect: Dialect) -> tuple[socket.socket, bool]:
    try:
        return socket.socket(dialect.family, socket.SOCK_RAW, dialect.protocol), True
    except PermissionError:
        pass
    except OSError as error:
        raise _cannot_open(dialect, error) from error
    try:
        return socket.socket(dialect.family, socket.SOCK_DGRAM, dialect.protocol), False
    except PermissionError as error:
        message = f"the system allows neither a raw nor a ping socket for {dialect.name}: {_REMEDY}"
        raise ProbeTrouble(Reason.PERMISSION, message) from error
    except OSError as error:
        raise _cannot_open(dialect, error) from error


def _cannot_open(dialect: Dialect, error: OSError) -> ProbeTrouble:
    if error.errno in (errno.EAFNOSUPPORT, errno.EPROTONOSUPPORT):
        return ProbeTrouble(Reason.NO_ROUTE, f"this machine has no {dialect.name}")
    return ProbeTrouble(Reason.RESOURCES, f"cannot open an ICMP socket for {dialect.name}: {error.strerror}")


def _enlarge(opened: socket.socket, force: int, ask: int, size: int) -> None:
    try:
        opened.setsockopt(socket.SOL_SOCKET, force, size)  # needs CAP_NET_ADMIN
    except PermissionError:
        opened.setsockopt(socket.SOL_SOCKET, ask, size)  # granted up to net.core.rmem_max / wmem_max


def _listen_only_to(opened: socket.socket, dialect: Dialect, identifier: int) -> None:
    """Have the kernel keep from a raw socket all but errors and the replies to `identifier`.

    A raw socket is handed every ICMP packet of the machine: without this, somebody else's pings fill our buffer.
    """
    wanted = (dialect.reply, *dialect.errors)
    if dialect is IPV4:
        blocked = ~sum(1 << kind for kind in wanted) & 0xFFFFFFFF
        opened.setsockopt(_SOL_RAW, _ICMP_FILTER, pack("@I", blocked))
    else:
        words = [0xFFFFFFFF] * 8
        for kind in wanted:
            words[kind // 32] &= ~(1 << kind % 32)
        opened.setsockopt(socket.IPPROTO_ICMPV6, _ICMPV6_FILTER, pack("@8I", *words))
    with suppress(OSError):  # only an economy: what it would keep out, the cookie tells apart
        _attach(opened, _own_replies(dialect, identifier))


def _own_replies(dialect: Dialect, identifier: int) -> Sequence[tuple[int, int, int, int]]:
    """Return the classic BPF program (linux/filter.h) that passes errors, and replies that carry `identifier`."""
    load_header = (0xB1, 0, 0, 0) if dialect is IPV4 else (0x01, 0, 0, 0)  # X = length of the IP header, or 0
    return (
        load_header,
        (0x50, 0, 0, 0),  # A = type
        (0x15, 0, 2, dialect.reply),  # not a reply: pass
        (0x48, 0, 0, 4),  # A = identifier
        (0x15, 0, 1, identifier),  # another's: drop
        (0x06, 0, 0, 0xFFFF),
        (0x06, 0, 0, 0),
    )


def _attach(opened: socket.socket, program: Sequence[tuple[int, int, int, int]]) -> None:
    code = array("B", b"".join(pack("@HBBI", *instruction) for instruction in program))
    opened.setsockopt(socket.SOL_SOCKET, _SO_ATTACH_FILTER, pack("@HP", len(program), code.buffer_info()[0]))
