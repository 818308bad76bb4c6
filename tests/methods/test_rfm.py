"""rfm: scores by hand, the named grids as partitions, the eight names as a property, own rules, and published scores."""

from __future__ import annotations

import itertools
import json

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import seglib
from seglib import methods
from seglib.errors import ParameterError, SchemeError, TableError
from seglib.methods import rfm as method
from seglib.rules import grid_rules

DAYS = [1, 2, 3, 4, 5, 6, 7, 8, 9, 10]
ORDERS = [10, 20, 30, 40, 50, 60, 70, 80, 90, 100]
SPEND = [500, 100, 900, 200, 700, 300, 1000, 400, 800, 600]


@pytest.fixture
def ten(table):
    return table(days_since_last_order=list(map(float, DAYS)), orders=ORDERS, spend=list(map(float, SPEND)))


def test_scores_by_hand(ten, holds):
    result = method.segment(ten)
    assert result.assignments["R"].to_list() == [5, 5, 4, 4, 3, 3, 2, 2, 1, 1]
    assert result.assignments["F"].to_list() == [1, 1, 2, 2, 3, 3, 4, 4, 5, 5]
    assert result.assignments["M"].to_list() == [3, 1, 5, 1, 4, 2, 5, 2, 4, 3]
    wanted = ["new"] * 2 + ["potential_loyalist"] * 2 + ["need_attention"] * 2 + ["at_risk"] * 2 + ["cant_lose"] * 2
    assert result.assignments["segment"].to_list() == wanted
    assert not result.ordered
    holds(result, ten)


# ---- recency by the clock, and names that are earned


def test_recency_by_the_clock_by_hand(ten, holds):
    # Within 6 days: six customers, thirds of two; up to 8 days late, beyond that long silent.
    customers = ten.assign(gap_75=6.0, gap_95=8.0)
    result = method.segment(customers)
    assert result.assignments["R"].to_list() == [5, 5, 4, 4, 3, 3, 2, 2, 1, 1]
    cuts = result.details["cut_points"]
    assert cuts.loc[cuts["score"] == "R", "cut"].to_list() == [2, 4, 6, 8]
    assert result.scheme.score("R").tiers == "clock"
    holds(result, customers)


def test_a_level_of_recency_may_be_empty(table, holds):
    # Everybody bought within 30 days, the usual and the long gap alike: no customer is late, and scores keep their numbers.
    customers = table(days_since_last_order=[0.0, 0.0, 0.0, 12.0, 30.0, 30.0], orders=[1, 2, 3, 4, 5, 6], spend=[1.0] * 5 + [2.0])
    customers = customers.assign(gap_75=30.0, gap_95=30.0)
    result = method.segment(customers)
    assert result.assignments["R"].to_list() == [5, 5, 5, 4, 3, 3]
    assert result.scheme.score("R").scores == (5, 4, 3, 1)
    assert set(result.details["truth_table"]["R"]) == {5, 4, 3, 1}
    assert not result.scheme.check()["level"].eq("error").any()
    holds(result, customers)


def test_a_given_rule_holds_for_all_three(ten):
    with_clock = ten.assign(gap_75=1.0, gap_95=2.0)
    given = method.segment(with_clock, tiers="quantile:5")
    assert given.assignments["R"].to_list() == method.segment(ten).assignments["R"].to_list() == [5, 5, 4, 4, 3, 3, 2, 2, 1, 1]
    assert method.segment(with_clock, classes="rfm125").scheme.score("R").tiers == "quantile:5"
    assert method.segment(with_clock, classes="cn8").scheme.score("R").cuts == (1.0,)
    with pytest.raises(ParameterError, match="clock is a rule for recency alone"):
        method.segment(with_clock, tiers="clock")
    with pytest.raises(ParameterError, match="too few to tell the trade's usual gap"):
        method.segment(ten, r_tiers="clock")


