"""The YAML language of what the daemon does by itself: its settings, closing the month, and the reports it makes."""

from __future__ import annotations

import re
from typing import Annotated, Final, Literal, Self

from pydantic import AfterValidator, ConfigDict, Field, SecretStr, WithJsonSchema, model_validator

from ictss_monitor.catalogue.model import Settings
from ictss_monitor.catalogue.problems import quoted
from ictss_monitor.catalogue.terms import Rhythm
from ictss_monitor.catalogue.values import Count, Id, Length, Listen, Percent, wrong
from ictss_monitor.catalogue.words import Words, Zone

BUILT_IN: Final = Settings()
_ADDRESS: Final = r"[^@\s<>,;\x00-\x1f]+@[^@\s<>,;\x00-\x1f]+"


def _address(value: str) -> str:
    if not re.fullmatch(_ADDRESS, value):
        raise wrong(f"{quoted(value)} is no mail address; expected one such as ict@example.org")
    return value


Address = Annotated[
    str, AfterValidator(_address), WithJsonSchema({"type": "string", "pattern": "^[^@ <>,;]+@[^@ <>,;]+$"})
]
Format = Literal["html", "pdf", "xlsx", "docx", "csv", "json"]


class MonthCloseWords(Words):
    """When a month that is over is closed."""

    working_day: Annotated[int, Field(ge=1, le=15, strict=True)] = Field(
        BUILT_IN.month_close.working_day, description="On which working day of the next month"
    )
    hour: Annotated[int, Field(ge=0, le=23, strict=True)] = Field(
        BUILT_IN.month_close.hour, description="At which hour, local time"
    )
    calendar: Id | None = Field(
        None, description="The calendar whose open days are working days; Monday to Friday if not said"
    )
    seal: Literal["by_person", "automatic"] = Field(
        "by_person", description="automatic: the draft is sealed at once; by_person: somebody does it"
    )


class MailWords(Words):
    """The relay through which reports are sent."""

    model_config = ConfigDict(
        json_schema_extra={"dependentRequired": {"username": ["password"], "password": ["username"]}}
    )

    host: str = Field(min_length=1, max_length=253, description="Name or address of the relay")
    port: Annotated[int, Field(ge=1, le=65_535, strict=True)] = Field(25, description="Its TCP port")
    sender: Address = Field(description="The address that reports come from")
    starttls: bool = Field(True, strict=True, description="Whether the dialogue must be encrypted (STARTTLS)")
    username: str | None = Field(None, min_length=1, description="Name to log in with; none: no log-in")
    password: SecretStr | None = Field(None, description="env:NAME or file:PATH of the password")

    @model_validator(mode="after")
    def _logs_in_with_both(self) -> Self:
        if (self.username is None) != (self.password is None):
            missing = "username" if self.username is None else "password"
            raise wrong(f"{missing} is missing; expected both username: and password:, or neither")
        return self


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
    month_close: MonthCloseWords = Field(
        MonthCloseWords(), description="When the figures of a month that is over are drafted, and who seals them"
    )
    mail: MailWords | None = Field(None, description="The relay through which reports are sent")


class ReportWords(Words):
    """A report that is made by itself once its period is closed."""

    every: Rhythm = Field(description="How often: month, quarter or year (the financial one)")
    council: Id | None = Field(None, description="Of one council; of all together if not said")
    formats: list[Format] = Field(["pdf"], min_length=1, description="Of html, pdf, xlsx, docx, csv and json")
    folder: str = Field("reports", min_length=1, max_length=1000, description="Where its files are written")
    mail_to: list[Address] = Field([], description="Who gets it by mail; needs mail: in settings")

    @model_validator(mode="after")
    def _each_once(self) -> Self:
        for key, said in (("formats", self.formats), ("mail_to", self.mail_to)):
            if twice := [each for at, each in enumerate(said) if each in said[:at]]:
                raise wrong(f"{quoted(twice[0])} is in {key} twice; expected it once: remove one")
        return self
