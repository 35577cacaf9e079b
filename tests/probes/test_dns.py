"""The DNS probe against real name servers: a real dnsmasq, and our own that lie, loop and keep silent."""

from __future__ import annotations

import asyncio
import socket
import struct
import threading
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from typing import Any, Protocol, cast

import dns.message
import pytest
import uvloop
from pydantic import ValidationError
from support.dns_servers import answering, dnsmasq, framed, name_server, over_tcp, reply, silent
from support.running import LoopFactory
from support.servers import mute, refusing

from ictss_monitor.clock import SECOND
from ictss_monitor.probe import Finding, Outcome, Reason
from ictss_monitor.probing.runner import run_once
from probes._dns_exchange import MOST_STRAY
from probes.dns import DnsOptions, DnsProbe, server_of

WWW = "www.example. 60 IN A 192.0.2.1"
LIMIT = SECOND // 4


@pytest.fixture(params=[asyncio.new_event_loop, uvloop.new_event_loop], ids=["asyncio", "uvloop"])
def loop(request: pytest.FixtureRequest) -> LoopFactory:
    """Both loops: they watch sockets in different ways."""
    return cast("LoopFactory", request.param)


class Ask(Protocol):
    """Asks the server at a port for www.example unless told otherwise."""

    def __call__(self, port: int, host: str = "127.0.0.1", **options: Any) -> Finding: ...


@pytest.fixture
def ask(loop: LoopFactory) -> Ask:
    """Return what the probe finds, on either loop."""

    def found(port: int, host: str = "127.0.0.1", **options: Any) -> Finding:
        address = f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
        with asyncio.Runner(loop_factory=loop) as runner:
            return runner.run(once(DnsOptions(**{"address": address, "name": "www.example", **options})))

    async def once(options: DnsOptions) -> Finding:
        async with DnsProbe() as probe:
            return await run_once(probe, options, LIMIT)

    return found


def verdict(found: Finding) -> tuple[Outcome, Reason]:
    """Return what counts of a finding."""
    return found.outcome, found.reason


UP = (Outcome.UP, Reason.OK)


def test_answer_is_up_with_its_measurements(ask: Ask) -> None:
    """A server that answers is up, with the number of answers, their least time to live and the time it took."""
    with name_server(answering(WWW, "www.example. 60 IN A 192.0.2.2")) as port:
        found = ask(port)
    assert verdict(found) == UP
    assert found.measurements == {"answers": 2.0, "ttl_min_seconds": 60.0}
    assert found.detail == "192.0.2.1, 192.0.2.2"
    assert found.latency is not None
    assert 0 < found.latency < 0.25


@pytest.mark.parametrize("transport", ["udp", "tcp"])
def test_server_on_ipv6_is_asked(ask: Ask, transport: str) -> None:
    """A server is reached at an IPv6 address too."""
    tcp = over_tcp(lambda query: framed(reply(query, WWW)))
    with name_server(answering(WWW), tcp, host="::1") as port:
        assert verdict(ask(port, "::1", transport=transport)) == UP


def test_server_may_be_named(ask: Ask) -> None:
    """The server's own name is looked up with the system's resolver."""
    first = str(socket.getaddrinfo("localhost", None)[0][4][0])
    with name_server(answering(WWW), host=first) as port:
        assert verdict(ask(port, "localhost")) == UP


@contextmanager
def estate() -> Iterator[int]:
    """A real dnsmasq with one record of each kind."""
    records = (
        "--host-record=www.example,192.0.2.1,2001:db8::1", "--cname=web.example,www.example",
        "--mx-host=example,mail.example,10", "--srv-host=_sip._udp.example,sip.example,5060,1,2",
        "--txt-record=example,v=spf1 -all", "--ptr-record=1.2.0.192.in-addr.arpa,www.example",
        "--ptr-record=1.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.8.b.d.0.1.0.0.2.ip6.arpa,www.example",
        "--local=/example/", "--local-ttl=42",
    )  # fmt: skip
    with dnsmasq(*records) as port:
        yield port


@pytest.fixture(scope="module")
def real() -> Iterator[int]:
    """The port of one dnsmasq for all of these tests."""
    with estate() as port:
        yield port


