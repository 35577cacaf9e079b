"""Reports from a real store: every part says what the figures say, and a sealed period says what was sealed."""

from __future__ import annotations

from fractions import Fraction

import pytest
from support.reported import MAIL, NOW, at, enter, estate, remember, report

from ictss_monitor.availability.periods import parse
from ictss_monitor.catalogue.model import Subject
from ictss_monitor.catalogue.terms import Attribution, Fault
from ictss_monitor.clock import HOUR, MINUTE
from ictss_monitor.errors import PeriodError, UsageError
from ictss_monitor.figures import kpis, sealing
from ictss_monitor.ledger.acts import Attribute
from ictss_monitor.reporting.apart import from_json, to_json
from ictss_monitor.reporting.content import Compared, Counted, Sealing
from ictss_monitor.reporting.render import FORMS
from ictss_monitor.reporting.rows import Actual, NotMonitored
from ictss_monitor.reporting.shares import Share, Verdict
from ictss_monitor.store.engine import Store

OCTOBER = parse("2026-10")
LENGTH = 745 * HOUR
ANN = sealing.Signature("ann", "bob")


async def test_the_first_page_has_the_basket_against_its_target_and_other_times(store: Store) -> None:
    """60 minutes of mail, 10 of telephony and 30 of the web are added; month before and year before stand by."""
    await remember(store)
    summary = (await report(store)).summary
    held = summary.headline
    assert held is not None
    assert held.actual == Share("99.78 %", 1 - Fraction(100 * MINUTE, LENGTH))
    assert (held.name, held.council, held.verdict, held.lost) == ("Critical systems", None, Verdict.GREEN, 100 * MINUTE)
    assert held.target == Share("99 %", Fraction(99, 100))
    assert held.coverage == Share("100 %", Fraction(1))
    assert held.previous == Compared("September 2026", Share("99.79 %", 1 - Fraction(90, 30 * 24 * 60)))
    assert held.previous_year == Compared("October 2025", Share("100 %", Fraction(1)))
    assert [each.council for each in summary.others] == ["Cambridge City", "Huntingdonshire", "South Cambridgeshire"]
    assert summary.major_incidents == Counted(1, 1, "September 2026", 0, "October 2025")


async def test_the_first_page_says_what_third_parties_caused_and_which_targets_are_missed(store: Store) -> None:
    """Net and gross come from the same outages; what misses its target is named."""
    await remember(store)
    remarks = (await report(store)).summary.remarks
    assert "Net of what third parties alone caused, it would be 99.84 %." in remarks
    missed = "Website (South Cambridgeshire) and Website (Cambridge City)"
    assert f"2 of 5 figures of services miss their targets: {missed}." in remarks
    assert "Most was lost of Email (Cambridge City): 1 h." in remarks


async def test_a_period_without_anything_to_compare_says_nothing_of_it(store: Store) -> None:
    """Where nothing was measured before, there is neither a figure nor a count of incidents."""
    await remember(store)
    summary = (await report(store, "2025-06")).summary
    assert summary.headline is not None
    assert (summary.headline.previous, summary.headline.previous_year) == (None, None)
    assert summary.major_incidents is not None
    assert (summary.major_incidents.previous, summary.major_incidents.previous_year) == (None, None)


async def test_services_by_council(store: Store) -> None:
    """A service that a council lacks, one that others run, a council that joined on a date, one with its own target."""
    await remember(store)
    table = (await report(store)).services
    assert table is not None
    assert table.councils == ("Cambridge City", "Huntingdonshire", "South Cambridgeshire")
    rows = {row.name: row for row in table.rows}
    assert [actual.share.text for actual in rows["Email"].actuals] == ["99.87 %", "99.87 %", "N/A"]
    assert rows["Email"].target == Share("99.8 %", Fraction(998, 1000))
    assert rows["Telephony"].actuals[1:] == (
        Actual(Share("N/A (hosted externally)"), hosted_externally=True),
        Actual(Share("N/A")),
    )
    website = rows["Website"].actuals
    assert [(each.share.text, each.verdict) for each in website] == [
        ("99.93 %", Verdict.RED),
        ("99.93 %", Verdict.GREEN),
        ("99.88 %", Verdict.RED),
    ]
    assert [each.target for each in website] == [None, Share("99 %", Fraction(99, 100)), None]
    assert [each.measured_from for each in website] == [None, None, at("2026-10-15T00:00")]
    assert table.next_label is None


