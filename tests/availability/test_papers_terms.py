"""What the papers tell beside their totals: whose fault, what was planned, office hours, targets, major incidents.

Every instant is made up, but for the outage of the data-centre server, which document D dates to 3 September 2019, 30
of its 180 minutes before 17:00.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime
from fractions import Fraction

import pytest
from support.paper_tables import LONDON, by_council, checks_of, extent, local, row, table
from support.timelines import catalogue, check

from ictss_monitor.availability.kpi import KpiTable
from ictss_monitor.availability.periods import parse
from ictss_monitor.availability.printing import percent
from ictss_monitor.availability.standing import Standing
from ictss_monitor.availability.targets import Rating
from ictss_monitor.catalogue.model import (
    Area,
    Basket,
    CheckRef,
    Combine,
    Council,
    Provision,
    Service,
    Subject,
    Target,
    Validity,
)
from ictss_monitor.catalogue.terms import (
    STANDARD,
    Attribution,
    Calendar,
    CalendarVersion,
    Fault,
    MajorRule,
    Opening,
    Policy,
    Rounding,
    Scope,
    Weight,
    Window,
    WindowsCount,
    YearBy,
)
from ictss_monitor.clock import HOUR, MINUTE
from ictss_monitor.ledger.acts import Attribute

COUNCILS = ("ccc", "hdc", "scdc")

# Document D: KPI-2, service availability, Q2 2019/20

QUARTER = parse("FY2019/20-Q2")
LENGTH = 132_480
AREAS = {"network": ("wan", "telephony"), "email": ("mail",), "internet": ("web",), "servers": ("servers",)}
SLOW = {f"wan-{council}": {"2019-07-17T09:00": 180} for council in COUNCILS}
DOWN = {
    "telephony-hdc": {"2019-07-09T10:00": 40},
    "wan-ccc": {"2019-08-04T07:00": 30},
    "web-ccc": {"2019-08-20T14:00": 60, "2019-09-12T11:00": 10},
    "mail-ccc": {"2019-08-20T14:00": 60},
    "servers-hdc": {"2019-09-03T16:30": 180},
}
THIRD_PARTIES = [
    Attribute(extent("telephony", "hdc", "2019-07-09T10:00", 40), Attribution(Fault.THIRD_PARTY, "the county's")),
    *(
        Attribute(extent("wan", each, "2019-07-17T09:00", 180), Attribution(Fault.THIRD_PARTY, "internet provider"))
        for each in COUNCILS
    ),
    Attribute(extent("web", "ccc", "2019-08-20T14:00", 60), Attribution(Fault.THIRD_PARTY, "a provider")),
    Attribute(extent("mail", "ccc", "2019-08-20T14:00", 60), Attribution(Fault.THIRD_PARTY, "internet provider")),
    Attribute(extent("web", "ccc", "2019-09-12T11:00", 10), Attribution(Fault.UNDETERMINED)),
]
WORK = Window(
    "work",
    "Maintenance and updates that the supplier recommended",
    Scope(checks=frozenset({"wan-ccc"})),
    datetime(2019, 8, 4, 7),  # noqa: DTZ001  # local, as windows are
    datetime(2019, 8, 4, 8),  # noqa: DTZ001
    LONDON,
    announced=local("2019-07-28T12:00"),
)
AS_THE_PAPER = Policy(
    STANDARD, "As document D", degraded=Fraction(1), maintenance=WindowsCount.DOWN, rounding=Rounding.CUT
)
OFFICE = Calendar("office", "Working day", (CalendarVersion(week=((Opening(9 * 60, 17 * 60),),) * 5 + ((),) * 2),))


def document_d(policy: Policy = AS_THE_PAPER, how: Combine = Combine.SUM) -> KpiTable:
    """Return the table of the quarter with all that the paper tells."""
    services = [by_council(service, COUNCILS) for area in AREAS.values() for service in area]
    held = catalogue(
        services,
        COUNCILS,
        areas=[Area(area, area.title(), members) for area, members in AREAS.items()],
        baskets=[Basket("kpi-2", "Service availability", (), tuple(AREAS), how)],
        targets=[Target(Subject.BASKET, "kpi-2", Fraction(95, 100))],
    )
    held = replace(held, checks=checks_of(services), policies={STANDARD: policy}, calendars={"office": OFFICE})
    return table(held, DOWN, QUARTER, slow=SLOW, acts=THIRD_PARTIES, windows=[WORK])


def test_unusably_slow_and_planned_minutes_are_counted_as_the_paper_does() -> None:
    """With degraded as down and windows that change nothing: 560 minutes, 99.57 %, green; 30 of them planned."""
    found = row(document_d(), Subject.BASKET, "kpi-2")
    assert (found.figure.lost, found.figure.planned) == (560 * MINUTE, 30 * MINUTE)
    assert (found.text, found.rating) == ("99.57 %", Rating.GREEN)


def test_net_of_third_parties_only_our_own_and_what_nobody_told_is_left() -> None:
    """340 minutes were third parties'; servers, planned work and ten minutes of no told cause leave 220: 99.83 %."""
    figure = row(document_d(), Subject.BASKET, "kpi-2").figure
    assert (figure.third_party, figure.undetermined, figure.own) == (340 * MINUTE, 10 * MINUTE, 180 * MINUTE)
    assert figure.net.value == 1 - Fraction(220, LENGTH)
    assert figure.net.value is not None
    assert percent(figure.net.value, None, AS_THE_PAPER) == "99.83"


