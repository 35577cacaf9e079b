"""Reading one HTTP/1.x answer: the same however it is cut into pieces, bounded, and strict about its length."""

from __future__ import annotations

import zlib
from contextlib import suppress
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from support.servers import gzip_bomb

from ictss_monitor.probe import ProbeFailure, Reason
from probes._body import Body
from probes._http1 import MOST_HEAD, Answer

LIMIT = 1000


def read(*pieces: bytes, end: bool = True, head_only: bool = False) -> tuple[Answer, bytes]:
    """Return the answer that `pieces` make, and its body."""
    body = Body(LIMIT, wanted=True)
    answer = Answer(body.decode, body.take, head_only=head_only)
    for piece in pieces:
        if not answer.done:
            answer.feed(piece)
    if end:
        answer.end()
    return answer, bytes(body.content)


HELLO = b"Content-Length: 5\r\n\r\nhello"
PIECES = b"2\r\nhe\r\n3;x=y\r\nllo\r\n0\r\nT: 1\r\n\r\n"
INTERIM = b"HTTP/1.1 103 Early\r\nA: b\r\n\r\nHTTP/1.1 100 Go on\r\n\r\n"
OK = b"HTTP/1.1 200 OK\r\n"
CHUNKED = OK + b"Transfer-Encoding: chunked\r\n\r\n"

WHOLE = {
    "counted": (OK + HELLO, b"hello"),
    "chunked": (CHUNKED + PIECES, b"hello"),
    "until-end": (b"HTTP/1.0 200\r\nServer: old\r\n\r\nhello", b"hello"),
    "bare-lf": (b"HTTP/1.1 200 OK\nContent-Length: 5\n\nhello", b"hello"),
    "after-interim": (INTERIM + OK + HELLO, b"hello"),
    "no-content": (b"HTTP/1.1 204 No Content\r\n\r\n", b""),
    "empty": (OK + b"Content-Length: 0\r\n\r\n", b""),
    "length-twice-alike": (OK + b"Content-Length: 5\r\n" + HELLO, b"hello"),
    "folded": (OK + b"A: b\r\n c\r\n" + HELLO, b"hello"),
}


@pytest.mark.parametrize("name", WHOLE)
@settings(deadline=None)
@given(data=st.data())
def test_answer_is_the_same_however_it_is_cut(name: str, data: st.DataObject) -> None:
    """An answer may come in any pieces, down to single bytes."""
    whole, body = WHOLE[name]
    cuts = data.draw(st.sets(st.integers(0, len(whole))))
    places = sorted({0, len(whole), *cuts})
    answer, found = read(*(whole[begin:end] for begin, end in pairwise(places)))
    assert answer.done
    assert found == body
    assert answer.status in (200, 204)


@pytest.mark.parametrize("name", [name for name in WHOLE if name != "until-end"])
def test_answer_is_not_whole_before_its_last_byte(name: str) -> None:
    """An answer that ends anywhere before its end was cut off by the far end."""
    whole, _ = WHOLE[name]
    for length in range(len(whole)):
        with pytest.raises(ProbeFailure) as caught:
            read(whole[:length])
        assert caught.value.reason is Reason.CLOSED


