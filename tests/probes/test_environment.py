"""The environment probe: tables of sensors by family, and agents that are played."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.recordings import objects_of
from support.running import found_by
from support.snmp_agents import real_recordings, replayed, scripted

from ictss_monitor.catalogue.built_in_limits import BUILT_IN_LIMITS
from ictss_monitor.probe import Finding, Outcome, Reason
from ictss_monitor.probing.limits import apply_limits
from probes._environment_apc import (
    IEM_PROBES,
    MEM_SENSORS,
    MEM_UNITS,
    NETBOTZ,
    NETBOTZ_2,
    NETBOTZ_5,
    POWERNET,
    UIO,
    UIO_INPUTS,
)
from probes._environment_entity import ENTITY, ENTRY, NAME, scaled
from probes._environment_families import AKCP_FAMILY, EATON, GEIST_UNITS, LIEBERT_FAMILY, MAKERS, V4, VERTIV
from probes._environment_tables import Family, Kind, Objects, Sensor
from probes._snmp import Value
from probes.environment import MOST_NAMED, EnvironmentProbe, in_order, measurements, safe, told


@pytest.fixture(scope="module")
def port(tmp_path_factory: pytest.TempPathFactory) -> Iterator[int]:
    """Play our own recordings."""
    with replayed(tmp_path_factory.mktemp("cache")) as played:
        yield played


def read(port: int, community: str, version: str = "2c") -> Finding:
    """Return what the probe finds, without limits."""
    return found_by(EnvironmentProbe, address=f"127.0.0.1:{port}", community=community, version=version)


def sensors(family: Family, objects: Objects) -> list[Sensor]:
    """Return every sensor that measures something."""
    return [sensor for table in family.tables for sensor in table.sensors(objects)]


def first(family: Family, objects: Objects, kind: Kind = Kind.TEMPERATURE) -> float | None:
    """Return what the first sensor of a kind measures."""
    return next((sensor.value for sensor in sensors(family, objects) if sensor.kind is kind), None)


PLAYED: list[tuple[str, dict[str, float]]] = [
    (
        "env-netbotz",
        {"sensors_present": 5, "temperature_celsius": 31, "temperature_lowest_celsius": 31,
         "temperature_rack_4_top_celsius": 31, "humidity_percent": 52, "humidity_highest_percent": 52,
         "humidity_rack_4_top_percent": 52, "smoke": 1, "contacts_alarming": 1},
    ),
    (
        "env-akcp",
        {"sensors_present": 5, "temperature_celsius": 24.3, "temperature_lowest_celsius": 23,
         "temperature_hall_celsius": 23, "temperature_sensor_1_celsius": 24.3, "humidity_percent": 47,
         "humidity_highest_percent": 47, "humidity_hall_percent": 47, "smoke": 0, "contacts_alarming": 1},
    ),
    (
        "env-geist",
        {"sensors_present": 3, "temperature_celsius": 26.22, "temperature_lowest_celsius": 23.78,
         "temperature_watchdog_15_celsius": 23.78, "temperature_probe_celsius": 26.22, "humidity_percent": 39,
         "humidity_highest_percent": 39, "humidity_watchdog_15_percent": 39},
    ),
    (
        "env-liebert",
        {"sensors_present": 2, "temperature_celsius": 22, "temperature_lowest_celsius": 22,
         "temperature_1_celsius": 22, "humidity_percent": 45, "humidity_highest_percent": 45, "humidity_1_percent": 45},
    ),
    (
        "env-entity",
        {"sensors_present": 2, "temperature_celsius": 33.2, "temperature_lowest_celsius": 21.5,
         "temperature_inlet_celsius": 21.5, "temperature_outlet_celsius": 33.2},
    ),
    (
        "ups-apc-battery",
        {"sensors_present": 4, "temperature_celsius": 25, "temperature_lowest_celsius": 23,
         "temperature_equipment_room_celsius": 23, "temperature_rack_front_celsius": 25, "humidity_percent": 44,
         "humidity_highest_percent": 44, "humidity_rack_front_percent": 44, "contacts_alarming": 1},
    ),
    (
        "ups-eaton-aged",
        {"sensors_present": 3, "temperature_celsius": 26, "temperature_lowest_celsius": 26,
         "temperature_remote_celsius": 26, "humidity_percent": 41, "humidity_highest_percent": 41,
         "humidity_remote_percent": 41, "contacts_alarming": 1},
    ),
]  # fmt: skip


@pytest.mark.parametrize("version", ["1", "2c"])
@pytest.mark.parametrize(("community", "expected"), PLAYED, ids=[name for name, _ in PLAYED])
def test_each_family_gives_the_same_measurements(
    port: int, community: str, expected: dict[str, float], version: str
) -> None:
    """By any family and in versions 1 and 2c; sensors that are not plugged in are not among them."""
    found = read(port, community, version)
    assert found.outcome is Outcome.UP
    assert found.measurements == pytest.approx(expected, abs=0.005)


def test_smoke_and_contacts_in_alarm_degrade_without_a_line_of_limits(port: int) -> None:
    """What is built in holds for what means the same everywhere; heat is a matter of the place."""
    limits = BUILT_IN_LIMITS["environment"]
    found = apply_limits(read(port, "env-netbotz"), limits)
    assert (found.outcome, found.detail) == (
        Outcome.DEGRADED,
        "smoke 1 above 0; 31 °C at most, 52 % humidity at least, smoke, 1 contacts in alarm (5 sensors, NetBotz)",
    )
    assert apply_limits(read(port, "env-entity"), limits).outcome is Outcome.UP


@pytest.mark.parametrize("version", ["1", "2c"])
def test_a_device_without_sensors_is_told_so(port: int, version: str) -> None:
    """An agent with none of the families is a mismatch that names them."""
    found = read(port, "not-a-ups", version)
    assert (found.outcome, found.reason) == (Outcome.DOWN, Reason.MISMATCH)
    assert found.detail.startswith("no sensor measures anything in NetBotz, PowerNet-MIB, ")


def test_families_are_tried_in_order() -> None:
    """The maker's own, then the standard, then the others: each once."""
    names = [family.name for family in in_order("1.3.6.1.4.1.3854.1")]
    assert names[:2] == ["SPAGENT-MIB", "ENTITY-SENSOR-MIB"]
    assert sorted(names) == sorted({family.name for family in (*MAKERS, ENTITY)})
    assert next(in_order("1.3.6.1.4.1.38541")).name == "ENTITY-SENSOR-MIB"


