"""Chances to order: what they may look at, that nothing is claimed where nothing is there, and arithmetic against other ways to do it."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

import seglib
from seglib.errors import DataError
from seglib.methods._logit import logit
from seglib.report.proofs._base import Proof
from seglib.report.proofs.propensity_page import chances, judged
from seglib.review import measures
from seglib.review.propensity import FEATURES, Period, _areas, _ranked, design, judge, propensity


def quarter(seed: int, *, signal: float = 1.5, n: int = 600) -> Period:
    """Customers whose points tell (or do not) who orders, and whose days tell nothing."""
    random = np.random.default_rng(seed)
    points, days = random.exponential(10, n), random.integers(1, 300, n).astype(float)
    chance = 1 / (1 + np.exp(1 - signal * (np.log1p(points / 7) - 0.8)))
    known = pd.DataFrame({"days_since_last_order": days, "orders": 3.0, "intent_points": points})
    return Period("2025-01-01", "2025-03-31", known, random.random(n) < chance)


def test_weights_are_the_log_odds_of_a_table_of_four_cells():
    x = np.array([[1.0, 0]] * 40 + [[1, 1]] * 40)
    y = np.array([1.0] * 10 + [0] * 30 + [1] * 20 + [0] * 20)
    weights, spread = logit(x, y)
    assert weights == pytest.approx([np.log(10 / 30), np.log(20 / 20) - np.log(10 / 30)], abs=1e-5)
    assert spread == pytest.approx([(1 / 10 + 1 / 30) ** 0.5, (1 / 10 + 1 / 30 + 1 / 20 + 1 / 20) ** 0.5], abs=1e-5)


def test_areas_of_weighted_samples_are_those_of_the_drawn_ones():
    random = np.random.default_rng(1)
    score, happened = random.integers(0, 6, 40).astype(float), random.random(40) < 0.4
    counts = random.multinomial(40, np.full(40, 1 / 40), 5).astype(float)
    order, ends = _ranked(score, happened.astype(float))
    found = _areas(counts[:, order], happened[order].astype(float), ends)
    wanted = [measures.auc(np.repeat(score, row.astype(int)), np.repeat(happened, row.astype(int))) for row in counts]
    assert found == pytest.approx(wanted)


def test_features_stand_on_the_scale_of_the_table_that_teaches():
    base = pd.DataFrame({"days_since_last_order": [0.0, None], "orders": [2.0, 0.0], "intent_points": [0.0, 0.0]})
    x, names, other = design(base, base.assign(orders=[6.0, 0.0]), 365)
    assert names == ["constant", "days_since_last_order", "orders", "has_ordered"]  # points that nobody has are no feature
    assert x[:, 1].tolist() == [-1, 1]  # log 1 and log 366, scaled
    assert x[:, 2].tolist() == [1, -1]
    assert other[0, 2] == pytest.approx((np.log(4) - np.log(2) / 2) / (np.log(2) / 2))


def test_a_sign_that_tells_is_found_and_recency_that_does_not_is_told_apart():
    found = judge(quarter(1), quarter(2), 365, draws=200)
    assert found.passed
    table = found.measures.set_index("prediction")
    assert table.loc["model", "skill_low"] > 0
    assert table.loc["recency", "skill_low"] <= 0 <= table.loc["recency", "skill_high"] + 0.02
    assert found.against.set_index("baseline")["verdict"].to_dict() == {"recency": "better", "points": "as_good"}
    assert found.slope["low"] < 1 < found.slope["high"]
    assert found.weights["term"].iloc[0] == "intent_points"
    after = quarter(2).bought
    assert table.loc["model", "brier"] == pytest.approx((1 - table.loc["model", "skill"]) * after.mean() * (1 - after.mean()))
    assert found.calibration["customers"].sum() == 600


def test_where_nothing_tells_no_skill_is_claimed():
    claims = [judge(quarter(2 * seed, signal=0, n=300), quarter(2 * seed + 1, signal=0, n=300), 365, draws=100) for seed in range(60)]
    assert sum(one.measures["skill_low"].iloc[0] > 0 for one in claims) <= 3


def test_too_few_who_order_teach_nothing():
    one = quarter(1)
    few = replace(one, bought=np.arange(600) < 20)
    found = judge(few, quarter(2), 365)
    assert not found.passed
    assert found.measures.empty
    assert found.gates[["found", "needed"]].values.tolist() == [[20, 50], [20, 30]]
    nobody = judge(one, replace(quarter(2), bought=np.zeros(600, bool)), 365)
    assert not nobody.passed


@pytest.fixture(scope="module")
def frames() -> dict[str, pd.DataFrame]:
    """A year and a half of a small shop, with a deal that was won on the last day."""
    random = np.random.default_rng(3)
    days = pd.date_range("2024-01-01", "2025-06-30")
    orders = pd.DataFrame(
        {
            "customer_id": random.integers(0, 300, 2500).astype(str),
            "ordered_at": random.choice(days, 2500),
            "amount": random.integers(5, 90, 2500),
        }
    )
    events = pd.DataFrame(
        {"customer_id": random.integers(0, 320, 2000).astype(str), "happened_at": random.choice(days, 2000), "kind": "quote"}
    )
    deals = pd.DataFrame(
        {"opportunity_id": ["1"], "customer_id": ["1"], "created_at": ["2025-01-02"], "closed_at": ["2025-06-30"], "won": [True]}
    )
    return {"orders": orders.sort_values("ordered_at"), "interactions": events, "opportunities": deals}


def test_nothing_of_the_judged_period_is_known_before_it(frames):
    found = propensity(seglib.open_frames(**frames), split="2025-04-01", draws=50)
    learned, after = found.periods.to_dict("records")
    assert (learned["first"], learned["last"], after["first"], after["last"]) == ("2024-12-31", "2025-03-31", "2025-04-01", "2025-06-30")
    orders = frames["orders"]
    late = orders["ordered_at"] >= "2025-04-01"
    earlier = frames["interactions"]["happened_at"] < "2025-04-01"
    # Whoever ordered, asked or is negotiated with before the split is known at it.
    known = {*orders.loc[~late, "customer_id"], *frames["interactions"].loc[earlier, "customer_id"], "1"}
    assert after["customers"] == len(known)
    assert after["bought"] == len(set(orders.loc[late, "customer_id"]) & known)
    # other amounts and other events after the split: the same chances to the last digit
    events = frames["interactions"]
    changed = frames | {
        "orders": orders.assign(amount=orders["amount"].where(~late, 999)),
        "interactions": events[events["happened_at"] < "2025-04-01"],
    }
    again = propensity(seglib.open_frames(**changed), split="2025-04-01", draws=50)
    pd.testing.assert_frame_equal(again.measures, found.measures)
    assert not {"stage", "closed_at", "won", "deals_won", "open_pipeline", "probability"} & set(FEATURES)


def test_data_that_do_not_carry_chances_say_so(frames):
    with pytest.raises(DataError, match="no events that announce"):
        propensity(seglib.open_frames(orders=frames["orders"]))
    with pytest.raises(DataError, match="Choose a later split"):
        propensity(seglib.open_frames(**frames), split="2024-06-01")
    assert "没有预示购买的事件" in chances(seglib.open_frames(orders=frames["orders"]), lang="zh").text


def test_the_page_claims_no_more_than_the_figures_and_says_what_is_left_out(frames, tmp_path):
    found = judge(quarter(1), quarter(2), 365, draws=100)
    page = Proof(None, lang="en")
    assert "predict who orders" in judged(page, found)
    assert "rank better than days" in judged(page, found)
    same = replace(found, against=found.against.assign(verdict="undecided"))
    assert "gain nothing that counts" in judged(page, same)
    assert "rank worse" in judged(page, replace(found, against=found.against.assign(verdict="worse")))
    none = replace(found, measures=found.measures.assign(skill_low=-0.01))
    assert "do not predict" in judged(page, none)
    assert "预测不了" in judged(Proof(None, lang="zh"), none)
    shown = chances(seglib.open_frames(**frames), lang="zh", split="2025-04-01", out=str(tmp_path))
    assert "商机的阶段、关闭日期" in shown.text
    assert {path.name for path in tmp_path.iterdir()} == {"chances.csv", "chances_fifths.csv", "chances_weights.csv"}
    few = frames["orders"][frames["orders"]["customer_id"].astype(int) < 40]
    assert "没有学习下单概率" in chances(seglib.open_frames(**frames | {"orders": few}), lang="zh", split="2025-04-01").text
