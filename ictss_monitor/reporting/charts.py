"""The charts of the report, as SVG and PNG: the same data give the same bytes.

Floats appear here and nowhere else, since a chart has pixels. matplotlib is imported when the first chart is drawn.
"""

from __future__ import annotations

import io
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Final, Literal
from xml.sax.saxutils import escape

from ictss_monitor.clock import MINUTE
from ictss_monitor.reporting.blocks import AreasChart, Chart, TrendChart
from ictss_monitor.reporting.palette import BAR_HATCHES, INK, PAPER, QUIET, RULE, SERIES, TARGET_LINE
from ictss_monitor.reporting.plain import plain
from ictss_monitor.reporting.rows import AreasTable, Trend
from ictss_monitor.reporting.shares import Share

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

PNG_DPI: Final = 200
WIDTH: Final = 7.0
"""Inches: a page upright between its margins."""
NAME_LENGTH: Final = 40
"""Characters of a name that a chart has room for; the table beside it has the whole."""
_STYLE: Final[dict[str, Any]] = {
    "svg.fonttype": "path",
    "svg.hashsalt": "ictss-monitor",
    "font.family": "DejaVu Sans",
    "font.size": 8,
    "text.color": INK,
    "text.parse_math": False,
    "axes.edgecolor": QUIET,
    "axes.labelcolor": INK,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.grid": True,
    "axes.axisbelow": True,
    "axes.unicode_minus": False,
    "grid.color": RULE,
    "grid.linewidth": 0.5,
    "xtick.color": INK,
    "ytick.color": INK,
    "figure.facecolor": PAPER,
    "hatch.linewidth": 0.6,
}


def svg(chart: Chart) -> str:
    """Return a chart as an SVG element with title and description, without a prolog."""
    return element(_drawn(chart, "svg"), _title(chart), chart.alt)


def png(chart: Chart) -> bytes:
    """Return a chart as PNG."""
    return _drawn(chart, "png")


def height(chart: Chart) -> float:
    """Return the height of a chart in inches; it is WIDTH wide."""
    return 0.8 + 0.34 * len(chart.areas.rows) if isinstance(chart, AreasChart) else 3.9


def element(drawn: bytes, title: str, alt: str) -> str:
    """Return what was drawn as SVG as an element with title and description, without a prolog."""
    text = drawn.decode("utf-8")
    begin = text.index("<svg")
    first = text.index(">", begin) + 1
    told = f"<title>{escape(plain(title))}</title><desc>{escape(plain(alt))}</desc>"
    return f"{text[begin:first]}{told}{text[first:]}"


def _title(chart: Chart) -> str:
    return chart.trend.name if isinstance(chart, TrendChart) else "Minutes lost by area"


def _drawn(chart: Chart, form: Literal["svg", "png"]) -> bytes:
    def draw(figure: Figure) -> None:
        if isinstance(chart, AreasChart):
            _draw_areas(figure, chart.areas)
        else:
            _draw_trend(figure, chart.trend)

    return picture(draw, height(chart), form)


def picture(draw: Callable[[Figure], None], inches: float, form: Literal["svg", "png"]) -> bytes:
    """Return what `draw` draws on a figure of this height, in the type and colours of the report."""
    import warnings

    import matplotlib
    from matplotlib.figure import Figure

    style: Any = _STYLE  # the names of settings are typed as literals there
    with matplotlib.rc_context(style), warnings.catch_warnings():
        # A sign that the chart's typeface lacks is drawn as a box; the table beside the chart has it.
        warnings.filterwarnings("ignore", message="Glyph .* missing from font")
        figure = Figure(figsize=(WIDTH, inches), layout="constrained")
        draw(figure)
        drawn = io.BytesIO()
        metadata = {"Date": None, "Creator": None} if form == "svg" else {"Software": None}
        figure.savefig(drawn, format=form, dpi=PNG_DPI, metadata=metadata)
    return drawn.getvalue()


def _draw_trend(figure: Figure, trend: Trend) -> None:
    upper, lower = figure.subplots(2, 1, sharex=True, height_ratios=(3, 1))
    at = range(len(trend.months))
    for index, series in enumerate(trend.series):
        line = SERIES[index % len(SERIES)]
        upper.plot(
            at,
            [_percent(share) for share in series.shares],
            color=line.colour,
            marker=line.marker,
            linestyle=line.dash,
            markersize=4,
            linewidth=2.0 if index == 0 else 1.1,
            label=short(series.name),
        )
    if any(share is not None for share in trend.target):
        targets = [_percent(share) for share in trend.target]
        upper.step(at, targets, where="mid", color=TARGET_LINE, linewidth=1.2, dashes=(6, 2), label="Target")
    upper.set_ylabel("Availability, %")
    upper.ticklabel_format(axis="y", useOffset=False, style="plain")
    if trend.series:
        upper.legend(
            loc="lower center",
            bbox_to_anchor=(0.5, 1.0),
            ncols=min(len(trend.series) + 1, 3),
            frameon=False,
            handlelength=4,
        )
    lower.bar(at, [_percent(share) for share in trend.coverage], color=SERIES[0].colour, width=0.6)
    lower.set_ylim(0, 100)
    lower.set_ylabel("Coverage, %")
    lower.set_xticks(at, [month.replace(" ", "\n") for month in trend.months])
    for axes in (upper, lower):
        calm(axes, "x")


def _draw_areas(figure: Figure, areas: AreasTable) -> None:
    axes = figure.subplots()
    at = range(len(areas.rows))
    names = ("Own", "Third parties", "Councils' own sites", "Planned")
    parts = [(row.own, row.third_party, row.council_site, row.planned) for row in areas.rows]
    left = [0.0] * len(parts)
    for index, name in enumerate(names):
        minutes = [part[index] / MINUTE for part in parts]
        if not any(minutes):
            continue
        colour, hatch = BAR_HATCHES[index]
        axes.barh(
            at, minutes, left=left, height=0.6, color=colour, hatch=hatch, edgecolor=PAPER, linewidth=0.8, label=name
        )
        left = [before + more for before, more in zip(left, minutes, strict=True)]
    axes.set_yticks(at, [short(row.name) for row in areas.rows])
    axes.invert_yaxis()
    axes.set_xlim(left=0, right=max(*left, 1.0) * 1.05)
    axes.set_xlabel("Minutes lost")
    if any(left):
        axes.legend(loc="lower center", bbox_to_anchor=(0.5, 1.0), ncols=len(names), frameon=False)
    calm(axes, "y")


def calm(axes: Axes, without_grid: Literal["x", "y"]) -> None:
    """Leave out the ticks, and the grid across one axis."""
    axes.grid(visible=False, axis=without_grid)
    axes.tick_params(length=0)


def _percent(share: Share | None) -> float:
    # A line has a gap where there is no number.
    return float("nan") if share is None or share.exact is None else float(share.exact * 100)


def short(name: str) -> str:
    """Return as much of a name as a chart has room for."""
    # A leading underscore would hide a series from the legend.
    text = plain(name).replace("\n", " ").lstrip("_")
    return text if len(text) <= NAME_LENGTH else f"{text[: NAME_LENGTH - 1]}…"
