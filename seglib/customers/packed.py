"""From canonical tables to the customer table in hand: run, round, prove, and pack for the cache."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import date, timedelta
from typing import TYPE_CHECKING

from seglib.customers import door
from seglib.customers.columns import COLUMNS
from seglib.customers.contact_facts import SIDE_FRAMES
from seglib.customers.facts import FACTS, NEED_PRODUCTS, ORDER, gaps, landmarks, silence
from seglib.customers.goods import groups, kept, needs_halves
from seglib.customers.stages import OrderRule, Stages
from seglib.customers.table import Gaps, assemble, read_as, stages_for, wanted_columns
from seglib.errors import ParameterError, TableError
from seglib.segmentation import Facts, Scheme

if TYPE_CHECKING:
    import ibis.expr.types as ir
    import pandas as pd
    import pyarrow as pa

KEYS_OF = {"customers": "customer_id", "products": "product_id"}
DTYPES = {name: column.dtype for name, column in COLUMNS.items()}


@dataclass(frozen=True)
class Packed:
    """A customer table and its side frames as parquet bytes: what the cache keeps, and the only form from which frames are made.

    Attributes:
        customers: The table.
        facts: Side frames by name.
        unattributed: Revenue in the window without a customer.
    """

    customers: bytes
    facts: Mapping[str, bytes]
    unattributed: float = 0.0

    def frame(
        self,
        facts: Collection[str] | None = None,
        currency: str = "",
        signed: Mapping[str, Scheme] | None = None,
        population: str = "",
    ) -> pd.DataFrame:
        """The customer table with its side frames in ``attrs["facts"]``.

        Args:
            facts: Names of the side frames wanted, all by default.
            currency: ISO code of the money.
            signed: Signed definitions by method, which methods follow.
            population: "all" or "sample", see ``Facts``.
        """
        customers = door.unpack(self.customers, DTYPES)
        names = self.facts if facts is None else facts
        frames = {name: door.unpack(self.facts[name], FACTS[name]) for name in names if name in self.facts}
        customers.attrs["facts"] = Facts(frames, unattributed=self.unattributed, currency=currency, signed=signed, population=population)
        return customers


def build(
    tables: Mapping[str, ir.Table],
    *,
    as_of: date,
    window_days: int,
    columns: Collection[str] | None = None,
    facts: Collection[str] = (),
    unattributed: ir.Table | None = None,
    data_start: date | None = None,
    order_rule: OrderRule = "id",
    gaps: Gaps = (None, None),
    currency: str = "",
) -> pd.DataFrame:
    """The customer table: one row for every customer known as of a day, sorted by customer_id.

    Args:
        tables: Canonical tables by name, all of one engine, see ``expression``.
        as_of: Last local day that is looked at.
        window_days: Days that flow columns look back on, ``as_of`` included.
        columns: Names wanted, all that the tables can give by default; customer_id, as_of and window_days always come.
        facts: Side frames wanted: "gaps", "silence". Without orders there are none.
        unattributed: Accepted order lines without a customer (ordered_at, amount).
        data_start: First local day of the order lines, where it is known already.
        order_rule: What counts as one order, see ``Stages``.
        gaps: Usual and long gap of the trade in days, which become ``gap_75`` and ``gap_95``.
        currency: ISO code of the money.

    Returns:
        The table, its side frames in ``attrs["facts"]``.

    Raises:
        TableError: A key repeats, tables lie on different engines, or a wanted column lacks what it needs.
        ParameterError: A wanted column or side frame does not exist, or the window has no day.
    """
    packed = produce(
        tables, as_of=as_of, window_days=window_days, columns=columns, facts=facts,
        unattributed=unattributed, data_start=data_start, order_rule=order_rule, gaps=gaps,
    )  # fmt: skip
    return packed.frame(currency=currency)


def produce(
    tables: Mapping[str, ir.Table],
    *,
    as_of: date,
    window_days: int,
    columns: Collection[str] | None = None,
    facts: Collection[str] = (),
    unattributed: ir.Table | None = None,
    data_start: date | None = None,
    order_rule: OrderRule = "id",
    gaps: Gaps = (None, None),
) -> Packed:
    """As ``build``, packed for the cache."""
    _refuse_nonsense(window_days, facts)
    names = wanted_columns(tables, columns)
    _prove_one_engine(tables)
    _prove_keys(tables, names)
    _prove_text(tables, names)
    wanted_facts = [name for name in FACTS if name in facts and _can_give(name, tables)]
    stages = stages_for(tables, names, as_of=as_of, window_days=window_days, data_start=data_start, order_rule=order_rule, gaps=gaps)
    with door.unfused(next(iter(tables.values()))), ExitStack() as held:
        for name, table in kept(stages, {COLUMNS[name].stage for name in names if name in COLUMNS}, wanted_facts):
            stages.kept[name] = held.enter_context(table.cache())
        packed = door.pack(door.fetch(assemble(stages, names), [("customer_id", "ascending")]))
        door.check(door.unpack(packed, DTYPES), DTYPES)
        frames = _facts(stages, wanted_facts)
    return Packed(packed, {name: door.pack(frames[name]) for name in wanted_facts}, _in_window(unattributed, stages))


def _refuse_nonsense(window_days: int, facts: Collection[str]) -> None:
    if window_days < 1:
        raise ParameterError("window_days is {found}; it must be at least 1 day.", found=window_days)
    for name in facts:
        if name not in FACTS:
            raise ParameterError("There is no side frame {name}; there are {names}.", name=name, names=", ".join(FACTS))


def _prove_one_engine(tables: Mapping[str, ir.Table]) -> None:
    """Tables that one expression joins lie on one engine."""
    import ibis.expr.operations as ops

    sources = {id(stored.source) for table in tables.values() for stored in table.op().find(ops.DatabaseTable)}
    if len(sources) > 1:
        raise TableError("The tables {names} do not lie on one engine; open them through one client.", names=", ".join(tables))


def _prove_keys(tables: Mapping[str, ir.Table], names: Collection[str]) -> None:
    """Before any join: no id twice where rows are joined by id. A second row would double a customer's money."""
    used = ["customers"] if "customers" in tables else []
    needs = [need for name in names if name in COLUMNS for need in COLUMNS[name].needs]
    if "products" in tables and any(need.startswith("products.") for need in needs):
        used.append("products")
    for name in used:
        key, table = KEYS_OF[name], tables[name]
        repeated = table.group_by(key).aggregate(rows=table.count())
        repeated = repeated.filter(repeated["rows"] > 1).order_by(key).to_pyarrow()
        if repeated.num_rows:
            raise TableError(
                "{table}: {n} {key} stand more than once ({examples}); keep one row each.",
                table=name,
                n=repeated.num_rows,
                key=key,
                examples=", ".join(map(str, repeated.column(key).to_pylist()[:3])),
            )


