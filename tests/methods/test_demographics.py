"""Demographics on tables counted by hand, the comparison of categories against shuffles and null worlds, and the grocery chain."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

import seglib
from seglib.errors import ParameterError
from seglib.methods import demographics
from seglib.methods._differences import compare, shuffled
from seglib.segmentation import Facts


def _known(table, **columns):
    n = len(next(iter(columns.values())))
    return table(**columns, spend=[1.0] * n, orders=[1] * n)


def test_bands_and_genders_as_recorded(table, holds, classes) -> None:
    customers = _known(table, age_band=["25-34", "65+", "25-34", None, "no", "65+"], gender=["女", "M", "male", "f", "f", "不详"])
    result = demographics.segment(customers)
    assert classes(result) == "25-34+female 65_plus+male 25-34+male unknown_age unknown_age unknown_gender"
    assert result.scheme.classes[0].startswith("25-34")
    holds(result, customers)


def test_a_band_holds_its_first_year_and_impossible_ages_are_unknown(table, holds, classes) -> None:
    # As of 2024: 24, 25, 34, 35, 13, 14, 100, 101 years.
    customers = _known(table, birth_year=[2000, 1999, 1990, 1989, 2011, 2010, 1924, 1923], gender=["f"] * 8)
    result = demographics.segment(customers, ages="25,35")
    assert [name.split("+")[0] for name in classes(result).split()] == [
        "under_25", "25-34", "25-34", "35_plus", "unknown_age", "under_25", "35_plus", "unknown_age",
    ]  # fmt: skip
    holds(result, customers)


def test_households_of_many_are_one_class_and_another_gender_is_kept(table, classes) -> None:
    sizes = demographics.segment(_known(table, age_band=["20-29"] * 4, household_size=["1", "5+", "7", "x"]))
    assert classes(sizes) == "20-29+persons_1 20-29+persons_5 20-29+persons_5 unknown_household_size"
    assert classes(demographics.segment(_known(table, age_band=["20-29"] * 2, gender=["F", "diverse"]))) == "20-29+female 20-29+other"


def test_younger_bands_come_first(table) -> None:
    result = demographics.segment(_known(table, age_band=["25-34", "under 25", "100+", "35-44"], gender=["f"] * 4))
    assert [name.split("+")[0] for name in result.scheme.classes] == ["under_25", "25-34", "35-44", "100_plus"]


@pytest.mark.parametrize(
    ("params", "sentence"),
    [
        ({"ages": "35,25"}, "years that rise"),
        ({"ages": "10,25"}, "between 15 and 100"),
        ({"ages": "old"}, "ages is 'old'"),
        ({"second": "shoe size"}, "second is 'shoe size'"),
    ],
)
def test_a_value_that_means_nothing_is_refused(table, params: dict[str, str], sentence: str) -> None:
    with pytest.raises(ParameterError, match=sentence):
        demographics.segment(_known(table, birth_year=[1990], gender=["f"]), **params)


def test_ages_want_years_of_birth(table) -> None:
    with pytest.raises(ParameterError, match="only bands"):
        demographics.segment(_known(table, age_band=["25-34"], gender=["f"]), ages="25,35")


def test_without_categories_it_says_so(table) -> None:
    result = demographics.segment(_known(table, age_band=["25-34", "65+"], gender=["f", "m"]))
    assert "no_categories" in set(result.details["warnings"]["warning"])
    assert "category_index" not in result.details


def _baskets(shares: np.ndarray) -> pd.DataFrame:
    ids = [f"c{n}" for n in range(1, len(shares) + 1)]
    wide = pd.DataFrame(shares, columns=[f"k{n}" for n in range(shares.shape[1])])
    return wide.assign(customer_id=ids).melt("customer_id", var_name="category", value_name="spend")


def test_p_values_are_those_of_shuffles() -> None:
    draw = np.random.default_rng(3)
    x = draw.gamma(0.4, 1.0, (300, 4))
    x[:40, 1] *= 2.0
    shuffles = np.array([x[draw.permutation(300)[:40]].mean(axis=0) for _ in range(20_000)])
    found = x[:40].mean(axis=0)
    upper, lower = (shuffles >= found).mean(axis=0), (shuffles <= found).mean(axis=0)
    exact = 2 * np.minimum(upper, lower)
    given = shuffled(x, 40, found)
    assert given[exact > 0.001] == pytest.approx(exact[exact > 0.001], rel=0.25, abs=0.003)
    assert (given >= exact * 0.75).all()


def test_an_index_counted_by_hand() -> None:
    # 30 of 60 give all their money to k0, the other 30 half: .75 is everyone's share, 1 and .5 are theirs.
    shares = np.array([[1.0, 0.0]] * 30 + [[0.5, 0.5]] * 30)
    group = pd.Series(["a"] * 30 + ["b"] * 30, index=[f"c{n}" for n in range(1, 61)])
    table = compare(_baskets(shares), {"class": group}).set_index(["group", "category"])
    assert table["index"].round(6).to_dict() == {
        ("a", "k0"): 133.333333, ("a", "k1"): 0.0, ("b", "k0"): 66.666667, ("b", "k1"): 200.0,
    }  # fmt: skip
    assert (table["verdict"] == "stands_out").all()
    assert (table["customers"] == 30).all()


def test_one_line_more_or_less_is_no_vote_more() -> None:
    shares = np.array([[3.0, 1.0]] * 35 + [[1.0, 1.0]] * 35)
    group = pd.Series(["a"] * 35 + ["b"] * 35, index=[f"c{n}" for n in range(1, 71)])
    heavy = shares * np.where(np.arange(70) % 2, 50.0, 1.0)[:, None]
    one, other = (compare(_baskets(x), {"class": group}) for x in (shares, heavy))
    pd.testing.assert_frame_equal(one, other)


def test_groups_below_thirty_are_not_compared() -> None:
    group = pd.Series(["a"] * 29 + ["b"] * 40, index=[f"c{n}" for n in range(1, 70)])
    table = compare(_baskets(np.ones((69, 2))), {"class": group})
    assert set(table["group"]) == {"b"}


def test_where_nothing_is_different_hardly_anything_stands_out() -> None:
    """200 worlds of skewed, rare categories without a difference: a claim in at most one of twenty."""
    claims = 0
    for seed in range(200):
        draw = np.random.default_rng(seed)
        baskets = draw.gamma(1.0, 1.0, (260, 12)) * (draw.random((260, 12)) < np.linspace(0.03, 0.9, 12))
        baskets[:, 11] += 0.01
        group = pd.Series(draw.choice(list("abcd"), 260, p=[0.15, 0.2, 0.25, 0.4]), index=[f"c{n}" for n in range(1, 261)])
        claims += (compare(_baskets(baskets), {"class": group})["verdict"] == "stands_out").any()
    assert claims <= 10


@pytest.fixture(scope="module")
def households() -> pd.DataFrame:
    return seglib.demo().customers(as_of="2017-09-30", window_days=273, facts=demographics.FACTS)


def test_the_grocery_chain_has_no_genders_but_households(households, holds) -> None:
    result = demographics.segment(households)
    outside = result.profile[result.profile["outside"]].set_index("segment")["customers"]
    assert outside.to_dict() == {"unknown_age": 1645}
    assert sum("persons_" in name for name in result.scheme.classes) == 30
    holds(result, households)


def test_young_households_buy_diapers_and_not_one_department_stands_out(households) -> None:
    departments = demographics.segment(households)
    assert departments.details["category_index"].empty
    tables = seglib.demo().tables
    lines = tables["orders"].join(tables["products"], "product_id")
    lines = lines.filter(lines.ordered_at < "2017-10-01").group_by("customer_id", "category").aggregate(spend=lines.amount.sum())
    ages = households.dropna(subset="age_band").set_index("customer_id")["age_band"]
    found = compare(lines.execute().astype({"spend": float}), {"age": ages})
    assert len(found) > 1000
    stands = found[found["verdict"] == "stands_out"].set_index(["group", "category"])["index"]
    # Published on the same panel: 213.
    assert stands["25-34", "DIAPERS & DISPOSABLES"] == pytest.approx(213, abs=8)
    assert len(stands) < 50


def test_categories_are_those_of_the_side_frame(table) -> None:
    shares = np.array([[1.0, 0.0]] * 40 + [[0.5, 0.5]] * 40)
    customers = _known(table, age_band=["25-34"] * 40 + ["65+"] * 40, gender=["f"] * 80)
    customers.attrs["facts"] = Facts({"category_lines": _baskets(shares).assign(lines=1)})
    found = demographics.segment(customers).details["category_index"]
    assert set(found["category"]) == {"k0", "k1"}
    assert set(found["group"]) >= {"25-34+female", "65_plus+female"}


def test_single_years_where_bands_are_meant_are_put_into_bands(table, classes) -> None:
    years = [*range(18, 40), 101, None]
    customers = table(age_band=[None if year is None else f"{year}.0" for year in years], gender=["f"] * len(years))
    found = classes(demographics.segment(customers)).split()
    assert found[0] == "under_25+female"
    assert found[7] == "25-34+female"
    assert found[-2:] == ["unknown_age", "unknown_age"]
    assert len(set(found)) == 4
