"""Messages of SNMP version 3 (RFC 3412, 6) with its User-based Security Model (RFC 3414): signed and encrypted."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from probes._ber import OCTETS, SEQUENCE, Malformed, Reader, integer, tlv
from probes._snmp_keys import ENCRYPTED, Keys
from probes._snmp_link import MOST_OCTETS
from probes._snmp_message import Pdu, read_pdu

REPORTABLE: Final = 0x04
USM: Final = 3
LATEST: Final = 2**31 - 1
LONGEST_ENGINE: Final = 32

WINDOW: Final = 150
"""Seconds that a message may be late (RFC 3414, 3.2.7)."""


@dataclass(frozen=True, slots=True)
class Agent:
    """What is known of an agent, and our user's keys there."""

    engine: bytes
    boots: int
    time: int
    """Seconds since it booted, when `learned`."""
    learned: float
    """In seconds of the event loop's clock."""
    keys: Keys

    def time_at(self, now: float) -> int:
        """Return the agent's time when the event loop's is `now`."""
        return min(self.time + int(now - self.learned), LATEST)


@dataclass(frozen=True, slots=True)
class Incoming:
    """A message of version 3 that was read, as far as that takes no key."""

    wire: bytes
    number: int
    flags: int
    engine: bytes
    boots: int
    time: int
    signature: tuple[int, int]
    """Where it begins and ends."""
    salt: bytes
    data: Reader

    def is_in_time(self, agent: Agent, now: float) -> bool:
        """Tell whether this is no old message sent again."""
        if self.boots != agent.boots:
            return agent.boots < self.boots < LATEST
        return self.time >= agent.time_at(now) - WINDOW

    def pdu(self, keys: Keys | None) -> Pdu:
        """Return what the message holds; `keys` decrypt it where it is encrypted. Raises Malformed."""
        data = self.data
        if self.flags & ENCRYPTED:
            if keys is None or not keys.encrypting:
                raise Malformed("it is encrypted, and we have no key")
            data = Reader(keys.decrypted(data.content(OCTETS), self.salt, self.boots, self.time))
        scoped = data.enter(SEQUENCE)
        scoped.content(OCTETS)
        scoped.content(OCTETS)
        return read_pdu(scoped)


def message(agent: Agent, number: int, pdu: bytes, now: float) -> bytes:
    """Return `pdu` in the message `number` to `agent`, signed and encrypted as its user does."""
    keys, time = agent.keys, agent.time_at(now)
    scoped = tlv(SEQUENCE, tlv(OCTETS, agent.engine), tlv(OCTETS, keys.user.context.encode()), pdu)
    salt = b""
    if keys.encrypting:
        text, salt = keys.encrypted(scoped, agent.boots, time)
        scoped = tlv(OCTETS, text)
    security = tlv(
        SEQUENCE,
        tlv(OCTETS, agent.engine),
        integer(agent.boots),
        integer(time),
        tlv(OCTETS, keys.user.name.encode()),
        tlv(OCTETS, bytes(keys.signature_octets)),
        behind := tlv(OCTETS, salt),
    )
    wire = _whole(number, REPORTABLE | keys.flags, security, scoped)
    if not keys.signing:
        return wire
    end = len(wire) - len(scoped) - len(behind)
    return wire[: end - keys.signature_octets] + keys.signature(wire) + wire[end:]


def discovery(number: int, pdu: bytes) -> bytes:
    """Return the message `number` that makes an agent say who it is (RFC 3414, 4)."""
    nobody = tlv(OCTETS)
    security = tlv(SEQUENCE, nobody, integer(0), integer(0), nobody, nobody, nobody)
    return _whole(number, REPORTABLE, security, tlv(SEQUENCE, nobody, nobody, pdu))


def _whole(number: int, flags: int, security: bytes, data: bytes) -> bytes:
    header = tlv(SEQUENCE, integer(number), integer(MOST_OCTETS), tlv(OCTETS, bytes((flags,))), integer(USM))
    return tlv(SEQUENCE, integer(3), header, tlv(OCTETS, security), data)


def read_message(wire: bytes) -> Incoming:
    """Return a message of version 3, unproved and undecrypted. Raises Malformed."""
    whole = Reader(wire).enter(SEQUENCE)
    if whole.number() != 3:
        raise Malformed("it is not of version 3")
    header = whole.enter(SEQUENCE)
    number, _ = header.number(), header.number()
    flags = header.content(OCTETS)
    if len(flags) != 1 or header.number() != USM:
        raise Malformed("it does not use the User-based Security Model")
    security = whole.enter(OCTETS).enter(SEQUENCE)
    engine, boots, time = security.content(OCTETS), security.number(), security.number()
    if len(engine) > LONGEST_ENGINE or not (0 <= boots <= LATEST and 0 <= time <= LATEST):
        raise Malformed("its engine, boots or time cannot be")
    security.content(OCTETS)
    signature = security.enter(OCTETS)
    salt = security.content(OCTETS)
    return Incoming(wire, number, flags[0], engine, boots, time, (signature.at, signature.end), salt, whole)
