"""Purchase behaviour on tables counted by hand and on the grocery chain."""

from __future__ import annotations

import pandas as pd
import pytest

import seglib
from seglib.errors import ParameterError
from seglib.methods import purchase_behaviour


def _eight(table):
    # Two orders or more: 2, 2, 4, 6, 8, 10; third quartile 7.5. Order values 10 … 90; third quartile of the seven buyers 75.
    return table(
        orders=[1, 2, 2, 4, 6, 8, 10, 0],
        mean_order_value=[90.0, 80.0, 10.0, 70.0, 20.0, 30.0, 40.0, None],
        spend=[90.0, 160.0, 20.0, 280.0, 120.0, 240.0, 400.0, 0.0],
    )


def test_habits_counted_by_hand(table, holds, classes):
    customers = _eight(table)
    result = purchase_behaviour.segment(customers)
    assert classes(result) == "one_off occasional_bulk occasional occasional occasional frequent frequent prospect"
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
    assert classes(result) == "one_off occasional occasional frequent"
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


def test_a_quarter_is_frequent_on_the_grocery_chain(nine_months, holds):
    result = purchase_behaviour.segment(nine_months)
    repeated = nine_months.loc[nine_months["orders"] > 1, "orders"]
    assert (result.assignments["segment"] == "frequent").sum() == (repeated > repeated.quantile(0.75)).sum()
    bulk = nine_months["mean_order_value"] >= nine_months["mean_order_value"].quantile(0.75)
    assert (result.assignments["bulk"].to_numpy() == bulk.to_numpy()).all()
    holds(result, nine_months)


def test_the_first_quartile_of_the_grocery_chain_by_name(nine_months, holds):
    """The published shares are those of a cut at the first quartile of those with two orders or more, 15 orders."""
    result = purchase_behaviour.segment(nine_months, f_tiers="top:75,25")
    seldom = result.assignments["segment"].isin(["occasional_bulk", "one_off"])
    # 6.8 % come seldom and buy in bulk; the few among them with a single order are one-off all the same.
    assert (seldom & result.assignments["bulk"]).mean() == pytest.approx(0.068, abs=0.0005)
    assert (result.assignments["segment"] == "occasional_bulk").mean() == pytest.approx(0.0634, abs=0.0005)
    holds(result, nine_months)


def test_frequent_buyers_of_the_gift_shop_come_again(shared):
    """As of 92 days before the end of both years: above 6 orders in 364 days stand 11 % of all known, of whom 91 % buy in the 92 days."""
    folder = shared / "data" / "uci_online_retail"
    old = pd.read_parquet(folder / "online_retail_II_2009-2010.parquet").rename(
        columns={"Invoice": "InvoiceNo", "Customer ID": "CustomerID", "Price": "UnitPrice"}
    )
    new = pd.read_parquet(folder / "online_retail.parquet")
    raw = pd.concat([old[old["InvoiceDate"] < new["InvoiceDate"].min().normalize()], new]).dropna(subset="CustomerID")
    orders = pd.DataFrame(
        {
            "order_id": raw["InvoiceNo"].astype("str"),
            "customer_id": raw["CustomerID"].astype("int64").astype("str"),
            "ordered_at": raw["InvoiceDate"],
            "amount": (raw["Quantity"] * raw["UnitPrice"]).round(3),
        }
    )
    day = orders["ordered_at"].max().normalize() - pd.Timedelta(days=92)
    customers = seglib.open_frames(orders=orders).customers(as_of=day.date(), window_days=364, facts=())
    result = purchase_behaviour.segment(customers)
    frequent = result.assignments.loc[result.assignments["segment"] == "frequent", "customer_id"]
    assert result.scheme.score("F").cuts == (6,)
    assert len(frequent) / len(customers) == pytest.approx(0.11, abs=0.02)
    later = orders[(orders["ordered_at"] >= day + pd.Timedelta(days=1)) & (orders["amount"] > 0)]
    assert frequent.isin(later["customer_id"]).mean() == pytest.approx(0.91, abs=0.01)
