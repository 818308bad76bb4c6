"""The document as ten slides with charts and tables that can be edited; what does not fit a slide stands in its notes."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

from seglib.language import translate
from seglib.report.documents.model import Bullets, Callout, Card, Chart, Document, Part, Table, Text
from seglib.report.office import values

if TYPE_CHECKING:
    from pptx.presentation import Presentation
    from pptx.slide import Slide

WIDTH, HEIGHT, EDGE = 13.333, 7.5, 0.6  # inches
TOP, BOTTOM = 1.45, 6.95
INK, ACCENT, MUTED, SOFT = "1C2530", "0B4F8A", "55606E", "E6EEF7"
LINES, ROWS = 9, 12  # what a slide can carry in a size that can be read from the back of a room
SMALLEST, RUNNING, TABLE = 10, 16, 11  # points


def write(document: Document, target: Path, template: str = "") -> None:
    """Write the slides.

    Args:
        document: The document.
        target: The file.
        template: A PowerPoint file whose size, master and layouts are used; "" for ours.
    """
    import pptx
    from pptx.util import Inches

    deck = pptx.Presentation(template or None)
    if template:
        _empty(deck)
    else:
        deck.slide_width, deck.slide_height = Inches(WIDTH), Inches(HEIGHT)
    deck.core_properties.title, deck.core_properties.author = document.title, ""
    parts = {part.key: part for part in document.parts}
    _title(deck, document)
    for make in (_answer, _bars, _data, _method, _sizes, _classes, _playbook, _trust, _next):
        make(deck, document, parts)
    for number, slide in enumerate(deck.slides, start=1):
        _foot(slide, document, number)
    deck.save(str(target))


def _title(deck: Presentation, document: Document) -> None:
    slide = _slide(deck, "")
    _write(slide, [document.title], 1.0, 2.1, 11.3, 2.2, size=36, bold=True)
    _write(slide, [document.subtitle], 1.0, 4.5, 11.3, 0.6, size=16, colour=MUTED)


def _answer(deck: Presentation, document: Document, parts: dict[str, Part]) -> None:
    part = parts["answer"]
    slide = _slide(deck, translate("The answer, and what to do first", document.lang), part)
    top = TOP
    for block in part.blocks:
        if isinstance(block, Callout) and block.kind == "number":
            _write(slide, [block.title], EDGE, top, 12.1, 0.8, size=34, bold=True, colour=ACCENT)
            _write(slide, [line.text for line in block.lines], EDGE, top + 0.8, 12.1, 0.6, size=RUNNING)
            top += 1.55
            break
    _write(slide, _lines(part, bullets_only=True)[:6], EDGE, top, 12.1, BOTTOM - top, size=RUNNING, bullets=True)


def _bars(deck: Presentation, document: Document, parts: dict[str, Part]) -> None:
    chart = next((b for part in document.parts for b in part.blocks if isinstance(b, Chart) and b.kind == "bars"), None)
    sizes = parts.get("sizes")
    said = (_lines(sizes) if sizes else []) or [translate("The classes", document.lang)]
    slide = _slide(deck, said[0], alt=chart.alt if chart else "")
    if chart is None:
        _write(slide, said[1:] or [document.title], EDGE, TOP, 12.1, 5, size=RUNNING)
        return
    _native_bars(slide, chart)
    _write(slide, [chart.caption], EDGE, BOTTOM - 0.3, 12.1, 0.35, size=11, colour=MUTED)


def _data(deck: Presentation, document: Document, parts: dict[str, Part]) -> None:
    _text_and_table(deck, parts.get("data") or parts.get("scope"), document)


def _method(deck: Presentation, document: Document, parts: dict[str, Part]) -> None:
    _text_and_table(deck, parts.get("method"), document, table=1)


def _sizes(deck: Presentation, document: Document, parts: dict[str, Part]) -> None:
    _text_and_table(deck, parts.get("sizes"), document)


def _classes(deck: Presentation, document: Document, parts: dict[str, Part]) -> None:
    """One line a class, from its card."""
    part = parts.get("cards")
    slide = _slide(deck, part.title if part else translate("The classes", document.lang), part)
    cards = [block for block in part.blocks if isinstance(block, Card)] if part else []
    if not cards:
        _write(slide, _lines(part) if part else [document.title], EDGE, TOP, 12.1, 5, size=RUNNING)
        return
    asked = list(dict.fromkeys(name for card in cards for name, _ in (*card.figures[:3], *card.lines[1:2])))
    said = [{name: text.text for name, text in (*card.figures, *card.lines)} for card in cards[:ROWS]]
    heads = [translate("Class", document.lang), *asked]
    rows = [[card.title, *(known.get(name, "") for name in asked)] for card, known in zip(cards, said, strict=False)]
    _native_table(slide, heads, rows, [values.rgb(card.colour) for card in cards])


def _playbook(deck: Presentation, document: Document, parts: dict[str, Part]) -> None:
    _text_and_table(deck, parts.get("playbook"), document, columns=(0, 1, 3, 5))


def _trust(deck: Presentation, document: Document, parts: dict[str, Part]) -> None:
    found = [parts[key] for key in ("movement", "validity") if key in parts]
    slide = _slide(deck, " · ".join(part.title for part in found) or translate("How far to trust it", document.lang), *found)
    _write(slide, [line for part in found for line in _lines(part)[: LINES - 3]][:LINES], EDGE, TOP, 12.1, 5.4, size=RUNNING, bullets=True)


def _next(deck: Presentation, document: Document, parts: dict[str, Part]) -> None:
    found = [parts[key] for key in ("sizing", "limits") if key in parts]
    slide = _slide(deck, " · ".join(part.title for part in found) or translate("Limits", document.lang), *found)
    _write(slide, [line for part in found for line in _lines(part)[: LINES - 3]][:LINES], EDGE, TOP, 12.1, 5.4, size=RUNNING, bullets=True)


def _text_and_table(deck: Presentation, part: Part | None, document: Document, *, table: int = 0, columns: Sequence[int] = ()) -> None:
    """A sentence or two, and one of the part's tables below."""
    slide = _slide(deck, part.title if part else "", *([part] if part else []))
    if part is None:
        _write(slide, [translate("The data do not hold this.", document.lang)], EDGE, TOP, 12.1, 1, size=RUNNING)
        return
    tables = [block for block in part.blocks if isinstance(block, Table)]
    lines = [text for text in _lines(part) if len(text) < 220][: 2 if tables else LINES]
    tall = 0.5 * len(lines)
    _write(slide, lines, EDGE, TOP, 12.1, max(tall, 0.4), size=14)
    if tables:
        chosen = tables[min(table, len(tables) - 1)]
        places = [place for place in columns if place < len(chosen.columns)] or range(len(chosen.columns))
        rows = values.cells(chosen)
        marks = [values.rgb(chosen.marks[row[0]]) if row[0] in chosen.marks else "" for row in rows]
        heads = [values.head(chosen, chosen.columns[place]) for place in places]
        right = [place > 0 and values.is_number(chosen.columns[place]) for place in places]
        _native_table(slide, heads, [[row[place] for place in places] for row in rows[:ROWS]], marks, top=TOP + tall + 0.1, right=right)


