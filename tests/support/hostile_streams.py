"""Hostile far ends of protocols that run over connections, in plain text."""

from __future__ import annotations

import random
import socket
import struct
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from itertools import repeat

from support.hostile import HOST, Cell, FarEnd, Told, always
from support.probe_samples import sample_of
from support.servers import Talk, ends, linger, mute

from ictss_monitor.probing import registry
from probes._ber import INTEGER, OCTETS, SEQUENCE, integer, tlv

TIMEOUT, CLOSED, RESET = "down timeout", "down closed", "down reset"
PROTOCOL, OVERSIZE, STATUS, MISMATCH = "down protocol", "down oversize", "down status", "down mismatch"
REFUSED = "down refused"
GARBAGE = random.Random(20261121).randbytes(65_536)  # the same garbage at each run


@dataclass(frozen=True, slots=True)
class Way:
    """How one type of probe talks over a connection, and how a far end keeps it reading."""

    kind: str
    way: str
    told: Told
    begins: bytes
    """A right beginning of an answer ..."""
    goes_on: bytes
    """... and what can follow it for ever."""
    oversized: bytes
    """The beginning of a line, field or frame beyond all bounds."""
    server_first: bool = False
    but: Mapping[str, str] = field(default_factory=dict)
    """What is concluded otherwise than from most protocols, by behaviour."""


def options_of(kind: str, **more: object) -> Told:
    """Return what the contract suite tells `kind`, with `more`."""
    return lambda port, folder: {**sample_of(kind).options(HOST, port), **more}


LDAP_BEGINS = tlv(SEQUENCE, integer(1), b"\x64\x82\x10\x00" + bytes(4096))[:12]
LINES = {"endless zeros": OVERSIZE, "a server that wants TLS": CLOSED}
WAYS = (
    Way("dns", "dns, TCP", options_of("dns", transport="tcp"), b"\x10\x00", b"\0", b"\xff\xff", but={
        # The first two octets are a length, and most are more than is read.
        "endless answer": PROTOCOL, "garbage": OVERSIZE, "garbage without end": OVERSIZE, "a web server": OVERSIZE,
        "a mail server": TIMEOUT, "a remote shell": OVERSIZE, "a server that wants TLS": CLOSED,
    }),
    Way("http", "http", options_of("http"), b"HTTP/1.1 200 OK\r\n", b"x-field: x\r\n", b"HTTP/1.1 200 OK\r\nx: ", but={
        "right beginning, then garbage": OVERSIZE, "a web server": STATUS,
    }),
    Way("imap", "imap", options_of("imap", tls="none"), b"* OK ready\r\n", b"* x\r\n", b"* OK ", server_first=True,
        but=LINES),
    Way("ldap", "ldap", options_of("ldap"), LDAP_BEGINS, b"\0", b"\x30\x84\x7f\xff\xff\xff\x02",
        but={"endless answer": PROTOCOL}),
    *(
        Way(kind, kind, options_of(kind), b"220-x\r\n", b"220-x\r\n", b"220 ", server_first=True,
            but=LINES | {"a mail server": STATUS})
        for kind in ("mx", "smtp")
    ),
    Way("sip", "sip, TCP", options_of("sip", transport="tcp"), b"SIP/2.0 200 OK\r\n", b"x: x\r\n",
        b"SIP/2.0 200 OK\r\nx: ", but={"right beginning, then garbage": OVERSIZE}),
    Way("tcp", "tcp", options_of("tcp"), b"x", b"x", b"x", but={
        # It knows no protocol, only a text that it waits for.
        "endless zeros": OVERSIZE, "garbage": OVERSIZE, "garbage without end": OVERSIZE,
        "right beginning, then garbage": OVERSIZE, "closed in its answer": MISMATCH, "a web server": TIMEOUT,
        "a mail server": TIMEOUT, "a remote shell": TIMEOUT, "a server that wants TLS": MISMATCH,
    }),
)  # fmt: skip


def _hears(way: Way, connection: socket.socket) -> None:
    """Wait for the request, where the client speaks first: what is answered before it would be no answer."""
    if not way.server_first:
        connection.recv(65_536)


def says(way: Way, data: bytes, then: Talk = linger) -> Talk:
    """Return a server that answers the first request with `data`."""

    def talk(connection: socket.socket) -> None:
        _hears(way, connection)
        connection.sendall(data)
        then(connection)

    return talk


def drips(piece: bytes) -> Talk:
    """Say one octet of `piece` after the other, slowly, for ever."""

    def talk(connection: socket.socket) -> None:
        pause = threading.Event()
        for octet in repeat(piece):
            for one in octet:
                connection.sendall(bytes([one]))
                pause.wait(0.02)

    return talk


def pours(piece: bytes) -> Talk:
    """Say `piece` again and again, as fast as it is taken."""
    block = piece * (65_536 // len(piece))

    def talk(connection: socket.socket) -> None:
        for again in repeat(block):
            connection.sendall(again)

    return talk


def breaks(connection: socket.socket) -> None:
    """Reset the connection."""
    threading.Event().wait(0.05)  # the reset would overtake what was just sent
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))


