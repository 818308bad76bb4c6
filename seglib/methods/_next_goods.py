"""Which group of goods to offer next: what is bought together beyond chance, and how well that guesses a hidden group."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pandas as pd

SUPPORT = 30  # customers who hold both groups, from which a pair may be recommended


def lifts(held: pd.DataFrame) -> pd.DataFrame:
    """For every group the best group to offer with it: given, next, customers (with both), lift (over independence), best lift first.

    Args:
        held: Customers in rows, groups in columns, True where the customer bought of it.
    """
    import numpy as np
    import pandas as pd

    has = held.to_numpy(float)
    both, each, n = has.T @ has, has.sum(axis=0), max(len(has), 1)
    lift = np.where((both >= SUPPORT) & ~np.eye(len(each), dtype=bool), both * n / np.maximum(np.outer(each, each), 1), np.nan)
    rows = []
    for place, name in enumerate(held.columns):
        if np.isfinite(lift[place]).any():
            best = int(np.nanargmax(lift[place]))
            rows.append((name, held.columns[best], int(both[place, best]), float(lift[place, best])))
    found = pd.DataFrame(rows, columns=["given", "next", "customers", "lift"])
    return found.sort_values(["lift", "given"], ascending=[False, True], ignore_index=True)


def tested(held: pd.DataFrame) -> pd.DataFrame:
    """One group of every second customer is hidden in turn, and guessed from the others: by lift, and by popularity alone.

    What is hidden is the customer's groups, each once; the guess is the best one among the groups that are not shown. Lifts and
    popularity come from the other half of the customers. Returns guess, cases, hits_share, low_share, high_share (95 %, by customers).
    """
    import numpy as np
    import pandas as pd

    has = held.to_numpy(bool)
    train, trial = has[0::2].astype(float), has[1::2]
    both, each, n = train.T @ train, train.sum(axis=0), max(len(train), 1)
    lift = np.where(both >= SUPPORT, both * n / np.maximum(np.outer(each, each), 1), 1.0)
    scores = {"lift": np.log(np.maximum(lift, 1e-9)), "popularity": None}
    hits: dict[str, list[tuple[int, int]]] = {name: [] for name in scores}
    for row in trial:
        mine = np.flatnonzero(row)
        if len(mine) < 2:
            continue
        for name, weight in scores.items():
            right_here = 0
            for hidden in mine:
                shown = mine[mine != hidden]
                believed = each / n if weight is None else each / n * np.exp(weight[shown].mean(axis=0))
                believed = np.where(np.isin(np.arange(len(each)), shown), -1.0, believed)
                right_here += int(np.argmax(believed) == hidden)
            hits[name].append((right_here, len(mine)))
    rows = []
    for name, found in hits.items():
        right, cases = np.array(found, float).reshape(-1, 2).T
        share = right.sum() / cases.sum() if cases.sum() else np.nan
        spread = 1.96 * np.sqrt(((right - share * cases) ** 2).sum()) / cases.sum() if cases.sum() else np.nan
        rows.append((name, int(cases.sum()), share, share - spread, share + spread))
    return pd.DataFrame(rows, columns=["guess", "cases", "hits_share", "low_share", "high_share"])
