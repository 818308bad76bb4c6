"""Rows that DuckDB can scan: text sources as one stream, typed sources (parquet, databases, frames) each as they are."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Sequence

import numpy as np
import pyarrow as pa

from seglib.collect.layout import resolve
from seglib.collect.workspace import BROKEN, FILE, LINE, Source, TextSource, Workspace, quoted


class Ends:
    """How a column's values begin and end, seen in their bytes as they stream by: cheaper than asking DuckDB for every row.

    Attributes:
        blank: Some value begins or ends with a blank of some kind, or with a byte that could be one.
        zero: Some value ends in ".0".
        plus: Some value holds "E+" or "e+".
    """

    def __init__(self) -> None:
        self.blank = self.zero = self.plus = False

    def look(self, column: pa.Array) -> None:
        """Take in one batch."""
        if column.null_count == len(column):
            return
        _, offsets_buffer, data_buffer = column.buffers()
        if data_buffer is None:
            return
        data = np.frombuffer(data_buffer, dtype=np.uint8)
        offsets = np.frombuffer(offsets_buffer, dtype=np.int32)[column.offset : column.offset + len(column) + 1]
        start, end = offsets[:-1], offsets[1:]
        if len(data) == 0:
            return
        filled = end > start
        first, last = data[np.minimum(start, len(data) - 1)], data[np.maximum(end - 1, 0)]
        self.blank = self.blank or bool((filled & (_BLANK_FIRST[first] | _BLANK_LAST[last])).any())
        if not self.zero:
            before = data[np.maximum(end - 2, 0)]
            self.zero = bool(((last == 48) & (before == 46) & (end - start > 2)).any())
        if not self.plus and bool((data == 43).any()):
            text = data_buffer.to_pybytes()
            self.plus = b"E+" in text or b"e+" in text


_BLANK_FIRST = np.zeros(256, dtype=bool)
_BLANK_FIRST[[*range(33), 0xC2, 0xE3]] = True  # ASCII blanks; the first byte of U+00A0 and U+3000
_BLANK_LAST = np.zeros(256, dtype=bool)
_BLANK_LAST[[*range(33), 0xA0, 0x80]] = True  # their last bytes


class TextRelation:
    """All text sources of one part of a table, one after the other; every scan reads the files anew."""

    def __init__(self, workspace: Workspace, parts: Sequence[TextSource]) -> None:
        self._workspace = workspace
        self._parts = list(parts)
        self._name = workspace.name("text")
        self._ends: dict[str, Ends] = {}
        self.sources: list[Source] = [part.source for part in parts]

    def names(self) -> list[tuple[str, ...]]:
        return [part.names for part in self._parts]

    def open(self, columns: Sequence[str], watched: Collection[str] = ()) -> tuple[str, list[str]]:
        """A fresh stream of ``columns``; a source that lacks one gives nulls. Ends are looked at for ``watched``."""
        fields = [pa.field(f"r{index}", pa.string()) for index in range(len(columns))]
        schema = pa.schema([*fields, (LINE, pa.int64()), (FILE, pa.int16()), (BROKEN, pa.string())])

        self._ends = {name: Ends() for name in columns if name in watched}

        def batches() -> Iterator[pa.RecordBatch]:
            for part in self._parts:
                for batch in part.batches([resolve(name, part.names) for name in columns]):
                    for index, name in enumerate(columns):
                        if name in self._ends:
                            self._ends[name].look(batch.column(index))
                    yield batch.cast(schema) if batch.schema != schema else batch

        self._workspace.stream(self._name, pa.RecordBatchReader.from_batches(schema, _kept(batches(), self._workspace)))
        return quoted(self._name), ["VARCHAR"] * len(columns)

    def samples(self, column: str, size: int = 1000) -> list[str]:
        """Some of the column's first values that say something, from every source."""
        found: list[str] = []
        for part in self._parts:
            name = resolve(column, part.names)
            if name is not None:
                found += [text for text in part.sample(name, size) if text.strip()]
        return found

    def ends(self, column: str) -> Ends | None:
        """How the values of a column began and ended in the last scan."""
        return self._ends.get(column)


