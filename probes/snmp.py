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

from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    Field,
    GetJsonSchemaHandler,
    PrivateAttr,
    model_validator,
)
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import CoreSchema

from ictss_monitor.probe import Finding, Outcome, Probe, Reason
from probes import _snmp_interface as interfaces
from probes import _snmp_uptime as uptime
from probes._match import LinearPattern, compiled
from probes._snmp import SnmpClient, SnmpOptions, Target, Value
from probes._snmp_interface import Disabled, Place, text_of
from probes._snmp_options import Oid

MOST_REMEMBERED: Final = 20_000
"""Checks of which the last reading is kept."""
MOST_ROWS: Final = 4096
SHOWN: Final = 3
"""Texts that a finding's detail shows."""

NAME: Final = re.compile(r"[a-z][a-z0-9_]{0,62}")
NUMBER: Final = re.compile(rb"\s*[+-]?[0-9]{1,18}(\.[0-9]{1,18})?\s*")
"""A text that is a number: load averages and the like are sent so."""
SEVERITY: Final = {Outcome.UP: 0, Outcome.DEGRADED: 1, Outcome.UNKNOWN: 2, Outcome.DOWN: 3}


class Wanted(BaseModel):
    """One object: where it is, and what it must say."""

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)

    oid: Oid = Field(description="The object, in numbers, its instance included: 1.3.6.1.2.1.1.5.0")
    scale: float = Field(1.0, description="What its number is multiplied by: 0.1 where it is in tenths")
    expect: tuple[str, ...] = Field(
        (),
        description="Texts or numbers, as the agent sends them: it must be one of them",
        json_schema_extra={"type": ["array", "string", "number"], "items": {"type": ["string", "number"]}},
    )
    match: LinearPattern | None = Field(None, description="Regular expression (RE2) that must be found in its text")

    @classmethod
    def __get_pydantic_json_schema__(cls, schema: CoreSchema, handler: GetJsonSchemaHandler) -> JsonSchemaValue:
        return {"anyOf": [{"type": "string", "description": "The object, in numbers"}, handler(schema)]}

    @model_validator(mode="before")
    @classmethod
    def _bare(cls, given: Any) -> Any:
        """Take an oid alone as well, and one expected value without a list."""
        if not isinstance(given, Mapping):
            return {"oid": given}
        expect = given.get("expect", ())
        several = expect if isinstance(expect, list | tuple) else (expect,)
        if any(isinstance(one, bool) or not isinstance(one, str | int | float) for one in several):
            raise ValueError("expect takes texts and numbers; an agent's true is 1 and its false 2 as a rule")
        return {**given, "expect": tuple(map(str, several))}


def _names(given: Mapping[str, Any]) -> Mapping[str, Any]:
    for name in given:
        if not NAME.fullmatch(name) or name == "uptime_seconds" or name.startswith("interface_"):
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
    interface: str = Field("", description="An interface that must be up, by its ifName, ifDescr or ifAlias")
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


@dataclass(frozen=True, slots=True)
class Verdict:
    """One thing that was looked at."""

    outcome: Outcome
    reason: Reason
    detail: str


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
        verdicts, measured = list(verdicts_on(options, answered)), numbers(options, answered)
        for name, column in columns.items():
            measured |= summed(name, column)
        verdicts += watched(options, memory, answered, measured, unbroken=unbroken)
        memory.answered = True
        self._remember(options, memory)
        worst = max(verdicts, key=lambda one: SEVERITY[one.outcome], default=Verdict(Outcome.UP, Reason.OK, ""))
        detail = worst.detail if worst.outcome is not Outcome.UP else shown(options, answered, verdicts)
        return Finding(worst.outcome, worst.reason, latency, measured, detail)

    async def _answered(self, options: SnmpProbeOptions, memory: Memory) -> dict[str, Value]:
        """Return what the agent has of all that is asked; the interface is looked for where it is not known yet."""
        clocks = [oid for oid in uptime.OIDS if oid not in memory.absent]
        asked = [*clocks, *(wanted.oid for wanted in options.oids.values())]
        if memory.place is not None:
            answered = await self._client.get(options.target, [*asked, *memory.place.oids])
            if memory.place.is_still(options.interface, answered):
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
    memory.absent = frozenset(uptime.OIDS) - clocks.seconds.keys() if clocks.seconds else frozenset()
    if clocks.uptime is not None:
        measured["uptime_seconds"] = clocks.uptime
    words = uptime.rebooted(before, clocks) if before is not None else ""
    if words:
        outcome = Outcome(options.reboot) if unbroken else Outcome.UP
        yield Verdict(outcome, Reason.OK if outcome is Outcome.UP else Reason.REBOOTED, words)
    if memory.place is not None:
        yield Verdict(*interfaces.status(memory.place, options.interface, answered, options.interface_disabled))
        counters = interfaces.measured(memory.place, answered)
        measured |= counters
        if before is not None and not words:
            measured |= interfaces.rates(memory.counters, counters, clocks.at - before.at)
        memory.counters = counters


