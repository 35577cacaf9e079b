"""The example reports in every format, each rendered once for all tests that only look at it."""

from __future__ import annotations

from functools import cache

import pytest
from support.needs import need_pango
from support.report_content import REPORTS, Rendered

from ictss_monitor.reporting.render import FORMS


@pytest.fixture(scope="session")
def rendered() -> Rendered:
    """Return what renders a report by its name in a form."""

    @cache
    def render(report: str, form: str) -> bytes:
        if form == "pdf":
            need_pango()
        return FORMS[form](REPORTS[report]())

    return render
