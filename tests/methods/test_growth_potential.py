"""Growth potential by hand, in markets without growth, on the grocery chain and on published shares of wallet."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

import seglib
from seglib.errors import ParameterError, TableError
from seglib.methods import growth_potential
from seglib.methods._growth import gain, learn, trends
from seglib.segmentation import Facts


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


def _year_on_year(n: int, factors: list[float], *, first: int = 728, seed: int = 0) -> tuple[pd.DataFrame, pd.DataFrame]:
    """The side frame of 26 periods of customers whose last year is the year before times a factor and luck, in a market with a season."""
    draw = np.random.default_rng(seed)
    season = 1 + 0.8 * np.sin(np.arange(26) / 13 * 2 * np.pi)
    growth = np.where(np.arange(26) < 13, np.array(factors)[:, None], 1.0)
    spend = 100 * season * growth * draw.lognormal(0, 0.3, (n, 26))
    ids = [f"c{number}" for number in range(1, n + 1)]
    long = pd.DataFrame(spend, index=ids).stack().rename_axis(["customer_id", "period"]).rename("spend").reset_index()
    return long, pd.DataFrame({"customer_id": ids, "days_since_first_order": [float(first)] * n})


def test_a_trend_is_told_by_the_same_season_a_year_before():
    periods, people = _year_on_year(60, [4.0] * 10 + [0.25] * 10 + [1.0] * 40)
    found = trends(periods, people)
    assert found[:10].tolist() == ["rising"] * 10
    assert found[10:20].tolist() == ["falling"] * 10
    assert (found[20:] == "no_trend").sum() >= 38
    # by hand: 13 of 13 pairs rise, p = 2/8192; 12 of 13: 28/8192; a single customer needs no correction
    alone = trends(periods[periods["customer_id"] == "c1"], people[:1])
    assert alone.tolist() == ["rising"]
    assert set(trends(periods, people.assign(days_since_first_order=600.0))) == {"not_judged"}
    assert trends(periods[periods["period"] < 25], people) is None  # a season that was seen once is no trend
    few = periods[periods["period"].isin([0, 13, 1, 14, 25])]
    assert set(trends(few, people)) == {"not_judged"}


def test_where_nobody_moves_no_trend_is_claimed():
    claimed = [(~trends(*_year_on_year(300, [1.0] * 300, seed=seed)).isin(["no_trend"])).any() for seed in range(40)]
    assert sum(claimed) <= 2


def test_the_page_refuses_a_trend_without_two_years_and_tells_it_with_them(table):
    customers = _halves(table, 60)
    assert "no_two_years" in _warned(growth_potential.segment(customers))
    for factors, key in (([5.0] * 30 + [1.0] * 30, "trends"), ([1.0] * 60, "no_trends")):
        periods, _ = _year_on_year(60, factors)
        customers.attrs["facts"] = Facts({"four_weeks": periods})
        result = growth_potential.segment(customers.assign(days_since_first_order=728.0))
        assert key in _warned(result)
        money = result.details["trends"]
        assert money["customers"].sum() == 60
        assert money["spend_last_year"].sum() == pytest.approx(periods.loc[periods["period"] < 13, "spend"].sum())


def test_four_weeks_are_counted_back_from_the_last_day():
    orders = pd.DataFrame(
        {"customer_id": ["a", "a", "a", "b", "b"], "amount": [1.0, 2, 4, 8, 16],
         "ordered_at": ["2024-12-31", "2024-12-04", "2024-12-03", "2023-01-04", "2023-01-02"]}
    )  # fmt: skip
    frame = seglib.open_frames(orders=orders).customers(as_of="2024-12-31", facts=("four_weeks",)).attrs["facts"]["four_weeks"]
    assert frame.values.tolist() == [["a", 0, 3.0], ["a", 1, 4.0], ["b", 25, 8.0]]  # 728 days ago is out


def test_wallets_of_a_few_do_not_decide_for_all(table):
    customers = _halves(table, 10, wallet=[900.0] * 4 + [None] * 6)
    assert "forecast" in growth_potential.segment(customers).details
    assert "forecast" not in growth_potential.segment(customers.assign(wallet=900.0)).details


def test_a_forecast_that_explains_nothing_is_gated_and_calls_nobody_low_who_is_expected_to_grow(table):
    """Goods bought once in years: next to nobody comes back, so that the middle of the errors lies on one side of the forecast."""
    draw = np.random.default_rng(5)
    before = draw.lognormal(5, 1, 400)
    last = np.where(draw.random(400) < 0.1, draw.lognormal(5, 1, 400), 0.0)
    customers = table(
        spend=list(before + last), spend_previous_half=list(before), spend_last_half=list(last), days_since_first_order=[700.0] * 400
    )
    result = growth_potential.segment(customers)
    assert not result.gates.set_index("gate").loc["forecast_explains", "passed"]
    low, high = result.details["cut_points"]["cut"]
    assert low <= -0.1
    assert high >= 0.1
    steady = growth_potential.segment(_halves(table, 300)).gates.set_index("gate").loc["forecast_explains"]
    assert steady["passed"]
    assert steady["found"] > 50
