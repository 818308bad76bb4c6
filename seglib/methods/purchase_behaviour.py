"""Customers by habit: often, seldom but in bulk, now and then, once, or not yet; use it to choose between rhythm and size of orders."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from seglib.binning import OWN, cut, parse, round12
from seglib.errors import ParameterError
from seglib.methods._draft import Draft
from seglib.methods._signed import follows
from seglib.rules import Rule, Score

if TYPE_CHECKING:
    import numpy as np
    import pandas as pd

    from seglib.segmentation import Segmentation

DIMENSIONS = ("D3",)
NEEDS = ("orders", "mean_order_value")
USES = ("buying_days", "spend", "lifetime_orders", "returns_only", "exposure_days")
FACTS = ()
CHARTS = ("quadrant", "class_bars")
ORDERED = False

# Frequency (1 one order, 2 seldom, 3 often) and order value (2 in bulk, 0 whichever).
HABITS = {"frequent": (3, 0), "occasional_bulk": (2, 2), "occasional": (2, 1), "one_off": (1, 0)}
MOST_ONCE = 0.95  # above this share of one-time buyers there is no frequency to divide
OFTEN, BULK = "top:25,75", "top:25,75"  # above the third quartile; from it on


@follows(describes=True)
def segment(customers: pd.DataFrame, *, f_tiers: str = "", bulk_tiers: str = "") -> Segmentation:
    """Habits of buying, from how often and how much at a time.

    Bulk is a matter of order value, never of units: quantities of different goods do not add up (on grocery data a sum of units selects
    those who buy petrol).

    Args:
        customers: The customer table.
        f_tiers: Where "often" begins, two classes of those with two orders or more, e.g. ``fixed:12``; empty: above the third quartile.
        bulk_tiers: Where "in bulk" begins, two classes of mean order value, e.g. ``fixed:500``; empty: from the third quartile on.

    Returns:
        prospect (known, no order yet), one_off (exactly one order, whatever its size; the column ``bulk`` marks the large ones),
        occasional_bulk (seldom, in bulk), occasional (seldom), frequent.

    Raises:
        ParameterError: A rule cannot be read or gives another number of classes.
        TableError: A column is lacking.
    """
    for rule in filter(None, (f_tiers, bulk_tiers)):
        if parse(rule).classes != 2 or parse(rule).own1:
            raise ParameterError(
                "purchase_behaviour: {rule!r} must give two classes, without +own1 (one order is a class already), e.g. fixed:12.",
                rule=rule,
            )
    params = {"f_tiers": f_tiers, "bulk_tiers": bulk_tiers}
    draft = Draft("purchase_behaviour", customers, needs=NEEDS, params=params, first="prospect", reads=("mean_order_value",))
    draft.bought_once(MOST_ONCE)
    # Often is above the third quartile of those with two orders or more; whoever has one order is decided already.
    often = draft.score("F", "orders", (f_tiers or OFTEN) + OWN)
    bulk = _bulk(draft, bulk_tiers)
    draft.flags["bulk"] = draft.inside & (_of(bulk, draft.customers["mean_order_value"]) == 2)
    if not (draft.customers["orders"] == 0).any():
        draft.warn("no_contacts")
    rules = [Rule(name, {"F": (f,), **({"B": (b,)} if b else {})}) for name, (f, b) in HABITS.items()]
    return draft.finish(scores=[often, bulk], rules=rules, ordered=ORDERED, mode="ordered", classes=("prospect", *HABITS))


def _bulk(draft: Draft, tiers: str) -> Score:
    """2 from the third quartile of mean order value on, 1 below; nobody buys in bulk where all order the same."""
    score = draft.score("B", "mean_order_value", tiers or BULK)
    return replace(score, closed="left") if score.cuts else replace(score, scores=(1,))


def _of(score: Score, values: pd.Series) -> np.ndarray:
    """Scores of values, 0 where one is missing."""
    import numpy as np

    classes = cut(round12(values.to_numpy(float)), score.cuts, closed=score.closed)
    return np.where(classes == 0, 0, np.asarray((0, *score.scores))[classes])
