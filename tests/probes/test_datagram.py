"""Connected datagram sockets: what the network reports of a datagram is never taken for an error of ours."""

from __future__ import annotations

import errno
import socket

import pytest
from support.servers import refusing

from ictss_monitor.probe import ProbeFailure, Reason
from probes._datagram import connected, receive, reported, send_again

HOST = "127.0.0.1"


async def test_port_where_nobody_listens_is_refused_on_waiting() -> None:
    """The kernel tells the one who waits, at once."""
    with refusing(HOST) as port, connected((socket.AF_INET, (HOST, port))) as sock:
        sock.send(b"anybody?")
        with pytest.raises(ConnectionRefusedError):
            await receive(sock, 100)


def test_what_was_reported_before_is_raised_on_sending_again() -> None:
    """An error that waits on the socket belongs to the datagram before, and nothing more is sent."""
    with refusing(HOST) as port, connected((socket.AF_INET, (HOST, port))) as sock:
        sock.send(b"anybody?")
        with pytest.raises(ConnectionRefusedError):
            send_again(sock, b"anybody?")
        send_again(sock, b"once more")  # what was told is told once


async def test_strangers_are_not_heard() -> None:
    """Only the far end's datagrams arrive."""
    with (
        socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as server,
        socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as stranger,
    ):
        server.bind((HOST, 0))
        with connected((socket.AF_INET, server.getsockname())) as sock:
            stranger.sendto(b"forged", sock.getsockname())
            server.sendto(b"true", sock.getsockname())
            assert await receive(sock, 100) == b"true"


@pytest.mark.parametrize("number", [errno.ENETUNREACH, errno.EACCES, errno.EPERM])
def test_what_a_router_says_is_the_far_ends_fault(number: int) -> None:
    """After sending, "network unreachable" and "prohibited" come from a router: down, not our own trouble."""
    failure = reported(OSError(number, "words"))
    assert isinstance(failure, ProbeFailure)
    assert failure.reason is Reason.UNREACHABLE


def test_other_errors_stay_what_they_are() -> None:
    """The core knows whose fault they are."""
    error = ConnectionRefusedError(errno.ECONNREFUSED, "refused")
    assert reported(error) is error
