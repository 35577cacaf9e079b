"""DHCP messages: what we send is what the RFCs say, and what comes is read within bounds whatever it holds."""

from __future__ import annotations

import struct
from ipaddress import IPv4Address

import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.dhcp_messages import answer, options

from probes._dhcp_wire import Discover, MalformedError, checksum, disclosed, enclosed, read, transaction_of

CLIENT = bytes.fromhex("020102030405")
ASKED = Discover(0xA1B2C3D4, CLIENT, parameters=bytes((1, 3)))
PACKET = ASKED.packet()
SAID = {53: b"\2", 54: bytes((192, 0, 2, 1))}


def test_discover_is_laid_out_as_the_rfc_draws_it() -> None:
    """A client's DISCOVER: its transaction and hardware address, broadcast asked for, padded to 300 octets."""
    assert len(PACKET) == 300
    assert PACKET[:12] == bytes.fromhex("01010600 a1b2c3d4 0000 8000")
    assert PACKET[12:28] == bytes(16)
    assert PACKET[28:44] == CLIENT + bytes(10)
    assert PACKET[236:].rstrip(b"\0") == bytes.fromhex("63825363 350101 390205c0 37020103 ff")


def test_relayed_discover_names_the_relay_and_the_network() -> None:
    """As from a relay it has one hop, giaddr, and the link selection of RFC 3527; later ones tell the seconds."""
    asked = Discover(1, CLIENT, IPv4Address("192.0.2.9"), IPv4Address("198.51.100.0"))
    assert asked.packet(seconds=7)[3:12] == bytes.fromhex("01 00000001 0007 8000")
    assert asked.packet()[24:28] == bytes((192, 0, 2, 9))
    assert bytes.fromhex("5206 0504 c6336400") in asked.packet()[240:]


def test_offer_is_read() -> None:
    """Server, address and options come out, split options joined (RFC 3396)."""
    offer = read(answer(PACKET, raw=options(SAID | {6: b"\1\2"}, end=False) + b"\0\0" + options({6: b"\3\4"})), CLIENT)
    assert offer is not None
    assert (str(offer.server), str(offer.address)) == ("192.0.2.1", "192.0.2.100")
    assert offer.options[6] == b"\1\2\3\4"


@pytest.mark.parametrize(("flag", "seen"), [(1, {66}), (2, {67}), (3, {66, 67})])
def test_lent_fields_are_read_where_the_overload_option_says_so(flag: int, seen: set[int]) -> None:
    """Options may continue in the file field (1), the server name field (2) or both (3), and only then."""
    message = answer(PACKET, more={52: bytes((flag,))}, file=options({66: b"f"}), sname=options({67: b"s"}))
    offer = read(message, CLIENT)
    assert offer is not None
    assert {66, 67} & offer.options.keys() == seen


def test_overload_in_a_lent_field_lends_nothing_more() -> None:
    """An option 52 in the file field leads nowhere, so that no message can send the reader round in circles."""
    message = answer(PACKET, more={52: b"\1"}, file=options({52: b"\2"}), sname=options({67: b"s"}))
    offer = read(message, CLIENT)
    assert offer is not None
    assert 67 not in offer.options


@pytest.mark.parametrize(
    ("message", "says"),
    [
        (answer(PACKET, server=None), "without the server's identifier"),
        (answer(PACKET, address="0.0.0.0"), "without an address"),
        (answer(PACKET, cookie=b"abcd"), "BOOTP"),
        (answer(PACKET, raw=b"\xff"), "without a message type"),
        (answer(PACKET, raw=options({53: b"\2\2"})), "without a message type"),
        (answer(PACKET, raw=options(SAID, end=False) + b"\x03\x08\1\2"), "option 3 is cut off"),
        (answer(PACKET, raw=options(SAID, end=False) + b"\x03"), "option 3 is cut off"),
        (answer(PACKET, more={52: b"\4"}), "overload"),
        (answer(PACKET, more={52: b"\1"}, file=b"\x42\xff"), "option 66 is cut off"),
        (answer(PACKET)[:1] + b"\6" + answer(PACKET)[2:], "hardware type 6"),
    ],
)
def test_offer_that_breaks_the_rules_says_how(message: bytes, says: str) -> None:
    """What claims to be for us and cannot be understood is told apart from silence."""
    with pytest.raises(MalformedError, match=says):
        read(message, CLIENT)


@pytest.mark.parametrize("message", [b"", PACKET, answer(PACKET, kind=6), answer(PACKET)[:200]])
def test_what_is_no_offer_is_passed_over(message: bytes) -> None:
    """Nothing, another client's question, a NAK and a stump are no offers, and no breach of rules."""
    assert read(message, CLIENT) is None


def test_answer_to_another_client_is_passed_over() -> None:
    """The hardware address must be ours, whatever the transaction."""
    assert read(answer(PACKET), b"\2\0\0\0\0\0") is None


@given(st.binary(max_size=600))
def test_any_octets_are_an_offer_or_nothing_or_malformed(noise: bytes) -> None:
    """No message makes the readers fail in any other way, whether it is noise all through or in its options only."""
    disclosed(noise)
    for message in (noise, answer(PACKET, raw=noise), answer(PACKET, raw=options(SAID, end=False) + noise)):
        transaction_of(message)
        try:
            offer = read(message, CLIENT)
        except MalformedError:
            continue
        assert offer is None or sum(map(len, offer.options.values())) <= len(message)


@given(
    st.dictionaries(
        st.integers(1, 254).filter(lambda code: code not in (52, 53, 54)), st.binary(max_size=40), max_size=12
    )
)
def test_options_come_out_as_they_went_in(held: dict[int, bytes]) -> None:
    """Whatever a server says within the rules is what is read."""
    offer = read(answer(PACKET, raw=options(SAID | held)), CLIENT)
    assert offer is not None
    assert offer.options == SAID | held


@given(st.binary(max_size=1400))
def test_packet_is_closed_and_opened_again(message: bytes) -> None:
    """The headers carry right checksums, and what they enclose comes out where the ports are a server's answer."""
    packet = enclosed(message)
    assert checksum(packet[:20]) == 0
    length = struct.pack("!BBH", 0, 17, 8 + len(message))
    assert checksum(packet[12:20] + length + packet[20:]) == 0
    assert disclosed(packet) is None, "what we sent ourselves is no answer"
    back = packet[:20] + struct.pack("!HH", 67, 68) + packet[24:]
    assert disclosed(back) == message
    assert disclosed(back + b"padding of a short frame") == message
    assert disclosed(back[:-1]) is None
