"""LDAP: a directory is judged by its root DSE and its result codes; whatever else it says ends in the right reason."""

from __future__ import annotations

import asyncio
import gc
import tracemalloc
from pathlib import Path
from time import perf_counter
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pyasn1.type import univ
from pydantic import ValidationError
from support.certificates import Authority
from support.ldap_servers import (
    BIND,
    DONE,
    EXTENDED,
    NOTICE,
    REFERENCE,
    SEARCH,
    after_search,
    directory,
    entry,
    message,
    result,
    sequence,
)
from support.running import LoopFactory, both_loops, found_by
from support.servers import Talk, ends, mute, refusing, says, serving

from ictss_monitor.probe import Finding, Outcome, Reason
from probes._ber import Malformed, Reader
from probes._ldap_conversation import MOST_MESSAGES
from probes._ldap_message import read_entry, read_message, read_result
from probes.ldap import LdapOptions, LdapProbe

HOST = "127.0.0.1"
SHORT, LONG = 0.3, 5.0
"""Seconds that a probe has where it must use them up, and where it must not."""
MOST_MEMORY = 5 << 20
UNBIND = 2
BOUND = {"bind_dn": "cn=watch", "password": "a-5ecret", "bind_in_clear": True}


def ask(port: int, loop: LoopFactory = asyncio.new_event_loop, limit: float = LONG, **told: Any) -> Finding:
    """Probe `port` of this machine."""
    return found_by(LdapProbe, loop, limit, address=f"{HOST}:{port}", **told)


@both_loops
def test_root_dse_is_up_with_times_and_contexts(loop: LoopFactory) -> None:
    """Connecting and searching are timed; the contexts are counted and told; goodbye is said."""
    heard: list[int] = []
    with serving(directory(heard=heard)) as port:
        finding = ask(port, loop)
    assert (finding.outcome, finding.detail) == (Outcome.UP, "dc=council,dc=example")
    assert finding.measurements["naming_contexts"] == 1
    assert 0 < finding.measurements["search_seconds"] < LONG
    assert finding.measurements["connect_seconds"] > 0
    assert heard == [SEARCH, UNBIND]


def test_bind_comes_first_and_is_timed() -> None:
    """With a name and a password, we are bound before we search."""
    heard: list[int] = []
    with serving(directory(heard=heard)) as port:
        finding = ask(port, **BOUND)
    assert finding.outcome is Outcome.UP
    assert finding.measurements["bind_seconds"] > 0
    assert heard == [BIND, SEARCH, UNBIND]


@pytest.mark.parametrize(
    ("code", "words"),
    [
        (51, "busy (51)"),
        (52, "unavailable (52)"),
        (49, "invalidCredentials (49)"),
        (80, "other (80)"),
        (4096, "(4096)"),
    ],
)
@pytest.mark.parametrize("operation", ["bind", "done"])
def test_result_that_is_no_success_is_the_directorys_status(operation: str, code: int, words: str) -> None:
    """Of a bind or a search alike: down by status, with the code's name; goodbye is said even so."""
    heard: list[int] = []
    with serving(directory(heard=heard, **{operation: code})) as port:
        finding = ask(port, **BOUND)
    assert (finding.outcome, finding.reason) == (Outcome.DOWN, Reason.STATUS)
    assert words in finding.detail
    assert heard[-1] == UNBIND


@pytest.mark.parametrize(
    ("told", "words"),
    [
        ({"expect_naming_context": ("dc=council,dc=example", "DC = Council , DC=Example")}, ""),
        ({"expect_naming_context": ("dc=example",)}, "dc=example is not among the naming contexts"),
        ({"expect_attributes": {"SupportedLdapVersion": "3", "namingcontexts": None}}, ""),
        ({"expect_attributes": {"supportedLDAPVersion": "4"}}, "supportedLDAPVersion is 2; 3 where 4 was expected"),
        ({"expect_attributes": {"isSynchronized": "TRUE"}}, "the root DSE has no isSynchronized"),
    ],
)
def test_expectations_of_the_root_dse_are_held_to(told: dict[str, Any], words: str) -> None:
    """Names and values are compared without case, names of contexts without spaces too."""
    with serving(directory()) as port:
        finding = ask(port, **told)
    assert finding.reason is (Reason.MISMATCH if words else Reason.OK)
    assert words in finding.detail


