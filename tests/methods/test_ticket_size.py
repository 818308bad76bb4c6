"""ticket_size: the four quadrants by hand, what is refused and why, and the supermarket's households."""

from __future__ import annotations

import numpy as np
import pytest

from seglib.errors import ParameterError, TableError
from seglib.methods import ticket_size as method

# The first six have three orders or more: tickets 10 20 30 40 50 60, their median 35; orders 3 9 3 9 4 5, their median 4.5.
ORDERS = [3, 9, 3, 9, 4, 5, 2, 1]
MEDIAN = [10.0, 20.0, 30.0, 40.0, 50.0, 60.0, 500.0, 5.0]
MEAN = [12.0, 70.0, 30.0, 45.0, 50.0, 60.0, 500.0, 5.0]  # of the six 12 30 45 50 60 70: median 47.5
SPEND = [order * mean for order, mean in zip(ORDERS, MEAN, strict=True)]
SHORT = {
    "high_ticket_frequent": "HF",
    "high_ticket_occasional": "HO",
    "low_ticket_frequent": "LF",
    "low_ticket_occasional": "LO",
    "too_few_orders": "-",
    "high_ticket": "H",
    "low_ticket": "L",
}


@pytest.fixture
def eight(table):
    return table(orders=ORDERS, spend=SPEND, median_order_value=MEDIAN, mean_order_value=MEAN)


def quadrants(result) -> str:
    return " ".join(SHORT[segment] for segment in result.assignments["segment"])


@pytest.mark.parametrize(
    ("given", "wanted"),
    [
        ({}, "LO LF LO HF HO HF - -"),
        ({"basis": "mean"}, "LO HF LO LF HO HF - -"),
        ({"tiers": "fixed:40"}, "LO LF LO HF HO HF - -"),  # a value at the cut is high
        ({"tiers": "top:20,80"}, "LO LF LO LF LO HF - -"),  # type 7: the upper fifth begins above 50
        ({"tiers": "mean", "basis": "mean"}, "LO HF LO HF HO HF - -"),  # 44.5
        ({"f_tiers": "fixed:9"}, "LO LF LO HF HO HO - -"),
    ],
)
def test_quadrants(eight, holds, given, wanted):
    result = method.segment(eight, **given)
    assert quadrants(result) == wanted
    assert not result.ordered
    holds(result, eight)


def test_frequent_is_more_than_the_median_customer(table, holds):
    customers = table(orders=[3, 3, 3, 4], spend=[30.0] * 4, median_order_value=[10.0, 20.0, 30.0, 40.0])
    result = method.segment(customers)
    assert quadrants(result) == "LO LO HO HF"
    assert result.details["cut_points"].set_index("score")["cut"].to_dict() == {"T": 25, "F": 3}
    assert result.details["truth_table"]["segment"].to_list() == list(method.QUADRANTS)
    holds(result, customers)


def test_few_orders_play_no_part_in_a_cut(eight, table):
    six = eight.iloc[:6]
    assert method.segment(six).details["cut_points"].equals(method.segment(eight).details["cut_points"])


def test_the_two_average_tickets(eight):
    figures = method.segment(eight).details["ticket_figures"].set_index("measure")["value"]
    assert figures["sales_per_order"] == pytest.approx(sum(SPEND) / 36)
    assert figures["sales_per_customer"] == pytest.approx(sum(SPEND) / 8)
    assert figures["median_ticket"] == 35
    # ranks of the tickets 1..6 against 1.5 5.5 1.5 5.5 3 4: products about 3.5 add up to 4.5, squares to 17.5 and 16.5
    assert figures["ticket_orders_correlation"] == pytest.approx(4.5 / np.sqrt(17.5 * 16.5))


def test_a_ticket_per_customer_is_his_spend(eight, holds):
    result = method.segment(eight, ticket_basis="per_customer")
    # spend 36 630 90 405 200 300 1000 5: median 250
    assert quadrants(result) == "L H L H L H H L"
    assert result.details["warnings"]["warning"].to_list()[0] == "per_customer"
    assert result.built_on == ("spend",)
    holds(result, eight)


def test_axes_that_go_together_are_told(table):
    customers = table(orders=[3, 4, 5, 6], spend=[30.0] * 4, median_order_value=[10.0, 20.0, 30.0, 40.0])
    assert method.segment(customers).details["warnings"].set_index("warning").loc["axes_overlap", "values"] == '{"rho": 1.0}'


