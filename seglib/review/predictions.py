"""What a classification is held against: rankings of its own class sizes, last period, recency, no classes, and numbers alone."""

from __future__ import annotations

from typing import TYPE_CHECKING

from seglib.errors import TableError
from seglib.review import measures

if TYPE_CHECKING:
    import numpy as np

    from seglib.review.holdout import HoldOut
    from seglib.segmentation import Segmentation

BASELINES = ("size_matched_spend", "last_period_spend", "last_period_matched", "recency", "one_class")
CEILING = "ceiling"
DECILES, QUINTILES = 10, 5


def codes_of(result: Segmentation, held: HoldOut) -> np.ndarray:
    """Class of each customer as a whole number, in the order of the hold-out: the classes, then those outside.

    Raises:
        TableError: Somebody of the base period has no class.
    """
    import pandas as pd

    segment = result.assignments.set_index("customer_id")["segment"].reindex(held.base["customer_id"])
    if segment.isna().any():
        raise TableError(
            "{method}: {n} customers of the base period have no class; segment the table that the hold-out was made from (held.base).",
            method=result.method,
            n=int(segment.isna().sum()),
        )
    return pd.Categorical(segment, categories=[*result.scheme.classes, *result.scheme.outside]).codes.astype(int)


def baselines(codes: np.ndarray, held: HoldOut) -> dict[str, np.ndarray]:
    """Classes of every customer by each baseline, by the names of ``BASELINES``."""
    import numpy as np

    spend = held.base["spend"].to_numpy(float)
    return {
        "size_matched_spend": size_matched(codes, spend),
        "last_period_spend": quantiles(held.recent_spend, DECILES),
        "last_period_matched": size_matched(codes, held.recent_spend),
        "recency": quantiles(-held.base["days_since_last_order"].fillna(np.inf).to_numpy(float), QUINTILES),
        "one_class": np.zeros(len(codes), dtype=int),
    }


def size_matched(codes: np.ndarray, spend: np.ndarray) -> np.ndarray:
    """A ranking by spend cut at a method's own class sizes.

    The method's classes are put in order of mean base spend; the ranking gives its top customers to the first, and so on. Customers of
    equal spend stay together, with the class in which most of them fall.
    """
    import numpy as np

    counts, sums = np.bincount(codes), np.bincount(codes, weights=spend)
    means = np.divide(sums, counts, out=np.full(len(counts), -np.inf), where=counts > 0)
    order = np.argsort(-means, kind="stable")
    limits = counts[order].cumsum()
    _, inverse, sizes = np.unique(-spend, return_inverse=True, return_counts=True)
    middle = sizes.cumsum() - (sizes + 1) / 2
    return np.searchsorted(limits, middle, side="right")[inverse].clip(max=len(limits) - 1)


def quantiles(values: np.ndarray, number: int) -> np.ndarray:
    """Classes of about equal size by value; equal values are never divided."""
    import numpy as np

    finite = values[np.isfinite(values)]
    cuts = np.unique(np.quantile(finite, np.arange(1, number) / number)) if finite.size else np.array([])
    return np.searchsorted(cuts, values, side="left")


def ceiling(held: HoldOut, *, seed: int = 0) -> np.ndarray:
    """What two numbers tell without any classes: spend of the base and of the last period, in one line fitted on other customers.

    No classification made of the same past can be expected to do better by much; it shows what dividing costs.
    """
    return measures.line_out_of_fold(_two_numbers(held), held.spend, seed=seed)


def ceiling_in_sample(held: HoldOut) -> float:
    """R² of that line in the customers it was fitted on: as eta² is to classes, it flatters."""
    import numpy as np

    table = _two_numbers(held)
    rest = held.spend - table @ np.linalg.lstsq(table, held.spend, rcond=None)[0]
    deviation = ((held.spend - held.spend.mean()) ** 2).sum()
    return float(1 - (rest**2).sum() / deviation) if deviation > 0 else 0.0


def _two_numbers(held: HoldOut) -> np.ndarray:
    import numpy as np

    return np.column_stack([np.ones(len(held.spend)), held.base["spend"].to_numpy(float), held.recent_spend])


def mean_spend(codes: np.ndarray, held: HoldOut) -> np.ndarray:
    """Mean base spend of each class: the order in which a list is worked down."""
    import numpy as np

    return np.bincount(codes, weights=held.base["spend"].to_numpy(float)) / np.maximum(np.bincount(codes), 1)
