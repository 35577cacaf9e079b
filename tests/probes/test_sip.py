"""SIP: a server is judged by the final reply to our own request, sent again as the RFC says where it is lost."""

from __future__ import annotations

import asyncio
import gc
import re
import tracemalloc
from collections.abc import Iterable
from pathlib import Path
from time import perf_counter
from typing import Any

import pytest
from pydantic import ValidationError
from support.certificates import Authority
from support.dns_servers import Respond, name_server, silent
from support.running import LoopFactory, both_loops, found_by
from support.servers import Talk, drips, ends, keeps_sending, mute, refusing, resets, says, serving
from support.sip_servers import answering, changed, fields_of, once_heard, reply, saying

from ictss_monitor.probe import Finding, Outcome, ProbeFailure, Reason
from probes._sip_exchange import MOST_MESSAGES, ask_udp
from probes.sip import SipOptions, SipProbe

HOST = "127.0.0.1"
SHORT, LONG = 0.3, 5.0
"""Seconds that a probe has where it must use them up, and where it must not."""
MOST_MEMORY = 5 << 20


def ask(port: int, loop: LoopFactory = asyncio.new_event_loop, limit: float = LONG, **told: Any) -> Finding:
    """Probe `port` of this machine."""
    return found_by(SipProbe, loop, limit, address=f"{HOST}:{port}", **told)


@both_loops
@pytest.mark.parametrize("transport", ["udp", "tcp"])
def test_ok_is_up_with_its_status_and_times(loop: LoopFactory, transport: str) -> None:
    """A 200 is up; status and times are measured, over UDP also how often we asked again."""
    with name_server(answering("200 OK"), saying(reply)) as port:
        finding = ask(port, loop, transport=transport)
    assert (finding.outcome, finding.detail) == (Outcome.UP, "200 OK")
    assert finding.measurements["status_code"] == 200
    assert finding.latency is not None
    assert 0 < finding.latency < LONG
    if transport == "udp":
        assert finding.measurements["retransmissions"] == 0
    else:
        assert finding.measurements["connect_seconds"] > 0


@pytest.mark.parametrize("transport", ["udp", "tcp"])
def test_request_has_all_that_the_rfc_demands(transport: str) -> None:
    """RFC 3261, 8.1.1: six mandatory fields, a magic cookie, a tag; and rport of RFC 3581."""
    heard: list[bytes] = []

    def keep(request: bytes) -> bytes:
        heard.append(request)
        return reply(request)

    with name_server(lambda request, client: [keep(request)], saying(keep)) as port:
        for _ in range(2):
            ask(port, transport=transport, from_user="watch")
    request, again = heard
    of = fields_of(request)
    assert request.startswith(f"OPTIONS sip:{HOST}:{port} SIP/2.0\r\n".encode())
    via = rf"SIP/2\.0/{transport.upper()} 127\.0\.0\.1:[0-9]+;branch=z9hG4bK[0-9a-f]{{16}};rport"
    assert re.fullmatch(via, of["Via"])
    assert of["Max-Forwards"] == "70"
    assert of["To"] == f"<sip:{HOST}:{port}>"
    assert re.fullmatch(r"<sip:watch@127\.0\.0\.1>;tag=[0-9a-f]{12}", of["From"])
    assert re.fullmatch(r"[0-9]+ OPTIONS", of["CSeq"])
    assert of["Content-Length"] == "0"
    for field in ("Via", "From", "Call-ID", "CSeq"):
        assert fields_of(again)[field] != of[field], "not fresh"


@pytest.mark.parametrize(
    ("status", "up"),
    [
        *[(f"{code} Words", True) for code in (200, 202, 302, 400, 401, 404, 405, 407, 486)],
        *[(f"{code} Words", False) for code in (408, 500, 503, 513, 600, 604)],
    ],
)
def test_server_that_answers_is_up_unless_it_says_that_it_fails(status: str, up: bool) -> None:
    """Any final reply shows a living server but 408, 5xx and 6xx, which say that it cannot serve."""
    with name_server(answering(status)) as port:
        finding = ask(port)
    assert finding.reason is (Reason.OK if up else Reason.STATUS)
    assert finding.detail == status
    assert finding.measurements["status_code"] == int(status[:3])


def test_statuses_that_mean_up_can_be_told() -> None:
    """A check may expect less, or more, than what shows a living server."""
    with name_server(answering("404 Not Found")) as port:
        assert ask(port, expect_status="200-299").reason is Reason.STATUS
        assert ask(port, expect_status=("200-299", 404)).outcome is Outcome.UP


