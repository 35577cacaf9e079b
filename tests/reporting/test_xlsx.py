"""The workbook: numbers are numbers that show the printed digits, and text never becomes a formula."""

from __future__ import annotations

import io
import shutil
import subprocess
from pathlib import Path

import openpyxl
import pytest
from openpyxl.cell.cell import Cell
from openpyxl.workbook.workbook import Workbook
from support.needs import need
from support.report_content import HOSTILE, REPORTS, Rendered

from ictss_monitor.reporting.plain import plain
from ictss_monitor.reporting.sections import sections


def book_of(rendered: Rendered, report: str) -> Workbook:
    """Return a report as a workbook that is read."""
    return openpyxl.load_workbook(io.BytesIO(rendered(report, "xlsx")))


def cells(book: Workbook) -> list[Cell]:
    """Return every cell that holds something."""
    return [cell for sheet in book for row in sheet.iter_rows() for cell in row if cell.value is not None]


@pytest.mark.parametrize("report", REPORTS)
def test_a_sheet_for_each_section(rendered: Rendered, report: str) -> None:
    """Each section has a sheet named after it, in the order of reading."""
    book = book_of(rendered, report)
    assert book.sheetnames == [section.title.replace("/", "-")[:31] for section in sections(REPORTS[report]())]


@pytest.mark.parametrize("report", REPORTS)
def test_no_text_is_a_formula(rendered: Rendered, report: str) -> None:
    """No cell of any report is a formula or a link."""
    for cell in cells(book_of(rendered, report)):
        assert cell.data_type != "f"
        assert cell.hyperlink is None


def test_text_of_others_is_whole(rendered: Rendered) -> None:
    """Names that look like formulas are in the cells, as they are."""
    held = {cell.value for cell in cells(book_of(rendered, "hostile"))}
    assert {plain(name) for name in HOSTILE} <= held


def test_numbers_show_the_printed_digits(rendered: Rendered) -> None:
    """A figure is a number with as many decimals as on paper: 99.57 % of document D, cut, does not show as 99.58 %."""
    sheet = book_of(rendered, "example")["3. Areas and minutes lost"]
    row = next(row for row in sheet.iter_rows() if row[0].value == "All four areas")
    by_head = {head.value: cell for head, cell in zip(_head(sheet), row, strict=True)}
    assert by_head["Minutes lost"].value == 560
    assert by_head["Availability"].value == pytest.approx(0.9957, abs=1e-12)
    assert by_head["Availability"].number_format == "0.00%"
    assert by_head["Availability: rating"].value == "● Green"


def _head(sheet: object) -> tuple[Cell, ...]:
    return next(row for row in sheet.iter_rows() if row[0].value == "Area")  # type: ignore[attr-defined]


def test_tables_are_tables(rendered: Rendered) -> None:
    """Each table has its headings frozen and named as a table; outages have real dates."""
    sheet = book_of(rendered, "example")["6. Outages"]
    assert sheet.freeze_panes == "B5"
    (table,) = sheet.tables.values()
    assert table.column_names[:3] == ["No.", "Service", "Council"]
    assert sheet["D5"].is_date
    assert sheet["D5"].value.isoformat() == "2019-07-09T10:05:00"
    assert sheet.column_dimensions["B"].width >= 20


def test_pictures_are_told_in_words(rendered: Rendered, tmp_path: Path) -> None:
    """The charts' pictures have their alternative texts."""
    file = tmp_path / "book.zip"
    file.write_bytes(rendered("example", "xlsx"))
    shutil.unpack_archive(file, tmp_path / "book")
    drawings = [each.read_text() for each in (tmp_path / "book" / "xl" / "drawings").glob("*.xml")]
    assert len(drawings) == 2
    assert all('descr="' in each for each in drawings)


@pytest.mark.slow
@pytest.mark.parametrize("form", ["xlsx", "docx"])
@pytest.mark.parametrize("report", REPORTS)
def test_libreoffice_opens_it(rendered: Rendered, report: str, form: str, tmp_path: Path) -> None:
    """LibreOffice opens the file and prints it."""
    soffice = need("soffice", "libreoffice-writer-nogui libreoffice-calc-nogui")
    file = tmp_path / f"report.{form}"
    file.write_bytes(rendered(report, form))
    profile = f"-env:UserInstallation=file://{tmp_path}/profile"
    subprocess.run(
        [soffice, profile, "--headless", "--convert-to", "pdf", "--outdir", tmp_path, file],
        check=True,
        capture_output=True,
        timeout=100,
    )
    assert (tmp_path / "report.pdf").read_bytes().startswith(b"%PDF")
