"""The example report in every format, rendered once for all tests that only look at it."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache

import pytest
from support import report_content

from ictss_monitor.reporting.content import Report
from ictss_monitor.reporting.render import FORMS

REPORTS: dict[str, Callable[[], Report]] = {
    "example": report_content.example,
    "empty": report_content.empty,
    "hostile": report_content.hostile,
}
Rendered = Callable[[str, str], bytes]
"""Of the name of a report and that of a form, the bytes."""


@pytest.fixture(scope="session")
def rendered() -> Rendered:
    """Return what renders a report by its name in a form."""

    @cache
    def render(report: str, form: str) -> bytes:
        return FORMS[form](REPORTS[report]())

    return render
