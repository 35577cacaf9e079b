"""Takes one question to a name server and brings its reply: over UDP, or over TCP (RFC 1035, 4.2; RFC 7766)."""

from __future__ import annotations

import os
import struct
from collections.abc import Sequence
from typing import Final

from ictss_monitor.probe import ProbeFailure, Reason
from probes._datagram import connected, receive
from probes._dns_wire import Question, is_ours
from probes._resolve import Address
from probes._stream import Stream, connect

MOST_OCTETS_UDP: Final = 4096
"""We announce no more than 512 (no EDNS); what is longer breaks the rules, and is told to."""
MOST_OCTETS_TCP: Final = 16_384
MOST_STRAY: Final = 64
"""Datagrams of the server that are no reply to us, after which we stop listening."""


async def ask_udp(address: Address, question: Question) -> bytes:
    """Return the first datagram from `address` that claims to be the reply to `question`.

    Each question has a socket of its own, connected: the kernel then picks an unforeseeable port, keeps other sources
    away and tells us that nobody listens. Raises OSError, or ProbeFailure where the server or a router refuses.
    """
    number = int.from_bytes(os.urandom(2))
    with connected(address) as asking:
        asking.send(question.packet(number))
        for _ in range(MOST_STRAY):
            wire = await receive(asking, MOST_OCTETS_UDP)
            if len(wire) > MOST_OCTETS_UDP:
                raise ProbeFailure(Reason.OVERSIZE, f"the reply has more than {MOST_OCTETS_UDP} octets")
            if is_ours(wire, number, question):
                return wire
    raise ProbeFailure(Reason.PROTOCOL, f"{MOST_STRAY} datagrams came, none of them a reply to our question")


async def ask_tcp(addresses: Sequence[Address], question: Question) -> bytes:
    """Return the reply to `question` over a connection of its own to the first of `addresses` that makes one.

    Raises OSError, or ProbeFailure where the server closes early, answers something else, or too much.
    """
    number = int.from_bytes(os.urandom(2))
    query = question.packet(number)
    async with await connect(addresses) as stream:
        await stream.send(struct.pack("!H", len(query)) + query)
        held = bytearray()
        await _fill(stream, held, 2)
        size = int.from_bytes(held[:2])
        if size > MOST_OCTETS_TCP:
            raise ProbeFailure(Reason.OVERSIZE, f"the reply has {size} octets, more than {MOST_OCTETS_TCP}")
        await _fill(stream, held, 2 + size)
    wire = bytes(held[2 : 2 + size])
    if not is_ours(wire, number, question):
        raise ProbeFailure(Reason.PROTOCOL, "what came over TCP is no reply to our question")
    return wire


async def _fill(stream: Stream, held: bytearray, size: int) -> None:
    """Read until `held` has at least `size` octets; one read more than that at most."""
    while len(held) < size:
        came = await stream.receive()
        if not came:
            raise ProbeFailure(Reason.CLOSED, f"the server closed the connection after {len(held)} octets")
        held += came