def test_software_can_be_expected() -> None:
    """The text is looked for in the fields Server and User-Agent."""
    with name_server(lambda request, client: [reply(request, "200 OK", "Server: Unify OpenScape V10")]) as port:
        assert ask(port, user_agent_contains="OpenScape").outcome is Outcome.UP
        other = ask(port, user_agent_contains="Asterisk")
    assert (other.outcome, other.reason) == (Outcome.DOWN, Reason.MISMATCH)
    assert "Unify OpenScape V10" in other.detail


@both_loops
def test_lost_request_is_sent_again_after_half_a_second(loop: LoopFactory) -> None:
    """Over UDP the same request comes again after T1, and the finding tells so."""
    respond, heard = once_heard(2)
    with name_server(respond) as port:
        finding = ask(port, loop)
    assert finding.outcome is Outcome.UP
    assert finding.measurements["retransmissions"] == 1
    assert heard[0] == heard[1]
    assert finding.latency == pytest.approx(0.5, abs=0.3)
    assert finding.latency is not None
    assert finding.latency >= 0.5


async def timed(port: int, t1: float, t2: float) -> list[float]:
    """Return when, counted in `t1`, requests were composed and answers came; through a fast timer E."""
    began = perf_counter()
    answer = await ask_udp((2, (HOST, port)), SipOptions(address=HOST).request, t1, t2)
    return [answer.retransmissions, (perf_counter() - began) / t1]


async def test_interval_doubles_up_to_its_bound() -> None:
    """Timer E: after T1, then 2, 4, 4 ... times T1 where T2 is four times T1 (RFC 3261, 17.1.2.2)."""
    respond, _ = once_heard(5)
    with name_server(respond) as port:
        retransmissions, waited = await timed(port, 0.05, 0.2)
    assert retransmissions == 4
    assert waited >= 1 + 2 + 4 + 4
    assert waited == pytest.approx(11, abs=3)


async def test_after_a_provisional_reply_the_request_is_sent_again_at_the_longest_interval() -> None:
    """A 1xx is waited through; timer E, once it fires, is then set to T2."""
    respond, _ = once_heard(3, before="100 Trying")
    with name_server(respond) as port:
        retransmissions, waited = await timed(port, 0.05, 0.4)
    assert retransmissions == 2
    assert waited >= 1 + 8


async def test_request_is_given_up_at_timer_f() -> None:
    """After 64 times T1 nothing more is sent, however much time the check has."""
    with name_server(silent) as port, pytest.raises(ProbeFailure) as failed:
        await timed(port, 0.005, 0.04)
    assert failed.value.reason is Reason.TIMEOUT


@pytest.mark.parametrize("transport", ["udp", "tcp"])
def test_provisional_replies_are_waited_through(transport: str) -> None:
    """The final reply decides, whatever comes before it."""
    provisional = ("100 Trying", "180 Ringing")
    whole = saying(lambda request: b"".join(reply(request, status) for status in (*provisional, "503 Busy")))
    with name_server(answering(*provisional, "503 Busy"), whole) as port:
        assert ask(port, transport=transport).detail == "503 Busy"


STRAYS = {
    "other-branch": changed("branch=z9hG4bK[0-9a-f]{4}", "branch=z9hG4bKffff"),
    "other-call": changed("Call-ID: ", "Call-ID: x"),
    "other-number": changed("CSeq: [0-9]+", "CSeq: 2147483650"),
    "other-method": changed("[0-9] OPTIONS", "1 INVITE"),
    "two-hops": changed("Via: ", "Via: SIP/2.0/UDP 192.0.2.1;branch=z9hG4bKx\r\nVia: "),
    "two-hops-in-one": changed("(Via: [^\r]+)", r"\1, SIP/2.0/UDP 192.0.2.1"),
    "our-own-request": lambda request: request,
    "garbage": lambda request: b"\x00\xff garbage",
    "nothing": lambda request: b"",
}


@both_loops
@pytest.mark.parametrize("name", [name for name in STRAYS if name != "nothing"])
def test_what_is_no_reply_to_us_is_passed_over(loop: LoopFactory, name: str) -> None:
    """A stray or forged message neither makes a dead server up nor a living one down."""
    make = STRAYS[name]
    with name_server(lambda request, client: [make(request)], mute) as port:
        assert ask(port, loop, SHORT).reason is Reason.TIMEOUT
    with name_server(lambda request, client: [make(request), reply(request)]) as port:
        assert ask(port, loop).outcome is Outcome.UP


def many(request: bytes, client: Any) -> Iterable[bytes]:
    """Answer with more provisional replies than anybody needs."""
    return [reply(request, "100 Trying")] * (MOST_MESSAGES + 10)


