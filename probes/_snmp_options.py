"""What a check says of its SNMP agent: where it is, which version it speaks, and who asks."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Annotated, Any, Final, Literal, Self

from pydantic import BeforeValidator, Field, PrivateAttr, SecretStr, field_validator, model_validator

from ictss_monitor.probe import ProbeOptions

PORT: Final = 161
SHORTEST_PASSWORD: Final = 8
"""Characters of a password of version 3 (RFC 3414, 11.2); agents refuse shorter ones."""

Version = Annotated[Literal["1", "2c", "3"], BeforeValidator(lambda given: str(given) if type(given) is int else given)]
Auth = Literal["none", "md5", "sha", "sha224", "sha256", "sha384", "sha512"]
Priv = Literal["none", "des", "aes128", "aes192", "aes256", "aes192c", "aes256c"]


@dataclass(frozen=True, slots=True)
class User:
    """Who asks in version 3. Two with the same name and other passwords are two users."""

    name: str
    auth: Auth
    auth_password: bytes = field(repr=False)
    priv: Priv
    priv_password: bytes = field(repr=False)
    context: str = ""


@dataclass(frozen=True, slots=True)
class Target:
    """One agent as one check asks it. Equal targets share what is known of the agent from one probe to the next."""

    host: str
    port: int
    version: Version
    community: bytes = field(repr=False)
    user: User | None
    """Whom version 3 asks as; None with the others."""
    retry_seconds: float
    tries: int


class SnmpOptions(ProbeOptions):
    """The agent that is asked, and as whom; a probe's own options come on top of these."""

    address: str = Field(
        description="The agent: address or name, with `:port` where it is not 161; IPv6 then as `[::1]:1161`",
        min_length=1,
    )
    version: Version = Field("2c", description="Version of SNMP: 1, 2c or 3")
    community: SecretStr | None = Field(None, description="Community of versions 1 and 2c, which need one")
    user: str | None = Field(None, description="User name of version 3, which needs one", min_length=1, max_length=32)
    auth: Auth = Field(
        "none", description="How messages of version 3 are signed: none, md5, sha, sha224, sha256, sha384 or sha512"
    )
    auth_password: SecretStr | None = Field(None, description="Password that signs, at least 8 characters")
    priv: Priv = Field(
        "none",
        description="How messages of version 3 are encrypted: none, des, aes128, aes192, aes256; aes192c and aes256c "
        "are those of Cisco and others, whose keys are made in another way",
    )
    priv_password: SecretStr | None = Field(None, description="Password that encrypts, at least 8 characters")
    context: str | None = Field(
        None, description="Context name of version 3; the agent's default one where not said", max_length=32
    )
    retry_seconds: float = Field(
        1.5, description="Seconds without an answer after which the request is sent again: UDP loses", gt=0, le=60
    )
    tries: int = Field(3, description="How often a request is sent at most, within the check's time limit", ge=1, le=10)

    _target: Target = PrivateAttr()

    @field_validator("address")
    @classmethod
    def _check_address(cls, value: str) -> str:
        agent_of(value)
        return value

    @model_validator(mode="after")
    def _prepare(self) -> Self:
        """Work out once what every probe needs."""
        user = self._user() if self.version == "3" else self._no_user()
        community = b"" if self.community is None else self.community.get_secret_value().encode()
        host, port = agent_of(self.address)
        self._target = Target(host, port, self.version, community, user, self.retry_seconds, self.tries)
        return self

    def _user(self) -> User:
        if self.community is not None:
            raise ValueError("version 3 has no community: say user, or version 2c")
        if not self.user:
            raise ValueError("version 3 needs a user")
        if self.priv != "none" and self.auth == "none":
            raise ValueError("priv needs auth as well: version 3 encrypts nothing that is not signed")
        return User(
            self.user,
            self.auth,
            password_of("auth", self.auth, self.auth_password),
            self.priv,
            password_of("priv", self.priv, self.priv_password),
            self.context or "",
        )

    def _no_user(self) -> None:
        if self.community is None:
            raise ValueError(f"version {self.version} needs a community")
        if self.user or self.context or self.auth != "none" or self.priv != "none":
            raise ValueError(f"version {self.version} has neither user, auth, priv nor context: say version 3")
        if self.auth_password is not None or self.priv_password is not None:
            raise ValueError(f"version {self.version} has no passwords: say version 3")

    @property
    def target(self) -> Target:
        """The agent, in the form that `SnmpClient` takes."""
        return self._target


def password_of(what: str, protocol: str, password: SecretStr | None) -> bytes:
    """Return the password that `what` needs with `protocol`. Raises ValueError where they do not fit."""
    if protocol == "none":
        if password is not None:
            raise ValueError(f"{what}_password needs {what} to say how it is used")
        return b""
    if password is None:
        raise ValueError(f"{what} {protocol} needs {what}_password")
    plain = password.get_secret_value().encode()
    if len(plain) < SHORTEST_PASSWORD:
        raise ValueError(f"{what}_password is shorter than {SHORTEST_PASSWORD} characters, which version 3 forbids")
    return plain


def agent_of(address: str) -> tuple[str, int]:
    """Return host and port of `address`. Raises ValueError where it is neither `host`, `host:port` nor `[v6]:port`."""
    if address.count(":") > 1 and not address.startswith("["):
        return address, PORT
    found = re.fullmatch(r"(?:\[(?P<six>[^\[\]]+)\]|(?P<host>[^:\[\]\s/]+))(?::(?P<port>[0-9]{1,5}))?", address)
    port = int(found["port"] or PORT) if found else 0
    if found is None or not 0 < port < 65_536:
        raise ValueError(f"'{address}' is not an SNMP agent: write host, host:port or [IPv6]:port")
    return found["six"] or found["host"], port


def checked_oid(value: Any) -> str:
    """Return an object identifier as written by a person, without a leading dot. Raises ValueError."""
    text = str(value).removeprefix(".")
    if not re.fullmatch(r"[0-2](\.(0|[1-9][0-9]{0,9})){1,127}", text) or any(
        int(part) >= 2**32 for part in text.split(".")
    ):
        raise ValueError(f"'{value}' is not an object identifier in numbers, such as 1.3.6.1.2.1.1.3.0")
    if int(text.split(".")[1]) > 39 and text[0] != "2":
        raise ValueError(f"'{value}' is not an object identifier: its second number is above 39")
    return text


Oid = Annotated[str, BeforeValidator(checked_oid)]
"""An object identifier in numbers, such as 1.3.6.1.2.1.1.3.0; a leading dot is taken off."""
