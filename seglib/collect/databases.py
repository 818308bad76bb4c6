"""Tables and queries of a client's database: DuckDB files read-only, every other engine through its Ibis backend."""

from __future__ import annotations

import hashlib
import os
import re
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from seglib.collect import relations as rel
from seglib.collect.workspace import LINE, Workspace, literal, quoted
from seglib.errors import MissingPartError, SettingsError, TableError
from seglib.settings import ClientSettings, TableSettings, near_name

if TYPE_CHECKING:
    import pyarrow as pa

_VARIABLE = re.compile(r"\$\{(\w+)\}")
_NEEDS = {"postgres": "psycopg", "postgresql": "psycopg"}


def database_relation(
    workspace: Workspace, settings: ClientSettings, table: str, part: TableSettings, connections: Mapping[str, Any]
) -> rel.TypedRelation:
    """The rows of ``table:`` or ``sql:`` in ``database:``.

    Args:
        workspace: Takes the rows.
        settings: For relative paths.
        table: Canonical name, for the sentences.
        part: ``database`` is a DuckDB file, an address such as ``postgresql://user:${PGPASSWORD}@host/db``, or a name in ``connections``.
        connections: Ibis connections that the caller opened.

    Raises:
        TableError: It cannot be opened, or has no such table; the sentence names those that are there.
    """
    path = _duckdb_file(settings, part)
    if path is not None:
        return _duckdb_relation(workspace, path, part)
    rows = _rows(settings, part, connections)
    return rel.arrow_table(workspace, workspace.add_source(_shown(part), part.table or "sql"), rows)


def database_digest(settings: ClientSettings, part: TableSettings, connections: Mapping[str, Any]) -> bytes:
    """sha256 of a DuckDB file's bytes, or of the rows of another database."""
    path = _duckdb_file(settings, part)
    if path is not None:
        if not path.is_file():
            raise _absent(path)
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").digest()
    digest = hashlib.sha256()
    for batch in _rows(settings, part, connections).to_batches(max_chunksize=100_000):
        for column in batch.columns:
            digest.update(str(column.type).encode())
            digest.update("\x1f".join(map(str, column.to_pylist())).encode())
    return digest.digest()


def _shown(part: TableSettings) -> str:
    """The address without what stands before the @: passwords are shown nowhere."""
    return re.sub(r"//[^@/]*@", "//", part.database or "")


def _duckdb_file(settings: ClientSettings, part: TableSettings) -> Path | None:
    address = (part.database or "").removeprefix("duckdb://")
    path = settings.folder / address
    is_file = address.lower().endswith((".duckdb", ".ddb")) or (path.is_file() and path.read_bytes()[8:12] == b"DUCK")
    return path if is_file and "://" not in address else None


def _absent(path: Path) -> TableError:
    there = sorted(item.name for item in path.parent.iterdir()) if path.parent.is_dir() else []
    near = near_name(path.name, there)
    if near:
        return TableError("There is no database {file}; do you mean {near}?", file=path.name, near=near)
    return TableError("There is no database {file} in {folder}.", file=path.name, folder=str(path.parent))


def _duckdb_relation(workspace: Workspace, path: Path, part: TableSettings) -> rel.TypedRelation:
    import duckdb

    if not path.is_file():
        raise _absent(path)
    alias = next((name for name, attached in workspace.attached.items() if attached == path), None)
    if alias is None:
        alias = workspace.name("database")
        try:
            workspace.execute(f"ATTACH {literal(str(path))} AS {alias} (READ_ONLY)")
        except duckdb.Error as error:
            if "lock" in str(error).lower():
                raise TableError("{file} is open for writing in another program; close it there.", file=path.name) from None
            problem = str(error).split("\n")[0]
            raise TableError("{file} cannot be opened as a DuckDB file: {problem}", file=path.name, problem=problem) from None
        workspace.attached[alias] = path
    source = workspace.add_source(path.name, part.table or "sql", path)
    if part.sql:
        return _query(workspace, alias, source, part.sql)
    schema, _, name = (part.table or "").rpartition(".")
    known = workspace.rows(
        f"SELECT schema_name, table_name FROM duckdb_tables() WHERE database_name = {literal(alias)} "
        f"UNION ALL SELECT schema_name, view_name FROM duckdb_views() WHERE database_name = {literal(alias)} AND NOT internal"
    )
    if (schema or "main", name) not in known:
        raise _no_table(path.name, part.table or "", [f"{item[0]}.{item[1]}" if item[0] != "main" else item[1] for item in known])
    full = f"{alias}.{quoted(schema or 'main')}.{quoted(name)}"
    return rel.TypedRelation(workspace, source, f"(SELECT *, row_number() OVER () AS {quoted(LINE)} FROM {full})", quoted(LINE))


