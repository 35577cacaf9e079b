"""Reads recordings of SNMP agents (snmprec) into what the probes' client would return, for tests that need no agent."""

from __future__ import annotations

from pathlib import Path

from support.snmp_agents import RECORDINGS

NUMBERS = ("2", "65", "66", "67", "70")
IDENTIFIERS = ("6", "64")


def objects_of(name: str, folder: Path = RECORDINGS) -> dict[str, int | float | bytes | str]:
    """Return every object of the recording `name`, by identifier."""
    found: dict[str, int | float | bytes | str] = {}
    for line in (folder / f"{name}.snmprec").read_text().splitlines():
        oid, kind, value = line.split("|", 2)
        if kind in NUMBERS:
            found[oid] = int(value)
        elif kind in IDENTIFIERS:
            found[oid] = value.removeprefix(".")
        else:
            found[oid] = bytes.fromhex(value) if kind == "4x" else value.encode()
    return found
