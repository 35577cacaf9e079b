"""Many exchanges over one socket: nothing is left behind, and the troubles of our own machine are told as ours."""

from __future__ import annotations

import asyncio
import errno
import gc
import os
import socket
import time
import weakref
from collections.abc import AsyncIterator, Callable
from typing import Any

import pytest
from support.needs import lack
from support.pings import deaf, never, only_engine, pinging

from ictss_monitor.probe import Finding, Outcome, ProbeTrouble, Reason
from probes import _icmp_engine
from probes.icmp import IcmpOptions, IcmpProbe

LIVE = "127.0.0.1"


@pytest.fixture
async def probe() -> AsyncIterator[IcmpProbe]:
    """A probe with the right to ping."""
    async with pinging() as opened:
        yield opened


async def test_nothing_of_many_exchanges_is_left(probe: IcmpProbe, monkeypatch: pytest.MonkeyPatch) -> None:
    """Answered, timed out or forgotten, after its limit the engine holds neither a packet nor an exchange."""
    found = list[Any]()
    for _ in range(300):
        probe.start(IcmpOptions(address=LIVE, spacing=0.01), 0.3, found.append)
    forgets = [probe.start(IcmpOptions(address=LIVE), 0.3, never) for _ in range(100)]
    for forget in forgets:
        forget()
        forget()
    engine = only_engine(probe)
    while engine.held:  # noqa: ASYNC110
        await asyncio.sleep(0.01)
    assert engine.outstanding == 0
    assert len(found) == 300


async def test_a_forgotten_exchange_lets_go_of_its_reporter(probe: IcmpProbe) -> None:
    """What a reporter refers to is not kept alive until the limit of an exchange that is forgotten."""

    class Reporter:
        def report(self, found: Finding | Exception) -> None:
            pytest.fail(f"reported {found!r}")

    reporter = Reporter()
    seen = weakref.ref(reporter)
    forget = probe.start(IcmpOptions(address=LIVE), 60.0, reporter.report)
    del reporter
    forget()
    gc.collect()
    assert seen() is None


async def test_cancelling_a_run_forgets_it(probe: IcmpProbe, monkeypatch: pytest.MonkeyPatch) -> None:
    """A cancelled run leaves no packet waited for."""
    deaf(probe, monkeypatch)
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0.05):
            await probe.run(IcmpOptions(address=LIVE), 30.0)
    assert only_engine(probe).outstanding == 0


async def test_closing_reports_what_is_under_way(monkeypatch: pytest.MonkeyPatch) -> None:
    """What waits or is queued when the probe is closed is reported once, as unknown, and no descriptor stays."""
    found = list[Any]()
    before = len(os.listdir("/proc/self/fd"))
    async with IcmpProbe(buffer=None) as probe:
        deaf(probe, monkeypatch)
        for _ in range(500):
            probe.start(IcmpOptions(address=LIVE), 30.0, found.append)
        probe.start(IcmpOptions(address=LIVE), 30.0, never)()
        await asyncio.sleep(0.01)
        assert len(os.listdir("/proc/self/fd")) > before
    assert [type(told) for told in found] == [ProbeTrouble] * 500
    assert len(os.listdir("/proc/self/fd")) <= before


async def test_a_reporter_that_fails_harms_no_other_exchange(probe: IcmpProbe) -> None:
    """An exception out of a reporter reaches the loop's handler; all other exchanges are reported."""
    told = list[dict[str, Any]]()
    asyncio.get_running_loop().set_exception_handler(lambda _, context: told.append(context))
    found = list[Any]()

    def fail(_: Finding | Exception) -> None:
        raise ValueError("a bug in a reporter")

    reporters: list[Callable[[Finding | Exception], None]] = [found.append, fail, found.append]
    for reporter in reporters * 10:
        probe.start(IcmpOptions(address=LIVE, packets=1), 0.2, reporter)
    while len(found) < 20 or len(told) < 10:  # noqa: ASYNC110
        await asyncio.sleep(0.01)
    assert only_engine(probe).outstanding == 0


async def test_sequence_numbers_may_run_out(probe: IcmpProbe) -> None:
    """Sequence numbers wrap, past those still waited for, and every exchange gets its own reply."""
    await probe.run(IcmpOptions(address=LIVE, packets=1), 1.0)
    engine = only_engine(probe)
    engine._sequence = 0xFFFF - 5
    findings = [await probe.run(IcmpOptions(address=LIVE, packets=1), 1.0) for _ in range(12)]
    assert [finding.outcome for finding in findings] == ["up"] * 12
    assert engine._sequence == 6

    taken = next(iter(IcmpOptions(address=LIVE).literal or ()))
    assert taken == socket.AF_INET
    waiting = object()
    engine._pending[LIVE, 7] = engine._pending[LIVE, 8] = waiting  # type: ignore[assignment]
    await probe.run(IcmpOptions(address=LIVE, packets=1), 1.0)
    assert engine._sequence == 9
    assert engine._pending.pop((LIVE, 7)) is engine._pending.pop((LIVE, 8)) is waiting


async def test_an_address_without_a_free_sequence_number_is_our_trouble(probe: IcmpProbe) -> None:
    """With 65,536 packets to one address under way, the next cannot be told apart, and says so."""
    await probe.run(IcmpOptions(address=LIVE, packets=1), 1.0)
    engine = only_engine(probe)
    engine._pending.update({(LIVE, number): None for number in range(0x10000)})  # type: ignore[misc]
    with pytest.raises(ProbeTrouble) as told:
        await probe.run(IcmpOptions(address=LIVE, packets=1), 1.0)
    engine._pending.clear()
    assert told.value.reason is Reason.RESOURCES


