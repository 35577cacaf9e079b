"""What the demo watches and what will happen to it: the estate's table and the seeded schedule of faults. Pure."""

from __future__ import annotations

import random
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

INTERVAL: Final = 1.0
"""Seconds between probes of the demo."""
TIME_LIMIT: Final = 0.4
RETRY_INTERVAL: Final = 0.25
FALL: Final = 2
RISE: Final = 2


class Protocol(StrEnum):
    """What a server of the estate speaks."""

    TCP = "tcp"
    HTTP = "http"
    HTTPS = "https"
    DNS = "dns"
    SMTP = "smtp"
    SIP = "sip"
    SNMP = "snmp"


class Mode(StrEnum):
    """How a server behaves: well, or broken in one of the ways in which servers break."""

    WELL = "well"
    REFUSE = "refuse"
    MUTE = "mute"
    ERROR = "error"
    WRONG = "wrong"
    EXPIRED = "expired"
    BATTERY = "battery"
    """The mains of a UPS have failed and its battery is nearly empty."""


FAULTS: Final[Mapping[Protocol, tuple[Mode, ...]]] = {
    Protocol.TCP: (Mode.REFUSE, Mode.MUTE, Mode.WRONG),
    Protocol.HTTP: (Mode.REFUSE, Mode.MUTE, Mode.ERROR, Mode.WRONG),
    Protocol.HTTPS: (Mode.REFUSE, Mode.EXPIRED, Mode.MUTE),
    Protocol.DNS: (Mode.ERROR, Mode.MUTE, Mode.WRONG),
    Protocol.SMTP: (Mode.REFUSE, Mode.ERROR, Mode.MUTE),
    Protocol.SIP: (Mode.ERROR, Mode.MUTE),
    Protocol.SNMP: (Mode.BATTERY, Mode.MUTE),
}
"""The ways in which each protocol's server can be broken, the first ones first."""


@dataclass(frozen=True, slots=True)
class Server:
    """One server of the estate; `host` is an address of its own inside 127.0.0.0/8."""

    name: str
    protocol: Protocol
    host: str
    site: str


SERVERS: Final = (
    Server("telephony-north", Protocol.TCP, "127.20.0.1", "north-data-centre"),
    Server("telephony-south", Protocol.TCP, "127.20.0.2", "south-data-centre"),
    Server("contact-centre", Protocol.TCP, "127.20.0.3", "south-data-centre"),
    Server("website-north", Protocol.HTTP, "127.20.0.4", "north-data-centre"),
    Server("website-south", Protocol.HTTP, "127.20.0.5", "south-data-centre"),
    Server("planning", Protocol.HTTP, "127.20.0.6", "north-data-centre"),
    Server("payments-north", Protocol.HTTPS, "127.20.0.7", "north-data-centre"),
    Server("payments-south", Protocol.HTTPS, "127.20.0.8", "south-data-centre"),
    Server("names-north", Protocol.DNS, "127.20.0.9", "north-data-centre"),
    Server("names-south", Protocol.DNS, "127.20.0.10", "south-data-centre"),
    Server("mail", Protocol.SMTP, "127.20.0.11", "north-data-centre"),
    Server("switchboard", Protocol.SIP, "127.20.0.12", "south-data-centre"),
    Server("ups-north", Protocol.SNMP, "127.20.0.13", "north-data-centre"),
)


@dataclass(frozen=True, slots=True)
class Promise:
    """One service of one council in the demo: down when `down_when` (any or all) of `servers` are broken."""

    service: str
    council: str
    servers: tuple[str, ...]
    down_when: str = "any"


PROMISES: Final = (
    Promise("telephony", "northshire", ("telephony-north", "telephony-south"), down_when="all"),
    Promise("telephony", "southshire", ("telephony-north", "telephony-south"), down_when="all"),
    Promise("contact-centre", "southshire", ("contact-centre",)),
    Promise("website", "northshire", ("website-north",)),
    Promise("website", "southshire", ("website-south",)),
    Promise("planning", "northshire", ("planning",)),
    Promise("payments", "northshire", ("payments-north",)),
    Promise("payments", "southshire", ("payments-south",)),
    Promise("name-service", "northshire", ("names-north",)),
    Promise("name-service", "southshire", ("names-south",)),
    Promise("email", "northshire", ("mail",)),
    Promise("email", "southshire", ("mail",)),
    Promise("switchboard", "southshire", ("switchboard",)),
    Promise("power", "northshire", ("ups-north",)),
)


@dataclass(frozen=True, slots=True)
class Fault:
    """One server behaves in `mode` from `begin` until `end`, seconds after the start; `end` None: until the end."""

    server: str
    mode: Mode
    begin: float
    end: float | None


WARM_UP: Final = 4.0
"""Seconds at the start in which nothing is broken: every check must have been seen up once."""
CALM: Final = 5.0
"""Seconds between two faults of one server, so that each is an outage of its own."""
SHORT: Final = 0.1
"""Length of the fault that is too short to confirm: shorter than the wait between a probe and its re-check."""


def schedule(seed: int, duration: float) -> tuple[Fault, ...]:
    """Return the faults of a demo of `duration` seconds, in order of their begin; the same seed gives the same.

    From 60 seconds on: at least 14 of them, every protocol in it, a primary telephony site that fails alone (no
    outage) and then with its fail-over (one), one too short to confirm, and one still open at the end.
    """
    chance = random.Random(seed)  # noqa: S311  # a schedule to repeat, not a secret
    faults: list[Fault] = []
    faults += _told(duration)
    for server in SERVERS:
        taken = [fault for fault in faults if fault.server == server.name]
        faults += _random_faults(server, taken, duration, chance)
    return tuple(sorted(faults, key=lambda fault: fault.begin))


def _told(duration: float) -> list[Fault]:
    """Return the faults that every demo shows: too short, still open, and where there is time for it, fail-over."""
    alone = WARM_UP + 1.0
    both = max(0.45 * duration, alone + 5.0 + CALM)
    told = [
        Fault("telephony-north", Mode.REFUSE, alone, alone + 5.0),
        Fault("contact-centre", Mode.REFUSE, WARM_UP + 2.0, WARM_UP + 2.0 + SHORT),
        Fault("payments-south", Mode.EXPIRED, duration - 6.0, None),
    ]
    if both + 7.0 <= duration - CALM:
        told.append(Fault("telephony-north", Mode.REFUSE, both, both + 7.0))
        told.append(Fault("telephony-south", Mode.MUTE, both + 1.5, both + 6.0))
    return told


def _random_faults(server: Server, taken: list[Fault], duration: float, chance: random.Random) -> list[Fault]:
    if server.name.startswith("telephony"):
        return []
    faults: list[Fault] = []
    modes = list(FAULTS[server.protocol])
    chance.shuffle(modes)
    at = WARM_UP + chance.uniform(1.0, 8.0)
    while True:
        length = chance.uniform(4.0, 8.0)
        for other in taken:
            if at < (other.end or duration) + CALM and other.begin < at + length + CALM:
                at = (other.end or duration) + CALM
        if at + length > duration - CALM:
            return faults
        faults.append(Fault(server.name, modes[len(faults) % len(modes)], at, at + length))
        at += length + chance.uniform(CALM, 3 * CALM)
