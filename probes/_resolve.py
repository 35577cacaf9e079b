"""Turns the host of a check into socket addresses, with the system's own resolver (nsswitch.conf, /etc/hosts).

A check measures a service, not the DNS, so whose fault a failed look-up is matters most: a name that does not exist is
the far end's (down), name servers that do not answer are ours (unknown).
"""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Callable
from functools import partial
from queue import SimpleQueue
from threading import Thread
from types import TracebackType
from typing import Any, Final, Self, TypeAlias, cast

from ictss_monitor.probe import ProbeFailure, ProbeTrouble, Reason, excuse

SocketAddress: TypeAlias = tuple[str, int] | tuple[str, int, int, int]
"""What `socket.connect` takes: (host, port), or (host, port, flow, scope) for IPv6."""

Address: TypeAlias = tuple[int, SocketAddress]
"""An address family with its socket address."""

LookUp: TypeAlias = Callable[[str, None, int, int], list[tuple[Any, ...]]]
"""What `socket.getaddrinfo` takes of us (host, port, family, type) and gives back."""

Answer: TypeAlias = "list[Address] | Exception"

NO_SUCH_NAME: Final = frozenset(
    getattr(socket, code) for code in ("EAI_NONAME", "EAI_NODATA", "EAI_ADDRFAMILY") if hasattr(socket, code)
)

MOST_KEPT: Final = 4096
"""Names kept at once: redirects of a hostile server could otherwise name new ones for ever."""


