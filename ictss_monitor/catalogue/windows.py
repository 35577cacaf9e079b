"""Maintenance windows: what they are over, their first occurrence, and how they repeat."""

from __future__ import annotations

from zoneinfo import ZoneInfo

from ictss_monitor.catalogue.entries import Entry, Sections
from ictss_monitor.catalogue.recurrence import trouble
from ictss_monitor.catalogue.references import References, validity
from ictss_monitor.catalogue.term_words import ScopeWords, WindowWords
from ictss_monitor.catalogue.terms import Scope, Window
from ictss_monitor.clock import to_instant


class WindowBuilder:
    """Builds the maintenance windows of all sources."""

    def __init__(self, sections: Sections, references: References, zone: str) -> None:
        self._sections = sections
        self._problems = sections.problems
        self._references = references
        self._zone = zone

    def build(self) -> dict[str, Window]:
        """Return every window that can be understood, by id; problems tell what is wrong with them."""
        words = self._sections.words("maintenance", WindowWords)
        return {entry.id: self._window(entry, said) for entry, said in words}

    def _window(self, entry: Entry, words: WindowWords) -> Window:
        scope = self._scope(entry, words.over)
        if found := trouble(words.begin, words.last, words.repeat):
            key, what = found
            self._problems.add(entry.place("length" if key == "end" and words.end is None else key), what)
        zone = ZoneInfo(words.zone or self._zone)
        announced = words.announced.end(zone) if words.announced else None
        begin = to_instant(words.begin.replace(tzinfo=zone))
        if words.announced and announced is not None and words.repeat is None and announced >= begin:
            what = f"announced {words.announced.text} is not before its begin, {words.begin:%Y-%m-%dT%H:%M}"
            remedy = "expected an earlier instant (a day counts from its end)"
            self._problems.add(entry.place("announced"), f"{what}; {remedy}")
        return Window(
            id=entry.id,
            why=words.why,
            scope=scope,
            begin=words.begin,
            end=words.last,
            zone=zone.key,
            announced=announced,
            rrule=words.repeat,
            except_days=words.except_days,
            validity=validity(words, zone, self._sections, entry),
        )

    def _scope(self, entry: Entry, words: ScopeWords) -> Scope:
        def known(noun: str, key: str, names: list[str]) -> frozenset[str]:
            return frozenset(self._references.each_once(noun, names, entry, "over", key))

        return Scope(
            checks=known("check", "checks", words.checks),
            services=known("service", "services", words.services),
            sites=known("site", "sites", words.sites),
            councils=known("council", "councils", words.councils),
        )
