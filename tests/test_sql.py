"""One SELECT in the warehouse's own dialect gives the classes that pandas gives."""

from __future__ import annotations

import math
import sqlite3

import duckdb
import pandas as pd
import pytest
import sqlglot

from seglib.errors import ParameterError, SchemeError
from seglib.formula import Formula
from seglib.rules import Rule, Score
from seglib.scheme import RuleScheme

WAREHOUSES = ("duckdb", "sqlite", "postgres", "snowflake", "bigquery", "databricks", "trino")

CUSTOMERS = pd.DataFrame(
    {
        "customer_id": list("abcdefghij"),
        "returns_only": [False, False, True, False, False, False, False, False, False, False],
        "orders": [1, 1, 0, 0, 2, 3, 4, 5, 6, 7],
        "spend": [10.0, 50.0, -5.0, 0.0, 50.0, 49.99, 50.01, math.nan, 1e9, 0.01],
        "other": [5.0, 5.0, 5.0, 5.0, 0.0, 49.99, 1.0, 2.0, 0.0, math.nan],
        "city": ["北京", "O'Fallon", None, "北京", "Graz", "北京", "O'Fallon", "北京", "Graz", "北京"],
    }
)


def scheme() -> RuleScheme:
    """A flag, a hidden ladder, own class, a share, a look-up: everything a scheme can hold."""
    return RuleScheme(
        method="try",
        scores=(
            Score("returns_only", "returns_only", (0.5,), (0, 1), hidden=True),
            Score("ordered_ever", "orders", (0.0,), (0, 1), hidden=True),
            Score("F", "orders", (3.0, 5.0), (2, 3, 4), own="orders"),
            Score("M", "spend", (50.0,), (1, 2), "left"),
            Score("S", "share", (0.5, 0.9), (1, 2, 3), "left"),
            Score("T", "tier", (1.5,), (1, 2)),
        ),
        rules=(
            Rule("returns_only", {"returns_only": (1,)}),
            Rule("no_orders", {"ordered_ever": (0, None)}),
            Rule("unknown_spend", {"M": (None,)}),
            Rule("can't lose", {"M": (2,), "S": (2, 3)}),
            Rule("北京客户", {"T": (2,), "F": (2, 3, 4)}),
            Rule("once", {"F": (1,)}),
            Rule("rest", {"S": (1, 2, 3, None)}),
        ),
        classes=("can't lose", "北京客户", "once", "rest"),
        outside=("returns_only", "no_orders", "unknown_spend"),
        formulas=(Formula("share", "spend / (spend + other)"), Formula("tier", "city", {"北京": 2, "O'Fallon": 1})),
        flags=("returns_only",),
    )


EXPECTED = scheme().apply(CUSTOMERS)


def rows(found: pd.DataFrame) -> list[tuple[object, ...]]:
    """Rows by customer, whole numbers as such and None where a score is missing."""
    columns = ["customer_id", "segment", "F", "M", "S", "T"]
    found = found[columns].sort_values("customer_id").astype(object)
    plain = [[None if pd.isna(v) else v if isinstance(v, str) else int(v) for v in row] for row in found.to_numpy()]
    return [tuple(row) for row in plain]


def in_duckdb(statement: str, table: str = "customers", frame: pd.DataFrame = CUSTOMERS) -> pd.DataFrame:
    with duckdb.connect() as connection:
        connection.register("source", frame)
        for function in ("ieee_divide", "try_divide"):  # division where BigQuery and Databricks would raise an error
            connection.execute(f"CREATE MACRO {function}(a, b) AS a / b")
        if "." in table:
            connection.execute(f"CREATE SCHEMA {table.split('.')[0]}")
        connection.execute(f"CREATE TABLE {table} AS FROM source")
        return connection.execute(statement).df()


def test_the_classes_one_can_see() -> None:
    assert EXPECTED["segment"].tolist() == [
        "once", "can't lose", "returns_only", "no_orders", "can't lose",
        "北京客户", "can't lose", "unknown_spend", "can't lose", "北京客户",
    ]  # fmt: skip


