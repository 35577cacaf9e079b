"""What a check of a web address can be told."""

from __future__ import annotations

import re
from base64 import b64encode
from functools import cached_property
from typing import Annotated, Final, Literal, Self

from pydantic import AfterValidator, Field, SecretStr, field_validator, model_validator

from probes._connect import ConnectOptions
from probes._http_request import Request, checked_url
from probes._match import LinearPattern
from probes._statuses import StatusSet, statuses

TOKEN: Final = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
FRAMING: Final = frozenset({"content-length", "transfer-encoding"})
FORBIDDEN_IN_VALUE: Final = re.compile(r"[\x00-\x08\x0a-\x1f\x7f]")


def _field_name(name: str) -> str:
    if not TOKEN.fullmatch(name):
        raise ValueError("not the name of a header field")
    if name.lower() in FRAMING:
        raise ValueError(f"{name} is set by the probe")
    return name


def _field_value(value: str) -> str:
    if FORBIDDEN_IN_VALUE.search(value):
        raise ValueError("a header field cannot hold line ends or other control characters")
    return value


def _secret_value(value: SecretStr) -> SecretStr:
    _field_value(value.get_secret_value())
    return value


def _method(name: str) -> str:
    if not TOKEN.fullmatch(name) or name != name.upper() or name == "CONNECT":
        raise ValueError("not a method that can be probed; expected one like GET, HEAD, POST or OPTIONS")
    return name


FieldName = Annotated[str, AfterValidator(_field_name)]
FieldValue = Annotated[str, AfterValidator(_field_value)]
SecretValue = Annotated[SecretStr, AfterValidator(_secret_value)]


class HttpOptions(ConnectOptions):
    """What a check of a web address can be told."""

    address: str = Field(description="URL, http:// or https://, without user or password", min_length=1)
    method: Annotated[str, AfterValidator(_method)] = Field("GET", description="Request method, in capitals")
    http_version: Literal["1.1", "1.0"] = Field("1.1", description="Version of HTTP to ask in")
    headers: dict[FieldName, FieldValue] = Field(default_factory=dict, description="Header fields to send")
    secret_headers: dict[FieldName, SecretValue] = Field(
        default_factory=dict, description="Header fields whose values are secrets; sent to this address only"
    )
    username: str | None = Field(None, description="Basic authentication: the user", pattern=r"^[^:]*$")
    password: SecretStr | None = Field(None, description="Basic authentication: the password")
    bearer_token: SecretValue | None = Field(None, description="Bearer authentication: the token")
    body: str | None = Field(None, description="Body to send, as UTF-8")
    expect_status: StatusSet = Field(
        "200-299", description='Status codes that mean up: 200, "200-299", "200-299, 401", or a list of these'
    )
    body_contains: str | None = Field(None, description="Text that the body must contain (as UTF-8)", min_length=1)
    body_absent: str | None = Field(None, description="Text that the body must not contain (as UTF-8)", min_length=1)
    body_regex: LinearPattern | None = Field(
        None, description="Regular expression (RE2 syntax) that must match in the body"
    )
    follow_redirects: int = Field(
        5, description="Redirects to follow at most; one whose status is expected is not followed", ge=0, le=20
    )
    max_body_bytes: int = Field(
        1 << 20, description="Bytes of body to read at most, after decompression", ge=1, le=16 << 20
    )

    @field_validator("address")
    @classmethod
    def _address_is_url(cls, address: str) -> str:
        checked_url(address)
        return address

    @field_validator("expect_status")
    @classmethod
    def _statuses_are_codes(cls, given: StatusSet) -> StatusSet:
        statuses(given)
        return given

    @model_validator(mode="after")
    def _one_authorization(self) -> Self:
        if (self.username is None) != (self.password is None):
            raise ValueError("username and password belong together")
        names = [name.lower() for name in (*self.headers, *self.secret_headers)]
        ways = [self.username is not None, self.bearer_token is not None, "authorization" in names]
        if sum(ways) > 1:
            raise ValueError("say the authorization in one way: username and password, bearer_token or a header")
        if len(names) != len(set(names)):
            raise ValueError("a header is given twice")
        return self

    @cached_property
    def request(self) -> Request:
        """The first request, made once: it is the same in every run."""
        secrets = {name: value.get_secret_value() for name, value in self.secret_headers.items()}
        if self.username is not None and self.password is not None:
            pair = f"{self.username}:{self.password.get_secret_value()}".encode()
            secrets["Authorization"] = f"Basic {b64encode(pair).decode()}"
        if self.bearer_token is not None:
            secrets["Authorization"] = f"Bearer {self.bearer_token.get_secret_value()}"
        body = None if self.body is None else self.body.encode()
        return Request.of(self.method, checked_url(self.address), self.headers, secrets, body, self.http_version)

    @cached_property
    def expected(self) -> frozenset[int]:
        """The status codes that mean up."""
        return statuses(self.expect_status)

    @cached_property
    def looks_at_body(self) -> bool:
        """Whether the body decides anything."""
        return self.body_contains is not None or self.body_absent is not None or self.body_regex is not None
