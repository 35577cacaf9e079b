"""Calendars: service hours as versions by date, with the bank holidays that are closed."""

from __future__ import annotations

from zoneinfo import ZoneInfo

from ictss_monitor.catalogue.bank_holidays import bank_holidays
from ictss_monitor.catalogue.calendar_words import CalendarVersionWords, CalendarWords
from ictss_monitor.catalogue.entries import Entry, Sections
from ictss_monitor.catalogue.problems import listed
from ictss_monitor.catalogue.references import Claim, refuse_overlaps, validity
from ictss_monitor.catalogue.terms import AROUND_THE_CLOCK, Calendar, CalendarVersion, Opening, SpecialDays
from ictss_monitor.catalogue.times import Openings, week, within_day

Keys = tuple[str | int, ...]


class CalendarBuilder:
    """Builds the calendars of all sources."""

    def __init__(self, sections: Sections, zone: ZoneInfo) -> None:
        self._sections = sections
        self._problems = sections.problems
        self._zone = zone

    def build(self) -> dict[str, Calendar]:
        """Return every calendar that can be understood, by id; problems tell what is wrong with them."""
        if entry := self._sections["calendars"].get(AROUND_THE_CLOCK):
            what = f"'{AROUND_THE_CLOCK}' is the calendar without closing time, and built in; write another id"
            self._problems.add(entry.place(), what)
        words = self._sections.words("calendars", CalendarWords)
        return {entry.id: self._calendar(entry, said) for entry, said in words}

    def _calendar(self, entry: Entry, words: CalendarWords) -> Calendar:
        keys: list[Keys] = [("versions", index) for index in range(len(words.versions))] or [()]
        made = [self._version(each, entry, at) for each, at in zip(words.each(), keys, strict=True)]
        refuse_overlaps(
            (Claim(entry.id, each.validity, entry, at) for each, at in zip(made, keys, strict=True)), self._sections
        )
        ordered = sorted(made, key=lambda each: (each.validity.since is not None, each.validity.since or 0))
        return Calendar(entry.id, words.name or entry.id, tuple(ordered))

    def _version(self, words: CalendarVersionWords, entry: Entry, keys: Keys) -> CalendarVersion:
        holidays = {day for nation in words.bank_holidays for day in bank_holidays(nation)}
        for index, day in enumerate(words.open_anyway):
            if day not in holidays:
                what = f"{day} is no bank holiday of {listed(words.bank_holidays) or 'any nation named here'}"
                remedy = "expected one: name the nation, or remove the day"
                self._problems.add(entry.place(*keys, "open_anyway", index), f"{what}; {remedy}")
        special = [SpecialDays(each.since, each.until) for each in words.also_closed]
        special += [SpecialDays(each.since, each.last, _openings(within_day(each.hours))) for each in words.special]
        return CalendarVersion(
            week=tuple(_openings(stretches) for stretches in week(words.hours or {})),
            bank_holidays=frozenset(holidays.difference(words.open_anyway)),
            special=tuple(special),
            validity=validity(words, self._zone, self._sections, entry, *keys),
        )


def _openings(stretches: Openings) -> tuple[Opening, ...]:
    return tuple(Opening(begin, end) for begin, end in stretches)
