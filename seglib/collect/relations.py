"""Rows that DuckDB can scan: text sources as one stream, typed sources (parquet, databases, frames) each as they are."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

import pyarrow as pa

from seglib.collect.layout import resolve
from seglib.collect.workspace import BROKEN, FILE, LINE, Source, TextSource, Workspace, quoted


class TextRelation:
    """All text sources of one part of a table, one after the other; every scan reads the files anew."""

    def __init__(self, workspace: Workspace, parts: Sequence[TextSource]) -> None:
        self._workspace = workspace
        self._parts = list(parts)
        self._name = workspace.name("text")
        self.sources: list[Source] = [part.source for part in parts]

    def names(self) -> list[tuple[str, ...]]:
        return [part.names for part in self._parts]

    def open(self, columns: Sequence[str]) -> tuple[str, list[str]]:
        """A fresh stream of ``columns``; a source that lacks one gives nulls."""
        fields = [pa.field(f"r{index}", pa.string()) for index in range(len(columns))]
        schema = pa.schema([*fields, (LINE, pa.int64()), (FILE, pa.int16()), (BROKEN, pa.string())])

        def batches() -> Iterator[pa.RecordBatch]:
            for part in self._parts:
                for batch in part.batches([resolve(name, part.names) for name in columns]):
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

    def may_hold(self, *patterns: bytes) -> bool:
        """False where no source holds any of the patterns."""
        return any(part.may_hold(*patterns) for part in self._parts)


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

    def open(self, columns: Sequence[str]) -> tuple[str, list[str]]:
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

    def may_hold(self, *patterns: bytes) -> bool:
        """Only a look at the values could tell."""
        return bool(patterns)


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
    import numpy as np

    name = workspace.name("frame")
    workspace.con.register(name, table.append_column(LINE, pa.array(np.arange(1, table.num_rows + 1, dtype=np.int64))))
    return TypedRelation(workspace, source, quoted(name), quoted(LINE))
