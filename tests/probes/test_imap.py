"""The IMAP probe: a server is up when it greets, says what it can do, and grants what is asked for."""

from __future__ import annotations

import asyncio
from base64 import b64encode
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError
from support.certificates import Authority
from support.mail_servers import IMAP, IMAP_STARTTLS, WITHOUT_PLAIN, scripted
from support.running import LoopFactory, both_loops, found_by
from support.servers import ends, mute, says, serving

from ictss_monitor.probe import Finding, Outcome, ProbeFailure, Reason
from probes._imap import ImapDialogue, login_command
from probes.imap import ImapOptions, ImapProbe

LOGIN = {"user": "monitor", "password": 's3"c\\ret'}


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    """The authority that the probes of these tests trust."""
    return Authority(tmp_path_factory.mktemp("authority"))


def imap(port: int, loop: LoopFactory = asyncio.new_event_loop, limit: float = 5.0, **told: Any) -> Finding:
    """Probe a port of this machine, without TLS unless told."""
    return found_by(ImapProbe, loop, limit, **{"address": f"127.0.0.1:{port}", "tls": "none", **told})


@both_loops
def test_server_that_greets_and_answers_is_up(loop: LoopFactory) -> None:
    """Untagged noise, literals with line ends in them and texts that look like literals do not confuse us."""
    heard: list[bytes] = []
    with serving(scripted(IMAP, heard=heard)) as port:
        finding = imap(port, loop)
    assert (finding.outcome, finding.detail) == (Outcome.UP, "")
    assert finding.latency == finding.measurements["total_seconds"]
    assert finding.measurements["banner_seconds"] > 0
    assert heard == [b"m1 CAPABILITY\r\n", b"m2 NOOP\r\n", b"m3 LOGOUT\r\n"]


def test_expected_capabilities() -> None:
    """Capitals do not matter; one that is missing is named, and LOGOUT said all the same."""
    heard: list[bytes] = []
    with serving(scripted(IMAP, heard=heard)) as port:
        assert imap(port, expect_capabilities=("idle", "AUTH=PLAIN")).outcome is Outcome.UP
        wrong = imap(port, expect_capabilities=("IDLE", "MOVE"))
    assert (wrong.outcome, wrong.reason, wrong.detail) == (Outcome.DOWN, Reason.MISMATCH, "not offered: MOVE")
    assert heard[-1] == b"m2 LOGOUT\r\n"


@both_loops
def test_starttls_is_verified(loop: LoopFactory, authority: Authority) -> None:
    """The certificate's days are measured; STARTTLS can be expected although it is told of only before."""
    heard: list[bytes] = []
    told = {"tls": "starttls", "ca_file": str(authority.ca_file), "expect_capabilities": ("STARTTLS",)}
    with serving(scripted(IMAP_STARTTLS, authority.server("127.0.0.1", days=42), heard)) as port:
        finding = imap(port, loop, **told)
    assert finding.outcome is Outcome.UP
    assert finding.measurements["certificate_days"] == pytest.approx(42, abs=0.1)
    assert [line.split()[1] for line in heard] == [b"CAPABILITY", b"STARTTLS", b"CAPABILITY", b"NOOP", b"LOGOUT"]


def test_starttls_that_is_missing_or_too_late_or_forged_is_down(authority: Authority) -> None:
    """No STARTTLS, a PREAUTH before it, and words slipped in behind it are each told as such."""
    secured = authority.server("127.0.0.1")
    told = {"tls": "starttls", "ca_file": str(authority.ca_file)}
    for answers, reason in (
        (IMAP, Reason.MISMATCH),
        ({**IMAP_STARTTLS, b"": b"* PREAUTH welcome\r\n"}, Reason.MISMATCH),
        ({**IMAP_STARTTLS, b"STARTTLS": b"%t OK\r\n* CAPABILITY IMAP4rev1 EVIL\r\n"}, Reason.PROTOCOL),
    ):
        with serving(scripted(answers, secured)) as port:
            finding = imap(port, **told)
        assert (finding.outcome, finding.reason) == (Outcome.DOWN, reason)


