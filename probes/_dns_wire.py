"""DNS messages on the wire (RFC 1035, 4): one question out, one answer in, read within bounds.

The reader is our own. A general one builds an object per name and record, which for a reply of 4 kB made to hurt takes
0.6 s of the event loop (docs/decisions/028); this one takes a few milliseconds at worst, and it never looks further
than the question asked.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass
from typing import Final

from ictss_monitor.probe import ProbeFailure, Reason

MOST_RECORDS: Final = 128
MOST_HOPS: Final = 32
"""Compression pointers in one name. A name has at most 127 labels, and honest ones one or two pointers."""
MOST_ALIASES: Final = 16
LONGEST_NAME: Final = 255
LONGEST_TTL: Final = 2**31 - 1
"""Seconds; what is longer counts as none (RFC 2181, 8)."""

HEADER: Final = struct.Struct("!6H")
RECORD: Final = struct.Struct("!HHIH")

REPLY: Final = 0x8000
OPCODE: Final = 0x7800
TRUNCATED: Final = 0x0200
RECURSION: Final = 0x0100
RCODE: Final = 0x000F

IN: Final = 1
CNAME: Final = 5
TXT: Final = 16

SOA: Final = 6
NAMES_IN: Final = {
    2: (0, 1),  # NS
    CNAME: (0, 1),
    SOA: (0, 2),
    12: (0, 1),  # PTR
    15: (2, 1),  # MX
    17: (0, 2),  # RP
    18: (2, 1),  # AFSDB
    33: (6, 1),  # SRV
    36: (2, 1),  # KX
    39: (0, 1),  # DNAME
}
"""Where a type's data has names that may be compressed or written in capitals: octets before them, and how many."""
SIZES: Final = {1: 4, 28: 16}
"""Octets of the types of one fixed size: A and AAAA."""


@dataclass(frozen=True, slots=True)
class Question:
    """What is asked: a name in lower-case wire form, a record type, and whether the server may ask others."""

    name: bytes
    kind: int
    recursion: bool = True

    def packet(self, number: int) -> bytes:
        """Return the query with the id `number`."""
        flags = RECURSION if self.recursion else 0
        return HEADER.pack(number, flags, 1, 0, 0, 0) + self.name + struct.pack("!HH", self.kind, IN)


@dataclass(frozen=True, slots=True)
class Answer:
    """One record of the type asked for. Two are the same answer where their `key` is the same."""

    key: bytes
    """The data in canonical form: names whole and in lower case, the strings of a text joined."""
    kind: int
    ttl: int


@dataclass(frozen=True, slots=True)
class Reply:
    """A reply to our question; `answers` are those of the name asked for, aliases followed."""

    rcode: int
    truncated: bool
    answers: tuple[Answer, ...]
    ttl: int | None
    """The least time to live, in seconds, of the answers and the aliases on the way to them; None without answers."""


def is_ours(wire: bytes, number: int, question: Question) -> bool:
    """Tell whether `wire` claims to be the reply to `question` asked with the id `number`.

    A server that cannot read a question may leave it out of its reply (RFC 1035, 4.1.1: FORMERR). One that is cut off
    within the question is ours, and broken.
    """
    if len(wire) < HEADER.size:
        return False
    given, flags, questions, *_ = HEADER.unpack_from(wire)
    if given != number or not flags & REPLY:
        return False
    if questions != 1:
        return questions == 0 and bool(flags & RCODE)
    asked = question.packet(number)[HEADER.size :]
    found = wire[HEADER.size : HEADER.size + len(asked)]
    name = len(question.name)
    return found[:name].lower() + found[name:] == asked[: len(found)]


def read(wire: bytes, question: Question) -> Reply:
    """Return what `wire`, a reply to `question`, says.

    Raises ProbeFailure(PROTOCOL) where it breaks the format, ProbeFailure(OVERSIZE) where it has too many records.
    """
    try:
        return _read(wire, question)
    except (IndexError, struct.error):
        raise _broken("it ends too early") from None