def test_without_a_clock_names_tell_the_rank(ten):
    result = method.segment(ten)
    assert set(result.details["variants"]["variant"]) == {"rank"}
    assert "no_clock" in result.details["warnings"]["warning"].to_list()
    words = methods.words("rfm")
    for key in method.LATE:
        for lang, barred in (("zh", "晚沉休眠失险"), ("en", ("late", "risk", "sleep", "hibern", "lost", "lose", "slip"))):
            if not key.startswith(("key", "general")):
                assert not [word for word in barred if word in words.label(key, lang, "rank").lower()], key
        assert words.colour(key, "rank") not in ("slipping", "lost")
        assert words.colour(key, method.LATE[key]) not in ("slipping", "lost")


def test_regular_buyers_are_never_slipping():
    """400 customers, each exactly every 30 days: nobody is late, whatever day of the month it is."""
    days = pd.Timestamp("2024-01-01") + pd.to_timedelta(range(0, 720, 30), unit="D")
    rows = [(f"c{number}", day + pd.Timedelta(days=number % 30)) for number in range(400) for day in days]
    orders = pd.DataFrame(rows, columns=["customer_id", "ordered_at"])
    numbers = range(len(orders))
    orders = orders.assign(order_id=[str(number) for number in numbers], amount=[float(10 + number % 7) for number in numbers])
    result = method.segment(seglib.open_frames(orders=orders).customers())
    assert result.assignments["R"].between(3, 5).all()
    assert not set(result.assignments["segment"]) & set(method.LATE)
    assert not set(result.details["variants"]["variant"]) - set(method.LATE.values())
    assert "never_silent" in result.details["warnings"]["warning"].to_list()


# ---- the named grids


@pytest.mark.parametrize("grid", method.GRIDS)
def test_a_grid_is_a_partition(grid):
    rules, otherwise = grid_rules(method.GRIDS[grid], ("R", "F"))
    claims = [sum(rule.matches({"R": r, "F": f}) for rule in rules) for r, f in itertools.product(range(1, 6), repeat=2)]
    assert claims == [1] * 25
    assert otherwise == ""


def test_rfm125_is_a_partition():
    cells = [cell for text in method.RFM125.values() for cell in text.split()]
    assert sorted(cells) == ["".join(cell) for cell in itertools.product("12345", repeat=3)]
    rules = list(method._cell_rules())
    for cell in cells:
        at = dict(zip("RFM", map(int, cell), strict=True))
        assert [cell in method.RFM125[rule.segment].split() for rule in rules if rule.matches(at)] == [True], cell


@pytest.mark.parametrize(("classes", "size"), [("rf_grid", 25), ("rf_grid10", 25), ("rfm125", 125), ("cn8", 8)])
def test_truth_table_is_complete_and_the_rules_are_exclusive(nine_months, classes, size, holds):
    result = method.segment(nine_months, classes=classes)
    table = result.details["truth_table"]
    assert len(table) == size
    assert table["segment"].ne("").all()
    findings = result.scheme.check()
    assert not findings["finding"].isin(["overlap", "free_cells", "dead_class"]).any()
    assert set(table["segment"]) == set(result.scheme.classes)
    holds(result, nine_months)


def test_rfm125_by_hand(ten, holds):
    result = method.segment(ten, classes="rfm125")
    # 513 511 425 421 334 332 245 242 154 153
    wanted = ["promising", "new", "promising", "new", "need_attention", "hibernating", "at_risk", "at_risk", "cant_lose", "at_risk"]
    assert result.assignments["segment"].to_list() == wanted
    holds(result, ten)


# ---- the eight names


EIGHT = {  # high recency, frequency, money -> the name of the trade
    (True, True, True): "重要价值客户",
    (True, False, True): "重要发展客户",
    (False, True, True): "重要保持客户",
    (False, False, True): "重要挽留客户",
    (True, True, False): "一般价值客户",
    (True, False, False): "一般发展客户",
    (False, True, False): "一般保持客户",
    (False, False, False): "一般挽留客户",
}
markets = st.lists(st.tuples(st.integers(0, 60), st.integers(1, 30), st.integers(1, 500)), min_size=4, max_size=40)


