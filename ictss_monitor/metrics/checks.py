"""The samples of checks in one scrape: gathered check by check, given family by family as the formats demand.

Of all that is exported this is nearly everything: ten thousand checks have 75,000 samples. So the way in which a
check's measurements are written is worked out once for each set of names, and no sample costs a call of a function.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from math import isfinite
from typing import Final

from ictss_monitor.clock import SECOND
from ictss_monitor.judging.live import CheckState
from ictss_monitor.metrics.exposition import Family, in_base_unit, number
from ictss_monitor.probe import Outcome

VALUE_OF: Final = {Outcome.DOWN: 0, Outcome.DEGRADED: 1, Outcome.UP: 2, Outcome.UNKNOWN: -1}

STATE: Final = Family("ictss_check_state", "What is held of a check: 2 up, 1 degraded, 0 down, -1 unknown")
LATENCY: Final = Family("ictss_check_latency_seconds", "Latency that the last probe measured")
OBSERVED: Final = Family("ictss_check_observed_timestamp_seconds", "When the last probe started")

ROUNDED: Final = ("_seconds", "_ratio")
"""What is measured by a clock or divided is written with twelve digits, in half the time that all seventeen take.

Anything else may be a counter, of which every digit counts."""


@dataclass(frozen=True, slots=True)
class Column:
    """How one measurement is written, and where to."""

    name: str
    """That of the family."""
    factor: float
    """What the measurement is multiplied by."""
    template: str
    """Takes written labels and a finite value."""
    lines: list[str]


class CheckSamples:
    """What one scrape says of checks; made anew for each."""

    def __init__(self) -> None:
        self._states: list[str] = []
        self._latencies: list[str] = []
        self._observed: list[str] = []
        self._families: dict[str, tuple[Family, list[str]]] = {
            STATE.name: (STATE, self._states),
            LATENCY.name: (LATENCY, self._latencies),
            OBSERVED.name: (OBSERVED, self._observed),
        }
        self._rows: dict[tuple[str, ...], tuple[Column, ...]] = {}
        """By the names of a finding's measurements, in their order."""

    def add(self, label: str, held: CheckState) -> None:
        """Take what is held of the check with these written labels."""
        self._states.append(f"ictss_check_state{label}{VALUE_OF[held.state]}\n")
        seen = held.observation
        if seen is None:
            return
        whole, rest = divmod(seen.instant, SECOND)
        self._observed.append(f"ictss_check_observed_timestamp_seconds{label}{whole}.{rest:06}\n")
        finding = seen.finding
        if finding.latency is not None:
            self._latencies.append(f"ictss_check_latency_seconds{label}{finding.latency:.12g}\n")
        if finding.measurements:
            self._measure(label, finding.measurements)

    def _measure(self, label: str, measurements: Mapping[str, float]) -> None:
        names = tuple(measurements)
        row = self._rows.get(names)
        if row is None:
            row = self._rows[names] = tuple(map(self._column, names))
        values = measurements.values()
        if isfinite(sum(values)):
            for column, value in zip(row, values, strict=True):
                column.lines.append(column.template % (label, value * column.factor))
        else:
            for column, value in zip(row, values, strict=True):
                column.lines.append(f"{column.name}{label}{number(value * column.factor)}\n")

    def _column(self, measurement: str) -> Column:
        exported, factor = in_base_unit(measurement)
        name = f"ictss_check_{exported}"
        family = Family(name, f"What the last probe measured: {exported.replace('_', ' ')}")
        value = "%.12g" if name.endswith(ROUNDED) else "%r"
        return Column(name, factor, f"{name}%s{value}\n", self._families.setdefault(name, (family, []))[1])

    def families(self) -> Iterator[tuple[Family, list[str]]]:
        """Yield every family once, with its lines; two measurements may share one, as days and hours do."""
        yield from self._families.values()
