"""What every method owes, found from the folder: the metamorphic rules M1 to M12, and a sound definition.

A method that cannot keep a rule says so in its module, ``EXEMPT = {"M4": "reason in a sentence."}``, and is left out of that rule here.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from decimal import Decimal

import duckdb
import ibis
import pandas as pd
import pytest
from contract import RULES, STEADY, in_every_world, keeping, moved, result_of
from worlds import LAST_DAY, World, base, by_id, in_unit, in_window, known, lines, renamed, split, table, with_reversed_orders

import seglib
from seglib import methods
from seglib.customers import expression
from seglib.errors import SeglibError
from seglib.segmentation import Segmentation, facts_of


def all_stay(
    rule: str, world: World, customers: pd.DataFrame, names: Callable[[pd.Series], pd.Series] = lambda ids: ids
) -> dict[str, Segmentation]:
    """Every method that owes the rule gives everybody of the world the class of before; what they gave."""
    results = {name: module.segment(customers) for name, module in keeping(rule)}
    faults = []
    for name, result in results.items():
        before = result_of(name, world).assignments
        before, after = before.assign(customer_id=names(before["customer_id"])), result.assignments
        faults.append(moved(name, before, after[after["customer_id"].isin(before["customer_id"])]))
    assert [fault for fault in faults if fault] == [], RULES[rule]
    return results


# --- M1 to M12 ------------------------------------------------------------------------------------------------------------------------


@in_every_world
def test_m1_shuffled_rows_change_nothing(world: World) -> None:
    for name, after in all_stay("M1", world, base(world).sample(frac=1, random_state=world.seed)).items():
        assert after.scheme.hash == result_of(name, world).scheme.hash, name


@in_every_world
def test_m1_and_m2_shuffled_order_lines_of_renamed_customers(world: World) -> None:
    orders = lines(world).sample(frac=1, random_state=world.seed, ignore_index=True)
    orders = orders.assign(customer_id=renamed(orders["customer_id"]), order_id=renamed(orders["order_id"]))
    orders = orders.assign(returns_order_id=renamed(orders["returns_order_id"]))
    all_stay("M2", world, table(orders, world.window_days), renamed)


@pytest.mark.parametrize("unit", [0.001, 1000])
@in_every_world
def test_m3_the_currency_unit_of_the_order_lines_changes_nothing(unit: float, world: World) -> None:
    orders = lines(world)
    all_stay("M3", world, table(orders.assign(amount=orders["amount"] * unit), world.window_days))


@pytest.mark.parametrize("unit", [0.001, 1000])
@in_every_world
def test_m3_the_currency_unit_of_a_finished_table_changes_nothing(unit: float, world: World) -> None:
    all_stay("M3", world, in_unit(base(world), unit))


@in_every_world
def test_m4_all_dates_moved_together_change_nothing(world: World) -> None:
    shift = pd.Timedelta(days=world.seed % 8000 - 4000)
    orders = lines(world)
    all_stay("M4", world, table(orders.assign(ordered_at=orders["ordered_at"] + shift), world.window_days, LAST_DAY + shift))


@in_every_world
def test_m5_equal_behaviour_equal_class(world: World) -> None:
    for name, _ in keeping("M5"):
        found = by_id(result_of(name, world).assignments)
        first, second = found[found.index.str.endswith("a")], found[found.index.str.endswith("b")]
        assert len(first) == world.buyers
        twins = second.rename(index=lambda name: name[:-1] + "a")
        pd.testing.assert_frame_equal(first, twins, obj=f"{name}: twins")


@in_every_world
def test_m6_everyone_is_in_exactly_one_class(world: World) -> None:
    for name, _ in keeping("M6"):
        result = result_of(name, world)
        assert result.assignments["customer_id"].tolist() == base(world)["customer_id"].tolist(), name
        assert result.assignments["segment"].notna().all(), name
        scheme = result.scheme
        assert set(result.assignments["segment"]) <= {*scheme.classes, *scheme.outside, scheme.otherwise}, name
        assert not set(scheme.classes) & set(scheme.outside), name
        assert result.profile["customers"].sum() == len(base(world)), name
        assert result.profile["customers_share"].sum() == pytest.approx(1), name
        assert set(result.profile.loc[result.profile["outside"], "segment"]) <= set(scheme.outside), name


@in_every_world
def test_m7_the_money_adds_up_to_the_cent(world: World) -> None:
    looked_at = in_window(lines(world), world)
    total = sum((Decimal(str(amount)) for amount in looked_at["amount"]), Decimal())
    for name, _ in keeping("M7"):
        classes = sum((Decimal(str(spend)) for spend in result_of(name, world).profile["spend"]), Decimal())
        attributed = classes + Decimal(str(facts_of(base(world)).unattributed))
        assert abs(attributed - total) < Decimal("0.001"), name


@in_every_world
def test_m8_the_callers_frames_stay_as_they_are(world: World) -> None:
    orders, customers = lines(world), base(world)
    before_orders, before = orders.copy(deep=True), customers.copy(deep=True)
    facts = {name: frame.copy(deep=True) for name, frame in facts_of(customers).items()}
    table(orders, world.window_days)
    for _, module in keeping("M8"):
        result = module.segment(customers)
        kept = result.assignments.copy(deep=True)
        result.assign(customers)
        pd.testing.assert_frame_equal(result.assignments, kept)
    pd.testing.assert_frame_equal(orders, before_orders)
    pd.testing.assert_frame_equal(customers, before)
    for name, frame in facts.items():
        pd.testing.assert_frame_equal(facts_of(customers)[name], frame)


@in_every_world
def test_m9_a_customer_without_orders_changes_nobody_else(world: World) -> None:
    orders, strangers = lines(world), 1 + world.seed % 200
    customers = pd.concat([known(orders), pd.DataFrame({"customer_id": [f"stranger {i}" for i in range(strangers)]})])
    grown = table(orders, world.window_days, customers=customers)
    assert len(grown) == len(base(world)) + strangers
    for name, after in all_stay("M9", world, grown).items():
        assert after.scheme.hash == result_of(name, world).scheme.hash, name
        where = by_id(after.assignments)["segment"]
        assert where[where.index.str.startswith("stranger")].nunique() == 1, name


@in_every_world
def test_m10_an_order_in_two_rows_is_one_order(world: World) -> None:
    all_stay("M10", world, table(split(lines(world)), world.window_days))


@in_every_world
def test_m11_the_saved_definition_gives_the_training_classes_again(world: World, tmp_path_factory: pytest.TempPathFactory) -> None:
    for name, _ in keeping("M11"):
        result = result_of(name, world)
        saved = seglib.load_scheme(result.scheme.save(tmp_path_factory.getbasetemp() / f"{name}.json"))
        assert moved(name, saved.apply(base(world)), result.assignments) == ""
        half = base(world).sample(frac=0.5, random_state=1)
        assert moved(name, result.assign(half), result.assignments[result.assignments["customer_id"].isin(half["customer_id"])]) == ""


@in_every_world
def test_m12_an_order_taken_back_is_no_order(world: World) -> None:
    orders = with_reversed_orders(lines(world))
    for name, after in all_stay("M12", world, table(orders, world.window_days)).items():
        where = by_id(after.assignments)["segment"]
        assert where["reversed only"] in ("no_orders", "prospect"), name


# --- the definition -------------------------------------------------------------------------------------------------------------------


@in_every_world
def test_the_definition_has_no_fault_and_its_sql_gives_the_same_classes(world: World) -> None:
    for name in methods.names():
        result = result_of(name, world)
        findings = result.scheme.check()
        assert findings.loc[findings["level"] == "error", "sentence"].tolist() == [], name
        assert findings.loc[findings["finding"] == "missing", "sentence"].tolist() == [], name
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


def test_one_statement_leads_from_order_lines_to_classes() -> None:
    """What a warehouse would run: the customer table's own SQL in front of the scheme's."""
    client = seglib.open_frames(orders=lines(STEADY), customers=known(lines(STEADY)))
    for name in methods.names():
        result = result_of(name, STEADY)
        columns = expression(client.tables, as_of=LAST_DAY.date(), window_days=STEADY.window_days, columns=result.scheme.inputs)
        statement = result.scheme.to_sql("duckdb", with_customers=str(ibis.to_sql(columns, dialect="duckdb")))
        rows = client.collected.connection.raw_sql(statement).df()
        assert moved(name, rows, result.assignments) == ""


@in_every_world
def test_a_result_says_how_it_came_about(world: World) -> None:
    for name in methods.names():
        module, result = methods.get(name), result_of(name, world)
        asked = {parameter.name: parameter.default for parameter in methods.parameters(name)}
        assert {key: result.params[key] for key in asked} == asked, name
        assert (result.as_of, result.window_days) == ("2024-12-31", world.window_days), name
        assert result.ordered == module.ORDERED, name
        assert result.scheme.window_days == world.window_days, name
        assert {"gates", "warnings", "cut_points"} <= set(result.details), name
        assert result.gates["passed"].dtype == bool, name
        cuts = result.details["cut_points"]
        shown = [score for score in result.scheme.scores if not score.hidden]
        assert len(cuts) == sum(len(score.cuts) for score in shown), name
        assert set(result.profile["segment"]) >= set(result.scheme.classes), name


@in_every_world
def test_another_window_is_refused(world: World) -> None:
    for name in methods.names():
        with pytest.raises(SeglibError, match="made on a window of"):
            result_of(name, world).assign(base(world).assign(window_days=world.window_days + 1))
