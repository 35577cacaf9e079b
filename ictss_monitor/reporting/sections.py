"""The order of the report: which sections it has and what stands in each."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from ictss_monitor.reporting import tables
from ictss_monitor.reporting.blocks import (
    AreasChart,
    Block,
    Bullets,
    Callout,
    Facts,
    Heading,
    Paragraph,
    Section,
    TrendChart,
)
from ictss_monitor.reporting.content import Report, Sealing, Statement
from ictss_monitor.reporting.rows import AreasTable
from ictss_monitor.reporting.wording import (
    GLOSSARY,
    NONE,
    compared_text,
    coverage_sentence,
    day_text,
    headline_sentence,
    incidents_sentence,
    minutes_text,
    moment_text,
    trend_sentence,
)

NOT_COMBINED: Final = "There is no basket in the catalogue, so that no one figure stands for all services."


def sections(report: Report) -> tuple[Section, ...]:
    """Return the sections of the report, numbered, in the order of reading."""
    found = [section for section in (make(report) for make in ORDER) if section is not None]
    return tuple(
        Section(each.id, f"{number}. {each.title}", each.blocks, each.wide) for number, each in enumerate(found, 1)
    )


def title_facts(report: Report) -> Facts:
    """Return what stands below the title."""
    last = report.period.end - 1
    return Facts(
        (
            ("Councils", ", ".join(report.councils) or NONE),
            (
                "Period",
                f"{day_text(report.period.start, report.zone)} to {day_text(last, report.zone)}, "
                f"local time of {report.zone}",
            ),
            ("Statement", statement_words(report.statement, report.zone)),
            ("As known at", moment_text(report.known_at, report.zone)),
        )
    )


def statement_words(statement: Statement, zone: str) -> str:
    """Return what the figures are: sealed by whom and when, drafted, or neither."""
    if statement.sealing is Sealing.DRAFT:
        return "Draft: drafted by the month close, not sealed by a person"
    if statement.sealing is Sealing.UNSEALED:
        return "Not sealed: computed for this report"
    by = f" by {statement.sealed_by}" if statement.sealed_by else ""
    at = f", {moment_text(statement.sealed_at, zone)}" if statement.sealed_at is not None else ""
    return f"Version {statement.version}, sealed{by}{at}"


def _summary(report: Report) -> Section:
    summary = report.summary
    blocks: list[Block] = []
    headline = summary.headline
    if headline is None:
        blocks.append(Paragraph(NOT_COMBINED))
    else:
        blocks.append(Callout(headline, headline_sentence(headline, report.period.words)))
        blocks.append(
            Facts(
                (
                    ("Period before", compared_text(headline.previous)),
                    ("Year before", compared_text(headline.previous_year)),
                    ("Minutes lost", minutes_text(headline.lost)),
                )
            )
        )
    sentences = []
    if summary.major_incidents is not None:
        sentences.append(incidents_sentence(summary.major_incidents))
    if headline is not None:
        sentences.append(coverage_sentence(headline))
    sentences += summary.remarks
    if sentences:
        blocks.append(Bullets(tuple(sentences)))
    if summary.others:
        blocks.append(tables.headlines_table(summary.others))
    return Section("summary", "Summary", tuple(blocks))


def _services(report: Report) -> Section | None:
    if report.services is None:
        return None
    return Section(
        "services",
        "Services by council",
        (tables.services_table(report.services, report.zone),),
        wide=len(report.services.councils) > 3,  # more do not fit beside each other on a page upright
    )


def _areas(report: Report) -> Section | None:
    areas = report.areas
    if areas is None:
        return None
    blocks: list[Block] = []
    if areas.rows:
        blocks.append(AreasChart(areas, _areas_alt(areas)))
    blocks.append(tables.areas_table(areas))
    if areas.combining:
        blocks.append(Paragraph(areas.combining))
    return Section("areas", "Areas and minutes lost", tuple(blocks))


def _areas_alt(areas: AreasTable) -> str:
    told = "; ".join(f"{row.name} {minutes_text(row.lost)}" for row in areas.rows)
    return f"Minutes lost by area: {told}. The table that follows has them by whom they were lost to."


def _return(report: Report) -> Section | None:
    if report.annual_return is None:
        return None
    title = f"Return for {report.annual_return.year}"
    return Section("return", title, (tables.return_table(report.annual_return),))


def _outages(report: Report) -> Section:
    return Section("outages", "Outages", (tables.outages_table(report.outages, report.zone),), wide=True)


def _incidents(report: Report) -> Section | None:
    if report.incidents is None:
        return None
    table = tables.incidents_table(report.incidents, report.zone)
    return Section("incidents", "Major incidents", (table,), wide=bool(report.incidents))


def _trend(report: Report) -> Section | None:
    if report.trend is None:
        return None
    table = tables.trend_table(report.trend)
    chart = (TrendChart(report.trend, trend_sentence(report.trend)),) if report.trend.months else ()
    return Section("trend", "The year's trend", (*chart, table))


def _figures(report: Report) -> Section:
    return Section("figures", "Coverage and bounds", (tables.figures_table(report.figures),), wide=True)


def _policies(report: Report) -> Section | None:
    if not report.policies:
        return None
    blocks: list[Block] = []
    for policy in report.policies:
        blocks += [
            Heading(policy.name),
            Paragraph(f"Applies to {policy.applies_to}."),
            Bullets(policy.sentences),
        ]
    return Section("policies", "How the figures are made", tuple(blocks))


def _not_monitored(report: Report) -> Section:
    return Section("not-monitored", "Not monitored", (tables.not_monitored_table(report.not_monitored),))


def _glossary(_: Report) -> Section:
    return Section("glossary", "How to read this report", (Facts(GLOSSARY),))


def _statement(report: Report) -> Section:
    statement = report.statement
    facts = [("Statement", statement_words(statement, report.zone))]
    facts += [
        (word, value)
        for word, value in (
            ("Digest of the statement", statement.digest),
            ("Revised because", statement.reason),
            ("Digest of the version before", statement.replaces),
            ("Digest of the catalogue", report.catalogue_digest),
            ("Digest of the evidence", report.evidence_digest),
            ("Head of the ledger", report.ledger_head),
        )
        if value
    ]
    blocks: list[Block] = [Facts(tuple(facts))]
    if statement.differences:
        blocks += [Heading("What differs from the version before"), Bullets(statement.differences)]
    return Section("statement", "Statement and digests", tuple(blocks))


ORDER: Final[tuple[Callable[[Report], Section | None], ...]] = (
    _summary,
    _services,
    _areas,
    _return,
    _trend,
    _outages,
    _incidents,
    _figures,
    _policies,
    _not_monitored,
    _glossary,
    _statement,
)
