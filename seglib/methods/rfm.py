"""Customers by how lately, how often and for how much they buy; use it when purchases repeat."""

from __future__ import annotations

import itertools
import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from seglib.binning import OWN, Better
from seglib.customers.clock import BuyingDays
from seglib.errors import ParameterError, SchemeError
from seglib.methods import _return
from seglib.methods._draft import Draft
from seglib.methods._signed import follows
from seglib.rules import Rule, Score, grid_rules
from seglib.scheme import grid_scheme

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from seglib.segmentation import Segmentation

DIMENSIONS = ("D1", "D7")
NEEDS = ("days_since_last_order", "orders", "spend")
USES = (
    "buying_days",
    "mean_order_value",
    "lifetime_orders",
    "returns_only",
    "exposure_days",
    "days_since_first_order",
    "history_days_before_first_order",
)
FACTS = ("gaps",)
CHARTS = ("rf_heatmap", "class_bars")
ORDERED = False

SCORES: dict[str, tuple[str, Better]] = {"R": ("days_since_last_order", "low"), "F": ("orders", "high"), "M": ("spend", "high")}
BASES = {"spend": "spend", "mean_order": "mean_order_value"}
CLOCK = "clock"
MOST_ONCE = 0.95  # above this share of one-time buyers F says nothing

