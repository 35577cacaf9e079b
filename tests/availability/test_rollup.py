"""What is packed comes out the same, and the days of a month add up to it."""

from __future__ import annotations

from fractions import Fraction
from functools import reduce
from itertools import pairwise
from operator import add

import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.accounts import classes, figure
from support.timelines import from_ticks, histories, timeline

from ictss_monitor.availability.classes import Classes, clip
from ictss_monitor.availability.combine import Member, mean_of
from ictss_monitor.availability.figure import Figure, figure_of
from ictss_monitor.availability.periods import Period, parse
from ictss_monitor.availability.reckoning import Key, Reckoned
from ictss_monitor.availability.rollup import (
    days_from,
    figure_from,
    midnights,
    packed,
    packed_days,
    totals_by_day,
    totals_from,
)
from ictss_monitor.availability.totals import Totals, totals_of
from ictss_monitor.catalogue.model import Combine, Subject
from ictss_monitor.catalogue.terms import Policy
from ictss_monitor.clock import DAY, HOUR, MINUTE

POLICY = Policy("half", "Half", degraded=Fraction(1, 2))
LENGTH = 24


def reckoned(held: Classes, period: Period, found: Figure | None = None, how: Combine | None = None) -> Reckoned:
    """Return the figure of these classes, or `found` as made of them in some way."""
    totals = totals_of(held, period.length)
    member = Member(held, totals, found or figure_of(totals, POLICY, MINUTE))
    return Reckoned(Key(Subject.SERVICE, "web", "ccc"), period, member, POLICY, how=how)


@given(histories(LENGTH))
def test_a_service_is_packed_as_its_totals(history: list) -> None:
    """Figure and totals come out the same, in as many bytes as the totals take."""
    period = Period("p", 0, LENGTH)
    held = reckoned(classes(from_ticks(history), period, LENGTH), period)
    blob = packed(held)
    assert figure_from(blob, POLICY) == held.member.figure
    assert totals_from(blob) == held.member.totals
    assert len(blob) == 168


@given(st.lists(histories(LENGTH), min_size=2, max_size=3))
def test_what_does_not_follow_from_totals_is_packed_whole(lines: list) -> None:
    """The mean of figures comes out the same, whatever is missing in it."""
    period = Period("p", 0, LENGTH)
    members = [classes(from_ticks(line), period, LENGTH) for line in lines]
    mean = mean_of([figure(from_ticks(line), period, LENGTH) for line in lines], Fraction(1, 3))
    assert figure_from(packed(reckoned(members[0], period, mean, Combine.MEAN)), POLICY) == mean


def test_a_mean_of_thousands_of_digits_is_packed_exactly() -> None:
    """Python refuses to write such a number in decimal digits."""
    period = Period("p", 0, LENGTH)
    value = Fraction(10**6_000 + 1, 10**6_000 + 3)
    one = figure_of(Totals(up=1), POLICY)
    mean = mean_of([one, one], value)
    assert figure_from(packed(reckoned(classes(timeline(0, LENGTH), period, LENGTH), period, mean)), POLICY) == mean


@given(histories(LENGTH), st.sets(st.integers(1, LENGTH - 1)))
def test_days_are_the_totals_of_their_part(history: list, between: set[int]) -> None:
    """Each day is what the classes are when cut to it, and the days add up to the whole."""
    period = Period("p", 0, LENGTH)
    held = classes(from_ticks(history), period, LENGTH)
    edges = [0, *sorted(between), LENGTH]
    days = totals_by_day(held, edges)
    assert days == [totals_of(clip(held, start, end), end - start) for start, end in pairwise(edges)]
    assert reduce(add, days) == totals_of(held, LENGTH)


@pytest.mark.parametrize(
    ("month", "zone", "hours"),
    [
        ("2026-10", "Europe/London", [24] * 24 + [25] + [24] * 6),
        ("2026-03", "Europe/London", [24] * 28 + [23] + [24] * 2),
        ("2024-02", "Europe/London", [24] * 29),
        ("2011-12", "Pacific/Apia", [24] * 30),
        ("2018-11", "America/Sao_Paulo", [24] * 3 + [23] + [24] * 26),
    ],
    ids=["clocks go back", "clocks go forward", "leap year", "a day left out", "no midnight"],
)
def test_days_begin_at_local_midnight(month: str, zone: str, hours: list[int]) -> None:
    """A day is as long as the clock on the wall makes it, and one that never came is none."""
    edges = midnights(parse(month).within(zone), zone)
    assert [(end - start) // HOUR for start, end in pairwise(edges)] == hours


def test_only_days_that_are_not_all_up_are_kept() -> None:
    """A month with one outage over midnight holds two days; one without any takes next to nothing."""
    period = parse("2026-10").within("Europe/London")
    midnight = period.start + 3 * DAY
    down = classes(timeline(period.start, period.end, down=[(midnight - HOUR, midnight + MINUTE)]), period, period.end)
    days = days_from(packed_days(reckoned(down, period), "Europe/London"), period, "Europe/London")
    assert [held.down for held in days[2:5]] == [HOUR, MINUTE, 0]
    assert reduce(add, days) == totals_of(down, period.length)
    whole = classes(timeline(period.start, period.end), period, period.end)
    blob = packed_days(reckoned(whole, period), "Europe/London")
    assert len(blob) < 10
    assert days_from(blob, period, "Europe/London")[24] == Totals(up=25 * HOUR)
