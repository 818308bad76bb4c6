"""Purchase intent on points counted by hand, on a market whose truth is known, and on real visits of a web shop."""

from __future__ import annotations

import pandas as pd
import pytest

import seglib
from seglib import datasets
from seglib.errors import ParameterError
from seglib.methods import purchase_intent
from seglib.segmentation import Facts


def _six(table):
    return table(
        intent_points=[0.0, 10.0, 10.0, 40.0, 40.0, 40.0], employees=[900.0, 5.0, 90.0, 5.0, 90.0, None], spend=[0.0] * 6, orders=[0] * 6
    )


def test_points_against_fit_counted_by_hand(table, holds, classes):
    customers = _six(table)
    result = purchase_intent.segment(customers)
    assert classes(result) == "none cold warm warm hot warm"
    told = set(result.details["warnings"]["warning"])
    assert {"after_the_outcome", "fit_by"} <= told
    holds(result, customers)


def test_without_fit_points_alone_decide(table, holds, classes):
    customers = _six(table).drop(columns="employees")
    result = purchase_intent.segment(customers)
    assert classes(result) == "none cold cold hot hot hot"
    assert "no_fit" in set(result.details["warnings"]["warning"])
    holds(result, customers)


def test_who_was_never_addressed_shows_no_lack_of_intent(table, holds, classes):
    customers = table(intent_points=[9.0, 0.0, 0.0, 0.0], interactions=[1, 0, 5, 0], unknown_events=[0] * 4, times_contacted=[0, 3, 0, 0])
    result = purchase_intent.segment(customers)
    assert classes(result) == "hot none none not_contacted"
    assert "not_contacted" in result.scheme.outside
    holds(result, customers)
    assert classes(purchase_intent.segment(customers.assign(times_contacted=0))) == "hot none none none"


def test_another_column_and_other_limits(table, holds, classes):
    customers = _six(table).assign(closeness=[1.0, 0.9, 0.1, 0.9, 0.1, 0.1])
    result = purchase_intent.segment(customers, fit="closeness", fit_tiers="fixed:0.5", tiers="fixed:20")
    assert classes(result) == "none warm cold hot warm warm"
    holds(result, customers)


@pytest.mark.parametrize("params", [{"tiers": "quantile:3"}, {"fit_tiers": "quantile:4"}, {"tiers": "median+own1"}])
def test_rules_must_give_two_classes(table, params):
    with pytest.raises(ParameterError, match=r"two classes|own1"):
        purchase_intent.segment(_six(table), **params)


def test_a_column_of_fit_must_be_there(table):
    with pytest.raises(ParameterError, match="no column charm"):
        purchase_intent.segment(_six(table), fit="charm")


def test_every_point_is_explained(table):
    customers = _six(table)
    rows = [("c2", "cart", 1, 10.0), ("c4", "view", 20, 10.0), ("c4", "quote", 1, 30.0), ("c4", "email_open", 9, 0.0)]
    customers.attrs["facts"] = Facts({"interactions_by_kind": pd.DataFrame(rows, columns=["customer_id", "kind", "count", "points"])})
    details = purchase_intent.segment(customers).details
    assert details["explained"].values.tolist() == [["c2", "cart", 1, 10], ["c4", "quote", 1, 30], ["c4", "view", 20, 10]]
    assert details["kinds"].loc[0].tolist() == ["quote", 1, 1, 30]


def test_points_of_a_made_market_add_up_and_find_its_truth_again():
    market = datasets.make_market(customers=600, seed=3, orders_per_year=20)
    customers = seglib.open_frames(**market.tables).customers(facts=purchase_intent.FACTS)
    result = purchase_intent.segment(customers)
    explained = result.details["explained"].groupby("customer_id")["points"].sum()
    points = customers.set_index("customer_id")["intent_points"]
    assert explained.reindex(points.index, fill_value=0.0).to_numpy() == pytest.approx(points.to_numpy(), abs=1e-6)
    true = market.truth_class("purchase_intent").isin(["hot", "warm"]).reindex(points.index)
    assert points[true].median() > points[~true].median()


def test_visits_of_a_real_web_shop(shared, table):
    """Monthly web visits and income of 2,240 customers, at half a point a visit; the set has no days and no other signs."""
    path = shared / "data" / "customer_personality" / "marketing_campaign.parquet"
    frame = pd.read_parquet(path)
    visits, income = frame["NumWebVisitsMonth"].astype(float), frame["Income"].astype(float)
    result = purchase_intent.segment(table(intent_points=(visits / 2).tolist(), income=income.tolist()), fit="income")
    counts = result.assignments["segment"].value_counts()
    assert counts["none"] == int((visits == 0).sum())
    many, rich = visits >= visits[visits > 0].median(), income >= income[visits > 0].median()
    assert counts["hot"] == int((many & rich & (visits > 0)).sum())
