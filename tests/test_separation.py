"""Dip, valleys and prediction strength: against their definitions, by hand, and on worlds whose answer is known."""

from __future__ import annotations

import itertools

import numpy as np
import pandas as pd
import pytest
from scipy.optimize import linprog
from sklearn.datasets import load_iris
from sklearn.metrics import calinski_harabasz_score, davies_bouldin_score, silhouette_score

from seglib.errors import DataError, ParameterError
from seglib.separation import Separation, agreement, dip, examine, examine_each, gaussians, kmeans, prediction_strength, unimodality
from seglib.separation.valleys import _holm, _strength


def dip_by_definition(values: np.ndarray) -> float:
    """The least distance to a distribution function with one mode, as one linear program for each place the mode can have.

    Unknowns: the function left of the mode (convex, up to its left limit there), right of it (concave), and the distance.
    """
    places, counts = np.unique(values, return_counts=True)
    upto = np.cumsum(counts) / counts.sum()
    below = upto - counts / counts.sum()
    return min(_with_mode_at(k, places, below, upto) for k in range(len(places)))


def _with_mode_at(k: int, places: np.ndarray, below: np.ndarray, upto: np.ndarray) -> float:
    at = [*range(k + 1), *range(k, len(places))]
    left, size = k + 1, len(at) + 1
    rows, bounds = [], []

    def no_more_than(bound: float, **terms: float) -> None:
        row = np.zeros(size)
        for name, weight in terms.items():
            row[int(name[1:])] += weight
        rows.append(row)
        bounds.append(bound)

    distance = f"x{size - 1}"
    for i, place in enumerate(at):
        last_left, first_right = i == left - 1, i == left
        if not first_right:  # the limit from the left lies within the distance of the corner below
            no_more_than(below[place], **{f"x{i}": 1, distance: -1})
            no_more_than(-below[place], **{f"x{i}": -1, distance: -1})
        if not last_left:
            no_more_than(upto[place], **{f"x{i}": 1, distance: -1})
            no_more_than(-upto[place], **{f"x{i}": -1, distance: -1})
    for i in range(size - 2):
        no_more_than(0, **{f"x{i}": 1, f"x{i + 1}": -1})
    for part, sign in ((range(1, left - 1), 1), (range(left + 1, size - 2), -1)):
        for i in part:
            before, after = places[at[i]] - places[at[i - 1]], places[at[i + 1]] - places[at[i]]
            weights = {f"x{i - 1}": -sign / before, f"x{i}": sign * (1 / before + 1 / after), f"x{i + 1}": -sign / after}
            no_more_than(0, **weights)
    solved = linprog([*np.zeros(size - 1), 1], A_ub=np.array(rows), b_ub=bounds, bounds=[(0, 1)] * (size - 1) + [(0, None)])
    return float(solved.fun)


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ([5.0], 1 / 2),
        ([3.0, 3.0, 3.0, 3.0], 1 / 8),  # one place: nothing to pay, so the least of n = 4
        ([0.0, 1.0], 1 / 4),
        ([1.0, 2.0, 3.0, 4.0], 1 / 8),  # evenly spaced: as single-peaked as four values can be
        ([0.0, 0.0, 0.0, 9.0, 9.0, 9.0], 1 / 4),  # two heaps: one of them is the mode, half of the other is paid
        ([0.0, 1.0, 1.0, 1.0, 1.0, 2.0], 1 / 12),  # a heap at the mode costs nothing
    ],
)
def test_dip_of_a_few_values_by_hand(values, expected):
    assert dip(values).statistic == pytest.approx(expected, abs=1e-12)


@pytest.mark.parametrize("seed", range(40))
def test_dip_is_the_least_distance_to_a_single_peak(seed):
    rng = np.random.default_rng(seed)
    n = int(rng.integers(3, 12))
    values = [rng.random(n), rng.exponential(size=n), np.r_[rng.normal(0, 0.1, n), rng.normal(3, 0.5, 5)], rng.integers(0, 6, n) * 1.0][
        seed % 4
    ]
    assert dip(values).statistic == pytest.approx(max(dip_by_definition(values), 1 / (2 * len(values))), abs=1e-9)


