"""The daemon's metrics of itself, by prometheus-client: a collector over plain counters, no state of its own."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import accumulate

from prometheus_client import CollectorRegistry, PlatformCollector, ProcessCollector
from prometheus_client.core import (
    CounterMetricFamily,
    GaugeMetricFamily,
    HistogramMetricFamily,
    InfoMetricFamily,
    Metric,
)
from prometheus_client.registry import Collector

from ictss_monitor import __version__
from ictss_monitor.clock import SECOND, Clock
from ictss_monitor.probing.counters import LAG_BOUNDS, ProbingCounters
from ictss_monitor.recorder import RecorderCounters


@dataclass(slots=True)
class ReloadCounters:
    """How the catalogue in force came about."""

    digest: str
    loaded_at: int
    ok: bool = True
    """Whether the last attempt to load a catalogue succeeded."""
    failures: int = 0


class OwnCollector(Collector):
    """What probing, recording and reloading have counted, as metric families."""

    def __init__(
        self,
        probing: ProbingCounters,
        recording: RecorderCounters,
        reloading: ReloadCounters,
        queued: Callable[[], int],
        clock: Clock,
    ) -> None:
        self._probing = probing
        self._recording = recording
        self._reloading = reloading
        self._queued = queued
        self._clock = clock

    def collect(self) -> Iterator[Metric]:
        """Yield every family once."""
        yield InfoMetricFamily("ictss_build", "The program", {"version": __version__})
        yield from self._of_probing()
        yield from self._of_recording()
        yield from self._of_catalogue()

    def _of_probing(self) -> Iterator[Metric]:
        counters = self._probing
        ended = CounterMetricFamily(
            "ictss_probes", "Probes that brought a finding", labels=["probe", "outcome", "reason"]
        )
        for (kind, outcome, reason), count in sorted(counters.ended.items()):
            ended.add_metric([kind, outcome.value, reason.value], count)
        yield ended
        lag = HistogramMetricFamily(
            "ictss_probe_start_lag_seconds", "How much later than it was due a probe started", unit="seconds"
        )
        bounds = [*(str(bound / SECOND) for bound in LAG_BOUNDS), "+Inf"]
        lag.add_metric([], list(zip(bounds, accumulate(counters.lag_counts), strict=True)), counters.lag_sum / SECOND)
        yield lag
        yield GaugeMetricFamily("ictss_probes_in_flight", "Probes under way", counters.in_flight)
        yield GaugeMetricFamily("ictss_checks", "Checks on the schedule, paused ones among them", counters.checks)
        yield GaugeMetricFamily("ictss_checks_paused", "Checks paused by hand", counters.paused)
        yield CounterMetricFamily("ictss_probes_missed", "Due times that passed without a start", counters.missed)
        yield CounterMetricFamily(
            "ictss_probes_overdue", "Probes given up long after their time limit", counters.overdue
        )
        yield CounterMetricFamily(
            "ictss_queue_full", "Times that starting probes waited for room on the queue", counters.queue_full
        )

    def _of_recording(self) -> Iterator[Metric]:
        counters = self._recording
        yield GaugeMetricFamily("ictss_observations_queued", "Observations that wait to be judged", self._queued())
        yield CounterMetricFamily("ictss_observations", "Observations judged", counters.observations)
        yield CounterMetricFamily("ictss_store_commits", "Batches written to the store", counters.batches)
        yield CounterMetricFamily("ictss_store_rows", "Rows written to the store", counters.rows)
        yield CounterMetricFamily("ictss_store_failures", "Batches that the store refused", counters.failures)
        yield GaugeMetricFamily(
            "ictss_store_commit_seconds", "Duration of the last commit", counters.last_commit_seconds, unit="seconds"
        )
        if counters.watermark:
            yield GaugeMetricFamily(
                "ictss_store_write_lag_seconds",
                "Age of the watermark: everything observed before it is in the store",
                (self._clock.now() - counters.watermark) / SECOND,
                unit="seconds",
            )

    def _of_catalogue(self) -> Iterator[Metric]:
        reloading = self._reloading
        yield GaugeMetricFamily(
            "ictss_catalogue_reload_ok", "Whether the last attempt to load the catalogue succeeded", int(reloading.ok)
        )
        yield CounterMetricFamily("ictss_catalogue_reload_failures", "Catalogues that were refused", reloading.failures)
        yield GaugeMetricFamily(
            "ictss_catalogue_loaded_timestamp_seconds",
            "When the catalogue in force was loaded",
            reloading.loaded_at / SECOND,
            unit="seconds",
        )
        yield InfoMetricFamily("ictss_catalogue", "The catalogue in force", {"digest": reloading.digest})


def own_registry(collector: OwnCollector) -> CollectorRegistry:
    """Return a registry with the daemon's counters and those of its process."""
    registry = CollectorRegistry(auto_describe=False)
    registry.register(collector)
    ProcessCollector(registry=registry)
    PlatformCollector(registry=registry)
    return registry
