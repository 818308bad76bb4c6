"""Null worlds hold nothing, misspecified ones break the assumption they name, and planted responses can be read from the tables."""

from __future__ import annotations

from functools import lru_cache

import numpy as np
import pandas as pd
import pytest

from seglib.datasets.market import WORLDS, Market, make_market
from seglib.separation import dip

ATTRIBUTES = ["age", "income", "children", "household_size", "north", "employees"]
CONDUCT = ["rate", "lines", "price_coefficient", "state_dependence", "quality_worth", "order_value"]


@lru_cache(maxsize=4)
def made(world: str, customers: int = 700, orders: float = 30.0) -> Market:
    return make_market(customers=customers, seed=11, world=world, orders_per_year=orders)


def traits(market: Market) -> pd.DataFrame:
    return market.truth["customers"].set_index("customer_id")


def buying_days(market: Market, ids: pd.Index) -> pd.DataFrame:
    """Customer and day of each order, one row a customer and day, in order."""
    orders = market.tables["orders"]
    orders = orders[~orders["is_return"] & orders["customer_id"].isin(ids)]
    days = orders.assign(day=orders["ordered_at"].dt.normalize())[["customer_id", "day"]].drop_duplicates()
    return days.sort_values(["customer_id", "day"])


@pytest.mark.parametrize("world", list(WORLDS))
def test_every_world_is_made_and_keeps_its_expectations(world: str) -> None:
    market = make_market(customers=300, seed=5, world=world, orders_per_year=15, lines_per_order=2)
    people = traits(market)
    orders = market.tables["orders"]
    sold = orders[~orders["is_return"] & orders["customer_id"].notna() & (orders["ordered_at"] >= "2025-01-01")]
    # The sum of Poisson counts; even gaps are more regular, never less.
    expected = people["orders_year2"].sum()
    assert abs(sold["order_id"].nunique() - expected) < 4 * np.sqrt(expected) + 0.01 * expected
    assert sold["amount"].sum() / people["spend_year2"].sum() == pytest.approx(1.0, abs=0.12)
    assert WORLDS[world].meaning.endswith(".")


# --- null worlds


def test_attributes_bear_on_nothing_where_they_are_independent() -> None:
    people = traits(made("demographics_independent", 1500, 6.0))
    table = people[~people["firm"]]
    found = table[ATTRIBUTES + CONDUCT].astype(float).corr(method="spearman").loc[ATTRIBUTES, CONDUCT]
    assert found.abs().max(axis=None) < 4 / np.sqrt(len(table))
    tastes = made("demographics_independent", 1500, 6.0).truth["tastes"].set_index("customer_id").loc[table.index]
    assert tastes["Baby"].corr(table["children"], method="spearman") < 4 / np.sqrt(len(table))
    planted = traits(made("market", 1500, 6.0))
    planted = planted[~planted["firm"]]
    assert planted["quality_worth"].corr(planted["income"], method="spearman") > 0.3
    baby = made("market", 1500, 6.0).truth["tastes"].set_index("customer_id").loc[planted.index, "Baby"]
    assert baby[planted["children"] > 0].mean() > 2 * baby[planted["children"] == 0].mean()


def test_gender_bears_on_nothing_in_any_world() -> None:
    people = made("market", 1500, 6.0).tables["customers"].set_index("customer_id")
    tastes = made("market", 1500, 6.0).truth["tastes"].set_index("customer_id").loc[people.index]
    women, men = (tastes[people["gender"] == name] for name in ("female", "male"))
    z = (women.mean() - men.mean()) / np.sqrt(women.var() / len(women) + men.var() / len(men))
    assert z.abs().max() < 4


def test_two_years_differ_by_chance_alone_where_nobody_moves() -> None:
    market = made("no_migration")
    moves = market.truth["migration"]
    assert moves.loc[moves["before"] != moves["after"], "customers"].sum() == 0
    assert moves["planted_chance"].isin([0, 1]).all()
    orders = market.tables["orders"]
    sold = orders[~orders["is_return"] & orders["customer_id"].notna() & (orders["ordered_at"] >= "2024-01-02")]
    year = (sold["ordered_at"] >= "2025-01-01").rename("second")
    counts = sold.groupby(["customer_id", year])["order_id"].nunique().unstack(fill_value=0)
    z = ((counts[True] - counts[False]) / np.sqrt(counts.sum(axis=1)))[counts.sum(axis=1) >= 10]
    assert z.std() == pytest.approx(1.0, abs=0.09)


