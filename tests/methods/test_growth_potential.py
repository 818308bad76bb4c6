"""Growth potential by hand, in worlds where nobody can grow, and on what others recorded over two years and more."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pandas as pd
import pytest

import seglib
from seglib.errors import ParameterError, TableError
from seglib.formula import Formula
from seglib.methods import growth_potential
from seglib.methods._growth import EVERYBODY, Learned, as_known, credibility, judged, learn, quarters_known, trends
from seglib.rules import Score
from seglib.scheme import RuleScheme
from seglib.segmentation import Facts

ALSO = (*growth_potential.NEEDS, *growth_potential.USES)
LAST_DAY = pd.Timestamp("2024-12-31")


def _table(table, money: np.ndarray, *, age: float = 729.0, **more: object) -> pd.DataFrame:
    """Customers by what they spent in six quarters, the last one first; the market is all of them."""
    quarters = {f"spend_quarter_{n}": list(money[:, n - 1]) for n in range(1, 7)}
    frame = table(spend=list(money[:, :4].sum(axis=1)), days_since_first_order=[age] * len(money), **quarters)
    market = {f"market_quarter_{n}": float(money[:, n - 1].clip(min=0).mean()) for n in range(1, 5)}
    return frame.assign(**market, **more)


def _steady(n: int, seed: int = 0, season: tuple[float, ...] = (1.0,) * 6) -> np.ndarray:
    """A world where nobody can grow: a Poisson number of orders a quarter, at a rate of the customer's own that never changes."""
    return _stationary(n, seed, season)[0]


def _stationary(n: int, seed: int, season: tuple[float, ...] = (1.0,) * 6) -> tuple[np.ndarray, np.ndarray]:
    """Such a world, and what each customer truly spends in a quarter on average."""
    draw = np.random.default_rng(seed)
    rate, ticket = draw.gamma(1.2, 2.0, n), draw.lognormal(3.5, 0.7, n)
    orders = draw.poisson(rate[:, None] * np.array(season))
    money = ticket[:, None] * np.where(orders > 0, draw.gamma(np.maximum(4.0 * orders, 1e-9)) / 4, 0.0)
    return money, rate * ticket


def _moving(n: int, seed: int = 1) -> np.ndarray:
    """A world in which levels wander and stay where they came to: what rose of late is expected to stay."""
    draw = np.random.default_rng(seed)
    level = draw.normal(5, 0.5, n)[:, None] + np.cumsum(draw.normal(0, 0.4, (n, 6)), axis=1)
    return np.exp(level[:, ::-1] + draw.normal(0, 0.1, (n, 6)))


def _turned(money: np.ndarray) -> np.ndarray:
    """In the last quarter whoever had risen falls by as much."""
    usual = money[:, 1:5].mean(axis=1)
    return np.column_stack([usual**2 / money[:, 1], money[:, 1:]])


def _gates(result) -> dict[str, bool]:
    return dict(zip(result.gates["gate"], result.gates["passed"], strict=True))


def _warned(result) -> set[str]:
    return set(result.details["warnings"]["warning"])


def _evaluated(frame: pd.DataFrame, **formulas: str) -> pd.DataFrame:
    derived = tuple(Formula(name, text) for name, text in formulas.items())
    scheme = RuleScheme("x", tuple(Score(name, name, (), (1,)) for name in formulas), (), (), formulas=derived)
    return scheme.prepared(frame)[list(formulas)]


# --- by hand ----------------------------------------------------------------------------------------------------------------------------