def test_many_samples_at_once_give_what_one_by_one_gives():
    rng = np.random.default_rng(4)
    samples = np.sort(rng.random((50, 60)), axis=1)
    rank = np.tile(np.arange(60), 50)
    together = unimodality._gaps(samples.ravel(), rank / 60, (rank + 1) / 60, np.arange(50) * 60) / 2
    np.testing.assert_allclose(together, [dip(sample).statistic for sample in samples], atol=1e-12)


def test_a_lone_end_does_not_change_the_hull_that_is_walked(monkeypatch):
    # Such a curve sheds one corner a pass, so its hull is walked; leaving the lone end out must leave the rest of the answer alone.
    values = np.r_[-1000.0, np.random.default_rng(1).exponential(size=20_000)]
    walked = []
    by_walking = unimodality._hull_one_by_one
    monkeypatch.setattr(unimodality, "_hull_one_by_one", lambda x, y, points: walked.append(len(points)) or by_walking(x, y, points))
    lone = unimodality.dip_statistic(values)
    assert walked
    assert max(walked) < len(values) / 4
    assert lone == pytest.approx(unimodality.dip_statistic(values[1:]), abs=1e-4)
    assert dip_by_definition(values[:9]) == pytest.approx(dip(values[:9]).statistic, abs=1e-9)


def test_p_is_the_share_of_uniform_samples_with_as_large_a_dip():
    rng = np.random.default_rng(8)
    p = np.array([dip(rng.random(90)).p for _ in range(400)])
    # n = 90 lies between two tables; under the null p is as good as uniform.
    assert abs((p < 0.05).mean() - 0.05) < 0.03
    assert abs((p < 0.5).mean() - 0.5) < 0.08
    assert dip(rng.normal(size=3000)).p > 0.5
    assert dip([1.0, 2.0, 3.0]).p == 1


def test_dip_does_not_depend_on_order_scale_or_direction():
    rng = np.random.default_rng(2)
    values = np.r_[rng.normal(0, 1, 300), rng.normal(4, 1, 500)]
    first = dip(values)
    assert dip(rng.permutation(values)) == first
    assert dip(values * 1000).statistic == pytest.approx(first.statistic, abs=1e-12)
    assert dip(-values).statistic == pytest.approx(first.statistic, abs=1e-12)
    statistic, p = first
    assert statistic > 0.03
    assert p == 1 / 2001


def test_a_seed_and_a_number_of_draws_decide_the_null_table():
    values = np.random.default_rng(3).random(200)
    assert dip(values, seed=5) == dip(values, seed=5)
    assert dip(values, seed=5).p != dip(values, seed=6).p
    assert dip(np.r_[np.zeros(50), np.ones(50)], draws=100).p == 1 / 101


def test_dip_of_nothing_or_of_missing_values_is_a_sentence():
    with pytest.raises(DataError, match="there are no values"):
        dip([])
    with pytest.raises(DataError, match="2 of 3 values are missing or infinite"):
        dip([1.0, np.nan, np.inf])
    with pytest.raises(ParameterError, match=r"draws is 9, so the smallest p would be 0\.1"):
        dip([1.0, 2.0], draws=9)


def groups(apart: float, *, seed: int = 1, size: int = 750, features: int = 3) -> np.ndarray:
    """Two Gaussian groups, so many standard deviations apart."""
    points = np.random.default_rng(seed).normal(size=(2 * size, features))
    points[:size, 0] += apart
    return points


def blobs(seed: int = 1) -> np.ndarray:
    """Four groups of 400, eight standard deviations apart."""
    rng = np.random.default_rng(seed)
    return np.vstack([rng.normal(size=(400, 2)) + centre for centre in itertools.product((0, 8), (0, 8))])


def continuum(seed: int, n: int = 1500) -> np.ndarray:
    """One elongated cloud."""
    return np.random.default_rng(seed).multivariate_normal([0, 0, 0], np.eye(3) * 0.3 + 0.7, n)


def valleys(found: Separation) -> tuple[int, int]:
    """Splits with a valley between every pair, and between some pair."""
    every = (found.splits["valleys"] == found.splits["pairs"]) & (found.splits["pairs"] > 0)
    return int(every.sum()), int((found.splits["valleys"] > 0).sum())


def test_groups_four_deviations_apart_are_found_and_three_mostly_not():
    far = [examine(groups(4, seed=seed), classes=2) for seed in range(5)]
    near = [examine(groups(3, seed=seed), classes=2) for seed in range(8)]
    assert [found.verdict for found in far] == ["natural"] * 5
    assert all(valleys(found) == (10, 10) for found in far)
    assert sum(valleys(found)[0] for found in near) < 40
    assert [found.verdict for found in near].count("natural") <= 3
    # Both are as reproducible: that is not what the verdict rests on.
    assert all(found.prediction_strength > 0.95 and found.agreement > 0.9 for found in far + near)


