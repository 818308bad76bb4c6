"""The contract on orders, refunds, windows and gaps, each rule on a table of a few rows that can be counted by hand."""

from __future__ import annotations

from datetime import date

import ibis
import numpy as np
import pandas as pd
import pytest

from seglib import customers
from seglib.errors import TableError


def line(customer: str, day: str, amount: float, order: str | None = None, **more: object) -> dict[str, object]:
    """One order line."""
    return {"customer_id": customer, "order_id": order, "ordered_at": day, "amount": amount, **more}


def test_a_plain_customer(table_of):
    ann = table_of([line("ann", "2025-06-01", 10, "1"), line("ann", "2025-06-01", 5, "1"), line("ann", "2025-06-11", 25, "2")]).loc["ann"]
    assert ann["orders"] == 2
    assert ann["order_lines"] == 3
    assert ann["spend"] == 40
    assert (ann["first_order"], ann["last_order"]) == (pd.Timestamp("2025-06-01"), pd.Timestamp("2025-06-11"))
    assert (ann["days_since_first_order"], ann["days_since_last_order"]) == (29, 19)
    assert (ann["mean_order_value"], ann["median_order_value"], ann["largest_order_value"]) == (20, 15, 25)
    assert (ann["gaps"], ann["gap_days_median"], ann["gap_days_p90"]) == (1, 10, 10)
    assert (ann["as_of"], ann["window_days"]) == (pd.Timestamp("2025-06-30"), 100)


def test_a_refund_with_the_same_order_id_lowers_the_order(table_of):
    ann = table_of([line("ann", "2025-06-01", 100, "1"), line("ann", "2025-06-20", -30, "1"), line("ann", "2025-06-10", 50, "2")]).loc[
        "ann"
    ]
    assert (ann["orders"], ann["spend"]) == (2, 120)
    assert ann["largest_order_value"] == 70
    assert ann["mean_order_value"] == 60
    assert (ann["returned_amount"], ann["return_lines"]) == (30, 1)
    assert ann["last_order"] == pd.Timestamp("2025-06-10"), "a refund is no purchase"


def test_a_refund_finds_its_order_by_returns_order_id(table_of):
    rows = [
        line("ann", "2025-06-01", 100, "1", returns_order_id=None),
        line("ann", "2025-06-05", 60, "2", returns_order_id=None),
        line("ann", "2025-06-20", -100, "C9", returns_order_id="1"),
        line("bob", "2025-06-02", 40, "3", returns_order_id=None),
    ]
    table = table_of(rows)
    assert table.loc["ann", ["orders", "spend", "lifetime_orders"]].tolist() == [1, 60, 1]
    assert table.loc["ann", "first_order"] == pd.Timestamp("2025-06-05")
    assert table.loc["bob", "orders"] == 1


def test_an_exchange_is_an_order_of_its_own(table_of):
    rows = [
        line("ann", "2025-06-01", 100, "1", returns_order_id=None),
        line("ann", "2025-06-20", -100, "2", returns_order_id="1"),
        line("ann", "2025-06-20", 120, "2", returns_order_id="1"),
    ]
    ann = table_of(rows).loc["ann"]
    assert (ann["orders"], ann["spend"], ann["largest_order_value"]) == (1, 120, 120)
    assert ann["first_order"] == pd.Timestamp("2025-06-20")


def test_an_unlinked_refund_lowers_spend_only(table_of):
    ann = table_of([line("ann", "2025-06-01", 100, "1"), line("ann", "2025-06-20", -30, "C1")]).loc["ann"]
    assert (ann["orders"], ann["spend"]) == (1, 70)
    assert (ann["mean_order_value"], ann["largest_order_value"]) == (100, 100)
    assert ann["days_since_last_order"] == 29


def test_a_fully_reversed_order_leaves_every_column_but_those_that_tell_of_returns_as_it_was(table_of):
    plain = [line("ann", "2025-05-01", 100, "1"), line("ann", "2025-06-01", 50, "2"), line("bob", "2025-06-02", 1, "3")]
    reversed_order = [line("ann", "2025-06-20", 80.10, "9"), line("ann", "2025-06-21", -80.10, "9")]
    before, after = table_of(plain), table_of([*plain, *reversed_order])
    told = ["order_lines", "returned_amount", "return_lines", "returned_value_share"]
    pd.testing.assert_frame_equal(before.drop(columns=told), after.drop(columns=told))
    assert after.loc["ann", told].tolist() == [4, 80.1, 1, pytest.approx(80.1 / 230.1)]


def test_reversed_in_parts_that_floats_cannot_add_up(table_of):
    rows = [line("ann", "2025-06-01", 10.10, "1"), line("ann", "2025-06-01", 20.20, "1"), line("ann", "2025-06-03", -30.30, "1")]
    ann = table_of(rows).loc["ann"]
    assert (ann["orders"], ann["spend"], ann["lifetime_spend"]) == (0, 0, 0)
    assert not ann["returns_only"]


