"""The Basic Encoding Rules as SNMP uses them (RFC 3417, 8; RFC 2578, 7.1): written, and read within bounds.

The reader of elements is our own (`_ber.py`): pyasn1's, which knows every type of ASN.1, costs ten times as much
(docs/decisions/096).
"""

from __future__ import annotations

import math
import struct
from functools import lru_cache
from typing import Final, TypeAlias

from probes._ber import INTEGER, OCTETS, Malformed

Value: TypeAlias = "int | float | bytes | str"
"""What an object holds. INTEGER, Counter, Gauge and TimeTicks (hundredths of a second) are int; OCTET STRING and Opaque
are bytes, but an Opaque with a float or double in it is float; OBJECT IDENTIFIER ("1.3.6.1.4.1.318") and IpAddress
("10.0.0.1") are str. What the agent does not have, and what is NULL, has no value: it is left out of answers."""

OID: Final = 0x06
IP_ADDRESS: Final = 0x40
UNSIGNED: Final = frozenset({0x41, 0x42, 0x43, 0x46, 0x47})
"""Counter32, Gauge32, TimeTicks, Counter64, and UInteger32 of the second version's first draft."""
OPAQUE: Final = 0x44
NO_SUCH: Final = frozenset({0x80, 0x81})
"""noSuchObject and noSuchInstance."""
END_OF_VIEW: Final = 0x82

FLOATS: Final = {b"\x9f\x78\x04": struct.Struct("!f"), b"\x9f\x79\x08": struct.Struct("!d")}
"""How net-snmp and others put floating point numbers into an Opaque."""

MOST_NUMBER: Final = 9
"""Octets of a whole number: a Counter64 with a leading zero."""
MOST_OID: Final = 320
"""Octets of an object identifier: 128 parts, of which few are large."""


@lru_cache(maxsize=4096)
def oid(text: str) -> bytes:
    """Return the content octets of the object identifier written as `text`."""
    first, second, *rest = map(int, text.split("."))
    octets = bytearray()
    for part in (first * 40 + second, *rest):
        septets = [part & 0x7F]
        while part := part >> 7:
            septets.append(part & 0x7F | 0x80)
        octets += bytes(reversed(septets))
    return bytes(octets)


@lru_cache(maxsize=2048)
def oid_text(content: bytes) -> str:
    """Return the object identifier with these content octets as text. Raises Malformed."""
    if not content or content[-1] & 0x80 or len(content) > MOST_OID:
        raise Malformed("an object identifier is empty, cut off or too long")
    parts, part = [], 0
    for octet in content:
        part = part << 7 | octet & 0x7F
        if part >= 2**32 + 80:
            raise Malformed("a part of an object identifier is too large")
        if not octet & 0x80:
            parts.append(part)
            part = 0
    first = min(parts[0] // 40, 2)
    return ".".join(map(str, (first, parts[0] - 40 * first, *parts[1:])))


def value(tag: int, content: bytes) -> Value | None:
    """Return what an element of the type `tag` holds, None where that is no value. Raises Malformed.

    An empty number (some agents send it) and a type that SNMP does not have are no values, but no reason either to do
    without the rest of the answer.
    """
    if tag == OCTETS:
        return content
    if tag == INTEGER or tag in UNSIGNED:
        if len(content) > MOST_NUMBER:
            raise Malformed("a number is too long")
        # A counter whose leading zero an agent forgot is large, not negative.
        return int.from_bytes(content, signed=tag == INTEGER) if content else None
    if tag == OID:
        return oid_text(content) if content else None
    if tag == IP_ADDRESS:
        return ".".join(map(str, content)) if len(content) == 4 else None
    return _opaque(content) if tag == OPAQUE else None


def _opaque(content: bytes) -> float | bytes | None:
    layout = FLOATS.get(content[:3])
    if layout is None or len(content) != 3 + layout.size:
        return content
    number = float(layout.unpack_from(content, 3)[0])
    return number if math.isfinite(number) else None
