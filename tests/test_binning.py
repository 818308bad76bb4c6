"""Tier rules and their cuts: numbers to count by hand first, then rules that hold for any numbers."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from seglib import binning
from seglib.binning import Bins, Tiers, cut, fit, parse, round12
from seglib.errors import DataError, ParameterError
from seglib.rules import Score

DOLLARS = st.integers(0, 10**7).map(lambda cents: cents / 100)
SPENDS = st.lists(st.integers(1, 60).map(lambda cents: cents / 100) | DOLLARS, min_size=2, max_size=60)
RULES = ("quantile:5", "quantile:3", "top:10,80,10", "top:20,30,50", "share:0.8,0.95", "mean", "median", "fixed:1,10,100", "natural:4")


def scores(values: list[float], bins: Bins) -> list[int]:
    """Scores of values, one at a time, as the definition says."""
    score = Score.fitted("S", "spend", bins)
    return [score.of(value) for value in values]


# --- spelling -------------------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("spelling", "tiers", "classes"),
    [
        ("quantile:5", Tiers("quantile", (5,)), 5),
        ("share:0.8,0.95", Tiers("share", (0.8, 0.95)), 3),
        ("top:10,80,10", Tiers("top", (10, 80, 10)), 3),
        ("mean", Tiers("mean"), 2),
        ("median", Tiers("median"), 2),
        ("fixed:30,90,365", Tiers("fixed", (30, 90, 365)), 4),
        ("natural:5", Tiers("natural", (5,)), 5),
        ("quantile:4+own1", Tiers("quantile", (4,), own1=True), 4),
        ("clock", Tiers("clock"), 5),
        ("natural:3+own1", Tiers("natural", (3,), own1=True), 3),
        ("median+own1", Tiers("median", (), own1=True), 3),
        ("top:20,30,50+own1", Tiers("top", (20, 30, 50), own1=True), 4),
        ("fixed:2,5+own1", Tiers("fixed", (2, 5), own1=True), 4),
        (" Top: 10, 80 ,10 ", Tiers("top", (10, 80, 10)), 3),
        ("top：10，80，10", Tiers("top", (10, 80, 10)), 3),
        ("fixed:-5,0,1e3", Tiers("fixed", (-5, 0, 1000)), 4),
    ],
)
def test_a_rule_is_read_and_counts_its_classes(spelling: str, tiers: Tiers, classes: int) -> None:
    assert parse(spelling) == tiers
    assert parse(spelling).classes == classes


FIVE_FAULTS = {
    "no rule": ("", "deciles", "quantiles:5", "5", ":", "+own1", "None"),
    "takes no numbers": ("mean:3", "median:1,2", "mean:x"),
    "whole number of classes": (
        "quantile", "quantile:1", "quantile:2.5", "quantile:5,5", "quantile:0", "quantile:-3", "quantile:101", "quantile:x", "quantile:nan",
        "quantile:inf", "natural", "natural:1", "quantile:2+own1",
    ),
    "add up to 100": ("top", "top:100", "top:10,80", "top:50,60,-10", "top:0,100", "top:a,b", "top:nan,50,50"),
    "rise between 0 and 1": ("share", "share:0.95,0.8", "share:0,0.5", "share:0.5,1", "share:80,95", "share:0.8,0.8", "share:nan"),
    "are numbers and rise": ("fixed", "fixed:3,2", "fixed:1,1", "fixed:a", "fixed:nan", "fixed:inf", "fixed:1,,2", "fixed:1,000"),
}  # fmt: skip


@pytest.mark.parametrize(("says", "spelling"), [(says, one) for says, many in FIVE_FAULTS.items() for one in many])
def test_a_rule_that_cannot_be_followed_is_refused_with_all_spellings(says: str, spelling: str) -> None:
    with pytest.raises(ParameterError) as caught:
        parse(spelling)
    sentence = str(caught.value)
    assert says in sentence
    assert repr(spelling) in sentence
    assert "quantile:5 | share:0.8,0.95 | top:10,80,10" in sentence


@st.composite
def rules(draw: st.DrawFn) -> Tiers:
    kind = draw(st.sampled_from(sorted(binning.FAULTS)))
    own1 = kind != "clock" and draw(st.booleans())
    rising = st.lists(st.floats(-1e9, 1e9, allow_subnormal=False).map(lambda x: round(x, 3)), min_size=1, max_size=6, unique=True).map(
        sorted
    )
    shares = st.lists(st.integers(1, 999).map(lambda x: x / 1000), min_size=1, max_size=5, unique=True).map(sorted)
    whole = st.integers(3, 100).map(lambda n: (n,))
    percent = st.lists(st.integers(1, 30), min_size=1, max_size=3).map(lambda found: (*found, 100 - sum(found)))
    numbers = {"quantile": whole, "natural": whole, "top": percent, "share": shares, "fixed": rising}.get(kind, st.just(()))
    return Tiers(kind, tuple(float(number) for number in draw(numbers)), own1)


@given(rules())
def test_a_rule_reads_back_what_it_writes(tiers: Tiers) -> None:
    assert parse(str(tiers)) == tiers
    assert str(parse(str(tiers))) == str(tiers)


# --- twelve digits --------------------------------------------------------------------------------------------------------------------


@given(st.floats(allow_nan=False, allow_infinity=False))
def test_rounding_moves_a_number_by_less_than_a_unit_of_the_twelfth_digit_and_only_once(value: float) -> None:
    rounded = float(round12(value))
    assert abs(rounded - value) <= 0.51e-11 * abs(value)
    assert float(round12(rounded)) == rounded
    assert float(round12(-value)) == -rounded


@given(st.integers(-(10**12) + 1, 10**12 - 1), st.integers(-6, 10))
def test_a_number_of_twelve_digits_is_the_nearest_float_of_its_decimal_whatever_the_unit(digits: int, exponent: int) -> None:
    """So that a sum taken in cents, in dollars or in thousands is one and the same number afterwards. Money has six decimals."""
    decimal = float(f"{digits}e{exponent}")
    assert float(round12(decimal)) == decimal
    for unit, moved in ((0.001, -3), (0.1, -1), (1000.0, 3)):
        assert float(round12(decimal * unit)) == float(f"{digits}e{exponent + moved}")


def test_rounding_leaves_nought_missing_and_infinite_values() -> None:
    found = round12([0.0, math.nan, math.inf, -math.inf, 1e-320, 1.7e308])
    assert found.tolist()[2:] == [math.inf, -math.inf, 1e-320, 1.7e308]
    assert found[0] == 0
    assert math.isnan(found[1])


def test_sums_of_the_same_money_in_another_order_become_equal() -> None:
    one, other = 0.1 + 0.2 + 0.3, 0.3 + 0.2 + 0.1
    assert one != other
    assert float(round12(one)) == float(round12(other)) == 0.6


# --- cuts to count by hand ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("rule", "better", "expected"),
    [
        # Type 7 on 1..9: the quintiles stand at 1 + 8 k / 5.
        ("quantile:5", "high", Bins((2.6, 4.2, 5.8, 7.4), "right", (1, 2, 3, 4, 5))),
        ("quantile:5", "low", Bins((2.6, 4.2, 5.8, 7.4), "right", (5, 4, 3, 2, 1))),
        ("quantile:3+own1", "high", Bins((5,), "right", (2, 3))),
        ("top:25,25,50", "high", Bins((5, 7), "right", (1, 2, 3))),
        ("top:25,25,50", "low", Bins((3, 5), "right", (3, 2, 1))),
        ("mean", "high", Bins((5,), "left", (1, 2))),
        ("mean", "low", Bins((5,), "right", (2, 1))),
        ("median", "high", Bins((5,), "left", (1, 2))),
        ("fixed:3,6,60", "high", Bins((3, 6, 60), "left", (1, 2, 3, 4))),
        ("fixed:3,6,60", "low", Bins((3, 6, 60), "right", (4, 3, 2, 1))),
        # 45 in all. Above 6 stand 24 of 45 < .6, above 5 stand 30 > .6: so the class of the first 60 % begins with 6 …
        ("share:0.6,0.9", "high", Bins((3, 6), "left", (1, 2, 3))),
    ],
)
def test_cuts_on_one_to_nine(rule: str, better: binning.Better, expected: Bins) -> None:
    found = fit(range(1, 10), rule, better=better)
    assert found == expected


def test_a_value_at_a_cut_is_in_the_better_class_where_the_cut_was_named() -> None:
    """ "≥ 50", "≤ 90 days"; the other rules are right-closed on the raw value."""
    assert scores([49.99, 50, 50.01], fit([0, 1], "fixed:50")) == [1, 2, 2]
    assert scores([89, 90, 91], fit([0, 1], "fixed:90", better="low")) == [2, 2, 1]
    assert scores([1, 2, 3], fit([1, 2, 3], "median")) == [1, 2, 2]
    assert scores([1, 2, 3], fit([1, 2, 3], "median", better="low")) == [2, 2, 1]
    assert scores([1, 2, 3], fit([1, 2, 3], "quantile:2")) == [1, 1, 2]
    assert scores([1, 2, 3], fit([1, 2, 3], "quantile:2", better="low")) == [2, 2, 1]


def test_shares_put_whoever_crosses_the_line_in_the_better_class_and_equal_values_together() -> None:
    # 100 in all: above 50 stands nothing, above 30 stands .5, above 10 stands .8, which is not less than .8.
    assert fit([50, 30, 10, 10], "share:0.8") == Bins((30,), "left", (1, 2))
    assert scores([50, 30, 10, 10], fit([50, 30, 10, 10], "share:0.8,0.95")) == [3, 3, 2, 2]
    # The two who hold 10 each are decided together, although one of them alone would pass .8.
    assert scores([40, 30, 10, 10, 10], fit([40, 30, 10, 10, 10], "share:0.75")) == [2, 2, 2, 2, 2]


def test_shares_are_of_what_is_above_nought() -> None:
    assert fit([-100, 0, 10, 90], "share:0.8") == Bins((90,), "left", (1, 2))


def test_natural_breaks_fall_into_the_gaps() -> None:
    assert fit([1, 2, 3, 20, 21, 22, 100], "natural:3") == Bins((3, 22), "right", (1, 2, 3))
    assert fit([1, 1, 1, 50, 50, 99], "natural:2").cuts == (1,)


def test_natural_breaks_between_partitions_as_good_as_each_other_take_the_lowest_cut_in_any_unit() -> None:
    for unit in (0.001, 1, 1000):
        assert fit(np.arange(1, 8) * unit, "natural:2").cuts == (float(round12(3 * unit)),)


def exhaustive(values: list[float], classes: int) -> float:
    """Least sum of squared deviations over all partitions of the sorted distinct values."""
    from itertools import combinations

    array = np.sort(np.asarray(values, dtype=float))
    distinct = np.unique(array)
    best = math.inf
    for inside in combinations(distinct[:-1], min(classes, len(distinct)) - 1):
        group = cut(array, inside)
        best = min(best, sum(float(((array[group == g] - array[group == g].mean()) ** 2).sum()) for g in np.unique(group)))
    return best


@given(st.lists(st.integers(0, 40), min_size=2, max_size=14).filter(lambda found: len(set(found)) > 1), st.integers(2, 4))
def test_natural_breaks_are_the_best_there_are(values: list[int], classes: int) -> None:
    array = np.asarray(values, dtype=float)
    group = cut(array, fit(values, Tiers("natural", (classes,))).cuts)
    within = sum(((array[group == g] - array[group == g].mean()) ** 2).sum() for g in np.unique(group))
    assert within == pytest.approx(exhaustive(values, classes), abs=1e-9)


# --- ties -----------------------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("values", "rule", "better", "expected"),
    [
        # Equal cuts are merged and keep the highest rank: who stands above three merged cuts is in class 4.
        ([1, 1, 1, 1, 1, 1, 1, 2, 3, 4], "quantile:5", "high", Bins((1, 2.2), "right", (1, 4, 5))),
        # The largest values are tied, so that nobody stands above the last cut: the topmost class reached is the top.
        ([1, 2, 9, 9, 9, 9, 9, 9, 9, 9], "quantile:5", "high", Bins((7.6,), "right", (1, 5))),
        ([1, 1, 1, 1, 1, 1, 1, 2, 3, 4], "quantile:5", "low", Bins((1, 2.2), "right", (5, 2, 1))),
        ([1, 2, 9, 9, 9, 9, 9, 9, 9, 9], "quantile:5", "low", Bins((7.6,), "right", (5, 4))),
        ([1, 1, 1, 5], "median", "high", Bins((1,), "left", (1, 2))),
        ([1, 5, 5, 5], "median", "high", Bins((5,), "left", (1, 2))),
        ([1, 2, 3], "natural:5", "high", Bins((1, 2), "right", (3, 4, 5))),
        ([1, 2, 3], "natural:5", "low", Bins((1, 2), "right", (5, 4, 3))),
    ],
)
def test_tied_values_merge_cuts_and_the_best_keeps_the_top_score(
    values: list[float], rule: str, better: binning.Better, expected: Bins
) -> None:
    assert fit(values, rule, better=better) == expected


def test_a_fixed_cut_beyond_the_data_stays() -> None:
    assert fit([1, 2], "fixed:10,100") == Bins((10, 100), "left", (1, 2, 3))


def test_fixed_cuts_need_no_data() -> None:
    assert fit([], "fixed:10").cuts == (10,)
    assert fit([5, 5, 5], "fixed:10").cuts == (10,)


@pytest.mark.parametrize("rule", [rule for rule in RULES if not rule.startswith("fixed")])
@pytest.mark.parametrize(
    ("values", "found"), [([], "0 values, 0 distinct"), ([7, 7, 7], "3 values, 1 distinct"), ([math.nan, 7], "1 values, 1")]
)
def test_values_that_do_not_differ_cannot_be_divided(rule: str, values: list[float], found: str) -> None:
    with pytest.raises(DataError, match="not enough unique values") as caught:
        fit(values, rule)
    assert found in str(caught.value)
    assert str(caught.value).startswith(rule)
    assert "Give fixed cuts" in str(caught.value)


def test_values_that_differ_only_in_the_last_bits_do_not_differ() -> None:
    with pytest.raises(DataError, match="1 distinct"):
        fit([0.3, 0.1 + 0.2], "quantile:2")


def test_nobody_holds_a_share_of_nothing() -> None:
    with pytest.raises(DataError, match="none of the 3 values is above 0, so nobody holds a share"):
        fit([-2, -1, 0], "share:0.8")


def test_missing_values_are_not_fitted_on() -> None:
    assert fit([1, 2, math.nan, 3, math.nan], "median") == fit([1, 2, 3], "median")


# --- what holds for any numbers -------------------------------------------------------------------------------------------------------

any_rule = pytest.mark.parametrize("rule", RULES)


@any_rule
@given(values=SPENDS, better=st.sampled_from(["high", "low"]), data=st.data())
def test_scores_follow_the_values_ties_stay_together_and_row_order_does_not_matter(
    rule: str, values: list[float], better: binning.Better, data: st.DataObject
) -> None:
    if len(set(values)) == 1:
        return
    bins = fit(values, rule, better=better)
    shuffled = data.draw(st.permutations(values))
    assert fit(shuffled, rule, better=better) == bins
    assert list(bins.cuts) == sorted(set(bins.cuts))
    found = scores(sorted(values), bins)
    steps = np.diff(found) if better == "high" else -np.diff(found)
    assert (steps >= 0).all()
    assert all(a == b for a, b, same in zip(found, found[1:], np.diff(sorted(values)) == 0, strict=False) if same)
    assert max(bins.scores) == parse(rule).classes
    assert min(bins.scores) >= 1
    # The best customer is in the top class, unless fixed cuts say that nobody has reached it.
    if not rule.startswith("fixed"):
        assert found[-1 if better == "high" else 0] == parse(rule).classes


@any_rule
@pytest.mark.parametrize("unit", [0.001, 1000])
@given(values=SPENDS, better=st.sampled_from(["high", "low"]))
def test_the_currency_unit_changes_no_score(rule: str, unit: float, values: list[float], better: binning.Better) -> None:
    if len(set(values)) == 1:
        return
    other = ",".join(f"{number * unit:.12g}" for number in parse(rule).numbers)
    before = fit(values, rule, better=better)
    after = fit(np.asarray(values) * unit, f"fixed:{other}" if rule.startswith("fixed") else rule, better=better)
    assert scores(values, before) == scores(round12(np.asarray(values) * unit).tolist(), after)


# --- cut ------------------------------------------------------------------------------------------------------------------------------


def test_cut_numbers_the_intervals_on_either_side() -> None:
    assert cut([1, 2, 3, 4, 5], [2, 4]).tolist() == [1, 1, 2, 2, 3]
    assert cut([1, 2, 3, 4, 5], [2, 4], closed="left").tolist() == [1, 2, 2, 3, 3]
    assert cut([math.nan, 1], [2]).tolist() == [0, 1]
    assert cut([], [2]).tolist() == []
    assert cut([3, 4], []).tolist() == [1, 1]


@given(st.lists(st.floats(-1e6, 1e6), min_size=1, max_size=30), st.lists(st.integers(-20, 20), unique=True, max_size=6).map(sorted))
def test_cut_agrees_with_a_score_one_by_one(values: list[float], cuts: list[int]) -> None:
    for closed in ("left", "right"):
        score = Score("S", "x", tuple(map(float, cuts)), tuple(range(1, len(cuts) + 2)), closed)
        edges = [*values, *map(float, cuts)]
        assert cut(edges, cuts, closed=closed).tolist() == [score.of(value) for value in edges]


@pytest.mark.parametrize(
    ("days", "usual", "long", "cuts", "scores"),
    [
        ([1, 2, 3, 4, 5, 6, 9, 40], 6, 30, (2, 4, 6, 30), (5, 4, 3, 2, 1)),
        ([0, 0, 0, 0, 6, 9], 6, 30, (0, 6, 30), (5, 3, 2, 1)),  # both thirds end on day 0: nobody scores 4
        ([6, 6, 6], 6, 30, (6, 30), (5, 2, 1)),
        ([1, 2, 3], 6, 6, (1, 2, 6), (5, 4, 3, 1)),  # one gap for all: nobody scores 2
        ([40, 50], 6, 30, (2, 4, 6, 30), (5, 4, 3, 2, 1)),  # nobody is within: thirds of the gap itself
    ],
)
def test_recency_by_the_clock(days, usual, long, cuts, scores):
    assert binning.fit_clock(days, usual, long) == Bins(cuts, "right", scores)
