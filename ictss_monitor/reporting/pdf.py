"""The report as PDF, by WeasyPrint from the HTML: A4, tagged (PDF/UA-1), nothing fetched from anywhere."""

from __future__ import annotations

import hashlib

from ictss_monitor.reporting.content import Report
from ictss_monitor.reporting.html import html


def pdf(report: Report) -> bytes:
    """Return the report as PDF."""
    from weasyprint import HTML
    from weasyprint.urls import URLFetcher

    page = html(report)
    document = HTML(
        string=page.decode("utf-8"), url_fetcher=URLFetcher(allowed_protocols=("data",)), media_type="print"
    )
    # Without an identifier of ours, WeasyPrint would make up another one each time.
    written: bytes = document.write_pdf(pdf_variant="pdf/ua-1", pdf_identifier=hashlib.sha256(page).digest()[:16])
    return written
