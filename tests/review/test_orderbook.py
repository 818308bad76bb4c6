"""Orders as arrays: at weight 1 the customer table itself, under weights the table of orders that stand several times."""

from __future__ import annotations

from datetime import date

import numpy as np
import pandas as pd
import pytest
import worlds

import seglib
from seglib.errors import TableError
from seglib.methods import income, rfm, value_tier
from seglib.review.fold import folded
from seglib.review.goods_drawn import GOODS_COLUMNS
from seglib.review.orderbook import OrderBook, order_book, own_order_flips
from seglib.review.steadiness import flips

WORLD = worlds.World(seed=3, buyers=60, prices=40, days=500, window_days=182, busiest=12, once=0.4, refunds=0.3)


@pytest.fixture(scope="module")
def grocery() -> OrderBook:
    return order_book(seglib.demo(), as_of="2017-12-31", window_days=182, windows=2)


@pytest.fixture(scope="module")
def small() -> seglib.client.Client:
    orders = worlds.lines(WORLD)
    return worlds.opened(orders, worlds.known(orders))


def equal(found: pd.DataFrame, expected: pd.DataFrame) -> None:
    for name in found.columns:
        pd.testing.assert_series_equal(found[name], expected[name], check_exact=True, obj=name)


def test_on_the_grocery_chain_every_column_equals_the_customer_table(grocery):
    assert (len(grocery.turns), len(grocery.standing)) == (155_848, 155_370)
    names = [name for name in grocery.names if name != "margin"]
    assert len(names) > 50
    assert {"categories", "brand_index", "quality_index", "price_index", "preferred_category"} <= set(names)
    equal(grocery.columns(), seglib.demo().customers(as_of="2017-12-31", window_days=182, columns=names))


@pytest.mark.parametrize("window_days", [182, 28, 364])
@pytest.mark.parametrize("as_of", ["2024-12-31", "2024-08-01"])
def test_on_made_orders_with_refunds_every_column_equals_the_customer_table(small, as_of, window_days):
    book = order_book(small, as_of=as_of, window_days=window_days)
    equal(book.columns(), small.customers(as_of=as_of, window_days=window_days, columns=book.names))


def test_on_a_made_market_too():
    client = seglib.open_frames(**seglib.datasets.make_market(customers=200, seed=2).tables)
    book = order_book(client)
    equal(book.columns(), client.customers(columns=book.names))


