"""Workbooks (xlsx, xls, xlsb, ods) through python-calamine: each sheet's table as text, with the row numbers that Excel shows."""

from __future__ import annotations

import datetime as dt
import fnmatch
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import pyarrow as pa

from seglib.collect.layout import find_header, missing_column, plain_name, resolve, unique_names
from seglib.collect.workspace import BROKEN, FILE, LINE, Source, Workspace
from seglib.errors import TableError
from seglib.settings import Cross, Layout

LOOK = 60  # rows in which the header is looked for
ROW_LIMITS = {1_048_576: "xlsx", 65_536: "xls"}  # what a workbook can hold; a sheet that ends just there was cut off


class Sheet:
    """One sheet's table. ``names`` are its headers; ``batches`` hands on the columns that are asked for."""

    def __init__(self, source: Source, names: tuple[str, ...], rows: list[tuple[int, list[Any]]]) -> None:
        self.source = source
        self.names = names
        self.rows = rows  # Excel's row number, cells

    def batches(self, columns: Sequence[str | None]) -> Iterator[pa.RecordBatch]:
        """One batch with r0, r1, … for ``columns``, §line, §file and §broken."""
        size = len(self.rows)
        arrays: dict[str, pa.Array] = {}
        for index, name in enumerate(columns):
            actual = resolve(name, self.names) if name is not None else None
            at = self.names.index(actual) if actual else -1
            arrays[f"r{index}"] = (
                pa.array([cell_text(row[at]) if at < len(row) else "" for _, row in self.rows], pa.string())
                if at >= 0
                else pa.nulls(size, pa.string())
            )
        arrays[LINE] = pa.array([line for line, _ in self.rows], pa.int64())
        arrays[FILE] = pa.repeat(pa.scalar(self.source.index, pa.int16()), size)
        arrays[BROKEN] = pa.nulls(size, pa.string())
        yield pa.RecordBatch.from_pydict(arrays)

    def sample(self, column: str, size: int) -> list[str]:
        """Some of the first values of a column."""
        at = self.names.index(column)
        return [cell_text(row[at]) for _, row in self.rows[:size] if at < len(row)]


def cell_text(value: Any) -> str:
    """A cell as text: whole numbers without ".0", dates as ISO, numbers of 16 and more digits as the damage they are (6.2E+17)."""
    if isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float):
        if value.is_integer():
            return str(int(value)) if abs(value) < 1e15 else f"{value:.14E}"
        return f"{value:.15g}"
    if isinstance(value, dt.datetime):
        return value.isoformat(" ", "seconds") if value.time() != dt.time() else value.date().isoformat()
    return "" if value is None else str(value)


def read_workbook(workspace: Workspace, path: Path, layout: Layout, wanted: Sequence[str]) -> list[Sheet]:
    """The sheets of a workbook that hold the table.

    Args:
        workspace: Takes the sources and notes.
        path: xlsx, xls, xlsb or ods.
        layout: Which sheets, where the header is, what to fill and to turn.
        wanted: Names of columns that client.yml asks for.

    Raises:
        TableError: The workbook cannot be opened, or no sheet holds the wanted columns.
    """
    book = open_workbook(path)
    chosen = _chosen_sheets(book, layout, path)
    explicit = layout.sheets is not None and layout.sheets != ["all"]
    found: list[Sheet] = []
    failed: TableError | None = None
    for name in chosen:
        sheet_name = f"{path.name} [{name}]"
        rows = numbered_rows(book, name, path.name)
        try:
            names, rows = table_on_sheet(rows, layout, wanted, sheet_name)
        except TableError as error:
            failed = failed or error
            workspace.note("{file}: sheet {sheet} has none of the columns asked for and was left aside.", file=path.name, sheet=name)
            continue
        absent = [item for item in wanted if not resolve(item, names)]
        if len(absent) * 2 > len(set(wanted)) or (wanted and len(absent) == len(wanted)):
            failed = failed or missing_column(sheet_name, absent[0], names)
            if explicit:
                raise failed
            workspace.note("{file}: sheet {sheet} has none of the columns asked for and was left aside.", file=path.name, sheet=name)
            continue
        if rows and rows[-1][0] in ROW_LIMITS:
            workspace.note("{file} [{sheet}] ends on Excel's last row {row}: the export was probably cut off.",
                           file=path.name, sheet=name, row=rows[-1][0])  # fmt: skip
        found.append(Sheet(workspace.add_source(path.name, name, path), names, rows))
    if not found:
        raise failed or TableError("{file} has no sheet with a table. Open it and look.", file=path.name)
    return found


def open_workbook(path: Path) -> Any:
    """The workbook, or a sentence on why it cannot be opened."""
    from python_calamine import CalamineError, CalamineWorkbook

    try:
        return CalamineWorkbook.from_path(str(path))
    except (CalamineError, OSError, ValueError) as error:
        with path.open("rb") as file:
            head = file.read(512)
        if "assword" in str(error) or b"E\x00n\x00c\x00r\x00y\x00p\x00t" in path.read_bytes()[:1_000_000]:
            raise TableError("{file} is protected by a password. Save it without one.", file=path.name) from None
        if head.lstrip()[:1] == b"<":
            raise TableError("{file} is a web page named as a workbook. Open it in Excel and save it as XLSX.", file=path.name) from None
        if not head.startswith((b"PK", b"\xd0\xcf\x11\xe0")):
            raise TableError(
                "{file} is named as a workbook and is none. If it is text, name it .csv; else save it as XLSX.", file=path.name
            ) from None
        raise TableError(
            "{file} cannot be opened as a workbook, it is damaged or cut short ({problem}). Copy or export it again.",
            file=path.name, problem=str(error),
        ) from None  # fmt: skip


