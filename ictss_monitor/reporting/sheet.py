"""One sheet of the workbook: a section's blocks, written from the top down."""

from __future__ import annotations

import io
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final

from ictss_monitor.clock import MINUTE
from ictss_monitor.reporting import charts
from ictss_monitor.reporting.blocks import (
    SHORT,
    AreasChart,
    Block,
    Bullets,
    Callout,
    Cell,
    Chart,
    Column,
    Facts,
    Heading,
    Local,
    Minutes,
    Number,
    Paragraph,
    Percentage,
    Section,
    Table,
    TrendChart,
)
from ictss_monitor.reporting.formats import Formats
from ictss_monitor.reporting.plain import plain
from ictss_monitor.reporting.wording import verdict_text, whole_name

LONGEST_TEXT: Final = 32_767
"""Characters that a cell can hold; XlsxWriter leaves out what is longer."""
LONGEST_HEADING: Final = 255
LINE: Final = 15
"""Points of the height of a line."""
LARGE_LINE: Final = 36
DEFAULT_LINE: Final = 15
POINTS_PER_INCH: Final = 72
MOST_LINES: Final = 30
"""A row is not made higher than the tallest that a spreadsheet allows."""
LETTER: Final = 1.15
"""How much wider than the average digit, in which spreadsheets measure, a letter may be."""
UNRATED_WIDTH: Final = 15
"""Characters of a figure without its rating, which has a column of its own."""
PROSE_COLUMNS: Final = (32.0, 80.0)
"""Widths of the columns of a sheet without a table."""


@dataclass(frozen=True, slots=True)
class _Shown:
    """A column of the sheet: that of a table, or what stands with its cells in a column of its own."""

    heading: str
    width: float
    index: int
    """Which column of the table it is made from."""
    part: str = "value"
    """`value`, `verdict` or `notes`."""
    numeric: bool = False


class Sheet:
    """Writes a section; the page is a worksheet of XlsxWriter."""

    def __init__(self, page: Any, formats: Formats, section: Section) -> None:
        self._page = page
        self._formats = formats
        self._section = section
        self._row = 0
        tables = [block for block in section.blocks if isinstance(block, Table) and block.rows]
        self._widths = [shown.width for shown in _columns(tables[0])] if tables else list(PROSE_COLUMNS)
        for index, width in enumerate(self._widths):
            page.set_column(index, index, width)
        self._frozen = False

    @property
    def columns(self) -> int:
        """How many columns of the sheet its table takes."""
        return len(self._widths)

    def title(self, title: str, facts: Facts) -> None:
        """Write the title of the report and what stands below it."""
        self._line(title, "title")
        self._facts(facts)
        self._row += 1

    def write(self) -> None:
        """Write the section."""
        self._line(self._section.title, "section")
        self._row += 1
        for block in self._section.blocks:
            self._block(block)
            self._row += 1

    def _block(self, block: Block) -> None:
        match block:
            case Callout():
                self._callout(block)
            case Paragraph():
                self._prose(block.text)
            case Heading():
                self._line(block.text, "heading")
            case Bullets():
                for item in block.items:
                    self._prose(item)
            case Facts():
                self._facts(block)
            case Table():
                self._table(block)
            case TrendChart() | AreasChart():
                self._picture(block)

    def _callout(self, block: Callout) -> None:
        headline = block.headline
        self._line(whole_name(headline), "quiet")
        share = headline.actual
        number = None if share.printed is None else Percentage(share.printed, share.decimals)
        self._page.set_row(self._row, LARGE_LINE if number else None)
        self._cell(0, Cell(share.text, number), "large" if number else "heading")
        self._row += 1
        self._string(0, verdict_text(headline.verdict), self._formats.verdict(headline.verdict))
        self._row += 1
        self._prose(block.sentence)

    def _line(self, text: str, kind: str) -> None:
        self._string(0, text, self._formats.kind(kind))
        self._row += 1

    def _prose(self, text: str) -> None:
        self._across(0, text)
        self._row += 1

    def _facts(self, facts: Facts) -> None:
        for word, value in facts.pairs:
            self._string(0, word, self._formats.kind("text", bold=True))
            self._across(1, value)
            self._row += 1

    def _across(self, first: int, text: str) -> None:
        """Write prose from a column to the last one, in a row as high as it needs: merged cells do not grow."""
        last = len(self._widths) - 1
        if first < last:
            self._page.merge_range(self._row, first, self._row, last, "", self._formats.kind("text"))
        self._string(first, text, self._formats.kind("text"))
        self._page.set_row(self._row, _height(text, sum(self._widths[first:])))

    def _table(self, table: Table) -> None:
        if not table.rows:
            self._prose(table.nothing)
            return
        self._line(table.caption, "quiet")
        shown = _columns(table)
        top = self._row
        headings = _apart(column.heading for column in shown)
        self._page.set_row(top, max(_height(each, column.width) for each, column in zip(headings, shown, strict=True)))
        self._page.add_table(
            top,
            0,
            top + len(table.rows),
            len(shown) - 1,
            {
                "style": None,
                "autofilter": len(table.rows) > SHORT,
                "columns": [
                    {
                        "header": each,
                        "header_format": self._formats.kind("head of numbers" if column.numeric else "head"),
                    }
                    for each, column in zip(headings, shown, strict=True)
                ],
            },
        )
        if not self._frozen:
            self._page.freeze_panes(top + 1, 1)
            self._page.repeat_rows(top)
            self._frozen = True
        for index, row in enumerate(table.rows):
            self._row += 1
            bold = table.total and index == len(table.rows) - 1
            self._page.set_row(self._row, max(_height(_text(column, row), column.width) for column in shown))
            for at, column in enumerate(shown):
                self._part(at, column, row[column.index], bold=bold)
        self._row += 1
        for remark in table.remarks:
            self._prose(remark)

    def _part(self, at: int, column: _Shown, cell: Cell, *, bold: bool) -> None:
        if column.part == "value":
            self._cell(at, cell, "number" if column.numeric else "text", bold=bold)
        elif column.part == "notes":
            self._string(at, _notes(cell), self._formats.kind("text", bold=bold))
        elif cell.verdict is not None:
            self._string(at, verdict_text(cell.verdict), self._formats.verdict(cell.verdict))
        else:
            self._string(at, "", self._formats.kind("text"))

    def _cell(self, at: int, cell: Cell, kind: str, *, bold: bool = False) -> None:
        if cell.number is None:
            self._string(at, cell.text, self._formats.kind(kind, bold=bold))
            return
        written = _number_format(cell.number)
        form = self._formats.number(written, kind, bold=bold)
        match cell.number:
            case Percentage():
                self._page.write_number(self._row, at, float(cell.number.share), form)
            case Minutes():
                self._page.write_number(self._row, at, cell.number.duration / MINUTE, form)
            case Local():
                self._page.write_datetime(self._row, at, cell.number.moment, form)
            case int():
                self._page.write_number(self._row, at, cell.number, form)

    def _string(self, at: int, text: str, form: Any) -> None:
        text = plain(text)
        self._page.write_string(
            self._row, at, text if len(text) <= LONGEST_TEXT else f"{text[: LONGEST_TEXT - 1]}…", form
        )

    def _picture(self, chart: Chart) -> None:
        picture = io.BytesIO(charts.png(chart))
        told = {
            "image_data": picture,
            "description": plain(chart.alt),
        }
        self._page.insert_image(self._row, 0, "chart.png", told)
        self._row += 2 + int(charts.height(chart) * POINTS_PER_INCH / DEFAULT_LINE)


