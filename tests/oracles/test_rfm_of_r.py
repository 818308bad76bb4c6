"""What the R package rfm publishes on its own example orders (O8, O9, O11), by our functions and, with its names, by our method."""

from __future__ import annotations

import pandas as pd
import pytest

import seglib
from seglib.binning import cut, fit
from seglib.methods import rfm

# Its rules, first match wins, and what its vignette prints for each: customers, orders, revenue, revenue an order.
VIGNETTE = {
    "Champions": ("5/5/5", 35, 316, 31646, 100.15),
    "Potential Loyalist": ("3-5/3-5/2-5", 342, 2211, 204856, 92.65),
    "Loyal": ("2-4/2-4/2-4", 170, 799, 76562, 95.82),
    "Promising": ("3-4/1-3/3-5", 9, 28, 4249, 151.75),
    "New": ("4-5/1-3/1-5", 104, 329, 28837, 87.65),
    "Can't Lose": ("1-2/3-4/4-5", 47, 274, 32446, 118.42),
    "At Risk": ("1-2/2-5/4-5", 28, 216, 22227, 102.90),
    "Need Attention": ("1-3/3-5/3-5", 10, 57, 4562, 80.04),
    "About To Sleep": ("2-3/1-3/1-4", 102, 283, 23449, 82.86),
    "Lost": ("1/1-5/1-5", 148, 393, 35324, 89.88),
}


@pytest.fixture(scope="module")
def customers(shared) -> pd.DataFrame:
    """Its orders as our customer table on its analysis date; every row is an order, and all history is the window."""
    orders = pd.read_csv(shared / "oracles" / "data" / "rfm_data_orders.csv").rename(
        columns={"order_date": "ordered_at", "revenue": "amount"}
    )
    orders["order_id"] = orders.index.astype(str)
    table = seglib.open_frames(orders=orders).customers(as_of="2006-12-31", window_days=2000)
    assert (len(orders), len(table), table["spend"].sum()) == (4906, 995, 464_158)
    return table


def by_their_rule(values: pd.Series, *, better: str = "high") -> tuple[tuple[float, ...], pd.Series]:
    """Quantiles of type 7 plus one, right-open."""
    cuts = tuple(number + 1 for number in fit(values, "quantile:5").cuts)
    numbers = pd.Series(cut(values, cuts, closed="left"), index=values.index)
    return cuts, numbers if better == "high" else 6 - numbers


@pytest.fixture(scope="module")
def scored(customers: pd.DataFrame) -> pd.DataFrame:
    recency = by_their_rule(customers["days_since_last_order"], better="low")[1]
    return customers.assign(R=recency, F=by_their_rule(customers["orders"])[1], M=by_their_rule(customers["spend"])[1])


def test_o8_ranges_and_cut_points(customers: pd.DataFrame) -> None:
    for column, ends in (("days_since_last_order", (1, 976)), ("orders", (1, 14)), ("spend", (12, 1488))):
        assert (customers[column].min(), customers[column].max()) == ends
    assert by_their_rule(customers["days_since_last_order"])[0] == pytest.approx((115, 181, 297.4, 482), abs=1e-9)
    assert by_their_rule(customers["orders"])[0] == pytest.approx((4, 5, 6, 8), abs=1e-9)
    assert by_their_rule(customers["spend"])[0] == pytest.approx((255.8, 382, 506.4, 666), abs=1e-9)


def test_o8_scores(scored: pd.DataFrame) -> None:
    counts = {name: scored[name].value_counts().sort_index().tolist() for name in "RFM"}
    assert counts == {"R": [197, 200, 199, 199, 200], "F": [268, 187, 176, 244, 120], "M": [200, 200, 198, 202, 195]}
    assert len(scored[["R", "F", "M"]].drop_duplicates()) == 92


def test_o11_first_rows_and_means(scored: pd.DataFrame) -> None:
    rows = scored.set_index("customer_id")[["days_since_last_order", "orders", "spend", "R", "F", "M"]].astype(int)
    published = {
        "Abbey O'Reilly": (205, 6, 472, 3, 4, 3),
        "Add Senger": (140, 3, 340, 4, 1, 2),
        "Aden Lesch": (194, 4, 405, 3, 2, 3),
        "Aden Murphy": (98, 7, 596, 5, 4, 4),
        "Agness O'Keefe": (90, 9, 843, 5, 5, 5),
        "Aiyanna Bruen": (246, 4, 157, 3, 2, 1),
    }
    assert rows.loc[list(published)].apply(tuple, axis=1).to_dict() == published
    assert scored.groupby(["R", "F"])["spend"].mean().sum() == pytest.approx(12_633.7125, abs=5e-5)


def test_o9_names_by_our_method_with_rules_of_ones_own(customers: pd.DataFrame) -> None:
    """Right-open cuts on whole days, 115 and 297.4, are right-closed ones at 114 and 297."""
    result = rfm.segment(
        customers,
        classes="; ".join(f"{name}: {row[0]}" for name, row in VIGNETTE.items()) + "; otherwise: Others",
        r_tiers="fixed:114,180,297,481",
        f_tiers="fixed:4,5,6,8",
        m_tiers="fixed:255.8,382,506.4,666",
    )
    profile = result.profile.set_index("segment")
    for name, (_, members, orders, revenue, average) in VIGNETTE.items():
        row = profile.loc[name]
        assert (row["customers"], row["orders"], row["spend"]) == (members, orders, revenue), name
        assert row["spend"] / row["orders"] == pytest.approx(average, abs=0.005), name
    assert profile.loc["Others", "customers"] == 0
    assert result.scheme.check().loc[lambda found: found["finding"] == "free_cells", ["level", "cells"]].to_numpy().tolist() == [
        ["note", 10]
    ]


def test_our_own_cuts_on_the_same_customers(customers: pd.DataFrame) -> None:
    result = rfm.segment(customers, tiers="quantile:5")
    assert fit(customers["days_since_last_order"], "quantile:5", better="low").cuts == (114, 180, 296.4, 481)
    assert result.scheme.score("R").cuts == (114, 180, 296, 481)  # which divides whole days just so
    assert result.scheme.score("F").cuts == (3, 4, 5, 7)
    assert result.scheme.score("M").cuts == (254.8, 381, 505.4, 665)
    counts = {name: result.assignments[name].value_counts().sort_index().tolist() for name in "RM"}
    assert counts == {"R": [197, 201, 198, 199, 200], "M": [199, 201, 197, 203, 195]}
