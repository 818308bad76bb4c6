"""Logistic regression by Newton's steps: weights and standard errors, for samples with few columns."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np

RIDGE, STEPS, ENOUGH = 1e-6, 50, 1e-10


def logit(x: np.ndarray, y: np.ndarray, *, ridge: float = RIDGE) -> tuple[np.ndarray, np.ndarray]:
    """Log odds by maximum likelihood, drawn to nought by ``ridge`` so that they exist where two groups do not overlap.

    Args:
        x: One row a case, one column a term; the constant is a column of ones.
        y: 1 where it happened, else 0.
        ridge: Added to the information on its diagonal.

    Returns:
        The weights, and their standard errors.
    """
    import numpy as np
    from scipy.special import expit

    weights = np.zeros(x.shape[1])
    drawn = ridge * np.eye(x.shape[1])
    for _ in range(STEPS):
        chance = expit(x @ weights)
        information = (x * (chance * (1 - chance))[:, None]).T @ x + drawn
        step = np.linalg.solve(information, x.T @ (y - chance) - ridge * weights)
        weights = weights + step
        if np.abs(step).max() < ENOUGH:
            break
    return weights, np.sqrt(np.diag(np.linalg.inv(information)))
