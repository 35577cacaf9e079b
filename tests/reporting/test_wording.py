"""What the report says in words."""

from __future__ import annotations

from dataclasses import replace

import pytest
from support.report_content import at, example, per_cent

from ictss_monitor.clock import MINUTE, SECOND
from ictss_monitor.reporting.content import Counted, Headline
from ictss_monitor.reporting.shares import Share, Verdict
from ictss_monitor.reporting.wording import (
    coverage_sentence,
    headline_sentence,
    incidents_sentence,
    minutes_text,
    moment_text,
    trend_sentence,
)

HEADLINE = example().summary.headline
assert HEADLINE is not None


@pytest.mark.parametrize(
    ("headline", "said"),
    [
        (HEADLINE, "available for 99.57 % of the time. The target of 95 % is met (green)."),
        (replace(HEADLINE, verdict=Verdict.AMBER), "The target of 95 % is narrowly missed (amber)."),
        (replace(HEADLINE, verdict=Verdict.RED), "The target of 95 % is missed (red)."),
        (replace(HEADLINE, verdict=Verdict.OPEN), "It cannot be told whether the target of 95 % is met."),
        (
            replace(HEADLINE, target=None, verdict=Verdict.OPEN),
            "available for 99.57 % of the time. There is no target.",
        ),
        (replace(HEADLINE, actual=Share("no figure"), verdict=Verdict.OPEN), "2019: no figure. It cannot be told"),
    ],
)
def test_the_verdict_is_said_in_words(headline: Headline, said: str) -> None:
    """The summary's sentence says what its colour says."""
    assert said in headline_sentence(headline, "July to September 2019")


def test_a_figure_of_nothing_is_a_figure() -> None:
    """A service that was never up is told as 0 %, not as one without a figure."""
    headline = replace(HEADLINE, actual=per_cent("0.00"), verdict=Verdict.RED)
    assert "available for 0.00 % of the time" in headline_sentence(headline, "October 2026")


def test_coverage_in_a_sentence() -> None:
    """Whole coverage is said to be whole; less is said with its share."""
    assert "99.87 %" in coverage_sentence(HEADLINE)
    assert "whole of the time" in coverage_sentence(replace(HEADLINE, coverage=per_cent("100")))
    assert "no figure" in coverage_sentence(replace(HEADLINE, coverage=Share("no figure")))


@pytest.mark.parametrize(
    ("counted", "said"),
    [
        (Counted(0), "There were no major incidents."),
        (Counted(1, 0, "May"), "There was 1 major incident, against none in May."),
        (Counted(8, None, "", 18, "2022"), "There were 8 major incidents, against 18 in 2022."),
    ],
)
def test_major_incidents_in_a_sentence(counted: Counted, said: str) -> None:
    """Their number is held against those of other times, where these are known."""
    assert incidents_sentence(counted).startswith(said)


@pytest.mark.parametrize(
    ("duration", "text"),
    [(0, "0"), (250 * MINUTE, "250"), (1500 * MINUTE, "1,500"), (4 * MINUTE + 12 * SECOND, "4.2"), (SECOND, "< 0.1")],
)
def test_minutes(duration: int, text: str) -> None:
    """Minutes are whole where they are, else to a tenth; what is there is never told as nothing."""
    assert minutes_text(duration) == text


def test_the_hour_that_comes_twice() -> None:
    """A local time says BST or GMT in the hour that comes twice, and only there."""
    first = at("2026-10-25T01:30")
    assert moment_text(first, "Europe/London") == "25 Oct 2026 01:30 BST"
    assert moment_text(first + 60 * MINUTE, "Europe/London") == "25 Oct 2026 01:30 GMT"
    assert moment_text(at("2026-10-25T03:30"), "Europe/London") == "25 Oct 2026 03:30"


def test_the_trend_in_a_sentence() -> None:
    """The chart's alternative text tells the span and the lowest and highest figure of every series."""
    trend = example().trend
    assert trend is not None
    said = trend_sentence(trend)
    assert "Oct 2018 to Sep 2019" in said
    assert "All councils: from 98.90 % (Jan 2019) to 99.93 % (Aug 2019)" in said
    assert all(series.name in said for series in trend.series)
