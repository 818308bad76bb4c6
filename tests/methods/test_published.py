"""The methods on data and numbers that others published: the R package rfm, UCI Online Retail, CDNOW."""

from __future__ import annotations

import pandas as pd
import pytest

import seglib
from seglib import binning, methods
from seglib.methods import rfm
from seglib.rules import Score, grid_rules
from seglib.scheme import RuleScheme

VIGNETTE = (
    "Champions: 5/5/5; Potential Loyalist: 3-5/3-5/2-5; Loyal: 2-4/2-4/2-4; Promising: 3-4/1-3/3-5; New: 4-5/1-3/1-5; "
    "Can't Lose: 1-2/3-4/4-5; At Risk: 1-2/2-5/4-5; Need Attention: 1-3/3-5/3-5; About To Sleep: 2-3/1-3/1-4; Lost: 1/1-5/1-5"
)


@pytest.fixture(scope="module")
def orders_of_r(shared) -> pd.DataFrame:
    """The example orders of the R package rfm as a customer table on 2006-12-31, all history."""
    orders = pd.read_csv(shared / "oracles/data/rfm_data_orders.csv", parse_dates=["order_date"])
    orders = orders.rename(columns={"order_date": "ordered_at", "revenue": "amount"}).assign(order_id=[f"{n}" for n in range(len(orders))])
    table = seglib.open_frames(orders=orders).customers(as_of="2006-12-31", window_days=2000)
    assert len(table) == 995
    assert table["spend"].sum() == 464_158
    return table


def test_our_cuts_on_the_r_packages_orders(orders_of_r, holds):
    """Right-closed and without the one that the package adds."""
    result = rfm.segment(orders_of_r, classes="rfm125")
    cuts = {name: list(result.scheme.score(name).cuts) for name in "RFM"}
    days = orders_of_r["days_since_last_order"]
    assert binning.fit(days, "quantile:5", better="low").cuts == (114, 180, 296.4, 481)
    # Whole days are divided by 296 as they are by 296.4: the counts below are those of the raw cuts.
    assert cuts == {"R": [114, 180, 296, 481], "F": [3, 4, 5, 7], "M": pytest.approx([254.8, 381, 505.4, 665], abs=1e-9)}
    scores = result.assignments
    assert scores["R"].value_counts().sort_index().to_list() == [197, 201, 198, 199, 200]
    assert scores["M"].value_counts().sort_index().to_list() == [199, 201, 197, 203, 195]
    holds(result, orders_of_r)


@pytest.fixture(scope="module")
def as_r_does(orders_of_r) -> pd.DataFrame:
    """Scores by the package's own right-open cuts, names by the ordered rules of its vignette."""
    scores = (
        Score("R", "days_since_last_order", (115, 181, 297.4, 482), (5, 4, 3, 2, 1), "left"),
        Score("F", "orders", (4, 5, 6, 8), (1, 2, 3, 4, 5), "left"),
        Score("M", "spend", (255.8, 382, 506.4, 666), (1, 2, 3, 4, 5), "left"),
    )
    rules, _ = grid_rules(VIGNETTE)
    scheme = RuleScheme("rfm", scores, rules, tuple(rule.segment for rule in rules))
    return orders_of_r.merge(scheme.apply(orders_of_r), on="customer_id", validate="one_to_one")


def test_the_r_packages_scores(as_r_does):
    counts = {name: as_r_does[name].value_counts().sort_index().to_list() for name in "RFM"}
    assert counts == {"R": [197, 200, 199, 199, 200], "F": [268, 187, 176, 244, 120], "M": [200, 200, 198, 202, 195]}
    three = as_r_does.set_index("customer_id")[["R", "F", "M"]].astype(str).agg("".join, axis=1)
    assert three.nunique() == 92
    first = {"Abbey O'Reilly": "343", "Add Senger": "412", "Aden Lesch": "323", "Aden Murphy": "544", "Agness O'Keefe": "555"}
    assert three[[*first, "Aiyanna Bruen"]].to_dict() == {**first, "Aiyanna Bruen": "321"}
    assert as_r_does.groupby(["R", "F"])["spend"].mean().sum() == pytest.approx(12_633.7125, abs=1e-4)


def test_the_r_packages_names(as_r_does):
    found = as_r_does.groupby("segment").agg(customers=("spend", "size"), orders=("orders", "sum"), revenue=("spend", "sum"))
    assert {name: tuple(map(int, row)) for name, row in zip(found.index, found.to_numpy(), strict=True)} == {
        "Champions": (35, 316, 31646),
        "Potential Loyalist": (342, 2211, 204856),
        "Loyal": (170, 799, 76562),
        "Promising": (9, 28, 4249),
        "New": (104, 329, 28837),
        "Can't Lose": (47, 274, 32446),
        "At Risk": (28, 216, 22227),
        "Need Attention": (10, 57, 4562),
        "About To Sleep": (102, 283, 23449),
        "Lost": (148, 393, 35324),
    }


