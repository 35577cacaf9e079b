"""Secrets are named in the catalogue, never written there, and never shown."""

from __future__ import annotations

import pytest
from pydantic import Field, SecretStr, field_validator
from support.catalogues import SECRETS, FetchOptions, Login, catalogue, problems, secret

from ictss_monitor.catalogue.parse import Source, parse
from ictss_monitor.errors import CatalogueError
from ictss_monitor.probe import ProbeOptions

WEB = "checks:\n  web:\n    probe: http\n    address: https://example.org\n    options:\n"


def test_secrets_are_read_on_every_level() -> None:
    """Fields, mappings and nested mappings of the secret type get what the reference names."""
    options = (
        catalogue(
            f"{WEB}      token: env:TOKEN\n      headers: {{X-Key: env:TOKEN, Accept: text/plain}}\n"
            "      cookies: {session: env:TOKEN}\n      login: {user: env:TOKEN, password: env:TOKEN}\n"
        )
        .checks["web"]
        .options
    )
    assert isinstance(options, FetchOptions)
    read = SecretStr(SECRETS["env:TOKEN"])
    assert options.token == read
    assert options.cookies == {"session": read}
    assert options.headers == {"X-Key": read, "Accept": "text/plain"}
    assert options.login == Login(user="env:TOKEN", password=read)


def test_defaults_may_name_secrets() -> None:
    """A secret among the defaults is read for all checks; an unreadable one is told once, where it stands."""
    defaults = "defaults:\n  http:\n    options: {token: env:TOKEN}\n"
    checks = "checks:\n  a: {probe: http, address: x}\n  b: {probe: http, address: y}\n"
    assert {check.options.token for check in catalogue(defaults + checks).checks.values()} == {  # type: ignore[attr-defined]
        SecretStr(SECRETS["env:TOKEN"])
    }
    assert problems(defaults.replace("TOKEN", "NONE") + checks) == (
        "config/a.yaml:3: defaults.http.options.token: the secret cannot be read: env:NONE is not set",
    )


@pytest.mark.parametrize(
    "wrong",
    [
        "token: hunter2hunter2", "cookies: {session: hunter2hunter2}", "login: {user: x, password: hunter2hunter2}",
        "token: 2222222222", "token: [hunter2hunter2]", "login: {user: x, password: {a: hunter2hunter2}}",
        "token: env:TOKEN\n      status: [correct-horse-battery]", "login: {user: x, password: env:SHORT}",
        "login: {user: x, passwrd: hunter2hunter2}", "login: hunter2hunter2", "cookies: hunter2hunter2",
        "hunter2hunter2: 1",
    ],
)  # fmt: skip
def test_no_secret_is_ever_shown(wrong: str) -> None:
    """Whatever is wrong around a secret, its value is in no message; what is meant to be secret is not repeated."""
    told = "\n".join(problems(f"{WEB}      {wrong}\n"))
    assert told
    shown = told.replace("unknown key 'hunter2hunter2'", "").replace("options.hunter2hunter2", "")
    for value in ("hunter2hunter2", "2222222222", *SECRETS.values()):
        assert value not in shown


def test_a_probe_that_repeats_a_secret_in_its_error_is_not_repeated() -> None:
    """What somebody else's validation says of a secret is told without the secret."""

    class Careless(ProbeOptions):
        key: SecretStr = Field(description="Key")

        @field_validator("key")
        @classmethod
        def _refuse(cls, value: SecretStr) -> SecretStr:
            raise ValueError(f"{value.get_secret_value()} is not a key; expected another")

    text = "checks: {a: {probe: careless, address: x, options: {key: env:TOKEN}}}\n"
    with pytest.raises(CatalogueError) as caught:
        parse([Source("a.yaml", text)], lambda kind: Careless, secret)
    assert caught.value.problems == ("a.yaml:1: checks.a.options.key: (secret) is not a key; expected another",)


@pytest.mark.parametrize(
    "store",
    ["postgresql://u:hunter2@h/d", "postgresql://:hunter2@h/d", "postgresql://h/d?user=u&password=hunter2"],
)
def test_a_store_with_a_password_must_be_named(store: str) -> None:
    """A URL that shows a password is refused without being repeated."""
    (told,) = problems(f"settings:\n  store: {store}\n")
    assert told.startswith("config/a.yaml:2: settings.store: a password stands in the URL; write env:NAME or file:PATH")
    assert "hunter2" not in told


def test_a_store_that_is_no_url_is_not_repeated() -> None:
    """What a secret holds is not shown where it is not what it should be."""
    (told,) = problems("settings:\n  store: env:TOKEN\n")
    assert told.startswith("config/a.yaml:2: settings.store: the store is not named by a URL; expected")
    assert SECRETS["env:TOKEN"] not in told
