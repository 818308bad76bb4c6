"""Slides to write on: places that follow the deck's size, texts that fit their box, tables and bars that can be edited."""

from __future__ import annotations

import io
import re
from collections.abc import Sequence
from typing import Any, cast

from seglib.language import translate
from seglib.report.brand import Looks
from seglib.report.documents.model import Chart
from seglib.report.office import values

WIDTH, HEIGHT, EDGE = 13.333, 7.5, 0.6  # inches, of our own slides
TOP, BOTTOM, WIDE = 1.45, 6.9, 12.1
INK, MUTED = "1C2530", "55606E"
SMALLEST, LEAST_TABLE = 10, 8  # points
_SCHEME = {"ink": "TEXT_1", "muted": "TEXT_1", "heading": "TEXT_1", "accent": "ACCENT_1"}


class Deck:
    """A PowerPoint file under way: our own slides in the client's looks, or those of the consultancy's template.

    Attributes:
        file: The presentation.
        top: Where the content of a slide begins, in inches of our own slides.
    """

    def __init__(self, template: str, looks: Looks, lang: str) -> None:
        import pptx
        from pptx.util import Inches

        self.file: Any = pptx.Presentation(template or None)
        self.own, self.looks, self.lang, self.top = not template, looks, lang, TOP
        if template:
            _emptied(self.file)
        else:
            self.file.slide_width, self.file.slide_height = Inches(WIDTH), Inches(HEIGHT)
            _dressed(self.file, looks)
        self.across = int(self.file.slide_width or 0) / 914_400 / WIDTH
        self.down = int(self.file.slide_height or 0) / 914_400 / HEIGHT
        self.layout = _layout(self.file)

    def slide(self, title: str, told: Sequence[str] = ()) -> Any:
        """A slide with a heading; what is told beside it goes into the notes."""
        slide: Any = self.file.slides.add_slide(self.layout)
        for shape in list(slide.placeholders):
            if shape.placeholder_format.idx != 0:
                shape._element.getparent().remove(shape._element)
        heading = slide.shapes.title
        if heading is not None and not title:
            heading._element.getparent().remove(heading._element)
        elif heading is not None:
            self._headed(heading, title)
        elif title:
            self.write(slide, [title], (EDGE, 0.45, WIDE, 0.85), size=24, bold=True, colour="heading")
        if any(told):
            slide.notes_slide.notes_text_frame.text = "\n".join(line for line in told if line)
        return slide

    def _headed(self, heading: Any, title: str) -> None:
        """Our titles stand where ours do; a template's stand where it puts them, as long as that leaves room below."""
        from pptx.enum.text import PP_ALIGN

        below = (heading.top + heading.height) / 914_400 / self.down
        if self.own or below > HEIGHT / 3:
            heading.left, heading.top, heading.width, heading.height = self._box((EDGE, 0.45, WIDE, 0.85))
        else:
            self.top = max(TOP, below + 0.1)
        frame = heading.text_frame
        frame.word_wrap, frame.text = True, title
        tall = max(int(heading.height) / 914_400, 0.85)
        size = _fitting([title], int(heading.width) / 914_400 - 0.2, tall, 26)
        if self.own:
            frame.paragraphs[0].alignment = PP_ALIGN.LEFT
        self.format(frame.paragraphs[0], size=size, bold=self.own, colour="heading")

    def _box(self, place: tuple[float, float, float, float]) -> tuple[int, int, int, int]:
        """A place in inches of our own slides as a place of this deck."""
        left, top, width, height = place
        across, down = self.across * 914_400, self.down * 914_400
        return round(left * across), round(top * down), round(width * across), round(height * down)

    def write(
        self, slide: Any, lines: Sequence[str], place: tuple[float, float, float, float], *,
        size: float, bold: bool = False, colour: str = "ink", bullets: bool = False,
    ) -> float:  # fmt: skip
        """Lines of text in a box; longer texts are set smaller, never cut. Gives the height they take, in inches of our slides."""
        from pptx.util import Pt

        if not any(lines):
            return 0.0
        frame = slide.shapes.add_textbox(*self._box(place)).text_frame
        frame.word_wrap = True
        width, height = (place[2] - 0.2) * self.across, place[3] * self.down
        size = _fitting(lines, width, height, size)
        for number, line in enumerate(lines):
            paragraph = frame.paragraphs[0] if number == 0 else frame.add_paragraph()
            paragraph.text = f"• {line}" if bullets else line
            paragraph.space_after = Pt(size * 0.45)
            self.format(paragraph, size=size, bold=bold, colour=colour)
        return _tall(lines, width, size) / self.down

    def format(self, paragraph: Any, *, size: float, bold: bool = False, colour: str = "ink", right: bool = False) -> None:
        """Size, weight, colour and font of a paragraph; a template's own font and colours win."""
        from pptx.enum.text import PP_ALIGN
        from pptx.oxml.ns import qn
        from pptx.util import Pt

        if right:
            paragraph.alignment = PP_ALIGN.RIGHT
        for run in paragraph.runs:
            run.font.size, run.font.bold = Pt(size), bold
            self.paint(run.font.color, colour)
            if not self.own:
                continue
            run.font.name = values.FONT["en"]
            properties = run._r.get_or_add_rPr()
            for old in properties.findall(qn("a:ea")):
                properties.remove(old)
            properties.find(qn("a:latin")).addnext(properties.makeelement(qn("a:ea"), {"typeface": values.FONT["zh"]}))

    def paint(self, target: Any, colour: str) -> None:
        """A colour by its part (ink, muted, heading, accent, soft) or as six digits; in a template the parts are the theme's."""
        from pptx.dml.color import RGBColor
        from pptx.enum.dml import MSO_THEME_COLOR

        if not self.own and colour == "soft":
            target.theme_color, target.brightness = MSO_THEME_COLOR.ACCENT_1, 0.8
        elif not self.own and colour in _SCHEME:
            target.theme_color = getattr(MSO_THEME_COLOR, _SCHEME[colour])
        else:
            looks = {"ink": INK, "muted": MUTED, "heading": self.looks.heading, "accent": self.looks.accent, "soft": self.looks.soft}
            target.rgb = RGBColor.from_string(values.rgb(looks.get(colour, colour)))

    def logo(self, slide: Any, place: tuple[float, float, float, float]) -> None:
        """The client's logo inside a place; a template brings its own."""
        if not self.own or not self.looks.logo:
            return
        left, top, width, height = self._box(place)
        shape = slide.shapes.add_picture(io.BytesIO(self.looks.logo), left, top, height=height)
        if shape.width > width:
            shape.height, shape.width = round(shape.height * width / shape.width), width
        if place[0] > WIDTH / 2:  # at the right edge
            shape.left = left + width - shape.width
        shape._element.nvPicPr.cNvPr.set("descr", translate("Logo", self.lang))

    def rule(self, slide: Any, place: tuple[float, float, float, float]) -> None:
        """A line in the client's colour; a template has its own ornaments."""
        from pptx.enum.shapes import MSO_SHAPE

        if self.own:
            shape = slide.shapes.add_shape(MSO_SHAPE.RECTANGLE, *self._box(place))
            shape.fill.solid()
            self.paint(shape.fill.fore_color, "accent")
            shape.line.fill.background()

    def bars(self, slide: Any, chart: Chart) -> None:
        """One chart a series, side by side, so that each has its own axis; every bar bears its number and its class's colour."""
        wide = WIDE / len(chart.series)
        for number in range(len(chart.series)):
            self._one_series(slide, chart, number, (EDGE + number * wide, self.top, wide - 0.2, BOTTOM - self.top - 0.45))

    def _one_series(self, slide: Any, chart: Chart, number: int, place: tuple[float, float, float, float]) -> None:
        from pptx.chart.data import CategoryChartData
        from pptx.enum.chart import XL_CHART_TYPE, XL_LABEL_POSITION
        from pptx.util import Pt

        series = chart.series[number]
        form = "0.0%" if series.kind == "share" else "#,##0"
        data = CategoryChartData(number_format=form)
        data.categories = list(chart.categories)
        data.add_series(series.name, [None if value is None else float(value) for value in series.values])
        shape: Any = slide.shapes.add_chart(XL_CHART_TYPE.BAR_CLUSTERED, *self._box(place), cast(Any, data))
        shape._element.nvGraphicFramePr.cNvPr.set("descr", chart.alt)
        made = shape.chart
        made.has_legend, made.has_title = False, True
        made.chart_title.text_frame.text = series.name
        self.format(made.chart_title.text_frame.paragraphs[0], size=14, bold=True)
        made.category_axis.reverse_order = True
        made.category_axis.tick_labels.font.size = Pt(12 if len(chart.categories) <= 12 else 10)
        made.category_axis.format.line.fill.background()
        made.value_axis.visible, made.value_axis.has_major_gridlines = False, False
        made.value_axis.minimum_scale = min(0.0, *(float(value) for value in series.values if value is not None), 0.0)
        plot = made.plots[0]
        plot.gap_width, plot.vary_by_categories, plot.has_data_labels = 45, False, True
        plot.data_labels.font.size, plot.data_labels.position = Pt(12), XL_LABEL_POSITION.OUTSIDE_END
        plot.data_labels.number_format, plot.data_labels.number_format_is_linked = form, False
        points = plot.series[0]
        points.format.fill.solid()
        self.paint(points.format.fill.fore_color, "accent")
        for place_of, colour in enumerate(chart.colours[: len(chart.categories)]):
            fill = points.points[place_of].format.fill
            fill.solid()
            self.paint(fill.fore_color, colour)

    def table(
        self, slide: Any, heads: Sequence[str], rows: Sequence[Sequence[str]], marks: Sequence[str], *,
        top: float, said: str, right: Sequence[bool] = (), totals: Sequence[bool] = (), largest: int = 13,
    ) -> None:  # fmt: skip
        """A table; widths follow the text, and the size of the letters the room."""
        marked = [[f"■ {row[0]}" if mark else row[0], *row[1:]] for row, mark in zip(rows, marks, strict=True)]
        tall, wide = (BOTTOM - top) * self.down, WIDE * self.across
        for size in range(largest, LEAST_TABLE - 1, -1):
            letters = wide * 72 / size
            widths = values.widths(heads, marked, letters, right=right)
            needed = values.lines(heads, marked, widths) * size * 1.25 / 72 + 0.075 * (1 + len(rows))
            if needed <= tall and values.fits(heads, marked, letters, right=right):
                break
        box = self._box((EDGE, top, WIDE, 0.3 * (1 + len(rows))))
        shape = slide.shapes.add_table(1 + len(rows), len(heads), *box)
        shape._element.nvGraphicFramePr.cNvPr.set("descr", said)
        table = shape.table
        for place, width in enumerate(widths):
            table.columns[place].width = round(width / sum(widths) * wide * 914_400)
        for line, row in enumerate([heads, *rows]):
            table.rows[line].height = round((size * 1.25 / 72 + 0.06) * 914_400)
            bold = line == 0 or bool(totals and totals[line - 1])
            for place, text in enumerate(row):
                mark = marks[line - 1] if line and place == 0 else ""
                self._cell(
                    table.cell(line, place), str(text), size, head=line == 0, bold=bold, right=bool(right and right[place]), mark=mark
                )

    def _cell(self, cell: Any, text: str, size: float, *, head: bool, bold: bool, right: bool, mark: str) -> None:
        from pptx.util import Inches

        cell.margin_left = cell.margin_right = Inches(0.06)
        cell.margin_top = cell.margin_bottom = Inches(0.03)
        paragraph = cell.text_frame.paragraphs[0]
        if mark:
            paragraph.add_run().text = "■ "
        paragraph.add_run().text = text
        self.format(paragraph, size=size, bold=bold, right=right)
        if mark:
            self.paint(paragraph.runs[0].font.color, mark)
        if head:
            cell.fill.solid()
            self.paint(cell.fill.fore_color, "soft")
        else:
            cell.fill.background()


