"""The UPS probe against agents that are played: made up for a behaviour, and recorded from real devices."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from support.recordings import objects_of
from support.running import found_by
from support.snmp_agents import real_recordings, replayed, scripted

from ictss_monitor.catalogue.built_in_limits import BUILT_IN_LIMITS
from ictss_monitor.probe import Finding, Outcome, Reason
from ictss_monitor.probing.limits import apply_limits
from probes.ups import UpsProbe, chosen


@pytest.fixture(scope="module")
def port(tmp_path_factory: pytest.TempPathFactory) -> Iterator[int]:
    """Play our own recordings."""
    with replayed(tmp_path_factory.mktemp("cache")) as played:
        yield played


@pytest.fixture(scope="module")
def real(tmp_path_factory: pytest.TempPathFactory) -> Iterator[int]:
    """Play the recordings of real devices."""
    with replayed(tmp_path_factory.mktemp("cache"), real_recordings()) as played:
        yield played


def read(port: int, community: str, version: str = "2c") -> Finding:
    """Return what the probe finds, without limits."""
    return found_by(UpsProbe, address=f"127.0.0.1:{port}", community=community, version=version)


def judged(finding: Finding) -> Finding:
    """Return the finding with the limits that are built in."""
    return apply_limits(finding, BUILT_IN_LIMITS["ups"])


ON_MAINS = {"on_battery": 0.0, "on_bypass": 0.0, "output_off": 0.0}


@pytest.mark.parametrize("version", ["1", "2c"])
@pytest.mark.parametrize(
    ("community", "outcome", "expected"),
    [
        (
            "ups-mains",
            Outcome.UP,
            ON_MAINS
            | {
                "charge_percent": 98, "runtime_minutes": 57, "load_percent": 44, "load_l1_percent": 31,
                "load_l2_percent": 44, "load_l3_percent": 12, "battery_temperature_celsius": 27, "input_volts": 228,
                "on_battery_seconds": 0, "alarms_present": 0, "replace_battery": 0, "battery_low": 0,
                "communication_lost": 0,
            },
        ),
        (
            "ups-battery",
            Outcome.DOWN,
            {
                "on_battery": 1, "on_bypass": 0, "output_off": 0, "charge_percent": 18, "runtime_minutes": 6,
                "load_percent": 52, "load_l1_percent": 52, "battery_temperature_celsius": 31, "input_volts": 0,
                "on_battery_seconds": 1260, "alarms_present": 3, "replace_battery": 1, "battery_low": 1,
                "communication_lost": 0,
            },
        ),
        (
            "ups-bypass",
            Outcome.DEGRADED,
            {
                "on_battery": 0, "on_bypass": 1, "output_off": 0, "charge_percent": 100, "runtime_minutes": 30.5,
                "load_percent": 38, "load_l1_percent": 38, "battery_temperature_celsius": 24, "input_volts": 231.4,
                "replace_battery": 0, "battery_low": 0,
            },
        ),
        (
            "ups-eaton-aged",
            Outcome.DEGRADED,
            ON_MAINS
            | {
                "charge_percent": 100, "runtime_minutes": 40, "load_percent": 22, "input_volts": 230,
                "alarms_present": 1, "replace_battery": 1, "battery_low": 0,
            },
        ),
        (
            "ups-apc-battery",
            Outcome.DEGRADED,
            {
                "on_battery": 1, "on_bypass": 0, "output_off": 0, "charge_percent": 83.4, "runtime_minutes": 23,
                "load_percent": 41.2, "battery_temperature_celsius": 29.1, "input_volts": 0, "on_battery_seconds": 90,
                "replace_battery": 1, "battery_low": 0, "communication_lost": 0,
            },
        ),
        ("ups-apc-lost", Outcome.DEGRADED, {"communication_lost": 1}),
        ("ups-no-sensors", Outcome.UP, ON_MAINS | {"battery_low": 0}),
    ],
    ids=lambda told: told if isinstance(told, str) else "",
)  # fmt: skip
def test_each_family_gives_one_finding(
    port: int, community: str, outcome: Outcome, expected: dict[str, float], version: str
) -> None:
    """By any MIB and in versions 1 and 2c: what is measured, by the same names, and what is not measured is absent.

    In version 1 an agent refuses a whole request for one object that it does not have; all of these lack some.
    """
    found = read(port, community, version)
    assert found.outcome is Outcome.UP
    assert found.measurements == pytest.approx(expected)
    assert judged(found).outcome is outcome


def test_the_line_to_show_says_what_matters(port: int) -> None:
    """A person reads the source first, then what is left."""
    assert read(port, "ups-mains").detail == "on mains, 98 %, 57 min left, load 44 %"
    assert read(port, "ups-battery").detail == (
        "on battery, 18 %, 6 min left, load 52 %, battery to be replaced, 3 alarms"
    )
    assert read(port, "ups-apc-lost").detail == "the card has lost contact to its UPS"
    assert judged(read(port, "ups-battery")).detail.startswith("runtime_minutes 6 below 10 with on_battery; on battery")


@pytest.mark.parametrize("version", ["1", "2c"])
def test_an_agent_that_is_no_ups_is_told_so(port: int, version: str) -> None:
    """An agent without any of the MIBs is a mismatch that names them, and what it said it is."""
    found = read(port, "not-a-ups", version)
    assert (found.outcome, found.reason) == (Outcome.DOWN, Reason.MISMATCH)
    mibs = "PowerNet-MIB, UPS-MIB, XUPS-MIB, MG-SNMP-UPS-MIB"
    assert found.detail == f"not a UPS: it answers none of {mibs} (sysObjectID 1.3.6.1.4.1.99999.3)"


def test_short_run_time_is_degraded_on_mains_and_down_on_battery() -> None:
    """The same nine minutes mean one thing while the mains are there, and another when they are gone."""
    mib: dict[str, Any] = dict(objects_of("ups-mains"))
    mib["1.3.6.1.2.1.1.2.0"] = b"unknown"
    mib["1.3.6.1.2.1.33.1.2.3.0"] = 9
    with scripted(mib) as port:
        on_mains = judged(read(port, "any"))
        mib["1.3.6.1.2.1.33.1.4.1.0"] = 5
        on_battery = judged(read(port, "any"))
        mib["1.3.6.1.2.1.33.1.2.3.0"] = 45
        long_battery = judged(read(port, "any"))
        mib["1.3.6.1.2.1.33.1.4.1.0"] = 2
        off = judged(read(port, "any"))
        mib["1.3.6.1.2.1.33.1.4.1.0"] = 3
        mains_again = judged(read(port, "any"))
    outcomes = [each.outcome for each in (on_mains, on_battery, long_battery, off, mains_again)]
    assert outcomes == [Outcome.DEGRADED, Outcome.DOWN, Outcome.DEGRADED, Outcome.DOWN, Outcome.UP]


@pytest.mark.parametrize(
    ("maker", "names"),
    [
        ("1.3.6.1.4.1.318.1.3.27", ["PowerNet-MIB", "UPS-MIB"]),
        ("1.3.6.1.4.1.318", ["PowerNet-MIB", "UPS-MIB"]),
        ("1.3.6.1.4.1.3181.1", ["UPS-MIB"]),
        ("1.3.6.1.4.1.705.1", ["UPS-MIB", "XUPS-MIB", "MG-SNMP-UPS-MIB"]),
        ("1.3.6.1.4.1.534.1", ["UPS-MIB", "XUPS-MIB", "MG-SNMP-UPS-MIB"]),
        ("1.3.6.1.2.1.33", ["UPS-MIB"]),
        ("0.0", ["UPS-MIB"]),
        ("none", ["UPS-MIB"]),
    ],
)
def test_mibs_are_chosen_by_the_maker(maker: str, names: list[str]) -> None:
    """By whole numbers of the sysObjectID, not by its text; the standard is always asked for."""
    assert [mib.name for mib in chosen(maker)] == names


def test_a_vendors_mib_is_found_under_a_sysobjectid_that_says_nothing() -> None:
    """A card of another name that speaks a vendor's MIB only is read by what it answers."""
    mib = {oid: value for oid, value in objects_of("ups-apc-battery").items() if isinstance(value, int)}
    with scripted(dict(mib)) as port:
        assert read(port, "any").measurements["charge_percent"] == 83.4


