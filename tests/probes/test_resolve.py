"""Resolution of targets: literals need no look-up, and a failed look-up says whose fault it is."""

from __future__ import annotations

import asyncio
import contextlib
import errno
import socket
import threading
from collections.abc import AsyncIterator, Callable, Iterator
from typing import Any

import pytest

from ictss_monitor.probe import Finding, Outcome, Probe, ProbeFailure, ProbeOptions, ProbeTrouble, Reason
from ictss_monitor.probing.runner import run_once
from probes._resolve import Resolver, literal_address

FOUND = [
    (socket.AF_INET6, socket.SOCK_STREAM, 6, "", ("2001:db8::1", 0, 0, 0)),
    (socket.AF_INET, socket.SOCK_STREAM, 6, "", ("192.0.2.1", 0)),
]


class Directory:
    """Stands for getaddrinfo: counts questions, fails or waits as told."""

    def __init__(self, answer: list[tuple[Any, ...]] | Exception) -> None:
        self.answer = answer
        self.asked: list[str] = []
        self.gate = threading.Event()
        self.gate.set()

    def __call__(self, host: str, port: None, family: int, kind: int) -> list[tuple[Any, ...]]:
        self.asked.append(host)
        self.gate.wait(10)
        if isinstance(self.answer, Exception):
            raise self.answer
        return self.answer


@pytest.fixture
def directory() -> Iterator[Directory]:
    """A directory whose gate is opened at the end, so that no thread is left waiting."""
    made = Directory(FOUND)
    yield made
    made.gate.set()


@pytest.fixture
async def resolver(directory: Directory) -> AsyncIterator[Resolver]:
    """A resolver that asks the directory, with two threads and a short limit."""
    async with Resolver(directory, threads=2, limit=0.2) as made:
        yield made


@pytest.mark.parametrize(
    ("host", "family", "address"),
    [
        ("192.0.2.7", socket.AF_INET, ("192.0.2.7", 80)),
        ("2001:db8::7", socket.AF_INET6, ("2001:db8::7", 80, 0, 0)),
        ("::ffff:192.0.2.7", socket.AF_INET6, ("::ffff:192.0.2.7", 80, 0, 0)),
    ],
)
async def test_literal_needs_no_look_up(
    resolver: Resolver, directory: Directory, host: str, family: int, address: tuple[Any, ...]
) -> None:
    """An address written out is used as it is; no name server is asked."""
    assert await resolver.addresses(host, 80) == [(family, address)]
    assert directory.asked == []


def test_scope_of_literal_becomes_interface_number() -> None:
    """A link-local address with an interface gets that interface's number as its scope."""
    found = literal_address("fe80::1%lo", 7)
    assert found == (socket.AF_INET6, ("fe80::1%lo", 7, 0, socket.if_nametoindex("lo"))) or (
        found is not None and found[1][3:] == (socket.if_nametoindex("lo"),)
    )


@pytest.mark.parametrize("host", ["12:34", "2001:db8::zz", "fe80::1%no-such-interface", "\x00::1"])
def test_broken_literal_is_a_mistake_of_configuration(host: str) -> None:
    """What has a colon and is no IPv6 address is said to be so, not looked up."""
    with pytest.raises(ProbeTrouble) as caught:
        literal_address(host)
    assert caught.value.reason is Reason.CONFIGURATION


def test_literal_of_the_other_family_is_a_mistake_of_configuration() -> None:
    """An IPv4 address where IPv6 was asked for cannot be probed: ours to mend, not the far end's."""
    with pytest.raises(ProbeTrouble) as caught:
        literal_address("192.0.2.1", 80, socket.AF_INET6)
    assert caught.value.reason is Reason.CONFIGURATION


@pytest.mark.parametrize("host", ["127.1", "2130706433", "0x7f.1", "localhost", "192.0.2.1.example"])
def test_legacy_numbers_are_not_literals(host: str) -> None:
    """Only four plain decimal parts are an IPv4 address; all else is a name."""
    assert literal_address(host) is None


