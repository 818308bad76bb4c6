"""Elasticity under weights: at weight 1 that of the customer table, shop by shop as well; lighter orders weigh less, prices stay."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

import seglib
from seglib.review.orderbook import OrderBook, order_book

NAMES = ("price_elasticity", "price_elasticity_error", "elasticity_lines")


@pytest.fixture(scope="module")
def client() -> seglib.client.Client:
    """Two shops with prices of their own, where everybody meets the others every week."""
    draw = np.random.default_rng(4)
    n = 6000
    who, day, product = draw.integers(0, 60, n), draw.integers(0, 182, n), draw.integers(0, 4, n)
    off = np.where(draw.random((2, 27, 4)) < 0.4, 0.7, 1.0)
    price = np.round(off[who % 2, day // 7, product] * (2 + product), 2)
    orders = pd.DataFrame(
        {
            "customer_id": [f"c{i:02d}" for i in who],
            "order_id": [f"o{i}" for i in range(n)],
            "ordered_at": pd.Timestamp("2024-01-01") + pd.to_timedelta(day, unit="D"),
            "product_id": [f"p{i}" for i in product],
            "store_id": [f"S{i % 2}" for i in who],
            "quantity": 1.0,
            "amount": price,
        }
    )
    products = pd.DataFrame({"product_id": [f"p{i}" for i in range(4)], "category": ["tea", "tea", "tea", "milk"]})
    return seglib.open_frames(orders=orders, products=products)


@pytest.fixture(scope="module")
def book(client: seglib.client.Client) -> OrderBook:
    return order_book(client, as_of="2024-06-30", window_days=182)


def test_at_weight_one_it_is_that_of_the_customer_table(client, book):
    pd.testing.assert_frame_equal(
        book.columns(names=NAMES), client.customers(as_of="2024-06-30", window_days=182, columns=NAMES), check_exact=True
    )


def test_orders_that_weigh_twice_say_the_same_with_more_certainty(book):
    once, twice = (book.columns(np.full(len(book.turns), weight), NAMES) for weight in (1, 2))
    assert once["elasticity_lines"].gt(20).all()  # milk is alone in its kind
    assert twice["elasticity_lines"].equals(2 * once["elasticity_lines"])
    np.testing.assert_allclose(twice["price_elasticity"], once["price_elasticity"], atol=2e-6)
    np.testing.assert_allclose(twice["price_elasticity_error"] * 2**0.5, once["price_elasticity_error"], atol=2e-6)


def test_without_orders_there_is_no_elasticity(book):
    none = book.columns(np.zeros(len(book.turns), dtype=int), NAMES)
    assert none["price_elasticity"].isna().all()
    assert (none["elasticity_lines"] == 0).all()
