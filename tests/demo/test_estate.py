"""The demo's servers: real sockets that behave well, break in each way, and come back at the same address."""

from __future__ import annotations

import asyncio
import ssl
from datetime import UTC, datetime
from pathlib import Path

import dns.asyncquery
import dns.exception
import dns.message
import dns.rcode
import pytest

from ictss_monitor.demo.agents import ADDRESS, NAME, NameServer
from ictss_monitor.demo.certificates import Certificates
from ictss_monitor.demo.estate import GREETING, make
from ictss_monitor.demo.plan import SERVERS, Mode, Protocol
from ictss_monitor.demo.servers import Running

NOW = datetime.now(UTC)  # noqa: TID251  # certificates are checked against the machine's own clock
SILENCE = 0.2


@pytest.fixture
def certificates(tmp_path: Path) -> Certificates:
    """An authority that this test alone trusts."""
    return Certificates(tmp_path, NOW)


def server_of(protocol: Protocol, certificates: Certificates) -> Running:
    """Return the first server of the estate that speaks `protocol`."""
    return make(next(server for server in SERVERS if server.protocol is protocol), certificates)


async def converse(server: Running, certificates: Certificates) -> bytes:
    """Return all that a client hears in one conversation."""
    secure = server.server.protocol is Protocol.HTTPS
    context = ssl.create_default_context(cafile=str(certificates.authority)) if secure else None
    reader, writer = await asyncio.open_connection(server.server.host, server.port, ssl=context)
    try:
        if server.server.protocol is not Protocol.TCP:
            writer.write(b"GET / HTTP/1.1\r\nHost: demo\r\n\r\n")
        async with asyncio.timeout(SILENCE):
            return await reader.read()
    finally:
        writer.transport.abort()


@pytest.mark.parametrize("protocol", [Protocol.TCP, Protocol.HTTP, Protocol.HTTPS])
async def test_a_stream_server_breaks_and_comes_back_at_its_port(
    protocol: Protocol, certificates: Certificates
) -> None:
    """Well, refusing, mute and well again: each is what a client sees, at one and the same port."""
    server = server_of(protocol, certificates)
    await server.listen()
    port = server.port
    well = await converse(server, certificates)
    assert well == GREETING if protocol is Protocol.TCP else b"200 OK" in well
    await server.behave(Mode.REFUSE)
    with pytest.raises(ConnectionRefusedError):
        await converse(server, certificates)
    await server.behave(Mode.MUTE)
    with pytest.raises(TimeoutError):
        await converse(server, certificates)
    await server.behave(Mode.WELL)
    assert await converse(server, certificates) == well
    assert server.port == port
    await server.close()


async def test_a_web_server_can_answer_wrongly(certificates: Certificates) -> None:
    """An error status, and a page that is not the council's."""
    server = server_of(Protocol.HTTP, certificates)
    await server.listen()
    await server.behave(Mode.ERROR)
    assert b" 503 " in await converse(server, certificates)
    await server.behave(Mode.WRONG)
    assert b"It works!" in await converse(server, certificates)
    await server.close()


async def test_a_certificate_can_expire(certificates: Certificates) -> None:
    """A client that verifies refuses the expired certificate and accepts the other."""
    server = server_of(Protocol.HTTPS, certificates)
    await server.listen()
    await server.behave(Mode.EXPIRED)
    with pytest.raises(ssl.SSLCertVerificationError, match="expired"):
        await converse(server, certificates)
    await server.close()


async def test_a_name_server_answers_fails_lies_and_keeps_silent(certificates: Certificates) -> None:
    """The right address, SERVFAIL, another address, nothing, and the right address again."""
    server = server_of(Protocol.DNS, certificates)
    assert isinstance(server, NameServer)
    await server.listen()

    async def ask() -> dns.message.Message:
        query = dns.message.make_query(NAME, "A")
        return await dns.asyncquery.udp(query, server.server.host, port=server.port, timeout=SILENCE)

    assert ADDRESS in (await ask()).to_text()
    await server.behave(Mode.ERROR)
    assert (await ask()).rcode() == dns.rcode.SERVFAIL
    await server.behave(Mode.WRONG)
    assert ADDRESS not in (await ask()).to_text()
    await server.behave(Mode.MUTE)
    with pytest.raises(dns.exception.Timeout):
        await ask()
    await server.behave(Mode.WELL)
    assert ADDRESS in (await ask()).to_text()
    await server.close()
