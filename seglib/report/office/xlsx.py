"""The document's tables as a workbook: one row a customer with class and reason, and every table of the document with typed cells."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from math import ceil
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd

from seglib.language import marked, translate
from seglib.report import labels, numbers
from seglib.report.brand import Looks
from seglib.report.documents.model import Document, Table
from seglib.report.office import values

if TYPE_CHECKING:
    from openpyxl import Workbook

LINE = 15.5  # points of a line of a head
ROWS = 1_048_575  # rows of a sheet below its head
WIDEST, NARROWEST, READING = 130, 8, 200  # width in characters; rows looked at for it
FORMATS = {
    "count": "#,##0",
    "share": "0.0%",
    "index": "0",
    "money": "#,##0.00",
    "money_each": "#,##0.00",
    "exact": "#,##0.00",
}
SHARES = {"flip_rate": "share"}  # columns whose name does not say that they are shares
#: Heads of the customer list that no table of a page has.
HEADS = {
    "segment": marked("Class key"),
    "label": marked("Class"),
    "short_exposure": marked("Observed too briefly to judge"),
    "on_the_line": marked("Within 5% of a cut"),
    "reason": marked("Why this class"),
    "flip_rate": marked("Class changes by chance alone"),
    "previous_segment": marked("Class before"),
    "since": marked("In this class since"),
    "spend_change": marked("Change of sales"),
    "beyond_class": marked("Change beyond that of the class"),
}
_NAME = re.compile(r"[\[\]:*?/\\]")
_UNPRINTABLE = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f]")


@dataclass(frozen=True)
class _Dress:
    """How every sheet looks: the ground of its head, and what is printed above and below it."""

    ground: str
    top: str | None
    foot: str | None


def write(document: Document, target: Path, template: str = "", looks: Looks | None = None) -> None:
    """Write the workbook: the customer list first, then a sheet a table. Cells are typed, text is never a formula.

    Args:
        document: The document.
        target: The file.
        template: Not used; workbooks have no template.
        looks: The client's colours and foot.
    """
    from openpyxl import Workbook

    book = Workbook(write_only=True)
    looks = looks or Looks()
    dress = _Dress(values.rgb(looks.soft), _quiet(document.subtitle), _quiet(looks.foot))
    book.properties.title, book.properties.creator = document.title, ""
    taken: set[str] = set()
    _customers(book, document, taken, dress)
    for part in document.parts:
        for block in part.blocks:
            if isinstance(block, Table):
                _table(book, block, taken, dress)
    book.save(target)


def _customers(book: Workbook, document: Document, taken: set[str], dress: _Dress) -> None:
    """The customer list; above a sheet's limit it goes on in another."""
    frame = document.customers
    if "previous_segment" in frame.columns:
        named = dict(zip(frame["segment"], frame["label"], strict=True))
        frame = frame.assign(previous_segment=[named.get(key, key) for key in frame["previous_segment"]])
    names = list(frame.columns)
    heads = [head(name, document.lang, document.currency) for name in names]
    kinds = ["text" if not pd.api.types.is_numeric_dtype(frame[name]) else SHARES.get(name) or numbers.kind(name) for name in names]
    kinds = ["text" if pd.api.types.is_bool_dtype(frame[name]) else kind for name, kind in zip(names, kinds, strict=True)]
    yes, no = translate("Yes", document.lang), translate("No", document.lang)
    title = translate("Customer list", document.lang)
    for start in range(0, max(len(frame), 1), ROWS):
        piece = frame.iloc[start : start + ROWS]
        columns = [piece[name].map({True: yes, False: no}) if pd.api.types.is_bool_dtype(piece[name]) else piece[name] for name in names]
        rows = zip(*(column.astype(object).tolist() for column in columns), strict=True)
        sheet(book, _free(title, taken), heads, kinds, rows, dress)


def head(column: str, lang: str, currency: str) -> str:
    """What a reader calls a column of the customer list, with the currency where it holds money."""
    text = translate(HEADS[column], lang) if column in HEADS else labels.label(column, lang)
    kind = numbers.kind(column)
    return labels.joined(text, numbers.currency_name(currency, lang), lang) if kind in ("money", "money_each") and currency else text


def _table(book: Workbook, table: Table, taken: set[str], dress: _Dress) -> None:
    """A table of the document; money stands in plain units here, as cells are numbers."""
    heads = []
    for column in table.columns:
        money = column.kind in ("money", "money_each", "exact") and table.currency
        heads.append(labels.joined(column.head, numbers.currency_name(table.currency, table.lang), table.lang) if money else column.head)
    rows = table.frame[[column.key for column in table.columns]].astype(object).itertuples(index=False, name=None)
    sheet(book, _free(table.caption, taken), heads, [column.kind for column in table.columns], rows, dress)


