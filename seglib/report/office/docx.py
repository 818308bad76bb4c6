"""The document as a Word file: real headings, real tables with header rows, pictures with their text, Chinese in a Chinese font."""

from __future__ import annotations

from functools import singledispatch
from pathlib import Path
from typing import Any

from seglib.report.documents.model import Bullets, Callout, Card, Chart, Document, Part, Table, Text
from seglib.report.office import values

MARGIN_CM, WIDTH_CM = 2.0, 17.0  # A4
WIDEST = 6  # columns of a table in running size; wider ones are set smaller
INK, ACCENT, MUTED = "1C2530", "0B4F8A", "55606E"


def write(document: Document, target: Path, template: str = "") -> None:
    """Write the document as a Word file.

    Args:
        document: The document.
        target: The file.
        template: A Word file whose styles, header and footer are used; "" for ours.
    """
    import docx

    word = docx.Document(template or None)
    if not template:
        _styles(word, document.lang)
        _page(word, document)
    word.core_properties.title = document.title
    word.core_properties.language = "zh-CN" if document.lang == "zh" else "en-GB"
    word.core_properties.author = word.core_properties.comments = ""
    for part in document.parts:
        if part.number == 1:
            word.add_paragraph(document.title, style="Title")
            word.add_paragraph(document.subtitle, style="Subtitle")
        else:
            word.add_paragraph(
                f"{part.number}　{part.title}" if document.lang == "zh" else f"{part.number}  {part.title}", style="Heading 1"
            )
        for block in part.blocks:
            add(block, word, part)
    word.save(str(target))


@singledispatch
def add(block: Any, word: Any, part: Part) -> None:
    """A block at the end of the file."""
    raise TypeError(type(block).__name__)


@add.register
def _(block: Text, word: Any, part: Part) -> None:
    if not block.text:
        return
    paragraph = word.add_paragraph()
    run = paragraph.add_run(block.text)
    run.bold = block.style == "lead"
    paragraph.paragraph_format.keep_with_next = block.style == "lead"
    if block.style == "note":
        _small(run)


@add.register
def _(block: Bullets, word: Any, part: Part) -> None:
    numbering = _numbering(word) if block.numbered else None
    for item in block.items:
        _numbered(word.add_paragraph(item.text, style="List Number" if block.numbered else "List Bullet"), numbering)


@add.register
def _(block: Table, word: Any, part: Part) -> None:
    caption = word.add_paragraph(block.caption, style="Caption")
    caption.paragraph_format.keep_with_next = True
    rows = values.cells(block)
    table = word.add_table(rows=1 + len(rows), cols=len(block.columns), style="Table Grid")
    _light(table)
    points = 9.0 if len(block.columns) <= WIDEST else 8.0
    grid, wide = table._cells, len(block.columns)  # asked for once: the library walks the whole table for every cell
    for place, column in enumerate(block.columns):
        _fill(grid[place], values.head(block, column), points, bold=True, right=place > 0 and values.is_number(column))
    _header(table.rows[0])
    for line, row in enumerate(rows):
        kind = block.rows[line] if block.rows else ""
        for place, text in enumerate(row):
            right = place > 0 and values.is_number(block.columns[place])
            cell = grid[(line + 1) * wide + place]
            _fill(cell, text, points, bold=kind == "total", right=right, muted=kind == "outside")
            if place == 0 and (colour := block.marks.get(str(text))):
                _bar(cell, values.rgb(colour))
        _unbroken(table.rows[line + 1])
    _describe_table(table, block.caption)
    word.add_paragraph()


@add.register
def _(block: Chart, word: Any, part: Part) -> None:
    from docx.shared import Cm

    paragraph = word.add_paragraph()
    paragraph.paragraph_format.keep_with_next = True
    size = block.figure.get_size_inches()
    shape = paragraph.add_run().add_picture(values.picture(block), width=Cm(min(WIDTH_CM, float(size[0]) * 2.54)))
    shape._inline.docPr.set("descr", block.alt)
    word.add_paragraph(block.caption, style="Caption")


