"""Coverage tiers counted by hand, their coverage rates, the weights they hang on, and the made market's universe."""

from __future__ import annotations

import json

import numpy as np
import pandas as pd
import pytest

import seglib
from seglib.datasets import make_market
from seglib.errors import ParameterError, TableError
from seglib.methods import coverage_tier
from seglib.methods._coverage import coverage, unsettled, wilson


def _accounts(table, n: int = 100, **more):
    """Accounts whose three ranks agree but in places: potential and relation are history shuffled a little."""
    draw = np.random.default_rng(3)
    spend = np.arange(n, dtype=float)
    columns = {
        "spend": spend,
        "orders": [1] * n,
        "potential": spend + np.round(draw.normal(0, n / 3, n).clip(-n, n), 2) + 2 * n,
        "relationship": draw.random(n).round(3),
    }
    return table(**{name: list(values) for name, values in (columns | more).items()})


def test_the_mean_of_three_ranks_counted_by_hand(table, holds, classes) -> None:
    customers = table(spend=[1.0, 2, 3, 4, 5], orders=[1] * 5, potential=[50.0, 40, 30, 20, 10], relationship=[0.1, 0.2, 0.3, 0.4, 0.9])
    result = coverage_tier.segment(customers)
    # Ranks 10, 30, 50, 70, 90; the sums of two rising and one falling: 110, 130, 150, 170, 190 thirds of a hundred.
    assert result.assignments["coverage_score"].round(4).tolist() == [36.6667, 43.3333, 50.0, 56.6667, 63.3333]
    # Half of five is above the middle one, which stands at the cut and so below it.
    assert classes(result) == "C C C B A"
    holds(result, customers)


def test_what_is_not_known_is_left_out_of_the_mean(table, holds) -> None:
    customers = table(spend=[1.0, 2, 3, 4], orders=[1] * 4, potential=[5.0, None, 7, 8], relationship=[None, None, 0.5, 0.6])
    result = coverage_tier.segment(customers.assign(in_universe=True))
    # Spend at 12.5, 37.5 …; potential has three values: 16.7 % of the points lie half at the first.
    ranks = customers["spend"].rank().sub(0.5) * 25
    assert result.assignments["coverage_score"][1] == ranks[1]
    holds(result, customers.assign(in_universe=True))


def test_visits_tell_of_a_relation_where_nothing_else_does(table, holds, classes) -> None:
    customers = table(spend=[0.0, 2, 3, 4, 5], orders=[0] + [1] * 4, potential=[50.0, 40, 30, 20, 10], visits=[8, 0, 1, 2, 9])
    result = coverage_tier.segment(customers.assign(in_universe=True))
    # Ranks of visits 70, 10, 30, 50, 90 beside 10 … 90 and 90 … 10: sums 170, 110, 130, 150, 190. Who was visited is covered, order or not.
    assert result.assignments["coverage_score"].round(4).tolist() == [56.6667, 36.6667, 43.3333, 50.0, 63.3333]
    assert classes(result) == "B C C C A"
    said = json.loads(result.details["warnings"].set_index("warning").loc["factors", "values"])
    assert said["relation_column"] == "visits"
    holds(result, customers.assign(in_universe=True))
    stated = customers.assign(in_universe=True, relationship=[0.1, 0.2, 0.3, 0.4, 0.9])
    assert coverage_tier.segment(stated).built_on[2] == "relationship"


def test_weights_decide_and_other_weights_are_tried(table, classes) -> None:
    customers = table(spend=[1.0, 2, 3, 4, 5], orders=[1] * 5, potential=[50.0, 40, 30, 20, 10], relationship=[0.5] * 4 + [0.6])
    assert classes(coverage_tier.segment(customers, weights="1,8,1")) == "A B C C C"
    moved = coverage_tier.segment(customers).details["weights"].set_index("tier")
    assert moved.loc["everyone", "accounts"] == 5
    assert 0 < moved.loc["everyone", "moved_share"] < 1


def test_factors_that_agree_hang_on_no_weight() -> None:
    ranks = np.repeat(np.arange(1.0, 101)[:, None], 3, axis=1)
    found = unsettled(ranks, (1, 1, 1), (0.2, 0.3, 0.5), 0)
    assert found[:, 1].max() == 0
    assert np.bincount(found[:, 0].astype(int)).tolist() == [20, 30, 50]


