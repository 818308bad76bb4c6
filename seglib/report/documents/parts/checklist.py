"""The five tests of a useful division, scored on this one: measurable, substantial, accessible, differentiable, actionable."""

from __future__ import annotations

import math
from collections.abc import Callable

import pandas as pd

from seglib.language import marked
from seglib.report.documents.matter import Matter
from seglib.report.documents.model import Column, Table, Text
from seglib.report.documents.parts.proving import LEVER, dated, smallest
from seglib.report.proofs._base import OUTCOMES

LEAST, LEAST_SHARE = 30, 0.01  # customers, and share of all, below which a class is too small for a policy
COVERED, HARDLY = 0.90, 0.50  # share of the customers in a class: met from, partly from
UNPLACED = ("unknown_", "too_few_", "no_response", "too_early")  # outside because something is not on record
TELLS = 0.01  # share of next spend explained from which the classes differ
MET, PARTLY, NOT, OPEN = marked("met"), marked("partly"), marked("not met"), marked("cannot be told")
Score = tuple[str, Text]


def table(matter: Matter) -> Table:
    """Test by test: what was found, and whether it is met."""
    rows = [{"test": matter.t(name), "found": found.text, "score": matter.t(score)} for name, (score, found) in scores(matter).items()]
    facts = tuple(dict.fromkeys(fact for _, found in scores(matter).values() for fact in found.facts))
    met = sum(score == MET for score, _ in scores(matter).values())
    heads = [Column("test", matter.t("Test")), Column("found", matter.t("Found")), Column("score", matter.t("Verdict"))]
    caption = matter.t("Five tests of a useful division: {met} of {n} met", met=met, n=len(TESTS))
    return matter.table(pd.DataFrame(rows), heads, caption, facts=facts)


def scores(matter: Matter) -> dict[str, Score]:
    """Name of a test -> its score and what was found."""
    return {name: test(matter) for name, test in TESTS.items()}


def measurable(matter: Matter) -> Score:
    """Does a rule on recorded figures place the customers?"""
    book, view = matter.book, matter.view
    open_ones = math.fsum(book.value(f"class.{key}.customers") for key in matter.outside_keys if key.startswith(UNPLACED))
    share = 1 - open_ones / len(view.customers) if len(view.customers) else math.nan
    how = "customers who are in a class, or outside for a reason on record / customers known"
    fact = book.enter("placed.share", share, "share", "share", how, expression="1 − customers of unknown_* and too_few_* / customers known")
    found = matter.say("{share} of the known customers are placed by rules on recorded figures.", share=fact)
    return (MET if share >= COVERED else PARTLY if share >= HARDLY else NOT), found


def substantial(matter: Matter) -> Score:
    """Is every class large enough to deserve a policy?"""
    book, n = matter.book, matter.book.value("inside.customers")
    small = [key for key in matter.keys if book.value(f"class.{key}.customers") < max(LEAST, LEAST_SHARE * n)]
    if not matter.keys:
        return NOT, matter.say("No class has customers.")
    least = min(matter.keys, key=lambda key: (book.value(f"class.{key}.customers"), key))
    values = {"label": matter.view.label(least), "n": f"class.{least}.customers", "share": f"class.{least}.customers_share"}
    if not small:
        return MET, matter.say("The smallest class, {label}, has {n} customers ({share}).", **values)
    names = matter.book.listed([matter.view.label(key) for key in small])
    found = matter.say(
        "Too small for a policy of their own: {names}. The smallest, {label}, has {n} customers ({share}).", names=names, **values
    )
    return (PARTLY if len(small) < len(matter.keys) else NOT), found


