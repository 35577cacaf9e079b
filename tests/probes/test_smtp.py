"""The SMTP probe: a server is up when it greets, answers EHLO, and grants what is asked for."""

from __future__ import annotations

import asyncio
import socket
import struct
import threading
from base64 import b64decode, b64encode
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError
from support.certificates import Authority
from support.mail_servers import SMTP, SMTP_STARTTLS, scripted
from support.running import LoopFactory, both_loops, found_by
from support.servers import ends, mute, says, serving

from ictss_monitor.probe import Finding, Outcome, ProbeFailure, Reason
from probes._smtp import SmtpDialogue
from probes.smtp import SmtpOptions, SmtpProbe

LOGIN = {"user": "monitor", "password": "s3cret é"}


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    """The authority that the probes of these tests trust."""
    return Authority(tmp_path_factory.mktemp("authority"))


def smtp(port: int, loop: LoopFactory = asyncio.new_event_loop, limit: float = 5.0, **told: Any) -> Finding:
    """Probe a port of this machine."""
    return found_by(SmtpProbe, loop, limit, address=f"127.0.0.1:{port}", **told)


@both_loops
def test_server_that_greets_and_answers_is_up(loop: LoopFactory) -> None:
    """Phases are measured, EHLO says where we come from, and we take our leave."""
    heard: list[bytes] = []
    with serving(scripted(SMTP, heard=heard)) as port:
        finding = smtp(port, loop)
    assert (finding.outcome, finding.reason) == (Outcome.UP, Reason.OK)
    assert finding.latency == finding.measurements["total_seconds"]
    assert finding.measurements["connect_seconds"] > 0
    assert finding.measurements["banner_seconds"] > 0
    assert heard == [b"EHLO [127.0.0.1]\r\n", b"QUIT\r\n"]


def test_name_and_expected_capabilities() -> None:
    """Capitals and the order of parameters do not matter; one that is missing is named, and QUIT said all the same."""
    heard: list[bytes] = []
    with serving(scripted(SMTP, heard=heard)) as port:
        right = smtp(port, helo="monitor.example", expect_capabilities=("auth login plain", "8BITMIME", "SIZE"))
        wrong = smtp(port, expect_capabilities=("SIZE 2000", "AUTH LOGIN", "CHUNKING"))
    assert right.outcome is Outcome.UP
    assert heard[0] == b"EHLO monitor.example\r\n"
    assert (wrong.outcome, wrong.reason) == (Outcome.DOWN, Reason.MISMATCH)
    assert wrong.detail == "not offered: SIZE 2000, CHUNKING"
    assert heard[-1] == b"QUIT\r\n"


def test_old_server_is_greeted_by_helo() -> None:
    """Where EHLO is not known, HELO does; such a server offers nothing."""
    with serving(scripted({**SMTP, b"EHLO": b"502 what?\r\n"})) as port:
        assert smtp(port).outcome is Outcome.UP
        assert smtp(port, tls="starttls").reason is Reason.MISMATCH


@both_loops
def test_starttls_is_verified_and_ehlo_said_again(loop: LoopFactory, authority: Authority) -> None:
    """The certificate's days are measured; STARTTLS can be expected although it is offered only before."""
    heard: list[bytes] = []
    told = {"tls": "starttls", "ca_file": str(authority.ca_file), "expect_capabilities": ("STARTTLS",)}
    with serving(scripted(SMTP_STARTTLS, authority.server("127.0.0.1", days=42), heard)) as port:
        finding = smtp(port, loop, **told)
    assert finding.outcome is Outcome.UP
    assert finding.measurements["certificate_days"] == pytest.approx(42, abs=0.1)
    assert [line.split()[0] for line in heard] == [b"EHLO", b"STARTTLS", b"EHLO", b"QUIT"]


@both_loops
def test_refused_certificate_is_told_with_its_days(loop: LoopFactory, authority: Authority) -> None:
    """An expired certificate behind STARTTLS is measured by a second conversation."""
    server = authority.server("127.0.0.1", days=-3, begins=-10)
    with serving(scripted(SMTP_STARTTLS, server)) as port:
        finding = smtp(port, loop, tls="starttls", ca_file=str(authority.ca_file))
        unverified = smtp(port, loop, tls="if_offered", verify=False)
    assert (finding.outcome, finding.reason) == (Outcome.DOWN, Reason.CERTIFICATE)
    assert finding.measurements["certificate_days"] == pytest.approx(-3, abs=0.1)
    assert unverified.outcome is Outcome.UP


def test_words_slipped_in_before_tls_are_a_breach(authority: Authority) -> None:
    """What follows the answer to STARTTLS in plain text is not taken for something said under TLS."""
    slipped = {**SMTP_STARTTLS, b"STARTTLS": b"220 go on\r\n250 EVIL\r\n"}
    with serving(scripted(slipped, authority.server("127.0.0.1"))) as port:
        finding = smtp(port, tls="starttls", ca_file=str(authority.ca_file))
    assert (finding.outcome, finding.reason) == (Outcome.DOWN, Reason.PROTOCOL)


