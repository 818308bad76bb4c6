"""Customers by how much more they could spend; use it to choose whom to grow, beside what they are worth today."""

from __future__ import annotations

from typing import TYPE_CHECKING

from seglib.binning import cut, fit, parse, round12
from seglib.errors import ParameterError
from seglib.formula import Formula
from seglib.methods._draft import Draft
from seglib.methods._growth import PERIODS, Forecast, gain, learn, trends
from seglib.methods._signed import follows
from seglib.rules import Rule, Score

if TYPE_CHECKING:
    import pandas as pd

    from seglib.segmentation import Segmentation

DIMENSIONS = ("D12",)
NEEDS = ("spend", "spend_last_half", "spend_previous_half", "days_since_first_order")
USES = ("wallet", "open_pipeline", "history_days_before_first_order", "orders", "lifetime_orders", "returns_only", "exposure_days")
FACTS = ("four_weeks",)
CHARTS = ("histogram", "class_bars")
ORDERED = True

BASES = ("auto", "forecast", "wallet", "pipeline")
CLASSES = ("high", "medium", "low")
NEW_DAYS = 90
LEAD_IN_DAYS = 90
FEWEST = 100  # customers whose two halves teach the forecast
VALUE = "top:20,30,50"
PEERS = 0.75  # headroom is what is lacking to the share of wallet that three quarters of the peers do not reach
TRENDS = ("rising", "falling", "no_trend", "not_judged")
EXPLAINS = 0.10  # of the differences in spend, or a forecast is none
MOST = 0.5  # of the buyers' wallets known, or headroom to them would leave most people out
HALF_YEAR = 182  # where the table does not say its window


@follows
def segment(customers: pd.DataFrame, *, basis: str = "auto", change: float = 0.1, interval: float = 0.5) -> Segmentation:
    """Growth potential, headroom times likelihood; never the slope of the past, which mostly turns round.

    Args:
        customers: The customer table.
        basis: forecast: spend expected in the next half window, learned from what the half before last led to; wallet: what is lacking to
            the share of wallet of peers (column ``wallet``: all that a customer spends on such goods, whoever sells them); pipeline:
            probability times amount of the open deals (column ``open_pipeline``); auto: wallet where it is known of half the buyers, else
                forecast.
        change: How far beyond the run rate spend must be expected, as a share of the run rate.
        interval: Of the forecast, as a share of customers: .5 says that three of four end above its lower end.

    Returns:
        high (even the lower end lies ``change`` above the run rate), low (even the upper end lies as far below; by wallet: no headroom),
        medium. Outside: new (first order at most 90 days ago) and no_recent_spend (no run rate to compare with). The column ``growth`` is
        what is expected beyond the run rate, in units of it (by wallet and pipeline: in units of spend); the column ``current_value`` is
        the second axis, ``details["growth_by_value"]`` the grid. The column ``trend`` and ``details["trends"]`` compare with the same
        season a year before, where there are two years (side frame ``four_weeks``); they decide no class.

    Raises:
        ParameterError: No such basis, or a share that is none.
        TableError: A column is lacking.
    """
    params = {"basis": basis, "change": change, "interval": interval}
    if basis not in BASES:
        raise ParameterError("basis == {basis!r}; growth_potential knows {bases}.", basis=basis, bases=", ".join(BASES))
    for name in ("change", "interval"):
        if not 0 <= float(str(params[name])) < 1:
            raise ParameterError(
                "growth_potential: {name} is {value}; it must be at least 0 and less than 1.", name=name, value=params[name]
            )
    if basis == "auto":
        basis = "wallet" if _wallets_known(customers) >= MOST else "forecast"
    extra = {"forecast": (), "wallet": ("wallet",), "pipeline": ("open_pipeline",)}[basis]
    draft = Draft("growth_potential", customers, needs=(*NEEDS, *extra), params=params, reads=(*NEEDS[1:], *extra))
    half = int(str(draft.params["window_days"])) // 2 or HALF_YEAR
    forecast = learn(_old(draft), half, interval)
    draft.gate("customers_to_learn_from", passed=forecast.learned_on >= FEWEST, found=forecast.learned_on, needed=FEWEST)
    score = {"forecast": _forecast, "wallet": _wallet, "pipeline": _pipeline}[basis](draft, forecast, change)
    if not _whole_years(half):
        draft.warn("season", days=half)
    _worth(draft, basis)
    _value(draft)
    _trends(draft)
    scores, rules = _young(draft)
    rules.append(Rule("unknown_growth", {"G": (None,)}))
    rules += [Rule(name, {"G": (value,)}) for name, value in zip(CLASSES, (3, 2, 1), strict=True) if value in score.values()]
    result = draft.finish(scores=[*scores, score], rules=rules, ordered=ORDERED, mode="ordered", classes=CLASSES)
    result.details["growth_by_value"] = _grid(result.assignments, draft.customers)  # type: ignore[index]
    return result


def _wallets_known(customers: pd.DataFrame) -> float:
    """Share of those who spent in the window whose wallet is known."""
    columns = getattr(customers, "columns", ())
    if "wallet" not in columns or "spend" not in columns:
        return 0.0
    buyers = customers[customers["spend"] > 0]
    return float(buyers["wallet"].notna().mean()) if len(buyers) else 1.0


def _old(draft: Draft) -> pd.DataFrame:
    """Those who may teach: spend in the half before last, and longer known than that half's end by what makes a customer new."""
    buyers = draft.eligible
    half = int(str(draft.params["window_days"])) // 2 or HALF_YEAR
    return buyers[(buyers["days_since_first_order"] >= half + NEW_DAYS) & (buyers["spend_previous_half"] > 0)]


