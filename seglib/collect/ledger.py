"""The ledger: the fault bits of every row unfolded to one line a fault."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from seglib.collect.typed import RAW_SPLIT, REJECTED, REPEATED, TOTAL, Check, TypedTable
from seglib.collect.workspace import Workspace, literal
from seglib.language import marked, translate

if TYPE_CHECKING:
    import pandas as pd

_TOO_LONG = marked("has more fields than the header")
_AGAIN = marked("stands in an earlier file too")
_SAME_KEY = marked("has the key of an earlier row")
COLUMNS = ("table", "source", "sheet", "line", "column", "value", "reason", "action")


def unfold(workspace: Workspace, tables: Mapping[str, TypedTable]) -> pd.DataFrame:
    """One row a fault, in the order of tables, sources, lines and columns.

    Filtered and total rows are no faults; what is wrong in them is not listed.
    """
    import pandas as pd

    parts = [part for table in tables.values() for part in _queries(table)]
    if not parts:
        return pd.DataFrame({name: pd.Series(dtype="int64" if name == "line" else "str") for name in COLUMNS})
    sources = ", ".join(f"({source.index}, {literal(source.name)}, {literal(source.sheet)})" for source in workspace.sources)
    order = {name: number for number, name in enumerate(tables)}
    cases = " ".join(f"WHEN {literal(name)} THEN {number}" for name, number in order.items())
    sql = f"""SELECT "table", s.name AS source, s.sheet, _line AS line, "column", coalesce(value, '') AS value, reason, action
              FROM ({" UNION ALL ".join(parts)}) AS f JOIN (VALUES {sources}) AS s(number, name, sheet) ON f._file = s.number
              ORDER BY CASE "table" {cases} END, _file, _line, place"""
    found = workspace.con.execute(sql).df()
    return found.astype({"line": "int64", **{name: "str" for name in COLUMNS if name != "line"}})


def _queries(table: TypedTable, lang: str = "en") -> list[str]:
    name = literal(table.name)
    parts = []
    for files, checks in table.checks:
        for check in checks:
            condition = f"(_fault & {1 << check.bit}) <> 0 AND _file IN ({', '.join(map(str, files))})"
            parts.append(_query(table, name, check, condition, lang))
    parts.append(
        f"""SELECT {name} AS "table", _file, _line, '' AS "column", _note AS value, {literal(translate(_TOO_LONG, lang))} AS reason,
            'rejected' AS action, -1 AS place FROM {table.stored} WHERE _step = {REJECTED} AND _note IS NOT NULL"""
    )
    parts.append(
        f"""SELECT {name} AS "table", _file, _line, '' AS "column", '' AS value,
            CASE WHEN _note IS NULL THEN {literal(translate(_AGAIN, lang))} ELSE {literal(translate(_SAME_KEY, lang))} END AS reason,
            CASE WHEN _note IS NULL THEN 'repeated' ELSE 'later duplicate' END AS action, 99 AS place
            FROM {table.stored} WHERE _step = {REPEATED}"""
    )
    return parts


def _query(table: TypedTable, name: str, check: Check, condition: str, lang: str) -> str:
    reason = translate(check.reason, lang, limit=check.limit)
    action = "'rejected'" if check.required else "'blanked'"
    value = f"string_split(_raw, {RAW_SPLIT})[{check.raw + 1}]"
    return f"""SELECT {name} AS "table", _file, _line, {literal(check.shown)} AS "column", {value} AS value,
               {literal(reason)} AS reason, {action} AS action, {check.bit} AS place
               FROM {table.stored} WHERE {condition} AND _step NOT IN ({TOTAL}, 2, 3)"""


def rejects(workspace: Workspace, table: TypedTable, lang: str = "en") -> pd.DataFrame:
    """Rejected rows with where they stand, why, and the values that could be read; at most as many as a sheet holds."""
    columns = ", ".join(f'"{name}"' for name in table.columns)
    found = workspace.con.execute(
        f"SELECT _file, _line, _note, {columns}, _raw FROM {table.stored} WHERE _step = {REJECTED} ORDER BY _file, _line LIMIT 1000000"
    ).df()
    reasons: dict[tuple[int, int], list[str]] = {}
    for query in _queries(table, lang):
        for row in workspace.rows(f"SELECT _file, _line, \"column\", reason FROM ({query}) WHERE action = 'rejected'"):
            reasons.setdefault((row[0], row[1]), []).append(f"{row[2]} {row[3]}".strip())
    places: list[dict[str, Any]] = [
        {
            "source": workspace.sources[file].name,
            "sheet": workspace.sources[file].sheet,
            "line": line,
            "reason": "; ".join(reasons.get((file, line), [])),
            "read": "" if raw is None or raw != raw else raw.replace("\x1f", " | "),
        }
        for file, line, raw in zip(found["_file"], found["_line"], found["_raw"], strict=True)
    ]
    import pandas as pd

    return pd.concat([pd.DataFrame(places), found.drop(columns=["_file", "_line", "_note", "_raw"])], axis=1)