def test_baskets_of_zero_amount_are_no_orders(table_of):
    table = table_of([line("ann", "2025-06-01", 0, "1"), line("bob", "2025-06-01", 5, "2"), line("bob", "2025-06-09", 0, "3")])
    assert table["orders"].to_dict() == {"ann": 0, "bob": 1}
    assert table["order_lines"].to_dict() == {"ann": 1, "bob": 2}
    assert pd.isna(table.loc["ann", "first_order"])
    assert table.loc["bob", "last_order"] == pd.Timestamp("2025-06-01")


def test_net_negative_in_the_window_but_not_in_all_history(table_of):
    ann = table_of([line("ann", "2024-06-01", 500, "1"), line("ann", "2025-06-01", -80, "C1")]).loc["ann"]
    assert (ann["spend"], ann["lifetime_spend"], ann["orders"], ann["lifetime_orders"]) == (-80, 420, 0, 1)
    assert not ann["returns_only"]


def test_returns_only(table_of):
    table = table_of([line("ann", "2025-06-01", -80, "C1"), line("bob", "2025-06-01", 80, "1")])
    assert table["returns_only"].to_dict() == {"ann": True, "bob": False}
    assert table["returns_only"].dtype == bool
    assert (table.loc["ann", "lifetime_orders"], table.loc["ann", "returned_amount"]) == (0, 80)


def test_a_return_is_told_by_its_flag_where_there_is_one(table_of):
    rows = [
        line("ann", "2025-06-01", 80, "1", is_return=False),
        line("ann", "2025-06-01", -10, "1", is_return=False),  # a voucher, no return
        line("ann", "2025-06-02", -20, "C1", is_return=True),
        line("ann", "2025-06-03", -5, "C2", is_return=None),  # nobody said: a negative amount is a return
    ]
    ann = table_of(rows).loc["ann"]
    assert (ann["return_lines"], ann["returned_amount"], ann["spend"]) == (2, 25, 45)


def test_a_known_customer_without_orders_has_zeros_and_missing_values(table_of):
    table = table_of([line("bob", "2025-06-01", 5, "1")], customers_=[{"customer_id": "ann", "province": "江苏"}, {"customer_id": "bob"}])
    ann = table.loc["ann"]
    counts = [name for name in table.columns if table[name].dtype == "int64" and name != "window_days"]
    assert (ann[counts] == 0).all()
    assert {name: ann[name] for name in ("spend", "lifetime_spend", "returned_amount", "spend_last_half")} == dict.fromkeys(
        ("spend", "lifetime_spend", "returned_amount", "spend_last_half"), 0.0
    )
    missing = ["first_order", "days_since_last_order", "exposure_days", "mean_order_value", "median_order_value", "gap_days_median"]
    assert ann[missing].isna().all()
    assert ann["province"] == "江苏"
    assert pd.isna(table.loc["bob", "province"])


def test_orders_of_one_day_count_each_but_make_no_gap(table_of):
    rows = [line("ann", "2025-06-01 09:00", 5, "1"), line("ann", "2025-06-01 18:00", 7, "2"), line("ann", "2025-06-08", 9, "3")]
    ann = table_of(rows).loc["ann"]
    assert (ann["orders"], ann["buying_days"], ann["gaps"], ann["gap_days_median"]) == (3, 2, 1, 7)
    merged = table_of(rows, order_rule="day", columns=["orders", "largest_order_value", "spend"]).loc["ann"]
    assert (merged["orders"], merged["largest_order_value"], merged["spend"]) == (2, 12, 21)


def test_without_an_order_id_a_customers_local_day_is_the_order(table_of):
    rows = [
        line("ann", "2025-06-01 09:00", 5),
        line("ann", "2025-06-01 18:00", 7),
        line("bob", "2025-06-01", 9),
        line("ann", "2025-06-08", 3, "7"),
    ]
    table = table_of(rows)
    assert table["orders"].to_dict() == {"ann": 2, "bob": 1}
    assert table.loc["ann", "largest_order_value"] == 12
    nameless = [{key: value for key, value in row.items() if key != "order_id"} for row in rows]
    assert table_of(nameless)["orders"].to_dict() == {"ann": 2, "bob": 1}


def test_one_order_id_of_two_customers_is_two_orders(table_of):
    assert table_of([line("ann", "2025-06-01", 5, "1"), line("bob", "2025-06-01", 7, "1")])["orders"].to_dict() == {"ann": 1, "bob": 1}