def test_refused_certificate_is_told_with_its_days(authority: Authority) -> None:
    """An expired certificate behind STARTTLS is measured by a second conversation."""
    with serving(scripted(IMAP_STARTTLS, authority.server("127.0.0.1", days=-3, begins=-10))) as port:
        finding = imap(port, tls="starttls", ca_file=str(authority.ca_file))
    assert (finding.outcome, finding.reason) == (Outcome.DOWN, Reason.CERTIFICATE)
    assert finding.measurements["certificate_days"] == pytest.approx(-3, abs=0.1)


def test_login_by_authenticate_waits_to_be_asked(authority: Authority) -> None:
    """AUTHENTICATE PLAIN sends user name and password once the server goes on."""
    heard: list[bytes] = []
    response = b64encode(b'\0monitor\0s3"c\\ret')
    answers = {**IMAP, response.upper(): b"m2 OK welcome\r\n"}
    with serving(scripted(answers, heard=heard), authority.server("127.0.0.1")) as port:
        finding = imap(port, tls="implicit", ca_file=str(authority.ca_file), **LOGIN)
    assert (finding.outcome, finding.detail) == (Outcome.UP, "")
    assert finding.measurements["login_seconds"] > 0
    assert heard[1:3] == [b"m2 AUTHENTICATE PLAIN\r\n", response + b"\r\n"]


def test_login_command_quotes_what_can_be_quoted() -> None:
    """Quotation marks and backslashes are escaped; what is not ASCII goes as a literal, its length before it."""
    assert login_command(b"me", b'a"b\\c') == [b'LOGIN "me" "a\\"b\\\\c"']
    assert login_command("mé".encode(), "é".encode()) == [b"LOGIN {3}", b"m\xc3\xa9 {2}", b"\xc3\xa9"]


@pytest.mark.parametrize(
    ("answers", "reason", "detail"),
    [
        (
            {b"LOGIN": b"%t NO [AUTHENTICATIONFAILED] for s3cret\r\n"},
            Reason.STATUS,
            "LOGIN was answered NO (AUTHENTICATIONFAILED)",
        ),
        ({b"LOGIN": b"%t NO [s3cret]\r\n"}, Reason.STATUS, "LOGIN was answered NO"),
        ({b"LOGIN": b"* BYE s3cret\r\n"}, Reason.STATUS, "LOGIN was answered BYE"),
        ({b"LOGIN": b"+ more\r\n"}, Reason.PROTOCOL, "more was asked for than LOGIN has"),
        ({b"NOOP": b"%t NO\r\n"}, Reason.STATUS, "NOOP was answered NO"),
        (
            {b"CAPABILITY": b"* CAPABILITY IMAP4rev1 LOGINDISABLED\r\n%t OK\r\n"},
            Reason.MISMATCH,
            "no login that we speak is offered (AUTH=PLAIN or LOGIN)",
        ),
    ],
    ids=["refused", "refused-otherwise", "bye", "asks-for-more", "noop-refused", "disabled"],
)
def test_login_that_fails(authority: Authority, answers: dict[bytes, bytes], reason: Reason, detail: str) -> None:
    """A refusal is down; of the server's words only a code from a closed list is told."""
    served = {**IMAP, b"CAPABILITY": WITHOUT_PLAIN, **answers}
    with serving(scripted(served), authority.server("127.0.0.1")) as port:
        finding = imap(port, tls="implicit", ca_file=str(authority.ca_file), **LOGIN)
    assert (finding.outcome, finding.reason, finding.detail) == (Outcome.DOWN, reason, detail)


def script(**answers: bytes) -> Any:
    """Return a server that answers the commands given in its own way."""
    return scripted({**IMAP, **{name.encode(): said for name, said in answers.items()}})


