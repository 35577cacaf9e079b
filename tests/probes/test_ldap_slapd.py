"""LDAP against the real slapd: at work, broken in the usual ways, and at work again."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from support.certificates import Authority
from support.running import found_by
from support.slapd import ADMIN, BASE, PASSWORD, Slapd, slapd

from ictss_monitor.probe import Finding, Outcome, Reason
from probes.ldap import LdapProbe

WAYS = ("ldap", "starttls", "ldaps")


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    """The authority that the probes of these tests trust."""
    return Authority(tmp_path_factory.mktemp("authority"))


def ask(server: Slapd, transport: str, authority: Authority, limit: float = 5.0, **told: Any) -> Finding:
    """Probe `server` by `transport`."""
    port = server.tls_port if transport == "ldaps" else server.port
    told = {"ca_file": str(authority.ca_file), "transport": transport, **told}
    return found_by(LdapProbe, limit=limit, address=f"127.0.0.1:{port}", **told)


def test_slapd_at_work_is_up_every_way_frozen_or_stopped_it_is_not(tmp_path: Path, authority: Authority) -> None:
    """Up in clear text, after StartTLS and over TLS, with a bind too; silent while frozen; up again; then refused."""
    bind = {
        "bind_dn": ADMIN,
        "password": PASSWORD,
        "bind_in_clear": True,
        "expect_naming_context": ("DC=Council, DC=example",),
    }
    with slapd(tmp_path, authority.server_file("127.0.0.1", days=42)) as server:
        for transport in WAYS:
            for told in ({}, bind):
                finding = ask(server, transport, authority, **told)
                assert (finding.outcome, finding.detail) == (Outcome.UP, BASE), finding
                assert finding.measurements["naming_contexts"] == 1
                assert ("bind_seconds" in finding.measurements) == bool(told)
                if transport != "ldap":
                    assert finding.measurements["certificate_days"] == pytest.approx(42, abs=0.1)
        version = ask(server, "ldap", authority, expect_attributes={"supportedLDAPVersion": "3", "entryDN": None})
        assert version.outcome is Outcome.UP, version
        with server.frozen():
            silent = [ask(server, transport, authority, 0.4) for transport in WAYS]
        again = [ask(server, transport, authority) for transport in WAYS]
    assert {(each.outcome, each.reason) for each in silent} == {(Outcome.DOWN, Reason.TIMEOUT)}
    assert {each.outcome for each in again} == {Outcome.UP}
    stopped = [ask(server, transport, authority) for transport in WAYS]
    assert {(each.outcome, each.reason) for each in stopped} == {(Outcome.DOWN, Reason.REFUSED)}


def test_wrong_password_is_down_and_in_no_words(tmp_path: Path, authority: Authority) -> None:
    """invalidCredentials is the directory's status; the password is not told."""
    with slapd(tmp_path) as server:
        finding = ask(server, "ldap", authority, bind_dn=ADMIN, password="wrong-5ecret", bind_in_clear=True)
    assert (finding.outcome, finding.reason) == (Outcome.DOWN, Reason.STATUS)
    assert "invalidCredentials (49)" in finding.detail
    assert "wrong-5ecret" not in repr(finding)


@pytest.mark.parametrize("transport", ["starttls", "ldaps"])
def test_wrong_certificate_is_down_with_its_days_left(tmp_path: Path, authority: Authority, transport: str) -> None:
    """Refused under any name but its own, its days left measured after StartTLS too; without TLS, nothing is wrong."""
    with slapd(tmp_path, authority.server_file("directory.example", days=42)) as server:
        wrong = ask(server, transport, authority)
        named = ask(server, transport, authority, server_name="directory.example")
        plain = ask(server, "ldap", authority)
    assert (wrong.outcome, wrong.reason) == (Outcome.DOWN, Reason.CERTIFICATE)
    assert wrong.measurements["certificate_days"] == pytest.approx(42, abs=0.1)
    assert (named.outcome, plain.outcome) == (Outcome.UP, Outcome.UP)


def test_slapd_without_tls_or_without_the_context_is_down(tmp_path: Path, authority: Authority) -> None:
    """StartTLS that is not offered is TLS's failure; a naming context that is missing is a mismatch."""
    with slapd(tmp_path) as server:
        refused = ask(server, "starttls", authority)
        other = ask(server, "ldap", authority, expect_naming_context=("dc=other,dc=example",))
    assert (refused.outcome, refused.reason) == (Outcome.DOWN, Reason.TLS)
    assert "protocolError (2)" in refused.detail
    assert (other.outcome, other.reason) == (Outcome.DOWN, Reason.MISMATCH)
    assert BASE in other.detail


def test_slapd_that_wants_tls_refuses_a_bind_in_clear_text(tmp_path: Path, authority: Authority) -> None:
    """confidentialityRequired is a status like any other."""
    with slapd(tmp_path, authority.server_file("127.0.0.1"), "security simple_bind=128\n") as server:
        bind = {"bind_dn": ADMIN, "password": PASSWORD, "bind_in_clear": True}
        clear = ask(server, "ldap", authority, **bind)
        safe = ask(server, "starttls", authority, **bind)
    assert clear.reason is Reason.STATUS
    assert "confidentialityRequired (13)" in clear.detail
    assert safe.outcome is Outcome.UP
