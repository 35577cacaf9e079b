"""Messages of SNMP on the wire: ours against pysnmp's, and against anything."""

from __future__ import annotations

from contextlib import suppress
from time import perf_counter

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from pyasn1.codec.ber import decoder, encoder
from pysnmp.proto import api, rfc1902, rfc1905

from probes import _snmp_ber as ber
from probes._ber import Malformed, Reader, tlv
from probes._snmp_keys import Keys, keys_of
from probes._snmp_message import (
    GET,
    GET_BULK,
    MOST_BINDINGS,
    community_message,
    read_community_message,
    request,
)
from probes._snmp_options import Target, User
from probes._snmp_usm import Agent, message, read_message

V2C = api.PROTOCOL_MODULES[api.SNMP_VERSION_2C]

oids = st.builds(
    lambda first, second, rest: ".".join(map(str, (first, second, *rest))),
    st.integers(0, 2),
    st.integers(0, 39),
    st.lists(st.integers(0, 2**32 - 1), max_size=30),
)
values = st.one_of(
    st.integers(-(2**31), 2**31 - 1).map(rfc1902.Integer32),
    st.integers(0, 2**32 - 1).map(rfc1902.Counter32),
    st.integers(0, 2**32 - 1).map(rfc1902.Gauge32),
    st.integers(0, 2**32 - 1).map(rfc1902.TimeTicks),
    st.integers(0, 2**64 - 1).map(rfc1902.Counter64),
    st.binary(max_size=300).map(rfc1902.OctetString),
    oids.map(rfc1902.ObjectIdentifier),
    st.ip_addresses(v=4).map(lambda address: rfc1902.IpAddress(str(address))),
)


@given(number=st.integers(1, 2**31 - 1), names=st.lists(oids, max_size=30), repetitions=st.integers(0, 100))
def test_what_we_write_is_what_pysnmp_reads(number: int, names: list[str], repetitions: int) -> None:
    """Request, names and repetitions are the same to pysnmp, to the last octet."""
    wire = community_message("2c", b"a community", request(GET_BULK, number, names, repetitions))
    message, rest = decoder.decode(wire, asn1Spec=V2C.Message())
    pdu = V2C.apiMessage.get_pdu(message)
    assert not rest
    assert isinstance(pdu, rfc1905.GetBulkRequestPDU)
    assert bytes(V2C.apiMessage.get_community(message)) == b"a community"
    assert (int(pdu["request-id"]), int(pdu["max-repetitions"])) == (number, repetitions)
    assert [str(name) for name, _ in V2C.apiBulkPDU.get_varbinds(pdu)] == names
    assert encoder.encode(message) == wire


def told_by_pysnmp(number: int, bindings: list[tuple[str, object]]) -> bytes:
    """Return a response as pysnmp writes it."""
    pdu = V2C.GetResponsePDU()
    V2C.apiPDU.set_defaults(pdu)
    V2C.apiPDU.set_request_id(pdu, number)
    V2C.apiPDU.set_varbinds(pdu, bindings)
    message = V2C.Message()
    V2C.apiMessage.set_defaults(message)
    V2C.apiMessage.set_community(message, "public")
    V2C.apiMessage.set_pdu(message, pdu)
    return bytes(encoder.encode(message))


def plain(value: object) -> object:
    """Return pysnmp's value as ours."""
    if isinstance(value, rfc1902.ObjectIdentifier):
        return str(value)
    if isinstance(value, rfc1902.IpAddress):
        return value.prettyPrint()
    return bytes(value) if isinstance(value, rfc1902.OctetString) else int(value)  # type: ignore[call-overload]


@given(number=st.integers(-(2**31), 2**31 - 1), bindings=st.lists(st.tuples(oids, values), max_size=20))
def test_what_pysnmp_writes_is_what_we_read(number: int, bindings: list[tuple[str, object]]) -> None:
    """Names and values of every type are the same to us."""
    found = read_community_message(told_by_pysnmp(number, bindings))
    assert (found.number, found.status, found.index) == (number, 0, 0)
    ours = [(ber.oid_text(binding.name), binding.value) for binding in found.bindings]
    assert ours == [(name, plain(value)) for name, value in bindings]


