"""How much moves in all, where it would lead, and whether it is one process: indices and tests on transition counts."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import numpy as np


def rows_of(counts: Any) -> np.ndarray:
    """Transition shares from counts; an empty row is missing."""
    import numpy as np

    counts = np.asarray(counts, dtype=float)
    whole = counts.sum(axis=1, keepdims=True)
    return np.divide(counts, whole, out=np.full(counts.shape, np.nan), where=whole > 0)


def shorrocks(counts: Any) -> float:
    """Shorrocks' mobility (K - trace P) / (K - 1): 0 where nobody moves, 1 where the class before says nothing (Shorrocks 1978).

    >>> shorrocks([[9, 1], [1, 9]])
    0.2
    """
    import numpy as np

    share = rows_of(counts)
    known = share[~np.isnan(share).any(axis=1)][:, ~np.isnan(share).any(axis=1)]
    size = len(known)
    return float(round((size - np.trace(known)) / (size - 1), 12)) if size > 1 else float("nan")


def bartholomew(counts: Any, start: Any = None) -> float:
    """Bartholomew's movement between ordered classes: mean number of classes moved, over K - 1.

    Args:
        counts: Transition counts; or shares, where ``start`` is given.
        start: Shares or numbers of the classes before; by default the sums of the rows, that is the observed shares. "uniform" gives every
            class the same weight, as some programs do by default.

    >>> bartholomew([[8, 1, 1], [0, 10, 0], [0, 0, 10]])
    0.05
    >>> bartholomew([[4, 1], [0, 10]]), bartholomew([[4, 1], [0, 10]], "uniform"), bartholomew([[0.8, 0.2], [0, 1]], [5, 10])
    (0.066666666667, 0.1, 0.066666666667)
    """
    import numpy as np

    counts = np.asarray(counts, dtype=float)
    size = len(counts)
    if size < 2 or not counts.sum():
        return float("nan")
    steps = np.abs(np.subtract.outer(np.arange(size), np.arange(size)))
    sums = counts.sum(axis=1)
    weight = sums if start is None else (sums > 0).astype(float) if isinstance(start, str) else np.asarray(start, dtype=float)
    moved = np.divide((counts * steps).sum(axis=1), sums, out=np.zeros(size), where=sums > 0)
    weight = np.where(sums > 0, weight, 0.0)
    return float(round((weight * moved).sum() / weight.sum() / (size - 1), 12)) if weight.sum() else float("nan")


def steady_state(counts: Any, arrivals: Any = None, gone: Any = None) -> np.ndarray | None:
    """Where the shares of the classes would settle if every period moved customers as this one did.

    Those without orders in the window are a class like the others, and come back as they came back in this period. Whoever is gone for
    good is replaced by a new customer, who begins where new customers began.

    Args:
        counts: Transition counts between all states, the lapsed one among them.
        arrivals: New customers by the state in which they arrived; nobody by default.
        gone: Customers gone for good, by the state they left; nobody by default.

    Returns:
        Shares of the states; None where they say nothing: a state that nobody was seen in before, or one that is never left or never
        reached, so that the end would be decided by the start, or be "everybody leaves".
    """
    import numpy as np
    from scipy.sparse.csgraph import connected_components

    counts = np.asarray(counts, dtype=float)
    arrivals, gone = (np.zeros(len(counts)) if one is None else np.asarray(one, dtype=float) for one in (arrivals, gone))
    if gone.sum():
        if not arrivals.sum():
            return None
        counts = counts + np.outer(gone, arrivals / arrivals.sum())
    if len(counts) < 2 or (counts.sum(axis=1) == 0).any():
        return None
    if connected_components(counts > 0, connection="strong")[0] > 1:
        return None
    share = rows_of(counts)
    system = np.vstack([share.T - np.eye(len(share)), np.ones(len(share))])
    found = np.linalg.lstsq(system, np.append(np.zeros(len(share)), 1.0), rcond=None)[0]
    return np.round(np.clip(found, 0, 1), 12)


def first_passage(counts: Any) -> np.ndarray | None:
    """Mean number of periods until a customer of one class is first seen in another; on the diagonal, until seen in it again.

    Returns:
        A matrix from row to column; None where some class cannot be reached from another.
    """
    import numpy as np
    from scipy.sparse.csgraph import connected_components

    counts = np.asarray(counts, dtype=float)
    if len(counts) < 2 or (counts.sum(axis=1) == 0).any() or connected_components(counts > 0, connection="strong")[0] > 1:
        return None
    share, size = rows_of(counts), len(counts)
    found = np.zeros((size, size))
    for target in range(size):
        others = [state for state in range(size) if state != target]
        found[others, target] = np.linalg.solve(np.eye(size - 1) - share[np.ix_(others, others)], np.ones(size - 1))
        found[target, target] = 1 + share[target, others] @ found[others, target]
    return found


def homogeneity(periods: Sequence[Any]) -> tuple[float, int, float]:
    """Is it one process? Chi-squared test that all periods have the same transition shares (Anderson and Goodman 1957).

    Args:
        periods: Transition counts of each period, two at least.

    Returns:
        Chi-squared, degrees of freedom, p.
    """
    import numpy as np
    from scipy.stats import chi2

    counts = np.stack([np.asarray(one, dtype=float) for one in periods])
    pooled = counts.sum(axis=0)
    share = rows_of(pooled)
    statistic, degrees = 0.0, 0
    for row in range(counts.shape[1]):
        reached = pooled[row] > 0
        whole = counts[:, row].sum(axis=1)
        there = whole > 0
        if reached.sum() < 2 or there.sum() < 2:
            continue
        expected = np.outer(whole[there], share[row, reached])
        statistic += float(((counts[there][:, row, reached] - expected) ** 2 / expected).sum())
        degrees += int((there.sum() - 1) * (reached.sum() - 1))
    return statistic, degrees, float(chi2.sf(statistic, degrees)) if degrees else float("nan")
