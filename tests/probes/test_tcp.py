"""The TCP probe: a port is up when it takes a connection and, where asked, gives the right answer."""

from __future__ import annotations

import asyncio
import gc
import resource
import socket
import threading
from pathlib import Path
from queue import SimpleQueue
from typing import Any

import pytest
from pydantic import ValidationError
from support.certificates import Authority
from support.running import LoopFactory, both_loops, found_by
from support.servers import drips, keeps_sending, mute, read_request, refusing, resets, says, serving

from ictss_monitor.probe import Finding, Outcome, Reason
from ictss_monitor.probing.runner import run_once
from probes.tcp import TcpOptions, TcpProbe


def tcp(port: int, loop: LoopFactory = asyncio.new_event_loop, limit: float = 5.0, **told: Any) -> Finding:
    """Probe a port of this machine."""
    return found_by(TcpProbe, loop, limit, address=f"127.0.0.1:{port}", **told)


@both_loops
def test_port_that_takes_connections_is_up(loop: LoopFactory) -> None:
    """A connection made is enough; how long it took is measured."""
    with serving(mute) as port:
        finding = tcp(port, loop)
    assert (finding.outcome, finding.reason) == (Outcome.UP, Reason.OK)
    assert finding.latency is not None
    assert 0 < finding.measurements["connect_seconds"] <= finding.latency < 1


@both_loops
def test_refused_port_is_down(loop: LoopFactory) -> None:
    """A port where nobody listens is down at once."""
    with refusing() as port:
        finding = tcp(port, loop)
    assert (finding.outcome, finding.reason) == (Outcome.DOWN, Reason.REFUSED)


@both_loops
def test_silent_host_is_down_when_the_time_is_up(loop: LoopFactory) -> None:
    """A listener whose queue is full drops what comes: a connection that is never made ends with the limit."""
    with socket.socket() as listener, socket.socket() as first, socket.socket() as second:
        listener.bind(("127.0.0.1", 0))
        listener.listen(0)
        for filler in (first, second):
            filler.setblocking(False)
            filler.connect_ex(listener.getsockname())
        finding = tcp(listener.getsockname()[1], loop, limit=0.2)
    assert (finding.outcome, finding.reason) == (Outcome.DOWN, Reason.TIMEOUT)


def test_ipv6_address_in_brackets() -> None:
    """An IPv6 address is written in brackets before its port."""
    with serving(mute, host="::1") as port:
        finding = found_by(TcpProbe, address=f"[::1]:{port}")
    assert finding.outcome is Outcome.UP


def test_closing_is_polite() -> None:
    """The server sees an ordinary end of the connection, not a reset that it would log as an error."""
    ends: SimpleQueue[bytes | OSError] = SimpleQueue()

    def watch(connection: socket.socket) -> None:
        try:
            ends.put(connection.recv(10))
        except OSError as error:
            ends.put(error)

    with serving(watch) as port:
        tcp(port)
        assert ends.get(timeout=10) == b""


@both_loops
@pytest.mark.parametrize("told", [{"expect": "220 mail"}, {"expect_regex": r"^220 \w+"}], ids=["text", "regex"])
def test_expected_banner_is_up(loop: LoopFactory, told: dict[str, str]) -> None:
    """What the far end says first is compared with what is expected; the time to its first byte is measured."""
    with serving(says(b"220 mail ready\r\n")) as port:
        finding = tcp(port, loop, **told)
    assert finding.outcome is Outcome.UP
    assert finding.measurements["first_byte_seconds"] > 0


def test_expected_answer_may_come_in_pieces() -> None:
    """An answer that is split over packets is put together again."""
    with serving(drips(b"22", b"0 ready ", every=0.02)) as port:
        finding = tcp(port, send="hello\r\n\r\n", expect="220 ready 0 ready")
    assert finding.outcome is Outcome.UP


def test_text_is_sent_as_it_is_written() -> None:
    """What is to be sent arrives byte for byte, in UTF-8, nothing added."""
    heard: list[bytes] = []

    def echo(connection: socket.socket) -> None:
        heard.append(read_request(connection))
        connection.sendall(b"PONG")

    with serving(echo) as port:
        finding = tcp(port, send="PING é\r\n\r\n", expect="PONG")
    assert finding.outcome is Outcome.UP
    assert heard == ["PING é\r\n\r\n".encode()]


