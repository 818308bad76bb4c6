"""Pages as PDF: tagged, with contents and page numbers, Chinese embedded, the same bytes twice."""

from __future__ import annotations

from pathlib import Path

import pytest
from pypdf import PdfReader

from seglib.errors import MissingPartError
from seglib.report import pdf

PAGE = """<!doctype html><html lang="zh-Hans"><head><meta charset="utf-8"><title>客户分类</title></head><body>
<header class="top"><p class="project">连锁超市</p></header><main>
<section class="part" id="answer"><h1>四分之一的客户贡献六成销售额</h1></section>
<section class="part" id="scope"><h2>2　问题与范围</h2><p>谁在买？</p></section>
<section class="part" id="data"><h2>3　用了<b>哪些</b>数据</h2>
<table><caption>行数</caption><tr><th scope="col">步骤</th></tr></table></section>
</main></body></html>"""


def test_a_page_becomes_a_tagged_file_with_contents_and_numbers(tmp_path: Path) -> None:
    if pdf.engine() is not pdf._by_weasyprint:
        pytest.skip("WeasyPrint or Pango is not installed")
    first, second = tmp_path / "a.pdf", tmp_path / "b.pdf"
    pdf.write(PAGE, first, "zh")
    pdf.write(PAGE, second, "zh")
    assert first.read_bytes() == second.read_bytes()
    read = PdfReader(first)
    text = "".join(page.extract_text() for page in read.pages)
    assert "四分之一的客户" in text
    assert "目录" in text
    assert f"1 / {len(read.pages)}" in text
    catalogue = read.trailer["/Root"]
    assert catalogue["/MarkInfo"]["/Marked"]
    assert catalogue["/Lang"] == "zh-Hans"
    assert b"pdfuaid:part" in read.xmp_metadata.stream.get_data()
    fonts = [font for page in read.pages for font in page["/Resources"]["/Font"].values()]
    assert all("/DescendantFonts" in font.get_object() for font in fonts)  # embedded subsets


def test_the_clients_line_stands_on_every_page(tmp_path: Path) -> None:
    line = '</main><footer><p class="foot">甲 &amp; 乙 &lt;机密&gt; "a\\b"</p></footer>'
    page = pdf.printed(PAGE.replace("</main>", line), "zh")
    assert 'content:"甲\\20 \\26 \\20 乙\\20 \\3c 机密\\3e \\20 \\22 a\\5c b\\22 "' in page
    assert "bottom-center" not in pdf.printed(PAGE, "zh")
    if pdf.engine() is not pdf._by_weasyprint:
        pytest.skip("WeasyPrint or Pango is not installed")
    pdf._by_weasyprint(page, tmp_path / "a.pdf")
    texts = [one.extract_text() for one in PdfReader(tmp_path / "a.pdf").pages]
    assert len(texts) == 1
    assert texts[0].count('甲 & 乙 <机密> "a\\b"') == 1


def test_contents_name_the_parts_behind_the_first_one() -> None:
    page = pdf.printed(PAGE, "en")
    assert page.index("<nav class") > page.index('id="answer"')
    assert '<li><a href="#data">3　用了哪些数据</a></li>' in page
    assert 'printed-contents"' not in pdf.printed("<html><head></head><body></body></html>", "en")


def test_a_browser_prints_where_pango_is_absent(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    if not pdf.browser():
        pytest.skip("no browser is installed")
    pdf._by_browser(PAGE, tmp_path / "c.pdf")
    assert "四分之一的客户" in "".join(page.extract_text() for page in PdfReader(tmp_path / "c.pdf").pages)


def test_without_either_a_sentence_says_what_to_do(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pdf, "engine", lambda: None)
    with pytest.raises(MissingPartError, match="seglib doctor names the command"):
        pdf.write(PAGE, tmp_path / "d.pdf", "en")
