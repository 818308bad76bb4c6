"""How far two kinds of evidence agree on the class of a customer, and whom each kind speaks of."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import TYPE_CHECKING

from seglib.rules import Score

if TYPE_CHECKING:
    import numpy as np
    import pandas as pd

DRAWS = 1000


def agreement(customers: pd.DataFrame, scores: Mapping[str, Score]) -> pd.DataFrame:
    """Every kind of evidence against the first: source, against, customers (with both), weighted_kappa, low, high (95 %).

    Kappa is weighted linearly: one class apart is half as bad as two. The interval resamples the customers.

    Args:
        customers: Those who may be classified.
        scores: Kind of evidence -> its score, best first.
    """
    import numpy as np
    import pandas as pd

    columns = ["source", "against", "customers", "weighted_kappa", "low", "high"]
    if not scores:
        return pd.DataFrame(columns=columns)
    first, *others = scores
    rows: list[tuple[object, ...]] = []
    for name in others:
        both = customers[[scores[first].input, scores[name].input]].astype(float).dropna()
        if both.empty:
            continue
        classes = [[scores[one].of(value) for value in both[scores[one].input]] for one in (first, name)]
        table = np.zeros((3, 3))
        np.add.at(table, (np.array(classes[0]) - 1, np.array(classes[1]) - 1), 1)
        drawn = np.random.default_rng(0).multinomial(len(both), table.ravel() / len(both), DRAWS).reshape(-1, 3, 3)
        spread = [kappa for one in drawn if not math.isnan(kappa := weighted_kappa(one))]
        low, high = np.quantile(spread, [0.025, 0.975]) if spread else (math.nan, math.nan)
        rows.append((name, first, len(both), weighted_kappa(table), float(low), float(high)))
    return pd.DataFrame(rows, columns=columns)


def weighted_kappa(table: np.ndarray) -> float:
    """Cohen's kappa with linear weights (Cohen 1968) of a square table of counts; missing where one side knows one class alone.

    >>> import numpy as np
    >>> weighted_kappa(np.diag([5, 3, 2])), weighted_kappa(np.array([[1, 1], [1, 1]]))
    (1.0, 0.0)
    """
    import numpy as np

    size = len(table)
    apart = np.abs(np.subtract.outer(np.arange(size), np.arange(size)))
    share = table / table.sum()
    expected = float((np.outer(share.sum(axis=1), share.sum(axis=0)) * apart).sum())
    return 1 - float((share * apart).sum()) / expected if expected > 0 else math.nan


def selection(customers: pd.DataFrame, source: pd.Series) -> pd.DataFrame:
    """Whom each kind of evidence speaks of: evidence, customers and their share, and spend; most customers first."""
    import pandas as pd

    rows = []
    for name, members in customers.groupby(source):
        row: dict[str, object] = {"evidence": name, "customers": len(members), "customers_share": len(members) / len(customers)}
        if "spend" in customers.columns:
            row["mean_spend"] = math.fsum(members["spend"]) / len(members)
        rows.append(row)
    frame = pd.DataFrame(
        rows, columns=["evidence", "customers", "customers_share", *(["mean_spend"] if "spend" in customers.columns else [])]
    )
    return frame.sort_values(["customers", "evidence"], ascending=[False, True], ignore_index=True)
