"""One expression, several engines: the same table to the last digit on DuckDB and SQLite, and SQL for the warehouses."""

from __future__ import annotations

import shutil
from datetime import date, datetime, timedelta

import ibis
import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
import pytest

from seglib import customers
from seglib.errors import TableError

AS_OF, WINDOW = date(2025, 6, 30), 365
FACTS = ("gaps", "silence")
CENT = pa.decimal128(18, 6)


def market(lines: int = 20_000) -> dict[str, pa.Table]:
    """Made order lines with all that is hard: ties, refunds linked and not, missing ids, zero amounts, lines without a list price."""
    random = np.random.default_rng(20250630)
    orders = lines // 3
    customer = random.integers(0, 900, orders)
    minute = random.integers(0, 500 * 24 * 60, orders)
    order = np.sort(random.integers(0, orders, lines))
    cents = random.choice([0, 99, 100, 199, 250, 333, 1010, 2020, 123_456], lines)
    sign = np.where(random.random(lines) < 0.04, -1, 1)
    listed = cents + random.integers(0, 300, lines)
    time = np.datetime64("2024-02-16", "us") + minute[order].astype("timedelta64[m]")
    late = np.where(sign < 0, random.integers(0, 40, lines), 0).astype("timedelta64[D]")
    ids = pa.array(np.char.add("o", order.astype(str)), mask=random.random(lines) < 0.02)
    taken_back = np.char.add("o", np.maximum(order - random.integers(0, 2, lines), 0).astype(str))
    columns = {
        "order_id": ids,
        "customer_id": np.char.add("c", customer[order].astype(str)),
        "ordered_at": pa.array(time + late),
        "product_id": pa.array(np.char.add("p", random.integers(0, 200, lines).astype(str)), mask=random.random(lines) < 0.01),
        "returns_order_id": pa.array(taken_back, mask=(sign > 0) | (random.random(lines) < 0.5)),
        "amount": money(cents * sign),
        "list_amount": pc.if_else(pa.array(random.random(lines) < 0.9), money(listed * sign), pa.scalar(None, CENT)),
        "paid_amount": money((cents - random.integers(0, 50, lines)) * sign),
    }
    products = {
        "product_id": [f"p{n}" for n in range(180)],
        "category": [None if n % 17 == 0 else f"k{n % 23}" for n in range(180)],
    }
    known = {"customer_id": [f"c{n}" for n in range(800, 950)], "province": [None if n % 5 else "江苏" for n in range(150)]}
    return {"orders": pa.table(columns), "products": pa.table(products), "customers": pa.table(known)}


def money(cents: np.ndarray) -> pa.Array:
    """Cents as DECIMAL(18,6)."""
    return pa.array(cents / 100).cast(CENT)


def floats(table: pa.Table) -> pa.Table:
    """Money as floats, as it lies in a database without decimals."""
    fields = [(field.name, pa.float64() if pa.types.is_decimal(field.type) else field.type) for field in table.schema]
    return table.cast(pa.schema(fields))


def built(connection: object, tables: dict[str, pa.Table], **more: object) -> pd.DataFrame:
    loaded = {name: connection.create_table(name, table) for name, table in tables.items()}
    return customers.build(loaded, as_of=AS_OF, window_days=WINDOW, facts=FACTS, **more)


def assert_same(left: pd.DataFrame, right: pd.DataFrame) -> None:
    pd.testing.assert_frame_equal(left, right, check_exact=True)
    for name in FACTS:
        pd.testing.assert_frame_equal(left.attrs["facts"][name], right.attrs["facts"][name], check_exact=True)


@pytest.fixture(scope="module")
def tables() -> dict[str, pa.Table]:
    return market()


@pytest.fixture(scope="module")
def by_duckdb(tables: dict[str, pa.Table]) -> pd.DataFrame:
    return built(ibis.duckdb.connect(), tables)


def test_the_made_market_is_hard_enough(tables, by_duckdb):
    assert tables["orders"].num_rows == 20_000
    assert 900 < len(by_duckdb) <= 950
    assert (by_duckdb["orders"] == 0).sum() >= 50
    assert (by_duckdb["orders"] < by_duckdb["lifetime_orders"]).sum() > 100
    assert (by_duckdb["returned_amount"] > 0).sum() > 100
    assert by_duckdb["discount_share"].notna().sum() > 800
    known = tables["orders"].filter(pc.less(tables["orders"]["ordered_at"], pa.scalar(datetime(2025, 7, 1))))
    assert known.num_rows < 20_000
    assert by_duckdb["lifetime_spend"].sum() == pytest.approx(float(pc.sum(known["amount"]).as_py()), abs=1e-6)


def test_sqlite_gives_the_same_table_from_floats(tables, by_duckdb):
    assert_same(built(ibis.sqlite.connect(), {name: floats(table) for name, table in tables.items()}), by_duckdb)


