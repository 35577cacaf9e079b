"""A page of plain text for people, no wider than a terminal: headings, paragraphs, and sums line by line."""

from __future__ import annotations

import textwrap
from collections.abc import Iterable
from fractions import Fraction
from typing import Final, TypeAlias

from ictss_monitor.availability.figure import Amount
from ictss_monitor.clock import MINUTE, SECOND

WIDTH: Final = 79
_DECIMALS_OF_A_SECOND: Final = 6
_PLACES: Final = 8

Line: TypeAlias = tuple[str, str, str]
"""Sign, name and value of one line of a sum."""


class Page:
    """Takes what is to be said, part by part."""

    def __init__(self) -> None:
        self._lines: list[str] = []

    def title(self, text: str) -> None:
        """Add a title, underlined."""
        lines = textwrap.wrap(_printable(text), WIDTH)
        self._lines += [*lines, "=" * max(map(len, lines), default=0)]

    def heading(self, text: str) -> None:
        """Add a heading after an empty line."""
        lines = textwrap.wrap(_printable(text), WIDTH)
        self._lines += ["", *lines, "-" * max(map(len, lines), default=0)]

    def gap(self) -> None:
        """Add an empty line."""
        self._lines.append("")

    def say(self, text: str, indent: int = 0, hanging: int = 0) -> None:
        """Add a paragraph, broken into lines; those after the first are indented by `hanging` more."""
        first, rest = " " * indent, " " * (indent + hanging)
        lines = textwrap.wrap(
            _printable(text), WIDTH, initial_indent=first, subsequent_indent=rest, break_on_hyphens=False
        )
        self._lines += lines

    def sum(self, lines: Iterable[Line], indent: int = 2) -> None:
        """Add the lines of a sum, their values one below another on the right."""
        for sign, name, value in lines:
            head = f"{' ' * indent}{sign:1} "
            room = WIDTH - len(head) - len(value) - 2
            parts = textwrap.wrap(_printable(name), max(room, 20)) or [""]
            self._lines += [head + parts[0].ljust(room + 2) + value] if len(parts) == 1 else _long(head, parts, value)

    def text(self) -> str:
        """Return the page."""
        return "\n".join(line.rstrip() for line in self._lines) + "\n"


def _printable(text: str) -> str:
    """Return what people wrote without what would move a terminal's cursor or change its colours."""
    return "".join(char if char.isprintable() else " " for char in text)


def _long(head: str, parts: list[str], value: str) -> list[str]:
    *above, last = parts
    indent = " " * len(head)
    lines = [(head if not index else indent) + part for index, part in enumerate(above)]
    return [*lines, indent + last.ljust(WIDTH - len(indent) - len(value)) + value]


def minutes_text(amount: Amount, *, to_the_microsecond: bool = False) -> str:
    """Return a time in minutes and seconds, exactly: `44,695 min 30 s`; of a fraction of a microsecond what is whole.

    The parts of several stand one below another where they are set flush right.
    """
    if amount < 0:
        return f"-{minutes_text(-amount, to_the_microsecond=to_the_microsecond).lstrip()}"
    minutes, rest = divmod(int(amount), MINUTE)
    seconds, micros = divmod(rest, SECOND)
    if to_the_microsecond or micros:
        return f"{minutes:,} min {seconds:>2}.{micros:0{_DECIMALS_OF_A_SECOND}} s"
    return f"{minutes:,} min {seconds:>2} s"


def plain_minutes(amount: Amount) -> str:
    """Return a time in minutes and seconds as it stands within a sentence."""
    return " ".join(minutes_text(amount).split())


def is_to_the_microsecond(amounts: Iterable[Amount]) -> bool:
    """Tell whether any of the times is not of whole seconds."""
    return any(amount % SECOND for amount in amounts)


def exact_percent(share: Fraction) -> str:
    """Return a share in per cent with eight decimals, cut and with an ellipsis where there are more."""
    scaled = share * 100 * 10**_PLACES
    whole, rest = divmod(abs(scaled.numerator) // scaled.denominator, 10**_PLACES)
    digits = f"{whole}.{rest:0{_PLACES}}"
    sign = "-" if share < 0 else ""
    return f"{sign}{digits.rstrip('0').rstrip('.')} %" if scaled.denominator == 1 else f"{sign}{digits}… %"