def accessible(matter: Matter) -> Score:
    """Can the customers be reached? Only what is on record says so."""
    table = matter.client.tables.get("customers")
    if table is None or "opt_out" not in table.columns:
        return OPEN, matter.say("The data record neither ways of contact nor refusals; whoever keeps the addresses must answer.")
    refused, known = refusals(matter)
    facts = {
        "refused": matter.book.enter(
            "refused.customers", refused, "count", "customers", "customers who refused marketing", expression=OPT_OUT
        ),
        "known": matter.book.enter("refused.known", known, "count", "customers", "customers of whom that is recorded", expression=OPT_OUT),
    }
    if not known:
        return OPEN, matter.say("Whether customers refused marketing is recorded of nobody.")
    if not refused:
        return MET, matter.say("None of the {known} customers of whom it is recorded refused marketing.", known=facts["known"])
    found = matter.say("{refused} of the {known} customers of whom it is recorded refused marketing and must be left out.", **facts)
    return (MET if refused < (1 - COVERED) * known else PARTLY if refused < HARDLY * known else NOT), found


OPT_OUT = "client.tables['customers'].opt_out"


def refusals(matter: Matter) -> tuple[int, int]:
    """Customers who refused marketing, and of how many it is recorded."""
    column = matter.client.tables["customers"].opt_out.execute()
    known = column.dropna()
    return int(known.astype(bool).sum()), len(known)


def differentiable(matter: Matter) -> Score:
    """Do the classes differ on what did not build them: the spend of a period that came after?"""
    worth = matter.evidence.worth
    if worth is None:
        return OPEN, matter.say("No later period could be kept back, so nothing but the data that built the classes could tell.")
    own_outcome = bool(worth.own_verdict) and not worth.own.empty
    row = (worth.own if own_outcome else worth.measures).set_index("prediction").loc[worth.method]
    how = f"review.worth: {'own' if own_outcome else 'measures'}"
    low = matter.book.enter(
        "tells.low", round(float(row["low"]), 4), "share", "share", "lower end of the 95% interval of it", expression=how
    )
    own = matter.book.enter(
        "tells.r2", round(float(row["r2"]), 4), "share", "share", "share of the later outcome explained, out of fold", expression=how
    )
    high = matter.book.enter("tells.high", round(float(row["high"]), 4), "share", "share", "upper end of it", expression=how)
    values = {"own": own, "low": low, "high": high}
    if own_outcome:
        what = matter.t(OUTCOMES[worth.outcome])
        told = matter.say(
            "The classes explain {own} of the later differences in: {outcome} (95%: {low} to {high}).", outcome=what, **values
        )
    else:
        told = matter.say("The classes explain {own} of the differences in what customers spent later (95%: {low} to {high}).", **values)
    least = matter.book.value(low)
    return (MET if least >= TELLS else PARTLY if matter.book.value(own) >= TELLS else NOT), told


def actionable(matter: Matter) -> Score:
    """Can each class's own action be tested?"""
    if not matter.view.has_money or "size.lever" not in matter.book.facts:
        return OPEN, matter.say("Every class has an action, an owner and a stop rule; without sales no test of it can be planned.")
    if not dated(matter):
        return OPEN, matter.say("Every class has an action, an owner and a stop rule; without sales by day no test of it can be planned.")
    able = [key for key in matter.keys if smallest(matter, key) <= LEVER]
    how = "classes whose smallest detectable difference is at most the assumed increase"
    n = matter.book.enter("testable.classes", len(able), "count", "classes", how, expression=how)
    every = matter.book.enter("filled.classes", len(matter.keys), "count", "classes", "classes with customers", expression="profile")
    found = matter.say(
        "Every class has an action, an owner and a stop rule; {n} of {every} are large enough for a test to see a rise of {lever}.",
        n=n,
        every=every,
        lever="size.lever",
    )
    return (MET if len(able) == len(matter.keys) else PARTLY if able or pooled(matter) else NOT), found


def pooled(matter: Matter) -> bool:
    """Can a test of all classes together see the assumed rise?"""
    least = smallest(matter, "inside")
    return not math.isnan(least) and least <= LEVER


TESTS: dict[str, Callable[[Matter], Score]] = {
    marked("Measurable"): measurable,
    marked("Substantial"): substantial,
    marked("Accessible"): accessible,
    marked("Differentiable"): differentiable,
    marked("Actionable"): actionable,
}
