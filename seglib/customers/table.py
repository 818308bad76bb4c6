"""The customer table as one expression: one row for every customer known, buyers or not."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import date
from typing import TYPE_CHECKING

from seglib.customers.account_columns import ACCOUNT_STAGES, UNIVERSE
from seglib.customers.columns import COLUMNS, CustomerColumn, available, usual, with_used
from seglib.customers.contacts import CONTACTS
from seglib.customers.goods import GOODS
from seglib.customers.stages import OrderRule, Stages
from seglib.errors import ParameterError, TableError
from seglib.tables import TABLES, UNSAID

if TYPE_CHECKING:
    import ibis.expr.types as ir

BLANK = "_blank"  # behind a column's name: is it blank in all rows of its stage?
BESIDE = GOODS | CONTACTS | ACCOUNT_STAGES  # stages that stand beside those of ``Stages``
Gaps = tuple[int | None, int | None]  # usual and long gap of the trade, days
IDENTIFIES = ("customer_id", "customer_name", "parent_id", "address")
SAID = {column.name for column in TABLES["customers"].columns if column.type == "text"} - {*IDENTIFIES}  # what somebody may not tell
SQL_TYPES = {"str": "string", "int64": "int64", "float64": "float64", "bool": "boolean", "datetime64[us]": "date"}


def expression(
    tables: Mapping[str, ir.Table],
    *,
    as_of: date,
    window_days: int,
    columns: Collection[str] | None = None,
    data_start: date | None = None,
    order_rule: OrderRule = "id",
    gaps: Gaps = (None, None),
) -> ir.Table:
    """The customer table as an Ibis expression; nothing is run.

    Args:
        tables: Canonical tables by name, all of one engine: ``orders`` (accepted lines with a customer), ``customers`` (unique by
            customer_id), ``products`` (unique by product_id). Each is optional, but without orders there must be customers.
        as_of: Last local day that is looked at.
        window_days: Days that flow columns look back on, ``as_of`` included.
        columns: Names wanted; by default all that the tables can give and that are usual. The keys always come first.
        data_start: First local day of the data, where it is known already.
        order_rule: What counts as one order, see ``Stages``.
        gaps: Usual and long gap of the trade in days.

    Returns:
        One row a customer known, in no particular order; days are dates, money and ratios float64, counts int64.

    Raises:
        TableError: There are neither orders nor customers, or a wanted column lacks what it needs.
        ParameterError: A wanted column has no declaration and is no column of ``customers``.
    """
    names = wanted_columns(tables, columns)
    stages = stages_for(tables, names, as_of=as_of, window_days=window_days, data_start=data_start, order_rule=order_rule, gaps=gaps)
    return assemble(stages, names)


def every_column(tables: Mapping[str, ir.Table]) -> tuple[str, ...]:
    """Names of all columns the tables can give, also of those that only come when asked for.

    Raises:
        TableError: There are neither orders nor customers.
    """
    if "orders" not in tables and "customers" not in tables:
        raise TableError(
            "There are neither orders nor customers among the tables ({found}); give at least one.", found=", ".join(tables) or "none"
        )
    computed = available({name: table.columns for name, table in tables.items()})
    carried = tables["customers"].columns if "customers" in tables else ()
    return (*computed, *(name for name in carried if name not in computed))


def wanted_columns(tables: Mapping[str, ir.Table], columns: Collection[str] | None = None) -> tuple[str, ...]:
    """Names of the table's columns in their order: keys, declared columns, then what ``customers`` carries besides.

    Args:
        tables: Canonical tables by name.
        columns: Names wanted; by default all that need not be asked for.

    Raises:
        TableError, ParameterError: As in ``expression``.
    """
    every = every_column(tables)
    if columns is None:
        return usual(every)
    for name in columns:
        if name not in every:
            raise _missing(name, every)
    return tuple(name for name in every if name in columns or name in _keys())


def _missing(name: str, every: Collection[str]) -> TableError | ParameterError:
    if name in COLUMNS:
        return TableError(
            "The column {column} needs {needs}; the tables do not have that.", column=name, needs=", ".join(COLUMNS[name].needs)
        )
    from difflib import get_close_matches

    near = get_close_matches(name, every, n=1)
    return ParameterError(
        "There is no column {column} in the customer table; near it: {near}.", column=name, near=near[0] if near else "nothing"
    )


def _keys() -> tuple[str, ...]:
    return tuple(name for name, column in COLUMNS.items() if column.kind == "key")


def stages_for(
    tables: Mapping[str, ir.Table],
    names: Collection[str],
    *,
    as_of: date,
    window_days: int,
    data_start: date | None = None,
    order_rule: OrderRule = "id",
    gaps: Gaps = (None, None),
) -> Stages:
    """The grouped tables that these columns are read from, carrying no more than they need."""
    computed = _computed(tables, names)
    measures = dict.fromkeys(measure for column in computed for measure in column.measures)
    return Stages(tables, as_of, window_days, tuple(measures), order_rule, data_start, *gaps)


def _computed(tables: Mapping[str, ir.Table], names: Collection[str]) -> list[CustomerColumn]:
    """Declared columns among ``names``, and what they are derived from, that the tables give."""
    can = available({name: table.columns for name, table in tables.items()})
    return [COLUMNS[name] for name in with_used([name for name in names if name in COLUMNS and name in can])]


def assemble(stages: Stages, names: Collection[str]) -> ir.Table:
    """One row a customer known: each stage summarised by customer, joined to the ids, derived columns last."""
    computed = _computed(stages.tables, names)
    joined = _known(stages, computed)
    carried = [name for name in names if name not in _keys() and name not in {column.name for column in computed}]
    if carried:
        joined = _join(joined, stages.tables["customers"].select("customer_id", *carried))
    values = {column.name: _filled(joined[column.name], column, joined) for column in computed if column.stage}
    values |= {name: _typed(joined[name], name) for name in carried}
    joined = joined.select("customer_id", **values)
    derived = {column.name: _filled(column.value(joined, stages), column) for column in computed if not column.stage and column.value}
    return _with_keys(joined.mutate(**derived) if derived else joined, stages, names)


def _known(stages: Stages, computed: list[CustomerColumn]) -> ir.Table:
    """Every customer known, listed or with an order line up to as_of, with the summaries of the stages beside the id.

    Whoever has an order line has a movement: the movements' summary alone names all buyers.
    """
    listed = _listed(stages, computed)
    others = _summaries(stages, computed)
    if "orders" in stages.tables:
        first, *others = others
        known = first if listed is None else _join(first.select("customer_id").union(listed, distinct=True), first)
    else:
        assert listed is not None
        known = listed.distinct()
    for summary in others:
        known = _join(known, summary)
    return known


def _listed(stages: Stages, computed: list[CustomerColumn]) -> ir.Table | None:
    """Ids of the customers that are listed, and of the universe's accounts where a column tells of them; None where there is no list.

    Where the firm keeps no list of customers, those who left an event by as_of are known by that: most visitors of a site never buy.
    """
    listed = stages.tables["customers"].select("customer_id") if "customers" in stages.tables else None
    if listed is None and "interactions" in stages.tables:
        events = stages.tables["interactions"]
        listed = events.filter(stages.age(events.happened_at.date()) >= 0).select("customer_id").distinct()
    if not any(column.stage == UNIVERSE for column in computed):
        return listed
    accounts = BESIDE[UNIVERSE](stages).select("customer_id")
    return accounts if listed is None else listed.union(accounts)


def _summaries(stages: Stages, computed: list[CustomerColumn]) -> list[ir.Table]:
    """Each stage summarised, one row a customer who has rows in it; the movements first. Stages that are one table are read once."""
    wanted: dict[str, list[CustomerColumn]] = {"movements": []} if "orders" in stages.tables else {}
    for column in computed:
        if column.stage:
            shared = stages.order_rule == "line" and column.stage == "orders"
            wanted.setdefault("movements" if shared else column.stage, []).append(column)
    summaries = []
    for stage, columns in wanted.items():
        table = BESIDE[stage](stages) if stage in BESIDE else getattr(stages, stage)
        values = {column.name: column.value(table, stages) for column in columns if column.value}
        values |= {column.name + BLANK: column.blank(table, stages) for column in columns if column.blank}
        summaries.append(table.group_by("customer_id").aggregate(**values) if values else table.select("customer_id").distinct())
    return summaries


def _typed(value: ir.Value, name: str) -> ir.Value:
    """What the customers table says of itself: a declared column in its declared type, other numbers as float64, as they may be missing.

    A blank stays missing, also of a count: nobody said that it is 0. A text that says no more than that nothing is known is a blank.
    """
    if name in COLUMNS:
        return read_as(value, COLUMNS[name])
    if value.type().is_numeric():
        return value.cast("float64")
    return value.strip().lower().isin(UNSAID).ifelse(None, value) if name in SAID and value.type().is_string() else value


def read_as(value: ir.Value, column: CustomerColumn) -> ir.Value:
    """``value`` in the declared type of ``column``; text that cannot be read so becomes missing."""
    wanted = SQL_TYPES[column.dtype]
    return value.try_cast(wanted) if value.type().is_string() and wanted != "string" else value.cast(wanted)


def _filled(value: ir.Value, column: CustomerColumn, joined: ir.Table | None = None) -> ir.Value:
    """``value`` in its declared type, with what stands for nothing; missing where the stage says that nobody knows."""
    typed = value.cast(SQL_TYPES[column.dtype])
    if column.dtype == "bool":
        return typed.fill_null(False)
    filled = typed if column.empty is None else typed.fill_null(column.empty)
    return joined[column.name + BLANK].fill_null(False).ifelse(None, filled) if column.blank and joined is not None else filled


def _join(left: ir.Table, right: ir.Table) -> ir.Table:
    """``right`` beside ``left``; ``right`` has at most one row a customer."""
    return left.left_join(right, "customer_id", rname="{name}_" + str(len(left.columns)))


def _with_keys(table: ir.Table, stages: Stages, names: Collection[str]) -> ir.Table:
    import ibis

    clock = {"gap_75": stages.usual_gap, "gap_95": stages.long_gap}
    keys = {"as_of": ibis.literal(stages.as_of), "window_days": ibis.literal(stages.window_days).cast("int64")}
    keys |= {name: ibis.null("float64") if days is None else ibis.literal(float(days)) for name, days in clock.items()}
    return table.mutate(**keys).select(*_keys(), *(name for name in names if name not in _keys()))
