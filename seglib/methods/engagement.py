"""Customers by how much they have to do with the firm beside buying; use it to choose whom to approach, and at what effort."""

from __future__ import annotations

from typing import TYPE_CHECKING

from seglib.methods._draft import Draft
from seglib.methods._signed import follows

if TYPE_CHECKING:
    import pandas as pd

    from seglib.rules import Score
    from seglib.segmentation import Segmentation

DIMENSIONS = ("D13",)
NEEDS = ("engagement_score",)
USES = ("interactions", "spend", "orders", "exposure_days")
FACTS = ("engagement_before",)
CHARTS = ("histogram", "class_bars")
ORDERED = True
EXEMPT = {"M12": "Contacts of those who have never bought count as much: whoever took everything back is classed by the contacts."}


@follows(describes=True)
def segment(customers: pd.DataFrame, *, tiers: str = "quantile:3") -> Segmentation:
    """Tiers of a score of contacts that fade with time: half of an event's weight is left after 30 days.

    Purchases are no contacts, and opened mails weigh nothing, as machines open them. Customers without orders are classed like all others:
    what they do is what is known of them. What the tiers are worth is read in the following window: engagement of 92 days ago, under
    today's cuts, against orders since (side frame ``engagement_before``; without it there is no such table).

    Args:
        customers: The customer table.
        tiers: Tier rule for customers with a positive score.

    Returns:
        high, medium, low, and silent: no event that weighs anything in the window. ``details["conversion"]``: segment, customers,
        bought, share, low, high (Wilson, 95 %).

    Raises:
        ParameterError: The rule cannot be read.
        TableError: A column is lacking.
    """
    draft = Draft("engagement", customers, needs=NEEDS, params={"tiers": tiers}, window=False, reads=NEEDS, buyers=False)
    draft.rest("silent", "engagement_score")
    score = draft.score("E", "engagement_score", tiers)
    rules = draft.tier_rules(score)
    names = tuple(dict.fromkeys(rule.segment for rule in rules))
    draft.warn("firms_choice")
    if "engagement_before" in draft.facts:
        _conversion(draft, score, {value: rule.segment for rule in rules for value in rule.when["E"] if value is not None})
    return draft.finish(scores=[score], rules=rules, ordered=ORDERED, mode="ordered", classes=(*names, "silent"))


def _conversion(draft: Draft, score: Score, names: dict[int, str]) -> None:
    """Of each class of a quarter ago, how many have bought since."""
    import pandas as pd
    from scipy.stats import binomtest

    before = draft.facts["engagement_before"]
    before = before[before["customer_id"].isin(set(draft.customers["customer_id"]))]
    classes = [names[score.of(value) or 0] if value > 0 else "silent" for value in before["engagement_score"]]
    bought = before.groupby(pd.Series(classes, index=before.index, dtype="str"))["bought"].agg(["size", "sum"])
    rows = []
    for name in dict.fromkeys([*names.values(), "silent"]):
        if name in bought.index:
            customers, orders = (int(number) for number in bought.loc[name])
            ends = binomtest(orders, customers).proportion_ci(method="wilson")
            rows.append((name, customers, orders, orders / customers, ends.low, ends.high))
    columns = ["segment", "customers", "bought", "share", "low", "high"]
    draft.details["conversion"] = pd.DataFrame(rows, columns=columns)