@both_loops
@pytest.mark.parametrize(
    ("talk", "reason"),
    [
        (says(b"* BYE too busy\r\n"), Reason.STATUS),
        (says(b"* NO\r\n"), Reason.PROTOCOL),
        (says(b"220 mail ready\r\n"), Reason.PROTOCOL),
        (says(b"\x80\x16\x03\x00\xff\n"), Reason.PROTOCOL),
        (says(b"* OK " + b"x" * 5000), Reason.OVERSIZE),
        (says(b"* {99999}\r\n"), Reason.OVERSIZE),
        (says(b"* {10}\r\n123"), Reason.TIMEOUT),
        (mute, Reason.TIMEOUT),
        (ends, Reason.CLOSED),
        (script(CAPABILITY=b"%t OK\r\n"), Reason.PROTOCOL),
        (script(CAPABILITY=b"%t BAD\r\n"), Reason.STATUS),
        (script(CAPABILITY=b"m9 OK\r\n"), Reason.PROTOCOL),
        (script(CAPABILITY=b"%t WHAT\r\n"), Reason.PROTOCOL),
        (script(CAPABILITY=b"* 1 EXISTS\r\n" * 300), Reason.OVERSIZE),
        (script(CAPABILITY=b"* X {3000}\r\n" * 3 + b"x" * 70_000), Reason.OVERSIZE),
    ],
    ids=[
        "bye",
        "greeting-no",
        "smtp",
        "binary",
        "long-line",
        "huge-literal",
        "literal-cut",
        "mute",
        "ends",
        "no-capability",
        "bad",
        "other-tag",
        "no-condition",
        "noise",
        "literals",
    ],
)
def test_wrong_server_is_down_for_the_right_reason(loop: LoopFactory, talk: Any, reason: Reason) -> None:
    """Whatever the far end does instead of IMAP ends within the limit, with the reason that fits."""
    with serving(talk) as port:
        finding = imap(port, loop, limit=0.3 if reason is Reason.TIMEOUT else 5.0)
    assert (finding.outcome, finding.reason) == (Outcome.DOWN, reason)


def test_server_that_ignores_the_parting_is_up_all_the_same() -> None:
    """LOGOUT without an answer costs a quarter of a second, and neither verdict nor latency."""
    with serving(script(LOGOUT=b"")) as port:
        finding = imap(port)
    assert finding.outcome is Outcome.UP
    assert finding.latency is not None
    assert finding.latency < 0.25


def test_login_without_tls_is_refused_when_options_are_read() -> None:
    """A password is never sent in plain text; the port follows from the way of TLS."""
    with pytest.raises(ValidationError, match="not sent in plain text"):
        ImapOptions(address="mail.example", tls="none", user="a", password="b")  # type: ignore[arg-type]
    assert ImapOptions(address="mail.example").destination == ("mail.example", 993)
    assert ImapOptions(address="mail.example", tls="starttls").destination == ("mail.example", 143)


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
        (
            b"* OK x\r\n",
            b"* PREAUTH {1}\r\n",
            b"* CAPABILITY IMAP4rev1\r\n",
            b"m1 OK {2}\r\n",
            b"m1 NO\r\n",
            b"+ \r\n",
            b"* X {4}\r\n",
            b"\r\nab",
            b"* BYE\r\n",
            b"{0}\r\n",
            b"m1 ",
        )
    ),
)


@given(st.lists(WORDS, max_size=20))
def test_arbitrary_words_end_in_capabilities_or_a_failure(pieces: list[bytes]) -> None:
    """No words of a server's raise anything but ProbeFailure, and how they are cut changes nothing."""

    def outcome(cut: list[bytes]) -> Any:
        async def talk() -> Any:
            dialogue = ImapDialogue(Spoken(cut))  # type: ignore[arg-type]
            try:
                return await dialogue.greeting(), await dialogue.capabilities()
            except ProbeFailure as failure:
                return failure.reason, failure.detail

        with asyncio.Runner() as runner:
            return runner.run(talk())

    whole = b"".join(pieces)
    assert outcome([piece for piece in pieces if piece]) == outcome([whole[at : at + 1] for at in range(len(whole))])
