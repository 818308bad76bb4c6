"""Product preference on tables counted by hand and on the grocery chain."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

import seglib
from seglib.datasets import make_market
from seglib.errors import ParameterError
from seglib.methods import product_preference
from seglib.segmentation import Facts


def _six(table):
    # Drawn in by n / (n + 10): 4 over 5 lines is 4^(1/3) = 1.59, 1.5 over 10 lines 1.22, 9 over 4 lines too few lines.
    return table(
        orders=[3, 3, 3, 3, 3, 0],
        spend=[9.0, 8.0, 7.0, 6.0, 5.0, 0.0],
        preferred_category=["Milk", "Milk", "MEAT-PCKGD", "乳品", None, None],
        preference_lq=[4.0, 1.5, 9.0, 2.0, None, None],
        preference_lines=[5, 10, 4, 90, 0, 0],
    )


def test_classes_counted_by_hand(table, holds, classes):
    customers = _six(table)
    result = product_preference.segment(customers)
    assert classes(result) == "milk broad broad 乳品 unknown_preferred_category no_orders"
    holds(result, customers)


def test_a_group_has_to_lead_the_one_behind_it(table, holds, classes):
    # 4 over 10 lines is drawn to .693; behind it 3 over 10 lines to .549 (lead .144 / sqrt(1/20 + 1/20) = .46), 1.2 over 30 to .137 (lead
    # .556 / sqrt(1/20 + 1/40) = 2.0), and nothing (.693 / sqrt(1/20 + 1/10) = 1.8).
    customers = table(
        orders=[3] * 3,
        spend=[9.0, 8.0, 7.0],
        preferred_category=["Milk"] * 3,
        preference_lq=[4.0] * 3,
        preference_lines=[10] * 3,
        preference_next_lq=[3.0, 1.2, None],
        preference_next_lines=[10, 30, None],
    )
    result = product_preference.segment(customers)
    assert classes(result) == "broad milk milk"
    assert result.assignments["preference_lead"].tolist() == pytest.approx([0.455, 2.032, 1.790], abs=0.001)
    assert classes(product_preference.segment(customers, lead=0.4)) == "milk milk milk"
    assert classes(product_preference.segment(customers, lead=2.0)) == "broad milk broad"
    holds(result, customers)


def test_lines_that_are_sums_are_told_apart():
    one = pd.DataFrame({"customer_id": list("aabbcc"), "category": list("xyxyxy"), "lines": 1, "spend": 2.0})
    assert product_preference.sums(one)
    assert not product_preference.sums(one.assign(lines=[1, 1, 1, 1, 1, 2]))  # one of six has a second line
    few = pd.DataFrame({"customer_id": list("abc"), "category": list("xyz"), "lines": 1, "spend": 2.0})
    assert not product_preference.sums(few)  # a third of all groups
    assert not product_preference.sums(None)


def test_groups_that_scatter_each_by_itself_go_together_in_few_worlds():
    passed = 0
    for seed in range(100):
        draw = np.random.default_rng(seed)
        money = np.exp(draw.normal(0, 1, (200, 1)) + draw.normal(0, 2, 6) + draw.normal(0, 1, (200, 6)) * draw.uniform(0.3, 2, 6))
        found, needed = product_preference.together(money)
        passed += found > needed
    assert passed <= 4  # one is expected
    alike = np.exp(draw.normal(0, 1, (200, 1)) * np.array([1, 1, 0, 0, 0, 0]) + draw.normal(0, 0.5, (200, 6)))
    found, needed = product_preference.together(alike)
    assert found > needed  # who spends more on the first spends more on the second: both against the others
    assert product_preference.together(alike[:, :3]) == (0.0, 1.0)


def test_a_wholesaler_that_keeps_one_sum_a_group(shared, holds):
    raw = pd.read_parquet(shared / "data/uci_wholesale/wholesale_customers.parquet").drop(columns=["Channel", "Region"])
    raw.insert(0, "customer_id", [f"c{number}" for number in range(len(raw))])
    lines = raw.melt("customer_id", var_name="product_id", value_name="amount")
    lines = lines.assign(order_id=lines["customer_id"], ordered_at=pd.Timestamp("2011-12-31"), amount=lines["amount"].astype(float))
    goods = pd.DataFrame({"product_id": raw.columns[1:], "category": raw.columns[1:]})
    needs = {"also": (*product_preference.NEEDS, *product_preference.USES), "facts": product_preference.FACTS}
    customers = seglib.open_frames(orders=lines, products=goods).customers(**needs)
    result = product_preference.segment(customers)
    shares = 100 * result.assignments["segment"].value_counts(normalize=True)
    # Delicatessen is 4.6 % of the market, too little to be told apart by its quotient.
    expected = {"fresh": 32, "frozen": 22, "detergents_paper": 18, "milk": 12, "grocery": 10, "broad": 4}
    assert shares.to_dict() == pytest.approx(expected, abs=2)
    assert "by_money" in set(result.details["warnings"]["warning"])
    assert result.trustworthy
    holds(result, customers)
    # The same sums dealt out anew within each group: nobody has a taste, and nobody is told one.
    draw = np.random.default_rng(1)
    dealt = lines.assign(amount=lines.groupby("product_id")["amount"].transform(lambda sums: draw.permutation(sums.to_numpy())))
    nobody = product_preference.segment(seglib.open_frames(orders=dealt, products=goods).customers(**needs))
    assert set(nobody.assignments["segment"]) == {"broad"}
    assert not nobody.trustworthy


def test_a_class_bears_the_name_that_the_client_gave_its_goods(table):
    from seglib.report.view import View

    customers = _six(table)
    seen = View(product_preference.segment(customers, kappa="10", least_lines=4), customers, lang="en")
    assert [seen.label(key) for key in ("meat_pckgd", "乳品", "broad")] == ["MEAT-PCKGD", "乳品", "Broad tastes"]
    assert "MEAT-PCKGD" in seen.meaning("meat_pckgd")
    long = seen.words.called({"meat_pckgd": "Meat in packages of every kind"})
    assert long.short("meat_pckgd", "en") == "Meat in packages of ever…"


def test_the_limits_can_be_moved(table, classes):
    assert classes(product_preference.segment(_six(table), kappa="0")).split()[:3] == ["milk", "milk", "broad"]
    assert classes(product_preference.segment(_six(table), least_lines=4)).split()[2] == "meat_pckgd"
    for wrong in ({"least_lq": 0.0}, {"kappa": "-1"}, {"kappa": "much"}):
        with pytest.raises(ParameterError, match="kappa is data or a number from 0"):
            product_preference.segment(_six(table), **wrong)


def test_the_next_group_needs_thirty_customers():
    held = pd.DataFrame({"a": [True] * 40 + [False] * 60, "b": [True] * 30 + [False] * 70, "c": [True] * 29 + [False] * 71})
    found = product_preference.lifts(held).set_index("given")
    # a and b: 30 of 100 hold both, 40 x 30 expected 12: lift 2.5. c goes with nobody: 29 are too few.
    assert found.loc["a", ["next", "customers", "lift"]].tolist() == ["b", 30, 2.5]
    assert "c" not in found.index


def test_goods_that_go_together_are_guessed_better_than_by_popularity():
    pairs = [("a", "b"), ("c", "d")] * 100
    held = pd.DataFrame([{name: name in pair for name in "abcd"} for pair in pairs])
    held = held.iloc[[i for k in range(50) for i in (4 * k, 4 * k + 2, 4 * k + 1, 4 * k + 3)]].reset_index(drop=True)
    found = product_preference.tested(held).set_index("guess")["hits_share"]
    assert found["lift"] == 1.0
    assert found["popularity"] <= 0.5


@pytest.fixture(scope="module")
def households():
    also = (*product_preference.NEEDS, *product_preference.USES)
    return seglib.demo().customers(as_of="2017-09-30", window_days=273, also=also, facts=product_preference.FACTS)


def test_on_the_grocery_chain(households, holds):
    result = product_preference.segment(households)
    # By largest spend nearly everybody would be one class.
    assert result.fit["largest_of_share"] == pytest.approx(0.9125, abs=0.0005)
    shares = result.assignments["segment"].value_counts(normalize=True)
    assert shares.drop("broad").max() < 0.2
    assert 0.1 < shares["broad"] < 0.6
    test = result.details["next_test"].set_index("guess")
    assert 0 < test.loc["popularity", "hits_share"] < 1
    assert (result.details["next"]["customers"] >= 30).all()
    # Staples; fresh food; drugstore: three patterns that hidden cells bear out.
    kinds = result.details["patterns"]["goods"]
    assert len(kinds) == result.fit["patterns"] > 1
    assert kinds.str.contains("PRODUCE").any()
    assert "patterns_found" in set(result.details["warnings"]["warning"])
    assert result.trustworthy
    holds(result, households)


def test_without_the_side_frame_a_middling_number_of_lines_counts_half(households):
    bare = households.copy()
    bare.attrs["facts"] = Facts({})
    without = product_preference.segment(bare)
    pd.testing.assert_frame_equal(product_preference.segment(households, kappa="10").assignments, without.assignments)
    assert "next" not in without.details
    assert "dispersion" not in without.fit


def test_the_spread_of_tastes_counted_by_hand():
    # 10 lines each, 5 and 5 expected: 0 for the first, (8 - 5)^2 / 5 + (2 - 5)^2 / 5 = 3.6 for the others; 2 degrees of freedom.
    spread, limit, together = product_preference.concentration(np.array([[5, 5], [8, 2], [2, 8]]))
    assert spread == pytest.approx(7.2 / 2)
    assert together == pytest.approx((10 - 3.6) / 2.6)
    assert limit == pytest.approx(4.605, abs=0.001)  # chi-square with 2 degrees, once in a hundred: 9.210
    assert product_preference.concentration(np.array([[5, 5], [5, 5]]))[2] == np.inf
    assert product_preference.concentration(np.array([[5.0], [3.0]])) == (0.0, 1.0, np.inf)


@pytest.mark.parametrize(("world", "tastes"), [("no_preference", False), ("market", True)])
def test_nobody_has_a_taste_in_a_world_without(world, tastes):
    market = make_market(customers=400, seed=1, world=world, orders_per_year=20)
    needs = {"also": (*product_preference.NEEDS, *product_preference.USES), "facts": product_preference.FACTS}
    result = product_preference.segment(seglib.open_frames(**market.tables).customers(**needs))
    placed = result.profile[~result.profile["outside"]].set_index("segment")["customers"]
    assert (placed.drop("broad").sum() > 0.3 * placed.sum()) == tastes
    if tastes:  # who prefers two groups alike is broad; of those placed by the larger of the two alone 56 % would belong there
        names = result.details["names"].set_index("segment")["name"]
        told = result.assignments.set_index("customer_id")["segment"].map(names).dropna()
        assert (told == market.truth_class("product_preference").reindex(told.index)).mean() > 0.8
    assert (placed.drop("broad").sum() == 0) != tastes
    assert result.gates.set_index("gate")["passed"]["differ_beyond_chance"] == tastes
    # Tastes there may be, each customer's own: no pattern is shared in either world.
    assert "patterns_none" in set(result.details["warnings"]["warning"])


def test_patterns_are_named_by_what_they_hold_more_of_than_the_market():
    from seglib.methods._patterns import told
    from seglib.separation import Patterns

    found = Patterns(np.array([[0.5, 0.25, 0.25], [0.0, 0.25, 0.75]]), np.array([0.6, 0.4]), 1.0, (), 9)
    # Of all lines 30 %, 20 % and 50 %: 1.67, 1.25 and 0.5 times in the first, 0, 1.25 and 1.5 times in the second.
    goods = told(found, ["milk", "tea", "meat"], np.array([30.0, 20.0, 50.0]))["goods"]
    assert goods.tolist() == ["milk 1.7× · tea 1.2×", "meat 1.5× · tea 1.2×"]
