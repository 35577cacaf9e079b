"""Secrets of a catalogue come out nowhere: not in log, metrics, pages, store or errors, whatever comes back."""

from __future__ import annotations

import asyncio
import base64
import json
import re
import signal
import threading
from collections.abc import Iterable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import pytest
import yaml
from support.daemons import Estate, eventually, fetch, process_of
from support.dns_servers import name_server
from support.hostile_streams import GARBAGE, answer_ldap
from support.probe_samples import OURS, address, sample_of
from support.servers import linger

from ictss_monitor.catalogue_files import load
from ictss_monitor.errors import CatalogueError
from ictss_monitor.probing import registry
from ictss_monitor.store.schema import upgrade
from probes._ber import tlv

HOST = "127.0.0.1"
SECRET = "pl4nted-Secret-0f-the-council"
FORMS = [
    SECRET,
    SECRET[::-1],
    *(base64.b64encode(bytes(shift) + SECRET.encode()).decode()[4:-4] for shift in range(3)),
    SECRET.encode().hex(),
]
"""The secret as it is written, and as an echo could give it back."""
HAVE_SECRETS = sorted(kind for kind in registry.kinds() if kind in OURS and OURS[kind].secret)
CHECKED = sorted({"http", "imap", "smtp"} & set(HAVE_SECRETS))
"""Types whose protocol cannot carry every secret."""
SNMP_V3 = {
    "version": "3", "user": "watch", "auth": "sha256", "auth_password": SECRET, "priv": "aes128",
    "priv_password": SECRET,
}  # fmt: skip
MORE: Mapping[str, Mapping[str, Any]] = {
    "snmp": SNMP_V3,
    "ups": SNMP_V3,
    "environment": SNMP_V3,
    "http": {"username": "watch", "password": SECRET},
    "smtp": {"user": SECRET.lower(), "password": SECRET, "tls": "implicit", "verify": False},
}
"""Other ways in which a type of probe sends secrets."""


def held_in(text: str | bytes) -> list[str]:
    """Return the forms of the secret that are in `text`."""
    return [form for form in FORMS if (form in text if isinstance(text, str) else form.encode() in text)]


@contextmanager
def echo() -> Iterator[tuple[int, bytearray]]:
    """Send back whatever comes, as it is and as an answer; yield the port and what has come."""
    heard = bytearray()
    lock = threading.Lock()

    def talk(connection: Any) -> None:
        came = connection.recv(65_536)
        with lock:
            heard.extend(came)
        line = came.replace(b"\r\n", b" ")
        connection.sendall(b"HTTP/1.1 500 " + line + b"\r\nx-echo: " + line + b"\r\n\r\n" + came)

    def respond(query: bytes, client: Any) -> Iterable[bytes]:
        with lock:
            heard.extend(query)
        # Of SNMP the question, too, as an answer (0xa2) with the community in it.
        return (query.replace(b"\xa0", b"\xa2", 1), query, query[:2] + b"\x80" + query[3:])

    with name_server(respond, talk) as port:
        yield port, heard


@contextmanager
def echo_ldap() -> Iterator[tuple[int, bytearray]]:
    """Refuse each bind, and tell the password with it; yield the port and what has come."""
    heard = bytearray()

    def talk(connection: Any) -> None:
        came = connection.recv(65_536)
        heard.extend(came)
        password = came[-len(SECRET) :]  # the last element of a bind
        refused = tlv(0x61, b"\x0a\1\x31", tlv(4), tlv(4, b"not the password: " + password))
        connection.sendall(answer_ldap(refused))
        linger(connection)

    with name_server(lambda query, client: (), talk) as port:
        yield port, heard


ECHOES = {"ldap": echo_ldap}
"""Servers whose words reach a finding's detail, from which the secret must be taken out."""


@contextmanager
def garbage() -> Iterator[tuple[int, bytearray]]:
    """Answer with garbage."""

    def talk(connection: Any) -> None:
        connection.sendall(GARBAGE)
        linger(connection)

    with name_server(lambda query, client: [GARBAGE[:500]], talk) as port:
        yield port, bytearray()


def octets_of(folder: Path, names: str) -> bytes:
    """Return what is in the files of `folder` with such `names`."""
    return b"".join(path.read_bytes() for path in folder.glob(names))


def named(told: Any) -> Any:
    """Return options with each secret named by its file, as a catalogue must."""
    if isinstance(told, Mapping):
        return {key: named(value) for key, value in told.items()}
    return "file:secret" if told == SECRET else told


