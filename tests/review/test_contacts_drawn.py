"""Sessions and events drawn anew: at weight 1 the customer table itself, under weights what counting by hand gives."""

from __future__ import annotations

from datetime import date

import numpy as np
import pandas as pd
import pytest

import seglib
from seglib.datasets import make_market
from seglib.methods import digital_behaviour, engagement, satisfaction
from seglib.review import migration, own_order_flips, stability
from seglib.review.contacts_drawn import CONTACT_DRAWN
from seglib.review.fold import folded
from seglib.review.orderbook import order_book
from seglib.settings import ClientSettings

EVENTS = pd.DataFrame(
    [
        ("a", "2024-03-31", "view", 3, "s1"),
        ("a", "2024-03-31", "cart", 1, "s1"),
        ("a", "2024-03-01", "view", 2, "s2"),
        ("b", "2024-03-01", "quote", 2, None),
    ],
    columns=["customer_id", "happened_at", "kind", "count", "session_id"],
)
WHO = pd.DataFrame({"customer_id": ["a", "b", "c"]})
NAMES = ("interactions", "engagement_score", "sessions", "views", "cart_sessions", "quotes", "days_since_last_interaction", "intent_points")


@pytest.fixture(scope="module")
def market() -> seglib.client.Client:
    return seglib.open_frames(**make_market(customers=200, seed=2).tables)


@pytest.fixture(scope="module")
def alone() -> seglib.client.Client:
    """A client without any order."""
    return seglib.open_frames(customers=WHO, interactions=EVENTS, settings=ClientSettings(as_of=date(2024, 3, 31)))


def test_at_weight_one_every_column_equals_the_customer_table(market):
    book = order_book(market)
    names = [name for name in CONTACT_DRAWN if name in market.columns]
    assert len(names) == len(CONTACT_DRAWN)
    assert book.contacts is not None
    columns = [*names, "in_universe"]
    expected = market.customers(columns=columns, facts=())
    pd.testing.assert_frame_equal(book.columns(names=names)[names], expected[names], check_exact=True)


def test_sessions_are_drawn_as_a_whole_by_hand(alone):
    book = order_book(alone, window_days=60)
    pd.testing.assert_frame_equal(book.columns(names=NAMES)[list(NAMES)], alone.customers(window_days=60, columns=NAMES)[list(NAMES)])
    events = book.contacts.events
    weights = np.zeros(book.contacts.units, dtype=int)
    for unit, age in zip(events["unit"], events["age"], strict=True):
        weights[unit] = 2 if age == 0 else 0  # the session of the last day twice, nothing of what came 30 days before it
    drawn = book.columns(weights, NAMES).set_index("customer_id")
    assert drawn["interactions"].tolist() == [8, 0, 0]
    assert drawn[["sessions", "views", "cart_sessions", "quotes"]].loc["a"].tolist() == [2, 6, 2, 0]
    assert drawn["days_since_last_interaction"].fillna(-1).tolist() == [0, -1, -1]
    whole = alone.customers(window_days=1, columns=("engagement_score",)).set_index("customer_id")
    assert drawn.loc["a", "engagement_score"] == pytest.approx(2 * whole.loc["a", "engagement_score"])


def test_two_windows_of_contacts_dealt_into_halves_add_up(market):
    fold = folded(order_book(market, window_days=182, windows=2))
    names = ("interactions", "sessions", "views", "days_since_last_interaction")
    whole = market.customers(window_days=364, columns=(*names, "in_universe"), facts=())
    for one, other in fold.halves(2, seed=5):
        first, second = fold.earlier.columns(one, names), fold.later.columns(other, names)
        for name in names[:3]:
            assert (first[name] + second[name]).equals(whole[name])
        assert (first["days_since_last_interaction"].isna() >= whole["days_since_last_interaction"].isna()).all()


def test_engagement_flips_without_any_order(alone):
    result = engagement.segment(alone.customers(window_days=60, columns=engagement.NEEDS))
    found = own_order_flips(alone, result, draws=50).set_index("customer_id")["flip_rate"]
    assert np.isnan(found["c"])  # no contact, nothing to draw
    assert found[["a", "b"]].between(0, 1).all()
    assert own_order_flips(alone, result, draws=50).set_index("customer_id")["flip_rate"].equals(found)


def test_contact_methods_have_flip_rates_and_a_noise_floor(market):
    table = market.customers(window_days=182, also=(*engagement.NEEDS, *digital_behaviour.NEEDS))
    for module in (engagement, digital_behaviour):
        result = module.segment(table)
        found = stability(market, result, table, draws=20, windows=False)
        assert 0 < found.flips["flip_rate"].mean() < 0.5
        assert found.undrawn == ("", ())
    moved = migration(market, engagement.segment(table), draws=10)
    assert moved.floor.draws == 10
    assert 0.4 < moved.floor.stays[0] < 1


def test_one_answer_is_no_question_of_chance(market):
    table = market.customers(also=(*satisfaction.NEEDS, *satisfaction.USES))
    found = stability(market, satisfaction.segment(table), table, draws=5, windows=False)
    assert found.undrawn == ("stated", ("nps_score",))
    moved = migration(market, satisfaction.segment(market.customers(window_days=182, also=satisfaction.NEEDS)), draws=5)
    assert "as they are on record" in moved.floor.reason


def test_contacts_change_no_draw_of_the_orders(market):
    names = ("spend", "orders")
    with_contacts, without = order_book(market, reads=("spend", "sessions")), order_book(market, reads=("spend",))
    assert without.contacts is None
    first, second = (book.columns(next(book.poisson(1, seed=3)), names) for book in (with_contacts, without))
    pd.testing.assert_frame_equal(first, second)
