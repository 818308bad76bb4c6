"""value_tier: shares of customers by hand, consumption by its truth table, and the supermarket's two halves of a year."""

from __future__ import annotations

import math
from types import SimpleNamespace

import pandas as pd
import pytest

import seglib
from seglib.errors import ParameterError, SchemeError, TableError
from seglib.methods import value_tier as method
from seglib.methods._profile import profile

SPEND = [50.0, 100.0, 10.0, 90.0, 20.0, 80.0, 30.0, 70.0, 40.0, 60.0]


@pytest.fixture
def ten(table):
    return table(orders=[1, 9, 1, 5, 2, 4, 3, 6, 8, 7], spend=SPEND)


@pytest.mark.parametrize(
    ("tiers", "wanted"),
    [
        ("top:20,30,50", "low high low high low medium low medium low medium"),  # above 82, above 55
        ("quantile:3", "medium high low high low high low medium low medium"),  # above 70, above 40
        ("fixed:50,90", "medium high low high low medium low medium low medium"),  # a value at a cut is in the better tier
        ("median", "low high low high low high low high low high"),  # 55
        ("share:0.8,0.95", "high high low high medium high medium high medium high"),  # 100 90 80 70 60 50 | 40 30 20 | 10 of 550
        ("quantile:5", "tier_3 tier_1 tier_5 tier_1 tier_5 tier_2 tier_4 tier_2 tier_4 tier_3"),
        ("top:10,20,30,40", "tier_3 tier_1 tier_4 tier_2 tier_4 tier_2 tier_4 tier_3 tier_4 tier_3"),
    ],
)
def test_tiers_by_hand(ten, classes, holds, tiers, wanted):
    result = method.segment(ten, tiers=tiers)
    assert classes(result) == wanted
    assert result.ordered
    holds(result, ten)


def test_profile_by_hand(ten):
    profile = method.segment(ten).profile.set_index("segment")
    assert profile.index.to_list() == ["high", "medium", "low"]
    assert profile["spend"].to_list() == [190, 210, 150]
    assert profile["spend_share"].to_list() == pytest.approx([19 / 55, 21 / 55, 15 / 55])
    assert profile["mean_spend"].to_list() == [95, 70, 30]
    assert profile["index_spend"].to_list() == pytest.approx([100 * 95 / 55, 100 * 70 / 55, 100 * 30 / 55])
    assert profile["median_spend"].to_list() == [95, 70, 30]


def test_an_index_is_held_against_the_classified_alone():
    customers = pd.DataFrame({"spend": [10.0, 30.0, 20.0, 100.0]})
    assignments = pd.DataFrame({"segment": ["a", "a", "b", "unknown"]})
    table = profile(customers, assignments, SimpleNamespace(classes=("a", "b"), outside=("unknown",)), ())  # type: ignore[arg-type]
    # The three classified spend 20 on average; with the unknown it would be 40.
    assert table["index_spend"].to_list() == [100, 100, 500]
    assert table["spend_share"].to_list() == [0.25, 0.125, 0.625]


def test_margin_is_another_value(ten, classes, holds):
    customers = ten.assign(margin=[5.0, 1, 10, 2, 9, 3, 8, 4, 7, float("nan")])
    result = method.segment(customers, basis="margin", tiers="fixed:5,9")
    assert classes(result) == "medium low high low high low medium low medium unknown_margin"
    assert result.built_on == ("margin",)
    holds(result, customers)


def test_consumption_needs_both_axes(table, holds):
    """Nine customers, one in each cell of orders (1 4 7) and spend (10 40 70)."""
    cells = [(orders, spend) for orders in (1, 4, 7) for spend in (10.0, 40.0, 70.0)]
    customers = table(orders=[orders for orders, _ in cells], spend=[spend for _, spend in cells])
    result = method.segment(customers, basis="consumption")
    wanted = ["low", "low", "medium", "low", "medium", "high", "medium", "high", "high"]
    assert result.assignments["segment"].to_list() == wanted
    assert result.details["truth_table"].set_index(["F", "M"])["segment"].to_dict() == {
        (f, m): name for (f, m), name in zip([(f, m) for f in (1, 2, 3) for m in (1, 2, 3)], wanted, strict=True)
    }
    assert result.profile["segment"].to_list() == ["high", "medium", "low"]
    holds(result, customers)


def test_consumption_is_never_a_sum_or_a_product(table):
    """Most orders and least money is no more than middling, and so is the other way round."""
    customers = table(orders=[90, 1, 5, 6, 7, 4], spend=[1.0, 9000.0, 50.0, 60.0, 70.0, 40.0])
    assert method.segment(customers, basis="consumption").assignments["segment"].to_list()[:2] == ["medium", "medium"]


def test_equal_customers_are_never_divided(table, classes):
    customers = table(orders=[1] * 8, spend=[10.0] * 5 + [20.0, 30.0, 40.0])
    result = method.segment(customers, tiers="quantile:4")
    # type 7: two cuts at 10, one at 22.5; the class between the two at 10 cannot be
    assert classes(result) == "tier_4 tier_4 tier_4 tier_4 tier_4 tier_2 tier_1 tier_1"
    assert '"reached": 3' in result.details["warnings"].set_index("warning").loc["shares_off", "values"]


@pytest.mark.parametrize("basis", ["spend", "consumption"])
def test_all_alike_is_one_class(table, holds, basis):
    customers = table(orders=[2] * 8, spend=[10.0] * 8)
    result = method.segment(customers, basis=basis)
    assert set(result.assignments["segment"]) == {"all"}
    assert not result.trustworthy
    holds(result, customers)


