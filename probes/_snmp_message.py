"""Requests and answers of SNMP (RFC 1157, 3416), and the messages of versions 1 and 2c around them (RFC 1901)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from probes._ber import OCTETS, SEQUENCE, Malformed, Reader, integer, tlv
from probes._snmp_ber import END_OF_VIEW, NO_SUCH, OID, Value, oid, value

GET: Final = 0xA0
GET_NEXT: Final = 0xA1
RESPONSE: Final = 0xA2
GET_BULK: Final = 0xA5
REPORT: Final = 0xA8

VERSIONS: Final = {"1": 0, "2c": 1, "3": 3}

NO_ERROR: Final = 0
TOO_BIG: Final = 1
NO_SUCH_NAME: Final = 2
STATUS: Final = (
    "noError", "tooBig", "noSuchName", "badValue", "readOnly", "genErr", "noAccess", "wrongType", "wrongLength",
    "wrongEncoding", "wrongValue", "noCreation", "inconsistentValue", "resourceUnavailable", "commitFailed",
    "undoFailed", "authorizationError", "notWritable", "inconsistentName",
)  # fmt: skip
"""What an agent says of a whole request (RFC 3416, 3)."""

MOST_BINDINGS: Final = 512
"""Objects in one answer; we ask for a tenth of that."""


@dataclass(frozen=True, slots=True)
class Binding:
    """One object of an answer."""

    name: bytes
    """The content octets of its identifier."""
    value: Value | None
    end: bool
    """The agent has nothing behind this name."""


@dataclass(frozen=True, slots=True)
class Pdu:
    """What an agent answers."""

    kind: int
    number: int
    """That of the request."""
    status: int
    index: int
    """Which object of the request the status is about, from 1; 0 for none."""
    bindings: tuple[Binding, ...]


def request(kind: int, number: int, names: Sequence[str], repetitions: int = 0) -> bytes:
    """Return the request `number` of a `kind` for `names`; with GETBULK, `repetitions` objects behind each."""
    bindings = (tlv(SEQUENCE, tlv(OID, oid(name)), b"\x05\x00") for name in names)
    return tlv(kind, integer(number), integer(0), integer(repetitions), tlv(SEQUENCE, *bindings))


def read_pdu(reader: Reader) -> Pdu:
    """Return the answer or report that comes next. Raises Malformed, for anything that is neither as well."""
    kind = reader.wire[reader.at] if reader.at < reader.end else 0
    inside = reader.enter(RESPONSE, REPORT, GET, GET_NEXT, GET_BULK)
    number, status, index = inside.number(), inside.number(), inside.number()
    listed = inside.enter(SEQUENCE)
    bindings: list[Binding] = []
    while listed.at < listed.end:
        if len(bindings) == MOST_BINDINGS:
            raise Malformed(f"it has more than {MOST_BINDINGS} objects")
        bindings.append(_binding(listed.enter(SEQUENCE)))
    return Pdu(kind, number, status, index, tuple(bindings))


def _binding(reader: Reader) -> Binding:
    name = reader.content(OID)
    tag, at, end = reader.element()
    if tag in NO_SUCH or tag == END_OF_VIEW:
        return Binding(name, None, tag == END_OF_VIEW)
    return Binding(name, value(tag, reader.wire[at:end]), False)


def community_message(version: str, community: bytes, pdu: bytes) -> bytes:
    """Return `pdu` in a message of version 1 or 2c."""
    return tlv(SEQUENCE, integer(VERSIONS[version]), tlv(OCTETS, community), pdu)


def read_community_message(wire: bytes) -> Pdu:
    """Return what a message of version 1 or 2c holds. Raises Malformed.

    Neither version nor community are compared: agents echo them or do not, and neither proves anything.
    """
    message = Reader(wire).enter(SEQUENCE)
    message.number()
    message.content(OCTETS)
    return read_pdu(message)
