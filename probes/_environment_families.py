"""The sensors of AKCP, Geist and Liebert (Vertiv) and Eaton's cards; with APC's, all makers that are known.

Contacts count as alarming by the device's own judgement (its alarm or error status): whether a door is to be open or
closed is set up there.
"""

from __future__ import annotations

from typing import Final

from probes._environment_apc import NETBOTZ, POWERNET
from probes._environment_tables import (
    Family,
    Kind,
    Objects,
    Read,
    Row,
    Table,
    alarm,
    celsius,
    humidity,
    in_celsius,
    number,
    present,
)

ONE: Final = frozenset({1})
TWO: Final = frozenset({2})

# SPAGENT-MIB of AKCP: sensorProbe (1.2.2), and securityProbe and sensorProbe+ (2.3 and 3.5), which share their columns.

AKCP: Final = "1.3.6.1.4.1.3854"
PROBE: Final = f"{AKCP}.1.2.2.1"
AKCP_QUIET: Final = TWO  # normal(2)
AKCP_ALARM: Final = frozenset({3, 4, 5, 6})  # warning and critical, high and low; sensorError(7) is no measurement


def _akcp_degrees(degrees: int, unit: int, tenths: int) -> Read:
    """Read the column of tenths, or that of whole degrees where there is none; the unit is 1 or "C" for Celsius."""

    def read(row: Row, _: Objects) -> float | None:
        fahrenheit = row.get(unit) in (0, b"F")
        if number(row.get(tenths)):
            return in_celsius(row.get(tenths), fahrenheit, 10)
        return in_celsius(row.get(degrees), fahrenheit)

    return read


def _akcp_plus(branch: str) -> tuple[Table, ...]:
    contacts = {"dryContactTable": 4, "waterTable": 9}
    degrees = present(_akcp_degrees(4, 5, 20), 8, ONE)
    return (
        Table("temperatureTable", f"{branch}.2.1", Kind.TEMPERATURE, 4, 2, degrees, (5, 8, 20)),
        Table("humidityTable", f"{branch}.3.1", Kind.HUMIDITY, 4, 2, present(humidity(4), 8, ONE), (8,)),
        Table(
            "smokeTable", f"{branch}.14.1", Kind.SMOKE, 6, 2, present(alarm(6, AKCP_ALARM, AKCP_QUIET), 8, ONE), (8,)
        ),
        *(
            Table(
                title,
                f"{branch}.{place}.1",
                Kind.CONTACT,
                6,
                2,
                present(alarm(6, AKCP_ALARM, AKCP_QUIET), 8, ONE),
                (8,),
            )
            for title, place in contacts.items()
        ),
    )


AKCP_FAMILY: Final = Family(
    "SPAGENT-MIB",
    (AKCP,),
    (
        Table(
            "sensorProbeTempTable",
            f"{PROBE}.16.1",
            Kind.TEMPERATURE,
            3,
            1,
            present(_akcp_degrees(3, 12, 14), 5, ONE),
            (5, 12, 14),
        ),
        Table("sensorProbeHumidityTable", f"{PROBE}.17.1", Kind.HUMIDITY, 3, 1, present(humidity(3), 5, ONE), (5,)),
        Table(
            "sensorProbeSwitchTable",
            f"{PROBE}.18.1",
            Kind.CONTACT,
            3,
            1,
            present(alarm(3, AKCP_ALARM, AKCP_QUIET), 4, ONE),
            (4,),
        ),
        *_akcp_plus(f"{AKCP}.2.3"),
        *_akcp_plus(f"{AKCP}.3.5"),
    ),
)

# Vertiv: GEIST-V4-MIB (tenths, in the unit the device is set to), GEIST-MIB-V3 (whole degrees Celsius), and
# LIEBERT-GP-ENVIRONMENTAL-MIB. Column 4 says whether a sensor is available(1).

GEIST: Final = "1.3.6.1.4.1.21239"
V4: Final = f"{GEIST}.5.1"
GEIST_UNITS: Final = f"{V4}.1.7.0"  # temperatureUnits: fahrenheit(0), celsius(1)
LIEBERT: Final = "1.3.6.1.4.1.476"
LIEBERT_DEGREES: Final = f"{LIEBERT}.1.42.3.4.1.3.3.1"  # lgpEnvTemperatureEntryDegC
LIEBERT_HUMIDITY: Final = f"{LIEBERT}.1.42.3.4.2.2.3.1"  # lgpEnvHumidityEntryRel


