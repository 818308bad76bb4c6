"""What each of several crossed methods tells of the next period: how much is bought, and at how much of a reduction."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from seglib.review import measures
from seglib.review.holdout import HoldOut, hold_out

if TYPE_CHECKING:
    import numpy as np
    import pandas as pd

    from seglib.client import Client
    from seglib.segmentation import Segmentation


@dataclass(frozen=True, eq=False)
class Crossed:
    """A grid of methods made on the eve of a period, and what its axes tell of that period.

    Attributes:
        grid: The crossed classification, on the base table.
        parts: Each method's own classification of the same customers, by method.
        held: Base and next period.
        tells: One row an outcome (spend, orders, discount_share) and an axis (each method, then "grid"): customers, r2 learned from other
            customers with low and high, and added with added_low and added_high: in the grid's row what it adds to the best single method
            (best), in a method's row what the grid loses without it (the others crossed instead).
        plan: A cell's name to what a test on its customers could show: customers, mean, least, least_share.
    """

    grid: Segmentation
    parts: dict[str, Segmentation]
    held: HoldOut
    tells: pd.DataFrame
    plan: pd.DataFrame


def crossed(client: Client, methods: Sequence[str], *, split: str = "", draws: int = 1000, seed: int = 0) -> Crossed:
    """Cross methods on the eve of ``split`` and judge the axes on what the same customers did from then on.

    Args:
        client: The client.
        methods: Two or three methods, the one that says the worth first.
        split: First day of the next period; by default the last quarter's.
        draws: Bootstrap samples of customers.
        seed: Divides the folds and draws the samples.

    Raises:
        DataError: The split leaves no base or no next period.
        TableError: A method needs a column that the data do not have.
    """
    import pandas as pd

    from seglib import methods as registry
    from seglib.methods import composite

    modules = [registry.get(name) for name in methods]
    also = [column for module in modules for need in (*module.NEEDS, *module.USES) for column in need.split(registry.OR)]
    facts = {fact for module in modules for fact in module.FACTS}
    held = hold_out(client, split=split, also=tuple(dict.fromkeys(also)), facts=tuple(sorted(facts)))
    grid = composite.segment(held.base, methods=",".join(methods))
    parts = {name: module.segment(held.base) for name, module in zip(methods, modules, strict=True)}
    end = pd.Timestamp(held.split) + pd.Timedelta(days=held.days - 1)
    after = client.customers(as_of=str(end.date()), window_days=held.days, columns=("discount_share",), facts=())
    inside = ~_segments(grid, held).isin(grid.scheme.outside).to_numpy()
    outcomes = {"spend": held.spend, "orders": held.orders}
    if "discount_share" in after.columns:
        outcomes["discount_share"] = after.set_index("customer_id")["discount_share"].reindex(held.base["customer_id"]).to_numpy(float)
    axes = {**{name: _codes(part, held) for name, part in parts.items()}, "grid": _codes(grid, held)}
    tells = [row for name, outcome in outcomes.items() for row in _tells(name, outcome, axes, inside, draws, seed)]
    return Crossed(grid, parts, held, pd.DataFrame(tells), _plans(grid, held))


def _segments(result: Segmentation, held: HoldOut) -> pd.Series:
    return result.assignments.set_index("customer_id")["segment"].reindex(held.base["customer_id"])


def _codes(result: Segmentation, held: HoldOut) -> np.ndarray:
    import pandas as pd

    return pd.Categorical(_segments(result, held), categories=[*result.scheme.classes, *result.scheme.outside]).codes.astype(int)


def _tells(
    outcome: str, values: np.ndarray, axes: dict[str, np.ndarray], inside: np.ndarray, draws: int, seed: int
) -> list[dict[str, object]]:
    """R² of every axis for one outcome, among the customers in a cell who have one; the same resampled customers for all axes."""
    import numpy as np

    mask = inside & np.isfinite(values)
    known, many = values[mask], len(axes)
    parts = [codes[mask] for name, codes in axes.items() if name != "grid"]
    without = [np.column_stack([part for other, part in enumerate(parts) if other != number]) for number in range(len(parts))]
    every = [*(axes[name][mask, None] for name in axes), *without]
    predictions = [measures.out_of_fold(np.unique(codes, axis=0, return_inverse=True)[1].ravel(), known, seed=seed) for codes in every]
    found = measures.r_squared_drawn(predictions, known, draws, seed=seed)
    best = int(np.argmax(found[0, : many - 1]))
    rows: list[dict[str, object]] = []
    for number, name in enumerate(axes):
        low, high = np.quantile(found[1:, number], [0.025, 0.975])
        added = found[:, many - 1] - found[:, best if name == "grid" else many + number]
        lead_low, lead_high = np.quantile(added[1:], [0.025, 0.975])
        row = {"outcome": outcome, "axis": name, "customers": int(mask.sum()), "r2": float(found[0, number]), "low": low, "high": high}
        row |= {"best": list(axes)[best]} if name == "grid" else {}
        rows.append({**row, "added": float(added[0]), "added_low": float(lead_low), "added_high": float(lead_high)})
    return rows


def _plans(grid: Segmentation, held: HoldOut) -> pd.DataFrame:
    """For every cell the smallest difference in next-period spend that two random halves can show (5 % two-sided, power 80 %)."""
    import numpy as np
    import pandas as pd
    from scipy.stats import norm

    reach, segments, rows = float(norm.ppf(0.975) + norm.ppf(0.8)), _segments(grid, held).to_numpy(), []
    for name in grid.scheme.classes:
        mine = segments == name
        after, before = held.spend[mine], held.base["spend"].to_numpy(float)[mine]
        if mine.sum() < 4 or not after.std() or not before.std():
            continue
        rho = float(np.corrcoef(before, after)[0, 1])
        least = reach * float(after.std(ddof=1)) * float(np.sqrt(2 * (1 - rho**2) / (mine.sum() // 2)))
        rows.append([name, int(mine.sum()), float(after.mean()), least, least / float(after.mean()) if after.mean() > 0 else float("nan")])
    return pd.DataFrame(rows, columns=["segment", "customers", "mean", "least", "least_share"])