def test_the_printed_formulas_by_hand(table):
    money = np.array([[200.0, 100, 100, 0, 7, 7], [0.0, 0, 0, 0, 7, 7], [-50.0, 40, 0, 0, 7, 7]])
    frame = _table(table, money).assign(market_quarter_1=200.0, market_quarter_2=100.0, market_quarter_3=100.0, market_quarter_4=0.0)
    # Seasons: a quarter of the market's year is 100, so that quarter 1 counts half; nobody bought in quarter 4.
    learned = Learned(0.5, 0.8, (0.2, -0.1, -0.1, 0.0), 50, EVERYBODY)
    assert _evaluated(frame, usual_quarter=learned.usual)["usual_quarter"].isna().all()  # no season, no usual level
    frame["market_quarter_4"] = 100.0
    found = _evaluated(frame, usual_quarter=learned.usual, growth=learned.beyond)
    # 125 a quarter: the first customer 125, 125, 125, 0; the third bought for 50 in quarter 2 and what came back counts as nothing.
    # Everybody's mean is .8 * 125 = 100.
    assert found["usual_quarter"].tolist() == pytest.approx([0.5 * 375 / 4 + 50, 50, 0.5 * 50 / 4 + 50])
    assert found["growth"].tolist() == pytest.approx([0.0, 0.0, -5 / 56.25])


def test_credibility_by_hand():
    still = np.array([[10.0] * 4, [20.0] * 4])
    assert credibility(still, np.full(2, 15.0)) == 1  # quarters that never differ are known for good
    alike = np.array([[0.0, 20, 0, 20], [20.0, 0, 20, 0]])
    assert credibility(alike, np.full(2, 10.0)) == 0  # customers who do not differ tell nothing of one another
    # means 10 and 30 about 20: 100; within 2 * 400/3 / 2 = 400/3, a quarter of it 100/3; what is left, 200/3, over 100
    assert credibility(np.array([[0.0, 20, 0, 20], [20.0, 40, 20, 40]]), np.full(2, 20.0)) == pytest.approx(2 / 3)


def test_customers_as_known_some_quarters_ago(table):
    money = np.array([[1.0, 2, 3, 4, 5, 6], [1.0, 0, 0, 0, 0, 9], [1.0, 2, 3, 4, 5, 6]])
    frame = _table(table, money).assign(days_since_first_order=[729.0, 729.0, 454.0])
    then = as_known(frame, 1)
    assert then["customer_id"].tolist() == ["c1"]  # c2 had spent nothing for four quarters, c3 was known for 363 days
    assert then[["spend_next", "spend_quarter_1", "spend_quarter_4", "days_since_first_order"]].iloc[0].tolist() == [1, 2, 5, 638]
    assert then["market_quarter_1"].tolist() == [1]  # of c1 and c2
    assert as_known(frame, 2)["spend_next"].tolist() == [0, 2]
    assert quarters_known(frame) == 8
    assert quarters_known(frame.assign(history_days_before_first_order=100.0)) == 9


def test_the_quarter_held_out_by_hand(table):
    then = pd.DataFrame({f"spend_quarter_{n}": [50.0] * 40 + [100.0] * 40 for n in range(1, 5)})
    then = then.assign(**{f"market_quarter_{n}": 1.0 for n in range(1, 5)}, usual_quarter=100.0, spend_next=[300.0] * 40 + [100.0] * 40)
    classes = pd.Series(["high"] * 40 + ["low"] * 40)
    found = judged(then, classes, {"high": "rest", "low": "last", "medium": "rest"}).set_index("segment")
    # The market doubled: usual is 200, and 300 is 100 above it, 100 is 100 below it; of the last quarter 100 became 200 with the market.
    assert found.loc["high", ["last_quarter", "usual", "held_out", "beyond", "difference"]].tolist() == [100, 200, 300, 100, 200]
    assert found.loc["low", ["last_quarter", "usual", "held_out", "beyond", "difference"]].tolist() == [200, 200, 100, -100, -100]
    assert found.loc["high", "low"] > 0
    assert found.loc["medium", "customers"] == 0
    few = judged(then, pd.Series(["high"] * 29 + ["low"] * 51), {"high": "rest"})
    assert few["low"].isna().all()


