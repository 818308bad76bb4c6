"""Patterns of buying across groups of goods: a non-negative factorisation, and whether it foretells hidden cells better than one mix does.

The counts of lines, customers by groups, are described as sums of a few patterns (Lee and Seung 1999, the Poisson likelihood). One pattern
is the market's mix times how much each customer buys. A further one is believed only where it foretells cells that were hidden from it
(Wold 1978; every cell is hidden once), beyond what chance would do.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from seglib.errors import DataError

FOLDS, STARTS = 5, 20
MOST = 8  # patterns
LARGEST = 1_500  # customers; more are drawn from, by the seed
STEPS, SETTLED = 150, 1e-5  # updates at most, and the relative gain in likelihood of ten below which they end
PRIORS = (1.0, 16.0)  # lines of the market's mix given to every customer, the latter times the dispersion: where everybody has a taste
# of one's own, a weak one would take it for a pattern; the one that foretells more is kept
TINY = np.float32(1e-9)
MIXED = 0.01  # of one mix in every forecast: a pattern that lacks a group calls no purchase of it impossible
SURE = 3.5  # standard errors that a gain must exceed; several numbers are tried, and customers share the patterns that foretell them
SAME = 0.95  # cosine from which two patterns are one

Gains = tuple[tuple[int, float, float, float], ...]
Searched = tuple[np.ndarray, np.ndarray, float, Gains]


@dataclass(frozen=True, eq=False)
class Patterns:
    """What the search came to.

    Attributes:
        shares: Patterns in rows, groups in columns: the share of the pattern's lines in each group; the largest pattern first.
        lines_share: Share of all lines that each pattern explains.
        reproduced: Share of the starts that came to the same patterns.
        gains: One row a number of patterns tried: patterns, gain (of Poisson deviance in hidden cells against the number chosen before it,
            as a share of the deviance that one mix leaves), low, high (3.5 standard errors), by customers.
        customers: Customers used.
    """

    shares: np.ndarray
    lines_share: np.ndarray
    reproduced: float
    gains: Gains
    customers: int


def patterns(counts: np.ndarray, *, seed: int = 0, starts: int = STARTS, most: int = MOST) -> Patterns:
    """The patterns that hidden cells bear out; one, the market's mix, where none do.

    Args:
        counts: Lines, customers in rows and groups in columns. The order of the rows changes nothing.
        seed: Draws the hidden cells, the starts, and customers where there are more than 1,500.
        starts: Starts of the last fit; the likeliest is kept.
        most: Most patterns to look for.

    Raises:
        DataError: No table of at least two customers and two groups, or counts below nought.
    """
    table = np.asarray(counts, dtype=float)
    if table.ndim != 2 or not np.isfinite(table).all() or (table < 0).any():
        raise DataError("separation: patterns takes a table of counts from 0, customers by groups; found shape {shape}.", shape=table.shape)
    kept = table.sum(axis=0) > 0
    used = table[table.sum(axis=1) > 0]
    if len(used) < 2 or kept.sum() < 2:
        raise DataError(
            "separation: patterns needs at least 2 customers with lines and 2 groups; found {customers} and {groups}.",
            customers=len(used),
            groups=int(kept.sum()),
        )
    rng = np.random.default_rng(seed)
    used = used[np.lexsort(used.T[::-1])]
    if len(used) > LARGEST:
        used = used[np.sort(rng.choice(len(used), LARGEST, replace=False))]
    small = used[:, kept].astype(np.float32)
    weights, found, reproduced, gains = _searched(small.tobytes(), small.shape, seed, starts, min(most, int(kept.sum()) - 1))
    order = np.argsort(-weights.sum(axis=0), kind="stable")
    shares = np.zeros((len(found), table.shape[1]))
    shares[:, kept] = found[order]
    return Patterns(shares, weights.sum(axis=0)[order] / weights.sum(), reproduced, gains, len(used))


@lru_cache(maxsize=16)
def _searched(counts: bytes, shape: tuple[int, int], seed: int, starts: int, most: int) -> Searched:
    """Weights, patterns, share of starts alike, and the gains; kept, because a page in two languages asks twice."""
    from threadpoolctl import threadpool_limits

    table = np.frombuffer(counts, dtype=np.float32).reshape(shape)
    rng = np.random.default_rng(seed)
    with threadpool_limits(1):  # several threads add up in another order
        number, pull, gains = _chosen(table, rng, most)
        weights, found, reproduced = _best(table, number, pull, rng, starts)
    return weights.astype(float), found.astype(float), reproduced, gains


def _chosen(counts: np.ndarray, rng: np.random.Generator, most: int) -> tuple[int, float, Gains]:
    """The number of patterns, and their prior: one more as long as it foretells hidden cells better by more than chance.

    Two numbers in a row that fail end the search.
    """
    folds = np.resize(np.arange(FOLDS), counts.size)
    rng.shuffle(folds)
    hidden = [(folds == fold).reshape(counts.shape) for fold in range(FOLDS)]
    pulls = (PRIORS[0], PRIORS[1] * _dispersion(counts))
    single = [_fit(counts, ~mask, 1, pulls[0], rng) for mask in hidden]
    plain = _deviances(counts, hidden, single, single)
    best, chosen, kept, rows, whole = plain, 1, pulls[0], [], max(float(plain.sum()), 1e-12)
    for number in range(2, most + 1):
        tries = [_deviances(counts, hidden, [_fit(counts, ~mask, number, pull, rng) for mask in hidden], single) for pull in pulls]
        place = int(np.argmin([tried.sum() for tried in tries]))
        gain = best - tries[place]
        total, error = float(gain.sum()), float(gain.std() * np.sqrt(len(gain)))
        rows.append((number, total / whole, (total - SURE * error) / whole, (total + SURE * error) / whole))
        if total > SURE * error:
            best, chosen, kept = tries[place], number, pulls[place]
        elif number >= chosen + 2:
            break
    return chosen, kept, tuple(rows)


def _deviances(counts: np.ndarray, hidden: list[np.ndarray], fits: list[np.ndarray], single: list[np.ndarray]) -> np.ndarray:
    """Poisson deviance of every customer's cells, each foretold by the fit from which it was hidden."""
    counts = counts.astype(float)
    expected = np.zeros_like(counts)
    for mask, fit, one in zip(hidden, fits, single, strict=True):
        expected[mask] = ((1 - MIXED) * fit + MIXED * one)[mask]
    expected = np.maximum(expected, 1e-9)
    logs = np.log(np.maximum(counts, 1e-300) / expected, where=counts > 0, out=np.zeros_like(counts))
    return 2 * (counts * logs - counts + expected).sum(axis=1)


