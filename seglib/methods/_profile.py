"""What each class of a finished definition is worth: one row a class, adding up to everybody and to all their money."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from seglib import binning

if TYPE_CHECKING:
    import pandas as pd

    from seglib.segmentation import Scheme


def profile(customers: pd.DataFrame, assignments: pd.DataFrame, scheme: Scheme, medians: Sequence[str]) -> pd.DataFrame:
    """One row a class, in the scheme's order, classes outside last and only where somebody is in them; see ``Segmentation.profile``."""
    import pandas as pd

    segment = assignments["segment"]
    total, rows = len(customers), []
    money = dict(iter(customers["spend"].groupby(segment))) if "spend" in customers.columns else {}
    known = customers["spend"].dropna() if "spend" in customers.columns else []
    everyone = math.fsum(known)
    classified = customers.loc[~segment.isin(scheme.outside), "spend"].dropna() if len(known) else []
    usual = math.fsum(classified) / len(classified) if len(classified) else math.nan
    for name in (*scheme.classes, *scheme.outside):
        members = customers[segment == name]
        if members.empty and name in scheme.outside:
            continue
        row: dict[str, Any] = {"segment": name, "outside": name in scheme.outside, "customers": len(members)}
        row["customers_share"] = len(members) / total if total else 0.0
        if "spend" in customers.columns:
            told = money[name].dropna() if name in money else []
            spend = math.fsum(told)
            row["spend"] = spend
            row["spend_share"] = spend / everyone if everyone else math.nan
            row["mean_spend"] = spend / len(told) if len(told) else math.nan  # of those whose spend is known
            row["index_spend"] = 100 * row["mean_spend"] / usual if usual else math.nan
        if "orders" in customers.columns:
            row["orders"] = int(members["orders"].sum())
        row |= {f"median_{column}": float(members[column].astype(float).median()) for column in medians if len(members)}
        rows.append(row)
    table = pd.DataFrame(rows)
    # Sums of money keep every cent, however large; all else is rounded like the values it comes from.
    numbers = table.select_dtypes("float").columns.drop("spend", errors="ignore")
    return table.assign(**{name: binning.round12(table[name]) for name in numbers})
