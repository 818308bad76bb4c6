"""Customers by how regularly they come back; use it to see who is attached to the firm, as far as behaviour shows it."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from seglib import binning
from seglib.binning import parse
from seglib.errors import ParameterError
from seglib.methods._draft import MIN_CLASS, MIN_ELIGIBLE, Draft
from seglib.methods._signed import follows
from seglib.rules import Rule, Score

if TYPE_CHECKING:
    import pandas as pd

    from seglib.segmentation import Segmentation

DIMENSIONS = ("D22",)
NEEDS = ("orders", "tenure_months", "active_month_share")
USES = (
    "buying_days",
    "spend",
    "lifetime_orders",
    "returns_only",
    "exposure_days",
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
WHOLE_MONTH = 30
MOST_ONCE = 0.95  # above this share of one-time buyers nobody has come back
CEILING = 0.60  # with more loyal customers than this the fixed cut tells few apart
KNOWN_FROM = 30  # first orders within so many days of the start of the data may not be the first


@follows(describes=True)
def segment(customers: pd.DataFrame, *, tiers: str = "fixed:0.4,0.75", least_months: int = 6, vip_share: int = 20) -> Segmentation:
    """Loyalty in behaviour: the share of months with an order, and for VIP the price level besides.

    Months are whole months of 30 days, counted back from as_of, within tenure and window.

    Args:
        customers: The customer table, asked for with ``client.customers(also=loyalty.NEEDS)``.
        tiers: Three classes of the share of active months; ``quantile:3`` divides by rank where nearly all are above a fixed cut.
        least_months: Months of tenure from which a customer can be judged.
        vip_share: A loyal customer is VIP from the price level on that so many per cent of all reach; by kind of goods, not by ticket.

    Returns:
        vip (loyal, and paying high prices; only where the table has ``price_index``), loyal, developing, transient, and apart from them
        too_early. ``details["attitude"]`` has recommendations by class where there are answers, ``details["commitment"]`` behaviour crossed
        with attitude, ``details["wallet"]`` the share of the wallet where that is declared.

    Raises:
        ParameterError: Not three classes, or a share that is no percentage.
        TableError: A column is lacking.
    """
    if parse(tiers).classes != 3 or parse(tiers).own1:
        raise ParameterError("loyalty: {rule!r} must give three classes, without +own1, e.g. fixed:0.4,0.75.", rule=tiers)
    if not 0 < vip_share < 100:
        raise ParameterError("loyalty: vip_share is {found}; write a percentage between 0 and 100.", found=vip_share)
    if least_months < 1:
        raise ParameterError("loyalty: least_months is {found}; write a number of months, 1 or more.", found=least_months)
    params = {"tiers": tiers, "least_months": least_months, "vip_share": vip_share}
    draft = Draft("loyalty", customers, needs=NEEDS, params=params)
    draft.too_few("too_early", "tenure_months", float(least_months))
    draft.set_apart("unknown_active_month_share", "active_month_share")
    _gates(draft, least_months)
    active = draft.score("A", "active_month_share", tiers)
    if len(active.cuts) == 0 and not tiers.startswith("fixed"):
        return draft.finish(scores=[active], rules=draft.tier_rules(active), ordered=ORDERED)
    price = _price(draft, vip_share)
    _remarks(draft, active)
    rules = [Rule("vip", {"A": (3,), "P": (2,)})] if price else []
    rules += [Rule(name, {"A": (value,)}) for name, value in zip(CLASSES[1:], (3, 2, 1), strict=True) if value in active.values()]
    result = draft.finish(scores=[active, *([price] if price else [])], rules=rules, ordered=ORDERED, mode="ordered")
    return replace(result, details={**result.details, **_beside(draft, result)})


def _gates(draft: Draft, least_months: int) -> None:
    draft.bought_once(MOST_ONCE)
    eligible = int(draft.inside.sum())
    draft.gate("eligible_customers", passed=eligible >= MIN_ELIGIBLE, found=eligible, needed=MIN_ELIGIBLE)
    months = int(draft.params["window_days"]) // WHOLE_MONTH  # type: ignore[call-overload]
    draft.gate("months_in_window", passed=months >= least_months, found=months, needed=least_months)


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
    return replace(Score.fitted("P", "price_index", binning.fit(known, rule), tiers=str(rule)), closed="left")


def _remarks(draft: Draft, active: Score) -> None:
    """What the reader must know of ceilings, of the start of the data, and of what is not seen."""
    values = draft.eligible["active_month_share"]
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