@pytest.mark.parametrize(
    ("talk", "told", "reason"),
    [
        (says(b"554 go away\r\n"), {"expect": "220", "max_bytes": 8}, Reason.OVERSIZE),
        (lambda connection: connection.sendall(b"554 no"), {"expect": "220"}, Reason.MISMATCH),
        (lambda connection: None, {"expect": "220"}, Reason.CLOSED),
        (mute, {"expect": "220"}, Reason.TIMEOUT),
        (says(b"554 no"), {"expect": "220"}, Reason.TIMEOUT),
        (drips(b"", every=0.005), {"send": "\r\n\r\n", "expect": "220"}, Reason.TIMEOUT),
        (keeps_sending(b"", b"y" * 65_536), {"send": "\r\n\r\n", "expect": "220"}, Reason.OVERSIZE),
        (resets(b"2"), {"send": "\r\n\r\n", "expect": "220"}, Reason.RESET),
    ],
    ids=["too-long", "other-answer", "closed", "mute", "other-then-mute", "drip", "flood", "reset"],
)
@both_loops
def test_wrong_answer_is_down_for_the_right_reason(
    loop: LoopFactory, talk: Any, told: dict[str, Any], reason: Reason
) -> None:
    """Whatever the far end does instead of answering ends within the limit, with the reason that fits."""
    with serving(talk) as port:
        finding = tcp(port, loop, limit=0.3 if reason is Reason.TIMEOUT else 5.0, **told)
    assert (finding.outcome, finding.reason) == (Outcome.DOWN, reason)


def test_expression_that_would_take_exponential_time_is_harmless() -> None:
    """A pattern over which Python's re would sit for years answers at once."""
    with serving(lambda connection: connection.sendall(b"a" * 4000)) as port:
        finding = tcp(port, expect_regex="(a+)+$b|(a|a)*c")
    assert finding.reason is Reason.MISMATCH


@both_loops
def test_no_descriptors_left_is_our_own_trouble(loop: LoopFactory) -> None:
    """Where this process may open no more sockets, the service is unknown, not down."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)

    async def starved(port: int) -> Finding:
        async with TcpProbe() as probe:
            used = socket.socket()
            resource.setrlimit(resource.RLIMIT_NOFILE, (used.fileno(), hard))
            try:
                return await run_once(probe, TcpOptions(address=f"127.0.0.1:{port}"), 1_000_000)
            finally:
                resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
                used.close()

    with serving(mute) as port, asyncio.Runner(loop_factory=loop) as runner:
        finding = runner.run(starved(port))
    assert (finding.outcome, finding.reason) == (Outcome.UNKNOWN, Reason.RESOURCES)


@both_loops
@pytest.mark.parametrize("told", [{}, {"expect": "never"}, {"tls": True}], ids=["connect", "answer", "tls"])
def test_cancellation_is_obeyed_at_once_and_closes_the_socket(loop: LoopFactory, told: dict[str, Any]) -> None:
    """A probe that is cancelled ends in the same turn of the loop; the server sees its connection close."""
    come, gone = threading.Event(), threading.Event()

    async def cut(port: int) -> float:
        async with TcpProbe() as probe:
            task = asyncio.get_running_loop().create_task(
                probe.run(TcpOptions(address=f"127.0.0.1:{port}", **told))  # type: ignore[arg-type]
            )
            await (asyncio.to_thread(come.wait, 10) if told else asyncio.sleep(0))
            began = asyncio.get_running_loop().time()
            task.cancel()
            await asyncio.wait([task])
            assert task.cancelled()
            return asyncio.get_running_loop().time() - began

    def watch(connection: socket.socket) -> None:
        come.set()
        mute(connection)
        gone.set()

    with serving(watch) as port:
        with asyncio.Runner(loop_factory=loop) as runner:
            assert runner.run(cut(port)) < 0.1
        gc.collect()
        assert not told or gone.wait(10)


@pytest.mark.parametrize(
    "address", ["localhost", "localhost:", "localhost:http", "localhost:0", "localhost:65536", "2001:db8::1:53", ":53"]
)
def test_address_without_host_and_port_is_refused(address: str) -> None:
    """An address needs a host and a port, an IPv6 one its brackets."""
    with pytest.raises(ValidationError, match=r"host:port|not a port"):
        TcpOptions(address=address)


@pytest.mark.parametrize(
    ("told", "message"),
    [
        ({"expect": "a", "expect_regex": "a"}, "exclude each other"),
        ({"expect_regex": r"(a)\1"}, "linear time"),
        ({"expect_regex": "("}, "linear time"),
        ({"expect": "a" * 20, "max_bytes": 10}, "longer than max_bytes"),
        ({"colour": "red"}, "Extra inputs"),
    ],
)
def test_impossible_options_are_refused_with_the_reason(told: dict[str, Any], message: str) -> None:
    """A mistake in the options is told when they are read, not when the probe runs."""
    with pytest.raises(ValidationError, match=message):
        TcpOptions(address="localhost:1", **told)


def test_certificate_days_are_measured_with_tls(tmp_path: Path) -> None:
    """With TLS the days until the certificate expires are measured, and the time of the handshake."""
    authority = Authority(tmp_path)
    with serving(mute, authority.server("127.0.0.1", days=12)) as port:
        finding = tcp(port, tls=True, ca_file=str(authority.ca_file))
    assert finding.outcome is Outcome.UP
    assert finding.measurements["certificate_days"] == pytest.approx(12, abs=0.1)
    assert finding.measurements["tls_seconds"] > 0
