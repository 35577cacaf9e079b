"""The sensors of APC: universal and older probes of its cards, modules of rack monitors, and NetBotz appliances."""

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
    celsius,
    humidity,
    in_celsius,
    present,
)

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
    return in_celsius(row.get(4), row.get(5) == FAHRENHEIT)


def _mem_degrees(row: Row, objects: Objects) -> float | None:
    """Read memSensorsTemperature in the unit that the whole module is set to."""
    return in_celsius(row.get(5), objects.get(MEM_UNITS) == FAHRENHEIT)


def _in_contact(read: Read, column: int) -> Read:
    """Read only sensors with which communication is not lost (3)."""
    return lambda row, objects: None if row.get(column) == COMMS_LOST else read(row, objects)


POWERNET: Final = Family(
    "PowerNet-MIB",
    (APC,),
    (
        Table(
            "uioSensorStatus",
            UIO,
            Kind.TEMPERATURE,
            6,
            3,
            present(celsius(6, absent=frozenset({-1.0})), 10, TWO),
            (10,),
        ),
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

# NetBotz appliances: the same tables under an old and a new branch. Of the numbers of a temperature ...ValueInt is
# read, whole degrees Celsius: ...Value should be tenths, and appliances of version 5 put whole degrees there.
# ...ValueStr is empty where nothing is plugged in.

NETBOTZ_5: Final = "1.3.6.1.4.1.52674.500.4"
NETBOTZ_2: Final = "1.3.6.1.4.1.5528.100.4"
WARNING: Final = frozenset({2, 3, 4, 5})  # ErrorStatus: warning, error, critical, failure
QUIET: Final = frozenset({0, 1})  # normal, info


def _plugged_in(read: Read) -> Read:
    return lambda row, objects: None if row.get(7) == b"" else read(row, objects)


def _netbotz_detector(row: Row, _: Objects) -> float | None:
    """Read what is detected(1) or not(0), or an error status of it; undefined(-1) is an empty socket."""
    if row.get(2) not in (0, 1):
        return None
    return 1.0 if row[2] == 1 or row.get(3) in WARNING else 0.0


def _netbotz_contact(row: Row, objects: Objects) -> float | None:
    return None if row.get(2) == -1 else alarm(3, WARNING, QUIET)(row, objects)


def _netbotz_tables(branch: str, contacts: dict[str, int]) -> tuple[Table, ...]:
    numeric, state = f"{branch}.1", f"{branch}.2"
    return (
        Table("tempSensor", f"{numeric}.1.1", Kind.TEMPERATURE, 8, 4, _plugged_in(celsius(8)), (7,)),
        Table("humiSensor", f"{numeric}.2.1", Kind.HUMIDITY, 8, 4, _plugged_in(humidity(8)), (7,)),
        *(
            Table(title, f"{state}.{place}.1", Kind.CONTACT, 3, 4, _netbotz_contact, (2,))
            for title, place in contacts.items()
        ),
    )


NETBOTZ_CONTACTS: Final = {"dryContactSensor": 1, "doorSwitchSensor": 2, "otherStateSensor": 10}
NETBOTZ: Final = Family(
    "NetBotz",
    ("1.3.6.1.4.1.52674", "1.3.6.1.4.1.5528"),
    (
        *_netbotz_tables(NETBOTZ_5, {**NETBOTZ_CONTACTS, "rackHandleSensor": 17}),
        Table("smokeSensor", f"{NETBOTZ_5}.2.12.1", Kind.SMOKE, 2, 4, _netbotz_detector, (3,)),
        Table("leakSensor", f"{NETBOTZ_5}.2.13.1", Kind.CONTACT, 2, 4, _netbotz_detector, (3,)),
        *_netbotz_tables(NETBOTZ_2, NETBOTZ_CONTACTS),
    ),
)