def test_directory_that_shows_nothing_is_a_mismatch() -> None:
    """A search that succeeds without an entry shows that we may not see the root DSE, or that there is none."""
    with serving(directory(root=None)) as port:
        assert ask(port).reason is Reason.MISMATCH


@both_loops
def test_start_tls_goes_on_in_tls(loop: LoopFactory, tmp_path: Path) -> None:
    """What follows StartTLS is encrypted, the certificate verified and its days left measured."""
    authority = Authority(tmp_path)
    told = {"transport": "starttls", "ca_file": str(authority.ca_file)}
    heard: list[int] = []
    with serving(directory(tls=authority.server(HOST, days=42), heard=heard)) as port:
        good = ask(port, loop, **told, bind_dn="cn=watch", password="a-5ecret")
    assert good.outcome is Outcome.UP
    assert good.measurements["certificate_days"] == pytest.approx(42, abs=0.1)
    assert heard == [EXTENDED, BIND, SEARCH, UNBIND]
    with serving(directory(tls=authority.server(HOST, days=-1, begins=-9))) as port:
        expired = ask(port, loop, **told)
    assert expired.reason is Reason.CERTIFICATE
    assert expired.measurements["certificate_days"] == pytest.approx(-1, abs=0.1)


@pytest.mark.parametrize(("code", "reason"), [(2, Reason.TLS), (51, Reason.STATUS), (52, Reason.STATUS)])
def test_start_tls_that_is_refused_sends_no_password(code: int, reason: Reason) -> None:
    """Nothing follows in clear text where TLS was asked for."""
    heard: list[int] = []
    with serving(directory(start_tls=code, heard=heard)) as port:
        finding = ask(port, transport="starttls", bind_dn="cn=watch", password="a-5ecret")
    assert (finding.outcome, finding.reason) == (Outcome.DOWN, reason)
    assert heard == [EXTENDED]


def test_clear_text_after_start_tls_is_not_believed() -> None:
    """What somebody slipped in before TLS began is not taken for the directory's."""
    forged = after_search(lambda number: message(number, result(EXTENDED + 1)) + message(2, result(BIND + 1)))
    with serving(forged) as port:
        assert ask(port, transport="starttls").reason is Reason.PROTOCOL


def test_references_before_the_entry_are_passed_over() -> None:
    """They decide nothing."""
    reference = sequence(univ.OctetString("ldap://other.example/"), kind=REFERENCE)
    parts = (reference, entry(), result(DONE))
    with serving(after_search(lambda number: b"".join(message(number, part) for part in parts))) as port:
        assert ask(port).outcome is Outcome.UP


GOOD = message(1, entry()) + message(1, result(DONE))
NESTED = b"\x30\x84\x00\x00\x7f\x00" * 6000


def endless(piece: bytes) -> Talk:
    """Say `piece` again and again once something was asked."""

    def talk(connection: Any) -> None:
        connection.recv(4096)
        while True:
            connection.sendall(piece)

    return talk