def test_a_family_is_found_under_a_sysobjectid_that_says_nothing() -> None:
    """A device rebadged by somebody else is read by what it answers."""
    objects = {oid: value for oid, value in objects_of("env-liebert").items() if isinstance(value, int)}
    with scripted(dict(objects)) as port:
        assert read(port, "any").measurements["temperature_celsius"] == 22


def test_real_netbotz_is_read_right(tmp_path: Path) -> None:
    """The recording of a NetBotz 750 gives the reading that was checked by hand."""
    with replayed(tmp_path, real_recordings()) as port:
        found = read(port, "apc-netbotz_netbotz750")
    assert found.outcome is Outcome.UP
    degrees = [value for name, value in found.measurements.items() if re.fullmatch("temperature_ap.*_celsius", name)]
    assert degrees == [20, 20]
    assert found.measurements["temperature_celsius"] == 20
    assert found.measurements["humidity_percent"] == 24
    assert found.measurements["smoke"] == 0


@pytest.mark.parametrize(
    ("value", "scale", "precision", "measured"),
    [
        (215, 9, 1, Fraction(43, 2)),
        (21_500, 8, 0, Fraction(43, 2)),
        (21, 9, 0, Fraction(21)),
        (21, 9, -2, Fraction(21)),
        (2, 10, 3, Fraction(2)),
        (-5, 9, 0, Fraction(-5)),
        (1_000_000_000, 9, 0, None),
        (-1_000_000_000, 9, 0, None),
        (21, 0, 0, None),
        (21, 18, 0, None),
        (21, 9, 10, None),
    ],
)
def test_entity_sensors_are_scaled_exactly(value: int, scale: int, precision: int, measured: Fraction | None) -> None:
    """Value, scale in thousands and decimal places of RFC 3433; what is at the bounds was out of the sensor's range."""
    assert scaled({4: value, 2: scale, 3: precision, 5: 1}) == measured


@pytest.mark.parametrize(("status", "measured"), [(1, 21.0), (2, None), (3, None)])
def test_entity_sensor_that_is_not_ok_measures_nothing(status: int, measured: float | None) -> None:
    """unavailable(2) and nonoperational(3) are no measurement."""
    row: dict[str, Value] = {f"{ENTRY}.1.7": 8, f"{ENTRY}.2.7": 9, f"{ENTRY}.3.7": 0, f"{ENTRY}.4.7": 21}
    assert first(ENTITY, {**row, f"{ENTRY}.5.7": status, f"{NAME}.7": b"Inlet"}) == measured


