"""How much of a planted truth a classification finds, beside chance, a naive baseline and the best that anybody could do."""

from __future__ import annotations

import numpy as np
import pandas as pd

from seglib.errors import TableError


def recovery(
    assignments: pd.DataFrame,
    truth_class: pd.Series | pd.DataFrame,
    *,
    best: pd.DataFrame | None = None,
    naive: pd.DataFrame | None = None,
    match: bool = False,
) -> pd.DataFrame:
    """Agreement of a classification with the truth, and what to hold it against.

    Customers without a true class are left out; a class the truth does not know counts as missed. On an attribute that the method only
    copies this says nothing: do not call it recovery.

    Args:
        assignments: customer_id, segment, as a Segmentation has them.
        truth_class: True class by customer_id: a Series with that index, or a frame of customer_id and class.
        best: What the best possible classifier says (``Market.best``): customer_id, segment. Where it covers a part of the customers, all
            lines are of that part.
        naive: A baseline of the caller's: customer_id, segment.
        match: Names mean nothing (clusters): give each segment the true class that makes the agreement greatest, one to one.

    Returns:
        One row each for method, naive, largest class, chance and best possible: ``agreement`` (share of customers in their true class),
        ``above_chance`` (kappa: 0 chance, 1 perfect), ``of_best`` (agreement relative to the best possible), ``customers``, ``classes``
        (true ones), and the 95% interval ``low``, ``high`` (Wilson) of the agreement.

    Raises:
        TableError: No customer is in both, or one is there twice.
    """
    truth = _series(truth_class)
    found = _series(assignments)
    compared = truth.index.intersection(found.index)
    if best is not None:
        compared = compared.intersection(_series(best).index)
    if compared.empty:
        raise TableError("No customer has both a class and a true class: the ids of the two differ.")
    truth, found = truth[compared], found[compared]
    found = _matched(found, truth) if match else found
    chance = float((truth.value_counts(normalize=True) * found.value_counts(normalize=True)).sum())
    rows = {"method": (found == truth).mean()}
    if naive is not None:
        rows["naive"] = (_series(naive).reindex(compared) == truth).mean()
    rows["largest class"] = truth.value_counts(normalize=True).iloc[0]
    rows["chance"] = chance
    if best is not None:
        rows["best possible"] = (_series(best)[compared] == truth).mean()
    return _frame(rows, chance, len(compared), truth.nunique())


def _series(table: pd.Series | pd.DataFrame) -> pd.Series:
    """Class by customer id, as text; those without one left out."""
    if isinstance(table, pd.DataFrame):
        name = "segment" if "segment" in table.columns else next(column for column in table.columns if column != "customer_id")
        table = table.set_index("customer_id")[name]
    if table.index.has_duplicates:
        twice = table.index[table.index.duplicated()].unique()
        raise TableError(
            "{n} customers have two classes ({examples}); give each one.", n=len(twice), examples=", ".join(map(str, twice[:3]))
        )
    return table.dropna().astype(str)


def _matched(found: pd.Series, truth: pd.Series) -> pd.Series:
    """Segments renamed to true classes, one to one, so that most customers agree; a segment left over keeps its name."""
    from scipy.optimize import linear_sum_assignment

    table = pd.crosstab(found, truth)
    rows, columns = linear_sum_assignment(-table.to_numpy())
    names = dict(zip(table.index[rows], table.columns[columns], strict=True))
    return found.map(lambda name: names.get(name, f"unmatched {name}"))


def _frame(rows: dict[str, float], chance: float, count: int, classes: int) -> pd.DataFrame:
    """The lines with their kappa, share of the best and interval."""
    agreement = pd.Series(rows, dtype="float64")
    z = 1.959963984540054
    centre = (agreement + z**2 / (2 * count)) / (1 + z**2 / count)
    half = z / (1 + z**2 / count) * np.sqrt(agreement * (1 - agreement) / count + z**2 / (4 * count**2))
    best = agreement.get("best possible", np.nan)
    return pd.DataFrame(
        {
            "line": agreement.index,
            "agreement": agreement.to_numpy(),
            "low": (centre - half).to_numpy(),
            "high": (centre + half).to_numpy(),
            "above_chance": ((agreement - chance) / (1 - chance)).to_numpy() if chance < 1 else np.nan,
            "of_best": (agreement / best).to_numpy(),
            "customers": count,
            "classes": classes,
        }
    ).astype({"line": "str"})
