"""The chart of a curve: what was measured is drawn, where it was, and nothing else is."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from xml.etree import ElementTree

import pytest
from matplotlib.collections import PolyCollection
from matplotlib.figure import Figure
from support.report_content import HOSTILE

from ictss_monitor.availability.periods import parse
from ictss_monitor.clock import DAY, HOUR
from ictss_monitor.reporting import curves
from ictss_monitor.trends import Bucket, Curve, Every, Figures

BEGIN = parse("2026-10").within("Europe/London").start
SVG = "{http://www.w3.org/2000/svg}"


def curve_of(*means: float | None, begin: int = BEGIN, label: str = "2026-10") -> Curve:
    """Return a curve by the hour; None is a gap."""
    points = [
        Bucket(
            begin + at * HOUR,
            begin + (at + 1) * HOUR,
            None if mean is None else Figures(mean - 1, mean, mean + 2, 60),
        )
        for at, mean in enumerate(means)
    ]
    return Curve("ups", "UPS", "runtime_minutes", label, "Europe/London", Every.HOUR, tuple(points))


@pytest.fixture
def figure(monkeypatch: pytest.MonkeyPatch) -> Figure:
    """Return the figure on which everything is drawn, to be looked at."""
    drawn_on = Figure()

    def picture(draw: Callable[[Figure], None], inches: float, form: str) -> bytes:
        draw(drawn_on)
        return b""

    monkeypatch.setattr(curves, "picture", picture)
    return drawn_on


def at(hour: float) -> float:
    """Return where so many hours after the begin lie on the axis."""
    return BEGIN / DAY + hour / 24


def test_nothing_is_drawn_over_a_gap(figure: Figure) -> None:
    """Line and band end where a gap begins; a point between two gaps is a point."""
    curves.png(curve_of(10, 11, None, 12, None, None, 13, 14))
    (axes,) = figure.axes
    assert [[round((x - at(0)) * 24, 6) for x in line.get_xdata()] for line in axes.lines] == [
        [0.5, 1.5],
        [3.5],
        [6.5, 7.5],
    ]
    assert [list(line.get_ydata()) for line in axes.lines] == [[10, 11], [12], [13, 14]]
    assert [line.get_marker() for line in axes.lines] == ["", "o", ""]
    bands = [each.get_paths()[0].get_extents() for each in axes.collections if isinstance(each, PolyCollection)]
    assert [(round((band.x0 - at(0)) * 24, 6), round((band.x1 - at(0)) * 24, 6)) for band in bands] == [
        (0, 2),
        (3, 4),
        (6, 8),
    ]
    assert [(band.y0, band.y1) for band in bands] == [(9, 13), (11, 14), (12, 16)]


def test_the_other_curve_is_drawn_from_the_same_begin(figure: Figure) -> None:
    """Its first point is above the first one, in another colour, with its own name."""
    earlier = curve_of(20, 21, begin=BEGIN - 180 * DAY, label="2026-04")
    curves.png(replace(curve_of(10, 11), compared=earlier))
    (axes,) = figure.axes
    own, other = axes.lines
    assert list(own.get_xdata()) == list(other.get_xdata())
    assert own.get_color() != other.get_color()
    assert own.get_linestyle() != other.get_linestyle()
    legend = axes.get_legend()
    assert legend is not None
    assert [each.get_text() for each in legend.get_texts()] == ["From least to most", "Mean", "Mean 2026-04"]


def test_a_curve_of_nothing_says_so(figure: Figure) -> None:
    """An empty chart is told apart from a chart of zeros."""
    curves.png(curve_of(None, None))
    (axes,) = figure.axes
    assert [each.get_text() for each in axes.texts] == ["Nothing was measured"]


def test_a_curve_is_told_in_words() -> None:
    """Who cannot see the chart reads its range, its begin and its end."""
    assert "<desc>Nothing was measured.</desc>" in curves.svg(curve_of(None))
    told = "From 9 to 16 min; on average 10 in the first hour measured and 14 in the last."
    assert f"<desc>{told}</desc>" in curves.svg(curve_of(None, 10, None, 14))


@pytest.mark.parametrize("name", HOSTILE)
def test_names_of_any_kind_can_be_drawn(name: str) -> None:
    """The SVG is well formed, begins with title and description, and is the same each time."""
    curve = replace(curve_of(1, 2), name=name)
    drawn = curves.svg(curve)
    root = ElementTree.fromstring(drawn)
    assert [child.tag for child in root][:2] == [f"{SVG}title", f"{SVG}desc"]
    assert drawn == curves.svg(curve)
