"""The YAML language of calendars: service hours by weekday, bank holidays, days that are different."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Any, Self

from pydantic import AfterValidator, ConfigDict, Field, model_validator
from pydantic.annotated_handlers import GetJsonSchemaHandler
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import CoreSchema

from ictss_monitor.catalogue.bank_holidays import Nation
from ictss_monitor.catalogue.times import Day, Stretch, Weekdays, week, within_day
from ictss_monitor.catalogue.values import wrong
from ictss_monitor.catalogue.words import Dated, Name, OneOrMore, Words

Stretches = OneOrMore[Stretch]
Hours = dict[Weekdays, Stretches]


def _make_a_day(stretches: list[tuple[int, int]]) -> list[tuple[int, int]]:
    within_day(stretches)
    return stretches


def _make_a_week(hours: dict[tuple[int, ...], list[tuple[int, int]]]) -> dict[tuple[int, ...], list[tuple[int, int]]]:
    week(hours)
    return hours


class DaysWords(Words):
    """A day, or the days from the first to the last, both included."""

    since: Day = Field(alias="from", description="First day")
    until: Day = Field(description="Last day, which is included")

    @model_validator(mode="before")
    @classmethod
    def _bare(cls, value: Any) -> Any:
        return {"from": value, "until": value} if isinstance(value, str) else value

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        if self.until < self.since:
            raise wrong(f"from {self.since} is after until {self.until}; expected from to be the earlier one")
        return self

    @classmethod
    def __get_pydantic_json_schema__(cls, core: CoreSchema, handler: GetJsonSchemaHandler) -> JsonSchemaValue:
        mapping = handler.resolve_ref_schema(handler(core))
        return {"anyOf": [{**mapping["properties"]["from"], "description": "The day"}, mapping]}


class SpecialWords(Words):
    """Days with hours of their own, whatever weekday or bank holiday they are."""

    since: Day = Field(alias="from", description="First day")
    until: Day | None = Field(None, description="Last day, which is included; the first alone if not said")
    hours: Annotated[Stretches, AfterValidator(_make_a_day)] = Field(
        description="Opening times on these days, such as '10:00-14:00'"
    )

    @property
    def last(self) -> date:
        """The last of the days."""
        return self.until or self.since

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        if self.last < self.since:
            raise wrong(f"from {self.since} is after until {self.until}; expected from to be the earlier one")
        return self


class CalendarVersionWords(Dated):
    """The service hours of a stretch of time."""

    hours: Annotated[Hours, Field(min_length=1), AfterValidator(_make_a_week)] | None = Field(
        None, description="Opening times by weekdays, such as mon-fri: '08:00-17:30'; a day not named is closed"
    )
    bank_holidays: list[Nation] = Field([], description="Closed on the bank holidays of these nations")
    also_closed: list[DaysWords] = Field([], description="Days closed besides")
    open_anyway: list[Day] = Field([], description="Bank holidays that are days like any other here")
    special: list[SpecialWords] = Field([], description="Days with hours of their own; of two, the later stands")


class CalendarWords(CalendarVersionWords):
    """Service hours in local time: said at once, or in versions that follow each other."""

    model_config = ConfigDict(json_schema_extra={"oneOf": [{"required": ["hours"]}, {"required": ["versions"]}]})

    name: Name | None = Field(None, description="As reports call it; the id if not said")
    versions: list[CalendarVersionWords] = Field(
        [], description="Where hours changed on a day: the same keys for each stretch of time, with from: and until:"
    )

    @model_validator(mode="after")
    def _says_hours(self) -> Self:
        said = self.model_fields_set - {"name", "versions"}
        if self.versions and said:
            shown = "from" if "since" in said else min(said)
            raise wrong(f"{shown}: stands beside versions:; expected it in each of the versions")
        if any(each.hours is None for each in self.versions or [self]):
            raise wrong("no hours are said; expected hours: such as {mon-fri: '08:00-17:30'}, in each version")
        return self

    def each(self) -> list[CalendarVersionWords]:
        """Return the versions, of which the calendar itself may be the only one."""
        return self.versions or [self]
