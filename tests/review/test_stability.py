"""Stability by hand, against the published figures, and on worlds whose answer is known."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

import seglib
from seglib import methods
from seglib.methods import clusters, lifecycle, rfm, value_tier
from seglib.review import judge, stability
from seglib.review.cells import classes_of_cells, score_numbers
from seglib.review.cut_points import conclusion, drawn_cuts, moved_cuts
from seglib.review.orderbook import order_book
from seglib.review.stability import gaps_at_cuts
from seglib.review.steadiness import flips, windows_apart


@pytest.fixture(scope="module")
def base() -> pd.DataFrame:
    return seglib.demo().customers(as_of="2017-09-30", window_days=273)


def customers_of(spend: np.ndarray, **more: object) -> pd.DataFrame:
    frame = pd.DataFrame({"customer_id": [f"c{i:05d}" for i in range(len(spend))], "orders": 2, "spend": spend})
    return frame.assign(lifetime_orders=2, **more)


@pytest.mark.parametrize("method", [rfm, lifecycle, value_tier])
def test_cells_say_what_the_definition_says(base, method):
    result = method.segment(base)
    scheme = result.scheme
    prepared = scheme.prepared(base)
    found = classes_of_cells(scheme, {score.name: score_numbers(score, prepared) for score in scheme.scores})
    names = np.array([*scheme.classes, *scheme.outside], dtype=object)
    assert (names[found] == result.assignments["segment"].to_numpy(object)).all()


def test_own_order_flips_are_the_published_ones(base):
    book = order_book(seglib.demo(), as_of="2017-09-30", window_days=273)
    schemes = {str(k): value_tier.segment(base, tiers=f"quantile:{k}").scheme for k in (3, 5, 10)}
    found = {name: np.nanmean(rates) for name, rates in flips(book, schemes, draws=100).items()}
    assert found == pytest.approx({"3": 0.109, "5": 0.208, "10": 0.401}, abs=0.004)


@pytest.mark.parametrize(("tiers", "rate"), [("quantile:3", 0.015), ("quantile:5", 0.028), ("quantile:10", 0.061)])
def test_other_customers_hardly_move_the_cuts(base, tiers, rate):
    table, found = drawn_cuts(value_tier.segment(base, tiers=tiers), base, draws=100)
    assert found == pytest.approx(rate, abs=0.004)
    assert ((table["low"] < table["value"]) & (table["value"] < table["high"])).all()


def test_drawn_cuts_of_counts_and_days_are_whole_as_the_cuts_are(base):
    table, _ = drawn_cuts(rfm.segment(base, tiers="quantile:5"), base, draws=30)
    counted = table[table["input"] != "spend"]
    assert set(counted["input"]) == {"days_since_last_order", "orders"}
    for column in ("value", "low", "high"):
        assert counted[column].map(float.is_integer).all(), column
    assert ((table["low"] <= table["value"]) & (table["value"] <= table["high"])).all()


def test_a_flip_rate_by_hand():
    # One order of 10 each, cut at 15: it takes two or more of it to pass, 1 - 2/e; none at all is no flip.
    days = pd.date_range("2024-01-01", periods=300)
    orders = pd.DataFrame({"customer_id": [f"c{i}" for i in range(300)], "ordered_at": days, "amount": 10.0})
    client = seglib.open_frames(orders=orders)
    customers = client.customers()
    scheme = value_tier.segment(customers, tiers="fixed:15").scheme
    rates = flips(order_book(client, window_days=int(customers["window_days"].iloc[0])), {"v": scheme}, draws=200)["v"]
    counted = rates[~np.isnan(rates)]
    assert counted.mean() == pytest.approx(1 - 2 / np.e, abs=0.01)


def test_cuts_moved_by_a_tenth_by_hand():
    # Cut at 100: at 90 the customer of 95 joins the upper class, at 110 the one of 105 leaves it.
    customers = customers_of(np.array([10.0, 95.0, 105.0, 500.0]))
    found = moved_cuts(value_tier.segment(customers, tiers="fixed:100"), customers)
    assert found["customers_share"].tolist() == [0.25, 0.25]
    assert found["spend_share"].tolist() == pytest.approx([95 / 710, 105 / 710])
    assert found["change"].tolist() == [-0.1, 0.1]


def test_the_conclusion_that_changes_most_by_hand():
    spend = np.array([30.0, 20.0, 10.0, 20.0])
    found = conclusion(["high", "low"], np.array([0, 0, 1, 1]), np.array([0, 1, 1, 1]), spend)
    # Mean 20: high goes from 25 to 30, low from 15 to 50/3.
    assert (found["segment"], found["index_before"], found["index_after"]) == ("high", 125, 150)
    assert found["spend_share"] == pytest.approx(20 / 80)
    same = conclusion(["high", "low"], np.array([0, 1, 1, 1]), np.array([0, 1, 1, 1]), spend)
    assert (same["segment"], same["customers_share"]) == ("", 0)


def test_a_gap_is_seen_where_there_is_one_and_not_in_a_continuum():
    draw = np.random.default_rng(4)
    apart = customers_of(np.exp(np.concatenate([draw.normal(2, 0.3, 400), draw.normal(6, 0.3, 400)])))
    one = customers_of(np.exp(draw.normal(4, 1, 800)))
    tiers = "fixed:54.5"
    assert gaps_at_cuts(value_tier.segment(apart, tiers=tiers), apart)["p_holm"].max() < 0.01
    assert gaps_at_cuts(value_tier.segment(one, tiers=tiers), one)["p_holm"].min() > 0.01


def test_no_gap_is_claimed_in_continua():
    draw = np.random.default_rng(0)
    claimed = 0
    for _ in range(20):
        one = customers_of(np.exp(draw.normal(4, 1, 300)))
        claimed += (gaps_at_cuts(value_tier.segment(one, tiers="quantile:4"), one)["p_holm"] < 0.01).any()
    assert claimed <= 1


def test_three_words_on_groceries():
    client = seglib.demo()
    customers = client.customers()
    result = value_tier.segment(customers, tiers="quantile:3")
    worth = judge(client, "value_tier", draws=100, tiers="quantile:3").worth
    first = stability(client, result, customers, worth=worth, draws=30)
    assert [first.answer(word) for word in ("reproducible", "separated", "useful")] == ["yes", "no", "partly"]
    assert list(first.classes["segment"]) == ["high", "medium", "low"]
    assert first.classes["flip_rate"].idxmax() == 1  # the middle has two neighbours
    window = first.sensitivity[first.sensitivity["what"] == "window"]
    assert window["change"].tolist() == [-0.25]  # no longer window than the year there is
    again = stability(client, result, customers.sample(frac=1, random_state=1).reset_index(drop=True), worth=worth, draws=30, windows=False)
    assert again.flips.sort_values("customer_id")["flip_rate"].tolist() == first.flips.sort_values("customer_id")["flip_rate"].tolist()
    assert again.cut_points.equals(first.cut_points)


def test_deciles_are_not_reproducible():
    client = seglib.demo()
    customers = client.customers()
    result = value_tier.segment(customers, tiers="quantile:10")
    found = stability(client, result, customers, draws=20, windows=False)
    assert found.answer("reproducible") == "partly"
    assert found.answer("useful") == "unknown"
    words = found.words.set_index("word")
    assert words.loc["reproducible", "found"] == pytest.approx(0.63, abs=0.02)


def test_groups_far_apart_are_separated_and_reproducible():
    draw = np.random.default_rng(0)
    place = np.repeat([0, 6], 250)
    frame = customers_of(np.full(500, 10.0), a=draw.normal(place, 1), b=draw.normal(place, 1))
    result = clusters.segment(frame, features="a,b", classes=2, scale="none", starts=5)
    client = seglib.open_frames(orders=pd.DataFrame({"customer_id": ["x"], "ordered_at": ["2024-01-01"], "amount": [1.0]}))
    found = stability(client, result, frame, draws=20, windows=False)
    assert [found.answer(word) for word in ("reproducible", "separated")] == ["yes", "yes"]
    assert found.learned["agreement"] > 0.95


def test_who_keeps_the_class_from_half_to_half():
    client = seglib.demo()
    table = client.customers(window_days=182)
    results = {"terciles": value_tier.segment(table, tiers="quantile:3")}
    stay, chance, low, high = windows_apart(client, results, draws=30)["terciles"]
    assert stay == pytest.approx(0.706, abs=0.005)
    assert chance == pytest.approx(0.796, abs=0.004)
    assert low < chance < high


def test_what_the_data_state_once_is_no_question_of_chance():
    client = seglib.demo()
    customers = client.customers()
    found = stability(client, methods.get("income").segment(customers), customers, draws=5, windows=False)
    assert found.flips.empty
    assert found.undrawn == ("stated", ("income_band",))
    row = found.words.set_index("word").loc["reproducible"]
    assert (row["answer"], row["measure"]) == ("unknown", "stated")
