"""What the probe `snmp` makes of objects, tables, interfaces and uptimes, and which options it takes."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError
from pysnmp.proto import rfc1902
from support.running import found_by
from support.snmp_agents import UPTIME, Mib, real_recordings, replayed, scripted

from ictss_monitor.catalogue.model import Limit
from ictss_monitor.probe import Finding, Outcome, Reason
from ictss_monitor.probing.runner import run_once
from probes.snmp import SnmpProbe, SnmpProbeOptions

UP, DOWN, DEGRADED, UNKNOWN = Outcome.UP, Outcome.DOWN, Outcome.DEGRADED, Outcome.UNKNOWN
SECONDS = 1_000_000

STATE, TEMPERATURE, LOAD = "1.3.6.1.4.1.99999.1.0", "1.3.6.1.4.1.99999.2.0", "1.3.6.1.4.1.99999.3.0"
FANS = "1.3.6.1.4.1.99999.4.1.2"


def mib() -> Mib:
    """Return what a small device has: two interfaces, of which the second is down."""
    found: Mib = {
        UPTIME: rfc1902.TimeTicks(500_000),
        STATE: b"active",
        TEMPERATURE: 203,
        LOAD: b"0.25",
        f"{FANS}.1": 3000,
        f"{FANS}.2": 3600,
        f"{FANS}.7": b"stopped",
    }
    for index, name, alias, oper in ((1, "eth0", "Uplink", 1), (2, "eth1", "", 2)):
        found |= interface(index, name, alias, oper=oper)
    return found


def interface(index: int, name: str, alias: str = "", *, oper: int = 1, admin: int = 1, errors: int = 0) -> Mib:
    """Return the objects of one interface."""
    counter = rfc1902.Counter32
    return {
        f"1.3.6.1.2.1.2.2.1.2.{index}": b"Ethernet " + name.encode(),
        f"1.3.6.1.2.1.2.2.1.5.{index}": rfc1902.Gauge32(4294967295),
        f"1.3.6.1.2.1.2.2.1.7.{index}": admin,
        f"1.3.6.1.2.1.2.2.1.8.{index}": oper,
        f"1.3.6.1.2.1.2.2.1.14.{index}": counter(errors),
        f"1.3.6.1.2.1.2.2.1.20.{index}": counter(0),
        f"1.3.6.1.2.1.31.1.1.1.1.{index}": name.encode(),
        f"1.3.6.1.2.1.31.1.1.1.15.{index}": rfc1902.Gauge32(10_000),
        f"1.3.6.1.2.1.31.1.1.1.18.{index}": alias.encode(),
    }


def found(device: Mib, version: str = "2c", **told: Any) -> Finding:
    """Return what the probe finds at a device on loopback."""
    with scripted(device) as port:
        return found_by(SnmpProbe, address=f"127.0.0.1:{port}", community="public", version=version, **told)


def told(port: int, **more: Any) -> SnmpProbeOptions:
    """Return options for a device on loopback."""
    return SnmpProbeOptions(address=f"127.0.0.1:{port}", community="public", **more)


@pytest.mark.parametrize("version", ["1", "2c"])
def test_agent_that_answers_is_up(version: str) -> None:
    """With its uptime as a measurement, and nothing else asked."""
    finding = found(mib(), version)
    assert (finding.outcome, finding.measurements) == (UP, {"uptime_seconds": 5000.0})
    assert finding.latency is not None


@pytest.mark.parametrize("version", ["1", "2c"])
def test_named_objects_are_measured(version: str) -> None:
    """Numbers scaled, texts of numbers too; other texts are shown."""
    objects = {"temperature_c": {"oid": TEMPERATURE, "scale": 0.1}, "load": f".{LOAD}", "state": STATE}
    finding = found(mib(), version, oids=objects)
    assert (finding.outcome, finding.detail) == (UP, "state 'active'")
    assert finding.measurements == {"temperature_c": 20.3, "load": 0.25, "uptime_seconds": 5000.0}


def test_limits_of_the_catalogue_hold_for_them() -> None:
    """By the core, and by the names that the check gives."""

    async def limited(port: int) -> Finding:
        limit = Limit("temperature_c", DEGRADED, above=20)
        options = told(port, oids={"temperature_c": {"oid": TEMPERATURE, "scale": 0.1}})
        async with SnmpProbe() as probe:
            return await run_once(probe, options, 5 * SECONDS, [limit])

    with scripted(mib()) as port:
        finding = asyncio.run(limited(port))
    assert (finding.outcome, finding.reason) == (DEGRADED, Reason.LIMIT)
    assert finding.detail == "temperature_c 20.3 above 20"


EXPECTED: dict[str, tuple[dict[str, Any], str]] = {
    "the text": ({"oid": STATE, "expect": "active"}, ""),
    "one of": ({"oid": STATE, "expect": ["standby", "active"]}, ""),
    "none of": ({"oid": STATE, "expect": ["standby", "idle"]}, "x is 'active' where standby or idle is expected"),
    "the number": ({"oid": TEMPERATURE, "expect": 203}, ""),
    "the same number": ({"oid": LOAD, "expect": [1, 0.250]}, ""),
    "another number": ({"oid": TEMPERATURE, "expect": 20.3, "scale": 0.1}, "x is '203' where 20.3 is expected"),
    "an expression": ({"oid": STATE, "match": "^act"}, ""),
    "another expression": ({"oid": STATE, "match": "^stand"}, "x is 'active', not what is expected"),
    "missing": ({"oid": f"{STATE}.5"}, f"the agent has no x ({STATE}.5)"),
}


@pytest.mark.parametrize(("wanted", "complaint"), EXPECTED.values(), ids=EXPECTED.keys())
def test_what_is_expected_is_compared_as_the_agent_sends_it(wanted: dict[str, Any], complaint: str) -> None:
    """As text or as number, before it is scaled; what is not there is not as expected."""
    finding = found(mib(), oids={"x": wanted})
    assert (finding.outcome, finding.reason) == ((DOWN, Reason.MISMATCH) if complaint else (UP, Reason.OK))
    if complaint:
        assert finding.detail == complaint


def test_all_that_is_wrong_is_told() -> None:
    """Not only the first."""
    finding = found(mib(), oids={"x": {"oid": STATE, "expect": "idle"}, "y": f"{STATE}.5"}, interface="eth1")
    assert finding.detail == f"x is 'active' where idle is expected; the agent has no y ({STATE}.5); eth1 is down"


@pytest.mark.parametrize("version", ["1", "2c"])
def test_columns_of_tables_are_counted_and_summed(version: str) -> None:
    """Rows that are no numbers count as rows only; an empty table has none."""
    finding = found(mib(), version, tables={"fans": FANS, "pumps": f"{FANS}0"})
    assert finding.measurements == {
        "fans_count": 3, "fans_min": 3000, "fans_max": 3600, "fans_sum": 6600, "pumps_count": 0, "uptime_seconds": 5000,
    }  # fmt: skip


@pytest.mark.parametrize("version", ["1", "2c"])
@pytest.mark.parametrize("name", ["eth0", "Ethernet eth0", "Uplink"])
def test_interface_is_found_by_name_description_and_alias(name: str, version: str) -> None:
    """And is up, with speed and errors."""
    finding = found(mib(), version, interface=name)
    assert (finding.outcome, finding.detail) == (UP, f"{name} is up")
    assert finding.measurements == {
        "interface_megabits_per_second": 10_000, "interface_in_errors": 0, "interface_out_errors": 0,
        "uptime_seconds": 5000,
    }  # fmt: skip


STATES: list[tuple[int, int, str, Outcome, str]] = [
    (2, 1, "down", DOWN, "is down"),
    (3, 3, "down", DOWN, "is in a test"),
    (4, 1, "down", UNKNOWN, "in a state that the agent does not know"),
    (5, 1, "down", DOWN, "is dormant"),
    (6, 1, "down", DOWN, "is without its hardware"),
    (7, 1, "down", DOWN, "what is below it is down"),
    (9, 1, "down", DOWN, "is 9"),
    (2, 2, "down", DOWN, "is shut down by its administrator"),
    (2, 2, "degraded", DEGRADED, "is shut down by its administrator"),
    (2, 2, "unknown", UNKNOWN, "is shut down by its administrator"),
    (2, 2, "up", UP, "is shut down by its administrator"),
    (1, 1, "up", UP, "is up"),
]


@pytest.mark.parametrize(("oper", "admin", "disabled", "outcome", "words"), STATES)
def test_state_of_an_interface(oper: int, admin: int, disabled: str, outcome: Outcome, words: str) -> None:
    """What does not carry traffic is down; what was shut down on purpose is what the check says of that."""
    device = mib() | interface(2, "eth1", oper=oper, admin=admin)
    finding = found(device, interface="eth1", interface_disabled=disabled)
    assert finding.outcome is outcome
    assert (finding.reason is Reason.OK) is (outcome is UP)
    assert words in finding.detail


def test_interface_that_is_not_there_is_a_mismatch_that_names_some() -> None:
    """So that a misspelt one is seen at once; a name that two have is one too."""
    finding = found(mib(), interface="eth7")
    assert (finding.outcome, finding.reason) == (DOWN, Reason.MISMATCH)
    assert finding.detail == "no interface 'eth7'; there are eth0, eth1, Ethernet eth0, Ethernet eth1, Uplink"
    finding = found(mib() | interface(3, "eth2", "Uplink"), interface="Uplink")
    assert finding.detail == "2 interfaces have the ifAlias 'Uplink'"


def test_index_that_moved_is_found_again() -> None:
    """After a reboot the interface's old index may be another's, which must not be watched in its place."""
    device = mib()

    async def twice(port: int) -> list[Finding]:
        options = told(port, interface="eth0")
        async with SnmpProbe() as probe:
            findings = [await run_once(probe, options, 5 * SECONDS)]
            device.update(interface(1, "eth1", oper=2) | interface(2, "eth0", oper=1, errors=12))
            findings.append(await run_once(probe, options, 5 * SECONDS))
            findings.append(await run_once(probe, options, 5 * SECONDS))
            return findings

    with scripted(device) as port:
        findings = asyncio.run(twice(port))
    assert [finding.outcome for finding in findings] == [UP, UP, UP]
    assert [finding.measurements["interface_in_errors"] for finding in findings] == [0, 12, 12]
    assert "interface_in_errors_per_second" not in findings[1].measurements
    assert findings[2].measurements["interface_in_errors_per_second"] == 0


class Slow(asyncio.SelectorEventLoop):
    """A loop whose clock can be set forward."""

    ahead = 0.0

    def time(self) -> float:
        """Return the time, so much ahead."""
        return super().time() + self.ahead


def over_time(device: Mib, steps: Iterator[float] | list[float], changes: list[Mib], **more: Any) -> list[Finding]:
    """Return what is found before and after each step of so many seconds and each change of the device."""

    async def probes(port: int) -> list[Finding]:
        loop = asyncio.get_running_loop()
        assert isinstance(loop, Slow)
        options = told(port, **more)
        async with SnmpProbe() as probe:
            findings = [await run_once(probe, options, 5 * SECONDS)]
            for step, change in zip(steps, changes, strict=True):
                loop.ahead += step
                device.update(change)
                findings.append(await run_once(probe, options, 5 * SECONDS))
            return findings

    with scripted(device) as port, asyncio.Runner(loop_factory=Slow) as runner:
        return runner.run(probes(port))


def ticks(seconds: float) -> Mib:
    """Return sysUpTime after so many seconds."""
    return {UPTIME: rfc1902.TimeTicks(round(seconds * 100))}


@pytest.mark.parametrize("outcome", [DOWN, DEGRADED, UP])
def test_reboot_between_two_probes_shows_once(outcome: Outcome) -> None:
    """As what the check says of it, with how long ago it was; the next probe is up again."""
    findings = over_time(mib(), [60, 60, 60], [ticks(5060), ticks(35), ticks(95)], reboot=str(outcome))
    assert [finding.outcome for finding in findings] == [UP, UP, outcome, UP]
    assert findings[2].reason is (Reason.OK if outcome is UP else Reason.REBOOTED)
    assert findings[2].detail.startswith("rebooted 35 s ago; it had been up for 84.3 min at the last probe")
    assert findings[2].measurements["uptime_seconds"] == 35


def test_reboot_that_made_a_probe_fail_is_not_told_twice() -> None:
    """The failed probe is its evidence; the device is up when it answers again, and the outage ends there."""
    device = mib()
    agent: Mib = dict(device)
    findings = over_time(
        agent,
        [60, 60],
        [{STATE: rfc1902.OctetString("x" * 20_000)}, {STATE: b"active"} | ticks(20)],
        oids={"state": STATE},
    )
    assert [finding.outcome for finding in findings] == [UP, DOWN, UP]
    assert findings[1].reason is Reason.OVERSIZE
    assert "rebooted 20 s ago" in findings[2].detail


def test_agent_whose_ticks_begin_anew_has_not_rebooted() -> None:
    """Each 497 days TimeTicks wrap."""
    wrap = 2**32 / 100
    findings = over_time(mib() | ticks(wrap - 30), [60], [ticks(30)])
    assert [finding.outcome for finding in findings] == [UP, UP]


def test_restart_of_the_daemon_claims_no_reboot() -> None:
    """Nothing is known then of the uptime before."""
    assert found(mib() | ticks(3)).outcome is UP


BAD: dict[str, tuple[dict[str, Any], str]] = {
    "no community": ({"community": None}, "needs a community"),
    "no such version": ({"version": 4}, "Input should be '1', '2c' or '3'"),
    "version 3 with a community": ({"version": 3}, "no community"),
    "version 3 without a user": ({"version": 3, "community": None}, "needs a user"),
    "priv without auth": (
        {"version": 3, "community": None, "user": "x", "priv": "des", "priv_password": "longenough"}, "needs auth",
    ),
    "auth without a password": ({"version": 3, "community": None, "user": "x", "auth": "sha"}, "needs auth_password"),
    "short password": (
        {"version": 3, "community": None, "user": "x", "auth": "sha", "auth_password": "short"}, "shorter than 8",
    ),
    "password without auth": (
        {"version": 3, "community": None, "user": "x", "auth_password": "12345678"}, "needs auth",
    ),
    "user in version 2c": ({"user": "x"}, "say version 3"),
    "password in version 2c": ({"auth_password": "longenough"}, "no passwords"),
    "no address": ({"address": "http://x/"}, "not an SNMP agent"),
    "no port": ({"address": "x:99999"}, "not an SNMP agent"),
    "no oid": ({"oids": {"x": "sysUpTime"}}, "not an object identifier"),
    "no such oid": ({"oids": {"x": "1.40.1"}}, "second number"),
    "no name": ({"oids": {"X": STATE}}, "cannot name"),
    "our name": ({"oids": {"uptime_seconds": STATE}}, "cannot name"),
    "name twice": ({"oids": {"x_max": STATE}, "tables": {"x": FANS}}, "x_max"),
    "truth": ({"oids": {"x": {"oid": STATE, "expect": True}}}, "true is 1"),
    "no expression": ({"oids": {"x": {"oid": STATE, "match": "("}}}, "regular expression"),
}  # fmt: skip


@pytest.mark.parametrize(("wrong", "words"), BAD.values(), ids=BAD.keys())
def test_options_that_make_no_sense_are_refused(wrong: dict[str, Any], words: str) -> None:
    """With what is wrong, and without the secret."""
    with pytest.raises(ValidationError, match=words) as refused:
        SnmpProbeOptions(**{"address": "agent", "community": "a-secret", **wrong})
    assert "a-secret" not in str(refused.value)


@pytest.mark.parametrize(
    ("address", "host", "port"),
    [("agent", "agent", 161), ("agent:1161", "agent", 1161), ("::1", "::1", 161), ("[::1]:1161", "::1", 1161)],
)
def test_address_may_have_a_port(address: str, host: str, port: int) -> None:
    """161 where it does not; numbers of versions may be numbers."""
    options = SnmpProbeOptions(address=address, community="x", version=1)
    assert (options.target.host, options.target.port, options.version) == (host, port, "1")


@pytest.fixture(scope="module")
def player(tmp_path_factory: pytest.TempPathFactory) -> Iterator[int]:
    """Play our own recordings by snmpsim."""
    with replayed(tmp_path_factory.mktemp("snmpsim")) as port:
        yield port


@pytest.mark.parametrize("version", ["1", "2c"])
def test_recorded_switch(version: str, player: int) -> None:
    """Ports by name and alias, as snmpsim plays them."""
    read = {"address": f"127.0.0.1:{player}", "community": "switch", "version": version}
    uplink = found_by(SnmpProbe, interface="Uplink to Shire Hall", **read)
    assert (uplink.outcome, uplink.measurements["interface_in_errors"]) == (UP, 17)
    assert (uplink.measurements["interface_megabits_per_second"], uplink.measurements["uptime_seconds"]) == (
        1000,
        864_000,
    )
    assert found_by(SnmpProbe, interface="Gi1/0/2", **read).outcome is DOWN
    assert "administrator" in found_by(SnmpProbe, interface="GigabitEthernet1/0/3", **read).detail


def test_recorded_firewall_that_stands_by_is_up(tmp_path: Path) -> None:
    """A Check Point 15600: the standby member of a cluster is healthy, not down."""
    with replayed(tmp_path, real_recordings()) as port:
        finding = found_by(
            SnmpProbe,
            address=f"127.0.0.1:{port}",
            community="gaia_15600",
            oids={
                "ha_state": {"oid": "1.3.6.1.4.1.2620.1.5.6.0", "expect": ["active", "standby"]},
                "ha_status_code": {"oid": "1.3.6.1.4.1.2620.1.5.101.0", "expect": 0},
                "ha_started": {"oid": "1.3.6.1.4.1.2620.1.5.5.0", "match": "^yes$"},
            },
            interface="bond0",
        )
    assert (finding.outcome, finding.reason) == (UP, Reason.OK)
    assert finding.measurements["ha_status_code"] == 0
    assert "ha_state 'standby'" in finding.detail
