"""The contract between the monitor and a probe: the one file that a probe's author reads.

A probe performs one exchange of one protocol and says what it found. It measures; it does not judge. It has no time
limit, retry, loop, log, metric or clock of its own: the core decides when it runs, cancels it when its time is up,
turns what it raises into findings, and applies the catalogue's limits to what it measured.

A new probe is one file with a module-level `PROBE`, one test, and one line in the entry-point group
`ictss_monitor.probes`, in this package or in anybody else's:

    class EchoOptions(ProbeOptions):
        port: int = Field(7, description="TCP port")

    class EchoProbe(Probe[EchoOptions]):
        options_model = EchoOptions

        async def run(self, options: EchoOptions) -> Finding: ...

    PROBE = EchoProbe
"""

from __future__ import annotations

import asyncio
from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from types import MappingProxyType, TracebackType
from typing import ClassVar, Final, Generic, Self, TypeVar

from pydantic import BaseModel, ConfigDict, Field


class Outcome(StrEnum):
    """What one probe run says of the far end; a state has the same four values."""

    UP = "up"
    DEGRADED = "degraded"
    DOWN = "down"
    UNKNOWN = "unknown"


class Reason(StrEnum):
    """Why a finding has its outcome: a short closed list, so that it can be a metric's label."""

    OK = "ok"
    LIMIT = "limit"
    """A measurement is beyond a limit of the catalogue."""

    # The far end's fault: down, or degraded where the probe can tell.
    REFUSED = "refused"
    RESET = "reset"
    TIMEOUT = "timeout"
    UNREACHABLE = "unreachable"
    """A router says that there is no way to the far end."""
    CLOSED = "closed"
    """The far end ended the exchange before it was complete."""
    NAME = "name"
    """The name of the far end does not exist."""
    PROTOCOL = "protocol"
    """The far end does not speak the protocol, or breaks its rules."""
    TLS = "tls"
    CERTIFICATE = "certificate"
    STATUS = "status"
    """The protocol's own status code reports failure."""
    MISMATCH = "mismatch"
    """The answer is well formed but not the expected one."""
    LOSS = "loss"
    OVERSIZE = "oversize"
    """The answer is larger than the probe is willing to read."""
    REBOOTED = "rebooted"
    """It answers, but was away since the last probe."""

    # Our own: unknown.
    NO_ROUTE = "no_route"
    PERMISSION = "permission"
    RESOURCES = "resources"
    RESOLVER = "resolver"
    """None of our name servers answers."""
    CONFIGURATION = "configuration"
    INTERNAL = "internal"
    PAUSED = "paused"


NO_MEASUREMENTS: Final[Mapping[str, float]] = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class Finding:
    """What one probe run found.

    `latency` is in seconds. Names of measurements end in their unit (`connect_seconds`, `certificate_days`,
    `loss_ratio`). `detail` is one short line for a person; it never holds a secret.
    """

    outcome: Outcome
    reason: Reason = Reason.OK
    latency: float | None = None
    measurements: Mapping[str, float] = field(default_factory=lambda: NO_MEASUREMENTS)
    detail: str = ""


class ProbeFailure(Exception):  # noqa: N818  # it is the far end that failed
    """Raised by a probe: the far end is at fault. Becomes a finding with the outcome down."""

    def __init__(self, reason: Reason, detail: str, measurements: Mapping[str, float] = NO_MEASUREMENTS) -> None:
        super().__init__(detail)
        self.reason = reason
        self.detail = detail
        self.measurements = measurements


class ProbeTrouble(Exception):  # noqa: N818
    """Raised by a probe: our own side is at fault. Becomes a finding with the outcome unknown."""

    def __init__(self, reason: Reason, detail: str) -> None:
        super().__init__(detail)
        self.reason = reason
        self.detail = detail


def excuse(cancelled: asyncio.CancelledError, trouble: ProbeTrouble) -> None:
    """Say of a cancellation that is passed on: if it is the time limit's, then for `trouble` of our own.

    A probe cut off while it waits for our name servers says nothing of the far end.
    """
    cancelled.__cause__ = trouble


def excuse_of(error: TimeoutError) -> ProbeTrouble | None:
    """Return the trouble of our own that used up the time, where the probe said so."""
    cancelled = error.__cause__ or error.__context__  # Python 3.11.2, Debian's, sets only the context
    cause = cancelled.__cause__ if isinstance(cancelled, asyncio.CancelledError) else None
    return cause if isinstance(cause, ProbeTrouble) else None


class ProbeOptions(BaseModel):
    """What a check tells its probe. Frozen, unknown keys are errors, every field is described with its unit."""

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)

    address: str = Field(description="What is probed, in the form that the probe documents", min_length=1)


O = TypeVar("O", bound=ProbeOptions)  # noqa: E741  # the one type variable of this contract


class Probe(ABC, Generic[O]):
    """One protocol. One object of it serves all checks of its kind in a process.

    What all its checks share (a socket, an engine, a connector) is opened in `__aenter__` and closed in `__aexit__`.
    """

    options_model: ClassVar[type[ProbeOptions]]

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        return None

    @abstractmethod
    async def run(self, options: O) -> Finding:
        """Perform one exchange.

        It is cancelled when its time is up; cancellation must not be caught to be kept. Raises ProbeFailure,
        ProbeTrouble, OSError, TimeoutError or ssl.SSLError freely: the core knows whose fault each is.
        """

    def far_end(self, options: O) -> str:
        """Return the key by which the core limits how many probes talk to one address at once."""
        return options.address


Report = Callable[[Finding | Exception], None]


class DatagramProbe(Probe[O]):
    """A probe whose exchanges share one socket and need no task each: `start` sends, a reader answers later.

    At thousands of checks a second a task and a timer for each exchange cost more than the exchange itself.
    """

    @abstractmethod
    def start(self, options: O, limit: float, report: Report) -> Callable[[], None]:
        """Send, and see to it that `report` is called exactly once, later, within `limit` seconds or shortly after.

        What `report` is handed is a finding, or the exception that `run` would have raised. Returns a function that
        forgets the exchange: after it, `report` is not called. Raises what cannot be sent at once.
        """

    async def run(self, options: O, limit: float = 5.0) -> Finding:
        """Perform one exchange on its own, for at most `limit` seconds."""
        answer: asyncio.Future[Finding] = asyncio.get_running_loop().create_future()

        def report(found: Finding | Exception) -> None:
            if not answer.done():
                if isinstance(found, Exception):
                    answer.set_exception(found)
                else:
                    answer.set_result(found)

        forget = self.start(options, limit, report)
        try:
            return await answer
        finally:
            forget()
