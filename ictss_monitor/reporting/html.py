"""The report as one HTML file that needs nothing else: styles and pictures are inside. The PDF is made of it too."""

from __future__ import annotations

import base64
from typing import TYPE_CHECKING, Any, Final

from ictss_monitor.clock import to_datetime
from ictss_monitor.reporting import charts, palette
from ictss_monitor.reporting.blocks import SHORT, Block, Chart
from ictss_monitor.reporting.content import Report
from ictss_monitor.reporting.plain import plain
from ictss_monitor.reporting.sections import sections, title_facts
from ictss_monitor.reporting.wording import VERDICT_SIGNS, VERDICT_WORDS, statement_line, whole_name

if TYPE_CHECKING:
    from jinja2 import Environment

STYLE_COLOURS: Final[dict[str, Any]] = {
    "ink": palette.INK,
    "quiet": palette.QUIET,
    "paper": palette.PAPER,
    "accent": palette.ACCENT,
    "head": palette.HEAD,
    "rule": palette.RULE,
    "tints": {verdict.value: tint for verdict, tint in palette.TINTS.items()},
}


def html(report: Report) -> bytes:
    """Return the report as HTML, in UTF-8."""
    environment = _environment()
    page = environment.get_template("report.html.j2").render(
        report=report,
        title=f"{report.title}, {report.period.words}",
        title_facts=title_facts(report),
        sections=sections(report),
        foot=f"{report.title}, {report.period.words} · {statement_line(report)}",
        made_at=to_datetime(report.made_at).strftime("%Y-%m-%dT%H:%M:%SZ"),
        style=_style(environment),
        signs=VERDICT_SIGNS,
        words=VERDICT_WORDS,
        short=SHORT,
        headline_name=whole_name,
    )
    return page.encode("utf-8")


def _environment() -> Environment:
    from jinja2 import Environment, PackageLoader, StrictUndefined

    environment = Environment(
        loader=PackageLoader("ictss_monitor.reporting"),
        autoescape=True,
        undefined=StrictUndefined,
        finalize=_plain,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters["kind"] = _kind
    environment.filters["picture"] = _picture
    return environment


def _style(environment: Environment) -> Any:
    from markupsafe import Markup

    # Our own text alone: fonts, sizes and the palette. Escaped, its quotation marks would not be CSS.
    return Markup(environment.get_template("report.css.j2").render(STYLE_COLOURS))  # noqa: S704


def _plain(value: object) -> object:
    return plain(value) if type(value) is str else value  # what is marked as safe is not a plain str


def _kind(block: Block) -> str:
    return type(block).__name__


def _picture(chart: Chart) -> str:
    drawn = charts.svg(chart).encode("utf-8")
    return f"data:image/svg+xml;base64,{base64.b64encode(drawn).decode('ascii')}"
