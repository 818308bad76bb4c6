"""Customers by how regularly they come back; use it to see who is attached to the firm, as far as behaviour shows it."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import TYPE_CHECKING

from seglib import binning
from seglib.binning import parse
from seglib.customers.stages import PERIODS, period_of
from seglib.errors import ParameterError
from seglib.formula import Formula
from seglib.methods._draft import MIN_CLASS, Draft
from seglib.methods._signed import follows
from seglib.rules import Rule, Score
from seglib.segmentation import history

if TYPE_CHECKING:
    import pandas as pd

    from seglib.segmentation import Segmentation

DIMENSIONS = ("D22",)
NEEDS = ("lifetime_orders", "loyalty_periods", "tenure_periods")
USES = (
    "gaps",
    "orders",
    "buying_days",
    "spend",
    "returns_only",
    "exposure_days",
    "days_since_first_order",
    "history_days_before_first_order",
    "price_index",
    "wallet",
    "nps_score",
)
FACTS = ()
CHARTS = ("histogram", "class_bars")
ORDERED = True
EXEMPT = {"M10": "VIP rests on paid prices, and a line in two rows of the same quantity has another unit price."}

CLASSES = ("vip", "loyal", "developing", "transient")
REGULAR = ("vip", "loyal")
COMMITMENT = ("loyal_both", "spurious", "latent", "neither")  # of behaviour and attitude: both, behaviour alone, attitude alone, neither
FEWEST_PERIODS = 4  # a share of fewer periods takes too few values
LAST_DIGIT = 1e-9  # of a price index
MOST_ONCE = 0.95  # above this share of one-time buyers nobody has come back
CEILING = 0.60  # with more loyal customers than this the fixed cut tells few apart
KNOWN_FROM = 30  # first orders within so many days of the start of the data may not be the first


@follows(describes=True)
def segment(customers: pd.DataFrame, *, tiers: str = "fixed:0.4,0.75", least_periods: int = 2, vip_share: int = 20) -> Segmentation:
    """Loyalty in behaviour: the share of periods with an order, and for VIP the price level besides.

    A period is the first day after the trade's usual gap, 30 days at least, so that whoever keeps the usual gap buys in every one. Periods
    are counted back from as_of over all history, the last 12 or as many as are whole.

    Args:
        customers: The customer table, asked for with ``client.customers(also=loyalty.NEEDS)``.
        tiers: Three classes of the share of active periods; ``quantile:3`` divides by rank where nearly all are above a fixed cut.
        least_periods: Periods begun since the first order from which a customer can be judged.
        vip_share: A loyal customer is VIP from the price level on that so many per cent of all reach; by kind of goods, not by ticket.

    Returns:
        vip (loyal, and paying high prices; only where the table has ``price_index``), loyal, developing, transient, and apart from them
        no_orders_in_window (no order in any of the periods) and too_early. ``details["periods"]`` says what a period is,
        ``details["attitude"]`` has recommendations by class where there are answers, ``details["commitment"]`` behaviour crossed with
        attitude, ``details["wallet"]`` the share of the wallet where that is declared. Without a clock, or with fewer than four whole
        periods of history, a gate says so.

    Raises:
        ParameterError: Not three classes, or a share that is no percentage.
        TableError: A column is lacking.
    """
    if parse(tiers).classes != 3 or parse(tiers).own1:
        raise ParameterError("loyalty: {rule!r} must give three classes, without +own1, e.g. fixed:0.4,0.75.", rule=tiers)
    if not 0 < vip_share < 100:
        raise ParameterError("loyalty: vip_share is {found}; write a percentage between 0 and 100.", found=vip_share)
    if least_periods < 1:
        raise ParameterError("loyalty: least_periods is {found}; write a number of periods, 1 or more.", found=least_periods)
    params = {"tiers": tiers, "least_periods": least_periods, "vip_share": vip_share}
    draft = Draft("loyalty", customers, needs=NEEDS, params=params, window=False)
    draft.derive(Formula("active_share", "loyalty_periods / greatest(tenure_periods, 1)"))
    draft.set_apart("no_clock", "active_share")
    draft.too_few("too_early", "tenure_periods", float(least_periods))
    draft.rest("no_orders_in_window", "loyalty_periods")
    _gates(draft)
    active = draft.score("A", "active_share", tiers)
    if len(active.cuts) == 0 and not tiers.startswith("fixed"):
        return draft.finish(scores=[active], rules=draft.tier_rules(active), ordered=ORDERED)
    price = _price(draft, vip_share)
    _remarks(draft, active)
    rules = [Rule("vip", {"A": (3,), "P": (2,)})] if price else []
    rules += [Rule(name, {"A": (value,)}) for name, value in zip(CLASSES[1:], (3, 2, 1), strict=True) if value in active.values()]
    result = draft.finish(scores=[active, *([price] if price else [])], rules=rules, ordered=ORDERED, mode="ordered")
    return replace(result, details={**result.details, **_beside(draft, result)})


def _gates(draft: Draft) -> None:
    """A clock, enough whole periods of history, buyers who came again; and what a period is."""
    import pandas as pd

    draft.gate("clock", passed=draft.usual_gap is not None, found=int(draft.usual_gap is not None), needed=1)
    draft.bought_once(MOST_ONCE, ever=True)
    if draft.usual_gap is None:
        return
    length = period_of(draft.usual_gap)
    days = int(history(draft.customers)[0] or length * draft.customers["tenure_periods"].fillna(0).max())  # at least so many
    count = min(PERIODS, days // length)
    draft.gate("periods_in_history", passed=count >= FEWEST_PERIODS, found=count, needed=FEWEST_PERIODS)
    if count < FEWEST_PERIODS:
        draft.warn("short_history", days=length, history=days, needed=FEWEST_PERIODS * length)
    figures = {"usual_gap_days": draft.usual_gap, "period_days": length, "periods": count}
    draft.fit |= {name: float(value) for name, value in figures.items()}
    draft.details["periods"] = pd.DataFrame(list(figures.items()), columns=["measure", "value"])


def _price(draft: Draft, share: int) -> Score | None:
    """2 from the price level on that ``share`` per cent of the eligible reach; none where prices cannot be compared."""
    import pandas as pd

    if "price_index" not in draft.customers.columns:
        draft.warn("no_price_index")
        return None
    known = pd.Series(binning.round12(draft.eligible["price_index"].dropna().to_numpy(float)))
    if known.nunique() < 2:
        draft.warn("no_price_index")
        return None
    rule = parse(f"top:{share},{100 - share}")
    score = Score.fitted("P", "price_index", binning.fit(known, rule), tiers=str(rule))
    # A logarithm differs between engines in its last digits: whoever stands at the cut stays above it on all of them.
    return replace(score, cuts=tuple(round(math.floor(value / LAST_DIGIT) * LAST_DIGIT, 9) for value in score.cuts), closed="left")


def _remarks(draft: Draft, active: Score) -> None:
    """What the reader must know of ceilings, of the start of the data, and of what is not seen."""
    values = draft.eligible["active_share"]
    loyal = sum(active.of(float(value)) == 3 for value in values) / len(values) if len(values) else 0.0
    draft.fit["loyal_share"] = loyal
    if loyal > CEILING:
        draft.warn("ceiling", share=round(100 * loyal, 1), cut=round(float(values.quantile(2 / 3)), 3))
    if "history_days_before_first_order" in draft.customers.columns and len(values):
        early = float((draft.eligible["history_days_before_first_order"] < KNOWN_FROM).mean())
        if early > 0.5:
            draft.warn("tenure_at_least", share=round(100 * early), days=KNOWN_FROM)
    if "wallet" not in draft.customers.columns:
        draft.warn("no_wallet")
    scores = draft.eligible["nps_score"] if "nps_score" in draft.eligible.columns else None
    if scores is None or not scores.notna().any():
        draft.warn("no_attitude")
    else:
        draft.warn("attitude_of", share=round(100 * float(scores.notna().mean())))


def _commitment(answered: pd.DataFrame) -> pd.DataFrame:
    """Behaviour crossed with attitude (Dick and Basu 1994): who comes regularly, and who recommends, among those who answered."""
    import pandas as pd

    regular, recommends = answered["segment"].isin(REGULAR), answered["promoter"]
    cells = [regular & recommends, regular & ~recommends, ~regular & recommends, ~regular & ~recommends]
    table = pd.DataFrame({"commitment": list(COMMITMENT), "customers": [int(cell.sum()) for cell in cells]})
    table["customers_share"] = table["customers"] / len(answered)
    if "spend" in answered.columns:
        spend = answered["spend"].astype("float64")
        table["mean_spend"] = [float(spend[cell].mean()) for cell in cells]
    return table


def _beside(draft: Draft, result: Segmentation) -> dict[str, pd.DataFrame]:
    """Attitude and share of wallet by class, where the data carry them."""
    table = draft.customers.assign(segment=result.assignments["segment"].to_numpy())
    table = table[draft.inside.to_numpy()]
    beside = {}
    if "nps_score" in table.columns and table["nps_score"].notna().any():
        answered = table[table["nps_score"].notna()]
        named = answered.assign(promoter=answered["nps_score"] >= 9, detractor=answered["nps_score"] <= 6)
        found = named.groupby("segment").agg(customers=("nps_score", "size"), promoters_share=("promoter", "mean"),
                                             detractors_share=("detractor", "mean"))  # fmt: skip
        found = found.reindex([name for name in CLASSES if name in found.index]).rename_axis("segment")
        # Shares of a few people tell of these people alone.
        found.loc[found["customers"] < MIN_CLASS, ["promoters_share", "detractors_share"]] = float("nan")
        beside["attitude"] = found.reset_index()
        beside["commitment"] = _commitment(named)
    if "wallet" in table.columns and "spend" in table.columns and (table["wallet"] > 0).any():
        declared = table[table["wallet"] > 0]
        year = declared["spend"] * 365 / float(draft.params["window_days"])  # type: ignore[arg-type]
        share = (year / declared["wallet"]).clip(0, 1)
        found = share.groupby(declared["segment"]).agg(["size", "median"])
        found = found.reindex([name for name in CLASSES if name in found.index]).rename_axis("segment")
        beside["wallet"] = found.reset_index().set_axis(["segment", "customers", "median_wallet_share"], axis=1)
    return beside
