"""Measures of how well classes, or any prediction, tell what customers did next; all weighted, so that resampling is one product."""

from __future__ import annotations

from typing import TYPE_CHECKING

from seglib.errors import ParameterError

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    import numpy as np

FOLDS, REPEATS = 10, 5
LEAST = 20  # samples below which there is no interval
BLOCK = 50  # bootstrap samples that are counted at a time


def enough(draws: int) -> None:
    """Refuse fewer samples than an interval can be taken from.

    Raises:
        ParameterError: They are too few.
    """
    if draws < LEAST:
        raise ParameterError("draws is {draws}; an interval needs at least {least} samples, 1,000 are usual.", draws=draws, least=LEAST)


def out_of_fold(codes: np.ndarray, outcome: np.ndarray, *, seed: int = 0) -> np.ndarray:
    """Mean outcome of each customer's class, learned only from other customers: 10 folds, mean of 5 divisions.

    Args:
        codes: Class of each customer as a whole number from 0.
        outcome: What is predicted, one number a customer, or one row of several.
        seed: Divides the folds.

    Returns:
        One prediction a customer; a class that has nobody outside the fold is predicted by the mean of all others.
    """
    import numpy as np

    if outcome.ndim > 1:
        return np.column_stack([out_of_fold(codes, part, seed=seed) for part in outcome.T])
    predictions = np.zeros(len(codes))
    for fold, means in _fold_means(codes, outcome, seed):
        predictions += means[fold, codes]
    return predictions / REPEATS


def line_out_of_fold(table: np.ndarray, outcome: np.ndarray, *, seed: int = 0) -> np.ndarray:
    """Predictions of a straight line through several columns, fitted by least squares on other customers; folds as in ``out_of_fold``.

    A prediction stays near the outcomes it was learned from, at most half as much again beyond the least and the largest: a single customer
    far out would else decide alone.
    """
    import numpy as np

    random, size = np.random.default_rng(seed), len(outcome)
    predictions = np.zeros(size)
    for _ in range(REPEATS):
        fold = random.permutation(np.arange(size) % FOLDS)
        for number in range(FOLDS):
            inside = fold == number
            weights = np.linalg.lstsq(table[~inside], outcome[~inside], rcond=None)[0]
            low, high = outcome[~inside].min(), outcome[~inside].max()
            predictions[inside] += np.clip(table[inside] @ weights, low - abs(low) / 2, high + abs(high) / 2)
    return predictions / REPEATS


def _fold_means(codes: np.ndarray, outcome: np.ndarray, seed: int) -> Iterator[tuple[np.ndarray, np.ndarray]]:
    """For every division: the fold of each customer, and fold x class means of the customers outside the fold."""
    import numpy as np

    random, size, classes = np.random.default_rng(seed), len(codes), int(codes.max()) + 1
    for _ in range(REPEATS):
        fold = random.permutation(np.arange(size) % FOLDS)
        cell = fold * classes + codes
        counts = np.bincount(cell, minlength=FOLDS * classes).reshape(FOLDS, classes)
        sums = np.bincount(cell, weights=outcome, minlength=FOLDS * classes).reshape(FOLDS, classes)
        others, total = counts.sum(axis=0) - counts, sums.sum(axis=0) - sums
        everyone = total.sum(axis=1, keepdims=True) / np.maximum(others.sum(axis=1, keepdims=True), 1)
        yield fold, np.where(others > 0, total / np.maximum(others, 1), everyone)


def eta_squared(codes: np.ndarray, outcome: np.ndarray) -> float:
    """Share of the outcome's variance that lies between classes, in sample: it grows with the number of classes even for random ones."""
    import numpy as np

    counts, sums = np.bincount(codes), np.bincount(codes, weights=outcome)
    mean = outcome.mean()
    between = (counts * (np.divide(sums, counts, out=np.full(len(counts), mean), where=counts > 0) - mean) ** 2).sum()
    total = ((outcome - mean) ** 2).sum()
    return float(between / total) if total > 0 else 0.0


def eta_squared_drawn(codes: np.ndarray, outcome: np.ndarray, number: int, *, seed: int = 0) -> tuple[float, float]:
    """95% interval of eta² as the trade quotes it: class means drawn anew in every bootstrap sample of customers, in sample.

    It lies a little too high, the more so the more classes there are, as eta² itself does; verdicts rest on R². The samples are those of
    ``resampled`` under the same seed.
    """
    import numpy as np

    random, size = np.random.default_rng(seed), len(codes)
    drawn = [random.integers(0, size, size) for _ in range(number)]
    found = [eta_squared(codes[rows], outcome[rows]) for rows in drawn]
    low, high = np.quantile(found, [0.025, 0.975]) if found else (np.nan, np.nan)
    return float(low), float(high)


def r_squared(predicted: np.ndarray, outcome: np.ndarray, weights: np.ndarray) -> np.ndarray:
    """1 - squared error over squared deviation from the mean, one value for every row of ``weights``."""
    import numpy as np

    total = weights.sum(axis=1)
    mean = weights @ outcome / total
    deviation = weights @ outcome**2 - total * mean**2
    error = weights @ (outcome - predicted) ** 2
    return 1 - np.divide(error, deviation, out=np.ones_like(error), where=deviation > 0)


