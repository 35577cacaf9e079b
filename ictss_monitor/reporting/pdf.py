"""The report as PDF, by WeasyPrint from the HTML: A4, tagged (PDF/UA-1), nothing fetched from anywhere."""

from __future__ import annotations

import hashlib
from typing import Final

from ictss_monitor.errors import UsageError
from ictss_monitor.reporting.content import Report
from ictss_monitor.reporting.html import html

PANGO: Final = "libpango-1.0-0 libpangoft2-1.0-0 libharfbuzz-subset0"
"""Debian's packages of it."""


def pdf(report: Report) -> bytes:
    """Return the report as PDF. Raises UsageError where the library that sets text is not installed."""
    try:
        from weasyprint import HTML
        from weasyprint.urls import URLFetcher
    except OSError as error:
        raise UsageError(f"PDF needs the library Pango: apt-get install {PANGO}; other formats do not") from error

    page = html(report)
    document = HTML(
        string=page.decode("utf-8"), url_fetcher=URLFetcher(allowed_protocols=("data",)), media_type="print"
    )
    # Without an identifier of ours, WeasyPrint would make up another one each time.
    written: bytes = document.write_pdf(pdf_variant="pdf/ua-1", pdf_identifier=hashlib.sha256(page).digest()[:16])
    return written
