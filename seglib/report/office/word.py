"""What the Word library leaves to its user: borders, heads that repeat, text for screen readers, a list of contents, numberings."""

from __future__ import annotations

from typing import Any

RULE = "C9CED6"


def element(tag: str, **attributes: str) -> Any:
    """An element of Word's own XML; ``val="single"`` becomes ``w:val``."""
    from docx.oxml import OxmlElement
    from docx.oxml.ns import qn

    made = OxmlElement(tag)
    for name, value in attributes.items():
        made.set(qn(f"w:{name}"), value)
    return made


def light(table: Any) -> None:
    """Thin grey lines between the rows and none between the columns, as on the page."""
    borders = element("w:tblBorders")
    for edge in ("top", "left", "bottom", "right", "insideH", "insideV"):
        seen = edge in ("top", "bottom", "insideH")
        borders.append(element(f"w:{edge}", val="single" if seen else "nil", sz="4", space="0", color=RULE))
    table._tbl.tblPr.append(borders)


def header(row: Any) -> None:
    """The row is repeated on every page the table runs on to."""
    row._tr.get_or_add_trPr().append(element("w:tblHeader"))
    unbroken(row)


def unbroken(row: Any) -> None:
    """The row stands on one page."""
    row._tr.get_or_add_trPr().insert(0, element("w:cantSplit"))


def ground(cell: Any, colour: str) -> None:
    """The cell's ground."""
    cell._tc.get_or_add_tcPr().append(element("w:shd", val="clear", color="auto", fill=colour))


def bar(cell: Any, colour: str) -> None:
    """The class's colour as a thick left edge."""
    borders = element("w:tcBorders")
    borders.append(element("w:left", val="single", sz="36", space="0", color=colour))
    cell._tc.get_or_add_tcPr().append(borders)


def boxed(paragraph: Any) -> None:
    """A caution, marked by an edge and a light ground."""
    properties = paragraph._p.get_or_add_pPr()
    borders = element("w:pBdr")
    borders.append(element("w:left", val="single", sz="24", space="6", color="8A4B00"))
    properties.append(borders)
    properties.append(element("w:shd", val="clear", color="auto", fill="FDF3E3"))


def describe(table: Any, caption: str) -> None:
    """What the table holds, for a screen reader."""
    table._tbl.tblPr.append(element("w:tblDescription", val=caption))


def fixed(table: Any, widths: list[float]) -> None:
    """Widths of the columns in cm; asked for cell by cell, as Word and LibreOffice read them from there."""
    from docx.shared import Cm

    table.autofit = False
    for column, width in zip(table._tbl.tblGrid.findall(_named("w:gridCol")), widths, strict=True):
        column.set(_named("w:w"), str(round(width / 2.54 * 1440)))
    for place, cell in enumerate(table._cells):
        cell.width = Cm(widths[place % len(widths)])


def _named(tag: str) -> str:
    from docx.oxml.ns import qn

    return str(qn(tag))


def together(table: Any, *, more: bool = False) -> None:
    """The rows stand on one page, and with ``more`` what follows them, too."""
    rows = table.rows
    last = len(rows) if more else len(rows) - 1
    for row in list(rows)[:last]:
        for paragraph in row._tr.iter(_named("w:p")):
            paragraph.get_or_add_pPr().get_or_add_keepNext()


def field(run: Any, code: str) -> None:
    """A field whose value Word writes, such as PAGE."""
    for kind, text in (("begin", ""), ("", code), ("end", "")):
        made = element("w:fldChar", fldCharType=kind) if kind else element("w:instrText")
        if not kind:
            made.text = text
        run._r.append(made)


def bookmark(paragraph: Any, name: str, number: int) -> None:
    """A place that the list of contents leads to."""
    runs = paragraph._p.findall(_named("w:r"))
    runs[0].addprevious(element("w:bookmarkStart", id=str(number), name=name))
    runs[-1].addnext(element("w:bookmarkEnd", id=str(number)))


def contents(paragraphs: list[Any], entries: list[tuple[str, str]]) -> None:
    """A list of contents in these paragraphs: written already, and Word can bring it up to date with page numbers."""
    for place, (paragraph, (name, text)) in enumerate(zip(paragraphs, entries, strict=True)):
        if place == 0:
            _mark(paragraph, "begin")
            paragraph.add_run()._r.append(_code(' TOC \\o "1-1" \\n \\h '))
            _mark(paragraph, "separate")
        link = element("w:hyperlink", anchor=name, history="1")
        paragraph._p.append(link)
        run = paragraph.add_run(text)
        link.append(run._r)
        if place == len(entries) - 1:
            _mark(paragraph, "end")


def _mark(paragraph: Any, kind: str) -> None:
    paragraph.add_run()._r.append(element("w:fldChar", fldCharType=kind))


def _code(text: str) -> Any:
    made = element("w:instrText")
    made.text = text
    return made


def numbering(word: Any) -> int | None:
    """A numbering of its own for one list, so that it begins at 1; None where the style numbers nothing."""
    style = word.styles["List Number"].element.pPr
    if style is None or style.numPr is None:
        return None
    held = word.part.numbering_part.element
    fresh = held.add_num(held.num_having_numId(style.numPr.numId.val).abstractNumId.val)
    fresh.add_lvlOverride(ilvl=0).add_startOverride(1)
    return int(fresh.numId)


def numbered(paragraph: Any, number: int | None) -> None:
    """The paragraph belongs to a numbering."""
    if number is not None:
        properties = paragraph._p.get_or_add_pPr().get_or_add_numPr()
        properties.get_or_add_ilvl().val = 0
        properties.get_or_add_numId().val = number
