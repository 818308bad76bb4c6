"""Text files through pyarrow: all columns text, every record with its line, ragged records repaired or marked, nothing dropped."""

from __future__ import annotations

import codecs
import csv
import io
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import BinaryIO

import numpy as np
import pyarrow as pa
import pyarrow.csv

from seglib.collect.layout import resolve
from seglib.collect.sniff import Dialect, open_binary, sniff
from seglib.collect.workspace import BROKEN, FILE, LINE, Workspace
from seglib.errors import TableError
from seglib.settings import Layout

BLOCK = 4 << 20
LONGEST_QUOTE = 20  # line breaks inside one value beyond which its quote was surely opened by mistake


class CsvFile:
    """One text file. ``names`` are its headers; ``batches`` reads the columns that are asked for."""

    def __init__(self, workspace: Workspace, path: Path, layout: Layout, wanted: Sequence[str]) -> None:
        self.path = path
        self.dialect: Dialect = sniff(path, layout, wanted)
        self.source = workspace.add_source(path.name, path=path)
        self.names = self.dialect.header
        if self.dialect.damaged:
            workspace.note(
                "{file} line {line}: bytes that are not {encoding} were read as \ufffd. Export it again as UTF-8 if names matter.",
                file=path.name, line=self.dialect.damaged, encoding=self.dialect.encoding,
            )  # fmt: skip

    def batches(self, columns: Sequence[str | None]) -> Iterator[pa.RecordBatch]:
        """Batches with r0, r1, … for ``columns``, §line, §file and §broken.

        Raises:
            TableError: A quote that never closes swallows lines, or the text cannot be parsed at all.
        """
        actual = [resolve(name, self.names) if name is not None else None for name in columns]
        quotes = self._has_quotes()
        odd: list[pa.csv.InvalidRow] = []
        numbers = _RecordNumbers(self.dialect, odd)
        with _text_stream(self.path, self.dialect) as stream:
            try:
                for batch in self._reader(stream, odd, None if quotes else {name for name in actual if name}):
                    lines = numbers.lines(batch, count_breaks=quotes)
                    if quotes:
                        self._refuse_open_quote(batch, lines)
                    yield _shaped(batch, actual, lines, self.source.index)
            except pa.ArrowInvalid as error:
                if "Empty CSV" in str(error):
                    return
                if "straddling" in str(error) or "out of sync" in str(error):  # a value longer than a block: surely an open quote
                    raise TableError(
                        "{file}: somewhere a quote opens and never closes. Close it, or write layout: {{quote: none}}.", file=self.path.name
                    ) from None
                raise TableError(
                    "{file} cannot be read as text with the separator {delimiter}: {problem}",
                    file=self.path.name, delimiter=repr(self.dialect.delimiter), problem=str(error).split("\n")[0],
                ) from None  # fmt: skip
        if odd:
            yield self._repaired(odd, actual, numbers)

    def sample(self, column: str, size: int) -> list[str]:
        """Some of the first values of a column."""
        at = self.names.index(column)
        return [row[at] for row in self.dialect.sample[:size] if at < len(row)]

    def _reader(self, stream: BinaryIO, odd: list[pa.csv.InvalidRow], include: set[str] | None) -> Iterator[pa.RecordBatch]:
        def keep(row: pa.csv.InvalidRow) -> str:
            odd.append(row)
            return "skip"

        dialect = self.dialect
        return pa.csv.open_csv(
            stream,
            read_options=pa.csv.ReadOptions(
                use_threads=False, block_size=BLOCK, column_names=list(self.names), skip_rows=dialect.header_lines
            ),
            parse_options=pa.csv.ParseOptions(
                delimiter="\t" if dialect.delimiter == " " else dialect.delimiter,
                quote_char=dialect.quote or False,
                newlines_in_values=bool(dialect.quote),
                ignore_empty_lines=False,
                invalid_row_handler=keep,
            ),
            convert_options=pa.csv.ConvertOptions(
                column_types={name: pa.string() for name in self.names},
                include_columns=[name for name in self.names if include is None or name in include] or [self.names[0]],
                strings_can_be_null=False,
                check_utf8=True,
            ),
        )

    def _has_quotes(self) -> bool:
        """True where a value may hold line breaks; then all columns are read, to count them."""
        return bool(self.dialect.quote) and (self.dialect.holds is None or self.dialect.quote.encode() in self.dialect.holds)

    def _refuse_open_quote(self, batch: pa.RecordBatch, lines: np.ndarray) -> None:
        for column in batch.columns:
            breaks = _line_breaks(column)
            if breaks is not None and breaks.max(initial=0) > LONGEST_QUOTE:
                row = int(breaks.argmax())
                raise self._open_quote(int(lines[row]), int(breaks[row]))

    def _open_quote(self, line: int, lines: int) -> TableError:
        return TableError(
            "{file} line {line}: a quote opens and does not close for {n} lines. Close it, or write layout: {{quote: none}}.",
            file=self.path.name, line=line, n=lines,
        )  # fmt: skip

    def _repaired(self, odd: list[pa.csv.InvalidRow], actual: list[str | None], numbers: _RecordNumbers) -> pa.RecordBatch:
        """Records with too few fields are filled up, with too many are cut where the rest is blank, else marked as broken."""
        rows: list[list[str]] = []
        broken: list[str | None] = []
        width = len(self.names)
        delimiter = "\t" if self.dialect.delimiter == " " else self.dialect.delimiter
        quote = self.dialect.quote
        for record, line in zip(odd, numbers.of_odd(), strict=True):
            text = record.text or ""
            if quote and "\n" in text and text.count(quote) % 2:
                raise self._open_quote(int(line), text.count("\n"))
            fields = next(_fields(text, delimiter, self.dialect.quote), [])
            surplus = any(field.strip() for field in fields[width:])
            broken.append(f"{len(fields)}/{width}" if surplus else None)
            rows.append([*fields[:width], *[""] * (width - len(fields))])
        arrays = {name: pa.array([row[index] for row in rows], pa.string()) for index, name in enumerate(self.names)}
        batch = pa.RecordBatch.from_pydict(arrays)
        return _shaped(batch, actual, numbers.of_odd(), self.source.index, broken)


