"""What the bench's targets say in SMTP, IMAP, LDAP, SNMP, SIP and DHCP: as little as makes a probe content.

They read of a request what its answer needs, and rely on the monitor for the rest: nobody else talks to them.
"""

from __future__ import annotations

import asyncio
import time
from typing import ClassVar, cast

from probes._ber import OCTETS, SEQUENCE, integer, tlv
from probes._snmp_ber import OID, oid

PROCESSES = "1.3.6.1.2.1.25.1.6.0"
"""hrSystemProcesses: what the bench's checks ask for by a name of theirs, beside the clocks."""
STARTED = time.monotonic() - 86_400


class Talking(asyncio.Protocol):
    """Greets, and answers line by line; closes after the last word."""

    greeting: ClassVar[bytes]

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Greet."""
        self._transport = cast(asyncio.Transport, transport)  # uvloop's are no subclasses of asyncio's
        self._transport.write(self.greeting)

    def data_received(self, data: bytes) -> None:
        """Answer one command, which comes in one segment."""
        answer, last = self.answer(data)
        self._transport.write(answer)
        if last:
            self._transport.close()

    def answer(self, command: bytes) -> tuple[bytes, bool]:
        """Return the answer, and whether it is the last."""
        raise NotImplementedError


class TakingMail(Talking):
    """SMTP, up to where a mail would be sent."""

    greeting = b"220 bench.invalid ESMTP\r\n"

    def answer(self, command: bytes) -> tuple[bytes, bool]:
        """Answer EHLO, and anything else as QUIT."""
        if command.startswith(b"EHLO"):
            return b"250-bench.invalid\r\n250-PIPELINING\r\n250-SIZE 10240000\r\n250 8BITMIME\r\n", False
        return b"221 2.0.0 Bye\r\n", True


class KeepingMail(Talking):
    """IMAP, up to where a mailbox would be opened."""

    greeting = b"* OK IMAP4rev1 ready\r\n"

    def answer(self, command: bytes) -> tuple[bytes, bool]:
        """Answer a tagged command, and tell of capabilities where it asks for them."""
        tag, name = command.split()
        untagged = {b"CAPABILITY": b"* CAPABILITY IMAP4rev1 IDLE\r\n", b"LOGOUT": b"* BYE bye\r\n"}.get(name, b"")
        return untagged + tag + b" OK done\r\n", name == b"LOGOUT"


def _attribute(name: bytes, value: bytes) -> bytes:
    return tlv(SEQUENCE, tlv(OCTETS, name), tlv(0x31, tlv(OCTETS, value)))


class Directory(asyncio.Protocol):
    """LDAP: shows the same root DSE to whoever searches, in the one message and the result that go with it."""

    _entry = tlv(
        0x64,
        tlv(OCTETS),
        tlv(SEQUENCE, _attribute(b"namingContexts", b"dc=bench,dc=invalid"), _attribute(b"supportedLDAPVersion", b"3")),
    )
    _done = tlv(0x65, b"\x0a\x01\x00", tlv(OCTETS), tlv(OCTETS))
    _root = b"".join(tlv(SEQUENCE, integer(1), operation) for operation in (_entry, _done))

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Remember whom to answer."""
        self._transport = cast(asyncio.Transport, transport)

    def data_received(self, data: bytes) -> None:
        """Answer the search, the first request of a connection; close at the unbind after it."""
        if data[5] == 0x63:
            self._transport.write(self._root)
        else:
            self._transport.close()


class Datagrams(asyncio.DatagramProtocol):
    """Answers each datagram with another one."""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Remember by what to answer."""
        self._transport = cast(asyncio.DatagramTransport, transport)

    def datagram_received(self, data: bytes, source: tuple[str, int]) -> None:
        """Answer."""
        self._transport.sendto(self.answer(data), source)

    def answer(self, data: bytes) -> bytes:
        """Return the answer."""
        raise NotImplementedError


class Agent(Datagrams):
    """SNMP: answers every GET with the three clocks and one object more, whatever it asks for."""

    _names = tuple(
        tlv(OID, oid(name))
        for name in ("1.3.6.1.2.1.25.1.1.0", "1.3.6.1.2.1.1.3.0", "1.3.6.1.6.3.10.2.1.3.0", PROCESSES)
    )

    def answer(self, data: bytes) -> bytes:
        """Copy version, community and request id, all in short lengths, and say how long we have been up."""
        request = 7 + data[6]
        number = data[request + 2 : request + 4 + data[request + 3]]
        up = time.monotonic() - STARTED
        ticks = b"\x43\x04" + int(up * 100).to_bytes(4)
        values = (ticks, ticks, integer(int(up)), b"\x42\x01\x63")
        bindings = (tlv(SEQUENCE, name, value) for name, value in zip(self._names, values, strict=True))
        told = tlv(0xA2, number, b"\x02\x01\x00\x02\x01\x00", tlv(SEQUENCE, *bindings))
        return tlv(SEQUENCE, data[2:request], told)


class Telephony(Datagrams):
    """SIP: is content with every request."""

    _copied = (b"Via:", b"From:", b"To:", b"Call-ID:", b"CSeq:")

    def answer(self, data: bytes) -> bytes:
        """Copy the fields that a reply must copy (RFC 3261, 8.2.6.2)."""
        lines = [line for line in data.split(b"\r\n") if line.startswith(self._copied)]
        fields = [line + b";tag=bench" if line.startswith(b"To:") else line for line in lines]
        return b"\r\n".join((b"SIP/2.0 200 OK", *fields, b"Allow: OPTIONS", b"Content-Length: 0", b"", b""))


class Leasing(Datagrams):
    """DHCP: offers the same address to everybody, by the relay who asks."""

    _options = (
        b"\x63\x82\x53\x63\x35\x01\x02\x36\x04\x7f\x09\x00\x01\x33\x04\x00\x00\x0e\x10\x01\x04\xff\xff\xff\x00\xff"
    )

    def answer(self, data: bytes) -> bytes:
        """Copy the request's head (RFC 2131, 2) with the offered address in it; an OFFER behind it."""
        head = b"\x02" + data[1:16] + b"\xc0\x00\x02\x07" + data[20:236]
        return (head + self._options).ljust(300, b"\0")
