"""Migration: hand-countable moves, the published grocery halves to the cent, worlds whose truth is known, and identities on anything."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from functools import cache
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import seglib
from seglib import methods
from seglib.datasets import make_market
from seglib.errors import DataError, SchemeError, TableError
from seglib.methods import revenue_contribution, value_tier
from seglib.review import Migration, migration, migration_of, reindex_cuts
from seglib.review import moves as moving
from seglib.review.history import previous, two_windows
from seglib.review.mobility import bartholomew, first_passage, homogeneity, shorrocks, steady_state
from seglib.review.rematch import matched
from seglib.segmentation import Segmentation
from seglib.settings import ClientSettings

MONEY, PEOPLE = "money", "customers"
LINES = ["stay", "behaviour_in", "behaviour_out", "new", "returning", "lapsed", "gone"]
LINES += ["reindexed_in", "reindexed_out", "recut_in", "recut_out"]


def frame(classes: dict[str, str]) -> pd.DataFrame:
    return pd.DataFrame({"customer_id": list(classes), "segment": list(classes.values())})


def line(lines: pd.DataFrame, segment: str, measure: str) -> dict[str, object]:
    return lines[(lines["segment"] == segment) & (lines["measure"] == measure)].iloc[0].drop(["segment", "measure"]).to_dict()


@pytest.fixture(scope="module")
def by_hand() -> pd.DataFrame:
    """Eight customers: stays, climbs, falls, is new, comes back, lapses, is erased, and never orders."""
    a = {"s": "high", "c": "low", "f": "high", "b": "no_orders_in_window", "l": "low", "g": "low", "p": "no_orders"}
    b = {"s": "high", "c": "high", "f": "low", "n": "low", "b": "high", "l": "no_orders_in_window", "p": "no_orders"}
    m0 = pd.Series({"s": 100.0, "c": 10.0, "f": 90.0, "b": -5.0, "l": 12.34, "g": 7.0})
    m1 = pd.Series({"s": 130.0, "c": 80.0, "f": 20.0, "n": 15.5, "b": 60.01})
    refit = pd.Series({**b, "b": "low"})
    return moving.joined(frame(a), frame(b), m0, m1, refit=refit)


def test_who_is_who(by_hand):
    kinds = by_hand.set_index("customer_id")["kind"].to_dict()
    assert kinds == {
        "s": "stay", "c": "behaviour", "f": "behaviour", "n": "new", "b": "returning", "l": "lapsed", "g": "gone", "p": "stay",
    }  # fmt: skip
    assert moving.populations(by_hand).value_counts().to_dict() == {
        "both": 3, "new": 1, "returning": 1, "lapsed": 1, "gone": 1, "neither": 1,
    }  # fmt: skip


def test_the_lines_of_a_class_counted_by_hand(by_hand):
    lines = moving.lines(by_hand, ["high", "low", "no_orders", "no_orders_in_window"])
    zero = dict.fromkeys(LINES, 0)
    high = {"before": 2, **zero, "behaviour_in": 1, "behaviour_out": -1, "returning": 1, "recut_out": -1, "after": 2}
    assert line(lines, "high", PEOPLE) == high
    assert line(lines, "low", PEOPLE) == {
        "before": 3, **zero, "behaviour_in": 1, "behaviour_out": -1, "new": 1, "lapsed": -1, "gone": -1, "recut_in": 1, "after": 3,
    }  # fmt: skip
    money = {name: Decimal(value) for name, value in zero.items()}
    assert line(lines, "high", MONEY) == {
        "before": Decimal(190), **money, "stay": Decimal(30), "behaviour_in": Decimal(80), "behaviour_out": Decimal(-90),
        "returning": Decimal("60.01"), "recut_out": Decimal("-60.01"), "after": Decimal(210),
    }  # fmt: skip
    assert line(lines, "no_orders_in_window", MONEY) == {
        "before": Decimal(-5), **money, "returning": Decimal(5), "after": Decimal(0),
    }  # fmt: skip


def test_moves_counted_by_hand(by_hand):
    keys = ["high", "low", "no_orders_in_window"]
    arrows = moving.arrows(by_hand, [*keys, "no_orders", "newcomers"], [*keys, "no_orders", "no_longer_known"], draws=200, seed=0)
    cell = arrows.set_index(["before", "after"])
    assert cell.loc[("low", "high"), ["customers", "row_share", "change"]].tolist() == [1, 1 / 3, Decimal(70)]
    assert cell.loc[("newcomers", "low"), "change"] == Decimal("15.5")
    assert cell.loc[("low", "no_longer_known"), ["kind", "change"]].tolist() == ["gone", Decimal(-7)]
    assert arrows["change"].sum() == Decimal("305.51") - Decimal("214.34")
    assert cell["thin"].all()
    assert cell.loc[("high", "high"), "one_customer"]
    # Jeffreys: one of three is far from certain, and none of three is not impossible.
    assert cell.loc[("low", "high"), "low"] == pytest.approx(0.0300, abs=0.03)
    assert 0.3 < cell.loc[("high", "no_orders_in_window"), "high"] < 0.8


def test_who_has_ordered_cannot_become_one_who_never_has(by_hand):
    keys = ["high", "low", "no_orders_in_window", "no_orders"]
    cell = moving.arrows(by_hand, [*keys, "newcomers"], [*keys, "no_longer_known"], draws=50, seed=0).set_index(["before", "after"])
    assert cell.loc[("low", "no_orders"), ["low", "high"]].tolist() == [0, 0]
    # Jeffreys over the four ends that can be reached, one of two of the row: Beta(1.5, 2.5).
    from scipy.stats import beta

    assert cell.loc[("high", "high"), ["low", "high"]].tolist() == pytest.approx([beta.ppf(q, 1.5, 2.5) for q in (0.025, 0.975)])


def test_the_previous_class_is_the_last_different_one():
    days = {
        date(2024, 12, 31): pd.Series({"a": "high", "b": "high", "c": "low", "d": "low"}),
        date(2024, 6, 30): pd.Series({"a": "high", "b": "low", "c": "low"}),
        date(2023, 12, 31): pd.Series({"a": "low", "b": "high", "c": "low"}),
    }
    found = previous(days).set_index("customer_id")
    assert found.loc["a", ["previous_segment", "previous_as_of", "since"]].tolist() == ["low", "2023-12-31", "2024-06-30"]
    assert found.loc["b", ["previous_segment", "previous_as_of", "since"]].tolist() == ["low", "2024-06-30", "2024-12-31"]
    assert found.loc[["c", "d"], "previous_segment"].isna().all()
    assert found.loc[["c", "d"], "since"].tolist() == ["2023-12-31", "2024-12-31"]


def test_indices_of_mobility():
    assert shorrocks([[10, 0], [0, 10]]) == 0
    assert shorrocks([[5, 5], [5, 5]]) == 1
    assert bartholomew([[0, 10], [10, 0]]) == 1
    # Two of three leave the first class for the third, two steps: (2/3 of 3 of 6 customers) * 2 / 2.
    assert bartholomew([[1, 0, 2], [0, 3, 0], [0, 0, 0]]) == pytest.approx(2 / 6)


def test_a_steady_state_only_where_there_is_one():
    settled = steady_state(np.array([[90, 10], [40, 60]]), np.zeros(2), np.zeros(2))
    assert settled == pytest.approx([0.8, 0.2])
    assert steady_state(np.array([[90, 10], [0, 100]]), np.zeros(2), np.zeros(2)) is None  # absorbing: everybody ends there
    assert steady_state(np.array([[90, 10], [0, 0]]), np.zeros(2), np.zeros(2)) is None  # nobody was seen in the second before
    # Who is gone is replaced by who came: 20 of 100 leave the second class, all newcomers begin in the first.
    replaced = steady_state(np.array([[90, 10], [0, 80]]), np.array([5, 0]), np.array([0, 20]))
    assert replaced == pytest.approx([2 / 3, 1 / 3])


def test_first_passage_and_one_process_or_several():
    passage = first_passage([[50, 50], [25, 75]])
    assert passage == pytest.approx(np.array([[3, 2], [4, 1.5]]))
    assert first_passage([[1, 0], [0, 1]]) is None
    one = np.array([[80, 20], [30, 70]])
    assert homogeneity([one, one * 2])[0] == pytest.approx(0)
    chi2, degrees, p = homogeneity([one, np.array([[20, 80], [30, 70]])])
    # The first rows alone differ: a 2 x 2 table of 80/20 and 20/80.
    assert (chi2, degrees) == (pytest.approx(72), 2)
    assert p < 1e-10


@pytest.fixture(scope="module")
def halves():
    """The two calendar halves of the grocery year: 181 and 184 days, past the window check."""
    client = seglib.demo()
    first = client.customers(as_of="2017-06-30", window_days=181)
    second = client.customers(as_of="2017-12-31", window_days=184)
    old, new = (value_tier.segment(table, tiers="quantile:3") for table in (first, second))
    m0, m1 = (table.set_index("customer_id")["spend"] for table in (first, second))
    refit = new.assignments.set_index("customer_id")["segment"]
    return old, migration_of(old, old.scheme.apply(second), m0, m1, refit=refit, before="2017-06-30", after="2017-12-31")


def test_the_published_halves_of_the_grocery_year(halves):
    old, found = halves
    assert [round(cut, 2) for cut in old.scheme.score("V").cuts] == [325.34, 1014.43]
    counts = {
        "low": [798, 181, -210, 60, -50, 27, 0, 806],
        "medium": [797, 326, -327, 11, -2, 27, -27, 805],
        "high": [798, 182, -152, 5, -1, 0, -27, 805],
    }
    named = ["before", "behaviour_in", "behaviour_out", "new", "lapsed", "recut_in", "recut_out", "after"]
    for segment, expected in counts.items():
        told = line(found.classes, segment, PEOPLE)
        told["new"] += told["returning"]
        assert [told[name] for name in named] == expected
    money = line(found.classes, "high", MONEY)
    assert [money[name] for name in ("before", "stay", *named[1:])] == [
        Decimal(text)
        for text in ("1638161.06", "54948.50", "251677.59", "-224706.51", "6789.67", "-1532.09", "0", "-27890.50", "1697447.72")
    ]
    assert found.value("stays") == pytest.approx(0.706, abs=0.0005)
    assert found.moves["change"].sum() == Decimal("93223.18")


def identities(found: Migration, *, threshold: bool = False) -> None:
    """What must hold of every migration, to the last digit."""
    for measure in (PEOPLE, MONEY):
        lines = found.classes[found.classes["measure"] == measure]
        for _, row in lines.iterrows():
            assert row["before"] + sum(row[name] for name in LINES) == row["after"]
        for pair in ("recut", "reindexed"):
            assert lines[f"{pair}_in"].sum() + lines[f"{pair}_out"].sum() == 0
    counts = found.classes[found.classes["measure"] == PEOPLE]
    assert counts["behaviour_in"].sum() + counts["behaviour_out"].sum() == 0
    money = found.classes[found.classes["measure"] == MONEY]
    assert found.moves["change"].sum() == money["after"].sum() - money["before"].sum()
    assert (found.moves["money_after"] - found.moves["money_before"]).tolist() == found.moves["change"].tolist()
    # A class's column of arrows is what it holds after, before the lines are drawn anew.
    for segment in counts["segment"]:
        arrived = found.moves.loc[found.moves["after"] == segment, "customers"].sum()
        told = line(found.classes, segment, PEOPLE)
        redrawn = sum(told[f"{name}_{way}"] for name in ("recut", "reindexed") for way in ("in", "out"))
        assert arrived == told["after"] - (0 if threshold else redrawn)


def test_identities_of_the_published_halves(halves):
    identities(halves[1])


CLASSES = ["high", "medium", "low", "no_orders_in_window", "no_orders", "net_negative"]
people = st.lists(
    st.tuples(
        st.sampled_from([*CLASSES, ""]), st.sampled_from([*CLASSES, ""]), st.sampled_from(CLASSES), st.sampled_from(CLASSES),
        st.integers(-10**9, 10**11), st.integers(-10**9, 10**11),
    ).filter(lambda one: one[0] or one[1]),
    min_size=1, max_size=40,
)  # fmt: skip


@given(people)
@settings(max_examples=25)
def test_identities_hold_on_anything(rows):
    ids = [f"c{nth}" for nth in range(len(rows))]
    a = {name: row[0] for name, row in zip(ids, rows, strict=True) if row[0]}
    b = {name: row[1] for name, row in zip(ids, rows, strict=True) if row[1]}
    x, r = (pd.Series({name: rows[int(name[1:])][nth] for name in b}, dtype=object) for nth in (2, 3))
    m0 = pd.Series({name: rows[int(name[1:])][4] / 100 for name in a}, dtype=float)
    m1 = pd.Series({name: rows[int(name[1:])][5] / 100 for name in b}, dtype=float)
    result = _small_result()
    found = migration_of(result, frame(b), m0, m1, a=frame(a), refit=r, reindexed=x, draws=2)
    identities(found)
    assert found.moves["change"].sum() == Decimal(sum(row[5] for row in rows if row[1])).scaleb(-2) - Decimal(
        sum(row[4] for row in rows if row[0])
    ).scaleb(-2)


@cache
def _small_result() -> Segmentation:
    return value_tier.segment(_small_table())


def _small_table() -> pd.DataFrame:
    spend = [float(n) for n in range(1, 31)]
    return pd.DataFrame(
        {"customer_id": [str(n) for n in range(30)], "orders": 2, "spend": spend, "window_days": 365, "as_of": pd.Timestamp("2024-12-31")}
    )


@pytest.fixture(scope="module")
def grocery() -> Migration:
    client = seglib.demo()
    result = value_tier.segment(client.customers(as_of="2017-07-02", window_days=182), tiers="quantile:3")
    return migration(client, result, after="2017-12-31", seed=1)


def test_the_grocery_year_in_two_windows_and_its_noise_floor(grocery):
    identities(grocery)
    assert (grocery.before, grocery.after, grocery.window_days, grocery.overlap) == ("2017-07-02", "2017-12-31", 182, 0)
    mean, low, high = grocery.floor.stays
    # Random halves of the year's baskets gave 79.6 % [78.4, 80.8]; baskets come in clumps, which those halves broke up.
    assert (mean, low, high) == (pytest.approx(0.772, abs=0.004), pytest.approx(0.756, abs=0.006), pytest.approx(0.786, abs=0.006))
    assert grocery.floor.laws == pytest.approx((0.10, 0, 0.90), abs=0.01)
    assert grocery.value("stays") == pytest.approx(0.709, abs=0.001)
    assert grocery.recut
    assert grocery.value("k_of") > grocery.value("by_chance")
    assert grocery.moves.loc[grocery.moves["before"] == "newcomers", "within_noise"].isna().all()
    assert grocery.value("shorrocks") == pytest.approx(0.436, abs=0.001)
    assert grocery.value("bartholomew") == pytest.approx(0.154, abs=0.001)
    # Nobody could have been without orders in the first window the data know of: where it would settle cannot be told.
    assert grocery.steady.empty
    assert grocery.homogeneity == {}


def test_the_money_of_every_cell_is_that_of_plain_sql(grocery):
    """From the order lines, with cut points and dates written out, and nothing of the package in between."""
    client = seglib.demo()
    result = value_tier.segment(client.customers(as_of="2017-07-02", window_days=182), tiers="quantile:3")
    low, high = result.scheme.score("V").cuts
    tables = client.tables
    orders = tables["orders"].get_name()
    connection = client.collected.connection
    connection = getattr(connection, "con", connection)
    sql = f"""
      with w as (
        select customer_id, order_id, cast(ordered_at as date) as day, amount from "{orders}"
        where cast(ordered_at as date) between date '2017-01-02' and date '2017-12-31'
      ), m as (
        select customer_id,
          sum(case when day <= date '2017-07-02' then amount else 0 end) as m0,
          sum(case when day > date '2017-07-02' then amount else 0 end) as m1 from w group by 1
      ), o as (
        select customer_id, order_id, min(day) as day, sum(amount) as value from w group by 1, 2 having sum(amount) > 0
      ), n as (
        select customer_id, count(*) filter (where day <= date '2017-07-02') as n0,
          count(*) filter (where day > date '2017-07-02') as n1 from o group by 1
      ), c as (
        select m0, m1,
          case when n0 = 0 then 'newcomers' when m0 <= {low} then 'low' when m0 <= {high} then 'medium' else 'high' end as a,
          case when n1 = 0 then 'no_orders_in_window' when m1 <= {low} then 'low' when m1 <= {high} then 'medium' else 'high' end as b
        from m join n using (customer_id)
      ) select a, b, count(*), sum(m0), sum(m1) from c group by 1, 2
    """
    expected = {(a, b): (n, m0, m1) for a, b, n, m0, m1 in connection.execute(sql).fetchall()}
    told = grocery.moves[(grocery.moves["customers"] > 0) & (grocery.moves["before"] != "no_orders")]
    found = {(row.before, row.after): (row.customers, row.money_before, row.money_after) for row in told.itertuples()}
    assert found == expected


def test_the_same_seed_gives_the_same_and_rows_and_ids_do_not_matter(grocery):
    client = seglib.demo()
    result = value_tier.segment(client.customers(as_of="2017-07-02", window_days=182), tiers="quantile:3")
    again = migration(client, result, after="2017-12-31", seed=1)
    assert again.moves.equals(grocery.moves)
    assert again.summary.equals(grocery.summary)
    table = grocery.people
    other = table.sample(frac=1, random_state=3)
    a, b = (other[["customer_id", name]].set_axis(["customer_id", "segment"], axis=1) for name in "ab")
    shuffled = moving.joined(a, b[b["segment"] != ""], *(other.set_index("customer_id")[name] / 1_000_000 for name in ("m0", "m1")))
    names = ["high", "medium", "low", "no_orders_in_window"]
    one, two = (
        moving.arrows(each.assign(customer_id=""), [*names, "no_orders", "newcomers"], [*names, "no_orders"], draws=20, seed=0)
        for each in (table, shuffled)
    )
    assert one.equals(two)


def test_where_nobody_changed_the_matrix_is_its_noise_floor():
    beyond, judged, apart = 0.0, 0.0, []
    for seed in (1, 2):
        tables = make_market(
            customers=250, seed=seed, world="no_migration", wholesaler=0, firms=0, lines_per_order=2, orders_per_year=30
        ).tables
        client = seglib.open_frames(**tables)
        result = value_tier.segment(client.customers(as_of="2024-12-31", window_days=365), tiers="quantile:3")
        found = migration(client, result, after="2025-12-31", seed=seed)
        apart.append(found.value("moved_beyond_floor"))
        beyond, judged = beyond + found.value("k_of"), judged + found.value("of_k")
    # One world in twenty lies beyond its own range; two together must come close to none.
    assert abs(np.mean(apart)) < 0.02
    assert beyond <= 3
    assert judged >= 10


def test_planted_moves_are_found_again():
    """Two orders a customer and window; classes follow a known matrix, and money is what the classes spend."""
    rng = np.random.default_rng(8)
    planted = np.array([[0.7, 0.2, 0.1], [0.15, 0.7, 0.15], [0.05, 0.15, 0.8]])
    before = rng.integers(0, 3, 1500)
    after = np.array([rng.choice(3, p=planted[state]) for state in before])
    worth = np.array([300.0, 60.0, 10.0])
    rows = []
    for states, days in ((before, ["2024-02-01", "2024-05-01"]), (after, ["2024-08-01", "2024-11-01"])):
        for day in days:
            rows.append(pd.DataFrame({"customer_id": np.arange(1500).astype(str), "ordered_at": day, "amount": worth[states]}))
    rows.append(pd.DataFrame({"customer_id": ["0"], "ordered_at": ["2024-01-01"], "amount": [0.0]}))
    client = seglib.open_frames(settings=ClientSettings(as_of=date(2024, 12, 25)), orders=pd.concat(rows))
    result = value_tier.segment(client.customers(as_of="2024-06-28", window_days=180), tiers="fixed:100,500")
    found = migration(client, result, after="2024-12-25", draws=20)
    share = found.matrix("row_share").loc[["high", "medium", "low"], ["high", "medium", "low"]].to_numpy()
    counted = np.zeros((3, 3))
    np.add.at(counted, (before, after), 1)
    assert share == pytest.approx(counted / counted.sum(axis=1, keepdims=True))
    low, high = (found.matrix(end).loc[["high", "medium", "low"], ["high", "medium", "low"]].to_numpy() for end in ("low", "high"))
    assert ((low <= planted) & (planted <= high)).sum() >= 8
    change = found.matrix("change").loc[["high", "medium", "low"], ["high", "medium", "low"]].astype(float).to_numpy()
    assert change == pytest.approx(counted * 2 * (worth[None, :] - worth[:, None]))
    assert found.value("k_of") >= 4


def test_overlapping_windows_say_so_and_claim_no_floor():
    client = seglib.demo()
    result = value_tier.segment(client.customers(as_of="2017-12-31", window_days=182))
    found = migration(client, result, before="2017-10-01", draws=5)
    assert found.overlap == pytest.approx(0.5)
    assert found.floor.draws == 0
    assert "share {share} of their days" in found.floor.reason
    assert found.moves["within_noise"].isna().all()
    assert not found.recut
    short = value_tier.segment(client.customers(as_of="2017-12-31", window_days=91))
    apart = migration(client, short, before="2017-06-30", draws=5)
    assert "days lie between" in apart.floor.reason


def test_what_cannot_be_drawn_has_no_floor_but_moves_all_the_same():
    client = seglib.open_frames(**make_market(customers=150, seed=3).tables)
    from seglib.methods import satisfaction

    table = client.customers(as_of="2024-12-31", window_days=365, also=satisfaction.NEEDS)
    found = migration(client, satisfaction.segment(table, basis="after_sales"), after="2025-12-31", draws=5)
    assert "as they are on record" in found.floor.reason
    identities(found)


def test_a_history_too_short_is_said():
    client = seglib.demo()
    with pytest.raises(DataError, match="two windows of 364 days"):
        migration(client, value_tier.segment(client.customers(window_days=364)))


def test_three_dates_test_whether_it_is_one_process():
    client = seglib.demo()
    result = value_tier.segment(client.customers(as_of="2017-12-31", window_days=91), tiers="quantile:3")
    found = migration(client, result, draws=0)
    assert found.homogeneity["periods"] == 3
    assert found.homogeneity["degrees"] == 12
    assert 0 <= found.homogeneity["p"] <= 1
    assert found.previous["previous_segment"].notna().any()
    assert set(found.previous["since"]) <= {"2017-12-31", "2017-10-01", "2017-07-02", "2017-04-02"}
    # Here customers were seen without orders in the window before, and came back: there is a steady state.
    assert found.steady["steady"].sum() == pytest.approx(1)
    way = found.passage.set_index(["before", "after"]).loc[("low", "high")]
    assert 1 < way["low"] < way["periods"] < way["high"]
    # Coming back to where one stands takes on average one over the share that stands there.
    back = found.passage[found.passage["before"] == found.passage["after"]].set_index("before")["periods"]
    assert (1 / back).to_dict() == pytest.approx(found.steady.set_index("segment")["steady"].to_dict())


def test_reindexed_cuts_have_lines_of_their_own():
    client = seglib.demo()
    result = value_tier.segment(client.customers(as_of="2017-07-02", window_days=182), tiers="quantile:3")
    raised = reindex_cuts(result.scheme, 1.1)
    assert raised.score("V").cuts == pytest.approx([cut * 1.1 for cut in result.scheme.score("V").cuts])
    assert raised.hash != result.scheme.hash
    found = migration(client, result, after="2017-12-31", cpi=1.1, draws=0)
    identities(found)
    high = line(found.classes, "high", PEOPLE)
    assert high["reindexed_out"] < 0
    assert high["reindexed_in"] == 0
    for scheme, cpi in ((result.scheme, 0.0), (frequency_scheme(), 1.1)):
        with pytest.raises(SchemeError, match="cannot be re-indexed"):
            reindex_cuts(scheme, cpi)


def frequency_scheme() -> object:
    """A definition without a cut on money: orders alone decide."""
    from seglib.methods import purchase_frequency

    return purchase_frequency.segment(seglib.demo().customers()).scheme


def test_two_results_of_one_day_are_a_moved_threshold():
    table = seglib.demo().customers()
    one, two = (value_tier.segment(table, tiers=tiers) for tiers in ("top:20,30,50", "top:10,40,50"))
    found = two.moved_from(one, customers=table)
    identities(found, threshold=True)
    high = line(found.classes, "high", PEOPLE)
    assert (high["behaviour_in"], high["behaviour_out"], high["recut_in"]) == (0, 0, 0)
    assert (
        high["recut_out"]
        == two.profile.set_index("segment").loc["high", "customers"] - one.profile.set_index("segment").loc["high", "customers"]
    )
    moved = found.moves[found.moves["before"] != found.moves["after"]]
    assert set(moved.loc[moved["customers"] > 0, "kind"]) == {"recut"}
    assert all(change == 0 for change in found.moves["change"])


def test_two_results_of_two_days_are_taken_apart():
    client = seglib.demo()
    first, second = (client.customers(as_of=day, window_days=182) for day in ("2017-07-02", "2017-12-31"))
    one, two = (value_tier.segment(table, tiers="quantile:3") for table in (first, second))
    with pytest.raises(SchemeError, match="two definitions"):
        two.moved_from(one)
    found = two.moved_from(one, customers=second, customers_before=first)
    identities(found)
    assert found.recut
    after = {row["segment"]: row["customers"] for _, row in two.profile.iterrows()}
    assert {name: line(found.classes, name, PEOPLE)["after"] for name in ("high", "medium", "low")} == {
        name: after[name] for name in ("high", "medium", "low")
    }
    with pytest.raises(SchemeError, match="one method and one window"):
        revenue_contribution.segment(second).moved_from(one)


def test_an_id_twice_is_refused():
    twice = pd.DataFrame({"customer_id": ["a", "a"], "segment": ["x", "y"]})
    with pytest.raises(TableError, match="stand more than once"):
        moving.joined(twice, twice.head(1))


@pytest.mark.parametrize(
    ("spoilt", "sentence"),
    [
        ({"segment": ["x", None]}, "customers without a class: 1"),
        ({"class": ["x", "y"]}, "columns lacking: segment, customers"),
    ],
)
def test_a_list_without_classes_is_refused(spoilt, sentence):
    with pytest.raises(TableError, match=sentence):
        moving.joined(pd.DataFrame({"customer_id": ["a", "b"], **spoilt}), frame({"a": "x"}))


def test_money_that_is_none_is_refused():
    with pytest.raises(TableError, match="no sums of money"):
        moving.joined(frame({"a": "x"}), frame({"a": "x"}), pd.Series({"a": float("inf")}))


def test_a_result_of_the_earlier_window_is_followed_into_the_next():
    client = seglib.demo()
    early, late = (value_tier.segment(client.customers(as_of=day, window_days=182)) for day in ("2017-07-02", "2017-12-31"))
    found = migration(client, early, draws=0)
    assert (found.before, found.after) == ("2017-07-02", "2017-12-31")
    assert migration(client, late, draws=0).before == "2017-07-02"
    with pytest.raises(SchemeError, match="ask the later result"):
        early.moved_from(late)


def test_groups_found_anew_go_by_the_names_of_those_they_share_their_customers_with():
    ids = [f"c{i}" for i in range(12)]
    before = pd.Series(["x"] * 5 + ["y"] * 5 + ["z", "net_zero"], index=ids)
    # g1 holds 4 of the 5 of y; g2 3 of the 5 of x and nobody else; g3 is 2 of x, 1 of y and the one of z.
    found = pd.Series(["g2"] * 3 + ["g3"] * 2 + ["g1"] * 4 + ["g3"] * 2 + ["net_zero"], index=ids)
    named = matched(before, found, SimpleNamespace(classes=("x", "y", "z"), outside=("net_zero",)))
    assert named.tolist() == ["x"] * 3 + ["new_class_1"] * 2 + ["y"] * 4 + ["new_class_1"] * 2 + ["net_zero"]
    assert methods.words("clusters").label("new_class_1", "zh") == "新类 1"


def test_learned_groups_have_their_re_cut_lines():
    client = seglib.open_frames(**make_market(customers=150, seed=3).tables)
    table = client.customers(as_of="2024-12-31", window_days=365)
    result = methods.get("clusters").segment(table, features="orders,mean_order_value", classes=2, starts=3)
    found = migration(client, result, after="2025-12-31", draws=0)
    assert found.recut
    lines = found.classes[found.classes["measure"] == "customers"].set_index("segment")
    assert lines[["recut_in", "recut_out"]].to_numpy().any()
    identities(found)


def test_nobody_in_any_class_at_either_date_is_no_fault():
    from seglib.review.totals import counts_of, passage

    table = pd.DataFrame({"a": ["returns_only"] * 3, "b": ["returns_only"] * 3})
    assert counts_of(table, []).shape == (0, 0)
    assert passage(table, ["returns_only"], draws=5, seed=0).empty


def test_windows_shorter_than_two_usual_gaps_are_waiting():
    """100 customers every 90 days: halves of a year of 182 days hold two gaps and a bit, those of 300 days do not."""
    rows = [(f"c{n}", pd.Timestamp("2023-01-01") + pd.Timedelta(days=day)) for n in range(120) for day in range(n % 90, 300, 90)]
    orders = pd.DataFrame(rows, columns=["customer_id", "ordered_at"]).assign(amount=[float(5 + n % 11) for n in range(len(rows))])
    client = seglib.open_frames(orders=orders.assign(order_id=[str(n) for n in range(len(orders))]))
    first, last, days = two_windows(client)
    assert days == 147
    result = value_tier.segment(client.customers(as_of=first, window_days=days))
    made = migration(client, result, before=first, after=last, draws=0)
    assert (made.usual_gap_days, made.waiting) == (90, True)
    short = seglib.open_frames(
        settings=ClientSettings(clock={"usual": 200, "long": 250}), orders=orders.assign(order_id=[str(n) for n in range(len(orders))])
    )
    with pytest.raises(DataError, match="less than the usual gap between purchases"):
        two_windows(short)


def test_every_row_of_the_flows_adds_up_to_one_with_who_stopped_and_who_is_new(by_hand):
    from types import SimpleNamespace
    from typing import Any

    a = {row.customer_id: row.a for row in by_hand.itertuples() if row.a}
    b = {row.customer_id: row.b for row in by_hand.itertuples() if row.b}
    # One more is known since and has not ordered yet: no buyer, and no new one.
    b["q"] = "no_orders"
    scheme: Any = SimpleNamespace(classes=("high", "low"), outside=("no_orders", "no_orders_in_window"), window_days=30)
    result: Any = SimpleNamespace(assignments=frame(a), scheme=scheme, ordered=True, method="value_tier", as_of="2024-06-30")
    found = migration_of(result, frame(b))
    shares, customers = found.flows(), found.flows("customers")
    assert shares.sum(axis=1).tolist() == pytest.approx([1.0] * 4)
    assert list(shares.index) == ["high", "low", "no_orders_in_window", "newcomers"]
    assert list(shares.columns) == ["high", "low", "no_orders", "no_orders_in_window", "no_longer_known"]
    assert customers.loc["low"].tolist() == [1, 0, 0, 1, 1]
    assert customers.loc["newcomers"].tolist() == [0, 1, 1, 0, 0]
    assert (found.value("new"), found.value("lapsed")) == (1, 1)
