"""What clustering needs: features on one scale, the best of many starts, and names from what sets a class apart."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np
    from sklearn.mixture import GaussianMixture

SAME = 1e-4  # two partitions whose scores differ by a smaller part are the same one
PLAIN = 0.25  # standard deviations from the average within which a class has nothing to be named after
FEW_VALUES = 20  # whole numbers of so few kinds are answers or counts
MIXTURE_STARTS = 10  # a mixture takes a hundred times as long as k-means


def log_ratio(name: str, values: np.ndarray) -> str:
    """Logarithm of the ratio to the median, so that the currency unit plays no part; shares and what may be negative stay as they are."""
    import numpy as np

    if not len(values) or np.nanmin(values) < 0 or name.endswith(("_share", "_index", "_score")):
        return name
    plus = whole(name, values) and values.min() == 0
    shifted = values + 1 if plus else values
    # Six digits are as good a unit as twelve, and can be read where the formula is printed.
    middle = float(f"{np.median(shifted[shifted > 0]):.6g}") if (shifted > 0).any() else 1.0
    counted = f"({name} + 1)" if plus else name
    return f"log({counted} / {middle!r})" if (shifted > 0).all() else f"log({name} / {middle!r} + 1)"


def whole(name: str, values: np.ndarray) -> bool:
    """Does the feature count days, orders or answers, so that ties mean nothing?"""
    import numpy as np

    from seglib.customers import COLUMNS

    if name in COLUMNS:
        return COLUMNS[name].dtype == "int64" or COLUMNS[name].unit == "days"
    return bool((values == values.round()).all()) and len(np.unique(values)) <= FEW_VALUES


@dataclass(frozen=True)
class Found:
    """The best partition of several starts: centres, its score, the share of starts that reached it; of Gaussians weights and factors."""

    centres: np.ndarray
    score: float
    reproduction: float
    weights: tuple[float, ...] = ()
    precisions: np.ndarray | tuple[()] = ()


def best(points: np.ndarray, classes: int, algorithm: str, starts: int, seed: int) -> Found:
    """``starts`` searches on rows in the order of their values; the best, and how many came as far."""
    import numpy as np

    if not len(points):
        return Found(np.zeros((1, points.shape[1])), 0.0, 1.0, (1.0,), np.eye(points.shape[1])[None])
    if algorithm == "gaussians":
        tried = [_mixture(points, classes, seed + i) for i in range(min(starts, MIXTURE_STARTS))]
        scores = np.array([mixture.score(points) * len(points) for mixture in tried])
        best = tried[int(scores.argmax())]
        share = float((scores >= scores.max() - SAME * abs(scores.max())).mean())
        return Found(best.means_, float(scores.max()), share, tuple(map(float, best.weights_)), best.precisions_cholesky_)
    if classes == 1:
        return Found(points.mean(axis=0)[None], float(((points - points.mean(axis=0)) ** 2).sum()), 1.0)
    from seglib.separation import kmeans

    parts = [kmeans(points, classes, seed=seed + i, starts=1) for i in range(starts)]
    least = min(part.score for part in parts)
    best_part = next(part for part in parts if part.score <= least * (1 + 1e-9))
    return Found(best_part.centres, least, float(np.mean([part.score <= least * (1 + SAME) + 1e-12 for part in parts])))


def _mixture(points: np.ndarray, classes: int, seed: int) -> GaussianMixture:
    import warnings

    from sklearn.exceptions import ConvergenceWarning
    from sklearn.mixture import GaussianMixture
    from threadpoolctl import threadpool_limits

    with threadpool_limits(1), warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)
        return GaussianMixture(classes, tol=1e-6, max_iter=500, random_state=seed).fit(points)


def bic(points: np.ndarray, classes: int) -> dict[str, float]:
    """BIC of one Gaussian and of as many as there are classes: printed, never decisive, as skew alone makes it want many."""
    if len(points) < 2 * classes or len(points) < 3:
        return {}
    return {f"bic_{k}": float(_mixture(points, k, 0).bic(points)) for k in sorted({1, classes})}


def names_of(z: np.ndarray, columns: Sequence[str]) -> list[str]:
    """A key for every class from the two features in which it differs most from the average, in the order of the columns, no key twice.

    Args:
        z: One row a class, one column a feature, in standard deviations from the average.
        columns: Names of the features.

    >>> import numpy as np
    >>> names_of(np.array([[1.0, -2.0], [-1.0, 0.5]]), ["orders", "share"])
    ['orders_high+share_low', 'orders_low+share_high']
    """
    import numpy as np

    if len(z) == 1:
        return ["all"]
    far = np.abs(np.round(z, 6))
    names: dict[int, str] = {}
    for row in np.lexsort((np.arange(len(z)), -far.max(axis=1))):  # who differs most chooses first
        order = [int(i) for i in np.argsort(-far[row], kind="stable")]
        pairs: list[tuple[int, ...]] = [*combinations(order, 2)] or [(order[0],)]
        weight = {pair: float(far[row, list(pair)].sum()) for pair in pairs}
        pairs.sort(key=lambda pair, weight=weight: -weight[pair])  # type: ignore[misc]
        keys = ["+".join(f"{columns[i]}_{'high' if z[row, i] >= 0 else 'low'}" for i in sorted(pair)) for pair in pairs]
        if far[row].max() < PLAIN:
            keys.insert(0, "average")
        names[int(row)] = next((key for key in keys if key not in names.values()), f"class_{row + 1}")
    return [names[row] for row in range(len(z))]
