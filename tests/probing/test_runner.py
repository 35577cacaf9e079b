"""One guarded run: whatever a probe does, there is a finding in time that says whose fault it is."""

from __future__ import annotations

import asyncio
import errno
import os
import resource
import socket
import ssl
from collections.abc import Awaitable, Callable
from time import perf_counter

import pytest
from pydantic import BaseModel, SecretBytes, SecretStr
from structlog.testing import capture_logs

from ictss_monitor.catalogue.model import Limit
from ictss_monitor.clock import SECOND
from ictss_monitor.probe import (
    DatagramProbe,
    Finding,
    Outcome,
    Probe,
    ProbeFailure,
    ProbeOptions,
    ProbeTrouble,
    Reason,
    Report,
)
from ictss_monitor.probing.redaction import MOST_DETAIL, may_hold_secrets
from ictss_monitor.probing.runner import finding_of, run_once, settled, start_once

HERE = ProbeOptions(address="here")


class Doing(Probe[ProbeOptions]):
    """Does what a test hands it."""

    options_model = ProbeOptions

    def __init__(self, act: Callable[[], Awaitable[Finding]]) -> None:
        self._act = act

    async def run(self, options: ProbeOptions) -> Finding:
        return await self._act()


def raising(error: BaseException) -> Doing:
    """Return a probe that raises `error`."""

    async def act() -> Finding:
        raise error

    return Doing(act)


def finding(found: Finding) -> Doing:
    """Return a probe that finds `found`."""

    async def act() -> Finding:
        return found

    return Doing(act)


THEIRS = [
    (TimeoutError(), Reason.TIMEOUT),
    (OSError(errno.ETIMEDOUT, "timed out"), Reason.TIMEOUT),
    (ConnectionRefusedError(errno.ECONNREFUSED, "refused"), Reason.REFUSED),
    (ConnectionResetError(errno.ECONNRESET, "reset"), Reason.RESET),
    (ConnectionAbortedError(errno.ECONNABORTED, "aborted"), Reason.RESET),
    (BrokenPipeError(errno.EPIPE, "pipe"), Reason.RESET),
    (OSError(errno.EHOSTUNREACH, "no route to host"), Reason.UNREACHABLE),
    (OSError(errno.EHOSTDOWN, "host is down"), Reason.UNREACHABLE),
    (asyncio.IncompleteReadError(b"", 4), Reason.CLOSED),
    (asyncio.LimitOverrunError("too long", 9), Reason.OVERSIZE),
    (ssl.SSLCertVerificationError(1, "certificate verify failed"), Reason.CERTIFICATE),
    (ssl.SSLError(1, "wrong version number"), Reason.TLS),
    (ssl.SSLEOFError(8, "EOF"), Reason.TLS),
    (socket.gaierror(socket.EAI_NONAME, "no such name"), Reason.NAME),
    (ProbeFailure(Reason.MISMATCH, "another answer"), Reason.MISMATCH),
    (ExceptionGroup("one", [ConnectionRefusedError(errno.ECONNREFUSED, "refused")]), Reason.REFUSED),
]
OURS = [
    (OSError(errno.ENETUNREACH, "network is unreachable"), Reason.NO_ROUTE),
    (OSError(errno.ENETDOWN, "network is down"), Reason.NO_ROUTE),
    (PermissionError(errno.EACCES, "permission denied"), Reason.PERMISSION),
    (PermissionError(errno.EPERM, "not permitted"), Reason.PERMISSION),
    (OSError(errno.EMFILE, "too many open files"), Reason.RESOURCES),
    (OSError(errno.ENFILE, "file table overflow"), Reason.RESOURCES),
    (OSError(errno.ENOBUFS, "no buffer space"), Reason.RESOURCES),
    (OSError(errno.ENOMEM, "no memory"), Reason.RESOURCES),
    (OSError(errno.EADDRNOTAVAIL, "cannot assign address"), Reason.RESOURCES),
    (MemoryError(), Reason.RESOURCES),
    (socket.gaierror(socket.EAI_AGAIN, "try again"), Reason.RESOLVER),
    (socket.gaierror(socket.EAI_FAIL, "failed"), Reason.RESOLVER),
    (FileNotFoundError(errno.ENOENT, "no such file"), Reason.CONFIGURATION),
    (ProbeTrouble(Reason.RESOLVER, "nobody answers"), Reason.RESOLVER),
    (OSError(errno.EBADF, "bad file descriptor"), Reason.INTERNAL),
    (OSError("no number at all"), Reason.INTERNAL),
    (ZeroDivisionError("x"), Reason.INTERNAL),
    (ExceptionGroup("two", [ValueError(), KeyError()]), Reason.INTERNAL),
]


