"""A scheme as one SELECT statement in a warehouse's own dialect."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from seglib.errors import ParameterError, SchemeError

if TYPE_CHECKING:
    from seglib.scheme import RuleScheme

# Ibis names some engines by another engine's compiler; these upper-case every name that is not quoted.
COMPILED_AS = {"spark": "databricks", "pyspark": "databricks", "postgresql": "postgres"}
UNQUOTED = ("snowflake", "oracle")


def select(scheme: RuleScheme, dialect: str, *, table: str, columns: Mapping[str, str], with_customers: str) -> str:
    """The statement behind ``RuleScheme.to_sql``; see there.

    Raises:
        SchemeError: ``columns`` names an input that the scheme does not read.
        ParameterError: Ibis compiles to no such dialect.
    """
    import ibis

    inputs = ["customer_id", *scheme.inputs]
    unknown = [name for name in columns if name not in inputs]
    if unknown:
        raise SchemeError(
            "{method}: columns names {unknown}; the scheme reads {inputs}.",
            method=scheme.method,
            unknown=", ".join(unknown),
            inputs=", ".join(inputs),
        )
    types = {columns.get(name, name): _type(scheme, name) for name in inputs}
    *place, name = ("customers",) if with_customers else table.split(".")
    source = ibis.table(types, name=name, **dict(zip(("database", "catalog"), reversed(place), strict=False)))
    renamed = source.select(**{name: source[columns.get(name, name)] for name in inputs})
    shown = [score.name for score in scheme.scores if not score.hidden]
    expression = scheme.expression(renamed).select("customer_id", "segment", *shown)
    statement = compiled(expression, dialect)
    return f"WITH customers AS (\n{with_customers}\n)\n{_after_with(statement)}" if with_customers else statement


def _type(scheme: RuleScheme, name: str) -> str:
    """Type of an input in the warehouse."""
    if name == "customer_id" or name in scheme.texts:
        return "string"
    return "boolean" if name in scheme.flags else "float64"


def compiled(expression: object, dialect: str) -> str:
    """An Ibis expression in a dialect; plain names stay unquoted where quoting would make them another name."""
    import ibis
    import sqlglot

    engine = COMPILED_AS.get(dialect.lower(), dialect.lower())
    try:
        text = str(ibis.to_sql(expression, dialect=engine))
    except (AttributeError, ValueError, ImportError) as fault:
        raise ParameterError(
            "dialect {dialect!r} is not known; use duckdb, postgres, sqlite, snowflake, bigquery, databricks, trino or mysql.",
            dialect=dialect,
        ) from fault
    if engine not in UNQUOTED:
        return text
    tree = sqlglot.parse_one(text, read=engine)
    for name in tree.find_all(sqlglot.exp.Identifier):
        name.set("quoted", not name.name.isidentifier() or name.name != name.name.lower())
    return tree.sql(dialect=engine, pretty=True)


def _after_with(statement: str) -> str:
    """The statement behind a common table expression that already stands in front of it."""
    return ", " + statement.removeprefix("WITH ") if statement.startswith("WITH ") else statement
