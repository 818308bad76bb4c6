"""Columns and side frames on goods and months, counted by hand, alike on two engines."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest

import seglib
from seglib import customers
from seglib.customers import goods
from seglib.segmentation import facts_of

MONEY = pa.decimal128(18, 6)
ORDERS = {"customer_id": pa.string(), "order_id": pa.string(), "ordered_at": pa.timestamp("us"), "product_id": pa.string()}
ORDERS |= {"quantity": pa.float64(), "amount": MONEY, "list_amount": MONEY, "discount_amount": MONEY}
PRODUCTS = ("product_id", "category", "department", "product_type", "manufacturer")
NEW = tuple(name for name, column in customers.COLUMNS.items() if not column.usual and not name.startswith("_"))
DAY = datetime(2025, 6, 1)


def order_lines(rows: Sequence[tuple[object, ...]]) -> pa.Table:
    """Rows of customer, order, day, product, quantity, amount, list amount."""
    frame = [dict(zip(list(ORDERS)[:7], row, strict=True)) for row in rows]

    def typed(name: str, value: object) -> object:
        if value is None:
            return None
        if name == "ordered_at":
            return datetime.fromisoformat(str(value))
        return Decimal(str(value)) if ORDERS[name] == MONEY else value

    return pa.table({name: pa.array([typed(name, row[name]) for row in frame], ORDERS[name]) for name in list(ORDERS)[:7]})


def products(rows: Sequence[tuple[str, ...]]) -> pa.Table:
    return pa.table({name: pa.array(values, pa.string()) for name, values in zip(PRODUCTS, zip(*rows, strict=True), strict=True)})


@pytest.fixture
def build(engine: Callable[[], object]) -> Callable[..., pd.DataFrame]:
    """orders, products -> the customer table with the columns asked for, by customer_id."""

    def make(orders: pa.Table, goods_: pa.Table | None = None, *, columns: Sequence[str] = (), facts: Sequence[str] = (),
             as_of: str = "2025-06-30", window_days: int = 365,
             gaps: tuple[int | None, int | None] = (None, None)) -> pd.DataFrame:  # fmt: skip
        connection = engine()
        tables: Mapping[str, pa.Table] = {"orders": orders, **({"products": goods_} if goods_ is not None else {})}
        loaded = {}
        for name, table in tables.items():
            if connection.name == "sqlite":  # no decimals there
                plain = [(f.name, pa.float64() if pa.types.is_decimal(f.type) else f.type) for f in table.schema]
                table = table.cast(pa.schema(plain))
            loaded[name] = connection.create_table(name, table)
        found = customers.build(loaded, as_of=date.fromisoformat(as_of), window_days=window_days, columns=columns, facts=facts, gaps=gaps)
        return found.set_index("customer_id")

    return make


GOODS = products(
    [
        ("a", "Milk", "Dairy", "whole milk", "North"),
        ("b", "Milk", "Dairy", "whole milk", "South"),
        ("c", "Bread", "Bakery", "rolls", "North"),
    ]
)


def test_periods_are_counted_back_from_the_last_day(build):
    """A usual gap of 34 days makes periods of 35; the data begin 400 days before the last day: eleven whole periods, 385 days."""
    lines = order_lines(
        [
            # Ages 0 and 34 are period 0, 35 is period 1, 99 is period 2, in which the first order lies: all of three.
            ("ann", "1", "2025-06-30", "a", 1, 1, 1),
            ("ann", "2", "2025-05-27", "a", 1, 1, 1),
            ("ann", "3", "2025-05-26", "a", 1, 1, 1),
            ("ann", "4", "2025-03-23", "a", 1, 1, 1),
            ("bob", "5", "2025-06-10", "a", 1, 1, 1),
            # 400 and 385 days ago, in no whole period; then 384 days ago, in the last of eleven.
            ("cat", "6", "2024-05-26", "a", 1, 1, 1),
            ("cat", "7", "2024-06-10", "a", 1, 1, 1),
            ("dan", "8", "2024-06-11", "a", 1, 1, 1),
            ("eve", "9", "2025-06-20", "a", 1, -1, 1),
        ]
    )
    columns = ("loyalty_periods", "tenure_periods")
    found = build(lines, columns=columns, gaps=(34, 90)).loc[["ann", "bob", "cat", "dan", "eve"], list(columns)]
    assert found["loyalty_periods"].tolist()[:4] == [3, 1, 0, 1]
    assert found["tenure_periods"].tolist()[:4] == [3, 1, 11, 11]
    assert found.loc["eve"].isna().all()
    # A period has 30 days at least, and a year of them counts: cat's and dan's orders lie before the last 12.
    month = build(lines, columns=columns, gaps=(7, 30)).loc[["ann", "bob", "cat", "dan"]]
    assert month["loyalty_periods"].tolist() == [3, 1, 0, 0]  # ages 0 | 34, 35 | 99
    assert month["tenure_periods"].tolist() == [4, 1, 12, 12]
    assert build(lines, columns=columns, gaps=(None, None)).loc[["ann", "cat"], list(columns)].isna().all(axis=None)


def test_promotions_are_measured_against_their_category(build):
    lines = order_lines(
        [
            ("ann", "1", "2025-06-01", "a", 1, 1, 2),  # reduced
            ("ann", "1", "2025-06-01", "c", 1, 3, 3),
            ("bob", "2", "2025-06-02", "a", 1, 2, 2),
            ("bob", "2", "2025-06-02", "b", 1, 2, None),  # whether it was reduced is not known
            ("bob", "2", "2025-06-02", "b", 1, -2, -3),  # a refund is no purchase
        ]
    )
    found = build(lines, GOODS, columns=("promo_index", "promo_lines"))
    # Milk is reduced in 1 of 2 lines, bread in none: ann 1 - .5 over two lines, bob 0 - .5 over one.
    assert found["promo_index"].tolist() == [0.25, -0.5]
    assert found["promo_lines"].tolist() == [2, 1]


def test_an_order_taken_back_in_full_holds_no_purchases(build):
    lines = order_lines(
        [
            ("ann", "1", "2025-06-01", "a", 1, 1, 2),
            ("ann", "1", "2025-06-03", "a", 1, -1, -2),  # all of it comes back
            ("ann", "2", "2025-06-02", "a", 1, 2, 2),
            ("ann", "2", "2025-06-04", "a", 1, -1, -1),  # half of it
            ("bob", None, "2025-06-02", "c", 1, 3, 4),  # without an order_id the day stands for it
            ("bob", None, "2025-06-02", "c", 1, -3, -4),
            ("bob", None, "2025-06-03", "c", 1, 3, 3),
        ]
    )
    found = build(lines, GOODS, columns=("orders", "promo_index", "promo_lines", "preferred_category", "preference_lines"))
    assert found["orders"].tolist() == [1, 1]
    assert found["promo_lines"].tolist() == [1, 1]
    assert found["promo_index"].tolist() == [0, 0]
    assert found["preference_lines"].tolist() == [1, 1]


def test_what_a_shop_reduces_for_everybody_is_supply(build):
    rows = [(f"{shop}{n}", f"{shop}{n}", "2025-06-01", "a", 1, 1, 2 if shop == "x" else 1) for shop in "xy" for n in range(300)]
    lines = order_lines(rows)
    bare = build(lines, GOODS, columns=("promo_index",))["promo_index"]
    shops = pa.array([row[0][0] for row in rows])
    told = build(lines.append_column("store_id", shops), GOODS, columns=("promo_index",))["promo_index"]
    # All is reduced in shop x, nothing in y: .5 beyond the category's .5, of which 300 lines prove 300 / 400.
    assert bare.abs().unique().tolist() == [0.5]
    assert told.loc["x0"] == pytest.approx(0.125)
    assert told.loc["y0"] == pytest.approx(-0.125)


def test_loyalty_to_makers_is_measured_against_the_market(build):
    rows = [("ann", "1", "2025-06-01", "a", 1, 1, 1)] * 3 + [
        ("bob", "2", "2025-06-02", "a", 1, 1, 1),
        ("bob", "2", "2025-06-02", "b", 1, 1, 1),
    ]
    found = build(order_lines([*rows, ("cat", "3", "2025-06-02", "c", 1, 1, 1)]), GOODS, columns=("brand_index", "brand_lines"))
    # Milk: 4 of North, 1 of South: two purchases share the maker with 12 / 20. ann always, bob never; cat bought no kind twice.
    assert found["brand_index"].tolist()[:2] == pytest.approx([0.4, -0.6])
    assert np.isnan(found["brand_index"].iloc[2])
    assert found["brand_lines"].tolist() == [3, 2, 0]


FIVE = products([(str(n), "Milk", "Dairy", "whole milk", "North") for n in range(1, 6)] + [("c", "Bread", "Bakery", "rolls", "North")])


def test_quality_is_the_share_above_the_upper_fifth_of_list_prices(build):
    # Unit list prices 1 … 5: the eightieth percentile (nearest rank) is 4, so only product 5 is above it. Bread has too few products.
    rows = [("ann", "1", "2025-06-01", str(n), 2, 2 * n - 1, 2 * n) for n in range(1, 6)]
    rows += [
        ("bob", "2", "2025-06-02", "5", 1, 5, 5),
        ("bob", "2", "2025-06-02", "c", 1, 5, 5),
        ("bob", "2", "2025-06-02", "1", None, 5, 5),
    ]
    found = build(order_lines(rows), FIVE, columns=("quality_index", "quality_lines"))
    # Two of six counted lines are above: ann 1/5 - 1/3, bob 1 - 1/3.
    assert found["quality_index"].tolist() == pytest.approx([1 / 5 - 1 / 3, 2 / 3])
    assert found["quality_lines"].tolist() == [5, 1]


def test_paid_prices_are_measured_against_the_list_of_their_kind(build):
    rows = [("ann", "1", "2025-06-01", "a", 2, 2, 4), ("ann", "1", "2025-06-01", "c", 1, 3, 3), ("bob", "2", "2025-06-02", "b", 2, 8, 8)]
    found = build(order_lines(rows), GOODS, columns=("price_index",))
    # Milk lists at 12 / 4 = 3: ann paid 1, bob 4. Bread at 3. ann's ratios 1/3 and 1: the lower median is 1/3.
    assert found["price_index"].tolist() == pytest.approx([np.log(1 / 3), np.log(4 / 3)])


def test_the_preferred_group_needs_more_than_a_line(build):
    rows = [("ann", "1", "2025-06-01", "a", 1, 6, 6)] * 10 + [("ann", "1", "2025-06-01", "c", 1, 20, 20)]
    rows += [("bob", "2", "2025-06-02", "c", 1, 10, 10), ("bob", "2", "2025-06-02", "b", 1, 10, 10)]
    columns = ("preferred_category", "preference_lq", "preference_lines", "preference_share", "preference_next_lq", "preference_next_lines")
    found = build(order_lines(rows), GOODS, columns=columns, facts=("category_lines",))
    # Milk 70 of 100, bread 30. ann: milk 60/80 = 1.0714 of the market's share; bob: bread .5/.3.
    assert found["preferred_category"].tolist() == ["Milk", "Bread"]
    assert found["preference_lq"].tolist() == pytest.approx([0.75 / 0.7, 0.5 / 0.3])
    assert found["preference_lines"].tolist() == [10, 1]
    assert found["preference_share"].tolist() == pytest.approx([0.75, 0.5])
    assert found["preference_next_lq"].tolist() == pytest.approx([0.25 / 0.3, 0.5 / 0.7])
    assert found["preference_next_lines"].tolist() == [1, 1]
    groups = facts_of(found)["category_lines"].to_dict("tight")["data"]
    assert groups == [["ann", "Bread", 1, 20.0], ["ann", "Milk", 10, 60.0], ["bob", "Bread", 1, 10.0], ["bob", "Milk", 1, 10.0]]


def test_many_categories_are_rolled_up_to_departments(build):
    wide = products([(str(n), f"cat{n:02d}", f"dep{n % 2}", "t", "m") for n in range(goods.MOST_GROUPS + 1)])
    rows = [(f"c{i}", f"{i}", "2025-06-01", str(n), 1, 1, 1) for i in range(3) for n in range(goods.MOST_GROUPS + 1)]
    found = facts_of(build(order_lines(rows), wide, facts=("category_lines",)))["category_lines"]
    assert sorted(found["category"].unique()) == ["dep0", "dep1"]
    fewer = facts_of(build(order_lines([row for row in rows if row[3] != "0"]), wide, facts=("category_lines",)))["category_lines"]
    assert fewer["category"].nunique() == goods.MOST_GROUPS


def test_a_category_that_hardly_anybody_buys_is_no_group(build):
    rows = [(f"c{i}", f"{i}", "2025-06-01", "a", 1, 1, 1) for i in range(21)] + [("c0", "0", "2025-06-01", "c", 1, 1, 1)]
    found = facts_of(build(order_lines(rows), GOODS, facts=("category_lines",)))["category_lines"]
    assert set(found["category"]) == {"Milk"}


def test_halves_are_the_earlier_and_the_later_buying_days(build):
    rows = [("ann", f"{n}", f"2025-06-{n:02d}", "a", 1, 1, 2 if n < 3 else 1) for n in range(1, 6)]
    rows += [("ann", "5b", "2025-06-05", "a", 1, 1, 1)]  # a second order of the day lies in the same half
    found = facts_of(build(order_lines(rows), GOODS, facts=("needs_halves",)))["needs_halves"].set_index("half")
    # Days 1 and 2 are the earlier half of five, and reduced; the market's rate is 2 of 6 lines.
    assert found["promo_lines"].to_dict() == {0: 2.0, 1: 4.0}
    assert found["promo_index"].to_dict() == pytest.approx({0: 2 / 3, 1: -1 / 3})
    assert found["promo_expected"].tolist() == pytest.approx([1 / 3, 1 / 3])


def test_halves_of_what_the_data_do_not_say_are_empty():
    line = pd.DataFrame({"customer_id": ["a"], "ordered_at": ["2025-01-03"], "amount": [10.0], "product_id": ["p"]})
    client = seglib.open_frames(orders=line, products=pd.DataFrame({"product_id": ["p"], "category": ["x"]}))
    found = facts_of(client.customers(facts=("needs_halves",)))
    assert list(found["needs_halves"].columns) == ["customer_id", "half"]
    # Kinds of goods without categories above them: makers can be compared, promotions cannot.
    client = seglib.open_frames(
        orders=line.assign(list_amount=11.0), products=pd.DataFrame({"product_id": ["p"], "product_type": ["x"], "brand": ["y"]})
    )
    assert list(facts_of(client.customers(facts=("needs_halves",)))["needs_halves"].columns) == [
        "customer_id", "half", "brand_lines", "brand_index", "brand_expected"
    ]  # fmt: skip


def test_nothing_costly_comes_unasked():
    line = pd.DataFrame({"customer_id": ["a"], "ordered_at": ["2025-01-03"], "amount": [10.0], "product_id": ["p"]})
    client = seglib.open_frames(orders=line, products=pd.DataFrame({"product_id": ["p"], "category": ["x"]}))
    usual = client.customers()
    assert not set(NEW) & set(usual.columns)
    assert set(facts_of(usual)) == {"gaps", "silence"}
    asked = client.customers(also=("preferred_category", "income | tenure_periods", "promo_index"))
    assert set(asked.columns) - set(usual.columns) == {"preferred_category", "tenure_periods"}
    assert {"preferred_category", "tenure_periods"} < set(client.columns)
    assert "promo_index" not in client.columns  # nothing says what was reduced


def test_both_engines_give_the_same_to_the_last_digit():
    import ibis

    draw = np.random.default_rng(5)
    rows = []
    for _ in range(4000):
        cents = int(draw.integers(50, 900))
        day = f"2025-{draw.integers(1, 7):02d}-{draw.integers(1, 29):02d}"
        customer, product = int(draw.integers(0, 60)), int(draw.integers(0, 90))
        listed = cents + int(draw.integers(0, 3)) * 10
        rows.append((f"c{customer}", f"{customer}-{day}", day, str(product), float(draw.integers(1, 4)), cents / 100, listed / 100))
    goods_ = products([(str(n), f"cat{n % 30}", f"dep{n % 5}", f"kind{n % 7}", f"maker{n % 11}") for n in range(90)])
    lines, made = order_lines(rows), []
    for connection in (ibis.duckdb.connect(), ibis.sqlite.connect()):
        tables = {}
        for name, table in {"orders": lines, "products": goods_}.items():
            if connection.name == "sqlite":
                table = table.cast(pa.schema([(f.name, pa.float64() if pa.types.is_decimal(f.type) else f.type) for f in table.schema]))
            tables[name] = connection.create_table(name, table)
        have = customers.every_column(tables)
        facts = ("category_lines", "needs_halves")
        made.append(customers.build(tables, as_of=date(2025, 6, 30), window_days=181, columns=[n for n in NEW if n in have], facts=facts))
    assert made[0].shape[1] > 13
    for fact in ("category_lines", "needs_halves"):
        pd.testing.assert_frame_equal(*(facts_of(one)[fact] for one in made), check_exact=True)
    for one in made:
        one.attrs = {}
    pd.testing.assert_frame_equal(*made, check_exact=True)