@pytest.mark.parametrize("transport", ["udp", "tcp"])
@pytest.mark.parametrize(
    ("name", "kind", "expected"),
    [
        ("www.example", "A", "192.0.2.1"),
        ("WWW.Example.", "a", "192.0.2.1"),
        ("www.example", "AAAA", "2001:DB8:0::1"),
        ("web.example", "A", "192.0.2.1"),
        ("web.example", "CNAME", "www.example"),
        ("example", "MX", "10 Mail.Example."),
        ("_sip._udp.example", "SRV", "1 2 5060 sip.example"),
        ("example", "TXT", "v=spf1 -all"),
        ("example", "TXT", '"v=spf1 -all"'),
        ("192.0.2.1", "PTR", "www.example"),
        ("2001:db8::1", "PTR", "www.example"),
    ],
)
def test_real_server_gives_the_expected_record(
    ask: Ask, real: int, name: str, kind: str, expected: str, transport: str
) -> None:
    """Each type of record is compared by what it means, not by how it is written."""
    found = ask(real, name=name, type=kind, expect_all=[expected], expect_only=[expected], transport=transport)
    assert (verdict(found), found.measurements["answers"]) == (UP, 1.0), found.detail


def test_real_server_says_no_such_name(ask: Ask, real: int) -> None:
    """A name that does not exist is down, unless that is what is expected."""
    found = ask(real, name="nothing.example")
    assert verdict(found) == (Outcome.DOWN, Reason.STATUS)
    assert found.detail == "NXDOMAIN where NOERROR was expected"
    assert verdict(ask(real, name="nothing.example", rcode="NXDOMAIN")) == UP


def test_stopped_server_is_down_at_once(ask: Ask) -> None:
    """Nothing answers in place of a server that has stopped: no answer is ever kept."""
    with estate() as port:
        assert verdict(ask(port)) == UP
    assert verdict(ask(port)) == (Outcome.DOWN, Reason.REFUSED)


@pytest.mark.parametrize("transport", ["udp", "tcp"])
@pytest.mark.parametrize("host", ["127.0.0.1", "::1"])
def test_refused_port_is_down_at_once(ask: Ask, host: str, transport: str) -> None:
    """A port where nobody listens is told by the system over UDP too, not by the time limit."""
    with refusing(host) as port:
        assert verdict(ask(port, host, transport=transport)) == (Outcome.DOWN, Reason.REFUSED)


@pytest.mark.parametrize("transport", ["udp", "tcp"])
def test_mute_server_is_down_in_time(ask: Ask, transport: str) -> None:
    """A server that takes the question and says nothing has timed out."""
    with name_server(silent, mute) as port:
        assert verdict(ask(port, transport=transport)) == (Outcome.DOWN, Reason.TIMEOUT)


@pytest.mark.parametrize(
    ("options", "reason", "detail"),
    [
        ({"expect_all": ["192.0.2.1", "192.0.2.2"]}, Reason.OK, "192.0.2.1, 192.0.2.2"),
        ({"expect_all": ["192.0.2.9"]}, Reason.MISMATCH, "192.0.2.9 is not among the answers: 192.0.2.1, 192.0.2.2"),
        ({"expect_any": ["192.0.2.9", "192.0.2.2"]}, Reason.OK, "192.0.2.1, 192.0.2.2"),
        (
            {"expect_any": ["192.0.2.9"]},
            Reason.MISMATCH,
            "none of those expected is among the answers: 192.0.2.1, 192.0.2.2",
        ),
        ({"expect_only": ["192.0.2.1", "192.0.2.2", "192.0.2.3"]}, Reason.OK, "192.0.2.1, 192.0.2.2"),
        ({"expect_only": ["192.0.2.1"]}, Reason.MISMATCH, "not expected among the answers: 192.0.2.2"),
        ({"at_least": 2}, Reason.OK, "192.0.2.1, 192.0.2.2"),
        ({"at_least": 3}, Reason.MISMATCH, "2 answers where at least 3 were expected"),
    ],
)  # fmt: skip
def test_expected_answers(ask: Ask, options: dict[str, Any], reason: Reason, detail: str) -> None:
    """All, any, only and at least mean what they say, and what is missing or too much is named."""
    with name_server(answering(WWW, "www.example. 60 IN A 192.0.2.2")) as port:
        found = ask(port, **options)
    assert (found.reason, found.detail) == (reason, detail)
    assert found.measurements["answers"] == 2.0


