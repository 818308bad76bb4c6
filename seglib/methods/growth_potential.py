"""Customers by how much more they are expected to spend than they usually do; use it to choose whom to grow, beside today's worth."""

from __future__ import annotations

from typing import TYPE_CHECKING

from seglib.binning import cut, fit, parse, round12
from seglib.customers.columns import A_YEAR, QUARTERS
from seglib.customers.stages import QUARTER_DAYS
from seglib.errors import ParameterError
from seglib.formula import Formula
from seglib.methods._draft import Draft
from seglib.methods._growth import (
    ADJUSTED,
    LEVEL,
    MIN_CUSTOMERS,
    PERIODS,
    YEAR,
    YEAR_DAYS,
    as_known,
    judged,
    learn,
    quarters_known,
    trends,
)
from seglib.methods._signed import follows
from seglib.rules import Rule, Score
from seglib.scheme import RuleScheme

if TYPE_CHECKING:
    import pandas as pd

    from seglib.segmentation import Segmentation

DIMENSIONS = ("D12",)
NEEDS = (
    "spend",
    "days_since_first_order",
    "spend_quarter_1",
    "spend_quarter_2",
    "spend_quarter_3",
    "spend_quarter_4",
    "spend_quarter_5",
    "spend_quarter_6",
    "market_quarter_1",
    "market_quarter_2",
    "market_quarter_3",
    "market_quarter_4",
)
USES = ("wallet", "open_pipeline", "history_days_before_first_order", "orders", "lifetime_orders", "returns_only", "exposure_days")
FACTS = ("four_weeks",)
CHARTS = ("histogram", "class_bars")
ORDERED = True

BASES = ("forecast", "wallet", "pipeline")
CLASSES = ("high", "returning", "medium", "low")
LEVELS = ("high", "medium", "low")  # of current value
MIN_LEARNED = 100  # customers known for four quarters before the quarter that teaches
MIN_DEALS = 30
VALUE = "top:20,30,50"
PEERS = 0.75  # headroom is what is lacking to the share of wallet that three quarters of the peers do not reach
TRENDS = ("rising", "falling", "no_trend", "not_judged")


@follows
def segment(customers: pd.DataFrame, *, basis: str = "forecast", change: float = 0.1) -> Segmentation:
    """Growth potential: money expected beyond the customer's own usual level, and only where a held-out quarter showed that it comes.

    Quarters are 91 days back from as_of, divided by the season of the market. The own usual quarter is the mean of the last four, drawn
    towards everybody's mean by Buehlmann's credibility. What is expected beyond it are four printed weights times the four quarters: a
    ridge regression learned a quarter and a year ago on the quarter before last. The definition so drawn is then held against the last
    quarter, which it has not seen.

    Args:
        customers: The customer table, asked for with ``client.customers(also=(*NEEDS, *USES), facts=FACTS)``.
        basis: forecast: as above; wallet: what is lacking to the share of wallet of peers (column ``wallet``: all that a customer spends on
            such goods, whoever sells them); pipeline: probability times amount of the open deals (column ``open_pipeline``) against the
            last four quarters, which is on record and is held against nothing.
        change: How far beyond the usual level, as a share of it.

    Returns:
        high (``change`` above the usual level or more), low (as far below; by wallet and pipeline: none left), medium. returning: of the
        medium ones, who spent less than usual in the last quarter and is expected back at the usual level, which is no growth. Outside:
        new (known for less than four quarters), no_recent_spend (nothing spent in them) and cannot_tell: everybody, where the orders reach
        back less than six quarters, or where the money of the held-out quarter beyond the usual level, mean of high less mean of the
        rest, has no 95 % interval above 0 (customers as the unit). low is named only where its own interval lies below 0, returning only
        where they spent more than in their last quarter and not less than usual: else they are medium.
        ``growth`` is what is expected beyond the usual level, in units of it, ``usual_quarter`` that level in money.
        ``details["held_out"]`` is the quarter held out by class, ``details["expected"]`` the next; ``current_value`` is the second axis,
        ``details["growth_by_value"]`` the grid. The column ``trend`` and ``details["trends"]`` compare with the same season a year
        before, where there are two years (side frame ``four_weeks``); they decide no class.

    Raises:
        ParameterError: No such basis, or a change that is none.
        TableError: A column is lacking.
    """
    params = {"basis": basis, "change": change}
    if basis not in BASES:
        raise ParameterError("basis == {basis!r}; growth_potential knows {bases}.", basis=basis, bases=", ".join(BASES))
    if not 0 < change < 1:
        raise ParameterError("growth_potential: change is {value}; it must be above 0 and less than 1.", value=change)
    extra = {"forecast": (), "wallet": ("wallet",), "pipeline": ("open_pipeline",)}[basis]
    draft = Draft("growth_potential", customers, needs=(*NEEDS, *extra), params=params, reads=("days_since_first_order", *extra))
    scores, rules = {"forecast": _forecast, "wallet": _wallet, "pipeline": _pipeline}[basis](draft, change)
    _value(draft)
    _trends(draft)
    result = draft.finish(scores=scores, rules=rules, ordered=ORDERED, mode="ordered", classes=CLASSES)
    result.details["growth_by_value"] = _grid(result.assignments, draft.customers)  # type: ignore[index]
    if basis == "forecast" and "usual_quarter" in result.assignments.columns:
        result.details["expected"] = _expected(result.assignments)  # type: ignore[index]
    return result


