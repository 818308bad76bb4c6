"""The checks that `tables.py` declares, compiled to one pass of SQL: typed columns and one bit for each fault of a row."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from seglib.collect.plan import ColumnPlan, PartPlan
from seglib.collect.typed import FILTERED, RAW_SPLIT, REJECTED, TOTAL, UNATTRIBUTED, USED, Check
from seglib.collect.types import SQL_TYPES, Reading, as_text, blank, expression
from seglib.collect.workspace import BROKEN, FILE, LINE, literal, quoted
from seglib.language import marked
from seglib.tables import Column


@dataclass(frozen=True)
class Compiled:
    """The pass: its SQL, the checks whose bits it sets, and the table's columns with their DuckDB types."""

    sql: str
    checks: tuple[Check, ...]
    columns: tuple[str, ...]


_KIND_WORDS = {
    "money": marked("cannot be read as an amount"),
    "number": marked("cannot be read as a number"),
    "integer": marked("cannot be read as a whole number"),
    "timestamp": marked("cannot be read as a date"),
    "date": marked("cannot be read as a date"),
    "boolean": marked("cannot be read as yes or no"),
}


class Compiler:
    """Builds the pass for one relation of one part.

    Args:
        plan: The part.
        scan: What stands after FROM, with columns r0, r1, … in the order of ``plan.raws``.
        types: DuckDB types of the r columns.
        joins: SQL that joins the dictionaries of values read in Python.
        all_columns: Canonical columns of the whole table; those that this part lacks are null.
        with_hash: True where lines repeated across files are looked for.
    """

    def __init__(
        self,
        plan: PartPlan,
        scan: str,
        types: Sequence[str],
        *,
        joins: str = "",
        all_columns: Sequence[Column] = (),
        with_hash: bool = False,
    ) -> None:
        self.plan = plan
        self.scan = scan
        self.joins = joins
        self.types = dict(zip(plan.raws, types, strict=True))
        self.index = {raw: number for number, raw in enumerate(plan.raws)}
        self.all_columns = all_columns
        self.with_hash = with_hash
        self.checks: list[Check] = []
        self.bits: list[str] = []
        self.watched: list[str] = []  # typed columns whose absence may be a fault
        self.plain = True  # no check but for absence
        self.raw_texts: list[str] = []

    def compile(self) -> Compiled:
        """The whole statement after CREATE TABLE … AS."""
        plain = [item for item in self.plan.columns if not item.formula]
        typed = [f"{self._typed(item)} AS {quoted('t_' + item.column.name)}" for item in plain]
        inputs = [f"{self._input(raw, reading)} AS i_{number}" for number, (raw, reading) in enumerate(self.plan.inputs.items())]
        formulas = [
            f"try_cast({_tried(item.formula)} * {item.reading.unit} AS {SQL_TYPES[item.column.type]}) AS {quoted('t_' + item.column.name)}"
            if item.reading.unit != "1"
            else f"try_cast({_tried(item.formula)} AS {SQL_TYPES[item.column.type]}) AS {quoted('t_' + item.column.name)}"
            for item in self.plan.columns
            if item.formula
        ]
        extras = [f"{_tried(formula)} AS {quoted('e_' + name)}" for name, formula in self.plan.extras.items()]
        for item in self.plan.columns:
            self._column_checks(item)
        for number, (raw, reading) in enumerate(self.plan.inputs.items()):
            self._input_checks(number, raw, reading)
        first = f"SELECT {', '.join(['*', *typed, *inputs])} FROM {self.scan} {self.joins}"
        second = f"SELECT {', '.join(['*', *formulas])} FROM ({first}) {self._not_blank()}"
        third = f"SELECT {', '.join(['*', *extras, f'({self._mask()}) AS _fault', *self._flags()])} FROM ({second})"
        fourth = f"SELECT *, {self._step()} AS _step FROM ({third})"
        return Compiled(f"SELECT {', '.join(self._final())} FROM ({fourth})", tuple(self.checks), self._names())

    # --- values

    def _r(self, raw: str) -> str:
        return f"r{self.index[raw]}"

    def _typed(self, item: ColumnPlan) -> str:
        raw, physical = self._raw(item)
        value = expression(raw, physical, item.reading)
        if item.column.type == "text" and self.plan.strip:
            prefix, rest = literal(self.plan.strip), len(self.plan.strip) + 1
            value = f"CASE WHEN starts_with({value}, {prefix}) THEN substr({value}, {rest}) ELSE {value} END"
        return value

    def _raw(self, item: ColumnPlan) -> tuple[str, str]:
        """SQL and type of the raw value; of several headers the first that says something."""
        if len(item.raws) == 1:
            return self._r(item.raws[0]), self.types[item.raws[0]]
        result = "NULL::VARCHAR"
        for raw in reversed(item.raws):
            result = f"CASE WHEN {blank(self._r(raw), self.types[raw])} THEN {result} ELSE {as_text(self._r(raw), self.types[raw])} END"
        return result, "VARCHAR"

    def _input(self, raw: str, reading: Reading) -> str:
        return expression(self._r(raw), self.types[raw], reading)

    # --- faults

    def _check(self, column: str, shown: str, reason: str, *, required: bool, raw: int, unreadable: bool = False, limit: str = "") -> int:
        """Register a check; its value in the mask."""
        bit = len(self.checks)
        self.checks.append(Check(bit, column, shown, reason, required, raw, unreadable, limit))
        return 1 << bit

    def _absent(self, typed: str, blank_raw: str, when_blank: int, when_not: int) -> str:
        """Nested, not joined by AND: the raw value is looked at only where the typed one is missing, which is rare."""
        return f"WHEN {typed} IS NULL THEN CASE WHEN {blank_raw} THEN {when_blank} ELSE {when_not} END"

    def _raw_text(self, sql: str) -> int:
        if sql not in self.raw_texts:
            self.raw_texts.append(sql)
        return self.raw_texts.index(sql)

    def _column_checks(self, item: ColumnPlan) -> None:
        column, typed = item.column, quoted("t_" + item.column.name)
        if item.formula:
            used = [raw for number, raw in enumerate(self.plan.inputs) if f'"i_{number}"' in (item.formula or "")]
            shown = [f"{literal(raw + '=')}, coalesce({as_text(self._r(raw), self.types[raw])}, '')" for raw in used]
            comma = f", {literal(', ')}, "
            at = self._raw_text(f"concat({comma.join(shown)})" if shown else "''")
            absent = self._check(column.name, item.shown, marked("cannot be computed"), required=True, raw=at) if column.required else 0
            branches = [self._absent(typed, "true", absent, 0)] if column.required else []
        else:
            raw, physical = self._raw(item)
            at = self._raw_text(as_text(raw, physical))
            missing = self._check(column.name, item.shown, marked("is missing"), required=True, raw=at) if column.required else 0
            unread = 0
            if column.type != "text" and not (physical == SQL_TYPES[column.type] and physical != "TIMESTAMP"):
                unread = self._check(column.name, item.shown, _KIND_WORDS[column.type], required=column.required, raw=at, unreadable=True)
            branches = [self._absent(typed, blank(raw, physical), missing, unread)] if missing or unread else []
        ranges = self._range_branches(item, typed, at)
        self.plain = self.plain and not ranges
        branches += ranges
        if branches:
            self.bits.append(f"CASE {' '.join(branches)} ELSE 0 END")
            self.watched.append(typed)

    def _range_branches(self, item: ColumnPlan, typed: str, at: int) -> list[str]:
        column = item.column
        branches = []
        for limit, sign, reason in ((column.minimum, "<", marked("is below {limit}")), (column.maximum, ">", marked("is above {limit}"))):
            if limit is not None:
                bit = self._check(column.name, item.shown, reason, required=column.required, raw=at, limit=f"{limit:g}")
                branches.append(f"WHEN {typed} {sign} {limit:g} THEN {bit}")
        if column.allowed:
            limit_text = ", ".join(column.allowed)
            bit = self._check(column.name, item.shown, marked("is none of {limit}"), required=column.required, raw=at, limit=limit_text)
            branches.append(f"WHEN {typed} NOT IN ({', '.join(map(literal, column.allowed))}) THEN {bit}")
        return branches

    def _input_checks(self, number: int, raw: str, reading: Reading) -> None:
        if reading.type == "text" or any(raw in item.raws and item.reading.type != "text" for item in self.plan.columns):
            return
        at = self._raw_text(as_text(self._r(raw), self.types[raw]))
        bit = self._check(raw, raw, _KIND_WORDS[reading.type], required=False, raw=at, unreadable=True)
        self.watched.append(f"i_{number}")
        self.bits.append(f"CASE {self._absent(f'i_{number}', blank(self._r(raw), self.types[raw]), 0, bit)} ELSE 0 END")

    def _mask(self) -> str:
        """The fault bits; rows in which every checked value is there and none is held against a range are passed at once."""
        if not self.bits:
            return "0::BIGINT"
        kind = "BIGINT" if len(self.checks) <= 62 else "HUGEINT"
        mask = " + ".join(f"({bit})::{kind}" for bit in self.bits)
        return (
            f"CASE WHEN {' AND '.join(f'{name} IS NOT NULL' for name in self.watched)} THEN 0::{kind} ELSE {mask} END"
            if self.plain
            else mask
        )

    # --- rows

    def _not_blank(self) -> str:
        """Lines without a single value are no rows: editors leave them at the end of a file."""
        if not self.plan.raws or any(kind != "VARCHAR" for kind in self.types.values()):
            return ""
        trimmed = {raw for item in self.plan.columns if item.reading.trim for raw in item.raws}
        said = [f"coalesce({f'trim({self._r(raw)})' if raw in trimmed else self._r(raw)}, '') <> ''" for raw in self.plan.raws]
        return f"WHERE {' OR '.join(said)} OR {quoted(BROKEN)} IS NOT NULL"

    def _listed(self, name: str, patterns: Sequence[str]) -> str:
        raw = self.plan.header_of(name)
        text = f"coalesce(trim({as_text(self._r(raw), self.types[raw])}), '')"
        exact = [pattern for pattern in patterns if "*" not in pattern and "?" not in pattern]
        parts = [f"{text} IN ({', '.join(map(literal, exact))})"] if exact else []
        parts += [f"{text} LIKE {literal(_like(pattern))} ESCAPE '\\'" for pattern in patterns if pattern not in exact]
        return f"({' OR '.join(parts) or 'false'})"

    def _any(self, rules: Mapping[str, Sequence[str]]) -> str:
        return " OR ".join(self._listed(name, patterns) for name, patterns in rules.items()) or "false"

    def _flags(self) -> list[str]:
        part = self.plan.settings
        notes: list[str] = []
        conditions: list[str] = []
        for name, patterns in part.keep.items():
            conditions.append(f"NOT {self._listed(name, patterns)}")
            notes.append(self._filter_note(conditions[-1], name))
        for name, patterns in part.exclude.items():
            conditions.append(self._listed(name, patterns))
            notes.append(self._filter_note(conditions[-1], name))
        note = f"CASE {' '.join(notes)} END" if notes else "NULL::VARCHAR"
        return [
            f"({self._any(part.layout.drop_rows)}) AS _total",
            f"({' OR '.join(conditions) or 'false'}) AS _filtered",
            f"({self._any(part.returns)}) AS _returned",
            f"{note} AS _why",
        ]

    def _filter_note(self, condition: str, name: str) -> str:
        raw = self.plan.header_of(name)
        text = f"coalesce(trim({as_text(self._r(raw), self.types[raw])}), '')"
        return f"WHEN {condition} THEN {literal(raw + '=')} || {text}"

    def _step(self) -> str:
        required = sum(1 << check.bit for check in self.checks if check.required)
        owner = ""
        if self.plan.table == "orders":
            owner = "t_customer_id" if self.plan.find("customer_id") else "NULL"
        unattributed = f"WHEN {owner} IS NULL THEN {UNATTRIBUTED}" if owner else ""
        rejected = f"WHEN {quoted(BROKEN)} IS NOT NULL OR (_fault & {required}) <> 0 THEN {REJECTED}"
        part = self.plan.settings
        simple = "" if part.layout.drop_rows or part.keep or part.exclude else f"WHEN _fault = 0 AND {quoted(BROKEN)} IS NULL"
        simple = f"{simple} AND {owner} IS NOT NULL THEN {USED}" if simple and owner else f"{simple} THEN {USED}" if simple else ""
        return f"(CASE {simple} WHEN _total THEN {TOTAL} WHEN _filtered THEN {FILTERED} {rejected} {unattributed} ELSE {USED} END)::TINYINT"

    # --- result

    def _names(self) -> tuple[str, ...]:
        return tuple(column.name for column in self._result_columns())

    def _result_columns(self) -> list[Column]:
        own = [item.column for item in self.plan.columns]
        names = {column.name for column in own}
        return [*own, *(column for column in self.all_columns if column.name not in names)]

    def _value(self, column: Column) -> str:
        item = self.plan.find(column.name)
        name, kind = quoted("t_" + column.name), SQL_TYPES[column.type]
        returned = column.name == "is_return" and self.plan.settings.returns
        if item is None and not returned:
            return f"NULL::{kind} AS {quoted(column.name)}"
        if returned:
            name = f"(coalesce({name}, false) OR _returned)" if item else "_returned"
        outside = sum(
            1 << check.bit for check in self.checks if check.column == column.name and not check.unreadable and not check.required
        )
        value = f"CASE WHEN (_fault & {outside}) <> 0 THEN NULL ELSE {name} END" if outside else name
        return f"{value} AS {quoted(column.name)}"

    def _final(self) -> list[str]:
        values = [self._value(column) for column in self._result_columns()]
        extras = [f"{quoted('e_' + name)} AS {quoted(name)}" for name in self.plan.extras]
        raw = f"concat({f', {RAW_SPLIT}, '.join(f'({text})::VARCHAR' for text in self.raw_texts)})" if self.raw_texts else "NULL::VARCHAR"
        rules = self.plan.settings.keep or self.plan.settings.exclude
        faulty = f"_fault <> 0 OR {quoted(BROKEN)} IS NOT NULL"
        system = [
            f"{quoted(FILE)} AS _file",
            f"{quoted(LINE)} AS _line",
            "_fault",
            "_step",
            f"CASE WHEN _filtered AND NOT _total THEN _why ELSE {quoted(BROKEN)} END AS _note" if rules else f"{quoted(BROKEN)} AS _note",
            f"CASE WHEN {faulty} THEN {raw} END AS _raw",
        ]
        if self.with_hash:
            compared = [
                quoted("t_" + column.name) if self.plan.find(column.name) else "NULL"
                for column in sorted(self._result_columns(), key=lambda c: c.name)
            ]
            compared += [f"trim({as_text(self._r(raw), self.types[raw])})" for raw in self.plan.compare]
            system.append(f"hash({', '.join([*compared, f'CASE WHEN {faulty} THEN {raw} END'])}) AS _hash")
        return [*values, *extras, *system]


def _tried(formula: str | None) -> str:
    return f"TRY({formula})"


def _like(pattern: str) -> str:
    escaped = pattern.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
    return escaped.replace("*", "%").replace("?", "_")
