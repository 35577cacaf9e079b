"""DNS (RFC 1035): a name server answers one question, with the code and the records that are expected.

The server named is asked itself, every time; nothing is kept from one probe to the next, so an answer is never older
than the probe.
"""

from __future__ import annotations

import re
import socket
from dataclasses import dataclass
from ipaddress import ip_address
from time import perf_counter
from types import TracebackType
from typing import Any, Literal, Self

import dns.exception
import dns.name
import dns.rcode
import dns.rdata
import dns.rdataclass
import dns.rdatatype
import dns.reversename
from pydantic import Field, PrivateAttr, ValidationInfo, field_validator, model_validator

from ictss_monitor.probe import Finding, Outcome, Probe, ProbeFailure, ProbeOptions, Reason
from probes._dns_exchange import ask_tcp, ask_udp
from probes._dns_wire import TXT, Answer, Question, Reply, read
from probes._resolve import Resolver

PORT = 53
FAMILIES: dict[int, int] = {dns.rdatatype.A: socket.AF_INET, dns.rdatatype.AAAA: socket.AF_INET6}
SHOWN = 3
"""Answers that a finding's detail shows."""


@dataclass(frozen=True, slots=True)
class Prepared:
    """What every probe needs of its options, worked out once."""

    server: tuple[str, int]
    question: Question
    rcode: int
    fewest: int
    all: frozenset[bytes]
    any: frozenset[bytes]
    only: frozenset[bytes]


class DnsOptions(ProbeOptions):
    """Which server is asked what, and what it must say."""

    address: str = Field(
        description="The name server: address or name, with `:port` where it is not 53; IPv6 then as `[::1]:5353`",
        min_length=1,
    )
    type: str = Field("A", description="Record type asked for: A, AAAA, CNAME, MX, NS, PTR, SOA, SRV, TXT, CAA …")
    name: str = Field(
        description="Name asked for, taken as absolute; with type PTR an IP address will do", min_length=1
    )
    rcode: str = Field("NOERROR", description="Response code that the server must give; NXDOMAIN can be expected too")
    at_least: int | None = Field(
        None, description="Fewest records that must answer; 1 where not said, 0 with another rcode than NOERROR", ge=0
    )
    expect_all: tuple[str, ...] = Field((), description="Records that must all be among the answers, as in a zone file")
    expect_any: tuple[str, ...] = Field((), description="Records of which at least one must be among the answers")
    expect_only: tuple[str, ...] = Field((), description="Records beside which there must be no other answer")
    recursion: bool = Field(True, description="Whether the server may ask other servers (the flag RD)")
    transport: Literal["udp", "tcp"] = Field("udp", description="udp (tcp follows where a reply is truncated), or tcp")

    _prepared: Prepared = PrivateAttr()

    @field_validator("address")
    @classmethod
    def _check_address(cls, value: str) -> str:
        server_of(value)
        return value

    @field_validator("type")
    @classmethod
    def _check_type(cls, value: str) -> str:
        try:
            kind = dns.rdatatype.from_text(value)
        except (dns.exception.DNSException, ValueError):
            raise ValueError(f"there is no record type {value}") from None
        if dns.rdatatype.is_metatype(kind) or kind == dns.rdatatype.NONE:
            raise ValueError(f"{value} is not a type of records that can be asked for")
        return dns.rdatatype.to_text(kind)

    @field_validator("name")
    @classmethod
    def _check_name(cls, value: str, info: ValidationInfo) -> str:
        wire_name(value, info.data.get("type", "A"))
        return value

    @field_validator("rcode")
    @classmethod
    def _check_rcode(cls, value: str) -> str:
        try:
            code = dns.rcode.from_text(value)
        except (dns.exception.DNSException, ValueError):
            raise ValueError(f"there is no response code {value}") from None
        if code > 15:
            raise ValueError(f"{value} needs EDNS, which this probe does not speak")
        return dns.rcode.to_text(code)

    @field_validator("expect_all", "expect_any", "expect_only")
    @classmethod
    def _check_expected(cls, value: tuple[str, ...], info: ValidationInfo) -> tuple[str, ...]:
        keys_of(value, info.data.get("type", "A"))
        return value

    @model_validator(mode="after")
    def _prepare(self) -> Self:
        """Work out once what every probe needs."""
        positive = self.rcode == "NOERROR"
        if not positive and (self.at_least or self.expect_all or self.expect_any or self.expect_only):
            raise ValueError(f"rcode {self.rcode} comes without records: none can be expected with it")
        self._prepared = Prepared(
            server=server_of(self.address),
            question=Question(wire_name(self.name, self.type), int(dns.rdatatype.from_text(self.type)), self.recursion),
            rcode=int(dns.rcode.from_text(self.rcode)),
            fewest=int(positive) if self.at_least is None else self.at_least,
            all=keys_of(self.expect_all, self.type),
            any=keys_of(self.expect_any, self.type),
            only=keys_of(self.expect_only, self.type),
        )
        return self

    @property
    def prepared(self) -> Prepared:
        """What every probe needs of these options."""
        return self._prepared


def server_of(address: str) -> tuple[str, int]:
    """Return host and port of `address`. Raises ValueError where it is neither `host`, `host:port` nor `[v6]:port`."""
    if address.count(":") > 1 and not address.startswith("["):
        return address, PORT
    found = re.fullmatch(r"(?:\[(?P<six>[^\[\]]+)\]|(?P<host>[^:\[\]\s/]+))(?::(?P<port>[0-9]{1,5}))?", address)
    port = int(found["port"] or PORT) if found else 0
    if found is None or not 0 < port < 65_536:
        raise ValueError(f"'{address}' is not a name server: write host, host:port or [IPv6]:port")
    return found["six"] or found["host"], port


