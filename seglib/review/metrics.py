"""The trade's sixteen metrics of a customer base, for everybody and by class; what cannot be computed says what it lacks."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from seglib.language import marked
from seglib.segmentation import facts_of, visits

if TYPE_CHECKING:
    import pandas as pd

    from seglib.segmentation import Segmentation

Ratio = Callable[["pd.DataFrame"], "tuple[float, float | None]"]
EVERYONE = ""  # the segment of a row that counts everybody
COSTS, NOWHERE = "costs", "-"  # needs beside columns of the customer table: the costs table, and what no table of ours holds
NEW_DAYS, AHEAD_DAYS, YEAR = 90, 92, 365
NEIGHBOURS = 200  # past silences that tell how likely one of about the same length ends in an order


@dataclass(frozen=True)
class Metric:
    """One figure of the sixteen.

    Attributes:
        number: M1 to M16.
        name: Its name, in English; the catalogue has the Chinese.
        unit: currency, share, ratio, days, points, or what is counted.
        formula: How it is computed, in words.
        needs: Columns of the customer table without which it cannot be; ``costs`` stands for the costs table.
        of: A part of the table -> numerator and denominator; no denominator where the figure is a sum.
        lacks: What no table of ours holds, where that is why it cannot be computed.
    """

    number: str
    name: str
    unit: str
    formula: str
    needs: tuple[str, ...] = ()
    of: Ratio | None = None
    lacks: str = ""


def _sum(column: str) -> Callable[[pd.DataFrame], float]:
    return lambda t: math.fsum(t[column].dropna().astype(float))


def _ratio(part: str, whole: str) -> Ratio:
    """One column over another, both summed."""
    return lambda t: (_sum(part)(t), _sum(whole)(t))


def _each(part: str, condition: Callable[[pd.DataFrame], pd.Series]) -> Ratio:
    """A column summed over the customers that meet a condition, by their number."""
    return lambda t: (_sum(part)(t[condition(t)]), float(condition(t).sum()))


def _share(part: Callable[[pd.DataFrame], pd.Series], of: Callable[[pd.DataFrame], pd.Series]) -> Ratio:
    """Customers that meet two conditions, among those that meet the second."""
    return lambda t: (float((part(t) & of(t)).sum()), float(of(t).sum()))


def _buyers(t: pd.DataFrame) -> pd.Series:
    return t["orders"] > 0


def _anybody(t: pd.DataFrame) -> pd.Series:
    return t["is_customer"]  # and not an account of the universe alone


def _touched(t: pd.DataFrame) -> pd.Series:
    return t[[name for name in ("orders", "interactions", "visits") if name in t.columns]].fillna(0).sum(axis=1) > 0


def _net_promoters(t: pd.DataFrame) -> tuple[float, float]:
    answers = t["nps_score"].dropna()
    return 100 * float((answers >= 9).sum() - (answers <= 6).sum()), float(len(answers))


def _wallet(t: pd.DataFrame) -> tuple[float, float]:
    known = t[t["wallet"] > 0]
    return _sum("spend")(known) * YEAR / float(known["window_days"].iloc[0]) if len(known) else 0.0, _sum("wallet")(known)


def _gain(t: pd.DataFrame) -> tuple[float, float]:
    return _sum("margin")(t) - _sum("cost_to_serve")(t), _sum("cost_to_serve")(t)


def _new(t: pd.DataFrame) -> tuple[float, float]:
    inside = (t["days_since_first_order"] < t["window_days"]) & _buyers(t)
    return float(inside.sum()), float(_buyers(t).sum())


def _hopes(t: pd.DataFrame) -> tuple[float, float]:
    return _sum("chance")(t), float(t["chance"].notna().sum())


def _forecast(t: pd.DataFrame) -> tuple[float, None]:
    """Expected buyers of the next quarter, each at what such a customer spends in one."""
    a_quarter = AHEAD_DAYS * t["spend"].clip(lower=0) / t["exposure_days"].clip(lower=AHEAD_DAYS)
    return math.fsum((t["chance"] * a_quarter).dropna()), None


def _visited(t: pd.DataFrame) -> pd.DataFrame:
    return t[t["visits"] > 0]


M = Metric
METRICS = (
    M("M1", marked("Sales"), "currency", marked("net sales in the window"), ("spend",), lambda t: (_sum("spend")(t), None)),
    M("M2", marked("Purchase frequency"), "orders", marked("orders ÷ buyers"), ("orders",), _each("orders", _buyers)),
    M("M3", marked("Value of an order"), "currency", marked("net sales of buyers ÷ orders"), ("spend", "orders"),
      lambda t: (_sum("spend")(t[_buyers(t)]), _sum("orders")(t))),
    M("M3", marked("Sales a buyer"), "currency", marked("net sales of buyers ÷ buyers"), ("spend", "orders"), _each("spend", _buyers)),
    M("M3", marked("Lines an order"), "lines", marked("order lines of buyers ÷ orders"), ("order_lines", "orders"),
      lambda t: (_sum("order_lines")(t[_buyers(t)]), _sum("orders")(t))),
    M("M4", marked("Market share"), "share", marked("net sales ÷ sales of all suppliers to the market"),
      lacks=marked("sales of the whole market, which only outside sources tell")),
    M("M4", marked("Share of wallet"), "share", marked("net sales a year ÷ what the customer buys from all suppliers, where that is known"),
      ("spend", "wallet"), _wallet),
    M("M5", marked("Purchase rate"), "share", marked("customers with an order ÷ customers known"), ("orders",), _share(_buyers, _anybody)),
    M("M5", marked("Conversion of visits to the site"), "share", marked("sessions with an order on their day ÷ sessions"),
      ("sessions", "sessions_bought"), _ratio("sessions_bought", "sessions")),
    M("M5", marked("Share of offers used"), "share", marked("offers used ÷ offers sent"), ("offers_sent", "offers_redeemed"),
      _ratio("offers_redeemed", "offers_sent")),
    M("M5", marked("Share of deals won"), "share", marked("deals won ÷ deals closed"), ("deals_won", "deals_lost"),
      lambda t: (_sum("deals_won")(t), _sum("deals_won")(t) + _sum("deals_lost")(t))),
    M("M6", marked("Net promoter score"), "points", marked("promoters − detractors, in points, of those who answered"), ("nps_score",),
      _net_promoters),
    M("M6", marked("Satisfaction"), "points", marked("mean of the latest answers"), ("csat_score",),
      lambda t: (_sum("csat_score")(t), float(t["csat_score"].notna().sum()))),
    M("M6", marked("Repeat rate"), "share", marked("buyers who bought on two days or more ÷ buyers"), ("orders",),
      _share(lambda t: visits(t) >= 2, _buyers)),
    M("M7", marked("Account coverage"), "share", marked("accounts of the universe with an order or a contact ÷ universe"),
      ("in_universe", "orders"), _share(_touched, lambda t: t["in_universe"])),
    M("M7", marked("Numeric distribution"), "share", marked("outlets that bought ÷ outlets"), ("in_universe", "orders"),
      _share(_buyers, lambda t: t["in_universe"])),
    M("M7", marked("Weighted distribution"), "share", marked("category sales of outlets that bought ÷ category sales of all"),
      ("category_sales", "orders"), lambda t: (_sum("category_sales")(t[_buyers(t)]), _sum("category_sales")(t))),
    M("M7", marked("Call coverage"), "share", marked("accounts visited ÷ universe"), ("in_universe", "visits"),
      _share(lambda t: t["visits"] > 0, lambda t: t["in_universe"])),
    M("M7", marked("Productive calls"), "share", marked("visits with an order ÷ visits"), ("visits", "visits_with_order"),
      _ratio("visits_with_order", "visits")),
    M("M8", marked("Return on cost"), "ratio", marked("margin ÷ cost of marketing and service; 1 : N"), ("margin", COSTS),
      _ratio("margin", "cost_to_serve")),
    M("M9", marked("Rate of return"), "share", marked("(margin − cost) ÷ cost"), ("margin", COSTS), _gain),
    M("M10", marked("Cost to serve"), "currency", marked("cost that belongs to customers ÷ customers"), (COSTS,),
      _each("cost_to_serve", _anybody)),
    M("M10", marked("Cost to serve, of sales"), "share", marked("cost that belongs to customers ÷ net sales"), ("spend", COSTS),
      _ratio("cost_to_serve", "spend")),
    M("M11", marked("Days to a first answer"), "days", marked("mean days from opening a case to the first answer"), ("first_days",),
      lambda t: (_sum("first_days")(t), _sum("cases_answered")(t))),
    M("M11", marked("Days to resolve a case"), "days", marked("mean days from opening a case to closing it, closed cases only"),
      ("resolve_days",), lambda t: (_sum("resolve_days")(t), _sum("cases_resolved")(t))),
    M("M12", marked("Sales so far"), "currency", marked("net sales in all history"), ("lifetime_spend",),
      lambda t: (_sum("lifetime_spend")(t), None)),
    M("M13", marked("Contacts a customer"), "events", marked("contacts and events in the window ÷ customers known"), ("interactions",),
      _each("interactions", _anybody)),
    M("M14", marked("New customers"), "share", marked("customers whose first order lies in the window ÷ buyers"),
      ("days_since_first_order", "orders"), _new),
    M("M14", marked("Referrals"), "customers", marked("customers brought by customers"),
      lacks=marked("who was brought by whom; no table records it")),
    M("M15", marked("Likely to buy next quarter"), "share",
      marked("mean chance of an order within 92 days, as past silences of the same length ended"), ("chance",), _hopes),
    M("M15", marked("Expected demand next quarter"), "currency", marked("chance of an order × the customer's own sales in 92 days, summed"),
      ("chance", "spend", "exposure_days"), _forecast),
    M("M16", marked("Sales a visit"), "currency", marked("net sales of customers visited ÷ visits"), ("spend", "visits"),
      lambda t: (_sum("spend")(_visited(t)), _sum("visits")(t))),
    M("M16", marked("Sales an hour of visits"), "currency", marked("net sales of customers visited ÷ hours of visits"),
      ("spend", "visits", "visit_hours"), lambda t: (_sum("spend")(_visited(t)), _sum("visit_hours")(t))),
)  # fmt: skip


def metrics(client: Any, result: Segmentation | None = None, *, as_of: str = "", window_days: int = 0) -> pd.DataFrame:
    """The sixteen metrics as far as the data carry them.

    Args:
        client: The open client.
        result: A classification of the same day: then each class has its rows, too.
        as_of: Last day to look at; empty: the project's own.
        window_days: Days to look back; 0: the project's own.

    Returns:
        One row a figure and class: metric (M1 to M16), name, segment ("" for everybody), value, unit, numerator, denominator (missing for
        a sum), formula, computable, lacks (what is missing where it cannot be computed).
    """
    import pandas as pd

    table, gaps = gathered(client, as_of=as_of, window_days=window_days)
    groups = [(EVERYONE, table)]
    if result is not None:
        segment = table["customer_id"].map(dict(zip(result.assignments["customer_id"], result.assignments["segment"], strict=True)))
        occupied = result.profile.loc[result.profile["customers"] > 0, "segment"]
        groups += [(name, table[segment == name]) for name in occupied]
    rows = [row for metric in METRICS for row in _rows(metric, groups, gaps)]
    names = ["metric", "name", "segment", "value", "unit", "numerator", "denominator", "formula", "computable", "lacks"]
    return pd.DataFrame(rows, columns=names)


def _rows(metric: Metric, groups: list[tuple[str, pd.DataFrame]], gaps: dict[str, str]) -> Iterator[tuple[object, ...]]:
    """A metric of every group; one line alone where it cannot be computed."""
    lacking = metric.lacks or ", ".join(dict.fromkeys(name for need in metric.needs if need in gaps for name in gaps[need].split(", ")))
    if lacking or metric.of is None:
        yield metric.number, metric.name, EVERYONE, math.nan, metric.unit, math.nan, math.nan, metric.formula, False, lacking
        return
    for name, group in groups:
        part, whole = metric.of(group)
        value = part if whole is None else part / whole if whole > 0 else math.nan
        below = math.nan if whole is None else whole
        yield metric.number, metric.name, name, value, metric.unit, part, below, metric.formula, True, ""


def gathered(client: Any, *, as_of: str = "", window_days: int = 0) -> tuple[pd.DataFrame, dict[str, str]]:
    """The customer table with what the metrics read beside it, and of every need that it lacks what would have to be recorded.

    Args:
        client: The open client.
        as_of: Last day to look at.
        window_days: Days to look back.
    """
    from seglib.customers import COLUMNS

    wanted = tuple(dict.fromkeys(need for metric in METRICS for need in metric.needs))
    columns = [
        *(need for need in wanted if need in COLUMNS or need == "wallet"),
        "days_since_last_order",
        "history_days_before_first_order",
    ]
    table = client.customers(as_of=as_of or None, window_days=window_days or None, also=columns, facts=("tickets", "silence"))
    table = _with_cases(table, facts_of(table).get("tickets"))
    table = _with_chances(table, facts_of(table).get("silence"))
    table = _with_costs(table, client)
    table = _with_margin(table, client)
    table = table.assign(is_customer=table["customer_id"].isin(client.customers(as_of=as_of or None, columns=["orders"])["customer_id"]))
    have = {COSTS if name == "cost_to_serve" else name for name in table.columns if table[name].notna().any()}
    there = {f"{name}.{column}" for name, one in client.tables.items() for column in one.columns}
    gaps = {need: _lacking(need, there) for need in wanted if need not in have}
    known = [name for name in ("days_since_first_order", "history_days_before_first_order") if name in table.columns]
    days = table[known].sum(axis=1).max() if "orders" in have and known else 0  # a client may send sums by customer and no orders
    if days < table["window_days"].max() + NEW_DAYS:
        gaps["days_since_first_order"] = marked("90 days of data before the window, without which nobody is known to be new")
    return table, gaps


def _lacking(need: str, there: set[str]) -> str:
    """What would have to be recorded for a need that the table lacks; where all is recorded, nothing of it lies in the window."""
    from seglib.customers import COLUMNS

    made = {"first_days": ["tickets.first_response_at"], "resolve_days": ["tickets.resolved_at"], COSTS: ["costs.amount"],
            "wallet": ["customers.wallet"], "margin": ["orders.margin"]}  # fmt: skip
    if need == "chance":
        return marked("orders over half a year and more")
    every = made.get(need) or list(COLUMNS[need].needs)
    return ", ".join(name for name in every if name not in there) or marked("anything of the kind in the window")


def _with_cases(table: pd.DataFrame, cases: pd.DataFrame | None) -> pd.DataFrame:
    """Days until cases of the window were answered and resolved, summed by customer, and how many were."""
    if cases is None or cases.empty:
        return table
    inside = cases[cases["age_days"] < int(table["window_days"].iloc[0])]
    done = inside[~inside["open"]]
    answered = inside.dropna(subset=["first_days"])
    sums = {
        "first_days": answered.groupby("customer_id")["first_days"].sum(),
        "cases_answered": answered.groupby("customer_id").size(),
        "resolve_days": done.groupby("customer_id")["days"].sum(),
        "cases_resolved": done.groupby("customer_id").size(),
    }
    return table.assign(**{name: table["customer_id"].map(found).astype(float) for name, found in sums.items()})


def _with_chances(table: pd.DataFrame, silence: pd.DataFrame | None) -> pd.DataFrame:
    """Chance of an order in the next 92 days: how past silences of about the same length ended, the nearest two hundred of them."""
    import numpy as np

    if silence is None or len(silence) < NEIGHBOURS or "days_since_last_order" not in table.columns:
        return table
    days, each = silence["silent_days"].to_numpy(float), silence["bought"].to_numpy(float)
    lengths, at = np.unique(days, return_inverse=True)
    count, bought = np.cumsum(np.bincount(at)), np.cumsum(np.bincount(at, weights=each))
    # Of equal lengths all are taken: shortest range of lengths around the customer's own that holds two hundred.
    low = np.searchsorted(lengths, days_now := table["days_since_last_order"].to_numpy(float), side="left")
    chance = np.full(len(table), np.nan)
    for row in np.flatnonzero(~np.isnan(days_now)):
        first, last = _around(lengths, count, days_now[row], int(low[row]))
        n = count[last] - (count[first - 1] if first else 0)
        chance[row] = (bought[last] - (bought[first - 1] if first else 0)) / n
    return table.assign(chance=chance)


def _around(lengths: Any, count: Any, own: float, at: int) -> tuple[int, int]:
    """First and last of the lengths nearest to one's own that together hold enough silences."""
    first = last = min(at, len(lengths) - 1)
    while count[last] - (count[first - 1] if first else 0) < NEIGHBOURS and (first > 0 or last < len(lengths) - 1):
        down = own - lengths[first - 1] if first else math.inf
        up = lengths[last + 1] - own if last < len(lengths) - 1 else math.inf
        first, last = (first - 1, last) if down <= up else (first, last + 1)
    return first, last


