"""Engagement on a table counted by hand, on a market whose truth is known, and on real visits of a web shop."""

from __future__ import annotations

import pandas as pd
import pytest

import seglib
from seglib import datasets
from seglib.customers.contacts import rules
from seglib.methods import engagement
from seglib.segmentation import Facts


def _seven(table):
    return table(engagement_score=[0.0, 1.0, 2.0, 3.0, 4.0, 5.0, 6.0], orders=[0, 0, 1, 1, 2, 2, 3], spend=[0.0, 0, 10, 10, 20, 20, 30])


def test_classes_counted_by_hand(table, holds, classes):
    customers = _seven(table)
    result = engagement.segment(customers)
    assert classes(result) == "silent low low medium medium high high"
    assert result.ordered
    assert "firms_choice" in set(result.details["warnings"]["warning"])
    assert "conversion" not in result.details
    holds(result, customers)


def test_a_table_without_orders_will_do(table, holds, classes):
    customers = _seven(table).drop(columns=["orders", "spend"])
    result = engagement.segment(customers)
    assert classes(result) == "silent low low medium medium high high"
    holds(result, customers)


def test_conversion_is_read_in_the_window_that_follows(table):
    customers = _seven(table)
    before = pd.DataFrame({"customer_id": [f"c{n}" for n in range(1, 6)], "engagement_score": [0.0, 9.0, 9.0, 9.0, 9.0]})
    before = before.assign(interactions=1, bought=[False, True, True, True, False])
    customers.attrs["facts"] = Facts({"engagement_before": before})
    found = engagement.segment(customers).details["conversion"].set_index("segment")
    assert found.loc["high", ["customers", "bought", "share"]].tolist() == [4, 3, 0.75]
    # Wilson by hand: (3 + 1.92) / (4 + 3.84) = .628, half width .328
    assert found.loc["high", ["low", "high"]].tolist() == pytest.approx([0.300, 0.954], abs=0.002)
    assert found.loc["silent", ["customers", "bought"]].tolist() == [1, 0]


def test_equal_scores_are_one_class(table, classes):
    result = engagement.segment(table(engagement_score=[2.0, 2.0, 0.0]))
    assert classes(result) == "all all silent"
    assert not result.trustworthy


def test_opened_mails_and_purchases_weigh_nothing():
    assert rules()["engagement"]["email_open"] == 0
    assert "order" in rules()["kinds"]["purchase"]


def test_it_finds_the_truth_of_a_made_market_again():
    market = datasets.make_market(customers=600, seed=3, orders_per_year=20)
    result = engagement.segment(seglib.open_frames(**market.tables).customers(facts=engagement.FACTS))
    rank = {"silent": 0, "low": 1, "medium": 2, "high": 3}
    found = result.assignments.set_index("customer_id")["segment"].map(rank)
    true = market.truth_class("engagement").map(rank)
    assert found.corr(true.reindex(found.index), method="spearman") > 0.6
    conversion = result.details["conversion"].set_index("segment")["share"]
    assert conversion["high"] > conversion["silent"]


def test_visits_of_a_real_web_shop(shared, table):
    """Monthly web visits of 2,240 customers; the set has no days, no other contacts and no ids, so that nothing fades in it."""
    path = next((shared / "data" / "customer_personality").glob("*.parquet"))
    visits = pd.read_parquet(path)["NumWebVisitsMonth"].astype(float)
    result = engagement.segment(table(engagement_score=visits.tolist()))
    counts = result.assignments["segment"].value_counts()
    assert counts["silent"] == int((visits == 0).sum())
    assert counts.sum() == len(visits) == 2240
    assert set(counts.index) == {"high", "medium", "low", "silent"}