def test_one_continuum_has_no_natural_segments_though_it_is_cut_the_same_way_every_time():
    for seed in range(3):
        table = examine_each(continuum(seed, 2446), counts=(2, 3, 4))
        assert set(table["verdict"]) == {"constructive"}
        assert (table["splits_any_valley"] == 0).all()
        assert table.loc[0, "prediction_strength"] > 0.9
        assert table.loc[0, "agreement"] > 0.9


def test_null_worlds_make_a_claim_in_at_most_one_of_twenty():
    claims = sum(examine(continuum(seed, 300), classes=classes).verdict != "constructive" for seed in range(10) for classes in (2, 3))
    assert claims <= 1


def test_four_blobs_are_four_natural_segments_and_other_numbers_are_less():
    table = examine_each(blobs(), counts=(3, 4, 5)).set_index("classes")
    assert table.loc[4, "verdict"] == "natural"
    assert table.loc[4, "splits_all_valleys"] == 10
    assert table.loc[4, "prediction_strength"] > 0.99
    assert table.loc[3, "verdict"] == "partly"
    assert table.loc[5, "verdict"] == "partly"


def test_iris_has_two_groups_and_never_three():
    flowers = load_iris().data
    two, three = examine(flowers, classes=2), examine(flowers, classes=3)
    assert two.verdict == "natural"
    assert valleys(two) == (10, 10)
    assert three.verdict != "natural"
    assert valleys(three)[0] == 0


def test_published_partitions_of_iris():
    flowers, species = load_iris(return_X_y=True)
    three = kmeans(flowers, 3, starts=20)
    labels = three.labels(flowers)
    assert three.score == pytest.approx(78.851441, abs=1e-5)
    assert sorted(np.bincount(labels)) == [38, 50, 62]
    assert silhouette_score(flowers, labels) == pytest.approx(0.552819, abs=1e-6)
    assert calinski_harabasz_score(flowers, labels) == pytest.approx(561.6278, abs=1e-4)
    assert davies_bouldin_score(flowers, labels) == pytest.approx(0.661972, abs=1e-6)
    assert agreement(species, labels) == pytest.approx(0.730238, abs=1e-6)
    two = kmeans(flowers, 2)
    assert two.score == pytest.approx(152.347952, abs=1e-5)
    assert silhouette_score(flowers, two.labels(flowers)) == pytest.approx(0.681046, abs=1e-6)
    assert gaussians(flowers, 3, starts=10).score == pytest.approx(-180.1855, abs=1e-3)
    assert gaussians(flowers, 3, starts=10, covariance="diag").score == pytest.approx(-307.1776, abs=1e-3)


def test_gaussian_mixtures_are_examined_like_centres():
    found = examine(blobs(), classes=4, cluster=gaussians, splits=3)
    assert found.verdict == "natural"
    assert examine(continuum(1, 600), classes=2, cluster=gaussians, splits=5).verdict == "constructive"


def test_a_partition_numbers_its_classes_by_their_centres():
    for cluster in (kmeans, gaussians):
        partition = cluster(blobs(), 4, seed=3)
        assert (np.diff(partition.centres[:, 0].round(0)) >= 0).all()
        assert (partition.labels(partition.centres) == np.arange(4)).all()


def test_prediction_strength_of_one_split_by_hand():
    # Class 0: 4 customers, 3 of them kept together: 3 of 6 pairs. Class 1: both together. Class 2 is one customer: nothing confirms it.
    assert _strength(np.array([0, 0, 0, 0, 1, 1]), np.array([5, 5, 5, 7, 7, 7])) == pytest.approx(0.5)
    assert _strength(np.array([0, 0, 1, 1]), np.array([1, 1, 0, 0])) == 1
    assert _strength(np.array([0, 0, 2]), np.array([0, 0, 0])) == 0


def test_prediction_strength_falls_with_too_many_classes():
    assert prediction_strength(blobs(), classes=4) > 0.99
    assert prediction_strength(blobs(), classes=6) < 0.8
    assert prediction_strength(blobs(), classes=1) == 1


