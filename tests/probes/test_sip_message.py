"""Reading SIP: every form that the RFC allows, nothing that it does not, from bytes cut anywhere."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from support.sip_servers import reply

from probes._sip_message import MOST_HEAD, Message, NotSip, Reader, Request, read

ASKED = Request("sip:pbx.example", "monitor", "udp", "192.0.2.9:5060", "0123456789abcdef", "t", "c0ffee", 7)
GOOD = reply(ASKED.wire(), "200 Everything's fine", "Server: pbx", body="v=0\r\n")
TORTURE = (
    b"sip/2.0 200 \r\n"
    b'v:  SIP / 2.0 / UDP 192.0.2.9:5060 ;x="a,\\";branch=no" ; BRANCH = z9hG4bK0123456789ABCDEF\r\n\t;rport=7 \r\n'
    b"f: <sip:monitor@192.0.2.9>;tag=t\r\n"
    b"T  : <sip:pbx.example>\r\n ;tag=x\r\n"
    b"CALL-id\t: \r\n c0ffee@192.0.2.9:5060\r\n"
    b"cSEQ: 0007\r\n  OPTIONS\r\n"
    b"L: 0\r\nUnknown-Field:\r\n\r\n"
)


def test_every_way_to_write_a_reply_is_understood() -> None:
    """Compact names, folded lines, any case, spaces around separators, quoted strings (RFC 4475, 3.1.1.1)."""
    message = read(TORTURE)
    assert message.status == 200
    assert message.vias == 1
    assert ASKED.is_answered_by(message)


def test_reply_to_us_is_recognised_and_read() -> None:
    """Status, phrase and software are told."""
    message = read(GOOD)
    assert ASKED.is_answered_by(message)
    assert (message.status, message.phrase, message.software) == (200, "Everything's fine", "pbx")


def test_bare_line_feeds_are_tolerated() -> None:
    """Some servers end lines so."""
    head, body = GOOD[:-5], GOOD[-5:]
    assert ASKED.is_answered_by(read(head.replace(b"\r\n", b"\n") + body))


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (b"SIP/2.0 200", b"SIP/2.0 20"),
        (b"SIP/2.0 200", b"SIP/2.0 099"),
        (b"SIP/2.0 200", b"SIP/2.0 700"),
        (b"SIP/2.0 200", b"SIP/2.1 200"),
        (b"SIP/2.0 200 ", b"SIP/2.0 200\x00"),
        (b"Via:", b"Vie:"),
        (b"Call-ID:", b"Call:"),
        (b"CSeq: 7 OPTIONS", b"CSeq: OPTIONS"),
        (b"CSeq: 7 OPTIONS", b"CSeq: 99999999999 OPTIONS"),
        (b"Server: pbx", b"Server pbx"),
        (b"Server: pbx", b"Server: p\x00bx"),
        (b"Server: pbx", b"Call-ID: other"),
        (b"Server: pbx", b"i: other"),
        (b"Content-Length: 5", b"Content-Length: 5, 5"),
        (b"Content-Length: 5", b"Content-Length: 0x5"),
        (b"Content-Length: 5", b"Content-Length: 6"),
        (b";rport", b';x="never ends'),
    ],
)
def test_malformed_reply_is_refused(old: bytes, new: bytes) -> None:
    """What breaks the rules, or could be read in two ways, is no reply."""
    assert old in GOOD
    with pytest.raises(NotSip):
        read(GOOD.replace(old, new, 1))


def messages(reader: Reader, pieces: list[bytes]) -> list[Message]:
    """Return the messages that come out of `pieces`."""
    found = []
    for piece in pieces:
        reader.feed(piece)
        while (message := reader.next()) is not None:
            found.append(message)
    return found


@given(st.lists(st.integers(0, 3 * len(GOOD)), max_size=20))
def test_stream_cut_anywhere_gives_the_same_messages(cuts: list[int]) -> None:
    """However the octets arrive, the same messages come out."""
    whole = GOOD + b"\r\n\r\n" + GOOD + TORTURE
    places = sorted({0, *(cut for cut in cuts if cut < len(whole)), len(whole)})
    pieces = [whole[one:other] for one, other in pairwise(places)]
    assert messages(Reader(), pieces) == [read(GOOD), read(GOOD), read(TORTURE)]


PIECES = st.sampled_from([
    b"SIP/2.0 200 OK", b"\r\n", b"\n", b"\r", b" ", b"\t", b":", b",", b";", b'"', b"\\", b"v:", b"Via:", b"branch=",
    b"i:x", b"l:", b"Content-Length:", b"CSeq: 1 OPTIONS", b"0", b"9", b"\x00", b"\xff", b"OPTIONS sip:x SIP/2.0",
])  # fmt: skip


@given(st.lists(PIECES | st.binary(max_size=4), max_size=60).map(b"".join))
@example(b"")
@example(b"\r\n\r\n")
def test_garbage_is_read_or_refused_and_never_anything_else(garbage: bytes) -> None:
    """Whatever comes, in a datagram or over a connection, is a message or not SIP."""
    for attempt in (lambda: read(garbage), lambda: messages(Reader(), [garbage])):
        try:
            attempt()
        except NotSip:
            continue


@given(st.integers(0, len(TORTURE) - 1), st.integers(0, 255))
def test_one_changed_octet_is_read_or_refused_and_never_anything_else(at: int, octet: int) -> None:
    """A reply damaged in one place never becomes another kind of error."""
    damaged = bytearray(TORTURE)
    damaged[at] = octet
    for attempt in (lambda: read(bytes(damaged)), lambda: messages(Reader(), [bytes(damaged)])):
        try:
            attempt()
        except NotSip:
            continue


@pytest.mark.parametrize(
    "filler",
    [b"A: b\r\n", b' ;x="', b",", b";", b'"\\', b" \r\n ", b"\t", b"a", b": "],
    ids=["fields", "quotes", "commas", "semicolons", "escapes", "folds", "tabs", "letters", "colons"],
)
@pytest.mark.timeout(5)
def test_longest_head_takes_no_long_time(filler: bytes) -> None:
    """A head made to be slow is read in time that grows with its length only."""
    via = b"v: " + filler * ((MOST_HEAD - 200) // len(filler))
    for head in (b"SIP/2.0 200 OK\r\n" + via, via):
        for _ in range(20):
            with pytest.raises(NotSip):
                read(head + b"\r\n\r\n")