def test_outside_in_their_order_and_never_fitted_on(ten, table, classes, holds):
    orders, spend = [*ten["orders"], 0, 0, 0, 1, 1], [*SPEND, -20.0, 0.0, 0.0, -5.0, 0.0]
    customers = table(
        orders=orders,
        spend=spend,
        lifetime_orders=[*ten["orders"], 0, 0, 3, 1, 1],
        returns_only=[False] * 10 + [True] + [False] * 4,
    )
    result = method.segment(customers)
    assert classes(result).split()[10:] == ["returns_only", "no_orders", "no_orders_in_window", "net_negative", "net_zero"]
    assert result.details["cut_points"].equals(method.segment(ten).details["cut_points"])
    assert result.profile["spend"].sum() == 525
    holds(result, customers)


def test_gates_and_warnings(ten):
    result = method.segment(ten)
    gates = result.gates.set_index("gate")
    assert gates.loc["eligible_customers", ["passed", "found", "needed"]].to_list() == [False, 10, 100]
    assert "eligible_customers" not in method.segment(ten, tiers="fixed:50,90").gates["gate"].to_list()
    assert result.details["warnings"]["warning"].to_list() == ["small_class", "one_customer"]


def test_young_customers_are_flagged(ten):
    exposure = [91.0, *[90.0] * 2, *[364.0] * 7]  # a quarter of 364 days is 91
    flags = method.segment(ten.assign(exposure_days=exposure)).assignments["short_exposure"]
    assert flags.to_list() == [False, True, True] + [False] * 7


def test_faults_are_sentences(ten):
    with pytest.raises(ParameterError, match="value_tier knows spend, margin, consumption"):
        method.segment(ten, basis="clv")
    with pytest.raises(TableError, match="needs the column margin"):
        method.segment(ten, basis="margin")
    with pytest.raises(ParameterError, match="three tiers of each axis"):
        method.segment(ten, basis="consumption", tiers="quantile:4")
    with pytest.raises(TableError, match=r"spend \| lifetime_spend \(spent\?\)"):
        method.segment(ten.rename(columns={"spend": "spent"}))
    with pytest.raises(SchemeError, match="window of 364 days, the table looks back on 91"):
        method.segment(ten).assign(ten.assign(window_days=91))


def test_two_halves_of_the_supermarkets_year():
    """Published cuts and sizes: thirds of the first half, kept and drawn anew for the second, a window three days longer."""
    client = seglib.demo()
    first, second = (client.customers(as_of=day, window_days=days) for day, days in (("2017-06-30", 181), ("2017-12-31", 184)))
    before, after = (method.segment(half, tiers="quantile:3") for half in (first, second))
    assert [round(cut, 2) for cut in before.details["cut_points"]["cut"]] == [325.34, 1014.43]
    assert [round(cut, 2) for cut in after.details["cut_points"]["cut"]] == [349.70, 1043.33]
    assert before.profile["customers"].to_list()[:3] == [798, 797, 798]
    assert after.profile["customers"].to_list()[:3] == [805, 805, 806]
    assert before.profile["spend"].iloc[0] == pytest.approx(1_638_161.06, abs=0.005)
    assert after.profile["spend"].iloc[0] == pytest.approx(1_697_447.72, abs=0.005)
    with pytest.raises(SchemeError, match="window of 181 days"):
        before.assign(second)


def test_a_year_of_the_supermarket(year, holds):
    result = method.segment(year)
    shares = result.profile.set_index("segment")["customers_share"].round(3).to_dict()
    assert shares == {"high": 0.2, "medium": 0.3, "low": 0.5}
    assert result.trustworthy
    holds(result, year)


def test_cuts_given_beforehand_are_not_blamed_on_equal_values(table):
    customers = table(orders=[1] * 4, spend=[10.0, 20.0, 30.0, 40.0])
    warnings = method.segment(customers, tiers="fixed:100,1000").details["warnings"].set_index("warning")
    assert '"reached": 1' in warnings.loc["classes_empty", "values"]
    assert "shares_off" not in warnings.index


def test_a_list_of_yearly_totals_will_do_without_orders(table, classes, holds):
    yearly = table(spend=[float(value) for value in range(1, 11)] + [0.0, -2.0, None])
    result = method.segment(yearly)
    assert classes(result) == "low low low low low medium medium medium high high no_spend net_negative unknown_spend"
    holds(result, yearly)
    lifetime = method.segment(yearly.rename(columns={"spend": "lifetime_spend"}))
    assert lifetime.profile["customers"].tolist()[:3] == [2, 3, 5]
    with pytest.raises(TableError, match="orders"):
        method.segment(yearly, basis="consumption")


def test_money_counts_where_the_number_of_orders_is_not_known(table, classes, holds):
    customers = table(orders=[1.0, None, 3.0, 0.0], spend=[5.0, 9.0, 1.0, 0.0])
    result = method.segment(customers, tiers="quantile:2")
    assert classes(result) == "low high low no_orders"
    holds(result, customers)
    means = method.segment(customers.assign(spend=[5.0, 9.0, None, 0.0]), tiers="quantile:2").profile.set_index("segment")["mean_spend"]
    assert means[["low", "high"]].tolist() == [5, 9]
    assert math.isnan(means["unknown_spend"]), "of nobody's spend there is no mean"
    consumption = method.segment(customers, basis="consumption")
    assert classes(consumption).split()[1] == "unknown_orders"
