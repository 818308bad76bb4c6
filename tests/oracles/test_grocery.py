"""Reference numbers on the supermarket's year: base 2017-01-01 to 09-30 (273 days), the next quarter, and the whole year."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

import seglib
from seglib import methods
from seglib.errors import SchemeError
from seglib.segmentation import Segmentation, facts_of


@pytest.fixture(scope="module")
def base() -> pd.DataFrame:
    return seglib.demo().customers(as_of="2017-09-30", window_days=273)


@pytest.fixture(scope="module")
def year() -> pd.DataFrame:
    return seglib.demo().customers(as_of="2017-12-31", window_days=365)


@pytest.fixture(scope="module")
def next_spend(base: pd.DataFrame) -> np.ndarray:
    """What the households of the base spent in the next quarter."""
    quarter = seglib.demo().customers(as_of="2017-12-31", window_days=92, columns=["spend"])
    assert quarter["spend"].sum() == pytest.approx(1_195_556.34, abs=0.005)
    return quarter.set_index("customer_id")["spend"].reindex(base["customer_id"]).fillna(0).to_numpy()


def explained(classes: pd.Series, outcome: np.ndarray) -> float:
    """eta squared in sample: between-class share of the outcome's variance."""
    groups = pd.Series(outcome).groupby(classes.to_numpy())
    between = (groups.size() * (groups.mean() - outcome.mean()) ** 2).sum()
    return float(between / ((outcome - outcome.mean()) ** 2).sum())


def test_the_base_and_what_came_next(base: pd.DataFrame, next_spend: np.ndarray) -> None:
    assert len(base) == 2446
    assert base["spend"].sum() == pytest.approx(3_400_483.24, abs=0.005)
    assert next_spend.sum() == pytest.approx(1_193_232.14, abs=0.005)
    assert (next_spend > 0).mean() == pytest.approx(0.9424, abs=5e-5)
    assert (next_spend == 0).sum() == 141


@pytest.mark.parametrize(
    ("method", "params", "score", "expected"),
    [
        ("value_tier", {"tiers": "quantile:3"}, "segment", 0.436),
        ("value_tier", {"tiers": "quantile:10"}, "segment", 0.623),
        ("rfm", {"tiers": "quantile:5"}, "R", 0.191),
        ("rfm", {"tiers": "quantile:5"}, "F", 0.346),
        ("rfm", {"classes": "rfm125"}, "segment", 0.437),
        ("rfm", {"classes": "cn8", "split": "mean"}, "segment", 0.447),
    ],
    ids=["terciles", "deciles", "recency quintiles", "frequency quintiles", "eleven names", "eight names"],
)
def test_how_much_of_the_next_quarter_the_classes_explain(
    base: pd.DataFrame, next_spend: np.ndarray, method: str, params: dict[str, str], score: str, expected: float
) -> None:
    result = methods.get(method).segment(base, **params)
    assert explained(result.assignments[score], next_spend) == pytest.approx(expected, abs=0.001)


def test_the_eleven_names_have_a_class_too_small_for_a_policy(base: pd.DataFrame) -> None:
    result = methods.get("rfm").segment(base, classes="rfm125")
    assert (result.assignments["segment"] == "cant_lose").sum() == 16
    warnings = result.details["warnings"].set_index("warning")["values"]
    assert "cant_lose" in warnings["small_class"]


def test_a_mean_split_makes_tiny_classes_and_calls_three_in_four_recent(base: pd.DataFrame) -> None:
    result = methods.get("rfm").segment(base, classes="cn8", split="mean")
    assert sorted(result.assignments["segment"].value_counts())[:3] == [5, 16, 19]
    assert (result.assignments["R"] == 2).mean() == pytest.approx(0.76, abs=0.005)


def test_revenue_contribution_of_the_base_holds_its_shares_in_the_next_quarter(base: pd.DataFrame, next_spend: np.ndarray) -> None:
    result = methods.get("revenue_contribution").segment(base)
    assert result.profile.set_index("segment")["customers"].to_dict() == {"A": 1007, "B": 644, "C": 795}
    shares = pd.Series(next_spend).groupby(result.assignments["segment"].to_numpy()).sum() / next_spend.sum()
    assert shares.round(3).to_dict() == {"A": 0.756, "B": 0.160, "C": 0.085}


