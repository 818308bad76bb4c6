"""Lifetime value: expected purchases times expected order value, discounted month by month, in units that are said."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from seglib.errors import ParameterError

if TYPE_CHECKING:
    import pandas as pd

    from seglib.clv.bg_nbd import BgNbd
    from seglib.clv.gamma_gamma import GammaGamma
    from seglib.clv.pareto_nbd import ParetoNbd

DAYS_PER_MONTH = 365 / 12
DECIMALS = 3  # of the periods in a month, so that the number in the text is the number in the sum


def lifetime_value(
    summary: pd.DataFrame,
    *,
    purchases: ParetoNbd | BgNbd,
    spend: GammaGamma,
    months: int = 12,
    monthly_discount: float = 0.01,
    margin: float = 1.0,
    periods_per_month: float | None = None,
) -> pd.DataFrame:
    """What each customer is expected to bring in the coming months.

    Month for month, the purchases expected in it are valued at the customer's expected order value and discounted to today at the end
    of the month. The models work in the summary's periods; months are turned into periods by the summary's own ``period_days`` (a
    month has 365/12 days: 30.417 daily periods, 4.345 weekly ones), so that a week is never read as a day.

    Args:
        summary: From ``repeat_summary``.
        purchases: How many orders are expected.
        spend: What an order is worth.
        months: How far to look; beyond about the observed time it is extrapolation.
        monthly_discount: Interest a month; 0.01 is one percent.
        margin: Share of the order value that is profit; 1 gives revenue.
        periods_per_month: To be given only where a month is to have another length (30-day months of daily periods: 30).

    Returns:
        One row a customer, in the order of the summary: customer_id (where the summary has it), expected_orders (in all months),
        expected_order_value (money), lifetime_value (money, discounted).

    Raises:
        ParameterError: Months, discount, margin or periods that cannot be.

    >>> import pandas as pd
    >>> from seglib.clv import GammaGamma, ParetoNbd
    >>> summary = pd.DataFrame({"customer_id": ["a"], "repeat_orders": [2], "first_to_last_periods": [30.43],
    ...                         "observed_periods": [38.86], "mean_repeat_value": [22.35], "period_days": [7]})
    >>> model = ParetoNbd(r=0.5533, alpha=10.5776, s=0.6061, beta=11.6562, period_days=7)
    >>> lifetime_value(summary, purchases=model, spend=GammaGamma(6.25, 3.74, 15.44), months=6).round(2).iloc[0].to_dict()
    {'customer_id': 'a', 'expected_orders': 1.03, 'expected_order_value': 24.66, 'lifetime_value': 24.46}
    """
    import pandas as pd

    if months < 1 or int(months) != months:
        raise ParameterError("lifetime value: months is {months}; give a whole number from 1 up.", months=months)
    if not monthly_discount > -1:
        raise ParameterError("lifetime value: monthly_discount is {value}; give a share, 0.01 for one percent.", value=monthly_discount)
    if not margin > 0:
        raise ParameterError("lifetime value: margin is {value}; give the share of the order value that is profit.", value=margin)
    if periods_per_month is not None and not periods_per_month > 0:
        raise ParameterError("lifetime value: periods_per_month is {value}; give a number above nought.", value=periods_per_month)
    length = periods_per_month or round(DAYS_PER_MONTH / purchases.period_days, DECIMALS)
    ends = np.arange(1, int(months) + 1)
    until = purchases.expected_orders(summary, periods=ends * length)
    value = spend.expected_order_value(summary)
    columns = {"customer_id": summary["customer_id"]} if "customer_id" in summary.columns else {}
    discounted = np.diff(until, axis=1, prepend=0.0) @ (1 + monthly_discount) ** -ends.astype(float) * value * margin
    return pd.DataFrame(
        {**columns, "expected_orders": until[:, -1], "expected_order_value": value, "lifetime_value": discounted}, index=summary.index
    )