def test_holm_by_hand():
    assert _holm([0.01, 0.04, 0.03]) == pytest.approx([0.03, 0.06, 0.06])
    assert _holm([0.9, 0.8]) == [1, 1]
    assert _holm([]) == []


def test_tables_say_what_the_verdict_rests_on():
    found = examine(blobs(), classes=4, splits=4)
    assert list(found.splits["split"]) == [1, 2, 3, 4]
    assert found.largest_p == found.splits["largest_p"].median()
    assert found.prediction_strength == pytest.approx(found.splits["prediction_strength"].mean())
    sizes = found.pairs.groupby("split").size()
    assert list(sizes) == list(found.splits["pairs"])
    assert (found.pairs["p_holm"] >= found.pairs["p"]).all()
    assert set(found.pairs.loc[found.pairs["split"] == 1, "first"]) <= {0, 1, 2}
    assert found.pairs["customers"].between(300, 800).all()


def test_row_order_names_and_currency_change_nothing():
    points = pd.DataFrame(np.vstack([groups(3.5, size=200), groups(3.5, size=200)[:40]]), columns=["a", "b", "c"])
    rng = np.random.default_rng(0)
    first = examine(points, classes=3, splits=4)
    kept = points.copy()
    shuffled = points.iloc[rng.permutation(len(points))].set_index(rng.random(len(points)))
    for other in (shuffled, points * 1000, points * 0.001):
        again = examine(other, classes=3, splits=4)
        assert again.verdict == first.verdict
        pd.testing.assert_frame_equal(again.splits, first.splits)
    pd.testing.assert_frame_equal(points, kept)
    assert not examine(points, classes=3, splits=4, seed=1).splits.equals(first.splits)


def test_more_than_2500_customers_are_sampled():
    found = examine(groups(5, size=20_000), classes=2, splits=2)
    assert found.pairs["customers"].tolist() == [1000, 1000]
    assert found.verdict == "natural"


def test_coinciding_customers_are_no_valley():
    few_values = np.repeat([[0.0, 0.0], [1.0, 0.0], [2.0, 0.0]], 40, axis=0)
    found = examine(few_values, classes=3, splits=2)
    assert found.splits["pairs"].tolist() == [2, 2]  # each class's second nearest is beside it; the ends are no neighbours of each other
    assert examine(np.r_[np.zeros((97, 2)), np.ones((3, 2))], classes=2, splits=3).prediction_strength <= 1


def test_features_that_cannot_be_examined_are_refused_in_a_sentence():
    with pytest.raises(DataError, match=r"one row a customer and at least one column; found shape \(3,\)"):
        examine([1.0, 2.0, 3.0], classes=2)
    with pytest.raises(DataError, match="1 rows have a missing or infinite feature"):
        examine([[1.0, 2.0], [np.nan, 1.0]], classes=2)
    with pytest.raises(ParameterError, match="7 classes were asked for; there must be at least 2 and no more than the 2 different rows"):
        prediction_strength([[1.0], [2.0], [2.0]], classes=7)
    with pytest.raises(DataError, match="5 customers are too few to be halved; at least 8"):
        examine(np.arange(5.0)[:, None], classes=2)
    with pytest.raises(ParameterError, match="splits is 0"):
        examine(np.arange(50.0)[:, None], classes=2, splits=0)
    with pytest.raises(DataError, match="cover 2 and 3 customers"):
        agreement([1, 2], [1, 2, 3])


def test_the_grocery_customers_are_one_continuum():
    """Two classes of them are drawn alike from either half, yet no split shows a valley between 2, 3 or 4 classes."""
    import seglib

    table = seglib.demo().customers(as_of="2017-09-30", window_days=273)
    buyers = table[(table["orders"] > 0) & (table["spend"] > 0)]
    spread = np.random.default_rng(0).uniform(0, 1, (2, len(buyers)))  # whole numbers, spread within their unit
    behaviour = np.column_stack(
        [np.log(buyers["days_since_last_order"] + spread[0] + 0.01), np.log(buyers["orders"] + spread[1]), np.log(buyers["spend"])]
    )
    found = examine_each((behaviour - behaviour.mean(axis=0)) / behaviour.std(axis=0), counts=(2, 3, 4))
    assert set(found["verdict"]) == {"constructive"}
    assert (found["splits_any_valley"] == 0).all()
    assert found.loc[0, "prediction_strength"] > 0.88
