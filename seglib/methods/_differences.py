"""Do groups of customers buy other things? Shares of each customer's money, held against customers shuffled over the groups."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np
    import pandas as pd

ORDINARY, FEWEST_IN_CELL, FALSE_ALARMS = (80.0, 120.0), 30, 0.05


def compare(lines: pd.DataFrame, groups: Mapping[str, pd.Series], *, false_alarms: float = FALSE_ALARMS) -> pd.DataFrame:
    """How much of their money groups give to each category, beside all; one vote a customer, never a line.

    The p-value of a mean share is that of shuffling the customers over the groups: the first three moments of all shuffles are known
    exactly, and a gamma distribution has them (Pearson's third type), so that rare categories raise no false alarm; on the short side
    of the curve the normal one is held against it, and the larger p counts. q is by Benjamini and Hochberg over the whole table.

    Args:
        lines: customer_id, category, spend.
        groups: Name of a grouping -> group of each customer, by customer_id.
        false_alarms: Share of false lines among those that stand; less where several tables are searched.

    Returns:
        One row a group of 30 or more customers and category, smallest q first: group, category, customers, share, everyone_share, index
        (100 = all), q, verdict: stands_out (q below false_alarms and the index outside 80 to 120), alike (the 90 % interval of the index
        lies within), cannot_tell.
    """
    import numpy as np
    import pandas as pd

    spend = lines.assign(spend=lines["spend"].clip(lower=0)).pivot_table(
        index="customer_id", columns="category", values="spend", aggfunc="sum", fill_value=0.0
    )
    ids = sorted(set(spend.index[spend.sum(axis=1) > 0]) & set(next(iter(groups.values())).index))
    shares = spend.loc[ids].div(spend.loc[ids].sum(axis=1), axis=0)
    shares = shares.loc[:, shares.max() > 0] if ids else shares
    x, rows = shares.to_numpy(float), []
    for grouping in groups.values():
        group = grouping.loc[ids]
        for name in sorted(group.unique()):
            inside = (group == name).to_numpy()
            if FEWEST_IN_CELL <= inside.sum() < len(ids):
                mean, error = x[inside].mean(axis=0), x[inside].std(axis=0, ddof=1) / np.sqrt(inside.sum())
                columns = {"group": name, "category": shares.columns, "customers": int(inside.sum()), "share": mean, "error": error}
                rows.append(pd.DataFrame({**columns, "everyone_share": x.mean(axis=0), "p": shuffled(x, int(inside.sum()), mean)}))
    names = ["group", "category", "customers", "share", "everyone_share", "index", "q", "verdict"]
    if not rows:
        return pd.DataFrame(columns=names)
    from scipy.stats import false_discovery_control

    table = pd.concat(rows, ignore_index=True).drop_duplicates(["category", "customers", "share"])
    table["index"], spread = 100 * table["share"] / table["everyone_share"], 164.5 * table["error"] / table["everyone_share"]
    table["q"] = false_discovery_control(table["p"])
    low, high = ORDINARY
    stands = (table["q"] < false_alarms) & ~table["index"].between(low, high)
    alike = (table["index"] - spread >= low) & (table["index"] + spread <= high)
    table["verdict"] = np.select([stands, alike], ["stands_out", "alike"], "cannot_tell")
    return table.sort_values(["q", "group", "category"], ignore_index=True)[names]


def shuffled(x: np.ndarray, n: int, means: np.ndarray) -> np.ndarray:
    """Two-sided p-values of the means of n rows of x among the means of n rows drawn at random, without putting back."""
    import numpy as np
    from scipy.stats import norm, pearson3

    total = len(x)
    apart = x - x.mean(axis=0)
    variance = (apart**2).mean(axis=0) * (total - n) / (n * (total - 1))
    third = (apart**3).mean(axis=0) * (total - n) * (total - 2 * n) / (n**2 * (total - 1) * (total - 2))
    with np.errstate(divide="ignore", invalid="ignore"):
        z, skew = (means - x.mean(axis=0)) / np.sqrt(variance), third / variance**1.5
        tails = np.maximum(np.minimum(pearson3.sf(z, skew), pearson3.cdf(z, skew)), norm.sf(np.abs(z)))
    return np.where(variance > 0, np.clip(2 * tails, 0, 1), 1.0)