HOSTILE: dict[str, tuple[Talk, Reason]] = {
    "mute": (mute, Reason.TIMEOUT),
    "ends": (ends, Reason.CLOSED),
    "closes-in-entry": (after_search(lambda number: GOOD[:20], stay=False), Reason.CLOSED),
    "closes-before-done": (after_search(lambda number: message(number, entry()), stay=False), Reason.CLOSED),
    "never-done": (after_search(lambda number: message(number, entry())), Reason.TIMEOUT),
    "drips": (after_search(lambda number: GOOD[:-1]), Reason.TIMEOUT),
    "garbage": (after_search(lambda number: b"\x00\xff\xfe garbage"), Reason.PROTOCOL),
    "web-server": (after_search(lambda number: b"HTTP/1.1 400 Bad Request\r\n\r\n"), Reason.PROTOCOL),
    "banner": (says(b"SSH-2.0-OpenSSH_9.2p1\r\n"), Reason.PROTOCOL),
    "tls-alert": (after_search(lambda number: b"\x15\x03\x01\x00\x02\x02\x0a"), Reason.PROTOCOL),
    "indefinite-length": (after_search(lambda number: b"\x30\x80\x02\x01\x01"), Reason.PROTOCOL),
    "length-of-eight": (after_search(lambda number: b"\x30\x88" + b"\xff" * 8), Reason.PROTOCOL),
    "four-gigabytes": (after_search(lambda number: b"\x30\x84\xff\xff\xff\xff"), Reason.OVERSIZE),
    "nested": (after_search(lambda number: NESTED), Reason.PROTOCOL),
    "element-beyond-its-message": (after_search(lambda number: b"\x30\x05\x02\x01\x01\x64\x7f"), Reason.PROTOCOL),
    "other-number": (after_search(lambda number: message(number + 1, entry())), Reason.PROTOCOL),
    "negative-number": (after_search(lambda number: message(-1, entry())), Reason.PROTOCOL),
    "entry-of-wrong-types": (
        after_search(lambda number: message(number, sequence(univ.Integer(1), kind=4))),
        Reason.PROTOCOL,
    ),
    "done-without-a-code": (after_search(lambda number: message(number, sequence(kind=DONE))), Reason.PROTOCOL),
    "notice-of-disconnection": (
        after_search(lambda number: message(0, result(EXTENDED + 1, 52, "going away", univ.OctetString(NOTICE)))),
        Reason.STATUS,
    ),
    "references-for-ever": (
        after_search(lambda number: message(number, sequence(univ.OctetString("x"), kind=19)) * (MOST_MESSAGES + 1)),
        Reason.PROTOCOL,
    ),
    "endless-zeros": (endless(bytes(65_536)), Reason.PROTOCOL),
    "endless-message": (endless(b"\x30\x84\x7f\xff\xff\xff" + bytes(65_530)), Reason.OVERSIZE),
    "endless-entries": (endless(message(1, entry()) * 100), Reason.PROTOCOL),
}


@both_loops
@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_directory_is_down_for_the_right_reason_in_time(loop: LoopFactory, name: str) -> None:
    """Whatever the far end does, the probe ends within its limit, and says what it was."""
    talk, reason = HOSTILE[name]
    with serving(talk) as port:
        began = perf_counter()
        finding = ask(port, loop, SHORT if reason is Reason.TIMEOUT else LONG)
        took = perf_counter() - began
    assert (finding.outcome, finding.reason) == (Outcome.DOWN, reason), finding
    assert took < SHORT + 1.0


@pytest.mark.parametrize("name", [name for name in HOSTILE if name.startswith(("endless", "four", "nested"))])
def test_hostile_directory_cannot_fill_our_memory(name: str) -> None:
    """However much is sent or announced, little of it is held at once."""
    with serving(HOSTILE[name][0]) as port:
        ask(port)
        gc.collect()
        tracemalloc.start()
        try:
            ask(port)
            _, most = tracemalloc.get_traced_memory()
        finally:
            tracemalloc.stop()
    assert most < MOST_MEMORY


def test_wrong_answer_to_a_bind_is_no_bind() -> None:
    """A search's end where a bind's response belongs breaks the protocol."""
    with serving(after_search(lambda number: message(number, result(DONE)))) as port:
        assert ask(port, **BOUND).reason is Reason.PROTOCOL


@pytest.mark.parametrize("transport", ["ldap", "starttls", "ldaps"])
def test_refused_port_is_down(transport: str) -> None:
    """Where nobody listens the kernel says so."""
    with refusing() as port:
        assert ask(port, transport=transport).reason is Reason.REFUSED