# --- the evidence: formulas that a past quarter teaches ---------------------------------------------------------------------------------


def _forecast(draft: Draft, change: float) -> tuple[list[Score], list[Rule]]:
    """Expected beyond the own usual level, in units of it."""
    import pandas as pd

    then = _taught(draft)
    if then is None:
        return _nobody(draft)
    learned = learn(then)
    draft.derive(Formula("usual_quarter", learned.usual))
    draft.derive(Formula("growth", learned.beyond))
    draft.derive(Formula("last_quarter", f"{ADJUSTED[1]} / usual_quarter"))
    rows = [("credibility", learned.credibility), *((f"quarter_{n}", weight) for n, weight in enumerate(learned.weights, start=1))]
    draft.details["forecast"] = pd.DataFrame([*rows, ("learned_on", float(learned.customers))], columns=["measure", "value"])
    cuts = tuple(float(round12(value)) for value in (-change, change))
    growth = Score("G", "growth", cuts, (1, 2, 3), "left")
    last = Score("Q", "last_quarter", (float(round12(1 - change)),), (1, 2), "left")
    rules = [
        Rule("high", {"G": (3,)}),
        Rule("returning", {"G": (2,), "Q": (1,)}),
        Rule("medium", {"G": (2,), "Q": (2,)}),
        Rule("low", {"G": (1,)}),
    ]
    return _held_out(draft, [growth, last], rules, {"high": "rest", "returning": "last", "medium": "rest", "low": "rest"}, "")


def _wallet(draft: Draft, change: float) -> tuple[list[Score], list[Rule]]:
    """Headroom to the peers' share of wallet against the money of the last four quarters."""
    import numpy as np

    known = int((draft.eligible["wallet"] > 0).sum())
    draft.gate("wallets_known", passed=known >= MIN_LEARNED, found=known, needed=MIN_LEARNED)
    then = _taught(draft, "wallet")
    if then is None:
        return _nobody(draft)
    size = then["wallet"].to_numpy(float)
    cuts = [float(value) for value in dict.fromkeys(round12(np.quantile(size, [1 / 3, 2 / 3])))]
    share = (sum(then[name] for name in YEAR.split(" + ")).to_numpy(float) / size).clip(max=1)
    peers = np.searchsorted(cuts, round12(size))
    levels = [float(np.quantile(share[peers == group], PEERS)) if (peers == group).any() else 1.0 for group in range(len(cuts) + 1)]
    text = f"{levels[-1]:.6g}"
    for value, level in reversed([*zip(cuts, levels, strict=False)]):
        text = f"where(wallet <= {value!r}, {level:.6g}, {text})"
    draft.derive(Formula("usual_quarter", learn(then, "wallet").usual))
    draft.derive(Formula("growth", f"greatest(wallet * {text} - ({YEAR}), 0) / ({YEAR})"))
    return _held_out(draft, [_headroom(change)], _three(), {"high": "rest", "medium": "rest", "low": "rest"}, "wallet")


def _pipeline(draft: Draft, change: float) -> tuple[list[Score], list[Rule]]:
    """Probability times amount of the open deals against the money of the last four quarters; likelihood is in the probabilities."""
    draft.derive(Formula("growth", f"greatest(open_pipeline, 0) / ({YEAR})"))
    deals = int((draft.eligible["open_pipeline"] > 0).sum())
    draft.gate("accounts_with_deals", passed=deals >= MIN_DEALS, found=deals, needed=MIN_DEALS)
    draft.warn("not_held_out")
    return _young(draft, [_headroom(change)], _three())