def test_quarters_are_counted_back_from_the_last_day():
    orders = pd.DataFrame(
        [("a", "2024-12-31", 1.0), ("a", "2024-10-02", 2.0), ("a", "2024-10-01", 4.0), ("a", "2023-10-01", 8.0), ("b", "2024-12-30", 16.0),
         ("c", "2023-01-01", 32.0), ("c", "2024-12-30", 5.0), ("c", "2024-12-31", -50.0)],
        columns=["customer_id", "ordered_at", "amount"],
    )  # fmt: skip
    columns = [f"spend_quarter_{n}" for n in (1, 2, 6)] + [f"market_quarter_{n}" for n in (1, 2)]
    frame = seglib.open_frames(orders=orders).customers(as_of="2024-12-31", window_days=28, columns=columns, facts=())
    # 91 days back from the last day begin on 2 October; b is no customer of four quarters, and what c got back counts as nothing.
    assert frame[columns].to_numpy().tolist() == [[3, 4, 8, 1.5, 2], [16, 0, 0, 1.5, 2], [-45, 0, 0, 1.5, 2]]


# --- classes ----------------------------------------------------------------------------------------------------------------------------


def test_who_rose_and_stays_there_has_potential(table, holds):
    money = _moving(600)
    customers = _table(table, money)
    result = growth_potential.segment(customers)
    assert result.trustworthy
    assert "borne_out" in _warned(result)
    rose = money[:, 0] / money[:, :4].mean(axis=1)
    where = result.assignments["segment"]
    assert rose[where == "high"].mean() > 1.3 > 1.0 > rose[where == "low"].mean()
    held = result.details["held_out"].set_index("segment")
    assert held.loc["high", "low"] > 0 > held.loc["low", "high"]
    assert held["customers"].sum() == 600
    assert result.fit["held_out_low"] == held.loc["high", "low"]
    expected = result.details["expected"].set_index("segment")
    assert expected.loc["high", "beyond_total"] == pytest.approx(expected.loc["high", "beyond"] * (where == "high").sum())
    assert expected.loc["high", "beyond"] > 0.1 * expected.loc["high", "usual"]
    holds(result, customers)


def test_who_is_expected_back_at_the_usual_level_is_called_that(table, holds):
    """A quarter of the customers wander, the others stand still and buy by luck."""
    money = np.concatenate([_moving(300), np.exp(5 + np.random.default_rng(3).normal(0, 0.5, (900, 6)))])
    customers = _table(table, money)
    result = growth_potential.segment(customers)
    assert result.trustworthy
    back = (result.assignments["segment"] == "returning").to_numpy()
    assert back.sum() > 30
    usual = result.assignments["usual_quarter"].to_numpy()
    assert (money[back, 0] < 0.95 * usual[back]).all()
    assert result.assignments.loc[back, "growth"].abs().max() < 0.1
    assert result.details["held_out"].set_index("segment").loc["returning", "low"] > 0
    holds(result, customers)


def test_a_rise_of_everybody_is_not_growth_of_anybody(table):
    money = _moving(400)
    still, risen = (growth_potential.segment(_table(table, money * np.array([factor, 1, 1, 1, 1, 1]))) for factor in (1.0, 3.0))
    assert still.trustworthy
    assert still.assignments["segment"].equals(risen.assignments["segment"])


def test_no_class_hangs_on_the_currency_unit(table):
    one, other = (growth_potential.segment(_table(table, _moving(400) * unit)).assignments for unit in (1, 1000))
    assert one["segment"].equals(other["segment"])
    assert one["growth"].tolist() == pytest.approx(other["growth"].tolist(), rel=1e-6)


def test_where_nobody_can_grow_nobody_is_said_to(table, capsys):
    """200 worlds at rates that never change, half of them with a season: what is claimed is a gate that passes with somebody high."""
    claims, shares = 0, []
    for seed in range(200):
        season = (1.5, 0.8, 0.9, 0.8, 1.5, 0.8) if seed % 2 else (1.0,) * 6
        result = growth_potential.segment(_table(table, _steady(300, seed, season)))
        high = (result.assignments["segment"] == "high").mean()
        claims, shares = claims + (result.trustworthy and high > 0), [*shares, high]
        assert result.trustworthy or high == 0
    with capsys.disabled():
        print(
            f"\ngrowth_potential where nobody can grow: gates pass in {claims} of 200 worlds, {np.mean(shares):.2%} of customers are high"
        )
    assert claims <= 10
    assert np.mean(shares) <= 0.05


