"""Environment by SNMP: temperature, humidity, smoke, and contacts (doors, leaks) of machine rooms and racks.

NetBotz and APC's cards, AKCP, Geist and Liebert (Vertiv), Eaton's cards, and any equipment with ENTITY-SENSOR-MIB (RFC
3433). What is asked for is chosen by sysObjectID; where that says nothing, or nothing is there, the others are tried.

`up` means that the device answers and at least one of its sensors measures something. The rest is a matter of limits:

    temperature_celsius, temperature_lowest_celsius    the highest of all sensors, and the lowest
    humidity_percent, humidity_highest_percent         the lowest, and the highest
    temperature_<name>_celsius, humidity_<name>_percent  each, by the device's own name for it, 24 of them at most
    smoke                                              1 where any detector tells of some
    contacts_alarming                                  doors, leak detectors and other contacts in alarm
    sensors_present                                    how many measure something: fewer, where one is lost
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from types import TracebackType
from typing import Final, Self

from ictss_monitor.probe import Finding, Outcome, Probe, ProbeFailure, Reason
from probes._environment_entity import ENTITY
from probes._environment_families import MAKERS
from probes._environment_tables import Family, Kind, Sensor
from probes._snmp import SnmpClient, SnmpOptions, Target, Value

SYS_OBJECT_ID: Final = "1.3.6.1.2.1.1.2.0"
MOST_ROWS: Final = 1000
MOST_NAMED: Final = 24
LONGEST_NAME: Final = 32
UNITS: Final = {Kind.TEMPERATURE: "celsius", Kind.HUMIDITY: "percent"}


class EnvironmentOptions(SnmpOptions):
    """What a check of the environment can be told: which device, and who asks."""


class EnvironmentProbe(Probe[EnvironmentOptions]):
    """Reads the sensors of one device."""

    options_model = EnvironmentOptions

    async def __aenter__(self) -> Self:
        self._client = SnmpClient()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._client.__aexit__(kind, error, trace)

    async def run(self, options: EnvironmentOptions) -> Finding:
        """Read the sensors of the first family of MIBs that has any."""
        maker = str((await self._client.get(options.target, [SYS_OBJECT_ID])).get(SYS_OBJECT_ID, "none"))
        for family in in_order(maker):
            sensors = await self._sensors(options.target, family)
            if sensors:
                return Finding(Outcome.UP, measurements=measurements(sensors), detail=told(sensors, family))
        known = ", ".join(family.name for family in (*MAKERS, ENTITY))
        raise ProbeFailure(Reason.MISMATCH, f"no sensor measures anything in {known} (sysObjectID {maker})")

    async def _sensors(self, target: Target, family: Family) -> list[Sensor]:
        asked: dict[str, dict[str, Value]] = {}
        found: list[Sensor] = []
        for table in family.tables:
            values, *others = table.columns
            objects = dict(await self._column(target, values, asked))
            if objects:
                for column in others:
                    objects |= await self._column(target, column, asked)
                if table.beside:
                    objects |= await self._client.get(target, table.beside)
                found += table.sensors(objects)
        return found

    async def _column(self, target: Target, column: str, asked: dict[str, dict[str, Value]]) -> dict[str, Value]:
        """Return a column by object identifier; several kinds of sensors may share one, which is asked for once."""
        if column not in asked:
            held = await self._client.column(target, column, MOST_ROWS)
            asked[column] = {f"{column}.{index}": value for index, value in held.items()}
        return asked[column]


def in_order(maker: str) -> Iterator[Family]:
    """Yield the families to try: that of the sysObjectID's maker, the standard, then the others."""
    path = f"{maker}."
    own = [family for family in MAKERS if any(path.startswith(f"{root}.") for root in family.enterprises)]
    yield from own
    yield ENTITY
    yield from (family for family in MAKERS if family not in own)


def measurements(sensors: Sequence[Sensor]) -> dict[str, float]:
    """Return what the sensors measure together and, by name, each."""
    by_kind = {kind: [sensor.value for sensor in sensors if sensor.kind is kind] for kind in Kind}
    found: dict[str, float] = {"sensors_present": float(len(sensors))}
    if degrees := by_kind[Kind.TEMPERATURE]:
        found |= {"temperature_celsius": max(degrees), "temperature_lowest_celsius": min(degrees)}
    if moist := by_kind[Kind.HUMIDITY]:
        found |= {"humidity_percent": min(moist), "humidity_highest_percent": max(moist)}
    if smoke := by_kind[Kind.SMOKE]:
        found["smoke"] = max(smoke)
    if contacts := by_kind[Kind.CONTACT]:
        found["contacts_alarming"] = sum(contacts)
    for sensor in [sensor for sensor in sensors if sensor.kind in UNITS][:MOST_NAMED]:
        found[unique(f"{sensor.kind}_{safe(sensor.name)}", UNITS[sensor.kind], found)] = sensor.value
    return found


def safe(label: str) -> str:
    """Return what a device calls a sensor as part of a measurement's name: small letters, digits, underscores."""
    return re.sub(r"[^a-z0-9]+", "_", label[:200].lower())[:LONGEST_NAME].strip("_") or "sensor"


def unique(stem: str, unit: str, taken: dict[str, float]) -> str:
    """Return a name that is not taken: `stem_unit`, else `stem_2_unit` and so on."""
    name, count = f"{stem}_{unit}", 1
    while name in taken:
        count += 1
        name = f"{stem}_{count}_{unit}"
    return name


def told(sensors: Sequence[Sensor], family: Family) -> str:
    """Return the reading in one line: "21.5 °C at most, 40 % humidity at least, no smoke (5 sensors, NetBotz)"."""
    found = measurements(sensors)
    parts = []
    if "temperature_celsius" in found:
        parts.append(f"{found['temperature_celsius']:.4g} °C at most")
    if "humidity_percent" in found:
        parts.append(f"{found['humidity_percent']:.4g} % humidity at least")
    if "smoke" in found:
        parts.append("smoke" if found["smoke"] else "no smoke")
    if found.get("contacts_alarming"):
        parts.append(f"{found['contacts_alarming']:.0f} contacts in alarm")
    return f"{', '.join(parts) or 'contacts quiet'} ({len(sensors)} sensors, {family.name})"


PROBE = EnvironmentProbe
