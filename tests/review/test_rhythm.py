"""Buying days drawn anew: the laws of small customers by hand, and worlds whose truth is known."""

from datetime import date

import numpy as np
import pandas as pd
import pytest

import seglib
from seglib.methods import rfm, value_tier
from seglib.review.migration import migration
from seglib.review.noise import at_limit
from seglib.review.orderbook import order_book
from seglib.review.redraw import redraw
from seglib.review.rhythm import CALENDAR, IRREGULAR, REGULAR, lag_correlation, rhythm
from seglib.settings import ClientSettings
from tests.helpers.buyers import SPAN, WINDOW, buyers, cuts_of, measures, moved

CUSTOMERS = 250


def of(*days: list[int], span: int = 360, before: bool = True):
    """The rhythm of customers with these days."""
    customer = np.repeat(np.arange(len(days)), [len(one) for one in days])
    return rhythm(customer, np.concatenate(days), span=span, known_before=np.full(len(days), before))


def drawn_of(number: int, *days: list[int], span: int = 360, before: bool = True, seed: int = 0):
    """Draws of these customers among one who buys every day, so that no day is out of use."""
    every_day = list(range(span))
    count = sum(map(len, days))
    for unit, day in of(*days, every_day, span=span, before=before).draws(number, seed=seed):
        yield unit[unit < count], day[unit < count]


def test_the_laws_of_three_customers():
    every_30 = list(range(10, 360, 30))
    clumps = [20, 21, 22, 23, 150, 151, 152, 300, 301]
    stopped = every_30[:5]
    found = of(every_30, clumps, stopped)
    assert found.law.tolist() == [CALENDAR, IRREGULAR, REGULAR]  # who stopped waits 230 days of 30: no calendar that runs on
    assert found.shares(np.array([True, True, False])) == (0, 0.5, 0.5)


def test_the_correlation_of_gaps_by_hand():
    # Gaps 1, 3, 1: deviations from 5/3 are -2/3, 4/3, -2/3. Products -8/9 twice, squares 4/9 + 16/9 + 4/9 = 24/9; 24/9 / 3 is added back.
    found = lag_correlation(np.zeros(3, dtype=int), np.array([1.0, 3.0, 1.0]), np.array([True]))
    assert found == pytest.approx((-16 / 9 + 8 / 9) / (24 / 9))
    assert lag_correlation(np.zeros(2, dtype=int), np.array([1.0, 3.0]), np.array([True])) == 0
    gaps = np.random.default_rng(1).gamma(4, 1, (2000, 5))
    assert abs(lag_correlation(np.repeat(np.arange(2000), 5), gaps.ravel(), np.ones(2000, dtype=bool))) < 0.03


def test_a_calendar_keeps_its_gaps_and_a_clump_its_days():
    calendar, clumps = list(range(10, 360, 30)), [20, 22, 150, 152, 300, 302]
    for unit, day in drawn_of(20, calendar, clumps, seed=3):
        first = np.sort(day[unit < 12])
        assert len(first) == 12  # 12 times 30 days are both windows
        assert set(np.diff(first)) == {30}
        assert first[0] < 30
        drawn = day[np.argsort(unit)][12:].reshape(3, 2)
        assert set((drawn[:, 1] - drawn[:, 0]) % 360) == {2}


def test_a_calendar_longer_or_shorter_than_both_windows():
    """Every 100 days in 360: a window of 360 days holds three or four of them, four in 60 phases of 100."""
    counts = np.array([len(unit) for unit, _ in drawn_of(2000, [10, 110, 210, 310], seed=1)])
    assert set(counts) == {3, 4}
    assert (counts == 4).mean() == pytest.approx(0.6, abs=0.04)


def test_newcomers_keep_their_first_day():
    days = [250, 280, 285, 340]
    assert {int(day.min()) for _, day in drawn_of(20, days, before=False)} == {250}
    assert len({int(day.min()) for _, day in drawn_of(20, days)}) > 5
    assert all(day.tolist() == [77] for _, day in drawn_of(3, [77], before=False))


def test_purchases_of_month_ends_stay_at_month_ends():
    ends = [29, 59, 89, 119, 149, 179, 209, 239, 269, 299, 329, 359]
    found = of(ends[::3], ends[1::3], ends[2::3])
    for _, day in found.draws(20):
        assert set(day) <= set(ends)
        assert len(day) == 12


