"""LDAP messages (RFC 4511): the few that a probe sends written, those that answer them read; no socket, all bounded.

RFC 4511, 5.1 restricts BER to definite lengths and primitive strings; what else comes is malformed.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final

from probes._ber import OCTETS, SEQUENCE, Malformed, Reader, integer, tlv

BOOLEAN: Final = 0x01
ENUMERATED: Final = 0x0A
SET: Final = 0x31

BIND: Final = 0x60
BIND_RESPONSE: Final = 0x61
UNBIND: Final = 0x42
SEARCH: Final = 0x63
ENTRY: Final = 0x64
DONE: Final = 0x65
EXTENDED: Final = 0x77
EXTENDED_RESPONSE: Final = 0x78
"""Tags of the operations, class "application" (RFC 4511, 4.2 to 4.12)."""

FIRST: Final = 0x80
"""The context's tag 0: the simple password of a bind, the name of an extended request."""
PRESENT: Final = 0x87
"""The filter that an attribute is present."""

STARTTLS: Final = b"1.3.6.1.4.1.1466.20037"

RESULTS: Final[Mapping[int, str]] = {
    0: "success",
    1: "operationsError",
    2: "protocolError",
    3: "timeLimitExceeded",
    4: "sizeLimitExceeded",
    7: "authMethodNotSupported",
    8: "strongerAuthRequired",
    10: "referral",
    11: "adminLimitExceeded",
    12: "unavailableCriticalExtension",
    13: "confidentialityRequired",
    32: "noSuchObject",
    34: "invalidDNSyntax",
    48: "inappropriateAuthentication",
    49: "invalidCredentials",
    50: "insufficientAccessRights",
    51: "busy",
    52: "unavailable",
    53: "unwillingToPerform",
    80: "other",
}
"""Result codes that a probe may meet (RFC 4511, 4.1.9)."""
SUCCESS: Final = 0
BUSY: Final = 51
UNAVAILABLE: Final = 52


@dataclass(frozen=True, slots=True)
class Result:
    """How an operation ended."""

    code: int
    diagnostic: str = ""
    """What the server says of it in words of its own; may be anything."""

    def __str__(self) -> str:
        name = f"{RESULTS.get(self.code, 'result')} ({self.code})"
        return f"{name}: {self.diagnostic}" if self.diagnostic else name


@dataclass(frozen=True, slots=True)
class Message:
    """One message from the server: to which of our requests it belongs (0: to none), its operation, and its content."""

    number: int
    operation: int
    content: Reader


def message(number: int, operation: bytes) -> bytes:
    """Return `operation` as the request with this number."""
    return tlv(SEQUENCE, integer(number), operation)


def bind(name: str, password: str) -> bytes:
    """Return the request to be taken for `name`, by simple authentication (RFC 4511, 4.2)."""
    return tlv(BIND, integer(3), tlv(OCTETS, name.encode()), tlv(FIRST, password.encode()))


def unbind() -> bytes:
    """Return the end of the conversation, which is not answered."""
    return tlv(UNBIND)


def start_tls() -> bytes:
    """Return the request to go on in TLS (RFC 4511, 4.14)."""
    return tlv(EXTENDED, tlv(FIRST, STARTTLS))


def search_root(attributes: Iterable[str]) -> bytes:
    """Return the request for `attributes` of the root DSE (RFC 4512, 5.1)."""
    return tlv(
        SEARCH,
        tlv(OCTETS),
        tlv(ENUMERATED, b"\0"),  # scope: the base object
        tlv(ENUMERATED, b"\0"),  # aliases are not followed
        integer(1),  # entries
        integer(0),  # seconds: the core ends us when it is time
        tlv(BOOLEAN, b"\0"),  # values too, not types only
        tlv(PRESENT, b"objectClass"),
        tlv(SEQUENCE, *(tlv(OCTETS, name.encode()) for name in attributes)),
    )


def read_message(wire: bytes) -> Message:
    """Return the message that `wire`, one whole element, is. Raises Malformed."""
    content = Reader(wire).enter(SEQUENCE)
    number = content.number()
    if not 0 <= number < 2**31:
        raise Malformed("a message has an impossible number")
    operation, at, end = content.element()
    return Message(number, operation, Reader(wire, at, end))


def read_result(content: Reader) -> Result:
    """Return the result that a response begins with (RFC 4511, 4.1.9). Raises Malformed."""
    code = content.content(ENUMERATED)
    if not 0 < len(code) <= 4:
        raise Malformed("a result code is empty or too long")
    content.content(OCTETS)  # the matched name
    return Result(int.from_bytes(code, signed=True), content.content(OCTETS).decode("utf-8", "replace").strip("\0"))


def read_entry(content: Reader) -> dict[str, tuple[str, ...]]:
    """Return the values of an entry's attributes, by names in lower case (RFC 4511, 4.5.2). Raises Malformed."""
    content.content(OCTETS)  # the name of the root DSE is empty
    attributes = content.enter(SEQUENCE)
    found: dict[str, list[str]] = {}
    while attributes.at < attributes.end:
        attribute = attributes.enter(SEQUENCE)
        name = attribute.content(OCTETS).decode("utf-8", "replace").lower()
        members = attribute.enter(SET)
        held = found.setdefault(name, [])
        while members.at < members.end:
            held.append(members.content(OCTETS).decode("utf-8", "replace"))
    return {name: tuple(values) for name, values in found.items()}