def test_a_wallet_that_tells_of_the_usual_level_alone_is_no_headroom(table):
    claims = 0
    for seed in range(40):
        money, level = _stationary(300, seed)
        wallet = 4 * level * (1 + np.random.default_rng(seed).gamma(1.0, 1.0, 300))
        claims += growth_potential.segment(_table(table, money, wallet=list(wallet)), basis="wallet").trustworthy
    assert claims <= 2


def test_headroom_to_the_wallet_counted_by_hand(table, holds):
    """Half of the customers spent 50 of a wallet of 1,000 a quarter, and doubled; the others spend 150 and stand still."""
    steps = np.array([[110.0, 80, 60, 50, 50, 50], [150.0, 150, 150, 150, 150, 150]])
    money = np.repeat(steps, 60, axis=0) * np.random.default_rng(0).lognormal(0, 0.02, (120, 6))
    customers = _table(table, money, wallet=[4000.0] * 120)
    result = growth_potential.segment(customers, basis="wallet")
    assert result.trustworthy
    # Two quarters ago three in four spent 600 of 4,000 a year or less: headroom is what is lacking to that.
    assert set(result.assignments["segment"][:60]) == {"high"}
    assert result.assignments["growth"][:60].mean() == pytest.approx(600 / 300 - 1, abs=0.05)
    assert set(result.assignments["segment"][60:]) <= {"medium", "low"}
    holds(result, customers)


def test_open_deals_are_potential_and_held_against_nothing(table, holds, classes):
    customers = _table(table, _steady(3) + 1, open_pipeline=[0.0, 1.0, 1e6])
    result = growth_potential.segment(customers, basis="pipeline")
    assert classes(result) == "low medium high"
    assert "not_held_out" in _warned(result)
    assert not _gates(result)["accounts_with_deals"]
    holds(result, customers)


def test_the_young_and_those_who_bought_nothing_for_a_year_are_outside(table, holds, classes):
    customers = _table(table, np.array([[9.0] * 6, [0.0, 0, 0, 0, 9, 9], [9.0] * 6]), open_pipeline=[9.0] * 3)
    customers = customers.assign(days_since_first_order=[363.0, 729.0, 364.0], spend=9.0)
    result = growth_potential.segment(customers, basis="pipeline")
    assert classes(result) == "new no_recent_spend high"
    holds(result, customers)


@pytest.mark.parametrize(
    ("gate", "money", "age"),
    [
        ("same_quarter_and_one_held_out", _moving(300), 540.0),
        ("customers_to_learn_from", _moving(99), 729.0),
        ("high_in_the_held_out_quarter", np.full((300, 6), 10.0) + np.arange(300)[:, None], 729.0),
        ("high_above_the_rest", _turned(_moving(300)), 729.0),
    ],
)
def test_what_cannot_be_told_is_said_with_its_reason(table, holds, gate, money, age):
    customers = _table(table, money, age=age)
    result = growth_potential.segment(customers)
    assert [name for name, passed in _gates(result).items() if not passed][:1] == [gate]
    assert set(result.assignments["segment"]) == {"cannot_tell"}
    assert not {"growth", "usual_quarter"} & set(result.assignments.columns)
    holds(result, customers)


def test_current_value_is_an_axis_of_its_own(table):
    customers = _table(table, _moving(600))
    result = growth_potential.segment(customers)
    assert result.assignments["current_value"].value_counts().to_dict() == {"high": 120, "medium": 180, "low": 300}
    grid = result.details["growth_by_value"]
    assert len(grid) == 12
    assert grid["customers"].sum() == 600
    assert grid["spend"].sum() == pytest.approx(customers["spend"].sum())


