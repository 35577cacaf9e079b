"""How the YAML language says limits on measurements: bounds, when they clear, for how long, under which condition."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Annotated, Any, Final, Self

from pydantic import BeforeValidator, Field, model_validator
from pydantic.annotated_handlers import GetJsonSchemaHandler
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import CoreSchema

from ictss_monitor.catalogue.values import Bound, Length, Measurement, in_units, wrong
from ictss_monitor.catalogue.words import OneOrMore, Words
from ictss_monitor.clock import DAY, HOUR, MINUTE, Duration

UNITS: Final = {"minutes": MINUTE, "hours": HOUR, "days": DAY}
"""Units of time that measurements have; where a name ends in none of them, a duration is seconds."""
NUMBERS: Final = ("above", "below", "clear")
"""What a limit says in the unit of its measurement."""


class BoundsWords(Words):
    """The range in which a measurement is fine; a bare number is `above`."""

    above: Bound | None = Field(None, description="More than this is not fine")
    below: Bound | None = Field(None, description="Less than this is not fine")
    when: Measurement | None = Field(
        None, description="Holds only while this measurement is there and not zero: on_battery"
    )
    clear: Annotated[OneOrMore[Bound], Field(max_length=2)] | None = Field(
        None, description="Once beyond, fine again at this value only; with above: and below: a range, [25, 75]"
    )
    hold: Length | None = Field(
        None, alias="for", description="How long it must have been beyond before it counts; at once if not said"
    )
    clear_hold: Length | None = Field(
        None, alias="clear_for", description="How long it must have been fine again; at once if not said"
    )

    @model_validator(mode="before")
    @classmethod
    def _bare(cls, value: Any) -> Any:
        return {"above": value} if isinstance(value, str | int | float) else value

    @model_validator(mode="after")
    def _says_something(self) -> Self:
        if self.above is None and self.below is None:
            raise wrong("no bound; expected above: or below: with a number")
        return self

    @model_validator(mode="after")
    def _clears_where_it_is_fine(self) -> Self:
        if self.clear is None or (self.above is None and self.below is None):
            return self
        said = "clear: " + (f"{self.clear[0]:g}" if len(self.clear) == 1 else f"[{_listed(self.clear)}]")
        if self.above is None or self.below is None:
            if len(self.clear) == 2:
                raise wrong(f"{said} is a range, and there is one bound; expected one number")
            if self.above is not None and self.clear[0] > self.above:
                raise wrong(f"{said} is still beyond above: {self.above:g}; expected {self.above:g} or less")
            if self.below is not None and self.clear[0] < self.below:
                raise wrong(f"{said} is still beyond below: {self.below:g}; expected {self.below:g} or more")
        elif len(self.clear) == 1:
            raise wrong(f"{said} is one number, and there are two bounds; expected a range such as {self._fine()}")
        elif not self.below <= self.clear[0] <= self.clear[1] <= self.above:
            raise wrong(f"{said} is no range where it is fine; expected two numbers within {self._fine()}, in order")
        return self

    def _fine(self) -> str:
        return f"[{_listed((self.below, self.above))}]"

    @classmethod
    def __get_pydantic_json_schema__(cls, core: CoreSchema, handler: GetJsonSchemaHandler) -> JsonSchemaValue:
        mapping = handler.resolve_ref_schema(handler(core))
        return {"anyOf": [mapping["properties"]["above"]["anyOf"][0], {**mapping, "minProperties": 1}]}


def _listed(numbers: Iterable[float | None]) -> str:
    return ", ".join(f"{number:g}" for number in numbers if number is not None)


class _OffIsSaid:
    """Tells the schema that a limit is taken away by the word `off`, not by null."""

    @staticmethod
    def __get_pydantic_json_schema__(core: CoreSchema, handler: GetJsonSchemaHandler) -> JsonSchemaValue:
        bounds, _ = handler(core)["anyOf"]
        return {"anyOf": [{"const": "off"}, bounds]}


def _off(said: Any) -> Any:
    return None if said == "off" else {} if said is None else said


def _in_own_units(said: Any) -> Any:
    """Turn durations into the unit that a measurement's name ends in: `runtime_minutes: {below: 10m}` is ten."""
    if not isinstance(said, dict):
        return said
    return {name: _in_unit(bounds, UNITS.get(str(name).rpartition("_")[2])) for name, bounds in said.items()}


def _in_unit(bounds: Any, unit: Duration | None) -> Any:
    if unit is None:
        return bounds
    if isinstance(bounds, dict):
        return {key: _in_unit(each, unit) if key in NUMBERS else each for key, each in bounds.items()}
    if isinstance(bounds, list):
        return [in_units(each, unit) for each in bounds]
    return in_units(bounds, unit)


LimitWords = Annotated[
    dict[Measurement, Annotated[BoundsWords | None, BeforeValidator(_off), _OffIsSaid]],
    BeforeValidator(_in_own_units),
]
"""What limits measurements, by name; `off` takes away what is built in for the probe type or stands in its defaults."""
