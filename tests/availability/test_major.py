"""Major incidents against a walk through time: so many areas and councils down at once, long enough without a break."""

from __future__ import annotations

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st
from support.accounts import classes
from support.paper_tables import by_council, checks_of, local, table
from support.timelines import catalogue, timeline, watched

from ictss_monitor.availability.classes import Classes
from ictss_monitor.availability.major import MajorIncident, major_incidents
from ictss_monitor.availability.periods import Period, parse
from ictss_monitor.catalogue.model import Area, Catalogue, Validity
from ictss_monitor.catalogue.terms import MajorRule
from ictss_monitor.clock import MINUTE

LENGTH, NOW = 16, 14
AREAS, COUNCILS = ("email", "network"), ("ccc", "hdc")
KEYS = [(area, council) for area in AREAS for council in COUNCILS]
lines = st.fixed_dictionaries({key: st.text("UUDDG", min_size=LENGTH, max_size=LENGTH) for key in KEYS})
rules = st.builds(
    MajorRule,
    st.just("major"),
    st.just("Major incident"),
    st.integers(1, 3),
    st.sampled_from([frozenset(), frozenset({"email"})]),
    st.integers(1, 2),
    st.integers(1, 2),
    st.booleans(),
    st.sampled_from([Validity(), Validity(5, None)]),
)
periods = st.tuples(st.integers(0, LENGTH - 1), st.integers(1, LENGTH)).map(
    lambda each: Period("part", each[0], each[0] + each[1])
)


def estate(rule: MajorRule) -> Catalogue:
    """Return two areas of a service each, for two councils, with one rule."""
    areas = [Area(each, each.title(), (each,)) for each in AREAS]
    held = catalogue([watched(each, COUNCILS) for each in AREAS], COUNCILS, areas=areas)
    return replace(held, major_incidents={rule.id: rule})


def of_line(text: str) -> Classes:
    """Return the classes that a text of `U D G` (up, down, degraded) stands for, an instant each, up to now."""

    def where(letter: str) -> list[tuple[int, int]]:
        return [(at, at + 1) for at, each in enumerate(text[:NOW]) if each == letter]

    whole = Period("all", 0, LENGTH)
    return classes(timeline(0, NOW, down=where("D"), degraded=where("G")), whole, NOW)


def walked(rule: MajorRule, texts: dict[tuple[str, str], str], period: Period) -> list[MajorIncident]:
    """Return the incidents, instant by instant."""

    def hit(at: int) -> set[tuple[str, str]]:
        bad = "DG" if rule.degraded_too else "D"
        return {key for key, text in texts.items() if text[at] in bad and (not rule.areas or key[0] in rule.areas)}

    def is_major(at: int) -> bool:
        areas, councils = {area for area, _ in hit(at)}, {council for _, council in hit(at)}
        return len(areas) >= rule.at_least_areas and len(councils) >= rule.at_least_councils

    incidents: list[MajorIncident] = []
    at = 0
    while at < NOW:
        begin = at
        while at < NOW and is_major(at):
            at += 1
        starts = period.start <= begin < period.end and rule.validity.holds_at(begin)
        if at - begin >= rule.length and starts:
            every = set().union(*(hit(each) for each in range(begin, at)))
            areas = tuple(each for each in AREAS if any(area == each for area, _ in every))
            councils = tuple(each for each in COUNCILS if any(council == each for _, council in every))
            incidents.append(MajorIncident(rule.id, rule.name, begin, None if at >= NOW else at, areas, councils))
        at = max(at, begin + 1)
    return incidents


def found(rule: MajorRule, texts: dict[tuple[str, str], str], period: Period) -> list[MajorIncident]:
    """Return the incidents under test."""
    held = {key: of_line(text) for key, text in texts.items()}
    return major_incidents(estate(rule), lambda area, council: held[area, council], period, NOW)


@given(rules, lines, periods)
def test_incidents_are_those_of_a_walk_through_time(
    rule: MajorRule, texts: dict[tuple[str, str], str], period: Period
) -> None:
    """Each is counted once, in the period in which it began, whole, with all that it hit; one that lasts has no end."""
    assert found(rule, texts, period) == walked(rule, texts, period)


def test_a_break_makes_two_incidents_of_which_neither_may_be_long_enough() -> None:
    """Three instants of three are one; with a good one in the middle, none is."""
    texts = dict.fromkeys(KEYS, "U" * LENGTH)
    rule = MajorRule("major", "Major incident", 3)
    for text, count in (("UDDDUUUUUUUUUUUU", 1), ("UDDUDDUUUUUUUUUU", 0)):
        hit = texts | {("email", "ccc"): text}
        assert len(found(rule, hit, Period("p", 0, LENGTH))) == count == len(walked(rule, hit, Period("p", 0, LENGTH)))


def test_an_incident_longer_than_what_is_looked_at_has_no_end() -> None:
    """Begun on the last evening of a month and over in the next: the table of the month does not guess when."""
    services = [by_council("mail", ["ccc"])]
    rule = MajorRule("major", "Major incident", 30 * MINUTE)
    held = catalogue(services, ["ccc"], areas=[Area("email", "Email", ("mail",))])
    held = replace(held, checks=checks_of(services), major_incidents={"major": rule})
    made = table(held, {"mail-ccc": {"2026-09-30T23:00": 240}}, parse("2026-09"), now=local("2026-10-02"))
    assert [(each.begin, each.end) for each in made.majors] == [(local("2026-09-30T23:00"), None)]
    assert not table(held, {"mail-ccc": {"2026-09-30T23:00": 240}}, parse("2026-10")).majors
