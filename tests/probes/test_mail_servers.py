"""The probes of SMTP and IMAP against the real Postfix and Dovecot: up, broken in the typical ways, and up again."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from support.certificates import Authority
from support.mail_servers import PASSWORD, USER, Dovecot, Postfix, open_folder
from support.running import found_by

from ictss_monitor.probe import Finding, Outcome, Reason
from probes._imap import ImapDialogue
from probes._stream import connect
from probes.imap import ImapProbe
from probes.mx import MxProbe
from probes.smtp import SmtpProbe

LOGIN = {"user": USER, "password": PASSWORD}


@pytest.fixture
def folder() -> Iterator[Path]:
    """A folder for servers."""
    with open_folder() as made:
        yield made


def imap(port: int, authority: Authority, **told: Any) -> Finding:
    """Probe IMAP on a port of this machine."""
    return found_by(ImapProbe, address=f"127.0.0.1:{port}", ca_file=str(authority.ca_file), **told)


def smtp(port: int, authority: Authority, **told: Any) -> Finding:
    """Probe SMTP on a port of this machine."""
    return found_by(SmtpProbe, address=f"127.0.0.1:{port}", ca_file=str(authority.ca_file), **told)


def test_dovecot_up_broken_and_up_again(folder: Path) -> None:
    """TLS both ways, the login and what is offered after it are right; a wrong password and a stop are told."""
    authority = Authority(folder)
    dovecot = Dovecot(folder, authority.server_file("127.0.0.1", days=42))
    with dovecot.running():
        for port, tls in ((dovecot.port, "starttls"), (dovecot.port, "if_offered"), (dovecot.tls_port, "implicit")):
            login = {} if tls == "if_offered" else LOGIN | {"expect_capabilities": ("MOVE", "IMAP4rev1")}
            finding = imap(port, authority, tls=tls, **login)
            assert (finding.outcome, finding.detail) == (Outcome.UP, "")
            assert finding.measurements["certificate_days"] == pytest.approx(42, abs=0.1)
        wrong = imap(dovecot.tls_port, authority, user=USER, password="no")
        assert (wrong.outcome, wrong.reason) == (Outcome.DOWN, Reason.STATUS)
        assert wrong.detail == "AUTHENTICATE was answered NO (AUTHENTICATIONFAILED)"
        unknown = imap(dovecot.port, authority, tls="starttls", server_name="imap.example")
        assert (unknown.outcome, unknown.reason) == (Outcome.DOWN, Reason.CERTIFICATE)
        assert unknown.measurements["certificate_days"] == pytest.approx(42, abs=0.1)
    assert imap(dovecot.tls_port, authority).reason is Reason.REFUSED
    with dovecot.running("ssl = no"):
        assert imap(dovecot.port, authority, tls="none").outcome is Outcome.UP
        missing = imap(dovecot.port, authority, tls="starttls")
        assert (missing.outcome, missing.reason) == (Outcome.DOWN, Reason.MISMATCH)
    text = (dovecot.folder / "dovecot.log").read_text()
    assert "Logged out" in text, "our parting was understood"


async def test_dovecot_takes_a_login_with_a_literal(folder: Path) -> None:
    """A password that cannot be quoted goes as a literal, once the server asks for it."""
    dovecot = Dovecot(folder, Authority(folder).server_file("127.0.0.1"))
    with dovecot.running():
        async with await connect([(socket.AF_INET, ("127.0.0.1", dovecot.port))]) as stream:
            dialogue = ImapDialogue(stream)
            assert not await dialogue.greeting()
            await dialogue.login((USER, PASSWORD), frozenset())  # as from a server that offers no AUTH=PLAIN
            assert "MOVE" in await dialogue.capabilities(), "offered by Dovecot after the login only"
            await dialogue.leave()


@pytest.mark.slow
def test_postfix_up_broken_and_up_again(folder: Path) -> None:
    """TLS both ways and the login are right; wrong password, 421, 554, no STARTTLS and a stop are told as such."""
    authority = Authority(folder)
    certificate = authority.server_file("127.0.0.1", days=42)
    dovecot, postfix = Dovecot(folder, certificate), Postfix(folder, certificate)
    sasl = f"smtpd_sasl_auth_enable = yes\nsmtpd_sasl_type = dovecot\nsmtpd_sasl_path = {dovecot.auth}\n"
    with dovecot.running("auth_mechanisms = plain login"), postfix.running(sasl + "smtpd_tls_auth_only = yes"):
        assert smtp(postfix.port, authority, expect_capabilities=("STARTTLS", "8bitmime")).outcome is Outcome.UP
        for port, tls in ((postfix.port, "starttls"), (postfix.tls_port, "implicit")):
            finding = smtp(port, authority, tls=tls, expect_capabilities=("AUTH PLAIN", "SIZE"), **LOGIN)
            assert (finding.outcome, finding.detail) == (Outcome.UP, "")
            assert finding.measurements["certificate_days"] == pytest.approx(42, abs=0.1)
        wrong = smtp(postfix.tls_port, authority, tls="implicit", user=USER, password="no")
        assert (wrong.outcome, wrong.reason, wrong.detail) == (
            Outcome.DOWN,
            Reason.STATUS,
            "the login was answered 535",
        )
        assert found_by(MxProbe, address="[127.0.0.1]", port=postfix.port).outcome is Outcome.UP
    assert smtp(postfix.port, authority).reason is Reason.REFUSED
    few = "smtpd_client_connection_count_limit = 1\nsmtpd_client_event_limit_exceptions =\n"
    with postfix.running(few + "smtpd_tls_security_level = none"):
        missing = smtp(postfix.port, authority, tls="starttls")
        assert (missing.reason, missing.detail) == (Reason.MISMATCH, "STARTTLS is not offered")
        assert smtp(postfix.port, authority, tls="if_offered").outcome is Outcome.UP
        with socket.create_connection(("127.0.0.1", postfix.port)) as other:
            other.recv(1)  # it is counted from its greeting on
            busy = smtp(postfix.port, authority)
        assert (busy.outcome, busy.reason) == (Outcome.DOWN, Reason.STATUS)
        assert busy.detail.startswith("greeted with 421")
    refusing = "smtpd_delay_reject = no\nsmtpd_client_restrictions = reject"
    with postfix.running(refusing):
        refused = smtp(postfix.port, authority)
        assert (refused.outcome, refused.reason) == (Outcome.DOWN, Reason.STATUS)
        assert "554" in refused.detail
    with postfix.running():
        assert smtp(postfix.port, authority).outcome is Outcome.UP


def test_expired_certificates_of_real_servers_are_told(folder: Path) -> None:
    """An expired certificate behind STARTTLS is down for that reason, and by how many days is measured."""
    authority = Authority(folder)
    certificate = authority.server_file("127.0.0.1", days=-3, begins=-10)
    dovecot, postfix = Dovecot(folder, certificate), Postfix(folder, certificate)
    with dovecot.running(), postfix.running():
        for finding in (
            imap(dovecot.port, authority, tls="starttls"),
            imap(dovecot.tls_port, authority),
            smtp(postfix.port, authority, tls="starttls"),
            smtp(postfix.tls_port, authority, tls="implicit"),
        ):
            assert (finding.outcome, finding.reason) == (Outcome.DOWN, Reason.CERTIFICATE)
            assert finding.measurements["certificate_days"] == pytest.approx(-3, abs=0.1)
