"""From client.yml and the headers to a plan: which raw columns are read, as what, for which canonical column."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from seglib.collect.dates import read_date
from seglib.collect.layout import missing_column, plain_name, resolve
from seglib.collect.numbers import read_number
from seglib.collect.types import MISSING, Reading
from seglib.collect.workspace import LINE, Relation, Workspace
from seglib.errors import SeglibError, SettingsError, TableError, together
from seglib.language import marked
from seglib.settings import MONEY_UNITS, ClientSettings, Computed, TableSettings
from seglib.tables import TABLES, Column, ColumnType

if TYPE_CHECKING:
    from sqlglot import exp

ROW = "_line"  # in a formula the number of the row in its file, where the file has no column of that name
_PLAIN_NUMBER = re.compile(r"\s*[-+]?\d{1,11}(\.\d+)?\s*")
_PLAIN_DATE = re.compile(r"(19|20|21)\d\d[-/]\d\d?[-/]\d\d?([ T]\d\d?:\d\d(:\d\d(\.\d{1,6})?)?)?")


_UNSTEADY = {"today", "now", "random", "uuid", "gen_random_uuid", "getenv", "current_setting", "get_current_timestamp", "get_current_time"}


@dataclass
class ColumnPlan:
    """One canonical column (or one of the client's own) and where it comes from: headers (the first that says something), or a formula."""

    column: Column
    raws: tuple[str, ...] = ()
    formula: str | None = None
    reading: Reading = field(default_factory=lambda: Reading("text"))

    @property
    def shown(self) -> str:
        """What the ledger calls it: the header that the client knows."""
        return self.raws[0] if self.raws else self.column.name


@dataclass
class PartPlan:
    """How one part of a table is read.

    Attributes:
        table: Name of the canonical table.
        settings: What client.yml says of this part.
        columns: The canonical columns.
        inputs: Raw columns that formulas use: header -> reading.
        extras: The client's own formulas: name -> SQL.
        compare: Unmapped headers that help to tell repeated lines from similar ones.
        strip: Prefix that ids carry in this export ("" where none).
    """

    table: str
    settings: TableSettings
    columns: list[ColumnPlan]
    inputs: dict[str, Reading] = field(default_factory=dict)
    extras: dict[str, str] = field(default_factory=dict)
    compare: tuple[str, ...] = ()
    strip: str = ""

    @property
    def raws(self) -> tuple[str, ...]:
        """All headers that are read, each once; r0, r1, … stand for them in SQL."""
        part = self.settings
        mapped = [name for plan in self.columns for name in plan.raws]
        filters = [*part.layout.drop_rows, *part.keep, *part.exclude, *part.returns]
        named = [self.header_of(name) for name in filters]
        return tuple(dict.fromkeys([*mapped, *self.inputs, *named, *self.compare]))

    def header_of(self, name: str) -> str:
        """The header for a name that client.yml uses in keep, exclude, returns: a header, or a canonical column's."""
        plan = next((plan for plan in self.columns if plan.column.name == name and plan.raws), None)
        return plan.raws[0] if plan and name not in {raw for item in self.columns for raw in item.raws} else name

    def find(self, name: str) -> ColumnPlan | None:
        """The plan of a canonical column."""
        return next((plan for plan in self.columns if plan.column.name == name), None)


def make_plan(
    workspace: Workspace, settings: ClientSettings, table: str, part: TableSettings, relations: Sequence[Relation], *, passing: bool = False
) -> PartPlan:
    """Plan one part and refuse what cannot work: absent headers, absent required columns, formulas that are no formulas.

    Args:
        passing: True for frames: columns without a canonical name pass through as they are.

    Raises:
        TableError, SettingsError: With the names that are there.
    """
    plan = PartPlan(table, part, [_column_plan(table, name, source, part, settings, relations) for name, source in part.columns.items()])
    if part.from_:
        from seglib.collect.crm import id_prefix

        plan.strip = id_prefix(part)
    if passing:
        plan.columns += _passed_through(plan, settings, relations)
    faults: list[SeglibError] = []
    counted = _counted([item.formula for item in plan.columns if item.formula] + list(part.extra_columns.values()), relations)
    for column_plan in plan.columns:
        if column_plan.formula:
            try:
                column_plan.formula = _with_inputs(
                    plan, column_plan.formula, settings, relations, f"{table}.{column_plan.column.name}", counted
                )
            except SeglibError as fault:
                faults.append(fault)
    for name, formula in part.extra_columns.items():
        try:
            plan.extras[name] = _extra(plan, name, formula, settings, relations, counted)
        except SeglibError as fault:
            faults.append(fault)
    faults += [*_missing_required(plan, relations), *_missing_headers(plan, relations)]
    if faults:
        raise together(faults)
    _say_second_columns(workspace, plan, relations)
    return plan


def _say_second_columns(workspace: Workspace, plan: PartPlan, relations: Sequence[Relation]) -> None:
    """A header that stands twice in a file is read once: the second 金额 is called 金额_2, and nobody asked for it."""
    said = marked("{file} has {column} and {second}: {column} is read. If it is the wrong one, name the other under columns.")
    telling = {raw for item in plan.columns if item.column.required or item.column.name.endswith("_id") for raw in item.raws}
    for relation in relations:
        for source, names in zip(relation.sources, relation.names(), strict=True):
            for raw in sorted(telling.intersection(names)):
                if (second := f"{raw}_2") in names and second not in plan.raws:
                    workspace.note(said, file=source.name, column=raw, second=second)


def _extra(
    plan: PartPlan, name: str, formula: str, settings: ClientSettings, relations: Sequence[Relation], counted: Collection[str]
) -> str:
    table = plan.table
    if name in TABLES[table].names:
        raise SettingsError("extra_columns: {name} is a column of {table} already; write it under columns.", name=name, table=table)
    return _with_inputs(plan, formula, settings, relations, f"{table}.{name}", counted, canonical_first=True)


def _column_plan(
    table: str, name: str, source: list[str] | Computed, part: TableSettings, settings: ClientSettings, relations: Sequence[Relation]
) -> ColumnPlan:
    known = TABLES[table]
    raws = () if isinstance(source, Computed) else tuple(source)
    column = known[name] if name in known.names else Column(name, guess_type(relations, raws), "As the client delivers it.")
    reading = reading_of(column.type, part, settings)
    return ColumnPlan(column, raws, source.sql if isinstance(source, Computed) else None, reading)


def reading_of(kind: ColumnType, part: TableSettings, settings: ClientSettings) -> Reading:
    """How values of ``kind`` are read in this part before anything is known of them."""
    source_zone = part.source_timezone or settings.source_timezone
    unit = MONEY_UNITS[part.amount_unit] if kind == "money" else "1"
    return Reading(kind, unit=unit, zone=settings.timezone, source_zone=source_zone if source_zone != settings.timezone else None)


def guess_type(relations: Iterable[Relation], raws: Sequence[str], share: float = 0.9) -> ColumnType:
    """What a column holds by its first values, at least ``share`` of them: number, timestamp or text."""
    texts = [text for relation in relations for raw in raws for text in relation.samples(raw, 500) if text.strip() not in MISSING]
    if not texts:
        return "text"
    if sum(read_number(text) is not None or read_number(text, ",") is not None for text in texts) >= share * len(texts):
        return "number"
    if sum(read_date(text, "dmy") is not None or read_date(text, "mdy") is not None for text in texts) >= share * len(texts):
        return "timestamp"
    return "text"


def _passed_through(plan: PartPlan, settings: ClientSettings, relations: Sequence[Relation]) -> list[ColumnPlan]:
    used = {plain_name(raw) for raw in plan.raws}
    found = []
    for names in relations[0].names():
        for name in names:
            if plain_name(name) not in used and not name.startswith("_"):
                column = Column(name, guess_type(relations, (name,)), "As the client delivers it.")
                found.append(ColumnPlan(column, (name,), None, reading_of(column.type, plan.settings, settings)))
    return found


def needed_headers(part: TableSettings) -> list[str]:
    """Headers that client.yml names for this part: they find the header row and tell a table from a page of words."""
    named = [item for source in part.columns.values() if isinstance(source, list) for item in source[:1]]
    formulas = {name: source.sql for name, source in part.columns.items() if isinstance(source, Computed)}
    faults: list[SeglibError] = []
    for column, formula in [*formulas.items(), *part.extra_columns.items()]:
        try:
            named += [name for name in _names_in(formula, column) if name not in part.columns and name != ROW]
        except SeglibError as fault:
            faults.append(fault)
    if faults:
        raise together(faults)
    if part.layout.cross:
        named = [name for name in named if name not in (part.layout.cross.across, part.layout.cross.value)]
    return list(dict.fromkeys([*named, *part.layout.fill_down]))


def _parsed(formula: str, where: str) -> exp.Expression:
    import sqlglot
    from sqlglot import exp

    try:
        tree = sqlglot.parse_one(f"SELECT {formula}", read="duckdb")
    except sqlglot.errors.SqlglotError as error:
        raise SettingsError(
            "{where}: {formula} is no formula: {problem}", where=where, formula=formula, problem=str(error).split("\n")[0]
        ) from None
    if (
        not isinstance(tree, exp.Select)
        or len(tree.expressions) != 1
        or any(tree.args.get(key) for key in ("from", "from_", "where", "joins"))
    ):
        raise SettingsError(
            "{where}: {formula} is more than one formula; write only what stands after SELECT.", where=where, formula=formula
        )
    inner = tree.expressions[0].unalias()
    if inner.find(exp.Select, exp.Table, exp.Window, exp.AggFunc, exp.Star):
        raise SettingsError(
            "{where}: {formula} looks beyond its own row; only columns of one row can be used.", where=where, formula=formula
        )
    if inner.find(exp.Rand, exp.CurrentDate, exp.CurrentTime, exp.CurrentTimestamp) or any(
        call.name.lower() in _UNSTEADY for call in inner.find_all(exp.Anonymous)
    ):
        raise SettingsError(
            "{where}: {formula} asks for the time, for chance or for this computer; figures must be the same tomorrow.",
            where=where, formula=formula,
        )  # fmt: skip
    return inner


def _names_in(formula: str, where: str) -> list[str]:
    from sqlglot import exp

    return list(dict.fromkeys(column.name for column in _parsed(formula, where).find_all(exp.Column)))


def _counted(formulas: Iterable[str], relations: Sequence[Relation]) -> set[str]:
    """Headers with which some formula computes; what formulas only join, cut or compare as text is read as it is written."""
    from sqlglot import exp

    available = list(dict.fromkeys(name for relation in relations for names in relation.names() for name in names))
    found = set()
    for formula in formulas:
        try:
            tree = _parsed(formula, "")
        except SeglibError:
            continue  # told where its column is planned
        found |= {resolve(column.name, available) or "" for column in tree.find_all(exp.Column) if not _as_text(column)}
    return found


def _as_text(column: exp.Expression) -> bool:
    """Does a formula use this column as text: joined, cut, or held against a text?"""
    from sqlglot import exp

    above = column.parent
    while isinstance(above, exp.Paren):
        above = above.parent
    if isinstance(above, exp.Cast):
        return above.is_type(*exp.DataType.TEXT_TYPES)
    if isinstance(above, exp.EQ | exp.NEQ | exp.In):
        others = [above.left, above.right] if isinstance(above, exp.Binary) else above.expressions
        return any(isinstance(other, exp.Literal) and other.is_string for other in others)
    joined = (exp.DPipe, exp.Concat, exp.ConcatWs, exp.Upper, exp.Lower, exp.Trim, exp.Length, exp.Like, exp.ILike, exp.StartsWith)
    cut = (exp.Substring, exp.Left, exp.Right, exp.Replace, exp.SplitPart, exp.RegexpLike, exp.RegexpExtract, exp.RegexpReplace, exp.Pad)
    return isinstance(above, (*joined, *cut)) and (isinstance(above, joined) or above.this is column)


def _with_inputs(
    plan: PartPlan,
    formula: str,
    settings: ClientSettings,
    relations: Sequence[Relation],
    where: str,
    counted: Collection[str],
    *,
    canonical_first: bool = False,
) -> str:
    """The formula over typed inputs: headers become i_<n>, canonical columns t_<name>; new inputs are added to the plan."""
    from sqlglot import exp

    tree = _parsed(formula, where)
    available = list(dict.fromkeys(name for relation in relations for names in relation.names() for name in names))
    usable = {item.column.name for item in plan.columns if canonical_first or not item.formula}

    def replaced(node: exp.Expression) -> exp.Expression:
        if isinstance(node, exp.DateFromParts | exp.TimestampFromParts):  # they take whole numbers, and inputs are decimals
            for key, part in list(node.args.items()):
                if isinstance(part, exp.Expression):
                    node.set(key, exp.cast(part.copy(), "BIGINT"))
            return node
        if not isinstance(node, exp.Column):
            return node
        name = node.name
        canonical = name in usable and (canonical_first or name not in available)
        if canonical:
            return exp.column(f"t_{name}", quoted=True)
        header = resolve(name, available)
        if header is None and name == ROW:
            return exp.column(LINE, quoted=True)
        if header is None:
            raise missing_column(where, name, available)
        if header not in plan.inputs:
            kind = guess_type(relations, (header,), share=0.5) if header in counted else "text"  # who computes with it means numbers
            # numbers of a formula are decimals, so that 3 × 2.55 is 7.65 to the last digit; no unit: that belongs to the result
            plan.inputs[header] = replace(reading_of("money" if kind == "number" else kind, plan.settings, settings), unit="1")
        return exp.column(f"i_{list(plan.inputs).index(header)}", quoted=True)

    return tree.transform(replaced).sql(dialect="duckdb")


def _missing_required(plan: PartPlan, relations: Sequence[Relation]) -> Iterator[TableError]:
    table = TABLES[plan.table]
    absent = [column.name for column in table.columns if column.required and plan.find(column.name) is None]
    found = ", ".join(dict.fromkeys(name for relation in relations for names in relation.names() for name in names))
    if plan.table == "orders" and plan.find("customer_id") is None and plan.find("customer_name") is None:
        yield TableError(
            "orders has no customer: name the column with the customer's id as customer_id, or with its name as customer_name. "
            "The files have: {found}",
            found=found,
        )
    if absent:
        yield TableError(
            "{table} needs {absent}; name its column under columns:. The files have: {found}",
            table=plan.table, absent=", ".join(absent), found=found,
        )  # fmt: skip


def _missing_headers(plan: PartPlan, relations: Sequence[Relation]) -> Iterator[TableError]:
    """Every header that client.yml names must stand in every file; of alternatives, one."""
    listed = [plan_.raws for plan_ in plan.columns if plan_.raws] + [(raw,) for raw in plan.raws if raw not in plan.compare]
    groups = list(dict.fromkeys(listed))
    alternatives = {raw for plan_ in plan.columns if len(plan_.raws) > 1 for raw in plan_.raws}
    for relation in relations:
        for source, names in zip(relation.sources, relation.names(), strict=True):
            for group in groups:
                if len(group) == 1 and group[0] in alternatives:
                    continue
                if not any(resolve(raw, names) for raw in group):
                    where = f"{source.name} [{source.sheet}]" if source.sheet else source.name
                    yield missing_column(where, group[0], names)


def certainly_odd(kind: ColumnType, texts: Iterable[str]) -> bool:
    """True where a sample already shows that a cast will not do."""
    pattern = {
        "money": _PLAIN_NUMBER,
        "number": _PLAIN_NUMBER,
        "integer": _PLAIN_NUMBER,
        "timestamp": _PLAIN_DATE,
        "date": _PLAIN_DATE,
    }.get(kind)
    return pattern is not None and any(not pattern.fullmatch(text) for text in texts if text.strip() not in MISSING)


def compare_headers(plans: Mapping[int, list[tuple[str, ...]]], mapped: set[str], numbering: set[str]) -> tuple[str, ...]:
    """Headers that every source has, that no column uses and that do not just number the lines."""
    common: set[str] | None = None
    written: dict[str, str] = {}
    for names in (names for listed in plans.values() for names in listed):
        keys = {plain_name(name): name for name in names}
        written = {**keys, **written}
        common = set(keys) if common is None else common & set(keys)
    used = {plain_name(name) for name in mapped} | {plain_name(name) for name in numbering}
    return tuple(sorted(written[key] for key in (common or set()) - used))
