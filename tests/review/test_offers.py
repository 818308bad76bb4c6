"""A rule for offers, learned on one quarter and judged on the next."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

import seglib
from seglib.errors import DataError
from seglib.review.offers import LEAST, TWICE, OfferUse, _first, offer_use


@pytest.fixture(scope="module")
def found() -> OfferUse:
    return offer_use(seglib.demo(), learn="2017-07-01", split="2017-10-01", draws=200)


def test_quarters_are_those_of_the_offers_table(found):
    # recomputed from the offers and orders themselves
    tables = seglib.demo().tables
    offers, orders = tables["offers"].execute(), tables["orders"]
    day = orders["ordered_at"].date()
    buyers = orders.filter(day.between("2017-04-09", "2017-09-30"))  # the 175 days before
    bought = set(buyers.select("customer_id").distinct().execute()["customer_id"])
    sent = set(offers.loc[(offers["sent_at"] < "2018-01-01") & (offers["ends_at"] >= "2017-10-01"), "customer_id"]) & bought
    used = set(offers.loc[offers["redeemed_at"].between("2017-10-01", "2018-01-01", inclusive="left"), "customer_id"]) & bought
    assert found.window_days == 175
    assert (found.judged["customers"], found.judged["offered"]) == (len(bought), len(sent))
    assert found.judged["users"] == len(used & sent)
    assert found.judged["unoffered_users"] == len(used - sent) == 0
    assert (found.judged["first"], found.judged["last"]) == ("2017-10-01", "2017-12-31")
    assert (found.learned["first"], found.learned["last"]) == ("2017-07-01", "2017-09-30")


def test_the_rule_is_the_first_quarters_rate_of_each_cell(found):
    cells = found.cells
    full = cells["customers_learned"] >= LEAST
    assert cells.loc[full, "score"].tolist() == pytest.approx(cells.loc[full, "rate_learned"].tolist())
    assert (cells["target"] == (cells["score"] >= TWICE * found.learned["rate"])).all()
    for habit, rows in cells[~full].groupby("habit"):  # small cells take their row's rate
        mine = cells[cells["habit"] == habit]
        rate = (mine["rate_learned"] * mine["customers_learned"]).sum() / mine["customers_learned"].sum()
        assert rows["score"].tolist() == pytest.approx([rate] * len(rows))
    assert cells["customers_judged"].sum() == found.judged["offered"]


def test_lists_have_one_length_and_count_the_same_users(found):
    lists = found.lists.set_index("chosen_by")
    target = found.cells[found.cells["target"]]
    assert (lists["customers"] == target["customers_judged"].sum()).all()
    assert lists.loc["rule", "users"] == pytest.approx((target["rate_judged"] * target["customers_judged"]).sum())
    assert lists.loc["anybody", "rate"] == pytest.approx(found.judged["rate"])
    assert lists["users_share"].max() <= 1
    assert lists.loc["rule", "low"] > lists.loc["spend", "high"]  # behaviour and history find more users than spend alone


def test_the_rule_leads_on_the_same_customers(found):
    ranks = found.ranks.set_index("chosen_by")
    assert ranks.loc["rule", "lead"] == 0
    assert (ranks["auc_low"] <= ranks["auc"]).all()
    assert (ranks["auc"] <= ranks["auc_high"]).all()
    assert ranks.loc["spend", "lead"] == pytest.approx(ranks.loc["rule", "auc"] - ranks.loc["spend", "auc"])


def test_the_test_plan_is_the_formula(found):
    plan, reach = found.plan, 1.959964 + 0.841621
    wanted = reach * plan["deviation"] * np.sqrt(2 * (1 - plan["correlation"] ** 2) / (plan["customers"] // 2))
    assert plan["least"] == pytest.approx(wanted, rel=1e-5)
    assert plan["least_share"] == pytest.approx(plan["least"] / plan["mean"])


def test_ties_at_the_end_of_a_list_share_their_places():
    assert _first(np.array([3.0, 1.0, 1.0, 1.0]), 2).tolist() == pytest.approx([1, 1 / 3, 1 / 3, 1 / 3])
    assert _first(np.zeros(4), 2).tolist() == [0.5] * 4


def shop(users: int = 0) -> object:
    """Sixty customers with an order a week for a year; offers to all in each of two quarters, of which some are used."""
    days = pd.date_range("2024-01-01", "2024-12-31", freq="7D")
    ids = [f"c{i:02d}" for i in range(60)]
    orders = pd.DataFrame(
        [(f"{c}-{d:%j}", c, d, 10.0 + i) for i, c in enumerate(ids) for d in days],
        columns=["order_id", "customer_id", "ordered_at", "amount"],
    )
    sent = [
        (c, k, pd.Timestamp(a), pd.Timestamp(b), pd.NaT)
        for c in ids
        for k, a, b in (("k0", "2024-05-01", "2024-05-31"), ("k1", "2024-08-01", "2024-08-31"), ("k2", "2024-11-01", "2024-11-30"))
    ]
    used = [
        (c, k, pd.NaT, pd.NaT, pd.Timestamp(d))
        for c in ids[:users]
        for k, d in (("k0", "2024-05-09"), ("k1", "2024-08-09"), ("k2", "2024-11-09"))
    ]
    offers = pd.DataFrame(sent + used, columns=["customer_id", "campaign_id", "sent_at", "ends_at", "redeemed_at"])
    return seglib.open_frames(orders=orders, offers=offers)


def test_who_used_offers_before_is_found_by_hand():
    found = offer_use(shop(users=30), learn="2024-07-01", split="2024-10-01", draws=20)
    lists = found.lists.set_index("chosen_by")
    assert (lists.loc["rule", "customers"], lists.loc["rule", "rate"], lists.loc["rule", "users_share"]) == (30, 1.0, 1.0)
    assert lists.loc["anybody", "rate"] == pytest.approx(0.5)
    assert found.ranks.set_index("chosen_by").loc["habit", "auc"] == 1.0


@pytest.mark.parametrize(
    ("users", "given", "sentence"),
    [
        (0, {"learn": "2024-07-01", "split": "2024-10-01"}, "no group of 30 customers used offers at 2 times the usual rate"),
        (30, {"learn": "2024-01-10", "split": "2024-10-01"}, "the orders begin on 2024-01-01"),
        (30, {"learn": "2024-10-01", "split": "2024-07-01"}, "one after it to judge by"),
    ],
)
def test_what_cannot_be_judged_is_said(users, given, sentence):
    with pytest.raises(DataError, match=sentence):
        offer_use(shop(users), **given, draws=2)


def test_without_offers_there_is_nothing_to_learn():
    orders = pd.DataFrame({"order_id": ["1"], "customer_id": ["a"], "ordered_at": ["2024-01-01"], "amount": [1.0]})
    with pytest.raises(DataError, match="the data have no offers_sent, offers_redeemed"):
        offer_use(seglib.open_frames(orders=orders), learn="2024-07-01", split="2024-10-01")
