"""Pareto/NBD: buying at a rate of one's own until one leaves, at any time, without a word.

The likelihood holds an integral over the moment of leaving. The published form writes it as a difference of two hypergeometric
functions, which overflow or cancel for busy customers; here the integral itself is taken, by Gauss-Legendre nodes over the logarithm
of time, with the integrand's logarithm: positive, smooth, and never out of range.

Source: D. C. Schmittlein, D. G. Morrison and R. Colombo (1987), Counting your customers: who are they and what will they do next?,
Management Science 33, 1-24.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import lru_cache
from typing import TYPE_CHECKING

import numpy as np
from scipy.special import digamma, expit, gammaln

from seglib.clv.likelihood import Fit, Objective, Rows, count_equal, maximise, need_repeats, parameter_table, purchase_columns, same_unit

if TYPE_CHECKING:
    import pandas as pd
    from numpy.typing import ArrayLike

NAME = "Pareto/NBD"
STARTS = ((1.0, 1.0, 1.0, 1.0), (0.5, 1.0, 0.5, 1.0), (2.0, 3.0, 0.3, 3.0), (0.3, 0.3, 1.0, 5.0), (1.0, 2.0, 3.0, 20.0))
NEGLIGIBLE = 32.0  # the integral is cut where the integrand has fallen by e^-32 on either of its two factors
#: Nodes, and the greatest fall of the logarithm and greatest length in logarithmic time for which so many are exact to 12 digits.
GRADES = ((8, 4.0, 1.5), (16, 20.0, 6.0), (32, np.inf, np.inf))
BLOCK = 100_000  # numbers worked on at once: what the processor's cache holds


@dataclass(frozen=True)
class ParetoNbd:
    """Purchase rates differ by Gamma(r, alpha), rates of leaving by Gamma(s, beta).

    Attributes:
        r: Shape of the purchase rates.
        alpha: Their scale, in periods; the mean rate is r / alpha purchases a period.
        s: Shape of the rates of leaving.
        beta: Their scale, in periods; the mean rate is s / beta.
        period_days: Length of a period in days.
        fit: How the estimate was reached; None for given parameters.
    """

    r: float
    alpha: float
    s: float
    beta: float
    period_days: float
    fit: Fit | None = None

    @property
    def parameters(self) -> pd.DataFrame:
        """One row a parameter: parameter, estimate, standard_error."""
        return parameter_table({"r": self.r, "alpha": self.alpha, "s": self.s, "beta": self.beta}, self.fit)

    def log_likelihood(self, summary: pd.DataFrame) -> float:
        """Of these customers under these parameters."""
        x, tx, observed = self._columns(summary)
        return _objective(count_equal(x, tx, observed))(np.log([self.r, self.alpha, self.s, self.beta]))[0]

    def p_alive(self, summary: pd.DataFrame) -> np.ndarray:
        """Probability, one a customer, of not having left by the end of the observed time."""
        return self._p_alive(*self._columns(summary))

    def expected_orders(self, summary: pd.DataFrame, *, periods: ArrayLike) -> np.ndarray:
        """Purchases expected in the next ``periods`` periods: one number a customer, or one column for each of many ``periods``."""
        x, tx, observed = self._columns(summary)
        now = self._p_alive(x, tx, observed) * (self.r + x) / (self.alpha + observed)
        times = np.asarray(periods, dtype=float)
        expected = [now * _time_here(self.s, self.beta + observed, time) for time in times.ravel()]
        return np.stack(expected, axis=-1).reshape(*now.shape, *times.shape)

    def expected_orders_of_new(self, *, periods: ArrayLike) -> np.ndarray:
        """Repeat purchases expected of a new customer within the first ``periods`` periods (one number or many)."""
        return self.r / self.alpha * _time_here(self.s, self.beta, np.asarray(periods, dtype=float))

    def _columns(self, summary: pd.DataFrame) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        x, tx, observed, days = purchase_columns(summary, NAME)
        same_unit(NAME, self.period_days, days)
        return x, tx, observed

    def _p_alive(self, x: np.ndarray, tx: np.ndarray, observed: np.ndarray) -> np.ndarray:
        gone = _left_between(x, tx, observed, self.r, self.alpha, self.s, self.beta)[0]
        here = -(self.r + x) * np.log(self.alpha + observed) - self.s * np.log(self.beta + observed)
        return expit(here - gone)


def fit_pareto_nbd(summary: pd.DataFrame) -> ParetoNbd:
    """The parameters under which this summary is likeliest.

    Args:
        summary: From ``repeat_summary``. One row a customer; every customer counts, those without repeats above all.

    Returns:
        The model, in the summary's periods, with its fit. Deterministic: starts are fixed, and the order of the rows has no influence.

    Raises:
        TableError: Missing columns or impossible histories.
        DataError: Fewer than two customers bought again.
    """
    x, tx, observed, days = purchase_columns(summary, NAME)
    need_repeats(x, NAME)
    scale = float(observed.mean()) / 4
    estimate, fit = maximise(_objective, count_equal(x, tx / scale, observed / scale), ("r", "alpha", "s", "beta"), STARTS)
    r, alpha, s, beta = estimate.tolist()
    errors = {name: error * (scale if name in ("alpha", "beta") else 1) for name, error in fit.standard_errors.items()}
    fit = replace(fit, standard_errors=errors, log_likelihood=fit.log_likelihood - float(x.sum()) * float(np.log(scale)))
    return ParetoNbd(r, alpha * scale, s, beta * scale, days, fit)


def _objective(rows: Rows) -> Objective:
    """Log-likelihood and its gradient over the logarithms of r, alpha, s, beta."""
    x, tx, observed, weight = rows
    orders, at = np.unique(x, return_inverse=True)  # what depends on the count alone is worked out once a count
    by_count = np.bincount(at, weights=weight)
    total = weight.sum()

    def of(theta: np.ndarray) -> tuple[float, np.ndarray]:
        r, alpha, s, beta = np.exp(theta)
        counts = gammaln(r + orders) - gammaln(r)
        buying, staying = np.log(alpha + observed), np.log(beta + observed)
        here = -(r + x) * buying - s * staying
        gone, slopes = _left_between(x, tx, observed, r, alpha, s, beta)
        both = np.logaddexp(here, gone)
        left = weight * np.exp(gone - both)
        kept = weight - left
        value = counts @ by_count + total * (r * np.log(alpha) + s * np.log(beta)) + both @ weight
        gradient = slopes @ left + [
            (digamma(r + orders) - digamma(r)) @ by_count + total * np.log(alpha) - kept @ buying,
            total * r / alpha - kept @ ((r + x) / (alpha + observed)),
            total * np.log(beta) - kept @ staying,
            total * s / beta - s * (kept @ (1 / (beta + observed))),
        ]
        return float(value), gradient * np.exp(theta)

    return of


def _left_between(
    x: np.ndarray, tx: np.ndarray, observed: np.ndarray, r: float, alpha: float, s: float, beta: float
) -> tuple[np.ndarray, np.ndarray]:
    """Logarithm of the weight of having left between the last purchase and now, and its slopes over r, alpha, s, beta (4 rows).

    It is s times the integral of (alpha + y)^-(r + x) (beta + y)^-(s + 1) over y from the last purchase to now; minus infinity, with
    slopes of nought, for whoever bought just now.
    """
    rate = r + x
    with np.errstate(over="ignore"):
        end = np.minimum(tx + (alpha + tx) * np.expm1(NEGLIGIBLE / rate), tx + (beta + tx) * np.expm1(NEGLIGIBLE / s))
    end = np.minimum(observed, end)
    near, far = min(alpha, beta), max(alpha, beta)
    length = np.log1p((end - tx) / (near + tx))
    fall = rate * np.log((alpha + end) / (alpha + tx)) + (s + 1) * np.log((beta + end) / (beta + tx))
    value, slopes = np.full(len(x), -np.inf), np.zeros((4, len(x)))
    todo = end > tx
    for nodes, most_fall, most_length in GRADES:
        now = np.flatnonzero(todo & (fall <= most_fall) & (length <= most_length))
        todo[now] = False
        for begin in range(0, len(now), BLOCK // nodes):
            some = now[begin : begin + BLOCK // nodes]
            value[some], slopes[:, some] = _integrals(tx[some], rate[some], length[some], nodes, near, far, s, alpha <= beta)
    return value + np.log(s), slopes


def _integrals(
    tx: np.ndarray, rate: np.ndarray, length: np.ndarray, nodes: int, near: float, far: float, s: float, alpha_is_near: bool
) -> tuple[np.ndarray, np.ndarray]:
    """The logarithm of the integral and its slopes, by so many nodes over log(near + y), in which the integrand has no steep place."""
    places, weights = _nodes(nodes)
    begin = np.log(near + tx)
    log_near = begin[:, None] + length[:, None] * places
    of_near = np.exp(log_near)
    of_far = of_near + (far - near)
    log_far = np.log(of_far)
    rates, ends = rate[:, None], s + 1
    power = -rates * log_near - ends * log_far if alpha_is_near else -ends * log_near - rates * log_far
    power += log_near  # d(near + y) = (near + y) d log(near + y)
    top = power[:, 0]
    integrand = np.exp(power - top[:, None]) * weights
    total = integrand.sum(axis=1)
    value = top + np.log(total) + np.log(length)
    means = [np.einsum("ij,ij->i", integrand, part) / total for part in (log_near, 1 / of_near, log_far, 1 / of_far)]
    if not alpha_is_near:
        means = means[2:] + means[:2]
    log_alpha, per_alpha, log_beta, per_beta = means
    return value, np.vstack([-log_alpha, -rate * per_alpha, 1 / s - log_beta, -ends * per_beta])


@lru_cache
def _nodes(number: int) -> tuple[np.ndarray, np.ndarray]:
    """Gauss-Legendre nodes and weights between nought and one."""
    places, weights = np.polynomial.legendre.leggauss(number)
    return (places + 1) / 2, weights / 2


def _time_here(s: float, beta: ArrayLike, periods: ArrayLike) -> np.ndarray:
    """Periods, of the next so many, that somebody who is here now is expected to stay; at s = 1 its limit."""
    scale, times = np.asarray(beta, dtype=float), np.asarray(periods, dtype=float)
    longer = np.log1p(times / scale)
    return scale * (longer if abs(s - 1) < 1e-9 else -np.expm1(-(s - 1) * longer) / (s - 1))
