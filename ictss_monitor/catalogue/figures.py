"""What figures are about: areas, baskets, the targets that hold for them, and systems that no probe watches."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from zoneinfo import ZoneInfo

from ictss_monitor.catalogue.entries import Entry, Sections
from ictss_monitor.catalogue.language import AreaWords, BasketWords, TargetWords, UnwatchedWords
from ictss_monitor.catalogue.model import Area, Basket, Subject, Target, Unwatched, Validity
from ictss_monitor.catalogue.references import Claim, References, refuse_overlaps, validity, weights
from ictss_monitor.catalogue.term_words import WeightWords
from ictss_monitor.catalogue.terms import NO_WEIGHTS, Weight
from ictss_monitor.catalogue.words import Dated


class FigureBuilder:
    """Builds areas, baskets, targets and unwatched systems of all sources."""

    def __init__(self, sections: Sections, references: References, zone: ZoneInfo) -> None:
        self._sections = sections
        self._references = references
        self._zone = zone

    def areas(self) -> dict[str, Area]:
        """Return every area that can be understood, by id."""
        return {
            entry.id: Area(
                entry.id,
                words.name or entry.id,
                self._references.each_once("service", words.services, entry, "services"),
                words.combine,
                self._validity(entry, words),
                self._policy(entry, words.policy),
                self._weights(entry, words.weights, words.services),
            )
            for entry, words in self._sections.words("areas", AreaWords)
        }

    def baskets(self) -> dict[str, Basket]:
        """Return every basket that can be understood, by id."""
        return {
            entry.id: Basket(
                entry.id,
                words.name or entry.id,
                self._references.each_once("service", words.services, entry, "services"),
                self._references.each_once("area", words.areas, entry, "areas"),
                words.combine,
                self._validity(entry, words),
                self._policy(entry, words.policy),
                self._weights(entry, words.weights, (*words.services, *words.areas)),
            )
            for entry, words in self._sections.words("baskets", BasketWords)
        }

    def targets(self) -> tuple[Target, ...]:
        """Return every target that can be understood; two that hold at once for the same thing are a problem."""
        made = [(entry, self._target(entry, words)) for entry, words in self._sections.words("targets", TargetWords)]
        refuse_overlaps((claim for entry, target in made for claim in _claims(entry, target)), self._sections)
        return tuple(target for _, target in made)

    def unwatched(self) -> dict[str, Unwatched]:
        """Return every system that no probe watches, by id."""
        return {
            entry.id: self._unwatched(entry, words)
            for entry, words in self._sections.words("unwatched", UnwatchedWords)
        }

    def _target(self, entry: Entry, words: TargetWords) -> Target:
        subject, name = next(
            (subject, name) for subject in Subject if isinstance(name := getattr(words, subject.value), str)
        )
        self._references.known(subject.value, name, entry.place(subject.value))
        councils = None
        if words.councils is not None:
            councils = frozenset(self._references.each_once("council", words.councils, entry, "councils"))
        return Target(subject, name, words.percent, councils, self._validity(entry, words))

    def _unwatched(self, entry: Entry, words: UnwatchedWords) -> Unwatched:
        if words.site is not None:
            self._references.known("site", words.site, entry.place("site"))
        councils = frozenset(self._references.each_once("council", words.councils, entry, "councils"))
        return Unwatched(
            entry.id, words.name or entry.id, words.why, words.site, councils, self._validity(entry, words)
        )

    def _policy(self, entry: Entry, name: str) -> str:
        self._references.known("policy", name, entry.place("policy"))
        return name

    def _weights(
        self, entry: Entry, said: Mapping[str, Sequence[WeightWords]], members: Sequence[str]
    ) -> Mapping[str, tuple[Weight, ...]]:
        for member in (each for each in said if each not in members):
            what = self._sections.problems.unknown("member", member, members)[1]
            self._sections.problems.add(entry.place("weights", member), what)
        return {
            member: weights(
                [(each.weight, each) for each in held], self._zone, self._sections, entry, "weights", member
            )
            for member, held in said.items()
        } or NO_WEIGHTS

    def _validity(self, entry: Entry, words: Dated) -> Validity:
        return validity(words, self._zone, self._sections, entry)


def _claims(entry: Entry, target: Target) -> Iterator[Claim]:
    """Yield a claim for each council; a target for some councils stands over the one for all, so they do not clash."""
    for council in (None,) if target.councils is None else sorted(target.councils):
        yield Claim((target.subject, target.id, council), target.validity, entry)
