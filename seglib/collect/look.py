"""A look at files nobody described: which tables lie in them, where, and what their columns seem to be."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from seglib.collect.crm import modules_of
from seglib.collect.guess import MAYBE, Guess, Values, guesses, nameless_orders, spellings, table_of, words
from seglib.collect.layout import find_header, plain_name
from seglib.collect.months import month_of, year_in
from seglib.collect.sheets import LOOK, cell_text, is_filled, is_table, numbered_rows, open_workbook
from seglib.collect.workspace import literal, quoted
from seglib.errors import DataError, SeglibError, TableError
from seglib.settings import Layout

LONGEST_TOTAL = 30  # characters beyond which a cell is no 合计
SAMPLE = 3000  # values of a column that are looked at
WORKBOOKS = (".xlsx", ".xlsm", ".xls", ".xlsb", ".ods", ".et")
PARQUET = (".parquet", ".pq")
DATABASES = (".duckdb", ".ddb")


@dataclass
class Found:
    """One table in one file: a sheet, a csv, a table of a database.

    Attributes:
        path: The file.
        sheet: Sheet or database table, "" where the file is the table.
        columns: Header and sampled values of each column.
        rows: Rows under the header; None where counting would mean reading a large file.
        table: Canonical table, "" where none fits.
        chosen: Canonical column -> guess.
        layout: What client.yml needs to say about where the table lies.
        crm: zoho or fxiaoke where it is an export of one, else "".
        module: Its module there.
        total_rows: Rows that add others up.
        fault: Why it cannot be read, None where it can.
    """

    path: Path
    sheet: str
    columns: list[Values]
    rows: int | None = None
    table: str = ""
    chosen: dict[str, Guess] = field(default_factory=dict)
    layout: dict[str, Any] = field(default_factory=dict)
    crm: str = ""
    module: str = ""
    total_rows: int = 0
    fault: SeglibError | None = None

    @property
    def headers(self) -> tuple[str, ...]:
        return tuple(values.name for values in self.columns)

    def values(self, column: str) -> Values | None:
        """The sampled values behind a canonical column."""
        guess = self.chosen.get(column)
        return next((values for values in self.columns if guess and values.name == guess.header), None)

    def named(self, header: str) -> Values:
        """The sampled values under a header."""
        return next(values for values in self.columns if values.name == header)


def look_at(path: Path) -> list[Found]:
    """All tables that lie in a file, those we have no use for too.

    Raises:
        DataError: The file is of no kind we read.
        TableError: It is damaged or empty.
    """
    suffix = path.suffix.lower()
    with path.open("rb") as file:
        head = file.read(8)
    is_book = head.startswith((b"\xd0\xcf\x11\xe0",)) or (head.startswith(b"PK\x03\x04") and suffix != ".zip")
    if suffix in WORKBOOKS or is_book:
        found = list(_sheets(path))
    elif suffix in PARQUET or head[:4] == b"PAR1":
        found = [_parquet(path)]
    elif suffix in DATABASES or head[:0] + path.open("rb").read(12)[8:12] == b"DUCK":
        found = list(_database(path))
    elif suffix in (".pdf", ".doc", ".docx", ".ppt", ".pptx", ".png", ".jpg", ".jpeg", ".rar", ".7z"):
        raise DataError("{file} cannot be read; export the data as CSV or XLSX.", file=path.name)
    else:
        found = [_text(path)]
    for item in found:
        _recognise(item)
    return found


def _recognise(item: Found) -> None:
    """Name the table and its columns; exports of a CRM are known by their own headers."""
    if item.table:
        return
    item.crm = _crm(item)
    if item.crm:
        modules = modules_of(item.crm, item.headers)
        if modules:
            item.module = modules[0]
            return
        item.crm = ""
    item.table, item.chosen = table_of(guesses(item.columns), item.columns)
    if not item.table and item.layout.get("header_row") == 0:
        item.table, item.chosen = nameless_orders(item.columns)


def _crm(item: Found) -> str:
    names = {plain_name(header) for header in item.headers}
    lookups = sum(header.endswith(".id") and header[:-3] in item.headers for header in item.headers)
    if "recordid" in names and (lookups or any(text.startswith("zcrm_") for text in item.columns[0].said[:5])):
        return "zoho"
    api = {"life_status", "lock_status", "record_type", "data_own_department", "owner_department", "create_time", "last_modified_time"}
    labels = {"负责人主属部门", "归属部门", "生命状态", "锁定状态", "业务类型", "最后修改时间", "最后修改人", "相关团队", "归属组织"}
    marked = any("必填" in header for header in item.headers)
    if len(names & api) >= 2 or len(names & labels) >= 2 or (marked and modules_of("fxiaoke", item.headers)):
        return "fxiaoke"
    return ""


def _text(path: Path) -> Found:
    from seglib.collect.csvfile import CsvFile
    from seglib.collect.jsonfile import is_json, read_json
    from seglib.collect.sniff import HEAD
    from seglib.collect.workspace import Workspace

    if is_json(path):
        [lines] = read_json(Workspace(), path)
        return Found(path, "", [Values(name, tuple(lines.sample(name, SAMPLE))) for name in lines.names])
    try:
        source = CsvFile(Workspace(), path, Layout(), _every_word())
    except TableError as fault:
        if "header" not in fault.template:
            raise
        source = CsvFile(Workspace(), path, Layout(header_row=[0]), ())
    dialect = source.dialect
    texts = [Values(name, tuple(source.sample(name, SAMPLE))) for name in source.names]
    item = Found(path, "", texts, rows=len(dialect.sample) if len(dialect.sample) < 5000 and path.stat().st_size < HEAD else None)
    if dialect.header_records != 1 and dialect.header_records != 0:
        item.layout["header_row"] = dialect.header_records
    if not dialect.header_records:
        item.layout["header_row"] = 0
    _totals(item, [(number, list(row)) for number, row in enumerate(dialect.sample)])
    return item


def _every_word() -> list[str]:
    return list(spellings())


def _parquet(path: Path) -> Found:
    import duckdb

    con = duckdb.connect()
    try:
        columns = _columns(con, f"read_parquet({literal(str(path))})")
    except duckdb.Error as error:
        raise DataError("{file} cannot be read as parquet: {problem}", file=path.name, problem=str(error).split("\n")[0]) from None
    number = con.execute(f"SELECT count(*) FROM read_parquet({literal(str(path))})").fetchall()[0][0]
    return Found(path, "", columns, rows=int(number))


def _columns(con: Any, scan: str) -> list[Values]:
    """The first values of every column; times with a zone as text, which needs no zone library of Python's."""
    described = con.execute(f"DESCRIBE SELECT * FROM {scan}").fetchall()
    names = [row[0] for row in described]
    zoned = [f"{quoted(row[0])}::VARCHAR" if "TIME ZONE" in row[1] else quoted(row[0]) for row in described]
    rows = con.execute(f"SELECT {', '.join(zoned)} FROM {scan} LIMIT {SAMPLE}").fetchall()
    return [Values(name, tuple(_plain(row[index]) for row in rows)) for index, name in enumerate(names)]


