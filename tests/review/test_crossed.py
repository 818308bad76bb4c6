"""What crossed methods tell of the next period, on the grocery year."""

from __future__ import annotations

import numpy as np
import pytest

import seglib
from seglib.review.crossed import Crossed, crossed


@pytest.fixture(scope="module")
def found() -> Crossed:
    return crossed(seglib.demo(), ("value_tier", "purchase_behaviour"), split="2017-10-01", draws=100)


def rows(found: Crossed, outcome: str):
    return found.tells[found.tells["outcome"] == outcome].set_index("axis")


def test_value_tells_how_much_and_nothing_tells_how_much_at_a_reduction(found):
    spend, reduced = rows(found, "spend"), rows(found, "discount_share")
    assert spend.index.tolist() == ["value_tier", "purchase_behaviour", "grid"]
    assert spend.loc["value_tier", "low"] > 0.3
    assert spend.loc["grid", "best"] == "value_tier"
    assert reduced["high"].max() < 0.06


def test_what_the_grid_adds_is_the_difference_on_the_same_customers(found):
    for outcome in found.tells["outcome"].unique():
        mine = rows(found, outcome)
        assert mine["customers"].nunique() == 1
        best = mine.loc[mine.loc["grid", "best"]]
        assert mine.loc["grid", "added"] == pytest.approx(mine.loc["grid", "r2"] - best["r2"])
        assert mine.loc["grid", "added_low"] <= mine.loc["grid", "added"] <= mine.loc["grid", "added_high"]
        assert (mine["low"] <= mine["r2"]).all()


def test_what_an_axis_adds_is_what_the_grid_loses_without_it(found):
    mine = rows(found, "spend")
    # Of two methods crossed, without the one the other remains.
    assert mine.loc["value_tier", "added"] == pytest.approx(mine.loc["grid", "r2"] - mine.loc["purchase_behaviour", "r2"])
    assert mine.loc["value_tier", "added_low"] > 0.1 > mine.loc["purchase_behaviour", "added_high"]


def test_shares_of_reductions_are_judged_on_those_who_bought(found):
    assert rows(found, "discount_share")["customers"].iloc[0] == int((found.held.orders > 0).sum())
    assert rows(found, "spend")["customers"].iloc[0] == len(found.held.base)


def test_the_plan_of_a_cell_is_the_formula(found):
    name = found.plan["segment"].iloc[0]
    segment = found.grid.assignments.set_index("customer_id")["segment"].reindex(found.held.base["customer_id"]).to_numpy()
    after, before = found.held.spend[segment == name], found.held.base["spend"].to_numpy()[segment == name]
    rho = np.corrcoef(before, after)[0, 1]
    wanted = (1.959964 + 0.841621) * after.std(ddof=1) * np.sqrt(2 * (1 - rho**2) / (len(after) // 2))
    assert found.plan["least"].iloc[0] == pytest.approx(wanted, rel=1e-5)
    assert set(found.plan["segment"]) <= set(found.grid.scheme.classes)
