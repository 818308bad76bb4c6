"""Customers by how much they have to do with the firm beside buying; use it to choose whom to approach, and at what effort."""

from __future__ import annotations

from typing import TYPE_CHECKING

from seglib.methods._contacts import keeps_record, tell_unknown_kinds, without_score
from seglib.methods._draft import Draft
from seglib.methods._signed import follows

if TYPE_CHECKING:
    import pandas as pd

    from seglib.rules import Score
    from seglib.segmentation import Segmentation

DIMENSIONS = ("D13",)
NEEDS = ("engagement_score",)
USES = ("interactions", "unknown_events", "times_contacted", "spend", "orders", "exposure_days")
FACTS = ("engagement_before", "interactions_by_kind")
CHARTS = ("histogram", "class_bars")
ORDERED = True
EXEMPT = {"M12": "Contacts of those who have never bought count as much: whoever took everything back is classed by the contacts."}


@follows(describes=True)
def segment(customers: pd.DataFrame, *, tiers: str = "quantile:3") -> Segmentation:
    """Tiers of a score of contacts that fade with time: half of an event's weight is left after 30 days.

    Purchases are no contacts, and opened mails weigh nothing, as machines open them. Kinds of events that nobody gave a meaning are left
    out, and said. Customers without orders are classed like all others: what they do is what is known of them. Silent is who was
    addressed, or has events that weigh nothing, and did nothing that counts: whom nobody addressed cannot be silent. What the tiers are
    worth is read in the following window: engagement of 92 days ago, under today's cuts, against orders since (side frame
    ``engagement_before``; without it there is no such table).

    Args:
        customers: The customer table.
        tiers: Tier rule for customers with a positive score.

    Returns:
        high, medium, low, and silent. Outside: unknown_events (nothing but events of unknown kinds), not_contacted (the data keep a
        record of whom the firm addressed, and they are not in it), no_events (nothing heard, and no such record).
        ``details["conversion"]``: segment, customers, bought, share, low, high (Wilson, 95 %).

    Raises:
        ParameterError: The rule cannot be read.
        TableError: A column is lacking, or no event is of a kind with a weight.
    """
    draft = Draft("engagement", customers, needs=NEEDS, params={"tiers": tiers}, window=False, reads=NEEDS, buyers=False)
    tell_unknown_kinds(draft)
    without_score(draft, "engagement_score", "silent", "no_events")
    if not keeps_record(draft):
        draft.warn("no_record")
    score = draft.score("E", "engagement_score", tiers)
    rules = draft.tier_rules(score)
    names = tuple(dict.fromkeys(rule.segment for rule in rules))
    draft.warn("firms_choice")
    if "engagement_before" in draft.facts:
        _conversion(draft, score, {value: rule.segment for rule in rules for value in rule.when["E"] if value is not None})
    quiet = ["silent"] if any(rule.segment == "silent" for rule in draft.ladder_rules) else []
    return draft.finish(scores=[score], rules=rules, ordered=ORDERED, mode="ordered", classes=(*names, *quiet))


def _conversion(draft: Draft, score: Score, names: dict[int, str]) -> None:
    """Of each class of a quarter ago, how many have bought since."""
    import pandas as pd
    from scipy.stats import binomtest

    before = draft.facts["engagement_before"]
    before = before[before["customer_id"].isin(set(draft.customers["customer_id"]))]
    unaddressed = "not_contacted" if keeps_record(draft) else "no_events"
    classes = pd.Series(unaddressed, index=before.index, dtype="str")
    classes[(before["interactions"] > 0) | (before["times_contacted"] > 0)] = "silent"
    classes[before["unknown_events"] > 0] = "unknown_events"
    scored = before["engagement_score"] > 0
    classes[scored] = [names[score.of(value) or 0] for value in before.loc[scored, "engagement_score"]]
    bought = before["bought"].groupby(classes).agg(["size", "sum"])
    rows = []
    for name in dict.fromkeys([*names.values(), "silent", "not_contacted", "no_events", "unknown_events"]):
        if name in bought.index:
            customers, orders = (int(number) for number in bought.loc[name])
            ends = binomtest(orders, customers).proportion_ci(method="wilson")
            rows.append((name, customers, orders, orders / customers, ends.low, ends.high))
    columns = ["segment", "customers", "bought", "share", "low", "high"]
    draft.details["conversion"] = pd.DataFrame(rows, columns=columns)
