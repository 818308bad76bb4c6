"""Clusters where the answer is known: separated groups, one continuum, iris, the grocery chain and published partitions."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from sklearn.datasets import load_iris

from seglib.errors import ParameterError, SchemeError, TableError
from seglib.methods import clusters
from seglib.methods._clustering import log_ratio, names_of
from seglib.segmentation import load_scheme
from seglib.separation import agreement

PETALS = ("sepal_length", "sepal_width", "petal_length", "petal_width")


def _remarks(result):
    return set(result.details["warnings"]["warning"])


def _of_points(table, points: np.ndarray) -> pd.DataFrame:
    return table(**{f"x{i}": list(points[:, i]) for i in range(points.shape[1])})


@pytest.fixture(scope="module")
def blobs() -> np.ndarray:
    """Four groups of 150 at the corners of a square, eight standard deviations apart."""
    corners = np.repeat([(0, 0), (8, 0), (0, 8), (8, 8)], 150, axis=0)
    return corners + np.random.default_rng(3).normal(size=corners.shape)


@pytest.fixture(scope="module")
def iris() -> pd.DataFrame:
    frame = pd.DataFrame(load_iris().data, columns=list(PETALS)).assign(as_of=pd.Timestamp("2024-12-31"), window_days=364)
    return frame.assign(customer_id=[f"{i:03d}" for i in range(len(frame))])


def test_four_separated_groups_are_four_natural_segments(table, blobs):
    result = clusters.segment(_of_points(table, blobs), features="x0, x1", scale="none")
    assert (result.fit["classes"], result.fit["natural"]) == (4, 1)
    assert "natural" in _remarks(result)
    assert result.trustworthy
    assert agreement(result.assignments["segment"], np.repeat(range(4), 150)) == 1
    assert set(result.scheme.classes) == {f"x0_{a}+x1_{b}" for a in ("high", "low") for b in ("high", "low")}


def test_one_cloud_has_no_natural_segments(table):
    points = np.random.default_rng(8).multivariate_normal([0, 0], [[1, 0.8], [0.8, 1]], 600)
    result = clusters.segment(_of_points(table, points), features="x0,x1", scale="none")
    assert result.fit["natural"] == 0
    assert _remarks(result) & {"constructive", "none"}


def test_no_number_of_classes_is_natural_on_the_grocery_chain(year):
    result = clusters.segment(year)
    curve = result.details["k_curve"].set_index("classes")
    assert set(curve.loc[[2, 3, 4], "verdict"]) == {"constructive"}
    assert result.fit["natural"] == 0
    assert "constructive" in _remarks(result)
    assert result.trustworthy
    assert result.profile["spend"].sum() == pytest.approx(year["spend"].sum(), abs=0.005)
    assert result.scheme.classes == ("orders_high+categories_high", "orders_low+categories_low")


def test_published_k_means_of_iris(iris):
    result = clusters.segment(iris, features=",".join(PETALS), scale="none", classes=3)
    assert result.fit["score"] == pytest.approx(78.851441, abs=1e-6)
    assert sorted(result.profile["customers"]) == [38, 50, 62]
    assert agreement(result.assignments["segment"], load_iris().target) == pytest.approx(0.730238, abs=1e-6)
    two = clusters.segment(iris, features=",".join(PETALS), scale="none", classes=2)
    assert two.fit["score"] == pytest.approx(152.347952, abs=1e-6)


def test_published_mixture_of_iris(iris):
    result = clusters.segment(iris, features=",".join(PETALS), scale="none", classes=3, algorithm="gaussians")
    assert result.fit["score"] == pytest.approx(-180.1855, abs=5e-4)
    assert result.fit["bic_3"] == pytest.approx(580.839, abs=2e-3)
    assert result.assignments["probability"].between(1 / 3, 1).all()
    assert not result.trustworthy  # 150 flowers are fewer than a gap needs to be told from chance


def test_six_published_groups_of_tourists_are_found_again_in_part_and_are_not_natural(shared):
    answers = pd.read_parquet(shared / "data/needs_segmentation/vacation_motives.parquet")
    names = [f"m{i}" for i in range(20)]
    frame = answers.set_axis([*names, "published"], axis=1).assign(as_of=pd.Timestamp("2024-12-31"), window_days=364)
    frame = frame.assign(customer_id=[f"{i:04d}" for i in range(len(frame))])
    result = clusters.segment(frame, features=",".join(names), scale="none", classes=6)
    assert result.fit["natural"] == 0
    assert agreement(result.assignments["segment"], frame["published"]) > 0.3


def test_the_definition_is_plain_numbers_and_gives_the_classes_again(table, blobs, tmp_path):
    customers = _of_points(table, blobs)
    for algorithm in ("kmeans", "gaussians"):
        result = clusters.segment(customers, features="x0,x1", scale="none", classes=3, algorithm=algorithm, starts=3)
        loaded = load_scheme(result.scheme.save(tmp_path / "scheme.json"))
        again = loaded.apply(customers.sample(frac=1, random_state=1)).set_index("customer_id")["segment"]
        assert again.sort_index().equals(result.assignments.set_index("customer_id")["segment"].sort_index())
        with pytest.raises(SchemeError, match="no SQL"):
            result.scheme.to_sql()


def test_features_are_ratios_to_the_median_whatever_the_unit():
    assert log_ratio("spend", np.array([1.0, 2.0, 8.0])) == "log(spend / 2.0)"
    assert log_ratio("orders", np.array([0.0, 1.0, 5.0])) == "log((orders + 1) / 2.0)"
    assert log_ratio("returned_amount", np.array([0.0, 3.25, 5.5])) == "log(returned_amount / 4.375 + 1)"
    assert log_ratio("discount_share", np.array([0.1, 0.3])) == "discount_share"
    assert log_ratio("gain", np.array([-1.0, 3.0])) == "gain"


def test_names_come_from_what_sets_a_class_apart_and_no_two_are_equal():
    z = np.array([[2.0, -1.0, 0.5], [1.5, -0.9, 0.1], [0.1, 0.1, -0.1], [-1.0, 0.4, 0.2]])
    assert names_of(z, ["a", "b", "c"]) == ["a_high+b_low", "a_high+c_high", "average", "a_low+b_high"]
    assert names_of(np.zeros((1, 2)), ["a", "b"]) == ["all"]
    assert names_of(np.array([[1.0], [0.9], [-1.0]]), ["a"]) == ["a_high", "class_2", "a_low"]


def test_of_two_features_that_say_the_same_one_is_left_out(table):
    draw = np.random.default_rng(5)
    orders = draw.integers(1, 60, 120)
    customers = table(
        orders=list(orders),
        mean_order_value=list(draw.lognormal(3, 0.5, 120)),
        days_since_last_order=[float(day) for day in draw.integers(0, 90, 120)],
        categories=list(2 * orders),
        spend=[10.0] * 120,
    )
    result = clusters.segment(customers, classes=2)
    assert "alike" in _remarks(result)
    assert "categories" not in result.built_on
    assert len(result.scheme.features) == 3


def test_what_cannot_be_clustered_is_said(table, blobs):
    customers = _of_points(table, blobs[:40])
    for wrong in ({"classes": 30}, {"algorithm": "dbscan"}, {"scale": "log"}, {"starts": 0}, {"seed": -1}):
        with pytest.raises(ParameterError, match=next(iter(wrong))):
            clusters.segment(customers, features="x0,x1", **wrong)
    with pytest.raises(ParameterError, match="each once"):
        clusters.segment(customers, features="x0,x0")
    with pytest.raises(TableError, match="x7"):
        clusters.segment(customers, features="x0,x7")
    with pytest.raises(TableError, match="mean_order_value"):
        clusters.segment(customers)