def _whole_years(half: int) -> bool:
    """Do the two halves cover the same seasons?"""
    return half > 300 and abs(half - 365 * round(half / 365)) <= 7


def _forecast(draft: Draft, forecast: Forecast, change: float) -> Score:
    """Forecast against run rate, in units of run rate; the cuts lie ``change`` beyond the interval."""
    draft.derive(Formula("growth", f"({forecast.expected} - {forecast.run_rate}) / ({forecast.run_rate} + {forecast.floor})"))
    draft.details["forecast"] = forecast.table()
    draft.gate("forecast_explains", passed=forecast.r2 >= EXPLAINS, found=round(100 * forecast.r2, 1), needed=100 * EXPLAINS)
    low, high = -change - forecast.above, change + forecast.below
    least = float(draft.eligible["growth"].min())
    if least >= low:
        draft.warn("nobody_low", least=round(100 * least), cut=round(100 * low))
    return Score("G", "growth", tuple(float(round12(value)) for value in (low, high)), (1, 2, 3), "left")


def _wallet(draft: Draft, forecast: Forecast, change: float) -> Score:
    """Headroom to the peers' share of wallet times the chance to buy again, against the spend of the window."""
    import numpy as np

    buyers = draft.eligible
    wallet = buyers["wallet"].astype(float)
    known = buyers[(wallet > 0).to_numpy()]
    size = known["wallet"].astype(float)
    cuts = [float(value) for value in dict.fromkeys(round12(np.quantile(size, [1 / 3, 2 / 3])))] if len(known) else []
    share = (known["spend"] / size).clip(upper=1)
    peers = np.searchsorted(cuts, round12(size))
    levels = [float(np.quantile(share[peers == group], PEERS)) if (peers == group).any() else 1.0 for group in range(len(cuts) + 1)]
    text = f"{levels[-1]:.6g}"
    for value, level in reversed([*zip(cuts, levels, strict=False)]):
        text = f"where(wallet <= {value!r}, {level:.6g}, {text})"
    headroom = f"greatest(wallet * {text} - spend, 0)"
    draft.derive(Formula("growth", f"{headroom} * {forecast.again} / spend"))
    draft.gate("wallets_known", passed=len(known) >= FEWEST, found=len(known), needed=FEWEST)
    return Score("G", "growth", tuple(sorted({0.0, change})), (1, 2, 3) if change > 0 else (1, 3), "right")


def _pipeline(draft: Draft, forecast: Forecast, change: float) -> Score:
    """Probability times amount of the open deals against the spend of the window; likelihood is in the probabilities."""
    draft.derive(Formula("growth", "greatest(open_pipeline, 0) / spend"))
    deals = int((draft.eligible["open_pipeline"] > 0).sum())
    draft.gate("accounts_with_deals", passed=deals >= 30, found=deals, needed=30)
    return Score("G", "growth", tuple(sorted({0.0, change})), (1, 2, 3) if change > 0 else (1, 3), "right")


def _worth(draft: Draft, basis: str) -> None:
    """What tenure, wallet or pipeline add to spend in explaining the half that followed; "adds nothing" where it may be none."""
    import pandas as pd

    more = {"forecast": "days_since_first_order", "wallet": "wallet", "pipeline": "open_pipeline"}[basis]
    found = gain(_old(draft), more)
    if found is None:
        return
    draft.details["added"] = pd.DataFrame([{"added": more, **found}])
    draft.fit |= {"partial_r2": found["partial_r2"], "partial_r2_low": found["low"], "partial_r2_high": found["high"]}
    gained, low, high = (f"{found[name]:.4f}".replace("-", "−") for name in ("partial_r2", "low", "high"))
    if found["low"] > 0:
        draft.warn("adds", column=more, gain=gained, low=low, high=high)
    else:
        draft.warn("adds_nothing", column=more, gain=gained, low=low, high=high)


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
        names[inside] = [CLASSES[best - bins.scores[place]] for place in places]
    draft.flags["current_value"] = pd.Series(names, index=draft.customers.index).astype("str")


def _trends(draft: Draft) -> None:
    """Who spends more or less than in the same season a year before; refused where there are no two years."""
    import pandas as pd

    periods = draft.facts.get("four_weeks")
    found = trends(periods, draft.customers) if periods is not None else None
    if periods is None or found is None:
        draft.warn("no_two_years")
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
    every = [(growth, value) for growth in CLASSES for value in CLASSES]
    return cells.reindex(every, fill_value=0).reset_index().set_axis(["segment", "current_value", "customers", "spend"], axis=1)


def _young(draft: Draft) -> tuple[list[Score], list[Rule]]:
    """Too young to judge, and nothing bought lately: outside."""
    scores = [Score("A", "days_since_first_order", (float(NEW_DAYS),), (2, 1), hidden=True)]
    when: dict[str, tuple[int | None, ...]] = {"A": (2,)}
    if "history_days_before_first_order" in draft.customers.columns:
        scores.append(Score("lead_in", "history_days_before_first_order", (float(LEAD_IN_DAYS),), (1, 2), "left", hidden=True))
        when["lead_in"] = (2,)
    scores.append(Score("recent_spend", "spend_last_half", (0.0,), (0, 1), hidden=True))
    return scores, [Rule("new", when), Rule("no_recent_spend", {"recent_spend": (0,)})]
