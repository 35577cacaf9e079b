"""The figures that the councils' own papers publish come out of the whole table of KPIs.

Only totals are published. Every instant here is made up, but for the outage of the data-centre server, which document
D dates to 3 September 2019, 30 of its 180 minutes before 17:00.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from fractions import Fraction
from zoneinfo import ZoneInfo

import pytest
from support.accounts import kpi_table
from support.timelines import catalogue, lost_minutes, timeline, watched

from ictss_monitor.availability.kpi import KpiRow, KpiTable
from ictss_monitor.availability.periods import Period, parse
from ictss_monitor.availability.printing import percent
from ictss_monitor.availability.standing import Standing
from ictss_monitor.availability.targets import Rating
from ictss_monitor.catalogue.model import (
    Area,
    Basket,
    CheckRef,
    Combine,
    Provision,
    Service,
    Subject,
    Target,
    Validity,
)
from ictss_monitor.catalogue.terms import STANDARD, Policy, Rounding
from ictss_monitor.clock import MINUTE, to_instant

LONDON = "Europe/London"


def local(text: str) -> int:
    """Return the instant of a local time in London."""
    return to_instant(datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(LONDON)))


def row(table: KpiTable, subject: Subject, id_: str, council: str | None = None) -> KpiRow:
    """Return a row that must be there."""
    found = table.row(subject, id_, council)
    assert found is not None
    return found


# Document D: KPI-2, service availability, Q2 2019/20, target 95 %

COUNCILS = ("ccc", "hdc", "scdc")
QUARTER = parse("FY2019/20-Q2")
AREAS = {"network": ("wan", "telephony"), "email": ("mail",), "internet": ("web",), "servers": ("servers",)}
LOST = {
    ("telephony", "hdc"): {local("2019-07-09T10:00"): 40},
    ("wan", "ccc"): {local("2019-07-17T09:00"): 180, local("2019-08-04T07:00"): 30},
    ("wan", "hdc"): {local("2019-07-17T09:00"): 180},
    ("wan", "scdc"): {local("2019-07-17T09:00"): 180},
    ("web", "ccc"): {local("2019-08-20T14:00"): 60, local("2019-09-12T11:00"): 10},
    ("mail", "ccc"): {local("2019-08-20T14:00"): 60},
    ("servers", "hdc"): {local("2019-09-03T16:30"): 180},
}


AS_PUBLISHED = Policy(STANDARD, "As document D does", rounding=Rounding.CUT)


def document_d(how: Combine) -> KpiTable:
    """Return the table of the quarter, the basket of the four key areas combined in one way, printed cut."""
    period = QUARTER.within(LONDON)
    services = [watched(service, COUNCILS) for area in AREAS.values() for service in area]
    plain = catalogue(
        services,
        COUNCILS,
        areas=[Area(area, area.title(), members) for area, members in AREAS.items()],
        baskets=[Basket("kpi-2", "Service availability", (), tuple(AREAS), how)],
        targets=[Target(Subject.BASKET, "kpi-2", Fraction(95, 100))],
    )
    timelines = {
        (service.id, council): lost_minutes(period.start, period.end, LOST.get((service.id, council), {}))
        for service in services
        for council in COUNCILS
    }
    return kpi_table(replace(plain, policies={STANDARD: AS_PUBLISHED}), timelines, QUARTER, period.end)


@pytest.mark.parametrize(("area", "minutes"), [("network", 250), ("email", 60), ("internet", 70), ("servers", 180)])
def test_the_minutes_lost_of_each_key_area(area: str, minutes: int) -> None:
    """An outage of all three councils at once is told once, as the paper does."""
    assert row(document_d(Combine.SUM), Subject.AREA, area).figure.lost == minutes * MINUTE


def test_the_published_figure_is_the_sum_cut_to_two_decimals() -> None:
    """560 of 132,480 minutes leave 99.5773 %, published as 99.57 %, green against 95 %."""
    found = row(document_d(Combine.SUM), Subject.BASKET, "kpi-2")
    assert found.period.length == 132_480 * MINUTE
    assert found.figure.lost == 560 * MINUTE
    assert found.figure.value == 1 - Fraction(560, 132_480)
    assert found.text == "99.57 %"
    assert percent(found.figure.value, found.target) == "99.58"
    assert found.rating is Rating.GREEN
    assert found.met is True
    assert found.budget == (132_480 * 5 // 100 - 560) * MINUTE


def test_the_mean_of_the_areas_would_have_been_another_figure() -> None:
    """The mean of the four areas is 99.89 %."""
    found = row(document_d(Combine.MEAN), Subject.BASKET, "kpi-2")
    assert found.figure.value == 1 - Fraction(560, 4 * 132_480)
    assert percent(found.figure.value) == "99.89"
    assert (found.members, found.with_figure) == (4, 4)


def test_the_union_counts_the_shared_hour_once() -> None:
    """Down when any area is, with web and email lost in the same hour: 500 minutes, 99.62 %."""
    found = row(document_d(Combine.UNION), Subject.BASKET, "kpi-2")
    assert found.figure.lost == 500 * MINUTE
    assert found.figure.value is not None
    assert percent(found.figure.value) == "99.62"
    assert found.outages.count == 6
    assert (found.outages.total, found.outages.longest) == (500 * MINUTE, 180 * MINUTE)


def test_each_council_has_its_own_figures() -> None:
    """Huntingdonshire lost telephony, network and servers, 400 minutes added; South Cambridgeshire 180."""
    table = document_d(Combine.SUM)
    assert row(table, Subject.BASKET, "kpi-2", "hdc").figure.lost == 400 * MINUTE
    assert row(table, Subject.BASKET, "kpi-2", "scdc").figure.lost == 180 * MINUTE


# Document B: per service and council, the yearly figure as the mean of the monthly ones

YEAR = parse("FY2016/17")
FROM_OCTOBER = local("2016-10-01")


def document_b(lost: dict[int, int], since: int | None = None) -> KpiRow:
    """Return Lewisham's telephony over 2016/17, with the minutes lost by begin, measured from `since` on."""
    period = YEAR.within(LONDON)
    provision = Provision("telephony", "lewisham", CheckRef("telephony"), validity=Validity(since=since))
    service = Service("telephony", "Telephony", {"lewisham": (provision,)})
    line = lost_minutes(period.start, period.end, lost)
    held = catalogue([service], ["lewisham"], targets=[Target(Subject.SERVICE, "telephony", Fraction("0.999"))])
    table = kpi_table(held, {("telephony", "lewisham"): line}, YEAR, period.end)
    return row(table, Subject.SERVICE, "telephony", "lewisham")