REAL: list[tuple[str, Outcome, dict[str, float], tuple[str, ...]]] = [
    (
        "apc_smt750x-nmc2", Outcome.UP,
        {"charge_percent": 100.0, "runtime_minutes": 1829.37, "load_percent": 0.0, "battery_temperature_celsius": 23.4,
         "replace_battery": 0, "input_volts": 119.1, **ON_MAINS}, (),
    ),
    (
        "eaton-mgeups_5px", Outcome.UP,
        {"charge_percent": 100, "runtime_minutes": 43, "load_percent": 59, "load_l1_percent": 59,
         "on_battery_seconds": 0, **ON_MAINS}, ("battery_temperature_celsius", "load_l2_percent"),
    ),
    (
        "netmanplus_204", Outcome.UP,
        {"charge_percent": 100, "runtime_minutes": 135, "battery_temperature_celsius": 37, "load_l1_percent": 8,
         "load_l2_percent": 0, "load_l3_percent": 0, "on_battery_seconds": 0, **ON_MAINS}, (),
    ),
    (
        "generex-ups_cs141", Outcome.DEGRADED,
        {"on_bypass": 1, "charge_percent": 100, "runtime_minutes": 544, "battery_temperature_celsius": 25,
         "load_l1_percent": 2, "load_l2_percent": 14, "load_l3_percent": 2, "on_battery_seconds": 0}, (),
    ),
    (
        "cetpower", Outcome.DEGRADED,
        {"on_battery": 1, "charge_percent": 100, "runtime_minutes": 6000, "load_l1_percent": 25, "load_l2_percent": 0,
         "load_l3_percent": 0, "alarms_present": 0, "on_battery_seconds": 0}, ("battery_temperature_celsius",),
    ),
]  # fmt: skip
"""Recording, outcome with the limits that are built in, the right reading, and what the card does not measure."""


@pytest.mark.parametrize("version", ["1", "2c"])
@pytest.mark.parametrize(("name", "outcome", "right", "absent"), REAL, ids=[name for name, *_ in REAL])
def test_real_devices_are_read_right(
    real: int, name: str, outcome: Outcome, right: dict[str, float], absent: tuple[str, ...], version: str
) -> None:
    """Recordings of five makers' cards give the readings that were checked by hand."""
    found = read(real, name, version)
    assert found.outcome is Outcome.UP
    assert {key: found.measurements.get(key) for key in right} == pytest.approx(right, abs=0.005)
    assert not set(absent) & set(found.measurements)
    assert judged(found).outcome is outcome


@pytest.mark.parametrize("name", ["gaia_15600", "himoinsa-gensets"])
def test_real_devices_that_are_no_ups_are_told_so(real: int, name: str) -> None:
    """A firewall and a generator's panel are a mismatch, not a UPS without power."""
    found = read(real, name)
    assert (found.outcome, found.reason) == (Outcome.DOWN, Reason.MISMATCH)
    assert found.detail.startswith("not a UPS")
