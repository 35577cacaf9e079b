"""The report as a Word document: real headings, tables whose headings repeat, pictures with their words, A4."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING

from ictss_monitor.clock import to_datetime
from ictss_monitor.reporting import charts, palette, word
from ictss_monitor.reporting.blocks import (
    SHORT,
    AreasChart,
    Block,
    Bullets,
    Callout,
    Cell,
    Facts,
    Heading,
    Paragraph,
    Table,
    TrendChart,
)
from ictss_monitor.reporting.content import Report
from ictss_monitor.reporting.plain import plain
from ictss_monitor.reporting.sections import sections, title_facts
from ictss_monitor.reporting.shares import Verdict
from ictss_monitor.reporting.wording import statement_line, verdict_text, whole_name

if TYPE_CHECKING:
    from docx.document import Document
    from docx.table import _Cell
    from docx.text.paragraph import Paragraph as Words


def docx(report: Report) -> bytes:
    """Return the report as a DOCX document."""
    document = word.blank()
    told = document.core_properties
    told.title = plain(f"{report.title}, {report.period.words}")[: word.LONGEST_PROPERTY]
    told.author = plain(", ".join(report.councils))[: word.LONGEST_PROPERTY]
    told.comments, told.language, told.last_modified_by = "", "en-GB", ""
    told.created = told.modified = to_datetime(report.made_at).replace(tzinfo=None)
    word.foot(document, plain(f"{report.title}, {report.period.words} · {statement_line(report)}"))
    document.add_paragraph(plain(report.title), style="Title")
    document.add_paragraph(plain(report.period.words), style="Subtitle")
    _facts(document, title_facts(report))
    wide = False
    for number, section in enumerate(sections(report)):
        turned = section.wide is not wide
        if turned:
            wide = section.wide
            word.turn_page(document, wide=wide)
        heading = document.add_heading(plain(section.title), 1)
        heading.paragraph_format.page_break_before = number == 1 and not turned  # the summary has its page for itself
        for block in section.blocks:
            _block(document, block, wide=wide)
    written = io.BytesIO()
    document.save(written)
    return word.settled(written.getvalue())


def _block(document: Document, block: Block, *, wide: bool) -> None:
    match block:
        case Callout():
            _callout(document, block)
        case Paragraph():
            document.add_paragraph(plain(block.text))
        case Heading():
            document.add_heading(plain(block.text), 2)
        case Bullets():
            for item in block.items:
                document.add_paragraph(plain(item), style="List Bullet")
        case Facts():
            _facts(document, block)
        case Table():
            _table(document, block, "In wide table" if wide else "In table")
        case TrendChart() | AreasChart():
            picture = document.add_picture(io.BytesIO(charts.png(block)), width=word.picture_width(document))
            word.describe(picture, plain(block.alt))


def _callout(document: Document, block: Callout) -> None:
    headline = block.headline
    document.add_paragraph(plain(whole_name(headline)), style="Quiet")
    words = document.add_paragraph(style="Figure" if headline.actual.printed is not None else "Figure in words")
    words.add_run(plain(headline.actual.text))
    words = document.add_paragraph()
    _verdict(words, headline.verdict)
    if headline.target is not None:
        words.add_run(plain(f"   Target {headline.target.text}"))
    document.add_paragraph(plain(block.sentence))


def _facts(document: Document, facts: Facts) -> None:
    for name, value in facts.pairs:
        words = document.add_paragraph(style="Fact")
        words.add_run(plain(f"{name}: ")).bold = True
        words.add_run(plain(value))


def _table(document: Document, table: Table, style: str) -> None:
    if not table.rows:
        document.add_paragraph(plain(table.nothing))
        return
    document.add_paragraph(plain(table.caption), style="Caption")
    made = document.add_table(rows=0, cols=len(table.columns), style="Report")
    word.lay_out(document, made, [column.width for column in table.columns])
    head = made.add_row()
    word.repeat(head)
    for box, column in zip(head.cells, table.columns, strict=True):
        words = _words(box, style, numeric=column.numeric)
        words.add_run(plain(column.heading)).bold = True
        word.keep_with_next(words)
        word.shade(box, palette.HEAD)
    last = len(table.rows) - 1
    for index, row in enumerate(table.rows):
        added = made.add_row()
        word.keep_whole(added)
        for box, cell, column in zip(added.cells, row, table.columns, strict=True):
            words = _words(box, style, numeric=column.numeric)
            _fill(box, words, cell, bold=table.total and index == last)
            if last < SHORT and index < last:
                word.keep_with_next(words)
    for remark in table.remarks:
        document.add_paragraph(plain(remark), style="Remark")
    if not table.remarks:
        document.add_paragraph()


def _fill(box: _Cell, words: Words, cell: Cell, *, bold: bool) -> None:
    words.add_run(plain(cell.text).replace(" %", "\u00a0%")).bold = bold or None
    if cell.verdict is not None:
        words.add_run(" ")
        _verdict(words, cell.verdict)
    for note in cell.notes:
        more = box.add_paragraph(style="Note")
        more.alignment = words.alignment
        more.add_run(plain(note))


def _words(box: _Cell, style: str, *, numeric: bool) -> Words:
    words: Words = box.paragraphs[0]
    words.style = style
    word.align(words, right=numeric)
    return words


def _verdict(words: Words, verdict: Verdict) -> None:
    tint = palette.TINTS[verdict]
    word.tint(words.add_run(verdict_text(verdict).replace(" ", "\u00a0")), tint.ink, tint.ground)
