"""TLS of probes: a bad certificate is told from a failed handshake, and each from our own mistakes."""

from __future__ import annotations

import asyncio
import socket
import ssl
from pathlib import Path
from typing import Any

import pytest
from support.certificates import Authority
from support.running import LoopFactory, both_loops, found_by
from support.servers import answers, drips, http, mute, refusing, resets, says, serving

from ictss_monitor.probe import Finding, Outcome, Reason
from probes._tls import Contexts, Trust
from probes.http import HttpProbe
from probes.tcp import TcpProbe


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    """The authority that the probes of these tests trust."""
    return Authority(tmp_path_factory.mktemp("authority"))


def get(port: int, authority: Authority, loop: LoopFactory = asyncio.new_event_loop, **told: Any) -> Finding:
    """Ask a web server of this machine over TLS."""
    told = {"ca_file": str(authority.ca_file), "limit": 5.0, **told}
    return found_by(HttpProbe, loop, address=f"https://127.0.0.1:{port}/", **told)


@both_loops
def test_verified_certificate_is_up_with_its_days_left(loop: LoopFactory, authority: Authority) -> None:
    """A good certificate: the handshake's time and the days until expiry are measured."""
    with serving(answers(http()), authority.server("127.0.0.1", days=42)) as port:
        finding = get(port, authority, loop)
    assert finding.outcome is Outcome.UP
    assert finding.measurements["certificate_days"] == pytest.approx(42, abs=0.1)
    assert 0 < finding.measurements["tls_seconds"] < finding.measurements["total_seconds"]


@both_loops
@pytest.mark.parametrize(
    ("certificate", "words", "days"),
    [
        ("expired", "has expired", -3),
        ("early", "is not valid yet", 90),
        ("other-address", "is for another IP address", 90),
        ("self-signed", "is self-signed", 90),
        ("stranger", "not trusted", 90),
    ],
)
def test_bad_certificate_is_down_and_says_how_it_is_bad(
    loop: LoopFactory, authority: Authority, tmp_path: Path, certificate: str, words: str, days: float
) -> None:
    """The reason is the certificate, the detail says which way, and its days left are measured all the same."""
    contexts = {
        "expired": lambda: authority.server("127.0.0.1", days=-3, begins=-10),
        "early": lambda: authority.server("127.0.0.1", begins=2),
        "other-address": lambda: authority.server("192.0.2.1"),
        "self-signed": lambda: authority.self_signed("127.0.0.1"),
        "stranger": lambda: Authority(tmp_path, "Stranger").server("127.0.0.1"),
    }
    with serving(answers(http()), contexts[certificate]()) as port:
        finding = get(port, authority, loop)
    assert (finding.outcome, finding.reason) == (Outcome.DOWN, Reason.CERTIFICATE)
    assert words in finding.detail
    assert finding.measurements["certificate_days"] == pytest.approx(days, abs=0.1)


def test_certificate_for_another_name_is_down(authority: Authority) -> None:
    """The name asked for must be in the certificate; which name was wanted is said."""
    with serving(answers(http()), authority.server("www.example")) as port:
        wrong = get(port, authority, server_name="mail.example")
        right = get(port, authority, server_name="www.example")
    assert wrong.reason is Reason.CERTIFICATE
    assert "mail.example is for another name" in wrong.detail
    assert right.outcome is Outcome.UP


def test_system_authorities_are_trusted_unless_said_otherwise(authority: Authority) -> None:
    """Without a ca_file, a certificate of our own authority is not believed."""
    with serving(answers(http()), authority.server("127.0.0.1")) as port:
        assert get(port, authority, ca_file=None).reason is Reason.CERTIFICATE


@pytest.mark.parametrize("days", [-3, 30])
def test_without_verification_the_days_left_are_measured_still(authority: Authority, days: float) -> None:
    """A check may accept any certificate, and still watch when it expires."""
    with serving(answers(http()), authority.server("other.example", days=days, begins=-10)) as port:
        finding = get(port, authority, verify=False)
    assert finding.outcome is Outcome.UP
    assert finding.measurements["certificate_days"] == pytest.approx(days, abs=0.1)


