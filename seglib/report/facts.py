"""The named facts of a result: every number that a sentence of the report may use, computed once."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

from seglib.segmentation import facts_of, visits

if TYPE_CHECKING:
    import pandas as pd

    from seglib.report.view import View
    from seglib.scheme import Score

REACH = 0.10  # a customer this close to the next cut is within reach of the better class
LARGE = 0.10  # share of sales above which one customer is named


def facts(view: View) -> dict[str, Any]:
    """Facts of a view by name; money in plain currency units, shares 0 to 1, classes as keys.

    Facts that the data do not carry are absent: no ``spend`` without money, no ``sliding`` where no class is a sliding one.
    """
    inside, result = view.inside, view.result
    found: dict[str, Any] = {
        "customers": len(result.assignments),
        "classified": int(inside["customers"].sum()),
        "classes": len(inside),
    }
    if "orders" in view.customers.columns:
        buyers = view.customers[view.customers["orders"] > 0]
        found["buyers"] = len(buyers)
        found["again_share"] = float((visits(buyers) > 1).mean()) if len(buyers) else 0.0
    if not view.has_money or inside.empty:
        return found
    found["spend"] = math.fsum(view.customers["spend"].dropna())
    found["unattributed"] = unattributed(view.customers)
    leading = inside.iloc[0] if result.ordered else inside.loc[inside["spend"].idxmax()]
    found["top"] = _class(leading)
    found |= _sliding(view) | _largest(view) | within_reach(view)
    return found


def unattributed(customers: pd.DataFrame) -> float:
    """Revenue of the window that belongs to no known customer."""
    return float(facts_of(customers).unattributed)


def _class(row: pd.Series) -> dict[str, Any]:
    return {
        "segment": str(row["segment"]),
        "customers": int(row["customers"]),
        "customers_share": float(row["customers_share"]),
        "spend": float(row["spend"]),
        "spend_share": float(row["spend_share"]),
    }


def share_of(view: View, segment: str) -> tuple[str, float]:
    """What a class's share of customers is a share of, where sales are set beside it, and the share.

    Returns:
        "customers" where every known customer bought in the window, or is in a class where nothing tells who bought; "buyers" where some
        did not buy and all of the class did: its share of the buyers; else "known", its share of all known customers.
    """
    mine = (view.result.assignments["segment"] == segment).to_numpy()
    share = float(mine.mean()) if len(mine) else 0.0
    if "orders" not in view.customers.columns:
        return ("known" if len(view.outside) else "customers"), share
    bought = view.customers["orders"].fillna(0).to_numpy(float) > 0
    if bought.all():
        return "customers", share
    return ("buyers", float(mine.sum() / bought.sum())) if bought[mine].all() and mine.any() else ("known", share)


def _sliding(view: View) -> dict[str, Any]:
    """Customers in classes that are slipping away, and what they spent in the window."""
    rows = view.inside[[view.token(key) == "slipping" for key in view.inside["segment"]]]
    if rows.empty:
        return {}
    sums = {name: rows[name].sum() for name in ("customers", "customers_share", "spend", "spend_share")}
    return {"sliding": {"segments": rows["segment"].to_list(), **sums, "customers": int(sums["customers"])}}


def _largest(view: View) -> dict[str, Any]:
    """The one customer who holds much of the sales, where there is one."""
    total = math.fsum(view.customers["spend"].dropna())
    largest = float(view.customers["spend"].max())
    if total <= 0 or largest < LARGE * total:
        return {}
    return {"largest": {"spend": largest, "spend_share": largest / total}}


def within_reach(view: View) -> dict[str, Any]:
    """Customers just below the cut to the best class, where one score decides and better means more."""
    shown = [score for score in view.result.scheme.scores if not score.hidden]
    if not view.result.ordered or len(shown) != 1 or not shown[0].cuts or shown[0].scores[-1] != max(shown[0].scores):
        return {}
    score: Score = shown[0]
    cut = score.cuts[-1]
    values = view.column(score.input).set_axis(view.customers.index)
    below = values < cut if score.closed == "left" else values <= cut
    members = view.customers[below & (values >= (1 - REACH) * cut) & view.members.to_numpy()]
    if members.empty:
        return {}
    return {"within_reach": {"customers": len(members), "spend": math.fsum(members["spend"]), "column": score.input, "cut": cut}}