def test_plain_server_behind_ldaps_is_a_failure_of_tls() -> None:
    """Clear text where TLS belongs."""
    with serving(says(GOOD)) as port:
        assert ask(port, transport="ldaps").reason is Reason.TLS


def test_echoed_password_is_struck_out() -> None:
    """A server that repeats the password in its words does not get it into a finding."""
    echo = after_search(lambda number: message(number, result(BIND + 1, 49, f"no user with {BOUND['password']}")))
    with serving(echo) as port:
        finding = ask(port, **BOUND)
    assert finding.reason is Reason.STATUS
    assert str(BOUND["password"]) not in repr(finding)


@pytest.mark.parametrize(
    ("told", "destination"),
    [
        ({"address": "dc1.council.example"}, ("dc1.council.example", 389)),
        ({"address": "dc1.council.example", "transport": "starttls"}, ("dc1.council.example", 389)),
        ({"address": "dc1.council.example", "transport": "ldaps"}, ("dc1.council.example", 636)),
        ({"address": "[2001:db8::1]:3268"}, ("2001:db8::1", 3268)),
        ({"address": "2001:db8::1"}, ("2001:db8::1", 389)),
    ],
)
def test_port_is_that_of_the_transport_unless_said(told: dict[str, Any], destination: tuple[str, int]) -> None:
    """389, or 636 where TLS comes first."""
    assert LdapOptions(**told).destination == destination


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        ({"bind_dn": "cn=x"}, "belong together"),
        ({"password": "x"}, "belong together"),
        ({"bind_dn": "cn=x", "password": "x"}, "in clear text"),
        ({"bind_dn": "cn=x", "password": "", "transport": "ldaps"}, "anonymous"),
        ({"address": "dc1:70000"}, "not a port"),
        ({"address": "ldap://dc1/"}, "not a port"),
        ({"address": "dc1/ou"}, "expected a host"),
        ({"expect_attributes": {"not a name": None}}, "pattern"),
    ],
)
def test_options_that_make_no_sense_or_are_unsafe_are_refused(wrong: dict[str, Any], words: str) -> None:
    """A password goes out in clear text only where somebody says so."""
    with pytest.raises(ValidationError, match=words):
        LdapOptions(**{"address": "dc1.council.example", **wrong})


def everything(wire: bytes) -> None:
    """Read `wire` by every reader there is; only Malformed may be raised."""
    ways = (
        lambda: read_entry(read_message(wire).content),
        lambda: read_result(read_message(wire).content),
        lambda: read_entry(Reader(wire)),
        lambda: read_result(Reader(wire)),
    )
    for way in ways:
        try:
            way()
        except Malformed:
            continue


@given(st.binary(max_size=300))
def test_garbage_is_read_or_malformed_and_never_anything_else(garbage: bytes) -> None:
    """Whatever comes instead of a message."""
    everything(garbage)


@given(st.integers(0, len(GOOD) - 1), st.integers(0, 255))
def test_one_changed_octet_is_read_or_malformed_and_never_anything_else(at: int, octet: int) -> None:
    """A good message damaged in one place never becomes another kind of error."""
    damaged = bytearray(GOOD)
    damaged[at] = octet
    everything(bytes(damaged))


NAMES = st.text(st.characters(codec="ascii", categories=["L"]), min_size=1, max_size=9)


@given(st.dictionaries(NAMES, st.lists(st.text(max_size=50), min_size=1, max_size=4), max_size=6))
def test_entry_of_an_independent_implementation_is_read_as_it_was_written(attributes: dict[str, list[str]]) -> None:
    """Names in lower case, values as they were, in any number."""
    expected: dict[str, list[str]] = {}
    for name, values in attributes.items():
        expected.setdefault(name.lower(), []).extend(values)
    read = read_entry(read_message(message(7, entry(attributes))).content)
    assert {name: sorted(values) for name, values in read.items()} == {n: sorted(v) for n, v in expected.items()}
