"""UDP sockets for one exchange each: connected, so that strangers are kept away and every ICMP error is told."""

from __future__ import annotations

import errno
import os
import socket
from typing import Final

from ictss_monitor.probe import ProbeFailure, Reason
from probes._resolve import Address
from probes._stream import readable

IP_RECVERR: Final = 11
IPV6_RECVERR: Final = 25
"""linux/in.h and in6.h: have all ICMP errors for what we sent told to us, not only "port unreachable"."""

FROM_A_ROUTER: Final = frozenset(
    {errno.ENETUNREACH, errno.EACCES, errno.EPERM, errno.ENOPROTOOPT, errno.EPROTO, errno.EOPNOTSUPP}
)
"""What ICMP errors for a datagram already sent become, beside ECONNREFUSED and EHOSTUNREACH: none of it is ours."""


def connected(address: Address) -> socket.socket:
    """Return a socket of an unforeseeable port that talks to `address` only; the caller closes it. Raises OSError."""
    sock = socket.socket(address[0], socket.SOCK_DGRAM | socket.SOCK_NONBLOCK)
    try:
        if address[0] == socket.AF_INET6:
            sock.setsockopt(socket.IPPROTO_IPV6, IPV6_RECVERR, 1)
        else:
            sock.setsockopt(socket.IPPROTO_IP, IP_RECVERR, 1)
        sock.connect(address[1])
    except BaseException:
        sock.close()
        raise
    return sock


def send_again(sock: socket.socket, datagram: bytes) -> None:
    """Send `datagram` after others. What the network reported of those is raised as its failure, not as one of ours."""
    told = sock.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR)
    if told:
        raise reported(OSError(told, os.strerror(told)))
    sock.send(datagram)


async def receive(sock: socket.socket, most: int) -> bytes:
    """Return the next datagram, one octet more than `most` at most. Raises OSError, or ProbeFailure for a router."""
    while True:
        await readable(sock)
        try:
            return sock.recv(most + 1)
        except BlockingIOError:
            continue  # the datagram had a wrong checksum
        except OSError as error:
            raise reported(error) from error


def reported(error: OSError) -> Exception:
    """Return what an `error` means that came back from the network for a datagram sent before."""
    if error.errno in FROM_A_ROUTER:
        return ProbeFailure(Reason.UNREACHABLE, f"on the way: {error.strerror}")
    return error