LONG = {"user": "u" * 255, "password": "p" * 255}
LOGIN_ONLY = b"250-mail.example\r\n250 AUTH LOGIN CRAM-MD5\r\n"


@pytest.mark.parametrize(
    ("told", "answers", "said"),
    [
        (LOGIN, {}, ["\0monitor\0s3cret é"]),
        (LONG, {b"AUTH": b"334 \r\n"}, []),
        (LOGIN, {b"EHLO": LOGIN_ONLY, b"AUTH": b"334 VXNlcm5hbWU6\r\n"}, []),
    ],
    ids=["plain", "plain-too-long-for-a-line", "login"],
)
def test_login(authority: Authority, told: dict[str, str], answers: dict[bytes, bytes], said: list[str]) -> None:
    """User name and password are sent as the method offered wants them, and 235 lets us in."""
    heard: list[bytes] = []
    exchanged = {**SMTP, **answers, **_responses(told, login=b"LOGIN CRAM" in answers.get(b"EHLO", b""))}
    with serving(scripted(exchanged, heard=heard), authority.server("127.0.0.1")) as port:
        finding = smtp(port, tls="implicit", ca_file=str(authority.ca_file), **told)
    assert (finding.outcome, finding.detail) == (Outcome.UP, "")
    assert finding.measurements["login_seconds"] > 0
    for text in said:
        assert text in {b64decode(line.split()[-1]).decode() for line in heard if line.startswith(b"AUTH")}
    assert all(len(line) <= 512 or not line.startswith(b"AUTH") for line in heard)


def _responses(told: dict[str, str], login: bool) -> dict[bytes, bytes]:
    """Return what a server answers to the base64 of what it should be told, which alone it lets in."""
    if login:
        return {
            b64encode(told["user"].encode()).upper(): b"334 UGFzc3dvcmQ6\r\n",
            b64encode(told["password"].encode()).upper(): b"235 welcome\r\n",
        }
    return {b64encode(f"\0{told['user']}\0{told['password']}".encode()).upper(): b"235 welcome\r\n"}


@pytest.mark.parametrize(
    ("answers", "reason"),
    [
        ({b"AUTH": b"535 no, czNjcmV0\r\n"}, Reason.STATUS),
        ({b"AUTH": b"250 what?\r\n"}, Reason.PROTOCOL),
        ({b"EHLO": b"250-x\r\n250 AUTH CRAM-MD5\r\n"}, Reason.MISMATCH),
    ],
    ids=["refused", "nonsense", "no-method"],
)
def test_login_that_fails(authority: Authority, answers: dict[bytes, bytes], reason: Reason) -> None:
    """A refusal is down and told by its code; the server's words, which could hold the password, are not told."""
    with serving(scripted({**SMTP, **answers}), authority.server("127.0.0.1")) as port:
        finding = smtp(port, tls="implicit", ca_file=str(authority.ca_file), **LOGIN)
    assert (finding.outcome, finding.reason) == (Outcome.DOWN, reason)
    assert "czNjcmV0" not in finding.detail


def drips_after_greeting(connection: socket.socket) -> None:
    """Greet, then answer EHLO byte by byte, without end."""
    connection.sendall(b"220 x\r\n")
    while True:
        threading.Event().wait(0.01)
        connection.sendall(b"2")


def resets_after_greeting(connection: socket.socket) -> None:
    """Greet, hear EHLO, then reset the connection."""
    connection.sendall(b"220 x\r\n")
    connection.recv(100)
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))


@both_loops
@pytest.mark.parametrize(
    ("talk", "reason"),
    [
        (says(b"421 too busy\r\n"), Reason.STATUS),
        (says(b"554 no mail\r\n"), Reason.STATUS),
        (says(b"250 hello\r\n"), Reason.PROTOCOL),
        (says(b"+OK POP3 ready\r\n"), Reason.PROTOCOL),
        (says(b"220-one\r\n221 two\r\n"), Reason.PROTOCOL),
        (says(b"220\r\n\r\n"), Reason.PROTOCOL),
        (says(b"\x80\x16\x03\x00\xff\n"), Reason.PROTOCOL),
        (says(b"220 " + b"x" * 5000 + b"\r\n"), Reason.OVERSIZE),
        (says(b"220-x\r\n" * 129), Reason.OVERSIZE),
        (says(b"220 no end"), Reason.TIMEOUT),
        (mute, Reason.TIMEOUT),
        (ends, Reason.CLOSED),
        (scripted({**SMTP, b"EHLO": b"550 no\r\n"}), Reason.STATUS),
        (scripted({**SMTP, b"EHLO": b"250-cut"}), Reason.TIMEOUT),
        (drips_after_greeting, Reason.TIMEOUT),
        (resets_after_greeting, Reason.RESET),
    ],
    ids=[
        "421",
        "554",
        "250",
        "pop3",
        "codes-differ",
        "empty-line",
        "binary",
        "long-line",
        "many-lines",
        "no-end",
        "mute",
        "ends",
        "ehlo-refused",
        "ehlo-cut",
        "drips",
        "resets",
    ],
)
def test_wrong_server_is_down_for_the_right_reason(loop: LoopFactory, talk: Any, reason: Reason) -> None:
    """Whatever the far end does instead of SMTP ends within the limit, with the reason that fits."""
    with serving(talk) as port:
        finding = smtp(port, loop, limit=0.3 if reason is Reason.TIMEOUT else 5.0)
    assert (finding.outcome, finding.reason) == (Outcome.DOWN, reason)


