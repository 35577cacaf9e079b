"""Non-blocking TCP sockets for one exchange each: connected, read and written without transports.

An event loop's transports cost more than a whole connect-and-close (docs/decisions/023), close when they see fit, and
report errors differently on asyncio and uvloop. Here the socket is ours: it is closed when the exchange ends, however
it ends.
"""

from __future__ import annotations

import asyncio
import errno
import os
import socket
import ssl
from collections import deque
from collections.abc import Sequence
from types import TracebackType
from typing import Final, Self

from ictss_monitor.probe import ProbeFailure, Reason
from probes._resolve import Address

CHUNK: Final = 16_384
"""Bytes taken from a socket at once: what an exchange holds beyond what it wants to keep."""

NEXT_ADDRESS_AFTER: Final = 0.25
"""Seconds until the next address of a name is tried beside the one under way (RFC 8305, 5)."""

OURS: Final = frozenset({errno.ENETUNREACH, errno.EACCES, errno.EPERM, errno.EADDRNOTAVAIL, errno.EAFNOSUPPORT})
"""Errors of one address that say nothing of the far end, so that those of another address tell more."""


class Stream:
    """A connected socket, plain or TLS, that one task reads and writes; closed on leaving its `async with`."""

    __slots__ = ("socket",)

    def __init__(self, sock: socket.socket) -> None:
        self.socket = sock

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close(polite=kind is None)

    def close(self, *, polite: bool) -> None:
        """Close the socket at once; a polite end of TLS says so first, and waits for no answer."""
        try:
            if polite and isinstance(self.socket, ssl.SSLSocket):
                self.socket.unwrap()
        except (OSError, ValueError):
            pass  # the far end has gone, or has not said goodbye yet: RFC 8446, 6.1 asks us to wait for neither
        finally:
            self.socket.close()

    async def send(self, data: bytes) -> None:
        """Send all of `data`."""
        left = memoryview(data)
        while left:
            try:
                left = left[self.socket.send(left) :]
            except (BlockingIOError, ssl.SSLWantWriteError):
                await writable(self.socket)
            except ssl.SSLWantReadError:
                await readable(self.socket)

    async def receive(self) -> bytes:
        """Return what has come, waiting for at least one byte; nothing once the far end has ended its sending."""
        if not isinstance(self.socket, ssl.SSLSocket):
            await readable(self.socket)  # trying first would nearly always fail, and an exception costs more
        while True:
            try:
                return self.socket.recv(CHUNK)
            except (BlockingIOError, ssl.SSLWantReadError):
                await readable(self.socket)
            except ssl.SSLWantWriteError:
                await writable(self.socket)


async def readable(sock: socket.socket) -> None:
    """Wait until `sock` has something to read, its end or an error included."""
    loop = asyncio.get_running_loop()
    ready: asyncio.Future[None] = loop.create_future()
    number = sock.fileno()
    loop.add_reader(number, wake, ready)
    try:
        await ready
    finally:
        loop.remove_reader(number)


async def writable(sock: socket.socket) -> None:
    """Wait until `sock` takes more, or its connecting has ended either way."""
    loop = asyncio.get_running_loop()
    ready: asyncio.Future[None] = loop.create_future()
    number = sock.fileno()
    loop.add_writer(number, wake, ready)
    try:
        await ready
    finally:
        loop.remove_writer(number)


def wake(ready: asyncio.Future[None]) -> None:
    """Let the one who waits go on, unless it was cancelled in the same turn of the loop."""
    if not ready.done():
        ready.set_result(None)


async def connect(addresses: Sequence[Address]) -> Stream:
    """Return a connection to the first of `addresses` that makes one.

    Several are tried in order, the next as soon as one has failed or after NEXT_ADDRESS_AFTER seconds, so that a dead
    IPv6 address does not hide a live IPv4 one. Raises the error of the first that failed by the far end's fault.
    """
    if len(addresses) > 1:
        return await _Race(addresses).run()
    sock, error = begin(addresses[0])
    try:
        if error == errno.EINPROGRESS:
            await writable(sock)
            error = sock.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR)
            if error:
                raise reported(error)
        if error:
            raise OSError(error, os.strerror(error))
    except BaseException:
        sock.close()
        raise
    return Stream(sock)


def begin(address: Address) -> tuple[socket.socket, int]:
    """Return a socket that has begun to connect, with the error number so far: EINPROGRESS as a rule."""
    sock = socket.socket(address[0], socket.SOCK_STREAM | socket.SOCK_NONBLOCK)
    try:
        return sock, sock.connect_ex(address[1])
    except BaseException:
        sock.close()
        raise


def reported(error: int) -> Exception:
    """Return the failure of a connection that had begun: our own system had nothing against it, so it is the network's.

    At once, "network unreachable" would mean that we have no route; later, it is what a router says (RFC 792).
    """
    if error in (errno.ENETUNREACH, errno.ENOPROTOOPT):
        return ProbeFailure(Reason.UNREACHABLE, "a router reports that it cannot be reached")
    return OSError(error, os.strerror(error))


def is_ours(error: Exception) -> bool:
    """Tell whether `error` of one address says nothing of the far end."""
    return isinstance(error, OSError) and error.errno in OURS


class _Race:
    """Several addresses, each with its socket once begun; the first connected wins, the rest are closed."""

    def __init__(self, addresses: Sequence[Address]) -> None:
        self._loop = asyncio.get_running_loop()
        self._waiting = deque(addresses)
        self._running: set[socket.socket] = set()
        self._errors: list[Exception] = []
        self._won: asyncio.Future[socket.socket] = self._loop.create_future()
        self._next: asyncio.TimerHandle | None = None

    async def run(self) -> Stream:
        try:
            self._start_next()
            winner = await self._won
            self._forget(winner)
            return Stream(winner)
        finally:
            if self._next is not None:
                self._next.cancel()
            for loser in tuple(self._running):
                self._forget(loser)
                loser.close()

    def _start_next(self) -> None:
        """Begin with the next address, and with those after it that fail at once."""
        if self._next is not None:
            self._next.cancel()
            self._next = None
        while self._waiting and not self._won.done():
            try:
                sock, error = begin(self._waiting.popleft())
            except OSError as failure:
                self._errors.append(failure)
                continue
            self._running.add(sock)
            if error == errno.EINPROGRESS:
                self._loop.add_writer(sock, self._decided, sock)
                self._next = self._loop.call_later(NEXT_ADDRESS_AFTER, self._start_next)
                return
            self._settle(sock, OSError(error, os.strerror(error)) if error else None)
        self._end_if_lost()

    def _decided(self, sock: socket.socket) -> None:
        error = sock.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR)
        self._settle(sock, reported(error) if error else None)
        if not self._won.done():
            self._start_next()

    def _settle(self, sock: socket.socket, error: Exception | None) -> None:
        if error is not None:
            self._forget(sock)
            sock.close()
            self._errors.append(error)
        elif not self._won.done():
            self._loop.remove_writer(sock)
            self._won.set_result(sock)

    def _end_if_lost(self) -> None:
        if not self._won.done() and not self._running and not self._waiting:
            theirs = (error for error in self._errors if not is_ours(error))
            self._won.set_exception(next(theirs, self._errors[0]))

    def _forget(self, sock: socket.socket) -> None:
        self._running.discard(sock)
        self._loop.remove_writer(sock)
