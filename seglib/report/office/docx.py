"""The document as a Word file: real headings, real tables with header rows, pictures with their text, Chinese in a Chinese font."""

from __future__ import annotations

import io
from functools import singledispatchmethod
from pathlib import Path
from typing import Any

from seglib.language import translate
from seglib.report.brand import Looks
from seglib.report.documents.model import Bullets, Callout, Card, Chart, Document, Part, Table, Text
from seglib.report.office import values, word

MARGIN_CM, WIDTH_CM = 2.0, 17.0  # A4
SIZES = (9.0, 8.5, 8.0, 7.5, 7.0)  # points of a table: the largest at which no word is broken
KEPT = 22  # lines of a table that is not divided between pages
MUTED, INK = "55606E", "1C2530"
NAMES_CM = 4.9  # of a card: the column of what its lines tell
FIRST_PAGE_CM = 8.0  # height of the chart on the page of the answer
LEAST_FOR_CONTENTS = 5  # parts from which on a list of contents helps
STYLES = {
    "Normal": 10.0, "Title": 19.0, "Subtitle": 9.5, "Heading 1": 15.0, "Heading 2": 12.0, "Caption": 9.0, "List Bullet": 10.0,
    "List Number": 10.0,
}  # fmt: skip


def write(document: Document, target: Path, template: str = "", looks: Looks | None = None) -> None:
    """Write the document as a Word file.

    Args:
        document: The document.
        target: The file.
        template: A Word file whose styles, header and footer are used, and none of its text; "" for ours.
        looks: The client's logo, colours and foot, where there is no template: its own looks win.
    """
    _Writer(document, template, looks or Looks()).save(target)


