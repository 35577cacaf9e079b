"""DHCP servers' messages for tests, put together from the RFC's table and not with the probe's own code."""

from __future__ import annotations

import struct
from ipaddress import IPv4Address

COOKIE = bytes((99, 130, 83, 99))
DEFAULT = {1: bytes((255, 255, 255, 0)), 3: bytes((192, 0, 2, 1)), 51: struct.pack("!I", 3600)}


def options(held: dict[int, bytes], end: bool = True) -> bytes:
    """Return an options field of RFC 2132."""
    return b"".join(bytes((code, len(value))) + value for code, value in held.items()) + (b"\xff" if end else b"")


def answer(
    asked: bytes,
    kind: int = 2,
    server: str | None = "192.0.2.1",
    address: str = "192.0.2.100",
    more: dict[int, bytes] | None = None,
    raw: bytes | None = None,
    sname: bytes = b"",
    file: bytes = b"",
    cookie: bytes = COOKIE,
) -> bytes:
    """Return a server's answer to the message `asked`, an OFFER unless `kind` says otherwise.

    `more` are options beside the usual ones; `raw` is the whole options field instead.
    """
    held = {53: bytes((kind,)), **DEFAULT}
    if server is not None:
        held[54] = IPv4Address(server).packed
    field = options(held | (more or {})) if raw is None else raw
    head = bytes((2, 1, 6, 0)) + asked[4:8] + bytes(8) + IPv4Address(address).packed + bytes(4) + asked[24:28]
    return head + asked[28:44] + sname.ljust(64, b"\0") + file.ljust(128, b"\0") + cookie + field
