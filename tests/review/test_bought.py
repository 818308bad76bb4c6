"""What a class buys more of: a planted taste is found, and classes dealt by lot find none."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

import seglib
from seglib.datasets import make_market
from seglib.methods import rfm, value_tier
from seglib.report.documents import goods
from seglib.report.documents.book import Book
from seglib.report.documents.keeping import statements
from seglib.report.documents.recompute import connection, recompute
from seglib.report.view import View
from seglib.review import bought as room
from seglib.review.bought import bought

GOODS = {"p1": "wine", "p2": "bread", "p3": "GIFT COUPON"}


def trade(products: pd.DataFrame) -> seglib.Client:
    """Eighty spend much and eighty little: wine is half of the former's money and a tenth of the latter's; all use coupons."""
    lines = []
    for number in range(160):
        much = number < 80
        whole, wine = (1000.0 + number, 0.5) if much else (100.0 + number / 10, 0.1)
        wine += (number % 5 - 2) / 50  # 0.46 to 0.54, and 0.06 to 0.14
        for product, share in (("p1", wine), ("p2", 1 - wine), ("p3", 3.0)):
            lines.append((f"c{number:03}", pd.Timestamp("2025-06-01") + pd.Timedelta(days=number % 28), product, whole * share))
    orders = pd.DataFrame(lines, columns=["customer_id", "ordered_at", "product_id", "amount"])
    return seglib.open_frames(orders=orders, products=products)


def test_a_planted_taste_is_told_with_its_index_and_coupons_are_no_goods():
    client = trade(pd.DataFrame({"product_id": list(GOODS), "category": list(GOODS.values())}))
    table = bought(client, value_tier.segment(client.customers(), tiers="quantile:2"))
    told = {(row["segment"], row["category"]): row for row in table.to_dict("records")}
    high, low = sorted({segment for segment, _ in told}, key=lambda key: told.get((key, "wine")) is None)
    assert set(told) == {(high, "wine"), (low, "bread")}
    # Mean shares .5 and .1, of all .3; bread .9 of .7.
    assert told[(high, "wine")]["index"] == pytest.approx(100 * 0.5 / 0.3)
    assert told[(low, "bread")]["index"] == pytest.approx(100 * 0.9 / 0.7)
    assert told[(high, "wine")]["buyers"] == told[(high, "wine")]["customers"] == 80
    assert (table["q"] < 0.001).all()


def test_the_index_of_the_document_is_rebuilt_by_its_query():
    client = trade(pd.DataFrame({"product_id": list(GOODS), "category": list(GOODS.values())}))
    table = client.customers()
    view, book = View(value_tier.segment(table, tiers="quantile:2"), table, "en", "CNY"), Book("en", "CNY")
    goods.gather(client, view, book)
    rebuilt = recompute(book.facts.values(), [*statements(client, view.result), goods.statement(client, view)], connection(client))
    assert len(rebuilt) == 2
    assert rebuilt["same"].all()


@pytest.mark.parametrize(
    ("category", "department", "names"),
    [(["1.0", "2.0", "3.0"], ["wine", "bread", "coupon"], "department"), (["1.0", "2.0", "3.0"], ["1", "2", "3"], "")],
)
def test_keys_are_no_names(category, department, names):
    products = pd.DataFrame({"product_id": list(GOODS), "category": category, "department": department})
    client = trade(products)
    assert room.level(client) == names
    table = bought(client, value_tier.segment(client.customers(), tiers="quantile:2"))
    assert set(table["category"]) == ({"wine", "bread"} if names else set())


def test_classes_dealt_by_lot_tell_nothing(monkeypatch):
    client = seglib.open_frames(**make_market(customers=400, seed=3).tables)
    result = rfm.segment(client.customers())
    inside = ~result.assignments["segment"].isin(result.scheme.outside)
    lines = room.sold(client, result, room.level(client))
    monkeypatch.setattr(room, "sold", lambda *_: lines)
    told = []
    for seed in range(40):
        dealt = result.assignments.copy()
        dealt.loc[inside, "segment"] = np.random.default_rng(seed).permutation(dealt.loc[inside, "segment"].to_numpy())
        told.append(len(bought(client, replace(result, assignments=dealt))) > 0)
    assert lines["category"].nunique() >= 3
    assert sum(told) <= 2
