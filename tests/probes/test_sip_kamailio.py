"""SIP against the real kamailio: at work, broken in the usual ways, and at work again."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from support.certificates import Authority
from support.kamailio import Kamailio, kamailio
from support.running import found_by

from ictss_monitor.probe import Finding, Outcome, Reason
from probes.sip import SipProbe

PHONES = ("udp", "tcp", "tls")


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    """The authority that the probes of these tests trust."""
    return Authority(tmp_path_factory.mktemp("authority"))


@pytest.fixture
def pem(authority: Authority) -> Path:
    """A good certificate for 127.0.0.1 with its key."""
    return authority.server_file("127.0.0.1", days=42)


def ask(server: Kamailio, transport: str, authority: Authority, limit: float = 5.0, **told: Any) -> Finding:
    """Probe `server` over `transport`."""
    port = server.tls_port if transport == "tls" else server.port
    told = {"ca_file": str(authority.ca_file), "transport": transport, **told}
    return found_by(SipProbe, limit=limit, address=f"127.0.0.1:{port}", **told)


def test_kamailio_at_work_is_up_by_every_transport_frozen_it_is_not(
    tmp_path: Path, authority: Authority, pem: Path
) -> None:
    """Up with its status and software over UDP, TCP and TLS; silent while stopped by a signal; up again after."""
    with kamailio(tmp_path, pem=pem) as server:
        for transport in PHONES:
            finding = ask(server, transport, authority, user_agent_contains="kamailio")
            assert (finding.outcome, finding.detail) == (Outcome.UP, "200 OK"), finding
            assert finding.measurements["status_code"] == 200
        assert finding.measurements["certificate_days"] == pytest.approx(42, abs=0.1)
        with server.frozen():
            silent = [ask(server, transport, authority, 0.4) for transport in PHONES]
        again = [ask(server, transport, authority) for transport in PHONES]
    assert {(each.outcome, each.reason) for each in silent} == {(Outcome.DOWN, Reason.TIMEOUT)}
    assert {each.outcome for each in again} == {Outcome.UP}
    stopped = [ask(server, transport, authority) for transport in PHONES]
    assert {(each.outcome, each.reason) for each in stopped} == {(Outcome.DOWN, Reason.REFUSED)}


def test_kamailio_that_answers_503_is_down(tmp_path: Path, authority: Authority) -> None:
    """A server that says that it cannot serve is down by its status, unless that is what is expected of it."""
    with kamailio(tmp_path, 503, "Service Unavailable") as server:
        for transport in ("udp", "tcp"):
            finding = ask(server, transport, authority)
            assert (finding.outcome, finding.reason) == (Outcome.DOWN, Reason.STATUS)
            assert finding.detail == "503 Service Unavailable"
            assert finding.measurements["status_code"] == 503
        assert ask(server, "udp", authority, expect_status=503).outcome is Outcome.UP


def test_kamailio_with_a_wrong_certificate_is_down_over_tls_only(tmp_path: Path, authority: Authority) -> None:
    """A certificate for another name spoils TLS, its days left are measured, and UDP does not care."""
    with kamailio(tmp_path, pem=authority.server_file("pbx.example", days=42)) as server:
        wrong = ask(server, "tls", authority)
        named = ask(server, "tls", authority, server_name="pbx.example")
        plain = ask(server, "udp", authority)
    assert (wrong.outcome, wrong.reason) == (Outcome.DOWN, Reason.CERTIFICATE)
    assert wrong.measurements["certificate_days"] == pytest.approx(42, abs=0.1)
    assert (named.outcome, plain.outcome) == (Outcome.UP, Outcome.UP)
