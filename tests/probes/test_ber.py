"""Elements of BER: what an independent implementation writes is read; of the rest comes Malformed, nothing else."""

from __future__ import annotations

from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pyasn1.codec.ber import decoder, encoder
from pyasn1.type import univ

from probes._ber import INTEGER, OCTETS, SEQUENCE, Malformed, Reader, first_size, integer, tlv

TREES = st.recursive(
    st.integers(1 - 2**63, 2**63 - 1) | st.binary(max_size=300),
    lambda inner: st.lists(inner, min_size=1, max_size=5),
    max_leaves=20,
)
"""Whole numbers, strings, and lists of these; pyasn1 cannot read an empty sequence whose schema it is not told."""


def theirs(tree: object) -> univ.Any:
    """Return `tree` as an object of pyasn1."""
    if isinstance(tree, int):
        return univ.Integer(tree)
    if isinstance(tree, bytes):
        return univ.OctetString(tree)
    assert isinstance(tree, list)
    sequence = univ.Sequence()
    for place, part in enumerate(tree):
        sequence.setComponentByPosition(place, theirs(part), verifyConstraints=False)
    return sequence


def back(read: univ.Any) -> object:
    """Return as a tree what pyasn1 has read."""
    if isinstance(read, univ.Integer):
        return int(read)
    if isinstance(read, univ.OctetString):
        return bytes(read)
    return [back(read.getComponentByPosition(place)) for place in range(len(read))]


def ours(tree: object) -> bytes:
    """Return `tree` as we write it."""
    if isinstance(tree, int):
        return integer(tree)
    if isinstance(tree, bytes):
        return tlv(OCTETS, tree)
    assert isinstance(tree, list)
    return tlv(SEQUENCE, *map(ours, tree))


def told(reader: Reader) -> list[object]:
    """Return everything that `reader` reads."""
    found: list[object] = []
    while reader.at < reader.end:
        tag = reader.wire[reader.at]
        if tag == INTEGER:
            found.append(reader.number())
        elif tag == OCTETS:
            found.append(reader.content(OCTETS))
        else:
            found.append(told(reader.enter(SEQUENCE)))
    return found


@given(TREES)
def test_elements_are_those_of_an_independent_implementation(tree: object) -> None:
    """We read what pyasn1 writes and what we write; pyasn1 reads what we write."""
    wire = ours(tree)
    assert told(Reader(encoder.encode(theirs(tree)))) == [tree]
    assert told(Reader(wire)) == [tree]
    read, rest = decoder.decode(wire)
    assert (back(read), rest) == (tree, b"")
    assert first_size(wire + b"more") == len(wire)


@given(TREES, st.integers(0, 40))
def test_size_is_known_as_soon_as_it_can_be_and_never_wrongly(tree: object, cut: int) -> None:
    """From a beginning, the size is either not known yet or the true one."""
    wire = ours(tree)
    assert first_size(wire[:cut]) in (None, len(wire))


@given(st.binary(max_size=200))
def test_garbage_is_read_or_malformed_and_never_anything_else(garbage: bytes) -> None:
    """Whatever comes is a list of elements or Malformed, by every way of reading."""
    ways = (lambda r: r.element(), lambda r: r.enter(SEQUENCE), lambda r: r.content(OCTETS), lambda r: r.number(), told)
    for way in ways:
        try:
            way(Reader(garbage))
        except Malformed:
            continue
    with suppress(Malformed):
        first_size(garbage)


@pytest.mark.parametrize(
    "wire",
    [
        b"",
        b"\x30",
        b"\x30\x80\x00\x00",
        b"\x30\x05\x02\x01\x01",
        b"\x30\x84\xff\xff\xff\xff",
        b"\x30\x85\x01\x00\x00\x00\x00",
        b"\x30\x82\x00",
    ],
    ids=["nothing", "cut", "indefinite", "too-long", "huge", "length-of-five", "length-cut"],
)
def test_what_is_not_whole_and_definite_is_malformed(wire: bytes) -> None:
    """Indefinite lengths, lengths beyond what is there, and ends in the midst."""
    with pytest.raises(Malformed):
        Reader(wire).element()
