"""A method's own outcome, several splits, redrawn cuts, expected purchases, and the attributes that few have on record."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

import seglib
from seglib import methods
from seglib.errors import DataError, ParameterError
from seglib.review import declared, hold_out, judge, lifetime_measures, outcome, rolling
from seglib.review.outcomes import OUTCOMES
from tests.review.test_compare import discs


@pytest.fixture(scope="module")
def groceries():
    return judge(seglib.demo(), "income", draws=200)


@pytest.mark.parametrize("method", methods.names())
def test_every_method_names_an_outcome_there_is(method):
    assert declared(method) in ("spend", *OUTCOMES)


def test_an_outcome_nobody_knows_is_refused(monkeypatch):
    words = methods.words("rfm")
    monkeypatch.setattr(methods, "words", lambda name: type(words)({**words.content, "outcome": "luck"}))
    with pytest.raises(ParameterError, match="no outcome 'luck'"):
        declared("rfm")


def test_redeeming_is_judged_among_those_who_were_sent_something():
    client = seglib.demo()
    held = hold_out(client)
    found = outcome(client, held, "redemption")
    assert found.yes_no
    assert found.values[~found.known].sum() == 0
    assert 0 < found.values[found.known].mean() < 0.5
    assert 300 < found.known.sum() < len(held.base)


def test_shares_of_goods_add_up_to_at_most_one():
    client = seglib.demo()
    found = outcome(client, hold_out(client), "category_share")
    total = found.values[found.known].sum(axis=1)
    assert len(found.parts) <= 20
    assert total.max() <= 1 + 1e-9
    assert total.mean() > 0.9


def test_what_is_spent_beyond_the_usual_quarter_by_hand():
    days = pd.to_datetime("2024-12-31") - pd.to_timedelta([10 + 91 * n for n in range(7)], unit="D")
    orders = pd.concat(
        [
            pd.DataFrame({"customer_id": "a", "ordered_at": days, "amount": [150.0] + [100.0] * 6}),
            pd.DataFrame({"customer_id": "b", "ordered_at": days, "amount": [50.0] * 7}),
            pd.DataFrame({"customer_id": "new", "ordered_at": days[:3] - pd.Timedelta(days=45), "amount": [70.0] * 3}),
        ]
    )
    client = seglib.open_frames(orders=orders)
    held = hold_out(client, split="2024-10-02", end="2024-12-31")
    found = outcome(client, held, "beyond_usual")
    beyond = dict(zip(held.base["customer_id"], found.values[:, 0].round(6), strict=True))
    # 100 and 50 are usual, and never differ; together they spent 200 in place of 150, which a brought for 50, and by season for 33.33.
    assert beyond == {"a": pytest.approx(50 / 3, abs=1e-6), "b": pytest.approx(-50 / 3, abs=1e-6), "new": 0.0}
    assert dict(zip(held.base["customer_id"], found.known, strict=True)) == {"a": True, "b": True, "new": False}
    assert outcome(seglib.demo(), hold_out(seglib.demo()), "beyond_usual") is None  # nobody is known for a year before the split


def test_order_values_by_hand():
    orders = pd.DataFrame(
        {
            "customer_id": ["a", "a", "b", "a", "a", "b"],
            "ordered_at": ["2024-01-01", "2024-02-20", "2024-02-21", "2024-03-01", "2024-03-03", "2024-03-09"],
            "amount": [5.0, 20.0, 30.0, 10.0, 30.0, 5.0],
        }
    )
    client = seglib.open_frames(orders=orders)
    held = hold_out(client, split="2024-03-01")  # 9 days on; the 9 days before are 21 to 29 February
    ids = list(held.base["customer_id"])
    value = dict(zip(ids, outcome(client, held, "order_value").values[:, 0], strict=True))
    assert value["a"] - value["b"] == pytest.approx(np.log(20 / 5))
    assert outcome(client, held, "orders").values[:, 0].sum() == 3
    assert outcome(client, held, "redemption") is None
    assert outcome(client, held, "spend") is None


def test_attributes_are_judged_among_the_known(groceries):
    lines, coverage = groceries.worth.lines.set_index("line"), groceries.worth.coverage.set_index("group")
    assert lines["customers"].to_dict() == {"judged": 801, "with_unknown": 2446, "known_or_not": 2446}
    assert lines.loc["known_or_not", "eta2"] == pytest.approx(0.218, abs=0.001)
    assert lines.loc["judged", "eta2"] < 0.1 < 0.2 < lines.loc["with_unknown", "eta2"]
    assert coverage["mean_spend"].round().to_dict() == {"known": 2417, "unknown": 890}
    assert coverage.loc["known", "spend_share"] == pytest.approx(0.57, abs=0.005)


def test_the_ceiling_is_the_published_one(groceries):
    found = judge(seglib.demo(), "value_tier", draws=50).worth.measures.set_index("prediction").loc["ceiling"]
    assert found["eta2"] == pytest.approx(0.773, abs=0.001)
    assert found["r2"] == pytest.approx(0.772, abs=0.003)


def test_a_method_may_lose_on_spend_and_win_on_its_own_outcome():
    found = judge(seglib.demo(), "purchase_frequency", draws=200).worth
    assert (found.verdict, found.outcome, found.own_verdict) == ("worse", "orders", "better")


def test_known_prospects_are_a_second_line():
    orders = pd.DataFrame(
        {
            "customer_id": [f"c{i % 60}" for i in range(600)],
            "ordered_at": pd.date_range("2024-01-01", periods=600, freq="12h"),
            "amount": [float(5 + i % 60) for i in range(600)],
        }
    )
    known = pd.DataFrame({"customer_id": [f"c{i}" for i in range(90)]})
    found = judge(seglib.open_frames(orders=orders, customers=known), "value_tier", draws=50)
    lines = found.worth.lines.set_index("line")
    assert lines["customers"].to_dict() == {"judged": 60, "with_prospects": 90}
    assert found.held.spend[~found.held.bought].sum() == 0


def test_an_interval_with_redrawn_cuts_is_as_wide_or_wider():
    found = judge(seglib.demo(), "value_tier", draws=200, refits=30, tiers="quantile:3").worth
    row = found.measures.set_index("prediction").loc["value_tier"]
    assert found.refitted["low"] < row["r2"] < found.refitted["high"]
    assert found.refitted["high"] - found.refitted["low"] > 0.8 * (row["high"] - row["low"])


def test_splits_go_back_as_far_as_the_history():
    found = rolling(seglib.demo(), "value_tier", draws=50)
    assert found["split"].tolist() == ["2017-10-01", "2017-07-01"]
    assert found["window_days"].tolist() == [273, 175]
    assert (found["verdict"] == "as_good").all()


def test_the_checks_say_when_the_next_period_is_no_fair_test(groceries):
    checks = groceries.worth.checks.set_index("check")
    assert checks["passed"].to_dict() == {"length": True, "season": False, "level": True}
    assert checks.loc["length", "found"] == 92
    assert checks.loc["season", "found"] == 273


def test_expected_purchases_err_less_than_going_on_at_the_same_rate(shared):
    client = discs(shared)
    found = lifetime_measures(client, hold_out(client, split="1997-10-01")).set_index(["what", "model", "group"])
    assert found.loc[("orders", "model", "all"), "customers"] == 2357
    for what in ("orders", "spend"):
        errors = found.xs("all", level="group").loc[what, "mae"]
        assert errors["model"] < min(errors["same_rate"], errors["everybody_alike"])
    assert abs(found.loc[("orders", "model", "all"), "bias"]) < 0.1


def test_without_orders_there_is_no_next_period():
    known = pd.DataFrame({"customer_id": ["a", "b"]})
    with pytest.raises(DataError, match="no next period"):
        hold_out(seglib.open_frames(customers=known))
