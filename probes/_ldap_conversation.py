"""One conversation with an LDAP server: requests sent one at a time, their answers read in bounds."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from typing import Final

from ictss_monitor.probe import ProbeFailure, Reason
from probes import _ldap_message as ldap
from probes._ber import SEQUENCE, Malformed, first_size
from probes._stream import Stream

MOST_OCTETS: Final = 65_536
"""What one message may have; a root DSE has a tenth of it."""
MOST_MESSAGES: Final = 32
"""Messages of the server to one request: references and intermediate responses that decide nothing, and the result."""


class Conversation:
    """Speaks with the server at the other end of `stream`. What is malformed or too long raises ProbeFailure."""

    def __init__(self, stream: Stream) -> None:
        self._stream = stream
        self._buffer = bytearray()
        self._number = 0

    async def start_tls(self) -> None:
        """Ask to go on in TLS; after it, both sides begin their handshake."""
        result = await self._result(ldap.start_tls(), ldap.EXTENDED_RESPONSE)
        if result.code != ldap.SUCCESS:
            refused = Reason.STATUS if result.code in (ldap.BUSY, ldap.UNAVAILABLE) else Reason.TLS
            raise ProbeFailure(refused, f"StartTLS is refused: {result}")
        if self._buffer:
            raise ProbeFailure(Reason.PROTOCOL, "the server goes on in clear text after it agreed on TLS")

    async def bind(self, name: str, password: str) -> None:
        """Have ourselves taken for `name`; not being is a failure."""
        result = await self._result(ldap.bind(name, password), ldap.BIND_RESPONSE)
        if result.code != ldap.SUCCESS:
            raise ProbeFailure(Reason.STATUS, f"the bind is refused: {result}")

    async def root(self, attributes: Sequence[str]) -> dict[str, tuple[str, ...]]:
        """Return the values of the root DSE's `attributes`, and of others that come, by names in lower case."""
        await self._send(ldap.search_root(attributes))
        found: dict[str, tuple[str, ...]] | None = None
        for _ in range(MOST_MESSAGES):
            message = await self._next()
            try:
                if message.operation == ldap.ENTRY:
                    found = ldap.read_entry(message.content)
                elif message.operation == ldap.DONE:
                    return _found(found, ldap.read_result(message.content))
            except Malformed as error:
                raise _malformed(error) from None
        raise ProbeFailure(Reason.PROTOCOL, f"{MOST_MESSAGES} messages came, none of them the end of the search")

    def unbind(self) -> None:
        """Say goodbye, if the far end still listens; nothing is awaited, so this may stand where all is lost."""
        self._number += 1
        with suppress(OSError, ValueError):
            self._stream.socket.send(ldap.message(self._number, ldap.unbind()))

    async def _result(self, operation: bytes, response: int) -> ldap.Result:
        """Send `operation`, and return the result in its `response`."""
        await self._send(operation)
        message = await self._next()
        if message.operation != response:
            raise ProbeFailure(Reason.PROTOCOL, f"an operation {message.operation:#04x} came where a result belongs")
        try:
            return ldap.read_result(message.content)
        except Malformed as error:
            raise _malformed(error) from None

    async def _send(self, operation: bytes) -> None:
        self._number += 1
        await self._stream.send(ldap.message(self._number, operation))

    async def _next(self) -> ldap.Message:
        """Return the next message of the server, which must be one to our last request."""
        try:
            message = ldap.read_message(await self._whole())
            if message.number == 0 and message.operation == ldap.EXTENDED_RESPONSE:
                notice = ldap.read_result(message.content)  # a notice of disconnection (RFC 4511, 4.4.1)
                raise ProbeFailure(Reason.STATUS, f"the server ends the conversation: {notice}")
        except Malformed as error:
            raise _malformed(error) from None
        if message.number != self._number:
            raise ProbeFailure(Reason.PROTOCOL, f"a message for request {message.number}, which was not made")
        return message

    async def _whole(self) -> bytes:
        """Return the octets of the next message, once all have come."""
        while (size := first_size(self._buffer)) is None or len(self._buffer) < size:
            if self._buffer and self._buffer[0] != SEQUENCE:
                raise Malformed("it does not begin like one")
            if size is not None and size > MOST_OCTETS:
                raise ProbeFailure(Reason.OVERSIZE, f"a message of {size} octets, more than {MOST_OCTETS}")
            came = await self._stream.receive()
            if not came:
                where = "in the middle of a message" if self._buffer else "without an answer"
                raise ProbeFailure(Reason.CLOSED, f"the far end closed the connection {where}")
            self._buffer += came
        wire = bytes(self._buffer[:size])
        del self._buffer[:size]
        return wire


def _found(entry: dict[str, tuple[str, ...]] | None, result: ldap.Result) -> dict[str, tuple[str, ...]]:
    if result.code != ldap.SUCCESS:
        raise ProbeFailure(Reason.STATUS, f"the search is refused: {result}")
    if entry is None:
        raise ProbeFailure(Reason.MISMATCH, "the server shows no root DSE")
    return entry


def _malformed(error: Malformed) -> ProbeFailure:
    return ProbeFailure(Reason.PROTOCOL, f"what came is no LDAP message: {error}")