async def test_name_gives_all_its_addresses_in_order_with_the_port(resolver: Resolver) -> None:
    """A name's addresses come in the resolver's order, each with the port asked for."""
    assert await resolver.addresses("www.example", 443) == [
        (socket.AF_INET6, ("2001:db8::1", 443, 0, 0)),
        (socket.AF_INET, ("192.0.2.1", 443)),
    ]


async def test_hosts_file_is_heard() -> None:
    """The system's resolver is used, /etc/hosts included."""
    async with Resolver() as system:
        addresses = [address[0] for _, address in await system.addresses("localhost", 80)]
    assert {"127.0.0.1", "::1"} & set(addresses)


async def test_one_look_up_serves_all_who_wait(resolver: Resolver, directory: Directory) -> None:
    """A hundred probes of one name at once ask once, whatever the case of its letters."""
    directory.gate.clear()
    async with asyncio.TaskGroup() as group:
        tasks = [group.create_task(resolver.addresses(("a.example", "A.Example")[n % 2], n)) for n in range(100)]
        await asyncio.sleep(0)
        directory.gate.set()
    assert directory.asked == ["a.example"]
    assert [task.result()[1] for task in tasks] == [(socket.AF_INET, ("192.0.2.1", n)) for n in range(100)]


async def test_answer_is_kept_only_as_long_as_promised(directory: Directory) -> None:
    """Within `keep` seconds a name is not asked for again; after them it is."""
    async with Resolver(directory, keep=0.05) as resolver:
        await resolver.addresses("a.example")
        await resolver.addresses("a.example")
        assert len(directory.asked) == 1
        await asyncio.sleep(0.06)
        await resolver.addresses("a.example")
        assert len(directory.asked) == 2


async def test_failure_is_never_kept(resolver: Resolver, directory: Directory) -> None:
    """A name that has just been mended is found by the very next probe."""
    directory.answer = socket.gaierror(socket.EAI_NONAME, "unknown")
    with pytest.raises(ProbeFailure):
        await resolver.addresses("a.example")
    directory.answer = FOUND
    assert await resolver.addresses("a.example")


@pytest.mark.parametrize(
    ("error", "kind", "reason"),
    [
        (socket.gaierror(socket.EAI_NONAME, "x"), ProbeFailure, Reason.NAME),
        (socket.gaierror(socket.EAI_NODATA, "x"), ProbeFailure, Reason.NAME),
        (socket.gaierror(socket.EAI_AGAIN, "x"), ProbeTrouble, Reason.RESOLVER),
        (socket.gaierror(socket.EAI_FAIL, "x"), ProbeTrouble, Reason.RESOLVER),
        (socket.gaierror(socket.EAI_MEMORY, "x"), ProbeTrouble, Reason.RESOURCES),
        (UnicodeError("label too long"), ProbeTrouble, Reason.CONFIGURATION),
    ],
)
async def test_failed_look_up_says_whose_fault_it_is(
    resolver: Resolver, directory: Directory, error: Exception, kind: type[Exception], reason: Reason
) -> None:
    """A name that does not exist is the far end's fault; a resolver that cannot answer is ours."""
    directory.answer = error
    with pytest.raises(kind) as caught:
        await resolver.addresses("a.example")
    assert caught.value.reason is reason  # type: ignore[attr-defined]
    assert "a.example" in str(caught.value)


async def test_lack_of_sockets_passes_through(resolver: Resolver, directory: Directory) -> None:
    """An operating system error of ours reaches the core, which knows what it means."""
    directory.answer = OSError(errno.EMFILE, "too many open files")
    with pytest.raises(OSError, match="too many") as caught:
        await resolver.addresses("a.example")
    assert caught.value.errno == errno.EMFILE


async def test_silent_resolver_is_our_trouble_within_the_limit(resolver: Resolver, directory: Directory) -> None:
    """A resolver that does not answer makes the probe unknown, not the service down."""
    directory.gate.clear()
    began = asyncio.get_running_loop().time()
    with pytest.raises(ProbeTrouble) as caught:
        await resolver.addresses("a.example")
    assert caught.value.reason is Reason.RESOLVER
    assert asyncio.get_running_loop().time() - began < 1.0


