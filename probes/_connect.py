"""Opens the connection of a TCP-based probe, phase by phase, each timed: resolve, connect, TLS."""

from __future__ import annotations

import socket
import ssl
from collections.abc import Awaitable, Callable
from dataclasses import replace
from time import perf_counter
from types import TracebackType
from typing import Final, Literal, Self, TypeAlias, TypeVar

from pydantic import Field

from ictss_monitor.probe import Probe, ProbeFailure, ProbeOptions, Reason
from probes._resolve import Resolver
from probes._stream import Stream, connect
from probes._tls import Contexts, Terms, Trust, days_left, days_left_unbelieved, secure

FAMILIES: Final = {None: socket.AF_UNSPEC, 4: socket.AF_INET, 6: socket.AF_INET6}
"""Address families by the IP version asked for."""

Ask: TypeAlias = Callable[[Stream], Awaitable[None]]
"""Asks on a fresh connection for TLS, in a protocol that begins without; returns once the far end agreed."""


class ConnectOptions(ProbeOptions):
    """What every probe over TCP can be told about its connection."""

    ip_version: Literal[4, 6] | None = Field(None, description="Use only IPv4 or only IPv6; both where not said")
    verify: bool = Field(True, description="With TLS: whether the certificate must be valid and for the right name")
    server_name: str | None = Field(
        None,
        description="With TLS: the name to ask for (SNI) and to find in the certificate; else the host",
        min_length=1,
    )
    ca_file: str | None = Field(
        None, description="With TLS: PEM file of the authorities to trust instead of the system's", min_length=1
    )

    @property
    def family(self) -> int:
        """The address family asked for; 0 for any."""
        return FAMILIES[self.ip_version]

    def terms(self, host: str, alpn: str | None = None) -> Terms:
        """Return the terms of TLS with `host`, offering the protocol `alpn` inside."""
        return Terms(Trust(self.verify, self.ca_file, alpn), self.server_name or host.partition("%")[0])


class Opener:
    """What opens the connections of all checks of one kind."""

    def __init__(self) -> None:
        self.resolver = Resolver()
        self._contexts = Contexts()

    def close(self) -> None:
        """Let the resolver's threads end."""
        self.resolver.close()

    async def open(self, host: str, port: int, family: int, terms: Terms | None, phases: dict[str, float]) -> Stream:
        """Return a connection to `host`, with TLS where there are `terms`; its times are added to `phases`, in seconds.

        Where it fails, `phases` holds what was measured until then.
        """
        context = None if terms is None else await self._contexts.context(terms.trust)
        began = perf_counter()
        addresses = await self.resolver.addresses(host, port, family)
        resolved = perf_counter()
        add(phases, "resolve_seconds", resolved - began)
        stream = await connect(addresses)
        add(phases, "connect_seconds", perf_counter() - resolved)
        if terms is None or context is None:
            return stream
        try:
            await self._secure(stream, context, terms, phases)
        except BaseException:
            stream.close(polite=False)
            raise
        return stream

    async def upgrade(self, stream: Stream, terms: Terms, phases: dict[str, float], ask: Ask) -> None:
        """Agree on TLS in a conversation begun without: `ask` asks for it in the protocol's own words (STARTTLS).

        `ask` is given the connection, from its first byte on; once more, on another one, where the certificate is
        refused and its days left are to be measured.
        """
        context = await self._contexts.context(terms.trust)
        await ask(stream)
        await self._secure(stream, context, terms, phases, ask)

    async def _secure(
        self, stream: Stream, context: ssl.SSLContext, terms: Terms, phases: dict[str, float], ask: Ask | None = None
    ) -> None:
        began = perf_counter()
        try:
            await secure(stream, context, terms.server_name)
        except ProbeFailure as failure:
            if failure.reason is Reason.CERTIFICATE:
                await self._measure_refused(stream, terms, perf_counter() - began, phases, ask)
            raise
        add(phases, "tls_seconds", perf_counter() - began)
        days = days_left(stream.socket)
        if days is not None:
            phases["certificate_days"] = days

    async def _measure_refused(
        self, stream: Stream, terms: Terms, took: float, phases: dict[str, float], ask: Ask | None
    ) -> None:
        """Measure the certificate that was refused; in little time, for the verdict is known already."""
        address = int(stream.socket.family), stream.socket.getpeername()
        context = await self._contexts.context(replace(terms.trust, verify=False, ca_file=None))
        within = min(0.5, 0.2 + 3 * took)
        days = await days_left_unbelieved(address, context, terms.server_name, within, ask)
        if days is not None:
            phases["certificate_days"] = days


def add(phases: dict[str, float], name: str, seconds: float) -> None:
    """Add to a phase, which redirects go through several times."""
    phases[name] = phases.get(name, 0.0) + seconds


def host_and_port(address: str, default: int | None = None) -> tuple[str, int]:
    """Return the parts of "host:port" or "[IPv6]:port". Raises ValueError, saying what is expected.

    Where there is a `default` port, the port may be left out, and the brackets with it.
    """
    if default is not None:
        return _host_and_port_or(address, default)
    host, colon, port = address.rpartition(":")
    bracketed = host.startswith("[") and host.endswith("]")
    if not colon or not host or (":" in host and not bracketed):
        raise ValueError("expected host:port, or [IPv6 address]:port")
    if not (port.isascii() and port.isdigit() and 0 < int(port) < 65_536):
        raise ValueError(f"{port!r} is not a port; expected a number from 1 to 65535")
    return host[1:-1] if bracketed else host, int(port)


def _host_and_port_or(address: str, default: int) -> tuple[str, int]:
    host = address[1:-1] if address.startswith("[") and address.endswith("]") else address
    bare = ":" not in address or (address.count(":") > 1 and "]:" not in address)
    if not bare:
        return host_and_port(address)
    if not host or any(sign in "[]/@?#" or sign.isspace() for sign in host):
        raise ValueError("expected a host, host:port or [IPv6 address]:port")
    return host, default


C = TypeVar("C", bound=ConnectOptions)


class ConnectProbe(Probe[C]):
    """A probe over TCP: all checks of its kind share what opens their connections."""

    async def __aenter__(self) -> Self:
        self._opener = Opener()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._opener.close()
