"""What the bench probes: lean servers of every protocol on many loopback addresses, in a process of their own.

    python tests/bench/targets.py FOLDER

Prints its ports as one line of JSON when everything listens, and serves until its standard input is closed. Everything
answers at once and closes, so that what the bench shows is what the monitor costs. Many addresses, so that the
monitor's limit of probes per address is not what is measured.
"""

from __future__ import annotations

import asyncio
import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import cast

import uvloop

sys.path.insert(0, str(Path(__file__).parents[1]))
from answerers import Agent, Datagrams, Directory, KeepingMail, Leasing, TakingMail, Telephony
from support.certificates import Authority

ADDRESSES = tuple(f"127.9.0.{last}" for last in range(1, 65))
BODY = b"all is well here\n"
ANSWER = (
    b"HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: %d\r\nConnection: close\r\n\r\n" % len(BODY) + BODY
)
A_RECORD = b"\xc0\x0c\x00\x01\x00\x01\x00\x00\x00\x3c\x00\x04\xc0\x00\x02\x01"
SERVER_NAME = "bench.invalid"


class Closing(asyncio.Protocol):
    """Accepts and closes."""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Close what was just accepted."""
        transport.close()


class Answering(asyncio.Protocol):
    """Answers every request with the same small page and closes."""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Remember whom to answer."""
        self._transport = cast(asyncio.Transport, transport)  # uvloop's are no subclasses of asyncio's

    def data_received(self, data: bytes) -> None:
        """Answer; requests of the bench fit into one segment."""
        self._transport.write(ANSWER)
        self._transport.close()


class Naming(Datagrams):
    """Answers every DNS question with the same address."""

    def answer(self, data: bytes) -> bytes:
        """Echo the question alone (no EDNS), with one A record."""
        end = data.index(b"\x00", 12) + 5
        return data[:2] + b"\x81\x80\x00\x01\x00\x01\x00\x00\x00\x00" + data[12:end] + A_RECORD


DATAGRAMS: dict[str, Callable[[], Datagrams]] = {"dns": Naming, "snmp": Agent, "sip": Telephony, "dhcp": Leasing}


async def serve(folder: Path) -> None:
    """Listen on every address, say where, and stay until standard input ends."""
    loop = asyncio.get_running_loop()
    authority = Authority(folder)
    tls = authority.server(SERVER_NAME)
    kinds: dict[str, tuple[Callable[[], asyncio.Protocol], object]] = {
        "tcp": (Closing, None),
        "http": (Answering, None),
        "https": (Answering, tls),
        "smtp": (TakingMail, None),
        "imap": (KeepingMail, None),
        "ldap": (Directory, None),
    }
    told: dict[str, object] = {"ca_file": str(authority.ca_file)}
    for name, (protocol, context) in kinds.items():
        port = 0
        for address in ADDRESSES:
            server = await loop.create_server(protocol, address, port, ssl=context, backlog=1024)  # type: ignore[arg-type]
            port = server.sockets[0].getsockname()[1]
        told[name] = port
    for name, answering in DATAGRAMS.items():
        port = 0
        for address in ADDRESSES:
            transport, _ = await loop.create_datagram_endpoint(answering, local_addr=(address, port))
            port = transport.get_extra_info("sockname")[1]
        told[name] = port
    print(json.dumps(told), flush=True)
    await loop.run_in_executor(None, sys.stdin.read)


if __name__ == "__main__":
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(serve(Path(sys.argv[1])))