def test_what_cannot_be_is_refused(table):
    customers = _table(table, _steady(5))
    for wrong in ({"basis": "slope"}, {"change": 0.0}, {"change": 1.0}):
        with pytest.raises(ParameterError, match=next(iter(wrong))):
            growth_potential.segment(customers, **wrong)
    with pytest.raises(TableError, match="wallet"):
        growth_potential.segment(customers, basis="wallet")


def test_nothing_is_learned_where_nothing_varies(table):
    assert learn(as_known(_table(table, np.full((50, 6), 7.0)), 2)).weights == (0.0,) * 4


# --- from order lines: the metamorphic rules where there is something to tell -----------------------------------------------------------


def _lines() -> pd.DataFrame:
    """Order lines of 200 customers and their twins over eight quarters: one order a quarter on the customer's own day, in whole cents."""
    draw = np.random.default_rng(1)
    level = draw.normal(5, 0.5, 200)[:, None] + np.cumsum(draw.normal(0, 0.4, (200, 8)), axis=1)
    rows = [
        (f"{buyer:03d}{twin}", f"{buyer}{twin}{quarter}", LAST_DAY - pd.Timedelta(days=91 * quarter + buyer % 91), cents)
        for buyer in range(200)
        for quarter, cents in enumerate(np.exp(level[buyer, ::-1]).round(2))
        for twin in "ab"
    ]
    return pd.DataFrame(rows, columns=["customer_id", "order_id", "ordered_at", "amount"])


def _segmented(orders: pd.DataFrame, as_of: pd.Timestamp = LAST_DAY, **more: pd.DataFrame):
    customers = seglib.open_frames(orders=orders, **more).customers(as_of=as_of.date(), window_days=364, also=ALSO, facts=())
    return growth_potential.segment(customers), customers


def _reversed_orders(orders: pd.DataFrame) -> pd.DataFrame:
    """Every tenth order once more on the same day, and taken back."""
    more = orders.iloc[::10]
    twice = [more.assign(order_id=more["order_id"] + "r", amount=sign * more["amount"]) for sign in (1, -1)]
    return pd.concat([orders, *twice])


CHANGES: dict[str, Callable[[pd.DataFrame], pd.DataFrame]] = {
    "M1 lines shuffled": lambda orders: orders.sample(frac=1, random_state=0),
    "M3 thousands": lambda orders: orders.assign(amount=orders["amount"] * 1000),
    "M10 an order in two rows": lambda orders: pd.concat([orders.assign(amount=orders["amount"] * share) for share in (0.25, 0.75)]),
    "M12 orders taken back": _reversed_orders,
}


@pytest.fixture(scope="module")
def told():
    return _segmented(_lines())


@pytest.mark.parametrize("change", CHANGES)
def test_the_metamorphic_rules_where_there_is_something_to_tell(told, change):
    before = told[0].assignments.set_index("customer_id")["segment"]
    assert told[0].trustworthy
    after = _segmented(CHANGES[change](_lines()))[0].assignments.set_index("customer_id")["segment"]
    assert after.to_dict() == before.to_dict()


def test_other_names_other_days_and_strangers_change_nothing(told, holds):
    result, customers = told
    holds(result, customers)
    before = result.assignments.set_index("customer_id")["segment"].to_dict()
    assert len({*before.values()} & {"high", "returning", "medium", "low"}) >= 3
    assert all(before[f"{buyer:03d}a"] == before[f"{buyer:03d}b"] for buyer in range(200))
    renamed = _lines().assign(customer_id=lambda lines: "K" + lines["customer_id"].str[::-1])
    after = _segmented(renamed)[0].assignments
    assert {name[:0:-1]: segment for name, segment in zip(after["customer_id"], after["segment"], strict=True)} == before
    shift = pd.Timedelta(days=45)
    moved = _segmented(_lines().assign(ordered_at=lambda lines: lines["ordered_at"] + shift), LAST_DAY + shift)[0].assignments
    assert moved.set_index("customer_id")["segment"].to_dict() == before
    known = pd.DataFrame({"customer_id": [*before, "stranger"]})
    more = _segmented(_lines(), customers=known)[0]
    assert more.scheme.hash == result.scheme.hash
    assert more.assignments.set_index("customer_id")["segment"].to_dict() == {**before, "stranger": "no_orders"}


