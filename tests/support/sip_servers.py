"""SIP servers on loopback that answer, or misbehave, as told: real sockets, over UDP and over connections."""

from __future__ import annotations

import re
import socket
from collections.abc import Callable, Iterable
from typing import Any

from support.dns_servers import Respond
from support.servers import Talk, linger, read_request


def fields_of(request: bytes) -> dict[str, str]:
    """Return the fields of a request, by their names as written."""
    lines = request.decode().partition("\r\n\r\n")[0].split("\r\n")[1:]
    return {name: value.strip() for name, _, value in (line.partition(":") for line in lines)}


def reply(request: bytes, status: str = "200 OK", *more: str, body: str = "") -> bytes:
    """Return an honest reply to `request`, with fields of its own in `more`."""
    of = fields_of(request)
    lines = [f"SIP/2.0 {status}", *(f"{name}: {of[name]}" for name in ("Via", "From", "Call-ID", "CSeq"))]
    lines += [f"To: {of['To']};tag=theirs", *more, f"Content-Length: {len(body)}", "", body]
    return "\r\n".join(lines).encode()


def answering(*statuses: str) -> Respond:
    """Answer every datagram with one reply for each of `statuses`."""
    return lambda request, client: [reply(request, status) for status in statuses]


def once_heard(times: int, status: str = "200 OK", before: str = "") -> tuple[Respond, list[bytes]]:
    """Answer the request when it has come so many `times`, and the first one with `before`; what came is kept."""
    heard: list[bytes] = []

    def respond(request: bytes, client: Any) -> Iterable[bytes]:
        heard.append(request)
        if before and len(heard) == 1:
            return [reply(request, before)]
        return [reply(request, status)] if len(heard) >= times else []

    return respond, heard


def saying(make: Callable[[bytes], bytes], *, stay: bool = True) -> Talk:
    """Read a request off a connection and say what `make` makes of it; `stay` until the client goes."""

    def talk(connection: socket.socket) -> None:
        request = read_request(connection)
        if request:
            connection.sendall(make(request))
        if stay:
            linger(connection)

    return talk


def changed(pattern: str, by: str) -> Callable[[bytes], bytes]:
    """Return what makes a reply of which `pattern` is replaced `by` something else."""

    def make(request: bytes) -> bytes:
        whole, count = re.subn(pattern.encode(), by.encode(), reply(request), count=1)
        assert count == 1
        return whole

    return make
