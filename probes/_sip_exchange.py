"""Takes one SIP request to a server and brings its final reply: over UDP with timer E, or over a connection."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final, TypeAlias

from ictss_monitor.probe import ProbeFailure, Reason
from probes._datagram import connected, receive, send_again
from probes._resolve import Address
from probes._sip_message import Message, NotSip, Reader, Request, read
from probes._stream import Stream

T1: Final = 0.5
"""Seconds until a request over UDP is sent again for the first time; then twice as many each time (timer E) ..."""
T2: Final = 4.0
"""... up to so many (RFC 3261, 17.1.2.2 and table 4)."""
TIMER_F: Final = 64
"""Times T1, after which the RFC gives the request up."""

MOST_OCTETS_UDP: Final = 16_384
MOST_MESSAGES: Final = 64
"""Provisional replies, and messages that are no reply to us, after which we stop listening."""

Compose: TypeAlias = Callable[[str], Request]
"""Makes the request, given our own address and port."""


@dataclass(frozen=True, slots=True)
class Answer:
    """The final reply to a request that was sent again `retransmissions` times."""

    reply: Message
    retransmissions: int = 0


async def ask_udp(address: Address, compose: Compose, t1: float = T1, t2: float = T2) -> Answer:
    """Return the final reply of `address`; the request is sent again as the RFC says until it comes.

    Each request has a socket of its own, connected, as a question to a name server has (docs/decisions/028). Raises
    OSError, or ProbeFailure where the server or a router refuses, or breaks the rules in a reply that is surely ours.
    """
    with connected(address) as asking:
        request = compose(sent_by(asking))
        wire, branch = request.wire(), request.branch.encode()
        asking.send(wire)
        loop = asyncio.get_running_loop()
        interval, retransmissions, messages, proceeding = t1, 0, 0, False
        due = loop.time() + t1
        given_up = loop.time() + TIMER_F * t1
        while messages < MOST_MESSAGES:
            datagram = await _received(asking, due)
            if datagram is None:
                if due >= given_up:
                    raise ProbeFailure(Reason.TIMEOUT, f"no final reply within {TIMER_F * t1:g} s")
                send_again(asking, wire)
                retransmissions += 1
                interval = t2 if proceeding else min(2 * interval, t2)
                due += interval
                continue
            messages += 1
            reply = _reply_in(datagram, request, branch)
            if reply is not None and reply.status is not None and reply.status >= 200:
                return Answer(reply, retransmissions)
            proceeding = proceeding or reply is not None
    raise ProbeFailure(Reason.PROTOCOL, f"{MOST_MESSAGES} datagrams came, none of them a final reply to our request")


async def _received(asking: socket.socket, due: float) -> bytes | None:
    """Return the next datagram; None where none has come when it is `due` to send again."""
    window = asyncio.timeout_at(due)
    try:
        async with window:
            return await receive(asking, MOST_OCTETS_UDP)
    except TimeoutError:
        if window.expired():
            return None
        raise


def _reply_in(datagram: bytes, request: Request, branch: bytes) -> Message | None:
    """Return the reply to `request` that `datagram` is, None for a stray one, which anybody may have forged."""
    if len(datagram) > MOST_OCTETS_UDP:
        raise ProbeFailure(Reason.OVERSIZE, f"the reply has more than {MOST_OCTETS_UDP} octets")
    try:
        message = read(datagram)
    except NotSip as error:
        if branch in datagram:
            raise ProbeFailure(Reason.PROTOCOL, f"the reply is malformed: {error}") from None
        return None
    return message if request.is_answered_by(message) else None


async def ask_stream(stream: Stream, compose: Compose) -> Answer:
    """Return the final reply over a connection, where nothing is lost and so nothing is sent twice.

    Raises OSError, or ProbeFailure for what is not SIP, too long, or not whole.
    """
    request = compose(sent_by(stream.socket))
    await stream.send(request.wire())
    reader = Reader()
    try:
        for _ in range(MOST_MESSAGES):
            message = await _next(stream, reader)
            if request.is_answered_by(message) and message.status is not None and message.status >= 200:
                return Answer(message)
    except NotSip as error:
        reason = Reason.OVERSIZE if error.too_long else Reason.PROTOCOL
        raise ProbeFailure(reason, f"no reply in SIP: {error}") from None
    raise ProbeFailure(Reason.PROTOCOL, f"{MOST_MESSAGES} messages came, none of them a final reply to our request")


async def _next(stream: Stream, reader: Reader) -> Message:
    while (message := reader.next()) is None:
        came = await stream.receive()
        if not came:
            where = "in the middle of its reply" if reader.begun else "without a final reply"
            raise ProbeFailure(Reason.CLOSED, f"the far end closed the connection {where}")
        reader.feed(came)
    return message


def sent_by(sock: socket.socket) -> str:
    """Return our end of a connected `sock` as it stands in a Via field."""
    host, port = sock.getsockname()[:2]
    host = host.partition("%")[0]
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
