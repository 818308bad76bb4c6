"""What a firm can see of its customers as numbers, counted by hand."""

from __future__ import annotations

import pandas as pd
import pytest

from seglib.datasets._evidence import evidence

END = pd.Timestamp("2026-01-01")


def days_ago(*days: float) -> list[pd.Timestamp]:
    return [END - pd.Timedelta(days=day) for day in days]


@pytest.fixture(scope="module")
def seen() -> pd.DataFrame:
    people = pd.DataFrame(
        {
            "customer_id": ["A", "B"],
            "customer_kind": ["person", "firm"],
            "registered_at": days_ago(500, 10),
            "income": [90_000.0, None],
            "income_band": ["50-99K", None],
            "wallet": [None, 1_000.0],
            "employees": pd.array([None, 7], dtype="Int64"),
            "annual_revenue": [None, 5e6],
        }
    )
    orders = pd.DataFrame(
        {
            "order_id": ["1", "1", "2", "3", "R1"],
            "customer_id": ["A"] * 5,
            "ordered_at": days_ago(400, 400, 100, 10, 5),
            "product_id": ["x", "y", "x", "x", "x"],
            "quantity": [1.0, 1.0, 2.0, 1.0, -1.0],
            "amount": [10.0, 6.0, 16.0, 10.0, -10.0],
            "list_amount": [10.0, 6.0, 20.0, 10.0, -10.0],
            "discount_amount": [0.0, 0.0, 4.0, 0.0, 0.0],
            "is_return": [False] * 4 + [True],
            "store_id": ["S1", "S1", "S1", "WEB", "WEB"],
        }
    )
    products = pd.DataFrame({"product_id": ["x", "y"], "product_type": ["tea", "tea"], "brand": ["one", "two"]})
    events = pd.DataFrame(
        {
            "customer_id": ["A"] * 4,
            "happened_at": days_ago(10, 10, 20, 200),
            "kind": ["view", "cart", "view", "review"],
            "session_id": ["s1", "s1", "s2", "s3"],
        }
    )
    answers = pd.DataFrame({"customer_id": ["A", "A"], "question": ["nps", "nps"], "score": [4.0, 8.0]})
    tables = {"customers": people, "orders": orders, "products": products, "interactions": events, "feedback": answers}
    return evidence(tables, END)


def test_orders_in_time_and_money(seen: pd.DataFrame) -> None:
    a = seen.loc["A"]
    assert (a["silence"], a["tenure"], a["longest_gap"]) == (10, 400, 300)
    assert (a["orders_365"], a["months_365"], a["web_orders"]) == (2, 2, 1)
    assert (a["spend_year"], a["spend_before"], a["spend_quarter"]) == (16, 16, 0)
    assert a["value_mean"] == pytest.approx((16 + 16 + 10) / 3)
    assert a[[name for name in seen.columns if str(name).startswith("orders_back_")]].sum() == 3


def test_goods_and_what_came_back(seen: pd.DataFrame) -> None:
    a = seen.loc["A"]
    assert (a["lines"], a["sent_back"]) == (4, 0.25)
    assert a["kept_brand"] == pytest.approx(1 / 3)  # tea of brands one, two, one, one
    assert a["depth"] == pytest.approx(0.05)  # a fifth off one of four lines
    assert a["store_reduces"] == pytest.approx((3 * 1 / 3 + 0) / 4)


def test_contacts_answers_and_what_is_on_record(seen: pd.DataFrame) -> None:
    a, b = seen.loc["A"], seen.loc["B"]
    assert (a["sessions_15"], a["sessions_30"], a["sessions_365"], a["view_30"], a["cart_15"]) == (1, 2, 3, 2, 1)
    assert (a["views_a_session"], a["carts_a_free_session"]) == (pytest.approx(2 / 3), 0)
    assert (a["mean_nps"], a["last_nps"], a["count_nps"]) == (6, 8, 2)
    assert (a["income_band"], b["firm"], b["employees"], b["wallet"]) == (1, 1, 7, 1_000)
    assert b["sessions_365"] == 0
    assert pd.isna(b["silence"])