def wire_name(name: str, kind: str) -> bytes:
    """Return `name` in lower-case wire form; of type PTR, an IP address's reverse name. Raises ValueError."""
    try:
        if kind == "PTR" and re.fullmatch(r"[0-9.]+|[0-9A-Fa-f:.]*:[0-9A-Fa-f:.]*", name):
            return dns.reversename.from_address(str(ip_address(name))).to_wire() or b""
        return dns.name.from_text(name).canonicalize().to_wire() or b""
    except (dns.exception.DNSException, UnicodeError) as error:
        raise ValueError(f"'{name}' is not a domain name: {error}") from None


def keys_of(records: tuple[str, ...], kind: str) -> frozenset[bytes]:
    """Return what tells records written as in a zone file apart from others. Raises ValueError for a malformed one."""
    return frozenset(key_of(record, kind) for record in records)


def key_of(record: str, kind: str) -> bytes:
    """Return the key of one record written as in a zone file; a text may stand without its quotation marks."""
    if kind == "TXT" and not record.startswith('"'):
        return record.encode()
    try:
        data: Any = dns.rdata.from_text("IN", kind, record, origin=dns.name.root, relativize=False)
        return b"".join(data.strings) if kind == "TXT" else data.to_digestable(dns.name.root)
    except (dns.exception.DNSException, ValueError) as error:
        raise ValueError(f"'{record}' is not a record of type {kind}: {error}") from None


class DnsProbe(Probe[DnsOptions]):
    """Asks name servers; its checks share nothing but what looks up the servers' own names."""

    options_model = DnsOptions

    def __init__(self) -> None:
        self._resolver = Resolver()

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._resolver.close()

    def far_end(self, options: DnsOptions) -> str:
        """Return the server's host, whatever the port."""
        return options.prepared.server[0]

    async def run(self, options: DnsOptions) -> Finding:
        """Ask once; `latency` is from asking to having the reply, a second asking over TCP included."""
        wanted = options.prepared
        question = wanted.question
        addresses = await self._resolver.addresses(*wanted.server)
        begun = perf_counter()
        truncated = options.transport == "tcp"
        if not truncated:
            reply = read(await ask_udp(addresses[0], question), question)
            truncated = reply.truncated
        if truncated:
            try:
                reply = read(await ask_tcp(addresses, question), question)
            except ConnectionRefusedError:
                over = "over TCP" if options.transport == "tcp" else "over TCP, and truncated over UDP"
                raise ProbeFailure(Reason.REFUSED, f"refused {over}") from None
        return judge(reply, options, perf_counter() - begun)


def judge(reply: Reply, options: DnsOptions, latency: float) -> Finding:
    """Return the finding that `reply`, which took `latency` seconds, amounts to."""
    measured = {"answers": float(len(reply.answers))}
    if reply.ttl is not None:
        measured["ttl_min_seconds"] = float(reply.ttl)
    reason, detail = complaint(reply, options)
    if reason is Reason.OK:
        return Finding(Outcome.UP, Reason.OK, latency, measured, shown(reply.answers))
    return Finding(Outcome.DOWN, reason, latency, measured, detail)


def complaint(reply: Reply, options: DnsOptions) -> tuple[Reason, str]:
    """Return what is wrong with `reply`, or Reason.OK."""
    wanted = options.prepared
    if reply.truncated:
        return Reason.PROTOCOL, "the reply is truncated although it came over TCP"
    if reply.rcode != wanted.rcode:
        code = dns.rcode.to_text(dns.rcode.Rcode.make(reply.rcode))
        return Reason.STATUS, f"{code} where {options.rcode} was expected"
    if len(reply.answers) < wanted.fewest:
        return Reason.MISMATCH, f"{len(reply.answers)} answers where at least {wanted.fewest} were expected"
    keys = {answer.key for answer in reply.answers}
    if not wanted.all <= keys:
        missing = next(text for text in options.expect_all if key_of(text, options.type) not in keys)
        return Reason.MISMATCH, f"{missing} is not among the answers: {shown(reply.answers)}"
    if wanted.any and not wanted.any & keys:
        return Reason.MISMATCH, f"none of those expected is among the answers: {shown(reply.answers)}"
    if wanted.only and not keys <= wanted.only:
        other = tuple(answer for answer in reply.answers if answer.key not in wanted.only)
        return Reason.MISMATCH, f"not expected among the answers: {shown(other)}"
    return Reason.OK, ""


def shown(answers: tuple[Answer, ...]) -> str:
    """Return the first few `answers` as in a zone file."""
    texts = [told(answer) for answer in answers[:SHOWN]]
    if len(answers) > SHOWN:
        texts.append(f"and {len(answers) - SHOWN} more")
    return ", ".join(texts) or "none"


def told(answer: Answer) -> str:
    """Return one answer as in a zone file."""
    if answer.kind in FAMILIES:
        return socket.inet_ntop(FAMILIES[answer.kind], answer.key)
    if answer.kind == TXT:
        return '"' + answer.key.decode("utf-8", "backslashreplace") + '"'
    try:
        data = dns.rdata.from_wire(
            dns.rdataclass.IN, dns.rdatatype.RdataType.make(answer.kind), answer.key, 0, len(answer.key)
        )
        return data.to_text()
    except dns.exception.DNSException:
        return "a malformed record"


PROBE = DnsProbe