# --- what others recorded ---------------------------------------------------------------------------------------------------------------


def _judged(orders: pd.DataFrame, as_of: str = "", **more: object):
    client = seglib.open_frames(orders=orders)
    customers = client.customers(**({"as_of": as_of} if as_of else {}), also=ALSO, facts=growth_potential.FACTS)
    return growth_potential.segment(customers), customers


def test_resellers_who_rose_stay_above_their_usual_level(shared, holds):
    lines = pd.read_parquet(shared / "data/adventureworks/FactResellerSales.parquet")
    orders = pd.DataFrame(
        {"order_id": lines["SalesOrderNumber"], "customer_id": lines["ResellerKey"].astype(str),
         "ordered_at": lines["OrderDate"], "amount": lines["SalesAmount"].astype(float)}
    )  # fmt: skip
    result, customers = _judged(orders)
    assert result.trustworthy
    held = result.details["held_out"].set_index("segment")
    assert held.loc["high", "customers"] > 90
    assert 300 < held.loc["high", "low"] < held.loc["high", "difference"] < held.loc["high", "high"] < 5000
    assert {"high", "medium", "low"} <= set(result.assignments["segment"])
    holds(result, customers)


def test_the_gift_shop_cannot_tell_in_two_years_and_must_not_in_one(shared):
    names = ["order_id", "product_id", "description", "quantity", "ordered_at", "price", "customer_id", "country"]

    def lines(name: str) -> pd.DataFrame:
        found = pd.read_parquet(shared / f"data/uci_online_retail/{name}.parquet").set_axis(names, axis=1).dropna(subset="customer_id")
        found["amount"] = (found["quantity"] * found["price"]).astype(float).round(3)
        return found.astype({"customer_id": "str"})[["order_id", "customer_id", "ordered_at", "amount"]]

    later, earlier = lines("online_retail"), lines("online_retail_II_2009-2010")
    both = pd.concat([earlier[earlier["ordered_at"] < later["ordered_at"].min()], later])
    for orders, gate in ((both, "high_above_the_rest"), (later, "same_quarter_and_one_held_out")):
        result, _ = _judged(orders)
        assert [name for name, passed in _gates(result).items() if not passed] == [gate]
        assert not {"high", "returning", "medium", "low"} & set(result.assignments["segment"])


def test_the_grocery_chain_with_one_year_is_refused(holds):
    customers = seglib.demo().customers(also=ALSO, facts=growth_potential.FACTS)
    result = growth_potential.segment(customers)
    assert [name for name, passed in _gates(result).items() if not passed] == ["same_quarter_and_one_held_out"]
    assert {"cannot_tell"} <= set(result.assignments["segment"])
    assert not set(result.assignments["segment"]) & {"high", "returning", "medium", "low"}
    assert "no_two_years" in _warned(result)
    holds(result, customers)


def test_a_wallet_on_record_that_the_held_out_quarter_does_not_bear_out(table, shared):
    """500 firms over twelve quarters with the share of wallet on record: headroom did not become money, the own course did."""
    people = pd.read_parquet(shared / "data/smcrm/customerRetentionDemographics.parquet").set_index("customer")
    quarters = pd.read_parquet(shared / "data/smcrm/customerRetentionTransactions.parquet")
    spend = quarters.pivot_table(index="customer", columns="quarter", values="order_quantity", aggfunc="sum").fillna(0)
    money = spend[[12, 11, 10, 9, 8, 7]].to_numpy(float)
    age = 91.0 * (13 - quarters[quarters["order_quantity"] > 0].groupby("customer")["quarter"].min().reindex(spend.index)) - 1
    wallet = spend.sum(axis=1) / 3 / (people["sow"] / 100)
    customers = _table(table, money, wallet=wallet.tolist()).assign(days_since_first_order=age.tolist())
    by_wallet, by_course = (growth_potential.segment(customers, basis=basis) for basis in ("wallet", "forecast"))
    assert not _gates(by_wallet)["high_above_the_rest"]
    assert by_course.trustworthy
    assert by_course.details["held_out"].set_index("segment").loc["high", "low"] > 0


