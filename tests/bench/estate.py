"""The bench's catalogue, as YAML: as many checks of which kind as are asked for, and services over them."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from answerers import PROCESSES
from targets import ADDRESSES, SERVER_NAME

COUNCILS = ("northshire", "southshire", "eastshire")
CHECKS_PER_SERVICE = 5
COMMUNITY = "ICTSS_BENCH_COMMUNITY"
"""Environment variable with the community of the bench's agents: a catalogue holds no secrets."""

MIXES = {
    "mix": {"icmp": 55, "tcp": 20, "http": 15, "https": 5, "dns": 5},
    "mix5": {"icmp": 50, "tcp": 20, "http": 15, "https": 5, "dns": 5, "snmp": 5},
}
"""Per cent of the checks of the mixed estates."""


def kinds_of(estate: str, checks: int) -> list[str]:
    """Return the kind of each check: all the same, or the mix, evenly shuffled (a multiplicative stride)."""
    if estate not in MIXES:
        return [estate] * checks
    hundred = [kind for kind, share in MIXES[estate].items() for _ in range(share)]
    return [hundred[number * 37 % 100] for number in range(checks)]


def write(estate: str, checks: int, interval: float, ports: Mapping[str, Any], store: str) -> str:
    """Return the text of the catalogue. JSON is YAML too, but a person's file is read more slowly: so, block style."""
    lines = ["settings:", f"  store: {store}", "  listen: 127.0.0.1:0", "councils:"]
    lines += [f"  {council}: {{name: {council.title()}}}" for council in COUNCILS]
    lines += ["sites:", "  main: {name: Main}", "checks:"]
    for number, kind in enumerate(kinds_of(estate, checks)):
        probe, address, options = _what(kind, number, ports)
        lines += [
            f"  check-{number}:",
            f"    probe: {probe}",
            f"    address: {address}",
            "    site: main",
            f"    interval: {interval * 1000:g}ms",
            f"    time_limit: {min(5.0, interval) * 1000:g}ms",
            f"    options: {json.dumps(options)}",
        ]
    lines += ["services:"]
    for number in range(0, checks, CHECKS_PER_SERVICE):
        members = ", ".join(f"check-{member}" for member in range(number, min(number + CHECKS_PER_SERVICE, checks)))
        council = COUNCILS[number // CHECKS_PER_SERVICE % len(COUNCILS)]
        lines += [f"  service-{number}:", f"    name: Service {number}", f"    councils: [{council}]"]
        lines += [f"    rule: {{all: [{members}]}}"]
    return "\n".join(lines) + "\n"


def _what(kind: str, number: int, ports: Mapping[str, Any]) -> tuple[str, str, dict[str, Any]]:
    """Return probe type, address and options of a check; ICMP has the whole of 127.0.0.0/8 to itself."""
    host = ADDRESSES[number % len(ADDRESSES)]
    match kind:
        case "icmp" | "icmp3":
            where = f"127.{20 + number // 62_500}.{number // 250 % 250}.{number % 250 + 1}"
            return "icmp", where, {"packets": 3, "spacing": 0.02} if kind == "icmp3" else {"packets": 1}
        case "tcp":
            return "tcp", f"{host}:{ports['tcp']}", {}
        case "http":
            return "http", f"http://{host}:{ports['http']}/", {}
        case "https":
            trust = {"server_name": SERVER_NAME, "ca_file": ports["ca_file"]}
            return "http", f"https://{host}:{ports['https']}/", trust
        case "dns":
            return "dns", f"{host}:{ports['dns']}", {"name": f"name-{number}.bench.invalid"}
        case "snmp":
            asked = {"processes": PROCESSES}
            return "snmp", f"{host}:{ports['snmp']}", {"version": "2c", "community": f"env:{COMMUNITY}", "oids": asked}
        case "smtp" | "imap":
            return kind, f"{host}:{ports[kind]}", {"tls": "none"}
        case "sip" | "ldap":
            return kind, f"{host}:{ports[kind]}", {}
        case "dhcp":
            return "dhcp", host, {"mode": "relay", "giaddr": "127.0.0.1", "port": ports["dhcp"]}
    raise ValueError(f"unknown kind {kind}")
