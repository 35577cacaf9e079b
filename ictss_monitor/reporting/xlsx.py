"""The report as a workbook: a sheet for each section, numbers as numbers, and no text of others as a formula."""

from __future__ import annotations

import io
import re
from typing import Final

from ictss_monitor.clock import to_datetime
from ictss_monitor.reporting.blocks import Section
from ictss_monitor.reporting.content import Report
from ictss_monitor.reporting.formats import Formats
from ictss_monitor.reporting.plain import plain
from ictss_monitor.reporting.sections import sections, title_facts
from ictss_monitor.reporting.sheet import Sheet
from ictss_monitor.reporting.wording import statement_line

LONGEST_NAME: Final = 31
"""Characters of the name of a sheet."""
LONGEST_FOOT: Final = 200
"""Characters of a footer that a spreadsheet takes, with room for the number of the page."""
UPRIGHT_COLUMNS: Final = 6
"""More columns are printed on pages laid across."""
A4: Final = 9
_NO_FORMULAS: Final = {"strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}


def xlsx(report: Report) -> bytes:
    """Return the report as an XLSX workbook."""
    from xlsxwriter import Workbook

    written = io.BytesIO()
    book = Workbook(written, {"in_memory": True, **_NO_FORMULAS})
    made = to_datetime(report.made_at).replace(tzinfo=None)
    book.set_properties(
        {
            "title": plain(f"{report.title}, {report.period.words}"),
            "author": plain(", ".join(report.councils)),
            "created": made,
            "modified": made,
        }
    )
    formats = Formats(book)
    foot = plain(statement_line(report))[:LONGEST_FOOT].replace("&", "&&")
    for section in sections(report):
        page = book.add_worksheet(_sheet_name(section))
        page.hide_gridlines(2)
        page.set_paper(A4)
        page.fit_to_pages(1, 0)
        page.set_footer(f"&L{foot}&RPage &P of &N")
        sheet = Sheet(page, formats, section)
        if section.wide or sheet.columns > UPRIGHT_COLUMNS:
            page.set_landscape()
        if section.id == "summary":
            sheet.title(report.title, title_facts(report))
        sheet.write()
    book.close()
    return written.getvalue()


def _sheet_name(section: Section) -> str:
    return re.sub(r"[\[\]:*?/\\]", "-", plain(section.title))[:LONGEST_NAME]
