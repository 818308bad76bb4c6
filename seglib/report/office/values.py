"""What the three office formats share: heads with their unit, cells as text, pictures of charts."""

from __future__ import annotations

import io
import math
import re
from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd

from seglib.report import numbers
from seglib.report.documents import markup
from seglib.report.documents.model import Chart, Column, Table
from seglib.report.table import ONE_WORD

FONT = {"zh": "Microsoft YaHei", "en": "Arial"}  # on Windows and Mac alike; elsewhere fonts of the same widths take their place
DPI = 160
_WORD = re.compile(r"[\u2e80-\uffff]|[^\s\u2e80-\uffff]+")  # what a line is never broken in: a Chinese character, a word
_NARROW = dict.fromkeys("iljtfrI.,;:'|!()-[] ", 0.31) | dict.fromkeys("mwMW%–—@", 0.88)  # of the letters of Arial
_BOLD = 1.1  # bold letters are that much wider
_NAME = 7.0  # a name of a row up to this length stays on one line
_LONGEST = 16.0  # a longer word, such as a fingerprint, may be broken
GAP = 1.2  # what the edges of a cell take, in widths of a character


def head(table: Table, column: Column) -> str:
    """The head of a column, with the unit its numbers are printed in."""
    return markup.with_unit(table, column.key) if column.kind in ("money", "money_each", "exact", "days") else column.head


def cells(table: Table) -> list[list[str]]:
    """The table's values as they are printed on the page."""
    scale = {kind: markup.money_scale(table, kind) for kind in ("money", "money_each")}
    rows = []
    for row in table.frame.to_dict("records"):
        rows.append([cell(row[column.key], column, table, scale) for column in table.columns])
    return rows


def cell(value: Any, column: Column, table: Table, scale: Mapping[str, Any]) -> str:
    """One value as text; ``scale`` holds the units of the table's money by kind."""
    if column.kind == "text" or isinstance(value, str):
        return "" if missing(value) else str(value)
    if column.kind in ("money", "money_each"):
        return numbers.cell(value, column.kind, table.lang, scale[column.kind])
    return numbers.cell(value, column.kind, table.lang)


def missing(value: Any) -> bool:
    """Is there no value?"""
    return value is None or value is pd.NA or value is pd.NaT or (isinstance(value, float) and math.isnan(value))


def is_number(column: Column) -> bool:
    """Does the column stand right-aligned?"""
    return column.kind not in ("text", "date")


def picture(chart: Chart) -> tuple[io.BytesIO, float]:
    """The chart as PNG, and its height as share of its width."""
    target = io.BytesIO()
    chart.figure.savefig(target, format="png", dpi=DPI, bbox_inches="tight", facecolor="white", metadata={"Software": None})
    width, height = (int.from_bytes(target.getvalue()[at : at + 4], "big") for at in (16, 20))  # as every PNG says of itself
    target.seek(0)
    return target, height / width


def rgb(colour: str, default: str = "55606E") -> str:
    """A colour as six hexadecimal digits; ``default`` where it is none."""
    found = colour.lstrip("#")
    found = "".join(2 * digit for digit in found) if len(found) == 3 else found
    return found.upper() if len(found) == 6 and all(digit in "0123456789abcdefABCDEF" for digit in found) else default


def em(text: str) -> float:
    """Width of a text in widths of a Chinese character."""
    return sum(1.0 if ord(letter) > 0x2E7F else _NARROW.get(letter, 0.68 if letter.isupper() else 0.55) for letter in text)


def widths(
    heads: Sequence[str], rows: Sequence[Sequence[str]], wide: float, *, right: Sequence[bool] = (), gap: float = GAP
) -> list[float]:
    """How wide the columns of a table should be.

    Args:
        heads: The heads.
        rows: The cells as text.
        wide: Width of the whole table, in widths of a Chinese character; so are the columns'.
        right: Which columns hold numbers, that are never broken.
        gap: What the edges of a cell take.

    Returns:
        One width a column; their sum is ``wide``. No word is broken where that can be had, and long texts share what short ones leave.
    """
    least = _least(heads, rows, right, gap)
    wish = []
    for place, head in enumerate(heads):
        asked = sorted(em(str(row[place])) for row in rows) or [0.0]
        wish.append(max(least[place], min(_BOLD * em(head), 8.0) + gap, asked[math.ceil(0.9 * (len(asked) - 1))] + gap))
    room = wide - sum(least)
    if room <= 0:
        return [wide * one / sum(least) for one in least]
    if sum(wish) <= wide:
        return [one * wide / sum(wish) for one in wish]
    more = [
        math.sqrt((one - low) * one) for one, low in zip(wish, least, strict=True)
    ]  # a text twice as long gets less than twice the room
    return [low + room * one / sum(more) for low, one in zip(least, more, strict=True)]


def lines(heads: Sequence[str], rows: Sequence[Sequence[str]], widths: Sequence[float], *, gap: float = GAP) -> int:
    """How many lines of text a table takes, its head included."""
    return sum(
        max(math.ceil(em(str(text)) / max(width - gap, 1.0)) for text, width in zip(row, widths, strict=True)) for row in [heads, *rows]
    )


def fits(heads: Sequence[str], rows: Sequence[Sequence[str]], wide: float, *, right: Sequence[bool] = (), gap: float = GAP) -> bool:
    """Can the table be set at this width without breaking a word or a number?"""
    return sum(_least(heads, rows, right, gap)) <= wide


def _least(heads: Sequence[str], rows: Sequence[Sequence[str]], right: Sequence[bool], gap: float) -> list[float]:
    """The least width of every column: its longest word, short term or number."""
    found = []
    for place, head in enumerate(heads):
        words = [_BOLD * em(word) for word in _WORD.findall(head)]
        for text in (str(row[place]) for row in rows):
            whole = (right and right[place]) or (place == 0 and em(text) <= _NAME) or len(text) <= ONE_WORD
            words += [em(text)] if whole else [em(word) for word in _WORD.findall(text)]
        found.append(min(max([*words, 2.0]), _LONGEST) + gap)
    return found
