"""The table of KPIs: which rows there are, on what each stands, and what happens with dates and gaps."""

from __future__ import annotations

from fractions import Fraction

import pytest
from support.accounts import PLAIN, Lines, classes, kpi_table
from support.timelines import catalogue, lost_minutes, timeline, watched

from ictss_monitor.availability.account import Account
from ictss_monitor.availability.classes import ServiceTime, divide
from ictss_monitor.availability.kpi import KpiRow, KpiTable
from ictss_monitor.availability.outage_count import count_outages
from ictss_monitor.availability.periods import Period, PeriodSpec, parse
from ictss_monitor.availability.standing import Standing
from ictss_monitor.catalogue.model import (
    Area,
    Basket,
    Catalogue,
    CheckRef,
    Combine,
    Council,
    Provision,
    Service,
    Subject,
    Target,
    Validity,
)
from ictss_monitor.clock import DAY, HOUR, MINUTE
from ictss_monitor.intervals import IntervalSet, span
from ictss_monitor.judging.timeline import ServiceTimeline

MONTH = parse("2026-10")
OCTOBER = MONTH.within("Europe/London")
START, END = OCTOBER.start, OCTOBER.end
P999 = Fraction(999, 1000)


def up(start: int = START, end: int = END) -> ServiceTimeline:
    """Return a service that was up."""
    return timeline(start, end)


def lost(hours: int, at: int = START) -> ServiceTimeline:
    """Return a service that was down for some hours."""
    return lost_minutes(START, END, {at: hours * 60})


def row(
    held: Catalogue, lines: Lines, wanted: tuple[Subject, str, str | None], now: int = END, spec: PeriodSpec = MONTH
) -> KpiRow:
    """Return one row of the table, which must be there."""
    found = kpi_table(held, lines, spec, now).row(*wanted)
    assert found is not None
    return found


def subjects(table: KpiTable) -> list[tuple[str, str, str | None]]:
    """Return what the rows are about, in order."""
    return [(each.subject.value, each.id, each.council) for each in table.rows]


def test_there_is_a_row_for_everything_by_council_and_over_all() -> None:
    """Services by council, areas and baskets by council and over all, councils; in the order of the catalogue."""
    held = catalogue(
        [watched("web", ["ccc"])],
        ["ccc", "hdc"],
        areas=[Area("internet", "Internet", ("web",))],
        baskets=[Basket("kpi", "KPI", ("web",), ())],
    )
    assert subjects(kpi_table(held, {("web", "ccc"): up()}, MONTH, END)) == [
        ("service", "web", "ccc"),
        ("service", "web", "hdc"),
        ("area", "internet", "ccc"),
        ("area", "internet", "hdc"),
        ("area", "internet", None),
        ("basket", "kpi", "ccc"),
        ("basket", "kpi", "hdc"),
        ("basket", "kpi", None),
        ("council", "ccc", "ccc"),
        ("council", "hdc", "hdc"),
    ]


