"""Firmographics against the official bounds, on groups of firms, on deals with a known law, on the made market and on real resellers.

Size and industry are a copy of what is recorded: there is nothing to recover. What is tested is the division and the unknown.
"""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

import seglib
from seglib.datasets import make_market
from seglib.errors import ParameterError, TableError
from seglib.methods import firmographics
from seglib.methods._firms import groups, industries_of, won_by

TEN_THOUSAND = 10_000


def _firms(table, rows, **more):
    """Firms of (industry, employees, revenue in 10,000 yuan)."""
    names = [name for name, _, _ in rows]
    people = [float(n) if n is not None else np.nan for _, n, _ in rows]
    money = [float(n) * TEN_THOUSAND if n is not None else np.nan for _, _, n in rows]
    return table(industry=names, employees=people, annual_revenue=money, spend=[1.0] * len(rows), orders=[1] * len(rows), **more)


@pytest.mark.parametrize(
    ("industry", "employees", "revenue", "size"),
    [
        ("工业", 1000, 40_000, "large"), ("工业", 999, 40_000, "medium"), ("工业", 1000, 39_999, "medium"), ("工业", 300, 2000, "medium"),
        ("工业", 300, 1999, "small"), ("工业", 20, 300, "small"), ("工业", 19, 99_999, "micro"), ("工业", 5000, 299, "micro"),
        ("零售业", 300, 20_000, "large"), ("Retail", 50, 500, "medium"), ("retail", 10, 100, "small"), ("零售", 9, 100, "micro"),
        ("批发业", 200, 40_000, "large"), ("51", 20, 5000, "medium"), ("5191", 5, 1000, "small"), ("Wholesale", 4, 1000, "micro"),
        ("餐饮业", 300, 10_000, "large"), ("住宿业", 100, 2000, "medium"), ("物流", 20, 200, "small"), ("software", 10, 50, "small"),
        ("农业", None, 20_000, "large"), ("农业", 5, 49, "micro"), ("居民服务业", 300, None, "large"), ("13", 1000, 40_000, "large"),
        ("工业", None, 40_000, "unknown_size"), ("工业", 1000, None, "unknown_size"), (None, 1000, 40_000, "unknown_size"),
        ("建筑业", 50, 80_000, "unknown_size"),
    ],
)  # fmt: skip
def test_the_division_of_2017(table, classes, industry, employees, revenue, size) -> None:
    assert classes(firmographics.segment(_firms(table, [(industry, employees, revenue)]))) == size


def test_assets_count_where_they_are_known(table, holds, classes) -> None:
    rows = [("建筑业", None, 80_000)] * 4
    customers = _firms(table, rows, total_assets=[80_000.0 * TEN_THOUSAND, 79_999.0 * TEN_THOUSAND, 299.0 * TEN_THOUSAND, np.nan])
    result = firmographics.segment(customers)
    assert classes(result) == "large medium micro unknown_size"
    holds(result, customers)


def test_money_may_be_in_ten_thousands(table, classes) -> None:
    customers = _firms(table, [("工业", 1000, 4), ("工业", 1000, 0.2)])  # 40,000 and 2,000 in 万元
    assert classes(firmographics.segment(customers, yuan=10_000)) == "large medium"


def test_persons_are_set_apart(table, classes, holds) -> None:
    customers = _firms(table, [("工业", 1000, 40_000)] * 3, customer_kind=["firm", "person", None])
    result = firmographics.segment(customers)
    assert classes(result) == "large person large"
    holds(result, customers)


def test_an_industry_nobody_lists_counts_to_the_others_and_is_said(table, classes) -> None:
    result = firmographics.segment(_firms(table, [("blimp rides", 300, None), ("工业", 20, 300)]))
    assert classes(result) == "large small"
    assert "blimp rides" in result.details["warnings"].set_index("warning")["values"]["other_industries"]
    assert result.assignments["industry_group"].tolist() == ["other", "industry"]


