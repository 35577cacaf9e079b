"""What the probes of SMTP and IMAP share: what they can be told, the frame of a conversation, and capabilities."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Iterable
from functools import cached_property
from time import perf_counter
from typing import Annotated, ClassVar, Final, Generic, Literal, Protocol, Self, TypeAlias, TypeVar

from pydantic import AfterValidator, Field, SecretStr, field_validator, model_validator

from ictss_monitor.probe import Finding, Outcome, ProbeFailure, Reason
from probes._connect import ConnectOptions, ConnectProbe, host_and_port
from probes._stream import Stream

TlsUse: TypeAlias = Literal["none", "if_offered", "starttls", "implicit"]
SPOKEN: Final = (Reason.STATUS, Reason.MISMATCH)
"""Reasons of failures after which the server still listens, so that we owe it a farewell."""


def _sayable(text: str) -> str:
    if not text.isprintable():
        raise ValueError("it cannot hold line ends or other control characters")
    return text


def _secret_sayable(secret: SecretStr) -> SecretStr:
    _sayable(secret.get_secret_value())
    return secret


def _capability(text: str) -> str:
    if not text.strip() or not text.isascii() or not text.isprintable():
        raise ValueError("a capability is a word of printable ASCII signs, with its parameters behind spaces")
    return " ".join(text.upper().split())


Said = Annotated[str, AfterValidator(_sayable)]


class MailOptions(ConnectOptions):
    """What a check of a mail server can be told, whichever of its protocols is probed."""

    ports: ClassVar[tuple[int, int]]
    """The protocol's port, and that with implicit TLS."""

    tls: TlsUse
    expect_capabilities: tuple[Annotated[str, AfterValidator(_capability)], ...] = Field(
        (), description="Capabilities that must be offered, with parameters where they matter; capitals do not"
    )
    user: Said | None = Field(None, description="User name to log in with", min_length=1, max_length=255)
    password: Annotated[SecretStr, AfterValidator(_secret_sayable)] | None = Field(
        None, description="Password to log in with; only ever sent over TLS", min_length=1, max_length=255
    )

    @field_validator("address")
    @classmethod
    def _address_is_one(cls, address: str) -> str:
        host_and_port(address, 1)
        return address

    @model_validator(mode="after")
    def _login_is_whole_and_hidden(self) -> Self:
        if (self.user is None) != (self.password is None):
            raise ValueError("user and password go together")
        if self.user is not None and self.tls not in ("starttls", "implicit"):
            raise ValueError("a login needs tls: starttls or implicit, for a password is not sent in plain text")
        return self

    @cached_property
    def destination(self) -> tuple[str, int]:
        """Host and port."""
        return host_and_port(self.address, self.ports[self.tls == "implicit"])

    @property
    def credentials(self) -> tuple[str, str] | None:
        """User name and password, where a login is asked for."""
        return None if self.user is None or self.password is None else (self.user, self.password.get_secret_value())


M = TypeVar("M", bound=MailOptions)


class Dialogue(Protocol):
    """One side of a conversation with a mail server."""

    async def leave(self) -> None:
        """Say farewell, and wait only a moment for the answer."""
        ...


D = TypeVar("D", bound=Dialogue)


class MailProbe(ConnectProbe[M], Generic[M, D]):
    """Opens a connection, leads the dialogue of a protocol over it, and takes its leave."""

    dialogue: type[D]
    """What leads the dialogue; made with the stream."""

    async def run(self, options: M) -> Finding:
        """Talk; `latency` is from the beginning to the last answer that was asked for, the parting left out."""
        host, port = options.destination
        terms = options.terms(host) if options.tls == "implicit" else None
        phases: dict[str, float] = {}
        began = perf_counter()
        try:
            async with await self._opener.open(host, port, options.family, terms, phases) as stream:
                dialogue = self.dialogue(stream)  # type: ignore[call-arg]  # a protocol class says nothing of __init__
                try:
                    await self.talk(dialogue, stream, options, phases)
                except ProbeFailure as failure:
                    if failure.reason in SPOKEN:
                        await dialogue.leave()
                    raise
                phases["total_seconds"] = perf_counter() - began
                await dialogue.leave()
        except ProbeFailure as failure:
            failure.measurements = phases
            raise
        return Finding(Outcome.UP, latency=phases["total_seconds"], measurements=phases)

    @abstractmethod
    async def talk(self, dialogue: D, stream: Stream, options: M, phases: dict[str, float]) -> None:
        """Say and hear what `options` ask for; note how long parts of it took in `phases`."""


def expect_capabilities(wanted: Iterable[str], offered: Iterable[str]) -> None:
    """Raise ProbeFailure(MISMATCH) where one that is `wanted` is not `offered`; both are in capitals.

    "AUTH PLAIN" is offered by "AUTH LOGIN PLAIN": a word for the capability, and further ones in any order.
    """
    have = [capability.split() for capability in offered]
    missing = [
        capability
        for capability in wanted
        if not any(
            words and words[0] == capability.split()[0] and set(words) >= set(capability.split()) for words in have
        )
    ]
    if missing:
        raise ProbeFailure(Reason.MISMATCH, f"not offered: {', '.join(missing)}")