def test_an_order_across_midnight_stands_on_its_first_positive_line(table_of):
    rows = [line("ann", "2025-06-01 23:58", 0, "1"), line("ann", "2025-06-02 00:01", 5, "1"), line("ann", "2025-06-03 00:02", 6, "1")]
    ann = table_of(rows).loc["ann"]
    assert (ann["orders"], ann["buying_days"], ann["first_order"]) == (1, 1, pd.Timestamp("2025-06-02"))


def test_nothing_after_as_of_is_looked_at(table_of):
    past = [line("ann", "2025-06-01", 5, "1"), line("ann", "2025-06-30 23:59", 7, "2")]
    future = [line("ann", "2025-07-01 00:00", 100, "3"), line("ann", "2025-07-02", -5, "1"), line("cid", "2025-07-01", 1, "4")]
    pd.testing.assert_frame_equal(table_of([*past, *future]), table_of(past))


def test_both_ends_of_the_window_belong_to_it(table_of):
    rows = [line("ann", day, amount, day) for day, amount in (("2025-06-20", 1), ("2025-06-21", 10), ("2025-06-30", 100))]
    ann = table_of(rows, window_days=10).loc["ann"]
    assert (ann["orders"], ann["spend"], ann["lifetime_orders"], ann["lifetime_spend"]) == (2, 110, 3, 111)
    assert (ann["buying_days"], ann["largest_order_value"], ann["median_order_value"]) == (2, 100, 10)


def test_halves_are_counted_back_from_as_of(table_of):
    days = {"2025-06-30": 1, "2025-06-26": 2, "2025-06-25": 4, "2025-06-21": 8, "2025-06-20": 16}
    ann = table_of([line("ann", day, amount, day) for day, amount in days.items()], window_days=11).loc["ann"]
    assert (ann["spend_last_half"], ann["spend_previous_half"], ann["spend"]) == (3, 12, 31), (
        "an odd window leaves its first day out of both halves"
    )
    assert (ann["orders_last_half"], ann["orders_previous_half"]) == (2, 2)


def test_exposure_starts_with_the_first_order_and_ends_with_the_window(table_of):
    table = table_of([line("old", "2025-01-01", 5, "1"), line("new", "2025-06-30", 5, "2"), line("mid", "2025-03-23", 5, "3")])
    assert table["exposure_days"].to_dict() == {"mid": 100, "new": 1, "old": 100}


def test_what_lay_before_the_first_order_is_told(table_of):
    rows = [line("ann", "2025-01-01", 0, "0"), line("ann", "2025-01-11", 5, "1"), line("bob", "2025-06-30", 5, "2")]
    table = table_of(rows)
    assert table["history_days_before_first_order"].to_dict() == {"ann": 10, "bob": 180}


def test_gaps_by_nearest_rank(table_of):
    starts = np.cumsum([0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10])
    days = [str(pd.Timestamp("2025-05-01") + pd.Timedelta(days=int(day)))[:10] for day in starts]
    ann = table_of([line("ann", day, 5, day) for day in days], as_of="2025-07-31").loc["ann"]
    assert (ann["gaps"], ann["gap_days_median"], ann["gap_days_p90"]) == (10, 5, 9)
    assert ann["last_return_gap_days"] == 10
    assert ann["previous_return_gap_days"] == 9
    assert ann["days_since_previous_buying_day"] == (pd.Timestamp("2025-07-31") - pd.Timestamp(days[-2])).days


@pytest.mark.parametrize(
    ("orders_before_last", "orders_on_last", "last_gap", "previous_gap"),
    [(1, 1, 20, 40), (1, 2, 20, None), (1, 3, None, None), (2, 1, 20, None), (2, 3, None, None)],
)
def test_a_return_is_remembered_until_two_further_orders(table_of, orders_before_last, orders_on_last, last_gap, previous_gap):
    rows = [line("ann", "2025-04-01", 5, "1")]
    rows += [line("ann", "2025-05-11", 5, f"b{n}") for n in range(orders_before_last)]
    rows += [line("ann", "2025-05-31", 5, f"c{n}") for n in range(orders_on_last)]
    ann = table_of(rows).loc["ann"]
    found = [None if pd.isna(ann[name]) else ann[name] for name in ("last_return_gap_days", "previous_return_gap_days")]
    assert found == [last_gap, previous_gap]


def test_discount_is_a_share_of_list_over_lines_that_have_one(table_of):
    rows = [
        line("ann", "2025-06-01", 8, "1", list_amount=10, paid_amount=7, margin=3),
        line("ann", "2025-06-01", 90, "1", list_amount=None, paid_amount=90, margin=9),
        line("bob", "2025-06-01", 5, "2", list_amount=None, paid_amount=5, margin=1),
    ]
    table = table_of(rows)
    assert table.loc["ann", ["list_spend", "paid_spend", "margin", "discount_share"]].tolist() == [10, 97, 12, 0.2]
    assert pd.isna(table.loc["bob", "discount_share"])
    assert table.loc["bob", "list_spend"] == 0