def test_industry_is_a_column_of_its_own(table) -> None:
    grid = firmographics.segment(_firms(table, [("零售业", 300, 20_000)] * 2 + [("餐饮业", 10, 100)])).details["grid"]
    assert grid[["industry_group", "size", "customers"]].to_numpy().tolist() == [["catering", "small", 1], ["retail", "large", 2]]


def test_codes_and_words_come_to_industries() -> None:
    found = industries_of(["06", "46", "5211", "Retail ", "批发", "9999", "铁路"])
    assert [found.get(text) for text in ("06", "46", "5211", "Retail ", "批发", "9999", "铁路")] == [
        "industry", "industry", "retail", "retail", "wholesale", None, None,
    ]  # fmt: skip


def test_groups_go_to_the_top_and_a_circle_has_one_head(table) -> None:
    customers = table(parent_id=[None, "c1", "c2", "gone", "c6", "c5"])
    assert groups(customers).tolist() == ["c1", "c1", "c1", "c4", "c5", "c5"]
    rolled = firmographics.segment(_firms(table, [("工业", 20, 300)] * 3, parent_id=[None, "c1", "c1"]))
    assert rolled.details["groups"][["group", "members", "spend"]].to_numpy().tolist() == [["1", 3, 3.0]]  # ids stand on no page


def test_the_law_of_won_deals_is_found() -> None:
    draw = np.random.default_rng(2)
    firms = pd.DataFrame(
        {"customer_id": [f"c{n}" for n in range(600)], "industry_group": draw.choice(["retail", "wholesale"], 600, p=[0.7, 0.3])}
    )
    firms["employees"] = np.ceil(np.exp(draw.normal(3, 1.2, 600)))
    truth = -2 + 0.5 * np.log(firms["employees"]) + 0.8 * (firms["industry_group"] == "wholesale")
    deals = pd.DataFrame(
        {
            "customer_id": np.repeat(firms["customer_id"], 4),
            "won": (draw.random(2400) < np.repeat(1 / (1 + np.exp(-truth)), 4)).astype(float),
        }
    )
    table, chance = won_by(deals, firms)
    found = table.set_index("term")
    for term, weight in {"constant": -2, "log_employees": 0.5, "wholesale": 0.8}.items():
        assert found.loc[term, "low"] < weight < found.loc[term, "high"]
    assert np.corrcoef(chance, 1 / (1 + np.exp(-truth)))[0, 1] > 0.97


def test_below_fifty_wins_fit_is_declared(table) -> None:
    result = firmographics.segment(_firms(table, [("工业", 1000, 40_000), ("工业", 20, 300)]))
    assert result.assignments["fit"].tolist() == [1.0, 0.5]
    assert "fit_declared" in set(result.details["warnings"]["warning"])
    few = pd.DataFrame({"customer_id": ["c1"] * 100, "won": [1.0] * 49 + [0.0] * 51})
    assert won_by(few, pd.DataFrame({"customer_id": ["c1"], "industry_group": ["retail"], "employees": [9.0]})) is None


def test_a_unit_of_money_must_be_above_nought(table) -> None:
    with pytest.raises(ParameterError, match="yuan is 0"):
        firmographics.segment(_firms(table, [("工业", 20, 300)]), yuan=0)


def test_a_table_without_indicators_is_refused(table) -> None:
    with pytest.raises(TableError, match="employees"):
        firmographics.segment(table(spend=[1.0], industry=["工业"]))


@pytest.mark.parametrize("params", [{"bounds": "quarters"}, {"bounds": "official", "jurisdiction": "US"}])
def test_bounds_that_are_not_known_are_refused(table, params) -> None:
    with pytest.raises(ParameterError, match="firmographics: bounds is"):
        firmographics.segment(_firms(table, [("工业", 20, 300)]), **params)


