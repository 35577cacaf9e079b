"""What all mappings of the YAML language have in common."""

from __future__ import annotations

from typing import Annotated, Any, ClassVar, TypeVar
from zoneinfo import ZoneInfo

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, model_validator
from pydantic.annotated_handlers import GetJsonSchemaHandler
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import CoreSchema

from ictss_monitor.catalogue.problems import quoted
from ictss_monitor.catalogue.values import When, wrong


def zone(name: str) -> str:
    """Return `name` where it is a time zone of the IANA database."""
    try:
        ZoneInfo(name)
    except (KeyError, ValueError, OSError):
        raise wrong(f"unknown time zone {quoted(name)}; expected an IANA name such as Europe/London") from None
    return name


Zone = Annotated[str, AfterValidator(zone), Field(examples=["Europe/London"])]
Name = Annotated[str, Field(min_length=1, max_length=200)]


class Words(BaseModel):
    """A mapping of the language: frozen, unknown keys are errors, values are never echoed by pydantic."""

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True, populate_by_name=False)


class Dated(Words):
    """What has a beginning and an end."""

    since: When | None = Field(
        None,
        alias="from",
        description="First day (local midnight of the zone), or the instant from which on it exists; none: always did",
    )
    until: When | None = Field(
        None, description="Last day, which is included, or the instant at which it ends; none: no end is known"
    )


T = TypeVar("T")


def _as_list(value: Any) -> Any:
    return value if isinstance(value, list) else [value]


class _AloneToo:
    """Tells the schema that one thing may stand alone, without a list around it."""

    @staticmethod
    def __get_pydantic_json_schema__(core: CoreSchema, handler: GetJsonSchemaHandler) -> JsonSchemaValue:
        listed = handler(core)
        return {"anyOf": [listed["items"], listed]}


OneOrMore = Annotated[list[T], Field(min_length=1), BeforeValidator(_as_list), _AloneToo()]
"""A list, or its only member without the list."""


class BareOrDated(Dated):
    """A value alone, or a mapping that says it under the key `BARE`, with from when until when it holds."""

    BARE: ClassVar[str]

    @model_validator(mode="before")
    @classmethod
    def _bare(cls, value: Any) -> Any:
        return value if isinstance(value, dict | list) else {cls.BARE: value}

    @classmethod
    def __get_pydantic_json_schema__(cls, core: CoreSchema, handler: GetJsonSchemaHandler) -> JsonSchemaValue:
        mapping = handler.resolve_ref_schema(handler(core))
        return {"anyOf": [mapping["properties"][cls.BARE], mapping]}
