"""Customers by signs that they are about to buy, and by how well they fit; use it to decide whom to call today."""

from __future__ import annotations

from typing import TYPE_CHECKING

from seglib.errors import ParameterError
from seglib.methods._contacts import tell_unknown_kinds, without_score
from seglib.methods._draft import Draft
from seglib.methods._signed import follows
from seglib.rules import Rule

if TYPE_CHECKING:
    import pandas as pd

    from seglib.segmentation import Segmentation

DIMENSIONS = ("D20",)
NEEDS = ("intent_points",)
USES = (
    "interactions",
    "unknown_events",
    "times_contacted",
    "quotes",
    "wallet",
    "annual_revenue",
    "employees",
    "spend",
    "orders",
    "exposure_days",
)
FACTS = ("interactions_by_kind",)
CHARTS = ("class_bars", "histogram")
ORDERED = True
EXEMPT = {"M12": "Signs of those who have never bought are the point: whoever took everything back is classed by the signs."}

# What may stand for fit, the first that is there: size and purse as others see them, never what was bought from us.
FIT = ("fit_score", "wallet", "annual_revenue", "employees")
CLASSES = ("hot", "warm", "cold", "none")


@follows(describes=True)
def segment(customers: pd.DataFrame, *, tiers: str = "median", fit: str = "", fit_tiers: str = "median") -> Segmentation:
    """Points of what announces a purchase against fit, in two by two.

    Points stand in engagement.yml: each kind of event gives some, half of them is left after 30 days, and no kind gives more than its cap,
    so that a hundred views are no quote. Customers without orders are classed like all others. Stage and closing date of a deal are no
    part of it: they are written after the outcome.

    Args:
        customers: The customer table.
        tiers: Where points are many: two classes of those who have any.
        fit: Column that says how well a customer fits, larger is better; empty: the first of fit_score, wallet, annual_revenue, employees.
        fit_tiers: Where fit is good: two classes of those with points whose fit is known.

    Returns:
        hot (many points, good fit), warm (one of the two), cold (neither), none (no points). Outside: unknown_events (nothing but events
        of unknown kinds) and not_contacted (no event, and the record of whom the firm addressed does not name them). An unknown fit is no
        good fit. Where no column tells of fit, many points are hot and few are cold. ``details["explained"]``: of whom, kind, count,
        points; ``details["kinds"]``: the same for all.

    Raises:
        ParameterError: A rule does not give two classes, or the column is not there.
        TableError: A column is lacking, or no event is of a known kind.
    """
    from seglib.binning import parse

    for rule in (tiers, fit_tiers):
        if parse(rule).classes != 2 or parse(rule).own1:
            raise ParameterError("purchase_intent: {rule!r} must give two classes, e.g. median or fixed:20.", rule=rule)
    if fit and fit not in customers.columns:
        raise ParameterError(
            "purchase_intent: there is no column {fit} to tell of fit; it has {found}.",
            fit=fit,
            found=", ".join(map(str, customers.columns)),
        )
    params = {"tiers": tiers, "fit": fit, "fit_tiers": fit_tiers}
    draft = Draft("purchase_intent", customers, needs=NEEDS, params=params, window=False, reads=NEEDS, buyers=False)
    tell_unknown_kinds(draft)
    without_score(draft, "intent_points", "none", "none")
    points = draft.score("P", "intent_points", tiers, own="")
    draft.warn("after_the_outcome")
    many, few = (points.values()[-1],), points.values()[:-1]
    column = fit or next((name for name in FIT if name in customers.columns and customers[name].notna().any()), "")
    scores, rules = [points], [Rule("hot", {"P": many}), Rule("cold", {"P": few})]
    if column:
        good = draft.score("F", column, fit_tiers, own="")
        top = (good.values()[-1],) if good.cuts else ()
        unknown = float(draft.eligible[column].isna().mean()) if draft.inside.any() else 0.0
        draft.warn("fit_by", column=column, unknown=round(100 * unknown))
        scores = [points, good]
        rules = [
            Rule("hot", {"P": many, "F": top}),
            Rule("warm", {"P": many}),
            Rule("warm", {"P": few, "F": top}),
            Rule("cold", {"P": few}),
        ]
    else:
        draft.warn("no_fit")
    _explain(draft)
    rules = [rule for rule in rules if all(rule.when.values())]
    return draft.finish(scores=scores, rules=rules, ordered=ORDERED, mode="ordered", classes=CLASSES)


def _explain(draft: Draft) -> None:
    """Which events gave how many points: of each customer, and of all."""
    kinds = draft.facts.get("interactions_by_kind")
    if kinds is None:
        return
    given = kinds[(kinds["points"] > 0) & kinds["customer_id"].isin(set(draft.customers["customer_id"]))]
    given = given.sort_values(["customer_id", "points", "kind"], ascending=[True, False, True], ignore_index=True)
    draft.details["explained"] = given
    whole = given.groupby("kind").agg(customers=("customer_id", "nunique"), count=("count", "sum"), points=("points", "sum"))
    draft.details["kinds"] = whole.sort_values(["points"], ascending=False).reset_index()
