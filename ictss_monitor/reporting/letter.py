"""The letter that a report is sent with: the headline in plain text, the files attached."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from email.message import EmailMessage
from typing import Final

from ictss_monitor.clock import Instant, to_datetime
from ictss_monitor.reporting.content import Report, Sealing
from ictss_monitor.reporting.plain import plain
from ictss_monitor.reporting.sections import NOT_COMBINED, statement_words
from ictss_monitor.reporting.wording import coverage_sentence, headline_sentence, incidents_sentence

_TYPES: Final = {
    "html": ("text", "html"),
    "pdf": ("application", "pdf"),
    "xlsx": ("application", "vnd.openxmlformats-officedocument.spreadsheetml.sheet"),
    "docx": ("application", "vnd.openxmlformats-officedocument.wordprocessingml.document"),
    "csv": ("text", "csv"),
    "json": ("application", "json"),
}


def letter(
    report: Report, files: Mapping[str, bytes], sender: str, recipients: Sequence[str], at: Instant
) -> EmailMessage:
    """Return the mail with `files`, by name, to all `recipients`, dated `at`."""
    message = EmailMessage()
    message["From"] = sender
    message["To"] = ", ".join(recipients)
    message["Subject"] = subject(report)
    message["Date"] = to_datetime(at)
    message["Auto-Submitted"] = "auto-generated"  # RFC 3834: so that nobody's out-of-office answers
    message.set_content(body(report))
    for name, content in files.items():
        main, sub = _TYPES[name.rsplit(".", 1)[-1]]
        message.add_attachment(content, maintype=main, subtype=sub, filename=name)
    return message


def subject(report: Report) -> str:
    """Return the subject on one line: what, when, for whom, and whether it is a draft."""
    whose = f", {report.councils[0]}" if report.council_id is not None and report.councils else ""
    standing = {
        Sealing.SEALED: f"version {report.statement.version}",
        Sealing.DRAFT: "draft",
        Sealing.UNSEALED: "not sealed",
    }[report.statement.sealing]
    return " ".join(plain(f"{report.title}{whose}, {report.period.words} ({standing})").split())


def body(report: Report) -> str:
    """Return what the letter says: the headline and the first page's sentences."""
    summary = report.summary
    if summary.headline is None:
        first = [NOT_COMBINED]
    else:
        first = [headline_sentence(summary.headline, report.period.words), coverage_sentence(summary.headline)]
    if summary.major_incidents is not None:
        first.append(incidents_sentence(summary.major_incidents))
    said = "\n".join([*first, *summary.remarks])
    statement = f"{statement_words(report.statement, report.zone)}."
    if report.statement.digest is not None:
        statement += f"\nDigest of the statement: {report.statement.digest}"
    return plain(f"{said}\n\n{statement}\n\nThe whole report is attached.\n")
