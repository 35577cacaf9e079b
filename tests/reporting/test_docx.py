"""The Word document: its headings, tables and pictures are what they look like."""

from __future__ import annotations

import io
from datetime import UTC, datetime

import pytest
from docx import Document
from docx.document import Document as Opened
from docx.enum.section import WD_ORIENT
from docx.oxml.ns import qn
from support.report_content import HOSTILE, REPORTS, Rendered

from ictss_monitor.reporting.plain import plain
from ictss_monitor.reporting.sections import sections


@pytest.fixture(scope="module")
def document(rendered: Rendered) -> Opened:
    """Return the example as a document that is read."""
    return Document(io.BytesIO(rendered("example", "docx")))


def test_headings_are_headings(document: Opened) -> None:
    """Each section has a heading of the first level, in the order of reading."""
    found = [each.text for each in document.paragraphs if each.style is not None and each.style.name == "Heading 1"]
    assert found == [section.title for section in sections(REPORTS["example"]())]


def test_the_heads_of_tables_repeat(document: Opened) -> None:
    """The first row of every table is marked as its head, and no row is torn by the end of a page."""
    assert document.tables
    for table in document.tables:
        first, *others = table.rows
        assert first._tr.trPr.find(qn("w:tblHeader")) is not None
        assert all(row._tr.trPr.find(qn("w:cantSplit")) is not None for row in (first, *others))


def test_pictures_are_told_in_words(document: Opened) -> None:
    """Both charts have their alternative text."""
    assert len(document.inline_shapes) == 2
    assert all(len(shape._inline.docPr.get("descr")) > 40 for shape in document.inline_shapes)


def test_pages(document: Opened) -> None:
    """Pages are A4, wide tables on pages laid across, each with the statement and its number at the foot."""
    sizes = {(round(each.page_width.mm), round(each.page_height.mm)) for each in document.sections}
    assert sizes == {(210, 297), (297, 210)}
    assert {each.orientation for each in document.sections} == {WD_ORIENT.PORTRAIT, WD_ORIENT.LANDSCAPE}
    (foot,) = document.sections[0].footer.paragraphs
    assert "Statement version 2" in foot.text
    assert [field.get(qn("w:instr")) for field in foot._p.iter(qn("w:fldSimple"))] == ["PAGE", "NUMPAGES"]


def test_properties(document: Opened) -> None:
    """It says its title and language, and the date of the report."""
    told = document.core_properties
    assert told.title == "Availability of shared ICT services, July to September 2019"
    assert told.language == "en-GB"
    assert told.created == told.modified == datetime(2019, 10, 8, 9, 15, tzinfo=UTC)


def test_text_of_others_stays_text(rendered: Rendered) -> None:
    """Names with markup and controls are in the tables, as they are."""
    opened = Document(io.BytesIO(rendered("hostile", "docx")))
    held = {cell.text for table in opened.tables for row in table.rows for cell in row.cells}
    assert {plain(name).replace("\t", "\t") for name in HOSTILE} <= held


def test_a_report_of_nothing_has_no_tables(rendered: Rendered) -> None:
    """Where there is nothing to list, sentences stand instead of empty tables."""
    opened = Document(io.BytesIO(rendered("empty", "docx")))
    assert opened.tables == []
    assert any("No outage was recorded" in each.text for each in opened.paragraphs)