def check_of(kind: str, port: int, other: bool = False) -> dict[str, Any]:
    """Return a check of `kind` that sends the secret, not yet named, to `port`; in its `other` way where it has one."""
    secret = sample_of(kind).secret
    assert secret is not None
    options = dict(secret(HOST, port, SECRET))
    where = options.pop("address", address(HOST, port))
    return {"probe": kind, "address": where, "options": dict(MORE[kind]) if other else options}


async def test_no_secret_leaves_the_daemon(tmp_path: Path) -> None:
    """With every type that has secrets, at servers that echo all and at servers that send garbage."""
    (tmp_path / "secret").write_text(SECRET + "\n")
    store = tmp_path / "store.db"
    estate = Estate(tmp_path / "catalogue.yaml", f"sqlite:///{store}")
    pace = {"interval": "300ms", "retry_interval": "200ms", "time_limit": "250ms", "fall": 2, "rise": 2}
    with ExitStack() as servers:
        heard: dict[str, bytearray] = {}
        for kind in HAVE_SECRETS:
            for name, server in (("echo", ECHOES.get(kind) or sample_of(kind).echo or echo), ("garbage", garbage)):
                port, heard[f"{kind}-{name}"] = servers.enter_context(server())
                estate.checks[f"{kind}-{name}"] = named(check_of(kind, port)) | pace
            if kind in MORE:
                port, _ = servers.enter_context(echo())
                estate.checks[f"{kind}-other"] = named(check_of(kind, port, other=True)) | pace
        estate.services = {name: {"councils": ["here"], "rule": name} for name in estate.checks}
        estate.write()
        await upgrade(estate.store)
        async with process_of(estate) as lines:
            url = json.loads(lines.held[-1])["url"]

            async def all_judged() -> bool:
                _, text = await fetch(url, "/metrics")
                return set(re.findall(r'ictss_check_state\{[^}]*check="([^"]+)"[^}]*\} [012]\b', text)) >= set(
                    estate.checks
                )

            await eventually(all_judged)
            pages = [(await fetch(url, page))[1] for page in ("/metrics", "/", "/-/ready", "/-/healthy")]
            lines.process.send_signal(signal.SIGTERM)
            said = "".join(lines.held) + await lines.rest()
            async with asyncio.timeout(10):
                assert await lines.process.wait() == 0
    for kind in HAVE_SECRETS:
        assert SECRET.encode() in heard[f"{kind}-echo"], f"{kind} did not send its secret: nothing is shown by this"
    kept = octets_of(tmp_path, "store.db*")
    assert b"-echo" in kept, "the store holds no evidence of the checks"
    if "ldap" in HAVE_SECRETS:
        assert "not the password" in said + kept.decode("latin-1"), "no far end's words were kept: nothing is shown"
    for place in (said, *pages, kept):
        assert not held_in(place)


@pytest.mark.parametrize("kind", HAVE_SECRETS)
def test_secret_written_into_a_catalogue_is_refused_without_repeating_it(kind: str, tmp_path: Path) -> None:
    """A secret in plain text is a mistake whose message names the place, and not the secret; nor does any other."""
    path = tmp_path / "catalogue.yaml"
    checks: dict[str, Any] = {"plain": check_of(kind, 9)}
    if kind in MORE:
        checks["other"] = check_of(kind, 9, other=True)
    checks["unknown"] = check_of(kind, 9) | {"no_such_key": "x"}
    path.write_text(yaml.safe_dump({"councils": {"here": None}, "checks": checks}))
    with pytest.raises(CatalogueError) as caught:
        load(path, registry.options_model)
    told = [str(caught.value), repr(caught.value), *caught.value.problems]
    assert any("plain" in problem or "catalogue.yaml:" in problem for problem in caught.value.problems)
    assert not [form for text in told for form in held_in(text)]


@pytest.mark.parametrize("kind", CHECKED)
def test_secret_that_does_not_fit_is_refused_without_repeating_it(kind: str, tmp_path: Path) -> None:
    """A secret that its probe cannot send, for the line ends in it, is told of by its option's name only."""
    path = tmp_path / "catalogue.yaml"
    (tmp_path / "secret").write_text(SECRET + "\r\n\x00" + SECRET)
    path.write_text(yaml.safe_dump({"councils": {"here": None}, "checks": {"long": named(check_of(kind, 9))}}))
    with pytest.raises(CatalogueError) as caught:
        load(path, registry.options_model)
    assert not held_in(f"{caught.value} {caught.value!r} {caught.value.problems}")
