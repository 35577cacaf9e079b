"""Tells from how long agents say to have been up whether one rebooted between two probes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from probes._snmp_ber import Value

TICKS: Final = 2**32
"""At so many hundredths of a second, 497 days, TimeTicks begin anew."""


@dataclass(frozen=True, slots=True)
class Clock:
    """One object that counts since a start."""

    oid: str
    per_second: int
    wraps: int


# The host's own clock first: the other two begin anew when only the agent is started again. Engine time before
# sysUpTime: it is in whole seconds and does not wrap for 68 years.
CLOCKS: Final = (
    Clock("1.3.6.1.2.1.25.1.1.0", 100, TICKS),  # hrSystemUptime
    Clock("1.3.6.1.6.3.10.2.1.3.0", 1, 2**31),  # snmpEngineTime
    Clock("1.3.6.1.2.1.1.3.0", 100, TICKS),  # sysUpTime
)
OIDS: Final = tuple(clock.oid for clock in CLOCKS)

SLACK: Final = 3.0
"""Seconds by which two honest readings may disagree: rounding, and the time that answers take."""
DRIFT: Final = 0.02
"""Share by which an agent's clock may run slower than ours; virtual machines under load do."""


@dataclass(frozen=True, slots=True)
class Reading:
    """The clocks of one agent at one probe."""

    at: float
    """Seconds of the event loop's clock."""
    seconds: Mapping[str, float]
    """Up for so long, by the oid of the clock; empty where the agent has none."""

    @property
    def uptime(self) -> float | None:
        """How long the agent's host has been up, in seconds, by the best clock there is."""
        return next((self.seconds[oid] for oid in OIDS if oid in self.seconds), None)


def reading_of(answered: Mapping[str, Value], at: float) -> Reading:
    """Return the clocks among the objects `answered`."""
    found = ((clock, answered.get(clock.oid)) for clock in CLOCKS)
    seconds = {clock.oid: value / clock.per_second for clock, value in found if isinstance(value, int) and value >= 0}
    return Reading(at, seconds)


def rebooted(before: Reading, now: Reading) -> str:
    """Return words for a reboot between the two readings; empty where there was none, or none can be told.

    The first clock that both have, and that runs, decides. It was set back by a reboot where it shows less than the
    time since the reading before, and clearly less than it would have to show by now.
    """
    elapsed = now.at - before.at
    for clock in CLOCKS:
        was, shows = before.seconds.get(clock.oid), now.seconds.get(clock.oid)
        if was is None or shows is None or was == shows:
            continue
        due = was + elapsed
        slack = SLACK + DRIFT * elapsed
        wrapped = abs(due - clock.wraps / clock.per_second - shows) <= slack
        if wrapped or shows >= due - slack or shows > elapsed + SLACK:
            return ""
        return f"rebooted {told(shows)} ago; it had been up for {told(was)} at the last probe, {told(elapsed)} ago"
    return ""


def told(seconds: float) -> str:
    """Return a duration with the unit that suits it."""
    for unit, size in (("d", 86_400), ("h", 3600), ("min", 60)):
        if seconds >= 2 * size:
            return f"{seconds / size:.3g} {unit}"
    return f"{seconds:.0f} s"