def test_what_is_not_there_has_no_value() -> None:
    """NULL, noSuchObject, noSuchInstance and the end of the view are no values; only the last is an end."""
    missing = [V2C.Null(""), V2C.NoSuchObject(""), V2C.NoSuchInstance(""), V2C.EndOfMibView("")]
    found = read_community_message(told_by_pysnmp(1, [("1.3.6.1", value) for value in missing]))
    assert [(binding.value, binding.end) for binding in found.bindings] == [
        (None, False), (None, False), (None, False), (None, True),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("tag", "content", "value"),
    [
        (0x02, b"\xff", -1),
        (0x02, b"", None),
        (0x41, b"\xff\xff\xff\xff", 4294967295),
        (0x43, b"\x00\xff\xff\xff\xff", 4294967295),
        (0x46, b"\x00" + b"\xff" * 8, 2**64 - 1),
        (0x44, b"\x9f\x78\x04\x42\x28\x00\x00", 42.0),
        (0x44, b"\x9f\x79\x08\x40\x45\x00\x00\x00\x00\x00\x00", 42.0),
        (0x44, b"\x9f\x78\x04\x7f\xc0\x00\x00", None),
        (0x44, b"\x9f\x78\x04\x42", b"\x9f\x78\x04\x42"),
        (0x44, b"what else", b"what else"),
        (0x40, b"\x0a\x00\x00\x01", "10.0.0.1"),
        (0x40, b"\x0a", None),
        (0x06, b"\x88\x37\x03", "2.999.3"),
        (0x06, b"", None),
        (0x30, b"whatever", None),
    ],
)
def test_values_of_agents_that_bend_the_rules_are_read(tag: int, content: bytes, value: object) -> None:
    """Counters without a leading zero are large, an empty number and a NaN are none, floats in Opaques are floats."""
    assert ber.value(tag, content) == value


@pytest.mark.parametrize(
    "wire",
    [
        b"",
        b"0",
        b"\x30\x80\x02\x01\x01\x00\x00",  # no definite length
        b"\x30\x84\xff\xff\xff\xff",  # longer than there is
        b"\x30\x85\x00\x00\x00\x00\x01\x02",  # a length of five octets
        b"\x30\x82" * 4000,  # elements in elements
        tlv(0x30, b"\x02\x0a" + bytes(10)),  # a number of ten octets
        community_message("2c", b"x", request(GET, 1, ["1.3"]))[:-1],
        community_message("2c", b"x", tlv(0xA7, b"\x02\x01\x01" * 3, tlv(0x30))),  # a trap
        community_message(
            "2c", b"x", tlv(0xA2, b"\x02\x01\x01" * 3, tlv(0x30, tlv(0x30, tlv(0x06, b"+"), b"\x02\x09")))
        ),
    ],
)
def test_what_breaks_the_rules_is_malformed(wire: bytes) -> None:
    """Cut off, nested, endless and foreign encodings are one kind of error."""
    with pytest.raises(Malformed):
        read_community_message(wire)
    with pytest.raises(Malformed):
        read_message(wire)


@pytest.mark.parametrize("content", [b"\x2b\x86", b"\x2b\x9f\xff\xff\xff\xff\x7f", b"\x2b" * 400, b""])
def test_names_that_cannot_be_are_malformed(content: bytes) -> None:
    """Cut off, with a part beyond 32 bits, or too long."""
    with pytest.raises(Malformed):
        ber.oid_text(content)