def _headroom(change: float) -> Score:
    """3 from ``change`` up, 1 where there is none."""
    return Score("G", "growth", (0.0, float(round12(change))), (1, 2, 3), "right")


def _three() -> list[Rule]:
    return [Rule(name, {"G": (value,)}) for name, value in (("high", 3), ("medium", 2), ("low", 1))]


def _taught(draft: Draft, column: str = "") -> pd.DataFrame | None:
    """Customers as known two quarters ago, and the quarter that followed; None where there are too few, or too short a history."""
    quarters = quarters_known(draft.customers)
    draft.gate("same_quarter_and_one_held_out", passed=quarters >= QUARTERS, found=quarters, needed=QUARTERS)
    if quarters < QUARTERS:
        return None
    then = _known(draft, 2, column)
    draft.gate("customers_to_learn_from", passed=len(then) >= MIN_LEARNED, found=len(then), needed=MIN_LEARNED)
    return then if len(then) >= MIN_LEARNED else None


def _known(draft: Draft, ago: int, column: str) -> pd.DataFrame:
    """Customers as known some quarters ago; with a column, those who have something of it."""
    then = as_known(draft.customers, ago)
    return then[then[column] > 0].reset_index(drop=True) if column else then


# --- the quarter held out ---------------------------------------------------------------------------------------------------------------


def _held_out(draft: Draft, scores: list[Score], rules: list[Rule], against: dict[str, str], column: str) -> tuple[list[Score], list[Rule]]:
    """The rules, by the names that the last quarter bears out; cannot_tell for everybody where it does not bear out high."""
    then = _known(draft, 1, column)
    past = RuleScheme("growth_potential", tuple(scores), tuple(rules), tuple(against), otherwise="medium", formulas=tuple(draft.formulas))
    then = then.assign(usual_quarter=past.prepared(then)["usual_quarter"])
    draft.details["held_out"] = judged(then, past.apply(then)["segment"], against)
    found = draft.details["held_out"].set_index("segment")
    high = found.loc["high"]
    enough = bool(high["customers"] >= MIN_CUSTOMERS) and high["low"] == high["low"]
    draft.gate("high_in_the_held_out_quarter", passed=enough, found=float(high["customers"]), needed=MIN_CUSTOMERS)
    if not enough:
        return _nobody(draft)
    borne_out = bool(high["low"] > 0)
    draft.gate("high_above_the_rest", passed=borne_out, found=float(high["low"]), needed=0)
    draft.fit |= {f"held_out_{name}": float(high[name]) for name in ("difference", "low", "high")}
    customers, level = int(high["customers"]), round(100 * LEVEL)
    more, low, top = (_money(float(high[name])) for name in ("difference", "low", "high"))
    if not borne_out:
        draft.warn("not_borne_out", customers=customers, level=level, difference=more, low=low, high=top)
        return _nobody(draft)
    draft.warn("borne_out", customers=customers, level=level, difference=more, low=low, high=top)
    if column:  # no headroom left is a fact, and claims nothing of the next quarter
        return _young(draft, scores, rules) if _grown(draft, then, past.apply(then)["segment"]) else _nobody(draft)
    back = found.loc["returning", "low"] > 0 and found.loc["returning", "beyond_high"] > 0
    named = {"high": True, "medium": True, "returning": back, "low": found.loc["low", "high"] < 0}
    return _young(draft, scores, [rule if named[rule.segment] else Rule("medium", rule.when) for rule in rules])


def _money(value: float) -> str:
    """Three figures at least, no digits that mean nothing."""
    text = f"{value:,.0f}" if abs(value) >= 100 else f"{value:.3g}"
    return text.replace("-", "−")


def _grown(draft: Draft, then: pd.DataFrame, classes: pd.Series) -> bool:
    """Did who had headroom grow, or does what is declared only tell of the usual level, which the quarter before the four shows as well?"""
    rows = (then["days_since_first_order"] >= (A_YEAR + 1) * QUARTER_DAYS).to_numpy()
    before = then[rows].assign(usual_quarter=then.loc[rows, "spend_quarter_6"])
    high = judged(before, classes[rows], {"high": "rest"}).loc[0]
    draft.gate("high_above_the_quarter_before", passed=high["low"] > 0, found=float(round12(high["low"])), needed=0)
    return bool(high["low"] > 0)