def _fitting(lines: Sequence[str], width: float, height: float, size: float) -> float:
    """The largest size, down to the smallest that can be read, in which the lines fit the box, in inches."""
    while size > SMALLEST and _tall(lines, width, size) > height:
        size -= 1
    return size


def _tall(lines: Sequence[str], width: float, size: float) -> float:
    """Inches that lines of text take in this width."""
    letters = width * 72 / size  # Chinese characters a line
    rows = sum(-(-(values.em(line) + 1) // letters) for line in lines)
    return float(rows * size * 1.22 + len(lines) * size * 0.45) / 72


def _layout(file: Any) -> Any:
    """The layout with a title and the fewest places beside it."""

    def others(layout: Any) -> tuple[int, int]:
        kinds = [shape.placeholder_format.type for shape in layout.placeholders]
        titled = any(shape.placeholder_format.idx == 0 for shape in layout.placeholders)
        plain = sum(1 for kind in kinds if kind is not None and kind.name not in ("TITLE", "DATE", "FOOTER", "SLIDE_NUMBER"))
        return (0 if titled else 1, plain)

    return min(file.slide_layouts, key=others)


def _emptied(file: Any) -> None:
    """Take the sample slides out of a template; its master stays."""
    from pptx.oxml.ns import qn

    ids = file.slides._sldIdLst
    for slide in list(ids):
        file.part.drop_rel(slide.get(qn("r:id")))
        ids.remove(slide)


def _dressed(file: Any, looks: Looks) -> None:
    """The client's colours and our fonts in the theme, so that whatever is drawn later takes them, too."""
    from pptx.opc.constants import RELATIONSHIP_TYPE

    part = file.slide_master.part.part_related_by(RELATIONSHIP_TYPE.THEME)
    theme = part.blob.decode("utf-8")
    for name, colour in (("accent1", looks.accent), ("accent2", looks.heading), ("dk2", looks.heading)):
        theme = re.sub(rf"(<a:{name}>).*?(</a:{name}>)", rf'\g<1><a:srgbClr val="{values.rgb(colour)}"/>\g<2>', theme, flags=re.DOTALL)
    theme = re.sub(r'<a:latin typeface="[^"]*"', f'<a:latin typeface="{values.FONT["en"]}"', theme)
    theme = re.sub(r'<a:ea typeface=""', f'<a:ea typeface="{values.FONT["zh"]}"', theme)
    part._blob = theme.encode("utf-8")