class _Writer:
    """A Word file under way."""

    def __init__(self, document: Document, template: str, looks: Looks) -> None:
        import docx

        self.document, self.looks, self.own = document, looks, not template
        self.word = docx.Document(template or None)
        if template:
            _emptied(self.word)
        _styles(self.word, looks, own=self.own)
        section: Any = self.word.sections[0]
        if self.own:
            _page(self.word, document, looks)
        self.wide = (section.page_width - section.left_margin - section.right_margin) / 360_000  # cm
        self.part = document.parts[0]

    def save(self, target: Path) -> None:
        """Everything from the title to the last part."""
        properties, document = self.word.core_properties, self.document
        properties.title, properties.language = document.title, "zh-CN" if document.lang == "zh" else "en-GB"
        properties.author = properties.comments = ""
        for part in document.parts:
            self.part = part
            if part.number == 1:
                self.word.add_paragraph(document.title, style="Title")
                self.word.add_paragraph(document.subtitle, style="Subtitle")
            else:
                word.bookmark(self.word.add_paragraph(self._heading(part), style="Heading 1"), f"part_{part.key}", part.number)
            for block, after in zip(part.blocks, (*part.blocks[1:], None), strict=True):
                self.add(block)
                if isinstance(block, Text) and block.text and isinstance(after, (Table, Chart, Bullets)):
                    self.word.paragraphs[-1].paragraph_format.keep_with_next = True  # no heading stays behind with one line
            if part.number == 1 and len(document.parts) >= LEAST_FOR_CONTENTS:
                self._contents()
        self.word.save(str(target))

    def _heading(self, part: Part) -> str:
        return f"{part.number}{'　' if self.document.lang == 'zh' else '  '}{part.title}"

    def _contents(self) -> None:
        """The list of contents, on the page behind the answer."""
        head = self.word.add_paragraph()
        head.paragraph_format.page_break_before = head.paragraph_format.keep_with_next = True
        run = head.add_run(translate("Contents", self.document.lang))
        run.bold = True
        self._coloured(run, self.looks.heading)
        parts = self.document.parts[1:]
        lines = [self.word.add_paragraph() for _ in parts]
        word.contents(lines, [(f"part_{part.key}", self._heading(part)) for part in parts])

    def _coloured(self, run: Any, colour: str) -> None:
        from docx.shared import RGBColor

        if self.own:  # a template's own colours win
            run.font.color.rgb = RGBColor.from_string(values.rgb(colour))

    def _small(self, run: Any) -> None:
        from docx.shared import Pt

        run.font.size = Pt(8.5)
        self._coloured(run, MUTED)

    @singledispatchmethod
    def add(self, block: Any) -> None:
        """A block at the end of the file."""
        raise TypeError(type(block).__name__)

    @add.register
    def _(self, block: Text) -> None:
        if not block.text:
            return
        paragraph = self.word.add_paragraph()
        run = paragraph.add_run(block.text)
        run.bold = block.style == "lead"
        paragraph.paragraph_format.keep_with_next = block.style == "lead"
        if block.style == "note":
            self._small(run)

    @add.register
    def _(self, block: Bullets) -> None:
        name = "List Number" if block.numbered else "List Bullet"
        numbering = word.numbering(self.word) if block.numbered else None
        bare = block.numbered and numbering is None
        for number, item in enumerate(block.items, start=1):
            word.numbered(self.word.add_paragraph(f"{number}. {item.text}" if bare else item.text, style=name), numbering)

    @add.register
    def _(self, block: Table) -> None:
        caption = self.word.add_paragraph(block.caption, style="Caption")
        caption.paragraph_format.keep_with_next = True
        rows, heads = values.cells(block), [values.head(block, column) for column in block.columns]
        right = [place > 0 and values.is_number(column) for place, column in enumerate(block.columns)]
        points = next((size for size in SIZES if values.fits(heads, rows, self._letters(size), right=right)), SIZES[-1])
        table = self._grid(1 + len(rows), len(heads))
        widths = values.widths(heads, rows, self._letters(points), right=right)
        word.fixed(table, [one * points / 72 * 2.54 for one in widths])
        cells = iter(table._cells)  # asked for once: the library walks the whole table for every cell
        for place, text in enumerate(heads):
            cell = next(cells)
            self._fill(cell, text, points, bold=True, right=right[place])
            word.ground(cell, values.rgb(self.looks.soft) if self.own else "F2F2F2")
        word.header(table.rows[0])
        for line, row in enumerate(rows):
            kind = block.rows[line] if block.rows else ""
            for place, text in enumerate(row):
                cell = next(cells)
                self._fill(cell, text, points, bold=kind == "total", right=right[place], muted=kind == "outside")
                if place == 0 and (colour := block.marks.get(str(text))):
                    word.bar(cell, values.rgb(colour))
            word.unbroken(table.rows[line + 1])
        word.describe(table, block.caption)
        if values.lines(heads, rows, widths) <= KEPT:
            word.together(table)
        self._gap()

    def _letters(self, points: float) -> float:
        """Widths of a Chinese character that a line holds at this size."""
        return self.wide / 2.54 * 72 / points

    def _grid(self, rows: int, columns: int) -> Any:
        table = self.word.add_table(rows=rows, cols=columns)
        word.light(table)
        return table

    def _gap(self) -> None:
        from docx.shared import Pt

        space = self.word.add_paragraph().paragraph_format
        space.space_after, space.line_spacing = Pt(0), Pt(8)

    @add.register
    def _(self, block: Chart) -> None:
        from docx.shared import Cm

        paragraph = self.word.add_paragraph()
        paragraph.paragraph_format.keep_with_next = True
        picture, share = values.picture(block)
        width = min(self.wide, float(block.figure.get_size_inches()[0]) * 2.54)
        if self.part.number == 1:
            width = min(width, FIRST_PAGE_CM / share)
        shape = paragraph.add_run().add_picture(picture, width=Cm(width))
        shape._inline.docPr.set("descr", block.alt)
        self.word.add_paragraph(block.caption, style="Caption")

    @add.register
    def _(self, block: Card) -> None:
        self.word.add_paragraph(block.title, style="Heading 2")
        rule = self.word.add_paragraph(block.rule)
        rule.paragraph_format.keep_with_next = True
        rows = [(name, text.text) for name, text in (*block.figures, *block.lines)]
        table = self._grid(len(rows), 2)
        word.fixed(table, [NAMES_CM, self.wide - NAMES_CM])
        cells = table._cells
        for line, (name, text) in enumerate(rows):
            self._fill(cells[2 * line], name, 8.5, bold=True, tight=True)
            self._fill(cells[2 * line + 1], text, 8.5, tight=True)
            word.bar(cells[2 * line], values.rgb(block.colour))
            word.unbroken(table.rows[line])
        word.describe(table, block.title)
        word.together(table, more=bool(block.flag))  # a card stands on one page, and its caution with it
        if block.flag:
            word.boxed(self.word.add_paragraph(block.flag))
        self._gap()

    @add.register
    def _(self, block: Callout) -> None:
        from docx.shared import Pt

        if block.title:
            paragraph = self.word.add_paragraph()
            paragraph.paragraph_format.keep_with_next = True
            run = paragraph.add_run(block.title)
            run.bold = True
            run.font.size = Pt(20) if block.kind == "number" else Pt(12)
            self._coloured(run, self.looks.accent)
        for line in block.lines:
            paragraph = self.word.add_paragraph(line.text)
            if block.kind == "message":
                word.boxed(paragraph)

    def _fill(
        self, cell: Any, text: str, points: float, *, bold: bool = False, right: bool = False, muted: bool = False, tight: bool = False
    ) -> None:
        from docx.enum.text import WD_ALIGN_PARAGRAPH
        from docx.shared import Pt

        paragraph = cell.paragraphs[0]
        space = paragraph.paragraph_format
        space.space_before = space.space_after = Pt(1 if tight else 2)
        space.line_spacing = 1.0
        if right:
            paragraph.alignment = WD_ALIGN_PARAGRAPH.RIGHT
        run = paragraph.add_run(text)
        run.bold, run.font.size = bold, Pt(points)
        if muted:
            self._coloured(run, MUTED)


