"""ICMP echo, "ping" (RFC 792, RFC 4443): the far end answers, how fast, and how many packets are lost on the way.

Finding: up where at least one packet is answered; the catalogue's limits on `loss_ratio` or the round-trip times make
it degraded. Down where none is (timeout), or where a router says that there is no way (unreachable). Latency is the
mean round-trip time. Measurements: `loss_ratio`, `rtt_min_seconds`, `rtt_mean_seconds`, `rtt_max_seconds`, and with
two replies or more `jitter_seconds`, the mean difference between one round-trip time and the next.
"""

from __future__ import annotations

import asyncio
import os
import socket
from collections.abc import Callable
from functools import cached_property
from ipaddress import IPv4Address, IPv6Address, ip_address
from time import monotonic
from types import TracebackType
from typing import Annotated, Final, Literal

from pydantic import BeforeValidator, Field, ValidationInfo, field_validator

from ictss_monitor.probe import DatagramProbe, ProbeOptions, ProbeTrouble, Reason, Report
from probes._icmp_engine import Engine
from probes._icmp_packet import DIALECTS
from probes._icmp_socket import BUFFER, IcmpSocket
from probes._resolve import Address, Resolver, literal_address

FAMILIES: Final = {"auto": 0, 4: socket.AF_INET, 6: socket.AF_INET6}


def _number(value: object) -> object:
    """Take "4" for 4: on the command line, every value is text."""
    return int(value) if isinstance(value, str) and value.isdecimal() else value


def _ip_address(address: str) -> IPv4Address | IPv6Address | None:
    try:
        return ip_address(address)
    except ValueError:
        return None


class IcmpOptions(ProbeOptions):
    """What an icmp check may say."""

    address: str = Field(description="Host name, IPv4 or IPv6 address", min_length=1, max_length=253)
    packets: int = Field(3, ge=1, le=20, description="Echo requests in one probe; it ends early when all are answered")
    spacing: float = Field(
        0.2,
        ge=0.01,
        le=10,
        description="Seconds between packets; squeezed so that all leave in the first half of the time limit",
    )
    payload: int = Field(56, ge=8, le=1400, description="Bytes of payload in each packet")
    family: Annotated[Literal["auto", 4, 6], BeforeValidator(_number)] = Field(
        "auto", description="IP version to use: auto takes the first address of the name"
    )

    @field_validator("address")
    @classmethod
    def _can_answer(cls, address: str) -> str:
        literal = _ip_address(address)
        if literal is None:
            if ":" in address or "/" in address or any(character.isspace() for character in address):
                raise ValueError("neither a host name nor an IP address")
            return address
        if literal.is_multicast or literal.is_unspecified:
            raise ValueError("not the address of one host")
        if literal.version == 6 and literal.ipv4_mapped is not None:
            raise ValueError(f"write it as {literal.ipv4_mapped}")
        return address

    @field_validator("family")
    @classmethod
    def _fits_the_address(cls, family: str | int, others: ValidationInfo) -> str | int:
        address = others.data.get("address", "")
        literal = _ip_address(address)
        if literal is not None and family not in ("auto", literal.version):
            raise ValueError(f"{address} is an address of IP version {literal.version}")
        return family

    @cached_property
    def literal(self) -> Address | None:
        """The socket address where the check names an IP address, None where it names a host."""
        found = literal_address(self.address, family=FAMILIES[self.family])
        if found is None:
            return None
        family, address = found
        # As the kernel writes the source of a reply, whatever way of writing it the catalogue chose.
        host = socket.inet_ntop(family, socket.inet_pton(family, address[0].partition("%")[0]))
        return (family, (host, *address[1:]))


class IcmpProbe(DatagramProbe[IcmpOptions]):
    """Pings over one shared socket for each IP version, opened when it is first needed."""

    options_model = IcmpOptions

    def __init__(self, buffer: int | None = BUFFER) -> None:
        """Ask the kernel for `buffer` bytes on each socket; None leaves its default."""
        self._buffer = buffer
        self._engines: dict[int, Engine] = {}
        self._resolver = Resolver()
        self._look_ups: set[asyncio.Task[None]] = set()

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for look_up in self._look_ups:
            look_up.cancel()
        if self._look_ups:
            await asyncio.wait(self._look_ups)
        self._resolver.close()
        for engine in self._engines.values():
            engine.close()
        self._engines.clear()

    def start(self, options: IcmpOptions, limit: float, report: Report) -> Callable[[], None]:
        """Send the first packet now if `address` is a literal and the pace allows it, otherwise as soon as may be."""
        target = options.literal
        if target is None:
            return self._start_by_name(options, limit, report)
        return self._send(target, options, limit, report)

    def _send(self, target: Address, options: IcmpOptions, limit: float, report: Report) -> Callable[[], None]:
        engine = self._engines.get(target[0]) or self._open(target[0])
        return engine.start(target[1], options.packets, options.payload, options.spacing, limit, report)

    def _open(self, family: int) -> Engine:
        identifier = int.from_bytes(os.urandom(2), "big")
        engine = Engine(IcmpSocket(DIALECTS[socket.AddressFamily(family)], identifier, self._buffer))
        self._engines[family] = engine
        return engine

    def _start_by_name(self, options: IcmpOptions, limit: float, report: Report) -> Callable[[], None]:
        """Look the name up in a task of the probe's own, which ends with it, and ping its first address."""
        forget_exchange: Callable[[], None] | None = None
        forgotten = False

        async def look_up_and_send() -> None:
            nonlocal forget_exchange
            started = monotonic()
            try:
                async with asyncio.timeout(limit):
                    addresses = await self._resolver.addresses(options.address, family=FAMILIES[options.family])
            except TimeoutError:
                detail = f"no name server answered for {options.address} within {limit:g} s"
                raise ProbeTrouble(Reason.RESOLVER, detail) from None
            forget_exchange = self._send(addresses[0], options, limit - (monotonic() - started), report)

        def ended(task: asyncio.Task[None]) -> None:
            self._look_ups.discard(task)
            if task.cancelled():
                if not forgotten:
                    report(ProbeTrouble(Reason.RESOURCES, "the probe was closed before the name was found"))
            elif isinstance(error := task.exception(), Exception):
                report(error)

        def forget() -> None:
            nonlocal forgotten
            forgotten = True
            task.cancel()
            if forget_exchange is not None:
                forget_exchange()

        # Not in a TaskGroup: there, one look-up that fails would end all others.
        task = asyncio.get_running_loop().create_task(look_up_and_send())
        self._look_ups.add(task)
        task.add_done_callback(ended)
        return forget


PROBE = IcmpProbe
