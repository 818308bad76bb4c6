"""Customers by how lately, how often and for how much they buy; use it when purchases repeat."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from seglib.binning import OWN, Better
from seglib.errors import ParameterError, SchemeError
from seglib.methods._draft import Draft
from seglib.methods._signed import follows
from seglib.rules import Rule, Score, grid_rules
from seglib.scheme import grid_scheme

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    import pandas as pd

    from seglib.segmentation import Segmentation

DIMENSIONS = ("D1", "D7")
NEEDS = ("days_since_last_order", "orders", "spend")
USES = (
    "buying_days",
    "days_since_first_order",
    "history_days_before_first_order",
    "gap_days_p90",
    "mean_order_value",
    "lifetime_orders",
    "returns_only",
    "exposure_days",
)
FACTS = ()
CHARTS = ("rf_heatmap", "class_bars")
ORDERED = False

SCORES: dict[str, tuple[str, Better]] = {"R": ("days_since_last_order", "low"), "F": ("orders", "high"), "M": ("spend", "high")}
BASES = {"spend": "spend", "mean_order": "mean_order_value"}
MOST_ONCE = 0.95  # above this share of one-time buyers F says nothing

# Ten names on recency and frequency: a partition of the 25 cells.
RF_GRID = {
    "champion": "5/4-5",
    "loyal": "3-4/4-5",
    "potential_loyalist": "4-5/2-3",
    "new": "5/1",
    "promising": "4/1",
    "need_attention": "3/3",
    "about_to_sleep": "3/1-2",
    "cant_lose": "1-2/5",
    "at_risk": "1-2/3-4",
    "hibernating": "1-2/1-2",
}
# Eleven names on all 125 cells: a partition. Many public copies drop 231, 241 and 251, and those customers with them.
RFM125 = {
    "champion": "555 554 544 545 454 455 445",
    "loyal": "543 444 435 355 354 345 344 335",
    "potential_loyalist": "553 551 552 541 542 533 532 531 452 451 442 441 431 453 433 432 423 353 352 351 342 341 333 323",
    "new": "512 511 422 421 412 411 311",
    "promising": "525 524 523 522 521 515 514 513 425 424 413 414 415 315 314 313",
    "need_attention": "535 534 443 434 343 334 325 324",
    "about_to_sleep": "331 321 312 221 213 231 241 251",
    "at_risk": "255 254 245 244 253 252 243 242 235 234 225 224 153 152 145 143 142 135 134 133 125 124",
    "cant_lose": "155 154 144 214 215 115 114 113",
    "hibernating": "332 322 233 232 223 222 132 123 122 212 211",
    "lost": "111 112 121 131 141 151",
}
# The eight names by high (2) and low (1) recency, frequency and money; 重要 and 一般 are decided by M, never by R.
CN8 = {
    "key_value": "2/2/2",
    "key_develop": "2/1/2",
    "key_keep": "1/2/2",
    "key_win_back": "1/1/2",
    "general_value": "2/2/1",
    "general_develop": "2/1/1",
    "general_keep": "1/2/1",
    "general_win_back": "1/1/1",
}


@follows
def segment(
    customers: pd.DataFrame,
    *,
    classes: str = "rf_grid",
    tiers: str = "quantile:5",
    r_tiers: str = "",
    f_tiers: str = "",
    m_tiers: str = "",
    split: str = "median",
    basis: str = "spend",
) -> Segmentation:
    """Scores for recency, frequency and money, and the names they lead to.

    Args:
        customers: The customer table.
        classes: rf_grid (ten names on R and F), rfm125 (eleven names on all scores), cn8 (eight names by high and low), or rules of your
            own on scores 1 to 5, first match wins: ``Champions: 4-5/4-5/4-5; Lost: 1-2/1-2/1-2; otherwise: Others``.
        tiers: Tier rule of all three scores; a grid of five is read proportionally where it gives another number.
        r_tiers, f_tiers, m_tiers: Tier rule of one score, in place of ``tiers`` or ``split``.
        split: cn8 only: where high begins. median: F and M at the median, R at the larger of the median days and the usual gap (median
            over customers of the 90th percentile of their own gaps); mean: all three at the mean.
        basis: What M is: spend, or mean_order (mean order value).

    Returns:
        Classes with the scores R, F, M, 1 lowest; ``details["truth_table"]`` says which scores lead to which class.

    Raises:
        ParameterError: No such basis or split.
        SchemeError: Own rules with a class nobody can reach, or cells that belong to nobody.
    """
    params = {
        "classes": classes,
        "tiers": tiers,
        "r_tiers": r_tiers,
        "f_tiers": f_tiers,
        "m_tiers": m_tiers,
        "split": split,
        "basis": basis,
    }
    if basis not in BASES or split not in ("median", "mean"):
        raise ParameterError("rfm: basis == {basis!r}, split == {split!r}; basis is spend or mean_order, split median or mean.", **params)
    if OWN in r_tiers + m_tiers:
        raise ParameterError("rfm: r_tiers and m_tiers take no +own1, as it is the number of orders that it looks at; give it to f_tiers.")
    draft = Draft("rfm", customers, needs=(*NEEDS, BASES[basis]), params=params, reads=("days_since_last_order", BASES[basis]))
    draft.bought_once(MOST_ONCE)
    draft.enough_history()
    scores = _scores(draft, params)
    if not any(score.cuts for score in scores):
        return draft.finish(scores=scores, rules=[Rule("all", {})], ordered=ORDERED)
    rules, otherwise, own = _rules(classes, scores)
    draft.details["truth_table"] = _truth_table(rules, otherwise, scores)
    return draft.finish(scores=scores, rules=rules, ordered=ORDERED, mode="ordered" if own else "exclusive", otherwise=otherwise)


def _scores(draft: Draft, params: Mapping[str, str]) -> list[Score]:
    """R, F and M by the given tiers, or by high and low for cn8."""
    two = params["classes"] == "cn8"
    found = []
    for name, (column, better) in SCORES.items():
        column = BASES[params["basis"]] if name == "M" else column
        rule = params[f"{name.lower()}_tiers"] or (params["split"] if two else params["tiers"])
        if two and name == "R" and rule == "median" and not params["r_tiers"]:
            found.append(_recency_by_usual_gap(draft))
        else:
            # One rule for all three gives the own class to frequency alone: on the others it would hide their own order.
            found.append(draft.score(name, column, rule if name == "F" else rule.replace(OWN, ""), better=better))
    return found


def _recency_by_usual_gap(draft: Draft) -> Score:
    """R is high up to the larger of the median days since the last order and the usual gap, so that nobody is late before the usual day."""
    import pandas as pd

    days = draft.eligible["days_since_last_order"].astype(float)
    if days.nunique() < 2:
        return draft.score("R", "days_since_last_order", "median", better="low")
    gaps = draft.eligible["gap_days_p90"].dropna() if "gap_days_p90" in draft.customers.columns else pd.Series(dtype=float)
    median, usual = float(days.median()), float(gaps.median()) if len(gaps) else math.nan
    limit = float(math.floor(max(median, usual) if len(gaps) else median))  # days are whole
    draft.details["recency_cut"] = pd.DataFrame([{"median_days": median, "usual_gap_days": usual, "cut_days": limit}])
    draft.gate("too_little_variation", passed=True, found=days.nunique(), needed=2)
    # Where everybody has bought within the usual gap the cut stands all the same: a later table may cross it.
    return Score("R", "days_since_last_order", (limit,), (2, 1), "right", tiers="median")


def _rules(classes: str, scores: list[Score]) -> tuple[tuple[Rule, ...], str, bool]:
    """The rules of a named set, read on the scores at hand; whether they are the caller's own."""
    if classes == "cn8":
        if any(set(score.values()) - {1, 2} for score in scores):
            raise ParameterError("classes cn8 takes high and low only; give r_tiers, f_tiers and m_tiers two classes each, e.g. fixed:30.")
        return (*grid_rules(CN8, ("R", "F", "M"), 2), False)
    if classes == "rf_grid":
        return _stretched(grid_rules(RF_GRID, ("R", "F"))[0], scores), "", False
    if classes == "rfm125":
        return _stretched(tuple(_cell_rules()), scores), "", False
    if ":" not in classes.replace("：", ":"):
        raise ParameterError(
            "classes == {classes!r}; use rf_grid, rfm125, cn8, or rules such as Best: 4-5/4-5/4-5; otherwise: Rest.", classes=classes
        )
    levels = max(max(score.values()) for score in scores)
    _refuse_unsound(classes, levels)
    return (*grid_rules(classes, levels=levels), True)


