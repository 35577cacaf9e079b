"""DNS messages: read exactly as a full implementation reads them, within bounds whatever they hold."""

from __future__ import annotations

import struct
from itertools import pairwise
from time import process_time

import dns.message
import dns.name
import dns.rdatatype
import dns.rrset
import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from support.dns_servers import reply

from ictss_monitor.probe import ProbeFailure, Reason
from probes._dns_wire import MOST_RECORDS, Question, is_ours, read

ASKED = Question(b"\3www\7example\0", 1)
QUERY = ASKED.packet(77)
GOOD = reply(QUERY, "www.example. 60 IN CNAME web.example.", "web.example. 30 IN A 192.0.2.1")


def message(answers: int, body: bytes, flags: int = 0x8180) -> bytes:
    """Return a reply to the question with `answers` announced and `body` in their place."""
    return struct.pack("!6H", 77, flags, 1, answers, 0, 0) + QUERY[12:] + body


def record(owner: bytes, kind: int, data: bytes, ttl: int = 60, length: int | None = None) -> bytes:
    """Return one record of the class IN."""
    return owner + struct.pack("!HHIH", kind, 1, ttl, len(data) if length is None else length) + data


def test_query_is_what_a_full_implementation_would_send() -> None:
    """The packet is byte for byte that of dnspython, with and without recursion."""
    theirs = dns.message.make_query("www.example.", "A", use_edns=False, id=77)
    assert theirs.to_wire() == QUERY
    theirs.flags = 0
    assert Question(ASKED.name, 1, recursion=False).packet(77) == theirs.to_wire()


def test_aliases_are_followed_and_the_least_time_to_live_is_kept() -> None:
    """The answers are those at the end of the aliases, for as long as the shortest-lived of them all."""
    got = read(GOOD, ASKED)
    assert ([answer.key for answer in got.answers], got.ttl, got.rcode) == ([bytes((192, 0, 2, 1))], 30, 0)


def test_records_of_other_names_and_types_are_no_answers() -> None:
    """What a server adds unasked is not counted."""
    added = reply(
        QUERY, "www.example. 60 IN TXT x", "other.example. 60 IN A 192.0.2.9", "www.example. 60 IN A 192.0.2.1"
    )
    assert [answer.key for answer in read(added, ASKED).answers] == [bytes((192, 0, 2, 1))]


def test_capitals_in_the_reply_make_no_difference() -> None:
    """Names are the same whatever the case of their letters."""
    shouted = GOOD.replace(b"\3www\7example", b"\3WwW\7ExAmPlE").replace(b"\3web", b"\3WEB")
    assert is_ours(shouted, 77, ASKED)
    assert read(shouted, ASKED) == read(GOOD, ASKED)


def test_time_to_live_beyond_the_largest_counts_as_none() -> None:
    """A time to live with its top bit set is zero (RFC 2181, 8)."""
    assert read(message(1, record(b"\xc0\x0c", 1, b"\1\2\3\4", ttl=2**31)), ASKED).ttl == 0


@pytest.mark.parametrize(
    ("wire", "ours"),
    [
        (GOOD, True),
        (b"", False),
        (GOOD[:11], False),
        (b"\0\0" + GOOD[2:], False),
        (QUERY, False),
        (reply(Question(b"\3www\5other\0", 1).packet(77)), False),
        (reply(Question(ASKED.name, 28).packet(77)), False),
        (GOOD[:20], True),
        (GOOD[:12] + b"\4ww", False),
        (struct.pack("!6H", 77, 0x8181, 0, 0, 0, 0), True),
        (struct.pack("!6H", 77, 0x8180, 0, 0, 0, 0), False),
        (struct.pack("!6H", 77, 0x8181, 2, 0, 0, 0) + QUERY[12:] * 2, False),
    ],
    ids=[
        "honest", "empty", "no header", "other id", "no reply", "other name", "other type", "cut off in the question",
        "cut off in another",
        "error without question", "success without question", "two questions",
    ],
)  # fmt: skip
def test_only_a_reply_to_our_question_is_ours(wire: bytes, ours: bool) -> None:
    """Id, name and type must be those asked for; an error may come without the question."""
    assert is_ours(wire, 77, ASKED) is ours


POINTER_TO_ITSELF = b"\xc0" + bytes((12 + len(QUERY[12:]),))
LOOPS = {
    "pointer to itself": message(1, record(POINTER_TO_ITSELF, 1, b"\1\2\3\4")),
    "pointer forward": message(1, record(b"\xc0\xff", 1, b"\1\2\3\4")),
    "pointer around a label": message(1, record(b"\1a" + POINTER_TO_ITSELF, 1, b"\1\2\3\4")),
    "label of unknown form": message(1, record(b"\x80a", 1, b"\1\2\3\4")),
    "name too long": message(1, record((b"\x3f" + b"a" * 63) * 4 + b"\0", 1, b"\1\2\3\4")),
    "alias to itself": message(1, record(b"\xc0\x0c", 5, b"\xc0\x0c")),
    "aliases in a circle": reply(
        QUERY, "www.example. 1 IN CNAME b.example.", "b.example. 1 IN CNAME www.example."
    ),
    "address too short": message(1, record(b"\xc0\x0c", 1, b"\1\2\3")),
    "data beyond the end": message(1, record(b"\xc0\x0c", 1, b"\1\2\3\4", length=400)),
    "more records announced": message(2, record(b"\xc0\x0c", 1, b"\1\2\3\4")),
    "junk at the end": GOOD + b"x",
    "alias longer than it says": message(1, record(b"\xc0\x0c", 5, b"\1a\0", length=2) + b""),
    "another kind of request": message(0, b"", flags=0xA180),
}  # fmt: skip


