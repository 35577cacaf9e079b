"""What a UPS says of itself, whichever MIB it says it in, and how several MIBs of one card become one reading."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Final, TypeAlias

from probes._snmp import Value

Objects: TypeAlias = Mapping[str, Value]
"""What an agent answered: value by object identifier in numbers."""

NOT_MEASURED: Final = frozenset({-1, 0x7FFF_FFFF, 0xFFFF_FFFF, -0x8000_0000})
"""What cards put in the place of a value they do not have, where the MIB gives them nothing to say so."""
SIXTEEN_BITS: Final = frozenset({65_535, 0x7FFF})
"""The same for objects that a card keeps in 16 bits; not for ticks, in which it is eleven minutes."""


class Source(StrEnum):
    """Where the load's power comes from."""

    MAINS = "mains"
    BATTERY = "battery"
    BYPASS = "bypass"
    NONE = "none"
    OTHER = "other"


@dataclass(frozen=True, slots=True)
class UpsReading:
    """One reading of a UPS; None is what it does not say."""

    source: Source | None = None
    charge_percent: float | None = None
    runtime_minutes: float | None = None
    load_percent: float | None = None
    """The highest phase's, or the whole output's."""
    loads_percent: tuple[float, ...] = ()
    """Of each phase, in order; unused ones report 0."""
    battery_temperature_celsius: float | None = None
    input_volts: float | None = None
    """Of the lowest phase in use: it is the one that fails."""
    on_battery_seconds: float | None = None
    alarms_present: float | None = None
    replace_battery: bool | None = None
    battery_low: bool | None = None
    communication_lost: bool | None = None
    """The card answers, and has no contact to its UPS: everything else it says is old."""

    @property
    def says_something(self) -> bool:
        """Whether this is a UPS at all, and not a card that only has the MIB's branch."""
        return self.communication_lost is True or any(
            value is not None for value in (self.source, self.charge_percent, self.runtime_minutes, self.load_percent)
        )


Decoder: TypeAlias = Callable[[Objects], UpsReading]


@dataclass(frozen=True, slots=True)
class UpsMib:
    """One MIB of UPSes: what is asked for, and what the answers mean."""

    name: str
    enterprises: tuple[str, ...]
    """sysObjectIDs that begin so belong to its makers."""
    scalars: tuple[str, ...]
    columns: tuple[str, ...]
    """One instance for each phase."""
    decode: Decoder
    alarms: str = ""
    """Column of the identifiers of alarms, worth asking for where there are alarms."""


def number(
    objects: Objects, oid: str, low: float, high: float, per: int = 1, absent: frozenset[int] = frozenset()
) -> float | None:
    """Return the value of `oid`, `per` of which make one, where it was measured and lies from `low` to `high`.

    `absent` are raw values that mean "not measured" for this object, beyond those that always do.
    """
    value = objects.get(oid)
    if not isinstance(value, int | float) or value in NOT_MEASURED or value in absent:
        return None
    return value / per if low <= value / per <= high else None


def percent(objects: Objects, oid: str, high: float = 100, per: int = 1) -> float | None:
    """Return a share in per cent."""
    return number(objects, oid, 0, high, per)


def temperature(objects: Objects, oid: str, per: int = 1) -> float | None:
    """Return a battery's temperature. Cards without a sensor say 0, or -273 (-2730 in tenths)."""
    return number(objects, oid, -40, 120, per, absent=frozenset({0}))


def volts(objects: Objects, oid: str, per: int = 1) -> float | None:
    """Return a voltage of the mains: 0 is a real one."""
    return number(objects, oid, 0, 1000, per, absent=SIXTEEN_BITS)


def said(objects: Objects, oid: str, meaning: Mapping[int, Source]) -> Source | None:
    """Return what the enumeration at `oid` means; a value that `meaning` does not know is OTHER, 0 is none at all."""
    value = objects.get(oid)
    if not isinstance(value, int) or value <= 0 or value in NOT_MEASURED:
        return None
    return meaning.get(value, Source.OTHER)