def test_empty_answer_is_no_answer(ask: Ask) -> None:
    """A name without records of the type is a mismatch, unless no records are required."""
    with name_server(answering()) as port:
        assert verdict(ask(port)) == (Outcome.DOWN, Reason.MISMATCH)
        assert verdict(ask(port, at_least=0)) == UP


@pytest.mark.parametrize("rcode", ["SERVFAIL", "REFUSED", "NXDOMAIN", "NOTAUTH"])
def test_other_response_code_is_down(ask: Ask, rcode: str) -> None:
    """The server's own code of failure is the reason, by name."""
    with name_server(answering(rcode=rcode)) as port:
        found = ask(port)
        assert (*verdict(found), found.detail) == (Outcome.DOWN, Reason.STATUS, f"{rcode} where NOERROR was expected")
        assert verdict(ask(port, rcode=rcode.lower())) == UP


def test_flag_of_recursion_is_sent_as_told(ask: Ask) -> None:
    """The server sees whether it may ask others."""
    seen: list[bool] = []

    def watch(query: bytes, client: Any) -> Iterable[bytes]:
        seen.append(bool(query[2] & 1))
        return [reply(query, WWW)]

    with name_server(watch) as port:
        ask(port)
        ask(port, recursion=False)
    assert seen == [True, False]


def test_truncated_reply_is_asked_for_again_over_tcp(ask: Ask) -> None:
    """The flag TC leads to TCP, whose answer counts."""
    tcp = over_tcp(lambda query: framed(reply(query, WWW)))
    with name_server(lambda query, client: [reply(query, truncated=True)], tcp) as port:
        assert verdict(ask(port, expect_all=["192.0.2.1"])) == UP


def test_truncation_without_tcp_is_down(ask: Ask) -> None:
    """A server that truncates and refuses TCP cannot give its answer to anybody."""
    with name_server(lambda query, client: [reply(query, truncated=True)], tcp=None) as port:
        found = ask(port)
    assert (*verdict(found), found.detail) == (
        Outcome.DOWN, Reason.REFUSED, "refused over TCP, and truncated over UDP",
    )  # fmt: skip


def other_id(query: bytes) -> bytes:
    """Return an honest answer to another question's id."""
    wire = bytearray(reply(query, WWW))
    wire[0] ^= 0x55
    return bytes(wire)


def other_question(query: bytes) -> bytes:
    """Return an answer for a name that was not asked for."""
    other = dns.message.make_query("evil.example.", "A", use_edns=False, id=int.from_bytes(query[:2]))
    return reply(other.to_wire(), "evil.example. 60 IN A 192.0.2.66")


@pytest.mark.parametrize(
    "lie", [other_id, other_question, lambda query: query, lambda query: b"", lambda query: b"\xff" * 7],
    ids=["other id", "other question", "our own question", "empty", "garbage"],
)  # fmt: skip
def test_what_is_no_reply_to_us_is_passed_over(ask: Ask, lie: Callable[[bytes], bytes]) -> None:
    """A forged or stray datagram is no answer: the honest one after it counts, and alone it is silence."""
    with name_server(lambda query, client: [lie(query), reply(query, WWW)]) as port:
        assert verdict(ask(port)) == UP
    with name_server(lambda query, client: [lie(query)]) as port:
        assert verdict(ask(port)) == (Outcome.DOWN, Reason.TIMEOUT)


def test_answer_from_another_source_is_no_answer(ask: Ask) -> None:
    """A perfect reply from another port or host than the one asked is not heard."""

    def elsewhere(query: bytes, client: Any) -> Iterable[bytes]:
        for host in ("127.0.0.1", "127.0.0.66"):
            with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as forger:
                forger.bind((host, 0))
                forger.sendto(reply(query, WWW), client)
        return ()

    with name_server(elsewhere) as port:
        assert verdict(ask(port)) == (Outcome.DOWN, Reason.TIMEOUT)