@pytest.mark.parametrize(
    ("error", "outcome", "reason"),
    [(error, Outcome.DOWN, reason) for error, reason in THEIRS]
    + [(error, Outcome.UNKNOWN, reason) for error, reason in OURS],
    ids=lambda value: repr(value)[:60],
)
def test_error_says_whose_fault_it_is(error: Exception, outcome: Outcome, reason: Reason) -> None:
    """The far end's errors are down, our own are unknown, each with its reason and a printable line."""
    found = finding_of(error)
    assert (found.outcome, found.reason) == (outcome, reason)
    assert found.detail.isprintable()
    assert len(found.detail) <= MOST_DETAIL


def test_measurements_of_a_failure_are_kept() -> None:
    """What was measured until the far end failed is not lost."""
    assert finding_of(ProbeFailure(Reason.STATUS, "503", {"connect_seconds": 0.1})).measurements == {
        "connect_seconds": 0.1
    }


async def test_real_refusal_is_down() -> None:
    """The error that the system raises for a port where nobody listens is understood."""
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        port = unused.getsockname()[1]

        async def act() -> Finding:
            await asyncio.open_connection("127.0.0.1", port)
            raise AssertionError

        found = await run_once(Doing(act), HERE, SECOND)
    assert (found.outcome, found.reason) == (Outcome.DOWN, Reason.REFUSED)


