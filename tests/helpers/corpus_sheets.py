"""Workbooks: where the table lies, totals, merged cells, months across, old formats."""

# ruff: noqa: E501 - a case a line is easier to look over

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from pathlib import Path
from typing import Any

from collect_files import ugly_sales, workbook
from corpus import COLUMNS, add, days, orders, raw, values
from xlsb import write_xlsb

HEAD: list[Any] = ["order", "customer", "date", "amount"]
DAY = dt.date(2025, 1, 3)
LINES: list[list[Any]] = [[1, "A", DAY, 10], [2, "B", DAY, 20.5]]


def book(*args: Any, **more: Any) -> Callable[[Path], object]:
    """A maker of a.xlsx."""
    return lambda folder: workbook(folder / "a.xlsx", *args, **more)


def sheet(*rows: list[Any], **more: Any) -> Callable[[Path], object]:
    """A maker of a.xlsx with one sheet."""
    return book({"Sheet1": rows}, **more)


def old_xls(folder: Path) -> None:
    import xlwt

    made = xlwt.Workbook()
    page = made.add_sheet("Sheet1")
    for number, row in enumerate([HEAD, *LINES]):
        for column, value in enumerate(row):
            style = xlwt.easyxf(num_format_str="yyyy-mm-dd") if isinstance(value, dt.date) else xlwt.Style.default_style
            page.write(number, column, value, style)
    made.save(str(folder / "a.xls"))


UGLY = {"order_id": "单号", "customer_id": "客户名称", "ordered_at": "单据日期", "product_id": "商品编码", "amount": "价税合计"}
LAID = {"sheets": "all", "header_row": 4, "fill_down": ["客户名称", "单号", "单据日期"], "drop_rows": {"单号": ["合计", "小计"]}}

add("a plain workbook", sheet(HEAD, *LINES), used=2, amount="30.50", look=values("customer_id", "A", "B"))
add("a workbook of the old format xls", old_xls, used=2, amount="30.50", look=days("2025-01-03", "2025-01-03"))
add("a binary workbook xlsb", lambda folder: write_xlsb(folder / "a.xlsb", [HEAD, ["1", "A", 45660.0, 10.5], ["2", "B", "2025-01-04", 20.0]]), used=2,
    amount="30.50", look=days("2025-01-03", "2025-01-04"))  # fmt: skip
add(
    "a workbook named csv",
    lambda folder: workbook(folder / "a.xlsx", {"S": [HEAD, *LINES]}).rename(folder / "a.csv"),
    used=2,
    amount="30.50",
)
add("a workbook that is none", raw(b"PK\x03\x04 and then nothing", "a.xlsx"), refused="a.xlsx")
add("a web page named xls", raw(b"<html><table><tr><td>1</td></tr></table></html>", "a.xls"), refused=("web page", "a.xls"))
add("a workbook of empty sheets", book({"one": [], "two": []}), refused="a.xlsx")
add("title lines, header found by its names", sheet(["Sales"], [], ["printed 2025-02-01"], HEAD, *LINES), used=2, amount="30.50")
add("a table that begins in column C", sheet(*[[None, None, *row] for row in [["Sales"], [], HEAD, *LINES]]), used=2, amount="30.50")
add("blank rows between and after", sheet(HEAD, LINES[0], [], [], LINES[1], [], ["", " ", "", ""]), used=2, amount="30.50")
add("the header on every page", sheet(HEAD, LINES[0], HEAD, LINES[1]), used=2, amount="30.50", steps={"rejected": 0})
add("a header of two rows", sheet(["", "", "2025", ""], ["order", "customer", "date", "amount"], *LINES),
    orders(layout={"header_row": [1, 2]}, columns={**COLUMNS, "ordered_at": "2025 date", "amount": "2025 amount"}), used=2, amount="30.50")  # fmt: skip
add(
    "one sheet of several by name",
    book({"2024": [HEAD, [9, "Z", DAY, 99]], "2025": [HEAD, *LINES]}),
    orders(layout={"sheets": "2025"}),
    used=2,
    amount="30.50",
)
add("sheets by pattern", book({"m1": [HEAD, LINES[0]], "m2": [HEAD, LINES[1]], "sum": [HEAD, [0, "A", DAY, 30.5]]}), orders(layout={"sheets": "m*"}),
    used=2, amount="30.50")  # fmt: skip
add("a sheet that is not there", book({"m1": [HEAD]}), orders(layout={"sheets": "m9"}), refused=("m9", "m1"))
add("a dictionary sheet beside the data", book({"data": [HEAD, *LINES], "codes": [["code", "means"], ["A", "Alpha"]]}), used=2, amount="30.50",
    notes=("codes",))  # fmt: skip
add(
    "a hidden sheet is left aside", book({"data": [HEAD, *LINES], "old": [HEAD, [9, "Z", DAY, 99]]}, hidden=["old"]), used=2, amount="30.50"
)
add(
    "a sheet that lacks one column",
    book({"m1": [HEAD, LINES[0]], "m2": [["order", "customer", "date", "amuont"], LINES[1]]}),
    refused=("m2", "amuont"),
)
add("a sheet a month, header in row 4, heads once, totals", lambda folder: ugly_sales(folder / "a.xlsx"), orders(columns=UGLY, layout=LAID), used=24,
    amount="4500", steps={"total_rows": 3}, notes=("字典",))  # fmt: skip