def _fields(text: str, delimiter: str, quote: str) -> Iterator[list[str]]:
    if quote:
        return csv.reader(io.StringIO(text), delimiter=delimiter, quotechar=quote)
    return csv.reader(io.StringIO(text), delimiter=delimiter, quoting=csv.QUOTE_NONE)


class _RecordNumbers:
    """From the number of a record to the physical line on which it begins."""

    def __init__(self, dialect: Dialect, odd: list[pa.csv.InvalidRow]) -> None:
        self.offset = 0  # line breaks inside the values of earlier records
        self.next = dialect.header_lines + 1  # pyarrow counts skipped lines as records
        self.odd = odd
        self._breaks: list[tuple[int, int]] = []  # record number, line breaks up to and with it

    def lines(self, batch: pa.RecordBatch, *, count_breaks: bool) -> np.ndarray:
        """Line of each record of the next batch."""
        skipped = np.array([row.number for row in self.odd if row.number >= self.next], dtype=np.int64)
        numbers = np.arange(self.next, self.next + batch.num_rows + len(skipped), dtype=np.int64)
        if len(skipped):
            numbers = numbers[~np.isin(numbers, skipped)]
        numbers = numbers[: batch.num_rows]
        self.next = int(numbers[-1]) + 1 if batch.num_rows else self.next
        if not count_breaks:
            return numbers
        inside = np.zeros(batch.num_rows, dtype=np.int64)
        for column in batch.columns:
            breaks = _line_breaks(column)
            if breaks is not None:
                inside += breaks
        before = self.offset + np.cumsum(inside) - inside
        for row in np.flatnonzero(inside):
            self._breaks.append((int(numbers[row]), int(before[row] + inside[row])))
        self.offset += int(inside.sum())
        return numbers + before

    def of_odd(self) -> np.ndarray:
        """Line of each odd record, in the order in which they were met."""
        numbers = np.array([row.number for row in self.odd], dtype=np.int64)
        if not self._breaks:
            return numbers
        at, total = map(np.array, zip(*self._breaks, strict=True))
        earlier = np.searchsorted(at, numbers)
        return numbers + np.where(earlier > 0, total[np.maximum(earlier - 1, 0)], 0)


def _line_breaks(column: pa.Array) -> np.ndarray | None:
    """Line breaks inside each value, or None where the column has none."""
    import pyarrow.compute as pc

    data = column.buffers()[2]
    if data is None or not (np.frombuffer(data, dtype=np.uint8) == 10).any():
        return None
    return pc.count_substring(column, "\n").to_numpy(zero_copy_only=False)


def _shaped(
    batch: pa.RecordBatch, actual: Sequence[str | None], lines: np.ndarray, file: int, broken: Sequence[str | None] | None = None
) -> pa.RecordBatch:
    """The batch as every reader hands it on."""
    size = batch.num_rows
    arrays = {f"r{index}": batch.column(name) if name else pa.nulls(size, pa.string()) for index, name in enumerate(actual)}
    arrays[LINE] = pa.array(lines, pa.int64())
    arrays[FILE] = pa.repeat(pa.scalar(file, pa.int16()), size)
    arrays[BROKEN] = pa.array(broken, pa.string()) if broken else pa.nulls(size, pa.string())
    return pa.RecordBatch.from_pydict(arrays)


class _Recoder(io.RawIOBase):
    """Bytes of another encoding as UTF-8; line ends are left alone, runs of blanks become tabs where they separate."""

    def __init__(self, stream: BinaryIO, encoding: str, *, blanks: bool) -> None:
        self._stream = stream
        self._decoder = codecs.getincrementaldecoder(encoding)("replace")
        self._blanks = blanks
        self._left = ""
        self._ready = b""

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: memoryview) -> int:  # type: ignore[override]
        while not self._ready:
            block = self._stream.read(1 << 20)
            text = self._left + self._decoder.decode(block, final=not block)
            self._left = ""
            if self._blanks:
                text, self._left = self._tabbed(text, last=not block)
            self._ready = text.encode("utf-8", errors="replace")
            if not block:
                break
        size = min(len(buffer), len(self._ready))
        buffer[:size] = self._ready[:size]
        self._ready = self._ready[size:]
        return size

    @staticmethod
    def _tabbed(text: str, *, last: bool) -> tuple[str, str]:
        lines = text.splitlines(keepends=True)
        left = "" if last or not lines or lines[-1].endswith(("\n", "\r")) else lines.pop()
        return "".join("\t".join(line.split()) + "\n" for line in lines), left

    def close(self) -> None:
        self._stream.close()
        super().close()


def _text_stream(path: Path, dialect: Dialect) -> BinaryIO:
    """The file as UTF-8 bytes."""
    raw = open_binary(path)
    plain = dialect.encoding in ("utf-8", "utf-8-sig") and not dialect.damaged and dialect.delimiter != " "
    if plain:
        return raw
    return io.BufferedReader(_Recoder(raw, dialect.encoding, blanks=dialect.delimiter == " "), BLOCK)
