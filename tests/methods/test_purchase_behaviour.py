"""Purchase behaviour on tables counted by hand and on the grocery chain."""

from __future__ import annotations

import pytest

from seglib.errors import ParameterError
from seglib.methods import purchase_behaviour


def _eight(table):
    # Two orders or more: 2, 2, 4, 6, 8, 10; first quartile 2.5. Order values 10 … 90; third quartile of the seven buyers 75.
    return table(
        orders=[1, 2, 2, 4, 6, 8, 10, 0],
        mean_order_value=[90.0, 80.0, 10.0, 70.0, 20.0, 30.0, 40.0, None],
        spend=[90.0, 160.0, 20.0, 280.0, 120.0, 240.0, 400.0, 0.0],
    )


def test_habits_counted_by_hand(table, holds, classes):
    customers = _eight(table)
    result = purchase_behaviour.segment(customers)
    assert classes(result) == "one_off occasional_bulk occasional frequent frequent frequent frequent prospect"
    holds(result, customers)


def test_a_large_single_order_stays_one_off_and_is_marked(table):
    result = purchase_behaviour.segment(_eight(table))
    first = result.assignments.iloc[0]
    assert (first["segment"], first["bulk"]) == ("one_off", True)


def test_a_value_at_the_bulk_cut_is_in_bulk(table, classes):
    result = purchase_behaviour.segment(_eight(table), bulk_tiers="fixed:80", f_tiers="fixed:3")
    assert classes(result).split()[1] == "occasional_bulk"


def test_nobody_buys_in_bulk_where_all_orders_are_alike(table, holds, classes):
    customers = table(orders=[1, 2, 3, 4], mean_order_value=[5.0] * 4, spend=[5.0, 10.0, 15.0, 20.0])
    result = purchase_behaviour.segment(customers)
    assert classes(result) == "one_off occasional frequent frequent"
    assert not result.trustworthy
    holds(result, customers)


def test_without_contacts_it_says_that_there_is_no_list(table):
    with_list = purchase_behaviour.segment(_eight(table))
    without = purchase_behaviour.segment(_eight(table).head(7))
    assert "no_contacts" not in set(with_list.details["warnings"]["warning"])
    assert "no_contacts" in set(without.details["warnings"]["warning"])


@pytest.mark.parametrize("rule", ["quantile:3", "quantile:3+own1"])
def test_rules_must_give_two_classes(table, rule):
    with pytest.raises(ParameterError, match="two classes"):
        purchase_behaviour.segment(_eight(table), f_tiers=rule)


def test_seldom_and_in_bulk_on_the_grocery_chain(nine_months, holds):
    result = purchase_behaviour.segment(nine_months)
    seldom = result.assignments["segment"].isin(["occasional_bulk", "one_off"])
    # 6.8 % come seldom and buy in bulk; the few among them with a single order are one-off all the same.
    assert (seldom & result.assignments["bulk"]).mean() == pytest.approx(0.068, abs=0.0005)
    assert (result.assignments["segment"] == "occasional_bulk").mean() == pytest.approx(0.0634, abs=0.0005)
    holds(result, nine_months)
