"""Reports to render, in the shapes of the councils' papers, and some that are hard to render.

How a report is filled can be read here. The figures of documents A, B and D are those that were published. Every
instant is made up, but for the outage of 3 September 2019, and so is whatever the papers do not tell.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from fractions import Fraction
from zoneinfo import ZoneInfo

from ictss_monitor.availability.printing import percent_at_least
from ictss_monitor.clock import MINUTE, SECOND, Instant, to_instant
from ictss_monitor.reporting.content import Compared, Counted, Headline, Report, Sealing, Span, Statement, Summary
from ictss_monitor.reporting.rows import (
    Actual,
    AreaRow,
    AreasTable,
    FigureRow,
    IncidentLine,
    NotMonitored,
    OutageLine,
    Planning,
    PolicyText,
    ReturnRow,
    ReturnTable,
    ServiceRow,
    ServicesTable,
    Trend,
    TrendSeries,
)
from ictss_monitor.reporting.shares import Share, Verdict

LONDON = ZoneInfo("Europe/London")
NOT_PROVIDED = Share("N/A")
HOSTED = Share("N/A (hosted externally)")
QUARTER = 132_480 * MINUTE
"""The second quarter of 2019/20."""


def at(text: str) -> Instant:
    """Return the instant of an ISO local time in London."""
    return to_instant(datetime.fromisoformat(text).replace(tzinfo=LONDON))


def per_cent(digits: str) -> Share:
    """Return a share that is exactly what is printed."""
    return Share(f"{digits} %", Fraction(digits) / 100)


def lost_of_quarter(minutes: int) -> Share:
    """Return the share left of the quarter, cut to two decimals as document D prints."""
    exact = 1 - Fraction(minutes * MINUTE, QUARTER)
    return Share(f"{percent_at_least(exact)} %", exact)


def document_b() -> ServicesTable:
    """Return document B's table of 2016/17, and Southwark, which joined after it."""
    published = (
        ("Telephony", "99.90", "99.91", "100"),
        ("ACD (call centre)", "99.90", "99.87", "99.92"),
        ("Internet access", "99", "99.89", "99.96"),
        ("Website", "99.90", "99.66", "99.95"),
        ("Email service", "99", "99.89", "99.58"),
        ("Housing system", "99", "99.79", None),
        ("R&B system", "99", "98.86", "98.18"),
        ("Social care system", "99", "99.12", "99.02"),
        ("Planning system", "99", "99.73", "95.10"),
        ("OneOracle", "99", "97.35", "97.35"),
        ("Remote access service", "99", "99.84", "99.19"),
        ("Desktop service", "99", "99.88", "99.77"),
    )
    rows = []
    for name, target, brent, lewisham in published:
        hosted = name in ("R&B system", "OneOracle")
        actuals = (
            _actual(brent, target, months=12, hosted=hosted),
            Actual(HOSTED)
            if lewisham is None
            else replace(
                _actual(lewisham, target, months=6, hosted=name == "OneOracle"), measured_from=at("2016-10-01")
            ),
            Actual(NOT_PROVIDED),
        )
        rows.append(ServiceRow(name, per_cent(target), actuals, per_cent(target)))
    return ServicesTable(("Brent", "Lewisham", "Southwark"), tuple(rows), "Target 17/18")


def _actual(digits: str, target: str, *, months: int, hosted: bool) -> Actual:
    verdict = Verdict.GREEN if Fraction(digits) >= Fraction(target) else Verdict.RED
    return Actual(per_cent(digits), verdict, hosted_externally=hosted, months=months, of_months=12)


def document_d() -> AreasTable:
    """Return document D's areas with their minutes."""
    rows = (
        _area("Network/Telephony", 250, planned=30, third_party=220, note="planned: updates the supplier recommended"),
        _area("Email", 60, planned=0, third_party=60),
        _area("Internet/web site services", 70, planned=0, third_party=60),
        _area("Centralised server infrastructure", 180, planned=0, third_party=0, note="hardware fault, 3 September"),
    )
    total = _area("All four areas", 560, planned=30, third_party=340)
    combining = "The minutes of the areas are added, and divided once by the length of the period."
    return AreasTable(rows, total, combining)


