"""TCP (RFC 9293): the port takes a connection; if asked, TLS is agreed, text is sent, and the right answer comes."""

from __future__ import annotations

from functools import cached_property
from time import perf_counter
from typing import Final, Self

from pydantic import Field, field_validator, model_validator

from ictss_monitor.probe import Finding, Outcome, ProbeFailure, Reason
from probes._connect import ConnectOptions, ConnectProbe, host_and_port
from probes._match import LinearPattern, compiled
from probes._stream import Stream

MOST_ANSWER: Final = 65_536


class TcpOptions(ConnectOptions):
    """What a check of a TCP port can be told."""

    address: str = Field(description="host:port, or [IPv6 address]:port", min_length=1)
    tls: bool = Field(False, description="Agree on TLS before anything is sent")
    send: str | None = Field(
        None, description="Text to send once connected, as UTF-8; line ends as written", min_length=1
    )
    expect: str | None = Field(None, description="Text that the answer must contain", min_length=1)
    expect_regex: LinearPattern | None = Field(
        None, description="Regular expression (RE2 syntax) that must match in the answer"
    )
    max_bytes: int = Field(4096, description="Bytes of answer to look at, at most", ge=1, le=MOST_ANSWER)

    @field_validator("address")
    @classmethod
    def _address_has_port(cls, address: str) -> str:
        host_and_port(address)
        return address

    @model_validator(mode="after")
    def _one_expectation(self) -> Self:
        if self.expect is not None and self.expect_regex is not None:
            raise ValueError("expect and expect_regex exclude each other")
        if self.expect is not None and len(self.expect.encode()) > self.max_bytes:
            raise ValueError("expect is longer than max_bytes")
        return self

    @cached_property
    def destination(self) -> tuple[str, int]:
        """Host and port."""
        return host_and_port(self.address)


class TcpProbe(ConnectProbe[TcpOptions]):
    """Connects, and closes again like any client: no reset, which servers log as an error."""

    options_model = TcpOptions

    async def run(self, options: TcpOptions) -> Finding:
        """Connect, talk if asked, close; `latency` is the time until the last thing that was asked for."""
        host, port = options.destination
        terms = options.terms(host) if options.tls else None
        phases: dict[str, float] = {}
        began = perf_counter()
        try:
            async with await self._opener.open(host, port, options.family, terms, phases) as stream:
                if options.send is not None:
                    await stream.send(options.send.encode())
                if options.expect is not None or options.expect_regex is not None:
                    await _await_answer(stream, options, phases)
                return Finding(Outcome.UP, latency=perf_counter() - began, measurements=phases)
        except ProbeFailure as failure:
            failure.measurements = phases
            raise


async def _await_answer(stream: Stream, options: TcpOptions, phases: dict[str, float]) -> None:
    """Read until what is expected has come, at most `max_bytes`."""
    asked = perf_counter()
    answer = bytearray()
    while not _as_expected(bytes(answer), options):
        if len(answer) >= options.max_bytes:
            raise ProbeFailure(Reason.OVERSIZE, f"not the expected answer within {options.max_bytes} bytes")
        piece = await stream.receive()
        if not piece and not answer:
            raise ProbeFailure(Reason.CLOSED, "the far end closed the connection without an answer")
        if not piece:
            raise ProbeFailure(Reason.MISMATCH, f"not the expected answer in its {len(answer)} bytes")
        if not answer:
            phases["first_byte_seconds"] = perf_counter() - asked
        answer += piece[: options.max_bytes - len(answer)]


def _as_expected(answer: bytes, options: TcpOptions) -> bool:
    if options.expect_regex is not None:
        return bool(answer) and compiled(options.expect_regex).search(answer) is not None
    return options.expect is not None and options.expect.encode() in answer


PROBE = TcpProbe
