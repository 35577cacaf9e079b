"""The bytes of ICMP echo: what we write and read, against icmplib's packet code and against garbage."""

from __future__ import annotations

import socket
import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st
from icmplib.sockets import ICMPv4Socket, ICMPv6Socket

from probes._icmp_packet import IPV4, IPV6, Dialect, EchoRequest, checksum_holds, read_error

WORD = st.integers(0, 0xFFFF)
COOKIE = st.integers(0, 2**64 - 1)


def icmplib_socket(kind: type[ICMPv4Socket] | type[ICMPv6Socket]) -> ICMPv4Socket | ICMPv6Socket:
    """Return icmplib's packet code without its socket."""
    made = object.__new__(kind)
    made._sock, made._privileged = None, False
    return made


@given(identifier=WORD, sequence=WORD, cookie=COOKIE, payload=st.integers(8, 1400))
def test_a_request_is_the_one_icmplib_writes(identifier: int, sequence: int, cookie: int, payload: int) -> None:
    """Byte for byte, checksum included, a request is what an independent implementation makes of the same payload."""
    message = EchoRequest(IPV4, identifier, payload).message(sequence, cookie)
    theirs = icmplib_socket(ICMPv4Socket)._create_packet(identifier, sequence, message[8:])
    assert len(message) == 8 + payload
    assert message[8:16] == cookie.to_bytes(8, "big")
    # icmplib's sum of all zeros aside, RFC 1071 knows two zeros, and a receiver takes either.
    assert message == theirs or (message[2:4], theirs[2:4]) in ((b"\0\0", b"\xff\xff"), (b"\xff\xff", b"\0\0"))


@pytest.mark.parametrize(("dialect", "kind"), [(IPV4, ICMPv4Socket), (IPV6, ICMPv6Socket)])
def test_icmplib_reads_an_answer_to_our_request(
    dialect: Dialect, kind: type[ICMPv4Socket] | type[ICMPv6Socket]
) -> None:
    """What a host sends back is to icmplib a reply with our identifier and sequence number."""
    message = EchoRequest(dialect, 0xBEEF, 56).message(0x1234, 7)
    reply = icmplib_socket(kind)._parse_reply(bytes((dialect.reply,)) + message[1:], "192.0.2.1", 0.0)
    assert (reply.type, reply.id, reply.sequence, reply.bytes_received) == (dialect.reply, 0xBEEF, 0x1234, 64)


@given(st.binary(max_size=200))
def test_a_checksum_holds_exactly_where_the_words_add_up(data: bytes) -> None:
    """The one-line checksum says what RFC 1071's loop over 16-bit words says, of even and odd lengths."""
    total = 0
    for index in range(0, len(data), 2):
        total += int.from_bytes(data[index : index + 2].ljust(2, b"\0"), "big")
        total = (total & 0xFFFF) + (total >> 16)
    assert checksum_holds(data) == (total in (0, 0xFFFF))


@given(sequence=WORD, cookie=COOKIE, payload=st.integers(8, 1400), place=st.integers(0, 63), bit=st.integers(0, 7))
def test_one_turned_bit_breaks_the_checksum(sequence: int, cookie: int, payload: int, place: int, bit: int) -> None:
    """A request's checksum holds, and no longer does when any one bit of it is another."""
    message = bytearray(EchoRequest(IPV4, 4711, payload).message(sequence, cookie))
    assert checksum_holds(bytes(message))
    message[place % len(message)] ^= 1 << bit
    assert not checksum_holds(bytes(message))


def quoted(dialect: Dialect, request: bytes, kind: int, code: int, options: int = 0) -> bytes:
    """Return the error message that quotes `request`, sent to a documentation address."""
    if dialect is IPV4:
        start = bytes([0x45 + options, 0]) + bytes(7) + bytes([1, 0, 0]) + bytes(4) + socket.inet_aton("192.0.2.9")
        start += bytes(4 * options)
    else:
        address = socket.inet_pton(socket.AF_INET6, "2001:db8::9")
        start = bytes([0x60]) + bytes(5) + bytes([58, 64]) + bytes(16) + address
    return struct.pack("!BBHI", kind, code, 0, 0) + start + request