def resampled(columns: np.ndarray, number: int, *, seed: int = 0) -> np.ndarray:
    """Sums of columns over the sample and over bootstrap samples of the customers: first row the sample itself.

    The same seed draws the same customers whatever the columns are, so that two methods are compared pair by pair; nothing is kept but the
    sums, so that a million customers need no more memory than a thousand.

    Args:
        columns: One row a customer, one column a sum.
        number: Bootstrap samples.
        seed: Draws the samples.

    Returns:
        ``number`` + 1 rows, one column a sum.
    """
    import numpy as np

    random, size = np.random.default_rng(seed), len(columns)
    sums = np.empty((number + 1, columns.shape[1]))
    sums[0] = columns.sum(axis=0)
    for start in range(1, number + 1, BLOCK):
        block = range(start, min(start + BLOCK, number + 1))
        counts = np.stack([np.bincount(random.integers(0, size, size), minlength=size) for _ in block]).astype(float)
        sums[block.start : block.stop] = counts @ columns
    return sums


def r_squared_drawn(predictions: Sequence[np.ndarray], outcome: np.ndarray, number: int, *, seed: int = 0) -> np.ndarray:
    """R² of several predictions in the sample (first row) and in bootstrap samples of the same customers.

    Args:
        predictions: Each as the outcome: one row a customer, one column a part.
        outcome: What happened, one row a customer, one column a part; parts are judged together.
        number: Bootstrap samples.
        seed: Draws the samples.

    Returns:
        ``number`` + 1 rows, one column a prediction.
    """
    import numpy as np

    parts = outcome.reshape(len(outcome), -1)
    errors = [((parts - prediction.reshape(parts.shape)) ** 2).sum(axis=1) for prediction in predictions]
    sums = resampled(np.column_stack([np.ones(len(parts)), parts, (parts**2).sum(axis=1), *errors]), number, seed=seed)
    many = parts.shape[1]
    deviation = sums[:, 1 + many] - (sums[:, 1 : 1 + many] ** 2).sum(axis=1) / sums[:, 0]
    return 1 - np.divide(sums[:, 2 + many :], deviation[:, None], out=np.ones((number + 1, len(errors))), where=deviation[:, None] > 0)


def auc(score: np.ndarray, happened: np.ndarray) -> float:
    """Chance that a customer to whom it happened scores above one to whom it did not; ties count half. Missing where all fared alike."""
    from scipy.stats import rankdata

    positives, negatives = int(happened.sum()), int((~happened).sum())
    if not positives or not negatives:
        return float("nan")
    ranks = rankdata(score)
    return float((ranks[happened].sum() - positives * (positives + 1) / 2) / (positives * negatives))


def auc_out_of_fold(codes: np.ndarray, happened: np.ndarray, *, seed: int = 0) -> float:
    """AUC of class rates learned from other customers, taken inside each fold and averaged.

    Predictions of different folds must not be ranked against each other: a fold with many returners is predicted a little lower than the
    others, because it is left out of its own means, so that even a single class for all would score far below one half.
    """
    import numpy as np

    found = []
    for fold, means in _fold_means(codes, happened.astype(float), seed):
        for number in range(FOLDS):
            inside = fold == number
            found.append(auc(means[number][codes[inside]], happened[inside]))
    return float(np.nanmean(found)) if not np.all(np.isnan(found)) else float("nan")


def brier_skill(probability: np.ndarray, happened: np.ndarray) -> float:
    """1 - Brier score over that of the overall rate: 0 says no more than the rate, 1 is perfect."""
    rate = happened.mean()
    reference = ((happened - rate) ** 2).mean()
    return float(1 - ((happened - probability) ** 2).mean() / reference) if reference > 0 else float("nan")


def deviance_ratio(predicted: np.ndarray, counts: np.ndarray) -> float:
    """Share of the Poisson deviance of counts that the prediction takes away from the overall mean."""
    import numpy as np
    from scipy.special import xlogy

    def deviance(expected: np.ndarray) -> float:
        expected = np.maximum(expected, 1e-9)
        return float(2 * (xlogy(counts, counts / expected) - counts + expected).sum())

    base = deviance(np.full(len(counts), counts.mean()))
    return 1 - deviance(predicted) / base if base > 0 else float("nan")


def gain_curve(score: np.ndarray, outcome: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Share of customers, best first, and the share of the outcome they bring; ties of the score share their part evenly."""
    import numpy as np

    values, inverse = np.unique(-score, return_inverse=True)
    people, brought = np.bincount(inverse, minlength=len(values)), np.bincount(inverse, weights=outcome, minlength=len(values))
    total = outcome.sum()
    return (
        np.concatenate([[0.0], people.cumsum() / len(score)]),
        np.concatenate([[0.0], brought.cumsum() / total if total else np.zeros(len(values))]),
    )


def wilson(successes: np.ndarray, trials: np.ndarray, z: float = 1.959964) -> tuple[np.ndarray, np.ndarray]:
    """Wilson's 95% interval of a share."""
    import numpy as np

    n = np.maximum(trials, 1)
    p = successes / n
    centre, width = p + z**2 / (2 * n), z * np.sqrt(p * (1 - p) / n + z**2 / (4 * n**2))
    return (centre - width) / (1 + z**2 / n), (centre + width) / (1 + z**2 / n)
