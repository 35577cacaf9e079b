"""Finds one interface of an agent by what people call it, and says how it is (IF-MIB, RFC 2863)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, Literal

from ictss_monitor.probe import Outcome, ProbeFailure, Reason
from probes._snmp import SnmpClient, Target, Value

IF_ENTRY: Final = "1.3.6.1.2.1.2.2.1"
IF_X_ENTRY: Final = "1.3.6.1.2.1.31.1.1.1"

NAMES: Final = {"ifName": f"{IF_X_ENTRY}.1", "ifDescr": f"{IF_ENTRY}.2", "ifAlias": f"{IF_X_ENTRY}.18"}
"""Where an interface's name may stand, in the order in which it is looked for."""

ADMIN_STATUS: Final = f"{IF_ENTRY}.7"
OPER_STATUS: Final = f"{IF_ENTRY}.8"
SPEED: Final = f"{IF_ENTRY}.5"
HIGH_SPEED: Final = f"{IF_X_ENTRY}.15"
COUNTERS: Final = {
    "interface_in_errors": f"{IF_ENTRY}.14",
    "interface_out_errors": f"{IF_ENTRY}.20",
    "interface_in_discards": f"{IF_ENTRY}.13",
    "interface_out_discards": f"{IF_ENTRY}.19",
}
COLUMNS: Final = (OPER_STATUS, ADMIN_STATUS, HIGH_SPEED, SPEED, *COUNTERS.values())

UP, DOWN, UNKNOWN = 1, 2, 4
OPER: Final = {
    UP: "up", DOWN: "down", 3: "in a test", UNKNOWN: "in a state that the agent does not know",
    5: "dormant", 6: "without its hardware", 7: "down, because what is below it is down",
}  # fmt: skip
"""What ifOperStatus says."""

FASTEST_32: Final = 2**32 - 1
"""What ifSpeed shows where it cannot hold the speed."""
MOST_INTERFACES: Final = 4096
SHOWN: Final = 5

Disabled = Literal["down", "degraded", "unknown", "up"]


@dataclass(frozen=True, slots=True)
class Place:
    """Where an interface was found: the column that has its name, and its index, which a reboot may change."""

    name: str
    column: str
    index: str

    @property
    def oids(self) -> tuple[str, ...]:
        """What is asked of the interface in each probe, its name first."""
        return tuple(f"{column}.{self.index}" for column in (self.column, *COLUMNS))

    def is_still(self, answered: Mapping[str, Value]) -> bool:
        """Tell whether the interface at this place still has the name by which it was found."""
        value = answered.get(f"{self.column}.{self.index}")
        return value is not None and text_of(value) == self.name


async def find(client: SnmpClient, target: Target, name: str) -> Place:
    """Return where the interface called `name` is. Raises ProbeFailure(MISMATCH) for none or more than one."""
    seen: dict[str, None] = {}
    for label, column in NAMES.items():
        called = {
            index: text_of(value) for index, value in (await client.column(target, column, MOST_INTERFACES)).items()
        }
        found = [index for index, text in called.items() if text == name]
        if len(found) > 1:
            raise ProbeFailure(Reason.MISMATCH, f"{len(found)} interfaces have the {label} '{name}'")
        if found:
            return Place(name, column, found[0])
        seen.update(dict.fromkeys(filter(None, called.values())))
    there = ", ".join(list(seen)[:SHOWN]) + (" …" if len(seen) > SHOWN else "")
    raise ProbeFailure(Reason.MISMATCH, f"no interface '{name}'; there are {there or 'none'}")


def text_of(value: Value) -> str:
    """Return a value as a person would write it; some agents end texts with zeros or blanks."""
    return value.decode("utf-8", "replace").rstrip("\0 ") if isinstance(value, bytes) else str(value)


def status(place: Place, answered: Mapping[str, Value], disabled: Disabled) -> tuple[Outcome, Reason, str]:
    """Return how the interface is by the objects `answered`; `disabled` is what one shut down on purpose counts as."""
    name = place.name
    oper, admin = answered.get(f"{OPER_STATUS}.{place.index}"), answered.get(f"{ADMIN_STATUS}.{place.index}")
    if oper == UP:
        return Outcome.UP, Reason.OK, f"{name} is up"
    if admin == DOWN:
        outcome = Outcome(disabled)
        reason = Reason.OK if outcome is Outcome.UP else Reason.STATUS
        return outcome, reason, f"{name} is shut down by its administrator"
    if oper is None:
        return Outcome.DOWN, Reason.MISMATCH, f"the agent does not say whether {name} is up"
    outcome = Outcome.UNKNOWN if oper == UNKNOWN else Outcome.DOWN
    return outcome, Reason.STATUS, f"{name} is {OPER.get(oper, oper) if isinstance(oper, int) else 'in no known state'}"


def measured(place: Place, answered: Mapping[str, Value]) -> dict[str, float]:
    """Return what the objects `answered` say of the interface's speed and errors."""
    found: dict[str, float] = {}
    for name, column in COUNTERS.items():
        count = answered.get(f"{column}.{place.index}")
        if isinstance(count, int):
            found[name] = float(count)
    high, low = answered.get(f"{HIGH_SPEED}.{place.index}"), answered.get(f"{SPEED}.{place.index}")
    if isinstance(high, int) and high > 0:
        found["interface_megabits_per_second"] = float(high)
    elif isinstance(low, int) and 0 < low < FASTEST_32:
        found["interface_megabits_per_second"] = low / 1e6
    return found


def rates(before: Mapping[str, float], now: Mapping[str, float], elapsed: float) -> dict[str, float]:
    """Return how fast the counters grew since the probe before; of one that was set back, nothing can be said."""
    grown = {name: now[name] - before[name] for name in COUNTERS if name in now and name in before}
    return {f"{name}_per_second": more / elapsed for name, more in grown.items() if more >= 0 and elapsed > 0}
