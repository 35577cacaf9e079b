"""The YAML language: what each entry of each section may say, and in which words the JSON schema explains it.

Nothing here knows another entry: references, dates against each other and rules over checks are the builders' part.
"""

from __future__ import annotations

from typing import Annotated, Any, ClassVar, Self

from pydantic import ConfigDict, Field, model_validator

from ictss_monitor.catalogue.calendar_words import CalendarWords
from ictss_monitor.catalogue.limit_words import LimitWords
from ictss_monitor.catalogue.model import Combine
from ictss_monitor.catalogue.service_words import ServiceWords
from ictss_monitor.catalogue.settings_words import ReportWords, SettingsWords
from ictss_monitor.catalogue.term_words import (
    AttributedWords,
    MajorIncidentWords,
    PolicyWords,
    UsersWords,
    WeightWords,
    WindowWords,
)
from ictss_monitor.catalogue.terms import STANDARD
from ictss_monitor.catalogue.trend_words import TrendWords
from ictss_monitor.catalogue.values import Count, Id, Length, Percent, wrong
from ictss_monitor.catalogue.words import Dated, Name, OneOrMore, Words, Zone


class CouncilWords(Dated):
    """An authority that receives services and is reported to."""

    name: Name | None = Field(None, description="As reports call it; the id if not said")
    zone: Zone | None = Field(None, description="Time zone of its months; the one of settings if not said")
    users: OneOrMore[UsersWords] | None = Field(
        None, description="How many users it has, a number or several by date: what weighted combining weighs it by"
    )
    policy: Id = Field(STANDARD, description="The policy of its figures")


class SiteWords(AttributedWords):
    """A place: data centre, office, depot."""

    name: Name | None = Field(None, description="As reports call it; the id if not said")


class PaceWords(Words):
    """How often a check runs and how quickly it is believed; what limits its measurements."""

    interval: Length | None = Field(None, description="Time between two runs")
    time_limit: Length | None = Field(None, description="How long one run may take; at most the interval")
    retry_interval: Length | None = Field(
        None, description="Time between runs while a change is being confirmed; at most the interval"
    )
    fall: Count | None = Field(None, description="Failures in a row that make an outage")
    rise: Count | None = Field(None, description="Good runs in a row that end it")
    degraded: LimitWords = Field(
        default_factory=dict,
        description="Measurements beyond which an answer counts as degraded: latency: 0.8 (seconds, above),"
        " certificate_days: {below: 14}; off takes a default away",
    )
    down: LimitWords = Field(
        default_factory=dict,
        description="Measurements beyond which an answer counts as down:"
        " runtime_minutes: {below: 10, when: on_battery}; off takes a default away",
    )
    trend: TrendWords = Field(
        default_factory=list,
        description="Measurements whose hourly minimum, mean and maximum are kept for 400 days, beside those that are"
        " built in for the probe type or stand in its defaults: latency; off: none of them, nor of those",
    )
    options: dict[str, Any] = Field(default_factory=dict, description="What the probe type offers beyond the address")


class CheckWords(PaceWords, AttributedWords):
    """One thing probed at an interval. What is not said comes from the defaults of its probe type."""

    probe: Annotated[str, Field(min_length=1)] = Field(description="Probe type")
    address: str = Field(min_length=1, description="What is probed, in the form that the probe type documents")
    site: Id | None = Field(None, description="Site at which it stands")
    name: Name | None = Field(None, description="As pages call it; the id if not said")
    tags: frozenset[Id] = Field(frozenset(), description="Words to group and filter by")


WEIGHTS = dict[Id, OneOrMore[WeightWords]]


def _refuse_idle_weights(combine: Combine, weights: dict[str, Any]) -> None:
    if weights and combine is not Combine.WEIGHTED:
        raise wrong(f"weights mean nothing to combine: {combine}; write combine: weighted, or remove weights:")


class AreaWords(Dated):
    """A group of services reported as one line."""

    name: Name | None = Field(None, description="As reports call it; the id if not said")
    services: list[Id] = Field(min_length=1, description="Its services")
    combine: Combine = Field(
        Combine.UNION,
        description="union: down when any is; sum: minutes lost are added; mean: of the services' figures;"
        " weighted: by users, or by weights",
    )
    weights: WEIGHTS = Field({}, description="For weighted: how much each service weighs, by its id")
    policy: Id = Field(STANDARD, description="The policy of its figures")

    @model_validator(mode="after")
    def _weighs_what_is_weighted(self) -> Self:
        _refuse_idle_weights(self.combine, self.weights)
        return self