def _read(wire: bytes, question: Question) -> Reply:
    _, flags, questions, answers, *others = HEADER.unpack_from(wire)
    if flags & OPCODE:
        raise _broken("it answers another kind of request")
    records = answers + sum(others)
    if records > MOST_RECORDS:
        raise ProbeFailure(Reason.OVERSIZE, f"the reply has {records} records; more than {MOST_RECORDS} are not read")
    truncated = bool(flags & TRUNCATED)
    if truncated or not questions:
        return Reply(flags & RCODE, truncated, (), None)
    at = HEADER.size + len(question.name) + 4
    if len(wire) < at:
        raise _broken("it ends too early")
    aliases: dict[bytes, tuple[bytes, int]] = {}
    found: dict[bytes, list[Answer]] = {}
    for index in range(records):
        owner, at = _name(wire, at, question.name)
        kind, group, ttl, length = RECORD.unpack_from(wire, at)
        if ttl > LONGEST_TTL:
            ttl = 0
        at += RECORD.size
        end = at + length
        if end > len(wire):
            raise _broken("it ends too early")
        if index < answers and group == IN:
            if kind == question.kind:
                found.setdefault(owner, []).append(Answer(_data(wire, at, end, kind, question.name), kind, ttl))
            elif kind == CNAME:
                aliases[owner] = (_data(wire, at, end, kind, question.name), ttl)
        at = end
    if at != len(wire):
        raise _broken(f"{len(wire) - at} octets follow its end")
    return _followed(flags & RCODE, question.name, aliases, found)


def _followed(
    rcode: int, name: bytes, aliases: dict[bytes, tuple[bytes, int]], found: dict[bytes, list[Answer]]
) -> Reply:
    """Return the reply with the answers that `name` leads to."""
    ttls: list[int] = []
    while name in aliases:
        if len(ttls) == MOST_ALIASES:
            raise _broken("its aliases lead nowhere")
        name, ttl = aliases[name]
        ttls.append(ttl)
    answers = found.get(name)
    if not answers:
        return Reply(rcode, False, (), None)
    ttls += [answer.ttl for answer in answers]
    return Reply(rcode, False, tuple(answers), min(ttls))


def _name(wire: bytes, at: int, asked: bytes) -> tuple[bytes, int]:
    """Return the name at `at`, whole and in lower case, and where what follows it begins."""
    if wire[at] == 0xC0 and wire[at + 1] == HEADER.size:
        return asked, at + 2  # nearly every owner: a pointer to the question
    parts: list[bytes] = []
    size, hops, end, floor = 1, 0, 0, at
    while length := wire[at]:
        if length >= 0xC0:
            end = end or at + 2
            at = (length & 0x3F) << 8 | wire[at + 1]
            hops += 1
            if at >= floor or hops > MOST_HOPS:
                raise _broken("a compressed name in it leads nowhere")
            floor = at
            continue
        if length > 0x3F:
            raise _broken("a name in it has a label of unknown form")
        size += length + 1
        if size > LONGEST_NAME:
            raise _broken("a name in it is too long")
        parts.append(wire[at : at + length + 1])
        at += length + 1
    return b"".join(parts).lower() + b"\0", end or at + 1


def _data(wire: bytes, at: int, end: int, kind: int, asked: bytes) -> bytes:
    """Return the data of a record in canonical form."""
    if kind == TXT:
        return b"".join(_strings(wire, at, end))
    if kind not in NAMES_IN:
        data = wire[at:end]
        if (size := SIZES.get(kind)) is not None and len(data) != size:
            raise _broken("an address in it has the wrong length")
        return data
    before, names = NAMES_IN[kind]
    parts = [wire[at : at + before]]
    at += before
    for _ in range(names):
        name, at = _name(wire, at, asked)
        parts.append(name)
    if at > end or (at < end and kind != SOA):
        raise _broken("a record in it is longer or shorter than it says")
    return b"".join((*parts, wire[at:end]))


def _strings(wire: bytes, at: int, end: int) -> list[bytes]:
    strings = []
    while at < end:
        after = at + 1 + wire[at]
        if after > end:
            raise _broken("a text in it is longer than it says")
        strings.append(wire[at + 1 : after])
        at = after
    return strings


def _broken(how: str) -> ProbeFailure:
    return ProbeFailure(Reason.PROTOCOL, f"the reply is malformed: {how}")