def _emptied(file: Any) -> None:
    """Take the sample text out of a template; its styles, header, footer and paper stay."""
    body = file.element.body
    for child in list(body):
        if not child.tag.endswith("}sectPr"):
            body.remove(child)


def _styles(file: Any, looks: Looks, *, own: bool) -> None:
    """Our font and colours in the styles, so that whoever edits the file changes them in one place; a template only gets what it lacks."""
    from docx.enum.style import WD_STYLE_TYPE
    from docx.oxml.ns import qn
    from docx.shared import Pt, RGBColor

    there = {style.name for style in file.styles}
    for name, points in STYLES.items():
        if name not in there:
            file.styles.add_style(name, WD_STYLE_TYPE.PARAGRAPH, builtin=True)
        elif not own:
            continue
        style = file.styles[name]
        style.font.size, style.font.italic = Pt(points), False
        style.font.bold = name.startswith("Heading") or name == "Title"
        if not own:
            continue
        colour = MUTED if name in ("Caption", "Subtitle") else looks.heading if name[:5] in ("Title", "Headi") else INK
        style.font.color.rgb = RGBColor.from_string(values.rgb(colour))
        style.font.name = values.FONT["en"]
        fonts = style.element.get_or_add_rPr().get_or_add_rFonts()
        fonts.set(qn("w:eastAsia"), values.FONT["zh"])
        for theme in ("w:asciiTheme", "w:hAnsiTheme", "w:eastAsiaTheme", "w:cstheme"):
            fonts.attrib.pop(qn(theme), None)
    if own:
        for name in ("Normal", "List Bullet", "List Number"):
            file.styles[name].paragraph_format.space_after = Pt(4)
            file.styles[name].paragraph_format.line_spacing = 1.1
        edge = file.styles["Title"].element.pPr.find(qn("w:pBdr"))
        if edge is not None:
            edge[0].set(qn("w:color"), values.rgb(looks.accent))


def _page(file: Any, document: Document, looks: Looks) -> None:
    """A4; the logo in the header, and in the footer the client's line, the document's day and the page's number."""
    from docx.enum.text import WD_ALIGN_PARAGRAPH
    from docx.shared import Cm, Pt, RGBColor

    section = file.sections[0]
    section.page_width, section.page_height = Cm(21), Cm(29.7)
    section.left_margin = section.right_margin = section.top_margin = section.bottom_margin = Cm(MARGIN_CM)
    section.header_distance = section.footer_distance = Cm(0.9)
    if looks.logo:
        head = section.header.paragraphs[0]
        head.alignment = WD_ALIGN_PARAGRAPH.RIGHT
        shape = head.add_run().add_picture(io.BytesIO(looks.logo), height=Cm(0.9))
        shape._inline.docPr.set("descr", translate("Logo", document.lang))
        section.top_margin = Cm(MARGIN_CM + 0.3)
    foot = section.footer.paragraphs[0]
    runs = [foot.add_run(f"{text}   ") for text in (looks.foot, document.subtitle) if text]
    number = foot.add_run()
    word.field(number, "PAGE")
    for run in (*runs, number):
        run.font.size, run.font.color.rgb = Pt(8.5), RGBColor.from_string(MUTED)
