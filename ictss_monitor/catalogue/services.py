"""Services: by which rule each council gets them, from when until when."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from zoneinfo import ZoneInfo

from ictss_monitor.catalogue.entries import Entry, Sections
from ictss_monitor.catalogue.model import AtLeast, CheckRef, Provision, Rule, Service
from ictss_monitor.catalogue.problems import quoted
from ictss_monitor.catalogue.references import Claim, References, overlap, refuse_overlaps, validity
from ictss_monitor.catalogue.service_words import ProvisionWords, RuleWords, ServiceWords
from ictss_monitor.catalogue.terms import AROUND_THE_CLOCK

Keys = tuple[str | int, ...]


class ServiceBuilder:
    """Builds the services of all sources."""

    def __init__(self, sections: Sections, references: References, zone: ZoneInfo) -> None:
        self._sections = sections
        self._problems = sections.problems
        self._references = references
        self._zone = zone

    def build(self) -> dict[str, Service]:
        """Return every service that can be understood, by id; problems tell what is wrong with them."""
        words = self._sections.words("services", ServiceWords)
        return {entry.id: self._service(entry, said) for entry, said in words}

    def _service(self, entry: Entry, words: ServiceWords) -> Service:
        common = self._rule(words.rule, entry, ("rule",)) if words.rule else None
        provisions = {
            council: self._provisions(entry, words, common, council, held)
            for council, held in self._councils(entry, words)
        }
        span = validity(words, self._zone, self._sections, entry)
        self._references.known("calendar", words.hours, entry.place("hours"))
        self._references.known("policy", words.policy, entry.place("policy"))
        hours = None if words.hours == AROUND_THE_CLOCK else words.hours
        return Service(entry.id, words.name or entry.id, provisions, words.tags, span, hours, words.policy)

    def _councils(
        self, entry: Entry, words: ServiceWords
    ) -> Iterator[tuple[str, Sequence[tuple[Keys, ProvisionWords]]]]:
        """Yield each council with its provisions and where each stands."""
        if isinstance(words.councils, list):
            names = self._references.each_once("council", words.councils, entry, "councils")
            yield from ((name, [(("councils", index), ProvisionWords())]) for index, name in enumerate(names))
            return
        for name, held in words.councils.items():
            self._references.known("council", name, entry.place("councils", name))
            if isinstance(held, list):
                yield name, [(("councils", name, index), each) for index, each in enumerate(held)]
            else:
                yield name, [(("councils", name), held or ProvisionWords())]

    def _provisions(
        self,
        entry: Entry,
        service: ServiceWords,
        common: Rule | None,
        council: str,
        held: Sequence[tuple[Keys, ProvisionWords]],
    ) -> tuple[Provision, ...]:
        made = []
        for keys, words in held:
            rule = self._rule(words.rule, entry, (*keys, "rule")) if words.rule else common
            span = validity(words, self._zone, self._sections, entry, *keys)
            external, supplier = _host(service, words)
            if words.hours is not None:
                self._references.known("calendar", words.hours, entry.place(*keys, "hours"))
            made.append(Provision(entry.id, council, rule, external, span, supplier, words.hours))
        claims = [Claim(council, each.validity, entry, keys) for each, (keys, _) in zip(made, held, strict=True)]
        refuse_overlaps(claims, self._sections)
        return tuple(sorted(made, key=lambda each: (each.validity.since is not None, each.validity.since or 0)))

    def _rule(self, words: RuleWords, entry: Entry, keys: Keys) -> Rule:
        span = validity(words, self._zone, self._sections, entry, *keys)
        if words.check is not None:
            self._references.known("check", words.check, entry.place(*keys, "check"))
            return CheckRef(words.check, words.impact, span)
        n, said, inner = _branch(words)
        members = self._members(said, entry, (*keys, *inner))
        if n is not None and n > len(members):
            what = f"{n} of {len(members)} can never be; expected n to be at most {len(members)}"
            self._problems.add(entry.place(*keys, "at_least", "n"), what)
        return AtLeast(n, members, words.impact, span)

    def _members(self, said: Sequence[RuleWords], entry: Entry, keys: Keys) -> tuple[Rule, ...]:
        members = tuple(self._rule(words, entry, (*keys, index)) for index, words in enumerate(said))
        seen: dict[str, list[CheckRef]] = {}
        for index, member in enumerate(members):
            if isinstance(member, CheckRef):
                before = seen.setdefault(member.check, [])
                if any(overlap(member.validity, other.validity) for other in before):
                    what = f"check {quoted(member.check)} is in this list twice; expected it once: remove one"
                    self._problems.add(entry.place(*keys, index), what)
                before.append(member)
        return members


def _host(service: ServiceWords, words: ProvisionWords) -> tuple[bool, str | None]:
    """Return whether a supplier hosts a provision, and who: its own word beats the service's."""
    external = bool(service.external if words.external is None else words.external)
    return external, (words.supplier or service.supplier) if external else None


def _branch(words: RuleWords) -> tuple[int | None, Sequence[RuleWords], Keys]:
    """Return how many of which members a rule needs (None: every one), and where they stand in it."""
    if words.at_least is not None:
        return words.at_least.n, words.at_least.of, ("at_least", "of")
    if words.all is not None:
        return None, words.all, ("all",)
    return 1, words.any or (), ("any",)
