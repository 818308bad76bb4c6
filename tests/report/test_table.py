from __future__ import annotations

import re

import pandas as pd

from seglib.report.table import bar, swatch, table

FRAME = pd.DataFrame({"segment": ["a", "b"], "customers": [1200, 3], "spend": [1_230_000.0, 4_190.0], "spend_share": [0.997, 0.003]})


def html(frame: pd.DataFrame = FRAME, **options: object) -> str:
    return table(frame, lang="en", currency="USD", caption="What <it> is", **options).html


def test_a_table_has_a_caption_and_heads_with_scope() -> None:
    found = html()
    assert "<caption>What &lt;it&gt; is</caption>" in found
    assert found.count('scope="col"') == 4
    assert found.count('scope="row"') == 2


def test_money_stands_in_one_unit_named_in_the_head() -> None:
    found = html()
    assert "Sales (USD K)" in found
    assert "1,230" in found
    assert "4.19" in found


def test_chinese_money_is_counted_in_ten_thousands() -> None:
    found = table(FRAME, lang="zh", currency="CNY", caption="x").html
    assert "（万元）" in found
    assert "123" in found
    assert ">0.42<" in found


def test_numbers_are_set_right_and_words_left() -> None:
    assert '<td class="n">99.7%</td>' in html()
    assert '<th scope="row">a</th>' in html()


def test_a_wide_table_scrolls_in_a_named_region_that_the_keyboard_reaches() -> None:
    assert re.match(r'<div class="scroll" role="region" tabindex="0" aria-label="What &lt;it&gt; is">', html())
    assert html(FRAME[["segment", "customers"]]).startswith("<table>")


def test_a_long_table_is_tall() -> None:
    assert '<div class="scroll"' in html(pd.concat([FRAME] * 16, ignore_index=True))
    assert '<div class="scroll tall"' in html(pd.concat([FRAME] * 21, ignore_index=True))


def test_rows_may_have_a_class_and_cells_a_markup() -> None:
    found = html(markup={"segment": lambda key: swatch("#123456", key)}, row_class=lambda i: "total" if i == 1 else "")
    assert found.count('<tr class="total">') == 1
    assert "background:#123456" in found


def test_values_are_escaped() -> None:
    assert "&lt;script&gt;" in html(FRAME.assign(segment=["<script>", "b"]))


def test_missing_values_are_a_dash() -> None:
    assert html(FRAME.assign(spend=[1.0, float("nan")])).count("–") == 1


def test_the_longest_bar_is_that_of_the_greatest_share() -> None:
    widths = [float(re.search(r"width:([\d.]+)%", bar(share, "#000", 0.5)).group(1)) for share in (0.5, 0.25, 0, -0.1)]
    assert widths[0] == 2 * widths[1] > widths[2] == widths[3] == 0
