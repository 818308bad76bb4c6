"""How much two classifications of the same customers say alike, and what the one adds to the other."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import combinations
from typing import TYPE_CHECKING

from seglib.review import measures

if TYPE_CHECKING:
    import numpy as np
    import pandas as pd


def agreements(codes: Mapping[str, np.ndarray], known: Mapping[str, np.ndarray] | None = None) -> pd.DataFrame:
    """Adjusted mutual information and bias-corrected Cramér's V of every pair.

    Args:
        codes: Name -> class number of every customer, the same customers in the same order.
        known: Name -> True for whom a classification says something; a pair is looked at among those of whom both do, as two that know the
            same few would agree by that alone. Everybody by default.

    Returns:
        first, second, ami (0 chance, 1 the same), cramers_v (0 to 1).
    """
    import pandas as pd
    from sklearn.metrics import adjusted_mutual_info_score

    rows = []
    for a, b in combinations(codes, 2):
        one, other = codes[a], codes[b]
        if known is not None:
            both = known[a] & known[b]
            one, other = one[both], other[both]
        rows.append((a, b, float(adjusted_mutual_info_score(one, other)) if len(one) else float("nan"), cramers_v(one, other)))
    return pd.DataFrame(rows, columns=["first", "second", "ami", "cramers_v"])


def cramers_v(first: np.ndarray, second: np.ndarray) -> float:
    """Cramér's V without its upward bias; 0 where one of the two has a single class.

    Source: W. Bergsma (2013), A bias-correction for Cramér's V and Tschuprow's T.

    >>> import numpy as np
    >>> one = np.repeat([0, 1], 50)
    >>> cramers_v(one, one), cramers_v(one, np.tile([0, 1], 50))
    (1.0, 0.0)
    """
    import numpy as np

    table = crossed(first, second)
    n = table.sum()
    rows, columns = table.shape
    if min(rows, columns) < 2 or n < 2:
        return 0.0
    expected = np.outer(table.sum(axis=1), table.sum(axis=0)) / n
    phi2 = float(((table - expected) ** 2 / expected).sum() / n)
    corrected = max(0.0, phi2 - (rows - 1) * (columns - 1) / (n - 1))
    left, right = (size - (size - 1) ** 2 / (n - 1) for size in (rows, columns))
    return float(min(1.0, np.sqrt(corrected / min(left - 1, right - 1))))


def crossed(first: np.ndarray, second: np.ndarray) -> np.ndarray:
    """Counts of customers by class of either, empty classes left out."""
    import numpy as np

    rows, a = np.unique(first, return_inverse=True)
    columns, b = np.unique(second, return_inverse=True)
    return np.bincount(a * len(columns) + b, minlength=len(rows) * len(columns)).reshape(len(rows), len(columns)).astype(float)


def complements(
    codes: Mapping[str, np.ndarray],
    spend: np.ndarray,
    *,
    known: Mapping[str, np.ndarray] | None = None,
    draws: int = 1000,
    seed: int = 0,
) -> pd.DataFrame:
    """What two classifications crossed tell of next spend beyond the better one of them.

    Two that agree little need not complete each other: noise agrees with nothing. So the crossed classes are judged like any other,
    on customers who did not teach them, and the same resampled customers serve both sides.

    Args:
        codes: Name -> class number of every customer.
        spend: Next spend of each.
        known: Name -> True for whom a classification says something; pairs are judged among those of whom both do. Everybody by default.
        draws: Bootstrap samples.
        seed: Divides folds and draws samples.

    Returns:
        first, second, added, low, high; missing where next to nobody is known to both.
    """
    import numpy as np
    import pandas as pd

    pairs, among = list(combinations(codes, 2)), dict[bytes, list[tuple[str, str]]]()
    everybody = np.ones(len(spend), dtype=bool)
    both = {pair: known[pair[0]] & known[pair[1]] if known is not None else everybody for pair in pairs}
    for pair in pairs:
        among.setdefault(both[pair].tobytes(), []).append(pair)
    found: dict[tuple[str, str], tuple[float, float, float]] = {}
    for some in among.values():
        found |= _added(some, codes, spend, both[some[0]], draws, seed)
    rows = [(*pair, *found[pair]) for pair in pairs]
    return pd.DataFrame(rows, columns=["first", "second", "added", "low", "high"])


def _added(
    pairs: list[tuple[str, str]], codes: Mapping[str, np.ndarray], spend: np.ndarray, who: np.ndarray, draws: int, seed: int
) -> dict[tuple[str, str], tuple[float, float, float]]:
    """What pairs add among some of the customers: R² of the crossed classes less the better of the two, with its interval."""
    import numpy as np

    if who.sum() < 2 * measures.FOLDS:
        return dict.fromkeys(pairs, (float("nan"),) * 3)
    names = [name for name in codes if any(name in pair for pair in pairs)]
    single = {name: codes[name][who] for name in names}
    crossing = [np.unique(single[a] * (int(single[b].max()) + 1) + single[b], return_inverse=True)[1] for a, b in pairs]
    expected = [measures.out_of_fold(classes, spend[who], seed=seed) for classes in (*single.values(), *crossing)]
    samples = measures.r_squared_drawn(expected, spend[who], draws, seed=seed)
    found = {}
    for place, (a, b) in enumerate(pairs):
        one, other = samples[:, names.index(a)], samples[:, names.index(b)]
        gain = samples[:, len(names) + place] - (one if one[0] >= other[0] else other)
        low, high = np.quantile(gain[1:], [0.025, 0.975])
        found[(a, b)] = (float(gain[0]), float(low), float(high))
    return found