async def test_services_over_a_year_are_means_of_months_beside_the_next_target(store: Store) -> None:
    """Ten of twelve months were measured; from April on another target holds."""
    await remember(store)
    table = (await report(store, "FY2025/26")).services
    assert table is not None
    email = next(row for row in table.rows if row.name == "Email")
    assert (table.next_label, table.councils) == ("Target 2026/27", ("Cambridge City", "Huntingdonshire"))
    assert (email.target, email.next_target) == (
        Share("99.9 %", Fraction(999, 1000)),
        Share("99.8 %", Fraction(998, 1000)),
    )
    assert (email.actuals[0].months, email.actuals[0].of_months) == (10, 12)


async def test_areas_have_the_minutes_they_lost_and_whose_they_were(store: Store) -> None:
    """What is lost to third parties, at councils' sites and otherwise adds up; the total is the basket."""
    await remember(store)
    areas = (await report(store)).areas
    assert areas is not None
    assert areas.total is not None
    told = [(row.name, row.lost, row.third_party, row.own) for row in (*areas.rows, areas.total)]
    assert told == [
        ("Mail", 60 * MINUTE, 0, 60 * MINUTE),
        ("Network and web", 40 * MINUTE, 30 * MINUTE, 10 * MINUTE),
        ("Critical systems", 100 * MINUTE, 30 * MINUTE, 70 * MINUTE),
    ]
    assert "added" in areas.combining


async def test_the_return_of_a_year_that_goes_on(store: Store) -> None:
    """The year before is below minimum coverage, the half year is over, the year's end is to come."""
    await remember(store)
    annual = (await report(store)).annual_return
    assert annual is not None
    (row,) = annual.rows
    assert (annual.year, annual.previous_year) == ("2026/27", "2025/26")
    assert "below minimum coverage" in row.previous_year.text
    assert row.mid_year == Share("99.97 %", 1 - Fraction(90, 183 * 24 * 60))
    assert row.end_of_year == Share("to come")
    assert row.verdict is Verdict.GREEN
    assert row.comments == (
        "April to October 2026: 99.94 %. 2 major incidents since the start of the year, "
        "against 1 over the same period a year before."
    )


@pytest.mark.parametrize(
    ("period", "mid_year", "end_of_year"),
    [("2025-08", "to come", "to come"), ("2025-09", "99", "to come"), ("FY2025/26", "99", "99")],
)
async def test_the_return_stands_as_it_did_at_the_periods_end(
    store: Store, period: str, mid_year: str, end_of_year: str
) -> None:
    """A report on September has no figure of the whole year, though it is known by now."""
    await remember(store)
    annual = (await report(store, period)).annual_return
    assert annual is not None
    (row,) = annual.rows
    assert mid_year in row.mid_year.text
    assert end_of_year in row.end_of_year.text


async def test_an_outage_of_several_councils_is_one_line(store: Store) -> None:
    """With its cause by name, whose it was, and the supplier."""
    await remember(store)
    lines = (await report(store)).outages
    assert [
        (line.service, line.council, line.length, line.cause, line.attribution, line.supplier) for line in lines
    ] == [
        ("Email", "Cambridge City and Huntingdonshire", 60 * MINUTE, "Mail server", "own", ""),
        ("Telephony", "Cambridge City", 10 * MINUTE, "Telephone exchange", "own", ""),
        ("Website", "all", 30 * MINUTE, "Web server", "third party", "Fennet"),
    ]
    assert (lines[0].begin, lines[0].end) == (MAIL.since, MAIL.until)
    assert not any(line.corrected for line in lines)


async def test_what_people_said_of_an_outage_stands_with_it(store: Store) -> None:
    """One council's part is attributed to another: two lines, of which one is corrected and says why."""
    await remember(store)
    await enter(store, Attribute(MAIL, Attribution(Fault.THIRD_PARTY, "Mimecast")))
    first, second = (await report(store)).outages[:2]
    assert (first.council, first.supplier, first.corrected, first.note) == (
        "Cambridge City",
        "Mimecast",
        True,
        "the probe's own fault",
    )
    assert (second.council, second.corrected) == ("Huntingdonshire", False)


