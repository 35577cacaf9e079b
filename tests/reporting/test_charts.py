"""The charts: they say what they are, draw what is known, and never more."""

from __future__ import annotations

from dataclasses import replace
from xml.etree import ElementTree

import pytest
from support.report_content import HOSTILE, document_d, trend

from ictss_monitor.reporting import charts
from ictss_monitor.reporting.blocks import AreasChart, Chart, TrendChart
from ictss_monitor.reporting.rows import AreasTable, TrendSeries
from ictss_monitor.reporting.shares import Share

SVG = "{http://www.w3.org/2000/svg}"
NOTHING = Share("no figure")


@pytest.mark.parametrize("chart", [TrendChart(trend(), "By months."), AreasChart(document_d(), "By areas.")])
def test_svg_says_what_it_is(chart: Chart) -> None:
    """An SVG begins with a title and a description, and has neither date nor reference to elsewhere."""
    root = ElementTree.fromstring(charts.svg(chart))
    assert [child.tag for child in root][:2] == [f"{SVG}title", f"{SVG}desc"]
    assert root[1].text == chart.alt
    assert "dc:date" not in charts.svg(chart)
    assert not [each for each in root.iter() if str(each.get("href", "")).startswith("http")]


def test_the_same_data_give_the_same_picture() -> None:
    """Neither form has a date or a random name in it."""
    chart = TrendChart(trend(), "By months.")
    assert charts.svg(chart) == charts.svg(chart)
    assert charts.png(chart) == charts.png(chart)


@pytest.mark.parametrize(
    "chart",
    [
        TrendChart(
            replace(
                trend(),
                series=(TrendSeries("All", (NOTHING,) * 12),),
                target=(None,) * 12,
                coverage=(NOTHING,) * 12,
            ),
            "Nothing.",
        ),
        TrendChart(replace(trend(), series=(), coverage=(NOTHING,) * 12), "No series."),
        TrendChart(replace(trend(), name=HOSTILE[0], series=(replace(trend().series[0], name="_$x^$"),)), HOSTILE[6]),
        AreasChart(
            AreasTable(tuple(replace(row, lost=0, planned=0, third_party=0, own=0) for row in document_d().rows)),
            "None.",
        ),
        AreasChart(AreasTable(tuple(replace(document_d().rows[0], name=name) for name in HOSTILE)), "Names."),
    ],
)
def test_charts_of_nothing_and_of_anything(chart: Chart) -> None:
    """Months without a figure, areas without loss and names of any kind can be drawn."""
    ElementTree.fromstring(charts.svg(chart))
    assert charts.png(chart).startswith(b"\x89PNG")