def _query(workspace: Workspace, alias: str, source: Any, sql: str) -> rel.TypedRelation:
    """A query of the client's own, run inside the attached file and kept as a table."""
    import duckdb

    name = workspace.name("query")
    try:
        workspace.execute(f"USE {alias}")
        workspace.execute(f"CREATE TEMP TABLE {name} AS SELECT *, row_number() OVER () AS {quoted(LINE)} FROM ({sql.rstrip().rstrip(';')})")
    except duckdb.Error as error:
        raise SettingsError("sql: {problem}", problem=str(error).split("\n\n")[0]) from None
    finally:
        workspace.execute("USE memory")
    return rel.TypedRelation(workspace, source, f"temp.{name}", quoted(LINE))


def _no_table(database: str, table: str, known: list[str]) -> TableError:
    near = near_name(table, known)
    if near:
        return TableError("{database} has no table {table}; do you mean {near}?", database=database, table=table, near=near)
    return TableError(
        "{database} has no table {table}. It has: {found}", database=database, table=table, found=", ".join(known[:30]) or "none"
    )


def _rows(settings: ClientSettings, part: TableSettings, connections: Mapping[str, Any]) -> pa.Table:
    """The rows from any Ibis backend, as an Arrow table."""
    connection = _connection(settings, part, connections)
    database = _shown(part)
    if part.sql:
        return _fetched(lambda: connection.sql(part.sql), database)
    schema, _, name = (part.table or "").rpartition(".")
    where = {"database": schema} if schema else {}
    try:
        table = connection.table(name, **where)
    except Exception:  # every backend has an exception of its own for a missing table
        raise _no_table(database, part.table or "", _listed(connection, where)) from None
    return _fetched(lambda: table, database)


def _listed(connection: Any, where: Mapping[str, str]) -> list[str]:
    """The tables a database has, for a sentence; none where it does not tell."""
    try:
        return list(connection.list_tables(**where))
    except Exception:  # some backends cannot list at all
        return []


def _fetched(table: Any, database: str) -> pa.Table:
    try:
        return table().to_pyarrow()
    except Exception as error:  # every backend has exceptions of its own
        problem = str(error).split("\n")[0]
        raise TableError("{database} could not answer: {problem}", database=database, problem=problem) from None


def _connection(settings: ClientSettings, part: TableSettings, connections: Mapping[str, Any]) -> Any:
    address = part.database or ""
    if address in connections:
        return connections[address]
    if address.startswith("sqlite://"):  # the driver would make a missing file, and look from wherever the command was typed
        given = address.removeprefix("sqlite://")
        places = [settings.folder / given, settings.folder / given.lstrip("/")]
        found = next((place for place in places if place.is_file()), None)
        if found is None:
            raise _absent(places[0])
        address = f"sqlite://{found.resolve()}"
    if "://" not in address:
        path = settings.folder / address
        if path.suffix.lower() in (".sqlite", ".sqlite3", ".db") and path.is_file():
            address = f"sqlite://{path}"
        elif path.suffix:
            raise _absent(path)
        else:
            raise SettingsError(
                "database: {name} is no file, no address such as postgresql://user@host/db, and no open connection has this name.",
                name=address,
            )
    return _opened(_filled(address), _shown(part))


def _filled(address: str) -> str:
    """``${NAME}`` from the environment, so that no password need stand in client.yml."""

    def value(found: re.Match[str]) -> str:
        if found[1] not in os.environ:
            raise SettingsError("database: the environment has no variable {name}; set it before you call seglib.", name=found[1])
        from urllib.parse import quote

        return quote(os.environ[found[1]], safe="")

    return _VARIABLE.sub(value, address)


def _opened(address: str, shown: str) -> Any:
    import ibis

    scheme = address.split("://", 1)[0]
    try:
        return ibis.connect(address)
    except ImportError:
        package = _NEEDS.get(scheme, f"ibis-framework[{scheme}]")
        raise MissingPartError("{database} needs the package {package}: pip install '{package}'", database=shown, package=package) from None
    except Exception as error:  # every driver has exceptions of its own
        problem = re.sub(r"//[^@/\s]*@", "//", str(error)).strip().split("\n")[0]
        raise TableError("{database} cannot be reached: {problem}", database=shown, problem=problem) from None