def repeats(*answers: bytes) -> Talk:
    """Say the first of `answers` at once, then one more for whatever comes; the last again and again."""

    def talk(connection: socket.socket) -> None:
        left = list(answers)
        while True:
            connection.sendall(left.pop(0) if len(left) > 1 else left[0])
            if not connection.recv(65_536):
                return

    return talk


WEB_SERVER = b"HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"
MAIL_SERVER = b"220 mail.example ESMTP\r\n"
SHELL = b"SSH-2.0-OpenSSH_9.6\r\n"
TLS_ALERT = b"\x15\x03\x03\x00\x02\x02\x46"


def _common(way: Way) -> dict[str, tuple[Talk, str]]:
    """Return what every protocol meets: behaviours by name, and what most protocols conclude from each."""
    return {
        "silent": (mute, TIMEOUT),
        "slow drip": (says(way, way.begins, drips(way.goes_on)), TIMEOUT),
        "endless answer": (says(way, way.begins, pours(way.goes_on)), OVERSIZE),
        "endless zeros": (says(way, b"", pours(b"\0")), PROTOCOL),
        "oversized": (says(way, way.oversized, pours(b"x")), OVERSIZE),
        "closed at once": (ends, CLOSED),
        "closed in its answer": (says(way, way.begins, ends), CLOSED),
        "reset at once": (says(way, b"", breaks), RESET),
        "reset in its answer": (says(way, way.begins, breaks), RESET),
        "garbage": (says(way, GARBAGE[:4096]), PROTOCOL),
        "garbage without end": (says(way, b"", pours(GARBAGE)), PROTOCOL),
        "right beginning, then garbage": (says(way, way.begins + GARBAGE), PROTOCOL),
        "a web server": (says(way, WEB_SERVER), PROTOCOL),
        "a mail server": (repeats(MAIL_SERVER, b"500 what?\r\n"), PROTOCOL),
        "a remote shell": (says(way, SHELL), PROTOCOL),
        "a server that wants TLS": (says(way, TLS_ALERT, ends), PROTOCOL),
    }


def answer_ldap(body: bytes) -> bytes:
    """Return `body` as an LDAP message to the first request."""
    return tlv(SEQUENCE, integer(1), body)


def nested(depth: int, content: bytes = b"") -> bytes:
    """Return BER sequences, each with the next in it."""
    for _ in range(depth):
        content = tlv(SEQUENCE, content)
    return content


def notice(code: int) -> bytes:
    """Return the notice with which an LDAP server ends the conversation."""
    return tlv(SEQUENCE, integer(0), tlv(0x78, tlv(0x0A, bytes([code])), tlv(OCTETS), tlv(OCTETS)))


def http_answer(*fields: bytes) -> bytes:
    """Return the head of an answer."""
    return b"\r\n".join([b"HTTP/1.1 200 OK", *fields, b"", b""])


SIP_HEAD = (
    b"SIP/2.0 200 OK\r\nVia: SIP/2.0/TCP x;branch=z9hG4bKx\r\nFrom: <sip:x>;tag=x\r\nTo: <sip:x>;tag=y\r\n"
    b"Call-ID: x\r\nCSeq: 1 OPTIONS\r\n"
)
TO_ITSELF = b"HTTP/1.1 302 x\r\nlocation: /\r\ncontent-length: 0\r\n\r\n"

