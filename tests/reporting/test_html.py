"""The HTML: its structure for those who listen to it, and that no text breaks out of it."""

from __future__ import annotations

from collections.abc import Iterator
from html.parser import HTMLParser
from itertools import pairwise

import pytest
from support.report_content import HOSTILE, Rendered

from ictss_monitor.reporting.plain import plain

VOID = frozenset({"meta", "img", "col", "br", "link", "input"})


class Page(HTMLParser):
    """What a page is made of: its tags in order with their attributes, and the text of each kind of element."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.texts: dict[str, list[str]] = {}
        self._open: list[str] = []
        self.feed(text)
        self.close()
        assert self._open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        self.texts.setdefault(tag, []).append("")
        if tag not in VOID:
            self._open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self._open.pop() == tag

    def handle_data(self, data: str) -> None:
        for tag in set(self._open):
            self.texts[tag][-1] += data

    def every(self, *names: str) -> Iterator[dict[str, str | None]]:
        """Yield the attributes of the elements of these names."""
        return (attributes for tag, attributes in self.tags if tag in names)


@pytest.fixture(params=["example", "empty", "hostile"])
def page(request: pytest.FixtureRequest, rendered: Rendered) -> Page:
    """Return each report as a page, well-formed."""
    return Page(rendered(request.param, "html").decode("utf-8"))


def test_headings_leave_out_no_level(page: Page) -> None:
    """There is one title, and no heading is more than one level below the one before."""
    levels = [int(tag[1]) for tag, _ in page.tags if tag in ("h1", "h2", "h3", "h4")]
    assert levels.count(1) == 1
    assert levels[0] == 1
    assert all(after - before <= 1 for before, after in pairwise(levels))


def test_tables_can_be_listened_to(page: Page) -> None:
    """Each heading of a table says whether it heads a column or a row, and each table has a caption."""
    assert all(attributes.get("scope") in ("col", "row") for attributes in page.every("th"))
    assert len(page.texts.get("caption", [])) == len(list(page.every("table")))
    assert all(page.texts.get("caption", []))


def test_pictures_are_told_in_words(page: Page) -> None:
    """Every picture has an alternative text, and is inside the file."""
    for attributes in page.every("img"):
        assert len(attributes["alt"] or "") > 40
        assert (attributes["src"] or "").startswith("data:image/svg+xml;base64,")


def test_the_page_needs_nothing_else(page: Page) -> None:
    """It says its language and title, runs nothing, and refers to nothing outside itself."""
    assert next(page.every("html"))["lang"] == "en-GB"
    assert page.texts["title"][0]
    assert not list(page.every("script", "link", "iframe", "object"))
    for _, attributes in page.tags:
        assert (attributes.get("src") or attributes.get("href") or "#").startswith(("#", "data:"))
        assert not any(name.startswith("on") for name in attributes)
    assert "url(" not in page.texts["style"][0]


def test_links_lead_somewhere(page: Page) -> None:
    """Every link of the contents leads to a section that is there."""
    ids = {attributes.get("id") for _, attributes in page.tags}
    assert all((attributes["href"] or "").removeprefix("#") in ids for attributes in page.every("a"))


def test_text_of_others_stays_text(rendered: Rendered) -> None:
    """Names with markup, templates, controls and any script are shown as they are."""
    page = Page(rendered("hostile", "html").decode("utf-8"))
    cells = page.texts["td"] + page.texts["th"]
    for name in HOSTILE:
        assert any(plain(name) in cell for cell in cells), name


def test_the_summary_says_it_in_words(rendered: Rendered) -> None:
    """The figure, its verdict as a word, and the statement's digest are on the page."""
    text = " ".join(" ".join(each) for each in Page(rendered("example", "html").decode()).texts.values())
    for said in ("99.57 %", "● Green", "is met (green)", "9f2c" * 16, "N/A (hosted externally)"):
        assert said in text
    assert "Lewisham: measured from 1 October 2016, mean of 6 of 12 months." in text


def test_nothing_is_said_to_be_nothing(rendered: Rendered) -> None:
    """Where there are no outages, incidents or figures, a sentence says so."""
    page = Page(rendered("empty", "html").decode())
    for said in ("No outage was recorded", "no major incident", "There is no figure", "no basket"):
        assert any(said in text for text in page.texts["p"]), said