def test_one_axis_without_a_difference(table, holds):
    same_orders = table(orders=[5] * 4, spend=[50.0] * 4, median_order_value=[10.0, 20.0, 30.0, 40.0])
    same_tickets = table(orders=[3, 4, 5, 6], spend=[50.0] * 4, median_order_value=[10.0] * 4)
    assert quadrants(method.segment(same_orders)) == "L L H H"
    assert set(method.segment(same_tickets).assignments["segment"]) == {"all"}
    for customers in (same_orders, same_tickets):
        assert not method.segment(customers).trustworthy
        holds(method.segment(customers), customers)


@pytest.fixture(scope="module")
def two_groups():
    """Two lognormal groups of 150 around 10 and 1,000; ten times apart twice over."""
    rng = np.random.default_rng(1)
    return np.exp(np.concatenate([rng.normal(np.log(10), 0.4, 150), rng.normal(np.log(1000), 0.4, 150)]))


def test_mixture_cuts_between_two_groups(table, holds, two_groups):
    n = len(two_groups)
    customers = table(orders=[3 + number % 7 for number in range(n)], spend=list(two_groups * 3), median_order_value=list(two_groups))
    result = method.segment(customers, tiers="mixture")
    cut = result.scheme.score("T").cuts[0]
    assert 60 < cut < 170  # the geometric middle is 100
    assert result.details["mixture"]["weight_share"].to_list() == pytest.approx([0.5, 0.5], abs=1e-3)
    assert result.details["mixture"]["ticket"].to_list() == pytest.approx([10, 1000], rel=0.1)
    holds(result, customers)
    cents = customers.assign(median_order_value=customers["median_order_value"] * 100)
    assert method.segment(cents, tiers="mixture").assignments["segment"].equals(result.assignments["segment"])


def test_equally_likely_by_hand():
    assert method._equally_likely([(0.5, 0.0, 1.0), (0.5, 4.0, 1.0)]) == pytest.approx(2)
    # The larger group pushes the cut towards the smaller one, by ln 3 / 4 here.
    assert method._equally_likely([(0.75, 0.0, 1.0), (0.25, 4.0, 1.0)]) == pytest.approx(2 + np.log(3) / 4)
    assert method._equally_likely([(0.01, 0.0, 1.0), (0.99, 0.5, 100.0)]) is None


def test_mixture_is_refused_where_there_is_one_group(table):
    values = list(np.exp(np.random.default_rng(2).normal(3, 0.5, 300)))
    customers = table(orders=[5] * 300, spend=values, median_order_value=values)
    with pytest.raises(ParameterError, match=r"no two groups \(BIC gain .* dip test p = 0\.\d+.*Use median"):
        method.segment(customers, tiers="mixture")


@pytest.mark.parametrize(
    ("given", "sentence"),
    [
        ({"basis": "largest"}, "basis is median or mean"),
        ({"ticket_basis": "per_day"}, "ticket_basis per_order or per_customer"),
        ({"tiers": "quantile:3"}, "gives 3 classes"),
        ({"f_tiers": "quantile:4+own1"}, "gives 4 classes"),
        ({"f_tiers": "mixture"}, "for the ticket alone"),
    ],
)
def test_faults_are_sentences(eight, given, sentence):
    with pytest.raises(ParameterError, match=sentence):
        method.segment(eight, **given)


def test_a_missing_column_is_a_sentence(eight):
    with pytest.raises(TableError, match="median_order_value"):
        method.segment(eight.drop(columns="median_order_value"))


def test_a_year_of_the_supermarket(year, holds):
    result = method.segment(year, basis="mean")
    everyone = year["mean_order_value"].median()
    assert round(everyone, 2) == 27.34  # 27.30 where baskets of nought count as orders
    assert round(result.fit["median_ticket"], 2) == 27.44  # of those with three orders and more
    assert result.profile.set_index("segment").loc["too_few_orders", "customers"] == (year["orders"] < 3).sum() == 63
    assert abs(result.fit["ticket_orders_correlation"]) < 0.05  # the axes are real
    assert result.trustworthy
    holds(result, year)


def test_the_supermarket_shows_no_two_groups(year):
    with pytest.raises(ParameterError, match="no two groups"):
        method.segment(year, tiers="mixture")
