"""BG/NBD: buying at a rate of one's own until one leaves, which can happen only right after a purchase.

Source: P. S. Fader, B. G. S. Hardie and K. L. Lee (2005), "Counting your customers" the easy way, Marketing Science 24, 275-284.

**No life stage rests on this model's probability of being alive.** A customer can leave only at a purchase that is counted, and the
first purchase is not: everybody without a repeat is alive with probability one, however long the silence. On the CDNOW data that is
said of 1,411 customers of whom 14 % buy in the following 39 weeks. Use it for the number of purchases of a cohort; for who has left,
use gaps and silence (the method ``lifecycle``), or at least Pareto/NBD, whose customers can leave at any time.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
from scipy.special import betaincinv, digamma, expit, gammaln, hyp2f1

from seglib.clv.likelihood import Fit, Objective, Rows, count_equal, maximise, need_repeats, parameter_table, purchase_columns, same_unit

if TYPE_CHECKING:
    import pandas as pd
    from numpy.typing import ArrayLike

NAME = "BG/NBD"
STARTS = ((1.0, 1.0, 1.0, 1.0), (0.3, 1.0, 0.8, 2.5), (2.0, 3.0, 0.5, 5.0), (0.5, 0.3, 2.0, 10.0), (5.0, 10.0, 0.2, 1.0))
SERIES = 100.0  # greatest parameter for which the hypergeometric series is exact


@dataclass(frozen=True)
class BgNbd:
    """Rates differ by Gamma(r, alpha), chances of leaving after a purchase by Beta(a, b).

    Attributes:
        r: Shape of the purchase rates; small: customers differ much.
        alpha: Their scale, in periods; the mean rate is r / alpha purchases a period.
        a, b: Of the chances of leaving; the mean chance is a / (a + b).
        period_days: Length of a period in days.
        fit: How the estimate was reached; None for given parameters.
    """

    r: float
    alpha: float
    a: float
    b: float
    period_days: float
    fit: Fit | None = None

    @property
    def parameters(self) -> pd.DataFrame:
        """One row a parameter: parameter, estimate, standard_error."""
        return parameter_table({"r": self.r, "alpha": self.alpha, "a": self.a, "b": self.b}, self.fit)

    def log_likelihood(self, summary: pd.DataFrame) -> float:
        """Of these customers under these parameters."""
        x, tx, observed = self._columns(summary)
        return _objective(count_equal(x, tx, observed))(np.log([self.r, self.alpha, self.a, self.b]))[0]

    def p_alive(self, summary: pd.DataFrame) -> np.ndarray:
        """Probability, one a customer, of not having left; one for everybody without a repeat (see the module's first lines)."""
        x, tx, observed = self._columns(summary)
        return expit(-self._log_odds_of_having_left(x, tx, observed))

    def expected_orders(self, summary: pd.DataFrame, *, periods: ArrayLike) -> np.ndarray:
        """Purchases expected in the next ``periods`` periods: one number a customer, or one column for each of many ``periods``."""
        x, tx, observed = self._columns(summary)
        alive = expit(-self._log_odds_of_having_left(x, tx, observed))
        times = np.asarray(periods, dtype=float)
        expected = [alive * _growth(self.r, self.a, self.b, x, time / (self.alpha + observed + time)) for time in times.ravel()]
        return np.stack(expected, axis=-1).reshape(*alive.shape, *times.shape)

    def expected_orders_of_new(self, *, periods: ArrayLike) -> np.ndarray:
        """Repeat purchases expected of a new customer within the first ``periods`` periods (one number or many)."""
        times = np.asarray(periods, dtype=float)
        return _growth(self.r, self.a, self.b, np.zeros_like(times), times / (self.alpha + times))

    def _columns(self, summary: pd.DataFrame) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        x, tx, observed, days = purchase_columns(summary, NAME)
        same_unit(NAME, self.period_days, days)
        return x, tx, observed

    def _log_odds_of_having_left(self, x: np.ndarray, tx: np.ndarray, observed: np.ndarray) -> np.ndarray:
        longer = np.log(self.alpha + observed) - np.log(self.alpha + tx)
        odds = np.log(self.a) - np.log(self.b + np.maximum(x, 1) - 1) + (self.r + x) * longer
        return np.where(x > 0, odds, -np.inf)


def fit_bg_nbd(summary: pd.DataFrame) -> BgNbd:
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
    estimate, fit = maximise(_objective, count_equal(x, tx / scale, observed / scale), ("r", "alpha", "a", "b"), STARTS)
    r, alpha, a, b = estimate.tolist()
    errors = fit.standard_errors | {"alpha": fit.standard_errors["alpha"] * scale}
    fit = replace(fit, standard_errors=errors, log_likelihood=fit.log_likelihood - float(x.sum()) * float(np.log(scale)))
    return BgNbd(r, alpha * scale, a, b, days, fit)


def _objective(rows: Rows) -> Objective:
    """Log-likelihood and its gradient over the logarithms of r, alpha, a, b."""
    x, tx, observed, weight = rows
    orders, at = np.unique(x, return_inverse=True)  # what depends on the count alone is worked out once a count
    by_count = np.bincount(at, weights=weight)
    again = x > 0

    def of(theta: np.ndarray) -> tuple[float, np.ndarray]:
        r, alpha, a, b = np.exp(theta)
        value, slopes = _of_counts(orders, r, alpha, a, b)
        # Two stories: still here at the end, or gone right after the last purchase. Added as logarithms.
        here, gone = np.log(alpha + observed), np.log(alpha + tx)
        stay = -(r + x) * here
        with np.errstate(divide="ignore"):
            leave = np.where(again, np.log(a) - np.log(b + np.maximum(x, 1) - 1) - (r + x) * gone, -np.inf)
        both = np.logaddexp(stay, leave)
        left = weight * np.exp(leave - both)
        kept = weight - left
        gradient = slopes @ by_count
        gradient[0] -= kept @ here + left @ gone
        gradient[1] -= (r + x) @ (kept / (alpha + observed) + left / (alpha + tx))
        gradient[2] += left.sum() / a
        gradient[3] -= left[again] @ (1 / (b + x[again] - 1))
        return float(value @ by_count + both @ weight), gradient * np.exp(theta)

    return of


def _of_counts(x: np.ndarray, r: float, alpha: float, a: float, b: float) -> tuple[np.ndarray, np.ndarray]:
    """The part of the log-likelihood that depends on the number of repeats alone, and its slopes (4 rows)."""
    value = gammaln(r + x) - gammaln(r) + r * np.log(alpha) + gammaln(a + b) + gammaln(b + x) - gammaln(b) - gammaln(a + b + x)
    together = digamma(a + b) - digamma(a + b + x)
    slopes = np.vstack(
        [
            digamma(r + x) - digamma(r) + np.log(alpha),
            np.full(len(x), r / alpha),
            together,
            together + digamma(b + x) - digamma(b),
        ]
    )
    return value, slopes


def _growth(r: float, a: float, b: float, x: np.ndarray, share: np.ndarray) -> np.ndarray:
    """Purchases expected of somebody who is here; z is ``share`` and c is a + b + x - 1.

    It is c / (a - 1) * (1 - (1 - z)^(a - 1) * 2F1(a - 1, a + b - r - 1; c; z)). The published form has 2F1(r + x, b + x; c; z) times
    (1 - z)^(r + x), which overflows for busy customers; Euler's transformation takes the count out of the first two arguments. Where a
    is one, or c is nought, the expression is nought over nought with a finite limit, met from both sides.
    """

    if max(a, b, r) > SERIES:
        return _mean_over_chances(r + x, a, b + x, share)

    def at(a: float, b: float) -> np.ndarray:
        c = a + b + x - 1
        power = np.exp((a - 1) * np.log1p(-share))
        return c / (a - 1) * (1 - power * hyp2f1(a - 1, a + b - r - 1, c, share))

    return _around(lambda near: _around(lambda near_b: at(near, near_b), b, abs(near + b - 1)), a, abs(a - 1))


def _mean_over_chances(r: np.ndarray, a: float, b: np.ndarray, share: np.ndarray) -> np.ndarray:
    """The same, to some four digits, where parameters have run away: the mean over the chance p of leaving, by its quantiles.

    Given p, the number of purchases within t is expected to be (1 - (1 + p t / alpha)^-r) / p.
    """
    places, weights = np.polynomial.legendre.leggauss(128)
    total = np.zeros(np.broadcast_shapes(np.shape(r), np.shape(share)))
    for place, weight in zip((places + 1) / 2, weights / 2, strict=True):
        p = np.maximum(betaincinv(a, b, place), 1e-300)
        total += weight * -np.expm1(-r * np.log1p(p * share / (1 - share))) / p
    return total


def _around(value: Callable[[float], np.ndarray], at: float, distance: float) -> np.ndarray:
    """The value at a point, or the mean from both sides where it lies within a hair of a removable hole."""
    width = 1e-5
    return value(at) if distance >= width else (value(at + 2 * width) + value(at - 2 * width)) / 2