add("the same, found without a layout", lambda folder: ugly_sales(folder / "a.xlsx"),
    orders(columns=UGLY, layout={"fill_down": ["客户名称", "单号", "单据日期"], "drop_rows": {"单号": ["合计"]}}), used=24, amount="4500")  # fmt: skip
add(
    "totals that nobody named are not sales", sheet(HEAD, *LINES, ["合计", None, None, 30.5]), used=2, amount="30.50", steps={"rejected": 1}
)
add("a subtotal between heads that are written once", sheet(HEAD, [1, "A", DAY, 10], [None, None, None, 5], ["小计", None, None, 15], [None, None, None, 7]),
    orders(layout={"fill_down": ["order", "customer", "date"], "drop_rows": {"order": "小计"}}), used=3, amount="22", steps={"total_rows": 1},
    look=values("order_id", "1", "1", "1"))  # fmt: skip
add("cells merged over several rows", sheet(HEAD, [1, "A", DAY, 10], [None, None, None, 5], [2, "B", DAY, 7], merge={"Sheet1": ["A2:A3", "B2:B3", "C2:C3"]}),
    used=3, amount="22", look=values("order_id", "1", "1", "2"))  # fmt: skip
add(
    "fill_down of a column that is not there",
    sheet(HEAD, *LINES),
    orders(layout={"fill_down": ["costumer"]}),
    refused=("costumer", "customer"),
)
MONTHS: list[list[Any]] = [
    ["客户", "2025年1月", "2025年2月", "2025-03", "合计"],
    ["A", 10, None, 5, 15],
    ["B", None, 7, 8, 15],
    ["合计", 10, 7, 13, 30],
]
CROSSED = {
    "layout": {"cross": {"keep": "客户", "across": "月份", "value": "金额"}, "drop_rows": {"客户": "合计"}},
    "columns": {"customer_id": "客户", "ordered_at": "月份", "amount": "金额"},
}
add("customers down, months across", sheet(*MONTHS), orders(**CROSSED), used=4, amount="30", steps={"total_rows": 3},
    look=days("2025-01-01", "2025-02-01", "2025-03-01", "2025-03-01"))  # fmt: skip
add("months across without a year, the sheet has it", book({"2024": [["客户", "1月", "2月", "十二月"], ["A", 10, 5, 7]]}), orders(**CROSSED), used=3,
    amount="22", look=days("2024-01-01", "2024-02-01", "2024-12-01"))  # fmt: skip
add(
    "months across as real dates",
    sheet(["客户", dt.date(2025, 1, 1), dt.date(2025, 2, 1)], ["A", 10, 5]),
    orders(**CROSSED),
    used=2,
    amount="15",
)
add("cross named where no month stands", sheet(["客户", "red", "blue"], ["A", 10, 5]), orders(**CROSSED), refused=("month", "red"))
add(
    "an id of 18 digits in a number cell",
    sheet(HEAD, [1, 622202123456789012, DAY, 10]),
    refused=("16 or more digits", "customer", "line 2"),
)
add(
    "an id of 15 digits in a number cell", sheet(HEAD, [1, 622202123456789, DAY, 10]), used=1, look=values("customer_id", "622202123456789")
)
add("dates as cells, as text and as serial days in one column", sheet(HEAD, [1, "A", DAY, 1], [2, "A", "2025年1月4日", 1], [3, "A", 45662, 1]), used=3,
    look=days("2025-01-03", "2025-01-04", "2025-01-05"))  # fmt: skip
add("dates with a clock as cells", sheet(HEAD, [1, "A", dt.datetime(2025, 1, 3, 18, 5), 1]), used=1, look=days("2025-01-03 18:05:00"))
add(
    "amounts as text with signs",
    sheet(HEAD, [1, "A", DAY, "¥1,000.50"], [2, "A", DAY, "（2.50）"], [3, "A", DAY, 2]),
    used=3,
    amount="1000",
)
add(
    "cells of errors",
    sheet(HEAD, [1, "A", DAY, "#N/A"], [2, "A", DAY, "#DIV/0!"], [3, "A", DAY, 3]),
    used=1,
    amount="3",
    steps={"rejected": 2},
)
add("formulas that were never computed", sheet(HEAD, [1, "A", DAY, "=1+1"], [2, "A", DAY, 5]), used=1, steps={"rejected": 1})
add("a fraction that a float cannot hold", sheet(HEAD, *[[n, "A", DAY, 0.1] for n in range(30)]), used=30, amount="3")
add("true and false cells", book({"S": [["customer", "gone"], ["A", True], ["B", False]]}),
    {"customers": {"files": "*", "columns": {"customer_id": "customer", "opt_out": "gone"}}}, used=2,
    look=values("opt_out", False, True, table="customers"))  # fmt: skip
add("a workbook and a lock file of Excel", lambda folder: [workbook(folder / "a.xlsx", {"S": [HEAD, *LINES]}), (folder / "~$a.xlsx").write_bytes(b"x")],
    used=2, amount="30.50")  # fmt: skip