async def test_replies_that_are_not_read_yet_are_no_loss(probe: IcmpProbe, monkeypatch: pytest.MonkeyPatch) -> None:
    """When more has arrived than can be read before a deadline, an exchange without a reply is unknown, not down."""
    monkeypatch.setattr(_icmp_engine, "READS", 1)
    monkeypatch.setattr(_icmp_engine, "READS_BEFORE_DEADLINES", 2)
    found = list[Any]()
    for _ in range(40):
        probe.start(IcmpOptions(address=LIVE, packets=1), 0.1, found.append)
    asyncio.get_running_loop().remove_reader(only_engine(probe)._socket.fileno())
    while len(found) < 40:  # noqa: ASYNC110
        await asyncio.sleep(0.01)
    outcomes = [told.outcome if isinstance(told, Finding) else told.reason for told in found]
    assert set(outcomes) == {Outcome.UP, Reason.RESOURCES}


@pytest.mark.parametrize(
    ("number", "reason"),
    [
        ("EHOSTUNREACH", Reason.NO_ROUTE),
        ("ENETUNREACH", Reason.NO_ROUTE),
        ("EPERM", Reason.PERMISSION),
        ("EACCES", Reason.PERMISSION),
        ("EMSGSIZE", Reason.CONFIGURATION),
        ("EIO", Reason.RESOURCES),
    ],
)
async def test_what_the_kernel_refuses_to_send_is_our_trouble(probe: IcmpProbe, number: str, reason: Reason) -> None:
    """An error of our own kernel is never down, whether the first packet meets it or a later one."""
    await probe.run(IcmpOptions(address=LIVE, packets=1), 1.0)
    opened = only_engine(probe)._socket
    error = OSError(getattr(errno, number), os.strerror(getattr(errno, number)))

    def refuse(*_: object) -> int:
        raise error

    send, opened.send = opened.send, refuse  # type: ignore[assignment]
    with pytest.raises(ProbeTrouble) as told:
        await probe.run(IcmpOptions(address=LIVE), 1.0)
    assert told.value.reason is reason
    assert LIVE in told.value.detail

    def send_one(*packet: Any) -> int:
        opened.send = refuse  # type: ignore[assignment]
        return 0  # swallowed: nothing answers

    opened.send = send_one  # type: ignore[assignment]
    begun = time.monotonic()
    with pytest.raises(ProbeTrouble) as told:
        await probe.run(IcmpOptions(address=LIVE, spacing=0.01), 30.0)
    assert time.monotonic() - begun < 15  # what cannot become better is not waited for
    assert told.value.reason is reason
    opened.send = send


async def test_an_answer_counts_more_than_our_trouble_afterwards(probe: IcmpProbe) -> None:
    """When the first packet is answered and the kernel then refuses the second, the host is up without loss."""
    await probe.run(IcmpOptions(address=LIVE, packets=1), 1.0)
    opened = only_engine(probe)._socket
    sent = list[bytes]()
    send = opened.send

    def send_one(message: bytes, destination: Any) -> int:
        if sent:
            raise OSError(errno.ENETUNREACH, "Network is unreachable")
        sent.append(message)
        return send(message, destination)

    opened.send = send_one  # type: ignore[assignment]
    found = await probe.run(IcmpOptions(address=LIVE, spacing=0.05), 1.0)
    assert (found.outcome, found.measurements["loss_ratio"]) == (Outcome.UP, 0.0)


@pytest.mark.parametrize("number", ["ENOBUFS", "EAGAIN"])
async def test_a_full_send_buffer_is_waited_for(probe: IcmpProbe, number: str) -> None:
    """A packet for which the kernel has no room now leaves a little later; only if it never can, it is unknown."""
    await probe.run(IcmpOptions(address=LIVE, packets=1), 1.0)
    opened = only_engine(probe)._socket
    send, refusals = opened.send, 3

    def send_when_free(message: bytes, destination: Any) -> int:
        nonlocal refusals
        if refusals:
            refusals -= 1
            raise OSError(getattr(errno, number), "full")
        return send(message, destination)

    opened.send = send_when_free  # type: ignore[assignment]
    found = await probe.run(IcmpOptions(address=LIVE, packets=2, spacing=0.02), 2.0)
    assert (found.outcome, found.measurements["loss_ratio"], refusals) == (Outcome.UP, 0.0, 0)
    refusals = 1_000_000
    with pytest.raises(ProbeTrouble) as told:
        await probe.run(IcmpOptions(address=LIVE), 0.2)
    assert told.value.reason is Reason.RESOURCES


async def test_somebody_elses_pings_do_not_reach_us(probe: IcmpProbe) -> None:
    """The kernel keeps replies to other identifiers from our raw socket, so that they cannot fill its buffer."""
    await probe.run(IcmpOptions(address=LIVE, packets=1), 1.0)
    engine = only_engine(probe)
    if not engine._socket.raw:
        lack("needs CAP_NET_RAW")
    lengths = list[int]()
    take = engine._take
    engine._take = lambda length, *rest: (lengths.append(length), take(length, *rest))[1]  # type: ignore[method-assign]
    async with IcmpProbe() as other:
        for _ in range(5):
            await other.run(IcmpOptions(address=LIVE, packets=1), 1.0)
    assert lengths == []
    await probe.run(IcmpOptions(address=LIVE, packets=1), 1.0)
    assert len(lengths) == 1