def _plain(value: Any) -> str:
    if value is None or value != value:
        return ""
    return str(int(value)) if isinstance(value, float) and value.is_integer() else str(value)


def _database(path: Path) -> Iterator[Found]:
    import duckdb

    try:
        con = duckdb.connect(str(path), read_only=True)
    except duckdb.Error as error:
        raise DataError("{file} cannot be opened as a DuckDB file: {problem}", file=path.name, problem=str(error).split("\n")[0]) from None
    for schema, name in con.execute("SELECT schema_name, table_name FROM duckdb_tables() ORDER BY 1, 2").fetchall():
        full = f"{quoted(schema)}.{quoted(name)}"
        columns = _columns(con, full)
        number = con.execute(f"SELECT count(*) FROM {full}").fetchall()[0][0]
        yield Found(path, name if schema == "main" else f"{schema}.{name}", columns, rows=int(number))
    con.close()


def _sheets(path: Path) -> Iterator[Found]:
    book = open_workbook(path)
    for meta in book.sheets_metadata:
        if not is_table(meta):
            continue
        try:
            rows = numbered_rows(book, meta.name, path.name)
        except SeglibError as fault:
            yield Found(path, meta.name, [], fault=fault)
            continue
        if not any(any(map(is_filled, row)) for _, row in rows):
            continue
        try:
            yield _sheet(path, meta.name, rows)
        except SeglibError as fault:
            yield Found(path, meta.name, [], fault=fault)