@pytest.mark.parametrize(
    "garbage",
    [
        b"SSH-2.0-OpenSSH_9.2\r\n",
        b"\x15\x03\x01\x00\x02\x02\x28",
        b"HTTP/2 200 OK\r\n\r\n",
        b"HTTP/1.1 20 OK\r\n\r\n",
        b"HTTP/1.1 099 OK\r\n\r\n",
        b"HTTP/1.1 200\x00OK\r\n\r\n",
        b"HTTP/1.1 101 Switching Protocols\r\n\r\n",
        OK + b"no colon\r\n\r\n",
        OK + b"bad name: x\r\n\r\n",
        OK + b": x\r\n\r\n",
        OK + b"A: nul\x00byte\r\n\r\n",
        OK + b"A: lone\rreturn\r\n\r\n",
        OK + b"Content-Length: 5, 6\r\n\r\nhello",
        OK + b"Content-Length: 5\r\nContent-Length: 6\r\n\r\nhello",
        OK + b"Content-Length: -5\r\n\r\nhello",
        OK + b"Content-Length: 0x5\r\n\r\nhello",
        OK + b"Content-Length: 5\r\n 5\r\n\r\nhello",
        OK + b"Content-Length:\r\n\r\nhello",
        OK + b"Transfer-Encoding: gzip, chunked\r\n\r\n",
        CHUNKED + b"xyz\r\n",
        CHUNKED + b"-1\r\n",
        CHUNKED + b"2\r\nhello\r\n",
        CHUNKED + b"ffffffffffffffffffff\r\n",
        OK + b"Content-Encoding: br\r\nContent-Length: 1\r\n\r\nx",
        OK + b"Content-Encoding: gzip\r\nContent-Length: 5\r\n\r\nhello",
    ],
)
def test_what_breaks_the_rules_is_a_protocol_failure(garbage: bytes) -> None:
    """Garbage, and answers whose length could be understood in two ways, are refused."""
    with pytest.raises(ProbeFailure) as caught:
        read(garbage, end=False)
    assert caught.value.reason is Reason.PROTOCOL
    assert caught.value.detail.isprintable()


@settings(deadline=None)
@given(st.binary(max_size=200))
def test_any_bytes_end_in_an_answer_or_a_failure(garbage: bytes) -> None:
    """No bytes make the reader fail in any other way, alone or after a good beginning."""
    for beginning in (b"", b"HTTP/1.1 200 OK", OK, CHUNKED):
        with suppress(ProbeFailure):
            read(beginning + garbage)


@pytest.mark.parametrize(
    ("first", "piece"),
    [
        (OK, b"A: b\r\n"),
        (b"", b"HTTP/1.1 100 Continue\r\n\r\n"),
        (OK + b"A: ", b"x" * 100),
        (CHUNKED, b"1;" + b"x" * 50 + b"\r\ny\r\n"),
        (CHUNKED + b"0\r\n", b"Trailer: x\r\n"),
        (CHUNKED + b"1;", b"x" * 100),
    ],
    ids=["fields", "interim-answers", "one-field", "chunk-extensions", "trailers", "one-extension"],
)
def test_framing_without_end_is_cut_by_its_length(first: bytes, piece: bytes) -> None:
    """Whatever is not body is bounded in bytes, wherever it is sent for ever."""
    answer = Answer(lambda coding: None, lambda piece: True)
    answer.feed(first)

    def flood() -> None:
        for _ in range(5 * MOST_HEAD // len(piece)):
            answer.feed(piece)

    with pytest.raises(ProbeFailure) as caught:
        flood()
    assert caught.value.reason is Reason.OVERSIZE


def test_body_beyond_the_limit_is_cut() -> None:
    """Reading stops at the limit: the answer is done, and says that it was cut."""
    answer, body = read(OK + b"Content-Length: 5000\r\n\r\n", b"x" * 800, b"x" * 800, end=False)
    assert answer.done
    assert answer.cut
    assert len(body) == LIMIT


def test_answer_to_head_has_no_body() -> None:
    """The length in an answer to HEAD is that of the body which is not sent."""
    answer, body = read(OK + b"Content-Length: 5000\r\n\r\n", end=False, head_only=True)
    assert answer.done
    assert body == b""


@pytest.mark.parametrize(("coding", "bits"), [(b"gzip", 31), (b"GZIP", 31), (b"deflate", 15)])
def test_compressed_body_is_read_though_not_asked_for(coding: bytes, bits: int) -> None:
    """Some servers compress whatever is asked: the text in it is found all the same."""
    packer = zlib.compressobj(9, zlib.DEFLATED, bits)
    packed = packer.compress(b"hello" * 100) + packer.flush()
    head = OK + b"Content-Encoding: " + coding + b"\r\nContent-Length: %d\r\n\r\n" % len(packed)
    _, body = read(head + packed[:7], packed[7:])
    assert body == b"hello" * 100


def test_compressed_bomb_goes_off_within_the_limit() -> None:
    """Of a body that would grow a thousandfold, no more than the limit is ever made."""
    bomb = gzip_bomb(64 << 20)
    answer, body = read(OK + b"Content-Encoding: gzip\r\n\r\n" + bomb, end=False)
    assert answer.cut
    assert len(body) == LIMIT
