"""What flows through the house: the finding of a probe with its check, vantage and time."""

from __future__ import annotations

from dataclasses import dataclass

from ictss_monitor.clock import Instant
from ictss_monitor.probe import Finding


@dataclass(frozen=True, slots=True)
class Observation:
    """A finding with its check, its vantage, and the instant at which its probe started."""

    check: str
    vantage: str
    instant: Instant
    finding: Finding
