"""UPS by SNMP: on mains, battery or bypass, how long the battery lasts, what it carries, and what it warns of.

UPS-MIB (RFC 1628), PowerNet-MIB (APC), XUPS-MIB and MG-SNMP-UPS-MIB (Eaton) give one finding. What is asked for is
chosen by sysObjectID; where that says nothing, or what was chosen does not answer, the others are tried.

`up` means that the card answers and is one of a UPS. What is degraded or down about it is a matter of limits:

    on_battery, on_bypass, output_off             where the load's power comes from, 0 or 1
    charge_percent, runtime_minutes               of the battery
    load_percent, load_l1_percent ...             the highest phase, and each
    battery_temperature_celsius, input_volts, on_battery_seconds, alarms_present
    replace_battery, battery_low, communication_lost   warnings, 0 or 1

What the UPS does not measure is not among them.
"""

from __future__ import annotations

from collections.abc import Sequence
from types import TracebackType
from typing import Final, Self

from ictss_monitor.probe import Finding, Outcome, Probe, ProbeFailure, Reason
from probes._snmp import SnmpClient, SnmpOptions, Target, Value
from probes._ups_eaton import MG, XUPS
from probes._ups_powernet import POWERNET
from probes._ups_reading import Source, UpsMib, UpsReading, merged, number
from probes._ups_rfc1628 import ALARMS_PRESENT, UPS_MIB

MIBS: Final = (POWERNET, UPS_MIB, XUPS, MG)
"""The preferred one first: PowerNet for its tenths and states, then the standard, in which the makers' cards agree on
units; what the standard has no word for (a battery to be replaced, without an alarm table) comes from the others."""

SYS_OBJECT_ID: Final = "1.3.6.1.2.1.1.2.0"
MOST_PHASES: Final = 6
"""Phases whose loads are measurements of their own."""
MOST_ROWS: Final = 500


class UpsOptions(SnmpOptions):
    """What a check of a UPS can be told: which card, and who asks."""


class UpsProbe(Probe[UpsOptions]):
    """Reads the network card of a UPS."""

    options_model = UpsOptions

    async def __aenter__(self) -> Self:
        self._client = SnmpClient()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._client.__aexit__(kind, error, trace)

    async def run(self, options: UpsOptions) -> Finding:
        """Read what the card says, and tell it in one vocabulary."""
        maker = str((await self._client.get(options.target, [SYS_OBJECT_ID])).get(SYS_OBJECT_ID, "none"))
        likely = chosen(maker)
        reading = await self._read(options.target, likely)
        if not reading.says_something:
            reading = await self._read(options.target, [mib for mib in MIBS if mib not in likely])
        if not reading.says_something:
            asked = ", ".join(mib.name for mib in MIBS)
            raise ProbeFailure(Reason.MISMATCH, f"not a UPS: it answers none of {asked} (sysObjectID {maker})")
        return Finding(Outcome.UP, measurements=measurements(reading), detail=told(reading))

    async def _read(self, target: Target, mibs: Sequence[UpsMib]) -> UpsReading:
        objects = await self._client.get(target, [oid for mib in mibs for oid in mib.scalars])
        if not objects:
            return UpsReading()
        for mib in mibs:
            if any(oid in objects for oid in mib.scalars):
                for column in mib.columns:
                    objects |= await self._column(target, column)
        if UPS_MIB in mibs and number(objects, ALARMS_PRESENT, 1, MOST_ROWS):
            objects |= await self._column(target, UPS_MIB.alarms)
        return merged([mib.decode(objects) for mib in mibs])

    async def _column(self, target: Target, column: str) -> dict[str, Value]:
        held = await self._client.column(target, column, MOST_ROWS)
        return {f"{column}.{index}": value for index, value in held.items()}


def chosen(maker: str) -> list[UpsMib]:
    """Return the MIBs that the device of the sysObjectID `maker` is likely to speak; the standard is always one."""
    path = f"{maker}."
    return [mib for mib in MIBS if mib is UPS_MIB or any(path.startswith(f"{root}.") for root in mib.enterprises)]


def measurements(reading: UpsReading) -> dict[str, float]:
    """Return what was measured, by name."""
    figures: dict[str, float | None] = {
        "on_battery": _is(reading, Source.BATTERY),
        "on_bypass": _is(reading, Source.BYPASS),
        "output_off": _is(reading, Source.NONE),
        "charge_percent": reading.charge_percent,
        "runtime_minutes": reading.runtime_minutes,
        "load_percent": reading.load_percent,
        "battery_temperature_celsius": reading.battery_temperature_celsius,
        "input_volts": reading.input_volts,
        "on_battery_seconds": reading.on_battery_seconds,
        "alarms_present": reading.alarms_present,
        "replace_battery": reading.replace_battery,
        "battery_low": reading.battery_low,
        "communication_lost": reading.communication_lost,
    }
    phases = {f"load_l{place}_percent": load for place, load in enumerate(reading.loads_percent[:MOST_PHASES], 1)}
    return {name: float(value) for name, value in (figures | phases).items() if value is not None}


def _is(reading: UpsReading, source: Source) -> bool | None:
    return None if reading.source is None else reading.source is source


def told(reading: UpsReading) -> str:
    """Return the reading in one line: "on battery, 80 %, 12 min left, load 35 %"."""
    if reading.communication_lost:
        return "the card has lost contact to its UPS"
    sources = {Source.NONE: "output off", Source.OTHER: "fed from an unusual source", None: "source not told"}
    parts = [sources.get(reading.source, f"on {reading.source}")]
    if reading.charge_percent is not None:
        parts.append(f"{reading.charge_percent:.4g} %")
    if reading.runtime_minutes is not None:
        parts.append(f"{reading.runtime_minutes:.0f} min left")
    if reading.load_percent is not None:
        parts.append(f"load {reading.load_percent:.4g} %")
    if reading.replace_battery:
        parts.append("battery to be replaced")
    if reading.alarms_present:
        parts.append(f"{reading.alarms_present:.0f} alarms")
    return ", ".join(parts)


PROBE = UpsProbe
