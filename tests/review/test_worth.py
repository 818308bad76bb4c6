"""Worth on the grocery chain, split at 2017-10-01, and the rules behind the words."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

import seglib
from seglib.errors import DataError, ParameterError, TableError
from seglib.methods import rfm, value_tier
from seglib.review import HoldOut, compare, foretold, hold_out, worth
from seglib.review.worth import size_matched, tells, verdict


@pytest.fixture(scope="module")
def held() -> HoldOut:
    return hold_out(seglib.demo(), split="2017-10-01")


def cdnow(shared) -> seglib.Client:
    lines = pd.read_csv(
        shared / "oracles" / "data" / "CDNOW_sample.txt",
        sep=r"\s+",
        header=None,
        names=["master", "customer_id", "day", "discs", "amount"],
        dtype={"customer_id": str, "day": str},
    )
    orders = lines.assign(ordered_at=pd.to_datetime(lines["day"]))[["customer_id", "ordered_at", "amount"]]
    return seglib.open_frames(orders=orders)


def _r2(found, prediction):
    return found.measures.set_index("prediction").loc[prediction]


def test_the_split_of_the_grocery_year(held):
    assert (len(held.base), held.days, held.born) == (2446, 92, 23)
    assert held.base["spend"].sum() == pytest.approx(3_400_483.24, abs=0.005)
    assert held.spend.sum() == pytest.approx(1_193_232.14, abs=0.005)
    assert held.born_spend == pytest.approx(2_324.20, abs=0.005)
    assert held.returned.mean() == pytest.approx(0.9424, abs=0.0001)


@pytest.mark.parametrize(("tiers", "eta2", "ends"), [("quantile:3", 0.436, (0.397, 0.477)), ("quantile:10", 0.623, (0.579, 0.668))])
def test_spend_tiers_explain_the_next_quarter_as_published(held, tiers, eta2, ends):
    found = worth(value_tier.segment(held.base, tiers=tiers), held, draws=400)
    assert _r2(found, "value_tier")["eta2"] == pytest.approx(eta2, abs=0.001)
    assert tuple(_r2(found, "value_tier")[["eta2_low", "eta2_high"]]) == pytest.approx(ends, abs=0.01)
    assert tuple(_r2(found, "recency")[["eta2_low", "eta2_high"]]) == pytest.approx((0.169, 0.218), abs=0.01)
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
        worth(result, held, draws=20)


@pytest.mark.parametrize("split", ["2016-06-01", "2017-01-03", "2018-03-01", "soon"])
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
    assert verdict(-0.004, -0.007, -0.001) == "worse", "an interval wholly below 0 is no as good"
    assert verdict(-0.004, -0.007, 0.0) == "as_good"


def test_two_that_tell_of_nothing_are_not_compared():
    assert not tells(0.0087, 0.0499)
    assert not tells(-0.3, float("nan"))
    assert tells(0.0087, 0.05)


def test_on_cdnow_recency_beats_spend_where_it_loses_on_groceries(held, shared):
    discs = hold_out(cdnow(shared), split="1997-10-01")
    words = {}
    for name, data in (("grocery", held), ("cdnow", discs)):
        found = worth(value_tier.segment(data.base, tiers="quantile:3"), data)
        words[name] = found.against.set_index("baseline").loc["recency", "verdict"]
    assert words == {"grocery": "better", "cdnow": "worse"}


def test_who_comes_back_is_a_question_of_its_own(held, shared):
    """How much, a spend ranking tells better on both data sets; who returns, frequency and recency tell better on CDNOW alone."""
    grocery = worth(rfm.segment(held.base), held, draws=200).against.set_index("baseline").loc["size_matched_spend"]
    assert (grocery["verdict"], grocery["return_verdict"]) == ("worse", "undecided")
    discs = hold_out(cdnow(shared), split="1997-10-01")
    found = worth(rfm.segment(discs.base), discs, draws=200)
    other = found.against.set_index("baseline").loc["size_matched_spend"]
    assert (other["verdict"], other["return_verdict"]) == ("undecided", "better")
    skill = found.measures.set_index("prediction")["brier_skill"]
    assert other["return_difference"] == pytest.approx(skill["rfm"] - skill["size_matched_spend"])
    assert found.calibration["expected"].isna().all()  # nobody looked one period back


def test_what_was_to_be_expected_is_counted_one_period_earlier():
    # Before 10 February a and b are high, c low; a and c came in the twenty days up to March, b did not.
    days = {"a": ["2024-01-20", "2024-02-15"], "b": ["2024-01-20", "2024-01-25"], "c": ["2024-01-20", "2024-02-20"], "z": ["2024-01-01"]}
    rows = [(who, day, 10.0 if who == "c" else 90.0) for who, dates in days.items() for day in dates]
    rows += [("a", "2024-01-21", 90.0), ("a", "2024-03-20", 5.0)]
    client = seglib.open_frames(orders=pd.DataFrame(rows, columns=["customer_id", "ordered_at", "amount"]))
    found = foretold(client, hold_out(client, split="2024-03-01"), "value_tier", tiers="fixed:100")
    assert found == {"high": 0.5, "low": 1.0, "no_orders_in_window": 0.0}
    assert foretold(client, hold_out(client, split="2024-02-01"), "value_tier", tiers="fixed:100") == {}


def test_no_interval_is_taken_from_a_few_samples(held):
    with pytest.raises(ParameterError, match="at least 20 samples"):
        worth(value_tier.segment(held.base), held, draws=0)
    with pytest.raises(ParameterError, match="at least 20 samples"):
        compare(seglib.demo(), ("value_tier",), draws=5)


def test_a_handful_of_customers_is_refused_in_a_sentence(held):
    few = held.only(np.arange(len(held.spend)) < 5)
    with pytest.raises(DataError, match="worth needs at least 10"):
        worth(value_tier.segment(few.base, tiers="median"), few)