@pytest.mark.parametrize(
    ("family", "objects", "measured"),
    [
        (POWERNET, {f"{UIO}.6.1.1": -1, f"{UIO}.10.1.1": 2}, None),
        (POWERNET, {f"{UIO}.6.1.1": 20, f"{UIO}.10.1.1": 1}, None),
        (POWERNET, {f"{UIO}.6.1.1": 20, f"{UIO}.10.1.1": 3}, None),
        (POWERNET, {f"{UIO}.6.1.1": 20, f"{UIO}.10.1.1": 2}, 20),
        (POWERNET, {f"{IEM_PROBES}.4.1": 68, f"{IEM_PROBES}.5.1": 2, f"{IEM_PROBES}.3.1": 2}, 20),
        (POWERNET, {f"{IEM_PROBES}.4.1": 20, f"{IEM_PROBES}.5.1": 1, f"{IEM_PROBES}.3.1": 2}, 20),
        (POWERNET, {f"{IEM_PROBES}.4.1": 20, f"{IEM_PROBES}.5.1": 1, f"{IEM_PROBES}.3.1": 1}, None),
        (POWERNET, {f"{IEM_PROBES}.4.1": -1, f"{IEM_PROBES}.5.1": 1, f"{IEM_PROBES}.3.1": 2}, None),
        (POWERNET, {f"{MEM_SENSORS}.5.0.7": 69, MEM_UNITS: 2}, 20.56),
        (POWERNET, {f"{MEM_SENSORS}.5.0.7": 21, MEM_UNITS: 1}, 21),
        (POWERNET, {f"{MEM_SENSORS}.5.0.7": 21, f"{MEM_SENSORS}.7.0.7": 3}, None),
        (NETBOTZ, {f"{NETBOTZ_5}.1.1.1.8.5": 21}, 21),
        (NETBOTZ, {f"{NETBOTZ_2}.1.1.1.8.5": 0x7FFFFFFF}, None),
        (NETBOTZ, {f"{NETBOTZ_2}.1.1.1.8.5": 0, f"{NETBOTZ_2}.1.1.1.7.5": b""}, None),
        (AKCP_FAMILY, {"1.3.6.1.4.1.3854.1.2.2.1.16.1.3.0": 68, "1.3.6.1.4.1.3854.1.2.2.1.16.1.12.0": 0}, 20),
        (AKCP_FAMILY, {"1.3.6.1.4.1.3854.3.5.2.1.4.0.0.0": 68, "1.3.6.1.4.1.3854.3.5.2.1.5.0.0.0": b"F"}, 20),
        (VERTIV, {f"{V4}.4.1.5.1": 680, f"{V4}.4.1.4.1": 1, GEIST_UNITS: 0}, 20),
        (VERTIV, {f"{V4}.4.1.5.1": 200, f"{V4}.4.1.4.1": 1, GEIST_UNITS: 1}, 20),
        (VERTIV, {f"{V4}.4.1.5.1": 200, f"{V4}.4.1.4.1": 0}, None),
        (VERTIV, {"1.3.6.1.4.1.21239.2.4.1.5.1": 19, "1.3.6.1.4.1.21239.2.4.1.4.1": 1}, 19),
        (LIEBERT_FAMILY, {"1.3.6.1.4.1.476.1.42.3.4.1.3.3.1.3.1": -273}, None),
        (EATON, {"1.3.6.1.4.1.534.1.6.1.0": 0}, None),
        (EATON, {"1.3.6.1.4.1.534.1.6.1.0": 24}, 24),
        (EATON, {"1.3.6.1.4.1.705.1.8.7.1.3.1": 246, "1.3.6.1.4.1.705.1.8.7.1.2.1": 2}, 24.6),
        (EATON, {"1.3.6.1.4.1.705.1.8.7.1.3.1": 246, "1.3.6.1.4.1.705.1.8.7.1.2.1": 1}, None),
    ],
)
def test_temperatures_are_celsius_and_of_sensors_that_are_there(
    family: Family, objects: dict[str, Value], measured: float | None
) -> None:
    """Units, tenths and the signs of a sensor that is not there, by the MIB of each family."""
    assert first(family, objects) == measured


