"""Expected purchases as a prediction: how far a purchase-process model errs, beside one's own rate going on and beside the mean of all."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np
    import pandas as pd

    from seglib.client import Client
    from seglib.review.holdout import HoldOut

MODEL, SAME_RATE, MEAN = "model", "same_rate", "everybody_alike"
GROUPS = ("0", "1", "2", "3-4", "5+")


def lifetime_measures(client: Client, held: HoldOut) -> pd.DataFrame:
    """Predicted against actual money and orders of the next period, by how often customers had bought before.

    Pareto/NBD and Gamma-Gamma are fitted on what was bought before the split. The two yardsticks: everybody goes on at the rate of orders
    and money seen so far, and everybody does what the average customer did in a period of that length before the split.

    Args:
        client: The client the hold-out was made from.
        held: Base and next period.

    Returns:
        One row a model and group of customers (repeat orders before the split; ``all``): what (orders or spend), model, group, customers,
        actual, predicted (means), mae, rmse, bias (mean of predicted less actual), in orders or in money.

    Raises:
        DataError: Too few customers came back before the split for a model.
    """
    import numpy as np
    import pandas as pd

    from seglib.clv import fit_gamma_gamma, fit_pareto_nbd, repeat_summary

    eve = str((pd.Timestamp(held.split) - pd.Timedelta(days=1)).date())
    orders = client.tables["orders"]
    lines = orders.select(customer_id=orders.customer_id, ordered_at=orders.ordered_at, amount=orders.amount.cast("float64")).to_pandas()
    summary = repeat_summary(lines[lines["customer_id"].notna()], until=eve, period="day")
    purchases = fit_pareto_nbd(summary)
    paying = summary[summary["mean_repeat_value"] > 0]
    value = fit_gamma_gamma(paying).expected_order_value(summary.assign(mean_repeat_value=summary["mean_repeat_value"].clip(lower=0)))
    expected = np.asarray(purchases.expected_orders(summary, periods=[held.days]))[:, 0]
    table = summary.assign(model_orders=expected, model_spend=expected * value).set_index("customer_id")
    after = _next(client, held, lines, table.index)
    rate = held.days / table["observed_periods"].clip(lower=held.days / 4)
    spent = lines[pd.to_datetime(lines["ordered_at"]).dt.normalize() <= pd.Timestamp(eve)].groupby("customer_id")["amount"].sum()
    seen = {"orders": table["repeat_orders"] * rate, "spend": spent.reindex(table.index).fillna(0.0) * rate}
    group = pd.cut(table["repeat_orders"], [-1, 0, 1, 2, 4, np.inf], labels=list(GROUPS)).astype(str).to_numpy()
    rows = []
    for what in ("orders", "spend"):
        actual = after[what].to_numpy(float)
        alike = np.full(len(table), float(np.mean(seen[what])))
        for name, predicted in ((MODEL, table[f"model_{what}"]), (SAME_RATE, seen[what]), (MEAN, alike)):
            rows += [_errors(what, name, one, np.asarray(predicted, dtype=float), actual, group) for one in ("all", *GROUPS)]
    from seglib.review.compare import rounded

    found = pd.DataFrame([row for row in rows if row])
    return rounded(found)


def _next(client: Client, held: HoldOut, lines: pd.DataFrame, customers: pd.Index) -> pd.DataFrame:
    """Buying days and money of each customer in the next period, in the order of ``customers``."""
    import pandas as pd

    day = pd.to_datetime(lines["ordered_at"]).dt.normalize()
    inside = lines[(day >= pd.Timestamp(held.split)) & (day <= pd.Timestamp(held.end))]
    by_day = inside.assign(day=day[inside.index]).groupby(["customer_id", "day"])["amount"].sum().reset_index()
    counted = by_day[by_day["amount"] > 0].groupby("customer_id").agg(orders=("day", "size"))
    spend = inside.groupby("customer_id")["amount"].sum()
    return pd.DataFrame({"orders": counted["orders"].reindex(customers).fillna(0), "spend": spend.reindex(customers).fillna(0.0)})


def _errors(what: str, name: str, group: str, predicted: np.ndarray, actual: np.ndarray, groups: np.ndarray) -> dict[str, object]:
    """One row; {} for a group in which nobody is."""
    import numpy as np

    who = np.ones(len(actual), dtype=bool) if group == "all" else groups == group
    if not who.any():
        return {}
    off = predicted[who] - actual[who]
    return {
        "what": what,
        "model": name,
        "group": group,
        "customers": int(who.sum()),
        "actual": float(actual[who].mean()),
        "predicted": float(predicted[who].mean()),
        "mae": float(np.abs(off).mean()),
        "rmse": float(np.sqrt((off**2).mean())),
        "bias": float(off.mean()),
    }
