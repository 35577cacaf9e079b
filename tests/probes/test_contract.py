"""What every type of probe promises, ours and other packages' alike: the suite runs over all that are installed."""

from __future__ import annotations

import asyncio
import json
import os
import socket
import threading
import tracemalloc
from collections.abc import Awaitable, Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from itertools import repeat
from time import perf_counter
from typing import Any, TypeVar

import pytest
from pydantic import ValidationError
from structlog.testing import capture_logs
from support.dns_servers import name_server, silent
from support.probe_samples import SECRET, sample_of
from support.running import LoopFactory, both_loops
from support.servers import Talk, mute, refusing

from ictss_monitor.clock import SECOND, Duration
from ictss_monitor.probe import DatagramProbe, Finding, Outcome, Probe, ProbeOptions, Reason
from ictss_monitor.probing import registry
from ictss_monitor.probing.redaction import secrets_in
from ictss_monitor.probing.runner import run_once

T = TypeVar("T")

HOST = "127.0.0.1"
LIMIT = SECOND // 4
SLACK = 1.5
"""Seconds beyond the time limit that a busy machine may need."""
MOST_HELD = 4 << 20
"""Octets that one probe may hold at once, whatever the far end sends."""
TELLING = ("password", "passphrase", "secret", "token", "community", "credential", "private")
"""What the name of an option says that holds a secret."""

each_kind = pytest.mark.parametrize("kind", registry.kinds())


def options_for(kind: str, port: int = 9) -> ProbeOptions:
    """Return options with which `kind` talks to `port` of this machine."""
    return registry.options_model(kind)(**sample_of(kind).options(HOST, port))


async def probing(kind: str, port: int, act: Callable[[Probe[Any]], Awaitable[T]]) -> T:
    """Return what `act` does with an open probe, and see that neither socket nor task is left of it.

    `port` is that of a server in this process, whose sockets are not the probe's.
    """
    sockets, tasks = open_sockets(port), asyncio.all_tasks()
    async with registry.open_probes([kind]) as opened:
        done = await act(opened[kind])
    await asyncio.sleep(0)
    assert open_sockets(port) == sockets, f"{kind} leaves a socket open"
    assert asyncio.all_tasks() == tasks, f"{kind} leaves a task running"
    return done


def open_sockets(port: int) -> set[str]:
    """Return the sockets that this process has open, those bound to `port` aside."""
    found = set()
    for descriptor in os.listdir("/proc/self/fd"):
        with suppress(OSError):  # closed meanwhile by its server, or no socket
            if os.readlink(f"/proc/self/fd/{descriptor}").startswith("socket:"):
                with socket.socket(fileno=os.dup(int(descriptor))) as same:
                    name = same.getsockname()
                if not isinstance(name, tuple) or name[1] != port:
                    found.add(f"{descriptor} {name}")
    return found


def found(kind: str, port: int, loop: LoopFactory, limit: Duration = LIMIT) -> Finding:
    """Return what `kind` finds at `port`."""
    with asyncio.Runner(loop_factory=loop) as runner:
        return runner.run(probing(kind, port, lambda probe: run_once(probe, options_for(kind, port), limit)))


with_ports = pytest.mark.parametrize("kind", [kind for kind in registry.kinds() if not sample_of(kind).portless])


@each_kind
def test_options_are_described_strict_and_frozen(kind: str) -> None:
    """Every option says what it means, an unknown one is an error, none can be changed afterwards."""
    model = registry.options_model(kind)
    undescribed = [name for name, field in model.model_fields.items() if not field.description]
    assert not undescribed, f"{kind} does not describe {undescribed}"
    told = sample_of(kind).options(HOST, 9)
    with pytest.raises(ValidationError, match="no_such_option"):
        model(**told, no_such_option=1)
    with pytest.raises(ValidationError, match="frozen"):
        model(**told).address = "elsewhere"  # type: ignore[misc]
    with pytest.raises(ValidationError, match="address"):
        model(**{key: value for key, value in told.items() if key != "address"})


