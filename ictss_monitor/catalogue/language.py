"""The YAML language: what each entry of each section may say, and in which words the JSON schema explains it.

Nothing here knows another entry: references, dates against each other and rules over checks are the builders' part.
"""

from __future__ import annotations

from typing import Annotated, Any, ClassVar, Final, Self
from zoneinfo import ZoneInfo

from pydantic import AfterValidator, BaseModel, ConfigDict, Discriminator, Field, Tag, model_validator
from pydantic.annotated_handlers import GetJsonSchemaHandler
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import CoreSchema

from ictss_monitor.catalogue.model import Combine, Impact, Settings
from ictss_monitor.catalogue.problems import quoted
from ictss_monitor.catalogue.values import Bound, Count, Id, Length, Listen, Percent, When, wrong
from ictss_monitor.clock import SECOND, Duration

BUILT_IN: Final = Settings()


def zone(name: str) -> str:
    """Return `name` where it is a time zone of the IANA database."""
    try:
        ZoneInfo(name)
    except (KeyError, ValueError, OSError):
        raise wrong(f"unknown time zone {quoted(name)}; expected an IANA name such as Europe/London") from None
    return name


Zone = Annotated[str, AfterValidator(zone), Field(examples=["Europe/London"])]
Measurement = Annotated[str, Field(pattern="^[a-z][a-z0-9_]*$")]
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


class SettingsWords(Words):
    """What the daemon itself needs to know."""

    store: str = Field(
        BUILT_IN.store,
        min_length=1,
        description="URL of the database (sqlite:///file, postgresql://host/name), or env:NAME or file:PATH that holds"
        " it; a URL with a password is only accepted that way",
    )
    listen: Listen = Field(
        (BUILT_IN.listen_host, BUILT_IN.listen_port),
        description="Address and port of the web pages and metrics; loopback unless others are meant to see them",
    )
    zone: Zone = Field(BUILT_IN.zone, description="Time zone of dates here, and of councils that name none")
    vantage: Id = Field(BUILT_IN.vantage, description="Name of the place from which this daemon looks")
    minimum_coverage: Percent = Field(
        BUILT_IN.minimum_coverage,
        description="Per cent of a period that must have been watched for a figure to be shown, not only its bounds",
    )
    heartbeat_interval: Length = Field(
        BUILT_IN.heartbeat_interval, description="How long at most what was observed waits to be written down"
    )
    probes_in_flight: Count = Field(BUILT_IN.probes_in_flight, description="Probes under way at once, in all")
    probes_per_address: Count = Field(BUILT_IN.probes_per_address, description="Probes under way at once, per address")
    stop_grace: Length = Field(
        BUILT_IN.stop_grace, description="How long probes under way may go on once the daemon is asked to stop"
    )
    evidence_retention: Length | None = Field(
        None, description="Evidence that ended longer ago is removed; none: it is kept for ever"
    )


class CouncilWords(Dated):
    """An authority that receives services and is reported to."""

    name: Name | None = Field(None, description="As reports call it; the id if not said")
    zone: Zone | None = Field(None, description="Time zone of its months; the one of settings if not said")


class SiteWords(Dated):
    """A place: data centre, office, depot."""

    name: Name | None = Field(None, description="As reports call it; the id if not said")


class BoundsWords(Words):
    """The range in which a measurement is fine; a bare number is `above`."""

    above: Bound | None = Field(None, description="More than this is not fine")
    below: Bound | None = Field(None, description="Less than this is not fine")

    @model_validator(mode="before")
    @classmethod
    def _bare(cls, value: Any) -> Any:
        return {"above": value} if isinstance(value, str | int | float) else value

    @model_validator(mode="after")
    def _says_something(self) -> Self:
        if self.above is None and self.below is None:
            raise wrong("no bound; expected above: or below: with a number")
        return self

    @classmethod
    def __get_pydantic_json_schema__(cls, core: CoreSchema, handler: GetJsonSchemaHandler) -> JsonSchemaValue:
        mapping = handler.resolve_ref_schema(handler(core))
        return {"anyOf": [mapping["properties"]["above"]["anyOf"][0], {**mapping, "minProperties": 1}]}


class PaceWords(Words):
    """How often a check runs and how quickly it is believed; what limits its measurements."""

    interval: Length | None = Field(None, description="Time between two runs")
    time_limit: Length | None = Field(None, description="How long one run may take; at most the interval")
    retry_interval: Length | None = Field(
        None, description="Time between runs while a change is being confirmed; at most the interval"
    )
    fall: Count | None = Field(None, description="Failures in a row that make an outage")
    rise: Count | None = Field(None, description="Good runs in a row that end it")
    degraded: dict[Measurement, BoundsWords] = Field(
        default_factory=dict,
        description="Measurements beyond which an answer counts as degraded: latency: 0.8 (seconds, above),"
        " certificate_days: {below: 14}",
    )
    down: dict[Measurement, BoundsWords] = Field(
        default_factory=dict, description="Measurements beyond which an answer counts as down"
    )
    options: dict[str, Any] = Field(default_factory=dict, description="What the probe type offers beyond the address")


class CheckWords(PaceWords, Dated):
    """One thing probed at an interval. What is not said comes from the defaults of its probe type."""

    probe: Annotated[str, Field(min_length=1)] = Field(description="Probe type")
    address: str = Field(min_length=1, description="What is probed, in the form that the probe type documents")
    site: Id | None = Field(None, description="Site at which it stands")
    name: Name | None = Field(None, description="As pages call it; the id if not said")
    tags: frozenset[Id] = Field(frozenset(), description="Words to group and filter by")


