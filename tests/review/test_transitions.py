"""Finished matrices and lists of classes: published chains whose answers are known, hand-counted moves, and sentences for what is none."""

from __future__ import annotations

from decimal import Decimal

import numpy as np
import pandas as pd
import pytest

from seglib.errors import DataError, TableError
from seglib.review import bartholomew, moves_between, steady_state, transitions

#: Kemeny and Snell (1960), weather in the Land of Oz: rain, nice, snow.
OZ = [[0.5, 0.25, 0.25], [0.5, 0.0, 0.5], [0.25, 0.25, 0.5]]
#: S. J. Prais (1955), Measuring social mobility: classes of sons by those of their fathers, England 1949.
PRAIS = [
    [0.388, 0.146, 0.202, 0.062, 0.140, 0.047, 0.015],
    [0.107, 0.267, 0.227, 0.120, 0.206, 0.053, 0.020],
    [0.035, 0.101, 0.188, 0.191, 0.357, 0.067, 0.061],
    [0.021, 0.039, 0.112, 0.212, 0.430, 0.124, 0.062],
    [0.009, 0.024, 0.075, 0.123, 0.473, 0.171, 0.125],
    [0.000, 0.013, 0.041, 0.088, 0.391, 0.312, 0.155],
    [0.000, 0.008, 0.036, 0.083, 0.364, 0.235, 0.274],
]
#: D. Quah (1993), Empirical cross-section dynamics in economic growth: incomes of countries from one year to the next.
QUAH = [
    [0.97, 0.03, 0, 0, 0],
    [0.05, 0.92, 0.04, 0, 0],
    [0, 0.04, 0.92, 0.04, 0],
    [0, 0, 0.04, 0.94, 0.02],
    [0, 0, 0, 0.01, 0.99],
]


def test_the_weather_in_the_land_of_oz():
    found = transitions(OZ, classes=("rain", "nice", "snow"), ordered=False)
    assert found.steady.set_index("segment")["steady"].to_dict() == pytest.approx({"rain": 0.4, "nice": 0.2, "snow": 0.4})
    periods = found.passage["periods"].to_numpy().reshape(3, 3)
    assert periods == pytest.approx(np.array([[2.5, 4, 10 / 3], [8 / 3, 5, 8 / 3], [10 / 3, 4, 2.5]]))
    assert found.value("shorrocks") == 1
    assert np.isnan(found.value("bartholomew"))


def test_fathers_and_sons_settle_as_published():
    found = transitions(PRAIS)
    assert found.steady["steady"].to_numpy() == pytest.approx([0.023, 0.042, 0.088, 0.127, 0.409, 0.182, 0.129], abs=0.001)
    assert found.value("shorrocks") == pytest.approx((7 - 2.114) / 6)
    # Percentages and whole multiples are the same chain.
    again = transitions(pd.DataFrame(PRAIS) * 100)
    for name in ("shorrocks", "bartholomew", "second_eigenvalue"):
        assert again.value(name) == pytest.approx(found.value(name), abs=1e-9)


def test_rich_and_poor_countries_hardly_move():
    found = transitions(QUAH)
    assert found.steady["steady"].to_numpy() == pytest.approx([0.24, 0.18, 0.16, 0.16, 0.27], abs=0.04)  # of two decimals
    # Rows that rounding left at 1.01 count as 1.
    assert found.value("shorrocks") == pytest.approx((5 - (0.97 + 0.92 / 1.01 + 0.92 + 0.94 + 0.99)) / 4)
    assert found.value("bartholomew") == pytest.approx((0.03 + 0.09 / 1.01 + 0.08 + 0.06 + 0.01) / 5 / 4)


def test_shares_before_weigh_and_counts_have_intervals():
    counts = [[40, 10], [0, 100]]
    found = transitions(counts)
    assert (found.value("bartholomew"), found.value("bartholomew_uniform")) == pytest.approx((10 / 150, 0.1))
    assert found.value("stays") == pytest.approx(140 / 150)
    row = found.summary.set_index("measure").loc["bartholomew"]
    assert row["low"] < row["value"] < row["high"]
    shares = transitions([[0.8, 0.2], [0, 1]], before=[50, 100])
    assert shares.value("bartholomew") == pytest.approx(10 / 150)
    assert shares.summary[["low", "high"]].isna().all(axis=None)
    assert bartholomew([[0.8, 0.2], [0, 1]], "uniform") == pytest.approx(0.1)
    # A class that is never left: no steady state, but indices all the same.
    assert found.steady.empty
    assert found.passage.empty
    assert steady_state([[90, 10], [40, 60]]) == pytest.approx([0.8, 0.2])


def test_two_lists_with_money_by_hand():
    before = pd.Series({"a": "high", "b": "low", "c": "low", "l": "high"})
    after = {"a": "low", "b": "low", "d": "high", "l": "no_orders_in_window"}
    found = moves_between(
        before, after, {"a": 5, "b": 2.5, "c": 1, "l": 4}, {"a": 1, "b": 3, "d": 9.01}, classes=("high", "low"), ordered=True
    )
    kinds = found.people.set_index("customer_id")["kind"].to_dict()
    assert kinds == {"a": "behaviour", "b": "stay", "c": "gone", "d": "new", "l": "lapsed"}
    assert found.moves["change"].sum() == Decimal("13.01") - Decimal("12.5")
    assert (found.value("stays"), found.value("down"), found.value("bartholomew")) == (0.5, 0.5, 0.5)
    assert "without the orders" in found.floor.reason
    # Names in a frame, in the order of their categories; ids as numbers.
    frame = pd.DataFrame({"customer_id": [1, 2], "segment": pd.Categorical(["B", "A"], categories=["B", "A"])})
    again = moves_between(frame, frame.iloc[:1])
    assert again.classes_inside == ("B", "A")
    assert again.value("gone") == 1


@pytest.mark.parametrize(
    ("matrix", "given", "sentence"),
    [
        ([[1, 2, 3], [4, 5, 6]], {}, "square; this one is 2 x 3"),
        ([], {}, "square"),
        ([[1, -1], [0, 1]], {}, "none is below 0"),
        ([[1, np.nan], [0, 1]], {}, "none is missing"),
        ([["x", 1], [0, 1]], {}, "numbers alone"),
        ([[1, 0], [0, 1]], {"classes": ("a", "a")}, "2 different names"),
        ([[1, 0], [0, 1]], {"before": (1, 2, 3)}, "each of the 2 classes"),
        (pd.DataFrame([[1, 2], [3, 4]], index=["a", "b"], columns=["a", "gone"]), {}, "b, gone stand on one side alone"),
    ],
)
def test_what_is_no_matrix_is_refused_in_a_sentence(matrix, given, sentence):
    with pytest.raises(TableError, match=sentence):
        transitions(matrix, **given)


def test_what_is_no_list_is_refused_in_a_sentence():
    with pytest.raises(DataError, match="nobody stands in either list"):
        moves_between({}, {})
    with pytest.raises(TableError, match="columns customer_id and segment"):
        moves_between(pd.DataFrame({"id": [1]}), {})
    twice = pd.DataFrame({"customer_id": ["a", "a"], "segment": ["x", "y"]})
    with pytest.raises(TableError, match="stand more than once"):
        moves_between(twice, twice)