@settings(max_examples=25, deadline=None)
@given(market=markets)
def test_the_eight_names_are_the_trades(table, market):
    """Money, never recency, decides 重要 and 一般; recent is few days, never many; 发展 is recent, 保持 is frequent."""
    days, orders, spend = (list(column) for column in zip(*market, strict=True))
    customers = table(days_since_last_order=list(map(float, days)), orders=orders, spend=list(map(float, spend)))
    result = method.segment(customers, classes="cn8", r_tiers="fixed:30", f_tiers="fixed:10", m_tiers="fixed:200")
    words = methods.words("rfm")
    for (d, f, m), key in zip(market, result.assignments["segment"], strict=True):
        assert words.label(key, "zh") == EIGHT[d <= 30, f >= 10, m >= 200]


def test_eight_by_hand_with_their_own_cuts(ten, holds):
    customers = ten.assign(gap_days_p90=[1.0, 2, 3, 4, 5, 6, 7, 8, 9, 10])
    result = method.segment(customers, classes="cn8")
    # R up to 5 days, as 5.5 (median and usual gap alike) divides whole days just so; F from 55 orders, M from 550
    assert result.details["cut_points"].set_index("score")["cut"].to_dict() == {"R": 5, "F": 55, "M": 550}
    assert result.assignments["segment"].to_list() == [
        "general_develop", "general_develop", "key_develop", "general_develop", "key_develop",
        "general_keep", "key_keep", "general_keep", "key_keep", "key_keep",
    ]  # fmt: skip
    holds(result, customers)


def test_the_eight_take_the_usual_gap(ten, holds):
    customers = ten.assign(gap_75=8.0, gap_95=30.0)
    result = method.segment(customers, classes="cn8")
    assert result.scheme.score("R").cuts == (8,)
    assert result.assignments["R"].to_list() == [2 if day <= 8 else 1 for day in DAYS]
    holds(result, customers)


def test_other_splits_of_the_eight(ten):
    assert method.segment(ten, classes="cn8").scheme.score("R").cuts == (5,)  # no clock: the median
    skewed = ten.assign(spend=[100.0] * 9 + [9100.0])
    mean = method.segment(skewed, classes="cn8", split="mean")
    assert [mean.scheme.score(name).cuts for name in "RFM"] == [(5,), (55,), (1000,)]
    given = method.segment(skewed, classes="cn8", r_tiers="fixed:2", m_tiers="fixed:500")
    assert [given.scheme.score(name).cuts for name in "RFM"] == [(2,), (55,), (500,)]
    with pytest.raises(ParameterError, match="high and low only"):
        method.segment(ten, classes="cn8", f_tiers="quantile:5")


# ---- own rules, other numbers of tiers, other axes


def test_own_rules_first_match_wins(ten, classes, holds):
    result = method.segment(ten, classes="Best: 4-5/*/3-5; Big: */*/4-5; otherwise: Rest")
    assert classes(result) == "Best Rest Best Rest Big Rest Big Rest Big Rest"
    assert result.scheme.mode == "ordered"
    holds(result, ten)


def test_a_rule_set_with_dead_classes_is_refused_with_every_reason(ten):
    peer = (
        "Champions: 4-5/4-5/4-5; Loyal: 2-5/3-5/3-5; Potential: 3-5/1-3/1-3; New: 4-5/1/1; Promising: 3-4/1/1; "
        "Need Attention: 2-3/2-3/2-3; About To Sleep: 2-3/1-2/1-2; At Risk: 1-2/2-5/2-5; Can't Lose: 1/4-5/4-5; Lost: 1-2/1-2/1-2"
    )
    with pytest.raises(SchemeError) as fault:
        method.segment(ten, classes=peer)
    sentence = str(fault.value)
    dead = [name for name in ("New", "Promising", "Can't Lose") if f"{name} can never be reached" in sentence]
    assert dead == ["New", "Promising", "Can't Lose"]
    assert "combinations of scores belong to no class" in sentence