@pytest.fixture(scope="module")
def online_retail(shared) -> pd.DataFrame:
    """A British gift shop with cancellations: 374 days, 4,372 customers known."""
    lines = pd.read_parquet(shared / "data/uci_online_retail/online_retail.parquet").dropna(subset="CustomerID")
    orders = pd.DataFrame(
        {
            "order_id": lines["InvoiceNo"],
            "customer_id": lines["CustomerID"].astype(str),
            "ordered_at": lines["InvoiceDate"],
            "product_id": lines["StockCode"],
            "amount": (lines["Quantity"] * lines["UnitPrice"]).round(3),
        }
    )
    return seglib.open_frames(orders=orders).customers(window_days=374)


@pytest.mark.parametrize("name", ["value_tier", "revenue_contribution", "purchase_frequency", "rfm"])
def test_refunds_of_the_gift_shop(online_retail, name, holds):
    """41 customers with more back than bought, -13,229.14 in all (33 of them never bought); 14 with nought, one by a reversed order."""
    result = methods.get(name).segment(online_retail)
    outside = result.profile[result.profile["outside"]].set_index("segment")
    assert outside["customers"].to_dict() == {"returns_only": 33, "no_orders": 1, "net_negative": 8, "net_zero": 13}
    assert outside.loc[["returns_only", "net_negative"], "spend"].sum() == pytest.approx(-13_229.14, abs=0.005)
    assert result.fit["eligible"] == 4372 - 55
    holds(result, online_retail)


def test_the_gift_shops_tickets_and_stages(online_retail, holds):
    ticket = methods.get("ticket_size").segment(online_retail)
    where = ticket.assignments.set_index("customer_id")["segment"]
    values = online_retail.set_index("customer_id").loc[where.index[~where.isin(ticket.scheme.outside)], "median_order_value"]
    assert len(values) == 4372 - 55
    assert where.str.startswith("high_ticket").sum() == (values >= values.median()).sum() == 2159
    holds(ticket, online_retail)
    # The shop's own clock, within two days of the published one, and what became of the silent: not yet called lost.
    stages = methods.get("lifecycle").segment(online_retail)
    assert (stages.params["gap_75"], stages.params["gap_95"]) == (pytest.approx(126, abs=2), pytest.approx(258, abs=2))
    assert stages.trustworthy
    assert dict(zip(stages.details["variants"]["segment"], stages.details["variants"]["variant"], strict=True)) == {
        "churned": "long_silent"
    }
    holds(stages, online_retail)
    by_hand = methods.get("lifecycle").segment(online_retail, active_days=60, churn_days=180)
    assert set(by_hand.assignments["segment"]) == {"returns_only", "prospect", "new", "active", "reactivated", "dormant", "churned"}
    holds(by_hand, online_retail)


@pytest.fixture(scope="module")
def cdnow(shared) -> pd.DataFrame:
    """The sample of 2,357 buyers of music who came in the first quarter of 1997, as of the end of September: 1,411 never came back."""
    columns = ["master", "customer_id", "day", "discs", "amount"]
    lines = pd.read_csv(shared / "oracles/data/CDNOW_sample.txt", sep=r"\s+", names=columns, dtype=str)
    orders = pd.DataFrame(
        {"customer_id": lines["customer_id"], "ordered_at": pd.to_datetime(lines["day"]), "amount": lines["amount"].astype(float)}
    )
    orders["order_id"] = [str(number) for number in range(len(orders))]
    return seglib.open_frames(orders=orders).customers(as_of="1997-09-30", window_days=273)


def test_cdnow_buys_once(cdnow, holds):
    assert len(cdnow) == 2357
    assert (cdnow["gaps"] == 0).sum() - (cdnow["lifetime_orders"] == 0).sum() == 1411 - 8  # eight of them spent nought
    for name in methods.names():
        result = methods.get(name).segment(cdnow) if not methods.lacking(name, cdnow.columns) else None
        if result is not None and isinstance(result.scheme, RuleScheme):  # what is learned has no SQL to hold it to
            holds(result, cdnow)
    frequency = methods.get("purchase_frequency").segment(cdnow)
    assert frequency.details["warnings"]["warning"].to_list()[0] == "mostly_once"
    stages = methods.get("lifecycle").segment(cdnow)
    assert stages.gates.set_index("gate").loc["clock", "passed"]
