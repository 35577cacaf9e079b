"""Connecting to a name with several addresses: a dead one does not hide a live one."""

from __future__ import annotations

import asyncio
import errno
import gc
import socket
from collections.abc import Iterator
from time import perf_counter

import pytest
from support.running import LoopFactory, both_loops
from support.servers import mute, refusing, serving

from ictss_monitor.probe import ProbeFailure
from probes._resolve import Address
from probes._stream import NEXT_ADDRESS_AFTER, connect, is_ours, reported


def v4(port: int, host: str = "127.0.0.1") -> Address:
    """Return an IPv4 address."""
    return socket.AF_INET, (host, port)


@pytest.fixture
def silent() -> Iterator[Address]:
    """An address that answers nothing: a listener whose queue is full."""
    with socket.socket() as listener, socket.socket() as first, socket.socket() as second:
        listener.bind(("127.0.0.1", 0))
        listener.listen(0)
        for filler in (first, second):
            filler.setblocking(False)
            filler.connect_ex(listener.getsockname())
        yield v4(listener.getsockname()[1])


def peer(loop: LoopFactory, *addresses: Address, limit: float = 2.0) -> tuple[Address, float]:
    """Return the address that was connected to, and the seconds it took."""

    async def once() -> tuple[Address, float]:
        began = perf_counter()
        async with asyncio.timeout(limit), await connect(addresses) as stream:
            return (int(stream.socket.family), stream.socket.getpeername()), perf_counter() - began

    with asyncio.Runner(loop_factory=loop) as runner:
        found = runner.run(once())
    gc.collect()
    return found


@both_loops
def test_refused_address_is_followed_by_the_next_at_once(loop: LoopFactory) -> None:
    """No time is lost on an address that refuses."""
    with refusing() as closed, serving(mute) as port:
        found, took = peer(loop, v4(closed), v4(port))
    assert found == v4(port)
    assert took < NEXT_ADDRESS_AFTER


@both_loops
def test_silent_address_is_overtaken_by_the_next(loop: LoopFactory, silent: Address) -> None:
    """After a quarter of a second the next address is tried beside the silent one."""
    with serving(mute) as port:
        found, took = peer(loop, silent, v4(port))
    assert found == v4(port)
    assert NEXT_ADDRESS_AFTER * 0.9 < took < NEXT_ADDRESS_AFTER + 0.5


@both_loops
def test_first_address_is_preferred(loop: LoopFactory) -> None:
    """Where all would do, the first is used."""
    with serving(mute) as port, serving(mute) as other:
        found, _ = peer(loop, v4(port), v4(other))
    assert found == v4(port)


@both_loops
def test_all_refused_is_refused(loop: LoopFactory) -> None:
    """With every address refused, that is the error."""
    with refusing() as one, refusing() as other, pytest.raises(ConnectionRefusedError):
        peer(loop, v4(one), v4(other))


@both_loops
@pytest.mark.parametrize("ours_first", [True, False])
def test_far_ends_error_counts_more_than_our_own(loop: LoopFactory, ours_first: bool) -> None:
    """An address that we cannot even try says nothing of the service; one that refused does."""
    ours = v4(9, "255.255.255.255")  # broadcast: EACCES or ENETUNREACH at once
    with refusing() as closed:
        addresses = (ours, v4(closed)) if ours_first else (v4(closed), ours)
        with pytest.raises(ConnectionRefusedError):
            peer(loop, *addresses)


@both_loops
def test_only_our_own_errors_stay_our_own(loop: LoopFactory) -> None:
    """With no address that could be tried, the error is ours, as the system gave it."""
    ours = v4(9, "255.255.255.255")
    with pytest.raises(OSError, match=r"\[Errno") as caught:
        peer(loop, ours, ours)
    assert caught.value.errno in (errno.EACCES, errno.ENETUNREACH)


def test_unreachable_later_is_a_routers_word() -> None:
    """Our own lack of a route shows at once; what comes after the first packet, a router has said: down."""
    assert isinstance(reported(errno.ENETUNREACH), ProbeFailure)
    assert is_ours(OSError(errno.ENETUNREACH, "no route"))
    assert not is_ours(reported(errno.ENETUNREACH))
    assert isinstance(reported(errno.ECONNREFUSED), ConnectionRefusedError)


@both_loops
def test_all_silent_ends_with_the_time_limit(loop: LoopFactory, silent: Address) -> None:
    """Silent addresses are waited for until the core cuts the probe off, and no socket is left."""
    with pytest.raises(TimeoutError):
        peer(loop, silent, silent, limit=0.4)
