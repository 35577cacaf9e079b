"""The lists of a report: outages, major incidents, policies, what nothing watches."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from typing import Final

from ictss_monitor.availability.kpi import KpiRow
from ictss_monitor.availability.major import MajorIncident
from ictss_monitor.availability.outage_list import ListedOutage, Planned
from ictss_monitor.availability.printing import duration_text
from ictss_monitor.availability.standing import Standing
from ictss_monitor.catalogue.model import Subject
from ictss_monitor.catalogue.terms import Attribution, Fault, Policy
from ictss_monitor.clock import Duration
from ictss_monitor.explanation.policy_words import policy_in_words
from ictss_monitor.probe import Outcome
from ictss_monitor.reporting.rows import IncidentLine, NotMonitored, OutageLine, Planning, PolicyText
from ictss_monitor.reports.material import Basis
from ictss_monitor.reports.sentences import enumerated

MOST: Final = 1_000
"""So many outages are listed at the most: those that lost most."""
_NAMED: Final = 5

_PLANNING: Final = {
    Planned.NO: Planning.UNPLANNED,
    Planned.PLANNED: Planning.PLANNED,
    Planned.OVERRAN: Planning.OVERRAN,
}
_ATTRIBUTIONS: Final = {
    Fault.OWN: "own",
    Fault.UNDETERMINED: "undetermined",
    Fault.COUNCIL_SITE: "council's own site",
    Fault.THIRD_PARTY: "third party",
}


# Outages


def outage_lines(basis: Basis) -> tuple[tuple[OutageLine, ...], str]:
    """Return the outages in order of time, and what is to be remarked of the list; mostly nothing.

    What several councils lost alike is one line.
    """
    alike: dict[str, list[ListedOutage]] = {}
    for each in basis.content.outages.listed:
        if basis.council in (None, each.council):
            alike.setdefault(_likeness(each), []).append(each)
    lines = [_line(basis, each) for each in alike.values()]
    if len(lines) <= MOST:
        return tuple(lines), ""
    kept = sorted(sorted(lines, key=lambda line: -line.length)[:MOST], key=lambda line: line.begin)
    return tuple(kept), f"Of {len(lines):,} outages the {MOST:,} longest are listed; all of them count."


def _likeness(outage: ListedOutage) -> str:
    """Return the outage, as text, without what differs between councils that had the same one."""
    return repr(replace(outage, council="", observed=(), entries=()))


def _line(basis: Basis, alike: list[ListedOutage]) -> OutageLine:
    one = alike[0]
    services = {each.id: each.name for each in basis.content.services}
    return OutageLine(
        service=services.get(one.service, one.service),
        council=_councils(basis, [each.council for each in alike]),
        begin=one.begin,
        end=one.end,
        length=_length(one),
        level=one.level.value,
        cause=_cause(basis, one),
        attribution=_ATTRIBUTIONS[one.attribution.fault],
        supplier=_supplier(one.attribution, one.suppliers),
        planning=_PLANNING[one.planned],
        corrected=any(each.entries for each in alike),
        note=". ".join([*([one.note.rstrip(".")] if one.note else []), *_counting(one)]),
    )


def _councils(basis: Basis, councils: list[str]) -> str:
    if len(councils) > 1 and set(councils) == set(basis.present):
        return "all"
    names = basis.council_names
    return enumerated([names.get(each, each) for each in councils], len(councils))


def _length(outage: ListedOutage) -> Duration:
    return outage.down + outage.degraded


def _cause(basis: Basis, outage: ListedOutage) -> str:
    if outage.causes:
        checks = basis.catalogue.checks
        return enumerated([checks[each].name if each in checks else each for each in outage.causes], _NAMED)
    if outage.imported:
        return "told by an imported history"
    return "told by people" if outage.entries else ""


def _supplier(attribution: Attribution, suppliers: tuple[str, ...]) -> str:
    if attribution.fault is not Fault.THIRD_PARTY:
        return ""
    return attribution.supplier or enumerated(suppliers, len(suppliers))


def _counting(outage: ListedOutage) -> Iterator[str]:
    """Yield what is to be said where not all of an outage counts by the policy of its service."""
    length = _length(outage)
    if outage.counted == length:
        return
    if outage.counted:
        yield f"{duration_text(outage.counted)} of it in the service's figure"
    elif outage.in_windows == length:
        yield "not in the service's figure: maintenance"
    elif outage.outside == length:
        yield "not in the service's figure: outside its hours"
    elif outage.level is Outcome.DEGRADED:
        yield "not in the service's figure: degraded, not down"
    else:
        yield "not in the service's figure"


# Major incidents


def incident_lines(basis: Basis) -> tuple[IncidentLine, ...] | None:
    """Return the major incidents that began in the period; None where the catalogue has no rule for them."""
    majors = basis.content.table.majors
    if not basis.catalogue.major_incidents and not majors:
        return None
    return tuple(_incident(basis, each) for each in majors if basis.concerns(each))


def _incident(basis: Basis, incident: MajorIncident) -> IncidentLine:
    areas = {each.id: each.name for each in basis.content.areas}
    names = basis.council_names
    return IncidentLine(
        incident.name,
        incident.begin,
        incident.end,
        (basis.content.table.now if incident.end is None else incident.end) - incident.begin,
        tuple(areas.get(each, each) for each in incident.areas),
        tuple(names.get(each, each) for each in incident.councils),
        _what_failed(basis, incident),
    )


def _what_failed(basis: Basis, incident: MajorIncident) -> str:
    """Return which services the outages were of that made the incident, and whose those were."""
    services = {each.id: each.name for each in basis.content.services}
    of_areas = {each for area in incident.areas if area in basis.catalogue.areas for each in _services_of(basis, area)}
    found: dict[str, None] = {}
    for outage in basis.content.outages.listed:
        begun = incident.end is None or outage.begin < incident.end
        there = outage.service in of_areas and outage.council in incident.councils
        if there and begun and (outage.end is None or outage.end > incident.begin):
            found[services.get(outage.service, outage.service) + _by_whom(outage)] = None
    return enumerated(list(found), _NAMED)


def _services_of(basis: Basis, area: str) -> tuple[str, ...]:
    return basis.catalogue.areas[area].services


def _by_whom(outage: ListedOutage) -> str:
    supplier = _supplier(outage.attribution, outage.suppliers)
    return f" ({supplier})" if supplier else ""


# Policies, and what nothing watches


def policy_texts(basis: Basis) -> tuple[PolicyText, ...]:
    """Return each policy that a figure of the report was made by, in words, and what it applies to."""
    rows = basis.rows
    used = [policy for policy in basis.content.policies if any(row.policy.id == policy.id for row in rows)]
    calendars = basis.catalogue.calendars
    return tuple(
        PolicyText(policy.name, _applies_to(policy, rows, len(used)), tuple(policy_in_words(policy, calendars)))
        for policy in used
    )


def _applies_to(policy: Policy, rows: Iterable[KpiRow], of: int) -> str:
    if of == 1:
        return "all figures"
    named: dict[Subject, dict[str, None]] = {}
    for row in rows:
        if row.policy.id == policy.id:
            named.setdefault(row.subject, {})[row.name] = None
    return "; ".join(
        f"the {subject.value}{'s' if len(held) > 1 else ''} {enumerated(list(held), len(held))}"
        for subject, held in named.items()
    )


def not_monitored(basis: Basis) -> tuple[NotMonitored, ...]:
    """Return the systems that nothing watches, and the services that no check watches."""
    systems = [
        NotMonitored(each.name, each.why, _where(basis, each.id, each.councils))
        for each in basis.content.not_monitored
        if basis.council is None or not each.councils or basis.council in each.councils
    ]
    unseen: dict[str, list[str]] = {}
    for row in basis.of(Subject.SERVICE):
        if row.standing is Standing.NOT_MONITORED and row.council is not None:
            unseen.setdefault(row.name, []).append(row.council)
    services = [NotMonitored(name, "No check watches it.", _councils(basis, held)) for name, held in unseen.items()]
    return (*services, *systems)


def _where(basis: Basis, id_: str, councils: tuple[str, ...]) -> str:
    known = basis.catalogue.unwatched.get(id_)
    site = basis.catalogue.sites.get(known.site) if known is not None and known.site is not None else None
    said = [] if site is None else [site.name]
    return "; ".join([*said, *([_councils(basis, list(councils))] if councils else [])])