def test_rates_do_move_where_migration_is_planted() -> None:
    sold = made("market").tables["orders"].query("~is_return").dropna(subset="customer_id")
    year = (sold["ordered_at"] >= "2025-01-01").rename("second")
    counts = sold.groupby(["customer_id", year])["order_id"].nunique().unstack(fill_value=0)
    z = ((counts[True] - counts[False]) / np.sqrt(counts.sum(axis=1)))[counts.sum(axis=1) >= 10]
    assert z.std() > 1.5


def test_nobody_has_a_trend_where_there_is_none() -> None:
    people = traits(made("no_trend"))
    there = people["acquired_day"] < 0
    assert (people["growth"] == 0).all()
    assert np.allclose(people.loc[there, "orders_year1"], people.loc[there, "orders_year2"], rtol=0.02)
    assert not people["left"].any()


@pytest.mark.parametrize(("world", "answers"), [("market", True), ("no_response", False)])
def test_campaigns_by_lot_bring_orders_only_where_there_is_a_response(world: str, answers: bool) -> None:
    market = made(world)
    people = traits(market)
    persons = people[~people["firm"]]
    orders = market.tables["orders"].query("~is_return").drop_duplicates("order_id")
    sent, kept_out, exposures = 0.0, 0.0, []
    for campaign in market.truth["campaigns"].query("by_lot").itertuples():
        ends = campaign.begins + pd.Timedelta(days=campaign.days)
        day = (campaign.begins - pd.Timestamp("2024-01-01")).days
        there = persons[(persons["acquired_day"] < day) & (persons["left_day"] > day + campaign.days) & (persons["orders_year2"] > 0)]
        got = set(market.tables["offers"].query("campaign_id == @campaign.campaign_id")["customer_id"])
        ordered = orders.loc[orders["ordered_at"].between(campaign.begins, ends), "customer_id"].value_counts()
        number = ordered.reindex(there.index).fillna(0)
        inside = there.index.isin(got)
        sent += number[inside].sum()
        kept_out += number[~inside].sum()
        exposures.append((there["rate"][inside].sum(), there["rate"][~inside].sum()))
    with_offer, without = np.array(exposures).sum(axis=0)
    lift = (sent / with_offer) / (kept_out / without) - 1
    error = np.sqrt(1 / sent + 1 / kept_out) * 3  # rates move between the years, which widens it
    assert (lift > 0.15) if answers else abs(lift) < error


def test_visits_raise_the_rate_along_the_planted_curve() -> None:
    market = make_market(customers=1200, seed=4, firms=0.6, orders_per_year=25, lines_per_order=1.5, wholesaler=0)
    people = traits(market)
    curve = market.truth["visit_response"].set_index("size")
    flat = make_market(customers=100, seed=4, firms=0.6, orders_per_year=3, world="no_response").truth["visit_response"]
    assert (flat["most"] == flat["least"]).all()
    steady = people[people["firm"] & (people["acquired_day"] < 0) & (people["left_day"] > 731) & np.isinf(people["pause_from"])]
    edges = pd.date_range("2025-01-01", periods=5, freq="92D")
    orders = market.tables["orders"].query("~is_return").drop_duplicates("order_id")

    def by_quarter(frame: pd.DataFrame, column: str) -> pd.DataFrame:
        quarter = pd.cut(frame[column], edges, right=False, labels=range(4))
        return pd.crosstab(frame["customer_id"], quarter).reindex(index=steady.index, columns=range(4), fill_value=0)

    visits, bought = by_quarter(market.tables["visits"], "visited_at") / 3, by_quarter(orders, "ordered_at")
    # Within a firm, more visits than its own mean go with more orders than its own mean.
    more = (visits.sub(visits.mean(axis=1), axis=0)).to_numpy().ravel()
    relative = bought.div(bought.mean(axis=1).replace(0, np.nan), axis=0).to_numpy()
    season = np.nanmean(relative, axis=0)
    response = (relative / season).ravel()
    keep = ~np.isnan(response)
    slope = np.polyfit(more[keep], response[keep], 1)[0]
    error = np.nanstd(response[keep]) / (np.std(more[keep]) * np.sqrt(keep.sum()))
    assert slope > 3 * error
    assert (curve["most"] > 1.5).all()


