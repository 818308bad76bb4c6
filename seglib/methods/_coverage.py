"""Coverage, in the senses the trade has of it: accounts, outlets, category sales, calls, and visits against the norm."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np
    import pandas as pd

NORM = {"A": 4.0, "B": 2.0, "C": 1.0}  # visits a month that an account of the tier should have at least
DAYS_A_MONTH = 365 / 12
DRAWS, FIRMNESS, MOST_ACCOUNTS = 500, 10.0, 20_000


def wilson(part: float, whole: float) -> tuple[float, float]:
    """95% interval of a share after Wilson; (0, 1) where there is nothing to count.

    >>> [round(end, 4) for end in wilson(8, 10)]
    [0.4902, 0.9433]
    """
    if not whole > 0:
        return 0.0, 1.0
    z, share = 1.959964, part / whole
    centre = (share + z**2 / (2 * whole)) / (1 + z**2 / whole)
    half = z / (1 + z**2 / whole) * math.sqrt(share * (1 - share) / whole + z**2 / (4 * whole**2))
    return max(centre - half, 0.0), min(centre + half, 1.0)


def coverage(accounts: pd.DataFrame, tier: pd.Series, window_days: int) -> pd.DataFrame:
    """The family of coverage rates.

    Args:
        accounts: The universe: orders, touches (orders and contacts in the window), and where there are any category_sales, visits and
            visits_with_order.
        tier: A, B or C of each account, on the same index.
        window_days: Days of the window.

    Returns:
        metric, tier ("everyone" or one), numerator, denominator, coverage_share, low_share, high_share (Wilson; for category sales on the
        effective number of outlets), formula (a key of the words file). What the columns do not carry is left out.
    """
    import pandas as pd

    rows: list[tuple[str, str, float, float, float]] = []  # metric, tier, numerator, denominator, effective number
    covered = accounts["touches"] > 0
    for name, inside in _tiers(tier):
        rows.append(("account_coverage", name, float((covered & inside).sum()), float(inside.sum()), float(inside.sum())))
    stocking = accounts["orders"] > 0
    rows.append(("numeric_distribution", "everyone", float(stocking.sum()), float(len(accounts)), float(len(accounts))))
    if "category_sales" in accounts.columns:
        sales = accounts["category_sales"].fillna(0.0).clip(lower=0)
        effective = float(sales.sum() ** 2 / (sales**2).sum()) if sales.any() else 0.0
        rows.append(("weighted_distribution", "everyone", math.fsum(sales[stocking]), math.fsum(sales), effective))
    if "visits" in accounts.columns and accounts["visits"].any():
        visits, seen = accounts["visits"], accounts["visits"] > 0
        rows.append(("call_coverage", "everyone", float(seen.sum()), float(len(accounts)), float(len(accounts))))
        if "visits_with_order" in accounts.columns:
            calls = float(visits.sum())
            rows.append(("productive_calls", "everyone", float(accounts["visits_with_order"].sum()), calls, calls))
        for name, inside in _tiers(tier)[1:]:
            often = visits / (window_days / DAYS_A_MONTH) >= NORM.get(name, 1.0)
            rows.append(("frequency_attainment", name, float((often & inside).sum()), float(inside.sum()), float(inside.sum())))
    found = [
        (*row[:4], row[2] / row[3] if row[3] else math.nan, *wilson(row[2] / row[3] * row[4] if row[3] else 0.0, row[4])) for row in rows
    ]
    table = pd.DataFrame(found, columns=["metric", "tier", "numerator", "denominator", "coverage_share", "low_share", "high_share"])
    return table.assign(formula="how_" + table["metric"])


def _tiers(tier: pd.Series) -> list[tuple[str, pd.Series]]:
    everyone = tier.notna()
    return [("everyone", everyone | True), *((name, tier == name) for name in sorted(tier.dropna().unique()))]


def unsettled(ranks: np.ndarray, weights: tuple[int, ...], shares: tuple[float, ...], seed: int) -> np.ndarray:
    """How far tiers hang on the weights: in what share of the draws an account stands in another tier.

    Args:
        ranks: Percentile ranks, accounts x factors, missing where a factor is not known.
        weights: Weights of the factors; drawn from a Dirichlet distribution of ten times them, 500 times.
        shares: Shares of the tiers, best first, adding up to 1.
        seed: Of the draws.

    Returns:
        The base tier (0 the best) and the share of draws in another one, accounts x 2; of 20,000 accounts spread over all where there are
        more.
    """
    import numpy as np

    order = np.lexsort(np.nan_to_num(ranks, nan=-1.0).T)
    ranks = ranks[order][:: max(1, math.ceil(len(order) / MOST_ACCOUNTS))]
    known, values = ~np.isnan(ranks), np.nan_to_num(ranks)
    cuts = 1 - np.cumsum(shares)[:-1]

    def tiers(weight: np.ndarray) -> np.ndarray:
        score = (values @ weight) / np.maximum(known @ weight, 1e-12)
        return (np.round(score, 9)[:, None] <= np.round(np.quantile(score, cuts), 9)).sum(axis=1)

    base = np.asarray(weights, float) / sum(weights)
    first, moved = tiers(base), np.zeros(len(values))
    for weight in np.random.default_rng(seed).dirichlet(np.maximum(FIRMNESS * base, 1e-3), DRAWS):
        moved += tiers(weight) != first
    return np.column_stack([first, moved / DRAWS])