def test_the_row_of_a_service_says_all_that_is_printed() -> None:
    """Name, figure, resolution, target, verdict, what is left to lose, and the outages."""
    held = catalogue([watched("web", ["ccc"])], targets=[Target(Subject.SERVICE, "web", P999)])
    line = lost_minutes(START, END, {START + DAY: 20, START + 2 * DAY: 5})
    found = row(held, {("web", "ccc"): line}, (Subject.SERVICE, "web", "ccc"))
    assert (found.name, found.standing, found.text) == ("Web", Standing.MEASURED, "99.94 %")
    assert (found.target, found.met, found.budget) == (P999, True, 745 * HOUR // 1000 - 25 * MINUTE)
    assert (found.outages.count, found.outages.total, found.outages.longest) == (2, 25 * MINUTE, 20 * MINUTE)
    assert (found.members, found.with_figure, found.combine) == (1, 1, None)
    assert found.months is None
    assert found.figure is found.pooled
    assert found.figure.resolution == held.checks["web"].interval


def test_the_mean_of_a_council_is_over_the_services_that_it_has() -> None:
    """A service that only the other council has is no member; N/A is not 100 %."""
    held = catalogue([watched("web", ["ccc", "hdc"]), watched("mail", ["ccc"])], ["ccc", "hdc"])
    lines = {("web", "ccc"): lost(10), ("mail", "ccc"): up(), ("web", "hdc"): lost(10)}
    both = row(held, lines, (Subject.COUNCIL, "ccc", "ccc"))
    one = row(held, lines, (Subject.COUNCIL, "hdc", "hdc"))
    assert both.figure.value == 1 - Fraction(10, 745) / 2
    assert one.figure.value == 1 - Fraction(10, 745)
    assert (both.members, one.members, both.combine) == (2, 1, Combine.MEAN)
    assert row(held, lines, (Subject.SERVICE, "mail", "hdc")).text == "N/A"


def test_over_all_councils_a_shared_outage_is_lost_once_by_union_and_sum() -> None:
    """An hour that two councils lost at once is an hour of the service; only the mean weighs each council."""
    lines = {("web", "ccc"): lost(1), ("web", "hdc"): lost(2)}
    for how, expected in (
        (Combine.UNION, 1 - Fraction(2, 745)),
        (Combine.SUM, 1 - Fraction(2, 745)),
        (Combine.MEAN, 1 - Fraction(3, 745) / 2),
    ):
        held = catalogue([watched("web", ["ccc", "hdc"])], ["ccc", "hdc"], areas=[Area("a", "A", ("web",), how)])
        found = row(held, lines, (Subject.AREA, "a", None))
        assert (found.figure.value, found.combine) == (expected, how)


def test_what_no_check_watches_is_not_monitored_and_no_member_counts_it_as_up() -> None:
    """A service without a rule is unknown: its row says so, and the council's coverage is halved."""
    blind = Service("fax", "Fax", {"ccc": (Provision("fax", "ccc", None),)})
    held = catalogue([watched("web", ["ccc"]), blind])
    lines = {("web", "ccc"): up()}
    found = row(held, lines, (Subject.SERVICE, "fax", "ccc"))
    assert (found.standing, found.text, found.figure.coverage) == (Standing.NOT_MONITORED, "not monitored", 0)
    council = row(held, lines, (Subject.COUNCIL, "ccc", "ccc"))
    assert (council.figure.value, council.figure.coverage, council.figure.low) == (1, Fraction(1, 2), Fraction(1, 2))
    assert (council.members, council.with_figure, council.figure.shown) == (2, 1, False)
    assert council.text == "below minimum coverage: 50.00 % … 100 %"


def test_a_service_that_began_in_mid_month_is_measured_from_there() -> None:
    """What lies before its first day is not in service: it is neither lost nor unknown."""
    provision = Provision("web", "ccc", CheckRef("web"), validity=Validity(since=START + 20 * DAY))
    held = catalogue([Service("web", "Web", {"ccc": (provision,)})])
    found = row(held, {("web", "ccc"): lost(1, START + 25 * DAY)}, (Subject.SERVICE, "web", "ccc"))
    measured = END - START - 20 * DAY
    assert (found.measured_from, found.figure.measured, found.figure.coverage) == (START + 20 * DAY, measured, 1)
    assert found.figure.value == 1 - Fraction(HOUR, measured)


def test_a_council_that_joins_later_has_no_rows_before() -> None:
    """Southwark joined on 1 November: October's table does not know it, November's does."""
    joining = Council("southwark", "Southwark", "Europe/London", Validity(since=END))
    held = catalogue([watched("web", ["southwark"])], [joining])
    assert kpi_table(held, {}, MONTH, END).rows == ()
    november = parse("2026-11")
    inside = november.within("Europe/London")
    table = kpi_table(held, {("web", "southwark"): up(inside.start, inside.end)}, november, inside.end)
    assert [each.text for each in table.rows] == ["100 %", "100 %"]


def test_what_does_not_exist_in_the_period_has_no_row() -> None:
    """A service and an area that begin in November are not in October's table."""
    later = Validity(since=END)
    new = Service("chat", "Chat", {"ccc": (Provision("chat", "ccc", CheckRef("chat")),)}, validity=later)
    area = Area("new", "New", ("chat",), validity=later)
    table = kpi_table(catalogue([watched("web", ["ccc"]), new], areas=[area]), {("web", "ccc"): up()}, MONTH, END)
    assert subjects(table) == [("service", "web", "ccc"), ("council", "ccc", "ccc")]


def test_a_service_hosted_elsewhere_from_a_date_on_is_measured_until_then() -> None:
    """Once somebody else runs it and nothing watches it, its time leaves the figure; it is not unknown."""
    own = Provision("web", "ccc", CheckRef("web"), validity=Validity(until=START + 5 * DAY))
    theirs = Provision("web", "ccc", None, hosted_externally=True, validity=Validity(since=START + 5 * DAY))
    held = catalogue([Service("web", "Web", {"ccc": (own, theirs)})])
    line = timeline(START, END, unknown=[(START + 5 * DAY, END)])
    found = row(held, {("web", "ccc"): line}, (Subject.SERVICE, "web", "ccc"))
    assert (found.figure.measured, found.figure.unknown, found.hosted_externally) == (5 * DAY, 0, True)


def test_a_running_month_is_measured_so_far_and_the_rest_is_to_come() -> None:
    """Ten days in, one hour was lost of ten days, and the budget is that of the whole month less the hour."""
    held = catalogue([watched("web", ["ccc"])], targets=[Target(Subject.SERVICE, "web", Fraction(99, 100))])
    now = START + 10 * DAY
    line = timeline(START, now, down=[(START, START + HOUR)])
    found = row(held, {("web", "ccc"): line}, (Subject.SERVICE, "web", "ccc"), now)
    assert (found.figure.value, found.figure.future) == (1 - Fraction(1, 240), END - now)
    assert found.budget == 745 * HOUR // 100 - HOUR


def test_a_month_to_come_is_neither_up_nor_unknown() -> None:
    """Before its first instant a month has no figure, and says why."""
    held = catalogue([watched("web", ["ccc"])])
    found = row(held, {("web", "ccc"): up()}, (Subject.SERVICE, "web", "ccc"), START)
    assert (found.standing, found.text, found.figure.value) == (Standing.TO_COME, "to come", None)


def test_the_months_of_councils_in_other_zones_are_their_own() -> None:
    """Two councils an hour apart have months that begin an hour apart."""
    councils = [Council("ccc", "CCC", "Europe/London"), Council("paris", "Paris", "Europe/Paris")]
    held = catalogue([watched("web", ["ccc", "paris"])], councils)
    line = timeline(START - HOUR, END, down=[(START - HOUR, START)])
    lines = {("web", "ccc"): line, ("web", "paris"): line}
    assert row(held, lines, (Subject.SERVICE, "web", "ccc")).figure.lost == 0
    assert row(held, lines, (Subject.SERVICE, "web", "paris")).figure.lost == HOUR


def test_a_basket_may_hold_areas_and_services() -> None:
    """Each area is one member by its own way, each service another."""
    held = catalogue(
        [watched(each, ["ccc"]) for each in ("web", "mail", "tel")],
        areas=[Area("internet", "Internet", ("web", "mail"), Combine.UNION)],
        baskets=[Basket("kpi", "KPI", ("tel",), ("internet",), Combine.MEAN)],
    )
    lines = {("web", "ccc"): lost(3), ("mail", "ccc"): lost(3), ("tel", "ccc"): lost(5)}
    found = row(held, lines, (Subject.BASKET, "kpi", "ccc"))
    assert found.figure.value == 1 - Fraction(3 + 5, 745) / 2
    assert found.members == 2


def test_a_year_is_the_mean_of_its_months_so_far() -> None:
    """In March the year has three months, of which the one without evidence has no figure; the rest is to come."""
    year = parse("2026")
    whole = year.within("Europe/London")
    january, february, march = (month.within("Europe/London") for month in year.split()[:3])
    now = march.start + DAY
    line = timeline(
        whole.start,
        now,
        down=[(january.start, january.start + 31 * HOUR)],
        unknown=[(february.start, february.end)],
    )
    held = catalogue([watched("web", ["ccc"])], minimum_coverage=Fraction(1, 2))
    found = row(held, {("web", "ccc"): line}, (Subject.SERVICE, "web", "ccc"), now, year)
    assert found.months is not None
    assert (found.months.months, found.months.with_figure) == (3, 2)
    assert found.figure.value == (1 - Fraction(1, 24) + 1) / 2
    assert found.pooled.value == 1 - Fraction(31, 32 * 24)


def test_a_quarter_is_pooled_with_the_mean_of_its_months_beside() -> None:
    """Only a year's headline is the mean of months; document D's quarter is over its length once."""
    quarter = parse("2026-Q1")
    whole = quarter.within("Europe/London")
    line = lost_minutes(whole.start, whole.end, {whole.start: 60})
    held = catalogue([watched("web", ["ccc"])])
    found = row(held, {("web", "ccc"): line}, (Subject.SERVICE, "web", "ccc"), whole.end, quarter)
    assert found.months is not None
    assert found.figure.value == 1 - Fraction(60 * MINUTE, whole.length)
    assert found.months.figure.value == 1 - Fraction(60, 744 * 60) / 3


@pytest.mark.parametrize(
    ("down", "unknown", "count", "longest"),
    [
        ([(0, 2), (4, 5)], [], 2, 2),
        ([(0, 2), (4, 7)], [(2, 4)], 1, 5),
        ([(0, 2), (4, 5)], [(2, 3)], 2, 2),
        ([(4, 5)], [(0, 4), (5, 9)], 1, 1),
        ([], [(0, 9)], 0, 0),
    ],
)
def test_outages_are_counted_over_the_holes_in_them(
    down: list[tuple[int, int]], unknown: list[tuple[int, int]], count: int, longest: int
) -> None:
    """Down, unknown, down is one outage whose hole is not counted; up in between makes it two."""
    made = count_outages(classes(timeline(0, 10, down=down, unknown=unknown), Period("p", 0, 10), 10), PLAIN)
    assert (made.count, made.longest, made.total) == (count, longest, sum(end - start for start, end in down))
    assert made.runs_on is False


def test_an_outage_that_is_not_over_runs_on() -> None:
    """What is down at the end of the period, or so far, or was down when sight was lost, is not over."""
    for now, down, unknown in ((10, [(8, 10)], []), (9, [(8, 9)], []), (10, [(6, 8)], [(8, 10)])):
        made = count_outages(classes(timeline(0, now, down=down, unknown=unknown), Period("p", 0, 10), now), PLAIN)
        assert (made.count, made.runs_on) == (1, True)


@pytest.mark.parametrize(("up_at_night", "count"), [(False, 1), (True, 2)])
def test_an_outage_goes_on_over_a_closed_night_unless_the_service_was_seen_up(up_at_night: bool, count: int) -> None:
    """Down at closing time and at the next opening is one outage, if nobody saw it up while it was closed."""
    period = Period("two days", 0, 40)
    night = [(5, 12), (14, 25)] if up_at_night else [(5, 25)]
    served = ServiceTime(span(0, 40), IntervalSet([(0, 10), (20, 40)]))
    made = divide(Account(timeline(0, 40, down=night)), served, period, 40, PLAIN)
    found = count_outages(made, PLAIN)
    assert (found.count, found.total) == (count, 10)


def test_councils_in_other_zones_count_for_what_lies_in_the_month_of_all() -> None:
    """Over all councils a month is that of the settings' zone: what a council lost outside it is not in it."""
    far = Council("far", "Far", "America/New_York")
    held = catalogue([watched("web", ["ccc", "far"])], ["ccc", far], areas=[Area("all", "All", ("web",))])
    month = MONTH.within("America/New_York")
    late = timeline(month.start, month.end, down=[(month.end - HOUR, month.end)])
    found = row(held, {("web", "ccc"): up(), ("web", "far"): late}, (Subject.AREA, "all", None), month.end)
    assert found.figure.lost == 0
    assert found.figure.measured == OCTOBER.length
    assert row(held, {("web", "far"): late}, (Subject.AREA, "all", "far"), month.end).figure.lost == HOUR