def _geist(title: str, place: int, degrees: int | None, moist: int | None) -> tuple[Table, ...]:
    entry = f"{V4}.{place}.1"
    found = []
    if degrees is not None:
        read = present(_geist_degrees(degrees), 4, ONE)
        found.append(Table(title, entry, Kind.TEMPERATURE, degrees, 3, read, (4,), (GEIST_UNITS,)))
    if moist is not None:
        found.append(Table(title, entry, Kind.HUMIDITY, moist, 3, present(humidity(moist), 4, ONE), (4,)))
    return tuple(found)


def _geist_degrees(column: int) -> Read:
    return lambda row, objects: in_celsius(row.get(column), objects.get(GEIST_UNITS) == 0, 10)


def _geist_v3(title: str, place: int, degrees: int, moist: int | None) -> tuple[Table, ...]:
    entry = f"{GEIST}.2.{place}.1"
    table = Table(title, entry, Kind.TEMPERATURE, degrees, 3, present(celsius(degrees), 4, ONE), (4,))
    if moist is None:
        return (table,)
    return (table, Table(title, entry, Kind.HUMIDITY, moist, 3, present(humidity(moist), 4, ONE), (4,)))


VERTIV: Final = Family(
    "GEIST-V4-MIB, GEIST-MIB-V3",
    (GEIST,),
    (
        *_geist("internal", 2, 5, 6),
        *_geist("tempSensor", 4, 5, None),
        *_geist("airFlowSensor", 5, 5, 7),
        *_geist("thdSensor", 9, 5, 6),
        *_geist_v3("climate", 2, 5, 7),
        *_geist_v3("tempSensor", 4, 5, None),
        *_geist_v3("airFlowSensor", 5, 5, 8),
        *_geist_v3("thdSensor", 32, 5, 7),
    ),
)
LIEBERT_FAMILY: Final = Family(
    "LIEBERT-GP-ENVIRONMENTAL-MIB",
    (LIEBERT,),
    (
        Table("lgpEnvTemperatureDegC", LIEBERT_DEGREES, Kind.TEMPERATURE, 3, None, celsius(3)),
        Table("lgpEnvHumidityRel", LIEBERT_HUMIDITY, Kind.HUMIDITY, 3, None, humidity(3)),
    ),
)

# Eaton: environment probes of UPS cards, in XUPS-MIB (EATON-EMP-MIB) and in MG-SNMP-UPS-MIB.

XUPS_ENVIRONMENT: Final = "1.3.6.1.4.1.534.1.6"
XUPS_CONTACTS: Final = f"{XUPS_ENVIRONMENT}.8.1"  # xupsContactsTable
MG_SENSORS: Final = "1.3.6.1.4.1.705.1.8.7.1"  # upsmgEnvironmentSensorEntry
ZERO: Final = frozenset({0.0})
"""What an Eaton card says of the ambient without a sensor for it."""


NOTICE: Final = frozenset({3, 4})  # xupsContactState: openWithNotice, closedWithNotice
NO_NOTICE: Final = frozenset({1, 2})
USED: Final = frozenset({1, 2, 3})  # xupsContactType; notUsed(4)


def _single(title: str, column: int, kind: Kind, read: Read, label: str) -> Table:
    return Table(title, XUPS_ENVIRONMENT, kind, column, None, read, label=label)


EATON: Final = Family(
    "XUPS-MIB, MG-SNMP-UPS-MIB",
    ("1.3.6.1.4.1.534", "1.3.6.1.4.1.705"),
    (
        Table("xupsContacts", XUPS_CONTACTS, Kind.CONTACT, 3, 4, present(alarm(3, NOTICE, NO_NOTICE), 2, USED), (2,)),
        Table(
            "upsmgEnvironmentSensor",
            MG_SENSORS,
            Kind.TEMPERATURE,
            3,
            None,
            present(celsius(3, 10, ZERO), 2, TWO),
            (2,),
        ),
        Table(
            "upsmgEnvironmentSensor", MG_SENSORS, Kind.HUMIDITY, 6, None, present(humidity(6, 10, ZERO), 2, TWO), (2,)
        ),
        _single("xupsEnvAmbientTemp", 1, Kind.TEMPERATURE, celsius(1, absent=ZERO), "ambient"),
        _single("xupsEnvAmbientHumidity", 4, Kind.HUMIDITY, humidity(4, absent=ZERO), "ambient"),
        _single("xupsEnvRemoteTemp", 5, Kind.TEMPERATURE, celsius(5, absent=ZERO), "remote"),
        _single("xupsEnvRemoteHumidity", 6, Kind.HUMIDITY, humidity(6, absent=ZERO), "remote"),
    ),
)

MAKERS: Final = (NETBOTZ, POWERNET, AKCP_FAMILY, VERTIV, LIEBERT_FAMILY, EATON)