@pytest.mark.parametrize(
    ("dialect", "kind", "code", "destination", "complaint"),
    [
        (IPV4, 3, 1, "192.0.2.9", "host unreachable"),
        (IPV4, 3, 13, "192.0.2.9", "communication prohibited"),
        (IPV4, 11, 0, "192.0.2.9", "time to live exceeded in transit"),
        (IPV6, 1, 0, "2001:db8::9", "no route to destination"),
        (IPV6, 1, 3, "2001:db8::9", "address unreachable"),
        (IPV6, 3, 0, "2001:db8::9", "hop limit exceeded in transit"),
    ],
)
def test_an_error_tells_which_request_it_quotes(
    dialect: Dialect, kind: int, code: int, destination: str, complaint: str
) -> None:
    """A router's message names the destination, identifier, sequence, and the cookie where the quote reaches so far."""
    request = EchoRequest(dialect, 0xBEEF, 56).message(99, 2**63 + 5)
    whole = read_error(dialect, quoted(dialect, request, kind, code))
    short = read_error(dialect, quoted(dialect, request[:8], kind, code))
    assert whole is not None
    assert short is not None
    assert (whole.destination, whole.identifier, whole.sequence) == (destination, 0xBEEF, 99)
    assert (whole.cookie, short.cookie) == (2**63 + 5, None)
    assert (whole.complaint, short.sequence) == (complaint, 99)


def test_an_error_may_quote_ip_options() -> None:
    """The quoted IP header may be longer than 20 bytes."""
    request = EchoRequest(IPV4, 1, 8).message(2, 3)
    told = read_error(IPV4, quoted(IPV4, request, 3, 0, options=3))
    assert told is not None
    assert (told.sequence, told.cookie) == (2, 3)


@pytest.mark.parametrize(
    ("kind", "code", "request_bytes"),
    [
        (3, 4, EchoRequest(IPV4, 1, 8).message(1, 1)),  # fragmentation needed: the kernel sees to it
        (5, 0, EchoRequest(IPV4, 1, 8).message(1, 1)),  # a redirect
        (3, 1, b"\0" + EchoRequest(IPV4, 1, 8).message(1, 1)[1:]),  # quotes a reply, not a request
        (3, 1, EchoRequest(IPV4, 1, 8).message(1, 1)[:7]),  # cut short
    ],
)
def test_an_error_about_something_else_is_none_of_ours(kind: int, code: int, request_bytes: bytes) -> None:
    """Messages that do not say that an echo request of ours cannot arrive are passed over."""
    assert read_error(IPV4, quoted(IPV4, request_bytes, kind, code)) is None


@given(st.sampled_from([IPV4, IPV6]), st.sampled_from([1, 3, 11]), st.integers(0, 3), st.binary(min_size=14))
def test_garbage_in_an_error_is_survived(dialect: Dialect, kind: int, code: int, rest: bytes) -> None:
    """Whatever follows the type and code of an error message, reading it does not fail."""
    told = read_error(dialect, bytes((kind, code)) + rest)
    assert told is None or told.complaint


@given(st.integers(0, 100), st.sampled_from([IPV4, IPV6]))
def test_a_quote_cut_anywhere_is_survived(length: int, dialect: Dialect) -> None:
    """An error cut off after any number of bytes is either read rightly or passed over."""
    message = quoted(dialect, EchoRequest(dialect, 7, 56).message(8, 9), 3 if dialect is IPV4 else 1, 1)
    told = read_error(dialect, message[: 16 + length])
    if told is not None:
        assert (told.identifier, told.sequence, told.cookie in (None, 9)) == (7, 8, True)