async def test_probe_cut_off_while_resolving_is_our_trouble(directory: Directory) -> None:
    """A time limit shorter than the resolver's own still says that the name servers, not the service, used it up."""
    directory.gate.clear()
    async with Resolver(directory, limit=5.0) as resolver:

        class Named(Probe[ProbeOptions]):
            options_model = ProbeOptions

            async def run(self, options: ProbeOptions) -> Finding:
                await resolver.addresses(options.address)
                return Finding(Outcome.UP)

        finding = await run_once(Named(), ProbeOptions(address="a.example"), 50_000)
    assert (finding.outcome, finding.reason) == (Outcome.UNKNOWN, Reason.RESOLVER)


async def test_late_answer_serves_the_next_probe(resolver: Resolver, directory: Directory) -> None:
    """A look-up that outlasted its probe is not asked again: its answer is kept."""
    directory.gate.clear()
    with pytest.raises(ProbeTrouble):
        await resolver.addresses("a.example")
    directory.gate.set()
    assert await resolver.addresses("a.example")
    assert directory.asked == ["a.example"]


async def test_dead_resolver_takes_no_more_threads_than_allowed(resolver: Resolver, directory: Directory) -> None:
    """Forty names on a dead resolver occupy two threads, and all end as our trouble."""
    directory.gate.clear()
    before = threading.active_count()
    results = [asyncio.ensure_future(resolver.addresses(f"n{n}.example")) for n in range(40)]  # noqa: TID251
    done, waiting = await asyncio.wait(results, timeout=2)
    assert not waiting
    assert all(isinstance(task.exception(), ProbeTrouble) for task in done)
    assert threading.active_count() - before <= 2
    assert len(directory.asked) <= 2


async def test_literals_pass_a_dead_resolver(resolver: Resolver, directory: Directory) -> None:
    """Checks of addresses go on while the resolver hangs."""
    directory.gate.clear()
    with pytest.raises(ProbeTrouble):
        await resolver.addresses("a.example")
    assert await resolver.addresses("192.0.2.1")


async def test_cancellation_is_obeyed_and_spares_the_others(resolver: Resolver, directory: Directory) -> None:
    """One waiter that is cancelled ends at once; the other still gets the answer."""
    directory.gate.clear()
    async with asyncio.TaskGroup() as group:
        leaver = group.create_task(resolver.addresses("a.example"))
        stayer = group.create_task(resolver.addresses("a.example"))
        await asyncio.sleep(0.01)
        leaver.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await leaver
        assert leaver.cancelled()
        directory.gate.set()
    assert stayer.result()


async def test_closing_lets_the_threads_end(directory: Directory) -> None:
    """No thread of a closed resolver is left, once its last look-up has returned."""
    before = set(threading.enumerate())
    async with Resolver(directory) as resolver:
        await resolver.addresses("a.example")
        mine = set(threading.enumerate()) - before
        assert mine
    await asyncio.to_thread(lambda: [thread.join(5) for thread in mine])
    assert not any(thread.is_alive() for thread in mine)


def test_answer_after_the_loop_has_closed_is_dropped(directory: Directory) -> None:
    """A look-up that outlives its event loop ends quietly."""
    directory.gate.clear()
    raised: list[threading.ExceptHookArgs] = []
    before = set(threading.enumerate())
    hook: Callable[[threading.ExceptHookArgs], Any] = raised.append

    async def give_up() -> None:
        resolver = Resolver(directory, limit=0.01)
        with pytest.raises(ProbeTrouble):
            await resolver.addresses("a.example")
        resolver.close()

    old, threading.excepthook = threading.excepthook, hook
    try:
        asyncio.run(give_up())
        directory.gate.set()
        for thread in set(threading.enumerate()) - before:
            thread.join(5)
    finally:
        threading.excepthook = old
    assert not raised


async def test_names_kept_are_bounded(directory: Directory, monkeypatch: pytest.MonkeyPatch) -> None:
    """A server that redirects to ever new names does not fill our memory with them."""
    monkeypatch.setattr("probes._resolve.MOST_KEPT", 10)
    async with Resolver(directory) as resolver:
        for n in range(35):
            await resolver.addresses(f"n{n}.example")
        assert len(resolver._kept) <= 10
