"""Income on tables counted by hand, on the grocery chain's bands, and on declared numbers of two other firms."""

from __future__ import annotations

import pandas as pd
import pytest

from seglib.errors import ParameterError, TableError
from seglib.methods import income


@pytest.mark.parametrize(
    ("label", "edge"),
    [
        ("Under 15K", 0), ("35-49K", 35_000), ("250K+", 250_000), ("年收入10-20万", 100_000), ("5万以下", 0), ("30万以上", 300_000),
        ("$50,000 to $74,999", 50_000), ("8000-12000元", 8_000), ("2024年收入10-20万", 100_000), ("5000-1万", 5_000), ("<20k", 0),
        ("1.5w~3w", 15_000), ("over 1 m", 1_000_000), ("n/a", None), ("high", None), ("20K", None), ("49-35K", None), ("", None),
    ],
)  # fmt: skip
def test_a_band_begins_where_its_label_says(label: str, edge: float | None) -> None:
    assert income.lower_edge(label) == edge


def _ten(table, **more):
    return table(income=[10, 20, 30, 40, 50, 60, 70, 80, 90, 100.0], spend=[1.0] * 10, orders=[1] * 10, **more)


def test_shares_counted_by_hand(table, holds, classes) -> None:
    customers = _ten(table)
    result = income.segment(customers)
    assert classes(result) == "low" + 8 * " medium" + " high"
    assert result.scheme.score("I").cuts == (20, 100)
    holds(result, customers)


def test_a_band_is_not_divided_and_of_two_edges_as_near_the_smaller_end_wins(table, classes) -> None:
    # From the top: 0, or 20 % at "40K+"; 10 % lies between the two, and an empty end is no class. From the bottom: 5 and 15 % are as near.
    bands = ["Under 10K"] + ["10-19K"] * 2 + ["20-39K"] * 13 + ["40K+"] * 4
    result = income.segment(table(income_band=bands, spend=[1.0] * 20, orders=[1] * 20))
    assert classes(result).split() == ["low"] + ["medium"] * 15 + ["high"] * 4
    reached = result.details["reached"].set_index("segment")
    assert reached["reached_share"].round(2).to_dict() == {"high": 0.20, "medium": 0.75, "low": 0.05}
    assert reached["asked_share"].to_dict() == {"high": 0.1, "medium": 0.8, "low": 0.1}


def test_fixed_bands_begin_at_their_cut(table, classes) -> None:
    assert classes(income.segment(_ten(table), tiers="fixed:30,100")).split() == ["low"] * 2 + ["medium"] * 7 + ["high"]


def test_what_nobody_could_earn_or_read_is_unknown_and_said(table, holds, classes) -> None:
    customers = table(income=[10, 20, 30, 40, -5, 666_666, None, 50, 9e9, 60.0], spend=[1.0] * 10, orders=[1] * 10)
    result = income.segment(customers)
    assert [n for n, name in enumerate(classes(result).split()) if name == "unknown_income"] == [4, 5, 6, 8]
    assert set(result.details["unreadable"]["value"]) == {"-5.0", "666666.0", "9000000000.0"}
    assert result.details["unreadable"]["customers"].sum() == 3
    assert "unreadable" in set(result.details["warnings"]["warning"])
    holds(result, customers)


def test_a_label_nobody_can_read_is_unknown(table, classes) -> None:
    bands = ["prefer not to say", "Under 10K", "10-19K", "20K+"]
    result = income.segment(table(income_band=bands, spend=[1.0] * 4, orders=[1] * 4))
    assert classes(result) == "unknown_income low medium high"
    assert result.details["unreadable"]["value"].tolist() == ["prefer not to say"]


def test_without_any_income_everybody_is_unknown(table, holds) -> None:
    customers = table(income_band=pd.Series(["?", "??"], dtype="str").tolist(), spend=[1.0, 2.0], orders=[1, 1])
    result = income.segment(customers)
    assert set(result.assignments["segment"]) == {"unknown_income"}
    assert not result.trustworthy
    holds(result, customers)


def test_who_is_known_is_compared_with_who_is_not(table) -> None:
    customers = table(income=[10, 20, 30, None], spend=[20.0, 30.0, 40.0, 10.0], orders=[1] * 4)
    selection = income.segment(customers).details["selection"].set_index("group")
    assert selection["mean_spend"].to_dict() == {"known": 30.0, "unknown": 10.0}
    assert selection["customers_share"].to_dict() == {"known": 0.75, "unknown": 0.25}
    assert selection["spend_share"].to_dict() == {"known": 0.9, "unknown": 0.1}


