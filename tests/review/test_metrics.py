"""The sixteen metrics: counted by hand on a few customers, on the made market against its own tables, and what is not there is named."""

from __future__ import annotations

import math

import pandas as pd
import pytest

import seglib
from seglib.datasets import make_market
from seglib.methods import value_tier
from seglib.review.metrics import METRICS, _around, metrics

DAY = pd.Timestamp("2024-12-31")


def _at(days: int) -> pd.Timestamp:
    return DAY - pd.Timedelta(days=days)


@pytest.fixture(scope="module")
def small() -> pd.DataFrame:
    """Three customers and a prospect, with everything beside: 60 days back from 2024-12-31."""
    orders = pd.DataFrame(
        {
            "customer_id": ["a", "a", "b", "c"],
            "order_id": ["1", "2", "3", "4"],
            "ordered_at": [_at(0), _at(10), _at(20), _at(200)],
            "amount": [100.0, 50.0, 30.0, 70.0],
            "margin": [40.0, 20.0, 12.0, 28.0],
        }
    )
    frames = {
        "orders": orders,
        "customers": pd.DataFrame({"customer_id": list("abcd"), "wallet": [2433.333333, None, None, None]}),
        "costs": pd.DataFrame(
            {"customer_id": ["a", "b", "d", None], "spent_at": [_at(1), _at(2), _at(3), _at(4)], "amount": [10.0, 5, 3, 99]}
        ),
        "visits": pd.DataFrame(
            {"customer_id": ["a", "a", "d"], "visited_at": [_at(5)] * 3, "hours": [1.0, 0.5, 2.0], "with_order": [True, False, False]}
        ),
        "tickets": pd.DataFrame(
            {
                "ticket_id": ["t", "u"],
                "customer_id": ["a", "b"],
                "opened_at": [_at(9), _at(9)],
                "first_response_at": [_at(8), _at(6)],
                "resolved_at": [_at(5), pd.NaT],
            }
        ),
        "universe": pd.DataFrame(
            {"account_id": ["U1", "U2", "U3", "U4"], "customer_id": ["a", "d", None, "c"], "category_sales": [500.0, 300, 100, 100]}
        ),
        "feedback": pd.DataFrame(
            {
                "customer_id": ["a", "b", "c"],
                "answered_at": [_at(1)] * 3,
                "question": "nps",
                "score": [10.0, 9.0, 3.0],
                "scale_low": 0.0,
                "scale_high": 10.0,
            }
        ),
    }
    return metrics(seglib.open_frames(**frames), window_days=60).set_index(["metric", "name"])


@pytest.mark.parametrize(
    ("metric", "name", "numerator", "denominator"),
    [
        ("M1", "Sales", 180, None),
        ("M2", "Purchase frequency", 3, 2),
        ("M3", "Value of an order", 180, 3),
        ("M3", "Sales a buyer", 180, 2),
        ("M5", "Purchase rate", 2, 4),
        ("M6", "Net promoter score", 100, 3),
        ("M6", "Repeat rate", 1, 2),
        ("M7", "Account coverage", 2, 4),
        ("M7", "Numeric distribution", 1, 4),
        ("M7", "Weighted distribution", 500, 1000),
        ("M7", "Call coverage", 2, 4),
        ("M7", "Productive calls", 1, 3),
        ("M8", "Return on cost", 72, 18),
        ("M9", "Rate of return", 54, 18),
        ("M10", "Cost to serve", 18, 4),
        ("M10", "Cost to serve, of sales", 18, 180),
        ("M11", "Days to a first answer", 4, 2),
        ("M11", "Days to resolve a case", 4, 1),
        ("M12", "Sales so far", 250, None),
        ("M14", "New customers", 2, 2),
        ("M16", "Sales a visit", 150, 3),
        ("M16", "Sales an hour of visits", 150, 3.5),
    ],
)
def test_counted_by_hand(small, metric: str, name: str, numerator: float, denominator: float | None) -> None:
    row = small.loc[(metric, name)]
    assert row["computable"], row["lacks"]
    assert row["numerator"] == pytest.approx(numerator)
    assert row["value"] == pytest.approx(numerator if denominator is None else numerator / denominator)
    assert math.isnan(row["denominator"]) if denominator is None else row["denominator"] == pytest.approx(denominator)


def test_share_of_wallet_is_taken_to_a_year(small) -> None:
    # 150 in 60 days are 912.50 a year, of 2,433.33.
    assert small.loc[("M4", "Share of wallet"), "value"] == pytest.approx(0.375)


