"""Takes messages to one agent over UDP and brings what it answers: sent again where nothing comes, as UDP loses."""

from __future__ import annotations

import asyncio
import errno
import socket
from collections.abc import Callable, Sequence
from types import TracebackType
from typing import Final, Self, TypeVar

from ictss_monitor.probe import ProbeFailure, Reason
from probes._ber import Malformed
from probes._datagram import connected, receive, send_again
from probes._resolve import Address

MOST_OCTETS: Final = 16_384
"""What one message may have. Answers to what we ask have a tenth of it, and version 3 tells the agent the limit."""
MOST_STRAY: Final = 64
"""Datagrams of the agent that answer nothing of ours, after which we stop listening."""

NO_WAY: Final = frozenset({errno.ENETUNREACH, errno.EADDRNOTAVAIL, errno.EAFNOSUPPORT})
"""A name has addresses of both IP versions, and we have only one of them."""

T = TypeVar("T")


class Link:
    """One socket, connected to one agent, for one probe; closed on leaving its `async with`.

    Connected, so that the kernel keeps other sources away, picks an unforeseeable port and tells us that nobody
    listens; and our own, so that one agent's flood fills nobody else's buffer. `hint` says what else than a dead agent
    is met with silence.
    """

    def __init__(self, addresses: Sequence[Address], retry_seconds: float, tries: int, hint: str) -> None:
        self._retry_seconds = retry_seconds
        self._tries = tries
        self._hint = hint
        self._stray = 0
        self._why_stray = ""
        self._sent = False
        self._socket = _connected(addresses)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._socket.close()

    async def ask(self, wire: bytes, read: Callable[[bytes], T | str]) -> T:
        """Send `wire` until an answer comes, and return what `read` makes of that.

        `read` returns words for why a datagram is no answer to `wire`; the next one is waited for. What it raises as
        Malformed is the agent's failure. Raises ProbeFailure, or OSError.
        """
        for _ in range(self._tries):
            self._send(wire)
            try:
                async with asyncio.timeout(self._retry_seconds):
                    return await self._answer(read)
            except TimeoutError:
                continue
        within = f"to {self._tries} requests within {self._tries * self._retry_seconds:g} s"
        if self._stray:
            raise ProbeFailure(Reason.PROTOCOL, f"no valid answer {within}: {self._why_stray}")
        raise ProbeFailure(Reason.TIMEOUT, f"no answer {within}; {self._hint}")

    async def _answer(self, read: Callable[[bytes], T | str]) -> T:
        while True:
            wire = await receive(self._socket, MOST_OCTETS)
            if len(wire) > MOST_OCTETS:
                raise ProbeFailure(Reason.OVERSIZE, f"the answer has more than {MOST_OCTETS} octets")
            try:
                found = read(wire)
            except Malformed as error:
                raise ProbeFailure(Reason.PROTOCOL, f"the answer is no SNMP message: {error}") from None
            if not isinstance(found, str):
                return found
            self._stray += 1
            self._why_stray = found
            if self._stray == MOST_STRAY:
                raise ProbeFailure(Reason.PROTOCOL, f"{MOST_STRAY} datagrams came that answer nothing: {found}")

    def _send(self, wire: bytes) -> None:
        if self._sent:
            send_again(self._socket, wire)
        else:
            self._socket.send(wire)
            self._sent = True


def _connected(addresses: Sequence[Address]) -> socket.socket:
    """Return a socket connected to the first of `addresses` that there is a way to."""
    for address in addresses[:-1]:
        try:
            return connected(address)
        except OSError as error:
            if error.errno not in NO_WAY:
                raise
    return connected(addresses[-1])
