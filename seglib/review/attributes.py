"""What attributes such as income and age tell of the next period: among those of whom they are known, beside what not knowing pretends."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from seglib.errors import DataError
from seglib.review import measures
from seglib.review.holdout import HoldOut

if TYPE_CHECKING:
    import numpy as np
    import pandas as pd

    from seglib.segmentation import Segmentation

ATTRIBUTES = ("income_band", "age_band", "household_size")


@dataclass(frozen=True, eq=False)
class Attributes:
    """Attributes against behaviour, judged on the next period.

    Attributes:
        selection: Two rows, known and unknown (by the first attribute): customers, customers_share, spend and spend_share of the base
            period, mean_spend.
        trap: What happens where "unknown" is a class of its own, over all customers: attribute, eta2, and eta2_known_flag, that of knowing
            alone.
        known: One row an attribute, among those of whom it is known: attribute, customers, classes, eta2 with low and high, r2 learned
            from other customers.
        behaviour: The same customers as the first row of ``known``: base spend as a straight line (r2 with low and high).
        list: Customers chosen by a class, as many of the known by base spend, and as many of no matter whom: chosen_by, customers, their
            share of the next period's sales of the known customers.
        split: First day of the next period.
        days: Its length.
    """

    selection: pd.DataFrame
    trap: pd.DataFrame
    known: pd.DataFrame
    behaviour: pd.DataFrame
    list: pd.DataFrame
    split: str
    days: int


def attributes(
    held: HoldOut, chosen: Segmentation, names: tuple[str, ...] = ATTRIBUTES, *, segment: str = "high", draws: int = 1000, seed: int = 0
) -> Attributes:
    """What attributes tell of the next period's spend.

    Eta² is the share of variance between classes, in sample, as the trade quotes it; it grows with the number of classes, so that R²
    learned from other customers stands beside it. Intervals resample customers.

    Args:
        held: Base and next period; the base table carries the attributes.
        chosen: A classification of ``held.base`` by an attribute, one class of which would be chosen for a campaign.
        names: Columns of the attributes; the first one decides who is known.
        segment: The class that would be chosen.
        draws: Bootstrap samples.
        seed: Draws the samples and divides the folds.

    Raises:
        DataError: The base table has none of an attribute.
    """
    import pandas as pd

    base = held.base
    for name in names:
        if name not in base.columns or not base[name].notna().any():
            raise DataError("{column} is known of nobody; map a source column to it under customers.", column=name)
    known = base[names[0]].notna().to_numpy()
    spend = base["spend"].to_numpy(float)
    return Attributes(
        selection=_selection(known, spend),
        trap=pd.DataFrame([_trap(name, base[name], held.spend) for name in names]),
        known=pd.DataFrame([_known(name, base[name], held.spend, draws, seed) for name in names]),
        behaviour=pd.DataFrame([_line(spend[known], held.spend[known], draws, seed)]),
        list=_lists(known, (_classes(chosen, base) == segment) & known, spend, held.spend),
        split=held.split,
        days=held.days,
    )


def _codes(values: pd.Series) -> np.ndarray:
    import pandas as pd

    return pd.Categorical(values.astype(str)).codes.astype(int)


def _selection(known: np.ndarray, spend: np.ndarray) -> pd.DataFrame:
    """Who is known, and how much more they bought: whoever is known is no sample of all."""
    import pandas as pd

    rows = [
        {
            "group": name,
            "customers": int(mask.sum()),
            "customers_share": float(mask.mean()),
            "spend": float(spend[mask].sum()),
            "spend_share": float(spend[mask].sum() / spend.sum()),
            "mean_spend": float(spend[mask].mean()) if mask.any() else float("nan"),
        }
        for name, mask in (("known", known), ("unknown", ~known))
    ]
    return pd.DataFrame(rows)


def _trap(name: str, values: pd.Series, outcome: np.ndarray) -> dict[str, object]:
    """Eta² with the unknown as a class, and that of knowing or not knowing alone."""
    with_unknown = values.astype(object).where(values.notna(), "unknown")
    return {
        "attribute": name,
        "eta2": measures.eta_squared(_codes(with_unknown), outcome),
        "eta2_known_flag": measures.eta_squared(values.notna().to_numpy().astype(int), outcome),
    }


def _known(name: str, values: pd.Series, outcome: np.ndarray, draws: int, seed: int) -> dict[str, object]:
    import numpy as np

    mask = values.notna().to_numpy()
    codes, after = _codes(values[mask]), outcome[mask]
    random = np.random.default_rng(seed)
    samples = (random.integers(0, len(codes), len(codes)) for _ in range(draws))
    low, high = np.quantile([measures.eta_squared(codes[rows], after[rows]) for rows in samples], [0.025, 0.975])
    learned = measures.out_of_fold(codes, after, seed=seed)
    return {
        "attribute": name,
        "customers": int(mask.sum()),
        "classes": int(codes.max()) + 1,
        "eta2": measures.eta_squared(codes, after),
        "low": float(low),
        "high": float(high),
        "r2": float(measures.r_squared(learned, after, np.ones((1, len(after))))[0]),
    }


def _line(spend: np.ndarray, outcome: np.ndarray, draws: int, seed: int) -> dict[str, object]:
    """Squared correlation of base spend and the next period's: what a straight line through one number of behaviour tells."""
    import numpy as np

    random = np.random.default_rng(seed)
    samples = (random.integers(0, len(spend), len(spend)) for _ in range(draws))
    low, high = np.quantile([np.corrcoef(spend[rows], outcome[rows])[0, 1] ** 2 for rows in samples], [0.025, 0.975])
    return {"customers": len(spend), "r2": float(np.corrcoef(spend, outcome)[0, 1] ** 2), "low": float(low), "high": float(high)}


def _classes(result: Segmentation, base: pd.DataFrame) -> np.ndarray:
    return result.assignments.set_index("customer_id")["segment"].reindex(base["customer_id"]).to_numpy()


def _lists(known: np.ndarray, chosen: np.ndarray, spend: np.ndarray, outcome: np.ndarray) -> pd.DataFrame:
    """Customers chosen by the class, as many by what they bought, and as many of no matter whom."""
    import numpy as np
    import pandas as pd

    number, total = int(chosen.sum()), outcome[known].sum()
    order = np.argsort(-np.where(known, spend, -np.inf), kind="stable")[:number]
    rows = [
        ("attribute", number, outcome[chosen].sum() / total),
        ("spend", number, outcome[order].sum() / total),
        ("anybody", number, number / known.sum()),
    ]
    return pd.DataFrame(rows, columns=["chosen_by", "customers", "spend_share"])
