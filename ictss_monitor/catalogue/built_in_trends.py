"""The measurements whose trend is kept where a catalogue says nothing: what ages, or is planned for, over months.

A check, or the defaults of its probe type, adds others to them, or says `off`.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

BUILT_IN_TRENDS: Final[Mapping[str, tuple[str, ...]]] = {
    "ups": ("load_percent", "runtime_minutes", "charge_percent", "battery_temperature_celsius"),
    "environment": (
        "temperature_celsius",
        "temperature_lowest_celsius",
        "humidity_percent",
        "humidity_highest_percent",
    ),
}
"""By probe type, as its probe names them."""
