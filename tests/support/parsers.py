"""Every parser of ours that reads what others wrote, with samples to spoil: tests/fuzz/ holds them to their promise.

A parser promises to return, or to raise what its module names; anything else is a bug, and so is slowness.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Coroutine, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from support import catalogues, dhcp_messages, sip_servers
from support.dns_servers import reply as dns_reply

from ictss_monitor.availability import periods
from ictss_monitor.catalogue.parse import Source
from ictss_monitor.catalogue.parse import parse as parse_catalogue
from ictss_monitor.catalogue.values import duration, moment
from ictss_monitor.errors import CatalogueError, PeriodError
from ictss_monitor.probe import ProbeFailure
from probes import _dhcp_wire, _dns_wire, _http1, _icmp_packet, _ldap_message, _sip_message, _snmp_message, _snmp_usm
from probes._ber import OCTETS, Malformed, Reader, first_size, integer, tlv
from probes._body import Body
from probes._imap import ImapDialogue
from probes._smtp import SmtpDialogue
from probes._snmp_ber import oid, oid_text

Parse = Callable[[bytes], object]
CATALOGUE = (Path(__file__).parents[2] / "config" / "example.yaml").read_bytes()


@dataclass(frozen=True, slots=True)
class Parser:
    """One parser, run on octets; it lets through only what it must not raise."""

    name: str
    parse: Parse
    samples: Sequence[bytes]
    """Good messages, to be spoilt."""
    share: float = 1.0
    """How many cases it gets beside the others'."""
    slowest: float = 0.5
    """Seconds that no single case may take, on a busy machine too."""


class Spoken:
    """Stands for a stream from which fixed octets come in pieces, and then its end."""

    def __init__(self, wire: bytes, size: int) -> None:
        self._pieces = [wire[at : at + size] for at in range(0, len(wire), size)]

    async def receive(self) -> bytes:
        """Return the next piece; nothing after the last."""
        return self._pieces.pop(0) if self._pieces else b""

    async def send(self, data: bytes) -> None:
        """Take what is sent."""


def _at_once(talk: Coroutine[Any, Any, object]) -> None:
    """Run a dialogue that never waits, for which no event loop is needed."""
    try:
        talk.send(None)
    except (StopIteration, ProbeFailure):
        return
    talk.close()
    raise AssertionError("the dialogue waits for something")


async def _smtp(wire: bytes) -> None:
    dialogue = SmtpDialogue(Spoken(wire, 7))  # type: ignore[arg-type]
    await dialogue.greeting()
    offer = await dialogue.hello("x")
    await dialogue.login(("me", "x"), offer)


async def _imap(wire: bytes) -> None:
    dialogue = ImapDialogue(Spoken(wire, 7))  # type: ignore[arg-type]
    await dialogue.greeting()
    offered = await dialogue.capabilities()
    await dialogue.login(("me", "x"), offered)
    await dialogue.noop()


ASKED = _dns_wire.Question(b"\3www\7example\0", 1)
QUERY = ASKED.packet(77)


def _dns(wire: bytes) -> None:
    _dns_wire.is_ours(wire, 77, ASKED)
    with suppress(ProbeFailure):
        _dns_wire.read(wire, ASKED)


def _http(wire: bytes) -> None:
    body = Body(1000, wanted=True)
    answer = _http1.Answer(body.decode, body.take, head_only=False)
    with suppress(ProbeFailure):
        for at in range(0, len(wire), 64):
            if not answer.done:
                answer.feed(wire[at : at + 64])
        answer.end()


def _ber(wire: bytes) -> None:
    with suppress(Malformed):
        first_size(wire)
    with suppress(Malformed):
        reader = Reader(wire)
        while reader.at < reader.end:
            reader.element()


def _ldap(wire: bytes) -> None:
    with suppress(Malformed):
        _ldap_message.read_entry(_ldap_message.read_message(wire).content)
    with suppress(Malformed):
        str(_ldap_message.read_result(_ldap_message.read_message(wire).content))


def _snmp(wire: bytes) -> None:
    with suppress(Malformed):
        for binding in _snmp_message.read_community_message(wire).bindings:
            oid_text(binding.name)
    with suppress(Malformed):
        came = _snmp_usm.read_message(wire)
        came.pdu(None)


def _sip(wire: bytes) -> None:
    with suppress(_sip_message.NotSip):
        _sip_message.read(wire)
    with suppress(_sip_message.NotSip):
        reader = _sip_message.Reader()
        for at in range(0, len(wire), 50):
            reader.feed(wire[at : at + 50])
            while reader.next() is not None:
                pass


CLIENT = bytes((2, 0, 0, 0, 0, 1))
DISCOVER = bytes((1, 1, 6, 0)) + b"\1\2\3\4" + bytes(20) + CLIENT + bytes(202) + dhcp_messages.COOKIE + b"\x35\1\1\xff"


def _dhcp(wire: bytes) -> None:
    _dhcp_wire.transaction_of(wire)
    for message in (wire, _dhcp_wire.disclosed(wire) or b""):
        with suppress(_dhcp_wire.MalformedError):
            _dhcp_wire.read(message, CLIENT)


def _icmp(wire: bytes) -> None:
    if len(wire) >= 8:  # the kernel hands over no less
        for dialect in (_icmp_packet.IPV4, _icmp_packet.IPV6):
            _icmp_packet.checksum_holds(wire)
            _icmp_packet.read_error(dialect, wire)


def _catalogue(wire: bytes) -> None:
    with suppress(CatalogueError):
        parse_catalogue(
            [Source("a.yaml", wire.decode("utf-8", "replace"))], catalogues.options_model, catalogues.secret
        )


