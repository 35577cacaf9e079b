"""LDAP servers on loopback that answer, or misbehave, as told: messages written with pyasn1, not with our own code."""

from __future__ import annotations

import socket
import ssl
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from pyasn1.codec.ber import encoder
from pyasn1.type import tag, univ
from support.servers import Talk, linger

BIND, SEARCH, EXTENDED = 0, 3, 23
"""Requests by the numbers of their application tags; the response to the first and last has the next."""
ENTRY, DONE, REFERENCE = 4, 5, 19
NOTICE = b"1.3.6.1.4.1.1466.20036"
ROOT = {"namingContexts": ["dc=council,dc=example"], "supportedLDAPVersion": ["2", "3"]}


def sequence(*parts: Any, kind: int | None = None, of: Any = univ.Sequence) -> Any:
    """Return a sequence of `parts`, of the application's `kind` where one is given."""
    made = of()
    if kind is not None:
        made = made.subtype(implicitTag=tag.Tag(tag.tagClassApplication, tag.tagFormatConstructed, kind))
    for place, part in enumerate(parts):
        made.setComponentByPosition(place, part, verifyConstraints=False, matchTags=False, matchConstraints=False)
    return made


def result(kind: int, code: int = 0, words: str = "", *more: Any) -> Any:
    """Return a response of the application's `kind` with a result code."""
    return sequence(univ.Enumerated(code), univ.OctetString(""), univ.OctetString(words.encode()), *more, kind=kind)


def entry(attributes: Mapping[str, Sequence[str]] = ROOT) -> Any:
    """Return a search result with `attributes`."""
    pairs = [
        sequence(
            univ.OctetString(name.encode()), sequence(*(univ.OctetString(v.encode()) for v in values), of=univ.SetOf)
        )
        for name, values in attributes.items()
    ]
    return sequence(univ.OctetString(""), sequence(*pairs, of=univ.SequenceOf), kind=ENTRY)


def message(number: int, operation: Any) -> bytes:
    """Return one message."""
    return bytes(encoder.encode(sequence(univ.Integer(number), operation)))


def request(connection: socket.socket) -> tuple[int, int] | None:
    """Return number and kind of the next request; None once the client has gone. Slapd tells if it is well formed."""
    head = _exactly(connection, 2)
    if not head:
        return None
    size = head[1] if head[1] < 0x80 else int.from_bytes(_exactly(connection, head[1] & 0x7F))
    content = _exactly(connection, size)
    assert content[:2] == b"\x02\x01"
    return content[2], content[3] & 0x1F


def _exactly(connection: socket.socket, size: int) -> bytes:
    data = b""
    while len(data) < size:
        piece = connection.recv(size - len(data))
        if not piece:
            return b""
        data += piece
    return data


def directory(
    *,
    bind: int = 0,
    root: Mapping[str, Sequence[str]] | None = ROOT,
    done: int = 0,
    start_tls: int = 0,
    tls: ssl.SSLContext | None = None,
    heard: list[int] | None = None,
) -> Talk:
    """Answer as a directory does, each operation with its result code; the kinds that came are kept in `heard`."""

    def talk(connection: socket.socket) -> None:
        while (came := request(connection)) is not None:
            number, kind = came
            if heard is not None:
                heard.append(kind)
            if kind == BIND:
                connection.sendall(message(number, result(BIND + 1, bind)))
            elif kind == EXTENDED:
                connection.sendall(message(number, result(EXTENDED + 1, start_tls)))
                if tls is not None and not start_tls:
                    connection = tls.wrap_socket(connection, server_side=True)
            elif kind == SEARCH:
                shown = b"" if root is None else message(number, entry(root))
                connection.sendall(shown + message(number, result(DONE, done, "words")))
        if isinstance(connection, ssl.SSLSocket):
            connection.close()

    return talk


def after_search(make: Callable[[int], bytes], *, stay: bool = True) -> Talk:
    """Read one request and say what `make` makes of its number; `stay` until the client goes."""

    def talk(connection: socket.socket) -> None:
        came = request(connection)
        if came is not None:
            connection.sendall(make(came[0]))
        if stay:
            linger(connection)

    return talk