DATAGRAMS: dict[str, tuple[Respond, Reason]] = {
    "malformed-but-ours": (lambda request, client: [reply(request, "two hundred")], Reason.PROTOCOL),
    "wrong-version": (lambda request, client: [reply(request).replace(b"SIP/2.0 ", b"SIP/3.0 ")], Reason.PROTOCOL),
    "body-cut-off": (lambda request, client: [reply(request, body="v=0")[:-2]], Reason.PROTOCOL),
    "head-cut-off": (lambda request, client: [reply(request)[:-4]], Reason.PROTOCOL),
    "length-no-number": (
        lambda request, client: [reply(request).replace(b"Length: 0", b"Length: -1")],
        Reason.PROTOCOL,
    ),
    "two-lengths": (lambda request, client: [reply(request, "200 OK", "l: 7")], Reason.PROTOCOL),
    "oversized": (lambda request, client: [reply(request, body="x" * 40_000)], Reason.OVERSIZE),
    "endless-garbage": (lambda request, client: [b"x"] * 200, Reason.PROTOCOL),
    "endless-provisional": (many, Reason.PROTOCOL),
}


@both_loops
@pytest.mark.parametrize("name", DATAGRAMS)
def test_hostile_datagrams_are_down_for_the_right_reason(loop: LoopFactory, name: str) -> None:
    """A reply that carries our secret branch and breaks the rules is the server's fault; so is a flood."""
    respond, reason = DATAGRAMS[name]
    with name_server(respond) as port:
        finding = ask(port, loop)
    assert (finding.outcome, finding.reason) == (Outcome.DOWN, reason)


OK = b"SIP/2.0 200 OK\r\n"
CONNECTIONS: dict[str, tuple[Talk, Reason]] = {
    "mute": (mute, Reason.TIMEOUT),
    "ends": (ends, Reason.CLOSED),
    "resets": (resets(), Reason.RESET),
    "closes-in-head": (saying(lambda request: reply(request)[:40], stay=False), Reason.CLOSED),
    "closes-in-body": (saying(lambda request: reply(request, body="v=0")[:-1], stay=False), Reason.CLOSED),
    "body-never-ends": (saying(lambda request: reply(request, body="v=0")[:-1]), Reason.TIMEOUT),
    "no-length": (saying(changed("Content-Length: 0\r\n", "")), Reason.PROTOCOL),
    "absurd-length": (saying(changed("Length: 0", "Length: 999999999")), Reason.OVERSIZE),
    "length-of-many-digits": (saying(changed("Length: 0", "Length: " + "9" * 4000)), Reason.PROTOCOL),
    "garbage": (saying(lambda request: b"\x00\xff\xfe garbage" * 5), Reason.PROTOCOL),
    "binary": (says(bytes(range(256))), Reason.PROTOCOL),
    "another-protocol": (says(b"SSH-2.0-OpenSSH_9.2p1\r\n"), Reason.PROTOCOL),
    "web-server": (says(b"HTTP/1.1 400 Bad Request\r\n\r\n"), Reason.PROTOCOL),
    "tls-alert": (says(b"\x15\x03\x01\x00\x02\x02\x0a"), Reason.PROTOCOL),
    "other-call-for-ever": (
        saying(lambda request: STRAYS["other-call"](request) * (MOST_MESSAGES + 1)),
        Reason.PROTOCOL,
    ),
    "provisional-for-ever": (
        saying(lambda request: reply(request, "100 Trying") * (MOST_MESSAGES + 1)),
        Reason.PROTOCOL,
    ),
    "echo": (saying(lambda request: request), Reason.TIMEOUT),
    "drips-field": (drips(OK + b"A: ", every=0.005), Reason.TIMEOUT),
    "endless-fields": (keeps_sending(OK, b"A: b\r\n" * 3000), Reason.OVERSIZE),
    "endless-line": (keeps_sending(b"SIP/2.0 200 ", b"x" * 65_536), Reason.OVERSIZE),
    "endless-blank-lines": (keeps_sending(b"", b"\r\n" * 5000), Reason.OVERSIZE),
    "endless-zeros": (keeps_sending(b"", bytes(65_536)), Reason.PROTOCOL),
}


@both_loops
@pytest.mark.parametrize("name", CONNECTIONS)
def test_hostile_connection_is_down_for_the_right_reason_in_time(loop: LoopFactory, name: str) -> None:
    """Whatever the far end does, the probe ends within its limit, and says what it was."""
    talk, reason = CONNECTIONS[name]
    with serving(talk) as port:
        began = perf_counter()
        finding = ask(port, loop, SHORT if reason is Reason.TIMEOUT else LONG, transport="tcp")
        took = perf_counter() - began
    assert (finding.outcome, finding.reason) == (Outcome.DOWN, reason)
    assert took < SHORT + 1.0