def flag(objects: Objects, oid: str, yes: frozenset[int], no: frozenset[int]) -> bool | None:
    """Return whether `oid` says yes; None where it says neither yes nor no."""
    value = objects.get(oid)
    return True if value in yes else False if value in no else None


def rows(objects: Objects, column: str) -> Iterator[str]:
    """Yield the identifiers of the instances of `column`, in the order of their indices."""
    prefix = f"{column}."
    found = [oid for oid in objects if oid.startswith(prefix)]
    yield from sorted(found, key=lambda oid: [int(part) for part in oid[len(prefix) :].split(".")])


def lowest_in_use(phases: Sequence[float | None], count: float | None) -> float | None:
    """Return the lowest of the phases in use: the first `count`, or those that are not 0 where no number is given."""
    in_use = phases[: int(count)] if count else phases
    measured = [phase for phase in in_use if phase is not None]
    if count:
        return min(measured, default=None)
    return min((phase for phase in measured if phase > 0), default=min(measured, default=None))


def loads(phases: Sequence[float | None]) -> tuple[float, ...]:
    """Return the loads of the phases that say one."""
    return tuple(phase for phase in phases if phase is not None)


def merged(readings: Sequence[UpsReading]) -> UpsReading:
    """Return what several MIBs of one card say together, the preferred one first.

    Each figure is the first one's that has it; a source that is OTHER gives way to one that can be told. Warnings
    (replace the battery, low battery, contact lost) hold where any of the MIBs gives them. A card that has lost its UPS
    says nothing but that.
    """
    warnings = {name: any_of(readings, name) for name in ("replace_battery", "battery_low", "communication_lost")}
    if warnings["communication_lost"]:
        return UpsReading(communication_lost=True)
    sources = [reading.source for reading in readings if reading.source is not None]
    told = next((source for source in sources if source is not Source.OTHER), sources[0] if sources else None)
    whole = UpsReading(
        source=told,
        charge_percent=first(reading.charge_percent for reading in readings),
        runtime_minutes=first(reading.runtime_minutes for reading in readings),
        load_percent=first(reading.load_percent for reading in readings),
        loads_percent=next((reading.loads_percent for reading in readings if reading.loads_percent), ()),
        battery_temperature_celsius=first(reading.battery_temperature_celsius for reading in readings),
        input_volts=first(reading.input_volts for reading in readings),
        on_battery_seconds=first(reading.on_battery_seconds for reading in readings),
        alarms_present=first(reading.alarms_present for reading in readings),
        **warnings,
    )
    return without_contradictions(whole)


def without_contradictions(reading: UpsReading) -> UpsReading:
    """Take out zeros that cannot have been measured, beside what the same card says of the rest.

    Fed from the mains there is voltage on its input; a battery that is said not to be low has charge and run time.
    """
    healthy = reading.battery_low is False and not reading.replace_battery and reading.source is Source.MAINS
    changed = reading
    if reading.input_volts == 0 and reading.source is Source.MAINS:
        changed = replace(changed, input_volts=None)
    if healthy and reading.runtime_minutes == 0 and (reading.charge_percent or 0) > 0:
        changed = replace(changed, runtime_minutes=None)
    if healthy and reading.charge_percent == 0 and (reading.runtime_minutes or 0) > 0:
        changed = replace(changed, charge_percent=None)
    return changed


def first(values: Iterator[float | None]) -> float | None:
    """Return the first value there is."""
    return next((value for value in values if value is not None), None)


def any_of(readings: Sequence[UpsReading], name: str) -> bool | None:
    """Return whether any of `readings` gives the warning `name`; None where none can tell."""
    told = [getattr(reading, name) for reading in readings if getattr(reading, name) is not None]
    return any(told) if told else None