def _kept(batches: Iterator[pa.RecordBatch], workspace: Workspace) -> Iterator[pa.RecordBatch]:
    """Keeps a reader's own sentence, which would be lost on its way through DuckDB."""
    try:
        yield from batches
    except Exception as error:
        workspace.reader_error = error
        raise


class TypedRelation:
    """One source whose columns have types of their own."""

    def __init__(self, workspace: Workspace, source: Source, scan: str, line: str) -> None:
        self._workspace = workspace
        self._scan = scan  # what stands after FROM
        self._line = line  # SQL of the row's number in its source
        self.sources = [source]
        described = workspace.rows(f"DESCRIBE SELECT * FROM {scan}")
        self.types: dict[str, str] = {row[0]: row[1] for row in described if row[0] not in ("file_row_number", LINE)}

    def names(self) -> list[tuple[str, ...]]:
        return [tuple(self.types)]

    def open(self, columns: Sequence[str], watched: Collection[str] = ()) -> tuple[str, list[str]]:
        """The scan with ``columns`` as r0, r1, …; an absent one is null text."""
        actual = [resolve(name, tuple(self.types)) for name in columns]
        chosen = [f"{quoted(name)} AS r{index}" if name else f"NULL::VARCHAR AS r{index}" for index, name in enumerate(actual)]
        system = [
            f"{self._line} AS {quoted(LINE)}",
            f"{self.sources[0].index}::SMALLINT AS {quoted(FILE)}",
            f"NULL::VARCHAR AS {quoted(BROKEN)}",
        ]
        types = [self.types[name] if name else "VARCHAR" for name in actual]
        plain = [_plain_type(kind) for kind in types]
        casts = [
            f"{quoted(name)}::{new} AS r{index}" if name and new != old else chosen[index]
            for index, (name, old, new) in enumerate(zip(actual, types, plain, strict=True))
        ]
        return f"(SELECT {', '.join([*casts, *system])} FROM {self._scan})", plain

    def samples(self, column: str, size: int = 1000) -> list[str]:
        """Some of the column's first values as text."""
        name = resolve(column, tuple(self.types))
        if name is None:
            return []
        rows = self._workspace.rows(f"SELECT {quoted(name)}::VARCHAR FROM {self._scan} WHERE {quoted(name)} IS NOT NULL LIMIT {size}")
        return [row[0] for row in rows]

    def ends(self, column: str) -> Ends | None:
        """Not known without a look at the values."""
        return None


_PLAIN: tuple[tuple[Callable[[str], bool], str], ...] = (
    (lambda kind: kind in ("TIMESTAMP_S", "TIMESTAMP_MS", "TIMESTAMP_NS"), "TIMESTAMP"),
    (lambda kind: kind.startswith(("ENUM", "UUID")) or kind in ("JSON", "BIT"), "VARCHAR"),
    (lambda kind: kind in ("HUGEINT", "UHUGEINT"), "DECIMAL(38,0)"),
    (lambda kind: kind.endswith("]") or kind.startswith(("STRUCT", "MAP", "UNION")), "VARCHAR"),
)


def _plain_type(kind: str) -> str:
    """The one of the few types that `types.py` knows, for a DuckDB type."""
    return next((plain for test, plain in _PLAIN if test(kind)), kind)


def parquet(workspace: Workspace, source: Source, path: str) -> TypedRelation:
    """A parquet file; its rows are numbered from 1."""
    from seglib.collect.workspace import literal

    return TypedRelation(workspace, source, f"read_parquet({literal(path)}, file_row_number = true)", "file_row_number + 1")


def arrow_table(workspace: Workspace, source: Source, table: pa.Table) -> TypedRelation:
    """An Arrow table in memory; rows are numbered from 1."""
    name = workspace.name("frame")
    workspace.con.register(name, table.append_column(LINE, pa.array(np.arange(1, table.num_rows + 1, dtype=np.int64))))
    return TypedRelation(workspace, source, quoted(name), quoted(LINE))
