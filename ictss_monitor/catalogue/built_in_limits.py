"""The limits that hold where a catalogue says nothing: for measurements that mean the same at every site.

They stand here and not in the probes, which measure and do not judge. A check, or the defaults of its probe type, puts
another bound in the place of one (the same measurement, under the same outcome), or `off`.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from ictss_monitor.catalogue.model import Limit
from ictss_monitor.probe import Outcome

SHORT_RUNTIME: Final = 10.0
"""Minutes: what it takes to shut systems down in order, or somebody to start a generator."""
RUNTIME_BACK: Final = 11.0
"""Minutes at which it is fine again: an estimate in whole minutes, as many cards give it, wavers by one."""

BUILT_IN_LIMITS: Final[Mapping[str, tuple[Limit, ...]]] = {
    "ups": (
        Limit("output_off", Outcome.DOWN, above=0),
        Limit("runtime_minutes", Outcome.DOWN, below=SHORT_RUNTIME, when="on_battery", clear_below=RUNTIME_BACK),
        Limit("battery_low", Outcome.DOWN, above=0, when="on_battery"),
        Limit("on_battery", Outcome.DEGRADED, above=0),
        Limit("on_bypass", Outcome.DEGRADED, above=0),
        Limit("runtime_minutes", Outcome.DEGRADED, below=SHORT_RUNTIME, clear_below=RUNTIME_BACK),
        Limit("battery_low", Outcome.DEGRADED, above=0),
        Limit("replace_battery", Outcome.DEGRADED, above=0),
        Limit("communication_lost", Outcome.DEGRADED, above=0),
    ),
    "environment": (
        Limit("smoke", Outcome.DEGRADED, above=0),
        Limit("contacts_alarming", Outcome.DEGRADED, above=0),
    ),
}
"""By probe type; at most one limit for a measurement and an outcome."""
