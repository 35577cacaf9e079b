"""ICMP echo on the wire: RFC 792 for IPv4, RFC 4443 for IPv6, and the error messages that quote our requests.

Own code rather than a library's packet classes, because this is the whole cost of a ping: see
docs/decisions/020-icmp-own-packets.md. The tests hold it against icmplib's.
"""

from __future__ import annotations

import socket
from collections.abc import Mapping
from dataclasses import dataclass
from struct import Struct
from types import MappingProxyType
from typing import Final

ECHO: Final = Struct("!BBHHHQ")
"""Type, code, checksum, identifier, sequence, and the 64-bit cookie with which our payload begins."""

_QUOTE_OFFSET: Final = 8
_ECHO_HEADER: Final = Struct("!BBHHH")
_IPV6_HEADER: Final = 40

_NET_UNREACHABLE: Final = {
    0: "network unreachable",
    1: "host unreachable",
    2: "protocol unreachable",
    3: "port unreachable",
    5: "source route failed",
    6: "network unknown",
    7: "host unknown",
    9: "network prohibited",
    10: "host prohibited",
    11: "network unreachable for this type of service",
    12: "host unreachable for this type of service",
    13: "communication prohibited",
}
_IPV6_UNREACHABLE: Final = {
    0: "no route to destination",
    1: "communication prohibited",
    2: "beyond the scope of the source address",
    3: "address unreachable",
    4: "port unreachable",
    5: "source address refused by policy",
    6: "route rejected",
}


@dataclass(frozen=True, slots=True)
class Dialect:
    """The numbers in which ICMP for IPv4 and for IPv6 differ.

    `errors` names, by type, the codes of the messages that mean that a request cannot arrive. Not among them is
    IPv4's "fragmentation needed" (3/4): the kernel takes its advice, and the next packet arrives.
    """

    family: socket.AddressFamily
    protocol: int
    name: str
    request: int
    reply: int
    errors: Mapping[int, Mapping[int, str]]


IPV4: Final = Dialect(
    family=socket.AF_INET,
    protocol=socket.IPPROTO_ICMP,
    name="IPv4",
    request=8,
    reply=0,
    errors=MappingProxyType({3: _NET_UNREACHABLE, 11: {0: "time to live exceeded in transit"}}),
)
IPV6: Final = Dialect(
    family=socket.AF_INET6,
    protocol=socket.IPPROTO_ICMPV6,
    name="IPv6",
    request=128,
    reply=129,
    errors=MappingProxyType({1: _IPV6_UNREACHABLE, 3: {0: "hop limit exceeded in transit"}}),
)
DIALECTS: Final = MappingProxyType({IPV4.family: IPV4, IPV6.family: IPV6})


def checksum_holds(message: bytes | memoryview) -> bool:
    """Tell whether the Internet checksum (RFC 1071) of a whole ICMP `message` is right.

    2**16 is 1 modulo 65,535, so the ones' complement sum of the 16-bit words is the message taken as one large number,
    modulo 65,535.
    """
    number = int.from_bytes(message, "big")
    return (number << 8 if len(message) % 2 else number) % 0xFFFF == 0


class EchoRequest:
    """Echo requests of one dialect, identifier and payload size: all that never changes is worked out once."""

    __slots__ = ("_constant_sum", "_filler", "_identifier", "_type", "length")

    def __init__(self, dialect: Dialect, identifier: int, payload: int) -> None:
        """Prepare requests with `payload` bytes, at least the 8 of the cookie."""
        self._type = dialect.request
        self._identifier = identifier
        self._filler = bytes(index % 256 for index in range(8, payload))
        self._constant_sum = int.from_bytes(
            ECHO.pack(self._type, 0, 0, identifier, 0, 0) + self._filler + bytes(payload % 2), "big"
        )
        self._constant_sum %= 0xFFFF
        self.length = ECHO.size + len(self._filler)

    def message(self, sequence: int, cookie: int) -> bytes:
        """Return the ICMP message; for IPv6 the kernel replaces its checksum, which covers the addresses too."""
        checksum = -(self._constant_sum + sequence + cookie) % 0xFFFF
        return ECHO.pack(self._type, 0, checksum, self._identifier, sequence, cookie) + self._filler


@dataclass(frozen=True, slots=True)
class Quote:
    """What an error message says of the request that caused it; `cookie` is None where the quote is too short."""

    destination: str
    identifier: int
    sequence: int
    cookie: int | None
    complaint: str


def read_error(dialect: Dialect, message: bytes) -> Quote | None:
    """Return what an ICMP error `message` quotes; None where it is no such error, is cut short, or quotes no request.

    RFC 792 promises only the first 8 bytes of the quoted message, so the cookie may be missing.
    """
    complaint = dialect.errors.get(message[0], {}).get(message[1])
    quoted = message[_QUOTE_OFFSET:]
    located = _quoted_request(dialect, quoted)
    if complaint is None or located is None:
        return None
    destination, start = located
    if len(quoted) < start + _ECHO_HEADER.size:
        return None
    kind, _, _, identifier, sequence = _ECHO_HEADER.unpack_from(quoted, start)
    if kind != dialect.request:
        return None
    whole = len(quoted) >= start + ECHO.size
    return Quote(destination, identifier, sequence, ECHO.unpack_from(quoted, start)[5] if whole else None, complaint)


def _quoted_request(dialect: Dialect, packet: bytes) -> tuple[str, int] | None:
    """Return the destination of a quoted IP packet and where its ICMP message starts."""
    if dialect is IPV4:
        if len(packet) < 20 or packet[0] >> 4 != 4 or packet[9] != dialect.protocol:
            return None
        return socket.inet_ntop(dialect.family, packet[16:20]), (packet[0] & 0x0F) * 4
    if len(packet) < _IPV6_HEADER or packet[0] >> 4 != 6 or packet[6] != dialect.protocol:
        return None
    return socket.inet_ntop(dialect.family, packet[24:40]), _IPV6_HEADER
