"""Name servers on loopback that answer, or misbehave, as told: real sockets, a thread each, UDP and TCP on one port."""

from __future__ import annotations

import socket
import struct
import subprocess
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from typing import Any, TypeAlias

import dns.flags
import dns.message
import dns.rcode
import dns.rrset
from support.needs import need
from support.servers import Talk, mute, refusing, serving

Respond: TypeAlias = Callable[[bytes, Any], Iterable[bytes]]
"""The datagrams that a server sends for a query, which came from an address."""


@contextmanager
def name_server(udp: Respond, tcp: Talk | None = mute, host: str = "127.0.0.1") -> Iterator[int]:
    """Serve `udp` and `tcp` on one free port of `host`, which is yielded; without `tcp`, TCP is refused."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    stream = refusing(host) if tcp is None else serving(tcp, host=host)
    with stream as port, socket.socket(family, socket.SOCK_DGRAM) as listening:
        listening.bind((host, port))
        over = threading.Event()

        def serve() -> None:
            while True:
                query, client = listening.recvfrom(4096)
                if over.is_set():
                    return
                for datagram in udp(query, client):
                    if over.is_set():
                        return
                    listening.sendto(datagram, client)

        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        try:
            yield port
        finally:
            over.set()
            with socket.socket(family, socket.SOCK_DGRAM) as waking:
                waking.sendto(b"", (host, port))
            thread.join(10)


def over_tcp(respond: Callable[[bytes], bytes]) -> Talk:
    """Return a server that answers each query of a connection with what `respond` makes of it, length included."""

    def talk(connection: socket.socket) -> None:
        with connection.makefile("rb") as stream:
            while len(head := stream.read(2)) == 2:
                connection.sendall(respond(stream.read(int.from_bytes(head))))

    return talk


def framed(wire: bytes) -> bytes:
    """Return `wire` with its length before it, as on TCP."""
    return struct.pack("!H", len(wire)) + wire


def reply(query: bytes, *records: str, rcode: str = "NOERROR", truncated: bool = False) -> bytes:
    """Return an honest reply to `query` with `records` as in a zone file ("www.example. 60 IN A 192.0.2.1")."""
    message = dns.message.make_response(dns.message.from_wire(query), recursion_available=True)
    message.set_rcode(dns.rcode.from_text(rcode))
    for record in records:
        name, ttl, _, kind, data = record.split(None, 4)
        message.answer.append(dns.rrset.from_text(name, int(ttl), "IN", kind, data))
    if truncated:
        message.flags |= dns.flags.TC
    return message.to_wire(max_size=65_535)


def answering(*records: str, rcode: str = "NOERROR") -> Respond:
    """Return a server that gives every question the same honest answer."""
    return lambda query, client: [reply(query, *records, rcode=rcode)]


def silent(query: bytes, client: Any) -> Iterable[bytes]:
    """Take the question and say nothing."""
    return ()


@contextmanager
def dnsmasq(*settings: str) -> Iterator[int]:
    """Run the real dnsmasq with `settings` on a free port of 127.0.0.1, which is yielded once it answers."""
    program = need("dnsmasq", "dnsmasq-base")
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    fixed = (
        "--keep-in-foreground",
        "--conf-file=/dev/null",
        "--no-resolv",
        "--no-hosts",
        "--no-daemon",
        "--log-facility=-",
    )
    place = (f"--port={port}", "--listen-address=127.0.0.1", "--bind-interfaces", "--pid-file=")
    server = subprocess.Popen((program, *fixed, *place, *settings), stderr=subprocess.PIPE, text=True)
    try:
        wait_for(port, server)
        yield port
    finally:
        server.terminate()
        server.communicate(timeout=10)


def wait_for(port: int, server: subprocess.Popen[str]) -> None:
    """Return when `port` takes connections; raise with what the server said where it ended instead."""
    for _ in range(500):
        if server.poll() is not None:
            raise RuntimeError(f"the name server did not start: {server.communicate()[1]}")
        try:
            socket.create_connection(("127.0.0.1", port), 1).close()
        except OSError:
            time.sleep(0.01)  # another process: there is nothing to wait on
        else:
            return
    raise TimeoutError("the name server did not start in time")