def test_the_yearly_figure_is_the_mean_of_the_months_and_the_pooled_one_stands_beside() -> None:
    """100 minutes lost in February weigh more in the mean of months than in the pooled year."""
    found = document_b({local("2017-02-10T09:00"): 100})
    assert found.months is not None
    assert (found.months.with_figure, found.months.months) == (12, 12)
    assert found.figure.value == 1 - Fraction(100, 28 * 24 * 60) / 12
    assert found.pooled.value == 1 - Fraction(100, 365 * 24 * 60)
    assert found.figure.value < found.pooled.value


def test_a_service_measured_only_after_october_has_the_mean_of_six_months() -> None:
    """The months before measuring began are no months of 100 %: they are not there, and their number is told."""
    lost = {local("2016-11-05T09:00"): 30, local("2017-01-05T09:00"): 60}
    found = document_b(lost, since=FROM_OCTOBER)
    assert found.months is not None
    assert (found.months.with_figure, found.months.months) == (6, 6)
    share = (Fraction(30, 30 * 24 * 60) + Fraction(60, 31 * 24 * 60)) / 6
    assert found.figure.value == 1 - share
    assert found.measured_from == FROM_OCTOBER
    assert found.figure.coverage == 1


def test_a_month_at_three_nines_may_lose_43_minutes() -> None:
    """99.9 % means unavailable for 0.1 % of the month, about 43 minutes: 43 of 30 days meets it, 44 does not."""
    month = parse("2016-11")
    period = month.within(LONDON)
    held = catalogue(
        [watched("web", ["brent"])], ["brent"], targets=[Target(Subject.SERVICE, "web", Fraction("0.999"))]
    )
    for minutes, met in ((43, True), (44, False)):
        line = lost_minutes(period.start, period.end, {period.start + MINUTE: minutes})
        table = kpi_table(held, {("web", "brent"): line}, month, period.end)
        assert row(table, Subject.SERVICE, "web", "brent").met is met


def test_what_is_hosted_elsewhere_is_not_applicable_unless_it_is_watched() -> None:
    """Lewisham's housing system is N/A (hosted externally); Brent's benefits are hosted so and measured."""
    month = parse("2016-11")
    period = month.within(LONDON)
    housing = Service(
        "housing",
        "Housing system",
        {
            "brent": (Provision("housing", "brent", CheckRef("housing")),),
            "lewisham": (Provision("housing", "lewisham", None, hosted_externally=True),),
        },
    )
    benefits = Service(
        "benefits",
        "R&B system",
        {"brent": (Provision("benefits", "brent", CheckRef("benefits"), hosted_externally=True),)},
    )
    line = timeline(period.start, period.end)
    timelines = {("housing", "brent"): line, ("benefits", "brent"): line}
    table = kpi_table(catalogue([housing, benefits], ["brent", "lewisham"]), timelines, month, period.end)
    elsewhere = row(table, Subject.SERVICE, "housing", "lewisham")
    assert (elsewhere.standing, elsewhere.text) == (Standing.HOSTED_EXTERNALLY, "N/A (hosted externally)")
    assert (elsewhere.figure.value, elsewhere.hosted_externally) == (None, True)
    measured = row(table, Subject.SERVICE, "benefits", "brent")
    assert (measured.standing, measured.text, measured.hosted_externally) == (Standing.MEASURED, "100 %", True)
    absent = row(table, Subject.SERVICE, "benefits", "lewisham")
    assert (absent.standing, absent.text, absent.hosted_externally) == (Standing.NOT_PROVIDED, "N/A", False)
    assert row(table, Subject.COUNCIL, "lewisham", "lewisham").text == "N/A"


def test_a_financial_year_is_april_to_march() -> None:
    """The year of documents A and B runs from 1 April to 31 March."""
    assert YEAR.within(LONDON) == Period("FY2016/17", local("2016-04-01"), local("2017-04-01"))
