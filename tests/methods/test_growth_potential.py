"""Growth potential by hand, in markets without growth, on the grocery chain and on published shares of wallet."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from seglib.errors import ParameterError, TableError
from seglib.methods import growth_potential
from seglib.methods._growth import gain, learn


def _halves(table, n: int, *, factor: float = 1.0, seed: int = 0, **more: object) -> pd.DataFrame:
    """Customers of two years: the last half is the half before times a factor times luck."""
    draw = np.random.default_rng(seed)
    before = draw.lognormal(5, 1, n)
    last = before * factor * draw.lognormal(0, 0.3, n)
    columns = {name: list(np.broadcast_to(value, n)) for name, value in more.items()}
    return table(
        spend=list(before + last),
        spend_previous_half=list(before),
        spend_last_half=list(last),
        days_since_first_order=[700.0] * n,
        **columns,
    )


def _warned(result) -> set[str]:
    return set(result.details["warnings"]["warning"])


def test_nothing_learned_means_an_unchanged_run_rate(table, holds, classes):
    customers = _halves(table, 5)
    result = growth_potential.segment(customers)
    assert classes(result) == "medium medium medium medium medium"
    assert not result.trustworthy
    holds(result, customers)


def test_a_rise_of_everybody_is_not_growth_of_anybody(table):
    still, rising = (growth_potential.segment(_halves(table, 400, factor=factor)) for factor in (1.0, 1.5))
    assert still.assignments["segment"].equals(rising.assignments["segment"])
    assert "season" in _warned(rising)


def test_in_a_market_that_stands_still_next_to_nobody_has_potential(table):
    shares = [
        growth_potential.segment(_halves(table, 300, seed=seed)).profile.set_index("segment")["customers_share"] for seed in range(10)
    ]
    assert np.mean([share["medium"] for share in shares]) > 0.95


def test_what_turns_back_is_expected_to_turn_back():
    """Customers whose last half was cut by luck alone are expected back at their usual rate."""
    draw = np.random.default_rng(2)
    usual = draw.lognormal(5, 0.2, 2000)
    before, last = (usual * draw.lognormal(0, 0.8, 2000) for _ in range(2))
    old = pd.DataFrame({"spend_previous_half": before, "spend_last_half": last, "days_since_first_order": 700.0})
    found = learn(old, 182, 0.5)
    assert dict(found.coefficients)["run_rate"] < 0.5
    assert found.below > 0
    assert found.above > 0
    assert found.learned_on == 2000


def test_headroom_to_the_wallet_counted_by_hand(table, holds, classes):
    # Shares of wallet .1 … .9, .9 of one wallet size: three quarters do not reach the third-largest of nine and a bit.
    spend = [10.0, 20, 30, 40, 50, 60, 70, 80, 90]
    customers = table(
        spend=spend,
        wallet=[100.0] * 9,
        spend_previous_half=[value / 2 for value in spend],
        spend_last_half=[value / 2 for value in spend],
        days_since_first_order=[700.0] * 9,
    )
    result = growth_potential.segment(customers)
    assert classes(result) == "high high high high high high low low low"
    assert result.assignments["growth"].tolist() == pytest.approx([6, 2.5, 4 / 3, 0.75, 0.4, 1 / 6, 0, 0, 0])
    holds(result, customers)
    assert set(growth_potential.segment(customers, change=0.2).assignments["segment"]) == {"high", "medium", "low"}


def test_no_column_of_the_result_hangs_on_the_currency_unit(table):
    customers = _halves(table, 150)
    money = ["spend", "spend_last_half", "spend_previous_half"]
    one, other = (growth_potential.segment(customers.assign(**customers[money] * unit)).assignments for unit in (1, 1000))
    pd.testing.assert_frame_equal(one, other, rtol=1e-5)


def test_open_deals_are_potential(table, holds, classes):
    customers = _halves(table, 3, open_pipeline=[0.0, 1.0, 1e6])
    result = growth_potential.segment(customers, basis="pipeline")
    assert classes(result) == "low medium high"
    holds(result, customers)


def test_the_young_and_those_who_bought_nothing_lately_are_outside(table, holds, classes):
    customers = table(
        spend=[50.0, 50.0, 50.0],
        spend_previous_half=[0.0, 50.0, 0.0],
        spend_last_half=[50.0, 0.0, 50.0],
        days_since_first_order=[30.0, 300.0, 30.0],
        history_days_before_first_order=[300.0, 0.0, 20.0],
    )
    result = growth_potential.segment(customers)
    # The third came 30 days ago too, but the data begin just before: it may have bought long since.
    assert classes(result) == "new no_recent_spend medium"
    holds(result, customers)


def test_current_value_is_an_axis_of_its_own(table):
    customers = _halves(table, 200)
    result = growth_potential.segment(customers)
    assert result.assignments["current_value"].value_counts().to_dict() == {"high": 40, "medium": 60, "low": 100}
    grid = result.details["growth_by_value"]
    assert len(grid) == 9
    assert grid["customers"].sum() == 200
    assert grid["spend"].sum() == pytest.approx(customers["spend"].sum())


def test_a_column_of_luck_adds_nothing_and_one_that_tells_adds():
    draw = np.random.default_rng(4)
    before, tells, luck = draw.lognormal(5, 0.5, 800), draw.normal(0, 40, 800), draw.normal(0, 40, 800)
    old = pd.DataFrame(
        {"spend_previous_half": before, "spend_last_half": before + tells + draw.normal(0, 20, 800), "tells": tells, "luck": luck}
    )
    assert gain(old, "tells")["low"] > 0.1
    assert gain(old, "luck")["low"] <= 0
    assert gain(old.head(5), "luck") is None


def test_tenure_adds_nothing_to_spend_on_the_grocery_chain(year, holds):
    result = growth_potential.segment(year)
    assert {"adds_nothing", "season", "nobody_low"} <= _warned(result)
    assert result.fit["partial_r2_low"] < 0 < result.fit["partial_r2"] < 0.003
    assert result.trustworthy
    assert result.profile.set_index("segment")["customers"][["new", "no_recent_spend"]].to_dict() == {"new": 22, "no_recent_spend": 56}
    # Who has potential are those who spend little today.
    assert set(result.assignments.query("segment == 'high'")["current_value"]) <= {"medium", "low"}
    holds(result, year)


def test_published_shares_of_wallet(shared, holds):
    people = pd.read_parquet(shared / "data/smcrm/customerRetentionDemographics.parquet").set_index("customer")
    quarters = pd.read_parquet(shared / "data/smcrm/customerRetentionTransactions.parquet")
    spend = quarters.pivot_table(index="customer", columns="quarter", values="order_quantity", aggfunc="sum").fillna(0)
    frame = pd.DataFrame({"spend": spend.loc[:, 9:].sum(axis=1), "spend_last_half": spend[[11, 12]].sum(axis=1)})
    frame["spend_previous_half"] = spend[[9, 10]].sum(axis=1)
    frame["wallet"] = spend.sum(axis=1) / 3 / (people["sow"] / 100)
    frame = frame.assign(days_since_first_order=1095.0, as_of=pd.Timestamp("2024-12-31"), window_days=364)
    frame = frame.rename_axis("customer_id").reset_index().astype({"customer_id": "str"})
    result = growth_potential.segment(frame)
    assert len(frame) == 500
    inside = result.assignments[result.assignments["segment"].isin(["high", "medium", "low"])]
    assert len(inside) > 100
    joined = inside.merge(frame, on="customer_id")
    share = joined["spend"] / joined["wallet"]
    assert share[joined["segment"] == "high"].mean() < share[joined["segment"] == "low"].mean()
    assert {"adds", "adds_nothing"} & _warned(result)
    holds(result, frame)


def test_what_cannot_be_is_refused(table):
    customers = _halves(table, 5)
    for wrong in ({"basis": "slope"}, {"change": -0.1}, {"interval": 1.0}):
        with pytest.raises(ParameterError, match=next(iter(wrong))):
            growth_potential.segment(customers, **wrong)
    with pytest.raises(TableError, match="wallet"):
        growth_potential.segment(customers, basis="wallet")
