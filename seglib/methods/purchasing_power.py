"""Customers by what they can afford: as declared, as asked, or else as the prices they pay suggest; use it to check price tiers."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from seglib.binning import Tiers, fit, parse, round12
from seglib.errors import ParameterError
from seglib.formula import Formula
from seglib.methods._agreement import agreement, selection
from seglib.methods._bands import edges_near, lower_edge, plausible
from seglib.methods._draft import MIN_ELIGIBLE, Draft
from seglib.methods._indices import fitted
from seglib.methods._signed import follows
from seglib.rules import Rule, Score

if TYPE_CHECKING:
    import pandas as pd

    from seglib.segmentation import Segmentation

DIMENSIONS = ("D10",)
NEEDS = ("income | income_band | stated_power | price_index",)
USES = ("price_types", "spend", "orders", "lifetime_orders", "returns_only", "exposure_days", "country", "province", "city")
FACTS = ("price_halves",)
CHARTS = ("class_bars",)
ORDERED = True
EXEMPT = {"M10": "What is inferred rests on unit prices, and a line in two rows of the same quantity has another unit price."}

CLASSES = ("high", "medium", "low")
# Source of evidence, best first -> the column that holds it on one scale.
SOURCES = {"declared": "declared_power", "survey": "stated_power", "inferred": "price_z"}
FEW_VALUES = 200  # with more different values a share can be cut anywhere, and need not keep to the values themselves
COMPARED = 50  # customers with two kinds of evidence, from which their agreement counts


@follows
def segment(
    customers: pd.DataFrame,
    *,
    tiers: str = "top:20,60,20",
    source: str = "",
    places: str = "",
    least_types: int = 10,
    reliability: float = 0.5,
    least_agreement: float = 0.2,
) -> Segmentation:
    """Purchasing power by the best evidence there is of each customer: declared, else asked, else inferred from prices paid.

    Declared is the yearly income on record, over the price level of the place where that is given. Inferred is the price paid for goods of
    a kind over the kind's list price, in the middle of at least ``least_types`` kinds, drawn in by its reliability; never spend, which is
    value, and never an income. It is refused where it does not agree with what is declared.

    Args:
        customers: The customer table, asked for with ``client.customers(also=(*NEEDS, *USES), facts=FACTS)``.
        tiers: Three classes by share, cut within each kind of evidence for itself.
        source: declared, survey or inferred alone; empty: all, best first.
        places: Price levels by place, such as ``country: US=1, CH=1.37``, by which declared incomes are divided.
        least_types: Fewest kinds of goods from which anything is inferred.
        reliability: Least reliability of what is inferred, between 0 and 1.
        least_agreement: Least weighted kappa of inferred and declared classes; below it nothing is inferred.

    Returns:
        high, medium, low; outside unknown_purchasing_power. Every customer has ``evidence_source`` and ``confidence`` (1 for declared; else
        the agreement with what is declared, times the reliability of what is inferred). ``details``: evidence, agreement, reliability.

    Raises:
        ParameterError: A parameter means nothing.
        TableError: There is no evidence of any kind.
    """
    given = {"tiers": tiers, "source": source, "places": places, "least_types": least_types, "reliability": reliability}
    rule = parse(tiers)
    if rule.kind != "top" or rule.classes != 3 or rule.own1:
        raise ParameterError("purchasing_power: {tiers!r} must give three classes by share, such as top:20,60,20.", tiers=tiers)
    if source and source not in SOURCES:
        raise ParameterError("purchasing_power: source {source!r} is none of {known}.", source=source, known=", ".join(SOURCES))
    if least_types < 1 or not 0 < reliability < 1 or not 0 <= least_agreement <= 1:
        raise ParameterError(
            "purchasing_power: least_types is 1 or more, reliability between 0 and 1, least_agreement from 0 to 1; found {found}.",
            found=[least_types, reliability, least_agreement],
        )
    params = {**given, "least_agreement": least_agreement}
    draft = Draft("purchasing_power", customers, needs=NEEDS, params=params)
    there = _evidence(draft, _places(places), least_types, reliability)
    wanted = {name: column for name, column in there.items() if source in ("", name)}
    scores = {name: _score(draft, name[0].upper(), column, rule) for name, column in there.items()}
    trust = _checked(draft, scores, least_agreement, wanted)
    return _finished(draft, {name: scores[name] for name in wanted if name in trust}, trust)


# --- the evidence ---------------------------------------------------------------------------------------------------------------------


def _evidence(draft: Draft, places: tuple[str, Mapping[str, float]] | None, least_types: int, reliability: float) -> dict[str, str]:
    """Kind of evidence -> its column, best first; only where somebody has it."""
    columns = set(draft.customers.columns)
    declared = max((name for name in ("income", "income_band") if name in columns), default="",
                   key=lambda name: int(draft.customers[name].notna().sum()))  # fmt: skip
    if declared:
        _declared(draft, declared, places)
    if {"price_index", "price_types"} <= columns:
        _inferred(draft, least_types, reliability)
    return {name: column for name, column in SOURCES.items() if column in draft.customers.columns and draft.eligible[column].notna().any()}


def _declared(draft: Draft, column: str, places: tuple[str, Mapping[str, float]] | None) -> None:
    if column == "income_band":
        labels = sorted(draft.customers[column].dropna().astype("str").unique())
        edges = {label: edge for label in labels if (edge := lower_edge(label)) is not None}
        draft.derive(Formula("declared", column, edges or {"": 0.0}))
    else:
        draft.derive(Formula("declared", plausible(column)))
    if places is None:
        draft.derive(Formula("declared_power", "declared + 0"))
        return
    place, levels = places
    if place not in draft.customers.columns:
        raise ParameterError(
            "purchasing_power: places names {place!r}, which the table lacks; it has {found}.",
            place=place, found=", ".join(map(str, draft.customers.columns)),
        )  # fmt: skip
    draft.derive(Formula("place_level", place, levels))
    draft.derive(Formula("declared_power", "declared / place_level"))
    draft.warn("by_place", place=place, places=len(levels))


def _inferred(draft: Draft, least_types: int, reliability: float) -> None:
    """``price_z``: the price level drawn in, of customers with kinds enough, and ``price_reliability``."""
    import pandas as pd

    halves = draft.facts.get("price_halves")
    if halves is None or "price_index" not in halves.columns:
        draft.warn("no_halves")
        return
    halves = halves[halves["customer_id"].isin(draft.eligible["customer_id"])]
    index = fitted("price", halves, draft.eligible, reliability=reliability, unit="types", fewest=least_types)
    row = (index.pairs, index.lines, index.r, index.low, index.kappa, index.needed, index.counts, "in_use" if index.used else "not_in_use")
    names = ["customers", "half_types", "halves_r", "halves_r_low", "kappa_types", "needed_types", "counts_for", "used"]
    draft.details["reliability"] = pd.DataFrame([row], columns=names).replace([float("inf")], float("nan"))
    if index.used:
        for formula in index.formulas(otherwise="1 / 0"):
            draft.derive(formula)
    else:
        draft.warn("not_reliable", counts=index.counts, needed=index.fewest)


def _places(text: str) -> tuple[str, dict[str, float]] | None:
    """``country: US=1, CH=1.37`` -> ("country", {"US": 1.0, "CH": 1.37})."""
    if not text.strip():
        return None
    column, _, pairs = text.replace("：", ":").replace("，", ",").partition(":")
    try:
        levels = {name.strip(): float(level) for name, level in (pair.split("=") for pair in pairs.split(",") if pair.strip())}
    except ValueError:
        levels = {}
    if not levels or min(levels.values()) <= 0:
        raise ParameterError("purchasing_power: places {text!r} cannot be read; write e.g. country: US=1, CH=1.37.", text=text)
    return column.strip(), levels


# --- the classes ----------------------------------------------------------------------------------------------------------------------


def _score(draft: Draft, name: str, column: str, rule: Tiers) -> Score:
    """3 best, cut by share among those who have the evidence; at the edges of the values where there are few of them."""
    import pandas as pd

    values = pd.Series(round12(draft.eligible[column].dropna().to_numpy(float)))
    if values.nunique() > FEW_VALUES:
        edges = tuple(float(cut) for cut in fit(values, rule).cuts)
    else:
        edges = edges_near(values, rule) if values.nunique() > 2 else ()
    if draft.params["places"] or column == SOURCES["inferred"]:
        edges = tuple(_between(values, edge) for edge in edges)
    return Score(name, column, edges, (1, 2, 3) if len(edges) == 2 else (2,), "left", tiers=str(rule))


def _between(values: pd.Series, edge: float) -> float:
    """The middle between the values beside an edge: what is divided or drawn in ends in other digits in another engine."""
    below, above = values[values < edge], values[values >= edge]
    return float(f"{(float(below.max()) + float(above.min())) / 2:.12g}") if len(below) and len(above) else edge


def _checked(draft: Draft, scores: Mapping[str, Score], least: float, wanted: Mapping[str, str]) -> dict[str, float]:
    """Kind of evidence -> how far it can be believed; what contradicts the declared is left out."""
    frame = agreement(draft.eligible, scores)
    draft.details["agreement"] = frame
    found = dict(zip(frame["source"], frame["weighted_kappa"], strict=True))
    compared = dict(zip(frame["source"], frame["customers"], strict=True))
    trust: dict[str, float] = {}
    for name in wanted:
        measured = compared.get(name, 0) >= COMPARED
        if name == "inferred" and measured and not found[name] >= least:
            draft.warn("refused", kappa=f"{found[name]:.2f}", least=f"{least:g}", customers=compared[name])
            continue
        trust[name] = max(float(found[name]), 0.0) if measured else 1.0
        if name == "inferred" and not measured:
            draft.warn("not_checked", customers=compared.get(name, 0), needed=COMPARED)
    return trust


def _finished(draft: Draft, scores: Mapping[str, Score], trust: Mapping[str, float]) -> Segmentation:
    """Classes by the best evidence of each customer, with source and confidence."""
    columns = [score.input for score in scores.values()]
    if "inferred" not in scores:
        draft.formulas = [formula for formula in draft.formulas if not formula.name.startswith("price_")]
    _said(draft, scores, trust)
    everybody = draft.inside
    draft.set_apart("unknown_purchasing_power", *(columns or ["evidence"]))
    known = int(draft.inside.sum())
    draft.gate("eligible_customers", passed=known >= MIN_ELIGIBLE, found=known, needed=MIN_ELIGIBLE)
    shares = {
        name: round(100 * float((draft.flags["evidence_source"][everybody] == name).mean())) if everybody.any() else 0 for name in SOURCES
    }
    draft.warn("evidence", declared=shares["declared"], survey=shares["survey"], inferred=shares["inferred"])
    draft.details["evidence"] = selection(draft.customers[everybody], draft.flags["evidence_source"][everybody])
    differ = [score for score in scores.values() if score.cuts]
    draft.gate("too_little_variation", passed=bool(differ), found=len(differ), needed=1)
    rules: list[Rule] = []
    without: dict[str, tuple[int | None, ...]] = {}
    for score in scores.values():
        named = {value: CLASSES[3 - value] if differ else "all" for value in score.values()}
        rules += [Rule(named[value], {**without, score.name: (value,)}) for value in sorted(named, reverse=True)]
        without = {**without, score.name: (None,)}
    classes, rest = (CLASSES if differ else ("all",)), "" if rules else "all"
    return draft.finish(scores=[*scores.values()], rules=rules, ordered=ORDERED, otherwise=rest, classes=classes, built_on=columns)


def _said(draft: Draft, scores: Mapping[str, Score], trust: Mapping[str, float]) -> None:
    """``evidence`` (1 declared, 2 survey, 3 inferred; missing where there is none), ``confidence`` and ``evidence_source``."""
    nothing = next(name for name in ("declared_power", "stated_power", "price_index") if name in draft.customers)
    by = {name: f"0 * {score.input}" for name, score in scores.items()}
    for formula, values in (
        ("evidence", [f"{zero} + {list(SOURCES).index(name) + 1}" for name, zero in by.items()]),
        ("confidence", [f"{zero} + {_confidence(name, trust[name])}" for name, zero in by.items()]),
    ):
        text = f"coalesce({', '.join(values)})" if len(values) > 1 else values[0] if values else f"{nothing} / 0"
        draft.derive(Formula(formula, text))
    draft.flags["evidence_source"] = draft.customers["evidence"].map(dict(enumerate(SOURCES, start=1))).fillna("none").astype("str")


def _confidence(name: str, trust: float) -> str:
    return f"price_reliability * {trust:.9g}" if name == "inferred" else f"{trust:.9g}"
