"""The list of outages: it agrees with the count and the figure, and tells whose each was, planned or not, and who says.

Every instant here is made up.
"""

from __future__ import annotations

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.accounts import policy as policy_of
from support.listed_outages import DEGRADED, DOWN, HELD, KEY, OWN, PERIOD, account, listing, only, seen
from support.timelines import Tick, catalogue, from_ticks, histories, timeline, watched

from ictss_monitor.availability.account import Account
from ictss_monitor.availability.classes import ServiceTime, divide
from ictss_monitor.availability.figure import figure_of
from ictss_monitor.availability.outage_count import count_outages
from ictss_monitor.availability.outage_list import Listing, Planned, outage_list
from ictss_monitor.availability.outage_origins import Origins
from ictss_monitor.availability.periods import Period
from ictss_monitor.availability.totals import totals_of
from ictss_monitor.catalogue.terms import Fault, WindowsCount
from ictss_monitor.intervals import IntervalSet, span
from ictss_monitor.judging.blame import Blame
from ictss_monitor.judging.timeline import Levels

LENGTH = 24
sets = st.lists(st.booleans(), min_size=LENGTH, max_size=LENGTH).map(
    lambda chosen: IntervalSet((at, at + 1) for at, is_in in enumerate(chosen) if is_in)
)


@st.composite
def blames(draw: st.DrawFn) -> Blame:
    """Draw whose time is, disjoint from fault to fault."""
    left, levels = span(0, LENGTH), {}
    for fault in (Fault.THIRD_PARTY, Fault.COUNCIL_SITE, Fault.UNDETERMINED):
        part = draw(sets) & left
        left -= part
        levels[fault] = Levels(part, part)
    return Blame(levels)


@given(
    histories(LENGTH),
    sets,
    sets,
    blames(),
    st.sampled_from([Fraction(0), Fraction(1, 3), Fraction(1)]),
    st.sampled_from(WindowsCount),
    st.integers(1, LENGTH + 2),
)
def test_the_lines_are_what_the_figure_lost_and_as_many_as_are_counted(
    history: list[Tick],
    windows: IntervalSet,
    opened: IntervalSet,
    blame: Blame,
    share: Fraction,
    count: WindowsCount,
    now: int,
) -> None:
    """By every policy, the lines add up to what the figure lost, by whose it was too, and are as many as counted."""
    period, by = Period("ticks", 0, LENGTH), policy_of(degraded=share, maintenance=count)
    held = Account(from_ticks(history), windows.clip(0, now), blame)
    classes = divide(held, ServiceTime(span(0, LENGTH), opened), period, now, by)
    figure = figure_of(totals_of(classes, LENGTH), by)
    lines = Listing(Origins(HELD, held, KEY, ()), classes, by, period, now).listed()
    assert sum(line.counted for line in lines) == figure.lost
    assert sum(line.planned_loss for line in lines) == figure.planned
    for fault, lost in (
        (Fault.OWN, figure.own),
        (Fault.THIRD_PARTY, figure.third_party),
        (Fault.COUNCIL_SITE, figure.council_site),
        (Fault.UNDETERMINED, figure.undetermined),
    ):
        assert sum(dict(line.shares).get(fault, 0) for line in lines) == lost
    assert sum(line.counted > 0 for line in lines) == count_outages(classes, by).count
    assert all(line.begin <= (line.end or now) for line in lines)


def test_an_outage_as_it_was_observed() -> None:
    """A line tells its level, begin and end, what counts of it, the checks that saw it and their four instants."""
    observed = seen(20, 30)
    line = only(listing(account(timeline(0, 100, down=[(20, 30)])), [observed, seen(50, 50)]).listed())
    assert (line.level, line.begin, line.end, line.down, line.counted) == (DOWN, 20, 30, 10, 10)
    assert (line.attribution, line.suppliers, line.planned) == (OWN, (), Planned.NO)
    assert (line.causes, line.observed) == (("web",), (observed,))
    assert (line.entries, line.imported, line.note) == ((), False, "")


def test_degraded_and_down_are_one_outage_of_the_worse_level() -> None:
    """What was slow before it broke is one outage, down; only the time down counts by the standard policy."""
    line = only(listing(account(timeline(0, 100, degraded=[(10, 20)], down=[(20, 30)]))).listed())
    assert (line.level, line.begin, line.down, line.degraded, line.counted) == (DOWN, 10, 10, 10, 10)


def test_twice_down_with_degraded_time_between_is_two_where_that_does_not_count() -> None:
    """As the count says: two outages where degraded is up, one where it is lost."""
    held = account(timeline(0, 100, down=[(20, 30), (40, 50)], degraded=[(10, 20), (30, 40)]))
    assert [(line.begin, line.end) for line in listing(held).listed()] == [(10, 40), (40, 50)]
    assert len(listing(held, by=policy_of(degraded=Fraction(1))).listed()) == 1