def test_no_buyer_at_all():
    found = rhythm(np.zeros(0, dtype=int), np.zeros(0, dtype=int), span=20, known_before=np.zeros(0, dtype=bool))
    assert [len(day) for _, day in found.draws(2)] == [0, 0]
    assert np.isnan(found.shares(np.zeros(0, dtype=bool))).all()


def floor_of(who, day, value, draws, seed, **given):
    """Observed, and mean and draws of the floor, a kind of classes."""
    before, after = (measures(who, day, value, CUSTOMERS, first) for first in (0, WINDOW))
    cuts, both = cuts_of(before) | given, (before[1] > 0) & (after[1] > 0)
    inside = day >= 0
    known = np.bincount(who[~inside], minlength=CUSTOMERS) > 0
    who, found = who[inside], rhythm(who[inside], day[inside], span=SPAN, known_before=known)
    drawn = []
    for unit, new in found.draws(draws, seed=seed):
        one, two = (measures(who[unit], new, value[inside][unit], CUSTOMERS, first) for first in (0, WINDOW))
        drawn.append(moved(one, two, cuts, both & (one[1] > 0) & (two[1] > 0)))
    return pd.Series(moved(before, after, cuts, both)), pd.DataFrame(drawn)


@pytest.mark.parametrize("kind", ["due:0", "due:3", "due:10", "poisson", "clumpy", "mixture"])
def test_where_nobody_changed_the_floor_is_what_moved(kind):
    rng = np.random.default_rng(12)
    worlds = [floor_of(*buyers(kind, CUSTOMERS, rng), draws=10, seed=nth) for nth in range(10)]
    apart = pd.DataFrame([drawn.mean() - observed for observed, drawn in worlds])
    # Three points, and what ten worlds leave to chance.
    assert (apart.mean().abs() < 0.03 + 1.5 * apart.sem()).all(), apart.mean()


@pytest.mark.parametrize("kind", ["due:3", "due:10", "poisson", "mixture"])
def test_a_true_change_is_kept(kind):
    """A quarter of the customers spend two fifths of what they did, another quarter spent as little before."""
    rng = np.random.default_rng(5)
    excess, true = [], []
    for nth in range(4):
        who, day, value = buyers(kind, CUSTOMERS, rng)
        stationary, _ = floor_of(who, day, value, 1, nth)
        less = ((who % 4 == 0) & (day >= WINDOW)) | ((who % 4 == 1) & (day < WINDOW))
        observed, drawn = floor_of(who, day, np.where(less, 0.4 * value, value), 8, nth)
        excess.append(observed["thirds"] - drawn["thirds"].mean())
        true.append(observed["thirds"] - stationary["thirds"])
    assert np.mean(true) > 0.04
    assert np.mean(excess) > 0.7 * np.mean(true)


def client_of(who, day, value, names=None, order=None):
    """Those purchases as a client whose later window ends on 2025-12-31."""
    last = pd.Timestamp("2025-12-31") - pd.Timedelta(days=SPAN - 1)
    names = np.array([f"c{number:03d}" for number in range(CUSTOMERS)]) if names is None else names
    orders = pd.DataFrame({"customer_id": names[who], "ordered_at": last + pd.to_timedelta(day, unit="D"), "amount": value})
    return seglib.open_frames(orders=orders if order is None else orders.iloc[order], settings=ClientSettings(as_of=date(2025, 12, 31)))


@pytest.fixture(scope="module")
def regular():
    return buyers("due:3", CUSTOMERS, np.random.default_rng(4))


def test_regular_buyers_move_as_often_as_their_floor_says(regular):
    client = client_of(*regular)
    result = value_tier.segment(client.customers(as_of="2024-12-31", window_days=WINDOW), tiers="quantile:3")
    found = migration(client, result, after="2025-12-31", draws=20)
    mean, _, _ = found.floor.stays
    assert found.value("stays") == pytest.approx(mean, abs=0.05)
    assert found.floor.laws[1] > 0.9
    # The same from the purchases as they are, with nothing of the order book in between.
    who, day, value = regular
    observed, drawn = floor_of(who, day, value, 20, 0, money=np.array(result.scheme.score("V").cuts) + 1e-6)  # up to the cut is below it
    assert found.value("moved") == pytest.approx(observed["thirds"])
    assert 1 - mean == pytest.approx(drawn["thirds"].mean(), abs=0.015)