def test_concentration_of_the_year(year: pd.DataFrame) -> None:
    result = methods.get("revenue_contribution").segment(year)
    assert result.fit["gini"] == pytest.approx(0.5247, abs=5e-5)
    top = result.details["top_shares"].set_index("customers_share")["spend_share"]
    assert top[0.20] == pytest.approx(0.546, abs=5e-4)


def test_orders_and_spend_count_one_thing_twice_and_tickets_do_not(year: pd.DataFrame) -> None:
    def rank_correlation(one: str, other: str) -> float:
        return float(year[one].corr(year[other], method="spearman"))

    assert rank_correlation("spend", "orders") == pytest.approx(0.86, abs=0.005)
    assert rank_correlation("mean_order_value", "orders") == pytest.approx(0.02, abs=0.005)
    assert year["mean_order_value"].median() == pytest.approx(27.3, abs=0.05)


@pytest.fixture(scope="module")
def stages(base: pd.DataFrame) -> Segmentation:
    return methods.get("lifecycle").segment(base, active_days=48, churn_days=105, new_days=90)


def test_limits_of_silence_by_one_vote_a_customer(base: pd.DataFrame, next_spend: np.ndarray, stages: Segmentation) -> None:
    by_clock = methods.get("lifecycle").segment(base).details["limits"].set_index("limit")["days"]
    assert by_clock.to_dict() == {"active_days": 14, "churn_days": 57}
    silent = pd.cut(base["days_since_last_order"], [-1, 48, 105, 999], labels=["active", "dormant", "churned"])
    assert silent.value_counts().loc[["active", "dormant", "churned"]].tolist() == [2175, 165, 106]
    came_back = pd.Series(next_spend > 0).groupby(silent, observed=True).mean()
    assert came_back.round(3).tolist() == [0.974, 0.758, 0.575]
    assert (stages.assignments["segment"] == "churned").sum() == 106


def test_most_of_the_long_silent_came_back_in_the_past_and_the_class_says_so(base: pd.DataFrame, stages: Segmentation) -> None:
    silence = facts_of(base)["silence"]

    def bought(low: int, high: int) -> float:
        return float(silence.loc[silence["silent_days"].between(low, high), "bought"].mean())

    assert bought(0, 7) == pytest.approx(0.99, abs=0.005)
    assert bought(45, 60) == pytest.approx(0.80, abs=0.005)
    assert bought(90, 120) == pytest.approx(0.70, abs=0.02)
    assert bought(120, 180) == pytest.approx(0.68, abs=0.005)
    curve = stages.details["silence_curve"]
    assert curve["probability"].is_monotonic_decreasing
    # Beyond 48 days and beyond 105 the shares of the past do not differ for sure: one milder name for both.
    assert dict(stages.details["variants"].to_numpy()) == {"dormant": "late", "churned": "late"}


def test_frozen_cuts_on_a_growing_window_would_move_everybody_up(base: pd.DataFrame, year: pd.DataFrame) -> None:
    """Top tier 33.3 % -> 42.9 %, up 18.1 %, down nobody: that is why another window is refused."""
    result = methods.get("value_tier").segment(base, tiers="quantile:3")
    with pytest.raises(SchemeError, match="made on a window of 273 days, the table looks back on 365"):
        result.assign(year)
    rank = {"low": 0, "medium": 1, "high": 2}
    before = result.assignments.set_index("customer_id")["segment"].map(rank)
    grown = result.scheme.apply(year).set_index("customer_id")["segment"].map(rank)
    assert (before == 2).mean() == pytest.approx(0.333, abs=5e-4)
    assert (grown == 2).mean() == pytest.approx(0.429, abs=5e-4)
    after = grown.reindex(before.index)
    assert (after > before).mean() == pytest.approx(0.181, abs=5e-4)
    assert (after < before).sum() == 0


def test_most_first_orders_are_only_the_start_of_the_data(year: pd.DataFrame) -> None:
    first = year["history_days_before_first_order"]
    assert (first < 30).mean() == pytest.approx(0.80, abs=0.01)
    assert (year["first_order"] <= "2017-03-31").mean() == pytest.approx(0.92, abs=0.005)
