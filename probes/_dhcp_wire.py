"""DHCP messages (RFC 2131, 2132, 3396) in octets: the DISCOVER that we send, and the OFFER that may come back.

The reader takes anything from anybody: every length is compared with what is there, nothing is followed twice, and
what breaks the rules is told apart from what is not for us.
"""

from __future__ import annotations

import socket
import struct
from collections.abc import Mapping
from dataclasses import dataclass
from ipaddress import IPv4Address
from typing import Final

LONGEST: Final = 1472
"""Octets of a message that we accept, and say so: what one Ethernet frame carries."""
SHORTEST: Final = 300
"""Octets of a message that old relays and servers insist on (BOOTP, RFC 951)."""

_FIXED: Final = struct.Struct("!4BIHH4s4s4s4s16s")
_NAMES: Final = 64 + 128
_COOKIE: Final = b"\x63\x82\x53\x63"
_OPTIONS_AT: Final = _FIXED.size + _NAMES + len(_COOKIE)
_BOOTREQUEST, _BOOTREPLY = 1, 2
_ETHERNET: Final = 1
_BROADCAST_FLAG: Final = 0x8000

PAD, END = 0, 255
OVERLOAD, MESSAGE_TYPE, SERVER_IDENTIFIER, PARAMETERS, LONGEST_MESSAGE, RELAY_AGENT = 52, 53, 54, 55, 57, 82
LINK_SELECTION: Final = 5
"""Suboption of RELAY_AGENT (RFC 3527)."""
DISCOVER, OFFER = 1, 2


class MalformedError(ValueError):
    """A message that claims to be ours and breaks the protocol's rules; the text says how."""


@dataclass(frozen=True, slots=True)
class Discover:
    """What one asking for an offer says, whenever it is repeated."""

    transaction: int
    """32 bits that the answer must carry."""
    client: bytes
    """Six octets of hardware address for which an offer is asked."""
    relay: IPv4Address | None = None
    """The relay to which the server answers; None where we are the client itself."""
    link: IPv4Address | None = None
    """Network from which the address is to come, where that is not the relay's own."""
    parameters: bytes = b""
    """Codes of the options that we would like to be told."""

    def packet(self, seconds: int = 0) -> bytes:
        """Return the message, sent `seconds` after the first one of the same asking."""
        relay = self.relay or IPv4Address(0)
        none = bytes(4)
        fixed = _FIXED.pack(
            _BOOTREQUEST, _ETHERNET, len(self.client), int(self.relay is not None), self.transaction,
            min(seconds, 0xFFFF), _BROADCAST_FLAG, none, none, none, relay.packed, self.client,
        )  # fmt: skip
        options = _option(MESSAGE_TYPE, bytes([DISCOVER]))
        options += _option(LONGEST_MESSAGE, LONGEST.to_bytes(2))
        if self.parameters:
            options += _option(PARAMETERS, self.parameters)
        if self.link is not None:
            options += _option(RELAY_AGENT, _option(LINK_SELECTION, self.link.packed))
        whole = fixed + bytes(_NAMES) + _COOKIE + options + bytes([END])
        return whole.ljust(SHORTEST, b"\0")


@dataclass(frozen=True, slots=True)
class Offer:
    """What one server offers."""

    server: IPv4Address
    """The server as it identifies itself, which is what a client would send its REQUEST to."""
    address: IPv4Address
    options: Mapping[int, bytes]
    """By code, split ones joined, from all three fields that may hold options."""


def transaction_of(message: bytes) -> int | None:
    """Return the transaction that a server's answer belongs to; None where `message` is no server's answer."""
    if len(message) < _FIXED.size or message[0] != _BOOTREPLY:
        return None
    return int.from_bytes(message[4:8])


def read(message: bytes, client: bytes) -> Offer | None:
    """Return the offer to `client` that `message` is; None where it is for another client or something else.

    Raises MalformedError where it is for `client` and cannot be understood.
    """
    if len(message) < _OPTIONS_AT:
        return None
    kind, hardware, length, *_, offered, _, _, chaddr = _FIXED.unpack_from(message)
    if kind != _BOOTREPLY or chaddr[: len(client)] != client:
        return None
    if (hardware, length) != (_ETHERNET, len(client)):
        raise MalformedError(f"hardware type {hardware} with {length} octets, where we are Ethernet with {len(client)}")
    if message[_OPTIONS_AT - len(_COOKIE) : _OPTIONS_AT] != _COOKIE:
        raise MalformedError("an answer of BOOTP, without the options of DHCP")
    options = _all_options(message)
    told = options.get(MESSAGE_TYPE)
    if told is None or len(told) != 1:
        raise MalformedError("an answer without a message type")
    if told[0] != OFFER:
        return None
    server = options.get(SERVER_IDENTIFIER)
    if server is None or len(server) != 4:
        raise MalformedError("an offer without the server's identifier")
    if offered == bytes(4):
        raise MalformedError(f"an offer of {IPv4Address(server)} without an address")
    return Offer(IPv4Address(server), IPv4Address(offered), options)


