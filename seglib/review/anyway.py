"""What the customers of a class did next as things went: the yardstick below which no action has earned anything."""

from __future__ import annotations

from typing import TYPE_CHECKING

from seglib.review import measures
from seglib.review.predictions import codes_of

if TYPE_CHECKING:
    import numpy as np
    import pandas as pd

    from seglib.client import Client
    from seglib.review.holdout import HoldOut
    from seglib.segmentation import Segmentation

CONTACTS = "times_contacted"


def reached(client: Client, held: HoldOut) -> np.ndarray | None:
    """Whether an offer, message, call or visit of the next period is on record, for each customer of ``held.base``.

    Returns:
        None where no contact of that period is on record: then nothing says that nobody was contacted.
    """
    if CONTACTS not in client.columns:
        return None
    table = client.customers(as_of=held.end, window_days=held.days, columns=(CONTACTS,), facts=())
    times = table.set_index("customer_id")[CONTACTS].reindex(held.base["customer_id"]).fillna(0)
    return times.to_numpy(float) > 0 if times.sum() > 0 else None


def anyway(result: Segmentation, held: HoldOut, contacted: np.ndarray | None = None) -> pd.DataFrame:
    """Who came back, and how sales per customer moved, in the period that followed, class by class.

    Classes are drawn on what was exceptional about somebody in the base: those at the top fall back and those at the bottom rise without
    anybody's doing. A comparison of before and after takes that for the effect of an action; only a control group does not.

    Args:
        result: The classification, made on ``held.base``.
        held: Base and next period.
        contacted: True for each customer of the base whom the firm reached in the next period; None where that is not on record.

    Returns:
        One row a class with customers, those outside left out: segment, customers, returned (customers with an order in the next period),
        low and high (95 % of their share, Wilson), sales_before (in the period before the split that is as long), sales_after,
        sales_returned (in the next period, of those who came back), window_sales (in the window up to the split), window_sales_absent
        (of those without an order in the next period; smaller customers return less, so that their share of money is less than that of
        heads), reached (customers; missing where contacts are not on record).

    Raises:
        TableError: The classification was not made on ``held.base``.
    """
    import numpy as np
    import pandas as pd

    codes = codes_of(result, held)
    size = len(result.scheme.classes) + len(result.scheme.outside)
    counts = np.bincount(codes, minlength=size)
    came = np.bincount(codes, weights=held.returned, minlength=size)
    low, high = measures.wilson(came, counts)
    window = held.base["spend"].fillna(0.0).to_numpy(float)
    sums = {
        "sales_before": held.recent_spend,
        "sales_after": held.spend,
        "sales_returned": np.where(held.returned, held.spend, 0.0),
        "window_sales": window,
        "window_sales_absent": np.where(held.returned, 0.0, window),
        "reached": np.full(len(codes), np.nan) if contacted is None else contacted.astype(float),
    }
    table = pd.DataFrame(
        {
            "segment": [*result.scheme.classes, *result.scheme.outside],
            "customers": counts,
            "returned": came.astype(int),
            "low": low,
            "high": high,
            **{name: np.bincount(codes, weights=values, minlength=size) for name, values in sums.items()},
        }
    )
    inside = ~table["segment"].isin(result.scheme.outside)
    return table[inside & (table["customers"] > 0)].reset_index(drop=True)
