"""Customers by what they can afford, as declared or as asked, never as guessed from what they buy; use it to check price tiers."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from seglib.binning import Tiers, fit, parse, round12
from seglib.errors import ParameterError
from seglib.formula import Formula
from seglib.methods._agreement import agreement, selection
from seglib.methods._bands import edges_near, lower_edge, plausible
from seglib.methods._draft import MIN_ELIGIBLE, Draft
from seglib.methods._signed import follows
from seglib.rules import Rule, Score

if TYPE_CHECKING:
    import pandas as pd

    from seglib.segmentation import Segmentation

DIMENSIONS = ("D10",)
NEEDS = ("income | income_band | stated_power",)
USES = ("spend", "orders", "lifetime_orders", "returns_only", "exposure_days", "country", "province", "city")
FACTS = ()
CHARTS = ("class_bars",)
ORDERED = True

CLASSES = ("high", "medium", "low")
# Source of evidence, best first -> the column that holds it on one scale.
SOURCES = {"declared": "declared_power", "survey": "stated_power"}
FEW_VALUES = 200  # with more different values a share can be cut anywhere, and need not keep to the values themselves
COMPARED = 50  # customers with two kinds of evidence, from which their agreement counts


@follows
def segment(
    customers: pd.DataFrame,
    *,
    tiers: str = "top:20,60,20",
    source: str = "",
    places: str = "",
) -> Segmentation:
    """Purchasing power by the best evidence there is of each customer: declared, else asked.

    Declared is the yearly income on record, over the price level of the place where that is given. Nothing is inferred: where both were on
    record, prices paid, against the list price of the kind of goods or the mean of the category, agreed with declared incomes by a
    weighted kappa below .2; and spend is value.

    Args:
        customers: The customer table, asked for with ``client.customers(also=(*NEEDS, *USES))``.
        tiers: Three classes by share, cut within each kind of evidence for itself.
        source: declared or survey alone; empty: both, best first.
        places: Price levels by place, such as ``country: US=1, CH=1.37``, by which declared incomes are divided.

    Returns:
        high, medium, low; outside unknown_purchasing_power. Every customer has ``evidence_source`` and ``confidence`` (1 for declared; for
        a survey the agreement with what is declared, where both are on record). ``details``: evidence, agreement.

    Raises:
        ParameterError: A parameter means nothing.
        TableError: There is no evidence of any kind.
    """
    rule = parse(tiers)
    if rule.kind != "top" or rule.classes != 3 or rule.own1:
        raise ParameterError("purchasing_power: {tiers!r} must give three classes by share, such as top:20,60,20.", tiers=tiers)
    if source and source not in SOURCES:
        raise ParameterError("purchasing_power: source {source!r} is none of {known}.", source=source, known=", ".join(SOURCES))
    draft = Draft("purchasing_power", customers, needs=NEEDS, params={"tiers": tiers, "source": source, "places": places})
    there = _evidence(draft, _places(places))
    scores = {name: _score(draft, name[0].upper(), column, rule) for name, column in there.items()}
    trust = _trust(draft, scores)
    return _finished(draft, {name: score for name, score in scores.items() if source in ("", name)}, trust)


# --- the evidence ---------------------------------------------------------------------------------------------------------------------


def _evidence(draft: Draft, places: tuple[str, Mapping[str, float]] | None) -> dict[str, str]:
    """Kind of evidence -> its column, best first; only where somebody has it."""
    columns = set(draft.customers.columns)
    declared = max((name for name in ("income", "income_band") if name in columns), default="",
                   key=lambda name: int(draft.customers[name].notna().sum()))  # fmt: skip
    if declared:
        _declared(draft, declared, places)
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
    if draft.params["places"]:
        edges = tuple(_between(values, edge) for edge in edges)
    return Score(name, column, edges, (1, 2, 3) if len(edges) == 2 else (2,), "left", tiers=str(rule))


def _between(values: pd.Series, edge: float) -> float:
    """The middle between the values beside an edge: what is divided ends in other digits in another engine."""
    below, above = values[values < edge], values[values >= edge]
    return float(f"{(float(below.max()) + float(above.min())) / 2:.12g}") if len(below) and len(above) else edge


def _trust(draft: Draft, scores: Mapping[str, Score]) -> dict[str, float]:
    """Kind of evidence -> how far it can be believed: as far as it agrees with what is declared, where enough customers have both."""
    frame = agreement(draft.eligible, scores)
    draft.details["agreement"] = frame
    measured = frame[frame["customers"] >= COMPARED].set_index("source")["weighted_kappa"]
    return {**dict.fromkeys(scores, 1.0), **measured.clip(lower=0.0).fillna(0.0).to_dict()}


def _finished(draft: Draft, scores: Mapping[str, Score], trust: Mapping[str, float]) -> Segmentation:
    """Classes by the best evidence of each customer, with source and confidence."""
    columns = [score.input for score in scores.values()]
    _said(draft, scores, trust)
    everybody = draft.inside
    draft.set_apart("unknown_purchasing_power", *(columns or ["evidence"]))
    known = int(draft.inside.sum())
    draft.gate("eligible_customers", passed=known >= MIN_ELIGIBLE, found=known, needed=MIN_ELIGIBLE)
    shares = {
        name: round(100 * float((draft.flags["evidence_source"][everybody] == name).mean())) if everybody.any() else 0 for name in SOURCES
    }
    draft.warn("evidence", declared=shares["declared"], survey=shares["survey"])
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
    """``evidence`` (1 declared, 2 survey; missing where there is none), ``confidence`` and ``evidence_source``."""
    nothing = next(name for name in ("declared_power", "stated_power") if name in draft.customers)
    by = {name: f"0 * {score.input}" for name, score in scores.items()}
    for formula, values in (
        ("evidence", [f"{zero} + {list(SOURCES).index(name) + 1}" for name, zero in by.items()]),
        ("confidence", [f"{zero} + {trust[name]:.9g}" for name, zero in by.items()]),
    ):
        text = f"coalesce({', '.join(values)})" if len(values) > 1 else values[0] if values else f"{nothing} / 0"
        draft.derive(Formula(formula, text))
    draft.flags["evidence_source"] = draft.customers["evidence"].map(dict(enumerate(SOURCES, start=1))).fillna("none").astype("str")