def cut(query: bytes) -> bytes:
    """Return a reply that ends in the middle of its answer."""
    return reply(query, WWW)[:-2]


def looping(query: bytes) -> bytes:
    """Return a reply whose answer's name is a pointer to itself."""
    header = query[:2] + struct.pack("!5H", 0x8180, 1, 1, 0, 0)
    return header + query[12:] + struct.pack("!HHHIH", 0xC000 | len(query), 1, 1, 60, 4) + bytes(4)


@pytest.mark.parametrize(
    ("broken", "reason"),
    [
        (cut, Reason.PROTOCOL),
        (looping, Reason.PROTOCOL),
        (lambda query: reply(query, WWW) + bytes(5000), Reason.OVERSIZE),
    ],
    ids=["cut", "looping", "oversize"],
)
def test_malformed_reply_is_down_at_once(ask: Ask, broken: Callable[[bytes], bytes], reason: Reason) -> None:
    """A reply to our question that breaks the format ends the probe: the server does not speak the protocol."""
    with name_server(lambda query, client: [broken(query)]) as port:
        assert verdict(ask(port)) == (Outcome.DOWN, reason)


def test_flood_of_strays_ends_the_probe(ask: Ask) -> None:
    """A server that sends other things without end is not listened to for ever."""
    with name_server(lambda query, client: [other_id(query)] * (2 * MOST_STRAY)) as port:
        assert verdict(ask(port)) == (Outcome.DOWN, Reason.PROTOCOL)


@pytest.mark.parametrize(
    ("respond", "reason"),
    [
        (lambda query: framed(other_id(query)), Reason.PROTOCOL),
        (lambda query: framed(cut(query)), Reason.PROTOCOL),
        (lambda query: framed(looping(query)), Reason.PROTOCOL),
        (lambda query: framed(reply(query, truncated=True)), Reason.PROTOCOL),
        (lambda query: b"\0\0", Reason.PROTOCOL),
        (lambda query: b"\xff\xff" + bytes(65_535), Reason.OVERSIZE),
        (lambda query: framed(reply(query, WWW))[:-1], Reason.TIMEOUT),
    ],
    ids=["other id", "cut", "looping", "truncated", "empty", "oversize", "last octet missing"],
)
def test_misbehaviour_over_tcp(ask: Ask, respond: Callable[[bytes], bytes], reason: Reason) -> None:
    """Over TCP there are no forgers to think of: what is wrong is the server's doing."""
    with name_server(silent, over_tcp(respond)) as port:
        assert verdict(ask(port, transport="tcp")) == (Outcome.DOWN, reason)


def test_connection_closed_early_is_down(ask: Ask) -> None:
    """A server that hangs up within its answer has closed."""
    with name_server(silent, lambda connection: connection.sendall(connection.recv(512)[:1])) as port:
        assert verdict(ask(port, transport="tcp")) == (Outcome.DOWN, Reason.CLOSED)


def test_answer_dripped_octet_by_octet_is_read(ask: Ask) -> None:
    """Where the pieces of an answer end makes no difference."""

    def drip(connection: socket.socket) -> None:
        query = connection.recv(512)[2:]
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        for octet in framed(reply(query, WWW)):
            connection.sendall(bytes((octet,)))

    with name_server(silent, drip) as port:
        assert verdict(ask(port, transport="tcp")) == UP


def test_questions_differ_in_id_and_port(ask: Ask) -> None:
    """An attacker who cannot see the question has to guess its id and its port at once."""
    seen: list[tuple[int, int]] = []

    def watch(query: bytes, client: Any) -> Iterable[bytes]:
        seen.append((int.from_bytes(query[:2]), client[1]))
        return [reply(query, WWW)]

    with name_server(watch) as port:
        for _ in range(20):
            ask(port)
    assert len({number for number, _ in seen}) > 15
    assert len({source for _, source in seen}) > 15