@both_loops
@pytest.mark.parametrize(
    ("talk", "reason"),
    [
        (says(b"220 plain text, not TLS\r\n"), Reason.TLS),
        (lambda connection: connection.recv(5) and None, Reason.RESET),
        (lambda connection: connection.recv(65_536) and None, Reason.CLOSED),
        (mute, Reason.TIMEOUT),
        (drips(b"\x16\x03\x03\x40\x00", b"\x00", every=0.005), Reason.TIMEOUT),
    ],
    ids=["plain-text", "closes-unread", "closes", "mute", "drip"],
)
def test_failed_handshake_is_down_for_the_right_reason(
    loop: LoopFactory, authority: Authority, talk: Any, reason: Reason
) -> None:
    """What is not TLS, hangs up or says nothing is told apart."""
    with serving(talk) as port:
        finding = get(port, authority, loop, limit=0.3 if reason is Reason.TIMEOUT else 5.0)
    assert (finding.outcome, finding.reason) == (Outcome.DOWN, reason)


def test_alert_of_the_far_end_is_a_tls_failure(authority: Authority) -> None:
    """A server that wants a certificate of ours, or another version, refuses with an alert: down, TLS."""
    wants_ours = authority.server("127.0.0.1")
    wants_ours.verify_mode = ssl.CERT_REQUIRED
    too_old = authority.server("127.0.0.1")
    too_old.minimum_version, too_old.maximum_version = ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_2
    too_old.set_ciphers("ECDHE-RSA-AES128-GCM-SHA256")  # its key is not RSA: nothing fits
    for context in (wants_ours, too_old):
        with serving(answers(http()), context) as port:
            finding = get(port, authority)
        assert (finding.outcome, finding.reason) == (Outcome.DOWN, Reason.TLS)


def test_reset_within_tls_is_down(authority: Authority) -> None:
    """A connection that is reset in mid-answer is down; OpenSSL 3 may tell the reset as a mere end."""
    talk = resets(b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf")
    with serving(talk, authority.server("127.0.0.1")) as port:
        finding = get(port, authority)
    assert finding.outcome is Outcome.DOWN
    assert finding.reason in (Reason.RESET, Reason.CLOSED)


def test_large_answer_over_tls_is_read_in_full(authority: Authority) -> None:
    """A body of many records arrives whole."""
    body = b"0123456789abcdef" * 40_000
    with serving(answers(http(body)), authority.server("127.0.0.1")) as port:
        finding = get(port, authority, body_regex="f$")
    assert finding.outcome is Outcome.UP
    assert finding.measurements["body_bytes"] == len(body)


def test_large_text_is_sent_in_full_over_tls(authority: Authority) -> None:
    """More than the socket takes at once arrives whole, with a server that reads slowly."""
    heard: list[int] = []

    def count(connection: socket.socket) -> None:
        total = 0
        while total < 3_000_000 and (piece := connection.recv(65_536)):
            total += len(piece)
        heard.append(total)
        connection.sendall(b"thanks")

    with serving(count, authority.server("127.0.0.1")) as port:
        finding = found_by(
            TcpProbe, address=f"127.0.0.1:{port}", tls=True, verify=False, send="x" * 3_000_000, expect="thanks"
        )
    assert finding.outcome is Outcome.UP
    assert heard == [3_000_000]


@pytest.mark.parametrize("content", [None, "not a certificate\n"])
def test_authorities_that_cannot_be_read_are_our_own_mistake(tmp_path: Path, content: str | None) -> None:
    """A missing or broken ca_file makes the check unknown, names the file, and says nothing of the far end."""
    path = tmp_path / "ca.pem"
    if content is not None:
        path.write_text(content)
    with refusing() as port:
        finding = found_by(HttpProbe, address=f"https://127.0.0.1:{port}/", ca_file=str(path))
    assert (finding.outcome, finding.reason) == (Outcome.UNKNOWN, Reason.CONFIGURATION)
    assert "ca.pem" in finding.detail


async def test_one_context_serves_all_checks_of_a_policy(authority: Authority) -> None:
    """Forty probes at once make one context; another policy makes another; a changed file is read again."""
    contexts = Contexts()
    trust = Trust(ca_file=str(authority.ca_file))
    async with asyncio.TaskGroup() as group:
        tasks = [group.create_task(contexts.context(trust)) for _ in range(40)]
    made = {id(task.result()) for task in tasks}
    assert len(made) == 1
    assert id(await contexts.context(Trust(verify=False))) not in made
    authority.ca_file.write_bytes(authority.ca_file.read_bytes() + b"\n")
    assert id(await contexts.context(trust)) not in made
