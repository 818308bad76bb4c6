"""Cuts that others published: the R package rfm on mtcars, and mapclassify on California's employment density (O13, O40)."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from seglib.binning import cut, fit
from seglib.errors import DataError

# Miles per gallon of the 32 cars of Motor Trend 1974, as R ships them.
MTCARS_MPG = [
    21.0, 21.0, 22.8, 21.4, 18.7, 18.1, 14.3, 24.4, 22.8, 19.2, 17.8, 16.4, 17.3, 15.2, 10.4, 10.4,
    14.7, 32.4, 30.4, 33.9, 21.5, 15.5, 15.2, 13.3, 19.2, 27.3, 26.0, 30.4, 15.8, 19.7, 15.0, 21.4,
]  # fmt: skip


@pytest.fixture(scope="module")
def calemp(shared) -> np.ndarray:
    """Employees a square kilometre in 58 counties."""
    return pd.read_csv(shared / "oracles" / "data" / "calempdensity.csv").iloc[:, -1].to_numpy(float)


def counts(values: np.ndarray, cuts: tuple[float, ...]) -> list[int]:
    return np.bincount(cut(values, cuts) - 1, minlength=len(cuts) + 1).tolist()


def goodness(values: np.ndarray, cuts: tuple[float, ...]) -> tuple[float, float]:
    """Absolute deviation about class medians, and its share taken off that about the median of all (GADF)."""
    groups = pd.Series(values).groupby(cut(values, cuts))
    within = float(groups.apply(lambda one: (one - one.median()).abs().sum()).sum())
    return within, 1 - within / float(np.abs(values - np.median(values)).sum())


def test_o13_quantiles_of_r_without_its_plus_one() -> None:
    cuts = fit(MTCARS_MPG, "quantile:5").cuts
    assert cuts == pytest.approx((15.20, 17.92, 21.00, 24.08), abs=1e-9)
    assert [number + 1 for number in cuts] == pytest.approx([16.20, 18.92, 22.00, 25.08], abs=1e-9)


def test_o40_natural_breaks_are_those_of_fisher_and_jenks(calemp: np.ndarray) -> None:
    assert len(calemp) == 58
    cuts = fit(calemp, "natural:5").cuts
    assert cuts == (75.29, 192.05, 370.5, 722.85)
    assert counts(calemp, cuts) == [49, 3, 4, 1, 1]
    within, share = goodness(calemp, cuts)
    assert within == pytest.approx(799.24, abs=0.005)
    assert share == pytest.approx(0.887903, abs=5e-7)


@pytest.mark.parametrize(("classes", "expected"), [(2, 0.5754), (3, 0.7792), (4, 0.8481), (5, 0.8879), (6, 0.9282), (7, 0.9384)])
def test_o40_goodness_of_natural_breaks_by_number_of_classes(calemp: np.ndarray, classes: int, expected: float) -> None:
    assert goodness(calemp, fit(calemp, f"natural:{classes}").cuts)[1] == pytest.approx(expected, abs=5e-5)


def test_o40_quantiles(calemp: np.ndarray) -> None:
    cuts = fit(calemp, "quantile:5").cuts
    assert cuts == pytest.approx((1.464, 5.798, 13.278, 54.616), abs=1e-9)
    assert counts(calemp, cuts) == [12, 11, 12, 11, 12]
    assert goodness(calemp, cuts)[1] == pytest.approx(0.217102, abs=5e-7)


def test_o40_other_values_find_their_class_by_the_same_cuts(calemp: np.ndarray) -> None:
    others = [0, 1, 3, 5, 50, 70, 101, 202, 390, 505, 800, 5000, 5001]
    assert (cut(others, fit(calemp, "natural:5").cuts) - 1).tolist() == [0, 0, 0, 0, 0, 0, 1, 2, 3, 3, 4, 4, 4]


def test_o40_given_cuts_count_as_given_and_equal_values_raise() -> None:
    assert counts(np.array([12.0, 12.0, 12.0]), (10.0, 20.0, 30.0)) == [0, 3, 0, 0]
    for rule in ("natural:4", "quantile:4"):
        with pytest.raises(DataError, match="not enough unique values"):
            fit([1, 1, 1, 1], rule)


def test_o40_rules_that_we_leave_to_mapclassify(calemp: np.ndarray) -> None:
    mapclassify = pytest.importorskip("mapclassify")
    head_tail = mapclassify.HeadTailBreaks(calemp)
    assert head_tail.bins == pytest.approx([125.9281, 811.26, 4111.45], abs=5e-5)
    assert head_tail.counts.tolist() == [50, 7, 1]
    assert mapclassify.EqualInterval(calemp, 5).counts.tolist() == [57, 0, 0, 0, 1]
    percentiles = mapclassify.Percentiles(calemp, [1, 10, 50, 90, 99, 100])
    assert percentiles.bins == pytest.approx([0.1357, 0.553, 9.365, 213.914, 2179.948, 4111.45], abs=5e-4)


def test_o40_ours_are_theirs_on_the_same_values(calemp: np.ndarray) -> None:
    mapclassify = pytest.importorskip("mapclassify")
    for classes in range(2, 8):
        assert fit(calemp, f"natural:{classes}").cuts == tuple(mapclassify.FisherJenks(calemp, classes).bins[:-1])
        assert fit(calemp, f"quantile:{classes}").cuts == pytest.approx(mapclassify.Quantiles(calemp, classes).bins[:-1], rel=1e-11)
