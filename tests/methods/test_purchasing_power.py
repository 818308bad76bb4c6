"""Purchasing power by hand, on the grocery chain, and on declared incomes in six countries."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

import seglib
from seglib.errors import ParameterError, TableError
from seglib.methods import purchasing_power
from seglib.methods._agreement import weighted_kappa

ALSO = (*purchasing_power.NEEDS, *purchasing_power.USES)


def _warned(result) -> set[str]:
    return set(result.details["warnings"]["warning"])


def _source(result) -> pd.Series:
    return result.assignments["evidence_source"].value_counts()


def test_bands_are_cut_at_their_edges_and_who_declared_none_is_unknown(table, holds, classes):
    bands = ["Under 20K"] * 2 + ["20-49K"] * 6 + ["50K+"] * 2 + [None, "rather not say"]
    customers = table(orders=[2] * 12, spend=[5.0] * 12, income_band=bands)
    result = purchasing_power.segment(customers)
    assert classes(result) == " ".join(["low"] * 2 + ["medium"] * 6 + ["high"] * 2 + ["unknown_purchasing_power"] * 2)
    assert _source(result).to_dict() == {"declared": 10, "none": 2}
    assert result.assignments["confidence"].dropna().eq(1).all()
    holds(result, customers)


def test_declared_comes_before_asked(table, holds):
    draw = np.random.default_rng(1)
    income = [value if i % 2 else None for i, value in enumerate(draw.integers(20, 90, 300) * 1000.0)]
    customers = table(orders=[2] * 300, spend=[5.0] * 300, income=income, stated_power=[float(i % 5 + 1) for i in range(300)])
    result = purchasing_power.segment(customers)
    assert _source(result).to_dict() == {"declared": 150, "survey": 150}
    # Declared and asked have nothing to do with each other: what rests on the survey alone is believed as little.
    asked = result.assignments[result.assignments["evidence_source"] == "survey"]
    found = result.details["agreement"].set_index("source").loc["survey", "weighted_kappa"]
    assert asked["confidence"].tolist() == pytest.approx([max(found, 0)] * 150)
    assert abs(found) < 0.15
    assert set(asked.loc[asked.index % 10 == 4, "segment"]) == {"high"}  # the fifth box
    holds(result, customers)


def test_places_divide_what_is_declared(table, classes):
    customers = table(
        orders=[2] * 10, spend=[5.0] * 10, income=[200.0, 90, 90, 90, 90, 90, 90, 90, 40, 40], country=["CH", *["US"] * 8, "XX"]
    )
    plain = classes(purchasing_power.segment(customers)).split()
    level = classes(purchasing_power.segment(customers, places="country: US=1, CH=4"))
    assert plain[0] == "high"
    assert level.split()[0] != "high"
    assert level.split()[-1] == "unknown_purchasing_power"
    for wrong in ("country", "country: US=x", "country: US=0"):
        with pytest.raises(ParameterError, match="cannot be read"):
            purchasing_power.segment(customers, places=wrong)
    with pytest.raises(ParameterError, match="'land', which the table lacks"):
        purchasing_power.segment(customers, places="land: US=1")


def test_one_income_for_all_divides_nobody(table, classes):
    result = purchasing_power.segment(table(orders=[1, 1], spend=[1.0, 2.0], income=[5000.0, 5000.0]))
    assert classes(result) == "all all"
    assert not result.trustworthy


def test_bands_that_nobody_can_read_leave_everybody_unknown(table, holds, classes):
    customers = table(orders=[1, 1], spend=[1.0, 2.0], income_band=[None, "n/a"])
    result = purchasing_power.segment(customers)
    assert classes(result) == "unknown_purchasing_power unknown_purchasing_power"
    holds(result, customers)


def test_weighted_kappa_of_the_literature():
    # Cohen 1968, linear weights, by hand: observed disagreement .3, expected .66.
    counts = np.array([[20, 5, 0], [5, 20, 5], [0, 15, 30]])
    shares = counts / 100
    apart = np.abs(np.subtract.outer(np.arange(3), np.arange(3)))
    expected = (np.outer(shares.sum(axis=1), shares.sum(axis=0)) * apart).sum()
    assert weighted_kappa(counts) == pytest.approx(1 - 0.3 / expected)
    assert np.isnan(weighted_kappa(np.array([[5, 0, 0], [0, 0, 0], [0, 0, 0]])))


def test_what_cannot_be_is_refused(table):
    customers = table(orders=[1], spend=[1.0], income=[5000.0])
    for wrong in ({"tiers": "quantile:3"}, {"source": "guess"}, {"source": "inferred"}):
        with pytest.raises(ParameterError, match=next(iter(wrong.values()))):
            purchasing_power.segment(customers, **wrong)
    with pytest.raises(TableError, match="stated_power"):
        purchasing_power.segment(table(orders=[1], spend=[1.0]))


def test_nothing_is_inferred_from_what_is_bought(table, holds):
    """Prices paid, goods and spend stand in the table, and change nothing: who declared nothing is unknown."""
    customers = seglib.demo().customers(as_of="2017-09-30", window_days=273, also=(*ALSO, "price_index"))
    result = purchasing_power.segment(customers)
    assert _source(result).to_dict() == {"none": 1645, "declared": 801}
    assert result.built_on == ("declared_power",)
    assert "price_index" not in result.scheme.inputs
    holds(result, customers)
    with pytest.raises(TableError, match="income"):
        purchasing_power.segment(table(orders=[1], spend=[1.0], price_index=[0.3]))


def test_incomes_of_six_countries_over_what_a_burger_costs_there(shared, holds):
    folder = shared / "data/adventureworks"
    people = pd.read_parquet(folder / "DimCustomer.parquet").merge(pd.read_parquet(folder / "DimGeography.parquet"), on="GeographyKey")
    sales = pd.read_parquet(folder / "FactInternetSales.parquet").groupby("CustomerKey")["SalesAmount"].agg(["sum", "size"])
    table = people[["CustomerKey", "YearlyIncome", "EnglishCountryRegionName"]].join(sales, on="CustomerKey")
    table.columns = ["customer_id", "income", "country", "spend", "orders"]
    table = table.assign(as_of=pd.Timestamp("2014-01-28"), window_days=1125).astype({"customer_id": "str", "income": "float64"})
    burgers = pd.read_csv(shared / "data/reference_purchasing_power/big-mac-full-index.csv", parse_dates=["date"])
    burgers = burgers[burgers["date"] == "2014-01-01"].set_index("iso_a3")["dollar_price"]
    codes = {"Australia": "AUS", "Canada": "CAN", "France": "EUZ", "Germany": "EUZ", "United Kingdom": "GBR", "United States": "USA"}
    levels = {country: float(burgers[code] / burgers["USA"]) for country, code in codes.items()}
    places = "country: " + ", ".join(f"{country}={level:.4f}" for country, level in levels.items())
    plain, level = (purchasing_power.segment(table, places=text) for text in ("", places))
    assert _source(level).to_dict() == {"declared": 18484}
    assert "by_place" in _warned(level)
    # Where a burger costs more than at home, fewer are of high purchasing power than by income alone; where less, more.
    change = {
        country: float((level.assignments["segment"][rows] == "high").mean() - (plain.assignments["segment"][rows] == "high").mean())
        for country, rows in table.groupby("country").groups.items()
    }
    dear, cheap = max(levels, key=levels.get), min(levels, key=levels.get)
    assert change[dear] < change[cheap]
    holds(level, table)