def _lines(part: Part, *, bullets_only: bool = False) -> list[str]:
    """The sentences of a part, in order; small print and cards stay out."""
    found = []
    for block in part.blocks:
        if isinstance(block, Bullets):
            found += [item.text for item in block.items]
        elif isinstance(block, Text) and block.text and block.style != "note" and not bullets_only:
            found.append(block.text)
        elif isinstance(block, Callout) and block.kind != "number" and not bullets_only:
            found += [line.text for line in block.lines]
    return found


def _slide(deck: Presentation, title: str, *parts: Part | None, alt: str = "") -> Slide:
    """A slide with a heading; the whole text of its parts goes into the notes."""
    slide = deck.slides.add_slide(deck.slide_layouts[5] if len(deck.slide_layouts) > 5 else deck.slide_layouts[0])
    for shape in list(slide.placeholders):
        if shape.placeholder_format.type is not None and shape.placeholder_format.idx != 0:
            shape._element.getparent().remove(shape._element)
    heading = slide.shapes.title
    if heading is not None and not title:
        heading._element.getparent().remove(heading._element)
    elif heading is not None:
        _place(heading, EDGE, 0.45, 12.1, 0.85)
        heading.text_frame.word_wrap = True
        heading.text_frame.text = title
        _format(heading.text_frame.paragraphs[0], size=26 if len(title) < 60 else 20, bold=True, colour=INK)
    told = [alt, *(line for part in parts if part is not None for line in _lines(part))]
    if any(told):
        slide.notes_slide.notes_text_frame.text = "\n".join(line for line in told if line)
    return slide


