"""The line writer: numbers, labels and heads as the two formats want them."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st
from prometheus_client.parser import text_string_to_metric_families

from ictss_monitor.metrics.exposition import Family, Format, block, labels, number

GAUGE = Family("ictss_test_seconds", "A test")


@pytest.mark.parametrize(
    ("value", "written"), [(math.nan, "NaN"), (math.inf, "+Inf"), (-math.inf, "-Inf"), (1, "1"), (0.1, "0.1")]
)
def test_numbers_that_are_none_have_names(value: float, written: str) -> None:
    """Infinities and NaN are spelt as Prometheus spells them, the rest keeps every digit."""
    assert number(value) == written


@given(st.floats(allow_nan=False, allow_infinity=False))
def test_a_number_is_read_back_exactly(value: float) -> None:
    """No digit of a float is lost."""
    assert float(number(value)) == value


@given(st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\r"), min_size=1))
def test_a_label_is_read_back_exactly(value: str) -> None:
    """Quotes, backslashes and line ends in a name survive."""
    text = block(GAUGE, [(labels({"name": value}), 1.0)], Format.PROMETHEUS)
    (family,) = text_string_to_metric_families(text)
    assert family.samples[0].labels == {"name": value}


def test_a_family_without_samples_is_not_written() -> None:
    """What has no sample has no head either."""
    assert block(GAUGE, [], Format.PROMETHEUS) == ""


def test_open_metrics_names_the_unit() -> None:
    """The unit stands in a line of its own, and is the end of the name."""
    assert "# UNIT ictss_test_seconds seconds\n" in GAUGE.head(Format.OPENMETRICS)


@pytest.mark.parametrize(
    ("header", "form"),
    [
        ("", Format.PROMETHEUS),
        ("*/*", Format.PROMETHEUS),
        ("application/openmetrics-text;version=1.0.0,text/plain;version=0.0.4;q=0.5", Format.OPENMETRICS),
        ("text/plain", Format.PROMETHEUS),
    ],
)
def test_the_accept_header_chooses(header: str, form: Format) -> None:
    """Prometheus' own header gets OpenMetrics, a browser gets text."""
    assert Format.accepted(header) is form
