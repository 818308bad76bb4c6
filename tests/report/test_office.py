"""Word, Excel and PowerPoint files of a document with every kind of block, opened again and read."""

from __future__ import annotations

import io
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import pandas as pd
import pytest
from PIL import Image

from seglib.errors import MissingPartError, ParameterError, SettingsError
from seglib.report import handover, manifest, office, pdf, runs
from seglib.report.brand import Looks
from seglib.report.documents.model import (
    KEYS,
    Bullets,
    Callout,
    Card,
    Chart,
    Column,
    Document,
    Part,
    Series,
    Table,
    Text,
)
from seglib.report.office import values

docx = pytest.importorskip("docx", reason="the extra office is not installed")
openpyxl = pytest.importorskip("openpyxl", reason="the extra office is not installed")
pptx = pytest.importorskip("pptx", reason="the extra office is not installed")
qn = pytest.importorskip("docx.oxml.ns").qn

FORMATS = ("docx", "xlsx", "pptx")


def _chart() -> Chart:
    import matplotlib.pyplot as plt

    figure, axes = plt.subplots(figsize=(4, 2))
    axes.barh(["high", "low"], [0.6, 0.4])
    plt.close(figure)
    series = (Series("户数占比", (0.25, 0.75)), Series("销售额占比", (0.6, 0.4)))
    return Chart("bars", ("高价值", "低价值"), series, "高价值 25%，低价值 75%", "各类占比（n = 4）", figure, ("#0b2f5e", "#8e2b35"))


def _document(lang: str = "zh", parts: tuple[str, ...] = KEYS) -> Document:
    frame = pd.DataFrame(
        {
            "segment": ["高价值", "低价值", "合计"],
            "customers": [1, 3, 4],
            "share": [0.25, 0.75, 1.0],
            "spend": [120_000.0, 80_000.5, 200_000.5],
        }
    )
    columns = (
        Column("segment", "类别"),
        Column("customers", "客户数", "count"),
        Column("share", "占比", "share"),
        Column("spend", "销售额", "money"),
    )
    table = Table(frame, columns, "规模与价值", "CNY", lang, {"高价值": "#0b2f5e"}, ("", "", "total"))
    card = Card(
        "high", "高价值", "净额最高的一档", "#0b2f5e", (("客户数", Text("1 户")), ("销售额", Text("12 万元")), ("户均", Text("12 万元"))),
        (("谁", Text("常来")), ("为什么在这", Text("M ≥ 5 万"))), "涉及服务水平",
    )  # fmt: skip
    blocks = {
        "answer": (
            Callout("number", "12 万元", (Text("一户占六成"),)),
            Bullets((Text("先联系这一户"), Text("再看其他")), numbered=True),
            _chart(),
        ),
        "sizes": (Text("高价值户均 12 万元", style="lead"), table),
        "cards": (card,),
        "playbook": (Text("=1+1 不是公式"), Bullets((Text("甲"), Text("乙")), numbered=True)),
        "limits": (Callout("message", "", (Text("样本太小"),)), Text("小字", style="note"), Text("")),
    }
    customers = pd.DataFrame(
        {
            "customer_id": ["007", "=cmd", "+86 1", "d"],
            "segment": ["high", "low", "low", "low"],
            "label": ["高价值", "低价值", "低价值", "低价值"],
            "spend": [120_000.0, 1.5, None, 3.0],
            "orders": [3, 1, 0, 1],
            "on_the_line": [True, False, False, False],
            "last_order": pd.to_datetime(["2025-01-02", None, "2025-03-04", "2025-05-06"]),
            "previous_segment": ["low", None, None, "high"],
        }
    )
    made = tuple(Part(key, number, f"标题 {key}", blocks.get(key, (Text(f"句子 {key}。"),))) for number, key in enumerate(parts, start=1))
    return Document(lang, "一户贡献六成销售额", "截至 2025-06-30 · 4 户", "2025-06-30", "CNY", "full", made, {}, customers, "value_tier")


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    target = tmp_path_factory.mktemp("办公 文件")
    assert [path.suffix for path in office.write(_document(), target, ["html", "pdf", *FORMATS])] == [".docx", ".xlsx", ".pptx"]
    return target


def test_the_word_file_has_real_headings_tables_pictures_and_a_chinese_font(folder: Path) -> None:
    word = docx.Document(str(folder / "report.docx"))
    styles = [paragraph.style.name for paragraph in word.paragraphs]
    assert styles.count("Title") == 1
    assert styles.count("Heading 1") == len(KEYS) - 1
    table = word.tables[0]
    assert [cell.text for cell in table.rows[0].cells] == ["类别", "客户数", "占比", "销售额（万元）"]
    assert [cell.text for cell in table.rows[1].cells] == ["高价值", "1", "25%", "12.0"]
    assert "w:tblHeader" in table.rows[0]._tr.xml
    assert "规模与价值" in table._tbl.tblPr.xml
    assert [shape._inline.docPr.get("descr") for shape in word.inline_shapes] == ["高价值 25%，低价值 75%"]
    assert 'w:eastAsia="Microsoft YaHei"' in word.styles["Normal"].element.xml
    numbered = [p._p.pPr.numPr.numId.val for p in word.paragraphs if p.style.name == "List Number"]
    assert numbered[0] == numbered[1] != numbered[2] == numbered[3]  # each list begins at 1
    assert word.core_properties.author == ""


