"""One guarded run of a probe: whatever happens in it becomes a finding, within the time limit.

The only file that catches every exception, because it is the border to code of which nothing is known. Cancellation
is not an Exception and passes through.
"""

from __future__ import annotations

import asyncio
import errno
import socket
import ssl
import traceback
from collections.abc import Callable, Sequence
from time import perf_counter
from typing import Any, Final, TypeVar

import structlog

from ictss_monitor.catalogue.model import Limit
from ictss_monitor.clock import SECOND, Duration
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
    excuse_of,
)
from ictss_monitor.probing.limits import apply_limits
from ictss_monitor.probing.redaction import one_line, without_secrets

DATAGRAM_SLACK: Final = 0.5
"""Seconds a datagram probe has beyond its limit to report that the limit has passed, with what came until then."""

# ENETUNREACH and EHOSTUNREACH: Linux gives the former where no route of ours matches, and the latter for what a router
# or the last hop's address resolution reports. A router's "network unreachable" is the one case that is told wrongly,
# as unknown: a probe that sees the error arrive after sending knows better, and raises ProbeFailure itself.
OF_ERRNO: Final = {
    errno.EHOSTUNREACH: (Outcome.DOWN, Reason.UNREACHABLE),
    errno.EHOSTDOWN: (Outcome.DOWN, Reason.UNREACHABLE),
    errno.ENONET: (Outcome.DOWN, Reason.UNREACHABLE),
    errno.ENETUNREACH: (Outcome.UNKNOWN, Reason.NO_ROUTE),
    errno.ENETDOWN: (Outcome.UNKNOWN, Reason.NO_ROUTE),
    errno.EAFNOSUPPORT: (Outcome.UNKNOWN, Reason.NO_ROUTE),
    errno.EACCES: (Outcome.UNKNOWN, Reason.PERMISSION),
    errno.EPERM: (Outcome.UNKNOWN, Reason.PERMISSION),
    errno.EMFILE: (Outcome.UNKNOWN, Reason.RESOURCES),
    errno.ENFILE: (Outcome.UNKNOWN, Reason.RESOURCES),
    errno.ENOBUFS: (Outcome.UNKNOWN, Reason.RESOURCES),
    errno.ENOMEM: (Outcome.UNKNOWN, Reason.RESOURCES),
    errno.EAGAIN: (Outcome.UNKNOWN, Reason.RESOURCES),
    errno.EADDRINUSE: (Outcome.UNKNOWN, Reason.RESOURCES),
    errno.EADDRNOTAVAIL: (Outcome.UNKNOWN, Reason.RESOURCES),
    errno.ENOENT: (Outcome.UNKNOWN, Reason.CONFIGURATION),
}
"""Whose fault an operating system's error is, where no class of exceptions says it."""

NO_SUCH_NAME: Final = frozenset(
    getattr(socket, code) for code in ("EAI_NONAME", "EAI_NODATA", "EAI_ADDRFAMILY") if hasattr(socket, code)
)

T = TypeVar("T")

log = structlog.get_logger(__name__)

_told: set[tuple[type, type]] = set()


async def run_once(
    probe: Probe[Any], options: ProbeOptions, time_limit: Duration, limits: Sequence[Limit] = ()
) -> Finding:
    """Run `probe` once, for at most `time_limit` microseconds, and return what it found, whatever happened."""
    return await guarded(probe, options, time_limit / SECOND, limits)


async def guarded(probe: Probe[Any], options: ProbeOptions, seconds: float, limits: Sequence[Limit] = ()) -> Finding:
    """Run `probe` once, for at most `seconds`; only cancellation is raised.

    A finding that is up or degraded and has no latency of its own is given the duration of the run.
    """
    begun = perf_counter()
    answer: Finding | Exception
    try:
        if isinstance(probe, DatagramProbe):
            async with asyncio.timeout(seconds + DATAGRAM_SLACK):
                answer = await probe.run(options, seconds)
        else:
            async with asyncio.timeout(seconds):
                answer = await probe.run(options)
    except Exception as error:  # the border to unknown code, see above
        answer = error
    return settled(probe, options, answer, perf_counter() - begun, limits)


def tried(act: Callable[[], T]) -> T | Exception:
    """Return what `act`, code that is not ours, returns or raises."""
    try:
        return act()
    except Exception as error:  # the border to unknown code, see above
        return error


def start_once(
    probe: DatagramProbe[Any], options: ProbeOptions, time_limit: Duration, report: Report
) -> Callable[[], None]:
    """Start `probe` without a task; what it cannot even send is reported like everything else.

    Returns what forgets the exchange. What is reported is not settled yet: see `settled`.
    """
    try:
        return probe.start(options, time_limit / SECOND, report)
    except Exception as error:  # the border, again
        report(error)
        return _nothing


