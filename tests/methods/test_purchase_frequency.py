"""purchase_frequency: own bin and thirds by hand, the shrunken rate against its formula and its likelihood, and the supermarket."""

from __future__ import annotations

import json

import numpy as np
import pytest
from scipy.stats import nbinom

from seglib.errors import ParameterError, TableError
from seglib.methods import purchase_frequency as method

ORDERS = [12, 1, 2, 8, 3, 1, 4, 6]


@pytest.fixture
def eight(table):
    return table(orders=ORDERS, spend=[10.0 * orders for orders in ORDERS])


def test_one_order_apart_and_thirds_of_the_others(eight, classes, holds):
    result = method.segment(eight)
    # of 2 3 4 6 8 12 the thirds (type 7) end at 11/3 and 20/3, which divide whole orders as 3 and 6 do
    assert result.details["cut_points"]["cut"].to_list() == [3, 6]
    assert classes(result) == "high one_time low high low one_time medium medium"
    assert result.profile["segment"].to_list() == ["high", "medium", "low", "one_time"]
    assert result.assignments["F"].to_list() == [4, 1, 2, 4, 2, 1, 3, 3]
    assert result.ordered
    holds(result, eight)


@pytest.mark.parametrize(
    ("tiers", "wanted"),
    [
        ("quantile:2", "high low low high low low high high"),  # 3.5
        ("fixed:3,8", "high low low high medium low medium medium"),
        ("fixed:3,8+own1", "high one_time low high medium one_time medium medium"),
        ("quantile:5+own1", "tier_1 one_time tier_4 tier_1 tier_4 one_time tier_3 tier_2"),  # 3.25, 5, 7.5
        ("median+own1", "high one_time low high low one_time low high"),  # 5
    ],
)
def test_rules(eight, classes, holds, tiers, wanted):
    result = method.segment(eight, tiers=tiers)
    assert classes(result) == wanted
    holds(result, eight)


def test_ties_stay_together_and_are_told(table, holds):
    customers = table(orders=[1, 2, 2, 2, 2, 2, 3, 4], spend=[10.0] * 8)
    result = method.segment(customers)
    assert result.profile.set_index("segment")["customers"].to_dict() == {"high": 2, "low": 5, "one_time": 1}
    warning = result.details["warnings"].set_index("warning").loc["shares_off", "values"]
    assert '"asked": 3' in warning
    assert '"reached": 2' in warning
    holds(result, customers)


def test_everybody_bought_once(table, classes, holds):
    customers = table(orders=[1] * 8, spend=[10.0] * 8)
    result = method.segment(customers)
    assert classes(result) == " ".join(["one_time"] * 8)
    assert not result.gates.set_index("gate").loc["bought_once", "passed"]
    assert result.gates.set_index("gate").loc["bought_once", "found"] == 100
    holds(result, customers)


def test_outside(table, classes, holds):
    customers = table(orders=[2, 3, 4, 5, 0, 0, 1, 1], lifetime_orders=[2, 3, 4, 5, 0, 7, 1, 1], spend=[9.0, 9, 9, 9, 0, 0, -5, 0])
    result = method.segment(customers)
    assert classes(result).split()[4:] == ["no_orders", "no_orders_in_window", "net_negative", "net_zero"]
    holds(result, customers)


def test_rate_is_the_printed_formula(table, holds):
    orders, days = [1, 1, 2, 3, 5, 8, 13, 21], [10.0, 364, 364, 364, 90, 364, 364, 364]
    customers = table(orders=orders, spend=[10.0] * 8, exposure_days=days)
    result = method.segment(customers, basis="rate")
    found = result.details["shrinkage"].set_index("measure")["value"]
    months = np.maximum(days, 60) / 30  # ten days count as sixty
    assert result.assignments["rate"].to_list() == pytest.approx(
        list((np.array(orders) + found["gamma_shape"]) / (months + found["gamma_rate"]))
    )
    assert found["average_rate"] == pytest.approx(found["gamma_shape"] / found["gamma_rate"])
    assert result.scheme.inputs == ("orders", "spend", "exposure_days")
    holds(result, customers)


