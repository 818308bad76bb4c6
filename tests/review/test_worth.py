"""Worth on the grocery chain, split at 2017-10-01, and the rules behind the words."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

import seglib
from seglib.errors import DataError, TableError
from seglib.methods import rfm, value_tier
from seglib.review import HoldOut, hold_out, worth
from seglib.review.worth import size_matched, verdict


@pytest.fixture(scope="module")
def held() -> HoldOut:
    return hold_out(seglib.demo(), split="2017-10-01")


def _r2(found, prediction):
    return found.measures.set_index("prediction").loc[prediction]


def test_the_split_of_the_grocery_year(held):
    assert (len(held.base), held.days, held.born) == (2446, 92, 23)
    assert held.base["spend"].sum() == pytest.approx(3_400_483.24, abs=0.005)
    assert held.spend.sum() == pytest.approx(1_193_232.14, abs=0.005)
    assert held.born_spend == pytest.approx(2_324.20, abs=0.005)
    assert held.returned.mean() == pytest.approx(0.9424, abs=0.0001)


@pytest.mark.parametrize(("tiers", "eta2"), [("quantile:3", 0.436), ("quantile:10", 0.623)])
def test_spend_tiers_explain_the_next_quarter_as_published(held, tiers, eta2):
    found = worth(value_tier.segment(held.base, tiers=tiers), held, draws=200)
    assert _r2(found, "value_tier")["eta2"] == pytest.approx(eta2, abs=0.001)
    assert _r2(found, "recency")["eta2"] == pytest.approx(0.191, abs=0.001)
    assert _r2(found, "last_period_spend")["eta2"] == pytest.approx(0.644, abs=0.001)
    # Tiers of spend are the size-matched ranking itself.
    assert found.verdict == "as_good"
    assert _r2(found, "size_matched_spend")["r2"] == pytest.approx(_r2(found, "value_tier")["r2"])


def test_names_lose_to_a_spend_ranking_of_their_own_sizes(held):
    found = worth(rfm.segment(held.base, classes="rfm125"), held)
    assert _r2(found, "rfm")["eta2"] == pytest.approx(0.437, abs=0.001)
    assert _r2(found, "size_matched_spend")["eta2"] == pytest.approx(0.537, abs=0.001)
    against = found.against.set_index("baseline").loc["size_matched_spend"]
    assert against["low"] == pytest.approx(-0.125, abs=0.01)
    assert against["high"] == pytest.approx(-0.075, abs=0.01)
    assert found.verdict == "worse"
    assert found.against.set_index("baseline").loc["recency", "verdict"] == "better"


def test_worth_is_the_same_for_shuffled_rows_and_other_ids(held):
    result = rfm.segment(held.base, classes="cn8")
    first, second = worth(result, held, draws=50), worth(result, hold_out(seglib.demo(), split="2017-10-01"), draws=50)
    assert first.measures.equals(second.measures)
    assert first.calibration["customers"].sum() == len(held.base)


def test_a_classification_of_other_customers_is_refused(held):
    result = value_tier.segment(held.base.iloc[10:].reset_index(drop=True))
    with pytest.raises(TableError, match="10 customers of the base period have no class"):
        worth(result, held, draws=10)


@pytest.mark.parametrize("split", ["2016-06-01", "2017-01-03", "2018-03-01"])
def test_a_split_without_a_base_or_a_next_period_is_refused(split):
    with pytest.raises(DataError, match="choose a day"):
        hold_out(seglib.demo(), split=split)


def test_size_matching_keeps_sizes_and_never_divides_ties():
    codes = np.array([0, 0, 1, 1, 1, 1])
    spend = np.array([1.0, 2.0, 9.0, 9.0, 5.0, 4.0])
    # Class 1 is the richer one: its four places go to the four largest spends.
    assert size_matched(codes, spend).tolist() == [1, 1, 0, 0, 0, 0]
    assert len(set(size_matched(np.array([0, 1, 1]), np.array([5.0, 5.0, 5.0])))) == 1


def test_the_words_are_tried_in_their_order():
    assert verdict(0.0, -0.02, 0.02) == "as_good"
    assert verdict(0.008, 0.001, 0.03) == "undecided"
    assert verdict(-0.03, -0.06, -0.001) == "worse"


def test_on_cdnow_recency_beats_spend_where_it_loses_on_groceries(held, shared):
    lines = pd.read_csv(
        shared / "oracles" / "data" / "CDNOW_sample.txt",
        sep=r"\s+",
        header=None,
        names=["master", "customer_id", "day", "discs", "amount"],
        dtype={"customer_id": str, "day": str},
    )
    orders = lines.assign(ordered_at=pd.to_datetime(lines["day"]))[["customer_id", "ordered_at", "amount"]]
    discs = hold_out(seglib.open_frames(orders=orders), split="1997-10-01")
    words = {}
    for name, data in (("grocery", held), ("cdnow", discs)):
        found = worth(value_tier.segment(data.base, tiers="quantile:3"), data)
        words[name] = found.against.set_index("baseline").loc["recency", "verdict"]
    assert words == {"grocery": "better", "cdnow": "worse"}


def test_a_handful_of_customers_is_refused_in_a_sentence(held):
    few = held.only(np.arange(len(held.spend)) < 5)
    with pytest.raises(DataError, match="worth needs at least 10"):
        worth(value_tier.segment(few.base, tiers="median"), few)
