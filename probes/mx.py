"""MX (RFC 5321, 5.1): every host that takes a domain's mail greets, and answers EHLO.

A sender tries one exchanger after the other, so the domain's mail flows as long as one answers: with some that do not
it is degraded, and only without any it is down.
"""

from __future__ import annotations

import asyncio
import errno
from collections.abc import Awaitable, Callable, Sequence
from ipaddress import ip_address
from time import perf_counter
from types import TracebackType
from typing import Final, Literal

from pydantic import Field, field_validator

from ictss_monitor.probe import Finding, Outcome, Probe, ProbeFailure, ProbeOptions, ProbeTrouble, Reason
from probes._connect import FAMILIES, host_and_port
from probes._exchangers import PORT as NAME_SERVER_PORT
from probes._exchangers import NameServers, system_servers, text_name, wire_name
from probes._resolve import Address, Resolver, literal_address
from probes._smtp import HELLO_NAME, PORT, SmtpDialogue
from probes._stream import connect

THEIRS: Final = {
    errno.ECONNREFUSED: Reason.REFUSED,
    errno.EHOSTUNREACH: Reason.UNREACHABLE,
    errno.EHOSTDOWN: Reason.UNREACHABLE,
    errno.ETIMEDOUT: Reason.TIMEOUT,
}
"""Errors of the system that are an exchanger's fault, beside resets; all others are ours."""
OURS: Final = {
    errno.ENETUNREACH: Reason.NO_ROUTE,
    errno.ENETDOWN: Reason.NO_ROUTE,
    errno.EAFNOSUPPORT: Reason.NO_ROUTE,
    errno.EACCES: Reason.PERMISSION,
    errno.EPERM: Reason.PERMISSION,
}


class MxOptions(ProbeOptions):
    """Which domain's mail must find its way, and how hard we look."""

    address: str = Field(
        description="The domain whose mail is taken; or one host's address, as in [192.0.2.1] or [IPv6:2001:db8::1]",
        min_length=1,
    )
    server: str | None = Field(
        None, description="Name server to ask, as host or host:port; those of this machine where not said", min_length=1
    )
    port: int = Field(PORT, description="Port of the exchangers", ge=1, le=65_535)
    ip_version: Literal[4, 6] | None = Field(None, description="Use only IPv4 or only IPv6; both where not said")
    at_least: int = Field(1, description="Exchangers that must answer; with fewer the domain is down", ge=1, le=16)
    seconds_each: float = Field(
        5.0, description="Seconds that each exchanger may take; below the check's time limit", gt=0, le=60
    )
    helo: str | None = Field(
        None,
        description="Name to say in EHLO; where not said, the address that we come from",
        pattern=f"^({HELLO_NAME})$",
    )

    @field_validator("address")
    @classmethod
    def _address_is_a_domain(cls, address: str) -> str:
        if host_literal(address) is None:
            wire_name(address)
        return address

    @field_validator("server")
    @classmethod
    def _server_is_an_address(cls, server: str | None) -> str | None:
        if server is not None:
            host_and_port(server, NAME_SERVER_PORT)
        return server


def host_literal(address: str) -> str | None:
    """Return the IP address of an address literal (RFC 5321, 4.1.3); None for a domain. Raises ValueError."""
    if not (address.startswith("[") and address.endswith("]")):
        return None
    inner = address[1:-1]
    six = inner[:5].lower() == "ipv6:"
    found = ip_address(inner[5:] if six else inner)
    if (found.version == 6) != six:
        raise ValueError(f"{address} is not an address literal; expected one like [192.0.2.1] or [IPv6:2001:db8::1]")
    return str(found)


class MxProbe(Probe[MxOptions]):
    """Asks for a domain's exchangers, and talks to all of them at once."""

    options_model = MxOptions

    def __init__(self) -> None:
        self._resolver = Resolver()

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._resolver.close()

    async def run(self, options: MxOptions) -> Finding:
        """Find the exchangers and talk to each; `latency` is until the last has answered or failed."""
        began = perf_counter()
        literal = host_literal(options.address)
        exchangers: dict[str, Callable[[], Awaitable[list[Address]]]] = {}
        if literal is None:
            servers = NameServers(await self._servers(options))
            for name in await servers.exchangers(wire_name(options.address)):
                exchangers[text_name(name)] = _looking_up(servers, name, options)
        else:
            exchangers[options.address] = _known(literal, options)
        resolved = perf_counter() - began
        async with asyncio.TaskGroup() as group:
            tasks = [group.create_task(_answer_of(name, find, options)) for name, find in exchangers.items()]
        return judge([task.result() for task in tasks], options, resolved)

    async def _servers(self, options: MxOptions) -> list[Address]:
        if options.server is None:
            return system_servers()
        return await self._resolver.addresses(*host_and_port(options.server, NAME_SERVER_PORT))


