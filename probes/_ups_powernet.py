"""PowerNet-MIB of APC (Schneider Electric): its own states, and tenths where the standard has whole numbers."""

from __future__ import annotations

from typing import Final

from probes._ups_reading import (
    Objects,
    Source,
    UpsMib,
    UpsReading,
    first,
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

ROOT: Final = "1.3.6.1.4.1.318"
UPS: Final = f"{ROOT}.1.1.1"
BATTERY_STATUS: Final = f"{UPS}.2.1.1.0"  # upsBasicBatteryStatus
TIME_ON_BATTERY: Final = f"{UPS}.2.1.2.0"  # upsBasicBatteryTimeOnBattery, TimeTicks
CAPACITY: Final = f"{UPS}.2.2.1.0"  # upsAdvBatteryCapacity, per cent
BATTERY_TEMPERATURE: Final = f"{UPS}.2.2.2.0"  # upsAdvBatteryTemperature, degrees Celsius
RUN_TIME: Final = f"{UPS}.2.2.3.0"  # upsAdvBatteryRunTimeRemaining, TimeTicks
REPLACE: Final = f"{UPS}.2.2.4.0"  # upsAdvBatteryReplaceIndicator
PRECISE_CAPACITY: Final = f"{UPS}.2.3.1.0"  # upsHighPrecBatteryCapacity, tenths
PRECISE_TEMPERATURE: Final = f"{UPS}.2.3.2.0"  # upsHighPrecBatteryTemperature, tenths
INPUT: Final = f"{UPS}.3.2.1.0"  # upsAdvInputLineVoltage, volts
PRECISE_INPUT: Final = f"{UPS}.3.3.1.0"  # upsHighPrecInputLineVoltage, tenths
OUTPUT_STATUS: Final = f"{UPS}.4.1.1.0"  # upsBasicOutputStatus
LOAD: Final = f"{UPS}.4.2.3.0"  # upsAdvOutputLoad, per cent
PRECISE_LOAD: Final = f"{UPS}.4.3.3.0"  # upsHighPrecOutputLoad, tenths
COMMUNICATION: Final = f"{UPS}.8.1.0"  # upsCommStatus: between card and UPS
PHASE_INPUT: Final = f"{UPS}.9.2.3.1.3"  # upsPhaseInputVoltage, volts, by input and phase
PHASE_LOAD: Final = f"{UPS}.9.3.3.1.10"  # upsPhaseOutputPercentLoad, by output and phase
STATES: Final = f"{UPS}.11.1.1.0"  # upsBasicStateOutputState: 64 flags, as the characters 0 and 1

SOURCES: Final = {
    2: Source.MAINS,  # onLine
    3: Source.BATTERY,
    4: Source.MAINS,  # onSmartBoost
    5: Source.NONE,  # timedSleeping
    6: Source.BYPASS,  # softwareBypass
    7: Source.NONE,  # off
    8: Source.NONE,  # rebooting
    9: Source.BYPASS,  # switchedBypass
    10: Source.BYPASS,  # hardwareFailureBypass
    11: Source.NONE,  # sleepingUntilPowerReturn
    12: Source.MAINS,  # onSmartTrim
    13: Source.MAINS,  # ecoMode: a way of being protected that somebody chose
    15: Source.MAINS,  # onBatteryTest: the mains are there, it tries its battery
    16: Source.BYPASS,  # emergencyStaticBypass
    17: Source.BYPASS,  # staticBypassStandby
    18: Source.MAINS,  # powerSavingMode
    19: Source.MAINS,  # spotMode
    20: Source.MAINS,  # eConversion
    21: Source.MAINS,  # chargerSpotMode
    22: Source.MAINS,  # inverterSpotMode
    24: Source.BATTERY,  # batteryDischargeSpotMode
    27: Source.BATTERY,  # distributedEnergyReserve
    28: Source.MAINS,  # selfTest
}
UNKNOWN: Final = 1

FLAG_ON_BATTERY, FLAG_LOW_BATTERY, FLAG_ON_LINE, FLAG_REPLACE_BATTERY = 2, 3, 4, 5
FLAGS_BYPASS: Final = (12, 13, 14, 15, 16)
"""Manual and software bypass; bypass for an internal fault, for a failed supply, for a failed fan. Counted from 1."""

TICKS_PER_SECOND: Final = 100
TICKS_PER_MINUTE: Final = 6000


def decode(objects: Objects) -> UpsReading:
    """Return what the objects of PowerNet-MIB say of a UPS; the precise ones before the others."""
    flags = _flags(objects)
    phases = loads([percent(objects, oid, high=300) for oid in rows(objects, PHASE_LOAD)])
    whole = _first(percent(objects, PRECISE_LOAD, 300, 10), percent(objects, LOAD, 300))
    return UpsReading(
        source=_source(objects, flags),
        charge_percent=_first(percent(objects, PRECISE_CAPACITY, per=10), percent(objects, CAPACITY)),
        runtime_minutes=number(objects, RUN_TIME, 0, 1e6, TICKS_PER_MINUTE),
        load_percent=max(phases, default=whole),
        loads_percent=phases,
        battery_temperature_celsius=_first(
            temperature(objects, PRECISE_TEMPERATURE, 10), temperature(objects, BATTERY_TEMPERATURE)
        ),
        input_volts=_input(objects),
        on_battery_seconds=number(objects, TIME_ON_BATTERY, 0, 1e8, TICKS_PER_SECOND),
        replace_battery=_either(flag(objects, REPLACE, frozenset({2}), frozenset({1})), flags, FLAG_REPLACE_BATTERY),
        battery_low=_either(flag(objects, BATTERY_STATUS, frozenset({3}), frozenset({2})), flags, FLAG_LOW_BATTERY),
        communication_lost=flag(objects, COMMUNICATION, frozenset({2}), frozenset({1})),  # noComm, ok
    )


def _source(objects: Objects, flags: str) -> Source | None:
    """Return the source by the enumeration, or by the flags where that is missing or unknown(1)."""
    if objects.get(OUTPUT_STATUS) != UNKNOWN and OUTPUT_STATUS in objects:
        return said(objects, OUTPUT_STATUS, SOURCES)
    if any(_raised(flags, bypass) for bypass in FLAGS_BYPASS):
        return Source.BYPASS
    if _raised(flags, FLAG_ON_BATTERY):
        return Source.BATTERY
    return Source.MAINS if _raised(flags, FLAG_ON_LINE) else None


def _input(objects: Objects) -> float | None:
    phases = [volts(objects, oid) for oid in rows(objects, PHASE_INPUT)]
    return _first(volts(objects, PRECISE_INPUT, 10), volts(objects, INPUT), lowest_in_use(phases, None))


def _flags(objects: Objects) -> str:
    value = objects.get(STATES)
    text = value.decode("ascii", "replace") if isinstance(value, bytes) else ""
    return text if text and set(text) <= {"0", "1"} else ""


def _raised(flags: str, place: int) -> bool:
    return flags[place - 1 : place] == "1"


def _either(told: bool | None, flags: str, place: int) -> bool | None:
    """Return what an object tells, or the flag where it tells nothing."""
    return told if told is not None or len(flags) < place else _raised(flags, place)


def _first(*values: float | None) -> float | None:
    return first(iter(values))


POWERNET: Final = UpsMib(
    name="PowerNet-MIB",
    enterprises=(ROOT,),
    scalars=(
        OUTPUT_STATUS,
        BATTERY_STATUS,
        TIME_ON_BATTERY,
        CAPACITY,
        BATTERY_TEMPERATURE,
        RUN_TIME,
        REPLACE,
        PRECISE_CAPACITY,
        PRECISE_TEMPERATURE,
        INPUT,
        PRECISE_INPUT,
        LOAD,
        PRECISE_LOAD,
        COMMUNICATION,
        STATES,
    ),
    columns=(PHASE_INPUT, PHASE_LOAD),
    decode=decode,
)