def _nothing() -> None:
    """Forget an exchange that never began."""


def settled(
    probe: Probe[Any],
    options: ProbeOptions,
    answer: Finding | Exception,
    seconds: float,
    limits: Sequence[Limit] = (),
) -> Finding:
    """Return what `probe` said or raised after `seconds` as a finding fit to be recorded, with `limits` applied.

    Its detail is one short printable line without any of the secrets of `options`.
    """
    if isinstance(answer, Finding):
        finding = answer
    elif isinstance(answer, Exception):
        finding = finding_of(answer)
        if finding.reason is Reason.INTERNAL:
            _tell_once(probe, options, answer)
        elif finding.reason is Reason.TIMEOUT and not finding.detail:
            finding = Finding(Outcome.DOWN, Reason.TIMEOUT, detail=f"no end within {round(seconds, 2):g} s")
    else:
        finding = Finding(Outcome.UNKNOWN, Reason.INTERNAL, detail=f"{_name(probe)} returned no finding")
    detail = one_line(without_secrets(finding.detail, options)) if finding.detail else ""
    latency = finding.latency
    if latency is None and (finding.outcome is Outcome.UP or finding.outcome is Outcome.DEGRADED):
        latency = seconds
    if detail is not finding.detail or latency is not finding.latency:
        finding = Finding(finding.outcome, finding.reason, latency, finding.measurements, detail)
    return apply_limits(finding, limits) if limits else finding


def finding_of(error: Exception) -> Finding:
    """Return the finding that `error`, raised by a probe, amounts to: whose fault it is, and why.

    Of an error that nobody foresaw only the type and the place are told: its text could hold anything.
    """
    if isinstance(error, ExceptionGroup) and len(error.exceptions) == 1:
        return finding_of(error.exceptions[0])
    if isinstance(error, ProbeFailure):
        return Finding(Outcome.DOWN, error.reason, measurements=error.measurements, detail=one_line(error.detail))
    if isinstance(error, ProbeTrouble):
        return Finding(Outcome.UNKNOWN, error.reason, detail=one_line(error.detail))
    if isinstance(error, TimeoutError) and (trouble := excuse_of(error)) is not None:
        return finding_of(trouble)
    outcome, reason = _judged(error)
    detail = _place(error) if reason is Reason.INTERNAL else one_line(_words(error))
    return Finding(outcome, reason, detail=detail)


def _judged(error: Exception) -> tuple[Outcome, Reason]:
    match error:
        case TimeoutError():
            return Outcome.DOWN, Reason.TIMEOUT
        case ConnectionRefusedError():
            return Outcome.DOWN, Reason.REFUSED
        case ConnectionError():  # reset, aborted, broken pipe
            return Outcome.DOWN, Reason.RESET
        case EOFError():
            return Outcome.DOWN, Reason.CLOSED
        case asyncio.LimitOverrunError():
            return Outcome.DOWN, Reason.OVERSIZE
        case ssl.SSLCertVerificationError():
            return Outcome.DOWN, Reason.CERTIFICATE
        case ssl.SSLError():
            return Outcome.DOWN, Reason.TLS
        case socket.gaierror(errno=number):
            return (Outcome.DOWN, Reason.NAME) if number in NO_SUCH_NAME else (Outcome.UNKNOWN, Reason.RESOLVER)
        case MemoryError():
            return Outcome.UNKNOWN, Reason.RESOURCES
        case OSError(errno=int(number)) if number in OF_ERRNO:
            return OF_ERRNO[number]
    return Outcome.UNKNOWN, Reason.INTERNAL


def _words(error: Exception) -> str:
    # OpenSSL's own words; an error of ssl that was not made by OpenSSL has none of these.
    for field in ("verify_message", "reason"):
        if isinstance(error, ssl.SSLError) and getattr(error, field, None):
            return str(getattr(error, field))
    if isinstance(error, OSError) and error.strerror:
        return error.strerror
    return str(error)


def _place(error: Exception) -> str:
    frames = traceback.extract_tb(error.__traceback__, -1) if error.__traceback__ is not None else []
    where = "".join(f" in {frame.name}, {frame.filename.rpartition('/')[2]}:{frame.lineno}" for frame in frames[-1:])
    return f"{type(error).__name__}{where}"


def _name(probe: Probe[Any]) -> str:
    return f"{type(probe).__module__}.{type(probe).__qualname__}"


def _tell_once(probe: Probe[Any], options: ProbeOptions, error: Exception) -> None:
    """Log the traceback of a bug once per type of probe and of error: a broken probe may fail thousands of times."""
    key = (type(probe), type(error))
    if key not in _told:
        _told.add(key)
        trace = without_secrets("".join(traceback.format_exception(error)), options)
        log.error("a probe failed by a mistake in its own code", probe=_name(probe), traceback=trace)