@pytest.mark.parametrize(
    ("family", "objects", "kind", "measured"),
    [
        (POWERNET, {f"{UIO_INPUTS}.6.1.1": 1}, Kind.CONTACT, 0),
        (POWERNET, {f"{UIO_INPUTS}.6.1.1": 3}, Kind.CONTACT, 1),
        (POWERNET, {f"{UIO_INPUTS}.6.1.1": 4}, Kind.CONTACT, None),
        (NETBOTZ, {f"{NETBOTZ_2}.2.2.1.3.5": 1, f"{NETBOTZ_2}.2.2.1.2.5": 0}, Kind.CONTACT, 0),
        (NETBOTZ, {f"{NETBOTZ_2}.2.2.1.3.5": 4, f"{NETBOTZ_2}.2.2.1.2.5": 1}, Kind.CONTACT, 1),
        (NETBOTZ, {f"{NETBOTZ_2}.2.2.1.3.5": 4, f"{NETBOTZ_2}.2.2.1.2.5": -1}, Kind.CONTACT, None),
        (NETBOTZ, {f"{NETBOTZ_5}.2.12.1.2.5": -1}, Kind.SMOKE, None),
        (NETBOTZ, {f"{NETBOTZ_5}.2.12.1.2.5": 0, f"{NETBOTZ_5}.2.12.1.3.5": 3}, Kind.SMOKE, 1),
        (NETBOTZ, {f"{NETBOTZ_5}.2.13.1.2.5": 1, f"{NETBOTZ_5}.2.13.1.3.5": 0}, Kind.CONTACT, 1),
        (NETBOTZ, {f"{NETBOTZ_5}.2.13.1.2.5": 0, f"{NETBOTZ_5}.2.13.1.3.5": 0}, Kind.CONTACT, 0),
        (AKCP_FAMILY, {"1.3.6.1.4.1.3854.3.5.14.1.6.1": 4, "1.3.6.1.4.1.3854.3.5.14.1.8.1": 1}, Kind.SMOKE, 1),
        (AKCP_FAMILY, {"1.3.6.1.4.1.3854.3.5.14.1.6.1": 4, "1.3.6.1.4.1.3854.3.5.14.1.8.1": 2}, Kind.SMOKE, None),
        (AKCP_FAMILY, {"1.3.6.1.4.1.3854.3.5.9.1.6.1": 7, "1.3.6.1.4.1.3854.3.5.9.1.8.1": 1}, Kind.CONTACT, None),
        (POWERNET, {f"{UIO}.7.1.1": -1, f"{UIO}.10.1.1": 2}, Kind.HUMIDITY, None),
        (POWERNET, {f"{UIO}.7.1.1": 55, f"{UIO}.10.1.1": 2}, Kind.HUMIDITY, 55),
        (LIEBERT_FAMILY, {"1.3.6.1.4.1.476.1.42.3.4.2.2.3.1.3.1": 65_535}, Kind.HUMIDITY, None),
    ],
)
def test_statuses_are_the_devices_own(
    family: Family, objects: dict[str, Value], kind: Kind, measured: float | None
) -> None:
    """Alarm is what the device calls one; a socket that is empty, and a sensor in error, say nothing."""
    assert first(family, objects, kind) == measured


def test_names_are_safe_bounded_and_each_its_own() -> None:
    """What a device calls its sensors becomes part of a measurement's name, whatever it is, and of 24 at most."""
    labels = ["Rack 1", "rack-1", "Rack 1", "", "Größe\n{}", "x" * 500, "lowest", *(f"s{n}" for n in range(40))]
    found = measurements([Sensor(Kind.TEMPERATURE, label, float(place)) for place, label in enumerate(labels)])
    named = [name for name in found if name not in ("sensors_present", "temperature_celsius")]
    assert len(named) == MOST_NAMED + 1
    assert named[:8] == [
        "temperature_lowest_celsius", "temperature_rack_1_celsius", "temperature_rack_1_2_celsius",
        "temperature_rack_1_3_celsius", "temperature_sensor_celsius", "temperature_gr_e_celsius",
        f"temperature_{'x' * 32}_celsius", "temperature_lowest_2_celsius",
    ]  # fmt: skip
    assert found["temperature_lowest_celsius"] == 0
    assert found["temperature_celsius"] == len(labels) - 1


@given(st.text(max_size=300))
def test_any_label_makes_a_name_that_limits_can_use(label: str) -> None:
    """Small letters, digits and underscores, and not too long."""
    assert re.fullmatch("[a-z0-9](?:[a-z0-9_]{0,30}[a-z0-9])?", safe(label))


COLUMNS = sorted({column for family in (*MAKERS, ENTITY) for table in family.tables for column in table.columns})
OBJECTS = st.dictionaries(
    st.builds("{}.{}".format, st.sampled_from(COLUMNS), st.sampled_from(["0", "1", "1.1"]))
    | st.sampled_from([MEM_UNITS, GEIST_UNITS]),
    st.integers(-(2**63), 2**64) | st.integers(-5, 120) | st.binary(max_size=40) | st.floats() | st.just("1.3.6"),
    max_size=30,
)


@given(OBJECTS)
def test_whatever_a_device_says_the_reading_is_sound(objects: dict[str, Value]) -> None:
    """Any value at any object gives figures that can be, under names that are safe."""
    for family in (*MAKERS, ENTITY):
        found = sensors(family, objects)
        for name, value in measurements(found).items():
            assert re.fullmatch("[a-z0-9_]+", name)
            assert math.isfinite(value)
            low, high = (-80, 200) if name.endswith("celsius") else (0, 100)
            assert low <= value <= high
        assert told(found, family).isprintable()
