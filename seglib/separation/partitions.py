"""Partitions that can be carried to other customers: k-means centres and Gaussian mixtures, and how far two of them agree."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, Protocol

import numpy as np

from seglib.errors import DataError, ParameterError

if TYPE_CHECKING:
    from numpy.typing import ArrayLike

Covariance = Literal["full", "tied", "diag", "spherical"]


@dataclass(frozen=True, eq=False)
class Partition:
    """Classes found on some customers, ready for others.

    Attributes:
        centres: One row a class, one column a feature; in ascending order of the first feature (then the next), whatever the start was.
        score: Sum of squared distances to the centres (``kmeans``) or log-likelihood of the rows (``gaussians``).
        labels: Class number, 0 and up, of each row of an array of the same features.
    """

    centres: np.ndarray
    score: float
    labels: Callable[[np.ndarray], np.ndarray]


class Cluster(Protocol):
    """How classes are found: called with rows, a number of classes and a seed."""

    def __call__(self, points: np.ndarray, classes: int, *, seed: int) -> Partition:
        """The partition of these rows."""


def kmeans(points: np.ndarray, classes: int, *, seed: int = 0, starts: int = 10) -> Partition:
    """The best of several k-means partitions (squared Euclidean distance: bring the features to one scale first).

    Args:
        points: Rows by features.
        classes: Number of classes.
        seed: Decides the starting centres.
        starts: How many starts are tried; more find the best partition more surely.
    """
    import warnings

    from sklearn.cluster import KMeans
    from sklearn.exceptions import ConvergenceWarning
    from threadpoolctl import threadpool_limits

    # One thread: several add up the same distances in another order, and the last digits would differ from run to run.
    with threadpool_limits(1), warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)  # fewer different rows than classes: centres coincide, and that is the answer
        fitted = KMeans(classes, n_init=starts, tol=1e-8, random_state=seed).fit(points)
    centres = fitted.cluster_centers_[_ascending(fitted.cluster_centers_)]
    return Partition(centres, float(fitted.inertia_), lambda rows: squared_distances(rows, centres).argmin(axis=1))


def gaussians(points: np.ndarray, classes: int, *, seed: int = 0, starts: int = 5, covariance: Covariance = "full") -> Partition:
    """The likeliest of several Gaussian mixtures; a row belongs to the component with the greatest posterior probability.

    Args:
        points: Rows by features.
        classes: Number of components.
        seed: Decides the starting means.
        starts: How many starts are tried.
        covariance: Shape of the components: full, tied, diag or spherical.
    """
    import warnings

    from sklearn.exceptions import ConvergenceWarning
    from sklearn.mixture import GaussianMixture
    from threadpoolctl import threadpool_limits

    mixture = GaussianMixture(classes, covariance_type=covariance, n_init=starts, random_state=seed, tol=1e-6, max_iter=500)
    with threadpool_limits(1), warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)
        mixture.fit(points)
    order = _ascending(mixture.means_)
    rank = np.argsort(order)
    return Partition(mixture.means_[order], float(mixture.score(points) * len(points)), lambda rows: rank[mixture.predict(rows)])


def agreement(first: ArrayLike, second: ArrayLike) -> float:
    """Adjusted Rand index of two partitions of the same customers: 1 the same classes, 0 no more alike than chance.

    >>> agreement(["a", "a", "b", "b"], [2, 2, 1, 1])
    1.0
    """
    from sklearn.metrics import adjusted_rand_score

    one, other = np.asarray(first), np.asarray(second)
    if one.shape != other.shape:
        raise DataError(
            "separation: the two partitions cover {first} and {second} customers; give the same customers, in the same order, to both.",
            first=len(one),
            second=len(other),
        )
    return float(adjusted_rand_score(one, other))


def squared_distances(points: np.ndarray, centres: np.ndarray) -> np.ndarray:
    """Squared Euclidean distance of each row to each centre."""
    return ((points[:, None, :] - centres[None, :, :]) ** 2).sum(axis=2)


def checked(features: ArrayLike, classes: int) -> np.ndarray:
    """The features as an array, in an order that depends on their values alone, so that row order and ids change nothing.

    Raises:
        DataError: No table, or missing values.
        ParameterError: A number of classes that these rows cannot have.
    """
    from seglib.binning import round12

    points = np.asarray(features, dtype=float)
    if points.ndim != 2 or not points.size:
        raise DataError(
            "separation: features must be a table with one row a customer and at least one column; found shape {shape}.", shape=points.shape
        )
    if bad := int((~np.isfinite(points)).any(axis=1).sum()):
        raise DataError("separation: {n} rows have a missing or infinite feature; leave them out first.", n=bad)
    points = round12(points)  # equal customers stay neighbours in the order below, whatever the currency unit did to the last digit
    distinct = len(np.unique(points, axis=0))
    if not 2 <= classes <= distinct:
        raise ParameterError(
            "separation: {classes} classes were asked for; there must be at least 2 and no more than the {distinct} different rows.",
            classes=classes,
            distinct=distinct,
        )
    return points[np.lexsort(points.T[::-1])]


def _ascending(centres: np.ndarray) -> np.ndarray:
    return np.lexsort(centres.T[::-1])
