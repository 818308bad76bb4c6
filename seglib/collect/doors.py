"""The doors of the room: from settings, from frames, from tables that are canonical already."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from seglib.collect import pseudonyms
from seglib.collect.collected import Collected
from seglib.collect.typed import TypedTable
from seglib.collect.workspace import Relation, Workspace
from seglib.errors import SeglibError, TableError, together
from seglib.settings import ClientSettings, TableSettings
from seglib.tables import TABLES

if TYPE_CHECKING:
    import ibis
    import pandas as pd

    from seglib.collect.plan import PartPlan

NUMBERING = {
    "序号",
    "行号",
    "编号序",
    "no",
    "no.",
    "nr",
    "nr.",
    "#",
    "line",
    "row",
    "index",
    "unnamed: 0",
    "column 1",
    "id",
}  # columns that just count lines


def load(settings: ClientSettings, connections: Mapping[str, Any] | None = None) -> Collected:
    """Read everything client.yml names.

    Args:
        settings: From ``settings.load`` or made in Python.
        connections: Ibis connections by the name that ``database:`` gives them.

    Returns:
        The canonical tables, the ledger, the ladder.

    Raises:
        SettingsError, TableError, DataError: One sentence with file, place, value and what to do.
    """
    from seglib.collect.plan import make_plan
    from seglib.collect.readers import relations_of

    workspace = Workspace()
    typed: dict[str, TypedTable] = {}
    planned: dict[str, list[tuple[PartPlan, Sequence[Relation]]]] = {}
    faults: list[SeglibError] = []
    for name, parts in settings.tables.items():
        for part in parts:  # every part is looked at before any is read: whoever mends a file wants to know of the next fault, too
            try:
                relations = relations_of(workspace, settings, name, part, connections)
                planned.setdefault(name, []).append(
                    (make_plan(workspace, settings, name, _with_preset(part, settings, name, relations), relations), relations)
                )
            except SeglibError as fault:
                faults.append(fault)
    if faults:
        raise together(faults)
    for name, plans in planned.items():
        typed[name] = _build(workspace, name, plans, settings.currency)
    if not typed:
        raise TableError("client.yml names no tables. seglib init DIR FILE… writes them from your files.")
    return _finished(workspace, settings, typed, fingerprint(settings, connections))


def _with_preset(part: TableSettings, settings: ClientSettings, table: str, relations: Sequence[Relation]) -> TableSettings:
    """What ``from: zoho`` or ``from: fxiaoke`` knows of the export, under what client.yml says itself."""
    if part.from_ is None:
        return part
    from seglib.collect.crm import with_preset

    return with_preset(part, settings, table, relations)


def _build(workspace: Workspace, name: str, plans: Sequence[tuple[PartPlan, Sequence[Relation]]], currency: str | None) -> TypedTable:
    from seglib.collect.build import build_table
    from seglib.collect.currencies import one_currency
    from seglib.collect.plan import compare_headers

    repeated = plans[0][0].settings.repeated_lines
    files = {
        workspace.sources[source.index].path or source.index
        for _, relations in plans
        for relation in relations
        for source in relation.sources
    }
    if (repeated != "keep" and len(files) > 1) or repeated == "everywhere":
        mapped = {raw for plan, _ in plans for raw in plan.raws}
        headers = compare_headers(
            {number: [names for relation in relations for names in relation.names()] for number, (_, relations) in enumerate(plans)},
            mapped,
            NUMBERING,
        )
        for plan, _ in plans:
            plan.compare = headers
    table = build_table(workspace, name, plans, repeated=repeated)
    one_currency(workspace, table, currency)
    return table


def _finished(workspace: Workspace, settings: ClientSettings, typed: dict[str, TypedTable], key: str) -> Collected:
    from seglib.collect.matching import give_customers

    unmatched = give_customers(workspace, settings, typed)
    pseudonyms.apply(workspace, settings, typed)
    return Collected(workspace, typed, fingerprint=key, unmatched=unmatched)


def from_frames(frames: Mapping[str, pd.DataFrame], settings: ClientSettings | None = None) -> Collected:
    """Collect DataFrames with canonical column names.

    Args:
        frames: Canonical table name -> frame. Columns without a canonical name pass through.
        settings: Time zone, units, filters by table; None for none of them.

    Returns:
        The canonical tables; the frames themselves are not changed.

    Raises:
        TableError: A frame's name is no table, a required column is missing.
    """
    from seglib.collect.plan import make_plan
    from seglib.collect.readers import frame_relation

    settings = settings or ClientSettings()
    workspace = Workspace()
    typed: dict[str, TypedTable] = {}
    for name, frame in frames.items():
        _known_table(name)
        relation = frame_relation(workspace, name, frame, settings.timezone)
        named = settings.tables.get(name, [TableSettings.model_validate({})])[0]
        columns = {
            str(column): [str(column)] for column in frame.columns if str(column) in TABLES[name].names and str(column) not in named.columns
        }
        part = named.model_copy(update={"columns": {**columns, **named.columns}})
        plan = make_plan(workspace, settings, name, part, [relation], passing=True)
        typed[name] = _build(workspace, name, [(plan, [relation])], settings.currency)
    return _finished(workspace, settings, typed, _frames_key(frames, settings))


def _known_table(name: str) -> None:
    if name not in TABLES:
        from seglib.settings import near_name

        near = near_name(name, TABLES)
        if near:
            raise TableError("There is no table {table}; do you mean {near}?", table=name, near=near)
        raise TableError("There is no table {table}; there are {found}.", table=name, found=", ".join(TABLES))


def _frames_key(frames: Mapping[str, pd.DataFrame], settings: ClientSettings) -> str:
    import pandas as pd

    digest = hashlib.sha256(settings.fingerprint().encode())
    for name, frame in frames.items():
        digest.update(f"{name}{list(map(str, frame.columns))}".encode())
        try:
            digest.update(pd.util.hash_pandas_object(frame, index=False).to_numpy().tobytes())
        except TypeError:  # values without a hash, such as lists
            digest.update(pd.util.hash_pandas_object(frame.astype(str), index=False).to_numpy().tobytes())
    return digest.hexdigest()


def from_tables(connection: Any, tables: Mapping[str, ibis.Table], *, fingerprint: str = "") -> Collected:
    """Tables that are canonical and clean already, on one Ibis DuckDB backend; nothing is copied.

    Args:
        connection: The backend that holds them.
        tables: Canonical name -> table with canonical columns and types. Order lines without customer_id are kept apart.
        fingerprint: What identifies the data.
    """
    workspace = Workspace.around(connection)
    typed: dict[str, TypedTable] = {}
    for name, table in tables.items():
        _known_table(name)
        source = workspace.add_source(name)
        stored = workspace.name(name)
        step = "CASE WHEN customer_id IS NULL THEN 5 ELSE 0 END" if name == "orders" else "0"
        sql = connection.compile(table)
        workspace.execute(
            f"CREATE VIEW {stored} AS SELECT *, {source.index} AS _file, 0::BIGINT AS _line, 0::BIGINT AS _fault, {step} AS _step, "
            f"NULL::VARCHAR AS _note, NULL::VARCHAR AS _raw FROM ({sql})"
        )
        typed[name] = TypedTable(name, stored, tuple(table.columns), [], (source.index,))
    return Collected(workspace, typed, fingerprint=fingerprint)


@lru_cache(maxsize=1000)
def _file_digest(path: Path, size: int, changed: int) -> bytes:
    """sha256 of a file's bytes; asked again for the unchanged file in one process it is not read again."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").digest()


def fingerprint(settings: ClientSettings, connections: Mapping[str, Any] | None = None) -> str:
    """sha256 over the bytes of all sources and the settings that decide how they are read; nothing is parsed.

    Rows of a database are read for it, since nothing else tells whether they changed.
    """
    from seglib.collect.readers import files_of

    digest = hashlib.sha256(settings.fingerprint().encode() + pseudonyms.fingerprint(settings))
    for name, parts in settings.tables.items():
        for part in parts:
            digest.update(name.encode())
            if part.database:
                from seglib.collect.databases import database_digest

                digest.update(database_digest(settings, part, connections or {}))
            for path in files_of(part, settings, name):
                digest.update(path.name.encode())
                state = path.stat()
                digest.update(_file_digest(path, state.st_size, state.st_mtime_ns))
    extra = [settings.match.aliases] if settings.match else []
    extra += [part.headers for parts in settings.tables.values() for part in parts if part.headers]
    for file_name in extra:
        path = settings.folder / file_name
        if path.is_file():
            digest.update(path.read_bytes())
    return digest.hexdigest()


__all__ = ["fingerprint", "from_frames", "from_tables", "load"]