def _looking_up(servers: NameServers, name: bytes, options: MxOptions) -> Callable[[], Awaitable[list[Address]]]:
    return lambda: servers.addresses(name, options.port, FAMILIES[options.ip_version])


def _known(literal: str, options: MxOptions) -> Callable[[], Awaitable[list[Address]]]:
    async def known() -> list[Address]:
        address = literal_address(literal, options.port, FAMILIES[options.ip_version])
        return [] if address is None else [address]

    return known


async def _answer_of(name: str, find: Callable[[], Awaitable[list[Address]]], options: MxOptions) -> Finding:
    """Return what one exchanger says: up with its latency, down or unknown; `detail` has its name.

    Its time is bounded here because the check's limit would end the others with it, and what they said would be lost.
    """
    began = perf_counter()
    outcome, reason, why = Outcome.DOWN, Reason.TIMEOUT, f"no answer within {options.seconds_each:g} s"
    try:
        answered = await _greet(await find(), options)
        return Finding(Outcome.UP, latency=answered - began, detail=name)
    except ProbeFailure as failure:
        outcome, reason, why = Outcome.DOWN, failure.reason, failure.detail
    except ProbeTrouble as trouble:
        outcome, reason, why = Outcome.UNKNOWN, trouble.reason, trouble.detail
    except OSError as error:
        outcome, reason = _judged(error)
        why = error.strerror or why
    return Finding(outcome, reason, perf_counter() - began, detail=f"{name}: {why}")


async def _greet(addresses: Sequence[Address], options: MxOptions) -> float:
    """Have the host at `addresses` greet and answer EHLO, then take our leave; return when it had answered."""
    async with asyncio.timeout(options.seconds_each) as patience, await connect(addresses) as stream:
        dialogue = SmtpDialogue(stream)
        try:
            await dialogue.greeting()
            await dialogue.hello(options.helo)
            answered = perf_counter()
        except ProbeFailure as failure:
            if failure.reason is not Reason.STATUS:
                raise
            patience.reschedule(None)
            await dialogue.leave()
            raise
        patience.reschedule(None)  # the parting has a bound of its own, and changes nothing any more
        await dialogue.leave()
        return answered


def _judged(error: OSError) -> tuple[Outcome, Reason]:
    if isinstance(error, TimeoutError):
        return Outcome.DOWN, Reason.TIMEOUT
    if isinstance(error, ConnectionError) and error.errno not in THEIRS:
        return Outcome.DOWN, Reason.RESET
    if error.errno in THEIRS:
        return Outcome.DOWN, THEIRS[error.errno]
    return Outcome.UNKNOWN, OURS.get(error.errno or 0, Reason.RESOURCES)


def judge(answers: Sequence[Finding], options: MxOptions, resolved: float) -> Finding:
    """Return what the `answers` of all exchangers amount to.

    An exchanger of which we know nothing, by a fault of ours, is neither up nor down: where its state would decide,
    that of the domain is unknown.
    """
    up = [answer for answer in answers if answer.outcome is Outcome.UP]
    down = [answer for answer in answers if answer.outcome is Outcome.DOWN]
    unknown = [answer for answer in answers if answer.outcome is Outcome.UNKNOWN]
    latency = resolved + max(answer.latency or 0.0 for answer in answers)
    measured = {
        "exchangers": float(len(answers)),
        "exchangers_answering": float(len(up)),
        "resolve_seconds": resolved,
        "total_seconds": latency,
    }
    if up:
        measured["slowest_seconds"] = max(answer.latency or 0.0 for answer in up)
    told = "; ".join(answer.detail for answer in (*down, *unknown))
    if len(up) + len(unknown) < options.at_least:
        reason = down[0].reason if down else Reason.MISMATCH
        few = f"{len(up)} of {len(answers)} exchangers answer, {options.at_least} must"
        return Finding(Outcome.DOWN, reason, latency, measured, f"{few}; {told}" if told else few)
    if len(up) < options.at_least or (unknown and not down):
        return Finding(Outcome.UNKNOWN, unknown[0].reason, latency, measured, told)
    if down:
        few = f"{len(up)} of {len(answers)} exchangers answer"
        return Finding(Outcome.DEGRADED, down[0].reason, latency, measured, f"{few}; {told}")
    return Finding(Outcome.UP, Reason.OK, latency, measured)


PROBE = MxProbe
