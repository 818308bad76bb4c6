"""Does a classification say anything about tomorrow? Against a ranking of the same sizes, last period, recency, and no classes at all."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from seglib.review import measures
from seglib.review.holdout import HoldOut

if TYPE_CHECKING:
    import numpy as np
    import pandas as pd

    from seglib.segmentation import Segmentation

Verdict = Literal["as_good", "better", "worse", "undecided"]
AS_GOOD, CLEARLY = 0.02, 0.01
BASELINES = ("size_matched_spend", "last_period_spend", "recency", "one_class")


@dataclass(frozen=True, eq=False)
class Worth:
    """What a method's classes tell of the next period.

    Attributes:
        method: The method.
        measures: One row a prediction (the method, then the baselines): prediction, classes, r2 with low and high, r2_asinh, eta2 (in
            sample), auc, brier_skill, deviance_ratio, top_share, top_customers_share, gini.
        against: One row a baseline: baseline, difference of r2 with low and high, verdict.
        calibration: One row a class: segment, customers, returned (observed share) with low and high, expected (from the base period).
        gain: prediction, customers_share, spend_share: points of the gain curve of the method and of the size-matched ranking.
        verdict: Against the size-matched spend ranking.
    """

    method: str
    measures: pd.DataFrame
    against: pd.DataFrame
    calibration: pd.DataFrame
    gain: pd.DataFrame
    verdict: Verdict


def worth(result: Segmentation, held: HoldOut, *, draws: int = 1000, seed: int = 0) -> Worth:
    """Worth of a classification made on ``held.base``.

    R² is that of class means learned from other customers (10 folds, 5 divisions), never in sample: eta² grows with the number of classes
    even for random ones. The primary baseline is a ranking by base spend cut at the method's own class sizes, so that a method gains
    nothing by having more classes. Intervals resample customers over fixed predictions, the same customers for both sides.

    Args:
        result: The classification; its customers must be those of ``held.base``.
        held: Base and next period.
        draws: Bootstrap samples.
        seed: Divides folds and draws samples.
    """
    import pandas as pd

    codes = _codes(result, held)
    predictions = {result.method: codes, **_baselines(codes, held)}
    weights = measures.draws(len(codes), draws, seed=seed)
    table, samples = [], {}
    for name, classes in predictions.items():
        row, samples[name] = _measured(name, classes, held, weights, seed)
        table.append(row)
    against = pd.DataFrame([_compared(name, samples[result.method] - samples[name]) for name in BASELINES])
    return Worth(
        method=result.method,
        measures=pd.DataFrame(table),
        against=against,
        calibration=_calibration(result, codes, held),
        gain=_gains({name: predictions[name] for name in (result.method, "size_matched_spend")}, held),
        verdict=against.loc[against["baseline"] == "size_matched_spend", "verdict"].iloc[0],
    )


def verdict(difference: float, low: float, high: float) -> Verdict:
    """The word for a difference of R² and its 95 % interval; tried in this order.

    >>> verdict(0.005, -0.01, 0.015), verdict(0.05, 0.02, 0.08), verdict(-0.1, -0.125, -0.075), verdict(0.03, -0.02, 0.08)
    ('as_good', 'better', 'worse', 'undecided')
    """
    if low >= -AS_GOOD and high <= AS_GOOD:
        return "as_good"
    if low > 0 and difference >= CLEARLY:
        return "better"
    return "worse" if high < 0 else "undecided"


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


def _codes(result: Segmentation, held: HoldOut) -> np.ndarray:
    """Class of each customer as a whole number, in the order of the hold-out."""
    import pandas as pd

    from seglib.errors import TableError

    segment = result.assignments.set_index("customer_id")["segment"].reindex(held.base["customer_id"])
    if segment.isna().any():
        raise TableError(
            "{method}: {n} customers of the base period have no class; segment the table that the hold-out was made from (held.base).",
            method=result.method,
            n=int(segment.isna().sum()),
        )
    return pd.Categorical(segment, categories=[*result.scheme.classes, *result.scheme.outside]).codes.astype(int)


def _baselines(codes: np.ndarray, held: HoldOut) -> dict[str, np.ndarray]:
    import numpy as np

    spend = held.base["spend"].to_numpy(float)
    return {
        "size_matched_spend": size_matched(codes, spend),
        "last_period_spend": _quantiles(held.recent_spend, 10),
        "recency": _quantiles(-held.base["days_since_last_order"].fillna(np.inf).to_numpy(float), 5),
        "one_class": np.zeros(len(codes), dtype=int),
    }


def _quantiles(values: np.ndarray, number: int) -> np.ndarray:
    """Classes of about equal size by value; equal values are never divided."""
    import numpy as np

    finite = values[np.isfinite(values)]
    cuts = np.unique(np.quantile(finite, np.arange(1, number) / number)) if finite.size else np.array([])
    return np.searchsorted(cuts, values, side="left")


def _measured(name: str, codes: np.ndarray, held: HoldOut, weights: np.ndarray, seed: int) -> tuple[dict[str, object], np.ndarray]:
    """One row of measures, and R² of the sample and of every bootstrap sample."""
    import numpy as np

    spend = measures.out_of_fold(codes, held.spend, seed=seed)
    returned = measures.out_of_fold(codes, held.returned.astype(float), seed=seed)
    orders = measures.out_of_fold(codes, held.orders, seed=seed)
    typical = float(np.median(held.spend[held.spend > 0])) if (held.spend > 0).any() else 1.0
    flat = np.arcsinh(held.spend / typical)
    sample = measures.r_squared(spend, held.spend, weights)
    one = np.ones((1, len(codes)), dtype=np.float32)
    means = np.bincount(codes, weights=held.base["spend"]) / np.maximum(np.bincount(codes), 1)
    top = codes == int(np.argmax(np.where(np.bincount(codes) > 0, means, -np.inf)))
    people, brought = measures.gain_curve(means[codes], held.spend)
    row = {
        "prediction": name,
        "classes": int((np.bincount(codes) > 0).sum()),
        "r2": float(sample[0]),
        "low": float(np.quantile(sample[1:], 0.025)),
        "high": float(np.quantile(sample[1:], 0.975)),
        "r2_asinh": float(measures.r_squared(measures.out_of_fold(codes, flat, seed=seed), flat, one)[0]),
        "eta2": measures.eta_squared(codes, held.spend),
        "auc": measures.auc_out_of_fold(codes, held.returned, seed=seed),
        "brier_skill": measures.brier_skill(returned, held.returned),
        "deviance_ratio": measures.deviance_ratio(orders, held.orders),
        "top_customers_share": float(top.mean()),
        "top_share": float(held.spend[top].sum() / held.spend.sum()) if held.spend.sum() else float("nan"),
        "gini": float(2 * np.trapezoid(brought, people) - 1),
    }
    return row, sample


def _compared(baseline: str, difference: np.ndarray) -> dict[str, object]:
    import numpy as np

    low, high = np.quantile(difference[1:], [0.025, 0.975])
    word = verdict(float(difference[0]), float(low), float(high))
    return {"baseline": baseline, "difference": float(difference[0]), "low": float(low), "high": float(high), "verdict": word}


def _calibration(result: Segmentation, codes: np.ndarray, held: HoldOut) -> pd.DataFrame:
    """Return rate of every class beside the rate at which its members had bought in the last such period before the split."""
    import numpy as np
    import pandas as pd

    size = len(result.scheme.classes) + len(result.scheme.outside)
    counts = np.bincount(codes, minlength=size)
    came = np.bincount(codes, weights=held.returned, minlength=size)
    before = np.bincount(codes, weights=held.recent_spend > 0, minlength=size)
    low, high = measures.wilson(came, counts)
    table = pd.DataFrame(
        {
            "segment": [*result.scheme.classes, *result.scheme.outside],
            "customers": counts,
            "returned": came / np.maximum(counts, 1),
            "low": low,
            "high": high,
            "expected": before / np.maximum(counts, 1),
        }
    )
    return table[table["customers"] > 0].reset_index(drop=True)


def _gains(predictions: dict[str, np.ndarray], held: HoldOut) -> pd.DataFrame:
    import numpy as np
    import pandas as pd

    frames = []
    for name, codes in predictions.items():
        means = np.bincount(codes, weights=held.base["spend"]) / np.maximum(np.bincount(codes), 1)
        people, brought = measures.gain_curve(means[codes], held.spend)
        frames.append(pd.DataFrame({"prediction": name, "customers_share": people, "spend_share": brought}))
    return pd.concat(frames, ignore_index=True)
