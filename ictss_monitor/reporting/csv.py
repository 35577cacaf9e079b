"""The figures of the report as CSV, a line for each: for a spreadsheet or a script."""

from __future__ import annotations

import csv as rfc4180
import io
from decimal import Decimal
from typing import Final

from ictss_monitor.clock import SECOND, Duration, iso
from ictss_monitor.reporting.content import Report
from ictss_monitor.reporting.plain import plain
from ictss_monitor.reporting.rows import FigureRow
from ictss_monitor.reporting.shares import Share
from ictss_monitor.statements.long_numbers import numbers_of_any_length

FIELDS: Final = (
    "period",
    "from",
    "to",
    "as_known_at",
    "statement",
    "digest",
    "subject",
    "id",
    "name",
    "council",
    "availability",
    "availability_exact",
    "low",
    "low_exact",
    "high",
    "high_exact",
    "coverage",
    "coverage_exact",
    "net",
    "net_exact",
    "uncorrected",
    "uncorrected_exact",
    "target",
    "target_exact",
    "verdict",
    "measured_seconds",
    "unknown_seconds",
    "lost_seconds",
    "left_seconds",
    "outages",
    "resolution_seconds",
    "measured_from",
    "hosted_externally",
    "policy",
    "catalogue",
)
_FORMULA: Final = ("=", "+", "-", "@", "\t", "\n")


def csv(report: Report) -> bytes:
    """Return the figures as CSV (RFC 4180): UTF-8 with the mark by which spreadsheets know it."""
    text = io.StringIO()
    writer = rfc4180.writer(text)
    writer.writerow(FIELDS)
    head = (
        report.period.label,
        iso(report.period.start),
        iso(report.period.end),
        iso(report.known_at),
        report.statement.sealing.value + ("" if report.statement.version is None else f" v{report.statement.version}"),
        report.statement.digest or "",
    )
    with numbers_of_any_length():
        rows = [(*head, *_cells(row), report.catalogue_digest) for row in report.figures]
    for row in rows:
        cells = dict(zip(FIELDS, row, strict=True))
        writer.writerow([cell if name in _NUMBERS else harmless(cell) for name, cell in cells.items()])
    return text.getvalue().encode("utf-8-sig")


_NUMBERS: Final = frozenset(name for name in FIELDS if name.endswith(("_seconds", "_exact")))


def harmless(text: str) -> str:
    """Return `text`, behind an apostrophe where a spreadsheet would take it for a formula."""
    text = plain(text)
    return f"'{text}" if text.startswith(_FORMULA) else text


def _cells(row: FigureRow) -> tuple[str, ...]:
    shares = (row.figure, row.low, row.high, row.coverage, row.net, row.uncorrected, row.target)
    return (
        row.subject,
        row.id,
        row.name,
        row.council or "",
        *(each for share in shares for each in _share(share)),
        row.verdict.value if row.target is not None else "",
        _seconds(row.measured),
        _seconds(row.unknown),
        _seconds(row.lost),
        _seconds(row.left),
        "" if row.outages is None else str(row.outages),
        _seconds(row.resolution),
        "" if row.measured_from is None else iso(row.measured_from),
        str(row.hosted_externally).lower(),
        row.policy,
    )


def _share(share: Share | None) -> tuple[str, str]:
    if share is None:
        return "", ""
    return share.text, "" if share.exact is None else str(share.exact)


def _seconds(duration: Duration | None) -> str:
    """Return a duration in seconds as a decimal number, exactly."""
    if duration is None:
        return ""
    return f"{Decimal(duration) / SECOND:f}"
