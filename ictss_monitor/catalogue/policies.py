"""Policies of KPIs, whose fault outages are, and what is a major incident."""

from __future__ import annotations

from fractions import Fraction
from zoneinfo import ZoneInfo

from ictss_monitor.catalogue.entries import Entry, Sections
from ictss_monitor.catalogue.references import References, validity
from ictss_monitor.catalogue.term_words import AttributedWords, MajorIncidentWords, PolicyWords
from ictss_monitor.catalogue.terms import Attribution, Fault, MajorRule, Policy


def attribution(words: AttributedWords) -> Attribution | None:
    """Return whose outages are by these words, None where they say nothing."""
    if words.supplier is not None:
        return Attribution(Fault.THIRD_PARTY, words.supplier)
    return Attribution(words.attribution) if words.attribution is not None else None


def policies(sections: Sections, references: References, minimum_coverage: Fraction) -> dict[str, Policy]:
    """Return every policy that can be understood, by id; `minimum_coverage` is of those that say nothing of it."""
    made = {}
    for entry, words in sections.words("policies", PolicyWords):
        if words.hours is not None:
            references.known("calendar", words.hours, entry.place("hours"))
        made[entry.id] = Policy(
            id=entry.id,
            name=words.name or entry.id,
            degraded=words.degraded,
            maintenance=words.maintenance,
            notice=words.notice or 0,
            outage_begins=words.outage_begins,
            hours=words.hours,
            minimum_coverage=minimum_coverage if words.minimum_coverage is None else words.minimum_coverage,
            decimals=words.decimals,
            rounding=words.rounding,
            amber=words.amber,
            year=words.year,
        )
    return made


def major_incidents(sections: Sections, references: References, zone: ZoneInfo) -> dict[str, MajorRule]:
    """Return every rule for major incidents that can be understood, by id."""
    words = sections.words("major_incidents", MajorIncidentWords)
    return {entry.id: _major(entry, said, sections, references, zone) for entry, said in words}


def _major(
    entry: Entry, words: MajorIncidentWords, sections: Sections, references: References, zone: ZoneInfo
) -> MajorRule:
    areas = references.each_once("area", words.areas, entry, "areas")
    most = {"at_least_areas": len(areas or sections["areas"]), "at_least_councils": len(sections["councils"])}
    for key, there in most.items():
        wanted = getattr(words, key)
        if wanted > there:
            what = f"{wanted} of {there} can never be; expected {there} at most"
            sections.problems.add(entry.place(key), what if there else "there is none to count; expected one at least")
    return MajorRule(
        id=entry.id,
        name=words.name or entry.id,
        length=words.lasting,
        areas=frozenset(areas),
        at_least_areas=words.at_least_areas,
        at_least_councils=words.at_least_councils,
        degraded_too=words.degraded,
        validity=validity(words, zone, sections, entry),
    )
