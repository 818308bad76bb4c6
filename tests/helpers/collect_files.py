"""Files as clients send them, made by hand: what stands in each can be counted."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

COMPANIES = ["东方商贸有限公司", "西山超市（东区）", "南湖食品", "北辰酒店用品有限公司", "中泰便利店"]


def workbook(
    path: Path,
    sheets: Mapping[str, Sequence[Sequence[Any]]],
    *,
    merge: Mapping[str, Sequence[str]] | None = None,
    hidden: Sequence[str] = (),
) -> Path:
    """An xlsx with the given rows a sheet; ``merge``: ranges to merge a sheet."""
    from openpyxl import Workbook

    book = Workbook()
    book.remove(book.active)
    for name, rows in sheets.items():
        sheet = book.create_sheet(name)
        for number, row in enumerate(rows, 1):
            for column, value in enumerate(row, 1):
                if value is not None:
                    sheet.cell(number, column, value)
        for area in (merge or {}).get(name, ()):
            sheet.merge_cells(area)
        if name in hidden:
            sheet.sheet_state = "hidden"
    path.parent.mkdir(parents=True, exist_ok=True)
    book.save(path)
    return path


def ugly_sales(path: Path, year: int = 2025, months: int = 3) -> Path:
    """A sheet a month: three title rows, the header in row 4, the order's head written once, a total at the end; and a dictionary sheet.

    Each month has 4 orders of 2 lines for the first four companies: line amounts 100·n and 50·n (n = 1..4), so 1,500.00 a month.
    """
    sheets: dict[str, list[list[Any]]] = {}
    for month in range(1, months + 1):
        rows: list[list[Any]] = [["销售明细表"], [f"期间：{year}年{month}月"], []]
        rows.append(["单号", "单据日期", "客户名称", "商品编码", "数量", "金额", "价税合计", "单据类型", "单据状态", "备注"])
        for n in range(1, 5):
            day = dt.date(year, month, 3 * n)
            rows.append(
                [f"XS{year}{month:02d}{n:02d}", day, COMPANIES[n - 1], "A001", n, 100 * n / 1.13, 100 * n, "销售单", "已审核", None]
            )
            rows.append([None, None, None, "A002", n, 50 * n / 1.13, 50 * n, "销售单", "已审核", None])
        rows.append(["合计", None, None, None, 20, 1500 / 1.13, 1500, None, None, None])
        sheets[f"{month}月"] = rows
    sheets["字典"] = [["代码", "含义"], ["XS", "销售"], ["TH", "退货"]]
    return workbook(path, sheets)


def fxiaoke_customers(path: Path) -> Path:
    """纷享销客's export of accounts: marks in the headers, a row of hints, 4 of the 5 companies with brackets of another kind."""
    rows: list[list[Any]] = [["客户名称（必填）", "客户编号", "负责人（必填）", "省", "市", "生命状态", "归属部门", "创建时间"]]
    rows.append(["必填，不超过 100 字", "系统生成", "必填", "选填", "选填", None, None, None])
    names = ["东方商贸有限公司", "西山超市(东区)", "南湖食品", "北辰酒店用品 有限公司"]
    rows += [[name, f"KH{n:05d}", "李四", "江苏", "南京", "正常", "华东", "2024-03-05 10:00"] for n, name in enumerate(names, 1)]
    return workbook(path, {"客户": rows})


def shop_csv(path: Path, encoding: str = "gb18030") -> Path:
    """A csv of a till in GB18030: 6 lines, 600.00 in all, one of them a refund."""
    text = "小票号,会员卡号,交易时间,商品名称,数量,实收金额\r\n"
    lines = [
        ("P1", "V01", "苹果", 2, "120.00"),
        ("P1", "V01", "香蕉", 1, "80.00"),
        ("P2", "V02", "苹果", 3, "180.00"),
        ("P3", "", "梨", 1, "50.00"),
        ("P4", "V01", "茶叶", 1, "200.00"),
        ("P5", "V02", "苹果", -1, "-30.00"),
    ]
    text += "".join(
        f"{order},{member},2025年1月{number + 2}日 09:3{number},{name},{count},{amount}\r\n"
        for number, (order, member, name, count, amount) in enumerate(lines)
    )
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(text.encode(encoding))
    return path
