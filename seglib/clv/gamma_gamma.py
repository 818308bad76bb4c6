"""Gamma-Gamma: what a customer spends a time, drawn towards everybody's mean the fewer the orders seen.

It assumes that how much somebody spends a time has nothing to do with how often: look at ``correlation`` before you use it.

Source: P. S. Fader and B. G. S. Hardie (2013), The Gamma-Gamma model of monetary value; after R. Colombo and W. Jiang (1999).
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
from scipy.special import digamma, gammaln

from seglib.clv.likelihood import Fit, Objective, Rows, columns_of, count_equal, maximise, need_repeats, parameter_table
from seglib.errors import DataError

if TYPE_CHECKING:
    import pandas as pd

NAME = "Gamma-Gamma"
STARTS = ((2.0, 2.0, 1.0), (6.0, 4.0, 0.5), (1.0, 1.5, 0.5), (20.0, 5.0, 0.2), (0.5, 5.0, 8.0))


@dataclass(frozen=True)
class GammaGamma:
    """Order values of a customer are Gamma(p, rate), the rates differ by Gamma(q, v).

    Attributes:
        p: Shape of one customer's order values; large: a customer's orders resemble each other.
        q: Shape of the differences between customers; the mean over customers is p v / (q - 1).
        v: Their scale, in money.
        correlation: Of repeat orders and mean value among those fitted on; far from nought, the model does not hold.
        fit: How the estimate was reached; None for given parameters.
    """

    p: float
    q: float
    v: float
    correlation: float = float("nan")
    fit: Fit | None = None

    @property
    def parameters(self) -> pd.DataFrame:
        """One row a parameter: parameter, estimate, standard_error."""
        return parameter_table({"p": self.p, "q": self.q, "v": self.v}, self.fit)

    def log_likelihood(self, summary: pd.DataFrame) -> float:
        """Of the customers with repeats under these parameters."""
        x, z = columns_of(summary, NAME, ("repeat_orders", "mean_repeat_value"))
        used = (x > 0) & (z > 0)
        return _objective(count_equal(x[used], z[used]))(np.log([self.p, self.q, self.v]))[0]

    def expected_order_value(self, summary: pd.DataFrame) -> np.ndarray:
        """Mean value of a customer's orders, in money, one number a customer; everybody's mean where no repeat was seen.

        Raises:
            DataError: The estimate has no finite mean (q not above one) and some customers have too few repeats to make up for it.
        """
        x, z = columns_of(summary, NAME, ("repeat_orders", "mean_repeat_value"))
        x = np.where(z > 0, x, 0.0)
        size = self.p * x + self.q - 1
        if n := int(np.count_nonzero(size <= 0)):
            raise DataError(
                "{model}: q is {q:.3g}, so that order values have no finite mean for {n} customers; use their observed mean instead.",
                model=NAME,
                q=self.q,
                n=n,
            )
        return self.p * (self.v + x * z) / size


def fit_gamma_gamma(summary: pd.DataFrame) -> GammaGamma:
    """The parameters under which the mean values of the customers with repeats are likeliest.

    Args:
        summary: From ``repeat_summary``. Customers without repeats, or with a mean value that is not above nought, are left out and
            counted in ``fit.left_out``.

    Returns:
        The model with its fit. Deterministic, and the order of the rows has no influence.

    Raises:
        TableError: Missing columns.
        DataError: Fewer than two customers bought again at a value above nought.
    """
    x, z = columns_of(summary, NAME, ("repeat_orders", "mean_repeat_value"))
    used = (x > 0) & (z > 0) & np.isfinite(z)
    need_repeats(np.where(used, x, 0.0), NAME)
    left_out, x, z = int(np.count_nonzero(~used)), x[used], z[used]
    scale = float(z.mean())
    estimate, fit = maximise(_objective, count_equal(x, z / scale), ("p", "q", "v"), STARTS)
    p, q, v = estimate.tolist()
    errors = fit.standard_errors | {"v": fit.standard_errors["v"] * scale}
    likelihood = fit.log_likelihood - len(z) * float(np.log(scale))
    varied = len(x) > 1 and np.ptp(x) > 0 and np.ptp(z) > 0
    correlation = float(np.corrcoef(x, z)[0, 1]) if varied else float("nan")
    return GammaGamma(p, q, v * scale, correlation, replace(fit, standard_errors=errors, log_likelihood=likelihood, left_out=left_out))


def _objective(rows: Rows) -> Objective:
    """Log-likelihood and its gradient over the logarithms of p, q, v."""
    x, z, weight = rows
    orders, at = np.unique(x, return_inverse=True)  # what depends on the count alone is worked out once a count
    by_count = np.bincount(at, weights=weight)
    log_sum = np.log(x) + np.log(z)
    fixed = float(np.log(z) @ weight)
    total = weight.sum()

    def of(theta: np.ndarray) -> tuple[float, np.ndarray]:
        p, q, v = np.exp(theta)
        shape = p * orders
        counts = gammaln(shape + q) - gammaln(shape) - gammaln(q) + q * np.log(v)
        spread = np.log(v + x * z)
        value = counts @ by_count + (p * x * log_sum - (p * x + q) * spread) @ weight - fixed
        by_size = digamma(shape + q)
        gradient = np.array(
            [
                (orders * (by_size - digamma(shape))) @ by_count + (x * (log_sum - spread)) @ weight,
                (by_size - digamma(q) + np.log(v)) @ by_count - spread @ weight,
                total * q / v - ((p * x + q) / (v + x * z)) @ weight,
            ]
        )
        return float(value), gradient * np.exp(theta)

    return of