ENGINE = b"\x80\x00\x1f\x88\x04engine"
KEYS = keys_of(User("monitor", "sha256", b"a-password", "aes128", b"another-one"), ENGINE)
HONEST = (
    told_by_pysnmp(7, [(f"1.3.6.1.2.1.1.{n}.0", value) for n, value in enumerate(
        (rfc1902.TimeTicks(5), rfc1902.OctetString("text"), rfc1902.ObjectIdentifier("1.3.6.1.4.1.318"),
         rfc1902.IpAddress("10.0.0.1"), rfc1902.Counter64(2**64 - 1), V2C.NoSuchObject(""), V2C.EndOfMibView(""))
    )]),
    message(Agent(ENGINE, 1, 2, 0.0, KEYS), 7, request(0xA2, 7, ["1.3.6.1.2.1.1.3.0"]), 0.0),
    message(
        Agent(ENGINE, 1, 2, 0.0, Keys(User("x", "none", b"", "none", b""), b"", b"")), 7, request(0xA8, 7, ["1.3"]), 0.0
    ),
)  # fmt: skip


def read_all(wire: bytes) -> None:
    """Read `wire` by every reader of ours. This is what `make fuzz` runs; nothing but Malformed may come out."""
    with suppress(Malformed):
        for binding in read_community_message(wire).bindings:
            ber.oid_text(binding.name)
    with suppress(Malformed):
        came = read_message(wire)
        KEYS.is_signed(wire, *came.signature)
        for binding in came.pdu(KEYS).bindings:
            ber.oid_text(binding.name)


elements = st.recursive(
    st.builds(tlv, st.integers(0, 255), st.binary(max_size=12)),
    lambda inner: st.builds(lambda tag, parts: tlv(tag, *parts), st.integers(0, 255), st.lists(inner, max_size=6)),
    max_leaves=20,
)
spoilt = st.builds(
    lambda wire, at, octets, end: (wire[: at % len(wire)] + octets + wire[at % len(wire) + len(octets) :])[:end],
    st.sampled_from(HONEST),
    st.integers(0, 400),
    st.binary(min_size=1, max_size=3),
    st.one_of(st.none(), st.integers(0, 400)),
)


@given(wire=st.one_of(st.binary(max_size=200), elements, spoilt))
@example(wire=tlv(0x30, b"\x02\x01\x03", tlv(0x30, b"\x02\x01\x01", b"\x02\x01\x01", b"\x04\x01\x00", b"\x02\x01\x03")))
@example(wire=HONEST[0])
@example(wire=HONEST[1])
def test_whatever_comes_is_read_or_malformed(wire: bytes) -> None:
    """No octets that an agent could send make anything else happen."""
    read_all(wire)


def test_reading_the_worst_answer_is_quick() -> None:
    """16 KiB of the smallest objects there can be are refused by their number, those allowed are read at once."""
    smallest = tlv(0x30, tlv(0x06, b"+"), b"\x05\x00")
    most = community_message("2c", b"", tlv(0xA2, b"\x02\x01\x01" * 3, tlv(0x30, smallest * MOST_BINDINGS)))
    begun = perf_counter()
    assert len(read_community_message(most).bindings) == MOST_BINDINGS
    with pytest.raises(Malformed, match="more than 512 objects"):
        read_community_message(community_message("2c", b"", tlv(0xA2, b"\x02\x01\x01" * 3, tlv(0x30, smallest * 2000))))
    assert perf_counter() - begun < 0.5


def test_elements_are_read_within_what_they_are_in() -> None:
    """An element cannot reach behind the end of the one around it."""
    inner = Reader(tlv(0x30, b"\x04\x05ab") + b"cde").enter(0x30)
    with pytest.raises(Malformed):
        inner.content(0x04)


def test_secrets_do_not_print() -> None:
    """Neither community nor passwords are in what a target prints."""
    user = User("monitor", "sha", b"first-secret", "aes128", b"second-secret")
    told = repr(Target("host", 161, "3", b"third-secret", user, 1.0, 3))
    assert "monitor" in told
    assert "secret" not in told
