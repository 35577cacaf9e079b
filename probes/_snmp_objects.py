"""The objects that a check names: what they must say, and what they measure."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from pydantic import BaseModel, ConfigDict, Field, GetJsonSchemaHandler, model_validator
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import CoreSchema

from ictss_monitor.probe import Outcome, Reason
from probes._match import LinearPattern, compiled
from probes._snmp import Value
from probes._snmp_interface import text_of
from probes._snmp_options import Oid

NUMBER: Final = re.compile(rb"\s*[+-]?[0-9]{1,18}(\.[0-9]{1,18})?\s*")
"""A text that is a number: load averages and the like are sent so."""
SHOWN: Final = 3
"""Texts that a finding's detail shows."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """One thing that was looked at."""

    outcome: Outcome
    reason: Reason
    detail: str


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


def verdicts_on(objects: Mapping[str, Wanted], answered: Mapping[str, Value]) -> Iterator[Verdict]:
    """Yield what is wrong with the objects that were asked for by name."""
    for name, wanted in objects.items():
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


def numbers(objects: Mapping[str, Wanted], answered: Mapping[str, Value]) -> dict[str, float]:
    """Return those of the named objects that are numbers, scaled."""
    found: dict[str, float] = {}
    for name, wanted in objects.items():
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


def texts(objects: Mapping[str, Wanted], answered: Mapping[str, Value]) -> list[str]:
    """Return the first few of the named objects that are no numbers, for a finding's detail."""
    found = ((name, answered.get(wanted.oid)) for name, wanted in objects.items())
    return [f"{name} {text_of(value)!r}" for name, value in found if value is not None and number_of(value) is None][
        :SHOWN
    ]