@pytest.mark.parametrize("wire", LOOPS.values(), ids=LOOPS.keys())
def test_broken_reply_is_a_failure_of_the_protocol(wire: bytes) -> None:
    """Loops, lies about lengths and junk are told as what they are."""
    with pytest.raises(ProbeFailure) as caught:
        read(wire, ASKED)
    assert caught.value.reason is Reason.PROTOCOL


@pytest.mark.parametrize("size", range(12, len(GOOD)))
def test_reply_cut_off_anywhere_is_a_failure_of_the_protocol(size: int) -> None:
    """No part of a reply passes for the whole."""
    with pytest.raises(ProbeFailure) as caught:
        read(GOOD[:size], ASKED)
    assert caught.value.reason is Reason.PROTOCOL


def test_too_many_records_are_not_read() -> None:
    """A reply with more records than we read is told by its header alone."""
    with pytest.raises(ProbeFailure) as caught:
        read(message(MOST_RECORDS + 1, b""), ASKED)
    assert caught.value.reason is Reason.OVERSIZE


def test_worst_reply_costs_little() -> None:
    """Names of 127 labels behind pointers in every record do not hold up the loop."""
    asked = Question(b"\1a" * 120 + b"\0", 15)
    packet = asked.packet(77)
    body = b"".join(
        record(b"\1" + bytes((n,)) + b"\xc0\x0e", 15, b"\0\1\1" + bytes((n,)) + b"\xc0\x0e")
        for n in range(MOST_RECORDS)
    )
    wire = struct.pack("!6H", 77, 0x8180, 1, MOST_RECORDS, 0, 0) + packet[12:] + body
    begun = process_time()
    for _ in range(10):
        read(wire, asked)
    assert (process_time() - begun) / 10 < 0.05, "a general parser takes more than 0.3 s"


labels = st.text("abcXYZ019-", min_size=1, max_size=8)
names = st.lists(labels, min_size=1, max_size=4).map(lambda parts: ".".join(parts) + ".")
data = {
    "A": st.ip_addresses(v=4).map(str),
    "AAAA": st.ip_addresses(v=6).map(str),
    "NS": names,
    "PTR": names,
    "MX": st.tuples(st.integers(0, 65535), names).map(lambda made: f"{made[0]} {made[1]}"),
    "SRV": st.tuples(st.integers(0, 65535), st.integers(0, 9), names).map(
        lambda made: f"1 {made[1]} {made[0]} {made[2]}"
    ),
    "SOA": st.tuples(names, names).map(lambda made: f"{made[0]} {made[1]} 1 2 3 4 5"),
    "TXT": st.lists(labels, min_size=1, max_size=3).map(lambda made: " ".join(f'"{text}"' for text in made)),
}


@given(st.data())
def test_answers_are_those_that_a_full_implementation_finds(drawn: st.DataObject) -> None:
    """Of any compressed message, the answers, their order aside, and the least time to live are dnspython's."""
    kind = drawn.draw(st.sampled_from(sorted(data)))
    chain = drawn.draw(st.lists(names, min_size=1, max_size=4, unique_by=str.lower))
    records = [f"{one} {drawn.draw(st.integers(0, 9))} IN CNAME {next_}" for one, next_ in pairwise(chain)]
    ttl = drawn.draw(st.integers(0, 9))
    several = st.lists(data[kind], max_size=1 if kind == "SOA" else 4, unique=True)
    records += [f"{chain[-1]} {ttl} IN {kind} {one}" for one in drawn.draw(several)]
    asked = Question(dns.name.from_text(chain[0]).canonicalize().to_wire() or b"", int(dns.rdatatype.from_text(kind)))
    wire = reply(asked.packet(5), *records)
    assert is_ours(wire, 5, asked)
    got = read(wire, asked)
    theirs = dns.message.from_wire(wire).resolve_chaining()
    expected = set() if theirs.answer is None else set(theirs.answer)
    if kind == "TXT":
        assert {answer.key for answer in got.answers} == {b"".join(one.strings) for one in expected}
    else:
        assert {answer.key for answer in got.answers} == {one.to_digestable(dns.name.root) for one in expected}
    assert got.ttl == (theirs.minimum_ttl if expected else None)


def reason_of(wire: bytes) -> Reason | None:
    """Return why `wire` cannot be read; None where it can."""
    try:
        read(wire, ASKED)
    except ProbeFailure as failure:
        return failure.reason
    return None


@given(st.binary(max_size=300), st.integers(0, 3), st.integers(0, 3), st.integers(0, 3))
@example(b"", 0, 0, 0)
def test_garbage_is_read_or_refused_and_never_anything_else(body: bytes, answers: int, others: int, more: int) -> None:
    """Whatever follows the question, there is a reply or a failure of the protocol."""
    wire = struct.pack("!6H", 77, 0x8180, 1, answers, others, more) + QUERY[12:] + body
    assert reason_of(wire) in (None, Reason.PROTOCOL)


@given(st.integers(12, len(GOOD) - 1), st.integers(0, 255))
def test_one_changed_octet_is_read_or_refused_and_never_anything_else(at: int, octet: int) -> None:
    """A reply damaged in one place never becomes another kind of error."""
    damaged = bytearray(GOOD)
    damaged[at] = octet
    assert reason_of(bytes(damaged)) in (None, Reason.PROTOCOL)
