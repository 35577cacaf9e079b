"""Servers on loopback that behave as told, well or badly: real sockets, each connection in a thread of its own."""

from __future__ import annotations

import socket
import ssl
import struct
import threading
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from itertools import repeat

Talk = Callable[[socket.socket], None]
"""What a server does with one connection; the connection is closed when it returns."""


@contextmanager
def serving(talk: Talk, tls: ssl.SSLContext | None = None, host: str = "127.0.0.1", port: int = 0) -> Iterator[int]:
    """Serve `talk` on a free port of `host`, or on `port`, which is yielded; on leaving, cut and end all."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    open_now: set[socket.socket] = set()
    threads: list[threading.Thread] = []

    def one(connection: socket.socket) -> None:
        with suppress(OSError, ValueError):
            if tls is not None:
                plain, connection = (
                    connection,
                    tls.wrap_socket(connection, server_side=True, do_handshake_on_connect=False),
                )
                open_now.discard(plain)
                open_now.add(connection)
                connection.do_handshake()
            talk(connection)
        open_now.discard(connection)
        connection.close()

    def accept() -> None:
        while True:
            try:
                connection, _ = listener.accept()
            except OSError:
                return
            connection.settimeout(30)
            open_now.add(connection)
            threads.append(threading.Thread(target=one, args=(connection,), daemon=True))
            threads[-1].start()

    with socket.socket(family, socket.SOCK_STREAM) as listener:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind((host, port))
        listener.listen(128)
        acceptor = threading.Thread(target=accept, daemon=True)
        acceptor.start()
        try:
            yield listener.getsockname()[1]
        finally:
            with suppress(OSError):
                listener.shutdown(socket.SHUT_RDWR)
            acceptor.join(10)
            for connection in tuple(open_now):
                with suppress(OSError):
                    socket.socket.shutdown(connection, socket.SHUT_RDWR)
            for thread in threads:
                thread.join(10)


@contextmanager
def refusing(host: str = "127.0.0.1") -> Iterator[int]:
    """Yield a port of `host` that refuses connections, and that nobody else can take meanwhile."""
    with socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET, socket.SOCK_STREAM) as bound:
        bound.bind((host, 0))
        yield bound.getsockname()[1]


def mute(connection: socket.socket) -> None:
    """Take what comes and say nothing."""
    while connection.recv(65_536):
        pass


def read_request(connection: socket.socket) -> bytes:
    """Return what comes until the end of an HTTP header (or of the connection)."""
    data = b""
    while b"\r\n\r\n" not in data:
        piece = connection.recv(65_536)
        if not piece:
            break
        data += piece
    return data


def linger(connection: socket.socket) -> None:
    """Keep the connection open until the client closes it."""
    mute(connection)


def ends(connection: socket.socket) -> None:
    """End our side of the connection at once, and wait for the client to end its own: an end without a reset."""
    connection.shutdown(socket.SHUT_WR)
    linger(connection)


def says(data: bytes) -> Talk:
    """Say `data` at once, as a banner, then keep the connection open."""

    def talk(connection: socket.socket) -> None:
        connection.sendall(data)
        linger(connection)

    return talk


def answers(data: bytes, *, stay: bool = False) -> Talk:
    """Read a request and answer `data`; then close, or `stay` until the client does."""

    def talk(connection: socket.socket) -> None:
        read_request(connection)
        connection.sendall(data)
        if stay:
            linger(connection)

    return talk


def keeps_sending(first: bytes, piece: bytes) -> Talk:
    """Read a request, answer `first`, then `piece` again and again as fast as it is taken."""

    def talk(connection: socket.socket) -> None:
        read_request(connection)
        connection.sendall(first)
        for again in repeat(piece):
            connection.sendall(again)

    return talk


def drips(first: bytes, piece: bytes = b"x", every: float = 0.01) -> Talk:
    """Read a request, answer `first`, then `piece` every so many seconds, for ever."""
    pause = threading.Event()

    def talk(connection: socket.socket) -> None:
        read_request(connection)
        connection.sendall(first)
        while not pause.wait(every):
            connection.sendall(piece)

    return talk


def resets(first: bytes = b"") -> Talk:
    """Read a request, answer `first`, then reset the connection."""

    def talk(connection: socket.socket) -> None:
        read_request(connection)
        connection.sendall(first)
        threading.Event().wait(0.05)  # the reset would overtake what was just sent
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))

    return talk


def http(body: bytes = b"all is well\n", status: str = "200 OK", *fields: str) -> bytes:
    """Return a whole HTTP/1.1 answer."""
    lines = [f"HTTP/1.1 {status}", f"Content-Length: {len(body)}", *fields, "", ""]
    return "\r\n".join(lines).encode() + body


def gzip_bomb(size: int) -> bytes:
    """Return `size` zero bytes gzipped: a thousandth of that."""
    packer = zlib.compressobj(9, zlib.DEFLATED, 31)
    block = bytes(1 << 20)
    return b"".join([*(packer.compress(block) for _ in range(size >> 20)), packer.flush()])
