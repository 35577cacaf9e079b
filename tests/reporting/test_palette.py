"""The colours of the report can be told apart by those who see little, and by those who see no colour."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import chain

import pytest

from ictss_monitor.reporting import palette
from ictss_monitor.reporting.wording import VERDICT_SIGNS, VERDICT_WORDS


def contrast(left: str, right: str) -> float:
    """Return the contrast of two colours as WCAG 2.2 defines it."""
    light, dark = sorted((luminance(left), luminance(right)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def luminance(colour: str) -> float:
    """Return the relative luminance of a colour."""

    def channels() -> Iterator[float]:
        for at in (1, 3, 5):
            share = int(colour[at : at + 2], 16) / 255
            yield share / 12.92 if share <= 0.04045 else ((share + 0.055) / 1.055) ** 2.4

    red, green, blue = channels()
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def test_the_computation_of_contrast() -> None:
    """Black on white is 21 to 1, and #767676 the lightest grey that serves for text."""
    assert contrast("#000000", "#ffffff") == pytest.approx(21)
    assert contrast("#767676", "#ffffff") == pytest.approx(4.54, abs=0.01)


@pytest.mark.parametrize(("ink", "ground"), palette.TEXT_PAIRS)
def test_text_can_be_read(ink: str, ground: str) -> None:
    """Text has at least 4.5 to 1 on every ground that it stands on."""
    assert contrast(ink, ground) >= 4.5


def test_lines_can_be_seen() -> None:
    """Lines, bars and their marks have at least 3 to 1 on paper."""
    colours = chain((line.colour for line in palette.SERIES), (bar[0] for bar in palette.BAR_HATCHES))
    assert all(contrast(colour, palette.PAPER) >= 3 for colour in (*colours, palette.TARGET_LINE))


def test_nothing_is_told_by_colour_alone() -> None:
    """Series differ by marker and dash, bars by hatch, verdicts by word and sign."""
    looks = [(line.marker, line.dash) for line in palette.SERIES]
    assert len(set(looks)) == len(looks)
    assert len({hatch for _, hatch in palette.BAR_HATCHES}) == len(palette.BAR_HATCHES)
    assert len(set(VERDICT_WORDS.values())) == len(set(VERDICT_SIGNS.values())) == len(palette.TINTS)