def _prove_text(tables: Mapping[str, ir.Table], names: Collection[str]) -> None:
    """Declared columns that ``customers`` brings as text must be readable in their type, or a total would go missing unseen."""
    customers = tables.get("customers")
    if customers is None:
        return
    given = [name for name in names if name in COLUMNS and name in customers.columns and COLUMNS[name].kind != "key"]
    for name in given:
        value = customers[name]
        if not value.type().is_string():
            continue
        unread = customers.filter(value.notnull(), read_as(value, COLUMNS[name]).isnull()).select("customer_id", name).limit(3).to_pyarrow()
        if unread.num_rows:
            raise TableError(
                "customers: {column} must be {dtype}; found {examples}. Mend the file, or leave the column out.",
                column=name,
                dtype=COLUMNS[name].dtype,
                examples=", ".join(unread.column(name).to_pylist()),
            )


def _can_give(fact: str, tables: Mapping[str, ir.Table]) -> bool:
    """Do the tables hold what a side frame is made of?"""
    if fact in SIDE_FRAMES:
        have = {f"{name}.{column}" for name, table in tables.items() for column in table.columns}
        return have.issuperset(SIDE_FRAMES[fact].needs)
    if "orders" not in tables or fact not in NEED_PRODUCTS:
        return "orders" in tables
    if "product_id" not in tables["orders"].columns or "products" not in tables:
        return False
    levels = {"category"} if fact == "category_lines" else {"category", "product_type"}
    return bool(levels & set(tables["products"].columns))


def _facts(stages: Stages, wanted: Collection[str]) -> dict[str, pa.Table]:
    """Every side frame wanted; gaps and silence by one query, as the second is made of the first."""
    found = {}
    if {"gaps", "silence"} & set(wanted):
        found["gaps"] = door.fetch(gaps(stages), ORDER)
        days_of_data = stages.days_of_data
        if not isinstance(days_of_data, int):
            days_of_data = int(days_of_data.to_pyarrow().as_py() or 0)
        found["silence"] = silence(found["gaps"], landmarks(days_of_data))
    for name in wanted:
        if name in SIDE_FRAMES:
            frame = SIDE_FRAMES[name]
            order = [(column, "ascending") for column in frame.dtypes]
            found[name] = door.fetch(frame.table(stages).select(*frame.dtypes), order)
    if "category_lines" in wanted:
        found["category_lines"] = door.fetch(groups(stages), [("customer_id", "ascending"), ("category", "ascending")])
    if "needs_halves" in wanted:
        found["needs_halves"] = door.fetch(needs_halves(stages), [("customer_id", "ascending"), ("half", "ascending")])
    return found


def _in_window(unattributed: ir.Table | None, stages: Stages) -> float:
    """Revenue in the window that belongs to no known customer."""
    if unattributed is None:
        return 0.0
    day = unattributed.ordered_at.date()
    first = stages.as_of - timedelta(days=stages.window_days - 1)
    total = unattributed.filter(day >= first, day <= stages.as_of).amount.sum().to_pyarrow().as_py()
    return round(float(total or 0), 6)
