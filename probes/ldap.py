"""LDAP (RFC 4511): a directory shows its root DSE, in clear text, after StartTLS or in TLS, and takes a bind if asked.

The root DSE (RFC 4512, 5.1) is what every directory shows to everybody, without an account: that it comes, with the
naming contexts that are expected, tells that the directory itself is at work and not only its port.
"""

from __future__ import annotations

import re
from functools import cached_property
from time import perf_counter
from typing import Annotated, Final, Literal, Self

from pydantic import Field, SecretStr, StringConstraints, field_validator, model_validator

from ictss_monitor.probe import Finding, Outcome, ProbeFailure, Reason
from probes._connect import ConnectOptions, ConnectProbe, host_and_port
from probes._ldap_conversation import Conversation
from probes._stream import Stream

PORTS: Final = {"ldap": 389, "starttls": 389, "ldaps": 636}
CONTEXTS: Final = "namingContexts"
ASKED: Final = (CONTEXTS, "supportedLDAPVersion")
SEPARATOR: Final = re.compile(r"([,;+=])")

AttributeName = Annotated[str, StringConstraints(pattern=r"^[A-Za-z][A-Za-z0-9;-]{0,127}$")]


class LdapOptions(ConnectOptions):
    """Which directory is asked, how, and what its root DSE must hold."""

    address: str = Field(
        description="The server: host, host:port or [IPv6 address]:port; port 389, or 636 with ldaps, where not said",
        min_length=1,
    )
    transport: Literal["ldap", "starttls", "ldaps"] = Field(
        "ldap", description="ldap (clear text), starttls (clear text, then TLS on the same connection) or ldaps (TLS)"
    )
    bind_dn: str | None = Field(None, description="Bind as this name before the search", min_length=1, max_length=1024)
    password: SecretStr | None = Field(None, description="Password of the bind")
    bind_in_clear: bool = Field(False, description="Whether the password may be sent without TLS")
    expect_naming_context: tuple[str, ...] = Field(
        (), description="Naming contexts that the directory must hold, like dc=council,dc=example"
    )
    expect_attributes: dict[AttributeName, str | None] = Field(
        default_factory=dict,
        description="Attributes that the root DSE must have, each with a value that it must hold (null: any), "
        "like isSynchronized: 'TRUE' of Active Directory",
        max_length=32,
    )

    @field_validator("address")
    @classmethod
    def _address_is_server(cls, address: str) -> str:
        host_and_port(address, 389)
        return address

    @field_validator("password")
    @classmethod
    def _password_is_one(cls, password: SecretStr | None) -> SecretStr | None:
        if password is not None and not password.get_secret_value():
            raise ValueError("empty: a server would take the bind for an anonymous one (RFC 4513, 5.1.2)")
        return password

    @model_validator(mode="after")
    def _bind_is_whole_and_safe(self) -> Self:
        if (self.bind_dn is None) != (self.password is None):
            raise ValueError("bind_dn and password belong together")
        if self.bind_dn is not None and self.transport == "ldap" and not self.bind_in_clear:
            raise ValueError(
                "a bind would send the password in clear text; use transport starttls or ldaps, or say bind_in_clear"
            )
        return self

    @cached_property
    def destination(self) -> tuple[str, int]:
        """Host and port."""
        return host_and_port(self.address, PORTS[self.transport])


class LdapProbe(ConnectProbe[LdapOptions]):
    """Asks a directory for its root DSE, and takes leave as RFC 4511 wants it."""

    options_model = LdapOptions

    def far_end(self, options: LdapOptions) -> str:
        """Return the server's host, whatever port and transport."""
        return options.destination[0]

    async def run(self, options: LdapOptions) -> Finding:
        """Connect, bind if asked, search, judge; `latency` is from the beginning to the end of the search."""
        host, port = options.destination
        measured: dict[str, float] = {}
        began = perf_counter()
        try:
            terms = options.terms(host) if options.transport == "ldaps" else None
            async with await self._opener.open(host, port, options.family, terms, measured) as stream:
                if options.transport == "starttls":
                    await self._opener.upgrade(stream, options.terms(host), measured, _ask_for_tls)
                root = await _talk(Conversation(stream), options, measured)
            latency = perf_counter() - began
            contexts = root.get(CONTEXTS.lower(), ())
            measured["naming_contexts"] = float(len(contexts))
            _judge(root, options)
        except ProbeFailure as failure:
            failure.measurements = measured
            raise
        return Finding(Outcome.UP, latency=latency, measurements=measured, detail=_shown(contexts))


async def _ask_for_tls(stream: Stream) -> None:
    await Conversation(stream).start_tls()


async def _talk(
    conversation: Conversation, options: LdapOptions, measured: dict[str, float]
) -> dict[str, tuple[str, ...]]:
    """Return the root DSE, after a bind where one is asked for."""
    try:
        began = perf_counter()
        if options.bind_dn is not None and options.password is not None:
            await conversation.bind(options.bind_dn, options.password.get_secret_value())
            measured["bind_seconds"] = perf_counter() - began
        began = perf_counter()
        root = await conversation.root((*ASKED, *options.expect_attributes))
        measured["search_seconds"] = perf_counter() - began
        return root
    finally:
        conversation.unbind()


def _judge(root: dict[str, tuple[str, ...]], options: LdapOptions) -> None:
    """Raise ProbeFailure where the root DSE lacks what is expected."""
    contexts = root.get(CONTEXTS.lower(), ())
    held = {_compared(context) for context in contexts}
    for context in options.expect_naming_context:
        if _compared(context) not in held:
            raise ProbeFailure(Reason.MISMATCH, f"{context} is not among the naming contexts: {_shown(contexts)}")
    for name, value in options.expect_attributes.items():
        values = root.get(name.lower())
        if not values:
            raise ProbeFailure(Reason.MISMATCH, f"the root DSE has no {name}")
        if value is not None and value.casefold() not in {each.casefold() for each in values}:
            raise ProbeFailure(Reason.MISMATCH, f"{name} is {_shown(values)} where {value} was expected")


def _compared(name: str) -> str:
    """Return a distinguished name in a form in which equal ones are as a rule equal: no case, no space around parts."""
    return "".join(part.strip() for part in SEPARATOR.split(name)).casefold()


def _shown(values: tuple[str, ...]) -> str:
    return "; ".join(values[:3]) + (f" and {len(values) - 3} more" if len(values) > 3 else "") or "none"


PROBE = LdapProbe
