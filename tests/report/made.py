"""A made customer table: gamma-Poisson buyers, lognormal baskets, one seed; nothing of it is anybody's data."""

from __future__ import annotations

import numpy as np
import pandas as pd

from seglib.segmentation import Facts


def customers(n: int = 400, seed: int = 7, *, currency: str = "USD", unattributed: float = 0.0) -> pd.DataFrame:
    """A customer table with the columns the first methods read; some never bought, some are young."""
    random = np.random.default_rng(seed)
    rate = random.gamma(1.0, 30, n)
    orders = random.poisson(rate)
    basket = np.round(np.exp(random.normal(2.9, 0.6, n)), 2)
    bought = orders > 0
    days = np.minimum(364, np.round(random.exponential(365 / np.maximum(rate, 1))))
    frame = pd.DataFrame(
        {
            "customer_id": [f"c{i:04d}" for i in range(n)],
            "as_of": pd.Timestamp("2017-12-31"),
            "window_days": 365,
            "orders": orders.astype("int64"),
            "lifetime_orders": orders.astype("int64"),
            "spend": np.where(bought, np.round(orders * basket, 2), 0.0),
            "returns_only": False,
            "days_since_last_order": np.where(bought, days, np.nan),
            "exposure_days": np.where(random.random(n) < 0.03, 50, 365),
            "median_order_value": np.where(bought, basket, np.nan),
            "mean_order_value": np.where(bought, basket, np.nan),
            "gap_days_p90": np.where(orders > 1, np.round(900 / np.maximum(orders, 1)), np.nan),
        }
    )
    frame.attrs["facts"] = Facts({}, unattributed=unattributed, currency=currency)
    return frame
