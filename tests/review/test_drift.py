"""Drift: the index by hand, the threshold against the null, and the advice."""

from __future__ import annotations

import math

import numpy as np
import pandas as pd
import pytest

import seglib
from seglib.errors import DataError, SchemeError
from seglib.methods import rfm, value_tier
from seglib.methods._signed import base_of
from seglib.review import drift
from seglib.review.drift import KEEP, RESIGN, alarm, psi


def table(spend: np.ndarray) -> pd.DataFrame:
    ids = [f"c{n}" for n in range(len(spend))]
    return pd.DataFrame({"customer_id": ids, "orders": 2, "spend": spend, "window_days": 365, "as_of": pd.Timestamp("2024-12-31")})


def test_the_index_by_hand():
    # (30.5, 10.5) of 41 against (20.5, 20.5) of 41.
    p, q = 30.5 / 41, 0.5
    assert psi([30, 10], [20, 20]) == pytest.approx((p - q) * math.log(p / q) + (q - p) * math.log((1 - p) / q))


def test_between_two_small_samples_of_one_population_the_index_is_about_point_nought_nine():
    rng = np.random.default_rng(1)
    found = [psi(*(np.bincount(rng.integers(0, 10, 200), minlength=10) for _ in range(2))) for _ in range(400)]
    assert np.mean(found) == pytest.approx(0.09, abs=0.01)
    # The usual alarm at .10 would cry wolf every third time; the threshold by sample size seldom.
    assert np.mean(np.array(found) > 0.1) > 0.25
    assert np.mean(np.array(found) > alarm(10, 200, 200)) < 0.07


def test_the_same_customers_have_not_drifted_and_it_is_said_that_they_are_the_same():
    base = table(np.random.default_rng(2).lognormal(4, 1, 800))
    scheme = value_tier.segment(base).scheme
    found = drift(scheme, base, base=base_of(scheme, base), profile={"high": 160, "medium": 240, "low": 400}, ids=base["customer_id"])
    assert found.inputs["psi"].max() == pytest.approx(0, abs=1e-9)
    assert set(found.inputs["input"]) == {"spend", "population"}
    assert (found.advice, found.reason[0], found.same) == ("keep", KEEP, 1.0)


def test_the_table_it_was_made_on_serves_as_the_base():
    base = table(np.random.default_rng(2).lognormal(4, 1, 800))
    result = value_tier.segment(base)
    kept = drift(result.scheme, base, base=base_of(result.scheme, base), profile=result.profile.set_index("segment")["customers"].to_dict())
    found = drift(result.scheme, base, base=base)
    assert found.inputs.equals(kept.inputs)
    # What is kept of a base knows its classes by itself.
    assert drift(result.scheme, base, base=base_of(result.scheme, base)).inputs.equals(kept.inputs)
    assert (found.same, kept.same != kept.same) == (1.0, True)


def test_where_nobody_is_in_a_class_nothing_is_kept():
    base = table(np.random.default_rng(2).lognormal(4, 1, 200))
    with pytest.raises(DataError, match="nobody is in a class of value_tier today"):
        drift(value_tier.segment(base).scheme, base.assign(orders=0), base=base)


def test_a_quarter_more_spend_is_drift_and_the_input_is_named():
    rng = np.random.default_rng(2)
    base, now = table(rng.lognormal(4, 1, 800)), table(rng.lognormal(4.6, 1, 800))
    scheme = rfm.segment(base.assign(days_since_last_order=5.0)).scheme
    now = now.assign(days_since_last_order=5.0)
    found = drift(scheme, now, base={**base_of(scheme, base.assign(days_since_last_order=5.0)), "classes": None})
    assert found.inputs.set_index("input").loc["orders", "psi"] == 0
    assert found.advice == "resign"
    assert (found.reason[0], found.reason[1]["inputs"]) == (RESIGN, "spend")
    shares = found.tenths[found.tenths["input"] == "spend"]
    assert shares["share_before"].tolist() == pytest.approx([0.1] * 10, abs=0.01)
    assert shares["share_after"].iloc[-1] > 0.2


def test_on_the_grocery_chain_the_next_window_is_told_from_the_base():
    client = seglib.demo()
    base = client.customers(as_of="2017-07-02", window_days=182)
    result = value_tier.segment(base)
    now = client.customers(as_of="2017-12-31", window_days=182)
    profile = result.profile.set_index("segment")["customers"].to_dict()
    found = drift(result.scheme, now, base=base_of(result.scheme, base), profile=profile, ids=base["customer_id"])
    assert found.advice == "keep"
    assert found.same > 0.95
    assert found.customers_after == 2413


def test_a_definition_without_its_base_says_so():
    base = table(np.arange(1.0, 101.0))
    with pytest.raises(SchemeError, match="was not kept"):
        drift(value_tier.segment(base).scheme, base)


def buyers(rng: np.random.Generator, n: int) -> pd.DataFrame:
    """Customers of one law: orders Poisson with a rate of each one's own, spend and days since the last order following from them."""
    orders = 1 + rng.poisson(rng.gamma(1.5, 2, n))
    days = np.minimum(rng.exponential(180 / orders), 364).astype(int)
    return table(np.round(orders * rng.lognormal(4, 0.8, n), 2)).assign(orders=orders, days_since_last_order=days.astype(float))


@pytest.mark.parametrize("n", [200, 400])
def test_two_samples_of_the_same_customers_raise_the_alarm_in_one_world_of_twenty_at_most(n: int):
    scheme = rfm.segment(buyers(np.random.default_rng(1000), n)).scheme
    shared, each = 0, 0
    for seed in range(200):
        rng = np.random.default_rng(seed)
        found = drift(scheme, buyers(rng, n), base=buyers(rng, n))
        shared += found.advice == "resign"
        bins = found.tenths.groupby("input").size()
        each += any(row["psi"] > alarm(int(bins[row["input"]]), n, n) for row in found.inputs.to_dict("records"))
    # Three inputs and the population: each at its own one in twenty would cry wolf in one world of nine or ten.
    assert len(found.inputs) == 4
    assert shared <= 10
    assert each > 10


def test_the_level_is_shared_among_the_inputs_that_may_raise_the_alarm():
    # chi-squared with 9 degrees of freedom exceeds 19.023 with 1/40 and 16.919 with 1/20.
    assert alarm(10, 200, 200, tests=2) == pytest.approx(19.023 / 100, abs=1e-5)
    assert alarm(10, 200, 200) == pytest.approx(16.919 / 100, abs=1e-5)
