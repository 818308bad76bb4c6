"""Small tables made by hand, on the default engine and on the second one."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal

import ibis
import pandas as pd
import pyarrow as pa
import pytest

from seglib import customers

MONEY = pa.decimal128(18, 6)
TYPES = {
    "customer_id": pa.string(),
    "order_id": pa.string(),
    "returns_order_id": pa.string(),
    "product_id": pa.string(),
    "category": pa.string(),
    "province": pa.string(),
    "ordered_at": pa.timestamp("us"),
    "is_return": pa.bool_(),
    "contract_ended": pa.bool_(),
    "tickets": pa.int64(),
    "amount": MONEY,
    "list_amount": MONEY,
    "paid_amount": MONEY,
    "margin": MONEY,
    "spend": MONEY,
    "orders": pa.int64(),
}
Rows = Sequence[Mapping[str, object]]


def arrow(rows: Rows, columns: Sequence[str]) -> pa.Table:
    """Rows as a typed table; numbers become money, "2025-01-31" and "2025-01-31 10:00" a time."""

    def typed(name: str, value: object) -> object:
        if value is None:
            return None
        if TYPES[name] == MONEY:
            return Decimal(str(value))
        return datetime.fromisoformat(str(value)) if name == "ordered_at" else value

    return pa.table({name: pa.array([typed(name, row.get(name)) for row in rows], TYPES[name]) for name in columns})


def load(connection: object, tables: Mapping[str, pa.Table]) -> dict[str, ibis.Table]:
    """The tables on an engine. SQLite has no decimals: money goes in as a float, as it would lie in such a database."""
    loaded = {}
    for name, table in tables.items():
        if connection.name == "sqlite":
            plain = [(f.name, pa.float64() if pa.types.is_decimal(f.type) else f.type) for f in table.schema]
            table = table.cast(pa.schema(plain))
        loaded[name] = connection.create_table(name, table)
    return loaded


@pytest.fixture(params=["duckdb", "sqlite"])
def engine(request: pytest.FixtureRequest) -> Callable[[], object]:
    """Opens an empty database of one of the two engines."""
    return ibis.duckdb.connect if request.param == "duckdb" else ibis.sqlite.connect


@pytest.fixture
def table_of(engine: Callable[[], object]) -> Callable[..., pd.DataFrame]:
    """rows of orders, customers, products -> the customer table, by customer_id."""

    def make(
        orders: Rows = (), *, customers_: Rows = (), products: Rows = (), as_of: str = "2025-06-30", window_days: int = 100, **more: object
    ) -> pd.DataFrame:
        given = {"orders": orders, "customers": customers_, "products": products}
        tables = {name: arrow(rows, list(dict.fromkeys(key for row in rows for key in row))) for name, rows in given.items() if rows}
        table = customers.build(load(engine(), tables), as_of=date.fromisoformat(as_of), window_days=window_days, **more)
        return table.set_index("customer_id")

    return make
