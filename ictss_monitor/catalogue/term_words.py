"""The YAML language of terms: maintenance windows, policies, whose fault it is, weights, major incidents."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Annotated, ClassVar, Self

from pydantic import ConfigDict, Field, model_validator

from ictss_monitor.catalogue.recurrence import Recurrence
from ictss_monitor.catalogue.terms import (
    STANDARD,
    Fault,
    MajorRule,
    OutageBegins,
    Policy,
    Rounding,
    WindowsCount,
    YearBy,
)
from ictss_monitor.catalogue.times import Day, LocalEnd, LocalTime
from ictss_monitor.catalogue.values import (
    Count,
    Id,
    Length,
    LostShare,
    Percent,
    Points,
    WeightNumber,
    When,
    wrong,
)
from ictss_monitor.catalogue.words import BareOrDated, Dated, Name, Words, Zone

_BUILT_IN = Policy(STANDARD, "Standard")
_RULE = MajorRule("", "")


class ScopeWords(Words):
    """What a maintenance window is over."""

    KINDS: ClassVar = ("checks", "services", "sites", "councils")
    model_config = ConfigDict(json_schema_extra={"anyOf": [{"required": [kind]} for kind in KINDS]})

    checks: list[Id] = Field([], description="These checks")
    services: list[Id] = Field([], description="These services")
    sites: list[Id] = Field([], description="The checks at these sites")
    councils: list[Id] = Field([], description="For these councils only; alone: all of their services")

    @model_validator(mode="after")
    def _names_something(self) -> Self:
        if not any(getattr(self, kind) for kind in self.KINDS):
            raise wrong("the window is over nothing; expected services:, checks:, sites: or councils: with an id")
        return self


class WindowWords(Dated):
    """Announced time in which work is done: once, or as often as it repeats. Times are local ones."""

    model_config = ConfigDict(
        json_schema_extra={
            "oneOf": [{"required": ["end"]}, {"required": ["length"]}],
            "anyOf": [{"required": ["announced"]}, {"required": ["repeat"]}],
            "dependentRequired": {"except": ["repeat"]},
        }
    )  # fmt: skip

    over: ScopeWords = Field(description="What is worked on: services:, checks:, sites: or councils:")
    why: Annotated[str, Field(min_length=1, max_length=1000)] = Field(description="What is done, in one sentence")
    begin: LocalTime = Field(description="Begin of the first occurrence, a local time: 2026-01-04T01:00")
    end: LocalEnd | None = Field(None, description="End of the first occurrence: a local time, or a time of day")
    length: Length | None = Field(None, description="In place of the end: how long it lasts on local clocks")
    repeat: Recurrence | None = Field(None, description="Recurrence rule (RFC 5545): FREQ=WEEKLY;BYDAY=SU")
    except_: list[Day] = Field([], alias="except", description="Days on which it does not begin")
    announced: When | None = Field(
        None,
        description="When it was announced: an instant, or a day (which counts from its end); a window that repeats"
        " and says none was known all along",
    )
    zone: Zone | None = Field(None, description="Time zone of its local times; the one of settings if not said")

    @model_validator(mode="after")
    def _is_whole(self) -> Self:
        if (self.end is None) == (self.length is None):
            found = "no end" if self.end is None else "end and length are both said"
            raise wrong(f"{found}; expected exactly one of end: and length:")
        if self.repeat is None and self.announced is None:
            what = "a window that does not repeat must say since when it is known"
            raise wrong(f"{what}; expected announced: with an instant, or a day such as 2025-12-01")
        if self.repeat is None and self.except_:
            raise wrong("except: is for windows that repeat; remove it, or write repeat:")
        return self

    @property
    def last(self) -> datetime:
        """The local time at which the first occurrence ends."""
        if self.length is not None:
            return self.begin + timedelta(microseconds=self.length)
        if isinstance(self.end, int):
            midnight = self.begin.replace(hour=0, minute=0, second=0)
            ends = midnight + timedelta(minutes=self.end)
            return ends if ends > self.begin else ends + timedelta(days=1)
        assert self.end is not None
        return self.end

    @property
    def except_days(self) -> frozenset[date]:
        """The days on which it does not begin."""
        return frozenset(self.except_)


class PolicyWords(Words):
    """How a KPI counts and prints; what is not said is as in the standard policy that is built in."""

    name: Name | None = Field(None, description="As reports call it; the id if not said")
    degraded: LostShare = Field(
        _BUILT_IN.degraded, description="What degraded time counts as: up, down, or the share of it that is lost"
    )
    maintenance: WindowsCount = Field(
        _BUILT_IN.maintenance,
        description="What maintenance windows do: exclude (leave the figure), up (count as up), down (change nothing)",
    )
    notice: Length | None = Field(
        None, description="How long before its begin a window must have been announced to count; none: just before"
    )
    outage_begins: OutageBegins = Field(
        _BUILT_IN.outage_begins, description="From when an outage counts: first_failure or confirmation"
    )
    hours: Id | None = Field(
        None, description="The calendar outside which nothing counts, or always; the hours of each service if not said"
    )
    minimum_coverage: Percent | None = Field(
        None, description="Per cent that must have been watched for a figure to be shown; as in settings if not said"
    )
    decimals: Annotated[int, Field(ge=0, le=6, strict=True)] = Field(
        _BUILT_IN.decimals, description="Decimals of a figure"
    )
    rounding: Rounding = Field(_BUILT_IN.rounding, description="How it is brought to its decimals: half_up or cut")
    amber: Points = Field(
        _BUILT_IN.amber, description="How many percentage points below its target a figure is amber before it is red"
    )
    year: YearBy = Field(_BUILT_IN.year, description="Headline of a year: mean_of_months or pooled")


class AttributedWords(Dated):
    """What says whose its outages are."""

    attribution: Fault | None = Field(
        None, description="Whose its outages are: own, third_party, council_site (the building) or undetermined"
    )
    supplier: Name | None = Field(None, description="The third party's name; alone it means attribution: third_party")

    @model_validator(mode="after")
    def _supplier_is_a_third_party(self) -> Self:
        if self.supplier is not None and self.attribution not in (None, Fault.THIRD_PARTY):
            what = f"a supplier stands beside attribution: {self.attribution}"
            raise wrong(f"{what}; expected third_party, or no supplier: remove the one that is wrong")
        return self


class UsersWords(BareOrDated):
    """How many users a council has."""

    BARE: ClassVar = "users"

    users: Count = Field(description="How many they are")


class WeightWords(BareOrDated):
    """How much a member weighs."""

    BARE: ClassVar = "weight"

    weight: WeightNumber = Field(description="A number of more than 0")


class MajorIncidentWords(Dated):
    """What is a major incident: for so long, so many areas and councils were down at once."""

    name: Name | None = Field(None, description="As reports call it; the id if not said")
    lasting: Length = Field(_RULE.length, description="For at least so long, without a break")
    areas: list[Id] = Field([], description="The areas that count; all of them if not said")
    at_least_areas: Count = Field(_RULE.at_least_areas, description="So many areas at once")
    at_least_councils: Count = Field(_RULE.at_least_councils, description="For so many councils at once")
    degraded: bool = Field(_RULE.degraded_too, strict=True, description="Whether degraded counts as well as down")
