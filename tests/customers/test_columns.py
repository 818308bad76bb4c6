"""The declaration of the columns, and what follows from it."""

from __future__ import annotations

from datetime import date

import ibis
import pytest

from seglib import customers
from seglib.errors import ParameterError, TableError
from seglib.tables import TABLES

MONEY = "decimal(18, 6)"
LINES = {"customer_id": "string", "order_id": "string", "ordered_at": "timestamp", "amount": MONEY, "store_id": "string"}
ORDERS = ibis.table(LINES, name="orders")
KNOWN = ibis.table({"customer_id": "string", "province": "string", "children": "int32", "wallet": MONEY}, name="customers")
DAY = {"as_of": date(2025, 6, 30), "window_days": 365}

KEYS = ("customer_id", "as_of", "window_days", "gap_75", "gap_95")


@pytest.mark.parametrize("column", customers.COLUMNS.values(), ids=lambda column: column.name)
def test_every_column_is_declared_in_full(column):
    assert column.meaning.endswith((".", "?"))
    assert column.kind in ("key", "stock", "flow")
    assert column.dtype in ("str", "int64", "float64", "bool", "datetime64[us]")
    assert column.unit or column.dtype in ("str", "bool")
    if column.dtype == "float64" and column.unit == "days" and column.kind != "key":
        assert "days" in column.name, "a number of days says so in its name"
    for need in (one for needs in column.needs for one in needs.split(" | ")):
        table, name = need.split(".")
        assert name in TABLES[table].names or need == "orders.margin", "margin comes from a column of the client's own"


def test_two_words_that_mean_two_things_are_no_column_names():
    assert not {"recency", "frequency", "monetary"} & set(customers.COLUMNS)


def test_what_is_available_follows_from_the_needs():
    least = {"orders": ORDERS.columns}
    names = customers.available(least)
    assert names[:5] == KEYS
    assert {"spend", "orders", "gap_days_p90"} <= set(names)
    assert not {"list_spend", "products", "categories", "margin"} & set(names)
    assert "products" in customers.available({"orders": (*ORDERS.columns, "product_id")})
    assert customers.available({"costs": ("amount",)}) == KEYS


def test_columns_stand_in_the_declared_order_and_the_clients_own_behind():
    found = customers.expression({"orders": ORDERS, "customers": KNOWN}, **DAY).columns
    declared = [name for name in customers.COLUMNS if name in found]
    assert list(found) == [*declared, "province", "children", "wallet"]


def test_a_few_columns_cost_no_more_than_they_need():
    tables = {"orders": ORDERS, "customers": KNOWN}
    few = customers.expression(tables, **DAY, columns=("spend", "province"))
    assert few.columns == (*KEYS, "spend", "province")
    sql = str(ibis.to_sql(few, dialect="duckdb"))
    assert "gap_days" not in sql
    assert "LEAD" not in sql
    derived = customers.expression(tables, **DAY, columns=["exposure_days"])
    assert derived.columns == (*KEYS, "exposure_days")


def test_types_are_the_declared_ones():
    schema = customers.expression({"orders": ORDERS, "customers": KNOWN}, **DAY).schema()
    of = {"str": "string", "int64": "int64", "float64": "float64", "bool": "boolean", "datetime64[us]": "date"}
    for name, kind in schema.items():
        wanted = of[customers.COLUMNS[name].dtype] if name in customers.COLUMNS else {"province": "string"}.get(name, "float64")
        assert kind.copy(nullable=True) == ibis.dtype(wanted), name


def test_unknown_names_are_refused_with_the_near_one():
    with pytest.raises(ParameterError, match=r"There is no column spends .* near it: spend"):
        customers.expression({"orders": ORDERS}, **DAY, columns=["spends"])
    with pytest.raises(TableError, match="neither orders nor customers"):
        customers.expression({}, **DAY)
    with pytest.raises(ParameterError, match="window_days is 0"):
        customers.build({"orders": ORDERS}, as_of=date(2025, 6, 30), window_days=0)
    with pytest.raises(ParameterError, match="no side frame gap; there are gaps, silence"):
        customers.build({"orders": ORDERS}, as_of=date(2025, 6, 30), window_days=9, facts=["gap"])
