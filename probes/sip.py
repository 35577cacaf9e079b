"""SIP (RFC 3261): a telephony server answers OPTIONS, over UDP, TCP or TLS, with a status that shows it at work.

The server named is asked itself, at the address given: no SRV or NAPTR records are followed (RFC 3263), which are for
the `dns` probe to watch.
"""

from __future__ import annotations

import os
import re
from functools import cached_property
from time import perf_counter
from typing import Final, Literal

from pydantic import Field, field_validator

from ictss_monitor.probe import Finding, Outcome, ProbeFailure, Reason
from probes._connect import ConnectOptions, ConnectProbe, add, host_and_port
from probes._sip_exchange import Answer, ask_stream, ask_udp
from probes._sip_message import Message, Request
from probes._statuses import StatusSet, statuses

PORTS: Final = {"udp": 5060, "tcp": 5060, "tls": 5061}
HIGHEST_STATUS: Final = 699
URI: Final = re.compile(r"sips?:[!-;=?-~]+")
USER: Final = re.compile(r"[A-Za-z0-9_.!~*'()&=+$,;?/-]+")


class SipOptions(ConnectOptions):
    """Which server is asked, how, and which statuses mean that it works."""

    address: str = Field(
        description="The server: host, host:port or [IPv6 address]:port; port 5060, or 5061 with TLS, where not said",
        min_length=1,
    )
    transport: Literal["udp", "tcp", "tls"] = Field("udp", description="What SIP is carried by")
    uri: str | None = Field(
        None, description="Request URI, like sip:pbx.example; `sip:` and the address where not said", max_length=256
    )
    from_user: str = Field("monitor", description="User part of the From field", min_length=1, max_length=64)
    expect_status: StatusSet = Field(
        "200-407, 409-499",
        description='Status codes that mean up, as in "200-299, 401"; where not said, all that a server at work gives: '
        "not 408, 5xx or 6xx",
    )
    user_agent_contains: str | None = Field(
        None, description="Text that the reply's Server or User-Agent field must contain", min_length=1
    )

    @field_validator("address")
    @classmethod
    def _address_is_server(cls, address: str) -> str:
        host_and_port(address, 5060)
        return address

    @field_validator("uri")
    @classmethod
    def _uri_is_sip(cls, uri: str | None) -> str | None:
        if uri is not None and not URI.fullmatch(uri):
            raise ValueError("not a SIP URI; expected one like sip:pbx.example or sip:100@pbx.example:5070")
        return uri

    @field_validator("from_user")
    @classmethod
    def _user_needs_no_escape(cls, user: str) -> str:
        if not USER.fullmatch(user):
            raise ValueError("not a user part; expected letters, digits and signs like . _ - +")
        return user

    @field_validator("expect_status")
    @classmethod
    def _statuses_are_codes(cls, given: StatusSet) -> StatusSet:
        if min(statuses(given, HIGHEST_STATUS)) < 200:
            raise ValueError("a 1xx is no final reply; expected statuses from 200 to 699")
        return given

    @cached_property
    def destination(self) -> tuple[str, int]:
        """Host and port."""
        return host_and_port(self.address, PORTS[self.transport])

    @cached_property
    def expected(self) -> frozenset[int]:
        """The status codes that mean up."""
        return statuses(self.expect_status, HIGHEST_STATUS)

    @cached_property
    def request_uri(self) -> str:
        """The URI asked for; of an address with a port of its own, with that port."""
        if self.uri is not None:
            return self.uri
        host, port = self.destination
        host = f"[{host.partition('%')[0]}]" if ":" in host else host
        return f"sip:{host}" if port == PORTS[self.transport] else f"sip:{host}:{port}"

    def request(self, sent_by: str) -> Request:
        """Return a fresh request from our own address and port `sent_by`."""
        random = os.urandom(26).hex()
        return Request(
            uri=self.request_uri,
            from_user=self.from_user,
            transport=self.transport,
            sent_by=sent_by,
            branch=random[:16],
            tag=random[16:28],
            call=random[28:44],
            number=int(random[44:], 16) % 2**31,
        )


class SipProbe(ConnectProbe[SipOptions]):
    """Asks a server what it can do, which every one must answer, registered or not (RFC 3261, 11)."""

    options_model = SipOptions

    def far_end(self, options: SipOptions) -> str:
        """Return the server's host, whatever port and transport."""
        return options.destination[0]

    async def run(self, options: SipOptions) -> Finding:
        """Ask once; `latency` is from the beginning to the final reply, the connection included."""
        measured: dict[str, float] = {}
        began = perf_counter()
        try:
            answer = await self._ask(options, measured)
            latency = perf_counter() - began
            measured["status_code"] = float(answer.reply.status or 0)
            _judge(answer.reply, options)
        except ProbeFailure as failure:
            failure.measurements = measured
            raise
        return Finding(Outcome.UP, latency=latency, measurements=measured, detail=_told(answer.reply))

    async def _ask(self, options: SipOptions, measured: dict[str, float]) -> Answer:
        host, port = options.destination
        if options.transport == "udp":
            began = perf_counter()
            addresses = await self._opener.resolver.addresses(host, port, options.family)
            add(measured, "resolve_seconds", perf_counter() - began)
            answer = await ask_udp(addresses[0], options.request)
            measured["retransmissions"] = float(answer.retransmissions)
            return answer
        terms = options.terms(host) if options.transport == "tls" else None
        async with await self._opener.open(host, port, options.family, terms, measured) as stream:
            return await ask_stream(stream, options.request)


def _judge(reply: Message, options: SipOptions) -> None:
    """Raise ProbeFailure where the reply is not the one expected."""
    if reply.status not in options.expected:
        raise ProbeFailure(Reason.STATUS, _told(reply))
    wanted = options.user_agent_contains
    if wanted is not None and wanted not in reply.software:
        raise ProbeFailure(Reason.MISMATCH, f"the server calls itself {reply.software!r}")


def _told(reply: Message) -> str:
    return f"{reply.status} {reply.phrase}".rstrip()


PROBE = SipProbe