def test_of_the_union_500_minutes_are_lost_and_280_to_third_parties() -> None:
    """The hour that web and email shared is one hour of two suppliers: 99.62 %, net 99.83 %."""
    figure = row(document_d(how=Combine.UNION), Subject.BASKET, "kpi-2").figure
    assert (figure.lost, figure.third_party) == (500 * MINUTE, 280 * MINUTE)
    assert figure.value == 1 - Fraction(500, LENGTH)
    assert figure.net.value == 1 - Fraction(220, LENGTH)


def test_had_slow_counted_as_up_the_network_would_have_lost_70_minutes() -> None:
    """The 180 slow minutes are most of the network's 250: the policy is printed because it decides."""
    found = row(document_d(replace(AS_THE_PAPER, degraded=Fraction(0))), Subject.AREA, "network")
    assert (found.figure.lost, found.figure.degraded) == (70 * MINUTE, 180 * MINUTE)


def test_had_planned_work_been_excluded_it_would_have_left_the_base() -> None:
    """The hour of the window is not lost, nor measured for that council's network; its 30 minutes are forgiven."""
    found = row(document_d(replace(AS_THE_PAPER, maintenance=WindowsCount.EXCLUDE)), Subject.SERVICE, "wan", "ccc")
    assert (found.figure.lost, found.figure.forgiven) == (180 * MINUTE, 30 * MINUTE)
    assert found.figure.measured == (LENGTH - 60) * MINUTE


def test_a_notice_of_a_fortnight_would_have_made_the_work_unplanned() -> None:
    """It was announced a week before: with fourteen days wanted, the window forgives nothing."""
    policy = replace(AS_THE_PAPER, maintenance=WindowsCount.EXCLUDE, notice=14 * 24 * HOUR)
    found = row(document_d(policy), Subject.SERVICE, "wan", "ccc")
    assert (found.figure.lost, found.figure.forgiven, found.figure.maintenance) == (210 * MINUTE, 0, 0)


def test_of_the_server_s_180_minutes_30_lie_in_the_working_day() -> None:
    """3 September 2019, 16:30 to 19:30: all count around the clock, 30 with a calendar of 9 to 17."""
    around = row(document_d(), Subject.SERVICE, "servers", "hdc")
    office = row(document_d(replace(AS_THE_PAPER, hours="office")), Subject.SERVICE, "servers", "hdc")
    assert (around.figure.lost, office.figure.lost) == (180 * MINUTE, 30 * MINUTE)
    working_days = 23 + 22 + 21
    assert office.figure.measured == working_days * 8 * HOUR
    assert office.figure.value == 1 - Fraction(30, working_days * 8 * 60)