@each_kind
def test_options_have_a_schema_and_equal_ones_are_equal(kind: str) -> None:
    """Editors get a JSON schema, and a reload can tell whether a check has changed."""
    schema = registry.options_model(kind).model_json_schema()
    assert json.loads(json.dumps(schema))["additionalProperties"] is False
    assert options_for(kind, 9) == options_for(kind, 9)


@each_kind
def test_far_end_names_the_host_and_nothing_that_changes(kind: str) -> None:
    """The key for limits per address is the same for the same options, has the host in it, and no line end."""
    probe = registry.probe_class(kind)()
    key = probe.far_end(options_for(kind))
    assert key == probe.far_end(options_for(kind))
    assert HOST in key
    assert key.isprintable()


@both_loops
@with_ports
def test_refused_port_is_down(kind: str, loop: LoopFactory) -> None:
    """A port where nobody listens is the far end's fault."""
    with refusing(HOST) as port:
        assert found(kind, port, loop).outcome is Outcome.DOWN


@both_loops
@with_ports
def test_mute_server_is_down_in_time(kind: str, loop: LoopFactory) -> None:
    """A server that says nothing is down when the time limit has passed."""
    with name_server(silent, mute) as port:
        begun = perf_counter()
        told = found(kind, port, loop)
        assert (told.outcome, told.reason) == (Outcome.DOWN, Reason.TIMEOUT)
        assert perf_counter() - begun < LIMIT / SECOND + SLACK


CHUNK = bytes(range(256)) * 256
FLOODS: dict[str, Talk] = {
    "zeros": lambda connection: pour(connection, bytes(65_536)),
    "all octets": lambda connection: pour(connection, CHUNK),
    "one line": lambda connection: pour(connection, b"x" * 65_536),
    "many lines": lambda connection: pour(connection, b"220-x\r\n" * 8192),
    "headers": lambda connection: pour(connection, b"x-header: x\r\n" * 4096, b"HTTP/1.1 200 OK\r\n"),
    "body": lambda connection: pour(connection, bytes(65_536), b"HTTP/1.1 200 OK\r\n\r\n"),
}


def pour(connection: socket.socket, chunk: bytes, before: bytes = b"") -> None:
    """Send `before`, then `chunk` for ever."""
    connection.sendall(before)
    for piece in repeat(chunk):
        connection.sendall(piece)


def endless(query: bytes, client: Any) -> Iterable[bytes]:
    """Answer with ever more datagrams, in the form of the one that came and not."""
    return (query[:12] + bytes(n) for n in range(10_000))


@pytest.mark.parametrize("flood", FLOODS.values(), ids=FLOODS.keys())
@with_ports
def test_endless_server_is_bounded_in_time_and_memory(kind: str, flood: Talk) -> None:
    """A server that never stops sending ends the probe in time, and fills no memory of ours."""
    with name_server(endless, flood) as port, asyncio.Runner() as runner:

        async def measured(probe: Probe[Any]) -> int:
            await run_once(probe, options_for(kind, port), LIMIT)  # what is imported or cached on first use
            tracemalloc.reset_peak()
            before = tracemalloc.get_traced_memory()[0]
            await run_once(probe, options_for(kind, port), LIMIT)
            return tracemalloc.get_traced_memory()[1] - before

        tracemalloc.start()
        try:
            begun = perf_counter()
            held = runner.run(probing(kind, port, measured))
        finally:
            tracemalloc.stop()
        assert perf_counter() - begun < 2 * LIMIT / SECOND + SLACK
        assert held < MOST_HELD