def _area(name: str, minutes: int, *, planned: int, third_party: int, note: str = "") -> AreaRow:
    return AreaRow(
        name,
        lost=minutes * MINUTE,
        planned=planned * MINUTE,
        third_party=third_party * MINUTE,
        council_site=0,
        own=(minutes - planned - third_party) * MINUTE,
        actual=lost_of_quarter(minutes),
        target=per_cent("95"),
        verdict=Verdict.GREEN,
        note=note,
    )


def document_a() -> ReturnTable:
    """Return document A's return, half-way through the year."""
    row = ReturnRow(
        "KPI 3 Availability of basket of critical systems and services",
        previous_year=per_cent("99.6"),
        target=per_cent("99.0"),
        mid_year=per_cent("99.9"),
        end_of_year=Share("to come"),
        verdict=Verdict.GREEN,
        comments="8 major incidents since the start of the year, against 18 over the same period a year before.",
    )
    return ReturnTable("2023/24", "2022/23", (row,))


def outages() -> tuple[OutageLine, ...]:
    """Return outages of every kind; only the last has its published time."""
    return (
        OutageLine(
            "Telephony",
            "Huntingdonshire",
            at("2019-07-09T10:05"),
            at("2019-07-09T10:45"),
            40 * MINUTE,
            "down",
            "sip-contact-centre",
            "third party",
            "the county's telephony provider",
        ),
        OutageLine(
            "Internet access",
            "all three",
            at("2019-07-23T09:12"),
            at("2019-07-23T12:12"),
            180 * MINUTE,
            "degraded",
            "http-outside-hosts",
            "third party",
            "internet provider",
            note="So slow that it counted as unusable.",
        ),
        OutageLine(
            "Network core",
            "all three",
            at("2019-08-11T01:30"),
            at("2019-08-11T02:00"),
            30 * MINUTE,
            "down",
            "icmp-core",
            "own",
            planning=Planning.OVERRAN,
            note="Updates that the supplier recommended; the window ended at 01:30.",
        ),
        OutageLine(
            "Web portals",
            "Cambridge City",
            at("2019-08-20T14:00"),
            at("2019-08-20T15:00"),
            60 * MINUTE,
            "down",
            "phoned in by the contact centre",
            "third party",
            "internet provider",
            corrected=True,
        ),
        OutageLine(
            "File and print servers",
            "Huntingdonshire",
            at("2019-09-03T16:30"),
            None,
            180 * MINUTE,
            "down",
            "icmp-server-12",
            "own",
            note="Hardware fault on a data-centre server.",
        ),
    )


def trend() -> Trend:
    """Return a year by months: one council joined in its middle, one month has no figure."""
    months = ("Oct 2018", "Nov 2018", "Dec 2018", "Jan 2019", "Feb 2019", "Mar 2019")
    months += ("Apr 2019", "May 2019", "Jun 2019", "Jul 2019", "Aug 2019", "Sep 2019")
    whole = ("99.31", "99.62", "99.71", "98.90", "99.44", "99.80", "99.85", "99.52", "99.66", "99.49", "99.93", "99.58")
    city = ("99.20", "99.80", "99.75", "99.10", "99.40", "99.90", "99.88", "99.60", "99.70", "99.38", "99.86", "99.71")
    south = ("99.52", "99.44", "99.90", "98.20", "99.51", "99.70", "99.82", "99.40", "99.60", "99.55", "99.96", "99.80")
    joined = (None,) * 6 + ("99.86", "99.57", None, "99.50", "99.97", "99.33")
    return Trend(
        "Basket of critical systems",
        months,
        (
            TrendSeries("All councils", tuple(map(per_cent, whole))),
            TrendSeries("Cambridge City", tuple(map(per_cent, city))),
            TrendSeries(
                "Huntingdonshire", tuple(Share("no figure") if each is None else per_cent(each) for each in joined)
            ),
            TrendSeries("South Cambridgeshire", tuple(map(per_cent, south))),
        ),
        target=(per_cent("98"),) * 6 + (per_cent("95"),) * 6,
        coverage=tuple(
            per_cent(each) for each in ("96.2", "97.1", "97.0", "98.8", "99.1", "99.4", *("99.7", "99.9", "100") * 2)
        ),
    )