def _write(
    slide: Slide, lines: Sequence[str], left: float, top: float, width: float, height: float, *,
    size: float, bold: bool = False, colour: str = INK, bullets: bool = False,
) -> None:  # fmt: skip
    """Lines of text in a box; longer texts are set smaller, never cut."""
    from pptx.util import Inches, Pt

    if not any(lines):
        return
    frame = slide.shapes.add_textbox(Inches(left), Inches(top), Inches(width), Inches(height)).text_frame
    frame.word_wrap = True
    size = _fitting(lines, width, height, size)
    for number, line in enumerate(lines):
        paragraph = frame.paragraphs[0] if number == 0 else frame.add_paragraph()
        paragraph.text = f"• {line}" if bullets else line
        paragraph.space_after = Pt(size * 0.45)
        _format(paragraph, size=size, bold=bold, colour=colour)


def _fitting(lines: Sequence[str], width: float, height: float, size: float) -> float:
    """The largest size, down to the smallest that can be read, in which the lines fit the box."""
    while size > SMALLEST:
        letters = width * 72 / size  # Chinese characters a line
        needed = sum(-(-_em(line) // letters) for line in lines) * size * 1.25 + len(lines) * size * 0.45
        if needed <= height * 72:
            break
        size -= 1
    return size


def _em(text: str) -> float:
    """Width of a text in widths of a Chinese character."""
    return sum(1.0 if ord(letter) > 0x2E7F else 0.55 for letter in text)


def _format(paragraph: Any, *, size: float, bold: bool = False, colour: str = INK, right: bool = False) -> None:
    from pptx.dml.color import RGBColor
    from pptx.enum.text import PP_ALIGN
    from pptx.oxml.ns import qn
    from pptx.util import Pt

    paragraph.alignment = PP_ALIGN.RIGHT if right else PP_ALIGN.LEFT
    for run in paragraph.runs:
        run.font.size, run.font.bold, run.font.name = Pt(size), bold, values.FONT["en"]
        run.font.color.rgb = RGBColor.from_string(colour)
        properties = run._r.get_or_add_rPr()
        for old in properties.findall(qn("a:ea")):
            properties.remove(old)
        latin = properties.find(qn("a:latin"))
        asian = properties.makeelement(qn("a:ea"), {"typeface": values.FONT["zh"]})
        latin.addnext(asian)


def _place(shape: Any, left: float, top: float, width: float, height: float) -> None:
    from pptx.util import Inches

    shape.left, shape.top, shape.width, shape.height = Inches(left), Inches(top), Inches(width), Inches(height)


def _native_bars(slide: Slide, chart: Chart) -> None:
    """One chart a series, side by side, so that each has its own axis; every bar bears its number and its class's colour."""
    from pptx.chart.data import CategoryChartData
    from pptx.dml.color import RGBColor
    from pptx.enum.chart import XL_CHART_TYPE, XL_LABEL_POSITION
    from pptx.util import Inches, Pt

    wide = 12.1 / len(chart.series)
    for number, series in enumerate(chart.series):
        data = CategoryChartData(number_format="0.0%" if series.kind == "share" else "#,##0")
        data.categories = list(chart.categories)
        data.add_series(series.name, [None if value is None else float(value) for value in series.values])
        box = (Inches(EDGE + number * wide), Inches(TOP), Inches(wide - 0.2), Inches(BOTTOM - TOP - 0.4))
        shape: Any = slide.shapes.add_chart(XL_CHART_TYPE.BAR_CLUSTERED, *box, cast(Any, data))
        shape._element.nvGraphicFramePr.cNvPr.set("descr", chart.alt)
        made = shape.chart
        made.has_legend, made.has_title = False, True
        made.chart_title.text_frame.text = series.name
        _format(made.chart_title.text_frame.paragraphs[0], size=14, bold=True)
        made.category_axis.reverse_order = True
        made.category_axis.tick_labels.font.size = Pt(12)
        made.category_axis.format.line.fill.background()
        made.value_axis.visible, made.value_axis.has_major_gridlines = False, False
        plot = made.plots[0]
        plot.gap_width, plot.vary_by_categories, plot.has_data_labels = 45, False, True
        plot.data_labels.font.size, plot.data_labels.position = Pt(12), XL_LABEL_POSITION.OUTSIDE_END
        plot.data_labels.number_format, plot.data_labels.number_format_is_linked = ("0.0%" if series.kind == "share" else "#,##0"), False
        for place, colour in enumerate(chart.colours[: len(chart.categories)]):
            fill = plot.series[0].points[place].format.fill
            fill.solid()
            fill.fore_color.rgb = RGBColor.from_string(values.rgb(colour))


def _native_table(
    slide: Slide, heads: Sequence[str], rows: Sequence[Sequence[str]], marks: Sequence[str], *, top: float = TOP, right: Sequence[bool] = ()
) -> None:
    """A table; widths follow the text, and the size of the letters the room."""
    from pptx.util import Inches

    wide, tall = 12.1, BOTTOM - top
    widths = _widths(heads, rows, wide)
    size = TABLE
    while size > 8 and _height(heads, rows, widths, size) > tall:
        size -= 1
    shape = slide.shapes.add_table(1 + len(rows), len(heads), Inches(EDGE), Inches(top), Inches(wide), Inches(0.3 * (1 + len(rows))))
    table = shape.table
    shape._element.nvGraphicFramePr.cNvPr.set("descr", "; ".join(heads))
    for place, width in enumerate(widths):
        table.columns[place].width = Inches(width)
    for line, row in enumerate([heads, *rows]):
        for place, text in enumerate(row):
            mark = marks[line - 1] if line and place == 0 and line <= len(marks) else ""
            _cell(table.cell(line, place), str(text), size, head=line == 0, right=bool(right and right[place]), mark=mark)


def _cell(cell: Any, text: str, size: float, *, head: bool, right: bool, mark: str) -> None:
    from pptx.dml.color import RGBColor
    from pptx.util import Inches

    cell.margin_left = cell.margin_right = Inches(0.06)
    cell.margin_top = cell.margin_bottom = Inches(0.03)
    cell.text = f"■ {text}" if mark else text
    paragraph = cell.text_frame.paragraphs[0]
    _format(paragraph, size=size, bold=head, right=right)
    cell.fill.solid()
    cell.fill.fore_color.rgb = RGBColor.from_string(SOFT if head else "FFFFFF")
    if mark:
        first = paragraph.runs[0]
        first.text = "■ "
        first.font.color.rgb = RGBColor.from_string(mark)
        rest = paragraph.add_run()
        rest.text = text
        _format(paragraph, size=size)
        first.font.color.rgb = RGBColor.from_string(mark)


def _widths(heads: Sequence[str], rows: Sequence[Sequence[str]], wide: float) -> list[float]:
    """Inches by column: what the text asks for, long texts sharing what short ones leave."""
    asked = [max(_em(str(row[place])) for row in [heads, *rows]) for place in range(len(heads))]
    bounded = [min(max(one, 4.0), 34.0) + 1.5 for one in asked]
    return [wide * one / sum(bounded) for one in bounded]


def _height(heads: Sequence[str], rows: Sequence[Sequence[str]], widths: Sequence[float], size: float) -> float:
    """Inches the table will take."""
    lines = 0.0
    for row in [heads, *rows]:
        lines += max(-(-_em(str(text)) // max((width - 0.15) * 72 / size, 1)) for text, width in zip(row, widths, strict=True))
    return lines * size * 1.25 / 72 + 0.08 * (1 + len(rows))


def _foot(slide: Slide, document: Document, number: int) -> None:
    _write(slide, [f"{document.subtitle}    {number}"], EDGE, 7.02, 12.1, 0.35, size=10, colour=MUTED)


def _empty(deck: Presentation) -> None:
    """Take the sample slides out of a template; its master stays."""
    from pptx.oxml.ns import qn

    ids = deck.slides._sldIdLst
    for slide in list(ids):
        deck.part.drop_rel(slide.get(qn("r:id")))
        ids.remove(slide)
