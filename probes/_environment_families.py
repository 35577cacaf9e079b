"""The sensors of those who make them: APC's cards and NetBotz, AKCP, Geist and Liebert (Vertiv), Eaton's cards.

Contacts count as alarming by the device's own judgement (its alarm or error status): whether a door is to be open or
closed is set up there.
"""

from __future__ import annotations

from typing import Final

from probes._environment_tables import (
    Family,
    Kind,
    Objects,
    Read,
    Row,
    Table,
    alarm,
    believed,
    celsius,
    from_fahrenheit,
    humidity,
    number,
    present,
)

ABSENT: Final = frozenset({-1.0})
ONE: Final = frozenset({1})
TWO: Final = frozenset({2})

# PowerNet-MIB of APC: universal I/O ports and the older probes of UPS cards (AP9631, AP9340), rack monitors' modules.

APC: Final = "1.3.6.1.4.1.318"
UIO: Final = f"{APC}.1.1.25.1.2.1"  # uioSensorStatusEntry
UIO_INPUTS: Final = f"{APC}.1.1.25.2.2.1"  # uioInputStatusEntry
IEM_PROBES: Final = f"{APC}.1.1.10.2.3.2.1"  # iemStatusProbesEntry
IEM_CONTACTS: Final = f"{APC}.1.1.10.2.3.4.1"  # iemStatusContactsEntry
MEM_SENSORS: Final = f"{APC}.1.1.10.4.2.3.1"  # memSensorsStatusEntry
MEM_UNITS: Final = f"{APC}.1.1.10.4.2.1.0"  # memSensorsStatusSysTempUnits: celsius(1), fahrenheit(2)
FAHRENHEIT: Final = 2
COMMS_LOST: Final = 3  # uioSensorStatusCommStatus, memSensorsCommStatus


def _iem_degrees(row: Row, _: Objects) -> float | None:
    """Read iemStatusProbeCurrentTemp in the unit of iemStatusProbeTempUnits."""
    return _in_celsius(row.get(4), row.get(5) == FAHRENHEIT)


def _mem_degrees(row: Row, objects: Objects) -> float | None:
    """Read memSensorsTemperature in the unit that the whole module is set to."""
    return _in_celsius(row.get(5), objects.get(MEM_UNITS) == FAHRENHEIT)


def _in_celsius(raw: object, in_fahrenheit: bool, per: int = 1) -> float | None:
    """Return degrees Celsius; -1 is what these cards say where no sensor is plugged in."""
    value = number(raw) if isinstance(raw, int | float | bytes) else None
    if value is None or value == -1:
        return None
    return believed(from_fahrenheit(value / per) if in_fahrenheit else value / per)


def _in_contact(read: Read, column: int) -> Read:
    """Read only sensors with which communication is not lost (3)."""
    return lambda row, objects: None if row.get(column) == COMMS_LOST else read(row, objects)


POWERNET: Final = Family(
    "PowerNet-MIB",
    (APC,),
    (
        Table("uioSensorStatus", UIO, Kind.TEMPERATURE, 6, 3, present(celsius(6, absent=ABSENT), 10, TWO), (10,)),
        Table("uioSensorStatus", UIO, Kind.HUMIDITY, 7, 3, present(humidity(7), 10, TWO), (10,)),
        Table("uioInputStatus", UIO_INPUTS, Kind.CONTACT, 6, 3, alarm(6, frozenset({2, 3}), ONE)),
        Table("iemStatusProbes", IEM_PROBES, Kind.TEMPERATURE, 4, 2, present(_iem_degrees, 3, TWO), (3, 5)),
        Table("iemStatusProbes", IEM_PROBES, Kind.HUMIDITY, 6, 2, present(humidity(6), 3, TWO), (3,)),
        Table("iemStatusContacts", IEM_CONTACTS, Kind.CONTACT, 3, 2, alarm(3, TWO, ONE)),
        Table(
            "memSensorsStatus", MEM_SENSORS, Kind.TEMPERATURE, 5, 3, _in_contact(_mem_degrees, 7), (7,), (MEM_UNITS,)
        ),
        Table("memSensorsStatus", MEM_SENSORS, Kind.HUMIDITY, 6, 3, _in_contact(humidity(6), 7), (7,)),
    ),
)

# NetBotz appliances: the same tables under APC's old and new branch. Of the columns of a temperature only ...ValueInt
# has one meaning in all versions, whole degrees Celsius: ...Value is tenths or whole degrees, ...ValueStr in the unit
# that the appliance is set to.

NETBOTZ_BRANCHES: Final = ("1.3.6.1.4.1.52674.500.4", "1.3.6.1.4.1.5528.100.4")
WARNING: Final = frozenset({2, 3, 4, 5})  # netBotzErrorStatus: warning, error, critical, failure
QUIET: Final = frozenset({0, 1})  # normal, info


def _netbotz_tables(branch: str) -> tuple[Table, ...]:
    numeric, state = f"{branch}.1", f"{branch}.2"
    contacts = {"dryContactSensor": 1, "doorSwitchSensor": 2, "otherStateSensor": 10}
    return (
        Table("tempSensor", f"{numeric}.1.1", Kind.TEMPERATURE, 8, 4, celsius(8)),
        Table("humiSensor", f"{numeric}.2.1", Kind.HUMIDITY, 8, 4, humidity(8)),
        Table("smokeSensor", f"{state}.12.1", Kind.SMOKE, 2, 4, _netbotz_smoke, (3,)),
        *(
            Table(title, f"{state}.{place}.1", Kind.CONTACT, 3, 4, _netbotz_contact, (2,))
            for title, place in contacts.items()
        ),
    )


def _netbotz_smoke(row: Row, _: Objects) -> float | None:
    """Read smoke(1), or an error status of it; null(-1) is an empty socket."""
    value = row.get(2)
    if value not in (0, 1):
        return None
    return 1.0 if value == 1 or row.get(3) in WARNING else 0.0


def _netbotz_contact(row: Row, objects: Objects) -> float | None:
    return None if row.get(2) == -1 else alarm(3, WARNING, QUIET)(row, objects)


NETBOTZ: Final = Family(
    "NetBotz",
    ("1.3.6.1.4.1.52674", "1.3.6.1.4.1.5528"),
    tuple(table for branch in NETBOTZ_BRANCHES for table in _netbotz_tables(branch)),
)

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
            return _in_celsius(row.get(tenths), fahrenheit, 10)
        return _in_celsius(row.get(degrees), fahrenheit)

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
    return lambda row, objects: _in_celsius(row.get(column), objects.get(GEIST_UNITS) == 0, 10)


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