def test_tiers_are_shares_of_the_universe_and_uncovered_is_neither_order_nor_contact(table, holds) -> None:
    customers = _accounts(table, orders=[0] * 30 + [1] * 70, spend=[0.0] * 30 + list(range(1, 71)), interactions=[1] * 10 + [0] * 90)
    customers = customers.assign(visits=[0] * 10 + [1] * 5 + [0] * 85)
    result = coverage_tier.segment(customers)
    sizes = result.profile.set_index("segment")["customers"]
    assert sizes["uncovered"] == 15
    assert result.assignments["T"].value_counts().to_dict() == {3: 20, 2: 30, 1: 50}
    assert sizes.sum() == 100
    holds(result, customers)


def test_who_is_not_in_the_universe_is_outside_and_fits_nothing(table) -> None:
    inside = _accounts(table)
    both = pd.concat([inside, inside.assign(customer_id=["x" + name for name in inside["customer_id"]], spend=1e6)], ignore_index=True)
    both["in_universe"] = [True] * 100 + [False] * 100
    result = coverage_tier.segment(both)
    assert (result.assignments["segment"][100:] == "not_in_universe").all()
    alone = coverage_tier.segment(inside.assign(in_universe=True))
    assert result.scheme.score("T").cuts == alone.scheme.score("T").cuts


def test_another_table_is_ranked_in_the_frozen_distribution(table) -> None:
    result = coverage_tier.segment(_accounts(table))
    rich = _accounts(table).assign(spend=1e9, potential=1e9, relationship=1.0)
    assert set(result.assign(rich)["segment"]) == {"A"}


def test_potential_that_is_history_fails_its_condition(table) -> None:
    customers = _accounts(table)
    gates = coverage_tier.segment(customers.assign(potential=customers["spend"] * 3 + 1)).gates.set_index("gate")
    assert gates.loc["potential_is_history", "found"] == 1.0
    assert not gates.loc["potential_is_history", "passed"]
    assert coverage_tier.segment(customers.assign(potential=customers["spend"].iloc[::-1].to_numpy())).gates["passed"].all()


def test_coverage_rates_counted_by_hand() -> None:
    accounts = pd.DataFrame(
        {
            "orders": [3, 0, 1, 0], "touches": [3, 2, 1, 0], "category_sales": [600.0, 100, 200, 100],
            "visits": [60, 2, 0, 0], "visits_with_order": [20, 0, 0, 0],
        }
    )  # fmt: skip
    found = coverage(accounts, pd.Series(["A", "A", "B", "C"]), 365).set_index(["metric", "tier"])
    counted = {key: (row.numerator, row.denominator) for key, row in found.iterrows()}
    assert counted == {
        ("account_coverage", "everyone"): (3, 4), ("account_coverage", "A"): (2, 2), ("account_coverage", "B"): (1, 1),
        ("account_coverage", "C"): (0, 1), ("numeric_distribution", "everyone"): (2, 4), ("weighted_distribution", "everyone"): (800, 1000),
        ("call_coverage", "everyone"): (2, 4), ("productive_calls", "everyone"): (20, 62), ("frequency_attainment", "A"): (1, 2),
        ("frequency_attainment", "B"): (0, 1), ("frequency_attainment", "C"): (0, 1),
    }  # fmt: skip
    assert found.loc[("account_coverage", "everyone"), ["low_share", "high_share"]].tolist() == pytest.approx(wilson(3, 4))
    assert found["low_share"].le(found["coverage_share"]).all()
    assert found["coverage_share"].le(found["high_share"]).all()
    assert found["formula"].str.startswith("how_").all()


def test_wilson_as_published() -> None:
    # Wilson's interval of 0 of 20 and 10 of 100 (Newcombe 1998, table I: 10 of 100 not given there; by the closed form).
    assert wilson(0, 20) == pytest.approx((0.0, 0.1611), abs=1e-4)
    assert wilson(81, 263) == pytest.approx((0.2553, 0.3662), abs=1e-4)  # Newcombe's own example
    assert wilson(15, 148) == pytest.approx((0.0624, 0.1605), abs=1e-4)
    assert wilson(0, 0) == (0.0, 1.0)


@pytest.mark.parametrize(
    ("params", "sentence"),
    [
        ({"weights": "1,1"}, "three whole numbers"), ({"weights": "a,b,c"}, "weights is 'a,b,c'"), ({"weights": "0,0,0"}, "three whole"),
        ({"tiers": "quantile:3"}, "shares of A, B and C"), ({"tiers": "top:20,80"}, "shares of A, B and C"),
        ({"history": "margin"}, "history is 'margin'"), ({"history": "age"}, "history is 'age'"),
        ({"seed": -1}, "seed is -1"),
    ],
)  # fmt: skip
def test_a_value_that_means_nothing_is_refused(table, params: dict[str, str], sentence: str) -> None:
    with pytest.raises(ParameterError, match=sentence):
        coverage_tier.segment(_accounts(table), **params)


