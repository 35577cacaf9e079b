"""The chart of a measurement's curve: the mean as a line in the band from least to most, as SVG and PNG.

A gap stays empty: neither line nor band is drawn across time in which nothing was measured.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Final

from ictss_monitor.availability.periods import zone_of
from ictss_monitor.clock import DAY, Duration, Instant
from ictss_monitor.reporting.charts import calm, element, picture, short
from ictss_monitor.reporting.palette import QUIET, SERIES, Line
from ictss_monitor.trends import Bucket, Curve, Figures, segments, unit_of, worded

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

HEIGHT: Final = 2.8
"""Inches."""
_DATES: Final = ["%Y", "%b", "%d %b", "%H:%M", "%H:%M", "%S"]
_FIRSTS: Final = ["", "%b\n%Y", "%d %b", "%H:%M\n%d %b", "%H:%M", "%H:%M"]
"""How years, months, days, hours, minutes and seconds are written, and the first of each."""
_BAND: Final = 0.22
"""How much of its colour a band has."""


def svg(curve: Curve) -> str:
    """Return a curve as an SVG element with title and description, without a prolog."""
    return element(picture(lambda figure: _draw(figure, curve), HEIGHT, "svg"), _title(curve), _alt(curve))


def png(curve: Curve) -> bytes:
    """Return a curve as PNG."""
    return picture(lambda figure: _draw(figure, curve), HEIGHT, "png")


def _title(curve: Curve) -> str:
    return f"{curve.name}: {worded(curve.measurement)}, {curve.label}"


def _alt(curve: Curve) -> str:
    """Return in words what the chart shows."""
    found, unit = curve.measured, unit_of(curve.measurement)
    if not found:
        return "Nothing was measured."
    least, most = min(each.minimum for each in found), max(each.maximum for each in found)
    first, last = found[0].mean, found[-1].mean
    return (
        f"From {least:.4g} to {most:.4g} {unit}".rstrip()
        + f"; on average {first:.4g} in the first {curve.every} measured and {last:.4g} in the last."
    )


def _draw(figure: Figure, curve: Curve) -> None:
    axes = figure.subplots()
    _draw_band(axes, curve)
    _draw_means(axes, curve, SERIES[0], "Mean")
    if (other := curve.compared) is not None:
        shift = curve.buckets[0].begin - other.buckets[0].begin
        _draw_means(axes, other, SERIES[1], f"Mean {other.label}", shift)
    axes.set_title(f"{short(curve.name)}, {curve.label}, times of {curve.zone}", fontsize=9, loc="left", pad=20)
    axes.set_ylabel(", ".join(filter(None, (worded(curve.measurement), unit_of(curve.measurement)))))
    axes.ticklabel_format(axis="y", useOffset=False, style="plain")
    axes.set_xlim(_place(curve.buckets[0].begin), _place(curve.buckets[-1].end))
    _date(axes, curve)
    if not axes.has_data():
        axes.set_yticks([])
        axes.text(0.5, 0.5, "Nothing was measured", transform=axes.transAxes, ha="center", color=QUIET)
    else:
        axes.legend(loc="lower left", bbox_to_anchor=(0.0, 1.0), ncols=3, frameon=False, handlelength=3)
    calm(axes, "x")


def _date(axes: Axes, curve: Curve) -> None:
    """Write local dates and times below the chart."""
    from matplotlib.dates import AutoDateLocator, ConciseDateFormatter

    clock = zone_of(curve.zone)
    locator = AutoDateLocator(tz=clock)  # type: ignore[no-untyped-call]
    dates = ConciseDateFormatter(locator, tz=clock, formats=_DATES, zero_formats=_FIRSTS, show_offset=False)  # type: ignore[no-untyped-call]
    axes.xaxis.set_major_locator(locator)
    axes.xaxis.set_major_formatter(dates)


def _draw_band(axes: Axes, curve: Curve) -> None:
    """Draw from least to most, each point as wide as it lasts."""
    colour, label = SERIES[0].colour, "From least to most"
    for run, found in _runs(curve):
        edges = [_place(each.begin) for each in run] + [_place(run[-1].end)]
        least, most = [each.minimum for each in found], [each.maximum for each in found]
        # A step lasts until the next edge: the last one needs an edge of its own.
        least, most = [*least, least[-1]], [*most, most[-1]]
        axes.fill_between(edges, least, most, step="post", color=colour, alpha=_BAND, linewidth=0, label=label)
        label = ""


def _draw_means(axes: Axes, curve: Curve, line: Line, label: str, shift: Duration = 0) -> None:
    """Draw the means, `shift` later than they were; one between two gaps is a point."""
    for run, found in _runs(curve):
        axes.plot(
            [_place((bucket.begin + bucket.end) // 2 + shift) for bucket in run],
            [each.mean for each in found],
            color=line.colour,
            linestyle=line.dash,
            linewidth=1.4,
            marker=line.marker if len(run) == 1 else "",
            markersize=3,
            label=label,
        )
        label = ""


def _runs(curve: Curve) -> Iterator[tuple[tuple[Bucket, ...], list[Figures]]]:
    for run in segments(curve.buckets):
        if found := [bucket.figures for bucket in run if bucket.figures is not None]:
            yield run, found


def _place(instant: Instant) -> float:
    """Return where an instant lies on an axis of time: in days since 1970."""
    return instant / DAY