class BasketWords(Dated):
    """The services or areas that make a headline KPI."""

    model_config = ConfigDict(json_schema_extra={"anyOf": [{"required": ["services"]}, {"required": ["areas"]}]})

    name: Name | None = Field(None, description="As reports call it; the id if not said")
    services: list[Id] = Field([], description="Its services")
    areas: list[Id] = Field([], description="Its areas")
    combine: Combine = Field(
        Combine.MEAN,
        description="union: down when any is; sum: minutes lost are added; mean: of the members' figures;"
        " weighted: by users, or by weights",
    )
    weights: WEIGHTS = Field({}, description="For weighted: how much each member weighs, by its id")
    policy: Id = Field(STANDARD, description="The policy of its figures")

    @model_validator(mode="after")
    def _holds_something(self) -> Self:
        if not self.services and not self.areas:
            raise wrong("the basket is empty; expected services: or areas: with at least one id")
        _refuse_idle_weights(self.combine, self.weights)
        return self


class TargetWords(Dated):
    """The availability that is required of one service, area, council or basket."""

    SUBJECTS: ClassVar = ("service", "area", "council", "basket")
    model_config = ConfigDict(json_schema_extra={"oneOf": [{"required": [subject]} for subject in SUBJECTS]})

    service: Id | None = Field(None, description="The service it is about")
    area: Id | None = Field(None, description="The area it is about")
    council: Id | None = Field(None, description="The council it is about")
    basket: Id | None = Field(None, description="The basket it is about")
    percent: Percent = Field(description="Required availability in per cent, exact: 99.90")
    councils: list[Id] | None = Field(None, min_length=1, description="For whom; every council if not said")

    @model_validator(mode="after")
    def _is_about_one_thing(self) -> Self:
        said = [subject for subject in self.SUBJECTS if getattr(self, subject) is not None]
        if len(said) != 1:
            found = f"a target is about {' and '.join(said)}" if said else "the target is about nothing"
            raise wrong(f"{found}; expected exactly one of service:, area:, council: and basket:")
        if self.council is not None and self.councils is not None:
            raise wrong("a target of a council cannot have councils: too; remove councils:")
        return self


class UnwatchedWords(Dated):
    """A system that the councils have and no probe watches yet; reported as not monitored."""

    name: Name | None = Field(None, description="As reports call it; the id if not said")
    why: Annotated[str, Field(min_length=1)] = Field(description="What it waits for, in one sentence")
    site: Id | None = Field(None, description="Site at which it stands")
    councils: list[Id] = Field([], description="Who has it")


class Document(Words):
    """One file of the catalogue; a folder of files is read as one."""

    settings: SettingsWords = Field(SettingsWords(), description="What the daemon itself needs to know")
    defaults: dict[str, PaceWords] = Field({}, description="By probe type: what its checks need not say")
    councils: dict[Id, CouncilWords | None] = Field({}, description="The authorities, by id")
    sites: dict[Id, SiteWords | None] = Field({}, description="The places, by id")
    calendars: dict[Id, CalendarWords] = Field({}, description="Service hours, by id")
    policies: dict[Id, PolicyWords] = Field(
        {}, description="How KPIs count and print, by id; standard is that of whatever names none"
    )
    checks: dict[Id, CheckWords] = Field({}, description="What is probed, by id")
    services: dict[Id, ServiceWords] = Field({}, description="What councils would miss, by id")
    areas: dict[Id, AreaWords] = Field({}, description="Groups of services, by id")
    baskets: dict[Id, BasketWords] = Field({}, description="Headline KPIs, by id")
    targets: list[TargetWords] = Field([], description="What is required, and from when until when")
    unwatched: dict[Id, UnwatchedWords] = Field({}, description="What no probe watches yet, by id")
    maintenance: dict[Id, WindowWords] = Field({}, description="Maintenance windows, by id")
    major_incidents: dict[Id, MajorIncidentWords] = Field({}, description="What is a major incident, by id of the rule")
    reports: dict[Id, ReportWords] = Field({}, description="Reports that are made by themselves, by id")