def figures() -> tuple[FigureRow, ...]:
    """Return figures with and without coverage, corrections and target."""
    return (
        FigureRow(
            "basket",
            "critical",
            "Critical systems",
            None,
            lost_of_quarter(560),
            per_cent("99.12"),
            per_cent("99.61"),
            per_cent("99.87"),
            lost_of_quarter(220),
            uncorrected=lost_of_quarter(500),
            target=per_cent("95"),
            verdict=Verdict.GREEN,
            measured=QUARTER,
            lost=560 * MINUTE,
            left=6064 * MINUTE,
            resolution=30 * SECOND,
            policy="As document D counts",
        ),
        FigureRow(
            "service",
            "planning",
            "Planning system",
            "South Cambridgeshire",
            Share("below minimum coverage: 61.20 % … 99.90 %"),
            per_cent("61.20"),
            per_cent("99.90"),
            per_cent("61.30"),
            None,
            target=per_cent("99"),
            measured=QUARTER * 613 // 1000,
            unknown=QUARTER * 387 // 1000,
            outages=3,
            resolution=60 * SECOND,
            policy="standard",
        ),
        FigureRow("service", "housing", "Housing system", "Cambridge City", HOSTED, None, None, None, None, outages=0),
    )


def example() -> Report:
    """Return a whole report in which every part has something to say."""
    councils = ("Cambridge City", "Huntingdonshire", "South Cambridgeshire")
    return Report(
        title="Availability of shared ICT services",
        councils=councils,
        period=Span("FY2019/20-Q2", "July to September 2019", at("2019-07-01"), at("2019-10-01")),
        statement=Statement(
            Sealing.SEALED,
            version=2,
            digest="9f2c" * 16,
            sealed_at=at("2019-10-08T10:15"),
            sealed_by="A. Ouse, service manager",
            reason="The outage of the web portals was phoned in after the first version.",
            replaces="41d0" * 16,
            differences=(
                "Critical systems: 99.62 % becomes 99.57 %.",
                "Internet/web site services lost 70, not 10 minutes.",
            ),
        ),
        zone="Europe/London",
        known_at=at("2019-10-08T10:00"),
        made_at=at("2019-10-08T10:15"),
        catalogue_digest="c0ffee12" * 8,
        evidence_digest="e51de0ce" * 8,
        ledger_head="77aa" * 16,
        summary=_summary(),
        services=document_b(),
        areas=document_d(),
        annual_return=document_a(),
        outages=outages(),
        incidents=_incidents(),
        trend=trend(),
        figures=figures(),
        policies=_policies(),
        not_monitored=(
            NotMonitored("Fire suppression", "No contact sensor yet; wanted with VESDA.", "South Cambridgeshire Hall"),
            NotMonitored("UPS at Waterbeach depot", "No network card.", "Waterbeach depot"),
        ),
    )


def _summary() -> Summary:
    main = Headline(
        "Basket of critical systems",
        None,
        lost_of_quarter(560),
        per_cent("95"),
        Verdict.GREEN,
        lost=560 * MINUTE,
        coverage=per_cent("99.87"),
        previous=Compared("April to June 2019", per_cent("99.68")),
        previous_year=Compared("July to September 2018", per_cent("99.21")),
    )
    others = (
        replace(main, council="Cambridge City", actual=per_cent("99.64"), previous_year=None),
        replace(main, council="Huntingdonshire", actual=per_cent("94.82"), verdict=Verdict.AMBER),
        replace(main, council="South Cambridgeshire", actual=per_cent("93.10"), verdict=Verdict.RED),
        replace(main, name="Contact centres", actual=Share("no figure"), target=None, verdict=Verdict.OPEN),
    )
    counted = Counted(2, 3, "April to June 2019", 5, "July to September 2018")
    remarks = ("The longest outage was that of the file and print servers: 180 minutes on 3 September 2019.",)
    return Summary(main, others, counted, remarks)


