"""Is there a valley between neighbouring classes on customers that did not build them? Three verdicts, no natural segments among them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from itertools import combinations
from typing import TYPE_CHECKING, Literal

import numpy as np

from seglib.errors import DataError, ParameterError
from seglib.separation.partitions import Cluster, Partition, agreement, checked, kmeans, squared_distances
from seglib.separation.unimodality import dip

if TYPE_CHECKING:
    import pandas as pd
    from numpy.typing import ArrayLike

Verdict = Literal["natural", "partly", "constructive"]

LEVEL = 0.01  # a valley is one that a flat world shows less often than this, after Holm's correction over the pairs
STRONG = 0.8  # prediction strength from which classes count as reproducible (Tibshirani and Walther 2005)
BETWEEN = 0.05  # two classes are neighbours when at least this share of their points has the other as second nearest
MOST, SAMPLE = 2500, 2000  # more customers than MOST are represented by SAMPLE of them
LEAST = 8  # customers below which halves say nothing


@dataclass(frozen=True, eq=False)
class Separation:
    """What the held-out valleys say of one number of classes.

    Attributes:
        classes: Number of classes asked for.
        verdict: "natural": a valley between every neighbouring pair, and prediction strength at least .8. "partly": between some.
            "constructive": between none; the classes are slices of one continuum, useful perhaps, but drawn by us.
        prediction_strength: Mean over the splits.
        agreement: Mean adjusted Rand index, over the splits, of the two halves' partitions of the second half.
        largest_p: Median over the splits of the largest p among the neighbouring pairs; below .01 every pair has its valley.
        smallest_p: Median over the splits of the smallest p; below .01 some pair has a valley.
        splits: One row a split: split, pairs, valleys (pairs with p below .01), largest_p, smallest_p, prediction_strength, agreement.
        pairs: One row a split and neighbouring pair: split, first, second (class numbers in that split), customers, dip, p, p_holm.
    """

    classes: int
    verdict: Verdict
    prediction_strength: float
    agreement: float
    largest_p: float
    smallest_p: float
    splits: pd.DataFrame
    pairs: pd.DataFrame


def examine(features: ArrayLike, *, classes: int, cluster: Cluster = kmeans, splits: int = 10, seed: int = 0) -> Separation:
    """Look for valleys between classes on customers that did not build them.

    The customers are halved. Classes are found on the first half; the second half is assigned to them. Each pair of neighbouring
    classes is projected on the line of their centres, and the dip test asks whether that line has more than one peak; Holm's
    correction covers the pairs of a split. The verdict rests on medians over the splits. Two Gaussian groups of 750 are found when
    they lie four standard deviations apart, and at three mostly not: "constructive" means *not separable with these features*.

    Args:
        features: One row a customer, one column a feature, on scales that may be compared; no missing values. Whole numbers should
            be spread within their unit before, since ties look like valleys.
        classes: How many classes.
        cluster: How they are found: ``kmeans``, ``gaussians`` or a function of the same form.
        splits: How many random halvings.
        seed: Of halvings, starts and sample. The order of the rows has no influence.

    Raises:
        DataError: No table, missing values, or fewer than 8 customers.
        ParameterError: A number of classes or splits that cannot be.
    """
    import pandas as pd

    pair_rows, split_rows = [], []
    for split, (train, test, own, other) in enumerate(_halves(features, classes, cluster, splits, seed), start=1):
        pairs = _neighbours(test, train)
        corrected = _holm([p for *_, p in pairs])
        pair_rows += [(split, *pair, p_holm) for pair, p_holm in zip(pairs, corrected, strict=True)]
        worst, best = (max(corrected), min(corrected)) if corrected else (1.0, 1.0)
        valleys = sum(p < LEVEL for p in corrected)
        split_rows.append((split, len(pairs), valleys, worst, best, _strength(own, other), agreement(own, other)))
    columns = ["split", "pairs", "valleys", "largest_p", "smallest_p", "prediction_strength", "agreement"]
    table = pd.DataFrame(split_rows, columns=columns)
    worst, best = float(table["largest_p"].median()), float(table["smallest_p"].median())
    strength = float(table["prediction_strength"].mean())
    verdict: Verdict = "natural" if worst < LEVEL and strength >= STRONG else "partly" if best < LEVEL else "constructive"
    frame = pd.DataFrame(pair_rows, columns=["split", "first", "second", "customers", "dip", "p", "p_holm"])
    return Separation(classes, verdict, strength, float(table["agreement"].mean()), worst, best, table, frame)


def examine_each(
    features: ArrayLike, *, counts: Iterable[int] = range(2, 9), cluster: Cluster = kmeans, splits: int = 10, seed: int = 0
) -> pd.DataFrame:
    """``examine`` for several numbers of classes.

    Returns:
        One row a number of classes, as asked: classes, verdict, prediction_strength, agreement, largest_p, smallest_p,
        splits_all_valleys and splits_any_valley (how many of the splits show a valley between every pair, between some pair).
    """
    import pandas as pd

    rows = []
    for classes in counts:
        found = examine(features, classes=classes, cluster=cluster, splits=splits, seed=seed)
        every = int(((found.splits["valleys"] == found.splits["pairs"]) & (found.splits["pairs"] > 0)).sum())
        some = int((found.splits["valleys"] > 0).sum())
        rows.append((classes, found.verdict, found.prediction_strength, found.agreement, found.largest_p, found.smallest_p, every, some))
    names = ["classes", "verdict", "prediction_strength", "agreement", "largest_p", "smallest_p", "splits_all_valleys", "splits_any_valley"]
    return pd.DataFrame(rows, columns=names)


def prediction_strength(features: ArrayLike, *, classes: int, cluster: Cluster = kmeans, splits: int = 10, seed: int = 0) -> float:
    """How surely one half of the customers predicts which others belong together in the other half, in its weakest class.

    For each class of the second half: the share of its pairs of customers that the first half's classes also put together. The least
    of these is the strength of a split; the mean over the splits is returned. It is 1 for one class, and high also for a single
    elongated cloud cut in two: it shows that classes are reproducible, not that they are separated. A class of one customer counts
    as nought, because nothing confirms it.

    Source: R. Tibshirani and G. Walther (2005), Cluster validation by prediction strength.

    Args:
        features: As for ``examine``; so are the others.
        classes: How many classes.
        cluster: How they are found.
        splits: How many random halvings.
        seed: Of halvings and starts.
    """
    if classes == 1:
        return 1.0
    return float(np.mean([_strength(own, other) for _, _, own, other in _halves(features, classes, cluster, splits, seed)]))


def _halves(
    features: ArrayLike, classes: int, cluster: Cluster, splits: int, seed: int
) -> Iterable[tuple[Partition, np.ndarray, np.ndarray, np.ndarray]]:
    """For each split: the first half's partition, the second half's rows, and their labels by their own partition and by the first's."""
    if splits < 1:
        raise ParameterError("separation: splits is {splits}; at least one is needed, ten are usual.", splits=splits)
    points = checked(features, classes)
    if len(points) < max(LEAST, 2 * classes):
        raise DataError(
            "separation: {n} customers are too few to be halved; at least {least} are needed.", n=len(points), least=max(LEAST, 2 * classes)
        )
    rng = np.random.default_rng(seed)
    if len(points) > MOST:
        points = points[np.sort(rng.choice(len(points), SAMPLE, replace=False))]
    for _ in range(splits):
        order = rng.permutation(len(points))
        first, second = points[np.sort(order[: len(points) // 2])], points[np.sort(order[len(points) // 2 :])]
        start = int(rng.integers(2**31 - 1))
        train, own = cluster(first, classes, seed=start), cluster(second, classes, seed=start)
        yield train, second, own.labels(second), train.labels(second)


def _neighbours(points: np.ndarray, partition: Partition) -> list[tuple[int, int, int, float, float]]:
    """Neighbouring pairs of classes on these points: first, second, customers in both, dip on the line of their centres, its p."""
    labels = partition.labels(points)
    distance = squared_distances(points, partition.centres)
    distance[np.arange(len(points)), labels] = np.inf
    second = distance.argmin(axis=1)
    pairs = []
    for a, b in combinations(range(len(partition.centres)), 2):
        both = (labels == a) | (labels == b)
        between = np.count_nonzero(((labels == a) & (second == b)) | ((labels == b) & (second == a)))
        if not both.any() or between < BETWEEN * both.sum():
            continue
        found = dip(points[both] @ (partition.centres[b] - partition.centres[a]))
        pairs.append((a, b, int(both.sum()), found.statistic, found.p))
    return pairs


def _strength(own: np.ndarray, other: np.ndarray) -> float:
    """Prediction strength of one split: the least share, over the classes of ``own``, of pairs that ``other`` keeps together."""
    classes, a = np.unique(own, return_inverse=True)
    others, b = np.unique(other, return_inverse=True)
    counts = np.zeros((len(classes), len(others)))
    np.add.at(counts, (a, b), 1)
    sizes = counts.sum(axis=1)
    kept = (counts * (counts - 1)).sum(axis=1) / np.maximum(sizes * (sizes - 1), 1)
    return float(kept.min())


def _holm(p: list[float]) -> list[float]:
    """p values corrected for their number by Holm's step-down rule."""
    order = np.argsort(p, kind="stable")
    stepped = np.maximum.accumulate(np.asarray(p, dtype=float)[order] * (len(p) - np.arange(len(p))))
    corrected = np.empty(len(p))
    corrected[order] = np.minimum(stepped, 1)
    return corrected.tolist()
