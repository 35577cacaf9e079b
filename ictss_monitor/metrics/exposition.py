"""The two text formats of metrics, written line by line.

Prometheus text format 0.0.4 and OpenMetrics 1.0: the same samples, with other rules for the name of a counter, units
and the end. Our own writer, because prometheus-client takes 0.2 to 0.4 s of the event loop for 40,000 samples; it still
writes the daemon's own few metrics and reads ours back in the tests.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import Enum
from functools import cache

ESCAPES = str.maketrans({"\\": r"\\", "\n": r"\n", '"': r"\""})


class Format(Enum):
    """How a scrape is answered; the value is its content type."""

    PROMETHEUS = "text/plain; version=0.0.4; charset=utf-8"
    OPENMETRICS = "application/openmetrics-text; version=1.0.0; charset=utf-8"

    @classmethod
    def accepted(cls, header: str) -> Format:
        """Return the format that an Accept header asks for; Prometheus text where it leaves the choice."""
        return cls.OPENMETRICS if "application/openmetrics-text" in header else cls.PROMETHEUS


@dataclass(frozen=True, slots=True)
class Family:
    """A gauge: name with its unit at the end, and what it means."""

    name: str
    help: str

    def head(self, form: Format) -> str:
        """Return the lines that come before the samples."""
        lines = f"# HELP {self.name} {self.help}\n# TYPE {self.name} gauge\n"
        unit = next((unit for unit in UNITS if self.name.endswith(f"_{unit}")), None)
        if form is Format.OPENMETRICS and unit:
            return f"# TYPE {self.name} gauge\n# UNIT {self.name} {unit}\n# HELP {self.name} {self.help}\n"
        return lines


UNITS = ("seconds", "ratio", "bytes", "celsius", "volts")
BASE_UNITS = {
    "days": ("seconds", 86_400),
    "hours": ("seconds", 3_600),
    "minutes": ("seconds", 60),
    "percent": ("ratio", 0.01),
}


NOT_IN_NAMES = re.compile(r"[^A-Za-z0-9_]")
"""Signs that a probe may put into the name of a measurement, and Prometheus not into that of a metric."""


@cache
def in_base_unit(measurement: str) -> tuple[str, float]:
    """Return the name under which a measurement is exported, and the factor: Prometheus wants base units."""
    written = NOT_IN_NAMES.sub("_", measurement)
    stem, _, unit = written.rpartition("_")
    if unit not in BASE_UNITS:
        return written, 1
    base, factor = BASE_UNITS[unit]
    return f"{stem}_{base}", factor


def labels(pairs: Mapping[str, str]) -> str:
    """Return `{name="value",…} ` with the space before the value; empty values are left out."""
    written = ",".join(f'{name}="{value.translate(ESCAPES)}"' for name, value in pairs.items() if value)
    return f"{{{written}}} " if written else " "


def number(value: float) -> str:
    """Return `value` as both formats write it; repr keeps every digit of a float."""
    if value != value:  # NaN, the only number unequal to itself
        return "NaN"
    if value in (float("inf"), float("-inf")):
        return "+Inf" if value > 0 else "-Inf"
    return repr(value)


def block(family: Family, samples: Iterable[tuple[str, float]], form: Format) -> str:
    """Return a whole family: its head and a line for each sample, given as written labels and value."""
    lines = [f"{family.name}{written}{number(value)}\n" for written, value in samples]
    return family.head(form) + "".join(lines) if lines else ""
