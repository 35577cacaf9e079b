"""The colours of the report. Every pair that stands together has the contrast that WCAG 2.2 AA asks for.

That is 4.5 to 1 for text, 3 to 1 for lines and signs; a test computes it for TEXT_PAIRS and for SERIES.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from ictss_monitor.reporting.shares import Verdict

PAPER: Final = "#ffffff"
INK: Final = "#1b1f24"
QUIET: Final = "#555d66"
"""Captions, notes and the foot of the page."""
ACCENT: Final = "#12436d"
HEAD: Final = "#eef2f6"
"""Behind the headings of tables."""
RULE: Final = "#c6ced6"
"""Hair lines between rows: decoration, nothing is told by them."""


@dataclass(frozen=True, slots=True)
class Tint:
    """The colours of a verdict: its text and sign, and what is behind them."""

    ink: str
    ground: str


TINTS: Final = {
    Verdict.GREEN: Tint("#0b5a33", "#e4f3ea"),
    Verdict.AMBER: Tint("#7a4a00", "#fff1d9"),
    Verdict.RED: Tint("#9b1c1c", "#fdeaea"),
    Verdict.OPEN: Tint("#454c54", "#eceff2"),
}
TEXT_PAIRS: Final = (
    (INK, PAPER),
    (INK, HEAD),
    (QUIET, PAPER),
    (QUIET, HEAD),
    (ACCENT, PAPER),
    (ACCENT, HEAD),
    *((tint.ink, tint.ground) for tint in TINTS.values()),
    *((tint.ink, PAPER) for tint in TINTS.values()),
    *((INK, tint.ground) for tint in TINTS.values()),
)
"""Text and the ground that it stands on."""


@dataclass(frozen=True, slots=True)
class Line:
    """How a series is drawn, so that it can be told from the others without its colour."""

    colour: str
    marker: str
    dash: str


SERIES: Final = (
    Line("#12436d", "o", "-"),
    Line("#b3400a", "s", "--"),
    Line("#28705a", "^", "-."),
    Line("#801650", "D", ":"),
    Line("#5b4a9c", "v", "--"),
    Line("#3d3d3d", "P", "-."),
)
"""In turn; beyond the last they begin anew."""
TARGET_LINE: Final = "#9b1c1c"
BAR_HATCHES: Final = (("#12436d", ""), ("#b3400a", "///"), ("#28705a", "..."), ("#6a4c93", "\\\\"))
"""Parts of a bar: own, third parties, councils' own sites, planned."""
