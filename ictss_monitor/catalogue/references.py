"""What entries say of each other: ids that must exist, dates that must follow, spans that must not overlap."""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Final
from zoneinfo import ZoneInfo

from ictss_monitor.catalogue.entries import Entry, Sections
from ictss_monitor.catalogue.model import ALWAYS, Validity
from ictss_monitor.catalogue.problems import Place, quoted
from ictss_monitor.catalogue.terms import AROUND_THE_CLOCK, STANDARD, Weight
from ictss_monitor.catalogue.words import Dated

SECTION_OF: Final = {
    "check": "checks", "service": "services", "site": "sites", "council": "councils", "area": "areas",
    "basket": "baskets", "calendar": "calendars", "policy": "policies",
}  # fmt: skip

BUILT_IN: Final = {"policy": (STANDARD,), "calendar": (AROUND_THE_CLOCK,)}
"""Ids that exist without an entry."""


class References:
    """Looks up ids in all sections, those of entries that are wrong themselves included: one mistake, one problem."""

    def __init__(self, sections: Sections) -> None:
        self._sections = sections
        self._problems = sections.problems

    def known(self, noun: str, name: str, place: Place) -> bool:
        """Tell whether there is a `noun` called `name`; a problem is noted where not."""
        entries, built_in = self._sections[SECTION_OF[noun]], BUILT_IN.get(noun, ())
        if name in entries or name in built_in:
            return True
        self._problems.add(place, self._problems.unknown(noun, name, (*entries, *built_in))[1])
        return False

    def each_once(self, noun: str, names: Sequence[str], entry: Entry, *keys: str | int) -> tuple[str, ...]:
        """Return `names` that stand in a list at `keys`; unknown and repeated ones are problems."""
        seen: set[str] = set()
        for index, name in enumerate(names):
            if self.known(noun, name, place := entry.place(*keys, index)) and name in seen:
                self._problems.add(place, f"{noun} {quoted(name)} is here twice; expected it once: remove one")
            seen.add(name)
        return tuple(names)


def validity(words: Dated, zone: ZoneInfo, sections: Sections, entry: Entry, *keys: str | int) -> Validity:
    """Return the span in which what `words` describe exists; one that ends before it begins is a problem."""
    if words.since is None and words.until is None:
        return ALWAYS
    since = words.since.begin(zone) if words.since else None
    until = words.until.end(zone) if words.until else None
    if words.since and words.until and since is not None and until is not None and since >= until:
        what = f"from {words.since.text} is not before until {words.until.text}; expected from to be the earlier one"
        sections.broken.add((entry.source, entry.path))
        sections.problems.add(entry.place(*keys, "until"), f"{what} (until a day includes that day)")
        return ALWAYS
    return Validity(since, until)


def weights(
    said: Sequence[tuple[Fraction, Dated]], zone: ZoneInfo, sections: Sections, entry: Entry, *keys: str | int
) -> tuple[Weight, ...]:
    """Return dated numbers that stand at `keys`, in order; those that hold at the same time are a problem."""
    claims, made = [], []
    for index, (value, words) in enumerate(said):
        made.append(Weight(value, validity(words, zone, sections, entry, *keys, index)))
        claims.append(Claim(keys, made[-1].validity, entry, (*keys, index)))
    refuse_overlaps(claims, sections)
    return tuple(sorted(made, key=lambda each: (each.validity.since is not None, each.validity.since or 0)))


@dataclass(frozen=True, slots=True)
class Claim:
    """A span of time that something claims for itself."""

    key: Hashable
    validity: Validity
    entry: Entry
    keys: tuple[str | int, ...] = ()

    def place(self) -> Place:
        """Return where the claim is made."""
        return self.entry.place(*self.keys)


def refuse_overlaps(claims: Iterable[Claim], sections: Sections) -> None:
    """Note every claim that begins before an earlier one of the same key has ended."""
    last: dict[Hashable, Claim] = {}
    sound = [claim for claim in claims if (claim.entry.source, claim.entry.path) not in sections.broken]
    for claim in sorted(sound, key=lambda claim: (claim.validity.since is not None, claim.validity.since or 0)):
        before = last.get(claim.key)
        if before is not None and overlap(before.validity, claim.validity):
            place, other = claim.place(), before.place()
            what = f"holds at the same time as {other.source}:{other.line}"
            remedy = "expected the one to end before the other begins (an until day is included)"
            sections.problems.add(place, f"{what}; {remedy}")
        last[claim.key] = claim


def overlap(one: Validity, other: Validity) -> bool:
    """Tell whether two spans have an instant in common."""
    return _begins_before_end(one, other) and _begins_before_end(other, one)


def _begins_before_end(one: Validity, other: Validity) -> bool:
    return one.since is None or other.until is None or one.since < other.until
