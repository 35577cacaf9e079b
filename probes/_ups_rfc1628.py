"""UPS-MIB (RFC 1628), which most cards speak beside their maker's own."""

from __future__ import annotations

from collections.abc import Collection
from typing import Final

from probes._ups_reading import (
    SIXTEEN_BITS,
    Objects,
    Source,
    UpsMib,
    UpsReading,
    flag,
    loads,
    lowest_in_use,
    number,
    percent,
    rows,
    said,
    temperature,
    volts,
)

ROOT: Final = "1.3.6.1.2.1.33"
BATTERY_STATUS: Final = f"{ROOT}.1.2.1.0"  # upsBatteryStatus
SECONDS_ON_BATTERY: Final = f"{ROOT}.1.2.2.0"  # upsSecondsOnBattery, 0 while on mains
MINUTES_REMAINING: Final = f"{ROOT}.1.2.3.0"  # upsEstimatedMinutesRemaining
CHARGE_REMAINING: Final = f"{ROOT}.1.2.4.0"  # upsEstimatedChargeRemaining, per cent
BATTERY_TEMPERATURE: Final = f"{ROOT}.1.2.7.0"  # upsBatteryTemperature, degrees Celsius
INPUT_LINES: Final = f"{ROOT}.1.3.2.0"  # upsInputNumLines
INPUT_VOLTAGE: Final = f"{ROOT}.1.3.3.1.3"  # upsInputVoltage, volts, by line
OUTPUT_SOURCE: Final = f"{ROOT}.1.4.1.0"  # upsOutputSource
OUTPUT_LOAD: Final = f"{ROOT}.1.4.4.1.5"  # upsOutputPercentLoad, by line
ALARMS_PRESENT: Final = f"{ROOT}.1.6.1.0"  # upsAlarmsPresent
ALARM: Final = f"{ROOT}.1.6.2.1.2"  # upsAlarmDescr, one of the identifiers below
WELL_KNOWN_ALARMS: Final = f"{ROOT}.1.6.3"
BATTERY_BAD: Final = f"{WELL_KNOWN_ALARMS}.1"  # upsAlarmBatteryBad: to be replaced
LOW_BATTERY: Final = f"{WELL_KNOWN_ALARMS}.3"  # upsAlarmLowBattery
DEPLETED_BATTERY: Final = f"{WELL_KNOWN_ALARMS}.4"  # upsAlarmDepletedBattery
COMMUNICATIONS_LOST: Final = f"{WELL_KNOWN_ALARMS}.20"  # upsAlarmCommunicationsLost

SOURCES: Final = {
    1: Source.OTHER,
    2: Source.NONE,
    3: Source.MAINS,  # normal
    4: Source.BYPASS,
    5: Source.BATTERY,
    6: Source.MAINS,  # booster: the mains are low, and raised
    7: Source.MAINS,  # reducer
}
NORMAL: Final = frozenset({2})
LOW: Final = frozenset({3, 4})  # batteryLow, batteryDepleted; unknown(1) is neither


def decode(objects: Objects) -> UpsReading:
    """Return what the objects of UPS-MIB say."""
    phases = loads([percent(objects, oid, high=300) for oid in rows(objects, OUTPUT_LOAD)])
    alarms = {objects[oid] for oid in rows(objects, ALARM)}
    present = number(objects, ALARMS_PRESENT, 0, 10_000)
    told = present is not None and (present == 0 or bool(alarms))
    return UpsReading(
        source=said(objects, OUTPUT_SOURCE, SOURCES),
        charge_percent=percent(objects, CHARGE_REMAINING),
        runtime_minutes=number(objects, MINUTES_REMAINING, 0, 1e6, absent=SIXTEEN_BITS),
        load_percent=max(phases, default=None),
        loads_percent=phases,
        battery_temperature_celsius=temperature(objects, BATTERY_TEMPERATURE),
        input_volts=lowest_in_use(
            [volts(objects, oid) for oid in rows(objects, INPUT_VOLTAGE)], number(objects, INPUT_LINES, 0, 100)
        ),
        on_battery_seconds=number(objects, SECONDS_ON_BATTERY, 0, 1e8, absent=SIXTEEN_BITS),
        alarms_present=present,
        replace_battery=BATTERY_BAD in alarms if told else None,
        battery_low=_low(objects, alarms),
        communication_lost=COMMUNICATIONS_LOST in alarms if told else None,
    )


def _low(objects: Objects, alarms: Collection[object]) -> bool | None:
    if LOW_BATTERY in alarms or DEPLETED_BATTERY in alarms:
        return True
    return flag(objects, BATTERY_STATUS, yes=LOW, no=NORMAL)


UPS_MIB: Final = UpsMib(
    name="UPS-MIB",
    enterprises=(ROOT,),
    scalars=(
        OUTPUT_SOURCE,
        BATTERY_STATUS,
        SECONDS_ON_BATTERY,
        MINUTES_REMAINING,
        CHARGE_REMAINING,
        BATTERY_TEMPERATURE,
        INPUT_LINES,
        ALARMS_PRESENT,
    ),
    columns=(INPUT_VOLTAGE, OUTPUT_LOAD),
    decode=decode,
    alarms=ALARM,
)