def test_the_workbook_has_typed_cells_filters_and_no_formula(folder: Path) -> None:
    book = openpyxl.load_workbook(folder / "report.xlsx")
    assert book.sheetnames == ["客户清单", "规模与价值"]
    sheet = book["客户清单"]
    heads = [cell.value for cell in sheet[1]]
    assert heads[0] == "客户编号"
    assert heads[1:3] == ["类别代码", "类别"]
    assert "销售额（元）" in heads
    assert all(any(ord(letter) > 0x2E7F for letter in text) for text in heads), "no head is left in English"
    rows = [[cell.value for cell in row] for row in sheet.iter_rows(min_row=2)]
    assert [row[0] for row in rows] == ["007", "=cmd", "+86 1", "d"]
    assert {row[0].data_type for row in sheet.iter_rows(min_row=2)} == {"s"}
    assert [row[3] for row in rows] == [120_000.0, 1.5, None, 3]
    assert [row[5] for row in rows] == ["是", "否", "否", "否"]
    assert sheet["G2"].is_date
    assert [row[7] for row in rows] == ["低价值", None, None, "高价值"]
    assert sheet.freeze_panes == "B2"
    assert sheet.auto_filter.ref == "A1:H5"
    sizes = book["规模与价值"]
    assert [cell.value for cell in sizes[2]] == ["高价值", 1, 0.25, 120_000]
    assert sizes["C2"].number_format == "0.0%"


def test_ten_slides_with_charts_and_tables_that_can_be_edited(folder: Path) -> None:
    deck = pptx.Presentation(str(folder / "report.pptx"))
    assert len(deck.slides) == 10
    charts = [shape.chart for slide in deck.slides for shape in slide.shapes if shape.has_chart]
    assert [list(chart.plots[0].series[0].values) for chart in charts] == [[0.25, 0.75], [0.6, 0.4]]
    assert list(charts[0].plots[0].categories) == ["高价值", "低价值"]
    tables = [shape.table for slide in deck.slides for shape in slide.shapes if shape.has_table]
    assert "■ 高价值" in [cell.text for table in tables for row in table.rows for cell in row.cells]
    for slide in deck.slides:
        for shape in slide.shapes:
            assert 0 <= shape.left <= shape.left + shape.width <= deck.slide_width
            assert shape.top + shape.height <= deck.slide_height
    assert "高价值 25%" in "".join(slide.notes_slide.notes_text_frame.text for slide in deck.slides if slide.has_notes_slide)


def test_a_brief_document_has_its_ten_slides_too(tmp_path: Path) -> None:
    office.write(_document("en", ("answer", "sizes", "playbook")), tmp_path, ["pptx"])
    deck = pptx.Presentation(str(tmp_path / "report.pptx"))
    assert len(deck.slides) == 10
    assert "The data do not hold this." in "".join(s.text_frame.text for slide in deck.slides for s in slide.shapes if s.has_text_frame)


def test_the_consultancys_own_files_are_written_into(folder: Path, tmp_path: Path) -> None:
    own = docx.Document()
    own.sections[0].header.paragraphs[0].text = "示例咨询"
    own.save(str(tmp_path / "brand.docx"))
    deck = pptx.Presentation()
    deck.slides.add_slide(deck.slide_layouts[0])
    deck.save(str(tmp_path / "brand.pptx"))
    settings = SimpleNamespace(report=SimpleNamespace(template=["brand.docx", "brand.pptx"]), folder=tmp_path)
    found = office.templates(settings)
    office.write(_document(), tmp_path / "out", FORMATS, templates=found)
    assert docx.Document(str(tmp_path / "out" / "report.docx")).sections[0].header.paragraphs[0].text == "示例咨询"
    assert len(pptx.Presentation(str(tmp_path / "out" / "report.pptx")).slides) == 10  # the sample slide is gone
    settings.report.template = ["gone.pptx"]
    with pytest.raises(SettingsError, match=r"gone\.pptx, and there is no such file"):
        office.templates(settings)