def test_neither_row_order_nor_threads_change_a_digit(tables, by_duckdb):
    order = np.random.default_rng(7).permutation(tables["orders"].num_rows)
    connection = ibis.duckdb.connect()
    connection.raw_sql("SET threads = 1")
    assert_same(built(connection, {**tables, "orders": tables["orders"].take(order)}), by_duckdb)


def test_money_in_thousands_changes_nothing_but_the_unit(tables, by_duckdb):
    connection = ibis.duckdb.connect()
    loaded = {name: connection.create_table(name, table) for name, table in tables.items()}
    orders = loaded["orders"]
    thousandth = {name: (orders[name] / 1000).cast("decimal(18, 6)") for name in ("amount", "list_amount", "paid_amount")}
    scaled = customers.build({**loaded, "orders": orders.mutate(**thousandth)}, as_of=AS_OF, window_days=WINDOW)
    money_columns = [name for name, column in customers.COLUMNS.items() if column.unit == "currency" and name in scaled]
    expected = by_duckdb.copy()
    expected[money_columns] = np.vectorize(lambda value: float(f"{value / 1000:.12g}"))(expected[money_columns])
    pd.testing.assert_frame_equal(scaled, expected, check_exact=True)


def test_other_ids_change_nothing_but_the_ids(tables, by_duckdb):
    renamed = dict(tables)
    for name in ("orders", "customers"):
        ids = pc.binary_join_element_wise("z", pc.utf8_reverse(tables[name]["customer_id"]), "")
        renamed[name] = tables[name].set_column(tables[name].column_names.index("customer_id"), "customer_id", ids)
    found = built(ibis.duckdb.connect(), renamed)
    back = found.assign(customer_id=found["customer_id"].str[:0:-1]).sort_values("customer_id", ignore_index=True)
    pd.testing.assert_frame_equal(back, by_duckdb, check_exact=True)


def test_all_dates_moved_change_nothing_but_the_dates(tables, by_duckdb):
    days = pa.scalar(timedelta(days=137), pa.duration("us"))
    moved = pc.add(tables["orders"]["ordered_at"], days)
    orders = tables["orders"].set_column(tables["orders"].column_names.index("ordered_at"), "ordered_at", moved)
    connection = ibis.duckdb.connect()
    loaded = {name: connection.create_table(name, table) for name, table in {**tables, "orders": orders}.items()}
    found = customers.build(loaded, as_of=AS_OF + timedelta(days=137), window_days=WINDOW)
    for name in ("as_of", "first_order", "last_order"):
        found[name] -= pd.Timedelta(days=137)
    pd.testing.assert_frame_equal(found, by_duckdb, check_exact=True)


@pytest.mark.parametrize("dialect", ["postgres", "snowflake", "bigquery", "databricks", "trino"])
def test_the_warehouses_get_sql(tables, dialect):
    schemas = {name: ibis.memtable(table).schema() for name, table in tables.items()}
    unbound = {name: ibis.table(schema, name=name) for name, schema in schemas.items()}
    sql = str(ibis.to_sql(customers.expression(unbound, as_of=AS_OF, window_days=WINDOW), dialect=dialect))
    for name in ("spend", "gap_days_p90", "median_order_value", "discount_share", "province"):
        assert name in sql
    for forbidden in ("QUANTILE", "PERCENTILE", "MEDIAN(", "INTERVAL"):
        assert forbidden not in sql.upper(), "portable means: no quantile, no timestamp arithmetic"


def test_tables_of_two_engines_cannot_be_joined(tables):
    orders = ibis.duckdb.connect().create_table("orders", tables["orders"])
    known = ibis.duckdb.connect().create_table("customers", tables["customers"])
    with pytest.raises(TableError, match="one engine"):
        customers.build({"orders": orders, "customers": known}, as_of=AS_OF, window_days=WINDOW)


def test_spark_gives_the_same_table(tables, by_duckdb, tmp_path):
    pytest.importorskip("pyspark", reason="PySpark is not installed")
    if shutil.which("java") is None:
        pytest.skip("Java is not installed")
    from pyspark.sql import SparkSession

    here = {"spark.sql.warehouse.dir": str(tmp_path / "warehouse"), "spark.driver.extraJavaOptions": f"-Dderby.system.home={tmp_path}"}
    builder = SparkSession.builder.master("local[2]")
    for key, value in here.items():
        builder = builder.config(key, value)
    connection = ibis.pyspark.connect(session=builder.getOrCreate())
    for name, table in tables.items():
        pq.write_table(table, tmp_path / f"{name}.parquet")
    loaded = {name: connection.read_parquet(str(tmp_path / f"{name}.parquet"), table_name=name) for name in tables}
    pd.testing.assert_frame_equal(customers.build(loaded, as_of=AS_OF, window_days=WINDOW), by_duckdb, check_exact=True)
