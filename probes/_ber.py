"""The Basic Encoding Rules (X.690), as far as SNMP and LDAP restrict them: written, and read within bounds.

The reader is our own, because what it reads comes from anybody: it never recurses, copies only what is kept, and takes
definite lengths only.
"""

from __future__ import annotations

from typing import Final

INTEGER: Final = 0x02
OCTETS: Final = 0x04
NULL: Final = 0x05
SEQUENCE: Final = 0x30


class Malformed(ValueError):  # noqa: N818  # the far end's error, not ours
    """What was read breaks the rules of encoding."""


def tlv(tag: int, *parts: bytes) -> bytes:
    """Return `parts` as one element of the type `tag`."""
    content = b"".join(parts)
    size = len(content)
    if size < 0x80:
        return bytes((tag, size)) + content
    length = size.to_bytes((size.bit_length() + 7) // 8)
    return bytes((tag, 0x80 | len(length))) + length + content


def integer(number: int) -> bytes:
    """Return `number` as an INTEGER in as few octets as hold it."""
    return tlv(INTEGER, number.to_bytes((number if number >= 0 else ~number).bit_length() // 8 + 1, signed=True))


class Reader:
    """Reads the elements of `wire` from `at` to `end` one after the other. Raises Malformed."""

    __slots__ = ("at", "end", "wire")

    def __init__(self, wire: bytes, at: int = 0, end: int | None = None) -> None:
        self.wire = wire
        self.at = at
        self.end = len(wire) if end is None else end

    def element(self) -> tuple[int, int, int]:
        """Return the type of the next element and where its content begins and ends, and step over it."""
        wire, at, end = self.wire, self.at + 2, self.end
        if at > end:
            raise Malformed("it ends too early")
        tag, size = wire[at - 2], wire[at - 1]
        if size & 0x80:
            octets = size & 0x7F
            if not 0 < octets <= 4 or at + octets > end:
                raise Malformed("an element has no definite length")
            size = int.from_bytes(wire[at : at + octets])
            at += octets
        if size > end - at:
            raise Malformed("an element is longer than what it is in")
        self.at = at + size
        return tag, at, at + size

    def enter(self, *tags: int) -> Reader:
        """Return a reader of the next element's content; it must be of one of the types `tags`."""
        _, at, end = self._of(tags)
        return Reader(self.wire, at, end)

    def content(self, tag: int) -> bytes:
        """Return the content of the next element, which must be of the type `tag`."""
        _, at, end = self._of((tag,))
        return self.wire[at:end]

    def number(self) -> int:
        """Return the next element, which must be an INTEGER of at most 8 octets."""
        content = self.content(INTEGER)
        if not 0 < len(content) <= 8:
            raise Malformed("a number is empty or too long")
        return int.from_bytes(content, signed=True)

    def _of(self, tags: tuple[int, ...]) -> tuple[int, int, int]:
        found = self.element()
        if found[0] not in tags:
            raise Malformed(f"an element is of type {found[0]:#04x} where {tags[0]:#04x} belongs")
        return found


def first_size(wire: bytes | bytearray) -> int | None:
    """Return the octets of the element that `wire` begins with, its type and length included; None if yet too short.

    Raises Malformed for a length that is not definite or takes more than four octets.
    """
    if len(wire) < 2:
        return None
    octets = wire[1] & 0x7F if wire[1] & 0x80 else 0
    if wire[1] & 0x80 and not 0 < octets <= 4:
        raise Malformed("an element has no definite length")
    if len(wire) < 2 + octets:
        return None
    return 2 + octets + (int.from_bytes(wire[2 : 2 + octets]) if octets else wire[1])
