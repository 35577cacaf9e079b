"""Real servers on loopback that can be broken and mended: TCP with a greeting, HTTP, HTTPS and DNS.

Each keeps its address and port while it is broken: to refuse is to close the listening socket, to be mute is to accept
and say nothing, the rest is answering wrongly.
"""

from __future__ import annotations

import asyncio
import socket
import ssl
from abc import ABC, abstractmethod
from pathlib import Path
from typing import Final, cast

import dns.flags
import dns.message
import dns.rcode
import dns.rrset

from ictss_monitor.demo.certificates import Certificates
from ictss_monitor.demo.plan import Mode, Protocol, Server

GREETING: Final = b"ready\r\n"
PAGE: Final = "All services of this council are at your hand."
NAME: Final = "www.northshire.example."
ADDRESS: Final = "192.0.2.80"


class Running(ABC):
    """A server of the estate while it runs."""

    def __init__(self, server: Server) -> None:
        self.server = server
        self.mode = Mode.WELL
        self.port = 0

    @abstractmethod
    async def listen(self) -> None:
        """Take the address, and the same port as before if there was one."""

    @abstractmethod
    async def close(self) -> None:
        """Leave the address and end every conversation."""

    async def behave(self, mode: Mode) -> None:
        """Be broken in `mode`, or well again."""
        before, self.mode = self.mode, mode
        await self.close()
        if mode is not Mode.REFUSE:
            await self.listen()
        elif before is Mode.REFUSE:
            raise RuntimeError(f"{self.server.name} refuses already")


class StreamServer(Running):
    """What all servers over TCP share; a kind says in `talk` how it answers."""

    _listener: asyncio.Server | None = None

    def __init__(self, server: Server) -> None:
        super().__init__(server)
        self._talking: set[asyncio.StreamWriter] = set()

    def tls(self) -> ssl.SSLContext | None:
        """Return the context to serve with, None for plain TCP."""
        return None

    @abstractmethod
    async def talk(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Hold one conversation."""

    async def listen(self) -> None:
        """Take the address, and the same port as before if there was one."""
        self._listener = await asyncio.start_server(
            self._serve, self.server.host, self.port, ssl=self.tls(), backlog=64, reuse_address=True
        )
        self.port = self._listener.sockets[0].getsockname()[1]

    async def close(self) -> None:
        """Leave the address and end every conversation."""
        if self._listener is not None:
            self._listener.close()
            self._listener = None
        for writer in tuple(self._talking):
            writer.transport.abort()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._talking.add(writer)
        try:
            if self.mode is Mode.MUTE:
                await reader.read()
            else:
                await self.talk(reader, writer)
                await writer.drain()
        except (ConnectionError, ssl.SSLError, asyncio.IncompleteReadError):
            pass  # the far end went away: its own business
        finally:
            self._talking.discard(writer)
            writer.close()


class GreetingServer(StreamServer):
    """Says that it is ready to whoever connects, as telephony gateways and mail servers do."""

    async def talk(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Send the greeting."""
        writer.write(b"421 shutting down\r\n" if self.mode is Mode.WRONG else GREETING)


class WebServer(StreamServer):
    """One page over HTTP/1.1, a connection each."""

    async def talk(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Answer one request."""
        await reader.readuntil(b"\r\n\r\n")
        status = "503 Service Unavailable" if self.mode is Mode.ERROR else "200 OK"
        page = "It works!" if self.mode is Mode.WRONG else PAGE
        writer.write(
            f"HTTP/1.1 {status}\r\nContent-Type: text/plain\r\nContent-Length: {len(page)}\r\n"
            f"Connection: close\r\n\r\n{page}".encode()
        )


class SecureWebServer(WebServer):
    """The same page over HTTPS, with a certificate of the demo's own authority."""

    def __init__(self, server: Server, certificates: Certificates) -> None:
        super().__init__(server)
        self._valid = _context(certificates.issue(server.name, server.host))
        self._expired = _context(certificates.issue(server.name, server.host, expired=True))

    def tls(self) -> ssl.SSLContext:
        """Return the context with the certificate that the mode wants."""
        return self._expired if self.mode is Mode.EXPIRED else self._valid


class NameServer(Running):
    """Answers one question over UDP with one address."""

    _transport: asyncio.DatagramTransport | None = None

    async def listen(self) -> None:
        """Take the address, and the same port as before if there was one."""
        loop = asyncio.get_running_loop()
        family = socket.AF_INET6 if ":" in self.server.host else socket.AF_INET
        self._transport, _ = await loop.create_datagram_endpoint(
            lambda: _Answering(self), local_addr=(self.server.host, self.port), family=family
        )
        self.port = self._transport.get_extra_info("sockname")[1]

    async def close(self) -> None:
        """Leave the address."""
        if self._transport is not None:
            self._transport.abort()
            self._transport = None
            await asyncio.sleep(0)  # the transport gives its socket back in the next turn of the loop

    def answer(self, query: dns.message.Message) -> dns.message.Message | None:
        """Return the response to `query`, None to keep silent."""
        if self.mode is Mode.MUTE:
            return None
        response = dns.message.make_response(query, recursion_available=True)
        response.flags |= dns.flags.AA
        if self.mode is Mode.ERROR:
            response.set_rcode(dns.rcode.SERVFAIL)
        else:
            address = "198.51.100.66" if self.mode is Mode.WRONG else ADDRESS
            response.answer.append(dns.rrset.from_text(query.question[0].name, 60, "IN", "A", address))
        return response


class _Answering(asyncio.DatagramProtocol):
    def __init__(self, server: NameServer) -> None:
        self._server = server
        self._transport: asyncio.DatagramTransport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.DatagramTransport, transport)  # asyncio's own does not inherit it in 3.11

    def datagram_received(self, data: bytes, addr: tuple[str, int]) -> None:
        response = self._server.answer(dns.message.from_wire(data))
        if response is not None and self._transport is not None:
            self._transport.sendto(response.to_wire(), addr)


def make(server: Server, certificates: Certificates) -> Running:
    """Return the server that `server` describes, not yet listening."""
    match server.protocol:
        case Protocol.TCP:
            return GreetingServer(server)
        case Protocol.HTTP:
            return WebServer(server)
        case Protocol.HTTPS:
            return SecureWebServer(server, certificates)
        case Protocol.DNS:
            return NameServer(server)


def _context(files: tuple[Path, Path]) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(*files)
    return context
