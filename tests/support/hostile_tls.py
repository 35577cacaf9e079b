"""Hostile far ends of protocols that run under TLS, from the first octet or after a word in plain text."""

from __future__ import annotations

import socket
import ssl
from collections.abc import Callable
from dataclasses import dataclass

from support.certificates import Authority
from support.hostile import HOST, Cell, FarEnd, Told, always
from support.hostile_streams import (
    CLOSED,
    GARBAGE,
    MAIL_SERVER,
    OVERSIZE,
    PROTOCOL,
    RESET,
    TIMEOUT,
    answer_ldap,
    breaks,
    pours,
)
from support.probe_samples import address, sample_of
from support.servers import Talk, ends, linger, mute

from ictss_monitor.probing import registry
from probes._ber import OCTETS, tlv

CERTIFICATE, TLS = "down certificate", "down tls"
MOST_REQUEST = 65_536

GO_ON_LDAP = answer_ldap(tlv(0x78, b"\x0a\x01\0", tlv(OCTETS), tlv(OCTETS)))
IMAP_OFFER = b"* CAPABILITY IMAP4rev1 STARTTLS\r\nm1 OK x\r\n"


@dataclass(frozen=True, slots=True)
class Way:
    """How one type of probe comes to TLS: what it is told before, the first of it unasked where it greets."""

    kind: str
    way: str
    told: Told
    greeting: bytes = b""
    answers: tuple[bytes, ...] = ()
    injected: bytes = b""
    """What somebody in between slips in after the last of `answers`."""


def _told(kind: str, **more: object) -> Told:
    def told(port: int, folder: object) -> dict[str, object]:
        return {**sample_of(kind).options(HOST, port), "ca_file": f"{folder}/ca.pem", **more}

    return told


def _https(port: int, folder: object) -> dict[str, object]:
    return {"address": f"https://{address(HOST, port)}/", "ca_file": f"{folder}/ca.pem"}


WAYS = (
    Way("http", "http, https", _https),
    Way("imap", "imap, implicit TLS", _told("imap", tls="implicit")),
    Way(
        "imap", "imap, STARTTLS", _told("imap", tls="starttls"), b"* OK x\r\n",
        (IMAP_OFFER, b"m2 OK x\r\n"), b"* x\r\n",
    ),
    Way("ldap", "ldap, ldaps", _told("ldap", transport="ldaps")),
    Way("ldap", "ldap, StartTLS", _told("ldap", transport="starttls"), b"", (GO_ON_LDAP,), GO_ON_LDAP),
    Way("sip", "sip, TLS", _told("sip", transport="tls")),
    Way("smtp", "smtp, implicit TLS", _told("smtp", tls="implicit")),
    Way(
        "smtp", "smtp, STARTTLS", _told("smtp", tls="starttls"), MAIL_SERVER,
        (b"250-x\r\n250 STARTTLS\r\n", b"220 x\r\n"), b"250 x\r\n",
    ),
    Way("tcp", "tcp, TLS", _told("tcp", tls=True)),
)  # fmt: skip


def agreed(way: Way, then: Talk, more: bytes = b"") -> Talk:
    """Return a server that agrees on TLS, says `more` in the same breath, and then does something else."""

    def talk(connection: socket.socket) -> None:
        connection.sendall(way.greeting)
        for number, answer in enumerate(way.answers, 1):
            if not connection.recv(MOST_REQUEST):
                return
            connection.sendall(answer + (more if number == len(way.answers) else b""))
        then(connection)

    return talk


def shakes_hands(context: ssl.SSLContext, then: Talk = mute) -> Talk:
    """Begin with TLS as a server does."""

    def talk(connection: socket.socket) -> None:
        with context.wrap_socket(connection, server_side=True) as secured:
            then(secured)

    return talk


def answers_hello(data: bytes, then: Talk = linger) -> Talk:
    """Answer the first octets of the handshake with `data`."""

    def talk(connection: socket.socket) -> None:
        connection.recv(MOST_REQUEST)
        connection.sendall(data)
        then(connection)

    return talk


HANDSHAKES: dict[str, tuple[Callable[[Authority], Talk], str]] = {
    "certificate of its own": (lambda authority: shakes_hands(authority.self_signed(HOST)), CERTIFICATE),
    "certificate for another": (lambda authority: shakes_hands(authority.server("other.example")), CERTIFICATE),
    "certificate expired": (lambda authority: shakes_hands(authority.server(HOST, days=-1)), CERTIFICATE),
    "certificate of tomorrow": (lambda authority: shakes_hands(authority.server(HOST, begins=1)), CERTIFICATE),
    "mute under TLS": (lambda authority: shakes_hands(authority.server(HOST)), TIMEOUT),
    "closed under TLS": (lambda authority: shakes_hands(authority.server(HOST), ends_secured), CLOSED),
    "endless under TLS": (
        lambda authority: shakes_hands(authority.server(HOST), pours(GARBAGE)),
        PROTOCOL,
    ),
    "silent in the handshake": (lambda authority: mute, TIMEOUT),
    "closed in the handshake": (lambda authority: answers_hello(b"", ends), CLOSED),
    "reset in the handshake": (lambda authority: answers_hello(b"", breaks), RESET),
    "plain text for a handshake": (lambda authority: answers_hello(b"220 what do you mean?\r\n"), TLS),
    "garbage for a handshake": (lambda authority: answers_hello(GARBAGE[:4096]), TLS),
    "a record that never ends": (
        lambda authority: answers_hello(b"\x16\x03\x03\x40\x00\x02\xff\xff\xff", pours(b"\0")), TLS
    ),
}  # fmt: skip


def ends_secured(connection: socket.socket) -> None:
    """Take a leave of TLS and of the connection."""
    assert isinstance(connection, ssl.SSLSocket)
    connection.unwrap().close()


def _cells() -> list[Cell]:
    found = []
    for way in (way for way in WAYS if way.kind in registry.kinds()):
        for behaviour, (make, verdict) in HANDSHAKES.items():
            # A check of TCP knows no protocol that garbage could break.
            expected = OVERSIZE if way.kind == "tcp" and behaviour == "endless under TLS" else verdict
            found.append(Cell(way.kind, way.way, behaviour, _made(way, make), way.told, expected))
        if way.injected:
            slipped_in = always(FarEnd(tcp=agreed(way, linger, way.injected)))
            found.append(Cell(way.kind, way.way, "more in plain text", slipped_in, way.told, PROTOCOL))
    return found


def _made(way: Way, make: Callable[[Authority], Talk]) -> Callable[[Authority], FarEnd]:
    return lambda authority: FarEnd(tcp=agreed(way, make(authority)))


CELLS = tuple(_cells())