@pytest.mark.parametrize("name", [name for name in CONNECTIONS if name.startswith(("endless", "absurd"))])
def test_hostile_connection_cannot_fill_our_memory(name: str) -> None:
    """However much is sent, little of it is held at once."""
    with serving(CONNECTIONS[name][0]) as port:
        ask(port, transport="tcp")
        gc.collect()
        tracemalloc.start()
        try:
            ask(port, transport="tcp")
            _, most = tracemalloc.get_traced_memory()
        finally:
            tracemalloc.stop()
    assert most < MOST_MEMORY


def test_signs_of_life_before_a_reply_are_passed_over() -> None:
    """Empty lines between messages mean nothing (RFC 3261, 7.5)."""
    with serving(saying(lambda request: b"\r\n\r\n" + reply(request, "100 Trying") + b"\r\n" + reply(request))) as port:
        assert ask(port, transport="tcp").outcome is Outcome.UP


@both_loops
@pytest.mark.parametrize("transport", ["udp", "tcp", "tls"])
def test_refused_port_is_down_at_once(loop: LoopFactory, transport: str) -> None:
    """Where nobody listens the kernel says so, over UDP too, before anything is sent again."""
    with refusing() as port:
        began = perf_counter()
        assert ask(port, loop, transport=transport).reason is Reason.REFUSED
    assert perf_counter() - began < 0.5


@both_loops
def test_tls_is_verified_and_its_certificate_measured(loop: LoopFactory, tmp_path: Path) -> None:
    """Over TLS the certificate must be good, and its days left are told either way."""
    authority = Authority(tmp_path)
    told = {"transport": "tls", "ca_file": str(authority.ca_file)}
    with serving(saying(reply), authority.server(HOST, days=42)) as port:
        good = ask(port, loop, **told)
    with serving(saying(reply), authority.server(HOST, days=-1, begins=-9)) as port:
        expired = ask(port, loop, **told)
        unverified = ask(port, loop, **told, verify=False)
    assert good.outcome is Outcome.UP
    assert good.measurements["certificate_days"] == pytest.approx(42, abs=0.1)
    assert good.measurements["tls_seconds"] > 0
    assert expired.reason is Reason.CERTIFICATE
    assert expired.measurements["certificate_days"] == pytest.approx(-1, abs=0.1)
    assert unverified.outcome is Outcome.UP


@pytest.mark.parametrize("transport", ["udp", "tcp"])
def test_ipv6_addresses_stand_in_brackets(transport: str) -> None:
    """In the URI and in Via alike."""
    heard: list[bytes] = []

    def keep(request: bytes) -> bytes:
        heard.append(request)
        return reply(request)

    with name_server(lambda request, client: [keep(request)], saying(keep), host="::1") as port:
        finding = found_by(SipProbe, address=f"[::1]:{port}", transport=transport)
    assert finding.outcome is Outcome.UP
    assert heard[0].startswith(f"OPTIONS sip:[::1]:{port} SIP/2.0\r\n".encode())
    assert " [::1]:" in fields_of(heard[0])["Via"]
    assert "@[::1]>" in fields_of(heard[0])["From"]


@pytest.mark.parametrize(
    ("told", "destination", "uri"),
    [
        ({"address": "pbx.example"}, ("pbx.example", 5060), "sip:pbx.example"),
        ({"address": "pbx.example", "transport": "tls"}, ("pbx.example", 5061), "sip:pbx.example"),
        ({"address": "pbx.example:5070"}, ("pbx.example", 5070), "sip:pbx.example:5070"),
        ({"address": "2001:db8::1"}, ("2001:db8::1", 5060), "sip:[2001:db8::1]"),
        ({"address": "[2001:db8::1]"}, ("2001:db8::1", 5060), "sip:[2001:db8::1]"),
        ({"address": "192.0.2.1", "uri": "sip:100@pbx.example"}, ("192.0.2.1", 5060), "sip:100@pbx.example"),
    ],
)
def test_address_is_a_host_with_or_without_a_port(told: Any, destination: tuple[str, int], uri: str) -> None:
    """The port is that of the transport where none is said; the URI follows the address unless it is said."""
    options = SipOptions(**told)
    assert (options.destination, options.request_uri) == (destination, uri)


@pytest.mark.parametrize(
    "wrong",
    [
        {"address": "pbx.example:0"},
        {"address": "pbx example"},
        {"address": "sip:pbx@example"},
        {"uri": "http://pbx.example/"},
        {"uri": "sip:a\r\nX: y"},
        {"from_user": "a b"},
        {"from_user": "a@b"},
        {"expect_status": "100-299"},
        {"expect_status": "200-799"},
        {"expect_status": "ok"},
        {"transport": "sctp"},
    ],
)
def test_options_that_make_no_sense_are_refused(wrong: dict[str, Any]) -> None:
    """Nothing that would break the request, or could never be met, is taken."""
    with pytest.raises(ValidationError):
        SipOptions(**{"address": "pbx.example", **wrong})