def _sheet(path: Path, name: str, rows: list[tuple[int, list[Any]]]) -> Found:
    head = [[cell_text(cell) for cell in row] for _, row in rows[:LOOK]]
    header = find_header(head, None, _every_word(), f"{path.name} [{name}]")
    body = [(number, row) for number, row in rows[header.last + 1 :] if any(map(is_filled, row))]
    columns = [
        Values(title, tuple(cell_text(row[index]) if index < len(row) else "" for _, row in body[:SAMPLE]))
        for index, title in enumerate(header.names)
    ]
    item = Found(path, name, columns, rows=len(body))
    if header.last > 0:
        item.layout["header_row"] = rows[header.last][0]
    _totals(item, body)
    item.rows = len(body) - item.total_rows
    _cross(item)
    _fill_down(item, body)
    return item


def _totals(item: Found, body: Sequence[tuple[int, Sequence[Any]]]) -> None:
    """Rows that say 合计 or Total in some text column."""
    known = {str(word).casefold() for word in words()["totals"]}
    patterns: dict[str, list[str]] = {}
    for _, row in body:
        hit = False
        for title, cell in zip(item.headers, row, strict=False):
            if not isinstance(cell, str) or len(cell) > LONGEST_TOTAL:
                continue
            text = cell.strip()
            if text.rstrip(":： ").casefold() in known:
                patterns.setdefault(title, [])
                if text not in patterns[title]:
                    patterns[title].append(text)
                hit = True
        item.total_rows += hit
    if patterns:
        item.layout["drop_rows"] = patterns
        keep = [
            Values(values.name, tuple(text for text in values.texts if text.strip().rstrip(":： ").casefold() not in known))
            for values in item.columns
        ]
        item.columns = keep


def _cross(item: Found) -> None:
    """Months across: three or more headers that are months, and no column of dates."""
    year = year_in(f"{item.path.stem} {item.sheet}")
    months = [header for header in item.headers if month_of(header, year)]
    if len(months) < 3:
        return
    kept = [values for values in item.columns if values.name not in months and not _is_sum(values)]
    if any(values.dates > 0.9 for values in kept):
        return
    chinese = not months[0].isascii() or any(not values.name.isascii() for values in kept)
    across, value = ("月份", "金额") if chinese else ("month", "amount")
    item.layout["cross"] = {"keep": [values.name for values in kept], "across": across, "value": value}
    sample = [text for month in months for text in item.named(month).texts][:SAMPLE]
    days = [month_of(month, year) or "" for month in months for _ in item.named(month).texts][:SAMPLE]
    item.columns = [*kept, Values(across, tuple(days)), Values(value, tuple(sample))]
    if "drop_rows" in item.layout:
        names = {values.name for values in kept}
        item.layout["drop_rows"] = {name: patterns for name, patterns in item.layout["drop_rows"].items() if name in names}


def _is_sum(values: Values) -> bool:
    return values.name.strip().casefold() in {str(word).casefold() for word in words()["totals"]} or values.name.endswith(
        ("合计", "小计", "总计")
    )


def _fill_down(item: Found, body: Sequence[tuple[int, Sequence[Any]]]) -> None:
    """Columns that are written once for several rows: blank where the order's number is, and filled in the first row."""
    if "cross" in item.layout or len(body) < 3:
        return
    keys = [guess.header for guess in guesses(item.columns) if guess.confidence != MAYBE and guess.column in ("order_id", "ordered_at")]
    totals = {text for patterns in item.layout.get("drop_rows", {}).values() for text in patterns}
    rows = [row for _, row in body if not any(isinstance(cell, str) and cell.strip() in totals for cell in row)]

    def blanks(title: str) -> list[bool]:
        at = item.headers.index(title)
        return [at >= len(row) or not is_filled(row[at]) for row in rows]

    for key in dict.fromkeys(keys):
        missing = blanks(key)
        if rows and 0.05 < sum(missing) / len(rows) < 0.95 and not missing[0]:
            item.layout["fill_down"] = [title for title in item.headers if _same_gaps(blanks(title), missing)]
            return


def _same_gaps(one: Sequence[bool], key: Sequence[bool]) -> bool:
    """True where a column is blank in the rows in which the key is, and hardly elsewhere."""
    both = sum(a and b for a, b in zip(one, key, strict=True))
    return not one[0] and any(one) and both >= 0.95 * max(sum(one), sum(key))


def label(item: Found) -> str:
    """The file, and the sheet where it is one of several."""
    return f"{item.path.name} [{item.sheet}]" if item.sheet else item.path.name