# Document B: services by council, 2016/17, and Southwark joining

TABLE_B = [
    ("telephony", "brent", "99.90", "99.91", Rating.GREEN),
    ("acd", "brent", "99.90", "99.87", Rating.RED),
    ("website", "brent", "99.90", "99.66", Rating.RED),
    ("benefits", "lewisham", "99", "98.18", Rating.RED),
    ("planning", "lewisham", "99", "95.10", Rating.RED),
    ("desktop", "lewisham", "99", "99.77", Rating.GREEN),
]


@pytest.mark.parametrize(("service", "council", "target", "average", "verdict"), TABLE_B)
def test_the_average_monthly_figures_of_the_table(
    service: str, council: str, target: str, average: str, verdict: Rating
) -> None:
    """Months that each lose the share make that mean; Lewisham's are the six after October."""
    year, since = parse("FY2016/17"), local("2016-10-01") if council == "lewisham" else None
    months = [month.within(LONDON) for month in year.split()]
    lost = {
        f"{2016 + (at + 3) // 12}-{(at + 3) % 12 + 1:02}-02T09:00": int(
            month.length // MINUTE * (1 - Fraction(average) / 100)
        )
        for at, month in enumerate(months)
    }
    held_by = Provision(service, council, CheckRef("check"), validity=Validity(since=since))
    held = catalogue(
        [Service(service, service, {council: (held_by,)})],
        [council],
        targets=[Target(Subject.SERVICE, service, Fraction(target) / 100)],
    )
    held = replace(held, checks={"check": check("check")})
    found = row(table(held, {"check": lost}, year), Subject.SERVICE, service, council)
    assert (found.text, found.rating) == (f"{average} %", verdict)
    assert found.months is not None
    assert found.months.with_figure == (12 if since is None else 6)


def test_southwark_joins_in_november_and_its_year_has_five_months() -> None:
    """On 1 November 2017; before, it has no row, and its year is the mean of five months."""
    southwark = Council("southwark", "Southwark", LONDON, Validity(since=local("2017-11-01")))
    services = [by_council("mail", ["brent", "southwark"])]
    held = replace(catalogue(services, ["brent", southwark]), checks=checks_of(services))
    lost = {"mail-southwark": {"2018-01-10T09:00": 60}}
    october, year = table(held, lost, parse("2017-10")), table(held, lost, parse("FY2017/18"))
    assert october.row(Subject.SERVICE, "mail", "southwark") is None
    found = row(year, Subject.SERVICE, "mail", "southwark")
    assert found.months is not None
    assert (found.months.months, found.measured_from) == (5, local("2017-11-01"))
    assert found.figure.value == 1 - Fraction(60, 31 * 24 * 60) / 5


def test_targets_change_on_the_first_of_april() -> None:
    """A figure is held against the target of its period's end. That the target rose is made up."""
    services = [by_council("web", ["brent"])]
    dates = [
        (Fraction(99, 100), Validity(until=local("2017-04-01"))),
        (Fraction(999, 1000), Validity(since=local("2017-04-01"))),
    ]
    targets = [Target(Subject.SERVICE, "web", share, validity=held) for share, held in dates]
    held = replace(catalogue(services, ["brent"], targets=targets), checks=checks_of(services))
    lost = {"web-brent": {"2017-03-10T09:00": 120, "2017-04-10T09:00": 120}}
    march, april = (
        row(table(held, lost, parse(label)), Subject.SERVICE, "web", "brent") for label in ("2017-03", "2017-04")
    )
    assert (march.target, march.rating) == (Fraction(99, 100), Rating.GREEN)
    assert (april.target, april.rating) == (Fraction(999, 1000), Rating.RED)


