"""How a request becomes a message, and a message the answer, in each version: all that differs between them."""

from __future__ import annotations

import asyncio
from collections.abc import MutableMapping
from dataclasses import replace
from random import SystemRandom
from typing import Final, Protocol

from ictss_monitor.probe import ProbeFailure, Reason
from probes._ber import Malformed
from probes._snmp_ber import oid
from probes._snmp_keys import ENCRYPTED, SIGNED, keys_of
from probes._snmp_link import Link
from probes._snmp_message import GET, REPORT, RESPONSE, Pdu, community_message, read_community_message, request
from probes._snmp_options import Target, User
from probes._snmp_usm import Agent, Incoming, discovery, message, read_message

_random = SystemRandom()

REPORTS: Final = {
    oid(f"1.3.6.1.6.3.15.1.1.{number}.0"): why
    for number, why in {
        1: "the agent does not let this user ask with this auth and priv",
        2: "the agent's clock and ours do not agree",
        3: "the agent knows no such user",
        4: "the agent does not know its own engine id",
        5: "the agent finds the signature wrong: auth or auth_password is not the user's",
        6: "the agent cannot decrypt: priv or priv_password is not the user's",
    }.items()
}
"""What agents report instead of an answer (RFC 3414, 5)."""
NOT_IN_TIME: Final = oid("1.3.6.1.6.3.15.1.1.2.0")
UNKNOWN_ENGINE: Final = oid("1.3.6.1.6.3.15.1.1.4.0")

MOST_KNOWN: Final = 20_000

Known = MutableMapping[tuple[str, int, User], Agent]
"""What is known of agents of version 3 from one probe to the next, by host, port and user."""


class Dialect(Protocol):
    """One version, for one probe of one target."""

    async def ask(self, kind: int, names: tuple[str, ...], repetitions: int) -> Pdu:
        """Ask once and return the response. Raises ProbeFailure and OSError."""
        ...


def new_number() -> int:
    """Return a number for a request that nobody can foresee; always in as many octets, and never 0."""
    return _random.randrange(1 << 24, 1 << 31)


class ByCommunity:
    """Versions 1 and 2c."""

    def __init__(self, link: Link, target: Target) -> None:
        self._link = link
        self._target = target

    async def ask(self, kind: int, names: tuple[str, ...], repetitions: int) -> Pdu:
        """Ask once and return the response."""
        number = new_number()

        def read(wire: bytes) -> Pdu | str:
            found = read_community_message(wire)
            return found if found.kind == RESPONSE and found.number == number else "it answers another request"

        target = self._target
        pdu = request(kind, number, names, repetitions)
        return await self._link.ask(community_message(target.version, target.community, pdu), read)


class ByUser:
    """Version 3: learns who the agent is on first contact, and again when it says that it is another."""

    def __init__(self, link: Link, target: Target, user: User, known: Known) -> None:
        self._link = link
        self._user = user
        self._known = known
        self._key = (target.host, target.port, user)

    async def ask(self, kind: int, names: tuple[str, ...], repetitions: int) -> Pdu:
        """Ask, twice more where the agent has booted or was replaced since, and return the response."""
        try:
            agent = self._known.get(self._key) or await self._discovered()
            for _ in range(3):
                came, found = await self._asked(agent, request(kind, new_number(), names, repetitions))
                if found.kind == RESPONSE:
                    return found
                agent = self._mended(agent, came, found)
            raise ProbeFailure(Reason.PROTOCOL, "the agent says again and again that it is another")
        except BaseException:
            # Whatever it was, the next probe begins anew: an agent replaced by another may ignore us without a word.
            self._known.pop(self._key, None)
            raise

    async def _discovered(self) -> Agent:
        number = new_number()

        def read(wire: bytes) -> Incoming | str:
            came = read_message(wire)
            if came.number != number or came.pdu(None).kind not in (REPORT, RESPONSE):
                return "it answers another request"
            return came

        came = await self._link.ask(discovery(number, request(GET, number, ())), read)
        return self._learned(came)

    def _learned(self, came: Incoming) -> Agent:
        if not came.engine:
            raise ProbeFailure(Reason.PROTOCOL, "the agent does not say its engine id")
        now = asyncio.get_running_loop().time()
        agent = Agent(came.engine, came.boots, came.time, now, keys_of(self._user, came.engine))
        while len(self._known) >= MOST_KNOWN:
            del self._known[next(iter(self._known))]
        self._known[self._key] = agent
        return agent

    async def _asked(self, agent: Agent, pdu: bytes) -> tuple[Incoming, Pdu]:
        """Return the response or the report that comes for `pdu`, proved as far as it must be."""
        loop, number = asyncio.get_running_loop(), new_number()

        def read(wire: bytes) -> tuple[Incoming, Pdu] | str:
            came = read_message(wire)
            if came.number != number:
                return "it answers another request"
            return self._proved(agent, came, loop.time())

        return await self._link.ask(message(agent, number, pdu, loop.time()), read)

    def _proved(self, agent: Agent, came: Incoming, now: float) -> tuple[Incoming, Pdu] | str:
        keys = agent.keys
        if came.flags & SIGNED and keys.signing and not keys.is_signed(came.wire, *came.signature):
            return "its signature is not made with auth_password"
        try:
            found = came.pdu(keys)
        except Malformed:
            if came.flags & ENCRYPTED:
                return "it is not encrypted with priv_password"
            raise
        if found.kind == REPORT:
            return came, found
        if found.kind != RESPONSE:
            return "it is no response"
        if came.engine != agent.engine or came.flags & keys.flags != keys.flags:
            return "it is of another agent, or less protected than the request"
        if keys.signing:
            if not came.is_in_time(agent, now):
                return "it is an old answer"
            self._known[self._key] = replace(agent, boots=came.boots, time=came.time, learned=now)
        return came, found

    def _mended(self, agent: Agent, came: Incoming, report: Pdu) -> Agent:
        """Return what is to be held of the agent after its `report`. Raises ProbeFailure where that is final."""
        name = report.bindings[0].name if report.bindings else b""
        if name == UNKNOWN_ENGINE and came.engine != agent.engine:
            return self._learned(came)
        if name == NOT_IN_TIME and came.engine == agent.engine and (came.boots, came.time) != (agent.boots, agent.time):
            return self._learned(came)
        raise ProbeFailure(Reason.STATUS, REPORTS.get(name, "the agent reports an error that version 3 does not know"))