class Resolver:
    """Looks names up in a few threads of its own; one look-up per name is under way at a time.

    An answer is kept for `keep` seconds: checks of one service on one host, and checks that run more often than that,
    then cost the name servers one question. Failures are never kept. A look-up that takes longer than `limit` seconds
    is our resolver's trouble; its answer, should it come, serves the next probe. Threads stuck in a dead resolver are
    at most `threads`, and never hold up the end of the process.
    """

    def __init__(
        self, look_up: LookUp = socket.getaddrinfo, threads: int = 16, limit: float = 3.0, keep: float = 30.0
    ) -> None:
        self._look_up = look_up
        self._most_threads = threads
        self._limit = limit
        self._keep = keep
        self._threads = 0
        self._jobs: SimpleQueue[Callable[[], None] | None] = SimpleQueue()
        self._flights: dict[tuple[str, int], asyncio.Future[Answer]] = {}
        self._kept: dict[tuple[str, int], tuple[float, list[Address]]] = {}

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Let the idle threads end; look-ups under way are forgotten."""
        for _ in range(self._threads):
            self._jobs.put(None)
        self._threads = 0
        for flight in self._flights.values():
            flight.cancel()
        self._flights.clear()
        self._kept.clear()

    async def addresses(self, host: str, port: int = 0, family: int = 0) -> list[Address]:
        """Return the addresses of `host` with `port`, in the order in which they should be tried; at least one.

        `family` is AF_INET, AF_INET6 or 0 for both. Raises ProbeFailure(NAME) for a name that does not exist,
        ProbeTrouble(RESOLVER) where none of our name servers answers in time.
        """
        literal = literal_address(host, port, family)
        if literal is not None:
            return [literal]
        key = (host.lower(), family)
        kept = self._kept.get(key)
        if kept is not None and asyncio.get_running_loop().time() < kept[0]:
            return with_port(kept[1], port)
        flight = self._flights.get(key) or self._take_off(key)
        # asyncio.wait leaves the future alone when we are cancelled: others may be waiting for it.
        try:
            await asyncio.wait((flight,), timeout=self._limit)
        except asyncio.CancelledError as cancelled:
            excuse(cancelled, ProbeTrouble(Reason.RESOLVER, f"no name server answered for {host} in time"))
            raise
        if not flight.done():
            raise ProbeTrouble(Reason.RESOLVER, f"no name server answered for {host} within {self._limit:g} s")
        answer = flight.result()
        if isinstance(answer, Exception):
            raise judged(answer, host)
        return with_port(answer, port)

    def _take_off(self, key: tuple[str, int]) -> asyncio.Future[Answer]:
        loop = asyncio.get_running_loop()
        flight: asyncio.Future[Answer] = loop.create_future()
        self._flights[key] = flight
        if self._threads < min(len(self._flights), self._most_threads):
            self._threads += 1
            # Daemon threads, not a ThreadPoolExecutor: that one joins its threads at exit, for as long as a dead
            # resolver holds them (30 s with two servers and glibc's defaults).
            Thread(target=work, args=(self._jobs,), name=f"resolver-{self._threads}", daemon=True).start()
        self._jobs.put(partial(self._fly, loop, flight, key))
        return flight

    def _fly(self, loop: asyncio.AbstractEventLoop, flight: asyncio.Future[Answer], key: tuple[str, int]) -> None:
        answer: Answer
        try:
            found = self._look_up(key[0], None, key[1], socket.SOCK_STREAM)
            answer = [(entry[0], entry[4]) for entry in found]
        except (OSError, UnicodeError) as error:
            answer = error
        try:
            loop.call_soon_threadsafe(self._land, flight, key, answer)
        except RuntimeError:
            return  # the loop has closed while we were waiting: nobody is left to be told

    def _land(self, flight: asyncio.Future[Answer], key: tuple[str, int], answer: Answer) -> None:
        if flight.cancelled():
            return
        del self._flights[key]
        flight.set_result(answer)
        if isinstance(answer, list):
            if len(self._kept) >= MOST_KEPT:
                self._kept.clear()
            self._kept[key] = (asyncio.get_running_loop().time() + self._keep, answer)


def work(jobs: SimpleQueue[Callable[[], None] | None]) -> None:
    """Do `jobs` one after the other until None comes."""
    while (job := jobs.get()) is not None:
        job()


def literal_address(host: str, port: int = 0, family: int = 0) -> Address | None:
    """Return the socket address of an IP address written out, without any look-up; None where `host` is a name.

    Raises ProbeTrouble(CONFIGURATION) where the address is not of the `family` asked for.
    """
    address = _v6(host, port) if ":" in host else _v4(host, port)
    if address is not None and family not in (0, address[0]):
        raise ProbeTrouble(Reason.CONFIGURATION, f"{host} is not an address of the IP version asked for")
    return address


def _v4(host: str, port: int) -> Address | None:
    # inet_pton takes four plain decimal parts only; what getaddrinfo would make of "127.1" is a guess.
    try:
        socket.inet_pton(socket.AF_INET, host)
    except (OSError, ValueError):
        return None
    return (socket.AF_INET, (host, port))


def _v6(host: str, port: int) -> Address:
    if "%" not in host:
        try:
            socket.inet_pton(socket.AF_INET6, host)
        except (OSError, ValueError):
            raise ProbeTrouble(Reason.CONFIGURATION, f"{host} is neither a name nor an IP address") from None
        return (socket.AF_INET6, (host, port, 0, 0))
    try:
        found = socket.getaddrinfo(host, port, socket.AF_INET6, socket.SOCK_STREAM, 0, socket.AI_NUMERICHOST)
    except OSError as error:
        detail = f"{host} is not an IPv6 address with an interface of this machine: {error.strerror}"
        raise ProbeTrouble(Reason.CONFIGURATION, detail) from None
    return (socket.AF_INET6, cast("SocketAddress", found[0][4]))


def with_port(addresses: list[Address], port: int) -> list[Address]:
    """Return `addresses`, which were looked up without one, with `port`."""
    return [(family, (address[0], port, *address[2:])) for family, address in addresses]


def judged(error: Exception, host: str) -> Exception:
    """Return what a failed look-up of `host` means: the far end's fault, our own, or the error as it is."""
    if isinstance(error, UnicodeError):
        return ProbeTrouble(Reason.CONFIGURATION, f"{host} cannot be a host name: {error}")
    if not isinstance(error, socket.gaierror):
        return error  # EMFILE and its like: the core knows them
    if error.errno in NO_SUCH_NAME:
        return ProbeFailure(Reason.NAME, f"the name {host} does not exist or has no address")
    if error.errno == socket.EAI_MEMORY:
        return ProbeTrouble(Reason.RESOURCES, f"no memory to look up {host}")
    return ProbeTrouble(Reason.RESOLVER, f"no name server could look up {host}: {error.strerror}")