def test_many_at_once_get_each_their_own_answer(loop: LoopFactory) -> None:
    """Answers of one server to many questions at once, in another order, are not mixed up."""
    held: list[tuple[bytes, Any]] = []

    def serve() -> None:
        while len(held) < 50:
            held.append(server.recvfrom(512))
        for query, client in reversed(held):
            name = dns.message.from_wire(query).question[0].name.to_text()
            server.sendto(reply(query, f"{name} 60 IN A 192.0.2.{name[1:].partition('.')[0]}"), client)

    async def all_at_once(address: str) -> list[Finding]:
        async with DnsProbe() as probe, asyncio.TaskGroup() as group:
            told = [DnsOptions(address=address, name=f"h{n}.example", expect_only=(f"192.0.2.{n}",)) for n in range(50)]
            runs = [group.create_task(run_once(probe, options, 5 * SECOND)) for options in told]
        return [run.result() for run in runs]

    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as server, asyncio.Runner(loop_factory=loop) as runner:
        server.bind(("127.0.0.1", 0))
        server.settimeout(10)
        thread = threading.Thread(target=serve)
        thread.start()
        found = runner.run(all_at_once(f"127.0.0.1:{server.getsockname()[1]}"))
        thread.join()
    assert {verdict(one) for one in found} == {UP}


@pytest.mark.parametrize(
    ("address", "server"),
    [
        ("192.0.2.1", ("192.0.2.1", 53)),
        ("192.0.2.1:5353", ("192.0.2.1", 5353)),
        ("2001:db8::1", ("2001:db8::1", 53)),
        ("[2001:db8::1]", ("2001:db8::1", 53)),
        ("[2001:db8::1]:5353", ("2001:db8::1", 5353)),
        ("fe80::1%eth0", ("fe80::1%eth0", 53)),
        ("ns1.example", ("ns1.example", 53)),
        ("ns1.example:5353", ("ns1.example", 5353)),
    ],
)
def test_ways_to_write_a_server(address: str, server: tuple[str, int]) -> None:
    """Host, host and port, IPv6 with and without brackets."""
    assert server_of(address) == server


def test_far_end_is_the_host() -> None:
    """Checks of one server count as one far end, however it is written."""
    one, two = (DnsOptions(address=text, name="a.example") for text in ("192.0.2.1", "192.0.2.1:53"))
    assert DnsProbe().far_end(one) == DnsProbe().far_end(two) == "192.0.2.1"


@pytest.mark.parametrize(
    ("wrong", "complaint"),
    [
        ({"address": "192.0.2.1:0"}, "is not a name server"),
        ({"address": "192.0.2.1:70000"}, "is not a name server"),
        ({"address": "dns://192.0.2.1"}, "is not a name server"),
        ({"type": "AA"}, "there is no record type AA"),
        ({"type": "ANY"}, "ANY is not a type of records"),
        ({"type": "AXFR"}, "AXFR is not a type of records"),
        ({"name": "a..example"}, "'a..example' is not a domain name"),
        ({"name": "a" * 64 + ".example"}, "is not a domain name"),
        ({"type": "PTR", "name": "192.0.2.300"}, "'192.0.2.300' does not appear to be"),
        ({"rcode": "OOPS"}, "there is no response code OOPS"),
        ({"rcode": "BADVERS"}, "needs EDNS"),
        ({"expect_all": ["192.0.2"]}, "'192.0.2' is not a record of type A"),
        ({"type": "MX", "expect_any": ["mail.example"]}, "'mail.example' is not a record of type MX"),
        ({"rcode": "NXDOMAIN", "expect_any": ["192.0.2.1"]}, "NXDOMAIN comes without records"),
        ({"rcode": "NXDOMAIN", "at_least": 1}, "NXDOMAIN comes without records"),
        ({"transport": "doh"}, "'udp' or 'tcp'"),
        ({"at_least": -1}, "greater than or equal to 0"),
    ],
)
def test_wrong_options_are_refused_with_what_is_wrong(wrong: dict[str, Any], complaint: str) -> None:
    """A mistake is told when the catalogue is read, not at three in the morning."""
    with pytest.raises(ValidationError) as caught:
        DnsOptions(**{"address": "192.0.2.1", "name": "www.example", **wrong})
    assert complaint in str(caught.value)


def test_equal_options_are_equal() -> None:
    """A reload sees whether a check has changed."""
    one, two, other = (DnsOptions(address="192.0.2.1", name=name) for name in ("a.example", "a.example", "b.example"))
    assert one == two
    assert one != other