async def test_real_lack_of_files_is_unknown() -> None:
    """Running out of descriptors says nothing of the far end."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    held = os.dup(0)
    os.close(held)

    async def act() -> Finding:
        socket.socket().close()
        raise AssertionError

    resource.setrlimit(resource.RLIMIT_NOFILE, (held, hard))
    try:
        found = await run_once(Doing(act), HERE, SECOND)
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
    assert (found.outcome, found.reason) == (Outcome.UNKNOWN, Reason.RESOURCES)


async def test_probe_that_never_ends_is_down_in_time() -> None:
    """The time limit ends a run, and the finding says how long it was."""

    async def act() -> Finding:
        await asyncio.get_running_loop().create_future()
        raise AssertionError

    begun = perf_counter()
    found = await run_once(Doing(act), HERE, SECOND // 20)
    assert 0.05 <= perf_counter() - begun < 0.5
    assert found == Finding(Outcome.DOWN, Reason.TIMEOUT, detail="no end within 0.05 s")


async def test_cancellation_passes_through() -> None:
    """A run that is cancelled from without ends in cancellation, not in a finding."""
    inside = asyncio.Event()

    async def act() -> Finding:
        inside.set()
        await asyncio.get_running_loop().create_future()
        raise AssertionError

    async with asyncio.TaskGroup() as group:
        task = group.create_task(run_once(Doing(act), HERE, 10 * SECOND))
        await inside.wait()
        task.cancel()
    assert task.cancelled()


@pytest.mark.parametrize("outcome", [Outcome.UP, Outcome.DEGRADED])
async def test_latency_is_the_duration_where_the_probe_has_none(outcome: Outcome) -> None:
    """A finding of something that works always has a latency, so that a limit on it always means something."""

    async def act() -> Finding:
        await asyncio.sleep(0.03)
        return Finding(outcome)

    found = await run_once(Doing(act), HERE, SECOND)
    assert found.latency is not None
    assert 0.03 <= found.latency < 0.5


@pytest.mark.parametrize(
    ("found", "latency"), [(Finding(Outcome.UP, latency=0.25), 0.25), (Finding(Outcome.DOWN, Reason.STATUS), None)]
)
async def test_latency_of_the_probe_is_left_alone(found: Finding, latency: float | None) -> None:
    """What the probe measured stands, and what is down gets no latency."""
    assert (await run_once(finding(found), HERE, SECOND)).latency == latency


async def test_limits_are_applied() -> None:
    """A run's finding is lowered by the check's limits."""
    slow = Limit("latency", Outcome.DEGRADED, above=0.2)
    found = await run_once(finding(Finding(Outcome.UP, latency=0.25)), HERE, SECOND, (slow,))
    assert (found.outcome, found.reason) == (Outcome.DEGRADED, Reason.LIMIT)


async def test_detail_is_one_short_printable_line() -> None:
    """A far end cannot put control characters, new lines or a novel into our records."""
    hostile = "first\nsecond\x1b[2J\x00" + "x" * 1_000_000
    for probe in (finding(Finding(Outcome.UP, detail=hostile)), raising(ProbeFailure(Reason.STATUS, hostile))):
        detail = (await run_once(probe, HERE, SECOND)).detail
        assert len(detail) == MOST_DETAIL
        assert detail.isprintable()
        assert detail.startswith("first second?[2J?xxx")
        assert detail.endswith("x…")


async def test_returning_something_else_is_a_mistake_of_the_probe() -> None:
    """A probe that forgets its return is unknown, not a crash of the monitor."""

    async def act() -> Finding:
        return None  # type: ignore[return-value]  # that is the mistake

    found = await run_once(Doing(act), HERE, SECOND)
    assert (found.outcome, found.reason) == (Outcome.UNKNOWN, Reason.INTERNAL)
    assert "returned no finding" in found.detail


class Inner(BaseModel):
    """Holds secrets one level down."""

    tokens: dict[str, SecretStr] = {}


class SecretOptions(ProbeOptions):
    """Options with secrets in every place that they can be."""

    timeout: float = 1.0
    password: SecretStr | None = None
    key: SecretBytes = SecretBytes(b"")
    inner: Inner = Inner()
    several: tuple[SecretStr, ...] = ()


SECRETS = SecretOptions(
    address="here",
    password=SecretStr("pass-phrase"),
    key=SecretBytes(b"key-bytes"),
    inner=Inner(tokens={"a": SecretStr("token-a")}),
    several=(SecretStr("one-of-two"), SecretStr("two-of-two")),
)
ALL_SECRETS = ("pass-phrase", "key-bytes", "token-a", "one-of-two", "two-of-two")


async def test_secrets_of_the_options_are_struck_out_of_the_detail() -> None:
    """A far end that echoes what we sent does not get a secret into our records."""
    echo = "you said " + " ".join(ALL_SECRETS)
    for probe in (finding(Finding(Outcome.UP, detail=echo)), raising(ProbeFailure(Reason.STATUS, echo))):
        assert (await run_once(probe, SECRETS, SECOND)).detail == "you said *** *** *** *** ***"


def test_options_without_room_for_secrets_are_not_searched() -> None:
    """Plain fields cost nothing at every run."""
    assert may_hold_secrets(ProbeOptions) == ()
    assert may_hold_secrets(SecretOptions) == ("password", "key", "inner", "several")


async def test_mistake_in_a_probe_is_logged_once_with_its_traceback_and_no_secret() -> None:
    """A bug is unknown, its place is in the detail, and a thousand failures make one line of log."""

    class MistakeError(Exception):
        """Of this test only, so that no other has logged it."""

    probe = raising(MistakeError("with pass-phrase in its text"))
    with capture_logs() as logs:
        found = [await run_once(probe, SECRETS, SECOND) for _ in range(3)]
    assert {(one.outcome, one.reason) for one in found} == {(Outcome.UNKNOWN, Reason.INTERNAL)}
    assert found[0].detail.startswith("MistakeError in act, test_runner.py:")
    assert len(logs) == 1
    assert "Traceback" in logs[0]["traceback"]
    assert "with *** in its text" in logs[0]["traceback"]
    assert "pass-phrase" not in repr(logs)


async def test_each_kind_of_mistake_is_logged() -> None:
    """A second kind of bug of the same probe is not hidden by the first."""
    first, second = (type(name, (Exception,), {}) for name in ("First", "Second"))
    with capture_logs() as logs:
        for mistake in (first, second, first):
            await run_once(raising(mistake()), HERE, SECOND)
    assert len(logs) == 2


class Wired(DatagramProbe[ProbeOptions]):
    """A datagram probe that reports, or raises, what a test hands it."""

    options_model = ProbeOptions

    def __init__(self, told: Finding | Exception | None, at_once: Exception | None = None) -> None:
        self._told = told
        self._at_once = at_once
        self.limit = 0.0

    def start(self, options: ProbeOptions, limit: float, report: Report) -> Callable[[], None]:
        self.limit = limit
        if self._at_once is not None:
            raise self._at_once
        if self._told is None:
            return lambda: None
        return asyncio.get_running_loop().call_soon(report, self._told).cancel


async def test_datagram_probe_is_run_through_its_start_with_the_limit() -> None:
    """A datagram probe is told its limit in seconds, and its report is the finding."""
    probe = Wired(Finding(Outcome.UP, latency=0.1))
    assert await run_once(probe, HERE, 3 * SECOND) == Finding(Outcome.UP, latency=0.1)
    assert probe.limit == 3.0


@pytest.mark.parametrize(
    "probe", [Wired(ConnectionRefusedError()), Wired(None, at_once=ConnectionRefusedError())], ids=["later", "at once"]
)
async def test_exception_of_a_datagram_probe_is_a_finding(probe: Wired) -> None:
    """Reported or raised, an exception means the same."""
    assert (await run_once(probe, HERE, SECOND)).reason is Reason.REFUSED


async def test_datagram_probe_that_never_reports_is_ended_shortly_after_its_limit() -> None:
    """A datagram probe that breaks its promise cannot hold up the monitor."""
    begun = perf_counter()
    assert (await run_once(Wired(None), HERE, SECOND // 20)).reason is Reason.TIMEOUT
    assert perf_counter() - begun < 2


async def test_start_without_a_task_reports_what_cannot_be_sent() -> None:
    """What `start` raises is reported like everything else, and can be forgotten."""
    told: list[Finding | Exception] = []
    error = OSError(errno.ENOBUFS, "no buffer space")
    forget = start_once(Wired(None, at_once=error), HERE, SECOND, told.append)
    forget()
    assert told == [error]
    assert settled(Wired(None), HERE, told[0], 0.1).reason is Reason.RESOURCES
