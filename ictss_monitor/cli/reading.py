"""What the commands that read the store share: the period asked for, and the forms for machines."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable
from typing import Any, Final
from zoneinfo import ZoneInfo

import click

from ictss_monitor.availability.periods import PeriodSpec, from_instants, parse
from ictss_monitor.catalogue.model import Catalogue
from ictss_monitor.clock import Instant, to_datetime
from ictss_monitor.clock import iso as iso
from ictss_monitor.errors import PeriodError, UsageError
from ictss_monitor.judging.outages import Outage
from ictss_monitor.probe import Outcome

STYLES: Final = {Outcome.UP: "green", Outcome.DEGRADED: "yellow", Outcome.DOWN: "bold red", Outcome.UNKNOWN: "magenta"}
WIDE: Final = 110
"""Columns of a screen from which on the tables show all that they have."""
FORMATS: Final = click.Choice(["table", "json", "csv"])


def asked_period(
    catalogue: Catalogue, period: str | None, since: str | None, until: str | None, now: Instant
) -> PeriodSpec:
    """Return the period that the options ask for; the running month of the catalogue's zone if they are silent.

    Raises UsageError for options that exclude each other, PeriodError for what is no period.
    """
    if since is None and until is None:
        local = to_datetime(now).astimezone(ZoneInfo(catalogue.settings.zone))
        return parse(period or f"{local:%Y-%m}")
    if period is not None:
        raise UsageError("--period and --from/--to exclude each other; give one of them")
    if since is None or until is None:
        raise UsageError("--from and --to belong together; give both")
    return from_instants(since, until, catalogue.settings.zone)


def begun_period(
    catalogue: Catalogue, period: str | None, since: str | None, until: str | None, now: Instant
) -> PeriodSpec:
    """Return the period that the options ask for, of which something is known.

    Raises UsageError and PeriodError as `asked_period` does, and PeriodError where it has not begun anywhere.
    """
    spec = asked_period(catalogue, period, since, until, now)
    zones = {catalogue.settings.zone, *(council.zone for council in catalogue.councils.values())}
    if min(spec.within(zone).start for zone in zones) > now:
        raise PeriodError(f"{spec.label} has not begun: there is nothing to tell of it; give an earlier period")
    return spec


def check_known(catalogue: Catalogue, service: str | None, council: str | None) -> None:
    """Raise UsageError, with a near match, where the catalogue has no such service or council."""
    if service is not None and service not in catalogue.services:
        raise UsageError.unknown("service", service, catalogue.services)
    if council is not None and council not in catalogue.councils:
        raise UsageError.unknown("council", council, catalogue.councils)


def as_csv(fields: Iterable[str], records: Iterable[dict[str, Any]]) -> str:
    """Return records as CSV (RFC 4180) under a header, which stands there even without a record."""
    text = io.StringIO()
    writer = csv.DictWriter(text, fieldnames=list(fields))
    writer.writeheader()
    writer.writerows({name: _cell(value) for name, value in record.items()} for record in records)
    return text.getvalue()


def _cell(value: Any) -> Any:
    return str(value).lower() if isinstance(value, bool) else value


OUTAGE_FIELDS: Final = (
    "service",
    "council",
    "level",
    "last_seen_up",
    "first_seen_down",
    "last_seen_down",
    "first_seen_up",
    "end",
    "causes",
)


def outage_record(outage: Outage) -> dict[str, Any]:
    """Return an outage for machines; an instant that is not there is null."""

    def told(moment: Instant | None) -> str | None:
        return None if moment is None else iso(moment)

    return {
        "service": outage.service,
        "council": outage.council,
        "level": outage.level.value,
        "last_seen_up": told(outage.last_seen_up),
        "first_seen_down": told(outage.first_seen_down),
        "last_seen_down": told(outage.last_seen_down),
        "first_seen_up": told(outage.first_seen_up),
        "end": told(outage.end),
        "causes": " ".join(outage.causes),
    }