def likelihood(orders: np.ndarray, months: np.ndarray, shape: float, rate: float) -> float:
    """Of orders that are not nought, written with the library's negative binomial."""
    chance = rate / (rate + months)
    return float(np.sum(nbinom.logpmf(orders, shape, chance) - np.log1p(-nbinom.pmf(0, shape, chance))))


def test_shape_and_rate_have_the_highest_likelihood_and_are_found_again():
    rng = np.random.default_rng(3)
    months = rng.uniform(2, 12, 6000)
    orders = rng.poisson(rng.gamma(1.5, 1 / 2.0, 6000) * months)
    months, orders = months[orders > 0], orders[orders > 0]
    shape, rate = map(float, method._gamma(orders.astype(float), months))
    assert shape == pytest.approx(1.5, rel=0.1)
    assert rate == pytest.approx(2.0, rel=0.1)
    best = likelihood(orders, months, shape, rate)
    for other in ((shape * 1.02, rate), (shape / 1.02, rate), (shape, rate * 1.02), (shape, rate / 1.02)):
        assert likelihood(orders, months, *other) < best


def test_little_known_is_drawn_to_the_average():
    orders, months = np.array([4.0, 24.0, 1.0, 2.0, 9.0, 30.0]), np.array([2.0, 12.0, 2.0, 12.0, 12.0, 12.0])
    shape, rate = map(float, method._gamma(orders, months))
    short, long = (4 + shape) / (2 + rate), (24 + shape) / (12 + rate)  # both two a month
    average = shape / rate
    assert abs(short - average) < abs(long - average) < abs(2 - average)


def _once(table, previous: list[float]):
    """A hundred buyers of the last year, their last buying day 10 days ago, the one before as given (missing: none), 1,000 days of data."""
    rest = 100 - len(previous)
    return table(
        orders=[1] * 100,
        spend=[10.0] * 100,
        days_since_last_order=[10.0] * 100,
        days_since_previous_buying_day=[*previous, *[None] * rest],
        days_since_first_order=[*previous, *[10.0] * rest],
        history_days_before_first_order=[*(999 - age for age in previous), *[989.0] * rest],
    )


@pytest.mark.parametrize(
    ("previous", "warning", "values"),
    [
        # 364 days hold one order of each. The tenth earlier day lies 399 days back: 406 days are the first whole weeks with it in them.
        ([380.0, *[395.0] * 8, 399.0, 700.0], "longer_window", {"days": 406, "share": 90, "history": 1000}),
        ([380.0, 395.0, 395.0], "no_window", {"share": 97, "history": 1000}),
    ],
)
def test_one_class_with_nearly_everybody_is_said_and_the_window_that_would_divide_it(table, previous, warning, values):
    warnings = method.segment(_once(table, previous)).details["warnings"].set_index("warning")["values"]
    assert json.loads(warnings["one_class"]) == {"segment": "one_time", "share": 100}
    assert json.loads(warnings[warning]) == values


def test_classes_that_divide_say_nothing_of_windows(eight):
    assert not {"one_class", "longer_window", "no_window"} & set(method.segment(eight).details["warnings"]["warning"])


def test_faults_are_sentences(eight):
    with pytest.raises(ParameterError, match="purchase_frequency knows orders, rate"):
        method.segment(eight, basis="visits")
    with pytest.raises(TableError, match="exposure_days"):
        method.segment(eight, basis="rate")


def test_nobody_bought_is_no_crash(table, classes):
    customers = table(orders=[0, 0], spend=[0.0, 0.0], exposure_days=[float("nan")] * 2)
    for basis in method.BASES:
        assert classes(method.segment(customers, basis=basis)) == "no_orders no_orders"


def test_a_year_of_the_supermarket(year, holds):
    result = method.segment(year)
    counts = result.profile.set_index("segment")["customers"].to_dict()
    assert counts["one_time"] == (year["orders"] == 1).sum() == 31
    assert result.details["cut_points"]["cut"].to_list() == [27, 67]
    assert counts == {"high": 804, "medium": 802, "low": 832, "one_time": 31}
    assert result.trustworthy
    holds(result, year)
    rate = method.segment(year, basis="rate")
    assert rate.fit["average_rate"] == pytest.approx(5.3, abs=0.1)
    holds(rate, year)