@pytest.mark.parametrize("levels", [2, 3, 4, 7, 10])
def test_grids_are_read_proportionally_on_other_numbers_of_tiers(nine_months, levels, holds):
    result = method.segment(nine_months, tiers=f"quantile:{levels}")
    table = result.details["truth_table"]
    assert len(table) == levels**2
    corners = table.set_index(["R", "F"])["segment"]
    assert corners[levels, levels] == ("loyal" if levels == 2 else "champion")  # a half is too wide for champions
    assert corners[1, 1] == ("about_to_sleep" if levels == 2 else "hibernating")
    for row in table.to_dict("records"):
        fifth = {axis: int(-((0.5 - row[axis]) * 5 // levels)) for axis in "RF"}  # where the middle of the score lies
        assert [rule.segment for rule in grid_rules(method.RF_GRID, ("R", "F"))[0] if rule.matches(fifth)] == [row["segment"]]
    holds(result, nine_months)


def test_money_can_be_the_mean_order(ten, holds):
    customers = ten.assign(mean_order_value=list(map(float, reversed(DAYS))))
    result = method.segment(customers, basis="mean_order", classes="rfm125")
    assert result.assignments["M"].to_list() == [5, 5, 4, 4, 3, 3, 2, 2, 1, 1]
    assert result.built_on == ("days_since_last_order", "orders", "mean_order_value")
    holds(result, customers)


def test_own_class_of_one_order_is_frequencys_alone(table, holds):
    customers = table(days_since_last_order=list(map(float, DAYS)), orders=[1, 1, 1, 1, 2, 3, 4, 5, 6, 7], spend=list(map(float, SPEND)))
    result = method.segment(customers, tiers="quantile:5+own1")
    assert result.assignments["F"].to_list() == [1, 1, 1, 1, 2, 2, 3, 4, 5, 5]
    assert result.assignments["R"].to_list() == [5, 5, 4, 4, 3, 3, 2, 2, 1, 1]
    holds(result, customers)


# ---- who stays outside, when not to use it


def test_outside_and_all_alike(ten, table, classes, holds):
    customers = table(days_since_last_order=[3.0] * 4, orders=[2] * 4, spend=[9.0] * 4)
    assert classes(method.segment(customers)) == "all all all all"
    more = pd.concat([ten, ten.iloc[:3].assign(customer_id=["x", "y", "z"], orders=[0, 1, 1], spend=[0.0, -1.0, 0.0])], ignore_index=True)
    result = method.segment(more)
    assert classes(result).split()[10:] == ["no_orders", "net_negative", "net_zero"]
    assert result.details["cut_points"].equals(method.segment(ten).details["cut_points"])
    holds(result, more)


@pytest.mark.parametrize(("once", "gate", "warned"), [(4, True, False), (6, True, True), (10, False, True)])
def test_one_time_buyers(ten, once, gate, warned):
    result = method.segment(ten.assign(orders=[1] * once + [5] * (10 - once)))
    assert result.gates.set_index("gate").loc["bought_once", "passed"] == gate
    assert ("mostly_once" in result.details["warnings"]["warning"].to_list()) == warned


def test_small_classes_are_named(nine_months):
    warnings = method.segment(nine_months, classes="rfm125").details["warnings"].set_index("warning")
    assert json.loads(warnings.loc["small_class", "values"]) == {"classes": ["cant_lose"], "needed": 30}


def test_faults_are_sentences(ten):
    with pytest.raises(ParameterError, match="basis is spend or mean_order, split median or mean"):
        method.segment(ten, basis="margin")
    with pytest.raises(ParameterError, match="use rf_grid, rf_grid10, rfm125, cn8, or rules"):
        method.segment(ten, classes="rfgrid")
    with pytest.raises(TableError, match="mean_order_value"):
        method.segment(ten, basis="mean_order")
    with pytest.raises(SchemeError, match="cannot be read"):
        method.segment(ten, classes="Best: 4-6/*/*")