def test_greeting_that_sends_us_away_is_told() -> None:
    """The server's own words are in the detail: they say why."""
    with serving(says(b"421-mail.example\r\n421 too many connections\r\n")) as port:
        assert smtp(port).detail == "greeted with 421 mail.example too many connections"


def test_server_that_ignores_the_parting_is_up_all_the_same() -> None:
    """QUIT without an answer costs a quarter of a second, and neither verdict nor latency."""
    with serving(scripted({**SMTP, b"QUIT": b""})) as port:
        finding = smtp(port)
    assert finding.outcome is Outcome.UP
    assert finding.latency is not None
    assert finding.latency < 0.25


@pytest.mark.parametrize(
    ("told", "message"),
    [
        ({"user": "x"}, "go together"),
        ({"user": "x", "password": "y"}, "not sent in plain text"),
        ({"user": "x", "password": "y", "tls": "if_offered"}, "not sent in plain text"),
        ({"user": "x\r\nQUIT", "password": "y", "tls": "starttls"}, "control characters"),
        ({"user": "x", "password": "y\0", "tls": "starttls"}, "control characters"),
        ({"helo": "a b"}, "pattern"),
        ({"helo": "a\n"}, "pattern"),
        ({"expect_capabilities": ("",)}, "printable"),
        ({"address": "a@b"}, "expected a host"),
        ({"address": "a:0"}, "not a port"),
    ],
)
def test_impossible_options_are_refused_with_the_reason(told: dict[str, Any], message: str) -> None:
    """A mistake in the options is told when they are read; what could break the dialogue is one."""
    with pytest.raises(ValidationError, match=message):
        SmtpOptions(**{"address": "mail.example", **told})


@pytest.mark.parametrize(
    ("told", "destination"),
    [
        ({}, ("mail.example", 25)),
        ({"tls": "implicit"}, ("mail.example", 465)),
        ({"address": "mail.example:587"}, ("mail.example", 587)),
        ({"address": "[::1]"}, ("::1", 25)),
        ({"address": "[::1]:587"}, ("::1", 587)),
    ],
)
def test_port_follows_from_the_way_of_tls(told: dict[str, Any], destination: tuple[str, int]) -> None:
    """Where no port is said it is that of the protocol."""
    assert SmtpOptions(**{"address": "mail.example", **told}).destination == destination


class Spoken:
    """Stands for a stream from which fixed pieces come."""

    def __init__(self, pieces: list[bytes]) -> None:
        self._pieces = pieces

    async def receive(self) -> bytes:
        """Return the next piece; nothing after the last."""
        return self._pieces.pop(0) if self._pieces else b""

    async def send(self, data: bytes) -> None:
        """Take what is sent."""


WORDS = st.one_of(
    st.binary(max_size=40),
    st.sampled_from(
        [b"220 x\r\n", b"220-x\r\n", b"250-AUTH PLAIN\r\n", b"250 \r\n", b"250\n", b"421 x\r\n", b"\r\n", b"250-"]
    ),
)


@given(st.lists(WORDS, max_size=20))
def test_arbitrary_words_end_in_an_offer_or_a_failure(pieces: list[bytes]) -> None:
    """No words of a server's raise anything but ProbeFailure, and how they are cut changes nothing."""

    def outcome(cut: list[bytes]) -> Any:
        async def talk() -> Any:
            dialogue = SmtpDialogue(Spoken(cut))  # type: ignore[arg-type]
            try:
                await dialogue.greeting()
                return await dialogue.hello("x")
            except ProbeFailure as failure:
                return failure.reason, failure.detail

        with asyncio.Runner() as runner:
            return runner.run(talk())

    pieces = [piece for piece in pieces if piece]
    whole = b"".join(pieces)
    assert outcome(list(pieces)) == outcome([whole[at : at + 1] for at in range(len(whole))])
