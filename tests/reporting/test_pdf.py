"""The PDF: tagged, titled, on A4, and of the same words."""

from __future__ import annotations

import builtins
import io

import pytest
from pypdf import PdfReader
from support.needs import need_pango
from support.report_content import Rendered, empty

from ictss_monitor.errors import UsageError
from ictss_monitor.reporting.pdf import pdf

MILLIMETRE = 72 / 25.4


@pytest.fixture(scope="module")
def reader(rendered: Rendered) -> PdfReader:
    """Return the example as a PDF that is read."""
    return PdfReader(io.BytesIO(rendered("example", "pdf")))


def test_it_is_tagged(reader: PdfReader) -> None:
    """It is marked, has a tree of its structure and a language, shows its title, and says that it is PDF/UA-1."""
    catalogue = reader.root_object
    assert catalogue["/MarkInfo"]["/Marked"].value is True
    assert catalogue["/StructTreeRoot"]
    assert str(catalogue["/Lang"]).lower() == "en-gb"
    assert catalogue["/ViewerPreferences"]["/DisplayDocTitle"]
    assert b"pdfuaid:part" in catalogue["/Metadata"].get_data()


def test_headings_tables_and_pictures_are_in_its_structure(reader: PdfReader) -> None:
    """The tags hold headings, headings of tables with their scope, and pictures with their words."""
    tags: list[str] = []
    words: list[str] = []
    left = [reader.root_object["/StructTreeRoot"]]
    while left:
        element = left.pop().get_object()
        if not isinstance(element, dict):
            continue
        tags.append(str(element.get("/S")))
        if element.get("/S") == "/Figure":
            words.append(str(element.get("/Alt", "")))
        children = element.get("/K", [])
        left += children if isinstance(children, list) else [children]
    assert {"/H1", "/H2", "/Table", "/TH", "/TD", "/Figure"} <= set(tags)
    assert all(len(each) > 40 for each in words)


def test_its_pages(reader: PdfReader) -> None:
    """Pages are A4, those of wide tables laid across; each has its number and the statement at its foot."""
    sizes = {tuple(round(float(side) / MILLIMETRE) for side in page.mediabox[2:]) for page in reader.pages}
    assert sizes == {(210, 297), (297, 210)}
    for number, page in enumerate(reader.pages, 1):
        text = page.extract_text()
        assert f"{number} of {len(reader.pages)}" in text
        assert "Statement version 2" in text


def test_the_summary_is_one_page(reader: PdfReader) -> None:
    """The first page is the summary, and the services begin on the second."""
    assert "1. Summary" in reader.pages[0].extract_text()
    assert "2. Services" in reader.pages[1].extract_text()


def test_its_bookmarks_and_dates(reader: PdfReader) -> None:
    """Sections are bookmarks; the date inside is that of the report, not of the file."""
    titles = [each["/Title"] for each in reader.outline if not isinstance(each, list)]
    assert titles[0] == "1. Summary"
    assert len(titles) >= 12
    assert reader.metadata is not None
    assert str(reader.metadata["/CreationDate"]).startswith("D:20191008091500")


def test_nothing_is_fetched(monkeypatch: pytest.MonkeyPatch) -> None:
    """An address in a name is not opened, and a page with a picture from elsewhere gets none."""
    import socket

    need_pango()
    from ictss_monitor.reporting import pdf as module

    def refuse(*_: object) -> None:
        raise AssertionError("the network was asked")

    monkeypatch.setattr(socket.socket, "connect", refuse)
    monkeypatch.setattr(socket, "getaddrinfo", refuse)
    page = b'<html lang="en"><title>x</title><img alt="x" src="http://192.0.2.1/x.png"><img alt="y" src="file:///etc/passwd">'
    monkeypatch.setattr(module, "html", lambda _: page)
    assert module.pdf(empty()).startswith(b"%PDF")


def test_without_pango_the_message_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    """A machine without the library that sets text gets one line, not a traceback."""

    def missing(name: str, *rest: object) -> object:
        if name == "weasyprint":
            raise OSError("cannot load library 'libpango-1.0-0'")
        return original(name, *rest)  # type: ignore[arg-type]

    original = builtins.__import__
    monkeypatch.setattr(builtins, "__import__", missing)
    with pytest.raises(UsageError, match="PDF needs the library Pango: apt-get install libpango-1"):
        pdf(empty())
