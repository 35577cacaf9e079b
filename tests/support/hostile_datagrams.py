"""Hostile far ends of protocols that run over datagrams."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from itertools import repeat
from typing import Any

from support import dhcp_messages, sip_servers
from support.dns_servers import reply as dns_reply
from support.hostile import HOST, Cell, FarEnd, Told, always
from support.hostile_streams import (
    GARBAGE,
    OVERSIZE,
    PROTOCOL,
    REFUSED,
    TIMEOUT,
    nested,
    options_of,
)

from ictss_monitor.probing import registry
from probes._ber import Malformed, Reader, tlv

Make = Callable[[bytes], bytes]
"""What is answered to a query."""

LARGEST = 60_000
RESOLVER = "unknown resolver"


@dataclass(frozen=True, slots=True)
class Way:
    """How one type of probe talks in datagrams."""

    kind: str
    way: str
    told: Told
    right: Make
    """What makes the query into a datagram that is taken for its answer, though it may say little."""
    stray: str
    """What datagrams that are no answer amount to: passed over, or an offence."""
    own: Mapping[str, tuple[Make, str]]
    but: Mapping[str, str] = field(default_factory=dict)
    """What is concluded otherwise than from most protocols, by behaviour."""


def snmp_answer(query: bytes, bindings: bytes, number: int | None = None) -> bytes:
    """Return a response with `bindings` to a query by community."""
    try:
        message = Reader(query).enter(0x30)
        version, community = message.number(), message.content(0x04)
        _, at, end = message.element()
        asked = Reader(query, at, end).number()
    except Malformed:  # version 3: there is no right answer for somebody who is not the agent
        return query
    pdu = tlv(0xA2, _int(asked if number is None else number), _int(0), _int(0), bindings)
    return tlv(0x30, _int(version), tlv(4, community), pdu)


def _int(number: int) -> bytes:
    return tlv(2, number.to_bytes(5, signed=True))


def _bound(value: bytes, name: bytes = b"\x2b\x06\x01\x02\x01\x01\x03\x00") -> bytes:
    return tlv(0x30, tlv(0x30, tlv(6, name), value))


def spoilt(wire: bytes, at: int, by: bytes) -> bytes:
    """Return `wire` with the octets from `at` replaced."""
    return wire[:at] + by + wire[at + len(by) :]


SNMP_OWN: dict[str, tuple[Make, str]] = {
    "right message, then garbage": (lambda query: snmp_answer(query, GARBAGE[:900]), PROTOCOL),
    "nested encoding": (lambda query: snmp_answer(query, nested(1500)), PROTOCOL),
    "nothing but nesting": (lambda query: nested(3000), PROTOCOL),
    "indefinite length": (lambda query: b"\x30\x80" + query[2:], PROTOCOL),
    "length of 126 octets": (lambda query: b"\x30\xfe" + b"\xff" * 126, PROTOCOL),
    "inner length beyond the outer": (lambda query: snmp_answer(query, b"\x30\x7f\x30"), PROTOCOL),
    "number of 2000 octets": (lambda query: snmp_answer(query, _bound(tlv(2, b"\x7f" * 2000))), PROTOCOL),
    "name without end": (lambda query: snmp_answer(query, _bound(tlv(5), b"\x2b" + b"\xff" * 500)), PROTOCOL),
    "names that were not asked": (lambda query: snmp_answer(query, _bound(tlv(5), b"\x2b\x01")), PROTOCOL),
    "no names": (lambda query: snmp_answer(query, tlv(0x30)), PROTOCOL),
    "answer to another request": (lambda query: snmp_answer(query, tlv(0x30), 7), TIMEOUT),
}  # fmt: skip
SNMP_V3_OWN: dict[str, tuple[Make, str]] = {
    name: SNMP_OWN[name] for name in ("nothing but nesting", "indefinite length", "length of 126 octets")
}


def _dns(body: bytes, answers: int = 1) -> Make:
    """Return what answers with `body` after the question."""
    return lambda query: query[:2] + b"\x81\x80\0\1" + answers.to_bytes(2) + b"\0\0\0\0" + _question(query) + body


def _pointing(query: bytes, *places: int) -> bytes:
    """Return an answer of pointers, each to a place behind the question."""
    wire = _dns(b"")(query)
    return wire + b"".join((0xC000 | (len(wire) + place)).to_bytes(2) for place in places) + bytes(10)


def _question(query: bytes) -> bytes:
    return query[12 : query.index(b"\0", 12) + 5]


DNS_OWN: dict[str, tuple[Make, str]] = {
    "right question, then garbage": (_dns(GARBAGE[:900]), PROTOCOL),
    "pointer to itself": (lambda query: _pointing(query, 0), PROTOCOL),
    "pointers in a circle": (lambda query: _pointing(query, 2, 0), PROTOCOL),
    "pointer beyond the end": (_dns(b"\xff\xff" + bytes(10)), PROTOCOL),
    "more records than it holds": (_dns(b"", 65_535), OVERSIZE),
    "record longer than the message": (_dns(b"\xc0\x0c\0\1\0\1\0\0\0\0\xff\xff\1"), PROTOCOL),
    "address of three octets": (_dns(b"\xc0\x0c\0\1\0\1\0\0\0\0\0\3abc"), PROTOCOL),
    "alias of itself": (_dns(b"\xc0\x0c\0\5\0\1\0\0\0\0\0\2\xc0\x0c"), PROTOCOL),
    "another's answer": (lambda query: bytes([query[0] ^ 1]) + dns_reply(query)[1:], TIMEOUT),
}  # fmt: skip

DHCP_OWN: dict[str, tuple[Make, str]] = {
    "right client, then garbage": (lambda query: dhcp_messages.answer(query, raw=GARBAGE[:900]), PROTOCOL),
    "option longer than the message": (lambda query: dhcp_messages.answer(query, raw=b"\x35\xff\2"), PROTOCOL),
    "overload of the overloaded": (
        lambda query: dhcp_messages.answer(query, more={52: b"\3"}, sname=b"\x34\1\3" * 21, file=b"\x34\1\3" * 42),
        "up ok",
    ),
    "options without end mark": (lambda query: dhcp_messages.answer(query, raw=bytes(900)), PROTOCOL),
    "no cookie": (lambda query: dhcp_messages.answer(query, cookie=bytes(4)), PROTOCOL),
    "refusal": (lambda query: dhcp_messages.answer(query, kind=6), TIMEOUT),
    "answer to another client": (lambda query: dhcp_messages.answer(query[:28] + bytes(16) + query[44:]), TIMEOUT),
}  # fmt: skip

SIP_OWN: dict[str, tuple[Make, str]] = {
    "right reply, then garbage": (lambda query: sip_servers.reply(query)[:-4] + GARBAGE[:900], PROTOCOL),
    "length beyond its body": (
        lambda query: sip_servers.reply(query).replace(b"Content-Length: 0", b"Content-Length: 9999"), PROTOCOL
    ),
    "length below nothing": (
        lambda query: sip_servers.reply(query).replace(b"Content-Length: 0", b"Content-Length: -1"), PROTOCOL
    ),
    "fields without end": (lambda query: sip_servers.reply(query)[:-2] + b"x: x\r\n" * 9000, OVERSIZE),
    "provisional for ever": (lambda query: sip_servers.reply(query, "100 Trying"), TIMEOUT),
    "reply to another": (
        lambda query: sip_servers.reply(query.replace(b"branch=z9hG4bK", b"branch=z9hG4bKx")), TIMEOUT
    ),
    "status beyond all": (lambda query: sip_servers.reply(query, "999 x"), PROTOCOL),
}  # fmt: skip

V3 = {"community": None, "version": "3", "user": "watch", "auth": "sha256", "auth_password": "not-the-right-one"}
OF_ITS_KIND = {"nobody listens", "silent", "oversized", "truncated", "flood", "flood of garbage", "its own words"}
WAYS = (
    Way("dhcp", "dhcp", options_of("dhcp"), lambda query: dhcp_messages.answer(query, raw=b"\xff"), TIMEOUT, DHCP_OWN, {
        # Its port is open to the whole network: what is no answer is passed over, and a refusal is not heard.
        "nobody listens": TIMEOUT, "oversized": PROTOCOL, "truncated": TIMEOUT, "flood": TIMEOUT,
        "flood of garbage": TIMEOUT,
    }),
    Way("dns", "dns, UDP", options_of("dns"), dns_reply, TIMEOUT, DNS_OWN),
    *(
        Way(kind, f"{kind}, v2c", options_of(kind), lambda query: snmp_answer(query, tlv(0x30)), PROTOCOL, SNMP_OWN)
        for kind in ("environment", "snmp", "ups")
    ),
    Way("snmp", "snmp, v3", options_of("snmp", **V3), lambda query: query, PROTOCOL, SNMP_V3_OWN),
    Way("sip", "sip, UDP", options_of("sip"), sip_servers.reply, TIMEOUT, SIP_OWN),
    # The name server is ours: where it fails, nothing is known of the domain's mail.
    Way("mx", "mx, its name server", lambda port, folder: {"address": "example.org", "server": f"{HOST}:{port}"},
        dns_reply, RESOLVER, {}, dict.fromkeys(OF_ITS_KIND, RESOLVER)),
)  # fmt: skip


def one(make: Make) -> Any:
    """Answer each query with what `make` makes of it."""
    return lambda query, client: [make(query)] if query else []


def _flood(make: Make) -> Any:
    """Answer each query with thousands of datagrams."""

    def respond(query: bytes, client: Any) -> Iterable[bytes]:
        return repeat(make(query), 5000) if query else ()

    return respond


def _common(way: Way) -> dict[str, tuple[FarEnd, str]]:
    """Return what every protocol meets: behaviours by name, and what most protocols conclude from each."""
    return {
        "nobody listens": (FarEnd(None), REFUSED),
        "silent": (FarEnd(), TIMEOUT),
        "empty datagram": (FarEnd(one(lambda query: b"")), way.stray),
        "garbage": (FarEnd(one(lambda query: GARBAGE[:600])), way.stray),
        "its own words": (FarEnd(one(lambda query: query)), TIMEOUT),
        "oversized": (FarEnd(one(lambda query: way.right(query).ljust(LARGEST, b"\0"))), OVERSIZE),
        "a web server": (FarEnd(one(lambda query: b"HTTP/1.1 400 Bad Request\r\n\r\n")), way.stray),
        "truncated": (FarEnd(one(lambda query: (it := way.right(query))[: len(it) * 3 // 4])), PROTOCOL),
        "flood": (FarEnd(_flood(lambda query: spoilt(query, 4, b"\0\0\0\0"))), PROTOCOL),
        "flood of garbage": (FarEnd(_flood(lambda query: GARBAGE[:1200])), PROTOCOL),
    }


def _cells() -> list[Cell]:
    found = []
    for way in (way for way in WAYS if way.kind in registry.kinds()):
        own = {name: (FarEnd(one(make)), verdict) for name, (make, verdict) in way.own.items()}
        for behaviour, (far_end, verdict) in (_common(way) | own).items():
            expected = way.but.get(behaviour, verdict)
            found.append(Cell(way.kind, way.way, behaviour, always(far_end), way.told, expected))
    return found


CELLS = tuple(_cells())