class AtLeastWords(Words):
    """So many of these."""

    n: Count = Field(description="How many of the members are needed")
    of: list[RuleWords] = Field(min_length=1, description="The members")


class RuleWords(Dated):
    """A check's id, or one of all, any, at_least and check, with what it means and when."""

    KINDS: ClassVar = ("all", "any", "at_least", "check")

    all: list[RuleWords] | None = Field(None, min_length=1, description="Up when every member is")
    any: list[RuleWords] | None = Field(None, min_length=1, description="Up when one member is")
    at_least: AtLeastWords | None = Field(None, description="Up when n members are")
    check: Id | None = Field(None, description="Up when this check is")
    impact: Impact = Field(Impact.DOWN, description="degraded: its being down only degrades the service")

    @model_validator(mode="before")
    @classmethod
    def _bare(cls, value: Any) -> Any:
        return {"check": value} if isinstance(value, str) else value

    @model_validator(mode="after")
    def _is_one_kind(self) -> Self:
        said = [kind for kind in self.KINDS if getattr(self, kind) is not None]
        if len(said) != 1:
            found = f"a rule says {' and '.join(said)}" if said else "the rule is empty"
            raise wrong(f"{found}; expected a check's id, or exactly one of all:, any:, at_least: and check:")
        return self

    @classmethod
    def __get_pydantic_json_schema__(cls, core: CoreSchema, handler: GetJsonSchemaHandler) -> JsonSchemaValue:
        mapping = handler.resolve_ref_schema(handler(core))
        for kind in cls.KINDS:
            described = mapping["properties"][kind]
            said = next(form for form in described.pop("anyOf") if form.get("type") != "null")
            mapping["properties"][kind] = {**said, "description": described["description"]}
        kinds = [{"required": [kind]} for kind in cls.KINDS]
        return {"anyOf": [{"type": "string", "pattern": "^[a-z0-9][a-z0-9-]*$"}, {**mapping, "oneOf": kinds}]}


class ProvisionWords(Dated):
    """How one council gets a service."""

    rule: RuleWords | None = Field(
        None, description="When it is up for this council; the service's rule if not said; with neither, not watched"
    )
    hosted_externally: bool | None = Field(None, description="A supplier hosts it, outside our own control")


def _shape(value: Any) -> str:
    return "[list]" if isinstance(value, list | tuple) else "[mapping]"


PROVISIONS = Annotated[
    Annotated[ProvisionWords, Tag("[mapping]")] | Annotated[list[ProvisionWords], Tag("[list]"), Field(min_length=1)],
    Discriminator(_shape),
]


class ServiceWords(Dated):
    """What a council would miss."""

    name: Name | None = Field(None, description="As reports call it; the id if not said")
    councils: Annotated[
        Annotated[list[Id], Tag("[list]"), Field(min_length=1)]
        | Annotated[dict[Id, PROVISIONS | None], Tag("[mapping]"), Field(min_length=1)],
        Discriminator(_shape),
    ] = Field(
        description="The councils that have it: a list, or a mapping to how each gets it, over time if it changed"
    )
    rule: RuleWords | None = Field(None, description="When it is up, for councils that have no rule of their own")
    hosted_externally: bool = Field(False, description="A supplier hosts it, outside our own control")
    tags: frozenset[Id] = Field(frozenset(), description="Words to group and filter by")


class AreaWords(Dated):
    """A group of services reported as one line."""

    name: Name | None = Field(None, description="As reports call it; the id if not said")
    services: list[Id] = Field(min_length=1, description="Its services")
    combine: Combine = Field(
        Combine.UNION,
        description="union: down when any is; sum: minutes lost are added; mean: of the services' figures",
    )


class BasketWords(Dated):
    """The services or areas that make a headline KPI."""

    model_config = ConfigDict(json_schema_extra={"anyOf": [{"required": ["services"]}, {"required": ["areas"]}]})

    name: Name | None = Field(None, description="As reports call it; the id if not said")
    services: list[Id] = Field([], description="Its services")
    areas: list[Id] = Field([], description="Its areas")
    combine: Combine = Field(
        Combine.MEAN, description="union: down when any is; sum: minutes lost are added; mean: of the members' figures"
    )

    @model_validator(mode="after")
    def _holds_something(self) -> Self:
        if not self.services and not self.areas:
            raise wrong("the basket is empty; expected services: or areas: with at least one id")
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
    checks: dict[Id, CheckWords] = Field({}, description="What is probed, by id")
    services: dict[Id, ServiceWords] = Field({}, description="What councils would miss, by id")
    areas: dict[Id, AreaWords] = Field({}, description="Groups of services, by id")
    baskets: dict[Id, BasketWords] = Field({}, description="Headline KPIs, by id")
    targets: list[TargetWords] = Field([], description="What is required, and from when until when")
    unwatched: dict[Id, UnwatchedWords] = Field({}, description="What no probe watches yet, by id")


def spelt(length: Duration) -> str:
    """Return a duration as one would write it."""
    for unit, size in (("h", 3600 * SECOND), ("m", 60 * SECOND), ("s", SECOND)):
        if length % size == 0:
            return f"{length // size}{unit}"
    return f"{length // 1000}ms"


for _model in (AtLeastWords, RuleWords, ProvisionWords, ServiceWords, Document):
    _model.model_rebuild()
