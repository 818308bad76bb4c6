"""Who fell further than customers of the same class and of the same level of spend were to be expected to."""

from __future__ import annotations

import numpy as np
import pandas as pd
from scipy.stats import t as student

from seglib.review.moves import NEVER, UNIT, labels

FEWEST = 10  # customers a line is drawn through; a smaller class takes the line of everybody
LEVEL = 0.05  # of standing out, shared among all customers looked at
COLUMNS = ("customer_id", "before", "after", "money_before", "money_after", "change", "expected_change", "beyond", "stands_out")


def falls(table: pd.DataFrame) -> pd.DataFrame:
    """Who lost the firm more than was to be expected, worst first.

    Expected of a customer who spent x is a + b x, the line of money after on money before through the other customers of the same class
    (of all customers where the class has fewer than 10 who bought), but not below 0. Whoever stood high falls back on the average with no
    cause, and b < 1 says by how much: the mean change of the class would list those who stood highest in it. Residuals spread with the
    level, as x to the power p; p, between 0 and 2, is the slope of ln(residual squared) on ln x (Harvey 1976), and the line is drawn anew
    with weights x to the power -p. A customer stands out whose studentised deleted residual is below Student's t at .05 / n, n being all
    customers looked at, so that in a world where nobody changed somebody stands out once in twenty times.

    Args:
        table: What ``moves.joined`` gives.

    Returns:
        customer_id, before, after, money_before, money_after, change, expected_change, beyond (change less the expected), stands_out; only
        those whose money fell, and by more than expected. Empty where fewer than 10 customers bought in the earlier window.
    """
    known = table[~table["a"].isin(("", *NEVER)) & (table["m0"] > 0)]
    before, after = (known[name].to_numpy(float) / UNIT for name in ("m0", "m1"))
    if len(known) < FEWEST:
        return pd.DataFrame(columns=[*COLUMNS])
    expected, below = _line(before, after)
    segments = known["a"].to_numpy(object)
    for segment in pd.unique(segments):
        mine = segments == segment
        if mine.sum() >= FEWEST:
            expected[mine], below[mine] = _line(before[mine], after[mine])
    change = after - before
    values = (
        known["customer_id"].astype("str").to_numpy(object),
        segments,
        labels(known)[1],
        before,
        after,
        change,
        (expected - before).round(6),
        (after - expected).round(6),
        below * len(known) < LEVEL,
    )
    found = pd.DataFrame(dict(zip(COLUMNS, values, strict=True))).astype(dict.fromkeys(COLUMNS[:3], "str"))
    found = found[(found["change"] < 0) & (found["beyond"] < 0)]
    return found.sort_values(["beyond", "change", "customer_id"], kind="stable").reset_index(drop=True)


def _line(x: np.ndarray, y: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """What the others lead to expect of each, and the probability of a y as low as theirs."""
    weight = np.ones(len(x))
    _, residual, _ = _fitted(x, y, weight)
    nothing = 1e-9 * np.abs(y).max(initial=1.0)  # residuals that are rounding
    apart = np.abs(residual) > nothing
    if np.ptp(x) > 0 and apart.sum() > 2:
        levels = np.log(x[apart])
        power = np.polyfit(levels, np.log(residual[apart] ** 2), 1)[0] if np.ptp(levels) > 0 else 0.0
        weight = (x / np.exp(np.log(x).mean())) ** -np.clip(power, 0, 2)
    leverage, residual, squares = _fitted(x, y, weight)
    rest = np.maximum(1 - leverage, 1e-9)
    degrees = len(x) - 3
    spread = np.sqrt(np.maximum(squares - weight * residual**2 / rest, 0) / degrees / weight)
    deleted = residual / np.sqrt(rest)
    ratio = np.divide(deleted, spread, out=np.where(np.abs(deleted) > nothing, np.copysign(np.inf, deleted), 0.0), where=spread > nothing)
    return np.maximum(y - residual / rest, 0), student.cdf(ratio, degrees)


def _fitted(x: np.ndarray, y: np.ndarray, weight: np.ndarray) -> tuple[np.ndarray, np.ndarray, float]:
    """Leverage and residual of each, and the weighted sum of squares, of the straight line (flat where all x are alike)."""
    whole = weight.sum()
    far, high = x - (weight * x).sum() / whole, y - (weight * y).sum() / whole
    spread = (weight * far**2).sum()
    slope = (weight * far * high).sum() / spread if spread > 0 else 0.0
    residual = high - slope * far
    leverage = weight * (1 / whole + (far**2 / spread if spread > 0 else 0.0))
    return leverage, residual, float((weight * residual**2).sum())