def _nobody(draft: Draft) -> tuple[list[Score], list[Rule]]:
    """cannot_tell for everybody who could be judged elsewhere; what was drawn is no part of the definition."""
    for formula in draft.formulas:
        del draft.flags[formula.name]
    draft.formulas = []
    return [Score("A", "days_since_first_order", (), (1,), hidden=True)], [Rule("cannot_tell", {"A": (1,)})]


def _young(draft: Draft, scores: list[Score], rules: list[Rule]) -> tuple[list[Score], list[Rule]]:
    """Set apart who is known for too short a time, or spent nothing in the last four quarters."""
    draft.too_few("new", "days_since_first_order", float(YEAR_DAYS))
    draft.derive(Formula("last_four_quarters", YEAR))
    draft.rest("no_recent_spend", "last_four_quarters")
    return scores, [Rule("unknown_growth", {"G": (None,)}), *rules]


def _value(draft: Draft) -> None:
    """The second axis: current value, the same cuts as value tiers by default."""
    import numpy as np
    import pandas as pd

    spend = round12(draft.customers["spend"].astype(float))
    names = np.full(len(spend), "", dtype=object)
    inside = draft.inside.to_numpy()
    if inside.any() and len(np.unique(spend[inside])) > 1:
        bins = fit(pd.Series(spend[inside]), parse(VALUE), better="high")
        places = cut(spend[inside], bins.cuts, closed=bins.closed) - 1
        best = max(bins.scores)
        names[inside] = [LEVELS[best - bins.scores[place]] for place in places]
    draft.flags["current_value"] = pd.Series(names, index=draft.customers.index).astype("str")


def _trends(draft: Draft) -> None:
    """Who spends more or less than in the same season a year before; refused where there are no two years."""
    import pandas as pd

    periods = draft.facts.get("four_weeks")
    found = trends(periods, draft.customers) if periods is not None else None
    if periods is None or found is None:
        draft.warn("no_two_years")
        return
    if (found == "not_judged").all():
        return
    draft.flags["trend"] = found
    year = periods.assign(year=periods["period"] // PERIODS).pivot_table(index="customer_id", columns="year", values="spend", aggfunc="sum")
    money = year.reindex(draft.customers["customer_id"]).fillna(0.0).reset_index(drop=True)
    rows = []
    for name in TRENDS:
        inside = (found == name).to_numpy()
        rows.append((name, int(inside.sum()), money.loc[inside, 1].sum(), money.loc[inside, 0].sum()))
    draft.details["trends"] = pd.DataFrame(rows, columns=["trend", "customers", "spend_year_before", "spend_last_year"])
    counts = {name: count for name, count, _, _ in rows}
    judged = sum(counts[name] for name in TRENDS[:3])
    if counts["rising"] + counts["falling"]:
        draft.warn("trends", judged=judged, rising=counts["rising"], falling=counts["falling"])
    else:
        draft.warn("no_trends", judged=judged)


def _grid(assignments: pd.DataFrame, customers: pd.DataFrame) -> pd.DataFrame:
    """Growth by current value: customers and spend of each cell."""
    inside = (assignments["current_value"] != "") & assignments["segment"].isin(CLASSES)
    rows = assignments[inside].assign(spend=customers["spend"].to_numpy()[inside.to_numpy()])
    cells = rows.groupby(["segment", "current_value"])["spend"].agg(["size", "sum"])
    every = [(growth, value) for growth in CLASSES for value in LEVELS]
    return cells.reindex(every, fill_value=0).reset_index().set_axis(["segment", "current_value", "customers", "spend"], axis=1)


def _expected(assignments: pd.DataFrame) -> pd.DataFrame:
    """The next quarter by class: usual level a head, and what is expected beyond it, a head and in all."""
    inside = assignments[assignments["segment"].isin(CLASSES)]
    rows = inside.assign(beyond=inside["growth"] * inside["usual_quarter"]).groupby("segment")
    sums = {"customers": ("beyond", "size"), "usual": ("usual_quarter", "mean"), "beyond": ("beyond", "mean")}
    found = rows.agg(**sums, beyond_total=("beyond", "sum"))
    return found.reindex([name for name in CLASSES if name in found.index]).reset_index()