def _option(code: int, value: bytes) -> bytes:
    return bytes([code, len(value)]) + value


def _all_options(message: bytes) -> dict[int, bytes]:
    """Return the options of the options field, and of the file and server name fields where they are lent for it."""
    found: dict[int, bytearray] = {}
    _collect(message[_OPTIONS_AT:], found)
    lent = found.get(OVERLOAD, b"")
    if lent and lent not in (b"\x01", b"\x02", b"\x03"):
        raise MalformedError("option 52 (overload) is none of 1, 2 and 3")
    flags = lent[0] if lent else 0
    if flags & 1:
        _collect(message[_FIXED.size + 64 : _FIXED.size + _NAMES], found)
    if flags & 2:
        _collect(message[_FIXED.size : _FIXED.size + 64], found)
    return {code: bytes(value) for code, value in found.items()}


def _collect(field: bytes, found: dict[int, bytearray]) -> None:
    """Add the options of one field to `found`; of an option that comes twice, the parts are joined (RFC 3396)."""
    at = 0
    while at < len(field) and field[at] != END:
        if field[at] == PAD:
            at += 1
            continue
        if at + 2 > len(field) or at + 2 + field[at + 1] > len(field):
            raise MalformedError(f"option {field[at]} is cut off")
        found.setdefault(field[at], bytearray()).extend(field[at + 2 : at + 2 + field[at + 1]])
        at += 2 + field[at + 1]


# IPv4 and UDP around a message, for a socket below them (RFC 791, 768).

_IP: Final = struct.Struct("!BBHHHBBH4s4s")
_UDP: Final = struct.Struct("!4H")
SERVER_PORT, CLIENT_PORT = 67, 68
_EVERYBODY: Final = b"\xff" * 4
_NOT_FIRST_OR_NOT_LAST: Final = 0x3FFF
_HOPS: Final = 64


def enclosed(message: bytes) -> bytes:
    """Return the IPv4 packet that takes `message` from a host without an address to all servers of its network."""
    length = _UDP.size + len(message)
    pseudo = bytes(4) + _EVERYBODY + struct.pack("!BBH", 0, socket.IPPROTO_UDP, length)
    udp = _UDP.pack(CLIENT_PORT, SERVER_PORT, length, 0)
    total = checksum(pseudo + udp + message) or 0xFFFF
    udp = _UDP.pack(CLIENT_PORT, SERVER_PORT, length, total)
    fields = (0x45, 0, _IP.size + length, 0, 0, _HOPS, socket.IPPROTO_UDP)
    header = _IP.pack(*fields, 0, bytes(4), _EVERYBODY)
    return _IP.pack(*fields, checksum(header), bytes(4), _EVERYBODY) + udp + message


def disclosed(packet: bytes) -> bytes | None:
    """Return the message in an IPv4 packet to the client port; None where it holds none, or not all of one.

    Checksums are left alone: what comes from a server on this machine has none yet, and Ethernet has its own.
    """
    if len(packet) < _IP.size:
        return None
    first, _, total, _, fragment, _, protocol, *_ = _IP.unpack_from(packet)
    start = (first & 0x0F) * 4
    if first >> 4 != 4 or start < _IP.size or protocol != socket.IPPROTO_UDP or fragment & _NOT_FIRST_OR_NOT_LAST:
        return None
    if not start + _UDP.size <= total <= len(packet):
        return None
    _, port, length, _ = _UDP.unpack_from(packet, start)
    if port != CLIENT_PORT or not _UDP.size <= length <= total - start:
        return None
    return packet[start + _UDP.size : start + length]


def checksum(data: bytes) -> int:
    """Return the Internet checksum of `data` (RFC 1071)."""
    padded = data + b"\0" * (len(data) % 2)
    total: int = sum(struct.unpack(f"!{len(padded) // 2}H", padded))
    while total > 0xFFFF:
        total = (total & 0xFFFF) + (total >> 16)
    return ~total & 0xFFFF
