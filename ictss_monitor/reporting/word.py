"""What python-docx has no words for: styles of ours, rows that repeat, alt texts, fields, pages laid across.

Elements are those of Office Open XML (ECMA-376), part 1, by their names there.
"""

from __future__ import annotations

import io
import zipfile
from collections.abc import Sequence
from typing import TYPE_CHECKING, Final

from ictss_monitor.reporting import palette

if TYPE_CHECKING:
    from docx.document import Document
    from docx.oxml.xmlchemy import BaseOxmlElement
    from docx.shape import InlineShape
    from docx.shared import Length
    from docx.table import Table, _Cell, _Row
    from docx.text.paragraph import Paragraph
    from docx.text.run import Run

LONGEST_PROPERTY: Final = 255
"""Characters that a property of a document may have."""
FONT: Final = "Arial"
_STYLES: Final = (
    # name, points, bold, colour, points before and after
    ("Title", 22, True, palette.ACCENT, 0, 2),
    ("Subtitle", 14, False, palette.QUIET, 0, 12),
    ("Heading 1", 15, True, palette.ACCENT, 20, 8),
    ("Heading 2", 11.5, True, palette.INK, 12, 4),
    ("Caption", 9, False, palette.QUIET, 6, 4),
    ("List Bullet", 10.5, False, palette.INK, 0, 4),
    ("Fact", 10.5, False, palette.INK, 0, 3),
    ("Quiet", 10.5, False, palette.QUIET, 6, 0),
    ("Figure", 32, True, palette.INK, 0, 2),
    ("Figure in words", 16, True, palette.INK, 0, 4),
    ("In table", 8.5, False, palette.INK, 2, 2),
    ("In wide table", 7.5, False, palette.INK, 2, 2),
    ("Note", 7.5, False, palette.QUIET, 0, 2),
    ("Remark", 9, False, palette.INK, 6, 0),
    ("Footer", 7.5, False, palette.QUIET, 0, 0),
)
_ZIP_DATE: Final = (1980, 1, 1, 0, 0, 0)
"""The earliest that a ZIP archive can tell: the date of the report is among the properties."""


def blank() -> Document:
    """Return a document with our page, language and styles, and nothing in it."""
    import docx
    from docx.enum.style import WD_STYLE_TYPE
    from docx.shared import Mm, Pt

    document = docx.Document()
    section = document.sections[0]
    section.page_width, section.page_height = Mm(210), Mm(297)
    section.left_margin = section.right_margin = Mm(20)
    section.top_margin = section.bottom_margin = Mm(20)
    _restyle(document, "Normal", 10.5, palette.INK)
    language = _child(document.styles["Normal"].element.get_or_add_rPr(), "w:lang")
    language.set(_name("w:val"), "en-GB")
    known = {style.name for style in document.styles}
    for name, size, bold, colour, before, after in _STYLES:
        if name not in known:
            document.styles.add_style(name, WD_STYLE_TYPE.PARAGRAPH).base_style = document.styles["Normal"]
        _restyle(document, name, size, colour)
        style = document.styles[name]
        style.font.bold, style.font.italic = bold, False
        style.paragraph_format.space_before, style.paragraph_format.space_after = Pt(before), Pt(after)
    document.styles["Caption"].paragraph_format.keep_with_next = True
    for ruled in document.styles["Title"].element.iter(_name("w:pBdr")):
        ruled.getparent().remove(ruled)
    _table_style(document)
    return document


def _restyle(document: Document, name: str, size: float, colour: str) -> None:
    from docx.shared import Pt, RGBColor

    font = document.styles[name].font
    font.size, font.name, font.color.rgb = Pt(size), FONT, RGBColor.from_string(colour.removeprefix("#"))
    fonts = document.styles[name].element.get_or_add_rPr().get_or_add_rFonts()
    for theme in ("asciiTheme", "hAnsiTheme", "eastAsiaTheme", "cstheme"):
        fonts.attrib.pop(_name(f"w:{theme}"), None)  # a theme's typeface would stand over ours
    fonts.set(_name("w:hAnsi"), FONT)
    fonts.set(_name("w:cs"), FONT)


def _table_style(document: Document) -> None:
    """Add the style `Report`: hair lines between rows, none between columns."""
    from docx.enum.style import WD_STYLE_TYPE

    style = document.styles.add_style("Report", WD_STYLE_TYPE.TABLE)
    style.base_style = document.styles["Normal Table"]
    borders = _child(_child(style.element, "w:tblPr"), "w:tblBorders")
    for side in ("top", "bottom", "insideH"):
        line = _child(borders, f"w:{side}")
        for key, value in (("val", "single"), ("sz", "4"), ("color", palette.RULE.removeprefix("#"))):
            line.set(_name(f"w:{key}"), value)