def test_only_degraded_time_is_listed_and_does_not_count() -> None:
    """A degradation is a line of its own level, of which nothing is lost by the standard policy."""
    line = only(listing(account(timeline(0, 100, degraded=[(10, 20)]))).listed())
    assert (line.level, line.degraded, line.counted) == (DEGRADED, 10, 0)


@pytest.mark.parametrize(
    ("windows", "planned", "counted"),
    [
        ([(15, 35)], Planned.PLANNED, 0),
        ([(15, 25)], Planned.OVERRAN, 5),
        ([(25, 35)], Planned.NO, 5),
        ([(0, 20)], Planned.NO, 10),
    ],
)
def test_planned_and_overrun(windows: list[tuple[int, int]], planned: Planned, counted: int) -> None:
    """Wholly in a window: planned. Begun in one and going on after it: overran. Otherwise not planned."""
    held = account(timeline(0, 100, down=[(20, 30)]), maintenance=IntervalSet(windows))
    line = only(listing(held).listed())
    assert (line.planned, line.counted, line.in_windows) == (planned, counted, 10 - counted)


def test_a_planned_outage_counts_where_windows_change_nothing() -> None:
    """By the policy `down` it is lost, and told as planned."""
    held = account(timeline(0, 100, down=[(20, 30)]), maintenance=span(20, 26))
    line = only(listing(held, by=policy_of(maintenance=WindowsCount.DOWN)).listed())
    assert (line.counted, line.planned_loss, line.shares) == (10, 6, ((Fault.OWN, 4),))


def test_an_outage_over_either_end_of_the_period_has_its_own_begin_and_end() -> None:
    """It begins and ends where it did, and counts with its part within the period."""
    held = account(timeline(-50, 150, down=[(-20, 10), (90, 120)]))
    first, last = listing(held, now=150).listed()
    assert (first.begin, first.end, first.counted) == (-20, 10, 10)
    assert (last.begin, last.end, last.counted) == (90, 120, 10)


def test_where_the_account_ends_what_was_observed_tells_the_rest() -> None:
    """Of an outage that was there before all that is looked at, the observed one tells when it began; and its end."""
    held = account(timeline(0, 100, down=[(0, 10), (90, 100)]))
    first, last = listing(held, [seen(-500, 10), seen(90, 700)], now=1_000).listed()
    assert (first.begin, first.counted, last.end, last.counted) == (-500, 10, 700, 10)


@pytest.mark.parametrize("unknown", [[], [(95, 100)]])
def test_an_outage_that_runs_on_has_no_end(unknown: list[tuple[int, int]]) -> None:
    """What was not over when everything was last known has no end, if nobody saw the last of it too."""
    end = 95 if unknown else 100
    line = only(listing(account(timeline(0, 100, down=[(90, end)], unknown=unknown)), [seen(90, None)]).listed())
    assert line.end is None
    assert line.down == end - 90


def test_an_unknown_hole_does_not_make_two_outages() -> None:
    """Down, unknown, down is one line; what nobody saw of it does not count."""
    line = only(listing(account(timeline(0, 100, down=[(20, 30), (40, 50)], unknown=[(30, 40)]))).listed())
    assert (line.begin, line.end, line.counted) == (20, 50, 20)


def test_outside_service_hours_an_outage_is_told_and_does_not_count() -> None:
    """What lay outside the hours is said, so that nobody misses it in the list."""
    held, by = account(timeline(0, 100, down=[(20, 30)])), policy_of()
    classes = divide(held, ServiceTime(span(0, 100), span(25, 100)), PERIOD, 100, by)
    line = only(Listing(Origins(HELD, held, KEY, ()), classes, by, PERIOD, 100).listed())
    assert (line.counted, line.outside, line.down) == (5, 5, 10)


def test_the_list_of_all_services() -> None:
    """Every service and council has its lines, in order of their begin."""
    source = catalogue([watched("web", ["ccc", "hdc"])], ["ccc", "hdc"])
    books = {
        (policy_of().outage_begins, 0): {
            ("web", "ccc"): account(timeline(0, 100, down=[(40, 50)])),
            ("web", "hdc"): account(timeline(0, 100, down=[(20, 30)])),
        }
    }
    found = outage_list(source, books, [seen(40, 50)], PERIOD, 100)
    assert [(line.council, line.begin, line.causes) for line in found.listed] == [
        ("hdc", 20, ()),
        ("ccc", 40, ("web",)),
    ]
    assert found.removed == ()