def sheet(book: Workbook, name: str, heads: Sequence[str], kinds: Sequence[str], rows: Any, dress: _Dress) -> None:
    """A sheet with a frozen head, filters and typed cells, that prints as wide as the paper."""
    from openpyxl.cell import WriteOnlyCell
    from openpyxl.styles import Alignment, Font, PatternFill
    from openpyxl.utils import get_column_letter

    made = list(rows)
    page = book.create_sheet(name)
    page.freeze_panes = "B2"
    _printed(page, dress)
    widths = _widths(heads, made)
    lines = max((ceil(1.15 * _long(text) / width) for text, width in zip(heads, widths, strict=True)), default=1)
    page.row_dimensions[1].height = LINE * max(lines, 1)  # LibreOffice fits no height of its own
    for place, width in enumerate(widths, start=1):
        page.column_dimensions[get_column_letter(place)].width = width
    page.auto_filter.ref = f"A1:{get_column_letter(len(heads))}{len(made) + 1}"
    top = []
    for text in heads:
        cell = WriteOnlyCell(page, value=_text(text))
        cell.font, cell.fill = Font(name="Calibri", size=11, bold=True), PatternFill("solid", fgColor=dress.ground)
        cell.alignment = Alignment(wrap_text=True, vertical="top")
        top.append(cell)
    page.append(top)
    for row in made:
        page.append([_cell(page, value, kind) for value, kind in zip(row, kinds, strict=True)])


def _printed(page: Any, dress: _Dress) -> None:
    """Paper: across, as wide as the sheet, the head on every page."""
    from openpyxl.worksheet.properties import PageSetupProperties

    page.sheet_properties.pageSetUpPr = PageSetupProperties(fitToPage=True)
    page.page_setup.orientation, page.page_setup.paperSize = "landscape", 9  # A4
    page.page_setup.fitToWidth, page.page_setup.fitToHeight = 1, 0
    page.print_title_rows = "1:1"
    page.oddHeader.left.text, page.oddHeader.right.text = dress.top, "&A"
    page.oddFooter.left.text, page.oddFooter.right.text = dress.foot, "&P / &N"


def _quiet(text: str) -> str | None:
    """A text for the head or foot of a sheet, in which & begins a command of Excel's; None for nothing."""
    return _text(text).replace("&", "&&") or None


def _cell(page: Any, value: Any, kind: str) -> Any:
    """A typed cell: numbers as numbers, days as days, and text as text even where it begins like a formula."""
    from openpyxl.cell import WriteOnlyCell

    if values.missing(value):
        return None
    if hasattr(value, "item"):
        value = value.item()
    if isinstance(value, pd.Timestamp):
        cell = WriteOnlyCell(page, value=value.to_pydatetime())
        cell.number_format = "yyyy-mm-dd"
        return cell
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        cell = WriteOnlyCell(page, value=value)
        cell.number_format = FORMATS.get(kind) or _form(value)
        return cell
    cell = WriteOnlyCell(page, value=_text(str(value)))
    cell.data_type = "s"  # openpyxl would take "=1+1" for a formula
    return cell


def _form(value: float) -> str:
    """How a plain number is shown: three significant digits, as on the page; the cell holds all of them."""
    if float(value).is_integer() or abs(value) >= 100:
        return "#,##0"
    return "0.0" if abs(value) >= 10 else "0.00" if abs(value) >= 0.1 else "0.000"


def _text(value: str) -> str:
    return _UNPRINTABLE.sub("", value)


def _widths(heads: Sequence[str], rows: Sequence[Sequence[Any]]) -> list[float]:
    """Widths of the columns in characters; a Chinese character takes two."""
    found = []
    for place, text in enumerate(heads):
        words = max(map(_long, text.split()), default=0)
        longest = max([_long(text) / 1.5, min(words, 24) * 1.1, *(_long(str(row[place])) for row in rows[:READING])])
        found.append(float(min(WIDEST, max(NARROWEST, longest + 2))))
    return found


def _long(text: str) -> int:
    return sum(2 if ord(letter) > 0x2E7F else 1 for letter in text)


def _free(title: str, taken: set[str]) -> str:
    """A sheet's name from a caption: at most 31 characters, none that Excel forbids, no name twice."""
    base = _NAME.sub(" ", title).strip(" '")[:31].strip() or "Sheet"
    name, number = base, 2
    while name.lower() in taken:
        name, number = f"{base[: 30 - len(str(number))]} {number}", number + 1
    taken.add(name.lower())
    return name
