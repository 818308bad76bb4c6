"""ticket_size: the four quadrants by hand, what is refused and why, and the supermarket's households."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from scipy.stats import norm

import seglib
from seglib.errors import ParameterError, TableError
from seglib.methods import ticket_size as method

# Tickets 5 10 20 30 40 50 60 500: median 35; orders 1 2 3 3 4 5 9 9: median 3.5.
ORDERS = [3, 9, 3, 9, 4, 5, 2, 1]
MEDIAN = [10.0, 20.0, 30.0, 40.0, 50.0, 60.0, 500.0, 5.0]
MEAN = [12.0, 70.0, 30.0, 45.0, 50.0, 60.0, 500.0, 5.0]  # sorted 5 12 30 45 50 60 70 500: median 47.5
SPEND = [order * mean for order, mean in zip(ORDERS, MEAN, strict=True)]
SHORT = {
    "high_ticket_frequent": "HF",
    "high_ticket_occasional": "HO",
    "low_ticket_frequent": "LF",
    "low_ticket_occasional": "LO",
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
        ({}, "LO LF LO HF HF HF HO LO"),
        ({"basis": "mean"}, "LO HF LO LF HF HF HO LO"),
        ({"tiers": "fixed:40"}, "LO LF LO HF HF HF HO LO"),  # a value at the cut is high
        ({"tiers": "top:20,80"}, "LO LF LO LF LF HF HO LO"),  # type 7: the upper fifth begins above 56
        ({"tiers": "mean", "basis": "mean"}, "LO LF LO LF LF LF HO LO"),  # 96.5
        ({"f_tiers": "fixed:9"}, "LO LF LO HF HO HO HO LO"),
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


def test_the_two_average_tickets(eight):
    figures = method.segment(eight).details["ticket_figures"].set_index("measure")["value"]
    assert figures["sales_per_order"] == pytest.approx(sum(SPEND) / 36)
    assert figures["sales_per_customer"] == pytest.approx(sum(SPEND) / 8)
    assert figures["median_ticket"] == 35
    # ranks of the tickets 2 3 4 5 6 7 8 1 against 3.5 7.5 3.5 7.5 5 6 2 1: products about 4.5 add up to 8, squares to 42 and 41
    assert figures["ticket_orders_correlation"] == pytest.approx(8 / np.sqrt(42 * 41))


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


def logs(orders: list[list[float]]) -> dict[str, list[float]]:
    """Columns of customers with these orders."""
    return {
        "orders": [len(one) for one in orders],
        "lifetime_orders": [len(one) for one in orders],
        "spend": [sum(one) for one in orders],
        "median_order_value": [sorted(one)[(len(one) - 1) // 2] for one in orders],
        "geometric_mean_order_value": [float(np.exp(np.log(one).mean())) for one in orders],
        "order_value_log_sd": [float(np.log(one).std()) for one in orders],
    }


def test_reliability_of_one_order_by_hand():
    # Logs 0 2 | 4 6, two each: means 1 and 5 about 3, so 2 * (4 + 4) = 16 between on 1; within 4 on 2 is 2. (16 - 2) / (16 + 2).
    rho, low, high, between = method.reliability(np.array([2.0, 2.0]), np.array([1.0, 5.0]), np.array([1.0, 1.0]))
    assert rho == pytest.approx(14 / 18)
    assert between == pytest.approx(7)
    assert 0 <= low < rho < high <= 1
    # Unequal numbers, 2 and 4: the mean lies at 3, and 6 - 20 / 6 stands for the number of orders each.
    rho, *_ = method.reliability(np.array([2.0, 4.0]), np.array([1.0, 4.0]), np.array([1.0, 0.5]))
    between, within, size = 2 * (1 - 3) ** 2 + 4 * (4 - 3) ** 2, (2 * 1 + 4 * 0.25) / 4, 6 - 20 / 6
    assert rho == pytest.approx((between - within) / (between + (size - 1) * within))
    assert method.reliability(np.array([2.0, 2.0]), np.array([1.0, 5.0]), np.zeros(2))[:3] == (1, 1, 1)


def test_certainty_by_hand(table, holds):
    """Logs 0 2 | 4 6 | 1 | 3: rho = 7 / 9 of the two who came twice, variance between customers 7."""
    customers = table(**logs([[1, np.e**2], [np.e**4, np.e**6], [np.e], [np.e**3]]))
    result = method.segment(customers, tiers=f"fixed:{np.e**2}", f_tiers="fixed:2")
    assert quadrants(result) == "LF HF LO HO"
    one, two = 7 / 9, 2 * 7 / (2 * 7 + 2)  # weights of one order and of two
    sides = [two * 1 / np.sqrt(7 * (1 - two)), two * 3 / np.sqrt(7 * (1 - two)), one / np.sqrt(7 * (1 - one)), one / np.sqrt(7 * (1 - one))]
    assert result.assignments["certainty"].to_list() == pytest.approx(norm.cdf(sides).tolist())
    told = result.details["certainty"].set_index("segment")
    assert told.index.to_list() == ["high_ticket_frequent", "high_ticket_occasional", "low_ticket_frequent", "low_ticket_occasional"]
    assert told["certainty_share"].to_list() == pytest.approx(norm.cdf([sides[1], sides[3], sides[0], sides[2]]).tolist())
    assert told["sure_share"].to_list() == [float(norm.cdf(side) >= 0.9) for side in (sides[1], sides[3], sides[0], sides[2])]
    assert "certainty" not in result.scheme.inputs
    holds(result, customers)
    cents = customers.assign(**{name: customers[name] * 100 for name in ("spend", "median_order_value", "geometric_mean_order_value")})
    again = method.segment(cents, tiers=f"fixed:{100 * np.e**2}", f_tiers="fixed:2").assignments
    assert again["certainty"].to_list() == pytest.approx(result.assignments["certainty"].to_list())


def drawn(rng: np.random.Generator, between: float, customers: int = 800) -> tuple[list[list[float]], np.ndarray]:
    """Orders of customers whose long-run log order values spread by ``between``, and these; the spread of one's own orders is 1."""
    middle = rng.normal(4, between, customers)
    return [list(np.exp(rng.normal(mean, 1, rng.geometric(0.4)))) for mean in middle], middle


