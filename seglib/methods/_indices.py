"""How far an index of purchases can be trusted: its reliability from two halves of each customer's buying days."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

from seglib.formula import Formula

if TYPE_CHECKING:
    import numpy as np
    import pandas as pd

PAIRS = 30  # customers with both halves, or there is no reliability to speak of
LEAST_SHARE = 0.05  # an index that counts for fewer of the customers tells of the heaviest buyers alone
HALF_LINES = (25, 10, 5, 2)  # fewest lines of a half; the first that enough customers have
LEAST_LINES = 5  # of a customer of whom an index counts, unless another number is asked for
LEVEL = 0.025  # one-sided: beyond it the halves agree by more than chance
FAR_BELOW = "-9.0"  # the score of an index that does not count: below every other


@dataclass(frozen=True)
class Index:
    """An index of purchases on the scale of what customers truly differ by.

    Attributes:
        name: promo, brand, quality or price; its columns are ``<name>_index`` and ``<name>_<unit>``.
        unit: What is counted: lines, or types of goods.
        pairs: Customers with enough lines in both halves.
        lines: Lines of a half (harmonic mean).
        r: Correlation of the two halves.
        low: Lower end of its interval (Fisher's transform, White's error) at the level asked for.
        kappa: Lines at which the index is believed half: lines x (1 - r) / r, as Spearman and Brown.
        needed: Lines from which its reliability n / (n + kappa) reaches the one asked for.
        mean, slope: What customers with as many lines show, mean + slope x log(lines), fitted on those of whom it counts, each as far as
            it is believed. A maker bought again out of habit makes the index fall with the number of purchases, with no difference
            between customers.
        spread: Standard deviation of the true differences: the root of the covariance of the halves.
        counts: Customers of whom it counts.
        trusted: Their mean reliability.
        of: Customers who were looked at.
        bar: What the lower end of the correlation has to pass.
    """

    name: str
    unit: str = "lines"
    pairs: int = 0
    lines: float = math.nan
    r: float = math.nan
    low: float = math.nan
    kappa: float = math.inf
    needed: float = math.inf
    mean: float = math.nan
    slope: float = math.nan
    spread: float = math.nan
    counts: int = 0
    trusted: float = math.nan
    of: int = 0
    bar: float = 0.0

    @property
    def fewest(self) -> int:
        """For how many customers it must count."""
        return max(PAIRS, math.ceil(LEAST_SHARE * self.of))

    @property
    def used(self) -> bool:
        """Enough customers with enough lines, and halves that agree beyond chance."""
        return self.counts >= self.fewest and self.low > self.bar and self.spread > 0

    def formulas(self, otherwise: str = FAR_BELOW) -> tuple[Formula, Formula]:
        """Its reliability of a customer, 0 where it does not count; and the index drawn in, in true standard deviations.

        Args:
            otherwise: The index of a customer of whom it does not count.
        """
        n = f"{self.name}_{self.unit}"
        counts = f"{n} >= {self.needed!r}"
        trusted = f"{n} / ({n} + {self.kappa!r})"
        usual = f"({self.mean!r} + {self.slope!r} * log({n}))"
        apart = f"({self.name}_index - {usual}) / {self.spread!r}"
        reliability = Formula(f"{self.name}_reliability", f"where({counts}, {trusted}, 0)")
        drawn = f"{self.name}_reliability * {apart}"
        return reliability, Formula(f"{self.name}_z", f"where({counts}, {drawn}, {otherwise})")


def fitted(
    name: str,
    halves: pd.DataFrame,
    customers: pd.DataFrame,
    *,
    reliability: float,
    unit: str = "lines",
    fewest: float = LEAST_LINES,
    level: float = LEVEL,
    bar: float = 0.0,
) -> Index:
    """What the halves say of an index.

    Args:
        name: promo, brand or quality.
        halves: customer_id, half (0, 1), and the index and its lines, of the customers who may be fitted on.
        customers: Those customers, with the index over the whole window.
        reliability: The least reliability with which an index counts, 0 to 1.
        unit: What is counted: lines, or types.
        fewest: Nobody is judged on fewer of them.
        level: One-sided level of the test that the halves agree; where several indices are looked at, their share of it.
        bar: What the lower end of the halves' correlation has to pass.
    """
    import numpy as np
    from scipy.stats import norm

    first, second, n, m = _pairs(name, halves, unit, min(fewest, LEAST_LINES))
    if len(first) < PAIRS:
        return Index(name, unit, pairs=len(first), of=len(customers))
    covariance, r, error = _moments(_beyond(first, n), _beyond(second, m))
    lines = 2 / float(np.mean(1 / n) + np.mean(1 / m))
    low = math.tanh(math.atanh(min(r, 1 - 1e-9)) - float(norm.isf(level)) * error)
    if r <= 0:
        return Index(name, unit, pairs=len(first), lines=_short(lines), r=_short(r), low=_short(low), of=len(customers))
    kappa = max(lines * (1 - r) / r, 0.0)
    needed = max(float(math.ceil(round(kappa * reliability / (1 - reliability), 6))), float(fewest))
    counted = customers[(customers[f"{name}_{unit}"] >= needed) & customers[f"{name}_index"].notna()]
    values, sizes = (counted[f"{name}_{what}"].to_numpy(float) for what in ("index", unit))
    order = np.lexsort((values, sizes))
    values, sizes = values[order], sizes[order]
    believed = sizes / (sizes + kappa)
    mean, slope = _line(values, sizes, believed) if len(values) else (math.nan, math.nan)
    spread = math.sqrt(max(covariance, 0.0))
    trusted = float(believed.mean()) if len(values) else math.nan
    shown = {"lines": lines, "r": r, "low": low, "kappa": kappa, "needed": needed, "mean": mean, "slope": slope, "spread": spread}
    shown["trusted"] = trusted
    exact = {what: _short(value) for what, value in shown.items()}
    return Index(name, unit, pairs=len(first), counts=len(values), of=len(customers), bar=bar, **exact)


def _pairs(name: str, halves: pd.DataFrame, unit: str, least: float) -> tuple[np.ndarray, ...]:
    """Both halves of the index and their lines, of customers with enough lines in each; in an order that their values decide.

    Enough is the most of ``HALF_LINES`` that half of the customers with both halves have, and at least as many as are needed; no fewer
    than ``least`` will do (nor than the last of them, as a half of one line says little of what it would show again).
    """
    import numpy as np

    wide = halves.pivot(index="customer_id", columns="half", values=[f"{name}_index", f"{name}_{unit}"])
    wide = wide.reindex(columns=[(f"{name}_{what}", half) for what in ("index", unit) for half in (0, 1)]).dropna()
    columns = [wide[column].to_numpy(float) for column in wide.columns]
    columns = [column[np.lexsort(columns)] for column in columns]
    for fewest in (lines for lines in HALF_LINES if lines >= least):
        enough = np.minimum(columns[2], columns[3]) >= fewest
        if enough.sum() >= max(PAIRS, len(enough) / 2):
            break
    return tuple(column[enough] for column in columns)


def _line(values: np.ndarray, lines: np.ndarray, weights: np.ndarray | None = None) -> tuple[float, float]:
    """Level and slope of the values on log(lines); no slope where all have as many."""
    import numpy as np

    logs = np.log(lines)
    centre, level = float(np.average(logs, weights=weights)), float(np.average(values, weights=weights))
    weights = np.ones(len(values)) if weights is None else weights
    spread = float((weights * (logs - centre) ** 2).sum())
    slope = float((weights * (logs - centre) * (values - level)).sum()) / spread if spread > 1e-9 else 0.0
    return level - slope * centre, slope


def _beyond(values: np.ndarray, lines: np.ndarray) -> np.ndarray:
    """What is left of the values beyond what the number of lines leads to expect."""
    import numpy as np

    level, slope = _line(values, lines)
    return values - level - slope * np.log(lines)


def _moments(first: np.ndarray, second: np.ndarray) -> tuple[float, float, float]:
    """Covariance, correlation, and the standard error of the latter's Fisher transform; no correlation where one is the same for all.

    Halves of few lines scatter most, both of them: the error is White's, which holds however the scatter differs between customers, and is
    1 / sqrt(n - 3) where it does not.
    """

    x, y = first - first.mean(), second - second.mean()
    products, n = float((x * y).mean()), len(x)
    spread = math.sqrt(float((x**2).mean() * (y**2).mean()))
    if not spread > 0:
        return 0.0, 0.0, math.inf
    residual = y - products / float((x**2).mean()) * x
    scatter = float((x**2).sum() * (residual**2).sum())
    error = math.sqrt(float((x**2 * residual**2).sum()) / scatter * n / (n - 3)) if scatter > 0 else 0.0
    return products * n / (n - 1), products / spread, error


def _short(value: float) -> float:
    """Nine digits decide: the rest of them is the order in which a sum was made."""
    return float(f"{value:.9g}")