# --- trends -----------------------------------------------------------------------------------------------------------------------------


def _year_on_year(n: int, factors: list[float], *, first: int = 728, seed: int = 0) -> tuple[pd.DataFrame, pd.DataFrame]:
    """The side frame of 26 periods of customers whose last year is the year before times a factor and luck, in a market with a season."""
    draw = np.random.default_rng(seed)
    season = 1 + 0.8 * np.sin(np.arange(26) / 13 * 2 * np.pi)
    growth = np.where(np.arange(26) < 13, np.array(factors)[:, None], 1.0)
    spend = 100 * season * growth * draw.lognormal(0, 0.3, (n, 26))
    ids = [f"c{number}" for number in range(1, n + 1)]
    long = pd.DataFrame(spend, index=ids).stack().rename_axis(["customer_id", "period"]).rename("spend").reset_index()
    return long, pd.DataFrame({"customer_id": ids, "days_since_first_order": [float(first)] * n})


def test_a_trend_is_told_by_the_same_season_a_year_before():
    periods, people = _year_on_year(60, [4.0] * 10 + [0.25] * 10 + [1.0] * 40)
    found = trends(periods, people)
    assert found[:10].tolist() == ["rising"] * 10
    assert found[10:20].tolist() == ["falling"] * 10
    assert (found[20:] == "no_trend").sum() >= 38
    # by hand: 13 of 13 pairs rise, p = 2/8192; 12 of 13: 28/8192; a single customer needs no correction
    alone = trends(periods[periods["customer_id"] == "c1"], people[:1])
    assert alone.tolist() == ["rising"]
    assert set(trends(periods, people.assign(days_since_first_order=600.0))) == {"not_judged"}
    assert trends(periods[periods["period"] < 25], people) is None  # a season that was seen once is no trend
    few = periods[periods["period"].isin([0, 13, 1, 14, 25])]
    assert set(trends(few, people)) == {"not_judged"}


def test_where_nobody_moves_no_trend_is_claimed():
    claimed = [(~trends(*_year_on_year(300, [1.0] * 300, seed=seed)).isin(["no_trend"])).any() for seed in range(40)]
    assert sum(claimed) <= 2


def test_the_page_refuses_a_trend_without_two_years_and_tells_it_with_them(table):
    customers = _table(table, _steady(60))
    assert "no_two_years" in _warned(growth_potential.segment(customers))
    for factors, key in (([5.0] * 30 + [1.0] * 30, "trends"), ([1.0] * 60, "no_trends")):
        periods, _ = _year_on_year(60, factors)
        customers.attrs["facts"] = Facts({"four_weeks": periods})
        result = growth_potential.segment(customers)
        assert key in _warned(result)
        money = result.details["trends"]
        assert money["customers"].sum() == 60
        assert money["spend_last_year"].sum() == pytest.approx(periods.loc[periods["period"] < 13, "spend"].sum())


def test_four_weeks_are_counted_back_from_the_last_day():
    orders = pd.DataFrame(
        {"customer_id": ["a", "a", "a", "b", "b"], "amount": [1.0, 2, 4, 8, 16],
         "ordered_at": ["2024-12-31", "2024-12-04", "2024-12-03", "2023-01-04", "2023-01-02"]}
    )  # fmt: skip
    frame = seglib.open_frames(orders=orders).customers(as_of="2024-12-31", facts=("four_weeks",)).attrs["facts"]["four_weeks"]
    assert frame.values.tolist() == [["a", 0, 3.0], ["a", 1, 4.0], ["b", 25, 8.0]]  # 728 days ago is out
