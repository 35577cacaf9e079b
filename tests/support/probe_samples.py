"""What the contract suite tells each type of probe, so that one suite holds them all.

A type of another package declares its sample in the entry-point group `ictss_monitor.probe_samples`: a mapping with the
fields of `Sample`, so that it needs to import nothing of ours.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass
from importlib.metadata import entry_points
from typing import Any, TypeAlias

import pytest
from support.mail_servers import echoing_imap, echoing_smtp

Told: TypeAlias = Mapping[str, Any]

GROUP = "ictss_monitor.probe_samples"
SECRET = "the-5ecret-of-this-check"


@dataclass(frozen=True, slots=True)
class Sample:
    """Options with which a type of probe talks to a server on loopback."""

    options: Callable[[str, int], Told]
    """By host and port: options that make it wait for an answer, whatever it can be made to wait for."""
    secret: Callable[[str, int, str], Told] | None = None
    """By host, port and secret: options that send the secret. None where the type has no secrets."""
    echo: Callable[[], AbstractContextManager[tuple[int, bytearray]]] | None = None
    """A server that says the secret back, where one that echoes whatever comes would never be told it."""
    portless: str = ""
    """Why it knows no ports, and its own tests hold the promises about refusing, mute and endless servers."""


def address(host: str, port: int) -> str:
    """Return `host:port`, with IPv6 addresses in brackets."""
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"


OURS = {
    "dhcp": Sample(
        # As from a relay at another address of loopback, on the server's port: no privilege is needed for it.
        lambda host, port: {"address": host, "mode": "relay", "giaddr": "127.0.0.2", "port": max(port, 1024)}
    ),
    "dns": Sample(lambda host, port: {"address": address(host, port), "name": "www.example"}),
    "environment": Sample(
        lambda host, port: {"address": address(host, port), "community": "public"},
        lambda host, port, secret: {"address": address(host, port), "community": secret},
    ),
    "http": Sample(
        lambda host, port: {"address": f"http://{address(host, port)}/"},
        lambda host, port, secret: {
            "address": f"http://{address(host, port)}/", "bearer_token": secret, "secret_headers": {"x-key": secret},
        },
    ),
    "icmp": Sample(
        lambda host, port: {"address": host},
        portless="ICMP has no ports; test_icmp*.py hold it against dead and lying hosts behind a TUN device",
    ),
    "smtp": Sample(
        lambda host, port: {"address": address(host, port)},
        lambda host, port, secret: {
            "address": address(host, port), "tls": "implicit", "verify": False, "user": "me", "password": secret,
        },
        echo=echoing_smtp,
    ),
    "snmp": Sample(
        lambda host, port: {"address": address(host, port), "community": "public"},
        lambda host, port, secret: {"address": address(host, port), "community": secret},
    ),
    "imap": Sample(
        lambda host, port: {"address": address(host, port), "tls": "none"},
        lambda host, port, secret: {
            "address": address(host, port), "tls": "implicit", "verify": False, "user": "me", "password": secret,
        },
        echo=echoing_imap,
    ),
    "mx": Sample(lambda host, port: {"address": f"[{host}]", "port": port}),
    "ldap": Sample(
        lambda host, port: {"address": address(host, port)},
        lambda host, port, secret: {
            "address": address(host, port), "bind_dn": "cn=watch", "password": secret, "bind_in_clear": True,
        },
    ),
    "sip": Sample(lambda host, port: {"address": address(host, port)}),
    "tcp": Sample(lambda host, port: {"address": address(host, port), "send": "hello\n", "expect": "never said"}),
    "ups": Sample(
        lambda host, port: {"address": address(host, port), "community": "public"},
        lambda host, port, secret: {"address": address(host, port), "community": secret},
    ),
}  # fmt: skip


def sample_of(kind: str) -> Sample:
    """Return the sample of `kind`; the test fails where nobody has given one."""
    if kind in OURS:
        return OURS[kind]
    for entry in entry_points(group=GROUP, name=kind):
        return Sample(**entry.load())
    pytest.fail(
        f"probe type '{kind}' has no sample: add it to tests/support/probe_samples.py, or declare it in your package's "
        f"entry-point group {GROUP}",
        pytrace=False,
    )