def test_certainty_is_kept_in_the_long_run(table):
    """Of those told a chance of 70 % about 70 % lie on their side: 10 drawn worlds of 800 customers."""
    told, right = [], []
    for seed in range(10):
        orders, middle = drawn(np.random.default_rng(seed), 0.9)
        result = method.segment(table(**logs(orders)))
        high = result.assignments["T"].to_numpy() == 2
        told.append(result.assignments["certainty"].to_numpy())
        right.append((middle >= np.log(result.scheme.score("T").cuts[0])) == high)
    told, right = np.concatenate(told), np.concatenate(right)
    for low, high in ((0.5, 0.6), (0.6, 0.75), (0.75, 0.9), (0.9, 1.0)):
        band = (told >= low) & (told < high)
        assert right[band].mean() == pytest.approx(told[band].mean(), abs=0.04)


def test_order_size_without_a_trait_is_refused(table):
    """Worlds in which everybody's orders are drawn alike: the upper end of the reliability lies below .2 in nearly all of them."""
    refused = []
    for seed in range(40):
        orders, _ = drawn(np.random.default_rng(seed), 0.0, customers=400)
        result = method.segment(table(**logs(orders)))
        refused.append(not result.gates.set_index("gate").loc["order_size_trait", "passed"])
        assert (result.assignments["certainty"].dropna() >= 0.49).mean() > 0.4
    assert np.mean(refused) >= 0.95
    orders, _ = drawn(np.random.default_rng(1), 0.7, customers=400)  # rho = .33
    assert method.segment(table(**logs(orders))).gates.set_index("gate").loc["order_size_trait", "passed"]


def test_without_a_second_order_nothing_is_said_of_certainty(table):
    result = method.segment(table(**logs([[5.0], [6.0], [7.0], [9.0]])))
    assert "certainty" not in result.details
    assert "certainty" not in result.assignments.columns
    assert "certainty_unknown" in set(result.details["warnings"]["warning"])


@pytest.mark.parametrize(
    ("folder", "file", "order", "customer", "day", "amount", "wanted"),
    [
        ("adventureworks", "FactResellerSales.parquet", "SalesOrderNumber", "ResellerKey", "OrderDate", "SalesAmount", 0.69),
        ("adventureworks", "FactInternetSales.parquet", "SalesOrderNumber", "CustomerKey", "OrderDate", "SalesAmount", 0.87),
    ],
)
def test_reliability_of_published_orders(shared, folder, file, order, customer, day, amount, wanted):
    raw = pd.read_parquet(shared / "data" / folder / file)
    lines = pd.DataFrame(
        {
            "order_id": raw[order],
            "customer_id": raw[customer].astype("str"),
            "ordered_at": pd.to_datetime(raw[day]),
            "amount": raw[amount].astype(float).round(4),
        }
    )
    client = seglib.open_frames(orders=lines)
    last = lines["ordered_at"].max() - pd.Timedelta(days=92)
    customers = client.customers(as_of=last.date(), also=(*method.NEEDS, *method.USES), facts=())
    result = method.segment(customers)
    assert result.fit["order_reliability"] == pytest.approx(wanted, abs=0.005)
    assert result.assignments["certainty"].notna().sum() == result.fit["eligible"] == (customers["orders"] > 0).sum()


def test_a_year_of_the_supermarket(year, holds):
    result = method.segment(year, basis="mean")
    everyone = year["mean_order_value"].median()
    assert round(everyone, 2) == 27.34  # 27.30 where baskets of nought count as orders
    assert result.fit["median_ticket"] == pytest.approx(everyone)
    assert result.fit["eligible"] == 2469
    assert abs(result.fit["ticket_orders_correlation"]) < 0.05  # the axes are real
    assert result.trustworthy
    holds(result, year)


def test_the_supermarket_shows_no_two_groups(year):
    with pytest.raises(ParameterError, match="no two groups"):
        method.segment(year, tiers="mixture")
