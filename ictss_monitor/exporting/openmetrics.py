"""The states of services as OpenMetrics with a time to each sample, for `promtool tsdb create-blocks-from openmetrics`.

The series is the one that a scrape of the daemon gives, so that the past and the present are one graph.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import islice
from typing import Final

from ictss_monitor.clock import SECOND, Duration, Instant
from ictss_monitor.importing.estate import Pair
from ictss_monitor.intervals import IntervalSet
from ictss_monitor.judging.timeline import ServiceTimeline
from ictss_monitor.metrics.checks import VALUE_OF
from ictss_monitor.metrics.exposition import Format, labels
from ictss_monitor.metrics.scrape import SERVICE_STATE
from ictss_monitor.probe import Outcome

END: Final = "# EOF\n"
_LINES_PER_PART: Final = 5_000


def head() -> str:
    """Return what stands before the first sample."""
    return SERVICE_STATE.head(Format.OPENMETRICS)


def samples_of(pair: Pair, timeline: ServiceTimeline, start: Instant, until: Instant, step: Duration) -> Iterator[str]:
    """Yield the samples of one service and council in parts: one at each whole multiple of `step` in `[start, until)`.

    There is none while it was not in service; what is unknown is -1, as in a scrape.
    """
    label = labels({"service": pair[0], "council": pair[1]})
    lines = (
        f"{SERVICE_STATE.name}{label}{VALUE_OF[state]} {_seconds(at)}\n"
        for since, end, state in _stretches(timeline, start, until)
        for at in range(-(-since // step) * step, end, step)
    )
    while part := "".join(islice(lines, _LINES_PER_PART)):
        yield part


def _stretches(timeline: ServiceTimeline, start: Instant, until: Instant) -> Iterable[tuple[Instant, Instant, Outcome]]:
    """Return the stretches of one state while it was in service, in order of time."""
    in_service = timeline.not_in_service.complement(start, until)
    failed = {
        Outcome.UNKNOWN: timeline.unknown & in_service,
        Outcome.DOWN: timeline.down & in_service,
        Outcome.DEGRADED: timeline.degraded & in_service,
    }
    up: IntervalSet = in_service
    for held in failed.values():
        up -= held
    return sorted((since, end, state) for state, held in {**failed, Outcome.UP: up}.items() for since, end in held)


def _seconds(instant: Instant) -> str:
    whole, rest = divmod(instant, SECOND)
    return f"{whole}.{rest:06}" if rest else str(whole)
