"""One exchange: a few echo requests to one address, what came back, and the finding that follows."""

from __future__ import annotations

from typing import TypeAlias

from ictss_monitor.probe import Finding, Outcome, ProbeFailure, ProbeTrouble, Reason, Report
from probes._icmp_packet import EchoRequest

SocketAddress: TypeAlias = tuple[str, int] | tuple[str, int, int, int]


class Exchange:
    """What is known of one exchange while it is under way. All times are seconds of the loop's clock.

    Packets leave `spacing` apart, squeezed where needed so that the last leaves in the first half of the time; one that
    our own pacing held back past `latest` does not leave at all: it would have no fair chance to be answered.
    """

    __slots__ = (
        "answered",
        "complaint",
        "complaints",
        "cookie",
        "count",
        "deadline",
        "destination",
        "done",
        "jitter_sum",
        "keys",
        "latest",
        "limit",
        "report",
        "request",
        "rtt_last",
        "rtt_max",
        "rtt_min",
        "rtt_sum",
        "sent",
        "source",
        "spacing",
        "started",
        "trouble",
    )

    def __init__(
        self,
        destination: SocketAddress,
        request: EchoRequest,
        count: int,
        spacing: float,
        limit: float,
        started: float,
        cookie: int,
        report: Report,
    ) -> None:
        """Plan `count` packets within `limit` seconds from `started`; replies come from `destination[0]`."""
        self.destination = destination
        self.source = destination[0]
        self.request = request
        self.count = count
        self.spacing = spacing if count == 1 else min(spacing, limit / 2 / (count - 1))
        self.limit = limit
        self.started = started
        self.latest = started + limit * 0.75
        self.deadline = started + limit
        self.cookie = cookie
        self.report: Report = report
        self.keys: list[tuple[str, int]] = []
        self.sent = self.answered = self.complaints = 0
        self.complaint = ""
        self.rtt_min = self.rtt_max = self.rtt_sum = self.rtt_last = self.jitter_sum = 0.0
        self.trouble: ProbeTrouble | None = None
        self.done = False

    def answer(self, rtt: float) -> None:
        """Take note that one more packet was answered, after `rtt` seconds."""
        if not self.answered:
            self.rtt_min = self.rtt_max = self.rtt_sum = rtt
        else:
            self.rtt_sum += rtt
            self.jitter_sum += abs(rtt - self.rtt_last)
            if rtt < self.rtt_min:
                self.rtt_min = rtt
            elif rtt > self.rtt_max:
                self.rtt_max = rtt
        self.rtt_last = rtt
        self.answered += 1

    @property
    def settled(self) -> bool:
        """Whether all packets left and the fate of each is known."""
        return self.answered + self.complaints == self.count

    def result(self, sure: bool) -> Finding | Exception:
        """Return what the exchange found; not `sure` says that our own receive buffer may have lost replies."""
        if self.answered:
            return self._up(sure)
        if self.complaints:
            return ProbeFailure(Reason.UNREACHABLE, self.complaint, {"loss_ratio": 1.0})
        if self.trouble is not None:
            return self.trouble
        if not self.sent:
            detail = f"no packet to {self.source} could leave in time: too many probes at once, or a full send buffer"
            return ProbeTrouble(Reason.RESOURCES, detail)
        if not sure:
            detail = "our receive buffer overflowed and may have lost the replies: raise net.core.rmem_max"
            return ProbeTrouble(Reason.RESOURCES, detail)
        packets = "1 packet" if self.sent == 1 else f"{self.sent} packets"
        detail = f"no reply from {self.source} to {packets} within {self.limit:g} s"
        return Finding(Outcome.DOWN, Reason.TIMEOUT, None, {"loss_ratio": 1.0}, detail)

    def _up(self, sure: bool) -> Finding:
        mean = self.rtt_sum / self.answered
        measurements = {
            "loss_ratio": 1.0 - self.answered / self.sent,
            "rtt_min_seconds": self.rtt_min,
            "rtt_mean_seconds": mean,
            "rtt_max_seconds": self.rtt_max,
        }
        if self.answered > 1:
            measurements["jitter_seconds"] = self.jitter_sum / (self.answered - 1)
        if self.answered == self.sent:
            return Finding(Outcome.UP, Reason.OK, mean, measurements)
        if not sure:
            del measurements["loss_ratio"]  # the loss may be our own
        return Finding(Outcome.UP, Reason.OK, mean, measurements, f"{self.answered} of {self.sent} packets answered")
