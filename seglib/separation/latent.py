"""Latent classes of a few answers: are there kinds of customers behind them, or does one class describe them as well?

The model (Lazarsfeld and Henry 1968; Goodman 1974) lets answers depend on each other through the class alone. It is fitted by EM from
several starts. Whether a second class is needed is asked of data in which it is not: answers are dealt out anew, each question by itself,
among customers who had as much occasion to answer (the bootstrapped likelihood ratio test of McLachlan 1987, by permutation, so that a
customer seen more often is no class of its own).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from seglib.errors import DataError, ParameterError

STARTS, STEPS, SETTLED = 10, 300, 1e-8
ROUGHLY = 1e-5  # gain of likelihood at which a fit of dealt answers ends; what was seen is fitted alike
MOST = 6  # classes
DRAWS = 99
STRATUM = 50  # customers among whom answers are dealt out anew
FLOOR = 1e-6  # no chance is nought or one


@dataclass(frozen=True, eq=False)
class LatentClasses:
    """One fitted number of classes.

    Attributes:
        shares: Share of customers in each class, largest first.
        chances: For each question, classes in rows and answers in columns: the chance of the answer.
        likelihood: Log-likelihood.
        bic: -2 log-likelihood + parameters x log(customers); smaller is better.
        entropy: Entropy R2, 1 where everybody's class is certain, 0 where nobody's is; 1 for one class.
        reproduced: Share of the starts that came within 1e-4 of the best log-likelihood.
        posterior: Customers in rows: the chance of each class, in the order of the rows given.
    """

    shares: np.ndarray
    chances: tuple[np.ndarray, ...]
    likelihood: float
    bic: float
    entropy: float
    reproduced: float
    posterior: np.ndarray


def latent_classes(answers: np.ndarray, classes: int, *, seed: int = 0, starts: int = STARTS, settled: float = SETTLED) -> LatentClasses:
    """Fit a number of latent classes. The order of the rows changes nothing.

    Args:
        answers: Customers in rows, questions in columns; whole numbers from 0, every question with two answers or more.
        classes: Number of classes.
        seed: Draws the starts.
        starts: Number of starts.
        settled: Relative gain of log-likelihood below which a start ends.

    Raises:
        DataError: No table of such answers.
        ParameterError: Fewer than one class.
    """
    table = _checked(answers)
    if classes < 1:
        raise ParameterError("separation: {classes} latent classes were asked for; there must be at least 1.", classes=classes)
    width = table.max(axis=0) + 1
    codes, back, n = np.unique(np.ravel_multi_index(tuple(table.T), tuple(width)), return_inverse=True, return_counts=True)
    kinds = np.column_stack(np.unravel_index(codes, tuple(width)))
    fits = [
        _em(kinds, n.astype(float), classes, np.random.default_rng([seed, start]), settled) for start in range(starts if classes > 1 else 1)
    ]
    shares, chances, posterior, likelihood = max(fits, key=lambda fit: fit[3])
    order = np.argsort(-shares, kind="stable")
    unsure = -float(n @ (posterior * np.log(np.maximum(posterior, 1e-300))).sum(axis=1))
    free = classes - 1 + classes * sum(chance.shape[1] - 1 for chance in chances)
    return LatentClasses(
        shares[order],
        tuple(chance[order] for chance in chances),
        likelihood,
        float(-2 * likelihood + free * np.log(len(table))),
        1 - unsure / (len(table) * np.log(classes)) if classes > 1 else 1.0,
        float(np.mean([likelihood - fit[3] < 1e-4 * abs(likelihood) for fit in fits])),
        posterior[back.ravel()][:, order],
    )


def second_class(answers: np.ndarray, occasions: np.ndarray, *, seed: int = 0, draws: int = DRAWS) -> tuple[float, float]:
    """The likelihood ratio of two classes against one, and how often answers dealt out anew reach it.

    Args:
        answers: As for ``latent_classes``.
        occasions: How much occasion each customer had to answer; answers are dealt out among those who had about as much.
        seed: Draws the deals and the starts.
        draws: Number of deals.

    Returns:
        Twice the difference of the log-likelihoods, and p: (1 + deals that reach it) / (1 + draws).
    """
    table = _checked(answers)
    rng, often = np.random.default_rng(seed), np.asarray(occasions, dtype=float)
    order = np.lexsort((*table.T[::-1], often))  # whoever has the same answers and occasion stands in for one another
    order = order[np.lexsort((rng.random(len(order)), often[order]))]  # but like answers may not make a stratum of their own
    table = table[order]
    stratum = np.arange(len(table)) // STRATUM
    found = _ratio(table, seed)
    reached = 0
    for _ in range(draws):
        dealt = np.column_stack([column[np.lexsort((rng.random(len(table)), stratum))] for column in table.T])
        reached += _ratio(dealt, seed) >= found
    return found, (1 + reached) / (1 + draws)


def _ratio(table: np.ndarray, seed: int) -> float:
    """Two classes against one; a few starts, the same for what was seen and for what was dealt."""
    two = latent_classes(table, 2, seed=seed, starts=2, settled=ROUGHLY)
    return 2 * (two.likelihood - latent_classes(table, 1).likelihood)


Fit = tuple[np.ndarray, tuple[np.ndarray, ...], np.ndarray, float]


def _em(kinds: np.ndarray, n: np.ndarray, classes: int, rng: np.random.Generator, settled: float) -> Fit:
    """Shares, chances, posterior (a row a kind of answers) and log-likelihood, by expectation and maximisation from one random start."""
    ones = [(column[:, None] == np.arange(column.max() + 1)).astype(float) for column in kinds.T]
    every = np.hstack(ones)
    ends = np.cumsum([one.shape[1] for one in ones])[:-1]
    posterior = rng.dirichlet(np.ones(classes), len(kinds))
    before = -np.inf
    for _ in range(STEPS):
        weights = posterior * n[:, None]
        size = np.maximum(weights.sum(axis=0), 1e-12)
        logs = np.log(np.clip(every.T @ weights / size, FLOOR, 1.0))
        joint = every @ logs + np.log(size / n.sum())
        top = joint.max(axis=1, keepdims=True)
        likely = np.exp(joint - top)
        posterior = likely / likely.sum(axis=1, keepdims=True)
        likelihood = float(n @ (np.log(likely.sum(axis=1)) + top[:, 0]))
        if likelihood - before < settled * abs(likelihood):
            break
        before = likelihood
    chances = tuple(part.T for part in np.split(np.exp(logs), ends))
    return size / n.sum(), chances, posterior, likelihood


def _checked(answers: np.ndarray) -> np.ndarray:
    """The answers as whole numbers, or a sentence."""
    table = np.asarray(answers)
    if table.ndim != 2 or not table.size or table.dtype.kind not in "iu" or table.min() < 0 or (table.max(axis=0) < 1).any():
        raise DataError(
            "separation: latent classes need whole numbers from 0, one row a customer, one column a question with two answers or more; "
            "found shape {shape}.",
            shape=table.shape,
        )
    return table