OWN: dict[str, dict[str, tuple[Callable[[Way], Talk], str]]] = {
    "dns": {
        "reply of no length": (lambda way: says(way, b"\0\0", pours(b"\0\0")), PROTOCOL),
        "reply shorter than it says": (lambda way: says(way, b"\x00\xff\0", ends), CLOSED),
    },
    "http": {
        "body without end": (lambda way: says(way, http_answer(), pours(b"x")), "up ok"),
        "shorter than it says": (lambda way: says(way, http_answer(b"content-length: 9") + b"x", ends), CLOSED),
        "longer than can be": (
            lambda way: says(way, http_answer(b"content-length: " + b"9" * 30)), PROTOCOL
        ),
        "two lengths": (
            lambda way: says(way, http_answer(b"content-length: 1", b"content-length: 2") + b"xx"), PROTOCOL
        ),
        "chunks of one octet": (
            lambda way: says(way, http_answer(b"transfer-encoding: chunked"), pours(b"1\r\nx\r\n")),
            OVERSIZE,
        ),
        "chunk of no size": (lambda way: says(way, http_answer(b"transfer-encoding: chunked") + b"zz\r\n"), PROTOCOL),
        "interim answers without end": (
            lambda way: says(way, b"", pours(b"HTTP/1.1 100 Continue\r\n\r\n")), OVERSIZE
        ),
        "redirects to itself": (lambda way: says(way, TO_ITSELF, ends), STATUS),
    },
    "imap": {
        "BYE": (lambda way: says(way, b"* BYE too many connections\r\n", ends), STATUS),
        "BYE to a command": (lambda way: repeats(b"* OK x\r\n", b"* BYE going down\r\n"), STATUS),
        "a literal beyond all bounds": (
            lambda way: repeats(b"* OK x\r\n", b"* CAPABILITY {999999999}\r\n"), OVERSIZE
        ),
        "literals without end": (
            lambda way: says(way, b"* OK x\r\n", pours(b"* x {1}\r\nx {1}\r\n")), OVERSIZE
        ),
        "another's tag": (lambda way: repeats(b"* OK x\r\n", b"zz9 OK done\r\n"), PROTOCOL),
        "asks for more": (lambda way: repeats(b"* OK x\r\n", b"+ go on\r\n"), PROTOCOL),
        "no IMAP among its capabilities": (
            lambda way: repeats(b"* OK x\r\n", b"* CAPABILITY POP3\r\nm1 OK x\r\n"), PROTOCOL
        ),
    },
    "ldap": {
        "nested encoding": (lambda way: says(way, answer_ldap(tlv(0x65, nested(4000)))), PROTOCOL),
        "indefinite length": (lambda way: says(way, b"\x30\x80\x02\x01\x01\x65\x80\0\0\0\0"), PROTOCOL),
        "length of 126 octets": (lambda way: says(way, b"\x30\xfe" + b"\xff" * 126), PROTOCOL),
        "inner length beyond the outer": (lambda way: says(way, b"\x30\x05\x02\x01\x01\x65\x7f"), PROTOCOL),
        "number of no octets": (lambda way: says(way, tlv(SEQUENCE, tlv(INTEGER), tlv(0x65))), PROTOCOL),
        "result of no octets": (lambda way: says(way, answer_ldap(tlv(0x65))), PROTOCOL),
        "another's number": (
            lambda way: says(way, tlv(SEQUENCE, integer(99), tlv(0x65, b"\x0a\x01\0\x04\0\x04\0"))), PROTOCOL
        ),
        "truncated": (lambda way: says(way, answer_ldap(tlv(0x65, b"\x0a\x01\0\x04\0\x04\0"))[:9], ends), CLOSED),
        "entries without end": (
            lambda way: says(way, b"", pours(answer_ldap(tlv(0x64, tlv(OCTETS), tlv(SEQUENCE))))), PROTOCOL
        ),
        "notice of disconnection": (lambda way: says(way, notice(52), ends), STATUS),
    },
    "mx": {
        "421 greeting": (lambda way: says(way, b"421 too many connections\r\n", ends), STATUS),
        "421 to EHLO": (lambda way: repeats(MAIL_SERVER, b"421 going down\r\n"), STATUS),
        "codes that change": (lambda way: says(way, b"220-x\r\n250 x\r\n"), PROTOCOL),
    },
    "sip": {
        "length below nothing": (
            lambda way: says(way, b"SIP/2.0 200 OK\r\nContent-Length: -1\r\n\r\n"), PROTOCOL
        ),
        "body beyond all bounds": (
            lambda way: says(way, SIP_HEAD + b"Content-Length: 99999999\r\n\r\n", pours(b"x")),
            OVERSIZE,
        ),
        "reply to another": (
            lambda way: says(way, b"", pours(SIP_HEAD + b"Content-Length: 0\r\n\r\n")),
            PROTOCOL,
        ),
        "line ends without end": (lambda way: says(way, b"", pours(b"\r\n")), OVERSIZE),
    },
    "smtp": {
        "421 greeting": (lambda way: says(way, b"421 too many connections\r\n", ends), STATUS),
        "421 to EHLO": (lambda way: repeats(MAIL_SERVER, b"421 going down\r\n"), STATUS),
        "554 greeting": (lambda way: says(way, b"554 no mail service\r\n"), STATUS),
        "codes that change": (lambda way: says(way, b"220-x\r\n250 x\r\n"), PROTOCOL),
        "code beyond codes": (lambda way: says(way, b"999 x\r\n"), PROTOCOL),
        "EHLO answered without end": (lambda way: repeats(MAIL_SERVER, b"250-X\r\n" * 20_000), OVERSIZE),
    },
}  # fmt: skip


def _cells() -> list[Cell]:
    found = []
    for way in (way for way in WAYS if way.kind in registry.kinds()):
        found.append(Cell(way.kind, way.way, "nobody listens", lambda _: FarEnd(None), way.told, REFUSED))
        own = {name: (make(way), verdict) for name, (make, verdict) in OWN.get(way.kind, {}).items()}
        for behaviour, (talk, verdict) in (_common(way) | own).items():
            expected = way.but.get(behaviour, verdict)
            found.append(Cell(way.kind, way.way, behaviour, always(FarEnd(tcp=talk)), way.told, expected))
    return found


CELLS = tuple(_cells())
