"""What was recorded beside what was done: pure, and independent of the code that judges.

The truth is the injector's own log. From it the truth of each service is worked out here by plain loops, not by the
monitor's rules: a comparison that shared code with what it checks could not find its errors.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from itertools import pairwise

from ictss_monitor.clock import SECOND, Duration, Instant
from ictss_monitor.demo.plan import FALL, INTERVAL, RETRY_INTERVAL, TIME_LIMIT, Promise


@dataclass(frozen=True, slots=True)
class Caused:
    """A server was broken from `begin` until `end` (None: to the end of the demo), by the injector's own clock."""

    server: str
    mode: str
    begin: Instant
    end: Instant | None


@dataclass(frozen=True, slots=True)
class Recorded:
    """An outage as the monitor recorded it; `end` None while it is open."""

    service: str
    council: str
    begin: Instant
    end: Instant | None


class Verdict(StrEnum):
    """How one line of the comparison came out."""

    RIGHT = "right"
    UNSEEN = "too short"
    MISSED = "MISSED"
    INVENTED = "INVENTED"
    OFF = "OFF"


@dataclass(frozen=True, slots=True)
class Line:
    """One service-outage of the truth with what was recorded of it, or one recorded that nothing caused."""

    service: str
    council: str
    verdict: Verdict
    caused: tuple[Instant, Instant | None] | None
    recorded: tuple[Instant, Instant | None] | None
    modes: tuple[str, ...] = ()

    @property
    def begin_difference(self) -> Duration | None:
        """Recorded minus caused begin, microseconds."""
        return self.recorded[0] - self.caused[0] if self.recorded and self.caused else None

    @property
    def end_difference(self) -> Duration | None:
        """Recorded minus caused end, microseconds; None where either is open."""
        if not self.recorded or not self.caused or self.recorded[1] is None or self.caused[1] is None:
            return None
        return self.recorded[1] - self.caused[1]


START_LAG: Duration = SECOND // 10
"""How late a probe may start on a busy machine: a fault just after one start is seen at the next, an interval later."""
TOLERANCE: Duration = int(INTERVAL * SECOND) + START_LAG
CERTAIN: Duration = int((INTERVAL + (FALL - 1) * max(RETRY_INTERVAL, TIME_LIMIT) + 2 * TIME_LIMIT) * SECOND)
"""A fault at least this long is always confirmed; one shorter than a re-check never; in between both are right."""
NEVER: Duration = int((FALL - 1) * RETRY_INTERVAL * SECOND)


def compare(
    caused: Sequence[Caused], recorded: Sequence[Recorded], promises: Iterable[Promise], ended: Instant
) -> list[Line]:
    """Return a line for every outage of the truth and for every recorded one that nothing explains.

    `ended` is when the demo stopped looking: what is open then has been open until then.
    """
    lines: list[Line] = []
    for promise in promises:
        truth = service_truth(caused, promise, ended)
        seen = [one for one in recorded if (one.service, one.council) == (promise.service, promise.council)]
        lines += _match(promise, truth, seen, caused, ended)
    return sorted(lines, key=lambda line: (line.caused or line.recorded or (0, None))[0])


def service_truth(caused: Sequence[Caused], promise: Promise, ended: Instant) -> list[tuple[Instant, Instant | None]]:
    """Return the stretches in which `promise` was broken, by trying every instant at which anything changed."""
    held = [fault for fault in caused if fault.server in promise.servers]
    edges = sorted({edge for fault in held for edge in (fault.begin, fault.end or ended)})
    stretches: list[tuple[Instant, Instant | None]] = []
    for begin, end in pairwise(edges):
        broken = {fault.server for fault in held if fault.begin <= begin and (fault.end or ended) >= end}
        if len(broken) < (len(promise.servers) if promise.down_when == "all" else 1):
            continue
        if stretches and stretches[-1][1] == begin:
            begin = stretches.pop()[0]
        open_end = end == ended and any(fault.end is None for fault in held if fault.server in broken)
        stretches.append((begin, None if open_end else end))
    return stretches


def _match(
    promise: Promise,
    truth: list[tuple[Instant, Instant | None]],
    seen: list[Recorded],
    caused: Sequence[Caused],
    ended: Instant,
) -> list[Line]:
    lines: list[Line] = []
    left = list(seen)
    for begin, end in truth:
        near = [
            one for one in left if one.begin < (end or ended) + TOLERANCE and (one.end or ended) > begin - TOLERANCE
        ]
        modes = tuple(
            fault.mode
            for fault in caused
            if fault.server in promise.servers and fault.begin < (end or ended) and (fault.end or ended) > begin
        )
        found = near[0] if near else None
        if found:
            left.remove(found)
        span = (found.begin, found.end) if found else None
        verdict = _verdict(begin, end, found, ended)
        lines.append(Line(promise.service, promise.council, verdict, (begin, end), span, modes))
    invented = ((one.begin, one.end) for one in left)
    lines += [Line(promise.service, promise.council, Verdict.INVENTED, None, span) for span in invented]
    return lines


def _verdict(begin: Instant, end: Instant | None, found: Recorded | None, ended: Instant) -> Verdict:
    length = (end or ended) - begin
    if found is None:
        if length >= CERTAIN:
            return Verdict.MISSED
        return Verdict.UNSEEN
    if length < NEVER:
        return Verdict.INVENTED
    if (found.end is None) != (end is None):
        return Verdict.OFF
    far = [abs(found.begin - begin)]
    if found.end is not None and end is not None:
        far.append(abs(found.end - end))
    return Verdict.OFF if max(far) > TOLERANCE else Verdict.RIGHT