def test_duckdb_gives_what_apply_gives() -> None:
    assert rows(in_duckdb(scheme().to_sql("duckdb"))) == rows(EXPECTED)


def test_sqlite_gives_what_apply_gives() -> None:
    with sqlite3.connect(":memory:") as connection:
        CUSTOMERS.to_sql("customers", connection, index=False)
        found = pd.read_sql(scheme().to_sql("sqlite"), connection)
    assert rows(found) == rows(EXPECTED)


@pytest.mark.parametrize("dialect", WAREHOUSES)
def test_every_warehouse_gets_a_statement_that_parses_and_ends_in_the_same_columns(dialect: str) -> None:
    statement = scheme().to_sql(dialect)
    tree = sqlglot.parse_one(statement, read=dialect)
    assert [column.alias_or_name for column in tree.selects] == ["customer_id", "segment", "F", "M", "S", "T"]
    tables = {table.name for table in tree.find_all(sqlglot.exp.Table)} - {with_.alias for with_ in tree.find_all(sqlglot.exp.CTE)}
    assert tables == {"customers"}


@pytest.mark.parametrize("dialect", WAREHOUSES)
def test_a_statement_of_another_warehouse_means_the_same(dialect: str) -> None:
    """Translated back into DuckDB's words it gives the same classes: no rule was lost in translation."""
    (back,) = sqlglot.transpile(scheme().to_sql(dialect), read=dialect, write="duckdb")
    found = in_duckdb(back)
    assert rows(found.rename(columns=dict(zip(map(str.upper, found.columns), found.columns, strict=True)))) == rows(EXPECTED)


def test_a_flag_is_compared_as_one_where_the_engine_would_refuse_a_number() -> None:
    text = " ".join(scheme().to_sql("postgres").split())
    assert text.count("returns_only") == 3  # the condition, its class, and the column of the derived table
    assert """CASE WHEN "t1"."returns_only" THEN 'returns_only' WHEN""" in text


def test_plain_names_stay_unquoted_where_quotes_would_make_them_another_name() -> None:
    text = scheme().to_sql("snowflake", columns={"spend": "NetSpend"})
    assert "customers AS t0" in text
    assert '"spend"' not in text
    assert '"NetSpend"' in text


def test_table_and_columns_may_have_other_names() -> None:
    names = {"customer_id": "客户编号", "spend": "NET SPEND"}
    statement = scheme().to_sql("duckdb", table="crm.accounts", columns=names)
    assert rows(in_duckdb(statement, "crm.accounts", CUSTOMERS.rename(columns=names))) == rows(EXPECTED)
    assert '"crm"."accounts"' in statement
    assert '"a"."b"."c"' in scheme().to_sql("postgres", table="a.b.c")


@pytest.mark.parametrize("customers", ["SELECT * FROM raw WHERE \"customer_id\" < 'z'", "WITH x AS (SELECT * FROM raw) SELECT * FROM x"])
def test_the_customer_table_may_stand_in_front(customers: str) -> None:
    statement = scheme().to_sql("duckdb", with_customers=customers)
    assert statement.startswith("WITH customers AS (")
    assert rows(in_duckdb(statement, "raw")) == rows(EXPECTED)


def test_unknown_columns_are_refused() -> None:
    with pytest.raises(SchemeError) as caught:
        scheme().to_sql("duckdb", columns={"spent": "x", "spend": "y", "income": "z"})
    assert str(caught.value) == (
        "try: columns names spent, income; the scheme reads customer_id, returns_only, orders, spend, other, city."
    )


def test_an_unknown_dialect_is_refused_with_those_there_are() -> None:
    with pytest.raises(ParameterError, match=r"dialect 'excel' is not known; use duckdb, postgres, sqlite, snowflake, bigquery"):
        scheme().to_sql("excel")


@pytest.mark.parametrize(
    ("said", "meant"), [("Postgres", "postgres"), ("postgresql", "postgres"), ("SPARK", "databricks"), ("pyspark", "databricks")]
)
def test_dialects_have_more_than_one_name(said: str, meant: str) -> None:
    assert scheme().to_sql(said) == scheme().to_sql(meant)
