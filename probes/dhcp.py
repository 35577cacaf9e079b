"""DHCP (RFC 2131, 2132): a DISCOVER is answered by the server that is expected, with what it should offer.

It stops at the OFFER: no REQUEST is ever sent, so no lease is taken. It asks by broadcast on an interface, as a host
does that has no address yet, or one server directly as a relay does (`giaddr`).

Finding: up where an expected server offers an address with the expected options. Down where nobody does in time, only
other servers do, or an expected one offers something else. Latency is from the first DISCOVER to the first offer of an
expected server. Measurements: `offers` (servers that offered), `unexpected_offers` (those of them that are not
expected), `discovers` (how often we asked), `lease_seconds` (absent where the lease is without end).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from hashlib import sha256
from ipaddress import IPv4Address, IPv4Network
from types import TracebackType
from typing import Annotated, Any, Final, Literal, Self

from pydantic import BeforeValidator, Field, PrivateAttr, field_validator, model_validator

from ictss_monitor.probe import DatagramProbe, Finding, Outcome, ProbeFailure, ProbeOptions, Reason, Report
from probes._dhcp_exchange import Exchange, Heard
from probes._dhcp_port import ClientPort, Port, RelayPort
from probes._dhcp_values import Kind, fits, kind_of, octets_of, shown
from probes._dhcp_wire import Discover, Offer

ASKED_FOR: Final = (1, 3, 6, 15, 42, 43, 51, 58, 59, 66, 67, 150)
"""Options that a telephone or a desktop asks for."""
LEASE, WITHOUT_END = 51, 0xFFFFFFFF


def _several(value: Any) -> Any:
    """Take one value, text or number, for a list of it."""
    return (str(value),) if isinstance(value, str | int) else value


def _named(value: Any) -> Any:
    """Take the numbers of options, and of values, for texts."""
    return {str(name): _several(each) for name, each in value.items()} if isinstance(value, Mapping) else value


Several = BeforeValidator(_several)


@dataclass(frozen=True, slots=True)
class Prepared:
    """What every probe needs of its options, worked out once."""

    servers: frozenset[IPv4Address]
    networks: tuple[IPv4Network, ...]
    options: tuple[tuple[Kind, frozenset[bytes]], ...]
    client: bytes
    parameters: bytes


class DhcpOptions(ProbeOptions):
    """How is asked, and what must be offered by whom."""

    address: str = Field(
        description="mode broadcast: the interface to ask on (`eth0`); mode relay: the server's IPv4 address",
        min_length=1,
    )
    mode: Literal["broadcast", "relay"] = Field(
        "broadcast",
        description="broadcast: asks whoever listens on an interface's network; relay: asks one server, which may be "
        "far away, and must know giaddr's network",
    )
    giaddr: IPv4Address | None = Field(
        None, description="mode relay: an address of this machine, for whose network we ask; the answer comes to it"
    )
    link: IPv4Address | None = Field(
        None, description="mode relay: the network to be served, where it is not giaddr's (RFC 3527); any address of it"
    )
    port: int = Field(
        67, ge=1, le=65_535, description="mode relay: UDP port of the server, and ours, to which it answers"
    )
    expect_server: Annotated[tuple[IPv4Address, ...], Several] = Field(
        (), description="Servers that may offer, as they identify themselves; any, where none is named"
    )
    expect_subnet: Annotated[tuple[IPv4Network, ...], Several] = Field(
        (), description="Networks from which the offered address must be: 192.0.2.0/24; any, where none is named"
    )
    expect_options: Annotated[Mapping[str, tuple[str, ...]], BeforeValidator(_named)] = Field(
        default_factory=dict,
        description="What an offer must say, by name (router, dns, domain, tftp_server …) or number: exactly these "
        "values in any order, or [] for any; octets as 0x0a1b",
    )
    listen: float = Field(
        0.5, ge=0, le=10, description="Seconds to listen on after the first expected offer, for offers of others"
    )
    client_mac: str | None = Field(
        None,
        pattern="^[0-9A-Fa-f]{2}([:-][0-9A-Fa-f]{2}){5}$",
        description="Hardware address to ask for; where not said, a locally administered one that stays the same, so "
        "that a server sets aside one address at most. Switches that compare it need the interface's own",
    )

    _prepared: Prepared = PrivateAttr()

    @field_validator("expect_options")
    @classmethod
    def _check_options(cls, value: Mapping[str, tuple[str, ...]]) -> Mapping[str, tuple[str, ...]]:
        options_of(value)
        return value

    @model_validator(mode="after")
    def _prepare(self) -> Self:
        """Work out once what every probe needs."""
        if self.mode == "relay":
            self._check_relay()
        elif not re.fullmatch(r"[^\s/:]{1,15}", self.address) or re.fullmatch(r"[0-9.]+", self.address):
            what = f"'{self.address}' is not the name of an interface"
            raise ValueError(f"{what}; for the address of a server say mode: relay")
        elif {"giaddr", "link", "port"} & self.model_fields_set:
            raise ValueError("giaddr, link and port are of mode relay")
        options = options_of(self.expect_options)
        codes = {*ASKED_FOR, *(kind.code for kind, _ in options)}
        self._prepared = Prepared(
            servers=frozenset(self.expect_server),
            networks=self.expect_subnet,
            options=options,
            client=self._client(),
            parameters=bytes(sorted(codes)),
        )
        return self

    def _check_relay(self) -> None:
        try:
            IPv4Address(self.address)
        except ValueError:
            raise ValueError(f"'{self.address}' is not the server's IPv4 address, which mode relay needs") from None
        if self.giaddr is None:
            raise ValueError("mode relay needs giaddr, an address of this machine")

    def _client(self) -> bytes:
        if self.client_mac is not None:
            return bytes.fromhex(re.sub("[:-]", "", self.client_mac))
        told = f"{self.mode} {self.address} {self.giaddr} {self.link}"
        made = sha256(told.encode()).digest()[:6]
        return bytes([made[0] & 0xFC | 0x02]) + made[1:]  # locally administered, of one station

    @property
    def prepared(self) -> Prepared:
        """What every probe needs of these options."""
        return self._prepared


def options_of(told: Mapping[str, tuple[str, ...]]) -> tuple[tuple[Kind, frozenset[bytes]], ...]:
    """Return the options of DHCP that `told` names, with their values in octets. Raises ValueError."""
    found = []
    for name, values in told.items():
        kind = kind_of(name)
        if kind.form != "addresses" and len(values) > 1:
            raise ValueError(f"{name} has one value, not {len(values)}")
        found.append((kind, frozenset(octets_of(kind, value) for value in values)))
    return tuple(found)


class DhcpProbe(DatagramProbe[DhcpOptions]):
    """Asks for offers over one socket for each interface or relay address, opened when it is first needed."""

    options_model = DhcpOptions

    def __init__(self) -> None:
        self._ports: dict[tuple[str, int], Port] = {}

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for port in self._ports.values():
            port.close()
        self._ports.clear()

    def start(self, options: DhcpOptions, limit: float, report: Report) -> Callable[[], None]:
        """Send a DISCOVER now, and again until the limit if need be; see DatagramProbe.start."""
        wanted = options.prepared
        port = self._port(options)
        asking = Discover(port.free_transaction(), wanted.client, options.giaddr, options.link, wanted.parameters)

        def is_wanted(server: IPv4Address) -> bool:
            return not wanted.servers or server in wanted.servers

        def judged(heard: Heard) -> Finding | Exception:
            return judge(heard, wanted, limit)

        server = (options.address, options.port)
        exchange = Exchange(asking, port, server, is_wanted, judged, limit, options.listen, report)
        exchange.begin()
        return exchange.forget

    def _port(self, options: DhcpOptions) -> Port:
        """Return the socket for `options`; a new one where the last has broken."""
        relay = options.giaddr
        key = (options.address, 0) if relay is None else (str(relay), options.port)
        port = self._ports.get(key)
        if port is None or port.closed:
            port = self._ports[key] = ClientPort(options.address) if relay is None else RelayPort(*key)
        return port


def judge(heard: Heard, wanted: Prepared, limit: float) -> Finding | ProbeFailure:
    """Return what it means that within `limit` seconds this was heard."""
    offers = list(heard.offers.values())
    ours = [offer for offer in offers if not wanted.servers or offer.server in wanted.servers]
    measured = {
        "offers": float(len(offers)),
        "unexpected_offers": float(len(offers) - len(ours)),
        "discovers": float(heard.discovers),
    }
    if not offers and heard.complaint:
        return ProbeFailure(Reason.PROTOCOL, heard.complaint, measured)
    if not offers:
        times = "once" if heard.discovers == 1 else f"{heard.discovers} times"
        return ProbeFailure(Reason.TIMEOUT, f"no offer within {limit:g} s, asked {times}", measured)
    if not ours:
        others, expected = told(offer.server for offer in offers), told(wanted.servers)
        return ProbeFailure(Reason.MISMATCH, f"offered by {others}, where {expected} was expected", measured)
    lease = ours[0].options.get(LEASE, b"")
    if len(lease) == 4 and int.from_bytes(lease) != WITHOUT_END:
        measured["lease_seconds"] = float(int.from_bytes(lease))
    for offer in ours:
        if wrong := complaint(offer, wanted):
            return Finding(Outcome.DOWN, Reason.MISMATCH, heard.latency, measured, f"{offer.server} offers {wrong}")
    detail = "; ".join(f"{offer.server} offers {offer.address}" for offer in offers)
    return Finding(Outcome.UP, Reason.OK, heard.latency, measured, detail)


def told(servers: Iterable[IPv4Address]) -> str:
    """Return the addresses of `servers` in order, the first few of them."""
    held = sorted(servers)
    return ", ".join(map(str, held[:3])) + (f" and {len(held) - 3} more" if len(held) > 3 else "")


def complaint(offer: Offer, wanted: Prepared) -> str:
    """Return what is offered otherwise than `wanted`, or nothing."""
    if wanted.networks and not any(offer.address in network for network in wanted.networks):
        return f"{offer.address}, which is not in {', '.join(map(str, wanted.networks))}"
    for kind, values in wanted.options:
        value = offer.options.get(kind.code)
        if value is None:
            return f"no {kind.name}"
        if not fits(kind, value, values):
            return f"{kind.name} {shown(kind, value)}, where {expected(kind, values)} was expected"
    return ""


def expected(kind: Kind, values: frozenset[bytes]) -> str:
    """Return the values that an option should have, for a person."""
    return ", ".join(shown(kind, value) for value in sorted(values))


PROBE = DhcpProbe