@both_loops
@each_kind
def test_cancellation_is_obeyed(kind: str, loop: LoopFactory) -> None:
    """A run that is cancelled ends at once, raises nothing else, and leaves nothing open."""

    async def cancelled(probe: Probe[Any]) -> float:
        async with asyncio.TaskGroup() as group:
            task = group.create_task(run_once(probe, options_for(kind, port), 60 * SECOND))
            await asyncio.sleep(0)  # it has begun ...
            await asyncio.sleep(0)  # ... and is waiting for something
            begun = perf_counter()
            task.cancel()
        assert task.cancelled()
        return perf_counter() - begun

    with name_server(silent, mute) as port, asyncio.Runner(loop_factory=loop) as runner:
        assert runner.run(probing(kind, port, cancelled)) < SLACK


@each_kind
def test_datagram_probe_reports_exactly_once_and_not_after_it_is_forgotten(kind: str) -> None:
    """What `start` promises the prober, where a type offers it."""
    if not issubclass(registry.probe_class(kind), DatagramProbe):
        assert not hasattr(registry.probe_class(kind), "start"), "a probe with start must be a DatagramProbe"
        return

    async def started(probe: Probe[Any]) -> None:
        assert isinstance(probe, DatagramProbe)
        told: list[Finding | Exception] = []
        reported = asyncio.Event()

        def report(what: Finding | Exception) -> None:
            told.append(what)
            reported.set()

        forget = probe.start(options_for(kind, port), 0.2, report)
        async with asyncio.timeout(0.2 + SLACK):
            await reported.wait()
        forget()  # after the report: nothing to forget, and no error
        probe.start(options_for(kind, port), 0.2, told.append)()
        await asyncio.sleep(0.4)
        assert len(told) == 1

    with name_server(silent, mute) as port, asyncio.Runner() as runner:
        runner.run(probing(kind, port, started))


@contextmanager
def echo() -> Iterator[tuple[int, bytearray]]:
    """Send back whatever comes, first as it is, then as an answer of HTTP; yield the port and what has come."""
    heard = bytearray()
    lock = threading.Lock()

    def talk(connection: socket.socket) -> None:
        came = connection.recv(65_536)
        with lock:
            heard.extend(came)
        line = came.replace(b"\r\n", b" ")
        connection.sendall(b"HTTP/1.1 500 " + line + b"\r\nx-echo: " + line + b"\r\n\r\n" + came)

    def respond(query: bytes, client: Any) -> Iterable[bytes]:
        with lock:
            heard.extend(query)
        return (query, query[:2] + b"\x80" + query[3:])

    with name_server(respond, talk) as port:
        yield port, heard


@each_kind
def test_option_that_holds_a_secret_is_kept_as_one(kind: str) -> None:
    """An option called password, token or the like is of a type that does not print it."""
    model = registry.options_model(kind)
    plain = [
        name
        for name, field in model.model_fields.items()
        if any(word in name for word in TELLING) and "Secret" not in str(field.annotation)
    ]
    assert not plain
    if sample_of(kind).secret is None:
        assert "Secret" not in str({name: field.annotation for name, field in model.model_fields.items()}), (
            f"{kind} has options for secrets, but its sample does not use them"
        )


@pytest.mark.parametrize("kind", [kind for kind in registry.kinds() if sample_of(kind).secret])
def test_no_secret_leaks(kind: str, capfd: pytest.CaptureFixture[str]) -> None:
    """Not into the options as printed, nor into the finding of a server that echoes it, nor into log or output."""
    secret = sample_of(kind).secret
    assert secret is not None
    with (sample_of(kind).echo or echo)() as (port, heard), capture_logs() as logs, asyncio.Runner() as runner:
        options = registry.options_model(kind)(**secret(HOST, port, SECRET))
        assert SECRET in {held for name in type(options).model_fields for held in secrets_in(getattr(options, name))}
        finding = runner.run(probing(kind, port, lambda probe: run_once(probe, options, LIMIT)))
        key = registry.probe_class(kind)().far_end(options)
    assert SECRET.encode() in heard, "the sample does not send its secret"
    printed = capfd.readouterr()
    for place in (options, str(options), options.model_dump_json(), finding, key, logs, printed):
        assert SECRET not in repr(place)