def _period(wire: bytes) -> None:
    with suppress(PeriodError):
        periods.parse(wire.decode("latin-1"))
    for read in (duration, moment):
        with suppress(ValueError):  # pydantic's custom errors are among them
            read(wire.decode("latin-1"))


QUOTED = b"\x45\0\0\x54\0\0\0\0\x40\1\0\0\xc0\0\2\1\xc0\0\2\2\x08\0\0\0\0\1\0\2" + bytes(16)
SNMP_PDU = tlv(0xA2, integer(7), integer(0), integer(0), tlv(0x30, tlv(0x30, oid("1.3.6.1.2.1.1.3.0"), b"\x43\1\5")))
USM = tlv(0x30, tlv(OCTETS, b"\x80\0\1\2\3"), integer(1), integer(9), tlv(OCTETS, b"me"), tlv(OCTETS), tlv(OCTETS))
SIP_REQUEST = _sip_message.Request("sip:x", "monitor", "udp", "192.0.2.9:5060", "0123", "t", "c", 7).wire()

PARSERS = (
    Parser(
        "DNS reply", _dns, [dns_reply(QUERY, "www.example. 60 IN CNAME w.example.", "w.example. 3 IN A 192.0.2.1")], 2
    ),
    Parser(
        "HTTP/1 answer",
        _http,
        [
            b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello",
            b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nhe\r\n3;x=y\r\nllo\r\n0\r\nT: 1\r\n\r\n",
        ],
        2,
    ),
    Parser("BER", _ber, [tlv(0x30, SNMP_PDU, USM)]),
    Parser(
        "LDAP message",
        _ldap,
        [
            tlv(
                0x30,
                integer(1),
                tlv(0x64, tlv(4), tlv(0x30, tlv(0x30, tlv(4, b"supportedLDAPVersion"), tlv(0x31, b"\4\0013")))),
            ),
            tlv(0x30, integer(1), tlv(0x65, b"\x0a\1\0", tlv(4), tlv(4, b"fine"))),
        ],
        2,
    ),
    Parser(
        "SNMP message",
        _snmp,
        [
            tlv(0x30, integer(1), tlv(4, b"public"), SNMP_PDU),
            tlv(
                0x30,
                integer(3),
                tlv(0x30, integer(7), integer(65_507), tlv(4, b"\0"), integer(3)),
                tlv(4, USM),
                tlv(0x30, tlv(4, b"\x80\0\1\2\3"), tlv(4), SNMP_PDU),
            ),
        ],
        2,
    ),
    Parser("SIP message", _sip, [sip_servers.reply(SIP_REQUEST, "200 OK", "Server: pbx", body="v=0\r\n")], 2),
    Parser(
        "SMTP dialogue",
        lambda wire: _at_once(_smtp(wire)),
        [
            b"220-mail\r\n220 ready\r\n250-mail\r\n250-SIZE 1000\r\n250 AUTH PLAIN LOGIN\r\n235 fine\r\n",
        ],
        2,
    ),
    Parser(
        "IMAP dialogue",
        lambda wire: _at_once(_imap(wire)),
        [
            b"* OK ready\r\n* CAPABILITY IMAP4rev1 AUTH=PLAIN\r\nm1 OK x\r\n+ \r\nm2 OK x\r\nm3 OK x\r\n",
            b"* PREAUTH {2}\r\n* CAPABILITY IMAP4rev1\r\n* X {4}\r\n\r\nab\r\nm1 OK x\r\nm2 OK x\r\nm3 OK x\r\n",
        ],
        2,
    ),
    Parser(
        "DHCP message", _dhcp, [dhcp_messages.answer(DISCOVER), _dhcp_wire.enclosed(dhcp_messages.answer(DISCOVER))], 2
    ),
    Parser(
        "ICMP message", _icmp, [b"\3\1\0\0\0\0\0\0" + QUOTED, b"\1\0\0\0\0\0\0\0\x60" + bytes(5) + b"\x3a" + bytes(60)]
    ),
    Parser(
        "period, duration, date", _period, [b"2026-11", b"2026-Q4", b"2026", b"1h", b"250ms", b"2026-04-01T08:00:00Z"]
    ),
    # A page of YAML takes a thousand times as long as a datagram: it gets fewer cases.
    Parser("catalogue", _catalogue, [CATALOGUE], 0.02, 5.0),
)


def spoilt(chance: random.Random, parser: Parser) -> bytes:
    """Return one of the samples with octets lost, changed, doubled, moved or put in; or, now and then, mere noise."""
    if chance.random() < 0.05:
        return chance.randbytes(chance.randrange(600))
    wire = bytearray(chance.choice(parser.samples))
    for _ in range(chance.choice((1, 1, 1, 2, 3, 8))):
        at, size = chance.randrange(len(wire) + 1), chance.choice((1, 1, 1, 2, 4, 20))
        match chance.randrange(6):
            case 0:
                del wire[at : at + size]
            case 1:
                wire[at : at + size] = chance.randbytes(size)
            case 2:
                wire[at:at] = wire[at : at + size] * chance.choice((1, 2, 30))
            case 3:
                wire[at:at] = chance.choice(
                    (b"\r\n", b"\0", b"\xff", b"\x80", b"\x30\x84", b"{9}", b" ", b"-", b"\xc0\x0c")
                )
            case 4:
                del wire[at:]
            case 5 if at < len(wire):
                wire[at] = chance.choice((0, 1, 0x7F, 0x80, 0xFF, wire[at] ^ (1 << chance.randrange(8))))
    return bytes(wire)