def foot(document: Document, text: str) -> None:
    """Write `text` and the number of the page at the foot of every page."""
    words = document.sections[0].footer.paragraphs[0]
    words.add_run(f"{text} · page ")
    _field(words, "PAGE")
    words.add_run(" of ")
    _field(words, "NUMPAGES")


def _field(words: Paragraph, instruction: str) -> None:
    field = _child(words._p, "w:fldSimple")
    field.set(_name("w:instr"), instruction)
    _child(_child(field, "w:r"), "w:t").text = "1"


def turn_page(document: Document, *, wide: bool) -> None:
    """Begin a new page, laid across where it is to be wide, upright otherwise."""
    from docx.enum.section import WD_ORIENT, WD_SECTION

    section = document.add_section(WD_SECTION.NEW_PAGE)
    long, short = max(section.page_width, section.page_height), min(section.page_width, section.page_height)
    section.orientation = WD_ORIENT.LANDSCAPE if wide else WD_ORIENT.PORTRAIT
    section.page_width, section.page_height = (long, short) if wide else (short, long)


def lay_out(document: Document, table: Table, widths: Sequence[int]) -> None:
    """Spread the columns of a table over the page in proportion to `widths`."""
    from docx.shared import Emu

    table.autofit = False
    room, whole = _room(document), sum(widths)
    for column, width in zip(table.columns, widths, strict=True):
        column.width = Emu(room * width // whole)


def picture_width(document: Document) -> Length:
    """Return the width of a picture that fills the page between its margins."""
    from docx.shared import Emu

    return Emu(_room(document))


def _room(document: Document) -> int:
    section = document.sections[-1]
    return sum(
        sign * int(length or 0)
        for sign, length in ((1, section.page_width), (-1, section.left_margin), (-1, section.right_margin))
    )


def repeat(row: _Row) -> None:
    """Mark a row as the heading of its table: it stands again on every page, and readers aloud know it."""
    _child(row._tr.get_or_add_trPr(), "w:cantSplit")
    _child(row._tr.get_or_add_trPr(), "w:tblHeader")


def keep_whole(row: _Row) -> None:
    """Keep a row on one page."""
    _child(row._tr.get_or_add_trPr(), "w:cantSplit")


def keep_with_next(words: Paragraph) -> None:
    """Keep a paragraph on the page of the next one."""
    words.paragraph_format.keep_with_next = True


def align(words: Paragraph, *, right: bool) -> None:
    """Set words to the right where they are numbers."""
    from docx.enum.text import WD_ALIGN_PARAGRAPH

    if right:
        words.alignment = WD_ALIGN_PARAGRAPH.RIGHT


def shade(box: _Cell, colour: str) -> None:
    """Colour the ground of a cell."""
    _shading(box._tc.get_or_add_tcPr(), colour)


def tint(run: Run, ink: str, ground: str) -> None:
    """Colour words and their ground."""
    from docx.shared import RGBColor

    run.bold = True
    run.font.color.rgb = RGBColor.from_string(ink.removeprefix("#"))
    _shading(run._r.get_or_add_rPr(), ground)


def _shading(parent: BaseOxmlElement, colour: str) -> None:
    shading = _child(parent, "w:shd")
    for key, value in (("val", "clear"), ("color", "auto"), ("fill", colour.removeprefix("#"))):
        shading.set(_name(f"w:{key}"), value)


def describe(picture: InlineShape, text: str) -> None:
    """Give a picture its alt text."""
    picture._inline.docPr.set("descr", text)


def settled(written: bytes) -> bytes:
    """Return the same document without the hour at which it was packed: the same report gives the same bytes."""
    packed = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(written)) as source, zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as target:
        for name in source.namelist():
            target.writestr(zipfile.ZipInfo(name, _ZIP_DATE), source.read(name), zipfile.ZIP_DEFLATED)
    return packed.getvalue()


def _child(parent: BaseOxmlElement, tag: str) -> BaseOxmlElement:
    from docx.oxml import OxmlElement

    made: BaseOxmlElement = OxmlElement(tag)
    parent.append(made)
    return made


def _name(tag: str) -> str:
    from docx.oxml.ns import qn

    return qn(tag)
