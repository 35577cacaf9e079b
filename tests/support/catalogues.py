"""Small probe types and ways to read a catalogue from text, for tests of the catalogue and of what reads it."""

from __future__ import annotations

from collections.abc import Mapping
from difflib import get_close_matches
from types import MappingProxyType
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, SecretStr

from ictss_monitor.catalogue.model import Catalogue
from ictss_monitor.catalogue.parse import Source, parse
from ictss_monitor.catalogue.secrets import SecretError
from ictss_monitor.errors import CatalogueError, ProbeKindError
from ictss_monitor.probe import ProbeOptions


class PingOptions(ProbeOptions):
    """Options like those of an ICMP probe."""

    count: int = Field(3, ge=1, le=20, description="Packets sent")
    family: Literal["any", "ipv4", "ipv6"] = Field("any", description="Address family")


class ConnectOptions(ProbeOptions):
    """Options like those of a TCP probe; the port has no default."""

    port: int = Field(description="TCP port", ge=1, le=65_535)
    expect: str | None = Field(None, description="Text that must come")


class Login(BaseModel):
    """A mapping with a secret inside."""

    model_config = ConfigDict(extra="forbid", frozen=True)
    user: str = Field(description="Name")
    password: SecretStr = Field(min_length=8, description="Password")


class FetchOptions(ProbeOptions):
    """Options like those of an HTTP probe, with secrets on every level."""

    status: list[int] = Field([200], description="Accepted status codes")
    token: SecretStr | None = Field(None, description="Bearer token")
    headers: dict[str, str | SecretStr] = Field({}, description="Request headers")
    cookies: dict[str, SecretStr] = Field({}, description="Cookies")
    login: Login | None = Field(None, description="Basic authentication")


class QueryOptions(ProbeOptions):
    """Options like those of a DNS probe."""

    name: str = Field(description="Name that is asked for")
    type: str = Field("A", description="Record type")


KINDS: Mapping[str, type[ProbeOptions]] = MappingProxyType(
    {"icmp": PingOptions, "tcp": ConnectOptions, "http": FetchOptions, "dns": QueryOptions}
)
SECRETS: Mapping[str, str] = MappingProxyType(
    {
        "env:TOKEN": "correct-horse-battery",
        "env:STORE": "postgresql://monitor:hunter22@db/monitor",
        "env:SHORT": "abc1234",
    }
)


def options_model(kind: str) -> type[ProbeOptions]:
    """Return the options model of one of KINDS; raises ProbeKindError as the registry does."""
    if kind not in KINDS:
        near = get_close_matches(kind, KINDS, n=1)
        hint = f": did you mean '{near[0]}'?" if near else f"; expected one of {', '.join(KINDS)}"
        raise ProbeKindError(f"unknown probe type '{kind:.60}'{hint}")
    return KINDS[kind]


def secret(reference: str) -> str:
    """Return one of SECRETS."""
    if reference not in SECRETS:
        raise SecretError(f"{reference} is not set")
    return SECRETS[reference]


def catalogue(*texts: str) -> Catalogue:
    """Parse texts as the files `config/a.yaml`, `config/b.yaml` and so on."""
    named = [Source(f"config/{letter}.yaml", text) for letter, text in zip("abcdefgh", texts, strict=False)]
    return parse(named, options_model, secret)


def problems(*texts: str) -> tuple[str, ...]:
    """Return what is wrong with texts, none where nothing is."""
    try:
        catalogue(*texts)
    except CatalogueError as error:
        return error.problems
    return ()
