"""Why there is no figure, in a sentence."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from ictss_monitor.availability.kpi import KpiRow, named
from ictss_monitor.availability.periods import Period, zone_of
from ictss_monitor.availability.reckoning import Key, overlaps
from ictss_monitor.availability.standing import Standing, provisions_of
from ictss_monitor.catalogue.model import Catalogue, Subject, Validity
from ictss_monitor.clock import Instant, to_datetime

_WHY: Final = {
    Standing.NOT_MONITORED: "{council} has {name}, and no check watches it: all of its time is unknown.",
    Standing.NO_EVIDENCE: "Nothing was seen of {name} in this period: all of its time is unknown, so that neither up "
    "nor down can be said.",
    Standing.TO_COME: "The part of the period in which {name} is in service is still to come.",
    Standing.MAINTENANCE: "{name} was in maintenance windows all the time that it was to be measured.",
    Standing.CLOSED: "The whole period lies outside the service hours of {name}.",
}
_OF_COMBINATION: Final = {
    Standing.NOT_PROVIDED: "Nothing that {name} is made of was in service in this period.",
    Standing.NO_EVIDENCE: "Nothing was seen in this period of anything that {name} is made of.",
}


def why_no_figure(catalogue: Catalogue, key: Key, row: KpiRow) -> str:
    """Return why `row` has no figure, or why only its bounds are shown; empty where it has one."""
    council = "all councils together" if key.council is None else catalogue.councils[key.council].name
    if row.standing is Standing.MEASURED:
        if row.figure.shown:
            return ""
        return "Too little of the time was watched for a figure by this policy: only the bounds are given."
    if key.subject is not Subject.SERVICE and row.standing in _OF_COMBINATION:
        return _OF_COMBINATION[row.standing].format(name=row.name)
    if row.standing is Standing.NOT_PROVIDED:
        return _not_provided(catalogue, key, council, row.name)
    if row.standing is Standing.HOSTED_EXTERNALLY:
        suppliers = sorted({each.supplier for each in provisions_of(catalogue, key, row.period) if each.supplier})
        by = " and ".join(suppliers) or "somebody else"
        return f"{row.name} of {council} is run by {by}, and nothing here watches it; N/A is not 100 %."
    return _WHY[row.standing].format(name=row.name, council=council)


def _not_provided(catalogue: Catalogue, key: Key, council: str, name: str) -> str:
    assert key.council is not None
    held = catalogue.services[key.id].provisions.get(key.council, ())
    if not held:
        return f"{council} does not have {name}; N/A is not 100 %."
    zone = catalogue.councils[key.council].zone
    return f"{council} has {name} {dates_text((each.validity for each in held), zone)}, not in this period."


def why_no_row(catalogue: Catalogue, key: Key, period: Period) -> str:
    """Return why there is no line at all about `key` in `period`."""
    thing = named(catalogue, key)
    zone = catalogue.settings.zone
    if key.council is not None:
        council = catalogue.councils[key.council]
        zone = council.zone
        if not overlaps(council.validity, period):
            dates = dates_text([council.validity], zone)
            return f"{council.name} has no figures in {period.label}: it is a council {dates}"
    return f"{thing.name} has no figure in {period.label}: it is there {dates_text([thing.validity], zone)}"


def dates_text(validities: Iterable[Validity], zone: str) -> str:
    """Return from when until when, in the local days of `zone` (IANA name): `from 1 November 2017`, `until …`."""
    return " and ".join(_dates(each, zone) for each in validities)


def _dates(validity: Validity, zone: str) -> str:
    since, until = (None if edge is None else _day(edge, zone) for edge in (validity.since, validity.until))
    if since is None:
        return "at all times" if until is None else f"until {until}"
    return f"from {since}" + ("" if until is None else f" until {until}")


def _day(instant: Instant, zone: str) -> str:
    local = to_datetime(instant).astimezone(zone_of(zone))
    time = "" if (local.hour, local.minute, local.second) == (0, 0, 0) else f"{local:%H:%M} on "
    return f"{time}{local.day} {local:%B %Y}"
