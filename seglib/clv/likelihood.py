"""Maximum likelihood for the three models: rows counted once, several starts, Newton steps to the end, standard errors.

Parameters are positive, so the search is over their logarithms; times and amounts are brought to a scale near one first, so that
the same starts serve days, weeks and any currency. With many different rows the starts are tried on every hundredth row or so (of
the sorted rows, so the choice depends on their values alone), and Newton steps on all of them finish the work.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from seglib.errors import DataError, TableError

if TYPE_CHECKING:
    import pandas as pd

Objective = Callable[[np.ndarray], tuple[float, np.ndarray]]  # log parameters -> log-likelihood and its gradient
Rows = tuple[np.ndarray, ...]  # columns of different rows, and how often each occurs as the last

MANY_ROWS = 8_000  # from here on the starts are tried on a part
PART = 4_000
FARTHEST = 12.0  # bounds of a log parameter on the scale near one: beyond e^12 a parameter has run away
EDGE = 0.05  # a log parameter within this distance of a bound is at it


@dataclass(frozen=True)
class Fit:
    """How an estimate was reached, and how far it may be trusted.

    Attributes:
        log_likelihood: At the estimate, in the units of the summary.
        standard_errors: By parameter, from the curvature of the log-likelihood; missing where it has no peak.
        customers: How many were fitted on.
        rows: How many different rows they have.
        converged: True at a peak inside the bounds.
        at_limit: Parameters that ran to a bound: the data do not determine them.
        left_out: Customers that the model cannot use.
    """

    log_likelihood: float
    standard_errors: dict[str, float] = field(repr=False)
    customers: int
    rows: int
    converged: bool
    at_limit: tuple[str, ...] = ()
    left_out: int = 0


def maximise(
    objective: Callable[[Rows], Objective], rows: Rows, names: Sequence[str], starts: Sequence[Sequence[float]]
) -> tuple[np.ndarray, Fit]:
    """The parameters with the greatest likelihood.

    Args:
        objective: Makes the log-likelihood of some rows, over log parameters.
        rows: Different rows with their counts.
        names: Of the parameters.
        starts: Parameters (not logarithms) to start from, on the scale near one.

    Returns:
        The parameters on the scale of ``rows``, and the fit, with standard errors on that scale.
    """
    from threadpoolctl import threadpool_limits

    # One thread: the matrices are four by four, and several threads would add up the same rows in another order each time.
    with threadpool_limits(1):
        return _maximise(objective, rows, names, starts)


def _maximise(
    objective: Callable[[Rows], Objective], rows: Rows, names: Sequence[str], starts: Sequence[Sequence[float]]
) -> tuple[np.ndarray, Fit]:
    """The work of ``maximise``."""
    part, total = _part(rows), float(rows[-1].sum())
    on_part, on_all = objective(part), objective(rows)
    best = max((_climb(on_part, np.log(start), total) for start in starts), key=lambda found: found[1])[0]
    if not _at_limit(best).any():
        best = _newton(on_all, best, _curvature(on_part, best), total)
    elif part is not rows:
        best = _climb(on_all, best, total)[0]
    value, gradient = on_all(best)
    curvature = _curvature(on_all, best)
    limit = _at_limit(best)
    errors, peak = _errors(curvature, best)
    converged = peak and not limit.any() and bool(np.abs(gradient).max() <= 1e-6 * total)
    fit = Fit(
        log_likelihood=float(value),
        standard_errors=dict(zip(names, errors.tolist(), strict=True)),
        customers=int(total),
        rows=len(rows[-1]),
        converged=converged,
        at_limit=tuple(name for name, at in zip(names, limit, strict=True) if at),
    )
    return np.exp(best), fit


def _part(rows: Rows) -> Rows:
    """Every so manieth of the sorted rows where there are many: a sample that depends on the values alone."""
    n = len(rows[-1])
    if n <= MANY_ROWS:
        return rows
    chosen = np.linspace(0, n - 1, PART).round().astype(int)
    weights = rows[-1][chosen]
    return (*(column[chosen] for column in rows[:-1]), weights * (rows[-1].sum() / weights.sum()))


def _climb(objective: Objective, start: np.ndarray, total: float) -> tuple[np.ndarray, float]:
    """From one start to a peak, or to the bounds."""
    from scipy.optimize import minimize

    def falling(theta: np.ndarray) -> tuple[float, np.ndarray]:
        value, gradient = objective(theta)
        return (-value / total, -gradient / total) if np.isfinite(value) else (1e10, np.zeros_like(theta))

    options = {"maxiter": 500, "ftol": 1e-13, "gtol": 1e-7}
    found = minimize(falling, start, jac=True, method="L-BFGS-B", bounds=[(-FARTHEST, FARTHEST)] * len(start), options=options)
    return found.x, float(-found.fun)


def _newton(objective: Objective, theta: np.ndarray, curvature: np.ndarray, total: float) -> np.ndarray:
    """Newton steps until they are too small to matter; a step that does not climb is halved.

    Args:
        objective: Log-likelihood and gradient.
        theta: Log parameters near the peak.
        curvature: Second derivatives to begin with (those of a part of the rows are nearly the same, and cheap); mended after each
            step by what the gradient did.
        total: Number of customers.
    """
    value, gradient = objective(theta)
    for _ in range(30):
        if np.linalg.eigvalsh(-curvature).min() <= 0:
            return _climb(objective, theta, total)[0]
        step = np.linalg.solve(-curvature, gradient)
        for _ in range(12):
            there = np.clip(theta + step, -FARTHEST, FARTHEST)
            new_value, new_gradient = objective(there)
            if new_value >= value - 1e-12 * abs(value):
                break
            step = step / 2
        else:
            return theta
        curvature = _mended(curvature, there - theta, new_gradient - gradient)
        theta, value, gradient = there, new_value, new_gradient
        if np.abs(step).max() < 1e-8:
            break
    return theta


def _mended(curvature: np.ndarray, step: np.ndarray, change: np.ndarray) -> np.ndarray:
    """The curvature that agrees with how the gradient changed over the last step (the BFGS rule)."""
    agreed = step @ change
    if agreed >= 0:
        return curvature
    old = curvature @ step
    return curvature - np.outer(old, old) / (step @ old) + np.outer(change, change) / agreed


def _curvature(objective: Objective, theta: np.ndarray) -> np.ndarray:
    """Second derivatives, from differences of the exact gradient on either side."""
    width = 1e-4
    sides = [(objective(theta + shift)[1], objective(theta - shift)[1]) for shift in np.eye(len(theta)) * width]
    matrix = np.array([(up - down) / (2 * width) for up, down in sides])
    return (matrix + matrix.T) / 2


def _errors(curvature: np.ndarray, theta: np.ndarray) -> tuple[np.ndarray, bool]:
    """Standard errors of the parameters (not of their logarithms), and whether this is a peak at all."""
    eigenvalues = np.linalg.eigvalsh(-curvature)
    if not np.isfinite(eigenvalues).all() or eigenvalues.min() <= 1e-10 * abs(eigenvalues).max():
        return np.full(len(theta), np.nan), False
    return np.exp(theta) * np.sqrt(np.diag(np.linalg.inv(-curvature))), True


def _at_limit(theta: np.ndarray) -> np.ndarray:
    return np.abs(theta) > FARTHEST - EDGE


def count_equal(*columns: np.ndarray) -> Rows:
    """Different rows of these columns, ascending, and how often each occurs; the order of the rows has no influence."""
    order = np.lexsort(columns[::-1])
    sorted_columns = [np.asarray(column, dtype=float)[order] for column in columns]
    new = np.zeros(len(order), dtype=bool)
    new[:1] = True
    for column in sorted_columns:
        new[1:] |= column[1:] != column[:-1]
    begins = np.flatnonzero(new)
    return (*(column[begins] for column in sorted_columns), np.diff(np.append(begins, len(order))).astype(float))


def purchase_columns(summary: pd.DataFrame, model: str) -> tuple[np.ndarray, np.ndarray, np.ndarray, float]:
    """Repeat orders, first to last, observed time and the length of a period in days, checked.

    Raises:
        TableError: A column is missing, or values that no purchase history can have.
    """
    x, tx, observed, days = columns_of(summary, model, ("repeat_orders", "first_to_last_periods", "observed_periods", "period_days"))
    if n := int(np.count_nonzero(~np.isfinite(x + tx + observed + days))):
        raise TableError("{model}: {n} customers of the summary have a missing or infinite value; leave them out.", model=model, n=n)
    if n := int(np.count_nonzero((x < 0) | (x != np.rint(x)))):
        raise TableError("{model}: repeat_orders of {n} customers is no whole number from 0 up; count purchases first.", model=model, n=n)
    if n := int(np.count_nonzero((tx < 0) | (tx > observed * (1 + 1e-9)))):
        raise TableError(
            "{model}: {n} customers bought last outside the time they were observed; give all times in one unit.", model=model, n=n
        )
    if n := int(np.count_nonzero((x > 0) != (tx > 0))):
        raise TableError(
            "{model}: {n} customers have repeat orders but no time from first to last, or the reverse; make one purchase of a period.",
            model=model,
            n=n,
        )
    if len(units := np.unique(days)) > 1 or (units <= 0).any():
        raise TableError(
            "{model}: period_days must be one number above nought; found {found}.", model=model, found=", ".join(map(str, units))
        )
    return x, tx, np.maximum(observed, tx), float(units[0]) if len(units) else float("nan")


def columns_of(summary: pd.DataFrame, model: str, names: Sequence[str]) -> list[np.ndarray]:
    """Columns of a summary as arrays of numbers."""
    if lacking := [name for name in names if name not in summary.columns]:
        raise TableError(
            "{model}: the summary lacks {columns}; repeat_summary makes it from order lines.", model=model, columns=", ".join(lacking)
        )
    return [summary[name].to_numpy(dtype=float, na_value=np.nan) for name in names]


def same_unit(model: str, fitted: float, found: float) -> None:
    """Refuse to read weeks with a model of days."""
    if fitted != found and not np.isnan(found):
        raise TableError(
            "{model}: it was fitted on periods of {fitted:g} days, this summary has periods of {found:g}; make both with the same period.",
            model=model,
            fitted=fitted,
            found=found,
        )


def need_repeats(repeats: np.ndarray, model: str) -> None:
    """Refuse to estimate how often people come back from people who did not."""
    if (n := int(np.count_nonzero(repeats > 0))) < 2:
        raise DataError(
            "{model}: {n} of {all} customers bought again; at least two must, or there is no rate to estimate.",
            model=model,
            n=n,
            all=len(repeats),
        )


def parameter_table(values: dict[str, float], fit: Fit | None) -> pd.DataFrame:
    """One row a parameter: parameter, estimate, standard_error (missing for a model that was not fitted)."""
    import pandas as pd

    errors = fit.standard_errors if fit else {}
    rows = [(name, value, errors.get(name, float("nan"))) for name, value in values.items()]
    return pd.DataFrame(rows, columns=["parameter", "estimate", "standard_error"])