async def test_a_major_incident_says_what_failed(store: Store) -> None:
    """Areas, councils, length, and the services that were down in it."""
    await remember(store)
    incidents = (await report(store)).incidents
    assert incidents is not None
    (incident,) = incidents
    assert (incident.name, incident.length) == ("An hour for two councils", HOUR)
    assert (incident.areas, incident.councils) == (("Mail", "Network and web"), ("Cambridge City", "Huntingdonshire"))
    assert incident.cause == "Email and Telephony"


async def test_the_trend_has_the_figures_of_twelve_months(store: Store) -> None:
    """Each is the month's own; months before any evidence are left out."""
    await remember(store)
    trend = (await report(store)).trend
    assert trend is not None
    assert (trend.months[0], trend.months[-1], len(trend.months)) == ("Nov 2025", "Oct 2026", 12)
    assert [series.name for series in trend.series] == [
        "All councils",
        "Cambridge City",
        "Huntingdonshire",
        "South Cambridgeshire",
    ]
    february = await kpis.kpi_table(store, estate(), parse("2026-02"), NOW)
    row = february.row(Subject.BASKET, "kpi", None)
    assert row is not None
    assert trend.series[0].shares[3] == Share(row.text, row.figure.value)
    early = (await report(store, "2025-08")).trend
    assert early is not None
    assert early.months == ("Jun 2025", "Jul 2025", "Aug 2025")


async def test_the_report_of_one_council_is_about_it_alone(store: Store) -> None:
    """Headline, services, areas, outages, incidents, figures and what nothing watches."""
    await remember(store)
    held = await report(store, council="scdc")
    assert (held.councils, held.council_id) == (("South Cambridgeshire",), "scdc")
    assert held.summary.headline is not None
    assert (held.summary.headline.council, held.summary.others) == ("South Cambridgeshire", ())
    assert held.services is not None
    assert held.services.councils == ("South Cambridgeshire",)
    assert [line.service for line in held.outages] == ["Website"]
    assert held.incidents == ()
    assert {row.council for row in held.figures} == {"South Cambridgeshire"}
    assert held.not_monitored == ()
    assert held.trend is not None
    assert [series.name for series in held.trend.series] == ["South Cambridgeshire"]


async def test_figures_come_with_their_policy_and_what_nothing_watches_is_said(store: Store) -> None:
    """The policy in words, and systems by name with the reason."""
    await remember(store)
    held = await report(store)
    (policy,) = held.policies
    assert (policy.name, policy.applies_to) == ("Standard", "all figures")
    assert len(policy.sentences) > 5
    assert held.not_monitored == (NotMonitored("UPS at the depot", "No network card", "Huntingdonshire"),)
    assert [row.subject for row in held.figures] == sorted(
        (row.subject for row in held.figures), key=["basket", "area", "council", "service"].index
    )


# Edges


async def test_a_running_month_says_that_it_runs(store: Store) -> None:
    """The figures are those so far, and the year's return as far as it goes."""
    await remember(store)
    held = await report(store, "2026-11")
    assert "The period is still running: the figures are those of the time so far." in held.summary.remarks
    assert held.statement.sealing is Sealing.UNSEALED


async def test_a_store_that_knows_nothing_gives_a_report_that_says_so(store: Store) -> None:
    """No figure, no trend, no outage, and every format can be written."""
    held = await report(store)
    assert held.summary.headline is not None
    assert held.summary.headline.actual == Share("no figure")
    assert held.outages == ()
    assert held.trend is not None
    assert held.trend.months == ()
    assert all(write(held) for form, write in FORMS.items() if form != "pdf")


@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
async def test_what_makes_no_sense_is_refused(store: Store) -> None:
    """A period that has not begun, and a council that does not exist."""
    with pytest.raises(PeriodError, match="2026-12 has not begun"):
        await report(store, "2026-12")
    with pytest.raises(UsageError, match="unknown council 'hcd': did you mean 'hdc'"):
        await report(store, council="hcd")


@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
async def test_a_report_goes_to_another_process_whole(store: Store) -> None:
    """As JSON and back it is the same, to the last digit of every share."""
    await remember(store)
    held = await report(store, "FY2025/26")
    assert from_json(to_json(held)) == held
