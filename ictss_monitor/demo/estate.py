"""Real servers on loopback that can be broken and mended: over TCP here, over UDP in `agents`.

Each keeps its address and port while it is broken: to refuse is to close the listening socket, to be mute is to accept
and say nothing, the rest is answering wrongly.
"""

from __future__ import annotations

import asyncio
import ssl
from abc import abstractmethod
from pathlib import Path
from typing import Final

from ictss_monitor.demo.agents import NameServer, PowerAgent, TelephonyServer
from ictss_monitor.demo.certificates import Certificates
from ictss_monitor.demo.plan import Mode, Protocol, Server
from ictss_monitor.demo.servers import Running

GREETING: Final = b"ready\r\n"
PAGE: Final = "All services of this council are at your hand."


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


class MailServer(StreamServer):
    """Takes SMTP (RFC 5321) up to where a mail would be sent."""

    async def talk(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Greet, and answer commands until QUIT."""
        if self.mode is Mode.ERROR:
            writer.write(b"421 demo.example Service not available\r\n")
            return
        writer.write(b"220 demo.example ESMTP\r\n")
        while line := await reader.readline():
            match line[:4].upper():
                case b"EHLO":
                    writer.write(b"250-demo.example\r\n250-8BITMIME\r\n250 SIZE 10000000\r\n")
                case b"QUIT":
                    writer.write(b"221 Bye\r\n")
                    return
                case _:
                    writer.write(b"502 Not here\r\n")


def make(server: Server, certificates: Certificates) -> Running:
    """Return the server that `server` describes, not yet listening."""
    match server.protocol:
        case Protocol.TCP:
            return GreetingServer(server)
        case Protocol.HTTP:
            return WebServer(server)
        case Protocol.HTTPS:
            return SecureWebServer(server, certificates)
        case Protocol.SMTP:
            return MailServer(server)
        case Protocol.DNS:
            return NameServer(server)
        case Protocol.SIP:
            return TelephonyServer(server)
        case Protocol.SNMP:
            return PowerAgent(server)


def _context(files: tuple[Path, Path]) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(*files)
    return context
