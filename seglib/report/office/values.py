"""What the three office formats share: heads with their unit, cells as text, pictures of charts."""

from __future__ import annotations

import io
import math
from typing import Any

import pandas as pd

from seglib.report import numbers
from seglib.report.documents import markup
from seglib.report.documents.model import Chart, Column, Table

FONT = {"zh": "Microsoft YaHei", "en": "Segoe UI"}
DPI = 160


def head(table: Table, column: Column) -> str:
    """The head of a column, with the unit its numbers are printed in."""
    return markup.with_unit(table, column.key) if column.kind in ("money", "money_each", "exact", "days") else column.head


def cells(table: Table) -> list[list[str]]:
    """The table's values as they are printed on the page."""
    scale = markup.money_scale(table)
    rows = []
    for row in table.frame.to_dict("records"):
        rows.append([cell(row[column.key], column, table, scale) for column in table.columns])
    return rows


def cell(value: Any, column: Column, table: Table, scale: Any) -> str:
    """One value as text."""
    if column.kind == "text" or isinstance(value, str):
        return "" if missing(value) else str(value)
    if column.kind == "money":
        return numbers.cell(value, "money", table.lang, scale)
    return numbers.cell(value, column.kind, table.lang)


def missing(value: Any) -> bool:
    """Is there no value?"""
    return value is None or value is pd.NA or value is pd.NaT or (isinstance(value, float) and math.isnan(value))


def is_number(column: Column) -> bool:
    """Does the column stand right-aligned?"""
    return column.kind not in ("text", "date")


def picture(chart: Chart) -> io.BytesIO:
    """The chart as PNG."""
    target = io.BytesIO()
    chart.figure.savefig(target, format="png", dpi=DPI, bbox_inches="tight", facecolor="white", metadata={"Software": None})
    target.seek(0)
    return target


def rgb(colour: str, default: str = "55606E") -> str:
    """A colour as six hexadecimal digits; ``default`` where it is none."""
    found = colour.lstrip("#")
    found = "".join(2 * digit for digit in found) if len(found) == 3 else found
    return found.upper() if len(found) == 6 and all(digit in "0123456789abcdefABCDEF" for digit in found) else default