def test_ids_and_the_order_of_rows_change_no_draw(regular):
    rng = np.random.default_rng(9)
    names = rng.permutation([f"x{number:03d}" for number in range(CUSTOMERS)])
    other = client_of(*regular, names=names, order=rng.permutation(len(regular[0])))
    made = []
    for client in (client_of(*regular), other):
        result = value_tier.segment(client.customers(as_of="2024-12-31", window_days=WINDOW), tiers="quantile:3")
        made.append(migration(client, result, after="2025-12-31", draws=5, seed=2))
    assert made[0].floor.stays == made[1].floor.stays
    assert made[0].floor.shares.equals(made[1].floor.shares)


def test_drawn_books_hold_all_orders_and_their_money(regular):
    client = client_of(*regular)
    book = order_book(client, as_of="2025-12-31", window_days=WINDOW, windows=2)
    drawn = redraw(book)
    names = ("orders", "spend", "lifetime_orders", "days_since_last_order", "first_order")
    before = np.bincount(regular[0][regular[1] < 0], minlength=CUSTOMERS)
    for (one, ones), (two, twos) in drawn.pairs(2, seed=1):
        first, second = one.columns(ones, names), two.columns(twos, names)
        assert (first["lifetime_orders"] - first["orders"] == before).all()
        assert (second["lifetime_orders"] - second["orders"] == first["lifetime_orders"]).all()
        assert (second["days_since_last_order"] >= 0).all()
        documents = two.documents
        recent = documents["age"] < WINDOW
        wanted = np.bincount(documents["customer"][recent], weights=documents["value"][recent], minlength=CUSTOMERS) / 1_000_000
        assert second["spend"].to_numpy() == pytest.approx(wanted)
        assert str(one.as_of) == "2024-12-31"


def test_refunds_keep_their_distance_to_the_order():
    rows = [("o1", "2025-01-10", 100.0), ("o1", "2025-01-15", -30.0), ("o2", "2025-03-01", 50.0), ("o3", "2025-04-20", 80.0)]
    orders = pd.DataFrame(rows, columns=["order_id", "ordered_at", "amount"]).assign(customer_id="a")
    client = seglib.open_frames(orders=pd.concat([orders, orders.assign(customer_id="b", order_id=orders["order_id"] + "b")]))
    book = order_book(client, as_of="2025-04-20", window_days=50, windows=2)
    for _, (later, _) in redraw(book).pairs(10, seed=1):
        moves, documents = later.movements, later.documents
        back = moves["amount"] < 0
        assert back.sum() == 2
        assert ((documents["age"][moves["document"][back]] - moves["age"][back]) % 100 == 5).all()
        assert moves["amount"].sum() == 400_000_000


def test_no_floor_where_buyers_stand_at_a_limit_of_recency():
    who = np.repeat(np.arange(CUSTOMERS), 24)
    day = np.tile(np.arange(-725, SPAN, 61)[:24], CUSTOMERS)
    client = client_of(who, day, np.full(len(day), 10.0) + who)
    last = int(day.max())
    table = client.customers(as_of="2025-12-31", window_days=WINDOW, also=rfm.NEEDS)
    result = rfm.segment(table, classes="cn8", r_tiers=f"fixed:{SPAN - 1 - last}", f_tiers="fixed:5", m_tiers="fixed:800")
    book = order_book(client, as_of="2025-12-31", window_days=WINDOW, windows=2, reads=result.scheme.inputs)
    limit, share = at_limit(book, result.scheme, np.ones(CUSTOMERS, dtype=bool))
    assert (limit, share) == (
        51,
        1,
    )  # 365 days are six times 61 but one: all are 51 days old at the end of the later window, 52 at that of the earlier
    found = migration(client, result, after="2025-12-31", draws=3)
    assert found.floor.draws == 0
    assert "within a day of the limit" in found.floor.reason
    assert found.floor.values["share"] == "100%"
