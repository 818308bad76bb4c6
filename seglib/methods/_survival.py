"""How long silences last: gaps between purchases as Kaplan and Meier would have them, one vote a customer."""

from __future__ import annotations

from typing import TYPE_CHECKING

from seglib.binning import round12

if TYPE_CHECKING:
    import pandas as pd


def survival(gaps: pd.DataFrame) -> pd.DataFrame:
    """Share of gaps between purchases that last longer than so many days, one vote a customer.

    Args:
        gaps: customer_id, gap_days, closed (False: the current silence, which may go on).

    Returns:
        days (0, then every day on which a gap ended), silent_share (0 to 1), customers (votes still at risk on that day).
    """
    import pandas as pd

    votes = 1 / gaps.groupby("customer_id")["gap_days"].transform("size")
    # Sorted by vote within a day, so that sums do not hang on the order of the rows.
    rows = pd.DataFrame({"days": gaps["gap_days"], "vote": votes, "ended": votes.where(gaps["closed"], 0.0)}).sort_values(["days", "vote"])
    by_day = rows.groupby("days")[["vote", "ended"]].sum()
    at_risk = by_day["vote"][::-1].cumsum()[::-1]
    share = (1 - by_day["ended"] / at_risk).cumprod()
    curve = pd.DataFrame({"days": by_day.index, "silent_share": round12(share), "customers": round12(at_risk)})[
        (by_day["ended"] > 0).to_numpy()
    ]
    start = pd.DataFrame({"days": [0], "silent_share": [1.0], "customers": [float(gaps["customer_id"].nunique())]})
    return pd.concat([start, curve], ignore_index=True)