def test_an_order_that_weighs_two_stands_twice_and_one_that_weighs_nothing_never_was(small):
    """The same weights, given to the order lines themselves."""
    orders = worlds.lines(WORLD)
    orders = orders[orders["customer_id"].notna()]
    book = order_book(small, window_days=182)
    named = orders["returns_order_id"].where(orders["returns_order_id"].notna(), orders["order_id"])
    document = orders["customer_id"] + " " + named
    day = pd.Timestamp(book.as_of)
    first = orders.assign(document=document, age=(day - orders["ordered_at"]).dt.days, whole=orders["amount"].mul(100).round().astype(int))
    # A document is found again by customer, age of its order and value; documents alike in all three get the same weight.
    age = first["age"].where(first["amount"] > 0, -1)
    first = first.assign(
        age=age.groupby(document).transform("max").where(lambda x: x >= 0, first.groupby("document")["age"].transform("max"))
    )
    value = first.groupby("document")["whole"].transform("sum")
    weight_of_line = (first["age"] * 7 + value) % 3
    repeated = [
        orders.assign(order_id=orders["order_id"] + f"_{n}", returns_order_id=orders["returns_order_id"] + f"_{n}")[weight_of_line > n]
        for n in range(2)
    ]
    client = worlds.opened(pd.concat(repeated), worlds.known(orders))
    weights = (book.documents["age"] * 7 + book.documents["value"] // 10_000) % 3
    expected = client.customers(as_of=book.as_of, window_days=182, columns=book.names)
    found = book.columns(weights)
    # The history begins where the client's does, attributes stay as they are, and so does the market against which goods are held.
    held = {name for name in GOODS_COLUMNS if name not in ("categories", "products", "promo_lines")}
    skip = {"history_days_before_first_order", *book.fixed.columns, *held}
    assert (weights == 2).sum() > 50
    equal(found[[name for name in found.columns if name not in skip]], expected)


SHELF = pd.DataFrame(
    {
        "product_id": ["p1", "p2", "p3", "p4"],
        "category": ["tea", "tea", "milk", "milk"],
        "manufacturer": ["a", "b", "a", "b"],
    }
)


def goods_client() -> seglib.client.Client:
    """Two customers; c1 bought tea of a and b in one order, then tea of a twice; c2 bought milk of b, and half price tea of b."""
    rows = [
        ("c1", "o1", "2024-01-05", "p1", 1, 4.0, 4.0),
        ("c1", "o1", "2024-01-05", "p2", 1, 6.0, 6.0),
        ("c1", "o2", "2024-01-20", "p1", 2, 8.0, 8.0),
        ("c1", "o3", "2024-02-01", "p1", 1, 4.0, 4.0),
        ("c2", "o4", "2024-01-10", "p4", 1, 2.0, 2.0),
        ("c2", "o5", "2024-02-09", "p2", 1, 3.0, 6.0),
    ]
    orders = pd.DataFrame(rows, columns=["customer_id", "order_id", "ordered_at", "product_id", "quantity", "amount", "list_amount"])
    return seglib.open_frames(orders=orders, products=SHELF)


def test_goods_under_weights_by_hand():
    book = order_book(goods_client(), as_of="2024-02-10", window_days=60)
    names = ("categories", "promo_index", "promo_lines", "brand_index", "brand_lines", "price_index", "preferred_category")
    equal(book.columns(names=names), goods_client().customers(as_of="2024-02-10", window_days=60, columns=names))
    weights = {4.0: 1, 10.0: 1, 8.0: 2, 2.0: 0, 3.0: 1}  # by value of the order
    drawn = book.columns(np.array([weights[value / 1e6] for value in book.documents["value"]]), names).set_index("customer_id")
    assert drawn["categories"].tolist() == [1, 1]
    assert drawn["promo_lines"].tolist() == [5, 1]
    # The market stays: one of five lines of tea is reduced. c2 keeps the reduced one alone.
    assert drawn["promo_index"].tolist() == [-0.2, 0.8]
    # Tea of c1: o1 has a and b, o2 (twice) and o3 an a each. Pairs of different purchases, both ways: within o1 one of two makers (2), o1
    # with o2 and o3 2 * 3 a-a and 2 * 3 a-b, o2 with o3 2 * 2; never o2 with itself. 10 of 18 are alike... the market's: 3 a, 2 b of 5.
    same, pairs, market = 2 * 3 + 2 * 2, 2 + 2 * 3 + 2 * 3 + 2 * 2, (3 * 2 + 2 * 1) / (5 * 4)
    assert drawn.loc["c1", "brand_index"] == pytest.approx(same / pairs - market, abs=1e-9)
    assert drawn["brand_lines"].tolist() == [5, 0]
    # Paid 4 + 6 + 2 * 8 + 4 for 1 + 1 + 2 * 2 + 1 pieces, against 28 for 6 in the market's list.
    assert drawn.loc["c1", "price_index"] == pytest.approx(np.log((30 / 7) / (28 / 6)), abs=1e-9)
    assert drawn["preferred_category"].tolist() == ["tea", "tea"]


def test_halves_of_goods_stand_before_the_market_of_both_windows():
    fold = folded(order_book(goods_client(), as_of="2024-02-10", window_days=18, windows=2))
    names = ("promo_index", "promo_lines", "categories")
    everything = fold.earlier.columns(np.ones(len(fold.earlier.turns), dtype=int), names)
    whole = goods_client().customers(as_of="2024-02-10", window_days=36, columns=names)
    equal(everything[list(names)], whole[list(names)])
    one, other = next(fold.halves(1, seed=3))
    first, second = fold.earlier.columns(one, names), fold.later.columns(other, names)
    assert (first["promo_lines"] + second["promo_lines"]).equals(whole["promo_lines"])


def test_a_fold_lays_two_windows_upon_one_another():
    days = ["2024-05-20", "2024-06-20", "2024-06-25", "2024-07-05", "2024-07-10"]
    orders = pd.DataFrame({"customer_id": ["a"] * 5, "ordered_at": days, "amount": [1.0, 2.0, 4.0, 8.0, 16.0]})
    client = seglib.open_frames(orders=orders)
    fold = folded(order_book(client, as_of="2024-07-10", window_days=10, windows=2))
    names = ("spend", "orders", "lifetime_orders", "days_since_last_order", "days_since_first_order", "gaps")
    assert (fold.earlier.as_of, fold.later.as_of) == (date(2024, 6, 30), date(2024, 7, 10))
    table = fold.earlier.columns(names=names)
    # 06-25 and 07-05 are both five days before the end of their window, 07-10 is its last day; 06-20 and 05-20 came before both windows.
    assert table.iloc[0, 5:].astype(float).to_dict() == {
        "lifetime_orders": 5, "days_since_last_order": 0, "days_since_first_order": 41, "gaps": 3, "orders": 3, "spend": 28.0,
    }  # fmt: skip
    nothing = fold.earlier.columns(np.zeros(5, dtype=int), names)
    assert nothing.iloc[0, 5:].astype(float).to_dict() == {
        "lifetime_orders": 2, "days_since_last_order": 10, "days_since_first_order": 41, "gaps": 1, "orders": 0, "spend": 0.0,
    }  # fmt: skip
    # Where the last day falls to the later half and both others to the earlier: one order, and the two others a window before.
    value = fold.earlier.documents["value"]
    first = np.isin(value, [4_000_000, 8_000_000]).astype(int)
    second = np.where(fold.second, 1 - first[fold.source], first[fold.source])
    later = fold.later.columns(second, names)
    assert later.iloc[0, 5:].astype(float).to_dict() == {
        "lifetime_orders": 5, "days_since_last_order": 0, "days_since_first_order": 51, "gaps": 3, "orders": 1, "spend": 16.0,
    }  # fmt: skip


def test_random_halves_add_up_to_both_windows(small):
    """The refunds of older orders among them: nothing is counted twice and nothing is lost."""
    fold = folded(order_book(small, as_of="2024-12-31", window_days=100, windows=2))
    names = ("orders", "spend", "order_lines", "returned_amount", "lifetime_spend", "lifetime_orders", "first_order")
    whole = small.customers(as_of="2024-12-31", window_days=200, columns=names)
    for one, other in fold.halves(3, seed=5):
        first, second = fold.earlier.columns(one, names), fold.later.columns(other, names)
        assert (first["orders"] + second["orders"]).equals(whole["orders"])
        assert (first["order_lines"] + second["order_lines"]).equals(whole["order_lines"])
        assert (first["spend"] + second["spend"]).to_numpy() == pytest.approx(whole["spend"].to_numpy(), abs=1e-6)
        assert (first["returned_amount"] + second["returned_amount"]).to_numpy() == pytest.approx(whole["returned_amount"].to_numpy())
        # The later window looks back on the earlier one and on all that came before.
        assert second["lifetime_orders"].equals(whole["lifetime_orders"])
        assert second["lifetime_spend"].equals(whole["lifetime_spend"])
        assert (first["lifetime_orders"] + second["orders"]).equals(whole["lifetime_orders"])


def test_draws_know_neither_ids_nor_the_order_of_the_file(small):
    orders = worlds.lines(WORLD)
    other = orders.assign(customer_id=worlds.renamed(orders["customer_id"])).sample(frac=1, random_state=1)
    first, second = (order_book(worlds.opened(o, worlds.known(o)), window_days=182) for o in (orders, other))
    names = ("spend", "orders", "gap_days_median")
    one = first.columns(next(first.poisson(1, seed=4)), names)
    two = second.columns(next(second.poisson(1, seed=4)), names)
    kept = [name for name in one.columns if name not in ("customer_id", "as_of")]
    # Twins, who did the same, may change places.
    assert one[kept].sort_values(kept).reset_index(drop=True).equals(two[kept].sort_values(kept).reset_index(drop=True))


def test_own_order_flips_of_the_grocery_tiers_are_the_published_ones():
    client = seglib.demo()
    book = order_book(client, as_of="2017-09-30", window_days=273)
    table = client.customers(as_of="2017-09-30", window_days=273)
    for tiers, published in (("quantile:3", 0.109), ("quantile:10", 0.401)):
        result = value_tier.segment(table, tiers=tiers)
        own = result.assignments["segment"].to_numpy(object)
        drawn = np.stack(list(book.classes(result.scheme, book.poisson(60))))
        # Whoever is drawn without any order has left the classes altogether and is no flip between them.
        flips = (drawn != own) & np.isin(drawn, result.scheme.classes)
        assert flips.mean() == pytest.approx(published, abs=0.003)


def test_what_cannot_be_drawn_is_said(small, grocery):
    assert grocery.can(rfm.segment(seglib.demo().customers()).scheme.inputs)
    bare = order_book(seglib.open_frames(orders=worlds.lines(WORLD)[["customer_id", "order_id", "ordered_at", "amount"]]))
    assert bare.lacking(("spend", "promo_index", "categories")) == ("promo_index", "categories")
    with pytest.raises(TableError, match="promo_index"):
        bare.columns(names=("promo_index",))
    with pytest.raises(TableError, match="do not say what was bought"):
        _ = bare.goods


def test_what_the_data_state_once_has_no_flip_rate(grocery):
    customers = seglib.demo().customers(as_of="2017-12-31", window_days=182)
    result = income.segment(customers)
    assert grocery.refusal(result.scheme) == ("stated", ("income_band",))
    assert grocery.refusal(rfm.segment(customers).scheme) == ("", ())
    assert flips(grocery, {"income": result.scheme}, draws=1) == {}
    with pytest.raises(TableError, match="income is decided by income_band, which stand as they are on record"):
        own_order_flips(seglib.demo(), result, draws=1)


def test_a_history_too_short_for_two_windows_is_said(small):
    with pytest.raises(TableError, match="2 windows of 364 days need 728"):
        order_book(small, window_days=364, windows=2)
    with pytest.raises(TableError, match="no orders to draw from"):
        order_book(seglib.open_frames(customers=pd.DataFrame({"customer_id": ["a"]})), as_of="2024-01-01", window_days=30)
