"""What goes with an overall judgement: its R² divided among ratings, by relative weights and by the mean over all orders of entry."""

from __future__ import annotations

from itertools import combinations
from math import factorial
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np
    import pandas as pd

DRAWS = 300
MOST_ORDERED = 10  # ratings up to which all sets of them are looked at: 2 to the power of ten
_AT_ONCE = 4_000_000  # numbers in a batch of equations
_LEAST_ROOT = 1e-10


def drivers(ratings: pd.DataFrame, overall: pd.Series, *, seed: int = 0, draws: int = DRAWS) -> tuple[pd.DataFrame, float]:
    """How the R² of a regression of the overall judgement on ratings divides among them: what goes together, not what causes what.

    Two ways, which mostly agree: Johnson's relative weights (2000), and the mean over all orders in which the ratings can enter
    (Lindeman, Merenda and Gold 1980; the Shapley value of R²), the latter with at most ten ratings. Either sums to R².

    Args:
        ratings: One row an answer without gaps, one column a rating.
        overall: The judgement of the same answers.
        seed: Draws the samples of answers.
        draws: Samples behind the 95 % intervals (percentiles).

    Returns:
        Largest first: rating, mean, correlation (with the judgement), weight_share (of R²) with from_share and to_share, and with at most
        ten ratings orders_share with orders_from_share and orders_to_share; and R². Ratings that all answers share are left out.
    """
    import numpy as np
    import pandas as pd

    varied = [name for name in ratings.columns if ratings[name].nunique() > 1]
    values = np.column_stack([ratings[varied].to_numpy(float), overall.to_numpy(float)])
    values = values[np.lexsort(values.T)]  # draws refer to what was answered, never to the order of rows
    n = len(values)
    weights = np.vstack([np.ones(n), np.random.default_rng(seed).multinomial(n, np.full(n, 1 / n), draws)])
    every = correlations(values, weights)
    every = every[np.isfinite(every).all(axis=(1, 2))]
    x, y = every[:, :-1, :-1], every[:, :-1, -1]
    table = pd.DataFrame({"rating": varied, "mean": ratings[varied].to_numpy(float).mean(axis=0), "correlation": y[0]})
    found = relative_weights(x, y)
    table = table.assign(**_shares(found, "weight_share", "from_share", "to_share"))
    if len(varied) <= MOST_ORDERED:
        table = table.assign(**_shares(over_orders(x, y), "orders_share", "orders_from_share", "orders_to_share"))
    return table.sort_values(["weight_share", "rating"], ascending=[False, True], ignore_index=True), float(found[0].sum())


def _shares(found: np.ndarray, *names: str) -> dict[str, np.ndarray]:
    """Parts of the first row as shares of its sum, and the ends of the middle 95 % of the other rows."""
    import numpy as np

    shares = found / found.sum(axis=1, keepdims=True)
    ends = np.quantile(shares[1:], [0.025, 0.975], axis=0) if len(shares) > 1 else np.full((2, shares.shape[1]), np.nan)
    return dict(zip(names, (shares[0], *ends), strict=True))


def correlations(values: np.ndarray, weights: np.ndarray) -> np.ndarray:
    """Correlation matrices of the columns, one for each row of weights; nan where a column does not vary under it."""
    import numpy as np

    z = (values - values.mean(axis=0)) / values.std(axis=0)
    columns = z.shape[1]
    products = (z[:, :, None] * z[:, None, :]).reshape(len(z), -1)
    total = weights.sum(axis=1)[:, None]
    mean = weights @ z / total
    moments = (weights @ products / total).reshape(-1, columns, columns) - mean[:, :, None] * mean[:, None, :]
    spread = np.sqrt(np.maximum(moments.diagonal(axis1=1, axis2=2), 0))
    spread = np.where(spread > 1e-9, spread, np.nan)
    return moments / (spread[:, :, None] * spread[:, None, :])


def relative_weights(x: np.ndarray, y: np.ndarray) -> np.ndarray:
    """Johnson's relative weights; they sum to R².

    Args:
        x: Correlations among the ratings, one matrix a sample.
        y: Their correlations with the judgement, one row a sample.
    """
    import numpy as np

    values, vectors = np.linalg.eigh(x)
    values = np.maximum(values, _LEAST_ROOT)
    turned = vectors.swapaxes(1, 2)
    root = (vectors * np.sqrt(values)[:, None, :]) @ turned
    beta = ((vectors / np.sqrt(values)[:, None, :]) @ turned) @ y[:, :, None]
    return (root**2 @ beta**2)[:, :, 0]


def over_orders(x: np.ndarray, y: np.ndarray) -> np.ndarray:
    """What each rating adds to R², averaged over all orders of entry; sums to R². Arguments as for ``relative_weights``."""
    import numpy as np

    samples, k = y.shape
    reached = np.zeros((samples, 2**k))
    for size in range(1, k + 1):
        sets = np.array(list(combinations(range(k), size)))
        step = max(1, _AT_ONCE // (len(sets) * size * size))
        for start in range(0, samples, step):
            rows = slice(start, start + step)
            own, right = x[rows][:, sets[:, :, None], sets[:, None, :]], y[rows][:, sets]
            solved = np.linalg.solve(own + _LEAST_ROOT * np.eye(size), right[..., None])[..., 0]
            reached[rows, (1 << sets).sum(axis=1)] = (solved * right).sum(axis=-1)
    masks = np.arange(2**k)
    sizes = np.array([int(mask).bit_count() for mask in masks])
    share = np.array([factorial(size) * factorial(k - size - 1) / factorial(k) if size < k else 0.0 for size in range(k + 1)])[sizes]
    parts = np.empty((samples, k))
    for place in range(k):
        without = masks[(masks >> place) & 1 == 0]
        parts[:, place] = (reached[:, without | (1 << place)] - reached[:, without]) @ share[without]
    return parts