def _with_costs(table: pd.DataFrame, client: Any) -> pd.DataFrame:
    """What was spent on each customer in the window; costs that name no customer are nobody's."""
    costs = client.tables.get("costs")
    if costs is None or not len(table) or "customer_id" not in costs.columns:
        return table
    last = table["as_of"].iloc[0].date()
    day = costs.spent_at.date()
    inside = costs.filter(day > last - timedelta(days=int(table["window_days"].iloc[0])), day <= last, costs.customer_id.notnull())
    found = inside.group_by("customer_id").aggregate(amount=inside.amount.sum()).execute()
    amounts = found.set_index("customer_id")["amount"].astype(float)
    return table.assign(cost_to_serve=table["customer_id"].map(amounts).fillna(0.0))


def _with_margin(table: pd.DataFrame, client: Any) -> pd.DataFrame:
    """Net sales less what the goods cost, where the lines bear no margin of their own but products bear a cost of one unit."""
    orders, products = client.tables.get("orders"), client.tables.get("products")
    if "margin" in table.columns or orders is None or products is None or not len(table):
        return table
    if "cost" not in products.columns or not {"quantity", "product_id"} <= set(orders.columns):
        return table
    last = table["as_of"].iloc[0].date()
    lines = orders.inner_join(products.select("product_id", unit_cost=products.cost), "product_id")
    day = lines.ordered_at.date()
    inside = lines.filter(day > last - timedelta(days=int(table["window_days"].iloc[0])), day <= last, lines.customer_id.notnull())
    cost = inside.quantity.cast("float64") * inside.unit_cost.cast("float64")
    signed = (inside.amount < 0).ifelse(-cost.abs(), cost)  # goods that come back take their cost back
    found = inside.group_by("customer_id").aggregate(cost=signed.sum().round(6)).execute().set_index("customer_id")["cost"]
    return table.assign(margin=table["spend"] - table["customer_id"].map(found.astype(float)).fillna(0.0))
