"""Digital behaviour on sessions counted by hand, on a market whose truth is known, and on real sessions."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

import seglib
from seglib import datasets
from seglib.errors import ParameterError
from seglib.methods import digital_behaviour

# sessions, views, carts, reviews, bought, carts bought, last session, share returned, orders
PEOPLE = {
    "inactive": (9, 9, 0, 0, 9, 0, 90.0, 0.0, 9),
    "inactive, never here": (0, 0, 0, 0, 0, 0, None, None, 0),
    "too_few_sessions": (2, 2, 0, 0, 2, 0, 89.0, 0.9, 9),
    "returner": (10, 10, 9, 0, 9, 9, 1.0, 0.30, 2),
    "buyer, one order returned": (10, 10, 9, 0, 9, 9, 1.0, 0.9, 1),
    "buyer": (10, 90, 9, 0, 9, 9, 1.0, 0.29, 9),
    "cart_abandoner": (40, 400, 30, 0, 0, 0, 1.0, None, 0),
    "researcher": (10, 40, 1, 10, 0, 0, 1.0, None, 0),
    "browser": (10, 40, 1, 9, 0, 0, 1.0, None, 0),
}
COLUMNS = ("sessions", "views", "cart_sessions", "reviews_read", "sessions_bought", "cart_sessions_bought", "days_since_last_session",
           "returned_value_share", "orders")  # fmt: skip


def _people(table):
    columns = dict(zip(COLUMNS, (list(values) for values in zip(*PEOPLE.values(), strict=True)), strict=True))
    return table(**columns, spend=[10.0] * len(PEOPLE))


def test_the_first_that_holds(table, holds, classes):
    customers = _people(table)
    result = digital_behaviour.segment(customers)
    assert classes(result).split() == [name.split(",")[0] for name in PEOPLE]
    holds(result, customers)


def test_more_days_before_somebody_is_inactive(table, classes):
    assert classes(digital_behaviour.segment(_people(table), inactive_days=91)).split()[0] == "buyer"


def test_days_are_counted_from_one(table):
    with pytest.raises(ParameterError, match="inactive_days is 0"):
        digital_behaviour.segment(_people(table), inactive_days=0)


def test_without_orders_nobody_is_a_returner_and_it_is_said(table, holds, classes):
    customers = _people(table).drop(columns=["orders", "returned_value_share", "spend"])
    result = digital_behaviour.segment(customers)
    assert classes(result).split()[3] == "buyer"
    assert "no_returns" in set(result.details["warnings"]["warning"])
    holds(result, customers)


def test_few_sessions_are_believed_less(table):
    """One of three and ten of thirty: the same share, but the first is drawn closer to the average of all."""
    few, many, rest = (3, 3, 0, 0, 1, 0, 1.0, None, 1), (30, 30, 0, 0, 10, 0, 1.0, None, 1), (30, 30, 0, 0, 1, 0, 1.0, None, 1)
    rows = [few, many, *[rest] * 20]
    customers = table(**dict(zip(COLUMNS, (list(values) for values in zip(*rows, strict=True)), strict=True)))
    rates = digital_behaviour.segment(customers).assignments["buy_rate"]
    assert rates[2] < rates[0] < rates[1] < 1 / 3 + 0.01


def test_nobody_buys(table, holds, classes):
    customers = _people(table).assign(sessions_bought=0, cart_sessions_bought=0)
    result = digital_behaviour.segment(customers)
    assert "buyer" not in classes(result).split()
    holds(result, customers)


def test_it_finds_more_of_the_truth_of_a_made_market_than_chance():
    market = datasets.make_market(customers=600, seed=3, orders_per_year=20)
    client = seglib.open_frames(**market.tables)
    found = digital_behaviour.segment(client.customers(facts=())).assignments.set_index("customer_id")["segment"]
    true = market.truth_class("digital_behaviour")
    judged = found[found != "too_few_sessions"].reindex(true.index).dropna()
    true = true.reindex(judged.index)
    chance = sum((judged == name).mean() * (true == name).mean() for name in true.unique())
    assert (judged == true).mean() > chance + 0.15


@pytest.fixture
def shops(shared) -> pd.DataFrame:
    return pd.read_parquet(next((shared / "data" / "uci_online_shoppers").glob("*.parquet")))


def test_real_sessions_of_a_shop(shops, table, holds):
    """12,330 sessions without visitors' ids: what came by the same system, browser, region and source stands in for a visitor.

    The set has no days, no reviews and no refunds; a session with a page value stands for one with a cart.
    """
    assert len(shops) == 12330
    sold, cart = shops["Revenue"].astype(bool), shops["PageValues"] > 0
    sessions = pd.DataFrame(
        {
            "sessions": 1,
            "views": shops["ProductRelated"],
            "sessions_bought": sold,
            "cart_sessions": cart,
            "cart_sessions_bought": sold & cart,
        }
    )
    keys = [shops[name].astype(str) for name in ("OperatingSystems", "Browser", "Region", "TrafficType")]
    counts = sessions.astype(int).groupby(keys).sum().assign(reviews_read=0, days_since_last_session=0.0)
    customers = table(**{name: column.tolist() for name, column in counts.items()})
    result = digital_behaviour.segment(customers)
    assert result.details["shrinkage"].set_index("measure").loc["buy_rate", "mean"] == pytest.approx(sold.mean(), abs=0.03)
    # What such a visitor does goes together, being many people under one name; no types stand behind it that could be told apart.
    assert {"latent_found", "latent_blurred", "latent_none"} & set(result.details["warnings"]["warning"])
    assert {"buyer", "researcher", "too_few_sessions"} <= set(result.assignments["segment"])
    holds(result, customers)


def _visitors(table, kinds, seed=4):
    """300 customers with 10 to 19 sessions; of two kinds, or all of one, by the chances to buy, to leave a cart, to read, and by views."""
    rng = np.random.default_rng(seed)
    buys, leaves, reads, views = np.array(kinds).T[:, rng.integers(0, len(kinds), 300)]
    sessions = rng.integers(10, 20, 300)
    bought = rng.binomial(sessions, buys)
    left = rng.binomial(sessions - bought, leaves)
    columns = {
        "sessions": sessions,
        "views": rng.poisson(sessions * views),
        "cart_sessions": bought + left,
        "reviews_read": rng.binomial(sessions, reads),
        "sessions_bought": bought,
        "cart_sessions_bought": bought,
        "days_since_last_session": np.ones(300),
    }
    return table(**{name: values.tolist() for name, values in columns.items()})


def test_planted_kinds_of_visitors_are_latent_classes(table, holds):
    customers = _visitors(table, [(0.6, 0.1, 0.02, 2.0), (0.05, 0.6, 0.4, 8.0)])
    result = digital_behaviour.segment(customers)
    warned = result.details["warnings"].set_index("warning")["values"]
    assert '"classes": 2' in warned["latent_found"]
    assert result.fit["latent_p"] == pytest.approx(0.01)
    latent = result.details["latent"].set_index("latent")
    assert latent["customers_share"].tolist() == pytest.approx([0.5, 0.5], abs=0.08)
    assert latent["buys_share"].max() > 0.5
    assert latent["buys_share"].idxmax() != latent["looks_share"].idxmax()
    holds(result, customers)


def test_one_class_where_all_visitors_are_of_one_kind(table):
    result = digital_behaviour.segment(_visitors(table, [(0.3, 0.3, 0.2, 4.0)]))
    assert "latent_none" in set(result.details["warnings"]["warning"])
    assert "latent" not in result.details
