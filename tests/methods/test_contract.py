"""What every method owes, found from the folder: the metamorphic rules M1 to M12, and a sound definition.

A method that cannot keep a rule says so in its module, ``EXEMPT = {"M4": "reason in a sentence."}``, and is left out of that rule here.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from decimal import Decimal
from functools import lru_cache

import duckdb
import ibis
import pandas as pd
import pytest
from contract import RULES, STEADY, in_every_world, moved, result_of
from worlds import LAST_DAY, World, base, by_id, in_unit, in_window, known, lines, opened, renamed, split, table, with_reversed_orders

import seglib
from seglib import methods
from seglib.customers import expression
from seglib.errors import SeglibError
from seglib.learned import LearnedScheme
from seglib.segmentation import Segmentation, facts_of

every_method = pytest.mark.parametrize("name", methods.names())


def shuffled_and_renamed(world: World) -> pd.DataFrame:
    orders = lines(world).sample(frac=1, random_state=world.seed, ignore_index=True)
    named = {column: renamed(orders[column]) for column in ("customer_id", "order_id", "returns_order_id")}
    return table(orders.assign(**named), world.window_days)


def in_another_unit(world: World, unit: float) -> pd.DataFrame:
    money = [column for column in ("amount", "list_amount") if column in lines(world).columns]
    return table(lines(world).assign(**{column: lines(world)[column] * unit for column in money}), world.window_days)


def on_other_days(world: World) -> pd.DataFrame:
    shift = pd.Timedelta(days=world.seed % 8000 - 4000)
    return table(lines(world).assign(ordered_at=lines(world)["ordered_at"] + shift), world.window_days, LAST_DAY + shift)


def with_strangers(world: World) -> pd.DataFrame:
    strangers = pd.DataFrame({"customer_id": [f"stranger {i}" for i in range(1 + world.seed % 200)]})
    return table(lines(world), world.window_days, customers=pd.concat([known(lines(world)), strangers]))


def with_orders_taken_back(world: World) -> pd.DataFrame:
    orders = with_reversed_orders(lines(world))
    one_more = pd.DataFrame({"customer_id": ["reversed only", "stranger"]})
    return table(orders, world.window_days, customers=pd.concat([known(lines(world)), one_more]))


CHANGES: dict[str, Callable[[World], pd.DataFrame]] = {
    "rows shuffled": lambda world: base(world).sample(frac=1, random_state=world.seed),
    "lines shuffled, customers renamed": shuffled_and_renamed,
    "lines in thousands": lambda world: in_another_unit(world, 0.001),
    "lines in thousandths": lambda world: in_another_unit(world, 1000),
    "table in thousands": lambda world: in_unit(base(world), 0.001),
    "table in thousandths": lambda world: in_unit(base(world), 1000),
    "other days": on_other_days,
    "strangers": with_strangers,
    "orders in two rows": lambda world: table(split(lines(world)), world.window_days),
    "orders taken back": with_orders_taken_back,
}


@lru_cache(maxsize=64)
def changed(world: World, change: str) -> pd.DataFrame:
    """The customer table of a world after a change; made once for all methods."""
    return CHANGES[change](world)


def owes(name: str, rule: str) -> None:
    """Skip a method that says why it cannot keep a rule."""
    reason = getattr(methods.get(name), "EXEMPT", {}).get(rule)
    if reason:
        pytest.skip(f"{name}, {rule}: {reason}")


def all_stay(name: str, rule: str, world: World, change: str, names: Callable[[pd.Series], pd.Series] = lambda ids: ids) -> Segmentation:
    """Everybody of the world keeps class and scores after a change; the result after it."""
    owes(name, rule)
    before, result = result_of(name, world).assignments, methods.get(name).segment(changed(world, change))
    before, after = before.assign(customer_id=names(before["customer_id"])), result.assignments
    assert moved(name, before, after[after["customer_id"].isin(before["customer_id"])]) == "", RULES[rule]
    return result


# --- M1 to M12 ------------------------------------------------------------------------------------------------------------------------


@every_method
@in_every_world
def test_m1_shuffled_rows_change_nothing(name: str, world: World) -> None:
    assert all_stay(name, "M1", world, "rows shuffled").scheme.hash == result_of(name, world).scheme.hash


@every_method
@in_every_world
def test_m2_shuffled_order_lines_of_renamed_customers_change_nothing(name: str, world: World) -> None:
    all_stay(name, "M2", world, "lines shuffled, customers renamed", renamed)


@every_method
@in_every_world
def test_m3_the_currency_unit_changes_nothing(name: str, world: World) -> None:
    for change in ("lines in thousands", "lines in thousandths", "table in thousands", "table in thousandths"):
        all_stay(name, "M3", world, change)


@every_method
@in_every_world
def test_m4_all_dates_moved_together_change_nothing(name: str, world: World) -> None:
    all_stay(name, "M4", world, "other days")


@every_method
@in_every_world
def test_m5_equal_behaviour_equal_class(name: str, world: World) -> None:
    owes(name, "M5")
    found = by_id(result_of(name, world).assignments)
    first, second = found[found.index.str.endswith("a")], found[found.index.str.endswith("b")]
    assert len(first) == world.buyers
    pd.testing.assert_frame_equal(first, second.rename(index=lambda twin: twin[:-1] + "a"))


@every_method
@in_every_world
def test_m6_everyone_is_in_exactly_one_class(name: str, world: World) -> None:
    owes(name, "M6")
    result = result_of(name, world)
    assert result.assignments["customer_id"].tolist() == base(world)["customer_id"].tolist()
    assert result.assignments["segment"].notna().all()
    scheme = result.scheme
    assert set(result.assignments["segment"]) <= {*scheme.classes, *scheme.outside, scheme.otherwise}
    assert not set(scheme.classes) & set(scheme.outside)
    assert result.profile["customers"].sum() == len(base(world))
    assert result.profile["customers_share"].sum() == pytest.approx(1)
    assert set(result.profile.loc[result.profile["outside"], "segment"]) <= set(scheme.outside)


@every_method
@in_every_world
def test_m7_the_money_adds_up_to_the_cent(name: str, world: World) -> None:
    owes(name, "M7")
    total = sum((Decimal(str(amount)) for amount in in_window(lines(world), world)["amount"]), Decimal())
    classes = sum((Decimal(str(spend)) for spend in result_of(name, world).profile["spend"]), Decimal())
    attributed = classes + Decimal(str(facts_of(base(world)).unattributed))
    assert abs(attributed - total) < Decimal("0.001")


@every_method
@in_every_world
def test_m8_the_callers_frames_stay_as_they_are(name: str, world: World) -> None:
    owes(name, "M8")
    customers = base(world)
    before = customers.copy(deep=True)
    facts = {fact: frame.copy(deep=True) for fact, frame in facts_of(customers).items()}
    result = methods.get(name).segment(customers)
    kept = result.assignments.copy(deep=True)
    result.assign(customers)
    pd.testing.assert_frame_equal(result.assignments, kept)
    pd.testing.assert_frame_equal(customers, before)
    for fact, frame in facts.items():
        pd.testing.assert_frame_equal(facts_of(customers)[fact], frame)


def test_m8_the_order_lines_stay_as_they_are() -> None:
    orders = lines(STEADY)
    before = orders.copy(deep=True)
    table(orders, STEADY.window_days)
    pd.testing.assert_frame_equal(orders, before)


@every_method
@in_every_world
def test_m9_a_customer_without_orders_changes_nobody_else(name: str, world: World) -> None:
    after = all_stay(name, "M9", world, "strangers")
    assert after.scheme.hash == result_of(name, world).scheme.hash
    where = by_id(after.assignments)["segment"]
    assert where[where.index.str.startswith("stranger")].nunique() == 1


@every_method
@in_every_world
def test_m10_an_order_in_two_rows_is_one_order(name: str, world: World) -> None:
    all_stay(name, "M10", world, "orders in two rows")


@every_method
@in_every_world
def test_m11_the_saved_definition_gives_the_training_classes_again(
    name: str, world: World, tmp_path_factory: pytest.TempPathFactory
) -> None:
    owes(name, "M11")
    result = result_of(name, world)
    saved = seglib.load_scheme(result.scheme.save(tmp_path_factory.getbasetemp() / f"{name}.json"))
    assert moved(name, saved.apply(base(world)), result.assignments) == ""
    half = base(world).sample(frac=0.5, random_state=1)
    assert moved(name, result.assign(half), result.assignments[result.assignments["customer_id"].isin(half["customer_id"])]) == ""


@every_method
@in_every_world
def test_m12_an_order_taken_back_is_no_order(name: str, world: World) -> None:
    where = by_id(all_stay(name, "M12", world, "orders taken back").assignments)["segment"]
    assert where["reversed only"] == where["stranger"]


# --- the definition -------------------------------------------------------------------------------------------------------------------


@every_method
@in_every_world
def test_the_definition_has_no_fault_and_its_sql_gives_the_same_classes(name: str, world: World) -> None:
    result = result_of(name, world)
    findings = result.scheme.check()
    assert findings.loc[findings["level"] == "error", "sentence"].tolist() == []
    assert findings.loc[findings["finding"] == "missing", "sentence"].tolist() == []
    if isinstance(result.scheme, LearnedScheme):
        with pytest.raises(SeglibError, match="is learned, not made of rules, so there is no SQL for it"):
            result.scheme.to_sql("duckdb")
        return
    for dialect, run in (("duckdb", in_duckdb), ("sqlite", in_sqlite)):
        rows = run(result.scheme.to_sql(dialect), base(world)[["customer_id", *result.scheme.inputs]])
        assert moved(name, rows, result.assignments) == "", dialect


def in_duckdb(statement: str, customers: pd.DataFrame) -> pd.DataFrame:
    """What a statement finds in a table called customers."""
    customers.attrs = {}
    with duckdb.connect() as connection:
        connection.register("customers", customers)
        return connection.execute(statement).df()


def in_sqlite(statement: str, customers: pd.DataFrame) -> pd.DataFrame:
    """The same in another engine."""
    with sqlite3.connect(":memory:") as connection:
        customers.to_sql("customers", connection, index=False)
        return pd.read_sql(statement, connection)


@every_method
def test_one_statement_leads_from_order_lines_to_classes(name: str) -> None:
    """What a warehouse would run: the customer table's own SQL in front of the scheme's."""
    result = result_of(name, STEADY)
    if isinstance(result.scheme, LearnedScheme):
        pytest.skip(f"{name} is learned: there is no SQL for it")
    client = opened(lines(STEADY), known(lines(STEADY)))
    gaps = (result.params.get("gap_75"), result.params.get("gap_95"))
    columns = expression(client.tables, as_of=LAST_DAY.date(), window_days=STEADY.window_days, columns=result.scheme.inputs, gaps=gaps)
    statement = result.scheme.to_sql("duckdb", with_customers=str(ibis.to_sql(columns, dialect="duckdb")))
    rows = client.collected.connection.raw_sql(statement).df()
    assert moved(name, rows, result.assignments) == ""


@every_method
@in_every_world
def test_a_result_says_how_it_came_about(name: str, world: World) -> None:
    module, result = methods.get(name), result_of(name, world)
    asked = {parameter.name: parameter.default for parameter in methods.parameters(name)}
    assert {key: result.params[key] for key in asked} == asked
    assert (result.as_of, result.window_days) == ("2024-12-31", world.window_days)
    assert result.ordered == module.ORDERED
    assert result.scheme.window_days == world.window_days
    assert {"gates", "warnings", "cut_points"} <= set(result.details)
    assert result.gates["passed"].dtype == bool
    shown = [score for score in result.scheme.scores if not score.hidden]
    assert len(result.details["cut_points"]) == sum(len(score.cuts) for score in shown)
    assert set(result.profile["segment"]) >= set(result.scheme.classes)


@every_method
def test_another_window_is_refused(name: str) -> None:
    with pytest.raises(SeglibError, match="made on a window of"):
        result_of(name, STEADY).assign(base(STEADY).assign(window_days=STEADY.window_days + 1))
