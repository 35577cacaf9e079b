"""SNMP (RFC 3411-3418; also versions 1 and 2c): an agent answers, has what is expected, and did not reboot meanwhile.

Objects get the names that the check gives them, and are measurements of the same name where they are numbers.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from time import perf_counter
from types import TracebackType
from typing import Annotated, Any, Final, Literal, Self

from pydantic import AfterValidator, Field, PrivateAttr, model_validator

from ictss_monitor.probe import Finding, Outcome, Probe, Reason
from probes import _snmp_interface as interfaces
from probes import _snmp_uptime as uptime
from probes._snmp import SnmpClient, SnmpOptions, Target, Value
from probes._snmp_interface import Disabled, Place
from probes._snmp_objects import Verdict, Wanted, numbers, summed, texts, verdicts_on
from probes._snmp_options import Oid

MOST_REMEMBERED: Final = 20_000
"""Checks of which the last reading is kept."""
MOST_ROWS: Final = 4096
NAME: Final = re.compile(r"[a-z][a-z0-9_]{0,62}")
OURS: Final = frozenset({"latency", "uptime_seconds"})
SEVERITY: Final = {Outcome.UP: 0, Outcome.DEGRADED: 1, Outcome.UNKNOWN: 2, Outcome.DOWN: 3}


def _names(given: Mapping[str, Any]) -> Mapping[str, Any]:
    for name in given:
        if not NAME.fullmatch(name) or name in OURS or name.startswith("interface_"):
            raise ValueError(f"'{name}' cannot name what is measured: small letters, digits and _, and none of ours")
    return given


class SnmpProbeOptions(SnmpOptions):
    """Which agent is asked for what, and what it must say."""

    oids: Annotated[Mapping[str, Wanted], AfterValidator(_names)] = Field(
        default_factory=dict,
        description="Objects by the name of your choice: an oid, or a mapping of oid, scale, expect and match",
        max_length=64,
    )
    tables: Annotated[Mapping[str, Oid], AfterValidator(_names)] = Field(
        default_factory=dict,
        description="Columns of tables by the name of your choice; measured are name_count and, of numbers, name_min, "
        "name_max and name_sum",
        max_length=8,
    )
    interface: str | None = Field(
        None, description="An interface that must be up, by its ifName, ifDescr or ifAlias", min_length=1
    )
    interface_disabled: Disabled = Field(
        "down", description="What an interface that its administrator shut down counts as: down, degraded, unknown, up"
    )
    reboot: Literal["down", "degraded", "up"] = Field(
        "down", description="What the first probe after a reboot counts as: down, degraded or up"
    )

    _key: tuple[Target, str] = PrivateAttr()

    @model_validator(mode="after")
    def _remembered_as(self) -> Self:
        clash = set(self.oids) & {f"{name}_{what}" for name in self.tables for what in ("count", "min", "max", "sum")}
        if clash:
            raise ValueError(f"'{min(clash)}' is among oids, and what a table measures")
        self._key = (self.target, self.model_dump_json())
        return self

    @property
    def key(self) -> tuple[Target, str]:
        """What tells this check from others."""
        return self._key


@dataclass(slots=True)
class Memory:
    """What is known of one check's agent from the probe before."""

    answered: bool = False
    """The probe before got all its answers. A reboot that made it fail is on record already."""
    clocks: uptime.Reading | None = None
    absent: frozenset[str] = frozenset()
    """Clocks that the agent does not have: asked of version 1, each would cost a request more."""
    place: Place | None = None
    counters: Mapping[str, float] = field(default_factory=dict)


class SnmpProbe(Probe[SnmpProbeOptions]):
    """Asks agents; its checks share what is known of agents, and the resolver."""

    options_model = SnmpProbeOptions

    def __init__(self) -> None:
        self._client = SnmpClient()
        self._memory: dict[tuple[Target, str], Memory] = {}

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._client.__aexit__(kind, error, trace)
        self._memory.clear()

    def far_end(self, options: SnmpProbeOptions) -> str:
        """Return the agent's host, whatever the port."""
        return options.target.host

    async def run(self, options: SnmpProbeOptions) -> Finding:
        """Ask for everything at once as a rule; `latency` is from the first request to the last answer."""
        begun = perf_counter()
        memory = self._memory.get(options.key) or Memory()
        unbroken, memory.answered = memory.answered, False
        answered = await self._answered(options, memory)
        columns = {
            name: await self._client.column(options.target, oid, MOST_ROWS) for name, oid in options.tables.items()
        }
        latency = perf_counter() - begun
        verdicts, measured = list(verdicts_on(options.oids, answered)), numbers(options.oids, answered)
        for name, column in columns.items():
            measured |= summed(name, column)
        verdicts += watched(options, memory, answered, measured, unbroken=unbroken)
        memory.answered = True
        self._remember(options, memory)
        worst = max(verdicts, key=lambda one: SEVERITY[one.outcome], default=Verdict(Outcome.UP, Reason.OK, ""))
        told = [verdict.detail for verdict in verdicts if verdict.outcome is worst.outcome]
        if worst.outcome is Outcome.UP:
            told += texts(options.oids, answered)
        return Finding(worst.outcome, worst.reason, latency, measured, "; ".join(told))

    async def _answered(self, options: SnmpProbeOptions, memory: Memory) -> dict[str, Value]:
        """Return what the agent has of all that is asked; the interface is looked for where it is not known yet."""
        clocks = [oid for oid in uptime.OIDS if oid not in memory.absent]
        asked = [*clocks, *(wanted.oid for wanted in options.oids.values())]
        if memory.place is not None:
            answered = await self._client.get(options.target, [*asked, *memory.place.oids])
            if memory.place.is_still(answered):
                return answered
            memory.place = None
        else:
            answered = await self._client.get(options.target, asked)
        if options.interface:
            memory.place = await interfaces.find(self._client, options.target, options.interface)
            memory.counters = {}
            answered |= await self._client.get(options.target, memory.place.oids)
        return answered

    def _remember(self, options: SnmpProbeOptions, memory: Memory) -> None:
        self._memory.pop(options.key, None)  # so that the one not probed for longest is forgotten first
        while len(self._memory) >= MOST_REMEMBERED:
            del self._memory[next(iter(self._memory))]
        self._memory[options.key] = memory


def watched(
    options: SnmpProbeOptions,
    memory: Memory,
    answered: Mapping[str, Value],
    measured: dict[str, float],
    *,
    unbroken: bool,
) -> Iterator[Verdict]:
    """Yield what is to be said of uptime and interface; add to `measured`, and keep in `memory` for the next probe."""
    before, clocks = memory.clocks, uptime.reading_of(answered, asyncio.get_running_loop().time())
    memory.clocks = clocks
    if clocks.uptime is not None:
        measured["uptime_seconds"] = clocks.uptime
    words = uptime.rebooted(before, clocks) if before is not None else ""
    # After a reboot all clocks are looked for again: part of an agent may have come up later than the rest.
    memory.absent = frozenset() if words or not clocks.seconds else frozenset(uptime.OIDS) - clocks.seconds.keys()
    if words:
        outcome = Outcome(options.reboot) if unbroken else Outcome.UP
        yield Verdict(outcome, Reason.OK if outcome is Outcome.UP else Reason.REBOOTED, words)
    if memory.place is not None:
        yield Verdict(*interfaces.status(memory.place, answered, options.interface_disabled))
        counters = interfaces.measured(memory.place, answered)
        measured |= counters
        if before is not None and not words:
            measured |= interfaces.rates(memory.counters, counters, clocks.at - before.at)
        memory.counters = counters


PROBE = SnmpProbe
