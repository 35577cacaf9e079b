"""The MX probe: a domain's mail flows as long as one of its exchangers answers, and is whole when all do."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import dns.message
import dns.rdatatype
import pytest
from pydantic import ValidationError
from support.dns_servers import dnsmasq, name_server, reply, silent
from support.mail_servers import SMTP, scripted
from support.running import LoopFactory, both_loops, found_by
from support.servers import Talk, mute, says, serving

from ictss_monitor.probe import Finding, Outcome, ProbeTrouble, Reason
from probes._exchangers import system_servers
from probes.mx import MxOptions, MxProbe

GREETS = scripted(SMTP)
ZONE = (
    "council.example. 60 IN MX 10 mx1.council.example.",
    "council.example. 60 IN MX 20 MX2.council.example.",
    "mx1.council.example. 60 IN A 127.0.0.1",
    "mx2.council.example. 60 IN A 127.0.0.2",
)


def serves(*zone: str, rcode: str = "NOERROR") -> Any:
    """Return a name server that knows the records of `zone`."""

    def respond(query: bytes, client: Any) -> Iterable[bytes]:
        asked = dns.message.from_wire(query).question[0]
        kind = dns.rdatatype.to_text(asked.rdtype)
        known = [r for r in zone if r.lower().startswith(f"{asked.name} ".lower()) and f" IN {kind} " in r]
        return [reply(query, *known, rcode=rcode)]

    return respond


@contextmanager
def exchangers(*talks: Talk | None) -> Iterator[int]:
    """Serve the first on 127.0.0.1, the second on 127.0.0.2 and so on, on one port; None refuses."""
    with ExitStack() as running:
        port = 0
        for number, talk in enumerate(talks, 1):
            if talk is not None:
                port = running.enter_context(serving(talk, host=f"127.0.0.{number}", port=port))
        yield port


def mx(names: int, port: int, loop: LoopFactory = asyncio.new_event_loop, limit: float = 5.0, **told: Any) -> Finding:
    """Probe a domain with the name server on port `names`, its exchangers on `port`."""
    told = {"address": "council.example", "server": f"127.0.0.1:{names}", "port": port, **told}
    return found_by(MxProbe, loop, limit, **told)


@both_loops
def test_all_exchangers_answer(loop: LoopFactory) -> None:
    """Up when all do; how many there are and how many answer is measured."""
    with name_server(serves(*ZONE)) as names, exchangers(GREETS, GREETS) as port:
        finding = mx(names, port, loop)
    assert (finding.outcome, finding.detail) == (Outcome.UP, "")
    measured = finding.measurements
    assert (measured["exchangers"], measured["exchangers_answering"]) == (2, 2)
    assert finding.latency == measured["total_seconds"] >= measured["resolve_seconds"] > 0


@pytest.mark.parametrize(
    ("talk", "reason", "words"),
    [
        (None, Reason.REFUSED, "Connection refused"),
        (mute, Reason.TIMEOUT, "no answer within 0.2 s"),
        (says(b"421 too busy\r\n"), Reason.STATUS, "421 too busy"),
        (says(b"* OK\r\n"), Reason.PROTOCOL, "no reply of SMTP"),
    ],
    ids=["refuses", "mute", "421", "imap"],
)
def test_one_exchanger_of_two_does_not_answer(talk: Talk | None, reason: Reason, words: str) -> None:
    """Degraded, with its name and what is wrong with it; a mute one does not hide that the other answers."""
    with name_server(serves(*ZONE)) as names, exchangers(GREETS, talk) as port:
        finding = mx(names, port, seconds_each=0.2 if talk is mute else 5.0)
        two = mx(names, port, seconds_each=0.2 if talk is mute else 5.0, at_least=2)
    assert (finding.outcome, finding.reason) == (Outcome.DEGRADED, reason)
    assert finding.detail.startswith("1 of 2 exchangers answer; mx2.council.example: ")
    assert words in finding.detail
    assert finding.measurements["exchangers_answering"] == 1
    assert (two.outcome, two.reason) == (Outcome.DOWN, reason)


def test_no_exchanger_answers() -> None:
    """Down, for the reason of the first, with what is measured."""
    with name_server(serves(*ZONE)) as names, exchangers(says(b"554 no\r\n"), says(b"554 no\r\n")) as port:
        finding = mx(names, port)
    assert (finding.outcome, finding.reason) == (Outcome.DOWN, Reason.STATUS)
    assert finding.measurements["exchangers_answering"] == 0


def test_fewer_exchangers_than_expected_is_down() -> None:
    """Where three must answer, two are too few even if both do."""
    with name_server(serves(*ZONE)) as names, exchangers(GREETS, GREETS) as port:
        finding = mx(names, port, at_least=3)
    assert (finding.outcome, finding.reason) == (Outcome.DOWN, Reason.MISMATCH)


@pytest.mark.parametrize(
    ("zone", "rcode", "outcome", "reason"),
    [
        (("council.example. 60 IN A 127.0.0.1",), "NOERROR", Outcome.UP, Reason.OK),
        (("council.example. 60 IN MX 0 .",), "NOERROR", Outcome.DOWN, Reason.MISMATCH),
        ((), "NOERROR", Outcome.DOWN, Reason.NAME),
        ((), "NXDOMAIN", Outcome.DOWN, Reason.NAME),
        (("council.example. 60 IN MX 5 gone.example.",), "NOERROR", Outcome.DOWN, Reason.NAME),
        ((), "SERVFAIL", Outcome.UNKNOWN, Reason.RESOLVER),
        (
            tuple(f"council.example. 60 IN MX 5 m{n}.example." for n in range(17)),
            "NOERROR",
            Outcome.DOWN,
            Reason.OVERSIZE,
        ),
    ],
    ids=["address-only", "null-mx", "nothing", "no-domain", "no-address", "our-resolver", "too-many"],
)
def test_what_the_domain_says(zone: tuple[str, ...], rcode: str, outcome: Outcome, reason: Reason) -> None:
    """Without MX the domain itself is the exchanger; null MX takes no mail; a resolver's failure is ours."""
    with name_server(serves(*zone, rcode=rcode)) as names, exchangers(GREETS) as port:
        finding = mx(names, port)
    assert (finding.outcome, finding.reason) == (outcome, reason)