def test_what_cannot_be_made_is_said_and_the_rest_comes(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(office, "PACKAGES", {"docx": "no_such_package", "xlsx": "openpyxl"})
    monkeypatch.setattr(pdf, "engine", lambda: None)
    formats, lost = handover.possible(("html", "pdf", "docx", "xlsx"))
    assert formats == ("html", "xlsx")
    assert [str(one)[:18] for one in lost] == ["Files of the kind ", "A PDF needs the pa"]
    assert all(one.text("zh") != str(one) for one in lost)
    with pytest.raises(MissingPartError, match="docx"):
        office.write(_document(), tmp_path, ["docx"])


def test_an_unknown_format_is_named() -> None:
    assert handover.read("") == ("html",)
    with pytest.raises(ParameterError, match="--format dox cannot be made"):
        handover.read("html,dox")


def test_the_hand_over_holds_named_files_and_a_note(folder: Path, tmp_path: Path) -> None:
    tables = tmp_path / "zh" / "tables" / "report"
    office.write(_document(), tables, ["xlsx"])
    (tmp_path / "zh" / "report.html").write_text("<html><head></head><body><p>报告</p></body></html>", encoding="utf-8")
    project = SimpleNamespace(title=lambda lang: "示例/商贸", report=SimpleNamespace(author="示例咨询"), outside=False)
    made = SimpleNamespace(languages=("zh", "en"), project=project, as_of="2025-06-30")
    entries = handover.deliver(made, SimpleNamespace(folder=tmp_path), ("html", "xlsx"))
    assert [(one["format"], one["path"]) for one in entries] == [
        ("html", "交付/示例_商贸_客户分类报告_20250630.html"),
        ("xlsx", "交付/示例_商贸_客户清单_20250630.xlsx"),
    ]
    note = (tmp_path / "交付" / "交付说明.txt").read_text(encoding="utf-8-sig")
    assert "共 2 个文件" in note
    assert "示例_商贸_客户清单_20250630.xlsx" in note
    assert "问题请回复：示例咨询" in note
    assert not (tables / "report.xlsx").exists()  # it lies in one place
    assert handover.deliver(made, SimpleNamespace(folder=tmp_path), ("html",)) == []


def test_a_document_whose_office_file_is_gone_is_made_anew(tmp_path: Path) -> None:
    (tmp_path / "report.html").write_text("x", encoding="utf-8")
    (tmp_path / "list.xlsx").write_text("y", encoding="utf-8")
    page = {
        "status": "ok",
        "method": "report",
        "lang": "zh",
        "path": "report.html",
        "sha256": manifest.file_digest(tmp_path / "report.html"),
    }
    file = {"lang": "zh", "format": "xlsx", "path": "list.xlsx", "sha256": manifest.file_digest(tmp_path / "list.xlsx")}
    record = SimpleNamespace(folder=tmp_path, content={"request": {"formats": ["html", "pdf", "xlsx"]}, "files": [file]})
    assert runs._intact(record, page)
    (tmp_path / "list.xlsx").unlink()
    assert not runs._intact(record, page)
    assert runs._intact(record, {**page, "method": "rfm"})


def test_cards_need_not_have_the_same_items(tmp_path: Path) -> None:
    whole = _document()
    uneven = Card("low", "低价值", "其余", "#8e2b35", (("客户数", Text("3 户")),), ())
    parts = tuple(replace(part, blocks=(*part.blocks, uneven)) if part.key == "cards" else part for part in whole.parts)
    office.write(replace(whole, parts=parts), tmp_path, ["pptx"])
    deck = pptx.Presentation(str(tmp_path / "report.pptx"))
    rows = [
        [cell.text for cell in row.cells] for slide in deck.slides for shape in slide.shapes if shape.has_table for row in shape.table.rows
    ]
    assert ["■ 低价值", "3 户", "", "", ""] in rows


def _logo() -> bytes:
    target = io.BytesIO()
    Image.new("RGB", (300, 100), "#0b5d3b").save(target, format="PNG")
    return target.getvalue()


@pytest.fixture(scope="module")
def dressed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    target = tmp_path_factory.mktemp("dressed")
    office.write(_document(), target, FORMATS, looks=Looks(_logo(), "#0b5d3b", "#7a1f3d", "甲&乙 机密"))
    return target


def test_the_clients_looks_reach_word(dressed: Path) -> None:
    word = docx.Document(str(dressed / "report.docx"))
    section = word.sections[0]
    assert 'descr="标志"' in section.header._element.xml
    assert section.footer.paragraphs[0].text.startswith("甲&乙 机密")
    assert str(word.styles["Heading 1"].font.color.rgb) == "7A1F3D"
    assert 'w:fill="E2ECE7"' in word.tables[0].rows[0].cells[0]._tc.xml
    number = next(run for paragraph in word.paragraphs for run in paragraph.runs if run.text == "12 万元")
    assert str(number.font.color.rgb) == "0B5D3B"
    links = [link.get(qn("w:anchor")) for link in word.element.body.iter(qn("w:hyperlink"))]
    assert links == [f"part_{key}" for key in KEYS[1:]], "the list of contents leads to every part behind the answer"
    marks = {mark.get(qn("w:name")) for mark in word.element.body.iter(qn("w:bookmarkStart"))}
    assert set(links) == marks


def test_the_clients_looks_reach_slides(dressed: Path) -> None:
    deck = pptx.Presentation(str(dressed / "report.pptx"))
    pictures = [[shape for shape in slide.shapes if shape.shape_type == 13] for slide in deck.slides]
    assert [len(found) for found in pictures] == [1] * 10
    assert {picture._element.nvPicPr.cNvPr.get("descr") for found in pictures for picture in found} == {"标志"}
    feet = [[s.text_frame.text for s in slide.shapes if s.has_text_frame and "甲&乙 机密" in s.text_frame.text] for slide in deck.slides]
    assert all(len(found) == 1 for found in feet)
    theme = next(part for part in deck.part.package.iter_parts() if "theme/theme1" in str(part.partname)).blob.decode("utf-8")
    assert '<a:accent1><a:srgbClr val="0B5D3B"/></a:accent1>' in theme
    chart = next(shape.chart for slide in deck.slides for shape in slide.shapes if shape.has_chart)
    assert str(chart.plots[0].series[0].format.fill.fore_color.rgb) == "0B5D3B"


def test_the_clients_looks_reach_sheets(dressed: Path) -> None:
    book = openpyxl.load_workbook(dressed / "report.xlsx")
    for sheet in book:
        assert sheet["A1"].fill.fgColor.rgb == "00E2ECE7"
        assert sheet.oddFooter.left.text == "甲&&乙 机密"
        assert sheet.print_title_rows == "$1:$1"


def test_a_template_without_our_styles_and_of_another_size_is_filled_and_its_text_goes(tmp_path: Path) -> None:
    own = docx.Document()
    own.add_paragraph("样例文字")
    for name in ("Title", "Subtitle", "Caption", "List Bullet", "List Number", "Heading 2"):
        own.styles[name].delete()
    own.save(str(tmp_path / "brand.docx"))
    pptx.Presentation().save(str(tmp_path / "brand.pptx"))  # 4:3
    found = {"docx": str(tmp_path / "brand.docx"), "pptx": str(tmp_path / "brand.pptx")}
    office.write(_document(), tmp_path, ("docx", "pptx"), templates=found, looks=Looks(_logo(), foot="机密"))
    word = docx.Document(str(tmp_path / "report.docx"))
    text = "\n".join(paragraph.text for paragraph in word.paragraphs)
    assert "样例文字" not in text
    assert "1. 先联系这一户" in text, "a style that numbers nothing gets its numbers as text"
    assert "机密" not in word.sections[0].footer.paragraphs[0].text, "the template's own looks win"
    deck = pptx.Presentation(str(tmp_path / "report.pptx"))
    for slide in deck.slides:
        assert not [shape for shape in slide.shapes if shape.shape_type == 13]
        for shape in slide.shapes:
            assert shape.left + shape.width <= deck.slide_width
            assert shape.top + shape.height <= deck.slide_height


@pytest.mark.parametrize("name", ["brand.docx", "brand.pptx"])
def test_a_template_that_is_none_is_told(tmp_path: Path, name: str) -> None:
    (tmp_path / name).write_text("no office file", encoding="utf-8")
    settings = SimpleNamespace(report=SimpleNamespace(template=[name]), folder=tmp_path)
    with pytest.raises(SettingsError, match=f"{name} cannot be opened"):
        office.templates(settings)
    settings.report.template = ["brand.dotx"]
    (tmp_path / "brand.dotx").write_text("x", encoding="utf-8")
    with pytest.raises(SettingsError, match=r"brand\.dotx is no \.docx or \.pptx"):
        office.templates(settings)


def test_widths_break_no_word_and_give_long_texts_the_rest() -> None:
    heads, rows = ["类别", "Customers", "Do"], [["重要价值客户", "1,234", "call " * 30], ["其他", "9", "write"]]
    found = values.widths(heads, rows, 60.0, right=[False, True, False])
    assert sum(found) == pytest.approx(60.0)
    assert found[0] >= 6.0 + values.GAP
    assert found[1] >= values.em("Customers") + values.GAP
    assert found[2] > 30
    assert values.fits(heads, rows, 60.0)
    assert not values.fits(heads, rows, 12.0)
    assert values.lines(heads, rows, found) > 3


@pytest.mark.parametrize(
    ("value", "form"),
    [(1234.0, "#,##0"), (138.794, "#,##0"), (62.93, "0.0"), (-9.06, "0.00"), (0.558, "0.00"), (0.0123, "0.000"), (0, "#,##0")],
)
def test_plain_numbers_show_three_digits(value: float, form: str) -> None:
    from seglib.report.office import xlsx

    assert xlsx._form(value) == form
