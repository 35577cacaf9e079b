"""What all mappings of the YAML language have in common."""

from __future__ import annotations

from typing import Annotated
from zoneinfo import ZoneInfo

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

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
