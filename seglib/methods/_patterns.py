"""What product_preference tells of patterns of buying across groups of goods: how many, of what, or that there are none."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np
    import pandas as pd

    from seglib.methods._draft import Draft
    from seglib.separation.patterns import Patterns

FEWEST, GROUPS = 100, 4  # customers with lines, and groups, below which nothing is looked for
NAMED = 5  # groups that name a pattern
ALIKE = 0.5  # of the starts must come to the same patterns, or a reader is warned
SEED = 0


def tell_patterns(draft: Draft, lines: pd.DataFrame) -> None:
    """Look for patterns and add tables and a sentence to the draft; no class depends on them.

    Args:
        draft: The classification in the making; gains ``pattern_search`` and, where there is more than one, ``patterns``.
        lines: customer_id, category, lines: the side frame of the customers who can be classified.
    """
    from seglib.separation import patterns

    table = lines.pivot_table(index="customer_id", columns="category", values="lines", aggfunc="sum", fill_value=0)
    table = table.loc[table.sum(axis=1) > 0, table.sum(axis=0) > 0]
    customers, groups = table.shape
    if customers < FEWEST or groups < GROUPS:
        draft.warn("patterns_too_few", customers=customers, groups=groups, needed=FEWEST, needed_groups=GROUPS)
        return
    found = patterns(table.to_numpy(float), seed=SEED)
    number = len(found.shares)
    draft.fit["patterns"], draft.fit["patterns_reproduced"] = float(number), found.reproduced
    draft.details["pattern_search"] = searched(found)
    if number == 1:
        draft.warn("patterns_none", customers=found.customers)
        return
    draft.details["patterns"] = told(found, [str(name) for name in table.columns], table.to_numpy(float).sum(axis=0))
    draft.warn("patterns_found", patterns=number, customers=found.customers, starts=round(100 * found.reproduced))
    if found.reproduced < ALIKE:
        draft.warn("patterns_unsteady", starts=round(100 * found.reproduced))


def searched(found: Patterns) -> pd.DataFrame:
    """One row a number of patterns tried: patterns, gain_share of the deviance in hidden cells, low_share, high_share, chosen."""
    import pandas as pd

    rows = [(number, *values, "chosen" if number == len(found.shares) else "") for number, *values in found.gains]
    return pd.DataFrame(rows, columns=["patterns", "gain_share", "low_share", "high_share", "chosen"])


def told(found: Patterns, names: list[str], market: np.ndarray) -> pd.DataFrame:
    """One row a pattern: pattern (number, largest first), lines_share (of all lines), goods.

    Goods are up to five groups by location quotient, the group's share of the pattern over its share of all lines, if 1.1 or more.

    Args:
        found: The patterns.
        names: Names of the groups.
        market: Lines of each group, of all customers.
    """
    import numpy as np
    import pandas as pd

    rows = []
    for place, shares in enumerate(found.shares):
        quotient = shares / (market / market.sum())
        most = [group for group in np.argsort(-quotient, kind="stable")[:NAMED] if round(quotient[group], 1) > 1]
        goods = " · ".join(f"{names[group]} {quotient[group]:.1f}×" for group in most)
        rows.append((str(place + 1), float(found.lines_share[place]), goods))
    return pd.DataFrame(rows, columns=["pattern", "lines_share", "goods"])