def test_one_system_hosted_elsewhere_for_both_is_the_host_s_in_the_net_figure() -> None:
    """OneOracle is hosted externally for both and measured: 97.35 %, all of it a third party's."""
    month = parse("2016-11")
    provisions = {
        each: (Provision("oneoracle", each, CheckRef("oneoracle"), hosted_externally=True, supplier="the host"),)
        for each in ("brent", "lewisham")
    }
    held = catalogue([Service("oneoracle", "OneOracle", provisions)], ["brent", "lewisham"])
    minutes = int(30 * 24 * 60 * (1 - Fraction("97.35") / 100))
    found = table(held, {"oneoracle": {"2016-11-07T09:00": minutes}}, month)
    for council in ("brent", "lewisham"):
        figure = row(found, Subject.SERVICE, "oneoracle", council)
        assert (figure.text, figure.hosted_externally, figure.standing) == ("97.35 %", True, Standing.MEASURED)
        assert (figure.figure.net.value, figure.figure.third_party) == (1, minutes * MINUTE)


# Document A: the return of KPI 3, with major incidents

BASKET = ("mail", "web")


def document_a(label: str, councils: tuple[str, ...] = ("cec", "cwac")) -> KpiTable:
    """Return the table: 18 incidents of an hour in the first half of 2022/23, 17 in the second, then 8 of half an hour.

    The lengths are made up, so that the published figures come out; all hit both councils' email.
    """
    services = [by_council(service, councils) for service in BASKET]
    areas = [Area(service, service.title(), (service,)) for service in BASKET]
    held = catalogue(
        services,
        councils,
        areas=areas,
        baskets=[Basket("kpi-3", "Basket of critical systems", (), BASKET, Combine.UNION)],
        targets=[Target(Subject.BASKET, "kpi-3", Fraction(99, 100))],
    )
    policy = Policy(STANDARD, "Document A", decimals=1, year=YearBy.POOLED)
    rule = MajorRule("major", "Major incident", 30 * MINUTE, at_least_councils=2)
    held = replace(held, checks=checks_of(services), policies={STANDARD: policy}, major_incidents={"major": rule})
    first = [date(2022, 4 + at // 4, 3 + 5 * (at % 4)) for at in range(18)]
    second = [date(2022, 10 + at // 6, 3 + 4 * (at % 6)) for at in range(17)]
    third = [date(2023, 4 + at // 2, 3 + 9 * (at % 2)) for at in range(8)]
    lost = {f"{day}T09:00": 60 for day in (*first, *second)} | {f"{day}T09:00": 30 for day in third}
    alone = {"2023-05-20T09:00": 20}
    return table(held, {"mail-cec": lost | alone, "mail-cwac": lost}, parse(label))


def test_the_return_has_previous_year_target_and_mid_year_figure() -> None:
    """Previous year 99.6 %, target 99.0 %, mid-year actual 99.9 %, green."""
    before, middle = (row(document_a(label), Subject.BASKET, "kpi-3") for label in ("FY2022/23", "FY2023/24-H1"))
    assert (before.text, middle.text, middle.rating) == ("99.6 %", "99.9 %", Rating.GREEN)
    assert middle.target == Fraction(99, 100)
    assert middle.figure.lost == (8 * 30 + 20) * MINUTE


def test_major_incidents_are_counted_by_the_rule() -> None:
    """8 since the start of the year against 18 over the same period a year before; what hit one council is none."""
    counted = {label: len(document_a(label).majors) for label in ("FY2023/24-H1", "FY2022/23-H1", "FY2022/23")}
    assert counted == {"FY2023/24-H1": 8, "FY2022/23-H1": 18, "FY2022/23": 35}


def test_weighted_by_users_a_small_council_s_outage_weighs_less() -> None:
    """An hour lost by 1,000 of 4,000 users is a quarter of an hour of all; numbers of users are made up."""
    councils = [
        Council("cec", "CEC", LONDON, users=(Weight(Fraction(3000)),)),
        Council("cwac", "CWAC", LONDON, users=(Weight(Fraction(1000)),)),
    ]
    services = [by_council("mail", ["cec", "cwac"])]
    held = catalogue(services, councils, areas=[Area("email", "Email", ("mail",), Combine.WEIGHTED)])
    held = replace(held, checks=checks_of(services))
    found = row(table(held, {"mail-cwac": {"2023-06-10T09:00": 60}}, parse("2023-06")), Subject.AREA, "email")
    assert found.figure.value == 1 - Fraction(60, 4 * 30 * 24 * 60)
