"""revenue_contribution: cumulated revenue by hand, concentration by hand, and the supermarket's households."""

from __future__ import annotations

import json

import numpy as np
import pandas as pd
import pytest

import seglib
from seglib.errors import ParameterError, TableError
from seglib.methods import revenue_contribution as method
from seglib.methods import words
from seglib.settings import ClientSettings

SPEND = [5, 50, 1, 15, 4, 20, 4, 1]  # 100 in all; from the top 50, 20, 15 | 5, 4, 4 | 1, 1


@pytest.fixture
def eight(table):
    return table(orders=[2, 9, 1, 5, 2, 6, 3, 1], spend=[float(value) for value in SPEND])


def test_who_crosses_the_line_is_in_the_better_class_and_ties_share_one(eight, classes, holds):
    result = method.segment(eight)
    assert classes(result) == "B A C A B A B C"
    assert result.details["cut_points"]["cut"].to_list() == [4, 15]
    assert result.profile["segment"].to_list() == ["A", "B", "C"]
    assert result.profile["spend"].to_list() == [85, 13, 2]
    assert result.ordered
    holds(result, eight)


def test_cuts_are_money_so_the_next_period_can_move(eight):
    grown = eight.assign(spend=eight["spend"] * 4)
    assert method.segment(eight).assign(grown)["segment"].to_list() == ["A", "A", "B", "A", "A", "A", "A", "B"]
    assert " ".join(method.segment(grown).assignments["segment"]) == "B A C A B A B C"


@pytest.mark.parametrize(
    ("given", "wanted"),
    [
        ({"classes": "core_fringe"}, "fringe core fringe core fringe core fringe fringe"),
        ({"classes": "levels"}, "medium high low high medium high medium low"),
        # type 7: the upper quarter begins above 16.25, the lower one ends at 3.25
        ({"tiers": "top:25,50,25"}, "medium high low medium medium high medium low"),
        ({"tiers": "top:25,50,25", "classes": "abc"}, "B A C B B A B C"),
        ({"tiers": "top:25,50,25", "classes": "core_fringe"}, "fringe core fringe fringe fringe core fringe fringe"),
        ({"tiers": "share:0.5"}, "B A B B B B B B"),
        ({"tiers": "fixed:4,20", "classes": "abc"}, "B A C B B A B C"),
    ],
)
def test_classes_and_rules(eight, classes, holds, given, wanted):
    result = method.segment(eight, **given)
    assert classes(result) == wanted
    holds(result, eight)


def test_concentration_by_hand(eight):
    result = method.segment(eight)
    # ascending 1 1 4 4 5 15 20 50 against -7 -5 -3 -1 1 3 5 7 is 472; 472 / (8 * 100)
    assert result.fit["gini"] == pytest.approx(0.59, abs=1e-15)
    assert result.fit["herfindahl"] == pytest.approx(0.3184)
    assert result.fit["effective_customers"] == pytest.approx(1 / 0.3184)
    top = result.details["top_shares"]
    assert top[["customers_share", "customers", "spend", "spend_share"]].to_numpy().tolist() == [
        [0.01, 1, 50, 0.5],
        [0.05, 1, 50, 0.5],
        [0.10, 1, 50, 0.5],
        [0.20, 2, 70, 0.7],
    ]
    lorenz = result.details["lorenz"]
    assert lorenz["customers_share"].to_list() == [number / 8 for number in range(9)]
    assert lorenz["spend_share"].to_list() == pytest.approx([0, 0.01, 0.02, 0.06, 0.10, 0.15, 0.30, 0.50, 1])


def test_the_interval_is_that_of_samples_drawn_one_by_one(eight):
    ordered = np.sort(eight["spend"].to_numpy())
    rng = np.random.default_rng(method.SEED)
    samples = ordered[np.sort(rng.integers(8, size=(method.DRAWS, 8)), axis=1)]
    ginis = [method._gini(sample) for sample in samples]
    result = method.segment(eight)
    assert [result.fit["gini_low"], result.fit["gini_high"]] == pytest.approx(list(np.quantile(ginis, [0.025, 0.975])))
    assert result.fit["gini_low"] < result.fit["gini"] < result.fit["gini_high"]


def test_order_and_names_of_customers_play_no_part(eight):
    turned = eight.iloc[::-1].assign(customer_id=[f"z{number}" for number in range(8)])
    assert dict(method.segment(turned).fit) == dict(method.segment(eight).fit)


