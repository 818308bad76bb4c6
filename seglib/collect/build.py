"""One canonical table from its parts: the pass over every source, then what needs more than one row."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import duckdb

from seglib.collect.checks import Compiled, Compiler
from seglib.collect.dictionary import Odd, joins, read_odd_columns
from seglib.collect.plan import PartPlan, certainly_odd
from seglib.collect.relations import Ends
from seglib.collect.typed import REPEATED, TOTAL, UNATTRIBUTED, USED, TypedTable
from seglib.collect.types import padded
from seglib.collect.workspace import Relation, Workspace, quoted
from seglib.errors import SettingsError, TableError
from seglib.settings import Computed
from seglib.tables import TABLES, Column, Table

_LOST_DIGITS = r"^\d(\.\d+)?[eE]\+?1[4-9]$|^\d(\.\d+)?[eE]\+?[2-3]\d$"


def build_table(
    workspace: Workspace, name: str, parts: Sequence[tuple[PartPlan, Sequence[Relation]]], *, repeated: str = "across_files"
) -> TypedTable:
    """Read all sources of a table into one typed table.

    Args:
        workspace: The connection.
        name: Canonical name.
        parts: Plan and sources of each part.
        repeated: across_files, everywhere or keep: what happens to lines that are the same in every column.
    """
    stored = workspace.name(name)
    columns = _all_columns(name, [plan for plan, _ in parts])
    files = tuple(source.index for _, relations in parts for relation in relations for source in relation.sources)
    with_hash = repeated == "everywhere" or (
        repeated == "across_files" and len({workspace.sources[file].path or file for file in files}) > 1
    )
    table = TypedTable(
        name, stored, (), [], files, [plan for plan, _ in parts], [(one, plan) for plan, several in parts for one in several]
    )
    for plan, relations in parts:
        _read_part(workspace, table, plan, relations, columns, with_hash=with_hash)
    described = [row[0] for row in workspace.rows(f"DESCRIBE {stored}")]
    table.columns = tuple(item for item in described if not item.startswith("_"))
    _signed_returns(workspace, table)
    _refuse_lost_digits(workspace, table)
    if with_hash:
        _drop_repeated(workspace, table, everywhere=repeated == "everywhere")
    _later_duplicates(workspace, table, TABLES[name])
    return table


def _all_columns(name: str, plans: Sequence[PartPlan]) -> list[Column]:
    columns = {item.column.name: item.column for plan in plans for item in plan.columns}
    if any(plan.settings.returns for plan in plans):
        columns.setdefault("is_return", TABLES[name]["is_return"])
    return list(columns.values())


def _read_part(
    workspace: Workspace, table: TypedTable, plan: PartPlan, relations: Sequence[Relation], columns: Sequence[Column], *, with_hash: bool
) -> None:
    """Read a part; where a cast fails somewhere, read it again with dictionaries for the columns concerned."""
    _look_at_samples(workspace, plan, relations)
    passes = [_run(workspace, plan, relation, columns, with_hash=with_hash) for relation in relations]
    odd = _failing(workspace, plan, passes)
    if _trim_padded(workspace, plan, relations, passes) or odd:
        for name, _ in passes:
            workspace.execute(f"DROP TABLE {name}")
        if odd:
            read_odd_columns(workspace, plan, relations, odd)
        passes = [_run(workspace, plan, relation, columns, with_hash=with_hash) for relation in relations]
    for relation, (name, compiled) in zip(relations, passes, strict=True):
        table.checks.append((tuple(source.index for source in relation.sources), compiled.checks))
        if (table.stored,) in workspace.rows("SELECT table_name FROM duckdb_tables()"):
            workspace.execute(f"INSERT INTO {table.stored} BY NAME SELECT * FROM {name}")
            workspace.execute(f"DROP TABLE {name}")
        else:
            workspace.execute(f"ALTER TABLE {name} RENAME TO {table.stored}")


def _look_at_samples(workspace: Workspace, plan: PartPlan, relations: Sequence[Relation]) -> None:
    """Spare the first pass where a few values already show that it would fail."""
    odd = []
    decimal_comma = plan.settings.layout.decimal == ","
    for item in plan.columns:
        texts = [text for relation in relations for raw in item.raws for text in relation.samples(raw)]
        if not item.formula and (
            certainly_odd(item.reading.type, texts) or (decimal_comma and item.reading.type in ("money", "number", "integer"))
        ):
            odd.append(Odd(item.column.name, is_input=False))
    for raw, reading in plan.inputs.items():
        texts = [text for relation in relations for text in relation.samples(raw)]
        if certainly_odd(reading.type, texts) or (decimal_comma and reading.type == "money"):
            odd.append(Odd(raw, is_input=True))
    if odd:
        read_odd_columns(workspace, plan, relations, odd)


def _run(workspace: Workspace, plan: PartPlan, relation: Relation, columns: Sequence[Column], *, with_hash: bool) -> tuple[str, Compiled]:
    texts = {raw for item in plan.columns if item.reading.type == "text" for raw in item.raws}
    scan, types = relation.open(plan.raws, texts)
    compiler = Compiler(plan, scan, types, all_columns=columns, with_hash=with_hash)
    compiler.joins = joins(plan, compiler)
    compiled = compiler.compile()
    name = workspace.name("pass")
    try:
        workspace.execute(f"CREATE TABLE {name} AS {compiled.sql}")
        workspace.release()
    except (duckdb.BinderException, duckdb.CatalogException) as error:
        formulas = [source.sql for source in plan.settings.columns.values() if isinstance(source, Computed)] + list(
            plan.settings.extra_columns.values()
        )
        if not formulas:
            raise
        problem = str(error).split("Error: ", 1)[-1].split("\n")[0]
        raise SettingsError("{table}: a formula ({formulas}) cannot be computed: {problem}", table=plan.table, formulas="; ".join(formulas),
                            problem=problem) from None  # fmt: skip
    return name, compiled


def _trim_padded(workspace: Workspace, plan: PartPlan, relations: Sequence[Relation], passes: Sequence[tuple[str, Compiled]]) -> bool:
    """Mark text columns that turned out to have blanks around values; True where there is one."""
    items = [item for item in plan.columns if item.reading.type == "text" and not item.reading.trim and not item.formula]
    found = False
    for relation, (name, _) in zip(relations, passes, strict=True):
        looked_at = {item.column.name: [relation.ends(raw) for raw in item.raws] for item in items}
        doubtful = [item for item in items if any(ends is None or ends.blank for ends in looked_at[item.column.name])]
        if not doubtful:
            continue
        tests = ", ".join(f"bool_or({padded(quoted(item.column.name))})" for item in doubtful)
        for item, hit in zip(doubtful, workspace.one(f"SELECT {tests} FROM {name}"), strict=True):
            if hit:
                item.reading = replace(item.reading, trim=True)
                found = True
    return found


def _failing(workspace: Workspace, plan: PartPlan, passes: Sequence[tuple[str, Compiled]]) -> list[Odd]:
    """Columns with values that the cast did not read and no dictionary has looked at yet."""
    odd: dict[Odd, None] = {}
    for name, compiled in passes:
        bits = [check for check in compiled.checks if check.unreadable]
        if not bits:
            continue
        mask = workspace.one(f"SELECT coalesce(bit_or(_fault), 0) FROM {name}")[0]
        for check in bits:
            if not mask >> check.bit & 1:
                continue
            item = plan.find(check.column)
            is_input = item is None or bool(item.formula)
            reading = plan.inputs[check.column] if is_input else item.reading  # type: ignore[union-attr]
            if reading.dictionary is None and reading.type != "boolean":
                odd[Odd(check.column, is_input)] = None
                for raw in () if is_input else item.raws:  # type: ignore[union-attr]
                    if raw in plan.inputs and plan.inputs[raw].type != "text":
                        odd[Odd(raw, is_input=True)] = None
    return list(odd)


def _signed_returns(workspace: Workspace, table: TypedTable) -> None:
    """Amounts of returned lines are negative: a source that writes them all positive means the same with another sign."""
    if not any(plan.settings.returns for plan in table.plans):
        return
    signed = [name for name in ("amount", "quantity", "list_amount", "paid_amount", "discount_amount") if name in table.columns]
    for file, name in ((file, name) for file in table.files for name in signed):
        where = f"_file = {file} AND is_return AND _step <> {TOTAL}"
        low, high = workspace.one(f"SELECT min({name}), max({name}) FROM {table.stored} WHERE {where}")
        if high is not None and high > 0 and low >= 0:
            workspace.execute(f"UPDATE {table.stored} SET {name} = -{name} WHERE {where}")
        elif high is not None and high > 0 > low and name == "amount":
            source = workspace.sources[file]
            workspace.note(
                "{file}: returned lines have amounts of both signs; they were left as they are. Look at returns:.", file=source.name
            )


def _refuse_lost_digits(workspace: Workspace, table: TypedTable) -> None:
    """Ids that a spreadsheet has turned into numbers and rounded cannot be mended; ids like 17850.0 can."""
    ids = [name for name in table.columns if name.endswith("_id")]
    if not ids:
        return
    looked_at = {name: [ends for relation, plan in table.relations for ends in _ends(relation, plan, name)] for name in ids}
    doubtful = [name for name in ids if any(ends is None or ends.zero or ends.plus for ends in looked_at[name])]
    if not doubtful:
        return
    ids = doubtful
    tests = ", ".join(
        f"bool_or(suffix({quoted(name)}, '.0')), bool_or(contains({quoted(name)}, 'E+') OR contains({quoted(name)}, 'e+'))" for name in ids
    )
    counts = workspace.one(f"SELECT {tests} FROM {table.stored}")
    for number, name in enumerate(ids):
        whole, huge = counts[2 * number], counts[2 * number + 1]
        if huge:
            _refuse_rounded(workspace, table, name)
        if whole:
            workspace.execute(
                f"UPDATE {table.stored} SET {quoted(name)} = left({quoted(name)}, -2) WHERE regexp_full_match({quoted(name)}, '\\d+\\.0')"
            )


def _ends(relation: Relation, plan: PartPlan, name: str) -> list[Ends | None]:
    item = plan.find(name)
    return [None] if item is None or item.formula else [relation.ends(raw) for raw in item.raws]


def _refuse_rounded(workspace: Workspace, table: TypedTable, name: str) -> None:
    column = quoted(name)
    rows = workspace.rows(
        f"SELECT _file, _line, {column} FROM {table.stored} WHERE regexp_matches({column}, '{_LOST_DIGITS}') ORDER BY _file, _line LIMIT 1"
    )
    if rows:
        source = workspace.sources[rows[0][0]]
        plan = next((plan.find(name) for plan in table.plans if plan.find(name)), None)
        raise TableError(
            "{column} in {file} line {line} is a number of 16 or more digits ({value}). Excel keeps 15 digits; the rest is lost in the "
            "file itself and cannot be restored. Export it again as CSV or as text.",
            column=plan.shown if plan else name, file=source.name, line=rows[0][1], value=rows[0][2],
        )  # fmt: skip


def _drop_repeated(workspace: Workspace, table: TypedTable, *, everywhere: bool) -> None:
    """Lines that stand in an earlier file too count once; as often as they stand in the file that has most of them.

    Sheets of one workbook are one file. Within a file, equal lines are kept unless client.yml says repeated_lines: everywhere.
    """
    stored = table.stored
    order = {file: number for number, file in enumerate(dict.fromkeys(workspace.sources[file].path or file for file in table.files))}
    book = " ".join(f"WHEN {file} THEN {order[workspace.sources[file].path or file]}" for file in table.files)
    number = f"(CASE _file {book} END)::SMALLINT AS book"
    workspace.execute(
        f"CREATE TEMP TABLE _books AS SELECT rowid AS row_at, _hash, {number}, _file, _line FROM {stored} WHERE _step <> {TOTAL}"
    )
    several = "count(*) > 1" if everywhere else "min(book) <> max(book)"
    inside = "1" if everywhere else "row_number() OVER (PARTITION BY _hash, book ORDER BY _file, _line)"
    workspace.execute(
        f"""CREATE TEMP TABLE _repeated AS SELECT row_at FROM (
              SELECT row_at, row_number() OVER (PARTITION BY _hash, nth ORDER BY book, _file, _line) AS place FROM (
                SELECT *, {inside} AS nth FROM _books SEMI JOIN (SELECT _hash FROM _books GROUP BY 1 HAVING {several}) USING (_hash)))
            WHERE place > 1"""
    )
    workspace.execute(f"UPDATE {stored} SET _step = {REPEATED}, _note = NULL WHERE rowid IN (SELECT row_at FROM _repeated)")
    workspace.execute("DROP TABLE _books")
    workspace.execute("DROP TABLE _repeated")
    workspace.execute(f"ALTER TABLE {stored} DROP COLUMN _hash")


def _later_duplicates(workspace: Workspace, table: TypedTable, spec: Table) -> None:
    """Of rows that share a key, the first stays; the others go to the ledger, before any join could double money."""
    key = [name for name in spec.key if name in table.columns]
    if not key or len(key) < len(spec.key):
        return
    names = ", ".join(map(quoted, key))
    twice = workspace.one(f"SELECT count(*) - count(DISTINCT ({names})) FROM {table.stored} WHERE _step = {USED}")[0]
    if twice:
        workspace.execute(
            f"""UPDATE {table.stored} SET _step = {REPEATED}, _note = 'later duplicate' WHERE rowid IN (
                  SELECT row_at FROM (SELECT rowid AS row_at, row_number() OVER (PARTITION BY {names} ORDER BY _file, _line) AS place
                  FROM {table.stored} WHERE _step = {USED}) WHERE place > 1)"""
        )


__all__ = ["TOTAL", "UNATTRIBUTED", "TypedTable", "build_table"]