def test_all_choose_alike_where_there_are_no_needs() -> None:
    market = made("no_needs")
    people = traits(market)
    assert (people[["price_coefficient", "state_dependence", "quality_worth"]].nunique() == 1).all()
    assert set(market.truth_class("needs")) == {"mixed"}
    by_store = market.truth["stores"].set_index("store_id")["promotion_rate"]
    assert people["promoted_share"].corr(people["home_store"].map(by_store)) > 0.6  # the shop's promotions, not the customer


def test_all_have_one_taste_where_there_are_no_preferences() -> None:
    market = made("no_preference")
    tastes = market.truth["tastes"].drop(columns="customer_id")
    assert tastes.std().max() < 1e-12
    assert set(market.truth_class("product_preference")) == {"broad"}


def test_a_continuum_has_no_valley_and_separated_groups_have() -> None:
    smooth, groups = (
        traits(made("continuum")),
        traits(make_market(customers=700, seed=11, world="separated", orders_per_year=10, lines_per_order=2)),
    )
    assert not smooth["firm"].any()
    assert dip(np.log(smooth["orders_year2"]), draws=500).p > 0.05
    assert dip(np.log(smooth["spend_year2"]), draws=500).p > 0.05
    assert dip(np.log(groups["orders_year2"]), draws=500).p < 0.01
    assert set(groups["group"]) == {0, 1, 2, 3}


# --- misspecified worlds


def test_gaps_of_two_stages_are_more_even_than_chance() -> None:
    def variation(market: Market) -> float:
        people = traits(market)
        steady = people[
            (people["orders_year2"].between(20, 60)) & ~people["left"] & np.isinf(people["pause_from"]) & (people["acquired_day"] < 0)
        ]
        days = buying_days(market, steady.index)
        gaps = days.groupby("customer_id")["day"].diff().dt.days.dropna()
        ids = days.loc[gaps.index, "customer_id"]
        grouped = gaps.groupby(ids)
        return float((grouped.std() / grouped.mean()).median())

    chance, even, fixed = (variation(made(world)) for world in ("market", "erlang", "contract"))
    assert chance > 0.85
    assert even < 0.85 * chance
    assert fixed < 0.3


def test_a_contract_says_when_it_ended_and_nothing_is_delivered_after() -> None:
    market = made("contract")
    ended = market.tables["customers"].dropna(subset="cancelled_at").set_index("customer_id")["cancelled_at"]
    assert 10 < len(ended) < 300
    orders = market.tables["orders"].query("~is_return").dropna(subset="customer_id")
    last = orders.groupby("customer_id")["ordered_at"].max()
    both = ended.index.intersection(last.index)
    assert (last[both].dt.normalize() <= ended[both].dt.normalize()).all()
    assert "cancelled_at" not in made("market").tables["customers"]


def test_seasonal_buyers_buy_in_one_quarter_of_the_year() -> None:
    market = made("seasonal")
    people = traits(market)
    own = people[(people["season_quarter"] >= 0) & (people["orders_year2"] > 10)]
    assert (people["season_quarter"] >= 0).mean() == pytest.approx(0.4, abs=0.06)
    days = buying_days(market, own.index)
    back = (pd.Timestamp("2026-01-01") - days["day"]).dt.days
    quarter = ((back - 1) // 91.25 % 4).astype(int)
    inside = quarter.to_numpy() == own.loc[days["customer_id"], "season_quarter"].to_numpy()
    assert inside.mean() > 0.75


def test_mixed_needs_lead_nowhere() -> None:
    mixed, planted = (made(world).truth_class("needs").value_counts(normalize=True) for world in ("mixed_needs", "market"))
    assert mixed["mixed"] > 0.8
    assert planted["mixed"] < 0.5
