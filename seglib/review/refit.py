"""A classification drawn anew on resampled customers: the second interval of worth, and how far cut points would move."""

from __future__ import annotations

from typing import TYPE_CHECKING

from seglib.review import measures

if TYPE_CHECKING:
    import numpy as np
    import pandas as pd

    from seglib.review.holdout import HoldOut
    from seglib.segmentation import Scheme, Segmentation


def drawn_again(result: Segmentation, customers: pd.DataFrame, chosen: np.ndarray) -> Scheme:
    """The definition that the same method with the same parameters gives on some rows of a customer table, repeats allowed.

    What a method fits on side frames (gaps, silence) is not drawn anew.

    Args:
        result: The classification.
        customers: The table it was made on.
        chosen: Rows by number.
    """
    import numpy as np
    import pandas as pd

    from seglib import methods
    from seglib.review.holdout import unsigned

    rows = np.sort(chosen)
    nth = pd.Series(rows).groupby(rows).cumcount().to_numpy()
    sample = customers.iloc[rows].reset_index(drop=True)
    ids = sample["customer_id"].astype(str)
    # A customer drawn twice is two customers; the first keeps the id, under which the side frames know it.
    sample["customer_id"] = np.where(nth > 0, ids + "#" + pd.Series(nth).astype(str), ids)
    sample.attrs.update(customers.attrs)
    given = result.own_params
    return methods.get(result.method).segment(unsigned(sample), **given).scheme


def refitted(result: Segmentation, held: HoldOut, judged: np.ndarray, *, draws: int, seed: int = 0) -> dict[str, float]:
    """Interval of R² where every sample of customers draws its own cuts, not only its own means.

    Args:
        result: The classification.
        held: Base and next period.
        judged: True for the customers on whom worth is judged.
        draws: Samples; each runs the method once.
        seed: Draws the samples, the same ones as for the interval with fixed cuts.

    Returns:
        draws; low, high of r2; difference_low, difference_high against the size-matched ranking of the redrawn classes.
    """
    import numpy as np
    import pandas as pd

    from seglib.review.predictions import size_matched

    random, size = np.random.default_rng(seed), len(held.base)
    spend = held.base["spend"].to_numpy(float)
    found = []
    for _ in range(draws):
        chosen = random.integers(0, size, size)
        scheme = drawn_again(result, held.base, chosen)
        names = [*scheme.classes, *scheme.outside]
        codes = pd.Categorical(scheme.apply(held.base)["segment"], categories=names).codes.astype(int)[judged]
        seen = held.only(judged)
        weights = np.bincount(chosen, minlength=size)[judged].astype(float)[None]
        pair = [
            measures.r_squared(measures.out_of_fold(classes, seen.spend, seed=seed), seen.spend, weights)[0]
            for classes in (codes, size_matched(codes, spend[judged]))
        ]
        found.append((pair[0], pair[0] - pair[1]))
    low, high = np.quantile(np.asarray(found), [0.025, 0.975], axis=0)
    return {
        "draws": float(draws),
        "low": float(low[0]),
        "high": float(high[0]),
        "difference_low": float(low[1]),
        "difference_high": float(high[1]),
    }