def _chosen_sheets(book: Any, layout: Layout, path: Path) -> list[str]:
    visible = [item.name for item in book.sheets_metadata if is_table(item)]
    names = visible or list(book.sheet_names)
    if layout.sheets is None or layout.sheets == ["all"]:
        return names
    chosen = [name for pattern in layout.sheets for name in book.sheet_names if fnmatch.fnmatchcase(name, pattern)]
    for pattern in layout.sheets:
        if not any(fnmatch.fnmatchcase(name, pattern) for name in book.sheet_names):
            raise TableError(
                "{file} has no sheet {sheet}. It has: {found}", file=path.name, sheet=pattern, found=", ".join(book.sheet_names)
            )
    return list(dict.fromkeys(chosen))


def is_table(sheet: Any) -> bool:
    """True for a visible sheet of cells (not a chart, not hidden)."""
    return str(sheet.visible).endswith(".Visible") and str(sheet.typ).endswith(".WorkSheet")


def numbered_rows(book: Any, name: str, file: str) -> list[tuple[int, list[Any]]]:
    """Rows that are not blank, with Excel's row numbers; merged cells hold their value in each row they cover."""
    from python_calamine import CalamineError

    try:
        sheet = book.get_sheet_by_name(name)
        rows = [list(row) for row in sheet.to_python(skip_empty_area=False)]
    except (CalamineError, OSError, ValueError) as error:
        raise TableError("{file}: sheet {sheet} cannot be read: {problem}", file=file, sheet=name, problem=str(error)) from None
    for (top, left), (bottom, _right) in sheet.merged_cell_ranges or []:
        if bottom > top and top < len(rows) and left < len(rows[top]):
            for index in range(top + 1, min(bottom, len(rows) - 1) + 1):
                rows[index][left] = rows[top][left]
    return [(number, row) for number, row in enumerate(rows, 1)]


def table_on_sheet(
    rows: list[tuple[int, list[Any]]], layout: Layout, wanted: Sequence[str], where: str
) -> tuple[tuple[str, ...], list[tuple[int, list[Any]]]]:
    """Header names and data rows of the table that lies among ``rows``."""
    head = [[header_text(cell) for cell in row] for _, row in rows[:LOOK]]
    looked_for = [*layout.cross.keep, *layout.fill_down] if layout.cross else list(wanted)
    header = find_header(head, layout.header_row, looked_for, where)
    body = [(number, row) for number, row in rows[header.last + 1 :] if any(is_filled(cell) for cell in row)]
    names = header.names or unique_names([""] * max((len(row) for _, row in body), default=0))
    body = [(number, row) for number, row in body if not _repeats(row, names)]
    totals = [(_index(name, names, where), patterns) for name, patterns in layout.drop_rows.items() if resolve(name, names)]
    heads = [item for item in body if not any(at < len(item[1]) and _like(item[1][at], patterns) for at, patterns in totals)]
    for name in layout.fill_down:
        _fill_down(heads, _index(name, names, where))
    return _uncrossed(names, body, layout.cross, where) if layout.cross else (names, body)


def _repeats(row: Sequence[Any], names: Sequence[str]) -> bool:
    """True for the header printed once more on a later page; the first cell alone spares looking at most rows."""
    if not row or not isinstance(row[0], str) or plain_name(row[0]) != plain_name(names[0]):
        return False
    return [plain_name(header_text(cell)) for cell in row[: len(names)]] == [plain_name(name) for name in names]


def header_text(cell: Any) -> str:
    """A header cell as text; a date that heads a month column stays readable as one."""
    return cell_text(cell)


def is_filled(cell: Any) -> bool:
    """True where a cell says something; blanks alone say nothing."""
    return cell is not None and (not isinstance(cell, str) or bool(cell.strip()))


def _index(name: str, names: Sequence[str], where: str) -> int:
    actual = resolve(name, names)
    if actual is None:
        raise missing_column(where, name, names)
    return list(names).index(actual)


def _like(cell: Any, patterns: Sequence[str]) -> bool:
    return any(fnmatch.fnmatchcase(cell_text(cell).strip(), pattern) for pattern in patterns)


def _fill_down(rows: list[tuple[int, list[Any]]], at: int) -> None:
    last: Any = None
    for _, row in rows:
        if at < len(row) and is_filled(row[at]):
            last = row[at]
        elif last is not None:
            row.extend([""] * (at + 1 - len(row)))
            row[at] = last


def _uncrossed(
    names: tuple[str, ...], rows: list[tuple[int, list[Any]]], cross: Cross, where: str
) -> tuple[tuple[str, ...], list[tuple[int, list[Any]]]]:
    """One row for each filled cell under a month: kept columns, the month's first day, the value."""
    from seglib.collect.months import month_of, year_in

    kept = [_index(name, names, where) for name in cross.keep]
    year = year_in(where)
    months = {index: month for index, name in enumerate(names) if index not in kept and (month := month_of(name, year))}
    if not months:
        raise TableError(
            "{file}: no header reads as a month; layout.cross wants months across. It has: {found}", file=where, found=", ".join(names)
        )
    long = [
        (number, [*(row[at] if at < len(row) else "" for at in kept), month, row[index]])
        for number, row in rows
        for index, month in months.items()
        if index < len(row) and is_filled(row[index])
    ]
    return (*cross.keep, cross.across, cross.value), long
