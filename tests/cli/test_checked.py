"""``seglib check``: the ladder as it stands on the screen, and the customers in a few figures."""

from __future__ import annotations

import pandas as pd
import pytest

from seglib.cli import checked
from seglib.segmentation import Facts


def customers() -> pd.DataFrame:
    frame = pd.DataFrame(
        {
            "customer_id": list("abcde"),
            "as_of": pd.Timestamp("2025-09-30"),
            "window_days": 365,
            "orders": [4, 2, 1, 1, 0],
            "spend": [60.0, 20.0, 15.0, 5.0, 0.0],
        }
    )
    gaps = pd.DataFrame({"customer_id": list("aaab"), "gap_days": [10, 20, 40, 30], "gap_end": 0, "closed": [True, True, True, True]})
    open_gap = pd.DataFrame({"customer_id": ["c"], "gap_days": [300], "gap_end": [0], "closed": [False]})
    frame.attrs["facts"] = Facts({"gaps": pd.concat([gaps, open_gap])})
    return frame


def test_the_customers_in_a_few_figures():
    summary = checked.summarise(customers())
    assert (summary.customers, summary.buyers) == (5, 4)
    assert summary.again == pytest.approx(2 / 4)
    assert (summary.gap_median, summary.gap_p90) == (20, 40)  # nearest rank of 10, 20, 30, 40: the open gap is none yet
    assert summary.largest == pytest.approx(0.60)
    assert summary.top10 == pytest.approx(1.0)


def test_a_table_without_orders_or_money_has_no_such_figures():
    summary = checked.summarise(customers()[["customer_id", "as_of", "window_days"]])
    assert (summary.customers, summary.buyers, summary.again, summary.largest) == (5, 0, 0.0, 0.0)


def test_steps_that_took_nothing_away_are_left_out():
    ladder = pd.DataFrame(
        {
            "table": "orders",
            "step": ["read", "repeated", "rejected", "used", "in_window"],
            "rows": [10, 0, 2, 8, 8],
            "amount": [100.0, 0.0, float("nan"), 90.5, 90.5],
            "note": ["", "", "date 2", "", ""],
        }
    )
    rows = list(checked.rungs(ladder))
    assert [row[0].strip() for row in rows] == ["orders  Read", "orders  Not usable", "orders  Used", "orders  In the window"]
    assert rows[0][1:3] == ["10", "100.00"]
    assert rows[1][1:] == ["2", "", "date 2"]
    assert rows[3][3] == "<- confirm this figure with finance"


def test_an_unfinished_month_and_a_product_that_is_no_count_are_said():
    import seglib

    orders = pd.DataFrame(
        {
            "customer_id": ["a", "b", "a"],
            "ordered_at": ["2025-01-03", "2025-02-14", "2025-03-28"],
            "amount": [1.0, 2.0, 3.0],
            "product_id": ["fuel", "tea", "tea"],
            "quantity": [900, 1, 2],
        }
    )
    assert list(checked._doubts(seglib.open_frames(orders=orders))) == [
        "2025-03 is there only up to day 28.",
        "Product fuel makes 100% of all units: is its quantity a count?",
    ]
    whole = orders.assign(quantity=[2, 1, 2], ordered_at=["2025-01-03", "2025-02-14", "2025-03-31"])
    assert list(checked._doubts(seglib.open_frames(orders=whole))) == ["Product tea makes 60% of all units: is its quantity a count?"]
    even = whole.assign(product_id=["x", "y", "z"])
    assert list(checked._doubts(seglib.open_frames(orders=even))) == []
