"""The customer table of the demo: published figures of the data, of their windows and of their silences."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

import seglib
from seglib import customers
from seglib.segmentation import facts_of


@pytest.fixture(scope="module")
def client(tmp_path_factory):
    patch = pytest.MonkeyPatch()
    patch.setenv("SEGLIB_CACHE", str(tmp_path_factory.mktemp("cache")))
    yield seglib.demo()
    patch.undo()


@pytest.fixture(scope="module")
def year(client):
    return client.customers()


@pytest.fixture(scope="module")
def autumn(client):
    return client.customers(as_of="2017-09-30")


def test_the_year(client, year):
    assert (str(client.as_of), client.window_days) == ("2017-12-31", 365)
    assert len(year) == 2469
    assert round(year["spend"].sum(), 2) == 4_596_039.58
    assert round(year["paid_spend"].sum(), 2) == 4_569_679.68
    assert year["orders"].sum() == 155_370
    assert year["buying_days"].sum() == 127_320 == year["gaps"].sum() + len(year)
    assert year["order_lines"].sum() == 1_469_307
    assert year["age_band"].notna().sum() == 801
    assert (year["lifetime_orders"] == 0).sum() == 0
    assert round(year["orders"].corr(year["spend"], method="spearman"), 2) == 0.86
    assert facts_of(year).unattributed == 0
    assert facts_of(year).currency == "USD"


def test_the_year_holds_to_its_declaration(year):
    pd.testing.assert_frame_equal(customers.schema().validate(year), year)


def test_the_first_three_quarters(autumn):
    assert len(autumn) == 2446
    assert set(autumn["window_days"]) == {273}, "39 whole weeks"
    assert round(autumn["spend"].sum(), 2) == 3_400_483.24
    terciles = np.quantile(autumn["spend"], [1 / 3, 2 / 3])
    assert terciles[0] > 0


def test_left_truncation_shows(year):
    early = year["history_days_before_first_order"] < 30
    assert 0.79 < early.mean() < 0.81
    assert round((year["first_order"] <= "2017-03-31").mean(), 2) == 0.92


def test_halves_and_exposure(year):
    assert (year["spend_last_half"] + year["spend_previous_half"] <= year["spend"] + 1e-6).all()
    assert (year["exposure_days"] == year["days_since_first_order"] + 1).all()


def silent_for(gaps: pd.DataFrame) -> pd.Series:
    """Share of customers still silent after t days: Kaplan-Meier with one vote a customer and open silences censored."""
    weight = 1 / gaps.groupby("customer_id")["gap_days"].transform("size")
    by_days = pd.DataFrame({"all": weight, "ended": weight * gaps["closed"]}).groupby(gaps["gap_days"]).sum()
    at_risk = by_days["all"][::-1].cumsum()[::-1]
    return (1 - by_days["ended"] / at_risk).cumprod()


def test_the_silence_curve_has_what_it_needs(client, autumn):
    left = silent_for(facts_of(autumn)["gaps"])
    active, long = left.index[left <= 0.10][0], left.index[left <= 0.05][0]
    assert (active, long) == (48, 105)
    silent = autumn["days_since_last_order"]
    classes = pd.cut(silent, [-1, active, long, np.inf], labels=["active", "dormant", "churned"])
    assert classes.value_counts(sort=False).tolist() == [2175, 165, 106]
    back = autumn["customer_id"].isin(later_buyers(client))
    assert back.groupby(classes, observed=True).mean().round(3).tolist() == [0.974, 0.758, 0.575]


def later_buyers(client: seglib.client.Client) -> pd.Series:
    """Who bought in the 92 days after 2017-09-30."""
    later = client.customers(as_of="2017-12-31", window_days=92, columns=["orders"])
    return later.loc[later["orders"] > 0, "customer_id"]


@pytest.mark.parametrize(("low", "high", "back"), [(-1, 7, 0.99), (45, 60, 0.80), (90, 120, 0.70), (120, 180, 0.68)])
def test_landmarks_of_silence(autumn, low, high, back):
    silence = facts_of(autumn)["silence"]
    assert set(silence["landmark"]) == {92, 122, 152}
    inside = silence["silent_days"].between(low, high, inclusive="right")
    assert round(silence.loc[inside, "bought"].mean(), 2) == back


def test_an_early_day_knows_nothing_later(client, autumn):
    alone = client.customers(as_of="2017-09-30", window_days=273)
    pd.testing.assert_frame_equal(alone, autumn)
    assert (autumn["last_order"] <= "2017-09-30").all()