@add.register
def _(block: Card, word: Any, part: Part) -> None:
    from docx.shared import Cm

    word.add_paragraph(block.title, style="Heading 2")
    rule = word.add_paragraph(block.rule)
    rule.paragraph_format.keep_with_next = True
    rows = [(name, text.text) for name, text in (*block.figures, *block.lines)]
    table = word.add_table(rows=len(rows), cols=2, style="Table Grid")
    _light(table)
    table.autofit = False
    table.columns[0].width, table.columns[1].width = Cm(3.5), Cm(WIDTH_CM - 3.5)
    grid = table._cells
    for line, (name, text) in enumerate(rows):
        left, right = grid[2 * line], grid[2 * line + 1]
        _fill(left, name, 9, bold=True)
        _fill(right, text, 9)
        left.width, right.width = Cm(3.5), Cm(WIDTH_CM - 3.5)
        _bar(left, values.rgb(block.colour))
        _unbroken(table.rows[line])
    _describe_table(table, block.title)
    if block.flag:
        _boxed(word, block.flag)
    word.add_paragraph()


@add.register
def _(block: Callout, word: Any, part: Part) -> None:
    from docx.shared import Pt, RGBColor

    if block.title:
        paragraph = word.add_paragraph()
        paragraph.paragraph_format.keep_with_next = True
        run = paragraph.add_run(block.title)
        run.bold = True
        run.font.size = Pt(22) if block.kind == "number" else Pt(12)
        run.font.color.rgb = RGBColor.from_string(ACCENT)
    for line in block.lines:
        if block.kind == "message":
            _boxed(word, line.text)
        else:
            word.add_paragraph(line.text)


def _styles(word: Any, lang: str) -> None:
    """Our font and colours in the styles, so that whoever edits the file changes them in one place."""
    from docx.oxml.ns import qn
    from docx.shared import Pt, RGBColor

    sizes = {
        "Normal": 10.5,
        "Title": 20,
        "Subtitle": 10,
        "Heading 1": 15,
        "Heading 2": 12.5,
        "Caption": 9,
        "List Bullet": 10.5,
        "List Number": 10.5,
    }
    for name, points in sizes.items():
        style = word.styles[name]
        style.font.name, style.font.size = values.FONT["en"], Pt(points)
        style.font.color.rgb = RGBColor.from_string(MUTED if name in ("Caption", "Subtitle") else INK)
        style.font.italic = False
        fonts = style.element.get_or_add_rPr().get_or_add_rFonts()
        fonts.set(qn("w:eastAsia"), values.FONT["zh"])
        for theme in ("w:asciiTheme", "w:hAnsiTheme", "w:eastAsiaTheme", "w:cstheme"):
            fonts.attrib.pop(qn(theme), None)
    word.styles["Caption"].font.bold = False
    word.styles["Normal"].paragraph_format.space_after = Pt(6)


def _page(word: Any, document: Document) -> None:
    """A4, and in the footer the document's day and the page's number."""
    from docx.oxml import OxmlElement
    from docx.oxml.ns import qn
    from docx.shared import Cm

    section = word.sections[0]
    section.page_width, section.page_height = Cm(21), Cm(29.7)
    section.left_margin = section.right_margin = section.top_margin = section.bottom_margin = Cm(MARGIN_CM)
    run = section.footer.paragraphs[0].add_run(f"{document.subtitle}   ")
    _small(run)
    number = section.footer.paragraphs[0].add_run()
    _small(number)
    for kind, text in (("begin", ""), ("", "PAGE"), ("end", "")):
        element = OxmlElement("w:fldChar" if kind else "w:instrText")
        if kind:
            element.set(qn("w:fldCharType"), kind)
        else:
            element.text = text
        number._r.append(element)