def test_exchanger_that_cannot_be_looked_up_is_not_called_down() -> None:
    """A fault of our name server makes the domain unknown unless the others decide."""

    def respond(query: bytes, client: Any) -> Iterable[bytes]:
        broken = dns.message.from_wire(query).question[0].name.to_text().lower().startswith("mx2")
        return [reply(query, rcode="SERVFAIL")] if broken else serves(*ZONE)(query, client)

    with name_server(respond) as names, exchangers(GREETS, GREETS) as port:
        assert mx(names, port).outcome is Outcome.UNKNOWN
    with name_server(respond) as names, exchangers(says(b"554 no\r\n"), GREETS) as port:
        assert mx(names, port).outcome is Outcome.UNKNOWN
        assert mx(names, port, at_least=2).outcome is Outcome.DOWN


@both_loops
def test_silent_name_server_is_our_trouble(loop: LoopFactory) -> None:
    """Where the time limit ends the waiting for our name server, nothing is known of the domain."""
    with name_server(silent) as names:
        finding = mx(names, 25, loop, limit=0.2)
    assert (finding.outcome, finding.reason) == (Outcome.UNKNOWN, Reason.RESOLVER)


def test_real_name_server() -> None:
    """What dnsmasq says of a domain is understood."""
    with (
        dnsmasq(
            "--mx-host=council.example,mx1.council.example,10",
            "--mx-host=council.example,mx2.council.example,20",
            "--host-record=mx1.council.example,127.0.0.1",
            "--host-record=mx2.council.example,127.0.0.2",
        ) as names,
        exchangers(GREETS, None) as port,
    ):
        finding = mx(names, port)
    assert (finding.outcome, finding.reason) == (Outcome.DEGRADED, Reason.REFUSED)


def test_name_servers_of_this_machine(tmp_path: Path) -> None:
    """As resolv.conf(5) says: at most three, the machine itself where there is none; an unreadable file is ours."""
    path = tmp_path / "resolv.conf"
    path.write_text(
        "# x\nsearch example\nnameserver 192.0.2.1\nnameserver\nnameserver ::1\n" + "nameserver 1.2.3.4\n" * 3
    )
    assert [address[1][0] for address in system_servers(path)] == ["192.0.2.1", "::1", "1.2.3.4"]
    path.write_text("")
    assert [address[1][:2] for address in system_servers(path)] == [("127.0.0.1", 53)]
    with pytest.raises(ProbeTrouble):
        system_servers(tmp_path / "none")


@pytest.mark.parametrize("address", ["a..b", "x" * 64 + ".example", "[::1]", "[IPv6:127.0.0.1]", "[x]"])
def test_address_that_is_no_domain_is_refused(address: str) -> None:
    """Neither a domain name nor an address literal as mail addresses have them."""
    with pytest.raises(ValidationError, match=r"not a domain name|not an address literal|does not appear"):
        MxOptions(address=address)


def test_address_literal_is_its_own_exchanger() -> None:
    """Mail for somebody@[127.0.0.1] goes to that host, without any name server."""
    with serving(GREETS) as port:
        assert found_by(MxProbe, address="[127.0.0.1]", port=port).outcome is Outcome.UP
        wrong = found_by(MxProbe, address="[127.0.0.1]", port=port, ip_version=6)
    assert (wrong.outcome, wrong.reason) == (Outcome.UNKNOWN, Reason.CONFIGURATION)
