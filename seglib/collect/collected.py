"""What collect hands on: canonical typed tables on one DuckDB connection, the ledger of faults, the ladder of rows and money."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from functools import cached_property
from typing import TYPE_CHECKING, Any

from seglib.collect.typed import STEPS, UNATTRIBUTED, USED
from seglib.collect.workspace import Note, Source, Workspace, quoted
from seglib.errors import TableError

if TYPE_CHECKING:
    import ibis
    import pandas as pd
    from ibis.backends.duckdb import Backend

    from seglib.collect.matching import Unmatched
    from seglib.collect.typed import TypedTable


class Collected:
    """Canonical tables: only rows that are accepted and, for orders, belong to a customer.

    Attributes:
        connection: The Ibis backend that holds them; one for each client and process.
        tables: Canonical name -> Ibis table; columns whose source is absent are absent.
        unattributed: Accepted order lines without a customer (ordered_at, amount), or None where there is no orders table.
        fingerprint: sha256 of sources and settings.
        unmatched: Names in orders that found no customer, the one with most money first.
        notes: Sentences for `seglib check` about what was seen while reading.
        sources: Files, sheets, database tables or frames that gave rows.
    """

    def __init__(
        self, workspace: Workspace, typed: Mapping[str, TypedTable], *, fingerprint: str, unmatched: Sequence[Unmatched] = ()
    ) -> None:
        self._workspace = workspace
        self._typed = dict(typed)
        self.fingerprint = fingerprint
        self.unmatched: tuple[Unmatched, ...] = tuple(unmatched)
        self.notes: list[Note] = workspace.notes
        self.sources: list[Source] = workspace.sources
        self.connection: Backend = workspace.backend
        self.tables: Mapping[str, ibis.Table] = {name: self._view(name, table) for name, table in typed.items()}
        self.unattributed: ibis.Table | None = self._unattributed() if "orders" in typed else None

    def _view(self, name: str, table: TypedTable) -> ibis.Table:
        columns = ", ".join(map(quoted, table.columns))
        # A name of our own: the connection may hold the client's table under the canonical one.
        view = quoted(f"accepted_{name}")
        self._workspace.execute(f"CREATE OR REPLACE VIEW {view} AS SELECT {columns} FROM {table.stored} WHERE _step = {USED}")
        return self.connection.table(f"accepted_{name}")

    def _unattributed(self) -> ibis.Table:
        orders = self._typed["orders"]
        self._workspace.execute(
            f"CREATE OR REPLACE VIEW orders_unattributed AS SELECT ordered_at, amount FROM {orders.stored} WHERE _step = {UNATTRIBUTED}"
        )
        return self.connection.table("orders_unattributed")

    def __getitem__(self, name: str) -> ibis.Table:
        """The canonical table ``name``.

        Raises:
            TableError: The client has none; the sentence names those that are there.
        """
        if name not in self.tables:
            raise TableError("There is no table {table}; there are {found}.", table=name, found=", ".join(self.tables) or "none")
        return self.tables[name]

    def __contains__(self, name: object) -> bool:
        return name in self.tables

    def frame(self, name: str) -> pd.DataFrame:
        """The canonical table as a DataFrame."""
        return self[name].to_pandas()

    @cached_property
    def ledger(self) -> pd.DataFrame:
        """Every fault: table, source, sheet, line, column, value, reason, action (rejected, blanked, repeated, later duplicate)."""
        from seglib.collect.ledger import unfold

        return unfold(self._workspace, self._typed)

    @cached_property
    def counts(self) -> pd.DataFrame:
        """Rows and money of each step of the ladder: table, step, rows, amount (Decimal, None where a table has no money), of which."""
        from seglib.collect.ladder import count

        return count(self._workspace, self._typed)

    def ladder(self, as_of: str | date | None = None, window_days: int | None = None) -> pd.DataFrame:
        """Rows and money from what was read down to what is used, and of that what lies in the window.

        Args:
            as_of: Last day of the window; without it the ladder ends at what is used.
            window_days: Length of the window in days.

        Returns:
            table, step, rows, amount, note. For each table read = total_rows + repeated + filtered + rejected + unattributed + used,
            used = outside_window + in_window; ``returns`` are among the used. Rows and money add up exactly.
        """
        from seglib.collect.ladder import ladder

        return ladder(self._workspace, self._typed, self.counts, as_of, window_days)

    def stored(self, name: str) -> str:
        """Name in DuckDB of a table with all its rows: _file, _line, _fault, _step, _note, _raw stand beside the columns."""
        return self._typed[name].stored

    def files(self, name: str) -> tuple[int, ...]:
        """Numbers of the sources of a table, as ``_file`` holds them, those without a row, too."""
        return self._typed[name].files

    def rows(self, sql: str) -> list[tuple[Any, ...]]:
        """All rows of a query on the connection."""
        return self._workspace.rows(sql)

    def rejects(self, name: str, lang: str = "en") -> pd.DataFrame:
        """Rows of a table that cannot be used, with source, sheet, line, reasons in ``lang`` and the raw values that were read."""
        from seglib.collect.ledger import rejects

        return rejects(self._workspace, self._typed[name], lang)


__all__ = ["STEPS", "Collected"]