def _fill(cell: Any, text: str, points: float, *, bold: bool = False, right: bool = False, muted: bool = False) -> None:
    from docx.enum.text import WD_ALIGN_PARAGRAPH
    from docx.shared import Pt, RGBColor

    paragraph = cell.paragraphs[0]
    paragraph.paragraph_format.space_before = paragraph.paragraph_format.space_after = Pt(2)
    if right:
        paragraph.alignment = WD_ALIGN_PARAGRAPH.RIGHT
    run = paragraph.add_run(text)
    run.bold, run.font.size = bold, Pt(points)
    if muted:
        run.font.color.rgb = RGBColor.from_string(MUTED)


def _light(table: Any) -> None:
    """Thin grey lines between the rows and none between the columns, as on the page."""
    from docx.oxml import OxmlElement
    from docx.oxml.ns import qn

    borders = OxmlElement("w:tblBorders")
    for edge in ("top", "left", "bottom", "right", "insideH", "insideV"):
        line = OxmlElement(f"w:{edge}")
        seen = edge in ("top", "bottom", "insideH")
        for name, value in (("w:val", "single" if seen else "nil"), ("w:sz", "4"), ("w:space", "0"), ("w:color", "C9CED6")):
            line.set(qn(name), value)
        borders.append(line)
    table._tbl.tblPr.append(borders)


def _small(run: Any) -> None:
    from docx.shared import Pt, RGBColor

    run.font.size, run.font.color.rgb = Pt(8.5), RGBColor.from_string(MUTED)


def _header(row: Any) -> None:
    """The row is repeated on every page the table runs on to."""
    from docx.oxml import OxmlElement

    row._tr.get_or_add_trPr().append(OxmlElement("w:tblHeader"))
    _unbroken(row)


def _unbroken(row: Any) -> None:
    from docx.oxml import OxmlElement

    row._tr.get_or_add_trPr().append(OxmlElement("w:cantSplit"))


def _bar(cell: Any, colour: str) -> None:
    """The class's colour as a thick left edge."""
    from docx.oxml import OxmlElement
    from docx.oxml.ns import qn

    borders, left = OxmlElement("w:tcBorders"), OxmlElement("w:left")
    for name, value in (("w:val", "single"), ("w:sz", "36"), ("w:space", "0"), ("w:color", colour)):
        left.set(qn(name), value)
    borders.append(left)
    cell._tc.get_or_add_tcPr().append(borders)


def _boxed(word: Any, text: str) -> None:
    """A caution, marked by an edge and a light ground."""
    from docx.oxml import OxmlElement
    from docx.oxml.ns import qn

    paragraph = word.add_paragraph(text)
    properties = paragraph._p.get_or_add_pPr()
    borders, left, ground = OxmlElement("w:pBdr"), OxmlElement("w:left"), OxmlElement("w:shd")
    for name, value in (("w:val", "single"), ("w:sz", "24"), ("w:space", "6"), ("w:color", "8A4B00")):
        left.set(qn(name), value)
    for name, value in (("w:val", "clear"), ("w:color", "auto"), ("w:fill", "FDF3E3")):
        ground.set(qn(name), value)
    borders.append(left)
    properties.append(borders)
    properties.append(ground)


def _describe_table(table: Any, caption: str) -> None:
    """What the table holds, for a screen reader."""
    from docx.oxml import OxmlElement
    from docx.oxml.ns import qn

    element = OxmlElement("w:tblDescription")
    element.set(qn("w:val"), caption)
    table._tbl.tblPr.append(element)


def _numbering(word: Any) -> int | None:
    """A numbering of its own for one list, so that it begins at 1; None where the template has no such style."""
    style = word.styles["List Number"].element.pPr
    if style is None or style.numPr is None:
        return None
    numbering = word.part.numbering_part.element
    fresh = numbering.add_num(numbering.num_having_numId(style.numPr.numId.val).abstractNumId.val)
    fresh.add_lvlOverride(ilvl=0).add_startOverride(1)
    return int(fresh.numId)


def _numbered(paragraph: Any, numbering: int | None) -> None:
    if numbering is not None:
        properties = paragraph._p.get_or_add_pPr().get_or_add_numPr()
        properties.get_or_add_ilvl().val = 0
        properties.get_or_add_numId().val = numbering
