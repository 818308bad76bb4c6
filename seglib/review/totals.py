"""A migration in a few numbers: who stayed, how mobile the classes are, what was kept of each, where it would settle."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from seglib.review import mobility
from seglib.review.measures import wilson
from seglib.review.moves import NEVER, UNIT, WINDOW

if TYPE_CHECKING:
    import numpy as np
    import pandas as pd

    from seglib.review.noise import Floor

PASSAGE_DRAWS = 200  # behind the interval of a number of periods; each solves as many systems as there are classes
CHANCE = 0.05  # of moves lie outside a 95 % range of chance by chance


def counts_of(table: pd.DataFrame, keys: Sequence[str]) -> np.ndarray:
    """Transition counts between these classes, of customers who were in one of them at both dates."""
    import numpy as np
    import pandas as pd

    one, other = (pd.Index(keys).get_indexer(table[name]) for name in ("a", "b"))
    known = (one >= 0) & (other >= 0)
    return np.bincount(one[known] * len(keys) + other[known], minlength=len(keys) ** 2).reshape(len(keys), len(keys))


def summary(
    table: pd.DataFrame,
    moves: pd.DataFrame,
    floor: Floor,
    *,
    inside: Sequence[str],
    ordered: bool,
    overlap: float,
    draws: int,
    seed: int,
) -> pd.DataFrame:
    """measure, value, low, high. Shares are of customers with orders in both windows, money in the client's currency.

    ``k_of``: moves between classes beyond the noise floor; ``of_k``: how many were looked at; ``by_chance``: how many of them would lie
    beyond it if nobody changed. Up and down, and Bartholomew's index, only where classes are ordered.
    """
    import numpy as np
    import pandas as pd

    population = table["population"]
    both = table[population == "both"]
    stayed, n = int((both["a"] == both["b"]).sum()), len(both)
    low, high = (float(end) for end in wilson(np.array(stayed), np.array(n)))
    share = stayed / n if n else float("nan")
    rows: list[tuple[str, float, float, float]] = [("stays", share, low, high), ("moved", 1 - share, 1 - high, 1 - low)]
    mean, least, most = floor.stays
    rows += [("floor_stays", mean, least, most), ("floor_moved", 1 - mean, 1 - most, 1 - least)]
    rows += [_one("moved_beyond_floor", mean - share), _one("overlap", overlap)]
    counts = counts_of(table, inside)
    ends = spread(counts, draws, seed) if n else {}
    rows.append(("shorrocks", mobility.shorrocks(counts), *ends.get("shorrocks", (np.nan, np.nan))))
    if ordered and len(inside) > 1:
        rows.append(("bartholomew", mobility.bartholomew(counts), *ends.get("bartholomew", (np.nan, np.nan))))
        place = {key: nth for nth, key in enumerate(inside)}
        step = both["a"].map(place) - both["b"].map(place)
        rows += [_one("up", float((step > 0).sum()) / n if n else np.nan), _one("down", float((step < 0).sum()) / n if n else np.nan)]
    rows += [_one(name, int((population == name).sum())) for name in ("both", "new", "returning", "lapsed", "gone")]
    m0, m1 = table["m0"].sum() / UNIT, table["m1"].sum() / UNIT
    rows += [_one("money_before", m0), _one("money_after", m1), _one("change", round(m1 - m0, 6))]
    judged = moves[moves["within_noise"].notna() & (moves["before"] != moves["after"]) & moves["before"].isin(inside)]
    judged = judged[(judged["customers"] > 0) | (judged["floor_high"] > 0)]  # where nobody moves by any means there is nothing to judge
    beyond = int((~judged["within_noise"].astype(bool)).sum())
    rows += [_one("k_of", beyond), _one("of_k", len(judged)), _one("by_chance", round(CHANCE * len(judged), 2))]
    return pd.DataFrame(rows, columns=["measure", "value", "low", "high"])


def _one(name: str, value: float) -> tuple[str, float, float, float]:
    return name, value, float("nan"), float("nan")


def spread(counts: np.ndarray, draws: int, seed: int) -> dict[str, tuple[float, float]]:
    """95% intervals of the mobility indices, from multinomial draws of customers."""
    import numpy as np

    total = int(counts.sum())
    if not total or draws < 1:
        return {}
    drawn = np.random.default_rng(seed).multinomial(total, counts.ravel() / total, size=draws).reshape(draws, *counts.shape)
    found = {}
    for name, index in (("shorrocks", mobility.shorrocks), ("bartholomew", mobility.bartholomew)):
        values = np.array([index(one) for one in drawn])
        values = values[~np.isnan(values)]
        if len(values):
            low, high = np.quantile(values, [0.025, 0.975])
            found[name] = (float(low), float(high))
    return found


def retention(table: pd.DataFrame, moves: pd.DataFrame, inside: Sequence[str], *, ordered: bool) -> pd.DataFrame:
    """What was kept of every class.

    Returns:
        segment, customers (before), same (share still in the class) with low and high and the noise floor's floor_low and floor_high,
        same_or_better (where ordered), buying (share who bought at all in the later window), money_kept (their money after over that
        before; new and returning customers are no part of it).
    """
    import numpy as np
    import pandas as pd

    place = {key: nth for nth, key in enumerate(inside)}
    rows, paid = [], bool(table["m1"].any())
    for key in inside:
        members = table[table["a"] == key]
        n, cell = len(members), moves[(moves["before"] == key) & (moves["after"] == key)]
        money = members["m0"].sum()
        better = members["b"].map(place).le(place[key]).sum() / n if ordered and n else np.nan
        # What came in says it where there is money: a class such as "long silent" tells nothing of the window.
        bought = int((members["m1"] > 0).sum()) if paid else int((~members["b"].isin(("", WINDOW, *NEVER))).sum())
        kept = {
            name: float(cell[name].iloc[0]) if len(cell) else np.nan for name in ("row_share", "low", "high", "floor_low", "floor_high")
        }
        rows.append(
            {
                "segment": key,
                "customers": n,
                "same": kept.pop("row_share"),
                **kept,
                "same_or_better": better,
                "buying": bought / n if n else np.nan,
                "money_kept": members["m1"].sum() / money if money > 0 else np.nan,
            }
        )
    table = pd.DataFrame(rows)
    return table if ordered else table.drop(columns="same_or_better")


def passage(table: pd.DataFrame, keys: Sequence[str], *, draws: int, seed: int) -> pd.DataFrame:
    """Mean number of periods from one class to another, if every period moved customers as this one did.

    Returns:
        before, after, periods, with low and high from Dirichlet draws of the rows (Jeffreys); empty where not every class can be reached
        from every other. Who is gone for good is left out.
    """
    import numpy as np
    import pandas as pd

    states = [key for key in keys if key not in NEVER and ((table["a"] == key).any() or (table["b"] == key).any())]
    counts = counts_of(table, states)
    found = mobility.first_passage(counts) if len(states) > 1 else None
    if found is None:
        return pd.DataFrame(columns=["before", "after", "periods", "low", "high"])
    rng = np.random.default_rng(seed)
    drawn = [mobility.first_passage(np.stack([rng.dirichlet(row + 0.5) for row in counts])) for _ in range(min(draws, PASSAGE_DRAWS))]
    low, high = np.quantile(np.stack([one for one in drawn if one is not None] or [found]), [0.025, 0.975], axis=0)
    names = {"before": np.repeat(states, len(states)), "after": np.tile(states, len(states))}
    return pd.DataFrame({**names, "periods": found.ravel(), "low": low.ravel(), "high": high.ravel()})


def settled(table: pd.DataFrame, keys: Sequence[str]) -> pd.DataFrame:
    """Where the shares of the classes would settle, see ``mobility.steady_state``; empty where that means nothing.

    Returns:
        segment, share_before, share_after, steady: shares of customers who have ordered at all.
    """
    import numpy as np
    import pandas as pd

    states = [key for key in keys if key not in NEVER and ((table["a"] == key).any() or (table["b"] == key).any())]
    empty = pd.DataFrame(columns=["segment", "share_before", "share_after", "steady"])
    if not states:
        return empty
    counts = counts_of(table, states)
    arrivals = np.array([((table["kind"] == "new") & (table["b"] == key)).sum() for key in states])
    gone = np.array([((table["kind"] == "gone") & (table["a"] == key)).sum() for key in states])
    found = mobility.steady_state(counts, arrivals, gone)
    if found is None:
        return empty
    before = np.array([(table["a"] == key).sum() for key in states]) / max(table["a"].isin(states).sum(), 1)
    after = np.array([(table["b"] == key).sum() for key in states]) / max(table["b"].isin(states).sum(), 1)
    return pd.DataFrame({"segment": states, "share_before": before, "share_after": after, "steady": found})
