"""Customers by what they look for: a low price, one brand, or quality; use it to choose what to say to them, not what to charge."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING

from seglib.errors import ParameterError, TableError
from seglib.formula import Formula
from seglib.methods import _need_evidence as evidence
from seglib.methods._draft import MIN_ELIGIBLE, Draft
from seglib.methods._indices import LEVEL, PAIRS, Index
from seglib.methods._signed import follows
from seglib.methods._stated import ALONE, STATED, answered, first_named
from seglib.rules import Rule, Score

if TYPE_CHECKING:
    import pandas as pd

    from seglib.segmentation import Segmentation

DIMENSIONS = ("D2",)
NEEDS = ("promo_index | brand_index | quality_index | stated_price | stated_brand | stated_quality",)
USES = (
    "promo_lines",
    "brand_lines",
    "quality_lines",
    "price_elasticity",
    "price_elasticity_error",
    "elasticity_lines",
    "spend",
    "orders",
    "lifetime_orders",
    "returns_only",
    "exposure_days",
)
FACTS = ("needs_halves",)
CHARTS = ("class_bars",)
ORDERED = False
EXEMPT = {"M10": "An index rests on lines, and a line in two rows is two lines."}

CLASSES = {"price_sensitive": "promo", "brand_loyal": "brand", "quality_seeking": "quality"}
MIXED = "mixed"
BASES = ("purchases", "elasticity", "survey")


@follows
def segment(
    customers: pd.DataFrame,
    *,
    basis: str = "",
    reliability: float = 0.0,
    least_z: float = 0.5,
    lead: float = 1.0,
    survey_lead: float = 0.2,
) -> Segmentation:
    """The need that stands out in what a customer buys, or says in a survey; mixed where none does.

    Purchases: each index (reduced lines or own-price elasticity, same maker, upper price tier; against the market) is drawn towards what
    customers with as many lines show by n / (n + kappa), kappa from the agreement of the early and late halves of everybody's buying days.
    It counts where those halves agree beyond chance and habit, the test's level (.025, one-sided) shared among the indices; who has few
    lines is drawn in further, not refused. The largest must reach ``least_z`` and lead the next by ``lead`` standard errors of their
    difference.

    Answers: each is told in standard deviations from everybody's mean; the largest must lie above it and lead the next by ``survey_lead``.

    Args:
        customers: The customer table, asked for with ``client.customers(also=(*needs.NEEDS, *needs.USES), facts=needs.FACTS)``.
        basis: purchases, elasticity or survey; empty: survey where at least half of the customers answered, else purchases, or
            elasticity where the index of reduced lines does not count and elasticity does.
        reliability: Least reliability of an index of a customer, from 0 (whoever has lines counts) to below 1.
        least_z: Least value of the largest index, in standard deviations of the true differences between customers.
        lead: Least lead over the next index, in standard errors of their difference.
        survey_lead: Least lead of the need named first in a survey, in standard deviations of its answers.

    Returns:
        price_sensitive, brand_loyal, quality_seeking, mixed; outside too_few_lines, or by survey unknown_need (no answer).
        ``details["reliability"]`` has the evidence on each index, ``details["indices"]`` every class against the mean customer (= 100).

    Raises:
        ParameterError: A limit is out of range, or the basis is not there.
        TableError: A column or the side frame is lacking.
    """
    given = {"reliability": reliability, "least_z": least_z, "lead": lead, "survey_lead": survey_lead}
    if basis and basis not in BASES:
        raise ParameterError("needs: basis {basis!r} is none of {known}.", basis=basis, known=", ".join(BASES))
    if not 0 <= reliability < 1 or least_z < 0 or lead < 0 or not survey_lead > 0:
        raise ParameterError(
            "needs: reliability is 0 or more and below 1, least_z and lead are 0 or more, survey_lead is above 0; found {found}.",
            found=given,
        )
    draft = Draft("needs", customers, needs=NEEDS, params={"basis": basis, **given})
    stated = {need: column for need, column in STATED.items() if column in draft.customers.columns}
    bought = {*(f"{index}_index" for index in CLASSES.values()), "price_elasticity"} & set(draft.customers.columns)
    if basis == "survey" or (not basis and (not bought or answered(draft, stated))):
        return _by_survey(draft, stated, survey_lead)
    return _by_purchases(draft, basis, reliability, least_z, lead)


# --- purchases ------------------------------------------------------------------------------------------------------------------------


def _by_purchases(draft: Draft, basis: str, reliability: float, least_z: float, lead: float) -> Segmentation:
    halves = draft.facts.get("needs_halves")
    there = [name for name in CLASSES.values() if {f"{name}_index", f"{name}_lines"} <= set(draft.customers.columns)]
    there += ["elasticity"] if {"price_elasticity", "elasticity_lines"} <= set(draft.customers.columns) else []
    if not there or halves is None:
        raise TableError(
            "needs: without promo_index, brand_index or quality_index, their lines and the side frame needs_halves nothing can be said of "
            "purchases; ask for client.customers(also=(*needs.NEEDS, *needs.USES), facts=needs.FACTS)."
        )
    if basis == "elasticity" and "elasticity" not in there:
        raise ParameterError(
            "needs: basis elasticity takes price_elasticity and elasticity_lines in the customer table: order lines with products and "
            "quantities, and products with a kind. Leave basis out, or bring those columns."
        )
    halves = halves[halves["customer_id"].isin(draft.eligible["customer_id"])]
    indices = {name: evidence.of(name, halves, draft, reliability, LEVEL / len(there)) for name in there}
    price = evidence.of_price(basis, indices)
    chosen = {need: price if name == "promo" else name for need, name in CLASSES.items()}
    chosen = {need: name for need, name in chosen.items() if name in indices}
    used = {need: indices[name] for need, name in chosen.items() if indices[name].used}
    _tell(draft, indices, price, asked=basis == "elasticity")
    if price == "elasticity":
        draft.derive(Formula("elasticity_index", "0 - price_elasticity"))
    for index in used.values():
        for formula in index.formulas():
            draft.derive(formula)
    counted = " + ".join(f"where({index.name}_reliability > 0, 1, 0)" for index in used.values())
    draft.derive(Formula("indices_that_count", counted or f"0 * {there[0]}_lines"))
    draft.too_few("too_few_lines", "indices_that_count", 1.0)
    told = int(draft.inside.sum())
    draft.gate("eligible_customers", passed=told >= MIN_ELIGIBLE, found=told, needed=MIN_ELIGIBLE)
    built_on = [evidence.column(name) for name in chosen.values()]
    classes = (*CLASSES, MIXED)
    if not used:
        return draft.finish(scores=[], rules=[], ordered=ORDERED, otherwise=MIXED, classes=classes, built_on=built_on)
    scores, rules = _decided(draft, used, least_z, lead)
    draft.details["variants"] = evidence.variants(price)
    result = draft.finish(scores=scores, rules=rules, ordered=ORDERED, otherwise=MIXED, classes=classes, built_on=built_on)
    return replace(result, details={**result.details, "indices": evidence.against_mean(result, halves, draft)})


def _tell(draft: Draft, indices: Mapping[str, Index], price: str, *, asked: bool) -> None:
    """Say what the evidence is: its reliability, a gate, what was left out, and what speaks for the price."""
    left_out = ({"promo", evidence.ELASTICITY} - {price}) & set(indices)
    deciding = [index for name, index in indices.items() if name not in left_out]
    draft.details["reliability"] = evidence.reliability_table(indices, left_out)
    looked_at = deciding or list(indices.values())
    both = max(looked_at, key=lambda index: index.pairs)
    draft.gate("both_halves", passed=both.pairs >= PAIRS, found=both.pairs, needed=PAIRS)
    known = [index for index in looked_at if index.pairs >= PAIRS]
    if known:
        surest = max(known, key=lambda index: (index.used, index.low))
        draft.gate("halves_agree", passed=surest.used, found=round(surest.low, 2), needed=evidence.HABIT)
    elasticity = indices.get(evidence.ELASTICITY)
    if asked and elasticity:
        draft.gate("elasticity", passed=elasticity.used, found=round(elasticity.low, 2), needed=evidence.HABIT)
    for index in deciding:
        if index.used or index is elasticity:
            continue
        match index.name:
            case "promo":
                draft.warn("promo_off", pairs=index.pairs, r=evidence.shown(index.r))
            case "brand":
                draft.warn("brand_off", pairs=index.pairs, r=evidence.shown(index.r))
            case _:
                draft.warn("quality_off", pairs=index.pairs, r=evidence.shown(index.r))
    if price != evidence.ELASTICITY:
        draft.warn("evidence_purchases")
        _no_elasticity(draft, indices)
    elif elasticity and elasticity.used:
        found = evidence.elasticity_of(draft, elasticity)
        draft.warn("evidence_elasticity", counts=elasticity.counts, mean=found["mean"], spread=found["spread"])


def _no_elasticity(draft: Draft, indices: Mapping[str, Index]) -> None:
    """What elasticity says where it does not speak for the price, with the figures."""
    index = indices.get(evidence.ELASTICITY)
    if index is None:
        return
    if index.used:
        found = evidence.elasticity_of(draft, index)
        draft.warn("elasticity_beside", counts=index.counts, mean=found["mean"], spread=found["spread"], r=round(index.r, 2))
    elif index.r == index.r:
        draft.warn("elasticity_off", pairs=index.pairs, r=evidence.shown(index.r))
    else:
        draft.warn("elasticity_unseen", pairs=index.pairs)


def _decided(draft: Draft, used: dict[str, Index], least_z: float, lead: float) -> tuple[list[Score], list[Rule]]:
    """Which index is largest, how large, and how far ahead of the next."""
    place = {used[need].name: number for number, need in enumerate(CLASSES, start=1) if need in used}
    names = list(place)
    scores = [f"{name}_z" for name in names]
    draft.derive(Formula("need_z", f"greatest({', '.join(scores)})" if len(scores) > 1 else scores[0]))
    largest, trusted = str(place[names[-1]]), f"{names[-1]}_reliability"
    for name in reversed(names[:-1]):
        largest = f"where({name}_z >= need_z, {place[name]}, {largest})"
        trusted = f"where({name}_z >= need_z, {name}_reliability, {trusted})"
    draft.derive(Formula("need", largest if len(names) > 1 else f"{largest} + 0 * need_z"))
    draft.derive(Formula("need_reliability", trusted))
    ahead = [
        f"where(need == {place[name]}, {ALONE}, (need_z - {name}_z) / sqrt(2 - need_reliability - {name}_reliability))" for name in names
    ]
    draft.derive(Formula("need_lead", f"least({', '.join(ahead)})" if len(ahead) > 1 else ahead[0]))
    rules = [Rule(need, {"N": (place[index.name],), "Z": (1,), "L": (1,)}) for need, index in used.items()]
    return [
        Score("Z", "need_z", (float(least_z),), (0, 1), "left", tiers="fixed"),
        Score("L", "need_lead", (float(lead),), (0, 1), "left", tiers="fixed"),
        Score("N", "need", (1.5, 2.5), (1, 2, 3), hidden=True),
    ], rules


# --- answers --------------------------------------------------------------------------------------------------------------------------


def _by_survey(draft: Draft, stated: dict[str, str], least: float) -> Segmentation:
    """The need that a customer names first, where it leads the next by enough of the scale."""
    import pandas as pd

    if len(stated) < 2:
        raise ParameterError(
            "needs: basis survey takes at least two of {columns} in the customers table.", columns=", ".join(STATED.values())
        )
    columns = list(stated.values())
    scores, rules = first_named(draft, stated, least)
    asked = int(draft.inside.sum())
    draft.set_apart("unknown_need", "need_lead")
    answers = int(draft.inside.sum())
    draft.gate("answers", passed=answers >= MIN_ELIGIBLE, found=answers, needed=MIN_ELIGIBLE)
    draft.warn("evidence_survey", share=round(100 * answers / asked) if asked else 0)
    draft.details["answers"] = pd.DataFrame({"stated": columns, "mean_answer": [float(draft.eligible[name].mean()) for name in columns]})
    return draft.finish(scores=scores, rules=rules, ordered=ORDERED, otherwise=MIXED, classes=(*CLASSES, MIXED), built_on=columns)
