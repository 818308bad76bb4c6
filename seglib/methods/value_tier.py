"""Customers in high, medium and low value by what they bring; use it when effort must be divided by worth."""

from __future__ import annotations

from typing import TYPE_CHECKING

from seglib.errors import ParameterError, TableError
from seglib.methods._draft import Draft
from seglib.methods._signed import follows
from seglib.methods._value import money_column, of_money
from seglib.rules import Rule

if TYPE_CHECKING:
    import pandas as pd

    from seglib.segmentation import Segmentation

DIMENSIONS = ("D1", "D4", "D8")
NEEDS = ("spend | lifetime_spend",)
USES = ("margin", "orders", "lifetime_orders", "returns_only", "exposure_days")
FACTS = ()
CHARTS = ("class_bars", "histogram")
ORDERED = True

BASES = ("spend", "margin", "consumption")


@follows
def segment(customers: pd.DataFrame, *, basis: str = "spend", tiers: str = "top:20,30,50") -> Segmentation:
    """Tiers of customers by value.

    Value is net spend in the window (or margin, where costs are known; or all there ever was, where a list of customers brings no more),
    with or without orders, never a product or sum of orders and money: on grocery data the
    two correlate at .86, so that a sum counts the same thing twice.

    Args:
        customers: The customer table.
        basis: spend; margin (needs the column ``margin``); consumption (needs orders and spend): three tiers of each, mapped by the truth
            table in ``details["truth_table"]`` (high: both at least middle and one high; low: both at most middle and one low).
        tiers: Tier rule; the shares of ``top`` are shares of customers, best first. For consumption the rule of both axes, three classes.

    Returns:
        Classes high, medium, low, or tier_1 (best), tier_2 … where the rule gives another number. Without orders, who spent nothing is
        no_spend, outside.

    Raises:
        ParameterError: No such basis, or a rule that does not fit it.
        TableError: A column is lacking.
    """
    if basis not in BASES:
        raise ParameterError("basis == {basis!r}; value_tier knows {bases}.", basis=basis, bases=", ".join(BASES))
    if basis == "margin" and "margin" not in customers.columns:
        raise TableError("basis margin needs the column margin, and the customer table lacks it; give costs, or use basis=spend.")
    params = {"basis": basis, "tiers": tiers}
    if basis == "consumption":
        return _consumption(Draft("value_tier", customers, needs=("orders", "spend"), params=params, reads=("spend",)), tiers)
    column = money_column(customers) if basis == "spend" else basis
    draft = (
        of_money("value_tier", customers, column, params)
        if basis == "spend"
        else Draft("value_tier", customers, needs=NEEDS, params=params, reads=(basis,))
    )
    score = draft.score("V", column, tiers)
    return draft.finish(scores=[score], rules=draft.tier_rules(score), ordered=ORDERED)


def _consumption(draft: Draft, tiers: str) -> Segmentation:
    """Level of consumption from orders and spend together (D4)."""
    import pandas as pd

    tiers = "quantile:3" if tiers == "top:20,30,50" else tiers
    scores = [draft.score("F", "orders", tiers), draft.score("M", "spend", tiers)]
    if any(score.values()[-1] != 3 for score in scores):
        raise ParameterError("tiers: basis consumption maps three tiers of each axis; {tiers!r} gives another number.", tiers=tiers)
    if not any(score.cuts for score in scores):
        return draft.finish(scores=scores, rules=[Rule("all", {})], ordered=ORDERED)
    table = [(f, m, _level(f, m)) for f in (3, 2, 1) for m in (3, 2, 1)]
    draft.details["truth_table"] = pd.DataFrame(table, columns=["F", "M", "segment"])
    order = sorted(table, key=lambda row: ("high", "medium", "low").index(row[2]))
    rules = [Rule(name, {"F": (f,), "M": (m,)}) for f, m, name in order]
    return draft.finish(scores=scores, rules=rules, ordered=ORDERED)


def _level(f: int, m: int) -> str:
    if min(f, m) >= 2 and max(f, m) == 3:
        return "high"
    return "low" if max(f, m) <= 2 and min(f, m) == 1 else "medium"