def test_refunds_and_zero_stay_outside_and_do_not_shift_a_cut(table, classes, holds):
    orders, spend = [2, 9, 1, 5, 2, 6, 3, 1, 1, 1, 0], [*map(float, SPEND), -30.0, 0.0, 0.0]
    customers = table(orders=orders, lifetime_orders=[*orders[:-1], 4], spend=spend)
    result = method.segment(customers)
    assert classes(result) == "B A C A B A B C net_negative net_zero no_orders_in_window"
    assert result.profile["spend"].sum() == 70
    # The zero belongs to the spread, the negative one and the one who did not buy do not: 9 customers.
    assert result.details["top_shares"]["customers"].to_list() == [1, 1, 1, 2]
    assert result.fit["gini"] == pytest.approx((472 + 100) / 900)  # every weight grows by one, and so does n
    holds(result, customers)


def test_an_even_spread_has_no_core(table, classes):
    customers = table(orders=[1] * 8, spend=[10.0] * 8)
    result = method.segment(customers)
    gates = result.gates.set_index("gate")
    assert classes(result) == " ".join(["all"] * 8)
    assert not gates.loc["no_concentration", "passed"]
    assert gates.loc["no_concentration", "found"] == 0
    assert not result.trustworthy


def test_no_revenue_at_all_is_no_crash(table, classes):
    result = method.segment(table(orders=[1, 0], spend=[0.0, 0.0]))
    assert classes(result) == "net_zero no_orders"
    assert not result.gates.set_index("gate").loc["no_concentration", "passed"]


def test_one_customer_with_more_than_a_tenth_is_named(eight):
    warnings = method.segment(eight).details["warnings"].set_index("warning")
    assert '"share": 50' in warnings.loc["one_customer", "values"]


def test_faults_are_sentences(eight):
    with pytest.raises(ParameterError, match=r"revenue_contribution knows abc, levels, core_fringe"):
        method.segment(eight, classes="abcd")
    with pytest.raises(ParameterError, match="shares that rise"):
        method.segment(eight, tiers="share:0.95,0.8")
    with pytest.raises(TableError, match="spend"):
        method.segment(eight.drop(columns="spend"))


def test_nine_months_of_the_supermarket(nine_months, holds):
    result = method.segment(nine_months)
    assert result.profile.set_index("segment")["customers"].to_dict() == {"A": 1007, "B": 644, "C": 795}
    assert result.details["warnings"].empty
    assert result.trustworthy
    holds(result, nine_months)


def test_a_year_of_the_supermarket(year):
    result = method.segment(year)
    top = result.details["top_shares"].set_index("customers_share")["spend_share"]
    assert round(result.fit["gini"], 4) == 0.5247
    assert round(top[0.20], 3) == 0.546
    assert result.fit["gini_low"] < 0.5247 < result.fit["gini_high"]
    assert len(result.details["lorenz"]) == method.CURVE_POINTS + 1


def test_a_list_of_yearly_totals_will_do_without_orders(table, classes, holds):
    yearly = table(spend=[float(value) for value in [*SPEND, 0, -3]] + [None])
    result = method.segment(yearly)
    assert classes(result) == "B A C A B A B C no_spend net_negative unknown_spend"
    assert result.fit["gini"] == pytest.approx(0.59)
    holds(result, yearly)
    lifetime = method.segment(yearly.rename(columns={"spend": "lifetime_spend"}))
    assert classes(lifetime) == "B A C A B A B C no_spend net_negative unknown_lifetime_spend"
    assert "lifetime" in set(lifetime.details["warnings"]["warning"])
    opened = seglib.open_frames(
        settings=ClientSettings(as_of="2024-12-31"), customers=pd.DataFrame({"customer_id": list("abcdefgh"), "spend": SPEND})
    )
    assert classes(method.segment(opened.customers())) == "B A C A B A B C"


def test_where_a_is_more_than_half_of_the_customers_there_is_no_core(table, classes):
    spread = table(orders=[1] * 10, spend=[12.0, 11, 11, 10, 10, 10, 10, 9, 9, 8])
    result = method.segment(spread)
    assert classes(result) == "A A A A A A A A A B"  # those above the two 9s hold .74, above the 8 .92
    assert result.details["variants"].values.tolist() == [["A", "spread"]]
    # 12 + 11 + 11 + 10 = 44 of 100, with the next 54: five of ten bring half
    assert result.fit["half_share"] == 0.5
    said = json.loads(result.details["warnings"].set_index("warning").loc["no_core", "values"])
    sentence = words("revenue_contribution").warning("no_core", "en", **said)
    assert "A (core) holds 70%" not in sentence
    assert "holds 90% of the classified customers; Gini 0.06, and the largest 50% of the customers bring half" in sentence
    fringe = method.segment(spread, classes="core_fringe")
    assert fringe.details["variants"]["segment"].tolist() == ["core"]
    assert "variants" not in method.segment(spread, tiers="top:70,20,10").details


def test_a_core_is_said_to_be_one(eight):
    result = method.segment(eight)
    assert "variants" not in result.details
    assert result.fit["half_share"] == 1 / 8, "the largest alone brings half"
