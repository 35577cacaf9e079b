"""The samples of checks in one scrape: gathered some hundred checks at a time, given family by family.

Of all that is exported this is nearly everything: ten thousand checks have 75,000 samples. So a column of them, one
family's samples of many checks, is written in one formatting, and no sample costs a call of a function.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from functools import cache
from itertools import chain
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
"""Names of what is measured by a clock or divided: written with twelve digits, in half the time that all seventeen
take. Anything else may be a counter, of which every digit counts."""
TWELVE_DIGITS: Final = "%.12g"
MICROSECONDS: Final = "%.6f"
EVERY_DIGIT: Final = "%r"


class CheckSamples:
    """What one scrape says of checks; made anew for each."""

    def __init__(self) -> None:
        self._texts: dict[str, tuple[Family, list[str]]] = {
            family.name: (family, []) for family in (STATE, LATENCY, OBSERVED)
        }

    def take(self, checks: Sequence[tuple[str, CheckState]]) -> None:
        """Add what is held of some checks, each with its written labels; all of them at once, so not too many."""
        self._write(STATE, "%d", [(label, VALUE_OF[held.state]) for label, held in checks])
        seen = [(label, held.observation) for label, held in checks if held.observation is not None]
        self._write(OBSERVED, MICROSECONDS, [(label, each.instant / SECOND) for label, each in seen])
        findings = [(label, each.finding) for label, each in seen]
        self._write(
            LATENCY,
            TWELVE_DIGITS,
            [(label, finding.latency) for label, finding in findings if finding.latency is not None],
        )
        alike: dict[tuple[str, ...], tuple[list[str], list[Iterable[float]]]] = {}
        for label, finding in findings:
            written, rows = alike.setdefault(tuple(finding.measurements), ([], []))
            written.append(label)
            rows.append(finding.measurements.values())
        for names, (written, rows) in alike.items():
            for name, column in zip(names, zip(*rows, strict=True), strict=True):
                self._measured(name, written, column)

    def _measured(self, measurement: str, written: Iterable[str], values: Sequence[float]) -> None:
        """Add one measurement of checks with these written labels."""
        family, factor, form = _manner(measurement)
        if factor != 1:
            values = [value * factor for value in values]
        if isfinite(sum(values)):
            self._write(family, form, list(zip(written, values, strict=True)))
        else:
            self._write(family, "%s", [(label, number(value)) for label, value in zip(written, values, strict=True)])

    def _write(self, family: Family, form: str, samples: Sequence[tuple[str, object]]) -> None:
        """Add samples, given as written labels and what `form` takes."""
        texts = self._texts.setdefault(family.name, (family, []))[1]
        texts.append(f"{family.name}%s{form}\n" * len(samples) % tuple(chain.from_iterable(samples)))

    def families(self) -> Iterator[tuple[Family, list[str]]]:
        """Yield every family once, with its samples, those of a `take` in one text."""
        yield from self._texts.values()


@cache
def _manner(measurement: str) -> tuple[Family, float, str]:
    """Return the family of a measurement, what it is multiplied by, and how it is written."""
    exported, factor = in_base_unit(measurement)
    family = Family(f"ictss_check_{exported}", f"What the last probe measured: {exported.replace('_', ' ')}")
    return family, factor, TWELVE_DIGITS if exported.endswith(ROUNDED) else EVERY_DIGIT
