"""The DuckDB connection in which one client's files become tables, and the list of sources they came from."""

from __future__ import annotations

import itertools
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from seglib.errors import SeglibError

if TYPE_CHECKING:
    import duckdb
    import pyarrow as pa
    from ibis.backends.duckdb import Backend

    from seglib.collect.relations import Ends

# columns that a reader adds to the file's own; the sign keeps them apart from any header
LINE, FILE, BROKEN = "§line", "§file", "§broken"


def quoted(name: str) -> str:
    """A name as SQL writes it."""
    return '"' + str(name).replace('"', '""') + '"'


def literal(text: str) -> str:
    """A text value as SQL writes it."""
    return "'" + str(text).replace("'", "''") + "'"


@dataclass(frozen=True)
class Source:
    """One file, sheet, database table or frame that gave rows: its number, its name on the screen, its sheet."""

    index: int
    name: str
    sheet: str = ""
    path: Path | None = None


@dataclass(frozen=True)
class Note:
    """Something the reader should know that is no fault: template and values, translated where it is shown."""

    template: str
    values: dict[str, object] = field(default_factory=dict)

    def text(self, lang: str = "en") -> str:
        """The sentence in ``lang``."""
        from seglib.language import translate

        values = {name: value.text(lang) if isinstance(value, SeglibError) else value for name, value in self.values.items()}
        return translate(self.template, lang, **values)


class TextSource(Protocol):
    """Rows of text under one header: a csv file, one sheet of a workbook."""

    source: Source
    names: tuple[str, ...]

    def batches(self, columns: Sequence[str | None]) -> Iterator[pa.RecordBatch]:
        """Batches with r0, r1, … for ``columns`` (None: a column of nulls), §line, §file and §broken."""
        ...

    def sample(self, column: str, size: int) -> list[str]:
        """Some of the first values of one of ``names``."""
        ...


class Workspace:
    """One Ibis backend on DuckDB in memory, its raw connection, the sources and notes gathered while reading."""

    def __init__(self, backend: Backend | None = None) -> None:
        import ibis

        self.backend: Backend = ibis.duckdb.connect() if backend is None else backend
        self.con: duckdb.DuckDBPyConnection = self.backend.con
        self.con.execute("SET autoinstall_known_extensions = false")
        self.con.execute("SET autoload_known_extensions = false")
        self.con.execute("SET preserve_insertion_order = false")
        self.con.execute("SET TimeZone = 'UTC'")
        self.sources: list[Source] = []
        self.notes: list[Note] = []
        self.reader_error: Exception | None = None  # what a stream raised while DuckDB pulled it
        self._numbers = itertools.count()
        self._streams: list[str] = []
        self.attached: dict[str, Path] = {}  # DuckDB files, by the name under which they are attached

    @classmethod
    def around(cls, backend: Backend) -> Workspace:
        """A workspace on a backend that somebody else made."""
        return cls(backend)

    def add_source(self, name: str, sheet: str = "", path: Path | None = None) -> Source:
        """Number a new source."""
        source = Source(len(self.sources), name, sheet, path)
        self.sources.append(source)
        return source

    def note(self, template: str, **values: object) -> None:
        """Keep a sentence for `seglib check`, once."""
        note = Note(template, values)
        if note not in self.notes:
            self.notes.append(note)

    def execute(self, sql: str) -> None:
        """Run a statement; a sentence that a reader raised meanwhile comes out as it was, not wrapped by DuckDB."""
        self.reader_error = None
        try:
            self.con.execute(sql)
        except Exception:
            self.release()
            if self.reader_error is not None:
                raise self.reader_error from None
            raise

    def stream(self, name: str, reader: pa.RecordBatchReader) -> None:
        """Let DuckDB scan a stream once, under ``name``."""
        self.con.register(name, reader)
        self._streams.append(name)

    def release(self) -> None:
        """Forget the streams; one that was not read to its end would keep its files open."""
        for name in self._streams:
            self.con.unregister(name)
        self._streams.clear()

    def name(self, kind: str) -> str:
        """A name that no other table of this connection has."""
        return f"_{kind}_{next(self._numbers)}"

    def rows(self, sql: str) -> list[tuple[Any, ...]]:
        """All rows of a query."""
        self.execute(sql)
        return self.con.fetchall()

    def one(self, sql: str) -> tuple[Any, ...]:
        """The only row of a query."""
        return self.rows(sql)[0]


class Relation(Protocol):
    """Rows of one or more sources that DuckDB can scan, as often as asked."""

    sources: list[Source]

    def names(self) -> list[tuple[str, ...]]:
        """The header of each source."""
        ...

    def open(self, columns: Sequence[str], watched: Collection[str] = ()) -> tuple[str, list[str]]:
        """Make ready one scan of ``columns``; of ``watched`` ones ``ends`` will tell afterwards.

        Returns:
            What stands after FROM (columns r0, r1, …, §line, §file, §broken), and the DuckDB type of each r.
        """
        ...

    def samples(self, column: str, size: int = 1000) -> list[str]:
        """Some of the column's first values, as text."""
        ...

    def ends(self, column: str) -> Ends | None:
        """How the values of a column began and ended in the last scan; None where nobody looked."""
        ...