def _cell_rules() -> Iterable[Rule]:
    """RFM125 as rules: the cells of one R and F together."""
    for name, text in RFM125.items():
        cells = [tuple(int(digit) for digit in cell) for cell in text.split()]
        for r, f in dict.fromkeys(cell[:2] for cell in cells):
            yield Rule(name, {"R": (r,), "F": (f,), "M": tuple(sorted(m for r2, f2, m in cells if (r2, f2) == (r, f)))})


def _stretched(rules: tuple[Rule, ...], scores: list[Score]) -> tuple[Rule, ...]:
    """Rules drawn on five levels, read on scores with another number of them: level = the fifth in which the middle of the score lies."""
    levels = {score.name: max(score.values()) for score in scores}
    if set(levels.values()) == {5}:
        return rules
    made = []
    for rule in rules:
        when = {
            name: tuple(value for value in range(1, levels[name] + 1) if math.ceil((value - 0.5) * 5 / levels[name]) in allowed)
            for name, allowed in rule.when.items()
        }
        if all(when.values()):
            made.append(Rule(rule.segment, when))
    return tuple(made)


def _truth_table(rules: tuple[Rule, ...], otherwise: str, scores: list[Score]) -> pd.DataFrame:
    """Every combination of the scores that the rules read, best first, with its class."""
    import itertools

    import pandas as pd

    read = [score for score in scores if any(score.name in rule.when for rule in rules)]
    rows = []
    for values in itertools.product(*(range(max(score.values()), 0, -1) for score in read)):
        cell = dict(zip([score.name for score in read], values, strict=True))
        rows.append({**cell, "segment": next((rule.segment for rule in rules if rule.matches(cell)), otherwise)})
    return pd.DataFrame(rows)


def _refuse_unsound(classes: str, levels: int) -> None:
    """Own rules must give every customer one class: all faults at once, before any customer is looked at."""
    findings = grid_scheme(classes, levels=levels).check()
    faults = findings.loc[findings["level"] == "error", "sentence"]
    if len(faults):
        raise SchemeError("classes: {faults}", faults=" ".join(faults))
