"""Customers by what they look for: a low price, one brand, or quality; use it to choose what to say to them, not what to charge."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from seglib.errors import ParameterError, TableError
from seglib.formula import Formula
from seglib.methods._draft import MIN_ELIGIBLE, Draft
from seglib.methods._indices import Index, fitted
from seglib.methods._signed import follows
from seglib.rules import Rule, Score

if TYPE_CHECKING:
    import pandas as pd

    from seglib.segmentation import Segmentation

DIMENSIONS = ("D2",)
NEEDS = ("promo_index | brand_index | quality_index | stated_price | stated_brand | stated_quality",)
USES = ("promo_lines", "brand_lines", "quality_lines", "spend", "orders", "lifetime_orders", "returns_only", "exposure_days")
FACTS = ("needs_halves",)
CHARTS = ("class_bars",)
ORDERED = False
EXEMPT = {"M10": "An index rests on lines, and a line in two rows is two lines."}

CLASSES = {"price_sensitive": "promo", "brand_loyal": "brand", "quality_seeking": "quality"}
STATED = {"price_sensitive": "stated_price", "brand_loyal": "stated_brand", "quality_seeking": "stated_quality"}
MIXED = "mixed"
ALONE = 99  # the lead of an index over itself, so that it decides nothing
BASES = ("purchases", "survey")


@follows
def segment(
    customers: pd.DataFrame,
    *,
    basis: str = "",
    reliability: float = 0.7,
    least_z: float = 0.5,
    lead: float = 1.0,
    survey_lead: float = 0.2,
) -> Segmentation:
    """The need that stands out in what a customer buys, or says in a survey; mixed where none does.

    Purchases: each index (reduced lines, same maker, upper price tier; all against the market) is drawn towards what customers with as many
    lines show by n / (n + kappa), kappa from the agreement of the early and late halves of everybody's buying days, and counts only for
    customers with lines enough for the reliability asked for. The largest must reach ``least_z`` and lead the next by ``lead`` standard
    errors of their difference.

    Args:
        customers: The customer table, asked for with ``client.customers(also=(*needs.NEEDS, *needs.USES), facts=needs.FACTS)``.
        basis: purchases or survey; empty: survey where at least half of the customers answered, else purchases.
        reliability: Least reliability of an index, between 0 and 1.
        least_z: Least value of the largest index, in standard deviations of the true differences between customers.
        lead: Least lead over the next index, in standard errors of their difference.
        survey_lead: Least lead of the need named first in a survey, as a part of the whole range of answers.

    Returns:
        price_sensitive, brand_loyal, quality_seeking, mixed; outside too_few_lines, or by survey unknown_need (no answer).
        ``details["reliability"]`` has the evidence on each index, ``details["indices"]`` every class against the market (= 100).

    Raises:
        ParameterError: A limit is out of range, or the basis is not there.
        TableError: A column or the side frame is lacking.
    """
    given = {"reliability": reliability, "least_z": least_z, "lead": lead, "survey_lead": survey_lead}
    if basis and basis not in BASES:
        raise ParameterError("needs: basis {basis!r} is none of {known}.", basis=basis, known=", ".join(BASES))
    if not 0 < reliability < 1 or least_z < 0 or lead < 0 or not 0 < survey_lead <= 1:
        raise ParameterError(
            "needs: reliability lies between 0 and 1, survey_lead too, least_z and lead are 0 or more; found {found}.", found=given
        )
    draft = Draft("needs", customers, needs=NEEDS, params={"basis": basis, **given})
    stated = {need: column for need, column in STATED.items() if column in draft.customers.columns}
    if basis == "survey" or (not basis and _answered(draft, stated)):
        return _by_survey(draft, stated, survey_lead)
    return _by_purchases(draft, reliability, least_z, lead)


def _answered(draft: Draft, stated: dict[str, str]) -> bool:
    """Do at least two of the answers stand for half of the customers, or is there nothing else?"""
    if not {f"{index}_index" for index in CLASSES.values()} & set(draft.customers.columns):
        return True
    if len(stated) < 2 or not len(draft.eligible):
        return False
    return float(draft.eligible[list(stated.values())].notna().all(axis=1).mean()) >= 0.5


# --- purchases ------------------------------------------------------------------------------------------------------------------------


def _by_purchases(draft: Draft, reliability: float, least_z: float, lead: float) -> Segmentation:
    halves = draft.facts.get("needs_halves")
    there = {need: name for need, name in CLASSES.items() if {f"{name}_index", f"{name}_lines"} <= set(draft.customers.columns)}
    if not there or halves is None:
        raise TableError(
            "needs: without promo_index, brand_index or quality_index, their lines and the side frame needs_halves nothing can be said of "
            "purchases; ask for client.customers(also=(*needs.NEEDS, *needs.USES), facts=needs.FACTS)."
        )
    halves = halves[halves["customer_id"].isin(draft.eligible["customer_id"])]
    indices = [_fitted(name, halves, draft, reliability) for name in there.values()]
    used = [index for index in indices if index.used]
    _reliability(draft, indices)
    for index in used:
        for formula in index.formulas():
            draft.derive(formula)
    counted = " + ".join(f"where({index.name}_reliability > 0, 1, 0)" for index in used)
    first = f"{next(iter(there.values()))}_lines"
    draft.derive(Formula("indices_that_count", counted or f"0 * {first}"))
    draft.too_few("too_few_lines", "indices_that_count", 1.0)
    told = int(draft.inside.sum())
    draft.gate("eligible_customers", passed=told >= MIN_ELIGIBLE, found=told, needed=MIN_ELIGIBLE)
    draft.warn("evidence_purchases")
    built_on = [f"{name}_index" for name in there.values()]
    if not used:
        return draft.finish(scores=[], rules=[], ordered=ORDERED, otherwise=MIXED, classes=(*CLASSES, MIXED), built_on=built_on)
    scores, rules = _decided(draft, there, used, least_z, lead)
    draft.details["variants"] = _variants()
    result = draft.finish(scores=scores, rules=rules, ordered=ORDERED, otherwise=MIXED, classes=(*CLASSES, MIXED), built_on=built_on)
    return replace(result, details={**result.details, "indices": _against_market(result, halves, there)})


def _fitted(name: str, halves: pd.DataFrame, draft: Draft, reliability: float) -> Index:
    if f"{name}_index" not in halves.columns:
        return Index(name, of=len(draft.eligible))
    return fitted(name, halves, draft.eligible, reliability=reliability)


def _decided(draft: Draft, there: dict[str, str], used: Sequence[Index], least_z: float, lead: float) -> tuple[list[Score], list[Rule]]:
    """Which index is largest, how large, and how far ahead of the next."""
    names = [index.name for index in used]
    place = {name: number for number, name in enumerate(CLASSES.values(), start=1)}
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
    rules = [Rule(need, {"N": (place[name],), "Z": (1,), "L": (1,)}) for need, name in there.items() if name in names]
    return [
        Score("Z", "need_z", (float(least_z),), (0, 1), "left", tiers="fixed"),
        Score("L", "need_lead", (float(lead),), (0, 1), "left", tiers="fixed"),
        Score("N", "need", (1.5, 2.5), (1, 2, 3), hidden=True),
    ], rules


def _reliability(draft: Draft, indices: Sequence[Index]) -> None:
    """The evidence on each index, and a gate: at least one must be of use."""
    import pandas as pd

    rows = [
        (each.name, each.pairs, each.lines, each.r, each.low, each.kappa, each.needed, each.counts, "in_use" if each.used else "not_in_use")
        for each in indices
    ]
    columns = ["index", "customers", "half_lines", "halves_r", "halves_r_low", "kappa_lines", "needed_lines", "counts_for", "used"]
    found = pd.DataFrame(rows, columns=columns)
    draft.details["reliability"] = found.replace([float("inf")], float("nan"))
    draft.gate(
        "indices", passed=any(index.used for index in indices), found=max(index.counts for index in indices), needed=indices[0].fewest
    )
    for index in indices:
        if not index.used:
            _left_out(draft, index)


def _left_out(draft: Draft, index: Index) -> None:
    match index.name:
        case "promo":
            draft.warn("promo_off", counts=index.counts, needed=index.fewest)
        case "brand":
            draft.warn("brand_off", counts=index.counts, needed=index.fewest)
        case _:
            draft.warn("quality_off", counts=index.counts, needed=index.fewest)


def _against_market(result: Segmentation, halves: pd.DataFrame, there: dict[str, str]) -> pd.DataFrame:
    """What each class was found to do, as a percentage of what the market leads to expect of the same lines."""
    import pandas as pd

    segment = result.assignments.set_index("customer_id")["segment"]
    of = halves["customer_id"].map(segment)
    table = pd.DataFrame({"segment": [name for name in result.scheme.classes if (segment == name).any()]})
    for name in there.values():
        lines = halves[f"{name}_lines"].fillna(0)
        more = (halves[f"{name}_index"] * lines).groupby(of).sum()
        expected = (halves[f"{name}_expected"] * lines).groupby(of).sum()
        table[f"index_{name}"] = (100 * (1 + more / expected.where(expected > 0))).reindex(table["segment"]).to_numpy()
    return table


def _variants() -> pd.DataFrame:
    """What the classes are called when nobody was asked."""
    import pandas as pd

    return pd.DataFrame({"segment": list(CLASSES), "variant": ["deal_prone", "keeps_to_makers", "upper_tier"]})


# --- answers --------------------------------------------------------------------------------------------------------------------------


def _by_survey(draft: Draft, stated: dict[str, str], least: float) -> Segmentation:
    """The need that a customer names first, where it leads the next by enough of the scale."""
    import pandas as pd

    if len(stated) < 2:
        raise ParameterError(
            "needs: basis survey takes at least two of {columns} in the customers table.", columns=", ".join(STATED.values())
        )
    columns = list(stated.values())
    answers = draft.eligible[columns].astype(float)
    low, high = (float(end) if end == end else 0.0 for end in (answers.min().min(), answers.max().max()))
    draft.gate("too_little_variation", passed=high > low, found=len(answers.stack().unique()), needed=2)
    place = {need: number for number, need in enumerate(CLASSES, start=1)}
    top = f"greatest({', '.join(columns)})"
    *others, (last, _) = stated.items()
    first = str(place[last])
    for need, column in reversed(others):
        first = f"where({column} >= stated_top, {place[need]}, {first})"
    ahead = [
        f"where(need == {place[need]}, {ALONE}, (stated_top - {column}) / {max(high - low, 1e-9)!r})" for need, column in stated.items()
    ]
    for name, text in (("stated_top", top), ("need", f"{first} + 0 * stated_top"), ("need_lead", f"least({', '.join(ahead)})")):
        draft.derive(Formula(name, text))
    asked = int(draft.inside.sum())
    draft.set_apart("unknown_need", "need_lead")
    answered = int(draft.inside.sum())
    draft.gate("answers", passed=answered >= MIN_ELIGIBLE, found=answered, needed=MIN_ELIGIBLE)
    draft.warn("evidence_survey", share=round(100 * answered / asked) if asked else 0)
    draft.details["answers"] = pd.DataFrame({"stated": columns, "mean_answer": [float(draft.eligible[name].mean()) for name in columns]})
    rules = [Rule(need, {"N": (place[need],), "A": (1,)}) for need in stated]
    scores = [Score("A", "need_lead", (least,), (0, 1), "left", tiers="fixed"), Score("N", "need", (1.5, 2.5), (1, 2, 3), hidden=True)]
    return draft.finish(scores=scores, rules=rules, ordered=ORDERED, otherwise=MIXED, classes=(*CLASSES, MIXED), built_on=columns)