def test_the_column_that_more_customers_have_is_taken(table) -> None:
    columns = {"income": [10.0, 20, None, None], "income_band": ["10-19K", "20K+", "10-19K", None], "spend": [1.0] * 4, "orders": [1] * 4}
    assert income.segment(table(**columns)).scheme.inputs[-1] == "income_band"
    assert income.segment(table(**columns), source="income").scheme.inputs[-1] == "income"


def test_what_is_not_said_of_incomes_is_a_warning(table) -> None:
    warned = income.segment(_ten(table)).details["warnings"].set_index("warning")["values"]
    assert '"unit", "year", "currency"' in warned["not_said"]
    said = income.segment(_ten(table), unit="household", year=2024, currency="CNY").details["warnings"].set_index("warning")["values"]
    assert "not_said" not in said.index
    assert '["household", "2024", "CNY"]' in said["measured"]


@pytest.mark.parametrize(
    ("params", "sentence"),
    [
        ({"source": "salary"}, "source is 'salary'"),
        ({"unit": "firm"}, "unit is 'firm'; it can be: person, household"),
        ({"year": 24}, "year is 24"),
        ({"tiers": "quantile:3+own1"}, "income has none"),
    ],
)
def test_a_value_that_means_nothing_is_refused(table, params: dict[str, object], sentence: str) -> None:
    with pytest.raises(ParameterError, match=sentence):
        income.segment(_ten(table), **params)


def test_a_table_without_incomes_is_refused(table) -> None:
    with pytest.raises(TableError, match=r"income \| income_band"):
        income.segment(table(spend=[1.0]))


def test_the_grocery_chain_by_its_bands(nine_months, holds) -> None:
    result = income.segment(nine_months, unit="household", currency="USD")
    assert result.scheme.score("I").cuts == (15_000, 125_000)
    reached = result.details["reached"].set_index("segment")["reached_share"]
    assert (reached["high"], reached["low"]) == (pytest.approx(0.119, abs=0.0005), pytest.approx(0.076, abs=0.0005))
    selection = result.details["selection"].set_index("group").round(2)
    assert selection["customers"].to_dict() == {"known": 801, "unknown": 1645}
    assert selection["mean_spend"].round().to_dict() == {"known": 2417, "unknown": 890}
    assert selection["spend_share"].to_dict() == {"known": 0.57, "unknown": 0.43}
    assert result.trustworthy
    holds(result, nine_months)


def test_a_retailer_with_a_placeholder_among_incomes(shared, holds) -> None:
    raw = pd.read_parquet(shared / "data/customer_personality/marketing_campaign.parquet")
    bought = raw.filter(like="Purchases").drop(columns="NumDealsPurchases").sum(axis=1)
    customers = pd.DataFrame({"customer_id": raw["ID"].astype("str"), "income": raw["Income"].astype(float), "orders": bought})
    customers = customers.assign(spend=raw.filter(like="Mnt").sum(axis=1).astype(float), as_of=pd.Timestamp("2014-06-29"), window_days=728)
    result = income.segment(customers)
    unknown = result.profile.set_index("segment").loc["unknown_income", "customers"]
    assert unknown == ((bought > 0) & (raw["Income"].isna() | (raw["Income"] == 666_666))).sum()
    assert result.details["unreadable"]["value"].tolist() == ["666666.0"]
    assert result.details["reached"]["reached_share"].round(2).tolist() == [0.10, 0.80, 0.10]
    holds(result, customers)


def test_an_airline_whose_colleges_hide_their_salaries(shared, holds) -> None:
    raw = pd.read_parquet(shared / "data/airline_loyalty/customer_loyalty_history.parquet")
    customers = pd.DataFrame({"customer_id": raw["Loyalty Number"].astype("str"), "income": raw["Salary"].astype(float)})
    customers = customers.assign(spend=raw["CLV"].astype(float), as_of=pd.Timestamp("2018-12-31"), window_days=728)
    result = income.segment(customers, unit="person", year=2018, currency="CAD")
    # 4,238 without a salary, and 20 below nought.
    assert result.profile.set_index("segment").loc["unknown_income", "customers"] == 4258
    assert result.details["unreadable"]["customers"].sum() == 20
    holds(result, customers)