@pytest.mark.parametrize(
    ("name", "lacks"),
    [
        ("Market share", "sales of the whole market"),
        ("Referrals", "who was brought by whom"),
        ("Share of offers used", "offers.sent_at"),
        ("Share of deals won", "opportunities.won"),
        ("Contacts a customer", "interactions.kind"),
        ("Likely to buy next quarter", "half a year"),
    ],
)
def test_what_cannot_be_computed_says_what_it_lacks(small, name: str, lacks: str) -> None:
    row = small.xs(name, level="name").iloc[0]
    assert not row["computable"]
    assert math.isnan(row["value"])
    assert lacks in row["lacks"]


def test_nobody_is_known_to_be_new_where_data_begin_with_the_window() -> None:
    orders = pd.DataFrame({"customer_id": ["a", "b"], "ordered_at": [_at(0), _at(99)], "amount": [1.0, 2.0]})
    found = metrics(seglib.open_frames(orders=orders), as_of="2024-12-31", window_days=60).set_index("name")
    assert "90 days of data before the window" in found.loc["New customers", "lacks"]


def test_the_nearest_silences_are_taken() -> None:
    lengths, count = [0.0, 10.0, 20.0, 30.0], [100, 190, 300, 500]
    assert _around(lengths, count, 11.0, 2) == (1, 2)
    assert _around(lengths, count, 500.0, 4) == (3, 3)


def test_every_one_of_the_sixteen_is_there_by_class() -> None:
    made = make_market(customers=300, seed=2, firms=0.3, orders_per_year=15)
    client = seglib.open_frames(**made.tables)
    result = value_tier.segment(client.customers())
    found = metrics(client, result)
    assert list(dict.fromkeys(found["metric"])) == [f"M{n}" for n in range(1, 17)]
    assert set(found.loc[~found["computable"], "name"]) == {"Market share", "Referrals"}
    assert {"", "high", "medium", "low"} <= set(found["segment"])
    sales = found[found["name"] == "Sales"].set_index("segment")["value"]
    assert sales.drop("").sum() == pytest.approx(sales[""], abs=0.01)
    assert sales[""] == pytest.approx(result.profile["spend"].sum(), abs=0.01)
    known = found[(found["name"] == "Purchase rate") & (found["segment"] == "")].iloc[0]
    assert known["denominator"] == len(made.tables["customers"])
    cost = found[(found["name"] == "Cost to serve") & (found["segment"] == "")].iloc[0]["numerator"]
    day = made.tables["costs"]["spent_at"].dt.normalize()
    inside = made.tables["costs"][day > pd.Timestamp(result.as_of) - pd.Timedelta(days=365)]
    assert cost == pytest.approx(
        inside.loc[inside["spent_at"] < pd.Timestamp(result.as_of) + pd.Timedelta(days=1), "amount"].sum(), abs=0.01
    )
    shares = found[
        (found["unit"] == "share")
        & found["computable"]
        & ~found["name"].isin(["Rate of return", "Cost to serve, of sales", "Share of wallet"])
    ]
    assert shares["value"].dropna().between(0, 1).all()


def test_the_grocery_chain_names_what_it_lacks() -> None:
    found = metrics(seglib.demo()).set_index("name")
    assert found.loc["Sales", "value"] == pytest.approx(4_596_039.58, abs=0.01)
    assert found.loc["Value of an order", "denominator"] == 155_370
    assert found.loc["Account coverage", "lacks"] == "universe.account_id"
    assert found.loc["Productive calls", "lacks"] == "visits.customer_id, visits.visited_at, visits.with_order"  # each once
    assert not found.loc["New customers", "computable"]
    # Nine in ten of the panel have come back after silences as short as theirs.
    assert found.loc["Likely to buy next quarter", "value"] == pytest.approx(0.941, abs=0.005)


def test_names_are_told_apart() -> None:
    names = [metric.name for metric in METRICS]
    assert len(set(names)) == len(names)


def test_sums_by_customer_without_orders_are_enough_for_the_metrics_that_need_no_more():
    customers = pd.DataFrame({"customer_id": [f"c{n}" for n in range(40)], "spend": [10.0 * n for n in range(40)], "orders": [2] * 40})
    found = metrics(seglib.open_frames(customers=customers), as_of="2025-12-31", window_days=365).set_index(["metric", "segment"])
    assert found.loc[("M1", ""), "value"].max() == 7800
    assert not found["computable"].all()