# Ten names on recency and frequency: a partition of the 25 cells.
RF_GRID10 = {
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
# Eleven: by the clock recency 3 to 5 is within the usual gap, so that who is seldom here need not be on the way out.
RF_GRID = {**RF_GRID10, "occasional": "3/1-2", "about_to_sleep": "2/1-2", "hibernating": "1/1-2"}
GRIDS = {"rf_grid": RF_GRID, "rf_grid10": RF_GRID10}
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
# Classes of recency long past, the variant each has where customers like them returned nearly as often as the others, and the scores
# of recency that are late. Without a clock and without a landmark their names tell the rank alone.
LATE = {
    "at_risk": "late_often",
    "cant_lose": "late_often",
    "about_to_sleep": "late_seldom",
    "hibernating": "late_seldom",
    "lost": "late_seldom",
    "key_keep": "late",
    "key_win_back": "late",
    "general_keep": "late",
    "general_win_back": "late",
}
GONE = ("hibernating", "lost")  # names that claim as much as churned does
RANK = "rank"


@follows
def segment(
    customers: pd.DataFrame,
    *,
    classes: str = "rf_grid",
    tiers: str = "",
    r_tiers: str = "",
    f_tiers: str = "",
    m_tiers: str = "",
    split: str = "median",
    basis: str = "spend",
) -> Segmentation:
    """Scores for recency, frequency and money, and the names they lead to.

    Args:
        customers: The customer table.
        classes: rf_grid (eleven names on R and F), rf_grid10 (the older ten), rfm125 (eleven names on all scores), cn8 (eight names by
            high and low), or rules of your own on scores 1 to 5, first match wins:
            ``Champions: 4-5/4-5/4-5; Lost: 1-2/1-2/1-2; otherwise: Others``.
        tiers: Tier rule of all three scores; a grid of five is read proportionally where it gives another number. Empty: F and M by
            ``quantile:5``; R by ``clock`` (1 beyond the trade's long gap, 2 beyond the usual one, 3 to 5 thirds of those within), by
            ``quantile:5`` for rfm125 and where there is no clock.
        r_tiers, f_tiers, m_tiers: Tier rule of one score, in place of ``tiers`` or ``split``.
        split: cn8 only: where high begins. median: F and M at the median, R up to the usual gap (at the median without a clock);
            mean: all three at the mean.
        basis: What M is: spend, or mean_order (mean order value).

    Returns:
        Classes with the scores R, F, M, 1 lowest; ``details["truth_table"]`` says which scores lead to which class. The keys are fixed.
        Classes of recency long past keep their names of alarm only where customers like them returned clearly less often at past
        landmarks than those of recent purchase and the same frequency (``details["return_rates"]``); else ``details["variants"]`` calls
        them late, or by their rank alone where there is no clock, no landmark, or silence told nothing.

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
    if not own:
        _name_late(draft, params, scores, rules)
    draft.details["truth_table"] = _truth_table(rules, otherwise, scores)
    return draft.finish(scores=scores, rules=rules, ordered=ORDERED, mode="ordered" if own else "exclusive", otherwise=otherwise)


def _scores(draft: Draft, params: Mapping[str, str]) -> list[Score]:
    """R, F and M by the given tiers, or by high and low for cn8."""
    scores = []
    for name, (column, better) in SCORES.items():
        column = BASES[params["basis"]] if name == "M" else column
        rule = _tier_rule(draft, params, name)
        if params["classes"] == "cn8" and rule == CLOCK:
            usual = float(draft.usual_gap or 0)
            scores.append(Score(name, column, (usual,), (2, 1), "right", tiers=CLOCK))
        else:
            # One rule for all three gives the own class to frequency alone: on the others it would hide their own order.
            scores.append(draft.score(name, column, rule if name == "F" else rule.replace(OWN, ""), better=better))
    return scores


def _tier_rule(draft: Draft, params: Mapping[str, str], name: str) -> str:
    """The tier rule of a score: its own, else that of all, else the default."""
    given = params[f"{name.lower()}_tiers"]
    by_clock = name == "R" and draft.usual_gap is not None
    if params["classes"] == "cn8":
        return given or (CLOCK if by_clock and params["split"] == "median" else params["split"])
    usual = CLOCK if by_clock and params["classes"] != "rfm125" else "quantile:5"
    return given or params["tiers"] or usual


def _name_late(draft: Draft, params: Mapping[str, str], scores: list[Score], rules: tuple[Rule, ...]) -> None:
    """Names of the classes of recency long past, as far as return rates at past landmarks allow them."""
    late = [name for name in dict.fromkeys(rule.segment for rule in rules) if name in LATE]
    recency = scores[0]
    days, usual = draft.buying_days, draft.usual_gap
    seen = _return.silence(days, usual) if days is not None and usual is not None else None
    variants = dict.fromkeys(late, RANK)
    if seen is None or not seen.landmarks:
        if usual is None:
            draft.warn("no_clock")
        else:
            draft.warn("not_measured")
    elif not seen.tested:
        variants = {name: LATE[name] for name in late} if recency.tiers == CLOCK else variants
        draft.warn("never_silent", landmarks=seen.landmarks)
    elif not seen.tells:
        draft.warn("silence_tells_nothing", days=seen.horizon)
    else:
        assert days is not None
        table = _late_rates(draft, params, days, _return.landmarks(days.history_days, int(usual or 0)), rules, late)
        failed = {row["segment"] for row in table.to_dict("records") if not (days.steady and _earned(row))}
        earned = set(late) - failed
        # Late is said only of whom the clock calls so; of a rank among customers it is not known.
        variants = {name: LATE[name] if recency.tiers == CLOCK else RANK for name in late if name not in earned}
        draft.details["return_rates"] = pd.concat([table[["segment", "R"]], _return.shown(table)], axis=1)
        draft.warn("late_names", days=seen.horizon, landmarks=seen.landmarks, earned=len(earned), all=len(late))
    draft.details["variants"] = pd.DataFrame({"segment": list(variants), "variant": list(variants.values())}, dtype=object)


def _earned(rates: Mapping[str, Any]) -> bool:
    """Did customers of a class and score of recency return so rarely that the class's name of alarm is true?"""
    return _return.churned(rates) if rates["segment"] in GONE else _return.slipping(rates)


def _late_rates(
    draft: Draft, params: Mapping[str, str], days: BuyingDays, plan: _return.Landmarks, rules: tuple[Rule, ...], late: list[str]
) -> pd.DataFrame:
    """Return rates of the late classes against recent customers of the same frequency, pooled over landmarks.

    Clock, scores and classes are those that were known at each landmark. Every score of recency in a class is judged by itself, by all
    customers of that score where the class has under 30 of them.

    Returns:
        One row a class and score of recency: segment, R, then as ``_return.rates``.
    """
    looks = [look for age in plan.ages if (look := _look(draft, params, days, age, plan.horizon)) is not None]
    rows = []
    for name in late:
        for rule in (rule for rule in rules if rule.segment == name):
            for recency in rule.when["R"]:
                rates = _rates_of_cell({**rule.when, "R": (recency,)}, looks)
                if rates["customers"].iloc[1] < _return.MIN_CUSTOMERS:
                    rates = _rates_of_cell({"R": (recency,)}, looks)
                rows.append({"segment": name, "R": recency, **rates.iloc[1].to_dict()})
    return pd.DataFrame(rows)


def _rates_of_cell(cell: Mapping[str, tuple[int | None, ...]], looks: list[Look]) -> pd.DataFrame:
    """Return rates of the recent customers (row 0) and of those in a cell (row 1), both of the cell's frequency."""
    observed = []
    for look in looks:
        meets = {name: np.isin(look.scores[name], np.asarray(values)) for name, values in cell.items()}
        inside = np.all(list(meets.values()), axis=0)
        chosen = inside | (look.recent & ~inside & meets.get("F", True))
        observed.append((look.customer[chosen], inside[chosen].astype(int), look.bought[chosen]))
    customer, group, bought = (np.concatenate(parts) for parts in zip(*observed, strict=True))
    return _return.rates(customer, group, bought, 2)


@dataclass(frozen=True)
class Look:
    """What was known at a landmark, one entry a customer who could be classified then.

    Attributes:
        customer: Number of the customer.
        scores: Score name -> scores.
        recent: Was the last order within the usual gap?
        bought: Did an order follow within the horizon?
    """

    customer: np.ndarray
    scores: Mapping[str, np.ndarray]
    recent: np.ndarray
    bought: np.ndarray


def _look(draft: Draft, params: Mapping[str, str], days: BuyingDays, age: int, horizon: int) -> Look | None:
    """What was known at a landmark; None without a clock or customers."""
    clock = days.clock(age)
    if clock is None:
        return None
    window = int(str(draft.params["window_days"])) or days.history_days
    known = pd.DataFrame(
        {
            "days_since_last_order": days.last_before(age).astype(float),
            "orders": days.within(age, age + window, days.orders),
            "spend": days.within(age, age + window, days.value),
        }
    )
    if params["basis"] == "mean_order":
        known["mean_order_value"] = known["spend"] / known["orders"].where(known["orders"] > 0)
    bought = days.within(age - horizon, age) > 0
    eligible = (known["orders"] > 0) & (known["spend"] > 0)
    known, customer = known[eligible].reset_index(drop=True), np.flatnonzero(eligible)
    if known.empty:
        return None
    then = pd.DataFrame({"customer_id": customer.astype(str), **known, "gap_75": float(clock[0]), "gap_95": float(clock[1])})
    made = _scores(Draft("rfm", then.assign(window_days=window), needs=NEEDS, params=params), params)
    scores = {score.name: score.of_many(known[score.input], known["orders"]) for score in made}
    recent = (known["days_since_last_order"] <= clock[0]).to_numpy()
    return Look(customer, scores, recent, bought[customer])


def _rules(classes: str, scores: list[Score]) -> tuple[tuple[Rule, ...], str, bool]:
    """The rules of a named set, read on the scores at hand; whether they are the caller's own."""
    if classes == "cn8":
        if any(set(score.values()) - {1, 2} for score in scores):
            raise ParameterError("classes cn8 takes high and low only; give r_tiers, f_tiers and m_tiers two classes each, e.g. fixed:30.")
        return (*grid_rules(CN8, ("R", "F", "M"), 2), False)
    if classes in GRIDS:
        return _stretched(grid_rules(GRIDS[classes], ("R", "F"))[0], scores), "", False
    if classes == "rfm125":
        return _stretched(tuple(_cell_rules()), scores), "", False
    if ":" not in classes.replace("：", ":"):
        raise ParameterError(
            "classes == {classes!r}; use rf_grid, rf_grid10, rfm125, cn8, or rules such as Best: 4-5/4-5/4-5; otherwise: Rest.",
            classes=classes,
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
    read = [score for score in scores if any(score.name in rule.when for rule in rules)]
    rows = []
    for values in itertools.product(*(reversed(score.values()) for score in read)):
        cell = dict(zip([score.name for score in read], values, strict=True))
        rows.append({**cell, "segment": next((rule.segment for rule in rules if rule.matches(cell)), otherwise)})
    return pd.DataFrame(rows)


def _refuse_unsound(classes: str, levels: int) -> None:
    """Own rules must give every customer one class: all faults at once, before any customer is looked at."""
    findings = grid_scheme(classes, levels=levels).check()
    faults = findings.loc[findings["level"] == "error", "sentence"]
    if len(faults):
        raise SchemeError("classes: {faults}", faults=" ".join(faults))
