"""The two MIBs of Eaton: XUPS-MIB, once Powerware's, and MG-SNMP-UPS-MIB, once Merlin Gerin's."""

from __future__ import annotations

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

YES: Final = frozenset({1})
NO: Final = frozenset({2})

XUPS_ROOT: Final = "1.3.6.1.4.1.534"
XUPS_TIME_REMAINING: Final = f"{XUPS_ROOT}.1.2.1.0"  # xupsBatTimeRemaining, seconds
XUPS_CAPACITY: Final = f"{XUPS_ROOT}.1.2.4.0"  # xupsBatCapacity, per cent
XUPS_BATTERY_FAILURE: Final = f"{XUPS_ROOT}.1.2.7.0"  # xupsBatteryFailure: fault, or a test failed
XUPS_BATTERY_AGED: Final = f"{XUPS_ROOT}.1.2.9.0"  # xupsBatteryAged
XUPS_LOW_CAPACITY: Final = f"{XUPS_ROOT}.1.2.10.0"  # xupsBatteryLowCapacity
XUPS_INPUT_PHASES: Final = f"{XUPS_ROOT}.1.3.3.0"  # xupsInputNumPhases
XUPS_INPUT_VOLTAGE: Final = f"{XUPS_ROOT}.1.3.4.1.2"  # xupsInputVoltage, volts, by phase
XUPS_LOAD: Final = f"{XUPS_ROOT}.1.4.1.0"  # xupsOutputLoad, per cent
XUPS_PHASE_LOAD: Final = f"{XUPS_ROOT}.1.4.4.1.8"  # xupsOutputPercentLoad, by phase
XUPS_OUTPUT_SOURCE: Final = f"{XUPS_ROOT}.1.4.5.0"  # xupsOutputSource
XUPS_ALARMS: Final = f"{XUPS_ROOT}.1.7.1.0"  # xupsAlarms

XUPS_SOURCES: Final = {
    1: Source.OTHER,
    2: Source.NONE,
    3: Source.MAINS,  # normal
    4: Source.BYPASS,
    5: Source.BATTERY,
    6: Source.MAINS,  # booster
    7: Source.MAINS,  # reducer
    8: Source.MAINS,  # parallelCapacity
    9: Source.MAINS,  # parallelRedundant
    10: Source.MAINS,  # highEfficiencyMode
    11: Source.BYPASS,  # maintenanceBypass
    12: Source.MAINS,  # essMode
}

MG_ROOT: Final = "1.3.6.1.4.1.705"
MG_REMAINING_TIME: Final = f"{MG_ROOT}.1.5.1.0"  # upsmgBatteryRemainingTime, seconds
MG_LEVEL: Final = f"{MG_ROOT}.1.5.2.0"  # upsmgBatteryLevel, per cent
MG_TEMPERATURE: Final = f"{MG_ROOT}.1.5.7.0"  # upsmgBatteryTemperature, degrees Celsius
MG_FAULT: Final = f"{MG_ROOT}.1.5.9.0"  # upsmgBatteryFaultBattery
MG_REPLACEMENT: Final = f"{MG_ROOT}.1.5.11.0"  # upsmgBatteryReplacement
MG_LOW_BATTERY: Final = f"{MG_ROOT}.1.5.14.0"  # upsmgBatteryLowBattery
MG_INPUT_PHASES: Final = f"{MG_ROOT}.1.6.1.0"  # upsmgInputPhaseNum
MG_INPUT_VOLTAGE: Final = f"{MG_ROOT}.1.6.2.1.2"  # mginputVoltage, tenths of a volt, by phase
MG_OUTPUT_PHASES: Final = f"{MG_ROOT}.1.7.1.0"  # upsmgOutputPhaseNum
MG_PHASE_LOAD: Final = f"{MG_ROOT}.1.7.2.1.4"  # mgoutputLoadPerPhase, per cent
MG_ON_BATTERY: Final = f"{MG_ROOT}.1.7.3.0"  # upsmgOutputOnBattery
MG_ON_BYPASS: Final = f"{MG_ROOT}.1.7.4.0"  # upsmgOutputOnByPass


