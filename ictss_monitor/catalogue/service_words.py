"""The YAML language of services: rules over checks, and how each council gets them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, ClassVar, Self

from pydantic import Discriminator, Field, Tag, model_validator
from pydantic.annotated_handlers import GetJsonSchemaHandler
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import CoreSchema

from ictss_monitor.catalogue.model import Impact
from ictss_monitor.catalogue.problems import quoted
from ictss_monitor.catalogue.terms import AROUND_THE_CLOCK, STANDARD
from ictss_monitor.catalogue.values import Count, Id, wrong
from ictss_monitor.catalogue.words import Dated, Name, Words


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
        if isinstance(value, list):
            raise wrong("a list alone is no rule; expected all: or any: in front of it")
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


class HostedWords(Dated):
    """What may be hosted by a supplier."""

    hosted_externally: bool | None = Field(None, description="A supplier hosts it, outside our own control")
    supplier: Name | None = Field(
        None, description="Who hosts it, and whose its outages are; alone it means hosted_externally: true"
    )

    @model_validator(mode="after")
    def _supplier_hosts(self) -> Self:
        if self.supplier is not None and self.hosted_externally is False:
            raise wrong("a supplier stands beside hosted_externally: false; expected true, or no supplier: remove one")
        return self

    @property
    def external(self) -> bool | None:
        """Whether a supplier hosts it; None where nothing is said."""
        return True if self.supplier is not None else self.hosted_externally


class ProvisionWords(HostedWords):
    """How one council gets a service."""

    rule: RuleWords | None = Field(
        None, description="When it is up for this council; the service's rule if not said; with neither, not watched"
    )
    hours: Id | None = Field(
        None, description="The calendar of its service hours here, or always; the service's if not said"
    )

    @model_validator(mode="before")
    @classmethod
    def _says_what_it_is(cls, value: Any) -> Any:
        if isinstance(value, str):
            raise wrong(
                f"{quoted(value)} alone does not say what it is; expected a mapping such as {{rule: {value:.40}}}"
            )
        return value


def _provisions_shape(value: Any) -> str:
    return "[list]" if isinstance(value, list) else "[mapping]"


def _councils_shape(value: Any) -> str:
    return "[mapping]" if isinstance(value, Mapping) else "[list]"


PROVISIONS = Annotated[
    Annotated[ProvisionWords, Tag("[mapping]")] | Annotated[list[ProvisionWords], Tag("[list]"), Field(min_length=1)],
    Discriminator(_provisions_shape),
]


class ServiceWords(HostedWords):
    """What a council would miss."""

    name: Name | None = Field(None, description="As reports call it; the id if not said")
    councils: Annotated[
        Annotated[list[Id], Tag("[list]"), Field(min_length=1)]
        | Annotated[dict[Id, PROVISIONS | None], Tag("[mapping]"), Field(min_length=1)],
        Discriminator(_councils_shape),
    ] = Field(
        description="The councils that have it: a list, or a mapping to how each gets it, over time if it changed"
    )
    rule: RuleWords | None = Field(None, description="When it is up, for councils that have no rule of their own")
    hours: Id = Field(AROUND_THE_CLOCK, description="The calendar of its service hours; around the clock if not said")
    policy: Id = Field(STANDARD, description="The policy of its figures")
    tags: frozenset[Id] = Field(frozenset(), description="Words to group and filter by")


for _model in (AtLeastWords, RuleWords, ProvisionWords, ServiceWords):
    _model.model_rebuild()