def test_a_table_without_potential_is_refused(table) -> None:
    with pytest.raises(TableError, match="potential"):
        coverage_tier.segment(table(spend=[1.0], orders=[1], relationship=[0.5]))


@pytest.fixture(scope="module")
def market():
    made = make_market(customers=700, seed=6, firms=0.5, orders_per_year=12)
    client = seglib.open_frames(**{name: made.tables[name] for name in ("customers", "orders", "interactions", "visits", "universe")})
    return made, client.customers(also=(*coverage_tier.NEEDS, *coverage_tier.USES))


def test_accounts_that_are_no_customers_are_known_under_their_own_id(market, holds) -> None:
    made, customers = market
    universe = made.tables["universe"]
    others = set(universe.loc[universe["customer_id"].isna(), "account_id"])
    result = coverage_tier.segment(customers)
    classes = result.assignments.set_index("customer_id")["segment"]
    assert set(classes[list(others)]) == {"uncovered"}
    assert customers["in_universe"].sum() == len(universe)
    rates = result.details["coverage"].set_index(["metric", "tier"])
    assert rates.loc[("account_coverage", "everyone"), "denominator"] == len(universe)
    assert rates.loc[("weighted_distribution", "everyone"), "denominator"] == pytest.approx(universe["category_sales"].sum())
    assert result.profile["customers"].sum() == len(customers)
    assert customers["spend"].sum() == pytest.approx(made.tables["orders"].pipe(_last_year)["amount"].sum(), abs=0.01)
    holds(result, customers)


def _last_year(orders: pd.DataFrame) -> pd.DataFrame:
    day = orders["ordered_at"].dt.normalize()
    return orders[orders["customer_id"].notna() & (day > day.max() - pd.Timedelta(days=365))]


def test_high_tiers_have_the_larger_purse(market) -> None:
    """What the tiers are to find is the latent wallet and relation, of which the factors are noisy reports."""
    made, customers = market
    result = coverage_tier.segment(customers)
    universe = made.tables["universe"][["account_id", "customer_id"]].merge(made.truth["universe"], on="account_id")
    wallet = universe.assign(who=universe["customer_id"].fillna(universe["account_id"])).set_index("who")["wallet"]
    inside = result.assignments[result.assignments["segment"] != "not_in_universe"]
    tier = inside.set_index("customer_id")["T"]
    median = wallet.loc[tier.index].groupby(tier).median()
    assert median[3] > 2 * median[1]
    params = json.loads(json.dumps(dict(result.params), default=str))
    assert params["weights"] == "1,1,1"


def test_resellers_of_bicycles(shared, holds) -> None:
    folder = shared / "data/adventureworks"
    sellers, sales = pd.read_parquet(folder / "DimReseller.parquet"), pd.read_parquet(folder / "FactResellerSales.parquet")
    year = sales[sales["OrderDate"] > sales["OrderDate"].max() - pd.Timedelta(days=365)]
    money = year.groupby("ResellerKey").agg(spend=("SalesAmount", "sum"), orders=("SalesOrderNumber", "nunique"))
    customers = sellers[["ResellerKey", "AnnualSales", "YearOpened"]].merge(money, left_on="ResellerKey", right_index=True, how="left")
    customers = pd.DataFrame(
        {
            "customer_id": customers["ResellerKey"].astype("str"),
            "spend": customers["spend"].fillna(0.0).round(2),
            "orders": customers["orders"].fillna(0).astype(int),
            "potential": customers["AnnualSales"].astype(float),
            "relationship": (2014 - customers["YearOpened"]).rank(pct=True).round(2),
            "as_of": sales["OrderDate"].max().normalize(),
            "window_days": 365,
        }
    )
    result = coverage_tier.segment(customers.assign(in_universe=True))
    sizes = result.profile.set_index("segment")["customers"]
    assert sizes["uncovered"] == int((customers["orders"] == 0).sum()) > 66
    rates = result.details["coverage"].set_index(["metric", "tier"])
    assert rates.loc[("account_coverage", "everyone"), "denominator"] == 701
    assert result.trustworthy
    holds(result, customers.assign(in_universe=True))