def verdicts_on(options: SnmpProbeOptions, answered: Mapping[str, Value]) -> Iterator[Verdict]:
    """Yield what is wrong with the objects that were asked for by name."""
    for name, wanted in options.oids.items():
        value = answered.get(wanted.oid)
        if value is None:
            yield Verdict(Outcome.DOWN, Reason.MISMATCH, f"the agent has no {name} ({wanted.oid})")
        elif wanted.expect and not any(is_same(value, text) for text in wanted.expect):
            expected = " or ".join(wanted.expect)
            yield Verdict(Outcome.DOWN, Reason.MISMATCH, f"{name} is {text_of(value)!r} where {expected} is expected")
        elif wanted.match is not None and compiled(wanted.match).search(octets_of(value)) is None:
            yield Verdict(Outcome.DOWN, Reason.MISMATCH, f"{name} is {text_of(value)!r}, not what is expected")


def is_same(value: Value, text: str) -> bool:
    """Tell whether an agent's `value` is what a person wrote as `text`: the same text, or the same number."""
    if text_of(value) == text:
        return True
    number, wanted = number_of(value), number_of(text.encode())
    return number is not None and number == wanted


def octets_of(value: Value) -> bytes:
    """Return a value as octets for an expression to be searched in."""
    return value if isinstance(value, bytes) else str(value).encode()


def number_of(value: Value) -> float | None:
    """Return a value as a number, where it is one or is the text of one."""
    if isinstance(value, bytes):
        return float(value) if NUMBER.fullmatch(value) else None
    return None if isinstance(value, str) else float(value)


def numbers(options: SnmpProbeOptions, answered: Mapping[str, Value]) -> dict[str, float]:
    """Return those of the named objects that are numbers, scaled."""
    found: dict[str, float] = {}
    for name, wanted in options.oids.items():
        number = number_of(answered[wanted.oid]) if wanted.oid in answered else None
        if number is not None:
            # Divided where that is exact: 203 tenths are 20.3, and not 20.3 and a bit.
            inverse = round(1 / wanted.scale) if 0 < wanted.scale < 1 else 0
            exact = inverse and 1 / inverse == wanted.scale
            found[name] = number / inverse if exact else number * wanted.scale
    return found


def summed(name: str, column: Mapping[str, Value]) -> dict[str, float]:
    """Return the number of a column's rows and, of those that are numbers, least, greatest and sum."""
    found = [number for value in column.values() if (number := number_of(value)) is not None]
    measured = {f"{name}_count": float(len(column))}
    if found:
        measured |= {f"{name}_min": min(found), f"{name}_max": max(found), f"{name}_sum": sum(found)}
    return measured


def shown(options: SnmpProbeOptions, answered: Mapping[str, Value], verdicts: list[Verdict]) -> str:
    """Return a few texts that the agent sent, and what else there is to be said, for a finding that is up."""
    texts = [
        f"{name} {text_of(value)!r}"
        for name, wanted in options.oids.items()
        if (value := answered.get(wanted.oid)) is not None and number_of(value) is None
    ]
    return "; ".join([*(verdict.detail for verdict in verdicts if verdict.detail), *texts[:SHOWN]])


PROBE = SnmpProbe