def test_bounds_that_divide_nobody_give_way_to_thirds(table, holds) -> None:
    # Thirty retailers of 10 to 39 employees are all small; of 31 with six medium ones 19 % are not, and the bounds stand.
    small = [("零售业", 10 + n, 200) for n in range(30)]
    customers = _firms(table, small)
    result = firmographics.segment(customers)
    sizes = result.profile.set_index("segment")["customers"]
    assert sizes[["large", "medium", "small"]].tolist() == [10, 10, 10]
    assert "micro" not in result.scheme.classes
    assert result.details["variants"]["variant"].tolist() == ["upper_third", "middle_third", "lower_third"]
    assert "official_divides_nobody" in set(result.details["warnings"]["warning"])
    assert result.assignments["fit"].tolist() == [0.5] * 10 + [0.75] * 10 + [1.0] * 10
    holds(result, customers)
    assert firmographics.segment(customers, bounds="official").profile.set_index("segment")["customers"]["small"] == 30
    mixed = _firms(table, [*small[:25], *[("零售业", 60, 600)] * 6])
    assert firmographics.segment(mixed).profile.set_index("segment")["customers"][["medium", "small"]].tolist() == [6, 25]


def test_thirds_where_no_bounds_are_known(table, holds, classes) -> None:
    rows = [("Retail", n, None) for n in (5, 50, 500)]
    customers = _firms(table, rows)
    assert classes(firmographics.segment(customers, jurisdiction="US")) == "small medium large"
    no_industry = customers.drop(columns="industry")
    result = firmographics.segment(no_industry)
    assert classes(result) == "small medium large"
    assert "by_thirds" in set(result.details["warnings"]["warning"])
    holds(result, no_industry)
    by_revenue = no_industry.assign(employees=[None, None, 7.0], annual_revenue=[3e6, 2e6, 1e6])
    assert classes(firmographics.segment(by_revenue)) == "large medium small"


def test_the_made_market(holds) -> None:
    made = make_market(customers=900, seed=4, firms=0.6, orders_per_year=12)
    client = seglib.open_frames(**{name: made.tables[name] for name in ("customers", "orders", "opportunities")})
    customers = client.customers(also=(*firmographics.NEEDS, *firmographics.USES), facts=firmographics.FACTS)
    result = firmographics.segment(customers)
    classes = result.assignments.set_index("customer_id")["segment"]
    truth = made.truth["customers"].set_index("customer_id")
    assert (classes == "person").equals(~truth["firm"].loc[classes.index].astype(bool))
    told = customers.set_index("customer_id")[["employees", "annual_revenue"]].notna().all(axis=1)
    assert (classes == "unknown_size").equals(truth["firm"].loc[classes.index].astype(bool) & ~told.loc[classes.index])
    # Deals are won at log odds that rise by .35 with one log unit of employees.
    weights = result.details["fit_weights"].set_index("term")
    assert weights.loc["log_employees", "low"] < 0.35 < weights.loc["log_employees", "high"]
    assert result.details["fit_grid"]["customers"].sum() == int(result.assignments["fit"].notna().sum())
    holds(result, customers)


def test_resellers_of_bicycles(shared, holds) -> None:
    raw = pd.read_parquet(next((shared / "data/adventureworks").glob("*DimReseller*.parquet")))
    customers = pd.DataFrame(
        {
            "customer_id": raw["ResellerKey"].astype("str"),
            "industry": raw["BusinessType"].map({"Warehouse": "Wholesale"}).fillna("Retail"),
            "employees": raw["NumberEmployees"].astype(float),
            "annual_revenue": raw["AnnualSales"].astype(float),
            "spend": 1.0,
            "as_of": pd.Timestamp("2013-12-31"),
            "window_days": 364,
        }
    )
    result = firmographics.segment(customers, yuan=6.1)
    sizes = result.profile.set_index("segment")["customers"]
    # The largest has 100 employees and 3 million dollars of sales: by the bounds most are small, and few enough for the bounds to stand.
    assert sizes.sum() == 701
    assert "unknown_size" not in sizes.index
    assert sizes["large"] == 0
    medium = raw["BusinessType"].ne("Warehouse") & raw["NumberEmployees"].ge(50) & raw["AnnualSales"].ge(5_000_000 / 6.1)
    assert sizes["medium"] == medium.sum()
    holds(result, customers)
