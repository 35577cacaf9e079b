"""The YAML language of trends: one measurement, a list of them, or `off`."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import BeforeValidator, Field
from pydantic.annotated_handlers import GetJsonSchemaHandler
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import CoreSchema

from ictss_monitor.catalogue.values import Measurement, wrong


def _listed(said: Any) -> Any:
    if said is None or isinstance(said, dict):
        what = "an empty value" if said is None else "a mapping"
        raise wrong(f"{what} names no measurement; expected one such as latency, a list of them, or off")
    if isinstance(said, list) and "off" in said:
        raise wrong("off stands among measurements; write trend: off to keep no trend, or remove off")
    return None if said == "off" else said if isinstance(said, list) else [said]


class _TrendedOrOff:
    """Tells the schema of the three forms."""

    @staticmethod
    def __get_pydantic_json_schema__(core: CoreSchema, handler: GetJsonSchemaHandler) -> JsonSchemaValue:
        listed, _ = handler(core)["anyOf"]
        return {"anyOf": [{"const": "off"}, listed["items"], listed]}


TrendWords = Annotated[
    Annotated[list[Measurement], Field(min_length=1)] | None, BeforeValidator(_listed), _TrendedOrOff
]
"""Measurements of which a trend is kept; None is `off`. An empty list, where nothing is said, cannot be written."""