def _fit(counts: np.ndarray, seen: np.ndarray, number: int, pull: float, rng: np.random.Generator) -> np.ndarray:
    """Expected counts of all cells from those that are seen: their mixture of patterns, times all lines of the customer.

    How much a customer buys is taken as known: else a taste of one's own, which tells nothing of other groups, would pass for a pattern.
    """
    weights, found, _ = _factors(counts, seen, number, pull, rng)
    return counts.sum(axis=1, keepdims=True) * (weights / weights.sum(axis=1, keepdims=True)) @ found


def _best(counts: np.ndarray, number: int, pull: float, rng: np.random.Generator, starts: int) -> tuple[np.ndarray, np.ndarray, float]:
    """The likeliest of several starts, and the share of them that came to the same patterns."""
    everything = np.ones_like(counts)
    if number == 1:
        return (*_factors(counts, everything, 1, pull, rng)[:2], 1.0)
    fits = [_factors(counts, everything, number, pull, rng) for _ in range(starts)]
    weights, found, _ = max(fits, key=lambda fit: fit[2])
    return weights, found, float(np.mean([_alike(found, other) >= SAME for _, other, _ in fits]))


def _alike(first: np.ndarray, second: np.ndarray) -> float:
    """The smallest cosine between patterns of two fits, matched as well as they can be."""
    from scipy.optimize import linear_sum_assignment

    cosines = (first / np.linalg.norm(first, axis=1)[:, None]) @ (second / np.linalg.norm(second, axis=1)[:, None]).T
    return float(cosines[linear_sum_assignment(-cosines)].min())


def _factors(
    counts: np.ndarray, seen: np.ndarray, number: int, pull: float, rng: np.random.Generator
) -> tuple[np.ndarray, np.ndarray, float]:
    """Weights (customers by patterns, in lines), patterns (each sums to 1) and log-likelihood; multiplicative updates over seen cells."""
    known, seen = counts * seen, seen.astype(counts.dtype)
    mix = known.sum(axis=0) / np.maximum(seen.sum(axis=0), 1)
    lines = np.maximum(counts.sum(axis=1, keepdims=True), TINY)
    found = (mix * rng.uniform(0.2, 1.8, (number, counts.shape[1])) + TINY).astype(counts.dtype)
    found /= found.sum(axis=1, keepdims=True)
    weights = (lines * rng.uniform(0.5, 1.5, (len(counts), number)) / number).astype(counts.dtype)
    likely = -np.inf
    for step in range(STEPS):
        prior = np.float32(pull) * weights.sum(axis=0) / weights.sum()
        weights = (weights * ((known / (weights @ found + TINY)) @ found.T) + prior) / (seen @ found.T + np.float32(pull) / lines)
        found *= weights.T @ (known / (weights @ found + TINY)) / np.maximum(weights.T @ seen, TINY)
        size = np.maximum(found.sum(axis=1), TINY)
        found, weights = found / size[:, None], weights * size
        if step % 10 == 9:
            before, expected = likely, weights @ found
            likely = float((known * np.log(expected + TINY) - seen * expected).sum(dtype=float))
            if likely - before < SETTLED * abs(likely):
                break
    return weights, found, likely


def _dispersion(counts: np.ndarray) -> float:
    """Pearson's statistic of one mix over its degrees of freedom: 1 where chance alone makes customers differ; no less is taken."""
    table = counts.astype(float)
    expected = np.outer(table.sum(axis=1), table.sum(axis=0) / table.sum())
    return max(float(((table - expected) ** 2 / expected).sum() / ((table.shape[0] - 1) * (table.shape[1] - 1))), 1.0)