def _incidents() -> tuple[IncidentLine, ...]:
    return (
        IncidentLine(
            "An hour, several councils",
            at("2019-07-23T09:12"),
            at("2019-07-23T12:12"),
            180 * MINUTE,
            ("Network/Telephony", "Internet/web site services"),
            ("Cambridge City", "Huntingdonshire", "South Cambridgeshire"),
            "Internet provider",
        ),
        IncidentLine(
            "An hour, several councils",
            at("2019-09-03T16:30"),
            at("2019-09-03T19:30"),
            180 * MINUTE,
            ("Centralised server infrastructure",),
            ("Huntingdonshire",),
            "Hardware fault",
            "30 minutes of it before 17:00.",
        ),
    )


def _policies() -> tuple[PolicyText, ...]:
    return (
        PolicyText(
            "As document D counts",
            "Basket of critical systems, and its areas",
            (
                "Degraded time counts as lost.",
                "Maintenance windows change nothing: what is lost in them is lost.",
                "Figures are cut to two decimals, not rounded.",
                "With evidence for less than 95 % of the time, only bounds are given.",
            ),
        ),
        PolicyText("standard", "all other figures", ("Degraded time counts as available.",)),
    )


def empty() -> Report:
    """Return the report of a month of which nothing is known, from a catalogue with little in it."""
    return Report(
        title="Availability of shared ICT services",
        councils=("Fenshire",),
        period=Span("2026-10", "October 2026", at("2026-10-01"), at("2026-11-01")),
        statement=Statement(Sealing.UNSEALED),
        zone="Europe/London",
        known_at=at("2026-11-02T09:00"),
        made_at=at("2026-11-02T09:00"),
        catalogue_digest="ab" * 32,
        summary=Summary(None),
        council_id="fenshire",
        services=ServicesTable(("Fenshire",), ()),
        areas=AreasTable(()),
        annual_return=ReturnTable("2026/27", "2025/26", ()),
        incidents=(),
        trend=Trend("Critical systems", (), (), (), ()),
    )


HOSTILE = (
    "<script>alert('x')</script>",
    "=cmd|'/c calc'!A1",
    '"quoted", & <b>bold</b>',
    "Cyngor Sir Ynys Môn, 郡役所, Ωμέγα",
    "+1+1",
    "@SUM(A1)",
    "line\nbreak\ttab\x07bell\x00nul\ufffe",
    "{{ 7*7 }}{% raw %}",
    "w" * 400,
)
"""Names that a careless renderer would run, lose or break on."""


def hostile() -> Report:
    """Return a report whose every text from outside is one of HOSTILE."""
    report = example()
    line = outages()[0]
    lines = tuple(replace(line, service=each, council=each, cause=each, supplier=each, note=each) for each in HOSTILE)
    cell = Actual(per_cent("99.9"), Verdict.GREEN, note=HOSTILE[0])
    rows = tuple(ServiceRow(each, per_cent("99"), (cell,) * len(HOSTILE)) for each in HOSTILE)
    return replace(
        report,
        title=HOSTILE[0],
        councils=HOSTILE,
        services=ServicesTable(HOSTILE, rows),
        outages=lines,
        figures=tuple(replace(figures()[0], id=each, name=each, council=each, policy=each) for each in HOSTILE),
        policies=tuple(PolicyText(each, each, (each,)) for each in HOSTILE),
        not_monitored=tuple(NotMonitored(each, each, each) for each in HOSTILE),
        trend=replace(trend(), name=HOSTILE[1], series=tuple(replace(trend().series[0], name=e) for e in HOSTILE[:4])),
    )


def large() -> Report:
    """Return a report of 60 services for 3 councils with 500 outages, one of them with a very long note."""
    base = document_b().rows
    rows = tuple(replace(base[n % len(base)], name=f"{base[n % len(base)].name} {n + 1}") for n in range(60))
    lines = outages()
    many = tuple(replace(lines[n % len(lines)], note="A long story. " * (60 if n == 7 else n % 3)) for n in range(500))
    wide = tuple(replace(figures()[n % 3], name=f"Service {n + 1}") for n in range(180))
    return replace(example(), services=replace(document_b(), rows=rows), outages=many, figures=wide)


REPORTS: dict[str, Callable[[], Report]] = {"example": example, "empty": empty, "hostile": hostile}
Rendered = Callable[[str, str], bytes]
"""What gives the bytes of a report, by its name in REPORTS, in a form."""
