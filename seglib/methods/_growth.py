"""What was spent next: a shrinkage regression learned inside the history, and what another column adds to spend."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from seglib.binning import round12

if TYPE_CHECKING:
    import numpy as np
    import pandas as pd

FOLDS = 5
RIDGES = (0.0, 0.01, 0.1, 1.0)  # shares of the sum of squares
DRAWS = 1000
FEWEST = 30  # customers without whom nothing is learned


@dataclass(frozen=True)
class Forecast:
    """A forecast of the next half window, as printed formulas.

    Attributes:
        run_rate: Spend of the last half window, scaled up for whoever is younger than it.
        expected: Spend expected in the next half.
        floor: Added to the run rate where errors are measured against it, so that tiny customers do not rule.
        below, above: Lower and upper end of the interval, as distances from the forecast in units of run rate plus floor (below is
            given as a positive number).
        again: Chance to buy in the next half, by the spend of the last.
        learned_on: Customers it was learned on.
        coefficients: Factor of each part of ``expected``.
        ridge: How strongly they were drawn towards an unchanged run rate.
        r2: Share of the differences in the last half's spend that the forecast explains, on customers who did not teach.
    """

    run_rate: str
    expected: str
    floor: str
    below: float
    above: float
    again: str
    learned_on: int
    coefficients: tuple[tuple[str, float], ...]
    ridge: float
    r2: float = 0.0

    def table(self) -> pd.DataFrame:
        """Measure and value, to be shown."""
        import pandas as pd

        rows = [*self.coefficients, ("ridge", self.ridge), ("interval_below", -self.below), ("interval_above", self.above), ("r2", self.r2)]
        return pd.DataFrame([*rows, ("learned_on", float(self.learned_on))], columns=["measure", "value"])


def learn(old: pd.DataFrame, half: int, interval: float) -> Forecast:
    """Learn from customers who spent in the half before last what the last half brought; the same is then asked of the last half.

    Spend next is a sum of run rate, a constant and the logarithm of tenure, fitted to errors in proportion to the run rate and drawn
    towards an unchanged run rate; how strongly, and how wide the interval is, are found on customers who did not teach. The total is
    brought to that of the half before, so that a season that everybody shares is not taken for growth.

    Args:
        old: Customers with days_since_first_order, spend_last_half, spend_previous_half, the last above nought.
        half: Days of a half window.
        interval: Share of customers within the interval.
    """
    import numpy as np

    run_rate = f"(greatest(spend_last_half, 0) * {half} / least({half}, days_since_first_order + 1))"
    age = old["days_since_first_order"].to_numpy(float) - half + 1
    run = round12(np.maximum(old["spend_previous_half"].to_numpy(float), 0) * half / np.minimum(half, np.maximum(age, 1)))
    after = round12(np.maximum(old["spend_last_half"].to_numpy(float), 0))
    if len(old) < FEWEST or after.sum() <= 0:
        return Forecast(run_rate, run_rate, "1", 0.0, 0.0, "1", len(old), (("run_rate", 1.0),), 0.0)
    order = np.lexsort((age, after, run))
    run, after, age = run[order], after[order], np.maximum(age[order], 1)
    after = after * (run.sum() / after.sum())
    floor = float(np.median(run)) / 4
    design = np.column_stack([run, np.full(len(run), floor), floor * np.log(age / half)]) / (run + floor)[:, None]
    errors = (after - run) / (run + floor)  # the coefficients learned are departures from an unchanged run rate
    folds = np.arange(len(run)) % FOLDS
    tried = {ridge: errors - _out_of_fold(design, errors, folds, ridge) for ridge in RIDGES}
    ridge = min(RIDGES, key=lambda one: float((tried[one] ** 2).mean()))
    by_run, constant, by_age = _solve(design, errors, ridge)
    below, above = np.quantile(tried[ridge], [(1 - interval) / 2, (1 + interval) / 2])
    below, above = min(float(below), 0.0), max(float(above), 0.0)  # where most buy nothing again the middle errors all lie on one side
    r2 = 1 - float(((tried[ridge] * (run + floor)) ** 2).sum() / ((after - after.mean()) ** 2).sum()) if after.std() > 0 else 0.0
    expected = (
        f"({1 + by_run:.6g} * {run_rate} + {constant * floor:.6g} + {by_age * floor:.6g} * log((days_since_first_order + 1) / {half}))"
    )
    parts = (("run_rate", 1 + by_run), ("constant", constant * floor), ("log_tenure", by_age * floor))
    return Forecast(run_rate, expected, f"{floor:.6g}", -below, above, _again(run, after), len(old), parts, ridge, r2)


def _solve(design: np.ndarray, target: np.ndarray, ridge: float) -> tuple[float, ...]:
    import numpy as np

    moments = design.T @ design
    found = np.linalg.solve(moments + (ridge + 1e-9) * np.diag(np.diag(moments) + 1e-12), design.T @ target)
    return tuple(float(value) for value in found)


def _out_of_fold(design: np.ndarray, target: np.ndarray, folds: np.ndarray, ridge: float) -> np.ndarray:
    """Predictions for every fold by what the others teach."""
    import numpy as np

    predicted = np.empty(len(target))
    for fold in range(FOLDS):
        predicted[folds == fold] = design[folds == fold] @ np.asarray(_solve(design[folds != fold], target[folds != fold], ridge))
    return predicted


def _again(run: np.ndarray, after: np.ndarray) -> str:
    """Share that bought in the half that followed, by thirds of the run rate, as a formula on the last half."""
    import numpy as np

    cuts = [float(value) for value in dict.fromkeys(round12(np.quantile(run, [1 / 3, 2 / 3])))]
    group = np.searchsorted(cuts, run)
    shares = [float((after[group == place] > 0).mean()) if (group == place).any() else 1.0 for place in range(len(cuts) + 1)]
    text = f"{shares[-1]:.6g}"
    for value, share in reversed([*zip(cuts, shares, strict=False)]):
        text = f"where(spend_last_half <= {value!r}, {share:.6g}, {text})"
    return text


def gain(old: pd.DataFrame, column: str) -> dict[str, float] | None:
    """How much of the spend of the last half a column explains beyond the spend of the half before, on customers who did not teach.

    Returns:
        r2 (spend alone), partial_r2 (what the column adds), low and high (95 % of 1,000 bootstrap draws over customers, predictions
        fixed); None where there is too little to learn from.
    """
    import numpy as np

    known = old[old[column].notna().to_numpy()]
    before, after, more = (round12(known[name].to_numpy(float)) for name in ("spend_previous_half", "spend_last_half", column))
    if len(known) < FEWEST or after.std() == 0 or more.std() == 0 or before.std() == 0:
        return None
    order = np.lexsort((more, after, before))
    y = after[order] / after.std()
    base = np.column_stack([np.ones(len(y)), before[order] / before.std()])
    both = np.column_stack([base, more[order] / more.std()])
    folds = np.arange(len(y)) % FOLDS
    one, two = ((y - _out_of_fold(design, y, folds, 0.0)) ** 2 for design in (base, both))
    weights = np.random.default_rng(0).multinomial(len(y), np.full(len(y), 1 / len(y)), DRAWS).astype(float)
    total = weights @ y**2 / len(y) - (weights @ y / len(y)) ** 2
    draws = (weights @ (one - two) / len(y)) / np.maximum(total, 1e-12)
    low, high = np.quantile(draws, [0.025, 0.975])
    return {
        "r2": float(1 - one.mean() / y.var()),
        "partial_r2": float((one - two).mean() / y.var()),
        "low": float(low),
        "high": float(high),
        "customers": float(len(y)),
    }


PERIODS = 13  # of four weeks, a year of them
FEWEST_PERIODS = 8  # pairs of the same season that must differ before a trend is looked for
LEAD_IN = 91  # a customer of both years began to buy in the first quarter of the first, or before
FALSE_ALARMS = 0.05  # so that a market in which nobody moves makes no claim in 19 of 20 cases; the field asks for 0.10


def trends(periods: pd.DataFrame, customers: pd.DataFrame) -> pd.Series | None:
    """Who spends more, or less, than in the same season a year before: four weeks against the same four weeks, thirteen times.

    Hirsch, Slack and Smith's seasonal Kendall test (1982), which over two years is a sign test of the thirteen differences; Benjamini and
    Hochberg hold false alarms among those called to 5 %. The slope of one year is no trend: it holds the season, and turns round.

    Args:
        periods: The side frame ``four_weeks``.
        customers: customer_id and days_since_first_order.

    Returns:
        For every customer rising, falling, no_trend or not_judged (not a customer of both years, or fewer than eight pairs in which money
        was spent and differs); None where the orders do not reach back two years.
    """
    import numpy as np
    import pandas as pd
    from scipy.stats import binom, false_discovery_control

    if periods.empty or int(periods["period"].max()) < 2 * PERIODS - 1:
        return None
    spend = periods.pivot_table(index="customer_id", columns="period", values="spend", aggfunc="sum").reindex(columns=range(2 * PERIODS))
    money = round12(spend.reindex(customers["customer_id"]).fillna(0.0).to_numpy(float))
    apart = money[:, :PERIODS] - money[:, PERIODS:]
    up, down = (apart > 0).sum(axis=1), (apart < 0).sum(axis=1)
    both_years = customers["days_since_first_order"].to_numpy(float) >= 2 * PERIODS * 28 - LEAD_IN
    judged = both_years & (up + down >= FEWEST_PERIODS)
    found = np.full(len(customers), "not_judged", dtype=object)
    if judged.any():
        p = np.minimum(1.0, 2 * binom.cdf(np.minimum(up, down)[judged], (up + down)[judged], 0.5))
        sure = false_discovery_control(p) <= FALSE_ALARMS
        found[judged] = np.where(sure, np.where((up > down)[judged], "rising", "falling"), "no_trend")
    return pd.Series(found, index=customers.index).astype("str")
