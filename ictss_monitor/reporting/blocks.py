"""What a report is made of, whatever its format: sections of headings, sentences, tables and charts.

`sections` lays a report out in these; every format only sets them in its own type.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from fractions import Fraction
from typing import Final, TypeAlias

from ictss_monitor.clock import Duration
from ictss_monitor.reporting.content import Headline
from ictss_monitor.reporting.rows import AreasTable, Trend
from ictss_monitor.reporting.shares import Verdict

SHORT: Final = 12
"""Tables of no more rows are kept on one page, and need no filter."""


@dataclass(frozen=True, slots=True)
class Percentage:
    """A share as printed, with its decimals: a spreadsheet shows the same digits as the paper."""

    share: Fraction
    decimals: int


@dataclass(frozen=True, slots=True)
class Minutes:
    """A duration that a spreadsheet holds in minutes."""

    duration: Duration


@dataclass(frozen=True, slots=True)
class Local:
    """A local time without its zone, as spreadsheets have them."""

    moment: datetime


Number: TypeAlias = Percentage | Minutes | Local | int
"""What a cell is to a spreadsheet; an int is a count."""


@dataclass(frozen=True, slots=True)
class Cell:
    """One cell: the text that is printed, and what stands with it."""

    text: str
    number: Number | None = None
    verdict: Verdict | None = None
    """Printed behind the text, as a word with its sign and colour."""
    notes: tuple[str, ...] = ()
    """Printed below the text, smaller."""


@dataclass(frozen=True, slots=True)
class Column:
    """One column of a table. `width` is in characters of a spreadsheet, and its share of a page."""

    heading: str
    width: int
    numeric: bool = False


@dataclass(frozen=True, slots=True)
class Table:
    """A table; the first column heads its rows."""

    caption: str
    columns: tuple[Column, ...]
    rows: tuple[tuple[Cell, ...], ...]
    nothing: str = ""
    """The sentence that stands in its place where it has no rows."""
    total: bool = False
    """Whether the last row sums the others up."""
    remarks: tuple[str, ...] = ()
    """Sentences below it."""


@dataclass(frozen=True, slots=True)
class Paragraph:
    """A sentence or more."""

    text: str


@dataclass(frozen=True, slots=True)
class Heading:
    """A heading below that of the section."""

    text: str


@dataclass(frozen=True, slots=True)
class Bullets:
    """Sentences beside each other."""

    items: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Facts:
    """Words and what they are."""

    pairs: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Callout:
    """The headline of the summary, large, with the same in words."""

    headline: Headline
    sentence: str


@dataclass(frozen=True, slots=True)
class TrendChart:
    """The chart of a year's trend; `alt` tells in words what it shows."""

    trend: Trend
    alt: str


@dataclass(frozen=True, slots=True)
class AreasChart:
    """The chart of the minutes that the areas lost."""

    areas: AreasTable
    alt: str


Chart: TypeAlias = TrendChart | AreasChart
Block: TypeAlias = Callout | Paragraph | Heading | Bullets | Facts | Table | TrendChart | AreasChart


@dataclass(frozen=True, slots=True)
class Section:
    """One section, under a heading of its own."""

    id: str
    title: str
    blocks: tuple[Block, ...]
    wide: bool = False
    """Its table needs a page laid across."""