def decode_xups(objects: Objects) -> UpsReading:
    """Return what the objects of XUPS-MIB say."""
    phases = loads([percent(objects, oid, high=300) for oid in rows(objects, XUPS_PHASE_LOAD)])
    worn = [flag(objects, oid, YES, NO) for oid in (XUPS_BATTERY_FAILURE, XUPS_BATTERY_AGED)]
    return UpsReading(
        source=said(objects, XUPS_OUTPUT_SOURCE, XUPS_SOURCES),
        charge_percent=percent(objects, XUPS_CAPACITY),
        runtime_minutes=number(objects, XUPS_TIME_REMAINING, 0, 1e6, 60, SIXTEEN_BITS),
        load_percent=max(phases, default=percent(objects, XUPS_LOAD, high=300)),
        loads_percent=phases,
        input_volts=lowest_in_use(
            [volts(objects, oid) for oid in rows(objects, XUPS_INPUT_VOLTAGE)], number(objects, XUPS_INPUT_PHASES, 0, 6)
        ),
        alarms_present=number(objects, XUPS_ALARMS, 0, 10_000),
        replace_battery=True if True in worn else False if False in worn else None,
        battery_low=flag(objects, XUPS_LOW_CAPACITY, YES, NO),
    )


def decode_mg(objects: Objects) -> UpsReading:
    """Return what the objects of MG-SNMP-UPS-MIB say."""
    count = number(objects, MG_OUTPUT_PHASES, 1, 50)
    in_use = list(rows(objects, MG_PHASE_LOAD))[: None if count is None else int(count)]
    phases = loads([percent(objects, oid, high=300) for oid in in_use])
    worn = [flag(objects, oid, YES, NO) for oid in (MG_FAULT, MG_REPLACEMENT)]
    return UpsReading(
        source=_mg_source(objects),
        charge_percent=percent(objects, MG_LEVEL),
        runtime_minutes=number(objects, MG_REMAINING_TIME, 0, 1e6, 60, SIXTEEN_BITS),
        load_percent=max(phases, default=None),
        loads_percent=phases,
        battery_temperature_celsius=temperature(objects, MG_TEMPERATURE),
        input_volts=lowest_in_use(
            [volts(objects, oid, 10) for oid in rows(objects, MG_INPUT_VOLTAGE)],
            number(objects, MG_INPUT_PHASES, 0, 50),
        ),
        replace_battery=True if True in worn else False if False in worn else None,
        battery_low=flag(objects, MG_LOW_BATTERY, YES, NO),
    )


def _mg_source(objects: Objects) -> Source | None:
    """Return the source by flags, of which each card has some."""
    on_battery, on_bypass = (flag(objects, oid, YES, NO) for oid in (MG_ON_BATTERY, MG_ON_BYPASS))
    if on_battery:
        return Source.BATTERY
    if on_bypass:
        return Source.BYPASS
    return Source.MAINS if on_battery is False else None


EATON: Final = (XUPS_ROOT, MG_ROOT)
"""Cards of either line have been made to speak both."""

XUPS: Final = UpsMib(
    name="XUPS-MIB",
    enterprises=EATON,
    scalars=(
        XUPS_OUTPUT_SOURCE,
        XUPS_TIME_REMAINING,
        XUPS_CAPACITY,
        XUPS_BATTERY_FAILURE,
        XUPS_BATTERY_AGED,
        XUPS_LOW_CAPACITY,
        XUPS_INPUT_PHASES,
        XUPS_LOAD,
        XUPS_ALARMS,
    ),
    columns=(XUPS_INPUT_VOLTAGE, XUPS_PHASE_LOAD),
    decode=decode_xups,
)
MG: Final = UpsMib(
    name="MG-SNMP-UPS-MIB",
    enterprises=EATON,
    scalars=(
        MG_ON_BATTERY,
        MG_ON_BYPASS,
        MG_REMAINING_TIME,
        MG_LEVEL,
        MG_TEMPERATURE,
        MG_FAULT,
        MG_REPLACEMENT,
        MG_LOW_BATTERY,
        MG_INPUT_PHASES,
        MG_OUTPUT_PHASES,
    ),
    columns=(MG_INPUT_VOLTAGE, MG_PHASE_LOAD),
    decode=decode_mg,
)