def _columns(table: Table) -> list[_Shown]:
    return [shown for index, column in enumerate(table.columns) for shown in _apart_of(table, index, column)]


def _apart_of(table: Table, index: int, column: Column) -> Iterator[_Shown]:
    """Yield the columns of the sheet for one of the table: with its verdicts and notes apart, numbers stay bare."""
    cells = [row[index] for row in table.rows]
    lengths = any(isinstance(cell.number, Minutes) for cell in cells)
    heading = f"{column.heading} (min)" if lengths and "inutes" not in column.heading else column.heading
    rated = any(cell.verdict is not None for cell in cells)
    yield _Shown(heading, min(column.width, UNRATED_WIDTH) if rated else column.width, index, numeric=column.numeric)
    if rated:
        yield _Shown(f"{column.heading}: rating", 13, index, "verdict")
    if any(cell.notes for cell in cells):
        yield _Shown(f"{column.heading}: notes", 30, index, "notes")


def _text(column: _Shown, row: tuple[Cell, ...]) -> str:
    cell = row[column.index]
    return {"value": cell.text, "notes": _notes(cell)}.get(column.part, "")


def _notes(cell: Cell) -> str:
    return "; ".join(cell.notes)


def _height(text: str, width: float) -> float:
    """Return the height of a row, in points, in which `text` breaks into lines of `width` characters."""
    lines = sum(1 + int(len(line) * LETTER // max(width, 1)) for line in text.split("\n"))
    return LINE * min(lines, MOST_LINES)


def _apart(headings: Iterator[str]) -> list[str]:
    """Return headings as Excel wants them in a table: short, not empty, each only once whatever its capitals."""
    found: list[str] = []
    taken: set[str] = set()
    for heading in headings:
        text = " ".join(plain(heading).split())[: LONGEST_HEADING - 8] or "Column"
        again, number = text, 1
        while again.lower() in taken:
            number += 1
            again = f"{text} ({number})"
        taken.add(again.lower())
        found.append(again)
    return found


def _number_format(number: Number) -> str:
    match number:
        case Percentage():
            return f"0.{'0' * number.decimals}%" if number.decimals else "0%"
        case Minutes():
            return "#,##0" if number.duration % MINUTE == 0 else "#,##0.0##"
        case Local():
            return "d mmm yyyy hh:mm"
        case int():
            return "0"
