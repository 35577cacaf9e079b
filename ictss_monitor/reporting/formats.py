"""The formats of the workbook: typefaces, colours and alignments, each made once."""

from __future__ import annotations

from typing import Any, Final

from ictss_monitor.reporting import palette
from ictss_monitor.reporting.shares import Verdict

_HEAD: Final = {"bold": True, "text_wrap": True, "valign": "bottom", "bg_color": palette.HEAD, "bottom": 1}
_KINDS: Final[dict[str, dict[str, Any]]] = {
    "title": {"bold": True, "font_size": 18, "font_color": palette.ACCENT},
    "section": {"bold": True, "font_size": 14, "font_color": palette.ACCENT},
    "heading": {"bold": True, "font_size": 11},
    "large": {"bold": True, "font_size": 24, "align": "left"},
    "quiet": {"font_color": palette.QUIET, "valign": "top"},
    "text": {"text_wrap": True, "valign": "top"},
    "number": {"text_wrap": True, "valign": "top", "align": "right", "indent": 1},
    "head": _HEAD,
    "head of numbers": {**_HEAD, "align": "right", "indent": 1},
}


class Formats:
    """The formats of a workbook, each made once."""

    def __init__(self, book: Any) -> None:
        self._book = book
        self._made: dict[tuple[object, ...], Any] = {}

    def kind(self, kind: str, *, bold: bool = False) -> Any:
        """Return the format of one of _KINDS."""
        return self._of({**_KINDS[kind], **({"bold": True} if bold else {})})

    def number(self, written: str, kind: str = "number", *, bold: bool = False) -> Any:
        """Return the format of a number that is shown as `written` says."""
        return self._of({**_KINDS[kind], "num_format": written, **({"bold": True} if bold else {})})

    def head(self, *, numeric: bool) -> Any:
        """Return the format of the heading of a column."""
        return self.kind("head of numbers" if numeric else "head")

    def verdict(self, verdict: Verdict) -> Any:
        """Return the format of a verdict."""
        tint = palette.TINTS[verdict]
        return self._of({"font_color": tint.ink, "bg_color": tint.ground, "bold": True, "valign": "top", "indent": 1})

    def _of(self, told: dict[str, Any]) -> Any:
        key = tuple(sorted(told.items()))
        if key not in self._made:
            self._made[key] = self._book.add_format({"font_name": "Arial", "font_size": 10, **told})
        return self._made[key]
