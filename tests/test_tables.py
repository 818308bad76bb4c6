"""The canonical tables are declared soundly: one meaning a name, a key that is there, ranges that make sense."""

from __future__ import annotations

import typing

import pytest

from seglib.tables import ORDERS, TABLES, ColumnType, Table

EVERY = [(table, column) for table in TABLES.values() for column in table.columns]
every_table = pytest.mark.parametrize("table", TABLES.values(), ids=TABLES)


def test_the_eleven_tables_of_the_design() -> None:
    assert list(TABLES) == [
        "customers", "orders", "products", "interactions", "feedback", "tickets", "visits", "offers", "opportunities", "costs", "universe",
    ]  # fmt: skip


@every_table
def test_no_column_stands_twice_and_the_key_is_among_the_required(table: Table) -> None:
    assert len(set(table.names)) == len(table.names)
    assert all(table[name].required for name in table.key)


@every_table
def test_a_column_says_what_it_means_in_a_sentence(table: Table) -> None:
    assert table.meaning.endswith(".")
    for column in table.columns:
        assert column.meaning.endswith((".", "…")), column.name
        assert column.meaning[0].isupper() or column.meaning.split()[0] in (*TABLES["orders"].names, *table.names), column.name
        assert column.type in typing.get_args(ColumnType), column.name
        assert column.name.isidentifier(), column.name
        assert column.name == column.name.lower(), column.name


@every_table
def test_a_range_is_for_numbers_and_rises_and_money_has_a_currency(table: Table) -> None:
    for column in table.columns:
        ends = [end for end in (column.minimum, column.maximum) if end is not None]
        assert not ends or column.type in ("money", "number", "integer"), column.name
        assert len(ends) < 2 or ends[0] < ends[1], column.name
        assert not column.allowed or column.type == "text", column.name
        assert column.type != "money" or column.unit.startswith("currency"), column.name


def test_a_column_that_is_not_there_is_not_found() -> None:
    with pytest.raises(StopIteration):
        ORDERS["recency"]


def test_one_name_has_one_type_in_every_table() -> None:
    types: dict[str, set[str]] = {}
    for _, column in EVERY:
        types.setdefault(column.name, set()).add(column.type)
    assert {name: found for name, found in types.items() if len(found) > 1} == {}


def test_ids_are_text_and_an_order_line_needs_only_a_day_and_an_amount() -> None:
    assert {column.type for _, column in EVERY if column.name.endswith("_id")} == {"text"}
    assert [column.name for column in ORDERS.columns if column.required] == ["ordered_at", "amount"]
    assert ORDERS.key == ()
    assert ORDERS["amount"].type == "money"


@pytest.mark.parametrize("word", ["recency", "monetary"])
def test_no_column_has_a_name_that_means_two_things(word: str) -> None:
    assert not [column.name for _, column in EVERY if word in column.name]
