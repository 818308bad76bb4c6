"""From client.yml to sources that can be scanned: globs, kinds of file, databases, frames."""

from __future__ import annotations

import glob
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from seglib.collect import relations as rel
from seglib.collect.csvfile import CsvFile
from seglib.collect.plan import needed_headers
from seglib.collect.sheets import read_workbook
from seglib.collect.workspace import Relation, TextSource, Workspace
from seglib.errors import SettingsError, TableError
from seglib.settings import ClientSettings, TableSettings, near_name

if TYPE_CHECKING:
    import pandas as pd

WORKBOOKS = (".xlsx", ".xlsm", ".xls", ".xlsb", ".ods", ".et")
JSON = (".json", ".jsonl", ".ndjson")
PARQUET = (".parquet", ".pq")


def files_of(part: TableSettings, settings: ClientSettings, table: str) -> list[Path]:
    """The files of a part, in the order of their patterns and then of their names.

    Raises:
        TableError: A pattern finds nothing; the sentence names what lies in that folder.
    """
    found: list[Path] = []
    for pattern in part.files or []:
        pattern = pattern.replace("\\", "/")
        full = pattern if Path(pattern).is_absolute() else str(Path(glob.escape(str(settings.folder))) / pattern)
        exact = settings.folder / pattern
        hits = [exact] if exact.is_file() else sorted(Path(hit) for hit in glob.glob(full, recursive=True))  # noqa: PTH207 - absolute patterns too
        hits = [hit for hit in hits if hit.is_file() and not hit.name.startswith(("~$", "."))]
        if not hits:
            raise _nothing_found(pattern, settings, table)
        found += [hit for hit in hits if hit not in found]
    return found


def _nothing_found(pattern: str, settings: ClientSettings, table: str) -> TableError:
    folder = (settings.folder / pattern).parent
    there = sorted(item.name for item in folder.iterdir() if item.is_file()) if folder.is_dir() else []
    near = near_name(Path(pattern).name, there)
    if near:
        return TableError("tables.{table}: no file {pattern}; do you mean {near}?", table=table, pattern=pattern, near=near)
    return TableError(
        "tables.{table}: no file {pattern} in {folder}; there is {found}.",
        table=table, pattern=pattern, folder=str(folder), found=", ".join(there[:10]) or "nothing",
    )  # fmt: skip


def relations_of(
    workspace: Workspace, settings: ClientSettings, table: str, part: TableSettings, connections: Mapping[str, Any] | None = None
) -> list[Relation]:
    """Every source of one part: text sources together, typed sources one by one."""
    if part.database:
        from seglib.collect.databases import database_relation

        return [database_relation(workspace, settings, table, part, connections or {})]
    if not part.files:
        raise SettingsError("tables.{table} names no files: and no database:", table=table)
    wanted = needed_headers(part)
    texts: list[TextSource] = []
    typed: list[Relation] = []
    for path in files_of(part, settings, table):
        suffix = path.suffix.lower()
        if suffix in PARQUET:
            typed.append(_parquet(workspace, path))
        elif suffix in WORKBOOKS:
            texts += read_workbook(workspace, path, part.layout, wanted)
        elif suffix in (".duckdb", ".ddb", ".sqlite", ".db"):
            raise SettingsError(
                "tables.{table}: {file} is a database; write database: {file} and table: its table.", table=table, file=path.name
            )
        else:
            texts += _text_sources(workspace, path, part, wanted)
    return [*([rel.TextRelation(workspace, texts)] if texts else []), *typed]


def _text_sources(workspace: Workspace, path: Path, part: TableSettings, wanted: Sequence[str]) -> Sequence[TextSource]:
    from seglib.collect.jsonfile import is_json, read_json

    if path.stat().st_size == 0:
        raise TableError("{file} is empty. Export it again.", file=path.name)
    with path.open("rb") as file:
        head = file.read(8)
    if (head.startswith(b"PK\x03\x04") and not path.name.lower().endswith(".zip")) or head.startswith(b"\xd0\xcf\x11\xe0"):
        return read_workbook(workspace, path, part.layout, wanted)  # a workbook under another name
    if is_json(path):
        return read_json(workspace, path)
    return [CsvFile(workspace, path, part.layout, wanted)]


def _parquet(workspace: Workspace, path: Path) -> rel.TypedRelation:
    import duckdb

    source = workspace.add_source(path.name, path=path)
    try:
        return rel.parquet(workspace, source, str(path))
    except duckdb.Error as error:
        raise TableError("{file} cannot be read as parquet: {problem}", file=path.name, problem=str(error).split("\n")[0]) from None


def frame_relation(workspace: Workspace, name: str, frame: pd.DataFrame, zone: str | None) -> rel.TypedRelation:
    """A DataFrame; ids and columns of mixed kinds become text first, times with a zone become local.

    Args:
        workspace: The connection.
        name: What the ledger calls it.
        frame: Any frame; it is not changed.
        zone: The client's zone; without it, times with a zone keep their own wall clock.
    """
    import pandas as pd
    import pyarrow as pa

    columns: dict[str, Any] = {}
    for column in frame.columns:
        values = frame[column]
        if isinstance(values.dtype, pd.DatetimeTZDtype):
            values = (values.dt.tz_convert(zone) if zone else values).dt.tz_localize(None)
        if isinstance(values.dtype, pd.CategoricalDtype):
            values = values.astype(object)
        try:
            columns[str(column)] = pa.array(values, from_pandas=True)
        except (pa.ArrowInvalid, pa.ArrowTypeError, pa.ArrowNotImplementedError):
            columns[str(column)] = pa.array([None if pd.isna(item) else _text(item) for item in values], pa.string())
    table = pa.table(columns) if columns else pa.table({"_": pa.nulls(len(frame))})
    return rel.arrow_table(workspace, workspace.add_source(name), table)


def _text(value: Any) -> str:
    return str(int(value)) if isinstance(value, float) and value.is_integer() and abs(value) < 2**53 else str(value)