def test_money_that_no_line_tells_is_missing_and_no_nought(table_of):
    rows = [
        line("ann", "2025-06-01", 8, "1", paid_amount=7, margin=3),
        line("bob", "2025-06-01", 5, "2", paid_amount=None, margin=None),
        line("eve", "2023-06-01", 5, "3", paid_amount=None, margin=None),
    ]
    table = table_of(rows, customers_=[{"customer_id": name} for name in ("ann", "bob", "dan", "eve")])
    for name, known in (("paid_spend", 7), ("margin", 3)):
        assert table[name].isna().tolist() == [False, True, False, False], "dan and eve did not buy in the window"
        assert table.loc[["ann", "dan", "eve"], name].tolist() == [known, 0, 0]


def test_goods_are_counted_on_balance_of_returns(table_of):
    rows = [
        line("ann", "2025-06-01", 8, "1", product_id="tea"),
        line("ann", "2025-06-02", 8, "2", product_id="tea"),
        line("ann", "2025-06-02", 3, "2", product_id="cup"),
        line("ann", "2025-06-05", -3, "2", product_id="cup"),
        line("ann", "2025-06-06", 4, "3", product_id="pot"),
        line("ann", "2025-06-06", 4, "3", product_id="odd"),
        line("ann", "2025-06-06", 4, "3", product_id=None),
        line("ann", "2025-01-06", 4, "0", product_id="old"),
    ]
    names = {"tea": "drinks", "cup": "china", "pot": "china", "old": "other", "odd": None}
    table = table_of(rows, products=[{"product_id": key, "category": value} for key, value in names.items()])
    assert (table.loc["ann", "products"], table.loc["ann", "categories"]) == (3, 2)


def test_a_column_whose_needs_are_absent_is_absent(table_of):
    table = table_of([line("ann", "2025-06-01", 5, "1")])
    for name in ("list_spend", "paid_spend", "discount_share", "categories", "products", "margin"):
        assert name not in table.columns
    with pytest.raises(TableError, match=r"discount_share needs orders.ordered_at, orders.amount, orders.list_amount"):
        table_of([line("ann", "2025-06-01", 5, "1")], columns=["discount_share"])


def test_customers_may_bring_columns_of_the_table_themselves(table_of):
    table = table_of(
        customers_=[
            {"customer_id": "b", "spend": 12.5, "orders": 3, "tickets": 1, "province": "浙江", "contract_ended": True},
            {"customer_id": "a", "spend": None, "orders": None, "tickets": 0, "province": " Unknown", "contract_ended": None},
        ]
    )
    assert table.index.tolist() == ["a", "b"]
    for count in ("orders", "spend", "province", "contract_ended"):
        assert pd.isna(table.loc["a", count]), "what is not known is not nothing"
    assert table.loc["b", ["spend", "orders", "province", "contract_ended"]].tolist() == [12.5, 3, "浙江", 1]
    assert table["orders"].dtype == "float64"
    assert table["tickets"].dtype == "int64", "a count that is known of all stays a whole number"
    assert list(table.columns) == ["as_of", "window_days", "gap_75", "gap_95", "spend", "orders", "tickets", "province", "contract_ended"]


def test_what_the_orders_say_counts_before_what_customers_bring(table_of):
    table = table_of([line("a", "2025-06-01", 5, "1")], customers_=[{"customer_id": "a", "spend": 99.0, "province": "浙江"}])
    assert table.loc["a", ["spend", "province"]].tolist() == [5, "浙江"]


def test_a_repeated_key_is_refused_before_it_doubles_money(table_of):
    orders = [line("ann", "2025-06-01", 5, "1", product_id="tea")]
    with pytest.raises(TableError, match=r"customers: 1 customer_id stand more than once \(ann\)"):
        table_of(orders, customers_=[{"customer_id": "ann"}, {"customer_id": "ann"}, {"customer_id": "bob"}])
    with pytest.raises(TableError, match=r"products: 1 product_id stand more than once \(tea\)"):
        table_of(orders, products=[{"product_id": "tea", "category": "x"}, {"product_id": "tea", "category": "y"}])


def test_text_that_is_no_number_is_told_and_not_lost():
    tables = {"customers": ibis.memtable({"customer_id": ["a", "b"], "spend": ["12.5", "n/a"]})}
    with pytest.raises(TableError, match=r"customers: spend must be float64; found n/a"):
        customers.build(tables, as_of=date(2025, 6, 30), window_days=100)
    tables = {"customers": ibis.memtable({"customer_id": ["a", "b"], "spend": ["12.5", None]})}
    assert customers.build(tables, as_of=date(2025, 6, 30), window_days=100)["spend"].tolist()[0] == 12.5
